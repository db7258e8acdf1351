//! Taking delegated services away: what each loses, the word to type, and what was and was not done.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::{Overflow, ViewContext, field, fix};
use crate::checklist::{Deregistration, FixAnswer, Subject, texts};
use crate::untrusted::sanitize;
use crate::views::layout::{cut, line};
use crate::views::page::{LONGEST_NAME, Page};
use crate::views::theme::Role;
use crate::wizard::{DeregisterStage, Deregistering, ServiceState};

/// From this height on there is room for who the owner is in full.
const ROOMY: u16 = 14;

/// Draws the screen. The word is typed on a line of its own, below what scrolls.
pub fn draw(frame: &mut Frame, area: Rect, context: ViewContext, state: &Deregistering) -> Overflow {
    let line = typed_line(context, state, usize::from(area.width));
    let [body, bottom] = Layout::vertical([Constraint::Min(1), Constraint::Length(u16::from(line.is_some()))]).areas(area);
    let overflow = super::page(frame, body, context, context.model.scroll);
    if let Some(line) = line {
        frame.render_widget(Paragraph::new(line), bottom);
    }
    overflow
}

fn typed_line(context: ViewContext, state: &Deregistering, width: usize) -> Option<Line<'static>> {
    let selected = state.selected()?;
    match (&state.stage, &selected.state) {
        (DeregisterStage::Calling(_), _) => {
            let text = format!("  Taking {} away …   {}", sanitize(&selected.service), fix::waited(context));
            Some(Line::styled(cut(&text, width), context.theme.style(Role::Progress)))
        }
        (DeregisterStage::Typing, ServiceState::Open) => {
            let word = sanitize(Deregistration::word(&selected.service));
            let asks = format!("  Type {word} to take it away:  ");
            Some(line(&field::typed(asks, sanitize(&state.typed)), context.theme))
        }
        _ => None,
    }
}

/// All but the line on which the word is typed.
pub fn write(page: &mut Page, context: ViewContext, state: &Deregistering, height: u16) {
    match (state.stage, state.selected()) {
        (DeregisterStage::Calling(_), Some(selected)) => {
            page.said(format!("AWS is being asked to take {} away.", sanitize(&selected.service)));
            page.on_screen(|page| write_services(page, context, state, height));
        }
        (DeregisterStage::Calling(_) | DeregisterStage::Typing, _) => write_services(page, context, state, height),
        (DeregisterStage::Stopped, _) => {
            write_whose(page, context, state, height);
            write_summary(page, context, state);
        }
    }
}

fn write_services(page: &mut Page, context: ViewContext, state: &Deregistering, height: u16) {
    write_whose(page, context, state, height);
    page.gap();
    for (at, each) in state.services.iter().enumerate() {
        let (mark, word, role) = look(&each.state);
        let arrow = if at == state.cursor { "▸" } else { " " };
        page.number(2, at + 1, format!("{arrow} {mark}"), format!("{}{word}", sanitize(&each.service)), role);
    }
    if let Some(selected) = state.selected().filter(|selected| selected.state == ServiceState::Open) {
        page.gap();
        write_effect(page, context, &selected.service);
    }
}

/// The sign of a service, what stands behind its name, and what kind of news that is.
fn look(state: &ServiceState) -> (&'static str, &'static str, Role) {
    match state {
        ServiceState::Open => ("·", "", Role::Text),
        ServiceState::Done => ("✓", ": AWS took it away", Role::Good),
        ServiceState::NotDone(_) => ("✗", ": not done", Role::Bad),
    }
}

/// Whose services these are, and who takes them away.
fn write_whose(page: &mut Page, context: ViewContext, state: &Deregistering, height: u16) {
    let account = context.model.departure.checklist.subject.as_ref().map(Subject::display_name).unwrap_or_default();
    let account = cut(&sanitize(&account), LONGEST_NAME);
    page.text(2, format!("Services that {account} runs for its organization"), Role::Strong);
    let account = state.proof.account.grouped();
    // In a low window, what would end comes first.
    let owner = if height < ROOMY {
        format!("Taken away by its owner {account}, one at a time.")
    } else {
        let arn = sanitize(&state.proof.arn);
        format!("They are taken away by the organization's owner {account}, as {arn}. Each needs its own word.")
    };
    page.text(2, owner, Role::Quiet);
}

fn write_effect(page: &mut Page, context: ViewContext, service: &str) {
    let known = texts::request().service(service);
    match known {
        Some(text) => page.say(2, format!("{}: {}", text.name, text.effect)),
        None => page.text(
            2,
            format!(
                "What is lost without {} is not known here, and it may be data. Read the service's own pages first.",
                sanitize(service)
            ),
            Role::Attention,
        ),
    }
    match known.and_then(|text| text.first.as_ref()) {
        Some(first) => {
            let account = context.model.departure.checklist.subject.as_ref().map(|subject| subject.identity.account.as_str());
            let first = texts::fill(first, &serde_json::json!({ "account": account }));
            page.text(2, format!("First: {first}"), Role::Attention);
        }
        None => page.say(2, "If the organization still needs the service, decide first which account takes over."),
    }
}

/// What was done, what was not, and what was not even tried.
fn write_summary(page: &mut Page, context: ViewContext, state: &Deregistering) {
    let listed = |wanted: fn(&ServiceState) -> bool| {
        let names: Vec<String> = state.with(wanted).map(sanitize).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    };
    let is_open = |state: &ServiceState| matches!(state, ServiceState::NotDone(FixAnswer::Unknown { .. }));
    let is_no =
        |state: &ServiceState| matches!(state, ServiceState::NotDone(answer) if !matches!(answer, FixAnswer::Unknown { .. }));
    page.gap();
    page.text(2, "It stopped here: the last answer was not a plain yes.", Role::Bad);
    page.item(2, "Taken away: ", listed(|state| *state == ServiceState::Done), Role::Good);
    if state.with(is_no).next().is_some() {
        page.item(2, "Not done:   ", listed(is_no), Role::Bad);
    }
    if state.with(is_open).next().is_some() {
        page.item(2, "Not known:  ", listed(is_open), Role::Attention);
    }
    page.item(2, "Not tried:  ", listed(|state| *state == ServiceState::Open), Role::Text);
    page.gap();
    for service in &state.services {
        if let ServiceState::NotDone(answer) = &service.state {
            fix::write_answer(
                page,
                context,
                answer,
                "The step is checked again when you go back. Its list says whether the service is still there.",
            );
        }
    }
}

//! Taking delegated services away: what each loses, the word to type, and what was and was not done.

use ratatui::text::{Line, Span};

use super::{Sight, fix};
use crate::checklist::{Deregistration, texts};
use crate::tui::page::Page;
use crate::tui::theme::Role;
use crate::untrusted::neutralise;
use crate::wizard::{DeregisterStage, Deregistering, ServiceState};

/// The screen as it stands.
pub fn page(sight: Sight, state: &Deregistering, width: u16) -> Page {
    let mut page = Page::new(sight.theme, width);
    let account = sight.model.checklist.subject.as_ref().map(crate::checklist::Subject::display_name).unwrap_or_default();
    page.text(2, &format!("Take delegated services away from {}", neutralise(&account)), Role::Strong);
    let owner = format!(
        "As the organization's owner {}: {}. Each service needs its own word.",
        state.proof.account.grouped(),
        neutralise(&state.proof.arn)
    );
    page.text(2, &owner, Role::Quiet);
    if state.stage == DeregisterStage::Stopped {
        write_summary(&mut page, sight, state);
    }
    page.gap();
    for (at, each) in state.services.iter().enumerate() {
        let name = neutralise(&each.service);
        let (mark, word, role) = match &each.state {
            ServiceState::Open => ("·", "", Role::Text),
            ServiceState::Done => ("✓", ": AWS took it away", Role::Good),
            ServiceState::NotDone(_) => ("✗", ": not done", Role::Bad),
        };
        let selected = at == state.cursor && state.stage != DeregisterStage::Stopped;
        let arrow = if selected { "▸" } else { " " };
        page.item(&format!("  {arrow} {mark} "), &format!("{name}{word}"), role);
        if selected && each.state == ServiceState::Open {
            write_selected(&mut page, sight, state, &each.service);
        }
    }
    page
}

fn write_selected(page: &mut Page, sight: Sight, state: &Deregistering, service: &str) {
    let known = texts::request().service(service);
    match known {
        Some(text) => page.text(6, &format!("{}: {}", text.name, text.effect), Role::Text),
        None => page.text(
            6,
            "We know no word of AWS on what ends with it. AWS warns that it can have effects which only the service's own pages tell: read them first.",
            Role::Attention,
        ),
    }
    match known.and_then(|text| text.first.as_ref()) {
        Some(first) => page.text(6, &format!("First: {first}"), Role::Attention),
        None => {
            page.text(
                6,
                "AWS recommends to name the next administrator's account, where the service is still needed.",
                Role::Text,
            );
        }
    }
    if state.is_waiting() {
        page.text(6, "The request is out …", Role::Progress);
        return;
    }
    let word = neutralise(Deregistration::word(service));
    page.keep_in_sight(page.len());
    page.line(Line::from(vec![
        Span::raw(format!("      Type {word} to take it away:  ")),
        Span::styled(neutralise(&state.typed), sight.theme.style(Role::Strong)),
        Span::styled(" ", sight.theme.style(Role::Selected)),
    ]));
}

/// What was done, what was not, and what was not even tried.
fn write_summary(page: &mut Page, sight: Sight, state: &Deregistering) {
    let listed = |wanted: fn(&ServiceState) -> bool| {
        let names: Vec<String> = state.with(wanted).map(neutralise).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    };
    page.gap();
    page.text(2, "It stopped here: AWS did not answer with a plain yes.", Role::Bad);
    page.item("  Done:       ", &listed(|state| *state == ServiceState::Done), Role::Good);
    page.item("  Not done:   ", &listed(|state| matches!(state, ServiceState::NotDone(_))), Role::Bad);
    page.item("  Not tried:  ", &listed(|state| *state == ServiceState::Open), Role::Text);
    page.gap();
    for service in &state.services {
        if let ServiceState::NotDone(answer) = &service.state {
            fix::write_answer(
                page,
                sight,
                answer,
                "The step is checked again when you go back; its list says whether the service is still there.",
            );
        }
    }
}

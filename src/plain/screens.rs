//! What a person hears when they come to a screen or an overlay, and whose turn it is there. The views write what is said.

use jiff::Timestamp;
use ratatui::layout::Rect;

use super::prompts;
use super::question::Turn;
use super::speech::{context, spoken, written};
use crate::views::{ViewContext, account, overlays, page_of};
use crate::wizard::{Command, Context, Model, Overlay, OwnerChoice, PhoneStage, Screen};

/// Room for everything.
pub const UNBROKEN: u16 = u16::MAX;

pub fn turn(model: &Model) -> Turn {
    let context = Context::of(model);
    match &model.overlay {
        Some(Overlay::Help { .. } | Overlay::Evidence { .. } | Overlay::Changes { .. }) => return Turn::PutAway,
        Some(Overlay::Note { step, .. }) => return Turn::Ask(prompts::note(model, *step)),
        Some(Overlay::Code { .. }) => return Turn::Ask(prompts::mfa_code()),
        Some(Overlay::SignIn(_)) => {
            return Turn::Ask(prompts::yes_or_no("Sign in now?", ("sign in", Command::Open), ("not now", Command::Back)));
        }
        Some(Overlay::Quit) => {
            return Turn::Ask(prompts::yes_or_no("Quit all the same?", ("quit", Command::Quit), ("stay", Command::Back)));
        }
        Some(Overlay::Owner(OwnerChoice::Reading)) => return Turn::Wait,
        Some(Overlay::Owner(_)) if model.departure.owner.asking.is_some() => return Turn::Wait,
        Some(Overlay::Owner(choice)) => return Turn::Ask(prompts::owner(model, choice)),
        Some(Overlay::Phone(check)) => {
            return match &check.stage {
                PhoneStage::Ready => {
                    let (yes, no) = (("send a code", Command::Open), ("nothing is sent", Command::Back));
                    Turn::Ask(prompts::yes_or_no("Send a code?", yes, no))
                }
                PhoneStage::Typing(_) => Turn::Ask(prompts::phone_code()),
                PhoneStage::Sending(_) | PhoneStage::Verifying { .. } => Turn::Wait,
            };
        }
        None => {}
    }
    match &model.screen {
        Screen::Profiles { .. } => Turn::Ask(prompts::profiles(model)),
        _ if model.departure.is_reading()
            && !matches!(model.screen, Screen::Account if model.departure.checklist.subject.is_some()) =>
        {
            Turn::Wait
        }
        Screen::Account if model.departure.connection_problem().is_some() => {
            Turn::Ask(prompts::from_table(model, Context::Account, "What now?", Command::Retry))
        }
        Screen::Account if model.departure.checklist.subject.is_none() => Turn::Wait,
        Screen::Account => Turn::Ask(prompts::destination(model)),
        Screen::Checklist => Turn::Ask(prompts::step(model)),
        Screen::Contact(form) => prompts::contact(model, form, context),
        Screen::Deregister(state) => prompts::deregister(state),
        Screen::Confirm(confirming) if confirming.all_seen() => Turn::Ask(prompts::account_id(model, confirming)),
        Screen::Confirm(_) => prompts::consequence(model).map_or(Turn::Wait, Turn::Ask),
        Screen::Leave if model.departure.leave.is_under_way() => Turn::Wait,
        Screen::OtherAccount => Turn::Ask(prompts::from_table(model, context, "What now?", Command::Retry)),
        Screen::Leave => Turn::Ask(prompts::outcome(model, context)),
    }
}

/// The text for the current screen. For a fixed `now`, it changes only when there is something new to say.
pub fn here(model: &Model, now: Timestamp, has_listed: bool) -> Vec<String> {
    let context = ViewContext { now, ..context(model) };
    let is_asked_who = model.departure.checklist.subject.is_none()
        && (model.departure.is_reading() || model.departure.connection_problem().is_none());
    match (&model.overlay, &model.screen) {
        (Some(overlay), _) => written(|page| {
            overlays::write(page, context, overlay, UNBROKEN);
        }),
        // What went wrong the last time is told once more only when it has gone wrong again.
        (None, Screen::Account) if is_asked_who => written(|page| page.said(format!("{}.", account::ASKING))),
        (None, Screen::Checklist) if !model.departure.is_reading() => Vec::new(),
        (None, Screen::Checklist) if has_listed => vec!["Being checked again.".to_owned()],
        (None, Screen::Checklist) => vec!["AWS is being asked; the answers take a few seconds.".to_owned()],
        (None, _) => spoken(&page_of(context, Rect::new(0, 0, UNBROKEN, UNBROKEN))),
    }
}

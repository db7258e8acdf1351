//! What a person hears when they come to a screen or an overlay, and what they are asked there. The views write it; here it becomes paragraphs.

use ratatui::layout::Rect;

use super::asking;
use super::prose::{UNBROKEN, page, paragraphs, sight, spoken};
use super::question::Turn;
use crate::checklist::{ContactField, Destination, StepId, texts};
use crate::departure::Leave;
use crate::untrusted::neutralise;
use crate::views::page::Page;
use crate::views::{account, confirm, contact, deregister, leaving, other_account, outcome, overlays, owner, phone};
use crate::wizard::{
    Command, ContactForm, ContactStage, Context, DeregisterStage, Model, Overlay, OwnerChoice, PhoneCheck, PhoneStage,
    ProfileChoice, Screen, ServiceState, words,
};

/// Whose turn it is.
pub fn turn(model: &Model) -> Turn {
    let context = Context::of(model);
    match &model.overlay {
        Some(Overlay::Help { .. } | Overlay::Evidence { .. } | Overlay::Changes { .. }) => return Turn::PutAway,
        Some(Overlay::Note { step, .. }) => return Turn::Ask(asking::note(model, *step)),
        Some(Overlay::Code { .. }) => return Turn::Ask(asking::mfa_code()),
        Some(Overlay::SignIn(_)) => {
            return Turn::Ask(asking::yes_or_no("Sign in now?", ("sign in", Command::Open), ("not now", Command::Back)));
        }
        Some(Overlay::Quit) => return Turn::Ask(asking::quit()),
        Some(Overlay::Owner(OwnerChoice::Reading)) => return Turn::Wait,
        Some(Overlay::Owner(_)) if model.departure.owner.asking.is_some() => return Turn::Wait,
        Some(Overlay::Owner(choice)) => return Turn::Ask(asking::owner(model, choice)),
        Some(Overlay::Phone(check)) => {
            return match &check.stage {
                PhoneStage::Ready => Turn::Ask(asking::send_code()),
                PhoneStage::Typing(_) => Turn::Ask(asking::phone_code()),
                PhoneStage::Sending(_) | PhoneStage::Verifying { .. } => Turn::Wait,
            };
        }
        None => {}
    }
    match &model.screen {
        Screen::Profiles { .. } => Turn::Ask(asking::profiles(model)),
        _ if model.departure.is_reading()
            && !matches!(model.screen, Screen::Account if model.departure.checklist.subject.is_some()) =>
        {
            Turn::Wait
        }
        Screen::Account if model.departure.connection_problem().is_some() => Turn::Ask(asking::no_connection(model)),
        Screen::Account if model.departure.checklist.subject.is_none() => Turn::Wait,
        Screen::Account => Turn::Ask(asking::destination(model)),
        Screen::Checklist => Turn::Ask(asking::step(model)),
        Screen::Contact(form) => asking::contact(model, form, context),
        Screen::Deregister(state) => asking::deregister(state),
        Screen::Confirm(confirming) if confirming.all_seen() => Turn::Ask(asking::account_id(model, confirming)),
        Screen::Confirm(_) => asking::consequence(model).map_or(Turn::Wait, Turn::Ask),
        Screen::Leave if model.departure.leave.is_under_way() => Turn::Wait,
        Screen::OtherAccount => Turn::Ask(asking::from_table(model, context, "What now?", Command::Retry)),
        Screen::Leave => Turn::Ask(asking::outcome(model, context)),
    }
}

/// Where the person is, as one word: another one means that there is something to hear.
pub fn place_of(model: &Model) -> String {
    format!("{:?} {}", Context::of(model), what_is_told_of(model))
}

/// What makes one place another although it is the same screen. Times that pass by do not: nobody wants to hear it all again.
fn what_is_told_of(model: &Model) -> String {
    match &model.overlay {
        Some(Overlay::Help { .. } | Overlay::Code { .. }) => return format!("{:?}", model.departure.connection_problem()),
        Some(Overlay::Evidence { .. }) => return format!("{:?}", model.cursor),
        Some(Overlay::Note { step, refused }) => return format!("{step:?} {refused:?}"),
        Some(Overlay::Owner(choice)) => return format!("{choice:?} {:?}", model.departure.owner),
        Some(Overlay::Phone(check)) => {
            return format!(
                "{:?} {:?} {:?}",
                std::mem::discriminant(&check.stage),
                check.trouble,
                model.departure.code.as_ref().map(|code| code.at)
            );
        }
        Some(Overlay::SignIn(command)) => return format!("{command:?}"),
        Some(Overlay::Quit) => return model.departure.is_in_flight().to_string(),
        Some(Overlay::Changes { changes, .. }) => return format!("{changes:?}"),
        None => {}
    }
    match &model.screen {
        Screen::Account if is_still_asked_who(model) => "who".to_owned(),
        Screen::Account => format!("{:?}", model.departure.connection_problem()),
        Screen::Profiles { .. } => format!("{:?}", model.profiles),
        Screen::OtherAccount => format!("{:?} {:?}", model.departure.elsewhere, model.departure.connection_problem()),
        Screen::Checklist => model.departure.is_reading().to_string(),
        Screen::Contact(form) => format!("{:?} {:?}", form.stage, form.trouble),
        Screen::Deregister(state) => format!("{:?} {:?} {}", state.stage, state.services, state.cursor),
        Screen::Confirm(confirming) => confirming.all_seen().to_string(),
        Screen::Leave => match &model.departure.leave {
            Leave::Ended(outcome) => format!("{outcome:?}"),
            leave => format!("{:?}", std::mem::discriminant(leave)),
        },
    }
}

/// What went wrong the last time is told once more only when it has gone wrong again.
fn is_still_asked_who(model: &Model) -> bool {
    model.departure.checklist.subject.is_none()
        && (model.departure.is_reading() || model.departure.connection_problem().is_none())
}

/// What a person hears when they come to where they are.
pub fn place_words(model: &Model, has_listed: bool) -> Vec<String> {
    if let Some(overlay) = &model.overlay {
        return overlay_words(model, overlay);
    }
    let sight = sight(model);
    let one = |words: &str| vec![words.to_owned()];
    match &model.screen {
        Screen::Account if is_still_asked_who(model) => one("AWS is being asked which account these credentials belong to."),
        Screen::Account => match model.departure.connection_problem() {
            Some(problem) => written(|page| account::write_connection_problem(page, sight, problem)),
            None => destinations(model),
        },
        Screen::Profiles { .. } => model.profiles.iter().enumerate().map(profile).collect(),
        Screen::OtherAccount => paragraphs(other_account::page(sight, UNBROKEN)),
        Screen::Checklist if !model.departure.is_reading() => Vec::new(),
        Screen::Checklist if has_listed => one("Being checked again."),
        Screen::Checklist => one("AWS is being asked; the answers take a few seconds."),
        Screen::Contact(form) => contact_words(model, form),
        Screen::Deregister(state) => {
            match (state.stage, state.selected()) {
                (DeregisterStage::Calling(_), Some(selected)) => {
                    vec![format!("AWS is being asked to take {} away.", neutralise(&selected.service))]
                }
                (DeregisterStage::Stopped, _) | (_, None) => {
                    paragraphs(deregister::page(sight, state, Rect::new(0, 0, UNBROKEN, UNBROKEN)))
                }
                (DeregisterStage::Typing, Some(selected)) => {
                    let mut said = written(|page| deregister::write_whose(page, sight, state, UNBROKEN));
                    let each = state.services.iter().enumerate();
                    said.extend(each.map(|(at, each)| {
                        format!("{}. {}{}", at + 1, neutralise(&each.service), deregister::look(&each.state).1)
                    }));
                    if selected.state == ServiceState::Open {
                        said.extend(written(|page| deregister::write_effect(page, sight, &selected.service)));
                    }
                    said
                }
            }
        }
        Screen::Confirm(confirming) if confirming.all_seen() => one("Every check runs once more before the call."),
        Screen::Confirm(_) => model
            .departure
            .checklist
            .subject
            .as_ref()
            .map(|subject| {
                let first = [
                    spoken(&confirm::about(subject)),
                    "This cannot be undone from here: only a new invitation brings the account back.".to_owned(),
                    where_it_goes(model),
                ];
                let last = "Next you confirm, one by one, what changes when the account leaves. Then you type the account ID."
                    .to_owned();
                first.into_iter().chain(model.departure.difference_of_endpoints()).chain([last]).collect()
            })
            .unwrap_or_default(),
        Screen::Leave => match &model.departure.leave {
            Leave::Rechecking { calls, .. } => {
                vec![
                    words::recheck(*calls, model.departure.has_sent_before()),
                    "If anything is not as you saw it, you are back at the checklist and told what changed. Ctrl-C takes you back there, too.".to_owned(),
                ]
            }
            Leave::Calling { .. } => {
                vec!["The account is asking AWS to leave.".to_owned(), words::ON_ITS_WAY.to_owned()]
            }
            Leave::Verifying(verification) => {
                let mut said = written(|page| leaving::write_answered(page, sight, verification));
                let minutes = texts::rules().verification.patience_seconds / 60;
                said.push(format!("The membership is being read until it is clear, for at most {minutes} minutes."));
                said
            }
            Leave::Ended(ended) => paragraphs(outcome::page(sight, ended, UNBROKEN)),
            leave => paragraphs(leaving::page(sight, leave, UNBROKEN)),
        },
    }
}

/// Who would get the request: whoever comes back to this days later does not remember the first words.
fn where_it_goes(model: &Model) -> String {
    if model.practice.is_some() {
        return "This is practice: nothing real is touched.".to_owned();
    }
    match model.departure.custom_endpoints.as_slice() {
        [] => "The request goes to AWS itself.".to_owned(),
        hosts => format!("The request does not go to AWS itself, but to {}.", neutralise(&hosts.join(", "))),
    }
}

pub fn written(write: impl FnOnce(&mut Page)) -> Vec<String> {
    let mut page = page();
    write(&mut page);
    paragraphs(page)
}

fn profile((at, profile): (usize, &ProfileChoice)) -> String {
    format!("{}. {}, {}.", at + 1, neutralise(&profile.name), neutralise(&profile.source))
}

/// Where the account may be going, and what each means.
fn destinations(model: &Model) -> Vec<String> {
    let invitation = words::invitation(model.departure.checklist.step(StepId::OtherWayOut).finding.as_ref());
    let each = Destination::ALL.into_iter().enumerate().map(|(at, destination)| {
        let text = texts::destination(destination);
        let said = invitation.as_ref().filter(|_| destination == Destination::AnotherOrganization);
        let said = said.map(|said| format!(" {said}")).unwrap_or_default();
        format!("{}. {}. {}{said}", at + 1, text.label, text.explanation)
    });
    each.collect()
}

fn overlay_words(model: &Model, overlay: &Overlay) -> Vec<String> {
    let sight = sight(model);
    match overlay {
        Overlay::Help { .. } => Vec::new(),
        Overlay::Evidence { .. } => paragraphs(overlays::evidence(sight, UNBROKEN)),
        Overlay::Changes { changes, .. } => paragraphs(overlays::changed(sight, changes, UNBROKEN)),
        Overlay::Note { step, refused } => {
            let mut said = written(|page| overlays::write_note_intro(page, sight, *step));
            said.extend(refused.iter().cloned());
            said
        }
        Overlay::Code { .. } => {
            let why = model.departure.connection_problem().map(|problem| neutralise(&problem.message));
            why.into_iter().chain(["Each code works once.".to_owned()]).collect()
        }
        Overlay::SignIn(command) => written(|page| overlays::write_sign_in(page, sight, command)),
        Overlay::Quit => written(|page| overlays::write_quit_reasons(page, sight)),
        Overlay::Owner(choice) => owner_words(model, choice),
        Overlay::Phone(check) => phone_words(model, check),
    }
}

fn owner_words(model: &Model, choice: &OwnerChoice) -> Vec<String> {
    let mut said = written(|page| owner::write_state(page, sight(model), choice));
    if model.departure.owner.asking.is_some() {
        // The question is known.
        said.remove(0);
    }
    match choice {
        OwnerChoice::Among { profiles, .. } if model.departure.owner.asking.is_none() => {
            said.extend(profiles.iter().enumerate().map(profile));
        }
        OwnerChoice::Among { .. } => {}
        OwnerChoice::Reading | OwnerChoice::Failed(_) => {
            said.extend(written(|page| owner::write_choice(page, sight(model), choice)));
        }
    }
    said
}

fn phone_words(model: &Model, check: &PhoneCheck) -> Vec<String> {
    let number = check.number.as_deref().map_or_else(|| "the number on file".to_owned(), neutralise);
    let mut said = Vec::new();
    if let Some(trouble) = &check.trouble {
        said.extend(written(|page| phone::write_trouble(page, sight(model), check, trouble)));
    }
    match &check.stage {
        PhoneStage::Ready => {
            said.push(format!("AWS can send a code by text message to {number}, and to no other number."));
            said.push(
                "AWS promises nowhere that a verified number is all it asks for at the leave. Its answer at the leave will tell."
                    .to_owned(),
            );
        }
        PhoneStage::Sending(_) => said.push(format!("AWS is being asked to send a code to {number}.")),
        PhoneStage::Typing(_) => {
            // After a wrong code, the one that was sent is still the one.
            if check.trouble.is_none() {
                said.push(format!("AWS sent a code to {number}."));
            }
            said.extend(written(|page| phone::write_time(page, sight(model))));
        }
        PhoneStage::Verifying { .. } => said.push("AWS is looking at the code.".to_owned()),
    }
    said
}

fn contact_words(model: &Model, form: &ContactForm) -> Vec<String> {
    let mut said = written(|page| contact::write_trouble(page, sight(model), form));
    match form.stage {
        ContactStage::Reading(_) => said.push("What is on file is being read.".to_owned()),
        ContactStage::NotRead => {}
        ContactStage::Filling => said.push(
            "The contact information, field by field. Nothing is saved before you have heard what is new and said yes. A minus sign empties a field, a full stop goes on to what is new, two full stops go back."
                .to_owned(),
        ),
        ContactStage::Comparing => {
            said.push("This is what you changed. Saving replaces what is on file for this account, and for no other.".to_owned());
            let shown = |value: &str| if value.is_empty() { "empty".to_owned() } else { format!("“{}”", neutralise(value)) };
            let differences = form.differences();
            said.extend(differences.iter().map(|difference| {
                format!("{}: was {}, will be {}.", difference.field.label(), shown(&difference.before), shown(&difference.after))
            }));
            if differences.iter().any(|difference| difference.field == ContactField::PhoneNumber) {
                said.push("A new phone number begins unverified. After saving, type v to have a code sent to it.".to_owned());
            }
        }
        ContactStage::Saving(_) => said.push("What you entered is on its way to AWS.".to_owned()),
        ContactStage::ReadingBack(_) => said.push("What is on file now is being read back.".to_owned()),
    }
    said
}

//! The questions of each place. Pure: what can be said comes from the one table of keys, and means what a key means there.

use super::question::{Act, Choice, Free, Question, Strictness, Turn};
use super::speech::context;
use crate::checklist::{Attestable, ContactField, Deregistration, Destination, StepId, texts};
use crate::departure::{Leave, Lock, Mode, Outcome};
use crate::untrusted::sanitize;
use crate::views::{confirm, owner, profiles};
use crate::wizard::{
    Binding, Command, Confirming, ContactForm, ContactStage, Context, DeregisterStage, Deregistering, Direction, GROUPS, Key,
    Model, OwnerChoice, ProfileChoice, Screen, ServiceState, bindings,
};

/// A profile by its number or its name. A name may be another one's number: then there is a longer word for the number.
fn numbered((at, profile): (usize, &ProfileChoice)) -> [Choice; 2] {
    let number = at + 1;
    [
        Choice::new(number.to_string(), sanitize(&profile.name), Act::Choose(at)),
        Choice::new(format!("number {number}"), format!("number {number}"), Act::Choose(at)).unnamed(),
    ]
}

fn nothing(label: &str) -> Choice {
    Choice::new("", label, Act::Nothing)
}

/// Words that nobody means as a note or as digits.
fn no_answers() -> [Choice; 5] {
    ["no", "n", "q", "quit", "cancel"].map(|word| Choice::new(word, word, Act::Do(Command::Back)).unnamed())
}

/// `text` with a full stop, unless it ends in a sign already.
fn sentence(text: String) -> String {
    if text.ends_with(char::is_alphanumeric) { format!("{text}.") } else { text }
}

/// A question whose answer is yes or no. Enter alone is no.
pub fn yes_or_no(asks: &str, yes: (&str, Command), no: (&str, Command)) -> Question {
    let choices = vec![
        Choice::new("yes", yes.0, Act::Do(yes.1)),
        Choice::new("no", no.0, Act::Do(no.1)),
        Choice::new("y", "yes", Act::Do(yes.1)).unnamed(),
        Choice::new("n", "no", Act::Do(no.1)).unnamed(),
    ];
    Question::new(asks, choices, Choice::new("", format!("no, {}", no.0), Act::Do(no.1))).with(Free::No, Strictness::Acts)
}

// ---- what the table of keys offers ----

/// The lines of the table that make sense now, as things that can be said.
fn offered(model: &Model, context: Context) -> Vec<Choice> {
    let mut choices: Vec<Choice> = Vec::new();
    for binding in bindings(context).filter(|binding| (binding.applies)(model)) {
        let Some(choice) = said(model, context, binding) else { continue };
        if choices.iter().all(|other| other.word != choice.word && other.label != choice.label) {
            choices.push(choice);
        }
    }
    choices
}

/// How a line of the table is said here. What moves a selection or hands something to a clipboard is no word.
fn said(model: &Model, context: Context, binding: &Binding) -> Option<Choice> {
    let letter = binding.keys.iter().find_map(|key| match key {
        Key::Char(letter) if letter.is_ascii_alphabetic() => Some(letter.to_string()),
        _ => None,
    });
    let word = match (binding.command, letter) {
        (
            Command::Move(_)
            | Command::NextPane
            | Command::CopyLink
            | Command::CopyCommand
            | Command::Help
            | Command::Interrupt
            | Command::Suspend,
            _,
        ) => return None,
        // To choose where it goes is to go to the checklist.
        (Command::Open, None) if context == Context::Account => return None,
        (_, Some(letter)) => letter,
        (Command::Open, None) if context == Context::Steps && model.departure.may_confirm() => "leave".to_owned(),
        (Command::Open, None) if context == Context::Steps => "next".to_owned(),
        (Command::Open, None) if context == Context::OtherAccount => "begin".to_owned(),
        (Command::Back | Command::Open, None) => "back".to_owned(),
        (Command::Quit, None) => "finish".to_owned(),
        (_, None) => return None,
    };
    let is_named = binding.in_footer || word == "next";
    Some(Choice { word, label: binding.label.to_owned(), act: Act::Do(binding.command), is_named })
}

/// Enter alone does what `command` means here, or asks once more where that makes no sense just now.
pub fn from_table(model: &Model, context: Context, asks: &str, command: Command) -> Question {
    let choices = offered(model, context);
    let binding = bindings(context).find(|binding| binding.command == command && (binding.applies)(model));
    let default = binding.and_then(|binding| said(model, context, binding)).unwrap_or_else(|| nothing("ask again"));
    Question::new(asks, choices, default)
}

// ---- one question for each place ----

pub fn profiles(model: &Model) -> Question {
    let mut choices: Vec<Choice> = model.profiles.iter().enumerate().flat_map(numbered).collect();
    choices.push(Choice::new("q", "quit", Act::Do(Command::Quit)));
    let asks = format!("{} Type its number or its name.", profiles::QUESTION);
    Question::new(asks, choices, nothing("none yet, ask again"))
}

pub fn destination(model: &Model) -> Question {
    let each = Destination::ALL.into_iter().enumerate();
    let mut choices: Vec<Choice> = each
        .map(|(at, destination)| {
            Choice::new((at + 1).to_string(), texts::destination(destination).label.clone(), Act::Choose(at)).unnamed()
        })
        .collect();
    let unsure = Destination::ALL.iter().position(|one| *one == Destination::NotSure).unwrap_or_default();
    let default = Choice::new("", texts::destination(Destination::NotSure).label.clone(), Act::Choose(unsure));
    // What the table names besides choosing.
    choices.extend(offered(model, Context::Account));
    let asks = "Where is the account going? Type a number. Nothing is sent anywhere: the answer decides which advice you hear.";
    Question::new(asks, choices, default)
}

pub fn step(model: &Model) -> Question {
    let title = &texts::step(model.cursor).title;
    let mut choices = offered(model, Context::Steps);
    let next_is_another = model.next_open_after(model.cursor).is_some_and(|next| next != model.cursor);
    if model.departure.mode == Mode::Guided && !next_is_another {
        choices.retain(|choice| choice.word != "next");
    }
    if model.departure.mode == Mode::Guided && !model.departure.may_confirm() {
        choices.push(Choice::new("leave", "go on to the leave", Act::Locked).unnamed());
    }
    for id in StepId::ALL {
        choices.push(Choice::new((id.index() + 1).to_string(), texts::step(id).title.clone(), Act::Select(id)).unnamed());
        choices.push(Choice::new(id.as_str(), id.as_str(), Act::Select(id)).unnamed());
    }
    choices.push(Choice::new("list", "hear the whole list", Act::List).unnamed());
    choices.push(Choice::new("again", "hear this step again", Act::Again).unnamed());
    let by_word = |word: &str| choices.iter().find(|choice| choice.word == word).cloned();
    let default = match model.departure.mode {
        _ if model.departure.may_confirm() => by_word("list"),
        Mode::Review if Some(&model.cursor) == StepId::ALL.last() => by_word("q"),
        Mode::Review => by_word("next"),
        Mode::Guided if next_is_another => by_word("next"),
        Mode::Guided if model.departure.locks().iter().any(|lock| matches!(lock, Lock::Step(_))) => by_word("r"),
        // What locks it is no step: everything is read anew, the credentials first.
        Mode::Guided => by_word("R"),
    };
    let default = default.unwrap_or_else(|| nothing("ask again"));
    let asks =
        if model.departure.may_confirm() { "Every step is settled. What now?".to_owned() } else { format!("{title}: what now?") };
    Question::new(asks, choices, default)
}

pub fn note(model: &Model, step: StepId) -> Question {
    let default = Choice::new("back", "go back, nothing is said", Act::Do(Command::Back));
    let mut choices = vec![default.clone()];
    choices.extend(no_answers());
    let asks = if model.departure.checklist.step(step).attestable() == Attestable::WithReason {
        "Write your reason in one line."
    } else {
        choices.push(Choice::new("yes", "say so without a note", Act::Write(String::new())));
        "Write your note in one line, or yes to say so without one."
    };
    Question::new(asks, choices, default).with(Free::Answer, Strictness::Acts)
}

pub fn mfa_code() -> Question {
    let back = Choice::new("back", "not now", Act::Do(Command::Back));
    Question::new("Type the six digits that the device shows now.", vec![back.clone()], back).with(Free::Answer, Strictness::Acts)
}

pub fn owner(model: &Model, choice: &OwnerChoice) -> Question {
    let close = Choice::new("back", "none, back to the checklist", Act::Do(Command::Back));
    let default = close.clone();
    let (asks, mut choices) = match choice {
        OwnerChoice::Among { profiles, .. } if !profiles.is_empty() => {
            let each = profiles.iter().enumerate().flat_map(numbered);
            (format!("{} Type its number or its name.", owner::QUESTION), each.collect())
        }
        OwnerChoice::Among { .. } => ("There is no profile to choose from.".to_owned(), Vec::new()),
        OwnerChoice::Failed(_) | OwnerChoice::Reading => ("What now?".to_owned(), offered(model, Context::Owner)),
    };
    if choices.iter().all(|other| other.word != "q") {
        choices.push(close);
    }
    Question::new(asks, choices, default)
}

pub fn phone_code() -> Question {
    let anew = Choice::new("n", "ask for a new code; the old one is worthless then", Act::Do(Command::NewCode));
    let back = Choice::new("back", "close this", Act::Do(Command::Back));
    Question::new("Type the six digits that the phone received.", vec![anew, back.clone()], back)
        .with(Free::Answer, Strictness::Acts)
}

pub fn contact(model: &Model, form: &ContactForm, context: Context) -> Turn {
    match form.stage {
        ContactStage::Reading(_) | ContactStage::Saving(_) | ContactStage::ReadingBack(_) => Turn::Wait,
        ContactStage::NotRead => Turn::Ask(from_table(model, context, "What now?", Command::Back)),
        ContactStage::Comparing => Turn::Ask(yes_or_no(
            "Save this for the account?",
            ("save it", Command::Save),
            ("back to the fields, nothing is saved", Command::Back),
        )),
        ContactStage::Filling => Turn::Ask(contact_field(form)),
    }
}

fn contact_field(form: &ContactForm) -> Question {
    let field = form.focus;
    let value = form.fields.get(&field).map(tui_input::Input::value).unwrap_or_default();
    let country = form.contact().get(ContactField::CountryCode).to_owned();
    let asked = if field.is_required(&country) { ", which AWS asks for," } else { "" };
    let held = if value.is_empty() { "is empty".to_owned() } else { format!("is “{}”", sanitize(value)) };
    let wrong = form.problems().get(&field).map(|said| format!(" {}", sanitize(said))).unwrap_or_default();
    let choices = vec![
        Choice::new("-", "empty it", Act::Write(String::new())),
        Choice::new("<", "the field before", Act::Do(Command::Move(Direction::Up))),
        Choice::new(".", "look at what is new", Act::Do(Command::Open)),
        Choice::new("..", "back, nothing is saved", Act::Do(Command::Back)),
    ];
    let asks = format!("{}{asked} {held}.{wrong} Type what it shall be.", field.label());
    Question::new(asks, choices, Choice::new("", "keep it", Act::Do(form.onward()))).with(Free::AnyAnswer, Strictness::Looks)
}

pub fn deregister(state: &Deregistering) -> Turn {
    match state.stage {
        DeregisterStage::Calling(_) => Turn::Wait,
        DeregisterStage::Stopped => {
            let back = Choice::new("", "back, see what is left", Act::Do(Command::Open));
            Turn::Ask(Question::new("Nothing more is sent from here.", Vec::new(), back))
        }
        DeregisterStage::Typing => {
            let open = state.services.iter().enumerate().filter(|(_, service)| service.state == ServiceState::Open);
            let mut choices: Vec<Choice> = open
                .map(|(at, service)| {
                    let label = format!("select {}", sanitize(&service.service));
                    Choice::new((at + 1).to_string(), label, Act::Choose(at)).unnamed()
                })
                .collect();
            let back = Choice::new("back", "back, nothing more is sent", Act::Do(Command::Back));
            choices.push(back.clone());
            let word = state.selected().map(|service| sanitize(Deregistration::word(&service.service))).unwrap_or_default();
            let asks = format!("Type {word} to take that service away, or the number of another one.");
            Turn::Ask(Question::new(asks, choices, back).with(Free::Answer, Strictness::ByHand))
        }
    }
}

pub fn consequence(model: &Model) -> Option<Question> {
    let Screen::Confirm(confirming) = &model.screen else { return None };
    let item = confirming.items.get(confirming.cursor)?;
    let (text, explanation) = confirm::words(context(model), item);
    let said: Vec<String> = [Some(text), explanation].into_iter().flatten().map(sentence).collect();
    let (at, all) = (confirming.seen.len() + 1, confirming.items.len());
    Some(yes_or_no(
        &format!("{at} of {all}. {} Have you seen this?", said.join(" ")),
        ("I have seen this", Command::MarkSeen),
        ("back to the checklist, no request is sent", Command::Back),
    ))
}

pub fn account_id(model: &Model, confirming: &Confirming) -> Question {
    let id = model.departure.checklist.subject.as_ref().map(|subject| subject.identity.account.grouped()).unwrap_or_default();
    let back = Choice::new("back", "back to the checklist, no request is sent", Act::Do(Command::Back));
    let asks = match confirming.groups.len() {
        0 => format!(
            "To leave, type the account ID {id} in three groups of four digits, each on its own line. Type group 1 of {GROUPS}."
        ),
        answered => format!("Type group {} of {GROUPS} of the account ID {id}.", answered + 1),
    };
    let choices = [back.clone()].into_iter().chain(no_answers()).collect();
    Question::new(asks, choices, back).with(Free::Answer, Strictness::ByHand)
}

pub fn outcome(model: &Model, context: Context) -> Question {
    let is_over = bindings(context)
        .any(|binding| binding.command == Command::Quit && binding.keys.contains(&Key::Enter) && (binding.applies)(model));
    let default = match &model.departure.leave {
        _ if is_over => Command::Quit,
        Leave::Ended(Outcome::NotKnown(_)) => Command::Retry,
        _ => Command::Open,
    };
    let mut question = from_table(model, context, "What now?", default);
    if is_over {
        // To finish and to quit is the same here.
        question.choices.retain(|choice| choice.word != "q");
    }
    question
}

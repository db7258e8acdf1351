//! The first screen of a walk: which account this is, what is going to happen, and where the account is going.

use ratatui::layout::Rect;

use super::{ViewContext, problem};
use crate::checklist::{Destination, Membership, Problem, ProblemKind, Standing, StepId, Subject, texts};
use crate::departure::{Connection, JournalState, Mode};
use crate::untrusted::sanitize;
use crate::views::layout::cut;
use crate::views::page::{LONGEST_NAME, Page};
use crate::views::theme::Role;
use crate::views::{moments, theme};
use crate::wizard::{Text, keyed, notices};

/// While nobody knows whose credentials these are.
pub const ASKING: &str = "AWS is being asked which account these credentials belong to";

/// How much is said: as much as there is room for. The promise and the question always are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Room {
    Tight,
    /// The promise in a few words, and the question.
    Bare,
    /// What the header does not say of the account, too.
    Scant,
    Fair,
    Ample,
}

/// The account and the question where it is going; or, as long as that is all there is to say, why nobody knows which account it is.
pub fn page(context: ViewContext, area: Rect) -> Page {
    if let Some(problem) = context.model.departure.connection_problem() {
        let mut page = Page::default();
        write_connection_problem(&mut page, context, problem);
        return page;
    }
    let rooms = [Room::Ample, Room::Fair, Room::Scant, Room::Bare];
    let mut pages = rooms.into_iter().map(|room| page_in(context, room));
    let fits = pages.find(|page| page.lay_out(context.theme, area.width).rows.len() <= usize::from(area.height));
    fits.unwrap_or_else(|| page_in(context, Room::Tight))
}

/// Line by line, all but the question is told when it becomes known.
fn page_in(context: ViewContext, room: Room) -> Page {
    let mut page = Page::default();
    page.on_screen(|page| write_account(page, context, room));
    if room >= Room::Bare {
        page.gap();
    }
    write_question(&mut page, context, room);
    page
}

fn write_account(page: &mut Page, context: ViewContext, room: Room) {
    let model = context.model;
    if let Some(practice) = model.practice.as_ref().filter(|_| room >= Room::Fair) {
        page.text(2, format!("Practice. {}", practice.story), Role::Progress);
        page.gap();
    }
    let subject = model.departure.checklist.subject.as_ref();
    let can_leave =
        !subject.is_some_and(|subject| owns_its_organization(subject) || subject.membership == Membership::Standalone);
    // Where there is no room for both, what is in the way comes before what will happen.
    if room >= Room::Scant || (can_leave && model.departure.record.problem().is_none() && model.welcomes_back().is_none()) {
        page.say(2, promise(context, room));
    }
    match subject {
        Some(subject) => write_subject(page, context, subject, room),
        None if room >= Room::Scant => {
            page.heading(2, "The account");
            page.busy(2, ASKING, "");
        }
        None => {}
    }
    write_journal(page, context, room);
}

/// Where the account may be going. Line by line each answer is told with what it means.
pub fn write_question(page: &mut Page, context: ViewContext, room: Room) {
    let question = page.len();
    let selected = context.model.destination_cursor.min(Destination::ALL.len() - 1);
    let finding = context.model.departure.checklist.step(StepId::OtherWayOut).finding.as_ref();
    let is_invited = finding.is_some_and(|finding| finding.invitations() > 0);
    let invitation = |destination| notices::invitation(finding).filter(|_| destination == Destination::AnotherOrganization);
    page.on_screen(|page| {
        page.text(2, "Where is it going?", Role::Strong);
        if room == Room::Ample {
            page.text(2, "Nothing is sent anywhere. The answer decides which advice you see.", Role::Quiet);
        }
    });
    // The answers keep their places, whichever is selected; what it means stands below all of them.
    for (at, destination) in Destination::ALL.into_iter().enumerate() {
        let text = texts::destination(destination);
        let open = if is_invited && destination == Destination::AnotherOrganization { ": an invitation is open" } else { "" };
        let told = invitation(destination).map(|told| format!(" {told}")).unwrap_or_default();
        let text = Text::voices(format!("{}{open}", text.label), format!("{}. {}{told}", text.label, text.explanation));
        page.choice(2, at, text, selected);
    }
    if room == Room::Ample {
        page.gap();
    }
    page.on_screen(|page| {
        let selected = Destination::ALL[selected];
        if let Some(told) = invitation(selected) {
            page.text(4, told, Role::Progress);
        }
        if room > Room::Tight || context.model.departure.record.problem().is_none() {
            page.text(4, &texts::destination(selected).explanation, Role::Quiet);
        }
    });
    page.keep_in_sight(question);
}

/// What is going to happen, how long it may take, and what does not happen without a yes. For people who have never done this.
pub fn promise(context: ViewContext, room: Room) -> String {
    let is_ample = room == Room::Ample;
    let walk = match room {
        Room::Ample => "You will see what AWS asks of an account before it can leave, and what is missing here.",
        Room::Fair | Room::Scant => "You will see what AWS asks of an account that leaves, and what is missing.",
        Room::Bare | Room::Tight => "",
    };
    let time = match room {
        Room::Ample => {
            "The checks take seconds. What is open can take minutes or days, and some of it only the organization's owner can do."
        }
        Room::Fair | Room::Scant => "Checks take seconds; what is open, minutes to days, some of it by the organization's owner.",
        Room::Bare | Room::Tight => "Checks take seconds; what is open takes minutes to days, some of it only the owner can do.",
    };
    // Without a journal, what is in its way is told below.
    let has_journal = context.model.departure.record.problem().is_none();
    let quit = match (context.model.practice.is_some(), is_ample) {
        (true, true) => "You can quit at any time; nothing of a practice is kept.",
        (true, false) => "You can quit at any time.",
        (false, _) if !has_journal => "",
        (false, true) => {
            "You can quit at any time and come back: the journal remembers what was found, and your statements for 1 to 14 days."
        }
        (false, false) if room < Room::Scant => "You can quit and come back.",
        (false, false) => "You can quit and come back: the journal remembers.",
    };
    let change = match (context.model.departure.mode, is_ample) {
        (Mode::Guided, true) => {
            "Nothing is changed without your yes, and the account leaves only after you type its id on the last screen."
                .to_owned()
        }
        (Mode::Guided, false) => "Nothing is changed without your yes; no account leaves before you type its id.".to_owned(),
        (Mode::Review, true) => {
            format!("{} {}", notices::ONLY_A_REVIEW, notices::instead_of_a_review(context.model.practice.is_some()))
        }
        // The help and the last step say what leaves, too.
        (Mode::Review, false) => notices::ONLY_A_REVIEW.to_owned(),
    };
    [walk, time, quit, &change].into_iter().filter(|sentence| !sentence.is_empty()).collect::<Vec<_>>().join(" ")
}

fn owns_its_organization(subject: &Subject) -> bool {
    subject.organization().is_some_and(|organization| organization.management_account.as_ref() == Some(&subject.identity.account))
}

fn write_subject(page: &mut Page, context: ViewContext, subject: &Subject, room: Room) {
    let is_ordinary = subject.organization().is_some() && !owns_its_organization(subject);
    match room {
        // The header names the account and its organization.
        Room::Bare | Room::Tight if is_ordinary => return,
        Room::Bare | Room::Tight => return write_membership(page, subject),
        Room::Scant | Room::Fair => page.gap(),
        Room::Ample => page.heading(2, "The account"),
    }
    if room == Room::Ample {
        write_facts(page, context, subject);
        write_progress(page, context);
        return;
    }
    write_name(page, subject);
    write_chosen(page, context);
    write_membership(page, subject);
}

fn write_name(page: &mut Page, subject: &Subject) {
    let name = cut(&subject.name().map_or_else(|| "name not known".to_owned(), sanitize), LONGEST_NAME);
    let name = format!("{}   {name}", subject.identity.account.grouped());
    page.text(2, Text::voices(&name, format!("This is account {name}")), Role::Strong);
}

/// A fact is a line of its own, without a full stop: whoever marks an ID in it gets the ID alone.
fn fact(text: &str) -> Text {
    let mut characters = text.chars();
    let first = characters.next().map(char::to_uppercase).into_iter().flatten();
    Text::voices(text, first.chain(characters).collect::<String>())
}

pub fn write_facts(page: &mut Page, context: ViewContext, subject: &Subject) {
    let details = subject.details.as_ref();
    write_name(page, subject);
    if let Some(created) = details.and_then(|details| details.created_at) {
        let state = details.and_then(|details| details.state.as_deref()).unwrap_or("not known");
        page.say(2, fact(&format!("created {}, state {}", moments::local(created, context.zone), sanitize(state))));
    }
    page.say(2, fact(&format!("as {}", sanitize(&subject.identity.arn))));
    write_chosen(page, context);
    write_membership(page, subject);
}

/// Whose credentials are in use, and what chose them.
fn write_chosen(page: &mut Page, context: ViewContext) {
    if let Some(chosen) = context.model.departure.session().and_then(|session| session.chosen.as_ref()) {
        page.say(2, fact(chosen));
    }
}

/// How many checks have answered, while some have not.
fn write_progress(page: &mut Page, context: ViewContext) {
    let answered = context.model.departure.checklist.steps().filter(|step| step.finding.is_some()).count();
    let all = StepId::ALL.len();
    if answered < all {
        page.text(2, format!("{answered} of {all} checks have answered; they go on while you read"), Role::Progress);
    }
}

/// What is left of the walks before this one, or why nothing can be kept.
pub fn write_journal(page: &mut Page, context: ViewContext, room: Room) {
    if let Some(reason) = context.model.departure.record.problem() {
        page.gap();
        page.sign(2, "✗", &texts::problem(reason.kind).cause, Role::Bad);
        if room >= Room::Scant {
            page.text(4, &reason.message, Role::Quiet);
            page.say(4, &reason.remedy);
        }
        let tries = match &context.model.departure.record {
            JournalState::Failed { tries, .. } | JournalState::Opening { tries, .. } => *tries,
            JournalState::NotYet | JournalState::Open { .. } => 1,
        };
        if matches!(context.model.departure.record, JournalState::Opening { .. }) {
            page.busy(4, "Trying again", "");
        } else {
            let how_often = moments::how_often(tries);
            let again = "r tries again. Until then you can look at everything, and nothing can be said or sent.";
            page.text(4, format!("Tried {how_often}; {again}"), Role::Progress);
        }
    }
    let Some((before, last_at)) = context.model.welcomes_back().and_then(|before| Some((before, before.last_at?))) else {
        return;
    };
    page.gap();
    let checklist = &context.model.departure.checklist;
    let words =
        checklist.steps().filter_map(|step| step.attestation.as_ref()).filter(|word| context.now < word.expires_at).count();
    let still = match words {
        0 => String::new(),
        1 => " 1 thing that was said still counts.".to_owned(),
        words => format!(" {words} things that were said still count."),
    };
    let text = format!("Welcome back: somebody worked on this account {}.{still}", moments::ago(last_at, context.now));
    page.text(2, text, Role::Progress);
    for refusal in checklist.refusals() {
        let steps: Vec<&str> = refusal.steps.iter().map(|step| texts::step(*step).title.as_str()).collect();
        let why = if steps.is_empty() { refusal.said() } else { steps.join(", ") };
        page.say(2, format!("AWS refused the departure {}: {why}.", moments::ago(refusal.at, context.now)));
    }
    if let Some(fix) = &before.cut_off {
        page.text(2, notices::cut_off(fix), Role::Attention);
    }
    if let Some(left) = &before.left {
        let from = left.organization.as_deref().map_or_else(|| "its organization".to_owned(), sanitize);
        page.say(2, format!("By its journal it left {from} on {}.", moments::local(left.at, context.zone)));
    }
    if let Some(aside) = &before.set_aside {
        let lines = if aside.lines == 1 { "1 line".to_owned() } else { format!("{} lines", aside.lines) };
        page.text(
            2,
            format!("{lines} of the journal could not be read; they are kept beside it, in {}.", sanitize(&aside.file)),
            Role::Attention,
        );
    }
}

fn write_membership(page: &mut Page, subject: &Subject) {
    match &subject.membership {
        Membership::Member(organization) => {
            if owns_its_organization(subject) {
                let text =
                    format!("it owns the organization {}, and AWS does not let an owner leave", sanitize(&organization.id));
                page.text(2, fact(&text), Role::Attention);
                return;
            }
            let owner = organization
                .management_account
                .as_ref()
                .map_or_else(|| "not known".to_owned(), crate::checklist::AccountId::grouped);
            page.say(2, fact(&format!("a member of organization {}, owned by account {owner}", sanitize(&organization.id))));
        }
        Membership::Standalone => page.text(2, fact("in no organization: there is nothing to leave"), Role::Good),
        Membership::Unknown => {
            page.text(2, "AWS did not say which organization it is in; the checklist says why", Role::Attention);
        }
    }
}

/// What one has to know first comes first: a small window shows the beginning.
pub fn write_connection_problem(page: &mut Page, context: ViewContext, reason: &Problem) {
    let model = context.model;
    let (tries, retry_at) = match &model.departure.connection {
        Connection::Failed { tries, .. } | Connection::Connecting { tries, .. } => (*tries, None),
        Connection::NotYet | Connection::Up(_) => (model.departure.identity.tries.max(1), model.departure.identity.retry_at),
    };
    if reason.kind == ProblemKind::MfaCodeNeeded {
        page.dot(2, "•", &texts::problem(reason.kind).cause, Role::Strong);
        page.gap();
        page.say(2, keyed("`Press r`, then type the six digits that the device shows."));
    } else {
        let look = theme::look(Some(Standing::Unknown), None);
        page.sign(2, look.glyph, "We could not find out which account this is.", Role::Bad);
        page.say(2, &texts::problem(reason.kind).cause);
        page.gap();
        page.say(2, &reason.remedy);
        let how_often = moments::how_often(tries);
        match retry_at {
            Some(at) => {
                let left = moments::until(at, context.now);
                page.text(2, format!("Tried {how_often}. Again by itself in {left}; r asks now."), Role::Progress);
            }
            None if model.departure.is_busy() => page.busy(2, &format!("Tried {how_often}. Trying again"), ""),
            None => page.text(2, keyed(&format!("Tried {how_often}. `Press r` to try again.")), Role::Progress),
        }
    }
    if let Some(command) = model.sign_in_command() {
        page.say(2, keyed("Or `press l` to sign in again: ").and(sanitize(&command.join(" "))));
    }
    page.gap();
    problem::write_words(page, context, reason);
}

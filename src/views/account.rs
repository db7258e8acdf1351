//! The first screen of a walk: which account this is, what is going to happen, and where the account is going.

use ratatui::layout::Rect;

use super::{Sight, problem};
use crate::checklist::{Destination, Membership, Problem, ProblemKind, Standing, StepId, Subject, texts};
use crate::untrusted::neutralise;
use crate::views::page::Page;
use crate::views::theme::Role;
use crate::views::{moments, theme};
use crate::wizard::{Connection, Mode, Record, Setting, words};

/// From this height on there is room for everything; below it, what the header says anyway is left out.
const ROOMY: u16 = 26;

/// The account and the question where it is going; or, as long as that is all there is to say, why nobody knows which account it is.
pub fn page(sight: Sight, area: Rect) -> Page {
    let model = sight.model;
    let mut page = Page::new(sight.theme, area.width);
    if let Some(problem) = model.connection_problem() {
        write_connection_problem(&mut page, sight, problem);
        return page;
    }
    if let Some(practice) = &model.setting.practice {
        page.text(2, &format!("Practice. {}", practice.story), Role::Progress);
        page.gap();
    }
    page.text(2, &promise(&model.setting, area.height), Role::Text);
    page.heading("  The account");
    match &model.checklist.subject {
        Some(subject) => write_subject(&mut page, sight, subject, area.height),
        None => page.text(2, "AWS is being asked which account these credentials belong to …", Role::Progress),
    }
    write_journal(&mut page, sight);
    page.gap();
    let question = page.len();
    page.text(2, "Where is it going?", Role::Strong);
    if area.height >= ROOMY {
        page.text(2, "Nothing is sent anywhere. The answer decides which advice you see.", Role::Quiet);
    }
    for destination in Destination::ALL {
        let text = &texts::destination(destination).label;
        if destination == model.selected_destination() {
            page.focused(|page| page.item("  ▸ ", text, Role::Text));
            page.text(6, &texts::destination(destination).explanation, Role::Quiet);
            let finding = model.checklist.step(StepId::OtherWayOut).finding.as_ref();
            if let Some(said) = words::invitation(finding).filter(|_| destination == Destination::AnotherOrganization) {
                page.text(6, &said, Role::Progress);
            }
        } else {
            page.item("    ", text, Role::Text);
        }
    }
    page.keep_in_sight(question);
    page
}

/// What is going to happen, and what is not.
fn promise(setting: &Setting, height: u16) -> String {
    let walk = "You will see what AWS asks of an account before it can leave, and what is missing here.";
    match setting.mode {
        Mode::Guided => {
            format!("{walk} Nothing is changed without your yes, and it leaves only after you type its id on the last screen.")
        }
        // The help and the last step say what leaves, too.
        Mode::Review if height < ROOMY => format!("{walk} {}", words::ONLY_A_REVIEW),
        Mode::Review => {
            format!("{walk} {} {}", words::ONLY_A_REVIEW, words::instead_of_a_review(setting.practice.is_some()))
        }
    }
}

fn write_subject(page: &mut Page, sight: Sight, subject: &Subject, height: u16) {
    let details = subject.details.as_ref();
    let name = details.and_then(|details| details.name.as_deref()).map_or_else(|| "name not known".to_owned(), neutralise);
    page.text(2, &format!("{}   {name}", subject.identity.account.grouped()), Role::Strong);
    if height < ROOMY {
        write_membership(page, subject);
        return;
    }
    if let Some(created) = details.and_then(|details| details.created_at) {
        let state = details.and_then(|details| details.state.as_deref()).unwrap_or("not known");
        page.text(2, &format!("created {}, state {}", moments::local(created, sight.zone), neutralise(state)), Role::Text);
    }
    page.text(2, &format!("as {}", neutralise(&subject.identity.arn)), Role::Text);
    write_membership(page, subject);
    let answered = sight.model.checklist.steps().filter(|step| step.finding.is_some()).count();
    let all = StepId::ALL.len();
    if answered < all {
        page.text(2, &format!("{answered} of {all} checks have answered; they go on while you read"), Role::Progress);
    }
}

/// What is left of the walks before this one, or why nothing can be kept.
fn write_journal(page: &mut Page, sight: Sight) {
    if let Some(reason) = sight.model.record.problem() {
        page.gap();
        page.item("  ✗ ", &texts::problem(reason.kind).cause, Role::Bad);
        page.text(4, &reason.message, Role::Quiet);
        page.text(4, &reason.remedy, Role::Text);
        let tries = match &sight.model.record {
            Record::Failed { tries, .. } | Record::Opening { tries, .. } => *tries,
            Record::NotYet | Record::Open { .. } => 1,
        };
        let again = if matches!(sight.model.record, Record::Opening { .. }) {
            "Trying again …".to_owned()
        } else {
            format!(
                "Tried {}; R tries again. Until then you can look at everything, and nothing can be said or sent.",
                moments::how_often(tries)
            )
        };
        page.text(4, &again, Role::Progress);
    }
    let Some(before) = sight.model.welcomes_back() else { return };
    page.gap();
    let checklist = &sight.model.checklist;
    let words = checklist.steps().filter_map(|step| step.attestation.as_ref()).filter(|word| sight.now < word.expires_at).count();
    let still = match words {
        0 => String::new(),
        1 => " 1 thing that was said still counts.".to_owned(),
        words => format!(" {words} things that were said still count."),
    };
    let text = format!("Welcome back: somebody worked on this account {}.{still}", moments::ago(before.at, sight.now));
    page.text(2, &text, Role::Progress);
    let refused: Vec<&str> =
        checklist.steps().filter(|s| s.refusal.is_some()).map(|s| texts::step(s.id).title.as_str()).collect();
    if !refused.is_empty() {
        page.text(2, &format!("AWS refused a leave then over: {}.", refused.join(", ")), Role::Text);
    }
    if let Some(fix) = &before.cut_off {
        page.text(2, &words::cut_off(fix), Role::Attention);
    }
    if let Some(left) = &before.left {
        let from = left.organization.as_deref().map_or_else(|| "its organization".to_owned(), neutralise);
        page.text(2, &format!("By its journal it left {from} on {}.", moments::local(left.at, sight.zone)), Role::Text);
    }
    if let Some(aside) = &before.set_aside {
        let lines = if aside.lines == 1 { "1 line".to_owned() } else { format!("{} lines", aside.lines) };
        page.text(
            2,
            &format!("{lines} of the journal could not be read; they are kept beside it, in {}.", neutralise(&aside.file)),
            Role::Attention,
        );
    }
}

fn write_membership(page: &mut Page, subject: &Subject) {
    match &subject.membership {
        Membership::Member(organization) => {
            if organization.management_account.as_ref() == Some(&subject.identity.account) {
                let text =
                    format!("it owns the organization {}, and AWS does not let an owner leave", neutralise(&organization.id));
                page.text(2, &text, Role::Attention);
                return;
            }
            let owner = organization
                .management_account
                .as_ref()
                .map_or_else(|| "not known".to_owned(), crate::checklist::AccountId::grouped);
            page.text(
                2,
                &format!("a member of organization {}, owned by account {owner}", neutralise(&organization.id)),
                Role::Text,
            );
        }
        Membership::Standalone => page.text(2, "in no organization: there is nothing to leave", Role::Good),
        Membership::Unknown => {
            page.text(2, "AWS did not say which organization it is in; the checklist says why", Role::Attention);
        }
    }
}

/// What one has to know first comes first: a small window shows the beginning.
fn write_connection_problem(page: &mut Page, sight: Sight, reason: &Problem) {
    let model = sight.model;
    let (tries, retry_at) = match &model.connection {
        Connection::Failed { tries, .. } | Connection::Connecting { tries, .. } => (*tries, None),
        Connection::NotYet | Connection::Up(_) => (model.identity.tries.max(1), model.identity.retry_at),
    };
    if reason.kind == ProblemKind::MfaCodeNeeded {
        page.item("  • ", &texts::problem(reason.kind).cause, Role::Strong);
        page.gap();
        page.text(2, "Press r, then type the six digits that the device shows.", Role::Text);
    } else {
        let look = theme::look(Some(Standing::Unknown), None);
        page.item(&format!("  {} ", look.glyph), "We could not find out which account this is.", Role::Bad);
        page.text(2, &texts::problem(reason.kind).cause, Role::Text);
        page.gap();
        page.text(2, &reason.remedy, Role::Text);
        let how_often = moments::how_often(tries);
        let again = match retry_at {
            Some(at) => format!("Tried {how_often}. Again by itself in {}; r asks now.", moments::until(at, sight.now)),
            None if model.is_busy() => format!("Tried {how_often}. Trying again …"),
            None => format!("Tried {how_often}. Press r to try again."),
        };
        page.text(2, &again, Role::Progress);
    }
    if let Some(command) = model.sign_in_command() {
        page.text(2, &format!("Or press l to sign in again: {}", neutralise(&command.join(" "))), Role::Text);
    }
    page.gap();
    problem::write_words(page, sight, reason);
}

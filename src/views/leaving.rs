//! From the confirmation to the proof: what is being done, and what is true meanwhile.

use jiff::Timestamp;

use super::{ViewContext, problem};
use crate::aws::Reading;
use crate::checklist::{Refusal, StepId, texts};
use crate::departure::{Answered, Attempt, CheckStatus, Leave, Verification};
use crate::untrusted::sanitize;
use crate::views::moments;
use crate::views::page::Page;
use crate::views::theme::Role;
use crate::wizard::{Text, notices};

pub fn write(page: &mut Page, context: ViewContext, leaving: &Leave) {
    match leaving {
        Leave::Rechecking { attempt, since, calls, .. } => {
            write_recheck(page, context, *attempt, *calls, &moments::since(*since, context.now));
        }
        Leave::Postponed { refusal, calls, retry_at, .. } => write_postponed(page, context, refusal, *calls, *retry_at),
        Leave::Calling { since, .. } => {
            page.text(2, "The account is asking AWS to leave.", Role::Strong);
            page.say(2, notices::ON_ITS_WAY);
            page.gap();
            page.on_screen(|page| page.busy(2, "Waiting for AWS's answer", &moments::since(*since, context.now)));
        }
        Leave::Verifying(verification) => write_verification(page, context, verification),
        Leave::Idle | Leave::Ended(_) => {}
    }
}

/// AWS took nothing: what it said, and when it will be asked again.
fn write_postponed(page: &mut Page, context: ViewContext, refusal: &Refusal, calls: u32, retry_at: Option<Timestamp>) {
    page.text(2, "AWS asked us to try again later.", Role::Strong);
    page.say(2, &refusal.cause);
    page.gap();
    problem::write_code(page, context, refusal);
    page.text(2, format!("“{}”", refusal.message), Role::Quiet);
    page.gap();
    let asked = moments::how_often(calls);
    let when = retry_at.map_or_else(|| "in a moment".to_owned(), |at| format!("in {}", moments::until(at, context.now)));
    page.text(2, format!("Asked {asked}. Every check runs again {when}, then AWS is asked again."), Role::Progress);
    page.say(2, Text::voices("r does it now; Esc stops.", "Ctrl-C stops."));
}

fn write_recheck(page: &mut Page, context: ViewContext, attempt: Attempt, calls: u32, since: &str) {
    page.text(2, notices::recheck(calls, context.model.departure.has_sent_before()), Role::Strong);
    let text = "If anything is not as you saw it, you are back at the checklist and told what changed.";
    page.say(2, Text::voices(text, format!("{text} Ctrl-C takes you back there, too.")));
    page.on_screen(|page| write_rows(page, context, attempt, since));
}

fn write_rows(page: &mut Page, context: ViewContext, attempt: Attempt, since: &str) {
    page.text(2, format!("{since} so far"), Role::Progress);
    page.gap();
    let mut write = |what: &str, row: &CheckStatus| {
        let running = row.is_out(attempt);
        let waits = row.retry_at.map(|at| format!(", AWS asks us to wait {}", moments::until(at, context.now)));
        let (sign, role) = if running { ("·", Role::Progress) } else { ("✓", Role::Text) };
        let state = if running { format!("checking{}", waits.unwrap_or_default()) } else { "read again".to_owned() };
        page.sign(2, sign, format!("{what}: {state}"), role);
    };
    write("Who is asking, and where", &context.model.departure.identity);
    for step in StepId::ALL {
        write(&texts::step(step).title, context.model.departure.row(step));
    }
}

fn write_verification(page: &mut Page, context: ViewContext, verification: &Verification) {
    write_answered(page, context, verification);
    page.gap();
    page.on_screen(|page| write_looks(page, context, verification));
    if verification.looks > 0 {
        page.said(format!("Look {} at the membership: {}.", verification.looks, last_reading(verification)));
    }
    let minutes = texts::rules().verification.patience_seconds / 60;
    page.gap();
    let text = Text::voices(
        format!("If it is not clear after {minutes} min, you are told what can be done then."),
        format!("The membership is being read until it is clear, for at most {minutes} minutes."),
    );
    page.text(2, text, Role::Quiet);
}

/// What the call told, and why the membership is read.
fn write_answered(page: &mut Page, context: ViewContext, verification: &Verification) {
    match &verification.answered {
        Answered::Accepted { .. } => {
            page.text(2, "AWS accepted the request. Now its own records have to show it.", Role::Strong);
            page.say(2, "Changes take a moment to become visible everywhere. It counts as done only when AWS says so.");
        }
        Answered::Lost(reason) => {
            let reply = if reason.code.is_some() { "the reply does not say what became of it" } else { "we got no usable reply" };
            page.text(2, format!("AWS may have received the request, but {reply}."), Role::Strong);
            problem::write_lost(page, context, reason);
            page.gap();
            page.say(2, "We do not know yet whether the account has left. Nothing is sent again until we do.");
        }
        Answered::PutOff { calls } => {
            page.text(2, "AWS no longer shows the account in the organization.", Role::Strong);
            let asked = moments::how_often(*calls);
            let text = format!(
                "AWS had asked us to try again later ({asked}), but it may have accepted a request. Nothing is sent again."
            );
            page.say(2, text);
        }
        Answered::NothingSent => {
            page.text(2, "AWS no longer shows the account in the organization.", Role::Strong);
            page.say(2, "No request to leave was sent under this confirmation. leave-org keeps reading the membership until this is certain.");
        }
        Answered::Interrupted { at } => {
            page.text(2, "An earlier leave-org ended while its request to leave may have been under way.", Role::Strong);
            let when = format!(
                "It was about to be sent {} ({}). No answer was written down.",
                moments::ago(*at, context.now),
                moments::local(*at, context.zone)
            );
            page.say(2, when);
            page.say(2, "So the first thing is to read whether the account has left. Nothing is sent until we know.");
        }
    }
}

/// What AWS said of the membership last, in a few words.
fn last_reading(verification: &Verification) -> String {
    match &verification.last {
        None => "no answer yet".to_owned(),
        Some(Reading::Standalone(_)) => "in no organization".to_owned(),
        Some(Reading::Member { organization, .. }) if organization.id == verification.of.organization => {
            "still a member".to_owned()
        }
        Some(Reading::Member { organization, .. }) => format!("in another organization, {}", sanitize(&organization.id)),
        Some(Reading::Unknown(reason)) => {
            let cause = texts::problem(reason.kind).cause.trim_end_matches('.');
            format!("could not be read: {cause}")
        }
    }
}

/// How often the membership was read, and what AWS said last.
pub fn write_looks(page: &mut Page, context: ViewContext, verification: &Verification) {
    let said = last_reading(verification);
    let looks = verification.looks;
    let counted = if looks == 1 { "1 look".to_owned() } else { format!("{looks} looks") };
    let is_over = matches!(context.model.departure.leave, Leave::Ended(_));
    let text = if is_over {
        let took = moments::since(verification.reading_since, verification.read_at);
        format!("The membership was read: {counted} in {took}; last, {}: {said}", moments::ago(verification.read_at, context.now))
    } else {
        let took = moments::since(verification.reading_since, context.now);
        let next = match verification.next_at.map(|at| moments::until(at, context.now)) {
            Some(left) if left != "now" => format!("; next look in {left}"),
            Some(_) | None => String::new(),
        };
        format!("Reading the membership …   {counted}, {took}   {said}{next}")
    };
    page.text(2, text, Role::Progress);
}

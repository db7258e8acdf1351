//! What one step is about: what AWS asks and why, what we found and how we know, what that does not prove, what to do now.

use unicode_width::UnicodeWidthStr as _;

use super::{ViewContext, problem};
use crate::checklist::{Attestable, Evidence, Finding, Step, StepId, StepKind, Verdict, texts};
use crate::departure::Mode;
use crate::views::layout::cut;
use crate::views::moments;
use crate::views::page::{Page, Piece};
use crate::views::theme::{Role, look_of, sign};
use crate::wizard::{Binding, Command, Context, Model, Text, bindings, keyed};

pub fn write(page: &mut Page, context: ViewContext, width: u16) {
    page.pieces(title(context, context.model.selected(), usize::from(width)));
    page.gap();
    write_body(page, context);
}

/// All of it but the title.
pub fn write_body(page: &mut Page, context: ViewContext) {
    let step = context.model.selected();
    page.say(0, &texts::step(step.id).asks);
    let row = context.model.departure.row(step.id);
    match &step.finding {
        None if row.running.is_some() => {
            page.heading(0, "What we found");
            page.busy(2, "The answer is on its way", "");
        }
        None => {
            page.heading(0, "What we found");
            page.say(2, keyed("Nothing yet: this has not been checked. `Press r` to check it."));
        }
        Some(finding) => write_finding(page, context, step, finding),
    }
}

fn title(context: ViewContext, step: &Step, width: usize) -> Vec<Piece> {
    let look = look_of(step, context.now);
    let mark = match step.finding {
        None => String::new(),
        Some(_) => format!("{} {}", sign(look.glyph, context.model.departure.mode), look.word),
    };
    let title = cut(&texts::step(step.id).title, width.saturating_sub(mark.width() + 2));
    let space = " ".repeat(width.saturating_sub(title.width() + mark.width()));
    vec![(title, Role::Strong), (space, Role::Text), (mark, look.role)]
}

fn write_finding(page: &mut Page, context: ViewContext, step: &Step, finding: &Finding) {
    let (row, wording) = (context.model.departure.row(step.id), finding.wording());
    let stale = row.running.is_some();
    let role = if stale { Role::Quiet } else { Role::Text };
    page.heading(0, "What we found");
    if let Some(reason) = finding.problem() {
        page.text(2, "We could not find out. That does not mean that it does not hold.", role);
        problem::write(page, context, reason);
    } else {
        page.text(2, &wording.summary, role);
    }
    if let Verdict::Waiting { until } = finding.verdict {
        page.text(
            2,
            format!("Until {}: {} from now.", moments::local(until, context.zone), moments::until(until, context.now)),
            role,
        );
    }
    for line in &wording.details {
        page.dot(2, "·", line, role);
    }
    if finding.problem().is_none() {
        write_how_we_know(page, &finding.evidence, context);
    }
    for refusal in step.refusals() {
        let text = format!("AWS refused the departure {}: “{}”", moments::ago(refusal.at, context.now), refusal.message);
        page.text(2, text, Role::Bad);
    }
    if finding.confidence == crate::checklist::Confidence::Predicted {
        let why = if step.is_refused() {
            "This is a prediction: the check does not prove what AWS said."
        } else {
            "This is a prediction, not AWS's word about this very thing."
        };
        page.text(2, why, Role::Quiet);
    }
    if stale {
        page.busy(2, "Being checked again", "");
    } else if let Some(at) = row.retry_at {
        let tries = row.tries + 1;
        page.text(2, format!("Try {tries} in {} by itself; r checks now.", moments::until(at, context.now)), Role::Progress);
    } else if row.tries > 1 {
        page.text(2, format!("Tried {}; r tries again.", moments::how_often(row.tries)), Role::Progress);
    }
    if let Some(not_proven) = &wording.not_proven {
        page.heading(0, "What that does not prove");
        page.text(2, not_proven, role);
    }
    if let Some(word) = step.standing_attestation(context.now) {
        page.heading(0, "What was said");
        let note = word.note.as_deref().map(|note| format!(" “{note}”")).unwrap_or_default();
        page.text(
            2,
            format!(
                "{} by {} {}.{note}",
                if word.is_override { "Overridden" } else { "Confirmed" },
                word.by,
                moments::ago(word.at, context.now)
            ),
            Role::Good,
        );
        page.text(2, format!("It counts until {}.", moments::local(word.expires_at, context.zone)), Role::Quiet);
    }
    write_todo(page, context, step, finding);
}

fn write_todo(page: &mut Page, context: ViewContext, step: &Step, finding: &Finding) {
    let said = step.standing_attestation(context.now).is_some();
    let here = if said { None } else { what_to_press(step, &finding.verdict) };
    let from_here = put_right_here(context.model);
    let wording = finding.wording();
    if !wording.todo.is_empty() || here.is_some() || from_here.is_some() {
        page.heading(0, "What to do");
    }
    if let Some(from_here) = from_here {
        page.sign(2, "▸ ", from_here, Role::Strong);
    }
    page.numbered(&wording.todo);
    if let Some(here) = here {
        page.say(5, keyed(here));
    }
    if let Some(link) = wording.link {
        page.gap();
        page.link(2, link);
    }
    if let Some(command) = &wording.command {
        // At the edge, so that as much of it as can be stays on one line, to be selected.
        page.gap();
        page.link(0, command);
    }
    if step.id.kind() == StepKind::Advice {
        page.gap();
        let text = match context.model.departure.mode {
            Mode::Guided => "This does not lock the leave. It will be shown once more before you confirm.",
            Mode::Review => "This does not lock a leave. It is shown once more before anybody confirms one.",
        };
        page.text(0, text, Role::Quiet);
    }
}

/// How the step can be put right from here, or why not just now. Nothing where it cannot.
fn put_right_here(model: &Model) -> Option<Text> {
    let means = |command| {
        let of_it = |binding: &&Binding| binding.command == command && (binding.applies)(model);
        bindings(Context::Steps).find(of_it).is_some()
    };
    let can_fix = means(Command::FixHere);
    let can_verify = means(Command::VerifyPhone);
    if can_fix && let Some(why) = model.keeps_from_fixing() {
        return Some(Text::from("This can be put right from here, but not now. ").and(why));
    }
    if model.selected().id == StepId::DelegatedAdministrator && can_fix {
        let text = if model.departure.owner_proof().is_some() {
            "`Press f` to take the services away from here, one by one, as the owner."
        } else {
            "With a profile of the organization's owner, the services can be taken away from here: `press f` to choose it."
        };
        return Some(keyed(text));
    }
    let text = match (can_fix, can_verify) {
        (true, true) => "`Press f` to correct these data here. `Press v` to verify the phone number here.",
        // What is on file is read before it is changed.
        (true, false) if model.selected().reading().is_some_and(|finding| finding.problem().is_some()) => return None,
        (true, false) if !model.selected().is_settled(model.departure.now) => "`Press f` to enter these data here.",
        (true, false) => "`Press f` to change these data here.",
        _ if means(Command::ChooseOwner) && model.departure.owner_proof().is_none() && owner_helps(model) => {
            "Have you a profile of the organization's owner? `Press m`: it can tell more than this account can."
        }
        _ => return None,
    };
    Some(keyed(text))
}

/// Whether the footer names the key with which the owner is asked.
fn owner_helps(model: &Model) -> bool {
    bindings(Context::Steps)
        .any(|binding| binding.command == Command::ChooseOwner && binding.in_footer && (binding.applies)(model))
}

/// What the keys do about it, once what has to be done elsewhere is done.
fn what_to_press(step: &Step, verdict: &Verdict) -> Option<&'static str> {
    match (step.attestable(), verdict) {
        (Attestable::WithReason, Verdict::Unknown(_)) if step.id == StepId::AccessAfterwards => Some(
            "`Press r` to ask again, or a to write down who can sign in after the leave, and how. The reason goes into the report.",
        ),
        (Attestable::WithReason, _) if step.id == StepId::AccessAfterwards => Some(
            "Then `press r` to check again. Or `press a` and write down who can sign in after the leave, and how: AWS does not ask, and the \
             reason goes into the report.",
        ),
        (Attestable::Freely, _) => Some("Then `press a` to say that it is done, or r to check again."),
        (Attestable::WithReason, Verdict::Unknown(_)) => {
            Some("`Press r` to ask again, or a to write down why you go on without knowing. AWS will answer at the leave itself.")
        }
        (Attestable::WithReason, _) => Some(
            "Then `press r` to check again. Or `press a` and write down why you go on without proof: AWS will answer at the leave itself.",
        ),
        (Attestable::Never, _) => Some("Then `press r` to check again. AWS itself says so, so nobody can overrule it here."),
        (Attestable::NotNeeded | Attestable::NotYet, _) => None,
    }
}

/// One answer is quoted; of several, the calls are named, and the evidence has AWS's words.
fn write_how_we_know(page: &mut Page, evidence: &[Evidence], context: ViewContext) {
    const SHORT: usize = 120;
    match evidence {
        [] => {}
        [one] if one.fact.chars().count() <= SHORT => {
            page.text(2, format!("{} said: {} ({})", one.operation, one.fact, moments::ago(one.at, context.now)), Role::Quiet);
        }
        [first, ..] => {
            let mut calls: Vec<&str> = evidence.iter().map(|one| one.operation.as_str()).collect();
            calls.dedup();
            let text = format!("From {}, {}. `Press e` for AWS's words.", calls.join(", "), moments::ago(first.at, context.now));
            page.text(2, keyed(&text), Role::Quiet);
        }
    }
}

//! What became of a change that was asked of AWS, wherever it shows.

use super::{ViewContext, problem};
use crate::checklist::{FixAnswer, FixRefusal};
use crate::views::moments;
use crate::views::page::Page;
use crate::views::theme::Role;
use crate::wizard::{Text, keyed};

/// How long AWS has been asked for the change that is on its way; nothing when there is none.
pub fn waited(context: ViewContext) -> String {
    context.model.departure.fix_out_since().map(|since| moments::since(since, context.now)).unwrap_or_default()
}

/// Whether the selected step is still being checked again after a change, or was.
pub fn checked_again(context: ViewContext) -> &'static str {
    if context.model.departure.row(context.model.cursor).running.is_some() {
        "The step is being checked again."
    } else {
        "The step was checked again."
    }
}

/// Nobody knows what became of the request.
pub const UNKNOWN: &str = "No usable answer came back, so it is not known whether AWS did it.";

/// What to do after AWS said no, and AWS's own words.
pub fn write_what_to_do(page: &mut Page, context: ViewContext, refusal: &FixRefusal) {
    for line in &refusal.todo {
        page.dot(4, "·", keyed(line), Role::Text);
    }
    let request = refusal.request_id.as_deref().map(|id| format!(", request {id}")).unwrap_or_default();
    page.text(
        4,
        format!("{}{request}, {}: “{}”", refusal.code, moments::ago(refusal.at, context.now), refusal.message),
        Role::Quiet,
    );
}

/// Whatever came of it, when it is not a plain yes. Where nobody knows, `what_tells` says how that is found out.
pub fn write_answer(page: &mut Page, context: ViewContext, answer: &FixAnswer, what_tells: impl Into<Text>) {
    match answer {
        FixAnswer::Done { .. } => {}
        FixAnswer::Refused { refusal } => {
            page.sign(2, "✗", &refusal.cause, Role::Bad);
            write_what_to_do(page, context, refusal);
        }
        FixAnswer::NeverSent { problem: reason } => {
            page.sign(2, "✗", "The request did not reach AWS. Nothing has been changed, and it is safe to try again.", Role::Bad);
            page.say(2, &reason.remedy);
            problem::write(page, context, reason);
        }
        FixAnswer::Unknown { problem: reason } => {
            page.sign(2, "?", UNKNOWN, Role::Attention);
            page.say(4, what_tells);
            problem::write(page, context, reason);
        }
    }
}

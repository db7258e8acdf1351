//! A failed call, in words a person can act on, wherever it shows.

use super::ViewContext;
use crate::checklist::{Problem, Refusal, texts};
use crate::views::moments;
use crate::views::page::Page;
use crate::views::theme::Role;
use crate::wizard::Text;

/// What happened, and what AWS or the machine said.
pub fn write(page: &mut Page, context: ViewContext, problem: &Problem) {
    page.say(2, &texts::problem(problem.kind).cause);
    write_words(page, context, problem);
}

/// What came back from the leave and does not say what became of it, in the words of the catalogue of lost answers.
pub fn write_lost(page: &mut Page, context: ViewContext, problem: &Problem) {
    page.say(2, &texts::lost_answer(problem.code.as_deref(), problem.kind).cause);
    write_words(page, context, problem);
}

/// Who can do something about a lost answer, and what, before the advice that `next` gives.
pub fn write_lost_remedy(page: &mut Page, problem: &Problem, next: Text) {
    let entry = texts::lost_answer(problem.code.as_deref(), problem.kind);
    page.heading(2, "Who can change that");
    page.say(2, &entry.who);
    page.heading(2, "What to do");
    page.numbered(entry.todo.iter().map(Text::from).chain([next]));
}

/// What AWS or the machine said, word for word.
pub fn write_words(page: &mut Page, context: ViewContext, problem: &Problem) {
    let code = problem.code.as_deref().map(|code| format!(": {code}")).unwrap_or_default();
    let request = problem.request_id.as_deref().map(|id| format!(", request {id}")).unwrap_or_default();
    page.text(2, format!("{}{code}{request}, {}", problem.operation, moments::ago(problem.at, context.now)), Role::Quiet);
    if !problem.message.is_empty() {
        page.text(2, said(problem), Role::Quiet);
    }
}

/// Under which code AWS refused a leave, and how to find that answer again.
pub fn write_code(page: &mut Page, context: ViewContext, refusal: &Refusal) {
    let request = refusal.request_id.as_deref().map(|id| format!(", request {id}")).unwrap_or_default();
    page.text(2, format!("{}{request}, {}", refusal.said(), moments::ago(refusal.at, context.now)), Role::Quiet);
}

/// The words of whoever spoke: AWS's are quoted, and those of this machine are named as its own.
pub fn said(problem: &Problem) -> String {
    if problem.code.is_some() || problem.request_id.is_some() {
        format!("“{}”", problem.message)
    } else {
        format!("This machine says: {}", problem.message)
    }
}

//! A failed call, in words a person can act on, wherever it shows.

use super::Sight;
use crate::checklist::{Problem, texts};
use crate::tui::moments;
use crate::tui::page::Page;
use crate::tui::theme::Role;

/// What happened, and what AWS or the machine said.
pub fn write(page: &mut Page, sight: Sight, problem: &Problem) {
    page.text(2, &texts::problem(problem.kind).cause, Role::Text);
    write_words(page, sight, problem);
}

/// What AWS or the machine said, word for word.
pub fn write_words(page: &mut Page, sight: Sight, problem: &Problem) {
    let code = problem.code.as_deref().map(|code| format!(": {code}")).unwrap_or_default();
    let request = problem.request_id.as_deref().map(|id| format!(", request {id}")).unwrap_or_default();
    page.text(2, &format!("{}{code}{request}, {}", problem.operation, moments::ago(problem.at, sight.now)), Role::Quiet);
    if !problem.message.is_empty() {
        page.text(2, &format!("“{}”", problem.message), Role::Quiet);
    }
}

//! Takes out of a report what this machine said about itself.
//!
//! AWS speaks of an account. A message that was made here may hold paths, names of profiles, commands and hosts, and no list of them would be
//! complete. So none of it is kept: the catalogue's words for the kind of problem stand in its place.

use super::document::{Document, ProblemPart};
use super::evidence::{EvidencePart, is_said_by_aws};
use crate::checklist::{ProblemKind, texts};

/// What stands where there are no such words.
const HIDDEN: &str = "[hidden]";

/// Takes it out of every step and of the story.
pub(super) fn leave_out(document: &mut Document) {
    for step in &mut document.steps {
        for call in &mut step.evidence {
            leave_out_of_call(call, step.problem.as_ref());
        }
        if let Some(problem) =
            step.problem.as_mut().filter(|problem| !is_said_by_aws(&problem.operation, problem.code.as_deref()))
        {
            problem.message = cause(problem.kind);
        }
    }
    for event in document.story.iter_mut().flat_map(|story| &mut story.events) {
        for call in &mut event.calls {
            leave_out_of_call(call, None);
        }
        // The sentence that it belongs to tells the cause.
        event.quote = event.quote.take().filter(|_| !event.is_from_here);
    }
}

fn leave_out_of_call(call: &mut EvidencePart, problem: Option<&ProblemPart>) {
    // What a call told that went well is this program's sentence about AWS's answer.
    if call.outcome == "ok" {
        return;
    }
    let has_code = kind_of(&call.outcome).is_none();
    if is_said_by_aws(&call.operation, has_code.then_some(call.outcome.as_str())) {
        return;
    }
    let is_it = |problem: &&ProblemPart| problem.operation == call.operation && problem.code.as_deref() == Some(&call.outcome);
    call.fact = cause(problem.filter(is_it).map_or(&call.outcome, |problem| problem.kind));
}

fn kind_of(name: &str) -> Option<ProblemKind> {
    ProblemKind::ALL.into_iter().find(|kind| kind.as_str() == name)
}

fn cause(kind: &str) -> String {
    kind_of(kind).map_or_else(|| HIDDEN.to_owned(), |kind| texts::problem(kind).cause.clone())
}

//! Why a call failed, told apart by what one would do about it.

use jiff::Timestamp;

use crate::checklist::{Problem, ProblemKind, texts};
use crate::untrusted::neutralise;

/// A problem of this machine or this program, not an answer of AWS.
pub(crate) fn local(kind: ProblemKind, operation: &str, message: &str) -> Problem {
    Problem {
        kind,
        operation: operation.to_owned(),
        code: None,
        message: neutralise(message),
        request_id: None,
        remedy: texts::problem(kind).remedy.clone(),
        retryable: kind.is_retryable(),
        at: Timestamp::now(),
    }
}

/// Something broke inside this program while `operation` was under way.
#[must_use]
pub fn internal_problem(operation: &str, message: &str) -> Problem {
    local(ProblemKind::Internal, operation, message)
}

/// `operation` did not end within the `seconds` it was allowed.
#[must_use]
pub fn timed_out(operation: &str, seconds: u64) -> Problem {
    local(ProblemKind::TimedOut, operation, &format!("no answer within {seconds} s"))
}

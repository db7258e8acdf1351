//! One call and what it told, as a report shows it: behind a step, and behind what a journal tells.

use jiff::Timestamp;
use serde::Serialize;

use super::words::to_the_second;
use crate::checklist::Evidence;

/// One call and what it told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EvidencePart {
    /// `service:Operation`.
    pub operation: String,
    /// `ok` or AWS's error code.
    pub outcome: String,
    pub fact: String,
    pub request_id: Option<String>,
    #[serde(serialize_with = "to_the_second")]
    pub at: Timestamp,
}

impl From<&Evidence> for EvidencePart {
    fn from(evidence: &Evidence) -> Self {
        let Evidence { operation, outcome, fact, request_id, at, .. } = evidence.clone();
        Self { operation, outcome, fact, request_id, at }
    }
}

/// Whether the message of a call that failed is AWS's own and nobody else's.
///
/// Without a code, no answer of AWS came. Around its answers while signing in, this program says whose credentials they are about, and what
/// to run.
pub(super) fn is_said_by_aws(operation: &str, code: Option<&str>) -> bool {
    code.is_some() && operation.contains(':') && !operation.starts_with("sts:")
}

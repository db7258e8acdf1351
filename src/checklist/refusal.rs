//! AWS's "no" to a leave, and which steps it is about.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Confidence, Evidence, Finding, StepId, Verdict};

/// Whether calling again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Retry {
    /// After a pause, without anything else being done.
    AfterAPause,
    /// Once the cause has been removed.
    AfterTheCause,
    /// Never for this account as it is.
    Never,
}

/// AWS refused the leave: what it said, and what our catalogue (`assets/refusals.toml`) makes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The id of the catalogue's entry; `unrecognised` when no entry fits.
    pub entry: String,
    /// AWS's error code.
    pub code: String,
    /// AWS's reason, exactly as it came, when it gave one.
    pub reason: Option<String>,
    /// AWS's own words, neutralised.
    pub message: String,
    /// AWS's request id.
    pub request_id: Option<String>,
    /// The cause in plain words.
    pub cause: String,
    /// Who can remove it.
    pub who: String,
    /// What to do, in order.
    pub todo: Vec<String>,
    /// The page where it is done.
    pub link: Option<String>,
    /// The steps it is about. One step: proven unmet. Several: AWS did not say which.
    pub steps: Vec<StepId>,
    /// Whether calling again can help.
    pub retry: Retry,
    /// When the answer came.
    pub at: Timestamp,
}

impl Refusal {
    /// The rule of the finding that a refusal makes.
    pub const RULE: &'static str = "refused";

    /// AWS's code, and its reason where it gave one.
    #[must_use]
    pub fn said(&self) -> String {
        self.reason.as_ref().map_or_else(|| self.code.clone(), |reason| format!("{}, {reason}", self.code))
    }

    /// What the refusal says of `step`: proven unmet, in AWS's own words.
    #[must_use]
    pub fn finding(&self, step: StepId) -> Finding {
        Finding {
            step,
            rule: Self::RULE.to_owned(),
            verdict: Verdict::Unmet,
            confidence: Confidence::Proven,
            summary: format!("AWS refused the leave because of this. {}", self.cause),
            details: Vec::new(),
            subjects: Vec::new(),
            not_proven: None,
            todo: self.todo.clone(),
            link: self.link.clone(),
            command: None,
            private: Vec::new(),
            evidence: vec![Evidence {
                operation: "organizations:LeaveOrganization".to_owned(),
                outcome: self.said(),
                fact: self.message.clone(),
                request_id: self.request_id.clone(),
                at: self.at,
            }],
            at: self.at,
        }
    }
}

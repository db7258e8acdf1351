//! The outcome of the one call that asks AWS to let the account leave, as the screens, the engine and the journal use it.

use serde::{Deserialize, Serialize};

use super::{Problem, Refusal};

/// What the call itself told. The journal holds it in this form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum LeaveAnswer {
    /// AWS took it. Whether the account has left is for a read of the membership to say.
    Accepted { request_id: Option<String> },
    /// AWS said no, and why, or asks to come back in a moment. This call has changed nothing.
    Refused { refusal: Refusal },
    /// The request never reached AWS: safe to try again.
    NeverSent { problem: Problem },
    /// The request may have reached AWS, and what came back does not say what became of it: no answer, a broken one, 5xx, or
    /// "in no organization", which is also what an earlier success looks like. Only a read of the membership can tell.
    Unknown { problem: Problem },
}

//! The one call that changes something: `organizations:LeaveOrganization`.

use jiff::Timestamp;

use crate::checklist::gate::ReadyToLeave;
use crate::checklist::{Problem, Refusal};

/// The only holder of `LeaveOrganization`.
#[derive(Debug, Clone)]
pub struct Leaver;

/// What became of the one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeaveAnswer {
    /// AWS took it. Whether the account has left is for a read of the membership to say.
    Accepted {
        /// AWS's request id.
        request_id: Option<String>,
        /// When the answer came.
        at: Timestamp,
    },
    /// AWS said no, and why. Nothing has changed.
    Refused(Box<Refusal>),
    /// The request never left this machine, or never reached AWS: safe to try again.
    NeverSent(Problem),
    /// The request may have reached AWS, and no usable answer came. Only a read of the membership can tell.
    Unknown(Problem),
}

impl Leaver {
    /// Asks AWS once to let the account leave. One request, never repeated, bounded in time.
    pub async fn leave(&self, token: ReadyToLeave) -> LeaveAnswer {
        LeaveAnswer::NeverSent(super::internal_problem("organizations:LeaveOrganization", token.account().as_str()))
    }
}

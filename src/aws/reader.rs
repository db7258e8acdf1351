//! What may be asked of AWS. A reader cannot change anything: it has no call for it.

use std::sync::Arc;

use super::{Round, internal_problem};
use crate::checklist::{Evidence, Identity, Organization, Problem};

/// Asks AWS, and can do nothing else.
#[derive(Debug, Clone)]
pub struct Reader;

/// One read of the membership.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// AWS said: in no organization.
    Standalone(Evidence),
    /// AWS said: in this one.
    Member {
        /// The organization.
        organization: Organization,
        /// The answer behind it.
        evidence: Evidence,
    },
    /// No usable answer.
    Unknown(Problem),
}

impl Reader {
    /// Starts one round of checks. Shared answers are asked for once in it.
    #[must_use]
    pub fn round(&self) -> Arc<Round> {
        Arc::new(Round)
    }

    /// Reads the membership once: one `DescribeOrganization`.
    pub async fn membership(&self) -> Reading {
        Reading::Unknown(internal_problem("organizations:DescribeOrganization", ""))
    }

    /// Who is calling: one `GetCallerIdentity`.
    ///
    /// # Errors
    /// When AWS does not say.
    pub async fn identity(&self) -> Result<Identity, Problem> {
        Err(internal_problem("sts:GetCallerIdentity", ""))
    }
}

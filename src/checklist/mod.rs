//! The checklist of one account: steps, standings, evidence, problems, attestations and the gate.
//!
//! Pure. It asks nobody, knows no SDK and no screen; the clock is an argument everywhere.

mod account;
mod draft;
mod finding;
pub mod gate;
mod problem;
mod refusal;
mod standing;
mod step;
pub mod texts;

pub use account::{
    AccountDetails, AccountId, Identity, Membership, NotAnAccountId, Organization, Partition, PrincipalKind, Subject,
};
pub use draft::Draft;
pub use finding::{Confidence, Evidence, Finding, Verdict, VerdictKind};
pub use problem::{Problem, ProblemKind};
pub use refusal::{Refusal, Retry};
pub use standing::{Attestable, Attestation, AttestationRefused, Standing, Step};
pub use step::{NoSuchStep, Section, StepId, StepKind};

use serde::{Deserialize, Serialize};

/// Where the account is going. Nothing is sent anywhere; it decides which advice is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Destination {
    /// It will stand on its own.
    Standalone,
    /// It will join another organization.
    AnotherOrganization,
    /// It will be closed.
    Closure,
    /// Nobody has decided yet.
    NotSure,
}

impl Destination {
    /// Every destination, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Standalone, Self::AnotherOrganization, Self::Closure, Self::NotSure];

    /// The public name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Standalone => "standalone",
            Self::AnotherOrganization => "another-organization",
            Self::Closure => "closure",
            Self::NotSure => "not-sure",
        }
    }
}

/// The ordered steps for one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checklist {
    /// The account, once it is known.
    pub subject: Option<Subject>,
    /// Where the account is going, once somebody said so.
    pub destination: Option<Destination>,
    steps: Vec<Step>,
}

impl Default for Checklist {
    fn default() -> Self {
        Self { subject: None, destination: None, steps: StepId::ALL.into_iter().map(Step::new).collect() }
    }
}

impl Checklist {
    /// Every step, in order.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter()
    }

    /// One step.
    #[must_use]
    pub fn step(&self, id: StepId) -> &Step {
        &self.steps[id.index()]
    }

    /// One step, to be changed.
    pub fn step_mut(&mut self, id: StepId) -> &mut Step {
        &mut self.steps[id.index()]
    }

    /// Takes in what a check found.
    pub fn record(&mut self, finding: Finding) {
        self.step_mut(finding.step).record(finding);
    }

    /// Whether AWS said that the account is in no organization.
    #[must_use]
    pub fn is_standalone(&self) -> bool {
        self.subject.as_ref().is_some_and(|s| s.membership == Membership::Standalone)
    }

    /// How many steps are settled at `now`, out of how many. Advice is settled once it could be read.
    #[must_use]
    pub fn progress(&self, now: jiff::Timestamp) -> (usize, usize) {
        let settled = self.steps().filter(|s| if s.id.blocks() { s.is_settled(now) } else { s.was_found_out() }).count();
        (settled, self.steps.len())
    }
}

//! The checklist of one account: steps, standings, evidence, problems, attestations and the gate.
//!
//! Pure. It asks nobody, knows no SDK and no screen; the clock is an argument everywhere.

mod account;
mod answer;
mod contact;
pub mod facts;
mod finding;
mod fix;
pub mod gate;
mod named;
mod owner;
mod problem;
mod refusal;
#[cfg(test)]
pub(crate) mod samples;
mod sightings;
mod standing;
mod step;
pub mod texts;
mod wording;

pub use account::{
    AccountDetails, AccountId, Identity, Membership, NotAnAccountId, Organization, Partition, PrincipalKind, Subject,
};
pub use answer::LeaveAnswer;
pub use contact::{Contact, ContactField, Difference};
pub use finding::{Confidence, Evidence, Fact, FactLine, Finding, Found, Memo, Told, Verdict, VerdictKind};
pub use fix::{Deregistration, Fix, FixAnswer, FixKind, FixRecord, FixRefusal, NotAOneTimeCode, OneTimeCode, OwnerProof};
pub use owner::{OwnerNotProven, OwnerRefusal};
pub use problem::{Problem, ProblemKind};
pub use refusal::{Refusal, RefusalAndReading, Retry, Weighed};
pub use sightings::Sightings;
pub use standing::{Attestable, Attestation, AttestationRefused, Refused, Standing, Step};
pub use step::{NoSuchStep, Section, StepId, StepKind};
pub use wording::{Redactor, Unredacted, Wording};

use jiff::Timestamp;
pub(crate) use named::named;
use serde::{Deserialize, Serialize};

named! {
    /// Where the account is going. Nothing is sent anywhere; it decides which advice is shown.
    pub enum Destination {
        Standalone = "standalone",
        AnotherOrganization = "another-organization",
        Closure = "closure",
        NotSure = "not-sure",
    }
}

/// The ordered steps for one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checklist {
    pub subject: Option<Subject>,
    /// Where the account is going, once somebody said so.
    pub destination: Option<Destination>,
    /// When a request to leave was made of which it is not known what became of it, if so.
    pub open_request: Option<jiff::Timestamp>,
    /// The organization in which the account was seen last: one read that says nothing does not make it forgotten.
    organization: Option<String>,
    steps: Vec<Step>,
}

/// What the account that AWS named is to the checklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meeting {
    /// The same as before, or the first one.
    Known,
    /// The same account in the same organization, called by another principal: what was said of their permission does not hold.
    OtherPrincipal,
    /// The same account in another organization: a new checklist, in which nothing holds that was said before.
    OtherOrganization { before: String, now: String },
    /// Another account. The checklist is not about it, and has not taken it in.
    OtherAccount { before: AccountId, now: AccountId },
}

impl Default for Checklist {
    fn default() -> Self {
        Self {
            subject: None,
            destination: None,
            open_request: None,
            organization: None,
            steps: StepId::ALL.into_iter().map(Step::new).collect(),
        }
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

    /// Takes in who and where we are, unless it is another account than this checklist's.
    pub fn meet(&mut self, subject: Subject) -> Meeting {
        let known = self.subject.as_ref().map(|known| &known.identity);
        if let Some(known) = known
            && known.account != subject.identity.account
        {
            return Meeting::OtherAccount { before: known.account.clone(), now: subject.identity.account };
        }
        let (was, is) = (known.map(Identity::principal), subject.identity.principal());
        let now = subject.organization().map(|organization| organization.id.clone());
        let meeting = match (self.organization.clone(), now.clone()) {
            (Some(before), Some(now)) if before != now => {
                *self = Self::default();
                Meeting::OtherOrganization { before, now }
            }
            _ => match was.filter(|was| *was != is) {
                Some(was) => {
                    self.step_mut(StepId::Permission).attestation = None;
                    for step in &mut self.steps {
                        step.asked_by(&is, &was);
                    }
                    Meeting::OtherPrincipal
                }
                None => Meeting::Known,
            },
        };
        self.organization = now.or(self.organization.take());
        self.subject = Some(subject);
        self.forget_what_no_member_has();
        meeting
    }

    /// Takes in that AWS reports the account as a member of its organization again.
    pub fn is_member_again(&mut self, organization: Organization) {
        if let Some(subject) = &mut self.subject {
            subject.membership = Membership::Member(organization);
        }
        self.forget_what_no_member_has();
    }

    /// Forgets what was found of an account in no organization, where AWS does not say that it is in none.
    fn forget_what_no_member_has(&mut self) {
        let is_standalone = self.is_standalone();
        for step in self.steps.iter_mut().filter(|step| !is_standalone && step.reading().is_some_and(Finding::is_of_no_member)) {
            step.forget_finding();
        }
    }

    /// Takes in what was said and refused in an earlier walk of the same account, as far as it holds here and now. What that walk found
    /// out is no fact any more, and where the account was going is for the caller to take over.
    ///
    /// Says what this account is to that walk, or `None` while it is not known which account this is: then nothing is taken in.
    pub fn resume(&mut self, earlier: &Self) -> Option<Meeting> {
        let subject = self.subject.clone()?;
        let mut earlier = earlier.clone();
        let meeting = earlier.meet(subject);
        if matches!(meeting, Meeting::OtherAccount { .. }) {
            return Some(meeting);
        }
        self.organization = earlier.organization;
        // What this walk has heard itself it knows better.
        let own: Vec<Step> = std::mem::replace(&mut self.steps, earlier.steps);
        self.forget_findings();
        for step in own {
            self.step_mut(step.id).refuse_as(&step);
            if let Some(reading) = step.reading() {
                self.record(reading.clone());
            }
            if step.attestation.is_some() {
                self.step_mut(step.id).attestation = step.attestation;
            }
        }
        Some(meeting)
    }

    /// Takes in what a check found. Nothing is taken in of a check that found no organization where AWS calls the account a member: records
    /// can flap, and then it says nothing of the step.
    pub fn record(&mut self, finding: Finding) {
        if finding.is_of_no_member() && self.is_a_member() {
            return;
        }
        let ended = self.step_mut(finding.step).record(finding);
        // Where AWS did not say which of several steps it meant, a change of one of them may have been it.
        for step in &mut self.steps {
            step.release(&ended);
        }
    }

    /// Takes in that AWS refused a departure: at the steps that the refusal is about.
    pub fn refuse(&mut self, refusal: &Refusal) {
        for step in refusal.about() {
            self.step_mut(*step).refuse(refusal);
        }
    }

    /// Takes in the refusals that `other` has heard, with all that they are weighed against.
    pub fn refuse_as(&mut self, other: &Self) {
        // Evidence is of a principal: whoever asks next is compared with the one that asked there.
        if self.subject.is_none() {
            (self.subject, self.organization) = (other.subject.clone(), other.organization.clone());
        }
        let principal = |checklist: &Self| checklist.subject.as_ref().map(|subject| subject.identity.principal());
        let switch = principal(self).zip(principal(other)).filter(|(is, was)| is != was);
        for mut step in other.steps.clone() {
            if let Some((is, was)) = &switch {
                step.asked_by(is, was);
            }
            self.step_mut(step.id).refuse_as(&step);
        }
    }

    /// AWS's refusals that have not ended, each once, the oldest first.
    #[must_use]
    pub fn refusals(&self) -> Vec<&Refusal> {
        each_once(self.steps().flat_map(Step::refusals))
    }

    /// Those of them that stand at `now`: nobody has overridden them.
    #[must_use]
    pub fn standing_refusals(&self, now: jiff::Timestamp) -> Vec<&Refusal> {
        each_once(self.steps().flat_map(|step| step.standing_refusals(now)))
    }

    /// Forgets what was found and what was said. What AWS refused is kept.
    pub fn forget_words(&mut self) {
        self.forget_findings();
        for step in &mut self.steps {
            step.attestation = None;
        }
    }

    /// Forgets what was found, and nothing that was said or refused.
    pub fn forget_findings(&mut self) {
        for step in &mut self.steps {
            step.forget_finding();
        }
    }

    /// Whether anything was found out.
    #[must_use]
    pub fn has_findings(&self) -> bool {
        self.steps.iter().any(|step| step.finding.is_some())
    }

    /// Whether AWS said that another organization's invitation is open.
    #[must_use]
    pub fn is_invited(&self) -> bool {
        self.step(StepId::OtherWayOut).finding.as_ref().is_some_and(|finding| finding.invitations() > 0)
    }

    /// Whether AWS said that the account is in no organization.
    #[must_use]
    pub fn is_standalone(&self) -> bool {
        self.subject.as_ref().is_some_and(|s| s.membership == Membership::Standalone)
    }

    /// Whether AWS said that the account is in an organization.
    #[must_use]
    pub fn is_a_member(&self) -> bool {
        self.subject.as_ref().is_some_and(|subject| subject.organization().is_some())
    }

    /// How many steps are settled at `now`, out of how many. Advice is settled once it could be read.
    #[must_use]
    pub fn progress(&self, now: jiff::Timestamp) -> (usize, usize) {
        let settled = self.steps().filter(|s| if s.id.blocks() { s.is_settled(now) } else { s.was_found_out() }).count();
        (settled, self.steps.len())
    }

    /// The exit code for `steps` at `now`: 0 if nothing is open, else the lowest that applies. Advice counts only if it was asked for by name.
    #[must_use]
    pub fn exit_code(&self, steps: &[StepId], now: Timestamp) -> u8 {
        if self.is_standalone() {
            return 0;
        }
        let code = |standing: Option<Standing>| match standing {
            Some(Standing::Met | Standing::Attested | Standing::NotApplicable) => 0,
            Some(Standing::Unmet) => 4,
            Some(Standing::Waiting) => 5,
            Some(Standing::NeedsYou | Standing::Unknown) | None => 6,
        };
        // The gate opens only for a leave out of a known organization.
        let is_somewhere = self.subject.as_ref().is_some_and(|subject| subject.organization().is_some());
        let named = steps.len() < StepId::ALL.len();
        // A refusal that stands is told, and counts, whatever was asked for.
        let is_refused = |step: StepId| self.step(step).standing_refusals(now).next().is_some();
        let is_asked = |step: StepId| if named { steps.contains(&step) } else { step.blocks() };
        let judged = StepId::ALL.into_iter().filter(|step| is_asked(*step) || is_refused(*step));
        judged
            .map(|step| code(self.step(step).standing(now)))
            .filter(|code| *code != 0)
            .min()
            .unwrap_or(if named || is_somewhere { 0 } else { 6 })
    }
}

/// Each of several refusals once, the oldest first: one may be about several steps.
fn each_once<'a>(refusals: impl Iterator<Item = &'a Refusal>) -> Vec<&'a Refusal> {
    let mut refusals: Vec<&Refusal> = refusals.collect();
    refusals.sort_by(|one, other| (one.at, &one.entry, &one.code).cmp(&(other.at, &other.entry, &other.code)));
    refusals.dedup();
    refusals
}

//! How the leave ended, and the way back from an outcome that is not the end.

use jiff::Timestamp;

use super::{Answered, Departure, Leave, Verification};
use crate::checklist::{Checklist, Problem, Refusal};
use crate::journal::{Entry, Left, Settled};

/// How it ended.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one of it at a time")]
pub enum Outcome {
    AlreadyStandalone,
    /// AWS says that the account is not in its organization any more.
    Left {
        organization: String,
        /// The id of the one it is in now, if somebody has taken it in already.
        now_in: Option<String>,
        answered: Answered,
        looks: u32,
        at: Timestamp,
    },
    Refused(Box<Refusal>),
    NeverSent(Problem),
    /// AWS says that the account is still a member: the request had no effect, or somebody has taken the account in again.
    StillMember {
        answered: Answered,
        looks: u32,
        at: Timestamp,
        /// When AWS said last that the account is not in that organization, if it did.
        outside_at: Option<Timestamp>,
    },
    NotKnown(Verification),
}

/// How the last attempt to leave ended, as far as the exit code is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastOutcome {
    Refused,
    /// AWS asked us to try again later, and it was not tried to the end.
    PutOff,
}

impl Departure {
    /// The checklist as it was read before the account left: this run's own, or, where the program ended in between, that of the run before.
    pub(crate) fn checklist_before_leaving(&self) -> &Checklist {
        let earlier = self.before.as_ref();
        match &self.leave {
            Leave::Ended(Outcome::Left { .. }) if !self.checklist.has_findings() => {
                earlier.map_or(&self.checklist, |before| {
                    // Where AWS's records had gone back, it was told when the account left for the first time.
                    let left = before.left.as_ref().map(|left| &*left.checklist);
                    left.filter(|_| !before.checklist.has_findings()).unwrap_or(&before.checklist)
                })
            }
            Leave::Ended(Outcome::AlreadyStandalone) => self.departure_before().map_or(&self.checklist, |left| &left.checklist),
            _ => &self.checklist,
        }
    }

    /// The departure of an earlier run by which the account is in no organization, if that is why.
    pub(crate) fn departure_before(&self) -> Option<&Left> {
        self.before.as_ref()?.left.as_ref().filter(|left| !left.has_joined_since)
    }

    /// Keeps how it ended, and records what is certain by it.
    pub(super) fn outcome(&mut self, outcome: Outcome) {
        self.last_outcome = match &outcome {
            Outcome::Refused(_) => Some(LastOutcome::Refused),
            // Nothing was sent: what became of the request before is still how the last one ended.
            Outcome::NeverSent(_) | Outcome::StillMember { answered: Answered::NothingSent, .. } => self.last_outcome,
            Outcome::AlreadyStandalone | Outcome::Left { .. } | Outcome::StillMember { .. } | Outcome::NotKnown(_) => None,
        };
        if let Some(settled) = self.settled(&outcome) {
            self.note(settled);
        }
        self.leave = Leave::Ended(outcome);
    }

    /// What is certain by an outcome, as the journal says it. An open outcome is settled by nothing.
    fn settled(&self, outcome: &Outcome) -> Option<Entry> {
        let here = || Some(self.checklist.subject.as_ref()?.organization()?.id.clone());
        let (outcome, organization, looks) = match outcome {
            Outcome::Left { organization, looks, .. } => (Settled::Left, Some(organization.clone()), *looks),
            // What a journal that nobody could read says of requests goes before.
            Outcome::AlreadyStandalone if !self.has_journal => return None,
            Outcome::AlreadyStandalone => (Settled::AlreadyStandalone, None, self.outside),
            Outcome::StillMember { answered: Answered::NothingSent, .. }
            | Outcome::Refused(_)
            | Outcome::NeverSent(_)
            | Outcome::NotKnown(_) => return None,
            Outcome::StillMember { looks, .. } => (Settled::StillMember, here(), *looks),
        };
        Some(Entry::Settled { outcome, organization, looks })
    }

    /// AWS's no changes the steps it is about: what a person said of them before does not count any more.
    pub(super) fn take_refusal(&mut self, refusal: &Refusal) {
        self.checklist.refuse(refusal);
        for step in refusal.about() {
            // Whatever is found next is news: it is found after a refusal.
            self.written_findings[step.index()] = None;
        }
    }

    pub(super) fn go_back(&mut self) {
        self.leave = Leave::Idle;
        // After an outcome that an earlier run left open, the checks were stopped.
        let is_unasked = self.checklist.steps().any(|step| step.finding.is_none());
        if is_unasked && self.session().is_some() {
            self.check_all();
        }
    }

    /// Whether a request to leave is on its way and nobody knows yet what came of it.
    pub(crate) fn is_in_flight(&self) -> bool {
        matches!(self.leave, Leave::Calling { .. } | Leave::Verifying(_))
    }

    /// Whether an earlier request to leave was sent, whatever came of it: by this run, or by one of which AWS has shown no effect.
    pub(crate) fn has_sent_before(&self) -> bool {
        self.last_request.is_some() || self.last_outcome.is_some()
    }
}

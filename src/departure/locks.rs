//! What keeps the confirmation locked, beside the gate's own steps: no credentials or ones that end too soon, no certain account, no journal.

use jiff::Timestamp;

use super::{Departure, Mode};
use crate::checklist::gate;
use crate::checklist::{Fact, Finding, Problem, ProblemKind, StepId, texts};

/// What keeps the confirmation locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    Connection,
    /// The credentials have ended, or AWS does not take them.
    Ended,
    /// It is not known whose the credentials are, or which organization the account is in.
    Identity,
    /// The journal cannot be written, and nothing is sent that is not written down first.
    Journal,
    /// A change that fixes a step is on its way to AWS, and its answer comes first.
    ChangeOut,
    /// The gate waits for this step.
    Step(StepId),
    /// The credentials end before a leave could be seen through.
    Credentials {
        end: Timestamp,
    },
}

impl Departure {
    /// Everything that keeps the confirmation locked, in the order in which it has to be fixed.
    pub(crate) fn locks(&self) -> Vec<Lock> {
        let mut locks = Vec::new();
        match self.session() {
            None => locks.push(Lock::Connection),
            Some(_) if self.session_has_ended() => locks.push(Lock::Ended),
            Some(_) if !self.is_identified || self.checklist.subject.as_ref().is_none_or(|s| s.organization().is_none()) => {
                locks.push(Lock::Identity);
            }
            Some(_) => {}
        }
        if !self.record.is_open() {
            locks.push(Lock::Journal);
        }
        if self.has_fix_out() {
            locks.push(Lock::ChangeOut);
        }
        locks.extend(gate::locked_by(&self.checklist, self.now).into_iter().map(Lock::Step));
        let end = self.credentials_end_within(texts::rules().credentials.needed_seconds);
        if let Some(end) = end.filter(|_| !locks.contains(&Lock::Ended)) {
            locks.push(Lock::Credentials { end });
        }
        locks
    }

    /// Whether the gate would take a confirmation.
    pub(crate) fn may_confirm(&self) -> bool {
        self.mode == Mode::Guided && self.checklist.destination.is_some() && self.locks().is_empty()
    }

    /// When the credentials end, if they do so within the next `seconds`.
    pub(crate) fn credentials_end_within(&self, seconds: i64) -> Option<Timestamp> {
        let end = self.session()?.expires_at?;
        (self.credentials_last_for()? < seconds).then_some(end)
    }

    /// For how many seconds the credentials are good, when they end at all.
    pub(crate) fn credentials_last_for(&self) -> Option<i64> {
        Some(self.session()?.expires_at?.duration_since(self.now).as_secs())
    }

    /// Whether the session itself has ended: AWS does not say any more who this is, or the time is up.
    pub(crate) fn session_has_ended(&self) -> bool {
        self.identity_problem.as_ref().is_some_and(is_about_ended_credentials) || self.credentials_end_within(0).is_some()
    }

    /// Whether asking `steps` again with the present credentials is in vain: they have ended, or AWS did not take them there.
    pub(crate) fn credentials_have_ended(&self, steps: &[StepId]) -> bool {
        // What is being asked again already says nothing about the credentials that it is asked with.
        let answered = steps.iter().filter(|step| self.row(**step).running.is_none());
        // What the owner's credentials could not do says nothing about the account's own.
        let of_the_account = answered
            .filter_map(|step| self.checklist.step(*step).finding.as_ref())
            .filter(|f| !matches!(f.fact(), Some(Fact::OwnerNotProven(_))));
        let mut problems = of_the_account.filter_map(Finding::problem);
        self.session_has_ended() || problems.any(is_about_ended_credentials)
    }
}

fn is_about_ended_credentials(problem: &Problem) -> bool {
    matches!(problem.kind, ProblemKind::ExpiredCredentials | ProblemKind::InvalidCredentials)
}

//! From the typed confirmation to the proof: every check once more, one call, then reading the membership until AWS says it.
//!
//! The only place that asks for [`Effect::Leave`], with a token that the gate made in the same breath. It never asks twice for one
//! confirmation, and claims success from nothing but the membership as AWS reports it.

use std::time::Duration;

use jiff::Timestamp;

use super::model::LastOutcome;
use super::{Attempt, Effect, Model, Notice, Overlay, Screen, words};
use crate::aws::{LeaveAnswer, Reading};
use crate::checklist::gate::{self, Change, Confirmation};
use crate::checklist::{Organization, Problem, Refusal, StepId, texts};

/// Between the confirmation and the outcome.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one of it at a time")]
pub enum Leaving {
    /// Every check runs once more. Nothing has been sent.
    Rechecking {
        /// What the person confirmed.
        confirmation: Confirmation,
        /// The round.
        attempt: Attempt,
        /// When it began.
        since: Timestamp,
        /// Whether AWS has said again who we are.
        identity_read: bool,
    },
    /// The request is out.
    Calling {
        /// The call.
        attempt: Attempt,
        /// When it went out.
        since: Timestamp,
    },
    /// The membership is being read.
    Verifying(Verification),
}

/// What the call itself told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// AWS accepted it.
    Accepted {
        /// AWS's request id.
        request_id: Option<String>,
    },
    /// It was sent, and no usable answer came.
    Lost(Problem),
}

/// Reading the membership until it is clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// What the call told.
    pub answered: Answered,
    /// When the reading began.
    pub since: Timestamp,
    /// How often it was read.
    pub looks: u32,
    /// How often in a row AWS said that the account is in no organization.
    pub agreeing: u32,
    /// What the last look said.
    pub last: Option<Reading>,
    /// The look that is awaited.
    pub attempt: Attempt,
    /// When it will be, while it waits.
    pub next_at: Option<Timestamp>,
}

impl Verification {
    /// Whether it only waits for the time of the next look.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.next_at.is_some()
    }
}

/// How it ended.
#[derive(Debug)]
pub enum Outcome {
    /// There was nothing to leave.
    AlreadyStandalone,
    /// AWS says that the account is in no organization.
    Left {
        /// The organization it left.
        organization: Option<Organization>,
        /// What the call told.
        answered: Answered,
        /// How often the membership was read.
        looks: u32,
        /// When it was certain.
        at: Timestamp,
    },
    /// AWS said no.
    Refused(Box<Refusal>),
    /// The request never went out.
    NeverSent(Problem),
    /// The answer was lost, and AWS says that the account is still a member: the request had no effect.
    StillMember {
        /// How the answer was lost.
        problem: Problem,
        /// How often the membership was read.
        looks: u32,
    },
    /// It could not be found out.
    NotKnown(Verification),
}

impl Model {
    /// The round of checks after the confirmation goes on, or is through.
    pub(super) fn continue_recheck(&mut self) -> Vec<Effect> {
        let Screen::Leaving(Leaving::Rechecking { confirmation, attempt, identity_read, .. }) = &self.screen else {
            return Vec::new();
        };
        if *identity_read {
            let changes = gate::identity_changes(confirmation, &self.checklist);
            if !changes.is_empty() {
                return self.abandon_recheck(changes);
            }
        }
        let outstanding = self.rows.iter().any(|row| row.running == Some(*attempt));
        if outstanding || !*identity_read {
            return Vec::new();
        }
        match gate::unlock(confirmation.clone(), &self.checklist, self.now) {
            Ok(token) => {
                let attempt = self.next_attempt();
                self.screen = Screen::Leaving(Leaving::Calling { attempt, since: self.now });
                vec![Effect::Leave { attempt, token }]
            }
            Err(changes) => self.abandon_recheck(changes),
        }
    }

    pub(super) fn abandon_recheck(&mut self, changes: Vec<Change>) -> Vec<Effect> {
        let is_another = self.checklist.destination.is_none();
        self.screen = if is_another { Screen::Account } else { Screen::Checklist };
        let about = changes.iter().find_map(|change| match change {
            Change::Step { id, .. } | Change::NotReadAgain(id) => Some(*id),
            Change::Account { .. } | Change::Principal | Change::Organization => None,
        });
        self.select(about.or_else(|| self.next_open_after(StepId::ALL[0])).unwrap_or(self.cursor));
        self.overlay = Some(Overlay::Changes { changes, scroll: 0 });
        vec![Effect::DiscardTypeAhead]
    }

    pub(super) fn stop_recheck(&mut self) -> Vec<Effect> {
        self.screen = Screen::Checklist;
        self.notice = Some(Notice::Said(words::nothing_changed()));
        Vec::new()
    }

    pub(super) fn leave_answered(&mut self, attempt: Attempt, answer: LeaveAnswer) -> Vec<Effect> {
        match &self.screen {
            Screen::Leaving(Leaving::Calling { attempt: awaited, .. }) if *awaited == attempt => {}
            _ => return Vec::new(),
        }
        match answer {
            LeaveAnswer::Accepted { request_id, .. } => self.verify(Answered::Accepted { request_id }),
            LeaveAnswer::Unknown(problem) => self.verify(Answered::Lost(problem)),
            LeaveAnswer::Refused(refusal) => {
                self.take_refusal(&refusal);
                self.outcome(Outcome::Refused(refusal));
                vec![Effect::DiscardTypeAhead]
            }
            LeaveAnswer::NeverSent(problem) => {
                self.outcome(Outcome::NeverSent(problem));
                vec![Effect::DiscardTypeAhead]
            }
        }
    }

    fn verify(&mut self, answered: Answered) -> Vec<Effect> {
        let attempt = self.next_attempt();
        let verification = Verification { answered, since: self.now, looks: 0, agreeing: 0, last: None, attempt, next_at: None };
        self.screen = Screen::Leaving(Leaving::Verifying(verification));
        vec![Effect::LookAtMembership { attempt, after: Duration::ZERO }]
    }

    /// Looks again from the beginning of the patience, after the outcome stayed unknown.
    pub(super) fn look_again(&mut self) -> Vec<Effect> {
        let Screen::Outcome(Outcome::NotKnown(verification)) = &self.screen else { return Vec::new() };
        let answered = verification.answered.clone();
        self.verify(answered)
    }

    /// Cuts the pause before the next look short.
    pub(super) fn look_now(&mut self) -> Vec<Effect> {
        let attempt = self.next_attempt();
        let Screen::Leaving(Leaving::Verifying(verification)) = &mut self.screen else { return Vec::new() };
        verification.attempt = attempt;
        verification.next_at = None;
        vec![Effect::LookAtMembership { attempt, after: Duration::ZERO }]
    }

    pub(super) fn look_scheduled(&mut self, attempt: Attempt, at: Timestamp) {
        if let Screen::Leaving(Leaving::Verifying(verification)) = &mut self.screen
            && verification.attempt == attempt
        {
            verification.next_at = Some(at);
        }
    }

    pub(super) fn membership_read(&mut self, attempt: Attempt, reading: Reading) -> Vec<Effect> {
        let rule = &texts::rules().verification;
        let now = self.now;
        let Screen::Leaving(Leaving::Verifying(verification)) = &mut self.screen else { return Vec::new() };
        if verification.attempt != attempt {
            return Vec::new();
        }
        verification.looks += 1;
        verification.next_at = None;
        verification.agreeing = if matches!(reading, Reading::Standalone(_)) { verification.agreeing + 1 } else { 0 };
        verification.last = Some(reading);
        if verification.agreeing >= rule.agreeing_looks {
            let verification = verification.clone();
            let organization = self.checklist.subject.as_ref().and_then(|subject| subject.organization()).cloned();
            self.outcome(Outcome::Left { organization, answered: verification.answered, looks: verification.looks, at: now });
            return vec![Effect::DiscardTypeAhead];
        }
        if now.duration_since(verification.since).as_secs() >= rule.patience_seconds {
            let verification = verification.clone();
            self.outcome(match (&verification.answered, &verification.last) {
                (Answered::Lost(problem), Some(Reading::Member { .. })) => {
                    Outcome::StillMember { problem: problem.clone(), looks: verification.looks }
                }
                _ => Outcome::NotKnown(verification),
            });
            return vec![Effect::DiscardTypeAhead];
        }
        let after = pause_before_look(verification.looks);
        let attempt = self.next_attempt();
        if let Screen::Leaving(Leaving::Verifying(verification)) = &mut self.screen {
            verification.attempt = attempt;
        }
        vec![Effect::LookAtMembership { attempt, after }]
    }

    fn outcome(&mut self, outcome: Outcome) {
        self.last_outcome = match &outcome {
            Outcome::Refused(_) => Some(LastOutcome::Refused),
            Outcome::NotKnown(_) => Some(LastOutcome::NotKnown),
            Outcome::AlreadyStandalone | Outcome::Left { .. } | Outcome::NeverSent(_) | Outcome::StillMember { .. } => None,
        };
        self.scroll = 0;
        self.overlay = None;
        self.screen = Screen::Outcome(outcome);
    }

    pub(super) fn already_standalone(&mut self) {
        self.outcome(Outcome::AlreadyStandalone);
    }

    /// AWS's no changes the steps it is about: what a person said of them before does not count any more.
    fn take_refusal(&mut self, refusal: &Refusal) {
        for step in &refusal.steps {
            self.checklist.step_mut(*step).attestation = None;
        }
        if let [step] = refusal.steps[..] {
            self.checklist.record(refusal.finding(step));
        }
        if let Some(step) = refusal.steps.first() {
            self.select(*step);
        }
    }

    /// From an outcome that is not the end back to the checklist.
    pub(super) fn back_from_outcome(&mut self) -> Vec<Effect> {
        self.screen = Screen::Checklist;
        self.scroll = 0;
        Vec::new()
    }
}

/// AWS allows one `DescribeOrganization` a second; the pauses grow from there.
fn pause_before_look(looks: u32) -> Duration {
    let rule = &texts::rules().verification;
    let doubled = rule.first_pause_ms.saturating_mul(1_i64 << looks.saturating_sub(1).min(10));
    Duration::from_millis(u64::try_from(doubled.min(rule.longest_pause_ms)).unwrap_or(1_000))
}

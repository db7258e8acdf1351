//! From the typed confirmation to AWS's answer: every check once more, then one call.
//!
//! The only place that asks for [`Effect::Leave`], with a token that the gate made in the same breath. For one confirmation it asks again
//! only where AWS itself says that it took nothing.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Attempt, Departure, Effect, LastOutcome, News, Outcome, RetryKey, Verification};
use crate::checklist::gate::{self, Acknowledgement, Change, Confirmation, NotConfirmed};
use crate::checklist::{AccountId, LeaveAnswer, Problem, Refusal, StepId, texts};
use crate::journal::Entry;

/// How far the leave of the account is.
#[derive(Debug, Default)]
pub enum Leave {
    /// Nobody has confirmed one, or the person went back from how the last one ended.
    #[default]
    Idle,
    /// Every check runs once more. Nothing has been sent.
    Rechecking {
        confirmation: Confirmation,
        attempt: Attempt,
        since: Timestamp,
        /// Whether AWS has said again who we are.
        identity_read: bool,
        /// How often AWS was asked to let the account leave for this confirmation, and asked to come back later.
        calls: u32,
    },
    /// AWS took nothing and asked to come back in a moment: it is asked again by itself, after every check.
    Postponed {
        confirmation: Confirmation,
        refusal: Box<Refusal>,
        attempt: Attempt,
        calls: u32,
        retry_at: Option<Timestamp>,
    },
    Calling {
        attempt: Attempt,
        since: Timestamp,
        of: LeaveTarget,
        /// How often AWS was asked before, for this confirmation.
        calls: u32,
    },
    Verifying(Verification),
    Ended(Outcome),
}

impl Leave {
    /// Whether something of it is still to come.
    #[must_use]
    pub fn is_under_way(&self) -> bool {
        !matches!(self, Self::Idle | Self::Ended(_))
    }

    /// Whether the confirmation may still be taken back, because no request is out.
    #[must_use]
    pub fn can_be_stopped(&self) -> bool {
        matches!(self, Self::Rechecking { .. } | Self::Postponed { .. })
    }
}

/// Which account leaves which organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaveTarget {
    pub account: AccountId,
    pub organization: String,
}

/// What the call itself told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    Accepted {
        request_id: Option<String>,
    },
    /// It was sent, and no usable answer came.
    Lost(Problem),
    /// AWS asked to come back later, this often.
    PutOff {
        calls: u32,
    },
    /// Nothing was sent: the account was read outside its organization before.
    NothingSent,
    /// The program ended while it may have been under way; nobody saw an answer.
    Interrupted {
        at: Timestamp,
    },
}

/// How often AWS is asked again by itself for one confirmation, when it asks to come back later.
const PATIENT_CALLS: u32 = 4;

impl Departure {
    /// The round of checks after the confirmation goes on, or is through.
    pub(super) fn continue_recheck(&mut self) {
        let Leave::Rechecking { confirmation, attempt, identity_read, calls, .. } = &self.leave else {
            return;
        };
        let attempt = *attempt;
        let still_out = self.questions().any(|row| row.is_out(attempt));
        let identity_read = *identity_read;
        if identity_read {
            // Another account, principal or organization ends it at once. What could not be read may still come.
            let changes = gate::identity_changes(confirmation, &self.checklist);
            let is_about_it = !changes.iter().any(|change| matches!(change, Change::Account { .. }));
            let moved = changes.iter().find_map(|change| match change {
                Change::Organization { now, .. } => Some(now.is_some()),
                _ => None,
            });
            // Out is out, whoever is asking now.
            if let Some(is_moved) = moved.filter(|_| is_about_it) {
                let of =
                    LeaveTarget { account: confirmation.account().clone(), organization: confirmation.organization().to_owned() };
                let calls = *calls;
                // A request that AWS put off may have been taken all the same; or an earlier one may have done it.
                if self.link_to_last_request() {
                    self.requests = calls;
                    return;
                }
                if !is_moved {
                    self.stop_rounds();
                    return self.verify(of, Answered::NothingSent, self.now);
                }
            }
            if changes.iter().any(|change| *change != Change::OrganizationNotRead) {
                return self.abandon_recheck(changes);
            }
        }
        if still_out || !identity_read {
            return;
        }
        let Leave::Rechecking { confirmation, calls, .. } = std::mem::take(&mut self.leave) else {
            return;
        };
        if !self.record.is_open() {
            return self.abandon_recheck(vec![Change::JournalLost]);
        }
        let rules = texts::rules();
        if self.credentials_end_within(rules.credentials.needed_seconds - rules.confirmation.seconds).is_some() {
            return self.abandon_recheck(vec![Change::CredentialsEndSoon]);
        }
        match gate::unlock(confirmation, &self.checklist, self.now) {
            Ok(token) => {
                let attempt = self.next_attempt();
                let of = LeaveTarget { account: token.account().clone(), organization: token.organization().to_owned() };
                self.requests = calls + 1;
                self.leave = Leave::Calling { attempt, since: self.now, of, calls };
                self.effects.push(Effect::Leave(attempt, token));
            }
            Err(changes) => self.abandon_recheck(changes),
        }
    }

    /// Ends a confirmation, whose request was not sent, because of `changes`.
    pub(super) fn abandon_recheck(&mut self, changes: Vec<Change>) {
        self.leave = Leave::Idle;
        self.news.push(News::Changed(changes));
    }

    pub(super) fn leave_answered(&mut self, attempt: Attempt, answer: LeaveAnswer, put_off: Option<Confirmation>) {
        let (of, calls) = match &self.leave {
            Leave::Calling { attempt: awaited, of, calls, .. } if *awaited == attempt => (of.clone(), calls + 1),
            _ => return,
        };
        self.note(Entry::Answered { answer: answer.clone() });
        match answer {
            LeaveAnswer::Accepted { request_id } => self.verify(of, Answered::Accepted { request_id }, self.now),
            LeaveAnswer::Unknown { problem } => self.verify(of, Answered::Lost(problem), self.now),
            LeaveAnswer::Refused { refusal } => match put_off {
                Some(confirmation) => {
                    self.remember_put_off(of, calls);
                    self.postpone(Box::new(refusal), confirmation, calls);
                }
                None => self.refused(Box::new(refusal)),
            },
            LeaveAnswer::NeverSent { problem } => {
                self.requests = calls - 1;
                self.outcome(Outcome::NeverSent(problem));
            }
        }
    }

    fn refused(&mut self, refusal: Box<Refusal>) {
        self.take_refusal(&refusal);
        self.outcome(Outcome::Refused(refusal));
    }

    // ---- AWS asks to come back in a moment ----

    fn postpone(&mut self, refusal: Box<Refusal>, confirmation: Confirmation, calls: u32) {
        if calls > PATIENT_CALLS || !confirmation.is_fresh(self.now) {
            return self.refused(refusal);
        }
        let attempt = self.next_attempt();
        self.last_outcome = Some(LastOutcome::PutOff);
        self.leave = Leave::Postponed { confirmation, refusal, attempt, calls, retry_at: None };
        self.effects.push(Effect::ScheduleRetry { of: RetryKey::Leave, attempt, failures: calls });
    }

    pub(super) fn leave_scheduled(&mut self, attempt: Attempt, at: Timestamp) {
        let Leave::Postponed { confirmation, refusal, attempt: awaited, retry_at, .. } = &mut self.leave else {
            return;
        };
        if *awaited != attempt {
            return;
        }
        // A pause that outlasts the confirmation would end in nothing: then the person is told now.
        if confirmation.is_fresh(at) {
            *retry_at = Some(at);
            return;
        }
        let refusal = refusal.clone();
        self.refused(refusal);
    }

    pub(super) fn leave_due(&mut self, attempt: Attempt) {
        if matches!(&self.leave, Leave::Postponed { attempt: awaited, .. } if *awaited == attempt) {
            self.ask_again_now();
        }
    }

    /// Ends the pause: every check once more, then the call.
    pub(super) fn ask_again_now(&mut self) {
        match std::mem::take(&mut self.leave) {
            Leave::Postponed { confirmation, calls, .. } => self.recheck(confirmation, calls),
            other => self.leave = other,
        }
    }

    /// Takes what the person marked as seen and typed: every check runs once more, then the call is made.
    ///
    /// # Errors
    /// When that confirms nothing.
    pub(super) fn confirm(&mut self, seen: &BTreeSet<Acknowledgement>, typed: &str) -> Result<(), NotConfirmed> {
        let confirmation = gate::confirm(&self.checklist, seen, typed, self.now)?;
        self.recheck(confirmation, 0);
        Ok(())
    }

    /// Runs every check once more, before the call that `confirmation` is about.
    fn recheck(&mut self, confirmation: Confirmation, calls: u32) {
        let attempt = self.next_attempt();
        self.requests = calls;
        let acknowledged = confirmation.acknowledged().iter().cloned().collect();
        self.note(Entry::Confirmed { confirmed_at: confirmation.at(), acknowledged, calls });
        self.leave = Leave::Rechecking { confirmation, attempt, since: self.now, identity_read: false, calls };
        self.start_round(attempt, &StepId::ALL);
    }
}

//! From the typed confirmation to the proof: every check once more, one call, then reading the membership until AWS says it.
//!
//! The only place that asks for [`Effect::Leave`], with a token that the gate made in the same breath. It never asks twice for one
//! confirmation, and claims success from nothing but the membership as AWS reports it.

use std::time::Duration;

use jiff::Timestamp;

use super::model::LastOutcome;
use super::{Asked, Attempt, Effect, Model, Notice, Overlay, Screen, words};
use crate::aws::{LeaveAnswer, Reading};
use crate::checklist::gate::{self, Change, Confirmation};
use crate::checklist::{AccountId, Organization, Problem, Refusal, StepId, texts};
use crate::journal::{Answer, Entry, Look, Settled};

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
        /// How often AWS was asked to let the account leave for this confirmation, and asked to come back later.
        calls: u32,
    },
    /// AWS took nothing and asked to come back in a moment: it is asked again by itself, after every check.
    Postponed {
        /// What the person confirmed.
        confirmation: Confirmation,
        /// AWS's words.
        refusal: Box<Refusal>,
        /// The pause.
        attempt: Attempt,
        /// How often AWS was asked.
        calls: u32,
        /// When the pause ends.
        retry_at: Option<Timestamp>,
    },
    /// The request is out.
    Calling {
        /// The call.
        attempt: Attempt,
        /// When it went out.
        since: Timestamp,
        /// Whose it is.
        of: Whose,
        /// How often AWS was asked before, for this confirmation.
        calls: u32,
    },
    /// The membership is being read.
    Verifying(Verification),
}

/// Which account leaves which organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whose {
    /// The account.
    pub account: AccountId,
    /// The organization's id.
    pub organization: String,
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
    /// The program ended while it may have been under way; nobody saw an answer.
    Interrupted {
        /// When it was about to be sent.
        at: Timestamp,
    },
}

/// Reading the membership until it is clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// What the call told.
    pub answered: Answered,
    /// Whose membership is read: credentials of another account say nothing about it.
    pub of: Whose,
    /// When the reading began.
    pub since: Timestamp,
    /// How often it was read.
    pub looks: u32,
    /// How often in a row AWS said the same.
    pub agreeing: u32,
    /// Whether AWS said at least once that the account is in no organization.
    pub seen_outside: bool,
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
#[expect(clippy::large_enum_variant, reason = "there is one of it at a time")]
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
        /// What the call told: nothing.
        answered: Answered,
        /// How often the membership was read.
        looks: u32,
    },
    /// It could not be found out.
    NotKnown(Verification),
}

/// How often AWS is asked again by itself for one confirmation, when it asks to come back later.
const PATIENT_CALLS: u32 = 4;

impl Model {
    /// The round of checks after the confirmation goes on, or is through.
    pub(super) fn continue_recheck(&mut self) -> Vec<Effect> {
        let Screen::Leaving(Leaving::Rechecking { confirmation, attempt, identity_read, .. }) = &self.screen else {
            return Vec::new();
        };
        let still_out = self.rows.iter().chain([&self.identity]).any(|row| row.is_out(*attempt));
        if *identity_read {
            // Another account, principal or organization ends it at once. What could not be read may still come.
            let changes = gate::identity_changes(confirmation, &self.checklist);
            if changes.iter().any(|change| *change != Change::OrganizationNotRead) {
                return self.abandon_recheck(changes);
            }
        }
        if still_out || !*identity_read {
            return Vec::new();
        }
        let Screen::Leaving(Leaving::Rechecking { confirmation, calls, .. }) =
            std::mem::replace(&mut self.screen, Screen::Checklist)
        else {
            return Vec::new();
        };
        let rules = texts::rules();
        if self.credentials_end_within(rules.credentials.needed_seconds - rules.confirmation.seconds).is_some() {
            return self.abandon_recheck(vec![Change::CredentialsEndSoon]);
        }
        match gate::unlock(confirmation, &self.checklist, self.now) {
            Ok(token) => {
                let attempt = self.next_attempt();
                let of = Whose { account: token.account().clone(), organization: token.organization().to_owned() };
                self.screen = Screen::Leaving(Leaving::Calling { attempt, since: self.now, of, calls });
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
            Change::Account { .. }
            | Change::Principal
            | Change::Organization
            | Change::OrganizationNotRead
            | Change::CredentialsEndSoon
            | Change::TookTooLong => None,
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
        let (of, calls) = match &self.screen {
            Screen::Leaving(Leaving::Calling { attempt: awaited, of, calls, .. }) if *awaited == attempt => {
                (of.clone(), calls + 1)
            }
            _ => return Vec::new(),
        };
        self.note(Entry::Answered { answer: in_the_journal(&answer) });
        match answer {
            LeaveAnswer::Accepted { request_id, .. } => self.verify(of, Answered::Accepted { request_id }, self.now),
            LeaveAnswer::Unknown(problem) => self.verify(of, Answered::Lost(problem), self.now),
            LeaveAnswer::Refused(refusal) => self.refused(refusal),
            LeaveAnswer::Postponed { refusal, confirmation } => self.postpone(refusal, confirmation, calls),
            LeaveAnswer::NeverSent(problem) => {
                self.outcome(Outcome::NeverSent(problem));
                vec![Effect::DiscardTypeAhead]
            }
        }
    }

    fn refused(&mut self, refusal: Box<Refusal>) -> Vec<Effect> {
        self.take_refusal(&refusal);
        self.outcome(Outcome::Refused(refusal));
        vec![Effect::DiscardTypeAhead]
    }

    // ---- AWS asks to come back in a moment ----

    fn postpone(&mut self, refusal: Box<Refusal>, confirmation: Confirmation, calls: u32) -> Vec<Effect> {
        if calls > PATIENT_CALLS || !confirmation.is_fresh(self.now) {
            return self.refused(refusal);
        }
        let attempt = self.next_attempt();
        self.last_outcome = Some(LastOutcome::Refused);
        self.screen = Screen::Leaving(Leaving::Postponed { confirmation, refusal, attempt, calls, retry_at: None });
        vec![Effect::ScheduleRetry { of: Asked::Leave, attempt, failures: calls }]
    }

    pub(super) fn leave_scheduled(&mut self, attempt: Attempt, at: Timestamp) -> Vec<Effect> {
        let Screen::Leaving(Leaving::Postponed { confirmation, refusal, attempt: awaited, retry_at, .. }) = &mut self.screen
        else {
            return Vec::new();
        };
        if *awaited != attempt {
            return Vec::new();
        }
        // A pause that outlasts the confirmation would end in nothing: then the person is told now.
        if confirmation.is_fresh(at) {
            *retry_at = Some(at);
            return Vec::new();
        }
        let refusal = refusal.clone();
        self.refused(refusal)
    }

    pub(super) fn leave_due(&mut self, attempt: Attempt) -> Vec<Effect> {
        match &self.screen {
            Screen::Leaving(Leaving::Postponed { attempt: awaited, .. }) if *awaited == attempt => self.ask_again_now(),
            _ => Vec::new(),
        }
    }

    /// Ends the pause: every check once more, then the call.
    pub(super) fn ask_again_now(&mut self) -> Vec<Effect> {
        match std::mem::replace(&mut self.screen, Screen::Checklist) {
            Screen::Leaving(Leaving::Postponed { confirmation, calls, .. }) => self.recheck(confirmation, calls),
            other => {
                self.screen = other;
                Vec::new()
            }
        }
    }

    /// Runs every check once more, before the call that `confirmation` is about.
    pub(super) fn recheck(&mut self, confirmation: Confirmation, calls: u32) -> Vec<Effect> {
        let attempt = self.next_attempt();
        let acknowledged = confirmation.acknowledged().iter().cloned().collect();
        self.note(Entry::Confirmed { confirmed_at: confirmation.at(), acknowledged });
        self.screen =
            Screen::Leaving(Leaving::Rechecking { confirmation, attempt, since: self.now, identity_read: false, calls });
        self.start_round(attempt, &StepId::ALL)
    }

    /// Cuts the pauses of the checks between the confirmation and the call short.
    pub(super) fn hasten_recheck(&mut self) -> Vec<Effect> {
        match &self.screen {
            Screen::Leaving(Leaving::Rechecking { attempt, .. }) => {
                let attempt = *attempt;
                self.hasten(attempt)
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn verify(&mut self, of: Whose, answered: Answered, since: Timestamp) -> Vec<Effect> {
        let attempt = self.next_attempt();
        let verification =
            Verification { answered, of, since, looks: 0, agreeing: 0, seen_outside: false, last: None, attempt, next_at: None };
        self.screen = Screen::Leaving(Leaving::Verifying(verification));
        self.look(attempt, Duration::ZERO)
    }

    fn look(&mut self, attempt: Attempt, after: Duration) -> Vec<Effect> {
        let Screen::Leaving(Leaving::Verifying(verification)) = &mut self.screen else { return Vec::new() };
        verification.attempt = attempt;
        verification.next_at = None;
        vec![Effect::LookAtMembership { attempt, account: verification.of.account.clone(), after }]
    }

    /// Looks again from the beginning of the patience, after the outcome stayed unknown. With credentials that have ended, new ones come
    /// first: the old ones would only say the same again.
    pub(super) fn look_again(&mut self) -> Vec<Effect> {
        let Screen::Outcome(Outcome::NotKnown(verification)) = &self.screen else { return Vec::new() };
        let ended = matches!(&verification.last, Some(Reading::Unknown(problem)) if problem.kind.is_about_credentials());
        if ended || self.session().is_none() { self.connect() } else { self.look_anew() }
    }

    /// The reading after the credentials are there, or were there all along.
    pub(super) fn look_anew(&mut self) -> Vec<Effect> {
        let Screen::Outcome(Outcome::NotKnown(verification)) = &self.screen else { return Vec::new() };
        let (of, answered) = (verification.of.clone(), verification.answered.clone());
        self.verify(of, answered, self.now)
    }

    /// Cuts the pause before the next look short, though AWS still gets the second between two looks that it asks for.
    pub(super) fn look_now(&mut self) -> Vec<Effect> {
        let attempt = self.next_attempt();
        self.look(attempt, pause_before_look(1))
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
        self.to_write.push((now, Entry::MembershipRead { look: look_in_the_journal(&reading) }));
        let is_outside = matches!(reading, Reading::Standalone(_));
        let is_member =
            matches!(&reading, Reading::Member { organization, .. } if organization.id == verification.of.organization);
        let agrees = match &verification.last {
            Some(Reading::Standalone(_)) => is_outside,
            Some(Reading::Member { .. }) => is_member,
            Some(Reading::Unknown(_)) | None => false,
        };
        verification.looks += 1;
        verification.next_at = None;
        verification.seen_outside |= is_outside;
        verification.agreeing = match (is_outside || is_member, agrees) {
            (true, true) => verification.agreeing + 1,
            (true, false) => 1,
            (false, _) => 0,
        };
        verification.last = Some(reading);
        if is_outside && verification.agreeing >= rule.agreeing_looks {
            let verification = verification.clone();
            // An earlier walk may have left it: then nothing but its name is known any more.
            let known = self.checklist.subject.as_ref().and_then(|subject| subject.organization());
            let organization = known.cloned().unwrap_or_else(|| Organization {
                id: verification.of.organization.clone(),
                management_account: None,
                feature_set: None,
            });
            let organization = Some(organization);
            self.outcome(Outcome::Left { organization, answered: verification.answered, looks: verification.looks, at: now });
            return vec![Effect::DiscardTypeAhead];
        }
        let waited = now.duration_since(verification.since).as_secs() >= rule.patience_seconds;
        if waited && verification.looks >= rule.least_looks {
            let verification = verification.clone();
            // "No effect" is only said where AWS's records never said otherwise.
            let is_sure = is_member && verification.agreeing >= rule.agreeing_looks && !verification.seen_outside;
            self.outcome(match &verification.answered {
                Answered::Lost(_) | Answered::Interrupted { .. } if is_sure => {
                    Outcome::StillMember { answered: verification.answered, looks: verification.looks }
                }
                Answered::Lost(_) | Answered::Interrupted { .. } | Answered::Accepted { .. } => Outcome::NotKnown(verification),
            });
            return vec![Effect::DiscardTypeAhead];
        }
        let after = pause_before_look(verification.looks);
        let attempt = self.next_attempt();
        self.look(attempt, after)
    }

    fn outcome(&mut self, outcome: Outcome) {
        self.last_outcome = match &outcome {
            Outcome::Refused(_) => Some(LastOutcome::Refused),
            Outcome::NotKnown(_) => Some(LastOutcome::NotKnown),
            Outcome::AlreadyStandalone | Outcome::Left { .. } | Outcome::NeverSent(_) | Outcome::StillMember { .. } => None,
        };
        if let Some(settled) = self.settled(&outcome) {
            self.note(settled);
        }
        self.scroll = 0;
        self.overlay = None;
        self.screen = Screen::Outcome(outcome);
    }

    /// What is certain by an outcome, as the journal says it. An open outcome is settled by nothing.
    fn settled(&self, outcome: &Outcome) -> Option<Entry> {
        let id = |organization: &Organization| organization.id.clone();
        let here = || self.checklist.subject.as_ref()?.organization().map(id);
        let (outcome, organization, looks) = match outcome {
            Outcome::Left { organization, looks, .. } => (Settled::Left, organization.as_ref().map(id), *looks),
            Outcome::StillMember { looks, .. } => (Settled::StillMember, here(), *looks),
            Outcome::AlreadyStandalone => (Settled::AlreadyStandalone, None, self.outside),
            Outcome::Refused(_) | Outcome::NeverSent(_) | Outcome::NotKnown(_) => return None,
        };
        Some(Entry::Settled { outcome, organization, looks })
    }

    pub(super) fn already_standalone(&mut self) {
        self.outcome(Outcome::AlreadyStandalone);
    }

    /// AWS's no changes the steps it is about: what a person said of them before does not count any more.
    fn take_refusal(&mut self, refusal: &Refusal) {
        for step in &refusal.steps {
            self.checklist.step_mut(*step).refuse(refusal);
        }
        if let Some(step) = refusal.steps.first() {
            self.select(*step);
        }
    }

    /// From an outcome that is not the end back to the checklist.
    pub(super) fn back_from_outcome(&mut self) -> Vec<Effect> {
        self.screen = if self.checklist.destination.is_some() { Screen::Checklist } else { Screen::Account };
        self.scroll = 0;
        // After an outcome that an earlier walk left open, nothing has been checked yet.
        let nothing_checked = self.checklist.steps().all(|step| step.finding.is_none());
        if nothing_checked && self.session().is_some() { self.check_all() } else { Vec::new() }
    }
}

fn in_the_journal(answer: &LeaveAnswer) -> Answer {
    match answer {
        LeaveAnswer::Accepted { request_id, .. } => Answer::Accepted { request_id: request_id.clone() },
        LeaveAnswer::Refused(refusal) | LeaveAnswer::Postponed { refusal, .. } => {
            Answer::Refused { refusal: (**refusal).clone() }
        }
        LeaveAnswer::NeverSent(problem) => Answer::NeverSent { problem: problem.clone() },
        LeaveAnswer::Unknown(problem) => Answer::Unknown { problem: problem.clone() },
    }
}

fn look_in_the_journal(reading: &Reading) -> Look {
    match reading {
        Reading::Standalone(evidence) => Look::Standalone { request_id: evidence.request_id.clone() },
        Reading::Member { organization, evidence } => {
            Look::Member { organization: organization.id.clone(), request_id: evidence.request_id.clone() }
        }
        Reading::Unknown(problem) => Look::Unknown { problem: problem.clone() },
    }
}

/// AWS allows one `DescribeOrganization` a second; the pauses grow from there.
fn pause_before_look(looks: u32) -> Duration {
    let rule = &texts::rules().verification;
    let doubled = rule.first_pause_ms.saturating_mul(1_i64 << looks.saturating_sub(1).min(10));
    Duration::from_millis(u64::try_from(doubled.min(rule.longest_pause_ms)).unwrap_or(1_000))
}

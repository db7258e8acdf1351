//! After the call: reading the membership until AWS's own records say what became of it.
//!
//! Success is claimed from nothing else, and so is that a lost request had no effect.

use std::time::Duration;

use jiff::Timestamp;

use super::{Answered, Attempt, Effect, Leaving, Model, Outcome, Screen, Whose};
use crate::aws::Reading;
use crate::checklist::texts;
use crate::journal::{Entry, Look};

/// Reading the membership until it is clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// What the call told.
    pub answered: Answered,
    /// Whose membership is read: credentials of another account say nothing about it.
    pub of: Whose,
    /// When the patience began: with the call, which may have been made by an earlier walk.
    pub since: Timestamp,
    /// When this reading began.
    pub reading_since: Timestamp,
    /// When the last look ended.
    pub read_at: Timestamp,
    /// How often it was read.
    pub looks: u32,
    /// How often in a row AWS said the same.
    pub agreeing: u32,
    /// Whether AWS said at least once that the account is not in that organization.
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

impl Model {
    /// Starts reading the membership of an account whose call told `answered`. `since` is when the patience begins.
    pub(super) fn verify(&mut self, of: Whose, answered: Answered, since: Timestamp) -> Vec<Effect> {
        let attempt = self.next_attempt();
        let verification = Verification {
            answered,
            of,
            since,
            reading_since: self.now,
            read_at: self.now,
            looks: 0,
            agreeing: 0,
            seen_outside: false,
            last: None,
            attempt,
            next_at: None,
        };
        self.screen = Screen::Leaving(Leaving::Verifying(verification));
        self.look(attempt, Duration::ZERO)
    }

    fn look(&mut self, attempt: Attempt, after: Duration) -> Vec<Effect> {
        let Screen::Leaving(Leaving::Verifying(verification)) = &mut self.screen else { return Vec::new() };
        verification.attempt = attempt;
        verification.next_at = None;
        vec![Effect::LookAtMembership { attempt, account: verification.of.account.clone(), after }]
    }

    /// Looks again, after the outcome stayed unknown. With credentials that have ended, new ones come
    /// first: the old ones would only say the same again.
    pub(super) fn look_again(&mut self) -> Vec<Effect> {
        let Screen::Outcome(Outcome::NotKnown(verification)) = &self.screen else { return Vec::new() };
        let ended = matches!(&verification.last, Some(Reading::Unknown(problem)) if problem.kind.is_about_credentials());
        if ended || self.session().is_none() { self.connect() } else { self.look_anew() }
    }

    /// The reading after the credentials are there, or were there all along.
    pub(super) fn look_anew(&mut self) -> Vec<Effect> {
        let Screen::Outcome(Outcome::NotKnown(verification)) = &self.screen else { return Vec::new() };
        let (of, answered, since) = (verification.of.clone(), verification.answered.clone(), verification.since);
        self.verify(of, answered, since)
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
        let agrees = verification.last.as_ref().is_some_and(|last| say_the_same(last, &reading));
        let is_member =
            matches!(&reading, Reading::Member { organization, .. } if organization.id == verification.of.organization);
        // Gone is gone, also where somebody has taken the account in already.
        let is_gone = !is_member && !matches!(reading, Reading::Unknown(_));
        verification.looks += 1;
        verification.next_at = None;
        verification.seen_outside |= is_gone;
        verification.agreeing = match (is_gone || is_member, agrees) {
            (true, true) => verification.agreeing + 1,
            (true, false) => 1,
            (false, _) => 0,
        };
        // A clock that was set back must not make the patience longer.
        verification.since = verification.since.min(now);
        verification.reading_since = verification.reading_since.min(now);
        verification.read_at = now;
        // Other credentials, or none that are good any more: looking on with these would only say the same.
        let is_in_vain = matches!(&reading, Reading::Unknown(problem) if problem.kind.is_about_credentials());
        let now_in = match &reading {
            Reading::Member { organization, .. } => Some(organization.id.clone()),
            Reading::Standalone(_) | Reading::Unknown(_) => None,
        };
        verification.last = Some(reading);
        if is_gone && verification.agreeing >= rule.agreeing_looks {
            let Verification { of, answered, looks, .. } = verification.clone();
            self.outcome(Outcome::Left { organization: of.organization, now_in, answered, looks, at: now });
            return vec![Effect::DiscardTypeAhead];
        }
        let age = now.duration_since(verification.since).as_secs();
        let waited = age >= rule.patience_seconds && verification.looks >= rule.least_looks;
        if waited || is_in_vain {
            let verification = verification.clone();
            // "Still a member" is only said where AWS's records never said otherwise, and of a request that AWS had accepted only long after
            // it: then somebody has taken the account in again.
            let is_sure = waited && is_member && verification.agreeing >= rule.agreeing_looks && !verification.seen_outside;
            let is_settled = match &verification.answered {
                Answered::Lost(_) | Answered::Interrupted { .. } => is_sure,
                Answered::Accepted { .. } => is_sure && age >= rule.records_settle_seconds,
            };
            self.outcome(if is_settled {
                Outcome::StillMember { answered: verification.answered, looks: verification.looks }
            } else {
                Outcome::NotKnown(verification)
            });
            return vec![Effect::DiscardTypeAhead];
        }
        let after = pause_before_look(verification.looks);
        let attempt = self.next_attempt();
        self.look(attempt, after)
    }
}

/// Whether two reads found the account in the same place.
fn say_the_same(one: &Reading, other: &Reading) -> bool {
    match (one, other) {
        (Reading::Standalone(_), Reading::Standalone(_)) => true,
        (Reading::Member { organization: one, .. }, Reading::Member { organization: other, .. }) => one.id == other.id,
        _ => false,
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

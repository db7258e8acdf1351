//! After the call: reading the membership until AWS's own records say what became of it.
//!
//! Success is claimed from nothing else, and so is that a lost request had no effect.

use std::time::Duration;

use jiff::Timestamp;

use super::{Answered, Attempt, Departure, Effect, Leave, LeaveTarget, News, Outcome};
use crate::aws::Reading;
use crate::checklist::gate::Change;
use crate::checklist::{AccountId, Sightings, texts};
use crate::journal::{Entry, MembershipRead, Settled};

/// Reading the membership until it is clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    pub answered: Answered,
    /// Whose membership is read: credentials of another account say nothing about it.
    pub of: LeaveTarget,
    /// When the patience began: with the call, which may have been made by an earlier run.
    pub since: Timestamp,
    pub reading_since: Timestamp,
    pub read_at: Timestamp,
    pub looks: u32,
    /// How often in a row AWS said the same.
    pub agreeing: u32,
    pub agreeing_since: Timestamp,
    /// Where the account was seen since the call.
    pub seen: Sightings,
    pub last: Option<Reading>,
    /// The look that is awaited.
    pub attempt: Attempt,
    pub next_at: Option<Timestamp>,
}

/// The last request to leave of which AWS has not shown an effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastRequest {
    pub answered: Answered,
    pub of: LeaveTarget,
    pub at: Timestamp,
    /// Whether it may still take effect: AWS's records do not count as settled yet. If a departure shows later, it is this request's all the
    /// same.
    pub is_open: bool,
    pub seen: Sightings,
}

impl LastRequest {
    /// From when on AWS's records count as settled.
    pub(crate) fn settles_at(&self) -> Timestamp {
        self.seen.settles_at(self.at)
    }

    /// Whether AWS put it off and the account was still a member long after: what comes later is not this request's.
    pub(crate) fn is_over(&self) -> bool {
        self.is_put_off() && !self.is_open && self.seen.outlast(self.at)
    }

    pub(crate) fn is_put_off(&self) -> bool {
        matches!(self.answered, Answered::PutOff { .. })
    }
}

impl Verification {
    /// Whether it only waits for the time of the next look.
    pub(crate) fn waits(&self) -> bool {
        self.next_at.is_some()
    }

    pub(crate) fn is_member(&self) -> bool {
        matches!(&self.last, Some(Reading::Member { organization, .. }) if organization.id == self.of.organization)
    }
}

impl Departure {
    /// Starts reading the membership of an account whose call told `answered`. `since` is when the patience begins.
    pub(super) fn verify(&mut self, of: LeaveTarget, answered: Answered, since: Timestamp) {
        let attempt = self.next_attempt();
        // What was read of this request before still counts.
        let before = self.last_request.as_ref().filter(|request| request.at == since && request.of == of);
        let seen = before.map(|request| request.seen).unwrap_or_default();
        let verification = Verification {
            answered,
            of,
            since,
            reading_since: self.now,
            read_at: self.now,
            looks: 0,
            agreeing: 0,
            agreeing_since: self.now,
            seen,
            last: None,
            attempt,
            next_at: None,
        };
        self.leave = Leave::Verifying(verification);
        self.look(attempt, Duration::ZERO);
    }

    fn look(&mut self, attempt: Attempt, after: Duration) {
        let Leave::Verifying(verification) = &mut self.leave else { return };
        verification.attempt = attempt;
        verification.next_at = None;
        let account = verification.of.account.clone();
        self.effects.push(Effect::LookAtMembership { attempt, account, after });
    }

    /// Looks again, after the outcome stayed unknown. With credentials that have ended, new ones come
    /// first: the old ones would only say the same again.
    pub(super) fn look_again(&mut self) {
        let Leave::Ended(Outcome::NotKnown(verification)) = &self.leave else { return };
        let ended = matches!(&verification.last, Some(Reading::Unknown(problem)) if problem.kind.is_about_credentials());
        if ended || self.session().is_none() {
            self.connect(None);
        } else {
            self.look_anew();
        }
    }

    /// The reading after the credentials are there, or were there all along.
    pub(super) fn look_anew(&mut self) {
        let Leave::Ended(Outcome::NotKnown(verification)) = &self.leave else { return };
        let (of, answered, since) = (verification.of.clone(), verification.answered.clone(), verification.since);
        self.verify(of, answered, since);
    }

    /// Cuts the pause before the next look short, though AWS still gets the second between two looks that it asks for.
    pub(super) fn look_now(&mut self) {
        let attempt = self.next_attempt();
        self.look(attempt, pause_before_look(1));
    }

    pub(super) fn look_scheduled(&mut self, attempt: Attempt, at: Timestamp) {
        if let Leave::Verifying(verification) = &mut self.leave
            && verification.attempt == attempt
        {
            verification.next_at = Some(at);
        }
    }

    pub(super) fn membership_read(&mut self, attempt: Attempt, reading: Reading) {
        let rule = &texts::rules().verification;
        let now = self.now;
        let Leave::Verifying(verification) = &mut self.leave else { return };
        if verification.attempt != attempt {
            return;
        }
        self.to_write.push((now, Entry::MembershipRead { look: look_in_the_journal(&reading) }));
        let agrees = verification.last.as_ref().is_some_and(|last| say_the_same(last, &reading));
        let is_member =
            matches!(&reading, Reading::Member { organization, .. } if organization.id == verification.of.organization);
        // Gone is gone, also where somebody has taken the account in already.
        let is_gone = !is_member && !matches!(reading, Reading::Unknown(_));
        verification.looks += 1;
        verification.next_at = None;
        verification.seen.saw((is_gone || is_member).then_some(is_gone), now);
        (verification.agreeing, verification.agreeing_since) = match (is_gone || is_member, agrees) {
            (true, true) => (verification.agreeing + 1, verification.agreeing_since),
            (true, false) => (1, now),
            (false, _) => (0, now),
        };
        // A clock that was set back must not make the patience longer.
        verification.since = verification.since.min(now);
        verification.reading_since = verification.reading_since.min(now);
        verification.agreeing_since = verification.agreeing_since.min(now);
        verification.read_at = now;
        // Other credentials, or none that are good any more: looking on with these would only say the same.
        let is_in_vain = matches!(&reading, Reading::Unknown(problem) if problem.kind.is_about_credentials());
        // A report must not say "in no organization" of an account that AWS calls a member again.
        let here = self.checklist.subject.as_ref().map(|subject| &subject.identity.account);
        if let Reading::Member { organization, .. } = &reading
            && is_member
            && here == Some(&verification.of.account)
        {
            self.checklist.is_member_again(organization.clone());
        }
        verification.last = Some(reading);
        let agrees_for = now.duration_since(verification.agreeing_since).as_secs();
        let agrees = verification.agreeing >= rule.agreeing_looks;
        // Where no reply says that the request was taken, and where AWS's records flap, two reads in a row are not enough.
        let is_plain = matches!(verification.answered, Answered::Accepted { .. } | Answered::NothingSent)
            && !verification.seen.has_come_back;
        if is_gone && agrees && (is_plain || agrees_for >= rule.agreeing_seconds) {
            return self.is_out();
        }
        let is_patient = now.duration_since(verification.reading_since).as_secs() < rule.patience_seconds;
        let age = now.duration_since(verification.since).as_secs();
        // Out, and in another place at every look.
        let is_lost = is_gone && !agrees && !is_patient && verification.looks >= rule.least_looks;
        let waited = age >= rule.patience_seconds && verification.looks >= rule.least_looks;
        if verification.answered == Answered::NothingSent {
            if is_member && agrees && (waited || agrees_for >= rule.agreeing_seconds) {
                return self.shows_no_effect();
            }
            if (waited && !is_gone) || is_lost || is_in_vain {
                return self.abandon_recheck(vec![Change::OrganizationNotRead]);
            }
        } else if is_in_vain {
            return self.stays_open();
        } else if waited && !is_gone {
            // "No effect" is only said once AWS's records count as settled, and where they had said otherwise, not on two reads in a row.
            let is_settled = verification.seen.settles_at(verification.since) <= now;
            let shows_none = is_member && agrees && is_settled;
            let is_steady = verification.seen.outside_at.is_none() || agrees_for >= rule.agreeing_seconds;
            if shows_none && is_steady && verification.seen.show_no_effect(verification.since, now) {
                return self.shows_no_effect();
            }
            // Before that, nothing more can be learned.
            if !is_settled || !is_patient {
                return self.stays_open();
            }
        } else if is_lost {
            return self.stays_open();
        }
        let after = pause_before_look(verification.looks);
        let attempt = self.next_attempt();
        self.look(attempt, after);
    }
}

impl Departure {
    /// AWS says for certain that the account is not in its organization any more. A departure is claimed only where a request may have been
    /// taken.
    fn is_out(&mut self) {
        let Leave::Verifying(verification) = &self.leave else { return };
        let Verification { of, answered, looks, last, .. } = verification.clone();
        let now_in = match last {
            Some(Reading::Member { organization, .. }) => Some(organization.id),
            Some(Reading::Standalone(_) | Reading::Unknown(_)) | None => None,
        };
        match (answered, now_in) {
            (Answered::NothingSent, None) => {
                self.outside = looks;
                self.outcome(Outcome::AlreadyStandalone);
            }
            (Answered::NothingSent, now) => {
                self.abandon_recheck(vec![Change::Organization { was: of.organization, now }]);
            }
            (answered, now_in) => {
                self.outcome(Outcome::Left { organization: of.organization, now_in, answered, looks, at: self.now });
                self.remember_request(None);
            }
        }
    }

    /// AWS still shows the membership, and its records count as settled.
    fn shows_no_effect(&mut self) {
        let Leave::Verifying(verification) = &self.leave else { return };
        let Verification { of, answered, looks, since, seen, .. } = verification.clone();
        self.outcome(Outcome::StillMember { answered: answered.clone(), looks, at: since, outside_at: seen.outside_at });
        if answered != Answered::NothingSent {
            let request = LastRequest { answered, of, at: since, is_open: false, seen };
            self.remember_request(Some(request).filter(|request| !request.seen.had_left));
        }
    }

    /// What became of the request is not known yet.
    fn stays_open(&mut self) {
        let Leave::Verifying(verification) = &self.leave else { return };
        let verification = verification.clone();
        let Verification { of, answered, since, seen, .. } = verification.clone();
        self.outcome(Outcome::NotKnown(verification));
        self.remember_request(Some(LastRequest { answered, of, at: since, is_open: true, seen }));
    }

    /// Keeps in mind which request may still take effect, or may have.
    pub(super) fn remember_request(&mut self, request: Option<LastRequest>) {
        self.checklist.open_request = request.as_ref().filter(|request| request.is_open).map(|request| request.at);
        // Once one that was only put off explains nothing any more, the one before it does again.
        self.earlier_request = self.earlier_request.take().filter(|_| request.as_ref().is_some_and(LastRequest::is_put_off));
        self.last_request = request;
    }

    /// AWS asked to come back later. If the account is out later, that request may have done it all the same.
    pub(super) fn remember_put_off(&mut self, of: LeaveTarget, calls: u32) {
        let is_over = self.last_request.as_ref().is_some_and(LastRequest::is_over);
        let calls = match &self.last_request {
            Some(before) if before.is_open => return,
            Some(LastRequest { answered: Answered::PutOff { calls }, of: before, .. }) if *before == of && !is_over => calls + 1,
            _ => calls,
        };
        let before = self.last_request.take().filter(|before| !before.is_put_off() && before.of == of);
        self.earlier_request = before.or(self.earlier_request.take());
        let (at, seen) = (self.now, Sightings::default());
        self.remember_request(Some(LastRequest { answered: Answered::PutOff { calls }, of, at, is_open: false, seen }));
    }

    /// Whether it is not known what became of a request to leave.
    pub(crate) fn has_open_request(&self) -> bool {
        self.is_in_flight() || self.last_request.as_ref().is_some_and(|request| request.is_open)
    }

    /// The account of which it is not known whether it has left, if there is one.
    pub(crate) fn account_in_doubt(&self) -> Option<&AccountId> {
        let here = || Some(&self.checklist.subject.as_ref()?.identity.account);
        self.in_doubt.as_ref().or_else(|| here().filter(|_| self.has_open_request()))
    }

    /// The membership was read again after a request that has shown no effect yet.
    pub(super) fn reconsider_request(&mut self) {
        if self.last_request.as_ref().is_some_and(LastRequest::is_over) && self.earlier_request.is_some() {
            self.last_request = self.earlier_request.take();
        }
        let Some(subject) = &self.checklist.subject else { return };
        let Some(request) = &mut self.last_request else { return };
        match subject.membership.is_outside(&request.of.organization) {
            Some(true) if request.is_over() => {}
            // So it had an effect, perhaps.
            Some(true) => {
                request.seen.saw_outside(self.now);
                request.is_open = true;
                self.checklist.open_request = Some(request.at);
            }
            None => {}
            Some(false) => {
                let had_outlasted = request.seen.outlast(request.at);
                request.seen.saw_member(self.now);
                let (at, seen) = (request.at, request.seen);
                let organization = request.of.organization.clone();
                if request.is_open && seen.show_no_effect(at, self.now) {
                    request.is_open = false;
                    self.checklist.open_request = None;
                    self.note(Entry::Settled { outcome: Settled::StillMember, organization: Some(organization), looks: 1 });
                    self.news.push(News::NoEffect { at, outside_at: seen.outside_at });
                    if seen.had_left {
                        self.remember_request(None);
                    }
                } else if !had_outlasted && seen.outlast(at) {
                    // What AWS put off explains no departure after this. Nobody would know that from the lines so far.
                    self.note(Entry::MembershipRead { look: MembershipRead::Member { organization, request_id: None } });
                }
            }
        }
    }

    /// The account was read outside the organization of the last request: reads the membership until that is certain. `false` where there was
    /// no request.
    pub(super) fn link_to_last_request(&mut self) -> bool {
        self.reconsider_request();
        let Some(subject) = &self.checklist.subject else { return false };
        let Some(request) = self.last_request.as_ref().filter(|request| !request.is_over()) else { return false };
        if subject.membership.is_outside(&request.of.organization) != Some(true) {
            return false;
        }
        let LastRequest { answered, of, at, .. } = request.clone();
        // It is not the request of the last confirmation.
        self.requests = 0;
        self.stop_rounds();
        self.verify(of, answered, at);
        true
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

fn look_in_the_journal(reading: &Reading) -> MembershipRead {
    match reading {
        Reading::Standalone(evidence) => MembershipRead::Standalone { request_id: evidence.request_id.clone() },
        Reading::Member { organization, evidence } => {
            MembershipRead::Member { organization: organization.id.clone(), request_id: evidence.request_id.clone() }
        }
        Reading::Unknown(problem) => MembershipRead::Unknown { problem: problem.clone() },
    }
}

/// AWS allows one `DescribeOrganization` a second; the pauses grow from there.
fn pause_before_look(looks: u32) -> Duration {
    let rule = &texts::rules().verification;
    let doubled = rule.first_pause_ms.saturating_mul(1_i64 << looks.saturating_sub(1).min(10));
    Duration::from_millis(u64::try_from(doubled.min(rule.longest_pause_ms)).unwrap_or(1_000))
}

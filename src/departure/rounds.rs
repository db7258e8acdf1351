//! The checks: started, answered, put off, started again.

use jiff::{SignedDuration, Timestamp};

use super::{Attempt, Departure, Effect, Leave, Mode, News, Outcome, RetryKey};
use crate::checklist::{Finding, StepId, texts};

/// How often in a row a throttled question is retried where a person can ask for more.
pub(super) const PATIENT_RETRIES: u32 = 5;
/// Retries that lie this close together run as one.
const AT_ONCE: SignedDuration = SignedDuration::from_secs(1);

/// How one question to AWS is doing: the check of a step, or who and where we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CheckStatus {
    pub running: Option<Attempt>,
    /// How often it was tried since it last gave an answer other than "could not find out".
    pub tries: u32,
    /// The try that AWS had no time for, while it waits to run again.
    pub waiting: Option<Attempt>,
    pub retry_at: Option<Timestamp>,
    begun_at: Option<Timestamp>,
}

impl CheckStatus {
    /// Whether `attempt` has not answered yet: it is running, or waits to run again.
    pub(crate) fn is_out(&self, attempt: Attempt) -> bool {
        self.running == Some(attempt) || self.waiting == Some(attempt)
    }

    pub(crate) fn begin(&mut self, attempt: Attempt, now: Timestamp) {
        *self = Self { running: Some(attempt), tries: self.tries + 1, begun_at: Some(now), ..Self::default() };
    }

    pub(super) fn wait(&mut self, attempt: Attempt) {
        // A row that waits can be hastened at once, so it forgets when it began.
        *self = Self { tries: self.tries, waiting: Some(attempt), ..Self::default() };
    }

    /// Nothing is awaited any more; how often it was tried stays known until there is an answer.
    pub(super) fn stop(&mut self) {
        *self = Self { tries: self.tries, begun_at: self.begun_at, ..Self::default() };
    }
}

impl Departure {
    /// Starts one round over `steps`. What was found before stays in sight until the new answer is in.
    pub(super) fn start_round(&mut self, attempt: Attempt, steps: &[StepId]) {
        for step in steps {
            let now = self.now;
            self.row_mut(*step).begin(attempt, now);
        }
        self.identity.begin(attempt, self.now);
        self.effects.push(Effect::RunChecks(attempt, steps.to_vec()));
    }

    /// Stops waiting for every answer. What still comes in is dropped.
    pub(super) fn stop_rounds(&mut self) {
        self.rows.iter_mut().chain([&mut self.identity]).for_each(CheckStatus::stop);
        self.unattributed.clear();
    }

    pub(super) fn check_all(&mut self) {
        let attempt = self.next_attempt();
        self.start_round(attempt, &self.asked.clone());
    }

    /// Asks again who and where we are, and checks `step` if it is one of the steps that are checked.
    pub(super) fn check_again(&mut self, step: StepId) {
        let attempt = self.next_attempt();
        let steps: Vec<StepId> = self.asked.iter().copied().filter(|asked| *asked == step).collect();
        self.start_round(attempt, &steps);
    }

    /// A person asks to check `steps` again. Asking for all of them repeatedly starts one round, because AWS throttles requests.
    pub(super) fn check(&mut self, steps: &[StepId]) {
        if steps.len() < StepId::ALL.len() || !self.has_just_begun_everything() {
            self.retry(steps);
        }
    }

    /// Asks `steps` again. Where the credentials have ended, new ones come first: the old ones would only say the same again. Asking
    /// everything again before a leave also renews those that end too soon for it.
    pub(super) fn retry(&mut self, steps: &[StepId]) {
        self.flaps = 0;
        // Where nobody can sign in again, what the present credentials say is all there is.
        if self.is_unattended {
            let attempt = self.next_attempt();
            return self.start_round(attempt, steps);
        }
        let everything = steps.len() == StepId::ALL.len() && self.mode == Mode::Guided;
        let end_soon = everything && self.credentials_end_within(texts::rules().credentials.needed_seconds).is_some();
        if self.session().is_none() || self.credentials_have_ended(steps) || end_soon {
            return self.connect(None);
        }
        let attempt = self.next_attempt();
        self.start_round(attempt, steps);
    }

    /// Whether a full round began a moment ago, is still running, and leaves nothing else to retry: a new one would also ask again whose the
    /// credentials are, and open the journal.
    fn has_just_begun_everything(&self) -> bool {
        let is_recent = |begun| self.now.duration_since(begun).abs() < AT_ONCE;
        let tells_all = self.identity_problem.is_none() && self.record.problem().is_none();
        tells_all
            && self.rows.iter().all(|row| row.begun_at.is_some_and(is_recent))
            && self.rows.iter().any(|row| row.running.is_some())
    }

    pub(super) fn check_finished(&mut self, attempt: Attempt, finding: Finding) {
        if self.row(finding.step).running != Some(attempt) {
            return;
        }
        // That the account is in no organization is for the membership to say, however early the answer comes.
        let is_of_no_member = finding.is_of_no_member() && !self.checklist.is_standalone();
        // New credentials: before AWS has said whose they are, nothing that they find out counts for this account.
        let is_unattributed = self.checklist.subject.is_some() && !self.is_identified;
        if is_unattributed || is_of_no_member {
            // If AWS will not say, nothing of it ever counts.
            if self.identity.running.is_some() || self.identity.waiting.is_some() {
                self.unattributed.push((attempt, finding));
            } else {
                self.row_mut(finding.step).stop();
            }
            return;
        }
        self.take_finding(attempt, finding);
    }

    pub(super) fn take_finding(&mut self, attempt: Attempt, finding: Finding) {
        let step = finding.step;
        if self.row(step).running != Some(attempt) {
            return;
        }
        // AWS does not say that it is in no organization: what was found says nothing of the step.
        if finding.is_of_no_member() && !self.checklist.is_standalone() {
            self.row_mut(step).stop();
            if self.rechecks(attempt) {
                return self.continue_recheck();
            }
            // Once the rest of the round is in, and for all of it together.
            if self.rows.iter().all(|row| row.running != Some(attempt)) {
                self.ask_after_a_flap();
            }
            return;
        }
        let found_out = finding.problem().is_none();
        let was_settled = self.checklist.step(step).is_settled(self.now);
        let failures = self.row(step).tries;
        let rechecking = self.rechecks(attempt);
        let waits = failures <= self.patience() && finding.problem().is_some_and(|problem| problem.kind.passes_by_itself());
        if waits {
            self.row_mut(step).wait(attempt);
        } else {
            self.row_mut(step).stop();
        }
        let again = Effect::ScheduleRetry { of: RetryKey::Step(step), attempt, failures };
        if rechecking && waits {
            // Between the confirmation and the call a check that AWS had no time for is still the same check: the round waits for it.
            return self.effects.push(again);
        }
        let refusals = self.checklist.refusals().len();
        self.checklist.record(finding);
        self.note_finding(step, rechecking);
        let has_ended = self.checklist.refusals().len() < refusals;
        if found_out {
            self.row_mut(step).tries = 0;
        }
        if rechecking {
            return self.continue_recheck();
        }
        if step == StepId::ContactInformation {
            self.reconsider_code();
        }
        self.news.push(News::Found { step, was_settled });
        // The other steps that a refusal was about may not have been read since.
        if has_ended {
            self.ask_what_nobody_knows();
        }
        self.effects.extend(waits.then_some(again));
    }

    /// How the question `of` is doing. The leave is no row of the checklist.
    fn row_of(&mut self, of: RetryKey) -> Option<&mut CheckStatus> {
        match of {
            RetryKey::Subject => Some(&mut self.identity),
            RetryKey::Step(step) => Some(self.row_mut(step)),
            RetryKey::Leave => None,
        }
    }

    /// Whether the leave or its outcome is all that AWS is asked about now.
    fn asks_nothing_else(&self) -> bool {
        self.leave.is_under_way() || matches!(self.leave, Leave::Ended(Outcome::Left { .. } | Outcome::NotKnown(_)))
    }

    pub(super) fn retry_scheduled(&mut self, of: RetryKey, attempt: Attempt, at: Timestamp) {
        let Some(row) = self.row_of(of) else { return self.leave_scheduled(attempt, at) };
        if row.waiting == Some(attempt) {
            row.retry_at = Some(at);
        }
    }

    pub(super) fn retry_due(&mut self, of: RetryKey, attempt: Attempt) {
        let Some(row) = self.row_of(of) else { return self.leave_due(attempt) };
        // It was asked again in the meantime: then this timer has nothing left to do.
        if row.waiting != Some(attempt) {
            return;
        }
        let is_rechecked = self.rechecks(attempt);
        if !is_rechecked && self.asks_nothing_else() {
            if let Some(row) = self.row_of(of) {
                row.stop();
            }
            return;
        }
        // What is due at about the same time goes into one round: each round asks again who and where we are, and AWS counts those
        // questions, too.
        let soon = self.now.checked_add(AT_ONCE).unwrap_or(self.now);
        let due = |other: &StepId| of == RetryKey::Step(*other) || self.row(*other).retry_at.is_some_and(|at| at <= soon);
        let steps: Vec<StepId> = StepId::ALL.into_iter().filter(due).collect();
        if is_rechecked {
            return self.start_round(attempt, &steps);
        }
        if self.session().is_none() {
            return self.connect(None);
        }
        let attempt = self.next_attempt();
        self.start_round(attempt, &steps);
    }

    /// Cuts every pause of the round `attempt` short.
    pub(super) fn retry_now(&mut self, attempt: Attempt) {
        let steps: Vec<StepId> = StepId::ALL.into_iter().filter(|step| self.row(*step).waiting == Some(attempt)).collect();
        if steps.is_empty() && self.identity.waiting != Some(attempt) {
            return;
        }
        self.start_round(attempt, &steps);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checklist::{Finding, Identity, Membership, Partition, Problem, ProblemKind, Subject};
    use crate::departure::{Event, SessionFacts};

    /// The rounds that were started, and whether a retry was scheduled.
    fn asked(departure: &mut Departure) -> (Vec<(Attempt, Vec<StepId>)>, bool) {
        let (mut rounds, mut waits) = (Vec::new(), false);
        for effect in departure.take_effects() {
            match effect {
                Effect::RunChecks(attempt, steps) => rounds.push((attempt, steps)),
                Effect::ScheduleRetry { .. } => waits = true,
                _ => {}
            }
        }
        (rounds, waits)
    }

    #[test]
    fn an_unattended_departure_checks_only_its_steps_and_retries_without_limit() {
        let now = Timestamp::UNIX_EPOCH;
        let step = StepId::SupportPlan;
        let mut departure = Departure::unattended(&[step]);
        departure.connect(None);
        departure.update(Event::Connected(Attempt(1), Ok(SessionFacts::default())), now);
        let (rounds, _) = asked(&mut departure);
        let [(mut attempt, steps)] = rounds.try_into().unwrap();
        assert_eq!(steps, [step]);
        // The membership is read twice even though its step is not checked.
        let account = "412098765432".parse().unwrap();
        let arn = "arn:aws:iam::412098765432:root".to_owned();
        let identity = Identity { account, arn, partition: Partition::Aws };
        let subject = Subject { identity, details: None, membership: Membership::Standalone };
        departure.update(Event::SubjectRead(attempt, Ok(subject)), now);
        assert_eq!(asked(&mut departure).0[0].1, []);
        for _ in 0..20 {
            let finding =
                Finding::unknown(step, Problem::here(ProblemKind::Throttled, "a", "b", now)).finish(Partition::Aws, now);
            departure.update(Event::CheckFinished(attempt, finding), now);
            assert!(asked(&mut departure).1);
            departure.update(Event::RetryDue(RetryKey::Step(step), attempt), now);
            let (rounds, _) = asked(&mut departure);
            let [(next, steps)] = rounds.try_into().unwrap();
            assert_eq!(steps, [step]);
            attempt = next;
        }
    }
}

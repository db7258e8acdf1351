//! The checks: started, answered, throttled, started again.

use jiff::{SignedDuration, Timestamp};

use super::{Attempt, Effect, Mode, Model, Notice, Outcome, Row, Screen, words};
use crate::checklist::gate;
use crate::checklist::{Finding, ProblemKind, StepId};

/// How often in a row a throttled check runs again by itself.
const PATIENT_RETRIES: u32 = 5;
/// Retries that lie this close together run as one.
const AT_ONCE: SignedDuration = SignedDuration::from_secs(1);

impl Model {
    /// Starts one round over `steps`. What was found before stays in sight until the new answer is in.
    pub(super) fn start_round(&mut self, attempt: Attempt, steps: &[StepId]) -> Vec<Effect> {
        for step in steps {
            let row = self.row_mut(*step);
            *row = Row { running: Some(attempt), tries: row.tries + 1, throttled: None, retry_at: None };
        }
        self.reading_subject = Some(attempt);
        vec![Effect::RunChecks { attempt, steps: steps.to_vec() }]
    }

    pub(super) fn check_again(&mut self, step: StepId) -> Vec<Effect> {
        if self.session().is_none() {
            return self.connect();
        }
        let attempt = self.next_attempt();
        self.start_round(attempt, &[step])
    }

    pub(super) fn check_finished(&mut self, attempt: Attempt, finding: Finding) -> Vec<Effect> {
        let step = finding.step;
        if self.row(step).running != Some(attempt) {
            return Vec::new();
        }
        let throttled = finding.problem().is_some_and(|problem| problem.kind == ProblemKind::Throttled);
        let found_out = finding.problem().is_none();
        let was_settled = self.checklist.step(step).is_settled(self.now);
        let tries = self.row(step).tries;
        let rechecking = self.rechecks(attempt);
        let waits = throttled && tries <= PATIENT_RETRIES;
        if rechecking && waits {
            // Between the confirmation and the call a throttled check is still the same check: the round waits for it.
            *self.row_mut(step) = Row { running: None, tries, throttled: Some(attempt), retry_at: None };
            return vec![Effect::ScheduleRetry { step, attempt, failures: tries }];
        }
        self.checklist.record(finding);
        *self.row_mut(step) =
            Row { running: None, tries: if found_out { 0 } else { tries }, throttled: waits.then_some(attempt), retry_at: None };
        if rechecking {
            return self.continue_recheck();
        }
        self.reconsider_confirm();
        self.follow(step, was_settled);
        if waits { vec![Effect::ScheduleRetry { step, attempt, failures: tries }] } else { Vec::new() }
    }

    pub(super) fn retry_scheduled(&mut self, step: StepId, attempt: Attempt, at: Timestamp) -> Vec<Effect> {
        let row = self.row_mut(step);
        if row.throttled == Some(attempt) {
            row.retry_at = Some(at);
        }
        Vec::new()
    }

    pub(super) fn retry_due(&mut self, step: StepId, attempt: Attempt) -> Vec<Effect> {
        // Somebody pressed r in the meantime: then this timer has nothing left to do.
        if self.row(step).throttled != Some(attempt) {
            return Vec::new();
        }
        if self.rechecks(attempt) {
            let row = self.row_mut(step);
            *row = Row { running: Some(attempt), tries: row.tries + 1, throttled: None, retry_at: None };
            self.reading_subject = Some(attempt);
            return vec![Effect::RunChecks { attempt, steps: vec![step] }];
        }
        if matches!(self.screen, Screen::Leaving(_) | Screen::Outcome(Outcome::Left { .. })) {
            return Vec::new();
        }
        if self.session().is_none() {
            return self.connect();
        }
        // What is due at about the same time goes into one round: each round asks again who and where we are, and AWS counts those
        // questions, too.
        let soon = self.now.checked_add(AT_ONCE).unwrap_or(self.now);
        let due = |other: &StepId| *other == step || self.row(*other).retry_at.is_some_and(|at| at <= soon);
        let steps: Vec<StepId> = StepId::ALL.into_iter().filter(due).collect();
        let attempt = self.next_attempt();
        self.start_round(attempt, &steps)
    }

    /// The selection of the guided walk stands on the first open step until the person moves it, and goes on when that is settled.
    fn follow(&mut self, finished: StepId, was_settled: bool) {
        if self.setting.mode == Mode::Review {
            return;
        }
        if self.follows {
            // While answers come in, the steps before the first unsettled one may still be unanswered: those count as open.
            if let Some(first) = gate::locked_by(&self.checklist, self.now).first().copied() {
                self.select(first);
            }
            return;
        }
        let settles = !was_settled && self.checklist.step(finished).is_settled(self.now);
        if settles && finished == self.cursor && matches!(self.screen, Screen::Checklist) && self.overlay.is_none() {
            self.go_on_from(finished);
        }
    }

    /// Moves to the next open step after `step` was settled, and says so.
    pub(super) fn go_on_from(&mut self, step: StepId) {
        let next = self.next_open_after(step);
        self.notice = Some(Notice::Said(words::settled(step, next, self.setting.mode)));
        if let Some(next) = next {
            self.select(next);
        }
    }

    pub(super) fn select(&mut self, step: StepId) {
        if self.cursor != step {
            self.cursor = step;
            self.scroll = 0;
        }
    }
}

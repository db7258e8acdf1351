//! The checks: started, answered, put off, started again.

use jiff::{SignedDuration, Timestamp};

use super::connect::MOST_FLAPS;
use super::{Asked, Attempt, Effect, Leave, Mode, Model, Notice, Outcome, Row, Screen, words};
use crate::checklist::gate;
use crate::checklist::{Destination, Finding, StepId, texts};

/// How often in a row AWS is asked again by itself, when it has no time.
pub(super) const PATIENT_RETRIES: u32 = 5;
/// Retries that lie this close together run as one.
const AT_ONCE: SignedDuration = SignedDuration::from_secs(1);

impl Model {
    /// Starts one round over `steps`. What was found before stays in sight until the new answer is in.
    pub(super) fn start_round(&mut self, attempt: Attempt, steps: &[StepId]) -> Vec<Effect> {
        for step in steps {
            let now = self.now;
            self.row_mut(*step).begin(attempt, now);
        }
        self.identity.begin(attempt, self.now);
        vec![Effect::RunChecks { attempt, steps: steps.to_vec() }]
    }

    /// Stops waiting for every answer. What still comes in is dropped.
    pub(super) fn stop_rounds(&mut self) {
        self.rows.iter_mut().chain([&mut self.identity]).for_each(Row::stop);
        self.unattributed.clear();
    }

    pub(super) fn check_all(&mut self) -> Vec<Effect> {
        let attempt = self.next_attempt();
        self.start_round(attempt, &StepId::ALL)
    }

    pub(super) fn check_again(&mut self, step: StepId) -> Vec<Effect> {
        let attempt = self.next_attempt();
        self.start_round(attempt, &[step])
    }

    /// The person wants `steps` to be asked again. Where the credentials have ended, new ones come first: the old ones would only say the
    /// same again. Asking everything again before a leave also renews those that end too soon for it.
    pub(super) fn retry(&mut self, steps: &[StepId]) -> Vec<Effect> {
        self.flaps = 0;
        let everything = steps.len() == StepId::ALL.len() && self.setting.mode == Mode::Guided;
        let end_soon = everything && self.credentials_end_within(texts::rules().credentials.needed_seconds).is_some();
        if self.session().is_none() || self.credentials_have_ended(steps) || end_soon {
            return self.connect();
        }
        let attempt = self.next_attempt();
        self.start_round(attempt, steps)
    }

    /// The person wants everything to be checked again. Pressing R repeatedly does not start several rounds, because AWS throttles requests.
    pub(super) fn retry_all(&mut self) -> Vec<Effect> {
        if self.has_just_begun_everything() { Vec::new() } else { self.retry(&StepId::ALL) }
    }

    /// Whether a round over everything began a moment ago, is still running, and can tell all there is. R also tries again what such a round
    /// does not: to learn whose the credentials are, and to write the journal.
    fn has_just_begun_everything(&self) -> bool {
        let is_recent = |begun| self.now.duration_since(begun).abs() < AT_ONCE;
        let tells_all = self.identity_problem.is_none() && self.record.problem().is_none();
        tells_all
            && self.rows.iter().all(|row| row.begun_at.is_some_and(is_recent))
            && self.rows.iter().any(|row| row.running.is_some())
    }

    pub(super) fn check_finished(&mut self, attempt: Attempt, finding: Finding) -> Vec<Effect> {
        if self.row(finding.step).running != Some(attempt) {
            return Vec::new();
        }
        // That the account is in no organization is for the membership to say.
        let is_of_no_member = finding.is_of_no_member() && !self.checklist.is_standalone();
        if self.checklist.subject.is_some() && (!self.is_identified || is_of_no_member) {
            // New credentials: before AWS has said whose they are, nothing that they find out counts for this account. If it will not say,
            // nothing of it ever does.
            if self.identity.running.is_some() || self.identity.waiting.is_some() {
                self.unattributed.push((attempt, finding));
            } else {
                self.row_mut(finding.step).stop();
            }
            return Vec::new();
        }
        self.take_finding(attempt, finding)
    }

    pub(super) fn take_finding(&mut self, attempt: Attempt, finding: Finding) -> Vec<Effect> {
        let step = finding.step;
        if self.row(step).running != Some(attempt) {
            return Vec::new();
        }
        // AWS calls it a member: what was found says nothing of the step.
        if finding.is_of_no_member() && self.checklist.is_a_member() {
            self.row_mut(step).stop();
            if self.rechecks(attempt) {
                return self.continue_recheck();
            }
            if self.flaps < MOST_FLAPS {
                self.flaps += 1;
                return self.check_again(step);
            }
            return Vec::new();
        }
        let found_out = finding.problem().is_none();
        let was_settled = self.checklist.step(step).is_settled(self.now);
        let failures = self.row(step).tries;
        let rechecking = self.rechecks(attempt);
        let waits = failures <= PATIENT_RETRIES && finding.problem().is_some_and(|problem| problem.kind.passes_by_itself());
        if waits {
            self.row_mut(step).wait(attempt);
        } else {
            self.row_mut(step).stop();
        }
        let again = Effect::ScheduleRetry { of: Asked::Step(step), attempt, failures };
        if rechecking && waits {
            // Between the confirmation and the call a check that AWS had no time for is still the same check: the round waits for it.
            return vec![again];
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
        self.reconsider_confirm();
        self.follow(step, was_settled);
        if step == StepId::ContactInformation {
            self.reconsider_phone();
        }
        // The other steps that a refusal was about may not have been read since.
        let mut effects = if has_ended { self.ask_what_nobody_knows() } else { Vec::new() };
        effects.extend(waits.then_some(again));
        effects
    }

    /// How the question `of` is doing. The leave is no row of the checklist.
    fn row_of(&mut self, of: Asked) -> Option<&mut Row> {
        match of {
            Asked::Subject => Some(&mut self.identity),
            Asked::Step(step) => Some(self.row_mut(step)),
            Asked::Leave => None,
        }
    }

    /// Whether the leave or its outcome is all that AWS is asked about now.
    fn asks_nothing_else(&self) -> bool {
        self.leave.is_under_way() || matches!(self.leave, Leave::Ended(Outcome::Left { .. } | Outcome::NotKnown(_)))
    }

    pub(super) fn retry_scheduled(&mut self, of: Asked, attempt: Attempt, at: Timestamp) -> Vec<Effect> {
        let Some(row) = self.row_of(of) else { return self.leave_scheduled(attempt, at) };
        if row.waiting == Some(attempt) {
            row.retry_at = Some(at);
        }
        Vec::new()
    }

    pub(super) fn retry_due(&mut self, of: Asked, attempt: Attempt) -> Vec<Effect> {
        let Some(row) = self.row_of(of) else { return self.leave_due(attempt) };
        // Somebody pressed r in the meantime: then this timer has nothing left to do.
        if row.waiting != Some(attempt) {
            return Vec::new();
        }
        let is_rechecked = self.rechecks(attempt);
        if !is_rechecked && self.asks_nothing_else() {
            if let Some(row) = self.row_of(of) {
                row.stop();
            }
            return Vec::new();
        }
        // What is due at about the same time goes into one round: each round asks again who and where we are, and AWS counts those
        // questions, too.
        let soon = self.now.checked_add(AT_ONCE).unwrap_or(self.now);
        let due = |other: &StepId| of == Asked::Step(*other) || self.row(*other).retry_at.is_some_and(|at| at <= soon);
        let steps: Vec<StepId> = StepId::ALL.into_iter().filter(due).collect();
        if is_rechecked {
            return self.start_round(attempt, &steps);
        }
        if self.session().is_none() {
            return self.connect();
        }
        let attempt = self.next_attempt();
        self.start_round(attempt, &steps)
    }

    /// Cuts every pause of the round `attempt` short.
    pub(super) fn hasten(&mut self, attempt: Attempt) -> Vec<Effect> {
        let steps: Vec<StepId> = StepId::ALL.into_iter().filter(|step| self.row(*step).waiting == Some(attempt)).collect();
        if steps.is_empty() && self.identity.waiting != Some(attempt) {
            return Vec::new();
        }
        self.start_round(attempt, &steps)
    }

    /// The selection of the guided walk stands on the first open step until the person moves it, and goes on when that is settled.
    fn follow(&mut self, finished: StepId, was_settled: bool) {
        if self.setting.mode == Mode::Review {
            return;
        }
        if self.follows {
            return self.follow_first_open();
        }
        let settles = !was_settled && self.checklist.step(finished).is_settled(self.now);
        if settles && finished == self.cursor && matches!(self.screen, Screen::Checklist) && self.overlay.is_none() {
            self.go_on_from(finished);
        }
    }

    pub(super) fn follow_first_open(&mut self) {
        if !self.follows || self.setting.mode == Mode::Review {
            return;
        }
        // Whoever goes to another organization that has invited the account need not leave: that comes before all that a leave needs.
        if self.checklist.destination == Some(Destination::AnotherOrganization) && self.checklist.is_invited() {
            self.select(StepId::OtherWayOut);
            return;
        }
        // While answers come in, the steps before the first unsettled one may still be unanswered: those count as open.
        if let Some(first) = gate::locked_by(&self.checklist, self.now).first().copied() {
            self.select(first);
        }
    }

    /// Says that `step` was settled, and moves to the next open one. A review is not moved about.
    pub(super) fn go_on_from(&mut self, step: StepId) {
        let next = self.next_open_after(step);
        self.notice = Some(Notice::Said(words::settled(step, next, self.setting.mode)));
        if let Some(next) = next.filter(|_| self.setting.mode == Mode::Guided) {
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

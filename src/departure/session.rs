//! From the profile to the account: who are we, and where.

use super::{
    Attempt, CheckStatus, ConnectError, Departure, Effect, JournalState, Leave, Mode, News, Outcome, RetryKey, SessionFacts,
};
use crate::checklist::OneTimeCode;
use crate::checklist::gate::Change;
use crate::checklist::{AccountId, Checklist, Meeting, Problem, ProblemKind, StepId, Subject, texts};

/// How often steps are asked again by themselves because AWS's records flap. After that the person asks.
pub(super) const MOST_FLAPS: u32 = 3;

/// How far the connection to AWS is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Connection {
    /// Not begun: a profile has to be chosen first.
    #[default]
    NotYet,
    /// Credentials are being looked for. What failed before stays in sight.
    Connecting {
        attempt: Attempt,
        previous: Option<Problem>,
        /// How often it has been tried, this time included.
        tries: u32,
    },
    Failed {
        problem: Problem,
        tries: u32,
        /// The command that signs in, when the profile has one.
        sign_in: Option<Vec<String>>,
    },
    Up(SessionFacts),
}

impl Departure {
    /// The connection's facts, while there is one.
    pub(crate) fn session(&self) -> Option<&SessionFacts> {
        match &self.connection {
            Connection::Up(facts) => Some(facts),
            Connection::NotYet | Connection::Connecting { .. } | Connection::Failed { .. } => None,
        }
    }

    /// Why nothing can be asked of AWS, if so: no credentials, or nobody knows whose.
    #[must_use]
    pub fn connection_problem(&self) -> Option<&Problem> {
        match &self.connection {
            Connection::Failed { problem, .. } => Some(problem),
            Connection::Connecting { previous, .. } => previous.as_ref(),
            Connection::NotYet | Connection::Up(_) => self.identity_problem.as_ref(),
        }
    }

    /// Looks for credentials of the chosen profile, from the beginning or again, with the code of an MFA device where somebody typed one.
    pub(super) fn connect(&mut self, code: Option<OneTimeCode>) {
        let attempt = self.start_connecting();
        self.effects.push(Effect::Connect { attempt, profile: self.profile.clone(), code });
    }

    /// Somebody chooses one of the profiles, or nobody could say which there are.
    pub(super) fn profiles_listed(&mut self, result: Result<(), Problem>) {
        let tries = if let Connection::Connecting { tries, .. } = self.connection { tries } else { 1 };
        self.connection = match result {
            Ok(()) => Connection::NotYet,
            Err(problem) => Connection::Failed { problem, tries, sign_in: None },
        };
    }

    /// Begins to connect: nothing that was asked with the credentials before counts any more.
    pub(super) fn start_connecting(&mut self) -> Attempt {
        let attempt = self.next_attempt();
        let previous = self.connection_problem().cloned();
        let tries = match &self.connection {
            Connection::Failed { tries, .. } => tries + 1,
            Connection::Connecting { tries, .. } => *tries,
            Connection::NotYet | Connection::Up(_) => 1,
        };
        self.connection = Connection::Connecting { attempt, previous, tries };
        // What is still out was asked with the credentials before, and what they found before AWS said whose they are may be about any
        // account.
        self.stop_rounds();
        self.is_identified = false;
        self.outside = 0;
        if self.checklist.subject.is_none() {
            self.checklist = Checklist::default();
            self.close_record();
        }
        self.end_confirmation();
        self.identity_problem = None;
        self.forget_owners_proof();
        attempt
    }

    pub(super) fn connected(&mut self, attempt: Attempt, result: Result<SessionFacts, ConnectError>) {
        let Connection::Connecting { attempt: awaited, tries, .. } = self.connection else { return };
        if awaited != attempt {
            return;
        }
        match result {
            Ok(facts) if self.custom_endpoints != facts.custom_endpoints && self.has_open_request() => {
                // What another AWS says of the membership decides nothing about a request that went elsewhere.
                self.endpoints = facts.endpoints;
                let message = not_asked_there(&self.custom_endpoints, &facts.custom_endpoints);
                let problem = Problem::here(ProblemKind::Configuration, "configuration", &message, self.now);
                self.connection = Connection::Failed { problem, tries, sign_in: facts.sign_in };
            }
            Ok(facts) => {
                if self.custom_endpoints != facts.custom_endpoints {
                    self.now_asking(&facts.custom_endpoints);
                }
                self.endpoints.clone_from(&facts.endpoints);
                self.connection = Connection::Up(facts);
                self.note_endpoints();
                // A call that was out when they were looked for may have been put off since.
                self.end_confirmation();
                match &self.leave {
                    // An open outcome comes first: nothing else matters before it is known.
                    Leave::Ended(Outcome::NotKnown(_)) => self.look_anew(),
                    Leave::Calling { .. } | Leave::Verifying(_) | Leave::Ended(Outcome::Left { .. }) => {}
                    Leave::Idle | Leave::Rechecking { .. } | Leave::Postponed { .. } | Leave::Ended(_) => {
                        self.check_all();
                        self.ask_known_owner();
                    }
                }
            }
            Err(ConnectError { problem, sign_in, endpoints }) => {
                self.endpoints = endpoints;
                self.connection = Connection::Failed { problem, tries, sign_in };
                self.news.push(News::NotConnected);
            }
        }
    }

    /// Ends a confirmation: what it is about was seen with other credentials.
    fn end_confirmation(&mut self) {
        let ended_confirmation = self.leave.can_be_stopped();
        if ended_confirmation {
            self.leave = Leave::Idle;
        }
        self.news.push(News::CredentialsChanged { ended_confirmation });
    }

    /// Other hosts take AWS's place than before, or none: what was found and said there does not hold here.
    fn now_asking(&mut self, custom_endpoints: &[String]) {
        self.custom_endpoints = custom_endpoints.to_vec();
        if self.checklist.subject.is_some() && !matches!(self.leave, Leave::Ended(Outcome::Left { .. })) {
            // Another account over there is still another account.
            let subject = self.checklist.subject.take();
            self.forget_the_account();
            self.checklist.subject = subject;
            self.news.push(News::OtherEndpoints);
        }
    }

    pub(super) fn subject_read(&mut self, attempt: Attempt, result: Result<Subject, Problem>) {
        if self.identity.running != Some(attempt) {
            return;
        }
        let subject = match result {
            Ok(subject) => subject,
            Err(problem) => return self.identity_failed(attempt, problem),
        };
        self.identity = CheckStatus::default();
        self.identity_problem = None;
        let principal = subject.identity.short();
        let was_outside = self.checklist.is_standalone();
        match self.checklist.meet(subject) {
            Meeting::Known => {}
            Meeting::OtherPrincipal => {
                // What this one finds is news: refusals are weighed against what one and the same principal finds.
                self.written_findings = Default::default();
                self.news.push(News::AnotherPrincipal(principal));
            }
            Meeting::OtherOrganization { before, now } => return self.begin_anew_in(attempt, before, now),
            Meeting::OtherAccount { before, now } => return self.stop_for(before, now),
        }
        self.is_identified = true;
        if self.elsewhere.take().is_some() {
            self.news.push(News::TheAccountAgain);
        }
        self.note_subject();
        let unsettled = self.unsettled.take().or_else(|| self.taken_back());
        if let Some((unsettled, subject)) = unsettled.zip(self.checklist.subject.as_ref()) {
            let unsettled = unsettled.seen_as(&subject.membership, self.now);
            return self.settle_first(&unsettled);
        }
        self.reconsider_request();
        // Where a departure shows, what was found with it is not how the account was before.
        if self.rechecks(attempt) {
            self.identity_confirmed();
        } else {
            self.consider_standalone();
        }
        let found: Vec<_> = self.unattributed.drain(..).collect();
        for (attempt, finding) in found {
            self.take_finding(attempt, finding);
        }
        if was_outside && !self.checklist.is_standalone() {
            self.ask_after_a_flap();
        }
    }

    /// AWS's records flapped: what was found while they said "in no organization" may be of no member. Everything is asked again, a few times.
    pub(super) fn ask_after_a_flap(&mut self) {
        if self.flaps < MOST_FLAPS && !self.is_held && self.is_at_the_checklist() {
            self.flaps += 1;
            self.check_all();
        }
    }

    /// Asks the steps of which nothing is known any more: they had made no sense while AWS reported no organization, or a refusal over them
    /// ended before they were read again. Says whether there are any.
    pub(super) fn ask_what_nobody_knows(&mut self) -> bool {
        let is_idle = |step: &StepId| self.row(*step).running.is_none() && self.row(*step).waiting.is_none();
        let is_unknown = |step: &StepId| self.checklist.step(*step).finding.is_none();
        let unknown: Vec<StepId> = self.asked.iter().copied().filter(is_unknown).filter(is_idle).collect();
        if unknown.is_empty() || self.is_held || !self.is_at_the_checklist() {
            return false;
        }
        let attempt = self.next_attempt();
        self.start_round(attempt, &unknown);
        true
    }

    /// Whether there is anything to leave, now that the membership was read.
    fn consider_standalone(&mut self) {
        self.outside = if self.checklist.is_standalone() { self.outside + 1 } else { 0 };
        if self.outside == 0 || self.is_held || !self.is_at_the_checklist() {
            return;
        }
        if self.is_underway() && self.link_to_last_request() {
            return;
        }
        // Records can flap: that there is nothing to leave has to be said twice, as has that the account has left.
        if !self.is_outside_for_certain() {
            return self.check_again(StepId::Membership);
        }
        self.conclude_standalone();
    }

    /// Whether somebody is on the way to a leave, and has not come to the confirmation.
    fn is_underway(&self) -> bool {
        self.mode == Mode::Guided && !self.is_held && self.is_at_the_checklist()
    }

    /// Whether AWS has said often enough in a row that the account is in no organization.
    pub(crate) fn is_outside_for_certain(&self) -> bool {
        self.outside >= texts::rules().verification.agreeing_looks
    }

    /// That there is nothing to leave is said once the journal, where there is one, has told whether a leave of ours made it so.
    pub(super) fn conclude_standalone(&mut self) {
        let is_told = matches!(self.record, JournalState::Open { .. } | JournalState::Failed { .. });
        if self.is_underway() && is_told && self.is_outside_for_certain() {
            self.outcome(Outcome::AlreadyStandalone);
        }
    }

    /// The account is in another organization than before: another checklist, in which nothing holds that was said in the old one.
    fn begin_anew_in(&mut self, attempt: Attempt, before: String, now: String) {
        self.is_identified = true;
        self.elsewhere = None;
        // The checklist is a new one.
        let request = self.last_request.take();
        self.remember_request(request);
        self.reconsider_request();
        self.outside = 0;
        self.written_findings = Default::default();
        self.note_subject();
        let rechecks = self.rechecks(attempt);
        let is_linked = !rechecks && self.mode == Mode::Guided && self.link_to_last_request();
        self.news.push(News::AnotherOrganization { before, now, begins: !rechecks && !is_linked });
        if rechecks {
            return self.identity_confirmed();
        }
        if is_linked {
            return;
        }
        self.leave = Leave::Idle;
        // Only some rows may have been asked about it: ask them all.
        self.check_all();
    }

    /// The credentials belong to another account: everything stops, and what they found out is not taken in.
    fn stop_for(&mut self, before: AccountId, now: AccountId) {
        self.stop_rounds();
        self.is_identified = false;
        self.leave = Leave::Idle;
        self.elsewhere = Some((before, now));
        self.news.push(News::AnotherAccount);
    }

    /// Goes back to before a profile was chosen. What was asked with the last one is dropped.
    pub(super) fn forget_the_profile(&mut self) {
        self.connection = Connection::NotYet;
        self.custom_endpoints.clear();
        self.endpoints.clear();
        self.forget_the_account();
    }

    /// Forgets everything about the account. What was written stays in its journal.
    pub(super) fn forget_the_account(&mut self) {
        let was_open = self.last_request.take_if(|request| request.is_open).map(|request| request.of.account);
        let owner = std::mem::take(&mut self.owner);
        self.news.push(News::Forgotten);
        *self = Self {
            asked: std::mem::take(&mut self.asked),
            is_unattended: self.is_unattended,
            now: self.now,
            connection: std::mem::take(&mut self.connection),
            profile: self.profile.take(),
            is_identified: self.is_identified,
            custom_endpoints: std::mem::take(&mut self.custom_endpoints),
            endpoints: std::mem::take(&mut self.endpoints),
            fixes_out: std::mem::take(&mut self.fixes_out),
            flaps: self.flaps,
            in_doubt: was_open.or(self.in_doubt.take()),
            attempts: self.attempts,
            effects: std::mem::take(&mut self.effects),
            news: std::mem::take(&mut self.news),
            ..Self::new(self.mode, std::mem::take(&mut self.person), owner.profile.clone())
        };
        self.owner.refused = owner.refused;
    }

    fn identity_failed(&mut self, attempt: Attempt, problem: Problem) {
        let failures = self.identity.tries;
        let rechecking = self.rechecks(attempt);
        if problem.kind.passes_by_itself() && failures <= self.patience() {
            self.identity.wait(attempt);
            if !rechecking {
                self.identity_problem = Some(problem);
            }
            return self.effects.push(Effect::ScheduleRetry { of: RetryKey::Subject, attempt, failures });
        }
        self.identity.stop();
        self.identity_problem = Some(problem);
        // Whose answers these are will not be known any more.
        let lost: Vec<StepId> = self.unattributed.drain(..).map(|(_, finding)| finding.step).collect();
        for step in lost {
            self.row_mut(step).stop();
        }
        if rechecking && let Some(known) = &self.checklist.subject {
            let change = Change::Account { confirmed: known.identity.account.to_string(), now: None };
            self.abandon_recheck(vec![change]);
        }
    }

    /// Whether `attempt` is the round between the confirmation and the call.
    pub(super) fn rechecks(&self, attempt: Attempt) -> bool {
        matches!(&self.leave, Leave::Rechecking { attempt: awaited, .. } if *awaited == attempt)
    }

    fn identity_confirmed(&mut self) {
        if let Leave::Rechecking { identity_read, .. } = &mut self.leave {
            *identity_read = true;
        }
        self.continue_recheck();
    }
}

/// Whether a request went through is asked where it was sent, and nowhere else.
fn not_asked_there(sent_to: &[String], now: &[String]) -> String {
    let place = |hosts: &[String]| if hosts.is_empty() { "AWS itself".to_owned() } else { hosts.join(", ") };
    format!(
        "The request to leave went to {}, and this machine would ask {} now. Only where it was sent is it known what became of it.",
        place(sent_to),
        place(now)
    )
}

//! From the profile to the account: who are we, and where.

use super::checks::PATIENT_RETRIES;
use super::model::ProfileWish;
use super::{
    Asked, Attempt, Connection, Digits, Effect, Key, Leave, Lock, Mode, Model, Notice, Outcome, Overlay, ProfileChoice, Record,
    Row, Screen, SessionFacts, Unconnected, words,
};
use crate::aws::MfaCode;
use crate::checklist::gate::Change;
use crate::checklist::{AccountId, Checklist, Meeting, Problem, ProblemKind, StepId, Subject, texts};

/// How often steps are asked again by themselves because AWS's records flap. After that the person asks.
pub(super) const MOST_FLAPS: u32 = 3;

impl Model {
    /// The first effects of a walk.
    #[must_use = "effects do nothing until the driver carries them out"]
    pub fn begin(&mut self) -> Vec<Effect> {
        match self.setting.profile.clone() {
            ProfileWish::Named(profile) => {
                self.profile = Some(profile);
                self.connect()
            }
            ProfileWish::Chain => self.connect(),
            ProfileWish::Ask => vec![Effect::ListProfiles],
        }
    }

    pub(super) fn profiles_listed(&mut self, result: Result<Vec<ProfileChoice>, Problem>) -> Vec<Effect> {
        match result {
            // With one profile or none there is nothing to choose: the standard chain finds what there is.
            Ok(profiles) if profiles.len() > 1 => {
                self.profiles = profiles;
                self.show(Screen::Profiles { cursor: 0 });
                self.connection = Connection::NotYet;
                Vec::new()
            }
            Ok(profiles) => {
                self.profile = profiles.into_iter().next().map(|profile| profile.name);
                self.try_to_connect(None)
            }
            Err(problem) => {
                let tries = if let Connection::Connecting { tries, .. } = self.connection { tries } else { 1 };
                self.connection = Connection::Failed { problem, tries, sign_in: None };
                Vec::new()
            }
        }
    }

    pub(super) fn choose_profile(&mut self) -> Vec<Effect> {
        let Screen::Profiles { cursor } = self.screen else { return Vec::new() };
        self.profile = self.profiles.get(cursor).map(|profile| profile.name.clone());
        self.show(Screen::Account);
        self.connect()
    }

    /// Whether the person can go back and choose another profile: there is one, and nothing that was written here would be lost.
    #[must_use]
    pub fn may_choose_again(&self) -> bool {
        !self.profiles.is_empty() && !self.would_lose_something()
    }

    pub(super) fn choose_again(&mut self) -> Vec<Effect> {
        if self.may_choose_again() {
            let cursor = self.profiles.iter().position(|profile| Some(&profile.name) == self.profile.as_ref()).unwrap_or(0);
            self.show(Screen::Profiles { cursor });
            // Answers to what was asked with the other profile come late, and are dropped.
            self.connection = Connection::NotYet;
            self.custom_endpoints.clear();
            self.endpoints.clear();
            self.forget_the_account();
        }
        Vec::new()
    }

    /// Looks for credentials, from the beginning or again.
    pub(super) fn connect(&mut self) -> Vec<Effect> {
        // While nobody could choose, the profiles may have changed: they could not be read, or there was nothing to choose.
        let may_choose =
            self.setting.profile == ProfileWish::Ask && self.profiles.is_empty() && matches!(self.screen, Screen::Account);
        if may_choose && matches!(self.connection, Connection::Failed { .. }) {
            self.start_connecting();
            return vec![Effect::ListProfiles];
        }
        self.try_to_connect(None)
    }

    fn try_to_connect(&mut self, code: Option<MfaCode>) -> Vec<Effect> {
        let attempt = self.start_connecting();
        vec![Effect::Connect { attempt, profile: self.profile.clone(), code }]
    }

    // ---- the code of an MFA device ----

    /// A key while the code is typed.
    pub(super) fn type_code(&mut self, key: Key) -> Vec<Effect> {
        let Some(Overlay::Code { typed }) = &mut self.overlay else { return Vec::new() };
        match key {
            Key::Char(digit) if digit.is_ascii_digit() && typed.0.len() < MfaCode::DIGITS => typed.0.push(digit),
            Key::Backspace => drop(typed.0.pop()),
            _ => {}
        }
        Vec::new()
    }

    /// Goes on with the code, once it is whole.
    pub(super) fn send_code(&mut self) -> Vec<Effect> {
        let Some(Overlay::Code { typed }) = &self.overlay else { return Vec::new() };
        let Ok(code) = typed.0.parse() else { return Vec::new() };
        self.close_overlay();
        self.try_to_connect(Some(code))
    }

    fn start_connecting(&mut self) -> Attempt {
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

    pub(super) fn connected(&mut self, attempt: Attempt, result: Result<SessionFacts, Unconnected>) -> Vec<Effect> {
        let Connection::Connecting { attempt: awaited, tries, .. } = self.connection else { return Vec::new() };
        if awaited != attempt {
            return Vec::new();
        }
        match result {
            Ok(facts) if self.custom_endpoints != facts.custom_endpoints && self.has_open_request() => {
                // What another AWS says of the membership decides nothing about a request that went elsewhere.
                self.endpoints = facts.endpoints;
                let message = words::not_asked_there(&self.custom_endpoints, &facts.custom_endpoints);
                let problem = Problem::here(ProblemKind::Configuration, "configuration", &message, self.now);
                self.connection = Connection::Failed { problem, tries, sign_in: facts.sign_in };
                Vec::new()
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
                    Leave::Calling { .. } | Leave::Verifying(_) | Leave::Ended(Outcome::Left { .. }) => Vec::new(),
                    _ => {
                        let mut effects = self.check_all();
                        effects.extend(self.ask_known_owner());
                        effects
                    }
                }
            }
            Err(Unconnected { problem, sign_in, endpoints }) => {
                self.endpoints = endpoints;
                self.notice = None;
                if problem.kind == ProblemKind::MfaCodeNeeded && self.overlay.is_none() {
                    self.overlay = Some(Overlay::Code { typed: Digits::default() });
                }
                self.connection = Connection::Failed { problem, tries, sign_in };
                Vec::new()
            }
        }
    }

    /// Ends a confirmation: what it is about was seen with other credentials.
    fn end_confirmation(&mut self) {
        if matches!(self.overlay, Some(Overlay::Phone(_) | Overlay::Owner(_))) {
            self.close_overlay();
            self.notice = Some(Notice::Failed(words::credentials_changed_while_fixing()));
        }
        if matches!(self.screen, Screen::Contact(_) | Screen::Deregister(_)) {
            self.show(Screen::Checklist);
            self.notice = Some(Notice::Failed(words::credentials_changed_while_fixing()));
        }
        if matches!(self.screen, Screen::Confirm(_)) || self.leave.can_be_stopped() {
            self.show(Screen::Checklist);
            self.notice = Some(Notice::Failed(words::changed_while_confirming(Some(Lock::Connection))));
        }
    }

    /// Other hosts take AWS's place than before, or none: what was found and said there does not hold here.
    fn now_asking(&mut self, custom_endpoints: &[String]) {
        self.custom_endpoints = custom_endpoints.to_vec();
        if self.checklist.subject.is_some() && !matches!(self.leave, Leave::Ended(Outcome::Left { .. })) {
            // Another account over there is still another account.
            let subject = self.checklist.subject.take();
            self.forget_the_account();
            self.checklist.subject = subject;
            self.show(Screen::Account);
            self.notice = Some(Notice::Failed(words::other_endpoints()));
        }
    }

    pub(super) fn subject_read(&mut self, attempt: Attempt, result: Result<Subject, Problem>) -> Vec<Effect> {
        if self.identity.running != Some(attempt) {
            return Vec::new();
        }
        let subject = match result {
            Ok(subject) => subject,
            Err(problem) => return self.identity_failed(attempt, problem),
        };
        self.identity = Row::default();
        self.identity_problem = None;
        let principal = subject.identity.short();
        let was_outside = self.checklist.is_standalone();
        match self.checklist.meet(subject) {
            Meeting::Known => {}
            Meeting::OtherPrincipal => {
                // What this one finds is news: refusals are weighed against what one and the same principal finds.
                self.written_findings = Default::default();
                self.notice = Some(Notice::Said(words::another_principal(&principal)));
            }
            Meeting::OtherOrganization { before, now } => return self.begin_anew_in(attempt, &before, &now),
            Meeting::OtherAccount { before, now } => return self.stop_for(before, now),
        }
        self.is_identified = true;
        if matches!(self.screen, Screen::OtherAccount { .. }) {
            self.show(self.home());
            self.notice = Some(Notice::Said(words::the_account_again()));
        }
        let mut effects = self.note_subject();
        let unsettled = self.unsettled.take().or_else(|| self.taken_back());
        if let Some((unsettled, subject)) = unsettled.zip(self.checklist.subject.as_ref()) {
            let unsettled = unsettled.seen_as(&subject.membership, self.now);
            effects.extend(self.settle_first(&unsettled));
            return effects;
        }
        self.reconsider_request();
        // Where a departure shows, what was found with it is not how the account was before.
        effects.extend(if self.rechecks(attempt) { self.identity_confirmed() } else { self.consider_standalone() });
        let found: Vec<_> = self.unattributed.drain(..).collect();
        effects.extend(found.into_iter().flat_map(|(attempt, finding)| self.take_finding(attempt, finding)));
        if was_outside && self.flaps < MOST_FLAPS {
            let asked = self.ask_what_nobody_knows();
            self.flaps += u32::from(!asked.is_empty());
            effects.extend(asked);
        }
        effects
    }

    /// Asks the steps of which nothing is known any more: they had made no sense while AWS reported no organization, or a refusal over them
    /// ended before they were read again.
    pub(super) fn ask_what_nobody_knows(&mut self) -> Vec<Effect> {
        let is_idle = |step: &StepId| self.row(*step).running.is_none() && self.row(*step).waiting.is_none();
        let unknown: Vec<StepId> =
            self.checklist.steps().filter(|step| step.finding.is_none()).map(|step| step.id).filter(is_idle).collect();
        if unknown.is_empty() || !matches!(self.screen, Screen::Account | Screen::Checklist) {
            return Vec::new();
        }
        let attempt = self.next_attempt();
        self.start_round(attempt, &unknown)
    }

    /// Whether there is anything to leave, now that the membership was read.
    fn consider_standalone(&mut self) -> Vec<Effect> {
        self.reconsider_confirm();
        self.outside = if self.checklist.is_standalone() { self.outside + 1 } else { 0 };
        if self.outside == 0 || !matches!(self.screen, Screen::Account | Screen::Checklist) {
            return Vec::new();
        }
        if self.is_underway()
            && let Some(effects) = self.link_to_last_request()
        {
            return effects;
        }
        // Records can flap: that there is nothing to leave has to be said twice, as has that the account has left.
        if self.outside < texts::rules().verification.agreeing_looks {
            return self.check_again(StepId::Membership);
        }
        self.conclude_standalone()
    }

    /// Whether somebody is on the way to a leave, and has not come to the confirmation.
    pub(super) fn is_underway(&self) -> bool {
        self.setting.mode == Mode::Guided && matches!(self.screen, Screen::Account | Screen::Checklist)
    }

    /// That there is nothing to leave is said once the journal, where there is one, has told whether a leave of ours made it so.
    pub(super) fn conclude_standalone(&mut self) -> Vec<Effect> {
        let is_told = matches!(self.record, Record::Open { .. } | Record::Failed { .. });
        if self.is_underway() && is_told && self.outside >= texts::rules().verification.agreeing_looks {
            self.already_standalone();
            return vec![Effect::DiscardTypeAhead];
        }
        Vec::new()
    }

    /// The account is in another organization than before: another checklist, in which nothing holds that was said in the old one.
    fn begin_anew_in(&mut self, attempt: Attempt, before: &str, now: &str) -> Vec<Effect> {
        self.is_identified = true;
        // The checklist is a new one.
        let request = self.last_request.take();
        self.remember_request(request);
        self.reconsider_request();
        self.drafts.clear();
        self.outside = 0;
        self.written_findings = Default::default();
        self.close_overlay();
        let mut effects = self.note_subject();
        if self.rechecks(attempt) {
            effects.extend(self.identity_confirmed());
            return effects;
        }
        if self.setting.mode == Mode::Guided
            && let Some(linked) = self.link_to_last_request()
        {
            effects.extend(linked);
            return effects;
        }
        self.notice = Some(Notice::Failed(words::another_organization(before, now)));
        self.show(Screen::Account);
        // Only some rows may have been asked about it: ask them all.
        effects.extend(self.check_all());
        effects
    }

    /// The credentials belong to another account: everything stops, and what they found out is not taken in.
    fn stop_for(&mut self, before: AccountId, now: AccountId) -> Vec<Effect> {
        self.stop_rounds();
        self.is_identified = false;
        self.close_overlay();
        self.notice = None;
        self.show(Screen::OtherAccount { before, now });
        vec![Effect::DiscardTypeAhead]
    }

    /// Leaves the account of this walk for the one that the credentials belong to now.
    pub(super) fn change_account(&mut self) -> Vec<Effect> {
        self.forget_the_account();
        self.show(Screen::Account);
        self.check_all()
    }

    /// Forgets everything about the account of this walk. What was written stays in its journal.
    fn forget_the_account(&mut self) {
        if let Some(request) = self.last_request.take_if(|request| request.is_open) {
            self.in_doubt = Some(request.of.account);
        }
        self.close_record();
        self.close_overlay();
        self.stop_rounds();
        self.checklist = Checklist::default();
        self.drafts.clear();
        self.rows = Default::default();
        self.identity = Row::default();
        self.identity_problem = None;
        self.outside = 0;
        self.follows = true;
        self.last_outcome = None;
        self.requests = 0;
        self.remember_request(None);
        self.destination_cursor = 0;
        self.code = None;
        self.has_changed = false;
        self.forget_owners_proof();
    }

    fn identity_failed(&mut self, attempt: Attempt, problem: Problem) -> Vec<Effect> {
        let failures = self.identity.tries;
        let rechecking = self.rechecks(attempt);
        if problem.kind.passes_by_itself() && failures <= PATIENT_RETRIES {
            self.identity.wait(attempt);
            if !rechecking {
                self.identity_problem = Some(problem);
            }
            return vec![Effect::ScheduleRetry { of: Asked::Subject, attempt, failures }];
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
            return self.abandon_recheck(vec![change]);
        }
        Vec::new()
    }

    /// Shows the command that signs in, and asks whether to run it.
    pub(super) fn ask_to_sign_in(&mut self) -> Vec<Effect> {
        match self.sign_in_command() {
            Some(command) => self.put_on_top(Overlay::SignIn(command)),
            None => Vec::new(),
        }
    }

    pub(super) fn sign_in(&mut self) -> Vec<Effect> {
        match self.overlay.take_if(|overlay| matches!(overlay, Overlay::SignIn(_))) {
            Some(Overlay::SignIn(command)) => vec![Effect::SignIn(command)],
            _ => Vec::new(),
        }
    }

    pub(super) fn signed_in(&mut self, result: Result<String, String>) -> Vec<Effect> {
        let worked = result.is_ok();
        let mut effects = self.told(result);
        if worked {
            effects.extend(self.connect());
        }
        effects
    }

    pub(super) fn told(&mut self, result: Result<String, String>) -> Vec<Effect> {
        self.notice = Some(match result {
            Ok(text) => Notice::Said(text),
            Err(text) => Notice::Failed(text),
        });
        Vec::new()
    }

    /// Whether `attempt` is the round between the confirmation and the call.
    pub(super) fn rechecks(&self, attempt: Attempt) -> bool {
        matches!(&self.leave, Leave::Rechecking { attempt: awaited, .. } if *awaited == attempt)
    }

    fn identity_confirmed(&mut self) -> Vec<Effect> {
        if let Leave::Rechecking { identity_read, .. } = &mut self.leave {
            *identity_read = true;
        }
        self.continue_recheck()
    }

    pub(super) fn close_overlay(&mut self) {
        self.overlay = None;
    }
}

//! From the profile to the account: who are we, and where.

use super::model::ProfileWish;
use super::{
    Attempt, Connection, Effect, Leaving, Mode, Model, Notice, Outcome, ProfileChoice, Screen, SessionFacts, Unconnected, words,
};
use crate::checklist::gate::Change;
use crate::checklist::{Checklist, Problem, StepId, Subject, texts};

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
                self.screen = Screen::Profiles { cursor: 0 };
                self.connection = Connection::NotYet;
                Vec::new()
            }
            Ok(profiles) => {
                self.profile = profiles.into_iter().next().map(|profile| profile.name);
                self.try_to_connect()
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
        self.screen = Screen::Account;
        self.connect()
    }

    /// Whether the person can go back and choose another profile: there is one, and nothing that was said here would be lost.
    #[must_use]
    pub fn may_choose_again(&self) -> bool {
        !self.profiles.is_empty() && self.drafts.is_empty() && self.checklist.steps().all(|step| step.attestation.is_none())
    }

    pub(super) fn choose_again(&mut self) -> Vec<Effect> {
        if self.may_choose_again() {
            let cursor = self.profiles.iter().position(|profile| Some(&profile.name) == self.profile.as_ref()).unwrap_or(0);
            self.screen = Screen::Profiles { cursor };
            // Answers to what was asked with the other profile come late, and are dropped.
            self.connection = Connection::NotYet;
            self.checklist = Checklist::default();
            self.rows = Default::default();
            self.identity_problem = None;
            self.reading_subject = None;
            self.outside = 0;
            self.follows = true;
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
        self.try_to_connect()
    }

    fn try_to_connect(&mut self) -> Vec<Effect> {
        let attempt = self.start_connecting();
        vec![Effect::Connect { attempt, profile: self.profile.clone() }]
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
        // What is being confirmed was seen with the credentials before.
        if matches!(self.screen, Screen::Confirm(_) | Screen::Leaving(Leaving::Rechecking { .. })) {
            self.screen = Screen::Checklist;
            self.notice = Some(Notice::Failed(words::changed_while_confirming()));
        }
        self.identity_problem = None;
        attempt
    }

    pub(super) fn connected(&mut self, attempt: Attempt, result: Result<SessionFacts, Unconnected>) -> Vec<Effect> {
        let Connection::Connecting { attempt: awaited, tries, .. } = self.connection else { return Vec::new() };
        if awaited != attempt {
            return Vec::new();
        }
        match result {
            Ok(facts) => {
                self.connection = Connection::Up(facts);
                match &self.screen {
                    // An open outcome comes first: nothing else matters before it is known.
                    Screen::Outcome(Outcome::NotKnown(_)) => self.look_anew(),
                    Screen::Leaving(Leaving::Calling { .. } | Leaving::Verifying(_)) | Screen::Outcome(Outcome::Left { .. }) => {
                        Vec::new()
                    }
                    _ => self.check_all(),
                }
            }
            Err(Unconnected { problem, sign_in }) => {
                self.notice = None;
                self.connection = Connection::Failed { problem, tries, sign_in };
                Vec::new()
            }
        }
    }

    pub(super) fn subject_read(&mut self, attempt: Attempt, result: Result<Subject, Problem>) -> Vec<Effect> {
        if self.reading_subject != Some(attempt) {
            return Vec::new();
        }
        self.reading_subject = None;
        let is_another = match result {
            Ok(subject) => {
                self.identity_problem = None;
                self.meet(subject)
            }
            Err(problem) => return self.identity_failed(attempt, problem),
        };
        if self.rechecks(attempt) {
            return self.identity_confirmed();
        }
        if is_another {
            // Only some rows may have been asked about it: ask them all.
            return self.check_all();
        }
        self.reconsider_confirm();
        self.outside = if self.checklist.is_standalone() { self.outside + 1 } else { 0 };
        let walks = self.setting.mode == Mode::Guided && matches!(self.screen, Screen::Account | Screen::Checklist);
        if self.outside == 0 || !walks {
            return Vec::new();
        }
        // Records can flap: that there is nothing to leave has to be said twice, as has that the account has left.
        if self.outside < texts::rules().verification.agreeing_looks {
            return self.check_again(StepId::Membership);
        }
        self.already_standalone();
        Vec::new()
    }

    /// Takes the account in, and says whether it is another one than before, or in another organization. That means another checklist:
    /// what was said of the one does not hold for the other.
    fn meet(&mut self, subject: Subject) -> bool {
        let organization = |subject: &Subject| subject.organization().map(|organization| organization.id.clone());
        let other = self.checklist.subject.as_ref().and_then(|known| {
            if known.identity.account != subject.identity.account {
                return Some(words::another_account(&known.identity.account, &subject.identity.account));
            }
            let (before, now) = (organization(known)?, organization(&subject)?);
            (before != now).then(|| words::another_organization(&before, &now))
        });
        let is_another = other.is_some();
        if let Some(words) = other {
            self.notice = Some(Notice::Failed(words));
            self.checklist = Checklist::default();
            self.drafts.clear();
            self.outside = 0;
            self.close_overlay();
            if !matches!(self.screen, Screen::Leaving(_)) {
                self.screen = Screen::Account;
            }
        }
        self.checklist.subject = Some(subject);
        is_another
    }

    fn identity_failed(&mut self, attempt: Attempt, problem: Problem) -> Vec<Effect> {
        self.identity_problem = Some(problem);
        if self.rechecks(attempt)
            && let Some(known) = &self.checklist.subject
        {
            let change = Change::Account { confirmed: known.identity.account.to_string(), now: None };
            return self.abandon_recheck(vec![change]);
        }
        Vec::new()
    }

    pub(super) fn sign_in(&mut self) -> Vec<Effect> {
        self.sign_in_command().map(Effect::SignIn).into_iter().collect()
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
        matches!(&self.screen, Screen::Leaving(Leaving::Rechecking { attempt: awaited, .. }) if *awaited == attempt)
    }

    fn identity_confirmed(&mut self) -> Vec<Effect> {
        if let Screen::Leaving(Leaving::Rechecking { identity_read, .. }) = &mut self.screen {
            *identity_read = true;
        }
        self.continue_recheck()
    }

    pub(super) fn check_all(&mut self) -> Vec<Effect> {
        let attempt = self.next_attempt();
        self.start_round(attempt, &StepId::ALL)
    }

    pub(super) fn close_overlay(&mut self) {
        self.overlay = None;
    }
}

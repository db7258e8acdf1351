//! The profile, the code of an MFA device, and signing in again.

use super::model::ProfileWish;
use super::{Digits, Effect, KeyPress, Model, Notice, Overlay, ProfileChoice, Screen, Text};
use crate::checklist::{Problem, StepId};
use crate::departure::{Action, Connection, Event};

impl Model {
    /// The first effects of a walk.
    #[must_use = "effects do nothing until the driver carries them out"]
    pub fn begin(&mut self) -> Vec<Effect> {
        match self.wish.clone() {
            ProfileWish::Named(profile) => drop(self.ask(Action::Use(Some(profile)))),
            ProfileWish::Chain => drop(self.ask(Action::Use(None))),
            ProfileWish::Ask => self.effects.push(Effect::ListProfiles),
        }
        self.tell_the_news();
        self.take_effects()
    }

    pub(super) fn profiles_listed(&mut self, result: Result<Vec<ProfileChoice>, Problem>) {
        let listed = match result {
            Ok(profiles) if profiles.len() > 1 => {
                self.profiles = profiles;
                self.screen = Screen::Profiles { cursor: 0 };
                Ok(())
            }
            // With one profile or none there is nothing to choose: the standard chain finds what there is.
            Ok(profiles) => {
                self.ask(Action::Use(profiles.into_iter().next().map(|profile| profile.name)));
                return;
            }
            Err(problem) => Err(problem),
        };
        self.departure.update(Event::ProfilesListed(listed), self.departure.now);
    }

    pub(super) fn choose_profile(&mut self) {
        let Screen::Profiles { cursor } = self.screen else { return };
        self.screen = Screen::Account;
        self.ask(Action::Use(self.profiles.get(cursor).map(|profile| profile.name.clone())));
    }

    /// Whether the person can go back and choose another profile: there is one, and nothing that was written here would be lost.
    pub(crate) fn may_choose_again(&self) -> bool {
        !self.profiles.is_empty() && !self.would_lose_something()
    }

    pub(super) fn choose_again(&mut self) {
        if self.may_choose_again() {
            let chosen = self.departure.profile.as_ref();
            let cursor = self.profiles.iter().position(|profile| Some(&profile.name) == chosen).unwrap_or(0);
            self.screen = Screen::Profiles { cursor };
            // Answers to what was asked with the other profile come late, and are dropped.
            self.ask(Action::ForgetProfile);
        }
    }

    /// Looks for credentials, from the beginning or again.
    pub(super) fn connect(&mut self) {
        // While nobody could choose, the profiles may have changed: they could not be read, or there was nothing to choose.
        let may_choose = self.wish == ProfileWish::Ask && self.profiles.is_empty() && matches!(self.screen, Screen::Account);
        if may_choose && matches!(self.departure.connection, Connection::Failed { .. }) {
            self.ask(Action::AwaitProfile);
            return self.effects.push(Effect::ListProfiles);
        }
        self.ask(Action::Connect(None));
    }

    /// Has `steps` checked again, or asks for the profiles first where none could be chosen.
    pub(super) fn check(&mut self, steps: &[StepId]) {
        if matches!(self.departure.connection, Connection::Failed { .. }) {
            return self.connect();
        }
        self.ask(Action::Check(steps.to_vec()));
    }

    // ---- the code of an MFA device ----

    pub(super) fn type_code(&mut self, press: KeyPress) {
        if let Some(Overlay::Code { typed }) = &mut self.overlay {
            typed.type_key(press);
        }
    }

    /// Goes on with the code, once it is whole.
    pub(super) fn send_code(&mut self) {
        let Some(Overlay::Code { typed: Digits(typed) }) = &self.overlay else { return };
        let Ok(code) = typed.parse() else { return };
        self.overlay = None;
        self.ask(Action::Connect(Some(code)));
    }

    /// The whole code, from the person's line.
    pub(super) fn write_code(&mut self, digits: String) {
        if let Some(Overlay::Code { typed }) = &mut self.overlay {
            *typed = Digits(digits);
            self.send_code();
        }
    }

    // ---- signing in again ----

    /// Shows the command that signs in, and asks whether to run it.
    pub(super) fn ask_to_sign_in(&mut self) {
        if let Some(command) = self.sign_in_command() {
            self.overlay = Some(Overlay::SignIn(command));
        }
    }

    pub(super) fn sign_in(&mut self) {
        if let Some(Overlay::SignIn(command)) = self.overlay.take_if(|overlay| matches!(overlay, Overlay::SignIn(_))) {
            self.effects.push(Effect::SignIn(command));
        }
    }

    pub(super) fn signed_in(&mut self, result: Result<Text, Text>) {
        let worked = result.is_ok();
        self.told(result);
        if worked {
            self.connect();
        }
    }

    pub(super) fn told(&mut self, result: Result<Text, Text>) {
        self.notice = Some(match result {
            Ok(text) => Notice::Said(text),
            Err(text) => Notice::Failed(text),
        });
    }
}

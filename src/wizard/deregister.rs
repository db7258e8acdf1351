//! Taking delegated services away from the account, as the organization's owner: one by one, each behind its own typed word.
//!
//! It stops at the first answer that is not a plain yes, and says what was done and what was not.

use super::commands::moved;
use super::{Direction, Effect, Key, KeyPress, Model, Screen, keyed, notices};
use crate::checklist::{Deregistration, Fix, FixAnswer, OwnerProof, StepId};
use crate::departure::{Action, Attempt};

/// The screen's own state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deregistering {
    pub proof: OwnerProof,
    /// The services that the last check listed, in its order, with what became of each here.
    pub services: Vec<ServiceToEnd>,
    pub cursor: usize,
    pub typed: String,
    pub stage: DeregisterStage,
}

/// One service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceToEnd {
    pub service: String,
    pub state: ServiceState,
}

/// What became of one service here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServiceState {
    Open,
    Done,
    NotDone(FixAnswer),
}

/// What is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeregisterStage {
    Typing,
    Calling(Attempt),
    /// Something unexpected was answered: nothing more is sent from this screen.
    Stopped,
}

/// The longest word that is taken: AWS's principals are shorter.
const LONGEST: usize = 128;

impl Deregistering {
    pub(crate) fn selected(&self) -> Option<&ServiceToEnd> {
        self.services.get(self.cursor)
    }

    /// Whether the selected service is still to be taken away, and its word stands there.
    pub(crate) fn matches(&self) -> bool {
        self.stage == DeregisterStage::Typing
            && self.selected().is_some_and(|selected| {
                selected.state == ServiceState::Open && self.typed == Deregistration::word(&selected.service)
            })
    }

    pub(crate) fn is_waiting(&self) -> bool {
        matches!(self.stage, DeregisterStage::Calling(_))
    }

    /// The services in this state.
    pub fn with(&self, wanted: fn(&ServiceState) -> bool) -> impl Iterator<Item = &str> {
        self.services.iter().filter(move |service| wanted(&service.state)).map(|service| service.service.as_str())
    }

    fn select_open(&mut self) {
        let open = |at: &usize| self.services[*at].state == ServiceState::Open;
        let all = self.services.len();
        if let Some(next) = (self.cursor..all).chain(0..self.cursor).find(open) {
            self.cursor = next;
        }
    }
}

impl Model {
    /// Whether services can be taken away here now: some are listed, and the owner's credentials are proven.
    pub(crate) fn may_deregister(&self) -> bool {
        self.may_fix() && self.cursor == StepId::DelegatedAdministrator && !self.delegated_services().is_empty()
    }

    fn delegated_services(&self) -> Vec<String> {
        let finding = self.departure.checklist.step(StepId::DelegatedAdministrator).reading();
        finding
            .filter(|finding| finding.is_proven_unmet())
            .map(|finding| finding.services().cloned().collect())
            .unwrap_or_default()
    }

    /// Opens the screen, or first the list of profiles when it is not proven whose credentials are the owner's.
    pub(super) fn open_deregister(&mut self) {
        if !self.may_deregister() {
            return self.say_what_keeps_from_fixing();
        }
        let Some(proof) = self.departure.owner_proof().cloned() else { return self.choose_owner() };
        let services = self.delegated_services().into_iter();
        let services = services.map(|service| ServiceToEnd { service, state: ServiceState::Open }).collect();
        self.screen = Screen::Deregister(Deregistering {
            proof,
            services,
            cursor: 0,
            typed: String::new(),
            stage: DeregisterStage::Typing,
        });
        self.scroll = 0;
        self.effects.push(Effect::DiscardTypeAhead);
    }

    pub(super) fn type_service(&mut self, press: KeyPress) {
        let Screen::Deregister(state) = &mut self.screen else { return };
        if state.stage != DeregisterStage::Typing || press.is_repeat {
            return;
        }
        match press.key {
            Key::Char(character) if !character.is_control() && state.typed.len() < LONGEST => state.typed.push(character),
            Key::Backspace => drop(state.typed.pop()),
            _ => {}
        }
    }

    pub(super) fn select_service(&mut self, at: usize) {
        let Screen::Deregister(state) = &mut self.screen else { return };
        if state.stage == DeregisterStage::Typing {
            state.cursor = at.min(state.services.len().saturating_sub(1));
            state.typed.clear();
            self.scroll = 0;
        }
    }

    /// The whole word, from the person's line.
    pub(super) fn write_service(&mut self, line: &str) {
        let Screen::Deregister(state) = &mut self.screen else { return };
        line.clone_into(&mut state.typed);
        if state.matches() {
            return self.deregister_selected();
        }
        state.typed.clear();
        self.warn(notices::ANOTHER_WORD);
    }

    pub(super) fn move_to_service(&mut self, direction: Direction) {
        let Screen::Deregister(state) = &self.screen else { return };
        let at = moved(state.cursor, state.services.len(), direction);
        self.select_service(at);
    }

    pub(super) fn go_on_deregistering(&mut self) {
        let Screen::Deregister(state) = &self.screen else { return };
        match state.stage {
            DeregisterStage::Typing => self.deregister_selected(),
            DeregisterStage::Stopped => self.close_deregister(),
            DeregisterStage::Calling(_) => {}
        }
    }

    fn deregister_selected(&mut self) {
        let account = self.departure.checklist.subject.as_ref().map(|subject| subject.identity.account.clone());
        let proven = self.departure.owner_proof().cloned();
        let Screen::Deregister(state) = &self.screen else { return };
        let (Some(account), Some(selected)) = (account, state.selected()) else { return };
        if selected.state != ServiceState::Open {
            return;
        }
        // What the screen was opened with must still hold.
        if proven.as_ref() != Some(&state.proof) {
            self.warn(keyed(notices::OWNER_NOT_PROVEN_ANY_MORE));
            return;
        }
        let Some(confirmed) = Deregistration::confirmed(&account, &state.proof, &selected.service, &state.typed) else {
            return;
        };
        let attempt = self.ask(Action::Fix(Fix::Deregister(confirmed)));
        if let (Screen::Deregister(state), Some(attempt)) = (&mut self.screen, attempt) {
            state.stage = DeregisterStage::Calling(attempt);
        }
    }

    /// AWS answered. Says whether it was about this.
    pub(super) fn deregister_answered(&mut self, attempt: Attempt, answer: &FixAnswer) -> bool {
        let Screen::Deregister(state) = &mut self.screen else { return false };
        if state.stage != DeregisterStage::Calling(attempt) {
            return false;
        }
        let is_done = matches!(answer, FixAnswer::Done { .. });
        let Some(selected) = state.services.get_mut(state.cursor) else { return false };
        selected.state = if is_done { ServiceState::Done } else { ServiceState::NotDone(answer.clone()) };
        state.typed.clear();
        state.stage = if is_done { DeregisterStage::Typing } else { DeregisterStage::Stopped };
        state.select_open();
        self.scroll = 0;
        let is_over =
            matches!(&self.screen, Screen::Deregister(state) if !state.services.iter().any(|s| s.state == ServiceState::Open));
        if is_done && is_over {
            self.close_deregister();
        }
        self.effects.push(Effect::DiscardTypeAhead);
        true
    }

    /// Back to the checklist, with the step checked again when something was asked for.
    pub(super) fn close_deregister(&mut self) {
        let Screen::Deregister(state) = &self.screen else { return };
        let done = state.with(|state| *state == ServiceState::Done).count();
        let is_open = |service: &ServiceToEnd| matches!(service.state, ServiceState::NotDone(FixAnswer::Unknown { .. }));
        let open = state.services.iter().find(|service| is_open(service)).map(|service| service.service.clone());
        let asked = state.services.iter().any(|service| service.state != ServiceState::Open);
        self.screen = Screen::Checklist;
        self.scroll = 0;
        self.say(notices::deregistered(done, open.as_deref()));
        if asked {
            self.departure.look_at(StepId::DelegatedAdministrator);
        }
    }
}

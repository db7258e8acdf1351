//! The list of profiles from which that of the organization's owner is chosen.

use super::person::moved;
use super::{Command, Effect, Model, Overlay, ProfileChoice, Screen};
use crate::checklist::Problem;
use crate::departure::Action;

/// The list of profiles from which the owner's is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnerChoice {
    /// The profiles are being read.
    Reading,
    /// These can be chosen.
    Among {
        /// The profiles.
        profiles: Vec<ProfileChoice>,
        /// Which one is selected.
        cursor: usize,
    },
    /// The profiles could not be read.
    Failed(Problem),
}

impl Model {
    /// Opens the list of profiles.
    pub(super) fn choose_owner(&mut self) {
        if !self.may_ask_with_owner() {
            return;
        }
        self.overlay = Some(Overlay::Owner(OwnerChoice::Reading));
        self.effects.push(Effect::ListOwnerProfiles);
    }

    /// Whether the owner's credentials can be asked for here, and would be of use.
    #[must_use]
    pub fn may_ask_with_owner(&self) -> bool {
        matches!(self.screen, Screen::Checklist) && self.departure.can(&Action::AskOwner(String::new()))
    }

    pub(super) fn owner_profiles_listed(&mut self, result: Result<Vec<ProfileChoice>, Problem>) {
        if let Some(Overlay::Owner(choice @ OwnerChoice::Reading)) = &mut self.overlay {
            *choice = match result {
                Ok(profiles) => OwnerChoice::Among { profiles, cursor: 0 },
                Err(problem) => OwnerChoice::Failed(problem),
            };
        }
    }

    pub(super) fn owner_command(&mut self, command: Command) {
        match (command, &mut self.overlay) {
            (Command::Back, _) => {
                self.close_overlay();
            }
            (Command::Retry, Some(Overlay::Owner(OwnerChoice::Failed(_)))) => self.choose_owner(),
            (Command::Move(direction), Some(Overlay::Owner(OwnerChoice::Among { profiles, cursor }))) => {
                *cursor = moved(*cursor, profiles.len(), direction);
            }
            (Command::Open, Some(Overlay::Owner(OwnerChoice::Among { profiles, cursor }))) => {
                let profile = profiles.get(*cursor).map(|profile| profile.name.clone());
                profile.and_then(|profile| self.ask(Action::AskOwner(profile)));
            }
            _ => {}
        }
    }
}

//! The list of profiles from which that of the organization's owner is chosen.

use super::commands::moved;
use super::{Direction, Effect, Model, Overlay, ProfileChoice, Screen};
use crate::checklist::Problem;
use crate::departure::Action;

/// The list of profiles from which the owner's is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnerChoice {
    Reading,
    Among { profiles: Vec<ProfileChoice>, cursor: usize },
    Failed(Problem),
}

impl Model {
    pub(super) fn choose_owner(&mut self) {
        if !self.may_ask_with_owner() {
            return;
        }
        self.overlay = Some(Overlay::Owner(OwnerChoice::Reading));
        self.effects.push(Effect::ListOwnerProfiles);
    }

    /// Whether the owner's credentials can be asked for here, and would be of use.
    pub(crate) fn may_ask_with_owner(&self) -> bool {
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

    pub(super) fn move_to_owner(&mut self, direction: Direction) {
        if let Some(Overlay::Owner(OwnerChoice::Among { profiles, cursor })) = &mut self.overlay {
            *cursor = moved(*cursor, profiles.len(), direction);
        }
    }

    pub(super) fn use_owner(&mut self) {
        let Some(Overlay::Owner(OwnerChoice::Among { profiles, cursor })) = &self.overlay else { return };
        let profile = profiles.get(*cursor).map(|profile| profile.name.clone());
        profile.and_then(|profile| self.ask(Action::AskOwner(profile)));
    }
}

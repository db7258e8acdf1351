//! The list of profiles from which that of the organization's owner is chosen.

use super::{Command, Direction, Effect, Model, Overlay, ProfileChoice, Screen};
use crate::checklist::Problem;

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

    /// Whether the owner's credentials would be of use now: it is known which organization this is about.
    #[must_use]
    pub fn may_ask_with_owner(&self) -> bool {
        let is_member = self.departure.checklist.subject.as_ref().is_some_and(|subject| subject.organization().is_some());
        is_member
            && self.departure.is_identified
            && self.departure.session().is_some()
            && matches!(self.screen, Screen::Checklist)
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
                let last = profiles.len().saturating_sub(1);
                *cursor = match direction {
                    Direction::Up => cursor.saturating_sub(1),
                    Direction::Down => (*cursor + 1).min(last),
                    Direction::PageUp | Direction::First => 0,
                    Direction::PageDown | Direction::Last => last,
                };
            }
            (Command::Open, Some(Overlay::Owner(OwnerChoice::Among { profiles, cursor })))
                if self.departure.owner.asking.is_none() =>
            {
                if let Some(profile) = profiles.get(*cursor).map(|profile| profile.name.clone()) {
                    self.departure.ask_owner(profile, true);
                }
            }
            _ => {}
        }
    }
}

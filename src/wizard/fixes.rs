//! What can be fixed from the checklist now.

use super::{Model, Screen, Text, notices};
use crate::checklist::StepId;
use crate::departure::Mode;

impl Model {
    /// Whether something can be changed from the checklist now.
    pub(crate) fn may_fix(&self) -> bool {
        matches!(self.screen, Screen::Checklist) && self.departure.may_fix_anywhere()
    }

    /// What keeps a guided walk from changing anything just now, in words.
    pub(crate) fn keeps_from_fixing(&self) -> Option<Text> {
        notices::locked(self.departure.keeps_from_fixing()?, self.departure.record.problem())
    }

    /// Whether the selected step is one that could be fixed from here, if nothing prevented it just now.
    pub(crate) fn would_fix(&self) -> bool {
        let step = [StepId::ContactInformation, StepId::DelegatedAdministrator].contains(&self.cursor);
        self.departure.mode == Mode::Guided && matches!(self.screen, Screen::Checklist) && step
    }

    /// Whether the contact information and its phone can be fixed here now.
    pub(crate) fn may_fix_contact(&self) -> bool {
        self.may_fix() && self.cursor == StepId::ContactInformation
    }

    /// Says why nothing is changed just now.
    pub(super) fn say_what_keeps_from_fixing(&mut self) {
        self.say_lock(self.departure.keeps_from_fixing());
    }
}

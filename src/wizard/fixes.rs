//! What can be put right from here, and the answers to it: noted down whatever screen is there by now.

use super::{Attempt, Connection, Effect, Mode, Model, Screen};
use crate::checklist::{FixAnswer, FixKind, FixRecord, StepId};
use crate::journal::Entry;

impl Model {
    /// Whether something can be changed from the checklist now.
    #[must_use]
    pub fn may_fix(&self) -> bool {
        matches!(self.screen, Screen::Checklist) && self.may_fix_anywhere()
    }

    /// Whether something can be changed now: a guided walk, credentials that are known to be this account's, a journal to write it into.
    #[must_use]
    pub fn may_fix_anywhere(&self) -> bool {
        self.setting.mode == Mode::Guided
            && matches!(self.connection, Connection::Up(_))
            && self.is_identified
            && !self.session_has_ended()
            && self.record.is_open()
    }

    /// A change was answered.
    pub(super) fn fix_answered(&mut self, attempt: Attempt, fix: FixRecord, answer: FixAnswer) -> Vec<Effect> {
        let kind = fix.kind();
        self.note(Entry::FixAnswered { fix, answer: answer.clone() });
        let may_have_been_done = matches!(answer, FixAnswer::Done { .. } | FixAnswer::Unknown { .. });
        if kind == FixKind::SendCode && may_have_been_done {
            self.code_sent_at = Some(self.now);
        }
        let taken = match kind {
            FixKind::Contact => self.contact_answered(attempt, &answer),
            FixKind::SendCode | FixKind::VerifyPhone => self.phone_answered(attempt, &answer),
            FixKind::Deregister => self.deregister_answered(attempt, &answer),
        };
        // Whoever asked for it is gone: what holds now is told by the step.
        taken.unwrap_or_else(|| if may_have_been_done { self.check_again(step_of(kind)) } else { Vec::new() })
    }
}

fn step_of(kind: FixKind) -> StepId {
    match kind {
        FixKind::Contact | FixKind::SendCode | FixKind::VerifyPhone => StepId::ContactInformation,
        FixKind::Deregister => StepId::DelegatedAdministrator,
    }
}

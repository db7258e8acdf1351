//! What can be put right from here, and the answers to it: noted down whatever screen is there by now.

use jiff::Timestamp;

use super::{Attempt, Connection, Effect, Lock, Mode, Model, Screen, words};
use crate::checklist::{AccountId, ContactField, Fix, FixAnswer, FixKind, FixRecord, StepId};
use crate::journal::Entry;

/// A change that was asked of AWS, and was not answered yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FixOut {
    attempt: Attempt,
    account: AccountId,
    since: Timestamp,
    /// The number on file at that time, as far as it was known.
    number: Option<String>,
}

/// A code that AWS was asked to send, and may have sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentCode {
    /// When it was asked for; the code is good from then on, for a while.
    pub at: Timestamp,
    /// The number that it went to, as far as it is known.
    pub number: Option<String>,
    /// What the phone of the practice AWS shows.
    pub practice: Option<String>,
}

impl Model {
    /// Whether something can be changed from the checklist now.
    #[must_use]
    pub fn may_fix(&self) -> bool {
        matches!(self.screen, Screen::Checklist) && self.may_fix_anywhere()
    }

    /// Whether something can be changed now: a guided walk, credentials that are known to be this account's, a journal to write it into.
    #[must_use]
    pub fn may_fix_anywhere(&self) -> bool {
        self.setting.mode == Mode::Guided && self.keeps_from_fixing().is_none()
    }

    /// What keeps a guided walk from changing anything just now, in words.
    #[must_use]
    pub fn keeps_from_fixing(&self) -> Option<String> {
        let lock = if !matches!(self.connection, Connection::Up(_)) {
            Lock::Connection
        } else if self.session_has_ended() {
            Lock::Ended
        } else if !self.is_identified || self.checklist.subject.is_none() {
            Lock::Identity
        } else if !self.record.is_open() {
            Lock::Journal
        } else {
            return None;
        };
        words::locked(lock, self.record.problem())
    }

    /// Whether the selected step is one that could be put right from here, if nothing kept us from it just now.
    #[must_use]
    pub fn would_fix(&self) -> bool {
        let step = [StepId::ContactInformation, StepId::DelegatedAdministrator].contains(&self.cursor);
        self.setting.mode == Mode::Guided && matches!(self.screen, Screen::Checklist) && step
    }

    /// Asks AWS for one change, and remembers that it did.
    pub(super) fn apply(&mut self, attempt: Attempt, fix: Fix) -> Vec<Effect> {
        let Some(subject) = &self.checklist.subject else { return Vec::new() };
        let account = subject.identity.account.clone();
        self.fixes_out.push(FixOut { attempt, account, since: self.now, number: self.number_on_file() });
        vec![Effect::Apply { attempt, fix }]
    }

    /// Whether a change was asked of AWS and is not answered yet.
    #[must_use]
    pub fn has_fix_out(&self) -> bool {
        !self.fixes_out.is_empty()
    }

    /// Since when the last of them has been asked for.
    #[must_use]
    pub fn fix_out_since(&self) -> Option<Timestamp> {
        self.fixes_out.last().map(|out| out.since)
    }

    /// A change was answered.
    pub(super) fn fix_answered(&mut self, attempt: Attempt, fix: &FixRecord, answer: &FixAnswer) -> Vec<Effect> {
        let Some(place) = self.fixes_out.iter().position(|out| out.attempt == attempt) else { return Vec::new() };
        let out = self.fixes_out.remove(place);
        // It is of no account but its own, and must not get into the journal of another.
        if !self.is_about(&out.account) {
            return Vec::new();
        }
        self.note(Entry::FixAnswered { fix: fix.clone(), answer: answer.clone() });
        let may_have_been_done = matches!(answer, FixAnswer::Done { .. } | FixAnswer::Unknown { .. });
        self.has_changed |= may_have_been_done && fix.kind() != FixKind::SendCode;
        self.remember_code(fix, answer, out);
        let taken = match fix.kind() {
            FixKind::Contact => self.contact_answered(attempt, answer),
            FixKind::SendCode | FixKind::VerifyPhone => self.phone_answered(attempt, answer),
            FixKind::Deregister => self.deregister_answered(attempt, answer),
        };
        // Whoever asked for it is gone: what holds now is told by the step.
        taken.unwrap_or_else(|| if may_have_been_done { self.look_at(fix.step()) } else { Vec::new() })
    }

    /// A code is there, or good no longer, by what AWS said.
    fn remember_code(&mut self, fix: &FixRecord, answer: &FixAnswer, FixOut { since, number, .. }: FixOut) {
        // An answer can come late, as where this machine slept meanwhile. The code is as old as the question.
        let code = || Some(SentCode { at: since, number, practice: None });
        match (fix, answer) {
            (FixRecord::SendCode, FixAnswer::Done { status, .. }) if status.as_deref().is_none_or(|s| s == "PENDING") => {
                self.code = code();
            }
            // It may be on its way all the same, and then it voids the one before.
            (FixRecord::SendCode, FixAnswer::Unknown { .. }) => self.code = code(),
            (FixRecord::VerifyPhone, FixAnswer::Done { .. }) => self.code = None,
            (FixRecord::VerifyPhone, FixAnswer::Refused { refusal })
                if ["number-changed", "nothing-to-verify"].contains(&refusal.entry.as_str()) =>
            {
                self.code = None;
            }
            // A code is about the number that it went to.
            (FixRecord::Contact { changed }, FixAnswer::Done { .. } | FixAnswer::Unknown { .. })
                if changed.iter().any(|name| name == ContactField::PhoneNumber.aws_name()) =>
            {
                self.code = None;
            }
            _ => {}
        }
    }

    /// Checks a step again after a change. While nothing can be asked, or nothing but the leave is, whatever comes next asks anyway.
    pub(super) fn look_at(&mut self, step: StepId) -> Vec<Effect> {
        if self.session().is_none() || matches!(self.screen, Screen::Leave | Screen::OtherAccount { .. }) {
            return Vec::new();
        }
        self.check_again(step)
    }
}

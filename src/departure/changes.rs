//! Changes that fix a step, and AWS's responses to them, which are recorded whoever still waits for them.

use jiff::Timestamp;

use super::{Attempt, Connection, Departure, Effect, Lock, Mode, News};
use crate::checklist::{AccountId, ContactField, Fix, FixAnswer, FixKind, FixRecord, StepId, Verdict, texts};
use crate::journal::Entry;

/// AWS's word for a number that needs no code.
pub const VERIFIED: &str = "VERIFIED";

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

impl Departure {
    /// Whether something can be changed now: a guided leave, credentials that are known to be this account's, a journal to write it into.
    pub(crate) fn may_fix_anywhere(&self) -> bool {
        self.mode == Mode::Guided && self.keeps_from_fixing().is_none()
    }

    /// What keeps a guided leave from changing anything just now.
    pub(crate) fn keeps_from_fixing(&self) -> Option<Lock> {
        Some(if !matches!(self.connection, Connection::Up(_)) {
            Lock::Connection
        } else if self.session_has_ended() {
            Lock::Ended
        } else if !self.is_identified || self.checklist.subject.is_none() {
            Lock::Identity
        } else if !self.record.is_open() {
            Lock::Journal
        } else {
            return None;
        })
    }

    pub(super) fn read_contact(&mut self) -> Attempt {
        let attempt = self.next_attempt();
        self.effects.push(Effect::ReadContact(attempt));
        attempt
    }

    /// Asks AWS for one change, and remembers that it did. `None`: nobody knows of which account.
    pub(super) fn apply(&mut self, fix: Fix) -> Option<Attempt> {
        let account = self.checklist.subject.as_ref()?.identity.account.clone();
        let attempt = self.next_attempt();
        self.fixes_out.push(FixOut { attempt, account: account.clone(), since: self.now, number: self.number_on_file() });
        self.effects.push(Effect::Apply { attempt, account, fix });
        Some(attempt)
    }

    /// Whether a change was asked of AWS and is not answered yet.
    #[must_use]
    pub fn has_fix_out(&self) -> bool {
        !self.fixes_out.is_empty()
    }

    /// Since when the last of them has been asked for.
    pub(crate) fn fix_out_since(&self) -> Option<Timestamp> {
        self.fixes_out.last().map(|out| out.since)
    }

    pub(super) fn fix_answered(&mut self, attempt: Attempt, fix: FixRecord, answer: FixAnswer) {
        let Some(place) = self.fixes_out.iter().position(|out| out.attempt == attempt) else { return };
        let out = self.fixes_out.remove(place);
        // It is of no account but its own, and must not get into the journal of another.
        if !self.is_about(&out.account) {
            return;
        }
        self.note(Entry::FixAnswered { fix: fix.clone(), answer: answer.clone() });
        let may_have_been_done = matches!(answer, FixAnswer::Done { .. } | FixAnswer::Unknown { .. });
        self.has_changed |= may_have_been_done && fix.kind() != FixKind::SendCode;
        self.remember_code(&fix, &answer, out);
        self.news.push(News::FixAnswered(attempt, fix, answer));
    }

    /// A code is there, or good no longer, by what AWS said.
    fn remember_code(&mut self, fix: &FixRecord, answer: &FixAnswer, FixOut { since, number, .. }: FixOut) {
        // An answer can come late, as where this machine slept meanwhile. The code is as old as the question.
        let code = || Some(SentCode { at: since, number, practice: None });
        match (fix, answer) {
            // It may be on its way all the same, and then it voids the one before.
            (FixRecord::SendCode, FixAnswer::Unknown { .. }) => self.code = code(),
            (FixRecord::SendCode, FixAnswer::Done { status, .. }) => match status.as_deref() {
                None | Some("PENDING") => self.code = code(),
                Some(VERIFIED) => self.code = None,
                Some(_) => {}
            },
            (FixRecord::VerifyPhone, FixAnswer::Done { .. }) => self.code = None,
            (FixRecord::VerifyPhone, FixAnswer::Refused { refusal }) => {
                if ["number-changed", "nothing-to-verify"].contains(&refusal.entry.as_str()) {
                    self.code = None;
                }
            }
            // A code is about the number that it went to.
            (FixRecord::Contact { changed }, FixAnswer::Done { .. } | FixAnswer::Unknown { .. }) => {
                if changed.iter().any(|name| name == ContactField::PhoneNumber.aws_name()) {
                    self.code = None;
                }
            }
            (FixRecord::SendCode | FixRecord::Contact { .. }, FixAnswer::Refused { .. } | FixAnswer::NeverSent { .. })
            | (FixRecord::VerifyPhone, FixAnswer::NeverSent { .. } | FixAnswer::Unknown { .. })
            | (FixRecord::Deregister { .. }, _) => {}
        }
    }

    /// Checks a step again after a change. While nothing can be asked, or nothing but the leave is, whatever comes next asks anyway.
    pub fn look_at(&mut self, step: StepId) {
        if self.session().is_none() || !self.is_at_the_checklist() {
            return;
        }
        self.check_again(step);
    }

    /// The number on file, as the last check of the contact read it. While it is being read again, nobody knows.
    pub(crate) fn number_on_file(&self) -> Option<String> {
        if self.row(StepId::ContactInformation).running.is_some() {
            return None;
        }
        self.checklist.step(StepId::ContactInformation).reading()?.phone_number().map(str::to_owned)
    }

    /// The contact information was read: a code for another number, or for one that is verified, is of no use any more.
    pub(super) fn reconsider_code(&mut self) {
        let number = self.number_on_file();
        let is_another = |code: &SentCode| number.is_some() && code.number.is_some() && code.number != number;
        if self.phone_is_verified() || self.code.as_ref().is_some_and(is_another) {
            self.code = None;
        }
    }

    /// Whether the last check found the number on file verified.
    pub(crate) fn phone_is_verified(&self) -> bool {
        let finding = self.checklist.step(StepId::ContactInformation).reading();
        finding.is_some_and(|finding| finding.verdict == Verdict::Met && finding.is_phone_verified())
    }

    /// Whether there is a code that is not too old.
    pub(crate) fn code_is_good(&self) -> bool {
        self.code.as_ref().is_some_and(|code| code.seconds_left(self.now) > 0)
    }

    pub(super) fn practice_phone_rang(&mut self, code: String) {
        if let Some(sent) = &mut self.code {
            sent.practice = Some(code);
        }
    }
}

impl SentCode {
    /// For how many seconds it is still good; 0 once it is too old.
    pub(crate) fn seconds_left(&self, now: Timestamp) -> i64 {
        let gone = now.duration_since(self.at).as_secs();
        (texts::rules().phone_code.seconds - gone.max(0)).max(0)
    }
}

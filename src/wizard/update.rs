//! One message in, effects out: the single door through which the model changes.

use jiff::Timestamp;

use super::{Effect, Exit, Message, Model};
use crate::journal::Entry;

impl Model {
    /// Takes one message at the time `now`.
    #[must_use = "effects do nothing until the driver carries them out"]
    pub fn update(&mut self, message: Message, now: Timestamp) -> Vec<Effect> {
        self.now = now;
        let effects = self.take(message);
        self.with_records(effects)
    }

    fn take(&mut self, message: Message) -> Vec<Effect> {
        match message {
            Message::Pressed(press) => self.pressed(press),
            Message::Pasted(text) => self.pasted(&text),
            Message::ProfilesListed(result) => self.profiles_listed(result),
            Message::Connected { attempt, result } => self.connected(attempt, result),
            Message::SubjectRead { attempt, result } => self.subject_read(attempt, result),
            Message::CheckFinished { attempt, finding } => self.check_finished(attempt, finding),
            Message::RetryScheduled { of, attempt, at } => self.retry_scheduled(of, attempt, at),
            Message::RetryDue { of, attempt } => self.retry_due(of, attempt),
            Message::LeaveAnswered { attempt, answer } => self.leave_answered(attempt, answer),
            Message::LookScheduled { attempt, at } => {
                self.look_scheduled(attempt, at);
                Vec::new()
            }
            Message::MembershipRead { attempt, reading } => self.membership_read(attempt, reading),
            Message::OwnerProfilesListed(result) => self.owner_profiles_listed(result),
            Message::OwnerMet { attempt, profile, endpoints, result } => self.owner_met(attempt, profile, endpoints, result),
            Message::ContactRead { attempt, result } => self.contact_read(attempt, result),
            Message::FixAnswered { attempt, fix, answer } => self.fix_answered(attempt, &fix, &answer),
            Message::PracticePhoneRang(code) => {
                self.practice_phone_rang(code);
                Vec::new()
            }
            Message::JournalRead { attempt, read, of } => self.journal_read(attempt, (read, of)),
            Message::JournalOpened { attempt, result } => self.journal_opened(attempt, result),
            Message::JournalFailed { account, problem } if self.is_about(&account) => self.journal_failed(problem),
            Message::JournalRecovered { account, path } if self.is_about(&account) => self.journal_recovered(path),
            Message::JournalFailed { .. } | Message::JournalRecovered { .. } => Vec::new(),
            Message::Copied(what) => self.told(Ok(super::words::copied(what))),
            Message::SignInEnded(result) => self.signed_in(result),
            Message::LinkOpened(result) | Message::ReportSaved(result) => self.told(result),
            Message::Interrupted => self.end(Exit::Interrupted),
            Message::InputEnded => self.end(Exit::Quit),
            Message::TerminalLost => self.end(Exit::TerminalLost),
        }
    }

    pub(super) fn end(&mut self, exit: Exit) -> Vec<Effect> {
        self.exit = Some(exit);
        let exit_code = self.exit_code();
        self.note(Entry::Closed { exit_code });
        vec![Effect::Quit]
    }
}

//! The departure of one account, from "who are we" to "it has left": a pure engine that knows no screen and no key.
//!
//! [`Departure::update`] takes one [`Event`] and the time, changes the state and gives back [`Effect`]s as data; [`News`] is what to tell the
//! person besides the new state. Nothing here performs I/O, draws, or reads a clock. Every run of a check, of the leave and of a
//! timer carries an [`Attempt`], so that a late answer is recognised and dropped.
//!
//! Whoever shows a departure looks at its fields, and asks it for something by an [`Action`]: [`Departure::act`] does it or says why not, and
//! [`Departure::offers`] lists what makes sense as things stand.

mod action;
mod changes;
mod leave;
mod locks;
mod message;
mod outcome;
mod owner;
mod record;
mod rounds;
mod session;
mod verifying;

pub use action::{Action, Offer, WhyNot};
use changes::FixOut;
pub use changes::{SentCode, VERIFIED};
pub use leave::{Answered, Leave, LeaveTarget};
pub use locks::Lock;
pub use message::{Attempt, ConnectError, DepartureId, Effect, Event, News, Opened, RetryKey, SessionFacts};
pub use outcome::{LastOutcome, Outcome};
pub use owner::{AskingOwner, Ownership};
pub use record::JournalState;
pub use rounds::CheckStatus;
use rounds::PATIENT_RETRIES;
pub use session::Connection;
pub use verifying::{LastRequest, Verification};

use jiff::Timestamp;

use crate::aws::Endpoint;
use crate::checklist::{AccountId, Checklist, Finding, Membership, Problem, StepId, Subject};
use crate::journal::{Entry, Past, Unsettled};

/// What a departure may end in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    Guided,
    #[default]
    Review,
}

/// The departure of one account.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Departure {
    pub mode: Mode,
    /// The steps that are checked. Other steps are never asked about.
    pub asked: Vec<StepId>,
    /// Whether nobody is there to sign in again or to ask for more.
    is_unattended: bool,
    /// Who attests: the name of the person on this machine.
    pub person: String,
    /// The time of the last event.
    pub now: Timestamp,
    pub connection: Connection,
    pub profile: Option<String>,
    /// The account of this departure and that of the credentials, where these are another's. Everything has stopped.
    pub elsewhere: Option<(AccountId, AccountId)>,
    /// Whether a form is open that an outcome would discard. Outcomes that are not urgent wait.
    pub is_held: bool,
    pub leave: Leave,
    pub checklist: Checklist,
    /// How their checks are doing, in the order of [`StepId::ALL`].
    pub rows: [CheckStatus; StepId::ALL.len()],
    /// How the question who and where we are is doing.
    pub identity: CheckStatus,
    /// Why the account could not be identified in the last round, if so.
    pub identity_problem: Option<Problem>,
    /// Whether AWS has said who the present credentials belong to. Until then, what they find out may be about another account.
    pub is_identified: bool,
    /// What was found out before that was known.
    pub(crate) unattributed: Vec<(Attempt, Finding)>,
    /// The hosts in place of AWS's own that answer about the account, in words.
    pub custom_endpoints: Vec<String>,
    /// Every endpoint in place of AWS's own that the present connection has come to, the management profile's included.
    pub endpoints: Vec<Endpoint>,
    /// How far the owner's credentials are.
    pub owner: Ownership,
    /// The code that was last sent to the phone on file.
    pub code: Option<SentCode>,
    /// The changes that AWS was asked for and has not answered.
    fixes_out: Vec<FixOut>,
    /// Whether something of the account was changed from here, or may have been.
    pub has_changed: bool,
    /// How the journal of the account is doing.
    pub record: JournalState,
    /// What is to be told of the runs before this one.
    pub before: Option<Past>,
    /// Whether the journal was open once: then what could not be written is kept with it.
    pub has_journal: bool,
    /// A leave of an earlier run whose outcome has to be read as soon as it is known whose the credentials are.
    unsettled: Option<Unsettled>,
    /// What waits to be written into the journal.
    pub to_write: Vec<(Timestamp, Entry)>,
    written_endpoints: Vec<String>,
    written_subject: Option<Subject>,
    written_findings: [Option<Finding>; StepId::ALL.len()],
    /// Reads of the membership before the journal was open.
    pub reads_before_journal: Vec<(Timestamp, Membership)>,
    /// How often in a row AWS said that the account is in no organization.
    outside: u32,
    /// How often in a row AWS reported a member after it had reported none, and steps were asked again for that.
    flaps: u32,
    /// How the last attempt to leave ended, once there was one.
    pub last_outcome: Option<LastOutcome>,
    /// The last request to leave of which AWS has shown no effect.
    pub last_request: Option<LastRequest>,
    /// The one before it, where the last one was only put off: once that explains nothing any more, this one does again.
    earlier_request: Option<LastRequest>,
    /// An account from which somebody went on while it was not known whether it had left.
    pub in_doubt: Option<AccountId>,
    /// How many requests to leave were sent under the last confirmation.
    pub requests: u32,
    pub(crate) attempts: Attempt,
    effects: Vec<Effect>,
    news: Vec<News>,
}

impl Departure {
    /// A departure that has not begun. `management_profile` is the profile of the organization's owner, where one is named.
    pub(crate) fn new(mode: Mode, person: String, management_profile: Option<String>) -> Self {
        let owner = Ownership { profile: management_profile, ..Ownership::default() };
        Self { mode, asked: StepId::ALL.to_vec(), person, owner, ..Self::default() }
    }

    /// A departure with nobody at the screen, which checks only these steps.
    pub(crate) fn unattended(steps: &[StepId]) -> Self {
        Self { asked: steps.to_vec(), is_unattended: true, ..Self::new(Mode::Review, String::new(), None) }
    }

    /// Takes one event at the time `now`. What has to be done for it is in [`Self::take_effects`].
    pub fn update(&mut self, event: Event, now: Timestamp) {
        self.now = now;
        match event {
            Event::Connected(attempt, result) => self.connected(attempt, result),
            Event::ProfilesListed(result) => self.profiles_listed(result),
            Event::SubjectRead(attempt, result) => self.subject_read(attempt, result),
            Event::CheckFinished(attempt, finding) => self.check_finished(attempt, finding),
            Event::RetryScheduled { of, attempt, at } => self.retry_scheduled(of, attempt, at),
            Event::RetryDue(of, attempt) => self.retry_due(of, attempt),
            Event::LeaveAnswered(attempt, answer, put_off) => self.leave_answered(attempt, answer, put_off),
            Event::LookScheduled(attempt, at) => self.look_scheduled(attempt, at),
            Event::MembershipRead(attempt, reading) => self.membership_read(attempt, reading),
            Event::OwnerMet { attempt, profile, endpoints, result } => self.owner_met(attempt, profile, endpoints, result),
            Event::ContactRead(attempt, result) => self.news.push(News::ContactRead(attempt, result)),
            Event::FixAnswered { attempt, fix, answer } => self.fix_answered(attempt, fix, answer),
            Event::PracticePhoneRang(code) => self.practice_phone_rang(code),
            Event::JournalRead { attempt, read, of } => self.journal_read(attempt, (read, of)),
            Event::JournalOpened(attempt, result) => self.journal_opened(attempt, result),
            Event::JournalFailed(account, problem) if self.is_about(&account) => self.journal_failed(problem),
            Event::JournalRecovered(account, path) if self.is_about(&account) => self.journal_recovered(path),
            Event::JournalFailed(..) | Event::JournalRecovered(..) => {}
        }
    }

    /// What has to be done, in this order: what is noted down comes first.
    #[must_use = "effects do nothing until the driver carries them out"]
    pub fn take_effects(&mut self) -> Vec<Effect> {
        // Without a journal, entries wait here. If an open journal cannot be written just now, the `JournalWriter` keeps them.
        let entries = if self.has_journal { std::mem::take(&mut self.to_write) } else { Vec::new() };
        let records = entries.into_iter().map(|(at, entry)| Effect::Record(Box::new(entry), at));
        records.chain(std::mem::take(&mut self.effects)).collect()
    }

    /// What there is to tell, in the order in which it happened.
    pub fn take_news(&mut self) -> Vec<News> {
        std::mem::take(&mut self.news)
    }

    pub(crate) fn is_about(&self, account: &AccountId) -> bool {
        self.checklist.subject.as_ref().is_some_and(|subject| subject.identity.account == *account)
    }

    pub(crate) fn row(&self, step: StepId) -> &CheckStatus {
        &self.rows[step.index()]
    }

    fn row_mut(&mut self, step: StepId) -> &mut CheckStatus {
        &mut self.rows[step.index()]
    }

    fn next_attempt(&mut self) -> Attempt {
        self.attempts = Attempt(self.attempts.0 + 1);
        self.attempts
    }

    /// How often in a row a throttled question is retried. Where nobody could ask for more, something else sets the end.
    fn patience(&self) -> u32 {
        if self.is_unattended { u32::MAX } else { PATIENT_RETRIES }
    }

    /// Every question that is asked in rounds: the steps, and who and where we are.
    pub fn questions(&self) -> impl Iterator<Item = &CheckStatus> {
        self.rows.iter().chain([&self.identity])
    }

    /// Whether AWS is being asked something of the checklist. What only waits to be asked again does not count.
    pub(crate) fn is_reading(&self) -> bool {
        matches!(self.connection, Connection::Connecting { .. }) || self.questions().any(|row| row.running.is_some())
    }

    /// Whether AWS is being asked something of the checklist, or will be by itself.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.is_reading() || self.questions().any(|row| row.retry_at.is_some())
    }

    /// Whether only the checklist is at hand: no departure is in progress or has just ended, and the credentials are not another account's.
    pub(crate) fn is_at_the_checklist(&self) -> bool {
        matches!(self.leave, Leave::Idle) && self.elsewhere.is_none()
    }
}

#[cfg(test)]
pub(crate) mod tests;

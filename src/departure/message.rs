//! What goes into the engine and what comes out of it.
//!
//! Events are facts, effects are orders, news is what a person may want to be told of beside the new state. None holds anything that does I/O by
//! itself.

use std::time::Duration;

use jiff::Timestamp;

use crate::aws::{ContactOnFile, Endpoint, Reading};
use crate::checklist::gate::{Change, Confirmation, ReadyToLeave};
use crate::checklist::{
    AccountId, Destination, Finding, Fix, FixAnswer, FixRecord, LeaveAnswer, OneTimeCode, OwnerProof, Problem, StepId, Subject,
};
use crate::journal::{Entry, Past};

/// Which departure of this run of the program something is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct DepartureId(pub u32);

/// The number of one try of something. Numbers are never used twice within one run of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Attempt(pub u64);

/// What is asked again by itself after a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RetryKey {
    Subject,
    Step(StepId),
    /// The leave: AWS took nothing and asked to come back in a moment.
    Leave,
}

/// What is known of the connection before AWS has been asked anything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SessionFacts {
    pub profile: Option<String>,
    /// Whose credentials are in use and what chose them, in sentences.
    pub chosen: Option<String>,
    pub region: String,
    /// When the credentials end, when they do.
    pub expires_at: Option<Timestamp>,
    /// The hosts in place of AWS's own at which questions about the account are answered, in words.
    pub custom_endpoints: Vec<String>,
    /// Every endpoint in place of AWS's own.
    pub endpoints: Vec<Endpoint>,
    /// The command that signs in again, when the profile has one.
    pub sign_in: Option<Vec<String>>,
    /// Why the management profile cannot be used, where that was found out before anything was asked.
    pub management_problem: Option<Problem>,
}

/// No usable credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectError {
    pub problem: Problem,
    /// The command that signs in, when the profile has one.
    pub sign_in: Option<Vec<String>>,
    /// Every endpoint in place of AWS's own, as far as the attempt came.
    pub endpoints: Vec<Endpoint>,
}

/// A journal that can be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    pub path: String,
    pub past: Box<Past>,
}

/// Something that happened.
#[derive(Debug)]
pub enum Event {
    Connected(Attempt, Result<SessionFacts, ConnectError>),
    /// The profiles of this machine were listed, for somebody to choose one, or could not be.
    ProfilesListed(Result<(), Problem>),
    /// AWS said who and where we are, or could not be asked.
    SubjectRead(Attempt, Result<Subject, Problem>),
    CheckFinished(Attempt, Finding),
    /// What AWS had no time for will be asked again by itself.
    RetryScheduled {
        of: RetryKey,
        /// The try that AWS had no time for.
        attempt: Attempt,
        at: Timestamp,
    },
    /// The time for that has come.
    RetryDue(RetryKey, Attempt),
    /// AWS said whether a profile is the organization's owner's.
    OwnerMet {
        attempt: Attempt,
        profile: String,
        /// The endpoints in place of AWS's own that this profile came to.
        endpoints: Vec<Endpoint>,
        /// Whose it is, or why it is not used.
        result: Result<OwnerProof, Problem>,
    },
    /// The contact information on file was read; `None` when there is none.
    ContactRead(Attempt, Result<Option<ContactOnFile>, Problem>),
    FixAnswered {
        attempt: Attempt,
        fix: FixRecord,
        answer: FixAnswer,
    },
    /// The phone of the practice AWS received this code.
    PracticePhoneRang(String),
    /// The call to `LeaveOrganization` ended. Where AWS asks to come back in a moment, what the person confirmed comes back, too.
    LeaveAnswered(Attempt, LeaveAnswer, Option<Confirmation>),
    /// The next look at the membership has a time.
    LookScheduled(Attempt, Timestamp),
    MembershipRead(Attempt, Reading),
    /// The journal of the account is long and is being read.
    JournalRead {
        attempt: Attempt,
        /// How many bytes were read.
        read: u64,
        of: u64,
    },
    /// The journal of the account was opened, or can be written again.
    JournalOpened(Attempt, Result<Opened, Problem>),
    /// The backlog for this account's journal has been written, at this path.
    JournalRecovered(AccountId, String),
    /// Something could not be written into the journal of this account. It is kept, and written first when the journal is opened again.
    JournalFailed(AccountId, Problem),
}

/// Something to do.
#[derive(Debug)]
pub enum Effect {
    /// Find credentials; answer [`Event::Connected`].
    Connect {
        attempt: Attempt,
        profile: Option<String>,
        /// The code of the MFA device, when somebody typed one.
        code: Option<OneTimeCode>,
    },
    /// Read the subject and run these checks, if any, side by side; answer [`Event::SubjectRead`] and a [`Event::CheckFinished`] each.
    RunChecks(Attempt, Vec<StepId>),
    /// Let a pause go by before AWS is asked again; answer [`Event::RetryScheduled`], then [`Event::RetryDue`].
    ScheduleRetry {
        of: RetryKey,
        /// The try that AWS had no time for.
        attempt: Attempt,
        failures: u32,
    },
    /// Open the journal of the account, or try again to write it; answer [`Event::JournalOpened`].
    OpenJournal {
        attempt: Attempt,
        account: AccountId,
        /// Hosts that take AWS's place, in words: what was said in another place does not count here.
        endpoints: Vec<String>,
    },
    /// Write an entry into the journal; answer [`Event::JournalFailed`] if that fails.
    Record(Box<Entry>, Timestamp),
    /// Find the credentials of this profile, and let AWS prove that they are the owner's; answer [`Event::OwnerMet`].
    ConnectOwner(Attempt, String),
    /// Read the contact information on file; answer [`Event::ContactRead`].
    ReadContact(Attempt),
    /// Write down what is about to be changed, then do it once; answer [`Event::FixAnswered`]. What cannot be written down is not done.
    Apply { attempt: Attempt, account: AccountId, fix: Fix },
    /// Write the intent down, then call `LeaveOrganization` once; answer [`Event::LeaveAnswered`]. What cannot be written down is not done.
    Leave(Attempt, ReadyToLeave),
    /// Read the membership after a pause; answer [`Event::LookScheduled`], then [`Event::MembershipRead`].
    LookAtMembership {
        attempt: Attempt,
        /// Whose membership: what other credentials say does not count.
        account: AccountId,
        /// How long to wait first.
        after: Duration,
    },
}

/// Something to tell.
#[derive(Debug)]
pub enum News {
    /// Other credentials are looked for, or there: what was seen with those before counts for nothing.
    CredentialsChanged {
        /// Whether a confirmation ended with them, whose request was not sent.
        ended_confirmation: bool,
    },
    NotConnected,
    /// Other hosts take AWS's place than before: everything begins anew.
    OtherEndpoints,
    /// The same account is asked for by another principal: this one.
    AnotherPrincipal(String),
    AnotherAccount,
    /// They belong to the account of this departure again.
    TheAccountAgain,
    /// The account is in another organization, where nothing holds that was said before.
    AnotherOrganization {
        before: String,
        now: String,
        /// Whether everything begins anew. Else a leave that was under way comes first.
        begins: bool,
    },
    Forgotten,
    /// The journal was opened and told where the account was going, if it did.
    JournalTold(Option<Destination>),
    JournalFailed(Problem),
    Found {
        step: StepId,
        /// Whether nothing was left to do about it before.
        was_settled: bool,
    },
    /// A confirmation ended because of these changes. Nothing was sent.
    Changed(Vec<Change>),
    /// AWS shows no effect of an earlier request.
    NoEffect {
        at: Timestamp,
        /// When AWS said last that the account was outside, if it did.
        outside_at: Option<Timestamp>,
    },
    OwnerProven {
        profile: String,
        proof: OwnerProof,
        /// Whether everything is checked again because of it.
        rechecks: bool,
    },
    /// A profile is not used as the owner's.
    OwnerRefused {
        profile: String,
        problem: Problem,
    },
    /// The contact information on file was read; `None` when there is none.
    ContactRead(Attempt, Result<Option<ContactOnFile>, Problem>),
    FixAnswered(Attempt, FixRecord, FixAnswer),
}

//! What goes into the state machine and what comes out of it.
//!
//! Facts are in the past tense; effects are orders. Neither holds anything that does I/O by itself.

use std::time::Duration;

use jiff::Timestamp;

use super::KeyPress;
use crate::aws::{ContactOnFile, Endpoint, LeaveAnswer, MfaCode, Reading};
use crate::checklist::gate::ReadyToLeave;
use crate::checklist::{AccountId, Finding, Fix, FixAnswer, FixRecord, OwnerProof, Problem, StepId, Subject};
use crate::journal::{Entry, Past};

/// The number of one try of something. Numbers are never used twice within one run of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Attempt(pub u64);

/// What is asked again after a pause, without anybody pressing a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Asked {
    /// Who and where we are.
    Subject,
    /// One check.
    Step(StepId),
    /// The leave: AWS took nothing and asked to come back in a moment.
    Leave,
}

/// What is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copied {
    /// The address of a page.
    Link,
    /// A command.
    Command,
}

/// A profile that could be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileChoice {
    /// Its name, as the configuration files spell it.
    pub name: String,
    /// Where its credentials come from, in a few words.
    pub source: String,
}

/// What is known of the connection before AWS has been asked anything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SessionFacts {
    /// The profile, when one is used.
    pub profile: Option<String>,
    /// Whose credentials are in use and what chose them, in sentences.
    pub chosen: Option<String>,
    /// The region that is configured.
    pub region: String,
    /// When the credentials end, when they do.
    pub expires_at: Option<Timestamp>,
    /// The hosts in place of AWS's own at which questions about the account are answered, in words.
    pub custom_endpoints: Vec<String>,
    /// Every endpoint in place of AWS's own.
    pub endpoints: Vec<Endpoint>,
    /// The command that signs in again, when the profile has one.
    pub sign_in: Option<Vec<String>>,
}

/// No usable credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unconnected {
    /// Why.
    pub problem: Problem,
    /// The command that signs in, when the profile has one.
    pub sign_in: Option<Vec<String>>,
    /// Every endpoint in place of AWS's own, as far as the attempt came.
    pub endpoints: Vec<Endpoint>,
}

/// A journal that can be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Where it is.
    pub path: String,
    /// What it holds.
    pub past: Box<Past>,
}

/// Something that happened.
#[derive(Debug)]
pub enum Message {
    // ---- the person ----
    /// A key was pressed.
    Pressed(KeyPress),
    /// A text was pasted.
    Pasted(String),

    // ---- the connection ----
    /// The profiles on this machine were read.
    ProfilesListed(Result<Vec<ProfileChoice>, Problem>),
    /// Credentials were found, or not.
    Connected {
        /// Which try.
        attempt: Attempt,
        /// What came of it.
        result: Result<SessionFacts, Unconnected>,
    },

    // ---- the checks ----
    /// AWS said who and where we are, or could not be asked.
    SubjectRead {
        /// Which round.
        attempt: Attempt,
        /// What came of it.
        result: Result<Subject, Problem>,
    },
    /// One check ended.
    CheckFinished {
        /// Which round.
        attempt: Attempt,
        /// What it found.
        finding: Finding,
    },
    /// What AWS had no time for will be asked again by itself.
    RetryScheduled {
        /// What.
        of: Asked,
        /// The try that AWS had no time for.
        attempt: Attempt,
        /// When it will be.
        at: Timestamp,
    },
    /// The time for that has come.
    RetryDue {
        /// What.
        of: Asked,
        /// The try that AWS had no time for.
        attempt: Attempt,
    },

    // ---- the owner's credentials ----
    /// The profiles that may be the owner's were read.
    OwnerProfilesListed(Result<Vec<ProfileChoice>, Problem>),
    /// AWS said whether a profile is the organization's owner's.
    OwnerMet {
        /// Which try.
        attempt: Attempt,
        /// The profile.
        profile: String,
        /// The endpoints in place of AWS's own that this profile came to.
        endpoints: Vec<Endpoint>,
        /// Whose it is, or why it is not used.
        result: Result<OwnerProof, Problem>,
    },

    // ---- putting steps right ----
    /// The contact information on file was read; `None` when there is none.
    ContactRead {
        /// Which try.
        attempt: Attempt,
        /// What came of it.
        result: Result<Option<ContactOnFile>, Problem>,
    },
    /// A change was answered.
    FixAnswered {
        /// Which try.
        attempt: Attempt,
        /// Which change.
        fix: FixRecord,
        /// How.
        answer: FixAnswer,
    },
    /// The phone of the practice AWS received this code.
    PracticePhoneRang(String),

    // ---- the leave ----
    /// The call to `LeaveOrganization` ended.
    LeaveAnswered {
        /// Which call.
        attempt: Attempt,
        /// How it ended.
        answer: LeaveAnswer,
    },
    /// The next look at the membership has a time.
    LookScheduled {
        /// Which look.
        attempt: Attempt,
        /// When it will be.
        at: Timestamp,
    },
    /// The membership was read.
    MembershipRead {
        /// Which look.
        attempt: Attempt,
        /// What AWS said.
        reading: Reading,
    },

    // ---- the journal ----
    /// The journal of the account is long and is being read.
    JournalRead {
        /// Which try.
        attempt: Attempt,
        /// How many bytes were read.
        read: u64,
        /// Of how many.
        of: u64,
    },
    /// The journal of the account was opened, or can be written again.
    JournalOpened {
        /// Which try.
        attempt: Attempt,
        /// What came of it.
        result: Result<Opened, Problem>,
    },
    /// What could not be written into the journal is in it now.
    JournalRecovered {
        /// Whose.
        account: AccountId,
        /// Where it is.
        path: String,
    },
    /// Something could not be written into the journal. It is kept, and written first when the journal is opened again.
    JournalFailed {
        /// Whose.
        account: AccountId,
        /// Why.
        problem: Problem,
    },

    // ---- the machine ----
    /// A page was opened, or could not be; either way in words.
    LinkOpened(Result<String, String>),
    /// Something was handed to the terminal's clipboard.
    Copied(Copied),
    /// The sign-in command ended.
    SignInEnded(Result<String, String>),
    /// The report was written to this path, or not.
    ReportSaved(Result<String, String>),
    /// SIGINT or SIGTERM.
    Interrupted,
    /// Nobody can answer any more.
    InputEnded,
    /// The terminal went away.
    TerminalLost,
}

/// Something to do.
#[derive(Debug)]
pub enum Effect {
    /// Read the profiles on this machine; answer [`Message::ProfilesListed`].
    ListProfiles,
    /// Find credentials; answer [`Message::Connected`].
    Connect {
        /// Which try.
        attempt: Attempt,
        /// The profile, when one was chosen here.
        profile: Option<String>,
        /// The code of the MFA device, when somebody typed one.
        code: Option<MfaCode>,
    },
    /// Read the subject and run these checks, if any, side by side; answer [`Message::SubjectRead`] and a [`Message::CheckFinished`] each.
    RunChecks {
        /// Which round.
        attempt: Attempt,
        /// The steps.
        steps: Vec<StepId>,
    },
    /// Let a pause go by before AWS is asked again; answer [`Message::RetryScheduled`], then [`Message::RetryDue`].
    ScheduleRetry {
        /// What will be asked again.
        of: Asked,
        /// The try that AWS had no time for.
        attempt: Attempt,
        /// How often in a row it was.
        failures: u32,
    },
    /// Open the journal of the account, or try again to write it; answer [`Message::JournalOpened`].
    OpenJournal {
        /// Which try.
        attempt: Attempt,
        /// Whose.
        account: AccountId,
        /// Hosts that take AWS's place, in words: what was said in another place does not count here.
        endpoints: Vec<String>,
    },
    /// Write an entry into the journal; answer [`Message::JournalFailed`] if that fails.
    Record {
        /// What happened.
        entry: Box<Entry>,
        /// When.
        at: Timestamp,
    },
    /// Read the profiles that may be the owner's; answer [`Message::OwnerProfilesListed`].
    ListOwnerProfiles,
    /// Find the credentials of this profile, and let AWS prove that they are the owner's; answer [`Message::OwnerMet`].
    ConnectOwner {
        /// Which try.
        attempt: Attempt,
        /// The profile.
        profile: String,
    },
    /// Read the contact information on file; answer [`Message::ContactRead`].
    ReadContact {
        /// Which try.
        attempt: Attempt,
    },
    /// Write down what is about to be changed, then do it once; answer [`Message::FixAnswered`]. What cannot be written down is not done.
    Apply {
        /// Which try.
        attempt: Attempt,
        /// What.
        fix: Fix,
    },
    /// Write the intent down, then call `LeaveOrganization` once; answer [`Message::LeaveAnswered`]. What cannot be written down is not done.
    Leave {
        /// Which call.
        attempt: Attempt,
        /// The permission to.
        token: ReadyToLeave,
    },
    /// Read the membership after a pause; answer [`Message::LookScheduled`], then [`Message::MembershipRead`].
    LookAtMembership {
        /// Which look.
        attempt: Attempt,
        /// Whose membership: what other credentials say does not count.
        account: AccountId,
        /// How long to wait first.
        after: Duration,
    },
    /// Open a page; answer [`Message::LinkOpened`].
    OpenLink(String),
    /// Hand a text to the terminal's clipboard; answer [`Message::Copied`].
    Copy(Copied, String),
    /// Run the sign-in command with the screen out of the way; answer [`Message::SignInEnded`].
    SignIn(Vec<String>),
    /// Write the report; answer [`Message::ReportSaved`].
    SaveReport,
    /// Forget every key that was pressed before the present screen could be seen.
    DiscardTypeAhead,
    /// Give the terminal back to the shell until the person returns.
    Suspend,
    /// End the program.
    Quit,
}

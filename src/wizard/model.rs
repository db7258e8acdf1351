//! Everything a front end needs to draw: the state of the walk, and what can be told from it.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use tui_input::Input;

use super::fixes::FixOut;
use super::{
    Attempt, Before, Confirming, ContactForm, Deregistering, LastRequest, Leave, Outcome, OwnerChoice, Ownership, PhoneCheck,
    PhoneStage, ProfileChoice, Record, SentCode, SessionFacts,
};
use crate::aws::Endpoint;
use crate::checklist::gate::{self, Change};
use crate::checklist::{AccountId, Checklist, Destination, Finding, Membership, Problem, Standing, Step, StepId, Subject};
use crate::journal::{Entry, Unsettled};

/// What this walk may end in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The guided leave.
    Guided,
    /// The same walk, unable to leave.
    Review,
}

/// What the practice AWS is playing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Practice {
    /// The scenario, in a few words.
    pub title: String,
    /// What is wrong there and what is to be learned, in two sentences.
    pub story: String,
}

/// What is settled before the walk begins.
#[derive(Debug, Clone)]
pub struct Setting {
    /// What the walk may end in.
    pub mode: Mode,
    /// The practice AWS, when this is the demo.
    pub practice: Option<Practice>,
    /// Whether a profile was named, on the command line or in the environment, or credentials are in the environment: then nobody
    /// is asked to choose.
    pub profile: ProfileWish,
    /// Who attests: the name of the person on this machine.
    pub person: String,
    /// The profile of the organization's owner, when the command line names one.
    pub management_profile: Option<String>,
}

/// How the profile is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProfileWish {
    /// This one.
    Named(String),
    /// Whatever the standard chain comes to.
    Chain,
    /// Ask, when several would do.
    Ask,
}

/// How far the connection to AWS is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Connection {
    /// Not begun: a profile has to be chosen first.
    NotYet,
    /// Credentials are being looked for. What failed before stays in sight.
    Connecting {
        /// This try.
        attempt: Attempt,
        /// What went wrong the last time.
        previous: Option<Problem>,
        /// How often it has been tried, this time included.
        tries: u32,
    },
    /// No usable credentials.
    Failed {
        /// Why.
        problem: Problem,
        /// How often it has been tried.
        tries: u32,
        /// The command that signs in, when the profile has one.
        sign_in: Option<Vec<String>>,
    },
    /// Credentials are there.
    Up(SessionFacts),
}

/// The screen below every overlay.
#[derive(Debug)]
pub enum Screen {
    /// Choosing a profile.
    Profiles {
        /// Which one is selected.
        cursor: usize,
    },
    /// The credentials belong to another account now. Everything has stopped.
    OtherAccount {
        /// The account of this walk.
        before: AccountId,
        /// The account of the credentials.
        now: AccountId,
    },
    /// The account and where it is going.
    Account,
    /// The steps.
    Checklist,
    /// The form for the contact information.
    Contact(ContactForm),
    /// Taking delegated services away.
    Deregister(Deregistering),
    /// The typed confirmation.
    Confirm(Confirming),
    /// The leave, from the confirmation to how it ended: [`Model::leave`].
    Leave,
}

/// The digits of a code, as far as they are typed. They never print themselves.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Digits(pub String);

impl std::fmt::Debug for Digits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Digits({} of them)", self.0.len())
    }
}

/// What lies on top of a screen.
#[derive(Debug)]
pub enum Overlay {
    /// The keys.
    Help {
        /// Lines scrolled.
        scroll: u16,
    },
    /// What AWS answered.
    Evidence {
        /// Lines scrolled.
        scroll: u16,
    },
    /// The note of an attestation.
    Note {
        /// For which step.
        step: StepId,
        /// What is wrong with it, once it was turned down.
        refused: Option<String>,
    },
    /// The code of an MFA device.
    Code {
        /// The digits typed so far.
        typed: Digits,
    },
    /// Choosing the profile of the organization's owner.
    Owner(OwnerChoice),
    /// Verifying the phone number.
    Phone(PhoneCheck),
    /// Whether to run this command, which signs in again.
    SignIn(Vec<String>),
    /// Whether to quit.
    Quit,
    /// What changed since the confirmation.
    Changes {
        /// The changes.
        changes: Vec<Change>,
        /// Lines scrolled.
        scroll: u16,
    },
}

impl Overlay {
    /// The lines scrolled, where it scrolls.
    pub(super) fn scroll_mut(&mut self) -> Option<&mut u16> {
        match self {
            Self::Help { scroll } | Self::Evidence { scroll } | Self::Changes { scroll, .. } => Some(scroll),
            Self::Phone(check) => Some(&mut check.scroll),
            Self::Note { .. } | Self::Code { .. } | Self::Owner(_) | Self::SignIn(_) | Self::Quit => None,
        }
    }
}

/// Which half of the checklist has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    /// The steps.
    Steps,
    /// The detail of the selected step.
    Detail,
}

/// How one question to AWS is doing: the check of a step, or who and where we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Row {
    /// The try that is running.
    pub running: Option<Attempt>,
    /// How often it was tried since it last gave an answer other than "could not find out".
    pub tries: u32,
    /// The try that AWS had no time for, while it waits to run again.
    pub waiting: Option<Attempt>,
    /// When it will run again by itself.
    pub retry_at: Option<Timestamp>,
    /// When the newest try began.
    pub(super) begun_at: Option<Timestamp>,
}

impl Row {
    /// Whether `attempt` has not answered yet: it is running, or waits to run again.
    #[must_use]
    pub fn is_out(&self, attempt: Attempt) -> bool {
        self.running == Some(attempt) || self.waiting == Some(attempt)
    }

    pub(super) fn begin(&mut self, attempt: Attempt, now: Timestamp) {
        *self = Self { running: Some(attempt), tries: self.tries + 1, begun_at: Some(now), ..Self::default() };
    }

    pub(super) fn wait(&mut self, attempt: Attempt) {
        // A row that waits can be hastened at once, so it forgets when it began.
        *self = Self { tries: self.tries, waiting: Some(attempt), ..Self::default() };
    }

    /// Nothing is awaited any more; how often it was tried stays known until there is an answer.
    pub(super) fn stop(&mut self) {
        *self = Self { tries: self.tries, begun_at: self.begun_at, ..Self::default() };
    }
}

/// A sentence for the person about what just happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Something to know.
    Said(String),
    /// Something that did not work.
    Failed(String),
}

impl Notice {
    /// The sentence.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Said(text) | Self::Failed(text) => text,
        }
    }
}

/// Why the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// The person said so.
    Quit,
    /// SIGINT, SIGTERM or Ctrl-C.
    Interrupted,
    /// The terminal went away.
    TerminalLost,
}

/// How many lines reach beyond what a pane can show, as the last frame was laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Overflow {
    /// Of the detail pane.
    pub detail: u16,
    /// Of the overlay, or of a screen that scrolls as a whole.
    pub page: u16,
    /// The window was too small to show the screen at all: then no key may act on what nobody sees.
    pub is_hidden: bool,
}

/// The state of the walk.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Model {
    /// What was settled before.
    pub setting: Setting,
    /// The time of the last message.
    pub now: Timestamp,
    /// How far the connection is.
    pub connection: Connection,
    /// The screen.
    pub screen: Screen,
    /// How far the leave is.
    pub leave: Leave,
    /// What lies on top of it.
    pub overlay: Option<Overlay>,
    /// The steps.
    pub checklist: Checklist,
    /// How their checks are doing, in the order of [`StepId::ALL`].
    pub rows: [Row; StepId::ALL.len()],
    /// Why the account could not be identified in the last round, if so.
    pub identity_problem: Option<Problem>,
    /// The hosts in place of AWS's own that answer about the account of this walk, in words.
    pub custom_endpoints: Vec<String>,
    /// Every endpoint in place of AWS's own that the present connection has come to, the management profile's included.
    pub endpoints: Vec<Endpoint>,
    /// How far the owner's credentials are.
    pub owner: Ownership,
    /// The code that was last sent to the phone on file.
    pub(super) code: Option<SentCode>,
    /// The changes that AWS was asked for and has not answered.
    pub(super) fixes_out: Vec<FixOut>,
    /// Whether something of the account of this walk was changed from here, or may have been.
    pub has_changed: bool,
    /// How the journal of the account is doing.
    pub record: Record,
    /// What is to be told of the walks before this one.
    pub before: Option<Before>,
    /// Whether this walk has had its journal open: then what could not be written is kept with it.
    pub(super) has_journal: bool,
    /// A leave of an earlier walk whose outcome has to be read as soon as it is known whose the credentials are.
    pub(super) unsettled: Option<Unsettled>,
    /// What waits to be written into the journal.
    pub(super) to_write: Vec<(Timestamp, Entry)>,
    pub(super) written_endpoints: Vec<String>,
    pub(super) written_subject: Option<Subject>,
    pub(super) written_findings: [Option<Finding>; StepId::ALL.len()],
    /// How often in a row AWS said that the account is in no organization.
    pub(super) outside: u32,
    /// How the question who and where we are is doing.
    pub identity: Row,
    /// Whether AWS has said who the present credentials belong to. Until then, what they find out may be about another account.
    pub(super) is_identified: bool,
    /// What was found out before that was known.
    pub(super) unattributed: Vec<(Attempt, Finding)>,
    /// The selected step.
    pub cursor: StepId,
    /// Whether the selection still follows the first open step: until the person moves it.
    pub follows: bool,
    /// Which half of the checklist has the keys.
    pub pane: Pane,
    /// Lines scrolled in the detail, or on a screen that scrolls as a whole.
    pub scroll: u16,
    /// Which destination is selected.
    pub destination_cursor: usize,
    /// What was typed into notes that were not said yet.
    pub drafts: BTreeMap<StepId, Input>,
    /// The last sentence for the person.
    pub notice: Option<Notice>,
    /// Whether the account ID is asked for in groups, each its own answer: line by line, and once something arrived that nobody typed.
    pub asks_in_groups: bool,
    /// How the last attempt to leave ended, once there was one.
    pub last_outcome: Option<LastOutcome>,
    /// The last request to leave of which AWS has shown no effect.
    pub last_request: Option<LastRequest>,
    /// The one before it, where the last one was only put off: once that explains nothing any more, this one does again.
    pub(super) earlier_request: Option<LastRequest>,
    /// Reads of the membership before the journal was open.
    pub(super) reads_before_journal: Vec<(Timestamp, Membership)>,
    /// How often in a row AWS reported a member after it had reported none, and steps were asked again for that.
    pub(super) flaps: u32,
    /// An account that this walk has gone on from while it was not known whether it had left.
    pub(super) in_doubt: Option<AccountId>,
    /// How many requests to leave were sent under the last confirmation.
    pub requests: u32,
    /// Why the program ends, once it does.
    pub exit: Option<Exit>,
    /// What did not fit into the last frame.
    pub overflow: Overflow,
    /// The profiles that were offered, when several were.
    pub profiles: Vec<ProfileChoice>,
    pub(super) profile: Option<String>,
    pub(super) attempts: Attempt,
}

/// How the last attempt to leave ended, as far as the exit code is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastOutcome {
    /// AWS said no.
    Refused,
    /// AWS asked us to try again later, and it was not tried to the end.
    PutOff,
}

impl Model {
    /// A walk that has not begun. [`Self::begin`] gives its first effects.
    #[must_use]
    pub fn new(setting: Setting) -> Self {
        let owner = Ownership { profile: setting.management_profile.clone(), ..Ownership::default() };
        Self {
            owner,
            code: None,
            fixes_out: Vec::new(),
            has_changed: false,
            setting,
            now: Timestamp::UNIX_EPOCH,
            connection: Connection::NotYet,
            screen: Screen::Account,
            leave: Leave::Idle,
            overlay: None,
            checklist: Checklist::default(),
            rows: [Row::default(); StepId::ALL.len()],
            identity_problem: None,
            custom_endpoints: Vec::new(),
            endpoints: Vec::new(),
            written_endpoints: Vec::new(),
            record: Record::NotYet,
            before: None,
            has_journal: false,
            unsettled: None,
            to_write: Vec::new(),
            written_subject: None,
            written_findings: Default::default(),
            outside: 0,
            identity: Row::default(),
            is_identified: false,
            unattributed: Vec::new(),
            cursor: StepId::ALL[0],
            follows: true,
            pane: Pane::Steps,
            scroll: 0,
            destination_cursor: 0,
            drafts: BTreeMap::new(),
            notice: None,
            asks_in_groups: false,
            last_outcome: None,
            last_request: None,
            earlier_request: None,
            reads_before_journal: Vec::new(),
            flaps: 0,
            in_doubt: None,
            requests: 0,
            exit: None,
            overflow: Overflow::default(),
            profiles: Vec::new(),
            profile: None,
            attempts: Attempt::default(),
        }
    }

    /// Where the walk goes back to: the checklist, once somebody has said where the account is going.
    pub(super) fn home(&self) -> Screen {
        if self.checklist.destination.is_some() { Screen::Checklist } else { Screen::Account }
    }

    /// Whether the walk is about this account.
    #[must_use]
    pub fn is_about(&self, account: &AccountId) -> bool {
        self.checklist.subject.as_ref().is_some_and(|subject| subject.identity.account == *account)
    }

    /// The selected step.
    #[must_use]
    pub fn selected(&self) -> &Step {
        self.checklist.step(self.cursor)
    }

    /// How the check of `step` is doing.
    #[must_use]
    pub fn row(&self, step: StepId) -> &Row {
        &self.rows[step.index()]
    }

    pub(super) fn row_mut(&mut self, step: StepId) -> &mut Row {
        &mut self.rows[step.index()]
    }

    /// The link of the selected step, where one can be opened on the present screen.
    #[must_use]
    pub fn link(&self) -> Option<&str> {
        match self.screen {
            Screen::Checklist => self.selected().finding.as_ref()?.link.as_deref(),
            _ => None,
        }
    }

    /// The command that does the selected step, where one can be copied on the present screen.
    #[must_use]
    pub fn command_to_run(&self) -> Option<&str> {
        match self.screen {
            Screen::Checklist => self.selected().finding.as_ref()?.command.as_deref(),
            _ => None,
        }
    }

    /// The connection's facts, while there is one.
    #[must_use]
    pub fn session(&self) -> Option<&SessionFacts> {
        match &self.connection {
            Connection::Up(facts) => Some(facts),
            Connection::NotYet | Connection::Connecting { .. } | Connection::Failed { .. } => None,
        }
    }

    /// Why nothing can be asked of AWS, if so: no credentials, or nobody knows whose.
    #[must_use]
    pub fn connection_problem(&self) -> Option<&Problem> {
        match &self.connection {
            Connection::Failed { problem, .. } => Some(problem),
            Connection::Connecting { previous, .. } => previous.as_ref(),
            Connection::NotYet | Connection::Up(_) => self.identity_problem.as_ref(),
        }
    }

    /// The command that signs in again, when the profile has one or the practice AWS plays it.
    #[must_use]
    pub fn sign_in_command(&self) -> Option<Vec<String>> {
        if self.setting.practice.is_some() {
            return Some(["aws", "sso", "login"].map(str::to_owned).to_vec());
        }
        match &self.connection {
            Connection::Up(facts) => facts.sign_in.clone(),
            Connection::Failed { sign_in, .. } => sign_in.clone(),
            Connection::NotYet | Connection::Connecting { .. } => None,
        }
    }

    /// Whether something is being read or changed from a screen of its own, or a code is counted down.
    fn is_changing_something(&self) -> bool {
        let form = matches!(&self.screen, Screen::Contact(form) if form.is_waiting());
        let service = matches!(&self.screen, Screen::Deregister(state) if state.is_waiting());
        let phone = match &self.overlay {
            Some(Overlay::Phone(check)) => match check.stage {
                PhoneStage::Ready => false,
                PhoneStage::Typing(_) => self.code_is_good(),
                PhoneStage::Sending(_) | PhoneStage::Verifying { .. } => true,
            },
            _ => false,
        };
        form || service || phone || self.owner.asking.is_some()
    }

    /// Whether a check is running or waiting to run again.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        matches!(self.connection, Connection::Connecting { .. })
            || self.rows.iter().chain([&self.identity]).any(|row| row.running.is_some() || row.retry_at.is_some())
    }

    /// The first step after `step` that the gate waits for, around the end to the beginning.
    #[must_use]
    pub fn next_open_after(&self, step: StepId) -> Option<StepId> {
        let locked = gate::locked_by(&self.checklist, self.now);
        locked.iter().find(|open| **open > step).or(locked.first()).copied()
    }

    /// Which destination the person stands on.
    #[must_use]
    pub fn selected_destination(&self) -> Destination {
        Destination::ALL[self.destination_cursor.min(Destination::ALL.len() - 1)]
    }

    /// How often the picture changes although nothing happens: ages, countdowns, progress. `None`: never.
    #[must_use]
    pub fn ticks(&self) -> Option<Duration> {
        const WATCHING: Duration = Duration::from_secs(1);
        const READING: Duration = Duration::from_secs(30);
        const LAST_MINUTES: i64 = 120;
        // The last minutes of a session are counted down in seconds.
        let ends = (0..=LAST_MINUTES).contains(&self.credentials_last_for().unwrap_or(i64::MAX));
        if self.is_busy() || ends || self.is_changing_something() || self.leave.is_under_way() {
            return Some(WATCHING);
        }
        let ages =
            self.session().is_some_and(|facts| facts.expires_at.is_some()) || self.checklist.steps().any(|s| s.finding.is_some());
        ages.then_some(READING)
    }

    /// Whether a request to leave is on its way and nobody knows yet what came of it.
    #[must_use]
    pub fn is_in_flight(&self) -> bool {
        matches!(self.leave, Leave::Calling { .. } | Leave::Verifying(_))
    }

    /// Whether an earlier request to leave was sent, whatever came of it: by this walk, or by one of which AWS has shown no effect.
    #[must_use]
    pub fn has_sent_before(&self) -> bool {
        self.last_request.is_some() || self.last_outcome.is_some()
    }

    /// The exit code, by the contract in the README.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self.exit {
            _ if self.in_doubt.is_some() => 8,
            _ if matches!(self.leave, Leave::Ended(Outcome::Left { .. } | Outcome::AlreadyStandalone)) => 0,
            _ if self.has_open_request() => 8,
            Some(Exit::TerminalLost) => 129,
            Some(Exit::Interrupted) => 130,
            _ if self.last_outcome.is_some() => 7,
            _ if self.connection_problem().is_some() => 3,
            _ if self.setting.mode == Mode::Review => exit_code_of_standings(&self.checklist, &StepId::ALL, self.now),
            _ => 9,
        }
    }

    pub(super) fn next_attempt(&mut self) -> Attempt {
        self.attempts = Attempt(self.attempts.0 + 1);
        self.attempts
    }
}

/// What `steps` come to at `now`: 0 when nothing is left to do or to find out, else the lowest code that applies. Advice locks nothing,
/// so it counts only where it was asked for by name.
#[must_use]
pub fn exit_code_of_standings(checklist: &Checklist, steps: &[StepId], now: Timestamp) -> u8 {
    if checklist.is_standalone() {
        return 0;
    }
    let code = |standing: Option<Standing>| match standing {
        Some(Standing::Met | Standing::Attested | Standing::NotApplicable) => 0,
        Some(Standing::Unmet) => 4,
        Some(Standing::Waiting) => 5,
        Some(Standing::NeedsYou | Standing::Unknown) | None => 6,
    };
    // The gate opens only for a leave out of a known organization.
    let is_somewhere = checklist.subject.as_ref().is_some_and(|subject| subject.organization().is_some());
    let named = steps.len() < StepId::ALL.len();
    // A refusal that stands is told, and counts, whatever was asked for.
    let is_refused = |step: StepId| checklist.step(step).standing_refusals(now).next().is_some();
    let is_asked = |step: StepId| if named { steps.contains(&step) } else { step.blocks() };
    let judged = StepId::ALL.into_iter().filter(|step| is_asked(*step) || is_refused(*step));
    judged
        .map(|step| code(checklist.step(step).standing(now)))
        .filter(|code| *code != 0)
        .min()
        .unwrap_or(if named || is_somewhere { 0 } else { 6 })
}

//! Everything a front end needs to draw: the state of the walk, and what can be told from it.

use std::collections::BTreeMap;
use std::time::Duration;

use tui_input::Input;

use super::{Effect, Key, KeyPress, Overlay, Pane, PhoneStage, ProfileChoice, Screen, Text};
use crate::checklist::gate;
use crate::checklist::{Destination, OneTimeCode, Step, StepId};
use crate::departure::{Connection, Departure, DepartureId, Leave, Mode, Outcome};
use crate::journal::Past;

/// What the practice AWS is playing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Practice {
    pub title: String,
    /// What is wrong there and what is to be learned, in two sentences.
    pub story: String,
}

/// What is settled before the walk begins.
#[derive(Debug, Clone)]
pub struct WizardConfig {
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
    Named(String),
    /// Whatever the standard chain comes to.
    Chain,
    /// Ask, when several would do.
    Ask,
}

/// The digits of a code, as far as they are typed. They never print themselves.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Digits(pub String);

impl std::fmt::Debug for Digits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Digits({} of them)", self.0.len())
    }
}

impl Digits {
    /// A key while the code is typed. A held key types nothing.
    pub(super) fn type_key(&mut self, press: KeyPress) {
        match press.key {
            _ if press.is_repeat => {}
            Key::Char(digit) if digit.is_ascii_digit() && self.0.len() < OneTimeCode::DIGITS => self.0.push(digit),
            Key::Backspace => drop(self.0.pop()),
            _ => {}
        }
    }
}

/// A sentence for the person about what just happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    Said(Text),
    Failed(Text),
}

impl Notice {
    /// The sentence.
    #[must_use]
    pub fn text(&self) -> &Text {
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
    TerminalLost,
}

/// How many lines reach beyond what a pane can show, as the last frame was laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Overflow {
    pub detail: u16,
    /// Of the overlay, or of a screen that scrolls as a whole.
    pub page: u16,
    /// The window was too small to show the screen at all: then no key may act on what nobody sees.
    pub is_hidden: bool,
}

/// The state of the walk: a departure, and what a person sees and holds of it.
#[derive(Debug)]
pub struct Model {
    pub id: DepartureId,
    pub departure: Departure,
    /// The practice AWS, when this is the demo.
    pub practice: Option<Practice>,
    pub(super) wish: ProfileWish,
    /// The profiles that were offered, when several were.
    pub profiles: Vec<ProfileChoice>,
    pub screen: Screen,
    pub overlay: Option<Overlay>,
    pub cursor: StepId,
    /// Whether the selection still follows the first open step: until the person moves it.
    pub follows: bool,
    pub pane: Pane,
    /// Lines scrolled in the detail, or on a screen that scrolls as a whole.
    pub scroll: u16,
    pub destination_cursor: usize,
    /// What was typed into notes that were not said yet.
    pub drafts: BTreeMap<StepId, Input>,
    pub notice: Option<Notice>,
    /// Whether the account ID is asked for in groups, each its own answer: line by line, and once something arrived that nobody typed.
    pub asks_in_groups: bool,
    pub exit: Option<Exit>,
    /// What did not fit into the last frame.
    pub overflow: Overflow,
    pub(super) effects: Vec<Effect>,
}

impl Model {
    /// A walk that has not begun. [`Self::begin`] gives its first effects.
    #[must_use]
    pub fn new(setting: WizardConfig) -> Self {
        let WizardConfig { mode, practice, profile: wish, person, management_profile } = setting;
        Self {
            id: DepartureId::default(),
            departure: Departure::new(mode, person, management_profile),
            practice,
            wish,
            profiles: Vec::new(),
            screen: Screen::Account,
            overlay: None,
            cursor: StepId::ALL[0],
            follows: true,
            pane: Pane::Steps,
            scroll: 0,
            destination_cursor: 0,
            drafts: BTreeMap::new(),
            notice: None,
            asks_in_groups: false,
            exit: None,
            overflow: Overflow::default(),
            effects: Vec::new(),
        }
    }

    pub(crate) fn welcomes_back(&self) -> Option<&Past> {
        matches!(self.screen, Screen::Account).then_some(self.departure.before.as_ref()).flatten()
    }

    /// Where the walk goes back to: the checklist, once somebody has said where the account is going.
    pub(super) fn home(&self) -> Screen {
        if self.departure.checklist.destination.is_some() { Screen::Checklist } else { Screen::Account }
    }

    pub(crate) fn selected(&self) -> &Step {
        self.departure.checklist.step(self.cursor)
    }

    /// The link of the selected step, where one can be opened on the present screen.
    pub(crate) fn link(&self) -> Option<&str> {
        match self.screen {
            Screen::Checklist => self.selected().finding.as_ref()?.wording().link,
            _ => None,
        }
    }

    /// The command that does the selected step, where one can be copied on the present screen.
    pub(crate) fn command_to_run(&self) -> Option<&str> {
        match self.screen {
            Screen::Checklist => self.selected().finding.as_ref()?.wording().command.as_deref(),
            _ => None,
        }
    }

    /// The command that signs in again, when the profile has one or the practice AWS plays it.
    pub(crate) fn sign_in_command(&self) -> Option<Vec<String>> {
        if self.practice.is_some() {
            return Some(["aws", "sso", "login"].map(str::to_owned).to_vec());
        }
        match &self.departure.connection {
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
                PhoneStage::Typing(_) => self.departure.code_is_good(),
                PhoneStage::Sending(_) | PhoneStage::Verifying { .. } => true,
            },
            _ => false,
        };
        form || service || phone || self.departure.owner.asking.is_some()
    }

    /// The first step after `step` that the gate waits for, around the end to the beginning.
    #[must_use]
    pub fn next_open_after(&self, step: StepId) -> Option<StepId> {
        let locked = gate::locked_by(&self.departure.checklist, self.departure.now);
        locked.iter().find(|open| **open > step).or(locked.first()).copied()
    }

    /// Which destination the person stands on.
    pub(crate) fn selected_destination(&self) -> Destination {
        Destination::ALL[self.destination_cursor.min(Destination::ALL.len() - 1)]
    }

    /// How often the picture changes although nothing happens: ages, countdowns, progress. `None`: never.
    pub(crate) fn ticks(&self) -> Option<Duration> {
        const WATCHING: Duration = Duration::from_secs(1);
        const READING: Duration = Duration::from_secs(30);
        const LAST_MINUTES: i64 = 120;
        // The last minutes of a session are counted down in seconds.
        let ends = (0..=LAST_MINUTES).contains(&self.departure.credentials_last_for().unwrap_or(i64::MAX));
        if self.departure.is_busy() || ends || self.is_changing_something() || self.departure.leave.is_under_way() {
            return Some(WATCHING);
        }
        let ages = self.departure.session().is_some_and(|facts| facts.expires_at.is_some())
            || self.departure.checklist.steps().any(|s| s.finding.is_some());
        ages.then_some(READING)
    }

    /// The exit code, by the contract in the README.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self.exit {
            _ if self.departure.in_doubt.is_some() => 8,
            _ if matches!(self.departure.leave, Leave::Ended(Outcome::Left { .. } | Outcome::AlreadyStandalone)) => 0,
            _ if self.departure.has_open_request() => 8,
            Some(Exit::TerminalLost) => 129,
            Some(Exit::Interrupted) => 130,
            _ if self.departure.last_outcome.is_some() => 7,
            _ if self.departure.connection_problem().is_some() => 3,
            _ if self.departure.mode == Mode::Review => self.departure.checklist.exit_code(&StepId::ALL, self.departure.now),
            _ => 9,
        }
    }
}

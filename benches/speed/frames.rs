//! What drawing one frame costs: the views, the comparison with the frame before, and the bytes for the terminal.

use std::cell::Cell;
use std::io::{self, Write};
use std::rc::Rc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use leave_org::aws::{ConnectOptions, Practice};
use leave_org::checklist::StepId;
use leave_org::departure::{JournalState, Mode};
use leave_org::driver::{Driver, Guiding};
use leave_org::journal::Folder;
use leave_org::simulator::{MEMBER_ACCESS_KEY, SECRET_ACCESS_KEY, Server};
use leave_org::views::theme::Theme;
use leave_org::views::{self, ViewContext};
use leave_org::wizard::{Key, Message, Model, Overlay, ProfileWish, Screen, WizardConfig};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Frame, Terminal, TerminalOptions, Viewport};
use tempfile::TempDir;
use tokio::sync::mpsc;

use crate::figures::{Row, Samples, Verdict, ms};
use crate::practice::{self, RUNTIME};

pub fn checklist() -> Row {
    let mut walk = Walk::to_checklist(practice::server("everything-wrong", 0));
    // The longest detail of all.
    walk.stand_on(StepId::OldOwnerAccess);
    walk.row()
}

pub fn evidence() -> Row {
    let mut walk = Walk::to_checklist(practice::server_with_many(0));
    walk.stand_on(StepId::AccessAfterwards);
    walk.press(Key::Char('e'));
    assert!(matches!(walk.model.overlay, Some(Overlay::Evidence { .. })));
    walk.row()
}

pub fn confirmation() -> Row {
    let mut walk = Walk::to_checklist(practice::server("ready", 0));
    while let Some(open) = walk.model.next_open_after(StepId::ALL[0]) {
        walk.stand_on(open);
        walk.press(Key::Char('a'));
        "a card that was looked at today".chars().for_each(|letter| walk.press(Key::Char(letter)));
        walk.press(Key::Enter);
        assert_ne!(walk.model.next_open_after(StepId::ALL[0]), Some(open), "{:?}", walk.model.notice);
    }
    walk.press(Key::Enter);
    assert!(matches!(walk.model.screen, Screen::Confirm(_)), "{:?}", walk.model.notice);
    walk.row()
}

/// A walk without a screen, over the real driver.
struct Walk {
    model: Model,
    driver: Driver<Guiding>,
    messages: mpsc::UnboundedReceiver<Message>,
    _server: Server,
    _journal: TempDir,
}

impl Walk {
    /// A walk on whose checklist every step has its finding.
    fn to_checklist(server: Server) -> Self {
        let practice = Practice {
            endpoint: server.url(),
            region: "us-east-1".to_owned(),
            access_key_id: MEMBER_ACCESS_KEY.to_owned(),
            secret_access_key: SECRET_ACCESS_KEY.to_owned(),
            management_access_key_id: None,
            profiles: Vec::new(),
        };
        let wanted = ConnectOptions { practice: Some(practice), ..ConnectOptions::default() };
        let setting = WizardConfig {
            mode: Mode::Guided,
            practice: None,
            profile: ProfileWish::Chain,
            person: "maria".to_owned(),
            management_profile: None,
        };
        let journal = tempfile::tempdir().unwrap();
        let (sender, messages) = mpsc::unbounded_channel();
        let driver = Driver::new(wanted, None, Ok(Folder::at(journal.path())), sender);
        let mut walk = Self { model: Model::new(setting), driver, messages, _server: server, _journal: journal };
        let _within = RUNTIME.enter();
        for effect in walk.model.begin() {
            walk.driver.carry_out(effect, &walk.model.departure.checklist);
        }
        let waits = |model: &Model| {
            let unread = model.departure.checklist.steps().any(|step| step.finding.is_none());
            model.departure.is_busy() || unread || !matches!(model.departure.record, JournalState::Open { .. })
        };
        while waits(&walk.model) {
            let message = walk.messages.blocking_recv().unwrap();
            walk.take(message);
        }
        walk.press(Key::Enter);
        assert!(matches!(walk.model.screen, Screen::Checklist));
        walk
    }

    fn take(&mut self, message: Message) {
        for effect in self.model.update(message, Timestamp::now()) {
            self.driver.carry_out(effect, &self.model.departure.checklist);
        }
    }

    fn press(&mut self, key: Key) {
        let _within = RUNTIME.enter();
        self.take(Message::Pressed(key.into()));
    }

    fn stand_on(&mut self, step: StepId) {
        self.model.cursor = step;
        self.model.follows = false;
    }

    /// The cost of the present screen, small and large.
    fn row(&self) -> Row {
        let [small, large] = [(80, 24), (200, 60)].map(|size| Cost::of(&self.model, size));
        Row {
            measured: format!("80×24: {}; 200×60: {}", small.anew.told(), large.anew.told()),
            verdict: Verdict::of(*large.anew.median() < Duration::from_millis(1)),
            rest: format!(
                "{} of the larger one is text and layout, the same when nothing has changed; the rest is {:.1} kB for the terminal",
                ms(*large.unchanged.median()),
                large.kilobytes
            ),
        }
    }
}

/// What one screen costs.
struct Cost {
    /// When every cell has to be written.
    anew: Samples<Duration>,
    /// When it is the same as before.
    unchanged: Samples<Duration>,
    kilobytes: f64,
}

/// Takes what the terminal would get.
#[derive(Clone, Default)]
struct Counted(Rc<Cell<usize>>);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.set(self.0.get() + bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Cost {
    fn of(model: &Model, (width, height): (u16, u16)) -> Self {
        const TIMES: usize = 501;
        let viewport = Viewport::Fixed(Rect::new(0, 0, width, height));
        let options = || TerminalOptions { viewport: viewport.clone() };
        let sight = ViewContext { model, now: Timestamp::now(), zone: &TimeZone::UTC, theme: Theme::ANSI };
        let bytes = Counted::default();
        // A new terminal knows nothing of what was drawn before.
        let new = || Terminal::with_options(CrosstermBackend::new(bytes.clone()), options()).unwrap();
        let mut terminal = new();
        let draw = |terminal: &mut Terminal<CrosstermBackend<Counted>>| {
            let begun = Instant::now();
            let draw = |frame: &mut Frame| {
                views::draw(frame, sight);
            };
            terminal.draw(draw).unwrap();
            begun.elapsed()
        };
        draw(&mut terminal);
        let written = bytes.0.get();
        let unchanged = Samples::take(TIMES, |_| draw(&mut terminal));
        let anew = Samples::take(TIMES, |_| draw(&mut new()));
        #[expect(clippy::cast_precision_loss, reason = "one digit behind the point is shown")]
        let kilobytes = written as f64 / 1_000.0;
        Self { anew, unchanged, kilobytes }
    }
}

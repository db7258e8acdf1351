//! A walk without a terminal: the real model and the real driver against the practice AWS, drawn wherever it stops.
//!
//! What differs from run to run (request ids, ports) is made the same before the model hears of it, so that every line breaks where
//! it always does; the time is the walk's own. Pauses are ended by hand: nothing here waits for a clock.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use leave_org::aws::{ConnectOptions, Practice, Reading};
use leave_org::checklist::{AccountId, StepId, texts};
use leave_org::clock::Clock;
use leave_org::departure::{self, Attempt, Connection, DepartureId, Event, RetryKey};
use leave_org::driver::{Capability, Driver};
use leave_org::journal::Folder;
use leave_org::simulator::{MANAGEMENT_ACCESS_KEY, MEMBER_ACCESS_KEY, SECRET_ACCESS_KEY, Scenario, Server};
use leave_org::views::theme::Theme;
use leave_org::views::{self, ViewContext};
use leave_org::wizard::{self, Effect, Key, Message, Model, Overflow, ProfileWish, WizardConfig};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell};
use regex_lite::Regex;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;
use unicode_width::UnicodeWidthStr as _;

use super::{kinds, sizes};

/// The window that people look at most.
const SIZES: [(u16, u16); 1] = [(80, 24)];
/// When the walks begin, for the program and for the practice AWS alike.
const TODAY: &str = "2026-11-20T12:00:00Z";
/// Far more than any answer takes.
const AN_ANSWER: Duration = Duration::from_secs(30);

/// How a walk is begun.
pub struct Opening {
    pub scenario: Scenario,
    /// Whether it is shown as the practice that it is.
    pub is_practice: bool,
    pub profile: ProfileWish,
    pub theme: Theme,
    /// The sizes of which the pictures are kept. What is drawn at the first one scrolls.
    pub sizes: &'static [(u16, u16)],
    /// Whether what it asks for first is put aside instead of being carried out.
    pub is_held: bool,
}

impl Opening {
    pub fn of(name: &str) -> Self {
        Self::with(Scenario::named(name).unwrap())
    }

    pub fn with(scenario: Scenario) -> Self {
        Self { scenario, is_practice: true, profile: ProfileWish::Chain, theme: Theme::ANSI, sizes: &SIZES, is_held: false }
    }
}

/// A walk, and what was seen of it.
pub struct Stage<C> {
    opening: Opening,
    pub server: Server,
    pub model: Model,
    pub now: Timestamp,
    /// What the driver's clock shows.
    time: Arc<Mutex<Timestamp>>,
    theme: Theme,
    driver: Driver<C>,
    messages: mpsc::UnboundedReceiver<Message>,
    waiting: Vec<(RetryKey, Attempt)>,
    look: Option<(Attempt, AccountId)>,
    /// Effects are put aside instead of being carried out.
    pub is_held: bool,
    pictures: Vec<((u16, u16), String)>,
    journals: tempfile::TempDir,
}

impl<C: Capability> Stage<C> {
    /// A walk that has begun and was told nothing.
    pub async fn open(opening: Opening) -> Self {
        let now: Timestamp = TODAY.parse().unwrap();
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server = Server::start(opening.scenario.clone(), listen, None).await.unwrap();
        server.change(|account| account.started_at = now);
        Self::begin(opening, server, tempfile::tempdir().unwrap(), now)
    }

    fn begin(opening: Opening, server: Server, journals: tempfile::TempDir, now: Timestamp) -> Self {
        let Opening { scenario, is_practice, profile, theme, sizes, is_held } = &opening;
        let time = Arc::new(Mutex::new(now));
        let practice = wizard::Practice { title: scenario.title.clone(), story: scenario.story.clone() };
        let wanted = ConnectOptions {
            practice: Some(Practice {
                endpoint: server.url(),
                region: "us-east-1".to_owned(),
                access_key_id: MEMBER_ACCESS_KEY.to_owned(),
                secret_access_key: SECRET_ACCESS_KEY.to_owned(),
                management_access_key_id: None,
                profiles: [("practice-owner", MANAGEMENT_ACCESS_KEY), ("practice-member", MEMBER_ACCESS_KEY)]
                    .map(|(name, key)| (name.to_owned(), key.to_owned()))
                    .to_vec(),
            }),
            clock: Clock::new({
                let time = Arc::clone(&time);
                move || *time.lock().unwrap()
            }),
            ..ConnectOptions::default()
        };
        let setting = WizardConfig {
            mode: C::MODE,
            practice: is_practice.then_some(practice),
            profile: profile.clone(),
            person: "maria".to_owned(),
            management_profile: None,
        };
        let (sender, messages) = mpsc::unbounded_channel();
        let folder = Folder::at(journals.path().join("journal"));
        let driver = Driver::new(wanted, Some(server.console()), Ok(folder), sender);
        let mut model = Model::new(setting);
        model.departure.now = now;
        let (theme, is_held) = (*theme, *is_held);
        let pictures = sizes.iter().map(|size| (*size, String::new())).collect();
        let mut stage = Self {
            opening,
            server,
            model,
            now,
            time,
            theme,
            driver,
            messages,
            waiting: Vec::new(),
            look: None,
            is_held,
            pictures,
            journals,
        };
        let effects = stage.model.begin();
        stage.carry_out(effects);
        stage
    }

    /// The program ends, and is started again over the same account and the same journal.
    pub async fn again(self) -> Self {
        let Self { opening, server, now, driver, journals, .. } = self;
        // Ends once everything is on the disk.
        tokio::task::spawn_blocking(move || drop(driver)).await.unwrap();
        Self::begin(opening, server, journals, now)
    }

    /// The same, with an answer to the leave that came and was never looked at.
    pub async fn killed_with_its_answer_unread(mut self) -> Self {
        while !matches!(self.messages.recv().await.unwrap(), Message::Of(_, Event::LeaveAnswered(..))) {}
        Box::pin(self.again()).await
    }

    /// Answers one group of the account ID.
    pub fn answer_group(&mut self, group: &str) {
        self.keys(group);
        self.press(Key::Enter);
    }

    /// Presses a key at the pace of a person, and not as fast as a burst.
    pub fn press_as_a_person(&mut self, key: Key) {
        self.pass_time(SignedDuration::from_millis(texts::rules().confirmation.burst_ms));
        self.press(key);
    }

    fn type_digits(&mut self, digits: &str) {
        digits.chars().for_each(|digit| self.press_as_a_person(Key::Char(digit)));
    }

    /// Something happened.
    pub fn tell(&mut self, message: Message) {
        let effects = self.model.update(message, self.now);
        self.carry_out(effects);
    }

    pub fn press(&mut self, key: Key) {
        self.tell(Message::Pressed(key.into()));
    }

    pub fn keys(&mut self, keys: &str) {
        for key in keys.chars() {
            self.press(Key::Char(key));
        }
    }

    /// Time goes by.
    pub fn wait(&mut self, seconds: i64) {
        self.pass_time(SignedDuration::from_secs(seconds));
    }

    fn pass_time(&mut self, time: SignedDuration) {
        self.now = self.now.checked_add(time).unwrap();
        self.model.departure.now = self.now;
        *self.time.lock().unwrap() = self.now;
    }

    /// Takes answers, one by one, until the model is as wanted.
    pub async fn until(&mut self, what: &str, wanted: impl Fn(&Model) -> bool) {
        while !wanted(&self.model) {
            let message = tokio::time::timeout(AN_ANSWER, self.messages.recv()).await;
            let message = message.unwrap_or_else(|_| {
                panic!(
                    "{what} never came; notice {:?}, screen {:?}, overlay {:?}",
                    self.model.notice, self.model.screen, self.model.overlay
                )
            });
            let message = message.unwrap();
            let message = Self::tidy(message);
            self.tell(message);
        }
    }

    /// Takes answers until there is nothing left to wait for, pauses aside.
    pub async fn settle(&mut self) {
        let is_quiet = |model: &Model| {
            let rows = model.departure.rows.iter().chain([&model.departure.identity]);
            let is_asked = matches!(model.departure.connection, Connection::Up(_) | Connection::Failed { .. });
            let has_journal = model.departure.checklist.subject.is_none()
                || model.departure.record.is_open()
                || model.departure.record.problem().is_some();
            is_asked && has_journal && rows.into_iter().all(|row| row.running.is_none()) && !model.departure.has_fix_out()
        };
        self.until("every answer", |model| is_quiet(model) && !has_unfinished(model)).await;
    }

    /// Ends the pauses before what AWS had no time for.
    pub fn end_pauses(&mut self) {
        for (of, attempt) in std::mem::take(&mut self.waiting) {
            self.tell(Message::Of(DepartureId::default(), Event::RetryDue(of, attempt)));
        }
    }

    /// Ends the pause before the next look at the membership.
    pub fn look_now(&mut self) {
        let (attempt, account) = self.look.take().unwrap();
        let effect =
            Effect::Of(DepartureId::default(), departure::Effect::LookAtMembership { attempt, account, after: Duration::ZERO });
        self.driver.carry_out(effect, &self.model.departure.checklist);
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        let in_a_while = |seconds| self.now.checked_add(SignedDuration::from_secs(seconds)).unwrap();
        let mut told = Vec::new();
        for effect in effects.into_iter().filter(|_| !self.is_held) {
            match effect {
                Effect::Of(_, departure::Effect::ScheduleRetry { of, attempt, .. }) => {
                    self.waiting.push((of, attempt));
                    told.push(Message::Of(DepartureId::default(), Event::RetryScheduled { of, attempt, at: in_a_while(4) }));
                }
                Effect::Of(_, departure::Effect::LookAtMembership { attempt, account, after }) if !after.is_zero() => {
                    let at = self.now.checked_add(SignedDuration::try_from(after).unwrap()).unwrap();
                    self.look = Some((attempt, account));
                    told.push(Message::Of(DepartureId::default(), Event::LookScheduled(attempt, at)));
                }
                Effect::SignIn(_) => told.push(Message::SignInEnded(Ok(self.driver.sign_in_here().unwrap()))),
                Effect::Copy(what, _) => told.push(Message::Copied(what)),
                Effect::SaveReport(_) => {
                    told.push(Message::ReportSaved(Ok("The report was saved here as leave-org.html.".into())));
                }
                effect => self.driver.carry_out(effect, &self.model.departure.checklist),
            }
        }
        for message in told {
            self.tell(message);
        }
    }

    /// Keeps a picture of the walk as it stands, and holds it at every size.
    pub fn draw(&mut self, what: &str) {
        let title = format!("{}: {what}", kinds(&self.model));
        for at in 0..self.pictures.len() {
            let picture = self.picture(self.pictures[at].0);
            let _ = writeln!(self.pictures[at].1, "==== {title} ====\n{}", rows(&picture));
        }
        self.pass(what);
    }

    /// Holds the walk as it stands at every size; no picture is kept of what others show already.
    pub fn pass(&mut self, what: &str) {
        // The first size is the one that scrolls.
        self.picture(self.pictures[0].0);
        let title = format!("{}: {what}", kinds(&self.model));
        sizes::hold(&self.model, &title, |size| self.drawn(size, Theme::ANSI).0);
    }

    pub fn picture(&mut self, size: (u16, u16)) -> Buffer {
        let (picture, overflow) = self.drawn(size, self.theme);
        if size == self.pictures[0].0 {
            self.model.laid_out(overflow);
        }
        picture
    }

    fn drawn(&self, (width, height): (u16, u16), theme: Theme) -> (Buffer, Overflow) {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        let sight = ViewContext { model: &self.model, now: self.now, zone: &TimeZone::UTC, theme };
        let mut overflow = Overflow::default();
        terminal.draw(|frame| overflow = views::draw(frame, sight)).unwrap();
        (terminal.backend().buffer().clone(), overflow)
    }

    /// What was seen at each size.
    pub fn pictures(&self) -> &[((u16, u16), String)] {
        &self.pictures
    }

    /// What a message would say in any run.
    fn tidy(message: Message) -> Message {
        match message {
            Message::Of(_, Event::SubjectRead(attempt, result)) => Message::Of(
                DepartureId::default(),
                Event::SubjectRead(attempt, result.map(|it| Self::same(it)).map_err(|it| Self::same(it))),
            ),
            Message::Of(_, Event::CheckFinished(attempt, finding)) => {
                Message::Of(DepartureId::default(), Event::CheckFinished(attempt, Self::same(finding)))
            }
            Message::Of(_, Event::Connected(attempt, mut result)) => {
                match &mut result {
                    Ok(facts) => {
                        let hosts = std::mem::take(&mut facts.custom_endpoints);
                        facts.custom_endpoints = hosts.into_iter().map(|host| Self::same(host)).collect();
                        for endpoint in &mut facts.endpoints {
                            endpoint.url = Self::same(std::mem::take(&mut endpoint.url));
                        }
                    }
                    Err(unconnected) => unconnected.problem = Self::same(unconnected.problem.clone()),
                }
                Message::Of(DepartureId::default(), Event::Connected(attempt, result))
            }
            Message::Of(_, Event::OwnerMet { attempt, profile, endpoints, result }) => Message::Of(
                DepartureId::default(),
                Event::OwnerMet { attempt, profile, endpoints, result: result.map_err(|it| Self::same(it)) },
            ),
            Message::Of(_, Event::ContactRead(attempt, result)) => {
                Message::Of(DepartureId::default(), Event::ContactRead(attempt, result.map_err(|it| Self::same(it))))
            }
            Message::Of(_, Event::FixAnswered { attempt, fix, answer }) => {
                Message::Of(DepartureId::default(), Event::FixAnswered { attempt, fix, answer: Self::same(answer) })
            }
            Message::Of(_, Event::LeaveAnswered(attempt, answer, put_off)) => {
                Message::Of(DepartureId::default(), Event::LeaveAnswered(attempt, Self::same(answer), put_off))
            }
            Message::Of(_, Event::MembershipRead(attempt, reading)) => {
                let reading = match reading {
                    Reading::Standalone(evidence) => Reading::Standalone(Self::same(evidence)),
                    Reading::Member { organization, evidence } => {
                        Reading::Member { organization, evidence: Self::same(evidence) }
                    }
                    Reading::Unknown(problem) => Reading::Unknown(Self::same(problem)),
                };
                Message::Of(DepartureId::default(), Event::MembershipRead(attempt, reading))
            }
            message => message,
        }
    }

    fn same<T: Serialize + DeserializeOwned>(told: T) -> T {
        serde_json::from_value(Self::same_value(serde_json::to_value(told).unwrap())).unwrap()
    }

    fn same_value(value: serde_json::Value) -> serde_json::Value {
        use serde_json::Value;
        match value {
            Value::String(text) => Value::String(Self::same_text(&text)),
            Value::Array(all) => all.into_iter().map(|each| Self::same_value(each)).collect(),
            Value::Object(all) => all.into_iter().map(|(key, each)| (key, Self::same_value(each))).collect(),
            value => value,
        }
    }

    fn same_text(text: &str) -> String {
        let request = Regex::new("[0-9a-f]{8}-7a11-4c0d-9e57-[0-9a-f]{12}").unwrap();
        let host = Regex::new("127\\.0\\.0\\.1:[0-9]+").unwrap();
        let text = request.replace_all(text, "9e3779b1-7a11-4c0d-9e57-000000000001");
        host.replace_all(&text, "127.0.0.1:8471").into_owned()
    }
}

/// Whether a screen awaits an answer that no row shows.
fn has_unfinished(model: &Model) -> bool {
    let is_reading = matches!(&model.screen, wizard::Screen::Contact(form) if form.is_waiting());
    let lists = matches!(&model.overlay, Some(wizard::Overlay::Owner(wizard::OwnerChoice::Reading)));
    let code_awaits_its_phone =
        model.practice.is_some() && model.departure.code.as_ref().is_some_and(|code| code.practice.is_none());
    is_reading || lists || code_awaits_its_phone || model.departure.owner.asking.is_some()
}

impl<C: Capability> Stage<C> {
    /// To the checklist, once every check has answered, and onto this step.
    pub async fn reach(&mut self, step: StepId) {
        self.settle().await;
        self.press(Key::Enter);
        self.go_to(step);
    }

    pub fn go_to(&mut self, step: StepId) {
        self.press(Key::Home);
        for _ in 0..step.index() {
            self.press(Key::Down);
        }
        assert_eq!(self.model.cursor, step, "{:#?}", self.model.screen);
    }

    /// Does the selected step in the practice console.
    pub async fn put_right(&mut self, step: StepId) {
        self.go_to(step);
        let before = self.model.notice.take();
        self.press(Key::Char('o'));
        self.until("the console", |model| model.notice.is_some()).await;
        drop(before);
        self.press(Key::Char('r'));
        self.settle().await;
    }

    pub fn attest(&mut self, step: StepId, note: &str) {
        self.go_to(step);
        self.press(Key::Char('a'));
        self.keys(note);
        self.press(Key::Enter);
    }

    /// From the unlocked checklist to the account ID, typed.
    pub fn type_the_id(&mut self) {
        self.press(Key::Enter);
        while matches!(&self.model.screen, wizard::Screen::Confirm(confirming) if !confirming.all_seen()) {
            self.press(Key::Char(' '));
        }
        let id = self.model.departure.checklist.subject.as_ref().unwrap().identity.account.as_str().to_owned();
        self.type_digits(&id);
    }
}

/// A picture as rows of text.
pub fn rows(picture: &Buffer) -> String {
    let width = usize::from(picture.area.width).max(1);
    let mut text = String::new();
    for cells in picture.content().chunks(width) {
        let _ = writeln!(text, "{}", row(cells).trim_end());
    }
    text
}

/// Cells as text.
pub fn row(cells: &[Cell]) -> String {
    let mut text = String::new();
    // What is two cells wide leaves the second one empty.
    let mut next = 0;
    for (at, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.symbol().is_empty()) {
        if at >= next {
            text.push_str(cell.symbol());
            next = at + cell.symbol().width().max(1);
        }
    }
    text
}

//! The full-screen front end: one channel in, one place that draws.
//!
//! It turns terminal events into messages, hands effects to the driver, and carries out those that need the screen. What is shown is the
//! views'. It knows nothing of AWS and decides nothing about the walk.

mod input;
mod terminal;

use std::io;
use std::time::{Duration, Instant};

use crossterm::event::{Event, EventStream};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::{mpsc, oneshot};
use tokio_stream::StreamExt as _;

pub use terminal::install_hooks;

use crate::aws::Loan;
use crate::checklist::texts;
use crate::driver::sign_in::{self, Returned};
use crate::driver::{Capability, Driver, Signals};
use crate::programs::Terminal;
use crate::views::theme::Theme;
use crate::views::{self, ViewContext};
use crate::wizard::{Context, Effect, Message, Model};
use terminal::Screen;

/// Walks `model` to its end on the full screen.
///
/// # Errors
/// When there is no terminal to draw on.
pub async fn run<C: Capability>(
    mut model: Model,
    driver: Driver<C>,
    messages: mpsc::UnboundedReceiver<Message>,
    theme: Theme,
) -> io::Result<Model> {
    let signals = Signals::listen()?;
    let screen = Screen::take()?;
    let (tell, hang_up) = oneshot::channel();
    terminal::when_hung_up(|| {
        let _ = tell.send(());
    });
    let effects = model.begin();
    let events = Some(EventStream::new());
    let zone = TimeZone::system();
    let mut walk = Walk {
        model,
        driver,
        messages,
        theme,
        zone,
        signals,
        hang_up: Some(hang_up),
        screen,
        events,
        deaf_until: None,
        dropped: 0,
        held: None,
    };
    // The first frame is there before anything is asked of anybody.
    walk.draw().await;
    walk.carry_out(effects).await;
    walk.go().await;
    let Walk { model, driver, screen, .. } = walk;
    // The terminal first: the journal may still be waiting for its disk.
    drop(screen);
    drop(driver);
    Ok(model)
}

struct Walk<C> {
    model: Model,
    driver: Driver<C>,
    messages: mpsc::UnboundedReceiver<Message>,
    theme: Theme,
    zone: TimeZone,
    signals: Signals,
    /// Gone once there is nothing left to hear from it.
    hang_up: Option<oneshot::Receiver<()>>,
    screen: Screen,
    /// Gone while somebody else has the terminal: two readers would share the keys between them.
    events: Option<EventStream>,
    /// Keys are dropped until then, and longer while more of them come: nobody could see what they would answer.
    deaf_until: Option<Instant>,
    /// How many were dropped in this flood.
    dropped: usize,
    /// What was heard while keys were dropped, and is not dropped.
    held: Option<Message>,
}

impl<C: Capability> Walk<C> {
    async fn go(&mut self) {
        while self.model.exit.is_none() {
            self.draw().await;
            if self.model.exit.is_some() {
                return;
            }
            let message = self.next().await;
            if let Some(message) = message {
                self.take(message).await;
            }
            self.take_waiting_digits().await;
            // Everything that is there already goes into the same frame.
            while self.model.exit.is_none()
                && let Ok(message) = self.messages.try_recv()
            {
                self.take(message).await;
            }
        }
    }

    /// The next thing that happened; `None` when only the picture has to be drawn anew.
    async fn next(&mut self) -> Option<Message> {
        if let Some(held) = self.held.take() {
            return Some(held);
        }
        let tick = self.model.ticks();
        let events = self.events.get_or_insert_default();
        let loan = loop {
            tokio::select! {
                // Signals first: a person who wants out must not wait behind a flood of answers. Then keys, then answers, then the clock.
                biased;
                signal = self.signals.next() => return Some(signal.into()),
                () = ended(&mut self.hang_up) => return Some(Message::TerminalLost),
                event = events.next() => match event {
                    Some(Ok(event)) => {
                        let message = input::message(event);
                        match &message {
                            _ if self.deaf_until.is_none() => return message,
                            Some(Message::Pasted(_)) => return Some(Message::Poured),
                            Some(key) if key.can_be_ahead() => {}
                            _ => return message,
                        }
                        self.deaf_until = Some(Instant::now() + BREATH);
                        self.dropped += 1;
                        if self.dropped == texts::rules().confirmation.flood_keys {
                            return Some(Message::Poured);
                        }
                    }
                    // The terminal is gone: asking it again would only burn a core.
                    Some(Err(_)) | None => return Some(Message::TerminalLost),
                },
                () = until(self.deaf_until) => {
                    (self.deaf_until, self.dropped) = (None, 0);
                    return None;
                }
                loan = self.driver.wants_terminal() => break loan,
                message = self.messages.recv() => return message,
                () = until(tick.map(|tick| Instant::now() + tick)) => return None,
            }
        };
        self.lend(loan).await
    }

    /// Puts the screen away while the command of a profile has the terminal.
    async fn lend(&mut self, loan: Loan) -> Option<Message> {
        self.events = None;
        let message = match self.screen.lend(sign_in::lend(loan, Terminal::Whole, &mut self.signals)).await {
            Ok(Returned::Ended | Returned::Interrupted) => None,
            Ok(Returned::Stopped(signal)) => Some(signal.into()),
            Err(_) => Some(Message::TerminalLost),
        };
        // What was typed for the command is nothing for the wizard.
        self.discard_type_ahead().await;
        message
    }

    /// Takes the keys that have arrived already while the account ID is typed. With a frame between them, their times would be those of
    /// the frames, and a burst would look like typing.
    async fn take_waiting_digits(&mut self) {
        // Whoever sends keys without end must not keep the screen from being drawn.
        const AT_MOST: usize = 64;
        for _ in 0..AT_MOST {
            let is_deaf = self.deaf_until.is_some();
            if is_deaf || self.model.exit.is_some() || Context::of(&self.model) != Context::TypedId {
                return;
            }
            let events = self.events.get_or_insert_default();
            match tokio::time::timeout(Duration::ZERO, events.next()).await {
                // Only the next frame tells whether the window still shows the field.
                Err(_) | Ok(Some(Ok(Event::Resize(..)))) => return,
                Ok(Some(Ok(event))) => {
                    if let Some(message) = input::message(event) {
                        self.take(message).await;
                    }
                }
                Ok(Some(Err(_)) | None) => return self.take(Message::TerminalLost).await,
            }
        }
    }

    async fn take(&mut self, message: Message) {
        let effects = self.model.update(message, Timestamp::now());
        self.carry_out(effects).await;
    }

    async fn draw(&mut self) {
        let now = Timestamp::now();
        self.model.departure.now = now;
        let (model, zone, theme) = (&self.model, &self.zone, self.theme);
        let mut overflow = None;
        let drawn = self.screen.draw(|frame| overflow = Some(views::draw(frame, ViewContext { model, now, zone, theme })));
        match (drawn, overflow) {
            (Ok(()), Some(overflow)) => self.model.laid_out(overflow),
            // As a message: the journal is told how the walk ended, too.
            _ => self.take(Message::TerminalLost).await,
        }
    }

    async fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::SignIn(command) => {
                    let message = if let Some(said) = self.driver.sign_in_here() {
                        Message::SignInEnded(Ok(said))
                    } else {
                        self.events = None;
                        let run = sign_in::run(&command, &mut self.signals);
                        self.screen.lend(run).await.unwrap_or(Message::TerminalLost)
                    };
                    self.hand_on(message);
                }
                Effect::Suspend => self.suspend().await,
                Effect::Copy(what, text) => {
                    if self.screen.copy(&text).is_ok() {
                        let _ = self.model.update(Message::Copied(what), Timestamp::now());
                    }
                }
                Effect::DiscardTypeAhead => self.discard_type_ahead().await,
                Effect::Quit => {}
                effect => self.driver.carry_out(effect, self.model.departure.checklist_before_leaving()),
            }
        }
    }

    /// Forgets the keys that were pressed before the present screen could be seen: everything up to the first breath.
    async fn discard_type_ahead(&mut self) {
        const AT_MOST: Duration = Duration::from_millis(500);
        let begun = Instant::now();
        self.dropped = 0;
        let events = self.events.get_or_insert_default();
        let mut is_paste = false;
        while let Ok(Some(Ok(event))) = tokio::time::timeout(BREATH, events.next()).await {
            match input::message(event) {
                Some(Message::Pasted(_)) => is_paste = true,
                Some(message) if !message.can_be_ahead() => {
                    self.held = Some(message);
                    break;
                }
                Some(_) => self.dropped += 1,
                None => {}
            }
            // Holding a key down does not keep the screen from coming. What goes on coming is not taken for an answer all the same.
            if begun.elapsed() >= AT_MOST {
                self.deaf_until = Some(Instant::now() + BREATH);
                break;
            }
        }
        if is_paste || self.dropped >= texts::rules().confirmation.flood_keys {
            self.hand_on(Message::Poured);
        }
    }

    async fn suspend(&mut self) {
        self.events = None;
        let back = self.screen.lend(async { terminal::stop_until_continued() }).await;
        if back.is_err() {
            self.hand_on(Message::TerminalLost);
        }
    }

    /// Takes a message whose effects need no screen.
    fn hand_on(&mut self, message: Message) {
        for effect in self.model.update(message, Timestamp::now()) {
            self.driver.carry_out(effect, self.model.departure.checklist_before_leaving());
        }
    }
}

/// Waits until the terminal has hung up.
async fn ended(hang_up: &mut Option<oneshot::Receiver<()>>) {
    let heard = match hang_up {
        Some(receiver) => receiver.await.is_ok(),
        None => false,
    };
    *hang_up = None;
    if !heard {
        // Nobody watches, so nothing will be heard.
        std::future::pending::<()>().await;
    }
}

/// After this pause, the next key was pressed by somebody who could see the screen.
const BREATH: Duration = Duration::from_millis(20);

async fn until(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time.into()).await,
        None => std::future::pending().await,
    }
}

//! The line-by-line front end, for screen readers and simple terminals: the same walk as prose, questions and typed answers.
//!
//! It has no rules of its own. What a person types becomes what a key would mean on the screen, and the same state machine does it. It
//! moves no cursor, uses no colour, and asks a question only once the answers that it depends on are in.

mod announcer;
mod lines;
mod out;
mod prompts;
mod question;
mod screens;
mod speech;
#[cfg(test)]
mod tests;

use std::io;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::aws::Loan;
use crate::checklist::StepId;
use crate::departure::{self, Event, JournalState, Leave};
use crate::driver::sign_in::{self, Returned};
use crate::driver::{Capability, Continued, Driver, Signal, Signals};
use crate::programs::Terminal;
use crate::wizard::{Command, Context, Effect, Message, Model, Overlay, Screen};
use announcer::Teller;
use lines::{Line, Lines};
pub use out::Writing;
pub(crate) use out::{in_lines, width};
use question::{Act, Meaning, Question, Strictness, Turn};
use screens::turn;

/// After this long in silence a person is told that something is still going on.
const SILENCE: Duration = Duration::from_secs(5);
/// The longest that a question waits for what does not lock it: the journal, a page that is opened, a report that is written.
const MOMENT: Duration = Duration::from_secs(5);
/// After the end of the input, a closing terminal says within this time that it was closed.
const HANG_UP: Duration = Duration::from_millis(50);

/// Walks `model` to its end, line by line.
///
/// # Errors
/// When signals or input cannot be listened to.
pub async fn run<C: Capability>(
    mut model: Model,
    driver: Driver<C>,
    messages: mpsc::UnboundedReceiver<Message>,
    writing: Writing,
) -> io::Result<Model> {
    let signals = Signals::listen()?;
    let continued = Continued::listen()?;
    let lines = Lines::start()?;
    model.departure.now = Timestamp::now();
    // A line says nothing of the time between its keys.
    model.asks_in_groups = true;
    let effects = model.begin();
    let teller = Teller::default();
    let mut walk = Walk {
        model,
        driver,
        messages,
        signals,
        continued,
        lines,
        writing,
        teller,
        options: None,
        moment: None,
        silence: None,
        is_answering: false,
        has_waited: false,
        is_gone: false,
    };
    // The first words are there before anything is asked of anybody.
    walk.say(&Teller::beginning(&walk.model));
    walk.carry_out(effects).await;
    walk.go().await;
    let Walk { model, driver, .. } = walk;
    drop(driver);
    Ok(model)
}

struct Walk<C> {
    model: Model,
    driver: Driver<C>,
    messages: mpsc::UnboundedReceiver<Message>,
    signals: Signals,
    continued: Continued,
    lines: Lines,
    writing: Writing,
    teller: Teller,
    /// What the last question named as its answers.
    options: Option<String>,
    /// Until when an answer of this machine is waited for.
    moment: Option<Instant>,
    /// Until when nothing is said, while nothing happens.
    silence: Option<Instant>,
    /// Whether what happens is what the person just asked for.
    is_answering: bool,
    /// Whether something that is there in a moment was waited for.
    has_waited: bool,
    is_gone: bool,
}

impl<C: Capability> Walk<C> {
    async fn go(&mut self) {
        while self.model.exit.is_none() {
            self.model.departure.now = Timestamp::now();
            let is_held = self.hold_back();
            let news = self.teller.news(&self.model, is_held);
            self.say(&news);
            if self.is_gone {
                return self.take(Message::TerminalLost).await;
            }
            // No question before what is known already.
            if let Ok(message) = self.messages.try_recv() {
                self.take(message).await;
                continue;
            }
            match turn(&self.model) {
                Turn::PutAway => self.take(Message::Commanded(Command::Back)).await,
                Turn::Ask(question) if !is_held => {
                    self.silence = None;
                    self.ask(&question).await;
                }
                Turn::Ask(_) | Turn::Wait => self.wait().await,
            }
        }
    }

    /// Holds the next question back for what is there in a moment, and says whether it does. What the journal holds, whether an
    /// invitation is open, and a second word of AWS that the account is in no organization belong to the first words about it; and the
    /// phone of the practice AWS rings before its code is asked for.
    fn hold_back(&mut self) -> bool {
        let is_opening = matches!(self.model.departure.record, JournalState::Opening { .. });
        let asked = [&self.model.departure.identity, self.model.departure.row(StepId::OtherWayOut)];
        let is_looking = matches!(self.model.screen, Screen::Account) && asked.iter().any(|row| row.running.is_some());
        let rings = matches!(&self.model.overlay, Some(Overlay::Phone(_))) && self.model.practice.is_some();
        let is_ringing = rings && self.model.departure.code.as_ref().is_some_and(|code| code.practice.is_none());
        let is_coming = is_opening || is_looking || is_ringing;
        if is_coming && !self.has_waited {
            self.moment = Some(Instant::now() + MOMENT);
        } else if !is_coming && self.has_waited {
            self.moment = None;
        }
        self.has_waited = is_coming;
        self.moment.is_some()
    }

    async fn wait(&mut self) {
        let moment = self.moment;
        let silence = *self.silence.get_or_insert_with(|| Instant::now() + SILENCE);
        let message = tokio::select! {
            biased;
            signal = self.signals.next() => Some(heard(&self.model, signal)),
            () = self.continued.next() => Some(back_again()),
            loan = self.driver.wants_terminal() => return self.lend(loan).await,
            message = self.messages.recv() => message,
            () = until(moment) => { self.moment = None; None }
            () = until(Some(silence)) => {
                self.silence = None;
                self.model.departure.now = Timestamp::now();
                let still = announcer::still(&self.model);
                self.say(still.as_slice());
                None
            }
        };
        if let Some(message) = message {
            // How far a journal is read is told now and then, and not each time.
            if !matches!(message, Message::Of(_, Event::JournalRead { .. })) {
                self.silence = None;
            }
            self.take(message).await;
        }
    }

    /// Asks, and does what the answer says. Something that happens meanwhile and makes it another question takes the question back.
    async fn ask(&mut self, question: &Question) {
        self.say(&[String::new()]);
        self.say(&self.worded(question));
        self.options = Some(question.options(false));
        if question.care != Strictness::Looks {
            self.forget().await;
        }
        self.written(&self.writing.open_prompt());
        if self.is_gone {
            return;
        }
        let line = loop {
            let happened = tokio::select! {
                biased;
                signal = self.signals.next() => heard(&self.model, signal),
                // What was asked is asked again: it may have scrolled away.
                () = self.continued.next() => {
                    self.written(&self.writing.close_prompt());
                    return self.take(back_again()).await;
                }
                loan = self.driver.wants_terminal() => {
                    self.lend(loan).await;
                    continue;
                }
                message = self.messages.recv() => match message { Some(message) => message, None => return },
                line = self.lines.next() => break line,
            };
            let here = Context::of(&self.model);
            self.take(happened).await;
            self.model.departure.now = Timestamp::now();
            let now = turn(&self.model);
            let is_here = self.model.exit.is_none() && here == Context::of(&self.model);
            // What is read again in the background takes no question back before its answer is there.
            let asks_the_same = is_here && matches!(&now, Turn::Ask(now) if is_as_before(question, now));
            if is_here && now == Turn::Wait || asks_the_same && !self.teller.is_elsewhere(&self.model) {
                continue;
            }
            self.written(&self.writing.close_prompt());
            if !asks_the_same {
                // What was begun was an answer to another question.
                self.forget().await;
            }
            return self.say(&[String::new()]);
        };
        self.written(&self.writing.close_prompt());
        self.model.departure.now = Timestamp::now();
        match line {
            Line::End => self.end_of_input().await,
            Line::Lost => self.take(Message::TerminalLost).await,
            Line::PastedLines => {
                self.forget().await;
                self.say(&["That was pasted with its Enter, so nothing of it was taken.".to_owned()]);
                if question.care == Strictness::ByHand {
                    self.paste(String::new()).await;
                }
            }
            Line::Pasted(text) if question.care == Strictness::ByHand => self.paste(text).await,
            // Keys that keep arriving after the answer show that it was pasted.
            Line::Typed(_) if question.care == Strictness::ByHand && self.forget().await => {}
            Line::Typed(text) | Line::Pasted(text) => match question.understand(&text) {
                Meaning::Act(act) => {
                    self.is_answering = true;
                    self.act(act, question).await;
                    self.is_answering = false;
                }
                Meaning::Unclear(why) => self.say(&[why]),
            },
        }
    }

    /// Forgets what was typed ahead, and tells the model of a flood of keys. Returns whether there was one.
    async fn forget(&mut self) -> bool {
        let has_poured = self.lines.forget().await;
        if has_poured {
            self.teller.notice = None;
            for effect in self.model.update(Message::Poured, Timestamp::now()) {
                // What has just been forgotten need not be forgotten again.
                if !matches!(effect, Effect::DiscardTypeAhead) {
                    self.driver.carry_out(effect, self.model.departure.checklist_before_leaving());
                }
            }
        }
        has_poured
    }

    /// Lets the command of a profile have the terminal.
    async fn lend(&mut self, loan: Loan) {
        let is_whole = !self.lines.is_reading;
        let terminal = if is_whole { Terminal::Whole } else { Terminal::Shared };
        match sign_in::lend(loan, terminal, &mut self.signals).await {
            Returned::Ended | Returned::Interrupted if is_whole => drop(self.forget().await),
            Returned::Ended | Returned::Interrupted => {}
            Returned::Stopped(signal) => self.take(heard(&self.model, signal)).await,
        }
    }

    /// The question with what can be said, unless that was said just before.
    fn worded(&self, question: &Question) -> Vec<String> {
        let options = question.options(false);
        let is_new = self.options.as_ref() != Some(&options);
        let can = if is_new && !options.is_empty() { format!(" You can say: {options}.") } else { String::new() };
        vec![format!("{}{can} Enter alone: {}.", question.asks, question.default.label)]
    }

    /// Nobody can answer any more. That is a no to everything, or the terminal is closing, which a signal says in the same moment.
    async fn end_of_input(&mut self) {
        if let Ok(signal) = tokio::time::timeout(HANG_UP, self.signals.next()).await {
            return self.take(heard(&self.model, signal)).await;
        }
        self.say(&[String::new(), "The input has ended: that means no.".to_owned()]);
        self.take(Message::InputEnded).await;
    }

    async fn act(&mut self, act: Act, question: &Question) {
        if let Some(message) = act.message() {
            // A field's notice is repeated each time.
            if matches!(message, Message::Written(_)) {
                self.teller.notice = None;
            }
            let is_over = matches!(self.model.departure.leave, Leave::Ended(_)) && self.model.overlay.is_none();
            let is_told_again = is_over || matches!(message, Message::StepChosen(_));
            self.take(message).await;
            if is_told_again {
                self.teller.here_again();
            }
            return;
        }
        match act {
            Act::Help => self.say(&[format!("You can say: {}.", question.options(true)), "Ctrl-C stops.".to_owned()]),
            Act::List => self.teller.has_listed = false,
            Act::Again => self.teller.here_again(),
            Act::Locked => self.say(&announcer::why_locked(&self.model)),
            Act::Do(_) | Act::Choose(_) | Act::Select(_) | Act::Write(_) | Act::Nothing => {}
        }
    }

    /// What is said to a paste is said each time.
    async fn paste(&mut self, text: String) {
        self.teller.notice = None;
        self.take(Message::Pasted(text)).await;
    }

    async fn take(&mut self, message: Message) {
        if matches!(message, Message::LinkOpened(_) | Message::ReportSaved(_)) {
            self.moment = None;
        }
        let effects = self.model.update(message, Timestamp::now());
        self.carry_out(effects).await;
    }

    async fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::SignIn(command) => {
                    let message = match self.driver.sign_in_here() {
                        Some(said) => Message::SignInEnded(Ok(said)),
                        None => sign_in::run(&command, &mut self.signals).await,
                    };
                    for effect in self.model.update(message, Timestamp::now()) {
                        self.driver.carry_out(effect, self.model.departure.checklist_before_leaving());
                    }
                }
                Effect::DiscardTypeAhead => drop(self.forget().await),
                // Links and commands are told, each on a line of its own.
                Effect::Copy(..) | Effect::Suspend | Effect::Quit => {}
                effect => {
                    if matches!(effect, Effect::OpenLink(_) | Effect::SaveReport(_)) {
                        self.moment = Some(Instant::now() + MOMENT);
                    }
                    if let (Effect::Of(_, departure::Effect::RunChecks(_, steps)), true) = (&effect, self.is_answering) {
                        self.teller.checked_again.clone_from(steps);
                    }
                    self.driver.carry_out(effect, self.model.departure.checklist_before_leaving());
                }
            }
        }
    }

    fn say(&mut self, paragraphs: &[String]) {
        self.written(&self.writing.say(paragraphs));
    }

    /// A terminal that takes nothing any more is gone.
    fn written(&mut self, result: &io::Result<()>) {
        self.is_gone |= result.is_err();
    }
}

/// Here the terminal makes a signal of Ctrl-C. It means what the key does, and asks where something would be lost. Before anything is sent,
/// it goes back.
fn heard(model: &Model, signal: Signal) -> Message {
    let command = match Context::of(model) {
        Context::Rechecking | Context::Postponed => Command::Back,
        _ => Command::Interrupt,
    };
    match signal {
        Signal::Interrupt => Message::Commanded(command),
        Signal::Terminate | Signal::HangUp => signal.into(),
    }
}

/// Whoever was away does not stand behind a confirmation any more: this is what going away means on the screen, too.
fn back_again() -> Message {
    Message::Commanded(Command::Suspend)
}

/// Whether two questions ask the same; how a default is worded may go on with the time.
fn is_as_before(before: &Question, now: &Question) -> bool {
    before.asks == now.asks && before.choices == now.choices
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

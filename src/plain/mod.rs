//! The line-by-line front end, for screen readers and simple terminals: the same walk as prose, questions and typed answers.
//!
//! It has no rules of its own. What a person types becomes the keys of the full-screen front end, and the same state machine decides what
//! they mean. It moves no cursor, uses no colour, and waits with a question until what it is about has been answered.

mod asking;
mod lines;
mod prose;
mod question;
mod telling;
#[cfg(test)]
mod tests;

use std::io::{self, Write as _};
use std::time::Duration;

use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::checklist::{ContactField, StepId};
use crate::driver::sign_in::{self, SignIn};
use crate::driver::{Capability, Continued, Driver, Signal, Signals};
use crate::views::theme::Glyphs;
use crate::wizard::{Context, Effect, Exit, Key, Message, Model, Record, Screen};
use asking::{Turn, turn};
use lines::{Line, Lines};
use question::{Act, Field, Meaning, Question};
use telling::Teller;

/// After this long in silence a person is told that something is still going on.
const SILENCE: Duration = Duration::from_secs(5);
/// The longest that a question waits for what does not lock it: the journal, a page that is opened, a report that is written.
const MOMENT: Duration = Duration::from_secs(5);

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
    model.now = Timestamp::now();
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
        has_waited: false,
    };
    // The first words are there before anything is asked of anybody.
    walk.say(&Teller::beginning(&walk.model));
    walk.carry_out(effects).await;
    walk.go().await;
    let Walk { model, driver, .. } = walk;
    drop(driver);
    Ok(model)
}

/// What the terminal can do with what is written to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Writing {
    /// Which characters it has.
    pub glyphs: Glyphs,
    /// Whether it can be asked to mark what is pasted.
    pub marks_pastes: bool,
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
    /// Whether the beginning of the walk was waited for.
    has_waited: bool,
}

impl<C: Capability> Walk<C> {
    async fn go(&mut self) {
        while self.model.exit.is_none() {
            self.model.now = Timestamp::now();
            let is_held = self.is_held();
            let news = self.teller.news(&self.model, is_held);
            self.say(&news);
            if self.model.exit.is_some() {
                break;
            }
            // No question before what is known already.
            if let Ok(message) = self.messages.try_recv() {
                self.take(message).await;
                continue;
            }
            match turn(&self.model) {
                Turn::PutAway(key) => self.press(key).await,
                Turn::Ask(question) if !is_held => self.ask(&question).await,
                Turn::Ask(_) | Turn::Wait => self.wait().await,
            }
        }
    }

    /// Whether the next question waits for what is there in a moment. What the journal holds, whether an invitation is
    /// open, and a second word of AWS that the account is in no organization belong to the first words about it.
    fn is_held(&mut self) -> bool {
        let is_opening = matches!(self.model.record, Record::Opening { .. });
        let asked = [&self.model.identity, self.model.row(StepId::OtherWayOut)];
        let is_looking = matches!(self.model.screen, Screen::Account) && asked.iter().any(|row| row.running.is_some());
        let is_coming = is_opening || is_looking;
        if is_coming && !self.has_waited {
            self.moment = Some(Instant::now() + MOMENT);
        } else if !is_coming && self.has_waited {
            self.moment = None;
        }
        self.has_waited = is_coming;
        self.moment.is_some()
    }

    /// Waits for something to happen.
    async fn wait(&mut self) {
        let moment = self.moment;
        let message = tokio::select! {
            biased;
            signal = self.signals.next() => Some(heard(signal)),
            () = self.continued.next() => Some(back_again()),
            message = self.messages.recv() => message,
            () = until(moment) => { self.moment = None; None }
            () = tokio::time::sleep(SILENCE) => {
                self.model.now = Timestamp::now();
                let still = telling::still(&self.model);
                self.say(still.as_slice());
                None
            }
        };
        if let Some(message) = message {
            self.take(message).await;
        }
    }

    /// Asks, and does what the answer says. Something that happens meanwhile and makes it another question takes the question back.
    async fn ask(&mut self, question: &Question) {
        self.say(&[String::new()]);
        self.say(&self.worded(question));
        self.options = Some(question.options(false));
        if question.by_hand {
            self.mark_pastes(&EnableBracketedPaste);
        }
        self.prompt();
        let line = loop {
            let happened = tokio::select! {
                biased;
                signal = self.signals.next() => heard(signal),
                // What was asked is asked again: it may have scrolled away.
                () = self.continued.next() => return self.take(back_again()).await,
                message = self.messages.recv() => match message { Some(message) => message, None => return },
                line = self.lines.next() => break line,
            };
            let here = Context::of(&self.model);
            self.take(happened).await;
            self.model.now = Timestamp::now();
            let now = turn(&self.model);
            let is_here = self.model.exit.is_none() && here == Context::of(&self.model);
            // What is read again in the background takes no question back before its answer is there.
            let asks_the_same = is_here && matches!(&now, Turn::Ask(now) if is_as_before(question, now));
            if is_here && now == Turn::Wait || asks_the_same && !self.teller.is_elsewhere(&self.model) {
                continue;
            }
            if question.by_hand {
                self.mark_pastes(&DisableBracketedPaste);
            }
            if !asks_the_same {
                // What was begun was an answer to another question.
                self.lines.forget();
            }
            return self.say(&[String::new()]);
        };
        if question.by_hand {
            self.mark_pastes(&DisableBracketedPaste);
        }
        self.model.now = Timestamp::now();
        match line {
            Line::End => self.end_of_input(),
            Line::Pasted(text) if question.by_hand => self.paste(text).await,
            Line::Typed(text) | Line::Pasted(text) => match question.understand(&text) {
                Meaning::Act(act) => self.act(act, question, &text).await,
                Meaning::Unclear(why) => self.say(&[why]),
            },
        }
    }

    /// The question with what can be said, unless that was said just before.
    fn worded(&self, question: &Question) -> Vec<String> {
        let options = question.options(false);
        let is_new = self.options.as_ref() != Some(&options);
        let can = if is_new && !options.is_empty() { format!(" You can say: {options}.") } else { String::new() };
        vec![format!("{}{can} Enter alone: {}.", question.asks, question.default.label)]
    }

    async fn act(&mut self, act: Act, question: &Question, line: &str) {
        match act {
            Act::Press(keys) => self.press_all(keys).await,
            Act::Select(step) => {
                self.press_all([Key::Home].into_iter().chain(std::iter::repeat_n(Key::Down, step.index()))).await;
                self.teller.here_again();
            }
            Act::Write(field) => self.write(field, line).await,
            Act::Help => self.say(&[format!("You can say: {}.", question.options(true)), "Ctrl-C stops.".to_owned()]),
            Act::List => self.teller.list_again(),
            Act::Again => self.teller.here_again(),
            Act::Nothing => {}
        }
    }

    /// Writes `line` as a person would into the field, and sends it where that is safe.
    async fn write(&mut self, field: Field, line: &str) {
        match field {
            Field::Note => {
                self.type_over(line).await;
                self.press(Key::Enter).await;
            }
            Field::Contact => {
                let is_last = self.is_at_last_field();
                self.type_over(line).await;
                self.press(if is_last { Key::Enter } else { Key::Down }).await;
            }
            Field::AccountId => self.write_account_id(line).await,
            Field::Service => self.write_service(line).await,
            Field::Code => self.write_code(line).await,
        }
    }

    async fn type_over(&mut self, line: &str) {
        self.press_all([Key::End, Key::Control('u')].into_iter().chain(line.chars().map(Key::Char))).await;
    }

    fn is_at_last_field(&self) -> bool {
        matches!(&self.model.screen, Screen::Contact(form) if Some(&form.focus) == ContactField::ALL.last())
    }

    /// The id counts when it is exact; anything else cancels. With the hyphens in which it is shown, it was most likely not typed.
    async fn write_account_id(&mut self, line: &str) {
        if line.contains('-') {
            return self.paste(line.to_owned()).await;
        }
        self.press_all(line.chars().map(Key::Char)).await;
        let Screen::Confirm(confirming) = &self.model.screen else {
            self.say(&["That is not the id of this account.".to_owned()]);
            return;
        };
        if self.model.checklist.subject.as_ref().is_some_and(|subject| confirming.matches(&subject.identity.account)) {
            self.press(Key::Enter).await;
        } else {
            self.say(&["That is not the id of this account.".to_owned()]);
            self.press(Key::Esc).await;
        }
    }

    /// What is said to a paste is said each time.
    async fn paste(&mut self, text: String) {
        self.teller.forget_notice();
        self.take(Message::Pasted(text)).await;
    }

    async fn write_service(&mut self, line: &str) {
        self.press_all(line.chars().map(Key::Char)).await;
        if matches!(&self.model.screen, Screen::Deregister(state) if state.matches()) {
            self.press(Key::Enter).await;
            return;
        }
        self.press_all(line.chars().map(|_| Key::Backspace)).await;
        self.say(&["That is not the word for this service. Nothing has been sent.".to_owned()]);
    }

    async fn write_code(&mut self, line: &str) {
        const DIGITS: usize = 6;
        let digits: Vec<char> = line.chars().filter(|character| !character.is_whitespace()).collect();
        if digits.len() != DIGITS || !digits.iter().all(char::is_ascii_digit) {
            self.say(&["A code has six digits. Nothing has been sent.".to_owned()]);
            return;
        }
        let keys = [Key::Backspace; DIGITS].into_iter().chain(digits.into_iter().map(Key::Char)).chain([Key::Enter]);
        self.press_all(keys).await;
    }

    /// Nobody can answer any more. That is a no to everything.
    fn end_of_input(&mut self) {
        self.say(&[String::new(), "The input has ended: that means no.".to_owned()]);
        self.model.exit = Some(Exit::Quit);
    }

    /// Presses keys that belong together. Once one of them leads elsewhere, the others would mean something else there.
    async fn press_all(&mut self, keys: impl IntoIterator<Item = Key>) {
        let here = Context::of(&self.model);
        for key in keys {
            if Context::of(&self.model) == here {
                self.press(key).await;
            }
        }
    }

    async fn press(&mut self, key: Key) {
        let effects = self.model.update(Message::Pressed(key.into()), Timestamp::now());
        self.carry_out(effects).await;
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
                    let result = match self.driver.sign_in_here() {
                        Some(said) => Ok(said),
                        None => self.sign_in(&command).await,
                    };
                    let more = self.model.update(Message::SignInEnded(result), Timestamp::now());
                    for effect in more {
                        self.driver.carry_out(effect, &self.model.checklist);
                    }
                }
                Effect::Copy(_, text) => self.say(&[text]),
                Effect::DiscardTypeAhead => self.lines.forget(),
                Effect::Suspend | Effect::Quit => {}
                effect => {
                    if matches!(effect, Effect::OpenLink(_) | Effect::SaveReport) {
                        self.moment = Some(Instant::now() + MOMENT);
                    }
                    if let Effect::RunChecks { steps, .. } = &effect {
                        self.teller.checked_again(steps.len());
                    }
                    self.driver.carry_out(effect, &self.model.checklist);
                }
            }
        }
    }

    async fn sign_in(&mut self, command: &[String]) -> Result<String, String> {
        match sign_in::run(command, &mut self.signals).await {
            SignIn::Ended(result) => result,
            SignIn::Stopped(said) => {
                self.model.exit = Some(Exit::Interrupted);
                Err(said)
            }
        }
    }

    // ---- the terminal ----

    /// Says paragraphs, each broken at the terminal's width.
    fn say(&mut self, paragraphs: &[String]) {
        let width = width();
        let mut text = String::new();
        for paragraph in paragraphs {
            text.push_str(&textwrap::fill(
                paragraph,
                textwrap::Options::new(width).word_splitter(textwrap::WordSplitter::NoHyphenation),
            ));
            text.push('\n');
        }
        if self.writing.glyphs == Glyphs::Ascii {
            text = prose::in_ascii(&text);
        }
        self.put(&text);
    }

    fn prompt(&mut self) {
        self.put("> ");
    }

    /// Asks the terminal to mark what is pasted, as long as an answer has to pass through the hands.
    fn mark_pastes(&mut self, mode: &impl crossterm::Command) {
        let mut sequence = String::new();
        if self.writing.marks_pastes && mode.write_ansi(&mut sequence).is_ok() {
            self.put(&sequence);
        }
    }

    fn put(&mut self, text: &str) {
        let mut stdout = io::stdout();
        if stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).is_err() {
            self.model.exit = Some(Exit::TerminalLost);
        }
    }
}

/// Here the terminal makes a signal of Ctrl-C. It is a key all the same, and asks where something would be lost.
fn heard(signal: Signal) -> Message {
    match signal {
        Signal::Interrupt => Message::Pressed(Key::Control('c').into()),
        Signal::Terminate | Signal::HangUp => signal.into(),
    }
}

/// Whoever was away does not stand behind a confirmation any more: this is what the key for going away says, too.
fn back_again() -> Message {
    Message::Pressed(Key::Control('z').into())
}

/// Whether two questions ask the same; how a default is worded may go on with the time.
fn is_as_before(before: &Question, now: &Question) -> bool {
    before.asks == now.asks && before.choices == now.choices
}

/// Where lines are broken, in cells: at the edge of the terminal, but never so late that a line is hard to follow.
fn width() -> usize {
    const WIDEST: u16 = 80;
    const NARROWEST: u16 = 20;
    let cols = crossterm::terminal::size().map_or(WIDEST, |(cols, _)| cols);
    usize::from(if cols == 0 { WIDEST } else { cols.clamp(NARROWEST, WIDEST) }) - 1
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

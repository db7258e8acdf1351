//! What the person does: keys become commands or are typed into a field, and ask for effects.

use tui_input::InputRequest;

use super::confirm::NotTyped;
use super::model::Overflow;
use super::screen::Field;
use super::{
    Command, Context, Direction, Effect, Exit, Key, KeyPress, Model, Notice, Overlay, OwnerChoice, Screen, Text, bindings,
    notices,
};
use crate::checklist::{OneTimeCode, StepId};
use crate::departure::{Action, Attempt, Leave, Lock, Mode, Outcome, WhyNot};
use crate::journal::Entry;

/// The longest note, in characters: enough for a reason, short enough to be read.
pub const LONGEST_NOTE: usize = 500;
/// Lines that a page key scrolls.
const PAGE: u16 = 10;

impl Model {
    pub(super) fn pressed(&mut self, press: KeyPress) {
        if self.overflow.is_hidden {
            return self.pressed_blindly(press);
        }
        match (Command::of(self, press), Context::of(self).field()) {
            (Some(command @ (Command::Interrupt | Command::Suspend)), _) => self.obey(command),
            (_, Some(Field::AccountId)) => self.type_id(press),
            (Some(command), _) => self.obey(command),
            (None, Some(Field::Note)) => edits(press.key).into_iter().for_each(|request| self.write_note(request)),
            (None, Some(Field::Contact)) => edits(press.key).into_iter().for_each(|request| self.write_contact(request)),
            (None, Some(Field::Service)) => self.type_service(press),
            (None, Some(Field::MfaCode)) => self.type_code(press),
            (None, Some(Field::PhoneCode)) => self.type_phone_code(press),
            (None, None) => {}
        }
    }

    /// The person said what a key would mean, where there is such a key now.
    pub(super) fn commanded(&mut self, command: Command) {
        if bindings(Context::of(self)).any(|binding| binding.command == command && (binding.applies)(self)) {
            self.obey(command);
        }
    }

    /// The person chose the line `at` of the list that is shown, whichever was selected.
    pub(super) fn chosen(&mut self, at: usize) {
        match (&mut self.screen, &mut self.overlay) {
            (_, Some(Overlay::Owner(OwnerChoice::Among { profiles, cursor }))) if at < profiles.len() => *cursor = at,
            (Screen::Profiles { cursor }, None) if at < self.profiles.len() => *cursor = at,
            (Screen::Account, None) => self.destination_cursor = at,
            (Screen::Deregister(_), None) => return self.select_service(at),
            _ => return,
        }
        self.commanded(Command::Open);
    }

    pub(super) fn step_chosen(&mut self, step: StepId) {
        if matches!(Context::of(self), Context::Steps | Context::Detail) {
            self.notice = None;
            self.follows = false;
            self.select(step);
        }
    }

    /// The person wrote `line` into the focused field, in place of what stood there, and handed it in. It is one answer: the time
    /// between its characters says nothing.
    pub(super) fn written(&mut self, line: &str) {
        self.notice = None;
        match Context::of(self).field() {
            Some(Field::Note) => self.say_note(line),
            Some(Field::Contact) => self.write_contact_field(line),
            Some(Field::Service) => self.write_service(line),
            Some(Field::AccountId) => self.write_group(line),
            Some(field @ (Field::PhoneCode | Field::MfaCode)) => match whole_code(line) {
                Some(digits) if field == Field::PhoneCode => self.write_phone_code(digits),
                Some(digits) => self.write_code(digits),
                None => self.warn(notices::SIX_DIGITS),
            },
            None => {}
        }
    }

    /// A key while the window is too small to show anything: it can end the walk, and nothing else.
    fn pressed_blindly(&mut self, press: KeyPress) {
        match press.key {
            _ if press.is_repeat => {}
            Key::Char('q') if matches!(self.overlay, Some(Overlay::Quit)) => self.end(Exit::Quit),
            Key::Char('q') => self.quit(),
            Key::Control('c') => self.interrupted(),
            Key::Control('z') => self.effects.push(Effect::Suspend),
            _ => {}
        }
    }

    /// A paste writes into a note and does nothing else: it submits nothing, and it is not how an account ID is typed.
    pub(super) fn pasted(&mut self, text: &str) {
        // Nobody sees where it would go.
        if self.overflow.is_hidden {
            return;
        }
        match Context::of(self).field() {
            Some(Field::Note) => {
                for character in crate::untrusted::sanitize(text).chars() {
                    self.write_note(InputRequest::InsertChar(character));
                }
            }
            Some(Field::Contact) => {
                for character in crate::untrusted::sanitize(text.trim()).chars() {
                    self.write_contact(InputRequest::InsertChar(character));
                }
            }
            Some(Field::AccountId) => self.not_typed(NotTyped::Paste),
            Some(Field::Service) => self.warn(notices::TYPE_THE_SERVICE),
            Some(Field::PhoneCode) => text.trim().chars().for_each(|digit| self.type_phone_code(Key::Char(digit).into())),
            Some(Field::MfaCode) => text.trim().chars().for_each(|digit| self.type_code(Key::Char(digit).into())),
            None => {}
        }
    }

    /// A flood of keys arrived. Its source may have typed the earlier answers, too.
    pub(super) fn poured(&mut self) {
        if self.departure.leave.can_be_stopped() {
            self.overlay = None;
            self.stop_recheck();
            let sent = self.notice.as_ref().map(|notice| notice.text().clone()).unwrap_or_default();
            self.warn(Text::from(notices::POURED).and(" ").and(sent));
        } else if matches!(self.screen, Screen::Confirm(_)) {
            self.not_typed(NotTyped::Paste);
        } else if matches!(self.screen, Screen::Deregister(_)) {
            self.warn(notices::TYPE_THE_SERVICE);
        }
    }

    /// The front end laid a frame out: this much did not fit, so the scrolling ends there.
    pub fn laid_out(&mut self, overflow: Overflow) {
        self.overflow = overflow;
        self.scroll = self.scroll.min(if matches!(self.screen, Screen::Checklist) { overflow.detail } else { overflow.page });
        if let Some(scroll) = self.overlay.as_mut().and_then(Overlay::scroll_mut) {
            *scroll = (*scroll).min(overflow.page);
        }
    }

    pub(super) fn say(&mut self, text: impl Into<Text>) {
        self.notice = Some(Notice::Said(text.into()));
    }

    /// Shows a sentence about what did not work.
    pub(super) fn warn(&mut self, text: impl Into<Text>) {
        self.notice = Some(Notice::Failed(text.into()));
    }

    /// Asks the departure for `action`. Where something keeps it from that, says what, as far as the screen does not.
    pub(super) fn ask(&mut self, action: Action) -> Option<Attempt> {
        match self.departure.act(action, self.departure.now) {
            Ok(attempt) => attempt,
            Err(WhyNot::Locked(lock)) => {
                self.say_lock(Some(lock));
                None
            }
            Err(WhyNot::Pointless | WhyNot::Review | WhyNot::NotAttested(_) | WhyNot::NotConfirmed(_)) => {
                self.warn(notices::NOT_NOW);
                None
            }
        }
    }

    /// Says what keeps something locked, as far as the screen does not.
    pub(super) fn say_lock(&mut self, lock: Option<Lock>) {
        self.notice = lock.and_then(|lock| notices::locked(lock, self.departure.record.problem())).map(Notice::Failed);
    }

    /// Goes on from the account to its steps.
    pub(super) fn open_checklist(&mut self) {
        if self.departure.act(Action::Choose(self.selected_destination()), self.departure.now).is_err() {
            return self.warn(notices::NOT_NOW);
        }
        self.screen = Screen::Checklist;
        self.scroll = 0;
        self.follow_first_open();
    }

    /// Goes on in the checklist: to the leave, or to the next step that needs something.
    pub(super) fn go_on(&mut self) {
        if self.departure.mode == Mode::Review {
            self.next_in_review();
        } else if self.departure.may_confirm() {
            self.open_confirm();
        } else if let Some(next) = self.next_open_after(self.cursor) {
            self.select(next);
        } else {
            self.say_lock(self.departure.locks().first().copied());
        }
    }

    /// A review goes through every step, settled or not, and ends at the last.
    fn next_in_review(&mut self) {
        match StepId::ALL.get(self.cursor.index() + 1) {
            Some(next) => self.select(*next),
            None => self.say(notices::last_of_the_review(self.practice.is_some())),
        }
    }

    // ---- notes ----

    pub(super) fn open_note(&mut self) {
        let step = self.cursor;
        match self.departure.why_not(&Action::Attest { step, note: String::new() }) {
            None => self.overlay = Some(Overlay::Note { step, refused: None }),
            Some(WhyNot::Locked(_)) => self.say_no_journal(),
            Some(_) => {}
        }
    }

    pub(super) fn withdraw(&mut self) {
        let step = self.cursor;
        let was_override = self.selected().attestation.as_ref().is_some_and(|attestation| attestation.is_override);
        match self.departure.act(Action::Withdraw(step), self.departure.now) {
            Ok(_) => self.say(notices::withdrawn(step, was_override)),
            Err(WhyNot::Locked(_)) => self.say_no_journal(),
            Err(_) => {}
        }
    }

    fn say_no_journal(&mut self) {
        self.notice =
            self.departure.record.problem().map(|problem| Notice::Failed(notices::no_journal_to_say_it_in(problem).into()));
    }

    fn write_note(&mut self, request: InputRequest) {
        let Some(Overlay::Note { step, refused }) = &mut self.overlay else { return };
        let draft = self.drafts.entry(*step).or_default();
        let grows = matches!(request, InputRequest::InsertChar(_));
        if !grows || draft.value().chars().count() < LONGEST_NOTE {
            draft.handle(request);
        }
        *refused = None;
        // An empty note is none that could be lost.
        if draft.value().is_empty() {
            self.drafts.remove(step);
        }
    }

    pub(super) fn say_draft(&mut self) {
        let Some(Overlay::Note { step, .. }) = &self.overlay else { return };
        let draft = self.drafts.get(step).map(|draft| draft.value().to_owned()).unwrap_or_default();
        self.say_note(&draft);
    }

    fn say_note(&mut self, note: &str) {
        let Some(Overlay::Note { step, refused }) = &mut self.overlay else { return };
        let (step, length) = (*step, note.chars().count());
        if length > LONGEST_NOTE {
            return self.warn(notices::note_too_long(length));
        }
        match self.departure.act(Action::Attest { step, note: note.to_owned() }, self.departure.now) {
            Ok(_) => {
                self.drafts.remove(&step);
                self.overlay = None;
                if step == self.cursor {
                    self.go_on_from(step);
                }
            }
            Err(WhyNot::NotAttested(why)) => *refused = Some(why.to_string()),
            Err(_) => self.say_no_journal(),
        }
    }

    // ---- scrolling ----

    pub(super) fn scroll_page(&mut self, direction: Direction) {
        let end = if matches!(self.screen, Screen::Checklist) { self.overflow.detail } else { self.overflow.page };
        self.scroll = scrolled(self.scroll, end, direction);
    }

    pub(super) fn scroll_overlay(&mut self, direction: Direction) {
        let end = self.overflow.page;
        if let Some(scroll) = self.overlay.as_mut().and_then(Overlay::scroll_mut) {
            *scroll = scrolled(*scroll, end, direction);
        }
    }

    // ---- the way out ----

    /// Quitting asks first where something would be lost, or where the outcome is open.
    pub(super) fn quit(&mut self) {
        if self.asks_before_quitting() { self.overlay = Some(Overlay::Quit) } else { self.end(Exit::Quit) }
    }

    /// Goes to the shell until somebody comes back.
    pub(super) fn suspend(&mut self, context: Context) {
        // Whoever goes away does not stand behind the confirmation any more.
        if matches!(context, Context::Rechecking | Context::Postponed) {
            self.stop_recheck();
        }
        self.effects.push(Effect::Suspend);
    }

    pub(super) fn interrupted(&mut self) {
        if self.asks_before_quitting() && !matches!(self.overlay, Some(Overlay::Quit)) {
            self.overlay = Some(Overlay::Quit);
        } else {
            self.end(Exit::Interrupted);
        }
    }

    /// Whether something was written here that is in no journal yet.
    pub(crate) fn would_lose_something(&self) -> bool {
        // What could not be written waits here, or with whoever keeps the journal.
        let waits = self.departure.to_write.iter().any(|(_, entry)| matches!(entry, Entry::Attested { .. }));
        let was_kept = self.departure.has_journal && !self.departure.record.is_open();
        waits || was_kept || !self.drafts.is_empty()
    }

    /// Whether something was entered into the form for the contact information that is not saved.
    pub(crate) fn holds_unsaved_contact(&self) -> bool {
        matches!(&self.screen, Screen::Contact(form) if form.holds_something_new())
    }

    fn asks_before_quitting(&self) -> bool {
        let is_open = self.departure.is_in_flight() || matches!(self.departure.leave, Leave::Ended(Outcome::NotKnown(_)));
        is_open || self.departure.has_fix_out() || self.holds_unsaved_contact() || self.would_lose_something()
    }
}

/// What a key does to the text in a field.
fn edits(key: Key) -> Option<InputRequest> {
    Some(match key {
        Key::Char(character) => InputRequest::InsertChar(character),
        Key::Backspace => InputRequest::DeletePrevChar,
        Key::Delete => InputRequest::DeleteNextChar,
        Key::Left => InputRequest::GoToPrevChar,
        Key::Right => InputRequest::GoToNextChar,
        Key::Home | Key::Control('a') => InputRequest::GoToStart,
        Key::End | Key::Control('e') => InputRequest::GoToEnd,
        Key::Control('w') => InputRequest::DeletePrevWord,
        Key::Control('u') => InputRequest::DeleteFromStart,
        _ => return None,
    })
}

/// The digits of a code, where `line` holds all six and nothing else but blanks.
fn whole_code(line: &str) -> Option<String> {
    let digits: String = line.chars().filter(|character| !character.is_whitespace()).collect();
    (digits.len() == OneTimeCode::DIGITS && digits.bytes().all(|digit| digit.is_ascii_digit())).then_some(digits)
}

/// Where a selection among `len` lines goes from `at`.
pub(super) fn moved(at: usize, len: usize, direction: Direction) -> usize {
    let last = len.saturating_sub(1);
    match direction {
        Direction::Up => at.saturating_sub(1),
        Direction::Down => (at + 1).min(last),
        Direction::PageUp | Direction::First => 0,
        Direction::PageDown | Direction::Last => last,
    }
}

fn scrolled(at: u16, end: u16, direction: Direction) -> u16 {
    match direction {
        Direction::Up => at.saturating_sub(1),
        Direction::Down => at.saturating_add(1).min(end),
        Direction::PageUp => at.saturating_sub(PAGE),
        Direction::PageDown => at.saturating_add(PAGE).min(end),
        Direction::First => 0,
        Direction::Last => end,
    }
}

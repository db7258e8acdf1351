//! What the person does: keys become commands, commands change the screen or ask for effects.

use tui_input::InputRequest;

use super::confirm::NotTyped;
use super::model::Overflow;
use super::{Command, Context, Copied, Direction, Effect, Exit, Key, KeyPress, Model, Notice, Overlay, Pane, Screen, words};
use crate::checklist::{Attestable, Destination, StepId};
use crate::departure::{Leave, Mode, Outcome};
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
        let context = Context::of(self);
        let command = Command::of(self, press);
        match (context, command) {
            (_, Some(Command::Interrupt)) => self.interrupted(),
            (_, Some(Command::Suspend)) => {
                // Whoever goes away does not stand behind the confirmation any more.
                if matches!(context, Context::Rechecking | Context::Postponed) {
                    self.stop_recheck();
                }
                self.effects.push(Effect::Suspend);
            }
            (Context::TypedId, _) => self.type_id(press),
            (Context::Note, None) => self.edit_note(press.key),
            (Context::Code, None) if !press.is_repeat => self.type_code(press.key),
            (Context::Phone, None) if !press.is_repeat => self.type_phone_code(press.key),
            (Context::ContactFields, None) => self.edit_contact(press.key),
            (Context::Deregister, None) => self.type_service(press),
            (_, Some(command)) => self.command(context, command),
            (_, None) => {}
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
        match Context::of(self) {
            // Nobody sees where it would go.
            _ if self.overflow.is_hidden => {}
            Context::Note => {
                for character in crate::untrusted::neutralise(text).chars() {
                    self.write_note(InputRequest::InsertChar(character));
                }
            }
            Context::ContactFields => {
                for character in crate::untrusted::neutralise(text.trim()).chars() {
                    self.write_contact(InputRequest::InsertChar(character));
                }
            }
            Context::TypedId => self.not_typed(NotTyped::Paste),
            Context::Deregister => self.notice = Some(Notice::Failed(words::type_the_service())),
            Context::Phone => text.trim().chars().for_each(|digit| self.type_phone_code(Key::Char(digit))),
            Context::Code => text.trim().chars().for_each(|digit| self.type_code(Key::Char(digit))),
            _ => {}
        }
    }

    /// A flood of keys arrived. Its source may have typed the earlier answers, too.
    pub(super) fn poured(&mut self) {
        if self.departure.leave.can_be_stopped() {
            self.close_overlay();
            self.stop_recheck();
            let sent = self.notice.as_ref().map_or("", Notice::text);
            self.notice = Some(Notice::Failed(format!("{} {sent}", words::poured())));
        } else if matches!(self.screen, Screen::Confirm(_)) {
            self.not_typed(NotTyped::Paste);
        } else if matches!(self.screen, Screen::Deregister(_)) {
            self.notice = Some(Notice::Failed(words::type_the_service()));
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

    fn command(&mut self, context: Context, command: Command) {
        if !matches!(context, Context::Help | Context::Evidence | Context::Changes | Context::QuitQuestion) {
            self.notice = None;
        }
        match (context, command) {
            (_, Command::Help) => self.put_on_top(Overlay::Help { scroll: 0 }),
            (_, Command::SaveReport) => self.effects.push(Effect::SaveReport(self.id)),
            (_, Command::SignIn) => self.ask_to_sign_in(),
            (Context::SignInQuestion, Command::Open) => self.sign_in(),
            (Context::QuitQuestion, Command::Quit) => self.end(Exit::Quit),
            (_, Command::Quit) => self.quit(),
            (Context::Help | Context::Evidence | Context::Changes, Command::Move(direction)) => self.scroll_overlay(direction),
            (
                Context::Help
                | Context::Evidence
                | Context::Changes
                | Context::SignInQuestion
                | Context::QuitQuestion
                | Context::Note
                | Context::Code,
                Command::Back,
            ) => self.close_overlay(),
            (Context::Owner, command) => self.owner_command(command),
            (Context::Phone, command) => self.phone_command(command),
            (Context::ContactFields | Context::ContactDifferences, command) => self.contact_command(command),
            (Context::Deregister, command) => self.deregister_command(command),
            (Context::Note, Command::Open) => self.say_note(),
            (Context::Code, Command::Open) => self.send_code(),
            (Context::OtherAccount, Command::Retry | Command::RetryAll) => self.connect(),
            (Context::OtherAccount, Command::Open) => {
                self.departure.change_account();
                self.screen = Screen::Account;
            }
            (Context::OtherAccount, Command::Move(direction)) => self.scroll_page(direction),
            (Context::Profiles, command) => self.profiles_command(command),
            (Context::Account, command) => self.account_command(command),
            (Context::Steps | Context::Detail, command) => self.checklist_command(context, command),
            (Context::Consequences, command) => self.confirm_command(command),
            (Context::Rechecking | Context::Postponed, Command::Back) => self.stop_recheck(),
            (Context::Rechecking, Command::Retry) => self.departure.hasten_recheck(),
            (Context::Postponed, Command::Retry) => self.departure.ask_again_now(),
            (Context::Sent, Command::Retry) => self.departure.look_now(),
            (Context::Outcome, command) => self.outcome_command(command),
            _ => {}
        }
    }

    fn profiles_command(&mut self, command: Command) {
        let Screen::Profiles { cursor } = &mut self.screen else { return };
        match command {
            Command::Move(direction) => *cursor = moved(*cursor, self.profiles.len(), direction),
            Command::Open => self.choose_profile(),
            _ => {}
        }
    }

    fn account_command(&mut self, command: Command) {
        match command {
            Command::Move(direction) => {
                self.destination_cursor = moved(self.destination_cursor, Destination::ALL.len(), direction);
            }
            Command::Open => {
                let destination = self.selected_destination();
                self.departure.choose(destination);
                self.screen = Screen::Checklist;
                self.scroll = 0;
                self.follow_first_open();
            }
            Command::Retry | Command::RetryAll => self.retry_all(),
            Command::Back => self.choose_again(),
            _ => {}
        }
    }

    fn checklist_command(&mut self, context: Context, command: Command) {
        // Whoever has begun to work here is not to be moved about by answers that come in.
        self.follows = false;
        match command {
            Command::Move(direction @ (Direction::PageUp | Direction::PageDown)) => self.scroll_page(direction),
            Command::Move(direction) if context == Context::Detail => self.scroll_page(direction),
            Command::Move(direction) => {
                self.select(StepId::ALL[moved(self.cursor.index(), StepId::ALL.len(), direction)]);
            }
            Command::NextPane => self.pane = if self.pane == Pane::Steps { Pane::Detail } else { Pane::Steps },
            Command::Back => self.screen = Screen::Account,
            Command::Open if self.departure.mode == Mode::Review => self.next_in_review(),
            Command::Open if self.departure.may_confirm() => self.open_confirm(),
            Command::Open => {
                if let Some(next) = self.next_open_after(self.cursor) {
                    self.select(next);
                } else {
                    self.notice = self
                        .departure
                        .locks()
                        .first()
                        .and_then(|lock| words::locked(*lock, self.departure.record.problem()))
                        .map(Notice::Failed);
                }
            }
            Command::Retry => self.retry(&[self.cursor]),
            Command::RetryAll => self.retry_all(),
            Command::Attest => self.open_note(),
            Command::Withdraw => self.withdraw(),
            Command::OpenLink => {
                let link = self.link().map(|link| Effect::OpenLink(link.to_owned()));
                self.effects.extend(link);
            }
            Command::CopyLink => {
                let link = self.link().map(|link| Effect::Copy(Copied::Link, link.to_owned()));
                self.effects.extend(link);
            }
            Command::CopyCommand => {
                let command = self.command_to_run().map(|command| Effect::Copy(Copied::Command, command.to_owned()));
                self.effects.extend(command);
            }
            Command::FixHere if self.cursor == StepId::ContactInformation => self.open_contact(),
            Command::FixHere => self.open_deregister(),
            Command::VerifyPhone => self.open_phone(),
            Command::ChooseOwner => self.choose_owner(),
            Command::Evidence => self.put_on_top(Overlay::Evidence { scroll: 0 }),
            _ => {}
        }
    }

    /// A review goes through every step, settled or not, and ends at the last.
    fn next_in_review(&mut self) {
        match StepId::ALL.get(self.cursor.index() + 1) {
            Some(next) => self.select(*next),
            None => self.notice = Some(Notice::Said(words::last_of_the_review(self.practice.is_some()))),
        }
    }

    fn outcome_command(&mut self, command: Command) {
        match (command, &self.departure.leave) {
            (Command::Move(direction), _) => self.scroll_page(direction),
            (Command::Retry, Leave::Ended(Outcome::NotKnown(_))) => self.departure.look_again(),
            (Command::Retry, Leave::Ended(Outcome::Left { .. })) => self.departure.open_journal(),
            (Command::Retry, Leave::Ended(Outcome::AlreadyStandalone)) => {
                self.departure.look_for_a_membership();
                self.screen = Screen::Account;
            }
            (Command::Retry, Leave::Ended(Outcome::Refused(_))) | (Command::Open, _) => self.departure.go_back(),
            // Nothing was changed and the cause may be gone: read everything again, and confirm anew.
            (Command::Retry, _) => {
                self.departure.go_back();
                self.departure.retry(&StepId::ALL);
            }
            _ => {}
        }
    }

    pub(super) fn put_on_top(&mut self, overlay: Overlay) {
        self.overlay = Some(overlay);
    }

    // ---- notes ----

    fn open_note(&mut self) {
        let step = self.cursor;
        // While the journal is still being opened, what is said waits for it.
        if let Some(problem) = self.departure.record.problem() {
            self.notice = Some(Notice::Failed(words::no_journal_to_say_it_in(problem)));
            return;
        }
        match self.selected().attestable() {
            Attestable::Freely | Attestable::WithReason => self.put_on_top(Overlay::Note { step, refused: None }),
            Attestable::NotNeeded | Attestable::Never | Attestable::NotYet => {}
        }
    }

    fn withdraw(&mut self) {
        let step = self.cursor;
        // What is not written down as withdrawn would come back at the next start.
        if let Some(problem) = self.departure.record.problem() {
            self.notice = Some(Notice::Failed(words::no_journal_to_say_it_in(problem)));
            return;
        }
        if let Some(attestation) = self.departure.withdraw(step) {
            self.notice = Some(Notice::Said(words::withdrawn(step, attestation.is_override)));
        }
    }

    fn edit_note(&mut self, key: Key) {
        if let Some(request) = edits(key) {
            self.write_note(request);
        }
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

    fn say_note(&mut self) {
        let Some(Overlay::Note { step, .. }) = self.overlay else { return };
        let note = self.drafts.get(&step).map(|draft| draft.value().to_owned()).unwrap_or_default();
        match self.departure.attest(step, &note) {
            Ok(()) => {
                self.drafts.remove(&step);
                self.close_overlay();
                if step == self.cursor {
                    self.go_on_from(step);
                }
            }
            Err(refusal) => self.overlay = Some(Overlay::Note { step, refused: Some(refusal.to_string()) }),
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
    fn quit(&mut self) {
        if self.asks_before_quitting() { self.put_on_top(Overlay::Quit) } else { self.end(Exit::Quit) }
    }

    fn interrupted(&mut self) {
        if self.asks_before_quitting() && !matches!(self.overlay, Some(Overlay::Quit)) {
            return self.put_on_top(Overlay::Quit);
        }
        self.end(Exit::Interrupted);
    }

    /// Whether something was written here that is in no journal yet.
    #[must_use]
    pub fn would_lose_something(&self) -> bool {
        // What could not be written waits here, or with whoever keeps the journal.
        let waits = self.departure.to_write.iter().any(|(_, entry)| matches!(entry, Entry::Attested { .. }));
        let was_kept = self.departure.has_journal && !self.departure.record.is_open();
        waits || was_kept || !self.drafts.is_empty()
    }

    /// Whether something was entered into the form for the contact information that is not saved.
    #[must_use]
    pub fn holds_unsaved_contact(&self) -> bool {
        matches!(&self.screen, Screen::Contact(form) if form.holds_something_new())
    }

    fn asks_before_quitting(&self) -> bool {
        let is_open = self.departure.is_in_flight() || matches!(self.departure.leave, Leave::Ended(Outcome::NotKnown(_)));
        is_open || self.departure.has_fix_out() || self.holds_unsaved_contact() || self.would_lose_something()
    }
}

/// What a key does to the text in a field.
pub(super) fn edits(key: Key) -> Option<InputRequest> {
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

fn moved(at: usize, len: usize, direction: Direction) -> usize {
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

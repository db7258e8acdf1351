//! One message in, effects out: the single door through which the model changes.

use jiff::Timestamp;

use super::news::Phase;
use super::{Effect, Exit, Message, Model, Screen};
use crate::journal::Entry;

impl Model {
    /// Takes one message at the time `now`.
    #[must_use = "effects do nothing until the driver carries them out"]
    pub fn update(&mut self, message: Message, now: Timestamp) -> Vec<Effect> {
        self.departure.now = now;
        let before = Phase::of(&self.departure.leave);
        let is_event = matches!(message, Message::Of(..));
        // Time alone may have ended what the confirmation rests on. Then ignore a key that was meant for it.
        let was_meant_for_it = message.can_be_ahead();
        if is_event || !self.reconsider_confirm() || !was_meant_for_it {
            self.take(message);
        }
        if is_event {
            self.reconsider_confirm();
        }
        self.tell_the_news();
        // Last: while there is a leave to tell of, that is what is shown.
        self.follow_the_leave(before);
        self.departure.is_held = matches!(self.screen, Screen::Contact(_) | Screen::Deregister(_));
        self.take_effects()
    }

    /// What has to be done: for the departure, then for the person.
    pub(super) fn take_effects(&mut self) -> Vec<Effect> {
        let id = self.id;
        let of_departure = self.departure.take_effects().into_iter().map(|effect| Effect::Of(id, effect));
        of_departure.chain(std::mem::take(&mut self.effects)).collect()
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Of(id, event) if id == self.id => self.departure.update(event, self.departure.now),
            // It is about a departure that is not shown here.
            Message::Of(..) => {}
            Message::Pressed(press) => self.pressed(press),
            Message::Commanded(command) => self.commanded(command),
            Message::Chosen(at) => self.chosen(at),
            Message::StepChosen(step) => self.step_chosen(step),
            Message::Written(line) => self.written(&line),
            Message::Pasted(text) => self.pasted(&text),
            Message::Poured => self.poured(),
            Message::ProfilesListed(result) => self.profiles_listed(result),
            Message::OwnerProfilesListed(result) => self.owner_profiles_listed(result),
            Message::Copied(what) => self.told(Ok(super::notices::copied(what).into())),
            Message::SignInEnded(result) => self.signed_in(result),
            Message::LinkOpened(result) | Message::ReportSaved(result) => self.told(result),
            Message::Interrupted => self.end(Exit::Interrupted),
            Message::InputEnded => self.end(Exit::Quit),
            Message::TerminalLost => self.end(Exit::TerminalLost),
        }
    }

    pub(super) fn end(&mut self, exit: Exit) {
        self.exit = Some(exit);
        let exit_code = self.exit_code();
        self.departure.note(Entry::Closed { exit_code });
        self.effects.push(Effect::Quit);
    }
}

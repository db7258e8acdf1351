//! What an answer does: the keys that a person would press for it on a screen, and never more than the line says.

use super::question::{Act, Field, Question};
use super::{Walk, asking, telling};
use crate::checklist::PhoneCode;
use crate::departure::Leave;
use crate::driver::Capability;
use crate::wizard::{Key, LONGEST_NOTE, Message, Screen};

impl<C: Capability> Walk<C> {
    /// Does what an answer says.
    pub(super) async fn act(&mut self, act: Act, question: &Question, line: &str) {
        match act {
            Act::Press(keys) => {
                let is_over = matches!(self.model.departure.leave, Leave::Ended(_)) && self.model.overlay.is_none();
                self.press_all(keys).await;
                if is_over {
                    // What AWS says once more is told once more.
                    self.teller.here_again();
                }
            }
            Act::Select(step) => {
                self.press_all([Key::Home].into_iter().chain(std::iter::repeat_n(Key::Down, step.index()))).await;
                self.teller.here_again();
            }
            Act::Write(field) => self.write(field, line).await,
            Act::Help => self.say(&[format!("You can say: {}.", question.options(true)), "Ctrl-C stops.".to_owned()]),
            Act::List => self.teller.list_again(),
            Act::Again => self.teller.here_again(),
            Act::Locked => self.say(&telling::why_locked(&self.model)),
            Act::Nothing => {}
        }
    }

    /// Writes `line` as a person would into the field, and sends it where that is safe.
    async fn write(&mut self, field: Field, line: &str) {
        match field {
            Field::Note => self.write_note(line).await,
            Field::Contact => {
                let Screen::Contact(form) = &self.model.screen else { return };
                let on = asking::on_from(form.focus);
                self.type_over(line).await;
                self.press(on).await;
            }
            Field::Group => self.write_group(line).await,
            Field::Service => self.write_service(line).await,
            Field::Code => self.write_code(line).await,
        }
    }

    async fn type_over(&mut self, line: &str) {
        self.press_all([Key::End, Key::Control('u')].into_iter().chain(line.chars().map(Key::Char))).await;
    }

    /// What does not fit would be cut in silence, and sent.
    async fn write_note(&mut self, line: &str) {
        let length = line.chars().count();
        if length > LONGEST_NOTE {
            self.say(&[format!("A note has at most {LONGEST_NOTE} characters, and this one has {length}. Nothing was said.")]);
            return;
        }
        self.type_over(line).await;
        self.press(Key::Enter).await;
    }

    /// A line is one group. What the field does not take, it says, and nothing of that line stays.
    async fn write_group(&mut self, line: &str) {
        self.model.notice = None;
        self.teller.forget_notice();
        for character in line.chars() {
            self.press(Key::Char(character)).await;
            if self.model.notice.is_some() {
                break;
            }
        }
        let Screen::Confirm(confirming) = &self.model.screen else { return };
        if self.model.notice.is_none() && confirming.is_whole(true) {
            return self.press(Key::Enter).await;
        }
        if self.model.notice.is_none() {
            self.say(&["A group has four digits.".to_owned()]);
        }
        let Screen::Confirm(confirming) = &self.model.screen else { return };
        self.press_all(vec![Key::Backspace; confirming.typed.len()]).await;
    }

    /// What is said to a paste is said each time.
    pub(super) async fn paste(&mut self, text: String) {
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
        const DIGITS: usize = PhoneCode::DIGITS;
        let digits: Vec<char> = line.chars().filter(|character| !character.is_whitespace()).collect();
        if digits.len() != DIGITS || !digits.iter().all(char::is_ascii_digit) {
            self.say(&["A code has six digits. Nothing has been sent.".to_owned()]);
            return;
        }
        let keys = [Key::Backspace; DIGITS].into_iter().chain(digits.into_iter().map(Key::Char)).chain([Key::Enter]);
        self.press_all(keys).await;
    }
}

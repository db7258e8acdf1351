//! The confirm screen: what must have been seen, and the typed account id.
//!
//! It collects. Whether the confirmation counts is the gate's to say.

use std::collections::BTreeSet;

use super::{Command, Direction, Effect, Key, KeyPress, Model, Notice, Screen, words};
use crate::checklist::gate::{self, Acknowledgement, NotConfirmed};
use crate::checklist::{AccountId, StepId, texts};

/// The confirm screen's own state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirming {
    /// What must be seen, in order.
    pub items: Vec<Acknowledgement>,
    /// What has been.
    pub seen: BTreeSet<Acknowledgement>,
    /// Which line is selected.
    pub cursor: usize,
    /// The digits typed so far.
    pub typed: String,
}

/// The digits of an account id.
const DIGITS: usize = 12;

impl Confirming {
    /// Whether every line has been marked as seen, so that the id can be typed.
    #[must_use]
    pub fn all_seen(&self) -> bool {
        self.items.iter().all(|item| self.seen.contains(item))
    }

    /// Whether the typed digits are exactly this account's id.
    #[must_use]
    pub fn matches(&self, account: &AccountId) -> bool {
        self.typed == account.as_str()
    }
}

impl Model {
    pub(super) fn open_confirm(&mut self) -> Vec<Effect> {
        if !self.may_confirm() {
            return Vec::new();
        }
        let items = gate::to_acknowledge(&self.checklist, self.now);
        self.screen = Screen::Confirm(Confirming { items, seen: BTreeSet::new(), cursor: 0, typed: String::new() });
        self.scroll = 0;
        vec![Effect::DiscardTypeAhead]
    }

    /// The standings may have moved under an open confirm screen: then it does not stay open.
    pub(super) fn reconsider_confirm(&mut self) {
        let Screen::Confirm(confirming) = &self.screen else { return };
        if !self.may_confirm() || gate::to_acknowledge(&self.checklist, self.now) != confirming.items {
            self.screen = Screen::Checklist;
            self.notice = Some(Notice::Failed(words::changed_while_confirming(self.locks().first().copied())));
            self.cursor = self.next_open_after(StepId::ALL[0]).unwrap_or(self.cursor);
        }
    }

    pub(super) fn cancel_confirm(&mut self) -> Vec<Effect> {
        self.screen = Screen::Checklist;
        self.notice = Some(Notice::Said(words::nothing_sent(self.has_sent_before())));
        Vec::new()
    }

    pub(super) fn confirm_command(&mut self, command: Command) -> Vec<Effect> {
        let Screen::Confirm(confirming) = &mut self.screen else { return Vec::new() };
        let last = confirming.items.len().saturating_sub(1);
        match command {
            Command::Move(Direction::Up) => confirming.cursor = confirming.cursor.saturating_sub(1),
            Command::Move(Direction::Down) => confirming.cursor = (confirming.cursor + 1).min(last),
            Command::Move(Direction::PageUp | Direction::First) => confirming.cursor = 0,
            Command::Move(Direction::PageDown | Direction::Last) => confirming.cursor = last,
            Command::MarkSeen => {
                if let Some(item) = confirming.items.get(confirming.cursor) {
                    confirming.seen.insert(item.clone());
                }
                let unseen = |at: &usize| !confirming.seen.contains(&confirming.items[*at]);
                let next = (confirming.cursor..=last).chain(0..confirming.cursor).find(unseen);
                confirming.cursor = next.unwrap_or(last);
                if confirming.all_seen() {
                    return vec![Effect::DiscardTypeAhead];
                }
            }
            Command::Back => return self.cancel_confirm(),
            _ => {}
        }
        Vec::new()
    }

    /// A key while the id is being typed: digits and Backspace write, Enter waits for the match, anything else cancels.
    pub(super) fn type_id(&mut self, press: KeyPress) -> Vec<Effect> {
        let Screen::Confirm(confirming) = &mut self.screen else { return Vec::new() };
        match press.key {
            // Leaning on a key is not typing an id.
            _ if press.is_repeat => Vec::new(),
            Key::Char(digit) if digit.is_ascii_digit() => {
                if confirming.typed.len() < DIGITS {
                    confirming.typed.push(digit);
                }
                // A paste that the terminal does not mark as one may bring its own Enter along: that Enter is not the person's.
                if confirming.typed.len() == DIGITS { vec![Effect::DiscardTypeAhead] } else { Vec::new() }
            }
            Key::Backspace => {
                confirming.typed.pop();
                Vec::new()
            }
            // The id is shown in groups: who types the hyphens means no other id, but only digits are taken.
            Key::Char('-' | ' ') => Vec::new(),
            Key::Enter => self.confirm_typed(),
            _ => self.cancel_confirm(),
        }
    }

    fn confirm_typed(&mut self) -> Vec<Effect> {
        if self.credentials_end_within(texts::rules().credentials.needed_seconds).is_some() {
            self.screen = Screen::Checklist;
            self.notice = Some(Notice::Failed(words::credentials_end_soon()));
            return Vec::new();
        }
        let Screen::Confirm(confirming) = &self.screen else { return Vec::new() };
        match gate::confirm(&self.checklist, &confirming.seen, &confirming.typed, self.now) {
            Ok(confirmation) => {
                self.notice = None;
                self.recheck(confirmation, 0)
            }
            // Enter does nothing until the id matches.
            Err(NotConfirmed::Mismatch) => Vec::new(),
            Err(NotConfirmed::Locked(_) | NotConfirmed::Unseen(_) | NotConfirmed::NoSubject) => {
                self.close_overlay();
                self.screen = Screen::Checklist;
                self.notice = Some(Notice::Failed(words::changed_while_confirming(self.locks().first().copied())));
                Vec::new()
            }
        }
    }
}

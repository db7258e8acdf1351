//! The confirm screen: what must have been seen, and the typed account ID.
//!
//! It collects, and takes only what was typed: an ID that arrives as a burst or a paste empties the field, and from then on the ID is asked
//! for in groups, each its own answer. Whether the confirmation counts is the gate's to say.

use std::collections::{BTreeSet, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::commands::moved;
use super::{Direction, Effect, Key, KeyPress, Model, Notice, Screen, notices};
use crate::checklist::gate::{self, Acknowledgement, NotConfirmed};
use crate::checklist::{AccountId, StepId, texts};
use crate::departure::{Action, Leave, WhyNot};

/// The confirm screen's own state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirming {
    /// What must be seen, in order.
    pub items: Vec<Acknowledgement>,
    pub seen: BTreeSet<Acknowledgement>,
    pub cursor: usize,
    /// The digits typed so far: of the whole ID, or of the group that is asked for.
    pub typed: String,
    /// The groups that were answered, where the ID is asked for in groups.
    pub groups: Vec<String>,
    /// When the last keys arrived, as many as make a flood.
    arrivals: VecDeque<Timestamp>,
}

const DIGITS: usize = 12;
/// The digits of one of its groups.
const GROUP: usize = 4;
/// Its groups.
pub const GROUPS: usize = DIGITS / GROUP;

/// What arrived in place of a typed ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTyped {
    Burst,
    /// What the terminal marked as pasted, or more keys than anybody types.
    Paste,
    /// A hyphen, as the ID is shown with.
    Hyphen,
    Blank,
    /// A digit more than the ID or the group has.
    TooMany,
}

impl Confirming {
    fn new(items: Vec<Acknowledgement>) -> Self {
        let (seen, arrivals) = (BTreeSet::new(), VecDeque::new());
        Self { items, seen, cursor: 0, typed: String::new(), groups: Vec::new(), arrivals }
    }

    /// What the key that arrives `now` ends, where that is no typing.
    fn ends(&mut self, in_groups: bool, now: Timestamp) -> Option<NotTyped> {
        let rule = &texts::rules().confirmation;
        self.arrivals.push_back(now);
        while self.arrivals.len() > rule.flood_keys {
            self.arrivals.pop_front();
        }
        // After a clock was set back nobody knows how fast they arrived. That counts as too fast.
        let are_within = |keys: usize, ms: i64| {
            let first = self.arrivals.len().checked_sub(keys).and_then(|at| self.arrivals.get(at));
            first.is_some_and(|first| now.duration_since(*first) <= SignedDuration::from_millis(ms))
        };
        if are_within(rule.flood_keys, rule.flood_ms) {
            return Some(NotTyped::Paste);
        }
        // The time between the digits of a group does not count.
        (!in_groups && are_within(rule.burst_keys, rule.burst_ms)).then_some(NotTyped::Burst)
    }

    /// The digits typed so far, of all groups.
    fn all_digits(&self) -> String {
        self.groups.concat() + &self.typed
    }

    /// Whether all digits of the ID, or of a group where it is asked for in groups, have been typed.
    pub(crate) fn is_whole(&self, in_groups: bool) -> bool {
        self.typed.len() == if in_groups { GROUP } else { DIGITS }
    }

    /// Whether every line has been marked as seen, so that the id can be typed.
    #[must_use]
    pub fn all_seen(&self) -> bool {
        self.items.iter().all(|item| self.seen.contains(item))
    }

    /// Whether the typed digits are exactly this account's ID.
    pub(crate) fn matches(&self, account: &AccountId) -> bool {
        self.all_digits() == account.as_str()
    }
}

impl Model {
    pub(super) fn open_confirm(&mut self) {
        if !self.departure.may_confirm() {
            return;
        }
        let items = gate::to_acknowledge(&self.departure.checklist, self.departure.now);
        self.screen = Screen::Confirm(Confirming::new(items));
        self.scroll = 0;
        self.effects.push(Effect::DiscardTypeAhead);
    }

    /// Closes the confirm screen if what it rests on has changed. Returns whether it did.
    pub(super) fn reconsider_confirm(&mut self) -> bool {
        let Screen::Confirm(confirming) = &self.screen else { return false };
        let items = gate::to_acknowledge(&self.departure.checklist, self.departure.now);
        if self.departure.may_confirm() && items == confirming.items {
            return false;
        }
        self.screen = Screen::Checklist;
        self.warn(notices::changed_while_confirming(self.departure.locks().first().copied()));
        self.cursor = self.next_open_after(StepId::ALL[0]).unwrap_or(self.cursor);
        true
    }

    pub(super) fn cancel_confirm(&mut self) {
        self.screen = Screen::Checklist;
        self.say(notices::nothing_sent(self.departure.has_sent_before()));
    }

    pub(super) fn move_to_consequence(&mut self, direction: Direction) {
        if let Screen::Confirm(confirming) = &mut self.screen {
            confirming.cursor = moved(confirming.cursor, confirming.items.len(), direction);
        }
    }

    /// Marks the selected line as seen, and goes to the next that is not.
    pub(super) fn mark_seen(&mut self) {
        let Screen::Confirm(confirming) = &mut self.screen else { return };
        let last = confirming.items.len().saturating_sub(1);
        if let Some(item) = confirming.items.get(confirming.cursor) {
            confirming.seen.insert(item.clone());
        }
        let unseen = |at: &usize| !confirming.seen.contains(&confirming.items[*at]);
        let next = (confirming.cursor..=last).chain(0..confirming.cursor).find(unseen);
        confirming.cursor = next.unwrap_or(last);
        if confirming.all_seen() {
            self.effects.push(Effect::DiscardTypeAhead);
        }
    }

    /// A key while the ID is being typed. Digits and Backspace write, Enter submits, Esc goes back. Nothing else cancels.
    pub(super) fn type_id(&mut self, press: KeyPress) {
        let (now, in_groups) = (self.departure.now, self.asks_in_groups);
        let Screen::Confirm(confirming) = &mut self.screen else { return };
        // Leaning on a key is not typing an ID.
        if press.is_repeat {
            return;
        }
        // Whatever comes between the digits: as filler it would only make them look slow.
        if let Some(what) = confirming.ends(in_groups, now).filter(|_| press.key != Key::Esc) {
            return self.not_typed(what);
        }
        match press.key {
            Key::Char('0'..='9') if confirming.is_whole(in_groups) => self.not_typed(NotTyped::TooMany),
            Key::Char(digit @ '0'..='9') => {
                confirming.typed.push(digit);
                // A paste that the terminal does not mark as one may bring its own Enter along. That Enter is not the person's.
                if confirming.is_whole(in_groups) {
                    self.effects.push(Effect::DiscardTypeAhead);
                }
            }
            Key::Backspace => {
                if confirming.typed.pop().is_none()
                    && let Some(group) = confirming.groups.pop()
                {
                    confirming.typed = group;
                    confirming.typed.pop();
                }
            }
            Key::Char('-') => self.not_typed(NotTyped::Hyphen),
            // Space has just marked the last line as seen: one press too many is no answer, and nothing was written yet.
            Key::Char(' ') if confirming.typed.is_empty() => {}
            Key::Char(blank) if blank.is_whitespace() => self.not_typed(NotTyped::Blank),
            Key::Char(_) => {
                self.say(notices::ONLY_DIGITS);
            }
            Key::Enter => self.submit_typed(),
            Key::Esc => self.cancel_confirm(),
            _ => {}
        }
    }

    /// A group of the ID, from the person's line. If the field rejects the line, it says why and keeps nothing.
    pub(super) fn write_group(&mut self, line: &str) {
        let Screen::Confirm(confirming) = &mut self.screen else { return };
        confirming.typed.clear();
        for character in line.chars() {
            self.type_id(Key::Char(character).into());
            if self.notice.is_some() {
                break;
            }
        }
        let Screen::Confirm(confirming) = &mut self.screen else { return };
        if self.notice.is_none() && confirming.is_whole(true) {
            return self.type_id(Key::Enter.into());
        }
        confirming.typed.clear();
        self.notice.get_or_insert_with(|| Notice::Failed(notices::FOUR_DIGITS.into()));
    }

    /// Empties the field, says why, and asks for the ID in groups from now on. A paste may have brought every group, so it empties them all.
    pub(super) fn not_typed(&mut self, what: NotTyped) {
        let Screen::Confirm(confirming) = &mut self.screen else { return };
        confirming.typed.clear();
        if what == NotTyped::Paste {
            confirming.groups.clear();
        }
        self.warn(notices::not_typed(what, self.asks_in_groups));
        self.asks_in_groups = true;
        self.effects.push(Effect::DiscardTypeAhead);
    }

    fn submit_typed(&mut self) {
        let Screen::Confirm(confirming) = &mut self.screen else { return };
        if self.asks_in_groups {
            if !confirming.is_whole(true) {
                return;
            }
            if confirming.groups.len() + 1 < GROUPS {
                confirming.groups.push(std::mem::take(&mut confirming.typed));
                self.notice = None;
                // Each group is its own answer: what arrived together with this one answers no other.
                return self.effects.push(Effect::DiscardTypeAhead);
            }
        }
        self.confirm_typed();
    }

    fn confirm_typed(&mut self) {
        if self.departure.credentials_end_within(texts::rules().credentials.needed_seconds).is_some() {
            self.screen = Screen::Checklist;
            self.warn(notices::credentials_end_soon());
            return;
        }
        let Screen::Confirm(confirming) = &self.screen else { return };
        let (seen, typed) = (confirming.seen.clone(), confirming.all_digits());
        match self.departure.act(Action::Confirm { seen, typed }, self.departure.now) {
            Ok(_) => {
                self.notice = None;
                // What comes in the same breath shows whether a person pressed Enter.
                self.effects.push(Effect::DiscardTypeAhead);
            }
            Err(WhyNot::NotConfirmed(NotConfirmed::Mismatch)) if self.asks_in_groups => {
                if let Screen::Confirm(confirming) = &mut self.screen {
                    confirming.typed.clear();
                    confirming.groups.clear();
                }
                self.warn(notices::OTHER_GROUPS);
                self.effects.push(Effect::DiscardTypeAhead);
            }
            // Enter does nothing until the ID matches.
            Err(WhyNot::NotConfirmed(NotConfirmed::Mismatch)) => {}
            Err(_) => {
                self.overlay = None;
                self.screen = Screen::Checklist;
                self.warn(notices::changed_while_confirming(self.departure.locks().first().copied()));
            }
        }
    }

    /// Takes the confirmation back while no request is out.
    pub(super) fn stop_recheck(&mut self) {
        let was_asked = !matches!(self.departure.leave, Leave::Rechecking { calls: 0, .. });
        self.ask(Action::Stop);
        let has_sent = self.departure.has_sent_before();
        self.say(if was_asked { notices::PUT_OFF_AND_STOPPED.to_owned() } else { notices::nothing_sent(has_sent) });
    }
}

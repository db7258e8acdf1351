//! Confirmation is typing: what counts as it at random, and what the field does with everything else.

use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use super::*;
use crate::tests::cases;

/// Everything that arrived at the field for the account ID since it opened, and when. No key is a paste.
#[derive(Debug, Default)]
pub(super) struct Arrived {
    in_groups: bool,
    events: Vec<(Option<Key>, Timestamp)>,
}

/// Keys that are no farther apart belong to one breath: the front ends discard it as a whole.
const BREATH: SignedDuration = SignedDuration::from_millis(20);

impl Arrived {
    /// Whether this is the account's ID as a person types it: twelve digits one by one, or three groups that were each answered. It is
    /// written from the rule, not from the code: the two must agree.
    fn is_typing(&self) -> bool {
        let Some((Some(Key::Enter), _)) = self.events.last() else { return false };
        let Some(rest) = self.after_what_was_not_typed() else { return self.whole() == ACCOUNT };
        let (mut groups, mut group) = (Vec::new(), String::new());
        for (at, (key, _)) in rest.iter().enumerate() {
            match key {
                _ if self.is_flood(self.events.len() - rest.len() + at) => (groups, group) = (Vec::new(), String::new()),
                None => (groups, group) = (Vec::new(), String::new()),
                Some(Key::Char('-' | ' ')) => group.clear(),
                Some(Key::Char('0'..='9')) if group.len() == 4 => group.clear(),
                Some(Key::Char(digit @ '0'..='9')) => group.push(*digit),
                Some(Key::Backspace) => {
                    if group.pop().is_none() {
                        group = groups.pop().unwrap_or_default();
                        group.pop();
                    }
                }
                Some(Key::Enter) if group.len() == 4 => groups.push(std::mem::take(&mut group)),
                Some(_) => {}
            }
            let is_last = groups.len() == 3;
            if is_last && groups.concat() == ACCOUNT {
                return true;
            }
            if is_last {
                groups.clear();
            }
        }
        false
    }

    /// What arrived once the ID was asked for in groups; nothing where it never was.
    fn after_what_was_not_typed(&self) -> Option<&[(Option<Key>, Timestamp)]> {
        if self.in_groups {
            return Some(&self.events);
        }
        let mut length = 0_usize;
        for (at, (key, _)) in self.events.iter().enumerate() {
            let is_typed = match key {
                Some(_) if self.is_burst(at) || self.is_flood(at) => false,
                Some(Key::Char(' ')) => length == 0,
                None | Some(Key::Char('-')) => false,
                Some(Key::Char('0'..='9')) => {
                    length += 1;
                    length <= 12
                }
                Some(Key::Backspace) => {
                    length = length.saturating_sub(1);
                    true
                }
                Some(_) => true,
            };
            if !is_typed {
                return Some(&self.events[at + 1..]);
            }
        }
        None
    }

    fn is_burst(&self, at: usize) -> bool {
        self.are_within(at, 4, 20)
    }

    fn is_flood(&self, at: usize) -> bool {
        self.are_within(at, 64, 1_000)
    }

    /// Whether the event `at` is the last of so many keys within so many milliseconds.
    fn are_within(&self, at: usize, keys: usize, ms: i128) -> bool {
        let times: Vec<Timestamp> = self.events[..=at].iter().filter_map(|(key, time)| key.is_some().then_some(*time)).collect();
        let is_key = self.events[at].0.is_some();
        let first = times.len().checked_sub(keys).map(|first| times[first]);
        is_key && first.is_some_and(|first| self.events[at].1.duration_since(first).as_millis() <= ms)
    }

    fn whole(&self) -> String {
        let mut typed = String::new();
        for (key, _) in &self.events {
            match key {
                Some(Key::Char(digit @ '0'..='9')) => typed.push(*digit),
                Some(Key::Backspace) => drop(typed.pop()),
                _ => {}
            }
        }
        typed
    }
}

fn groups(walk: &Walk) -> Option<(usize, String)> {
    let Screen::Confirm(confirming) = &walk.model.screen else { return None };
    Some((confirming.groups.len(), confirming.typed.clone()))
}

impl Walk {
    /// Notes what arrives at the field for the account ID, and says what it holds before.
    pub(super) fn arrives_at_the_field(&mut self, message: &Message) -> Option<(usize, String)> {
        if Context::of(&self.model) != Context::TypedId {
            self.seen.arrived = Arrived::default();
            return None;
        }
        if self.seen.arrived.events.is_empty() {
            self.seen.arrived.in_groups = self.model.asks_in_groups;
        }
        match message {
            _ if self.model.overflow.is_hidden => {}
            Message::Pressed(KeyPress { key, is_repeat: false }) => {
                self.seen.arrived.events.push((Some(*key), self.now));
            }
            // A line is one answer: a whole group, or nothing of it stays.
            Message::Written(line) => {
                let is_group = line.len() == 4 && line.bytes().all(|digit| digit.is_ascii_digit());
                let group = line.chars().map(Key::Char).chain([Key::Enter]).filter(|_| is_group);
                let keys: Vec<Key> = group.chain((!is_group).then_some(Key::Char('-'))).collect();
                self.seen.arrived.events.extend(keys.into_iter().map(|key| (Some(key), self.now)));
            }
            Message::Pasted(_) => self.seen.arrived.events.push((None, self.now)),
            _ => {}
        }
        groups(self)
    }

    /// Nothing but typing confirms, and what arrives together with the answer of one group answers no other.
    pub(super) fn check_what_was_typed(&mut self, before: Option<(usize, String)>, effects: &[Effect]) {
        let Some((before, typed_before)) = before else { return };
        if matches!(self.model.departure.leave, Leave::Rechecking { .. }) {
            assert!(self.seen.arrived.is_typing(), "confirmed, and nobody typed it: {:?}", self.seen.arrived);
            *(if self.model.asks_in_groups { &mut self.met.typed_in_groups } else { &mut self.met.typed_whole }) += 1;
        }
        let length = if self.model.asks_in_groups { 4 } else { 12 };
        let is_whole = |typed: &str| typed.len() == length && typed_before.len() < length;
        if groups(self).is_some_and(|(answered, typed)| answered > before || is_whole(&typed)) {
            let discards = effects.iter().any(|effect| matches!(effect, Effect::DiscardTypeAhead));
            assert!(discards, "what was typed ahead stays: {effects:?}");
        }
    }

    /// Types the whole ID, or its groups where it is asked for in groups.
    pub(super) fn type_id(&mut self) {
        if !self.model.asks_in_groups {
            self.type_text(ACCOUNT);
            return self.press(Key::Enter);
        }
        for group in [&ACCOUNT[..4], &ACCOUNT[4..8], &ACCOUNT[8..]] {
            self.type_text(group);
            self.press(Key::Enter);
        }
    }

    pub(super) fn clear_the_field(&mut self) {
        for _ in 0..ACCOUNT.len() {
            self.press(Key::Backspace);
        }
    }

    /// Keys that arrive in one moment. What the front end discards does not reach the model.
    pub(super) fn burst(&mut self, keys: &str) {
        let discards = self.seen.discards;
        for key in keys.chars() {
            if self.seen.discards == discards {
                let key = if key == '\r' { Key::Enter } else { Key::Char(key) };
                self.tell_now(Message::Pressed(key.into()));
            }
        }
    }

    /// Keys as they arrive, each so many milliseconds after the one before. What comes in one breath with what is discarded is discarded.
    fn arrive(&mut self, keys: &[(Arrival, i64)]) {
        let mut is_discarding = false;
        for (arrival, pause) in keys {
            if Context::of(&self.model) != Context::TypedId {
                return;
            }
            let pause = SignedDuration::from_millis(*pause);
            self.now = self.now.checked_add(pause).unwrap();
            is_discarding &= pause < BREATH;
            if !is_discarding {
                let discards = self.seen.discards;
                self.tell_now(match arrival {
                    Arrival::Key(key) => Message::Pressed((*key).into()),
                    Arrival::Paste => Message::Pasted(ACCOUNT.to_owned()),
                });
                is_discarding = self.seen.discards > discards;
            }
        }
    }
}

#[derive(Debug, Clone)]
enum Arrival {
    Key(Key),
    Paste,
}

/// What may arrive: keys one by one, and whole strings of them, at paces of people and of machines.
fn arrivals(pauses: Vec<i64>) -> impl Strategy<Value = Vec<(Arrival, i64)>> {
    let keys = |text: &str| -> Vec<Arrival> {
        text.chars().map(|key| Arrival::Key(if key == '\r' { Key::Enter } else { Key::Char(key) })).collect()
    };
    let id = ACCOUNT;
    let grouped = format!("{}\r{}\r{}\r", &id[..4], &id[4..8], &id[8..]);
    let strings = [
        keys(id),
        keys(&format!("{id}\r")),
        keys(&grouped),
        keys(&format!("{id}7\r")),
        keys("4120-9876-5432\r"),
        keys(&id[..4]),
        keys(&id[4..8]),
        keys(&id[8..]),
        keys("\r"),
        keys("4"),
        keys("-"),
        keys(" "),
        keys("q"),
        vec![Arrival::Key(Key::Backspace)],
        vec![Arrival::Key(Key::Backspace); 12],
        vec![Arrival::Key(Key::Tab)],
        vec![Arrival::Paste],
    ];
    let string = (prop::sample::select(strings.to_vec()), prop::sample::select(pauses.clone()), prop::sample::select(pauses));
    prop::collection::vec(string, 1..14).prop_map(|strings| {
        let each = |(string, first, pause): (Vec<Arrival>, i64, i64)| {
            let pauses = std::iter::once(first).chain(std::iter::repeat(pause));
            string.into_iter().zip(pauses).collect::<Vec<_>>()
        };
        strings.into_iter().flat_map(each).collect()
    })
}

/// Lets this arrive at the field, so many times or a tenth, and says what the walks came past.
fn random_typing(pauses: Vec<i64>, in_groups: bool) -> Met {
    let config = ProptestConfig { cases: cases(1_500), failure_persistence: None, ..ProptestConfig::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let met = std::cell::RefCell::new(Met::default());
    let typed = TestRunner::new_with_rng(config, rng).run(&arrivals(pauses), |keys| {
        let mut walk = Walk::new(Mode::Guided);
        walk.reach_typed_id();
        walk.model.asks_in_groups = in_groups;
        walk.arrive(&keys);
        let mut met = met.borrow_mut();
        met.typed_whole += walk.met.typed_whole;
        met.typed_in_groups += walk.met.typed_in_groups;
        Ok(())
    });
    typed.unwrap();
    met.into_inner()
}

#[test]
fn nothing_confirms_but_twelve_digits_one_by_one_or_three_groups_each_its_own_answer() {
    // Every walk holds each confirmation against the rule.
    let paces = vec![0, 3, 6, 7, 19, 20, 21, 30, 200];
    let [whole, in_groups] = [false, true].map(|in_groups| random_typing(paces.clone(), in_groups));
    assert!(whole.typed_whole >= 5 && in_groups.typed_in_groups >= 5, "hardly anything was confirmed: {whole:?} {in_groups:?}");
}

#[test]
fn whatever_arrives_in_one_breath_confirms_nothing() {
    for in_groups in [false, true] {
        let met = random_typing(vec![0, 1, 6], in_groups);
        assert_eq!((met.typed_whole, met.typed_in_groups), (0, 0));
    }
}

#[test]
fn a_burst_is_so_many_digits_within_so_much_time_and_one_millisecond_more_is_typing() {
    let rule = &texts::rules().confirmation;
    assert_eq!((rule.burst_keys, rule.burst_ms, rule.flood_keys, rule.flood_ms), (4, 20, 64, 1_000));
    for (pauses, is_burst) in [([0, 6, 7, 7], true), ([0, 0, 0, 21], false), ([500, 0, 0, 20], true), ([0, 7, 7, 7], false)] {
        let mut walk = Walk::new(Mode::Guided);
        walk.reach_typed_id();
        let keys: Vec<(Arrival, i64)> =
            "4120".chars().zip(pauses).map(|(digit, pause)| (Arrival::Key(Key::Char(digit)), pause)).collect();
        walk.arrive(&keys);
        assert_eq!(walk.model.asks_in_groups, is_burst, "{pauses:?}");
        assert_eq!(groups(&walk), Some((0, if is_burst { String::new() } else { "4120".to_owned() })));
    }
    // Nobody knows how fast digits arrived while the clock was set back.
    let set_back = |by| {
        let mut walk = Walk::new(Mode::Guided);
        walk.reach_typed_id();
        walk.type_text("412");
        walk.now = walk.now.checked_sub(by).unwrap();
        walk.type_text("0");
        walk
    };
    assert!(set_back(SignedDuration::from_millis(100)).model.asks_in_groups);
    // Before the person had confirmed the step, nothing is unlocked.
    assert!(matches!(set_back(SignedDuration::from_hours(1)).model.screen, Screen::Checklist));
}

#[test]
fn what_is_not_typing_empties_the_field_says_so_and_asks_for_groups_from_then_on() {
    type Arrives = fn(&mut Walk);
    let cases: [(Arrives, &str); 5] = [
        (|walk| walk.burst("9876"), "Several keys arrived at once"),
        (|walk| walk.paste(ACCOUNT), "A pasted ID does not count"),
        (|walk| walk.press(Key::Char('-')), "without hyphens"),
        (|walk| walk.press(Key::Char(' ')), "without spaces"),
        (|walk| walk.type_text("987654327"), "the ID has 12"),
    ];
    for (arrives, why) in cases {
        let mut walk = Walk::new(Mode::Guided);
        walk.reach_typed_id();
        walk.type_text("4120");
        let discards = walk.seen.discards;
        arrives(&mut walk);
        assert!(walk.notice().contains(why), "{}", walk.notice());
        assert!(walk.model.asks_in_groups && walk.seen.discards > discards, "{why}");
        assert_eq!(groups(&walk), Some((0, String::new())), "{why}");
        // Also after another look at the checklist.
        walk.press(Key::Esc);
        walk.mark_all();
        walk.type_text(ACCOUNT);
        walk.press(Key::Enter);
        assert_eq!(Context::of(&walk.model), Context::TypedId, "{why}");
        walk.clear_the_field();
        walk.type_id();
        assert!(matches!(walk.model.departure.leave, Leave::Rechecking { .. }), "{why}");
    }
}

#[test]
fn in_groups_a_burst_is_an_answer_and_a_hyphen_or_a_fifth_digit_empties_its_group_alone() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_typed_id();
    walk.paste(ACCOUNT);
    walk.burst("4120");
    assert_eq!(groups(&walk), Some((0, "4120".to_owned())), "an input method sends strings");
    walk.press(Key::Enter);
    for (keys, why) in [("98-", "without hyphens"), ("98 ", "without spaces"), ("98765", "a group has 4")] {
        walk.type_text(keys);
        assert!(walk.notice().contains(why), "{}", walk.notice());
        assert_eq!(groups(&walk), Some((1, String::new())), "{keys}");
    }
    walk.type_text("987");
    walk.press(Key::Enter);
    assert_eq!(groups(&walk), Some((1, "987".to_owned())), "Enter does nothing before a group is whole");
    walk.type_text("6");
    walk.press(Key::Enter);
    assert_eq!(groups(&walk), Some((2, String::new())));
    walk.press(Key::Backspace);
    assert_eq!(groups(&walk), Some((1, "987".to_owned())), "Backspace goes on into the group before");
    walk.paste("6");
    assert_eq!(groups(&walk), Some((0, String::new())), "a paste empties every group");
}

#[test]
fn groups_of_another_id_are_told_and_asked_for_again() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_typed_id();
    walk.model.asks_in_groups = true;
    for group in ["4120", "9876", "5431"] {
        walk.type_text(group);
        walk.press(Key::Enter);
    }
    assert!(walk.notice().contains("not the ID of this account"), "{}", walk.notice());
    assert_eq!(groups(&walk), Some((0, String::new())));
    walk.type_id();
    assert!(matches!(walk.model.departure.leave, Leave::Rechecking { .. }));
}

#[test]
fn one_space_too_many_while_lines_are_marked_says_nothing_of_the_id() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_typed_id();
    walk.type_text("   ");
    assert!(!walk.model.asks_in_groups && walk.model.notice.is_none());
    walk.type_id();
    assert!(matches!(walk.model.departure.leave, Leave::Rechecking { .. }));
}

#[test]
fn no_key_cancels_the_typed_id_but_esc() {
    for key in [Key::Char('x'), Key::Char('q'), Key::Char('?'), Key::Tab, Key::Up, Key::Delete, Key::Other, Key::Control('u')] {
        let mut walk = Walk::new(Mode::Guided);
        walk.reach_typed_id();
        walk.type_text("4120");
        walk.press(key);
        assert_eq!(groups(&walk), Some((0, "4120".to_owned())), "{key:?}");
        assert!(!walk.model.asks_in_groups);
        walk.press(Key::Esc);
        assert!(matches!(walk.model.screen, Screen::Checklist), "{key:?}");
    }
}

#[test]
fn a_flood_of_keys_after_the_confirmation_ends_it_whatever_lies_on_top() {
    for overlay in [None, Some(Overlay::Help { scroll: 0 })] {
        let mut walk = Walk::new(Mode::Guided);
        walk.reach_recheck();
        walk.model.overlay = overlay;
        walk.tell(Message::Poured);
        assert!(matches!(walk.model.departure.leave, Leave::Idle) && matches!(walk.model.screen, Screen::Checklist));
        assert!(walk.notice().contains("as in a paste. No request to leave was sent."), "{}", walk.notice());
    }
    // After a request that AWS put off, "no further request" is what is true.
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_is_put_off();
    walk.tell(Message::Poured);
    assert!(matches!(walk.model.departure.leave, Leave::Idle) && walk.calls == 1);
    assert!(walk.notice().ends_with(notices::PUT_OFF_AND_STOPPED), "{}", walk.notice());
}

//! The rules of the walk under random sequences of everything that can happen.

use proptest::prelude::*;

use super::*;
use crate::departure::tests::random::{AwsDoes, aws_does, random_walks};

/// Everything that can happen to a walk.
#[derive(Debug, Clone)]
pub(crate) enum Happening {
    Aws(AwsDoes),
    Press(Key, bool),
    Paste,
    TypeTheId,
    /// The ID and Enter arrive in one moment.
    Burst,
    SeeEverything,
    AttestSelected,
    SignedIn,
    Killed(i64),
    TypeACode,
    /// Somebody puts a step right from here, as far as the walk lets them.
    PutsRight(u8),
    /// Whatever brings the walk on: without it, few random walks would ever reach the call.
    Onward,
}

fn key() -> impl Strategy<Value = Key> {
    let letters = prop::sample::select(" aAqrRsleoy?jkGgnfvm0123456789-x".chars().collect::<Vec<_>>()).prop_map(Key::Char);
    let others = prop::sample::select(vec![
        Key::Enter,
        Key::Esc,
        Key::Tab,
        Key::Up,
        Key::Down,
        Key::PageDown,
        Key::Home,
        Key::End,
        Key::Backspace,
        Key::Other,
        Key::Control('z'),
    ]);
    prop_oneof![letters, others]
}

pub(crate) fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        42 => aws_does().prop_map(Happening::Aws),
        6 => (key(), any::<bool>()).prop_map(|(key, repeat)| Happening::Press(key, repeat)),
        2 => Just(Happening::Press(Key::Enter, false)),
        1 => Just(Happening::Paste),
        3 => Just(Happening::TypeTheId),
        1 => Just(Happening::Burst),
        3 => Just(Happening::SeeEverything),
        3 => Just(Happening::AttestSelected),
        1 => Just(Happening::SignedIn),
        1 => prop::sample::select(vec![0_i64, 1, 30]).prop_map(Happening::Killed),
        3 => Just(Happening::TypeACode),
        4 => (0_u8..12).prop_map(Happening::PutsRight),
        20 => Just(Happening::Onward),
    ]
}

impl Walk {
    pub(crate) fn happen(&mut self, happening: &Happening) {
        match happening {
            Happening::Aws(what) => self.aws_does(what),
            Happening::Press(key, is_repeat) => self.tell(Message::Pressed(KeyPress { key: *key, is_repeat: *is_repeat })),
            Happening::Paste => self.tell(Message::Pasted(ACCOUNT.to_owned())),
            Happening::TypeTheId => {
                if Context::of(&self.model) == Context::TypedId {
                    self.clear_the_field();
                    self.type_id();
                }
            }
            Happening::Burst => {
                if Context::of(&self.model) == Context::TypedId {
                    self.burst(&format!("{ACCOUNT}\r"));
                }
            }
            Happening::SeeEverything => {
                for _ in 0..30 {
                    if Context::of(&self.model) == Context::Consequences {
                        self.press(Key::Char(' '));
                    }
                }
            }
            Happening::AttestSelected => self.attest_selected(),
            Happening::Killed(hours) => self.is_killed(*hours),
            Happening::TypeACode => {
                if Context::of(&self.model) == Context::Code {
                    self.type_text("123456");
                    self.press(Key::Enter);
                }
            }
            Happening::PutsRight(what) => self.puts_right(*what),
            Happening::SignedIn => self.tell(Message::SignInEnded(Ok("".into()))),
            Happening::Onward => self.onward(),
        }
    }

    /// Says that the selected step is done. Where a reason is asked for, nothing and blanks are none.
    fn attest_selected(&mut self) {
        if matches!(Context::of(&self.model), Context::Steps | Context::Detail) {
            self.press(Key::Char('a'));
            if Context::of(&self.model) == Context::Note {
                if self.model.selected().attestable() == Attestable::WithReason {
                    self.press(Key::Control('u'));
                    self.type_text("  ");
                    self.press(Key::Enter);
                    assert!(matches!(&self.model.overlay, Some(Overlay::Note { refused: Some(_), .. })));
                    self.met.empty_words_turned_down += 1;
                }
                self.type_text("why not");
                self.press(Key::Enter);
            }
        }
    }

    /// Somebody works on a step from here: each press as a person would do it, whatever comes of it.
    fn puts_right(&mut self, what: u8) {
        if self.model.overflow.is_hidden {
            return;
        }
        match Context::of(&self.model) {
            Context::Steps | Context::Detail if what < 9 => {
                let (step, key) = match what {
                    0..3 => (StepId::ContactInformation, 'f'),
                    3..6 => (StepId::ContactInformation, 'v'),
                    _ => (StepId::DelegatedAdministrator, 'f'),
                };
                self.model.pane = Pane::Steps;
                self.go_to(step);
                if step == StepId::DelegatedAdministrator {
                    self.press(Key::Char('r'));
                    self.identify(Ok(self.who()));
                    self.answer(0, Verdict::Unmet, Confidence::Proven);
                }
                self.press(Key::Char(key));
                if matches!(Context::of(&self.model), Context::Owner | Context::Deregister) {
                    self.puts_right(what);
                }
            }
            Context::ContactFields => {
                self.type_text("x");
                self.press(Key::Enter);
            }
            Context::ContactDifferences => self.press(Key::Char('y')),
            Context::Phone => {
                self.press(Key::Enter);
                self.type_text("314159");
                self.press(Key::Enter);
            }
            Context::Owner => {
                let profiles = vec![ProfileChoice { name: "owner".to_owned(), source: "a test".to_owned() }];
                self.tell(Message::OwnerProfilesListed(Ok(profiles)));
                self.press(Key::Enter);
                if what > 2 {
                    self.owner_is(Ok(proof()));
                }
            }
            Context::Deregister => {
                let word = match &self.model.screen {
                    Screen::Deregister(state) => state.selected().map(|selected| Deregistration::word(&selected.service)),
                    _ => None,
                };
                let word = word.unwrap_or_default().to_owned();
                self.type_text(&word);
                self.press(Key::Enter);
            }
            _ => {}
        }
    }

    fn onward(&mut self) {
        if self.the_world_goes_on() {
            return;
        }
        let now = self.now;
        match Context::of(&self.model) {
            Context::Consequences => self.happen(&Happening::SeeEverything),
            Context::TypedId => self.happen(&Happening::TypeTheId),
            Context::Steps | Context::Detail if self.model.departure.may_confirm() => self.press(Key::Enter),
            Context::Steps | Context::Detail if self.model.selected().is_settled(now) => self.press(Key::Enter),
            Context::Steps | Context::Detail if self.model.departure.session().is_none() => self.press(Key::Char('r')),
            Context::Steps | Context::Detail if !self.model.departure.record.is_open() => {
                self.disk_works = true;
                self.press(Key::Char('R'));
            }
            Context::Steps | Context::Detail => self.happen(&Happening::AttestSelected),
            Context::Help | Context::Evidence | Context::QuitQuestion => self.press(Key::Esc),
            Context::Sent => self.the_leave_goes_on(),
            _ => self.press(Key::Enter),
        }
    }

    /// Nobody comes to the confirm screen of an account into which nobody could get afterwards, but over a reason in writing.
    fn check_that_somebody_can_get_in(&mut self) {
        if !matches!(self.model.screen, Screen::Confirm(_)) {
            return;
        }
        let step = self.model.departure.checklist.step(StepId::AccessAfterwards);
        let found = step.finding.as_ref().map(|finding| finding.verdict.kind());
        if found == Some(VerdictKind::Met) {
            return;
        }
        let note = step.standing_attestation(self.model.departure.now).and_then(|word| word.note.as_deref()).unwrap_or_default();
        assert!(!note.trim().is_empty(), "{found:?}, and nothing is written");
        self.met.confirmed_over_a_written_way_in += 1;
    }

    /// Nothing waits for ever, and what must not be confirmed is not on the confirm screen.
    pub(crate) fn check_the_screens(&mut self) {
        self.check_that_somebody_can_get_in();
        let departure = &self.model.departure;
        assert!(departure.mode == Mode::Guided || !matches!(self.model.screen, Screen::Confirm(_)), "a review confirms nothing");
        if let Some(Overlay::Changes { changes, .. }) = &self.model.overlay {
            self.met.journal_lost += usize::from(changes.contains(&gate::Change::JournalLost));
        }
        match &self.model.screen {
            Screen::Contact(ContactForm { stage: ContactStage::Saving(attempt), .. })
            | Screen::Deregister(Deregistering { stage: DeregisterStage::Calling(attempt), .. }) => {
                assert!(self.fixes.iter().any(|(out, _)| out == attempt), "a change waits for ever");
            }
            Screen::Contact(ContactForm {
                stage: ContactStage::Reading(attempt) | ContactStage::ReadingBack(attempt), ..
            }) => {
                assert_eq!(self.contact_read, Some(*attempt), "the form waits for ever");
            }
            Screen::OtherAccount => assert!(departure.elsewhere.is_some(), "nothing to tell of another account"),
            _ => {}
        }
        if let Some(Overlay::Phone(check)) = &self.model.overlay
            && let PhoneStage::Sending(attempt) | PhoneStage::Verifying { attempt, .. } = &check.stage
        {
            assert!(self.fixes.iter().any(|(out, _)| out == attempt), "the phone waits for ever");
        }
    }
}

/// Random walks through the screens.
fn walks(mode: Mode, all: u32) -> Met {
    random_walks(mode, all, happening(), |walk: &mut Walk, happening| {
        let goes_on = walk.model.exit.is_none();
        if goes_on {
            walk.happen(happening);
            walk.check_the_screens();
        }
        goes_on
    })
}

#[test]
fn nothing_that_happens_opens_the_gate_calls_twice_or_leaves_a_row_running() {
    let met = walks(Mode::Guided, 2_000);
    let least = Met {
        calls: 200,
        put_off: 20,
        left: 50,
        killed_in_flight: 10,
        settled_after_a_kill: 3,
        words_that_came_back: 10,
        other_account: 50,
        journal_lost: 5,
        still_a_member: 3,
        codes: 5,
        empty_words_turned_down: 20,
        confirmed_over_a_written_way_in: 20,
        fixes: 100,
        deregistrations: 5,
        codes_handed_in: 5,
        typed_whole: 100,
        typed_in_groups: 20,
        ..Met::default()
    };
    assert!(met.covers(&least), "the rules were hardly tried: {met:?}");
}

#[test]
fn a_review_asks_for_no_leave_whatever_happens() {
    // That no effect leaves is a rule of every walk here; that hardly anything else could have kept it from leaving, too.
    let met = walks(Mode::Review, 600);
    let least = Met { words_that_came_back: 10, other_account: 10, codes: 5, reviews_of_what_could_leave: 500, ..Met::default() };
    assert!(met.calls == 0 && met.fixes == 0 && met.covers(&least), "{met:?}");
}

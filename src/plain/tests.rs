//! Whatever a walk comes to: what is said of it is harmless to a terminal, and what Enter alone does is harmless to the account.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::announcer::{self, Teller};
use super::question::{Meaning, Question, Turn};
use super::screens::turn;
use crate::checklist::{Confidence, Deregistration, StepId, Verdict};
use crate::departure::tests::random::{AwsDoes, aws_does, random_walks};
use crate::departure::tests::world::Met;
use crate::departure::{self, Mode};
use crate::wizard::tests::random::{Happening, happening};
use crate::wizard::tests::{ACCOUNT, Walk, proof};
use crate::wizard::{Command, Context, Effect, Message, ProfileChoice, Screen};

/// Has everything happen, one after the other, and hears all of it.
fn heard(walk: &mut Walk, happenings: &[Happening]) -> Vec<String> {
    let mut teller = Teller::default();
    let mut said = Teller::beginning(&walk.model);
    for happening in happenings {
        walk.happen(happening);
        said.extend(teller.news(&walk.model, false));
        assert!(is_silent_later(&mut teller, walk), "only the time has passed: {happening:?}");
        said.extend(announcer::still(&walk.model));
        if let Turn::Ask(question) = turn(&walk.model) {
            said.extend([question.asks.clone(), question.options(true), question.default.label]);
        }
    }
    said
}

/// Whether there is nothing to say some seconds later.
fn is_silent_later(teller: &mut Teller, walk: &mut Walk) -> bool {
    let now = walk.model.departure.now;
    walk.model.departure.now = now.checked_add(jiff::SignedDuration::from_secs(10)).unwrap();
    let is_silent = teller.news(&walk.model, false).is_empty();
    walk.model.departure.now = now;
    is_silent
}

fn mode(review: bool) -> Mode {
    if review { Mode::Review } else { Mode::Guided }
}

/// What the default of `question` asks the world for.
fn after_enter_alone(walk: &mut Walk, question: &Question) -> Vec<Effect> {
    let message = question.default.act.message();
    message.map(|message| walk.model.update(message, walk.now)).unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, rng_seed: RngSeed::Fixed(6), ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_said_names_no_key_of_a_screen_and_cannot_move_a_cursor_or_turn_a_line_around(
        happenings in prop::collection::vec(happening(), 1..60),
        review in any::<bool>(),
    ) {
        for said in heard(&mut Walk::new(mode(review)), &happenings) {
            prop_assert!(!said.chars().any(|c| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}')), "{said:?}");
            for key in ["Press ", "press Enter", "press Esc", " Esc", "Esc ", "Tab ", "PgDn", "Space", "Enter goes", "r does it", "`"] {
                prop_assert!(!said.contains(key), "“{key}” in {said:?}");
            }
        }
    }

    #[test]
    fn enter_alone_sends_nothing_says_nothing_and_ends_nothing_that_could_be_lost(
        happenings in prop::collection::vec(happening(), 1..60),
        review in any::<bool>(),
    ) {
        let mut walk = Walk::new(mode(review));
        for happening in &happenings {
            walk.happen(happening);
        }
        let Turn::Ask(question) = turn(&walk.model) else { return Ok(()) };
        let was_asked_to_quit = Context::of(&walk.model) == Context::QuitQuestion;
        let words = |walk: &Walk| walk.model.departure.checklist.steps().filter(|step| step.attestation.is_some()).count();
        let (said, seen) = (words(&walk), Context::of(&walk.model));
        let effects = after_enter_alone(&mut walk, &question);
        for effect in &effects {
            let is_harmless = !matches!(
                effect,
                Effect::Of(_, departure::Effect::Leave(..) | departure::Effect::Apply { .. }) | Effect::OpenLink(_) | Effect::SignIn(_) | Effect::Suspend
            );
            prop_assert!(is_harmless, "{question:?} asks for {effect:?}");
        }
        prop_assert_eq!(words(&walk), said, "{:?}", question);
        prop_assert!(!(matches!(walk.model.screen, Screen::Confirm(_)) || walk.model.departure.leave.is_under_way()) || seen == Context::QuitQuestion, "{:?}", question);
        prop_assert!(!was_asked_to_quit || walk.model.exit.is_none(), "{:?}", question);
    }

    #[test]
    fn every_question_can_be_answered_and_no_word_means_two_things(
        happenings in prop::collection::vec(happening(), 1..60),
        review in any::<bool>(),
    ) {
        let mut walk = Walk::new(mode(review));
        for happening in &happenings {
            walk.happen(happening);
            let Turn::Ask(question) = turn(&walk.model) else { continue };
            prop_assert!(!question.asks.is_empty() && !question.default.label.is_empty(), "{:?}", question);
            for (at, choice) in question.choices.iter().enumerate() {
                let is_alone = question.choices[at + 1..].iter().all(|other| other.word != choice.word);
                prop_assert!(is_alone && !choice.word.is_empty(), "“{}” in {:?}", choice.word, question);
            }
        }
    }
}

/// What can happen line by line.
#[derive(Debug, Clone)]
enum Spoken {
    Aws(AwsDoes),
    /// The person says one of the words of the question.
    Word(usize),
    /// They write something into what is asked for, right or wrong.
    Line(u8),
    /// They are away for a while, or stop what goes on.
    Signal(bool),
    PutsRight(u8),
    SignedIn,
    Killed(i64),
    Onward,
}

fn spoken() -> impl Strategy<Value = Spoken> {
    prop_oneof![
        42 => aws_does().prop_map(Spoken::Aws),
        10 => any::<usize>().prop_map(Spoken::Word),
        8 => (0_u8..6).prop_map(Spoken::Line),
        1 => any::<bool>().prop_map(Spoken::Signal),
        4 => (0_u8..9).prop_map(Spoken::PutsRight),
        1 => Just(Spoken::SignedIn),
        1 => prop::sample::select(vec![0_i64, 1, 30]).prop_map(Spoken::Killed),
        24 => Just(Spoken::Onward),
    ]
}

impl Walk {
    fn hear_them(&mut self, spoken: &Spoken) {
        // A line says nothing of the time between its keys.
        self.model.asks_in_groups = true;
        match spoken {
            Spoken::Aws(what) => self.aws_does(what),
            Spoken::Word(at) => {
                if let Turn::Ask(question) = turn(&self.model) {
                    let choice = question.choices.get(at % (question.choices.len() + 1));
                    self.say(&choice.map(|choice| choice.word.clone()).unwrap_or_default());
                }
            }
            Spoken::Line(which) => self.say(&self.line(*which)),
            Spoken::Signal(stops) => {
                self.tell(Message::Commanded(if *stops { Command::Interrupt } else { Command::Suspend }));
            }
            Spoken::PutsRight(what) => self.puts_it_right(*what),
            Spoken::SignedIn => self.tell(Message::SignInEnded(Ok("".into()))),
            Spoken::Killed(hours) => self.is_killed(*hours),
            Spoken::Onward => self.speak_on(),
        }
    }

    /// The person answers the question, if there is one.
    fn say(&mut self, line: &str) {
        match turn(&self.model) {
            Turn::PutAway => self.tell(Message::Commanded(Command::Back)),
            Turn::Ask(question) => {
                if let Meaning::Act(act) = question.understand(line)
                    && let Some(message) = act.message()
                {
                    self.tell(message);
                }
            }
            Turn::Wait => {}
        }
    }

    /// What fits the question, or something that does not.
    fn line(&self, which: u8) -> String {
        let fits = match &self.model.screen {
            _ if matches!(Context::of(&self.model), Context::Phone | Context::Code) => "314 159".to_owned(),
            Screen::Confirm(confirming) => {
                let at = 4 * confirming.groups.len();
                ACCOUNT[at..at + 4].to_owned()
            }
            Screen::Deregister(state) => {
                state.selected().map(|selected| Deregistration::word(&selected.service).to_owned()).unwrap_or_default()
            }
            _ => "why not".to_owned(),
        };
        match which {
            0..3 => fits,
            3 => ACCOUNT.to_owned(),
            4 => "4120-9876-5432".to_owned(),
            _ => "  ".to_owned(),
        }
    }

    fn puts_it_right(&mut self, what: u8) {
        if Context::of(&self.model) != Context::Steps {
            return;
        }
        let (step, word) = match what {
            0..3 => (StepId::ContactInformation, "f"),
            3..6 => (StepId::ContactInformation, "v"),
            _ => (StepId::DelegatedAdministrator, "f"),
        };
        self.say(step.as_str());
        if step == StepId::DelegatedAdministrator {
            self.say("r");
            self.identify(Ok(self.who()));
            self.answer(0, Verdict::Unmet, Confidence::Proven);
        }
        self.say(word);
        if Context::of(&self.model) == Context::Owner {
            let profiles = vec![ProfileChoice { name: "owner".to_owned(), source: "a test".to_owned() }];
            self.tell(Message::OwnerProfilesListed(Ok(profiles)));
            self.say("owner");
            self.owner_is(Ok(proof()));
        }
        if Context::of(&self.model) == Context::Phone {
            for line in ["yes", "314159"] {
                self.say(line);
                self.fix_ends(crate::wizard::tests::fix_done(Some("PENDING"), self.now));
            }
        }
        if Context::of(&self.model) == Context::Deregister {
            self.say(&self.line(0));
        }
        if let Context::ContactFields | Context::ContactDifferences = Context::of(&self.model) {
            self.contact_is(Ok(Some(crate::wizard::tests::on_file())));
            for line in ["x", ".", "yes"] {
                self.say(line);
            }
        }
    }

    /// Says whatever brings the walk on.
    fn speak_on(&mut self) {
        if self.the_world_goes_on() {
            return;
        }
        match Context::of(&self.model) {
            Context::Account => self.say("1"),
            Context::Consequences => {
                for _ in 0..20 {
                    if Context::of(&self.model) == Context::Consequences {
                        self.say("yes");
                    }
                }
            }
            Context::TypedId => {
                for group in [&ACCOUNT[..4], &ACCOUNT[4..8], &ACCOUNT[8..]] {
                    self.say(group);
                }
            }
            Context::Note | Context::Code | Context::Phone => self.say(&self.line(0)),
            Context::OtherAccount => self.say("begin"),
            Context::Steps if self.model.departure.may_confirm() => self.say("leave"),
            Context::Steps if self.model.departure.session().is_none() => self.say("r"),
            Context::Steps if !self.model.departure.record.is_open() => {
                self.disk_works = true;
                self.say("R");
            }
            Context::Steps if self.model.selected().is_settled(self.now) => self.say("next"),
            Context::Steps => self.say("a"),
            Context::Sent => self.the_leave_goes_on(),
            _ => self.say(""),
        }
    }
}

/// Random walks line by line.
fn walks(mode: Mode, all: u32) -> Met {
    random_walks(mode, all, spoken(), |walk: &mut Walk, spoken| {
        let goes_on = walk.model.exit.is_none();
        if goes_on {
            walk.hear_them(spoken);
            walk.check_the_screens();
        }
        goes_on
    })
}

#[test]
fn nothing_that_is_said_opens_the_gate_calls_twice_or_leaves_anything_running() {
    let met = walks(Mode::Guided, 2_400);
    let least = Met {
        calls: 200,
        put_off: 8,
        left: 50,
        killed_in_flight: 5,
        settled_after_a_kill: 2,
        words_that_came_back: 10,
        other_account: 50,
        still_a_member: 3,
        codes: 5,
        confirmed_over_a_written_way_in: 20,
        fixes: 100,
        deregistrations: 5,
        codes_handed_in: 5,
        typed_in_groups: 100,
        ..Met::default()
    };
    assert!(met.covers(&least), "the rules were hardly tried: {met:?}");
}

#[test]
fn a_review_asks_for_no_leave_whatever_is_said() {
    let met = walks(Mode::Review, 600);
    let least = Met { words_that_came_back: 10, other_account: 10, codes: 5, reviews_of_what_could_leave: 500, ..Met::default() };
    assert!(met.calls == 0 && met.fixes == 0 && met.covers(&least), "{met:?}");
}

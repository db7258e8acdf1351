//! Whatever a walk comes to: what is said of it is harmless to a terminal, and what Enter alone does is harmless to the account.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::asking::{Turn, turn};
use super::question::Question;
use super::telling::{self, Teller};
use crate::departure::{self, Mode};
use crate::wizard::tests::Walk;
use crate::wizard::tests::random::{Happening, happening};
use crate::wizard::{Context, Effect, Screen};

/// Has everything happen, one after the other, and hears all of it.
fn heard(walk: &mut Walk, happenings: &[Happening]) -> Vec<String> {
    let mut teller = Teller::default();
    let mut said = Teller::beginning(&walk.model);
    for happening in happenings {
        walk.happen(happening);
        said.extend(teller.news(&walk.model, false));
        said.extend(telling::still(&walk.model));
        if let Turn::Ask(question) = turn(&walk.model) {
            said.extend([question.asks.clone(), question.options(true), question.default.label]);
        }
    }
    said
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
            for key in ["Press ", "press Enter", "press Esc", " Esc", "Esc ", "Tab ", "PgDn", "Space", "Enter goes", "r does it"] {
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
                Effect::Of(_, departure::Effect::Leave { .. } | departure::Effect::Apply { .. }) | Effect::OpenLink(_) | Effect::SignIn(_) | Effect::Suspend
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

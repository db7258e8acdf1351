//! The engine, one state and one event at a time.

use super::world::{Driven as _, Walk};
use super::*;
use crate::checklist::{AttestationRefused, Destination, LeaveAnswer};

/// A departure that has come on until `there`.
fn come_to(there: fn(&Departure) -> bool) -> Walk<Departure> {
    let mut walk = Departure::begin(Mode::Guided);
    let come = (0..60).any(|_| {
        if !there(&walk.model) {
            walk.onward();
        }
        there(&walk.model)
    });
    assert!(come, "{:?}", walk.model.leave);
    walk
}

/// Everything is settled but the payment method, of which only a person knows.
fn one_step_open() -> Walk<Departure> {
    come_to(|departure| departure.locks() == [Lock::Step(StepId::PaymentMethod)] && departure.checklist.destination.is_some())
}

fn at_the_call() -> Walk<Departure> {
    come_to(|departure| matches!(departure.leave, Leave::Calling { .. }))
}

#[test]
fn credentials_that_are_found_start_every_check() {
    let mut departure = Departure::new(Mode::Guided, "maria".to_owned(), None);
    departure.act(Action::Use(Some("work".to_owned())), Timestamp::UNIX_EPOCH).unwrap();
    let effects = departure.take_effects();
    let [Effect::Connect { attempt, profile: Some(profile), code: None }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(profile, "work");
    departure.update(Event::Connected(*attempt, Ok(SessionFacts::default())), Timestamp::UNIX_EPOCH);
    assert!(matches!(&departure.take_effects()[..], [Effect::RunChecks(_, steps)] if steps[..] == StepId::ALL));
}

#[test]
fn an_open_step_locks_the_leave_and_names_itself() {
    let mut walk = one_step_open();
    let asked = walk.model.act(walk.to_leave(), walk.now);
    assert_eq!(asked, Err(WhyNot::Locked(Lock::Step(StepId::PaymentMethod))));
    assert!(walk.model.take_effects().is_empty());
}

#[test]
fn a_word_of_the_person_goes_into_the_journal_and_can_be_withdrawn() {
    let (mut walk, step) = (one_step_open(), StepId::PaymentMethod);
    walk.model.act(Action::Attest { step, note: "a card ending in 4242".to_owned() }, walk.now).unwrap();
    let effects = walk.model.take_effects();
    assert!(matches!(&effects[..], [Effect::Record(entry, _)] if matches!(**entry, Entry::Attested { .. })), "{effects:?}");
    assert!(walk.model.offers().iter().any(|offer| matches!(offer.action, Action::Withdraw(of) if of == step)));
    assert!(walk.model.may_confirm());
}

#[test]
fn what_aws_itself_says_nobody_can_attest() {
    let (mut walk, step) = (one_step_open(), StepId::SupportPlan);
    let refused = walk.model.act(Action::Attest { step, note: "but yes".to_owned() }, walk.now);
    assert_eq!(refused, Err(WhyNot::NotAttested(AttestationRefused::NotNeeded)));
    assert!(walk.model.take_effects().is_empty());
}

#[test]
fn another_id_confirms_nothing_and_the_own_one_checks_everything_once_more() {
    let mut walk = come_to(Departure::may_confirm);
    let Action::Confirm { seen, .. } = walk.to_leave() else { panic!() };
    assert!(walk.model.act(Action::Confirm { seen, typed: OTHER.to_owned() }, walk.now).is_err());
    assert!(walk.model.take_effects().is_empty());
    walk.model.act(walk.to_leave(), walk.now).unwrap();
    let effects = walk.model.take_effects();
    assert!(matches!(&effects[..], [Effect::Record(..), Effect::RunChecks(_, steps)] if steps[..] == StepId::ALL));
}

#[test]
fn while_a_request_is_out_nothing_asks_for_another() {
    let mut walk = at_the_call();
    for action in [walk.to_leave(), Action::Stop, Action::AskAgain, Action::GoBack, Action::Check(vec![StepId::Permission])] {
        assert_eq!(walk.model.act(action, walk.now), Err(WhyNot::Pointless));
    }
    assert!(walk.model.take_effects().is_empty() && walk.calls == 1);
}

#[test]
fn an_accepted_request_is_read_and_not_believed() {
    let mut walk = at_the_call();
    let (attempt, _) = walk.call.take().unwrap();
    walk.model.update(Event::LeaveAnswered(attempt, LeaveAnswer::Accepted { request_id: None }, None), walk.now);
    let effects = walk.model.take_effects();
    assert!(matches!(&effects[..], [Effect::Record(..), Effect::LookAtMembership { .. }]), "{effects:?}");
    assert!(matches!(walk.model.leave, Leave::Verifying(_)));
}

#[test]
fn a_refusal_stands_at_its_step_and_offers_the_way_back() {
    let mut walk = at_the_call();
    let (attempt, _) = walk.call.take().unwrap();
    let answer = LeaveAnswer::Refused { refusal: refusal(&[StepId::PaymentMethod], walk.now) };
    walk.model.update(Event::LeaveAnswered(attempt, answer, None), walk.now);
    assert_eq!(walk.model.checklist.step(StepId::PaymentMethod).standing_refusals(walk.now).count(), 1);
    assert!(walk.model.can(&Action::GoBack) && !walk.model.may_confirm());
}

#[test]
fn a_review_says_why_it_changes_nothing() {
    let mut review = Departure::begin(Mode::Review).model;
    let choice = Action::Choose(Destination::NotSure);
    assert_eq!(review.why_not(&choice), Some(WhyNot::Pointless), "nobody knows yet which account this is");
    assert_eq!(review.act(Action::Fix(crate::checklist::Fix::SendCode), Timestamp::UNIX_EPOCH), Err(WhyNot::Review));
}

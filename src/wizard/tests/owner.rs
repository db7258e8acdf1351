//! The owner's credentials: what is proven, and what is never used.

use super::*;
use crate::aws::{Endpoint, Side};
use crate::departure::{DepartureId, Event};

fn profiles() -> Vec<ProfileChoice> {
    ["owner", "stranger"].map(|name| ProfileChoice { name: name.to_owned(), source: "a test".to_owned() }).to_vec()
}

/// The list of profiles is open, on the delegated services.
fn choosing(mode: Mode) -> Walk {
    let mut walk = Walk::new(mode);
    walk.reach_delegated();
    walk.press(Key::Char('m'));
    assert!(matches!(walk.model.overlay, Some(Overlay::Owner(OwnerChoice::Reading))));
    walk.tell(Message::OwnerProfilesListed(Ok(profiles())));
    walk
}

fn asked() -> Walk {
    let mut walk = choosing(Mode::Guided);
    walk.press(Key::Enter);
    assert_eq!(walk.owner_asked.as_ref().map(|(_, profile)| profile.as_str()), Some("owner"));
    walk
}

#[test]
fn a_profile_that_is_proven_is_used_and_everything_is_read_anew() {
    for mode in [Mode::Guided, Mode::Review] {
        let mut walk = choosing(mode);
        walk.press(Key::Enter);
        walk.owner_is(Ok(proof()));
        assert!(walk.model.overlay.is_none());
        assert_eq!(walk.model.departure.owner_proof(), Some(&proof()));
        assert_eq!(walk.checks.len(), StepId::ALL.len());
        assert!(walk.notice().contains("owner belongs to"), "{}", walk.notice());
    }
}

#[test]
fn the_endpoints_of_its_profile_are_shown_and_journaled() {
    let of_owner = |url: &str| Endpoint { profile: Side::Management, service: "*".to_owned(), url: url.to_owned() };
    let mut walk = asked();
    let (attempt, profile) = walk.owner_asked.take().unwrap();
    walk.proof = Some(proof());
    let endpoints = vec![of_owner("http://127.0.0.1:9")];
    walk.tell(Message::Of(
        DepartureId::default(),
        Event::OwnerMet { attempt, profile, endpoints: endpoints.clone(), result: Ok(proof()) },
    ));
    assert_eq!(walk.model.departure.endpoints, endpoints);
    let journaled = walk.journal.iter().filter_map(|line| match &line.entry {
        Entry::AlsoAsked { endpoints } => Some(endpoints.join(", ")),
        _ => None,
    });
    assert_eq!(journaled.collect::<Vec<_>>(), ["http://127.0.0.1:9 (management profile)"]);
}

#[test]
fn what_is_no_proof_for_this_organization_is_never_used() {
    let others = [
        OwnerProof { organization: "o-elsewhere1".to_owned(), ..proof() },
        OwnerProof { account: OTHER.parse().unwrap(), ..proof() },
        OwnerProof { account: ACCOUNT.parse().unwrap(), ..proof() },
    ];
    for other in others {
        let mut walk = asked();
        walk.owner_is(Ok(other.clone()));
        assert_eq!(walk.model.departure.owner_proof(), None, "{other:?}");
        walk.all_is_well();
        walk.press(Key::Char('f'));
        assert!(!matches!(walk.model.screen, Screen::Deregister(_)), "{other:?}");
    }
}

#[test]
fn a_refused_profile_stays_in_the_list_and_another_can_be_chosen() {
    let mut walk = asked();
    walk.press(Key::Enter);
    assert_eq!(walk.model.departure.owner.asking.as_ref().map(|asking| asking.profile.as_str()), Some("owner"), "one at a time");
    walk.owner_is(Err(problem(ProblemKind::AccountChanged, walk.now)));
    assert!(matches!(walk.model.overlay, Some(Overlay::Owner(OwnerChoice::Among { .. }))));
    assert_eq!(walk.model.departure.owner.refused.as_ref().map(|(profile, _)| profile.as_str()), Some("owner"));
    walk.press(Key::Down);
    walk.press(Key::Enter);
    assert_eq!(walk.owner_asked.as_ref().map(|(_, profile)| profile.as_str()), Some("stranger"));
}

#[test]
fn a_refusal_that_comes_after_the_list_was_closed_is_told_below() {
    let mut walk = asked();
    walk.press(Key::Esc);
    walk.owner_is(Err(problem(ProblemKind::Denied, walk.now)));
    assert!(walk.notice().contains("owner is not used"), "{}", walk.notice());
}

#[test]
fn profiles_that_cannot_be_read_can_be_read_again() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_delegated();
    walk.press(Key::Char('m'));
    walk.tell(Message::OwnerProfilesListed(Err(problem(ProblemKind::Configuration, walk.now))));
    walk.press(Key::Enter);
    assert!(matches!(walk.model.overlay, Some(Overlay::Owner(OwnerChoice::Failed(_)))));
    walk.press(Key::Char('r'));
    assert!(matches!(walk.model.overlay, Some(Overlay::Owner(OwnerChoice::Reading))));
    walk.tell(Message::OwnerProfilesListed(Ok(Vec::new())));
    walk.press(Key::Enter);
    assert_eq!(walk.owner_asked, None);
}

#[test]
fn new_credentials_have_the_owner_proven_anew() {
    let mut walk = asked();
    walk.owner_is(Ok(proof()));
    walk.all_is_well();
    walk.credentials_change();
    assert_eq!(walk.model.departure.owner_proof(), None);
    walk.connect(true);
    assert_eq!(walk.owner_asked.as_ref().map(|(_, profile)| profile.as_str()), Some("owner"), "it is asked by itself");
    walk.identify(Ok(subject(ACCOUNT)));
    walk.owner_is(Ok(proof()));
    assert!(walk.model.departure.owner_proof().is_some());
}

#[test]
fn a_proof_over_the_connection_before_counts_for_nothing() {
    let mut walk = asked();
    let (late, profile) = walk.owner_asked.clone().unwrap();
    walk.credentials_change();
    assert!(walk.model.overlay.is_none(), "the list is closed");
    walk.tell(Message::Of(
        DepartureId::default(),
        Event::OwnerMet { attempt: late, profile, endpoints: Vec::new(), result: Ok(proof()) },
    ));
    assert_eq!(walk.model.departure.owner.proof, None);
}

#[test]
fn a_proof_that_comes_during_the_last_round_does_not_disturb_it() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_checklist();
    walk.attest_payment();
    walk.press(Key::Char('m'));
    walk.tell(Message::OwnerProfilesListed(Ok(profiles())));
    walk.press(Key::Enter);
    walk.press(Key::Esc);
    walk.press(Key::Enter);
    for _ in 0..20 {
        if matches!(Context::of(&walk.model), Context::Consequences) {
            walk.press(Key::Char(' '));
        }
    }
    walk.type_text(ACCOUNT);
    walk.press(Key::Enter);
    assert!(matches!(walk.model.departure.leave, Leave::Rechecking { .. }));
    walk.owner_is(Ok(proof()));
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    assert!(matches!(walk.model.departure.leave, Leave::Calling { .. }), "{:?}", walk.model.departure.leave);
}

//! Taking delegated services away: a word for each, and a stop at the first answer that is not a plain yes.

use super::*;
use crate::departure::{DepartureId, Event};

fn state(walk: &Walk) -> &Deregistering {
    match &walk.model.screen {
        Screen::Deregister(state) => state,
        other => panic!("{other:?}, {}", walk.notice()),
    }
}

/// The screen is open, with the owner proven.
fn opened() -> Walk {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_delegated();
    walk.press(Key::Char('f'));
    assert!(matches!(walk.model.overlay, Some(Overlay::Owner(_))), "whose the owner's credentials are has to be proven first");
    let profiles = vec![ProfileChoice { name: "owner".to_owned(), source: "a test".to_owned() }];
    walk.tell(Message::OwnerProfilesListed(Ok(profiles)));
    walk.press(Key::Enter);
    walk.owner_is(Ok(proof()));
    walk.identify(Ok(subject(ACCOUNT)));
    while let Some((_, step)) = walk.checks.first().copied() {
        let verdict = if step == StepId::DelegatedAdministrator { Verdict::Unmet } else { Verdict::NeedsYou };
        walk.answer(0, verdict, Confidence::Proven);
    }
    walk.press(Key::Char('f'));
    assert_eq!(state(&walk).services.len(), SERVICES.len());
    walk
}

fn ask(walk: &mut Walk, word: &str) {
    walk.type_text(word);
    walk.press(Key::Enter);
}

fn in_state(walk: &Walk, wanted: fn(&ServiceState) -> bool) -> Vec<String> {
    state(walk).with(wanted).map(str::to_owned).collect()
}

#[test]
fn each_service_goes_by_its_own_word_and_the_step_is_checked_at_the_end() {
    let mut walk = opened();
    for (count, word) in ["config", "guardduty", "securityhub"].into_iter().enumerate() {
        assert_eq!(state(&walk).selected().unwrap().service, SERVICES[count]);
        ask(&mut walk, word);
        assert!(state(&walk).is_waiting());
        walk.fix_ends(fix_done(None, walk.now));
    }
    assert!(matches!(walk.model.screen, Screen::Checklist));
    assert!(walk.notice().contains("3 services"), "{}", walk.notice());
    assert_eq!(walk.awaited_checks(), [StepId::DelegatedAdministrator]);
    assert_eq!(walk.fixes_told(), ["Deregister done"; 3]);
}

#[test]
fn nothing_but_the_word_of_the_selected_service_sends_anything() {
    let mut walk = opened();
    for wrong in ["", "con", "Config", "guardduty", "config.amazonaws.com", "config "] {
        ask(&mut walk, wrong);
        assert_eq!((state(&walk).stage, walk.met.fixes), (DeregisterStage::Typing, 0), "{wrong}");
        for _ in 0..wrong.len() {
            walk.press(Key::Backspace);
        }
    }
    walk.type_text("config");
    walk.press(Key::Down);
    assert_eq!(state(&walk).typed, "", "a word is for the service that it was typed for");
    walk.press(Key::Enter);
    assert_eq!(walk.met.fixes, 0);
}

#[test]
fn a_paste_and_a_held_key_type_no_name() {
    let mut walk = opened();
    walk.paste("config\n");
    assert_eq!((state(&walk).typed.as_str(), walk.met.fixes), ("", 0));
    assert!(walk.notice() == notices::TYPE_THE_SERVICE, "{}", walk.notice());
    walk.hold(Key::Char('c'));
    assert_eq!(state(&walk).typed, "");
    walk.type_text("config");
    walk.hold(Key::Enter);
    assert_eq!(walk.met.fixes, 0);
}

#[test]
fn letters_that_are_keys_elsewhere_are_letters_here() {
    let mut walk = opened();
    walk.type_text("q?jrsl");
    assert_eq!(state(&walk).typed, "q?jrsl");
    assert!(walk.model.overlay.is_none() && walk.model.exit.is_none());
}

#[test]
fn it_stops_at_the_first_answer_that_is_not_a_plain_yes() {
    let now = opened().now;
    for answer in [fix_refused("organization-is-changing", now), fix_never_sent(now), fix_unknown(now)] {
        let mut walk = opened();
        ask(&mut walk, "config");
        walk.fix_ends(fix_done(None, now));
        ask(&mut walk, "guardduty");
        walk.fix_ends(answer.clone());
        assert_eq!(state(&walk).stage, DeregisterStage::Stopped, "{answer:?}");
        assert_eq!(in_state(&walk, |state| *state == ServiceState::Done), ["config.amazonaws.com"]);
        assert_eq!(in_state(&walk, |state| matches!(state, ServiceState::NotDone(_))), ["guardduty.amazonaws.com"]);
        assert_eq!(in_state(&walk, |state| *state == ServiceState::Open), ["securityhub.amazonaws.com"]);
        walk.type_text("securityhub");
        assert_eq!(walk.met.fixes, 2, "nothing more is sent");
        walk.press(Key::Enter);
        assert!(matches!(walk.model.screen, Screen::Checklist));
        assert_eq!(walk.awaited_checks(), [StepId::DelegatedAdministrator]);
        let is_open = matches!(answer, FixAnswer::Unknown { .. });
        assert_eq!(
            walk.notice().contains("not known whether AWS took guardduty.amazonaws.com away"),
            is_open,
            "{}",
            walk.notice()
        );
        assert_eq!(walk.fixes_told().len(), 2, "the journal holds each");
    }
}

#[test]
fn esc_goes_back_before_and_after_but_calls_nothing_back() {
    let mut walk = opened();
    walk.press(Key::Esc);
    assert!(matches!(walk.model.screen, Screen::Checklist) && walk.checks.is_empty());
    assert_eq!(walk.notice(), notices::deregistered(0, None));
    let mut walk = opened();
    ask(&mut walk, "config");
    walk.press(Key::Esc);
    assert!(state(&walk).is_waiting());
    walk.fix_ends(fix_done(None, walk.now));
    walk.press(Key::Esc);
    assert!(walk.notice().contains("one service"), "{}", walk.notice());
    assert_eq!(walk.awaited_checks(), [StepId::DelegatedAdministrator]);
}

#[test]
fn a_proof_that_does_not_hold_any_more_disables_it_and_says_so() {
    let mut walk = opened();
    walk.model.departure.owner.proof = None;
    ask(&mut walk, "config");
    assert_eq!(walk.met.fixes, 0);
    assert!(walk.notice() == keyed(notices::OWNER_NOT_PROVEN_ANY_MORE).shown, "{}", walk.notice());
    let mut walk = opened();
    walk.model.departure.owner.proof = Some(OwnerProof { organization: "o-elsewhere1".to_owned(), ..proof() });
    ask(&mut walk, "config");
    assert_eq!(walk.met.fixes, 0);
}

#[test]
fn another_organization_another_account_and_new_credentials_close_it() {
    let mut walk = opened();
    walk.model.departure.identity.begin(Attempt(9_999), walk.now);
    walk.tell(Message::Of(DepartureId::default(), Event::SubjectRead(Attempt(9_999), Ok(elsewhere()))));
    assert!(matches!(walk.model.screen, Screen::Account), "{:?}", walk.model.screen);
    let mut walk = opened();
    walk.model.departure.identity.begin(Attempt(9_999), walk.now);
    walk.tell(Message::Of(DepartureId::default(), Event::SubjectRead(Attempt(9_999), Ok(subject(OTHER)))));
    assert!(matches!(walk.model.screen, Screen::OtherAccount));
    let mut walk = opened();
    walk.type_text("config");
    walk.credentials_change();
    assert!(matches!(walk.model.screen, Screen::Checklist));
    walk.press(Key::Enter);
    assert_eq!(walk.met.fixes, 0);
}

#[test]
fn an_answer_that_comes_after_the_screen_is_gone_is_noted() {
    let mut walk = opened();
    ask(&mut walk, "config");
    walk.credentials_change();
    assert!(walk.notice() == notices::CREDENTIALS_CHANGED_WHILE_FIXING, "{}", walk.notice());
    walk.fix_ends(fix_done(None, walk.now));
    assert_eq!(walk.fixes_told(), ["Deregister done"]);
    assert!(walk.checks.is_empty(), "there is nobody to ask yet; everything is read anew with the new credentials");
}

#[test]
fn without_a_journal_nothing_is_taken_away_and_it_says_why() {
    let mut walk = opened();
    let (account, problem) = (ACCOUNT.parse().unwrap(), problem(ProblemKind::JournalFull, walk.now));
    walk.tell(Message::Of(DepartureId::default(), Event::JournalFailed(account, problem)));
    ask(&mut walk, "config");
    assert_eq!((state(&walk).stage, walk.met.fixes), (DeregisterStage::Typing, 0));
    assert!(walk.notice().contains("journal"), "{}", walk.notice());
}

#[test]
fn a_review_takes_nothing_away_however_well_the_owner_is_proven() {
    let mut walk = Walk::new(Mode::Review);
    walk.reach_delegated();
    walk.press(Key::Char('m'));
    let profiles = vec![ProfileChoice { name: "owner".to_owned(), source: "a test".to_owned() }];
    walk.tell(Message::OwnerProfilesListed(Ok(profiles)));
    walk.press(Key::Enter);
    walk.owner_is(Ok(proof()));
    assert!(walk.model.departure.owner_proof().is_some());
    walk.press(Key::Char('f'));
    assert!(matches!(walk.model.screen, Screen::Checklist) && walk.model.overlay.is_none());
}

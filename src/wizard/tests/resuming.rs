//! The journal: what comes back after a crash, and what cannot be done without one.

use super::*;
use crate::departure::{DepartureId, Event};

#[test]
fn what_was_said_comes_back_after_a_crash_until_it_expires() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_checklist();
    walk.attest_payment();
    let mut walk = walk.killed_and_started_again(3);
    walk.connect(true);
    walk.identify(Ok(subject(ACCOUNT)));
    assert_eq!(walk.words(), 1);
    walk.all_is_well();
    walk.press(Key::Enter);
    assert!(walk.model.departure.may_confirm(), "{:?}", walk.model.departure.locks());

    let mut walk = walk.killed_and_started_again(texts::rules().attestation.harmless_hours);
    walk.connect(true);
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    walk.press(Key::Enter);
    assert_eq!(walk.words(), 0);
    assert!(matches!(walk.model.departure.locks()[..], [Lock::Step(StepId::PaymentMethod)]));
}

#[test]
fn where_the_account_is_going_is_offered_again_and_not_taken_for_granted() {
    let mut walk = Walk::new(Mode::Guided);
    walk.connect(true);
    walk.identify(Ok(subject(ACCOUNT)));
    walk.press(Key::Down);
    walk.press(Key::Enter);
    let mut walk = walk.killed_and_started_again(1);
    walk.connect(true);
    walk.identify(Ok(subject(ACCOUNT)));
    assert!(matches!(walk.model.screen, Screen::Account));
    assert_eq!(walk.model.selected_destination(), crate::checklist::Destination::AnotherOrganization);
    assert_eq!(walk.model.departure.checklist.destination, None);
}

#[test]
fn a_walk_that_ended_during_the_call_is_settled_before_anything_else() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    let mut walk = walk.killed_and_started_again(0);
    walk.connect(true);
    walk.identify(Ok(standalone()));
    let Leave::Verifying(verification) = &walk.model.departure.leave else { panic!("{:?}", walk.model.departure.leave) };
    assert!(matches!(verification.answered, Answered::Interrupted { .. }));
    assert_eq!(walk.model.exit_code(), 8, "until it is known, it is not known");
    walk.looks_say_out(&Reading::Standalone(evidence(walk.now)));
    assert!(matches!(walk.model.departure.leave, Leave::Ended(Outcome::Left { .. })));
    assert!(
        walk.model.departure.checklist_before_leaving().steps().all(|step| step.finding.is_some()),
        "as rich as without the end"
    );
    assert_eq!((walk.model.exit_code(), walk.calls), (0, 1));

    let mut walk = walk.killed_and_started_again(0);
    walk.connect(true);
    walk.identify(Ok(standalone()));
    walk.identify(Ok(standalone()));
    assert!(matches!(walk.model.departure.leave, Leave::Ended(Outcome::AlreadyStandalone)), "that is settled");
    assert!(walk.model.departure.departure_before().is_some());

    // Records that have not settled may show what was: then nobody knows it any more.
    let mut walk = walk.killed_and_started_again(0);
    walk.connect(true);
    walk.identify(Ok(subject(ACCOUNT)));
    assert!(walk.model.departure.is_in_flight() && walk.model.exit_code() == 8, "{:?}", walk.model.screen);
    let mut walk = walk.killed_and_started_again(0);
    walk.connect(true);
    walk.identify(Ok(standalone()));
    walk.looks_say_out(&Reading::Standalone(evidence(walk.now)));
    assert!(matches!(walk.model.departure.leave, Leave::Ended(Outcome::Left { .. })), "{:?}", walk.model.departure.leave);
    assert!(
        walk.model.departure.checklist_before_leaving().steps().all(|step| step.finding.is_some()),
        "as rich as the first time"
    );
    let mut walk = walk.killed_and_started_again(0);
    walk.connect(true);
    walk.identify(Ok(standalone()));
    walk.identify(Ok(standalone()));
    assert!(walk.model.departure.departure_before().is_some());

    // Taken in again, and out again by other hands: that departure explains nothing any more.
    let mut walk = walk.killed_and_started_again(24);
    walk.connect(true);
    walk.identify(Ok(elsewhere()));
    let mut walk = walk.killed_and_started_again(24);
    walk.connect(true);
    walk.identify(Ok(standalone()));
    walk.identify(Ok(standalone()));
    assert!(matches!(walk.model.departure.leave, Leave::Ended(Outcome::AlreadyStandalone)), "{:?}", walk.model.departure.leave);
    assert!(walk.model.departure.before.as_ref().unwrap().left.is_some() && walk.model.departure.departure_before().is_none());
}

#[test]
fn a_call_that_had_no_effect_is_found_out_at_the_next_start_and_can_be_made_again() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    let mut walk = walk.killed_and_started_again(1);
    walk.connect(true);
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    assert!(walk.model.departure.checklist.steps().all(|step| step.finding.is_none()), "nothing else goes on meanwhile");
    for _ in 0..5 {
        walk.look_says(still_a_member(walk.now));
    }
    assert!(matches!(walk.model.departure.leave, Leave::Ended(Outcome::StillMember { .. })), "{:?}", walk.model.departure.leave);
    walk.press(Key::Enter);
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    walk.press(Key::Enter);
    assert!(walk.model.departure.may_confirm(), "{:?}", walk.model.departure.locks());
}

#[test]
fn a_review_settles_an_open_outcome_too() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    let (journal, is_open, calls, now) = (walk.journal, walk.is_open, walk.calls, walk.now);
    let mut walk = Walk::new(Mode::Review);
    (walk.journal, walk.is_open, walk.calls, walk.now, walk.run) = (journal, is_open, calls, now, 1);
    walk.connect(true);
    walk.identify(Ok(subject(ACCOUNT)));
    assert!(walk.model.departure.is_in_flight());
}

#[test]
fn without_a_journal_everything_can_be_seen_and_nothing_said_or_sent() {
    let mut walk = Walk::new(Mode::Guided);
    walk.disk_works = false;
    walk.reach_checklist();
    walk.press(Key::Char('a'));
    assert!(walk.model.overlay.is_none());
    assert!(matches!(&walk.model.notice, Some(Notice::Failed(text)) if text.shown.contains("no room left")));
    assert_eq!(walk.model.departure.locks(), [Lock::Journal, Lock::Step(StepId::PaymentMethod)]);
    walk.disk_works = true;
    walk.press(Key::Char('R'));
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    walk.attest_payment();
    assert!(walk.model.departure.may_confirm());
    let kinds: Vec<_> = walk.journal.iter().map(|line| &line.entry).collect();
    assert!(matches!(kinds[..2], [Entry::Opened { .. }, Entry::Identified { .. }]), "what waited comes in order: {kinds:?}");
    assert!(kinds.iter().any(|entry| matches!(entry, Entry::Found { .. })));
}

#[test]
fn an_intent_that_cannot_be_written_down_is_not_carried_out() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_recheck();
    walk.disk_works = false;
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    assert!(
        matches!(walk.model.departure.leave, Leave::Ended(Outcome::NeverSent(_)))
            || matches!(walk.model.screen, Screen::Checklist),
        "{:?}",
        walk.model.screen
    );
    assert!(walk.call.is_none());
}

#[test]
fn a_disk_that_fills_up_shuts_the_confirm_screen() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_typed_id();
    let problem = problem(ProblemKind::JournalFull, walk.now);
    walk.tell(Message::Of(DepartureId::default(), Event::JournalFailed(ACCOUNT.parse().unwrap(), problem)));
    assert!(matches!(walk.model.screen, Screen::Checklist));
    assert_eq!(walk.model.departure.locks(), [Lock::Journal]);
    walk.press(Key::Char('q'));
    assert!(matches!(walk.model.overlay, Some(Overlay::Quit)), "what was said last may be in no journal");
}

#[test]
fn what_is_said_after_a_refusal_comes_back_like_anything_else() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_ends(LeaveAnswer::Refused { refusal: refusal(&[StepId::PaymentMethod], walk.now) });
    walk.press(Key::Char('r'));
    walk.press(Key::Char('r'));
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    walk.override_payment();
    let mut walk = walk.killed_and_started_again(1);
    walk.connect(true);
    walk.identify(Ok(subject(ACCOUNT)));
    assert_eq!(walk.words(), 1);
    assert!(walk.model.departure.checklist.step(StepId::PaymentMethod).is_refused(), "the refusal is remembered, too");
}

#[test]
fn a_journal_that_fails_after_the_confirmation_ends_it() {
    for reach in [Walk::reach_recheck, |walk: &mut Walk| {
        walk.reach_call();
        walk.call_is_put_off();
    }] {
        let mut walk = Walk::new(Mode::Guided);
        reach(&mut walk);
        let calls = walk.calls;
        let problem = problem(ProblemKind::JournalFull, walk.now);
        walk.tell(Message::Of(DepartureId::default(), Event::JournalFailed(ACCOUNT.parse().unwrap(), problem)));
        assert!(matches!(&walk.model.overlay, Some(Overlay::Changes { changes, .. }) if *changes == [gate::Change::JournalLost]));
        walk.pause_ends();
        walk.identify(Ok(subject(ACCOUNT)));
        walk.all_is_well();
        assert_eq!(walk.calls, calls);
    }
}

#[test]
fn what_could_not_be_written_around_the_leave_is_told_kept_and_asked_about() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.disk_works = false;
    walk.call_ends(LeaveAnswer::Accepted { request_id: None });
    walk.looks_say_out(&Reading::Standalone(evidence(walk.now)));
    assert!(matches!(walk.model.departure.leave, Leave::Ended(Outcome::Left { .. })));
    assert!(
        walk.model.departure.checklist_before_leaving().steps().all(|step| step.finding.is_some()),
        "as rich as without the end"
    );
    walk.press(Key::Char('q'));
    assert!(walk.model.exit.is_none() && matches!(walk.model.overlay, Some(Overlay::Quit)));
    walk.press(Key::Esc);
    walk.disk_works = true;
    walk.press(Key::Char('r'));
    assert!(walk.model.departure.record.is_open());
    assert!(walk.journal.iter().any(|line| matches!(line.entry, Entry::Settled { .. })), "nothing is lost");
    walk.press(Key::Char('q'));
    assert_eq!(walk.model.exit_code(), 0);
    assert!(walk.model.exit.is_some());
}

#[test]
fn an_open_outcome_of_an_account_that_is_elsewhere_by_now_is_settled() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    let mut walk = walk.killed_and_started_again(100);
    walk.connect(true);
    walk.identify(Ok(elsewhere()));
    let there = elsewhere().organization().unwrap().clone();
    walk.looks_say_out(&Reading::Member { organization: there, evidence: evidence(walk.now) });
    let Leave::Ended(Outcome::Left { organization, now_in, .. }) = &walk.model.departure.leave else {
        panic!("{:?}", walk.model.screen)
    };
    assert_eq!((organization.as_str(), now_in.as_deref()), ("o-a1b2c3d4e5", Some("o-elsewhere1")));
    let mut walk = walk.killed_and_started_again(0);
    walk.connect(true);
    walk.identify(Ok(elsewhere()));
    assert!(!walk.model.departure.is_in_flight());
}

#[test]
fn an_accepted_leave_whose_account_is_a_member_long_after_locks_nobody_out() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_ends(LeaveAnswer::Accepted { request_id: None });
    let mut walk = walk.killed_and_started_again(2);
    walk.connect(true);
    walk.identify(Ok(subject(ACCOUNT)));
    for _ in 0..5 {
        walk.look_says(still_a_member(walk.now));
    }
    assert!(matches!(walk.model.departure.leave, Leave::Ended(Outcome::StillMember { .. })), "{:?}", walk.model.departure.leave);
}

#[test]
fn after_an_open_outcome_was_settled_every_step_is_asked() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    let mut walk = walk.killed_and_started_again(1);
    walk.connect(true);
    walk.answer(0, Verdict::Met, Confidence::Proven);
    walk.identify(Ok(subject(ACCOUNT)));
    for _ in 0..5 {
        walk.look_says(still_a_member(walk.now));
    }
    walk.checks.clear();
    walk.press(Key::Enter);
    assert_eq!(walk.checks.len(), StepId::ALL.len());
}

#[test]
fn what_was_said_to_another_endpoint_does_not_count_here() {
    let elsewhere = || SessionFacts { custom_endpoints: vec!["localhost:4566".to_owned()], ..SessionFacts::default() };
    let connect = |walk: &mut Walk| {
        let attempt = walk.connecting.take().unwrap();
        walk.tell(Message::Of(DepartureId::default(), Event::Connected(attempt, Ok(elsewhere()))));
        walk.identify(Ok(subject(ACCOUNT)));
    };
    let mut walk = Walk::new(Mode::Guided);
    walk.disk_works = false;
    connect(&mut walk);
    walk.answer(0, Verdict::Unknown(problem(ProblemKind::ExpiredCredentials, walk.now)), Confidence::Proven);
    walk.all_is_well();
    walk.press(Key::Enter);
    walk.disk_works = true;
    // The journal is opened while the credentials are being read anew.
    walk.press(Key::Char('R'));
    connect(&mut walk);
    walk.all_is_well();
    walk.attest_payment();
    let opened = walk.journal.iter().find_map(|line| match &line.entry {
        Entry::Opened { endpoints, .. } => Some(endpoints.clone()),
        _ => None,
    });
    assert_eq!(opened, Some(vec!["localhost:4566".to_owned()]));
    let mut walk = walk.killed_and_started_again(1);
    walk.connect(true);
    walk.identify(Ok(subject(ACCOUNT)));
    assert_eq!(walk.words(), 0);
}

#[test]
fn another_endpoint_in_mid_walk_begins_anew() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_checklist();
    walk.attest_payment();
    walk.tell(Message::SignInEnded(Ok("".into())));
    let attempt = walk.connecting.take().unwrap();
    let facts = SessionFacts { custom_endpoints: vec!["localhost:4566".to_owned()], ..SessionFacts::default() };
    walk.tell(Message::Of(DepartureId::default(), Event::Connected(attempt, Ok(facts))));
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    assert!(walk.model.departure.checklist.steps().all(|step| step.attestation.is_none()));
    let opened = walk.journal.iter().filter(|line| matches!(line.entry, Entry::Opened { .. })).count();
    assert_eq!(opened, 2, "the journal says where the run speaks from here on");
}

#[test]
fn a_journal_that_opens_late_is_not_taken_for_another() {
    let mut walk = Walk::new(Mode::Guided);
    walk.is_slow_to_open = true;
    let facts = SessionFacts { custom_endpoints: vec!["localhost:4566".to_owned()], ..SessionFacts::default() };
    let attempt = walk.connecting.take().unwrap();
    walk.tell(Message::Of(DepartureId::default(), Event::Connected(attempt, Ok(facts))));
    walk.identify(Ok(subject(ACCOUNT)));
    let (late, ..) = walk.opening.clone().unwrap();
    walk.tell(Message::SignInEnded(Ok("".into())));
    walk.connect(true);
    walk.identify(Ok(subject(ACCOUNT)));
    let past = Box::new(walk.past(&ACCOUNT.parse().unwrap(), &[]));
    walk.tell(Message::Of(DepartureId::default(), Event::JournalOpened(late, Ok(Opened { path: String::new(), past }))));
    assert!(!walk.model.departure.record.is_open());
    walk.journal_opens();
    assert!(walk.model.departure.record.is_open());
}

#[test]
fn what_is_said_in_the_second_organization_does_not_count_in_the_first() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_recheck();
    walk.identify(Ok(elsewhere()));
    walk.all_is_well();
    walk.press(Key::Enter);
    walk.press(Key::Enter);
    walk.model.cursor = StepId::PaymentMethod;
    walk.attest_payment();
    let mut walk = walk.killed_and_started_again(0);
    walk.connect(true);
    walk.identify(Ok(subject(ACCOUNT)));
    assert_eq!(walk.words(), 0);
    let mut walk = walk.killed_and_started_again(0);
    walk.connect(true);
    walk.identify(Ok(elsewhere()));
    assert_eq!(walk.words(), 0, "and the account was in the first again since");
}

#[test]
fn words_after_a_refusal_about_several_steps_survive_a_journal_that_is_opened_again() {
    let steps = [StepId::SupportPlan, StepId::ContactInformation, StepId::PaymentMethod];
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_ends(LeaveAnswer::Refused { refusal: refusal(&steps, walk.now) });
    walk.press(Key::Char('r'));
    walk.override_payment();
    walk.disk_works = false;
    walk.press(Key::Char('R'));
    walk.identify(Ok(by_another_role()));
    walk.all_is_well();
    assert!(walk.model.departure.record.problem().is_some());
    walk.press(Key::Char('q'));
    assert!(matches!(walk.model.overlay, Some(Overlay::Quit)), "something may be in no journal yet");
    walk.press(Key::Esc);
    walk.disk_works = true;
    walk.press(Key::Char('R'));
    walk.identify(Ok(by_another_role()));
    walk.all_is_well();
    let mut walk = walk.killed_and_started_again(1);
    walk.connect(true);
    walk.identify(Ok(by_another_role()));
    assert_eq!(walk.words(), 1);
}

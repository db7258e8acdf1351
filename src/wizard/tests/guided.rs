//! The walk step by step: what a person does, and what comes of it.

use super::*;

#[test]
fn the_whole_walk_ends_in_left_after_one_call() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_ends(LeaveAnswer::Accepted { request_id: None });
    walk.look_says(still_a_member(walk.now));
    walk.look_says(Reading::Standalone(evidence(walk.now)));
    assert!(walk.model.departure.is_in_flight(), "one look is not enough: records can flap");
    walk.look_says(Reading::Standalone(evidence(walk.now)));
    assert!(matches!(walk.model.departure.leave, Leave::Ended(Outcome::Left { .. })));
    assert_eq!((walk.calls, walk.model.exit_code()), (1, 0));
}

#[test]
fn an_accepted_request_alone_is_not_success() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_ends(LeaveAnswer::Accepted { request_id: None });
    assert!(walk.model.departure.is_in_flight());
    assert_eq!(walk.model.exit_code(), 8);
}

#[test]
fn enter_is_inert_until_the_id_matches() {
    for typed in ["", "4120", "412098765431", "999988887777"] {
        let mut walk = Walk::new(Mode::Guided);
        walk.reach_typed_id();
        walk.type_text(typed);
        walk.press(Key::Enter);
        assert_eq!(Context::of(&walk.model), Context::TypedId, "{typed}");
    }
}

#[test]
fn leaning_on_a_key_neither_types_nor_confirms() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_typed_id();
    walk.type_text("41209876543");
    walk.tell(Message::Pressed(KeyPress { key: Key::Char('2'), is_repeat: true }));
    walk.press(Key::Char('2'));
    walk.tell(Message::Pressed(KeyPress { key: Key::Enter, is_repeat: true }));
    assert_eq!(Context::of(&walk.model), Context::TypedId);
}

#[test]
fn a_step_that_changed_since_the_confirmation_leads_back_to_the_checklist() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_recheck();
    walk.identify(Ok(subject(ACCOUNT)));
    let at = walk.checks.iter().position(|(_, step)| *step == StepId::ContactInformation).unwrap();
    walk.answer(at, Verdict::Unmet, Confidence::Proven);
    walk.all_is_well();
    assert!(matches!(walk.model.screen, Screen::Checklist));
    assert!(matches!(&walk.model.overlay, Some(Overlay::Changes { changes, .. }) if changes.len() == 1));
    assert_eq!((walk.calls, walk.model.cursor), (0, StepId::ContactInformation));
}

#[test]
fn an_identity_that_cannot_be_read_again_stops_the_leave() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_recheck();
    walk.identify(Err(problem(ProblemKind::Unreachable, walk.now)));
    walk.all_is_well();
    assert_eq!(walk.calls, 0);
    assert!(matches!(walk.model.screen, Screen::Checklist));
}

#[test]
fn a_refusal_marks_its_step_and_what_was_said_of_it_no_longer_counts() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_ends(LeaveAnswer::Refused { refusal: refusal(&[StepId::PaymentMethod], walk.now) });
    assert!(matches!(walk.model.departure.leave, Leave::Ended(Outcome::Refused(_))));
    assert_eq!(walk.model.exit_code(), 7);
    walk.press(Key::Char('r'));
    assert_eq!(walk.model.cursor, StepId::PaymentMethod);
    assert_eq!(walk.model.selected().standing(walk.now), Some(Standing::Unmet));
    walk.press(Key::Char('r'));
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    assert_eq!(walk.model.selected().standing(walk.now), Some(Standing::Unmet), "nothing new speaks for it");
    assert_eq!(walk.model.selected().attestable(), crate::checklist::Attestable::WithReason);
    walk.override_payment();
    assert!(walk.model.departure.may_confirm(), "{:?}", walk.model.departure.locks());
}

#[test]
fn a_refusal_over_several_steps_stands_over_each_until_another_fact_speaks_for_one() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_ends(LeaveAnswer::Refused { refusal: refusal(&[StepId::SupportPlan, StepId::PaymentMethod], walk.now) });
    let standing = |walk: &Walk, step| walk.model.departure.checklist.step(step).standing(walk.now);
    assert_eq!(standing(&walk, StepId::SupportPlan), Some(Standing::Unmet));
    assert_eq!(standing(&walk, StepId::PaymentMethod), Some(Standing::Unmet));
    walk.press(Key::Char('r'));
    walk.now += SignedDuration::from_secs(2);
    walk.press(Key::Char('R'));
    walk.identify(Ok(subject(ACCOUNT)));
    let at = walk.checks.iter().position(|(_, step)| *step == StepId::PaymentMethod).unwrap();
    walk.answer(at, Verdict::Met, Confidence::Predicted);
    walk.all_is_well();
    assert_eq!(standing(&walk, StepId::PaymentMethod), Some(Standing::Met));
    assert_eq!(standing(&walk, StepId::SupportPlan), Some(Standing::Met), "that may have been what AWS meant");
}

#[test]
fn a_lost_answer_is_settled_by_reading_and_never_by_a_second_call() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_ends(LeaveAnswer::Unknown { problem: problem(ProblemKind::ConnectionLost, walk.now) });
    while walk.model.departure.is_in_flight() {
        walk.now = walk.now.checked_add(SignedDuration::from_secs(9)).unwrap();
        walk.look_says(still_a_member(walk.now));
    }
    assert!(matches!(walk.model.departure.leave, Leave::Ended(Outcome::NotKnown(_))), "a slow departure is not no effect");
    assert_eq!((walk.calls, walk.model.exit_code()), (1, 8));
    walk.now += SignedDuration::from_hours(1);
    walk.press(Key::Char('r'));
    for _ in 0..5 {
        walk.look_says(still_a_member(walk.now));
    }
    assert!(matches!(walk.model.departure.leave, Leave::Ended(Outcome::StillMember { .. })));
    assert_eq!((walk.calls, walk.model.exit_code()), (1, 9));
}

#[test]
fn while_a_request_is_open_a_second_one_is_sent_only_after_the_sentence_that_it_may_be_under_way() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_ends(LeaveAnswer::Unknown { problem: problem(ProblemKind::ConnectionLost, walk.now) });
    while walk.model.departure.is_in_flight() {
        walk.now += SignedDuration::from_secs(9);
        walk.look_says(still_a_member(walk.now));
    }
    walk.press(Key::Enter);
    assert!(matches!(walk.model.screen, Screen::Checklist), "{:?}", walk.model.screen);
    assert_eq!(walk.model.exit_code(), 8, "the request is still open");
    walk.press(Key::Enter);
    let Screen::Confirm(confirming) = &walk.model.screen else { panic!("{:?}", walk.model.screen) };
    assert!(confirming.items.contains(&gate::Acknowledgement::OpenRequest));
    walk.press(Key::Esc);
    walk.now += SignedDuration::from_hours(1);
    walk.press(Key::Char('R'));
    walk.identify(Ok(subject(ACCOUNT)));
    assert!(walk.notice().contains("AWS shows no effect of the request of"), "{}", walk.notice());
    assert_eq!(walk.model.exit_code(), 9);
    walk.now += SignedDuration::from_secs(2);
    walk.press(Key::Char('R'));
    walk.identify(Ok(standalone()));
    assert!(walk.model.departure.is_in_flight(), "a departure that shows later is that request's");
    walk.looks_say_out(&Reading::Standalone(evidence(walk.now)));
    assert!(matches!(walk.model.departure.leave, Leave::Ended(Outcome::Left { .. })), "{:?}", walk.model.departure.leave);
    assert_eq!(walk.calls, 1);
}

#[test]
fn out_is_out_where_the_checks_before_the_call_read_it_and_nothing_was_sent() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_recheck();
    walk.identify(Ok(standalone()));
    assert!(matches!(walk.model.departure.leave, Leave::Verifying(_)), "{:?}", walk.model.departure.leave);
    walk.look_says(Reading::Standalone(evidence(walk.now)));
    walk.look_says(Reading::Standalone(evidence(walk.now)));
    assert!(matches!(walk.model.departure.leave, Leave::Ended(Outcome::AlreadyStandalone)), "{:?}", walk.model.departure.leave);
    assert_eq!((walk.calls, walk.model.exit_code()), (0, 0));
}

#[test]
fn out_is_out_after_aws_had_asked_to_try_again_later() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_is_put_off();
    walk.pause_ends();
    walk.identify(Ok(standalone()));
    walk.looks_say_out(&Reading::Standalone(evidence(walk.now)));
    let Leave::Ended(Outcome::Left { answered, .. }) = &walk.model.departure.leave else {
        panic!("{:?}", walk.model.departure.leave)
    };
    assert_eq!(*answered, Answered::PutOff { calls: 1 });
    assert_eq!((walk.calls, walk.model.exit_code()), (1, 0));
}

#[test]
fn a_moment_without_an_organization_before_the_call_is_told_for_what_it_is() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_recheck();
    walk.identify(Ok(standalone()));
    for _ in 0..7 {
        walk.now += SignedDuration::from_secs(8);
        walk.look_says(still_a_member(walk.now));
    }
    let Leave::Ended(Outcome::StillMember { answered, .. }) = &walk.model.departure.leave else {
        panic!("{:?}", walk.model.departure.leave)
    };
    assert_eq!(*answered, Answered::NothingSent);
    assert_eq!((walk.calls, walk.model.exit_code()), (0, 9));
}

#[test]
fn what_cannot_be_read_stays_unknown_and_can_be_looked_at_again() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_ends(LeaveAnswer::Unknown { problem: problem(ProblemKind::ConnectionLost, walk.now) });
    while walk.model.departure.is_in_flight() {
        walk.now = walk.now.checked_add(SignedDuration::from_secs(9)).unwrap();
        walk.look_says(Reading::Unknown(problem(ProblemKind::Unreachable, walk.now)));
    }
    assert!(matches!(walk.model.departure.leave, Leave::Ended(Outcome::NotKnown(_))));
    assert_eq!(walk.model.exit_code(), 8);
    walk.press(Key::Char('r'));
    walk.looks_say_out(&Reading::Standalone(evidence(walk.now)));
    assert_eq!((walk.calls, walk.model.exit_code()), (1, 0));
}

#[test]
fn records_that_flap_are_not_taken_for_no_effect() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_ends(LeaveAnswer::Unknown { problem: problem(ProblemKind::ConnectionLost, walk.now) });
    for look in 0.. {
        if !walk.model.departure.is_in_flight() {
            break;
        }
        walk.now = walk.now.checked_add(SignedDuration::from_secs(10)).unwrap();
        walk.look_says(if look == 1 { Reading::Standalone(evidence(walk.now)) } else { still_a_member(walk.now) });
    }
    assert!(matches!(walk.model.departure.leave, Leave::Ended(Outcome::NotKnown(_))));
}

#[test]
fn a_clock_that_jumps_does_not_end_the_patience_after_one_look() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_ends(LeaveAnswer::Unknown { problem: problem(ProblemKind::ConnectionLost, walk.now) });
    walk.now = walk.now.checked_add(SignedDuration::from_hours(20)).unwrap();
    walk.look_says(still_a_member(walk.now));
    assert!(walk.model.departure.is_in_flight());
}

#[test]
fn an_unknown_outcome_is_read_for_the_same_account_after_signing_in_again() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_ends(LeaveAnswer::Unknown { problem: problem(ProblemKind::ConnectionLost, walk.now) });
    while walk.model.departure.is_in_flight() {
        walk.now = walk.now.checked_add(SignedDuration::from_secs(9)).unwrap();
        walk.look_says(Reading::Unknown(problem(ProblemKind::ExpiredCredentials, walk.now)));
    }
    walk.look_account = None;
    walk.press(Key::Char('r'));
    assert!(walk.connecting.is_some(), "credentials that have ended are not asked again");
    walk.connect(true);
    assert_eq!(walk.look_account.as_deref(), Some(ACCOUNT));
    assert!(walk.checks.is_empty());
}

#[test]
fn a_confirmation_goes_stale() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_recheck();
    walk.identify(Ok(subject(ACCOUNT)));
    walk.now = walk.now.checked_add(SignedDuration::from_mins(4)).unwrap();
    walk.all_is_well();
    assert_eq!(walk.calls, 0);
    assert!(
        matches!(&walk.model.overlay, Some(Overlay::Changes { changes, .. }) if changes.contains(&gate::Change::TookTooLong))
    );
}

#[test]
fn who_goes_to_the_shell_during_the_recheck_confirms_anew() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_recheck();
    walk.press(Key::Control('z'));
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    assert_eq!(walk.calls, 0);
    assert!(matches!(walk.model.screen, Screen::Checklist));
}

#[test]
fn new_credentials_during_the_recheck_end_it() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_typed_id();
    walk.type_text(ACCOUNT);
    walk.tell(Message::SignInEnded(Ok("".into())));
    walk.press(Key::Enter);
    walk.connect(true);
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    assert_eq!(walk.calls, 0);
    assert!(matches!(walk.model.screen, Screen::Checklist));
}

#[test]
fn an_organization_that_cannot_be_read_again_is_waited_for_while_aws_throttles() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_recheck();
    walk.identify(Ok(Subject { membership: Membership::Unknown, ..subject(ACCOUNT) }));
    let at = walk.checks.iter().position(|(_, step)| *step == StepId::Membership).unwrap();
    walk.answer(at, Verdict::Unknown(problem(ProblemKind::Throttled, walk.now)), Confidence::Proven);
    walk.all_is_well();
    walk.pause_ends();
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    assert_eq!(walk.calls, 1);
}

#[test]
fn what_was_said_over_one_reason_does_not_stand_over_another_and_does_not_come_back() {
    let now = Timestamp::from_second(1_800_000_000).unwrap();
    let make =
        |rule: &str, verdict: Verdict| Finding::told(StepId::Permission, rule, verdict).predicted().finish(Partition::Aws, now);
    let mut step = crate::checklist::Step::new(StepId::Permission);
    step.record(make("leave-denied-by-boundary", Verdict::Unmet));
    step.attest("maria", "the boundary goes at noon", now).unwrap();
    assert_eq!(step.standing(now), Some(Standing::Attested));
    step.record(finding(StepId::Permission, Verdict::Unknown(problem(ProblemKind::Throttled, now)), Confidence::Proven, now));
    assert_eq!(step.standing(now), Some(Standing::Unknown));
    step.record(make("leave-denied-by-boundary", Verdict::Unmet));
    assert_eq!(step.standing(now), Some(Standing::Attested), "a check that found out nothing takes nothing away");
    step.record(make("leave-denied-by-service-control-policy", Verdict::Unmet));
    assert_eq!(step.standing(now), Some(Standing::Unmet));
    step.record(make("leave-denied-by-boundary", Verdict::Unmet));
    assert_eq!(step.standing(now), Some(Standing::Unmet));
}

#[test]
fn a_refusal_stays_in_sight_until_it_is_proven_to_be_put_right() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_ends(LeaveAnswer::Refused { refusal: refusal(&[StepId::PaymentMethod], walk.now) });
    walk.press(Key::Char('r'));
    walk.press(Key::Char('R'));
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    walk.override_payment();
    walk.press(Key::Enter);
    let Screen::Confirm(confirming) = &walk.model.screen else { panic!("{:?}", walk.model.screen) };
    assert!(confirming.items.contains(&gate::Acknowledgement::Refused(StepId::PaymentMethod)));
}

#[test]
fn nothing_is_typed_into_a_window_that_shows_nothing() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_typed_id();
    walk.model.laid_out(Overflow { is_hidden: true, ..Overflow::default() });
    walk.type_text(ACCOUNT);
    walk.press(Key::Enter);
    walk.paste(ACCOUNT);
    assert!(walk.model.notice.is_none());
    assert_eq!(Context::of(&walk.model), Context::TypedId);
    walk.model.laid_out(Overflow::default());
    walk.press(Key::Enter);
    assert_eq!(Context::of(&walk.model), Context::TypedId, "the digits were not taken either");
}

#[test]
fn a_proven_unmet_step_cannot_be_attested_over() {
    let mut walk = Walk::new(Mode::Guided);
    walk.connect(true);
    walk.identify(Ok(subject(ACCOUNT)));
    let at = walk.checks.iter().position(|(_, step)| *step == StepId::DelegatedAdministrator).unwrap();
    walk.answer(at, Verdict::Unmet, Confidence::Proven);
    walk.all_is_well();
    walk.press(Key::Enter);
    walk.attest_payment();
    assert_eq!(walk.model.cursor, StepId::DelegatedAdministrator);
    walk.press(Key::Char('a'));
    assert!(walk.model.overlay.is_none());
    walk.press(Key::Enter);
    assert!(matches!(walk.model.screen, Screen::Checklist));
}

#[test]
fn going_on_without_proof_takes_a_reason_and_is_shown_again_before_the_confirmation() {
    let mut walk = Walk::new(Mode::Guided);
    walk.connect(true);
    walk.identify(Ok(subject(ACCOUNT)));
    let at = walk.checks.iter().position(|(_, step)| *step == StepId::Permission).unwrap();
    walk.answer(at, Verdict::Unmet, Confidence::Predicted);
    walk.all_is_well();
    walk.press(Key::Enter);
    assert_eq!(walk.model.cursor, StepId::Permission);
    walk.press(Key::Char('a'));
    walk.press(Key::Enter);
    assert!(matches!(walk.model.overlay, Some(Overlay::Note { refused: Some(_), .. })), "a reason is required");
    walk.type_text("the owner lifted it a minute ago");
    walk.press(Key::Enter);
    walk.attest_payment();
    walk.press(Key::Enter);
    let Screen::Confirm(confirming) = &walk.model.screen else { panic!("{:?}", walk.model.screen) };
    assert!(confirming.items.contains(&gate::Acknowledgement::Override(StepId::Permission)));
}

#[test]
fn escape_keeps_the_text_of_a_note_and_q_asks_before_it_loses_one() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_checklist();
    walk.press(Key::Char('a'));
    walk.type_text("card ends in 4242");
    walk.press(Key::Esc);
    walk.press(Key::Char('q'));
    assert!(walk.model.exit.is_none() && matches!(walk.model.overlay, Some(Overlay::Quit)));
    walk.press(Key::Esc);
    walk.press(Key::Char('a'));
    walk.press(Key::Enter);
    assert_eq!(
        walk.model.departure.checklist.step(StepId::PaymentMethod).attestation.as_ref().unwrap().note.as_deref(),
        Some("card ends in 4242")
    );
}

#[test]
fn a_request_that_aws_put_off_is_told_as_the_cause_also_after_the_person_stopped() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_is_put_off();
    walk.press(Key::Esc);
    walk.now += SignedDuration::from_secs(2);
    walk.press(Key::Char('R'));
    walk.identify(Ok(standalone()));
    walk.looks_say_out(&Reading::Standalone(evidence(walk.now)));
    let Leave::Ended(Outcome::Left { answered, .. }) = &walk.model.departure.leave else {
        panic!("{:?}", walk.model.departure.leave)
    };
    assert_eq!(*answered, Answered::PutOff { calls: 1 });
    assert_eq!(walk.model.exit_code(), 0);
}

#[test]
fn a_report_calls_the_account_a_member_again_once_aws_does() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_ends(LeaveAnswer::Unknown { problem: problem(ProblemKind::ConnectionLost, walk.now) });
    walk.model.departure.checklist.subject.as_mut().unwrap().membership = Membership::Standalone;
    walk.look_says(still_a_member(walk.now));
    assert_eq!(walk.model.departure.checklist.subject.as_ref().unwrap().organization(), Some(&organization()));
}

#[test]
fn an_account_that_is_standalone_already_is_a_success_that_says_so() {
    let mut walk = Walk::new(Mode::Guided);
    walk.connect(true);
    walk.identify(Ok(standalone()));
    assert!(matches!(walk.model.screen, Screen::Account), "one answer is not enough: records can flap");
    walk.identify(Ok(standalone()));
    assert!(matches!(walk.model.departure.leave, Leave::Ended(Outcome::AlreadyStandalone)));
    assert_eq!(walk.model.exit_code(), 0);
    walk.press(Key::Char('r'));
    walk.identify(Ok(subject(ACCOUNT)));
    assert!(matches!(walk.model.screen, Screen::Account));
}

/// A review of an account that nothing would keep from leaving.
fn review_of_what_could_leave() -> Walk {
    let mut walk = Walk::new(Mode::Review);
    walk.reach_checklist();
    while walk.model.cursor != StepId::PaymentMethod {
        walk.press(Key::Down);
    }
    walk.attest_payment();
    assert!(walk.model.departure.locks().is_empty(), "{:?}", walk.model.departure.locks());
    walk
}

#[test]
fn a_review_goes_through_every_step_settled_or_not() {
    for key in [Key::Enter, Key::Down] {
        let mut walk = Walk::new(Mode::Review);
        walk.reach_checklist();
        for step in StepId::ALL {
            assert_eq!(walk.model.cursor, step);
            walk.press(key);
        }
        assert_eq!(walk.model.cursor, StepId::ALL[StepId::ALL.len() - 1], "it ends there");
        assert_eq!(walk.model.notice.is_some(), key == Key::Enter);
    }
}

#[test]
fn a_word_said_in_a_review_is_kept_and_the_selection_stays_where_it_is() {
    let walk = review_of_what_could_leave();
    assert_eq!(walk.model.cursor, StepId::PaymentMethod);
    assert_eq!(walk.notice(), "Payment method is settled, and with it every step.");
    assert!(walk.journal.iter().any(|line| matches!(line.entry, Entry::Attested { step: StepId::PaymentMethod, .. })));
    // Whoever leaves later finds it.
    let mut next = Walk::new(Mode::Guided);
    next.journal = walk.journal;
    next.now = walk.now;
    next.reach_checklist();
    assert!(next.model.departure.may_confirm());
}

#[test]
fn enter_at_the_end_of_a_review_says_that_it_cannot_leave_and_what_can() {
    let mut walk = review_of_what_could_leave();
    for _ in StepId::ALL {
        walk.press(Key::Enter);
        assert!(matches!(walk.model.screen, Screen::Checklist));
    }
    let said = walk.notice();
    assert!(said.contains("cannot leave. To leave, run leave-org without the word review."), "{said}");
}

#[test]
fn no_credentials_can_be_tried_again_from_the_keyboard() {
    let mut walk = Walk::new(Mode::Guided);
    walk.connect(false);
    assert_eq!(walk.model.exit_code(), 3);
    walk.press(Key::Char('r'));
    assert!(walk.model.departure.connection_problem().is_some(), "the old error stays until the new attempt ends");
    walk.connect(true);
    assert!(walk.model.departure.connection_problem().is_none());
    assert_eq!(walk.checks.len(), StepId::ALL.len());
}

#[test]
fn an_expired_word_locks_the_gate_again() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_typed_id();
    walk.now = walk.now.checked_add(SignedDuration::from_hours(texts::rules().attestation.harmless_hours + 1)).unwrap();
    walk.type_text(ACCOUNT);
    walk.press(Key::Enter);
    assert!(matches!(walk.model.screen, Screen::Checklist));
    assert_eq!(walk.calls, 0);
}

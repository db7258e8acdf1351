//! When things go wrong: other accounts, ended credentials, an AWS that has no time.

use jiff::SignedDuration;

use super::*;
use crate::checklist::Fact;
use crate::departure::{DepartureId, Event};

#[test]
fn another_account_behind_the_credentials_stops_everything_and_names_both() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_recheck();
    walk.identify(Ok(subject(OTHER)));
    walk.all_is_well();
    assert_eq!(walk.calls, 0);
    assert!(matches!(walk.model.screen, Screen::OtherAccount));
    let (before, now) = walk.model.departure.elsewhere.as_ref().unwrap();
    assert_eq!((before.as_str(), now.as_str()), (ACCOUNT, OTHER));
    assert!(!walk.model.departure.is_busy(), "everything has stopped");
    assert!(!walk.model.departure.may_confirm());
    assert_eq!(walk.model.departure.checklist.subject.as_ref().unwrap().identity.account.as_str(), ACCOUNT);
}

#[test]
fn back_at_the_first_account_what_was_said_still_counts() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_checklist();
    walk.attest_payment();
    walk.sign_in_as(OTHER);
    assert!(matches!(walk.model.screen, Screen::OtherAccount));
    walk.sign_in_as(ACCOUNT);
    assert!(matches!(walk.model.screen, Screen::Checklist));
    assert!(walk.model.departure.may_confirm(), "{:?}", walk.model.departure.locks());
}

#[test]
fn beginning_anew_with_the_other_account_takes_nothing_along() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_checklist();
    walk.attest_payment();
    walk.sign_in_as(OTHER);
    walk.press(Key::Enter);
    assert!(matches!(walk.model.screen, Screen::Account));
    assert_eq!(walk.checks.len(), StepId::ALL.len());
    walk.identify(Ok(subject(OTHER)));
    walk.all_is_well();
    assert!(walk.model.departure.checklist.steps().all(|step| step.attestation.is_none()));
    assert_eq!(walk.model.departure.checklist.subject.as_ref().unwrap().identity.account.as_str(), OTHER);
}

#[test]
fn what_new_credentials_find_out_counts_once_it_is_known_whose_they_are() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_checklist();
    walk.tell(Message::SignInEnded(Ok("".into())));
    walk.connect(true);
    let at = walk.checks.iter().position(|(_, step)| *step == StepId::Permission).unwrap();
    walk.answer(at, Verdict::Unmet, Confidence::Proven);
    let standing = |walk: &Walk| walk.model.departure.checklist.step(StepId::Permission).standing(walk.now);
    assert_eq!(standing(&walk), Some(Standing::Met), "nobody has said yet that this is the same account");
    walk.identify(Ok(subject(ACCOUNT)));
    assert_eq!(standing(&walk), Some(Standing::Unmet));
    assert!(walk.model.departure.row(StepId::Permission).running.is_none());
}

#[test]
fn what_nobody_can_attribute_is_dropped_and_leaves_no_row_running() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_checklist();
    walk.tell(Message::SignInEnded(Ok("".into())));
    walk.connect(true);
    let at = walk.checks.iter().position(|(_, step)| *step == StepId::Permission).unwrap();
    walk.answer(at, Verdict::Unmet, Confidence::Proven);
    walk.identify(Err(problem(ProblemKind::Unreachable, walk.now)));
    assert_eq!(walk.model.departure.checklist.step(StepId::Permission).standing(walk.now), Some(Standing::Met));
    assert!(walk.model.departure.row(StepId::Permission).running.is_none());
    assert!(!walk.model.departure.may_confirm(), "it is not known whose the new credentials are");
}

#[test]
fn another_role_of_the_same_account_keeps_what_was_said_but_for_the_permission() {
    let mut walk = Walk::new(Mode::Guided);
    walk.connect(true);
    walk.identify(Ok(subject(ACCOUNT)));
    let at = walk.checks.iter().position(|(_, step)| *step == StepId::Permission).unwrap();
    walk.answer(at, Verdict::NeedsYou, Confidence::Proven);
    walk.all_is_well();
    walk.press(Key::Enter);
    walk.press(Key::Char('a'));
    walk.press(Key::Enter);
    walk.attest_payment();
    let said = |walk: &Walk, step| walk.model.departure.checklist.step(step).attestation.is_some();
    assert!(said(&walk, StepId::Permission) && said(&walk, StepId::PaymentMethod));
    walk.tell(Message::SignInEnded(Ok("".into())));
    walk.connect(true);
    let mut other = subject(ACCOUNT);
    other.identity.arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/Admin/another-session");
    walk.identify(Ok(other.clone()));
    assert!(said(&walk, StepId::Permission), "another session of the same role is the same principal");
    walk.now += SignedDuration::from_secs(2);
    walk.press(Key::Char('R'));
    other.identity.arn = format!("arn:aws:iam::{ACCOUNT}:user/bob");
    walk.identify(Ok(other));
    assert!(!said(&walk, StepId::Permission) && said(&walk, StepId::PaymentMethod));
}

#[test]
fn checking_everything_again_at_once_asks_nothing_new_and_a_second_later_it_does() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_checklist();
    let press = |walk: &mut Walk| {
        let before = walk.awaited_checks().len();
        walk.press(Key::Char('R'));
        walk.awaited_checks().len() - before
    };
    walk.now += SignedDuration::from_secs(2);
    assert_eq!(press(&mut walk), StepId::ALL.len());
    walk.now += SignedDuration::from_millis(50);
    let running = walk.model.departure.row(StepId::Membership).running;
    assert_eq!(press(&mut walk), 0);
    assert_eq!(walk.model.departure.row(StepId::Membership).running, running, "the round that runs goes on");
    walk.press(Key::Char('r'));
    assert_ne!(walk.model.departure.row(walk.model.cursor).running, running, "one step can be asked about again at any time");
    walk.now += SignedDuration::from_secs(1);
    press(&mut walk);
    assert_ne!(walk.model.departure.row(StepId::Membership).running, running);
}

#[test]
fn what_a_round_that_has_just_begun_cannot_tell_is_asked_again_at_once() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_checklist();
    walk.now += SignedDuration::from_secs(2);
    walk.press(Key::Char('R'));
    let running = walk.model.departure.row(StepId::Membership).running;
    walk.identify(Err(problem(ProblemKind::Unreachable, walk.now)));
    walk.press(Key::Char('R'));
    assert_ne!(walk.model.departure.row(StepId::Membership).running, running, "whose the credentials are is asked again");
}

#[test]
fn a_throttled_check_between_confirmation_and_call_is_waited_for() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_recheck();
    walk.identify(Ok(subject(ACCOUNT)));
    let throttled = Verdict::Unknown(problem(ProblemKind::Throttled, walk.now));
    walk.answer(0, throttled, Confidence::Proven);
    walk.all_is_well();
    assert!(matches!(walk.model.departure.leave, Leave::Rechecking { .. }));
    walk.pause_ends();
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    assert_eq!(walk.calls, 1);
}

#[test]
fn a_throttled_identity_between_confirmation_and_call_is_waited_for_and_can_be_hastened() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_recheck();
    walk.identify(Err(problem(ProblemKind::Throttled, walk.now)));
    walk.all_is_well();
    assert!(matches!(walk.model.departure.leave, Leave::Rechecking { .. }));
    walk.press(Key::Char('r'));
    walk.identify(Ok(subject(ACCOUNT)));
    assert_eq!(walk.calls, 1);
    walk.pause_ends();
    assert_eq!(walk.calls, 1, "the pause that was cut short has nothing left to do");
}

#[test]
fn a_throttled_identity_waits_by_itself_and_keeps_the_error_until_the_answer_is_in() {
    let mut walk = Walk::new(Mode::Guided);
    walk.connect(true);
    walk.identify(Err(problem(ProblemKind::Throttled, walk.now)));
    walk.all_is_well();
    assert_eq!(walk.model.departure.identity.tries, 1);
    walk.pause_ends();
    assert!(walk.model.departure.identity_problem.is_some());
    walk.identify(Ok(subject(ACCOUNT)));
    assert!(walk.model.departure.identity_problem.is_none());
    assert_eq!(walk.model.departure.identity, CheckStatus::default());
}

#[test]
fn a_leave_that_aws_puts_off_is_asked_for_again_after_every_check() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_is_put_off();
    assert!(matches!(walk.model.departure.leave, Leave::Postponed { calls: 1, .. }));
    assert!(!walk.model.departure.is_in_flight(), "AWS took nothing");
    walk.pause_ends();
    assert!(matches!(walk.model.departure.leave, Leave::Rechecking { .. }));
    assert_eq!(walk.calls, 1);
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    assert_eq!(walk.calls, 2);
    walk.call_ends(LeaveAnswer::Accepted { request_id: None });
    walk.look_says(Reading::Standalone(evidence(walk.now)));
    walk.look_says(Reading::Standalone(evidence(walk.now)));
    assert_eq!(walk.model.exit_code(), 0);
}

#[test]
fn the_pause_before_the_next_call_can_be_cut_short_and_stopped() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_is_put_off();
    walk.press(Key::Char('r'));
    assert!(matches!(walk.model.departure.leave, Leave::Rechecking { .. }));
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    walk.call_is_put_off();
    walk.press(Key::Esc);
    assert!(matches!(walk.model.screen, Screen::Checklist));
    walk.pause_ends();
    assert!(matches!(walk.model.screen, Screen::Checklist), "nobody waits for it any more");
    assert_eq!((walk.calls, walk.model.exit_code()), (2, 7));
}

#[test]
fn aws_is_not_asked_again_for_ever_nor_on_a_confirmation_gone_stale() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    while !matches!(walk.model.departure.leave, Leave::Ended(_)) {
        walk.call_is_put_off();
        walk.pause_ends();
        walk.identify(Ok(subject(ACCOUNT)));
        walk.all_is_well();
    }
    assert_eq!(walk.calls, 5);
    assert!(matches!(walk.model.departure.leave, Leave::Ended(Outcome::Refused(_))));

    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_is_put_off();
    let (of, attempt) = *walk.retries.last().unwrap();
    let at = walk.now.checked_add(SignedDuration::from_secs(181)).unwrap();
    walk.tell(Message::Of(DepartureId::default(), Event::RetryScheduled { of, attempt, at }));
    assert!(
        matches!(walk.model.departure.leave, Leave::Ended(Outcome::Refused(_))),
        "a pause that outlasts the confirmation is not begun"
    );
}

#[test]
fn no_leave_is_begun_with_credentials_that_end_before_it_could_be_seen_through() {
    let needed = texts::rules().credentials.needed_seconds;
    let mut walk = Walk::new(Mode::Guided);
    walk.credentials_last(needed + 60);
    walk.reach_checklist();
    walk.attest_payment();
    assert!(walk.model.departure.may_confirm());
    walk.now = walk.now.checked_add(SignedDuration::from_secs(61)).unwrap();
    walk.press(Key::Enter);
    assert!(matches!(walk.model.screen, Screen::Checklist));
    assert_eq!(walk.model.notice, Some(Notice::Failed(notices::credentials_end_soon())));
    assert!(matches!(walk.model.departure.locks()[..], [Lock::Credentials { .. }]));

    let mut walk = Walk::new(Mode::Guided);
    walk.credentials_last(needed + 60);
    walk.reach_typed_id();
    walk.now = walk.now.checked_add(SignedDuration::from_secs(61)).unwrap();
    walk.type_text(ACCOUNT);
    walk.press(Key::Enter);
    assert!(matches!(walk.model.screen, Screen::Checklist));

    let mut walk = Walk::new(Mode::Guided);
    walk.credentials_last(needed + 10);
    walk.reach_recheck();
    walk.now = walk.now.checked_add(SignedDuration::from_secs(190)).unwrap();
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    assert!(
        matches!(&walk.model.overlay, Some(Overlay::Changes { changes, .. }) if *changes == [gate::Change::CredentialsEndSoon])
    );
    assert_eq!(walk.calls, 0);
}

#[test]
fn checking_again_with_credentials_that_have_ended_reads_new_ones_first() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_checklist();
    walk.press(Key::Char('r'));
    walk.answer(0, Verdict::Unknown(problem(ProblemKind::ExpiredCredentials, walk.now)), Confidence::Proven);
    walk.press(Key::Char('r'));
    assert!(walk.connecting.is_some());
    walk.connect(true);
    assert_eq!(walk.checks.len(), StepId::ALL.len(), "with new credentials everything is read anew");
}

#[test]
fn a_profile_with_mfa_asks_for_the_code_until_it_is_taken() {
    let mut walk = Walk::new(Mode::Guided);
    let needs_code = |walk: &mut Walk| {
        let attempt = walk.connecting.take().unwrap();
        let nothing =
            ConnectError { problem: problem(ProblemKind::MfaCodeNeeded, walk.now), sign_in: None, endpoints: Vec::new() };
        walk.tell(Message::Of(DepartureId::default(), Event::Connected(attempt, Err(nothing))));
    };
    needs_code(&mut walk);
    assert_eq!(Context::of(&walk.model), Context::Code);
    walk.type_text("12x3 45");
    walk.press(Key::Enter);
    assert!(walk.connecting.is_none(), "five digits are no code");
    walk.tell(Message::Pasted("6\n".to_owned()));
    assert!(walk.connecting.is_none(), "a paste submits nothing");
    walk.press(Key::Enter);
    assert_eq!(walk.code.take(), "123456".parse().ok());
    needs_code(&mut walk);
    assert!(matches!(&walk.model.overlay, Some(Overlay::Code { typed }) if typed.0.is_empty()), "each code works once");
    walk.press(Key::Esc);
    walk.press(Key::Char('r'));
    assert_eq!(walk.code, None);
    walk.connect(true);
    assert_eq!(walk.checks.len(), StepId::ALL.len());
}

#[test]
fn what_was_found_before_anybody_knew_the_account_goes_with_the_credentials_that_found_it() {
    let mut walk = Walk::new(Mode::Guided);
    walk.connect(true);
    let at = walk.checks.iter().position(|(_, step)| *step == StepId::Permission).unwrap();
    walk.answer(at, Verdict::Unmet, Confidence::Proven);
    walk.tell(Message::SignInEnded(Ok("".into())));
    walk.connect(true);
    walk.identify(Ok(subject(OTHER)));
    assert_eq!(walk.model.departure.checklist.step(StepId::Permission).standing(walk.now), None);
    assert!(!walk.journal.iter().any(|line| matches!(line.entry, Entry::Found { .. })));
}

#[test]
fn leaning_on_r_does_not_throw_new_credentials_away() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_checklist();
    walk.press(Key::Char('r'));
    walk.answer(0, Verdict::Unknown(problem(ProblemKind::ExpiredCredentials, walk.now)), Confidence::Proven);
    walk.press(Key::Char('r'));
    walk.connect(true);
    walk.press(Key::Char('r'));
    assert!(walk.connecting.is_none());
}

#[test]
fn credentials_that_end_soon_are_read_anew_by_the_key_that_asks_again() {
    let mut walk = Walk::new(Mode::Guided);
    walk.credentials_last(100);
    walk.reach_checklist();
    assert!(walk.model.departure.locks().iter().any(|lock| matches!(lock, Lock::Credentials { .. })));
    walk.credentials_last(10_000);
    walk.press(Key::Char('R'));
    walk.connect(true);
    assert!(!walk.model.departure.locks().iter().any(|lock| matches!(lock, Lock::Credentials { .. })));
}

#[test]
fn another_profile_can_be_chosen_while_the_journal_is_somebody_elses() {
    let setting = WizardConfig {
        mode: Mode::Guided,
        practice: None,
        profile: ProfileWish::Ask,
        person: "maria".to_owned(),
        management_profile: None,
    };
    let mut walk = Walk::new(Mode::Guided);
    walk.model = Model::new(setting);
    walk.connecting = None;
    walk.disk_works = false;
    let effects = walk.model.begin();
    Model::note(&mut walk, effects);
    let choice = |name: &str| ProfileChoice { name: name.to_owned(), source: String::new() };
    walk.tell(Message::ProfilesListed(Ok(vec![choice("a"), choice("b")])));
    walk.press(Key::Enter);
    walk.connect(true);
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    walk.press(Key::Esc);
    assert!(matches!(walk.model.screen, Screen::Profiles { .. }));
}

#[test]
fn new_credentials_while_the_leave_is_put_off_end_the_confirmation() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_is_put_off();
    walk.tell(Message::SignInEnded(Ok("".into())));
    assert!(matches!(walk.model.screen, Screen::Checklist));
    walk.pause_ends();
    walk.connect(true);
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    assert_eq!(walk.calls, 1);
}

#[test]
fn a_clock_that_is_set_back_does_not_make_the_reading_endless() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_ends(LeaveAnswer::Unknown { problem: problem(ProblemKind::ConnectionLost, walk.now) });
    walk.now = walk.now.checked_add(SignedDuration::from_hours(-1)).unwrap();
    let mut looks = 0;
    while walk.model.departure.is_in_flight() {
        walk.now = walk.now.checked_add(SignedDuration::from_secs(8)).unwrap();
        walk.look_says(still_a_member(walk.now));
        looks += 1;
        assert!(looks < 50);
    }
}

#[test]
fn a_reading_with_credentials_that_have_ended_stops_and_goes_on_with_new_ones() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_ends(LeaveAnswer::Accepted { request_id: None });
    walk.look_says(Reading::Unknown(problem(ProblemKind::ExpiredCredentials, walk.now)));
    assert!(matches!(walk.model.departure.leave, Leave::Ended(Outcome::NotKnown(_))));
    walk.press(Key::Char('r'));
    walk.connect(true);
    walk.looks_say_out(&Reading::Standalone(evidence(walk.now)));
    assert!(matches!(walk.model.departure.leave, Leave::Ended(Outcome::Left { .. })));
}

#[test]
fn what_answers_after_the_identity_has_failed_leaves_no_row_running() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_checklist();
    walk.tell(Message::SignInEnded(Ok("".into())));
    walk.connect(true);
    walk.identify(Err(problem(ProblemKind::ExpiredCredentials, walk.now)));
    walk.all_is_well();
    assert!(!walk.model.departure.is_busy());
    assert!(walk.model.departure.locks().contains(&Lock::Ended));
}

#[test]
fn one_service_that_does_not_take_the_credentials_does_not_lock_the_whole() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_checklist();
    walk.attest_payment();
    walk.model.cursor = StepId::OtherWayOut;
    walk.press(Key::Char('r'));
    walk.identify(Ok(subject(ACCOUNT)));
    walk.answer(0, Verdict::Unknown(problem(ProblemKind::InvalidCredentials, walk.now)), Confidence::Proven);
    assert!(walk.model.departure.may_confirm(), "{:?}", walk.model.departure.locks());
    walk.press(Key::Char('r'));
    assert!(walk.connecting.is_some(), "asking that one again reads the credentials anew");
}

#[test]
fn an_open_outcome_is_not_decided_by_another_aws() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_ends(LeaveAnswer::Unknown { problem: problem(ProblemKind::ConnectionLost, walk.now) });
    walk.look_says(Reading::Unknown(problem(ProblemKind::ExpiredCredentials, walk.now)));
    walk.press(Key::Char('r'));
    let attempt = walk.connecting.take().unwrap();
    let facts = SessionFacts { custom_endpoints: vec!["localhost:4566".to_owned()], ..SessionFacts::default() };
    walk.tell(Message::Of(DepartureId::default(), Event::Connected(attempt, Ok(facts))));
    assert!(matches!(walk.model.departure.leave, Leave::Ended(Outcome::NotKnown(_))));
    assert!(walk.look.is_none(), "nobody is asked over there");
    let said = &walk.model.departure.connection_problem().unwrap().message;
    assert!(said.contains("AWS itself") && said.contains("localhost:4566"), "{said}");
    walk.press(Key::Char('r'));
    walk.connect(true);
    walk.looks_say_out(&Reading::Standalone(evidence(walk.now)));
    assert!(matches!(walk.model.departure.leave, Leave::Ended(Outcome::Left { .. })));
}

#[test]
fn the_exit_code_is_about_the_account_of_the_walk() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_ends(LeaveAnswer::Refused { refusal: refusal(&[], walk.now) });
    walk.press(Key::Enter);
    assert_eq!(walk.model.exit_code(), 7);
    walk.sign_in_as(OTHER);
    walk.press(Key::Enter);
    assert_eq!(walk.model.exit_code(), 9);
}

#[test]
fn whoever_looks_again_at_once_whether_there_is_nothing_to_leave_is_answered() {
    let mut walk = Walk::new(Mode::Guided);
    walk.connect(true);
    walk.identify(Ok(standalone()));
    walk.identify(Ok(standalone()));
    // Slow checks of the first round are still out.
    assert!(matches!(walk.model.departure.leave, Leave::Ended(Outcome::AlreadyStandalone)) && !walk.checks.is_empty());
    walk.subject = None;
    walk.press(Key::Char('r'));
    assert!(walk.subject.is_some(), "nothing was asked");
}

#[test]
fn a_profile_that_is_chosen_while_the_organization_is_not_known_is_not_passed_over_in_silence() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_checklist();
    walk.go_to(StepId::Permission);
    walk.press(Key::Char('r'));
    walk.press(Key::Char('m'));
    let profiles = ["a", "b"].map(|name| ProfileChoice { name: name.to_owned(), source: String::new() }).to_vec();
    walk.tell(Message::OwnerProfilesListed(Ok(profiles)));
    walk.identify(Ok(Subject { membership: Membership::Unknown, ..subject(ACCOUNT) }));
    walk.press(Key::Enter);
    assert!(walk.model.departure.owner.asking.is_none() && walk.notice().contains("which account this is"), "{}", walk.notice());
}

#[test]
fn back_from_another_account_everything_can_be_asked_again_even_after_a_lost_answer() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_ends(LeaveAnswer::Unknown { problem: problem(ProblemKind::ConnectionLost, walk.now) });
    let minutes_pass = |walk: &mut Walk| {
        for _ in 0..60 {
            walk.now += SignedDuration::from_secs(10);
            walk.look_says(still_a_member(walk.now));
        }
        walk.press(Key::Enter);
    };
    minutes_pass(&mut walk);
    walk.sign_in_as(OTHER);
    assert!(walk.model.departure.elsewhere.is_some());
    // The right credentials, and for a moment another organization, which the lost request may explain.
    walk.credentials_change();
    walk.connect(true);
    walk.identify(Ok(elsewhere()));
    minutes_pass(&mut walk);
    assert!(matches!(walk.model.departure.leave, Leave::Idle));
    walk.identify(Err(problem(ProblemKind::DeniedByIdentityPolicy, walk.now)));
    walk.subject = None;
    walk.press(Key::Char('R'));
    assert!(walk.subject.is_some() || walk.connecting.is_some(), "nothing was asked");
}

#[test]
fn what_says_of_no_member_before_the_membership_is_read_counts_once_it_is() {
    let mut walk = Walk::new(Mode::Guided);
    walk.connect(true);
    while let Some((attempt, step)) = walk.checks.pop() {
        let finding = Finding::new(step, Fact::NotAMember, Verdict::NotApplicable).finish(Partition::Aws, walk.now);
        walk.hear(Event::CheckFinished(attempt, finding));
    }
    walk.identify(Ok(standalone()));
    let checklist = &walk.model.departure.checklist;
    let open: Vec<_> = checklist.steps().filter(|step| step.finding.is_none()).map(|step| step.id).collect();
    // What has to be said twice is being asked for the second time.
    assert_eq!((open, walk.awaited_checks().len()), (vec![StepId::Membership], 1));
}

#[test]
fn what_was_found_while_records_flapped_is_all_asked_again_even_if_the_membership_is_not_known_then() {
    for membership in [Membership::Member(organization()), Membership::Unknown] {
        let mut walk = Walk::new(Mode::Guided);
        walk.connect(true);
        walk.identify(Ok(standalone()));
        while let Some((attempt, step)) = walk.checks.pop() {
            let finding = Finding::new(step, Fact::NotAMember, Verdict::NotApplicable).finish(Partition::Aws, walk.now);
            walk.hear(Event::CheckFinished(attempt, finding));
        }
        walk.identify(Ok(Subject { membership, ..subject(ACCOUNT) }));
        assert_eq!(walk.awaited_checks().len(), StepId::ALL.len());
        assert!(walk.model.departure.checklist.steps().all(|step| step.finding.is_none()), "of no member");
    }
}

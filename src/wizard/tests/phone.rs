//! The verification of the phone number: the code, its five minutes, and every answer.

use super::*;
use crate::checklist::facts::{ContactInformationFact, ContactInformationLine, Own};
use crate::departure::{DepartureId, Event};

fn check(walk: &Walk) -> &PhoneCheck {
    match &walk.model.overlay {
        Some(Overlay::Phone(check)) => check,
        other => panic!("{other:?}, {}", walk.notice()),
    }
}

fn typed(walk: &Walk) -> Option<&str> {
    match &check(walk).stage {
        PhoneStage::Typing(Digits(typed)) => Some(typed),
        _ => None,
    }
}

fn opened() -> Walk {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_contact();
    walk.press(Key::Char('v'));
    assert_eq!((&check(&walk).stage, check(&walk).number.as_deref()), (&PhoneStage::Ready, Some(NUMBER)));
    walk
}

/// A code was sent.
fn sent() -> Walk {
    let mut walk = opened();
    walk.press(Key::Enter);
    walk.fix_ends(fix_done(Some("PENDING"), walk.now));
    assert_eq!(typed(&walk), Some(""));
    walk
}

/// The code was handed in.
fn handed_in() -> Walk {
    let mut walk = sent();
    walk.type_text("314159");
    walk.press(Key::Enter);
    assert!(matches!(check(&walk).stage, PhoneStage::Verifying { .. }));
    walk
}

fn pass(walk: &mut Walk, seconds: i64) {
    walk.now = walk.now.checked_add(SignedDuration::from_secs(seconds)).unwrap();
}

fn entry(walk: &Walk) -> &str {
    match &check(walk).trouble {
        Some(PhoneTrouble { answer: FixAnswer::Refused { refusal }, .. }) => &refusal.entry,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_code_is_sent_typed_and_taken_and_the_step_checked_again() {
    let mut walk = handed_in();
    walk.fix_ends(fix_done(Some("VERIFIED"), walk.now));
    assert!(walk.model.overlay.is_none() && walk.model.departure.code.as_ref().is_none());
    assert_eq!(walk.awaited_checks(), [StepId::ContactInformation]);
    assert!(walk.notice() == notices::PHONE_VERIFIED, "{}", walk.notice());
    assert_eq!(walk.fixes_told(), ["SendCode done", "VerifyPhone done"]);
}

#[test]
fn an_answer_to_the_request_for_a_code_leads_where_it_says() {
    let now = opened().now;
    let cases = [
        (fix_done(None, now), "typing", None),
        (fix_done(Some("PENDING"), now), "typing", None),
        (fix_done(Some("NOT_SUPPORTED"), now), "ready", Some(fix_done(Some("NOT_SUPPORTED"), now))),
        (fix_done(Some("UNVERIFIED"), now), "ready", Some(fix_done(Some("UNVERIFIED"), now))),
        (fix_refused("number-not-supported", now), "ready", Some(fix_refused("number-not-supported", now))),
        (fix_refused("too-many-codes", now), "ready", Some(fix_refused("too-many-codes", now))),
        (fix_never_sent(now), "ready", Some(fix_never_sent(now))),
        (fix_unknown(now), "typing", Some(fix_unknown(now))),
        (fix_done(Some("VERIFIED"), now), "closed", None),
    ];
    for (answer, stage, trouble) in cases {
        let mut walk = opened();
        walk.press(Key::Enter);
        walk.fix_ends(answer.clone());
        if stage == "closed" {
            assert!(walk.model.overlay.is_none(), "{answer:?}");
            continue;
        }
        let is_typing = typed(&walk).is_some();
        assert_eq!(is_typing, stage == "typing", "{answer:?}");
        assert_eq!(walk.model.departure.code.as_ref().is_some(), is_typing, "{answer:?}");
        let trouble = trouble.map(|answer| PhoneTrouble { answer, is_about_code: false });
        assert_eq!(check(&walk).trouble, trouble, "{answer:?}");
    }
}

#[test]
fn an_answer_to_the_code_leads_where_it_says() {
    let now = opened().now;
    // What is typed after it, the entry that speaks, and whether the step is checked again.
    let cases = [
        (fix_refused("code-not-taken", now), Some(""), Some("code-wrong"), false),
        (fix_refused("code-expired", now), Some(""), Some("code-expired"), false),
        (fix_refused("too-many-tries", now), Some(""), Some("too-many-tries"), false),
        (fix_refused("number-changed", now), None, Some("number-changed"), true),
        (fix_refused("nothing-to-verify", now), None, Some("nothing-to-verify"), true),
        (fix_never_sent(now), Some("314159"), None, false),
        (fix_unknown(now), Some(""), None, true),
    ];
    for (answer, after, told, checks) in cases {
        let mut walk = handed_in();
        walk.fix_ends(answer.clone());
        assert_eq!(typed(&walk), after, "{answer:?}");
        assert_eq!(!walk.checks.is_empty(), checks, "{answer:?}");
        match told {
            Some(told) => assert_eq!(entry(&walk), told),
            None => assert!(check(&walk).trouble.is_some(), "{answer:?}"),
        }
    }
}

#[test]
fn a_status_that_is_not_verified_is_told_and_no_status_is_not_taken_for_one() {
    let mut walk = handed_in();
    let answer = fix_done(Some("UNVERIFIED"), walk.now);
    walk.fix_ends(answer.clone());
    assert_eq!(check(&walk).trouble, Some(PhoneTrouble { answer, is_about_code: true }));
    let mut walk = handed_in();
    walk.fix_ends(fix_done(None, walk.now));
    assert!(walk.model.overlay.is_none());
    assert!(walk.notice().contains("did not say"), "{}", walk.notice());
}

#[test]
fn the_clock_tells_a_wrong_code_from_one_that_is_too_old() {
    for (seconds, told) in [(0, "code-wrong"), (120, "code-wrong"), (301, "code-expired")] {
        let mut walk = handed_in();
        pass(&mut walk, seconds);
        walk.fix_ends(fix_refused("code-not-taken", walk.now));
        assert_eq!(entry(&walk), told, "after {seconds} seconds");
    }
}

#[test]
fn a_code_is_good_for_five_minutes_and_cannot_be_handed_in_later() {
    let mut walk = sent();
    walk.type_text("314159");
    pass(&mut walk, 299);
    assert_eq!(walk.model.departure.code.as_ref().unwrap().seconds_left(walk.now), 1);
    pass(&mut walk, 1);
    walk.press(Key::Enter);
    assert_eq!((typed(&walk), walk.met.codes_handed_in), (Some("314159"), 0));
    walk.press(Key::Char('n'));
    assert!(matches!(check(&walk).stage, PhoneStage::Sending(_)));
}

#[test]
fn a_new_code_voids_the_old_and_empties_the_field() {
    let mut walk = sent();
    walk.type_text("31415");
    pass(&mut walk, 200);
    walk.press(Key::Char('n'));
    walk.fix_ends(fix_done(Some("PENDING"), walk.now));
    assert_eq!(typed(&walk), Some(""));
    assert_eq!(walk.model.departure.code.as_ref().unwrap().seconds_left(walk.now), 300);
    // One that was not sent leaves the old one as it is.
    pass(&mut walk, 100);
    walk.press(Key::Char('n'));
    walk.fix_ends(fix_refused("too-many-codes", walk.now));
    assert_eq!((typed(&walk), walk.model.departure.code.as_ref().unwrap().seconds_left(walk.now)), (Some(""), 200));
}

#[test]
fn reopened_within_five_minutes_it_goes_on_and_later_it_begins_anew() {
    let mut walk = sent();
    walk.tell(Message::Of(DepartureId::default(), Event::PracticePhoneRang("314159".to_owned())));
    walk.press(Key::Esc);
    pass(&mut walk, 100);
    walk.press(Key::Char('v'));
    assert_eq!(typed(&walk), Some(""));
    assert_eq!(walk.model.departure.code.as_ref().unwrap().practice.as_deref(), Some("314159"));
    walk.press(Key::Esc);
    pass(&mut walk, 300);
    walk.press(Key::Char('v'));
    assert_eq!(check(&walk).stage, PhoneStage::Ready);
}

#[test]
fn another_number_on_file_leaves_the_code_behind() {
    let another = |now| {
        let number = ContactInformationLine::PhoneNumber { number: Own::new("+44 20 7946 0000") };
        let found = ContactInformationFact::PhoneUnverified { status: "UNVERIFIED".to_owned() };
        Finding::new(StepId::ContactInformation, found, Verdict::NeedsYou).line(number).finish(Partition::Aws, now)
    };
    // While it is open, and while it is not.
    for is_open in [true, false] {
        let mut walk = sent();
        if !is_open {
            walk.press(Key::Esc);
        }
        walk.model.departure.rows[StepId::ContactInformation.index()].begin(Attempt(9_999), walk.now);
        walk.tell(Message::Of(DepartureId::default(), Event::CheckFinished(Attempt(9_999), another(walk.now))));
        if !is_open {
            walk.press(Key::Char('v'));
        }
        assert_eq!((&check(&walk).stage, check(&walk).number.as_deref()), (&PhoneStage::Ready, Some("+44 20 7946 0000")));
    }
}

#[test]
fn a_check_that_finds_the_number_verified_closes_it() {
    let mut walk = handed_in();
    walk.fix_ends(fix_unknown(walk.now));
    let attempt = walk.checks[0].0;
    let finding =
        Finding::new(StepId::ContactInformation, ContactInformationFact::Verified, Verdict::Met).finish(Partition::Aws, walk.now);
    walk.tell(Message::Of(DepartureId::default(), Event::CheckFinished(attempt, finding)));
    assert!(walk.model.overlay.is_none());
    assert_eq!(walk.notice(), notices::PHONE_VERIFIED);
}

#[test]
fn a_held_key_types_and_submits_nothing() {
    let mut walk = sent();
    walk.hold(Key::Char('1'));
    walk.hold(Key::Char('n'));
    assert_eq!(typed(&walk), Some(""));
    walk.type_text("314159");
    walk.hold(Key::Enter);
    assert_eq!(walk.met.codes_handed_in, 0);
}

#[test]
fn a_paste_fills_in_the_code_and_hands_nothing_in() {
    let mut walk = sent();
    walk.paste(" 314-159\n");
    assert_eq!((typed(&walk), walk.met.codes_handed_in), (Some("314159"), 0));
    let mut walk = opened();
    walk.paste("\n\nnnn");
    assert_eq!((&check(&walk).stage, walk.met.fixes), (&PhoneStage::Ready, 0));
}

#[test]
fn enter_does_nothing_before_all_six_digits_are_there() {
    let mut walk = sent();
    walk.type_text("31415?x");
    walk.press(Key::Enter);
    assert_eq!((typed(&walk), walk.met.codes_handed_in), (Some("31415"), 0));
    walk.press(Key::Backspace);
    assert_eq!(typed(&walk), Some("3141"));
    assert!(walk.model.exit.is_none() && !matches!(walk.model.overlay, Some(Overlay::Help { .. })));
}

#[test]
fn esc_closes_at_every_stage_and_what_comes_later_is_noted() {
    let mut walk = opened();
    walk.press(Key::Esc);
    assert!(walk.model.overlay.is_none() && walk.met.fixes == 0);
    let mut walk = opened();
    walk.press(Key::Enter);
    walk.press(Key::Esc);
    walk.fix_ends(fix_done(Some("PENDING"), walk.now));
    assert!(walk.model.overlay.is_none());
    assert_eq!(walk.fixes_told(), ["SendCode done"]);
    walk.all_is_well();
    walk.go_to(StepId::ContactInformation);
    assert!(walk.model.departure.code.as_ref().is_some(), "the code that came is still good");
    let mut walk = handed_in();
    walk.press(Key::Esc);
    walk.fix_ends(fix_done(Some("VERIFIED"), walk.now));
    assert_eq!(walk.fixes_told(), ["SendCode done", "VerifyPhone done"]);
    assert_eq!(walk.awaited_checks(), [StepId::ContactInformation]);
}

#[test]
fn an_answer_to_another_try_changes_nothing_here() {
    let mut walk = opened();
    walk.press(Key::Enter);
    let first = walk.fixes.pop().unwrap();
    walk.press(Key::Esc);
    walk.press(Key::Char('v'));
    walk.press(Key::Enter);
    let (attempt, fix) = first;
    walk.tell(Message::Of(
        DepartureId::default(),
        Event::FixAnswered { attempt, fix: fix.record(), answer: fix_refused("too-many-codes", walk.now) },
    ));
    assert!(matches!(check(&walk).stage, PhoneStage::Sending(_)) && check(&walk).trouble.is_none());
    assert_eq!(walk.fixes_told(), ["SendCode refused"]);
}

#[test]
fn new_credentials_and_another_account_close_it_and_nothing_is_sent() {
    let mut walk = sent();
    walk.type_text("314159");
    walk.credentials_change();
    assert!(walk.model.overlay.is_none());
    assert!(walk.notice().contains("credentials changed"), "{}", walk.notice());
    walk.press(Key::Enter);
    assert_eq!(walk.met.codes_handed_in, 0);
    walk.connect(true);
    walk.identify(Ok(subject(OTHER)));
    assert!(matches!(walk.model.screen, Screen::OtherAccount));
    walk.press(Key::Enter);
    assert!(walk.model.departure.code.as_ref().is_none(), "a code is about the account that it was sent for");
}

#[test]
fn without_a_journal_nothing_is_asked_for_or_handed_in_and_it_says_why() {
    for begun in [opened, sent] {
        let mut walk = begun();
        walk.type_text("314159");
        let fixes = walk.met.fixes;
        let (account, problem) = (ACCOUNT.parse().unwrap(), problem(ProblemKind::JournalFull, walk.now));
        walk.tell(Message::Of(DepartureId::default(), Event::JournalFailed(account, problem)));
        walk.press(Key::Enter);
        assert_eq!(walk.met.fixes, fixes);
        assert!(walk.notice().contains("journal"), "{}", walk.notice());
    }
}

#[test]
fn a_change_of_the_number_voids_the_code() {
    let mut walk = sent();
    walk.press(Key::Esc);
    walk.press(Key::Char('f'));
    walk.contact_is(Ok(Some(on_file())));
    walk.press(Key::Home);
    for _ in 0..10 {
        walk.press(Key::Down);
    }
    walk.press(Key::End);
    walk.type_text("9");
    walk.press(Key::Enter);
    walk.press(Key::Char('y'));
    assert!(walk.model.departure.code.as_ref().is_some(), "nothing has changed yet");
    walk.fix_ends(fix_done(None, walk.now));
    assert!(walk.model.departure.code.as_ref().is_none());
}

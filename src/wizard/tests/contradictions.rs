//! Records that contradict one another, principals that see different things, and requests that follow each other: the walk, its journal and
//! `check` come to the same, and to nothing that is not so.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::departures::told;
use super::*;
use crate::checklist::Checklist;
use crate::checklist::Unredacted;
use crate::departure::{DepartureId, Event};
use crate::report::Document;
use crate::tests::cases;

impl Walk {
    fn out(&self) -> Reading {
        Reading::Standalone(evidence(self.now))
    }

    /// Whatever is asked is answered as for a member.
    fn settles_down(&mut self) {
        while self.subject.is_some() || !self.checks.is_empty() {
            self.identify(Ok(subject(ACCOUNT)));
            self.all_is_well();
        }
    }

    /// AWS keeps saying "member", as long as it is asked.
    fn looks_say_member(&mut self) {
        while self.look.is_some() {
            self.now += SignedDuration::from_secs(8);
            self.look_says(still_a_member(self.now));
        }
    }

    fn reads_everything_as(&mut self, of: Subject) {
        self.press(Key::Char('R'));
        self.identify(Ok(of));
        self.all_is_well();
    }

    fn starts_again(self, hours: i64, of: Subject) -> Self {
        let mut walk = self.killed_and_started_again(hours);
        walk.connect(true);
        walk.identify(Ok(of));
        walk
    }

    /// From the checklist to another call.
    fn calls_again(&mut self) {
        self.settles_down();
        self.go_to(StepId::PaymentMethod);
        if self.model.selected().standing(self.now) != Some(Standing::Attested) {
            self.attest_payment();
        }
        self.confirm();
    }

    fn is_put_off_and_stopped(&mut self) {
        self.call_is_put_off();
        self.press(Key::Esc);
        assert!(matches!(self.model.screen, Screen::Checklist), "{:?}", self.model.screen);
    }

    /// AWS says that the account is out, as often as it takes, and the walk says how that came about.
    fn turns_out_to_have_left(&mut self) -> Answered {
        self.looks_say_out(&self.out());
        let Leave::Ended(Outcome::Left { answered, .. }) = &self.model.departure.leave else {
            panic!("{:?}", self.model.departure.leave)
        };
        answered.clone()
    }

    /// Whether `check` would find a request open, where AWS says so of the account.
    fn is_open_in_check(&self, membership: &Membership) -> bool {
        self.past(&ACCOUNT.parse().unwrap(), &[]).open_outcome(membership, self.now).is_some()
    }

    fn is_refused(&self, step: StepId) -> bool {
        self.model.departure.checklist.step(step).is_refused()
    }
}

fn called() -> Walk {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk
}

/// A lost answer, and AWS has shown no effect of the request.
fn lost_and_closed() -> Walk {
    let mut walk = called();
    walk.call_ends(LeaveAnswer::Unknown { problem: problem(ProblemKind::ConnectionLost, walk.now) });
    walk.looks_say_member();
    walk.now += SignedDuration::from_hours(2);
    walk.press(Key::Char('r'));
    walk.looks_say_member();
    assert!(matches!(walk.model.departure.leave, Leave::Ended(Outcome::StillMember { .. })), "{:?}", walk.model.departure.leave);
    walk
}

/// It had left, and ten minutes later AWS reports a member.
fn left_and_back(answer: LeaveAnswer) -> Walk {
    let mut walk = called();
    walk.call_ends(answer);
    walk.turns_out_to_have_left();
    walk.is_gone = false;
    walk.now += SignedDuration::from_secs(600);
    let mut walk = walk.starts_again(0, subject(ACCOUNT));
    walk.looks_say_member();
    walk
}

fn member() -> Membership {
    Membership::Member(organization())
}

// ---- requests that follow each other ----

#[test]
fn a_second_request_that_was_put_off_explains_a_departure_though_the_first_one_does_not_any_more() {
    let second = || {
        let mut walk = called();
        walk.is_put_off_and_stopped();
        walk.now += SignedDuration::from_hours(2);
        walk.reads_everything_as(subject(ACCOUNT));
        walk.calls_again();
        walk.is_put_off_and_stopped();
        walk.now += SignedDuration::from_secs(30);
        walk
    };
    let mut walk = second();
    walk.press(Key::Char('R'));
    walk.identify(Ok(standalone()));
    assert_eq!(walk.turns_out_to_have_left(), Answered::PutOff { calls: 1 });
    assert!(second().is_open_in_check(&Membership::Standalone));
    assert_eq!(second().starts_again(0, standalone()).turns_out_to_have_left(), Answered::PutOff { calls: 1 });
}

#[test]
fn requests_that_were_put_off_are_counted_alike_by_the_walk_and_its_journal() {
    let mut walk = called();
    walk.is_put_off_and_stopped();
    walk.reads_everything_as(subject(ACCOUNT));
    walk.calls_again();
    walk.is_put_off_and_stopped();
    let answered = |walk: &Walk| walk.model.departure.last_request.clone().unwrap().answered;
    assert_eq!(answered(&walk), Answered::PutOff { calls: 2 });
    assert_eq!(answered(&walk.starts_again(0, subject(ACCOUNT))), Answered::PutOff { calls: 2 });
}

#[test]
fn a_lost_request_of_last_year_does_not_explain_what_follows_one_that_was_put_off_just_now() {
    let mut walk = lost_and_closed().starts_again(24 * 365, subject(ACCOUNT));
    walk.all_is_well();
    walk.press(Key::Enter);
    walk.calls_again();
    walk.is_put_off_and_stopped();
    assert!(walk.is_open_in_check(&Membership::Standalone));
    let mut started_again = Walk::new(Mode::Guided).going_on_from(&walk);
    started_again.connect(true);
    walk.press(Key::Char('R'));
    for mut walk in [Box::new(walk), Box::new(started_again)] {
        walk.identify(Ok(standalone()));
        assert_eq!(walk.turns_out_to_have_left(), Answered::PutOff { calls: 1 });
        let requests = walk.journal.iter().filter(|line| matches!(line.entry, Entry::Intended(_)));
        let last = requests.map(|line| line.at).max().unwrap();
        let left = walk.past(&ACCOUNT.parse().unwrap(), &[]).left.unwrap();
        assert_eq!(left.request.unwrap().at, last, "the report asks for that one");
    }
}

#[test]
fn the_time_of_the_newest_request_that_was_put_off_counts() {
    let walk = || {
        let mut walk = called();
        walk.is_put_off_and_stopped();
        walk.now += SignedDuration::from_mins(59);
        walk.reads_everything_as(subject(ACCOUNT));
        walk.calls_again();
        walk.is_put_off_and_stopped();
        walk.now += SignedDuration::from_mins(2);
        walk.reads_everything_as(subject(ACCOUNT));
        walk
    };
    let mut live = walk();
    live.press(Key::Char('R'));
    live.identify(Ok(standalone()));
    assert_eq!(live.turns_out_to_have_left(), Answered::PutOff { calls: 2 });
    assert_eq!(walk().starts_again(0, standalone()).turns_out_to_have_left(), Answered::PutOff { calls: 2 });
}

#[test]
fn requests_of_another_confirmation_are_not_told_with_a_departure() {
    let mut walk = lost_and_closed();
    walk.press(Key::Enter);
    walk.calls_again();
    for _ in 0..2 {
        walk.call_is_put_off();
        walk.pause_ends();
        walk.settles_down();
    }
    walk.is_put_off_and_stopped();
    walk.now += SignedDuration::from_hours(2);
    walk.reads_everything_as(subject(ACCOUNT));
    walk.press(Key::Char('R'));
    walk.identify(Ok(standalone()));
    assert!(matches!(walk.turns_out_to_have_left(), Answered::Lost(_)));
    let text = told(&walk.model, walk.now);
    assert!(!text.contains("requests were sent under this confirmation"), "{text}");
}

#[test]
fn a_second_call_leaves_the_first_one_open_whatever_becomes_of_it() {
    for is_answered in [true, false] {
        let mut walk = called();
        walk.call_ends(LeaveAnswer::Unknown { problem: problem(ProblemKind::ConnectionLost, walk.now) });
        walk.looks_say_member();
        walk.press(Key::Enter);
        walk.calls_again();
        if is_answered {
            walk.call_ends(LeaveAnswer::Refused { refusal: refusal(&[StepId::PaymentMethod], walk.now) });
            let text = told(&walk.model, walk.now);
            assert!(text.contains("may still be under way"), "{text}");
        }
        for (hours, code) in [(0, 8), (2, 9)] {
            walk = walk.starts_again(hours, subject(ACCOUNT));
            walk.looks_say_member();
            assert_eq!(walk.model.exit_code(), code, "{:?}", walk.model.screen);
        }
        walk.starts_again(2, standalone()).turns_out_to_have_left();
    }
}

// ---- records that go back ----

#[test]
fn where_the_records_go_back_after_a_departure_nothing_is_said_that_they_had_refuted() {
    let mut walk = left_and_back(LeaveAnswer::Accepted { request_id: Some("r-1".to_owned()) });
    let text = told(&walk.model, walk.now);
    assert!(text.contains("its own records contradict one another") && !text.contains("do not show it yet"), "{text}");
    assert!(walk.is_open_in_check(&member()));

    // An hour later it is a member for good, and that request is done with.
    walk.now += SignedDuration::from_hours(2);
    walk.press(Key::Char('r'));
    walk.looks_say_member();
    let text = told(&walk.model, walk.now);
    assert!(text.contains("AWS no longer shows an effect of the request of"), "{text}");
    assert!(!text.contains("shows no effect") && !text.contains("attributes it to this request"), "{text}");
    let mut walk = walk.starts_again(24 * 365, standalone());
    walk.identify(Ok(standalone()));
    assert!(matches!(walk.model.departure.leave, Leave::Ended(Outcome::AlreadyStandalone)), "{:?}", walk.model.departure.leave);
    let text = told(&walk.model, walk.now);
    assert!(text.contains("There is nothing to leave") && !text.contains("left o-"), "that departure was taken back: {text}");
}

#[test]
fn where_the_records_go_back_after_a_departure_what_aws_refused_stands_as_before() {
    let step = StepId::DelegatedAdministrator;
    let mut walk = called();
    walk.call_ends(LeaveAnswer::Refused { refusal: refusal(&[step], walk.now) });
    walk.press(Key::Enter);
    walk.reads_everything_as(subject(ACCOUNT));
    walk.go_to(step);
    walk.press(Key::Char('a'));
    walk.type_text("done");
    walk.press(Key::Enter);
    walk.calls_again();
    walk.call_ends(LeaveAnswer::Unknown { problem: problem(ProblemKind::ConnectionLost, walk.now) });
    walk.turns_out_to_have_left();
    walk.now += SignedDuration::from_secs(600);
    let mut walk = walk.starts_again(0, subject(ACCOUNT));
    walk.looks_say_member();
    assert!(walk.is_refused(step));
    let mut walk = walk.starts_again(2, subject(ACCOUNT));
    walk.looks_say_member();
    walk.press(Key::Enter);
    walk.settles_down();
    assert!(walk.is_refused(step) && !walk.model.departure.may_confirm(), "{:?}", walk.model.screen);
    // What another principal finds is nothing new, as ever.
    walk.credentials_change();
    walk.connect(true);
    walk.identify(Ok(by_another_role()));
    walk.all_is_well();
    assert!(walk.is_refused(step));
}

#[test]
fn a_departure_is_taken_back_whatever_was_read_first() {
    let refused = StepId::DelegatedAdministrator;
    let asks = |walk: &mut Walk| {
        if walk.subject.is_none() {
            walk.now += SignedDuration::from_secs(2);
            walk.press(Key::Char('r'));
            walk.press(Key::Char('R'));
        }
    };
    for (mode, reads) in [(Mode::Guided, 1), (Mode::Guided, 2), (Mode::Review, 1), (Mode::Review, 3)] {
        let mut walk = called();
        walk.call_ends(LeaveAnswer::Refused { refusal: refusal(&[refused], walk.now) });
        walk.press(Key::Enter);
        walk.reads_everything_as(subject(ACCOUNT));
        walk.go_to(refused);
        walk.press(Key::Char('a'));
        walk.type_text("done");
        walk.press(Key::Enter);
        walk.calls_again();
        walk.call_ends(LeaveAnswer::Accepted { request_id: None });
        walk.turns_out_to_have_left();
        let mut walk = Walk::new(mode).going_on_from(&walk);
        walk.now += SignedDuration::from_secs(600);
        walk.connect(true);
        for _ in 0..reads {
            asks(&mut walk);
            walk.identify(Ok(standalone()));
        }
        asks(&mut walk);
        walk.identify(Ok(Subject { membership: member(), ..by_another_role() }));
        if walk.subject.is_some() {
            walk.identify(Ok(Subject { membership: member(), ..by_another_role() }));
        }
        let when = format!("{mode:?}, {reads}: {:?}", walk.model.screen);
        if matches!(walk.model.departure.leave, Leave::Ended(Outcome::AlreadyStandalone)) {
            // Nothing more is asked from there.
            continue;
        }
        assert!(walk.model.departure.is_in_flight(), "{when}");
        assert!(walk.is_refused(refused), "{when}");
        walk.looks_say_member();
        assert_eq!(walk.model.exit_code(), 8, "{when}");
        let open = gate::Acknowledgement::OpenRequest;
        assert!(gate::to_acknowledge(&walk.model.departure.checklist, walk.now).contains(&open), "{when}");
        assert!(walk.is_open_in_check(&member()), "{when}");
    }
}

#[test]
fn a_lost_request_is_remembered_behind_one_that_was_put_off_and_seen_outside_for_a_moment() {
    let flapped = || {
        let mut walk = lost_and_closed();
        walk.press(Key::Enter);
        walk.calls_again();
        walk.is_put_off_and_stopped();
        walk.now += SignedDuration::from_secs(30);
        walk.press(Key::Char('R'));
        walk.identify(Ok(standalone()));
        walk.looks_say_member();
        assert!(matches!(walk.model.departure.leave, Leave::Ended(Outcome::NotKnown(_))), "{:?}", walk.model.departure.leave);
        walk
    };
    let settled = |walk: &mut Walk| {
        walk.now += SignedDuration::from_hours(2);
        walk.press(Key::Char('r'));
        walk.looks_say_member();
        walk.press(Key::Enter);
        walk.settles_down();
        walk.reads_everything_as(subject(ACCOUNT));
    };
    let mut live = flapped();
    settled(&mut live);
    live.press(Key::Char('R'));
    let mut between = flapped().starts_again(0, subject(ACCOUNT));
    between.looks_say_member();
    settled(&mut between);
    between.press(Key::Char('R'));
    let mut after = flapped();
    settled(&mut after);
    let mut after = after.killed_and_started_again(0);
    after.connect(true);
    for mut walk in [Box::new(live), Box::new(between), Box::new(after)] {
        walk.identify(Ok(standalone()));
        assert!(matches!(walk.turns_out_to_have_left(), Answered::Lost(_)));
    }
}

#[test]
fn an_open_request_goes_before_one_that_is_put_off_after_it() {
    let walk = || {
        let mut walk = called();
        walk.call_ends(LeaveAnswer::Unknown { problem: problem(ProblemKind::ConnectionLost, walk.now) });
        walk.looks_say_member();
        walk.press(Key::Enter);
        walk.calls_again();
        walk.is_put_off_and_stopped();
        walk
    };
    let mut live = walk();
    live.press(Key::Char('R'));
    live.identify(Ok(standalone()));
    let killed = live.journal.len();
    assert!(matches!(live.turns_out_to_have_left(), Answered::Lost(_)));
    live.journal.truncate(killed);
    assert!(matches!(live.starts_again(0, standalone()).turns_out_to_have_left(), Answered::Lost(_)));
    assert!(matches!(walk().starts_again(0, standalone()).turns_out_to_have_left(), Answered::Lost(_)));
}

#[test]
fn one_read_outside_opens_a_closed_request_wherever_it_is_made() {
    // While a form is open.
    let mut walk = lost_and_closed();
    walk.press(Key::Enter);
    walk.settles_down();
    walk.press(Key::Char('R'));
    walk.go_to(StepId::ContactInformation);
    walk.press(Key::Char('f'));
    walk.identify(Ok(standalone()));
    walk.all_is_well();
    assert!(matches!(walk.model.screen, Screen::Contact(_)), "{:?}", walk.model.screen);
    walk.contact_is(Ok(Some(on_file())));
    walk.press(Key::Esc);
    walk.now += SignedDuration::from_secs(60);
    walk.reads_everything_as(subject(ACCOUNT));
    assert!(walk.model.departure.has_open_request() && walk.is_open_in_check(&member()), "{:?}", walk.model.screen);

    // In a review.
    let mut walk = Walk::new(Mode::Review).going_on_from(&lost_and_closed());
    walk.connect(true);
    walk.settles_down();
    walk.press(Key::Enter);
    walk.press(Key::Char('R'));
    walk.identify(Ok(standalone()));
    walk.settles_down();
    assert!(walk.model.departure.has_open_request() && walk.is_open_in_check(&member()), "{:?}", walk.model.screen);
    assert_eq!(walk.model.exit_code(), 8);

    // In a review, in another organization: the new checklist knows it as well.
    walk.press(Key::Char('R'));
    walk.identify(Ok(elsewhere()));
    let report = Document::of(&walk.model.departure.checklist, &StepId::ALL, walk.now, &mut Unredacted);
    assert!(walk.model.departure.has_open_request() && report.open_outcome.is_some(), "{:?}", walk.model.screen);
}

#[test]
fn what_aws_put_off_is_over_for_the_walk_and_for_its_journal_after_the_same_time() {
    let an_hour_later = || {
        let mut walk = called();
        walk.call_is_put_off();
        let mut walk = walk.starts_again(2, subject(ACCOUNT));
        walk.all_is_well();
        walk.press(Key::Enter);
        walk.now += SignedDuration::from_hours(24);
        walk
    };
    let mut walk = an_hour_later();
    walk.press(Key::Char('R'));
    walk.identify(Ok(standalone()));
    assert!(walk.look.is_none() && an_hour_later().starts_again(0, standalone()).look.is_none());
    let walk = an_hour_later().starts_again(24, subject(ACCOUNT));
    let text = told(&walk.model, walk.now);
    assert!(!text.contains("try again later"), "{text}");
}

#[test]
fn a_departure_is_only_promised_to_a_request_that_will_be_told_as_its_cause() {
    let mut walk = called();
    walk.call_is_put_off();
    walk.pause_ends();
    walk.identify(Ok(standalone()));
    walk.looks_say_member();
    walk.now += SignedDuration::from_hours(2);
    walk.press(Key::Char('r'));
    walk.looks_say_member();
    let text = told(&walk.model, walk.now);
    assert!(text.contains("is still a member") && !text.contains("attributes it to this request"), "{text}");
}

#[test]
fn how_often_the_membership_was_read_is_told_where_nothing_was_sent() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_recheck();
    walk.identify(Ok(standalone()));
    walk.looks_say_out(&walk.out());
    let settled = walk.journal.iter().rev().find_map(|line| match line.entry {
        Entry::Settled { looks, .. } => Some(looks),
        _ => None,
    });
    assert_eq!(settled, Some(2));
}

#[test]
fn a_journal_that_opens_late_settles_an_open_request_before_it_says_that_there_is_nothing_to_leave() {
    let mut walk = called();
    walk.call_ends(LeaveAnswer::Unknown { problem: problem(ProblemKind::ConnectionLost, walk.now) });
    walk.is_slow_to_open = true;
    let mut walk = walk.starts_again(0, subject(ACCOUNT));
    walk.all_is_well();
    walk.press(Key::Enter);
    walk.press(Key::Char('R'));
    walk.identify(Ok(standalone()));
    walk.identify(Ok(standalone()));
    assert!(!matches!(walk.model.departure.leave, Leave::Ended(_)), "{:?}", walk.model.departure.leave);
    walk.journal_opens();
    assert!(matches!(walk.model.departure.leave, Leave::Verifying(_)), "{:?}", walk.model.departure.leave);
}

#[test]
fn where_nobody_could_look_into_the_journal_no_cause_is_ruled_out() {
    let mut walk = Walk::new(Mode::Guided);
    walk.disk_works = false;
    walk.connect(true);
    walk.identify(Ok(standalone()));
    walk.identify(Ok(standalone()));
    let text = told(&walk.model, walk.now);
    assert!(text.contains("it is not known whether a request of leave-org is the cause"), "{text}");
    assert!(!text.contains("is known to be the cause"), "{text}");
}

#[test]
fn what_was_said_while_nobody_could_look_into_the_journal_closes_no_request_in_it() {
    let mut walk = called();
    walk.call_ends(LeaveAnswer::Unknown { problem: problem(ProblemKind::ConnectionLost, walk.now) });
    let mut walk = walk.killed_and_started_again(0);
    walk.disk_works = false;
    walk.connect(true);
    walk.identify(Ok(standalone()));
    walk.identify(Ok(standalone()));
    assert!(matches!(walk.model.departure.leave, Leave::Ended(Outcome::AlreadyStandalone)), "{:?}", walk.model.departure.leave);
    walk.disk_works = true;
    walk.press(Key::Char('r'));
    walk.identify(Ok(standalone()));
    assert!(walk.model.departure.is_in_flight(), "{:?}", walk.model.screen);
    assert!(walk.past(&ACCOUNT.parse().unwrap(), &[]).unsettled.is_some());
    walk.turns_out_to_have_left();
    assert!(walk.past(&ACCOUNT.parse().unwrap(), &[]).left.unwrap().request.is_some());
}

#[test]
fn a_read_outside_counts_that_was_made_before_the_journal_was_open() {
    let mut walk = lost_and_closed();
    walk.is_slow_to_open = true;
    let mut walk = walk.starts_again(0, standalone());
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    walk.journal_opens();
    assert!(walk.model.departure.has_open_request() && walk.model.exit_code() == 8, "{:?}", walk.model.screen);
    // And check, which reads twice.
    let walk = lost_and_closed();
    let mut past = walk.past(&ACCOUNT.parse().unwrap(), &[]);
    past.saw(&Membership::Standalone, walk.now);
    past.saw(&member(), walk.now);
    assert!(past.open_outcome(&member(), walk.now).is_some());
}

#[test]
fn a_member_again_is_asked_about_every_step_and_no_step_is_settled_by_what_was() {
    let mut walk = lost_and_closed();
    walk.press(Key::Enter);
    walk.settles_down();
    walk.go_to(StepId::ContactInformation);
    walk.press(Key::Char('R'));
    walk.press(Key::Char('f'));
    walk.identify(Ok(standalone()));
    for (attempt, step) in std::mem::take(&mut walk.checks) {
        let finding = finding(step, Verdict::NotApplicable, Confidence::Proven, walk.now).of_no_member();
        walk.tell(Message::Of(DepartureId::default(), Event::CheckFinished(attempt, finding)));
    }
    walk.contact_is(Ok(Some(on_file())));
    walk.press(Key::Esc);
    walk.press(Key::Char('R'));
    walk.identify(Ok(standalone()));
    walk.looks_say_member();
    assert!(matches!(walk.model.departure.leave, Leave::Ended(Outcome::NotKnown(_))), "{:?}", walk.model.departure.leave);
    walk.checks.clear();
    walk.press(Key::Enter);
    assert!(!walk.model.departure.may_confirm());
    assert_eq!(walk.checks.len(), StepId::ALL.len(), "every step is asked");
}

#[test]
fn one_look_that_fails_does_not_keep_an_old_request_open() {
    let mut walk = called();
    walk.call_ends(LeaveAnswer::Unknown { problem: problem(ProblemKind::ConnectionLost, walk.now) });
    let mut walk = walk.starts_again(3, subject(ACCOUNT));
    for look in 1.. {
        if walk.look.is_none() {
            break;
        }
        walk.now += SignedDuration::from_secs(2);
        let now = walk.now;
        walk.look_says(if look == 4 { Reading::Unknown(problem(ProblemKind::Throttled, now)) } else { still_a_member(now) });
    }
    assert!(matches!(walk.model.departure.leave, Leave::Ended(Outcome::StillMember { .. })), "{:?}", walk.model.departure.leave);
}

#[test]
fn replies_that_contradict_each_other_by_turns_are_not_asked_for_without_end() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_checklist();
    walk.press(Key::Char('R'));
    let mut rounds = 0;
    while walk.subject.is_some() {
        rounds += 1;
        assert!(rounds < 20, "asked without end");
        let is_out = rounds % 2 == 1;
        walk.identify(Ok(if is_out { standalone() } else { subject(ACCOUNT) }));
        for (attempt, step) in std::mem::take(&mut walk.checks) {
            let found = finding(step, Verdict::Met, Confidence::Proven, walk.now);
            let found = if is_out { found.of_no_member() } else { found };
            walk.tell(Message::Of(DepartureId::default(), Event::CheckFinished(attempt, found)));
        }
    }
    assert!(rounds > 4, "it is tried a few times: {rounds}");
    assert!(!walk.model.departure.may_confirm());
}

#[test]
fn evidence_is_of_a_principal_also_where_refusals_are_taken_over() {
    let step = StepId::BillingAccess;
    let of = |verdict| finding(step, verdict, Confidence::Predicted, Walk::new(Mode::Guided).now);
    let mut before = Checklist::default();
    before.meet(by_another_role());
    before.record(of(Verdict::NeedsYou));
    before.refuse(&refusal(&[step], of(Verdict::Met).at));
    let mut after = Checklist::default();
    after.refuse_as(&before);
    after.meet(subject(ACCOUNT));
    after.record(of(Verdict::Met));
    assert!(after.step(step).is_refused(), "another principal sees more");
    after.meet(by_another_role());
    after.record(of(Verdict::Met));
    assert!(!after.step(step).is_refused());
}

// ---- what a check finds while AWS calls the account a member, and what others find ----

#[test]
fn a_check_that_knew_no_organization_settles_no_step_of_a_member() {
    let mut walk = called();
    walk.call_ends(LeaveAnswer::Refused { refusal: refusal(&[StepId::DelegatedAdministrator], walk.now) });
    let mut seen = Checklist::default();
    seen.subject = Some(subject(ACCOUNT));
    for step in StepId::ALL {
        let found = finding(step, Verdict::Met, Confidence::Proven, walk.now);
        seen.record(match step {
            StepId::DelegatedAdministrator => found.coming_to(Verdict::NotApplicable).of_no_member(),
            StepId::Membership => found.of_no_member(),
            _ => found,
        });
    }
    walk.past(&ACCOUNT.parse().unwrap(), &[]).restore(&mut seen);
    assert!(!Document::of(&seen, &StepId::ALL, walk.now, &mut Unredacted).is_ready());
    assert_ne!(seen.exit_code(&StepId::ALL, walk.now), 0);
    for step in [StepId::Membership, StepId::DelegatedAdministrator] {
        assert_ne!(seen.step(step).standing(walk.now), Some(Standing::Met), "{step:?}");
    }
}

#[test]
fn who_merely_sees_more_ends_no_refusal_at_any_step() {
    let steps = [StepId::PaymentMethod, StepId::BillingAccess];
    let mut root = subject(ACCOUNT);
    root.identity.arn = format!("arn:aws:iam::{ACCOUNT}:root");
    let root_reads = |walk: &mut Walk| {
        walk.identify(Ok(root.clone()));
        while let Some((_, step)) = walk.checks.first().copied() {
            let verdict = if steps.contains(&step) { Verdict::NeedsYou } else { Verdict::Met };
            walk.answer(0, verdict, Confidence::Predicted);
        }
    };
    let mut walk = Walk::new(Mode::Guided);
    walk.connect(true);
    root_reads(&mut walk);
    walk.press(Key::Enter);
    for step in steps {
        walk.go_to(step);
        walk.press(Key::Char('a'));
        walk.press(Key::Enter);
    }
    walk.mark_all();
    walk.type_text(ACCOUNT);
    walk.press(Key::Enter);
    root_reads(&mut walk);
    walk.call_ends(LeaveAnswer::Refused { refusal: refusal(&steps, walk.now) });
    walk.press(Key::Enter);
    // Signed in as a role, which billing answers. Nothing has changed in the account.
    walk.now += SignedDuration::from_secs(60);
    walk.credentials_change();
    walk.connect(true);
    walk.settles_down();
    assert!(steps.iter().all(|step| walk.is_refused(*step)));
    // Root itself finds another fact.
    walk.credentials_change();
    walk.connect(true);
    walk.identify(Ok(root.clone()));
    walk.all_is_well();
    assert!(steps.iter().all(|step| !walk.is_refused(*step)));
}

#[test]
fn an_override_that_was_given_before_anything_was_read_does_not_cover_a_denial_that_is_read_later() {
    for unread in [None, Some(ProblemKind::Throttled)] {
        let mut walk = called();
        walk.call_ends(LeaveAnswer::Refused { refusal: refusal(&[StepId::Permission], walk.now) });
        walk.press(Key::Enter);
        walk.go_to(StepId::Permission);
        if let Some(kind) = unread {
            let found = finding(StepId::Permission, Verdict::Unknown(problem(kind, walk.now)), Confidence::Predicted, walk.now);
            walk.model.departure.checklist.record(found);
        }
        walk.press(Key::Char('a'));
        walk.type_text("the owner says it is lifted");
        walk.press(Key::Enter);
        assert_eq!(walk.model.selected().standing(walk.now), Some(Standing::Attested));
        walk.press(Key::Char('R'));
        walk.identify(Ok(subject(ACCOUNT)));
        while let Some((_, step)) = walk.checks.first().copied() {
            let verdict = if step == StepId::Permission { Verdict::Unmet } else { Verdict::Met };
            walk.answer(0, verdict, Confidence::Predicted);
        }
        assert_eq!(walk.model.selected().standing(walk.now), Some(Standing::Unmet));
        assert!(
            !walk.model.departure.may_confirm()
                && !Document::of(&walk.model.departure.checklist, &StepId::ALL, walk.now, &mut Unredacted).is_ready()
        );
    }
}

#[test]
fn one_reply_without_an_organization_ends_no_refusal_over_the_membership() {
    let now = Walk::new(Mode::Guided).now;
    let of = |verdict| finding(StepId::Membership, verdict, Confidence::Predicted, now);
    for before in [of(Verdict::Met), of(Verdict::NeedsYou)] {
        let mut step = crate::checklist::Step::new(StepId::Membership);
        step.record(before.clone());
        step.refuse(&refusal(&[StepId::Membership], now));
        step.record(Finding { confidence: Confidence::Proven, ..of(Verdict::Met) }.of_no_member());
        step.record(before);
        assert!(step.is_refused());
    }
}

#[test]
fn two_refusals_that_nobody_knows_are_two() {
    let now = Walk::new(Mode::Guided).now;
    let unknown =
        |message: &str| Refusal { entry: texts::UNRECOGNISED.to_owned(), message: message.to_owned(), ..refusal(&[], now) };
    let mut step = crate::checklist::Step::new(StepId::Permission);
    step.refuse(&unknown("Account is under legal hold."));
    step.refuse(&unknown("Account has an open private pricing agreement."));
    assert_eq!(step.refusals().count(), 2);
}

#[test]
fn the_steps_of_a_refusal_that_ended_at_another_one_are_asked_again() {
    let steps = [StepId::SupportPlan, StepId::PaymentMethod];
    let mut walk = called();
    walk.call_ends(LeaveAnswer::Refused { refusal: refusal(&steps, walk.now) });
    walk.press(Key::Enter);
    for verdict in [Verdict::Unmet, Verdict::Met] {
        walk.go_to(StepId::SupportPlan);
        walk.press(Key::Char('r'));
        walk.identify(Ok(subject(ACCOUNT)));
        walk.answer(0, verdict, Confidence::Proven);
    }
    assert!(!walk.is_refused(StepId::PaymentMethod));
    assert_eq!(walk.awaited_checks(), [StepId::PaymentMethod]);
}

/// One reading of every step, by one of two principals.
#[derive(Debug, Clone)]
struct Round {
    by_another: bool,
    readings: Vec<(u8, bool)>,
}

fn round() -> impl Strategy<Value = Round> {
    let readings = prop::collection::vec((0..5_u8, any::<bool>()), StepId::ALL.len());
    (any::<bool>(), readings).prop_map(|(by_another, readings)| Round { by_another, readings })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(200), failure_persistence: None, rng_seed: RngSeed::Fixed(15), ..ProptestConfig::default() })]

    #[test]
    fn the_walk_and_its_journal_come_to_the_same_refusals(about in 0..4_usize, rounds in prop::collection::vec(round(), 0..5)) {
        let steps: &[StepId] = [
            &[StepId::PaymentMethod][..],
            &[],
            &[StepId::DelegatedAdministrator],
            &[StepId::PaymentMethod, StepId::SupportPlan, StepId::ContactInformation],
        ][about];
        let mut walk = called();
        walk.call_ends(LeaveAnswer::Refused { refusal: refusal(steps, walk.now) });
        walk.press(Key::Enter);
        for Round { by_another, readings } in rounds {
            walk.now += SignedDuration::from_secs(2);
            walk.press(Key::Char('R'));
            walk.identify(Ok(if by_another { by_another_role() } else { subject(ACCOUNT) }));
            for (verdict, is_proven) in readings {
                let verdict = match verdict {
                    0 => Verdict::Unmet,
                    1 => Verdict::NeedsYou,
                    2 => Verdict::Unknown(problem(ProblemKind::TimedOut, walk.now)),
                    _ => Verdict::Met,
                };
                walk.answer(0, verdict, if is_proven { Confidence::Proven } else { Confidence::Predicted });
            }
        }
        let refusals = |checklist: &Checklist| -> Vec<Vec<Refusal>> {
            checklist.steps().map(|step| step.refusals().cloned().collect()).collect()
        };
        let past = walk.past(&ACCOUNT.parse().unwrap(), &[]);
        prop_assert_eq!(refusals(&walk.model.departure.checklist), refusals(&past.checklist));
    }
}

#[test]
fn back_from_another_account_a_departure_that_shows_is_what_is_on_the_screen() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.is_put_off_and_stopped();
    walk.press(Key::Char('R'));
    walk.identify(Ok(subject(OTHER)));
    assert!(matches!(walk.model.screen, Screen::OtherAccount));
    walk.press(Key::Char('r'));
    walk.connect(true);
    walk.identify(Ok(standalone()));
    assert!(matches!(walk.model.departure.leave, Leave::Verifying(_)), "{:?}", walk.model.departure.leave);
    assert!(matches!(walk.model.screen, Screen::Leave), "{:?}", walk.model.screen);
}

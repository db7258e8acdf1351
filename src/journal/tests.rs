mod files;
mod hostile;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use strum::VariantNames as _;

use super::entry::VERSION;
use super::*;
use crate::checklist::gate::{self, Acknowledgement};
use crate::checklist::{
    AccountDetails, AccountId, Attestation, Checklist, Confidence, Destination, Evidence, Finding, FixAnswer, FixRecord,
    FixRefusal, Identity, LeaveAnswer, Meeting, Membership, Organization, Partition, Problem, ProblemKind, Refusal, Retry,
    Standing, StepId, Subject, Verdict, VerdictKind, texts,
};

const ACCOUNT: &str = "123456789012";
const OTHER: &str = "210987654321";
const ANNA: &str = "arn:aws:iam::123456789012:user/anna";
const BOB: &str = "arn:aws:iam::123456789012:user/bob";

fn account() -> AccountId {
    ACCOUNT.parse().unwrap()
}

/// So many minutes after the beginning.
fn minute(minutes: i64) -> Timestamp {
    "2026-11-23T09:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
}

fn subject(arn: &str, organization: &str) -> Subject {
    let membership = Membership::Member(Organization {
        id: organization.to_owned(),
        management_account: Some("999999999999".parse().unwrap()),
        feature_set: Some("ALL".to_owned()),
    });
    Subject {
        identity: Identity {
            account: arn.split(':').nth(4).unwrap().parse().unwrap(),
            arn: arn.to_owned(),
            partition: Partition::Aws,
        },
        details: Some(AccountDetails {
            name: Some("Zahlungen – Prod".to_owned()),
            state: Some("ACTIVE".to_owned()),
            created_at: Some(minute(-100_000)),
        }),
        membership,
    }
}

fn finding(step: StepId, rule: &str, verdict: Verdict, at: Timestamp) -> Finding {
    let evidence = Evidence {
        operation: "support:DescribeSeverityLevels".to_owned(),
        outcome: "ok".to_owned(),
        fact: "A fact.".to_owned(),
        request_id: Some("r-1".to_owned()),
        at,
        own: Vec::new(),
    };
    let finding = Finding::told(step, rule, verdict).telling(|told| told.details.push("a particular".to_owned()));
    finding.evidence([evidence]).finish(Partition::Aws, at)
}

fn needs_you(step: StepId, at: Timestamp) -> Entry {
    Entry::Found { finding: finding(step, "nobody-said", Verdict::NeedsYou, at), standing: Some(Standing::NeedsYou) }
}

fn word(at: Timestamp, note: Option<&str>) -> Attestation {
    Attestation {
        is_override: false,
        by: "anna".to_owned(),
        at,
        expires_at: at + SignedDuration::from_hours(texts::rules().attestation.hours),
        note: note.map(str::to_owned),
        over: VerdictKind::NeedsYou,
        reading: None,
        rule: "nobody-said".to_owned(),
    }
}

fn attested(step: StepId, at: Timestamp) -> Entry {
    Entry::Attested { step, attestation: word(at, Some("the card ends in 42")) }
}

fn opened(endpoints: &[&str]) -> Entry {
    Entry::Opened {
        version: "0.1.0".to_owned(),
        mode: "guided".to_owned(),
        by: "anna".to_owned(),
        profile: Some("sold-unit".to_owned()),
        endpoints: endpoints.iter().map(|endpoint| (*endpoint).to_owned()).collect(),
    }
}

fn identified(arn: &str, organization: &str) -> Entry {
    Entry::Identified { subject: subject(arn, organization) }
}

fn problem(kind: ProblemKind, at: Timestamp) -> Problem {
    Problem::here(kind, "organizations:LeaveOrganization", "It broke.", at)
}

fn refusal(steps: &[StepId], at: Timestamp) -> Refusal {
    Refusal {
        ends_with_a_response: false,
        entry: "payment-method-missing".to_owned(),
        code: "ConstraintViolationException".to_owned(),
        reason: Some("MEMBER_ACCOUNT_PAYMENT_INSTRUMENT_REQUIRED".to_owned()),
        message: "The member account must be configured with a valid payment method.".to_owned(),
        request_id: Some("r-2".to_owned()),
        cause: "There is no payment method.".to_owned(),
        who: "You.".to_owned(),
        todo: vec!["Add one.".to_owned()],
        link: None,
        steps: steps.to_vec(),
        retry: Retry::AfterTheCause,
        at,
    }
}

fn refused(steps: &[StepId], at: Timestamp) -> Entry {
    Entry::Answered { answer: LeaveAnswer::Refused { refusal: refusal(steps, at) } }
}

fn intent() -> Intent {
    Intent {
        principal: ANNA.to_owned(),
        organization: "o-1".to_owned(),
        standings: serde_json::from_value("ab12".into()).unwrap(),
        confirmed_at: minute(9),
        made_at: minute(10),
    }
}

#[test]
fn a_change_without_an_answer_is_remembered_until_something_is_found_of_its_step() {
    let fix = || FixRecord::Contact { changed: vec!["City".to_owned()] };
    let intended = || Entry::FixIntended { fix: fix() };
    let answered = || Entry::FixAnswered {
        fix: fix(),
        answer: FixAnswer::Done { status: None, request_id: Some("r".to_owned()), at: minute(3) },
    };
    let other = || needs_you(StepId::PaymentMethod, minute(4));
    let same = || needs_you(StepId::ContactInformation, minute(4));
    for (then, is_open) in [
        (vec![intended()], true),
        (vec![intended(), other()], true),
        (vec![intended(), same()], false),
        (vec![intended(), answered()], false),
        (vec![answered(), intended()], true),
    ] {
        let lines = run("run-1", then.clone());
        let past = past(lines);
        assert_eq!(past.cut_off, is_open.then(fix), "{then:?}");
    }
}

/// One of each, so that a new kind of entry cannot be forgotten here.
fn one_of_each() -> Vec<Entry> {
    let step = StepId::PaymentMethod;
    let deregister =
        || FixRecord::Deregister { service: "config.amazonaws.com".to_owned(), owner: "305611223344".parse().unwrap() };
    let done = FixAnswer::Done { status: Some("PENDING".to_owned()), request_id: Some("r-7".to_owned()), at: minute(5) };
    let no = FixRefusal {
        entry: "code-wrong".to_owned(),
        code: "ValidationException".to_owned(),
        message: "no".to_owned(),
        fields: vec![("otp".to_owned(), "no".to_owned())],
        request_id: None,
        cause: "That is not the code.".to_owned(),
        todo: vec!["Type the newest.".to_owned()],
        at: minute(5),
    };
    let entries = vec![
        opened(&["localhost:4566"]),
        identified(ANNA, "o-1"),
        Entry::Chosen { destination: Destination::AnotherOrganization },
        needs_you(step, minute(1)),
        Entry::Found {
            finding: finding(step, "throttled", Verdict::Unknown(problem(ProblemKind::Throttled, minute(1))), minute(1)),
            standing: None,
        },
        Entry::Found {
            finding: finding(step, "w", Verdict::Waiting { until: minute(90) }, minute(1)),
            standing: Some(Standing::Waiting),
        },
        attested(step, minute(2)),
        Entry::Confirmed {
            calls: 0,
            confirmed_at: minute(3),
            acknowledged: vec![
                Acknowledgement::Consequence("charges".to_owned()),
                Acknowledgement::Advice(StepId::OldOwnerAccess),
                Acknowledgement::Destination(Destination::Closure),
                Acknowledgement::Override(step),
                Acknowledgement::Refused(step),
            ],
        },
        Entry::Intended(intent()),
        Entry::Answered { answer: LeaveAnswer::Accepted { request_id: Some("r-3".to_owned()) } },
        refused(&[step], minute(4)),
        Entry::Answered { answer: LeaveAnswer::NeverSent { problem: problem(ProblemKind::Unreachable, minute(4)) } },
        Entry::Answered { answer: LeaveAnswer::Unknown { problem: problem(ProblemKind::TimedOut, minute(4)) } },
        Entry::MembershipRead { look: MembershipRead::Standalone { request_id: Some("r-4".to_owned()) } },
        Entry::MembershipRead { look: MembershipRead::Member { organization: "o-1".to_owned(), request_id: None } },
        Entry::MembershipRead { look: MembershipRead::Unknown { problem: problem(ProblemKind::ConnectionLost, minute(5)) } },
        Entry::FixIntended { fix: FixRecord::Contact { changed: vec!["City".to_owned()] } },
        Entry::FixAnswered {
            fix: deregister(),
            answer: FixAnswer::NeverSent { problem: problem(ProblemKind::Unreachable, minute(5)) },
        },
        Entry::FixAnswered { fix: FixRecord::SendCode, answer: done },
        Entry::FixAnswered { fix: FixRecord::VerifyPhone, answer: FixAnswer::Refused { refusal: Box::new(no) } },
        Entry::FixAnswered {
            fix: deregister(),
            answer: FixAnswer::Unknown { problem: problem(ProblemKind::TimedOut, minute(5)) },
        },
        Entry::Settled { outcome: Settled::Left, organization: Some("o-1".to_owned()), looks: 3 },
        Entry::Settled { outcome: Settled::StillMember, organization: None, looks: 0 },
        Entry::Settled { outcome: Settled::AlreadyStandalone, organization: None, looks: 2 },
        Entry::AlsoAsked { endpoints: vec!["http://127.0.0.1:8471".to_owned()] },
        Entry::Withdrawn { step },
        Entry::SetAside { lines: 2, file: "123456789012.unreadable".to_owned() },
        Entry::Closed { exit_code: 9 },
    ];
    let kinds: BTreeSet<String> = entries.iter().map(kind_of).collect();
    assert_eq!(kinds, Entry::VARIANTS.iter().map(|kind| (*kind).to_owned()).collect(), "one of each kind");
    entries
}

fn kind_of(entry: &Entry) -> String {
    serde_json::to_value(entry).unwrap()["kind"].as_str().unwrap().to_owned()
}

fn line_of(run: &str, account: &str, entry: Entry, at: Timestamp) -> Line {
    Line { v: VERSION, at, run: run.to_owned(), account: account.parse().unwrap(), entry }
}

fn line(run: &str, entry: Entry) -> Line {
    line_of(run, ACCOUNT, entry, minute(10))
}

fn folder() -> (tempfile::TempDir, Folder) {
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::at(place.path().join("state").join("leave-org"));
    (place, folder)
}

fn opening() -> Opening {
    Opening { run: "run-2".to_owned(), endpoints: Vec::new(), at: minute(60) }
}

/// What became of calls, in every form that 0.1 wrote.
const ANSWERS: &str = include_str!("../../tests/journals/answers.jsonl");

#[test]
fn what_became_of_a_call_is_read_and_written_in_the_form_that_0_1_wrote() {
    for line in ANSWERS.lines() {
        let read: Line = serde_json::from_str(line).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), line);
    }
}

#[test]
fn every_entry_comes_back_from_the_file_as_it_was_written() {
    let (_place, folder) = folder();
    let (mut journal, past) = folder.open(&account(), opening()).unwrap();
    assert!(!past.has_words() && past.last_at.is_none() && past.unsettled.is_none());
    for entry in one_of_each() {
        journal.write(&entry, minute(61)).unwrap();
    }
    let text = std::fs::read_to_string(journal.path()).unwrap();
    let read: Vec<Line> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let written: Vec<Line> = one_of_each().into_iter().map(|entry| line_of("run-2", ACCOUNT, entry, minute(61))).collect();
    assert_eq!(read, written);
    let kept = folder.read(&account()).unwrap().unwrap();
    assert_eq!((kept.lines, kept.unreadable), (written, 0));
    drop(journal);
    let (journal, past) = folder.open(&account(), opening()).unwrap();
    assert_eq!((past.set_aside, past.last_at), (None, Some(minute(61))));
    assert_eq!(std::fs::read_to_string(journal.path()).unwrap(), text);
}

// ---- what the lines come to ----

const PAYMENT: StepId = StepId::PaymentMethod;

/// What a run on the real AWS reads out of these lines at minute 60.
fn past(lines: impl IntoIterator<Item = Line>) -> Past {
    Past::of(&account(), &[], minute(60), lines)
}

/// The lines of one run on the real AWS in which `anna` worked in `o-1`.
fn run(name: &str, entries: impl IntoIterator<Item = Entry>) -> Vec<Line> {
    [opened(&[]), identified(ANNA, "o-1")].into_iter().chain(entries).map(|entry| line(name, entry)).collect()
}

/// A live walk of `anna` in `o-1`, with what the past gives back.
fn restored(past: &Past) -> Checklist {
    let mut checklist = Checklist::default();
    checklist.meet(subject(ANNA, "o-1"));
    assert!(!matches!(past.restore(&mut checklist), None | Some(Meeting::OtherAccount { .. })));
    checklist
}

fn comes_back(lines: Vec<Line>) -> bool {
    restored(&past(lines)).step(PAYMENT).attestation.is_some()
}

#[test]
fn a_word_comes_back_over_what_it_was_given_over_and_no_finding_does() {
    let past = past(run("1", [needs_you(PAYMENT, minute(1)), attested(PAYMENT, minute(2))]));
    assert!(past.has_words());
    let mut checklist = restored(&past);
    assert_eq!(checklist.step(PAYMENT).standing(minute(60)), None, "nothing has been found in this walk");
    checklist.record(finding(PAYMENT, "nobody-said", Verdict::NeedsYou, minute(61)));
    let step = checklist.step(PAYMENT);
    assert_eq!(step.standing(minute(61)), Some(Standing::Attested));
    assert_eq!(step.attestation.as_ref().unwrap().note.as_deref(), Some("the card ends in 42"));
    let expiry = minute(2 + texts::rules().attestation.hours * 60);
    assert_eq!(step.standing(expiry), Some(Standing::NeedsYou));
}

#[test]
fn a_word_does_not_come_back_over_another_finding_of_this_walk() {
    let past = past(run("1", [needs_you(PAYMENT, minute(1)), attested(PAYMENT, minute(2))]));
    for (rule, verdict, holds) in [
        ("nobody-said", Verdict::NeedsYou, true),
        ("another", Verdict::NeedsYou, false),
        ("nobody-said", Verdict::Unmet, false),
        ("timed-out", Verdict::Unknown(problem(ProblemKind::TimedOut, minute(60))), true),
    ] {
        let mut before = Checklist::default();
        before.meet(subject(ANNA, "o-1"));
        before.record(finding(PAYMENT, rule, verdict.clone(), minute(60)));
        past.restore(&mut before);
        assert_eq!(before.step(PAYMENT).attestation.is_some(), holds, "found before: {rule}");
        assert_eq!(before.step(PAYMENT).finding.as_ref().unwrap().found.name(), rule);

        let mut after = restored(&past);
        after.record(finding(PAYMENT, rule, verdict, minute(60)));
        assert_eq!(after.step(PAYMENT).attestation.is_some(), holds, "found after: {rule}");
    }
}

#[test]
fn a_word_that_was_taken_back_does_not_come_back() {
    let said = || vec![needs_you(PAYMENT, minute(1)), attested(PAYMENT, minute(2))];
    let other = Entry::Found { finding: finding(PAYMENT, "missing", Verdict::Unmet, minute(3)), standing: Some(Standing::Unmet) };
    let cases = [
        ("nothing", vec![], true),
        ("the same found again", vec![needs_you(PAYMENT, minute(3))], true),
        ("another finding", vec![other.clone()], false),
        ("another finding, and the first again", vec![other.clone(), needs_you(PAYMENT, minute(4))], false),
        ("given anew", vec![other, needs_you(PAYMENT, minute(4)), attested(PAYMENT, minute(5))], true),
        ("a refusal over it", vec![refused(&[PAYMENT], minute(3))], false),
        ("a refusal over several", vec![refused(&[StepId::SupportPlan, PAYMENT], minute(3))], false),
        ("a refusal over another", vec![refused(&[StepId::SupportPlan], minute(3))], true),
        ("another organization", vec![identified(ANNA, "o-2"), identified(ANNA, "o-1")], false),
        ("another principal", vec![identified(BOB, "o-1")], true),
        ("the account left", vec![Entry::Settled { outcome: Settled::Left, organization: None, looks: 2 }], false),
        ("it was outside", vec![Entry::Settled { outcome: Settled::AlreadyStandalone, organization: None, looks: 2 }], false),
        ("it stayed", vec![Entry::Settled { outcome: Settled::StillMember, organization: None, looks: 2 }], true),
    ];
    for (what, then, holds) in cases {
        let one: Vec<Line> = run("1", said().into_iter().chain(then.clone()));
        assert_eq!(comes_back(one), holds, "in the same run: {what}");
        let two = [run("1", said()), run("2", then)].concat();
        assert_eq!(comes_back(two), holds, "in the next run: {what}");
    }
}

#[test]
fn a_word_about_the_permission_is_the_principals_own() {
    let permission = StepId::Permission;
    let lines = run("1", [needs_you(permission, minute(1)), attested(permission, minute(2)), attested(PAYMENT, minute(2))]);
    let past = past(lines);
    let mut checklist = Checklist::default();
    checklist.meet(subject(BOB, "o-1"));
    assert_eq!(past.restore(&mut checklist), Some(Meeting::OtherPrincipal));
    assert!(checklist.step(permission).attestation.is_none());
    assert!(checklist.step(PAYMENT).attestation.is_some());
    assert!(restored(&past).step(permission).attestation.is_some());
}

#[test]
fn nothing_comes_back_in_another_organization_or_for_another_account_or_for_nobody() {
    let past =
        past(run("1", [needs_you(PAYMENT, minute(1)), attested(PAYMENT, minute(2)), refused(&[StepId::Permission], minute(3))]));
    let mut elsewhere = Checklist::default();
    elsewhere.meet(subject(ANNA, "o-2"));
    let moved = Meeting::OtherOrganization { before: "o-1".to_owned(), now: "o-2".to_owned() };
    assert_eq!(past.restore(&mut elsewhere), Some(moved));
    let mut another = Checklist::default();
    another.meet(subject(&ANNA.replace(ACCOUNT, OTHER), "o-1"));
    assert!(matches!(past.restore(&mut another), Some(Meeting::OtherAccount { .. })));
    let mut nobody = Checklist::default();
    assert_eq!(past.restore(&mut nobody), None);
    for checklist in [elsewhere, another, nobody] {
        assert!(checklist.steps().all(|step| step.attestation.is_none() && !step.is_refused() && step.finding.is_none()));
    }
}

#[test]
fn the_organization_is_remembered_where_this_walk_could_not_read_it() {
    let past = past(run("1", [needs_you(PAYMENT, minute(1)), attested(PAYMENT, minute(2))]));
    let mut checklist = Checklist::default();
    checklist.meet(Subject { membership: Membership::Unknown, ..subject(ANNA, "o-1") });
    past.restore(&mut checklist);
    assert!(checklist.step(PAYMENT).attestation.is_some());
    assert!(matches!(checklist.meet(subject(ANNA, "o-2")), Meeting::OtherOrganization { .. }));
    assert!(checklist.step(PAYMENT).attestation.is_none());
}

#[test]
fn what_this_walk_said_itself_goes_before() {
    let past = past(run("1", [needs_you(PAYMENT, minute(1)), attested(PAYMENT, minute(2))]));
    let mut checklist = Checklist::default();
    checklist.meet(subject(ANNA, "o-1"));
    checklist.record(finding(PAYMENT, "nobody-said", Verdict::NeedsYou, minute(60)));
    checklist.step_mut(PAYMENT).attest("maria", "a new card", minute(60)).unwrap();
    past.restore(&mut checklist);
    assert_eq!(checklist.step(PAYMENT).attestation.as_ref().unwrap().by, "maria");
}

#[test]
fn a_word_counts_no_longer_than_it_would_today() {
    let hours = SignedDuration::from_hours(texts::rules().attestation.hours_for(PAYMENT, false));
    let said = |at: Timestamp, expires_at: Timestamp| {
        let attestation = Attestation { at, expires_at, ..word(minute(0), None) };
        comes_back(run("1", [needs_you(PAYMENT, minute(1)), Entry::Attested { step: PAYMENT, attestation }]))
    };
    assert!(said(minute(2), minute(2) + hours));
    assert!(said(minute(2), minute(61)));
    assert!(!said(minute(2), minute(60)), "it has run out");
    assert!(!said(minute(2), minute(2) + hours + SignedDuration::from_secs(1)), "longer than the rule");
    assert!(!said(minute(61), minute(61) + hours), "given in the future");
    assert!(!said(Timestamp::MAX, Timestamp::MAX));
    assert!(!said(Timestamp::MIN, Timestamp::MAX));
    assert!(said(minute(60), minute(60) + hours));
}

#[test]
fn a_word_that_could_not_have_been_given_does_not_come_back() {
    let over = |verdict: Verdict, confidence: Confidence, note: Option<&str>| {
        let found = Finding { confidence, ..finding(PAYMENT, "nobody-said", verdict.clone(), minute(1)) };
        let attestation = Attestation { over: verdict.kind(), ..word(minute(2), note) };
        comes_back(run("1", [Entry::Found { finding: found, standing: None }, Entry::Attested { step: PAYMENT, attestation }]))
    };
    assert!(over(Verdict::Unmet, Confidence::Predicted, Some("it goes at noon")));
    assert!(!over(Verdict::Unmet, Confidence::Predicted, Some("  ")), "without a reason");
    assert!(!over(Verdict::Unmet, Confidence::Predicted, None), "without a reason");
    assert!(!over(Verdict::Unmet, Confidence::Proven, Some("I know better")), "AWS itself said so");
    assert!(!over(Verdict::Met, Confidence::Proven, Some("yes")), "nothing to say");
    let advice = StepId::OldOwnerAccess;
    let past = past(run("1", [attested(advice, minute(2))]));
    assert!(restored(&past).step(advice).attestation.is_none(), "advice is not attested");
}

#[test]
fn a_word_given_to_another_aws_does_not_count_here_nor_take_anything_back() {
    let practice = |entries: Vec<Entry>| -> Vec<Line> {
        let beginning = [opened(&["localhost:4566"]), identified(ANNA, "o-9")];
        beginning.into_iter().chain(entries).map(|entry| line("practice", entry)).collect()
    };
    let said = vec![needs_you(PAYMENT, minute(1)), attested(PAYMENT, minute(2))];
    assert!(!comes_back(practice(said.clone())));
    let left = Entry::Settled { outcome: Settled::Left, organization: Some("o-9".to_owned()), looks: 2 };
    let met = Entry::Found { finding: finding(PAYMENT, "x", Verdict::Met, minute(3)), standing: Some(Standing::Met) };
    let both = [run("1", said.clone()), practice(vec![met, refused(&[PAYMENT], minute(4)), left])].concat();
    assert!(comes_back(both.clone()));
    assert_eq!(past(both.clone()).left, None);
    // Seen from the practice AWS it is the other way round; the order in which endpoints are named means nothing.
    let seen = Past::of(&account(), &["localhost:4566".to_owned()], minute(60), both);
    let left = seen.left.as_ref().unwrap();
    assert_eq!((left.at, left.organization.as_deref()), (minute(10), Some("o-9")));
    assert!(!seen.has_words());
    let two = [opened(&["a", "b"]), identified(ANNA, "o-1")].into_iter().chain(said).map(|entry| line("2", entry));
    assert!(Past::of(&account(), &["b".to_owned(), "a".to_owned()], minute(60), two).has_words());
}

#[test]
fn where_a_run_does_not_say_with_whom_it_spoke_it_gives_nothing_and_still_takes_back() {
    let said = || run("1", [needs_you(PAYMENT, minute(1)), attested(PAYMENT, minute(2))]);
    let without = |kind: &str| -> Vec<Line> { said().into_iter().filter(|line| kind_of(&line.entry) != kind).collect() };
    assert!(!comes_back(without("opened")));
    assert!(!comes_back(without("identified")));
    assert!(comes_back(without("found")), "the finding of the live walk decides");
    let other = Entry::Found { finding: finding(PAYMENT, "missing", Verdict::Unmet, minute(3)), standing: Some(Standing::Unmet) };
    assert!(!comes_back([said(), vec![line("2", other)]].concat()));
}

#[test]
fn a_refusal_is_remembered_until_a_check_proves_that_it_is_put_right() {
    let link = texts::refusal("ConstraintViolationException", Some("WAIT_PERIOD_ACTIVE"), "").unwrap().link.as_deref();
    let ours = link.and_then(|name| texts::link(name, Partition::Aws)).map(str::to_owned);
    assert!(ours.is_some());
    for (written, kept) in [(ours.clone(), ours), (Some("https://evil.example".to_owned()), None)] {
        let refusal = Refusal { link: written, ..refusal(&[PAYMENT], minute(3)) };
        let past = past(run("1", [Entry::Answered { answer: LeaveAnswer::Refused { refusal: refusal.clone() } }]));
        let mut checklist = restored(&past);
        assert_eq!(checklist.step(PAYMENT).refusals().next(), Some(&Refusal { link: kept, ..refusal }));
        assert_eq!(checklist.step(PAYMENT).finding, None);
        checklist.record(finding(PAYMENT, "nobody-said", Verdict::NeedsYou, minute(60)));
        assert!(checklist.step(PAYMENT).is_refused());
        assert!(gate::to_acknowledge(&checklist, minute(60)).contains(&Acknowledgement::Refused(PAYMENT)));
        checklist.record(finding(PAYMENT, "there", Verdict::Met, minute(60)));
        assert!(!checklist.step(PAYMENT).is_refused());
    }
    let met = Entry::Found { finding: finding(PAYMENT, "there", Verdict::Met, minute(4)), standing: Some(Standing::Met) };
    assert!(!past(run("1", [needs_you(PAYMENT, minute(1)), refused(&[PAYMENT], minute(3)), met])).has_words());
}

#[test]
fn the_destination_is_the_last_that_was_named_in_this_organization() {
    let chosen = |destination| Entry::Chosen { destination };
    let lines = run("1", [chosen(Destination::Closure), chosen(Destination::Standalone)]);
    assert_eq!(past(lines.clone()).checklist.destination, Some(Destination::Standalone));
    assert_eq!(past([lines, run("2", [identified(ANNA, "o-2")])].concat()).checklist.destination, None);
}

#[test]
fn an_intent_is_open_until_it_is_known_what_became_of_it() {
    let intended = || Entry::Intended(intent());
    let answered = |answer| Entry::Answered { answer };
    let accepted = || answered(LeaveAnswer::Accepted { request_id: Some("r".to_owned()) });
    let unknown = || answered(LeaveAnswer::Unknown { problem: problem(ProblemKind::TimedOut, minute(11)) });
    let never_sent = || answered(LeaveAnswer::NeverSent { problem: problem(ProblemKind::Unreachable, minute(11)) });
    let settled = |outcome| Entry::Settled { outcome, organization: Some("o-1".to_owned()), looks: 2 };
    let looked = || Entry::MembershipRead { look: MembershipRead::Standalone { request_id: None } };
    let table = [
        ("nothing was intended", vec![], false),
        ("killed before the answer", vec![intended()], true),
        ("accepted, not verified", vec![intended(), accepted()], true),
        ("unknown, not settled", vec![intended(), unknown()], true),
        ("looked once, not settled", vec![intended(), unknown(), looked()], true),
        ("refused", vec![intended(), refused(&[PAYMENT], minute(11))], false),
        ("never sent", vec![intended(), never_sent()], false),
        ("still a member", vec![intended(), unknown(), settled(Settled::StillMember)], false),
        ("settled without an answer", vec![intended(), settled(Settled::AlreadyStandalone)], false),
        ("settled before", vec![settled(Settled::StillMember), intended()], true),
        ("refused, then a second", vec![intended(), refused(&[PAYMENT], minute(11)), intended()], true),
        ("a lost one, then a refused one", vec![intended(), unknown(), intended(), refused(&[PAYMENT], minute(12))], true),
        ("a lost one, and a refusal without a call", vec![intended(), unknown(), refused(&[PAYMENT], minute(12))], true),
        ("the run ended", vec![intended(), Entry::Closed { exit_code: 8 }], true),
    ];
    for (what, entries, open) in table {
        assert_eq!(past(run("1", entries.clone())).unsettled.is_some(), open, "{what}");
        let next = [run("1", entries.clone()), run("2", [Entry::Closed { exit_code: 9 }])].concat();
        assert_eq!(past(next).unsettled.is_some(), open, "{what}, seen after another run");
        let settled = [run("1", entries), run("2", [settled(Settled::StillMember)])].concat();
        assert_eq!(past(settled).unsettled, None, "{what}, settled in the next run");
    }
    // AWS's records may go back: a member within the hour after it had left, so nobody knows it any more.
    let left = run("1", [intended(), accepted(), settled(Settled::Left)]);
    assert_eq!(past(left.clone()).unsettled, None);
    assert!(past([left.clone(), run("2", [])].concat()).unsettled.is_some());
    assert_eq!(past([left, run("2", [settled(Settled::StillMember)])].concat()).unsettled, None);
    let unsettled = past(run("1", [intended(), accepted()])).unsettled.unwrap();
    assert_eq!(unsettled.intent, intent());
    assert_eq!(unsettled.answer, Some(LeaveAnswer::Accepted { request_id: Some("r".to_owned()) }));
    // An answer is an answer to the call of its own run.
    let strangers = [run("1", [intended()]), run("2", [refused(&[PAYMENT], minute(11))])].concat();
    assert!(past(strangers).unsettled.is_some());
}

#[test]
fn an_open_outcome_in_another_aws_is_neither_forgotten_nor_asked_about_for_ever() {
    let run = |name: &str, endpoints: &[&str], entries: Vec<Entry>| -> Vec<Line> {
        let beginning = [opened(endpoints), identified(ANNA, "o-1")];
        beginning.into_iter().chain(entries).map(|entry| line(name, entry)).collect()
    };
    let practice = || vec!["localhost:4566".to_owned()];
    let settled = || vec![Entry::Settled { outcome: Settled::StillMember, organization: None, looks: 2 }];
    let real_intent = run("1", &[], vec![Entry::Intended(intent())]);
    let seen_by =
        |endpoints: &[String], lines: &[Line]| Past::of(&account(), endpoints, minute(60), lines.to_vec()).unsettled.is_some();
    assert!(seen_by(&[], &real_intent));
    assert!(!seen_by(&practice(), &real_intent), "what went to the real AWS cannot be asked of the practice");
    let settled_in_practice = [real_intent.clone(), run("2", &["localhost:4566"], settled())].concat();
    assert!(seen_by(&[], &settled_in_practice), "the practice AWS knows nothing of the real one");
    let settled_for_real = [real_intent.clone(), run("2", &[], settled())].concat();
    assert!(!seen_by(&[], &settled_for_real) && !seen_by(&practice(), &settled_for_real));
    let by_nobody = [real_intent, vec![line("3", settled().remove(0))]].concat();
    assert!(seen_by(&[], &by_nobody), "a run that does not say with whom it spoke settles nothing");
}

#[test]
fn leaving_is_remembered_and_ends_what_was_said() {
    let left = Entry::Settled { outcome: Settled::Left, organization: Some("o-1".to_owned()), looks: 2 };
    let said = [needs_you(PAYMENT, minute(1)), attested(PAYMENT, minute(2)), refused(&[StepId::Permission], minute(3)), left];
    let past = past([run("1", said), run("2", [])].concat());
    let left = past.left.as_ref().unwrap();
    assert_eq!((left.at, left.organization.as_deref()), (minute(10), Some("o-1")));
    assert!(!past.has_words());
}

#[test]
fn the_intent_says_what_the_gate_let_through() {
    let mut checklist = Checklist::default();
    checklist.destination = Some(Destination::Standalone);
    checklist.meet(subject(ANNA, "o-1"));
    let check = |checklist: &mut Checklist, at| {
        for step in StepId::ALL {
            checklist.record(finding(step, "there", Verdict::Met, at));
        }
    };
    check(&mut checklist, minute(1));
    let seen = gate::to_acknowledge(&checklist, minute(2)).into_iter().collect();
    let confirmation = gate::confirm(&checklist, &seen, ACCOUNT, minute(2)).unwrap();
    check(&mut checklist, minute(3));
    let token = gate::unlock(confirmation, &checklist, minute(3)).unwrap();
    let intent = Intent::from(&token);
    assert_eq!((intent.principal.as_str(), intent.organization.as_str()), (ANNA, "o-1"));
    assert_eq!((intent.confirmed_at, intent.made_at), (minute(2), minute(3)));
    assert_eq!(&intent.standings, token.standings());
}

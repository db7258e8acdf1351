//! Every refusal of the catalogue: what AWS refuted does not count again by being read again.

use super::*;
use crate::checklist::Step;
use crate::checklist::gate::Acknowledgement;
use crate::report::{Document, Form};
use crate::wizard::exit_code_of_standings;

const SAID: &str = "AWS's own words about it";

fn of_the_catalogue(entry: &texts::RefusalText, now: Timestamp) -> Refusal {
    let when = &entry.when[0];
    Refusal {
        entry: entry.id.clone(),
        code: when.codes.first().cloned().unwrap_or_else(|| "SomethingNew".to_owned()),
        reason: when.reasons.first().cloned(),
        message: SAID.to_owned(),
        cause: entry.cause.clone(),
        who: entry.who.clone(),
        todo: entry.todo.clone(),
        ends_with_a_response: entry.ends_with_a_response,
        retry: entry.retry,
        ..refusal(&entry.steps, now)
    }
}

/// Nothing says "ready", and every format tells the refusal.
fn stands(walk: &Walk, entry: &texts::RefusalText, when: &str) {
    let checklist = &walk.model.checklist;
    assert!(!walk.model.may_confirm(), "{}, {when}: the gate is open on the evidence that AWS refuted", entry.id);
    let document = Document::of(checklist, &StepId::ALL, walk.now);
    assert!(!document.is_ready() && !document.blockers.is_empty(), "{}, {when}", entry.id);
    assert_eq!(document.refusals.len(), 1, "{}, {when}", entry.id);
    let code = exit_code_of_standings(checklist, &StepId::ALL, walk.now);
    let waits = entry.id == "wait-period";
    assert_eq!(code, if waits { 5 } else { 4 }, "{}, {when}", entry.id);
    let other = StepId::ALL.into_iter().find(|step| checklist.step(*step).standing(walk.now) == Some(Standing::Met));
    if let Some(step) = other {
        assert_eq!(exit_code_of_standings(checklist, &[step], walk.now), code, "{}, {when}: {step:?} alone", entry.id);
    }
    for form in [Form::Text, Form::Json, Form::Markdown, Form::Html] {
        let text = form.write(&document).replace("&#x27;", "'").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(SAID), "{}, {when}: {form:?} does not tell it:\n{text}", entry.id);
    }
}

fn read_again(walk: &mut Walk) {
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
}

#[test]
fn a_refusal_outlives_the_evidence_that_it_refuted_through_every_check_and_every_start() {
    for entry in texts::all_refusals() {
        let mut walk = Walk::new(Mode::Guided);
        walk.reach_call();
        let refusal = of_the_catalogue(entry, walk.now);
        walk.call_ends(LeaveAnswer::Refused(Box::new(refusal.clone())));
        assert_eq!(walk.model.exit_code(), 7, "{}", entry.id);
        if entry.retry == Retry::AfterAPause {
            assert!(walk.model.checklist.standing_refusals(walk.now).is_empty(), "{}: AWS only asked to wait", entry.id);
            continue;
        }
        stands(&walk, entry, "right after it");
        walk.press(Key::Char('r'));
        walk.now += SignedDuration::from_secs(2);
        walk.press(Key::Char('R'));
        read_again(&mut walk);
        if entry.ends_with_a_response {
            assert!(walk.model.checklist.standing_refusals(walk.now).is_empty(), "{}: AWS accepts the call now", entry.id);
            continue;
        }
        stands(&walk, entry, "after every check");
        let mut walk = walk.killed_and_started_again(1);
        walk.connect(true);
        read_again(&mut walk);
        walk.press(Key::Enter);
        stands(&walk, entry, "after another start");

        // A person may go on over it, with a reason, and sees it once more.
        let about: Vec<StepId> = refusal.about().to_vec();
        for step in &about {
            walk.go_to(*step);
            walk.press(Key::Char('a'));
            walk.press(Key::Enter);
            assert!(matches!(walk.model.overlay, Some(Overlay::Note { refused: Some(_), .. })), "{}: no reason", entry.id);
            walk.type_text("it is done");
            walk.press(Key::Enter);
        }
        if !about.contains(&StepId::PaymentMethod) {
            walk.go_to(StepId::PaymentMethod);
            if walk.model.selected().standing(walk.now) != Some(Standing::Attested) {
                walk.attest_payment();
            }
        }
        assert!(walk.model.may_confirm(), "{}: {:?}", entry.id, walk.model.locks());
        assert!(Document::of(&walk.model.checklist, &StepId::ALL, walk.now).refusals.is_empty(), "{}", entry.id);
        let to_see = gate::to_acknowledge(&walk.model.checklist, walk.now);
        for step in &about {
            assert!(to_see.contains(&Acknowledgement::Refused(*step)), "{}: {to_see:?}", entry.id);
        }

        // Withdrawn, it stands again; and an override lasts a day.
        walk.go_to(about[0]);
        walk.press(Key::Char('A'));
        assert!(walk.notice().contains("was withdrawn"), "{}: {}", entry.id, walk.notice());
        stands(&walk, entry, "after the override was withdrawn");
        let mut walk = walk.killed_and_started_again(1);
        walk.connect(true);
        read_again(&mut walk);
        stands(&walk, entry, "at the start after that");
    }
}

#[test]
fn another_fact_ends_a_refusal_and_a_check_that_agrees_makes_it_proven() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_ends(LeaveAnswer::Refused(Box::new(refusal(&[StepId::DelegatedAdministrator], walk.now))));
    walk.press(Key::Char('r'));
    let step = |walk: &Walk| walk.model.checklist.step(StepId::DelegatedAdministrator).clone();
    let read = |walk: &mut Walk, verdict, confidence| {
        walk.now += SignedDuration::from_secs(2);
        walk.press(Key::Char('r'));
        walk.identify(Ok(subject(ACCOUNT)));
        walk.answer(0, verdict, confidence);
    };
    read(&mut walk, Verdict::Unmet, Confidence::Predicted);
    assert!(step(&walk).finding.unwrap().is_proven_unmet(), "AWS and the check agree");
    let timed_out = problem(ProblemKind::TimedOut, walk.now);
    read(&mut walk, Verdict::Unknown(timed_out), Confidence::Proven);
    assert_eq!(step(&walk).standing(walk.now), Some(Standing::Unmet), "what could not be read ends nothing");
    read(&mut walk, Verdict::Met, Confidence::Predicted);
    assert_eq!(step(&walk).refusal, None, "another fact speaks for it");
    assert_eq!(step(&walk).standing(walk.now), Some(Standing::Met));
}

/// What the step comes to after AWS refused what `before` spoke for, and the checks then read `after`, one by one.
fn after_the_refusal(before: &Finding, after: &[Finding]) -> Step {
    let mut step = Step::new(before.step);
    step.record(before.clone());
    step.refuse(&refusal(&[before.step], before.at));
    for reading in after {
        step.record(reading.clone());
    }
    step
}

#[test]
fn only_evidence_that_speaks_for_the_step_ends_a_refusal() {
    let now = Walk::new(Mode::Guided).now;
    let delegated = |verdict, confidence| finding(StepId::DelegatedAdministrator, verdict, confidence, now);
    let met = delegated(Verdict::Met, Confidence::Proven);
    let in_no_organization =
        Finding { rule: Finding::NOT_A_MEMBER.to_owned(), ..delegated(Verdict::NotApplicable, Confidence::Proven) };
    let reworded = Finding { summary: "By another principal.".to_owned(), details: vec!["A line.".to_owned()], ..met.clone() };
    let weaker = delegated(Verdict::Met, Confidence::Predicted);
    let unread = delegated(Verdict::Unknown(problem(ProblemKind::Throttled, now)), Confidence::Predicted);
    for (what, before, after) in [
        ("another wording", met.clone(), vec![reworded]),
        ("a weaker reading", met.clone(), vec![weaker.clone()]),
        ("one reply without an organization", met.clone(), vec![in_no_organization.clone(), met.clone()]),
        ("the first reading after one that failed", unread.clone(), vec![met.clone()]),
        ("a reading that failed in between", met.clone(), vec![unread, met.clone()]),
        ("needs you after met", met.clone(), vec![delegated(Verdict::NeedsYou, Confidence::Predicted)]),
    ] {
        let step = after_the_refusal(&before, &after);
        assert!(step.refusal.is_some(), "{what} ended it");
        assert_eq!(step.standing(now), Some(Standing::Unmet), "{what}");
    }
    let alone = after_the_refusal(&met, &[in_no_organization]);
    assert_eq!(alone.standing(now), Some(Standing::NotApplicable), "without an organization there is nothing to refuse");

    let unmet = delegated(Verdict::Unmet, Confidence::Proven);
    for (what, before, after) in [
        ("met for certain", weaker.clone(), vec![met.clone()]),
        ("met after unmet", unmet.clone(), vec![weaker]),
        ("met after the check agreed", met.clone(), vec![unmet, met.clone()]),
        ("met for other things", met.clone(), vec![Finding { subjects: vec!["another".to_owned()], ..met }]),
    ] {
        let step = after_the_refusal(&before, &after);
        assert!(step.refusal.is_none(), "{what} did not end it");
        assert_eq!(step.standing(now), Some(Standing::Met), "{what}");
    }
}

#[test]
fn any_response_ends_a_refusal_that_was_about_the_call_alone() {
    let now = Walk::new(Mode::Guided).now;
    let denied = |request_id: Option<&str>| {
        let problem = Problem { request_id: request_id.map(str::to_owned), ..problem(ProblemKind::DeniedByIdentityPolicy, now) };
        finding(StepId::Permission, Verdict::Unknown(problem), Confidence::Proven, now)
    };
    let mut step = Step::new(StepId::Permission);
    step.refuse(&Refusal { ends_with_a_response: true, ..refusal(&[], now) });
    step.record(denied(None));
    assert!(step.refusal.is_some());
    step.record(denied(Some("r-1")));
    assert!(step.refusal.is_none());
}

#[test]
fn where_aws_and_the_date_disagree_over_the_wait_it_ends_by_itself_after_a_day() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    let at = walk.now;
    walk.call_ends(LeaveAnswer::Refused(Box::new(refusal(&[StepId::WaitingPeriod], at))));
    walk.press(Key::Char('r'));
    let day = SignedDuration::from_hours(texts::rules().refusal.wait_hours);
    let finding = walk.model.checklist.step(StepId::WaitingPeriod).finding.clone().unwrap();
    assert_eq!((finding.verdict, finding.confidence), (Verdict::Waiting { until: at + day }, Confidence::Predicted));
    assert!(finding.summary.contains("AWS and the date disagree"), "{}", finding.summary);
    let mut walk = walk.killed_and_started_again(23);
    walk.connect(true);
    read_again(&mut walk);
    assert_eq!(walk.model.checklist.step(StepId::WaitingPeriod).standing(walk.now), Some(Standing::Waiting));
    let mut walk = walk.killed_and_started_again(2);
    walk.connect(true);
    read_again(&mut walk);
    assert_eq!(walk.model.checklist.step(StepId::WaitingPeriod).standing(walk.now), Some(Standing::Met));
}

#[test]
fn whoever_is_no_management_account_and_is_told_so_finds_it_at_the_permission() {
    let entry = texts::refusal("MasterCannotLeaveOrganizationException", None, "").unwrap();
    let walk = Walk::new(Mode::Guided);
    assert_eq!(of_the_catalogue(entry, walk.now).about(), [StepId::Permission]);
}

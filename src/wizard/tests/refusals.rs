//! Every refusal of the catalogue: what AWS refuted does not count again by being read again.

use super::*;
use crate::checklist::Step;
use crate::checklist::Unredacted;
use crate::checklist::facts::{ContactInformationFact, ContactInformationLine, MembershipLine, Own};
use crate::checklist::gate::Acknowledgement;
use crate::checklist::{Fact, FactLine, Partition};
use crate::departure::{DepartureId, Event};
use crate::report::{Document, Form};

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
    let checklist = &walk.model.departure.checklist;
    assert!(!walk.model.departure.may_confirm(), "{}, {when}: the gate is open on the evidence that AWS refuted", entry.id);
    let document = Document::of(checklist, &StepId::ALL, walk.now, &mut Unredacted);
    assert!(!document.is_ready() && !document.blockers.is_empty(), "{}, {when}", entry.id);
    assert_eq!(document.refusals.len(), 1, "{}, {when}", entry.id);
    let code = checklist.exit_code(&StepId::ALL, walk.now);
    let waits = entry.id == "wait-period";
    assert_eq!(code, if waits { 5 } else { 4 }, "{}, {when}", entry.id);
    let other = StepId::ALL.into_iter().find(|step| checklist.step(*step).standing(walk.now) == Some(Standing::Met));
    if let Some(step) = other {
        assert_eq!(checklist.exit_code(&[step], walk.now), code, "{}, {when}: {step:?} alone", entry.id);
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
        walk.call_ends(LeaveAnswer::Refused { refusal: refusal.clone() });
        assert_eq!(walk.model.exit_code(), 7, "{}", entry.id);
        if entry.retry == Retry::AfterAPause {
            assert!(
                walk.model.departure.checklist.standing_refusals(walk.now).is_empty(),
                "{}: AWS only asked to wait",
                entry.id
            );
            continue;
        }
        stands(&walk, entry, "right after it");
        walk.press(Key::Char('r'));
        walk.now += SignedDuration::from_secs(2);
        walk.press(Key::Char('R'));
        read_again(&mut walk);
        if entry.ends_with_a_response {
            assert!(
                walk.model.departure.checklist.standing_refusals(walk.now).is_empty(),
                "{}: AWS accepts the call now",
                entry.id
            );
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
        assert!(walk.model.departure.may_confirm(), "{}: {:?}", entry.id, walk.model.departure.locks());
        assert!(
            Document::of(&walk.model.departure.checklist, &StepId::ALL, walk.now, &mut Unredacted).refusals.is_empty(),
            "{}",
            entry.id
        );
        let to_see = gate::to_acknowledge(&walk.model.departure.checklist, walk.now);
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
    walk.call_ends(LeaveAnswer::Refused { refusal: refusal(&[StepId::DelegatedAdministrator], walk.now) });
    walk.press(Key::Char('r'));
    let step = |walk: &Walk| walk.model.departure.checklist.step(StepId::DelegatedAdministrator).clone();
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
    assert!(!step(&walk).is_refused(), "another fact speaks for it");
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
    let in_no_organization = delegated(Verdict::NotApplicable, Confidence::Proven).of_no_member();
    let reworded = met.clone().line(FactLine::LeftOut(1));
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
        assert!(step.is_refused(), "{what} ended it");
        assert_eq!(step.standing(now), Some(Standing::Unmet), "{what}");
    }
    let alone = after_the_refusal(&met, &[in_no_organization]);
    assert!(alone.is_refused(), "without an organization there is nothing to refuse, and the next reply may know one");

    let unmet = delegated(Verdict::Unmet, Confidence::Proven);
    for (what, before, after) in [
        ("met for certain", weaker.clone(), vec![met.clone()]),
        ("met after unmet", unmet.clone(), vec![weaker]),
        ("met after the check agreed", met.clone(), vec![unmet, met]),
    ] {
        let step = after_the_refusal(&before, &after);
        assert!(!step.is_refused(), "{what} did not end it");
        assert_eq!(step.standing(now), Some(Standing::Met), "{what}");
    }
}

#[test]
fn other_contact_information_ends_a_refusal_and_where_that_was_over_the_phone_another_number() {
    let now = Walk::new(Mode::Guided).now;
    let met = finding(StepId::ContactInformation, Verdict::Met, Confidence::Proven, now);
    let name = |name: &str| ContactInformationLine::Address { parts: vec![Own::new(name)], country: "DE".to_owned() };
    let met = met.line(name("A company"));
    let other_name = met.clone().line(name("Another company"));
    let number = ContactInformationLine::PhoneNumber { number: Own::new("+49301234567") };
    let other_number =
        Finding::new(met.step, ContactInformationFact::Verified, Verdict::Met).line(number).line(name("A company"));
    let ends = |entry: &str, reading: &Finding| {
        let mut step = Step::new(StepId::ContactInformation);
        step.record(met.clone());
        step.refuse(&Refusal { entry: entry.to_owned(), ..refusal(&[StepId::ContactInformation], now) });
        step.record(reading.clone());
        !step.is_refused()
    };
    assert!(ends("agreement-not-accepted", &other_name) && ends("agreement-not-accepted", &other_number));
    assert!(!ends("phone-not-verified", &other_name) && ends("phone-not-verified", &other_number));
    // Of other steps, the particulars are no evidence: a tag of the account, for one.
    let tagged = |tag: &str| {
        let tag = MembershipLine::Tag { key: tag.to_owned(), value: Own::new(tag) };
        Finding::new(StepId::Membership, Fact::NotAMember, Verdict::Met).line(tag)
    };
    assert!(after_the_refusal(&tagged("a"), &[tagged("b")]).is_refused());
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
    assert!(step.is_refused());
    step.record(denied(Some("r-1")));
    assert!(!step.is_refused());
}

#[test]
fn where_aws_and_the_date_disagree_over_the_wait_it_ends_by_itself_after_a_day() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    let at = walk.now;
    walk.call_ends(LeaveAnswer::Refused { refusal: refusal(&[StepId::WaitingPeriod], at) });
    walk.press(Key::Char('r'));
    let day = SignedDuration::from_hours(texts::rules().refusal.wait_hours);
    let step = walk.model.departure.checklist.step(StepId::WaitingPeriod);
    let by_the_date = step.reading().or(step.refused()[0].refuted.as_deref()).unwrap().clone();
    let by_the_date = by_the_date.telling(|told| told.rule = "old-enough".to_owned());
    let mut step = step.clone();
    step.record(by_the_date);
    let finding = step.finding.unwrap();
    assert_eq!((&finding.verdict, finding.confidence), (&Verdict::Waiting { until: at + day }, Confidence::Predicted));
    assert!(finding.wording().summary.contains("AWS and the date disagree"), "{}", finding.wording().summary);
    let mut walk = walk.killed_and_started_again(23);
    walk.connect(true);
    read_again(&mut walk);
    assert_eq!(walk.model.departure.checklist.step(StepId::WaitingPeriod).standing(walk.now), Some(Standing::Waiting));
    let mut walk = walk.killed_and_started_again(2);
    walk.connect(true);
    read_again(&mut walk);
    assert_eq!(walk.model.departure.checklist.step(StepId::WaitingPeriod).standing(walk.now), Some(Standing::Met));
}

#[test]
fn whoever_is_no_management_account_and_is_told_so_finds_it_at_the_permission() {
    let entry = texts::refusal("MasterCannotLeaveOrganizationException", None, "").unwrap();
    let walk = Walk::new(Mode::Guided);
    assert_eq!(of_the_catalogue(entry, walk.now).about(), [StepId::Permission]);
}

/// A walk in which AWS refused because of `step`, which the checks had found met.
fn refused_over(step: StepId) -> Walk {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_ends(LeaveAnswer::Refused { refusal: refusal(&[step], walk.now) });
    walk.press(Key::Enter);
    walk
}

impl Walk {
    /// `step` is checked again, by whoever `subject` names.
    fn reads(&mut self, step: StepId, subject: &Subject, verdict: Verdict) {
        self.now += SignedDuration::from_secs(2);
        self.go_to(step);
        self.press(Key::Char('r'));
        self.identify(Ok(subject.clone()));
        self.answer(0, verdict, Confidence::Proven);
    }

    fn is_refused_at(&self, step: StepId) -> bool {
        self.model.departure.checklist.step(step).standing_refusals(self.now).next().is_some()
    }
}

#[test]
fn what_another_principal_finds_ends_no_refusal_when_the_first_one_reads_again() {
    let step = StepId::DelegatedAdministrator;
    let (first, second) = (subject(ACCOUNT), by_another_role());
    let mut walk = refused_over(step);
    walk.reads(step, &second, Verdict::Unmet);
    assert!(walk.is_refused_at(step));
    let mut restarted = Walk::new(Mode::Guided).going_on_from(&walk);
    restarted.connect(true);
    restarted.identify(Ok(first.clone()));
    restarted.all_is_well();
    assert!(restarted.is_refused_at(step), "nor at the next start");
    walk.reads(step, &first, Verdict::Met);
    assert!(walk.is_refused_at(step), "the old evidence, read by whoever had read it");
    // Once this one has seen it too, what it then finds is news.
    walk.reads(step, &first, Verdict::Unmet);
    walk.reads(step, &first, Verdict::Met);
    assert!(!walk.is_refused_at(step));
}

#[test]
fn that_a_check_agreed_counts_after_a_start_as_it_did_before() {
    let step = StepId::DelegatedAdministrator;
    let (first, second) = (subject(ACCOUNT), by_another_role());
    let ends = |walk: &Walk| {
        let mut walk = Walk::new(Mode::Guided).going_on_from(walk);
        walk.connect(true);
        walk.identify(Ok(first.clone()));
        walk.all_is_well();
        !walk.is_refused_at(step)
    };
    // The same, found by another principal in between, is found anew.
    let mut walk = refused_over(step);
    walk.reads(step, &second, Verdict::Unmet);
    walk.reads(step, &first, Verdict::Unmet);
    assert!(ends(&walk));

    // A journal that had to be begun anew tells it as well.
    let mut walk = refused_over(step);
    walk.reads(step, &first, Verdict::Unmet);
    walk.disk_works = false;
    walk.reads(step, &first, Verdict::NeedsYou);
    walk.journal.clear();
    walk.kept.clear();
    walk.disk_works = true;
    walk.reads(step, &first, Verdict::NeedsYou);
    assert!(walk.journal.iter().any(|line| matches!(line.entry, Entry::Answered { .. })), "{:?}", walk.journal);
    assert!(ends(&walk));
}

#[test]
fn a_refusal_displaces_no_other_one() {
    let now = Walk::new(Mode::Guided).now;
    let met = finding(StepId::Permission, Verdict::Met, Confidence::Predicted, now);
    let denied = refusal(&[StepId::Permission], now);
    let signed_out = Refusal { entry: "session-ended".to_owned(), ends_with_a_response: true, ..refusal(&[], now) };
    for order in [[&denied, &signed_out], [&signed_out, &denied]] {
        let mut step = Step::new(StepId::Permission);
        step.record(met.clone());
        for refusal in order {
            step.refuse(refusal);
        }
        assert_eq!(step.refusals().count(), 2);
        assert_eq!(step.record(met.clone()), std::slice::from_ref(&signed_out));
        assert_eq!(step.refusals().collect::<Vec<_>>(), [&denied]);
        assert_eq!(step.standing(now), Some(Standing::Unmet));
    }

    // One that was about several steps ends at another one of them, and takes nothing else with it.
    let both = Refusal { entry: "both".to_owned(), ..refusal(&[StepId::SupportPlan, StepId::PaymentMethod], now) };
    let card = refusal(&[StepId::PaymentMethod], now);
    let mut checklist = crate::checklist::Checklist::default();
    let of = |step, verdict| finding(step, verdict, Confidence::Proven, now);
    checklist.record(of(StepId::SupportPlan, Verdict::Unmet));
    checklist.record(of(StepId::PaymentMethod, Verdict::NeedsYou));
    checklist.refuse(&card);
    checklist.refuse(&both);
    checklist.record(of(StepId::SupportPlan, Verdict::Met));
    assert_eq!(checklist.refusals(), [&card]);
    assert_eq!(checklist.step(StepId::PaymentMethod).standing(now), Some(Standing::Unmet));

    // The same once more is one, and refutes what was found since.
    let mut step = Step::new(StepId::PaymentMethod);
    step.refuse(&card);
    step.record(of(StepId::PaymentMethod, Verdict::Met));
    step.refuse(&Refusal { at: now + SignedDuration::from_secs(1), ..card });
    step.record(of(StepId::PaymentMethod, Verdict::Met));
    assert_eq!(step.refusals().count(), 1);
}

#[test]
fn no_check_ends_a_denial_and_only_an_override_goes_on_over_it() {
    let now = Walk::new(Mode::Guided).now;
    let of = |verdict, confidence| finding(StepId::Permission, verdict, confidence, now);
    for steps in [&[StepId::Permission][..], &[]] {
        for before in [of(Verdict::Met, Confidence::Predicted), of(Verdict::Unmet, Confidence::Predicted)] {
            let mut step = Step::new(StepId::Permission);
            step.record(before);
            step.refuse(&refusal(steps, now));
            for reading in [
                of(Verdict::Unmet, Confidence::Predicted),
                of(Verdict::Met, Confidence::Predicted),
                of(Verdict::Met, Confidence::Proven),
            ] {
                let finding = step.finding.as_ref().unwrap();
                assert_eq!((&finding.verdict, finding.confidence), (&Verdict::Unmet, Confidence::Predicted), "{finding:?}");
                step.record(reading);
                assert!(step.is_refused());
            }
            assert!(step.attest("maria", "", now).is_err());
            step.attest("maria", "The owner exempted this account.", now).unwrap();
            assert_eq!(step.standing(now), Some(Standing::Attested));
            // What the check itself proves not to hold stays so.
            step.record(of(Verdict::Unmet, Confidence::Proven));
            assert_eq!(step.standing(now), Some(Standing::Unmet));
            assert!(step.attest("maria", "All the same.", now).is_err());
        }
    }
}

#[test]
fn an_override_over_a_refusal_holds_for_what_the_check_found_then() {
    let now = Walk::new(Mode::Guided).now;
    let of = |rule: &str, verdict| Finding::told(StepId::Permission, rule, verdict).predicted().finish(Partition::Aws, now);
    let overridden = |reading: &Finding| {
        let mut step = Step::new(StepId::Permission);
        step.refuse(&refusal(&[StepId::Permission], now));
        step.record(reading.clone());
        step.attest("maria", "The owner exempted this account.", now).unwrap();
        step
    };
    let allowed = of("allowed", Verdict::Met);
    for (reading, holds) in [
        (allowed.clone(), true),
        (of("could-not-look", Verdict::Unknown(problem(ProblemKind::Throttled, now))), true),
        (of("denied-by-a-boundary", Verdict::Unmet), false),
    ] {
        let mut step = overridden(&allowed);
        let word = step.attestation.clone().unwrap();
        step.record(reading.clone());
        assert_eq!(step.standing(now) == Some(Standing::Attested), holds, "{}", reading.found.name());
        // And the same at the next start.
        let mut next = Step::new(StepId::Permission);
        next.refuse(&refusal(&[StepId::Permission], now));
        next.record(reading.clone());
        next.restore(word);
        assert_eq!(next.standing(now) == Some(Standing::Attested), holds, "{}", reading.found.name());
    }
}

#[test]
fn one_reply_without_an_organization_takes_no_refusal_away_and_settles_nothing() {
    let step = StepId::DelegatedAdministrator;
    let of_no_member = |walk: &Walk, step| finding(step, Verdict::NotApplicable, Confidence::Proven, walk.now).of_no_member();
    for mode in [Mode::Guided, Mode::Review] {
        let mut walk = refused_over(step);
        if mode == Mode::Review {
            walk = Walk::new(Mode::Review).going_on_from(&walk);
            walk.connect(true);
            walk.identify(Ok(subject(ACCOUNT)));
            walk.all_is_well();
            walk.press(Key::Enter);
        }
        walk.press(Key::Char('R'));
        let answers = std::mem::take(&mut walk.checks);
        for (attempt, step) in answers {
            let finding = of_no_member(&walk, step);
            walk.tell(Message::Of(DepartureId::default(), Event::CheckFinished(attempt, finding)));
        }
        walk.identify(Ok(standalone()));
        assert_eq!(walk.model.departure.checklist.step(step).standing(walk.now), Some(Standing::NotApplicable), "{mode:?}");
        assert_eq!(walk.awaited_checks(), [StepId::Membership], "{mode:?}: it is asked once more");
        walk.identify(Ok(subject(ACCOUNT)));
        assert!(walk.is_refused_at(step) && !walk.model.departure.may_confirm(), "{mode:?}");
        assert_ne!(walk.model.departure.checklist.exit_code(&StepId::ALL, walk.now), 0, "{mode:?}");
        walk.all_is_well();
        walk.identify(Ok(subject(ACCOUNT)));
        walk.all_is_well();
        assert!(walk.model.departure.checklist.steps().all(|step| step.finding.is_some()), "{mode:?}: every step is asked again");
        assert!(walk.is_refused_at(step), "{mode:?}");
        let document = Document::of(&walk.model.departure.checklist, &StepId::ALL, walk.now, &mut Unredacted);
        assert!(!document.is_ready() && document.refusals.len() == 1, "{mode:?}");
    }
}

#[test]
fn records_that_flap_to_already_standalone_take_no_refusal_from_the_journal() {
    let step = StepId::DelegatedAdministrator;
    let mut walk = refused_over(step).killed_and_started_again(0);
    walk.connect(true);
    walk.identify(Ok(standalone()));
    walk.identify(Ok(standalone()));
    assert!(matches!(walk.model.departure.leave, Leave::Ended(Outcome::AlreadyStandalone)));
    let again = |walk: &Walk, subject: Subject| {
        let mut walk = Walk::new(Mode::Guided).going_on_from(walk);
        walk.connect(true);
        walk.identify(Ok(subject));
        walk.all_is_well();
        walk
    };
    assert!(again(&walk, subject(ACCOUNT)).is_refused_at(step), "a member of the same organization again");
    assert!(!again(&walk, elsewhere()).is_refused_at(step), "another organization, another checklist");
}

#[test]
fn a_wait_that_the_date_had_confirmed_ends_with_the_date() {
    let step = StepId::WaitingPeriod;
    let now = Walk::new(Mode::Guided).now;
    let until = now + SignedDuration::from_hours(2);
    let at = |verdict, at| finding(step, verdict, Confidence::Predicted, at);
    let mut refused = Step::new(step);
    refused.record(at(Verdict::Waiting { until }, now));
    refused.refuse(&refusal(&[step], now));
    refused.record(at(Verdict::Waiting { until }, now));
    assert_eq!(refused.finding.as_ref().unwrap().verdict, Verdict::Waiting { until });
    refused.record(at(Verdict::Met, until));
    assert!(!refused.is_refused());

    // Where the date could not be read, nothing is said about it.
    let mut unread = Step::new(step);
    unread.refuse(&refusal(&[step], now));
    unread.record(at(Verdict::Unknown(problem(ProblemKind::TimedOut, now)), now));
    let finding = unread.finding.unwrap();
    assert!(
        matches!(finding.verdict, Verdict::Waiting { .. }) && !finding.wording().summary.contains("disagree"),
        "{}",
        finding.wording().summary
    );
}

#[test]
fn it_is_said_that_the_check_finds_what_it_found_before_only_where_it_does() {
    let now = Walk::new(Mode::Guided).now;
    let of = |verdict| finding(StepId::PaymentMethod, verdict, Confidence::Proven, now);
    let unread = of(Verdict::Unknown(problem(ProblemKind::TimedOut, now)));
    for (before, after, says) in [
        (Some(of(Verdict::Met)), of(Verdict::Met), "still gives the same result as before the refusal"),
        (Some(of(Verdict::Met)), of(Verdict::NeedsYou), "does not prove that the cause is gone"),
        (Some(unread.clone()), of(Verdict::Met), "does not prove that the cause is gone"),
        (None, of(Verdict::NeedsYou), "does not prove that the cause is gone"),
        (Some(of(Verdict::Met)), of(Verdict::Unmet), "and the check agrees"),
        (Some(of(Verdict::Met)), unread.clone(), "it could not be checked again"),
    ] {
        let mut step = Step::new(StepId::PaymentMethod);
        if let Some(before) = before {
            step.record(before);
        }
        step.refuse(&refusal(&[StepId::PaymentMethod], now));
        step.record(Finding { at: now + SignedDuration::from_secs(5), ..after });
        let summary = &step.finding.as_ref().unwrap().wording().summary;
        assert!(summary.contains(says), "{says}: {summary}");
    }
}

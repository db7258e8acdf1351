//! The one call that leaves: what AWS says to it, and what became of it.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use leave_org::aws::{Leaver, Reading, Session, connect_to_leave};
use leave_org::checklist::gate::{self, Confirmation, ReadyToLeave};
use leave_org::checklist::{Checklist, Fact, Finding, LeaveAnswer, Partition, ProblemKind, Retry, StepId, Verdict};
use leave_org::simulator::{Damage, Fault, FaultKind, Server};

use crate::checks::{serve, session, shut_down, wanted};

/// The call that leaves.
pub const LEAVE: &str = "organizations:LeaveOrganization";

/// Connects as the guided leave does.
pub async fn to_leave(server: &Server) -> (Session, Leaver) {
    let (session, leaver, _) = connect_to_leave(&wanted(server, false)).await.unwrap();
    (session, leaver)
}

/// A token for the account that the session belongs to, from a checklist on which everything is met.
async fn token(session: &Session) -> ReadyToLeave {
    (ready(session).await)()
}

/// Makes such tokens, as many as are wanted.
pub async fn ready(session: &Session) -> impl Fn() -> ReadyToLeave + use<> {
    let subject = session.reader().round().subject().await.unwrap();
    let now = Timestamp::now();
    let mut checklist = Checklist::default();
    checklist.subject = Some(subject.clone());
    for step in StepId::ALL {
        let problem = ProblemKind::TimedOut;
        checklist.record(Finding::new(step, Fact::NotFoundOut(problem), Verdict::Met).finish(Partition::Aws, now));
    }
    move || {
        let acknowledged: BTreeSet<_> = gate::to_acknowledge(&checklist, now).into_iter().collect();
        let confirmation = gate::confirm(&checklist, &acknowledged, subject.identity.account.as_str(), now).unwrap();
        gate::unlock(confirmation, &checklist, now).unwrap()
    }
}

async fn leave(server: &Server) -> (LeaveAnswer, Option<Confirmation>) {
    let (session, leaver) = to_leave(server).await;
    let token = token(&session).await;
    leaver.leave(token).await
}

#[tokio::test]
async fn a_membership_is_only_read_with_credentials_of_that_account() {
    let server = serve("").await;
    let session = session(&server, false).await;
    let reading = session.reader().membership_of(&"999988887777".parse().unwrap()).await;
    assert!(matches!(&reading, Reading::Unknown(problem) if problem.kind == ProblemKind::AccountChanged), "{reading:?}");
}

#[tokio::test]
async fn a_token_of_another_account_sends_nothing() {
    let (server, other) = (serve("").await, serve("id = '999988887777'").await);
    let (session, leaver) = to_leave(&server).await;
    let (others_session, _) = to_leave(&other).await;
    let LeaveAnswer::NeverSent { problem } = leaver.leave(token(&others_session).await).await.0 else { panic!() };
    assert_eq!(problem.kind, ProblemKind::AccountChanged);
    assert!(problem.message.contains("412098765432") && problem.message.contains("999988887777"), "{}", problem.message);
    assert_eq!((asked_to_leave(&server), asked_to_leave(&other)), (0, 0));
    assert!(matches!(leaver.leave(token(&session).await).await.0, LeaveAnswer::Accepted { .. }));
}

#[tokio::test]
async fn a_reason_counts_whatever_case_its_name_is_in() {
    let server = serve("").await;
    let (session, leaver) = to_leave(&server).await;

    let error = Damage::Error {
        code: "ConstraintViolationException".to_owned(),
        message: "New words.".to_owned(),
        reason: Some("wait_period_active".to_owned()),
        status: None,
    };
    server.inject(Fault::new(LEAVE, error).on_calls(1..=1));
    let LeaveAnswer::Refused { refusal } = leaver.leave(token(&session).await).await.0 else { panic!() };
    assert_eq!((refusal.entry.as_str(), refusal.reason.as_deref()), ("wait-period", Some("wait_period_active")));
}

fn asked_to_leave(server: &Server) -> usize {
    server.requests().iter().filter(|request| request.operation == LEAVE).count()
}

#[tokio::test]
async fn aws_takes_it_and_a_read_of_the_membership_shows_it() {
    let server = serve("").await;
    let (session, leaver) = to_leave(&server).await;
    let account = session.reader().identity().await.unwrap().account;
    assert!(matches!(session.reader().membership_of(&account).await, Reading::Member { .. }));
    let token = token(&session).await;
    let (answer, _) = leaver.leave(token).await;
    assert!(matches!(answer, LeaveAnswer::Accepted { request_id: Some(_) }), "{answer:?}");
    assert!(matches!(session.reader().membership_of(&account).await, Reading::Standalone(_)));
    assert_eq!(asked_to_leave(&server), 1);
}

#[tokio::test]
async fn every_refusal_of_the_practice_aws_is_recognised_by_reason_and_by_message() {
    let cases = [
        ("instruments = []", "payment-method-missing", &[StepId::PaymentMethod][..]),
        ("instruments = [{ accepted = false }]", "payment-method-not-supported", &[StepId::PaymentMethod]),
        ("contact = { verification = 'UNVERIFIED' }", "phone-not-verified", &[StepId::ContactInformation]),
        ("created_days_ago = 1.0", "wait-period", &[StepId::WaitingPeriod]),
        ("delegated_services = ['guardduty.amazonaws.com']", "delegated-administrator", &[StepId::DelegatedAdministrator]),
        (
            "denials = [{ by = 'service-control-policy', actions = ['organizations:LeaveOrganization'] }]",
            "denied-by-service-control-policy",
            &[StepId::Permission],
        ),
        (
            "denials = [{ by = 'identity-policy', actions = ['organizations:LeaveOrganization'] }]",
            "not-allowed-by-identity-policy",
            &[StepId::Permission],
        ),
        (
            "denials = [{ by = 'permissions-boundary', actions = ['organizations:LeaveOrganization'] }]",
            "not-allowed-by-boundary",
            &[StepId::Permission],
        ),
        (
            "denials = [{ by = 'session-policy', actions = ['organizations:LeaveOrganization'] }]",
            "not-allowed-by-session-policy",
            &[StepId::Permission],
        ),
        ("id = '305611223344'", "management-account", &[]),
    ];
    for (account, entry, steps) in cases {
        for carries in [true, false] {
            let server = serve(&format!("{account}\nrefusals_carry_reasons = {carries}")).await;
            let (LeaveAnswer::Refused { refusal }, None) = leave(&server).await else { panic!("{account}") };
            assert_eq!(
                (refusal.entry.as_str(), &refusal.steps[..]),
                (entry, steps),
                "{account}, reasons {carries}: {refusal:#?}"
            );
            assert!(!refusal.cause.is_empty() && !refusal.todo.is_empty() && refusal.request_id.is_some(), "{refusal:#?}");
            assert_eq!(asked_to_leave(&server), 1, "{account}");
        }
    }
}

#[tokio::test]
async fn an_error_that_nobody_knows_is_shown_as_it_came() {
    let server = serve("").await;
    server.inject(Fault::new(
        LEAVE,
        Damage::Error {
            code: "ConstraintViolationException".into(),
            message: "Something new.\u{1b}[2J".into(),
            reason: Some("NEW_REASON".into()),
            status: None,
        },
    ));
    let (LeaveAnswer::Refused { refusal }, None) = leave(&server).await else { panic!() };
    assert_eq!((refusal.entry.as_str(), refusal.reason.as_deref()), ("unrecognised", Some("NEW_REASON")));
    assert_eq!(refusal.message, "Something new.\u{FFFD}[2J");
    assert!(refusal.steps.is_empty());
}

#[tokio::test]
async fn a_busy_aws_takes_nothing_and_gives_the_confirmation_back() {
    for code in ["TooManyRequestsException", "ConcurrentModificationException"] {
        let server = serve("").await;
        server
            .inject(Fault::new(LEAVE, Damage::Error { code: code.into(), message: "Later.".into(), reason: None, status: None }));
        let (LeaveAnswer::Refused { refusal }, Some(confirmation)) = leave(&server).await else { panic!("{code}") };
        assert_eq!(refusal.retry, Retry::AfterAPause, "{code}");
        assert!(confirmation.is_fresh(Timestamp::now()), "{code}");
        assert_eq!(asked_to_leave(&server), 1, "{code}");
    }
}

#[tokio::test]
async fn an_answer_that_does_not_say_what_became_of_it_is_unknown_and_nothing_is_repeated() {
    for (kind, problem) in [
        (FaultKind::AnswerLost, ProblemKind::ConnectionLost),
        (Damage::ResetBeforeActing.into(), ProblemKind::ConnectionLost),
        (FaultKind::InternalError, ProblemKind::ServiceFailure),
        (Damage::Unavailable.into(), ProblemKind::ServiceFailure),
    ] {
        let server = serve("").await;
        server.inject(Fault::new(LEAVE, kind.clone()));
        let (answer, put_off) = leave(&server).await;
        assert_eq!(put_off, None, "{kind:?}");
        assert!(matches!(&answer, LeaveAnswer::Unknown { problem: found } if found.kind == problem), "{kind:?}: {answer:?}");
        assert_eq!(asked_to_leave(&server), 1, "{kind:?}");
    }
}

#[tokio::test]
async fn an_account_that_is_in_no_organization_any_more_is_for_the_membership_to_tell() {
    let server = serve("").await;
    let (session, leaver) = to_leave(&server).await;
    let token = token(&session).await;
    server.change(|account| account.member = false);
    let (answer, _) = leaver.leave(token).await;
    assert!(
        matches!(&answer, LeaveAnswer::Unknown { problem: p } if p.code.as_deref() == Some("AWSOrganizationsNotInUseException")),
        "{answer:?}"
    );
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    let server = serve("").await;
    let (session, leaver) = to_leave(&server).await;
    let token = token(&session).await;
    let _port = shut_down(server).await;
    let (answer, _) = leaver.leave(token).await;
    assert!(matches!(&answer, LeaveAnswer::NeverSent { problem } if problem.kind == ProblemKind::Unreachable), "{answer:?}");
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up_within_the_bound() {
    let server = serve("").await;
    server.inject(Fault::new(LEAVE, Damage::Stall));
    let (session, leaver) = to_leave(&server).await;
    let token = token(&session).await;
    let begun = Instant::now();
    let (answer, _) = leaver.leave(token).await;
    assert!(matches!(&answer, LeaveAnswer::Unknown { problem } if problem.kind == ProblemKind::TimedOut), "{answer:?}");
    assert!(begun.elapsed() < Duration::from_secs(21), "{:?}", begun.elapsed());
    assert_eq!(asked_to_leave(&server), 1);
}

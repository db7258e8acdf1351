//! `waiting-period`: is the account old enough to leave?

use aws_sdk_organizations::types::AccountJoinedMethod;
use jiff::{SignedDuration, Timestamp};

use crate::aws::ask::evidence_of;
use crate::aws::check_run::CheckRun;
use crate::aws::owner::NotTheOwner;
use crate::aws::read_clients::{DESCRIBE_ACCOUNT, timestamp};
use crate::checklist::facts::WaitingPeriodFact::{CreatedRecently, Invited, OldEnough, TooYoung};
use crate::checklist::{AccountDetails, Evidence, Finding, Problem, StepId, Verdict, texts};

use super::{details_fact, minute, not_a_member, owner_not_proven, unknown};

const STEP: StepId = StepId::WaitingPeriod;

pub(super) async fn check(round: &CheckRun) -> Finding {
    let (membership, management, details) = tokio::join!(round.membership(), joined(round), round.details());
    if let Some(finding) = not_a_member(STEP, membership) {
        return finding;
    }
    let told_by_owner = match management {
        Joined::NotAsked => None,
        Joined::NotByTheOwner(refused) => return owner_not_proven(STEP, &refused).evidence([details_fact(details)]),
        Joined::Problem(problem) => return unknown(STEP, &problem).evidence([details_fact(details), evidence_of(&problem)]),
        Joined::Invited { at, evidence } => return Finding::new(STEP, Invited { created: at }, Verdict::Met).evidence(evidence),
        Joined::Created { at, evidence } => Some((at, evidence)),
    };
    let (created, exact, evidence) = match (told_by_owner, &details.result) {
        (Some((at, evidence)), _) => (at, true, evidence),
        (None, Ok(AccountDetails { created_at: Some(created), .. })) => (*created, false, vec![details_fact(details)]),
        (None, Ok(AccountDetails { created_at: None, .. })) => {
            let message = "The answer names no creation date.";
            let problem = Problem::malformed("account:GetAccountInformation", message, round.now());
            return unknown(STEP, &problem).evidence([details_fact(details)]);
        }
        (None, Err(problem)) => return unknown(STEP, problem).evidence([details_fact(details)]),
    };
    let until = end_of_wait(created, texts::rules().waiting_period.days);
    let finding = if until <= round.now() {
        Finding::new(STEP, OldEnough { created }, Verdict::Met)
    } else if exact {
        Finding::new(STEP, CreatedRecently { created, until }, Verdict::Waiting { until })
    } else {
        // An invited account need not wait, and a member is not told how it joined.
        Finding::new(STEP, TooYoung { created, until }, Verdict::Waiting { until }).predicted()
    };
    finding.evidence(evidence)
}

/// How the account joined, as far as the organization's owner says.
enum Joined {
    NotAsked,
    /// The management profile that was given is not used.
    NotByTheOwner(NotTheOwner),
    Invited {
        at: Timestamp,
        evidence: Vec<Evidence>,
    },
    Created {
        at: Timestamp,
        evidence: Vec<Evidence>,
    },
    Problem(Problem),
}

async fn joined(round: &CheckRun) -> Joined {
    let (owner, identity) = tokio::join!(round.management(), round.identity());
    let owner = match owner {
        None => return Joined::NotAsked,
        Some(Err(refused)) => return Joined::NotByTheOwner(refused),
        Some(Ok(owner)) => owner,
    };
    let account = match &identity.result {
        Ok(identity) => &identity.account,
        Err(problem) => return Joined::Problem(problem.clone()),
    };
    let answer = owner.questions.described_account(account).await;
    let fact = answer.told(|output| {
        let account = output.account();
        let method = account.and_then(|a| a.joined_method()).map_or("not told", AccountJoinedMethod::as_str);
        let at = account.and_then(|a| a.joined_timestamp()).and_then(timestamp);
        format!("How the account joined: {method}, {}.", at.map_or_else(|| "at a time not told".to_owned(), minute))
    });
    let output = match answer.result {
        Ok(output) => output,
        Err(problem) => return Joined::Problem(problem),
    };
    let told = output.account().and_then(|a| Some((a.joined_method()?, a.joined_timestamp().and_then(timestamp)?)));
    let evidence = [owner.evidence, vec![fact]].concat();
    match told {
        Some((AccountJoinedMethod::Invited, at)) => Joined::Invited { at, evidence },
        Some((AccountJoinedMethod::Created, at)) => Joined::Created { at, evidence },
        _ => {
            Joined::Problem(Problem::malformed(DESCRIBE_ACCOUNT, "The answer does not say how the account joined.", round.now()))
        }
    }
}

fn end_of_wait(created: Timestamp, days: i64) -> Timestamp {
    created.checked_add(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::MAX)
}

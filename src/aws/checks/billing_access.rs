//! `billing-access`: may IAM users and roles see this account's billing?
//!
//! It asks for credits, which costs nothing. Cost Explorer would tell the same and charges for every request.

use crate::aws::check_run::CheckRun;
use crate::checklist::facts::BillingAccessFact::{Off, On, RootIsAsking};
use crate::checklist::{Finding, PrincipalKind, StepId, Verdict};

use super::{identity_fact, unknown};

const STEP: StepId = StepId::BillingAccess;

/// How AWS says that the switch is off, with no code of its own.
const SWITCHED_OFF: &str = "iam user access not activated";

pub(super) async fn check(round: &CheckRun) -> Finding {
    let identity = round.identity().await;
    let caller = match &identity.result {
        Ok(caller) => caller,
        Err(problem) => return unknown(STEP, problem).evidence([identity_fact(identity)]),
    };
    if caller.kind() == PrincipalKind::Root {
        // The switch does not bind the root user, so no answer to it would tell anything.
        return Finding::new(STEP, RootIsAsking, Verdict::NeedsYou).predicted().evidence([identity_fact(identity)]);
    }
    let credits = round.member.credits(&caller.account, 30).await;
    let evidence =
        [credits.told(|output| format!("AWS answered with {} credits: billing is open to IAM.", output.credits().len()))];
    let finding = match &credits.result {
        Ok(_) => Finding::new(STEP, On, Verdict::Met),
        Err(problem) if problem.message.to_lowercase().contains(SWITCHED_OFF) => Finding::new(STEP, Off, Verdict::Unmet),
        Err(problem) => unknown(STEP, problem),
    };
    finding.evidence(evidence)
}

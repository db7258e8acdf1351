//! `support-plan`: has a support plan been chosen for this account?

use aws_sdk_billing::types::BusinessSupportSubscriptionContract;
use jiff::Timestamp;

use crate::aws::check_run::CheckRun;
use crate::aws::read_clients::timestamp;
use crate::checklist::facts::SupportPlanFact::{BasicOrNone, PlanNamed, PlanWithSupportCases};
use crate::checklist::{Evidence, Finding, Membership, Partition, StepId, Verdict};

use super::unknown;

const STEP: StepId = StepId::SupportPlan;

/// How AWS Support answers accounts on the Basic plan, the Developer plan, or none: it does not say which.
const NO_PLAN_WITH_AN_API: &str = "SubscriptionRequiredException";

/// The plans that AWS ends on 1 January 2027, but for `GovCloud`, by billing's names. How it names Enterprise On-Ramp is not known.
///
/// Source: AWS Support User Guide, End of support for Developer, Business and Enterprise On-Ramp, read 2026-11-29.
const ENDING: [&str; 2] = ["AWSSupportDeveloper", "AWSSupportBusiness"];

pub(super) async fn check(round: &CheckRun) -> Finding {
    let (levels, (named, history), membership) =
        tokio::join!(async { round.member.severity_levels().await }, named_plan(round), round.membership());
    let in_organization = !matches!(membership.result, Ok(Membership::Standalone));
    let fact = levels.told(|output| {
        let codes: Vec<_> = output.severity_levels().iter().filter_map(|level| level.code()).collect();
        format!("Support cases can be opened here, as: {}.", codes.join(", "))
    });
    let ends = round.member.partition != Partition::GovCloud && named.as_deref().is_some_and(|plan| ENDING.contains(&plan));
    let plan = named.as_deref().map(|plan| plan_name(plan).to_owned());
    let finding = match (&levels.result, plan) {
        (Ok(_), plan) => Finding::new(STEP, PlanWithSupportCases { plan, ends, in_organization }, Verdict::Met),
        (Err(_), Some(plan)) => Finding::new(STEP, PlanNamed { plan, ends, in_organization }, Verdict::Met),
        (Err(problem), None) if problem.code.as_deref() == Some(NO_PLAN_WITH_AN_API) => {
            Finding::new(STEP, BasicOrNone, Verdict::NeedsYou)
        }
        (Err(problem), None) => unknown(STEP, problem),
    };
    finding.evidence([Some(fact), history].into_iter().flatten())
}

/// The plan that billing names for this account now, if it names one. That it names none says nothing.
async fn named_plan(round: &CheckRun) -> (Option<String>, Option<Evidence>) {
    let identity = round.identity().await;
    let Ok(caller) = &identity.result else { return (None, None) };
    let answer = round.member.support_history(&caller.account).await;
    let now = answer.at();
    let evidence = answer.told(|output| match current(output.subscription_contracts(), caller.account.as_str(), now) {
        Some(contract) => format!("Billing names the plan {}.", plan_name(contract.plan_name())),
        None => "Billing names no support plan for this account.".to_owned(),
    });
    let plan = answer.result.as_ref().ok();
    let plan = plan.and_then(|output| current(output.subscription_contracts(), caller.account.as_str(), now));
    (plan.map(|contract| contract.plan_name().to_owned()), Some(evidence))
}

fn current<'a>(
    contracts: &'a [BusinessSupportSubscriptionContract],
    account: &str,
    now: Timestamp,
) -> Option<&'a BusinessSupportSubscriptionContract> {
    contracts.iter().find(|contract| {
        let begun = timestamp(contract.contract_start_date()).is_none_or(|start| start <= now);
        let running = timestamp(contract.contract_end_date()).is_none_or(|end| now < end);
        contract.account_id() == account && !contract.plan_name().is_empty() && begun && running
    })
}

/// AWS's name of a plan as people know it.
fn plan_name(plan: &str) -> &str {
    match plan {
        "AWSSupportEssential" => "Basic Support",
        "AWSSupportDeveloper" => "Developer Support",
        "AWSSupportBusiness" => "Business Support",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_smithy_types::DateTime;

    fn contract(account: &str, start: i64, end: i64) -> BusinessSupportSubscriptionContract {
        BusinessSupportSubscriptionContract::builder()
            .account_id(account)
            .plan_name("AWSSupportEssential")
            .contract_start_date(DateTime::from_secs(start))
            .contract_end_date(DateTime::from_secs(end))
            .build()
            .unwrap()
    }

    #[test]
    fn only_a_running_contract_of_this_very_account_names_its_plan() {
        let now = Timestamp::from_second(1_000).unwrap();
        let names = |contract| current(&[contract], "123456789012", now).is_some();
        assert!(names(contract("123456789012", 0, 2_000)));
        assert!(!names(contract("123456789012", 0, 1_000)));
        assert!(!names(contract("123456789012", 1_001, 2_000)));
        assert!(!names(contract("210987654321", 0, 2_000)));
        assert_eq!(plan_name("AWSSupportEssential"), "Basic Support");
    }
}

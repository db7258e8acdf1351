//! Billing: reads that show whether IAM principals may see billing at all.

use serde_json::json;

use super::super::account::{Account, SupportPlan, Switch};
use super::super::principal::PrincipalKind;
use super::super::protocols::Call;
use super::super::reply::{Failure, Outcome, Reply};
use super::epoch;

pub(super) const OPERATIONS: &[&str] = &["GetCredits", "ListBusinessSupportSubscriptionHistory"];

pub(super) fn answer(account: &Account, call: &Call) -> Outcome {
    if !OPERATIONS.contains(&call.operation.as_str()) {
        return Err(Failure::unknown_operation());
    }
    // The switch is about IAM principals; root passes (inferred, not documented).
    if account.iam_billing_access == Switch::Off && account.principal.kind != PrincipalKind::Root {
        return Err(Failure::access_denied("IAM user access not activated"));
    }
    let asked_for = call.text("accountId").unwrap_or(&account.id);
    if asked_for != account.id {
        return Err(Failure::access_denied("You can only request information about your own account."));
    }
    match call.operation.as_str() {
        "GetCredits" => Ok(Reply::Json(json!({"credits": []}))),
        _ => Ok(Reply::Json(json!({"subscriptionContracts": contracts(account)}))),
    }
}

/// The contracts of those plans whose names in this API are known; how it names Business Support+ and Enterprise is not.
fn contracts(account: &Account) -> Vec<serde_json::Value> {
    let name = match account.support.plan {
        SupportPlan::Basic => "AWSSupportEssential",
        SupportPlan::Developer => "AWSSupportDeveloper",
        SupportPlan::Business => "AWSSupportBusiness",
        SupportPlan::NeverChosen | SupportPlan::BusinessPlus | SupportPlan::Enterprise => return Vec::new(),
    };
    let contract = json!({
        "accountId": account.id, "planName": name,
        "contractStartDate": epoch(account.created_at()), "contractEndDate": epoch(account.days_ago(-365.0)),
    });
    vec![contract]
}

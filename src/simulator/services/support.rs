//! Support: an API that exists only with a paid plan, which is what it is asked for.

use serde_json::json;

use super::super::account::{Account, SupportPlan};
use super::super::protocols::Call;
use super::super::reply::{Failure, Outcome, Reply};

pub(super) const OPERATIONS: &[&str] = &["DescribeSeverityLevels"];

pub(super) fn answer(account: &Account, call: &Call) -> Outcome {
    match call.operation.as_str() {
        "DescribeSeverityLevels" if account.support.plan.has_api() => {
            let mut levels = vec![
                json!({"code": "low", "name": "General guidance"}),
                json!({"code": "normal", "name": "System impaired"}),
                json!({"code": "high", "name": "Production system impaired"}),
                json!({"code": "urgent", "name": "Production system down"}),
            ];
            if account.support.plan == SupportPlan::Enterprise {
                levels.push(json!({"code": "critical", "name": "Business-critical system down"}));
            }
            Ok(Reply::Json(json!({"severityLevels": levels})))
        }
        "DescribeSeverityLevels" => Err(Failure::new(
            "SubscriptionRequiredException",
            "Amazon Web Services Premium Support Subscription is required to use this service.",
        )),
        _ => Err(Failure::unknown_operation()),
    }
}

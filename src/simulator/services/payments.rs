//! Payments: the payment instruments of the account, and what is past due.

use serde_json::{Value, json};

use super::super::account::{Account, AccountState, Instrument, PastDue, Switch};
use super::super::principal::PrincipalKind;
use super::super::protocols::Call;
use super::super::reply::{Failure, Outcome};
use super::{json_page, start_of_page};

pub(super) const OPERATIONS: &[&str] = &["ListPaymentInstruments", "GetAccountBalance"];

/// What else the caller of `GetAccountBalance` must be allowed. Source: AWS Payments API reference, `GetAccountBalance`.
pub(super) const ALSO_FOR_BALANCES: &str = "payments:GetPaymentStatus";

/// The most entries on a page of each list. Source: botocore 1.44.8, `payments` 2026-09-23.
const MOST: [(&str, usize); 2] = [("ListPaymentInstruments", 25), ("GetAccountBalance", 100)];

pub(super) fn answer(account: &Account, call: &Call) -> Outcome {
    if !OPERATIONS.contains(&call.operation.as_str()) {
        return Err(Failure::unknown_operation());
    }
    // Which states these are is AWS's own example; that PENDING_ACTIVATION means an incomplete sign-up is inferred.
    if account.state != AccountState::Active {
        let message = "Your account is not in a state that allows this action.";
        return Err(Failure::access_denied(message).with_member("reason", "INVALID_ACCOUNT_STATE"));
    }
    // That the switch is about this service, too, is inferred, not documented.
    if account.iam_billing_access == Switch::Off && account.principal.kind != PrincipalKind::Root {
        return Err(not_authorized(Failure::access_denied("IAM user access not activated")));
    }
    if call.operation == "ListPaymentInstruments" {
        return page(account, call, "paymentInstrumentSummaries", instruments(account));
    }
    let balances = match call.text("balanceType") {
        Some("INVOICES_PAST_DUE") => account.past_due.iter().map(balance).collect(),
        Some("INVOICES_DUE" | "OUTSTANDING_CREDIT_MEMOS") => Vec::new(),
        _ => return Err(invalid("FIELD_VALIDATION_FAILED", "The balance type is not one of those that there are.")),
    };
    page(account, call, "accountBalances", balances)
}

fn balance(due: &PastDue) -> Value {
    json!({"amount": {"value": due.value, "currency": due.currency}, "merchantOfRecord": due.seller})
}

/// A denial as this service gives it.
pub(super) fn not_authorized(failure: Failure) -> Failure {
    failure.with_member("reason", "NOT_AUTHORIZED")
}

fn invalid(reason: &str, message: &str) -> Failure {
    Failure::new("ValidationException", message).with_member("reason", reason)
}

fn instruments(account: &Account) -> Vec<Value> {
    let summary = |(place, instrument): (usize, &Instrument)| {
        let id = format!("pi-{:04}", place + 1);
        json!({
            "id": id, "arn": format!("arn:{}:payments::{}:payment-instrument:{id}", account.partition, account.id),
            "paymentMethod": instrument.method, "status": instrument.status,
        })
    };
    account.instruments.iter().enumerate().map(summary).collect()
}

/// One page of a list.
fn page(account: &Account, call: &Call, name: &str, entries: Vec<Value>) -> Outcome {
    let most = MOST.iter().find(|(operation, _)| *operation == call.operation).map_or(1, |(_, most)| *most);
    let invalid = || invalid("INVALID_PAGINATION_TOKEN", "The pagination token is not valid.");
    let start = start_of_page(call.text("nextToken"), invalid)?;
    let size = call.number("maxResults").unwrap_or(most).min(most);
    Ok(json_page(account, name, "nextToken", start, size, entries))
}

#[cfg(test)]
mod tests {
    use super::super::super::protocols::{Input, Service};
    use super::super::super::reply::Reply;
    use super::*;

    fn ask(account: &Account, operation: &str, input: &Value) -> Result<Value, (String, Value)> {
        let call = Call {
            service: Service::Payments,
            operation: operation.to_owned(),
            access_key: None,
            session_token: None,
            region: None,
            input: Input::Json(input.as_object().cloned().unwrap_or_default()),
        };
        match answer(account, &call) {
            Ok(Reply::Json(members)) => Ok(members),
            Ok(other) => panic!("{other:?}"),
            Err(failure) => Err((failure.code, failure.members.get("reason").cloned().unwrap_or_default())),
        }
    }

    #[test]
    fn instruments_come_in_pages_with_an_arn_of_the_account() {
        let account = Account { instruments: vec![Instrument::card(); 51], ..Account::default() };
        let mut token = json!(null);
        for size in [25, 25, 1] {
            let page = ask(&account, "ListPaymentInstruments", &json!({ "nextToken": token })).unwrap();
            assert_eq!(page["paymentInstrumentSummaries"].as_array().unwrap().len(), size);
            token = page["nextToken"].clone();
            let last = &page["paymentInstrumentSummaries"][size - 1];
            assert!(last["arn"].as_str().unwrap().starts_with("arn:aws:payments::412098765432:payment-instrument:pi-"));
        }
        assert!(token.is_null());
        let wrong = ask(&account, "ListPaymentInstruments", &json!({ "nextToken": "x" })).unwrap_err();
        assert_eq!(wrong, ("ValidationException".to_owned(), json!("INVALID_PAGINATION_TOKEN")));
    }

    #[test]
    fn who_cannot_pay_or_may_not_see_billing_is_told_so() {
        let denied = |account: &Account| ask(account, "ListPaymentInstruments", &json!({})).unwrap_err();
        for state in [AccountState::PendingActivation, AccountState::Suspended] {
            let account = Account { state, ..Account::default() };
            assert_eq!(denied(&account), ("AccessDeniedException".to_owned(), json!("INVALID_ACCOUNT_STATE")));
        }
        let account = Account { iam_billing_access: Switch::Off, ..Account::default() };
        assert_eq!(denied(&account), ("AccessDeniedException".to_owned(), json!("NOT_AUTHORIZED")));
    }
}

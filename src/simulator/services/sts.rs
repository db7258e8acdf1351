//! STS: who am I.

use super::super::account::Account;
use super::super::protocols::Call;
use super::super::reply::{Failure, Outcome, Reply};
use super::super::xml::Element;

pub(super) const OPERATIONS: &[&str] = &["GetCallerIdentity"];

pub(super) fn answer(account: &Account, call: &Call) -> Outcome {
    match call.operation.as_str() {
        "GetCallerIdentity" => Ok(Reply::Xml(vec![
            Element::text("Arn", account.principal.caller_arn(account)),
            Element::text("UserId", account.principal.user_id(account)),
            Element::text("Account", &account.id),
        ])),
        _ => Err(Failure::unknown_operation()),
    }
}

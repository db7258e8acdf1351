//! The operations, one file per service: who calls, whether they may, and what the account's state makes them answer.

mod account;
mod billing;
mod cloudformation;
mod iam;
mod organizations;
mod payments;
mod simulate;
mod sts;
mod support;
mod tree;

use jiff::Timestamp;
use serde_json::{Number, Value, json};

use super::MANAGEMENT_ACCESS_KEY;
use super::account::{Account, Session};
use super::policy::authorise;
use super::protocols::{Call, Service};
use super::reply::{Failure, Outcome, Reply};

pub use account::PRACTICE_CODE;

/// Who calls, as far as an operation must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caller {
    Member,
    /// An administrator of the management account.
    Management,
}

/// Runs one call against the account and returns what AWS would answer.
pub(super) fn answer(account: &mut Account, call: &Call, now: Timestamp) -> Outcome {
    let Some(access_key) = &call.access_key else {
        return Err(Failure::new("MissingAuthenticationTokenException", "Request is missing Authentication Token"));
    };
    if let Some(mut other) = account.other_account(access_key) {
        return dispatch(&mut other, call, now);
    }
    if access_key == MANAGEMENT_ACCESS_KEY {
        authorise_owner(account, call)?;
        return match call.service {
            Service::Organizations => organizations::answer(account, Caller::Management, call, now),
            // The Account API acts on a member for its management account (all features and trusted access are taken as given).
            Service::Account if call.text("AccountId") == Some(&account.id) && account.member => {
                account::answer(account, call, now)
            }
            // StackSets of the organization are its owner's.
            Service::CloudFormation => cloudformation::answer(account, call, &account.stack_sets),
            Service::Sts if call.operation == "AssumeRole" => sts::assume_role_as_owner(account, call, now),
            _ => dispatch(&mut account.management_account(), call, now),
        };
    }
    if account.session == Session::Expired {
        return Err(Failure::expired_token());
    }
    match account.assumed.sessions.get(access_key).cloned() {
        None => answer_member(account, call, now),
        Some(session) => {
            session.admit(call.session_token.as_deref(), now)?;
            let own = std::mem::replace(&mut account.principal, session.principal);
            let outcome = answer_member(account, call, now);
            account.principal = own;
            outcome
        }
    }
}

/// Fails where the session of the management account's administrator has ended, or where its policies keep it from calling.
fn authorise_owner(account: &Account, call: &Call) -> Result<(), Failure> {
    if account.organization.owner_session == Session::Expired {
        return Err(Failure::expired_token());
    }
    if call.operation == "GetCallerIdentity" || !is_known(call) {
        return Ok(());
    }
    let owner = account.management_account();
    authorise(&owner, &call.name(), &resource(account, call))
}

/// Answers the account's principal, if that may call.
fn answer_member(account: &mut Account, call: &Call, now: Timestamp) -> Outcome {
    // Asking who one is needs no permission, and no policy can deny it. Source: STS API reference, GetCallerIdentity.
    if call.operation != "GetCallerIdentity" && is_known(call) {
        let resource = resource(account, call);
        authorise(account, &call.name(), &resource).map_err(|denied| match call.service {
            Service::Payments => payments::not_authorized(denied),
            _ => denied,
        })?;
        if call.operation == "GetAccountBalance" {
            authorise(account, payments::ALSO_FOR_BALANCES, &resource).map_err(payments::not_authorized)?;
        }
    }
    dispatch(account, call, now)
}

fn dispatch(account: &mut Account, call: &Call, now: Timestamp) -> Outcome {
    match call.service {
        Service::Organizations => organizations::answer(account, Caller::Member, call, now),
        Service::Account => {
            if call.text("AccountId").is_some() {
                // Source: Account Management API: only the management account or a delegated administrator may name an account.
                let message = "You are not authorized to specify the AccountId parameter.";
                return Err(Failure::access_denied(message));
            }
            account::answer(account, call, now)
        }
        Service::Support => support::answer(account, call),
        Service::Billing => billing::answer(account, call),
        Service::Payments => payments::answer(account, call),
        Service::Iam => iam::answer(account, call),
        Service::Sts => sts::answer(account, call, now),
        Service::CloudFormation => cloudformation::answer(account, call, &[]),
    }
}

/// Whether the operation is played; AWS says that it does not know an operation before it asks who may call it.
fn is_known(call: &Call) -> bool {
    let known: &[&str] = match call.service {
        Service::Organizations => return organizations::is_known(&call.operation),
        Service::Account => account::OPERATIONS,
        Service::Support => support::OPERATIONS,
        Service::Billing => billing::OPERATIONS,
        Service::Payments => payments::OPERATIONS,
        Service::Iam => iam::OPERATIONS,
        Service::Sts => sts::OPERATIONS,
        Service::CloudFormation => cloudformation::OPERATIONS,
    };
    known.contains(&call.operation.as_str())
}

/// The resource that a denial names.
fn resource(account: &Account, call: &Call) -> String {
    match call.service {
        Service::Account => account.arn("account", "account"),
        Service::Iam => iam::resource(account, call),
        Service::Sts => call.text("RoleArn").unwrap_or("*").to_owned(),
        Service::Organizations if call.operation == "DescribeAccount" => account.member_arn(),
        _ => "*".to_owned(),
    }
}

/// Where a page of a list begins that is not the first one: the token is the place of its first entry.
fn start_of_page(token: Option<&str>, invalid: impl FnOnce() -> Failure) -> Result<Option<usize>, Failure> {
    let place = |token: &str| token.strip_prefix("practice-")?.parse().ok();
    token.map(|token| place(token).ok_or_else(invalid)).transpose()
}

/// The entries of the page that begins at `start`, and the token of the next page, if there is one.
fn page_of<T>(entries: impl IntoIterator<Item = T>, start: usize, size: usize) -> (Vec<T>, Option<String>) {
    let mut entries = entries.into_iter().skip(start);
    let page = entries.by_ref().take(size).collect();
    (page, entries.next().map(|_| token_of_page(start + size)))
}

/// The token of the page that begins at `place`.
fn token_of_page(place: usize) -> String {
    format!("practice-{place}")
}

/// One page of a list in JSON, of `size` entries at the most. The first one is empty where the account says so.
fn json_page(account: &Account, name: &str, token: &str, start: Option<usize>, size: usize, entries: Vec<Value>) -> Reply {
    let (page, next) = match start {
        None if account.first_pages_empty => (Vec::new(), Some(token_of_page(0))),
        _ => page_of(entries, start.unwrap_or_default(), size.min(account.page_size).max(1)),
    };
    let mut answer = json!({ name: page });
    if let Some(next) = next {
        answer[token] = next.into();
    }
    Reply::Json(answer)
}

/// A moment as awsJson writes it: seconds since 1970.
fn epoch(moment: Timestamp) -> Value {
    Value::Number(Number::from(moment.as_second()))
}

/// A moment as XML and restJson1 write it: `2026-11-23T21:00:00Z`.
fn iso(moment: Timestamp) -> String {
    Timestamp::from_second(moment.as_second()).unwrap_or(moment).to_string()
}

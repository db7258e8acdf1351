//! Organizations: membership, delegation, invitations, and the leave.
//!
//! What a plain member may ask is little; the rest is for the management account and delegated administrators, and everyone else gets
//! the bare "You don't have permissions to access this resource." Source: Organizations API reference, per operation.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::account::{Account, Invitation};
use super::super::leave::{leave_organization, management_account_cannot_leave};
use super::super::policy::NOT_ELIGIBLE;
use super::super::protocols::Call;
use super::super::reply::{Failure, Outcome, Reply};
use super::{Caller, epoch, json_page, start_of_page, tree};

const OPERATIONS: &[&str] = &[
    "DescribeOrganization",
    "ListHandshakesForAccount",
    "LeaveOrganization",
    "DescribeAccount",
    "ListDelegatedAdministrators",
    "ListDelegatedServicesForAccount",
    "ListTagsForResource",
    "DeregisterDelegatedAdministrator",
    "RemoveAccountFromOrganization",
];

/// Whether the operation is played.
pub(super) fn is_known(operation: &str) -> bool {
    OPERATIONS.contains(&operation) || tree::OPERATIONS.contains(&operation)
}

/// How long an invitation stays open, in days. Source: Organizations User Guide, quotas.
const INVITATION_DAYS: f64 = 15.0;

pub(super) fn answer(account: &mut Account, caller: Caller, call: &Call, now: Timestamp) -> Outcome {
    let operation = call.operation.as_str();
    match operation {
        "DescribeOrganization" => describe_organization(account, caller),
        "ListHandshakesForAccount" => page(account, call, "Handshakes", handshakes(account, caller)),
        "LeaveOrganization" if caller == Caller::Management => Err(management_account_cannot_leave()),
        "LeaveOrganization" => leave_organization(account, now).map(|()| Reply::Empty),
        _ if !is_known(operation) => Err(Failure::unknown_operation()),
        _ => administer(account, caller, call, now),
    }
}

/// The operations that are not for plain members.
fn administer(account: &mut Account, caller: Caller, call: &Call, now: Timestamp) -> Outcome {
    let only_management = matches!(call.operation.as_str(), "DeregisterDelegatedAdministrator" | "RemoveAccountFromOrganization");
    if caller == Caller::Member {
        if !account.member {
            return Err(Failure::not_in_use());
        }
        let administrator = account.is_management_account()
            || (!only_management && (account.is_delegated_administrator() || account.delegation_policy_grants_reads));
        if !administrator {
            return Err(Failure::access_denied(NOT_ELIGIBLE));
        }
    }
    let named = call.text("AccountId").or(call.text("ResourceId"));
    if let Some(id) = call.text("ResourceId")
        && (id != account.id || !account.member)
    {
        return Err(tree::target_not_found());
    }
    if let Some(id) = named
        && (id != account.id || !account.member)
    {
        return Err(Failure::new("AccountNotFoundException", "You specified an account that doesn't exist."));
    }
    match call.operation.as_str() {
        "ListDelegatedAdministrators" => {
            let asked_for = call.text("ServicePrincipal");
            let listed = account.is_delegated_administrator()
                && asked_for.is_none_or(|service| account.delegated_services.iter().any(|known| known == service));
            let administrators: Vec<Value> = listed.then(|| delegated_administrator(account)).into_iter().collect();
            Ok(Reply::Json(json!({"DelegatedAdministrators": administrators})))
        }
        operation if tree::OPERATIONS.contains(&operation) => tree::answer(account, call),
        _ if named.is_none() => {
            Err(Failure::new("InvalidInputException", "You must specify an account.").with_member("Reason", "INPUT_REQUIRED"))
        }
        "DescribeAccount" => Ok(Reply::Json(json!({"Account": described(account)}))),
        "ListTagsForResource" => {
            let tags: Vec<Value> = account.tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
            page(account, call, "Tags", tags)
        }
        "ListDelegatedServicesForAccount" if account.delegated_services.is_empty() => Err(not_registered()),
        "ListDelegatedServicesForAccount" => {
            let since = epoch(account.created_at());
            let services: Vec<Value> = account
                .delegated_services
                .iter()
                .map(|service| json!({"ServicePrincipal": service, "DelegationEnabledDate": since}))
                .collect();
            page(account, call, "DelegatedServices", services)
        }
        "DeregisterDelegatedAdministrator" => {
            let service = call.text("ServicePrincipal").unwrap_or_default();
            let before = account.delegated_services.len();
            account.delegated_services.retain(|known| known != service);
            if account.delegated_services.len() == before { Err(not_registered()) } else { Ok(Reply::Empty) }
        }
        _ => leave_organization(account, now).map(|()| Reply::Empty),
    }
}

/// One page of a list.
pub(super) fn page(account: &Account, call: &Call, name: &str, entries: Vec<Value>) -> Outcome {
    let start = start_of_page(call.text("NextToken"), || {
        let failure = Failure::new("InvalidInputException", "You provided an invalid next token.");
        failure.with_member("Reason", "INVALID_NEXT_TOKEN")
    })?;
    Ok(json_page(account, name, "NextToken", start, usize::MAX, entries))
}

/// Source of the text: public reports.
fn not_registered() -> Failure {
    Failure::new(
        "AccountNotRegisteredException",
        "The provided account is not a registered delegated administrator for your organization.",
    )
}

fn describe_organization(account: &mut Account, caller: Caller) -> Outcome {
    let master_arn =
        account.organization_arn(&format!("account/{}/{}", account.organization.id, account.organization.management_account_id));
    let arn = account.organization_arn(&format!("organization/{}", account.organization.id));
    let organization = match caller {
        Caller::Management => Some(&account.organization),
        Caller::Member => account.read_membership(),
    };
    let Some(organization) = organization else { return Err(Failure::not_in_use()) };
    Ok(Reply::Json(json!({"Organization": {
        "Id": organization.id,
        "Arn": arn,
        "FeatureSet": organization.feature_set,
        "MasterAccountArn": master_arn,
        "MasterAccountId": organization.management_account_id,
        "MasterAccountEmail": organization.management_email,
        "AvailablePolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}],
    }})))
}

/// The member as its organization describes it. `Status` went in September 2026; `State` took its place.
fn described(account: &Account) -> Value {
    json!({
        "Id": account.id,
        "Arn": account.member_arn(),
        "Email": account.email,
        "Name": account.name,
        "State": account.state,
        "Paths": [tree::path(account)],
        "JoinedMethod": account.joined,
        "JoinedTimestamp": epoch(account.created_at()),
    })
}

fn delegated_administrator(account: &Account) -> Value {
    let mut described = described(account);
    if let Some(members) = described.as_object_mut() {
        members.remove("Paths");
        members.insert("DelegationEnabledDate".to_owned(), epoch(account.created_at()));
    }
    described
}

fn handshakes(account: &Account, caller: Caller) -> Vec<Value> {
    match caller {
        Caller::Management => Vec::new(),
        Caller::Member => account.invitations.iter().map(|invitation| handshake(account, invitation)).collect(),
    }
}

fn handshake(account: &Account, invitation: &Invitation) -> Value {
    let Invitation { id, organization_id, management_account_id, management_account_name, management_email, .. } = invitation;
    json!({
        "Id": id,
        "Arn": format!("arn:{}:organizations::{management_account_id}:handshake/{organization_id}/invite/{id}", account.partition),
        "Parties": [
            {"Id": organization_id, "Type": "ORGANIZATION"},
            {"Id": account.id, "Type": "ACCOUNT"},
        ],
        "State": invitation.state,
        "RequestedTimestamp": epoch(account.days_ago(invitation.sent_days_ago)),
        "ExpirationTimestamp": epoch(account.days_ago(invitation.sent_days_ago - INVITATION_DAYS)),
        "Action": "INVITE",
        "Resources": [
            {"Type": "ORGANIZATION", "Value": organization_id, "Resources": [
                {"Type": "MASTER_EMAIL", "Value": management_email},
                {"Type": "MASTER_NAME", "Value": management_account_name},
                {"Type": "ORGANIZATION_FEATURE_SET", "Value": "ALL"},
            ]},
            {"Type": "ACCOUNT", "Value": account.id},
        ],
    })
}

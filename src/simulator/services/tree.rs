//! Organizations: the place of the account in its organization, and the service control policies on the way to it, as the owner sees them.
//!
//! Source of the shapes and errors: Organizations API reference, per operation.

use serde_json::{Value, json};

use super::super::account::Account;
use super::super::policy::{DENYING_POLICY, Denial, DeniedBy, Effect};
use super::super::protocols::Call;
use super::super::reply::{Failure, Outcome, Reply};

pub(super) const OPERATIONS: &[&str] = &["DescribePolicy", "ListParents", "ListPoliciesForTarget", "ListRoots"];

const ROOT: &str = "r-1x2y";
const UNIT: &str = "ou-1x2y-prodacct";

/// The policy by which AWS itself lets everything through.
const FULL_ACCESS: &str = "p-FullAWSAccess";

/// The path from the organization down to the account.
pub(super) fn path(account: &Account) -> String {
    format!("{}/{ROOT}/{UNIT}/{}/", account.organization.id, account.id)
}

pub(super) fn answer(account: &Account, call: &Call) -> Outcome {
    match call.operation.as_str() {
        "ListRoots" => Ok(Reply::Json(json!({"Roots": [{
            "Id": ROOT,
            "Arn": account.organization_arn(&format!("root/{}/{ROOT}", account.organization.id)),
            "Name": "Root",
            "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}],
        }]}))),
        "ListParents" => match call.text("ChildId") {
            Some(child) if child == account.id => Ok(parent(UNIT, "ORGANIZATIONAL_UNIT")),
            Some(UNIT) => Ok(parent(ROOT, "ROOT")),
            _ => Err(Failure::new(
                "ChildNotFoundException",
                "We can't find an organizational unit (OU) or AWS account with the ChildId that you specified.",
            )),
        },
        "ListPoliciesForTarget" => {
            let target = call.text("TargetId").unwrap_or_default();
            if ![ROOT, UNIT, account.id.as_str()].contains(&target) {
                let message = "We can't find a root, OU, account, or policy with the TargetId that you specified.";
                return Err(Failure::new("TargetNotFoundException", message));
            }
            let attached = attached(account, target).into_iter().map(|policy| summary(account, policy));
            let of_this_type = call.text("Filter") == Some("SERVICE_CONTROL_POLICY");
            Ok(Reply::Json(json!({"Policies": attached.filter(|_| of_this_type).collect::<Vec<_>>()})))
        }
        "DescribePolicy" => {
            let id = call.text("PolicyId").unwrap_or_default();
            let policy = attached(account, ROOT).into_iter().find(|policy| *policy == id).ok_or_else(|| {
                Failure::new("PolicyNotFoundException", "We can't find a policy with the PolicyId that you specified.")
            })?;
            Ok(Reply::Json(json!({"Policy": {"PolicySummary": summary(account, policy), "Content": content(account, policy)}})))
        }
        _ => Err(Failure::unknown_operation()),
    }
}

fn parent(id: &str, kind: &str) -> Reply {
    Reply::Json(json!({"Parents": [{"Id": id, "Type": kind}]}))
}

/// What is attached to a target: AWS's own policy everywhere, and the organization's at the root.
fn attached(account: &Account, target: &str) -> Vec<&'static str> {
    if target == ROOT && !denied(account).is_empty() { vec![FULL_ACCESS, DENYING_POLICY] } else { vec![FULL_ACCESS] }
}

/// The actions that the organization's policies deny.
fn denied(account: &Account) -> Vec<&str> {
    let by_policy = |denial: &&Denial| denial.by == DeniedBy::ServiceControlPolicy && denial.effect() == Effect::Explicit;
    account.denials.iter().filter(by_policy).flat_map(|denial| &denial.actions).map(String::as_str).collect()
}

fn summary(account: &Account, policy: &str) -> Value {
    let aws_managed = policy == FULL_ACCESS;
    let organization = &account.organization.id;
    let arn = if aws_managed {
        format!("arn:{}:organizations::aws:policy/service_control_policy/{policy}", account.partition)
    } else {
        account.organization_arn(&format!("policy/{organization}/service_control_policy/{policy}"))
    };
    json!({
        "Id": policy,
        "Arn": arn,
        "Name": if aws_managed { "FullAWSAccess" } else { "DenyLeaveAndCloseAccount" },
        "Description": if aws_managed { "Allows access to every operation" } else { "" },
        "Type": "SERVICE_CONTROL_POLICY",
        "AwsManaged": aws_managed,
    })
}

/// A policy's text. AWS keeps and answers it as a string.
fn content(account: &Account, policy: &str) -> String {
    let statement = if policy == FULL_ACCESS {
        json!({"Effect": "Allow", "Action": "*", "Resource": "*"})
    } else {
        json!({"Effect": "Deny", "Action": denied(account), "Resource": "*"})
    };
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

#[cfg(test)]
mod tests {
    use super::super::super::protocols::{Input, Service};
    use super::*;

    fn asked(account: &Account, operation: &str, input: &Value) -> Outcome {
        let input = Input::Json(input.as_object().cloned().unwrap_or_default());
        let call = Call {
            service: Service::Organizations,
            operation: operation.to_owned(),
            access_key: None,
            session_token: None,
            input,
        };
        answer(account, &call)
    }

    fn body(outcome: Outcome) -> Value {
        match outcome {
            Ok(Reply::Json(body)) => body,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_policy_that_denies_is_found_on_the_way_from_the_account_to_the_root() {
        let denial = Denial::new(DeniedBy::ServiceControlPolicy, &["organizations:LeaveOrganization"]);
        let account = Account { denials: vec![denial], ..Account::default() };
        let mut target = account.id.clone();
        let mut seen = Vec::new();
        while !target.starts_with("r-") {
            target =
                body(asked(&account, "ListParents", &json!({"ChildId": target})))["Parents"][0]["Id"].as_str().unwrap().into();
            seen.push(target.clone());
        }
        assert_eq!(seen, [UNIT, ROOT]);
        let at = |target: &str, filter: &str| {
            let listed = body(asked(&account, "ListPoliciesForTarget", &json!({"TargetId": target, "Filter": filter})));
            let ids = listed["Policies"].as_array().unwrap().iter().map(|policy| policy["Id"].as_str().unwrap().to_owned());
            ids.collect::<Vec<_>>()
        };
        assert_eq!(at(&account.id, "SERVICE_CONTROL_POLICY"), [FULL_ACCESS]);
        assert_eq!(at(ROOT, "SERVICE_CONTROL_POLICY"), [FULL_ACCESS, DENYING_POLICY]);
        assert!(at(ROOT, "TAG_POLICY").is_empty());
        let policy = body(asked(&account, "DescribePolicy", &json!({"PolicyId": DENYING_POLICY})));
        assert!(policy["Policy"]["Content"].as_str().unwrap().contains("organizations:LeaveOrganization"));
    }

    #[test]
    fn what_does_not_exist_is_not_found_by_the_name_of_what_it_is() {
        let account = Account::default();
        let code = |operation: &str, input: Value| asked(&account, operation, &input).unwrap_err().code;
        assert_eq!(code("ListParents", json!({"ChildId": ROOT})), "ChildNotFoundException");
        assert_eq!(code("ListPoliciesForTarget", json!({"TargetId": "123456789012"})), "TargetNotFoundException");
        assert_eq!(code("DescribePolicy", json!({"PolicyId": DENYING_POLICY})), "PolicyNotFoundException");
    }
}

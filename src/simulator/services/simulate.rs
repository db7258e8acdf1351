//! IAM's policy simulator, as far as a leave needs it.
//!
//! As AWS does since July 2026 it calls an explicit deny of a service control policy `explicitDeny`, but never returns that policy's
//! statements; it knows no session policies. Source: IAM API reference, `SimulatePrincipalPolicy`.

use super::super::account::Account;
use super::super::policy::{Denial, DeniedBy, Effect, binds};
use super::super::protocols::Call;
use super::super::reply::{Failure, Outcome, Reply};
use super::super::xml::Element;
use super::iam::no_such;

pub(super) fn answer(account: &Account, call: &Call) -> Outcome {
    let source = call.text("PolicySourceArn").unwrap_or_default();
    let is_caller = find_principal(account, source)?;
    let actions = call.list("ActionNames");
    if actions.is_empty() {
        return Err(Failure::new(
            "ValidationError",
            "Value null at 'actionNames' failed to satisfy constraint: Member must not be null",
        ));
    }
    let mut resources = call.list("ResourceArns");
    if resources.is_empty() {
        resources.push("*");
    }
    let results: Vec<Vec<Element>> = actions
        .iter()
        .flat_map(|action| resources.iter().map(move |resource| evaluation(account, is_caller, action, resource)))
        .collect();
    Ok(Reply::Xml(vec![Element::list("EvaluationResults", results), Element::text("IsTruncated", "false")]))
}

/// Whether the ARN is the caller's own; fails when it names no user or role of this account.
fn find_principal(account: &Account, arn: &str) -> Result<bool, Failure> {
    let own = account.arn("iam", "");
    let (kind, path_and_name) = arn.strip_prefix(&own).and_then(|rest| rest.split_once('/')).unwrap_or_default();
    let name = path_and_name.rsplit('/').next().unwrap_or_default();
    let exists = match kind {
        "role" => account.all_roles().any(|role| role.arn(account) == arn),
        "user" => account.all_users().any(|user| account.arn("iam", &format!("user{}{}", user.path, user.name)) == arn),
        _ => {
            let message = format!("Invalid Entity Arn: {arn} does not clearly define entity type and name.");
            return Err(Failure::new("InvalidInput", message));
        }
    };
    if exists { Ok(account.principal.iam_arn(account) == arn) } else { Err(no_such(kind, name)) }
}

fn evaluation(account: &Account, is_caller: bool, action: &str, resource: &str) -> Vec<Element> {
    // The organization's policies bind everyone in the account; the others are the caller's own.
    let denied = |by: DeniedBy| -> Option<&Denial> {
        account
            .denials
            .iter()
            .filter(|denial| denial.by == by && denial.covers(action) && binds(by, account))
            .filter(|_| is_caller || by == DeniedBy::ServiceControlPolicy)
            .max_by_key(|denial| denial.effect() == Effect::Explicit)
    };
    let organization = denied(DeniedBy::ServiceControlPolicy);
    let boundary = denied(DeniedBy::PermissionsBoundary);
    let identity = denied(DeniedBy::IdentityPolicy);
    let denials: Vec<&Denial> = [organization, boundary, identity].into_iter().flatten().collect();
    let decision = if denials.iter().any(|denial| denial.effect() == Effect::Explicit) {
        "explicitDeny"
    } else if denials.is_empty() {
        "allowed"
    } else {
        "implicitDeny"
    };
    // Only the principal's own policies show a statement: the one that allows, or the one that denies.
    let identity_speaks = identity.is_none_or(|denial| denial.effect() == Effect::Explicit);
    let statement =
        (identity_speaks && organization.is_none_or(|denial| denial.effect() == Effect::Implicit)).then(matched_statement);
    let mut members = vec![
        Element::text("EvalActionName", action),
        Element::text("EvalResourceName", resource),
        Element::text("EvalDecision", decision),
        Element::list("MatchedStatements", statement),
        Element::list("MissingContextValues", None),
    ];
    if account.member {
        let allowed = Element::text("AllowedByOrganizations", organization.is_none().to_string());
        members.push(Element::new("OrganizationsDecisionDetail", vec![allowed]));
    }
    if is_caller && account.denials.iter().any(|denial| denial.by == DeniedBy::PermissionsBoundary) {
        let allowed = Element::text("AllowedByPermissionsBoundary", boundary.is_none().to_string());
        members.push(Element::new("PermissionsBoundaryDecisionDetail", vec![allowed]));
    }
    members
}

fn matched_statement() -> Vec<Element> {
    let position = |name: &str, line: u32, column: u32| {
        Element::new(name, vec![Element::text("Line", line.to_string()), Element::text("Column", column.to_string())])
    };
    vec![
        Element::text("SourcePolicyId", "AdministratorAccess"),
        Element::text("SourcePolicyType", "IAM Policy"),
        position("StartPosition", 3, 17),
        position("EndPosition", 8, 6),
    ]
}

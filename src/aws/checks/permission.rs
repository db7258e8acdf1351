//! `permission`: may this principal leave?
//!
//! It asks IAM's policy simulator. Calling `LeaveOrganization` to find out would be leaving.

use aws_sdk_iam::operation::simulate_principal_policy::SimulatePrincipalPolicyOutput;
use aws_sdk_iam::types::{
    ContextEntry, ContextKeyTypeEnum, EvaluationResult, OrganizationsDecisionDetail, PermissionsBoundaryDecisionDetail,
    PolicyEvaluationDecisionType, Tag,
};

use crate::aws::ask::{Recorded, evidence_of};
use crate::aws::check_run::{CheckRun, Principal};
use crate::aws::owner::NotTheOwner;
use crate::aws::read_clients::LEAVE_ORGANIZATION;
use crate::checklist::facts::PermissionFact::{
    Allowed, LeaveDeniedByBoundary, LeaveDeniedByIdentityPolicy, LeaveDeniedByServiceControlPolicy, LeaveDeniedBySomething,
    LooksLikeAProject, NotAllowed, NotSimulated, RootUser,
};
use crate::checklist::facts::{Few, Own, PermissionFact};
use crate::checklist::{Evidence, FactLine, Finding, Identity, PrincipalKind, Problem, ProblemKind, StepId, Verdict};

use super::policies_above::{self, PoliciesAbove};
use super::{identity_fact, not_a_member, unknown};

const STEP: StepId = StepId::Permission;
const SIMULATE: &str = "iam:SimulatePrincipalPolicy";

pub(super) async fn check(round: &CheckRun) -> Finding {
    let (finding, owner) = tokio::join!(of_the_member(round), of_the_owner(round));
    match owner {
        None => finding,
        Some(Err(refused)) => finding.line(FactLine::OwnerNotUsed(refused.why)),
        Some(Ok(policies)) => policies.add_to(finding),
    }
}

/// What the organization's owner shows of its policies.
async fn of_the_owner(round: &CheckRun) -> Option<Result<PoliciesAbove, NotTheOwner>> {
    let owner = match round.management().await? {
        Ok(owner) => owner,
        Err(refused) => return Some(Err(refused)),
    };
    // Nobody is proven to be the owner of an account that is not known, and no policy binds the management account.
    let account = round.account().await.filter(|account| **account != owner.proof.account)?;
    // On the heap: a check without an owner should not carry the size of what only an owner is asked.
    Some(Ok(Box::pin(policies_above::read(owner.questions, account)).await))
}

/// What the member can find out by itself.
async fn of_the_member(round: &CheckRun) -> Finding {
    let (membership, principal, identity) = tokio::join!(round.membership(), round.principal(), round.identity());
    if let Some(finding) = not_a_member(STEP, membership) {
        return finding;
    }
    let caller = match &identity.result {
        Ok(caller) => caller,
        Err(problem) => return unknown(STEP, problem).evidence([identity_fact(identity)]),
    };
    let not_simulated = |fact: PermissionFact, message: &str| {
        let problem = Problem::here(ProblemKind::NotEligible, SIMULATE, message, round.now());
        Finding::new(STEP, fact, Verdict::Unknown(problem)).evidence([identity_fact(identity)])
    };
    let (source, tags, mut evidence) = match &principal.result {
        Ok(Principal::Root) => return not_simulated(RootUser, "The policy simulator does not judge the root user."),
        Ok(Principal::Other) => {
            return not_simulated(
                NotSimulated { arn: caller.arn.clone() },
                "The policy simulator judges IAM users and roles, and these credentials are neither.",
            );
        }
        Ok(Principal::User(user)) => (user.arn().to_owned(), user.tags(), vec![principal_fact(principal)]),
        Ok(Principal::Role(role)) => (role.arn().to_owned(), role.tags(), vec![principal_fact(principal)]),
        // Where a policy keeps the caller's own role or user from being read, asking again would not help. Any other failure may pass, and
        // the simulator would have to judge without the tags that policies may ask for.
        Err(problem) => match likely_arn(caller).filter(|_| problem.kind.is_denial()) {
            // Names are unique in an account: if the simulator knows this ARN, it is the right one.
            Some(arn) => (arn, &[] as &[Tag], vec![evidence_of(problem)]),
            None => return unknown(STEP, problem).evidence([evidence_of(problem)]),
        },
    };
    let answer = round.member.simulated(&source, &[LEAVE_ORGANIZATION], context(round, &source, caller, tags)).await;
    evidence.push(answer.told(fact));
    let result = match (&answer.result, &principal.result) {
        (Ok(output), _) => decision_on(output.evaluation_results(), LEAVE_ORGANIZATION),
        // The ARN was a guess, and wrong: what failed is the question for the right one.
        (Err(guess), Err(problem)) if guess.code.as_deref() == Some("NoSuchEntity") => {
            return unknown(STEP, problem).evidence(evidence);
        }
        (Err(problem), _) => return unknown(STEP, problem).evidence(evidence),
    };
    let by_organization = result.is_some_and(|result| organization_allows(result) == Some(false));
    let Some(finding) = result.and_then(|result| judge(result, caller)) else {
        let problem = Problem::malformed(SIMULATE, "The answer holds no decision that this program knows.", round.now());
        return unknown(STEP, &problem).evidence(evidence);
    };
    if !by_organization {
        return finding.evidence(evidence);
    }
    let marks: Vec<&str> = DENIED_IN_A_PROJECT.into_iter().chain(LEFT_ALONE_IN_A_PROJECT).collect();
    let answer = round.member.simulated(&source, &marks, context(round, &source, caller, tags)).await;
    evidence.push(answer.told(|output| {
        let denied: Vec<&str> = marks.iter().copied().filter(|action| denies_outright(output, action)).collect();
        let which = if denied.is_empty() { String::new() } else { format!(": {}", denied.join(", ")) };
        format!("The organization denies {} of {} more actions outright{which}.", denied.len(), marks.len())
    }));
    let finding = match &answer.result {
        Ok(output) if looks_like_a_project(output) => finding.instead(LooksLikeAProject, Verdict::Unmet),
        Ok(_) | Err(_) => finding,
    };
    finding.evidence(evidence)
}

/// What the policies of AWS's sign-up for projects deny every account besides leaving.
///
/// Source: AWS Account Management Reference Guide, SCPs and RCPs for projects, read 2026-11-29.
const DENIED_IN_A_PROJECT: [&str; 5] = [
    "organizations:AcceptHandshake",
    "account:CloseAccount",
    "account:GetContactInformation",
    "account:PutContactInformation",
    "billing:GetCredits",
];

/// What they do not deny. An organization that denies these, too, has other policies. Source: as above.
const LEFT_ALONE_IN_A_PROJECT: [&str; 3] = ["organizations:DescribeOrganization", "account:ListRegions", "iam:ListUsers"];

/// Whether all that those policies deny is denied, and nothing that they leave alone.
fn looks_like_a_project(output: &SimulatePrincipalPolicyOutput) -> bool {
    let allows = |action: &&str| decision_on(output.evaluation_results(), action).and_then(organization_allows) == Some(true);
    DENIED_IN_A_PROJECT.iter().all(|action| denies_outright(output, action)) && LEFT_ALONE_IN_A_PROJECT.iter().all(allows)
}

/// Whether a statement of the organization denies this action. That none allows it is another thing: allow lists do that to everything.
fn denies_outright(output: &SimulatePrincipalPolicyOutput, action: &str) -> bool {
    decision_on(output.evaluation_results(), action).is_some_and(|result| {
        organization_allows(result) == Some(false) && *result.eval_decision() == PolicyEvaluationDecisionType::ExplicitDeny
    })
}

/// What the simulator says of the organization's policies alone.
pub(super) fn organization_allows(result: &EvaluationResult) -> Option<bool> {
    result.organizations_decision_detail().map(OrganizationsDecisionDetail::allowed_by_organizations)
}

/// The simulator's decision on `action`, and on nothing else. Where it gave several, one that does not allow counts.
pub(super) fn decision_on<'a>(results: &'a [EvaluationResult], action: &str) -> Option<&'a EvaluationResult> {
    let allows = |result: &&EvaluationResult| {
        *result.eval_decision() == PolicyEvaluationDecisionType::Allowed && organization_allows(result) != Some(false)
    };
    results.iter().filter(|result| result.eval_action_name().eq_ignore_ascii_case(action)).min_by_key(allows)
}

/// What the simulator's decision comes to. Always predicted: it sees neither session policies nor resource control policies.
fn judge(result: &EvaluationResult, caller: &Identity) -> Option<Finding> {
    let by_boundary =
        result.permissions_boundary_decision_detail().map(PermissionsBoundaryDecisionDetail::allowed_by_permissions_boundary);
    let (principal, missing) = (Own::of_kind(&caller.short()), Few::of(result.missing_context_values().iter().cloned(), 5));
    let (fact, verdict) = match (result.eval_decision(), organization_allows(result), by_boundary) {
        (_, Some(false), _) => (LeaveDeniedByServiceControlPolicy { shown: false }, Verdict::Unmet),
        (PolicyEvaluationDecisionType::Allowed, _, _) => (Allowed { principal, missing }, Verdict::Met),
        (PolicyEvaluationDecisionType::ImplicitDeny | PolicyEvaluationDecisionType::ExplicitDeny, _, Some(false)) => {
            (LeaveDeniedByBoundary { principal, missing }, Verdict::Unmet)
        }
        // Without a word on the organization, and without a statement of the account's own that matches, the deny may be a service control policy's.
        (PolicyEvaluationDecisionType::ExplicitDeny, None, _) if result.matched_statements().is_empty() => {
            (LeaveDeniedBySomething { principal }, Verdict::Unmet)
        }
        (PolicyEvaluationDecisionType::ExplicitDeny, _, _) => {
            (LeaveDeniedByIdentityPolicy { principal, missing }, Verdict::Unmet)
        }
        (PolicyEvaluationDecisionType::ImplicitDeny, _, _) => (NotAllowed { principal, missing }, Verdict::Unmet),
        _ => return None,
    };
    Some(Finding::new(STEP, fact, verdict).predicted())
}

/// What is known of the request that would leave. The simulator fills in account and organization by itself, and nothing else.
///
/// Source: IAM User Guide, IAM policy testing with the IAM policy simulator.
pub(super) fn context(round: &CheckRun, source: &str, caller: &Identity, tags: &[Tag]) -> Vec<ContextEntry> {
    let entry = |key: &str, kind: ContextKeyTypeEnum, value: &str| {
        ContextEntry::builder().context_key_name(key).context_key_type(kind).context_key_values(value).build()
    };
    let mut context = vec![
        entry("aws:PrincipalArn", ContextKeyTypeEnum::String, source),
        entry("aws:RequestedRegion", ContextKeyTypeEnum::String, caller.partition.global_region()),
    ];
    // Behind a user's own key there is never an MFA. Behind a session there may be one: then only the policy's own default is honest.
    if round.member.has_long_term_key && matches!(caller.kind(), PrincipalKind::User(_)) {
        context.push(entry("aws:MultiFactorAuthPresent", ContextKeyTypeEnum::Boolean, "false"));
    }
    let tagged =
        tags.iter().map(|tag| entry(&format!("aws:PrincipalTag/{}", tag.key()), ContextKeyTypeEnum::String, tag.value()));
    context.extend(tagged);
    context
}

/// The ARN that a role has when IAM may not be asked for it: without a path, or with the path of IAM Identity Center.
pub(super) fn likely_arn(caller: &Identity) -> Option<String> {
    let path = |role: &str| if role.starts_with("AWSReservedSSO_") { "aws-reserved/sso.amazonaws.com/" } else { "" };
    match caller.kind() {
        PrincipalKind::AssumedRole { role, .. } => {
            Some(format!("arn:{}:iam::{}:role/{}{role}", caller.partition, caller.account, path(&role)))
        }
        // A user's ARN holds its path already.
        PrincipalKind::User(_) => Some(caller.arn.clone()),
        PrincipalKind::Root | PrincipalKind::Federated(_) | PrincipalKind::Other(_) => None,
    }
}

fn principal_fact(answer: &Recorded<Principal>) -> Evidence {
    answer.told(|principal| match principal {
        Principal::User(user) => format!("The caller is the user {}.", user.arn()),
        Principal::Role(role) => format!("The session belongs to the role {}.", role.arn()),
        Principal::Root | Principal::Other => "The caller is neither an IAM user nor a role.".to_owned(),
    })
}

fn fact(output: &SimulatePrincipalPolicyOutput) -> String {
    let Some(result) = decision_on(output.evaluation_results(), LEAVE_ORGANIZATION) else {
        return "The simulator gave no decision.".to_owned();
    };
    let organization = match organization_allows(result) {
        Some(true) => "; the organization's policies allow it",
        Some(false) => "; the organization's policies do not allow it",
        None => "",
    };
    format!("The simulator says {} for {LEAVE_ORGANIZATION}{organization}.", result.eval_decision().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checklist::Partition;
    use aws_sdk_iam::types::Statement;

    fn caller(arn: &str) -> Identity {
        Identity { account: "123456789012".parse().unwrap(), arn: arn.into(), partition: Partition::from_arn(arn).unwrap() }
    }

    fn rule(decision: &str, organization: Option<bool>, boundary: Option<bool>, matched: bool) -> Option<String> {
        let result = EvaluationResult::builder()
            .eval_action_name(LEAVE_ORGANIZATION)
            .eval_decision(decision.into())
            .set_organizations_decision_detail(
                organization.map(|allowed| OrganizationsDecisionDetail::builder().allowed_by_organizations(allowed).build()),
            )
            .set_permissions_boundary_decision_detail(
                boundary
                    .map(|allowed| PermissionsBoundaryDecisionDetail::builder().allowed_by_permissions_boundary(allowed).build()),
            )
            .set_matched_statements(matched.then(|| vec![Statement::builder().source_policy_id("p").build()]))
            .build()
            .unwrap();
        let finding = judge(&result, &caller("arn:aws:iam::123456789012:user/anna"))?;
        Some(finding.found.name().to_owned())
    }

    #[test]
    fn who_denies_is_told_apart() {
        let cases = [
            ("allowed", None, None, true, "allowed"),
            ("allowed", Some(true), Some(true), true, "allowed"),
            ("explicitDeny", Some(false), None, false, "leave-denied-by-service-control-policy"),
            ("implicitDeny", Some(false), Some(false), false, "leave-denied-by-service-control-policy"),
            ("implicitDeny", Some(true), Some(false), false, "leave-denied-by-boundary"),
            ("explicitDeny", None, Some(false), true, "leave-denied-by-boundary"),
            ("explicitDeny", Some(true), None, true, "leave-denied-by-identity-policy"),
            ("explicitDeny", None, None, true, "leave-denied-by-identity-policy"),
            ("explicitDeny", None, None, false, "leave-denied-by-something"),
            ("implicitDeny", Some(true), None, false, "not-allowed"),
        ];
        for (decision, organization, boundary, matched, wanted) in cases {
            let found = rule(decision, organization, boundary, matched);
            assert_eq!(found.as_deref(), Some(wanted), "{decision} {organization:?} {boundary:?} {matched}");
        }
        assert_eq!(rule("perhaps", None, None, false), None);
    }

    #[test]
    fn a_decision_counts_for_its_own_action_and_of_several_the_one_that_does_not_allow() {
        let result = |action: &str, decision: &str| {
            EvaluationResult::builder().eval_action_name(action).eval_decision(decision.into()).build().unwrap()
        };
        let of = |results: &[EvaluationResult]| {
            decision_on(results, LEAVE_ORGANIZATION).map(|result| result.eval_decision().as_str().to_owned())
        };
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[result("organizations:DescribeOrganization", "allowed")]), None);
        let (allowed, denied) = (result(LEAVE_ORGANIZATION, "allowed"), result(LEAVE_ORGANIZATION, "explicitDeny"));
        assert_eq!(of(&[result("iam:GetUser", "explicitDeny"), allowed.clone()]).as_deref(), Some("allowed"));
        for results in [[allowed.clone(), denied.clone()], [denied, allowed]] {
            assert_eq!(of(&results).as_deref(), Some("explicitDeny"));
        }
    }

    #[test]
    fn the_likely_arn_of_a_role_has_the_path_that_identity_center_uses() {
        let arn = |of: &str| likely_arn(&caller(of));
        assert_eq!(
            arn("arn:aws-cn:sts::123456789012:assumed-role/Deal/anna").as_deref(),
            Some("arn:aws-cn:iam::123456789012:role/Deal")
        );
        assert_eq!(
            arn("arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_1/anna").as_deref(),
            Some("arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_1")
        );
        assert_eq!(arn("arn:aws:iam::123456789012:user/div/anna").as_deref(), Some("arn:aws:iam::123456789012:user/div/anna"));
        assert_eq!(arn("arn:aws:iam::123456789012:root"), None);
    }
}

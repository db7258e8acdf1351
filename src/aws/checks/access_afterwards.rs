//! `access-afterwards`: can somebody sign in once the organization's doors are shut?

use std::sync::Arc;

use aws_sdk_iam::operation::get_account_summary::GetAccountSummaryOutput;
use aws_sdk_iam::types::SummaryKeyType;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::aws::ask::Answer;
use crate::aws::problem::internal_problem;
use crate::aws::round::{Principal, Round};
use crate::checklist::{AccountId, Draft, Evidence, Identity, Membership, PrincipalKind, Problem, StepId, Verdict, texts};

use super::old_owner_access::is_an_organization_role;
use super::trust_policy::Trust;
use super::{listed, unknown};

const STEP: StepId = StepId::AccessAfterwards;

/// How many users' passwords are asked for side by side: IAM throttles an eager client.
const SIDE_BY_SIDE: usize = 10;

pub(super) async fn check(round: &Round) -> Draft {
    let (summary, users, session) =
        tokio::join!(async { round.ask().account_summary().await }, users_with_a_password(round), own_session(round));
    let root = RootUser::read(&summary);
    let mut evidence = vec![summary.told(|output| RootUser::of(output).said().to_owned())];
    evidence.extend(users.evidence);
    let names = &users.with_password;
    let found = |rule: &str, verdict: Verdict| {
        Draft::new(STEP, rule, verdict).predicted().value("users", listed(names, 3)).value("looked_at", users.looked_at)
    };
    let draft = match (&root, names.is_empty()) {
        (Ok(RootUser { password: Some(true), mfa: Some(false) }), _) => found("root-without-mfa", Verdict::Met),
        (Ok(RootUser { password: Some(true), mfa }), _) => found("root-can-sign-in", Verdict::Met).value("mfa", *mfa),
        (_, false) => found("user-can-sign-in", Verdict::Met),
        // Nobody was found. That counts only when everybody was looked at.
        (Err(problem), true) => unknown(STEP, problem),
        (Ok(_), true) if users.problem.is_some() => {
            let problem = users.problem.unwrap_or_else(|| internal_problem("iam:ListUsers", ""));
            unknown(STEP, &problem)
        }
        (Ok(_), true) if !users.all => found("too-many-users", Verdict::NeedsYou),
        (Ok(RootUser { password: None, .. }), true) => found("root-not-told", Verdict::NeedsYou),
        (Ok(_), true) => found("nobody", Verdict::Unmet),
    };
    let draft = draft.private(&users.names).evidence(evidence);
    match &session {
        Session::Lasting | Session::NotKnown => draft,
        Session::IdentityCenter => draft.line("own-session-identity-center", serde_json::json!({})),
        Session::OrganizationRole { role } => draft.line("own-session-organization-role", serde_json::json!({ "role": role })),
    }
}

/// What `GetAccountSummary` tells about the root user; `None` for what it leaves out.
struct RootUser {
    password: Option<bool>,
    mfa: Option<bool>,
}

impl RootUser {
    fn read(answer: &Answer<GetAccountSummaryOutput>) -> Result<Self, &Problem> {
        answer.result.as_ref().map(Self::of)
    }

    fn of(output: &GetAccountSummaryOutput) -> Self {
        let is_on = |key: SummaryKeyType| output.summary_map().and_then(|map| map.get(&key)).map(|count| *count > 0);
        Self { password: is_on(SummaryKeyType::AccountPasswordPresent), mfa: is_on(SummaryKeyType::AccountMfaEnabled) }
    }

    fn said(&self) -> &'static str {
        match (self.password, self.mfa) {
            (Some(true), Some(true)) => "The root user has a password, and MFA.",
            (Some(true), Some(false)) => "The root user has a password; MFA is not on.",
            (Some(true), None) => "The root user has a password; AWS did not say whether MFA is on.",
            (Some(false), _) => "The root user has no password.",
            (None, _) => "AWS did not say whether the root user has a password.",
        }
    }
}

/// Whether the caller's own way in outlives the membership.
enum Session {
    /// A user or role of the account's own.
    Lasting,
    /// IAM Identity Center takes its roles away from an account that leaves.
    IdentityCenter,
    /// A role that the organization's owner made, or may step into.
    OrganizationRole {
        role: String,
    },
    NotKnown,
}

async fn own_session(round: &Round) -> Session {
    let (identity, principal, membership) = tokio::join!(round.identity(), round.principal(), round.membership());
    let Ok(caller) = &identity.result else { return Session::NotKnown };
    let role = match caller.kind() {
        PrincipalKind::Root | PrincipalKind::User(_) => return Session::Lasting,
        PrincipalKind::AssumedRole { role, .. } => role,
        PrincipalKind::Federated(_) | PrincipalKind::Other(_) => return Session::NotKnown,
    };
    let owner = match &membership.result {
        Ok(Membership::Member(organization)) => organization.management_account.as_ref().map(AccountId::as_str),
        _ => None,
    };
    if role.starts_with("AWSReservedSSO_") {
        Session::IdentityCenter
    } else if is_an_organization_role(&role) || owner.is_some_and(|owner| trusts(principal, caller, owner)) {
        Session::OrganizationRole { role }
    } else {
        Session::Lasting
    }
}

fn trusts(principal: &Answer<Principal>, caller: &Identity, owner: &str) -> bool {
    let Ok(Principal::Role(role)) = &principal.result else { return false };
    let trust = Trust::read(role.assume_role_policy_document().unwrap_or_default(), caller.account.as_str());
    trust.is_some_and(|trust| trust.accounts.iter().any(|account| account == owner))
}

/// The IAM users who have a password for the console, as far as was looked.
struct Users {
    with_password: Vec<String>,
    /// The names of those who were looked at, or tried to.
    names: Vec<String>,
    looked_at: usize,
    /// Whether every user was looked at.
    all: bool,
    problem: Option<Problem>,
    evidence: Vec<Evidence>,
}

async fn users_with_a_password(round: &Round) -> Users {
    let bound = texts::rules().bounds.users;
    let mut users =
        Users { with_password: Vec::new(), names: Vec::new(), looked_at: 0, all: false, problem: None, evidence: Vec::new() };
    let page = round.ask().users(bound).await;
    users.evidence.push(page.told(|output| match (output.users().len(), output.is_truncated()) {
        (0, false) => "There are no IAM users.".to_owned(),
        (1, false) => "There is one IAM user.".to_owned(),
        (count, false) => format!("There are {count} IAM users."),
        (count, true) => format!("There are at least {count} IAM users."),
    }));
    let output = match page.result {
        Ok(output) => output,
        Err(problem) => {
            users.problem = Some(problem);
            return users;
        }
    };
    users.all = !output.is_truncated();
    users.names = output.users().iter().map(|user| user.user_name().to_owned()).collect();
    let side_by_side = Arc::new(Semaphore::new(SIDE_BY_SIDE));
    let mut asking = JoinSet::new();
    for user in output.users() {
        let (questions, name, side_by_side) = (round.ask().clone(), user.user_name().to_owned(), side_by_side.clone());
        asking.spawn(async move {
            let _turn = side_by_side.acquire().await;
            let answer = questions.has_login_profile(&name).await;
            (name, answer)
        });
    }
    while let Some(asked) = asking.join_next().await {
        let Ok((name, answer)) = asked else {
            users.problem = Some(internal_problem("iam:GetLoginProfile", "The question broke off."));
            continue;
        };
        let fact = answer.told(|has| if *has { format!("{name} has a console password.") } else { format!("{name} has none.") });
        match answer.result {
            Ok(has) => {
                users.looked_at += 1;
                if has {
                    users.with_password.push(name);
                    users.evidence.push(fact);
                }
            }
            Err(problem) => {
                users.evidence.push(fact);
                users.problem = Some(problem);
            }
        }
    }
    // Answers come in any order; what is shown must not change because of it.
    users.with_password.sort();
    users
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_summary_leaves_out_is_not_taken_for_a_no() {
        let summary = |entries: &[(SummaryKeyType, i32)]| {
            let map = entries.iter().cloned().collect();
            RootUser::of(&GetAccountSummaryOutput::builder().set_summary_map(Some(map)).build())
        };
        let told = summary(&[(SummaryKeyType::AccountPasswordPresent, 1), (SummaryKeyType::AccountMfaEnabled, 0)]);
        assert_eq!((told.password, told.mfa), (Some(true), Some(false)));
        let silent = summary(&[(SummaryKeyType::Users, 3)]);
        assert_eq!((silent.password, silent.mfa), (None, None));
        assert!(silent.said().contains("did not say"));
    }
}

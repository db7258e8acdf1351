//! `access-afterwards`: can somebody sign in once the organization's doors are shut?
//!
//! Every way in has a line of its own. A role that can be entered from outside is told, and settles nothing: a member cannot see who is
//! behind it.

use aws_sdk_iam::operation::get_account_summary::GetAccountSummaryOutput;
use aws_sdk_iam::types::SummaryKeyType;

use crate::aws::check_run::{CheckRun, Principal};
use crate::aws::problem::internal_problem;
use crate::aws::roles::Roles;
use crate::checklist::facts::AccessAfterwardsFact::{
    Nobody, RootCanSignIn, RootNotTold, RootWithoutMfa, TooManyUsers, UserCanSignIn,
};
use crate::checklist::facts::{AccessAfterwardsLine as Line, Few, Own};
use crate::checklist::{Evidence, Finding, Identity, PrincipalKind, Problem, StepId, Verdict, texts};

use super::many::side_by_side;
use super::old_owner_access::is_an_organization_role;
use super::trust_policy::{Provider, Trust};
use super::{owner_of, unknown};

const STEP: StepId = StepId::AccessAfterwards;

/// How many users are asked about side by side: IAM throttles an eager client.
const SIDE_BY_SIDE: usize = 10;

pub(super) async fn check(round: &CheckRun) -> Finding {
    let (summary, users, roles, session) = tokio::join!(
        async { round.member.account_summary().await },
        users_with_a_password(round),
        roles_from_outside(round),
        own_session(round)
    );
    let root = summary.result.as_ref().map(RootUser::of);
    let mut evidence =
        vec![summary.told(|output| RootUser::of(output).said().to_owned()).naming(&users.names).naming(&roles.names)];
    let of_users = users.lines(root.as_ref().is_ok_and(|root| root.password == Some(true)));
    evidence.extend(users.evidence);
    evidence.extend(roles.evidence);
    let (looked_at, outside) = (users.looked_at, roles.count);
    let found = |fact, verdict| Finding::new(STEP, fact, verdict).predicted();
    let finding = match (&root, users.with_password.is_empty()) {
        (Ok(RootUser { password: Some(true), mfa: Some(false), .. }), _) => found(RootWithoutMfa, Verdict::Met),
        (Ok(RootUser { password: Some(true), mfa, .. }), _) => found(RootCanSignIn { mfa: *mfa }, Verdict::Met),
        (_, false) => {
            let users = Few::of(users.with_password.iter().map(|user| Own::new(&user.name)), 3);
            found(UserCanSignIn { users }, Verdict::Met)
        }
        // Nobody was found. That counts only when everybody was looked at.
        (Err(problem), true) => unknown(STEP, problem),
        (Ok(_), true) if users.problem.is_some() => {
            let problem = users.problem.unwrap_or_else(|| internal_problem("iam:ListUsers", "", round.now()));
            unknown(STEP, &problem)
        }
        (Ok(_), true) if !users.all => found(TooManyUsers { looked_at }, Verdict::NeedsYou),
        (Ok(RootUser { password: None, .. }), true) => found(RootNotTold { looked_at }, Verdict::NeedsYou),
        (Ok(_), true) => found(Nobody { looked_at, outside }, Verdict::Unmet),
    };
    finding.lines(root_lines(root.ok())).lines(of_users).lines(roles.lines).line(session).evidence(evidence)
}

/// What `GetAccountSummary` tells about the root user; `None` for what it leaves out.
struct RootUser {
    password: Option<bool>,
    mfa: Option<bool>,
    keys: Option<bool>,
}

impl RootUser {
    fn of(output: &GetAccountSummaryOutput) -> Self {
        let is_on = |key: SummaryKeyType| output.summary_map().and_then(|map| map.get(&key)).map(|count| *count > 0);
        Self {
            password: is_on(SummaryKeyType::AccountPasswordPresent),
            mfa: is_on(SummaryKeyType::AccountMfaEnabled),
            keys: is_on(SummaryKeyType::AccountAccessKeysPresent),
        }
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

fn root_lines(root: Option<RootUser>) -> Vec<Line> {
    let Some(root) = root else { return vec![Line::RootNotRead] };
    let first = match (root.password, root.mfa) {
        (Some(true), Some(true)) => Line::RootPasswordAndMfa,
        (Some(true), Some(false)) => Line::RootPasswordOnly,
        (Some(true), None) => Line::RootMfaNotTold,
        (Some(false), _) => Line::RootNoPassword,
        (None, _) => Line::RootPasswordNotTold,
    };
    [first].into_iter().chain((root.keys == Some(true)).then_some(Line::RootHasKeys)).collect()
}

/// Whether the caller's own way in outlives the membership.
async fn own_session(round: &CheckRun) -> Line {
    let (identity, membership) = tokio::join!(round.identity(), round.membership());
    let Ok(caller) = &identity.result else { return Line::OwnSessionNotKnown };
    let name = match caller.kind() {
        PrincipalKind::Root => return Line::OwnSessionRoot,
        PrincipalKind::User(user) => return Line::OwnSessionUser { user: Own::new(user) },
        PrincipalKind::AssumedRole { role, .. } => role,
        PrincipalKind::Federated(_) | PrincipalKind::Other(_) => return Line::OwnSessionNotKnown,
    };
    // IAM Identity Center takes its roles away from an account that leaves.
    if name.starts_with("AWSReservedSSO_") {
        return Line::OwnSessionIdentityCenter;
    }
    let role = Own::new(&name);
    if is_an_organization_role(&name) {
        return Line::OwnSessionOrganizationRole { role };
    }
    let owner = owner_of(membership);
    let trusts_the_owner = |trust: &Trust| owner.is_some_and(|owner| trust.accounts.iter().any(|id| id == owner));
    match trust_of(round, caller, &name).await {
        None => Line::OwnSessionRoleNotRead { role },
        Some(trust) if trusts_the_owner(&trust) => Line::OwnSessionOrganizationRole { role },
        Some(trust) if trust.denies_the_rest => Line::OwnSessionRoleDeniedToOthers { role },
        Some(trust) if trust.only_for_members => Line::OwnSessionRoleOfMembers { role },
        Some(_) => Line::OwnSessionRole { role },
    }
}

/// Whom the caller's own role trusts: from the list of roles, and only where that does not hold it from the role itself.
async fn trust_of(round: &CheckRun, caller: &Identity, role: &str) -> Option<Trust> {
    let read = |trust: &str| Trust::read(trust, caller.account.as_str());
    if let Some(listed) = round.roles().await.named(role) {
        return read(&listed.trust);
    }
    match &round.principal().await.result {
        Ok(Principal::Role(own)) => read(own.assume_role_policy_document().unwrap_or_default()),
        _ => None,
    }
}

/// The roles by which somebody outside the organization may come in.
struct FromOutside {
    lines: Vec<Line>,
    count: usize,
    /// The names in it that are the account's own.
    names: Vec<String>,
    evidence: Vec<Evidence>,
}

async fn roles_from_outside(round: &CheckRun) -> FromOutside {
    let (identity, membership, roles) = tokio::join!(round.identity(), round.membership(), round.roles());
    let evidence = roles.evidence.clone();
    let Ok(caller) = &identity.result else {
        let lines = vec![Line::RolesNotRead { partly: false }];
        return FromOutside { lines, count: 0, names: Vec::new(), evidence };
    };
    let owner = owner_of(membership);
    let (mut lines, mut names, mut count) = (Vec::new(), Vec::new(), 0);
    let shown = texts::rules().bounds.ways_in_shown;
    for role in roles.found.iter().filter(|role| !role.is_awss_own()) {
        let Some(trust) = Trust::read(&role.trust, caller.account.as_str()) else { continue };
        let providers: Vec<String> = trust.providers.iter().map(|provider| provider.name().to_owned()).collect();
        let ways = ways_in(&role.name, trust, owner);
        if ways.is_empty() {
            continue;
        }
        count += 1;
        if count <= shown {
            names.push(role.name.clone());
            names.extend(providers);
            lines.extend(ways);
        }
    }
    if count > shown {
        lines.push(Line::MoreRoles { count: count - shown });
    }
    lines.extend(the_rest(roles));
    names.retain(|name| !is_an_organization_role(name));
    FromOutside { lines, count, names, evidence }
}

/// One line for each kind of way into a role from outside the organization.
fn ways_in(role: &str, trust: Trust, owner: Option<&str>) -> Vec<Line> {
    let mut lines: Vec<Line> = trust
        .providers
        .iter()
        .filter(|provider| !provider.is_identity_centers())
        .map(|provider| {
            let (role, from) = (Own::new(role), Own::new(provider.name()));
            match provider {
                Provider::Saml(_) => Line::RoleBySaml { role, provider: from },
                Provider::OpenIdConnect(_) => Line::RoleByOidc { role, provider: from },
                Provider::Web(_) => Line::RoleByWebIdentity { role, provider: from },
            }
        })
        .collect();
    let others: Vec<String> = trust.accounts.into_iter().filter(|account| Some(account.as_str()) != owner).collect();
    if !others.is_empty() {
        let count = others.len();
        lines.push(Line::RoleByAccounts { role: Own::new(role), accounts: Few::of(others, 3), count });
    }
    if trust.anyone {
        lines.push(Line::RoleByAnyone { role: Own::new(role) });
    }
    lines
}

/// The roles that go with the membership, and what was not read.
fn the_rest(roles: &Roles) -> Vec<Line> {
    let of_identity_center = roles.found.iter().filter(|role| role.name.starts_with("AWSReservedSSO_")).count();
    let mut lines = Vec::new();
    if of_identity_center > 0 {
        lines.push(Line::RolesOfIdentityCenter { count: of_identity_center });
    }
    if !roles.are_complete() {
        lines.push(Line::RolesNotRead { partly: !roles.found.is_empty() });
    }
    lines
}

/// An IAM user with a password for the console.
struct SignsIn {
    name: String,
    /// Whether there is an MFA device; `None` when that could not be read.
    mfa: Option<bool>,
}

/// The IAM users, as far as was looked.
struct Users {
    with_password: Vec<SignsIn>,
    /// The names of those who were looked at, or tried to.
    names: Vec<String>,
    looked_at: usize,
    all: bool,
    problem: Option<Problem>,
    evidence: Vec<Evidence>,
}

impl Users {
    /// A line for each who signs in, those without MFA first, up to what is shown; and what was not found or not looked at.
    fn lines(&self, root_signs_in: bool) -> Vec<Line> {
        let shown = texts::rules().bounds.ways_in_shown;
        let mut users: Vec<&SignsIn> = self.with_password.iter().collect();
        users.sort_by_key(|user| user.mfa != Some(false));
        let (first, more) = users.split_at(users.len().min(shown));
        let line = |user: &&SignsIn| {
            let name = Own::new(&user.name);
            match user.mfa {
                Some(true) => Line::UserPasswordAndMfa { user: name },
                Some(false) => Line::UserPasswordOnly { user: name },
                None => Line::UserMfaNotRead { user: name },
            }
        };
        let mut lines: Vec<Line> = first.iter().map(line).collect();
        if !more.is_empty() {
            let without_mfa = more.iter().filter(|user| user.mfa == Some(false)).count();
            lines.push(Line::MoreUsers { count: more.len(), without_mfa });
        }
        let looked_at = self.looked_at;
        match (&self.problem, self.all) {
            (Some(_), _) => lines.push(Line::UsersNotRead { looked_at }),
            (None, false) => lines.push(Line::UsersNotLookedAt { looked_at }),
            (None, true) if users.is_empty() => lines.push(Line::NoUser { looked_at, needed: !root_signs_in }),
            (None, true) => {}
        }
        lines
    }
}

async fn users_with_a_password(round: &CheckRun) -> Users {
    let bound = texts::rules().bounds.users;
    let mut users =
        Users { with_password: Vec::new(), names: Vec::new(), looked_at: 0, all: false, problem: None, evidence: Vec::new() };
    let page = round.member.users(round.account(), bound).await;
    users.evidence.push(page.told(|output| match (output.users().len(), output.is_truncated()) {
        (0, false) => "There are no IAM users.".to_owned(),
        (1, false) => "There is one IAM user.".to_owned(),
        (count, false) => format!("There are {count} IAM users."),
        (1, true) => "There is at least 1 IAM user.".to_owned(),
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
    let ask = |name: String| {
        let questions = round.member.clone();
        async move {
            let password = questions.has_login_profile(&name).await;
            // Whoever has no password cannot sign in to the console, with or without MFA.
            let mfa = if matches!(password.result, Ok(true)) { Some(questions.has_mfa(&name).await) } else { None };
            (name, password, mfa)
        }
    };
    let mut names = users.names.clone();
    names.sort();
    let asked = side_by_side(names, SIDE_BY_SIDE, ask).await;
    if asked.iter().any(Option::is_none) {
        users.problem = Some(internal_problem("iam:GetLoginProfile", "The question broke off.", round.now()));
    }
    for (name, password, mfa) in asked.into_iter().flatten() {
        let fact =
            password.told(|has| if *has { format!("{name} has a console password.") } else { format!("{name} has none.") });
        match password.result {
            Ok(true) => {
                users.looked_at += 1;
                users.evidence.push(fact);
                users.evidence.extend(mfa.as_ref().map(|mfa| {
                    mfa.told(|has| if *has { format!("{name} has an MFA device.") } else { format!("{name} has no MFA device.") })
                }));
                users.with_password.push(SignsIn { name, mfa: mfa.and_then(|mfa| mfa.result.ok()) });
            }
            Ok(false) => users.looked_at += 1,
            Err(problem) => {
                users.evidence.push(fact);
                users.problem = Some(problem);
            }
        }
    }
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
        assert_eq!(silent.keys, None);
    }

    fn names(lines: &[Line]) -> Vec<&str> {
        lines.iter().map(Into::into).collect()
    }

    #[test]
    fn keys_of_the_root_user_have_a_line_of_their_own() {
        let root = |keys| Some(RootUser { password: Some(false), mfa: Some(false), keys });
        assert_eq!(names(&root_lines(root(Some(true)))), ["root-no-password", "root-has-keys"]);
        assert_eq!(names(&root_lines(root(None))), ["root-no-password"]);
        assert_eq!(names(&root_lines(None)), ["root-not-read"]);
    }

    #[test]
    fn of_many_users_those_without_mfa_come_first_and_the_rest_is_counted() {
        let shown = texts::rules().bounds.ways_in_shown;
        let user = |n: usize| SignsIn { name: format!("user-{n}"), mfa: if n < shown { Some(true) } else { Some(false) } };
        let with_password: Vec<SignsIn> = (0..=2 * shown).map(user).collect();
        let users = Users { with_password, names: Vec::new(), looked_at: 40, all: true, problem: None, evidence: Vec::new() };
        let lines = users.lines(false);
        assert_eq!(lines.len(), shown + 1);
        assert_eq!(lines[0], Line::UserPasswordOnly { user: Own::new(format!("user-{shown}")) });
        assert_eq!(lines[shown], Line::MoreUsers { count: shown + 1, without_mfa: 1 });
    }

    #[test]
    fn a_role_is_entered_from_outside_by_providers_and_by_accounts_that_are_not_the_owners() {
        let trust = Trust {
            accounts: vec!["111122223333".into(), "999988887777".into()],
            providers: vec![Provider::Saml("corp".into()), Provider::Saml("AWSSSO_1_DO_NOT_DELETE".into())],
            ..Trust::default()
        };
        let lines = ways_in("Deploy", trust.clone(), Some("111122223333"));
        assert_eq!(names(&lines), ["role-by-saml", "role-by-accounts"]);
        let by = |accounts: &[&str]| Line::RoleByAccounts {
            role: Own::new("Deploy"),
            accounts: Few::of(accounts.iter().map(|id| (*id).to_owned()), 3),
            count: accounts.len(),
        };
        assert_eq!(lines[1], by(&["999988887777"]));
        // Whose account it is may not be known; then it is named like any other.
        assert_eq!(ways_in("Deploy", trust, None)[1], by(&["111122223333", "999988887777"]));
        assert!(ways_in("Task", Trust::default(), None).is_empty());
    }
}

//! `old-owner-access`: which roles keep a door open to the organization's owner?

use std::collections::BTreeMap;

use aws_sdk_iam::types::AttachedPolicy;

use crate::aws::check_run::CheckRun;
use crate::aws::read_clients::ReadClients;
use crate::aws::roles::ListedRole;
use crate::checklist::facts::OldOwnerAccessFact::{DoorsOpen, NoDoors, NoneByName, OtherAccountsTrusted, TooManyRoles};
use crate::checklist::facts::{Few, Name, OldOwnerAccessLine, Own, Rights};
use crate::checklist::{AccountId, Evidence, Finding, Membership, StepId, Verdict, texts};

use super::many::side_by_side;
use super::trust_policy::Trust;
use super::{identity_fact, listed, membership_fact, naming, stack_sets, unknown};

const STEP: StepId = StepId::OldOwnerAccess;

/// How many roles' policies are asked for side by side: IAM throttles an eager client.
const SIDE_BY_SIDE: usize = 10;

pub(super) async fn check(round: &CheckRun) -> Finding {
    let (roles, stack_sets) = tokio::join!(of_roles(round), Box::pin(stack_sets::look(round)));
    stack_sets.add_to(roles)
}

/// Which roles keep a door open.
async fn of_roles(round: &CheckRun) -> Finding {
    let (identity, membership, roles) = tokio::join!(round.identity(), round.membership(), round.roles());
    let own = match &identity.result {
        Ok(caller) => caller.account.as_str(),
        Err(problem) => return unknown(STEP, problem).evidence([identity_fact(identity)]),
    };
    let mut evidence = vec![membership_fact(membership)];
    evidence.extend(roles.evidence.iter().cloned());
    let owner = match &membership.result {
        Ok(Membership::Member(organization)) => Owner {
            account: organization.management_account.as_ref().map(AccountId::as_str),
            organization: Some(organization.id.as_str()),
        },
        _ => Owner::default(),
    };
    let doors = roles.found.iter().filter_map(|role| Some((role.name.as_str(), door(role, own, &owner)?)));
    let (sure, possible): (Vec<_>, Vec<_>) = doors.partition(|(_, door)| door.is_the_owners());
    let complete = roles.are_complete();
    let names = || sure.iter().chain(&possible).map(|(name, _)| *name);
    let (mut rights, asked) = rights_of(round, &sure.iter().map(|(name, _)| (*name).to_owned()).collect::<Vec<_>>()).await;
    let own_names: Vec<&str> = names().collect();
    evidence.extend(naming(asked, own_names));
    let (count, maybe, few) = (sure.len(), possible.len(), Few::of(names().map(Own::new), 3));
    let finding = match (sure.is_empty(), possible.is_empty(), &roles.problem, &membership.result) {
        (false, _, _, _) => Finding::new(STEP, DoorsOpen { count, possible: maybe, roles: few, complete }, Verdict::NeedsYou),
        (true, false, _, _) => {
            Finding::new(STEP, OtherAccountsTrusted { possible: maybe, roles: few, complete }, Verdict::NeedsYou).predicted()
        }
        // Nothing was found. That counts only when everything was looked at, and it was known what to look for.
        (true, true, Some(problem), _) | (true, true, None, Err(problem)) => unknown(STEP, problem),
        (true, true, None, _) if !complete => {
            Finding::new(STEP, TooManyRoles { looked_at: roles.found.len() }, Verdict::NeedsYou)
        }
        (true, true, None, Ok(Membership::Standalone)) => Finding::new(STEP, NoneByName, Verdict::Met).predicted(),
        (true, true, None, _) => Finding::new(STEP, NoDoors, Verdict::Met).predicted(),
    };
    let lines = sure.into_iter().chain(possible).map(|(name, door)| door.line(name, rights.remove(name)));
    finding.lines(lines.collect::<Vec<_>>()).evidence(evidence)
}

/// What these roles can do, with the calls behind it. They are asked side by side, up to the bound.
async fn rights_of(round: &CheckRun, roles: &[String]) -> (BTreeMap<String, Rights>, Vec<Evidence>) {
    let bound = texts::rules().bounds.roles_with_policies;
    let looked_at: Vec<String> = roles.iter().take(bound).cloned().collect();
    let ask = |role: String| {
        let questions = round.member.clone();
        async move { rights(&questions, &role).await }
    };
    let answers = side_by_side(looked_at.clone(), SIDE_BY_SIDE, ask).await;
    // One that broke off inside is one that was not read.
    let mut rights: BTreeMap<String, Rights> = roles.iter().map(|role| (role.clone(), Rights::NotRead)).collect();
    let mut asked = BTreeMap::new();
    for (role, answer) in looked_at.into_iter().zip(answers) {
        if let Some((of_role, evidence)) = answer {
            rights.insert(role.clone(), of_role);
            asked.insert(role, evidence);
        }
    }
    (rights, asked.into_values().flatten().collect())
}

/// What one role can do. Once something allows everything, no more is asked.
async fn rights(ask: &ReadClients, role: &str) -> (Rights, Vec<Evidence>) {
    let pages = texts::rules().bounds.policy_pages;
    let (mut names, mut evidence) = (Vec::new(), Vec::new());
    let mut next: Option<String> = None;
    for page in 1..=pages {
        let answer = ask.attached_role_policies(role, next.take()).await;
        evidence.push(answer.told(|output| {
            let names: Vec<&str> = output.attached_policies().iter().filter_map(AttachedPolicy::policy_name).collect();
            format!("{role} has these policies attached: {}.", or_none(&names))
        }));
        let Ok(output) = answer.result else { return (Rights::NotRead, evidence) };
        for policy in output.attached_policies() {
            if policy.policy_arn().is_some_and(allows_everything) {
                return (Rights::Everything, evidence);
            }
            let is_of_aws = policy.policy_arn().is_some_and(is_of_aws);
            let name = |name: &str| if is_of_aws { Name::OfAws(name.to_owned()) } else { Name::Own(Own::new(name)) };
            names.extend(policy.policy_name().map(name));
        }
        next = output.marker().filter(|_| output.is_truncated()).map(str::to_owned);
        match (output.is_truncated(), &next) {
            (false, _) => break,
            (true, Some(_)) if page < pages => {}
            (true, _) => return (Rights::NotRead, evidence),
        }
    }
    for page in 1..=pages {
        let answer = ask.own_policies(role, next.take()).await;
        evidence.push(answer.told(|output| format!("{role} has these policies of its own: {}.", or_none(output.policy_names()))));
        let Ok(output) = answer.result else { return (Rights::NotRead, evidence) };
        names.extend(output.policy_names().iter().map(|name| Name::Own(Own::new(name))));
        next = output.marker().filter(|_| output.is_truncated()).map(str::to_owned);
        match (output.is_truncated(), &next) {
            (false, _) => break,
            (true, Some(_)) if page < pages => {}
            (true, _) => return (Rights::NotRead, evidence),
        }
    }
    // Those that AWS keeps come first.
    names.sort_by_key(|name| matches!(name, Name::Own(_)));
    let own: Vec<String> =
        names.iter().filter_map(|name| if let Name::Own(own) = name { Some(own.as_str().to_owned()) } else { None }).collect();
    (Rights::Policies { names: Few::of(names, 4) }, naming(evidence, own))
}

fn or_none<S: AsRef<str>>(names: &[S]) -> String {
    if names.is_empty() { "none".to_owned() } else { listed(names, 10) }
}

/// Whether this is AWS's own policy, and no policy of the account that has its name.
fn is_of_aws(arn: &str) -> bool {
    arn.split(':').nth(4) == Some("aws")
}

/// Whether this is AWS's own policy that allows every action on everything. Source: AWS Managed Policy Reference, `AdministratorAccess`.
fn allows_everything(arn: &str) -> bool {
    is_of_aws(arn) && arn.ends_with(":policy/AdministratorAccess")
}

/// Who is about to become the old owner.
#[derive(Default)]
struct Owner<'a> {
    account: Option<&'a str>,
    organization: Option<&'a str>,
}

/// Why a role is worth a look.
enum Door {
    TrustsOwner(String),
    TrustsOrganization(String),
    TrustsAnyone,
    ByName,
    TrustNotReadable,
    TrustsOtherAccounts(Vec<String>),
}

impl Door {
    /// Whether it is the organization's own door, and not perhaps somebody else's.
    fn is_the_owners(&self) -> bool {
        match self {
            Self::TrustsOwner(_) | Self::TrustsOrganization(_) | Self::TrustsAnyone | Self::ByName => true,
            Self::TrustNotReadable | Self::TrustsOtherAccounts(_) => false,
        }
    }

    fn line(self, role: &str, rights: Option<Rights>) -> OldOwnerAccessLine {
        let role = Own::new(role);
        match self {
            Self::TrustsOwner(account) => OldOwnerAccessLine::TrustsOwner { role, account, rights },
            Self::TrustsOrganization(organization) => OldOwnerAccessLine::TrustsOrganization { role, organization, rights },
            Self::TrustsAnyone => OldOwnerAccessLine::TrustsAnyone { role, rights },
            Self::ByName => OldOwnerAccessLine::OrganizationRoleByName { role, rights },
            Self::TrustNotReadable => OldOwnerAccessLine::TrustNotReadable { role },
            Self::TrustsOtherAccounts(accounts) => {
                OldOwnerAccessLine::TrustsOtherAccounts { role, accounts: Few::of(accounts, 3) }
            }
        }
    }
}

/// The surest reason for which a role is worth a look, if there is one.
fn door(role: &ListedRole, own: &str, owner: &Owner<'_>) -> Option<Door> {
    if role.is_awss_own() {
        return None;
    }
    let named = is_an_organization_role(&role.name);
    let Some(trust) = Trust::read(&role.trust, own) else {
        return Some(if named { Door::ByName } else { Door::TrustNotReadable });
    };
    let owner_account = owner.account.filter(|id| trust.accounts.iter().any(|trusted| trusted == id));
    let organization = owner.organization.filter(|id| trust.organizations.iter().any(|trusted| trusted == id));
    match (owner_account, organization) {
        (Some(account), _) => Some(Door::TrustsOwner(account.to_owned())),
        (None, Some(organization)) => Some(Door::TrustsOrganization(organization.to_owned())),
        (None, None) if trust.anyone => Some(Door::TrustsAnyone),
        (None, None) if named => Some(Door::ByName),
        (None, None) if trust.accounts.is_empty() => None,
        (None, None) => Some(Door::TrustsOtherAccounts(trust.accounts)),
    }
}

/// Whether a role has a name by which organizations reach into their accounts.
pub(super) fn is_an_organization_role(name: &str) -> bool {
    let known = &texts::rules().organization_roles;
    known.names.iter().any(|known| known == name) || known.prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "123456789012";

    fn role(path: &str, name: &str, trust: &str) -> ListedRole {
        ListedRole { name: name.to_owned(), path: path.to_owned(), trust: trust.to_owned() }
    }

    fn line(role: &ListedRole) -> Option<&'static str> {
        let owner = Owner { account: Some("111122223333"), organization: Some("o-a1b2c3d4e5") };
        door(role, OWN, &owner).map(|door| <&str>::from(&door.line(&role.name, None)))
    }

    fn trusting(principal: &str) -> String {
        format!(r#"{{"Statement":[{{"Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole"}}]}}"#)
    }

    #[test]
    fn each_kind_of_door_is_named() {
        let owner = trusting(r#"{"AWS":"arn:aws:iam::111122223333:root"}"#);
        let other = trusting(r#"{"AWS":"arn:aws:iam::999988887777:root"}"#);
        let service = trusting(r#"{"Service":"lambda.amazonaws.com"}"#);
        assert_eq!(line(&role("/", "OrganizationAccountAccessRole", &owner)), Some("trusts-owner"));
        assert_eq!(line(&role("/", "Whatever", &owner)), Some("trusts-owner"));
        assert_eq!(line(&role("/", "Vendor", &other)), Some("trusts-other-accounts"));
        assert_eq!(line(&role("/", "aws-controltower-ForwardSns", &service)), Some("organization-role-by-name"));
        assert_eq!(line(&role("/", "Function", &service)), None);
        assert_eq!(line(&role("/", "Open", &trusting(r#""*""#))), Some("trusts-anyone"));
        assert_eq!(line(&role("/", "Broken", "%7B")), Some("trust-not-readable"));
    }

    #[test]
    fn only_awss_own_policy_is_taken_to_allow_everything() {
        assert!(allows_everything("arn:aws:iam::aws:policy/AdministratorAccess"));
        assert!(allows_everything("arn:aws-cn:iam::aws:policy/AdministratorAccess"));
        assert!(!allows_everything("arn:aws:iam::123456789012:policy/AdministratorAccess"));
        assert!(!allows_everything("arn:aws:iam::aws:policy/AdministratorAccess-Amplify"));
        assert!(!allows_everything("arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"));
    }

    #[test]
    fn roles_of_aws_itself_are_no_doors() {
        let owner = trusting(r#"{"AWS":"arn:aws:iam::111122223333:root"}"#);
        assert_eq!(line(&role("/aws-service-role/organizations.amazonaws.com/", "AWSServiceRoleForOrganizations", &owner)), None);
        assert_eq!(line(&role("/aws-reserved/sso.amazonaws.com/", "AWSReservedSSO_Admin_1", &owner)), None);
    }
}

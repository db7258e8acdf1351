//! `old-owner-access`: which roles keep a door open to the organization's owner?

use std::collections::BTreeMap;

use aws_sdk_iam::types::AttachedPolicy;
use serde_json::{Value, json};

use crate::aws::questions::Questions;
use crate::aws::roles::ListedRole;
use crate::aws::round::Round;
use crate::checklist::{AccountId, Draft, Evidence, Membership, StepId, Verdict, texts};

use super::many::side_by_side;
use super::trust_policy::Trust;
use super::{identity_fact, listed, membership_fact, stack_sets, unknown};

const STEP: StepId = StepId::OldOwnerAccess;

/// How many roles' policies are asked for side by side: IAM throttles an eager client.
const SIDE_BY_SIDE: usize = 10;

pub(super) async fn check(round: &Round) -> Draft {
    let (roles, stack_sets) = tokio::join!(of_roles(round), Box::pin(stack_sets::look(round)));
    stack_sets.add_to(roles)
}

/// Which roles keep a door open.
async fn of_roles(round: &Round) -> Draft {
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
    let doors: Vec<(&str, Door)> =
        roles.found.iter().filter_map(|role| Some((role.name.as_str(), door(role, own, &owner)?))).collect();
    let (sure, possible): (Vec<_>, Vec<_>) = doors.into_iter().partition(|(_, door)| door.is_the_owners);
    let complete = roles.are_complete();
    let (rights, asked) = rights_of(round, &sure.iter().map(|(name, _)| (*name).to_owned()).collect::<Vec<_>>()).await;
    evidence.extend(asked);
    let draft = match (sure.is_empty(), possible.is_empty(), &roles.problem, &membership.result) {
        (false, _, _, _) => Draft::new(STEP, "doors-open", Verdict::NeedsYou),
        (true, false, _, _) => Draft::new(STEP, "other-accounts-trusted", Verdict::NeedsYou).predicted(),
        // Nothing was found. That counts only when everything was looked at, and it was known what to look for.
        (true, true, Some(problem), _) | (true, true, None, Err(problem)) => unknown(STEP, problem),
        (true, true, None, _) if !complete => Draft::new(STEP, "too-many-roles", Verdict::NeedsYou),
        (true, true, None, Ok(Membership::Standalone)) => Draft::new(STEP, "none-by-name", Verdict::Met).predicted(),
        (true, true, None, _) => Draft::new(STEP, "no-doors", Verdict::Met).predicted(),
    };
    let names: Vec<&str> = sure.iter().chain(&possible).map(|(name, _)| *name).collect();
    // The names that organizations give to their roles are no secret of this account's.
    let own_names: Vec<&str> = names.iter().copied().filter(|name| !is_an_organization_role(name)).collect();
    let draft = draft
        .private(own_names)
        .value("count", sure.len())
        .value("possible", possible.len())
        .value("roles", listed(&names, 3))
        .value("looked_at", roles.found.len())
        .value("complete", complete)
        .evidence(evidence);
    let draft = draft.private(rights.values().flat_map(Rights::own_names));
    sure.into_iter().chain(possible).fold(draft, |draft, (name, door)| {
        let Door { line, mut values, .. } = door;
        values["rights"] = rights.get(name).map_or(Value::Null, Rights::value);
        draft.line(line, values)
    })
}

/// What a role can do, by the names of its policies.
#[derive(Debug)]
enum Rights {
    /// AWS's own policy that allows everything is attached.
    Everything,
    /// Its policies, by name; AWS's own are told from the account's.
    Policies { of_aws: Vec<String>, own: Vec<String> },
    /// They could not be read, not wholly, or were not looked at.
    NotRead,
}

impl Rights {
    /// What the words are filled with.
    fn value(&self) -> Value {
        let names: Vec<&String> = match self {
            Self::Policies { of_aws, own } => of_aws.iter().chain(own).collect(),
            Self::Everything | Self::NotRead => Vec::new(),
        };
        json!({
            "everything": matches!(self, Self::Everything),
            "unread": matches!(self, Self::NotRead),
            "policies": listed(&names, 4),
        })
    }

    /// The names that the account gave to its policies.
    fn own_names(&self) -> impl Iterator<Item = &String> {
        let own: &[String] = if let Self::Policies { own, .. } = self { own } else { &[] };
        own.iter()
    }
}

/// What these roles can do, with the calls behind it. They are asked side by side, up to the bound.
async fn rights_of(round: &Round, roles: &[String]) -> (BTreeMap<String, Rights>, Vec<Evidence>) {
    let bound = texts::rules().bounds.roles_with_policies;
    let looked_at: Vec<String> = roles.iter().take(bound).cloned().collect();
    let ask = |role: String| {
        let questions = round.ask().clone();
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
async fn rights(ask: &Questions, role: &str) -> (Rights, Vec<Evidence>) {
    let pages = texts::rules().bounds.policy_pages;
    let (mut of_aws, mut own, mut evidence) = (Vec::new(), Vec::new(), Vec::new());
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
            let names = if is_of_aws { &mut of_aws } else { &mut own };
            names.extend(policy.policy_name().map(str::to_owned));
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
        own.extend(output.policy_names().iter().cloned());
        next = output.marker().filter(|_| output.is_truncated()).map(str::to_owned);
        match (output.is_truncated(), &next) {
            (false, _) => break,
            (true, Some(_)) if page < pages => {}
            (true, _) => return (Rights::NotRead, evidence),
        }
    }
    (Rights::Policies { of_aws, own }, evidence)
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
struct Door {
    /// Whether it is the organization's own door, and not perhaps somebody else's.
    is_the_owners: bool,
    line: &'static str,
    values: Value,
}

/// The surest reason for which a role is worth a look, if there is one.
fn door(role: &ListedRole, own: &str, owner: &Owner<'_>) -> Option<Door> {
    // AWS's own services run on these; nobody can step through them, and Identity Center takes its own away.
    if role.path.starts_with("/aws-service-role/") || role.path.starts_with("/aws-reserved/") {
        return None;
    }
    let name = &role.name;
    let owners = |line, values| Some(Door { is_the_owners: true, line, values });
    let perhaps = |line, values| Some(Door { is_the_owners: false, line, values });
    let by_name = || owners("organization-role-by-name", json!({ "role": name }));
    let named = is_an_organization_role(name);
    let Some(trust) = Trust::read(&role.trust, own) else {
        return if named { by_name() } else { perhaps("trust-not-readable", json!({ "role": name })) };
    };
    let owner_account = owner.account.filter(|id| trust.accounts.iter().any(|trusted| trusted == id));
    let organization = owner.organization.filter(|id| trust.organizations.iter().any(|trusted| trusted == id));
    match (owner_account, organization) {
        (Some(account), _) => owners("trusts-owner", json!({ "role": name, "account": account })),
        (None, Some(organization)) => owners("trusts-organization", json!({ "role": name, "organization": organization })),
        (None, None) if trust.anyone => owners("trusts-anyone", json!({ "role": name })),
        (None, None) if named => by_name(),
        (None, None) if trust.accounts.is_empty() => None,
        (None, None) => perhaps("trusts-other-accounts", json!({ "role": name, "accounts": listed(&trust.accounts, 3) })),
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
        door(role, OWN, &owner).map(|door| door.line)
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

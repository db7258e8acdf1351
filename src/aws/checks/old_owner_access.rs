//! `old-owner-access`: which roles keep a door open to the organization's owner?

use aws_sdk_iam::types::Role;

use crate::aws::round::Round;
use crate::checklist::{AccountId, Draft, Evidence, Membership, Problem, StepId, Verdict, texts};

use super::trust_policy::Trust;
use super::{identity_fact, listed, membership_fact, stack_sets, unknown};

const STEP: StepId = StepId::OldOwnerAccess;

pub(super) async fn check(round: &Round) -> Draft {
    let (roles, stack_sets) = tokio::join!(of_roles(round), Box::pin(stack_sets::look(round)));
    stack_sets.add_to(roles)
}

/// Which roles keep a door open.
async fn of_roles(round: &Round) -> Draft {
    let (identity, membership, roles) = tokio::join!(round.identity(), round.membership(), every_role(round));
    let own = match &identity.result {
        Ok(caller) => caller.account.as_str(),
        Err(problem) => return unknown(STEP, problem).evidence([identity_fact(identity)]),
    };
    let mut evidence = vec![membership_fact(membership)];
    evidence.extend(roles.evidence);
    let owner = match &membership.result {
        Ok(Membership::Member(organization)) => Owner {
            account: organization.management_account.as_ref().map(AccountId::as_str),
            organization: Some(organization.id.as_str()),
        },
        _ => Owner::default(),
    };
    let doors: Vec<(&str, Door)> =
        roles.found.iter().filter_map(|role| Some((role.role_name(), door(role, own, &owner)?))).collect();
    let (sure, possible): (Vec<_>, Vec<_>) = doors.into_iter().partition(|(_, door)| door.is_the_owners());
    let complete = roles.problem.is_none() && roles.all;
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
    sure.into_iter().chain(possible).fold(draft, |draft, (name, door)| draft.line(door.line(), door.values(name)))
}

/// Who is about to become the old owner.
#[derive(Default)]
struct Owner<'a> {
    account: Option<&'a str>,
    organization: Option<&'a str>,
}

/// Why a role is worth a look, the surest reason first.
enum Door {
    Owner { account: String },
    Organization { organization: String },
    Anyone,
    Name,
    Unreadable,
    Accounts { accounts: Vec<String> },
}

impl Door {
    /// Whether it is the organization's own door, and not perhaps somebody else's.
    fn is_the_owners(&self) -> bool {
        match self {
            Self::Owner { .. } | Self::Organization { .. } | Self::Name | Self::Anyone => true,
            Self::Accounts { .. } | Self::Unreadable => false,
        }
    }

    fn line(&self) -> &'static str {
        match self {
            Self::Owner { .. } => "trusts-owner",
            Self::Organization { .. } => "trusts-organization",
            Self::Anyone => "trusts-anyone",
            Self::Name => "organization-role-by-name",
            Self::Unreadable => "trust-not-readable",
            Self::Accounts { .. } => "trusts-other-accounts",
        }
    }

    fn values(&self, role: &str) -> serde_json::Value {
        match self {
            Self::Owner { account } => serde_json::json!({ "role": role, "account": account }),
            Self::Organization { organization } => serde_json::json!({ "role": role, "organization": organization }),
            Self::Accounts { accounts } => serde_json::json!({ "role": role, "accounts": listed(accounts, 3) }),
            Self::Anyone | Self::Name | Self::Unreadable => serde_json::json!({ "role": role }),
        }
    }
}

fn door(role: &Role, own: &str, owner: &Owner<'_>) -> Option<Door> {
    // AWS's own services run on these; nobody can step through them, and Identity Center takes its own away.
    if role.path().starts_with("/aws-service-role/") || role.path().starts_with("/aws-reserved/") {
        return None;
    }
    let named = is_an_organization_role(role.role_name());
    let Some(trust) = Trust::read(role.assume_role_policy_document().unwrap_or_default(), own) else {
        return Some(if named { Door::Name } else { Door::Unreadable });
    };
    let owner_account = owner.account.filter(|id| trust.accounts.iter().any(|trusted| trusted == id));
    let organization = owner.organization.filter(|id| trust.organizations.iter().any(|trusted| trusted == id));
    match (owner_account, organization) {
        (Some(account), _) => Some(Door::Owner { account: account.to_owned() }),
        (None, Some(organization)) => Some(Door::Organization { organization: organization.to_owned() }),
        (None, None) if trust.anyone => Some(Door::Anyone),
        (None, None) if named => Some(Door::Name),
        (None, None) if !trust.accounts.is_empty() => Some(Door::Accounts { accounts: trust.accounts }),
        (None, None) => None,
    }
}

/// Whether a role has a name by which organizations reach into their accounts.
pub(super) fn is_an_organization_role(name: &str) -> bool {
    let known = &texts::rules().organization_roles;
    known.names.iter().any(|known| known == name) || known.prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()))
}

struct Roles {
    found: Vec<Role>,
    /// Whether there are no more than were read.
    all: bool,
    problem: Option<Problem>,
    evidence: Vec<Evidence>,
}

async fn every_role(round: &Round) -> Roles {
    let mut roles = Roles { found: Vec::new(), all: false, problem: None, evidence: Vec::new() };
    let mut next = None;
    let bounds = &texts::rules().bounds;
    for _ in 0..bounds.role_pages {
        let page = round.ask().roles(bounds.roles_per_page, next).await;
        roles.evidence.push(page.told(|output| {
            let more = if output.is_truncated() { "; there are more" } else { "" };
            format!("{} roles read{more}.", output.roles().len())
        }));
        match page.result {
            Ok(output) => {
                next = output.marker().map(str::to_owned);
                roles.all = !output.is_truncated();
                roles.found.extend(output.roles);
            }
            Err(problem) => {
                roles.problem = Some(problem);
                break;
            }
        }
        if roles.all || next.is_none() {
            break;
        }
    }
    roles
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "123456789012";

    fn role(path: &str, name: &str, trust: &str) -> Role {
        Role::builder()
            .path(path)
            .role_name(name)
            .role_id("AROAEXAMPLE")
            .arn(format!("arn:aws:iam::{OWN}:role{path}{name}"))
            .create_date(aws_smithy_types::DateTime::from_secs(0))
            .assume_role_policy_document(trust)
            .build()
            .unwrap()
    }

    fn line(role: &Role) -> Option<&'static str> {
        let owner = Owner { account: Some("111122223333"), organization: Some("o-a1b2c3d4e5") };
        door(role, OWN, &owner).map(|door| door.line())
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
    fn roles_of_aws_itself_are_no_doors() {
        let owner = trusting(r#"{"AWS":"arn:aws:iam::111122223333:root"}"#);
        assert_eq!(line(&role("/aws-service-role/organizations.amazonaws.com/", "AWSServiceRoleForOrganizations", &owner)), None);
        assert_eq!(line(&role("/aws-reserved/sso.amazonaws.com/", "AWSReservedSSO_Admin_1", &owner)), None);
    }
}

//! What keeps a principal from calling, and the words AWS denies in.
//!
//! Source of the texts: IAM User Guide, "Troubleshoot access denied error messages".

use serde::Deserialize;

use super::account::Account;
use super::principal::PrincipalKind;
use super::reply::Failure;

/// One policy that denies some actions.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Denial {
    pub by: DeniedBy,
    /// The actions, such as `billing:*`.
    pub actions: Vec<String>,
    /// Whether the policy denies them, or merely does not allow them; the kind's usual way by default.
    pub effect: Option<Effect>,
    /// Where in the organization it is attached, if it is a service control policy.
    #[serde(default)]
    pub attached: AttachedTo,
    /// The id of its statement, if it has one.
    pub sid: Option<String>,
    /// Whether it spares the caller, by a condition that only the policy's text tells of. It then keeps nobody from calling here.
    #[serde(default)]
    pub spares_caller: bool,
}

/// Where a service control policy is attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AttachedTo {
    #[default]
    Root,
    /// The organizational unit that the account lies in.
    Unit,
    Account,
}

/// The kinds of policy that can deny.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeniedBy {
    /// The organization's; binds root too, ends with the membership.
    ServiceControlPolicy,
    /// The principal's own; does not bind root.
    IdentityPolicy,
    /// The principal's boundary; does not bind root.
    PermissionsBoundary,
    /// The session's; the policy simulator does not see it.
    SessionPolicy,
    /// AWS says no without saying why.
    Unexplained,
}

/// How a policy denies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// A statement with `"Effect": "Deny"`.
    Explicit,
    /// No statement allows it.
    Implicit,
}

/// The text of a denial that says nothing of policies: the caller is not eligible.
pub(super) const NOT_ELIGIBLE: &str = "You don't have permissions to access this resource.";

/// The id of the service control policy that denies at the root, as organizations made in the console have one.
pub(super) const DENYING_POLICY: &str = "p-4tk9denyx2";

impl Denial {
    /// A denial of the kind's usual effect.
    #[must_use]
    pub fn new(by: DeniedBy, actions: &[&str]) -> Self {
        Self {
            by,
            actions: actions.iter().map(|&action| action.to_owned()).collect(),
            effect: None,
            attached: AttachedTo::Root,
            sid: None,
            spares_caller: false,
        }
    }

    /// The effect that was written, or the kind's usual one: service control policies deny, the others do not allow.
    pub(super) fn effect(&self) -> Effect {
        self.effect.unwrap_or(match self.by {
            DeniedBy::ServiceControlPolicy => Effect::Explicit,
            _ => Effect::Implicit,
        })
    }

    /// Whether it keeps the caller from the action.
    pub(super) fn covers(&self, action: &str) -> bool {
        !self.spares_caller && self.actions.iter().any(|pattern| matches(pattern, action))
    }

    /// The service control policy that it stands for: id and name. There is one for each place, way and condition.
    pub(super) fn policy(&self) -> (String, &'static str) {
        let place = match self.attached {
            AttachedTo::Root => "root",
            AttachedTo::Unit => "unit",
            AttachedTo::Account => "acct",
        };
        match (self.effect(), self.spares_caller) {
            (Effect::Explicit, false) if self.attached == AttachedTo::Root => {
                (DENYING_POLICY.to_owned(), "DenyLeaveAndCloseAccount")
            }
            (Effect::Explicit, false) => (format!("p-8d3deny{place}"), "DenyByPlace"),
            (Effect::Explicit, true) => (format!("p-7c2cond{place}"), "DenyUnlessAdministrator"),
            (Effect::Implicit, _) => (format!("p-6b1allow{place}"), "AllowTheRest"),
        }
    }

    fn message(&self, account: &Account, action: &str, resource: &str) -> String {
        let start = format!(
            "User: {} is not authorized to perform: {action} on resource: {resource}",
            account.principal.caller_arn(account)
        );
        let kind = match self.by {
            DeniedBy::ServiceControlPolicy => "service control policy",
            DeniedBy::IdentityPolicy => "identity-based policy",
            DeniedBy::PermissionsBoundary => "permissions boundary",
            DeniedBy::SessionPolicy => "session policy",
            DeniedBy::Unexplained => return NOT_ELIGIBLE.to_owned(),
        };
        match (self.effect(), self.by) {
            (Effect::Explicit, DeniedBy::ServiceControlPolicy) => {
                let (id, _) = self.policy();
                let policy = account.organization_arn(&format!("policy/{}/service_control_policy/{id}", account.organization.id));
                format!("{start} with an explicit deny in a {kind}: {policy}")
            }
            (Effect::Explicit, DeniedBy::IdentityPolicy) => format!("{start} with an explicit deny in an {kind}"),
            (Effect::Explicit, _) => format!("{start} with an explicit deny in a {kind}"),
            (Effect::Implicit, _) => format!("{start} because no {kind} allows the {action} action"),
        }
    }
}

/// The denial that binds the account's principal for this action, explicit ones first, as AWS evaluates them.
pub(super) fn denial<'a>(account: &'a Account, action: &str) -> Option<&'a Denial> {
    let binding = || account.denials.iter().filter(|denial| denial.covers(action) && binds(denial.by, account));
    binding().find(|denial| denial.effect() == Effect::Explicit).or_else(|| binding().next())
}

/// Fails with AWS's words when the principal may not do this.
pub(super) fn authorise(account: &Account, action: &str, resource: &str) -> Result<(), Failure> {
    match denial(account, action) {
        None => Ok(()),
        Some(denial) => Err(Failure::access_denied(denial.message(account, action, resource))),
    }
}

/// Root obeys service control policies alone, and those bind members alone.
pub(super) fn binds(by: DeniedBy, account: &Account) -> bool {
    match by {
        DeniedBy::ServiceControlPolicy => account.member && !account.is_management_account(),
        DeniedBy::IdentityPolicy | DeniedBy::PermissionsBoundary | DeniedBy::SessionPolicy => {
            account.principal.kind != PrincipalKind::Root
        }
        DeniedBy::Unexplained => true,
    }
}

/// Matches an IAM action pattern with `*`, without regard to case.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_ascii_lowercase(), text.to_ascii_lowercase());
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::super::principal::Principal;
    use super::*;

    const LEAVE: &str = "organizations:LeaveOrganization";

    fn denied(by: DeniedBy, effect: Option<Effect>) -> Account {
        Account { denials: vec![Denial { effect, ..Denial::new(by, &[LEAVE]) }], ..Account::default() }
    }

    fn says(account: &Account) -> String {
        authorise(account, LEAVE, "*").unwrap_err().message
    }

    #[test]
    fn each_kind_of_policy_denies_in_its_own_words() {
        let user = "User: arn:aws:sts::412098765432:assumed-role/PlatformAdmin/maria.keller is not authorized to perform: \
                    organizations:LeaveOrganization on resource: *";
        for (by, effect, ending) in [
            (
                DeniedBy::ServiceControlPolicy,
                None,
                " with an explicit deny in a service control policy: \
                 arn:aws:organizations::305611223344:policy/o-a1b2c3d4e5/service_control_policy/p-4tk9denyx2",
            ),
            (
                DeniedBy::ServiceControlPolicy,
                Some(Effect::Implicit),
                " because no service control policy allows the organizations:LeaveOrganization action",
            ),
            (
                DeniedBy::IdentityPolicy,
                None,
                " because no identity-based policy allows the organizations:LeaveOrganization action",
            ),
            (DeniedBy::IdentityPolicy, Some(Effect::Explicit), " with an explicit deny in an identity-based policy"),
            (
                DeniedBy::PermissionsBoundary,
                None,
                " because no permissions boundary allows the organizations:LeaveOrganization action",
            ),
            (DeniedBy::PermissionsBoundary, Some(Effect::Explicit), " with an explicit deny in a permissions boundary"),
            (DeniedBy::SessionPolicy, None, " because no session policy allows the organizations:LeaveOrganization action"),
        ] {
            assert_eq!(says(&denied(by, effect)), format!("{user}{ending}"));
        }
        assert_eq!(says(&denied(DeniedBy::Unexplained, None)), NOT_ELIGIBLE);
    }

    #[test]
    fn root_obeys_only_service_control_policies() {
        for (by, binding) in
            [(DeniedBy::ServiceControlPolicy, true), (DeniedBy::IdentityPolicy, false), (DeniedBy::PermissionsBoundary, false)]
        {
            let mut account = denied(by, None);
            account.principal = Principal { kind: PrincipalKind::Root, ..Principal::default() };
            assert_eq!(authorise(&account, LEAVE, "*").is_err(), binding, "{by:?}");
        }
    }

    #[test]
    fn service_control_policies_end_with_the_membership() {
        let mut account = denied(DeniedBy::ServiceControlPolicy, None);
        account.leave();
        assert!(authorise(&account, LEAVE, "*").is_ok());
    }

    #[test]
    fn an_explicit_deny_is_named_before_a_missing_allow() {
        let mut account = denied(DeniedBy::IdentityPolicy, None);
        account.denials.push(Denial::new(DeniedBy::ServiceControlPolicy, &[LEAVE]));
        assert!(says(&account).contains("service control policy"));
    }

    #[test]
    fn patterns_are_those_of_iam() {
        for (pattern, action, expected) in [
            ("*", LEAVE, true),
            ("organizations:*", LEAVE, true),
            ("organizations:leave*", LEAVE, true),
            ("organizations:*Organization", LEAVE, true),
            ("organizations:*Organ*zation", LEAVE, true),
            ("organizations:Leave", LEAVE, false),
            ("iam:*", LEAVE, false),
            ("organizations:*Account", LEAVE, false),
        ] {
            assert_eq!(matches(pattern, action), expected, "{pattern}");
        }
    }
}

//! IAM roles and whom they trust.
//!
//! A scenario names trusted parties in short (`management-account`, a 12-digit id, a service, an organization); the policy document is made here.

use serde::Deserialize;
use serde_json::{Value, json};

use super::account::{Account, slash};
use super::principal::PrincipalKind;

/// The name of the SAML provider that IAM Identity Center keeps in an account.
pub(super) const IDENTITY_CENTER_PROVIDER: &str = "AWSSSO_7c1f2e3d4b5a6978_DO_NOT_DELETE";

/// An IAM role.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    pub name: String,
    /// The path, `/` by default.
    #[serde(default = "slash")]
    pub path: String,
    /// Whom it trusts: `management-account`, `organization` (anyone in it), `own-account`, `identity-center`, a 12-digit account id,
    /// a service such as `ec2.amazonaws.com`, `saml:` and the name of a SAML provider, `oidc:` and the host of an `OpenID` Connect
    /// provider, or an ARN.
    pub trusts: Vec<String>,
    /// Whether the trust asks for an MFA device's code of those who may assume the role.
    #[serde(default)]
    pub mfa: bool,
    pub external_id: Option<String>,
    /// The managed policies that are attached: names of AWS's own, or ARNs.
    #[serde(default)]
    pub policies: Vec<String>,
    /// The names of the policies that are written into the role itself.
    #[serde(default)]
    pub inline_policies: Vec<String>,
}

impl Role {
    /// The roles that AWS itself keeps in every account of an organization.
    pub(super) fn service_linked() -> Vec<Self> {
        [
            ("AWSServiceRoleForOrganizations", "organizations.amazonaws.com"),
            ("AWSServiceRoleForSupport", "support.amazonaws.com"),
            ("AWSServiceRoleForTrustedAdvisor", "trustedadvisor.amazonaws.com"),
        ]
        .into_iter()
        .map(|(name, service)| Self {
            name: name.to_owned(),
            path: format!("/aws-service-role/{service}/"),
            trusts: vec![service.to_owned()],
            ..Self::default()
        })
        .collect()
    }

    /// The role behind the caller's session, when the caller is a role.
    pub(super) fn of_principal(account: &Account) -> Option<Self> {
        let trusted = match account.principal.kind {
            PrincipalKind::Root | PrincipalKind::User => return None,
            PrincipalKind::Role => "own-account",
            PrincipalKind::Sso => "identity-center",
            PrincipalKind::OrganizationAccessRole => "management-account",
        };
        Some(Self {
            name: account.principal.name(),
            path: account.principal.path(),
            trusts: vec![trusted.to_owned()],
            policies: vec!["AdministratorAccess".to_owned()],
            ..Self::default()
        })
    }

    /// Whether the role opens the account to its organization's owner.
    pub(super) fn trusts_the_organization(&self, account: &Account) -> bool {
        let owner = &account.organization.management_account_id;
        self.trusts.iter().any(|party| party == "management-account" || party == "organization" || party.contains(owner.as_str()))
    }

    pub(super) fn arn(&self, account: &Account) -> String {
        account.arn("iam", &format!("role{}{}", self.path, self.name))
    }

    /// The attached policies, each by its name and ARN.
    pub(super) fn attached_policies(&self, account: &Account) -> Vec<(String, String)> {
        let named = |policy: &String| match policy.strip_prefix("arn:") {
            Some(_) => (policy.rsplit('/').next().unwrap_or_default().to_owned(), policy.clone()),
            None => (policy.clone(), format!("arn:{}:iam::aws:policy/{policy}", account.partition)),
        };
        self.policies.iter().map(named).collect()
    }

    pub(super) fn trust_policy(&self, account: &Account) -> String {
        let statements: Vec<Value> = self.trusts.iter().map(|party| self.with_conditions(statement(party, account))).collect();
        json!({"Version": "2012-10-17", "Statement": statements}).to_string()
    }

    fn with_conditions(&self, mut statement: Value) -> Value {
        if self.mfa {
            statement["Condition"]["Bool"]["aws:MultiFactorAuthPresent"] = "true".into();
        }
        if let Some(id) = &self.external_id {
            statement["Condition"]["StringEquals"]["sts:ExternalId"] = id.as_str().into();
        }
        statement
    }

    /// Whether the trust names this caller, conditions aside.
    pub(super) fn trusts(&self, account: &Account, caller_account: &str, caller_arn: &str) -> bool {
        self.trusts.iter().any(|party| match party.as_str() {
            "own-account" => caller_account == account.id,
            "management-account" => caller_account == account.organization.management_account_id,
            "organization" => account.member,
            party => party == caller_account || party == caller_arn || party == root_of(account, caller_account),
        })
    }
}

/// The ARN by which a policy names everybody in an account.
fn root_of(account: &Account, id: &str) -> String {
    format!("arn:{}:iam::{id}:root", account.partition)
}

fn statement(party: &str, account: &Account) -> Value {
    let root_of = |id: &str| root_of(account, id);
    let assume = |principal: Value| json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"});
    match party {
        "management-account" => assume(json!({"AWS": root_of(&account.organization.management_account_id)})),
        "own-account" => assume(json!({"AWS": root_of(&account.id)})),
        "organization" => json!({
            "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:PrincipalOrgID": account.organization.id}}
        }),
        "identity-center" => json!({
            "Effect": "Allow",
            "Principal": {"Federated": account.arn("iam", &format!("saml-provider/{IDENTITY_CENTER_PROVIDER}"))},
            "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"],
            "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}
        }),
        provider if provider.starts_with("saml:") => json!({
            "Effect": "Allow",
            "Principal": {"Federated": account.arn("iam", &provider.replacen("saml:", "saml-provider/", 1))},
            "Action": "sts:AssumeRoleWithSAML",
            "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}
        }),
        provider if provider.starts_with("oidc:") => json!({
            "Effect": "Allow",
            "Principal": {"Federated": account.arn("iam", &provider.replacen("oidc:", "oidc-provider/", 1))},
            "Action": "sts:AssumeRoleWithWebIdentity"
        }),
        id if id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit()) => assume(json!({"AWS": root_of(id)})),
        service if !service.starts_with("arn:") => assume(json!({"Service": service})),
        arn => assume(json!({"AWS": arn})),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(party: &str) -> Role {
        Role { name: "R".to_owned(), path: slash(), trusts: vec![party.to_owned()], ..Role::default() }
    }

    #[test]
    fn the_old_owner_is_recognised_by_account_and_by_organization() {
        let account = Account::default();
        for (party, expected) in [
            ("management-account", true),
            ("organization", true),
            ("305611223344", true),
            ("arn:aws:iam::305611223344:role/Auditor", true),
            ("own-account", false),
            ("ec2.amazonaws.com", false),
            ("999988887777", false),
        ] {
            assert_eq!(role(party).trusts_the_organization(&account), expected, "{party}");
        }
    }

    #[test]
    fn short_names_become_the_principals_that_iam_writes() {
        let account = Account::default();
        assert!(role("management-account").trust_policy(&account).contains(r#"{"AWS":"arn:aws:iam::305611223344:root"}"#));
        assert!(role("ec2.amazonaws.com").trust_policy(&account).contains(r#"{"Service":"ec2.amazonaws.com"}"#));
        assert!(role("organization").trust_policy(&account).contains(r#""aws:PrincipalOrgID":"o-a1b2c3d4e5""#));
    }

    #[test]
    fn what_a_trust_asks_for_is_in_its_document() {
        let account = Account::default();
        let asks = Role { mfa: true, external_id: Some("deal-7".to_owned()), ..role("own-account") };
        let document = asks.trust_policy(&account);
        assert!(document.contains(r#""Bool":{"aws:MultiFactorAuthPresent":"true"}"#), "{document}");
        assert!(document.contains(r#""StringEquals":{"sts:ExternalId":"deal-7"}"#), "{document}");
        assert!(!role("own-account").trust_policy(&account).contains("Condition"));
    }

    #[test]
    fn a_trust_names_accounts_and_principals() {
        let account = Account::default();
        let (own, user) = ("412098765432", "arn:aws:iam::412098765432:user/maria.keller");
        for (party, trusted) in [
            ("own-account", true),
            ("412098765432", true),
            ("arn:aws:iam::412098765432:root", true),
            (user, true),
            ("organization", true),
            ("management-account", false),
            ("arn:aws:iam::412098765432:user/somebody", false),
            ("ec2.amazonaws.com", false),
        ] {
            assert_eq!(role(party).trusts(&account, own, user), trusted, "{party}");
        }
    }
}

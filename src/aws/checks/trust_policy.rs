//! Reads a role's trust policy: who outside the account may step through that door?
//!
//! Pure. It errs towards naming a door: a condition that narrows it is not weighed, except where it names the organization.

use serde_json::Value;

use super::service_control_policy::many;

/// Who may assume a role, as far as it matters to somebody who leaves an organization.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Trust {
    /// Other accounts that are named, by id, sorted.
    pub accounts: Vec<String>,
    /// Organizations whose members are let in, by id, sorted.
    pub organizations: Vec<String>,
    /// Anyone is named, and no condition says which accounts or organizations are meant.
    pub anyone: bool,
    /// Identity providers whose people are let in, sorted.
    pub providers: Vec<Provider>,
    /// Whether every statement that lets people in does so for members of an organization: once the account is no member, nobody in it can
    /// assume the role.
    pub only_for_members: bool,
    /// Whether a statement keeps out everybody who is not in an organization, whatever the others say.
    pub denies_the_rest: bool,
}

/// The keys of conditions that hold for the members of an organization, and for nobody else, in lower case.
///
/// Source: IAM User Guide, AWS global condition context keys.
const MEMBERSHIP_KEYS: [&str; 8] = [
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:resourceorgid",
    "aws:resourceorgpaths",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:vpceorgid",
    "aws:vpceorgpaths",
];

/// An identity provider as a policy names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Provider {
    /// A SAML provider of the account, by name.
    Saml(String),
    /// An `OpenID` Connect provider of the account, by host and path.
    OpenIdConnect(String),
    /// A provider that needs no entry in the account, such as `accounts.google.com`.
    Web(String),
}

impl Provider {
    fn read(principal: &str) -> Self {
        let named = |kind: &str| Some(principal.strip_prefix("arn:")?.split_once(kind)?.1.to_owned());
        let of_account = named(":saml-provider/").map(Self::Saml).or_else(|| named(":oidc-provider/").map(Self::OpenIdConnect));
        of_account.unwrap_or_else(|| Self::Web(principal.to_owned()))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Self::Saml(name) | Self::OpenIdConnect(name) | Self::Web(name) => name,
        }
    }

    /// Whether it is the one that IAM Identity Center keeps in the accounts of an organization.
    pub fn is_identity_centers(&self) -> bool {
        matches!(self, Self::Saml(name) if name.starts_with("AWSSSO_"))
    }
}

impl Trust {
    /// Reads a policy document as IAM hands it out, percent-encoded. `own` is the account that the role is in.
    /// `None` when it is not a policy that this program understands.
    pub fn read(document: &str, own: &str) -> Option<Self> {
        let policy: Value = serde_json::from_str(&decoded(document)?).ok()?;
        let mut trust = Self::default();
        // With IfExists, a condition holds once there is no organization to name.
        let is_for_members = |operator: &str| !is_negated(operator) && !operator.ends_with("IfExists");
        let (mut lets_in, mut lets_in_anyway) = (false, false);
        for statement in many(policy.get("Statement")?) {
            match statement.get("Effect").and_then(Value::as_str) {
                Some("Allow") => {
                    trust.take(statement, own);
                    let is_of_members = conditions(statement, is_for_members).any(|(key, _)| is_about_members(&key));
                    lets_in |= admits_people(statement);
                    lets_in_anyway |= admits_people(statement) && !is_of_members;
                }
                Some("Deny") if denies_everybody_to_assume(statement) => {
                    trust.denies_the_rest |= conditions(statement, is_negated).any(|(key, _)| is_about_members(&key));
                }
                _ => {}
            }
        }
        trust.only_for_members = lets_in && !lets_in_anyway;
        for list in [&mut trust.accounts, &mut trust.organizations] {
            list.sort();
            list.dedup();
        }
        trust.providers.sort();
        trust.providers.dedup();
        Some(trust)
    }

    fn take(&mut self, statement: &Value, own: &str) {
        let named: Vec<&str> = match statement.get("Principal") {
            Some(Value::String(anyone)) => vec![anyone.as_str()],
            Some(Value::Object(kinds)) => kinds.get("AWS").map(strings).unwrap_or_default(),
            _ => Vec::new(),
        };
        if let Some(Value::Object(kinds)) = statement.get("Principal") {
            let federated = kinds.get("Federated").map(strings).unwrap_or_default();
            self.providers.extend(federated.into_iter().map(Provider::read));
        }
        let conditions: Vec<(String, &str)> = conditions(statement, |operator| !is_negated(operator)).collect();
        let limits = |key: &'static str| conditions.iter().filter(move |(name, _)| name == key).map(|(_, value)| *value);
        // Organization paths begin with the organization: `o-a1b2c3d4e5/r-ab12/…`.
        let organizations: Vec<String> = limits("aws:principalorgid")
            .chain(limits("aws:principalorgpaths"))
            .filter_map(|value| value.split('/').next())
            .filter(|id| id.starts_with("o-"))
            .map(str::to_owned)
            .collect();
        let anyone = named.contains(&"*");
        let mut accounts: Vec<String> = named.iter().filter_map(|principal| account(principal)).collect();
        if anyone {
            accounts.extend(limits("aws:principalaccount").chain(limits("aws:principalarn")).filter_map(account));
            let nobody_else = accounts.is_empty() && organizations.is_empty();
            self.anyone |= nobody_else;
            self.organizations.extend(organizations);
        }
        self.accounts.extend(accounts.into_iter().filter(|id| id != own));
    }
}

/// The account in a principal: an id, or an ARN that holds one.
fn account(principal: &str) -> Option<String> {
    let id = if principal.starts_with("arn:") { principal.split(':').nth(4)? } else { principal };
    (id.len() == 12 && id.bytes().all(|b| b.is_ascii_digit())).then(|| id.to_owned())
}

/// The conditions of a statement as (key in lower case, value), those with such an operator.
fn conditions(statement: &Value, is_wanted: impl Fn(&str) -> bool) -> impl Iterator<Item = (String, &str)> {
    let operators = statement.get("Condition").and_then(Value::as_object);
    operators
        .into_iter()
        .flat_map(|operators| operators.iter())
        .filter(move |(operator, _)| is_wanted(operator) && !operator.starts_with("Null"))
        .filter_map(|(_, keys)| keys.as_object())
        .flat_map(|keys| keys.iter())
        .flat_map(|(key, values)| strings(values).into_iter().map(move |value| (key.to_lowercase(), value)))
}

/// Whether a statement is about people: accounts, users and roles, or those of an identity provider. Services are others.
fn admits_people(statement: &Value) -> bool {
    match statement.get("Principal") {
        Some(Value::String(_)) => true,
        Some(Value::Object(kinds)) => kinds.contains_key("AWS") || kinds.contains_key("Federated"),
        _ => false,
    }
}

fn denies_everybody_to_assume(statement: &Value) -> bool {
    let everybody = match statement.get("Principal") {
        Some(Value::String(anyone)) => anyone == "*",
        Some(Value::Object(kinds)) => kinds.get("AWS").is_some_and(|named| strings(named).contains(&"*")),
        _ => false,
    };
    let to_assume = |action: &str| ["*", "sts:*", "sts:assumerole", "sts:assumerole*"].contains(&action.to_lowercase().as_str());
    everybody && statement.get("Action").is_some_and(|actions| strings(actions).into_iter().any(to_assume))
}

/// Whether the operator says who is kept out, and not who is meant.
fn is_negated(operator: &str) -> bool {
    operator.contains("Not")
}

fn is_about_members(key: &str) -> bool {
    MEMBERSHIP_KEYS.contains(&key)
}

fn strings(value: &Value) -> Vec<&str> {
    many(value).iter().filter_map(Value::as_str).collect()
}

/// Undoes percent-encoding; `None` when the bytes are no text.
fn decoded(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let byte =
            (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten().and_then(|hex| u8::from_str_radix(hex, 16).ok());
        plain.push(byte.unwrap_or(bytes[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    String::from_utf8(plain).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "123456789012";

    fn trust(statement: &str) -> Trust {
        Trust::read(&format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#), OWN).unwrap()
    }

    #[test]
    fn an_owner_is_found_however_the_policy_writes_it() {
        for principal in [
            r#"{"AWS":"arn:aws:iam::111122223333:root"}"#,
            r#"{"AWS":["123456789012","111122223333"]}"#,
            r#"{"AWS":"arn:aws-cn:sts::111122223333:assumed-role/a/b"}"#,
        ] {
            let found = trust(&format!(r#"[{{"Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole"}}]"#));
            assert_eq!(found.accounts, ["111122223333"], "{principal}");
            assert!(!found.anyone);
        }
    }

    #[test]
    fn a_policy_as_iam_sends_it_is_decoded_first() {
        let document = "%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22AWS%22%3A%22111122223333%22%7D%7D%5D%7D";
        assert_eq!(Trust::read(document, OWN).unwrap().accounts, ["111122223333"]);
    }

    #[test]
    fn anyone_of_an_organization_is_not_anyone() {
        let found =
            trust(r#"{"Effect":"Allow","Principal":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}}"#);
        let of_members = Trust { organizations: vec!["o-a1b2c3d4e5".into()], only_for_members: true, ..Trust::default() };
        assert_eq!(found, of_members);
        let path = trust(
            r#"{"Effect":"Allow","Principal":{"AWS":"*"},"Condition":{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":["o-a1b2c3d4e5/r-ab12/*"]}}}"#,
        );
        assert_eq!(path.organizations, ["o-a1b2c3d4e5"]);
    }

    #[test]
    fn anyone_with_an_account_condition_is_that_account() {
        let found =
            trust(r#"{"Effect":"Allow","Principal":"*","Condition":{"StringEquals":{"aws:PrincipalAccount":"111122223333"}}}"#);
        assert_eq!(found, Trust { accounts: vec!["111122223333".into()], ..Trust::default() });
    }

    #[test]
    fn anyone_is_anyone_when_only_others_are_kept_out() {
        assert!(trust(r#"{"Effect":"Allow","Principal":"*"}"#).anyone);
        let not = r#"{"Effect":"Allow","Principal":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}}"#;
        assert!(trust(not).anyone);
    }

    #[test]
    fn a_role_that_only_members_may_assume_is_told_from_one_that_stays() {
        let members = r#""Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}"#;
        let if_any = r#""Condition":{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}"#;
        let others = r#""Condition":{"StringNotEquals":{"AWS:PrincipalOrgID":"o-a1b2c3d4e5"}}"#;
        let own = r#"{"Effect":"Allow","Principal":{"AWS":"123456789012"}}"#;
        let deny = |who: &str, action: &str, which: &str| {
            format!(r#"{{"Effect":"Deny","Principal":{who},"Action":"{action}",{which}}}"#)
        };
        for (statements, only_for_members, denies_the_rest) in [
            (format!(r#"[{{"Effect":"Allow","Principal":{{"AWS":"123456789012"}},{members}}}]"#), true, false),
            (format!(r#"[{{"Effect":"Allow","Principal":{{"AWS":"123456789012"}},{if_any}}}]"#), false, false),
            (format!(r#"[{{"Effect":"Allow","Principal":"*",{members}}},{own}]"#), false, false),
            (
                format!(r#"[{{"Effect":"Allow","Principal":"*",{members}}},{{"Effect":"Allow","Principal":{{"Service":"a"}}}}]"#),
                true,
                false,
            ),
            (format!("[{own},{}]", deny(r#""*""#, "sts:AssumeRole", others)), false, true),
            (format!("[{own},{}]", deny(r#"{"AWS":"*"}"#, "*", others)), false, true),
            (format!("[{own},{}]", deny(r#""*""#, "sts:TagSession", others)), false, false),
            (format!("[{own},{}]", deny(r#"{"AWS":"111122223333"}"#, "*", others)), false, false),
            (format!("[{own},{}]", deny(r#""*""#, "*", members)), false, false),
            (format!("[{own}]"), false, false),
            ("[]".to_owned(), false, false),
        ] {
            let found = trust(&statements);
            assert_eq!((found.only_for_members, found.denies_the_rest), (only_for_members, denies_the_rest), "{statements}");
        }
    }

    #[test]
    fn identity_providers_are_told_apart() {
        let found = trust(
            r#"[{"Effect":"Allow","Principal":{"Federated":["arn:aws:iam::123456789012:saml-provider/corp",
                "arn:aws-us-gov:iam::123456789012:oidc-provider/token.example.com/a"]},"Action":"sts:AssumeRoleWithSAML"},
                {"Effect":"Allow","Principal":{"Federated":"accounts.google.com"},"Action":"sts:AssumeRoleWithWebIdentity"},
                {"Effect":"Deny","Principal":{"Federated":"graph.facebook.com"},"Action":"sts:AssumeRoleWithWebIdentity"}]"#,
        );
        let providers = vec![
            Provider::Saml("corp".into()),
            Provider::OpenIdConnect("token.example.com/a".into()),
            Provider::Web("accounts.google.com".into()),
        ];
        assert_eq!(found, Trust { providers, ..Trust::default() });
        assert!(!found.providers[0].is_identity_centers());
        assert!(Provider::read("arn:aws:iam::123456789012:saml-provider/AWSSSO_7c1f_DO_NOT_DELETE").is_identity_centers());
    }

    #[test]
    fn services_own_principals_and_denials_open_no_door() {
        for statement in [
            r#"{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"}}"#,
            r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"}}"#,
            r#"{"Effect":"Allow","Principal":{"AWS":"AIDAEXAMPLEDELETED"}}"#,
            r#"{"Effect":"Deny","Principal":{"AWS":"111122223333"}}"#,
        ] {
            assert_eq!(trust(statement), Trust::default(), "{statement}");
        }
    }

    #[test]
    fn what_is_no_policy_is_not_read_as_an_empty_one() {
        for document in ["", "%", "{}", "[1]", "%ff%fe", "<html>"] {
            assert_eq!(Trust::read(document, OWN), None, "{document}");
        }
    }
}

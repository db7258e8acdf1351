//! IAM: who can sign in to the account and whom its roles trust.

use std::borrow::Cow;

use form_urlencoded::byte_serialize;

use super::super::account::{Account, User};
use super::super::protocols::Call;
use super::super::reply::{Failure, Outcome, Reply};
use super::super::trust::Role;
use super::super::xml::Element;
use super::{iso, page_of, simulate, start_of_page, sts};

pub(super) const OPERATIONS: &[&str] = &[
    "GetAccountSummary",
    "GetLoginProfile",
    "GetRole",
    "GetUser",
    "ListAttachedRolePolicies",
    "ListMFADevices",
    "ListOpenIDConnectProviders",
    "ListRolePolicies",
    "ListRoles",
    "ListSAMLProviders",
    "ListUsers",
    "SimulatePrincipalPolicy",
];

/// IAM returns at most this many entries unless it is asked for more.
const USUAL_PAGE: usize = 100;

pub(super) fn answer(account: &Account, call: &Call) -> Outcome {
    match call.operation.as_str() {
        "GetAccountSummary" => Ok(Reply::Xml(vec![summary(account)])),
        "GetRole" => {
            let role = named_role(account, call)?;
            Ok(Reply::Xml(vec![Element::new("Role", role_members(account, &role))]))
        }
        "ListAttachedRolePolicies" => {
            let policies = named_role(account, call)?.attached_policies(account).into_iter();
            page(account, call, "AttachedPolicies", policies, |(name, arn)| {
                Element::new("member", vec![Element::text("PolicyName", name), Element::text("PolicyArn", arn)])
            })
        }
        "ListRolePolicies" => {
            let role = named_role(account, call)?;
            page(account, call, "PolicyNames", role.inline_policies.iter(), |name| Element::text("member", name))
        }
        "GetUser" => {
            let user = named_user(account, call)?;
            Ok(Reply::Xml(vec![Element::new("User", user_members(account, &user))]))
        }
        "GetLoginProfile" => {
            let user = named_user(account, call)?;
            if !user.password {
                let message = format!("Login Profile for User {} cannot be found.", user.name);
                return Err(Failure::new("NoSuchEntity", message));
            }
            let profile = vec![
                Element::text("UserName", &user.name),
                Element::text("CreateDate", iso(account.created_at())),
                Element::text("PasswordResetRequired", "false"),
            ];
            Ok(Reply::Xml(vec![Element::new("LoginProfile", profile)]))
        }
        "ListMFADevices" => {
            let user = named_user(account, call)?;
            let device = user.mfa.then(|| {
                vec![
                    Element::text("UserName", &user.name),
                    Element::text("SerialNumber", account.arn("iam", &format!("mfa/{}", user.name))),
                    Element::text("EnableDate", iso(account.created_at())),
                ]
            });
            Ok(Reply::Xml(vec![Element::list("MFADevices", device), Element::text("IsTruncated", "false")]))
        }
        "ListUsers" => {
            let users = account.all_users().filter(|user| under_prefix(call, &user.path));
            page(account, call, "Users", users, |user| Element::new("member", user_members(account, &user)))
        }
        "ListRoles" => {
            let roles = account.all_roles().filter(|role| under_prefix(call, &role.path));
            page(account, call, "Roles", roles, |role| Element::new("member", role_members(account, &role)))
        }
        "ListSAMLProviders" => {
            let provider = |name: &String| {
                vec![
                    Element::text("Arn", account.arn("iam", &format!("saml-provider/{name}"))),
                    Element::text("ValidUntil", iso(account.days_ago(-3_650.0))),
                    Element::text("CreateDate", iso(account.created_at())),
                ]
            };
            Ok(Reply::Xml(vec![Element::list("SAMLProviderList", account.all_saml_providers().iter().map(provider))]))
        }
        "ListOpenIDConnectProviders" => {
            let provider = |host: &String| vec![Element::text("Arn", account.arn("iam", &format!("oidc-provider/{host}")))];
            Ok(Reply::Xml(vec![Element::list("OpenIDConnectProviderList", account.oidc_providers.iter().map(provider))]))
        }
        "SimulatePrincipalPolicy" => simulate::answer(account, call),
        _ => Err(Failure::unknown_operation()),
    }
}

/// The resource that a denial of this call names.
pub(super) fn resource(account: &Account, call: &Call) -> String {
    let named = |kind: &str, name: Option<&str>| account.arn("iam", &format!("{kind}/{}", name.unwrap_or_default()));
    match call.operation.as_str() {
        "GetRole" | "ListAttachedRolePolicies" | "ListRolePolicies" => named("role", call.text("RoleName")),
        "ListRoles" => named("role", None),
        "ListUsers" => named("user", None),
        "GetUser" | "GetLoginProfile" | "ListMFADevices" => named("user", call.text("UserName")),
        "SimulatePrincipalPolicy" => call.text("PolicySourceArn").unwrap_or("*").to_owned(),
        _ => "*".to_owned(),
    }
}

/// "The role with name x cannot be found."
pub(super) fn no_such(kind: &str, name: &str) -> Failure {
    Failure::new("NoSuchEntity", format!("The {kind} with name {name} cannot be found."))
}

/// The user that the call names; `GetUser` and its like mean the caller when they name none.
fn named_user<'a>(account: &'a Account, call: &Call) -> Result<Cow<'a, User>, Failure> {
    let own_name = account.principal.name();
    let name = call.text("UserName").unwrap_or(&own_name);
    if call.text("UserName").is_none() && account.principal.is_role() {
        return Err(Failure::new("ValidationError", "Must specify userName when calling with non-User credentials"));
    }
    account.all_users().find(|user| user.name == name).ok_or_else(|| no_such("user", name))
}

/// The role that the call names.
fn named_role<'a>(account: &'a Account, call: &Call) -> Result<Cow<'a, Role>, Failure> {
    let name = call.text("RoleName").unwrap_or_default();
    account.all_roles().find(|role| role.name == name).ok_or_else(|| no_such("role", name))
}

fn under_prefix(call: &Call, path: &str) -> bool {
    call.text("PathPrefix").is_none_or(|prefix| path.starts_with(prefix))
}

/// One page of a list of members, of which `member` says what is told of each.
fn page<T>(
    account: &Account,
    call: &Call,
    name: &str,
    entries: impl Iterator<Item = T>,
    member: impl Fn(T) -> Element,
) -> Outcome {
    let invalid = || Failure::new("ValidationError", "Invalid Marker.");
    let start = start_of_page(call.text("Marker"), invalid)?.unwrap_or_default();
    let size = call.number("MaxItems").unwrap_or(USUAL_PAGE).min(account.page_size).max(1);
    let (on_page, next) = page_of(entries.map(member), start, size);
    let mut members = vec![Element::new(name, on_page), Element::text("IsTruncated", next.is_some().to_string())];
    members.extend(next.map(|next| Element::text("Marker", next)));
    Ok(Reply::Xml(members))
}

fn user_members(account: &Account, user: &User) -> Vec<Element> {
    vec![
        Element::text("Path", &user.path),
        Element::text("UserName", &user.name),
        Element::text("UserId", account.unique_id("AIDA", &user.name)),
        Element::text("Arn", account.arn("iam", &format!("user{}{}", user.path, user.name))),
        Element::text("CreateDate", iso(account.created_at())),
    ]
}

fn role_members(account: &Account, role: &Role) -> Vec<Element> {
    // IAM percent-encodes the document (RFC 3986), where a space is %20 and not a plus sign.
    let document: String = byte_serialize(role.trust_policy(account).as_bytes()).collect::<String>().replace('+', "%20");
    vec![
        Element::text("Path", &role.path),
        Element::text("RoleName", &role.name),
        Element::text("RoleId", account.unique_id("AROA", &role.name)),
        Element::text("Arn", role.arn(account)),
        Element::text("CreateDate", iso(account.created_at())),
        Element::text("AssumeRolePolicyDocument", document.replace('*', "%2A")),
        Element::text("MaxSessionDuration", sts::LONGEST_SESSION.to_string()),
    ]
}

fn summary(account: &Account) -> Element {
    let flag = usize::from;
    Element::map(
        "SummaryMap",
        [
            ("AccountAccessKeysPresent", flag(account.root.access_keys)),
            ("AccountMFAEnabled", flag(account.root.mfa)),
            ("AccountPasswordPresent", flag(account.root.password)),
            ("AccountSigningCertificatesPresent", 0),
            ("Groups", 0),
            ("GroupsQuota", 300),
            ("MFADevicesInUse", account.all_users().filter(|user| user.mfa).count() + flag(account.root.mfa)),
            ("Providers", account.all_saml_providers().len() + account.oidc_providers.len()),
            ("Roles", account.all_roles().count()),
            ("RolesQuota", 1_000),
            ("Users", account.all_users().count()),
            ("UsersQuota", 5_000),
        ]
        .map(|(key, count)| (key, count.to_string())),
    )
}

//! STS: who am I, and the sessions of roles.
//!
//! Source of the rules: STS API reference, `AssumeRole`; of the words: what AWS answers, as public reports quote it.

use jiff::Timestamp;

use super::super::account::Account;
use super::super::principal::{Principal, PrincipalKind};
use super::super::protocols::Call;
use super::super::reply::{Failure, Outcome, Reply};
use super::super::trust::Role;
use super::super::xml::Element;
use super::super::{MANAGEMENT_ACCESS_KEY, SECRET_ACCESS_KEY};
use super::iso;

pub(super) const OPERATIONS: &[&str] = &["AssumeRole", "GetCallerIdentity"];

/// The shortest session, and the one a client gets that asks for none, in seconds. The longest is the role's own.
const SHORTEST_SESSION: i64 = 900;
const USUAL_SESSION: i64 = 3_600;
/// The longest session that every role of the practice account allows (`MaxSessionDuration`), in seconds.
pub(super) const LONGEST_SESSION: i64 = 3_600;
/// The longest session that any role may allow, in seconds.
const LONGEST_OF_ALL: i64 = 43_200;

pub(super) fn answer(account: &mut Account, call: &Call, now: Timestamp) -> Outcome {
    match call.operation.as_str() {
        "AssumeRole" => {
            let caller = Caller {
                account: account.id.clone(),
                arn: account.principal.caller_arn(account),
                is_root: account.principal.kind == PrincipalKind::Root,
            };
            assume_role(account, &caller, call, now)
        }
        "GetCallerIdentity" => Ok(Reply::Xml(vec![
            Element::text("Arn", account.principal.caller_arn(account)),
            Element::text("UserId", account.principal.user_id(account)),
            Element::text("Account", &account.id),
        ])),
        _ => Err(Failure::unknown_operation()),
    }
}

/// `AssumeRole` of a role in `account`, called by the administrator of its organization's management account.
pub(super) fn assume_role_as_owner(account: &mut Account, call: &Call, now: Timestamp) -> Outcome {
    let owner = account.management_account();
    let caller = Caller { arn: owner.principal.caller_arn(&owner), account: owner.id, is_root: false };
    assume_role(account, &caller, call, now)
}

/// Who wants to assume a role.
struct Caller {
    account: String,
    arn: String,
    is_root: bool,
}

fn assume_role(account: &mut Account, caller: &Caller, call: &Call, now: Timestamp) -> Outcome {
    let arn = required(call, "RoleArn")?;
    let session = required(call, "RoleSessionName")?;
    if !(2..=64).contains(&session.len()) || !session.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b)) {
        return Err(invalid("roleSessionName", session, r"satisfy regular expression pattern: [\w+=,.@-]*"));
    }
    let seconds = seconds(call)?;
    if caller.is_root {
        return Err(Failure::access_denied("Roles may not be assumed by root accounts."));
    }
    let has_mfa = check_mfa(account, call)?;
    let denied = || {
        let message = format!("User: {} is not authorized to perform: sts:AssumeRole on resource: {arn}", caller.arn);
        Failure::access_denied(message)
    };
    // A role that does not exist and one that does not trust the caller look the same.
    let role = account.all_roles().find(|role| role.arn(account) == arn).ok_or_else(denied)?.into_owned();
    let knows_id = role.external_id.as_deref().is_none_or(|id| call.text("ExternalId") == Some(id));
    if !role.trusts(account, &caller.account, &caller.arn) || !knows_id || (role.mfa && !has_mfa) {
        return Err(denied());
    }
    if seconds > LONGEST_SESSION {
        let message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
        return Err(Failure::new("ValidationError", message));
    }
    remember_own_role(account);
    let principal = Principal {
        kind: if role.name == "OrganizationAccountAccessRole" {
            PrincipalKind::OrganizationAccessRole
        } else {
            PrincipalKind::Role
        },
        name: Some(role.name),
        path: Some(role.path),
        session: Some(session.to_owned()),
    };
    let user =
        vec![Element::text("AssumedRoleId", principal.user_id(account)), Element::text("Arn", principal.caller_arn(account))];
    let (key, session) = account.assumed.begin(&account.id, principal, now, seconds);
    let credentials = vec![
        Element::text("AccessKeyId", key),
        Element::text("SecretAccessKey", SECRET_ACCESS_KEY),
        Element::text("SessionToken", session.token),
        Element::text("Expiration", iso(session.ends)),
    ];
    Ok(Reply::Xml(vec![Element::new("Credentials", credentials), Element::new("AssumedRoleUser", user)]))
}

/// The role behind the scenario's own principal stays in the account when another principal calls.
fn remember_own_role(account: &mut Account) {
    if let Some(own) = Role::of_principal(account)
        && !account.roles.iter().any(|role| role.name == own.name)
    {
        account.roles.push(own);
    }
}

/// Whether the call came with the device's code. A right code is used up, whatever becomes of the call.
fn check_mfa(account: &mut Account, call: &Call) -> Result<bool, Failure> {
    let (serial, code) = match (call.text("SerialNumber"), call.text("TokenCode")) {
        (None, None) => return Ok(false),
        (Some(serial), Some(code)) => (serial, code),
        _ => {
            let message = "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.";
            return Err(Failure::access_denied(message));
        }
    };
    if code.len() != 6 || !code.bytes().all(|b| b.is_ascii_digit()) {
        return Err(invalid("tokenCode", code, r"satisfy regular expression pattern: [\d]*"));
    }
    // A device belongs to a person; neither a session nor the other account's administrator has one here.
    let key = call.access_key.as_deref().unwrap_or_default();
    let has_device = !account.assumed.sessions.contains_key(key) && key != MANAGEMENT_ACCESS_KEY;
    if !has_device || serial != account.mfa_device() {
        let message = "MultiFactorAuthentication failed, unable to validate MFA code.  \
            Please verify your MFA serial number is valid and associated with this user.";
        return Err(Failure::access_denied(message));
    }
    if account.assumed.take_code(code) {
        Ok(true)
    } else {
        Err(Failure::access_denied("MultiFactorAuthentication failed with invalid MFA one time pass code. "))
    }
}

fn seconds(call: &Call) -> Result<i64, Failure> {
    let Some(text) = call.text("DurationSeconds") else { return Ok(USUAL_SESSION) };
    match text.parse() {
        Ok(seconds) if seconds < SHORTEST_SESSION => {
            Err(invalid("durationSeconds", text, "have value greater than or equal to 900"))
        }
        Ok(seconds) if seconds > LONGEST_OF_ALL => {
            Err(invalid("durationSeconds", text, "have value less than or equal to 43200"))
        }
        Ok(seconds) => Ok(seconds),
        Err(_) => Err(Failure::new("MalformedInput", "")),
    }
}

fn required<'a>(call: &'a Call, name: &str) -> Result<&'a str, Failure> {
    call.text(name).ok_or_else(|| {
        let member = format!("{}{}", name[..1].to_ascii_lowercase(), &name[1..]);
        let message = format!(
            "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
        );
        Failure::new("ValidationError", message)
    })
}

fn invalid(member: &str, value: &str, must: &str) -> Failure {
    let message =
        format!("1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must {must}");
    Failure::new("ValidationError", message)
}

//! The AWS configuration that the tests give to a machine: each way to credentials is written down here, once.

use leave_org::simulator::SECRET_ACCESS_KEY;

/// A role whose trust policy requires a code of [`DEVICE`], in the practice AWS.
pub const DEAL_ADMIN: &str = "arn:aws:iam::412098765432:role/DealAdmin";
pub const DEVICE: &str = "arn:aws:iam::412098765432:mfa/maria.keller";

/// The session that [`signed_in`] names.
pub const CORP: &str = "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = us-east-1\n";

/// The lines of access keys that do not end.
pub fn keys(access_key: &str) -> String {
    format!("aws_access_key_id = {access_key}\naws_secret_access_key = {SECRET_ACCESS_KEY}\n")
}

/// A profile with access keys.
pub fn with_keys(name: &str, access_key: &str, region: &str) -> String {
    format!("[profile {name}]\nregion = {region}\n{}", keys(access_key))
}

/// A profile that signs in with IAM Identity Center, over [`CORP`].
pub fn signed_in(name: &str, account: &str) -> String {
    format!("[profile {name}]\nsso_session = corp\nsso_account_id = {account}\nsso_role_name = Admin\n")
}

/// The lines of a role that is assumed with a code of [`DEVICE`].
pub fn coded_role() -> String {
    format!("role_arn = {DEAL_ADMIN}\nmfa_serial = {DEVICE}\n")
}

/// A profile that assumes a role with the credentials of the profile `source`.
pub fn over(name: &str, role: &str, source: &str) -> String {
    format!("[profile {name}]\nrole_arn = {role}\nsource_profile = {source}\n")
}

/// The configuration of somebody who works with AWS: a region, a profile `sso` with its session, and a profile `console` that signs in as
/// a person does.
pub fn everyday() -> String {
    let sso = signed_in("sso", "123456789012");
    format!(
        "[default]\nregion = eu-central-1\n{sso}{CORP}[profile console]\nlogin_session = arn:aws:iam::123456789012:user/anna\n"
    )
}

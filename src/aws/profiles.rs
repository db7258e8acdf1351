//! The profiles in the AWS configuration of this machine, read by the SDK's own parser.
//!
//! It reads files and environment variables, and asks nobody. No key or token leaves this file: only what a profile is.

use aws_config::profile::{Profile, ProfileSet};
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_types::os_shim_internal::{Env, Fs};

use super::problem::{chain, local};
use crate::checklist::{Problem, ProblemKind};
use crate::untrusted::neutralise;

/// Where a profile's credentials come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProfileKind {
    /// IAM Identity Center (`aws sso login`).
    Sso,
    /// A console sign-in (`aws login`).
    Login,
    /// A role assumed from another source.
    Role,
    /// A command that prints credentials.
    Process,
    /// Access keys in a file.
    Keys,
    /// Settings only: no credentials of its own.
    Settings,
}

/// One profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileEntry {
    /// Its name, exactly as the SDK knows it. Neutralise it before showing.
    pub name: String,
    /// Where its credentials come from.
    pub kind: ProfileKind,
    /// The account that the profile names for itself, where it does. Neutralised.
    pub account: Option<String>,
    /// The region it sets. Neutralised.
    pub region: Option<String>,
}

/// Every profile, sorted by name, as the SDK reads `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` or their defaults.
///
/// # Errors
/// `Configuration` when a file exists and cannot be read or understood.
pub async fn profiles() -> Result<Vec<ProfileEntry>, Problem> {
    Ok(entries(&load(&Env::real(), None).await?))
}

/// Reads the files, with `selected` in place of `AWS_PROFILE` when given.
pub(super) async fn load(env: &Env, selected: Option<&str>) -> Result<ProfileSet, Problem> {
    aws_config::profile::load(&Fs::real(), env, &EnvConfigFiles::default(), selected.map(|name| name.to_owned().into()))
        .await
        .map_err(|error| local(ProblemKind::Configuration, "configuration", &chain(&error)))
}

/// The two files, as they are named on this machine.
pub(super) fn files(env: &Env) -> String {
    let path = |variable: &str, default: &str| env.get(variable).unwrap_or_else(|_| default.to_owned());
    format!("{} and {}", path("AWS_CONFIG_FILE", "~/.aws/config"), path("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"))
}

fn entries(set: &ProfileSet) -> Vec<ProfileEntry> {
    let mut entries: Vec<ProfileEntry> = set.profiles().filter_map(|name| set.get_profile(name)).map(entry).collect();
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    entries
}

fn entry(profile: &Profile) -> ProfileEntry {
    let from_arn = |key: &str| profile.get(key).and_then(|arn| arn.split(':').nth(4)).filter(|id| !id.is_empty());
    let account = match kind(profile) {
        ProfileKind::Sso => profile.get("sso_account_id"),
        ProfileKind::Login => from_arn("login_session"),
        ProfileKind::Role => from_arn("role_arn"),
        ProfileKind::Process | ProfileKind::Keys | ProfileKind::Settings => profile.get("aws_account_id"),
    };
    ProfileEntry {
        name: profile.name().to_owned(),
        kind: kind(profile),
        account: account.map(neutralise),
        region: profile.get("region").map(neutralise),
    }
}

/// What a profile is, in the order in which the SDK looks at its keys.
pub(super) fn kind(profile: &Profile) -> ProfileKind {
    let has = |key: &str| profile.get(key).is_some();
    if has("role_arn") {
        ProfileKind::Role
    } else if has("sso_session") || has("sso_start_url") {
        ProfileKind::Sso
    } else if has("login_session") {
        ProfileKind::Login
    } else if has("credential_process") {
        ProfileKind::Process
    } else if has("aws_access_key_id") {
        ProfileKind::Keys
    } else {
        ProfileKind::Settings
    }
}

/// The command that signs in again behind `profile`, following the profiles that a role is assumed from.
pub(super) fn sign_in_command(set: &ProfileSet, profile: &str) -> Option<Vec<String>> {
    let mut name = profile;
    // A loop of profiles is the SDK's to complain about; here it only must end.
    for _ in 0..10 {
        let profile = set.get_profile(name)?;
        let verb: &[&str] = match kind(profile) {
            ProfileKind::Sso => &["aws", "sso", "login", "--profile"],
            ProfileKind::Login => &["aws", "login", "--profile"],
            ProfileKind::Role => {
                name = profile.get("source_profile")?;
                continue;
            }
            ProfileKind::Process | ProfileKind::Keys | ProfileKind::Settings => return None,
        };
        return Some(verb.iter().map(|&word| word.to_owned()).chain([name.to_owned()]).collect());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "
[default]
region = eu-central-1
[profile sso]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Admin
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = us-east-1
[profile old-sso]
sso_start_url = https://corp.awsapps.com/start
sso_account_id = 123456789012
[profile console]
login_session = arn:aws:iam::210987654321:user/anna
[profile deal]
role_arn = arn:aws:iam::345678901234:role/DealAdmin
source_profile = sso
[profile loop]
role_arn = arn:aws:iam::345678901234:role/DealAdmin
source_profile = loop
[profile tool]
credential_process = /bin/creds
[profile keys]
aws_access_key_id = AKIAEXAMPLE
aws_secret_access_key = secret
";

    async fn set() -> (tempfile::TempDir, ProfileSet) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config");
        std::fs::write(&file, CONFIG).unwrap();
        let missing = folder.path().join("none");
        let env = Env::from_slice(&[
            ("AWS_CONFIG_FILE", file.to_str().unwrap()),
            ("AWS_SHARED_CREDENTIALS_FILE", missing.to_str().unwrap()),
        ]);
        let set = load(&env, None).await.unwrap();
        (folder, set)
    }

    #[tokio::test]
    async fn profiles_are_listed_by_name_with_what_they_are_and_the_account_they_name() {
        let (_folder, set) = set().await;
        let list: Vec<_> = entries(&set).into_iter().map(|e| (e.name, e.kind, e.account)).collect();
        let row = |name: &str, kind, account: Option<&str>| (name.to_owned(), kind, account.map(str::to_owned));
        assert_eq!(
            list,
            [
                row("console", ProfileKind::Login, Some("210987654321")),
                row("deal", ProfileKind::Role, Some("345678901234")),
                row("default", ProfileKind::Settings, None),
                row("keys", ProfileKind::Keys, None),
                row("loop", ProfileKind::Role, Some("345678901234")),
                row("old-sso", ProfileKind::Sso, Some("123456789012")),
                row("sso", ProfileKind::Sso, Some("123456789012")),
                row("tool", ProfileKind::Process, None),
            ]
        );
    }

    #[tokio::test]
    async fn the_sign_in_command_is_the_one_of_the_profile_that_signs_in() {
        let (_folder, set) = set().await;
        let command = |profile: &str| sign_in_command(&set, profile).map(|words| words.join(" "));
        assert_eq!(command("sso").as_deref(), Some("aws sso login --profile sso"));
        assert_eq!(command("old-sso").as_deref(), Some("aws sso login --profile old-sso"));
        assert_eq!(command("console").as_deref(), Some("aws login --profile console"));
        assert_eq!(command("deal").as_deref(), Some("aws sso login --profile sso"));
        for none in ["loop", "tool", "keys", "default", "missing"] {
            assert_eq!(command(none), None, "{none}");
        }
    }
}

//! The profiles in the AWS configuration of this machine, read by the SDK's own parser.
//!
//! It reads files and environment variables, and asks nobody. No key or token leaves this file: only what a profile is.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use aws_config::profile::{Profile, ProfileSet};
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_types::os_shim_internal::{Env, Fs};
use jiff::Timestamp;

use super::problem::chain;
use crate::checklist::Problem;
use crate::untrusted::{sanitize, sanitize_to};

/// Where a profile's credentials come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProfileKind {
    /// IAM Identity Center (`aws sso login`).
    Sso,
    /// A console sign-in (`aws login`).
    Login,
    Role,
    /// A command that prints credentials.
    Process,
    Keys,
    /// Settings only: no credentials of its own.
    Settings,
}

/// One profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileEntry {
    /// Its name, exactly as the SDK knows it. Sanitize it before showing.
    pub name: String,
    pub kind: ProfileKind,
    /// The account that the profile names for itself, where it does. Sanitized.
    pub account: Option<String>,
    /// The region it sets. Sanitized.
    pub region: Option<String>,
}

/// Every profile, sorted by name, as the SDK reads `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` or their defaults.
///
/// # Errors
/// `Configuration` when a file exists and cannot be read or understood.
pub async fn profiles(now: Timestamp) -> Result<Vec<ProfileEntry>, Problem> {
    Ok(entries(&load(&environment(now)?, None, now).await?))
}

/// The environment of this process.
///
/// # Errors
/// `Configuration` for a variable that is not UTF-8: the SDK would go on as if it were not set.
pub(super) fn environment(now: Timestamp) -> Result<Env, Problem> {
    match undecodable(std::env::vars_os()) {
        Some(name) => {
            let message = format!("The variable {name} in the environment is not in UTF-8. Set it again, or remove it.");
            Err(Problem::of_configuration(&message, now))
        }
        None => Ok(Env::real()),
    }
}

/// The first of those variables that the SDK asks for and that it could not read.
fn undecodable(variables: impl Iterator<Item = (OsString, OsString)>) -> Option<String> {
    let is_asked_for = |name: &str| name == "HOME" || name.starts_with("AWS_") || name.to_ascii_uppercase().ends_with("_PROXY");
    let names = variables.filter(|(_, value)| value.to_str().is_none()).filter_map(|(name, _)| name.into_string().ok());
    names.filter(|name| is_asked_for(name)).min()
}

/// The variables that choose the profile where nobody named one: as the AWS CLI takes them, the older one first.
///
/// Source: botocore 1.44.8, `session.py`.
pub(super) const VARIABLES: [&str; 2] = ["AWS_DEFAULT_PROFILE", "AWS_PROFILE"];

/// The variable that chooses the profile, and what it says.
pub(super) fn chosen_by_variable(env: &Env) -> Option<(&'static str, String)> {
    VARIABLES.into_iter().find_map(|variable| Some((variable, env.get(variable).ok()?)))
}

/// Reads the files, with `selected` in place of `AWS_PROFILE` when given.
pub(super) async fn load(env: &Env, selected: Option<&str>, now: Timestamp) -> Result<ProfileSet, Problem> {
    // What the SDK cannot decode, it passes over: the profiles in it would be told as missing.
    for (variable, default) in FILES {
        let path = path_of(env, variable, default);
        text_of(&path).map_err(|why| {
            let message = format!("{} cannot be read: {why}.", short(&path.to_string_lossy()));
            Problem::of_configuration(&message, now)
        })?;
    }
    aws_config::profile::load(&Fs::real(), env, &EnvConfigFiles::default(), selected.map(|name| name.to_owned().into()))
        .await
        .map_err(|error| Problem::of_configuration(&chain(&error), now))
}

/// The two files, as they are named on this machine.
pub(super) fn files(env: &Env) -> String {
    let [config, credentials] = FILES.map(|(variable, default)| match env.get(variable) {
        Ok(path) if path.trim().is_empty() => format!("“{path}” ({variable})"),
        Ok(path) => short(&path),
        Err(_) => default.to_owned(),
    });
    format!("{config} and {credentials}")
}

/// A profile, with the files in which it stands.
pub(super) fn place(env: &Env, name: &str) -> String {
    format!("profile “{}” ({})", short(name), files(env))
}

/// A name, a value or a path within a sentence, sanitized: so short that it does not push the reason out of the message.
pub(super) fn short(text: &str) -> String {
    sanitize_to(text, 200)
}

/// So many names at most, and how many more there are.
pub(super) fn listed(names: &[&str], most: usize) -> String {
    let shown: Vec<String> = names.iter().take(most).map(|name| short(name)).collect();
    let more = if names.len() > most { format!(" and {} more", names.len() - most) } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

/// Why a profile of this name may not have been found, in a sentence: in the configuration file its section is `[profile NAME]`, in the credentials
/// file `[NAME]`, and one in the other's form is passed over.
///
/// Source: AWS SDKs and Tools Reference Guide, Shared config and credentials files.
pub(super) fn misplaced(env: &Env, name: &str) -> Option<String> {
    let plain = format!("[{name}]");
    let prefixed = format!("[profile {name}]");
    let [plain_shown, prefixed_shown] = [&plain, &prefixed].map(|section| short(section));
    let [config, credentials] = FILES.map(|(variable, default)| text_of(&path_of(env, variable, default)).unwrap_or_default());
    let has = |text: &str, section: &str| text.lines().any(|line| line.trim().replace(['"', '\''], "") == section);
    if has(&config, &plain) {
        Some(format!("The configuration file has a section {plain_shown}; in this file it has to be {prefixed_shown}."))
    } else if has(&credentials, &prefixed) {
        Some(format!("The credentials file has a section {prefixed_shown}; in this file it has to be {plain_shown}."))
    } else if has(&config, &prefixed) || has(&credentials, &plain) {
        Some("The AWS SDK ignores the section of this profile because its name contains a space or special character. Rename the profile.".to_owned())
    } else {
        None
    }
}

/// The two files: the variable that names each, and where it is without.
const FILES: [(&str, &str); 2] = [("AWS_CONFIG_FILE", "~/.aws/config"), ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")];

/// The longest file that is read, in bytes.
const LONGEST_FILE: u64 = 10 << 20;

fn path_of(env: &Env, variable: &str, default: &str) -> PathBuf {
    let path = env.get(variable).unwrap_or_else(|_| default.to_owned());
    // As the SDK does it: by the parts of the path, so that `~//config` is below the home folder.
    match (Path::new(&path).strip_prefix("~"), env.get("HOME")) {
        (Ok(below), Ok(home)) => Path::new(&home).join(below),
        _ => path.into(),
    }
}

/// The text of a file, which is empty where there is none.
///
/// # Errors
/// Why it cannot be read, and what to do, without a full stop.
fn text_of(path: &Path) -> Result<String, String> {
    match std::fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(String::new()),
        // It is there to say that there is no file.
        Ok(_) if path == Path::new("/dev/null") => return Ok(String::new()),
        Ok(_) | Err(_) => readable(path)?,
    }
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err("it is in UTF-16. Save it as UTF-8, without a byte order mark".to_owned());
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err("line 1 begins with a byte order mark. Save it as UTF-8 without one".to_owned());
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = before.split(|byte| *byte == b'\n').count();
        format!("line {line} is not in UTF-8. Save the file as UTF-8")
    })?;
    match written_twice(&text) {
        Some((first, second)) => Err(format!(
            "lines {first} and {second} begin the same section, with different blanks, and the AWS SDK may use either. Write both in the same way"
        )),
        None => Ok(text),
    }
}

/// The lines of two sections that the SDK takes for one although their blanks differ. It merges such sections in a random order, which differs each
/// time that it reads the file: other keys could be in use than those that were looked at.
///
/// Source: `aws-runtime` 1.10.2, `env_config/parse.rs` and `env_config/normalize.rs`.
fn written_twice(text: &str) -> Option<(usize, usize)> {
    const BLANKS: [char; 2] = [' ', '\t'];
    let mut seen = HashMap::new();
    let headers = text.lines().zip(1..).filter(|(line, _)| line.starts_with('['));
    for (line, number) in headers {
        let uncommented = line.split(['#', ';']).next().unwrap_or_default().trim_matches(BLANKS);
        let Some(written) = uncommented.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else { continue };
        let (prefix, name) = written.trim_matches(BLANKS).split_once(BLANKS).unwrap_or_default();
        let meant = if prefix.is_empty() { ("", written.trim()) } else { (prefix.trim(), name.trim()) };
        let (first, as_first) = *seen.entry(meant).or_insert((number, written));
        if as_first != written {
            return Some((first, number));
        }
    }
    None
}

/// Looks whether a file can be read to its end in a moment.
///
/// # Errors
/// Why not, without a full stop.
pub(super) fn readable(path: &Path) -> Result<(), String> {
    let kind = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if kind.is_dir() {
        Err("it is a directory".to_owned())
    } else if !kind.is_file() {
        Err("it is a device or a pipe, not a file".to_owned())
    } else if kind.len() > LONGEST_FILE {
        Err(format!("it is larger than {} MB", LONGEST_FILE >> 20))
    } else {
        Ok(())
    }
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
        account: account.map(sanitize),
        region: profile.get("region").map(sanitize),
    }
}

/// What a profile is, in the order in which the SDK looks at its keys.
pub(super) fn kind(profile: &Profile) -> ProfileKind {
    if profile.get("role_arn").is_some() { ProfileKind::Role } else { own_kind(profile) }
}

/// What a profile is apart from the role that it may name.
fn own_kind(profile: &Profile) -> ProfileKind {
    let has = |key: &str| profile.get(key).is_some();
    if has("sso_session") || has("sso_start_url") {
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

/// How a profile comes to credentials, as the SDK reads it.
pub(super) struct CredentialRoute<'a> {
    /// The profiles whose roles are assumed: the selected one first, the one that is assumed first last.
    pub roles: Vec<&'a Profile>,
    /// The profile that the road begins at. It can be the last one of `roles`, when that is its own source.
    pub start: &'a Profile,
    pub kind: ProfileKind,
}

impl<'a> CredentialRoute<'a> {
    /// Follows the profiles that roles are assumed from. `None` when the road leads nowhere, which is the SDK's to complain about.
    pub fn of(set: &'a ProfileSet, profile: &str) -> Option<Self> {
        let mut roles: Vec<&Profile> = Vec::new();
        let mut name = profile;
        loop {
            let profile = set.get_profile(name)?;
            if roles.len() > MOST_SOURCES || roles.iter().any(|role| role.name() == profile.name()) {
                return None;
            }
            // Of a source profile the SDK takes the keys, whatever else it holds.
            if !roles.is_empty() && keys(profile).is_some() {
                return Some(Self { roles, start: profile, kind: ProfileKind::Keys });
            }
            // A role behind a web identity is assumed with that, and is no link of a chain.
            if kind(profile) != ProfileKind::Role || profile.get("web_identity_token_file").is_some() {
                return Some(Self { roles, start: profile, kind: kind(profile) });
            }
            roles.push(profile);
            match (profile.get("source_profile"), profile.get("credential_source")) {
                (Some(next), None) if next != profile.name() => name = next,
                (Some(_), None) => return Some(Self { roles, start: profile, kind: own_kind(profile) }),
                // The environment, a container, the machine: nothing that the profile holds.
                (None, Some(_)) => return Some(Self { roles, start: profile, kind: ProfileKind::Settings }),
                (Some(_), Some(_)) | (None, None) => return None,
            }
        }
    }
}

/// The longest row of source profiles that is followed. People have a handful; the SDK would follow any, in time that grows with the square.
pub(super) const MOST_SOURCES: usize = 100;

/// A profile and those behind it, whether or not they lead to credentials: up to one more than [`MOST_SOURCES`].
pub(super) fn sources<'a>(set: &'a ProfileSet, profile: &str) -> Vec<&'a Profile> {
    let mut found: Vec<&Profile> = Vec::new();
    let mut next = set.get_profile(profile);
    let is_new = |found: &[&Profile], profile: &Profile| found.iter().all(|other| other.name() != profile.name());
    while let Some(profile) = next.filter(|profile| found.len() <= MOST_SOURCES && is_new(&found, profile)) {
        found.push(profile);
        next = profile.get("source_profile").and_then(|name| set.get_profile(name));
    }
    found
}

/// The access key id, secret and session token that a profile holds, when the first two are there.
pub(super) fn keys(profile: &Profile) -> Option<(&str, &str, Option<&str>)> {
    Some((profile.get("aws_access_key_id")?, profile.get("aws_secret_access_key")?, profile.get("aws_session_token")))
}

/// The command that signs in again behind `profile`, following the profiles that a role is assumed from. Words, not a shell's line.
pub(super) fn sign_in_command(set: &ProfileSet, profile: &str) -> Option<Vec<String>> {
    let road = CredentialRoute::of(set, profile)?;
    let verb: &[&str] = match road.kind {
        ProfileKind::Sso => &["aws", "sso", "login", "--profile"],
        ProfileKind::Login => &["aws", "login", "--profile"],
        ProfileKind::Role | ProfileKind::Process | ProfileKind::Keys | ProfileKind::Settings => return None,
    };
    Some(verb.iter().map(|&word| word.to_owned()).chain([road.start.name().to_owned()]).collect())
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
[profile deeper]
role_arn = arn:aws:iam::345678901234:role/Deeper
source_profile = deal
[profile over-console]
role_arn = arn:aws:iam::345678901234:role/DealAdmin
source_profile = console
[profile over-both]
role_arn = arn:aws:iam::345678901234:role/DealAdmin
source_profile = both
[profile both]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Admin
aws_access_key_id = AKIAEXAMPLE
aws_secret_access_key = secret
[profile own-source]
role_arn = arn:aws:iam::345678901234:role/DealAdmin
source_profile = own-source
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Admin
[profile machine]
role_arn = arn:aws:iam::345678901234:role/DealAdmin
credential_source = Ec2InstanceMetadata
sso_session = corp
[profile cluster]
role_arn = arn:aws:iam::345678901234:role/DealAdmin
web_identity_token_file = /token
source_profile = sso
[profile round]
role_arn = arn:aws:iam::345678901234:role/DealAdmin
source_profile = about
[profile about]
role_arn = arn:aws:iam::345678901234:role/DealAdmin
source_profile = round
[profile orphan]
role_arn = arn:aws:iam::345678901234:role/DealAdmin
source_profile = nobody
[profile tool]
credential_process = /bin/creds
[profile keys]
aws_access_key_id = AKIAEXAMPLE
aws_secret_access_key = secret
";

    #[cfg(unix)]
    #[test]
    fn a_variable_that_the_sdk_could_not_read_is_named_and_others_do_not_matter() {
        use std::os::unix::ffi::OsStringExt as _;
        let undecodable =
            |names: &[&str]| super::undecodable(names.iter().map(|name| ((*name).into(), OsString::from_vec(b"p\xff".to_vec()))));
        for name in ["AWS_PROFILE", "AWS_CONFIG_FILE", "AWS_ENDPOINT_URL_STS", "HTTPS_PROXY", "all_proxy", "HOME"] {
            assert_eq!(undecodable(&["OTHER", name]).as_deref(), Some(name));
        }
        assert_eq!(undecodable(&["OTHER", "PATH"]), None);
        assert_eq!(super::undecodable([("AWS_PROFILE".into(), "\u{fc}".into())].into_iter()), None);
    }

    #[test]
    fn sections_that_the_sdk_would_mix_at_random_are_found() {
        for (text, lines) in [
            ("[profile p]\n[profile  p]\n", Some((1, 2))),
            ("[default]\na = b\n[ default ]\n", Some((1, 3))),
            ("# x\n[profile\tp]\n[profile p] # x\n", Some((2, 3))),
            ("[services p]\n[services p ]\n", Some((1, 2))),
            ("[profile p]\n[profile p]\n[profile p] ; x\n", None),
            ("[default]\n[profile default]\n[profile p]\n[profile q]\n", None),
            ("[profile p]\n [profile  p]\n[profile  p\n", None),
        ] {
            assert_eq!(written_twice(text), lines, "{text}");
        }
    }

    #[tokio::test]
    async fn a_file_is_looked_at_where_the_sdk_finds_it() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("config"), b"[default]\n# M\xfcller\n").unwrap();
        for path in ["~/config", "~//config", "~/./config"] {
            let env = Env::from_slice(&[
                ("HOME", home.path().to_str().unwrap()),
                ("AWS_CONFIG_FILE", path),
                ("AWS_SHARED_CREDENTIALS_FILE", "/nowhere"),
            ]);
            let problem = load(&env, None, Timestamp::UNIX_EPOCH).await.unwrap_err();
            assert!(problem.message.contains("line 2 is not in UTF-8"), "{path}: {}", problem.message);
        }
    }

    async fn set() -> (tempfile::TempDir, ProfileSet) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config");
        std::fs::write(&file, CONFIG).unwrap();
        let missing = folder.path().join("none");
        let env = Env::from_slice(&[
            ("AWS_CONFIG_FILE", file.to_str().unwrap()),
            ("AWS_SHARED_CREDENTIALS_FILE", missing.to_str().unwrap()),
        ]);
        let set = load(&env, None, Timestamp::UNIX_EPOCH).await.unwrap();
        (folder, set)
    }

    #[tokio::test]
    async fn profiles_are_listed_by_name_with_what_they_are_and_the_account_they_name() {
        let (_folder, set) = set().await;
        let named = ["console", "deal", "default", "keys", "loop", "old-sso", "sso", "tool"];
        let list: Vec<_> = entries(&set).into_iter().map(|e| (e.name, e.kind, e.account)).collect();
        assert!(list.is_sorted_by_key(|(name, _, _)| name.clone()), "{list:?}");
        let list: Vec<_> = list.into_iter().filter(|(name, _, _)| named.contains(&name.as_str())).collect();
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
        assert_eq!(command("deeper").as_deref(), Some("aws sso login --profile sso"));
        assert_eq!(command("over-console").as_deref(), Some("aws login --profile console"));
        assert_eq!(command("own-source").as_deref(), Some("aws sso login --profile own-source"));
        assert_eq!(command("both").as_deref(), Some("aws sso login --profile both"), "by itself, it signs in");
        for none in ["loop", "tool", "keys", "default", "missing", "over-both", "machine", "cluster", "round", "about", "orphan"]
        {
            assert_eq!(command(none), None, "{none}");
        }
    }
}

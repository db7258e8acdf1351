//! Resolves credentials once, within a bounded time, and says what was tried when there are none.
//!
//! Every source the SDK offers stays on. What this file adds is bounds, and words.

use std::time::Duration;

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_config::{SdkConfig, imds};
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::os_shim_internal::Env;
use aws_types::region::Region;

use super::mfa;
use super::problem::{Failure, Reached, chain, credentials_answer, credentials_kind, local};
use super::profiles::{self, ProfileKind};
use crate::checklist::{Problem, ProblemKind};

/// What a problem with credentials calls the act.
pub(super) const OPERATION: &str = "credentials";

/// The machine's metadata service answers within milliseconds where there is one.
const METADATA_PATIENCE: Duration = Duration::from_millis(200);

/// A sign-in service or a credential process may be slow; a person waits for it.
const PATIENCE: Duration = Duration::from_secs(20);

/// The six digits that an MFA device shows. It never prints itself.
#[derive(Clone, PartialEq, Eq)]
pub struct MfaCode(String);

/// The text is not six ASCII digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the code of an MFA device has six digits")]
pub struct NotAnMfaCode;

impl MfaCode {
    /// How many digits a code has.
    pub const DIGITS: usize = 6;
}

impl std::fmt::Debug for MfaCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MfaCode(…)")
    }
}

impl std::str::FromStr for MfaCode {
    type Err = NotAnMfaCode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_code = text.len() == Self::DIGITS && text.bytes().all(|b| b.is_ascii_digit());
        if is_code { Ok(Self(text.to_owned())) } else { Err(NotAnMfaCode) }
    }
}

impl MfaCode {
    /// The digits, for the one call that they are made for.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// `text` without the code, wherever it stands as a number of its own: words from outside may repeat what they were told.
    pub(super) fn hidden_in(&self, text: &str) -> String {
        let digits: Vec<char> = self.0.chars().collect();
        let text: Vec<char> = text.chars().collect();
        let is_digit = |at: Option<&char>| at.is_some_and(char::is_ascii_digit);
        let (mut shown, mut at) = (String::new(), 0);
        while at < text.len() {
            let end = at + digits.len();
            let before = at.checked_sub(1).and_then(|at| text.get(at));
            if text[at..].starts_with(&digits) && !is_digit(before) && !is_digit(text.get(end)) {
                shown.push('…');
                at = end;
            } else {
                shown.push(text[at]);
                at += 1;
            }
        }
        shown
    }
}

/// What is known of the code that a role may ask for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Code<'a> {
    /// Somebody typed it.
    Typed(&'a MfaCode),
    /// It can be asked for.
    NotYetTyped,
    /// Nobody is asked for it.
    NeverAskedFor,
}

/// Where credentials are to come from.
#[derive(Debug)]
pub(super) struct Source<'a> {
    /// The environment variables.
    pub env: &'a Env,
    /// The configuration files.
    pub profiles: &'a ProfileSet,
    /// The profile that was asked for by name. Its credentials count, whatever keys the environment holds.
    pub named: Option<&'a str>,
    /// The region for sources that ask a regional service.
    pub region: &'a str,
    /// The client for sources that ask a service.
    pub http_client: &'a SharedHttpClient,
    /// The settings for calls, without credentials.
    pub config: &'a SdkConfig,
    /// The code of an MFA device, for a role that asks for one.
    pub code: Code<'a>,
}

impl<'a> Source<'a> {
    /// The profile that counts.
    pub fn profile(&self) -> &'a str {
        self.named.unwrap_or_else(|| self.profiles.selected_profile())
    }

    /// What the SDK's sources of credentials work with.
    pub fn configuration(&self) -> ProviderConfig {
        ProviderConfig::without_region()
            .with_region(Some(Region::new(self.region.to_owned())))
            .with_http_client(self.http_client.clone())
    }

    /// The machine's metadata service, asked once and with little patience.
    pub fn metadata(&self) -> imds::Client {
        imds::Client::builder()
            .configure(&self.configuration())
            .connect_timeout(METADATA_PATIENCE)
            .read_timeout(METADATA_PATIENCE)
            .operation_attempt_timeout(2 * METADATA_PATIENCE)
            .operation_timeout(4 * METADATA_PATIENCE)
            .max_attempts(1)
            .build()
    }
}

/// Whether the environment holds keys that the SDK takes before it looks at any profile that was not named.
pub(super) fn environment_has_keys(env: &Env) -> bool {
    let is_set = |variable: &str| env.get(variable).is_ok_and(|value| !value.trim().is_empty());
    is_set("AWS_ACCESS_KEY_ID") && (is_set("AWS_SECRET_ACCESS_KEY") || is_set("SECRET_ACCESS_KEY"))
}

/// Resolves credentials once.
pub(super) async fn resolve(source: &Source<'_>) -> Result<Credentials, Problem> {
    let is_the_profiles = source.named.is_some() || !environment_has_keys(source.env);
    if is_the_profiles && let Some(road) = mfa::road(source)? {
        return mfa::assume(source, road).await;
    }
    let configuration = source.configuration();
    if let Some(name) = source.named {
        let provider = ProfileFileCredentialsProvider::builder().configure(&configuration).profile_name(name).build();
        provided(source, &provider).await
    } else {
        let region = Region::new(source.region.to_owned());
        let chain = DefaultCredentialsChain::builder().configure(configuration).region(region).imds_client(source.metadata());
        provided(source, &chain.build().await).await
    }
}

/// What a provider gives within bounded time, or why it gives nothing.
pub(super) async fn provided(source: &Source<'_>, provider: &impl ProvideCredentials) -> Result<Credentials, Problem> {
    let credentials = match tokio::time::timeout(PATIENCE, provider.provide_credentials()).await {
        Ok(Ok(credentials)) => credentials,
        Ok(Err(error)) => {
            let kind = credentials_kind(&error);
            return Err(match credentials_answer(&error).filter(|failure| failure.reached == Reached::Answer) {
                Some(failure) => refused(source, kind, &failure),
                None => problem(source, kind, chain(&error).trim_end_matches('.')),
            });
        }
        Err(_) => {
            let message = format!("the source of the credentials did not answer within {} s", PATIENCE.as_secs());
            return Err(problem(source, ProblemKind::TimedOut, &message));
        }
    };
    if credentials.expiry().is_some_and(|end| end <= std::time::SystemTime::now()) {
        return Err(problem(source, ProblemKind::ExpiredCredentials, "the credentials have passed their own end"));
    }
    Ok(credentials)
}

fn problem(source: &Source<'_>, kind: ProblemKind, said: &str) -> Problem {
    let message = match kind {
        ProblemKind::NoCredentials => format!("Tried {}. The SDK says: {said}.", tried(source)),
        _ => format!("{} The SDK says: {said}.", whose(source)),
    };
    match sign_in(source, kind) {
        Some(command) => local(kind, OPERATION, &format!("{message} {command}")),
        None => local(kind, OPERATION, &message),
    }
}

/// A problem in AWS's own words.
fn refused(source: &Source<'_>, kind: ProblemKind, failure: &Failure) -> Problem {
    let said = failure.message.trim();
    let command = sign_in(source, kind).map(|command| format!(" {command}")).unwrap_or_default();
    let message = format!("{} AWS says: {said}{command}", whose(source));
    Problem { code: failure.code.clone(), request_id: failure.request_id.clone(), ..local(kind, OPERATION, &message) }
}

/// The sentence with the command that signs in, when the profile has one and that would help.
pub(super) fn sign_in(source: &Source<'_>, kind: ProblemKind) -> Option<String> {
    let helps = matches!(kind, ProblemKind::NoCredentials | ProblemKind::ExpiredCredentials | ProblemKind::InvalidCredentials);
    let command = helps.then(|| profiles::sign_in_command(source.profiles, source.profile()))??;
    Some(format!("To sign in, run: {}", command.join(" ")))
}

/// Whose credentials a failure is about: the profile's when it has any, else those of whatever the SDK asks after the profiles.
fn whose(source: &Source<'_>) -> String {
    let name = source.profile();
    let files = profiles::files(source.env);
    let has_none = source.profiles.get_profile(name).is_none_or(|profile| profiles::kind(profile) == ProfileKind::Settings);
    if source.named.is_some() || !has_none {
        return format!("Profile {name} in {files}.");
    }
    match source.env.get("AWS_WEB_IDENTITY_TOKEN_FILE") {
        Ok(file) => format!("The web identity token in {file} (AWS_WEB_IDENTITY_TOKEN_FILE)."),
        Err(_) if container(source.env) != NOT_SET => {
            "The credentials of the container (AWS_CONTAINER_CREDENTIALS_…).".to_owned()
        }
        Err(_) => format!("Profile {name} in {files}, or the machine's metadata service."),
    }
}

/// Every source in the order in which it was tried, and why it gave nothing.
fn tried(source: &Source<'_>) -> String {
    let name = source.profile();
    let files = profiles::files(source.env);
    let in_files = match source.profiles.get_profile(name).map(profiles::kind) {
        None => format!("profile {name} (not in {files})"),
        Some(ProfileKind::Settings) => format!("profile {name} (in {files}, without credentials)"),
        Some(ProfileKind::Sso) => format!("profile {name} (IAM Identity Center; nobody is signed in)"),
        Some(ProfileKind::Login) => format!("profile {name} (aws login; nobody is signed in)"),
        Some(ProfileKind::Role) => format!("profile {name} (the role could not be assumed)"),
        Some(ProfileKind::Process) => format!("profile {name} (its command gave none)"),
        Some(ProfileKind::Keys) => format!("profile {name} (its keys are incomplete)"),
    };
    if source.named.is_some() {
        return in_files;
    }
    let unset = |variable: &str| if source.env.get(variable).is_ok() { "set, but unusable" } else { "not set" };
    let metadata = if source.env.get("AWS_EC2_METADATA_DISABLED").is_ok_and(|off| off.eq_ignore_ascii_case("true")) {
        "switched off by AWS_EC2_METADATA_DISABLED".to_owned()
    } else {
        "gave none".to_owned()
    };
    [
        format!("environment (AWS_ACCESS_KEY_ID {})", unset("AWS_ACCESS_KEY_ID")),
        in_files,
        format!("web identity (AWS_WEB_IDENTITY_TOKEN_FILE {})", unset("AWS_WEB_IDENTITY_TOKEN_FILE")),
        format!("container (AWS_CONTAINER_CREDENTIALS_FULL_URI and _RELATIVE_URI {})", container(source.env)),
        format!("instance metadata ({metadata})"),
    ]
    .join(", ")
}

const NOT_SET: &str = "not set";

fn container(env: &Env) -> &'static str {
    let set = ["AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"];
    if set.iter().any(|variable| env.get(variable).is_ok()) { "set, but unusable" } else { NOT_SET }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_hidden_wherever_it_stands_by_itself() {
        let code: MfaCode = "123456".parse().unwrap();
        for (said, shown) in [
            ("Value '123456' at 'tokenCode'", "Value '…' at 'tokenCode'"),
            ("123456", "…"),
            ("code=123456&x=123456", "code=…&x=…"),
            ("account 123456789012", "account 123456789012"),
            ("0123456 and 12345 6", "0123456 and 12345 6"),
            ("ü123456ü", "ü…ü"),
        ] {
            assert_eq!(code.hidden_in(said), shown);
        }
        assert!(!format!("{code:?}{:?}", Code::Typed(&code)).contains("123456"));
    }

    #[test]
    fn only_six_digits_are_a_code() {
        for wrong in ["", "12345", "1234567", "12345a", " 123456", "１２３４５６"] {
            assert!(wrong.parse::<MfaCode>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn keys_in_the_environment_count_as_the_sdk_counts_them() {
        for (variables, has) in [
            (&[("AWS_ACCESS_KEY_ID", "A"), ("AWS_SECRET_ACCESS_KEY", "s")][..], true),
            (&[("AWS_ACCESS_KEY_ID", "A"), ("SECRET_ACCESS_KEY", "s")], true),
            (&[("AWS_ACCESS_KEY_ID", "A")], false),
            (&[("AWS_ACCESS_KEY_ID", " "), ("AWS_SECRET_ACCESS_KEY", "s")], false),
        ] {
            assert_eq!(environment_has_keys(&Env::from_slice(variables)), has, "{variables:?}");
        }
    }
}

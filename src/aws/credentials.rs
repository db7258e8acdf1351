//! Resolves credentials once, within a bounded time, and says what was tried when there are none.
//!
//! Every source the SDK offers stays on. What this file adds is bounds, and words.

use std::time::Duration;

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::imds;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::os_shim_internal::Env;
use aws_types::region::Region;

use super::problem::{chain, credentials_kind, local};
use super::profiles::{self, ProfileKind};
use crate::checklist::{Problem, ProblemKind};

/// What a problem with credentials calls the act.
const OPERATION: &str = "credentials";

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
}

/// Resolves credentials once.
pub(super) async fn resolve(source: &Source<'_>) -> Result<Credentials, Problem> {
    let region = Region::new(source.region.to_owned());
    let configuration =
        ProviderConfig::without_region().with_region(Some(region.clone())).with_http_client(source.http_client.clone());
    let answer = if let Some(name) = source.named {
        let provider = ProfileFileCredentialsProvider::builder().configure(&configuration).profile_name(name).build();
        tokio::time::timeout(PATIENCE, provider.provide_credentials()).await
    } else {
        let metadata = imds::Client::builder()
            .configure(&configuration)
            .connect_timeout(METADATA_PATIENCE)
            .read_timeout(METADATA_PATIENCE)
            .operation_attempt_timeout(2 * METADATA_PATIENCE)
            .operation_timeout(4 * METADATA_PATIENCE)
            .max_attempts(1)
            .build();
        let chain =
            DefaultCredentialsChain::builder().configure(configuration).region(region).imds_client(metadata).build().await;
        tokio::time::timeout(PATIENCE, chain.provide_credentials()).await
    };
    let credentials = match answer {
        Ok(Ok(credentials)) => credentials,
        Ok(Err(error)) => {
            let said = chain(&error);
            return Err(problem(source, credentials_kind(&error), said.trim_end_matches('.')));
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
    match profiles::sign_in_command(source.profiles, profile(source)) {
        Some(command) => local(kind, OPERATION, &format!("{message} To sign in, run: {}", command.join(" "))),
        None => local(kind, OPERATION, &message),
    }
}

fn profile<'a>(source: &'a Source<'_>) -> &'a str {
    source.named.unwrap_or_else(|| source.profiles.selected_profile())
}

fn whose(source: &Source<'_>) -> String {
    format!("Profile {} in {}.", profile(source), profiles::files(source.env))
}

/// Every source in the order in which it was tried, and why it gave nothing.
fn tried(source: &Source<'_>) -> String {
    let name = profile(source);
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

fn container(env: &Env) -> &'static str {
    let set = ["AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"];
    if set.iter().any(|variable| env.get(variable).is_ok()) { "set, but unusable" } else { "not set" }
}

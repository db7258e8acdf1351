//! Where credentials are to come from: what every source works with, how long it may take, and what to say when it gives none.

use std::time::Duration;

use aws_config::profile::{Profile, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_config::{SdkConfig, imds};
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::os_shim_internal::Env;
use aws_types::region::Region;
use jiff::Timestamp;

use super::endpoints::{Endpoint, Rules};
use super::mfa_code::Code;
use super::network;
use super::problem::{Failure, Reached, chain, credentials_answer, credentials_kind};
use super::process::Commands;
use super::profiles::{self, MOST_SOURCES, ProfileKind};
use super::setting::{A_REGION, Setting, is_region};
use crate::checklist::{Partition, Problem, ProblemKind};
use crate::clock::Clock;
use crate::untrusted::sanitize;

/// What a problem with credentials calls the act.
pub(super) const OPERATION: &str = "credentials";

/// The machine's metadata service answers within milliseconds where there is one.
const METADATA_PATIENCE: Duration = Duration::from_millis(200);

/// A sign-in service may be slow; a person waits for it.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where credentials are to come from, and what else the configuration of this machine says for one profile.
pub(super) struct Source<'a> {
    pub env: Env,
    pub profiles: ProfileSet,
    /// The profile that was asked for by name. Its credentials count, whatever keys the environment holds.
    pub named: Option<String>,
    pub region: String,
    pub partition: Partition,
    /// The client for sources that ask a service.
    pub http_client: SharedHttpClient,
    /// The settings for calls, without credentials.
    pub config: SdkConfig,
    /// The endpoints in place of AWS's own at which questions are answered.
    pub answering: Vec<Endpoint>,
    /// What holds for the endpoints of its services.
    pub rules: Rules,
    pub clock: Clock,
    /// The code of an MFA device, for a role that asks for one.
    pub code: Code<'a>,
    pub commands: Commands,
}

impl Source<'_> {
    /// The profile that counts.
    pub fn profile(&self) -> &str {
        self.named.as_deref().unwrap_or_else(|| self.profiles.selected_profile())
    }

    /// What the SDK's sources of credentials work with.
    pub fn configuration(&self) -> ProviderConfig {
        ProviderConfig::without_region()
            .with_region(Some(Region::new(self.region.clone())))
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

/// What a provider gives within bounded time, or why it gives nothing.
pub(super) async fn provided(source: &Source<'_>, provider: &impl ProvideCredentials) -> Result<Credentials, Problem> {
    let credentials = match tokio::time::timeout(PATIENCE, provider.provide_credentials()).await {
        Ok(Ok(credentials)) => credentials,
        Ok(Err(error)) => {
            if let Some(refused) = source.rules.refused() {
                let message = format!("{} {refused}", whose(source));
                return Err(Problem::of_configuration(&message, source.clock.now()));
            }
            let kind = credentials_kind(&error);
            if let Some(failure) = credentials_answer(&error).filter(|failure| failure.reached == Reached::Answer) {
                return Err(refused(source, kind, &failure));
            }
            let problem = problem(source, kind, both_ends(&chain(&error)).trim_end_matches('.'));
            return Err(Problem { remedy: network::remedy(&error).unwrap_or(problem.remedy), ..problem });
        }
        Err(_) => {
            let message = format!("the source of the credentials did not answer within {} s", PATIENCE.as_secs());
            return Err(problem(source, ProblemKind::TimedOut, &message));
        }
    };
    if !can_be_sent(&credentials) {
        let message = format!("{} The access key ID or the session token contains {UNSENDABLE}.", whose(source));
        return Err(Problem::of_configuration(&message, source.clock.now()));
    }
    if is_over(&credentials, source.clock.now()) {
        return Err(problem(source, ProblemKind::ExpiredCredentials, "the credentials have passed their own end"));
    }
    Ok(credentials)
}

/// Whether the credentials have ended by themselves.
pub(super) fn is_over(credentials: &Credentials, now: Timestamp) -> bool {
    credentials.expiry().is_some_and(|end| Timestamp::try_from(end).is_ok_and(|end| end <= now))
}

/// What the SDK panics over when it signs.
pub(super) const UNSENDABLE: &str = "a character that cannot be sent to AWS, such as a line break";

/// Whether a request can carry these credentials: an access key ID and a session token are sent in headers.
pub(super) fn can_be_sent(credentials: &Credentials) -> bool {
    [Some(credentials.access_key_id()), credentials.session_token()].into_iter().flatten().all(is_header)
}

fn is_header(value: &str) -> bool {
    http::HeaderValue::from_str(value).is_ok()
}

/// Looks at the profiles that the SDK would follow by itself on the way to the credentials of a role, and at the keys it would sign with.
///
/// # Errors
/// `Configuration` for far too many profiles, and for keys that cannot be sent, with their place.
pub(super) fn look_ahead(source: &Source<'_>) -> Result<(), Problem> {
    let of_environment = || {
        // Of these two, the SDK trims the token.
        let token = Setting::find(&["AWS_SESSION_TOKEN"], "", &source.env, None);
        let token = token.filter(|token| !is_header(token.value.trim()));
        token.or_else(|| Setting::find(&["AWS_ACCESS_KEY_ID"], "", &source.env, None).filter(|id| !is_header(&id.value)))
    };
    let of_profile = |profile| {
        let setting = |key| Setting::find(&[], key, &source.env, Some(profile));
        ["aws_access_key_id", "aws_session_token"].into_iter().filter_map(setting).find(|setting| !is_header(&setting.value))
    };
    let unsendable = if source.named.is_none() && environment_has_keys(&source.env) {
        of_environment()
    } else {
        let on_the_way = profiles::sources(&source.profiles, source.profile());
        if on_the_way.len() > MOST_SOURCES {
            let place = profiles::place(&source.env, source.profile());
            let message = format!("The {place} goes through more than {MOST_SOURCES} source profiles. Use fewer.");
            return Err(Problem::of_configuration(&message, source.clock.now()));
        }
        if let Some(region) = on_the_way.iter().find_map(|profile| sign_in_region(source, profile)) {
            return Err(region.problem(A_REGION, source.clock.now()));
        }
        let environment = |profile: &Profile| {
            let from = profile.get("credential_source")?;
            from.eq_ignore_ascii_case("Environment").then(of_environment)?
        };
        on_the_way.into_iter().find_map(|profile| of_profile(profile).or_else(|| environment(profile)))
    };
    match unsendable {
        Some(setting) => {
            let message = format!("{} contains {UNSENDABLE}. Copy the credentials again.", setting.named());
            Err(Problem::of_configuration(&message, source.clock.now()))
        }
        None => Ok(()),
    }
}

/// The `sso_region` setting, if its value is not a region.
fn sign_in_region(source: &Source<'_>, profile: &Profile) -> Option<Setting> {
    const KEY: &str = "sso_region";
    let of_session = || {
        let name = profile.get("sso_session")?;
        Some(Setting::of_sign_in(&source.env, name, KEY, source.profiles.sso_session(name)?.get(KEY)?))
    };
    let region = of_session().or_else(|| Setting::find(&[], KEY, &source.env, Some(profile)));
    region.filter(|region| !is_region(&region.value))
}

fn problem(source: &Source<'_>, kind: ProblemKind, said: &str) -> Problem {
    if kind == ProblemKind::NoCredentials {
        let message = format!("Tried {}. The SDK says: {said}.", tried(source));
        return Problem { remedy: three_ways(source), ..Problem::here(kind, OPERATION, &message, source.clock.now()) };
    }
    let command = sign_in(source, kind).map(|command| format!(" {command}")).unwrap_or_default();
    Problem::here(kind, OPERATION, &format!("{} The SDK says: {said}.{command}", whose(source)), source.clock.now())
}

/// What the SDK says, without the middle where it is very long: it repeats values whole, and its reason stands at either end.
fn both_ends(said: &str) -> String {
    const EACH: usize = 300;
    let characters = said.chars().count();
    if characters <= 2 * EACH {
        return said.to_owned();
    }
    let first: String = said.chars().take(EACH).collect();
    let last: String = said.chars().skip(characters - EACH).collect();
    format!("{first}…{last}")
}

/// What to do without credentials: a line for each way, with its command.
fn three_ways(source: &Source<'_>) -> String {
    const MOST: usize = 5;
    let this = source.profile();
    let mut others: Vec<&str> = source.profiles.profiles().filter(|name| *name != this).collect();
    others.sort_unstable();
    let mut with_sign_in = [this].into_iter().chain(others.iter().copied());
    let found = with_sign_in.find_map(|name| Some((name, profiles::sign_in_command(&source.profiles, name)?)));
    let sign_in = match found {
        Some((name, command)) if name == this => format!("Sign in: {}", command.join(" ")),
        Some((name, command)) => {
            format!("Sign in: {} (then run leave-org --profile {})", command.join(" "), sanitize(name))
        }
        None => "Set up a sign-in: aws configure sso".to_owned(),
    };
    let another = if others.is_empty() {
        "Create a profile with access keys: aws configure --profile NAME".to_owned()
    } else {
        format!("Use another profile: leave-org --profile NAME (found: {})", profiles::listed(&others, MOST))
    };
    [sign_in, another, "Try it without AWS: leave-org demo".to_owned()].join("\n")
}

/// A problem in AWS's own words.
fn refused(source: &Source<'_>, kind: ProblemKind, failure: &Failure) -> Problem {
    // Where AWS says nothing, its code says the most.
    let said = Some(failure.message.trim()).filter(|said| !said.is_empty());
    let said = said.or(failure.code.as_deref()).unwrap_or("nothing");
    let command = sign_in(source, kind).map(|command| format!(" {command}")).unwrap_or_default();
    let message = format!("{} AWS says: {said}{command}", whose(source));
    let problem = Problem {
        code: failure.code.clone(),
        request_id: failure.request_id.clone(),
        ..Problem::here(kind, OPERATION, &message, source.clock.now())
    };
    match who_can_let_in(source, failure).or_else(|| failure.remedy.clone()) {
        Some(remedy) => Problem { remedy, ..problem },
        None => problem,
    }
}

/// Where AWS refused the credentials themselves, and not a question: who can change that, for which role in which account.
pub(super) fn who_can_let_in(source: &Source<'_>, failure: &Failure) -> Option<String> {
    if !failure.is_denial() {
        return None;
    }
    let road = profiles::CredentialRoute::of(&source.profiles, source.profile())?;
    // Of several roles in a chain, AWS names the one that it refused.
    let refused = failure.message.split_once("on resource: ").map(|(_, arn)| arn.split_whitespace().next().unwrap_or_default());
    let named =
        road.roles.iter().filter_map(|role| role.get("role_arn")).find(|arn| refused.is_none_or(|refused| refused == *arn));
    match (named, road.kind) {
        (Some(arn), _) if failure.message.contains("sts:AssumeRole") => Some(format!(
            "The role is {}. Two policies have to allow this: the trust policy of the role, which an administrator of the account {} can \
             change, and a policy of whoever assumes it.",
            sanitize(arn),
            sanitize(arn.split(':').nth(4).unwrap_or_default()),
        )),
        (_, ProfileKind::Sso) => {
            let setting = |key: &str| road.start.get(key).map_or_else(|| "not named".to_owned(), sanitize);
            Some(format!(
                "Ask whoever administers IAM Identity Center to assign you the permission set {} in the account {}.",
                setting("sso_role_name"),
                setting("sso_account_id"),
            ))
        }
        _ => None,
    }
}

/// The sentence with the command that signs in, when the profile has one and that would help.
pub(super) fn sign_in(source: &Source<'_>, kind: ProblemKind) -> Option<String> {
    let helps = matches!(kind, ProblemKind::NoCredentials | ProblemKind::ExpiredCredentials | ProblemKind::InvalidCredentials);
    let command = helps.then(|| profiles::sign_in_command(&source.profiles, source.profile()))??;
    Some(format!("To sign in, run: {}", command.join(" ")))
}

/// Whose credentials a failure is about: the profile's when it has any, else those of whatever the SDK asks after the profiles.
fn whose(source: &Source<'_>) -> String {
    let name = profiles::short(source.profile());
    let files = profiles::files(&source.env);
    let has_none =
        source.profiles.get_profile(source.profile()).is_none_or(|profile| profiles::kind(profile) == ProfileKind::Settings);
    let variable = profiles::chosen_by_variable(&source.env).filter(|_| source.named.is_none());
    let by = variable.map_or_else(String::new, |(variable, _)| format!(", named by {variable},"));
    if source.named.is_some() || !has_none {
        return format!("Profile {name}{by} in {files}.");
    }
    match source.env.get("AWS_WEB_IDENTITY_TOKEN_FILE") {
        Ok(file) => format!("The web identity token in {} (AWS_WEB_IDENTITY_TOKEN_FILE).", profiles::short(&file)),
        Err(_) if container(&source.env) != NOT_SET => {
            "The credentials of the container (AWS_CONTAINER_CREDENTIALS_…).".to_owned()
        }
        Err(_) => format!("Profile {name} in {files}, or the machine's metadata service."),
    }
}

/// Every source in the order in which it was tried, and why it gave nothing.
fn tried(source: &Source<'_>) -> String {
    let name = profiles::short(source.profile());
    let files = profiles::files(&source.env);
    let in_files = match source.profiles.get_profile(source.profile()).map(profiles::kind) {
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
        format!("environment ({})", keys_in(&source.env)),
        in_files,
        format!("web identity (AWS_WEB_IDENTITY_TOKEN_FILE {})", unset("AWS_WEB_IDENTITY_TOKEN_FILE")),
        format!("container (AWS_CONTAINER_CREDENTIALS_FULL_URI and _RELATIVE_URI {})", container(&source.env)),
        format!("instance metadata ({metadata})"),
    ]
    .join(", ")
}

/// What of the two keys the environment lacks.
fn keys_in(env: &Env) -> String {
    let is_set = |variable: &str| env.get(variable).is_ok_and(|value| !value.trim().is_empty());
    match (is_set("AWS_ACCESS_KEY_ID"), is_set("AWS_SECRET_ACCESS_KEY") || is_set("SECRET_ACCESS_KEY")) {
        (false, false) => format!("AWS_ACCESS_KEY_ID {NOT_SET}"),
        (true, false) => "AWS_ACCESS_KEY_ID is set, and AWS_SECRET_ACCESS_KEY is missing".to_owned(),
        (false, true) => "AWS_SECRET_ACCESS_KEY is set, and AWS_ACCESS_KEY_ID is missing".to_owned(),
        (true, true) => "AWS_ACCESS_KEY_ID set, but unusable".to_owned(),
    }
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
    fn a_long_value_does_not_push_the_reason_out_of_what_the_sdk_says() {
        let short = both_ends(&format!("not configured: session `{}` was not found", "x".repeat(60_000)));
        assert!(
            short.starts_with("not configured: session `x") && short.ends_with("x` was not found") && short.len() < 700,
            "{short}"
        );
        assert_eq!(both_ends("not found"), "not found");
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

//! A connection to AWS: which profile, which region, whose credentials, which endpoints.
//!
//! Connecting reads the configuration and resolves credentials; it puts no question to AWS about the account. A session does
//! not change in its life, so nothing can switch the account between a check and the leave.

use std::collections::VecDeque;
use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::app_name::AppName;
use aws_types::os_shim_internal::Env;
use aws_types::region::Region;
use jiff::Timestamp;

use super::credentials::resolve;
use super::endpoints::{self, Endpoint, Endpoints, Rules, Side};
use super::http_client;
use super::mfa_code::Code;
use super::process::Commands;
use super::read_clients::ReadClients;
use super::setting::{A_REGION, Setting, is_region};
use super::source::{Source, environment_has_keys};
use super::{FixClient, Leaver, Owner, OwnerWriteClient, Reader, profiles, retries};
use crate::checklist::{OneTimeCode, Partition, Problem};
use crate::clock::Clock;
use crate::untrusted::sanitize;

/// What the person asked to connect with.
#[derive(Debug, Clone, Default)]
pub struct ConnectOptions {
    /// The profile; without it, what the environment says. The credentials of a profile named here count even when the
    /// environment holds access keys.
    pub profile: Option<String>,
    /// A profile of the organization's management account, to read what only it may.
    pub management_profile: Option<String>,
    /// The code of the MFA device that the profile's role asks for, once somebody typed it. It works once.
    pub mfa_code: Option<OneTimeCode>,
    /// The practice AWS instead of the real one. Environment and `~/.aws` are then left alone.
    pub practice: Option<Practice>,
    /// Whether requests may go over `http://` to another machine.
    pub allow_http: bool,
    /// Collects the endpoints in place of AWS's own that this connection comes to, also where it fails.
    pub endpoints: Endpoints,
    /// How the command of a profile comes to the terminal.
    pub commands: Commands,
    /// Dates responses, and decides what has expired.
    pub clock: Clock,
}

/// Where the practice AWS is, and who calls it.
#[derive(Clone, PartialEq, Eq)]
pub struct Practice {
    /// The server, such as `http://127.0.0.1:4566`.
    pub endpoint: String,
    pub region: String,
    pub access_key_id: String,
    pub secret_access_key: String,
    /// The management account's access key id, when it takes part from the start; the secret is the same.
    pub management_access_key_id: Option<String>,
    /// The profiles that can be chosen there as the owner's: their names, and their access key ids; the secret is the same.
    pub profiles: Vec<(String, String)>,
}

impl std::fmt::Debug for Practice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Practice").field("endpoint", &self.endpoint).field("region", &self.region).finish_non_exhaustive()
    }
}

/// A connection with one set of credentials, resolved once. For newer credentials, connect anew.
///
/// It asks, and holds nothing to write with: what leaves comes from [`connect_to_leave`] alone.
#[derive(Debug, Clone)]
pub struct Session {
    /// The profile whose credentials are in use, when it is a profile's. Sanitize it before showing.
    pub profile: Option<String>,
    /// Whose credentials are in use and what chose them, and which others are not used, in sentences. `None` for the practice AWS.
    pub chosen: Option<String>,
    /// The region, as configured, or `us-east-1` when none is. Sanitize it before showing.
    pub region: String,
    pub partition: Partition,
    /// When the credentials end, when they say so.
    pub expire_at: Option<Timestamp>,
    /// The endpoints in place of AWS's own at which questions about the account are answered. Empty for the practice AWS, which nobody set by
    /// configuration.
    pub answering: Vec<Endpoint>,
    /// Every endpoint in place of AWS's own: those at which questions are answered, those that gave the credentials, and those of the management
    /// profile.
    pub endpoints: Vec<Endpoint>,
    /// The command that signs in again, when the profile has one: `aws sso login …` or `aws login …`.
    pub sign_in: Option<Vec<String>>,
    reader: Reader,
}

/// One set of credentials, and how to use them.
#[derive(Clone)]
struct Connection {
    config: SdkConfig,
    /// Whether the access key is a user's own and not a session's.
    long_term_key: bool,
    partition: Partition,
    clock: Clock,
}

impl Connection {
    fn questions(&self) -> ReadClients {
        ReadClients::new(&self.config, self.partition, self.long_term_key, self.clock.clone())
    }

    fn owner_write_client(&self) -> OwnerWriteClient {
        OwnerWriteClient::new(&self.config, self.partition, self.questions())
    }
}

/// Reads the configuration and resolves the credentials once, both within bounded time. Asks nothing about the account.
///
/// # Errors
/// `Configuration` when the configuration cannot be used (an unknown profile: with the names of those that exist),
/// `NoCredentials` with everything that was tried when there are none, `ExpiredCredentials` when the sign-in behind them has
/// ended, `MfaCodeNeeded` when a role on the profile's road asks for a code and there is none, or AWS does not take it. A management
/// profile that does not work is no error here: it shows on the steps that need it.
pub async fn connect(options: &ConnectOptions) -> Result<Session, Problem> {
    Ok(establish(options).await?.0)
}

/// Connects like [`connect`], and gives what can leave and what can put steps right beside the session. Only the guided leave connects this
/// way.
///
/// # Errors
/// As there.
pub async fn connect_to_leave(options: &ConnectOptions) -> Result<(Session, Leaver, FixClient), Problem> {
    let (session, member, owner) = establish(options).await?;
    let write_client = owner.as_ref().and_then(|owner| owner.as_ref().ok()).map(Connection::owner_write_client);
    let fixes = FixClient::new(&member.config, member.partition, write_client, member.clock.clone());
    Ok((session, Leaver::new(&member.config, member.partition, member.questions()), fixes))
}

/// Connects with the profile of the organization's owner, to ask.
///
/// # Errors
/// As [`connect`]; a role that asks for a code of an MFA device cannot be used here.
pub async fn connect_owner(options: &ConnectOptions, profile: &str) -> Result<Owner, Problem> {
    Ok(Owner(establish_owner(options, profile).await?.questions()))
}

/// Connects like [`connect_owner`], and gives what can take services away beside it. Only the guided leave connects this way.
///
/// # Errors
/// As there.
pub async fn connect_owner_to_fix(options: &ConnectOptions, profile: &str) -> Result<(Owner, OwnerWriteClient), Problem> {
    let owner = establish_owner(options, profile).await?;
    Ok((Owner(owner.questions()), owner.owner_write_client()))
}

async fn establish_owner(options: &ConnectOptions, profile: &str) -> Result<Connection, Problem> {
    match &options.practice {
        Some(practice) => practice.owner(profile, &options.clock),
        None => manage(profiles::environment(options.clock.now())?, profile, options).await,
    }
}

/// The owner's connection that was asked for, or why there is none.
type OwnersConnection = Option<Result<Connection, Problem>>;

/// The session, and the connections that its reader asks through.
async fn establish(options: &ConnectOptions) -> Result<(Session, Connection, OwnersConnection), Problem> {
    if let Some(practice) = &options.practice {
        return Ok(practise(practice, options));
    }
    let env = profiles::environment(options.clock.now())?;
    let code = options.mfa_code.as_ref().map_or(Code::NotYetTyped, Code::Typed);
    // Everything that can be wrong comes before a code is spent.
    let source = Source::read(env.clone(), options.profile.as_deref(), Side::Member, code, options).await?;
    // On the heap: a connection is made once, and everything that waits for one would carry the size of every source.
    let owner = match &options.management_profile {
        Some(name) => Some(Box::pin(manage(env, name, options)).await),
        None => None,
    };
    let credentials = Box::pin(resolve(&source)).await?;
    let member = source.connection(credentials.clone());
    let session = Session {
        expire_at: credentials.expiry().and_then(|end| Timestamp::try_from(end).ok()),
        endpoints: options.endpoints.list(),
        sign_in: source.sign_in_command(),
        profile: source.profile_in_use(),
        chosen: Some(source.chosen()),
        region: source.region,
        partition: source.partition,
        answering: source.answering,
        reader: reader(&member, owner.as_ref()),
    };
    Ok((session, member, owner))
}

fn reader(member: &Connection, owner: Option<&Result<Connection, Problem>>) -> Reader {
    let owner = owner.map(|connection| connection.as_ref().map(Connection::questions).map_err(Clone::clone));
    Reader { member: member.questions(), management: owner }
}

async fn manage(env: Env, name: &str, options: &ConnectOptions) -> Result<Connection, Problem> {
    let source = Source::read(env, Some(name), Side::Management, Code::NeverAskedFor, options).await?;
    Ok(source.connection(resolve(&source).await?))
}

/// The command that signs in again for these wishes, `["aws", "sso", "login", "--profile", …]` or `["aws", "login", …]`, when the profile has
/// one. What cannot be read of the configuration is left out.
pub async fn sign_in_command(options: &ConnectOptions) -> Option<Vec<String>> {
    if options.practice.is_some() {
        return None;
    }
    let env = profiles::environment(options.clock.now()).ok()?;
    let source = Source::read(env, options.profile.as_deref(), Side::Member, Code::NotYetTyped, options).await.ok()?;
    source.sign_in_command()
}

/// How many profiles are named where the one that was asked for is missing.
const MOST_NAMED: usize = 20;

impl<'a> Source<'a> {
    async fn read(env: Env, named: Option<&str>, side: Side, code: Code<'a>, options: &ConnectOptions) -> Result<Self, Problem> {
        let now = options.clock.now();
        let chosen = profiles::chosen_by_variable(&env);
        let selects = named.or(chosen.as_ref().map(|(_, name)| name.as_str()));
        let profiles = profiles::load(&env, selects, now).await?;
        let selected = profiles.selected_profile().to_owned();
        // A profile that is only set aside by keys in the environment is the SDK's to ignore.
        let asked_for = named.is_some() || (chosen.is_some() && !environment_has_keys(&env));
        if asked_for && profiles.get_profile(&selected).is_none() {
            let mut known: Vec<&str> = profiles.profiles().collect();
            known.sort_unstable();
            let known = if known.is_empty() { "none".to_owned() } else { profiles::listed(&known, MOST_NAMED) };
            let why = profiles::misplaced(&env, &selected).map_or_else(String::new, |why| format!(" {why}"));
            let by =
                chosen.filter(|_| named.is_none()).map_or_else(String::new, |(variable, _)| format!(", named by {variable},"));
            let files = profiles::files(&env);
            let selected = profiles::short(&selected);
            let message = format!("There is no profile “{selected}”{by} in {files}.{why} The profiles there: {known}.");
            return Err(Problem::of_configuration(&message, now));
        }
        let region = Setting::find(&["AWS_REGION", "AWS_DEFAULT_REGION"], "region", &env, profiles.get_profile(&selected))
            .filter(|region| !region.value.is_empty());
        let region = match region {
            Some(region) if is_region(&region.value) => region.value,
            Some(region) => return Err(region.problem(A_REGION, now)),
            // Asking the machine's metadata service for a region could take seconds; the answer would not matter to global services.
            None => Partition::default().global_region().to_owned(),
        };
        let http_client = http_client::configured(&env, profiles.get_profile(&selected), now).await?;
        let retries = retries::configured(&env, profiles.get_profile(&selected), now)?;
        let rules = Rules { profile: side, allow_http: options.allow_http, endpoints: options.endpoints.clone() };
        let config = call_settings(selects, &region, &rules.guard(http_client.clone()), retries).await;
        let answering = rules.custom(&config, |service| endpoints::place(&env, &selected, service), now)?;
        Ok(Self {
            env,
            profiles,
            named: named.map(str::to_owned),
            partition: partition_of(&region),
            region,
            http_client: rules.watch(http_client),
            config,
            answering,
            rules,
            clock: options.clock.clone(),
            code,
            commands: options.commands.clone(),
        })
    }

    /// The profile whose credentials are used, when it is a profile's.
    fn profile_in_use(&self) -> Option<String> {
        let name = self.profiles.selected_profile();
        let used = self.named.is_some() || !environment_has_keys(&self.env);
        (used && self.profiles.get_profile(name).is_some()).then(|| name.to_owned())
    }

    /// Whose credentials are in use and what chose them, and which others are not used, in sentences.
    fn chosen(&self) -> String {
        let named = |variable: &'static str| Some((sanitize(&self.env.get(variable).ok()?), variable));
        let mut named: VecDeque<(String, &str)> = profiles::VARIABLES.into_iter().filter_map(named).collect();
        let mut unused = Vec::new();
        let keys = environment_has_keys(&self.env).then(|| "access keys in the environment (AWS_ACCESS_KEY_ID)".to_owned());
        let used = if let Some(name) = self.named.as_deref().map(sanitize) {
            unused.extend(keys);
            named.retain(|(other, _)| *other != name);
            format!("profile “{name}”")
        } else if let Some(keys) = keys {
            keys
        } else if let Some((name, variable)) = named.pop_front() {
            named.retain(|(other, _)| *other != name);
            format!("profile “{name}” ({variable})")
        } else {
            let profile = self.profile_in_use();
            profile.map_or_else(
                || "the environment, a container or an instance (no profile)".to_owned(),
                |name| format!("profile “{}”", sanitize(&name)),
            )
        };
        unused.extend(named.iter().map(|(name, variable)| format!("profile “{name}” ({variable})")));
        if unused.is_empty() {
            format!("Credentials: {used}.")
        } else {
            format!("Credentials: {used}. Not used: {}.", unused.join(", "))
        }
    }

    fn sign_in_command(&self) -> Option<Vec<String>> {
        profiles::sign_in_command(&self.profiles, &self.profile_in_use()?)
    }

    fn connection(&self, credentials: Credentials) -> Connection {
        let long_term_key = is_long_term(&credentials);
        let config = self.config.to_builder().credentials_provider(SharedCredentialsProvider::new(credentials)).build();
        Connection { config, long_term_key, partition: self.partition, clock: self.clock.clone() }
    }
}

/// The settings for calls that the environment and the profile ask for, without credentials.
async fn call_settings(profile: Option<&str>, region: &str, http_client: &SharedHttpClient, retries: RetryConfig) -> SdkConfig {
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .retry_config(retries)
        .timeout_config(time_outs())
        .http_client(http_client.clone())
        .no_credentials();
    if let Some(name) = profile {
        loader = loader.profile_name(name);
    }
    if let Some(name) = app_name() {
        loader = loader.app_name(name);
    }
    loader.load().await
}

fn practise(practice: &Practice, options: &ConnectOptions) -> (Session, Connection, OwnersConnection) {
    let clock = &options.clock;
    let named = practice.profiles.iter().find(|(name, _)| Some(name) == options.profile.as_ref());
    let member = practice.connection(named.map_or(&practice.access_key_id, |(_, id)| id), clock);
    let from_the_start = || practice.management_access_key_id.as_deref().map(|id| Ok(practice.connection(id, clock)));
    let owner = options.management_profile.as_deref().map(|profile| practice.owner(profile, clock)).or_else(from_the_start);
    let session = Session {
        profile: None,
        chosen: None,
        region: practice.region.clone(),
        partition: member.partition,
        expire_at: None,
        answering: Vec::new(),
        endpoints: Vec::new(),
        sign_in: None,
        reader: reader(&member, owner.as_ref()),
    };
    (session, member, owner)
}

impl Practice {
    fn connection(&self, access_key_id: &str, clock: &Clock) -> Connection {
        let credentials = Credentials::new(access_key_id, &self.secret_access_key, None, None, "practice");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(self.region.clone()))
            .endpoint_url(&self.endpoint)
            .http_client(http_client::practice())
            .timeout_config(time_outs())
            .retry_config(RetryConfig::standard())
            .credentials_provider(SharedCredentialsProvider::new(credentials.clone()));
        let config = if let Some(name) = app_name() { config.app_name(name) } else { config };
        Connection {
            config: config.build(),
            long_term_key: is_long_term(&credentials),
            partition: partition_of(&self.region),
            clock: clock.clone(),
        }
    }

    fn owner(&self, profile: &str, clock: &Clock) -> Result<Connection, Problem> {
        let known = self.profiles.iter().find(|(name, _)| name == profile);
        known.map(|(_, access_key_id)| self.connection(access_key_id, clock)).ok_or_else(|| {
            let message = format!("The practice AWS has no profile {profile}.");
            Problem::of_configuration(&message, clock.now())
        })
    }
}

impl Session {
    /// What can ask, and nothing else.
    #[must_use]
    pub fn reader(&self) -> Reader {
        self.reader.clone()
    }
}

/// AWS's prefixes for access keys: `AKIA` belongs to a user (or root) for good, `ASIA` to a session.
///
/// Source: IAM User Guide, IAM identifiers.
fn is_long_term(credentials: &Credentials) -> bool {
    credentials.session_token().is_none() && credentials.access_key_id().starts_with("AKIA")
}

/// The partition that a region's name belongs to.
fn partition_of(region: &str) -> Partition {
    match region {
        r if r.starts_with("cn-") => Partition::China,
        r if r.starts_with("us-gov-") => Partition::GovCloud,
        r if r.starts_with("eusc-") => Partition::Eusc,
        _ => Partition::Aws,
    }
}

/// The SDK alone waits for an answer without end; a row of the checklist must not.
fn time_outs() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(3))
        .read_timeout(Duration::from_secs(8))
        .operation_attempt_timeout(Duration::from_secs(10))
        .operation_timeout(Duration::from_secs(25))
        .build()
}

fn app_name() -> Option<AppName> {
    AppName::new("leave-org").ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_partition_follows_from_the_region() {
        for partition in Partition::ALL {
            assert_eq!(partition_of(partition.global_region()), partition);
        }
        assert_eq!(partition_of("eu-central-1"), Partition::Aws);
        assert_eq!(partition_of("cn-north-1"), Partition::China);
    }

    fn practice() -> Practice {
        Practice {
            endpoint: "http://127.0.0.1:1".into(),
            region: "us-east-1".into(),
            access_key_id: "AKIAPRACTICE".into(),
            secret_access_key: "hush-hush".into(),
            management_access_key_id: None,
            profiles: Vec::new(),
        }
    }

    #[test]
    fn a_practice_shows_no_secret_when_printed() {
        let (session, ..) = practise(&practice(), &ConnectOptions::default());
        assert!(!format!("{:?}{session:?}", practice()).contains("hush-hush"));
    }

    /// This does not compile any more once a session holds anything besides words and what can ask.
    #[test]
    fn a_session_holds_nothing_to_write_with() {
        let (Session { profile, chosen, region, partition, expire_at, answering, endpoints, sign_in, reader }, ..) =
            practise(&practice(), &ConnectOptions::default());
        let _: Option<String> = chosen;
        let _: (Option<String>, String, Partition, Option<Timestamp>) = (profile, region, partition, expire_at);
        let _: ([Vec<Endpoint>; 2], Option<Vec<String>>, Reader) = ([answering, endpoints], sign_in, reader);
    }
}

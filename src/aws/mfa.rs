//! Assumes the roles of a profile on whose road one role asks for the code of an MFA device (`mfa_serial`).
//!
//! The SDK for Rust passes over `mfa_serial` and would only be refused; the AWS CLI asks, and so does this program. Here is no
//! prompt: without a code the answer is a problem that names the device, and a code that was typed is spent at most once.
//!
//! Source: AWS CLI User Guide, Use an IAM role, Use multi-factor authentication; STS API reference, `AssumeRole`.

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::profile::{Profile, ProfileFileCredentialsProvider};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_types::retry::RetryConfig;

use super::mfa_code::{Code, hide_digits};
use super::problem::Failure;
use super::process;
use super::profiles::{self, CredentialRoute, ProfileKind};
use super::read_clients::GET_CALLER_IDENTITY;
use super::source::{OPERATION, Source, UNSENDABLE, can_be_sent, provided, sign_in, who_can_let_in};
use super::whole_answer::WHOLE_ANSWER;
use crate::checklist::{OneTimeCode, Problem, ProblemKind, texts};
use crate::untrusted::sanitize;

const ASSUME_ROLE: &str = "sts:AssumeRole";

/// What `CloudTrail` calls the session of a profile that names none. It stays the same, so that signing in again is no other principal.
const SESSION_NAME: &str = "leave-org";

/// The road of the profile, when one of its roles asks for a code.
///
/// # Errors
/// `Configuration` when several do: one code opens one role, and AWS takes a code only from the user whom the device belongs to.
pub(super) fn road<'a>(source: &'a Source<'_>) -> Result<Option<(CredentialRoute<'a>, usize)>, Problem> {
    let Some(road) = CredentialRoute::of(&source.profiles, source.profile()) else { return Ok(None) };
    let asking: Vec<usize> = (0..road.roles.len()).filter(|at| device(road.roles[*at]).is_some()).collect();
    match asking.as_slice() {
        [] => Ok(None),
        [at] => Ok(Some((road, *at))),
        [first, second, ..] => {
            let message = format!(
                "Profile {} and its source profile {} both name an mfa_serial. A code opens one role: leave the mfa_serial to the profile whose role is assumed with a user's own credentials.",
                road.roles[*first].name(),
                road.roles[*second].name(),
            );
            Err(Problem::of_configuration(&message, source.clock.now()))
        }
    }
}

/// Assumes the roles of a road, of which the role `at` asks for a code.
///
/// # Errors
/// What is wrong with the credentials that the role is assumed with comes first, before a code is asked for. Then `MfaCodeNeeded`
/// while there is no code, or AWS does not take it; and whatever else AWS answers.
pub(super) async fn assume(source: &Source<'_>, (road, at): (CredentialRoute<'_>, usize)) -> Result<Credentials, Problem> {
    let role = road.roles[at];
    let asks = asks(source, role);
    let code = match source.code {
        Code::NeverAskedFor => {
            let remedy = "A code is asked for the account's own profile alone. For the management account, name a profile whose credentials need none.";
            let problem = Problem::here(ProblemKind::MfaCodeNeeded, OPERATION, &format!("{asks} {remedy}"), source.clock.now());
            return Err(Problem { remedy: remedy.to_owned(), ..problem });
        }
        Code::NotYetTyped => None,
        Code::Typed(code) => Some(code),
    };
    let seconds = session_seconds(source, role)?;
    let lower = lower_credentials(source, &road, at).await?;
    let Some(code) = code else {
        still_valid(source, lower).await?;
        return Err(Problem::here(ProblemKind::MfaCodeNeeded, OPERATION, &asks, source.clock.now()));
    };
    let mut credentials = assume_role(source, lower, role, seconds, Some(code)).await?;
    for role in road.roles[..at].iter().rev() {
        credentials = assume_role(source, credentials, role, session_seconds(source, role)?, None).await?;
    }
    Ok(credentials)
}

fn device(profile: &Profile) -> Option<&str> {
    profile.get("mfa_serial").filter(|serial| !serial.is_empty())
}

/// The sentence that asks.
fn asks(source: &Source<'_>, role: &Profile) -> String {
    let through = if role.name() == source.profile() {
        String::new()
    } else {
        format!("Profile {} goes through profile {}. ", source.profile(), role.name())
    };
    let arn = role.get("role_arn").unwrap_or_default();
    let device = device(role).unwrap_or_default();
    format!("{through}The role of profile {} ({arn}) asks for the code of the MFA device {device}.", role.name())
}

/// How long the session of a role is to last, in seconds, if the profile sets it.
pub(super) fn session_seconds(source: &Source<'_>, role: &Profile) -> Result<Option<i32>, Problem> {
    let Some(text) = role.get("duration_seconds") else { return Ok(None) };
    text.parse().map(Some).map_err(|_| {
        let message = format!(
            "duration_seconds of profile {} is “{}”, and has to be a number of seconds.",
            profiles::short(role.name()),
            profiles::short(text)
        );
        Problem::of_configuration(&message, source.clock.now())
    })
}

/// The credentials that the role `at` is assumed with.
async fn lower_credentials(source: &Source<'_>, road: &CredentialRoute<'_>, at: usize) -> Result<Credentials, Problem> {
    let lower = road.roles.get(at + 1).copied().unwrap_or(road.start);
    let is_own_source = lower.name() == road.roles[at].name();
    if road.kind == ProfileKind::Process {
        return process::assume(source, road, at + 1).await;
    }
    let has_keys = lower.name() == road.start.name() && road.kind == ProfileKind::Keys;
    if let Some((id, secret, token)) = profiles::keys(lower).filter(|_| has_keys) {
        return Ok(Credentials::new(id, secret, token.map(str::to_owned), None, "Profile"));
    }
    let configuration = source.configuration();
    if !is_own_source {
        let provider = ProfileFileCredentialsProvider::builder().configure(&configuration).profile_name(lower.name());
        return provided(source, &provider.build()).await;
    }
    let named = lower.get("credential_source").map(str::to_ascii_lowercase);
    match named.as_deref() {
        Some("environment") => provided(source, &EnvironmentVariableCredentialsProvider::new()).await,
        Some("ec2instancemetadata") => {
            let provider = ImdsCredentialsProvider::builder().configure(&configuration).imds_client(source.metadata());
            provided(source, &provider.build()).await
        }
        Some("ecscontainer") => {
            let provider = EcsCredentialsProvider::builder().configure(&configuration).build();
            provided(source, &provider).await
        }
        _ => {
            let message = format!(
                "Profile {} names an mfa_serial, and no credentials that its role could be assumed with. Put them into a profile of their own and name that as source_profile.",
                lower.name()
            );
            Err(Problem::of_configuration(&message, source.clock.now()))
        }
    }
}

/// Asks AWS whether credentials are still good, so that nobody types a code in vain. Nobody can be denied the question.
async fn still_valid(source: &Source<'_>, credentials: Credentials) -> Result<(), Problem> {
    let client = client(source, credentials, true);
    match client.get_caller_identity().send().await {
        Ok(_) => Ok(()),
        Err(error) => Err(refused(source, Failure::of(&error).problem(GET_CALLER_IDENTITY, source.clock.now()), None)),
    }
}

/// The credentials of one role.
pub(super) async fn assume_role(
    source: &Source<'_>,
    credentials: Credentials,
    role: &Profile,
    seconds: Option<i32>,
    code: Option<&OneTimeCode>,
) -> Result<Credentials, Problem> {
    // A code that is sent twice is refused the second time, although the first may have worked.
    let client = client(source, credentials, code.is_none());
    let request = client
        .assume_role()
        .role_arn(role.get("role_arn").unwrap_or_default())
        .role_session_name(role.get("role_session_name").unwrap_or(SESSION_NAME))
        .set_external_id(role.get("external_id").map(str::to_owned))
        .set_duration_seconds(seconds)
        .set_serial_number(code.and_then(|_| device(role)).map(str::to_owned))
        .set_token_code(code.map(|code| code.as_str().to_owned()));
    let answer = match request.send().await {
        Ok(answer) => answer,
        Err(error) => {
            // An answer that cannot be read may hold the very credentials: nothing of it is shown.
            let failure = Failure::of(&error).without_excerpt();
            let remedy = who_can_let_in(source, &failure);
            let problem = failure.problem(ASSUME_ROLE, source.clock.now());
            let problem = match remedy {
                Some(remedy) => Problem { remedy, ..problem },
                None => problem,
            };
            return Err(refused(source, problem, code.map(|code| (role, code))));
        }
    };
    let Some(given) = answer.credentials() else {
        return Err(Problem::malformed(ASSUME_ROLE, "The answer holds no credentials.", source.clock.now()));
    };
    let ends = std::time::SystemTime::try_from(*given.expiration())
        .map_err(|_| Problem::malformed(ASSUME_ROLE, "The answer says no end of the credentials.", source.clock.now()))?;
    let token = Some(given.session_token().to_owned());
    let given = Credentials::new(given.access_key_id(), given.secret_access_key(), token, Some(ends), "AssumeRole");
    if !can_be_sent(&given) {
        let message = format!("The credentials in the response contain {UNSENDABLE}.");
        return Err(Problem::malformed(ASSUME_ROLE, &message, source.clock.now()));
    }
    Ok(given)
}

fn client(source: &Source<'_>, credentials: Credentials, retries: bool) -> aws_sdk_sts::Client {
    let config = source.config.to_builder().credentials_provider(SharedCredentialsProvider::new(credentials)).build();
    let mut config = aws_sdk_sts::config::Builder::from(&config).interceptor(WHOLE_ANSWER);
    if !retries {
        config.set_retry_config(Some(RetryConfig::disabled()));
    }
    aws_sdk_sts::Client::from_conf(config.build())
}

/// What AWS's refusal comes to, and what to do about it.
fn refused(source: &Source<'_>, mut problem: Problem, tried: Option<(&Profile, &OneTimeCode)>) -> Problem {
    if let Some((role, code)) = tried {
        problem.message = hide_digits(code.as_str(), &problem.message);
        // Sources of the words: public reports of AssumeRole and GetSessionToken; AWS has one code, AccessDenied, for all of them.
        if problem.message.contains("invalid MFA one time pass code") {
            problem = recast(problem, ProblemKind::MfaCodeNeeded);
            problem.message = format!("{} AWS says: {}", sanitize(&asks(source, role)), problem.message.trim());
        } else if problem.message.contains("verify your MFA serial number") {
            problem = recast(problem, ProblemKind::Configuration);
            let name = sanitize(role.name());
            problem.message = format!("The mfa_serial of profile {name} is not accepted. AWS says: {}", problem.message.trim());
        }
    }
    if let Some(command) = sign_in(source, problem.kind) {
        problem.message = format!("{} {}", problem.message.trim(), sanitize(&command));
    }
    problem
}

fn recast(problem: Problem, kind: ProblemKind) -> Problem {
    Problem { kind, remedy: texts::problem(kind).remedy.clone(), retryable: kind.is_retryable(), ..problem }
}

#[cfg(test)]
mod tests {
    use aws_sdk_sts::operation::assume_role::AssumeRoleError;
    use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
    use aws_smithy_runtime_api::client::result::SdkError;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    #[test]
    fn an_answer_that_cannot_be_read_shows_nothing_of_the_credentials_in_it() {
        let body = "<AssumeRoleResponse><AssumeRoleResult><Credentials><SecretAccessKey>hush-hush</SecretAccessKey>";
        let response = HttpResponse::new(200.try_into().unwrap(), SdkBody::from(body));
        let error = SdkError::<AssumeRoleError, _>::response_error("no end", response);
        let shown = Failure::of(&error).without_excerpt().problem(ASSUME_ROLE, jiff::Timestamp::UNIX_EPOCH);
        assert!(!format!("{shown:?}").contains("hush"), "{shown:?}");
    }
}

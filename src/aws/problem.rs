//! Why a call failed, told apart by what one would do about it.
//!
//! It reads what the SDK and AWS say, and decides nothing about a step. AWS tells many causes apart only in the text of its
//! message, so the text counts as much as the code; the exact texts are in the tests.

use std::error::Error;
use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sso::operation::get_role_credentials::GetRoleCredentialsError;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_sdk_sts::operation::assume_role_with_web_identity::AssumeRoleWithWebIdentityError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use jiff::Timestamp;

use super::bounded::is_too_long;
use super::endpoints::PlainHttp;
use super::network;
use super::signed::NoEndpoint;
use super::whole_answer::is_somebody_elses;
use crate::checklist::{Problem, ProblemKind, texts};
use crate::untrusted::sanitize;

/// How far a request got that brought no usable success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reached {
    /// It never left this machine: no request, or no connection to send it on.
    Nothing,
    /// It may have reached AWS; no usable answer says what became of it.
    PerhapsAws,
    /// AWS answered with an error of its own.
    Answer,
}

/// A failed call, without the SDK's types.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    kind: ProblemKind,
    pub reached: Reached,
    pub code: Option<String>,
    pub message: String,
    pub status: Option<u16>,
    pub request_id: Option<String>,
    /// What to do, where more is known than the kind.
    pub remedy: Option<String>,
    too_long: bool,
}

impl Failure {
    /// What a response of AWS with this code comes to.
    #[cfg(test)]
    pub fn answered(code: &str, message: &str, status: u16, request_id: Option<&str>) -> Self {
        let response =
            aws_smithy_runtime_api::http::Response::new(status.try_into().unwrap(), aws_smithy_types::body::SdkBody::from(""));
        let mut meta = aws_smithy_types::error::ErrorMetadata::builder().code(code).message(message);
        if let Some(id) = request_id {
            meta = meta.custom("aws_request_id", id);
        }
        Self::of(&SdkError::service_error(meta.build(), response))
    }

    /// Reads what the SDK reports.
    pub fn of<E>(error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let status = error.raw_response().map(|response| response.status().as_u16());
        let raw_id = || {
            let headers = error.raw_response()?.headers();
            headers.get("x-amzn-requestid").or_else(|| headers.get("x-amz-request-id"))
        };
        let request_id = error.meta().extra("aws_request_id").or_else(raw_id).map(sanitize);
        let too_long = is_too_long(error);
        let (kind, reached, message) = match error {
            SdkError::ConstructionFailure(_) => {
                (before_sending(error).unwrap_or(ProblemKind::Internal), Reached::Nothing, chain(error))
            }
            SdkError::TimeoutError(_) => (ProblemKind::TimedOut, Reached::PerhapsAws, chain(error)),
            SdkError::DispatchFailure(failure) => {
                let (kind, reached) = if let Some(kind) = before_sending(error) {
                    (kind, Reached::Nothing)
                } else if never_connected(error) {
                    // A proxy that lets nobody through unknown says so before there is a connection to AWS (HTTP 407).
                    let wants_sign_in = links(error).any(|link| link.to_string().contains("proxy authorization required"));
                    let kind = if wants_sign_in { ProblemKind::Intercepted } else { ProblemKind::Unreachable };
                    (kind, Reached::Nothing)
                } else if failure.is_timeout() {
                    (ProblemKind::TimedOut, Reached::PerhapsAws)
                } else if too_long {
                    (ProblemKind::Malformed, Reached::PerhapsAws)
                } else {
                    (ProblemKind::ConnectionLost, Reached::PerhapsAws)
                };
                (kind, reached, if too_long { too_long_in_words(status) } else { chain(error) })
            }
            _ if too_long => {
                let intercepted = error.raw_response().is_some_and(is_somebody_elses);
                let kind = if intercepted { ProblemKind::Intercepted } else { ProblemKind::Malformed };
                (kind, Reached::PerhapsAws, too_long_in_words(status))
            }
            SdkError::ServiceError(context) if context.err().code().is_some() => {
                let message = context.err().message().unwrap_or_default().to_owned();
                let kind = by_answer(context.err().code().unwrap_or_default(), &message, status);
                (kind, Reached::Answer, message)
            }
            _ => (without_code(error, status), Reached::PerhapsAws, unreadable(error, status)),
        };
        let remedy =
            network::remedy(error).or_else(|| error.code().and_then(|code| session_remedy(code, &message)).map(str::to_owned));
        Self {
            kind,
            reached,
            code: error.code().map(sanitize),
            message: sanitize(&message),
            status,
            request_id,
            remedy,
            too_long,
        }
    }

    /// Whether AWS refused it.
    pub fn is_denial(&self) -> bool {
        // IAM Identity Center's word for a person who has no such role. Source: IAM Identity Center Portal API reference.
        self.kind.is_denial() || self.code.as_deref() == Some("ForbiddenException")
    }

    /// The same, without a word of an answer that cannot be read.
    pub fn without_excerpt(self) -> Self {
        match (self.reached, self.status) {
            (Reached::PerhapsAws, Some(_)) if !self.too_long => Self { message: "The answer cannot be read.".to_owned(), ..self },
            (Reached::PerhapsAws | Reached::Nothing | Reached::Answer, _) => self,
        }
    }

    /// In words for a person. It failed at `at`.
    pub fn problem(self, operation: &str, at: Timestamp) -> Problem {
        Problem {
            kind: self.kind,
            operation: operation.to_owned(),
            code: self.code,
            message: self.message,
            request_id: self.request_id,
            remedy: self.remedy.unwrap_or_else(|| texts::problem(self.kind).remedy.clone()),
            retryable: self.kind.is_retryable(),
            at,
        }
    }
}

/// Something broke inside this program while `operation` was under way.
#[must_use]
pub fn internal_problem(operation: &str, message: &str, at: Timestamp) -> Problem {
    Problem::here(ProblemKind::Internal, operation, message, at)
}

/// `operation` did not end within the time it was allowed.
#[must_use]
pub fn timed_out(operation: &str, limit: Duration, at: Timestamp) -> Problem {
    Problem::here(ProblemKind::TimedOut, operation, &format!("No answer within {:.0} s.", limit.as_secs_f64()), at)
}

/// What AWS's code, message and status come to.
fn by_answer(code: &str, message: &str, status: Option<u16>) -> ProblemKind {
    let said = message.to_lowercase();
    match code {
        "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" => ProblemKind::ExpiredCredentials,
        "RequestExpired" | "RequestTimeTooSkewed" | "RequestInTheFuture" => ProblemKind::ClockSkew,
        "SignatureDoesNotMatch" | "InvalidSignatureException" | "InvalidSignature"
            if said.contains("signature expired") || said.contains("signature not yet current") =>
        {
            ProblemKind::ClockSkew
        }
        "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "SignatureDoesNotMatch"
        | "InvalidSignatureException"
        | "InvalidSignature"
        | "IncompleteSignature"
        | "IncompleteSignatureException"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "InvalidAccessKeyId"
        | "InvalidToken"
        | "AuthFailure" => ProblemKind::InvalidCredentials,
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "RequestLimitExceeded"
        | "TooManyRequestsException"
        | "SlowDown"
        | "PriorRequestNotComplete" => ProblemKind::Throttled,
        "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" | "NotAuthorized" => denial(&said),
        "SubscriptionRequiredException" | "OptInRequired" => ProblemKind::NotSubscribed,
        "ConcurrentModificationException" | "ConcurrentModification" => ProblemKind::ConcurrentModification,
        _ if session_remedy(code, message).is_some() => ProblemKind::Configuration,
        _ if status == Some(429) => ProblemKind::Throttled,
        "ServiceException"
        | "InternalFailure"
        | "InternalError"
        | "InternalServerError"
        | "InternalServerException"
        | "ServiceFailure"
        | "ServiceFailureException"
        | "ServiceUnavailable"
        | "ServiceUnavailableException" => ProblemKind::ServiceFailure,
        _ if status.is_some_and(|status| status >= 500) => ProblemKind::ServiceFailure,
        _ => ProblemKind::UnexpectedError,
    }
}

/// What to change here where STS gives no session for what the configuration asks for. Every role allows an hour, and so does a role that is
/// assumed by another one.
///
/// Source: STS API reference, `AssumeRole` (`DurationSeconds`, `RegionDisabledException`); the texts of the messages by public report.
fn session_remedy(code: &str, message: &str) -> Option<&'static str> {
    match code {
        "ValidationError" if message.contains("The requested DurationSeconds exceeds") => Some(
            "In the profile, set duration_seconds to 3600 or less, or remove it. An administrator can raise the maximum session duration \
             of the role, but a role that another role assumes is limited to 1 hour.",
        ),
        "RegionDisabledException" => Some(
            "Set AWS_REGION, or the region of the profile, to a region where STS is active. Or ask an administrator to activate STS in this region.",
        ),
        _ => None,
    }
}

/// Which policy stands in the way, by AWS's own sentence.
///
/// Source: IAM User Guide, Troubleshoot access denied error messages. The bare sentence is how Organizations answers an
/// account that may not ask this at all, whatever its policies say. The switch for billing has no code of its own (public reports).
fn denial(said: &str) -> ProblemKind {
    // The first that stands in the sentence counts.
    const SAID_OF: [(&str, ProblemKind); 7] = [
        ("iam user access not activated", ProblemKind::BillingAccessOff),
        ("service control policy", ProblemKind::DeniedByServiceControlPolicy),
        ("resource control policy", ProblemKind::DeniedByResourceControlPolicy),
        ("vpc endpoint policy", ProblemKind::DeniedByEndpointPolicy),
        ("permissions boundary", ProblemKind::DeniedByBoundary),
        ("session policy", ProblemKind::DeniedBySessionPolicy),
        ("identity-based policy", ProblemKind::DeniedByIdentityPolicy),
    ];
    if said.trim().trim_end_matches('.') == "you don't have permissions to access this resource" {
        return ProblemKind::NotEligible;
    }
    SAID_OF.into_iter().find(|(sign, _)| said.contains(sign)).map_or(ProblemKind::Denied, |(_, kind)| kind)
}

/// An answer without an error code: not one that AWS gives, or one that broke off.
fn without_code<E>(error: &SdkError<E, HttpResponse>, status: Option<u16>) -> ProblemKind
where
    E: Error + 'static,
{
    if status == Some(429) {
        ProblemKind::Throttled
    } else if error.raw_response().is_some_and(is_somebody_elses) {
        ProblemKind::Intercepted
    } else if status.is_some_and(|status| status >= 500) {
        ProblemKind::ServiceFailure
    } else if links(error).any(|link| link.to_string().to_lowercase().contains("timeout")) {
        ProblemKind::TimedOut
    } else if links(error).any(<dyn Error>::is::<std::io::Error>) {
        ProblemKind::ConnectionLost
    } else {
        ProblemKind::Malformed
    }
}

fn too_long_in_words(status: Option<u16>) -> String {
    let status = status.map_or_else(String::new, |status| format!(" (HTTP {status})"));
    format!("The response{status} is larger than any response of AWS, so the rest was not read.")
}

fn unreadable<E>(error: &SdkError<E, HttpResponse>, status: Option<u16>) -> String
where
    E: Error + 'static,
{
    let status = status.map_or_else(String::new, |status| format!("HTTP {status}, "));
    if let Some(elsewhere) = error.raw_response().and_then(|response| response.headers().get("location")) {
        return format!("{status}not an answer of AWS; it leads to: {elsewhere}");
    }
    let start = error.raw_response().and_then(|response| response.body().bytes()).map(|body| &body[..body.len().min(200)]);
    match start {
        Some([]) => format!("{status}with nothing in it"),
        Some(start) => format!("{status}not an answer of AWS; it begins: {}", String::from_utf8_lossy(start)),
        None => format!("{status}{}", chain(error)),
    }
}

/// What kept the request from being made, when something did: credentials, or an endpoint that is no URL.
fn before_sending(error: &(dyn Error + 'static)) -> Option<ProblemKind> {
    if links(error).any(|link| link.is::<NoEndpoint>() || link.is::<PlainHttp>()) {
        return Some(ProblemKind::Configuration);
    }
    links(error).find_map(|link| link.downcast_ref::<CredentialsError>()).map(credentials_kind)
}

/// What a provider's complaint comes to. The SDK wraps them in each other, so every link counts, from the outside in.
pub(super) fn credentials_kind(error: &CredentialsError) -> ProblemKind {
    if is_too_long(error) {
        return ProblemKind::Malformed;
    }
    // Nothing on this machine is as far away as its metadata service: that it is not there means that there are no credentials.
    if links(error).any(<dyn Error>::is::<aws_config::imds::client::error::ImdsError>) {
        return ProblemKind::NoCredentials;
    }
    if let Some(failure) = credentials_answer(error) {
        return match failure.code.as_deref() {
            // IAM Identity Center's word for a sign-in that it does not know any more. Source: IAM Identity Center Portal API reference.
            Some("UnauthorizedException") => ProblemKind::ExpiredCredentials,
            // A session that cannot be renewed, or whose registration has ended. Source: IAM Identity Center OIDC API reference, CreateToken.
            Some("InvalidGrantException" | "InvalidClientException" | "UnauthorizedClientException") => {
                ProblemKind::ExpiredCredentials
            }
            // It says so when the person has no such role in such an account.
            Some("ForbiddenException") => ProblemKind::Denied,
            // The token of a web identity does not pass. Source: STS API reference, AssumeRoleWithWebIdentity.
            Some("InvalidIdentityToken" | "IDPRejectedClaim") => ProblemKind::InvalidCredentials,
            // If no request can be built, the settings are wrong.
            _ if failure.kind == ProblemKind::Internal => ProblemKind::Configuration,
            _ => failure.kind,
        };
    }
    if never_connected(error) {
        return ProblemKind::Unreachable;
    }
    let said = chain(error).to_lowercase();
    let says = |signs: &[&str]| signs.iter().any(|sign| said.contains(sign));
    let is = |wanted: fn(&CredentialsError) -> bool| {
        links(error).any(|link| link.downcast_ref::<CredentialsError>().is_some_and(wanted))
    };
    // A profile that the configuration names and does not have, or one that is for tokens alone; the SDK calls both "not loaded".
    if says(&["was not defined: ", "will resolve an access token instead of credentials"]) {
        return ProblemKind::Configuration;
    }
    if matches!(error, CredentialsError::CredentialsNotLoaded(_)) {
        return ProblemKind::NoCredentials;
    }
    if says(&["request has timed out", "timeout"]) || is(|link| matches!(link, CredentialsError::ProviderTimedOut(_))) {
        return ProblemKind::TimedOut;
    }
    if says(&["internalserverexception"]) {
        return ProblemKind::ServiceFailure;
    }
    if says(&["insufficient permissions"]) {
        return ProblemKind::Denied;
    }
    // A console sign-in that cannot be renewed has ended, whatever the reason: signing in again is what helps.
    if says(&["expired", "invalid_grant", "unauthorizedexception", "failed to refresh cached login token"]) {
        return ProblemKind::ExpiredCredentials;
    }
    // A file in the cache of sign-ins that cannot be read is as good as none: signing in writes it anew.
    if says(&["cached login token", "cached sso token"]) {
        return ProblemKind::NoCredentials;
    }
    if is(|link| matches!(link, CredentialsError::InvalidConfiguration(_))) {
        return ProblemKind::Configuration;
    }
    ProblemKind::NoCredentials
}

/// The call that failed behind a provider's complaint, when there was one and its error is known.
pub(super) fn credentials_answer(error: &CredentialsError) -> Option<Failure> {
    links(error).find_map(|link| {
        answer_of::<AssumeRoleError>(link)
            .or_else(|| answer_of::<AssumeRoleWithWebIdentityError>(link))
            .or_else(|| answer_of::<GetRoleCredentialsError>(link))
    })
}

/// The failure of a call that a provider made, when this link is one.
fn answer_of<E>(link: &(dyn Error + 'static)) -> Option<Failure>
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    link.downcast_ref::<SdkError<E, HttpResponse>>().map(Failure::of)
}

/// Whether no connection came about: name look-up, refusal, no route, a connect time-out, a failed TLS handshake.
fn never_connected(error: &(dyn Error + 'static)) -> bool {
    links(error).any(|link| {
        link.downcast_ref::<hyper_util::client::legacy::Error>().is_some_and(hyper_util::client::legacy::Error::is_connect)
    })
}

/// An error and what is behind it, from the outside in.
pub(super) fn links<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |link| {
        // Copied out of the iterator's hands, so that what it points to may outlive them.
        let link: &'a (dyn Error + 'static) = *link;
        link.source()
    })
}

/// What every link of the chain says, said once each.
pub(super) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    for link in links(error) {
        let said = link.to_string();
        if !parts.iter().any(|part| part.contains(&said)) {
            parts.push(said);
        }
    }
    parts.join(": ")
}

/// The request id of an answer that succeeded.
pub(super) fn request_id(answer: &impl RequestId) -> Option<String> {
    answer.request_id().map(sanitize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(code: &str, message: &str) -> ProblemKind {
        by_answer(code, message, Some(400))
    }

    #[test]
    fn every_way_to_deny_is_told_apart_by_aws_own_sentence() {
        let denied = |end: &str| {
            format!(
                "User: arn:aws:sts::123456789012:assumed-role/A/b is not authorized to perform: organizations:X on resource: * {end}"
            )
        };
        for (end, wanted) in [
            (
                "because no identity-based policy allows the organizations:LeaveOrganization action",
                ProblemKind::DeniedByIdentityPolicy,
            ),
            ("with an explicit deny in an identity-based policy", ProblemKind::DeniedByIdentityPolicy),
            (
                "with an explicit deny in a service control policy: arn:aws:organizations::1:policy/o-a/service_control_policy/p-1",
                ProblemKind::DeniedByServiceControlPolicy,
            ),
            ("because no service control policy allows the organizations:X action", ProblemKind::DeniedByServiceControlPolicy),
            ("because no permissions boundary allows the organizations:X action", ProblemKind::DeniedByBoundary),
            ("with an explicit deny in a permissions boundary", ProblemKind::DeniedByBoundary),
            ("because no session policy allows the organizations:X action", ProblemKind::DeniedBySessionPolicy),
            ("with an explicit deny in a VPC endpoint policy", ProblemKind::DeniedByEndpointPolicy),
            ("because no VPC endpoint policy allows the organizations:X action", ProblemKind::DeniedByEndpointPolicy),
            ("with an explicit deny in a resource control policy", ProblemKind::DeniedByResourceControlPolicy),
            ("because no resource control policy allows the organizations:X action", ProblemKind::DeniedByResourceControlPolicy),
            ("because no resource-based policy allows the organizations:X action", ProblemKind::Denied),
            ("", ProblemKind::Denied),
        ] {
            assert_eq!(kind("AccessDeniedException", &denied(end)), wanted, "{end}");
            assert_eq!(kind("AccessDenied", &denied(end)), wanted, "{end}");
        }
        assert_eq!(
            kind("AccessDeniedException", "You don't have permissions to access this resource."),
            ProblemKind::NotEligible
        );
        assert_eq!(kind("AccessDeniedException", "IAM user access not activated"), ProblemKind::BillingAccessOff);
        assert_eq!(kind("AccessDeniedException", ""), ProblemKind::Denied);
    }

    #[test]
    fn credentials_clock_and_throttling_are_told_apart() {
        for (code, message, wanted) in [
            ("ExpiredTokenException", "The security token included in the request is expired", ProblemKind::ExpiredCredentials),
            ("ExpiredToken", "", ProblemKind::ExpiredCredentials),
            ("InvalidClientTokenId", "", ProblemKind::InvalidCredentials),
            ("UnrecognizedClientException", "", ProblemKind::InvalidCredentials),
            ("SignatureDoesNotMatch", "The request signature we calculated does not match", ProblemKind::InvalidCredentials),
            ("SignatureDoesNotMatch", "Signature expired: 20261123T1 is now earlier than 20261123T2", ProblemKind::ClockSkew),
            ("InvalidSignatureException", "Signature not yet current: 2026", ProblemKind::ClockSkew),
            ("RequestExpired", "", ProblemKind::ClockSkew),
            ("TooManyRequestsException", "", ProblemKind::Throttled),
            ("Throttling", "Rate exceeded", ProblemKind::Throttled),
            ("ServiceException", "", ProblemKind::ServiceFailure),
            ("SubscriptionRequiredException", "", ProblemKind::NotSubscribed),
            ("OptInRequired", "", ProblemKind::NotSubscribed),
            ("ConcurrentModificationException", "", ProblemKind::ConcurrentModification),
            ("ConcurrentModification", "", ProblemKind::ConcurrentModification),
            (
                "ValidationError",
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
                ProblemKind::Configuration,
            ),
            (
                "ValidationError",
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
                ProblemKind::Configuration,
            ),
            ("ValidationError", "Invalid Marker.", ProblemKind::UnexpectedError),
            ("RegionDisabledException", "STS is not activated in this region for account:1", ProblemKind::Configuration),
            ("SomethingNew", "", ProblemKind::UnexpectedError),
        ] {
            assert_eq!(kind(code, message), wanted, "{code} {message}");
        }
        assert_eq!(by_answer("Whatever", "", Some(503)), ProblemKind::ServiceFailure);
        assert_eq!(by_answer("Whatever", "", Some(429)), ProblemKind::Throttled);
    }

    #[test]
    fn a_sign_in_that_has_ended_is_not_a_missing_one() {
        assert_eq!(credentials_kind(&CredentialsError::not_loaded("nothing")), ProblemKind::NoCredentials);
        assert_eq!(
            credentials_kind(&CredentialsError::provider_error("the SSO token has expired")),
            ProblemKind::ExpiredCredentials
        );
        assert_eq!(credentials_kind(&CredentialsError::invalid_configuration("no such role")), ProblemKind::Configuration);
    }
}

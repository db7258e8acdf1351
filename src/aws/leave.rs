//! The one call that changes something: `organizations:LeaveOrganization`.
//!
//! It makes the call once, and says what became of it. It repeats nothing, and it never claims that the account has left: only a
//! read of the membership can tell that.

use aws_sdk_organizations::error::ProvideErrorMetadata;
use aws_sdk_organizations::operation::leave_organization::LeaveOrganizationError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_types::SdkConfig;
use jiff::Timestamp;

use super::once::once;
use super::problem::{Failure, Reached, request_id};
use super::read_clients::{GET_CALLER_IDENTITY, LEAVE_ORGANIZATION, ReadClients};
use crate::checklist::gate::{Confirmation, ReadyToLeave};
use crate::checklist::{AccountId, LeaveAnswer, Partition, Problem, ProblemKind, Refusal, Retry, texts};
use crate::untrusted::sanitize;

/// The only holder of `LeaveOrganization`.
#[derive(Clone)]
pub struct Leaver {
    client: aws_sdk_organizations::Client,
    partition: Partition,
    /// With the same credentials: whose they are.
    asks: ReadClients,
}

impl Leaver {
    pub(super) fn new(config: &SdkConfig, partition: Partition, asks: ReadClients) -> Self {
        Self { client: once!(aws_sdk_organizations, config, partition), partition, asks }
    }

    /// Asks AWS once to let the account leave: one request, never repeated, at most about 20 seconds. The token is used up.
    ///
    /// The request carries no account: it is about whoever signs it. So these credentials are first held against the token, with one question,
    /// at most about 25 seconds longer. A token of another account sends nothing.
    ///
    /// If AWS did nothing and asks to retry later, because of too many requests or another change at the same time, the confirmation is
    /// returned with the answer. It can be used again while it is fresh.
    pub async fn leave(&self, token: ReadyToLeave) -> (LeaveAnswer, Option<Confirmation>) {
        if let Err(problem) = self.belongs_to(token.account()).await {
            return (LeaveAnswer::NeverSent { problem }, None);
        }
        let answer = self.client.leave_organization().send().await;
        let now = self.asks.now();
        let answer = match answer {
            // Every answer of AWS carries a request id; without one, something else may have answered.
            Ok(output) => match request_id(&output) {
                Some(id) => LeaveAnswer::Accepted { request_id: Some(id) },
                None => LeaveAnswer::Unknown {
                    problem: lost(Problem::malformed(LEAVE_ORGANIZATION, "The answer carries no request id.", now)),
                },
            },
            Err(error) => {
                let reason = error.as_service_error().and_then(reason).or_else(|| reason_in_any_case(&error));
                judge(Failure::of(&error), error.code(), reason, self.partition, now)
            }
        };
        let is_put_off = matches!(&answer, LeaveAnswer::Refused { refusal } if refusal.retry == Retry::AfterAPause);
        (answer, is_put_off.then(|| token.give_back()))
    }

    /// Whether the credentials that sign the request belong to the account that was confirmed.
    async fn belongs_to(&self, confirmed: &AccountId) -> Result<(), Problem> {
        let caller = self.asks.identity().await.result?;
        if caller.account == *confirmed {
            return Ok(());
        }
        let message = format!("The credentials belong to account {}. You confirmed account {confirmed}.", caller.account);
        Err(Problem::here(ProblemKind::AccountChanged, GET_CALLER_IDENTITY, &message, self.asks.now()))
    }
}

fn judge(failure: Failure, code: Option<&str>, reason: Option<String>, partition: Partition, now: Timestamp) -> LeaveAnswer {
    let server_failed = failure.status.is_some_and(|status| status >= 500);
    match (failure.reached, code) {
        (Reached::Nothing, _) => LeaveAnswer::NeverSent { problem: failure.problem(LEAVE_ORGANIZATION, now) },
        // Only what is known as a "no" is one, and only where AWS itself says it: its answers carry a request id. "Not here" is what an
        // account that has just left may be told, and a failure on AWS's side may come after the deed, whatever its status.
        (Reached::Answer, Some(code)) if !server_failed && texts::refuses(code) && failure.request_id.is_some() => {
            LeaveAnswer::Refused { refusal: refusal(failure, code, reason, partition, now) }
        }
        _ => LeaveAnswer::Unknown { problem: lost(failure.problem(LEAVE_ORGANIZATION, now)) },
    }
}

/// The problem in the words that hold for a leave whose outcome is open: its kind's own would say "ask again", and nothing may be sent again
/// before the membership was read.
fn lost(problem: Problem) -> Problem {
    let remedy = texts::lost_answer(problem.code.as_deref(), problem.kind).todo.join(" ");
    Problem { remedy, retryable: false, ..problem }
}

fn refusal(failure: Failure, code: &str, reason: Option<String>, partition: Partition, at: Timestamp) -> Refusal {
    let reason = reason.map(|reason| sanitize(&reason));
    let entry = texts::refusal(code, reason.as_deref(), &failure.message);
    let words = |of: fn(&texts::RefusalText) -> &String| entry.map(of).cloned().unwrap_or_default();
    Refusal {
        entry: words(|entry| &entry.id),
        code: sanitize(code),
        reason,
        message: failure.message,
        request_id: failure.request_id,
        cause: words(|entry| &entry.cause),
        who: words(|entry| &entry.who),
        todo: entry.map(|entry| entry.todo.clone()).unwrap_or_default(),
        link: entry.and_then(|entry| entry.link.as_deref()).and_then(|name| texts::link(name, partition)).map(str::to_owned),
        steps: entry.map(|entry| entry.steps.clone()).unwrap_or_default(),
        ends_with_a_response: entry.is_some_and(|entry| entry.ends_with_a_response),
        retry: entry.map_or(Retry::AfterTheCause, |entry| entry.retry),
        at,
    }
}

/// The reason under a name that the SDK does not read: it takes `Reason` in this case alone, and a message in any.
fn reason_in_any_case(error: &SdkError<LeaveOrganizationError, HttpResponse>) -> Option<String> {
    let body = error.raw_response()?.body().bytes()?;
    let members: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(body).ok()?;
    let (_, reason) = members.iter().find(|(name, _)| name.eq_ignore_ascii_case("reason"))?;
    reason.as_str().map(str::to_owned)
}

/// AWS's reason, exactly as it came.
fn reason(error: &LeaveOrganizationError) -> Option<String> {
    match error {
        LeaveOrganizationError::ConstraintViolationException(e) => e.reason().map(|reason| reason.as_str().to_owned()),
        LeaveOrganizationError::InvalidInputException(e) => e.reason().map(|reason| reason.as_str().to_owned()),
        LeaveOrganizationError::TooManyRequestsException(e) => e.r#type().map(str::to_owned),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_organizations::types::{ConstraintViolationExceptionReason, InvalidInputExceptionReason};
    use aws_smithy_types::body::SdkBody;

    use super::*;
    use crate::checklist::StepId;

    #[test]
    fn a_reason_is_found_whatever_case_its_name_is_in() {
        for name in ["Reason", "reason", "REASON"] {
            let body = format!("{{\"message\":\"no\",\"{name}\":\"WAIT_PERIOD_ACTIVE\"}}");
            let response = HttpResponse::new(400.try_into().unwrap(), SdkBody::from(body));
            let error = SdkError::service_error(LeaveOrganizationError::unhandled("a test"), response);
            assert_eq!(reason_in_any_case(&error).as_deref(), Some("WAIT_PERIOD_ACTIVE"), "{name}");
        }
    }

    fn entry(code: &str, reason: Option<&str>, message: &str) -> (String, Vec<StepId>) {
        let entry = texts::refusal(code, reason, message).unwrap();
        (entry.id.clone(), entry.steps.clone())
    }

    /// What AWS documents, or was seen, to say to a leave. Every other reason is documented for other requests.
    const MAY_COME_FROM_A_LEAVE: [&str; 11] = [
        "ACCOUNT_CANNOT_LEAVE_ORGANIZATION",
        "ACCOUNT_CANNOT_LEAVE_WITHOUT_EULA",
        "ACCOUNT_CANNOT_LEAVE_WITHOUT_PHONE_VERIFICATION",
        "ACCOUNT_CREATION_NOT_COMPLETE",
        "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG",
        "INVALID_PAYMENT_INSTRUMENT",
        "MEMBER_ACCOUNT_PAYMENT_INSTRUMENT_REQUIRED",
        "UNMET_BILLING_PREREQUISITE",
        "WAIT_PERIOD_ACTIVE",
        // Uncertain, and said to be.
        "CALLER_REQUIRED_FIELD_MISSING",
        "TARGET_NOT_SUPPORTED",
    ];

    /// Codes that any service of AWS can answer with, and no model of Organizations declares.
    ///
    /// Source: AWS General Reference, Common errors; the retry and clock-skew lists of the AWS SDKs.
    const OF_EVERY_SERVICE: [&str; 43] = [
        "AccessDenied",
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "InternalServerException",
        "InvalidAccessKeyId",
        "InvalidAction",
        "InvalidClientTokenId",
        "InvalidSignature",
        "InvalidSignatureException",
        "InvalidToken",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "NotAuthorized",
        "OptInRequired",
        "PriorRequestNotComplete",
        "RequestExpired",
        "RequestInTheFuture",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeTooSkewed",
        "SerializationException",
        "ServiceFailure",
        "ServiceFailureException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "SignatureDoesNotMatch",
        "SlowDown",
        "SubscriptionRequiredException",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TokenRefreshRequired",
        "UnauthorizedOperation",
        "UnrecognizedClientException",
        "UnknownOperationException",
        "ValidationException",
    ];

    /// The entry that speaks for a reason by that reason, and not by what the code or a message says.
    fn by_reason(code: &str, reason: &str) -> Option<&'static texts::RefusalText> {
        let of_the_reason = |pattern: &texts::AnswerPattern| {
            pattern.codes.iter().any(|known| known == code) && pattern.reasons.iter().any(|known| known == reason)
        };
        texts::all_refusals().iter().find(|entry| entry.when.iter().any(of_the_reason))
    }

    /// Every reason that the SDK knows, with the error that carries it.
    fn reasons_of_the_sdk() -> impl Iterator<Item = (&'static str, &'static str)> {
        let of = |code, reasons: &'static [&'static str]| reasons.iter().map(move |reason| (code, *reason));
        of("ConstraintViolationException", ConstraintViolationExceptionReason::values())
            .chain(of("InvalidInputException", InvalidInputExceptionReason::values()))
    }

    #[test]
    fn every_reason_that_the_sdk_knows_is_told_by_an_entry_of_the_catalogue() {
        let missing: Vec<_> = reasons_of_the_sdk().filter(|(code, reason)| by_reason(code, reason).is_none()).collect();
        assert!(missing.is_empty(), "the SDK knows reasons that assets/refusals.toml does not: {missing:?}");
        for (code, reason) in reasons_of_the_sdk() {
            let entry = by_reason(code, reason).unwrap();
            assert_eq!(texts::refusal(code, Some(reason), "").map(|found| &found.id), Some(&entry.id), "{reason}");
            let says_so = entry.cause.contains("not expected");
            assert!(says_so || MAY_COME_FROM_A_LEAVE.contains(&reason), "{reason}: {} does not say it is not expected", entry.id);
        }
    }

    #[test]
    fn every_reason_in_the_catalogue_is_one_that_the_sdk_knows_under_that_code_and_stands_there_once() {
        let mut told = std::collections::BTreeSet::new();
        for entry in texts::all_refusals() {
            for pattern in entry.when.iter().filter(|pattern| !pattern.reasons.is_empty()) {
                for (code, reason) in pattern.codes.iter().flat_map(|code| pattern.reasons.iter().map(move |r| (code, r))) {
                    let is_known = reasons_of_the_sdk().any(|known| known == (code.as_str(), reason.as_str()));
                    assert!(is_known, "{}: {code} with {reason} is nothing the SDK knows", entry.id);
                    assert!(told.insert((code, reason)), "{reason} is told twice");
                }
                assert!(!pattern.codes.is_empty(), "{}: a reason belongs to an error code", entry.id);
            }
        }
        for reason in MAY_COME_FROM_A_LEAVE {
            assert!(reasons_of_the_sdk().any(|(_, known)| known == reason), "{reason}");
        }
    }

    /// The names of the errors that the SDK declares for the leave, from its own source: the enum may grow, and Rust lets nobody outside
    /// match it without a wildcard (`non_exhaustive`) or list it.
    fn errors_of_the_sdk() -> Vec<String> {
        let source = crate::aws::sdk_source::folder_of("aws-sdk-organizations").join("operation/leave_organization.rs");
        let source = std::fs::read_to_string(source).unwrap();
        let (_, variants) = source.split_once("pub enum LeaveOrganizationError {").unwrap();
        let (variants, _) = variants.split_once("\n}").unwrap();
        let names = variants.lines().filter_map(|line| line.trim().split_once("(crate::types::error::"));
        names.map(|(name, _)| name.to_owned()).collect()
    }

    #[test]
    fn every_error_that_the_sdk_declares_for_the_leave_has_words_and_no_code_in_the_catalogues_is_a_slip_of_the_pen() {
        let declared = errors_of_the_sdk();
        assert!(declared.len() >= 9, "{declared:?}");
        let refused = texts::all_refusals().iter().flat_map(|entry| &entry.when).flat_map(|pattern| &pattern.codes);
        let lost = texts::all_lost_answers().iter().flat_map(|entry| &entry.codes);
        let told: Vec<&String> = refused.chain(lost).collect();
        for error in &declared {
            // Rust writes an abbreviation at the beginning in its own way: AwsOrganizations… for AWSOrganizations….
            assert!(told.iter().any(|code| code.eq_ignore_ascii_case(error)), "nothing speaks for {error}");
        }
        for code in told {
            let is_declared = declared.iter().any(|error| error.eq_ignore_ascii_case(code));
            assert!(is_declared || OF_EVERY_SERVICE.contains(&code.as_str()), "{code}");
        }
    }

    #[test]
    fn every_reason_that_a_leave_may_give_has_an_entry_of_its_own() {
        for (reason, id, step) in [
            ("ACCOUNT_CANNOT_LEAVE_ORGANIZATION", "account-cannot-leave", StepId::Membership),
            ("ACCOUNT_CANNOT_LEAVE_WITHOUT_EULA", "agreement-not-accepted", StepId::ContactInformation),
            ("ACCOUNT_CANNOT_LEAVE_WITHOUT_PHONE_VERIFICATION", "phone-not-verified", StepId::ContactInformation),
            ("MEMBER_ACCOUNT_PAYMENT_INSTRUMENT_REQUIRED", "payment-method-missing", StepId::PaymentMethod),
            ("INVALID_PAYMENT_INSTRUMENT", "payment-method-not-supported", StepId::PaymentMethod),
            ("WAIT_PERIOD_ACTIVE", "wait-period", StepId::WaitingPeriod),
            ("CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG", "delegated-administrator", StepId::DelegatedAdministrator),
            ("ACCOUNT_CREATION_NOT_COMPLETE", "account-setup-not-complete", StepId::ContactInformation),
            ("UNMET_BILLING_PREREQUISITE", "billing-setup-not-supported", StepId::PaymentMethod),
        ] {
            let (found, steps) = entry("ConstraintViolationException", Some(reason), "Whatever AWS writes.");
            assert_eq!((found.as_str(), steps[0]), (id, step), "{reason}");
        }
    }

    #[test]
    fn what_aws_was_seen_to_write_is_recognised_without_a_reason() {
        const CONSTRAINT: &str = "ConstraintViolationException";
        const DENIED: &str = "AccessDeniedException";
        for (code, message, id) in [
            (
                CONSTRAINT,
                "The member account is missing one or more of the prerequisites required to operate as a standalone account. To add what \
                 is missing, sign-in to the member account using the AWS Organizations console, then select to leave the organization. You \
                 will then be prompted to enter any missing information.",
                "sign-up-incomplete",
            ),
            (
                CONSTRAINT,
                "One or more of the member accounts that you want to remove has not completed the account sign-up steps.",
                "sign-up-incomplete",
            ),
            (
                CONSTRAINT,
                "The member account must be configured with a valid payment method, such as a credit card",
                "payment-method-missing",
            ),
            (CONSTRAINT, "This operation requires a wait period.  Try again later.", "wait-period"),
            (
                CONSTRAINT,
                "You cannot remove a delegated administrator from the organization without de-registering the account.",
                "delegated-administrator",
            ),
            (
                DENIED,
                "User: arn:aws:iam::1:user/a is not authorized to perform: organizations:LeaveOrganization with an explicit deny in a \
                 service control policy: arn:aws:organizations::2:policy/o-a/service_control_policy/p-1",
                "denied-by-service-control-policy",
            ),
            (
                DENIED,
                "User: arn:aws:iam::1:user/a is not authorized to perform: organizations:LeaveOrganization on resource: * because no \
                 identity-based policy allows the organizations:LeaveOrganization action",
                "not-allowed-by-identity-policy",
            ),
            (DENIED, "IAM user access not activated", "billing-access-off"),
            (DENIED, "You don't have permissions to access this resource.", "not-eligible"),
            (DENIED, "", "denied"),
            ("MasterCannotLeaveOrganizationException", "", "management-account"),
            ("ConcurrentModificationException", "", "another-change-under-way"),
            ("TooManyRequestsException", "", "too-many-requests"),
            ("ThrottlingException", "Rate exceeded", "throttled"),
            ("AccessDenied", "", "denied"),
            ("InvalidInputException", "", "request-not-valid"),
            ("InvalidSignatureException", "Signature expired: 1 is now earlier than 2", "clock-wrong"),
            ("InvalidSignatureException", "The request signature we calculated does not match", "signature-not-accepted"),
            ("RequestExpired", "", "clock-wrong"),
            ("SubscriptionRequiredException", "", "not-signed-up"),
            ("RequestLimitExceeded", "", "throttled"),
            ("ExpiredTokenException", "The security token included in the request is expired", "session-ended"),
            ("UnrecognizedClientException", "The security token included in the request is invalid.", "credentials-not-known"),
            ("SomethingNew", "Something new", "unrecognised"),
        ] {
            assert_eq!(entry(code, None, message).0, id, "{code}: {message}");
        }
    }

    /// What an answer of AWS with this code comes to.
    fn judged(code: &str, message: &str, status: u16, request_id: Option<&str>) -> LeaveAnswer {
        judge(Failure::answered(code, message, status, request_id), Some(code), None, Partition::Aws, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn only_a_no_that_aws_itself_says_is_a_refusal() {
        const WAIT: &str = "This operation requires a wait period.  Try again later.";
        let of = |code, status, id| judged(code, WAIT, status, id);
        let LeaveAnswer::Refused { refusal } = of("ConstraintViolationException", 400, Some("7c9e")) else { panic!() };
        assert_eq!((refusal.entry.as_str(), refusal.request_id.as_deref()), ("wait-period", Some("7c9e")));
        for (what, answer) in [
            ("a failure on AWS's side may come after the deed", of("ConstraintViolationException", 500, Some("7c9e"))),
            ("without a request id something else may have answered", of("ConstraintViolationException", 400, None)),
            ("nobody knows this code", of("SomethingNew", 400, Some("7c9e"))),
            ("an account that has just left is told this, too", of("AWSOrganizationsNotInUseException", 400, Some("7c9e"))),
        ] {
            let LeaveAnswer::Unknown { problem } = answer else { panic!("{what}: {answer:?}") };
            assert!(!problem.retryable && !problem.remedy.is_empty(), "{what}");
        }
    }

    #[test]
    fn a_request_that_could_not_be_built_was_never_sent() {
        let error: SdkError<LeaveOrganizationError, _> = SdkError::construction_failure("no region");
        let answer = judge(Failure::of(&error), None, None, Partition::Aws, Timestamp::UNIX_EPOCH);
        assert!(matches!(answer, LeaveAnswer::NeverSent { .. }), "{answer:?}");
    }
}

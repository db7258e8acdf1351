//! The calls that put a step right: contact information, the phone's verification, delegated services.
//!
//! Each is made once and never repeated, for a [`Fix`] that a person gave their word for. It says what became of the call; whether the
//! change holds is for a read to say. It leaves no organization: that is the leave's.

use aws_sdk_account::operation::put_contact_information::PutContactInformationError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::SdkConfig;
use aws_types::request_id::RequestId;
use jiff::Timestamp;

use super::contact::to_sdk;
use super::mfa_code::hide_digits;
use super::once::once;
use super::problem::{Failure, Reached, request_id};
use super::read_clients::{DESCRIBE_ORGANIZATION, ReadClients};
use crate::checklist::{
    Deregistration, Fix, FixAnswer, FixRecord, FixRefusal, Membership, OneTimeCode, Organization, Partition, Problem,
    ProblemKind, texts,
};
use crate::clock::Clock;
use crate::untrusted::sanitize;

/// What can put steps right, in the account itself and, with the owner's credentials, in the organization.
#[derive(Clone)]
pub struct FixClient {
    account: aws_sdk_account::Client,
    owner: Option<OwnerWriteClient>,
    clock: Clock,
}

/// The management account's client that can deregister an account as delegated administrator for a service.
#[derive(Clone)]
pub struct OwnerWriteClient {
    organizations: aws_sdk_organizations::Client,
    asks: ReadClients,
}

impl OwnerWriteClient {
    pub(super) fn new(config: &SdkConfig, partition: Partition, asks: ReadClients) -> Self {
        Self { organizations: once!(aws_sdk_organizations, config, partition), asks }
    }

    /// Whether these credentials still are those of the owner that was confirmed, and of the organization.
    async fn still_belongs_to(&self, confirmed: &Deregistration) -> Result<(), Problem> {
        let (caller, membership) = tokio::join!(self.asks.identity(), self.asks.membership());
        let caller = caller.result?;
        let is_the_owners = |organization: &Organization| {
            organization.id == confirmed.organization() && organization.management_account.as_ref() == Some(confirmed.owner())
        };
        let here = matches!(membership.result?, Membership::Member(organization) if is_the_owners(&organization));
        if caller.account == *confirmed.owner() && here {
            return Ok(());
        }
        let message = format!(
            "The management credentials belong to {} now, and the confirmation was about {} and its organization {}.",
            caller.account,
            confirmed.owner(),
            confirmed.organization()
        );
        Err(Problem::here(ProblemKind::AccountChanged, DESCRIBE_ORGANIZATION, &message, self.asks.now()))
    }
}

impl FixClient {
    pub(super) fn new(config: &SdkConfig, partition: Partition, owner: Option<OwnerWriteClient>, clock: Clock) -> Self {
        Self { account: once!(aws_sdk_account, config, partition), owner, clock }
    }

    /// The same with the owner's hand, in place of the one before.
    #[must_use]
    pub fn with_owner(&self, owner: OwnerWriteClient) -> Self {
        Self { owner: Some(owner), ..self.clone() }
    }

    /// Does it: one call, at most about 20 seconds. Before a service is taken away, the owner's credentials are looked at once more: at most
    /// about 25 seconds longer.
    pub async fn apply(&self, fix: Fix) -> FixAnswer {
        let record = fix.record();
        match fix {
            Fix::Contact { contact, .. } => match to_sdk(&contact) {
                Ok(contact) => {
                    let call = self.account.put_contact_information().contact_information(contact).send().await;
                    let fields = call.as_ref().err().map(fields).unwrap_or_default();
                    let mut answer = answer(&record, call, |_| None, self.clock.now());
                    if let FixAnswer::Refused { refusal } = &mut answer {
                        refusal.fields = fields;
                    }
                    answer
                }
                Err(error) => {
                    let problem = Problem::here(ProblemKind::Internal, record.operation(), &error.to_string(), self.clock.now());
                    FixAnswer::NeverSent { problem }
                }
            },
            Fix::SendCode => {
                let call = self.account.send_phone_number_verification().send().await;
                answer(&record, call, |output| Some(output.status()?.as_str()), self.clock.now())
            }
            Fix::VerifyPhone(code) => {
                let call = self.account.verify_phone_number().otp(code.as_str()).send().await;
                without_code(answer(&record, call, |output| Some(output.status()?.as_str()), self.clock.now()), &code)
            }
            Fix::Deregister(confirmed) => self.deregister(&record, &confirmed).await,
        }
    }

    async fn deregister(&self, record: &FixRecord, confirmed: &Deregistration) -> FixAnswer {
        let Some(owner) = &self.owner else {
            let problem = Problem::here(
                ProblemKind::Configuration,
                record.operation(),
                "There are no credentials of the organization's owner.",
                self.clock.now(),
            );
            return FixAnswer::NeverSent { problem };
        };
        if let Err(problem) = owner.still_belongs_to(confirmed).await {
            return FixAnswer::NeverSent { problem };
        }
        let call = owner
            .organizations
            .deregister_delegated_administrator()
            .account_id(confirmed.account().as_str())
            .service_principal(confirmed.service())
            .send()
            .await;
        answer(record, call, |_| None, self.clock.now())
    }
}

/// What became of a call that ended at `now`. `status` is AWS's word in an answer, if there is one.
fn answer<O, E>(
    record: &FixRecord,
    call: Result<O, SdkError<E, HttpResponse>>,
    status: impl Fn(&O) -> Option<&str>,
    now: Timestamp,
) -> FixAnswer
where
    O: RequestId,
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    match call {
        // Every answer of AWS carries a request id; without one, something else may have answered.
        Ok(output) => match request_id(&output) {
            Some(id) => FixAnswer::Done { status: status(&output).map(sanitize), request_id: Some(id), at: now },
            None => {
                FixAnswer::Unknown { problem: Problem::malformed(record.operation(), "The answer carries no request id.", now) }
            }
        },
        Err(error) => judge(record, Failure::of(&error), now),
    }
}

fn judge(record: &FixRecord, failure: Failure, now: Timestamp) -> FixAnswer {
    let server_failed = failure.status.is_some_and(|status| status >= 500);
    let problem = failure.clone().problem(record.operation(), now);
    match (failure.reached, &failure.code) {
        (Reached::Nothing, _) => FixAnswer::NeverSent { problem },
        (Reached::Answer, Some(code)) if !server_failed && failure.request_id.is_some() => {
            let (entry, cause, todo) = match texts::fix_refusal(record, code, &failure.message) {
                Some(text) => (text.id.clone(), text.cause.clone(), text.todo.clone()),
                // AWS looks at the credentials and the clock before it looks at anything else.
                None if problem.kind.is_about_credentials() || problem.kind.passes_by_itself() => {
                    let words = texts::problem(problem.kind);
                    (problem.kind.as_str().to_owned(), words.cause.clone(), vec![words.remedy.clone()])
                }
                None => return FixAnswer::Unknown { problem },
            };
            let refusal = FixRefusal {
                entry,
                code: sanitize(code),
                message: failure.message,
                fields: Vec::new(),
                request_id: failure.request_id,
                cause,
                todo,
                at: now,
            };
            FixAnswer::Refused { refusal: Box::new(refusal) }
        }
        _ => FixAnswer::Unknown { problem },
    }
}

/// The fields that AWS names in its no to new contact information.
fn fields(error: &SdkError<PutContactInformationError, HttpResponse>) -> Vec<(String, String)> {
    let Some(PutContactInformationError::ValidationException(refused)) = error.as_service_error() else { return Vec::new() };
    let named = refused.field_list().iter();
    named.map(|field| (sanitize(field.name()), sanitize(field.message()))).collect()
}

/// The answer without the code: words from outside may repeat what they were told.
fn without_code(mut answer: FixAnswer, code: &OneTimeCode) -> FixAnswer {
    let message = match &mut answer {
        FixAnswer::Refused { refusal } => &mut refusal.message,
        FixAnswer::Unknown { problem } | FixAnswer::NeverSent { problem } => &mut problem.message,
        FixAnswer::Done { .. } => return answer,
    };
    *message = hide_digits(code.as_str(), message);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checklist::FixKind;

    /// The names of the errors that the SDK declares for an operation, from its own source.
    fn errors_of_the_sdk(service: &str, operation: &str) -> Vec<String> {
        let source = crate::aws::sdk_source::folder_of(&format!("aws-sdk-{service}")).join(format!("operation/{operation}.rs"));
        let source = std::fs::read_to_string(source).unwrap();
        let names = source.lines().filter_map(|line| line.trim().split_once("(crate::types::error::"));
        let names: std::collections::BTreeSet<_> = names
            .map(|(name, _)| name.to_owned())
            .filter(|name| name.ends_with("Exception") && !name.contains([':', ' ']))
            .collect();
        names.into_iter().collect()
    }

    fn declared() -> Vec<(FixRecord, Vec<String>)> {
        let owner = "305611223344".parse().unwrap();
        vec![
            (FixRecord::Contact { changed: Vec::new() }, errors_of_the_sdk("account", "put_contact_information")),
            (FixRecord::SendCode, errors_of_the_sdk("account", "send_phone_number_verification")),
            (FixRecord::VerifyPhone, errors_of_the_sdk("account", "verify_phone_number")),
            (
                FixRecord::Deregister { service: "config.amazonaws.com".into(), owner },
                errors_of_the_sdk("organizations", "deregister_delegated_administrator"),
            ),
        ]
    }

    /// Errors that say that AWS itself failed: nobody knows what it did before.
    const OPEN: [&str; 2] = ["InternalServerException", "ServiceException"];

    #[test]
    fn every_refusal_that_the_sdk_declares_has_words_of_its_own_for_each_change() {
        for (record, errors) in declared() {
            assert!(errors.len() >= 4, "{record:?}: {errors:?}");
            let mut told = std::collections::BTreeSet::new();
            for error in errors.iter().filter(|error| !OPEN.contains(&error.as_str())) {
                // Rust writes an abbreviation at the beginning in its own way.
                let code =
                    error.replacen("AwsOrganizations", "AWSOrganizations", 1).replacen("UnsupportedApi", "UnsupportedAPI", 1);
                let entry =
                    texts::fix_refusal(&record, &code, "").unwrap_or_else(|| panic!("nothing speaks for {code} of {record:?}"));
                told.insert(entry.cause.clone());
            }
            // Two errors of one call may share words only where they mean the same: the account is not there.
            let same = usize::from(record.kind() == FixKind::Deregister);
            assert_eq!(
                told.len() + same,
                errors.iter().filter(|error| !OPEN.contains(&error.as_str())).count(),
                "{record:?}: {errors:?}"
            );
        }
    }

    #[test]
    fn no_two_entries_say_the_same_and_every_one_speaks_for_something() {
        let mut causes = std::collections::BTreeSet::new();
        let mut ids = std::collections::BTreeSet::new();
        for entry in texts::all_fix_refusals() {
            assert!(causes.insert(&entry.cause) && ids.insert(&entry.id), "{}", entry.id);
            assert!(!entry.fixes.is_empty() && !entry.todo.is_empty() && !entry.when.is_empty(), "{}", entry.id);
            for (record, _) in declared().iter().filter(|(record, _)| entry.fixes.contains(&record.kind())) {
                for pattern in &entry.when {
                    let says = pattern.says.first().cloned().unwrap_or_default();
                    let found = texts::fix_refusal(record, &pattern.codes[0], &says).map(|found| &found.id);
                    assert_eq!(found, Some(&entry.id), "{record:?}");
                }
            }
        }
    }

    fn failure(code: &str, message: &str, status: u16, request_id: Option<&str>) -> FixAnswer {
        judge(&FixRecord::VerifyPhone, Failure::answered(code, message, status, request_id), Timestamp::UNIX_EPOCH)
    }

    fn entry(answer: &FixAnswer) -> &str {
        match answer {
            FixAnswer::Refused { refusal } => &refusal.entry,
            FixAnswer::Unknown { .. } => "unknown",
            FixAnswer::NeverSent { .. } => "never-sent",
            FixAnswer::Done { .. } => "done",
        }
    }

    #[test]
    fn what_is_no_known_no_of_aws_itself_leaves_it_open_what_was_done() {
        let of = |code: &str, message: &str, status, id| entry(&failure(code, message, status, id)).to_owned();
        assert_eq!(of("ValidationException", "The code is incorrect or has expired.", 400, Some("r")), "code-not-taken");
        assert_eq!(of("ConflictException", "", 409, Some("r")), "number-changed");
        assert_eq!(of("ExpiredTokenException", "", 403, Some("r")), "expired-credentials");
        assert_eq!(of("ThrottlingException", "Rate exceeded", 400, Some("r")), "throttled");
        assert_eq!(of("InternalServerException", "", 500, Some("r")), "unknown");
        assert_eq!(of("ValidationException", "", 500, Some("r")), "unknown");
        assert_eq!(of("ValidationException", "", 400, None), "unknown");
        assert_eq!(of("SomethingNew", "", 400, Some("r")), "unknown");
    }

    #[test]
    fn a_code_is_in_no_answer() {
        let told = failure("ValidationException", "Value '314159' at 'otp'", 400, Some("r"));
        let hidden = without_code(told, &"314159".parse().unwrap());
        assert!(!format!("{hidden:?}").contains("314159"), "{hidden:?}");
    }
}

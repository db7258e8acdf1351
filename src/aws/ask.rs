//! The one way in which a call is made: whatever comes of it, there is evidence, and a failure is a problem.

use std::error::Error;
use std::pin::Pin;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use jiff::Timestamp;

use super::problem::{Failure, request_id};
use crate::checklist::{Evidence, Problem};
use crate::clock::Clock;
use crate::untrusted::sanitize;

/// What became of one call.
#[derive(Debug, Clone)]
pub(super) struct Recorded<T> {
    pub result: Result<T, Problem>,
    evidence: Evidence,
}

/// Makes one call.
///
/// Boxed before anything awaits it: a call of the SDK holds some ten kilobytes, and a round has many under way.
pub(super) fn ask<'a, T, E>(
    clock: &'a Clock,
    operation: &'a str,
    call: impl Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send + 'a,
) -> Pin<Box<dyn Future<Output = Recorded<T>> + Send + 'a>>
where
    T: RequestId,
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    ask_as(clock, operation, call, |failure| failure)
}

/// The same, with a failure told as `told` says.
pub(super) fn ask_as<'a, T, E>(
    clock: &'a Clock,
    operation: &'a str,
    call: impl Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send + 'a,
    told: fn(Failure) -> Failure,
) -> Pin<Box<dyn Future<Output = Recorded<T>> + Send + 'a>>
where
    T: RequestId,
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    Box::pin(async move {
        let answer = call.await;
        let at = clock.now();
        match answer {
            Ok(output) => {
                let evidence = Evidence {
                    operation: operation.to_owned(),
                    outcome: "ok".to_owned(),
                    fact: String::new(),
                    request_id: request_id(&output),
                    at,
                    own: Vec::new(),
                };
                Recorded { result: Ok(output), evidence }
            }
            Err(error) => Recorded::failed(told(Failure::of(&error)).problem(operation, at)),
        }
    })
}

impl<T> Recorded<T> {
    /// A call that failed, or that could not be made.
    pub fn failed(problem: Problem) -> Self {
        Self { evidence: evidence_of(&problem), result: Err(problem) }
    }

    /// The evidence, with what the answer told us in plain words. A failed call speaks for itself.
    pub fn told(&self, fact: impl FnOnce(&T) -> String) -> Evidence {
        let mut evidence = self.evidence.clone();
        if let Ok(output) = &self.result {
            evidence.fact = sanitize(&fact(output));
        }
        evidence
    }

    /// When it came.
    pub fn at(&self) -> Timestamp {
        self.evidence.at
    }

    /// Converts the response with `read`, which also gets its time. If that fails, the result is a problem.
    pub fn and_then<U>(self, read: impl FnOnce(T, Timestamp) -> Result<U, Problem>) -> Recorded<U> {
        let Self { result, evidence } = self;
        match result.and_then(|output| read(output, evidence.at)) {
            Ok(output) => Recorded { result: Ok(output), evidence },
            Err(problem) => {
                let request_id = problem.request_id.clone().or(evidence.request_id);
                Recorded::failed(Problem { request_id, ..problem })
            }
        }
    }

    /// Only an answer for which this holds; any other says nothing, because of `why`.
    pub fn only_if(self, is_one: impl FnOnce(&T) -> bool, why: &str) -> Self {
        self.part(|output| Some(output).filter(is_one), why)
    }

    /// The part of an answer that `read` finds; where it finds none, the answer says nothing, because of `why`.
    pub fn part<U>(self, read: impl FnOnce(T) -> Option<U>, why: &str) -> Recorded<U> {
        let operation = self.evidence.operation.clone();
        self.and_then(|output, now| read(output).ok_or_else(|| Problem::malformed(&operation, why, now)))
    }

    /// The same answer, seen as something else.
    pub fn map<U>(self, read: impl FnOnce(T) -> U) -> Recorded<U> {
        Recorded { result: self.result.map(read), evidence: self.evidence }
    }

    /// Where the error code `code` is itself the answer, and means `output`. The evidence keeps the code as the outcome.
    pub fn or_when(self, code: &str, output: T) -> Self {
        match self.result {
            Err(problem) if problem.code.as_deref() == Some(code) => Self { result: Ok(output), evidence: self.evidence },
            result => Self { result, evidence: self.evidence },
        }
    }
}

/// What a failed call tells us.
pub(super) fn evidence_of(problem: &Problem) -> Evidence {
    Evidence {
        operation: problem.operation.clone(),
        outcome: problem.code.clone().unwrap_or_else(|| problem.kind.as_str().to_owned()),
        fact: problem.message.clone(),
        request_id: problem.request_id.clone(),
        at: problem.at,
        own: Vec::new(),
    }
}

//! The public JSON form, `schema_version` 1. Its fields are a frozen contract, also those of the parts of a document that it takes as they are.

use jiff::Timestamp;
use serde::Serialize;

use super::document::{AccountPart, AttestationPart, Document, OrganizationPart, ProblemPart, StandingRefusal, StepPart};
use super::evidence::EvidencePart;
use super::words::to_the_second;
use crate::aws::Endpoint;
use crate::checklist::{Confidence, Standing, StepId};

#[derive(Debug, Serialize)]
struct Report<'a> {
    schema_version: u32,
    tool: Tool,
    taken_at: Second,
    account: Option<Account<'a>>,
    organization: Option<&'a OrganizationPart>,
    endpoints: &'a [Endpoint],
    already_standalone: bool,
    ready: bool,
    blockers: &'a [StepId],
    refusals: &'a [StandingRefusal],
    steps: Vec<StepReport<'a>>,
}

/// A moment as the contract writes it: to the second.
#[derive(Debug)]
struct Second(Timestamp);

impl Serialize for Second {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        to_the_second(&self.0, serializer)
    }
}

#[derive(Debug, Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Debug, Serialize)]
struct Account<'a> {
    id: &'a str,
    name: Option<&'a str>,
    arn: &'a str,
    partition: &'static str,
    state: Option<&'a str>,
    created_at: Option<Second>,
}

#[derive(Debug, Serialize)]
struct StepReport<'a> {
    id: StepId,
    title: &'static str,
    kind: &'static str,
    standing: &'static str,
    confidence: Option<Confidence>,
    summary: &'a str,
    until: Option<Second>,
    evidence: &'a [EvidencePart],
    problem: Option<&'a ProblemPart>,
    attestation: Option<&'a AttestationPart>,
    remedy: Option<Remedy<'a>>,
}

#[derive(Debug, Serialize)]
struct Remedy<'a> {
    text: String,
    link: Option<&'a str>,
}

/// The document in the public form.
pub(super) fn write(document: &Document) -> String {
    let report = Report {
        schema_version: 1,
        tool: Tool { name: env!("CARGO_PKG_NAME"), version: document.version },
        taken_at: Second(document.taken_at),
        account: document.account.as_ref().map(Account::from),
        organization: document.organization.as_ref(),
        endpoints: document.origin.endpoints(),
        already_standalone: document.already_standalone,
        ready: document.is_ready(),
        blockers: &document.blockers,
        refusals: &document.refusals,
        steps: document.steps.iter().map(StepReport::from).collect(),
    };
    let mut text = serde_json::to_string_pretty(&report).unwrap_or_default();
    text.push('\n');
    text
}

impl<'a> From<&'a AccountPart> for Account<'a> {
    fn from(account: &'a AccountPart) -> Self {
        Self {
            id: &account.id,
            name: account.name.as_deref(),
            arn: &account.arn,
            partition: account.partition,
            state: account.state.as_deref(),
            created_at: account.created_at.map(Second),
        }
    }
}

impl<'a> From<&'a StepPart> for StepReport<'a> {
    fn from(step: &'a StepPart) -> Self {
        Self {
            id: step.id,
            title: step.title,
            kind: step.kind.as_str(),
            standing: step.standing.as_str(),
            // Nothing is known, so there is nothing to be sure of.
            confidence: step.confidence.filter(|_| step.standing != Standing::Unknown),
            summary: &step.summary,
            until: step.until.map(Second),
            evidence: &step.evidence,
            problem: step.problem.as_ref(),
            attestation: step.attestation.as_ref(),
            remedy: (!step.todo.is_empty()).then(|| Remedy {
                text: step.todo.iter().chain(&step.command).map(String::as_str).collect::<Vec<_>>().join(" "),
                link: step.link,
            }),
        }
    }
}

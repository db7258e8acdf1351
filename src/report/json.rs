//! The public JSON form, `schema_version` 1. Its fields are a frozen contract, also those of the parts of a document that it takes as they are.

use jiff::Timestamp;
use serde::Serialize;

use super::document::{Account, AttestationPart, Document, OrganizationPart, ProblemPart, StandingRefusal, StepPart};
use super::evidence::EvidencePart;
use super::words::{some_to_the_second, to_the_second};
use crate::aws::Endpoint;
use crate::checklist::{Confidence, Standing, StepId, StepKind};

#[derive(Debug, Serialize)]
struct Report<'a> {
    schema_version: u32,
    tool: Tool,
    #[serde(serialize_with = "to_the_second")]
    taken_at: Timestamp,
    account: Option<&'a Account>,
    organization: Option<&'a OrganizationPart>,
    endpoints: &'a [Endpoint],
    already_standalone: bool,
    ready: bool,
    blockers: &'a [StepId],
    refusals: &'a [StandingRefusal],
    steps: Vec<StepReport<'a>>,
}

#[derive(Debug, Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Debug, Serialize)]
struct StepReport<'a> {
    id: StepId,
    title: &'static str,
    kind: StepKind,
    standing: Standing,
    confidence: Option<Confidence>,
    summary: &'a str,
    #[serde(serialize_with = "some_to_the_second")]
    until: Option<Timestamp>,
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
        taken_at: document.taken_at,
        account: document.account.as_ref().map(|account| &account.told),
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

impl<'a> From<&'a StepPart> for StepReport<'a> {
    fn from(step: &'a StepPart) -> Self {
        let wording = &step.wording;
        Self {
            id: step.id,
            title: step.title,
            kind: step.kind,
            standing: step.standing,
            // Nothing is known, so there is nothing to be sure of.
            confidence: step.confidence.filter(|_| step.standing != Standing::Unknown),
            summary: &wording.summary,
            until: step.until,
            evidence: &step.evidence,
            problem: step.problem.as_ref(),
            attestation: step.attestation.as_ref(),
            remedy: (!wording.todo.is_empty()).then(|| Remedy {
                text: wording.todo.iter().chain(&wording.command).map(String::as_str).collect::<Vec<_>>().join(" "),
                link: wording.link,
            }),
        }
    }
}

//! The public JSON form, `schema_version` 1. Its fields are a frozen contract.

use jiff::Timestamp;
use serde::Serialize;

use crate::checklist::{Checklist, Confidence, Evidence, Problem, Step, StepId, Subject, Verdict, texts};

#[derive(Debug, Serialize)]
struct Report<'a> {
    schema_version: u32,
    tool: Tool,
    taken_at: Second,
    account: Option<Account<'a>>,
    organization: Option<Organization<'a>>,
    already_standalone: bool,
    ready: bool,
    blockers: Vec<StepId>,
    steps: Vec<StepReport<'a>>,
}

/// A moment as the contract writes it: to the second.
#[derive(Debug)]
struct Second(Timestamp);

impl Serialize for Second {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:.0}", self.0))
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
struct Organization<'a> {
    id: &'a str,
    management_account_id: Option<&'a str>,
    feature_set: Option<&'a str>,
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
    evidence: Vec<EvidenceReport<'a>>,
    problem: Option<ProblemReport<'a>>,
    attestation: Option<AttestationReport<'a>>,
    remedy: Option<Remedy<'a>>,
}

#[derive(Debug, Serialize)]
struct EvidenceReport<'a> {
    operation: &'a str,
    outcome: &'a str,
    fact: &'a str,
    request_id: Option<&'a str>,
    at: Second,
}

#[derive(Debug, Serialize)]
struct ProblemReport<'a> {
    kind: &'static str,
    operation: &'a str,
    code: Option<&'a str>,
    message: &'a str,
    request_id: Option<&'a str>,
    remedy: &'a str,
    retryable: bool,
}

#[derive(Debug, Serialize)]
struct AttestationReport<'a> {
    by: &'a str,
    at: Second,
    expires_at: Second,
    note: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Remedy<'a> {
    text: String,
    link: Option<&'a str>,
}

/// The checklist as it stands at `taken_at`, with the steps that were asked for.
#[must_use]
pub fn of_checklist(checklist: &Checklist, steps: &[StepId], taken_at: Timestamp) -> String {
    let subject = checklist.subject.as_ref();
    let already_standalone = checklist.is_standalone();
    let unsettled = |step: &&StepId| step.blocks() && !checklist.step(**step).is_settled(taken_at);
    let blockers: Vec<StepId> = if already_standalone { Vec::new() } else { steps.iter().filter(unsettled).copied().collect() };
    let report = Report {
        schema_version: 1,
        tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        taken_at: Second(taken_at),
        account: subject.map(Account::from),
        organization: subject.and_then(Subject::organization).map(|organization| Organization {
            id: &organization.id,
            management_account_id: organization.management_account.as_ref().map(crate::checklist::AccountId::as_str),
            feature_set: organization.feature_set.as_deref(),
        }),
        already_standalone,
        // Ready is said of the whole checklist, never of a part of it.
        ready: !already_standalone && subject.is_some() && steps.len() == StepId::ALL.len() && blockers.is_empty(),
        blockers,
        steps: steps.iter().map(|step| StepReport::at(checklist.step(*step), taken_at)).collect(),
    };
    let mut text = serde_json::to_string_pretty(&report).unwrap_or_default();
    text.push('\n');
    text
}

impl<'a> From<&'a Subject> for Account<'a> {
    fn from(subject: &'a Subject) -> Self {
        let details = subject.details.as_ref();
        Self {
            id: subject.identity.account.as_str(),
            name: details.and_then(|details| details.name.as_deref()),
            arn: &subject.identity.arn,
            partition: subject.identity.partition.as_str(),
            state: details.and_then(|details| details.state.as_deref()),
            created_at: details.and_then(|details| details.created_at).map(Second),
        }
    }
}

impl<'a> StepReport<'a> {
    fn at(step: &'a Step, now: Timestamp) -> Self {
        let finding = step.finding.as_ref();
        let until = finding.and_then(|finding| match finding.verdict {
            Verdict::Waiting { until } => Some(until),
            _ => None,
        });
        Self {
            id: step.id,
            title: &texts::step(step.id).title,
            kind: step.id.kind().as_str(),
            // A step that nobody has looked at is not known, and is never left out.
            standing: step.standing(now).map_or("unknown", crate::checklist::Standing::as_str),
            confidence: finding.map(|finding| finding.confidence),
            summary: finding.map_or("", |finding| finding.summary.as_str()),
            until: until.map(Second),
            evidence: finding.map(|finding| finding.evidence.iter().map(EvidenceReport::from).collect()).unwrap_or_default(),
            problem: finding.and_then(|finding| finding.problem()).map(ProblemReport::from),
            attestation: step.standing_attestation(now).map(|word| AttestationReport {
                by: &word.by,
                at: Second(word.at),
                expires_at: Second(word.expires_at),
                note: word.note.as_deref(),
            }),
            remedy: finding
                .filter(|finding| !finding.todo.is_empty())
                .map(|finding| Remedy { text: finding.todo.join(" "), link: finding.link.as_deref() }),
        }
    }
}

impl<'a> From<&'a Evidence> for EvidenceReport<'a> {
    fn from(evidence: &'a Evidence) -> Self {
        Self {
            operation: &evidence.operation,
            outcome: &evidence.outcome,
            fact: &evidence.fact,
            request_id: evidence.request_id.as_deref(),
            at: Second(evidence.at),
        }
    }
}

impl<'a> From<&'a Problem> for ProblemReport<'a> {
    fn from(problem: &'a Problem) -> Self {
        Self {
            kind: problem.kind.as_str(),
            operation: &problem.operation,
            code: problem.code.as_deref(),
            message: &problem.message,
            request_id: problem.request_id.as_deref(),
            remedy: &problem.remedy,
            retryable: problem.retryable,
        }
    }
}

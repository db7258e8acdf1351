//! What a report says, whatever form it is written in: taken from a checklist once, and then only laid out.
//!
//! It judges nothing anew: standings, gate and refusals are the checklist's. The forms find here whole sentences and plain values; what may
//! be masked is text, and what may not (ids of steps, standings) is typed.

use jiff::Timestamp;
use serde::Serialize;

use super::evidence::EvidencePart;
use super::story::Story;
use super::words::{self, Group};
use crate::aws::Endpoint;
use crate::checklist::{
    AccountId, Attestation, Checklist, Confidence, Problem, Redactor, Refusal, Standing, Step, StepId, StepKind, Subject,
    Verdict, Wording, texts,
};

/// A report.
#[derive(Debug, Clone, Serialize)]
pub struct Document {
    /// When the standings were as they are told here.
    pub taken_at: Timestamp,
    /// The version of the program that wrote it.
    pub version: &'static str,
    pub account: Option<AccountPart>,
    /// The organization, when it is known and there is one.
    pub organization: Option<OrganizationPart>,
    /// Whether AWS said that the account is in no organization.
    pub already_standalone: bool,
    /// The leave that came about after the steps were read, if one did.
    pub left: Option<LeftPart>,
    /// Since when it is not known what became of a leave, if so.
    pub open_outcome: Option<Timestamp>,
    /// AWS's refusals that stand, the oldest first.
    pub refusals: Vec<StandingRefusal>,
    pub blockers: Vec<StepId>,
    pub origin: Origin,
    /// The steps that were asked for and those over which a refusal stands, in order.
    pub steps: Vec<StepPart>,
    pub story: Option<Story>,
    /// Whether names, numbers and ids are masked.
    pub is_redacted: bool,
}

/// Whose answers a report tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    Aws,
    /// Some or all of them those of other hosts, in AWS's place.
    Elsewhere(Vec<Endpoint>),
    /// The practice AWS's inside this program.
    Practice,
}

impl Origin {
    /// That of a connection with these endpoints in place of AWS's own.
    pub(crate) fn of(endpoints: Vec<Endpoint>) -> Self {
        if endpoints.is_empty() { Self::Aws } else { Self::Elsewhere(endpoints) }
    }

    /// The endpoints in place of AWS's own. Nobody set the practice AWS's.
    pub(super) fn endpoints(&self) -> &[Endpoint] {
        match self {
            Self::Elsewhere(endpoints) => endpoints,
            Self::Aws | Self::Practice => &[],
        }
    }
}

/// The account of a report.
#[derive(Debug, Clone, Serialize)]
pub struct AccountPart {
    #[serde(flatten)]
    pub told: Account,
    /// For people. Programs find the digits in the rest.
    pub grouped_id: String,
}

/// What every form tells of the account.
#[derive(Debug, Clone, Serialize)]
pub struct Account {
    /// 12 digits.
    pub id: String,
    pub name: Option<String>,
    pub arn: String,
    pub partition: &'static str,
    /// AWS's word for its state.
    pub state: Option<String>,
    #[serde(serialize_with = "words::some_to_the_second")]
    pub created_at: Option<Timestamp>,
}

/// The organization of a report.
#[derive(Debug, Clone, Serialize)]
pub struct OrganizationPart {
    /// `o-…`
    pub id: String,
    pub management_account_id: Option<String>,
    /// `ALL` or `CONSOLIDATED_BILLING`.
    pub feature_set: Option<String>,
}

/// A leave of which AWS's own records tell.
#[derive(Debug, Clone, Serialize)]
pub struct LeftPart {
    pub organization: String,
    pub at: Timestamp,
}

/// One step of a report.
#[derive(Debug, Clone, Serialize)]
pub struct StepPart {
    pub id: StepId,
    pub title: &'static str,
    pub kind: StepKind,
    /// What AWS asks, or what we ask, and why.
    pub asks: &'static str,
    /// Where it stands; unknown when nobody has looked.
    pub standing: Standing,
    /// The same in words, with "predicted" where it is one.
    pub standing_in_words: String,
    /// The sign beside these words.
    pub sign: &'static str,
    pub group: Group,
    pub confidence: Option<Confidence>,
    #[serde(flatten)]
    pub wording: Wording,
    /// When time alone will have settled it.
    pub until: Option<Timestamp>,
    pub evidence: Vec<EvidencePart>,
    /// Why it could not be found out, if so.
    pub problem: Option<ProblemPart>,
    pub attestation: Option<AttestationPart>,
    /// AWS's refusals of a departure that are about this step, the oldest first, each until a check proves that its cause is gone.
    pub refusals: Vec<RefusalPart>,
    pub checked_at: Option<Timestamp>,
}

/// Why a call failed.
#[derive(Debug, Clone, Serialize)]
pub struct ProblemPart {
    pub kind: &'static str,
    pub operation: String,
    pub code: Option<String>,
    /// AWS's own words or the machine's.
    pub message: String,
    pub request_id: Option<String>,
    pub remedy: String,
    /// Whether trying again can help by itself.
    pub retryable: bool,
}

/// A person's word.
#[derive(Debug, Clone, Serialize)]
pub struct AttestationPart {
    pub by: String,
    #[serde(serialize_with = "words::to_the_second")]
    pub at: Timestamp,
    #[serde(serialize_with = "words::to_the_second")]
    pub expires_at: Timestamp,
    pub note: Option<String>,
    /// Whether it goes on over what is unknown or predicted.
    #[serde(rename = "override")]
    pub is_override: bool,
}

/// A refusal that stands.
#[derive(Debug, Clone, Serialize)]
pub struct StandingRefusal {
    pub code: String,
    /// AWS's reason, when it gave one.
    pub reason: Option<String>,
    pub message: String,
    pub request_id: Option<String>,
    #[serde(serialize_with = "words::to_the_second")]
    pub at: Timestamp,
    pub steps: Vec<StepId>,
}

/// AWS's no to an earlier leave.
#[derive(Debug, Clone, Serialize)]
pub struct RefusalPart {
    /// AWS's error code and reason.
    pub code: String,
    pub message: String,
    pub request_id: Option<String>,
    pub at: Timestamp,
    /// Whether it names the steps that it is about.
    pub names_steps: bool,
}

impl Document {
    /// The checklist as it stands at `taken_at`, with the steps that were asked for, and what is private in it as `redactor` writes it.
    pub(crate) fn of(checklist: &Checklist, steps: &[StepId], taken_at: Timestamp, redactor: &mut dyn Redactor) -> Self {
        let subject = checklist.subject.as_ref();
        let already_standalone = checklist.is_standalone();
        let refusals = if already_standalone { Vec::new() } else { checklist.standing_refusals(taken_at) };
        // A step over which a refusal stands is told, whatever was asked for.
        let is_told = |step: &StepId| steps.contains(step) || refusals.iter().any(|refusal| refusal.about().contains(step));
        let unsettled = |step: &StepId| step.blocks() && !checklist.step(*step).is_settled(taken_at);
        let blockers: Vec<StepId> = if already_standalone {
            Vec::new()
        } else {
            StepId::ALL.into_iter().filter(|step| is_told(step) && unsettled(step)).collect()
        };
        Self {
            taken_at,
            version: env!("CARGO_PKG_VERSION"),
            account: subject.map(AccountPart::from),
            organization: subject.and_then(Subject::organization).map(|organization| OrganizationPart {
                id: organization.id.clone(),
                management_account_id: organization.management_account.as_ref().map(AccountId::to_string),
                feature_set: organization.feature_set.clone(),
            }),
            already_standalone,
            left: None,
            open_outcome: checklist.open_request,
            refusals: refusals.iter().copied().map(StandingRefusal::from).collect(),
            blockers,
            origin: Origin::Aws,
            steps: StepId::ALL
                .iter()
                .filter(|step| is_told(step))
                .map(|step| StepPart::at(checklist.step(*step), taken_at, redactor))
                .collect(),
            story: None,
            is_redacted: false,
        }
    }

    /// Whether every blocking step is settled, and the account is still there to leave a known organization. Said of the whole checklist,
    /// never of a part of it.
    pub(crate) fn is_ready(&self) -> bool {
        let is_there = self.organization.is_some() && self.left.is_none() && self.open_outcome.is_none();
        is_there && !self.already_standalone && self.is_whole() && self.blockers.is_empty()
    }

    /// The same, told as the answers of `origin`.
    pub(crate) fn answered_by(self, origin: Origin) -> Self {
        Self { origin, ..self }
    }

    /// The same, when it is not known since then what became of a leave.
    pub(crate) fn with_open_outcome(self, since: Option<Timestamp>) -> Self {
        Self { open_outcome: since.or(self.open_outcome), ..self }
    }

    /// The last leave that came about, as far as the steps or the journal tell: the organization, and when it was certain.
    pub(super) fn last_departure(&self) -> Option<(&str, Timestamp)> {
        let told = self.story.as_ref().and_then(|story| story.departure.as_ref());
        let told = told.and_then(|departure| Some((departure.organization.as_str(), departure.certain_since?)));
        self.left.as_ref().map(|left| (left.organization.as_str(), left.at)).or(told)
    }

    /// Whether this is about every step, and not only about some that were asked for.
    pub(crate) fn is_whole(&self) -> bool {
        self.steps.len() == StepId::ALL.len()
    }

    /// The same with what happened before.
    pub(crate) fn with_story(mut self, story: Option<Story>) -> Self {
        self.story = story.filter(|story| !story.events.is_empty());
        let departure = self.story.as_ref().and_then(|story| story.departure.as_ref());
        let read_last = self.steps.iter().filter_map(|step| step.checked_at).max();
        // What was read after it is about whatever came after it: an account can be taken in again.
        self.left = departure
            .and_then(|departure| Some(LeftPart { organization: departure.organization.clone(), at: departure.certain_since? }))
            .filter(|left| !self.already_standalone && read_last.is_some_and(|read| read <= left.at));
        self
    }

    /// What people wrote in their own words.
    pub(super) fn notes_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let said = self.steps.iter_mut().filter_map(|step| step.attestation.as_mut()?.note.as_mut());
        said.chain(self.story.iter_mut().flat_map(Story::notes_mut))
    }

    pub(super) fn request_ids_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let of_steps = self.steps.iter_mut().flat_map(StepPart::request_ids_mut);
        let of_refusals = self.refusals.iter_mut().filter_map(|refusal| refusal.request_id.as_mut());
        of_steps.chain(of_refusals).chain(self.story.iter_mut().flat_map(Story::request_ids_mut))
    }

    /// The names in it that stand by themselves.
    pub(super) fn names_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let endpoints = match &mut self.origin {
            Origin::Elsewhere(endpoints) => endpoints.as_mut_slice(),
            Origin::Aws | Origin::Practice => &mut [],
        };
        let hosts = endpoints.iter_mut().map(|endpoint| &mut endpoint.url);
        let of_account = self.account.iter_mut().filter_map(|account| account.told.name.as_mut());
        of_account.chain(hosts).chain(self.steps.iter_mut().filter_map(|step| step.attestation.as_mut()).map(|word| &mut word.by))
    }

    /// What calls are named, by AWS and by us.
    pub(super) fn operations_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let of_steps = self.steps.iter_mut().flat_map(|step| {
            let of_calls = step.evidence.iter_mut().map(|call| &mut call.operation);
            of_calls.chain(step.problem.iter_mut().map(|problem| &mut problem.operation))
        });
        of_steps.chain(self.story.iter_mut().flat_map(Story::calls_mut).map(|call| &mut call.operation))
    }

    /// AWS's words for states, kinds and outcomes.
    pub(super) fn codes_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let of_account = self.account.iter_mut().filter_map(|account| account.told.state.as_mut());
        let of_organization = self.organization.iter_mut().filter_map(|organization| organization.feature_set.as_mut());
        let of_steps = self.steps.iter_mut().flat_map(|step| {
            let of_calls = step.evidence.iter_mut().map(|call| &mut call.outcome);
            let of_problem = step.problem.iter_mut().filter_map(|problem| problem.code.as_mut());
            of_calls.chain(of_problem).chain(step.refusals.iter_mut().map(|refusal| &mut refusal.code))
        });
        let of_story = self.story.iter_mut().flat_map(Story::calls_mut).map(|call| &mut call.outcome);
        let of_refusals =
            self.refusals.iter_mut().flat_map(|refusal| [Some(&mut refusal.code), refusal.reason.as_mut()]).flatten();
        of_account.chain(of_organization).chain(of_steps).chain(of_refusals).chain(of_story)
    }

    /// This program's sentences in it, in which names are masked already.
    pub(super) fn sentences_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let Self { account, organization, left, steps, story, .. } = self;
        let of_account =
            account.iter_mut().flat_map(|AccountPart { told, grouped_id }| [&mut told.id, grouped_id, &mut told.arn]);
        let of_organization = organization
            .iter_mut()
            .flat_map(|organization| std::iter::once(&mut organization.id).chain(organization.management_account_id.as_mut()));
        of_account
            .chain(of_organization)
            .chain(left.iter_mut().map(|left| &mut left.organization))
            .chain(steps.iter_mut().flat_map(StepPart::sentences_mut))
            .chain(story.iter_mut().flat_map(Story::sentences_mut))
    }

    /// What AWS and this machine said in their own words, and what calls told.
    pub(super) fn messages_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let Self { refusals, steps, story, .. } = self;
        let of_refusals = refusals.iter_mut().map(|refusal| &mut refusal.message);
        of_refusals.chain(steps.iter_mut().flat_map(StepPart::messages_mut)).chain(story.iter_mut().flat_map(Story::messages_mut))
    }
}

impl StepPart {
    fn at(step: &Step, now: Timestamp, redactor: &mut dyn Redactor) -> Self {
        let words = texts::step(step.id);
        let finding = step.finding.as_ref();
        // A step that nobody has looked at is not known, and is never left out.
        let standing = step.standing(now).unwrap_or(Standing::Unknown);
        let confidence = finding.map(|finding| finding.confidence);
        let until = finding.and_then(|finding| match finding.verdict {
            Verdict::Waiting { until } => Some(until),
            _ => None,
        });
        let not_checked = || Wording { summary: words::not_checked(), ..Wording::default() };
        let wording = finding.map_or_else(not_checked, |finding| Wording::of(finding, redactor));
        Self {
            id: step.id,
            title: &words.title,
            kind: step.id.kind(),
            asks: &words.asks,
            standing,
            standing_in_words: words::standing(standing, confidence),
            sign: words::sign(standing, confidence),
            group: Group::of(step.id, standing),
            confidence,
            wording,
            until,
            evidence: finding.map(|finding| finding.evidence.iter().map(EvidencePart::from).collect()).unwrap_or_default(),
            problem: finding.and_then(|finding| finding.problem()).map(ProblemPart::from),
            attestation: step.standing_attestation(now).map(AttestationPart::from),
            refusals: step.refusals().map(RefusalPart::from).collect(),
            checked_at: finding.map(|finding| finding.at),
        }
    }

    fn request_ids_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let of_calls = self.evidence.iter_mut().filter_map(|call| call.request_id.as_mut());
        let of_problem = self.problem.iter_mut().filter_map(|problem| problem.request_id.as_mut());
        of_calls.chain(of_problem).chain(self.refusals.iter_mut().filter_map(|refusal| refusal.request_id.as_mut()))
    }

    fn sentences_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let Wording { summary, details, todo, command, not_proven, .. } = &mut self.wording;
        std::iter::once(summary).chain(details).chain(todo).chain(command).chain(not_proven)
    }

    fn messages_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let of_calls = self.evidence.iter_mut().map(|call| &mut call.fact);
        let of_problem = self.problem.iter_mut().flat_map(|problem| [&mut problem.message, &mut problem.remedy]);
        of_calls.chain(of_problem).chain(self.refusals.iter_mut().map(|refusal| &mut refusal.message))
    }
}

impl From<&Subject> for AccountPart {
    fn from(subject: &Subject) -> Self {
        let details = subject.details.as_ref();
        let told = Account {
            id: subject.identity.account.to_string(),
            name: details.and_then(|details| details.name.clone()),
            arn: subject.identity.arn.clone(),
            partition: subject.identity.partition.as_str(),
            state: details.and_then(|details| details.state.clone()),
            created_at: details.and_then(|details| details.created_at),
        };
        Self { told, grouped_id: subject.identity.account.grouped() }
    }
}

impl From<&Problem> for ProblemPart {
    fn from(problem: &Problem) -> Self {
        let Problem { kind, operation, code, message, request_id, remedy, retryable, .. } = problem.clone();
        Self { kind: kind.as_str(), operation, code, message, request_id, remedy, retryable }
    }
}

impl From<&Attestation> for AttestationPart {
    fn from(word: &Attestation) -> Self {
        let Attestation { by, at, expires_at, note, is_override, .. } = word.clone();
        Self { by, at, expires_at, note, is_override }
    }
}

impl From<&Refusal> for StandingRefusal {
    fn from(refusal: &Refusal) -> Self {
        let Refusal { code, reason, message, request_id, at, .. } = refusal.clone();
        Self { code, reason, message, request_id, at, steps: refusal.about().to_vec() }
    }
}

impl From<&Refusal> for RefusalPart {
    fn from(refusal: &Refusal) -> Self {
        let Refusal { message, request_id, at, .. } = refusal.clone();
        Self { code: refusal.said(), message, request_id, at, names_steps: !refusal.steps.is_empty() }
    }
}

//! What happened to an account, as its journal tells it, and where the organization's own records of a leave are found.
//!
//! It retells lines that were written down; it judges nothing and adds nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::evidence::{EvidencePart, is_said_by_aws};
use super::words::{self, with};
use crate::checklist::gate::Acknowledgement;
use crate::checklist::texts::{self, asset};
use crate::checklist::{
    ContactField, Finding, FixAnswer, FixRecord, LeaveAnswer, Membership, Partition, Problem, Redactor, Standing, StepId, Wording,
};
use crate::journal::{Entry, JournalContents, Line, MembershipRead, Settled};

/// The most lines of a journal that a report tells; of more, the oldest are left out.
const MOST_LINES: usize = 2_000;

/// What happened, in order.
#[derive(Debug, Clone, Serialize)]
pub struct Story {
    /// The events, the oldest first.
    pub events: Vec<Event>,
    /// How many older lines are not told.
    pub left_out: usize,
    /// How many lines of the journal could not be read.
    pub unreadable: u64,
    /// The last request to leave that came about, or of which it is not known what became of it.
    pub departure: Option<Departure>,
}

/// One thing that happened.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Event {
    pub at: Timestamp,
    /// The kind of line it is told from.
    pub kind: &'static str,
    /// What, in one or two sentences.
    pub text: String,
    /// Somebody's own words: a note, or AWS's message.
    pub quote: Option<String>,
    /// Whether these words are not AWS's own, but were said on this machine.
    #[serde(skip)]
    pub is_from_here: bool,
    /// Whether these words may repeat an address or a number that stands nowhere else, and so is not known to be one.
    #[serde(skip)]
    pub may_repeat_entries: bool,
    pub request_id: Option<String>,
    /// The calls behind it, when a check found it.
    pub calls: Vec<EvidencePart>,
}

/// A request to leave, and how to find it in CloudTrail.
#[derive(Debug, Clone, Serialize)]
pub struct Departure {
    /// When it was certain that the account had left; `None` when the journal does not tell what became of the request.
    pub certain_since: Option<Timestamp>,
    pub organization: String,
    pub principal: String,
    pub look_ups: Vec<LookUp>,
    /// What else there is to know about them.
    pub hint: String,
}

/// A command that finds an event.
#[derive(Debug, Clone, Serialize)]
pub struct LookUp {
    /// In which account, and what it finds there.
    pub what: String,
    pub command: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    happened: BTreeMap<String, String>,
    change: BTreeMap<String, String>,
    acknowledged: BTreeMap<String, String>,
    cloudtrail: BTreeMap<String, String>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| asset!("report/story.toml"));

impl Story {
    /// What `kept` tells, with the times of `zone` in its sentences. Of leaves, only one counts that was asked for at `endpoints`: what
    /// became of an account in another AWS is told, and says nothing of this one. `None` counts every leave.
    ///
    /// It takes its time where the journal is long.
    pub(crate) fn of(kept: &JournalContents, endpoints: Option<&[String]>, zone: &TimeZone, redactor: &mut dyn Redactor) -> Self {
        let left_out = kept.lines.len().saturating_sub(MOST_LINES);
        let departure = departure(kept, endpoints);
        Self {
            events: told(&kept.lines[left_out..], zone, redactor),
            left_out: kept.left_out + left_out,
            // What was lost while it was read is not told either.
            unreadable: kept.unreadable + u64::from(departure.is_err()),
            departure: departure.unwrap_or_default(),
        }
    }

    /// What people wrote in their own words, and what AWS may have repeated of it.
    pub(super) fn notes_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let is_one = |event: &&mut Event| event.kind == "attested" || event.may_repeat_entries;
        self.events.iter_mut().filter(is_one).filter_map(|event| event.quote.as_mut())
    }

    /// The request ids in it, but for those in sentences.
    pub(super) fn request_ids_mut(&mut self) -> impl Iterator<Item = &mut String> {
        self.events.iter_mut().flat_map(|event| {
            let of_calls = event.calls.iter_mut().filter_map(|call| call.request_id.as_mut());
            of_calls.chain(event.request_id.as_mut())
        })
    }

    pub(super) fn calls_mut(&mut self) -> impl Iterator<Item = &mut EvidencePart> {
        self.events.iter_mut().flat_map(|event| &mut event.calls)
    }

    /// This program's sentences in it, in which names are masked already.
    pub(super) fn sentences_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let of_departure = self.departure.iter_mut().flat_map(|departure| {
            let Departure { organization, principal, look_ups, .. } = departure;
            let of_look_ups = look_ups.iter_mut().flat_map(|LookUp { what, command }| [what, command]);
            [organization, principal].into_iter().chain(of_look_ups)
        });
        self.events.iter_mut().map(|event| &mut event.text).chain(of_departure)
    }

    /// What AWS and this machine said in their own words, and what calls told.
    pub(super) fn messages_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let of_events = self
            .events
            .iter_mut()
            .flat_map(|Event { quote, calls, .. }| quote.as_mut().into_iter().chain(calls.iter_mut().map(|call| &mut call.fact)));
        // Request ids of any shape stand in it.
        of_events.chain(self.departure.iter_mut().map(|departure| &mut departure.hint))
    }
}

/// Every line as an event; but what is found again as it was told last is only counted.
fn told(lines: &[Line], zone: &TimeZone, redactor: &mut dyn Redactor) -> Vec<Event> {
    let mut events = Vec::new();
    let mut last: BTreeMap<StepId, (&Finding, Option<Standing>)> = BTreeMap::new();
    let mut again: Option<Again> = None;
    for line in lines {
        let event = Event::of(line, zone, redactor);
        match &line.entry {
            Entry::Found { finding, standing }
                if last
                    .get(&finding.step)
                    .is_some_and(|(before, stood)| stood == standing && finding.is_the_same_fact(before)) =>
            {
                let again = again.get_or_insert_default();
                (again.at, again.count) = (line.at, again.count + 1);
                again.calls.insert(finding.step, event.calls);
                continue;
            }
            Entry::Found { finding, standing } => drop(last.insert(finding.step, (finding, *standing))),
            // Another run looks with other eyes, perhaps at another AWS.
            Entry::Opened { .. } => last.clear(),
            _ => {}
        }
        // In the order in which it was.
        events.extend(again.take().map(Event::from));
        events.push(event);
    }
    events.extend(again.map(Event::from));
    events
}

impl Event {
    fn of(line: &Line, zone: &TimeZone, redactor: &mut dyn Redactor) -> Self {
        let (words, values) = words_for(&line.entry, zone, redactor);
        let (quote, request_id) = said(&line.entry);
        let (quote, request_id) = (quote.cloned(), request_id.cloned());
        let calls = match &line.entry {
            Entry::Found { finding, .. } => finding.evidence.iter().map(EvidencePart::from).collect(),
            _ => Vec::new(),
        };
        let text = fill(&WORDS.happened, words, &values);
        let may_repeat_entries = matches!(
            &line.entry,
            Entry::FixAnswered { fix: FixRecord::Contact { .. } | FixRecord::SendCode | FixRecord::VerifyPhone, .. }
        );
        // Why a call failed, where AWS itself did not say it.
        let is_from_here =
            problem_in(&line.entry).is_some_and(|problem| !is_said_by_aws(&problem.operation, problem.code.as_deref()));
        Self { at: line.at, kind: line.entry.kind(), text, quote, is_from_here, may_repeat_entries, request_id, calls }
    }
}

/// Steps that were checked again, and stood as before.
#[derive(Debug, Default)]
struct Again {
    at: Timestamp,
    count: usize,
    /// The calls behind the last look at each. Steps share calls, and a call is told once.
    calls: BTreeMap<StepId, Vec<EvidencePart>>,
}

impl From<Again> for Event {
    fn from(Again { at, count, calls }: Again) -> Self {
        let text = fill(&WORDS.happened, "found-again", &json!({ "count": count }));
        let mut told = Vec::new();
        for call in calls.into_values().flatten() {
            if !told.contains(&call) {
                told.push(call);
            }
        }
        Self { at, kind: "found", text, calls: told, ..Self::default() }
    }
}

/// Which words tell an entry, and what they are filled with.
fn words_for(entry: &Entry, zone: &TimeZone, redactor: &mut dyn Redactor) -> (&'static str, Value) {
    match entry {
        Entry::Opened { mode, by, profile, endpoints, .. } => {
            let profile = profile.as_ref().map(|profile| redactor.own(profile));
            let endpoints = redactor.text(&endpoints.join(", "));
            ("opened", json!({ "mode": mode, "by": redactor.own(by), "profile": profile, "endpoints": endpoints }))
        }
        Entry::AlsoAsked { endpoints } => ("also-asked", json!({ "endpoints": redactor.text(&endpoints.join(", ")) })),
        Entry::Identified { subject } => {
            let organization = subject.organization();
            let values = json!({
                "account": subject.identity.account,
                "name": subject.name().map(|name| redactor.own(name)),
                "arn": subject.identity.arn,
                "organization": organization.map(|organization| &organization.id),
                "owner": organization.and_then(|organization| organization.management_account.as_ref()),
                "is_standalone": subject.membership == Membership::Standalone,
            });
            ("identified", values)
        }
        Entry::Chosen { destination } => ("chosen", json!({ "label": texts::destination(*destination).label })),
        Entry::Found { finding, standing } => {
            let standing = standing.map(|standing| words::standing(standing, Some(finding.confidence)));
            let title = &texts::step(finding.step).title;
            ("found", json!({ "title": title, "standing": standing, "summary": Wording::of(finding, redactor).summary }))
        }
        Entry::Attested { step, attestation } => {
            let title = &texts::step(*step).title;
            (
                "attested",
                json!({ "by": redactor.own(&attestation.by), "title": title, "is_override": attestation.is_override, "until": words::minute(attestation.expires_at, zone) }),
            )
        }
        Entry::Withdrawn { step } => ("withdrawn", json!({ "title": &texts::step(*step).title })),
        Entry::Confirmed { calls: calls @ 1.., .. } => ("confirmed-again", json!({ "calls": calls })),
        Entry::Confirmed { acknowledged, .. } => {
            let seen: Vec<String> = acknowledged.iter().map(seen).collect();
            ("confirmed", json!({ "seen": seen.join(" ") }))
        }
        Entry::Intended(intent) => ("intended", json!({ "organization": intent.organization, "principal": intent.principal })),
        Entry::Answered { answer } => match answer {
            LeaveAnswer::Accepted { .. } => ("accepted", json!({})),
            LeaveAnswer::Refused { refusal } => ("refused", json!({ "code": refusal.said(), "cause": refusal.cause })),
            LeaveAnswer::NeverSent { problem } => ("never-sent", cause_of(problem)),
            LeaveAnswer::Unknown { problem } => ("unknown", cause_of(problem)),
        },
        Entry::MembershipRead { look } => match look {
            MembershipRead::Standalone { .. } => ("read-standalone", json!({})),
            MembershipRead::Member { organization, .. } => ("read-member", json!({ "organization": organization })),
            MembershipRead::Unknown { problem } => ("read-unknown", cause_of(problem)),
        },
        Entry::FixIntended { fix } => ("fix-intended", fix_values(fix)),
        Entry::FixAnswered { fix, answer } => {
            let (words, became) = match answer {
                FixAnswer::Done { status, .. } => ("fix-done", json!({ "status": status })),
                FixAnswer::Refused { refusal } => ("fix-refused", json!({ "code": refusal.code, "cause": refusal.cause })),
                FixAnswer::NeverSent { problem } => ("fix-never-sent", cause_of(problem)),
                FixAnswer::Unknown { problem } => ("fix-unknown", cause_of(problem)),
            };
            (words, with(&fix_values(fix), became))
        }
        Entry::Settled { outcome, organization, looks } => {
            let words = match outcome {
                Settled::Left => "left",
                Settled::StillMember => "still-member",
                Settled::AlreadyStandalone => "already-standalone",
            };
            (words, json!({ "organization": organization, "looks": looks }))
        }
        Entry::SetAside { lines, file } => ("set-aside", json!({ "lines": lines, "file": file })),
        Entry::Closed { exit_code } => ("closed", json!({ "code": exit_code })),
    }
}

fn cause_of(problem: &Problem) -> Value {
    json!({ "cause": texts::problem(problem.kind).cause })
}

/// What the words for a change are filled with.
fn fix_values(fix: &FixRecord) -> Value {
    let (words, values) = match fix {
        FixRecord::Contact { changed } => {
            ("contact", json!({ "fields": changed.iter().map(label).collect::<Vec<_>>().join(", ") }))
        }
        FixRecord::SendCode => ("send-code", json!({})),
        FixRecord::VerifyPhone => ("verify-phone", json!({})),
        FixRecord::Deregister { service, owner } => ("deregister", json!({ "service": service, "owner": owner })),
    };
    json!({ "change": fill(&WORDS.change, words, &values) })
}

/// What a field of the contact information is called here.
fn label(aws_name: &String) -> String {
    let field = ContactField::ALL.into_iter().find(|field| field.aws_name() == aws_name);
    field.map_or_else(|| aws_name.clone(), |field| field.label().to_lowercase())
}

/// Why a call failed, in an entry that tells of one.
fn problem_in(entry: &Entry) -> Option<&Problem> {
    match entry {
        Entry::Answered { answer: LeaveAnswer::NeverSent { problem } | LeaveAnswer::Unknown { problem } }
        | Entry::FixAnswered { answer: FixAnswer::NeverSent { problem } | FixAnswer::Unknown { problem }, .. }
        | Entry::MembershipRead { look: MembershipRead::Unknown { problem } } => Some(problem),
        _ => None,
    }
}

/// Somebody's own words in an entry, and the request id in it.
fn said(entry: &Entry) -> (Option<&String>, Option<&String>) {
    if let Some(problem) = problem_in(entry) {
        return (Some(&problem.message), problem.request_id.as_ref());
    }
    match entry {
        Entry::Attested { attestation, .. } => (attestation.note.as_ref(), None),
        Entry::Answered { answer: LeaveAnswer::Refused { refusal } } => (Some(&refusal.message), refusal.request_id.as_ref()),
        Entry::FixAnswered { answer: FixAnswer::Refused { refusal }, .. } => {
            (Some(&refusal.message), refusal.request_id.as_ref())
        }
        Entry::Answered { answer: LeaveAnswer::Accepted { request_id } }
        | Entry::FixAnswered { answer: FixAnswer::Done { request_id, .. }, .. }
        | Entry::MembershipRead { look: MembershipRead::Standalone { request_id } | MembershipRead::Member { request_id, .. } } => {
            (None, request_id.as_ref())
        }
        _ => (None, None),
    }
}

/// The request ids in an entry.
pub(super) fn request_ids(entry: &Entry) -> impl Iterator<Item = String> {
    let of_calls = match entry {
        Entry::Found { finding, .. } => finding.evidence.as_slice(),
        _ => &[],
    };
    said(entry).1.cloned().into_iter().chain(of_calls.iter().filter_map(|call| call.request_id.clone()))
}

/// What was marked as seen, in words.
fn seen(acknowledged: &Acknowledgement) -> String {
    let step = |words: &str, step| format!("{}.", fill(&WORDS.acknowledged, words, &json!({ "title": texts::step(step).title })));
    match acknowledged {
        Acknowledgement::Consequence(id) => {
            texts::consequences().iter().find(|one| one.id == *id).map_or_else(|| id.clone(), |one| one.text.clone())
        }
        Acknowledgement::Destination(destination) => texts::destination(*destination).acknowledgement.clone(),
        Acknowledgement::Contact => step("advice", StepId::ContactInformation),
        Acknowledgement::Advice(id) => step("advice", *id),
        Acknowledgement::Override(id) => step("override", *id),
        Acknowledgement::Refused(id) => step("refused", *id),
        Acknowledgement::OpenRequest => format!("{}.", fill(&WORDS.acknowledged, "open-request", &json!({}))),
    }
}

/// The last request at `endpoints` that came about or is open, and how each side finds it. `None`: at those of the last request.
fn departure(kept: &JournalContents, endpoints: Option<&[String]>) -> Result<Option<Departure>, Problem> {
    let Some(last) = kept.lines.last() else { return Ok(None) };
    let mut asked_last = None;
    // The endpoints that each run spoke with, as it wrote them.
    let mut opened: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    kept.each(|line| match &line.entry {
        Entry::Opened { endpoints, .. } => drop(opened.insert(line.run.clone(), endpoints.iter().cloned().collect())),
        Entry::Intended(_) => asked_last = Some(line.run.clone()),
        _ => {}
    })?;
    let Some(asked_last) = asked_last else { return Ok(None) };
    let hosts: Vec<String> = match endpoints {
        Some(endpoints) => endpoints.to_vec(),
        None => opened.remove(&asked_last).into_iter().flatten().collect(),
    };
    let past = kept.past(&last.account, &hosts, last.at)?;
    // An account that was taken in again has left nothing for good; but the journal tells of every departure.
    let left = past.left.filter(|left| endpoints.is_none() || !left.has_joined_since);
    let left = left.and_then(|left| Some((left.request?, Some((left.at, left.organization)))));
    let open = past.unsettled.map(|request| (request, None));
    let Some((asked, certain)) = left.into_iter().chain(open).max_by_key(|(request, _)| request.at) else { return Ok(None) };
    let mut subject = None;
    kept.each(|line| match &line.entry {
        Entry::Identified { subject: seen }
            if line.at <= asked.at && seen.membership.is_outside(&asked.intent.organization) == Some(false) =>
        {
            subject = Some(seen.clone());
        }
        _ => {}
    })?;
    let told = |words: &str, values: Value| fill(&WORDS.cloudtrail, words, &values);
    let owner = subject.as_ref().and_then(|subject| subject.organization()?.management_account.clone());
    let partition = subject.as_ref().map_or_else(Partition::default, |subject| subject.identity.partition);
    let until = certain.as_ref().map_or_else(|| an_hour_after(asked.at), |(at, _)| *at);
    let find = |event| look_up(event, partition, asked.at, until);
    let of_this_account = format!(" --query \"Events[?contains(CloudTrailEvent, '{}')]\"", last.account);
    let look_ups = vec![
        LookUp { what: told("member", json!({})), command: find("LeaveOrganization") },
        LookUp {
            what: told("management", json!({ "owner": owner })),
            command: find("AccountDepartedOrganization") + &of_this_account,
        },
    ];
    let request_id = match &asked.answer {
        Some(LeaveAnswer::Accepted { request_id }) => request_id.as_ref(),
        _ => None,
    };
    let hint = json!({ "request_id": request_id, "endpoints": hosts.join(", "), "is_open": certain.is_none() });
    let (certain_since, organization) = certain.map_or((None, None), |(at, organization)| (Some(at), organization));
    Ok(Some(Departure {
        certain_since,
        organization: organization.unwrap_or_else(|| asked.intent.organization.clone()),
        principal: asked.intent.principal.clone(),
        look_ups,
        hint: told("hint", hint),
    }))
}

fn an_hour_after(at: Timestamp) -> Timestamp {
    at.checked_add(SignedDuration::from_hours(1)).unwrap_or(at)
}

/// The command that finds `event`, which happened between two moments, with room for clocks that differ.
fn look_up(event: &str, partition: Partition, from: Timestamp, to: Timestamp) -> String {
    let (from, to, region) = (around(from, -15), around(to, 15), partition.global_region());
    format!(
        "aws cloudtrail lookup-events --region {region} --lookup-attributes AttributeKey=EventName,AttributeValue={event} \
         --start-time {from} --end-time {to}"
    )
}

/// So many minutes away, as the AWS CLI reads a time.
fn around(at: Timestamp, minutes: i64) -> String {
    at.checked_add(SignedDuration::from_mins(minutes)).unwrap_or(at).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn fill(words: &BTreeMap<String, String>, name: &str, values: &Value) -> String {
    words.get(name).map_or_else(|| name.to_owned(), |template| texts::fill(template, values))
}

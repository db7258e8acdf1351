//! AWS's "no" to a leave, and which steps it is about.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::wording::{Redactor, Wording};
use super::{Confidence, Evidence, Fact, Finding, Found, Partition, StepId, Verdict, VerdictKind, texts};

/// Whether calling again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Retry {
    /// After a pause, without anything else being done.
    AfterAPause,
    /// Once the cause has been removed.
    AfterTheCause,
    /// Never for this account as it is.
    Never,
}

/// AWS refused the leave: what it said, and what our catalogue (`assets/refusals.toml`) makes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The id of the catalogue's entry; `unrecognised` when no entry fits.
    pub entry: String,
    pub code: String,
    /// AWS's reason, exactly as it came, when it gave one.
    pub reason: Option<String>,
    /// AWS's own words, sanitized.
    pub message: String,
    pub request_id: Option<String>,
    pub cause: String,
    pub who: String,
    /// What to do, in order.
    pub todo: Vec<String>,
    pub link: Option<String>,
    /// The steps that the catalogue names. None: the refusal stands at the permission to leave, see [`Self::about`].
    pub steps: Vec<StepId>,
    /// Whether it is about the call and not about the account: any response that AWS gives later shows that its cause is gone.
    #[serde(default)]
    pub ends_with_a_response: bool,
    pub retry: Retry,
    pub at: Timestamp,
}

/// What a reading of a step comes to while a refusal stands over it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Weighed {
    /// The refusal still stands, and this is what the step comes to.
    Stands(Box<Finding>),
    /// Another fact speaks for the step now: the refusal has ended.
    Ends,
}

impl Refusal {
    /// AWS's code, and its reason where it gave one.
    #[must_use]
    pub fn said(&self) -> String {
        self.reason.as_ref().map_or_else(|| self.code.clone(), |reason| format!("{}, {reason}", self.code))
    }

    /// Whether AWS said the same once more.
    #[must_use]
    pub fn is_the_same_cause(&self, other: &Self) -> bool {
        // Where nobody knows the reason, AWS's message is all there is.
        let is_known = self.entry != texts::UNRECOGNISED;
        (&self.entry, &self.code, &self.reason) == (&other.entry, &other.code, &other.reason)
            && (is_known || self.message == other.message)
    }

    /// The steps that it stands over: those that it names, or the permission to leave where it names none. Nothing where AWS only asked to
    /// come back later.
    #[must_use]
    pub fn about(&self) -> &[StepId] {
        match (self.retry, self.steps.as_slice()) {
            (Retry::AfterAPause, _) => &[],
            (_, []) => &[StepId::Permission],
            (_, steps) => steps,
        }
    }

    /// Whether no check can show that its cause is gone: it is about no step, or it is a denial, and what denies need not be what a check
    /// can see. Then only an override goes on over it.
    fn is_beyond_checks(&self) -> bool {
        self.about() == [StepId::Permission]
    }

    /// What `step` comes to right after the refusal, before it was read again. `before` is what its check had found.
    ///
    /// Where AWS named this step and no other, AWS's word is a proof.
    #[must_use]
    pub fn finding(&self, step: StepId, before: Option<&Finding>) -> Finding {
        if self.is_a_wait(step) {
            return match before.map(|before| self.weigh(Some(before), before)) {
                Some(Weighed::Stands(finding)) => *finding,
                Some(Weighed::Ends) | None => {
                    let until = self.waits_until();
                    self.combined(Stand::WaitNotRead, Verdict::Waiting { until }, Confidence::Predicted, step, before)
                }
            };
        }
        let is_named = self.steps == [step] && !self.is_beyond_checks();
        let confidence = if is_named { Confidence::Proven } else { Confidence::Predicted };
        let stand = if self.steps.is_empty() { Stand::NoStep } else { Stand::Unread };
        self.combined(stand, Verdict::Unmet, confidence, step, before)
    }

    /// What a reading comes to, made after the refusal. `before` is what the check had found until then: the evidence that AWS refuted.
    #[must_use]
    pub fn weigh(&self, before: Option<&Finding>, reading: &Finding) -> Weighed {
        let step = reading.step;
        let stands = |stand, verdict, confidence| {
            Weighed::Stands(Box::new(self.combined(stand, verdict, confidence, step, Some(reading))))
        };
        // "Access denied" is a response, too.
        let is_response =
            reading.problem().is_none_or(|problem| problem.request_id.is_some() && !problem.kind.is_about_credentials());
        if self.ends_with_a_response && is_response {
            return Weighed::Ends;
        }
        if self.is_a_wait(step) {
            let until = self.waits_until();
            let was_waiting = before.is_some_and(|before| before.verdict.kind() == VerdictKind::Waiting);
            return match &reading.verdict {
                Verdict::Waiting { until } => stands(Stand::Agrees, Verdict::Waiting { until: *until }, Confidence::Proven),
                _ if until <= reading.at => Weighed::Ends,
                Verdict::Unknown(_) => stands(Stand::WaitNotRead, Verdict::Waiting { until }, Confidence::Predicted),
                // The date agreed with AWS, and now it is over.
                _ if was_waiting => Weighed::Ends,
                _ => stands(Stand::Wait, Verdict::Waiting { until }, Confidence::Predicted),
            };
        }
        let is_as_before = before.is_some_and(|before| before.at <= self.at && before.verdict.kind() == reading.verdict.kind());
        let stand = match &reading.verdict {
            _ if self.steps.is_empty() => Stand::NoStep,
            Verdict::Unmet => Stand::Agrees,
            Verdict::Unknown(_) => Stand::NotRead,
            _ if is_as_before => Stand::Disagrees,
            _ => Stand::NoProof,
        };
        let is_proven = if self.is_beyond_checks() { reading.is_proven_unmet() } else { reading.verdict == Verdict::Unmet };
        let confidence = if is_proven { Confidence::Proven } else { Confidence::Predicted };
        match before {
            Some(before) if !self.is_beyond_checks() && reading.says_more_than(before, self.is_over_the_phone()) => Weighed::Ends,
            _ => stands(stand, Verdict::Unmet, confidence),
        }
    }

    /// Whether it is about the phone number, and nothing else of the contact information.
    fn is_over_the_phone(&self) -> bool {
        texts::all_refusals().iter().any(|text| text.id == self.entry && text.is_over_the_phone)
    }

    /// Whether this is about a time to wait, at this step.
    fn is_a_wait(&self, step: StepId) -> bool {
        step == StepId::WaitingPeriod && self.steps == [StepId::WaitingPeriod]
    }

    /// How long it counts where the account's age says otherwise.
    fn waits_until(&self) -> Timestamp {
        let hours = SignedDuration::from_hours(texts::rules().refusal.wait_hours);
        self.at.checked_add(hours).unwrap_or(Timestamp::MAX)
    }

    /// AWS's refusal and the check's own reading in one finding: both are told.
    fn combined(
        &self,
        stand: Stand,
        verdict: Verdict,
        confidence: Confidence,
        step: StepId,
        reading: Option<&Finding>,
    ) -> Finding {
        let refused = Evidence {
            operation: "organizations:LeaveOrganization".to_owned(),
            outcome: self.said(),
            fact: self.message.clone(),
            request_id: self.request_id.clone(),
            at: self.at,
            own: Vec::new(),
        };
        let until = match &verdict {
            Verdict::Waiting { until } => Some(*until),
            _ => None,
        };
        let found = reading.map(|reading| reading.found.clone());
        let fact = RefusalAndReading { refusal: self.clone(), stand, until, reading: found };
        let own = reading.filter(|reading| !reading.is_refused());
        let (partition, at) = own.map_or((Partition::default(), self.at), |own| (own.partition, own.at));
        let evidence = own.iter().flat_map(|reading| reading.evidence.iter().cloned()).chain([refused]);
        let finding = Finding::new(step, Fact::Refused(Box::new(fact)), verdict).evidence(evidence).finish(partition, at);
        Finding { confidence, ..finding }
    }
}

/// What a step comes to while a refusal stands over it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusalAndReading {
    pub refusal: Refusal,
    /// How the two stand to each other.
    pub stand: Stand,
    /// When it ends by itself, if it does.
    pub until: Option<Timestamp>,
    /// What the check itself found, if it has run.
    pub reading: Option<Found>,
}

impl RefusalAndReading {
    /// Both in words.
    pub(super) fn wording(&self, step: StepId, partition: Partition, redactor: &mut dyn Redactor) -> Wording {
        let Self { refusal, stand, until, reading } = self;
        let text = texts::standing_refusal(*stand);
        let own = reading.as_ref().map(|reading| Wording::of_found(reading, step, partition, None, redactor));
        let values = json!({
            "cause": refusal.cause,
            "reading": own.as_ref().map(|own| &own.summary),
            "rule": reading.as_ref().map(Found::name),
            "is_one_of_several": refusal.steps.len() > 1,
            "until": until,
        });
        let own = own.filter(|_| !reading.as_ref().is_some_and(Found::is_refused)).unwrap_or_default();
        // Where the check agrees, its own advice is the more exact one.
        let todo = match stand {
            Stand::Agrees if !own.todo.is_empty() => own.todo,
            // There is nothing to override: any response ends it.
            _ if refusal.ends_with_a_response => refusal.todo.clone(),
            _ => refusal.todo.iter().cloned().chain(text.todo.iter().map(|line| texts::fill(line, &values))).collect(),
        };
        let of_refusal = refusal.link.as_deref().and_then(texts::our_link);
        Wording { summary: texts::fill(&text.summary, &values), not_proven: None, todo, link: of_refusal.or(own.link), ..own }
    }
}

/// How a refusal and the check's reading stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stand {
    /// The check has not run since.
    Unread,
    /// The check says what it said before.
    Disagrees,
    /// The check says something else, and it is no evidence that the cause is gone.
    NoProof,
    /// The check says the same as AWS.
    Agrees,
    /// The check could not find out.
    NotRead,
    /// AWS says that the account has to wait, and its age says otherwise.
    Wait,
    /// AWS says that the account has to wait, and its age could not be read.
    WaitNotRead,
    NoStep,
}

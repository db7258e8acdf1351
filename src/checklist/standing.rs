//! Where a step stands, once what AWS says and what a person says are put together.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::named::named;
use super::{Confidence, Finding, Refusal, StepId, Verdict, VerdictKind, Weighed, texts};

/// A person's word for a step that no check can settle, or that they overrule with a reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attestation {
    pub by: String,
    pub at: Timestamp,
    pub expires_at: Timestamp,
    /// What they wrote. Always present when the verdict needs a reason, see [`Attestable::WithReason`].
    pub note: Option<String>,
    /// The verdict it was given over. Over any other verdict it does not hold: the person spoke of something else.
    pub over: VerdictKind,
    /// The finding it was given over, by its rule. "Your boundary forbids it" and "the organization forbids it" are two things.
    pub rule: String,
    /// Where it was given over a refusal: the rule of what the check itself had found, if that was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<String>,
    /// Whether it goes on over something that is unknown or predicted, with a reason, and does not only confirm what no check could show.
    #[serde(default, rename = "override")]
    pub is_override: bool,
}

impl Attestation {
    fn has_note(&self) -> bool {
        self.note.as_ref().is_some_and(|note| !note.trim().is_empty())
    }
}

/// Whether a person may speak for a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attestable {
    /// Yes; a note is welcome.
    Freely,
    WithReason,
    /// There is nothing to say: it is settled, or it is advice.
    NotNeeded,
    /// No: AWS itself said that it does not hold.
    Never,
    /// Not while no check has answered.
    NotYet,
}

impl Attestable {
    /// Why nobody may speak for the step, if so.
    #[must_use]
    pub fn refused(self) -> Option<AttestationRefused> {
        match self {
            Self::Freely | Self::WithReason => None,
            Self::NotNeeded => Some(AttestationRefused::NotNeeded),
            Self::Never => Some(AttestationRefused::Proven),
            Self::NotYet => Some(AttestationRefused::NotYet),
        }
    }
}

/// Why an attestation was turned down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AttestationRefused {
    #[error("There is nothing to attest here: the step is settled.")]
    NotNeeded,
    #[error("AWS itself says that this does not hold, so nobody can overrule it. It has to be done.")]
    Proven,
    #[error("The check has not answered yet. Wait for it, then attest.")]
    NotYet,
    /// A reason is required and none was written.
    #[error("Write down why you go on without proof. The reason is kept.")]
    ReasonMissing,
}

/// One step of one account's checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub id: StepId,
    /// What the step comes to, if a check has finished: what it found, together with the refusal that stands over it.
    pub finding: Option<Finding>,
    /// What a person said last, if anyone did.
    pub attestation: Option<Attestation>,
    /// AWS's refusals that are about this step, the oldest first, each until another fact speaks for the step.
    refused: Vec<Refused>,
    /// What the last finished check found by itself, while a refusal stands.
    reading: Option<Box<Finding>>,
}

/// One of AWS's refusals at one step, and what it is weighed against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    pub refusal: Refusal,
    /// The evidence that AWS refuted, as the present principal read it: what the check had found until then, or found first since. Where a
    /// later check agreed with AWS, that: what the same principal then finds for the step is news.
    pub refuted: Option<Box<Finding>>,
    /// The same of other principals. Where their checks differ, nothing has changed.
    others: BTreeMap<String, Box<Finding>>,
}

impl Refused {
    fn weigh(&self, reading: &Finding) -> Weighed {
        self.refusal.weigh(self.refuted.as_deref(), reading)
    }

    fn take_in(&mut self, reading: &Finding) {
        let agrees = matches!(reading.verdict, Verdict::Unmet | Verdict::Waiting { .. });
        if agrees || (self.refuted.is_none() && reading.problem().is_none()) {
            self.refuted = Some(Box::new(reading.clone()));
        }
    }
}

named! {
    /// Where a step stands.
    pub enum Standing {
        Met = "met",
        /// No check could show it and a person said so.
        Attested = "attested",
        /// No check could show it and nobody has said so yet.
        NeedsYou = "needs-you",
        /// Time alone will settle it.
        Waiting = "waiting",
        /// A live answer shows that it does not hold.
        Unmet = "unmet",
        /// We could not find out.
        Unknown = "unknown",
        /// The step makes no sense for this account.
        NotApplicable = "not-applicable",
    }
}

impl Standing {
    /// Whether the gate is content with it.
    #[must_use]
    pub fn is_settled(self) -> bool {
        matches!(self, Self::Met | Self::Attested | Self::NotApplicable)
    }
}

impl Step {
    /// A step of which nothing is known yet.
    #[must_use]
    pub fn new(id: StepId) -> Self {
        Self { id, finding: None, attestation: None, refused: Vec::new(), reading: None }
    }

    /// What the last finished check found by itself, without the refusals that stand over it.
    #[must_use]
    pub fn reading(&self) -> Option<&Finding> {
        if self.refused.is_empty() { self.finding.as_ref() } else { self.reading.as_deref() }
    }

    /// AWS's refusals that are about this step and have not ended, the oldest first.
    #[must_use]
    pub fn refusals(&self) -> impl DoubleEndedIterator<Item = &Refusal> {
        self.refused.iter().map(|refused| &refused.refusal)
    }

    /// Whether a refusal of AWS has not ended here.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        !self.refused.is_empty()
    }

    /// The same, each with what it is weighed against.
    #[must_use]
    pub fn refused(&self) -> &[Refused] {
        &self.refused
    }

    /// The refusals that stand at `now`: those that a person has overridden are told, and do not stand.
    pub fn standing_refusals(&self, now: Timestamp) -> impl Iterator<Item = &Refusal> {
        self.refusals().filter(move |_| !self.is_settled(now))
    }

    /// Takes in what a check found. Gives back the refusals that ended with it, because another fact speaks for the step now.
    ///
    /// What a person said over another finding does not count any more, and does not come back. A check that could not find out says
    /// nothing about the step, so it takes nothing away for good.
    pub fn record(&mut self, reading: Finding) -> Vec<Refusal> {
        let mut ended = Vec::new();
        // One reply that knows no organization says nothing about a refusal: the next one may know it again.
        if !reading.is_of_no_member() {
            for mut refused in std::mem::take(&mut self.refused) {
                if refused.weigh(&reading) == Weighed::Ends {
                    ended.push(refused.refusal);
                } else {
                    refused.take_in(&reading);
                    self.refused.push(refused);
                }
            }
        }
        self.conclude(Some(reading));
        ended
    }

    /// Takes in that AWS refused a departure because of this step. What was said of the step before does not count any more.
    pub fn refuse(&mut self, refusal: &Refusal) {
        let reading = if self.refused.is_empty() { self.finding.take() } else { self.reading.take().map(|reading| *reading) };
        // The same once more is refused anew: it refutes what was found since.
        let before = self.refused.iter().find(|before| before.refusal.is_the_same_cause(refusal)).cloned();
        // What could not be found out is no evidence that AWS could have refuted.
        let refuted = reading.filter(|reading| reading.problem().is_none()).map(Box::new);
        let (before, others) = before.map(|before| (before.refuted, before.others)).unwrap_or_default();
        self.take_in(Refused { refusal: refusal.clone(), refuted: refuted.or(before), others });
    }

    /// Takes the refusals in that were heard at this step elsewhere, with all that they are weighed against.
    pub(super) fn refuse_as(&mut self, other: &Self) {
        for refused in &other.refused {
            self.take_in(refused.clone());
        }
    }

    fn take_in(&mut self, refused: Refused) {
        self.attestation = None;
        self.refused.retain(|before| !before.refusal.is_the_same_cause(&refused.refusal));
        self.refused.push(refused);
        self.conclude(None);
    }

    /// Ends refusals that were about several steps, because another fact speaks for one of the others.
    pub(super) fn release(&mut self, ended: &[Refusal]) {
        if self.refusals().any(|refusal| ended.contains(refusal)) {
            let reading = self.reading.take().map(|reading| *reading);
            self.refused.retain(|refused| !ended.contains(&refused.refusal));
            self.conclude(reading);
        }
    }

    /// The principal `is` asks now, and `was` asked until now.
    pub(super) fn asked_by(&mut self, is: &str, was: &str) {
        for refused in &mut self.refused {
            let known = refused.others.remove(is);
            if let Some(finding) = std::mem::replace(&mut refused.refuted, known) {
                refused.others.insert(was.to_owned(), finding);
            }
        }
    }

    /// Works out what the step comes to, from what its check found now, if it has run since, and from the refusals that stand.
    fn conclude(&mut self, reading: Option<Finding>) {
        let weighed = self.refused.iter().filter_map(|refused| match &reading {
            Some(reading) => match refused.weigh(reading) {
                Weighed::Stands(finding) => Some(*finding),
                Weighed::Ends => None,
            },
            None => Some(refused.refusal.finding(self.id, refused.refuted.as_deref())),
        });
        // What nobody may overrule goes before, then the newest.
        let refused = weighed.max_by_key(Finding::is_proven_unmet);
        let applies = reading.as_ref().is_none_or(|reading| !reading.is_of_no_member());
        let finding = refused.filter(|_| applies).or_else(|| reading.clone());
        self.reading = reading.filter(|_| !self.refused.is_empty()).map(Box::new);
        self.finding = finding;
        if self.was_found_out() {
            self.attestation = self.attestation.take().filter(|word| self.is_about(word));
        }
    }

    /// Whether `word` was given over what is found of the step now.
    fn is_about(&self, word: &Attestation) -> bool {
        let Some(finding) = &self.finding else { return false };
        let is_about_the_reading = match (&word.reading, self.reading_under_a_refusal()) {
            (_, None) => true,
            (Some(then), Some(reading)) => *then == reading.found.name(),
            // Nobody knew it then. What it is now may bear it out, or not speak of it.
            (None, Some(reading)) => reading.verdict != Verdict::Unmet,
        };
        word.over == finding.verdict.kind() && word.rule == finding.found.name() && is_about_the_reading
    }

    /// What the check found by itself while a refusal stands over it; `None` where it could not find out.
    fn reading_under_a_refusal(&self) -> Option<&Finding> {
        self.reading.as_deref().filter(|reading| reading.problem().is_none())
    }

    /// Forgets what was found, and nothing that was said or refused.
    pub(super) fn forget_finding(&mut self) {
        self.reading = None;
        self.finding = None;
    }

    /// Takes a word in again that was given in an earlier walk: only if it could have been given over what is found of the step now.
    /// While nothing is found yet, the finding to come decides, see [`Self::record`].
    pub fn restore(&mut self, word: Attestation) {
        let holds = match (&self.finding, self.attestable()) {
            (None, _) => self.id.blocks(),
            (Some(_), Attestable::Freely) => self.is_about(&word),
            (Some(_), Attestable::WithReason) => self.is_about(&word) && word.has_note(),
            (Some(_), Attestable::NotNeeded | Attestable::Never | Attestable::NotYet) => false,
        };
        if holds {
            self.attestation = Some(word);
        }
    }

    /// Where the step stands at `now`, or `None` while no check has answered.
    #[must_use]
    pub fn standing(&self, now: Timestamp) -> Option<Standing> {
        let finding = self.finding.as_ref()?;
        if self.standing_attestation(now).is_some() {
            return Some(Standing::Attested);
        }
        Some(match finding.verdict {
            Verdict::Met => Standing::Met,
            Verdict::NeedsYou => Standing::NeedsYou,
            Verdict::Waiting { .. } => Standing::Waiting,
            Verdict::Unmet => Standing::Unmet,
            Verdict::Unknown(_) => Standing::Unknown,
            Verdict::NotApplicable => Standing::NotApplicable,
        })
    }

    /// The attestation that counts at `now`: unexpired, given over the verdict that still stands, and allowed over it.
    #[must_use]
    pub fn standing_attestation(&self, now: Timestamp) -> Option<&Attestation> {
        let attestation = self.attestation.as_ref()?;
        let allowed = match self.attestable() {
            Attestable::Freely => true,
            Attestable::WithReason => attestation.has_note(),
            Attestable::NotNeeded | Attestable::Never | Attestable::NotYet => false,
        };
        let holds = allowed && self.is_about(attestation) && attestation.at <= now && now < attestation.expires_at;
        holds.then_some(attestation)
    }

    /// Whether a check has answered, and not only that it could not find out.
    #[must_use]
    pub fn was_found_out(&self) -> bool {
        self.finding.as_ref().is_some_and(|finding| finding.problem().is_none())
    }

    /// Takes the confirmation or override back that counts at `now`, if there is one.
    pub fn withdraw(&mut self, now: Timestamp) -> Option<Attestation> {
        self.standing_attestation(now)?;
        self.attestation.take()
    }

    /// Whether the gate is content with the step at `now`.
    #[must_use]
    pub fn is_settled(&self, now: Timestamp) -> bool {
        self.standing(now).is_some_and(Standing::is_settled)
    }

    /// Whether a person may speak for this step as it stands.
    #[must_use]
    pub fn attestable(&self) -> Attestable {
        let Some(finding) = &self.finding else { return Attestable::NotYet };
        if !self.id.blocks() {
            return Attestable::NotNeeded;
        }
        match (&finding.verdict, finding.confidence) {
            (Verdict::Met | Verdict::NotApplicable, _) => Attestable::NotNeeded,
            // Whoever cannot get in any more can put nothing right: whose way in it is has to be written down.
            (Verdict::NeedsYou, _) if self.id == StepId::AccessAfterwards => Attestable::WithReason,
            (Verdict::NeedsYou, _) => Attestable::Freely,
            (Verdict::Unknown(_), _) | (Verdict::Waiting { .. } | Verdict::Unmet, Confidence::Predicted) => {
                Attestable::WithReason
            }
            (Verdict::Waiting { .. } | Verdict::Unmet, Confidence::Proven) => Attestable::Never,
        }
    }

    /// Whether a statement about this step goes on over what is unknown or predicted, and does not only confirm what no check could show.
    #[must_use]
    pub fn is_overridable(&self) -> bool {
        let is_open = self.finding.as_ref().is_some_and(|finding| finding.verdict != Verdict::NeedsYou);
        is_open && self.attestable() == Attestable::WithReason
    }

    /// Takes a person's word for this step.
    ///
    /// # Errors
    /// When the step as it stands cannot be attested, or needs a reason and `note` holds none.
    pub fn attest(&mut self, by: &str, note: &str, now: Timestamp) -> Result<(), AttestationRefused> {
        let note = note.trim();
        let is_override = self.is_overridable();
        let attestable = self.attestable();
        if let Some(refused) = attestable.refused() {
            return Err(refused);
        }
        if attestable == Attestable::WithReason && note.is_empty() {
            return Err(AttestationRefused::ReasonMissing);
        }
        let Some(finding) = &self.finding else { return Err(AttestationRefused::NotYet) };
        let hours = texts::rules().attestation.hours_for(self.id, is_override);
        self.attestation = Some(Attestation {
            by: by.to_owned(),
            at: now,
            expires_at: now.checked_add(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MAX),
            note: (!note.is_empty()).then(|| crate::untrusted::sanitize(note)),
            over: finding.verdict.kind(),
            rule: finding.found.name().to_owned(),
            reading: self.reading_under_a_refusal().map(|reading| reading.found.name().to_owned()),
            is_override,
        });
        Ok(())
    }
}

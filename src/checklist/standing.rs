//! Where a step stands, once what AWS says and what a person says are put together.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Confidence, Finding, Refusal, StepId, Verdict, VerdictKind, Weighed, texts};

/// A person's word for a step that no API can settle, or that they overrule with a reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attestation {
    /// Who said so.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// When the word no longer counts.
    pub expires_at: Timestamp,
    /// What they wrote. Always present when the verdict needs a reason, see [`Attestable::WithReason`].
    pub note: Option<String>,
    /// The verdict it was given over. Over any other verdict it does not hold: the person spoke of something else.
    pub over: VerdictKind,
    /// The finding it was given over, by its rule. "Your boundary forbids it" and "the organization forbids it" are two things.
    pub rule: String,
    /// Whether it goes on over something that is unknown or predicted, with a reason, and does not only confirm what no API can show.
    #[serde(default, rename = "override")]
    pub is_override: bool,
}

impl Attestation {
    /// Whether this was said about what `finding` found.
    fn is_over(&self, finding: &Finding) -> bool {
        self.over == finding.verdict.kind() && self.rule == finding.rule
    }

    fn has_note(&self) -> bool {
        self.note.as_ref().is_some_and(|note| !note.trim().is_empty())
    }
}

/// Whether a person may speak for a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attestable {
    /// Yes; a note is welcome.
    Freely,
    /// Yes, over a reason in writing.
    WithReason,
    /// There is nothing to say: it is settled, or it is advice.
    NotNeeded,
    /// No: AWS itself said that it does not hold.
    Never,
    /// Not while no check has answered.
    NotYet,
}

/// Why an attestation was turned down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AttestationRefused {
    /// See [`Attestable::NotNeeded`].
    #[error("There is nothing to attest here: the step is settled.")]
    NotNeeded,
    /// See [`Attestable::Never`].
    #[error("AWS itself says that this does not hold, so nobody can overrule it. It has to be done.")]
    Proven,
    /// See [`Attestable::NotYet`].
    #[error("The check has not answered yet. Wait for it, then attest.")]
    NotYet,
    /// A reason is required and none was written.
    #[error("Write down why you go on without proof. The reason is kept.")]
    ReasonMissing,
}

/// One step of one account's checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Which step.
    pub id: StepId,
    /// What the step comes to, if a check has finished: what it found, together with the refusal that stands over it.
    pub finding: Option<Finding>,
    /// What a person said last, if anyone did.
    pub attestation: Option<Attestation>,
    /// AWS's last refusal that is about this step, until another fact speaks for the step.
    pub refusal: Option<Refusal>,
    /// What the last finished check found by itself, while a refusal stands.
    reading: Option<Box<Finding>>,
    /// What the check had found when AWS refused: the evidence that AWS refuted.
    refuted: Option<Box<Finding>>,
}

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// A live answer shows that it holds.
    Met,
    /// No API can show it and a person said so.
    Attested,
    /// No API can show it and nobody has said so yet.
    NeedsYou,
    /// Time alone will settle it.
    Waiting,
    /// A live answer shows that it does not hold.
    Unmet,
    /// We could not find out.
    Unknown,
    /// The step makes no sense for this account.
    NotApplicable,
}

impl Standing {
    /// Every standing.
    pub const ALL: [Self; 7] =
        [Self::Met, Self::Attested, Self::NeedsYou, Self::Waiting, Self::Unmet, Self::Unknown, Self::NotApplicable];

    /// The public name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Attested => "attested",
            Self::NeedsYou => "needs-you",
            Self::Waiting => "waiting",
            Self::Unmet => "unmet",
            Self::Unknown => "unknown",
            Self::NotApplicable => "not-applicable",
        }
    }

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
        Self { id, finding: None, attestation: None, refusal: None, reading: None, refuted: None }
    }

    /// What the last finished check found by itself, without a refusal that stands over it.
    #[must_use]
    pub fn reading(&self) -> Option<&Finding> {
        match (&self.refusal, &self.reading) {
            (Some(_), reading) => reading.as_deref(),
            (None, _) => self.finding.as_ref(),
        }
    }

    /// What AWS refuted by the refusal that stands: what the check had found until then.
    #[must_use]
    pub fn refuted(&self) -> Option<&Finding> {
        self.refuted.as_deref()
    }

    /// The refusal that stands at `now`: one that a person has overridden is told, and does not stand.
    #[must_use]
    pub fn standing_refusal(&self, now: Timestamp) -> Option<&Refusal> {
        self.refusal.as_ref().filter(|_| !self.is_settled(now))
    }

    /// Takes in what a check found. Gives back the refusal that ended with it, because another fact speaks for the step now.
    ///
    /// What a person said over another finding does not count any more, and does not come back. A check that could not find out says
    /// nothing about the step, so it takes nothing away for good.
    pub fn record(&mut self, reading: Finding) -> Option<Refusal> {
        // One reply that knows no organization says nothing about the refusal: the next one may know it again.
        let applies = reading.rule != Finding::NOT_A_MEMBER;
        let weighed = self.refusal.as_ref().filter(|_| applies).map(|refusal| refusal.weigh(self.refuted.as_deref(), &reading));
        let (finding, ended) = match weighed {
            Some(Weighed::Stands(finding)) => {
                // Where nobody knows what the check had found before, this is what AWS refuted. And once the check agrees with AWS,
                // whatever speaks for the step later is news.
                if reading.problem().is_none() && (self.refuted.is_none() || reading.verdict == Verdict::Unmet) {
                    self.refuted = Some(Box::new(reading.clone()));
                }
                self.reading = Some(Box::new(reading));
                (*finding, None)
            }
            Some(Weighed::Ends) => {
                let ended = self.refusal.take();
                (self.reading, self.refuted) = (None, None);
                (reading, ended)
            }
            None => {
                self.reading = self.refusal.is_some().then(|| Box::new(reading.clone()));
                (reading, None)
            }
        };
        if finding.problem().is_none() {
            self.attestation = self.attestation.take().filter(|word| word.is_over(&finding));
        }
        self.finding = Some(finding);
        ended
    }

    /// Takes in that AWS refused a departure because of this step. What was said of the step before does not count any more.
    pub fn refuse(&mut self, refusal: &Refusal) {
        self.attestation = None;
        let (read, refuted_before) = match self.refusal.take() {
            Some(_) => (self.reading.take(), self.refuted.take()),
            None => (self.finding.take().map(Box::new), None),
        };
        self.finding = Some(refusal.finding(self.id, read.as_deref().or(refuted_before.as_deref())));
        // What could not be found out is no evidence that AWS could have refuted.
        self.refuted = read.filter(|read| read.problem().is_none()).or(refuted_before);
        self.reading = None;
        self.refusal = Some(refusal.clone());
    }

    /// Ends a refusal that was about several steps, because another fact speaks for one of the others.
    pub(super) fn release(&mut self) {
        self.refusal = None;
        self.refuted = None;
        self.finding = self.reading.take().map(|reading| *reading);
        if let Some(finding) = &self.finding {
            self.attestation = self.attestation.take().filter(|word| word.is_over(finding));
        }
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
            (Some(finding), Attestable::Freely) => word.is_over(finding),
            (Some(finding), Attestable::WithReason) => word.is_over(finding) && word.has_note(),
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
        let finding = self.finding.as_ref()?;
        let attestation = self.attestation.as_ref()?;
        let allowed = match self.attestable() {
            Attestable::Freely => true,
            Attestable::WithReason => attestation.has_note(),
            Attestable::NotNeeded | Attestable::Never | Attestable::NotYet => false,
        };
        let holds = allowed && attestation.is_over(finding) && attestation.at <= now && now < attestation.expires_at;
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

    /// Whether a statement about this step goes on over what is unknown or predicted, and does not only confirm what no API can show.
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
        match self.attestable() {
            Attestable::WithReason if note.is_empty() => return Err(AttestationRefused::ReasonMissing),
            Attestable::Freely | Attestable::WithReason => {}
            Attestable::NotNeeded => return Err(AttestationRefused::NotNeeded),
            Attestable::Never => return Err(AttestationRefused::Proven),
            Attestable::NotYet => return Err(AttestationRefused::NotYet),
        }
        let Some(finding) = &self.finding else { return Err(AttestationRefused::NotYet) };
        let hours = texts::rules().attestation.hours_for(self.id, is_override);
        self.attestation = Some(Attestation {
            by: by.to_owned(),
            at: now,
            expires_at: now.checked_add(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MAX),
            note: (!note.is_empty()).then(|| crate::untrusted::neutralise(note)),
            over: finding.verdict.kind(),
            rule: finding.rule.clone(),
            is_override,
        });
        Ok(())
    }
}

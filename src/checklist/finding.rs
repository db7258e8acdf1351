//! What a check found out, and how it knows.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Problem, StepId};

/// How sure a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// AWS said so about this very thing.
    Proven,
    /// Inferred: a simulator's verdict, an age rule with exceptions.
    Predicted,
}

impl Confidence {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Proven, Self::Predicted];
}

/// What the live answers come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// A live answer shows that it holds.
    Met,
    /// No check could show it; a person must say.
    NeedsYou,
    /// Time alone will settle it.
    Waiting {
        /// When it will be settled.
        until: Timestamp,
    },
    /// A live answer shows that it does not hold.
    Unmet,
    /// We could not find out. Never met, never unmet.
    Unknown(Problem),
    /// The step makes no sense for this account.
    NotApplicable,
}

/// A verdict without its data: what an attestation is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VerdictKind {
    /// See [`Verdict::Met`].
    Met,
    /// See [`Verdict::NeedsYou`].
    NeedsYou,
    /// See [`Verdict::Waiting`].
    Waiting,
    /// See [`Verdict::Unmet`].
    Unmet,
    /// See [`Verdict::Unknown`].
    Unknown,
    /// See [`Verdict::NotApplicable`].
    NotApplicable,
}

impl Verdict {
    /// The verdict without its data.
    #[must_use]
    pub fn kind(&self) -> VerdictKind {
        match self {
            Self::Met => VerdictKind::Met,
            Self::NeedsYou => VerdictKind::NeedsYou,
            Self::Waiting { .. } => VerdictKind::Waiting,
            Self::Unmet => VerdictKind::Unmet,
            Self::Unknown(_) => VerdictKind::Unknown,
            Self::NotApplicable => VerdictKind::NotApplicable,
        }
    }
}

/// One API call and what it told us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// `service:Operation`.
    pub operation: String,
    /// `ok`, AWS's error code, or our word for why there was no answer.
    pub outcome: String,
    /// What it told us, in plain words. Neutralised.
    pub fact: String,
    /// AWS's request id.
    pub request_id: Option<String>,
    /// When the answer came.
    pub at: Timestamp,
}

/// What one run of one check found out. Made from the words in `assets/steps/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The step it is about.
    pub step: StepId,
    /// Which of the step's findings it is: a key of `assets/steps/<step>.toml`.
    pub rule: String,
    /// What it comes to.
    pub verdict: Verdict,
    /// How sure it is.
    pub confidence: Confidence,
    /// What we found, in one or two sentences.
    pub summary: String,
    /// The particulars worth showing line by line: an address, a list of roles.
    pub details: Vec<String>,
    /// What the finding is about, as AWS names it, such as service principals. Neutralised.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<String>,
    /// What it does not prove, if that needs saying.
    pub not_proven: Option<String>,
    /// What to do now, in order. Empty when nothing is to be done.
    pub todo: Vec<String>,
    /// The page where it is done. Only ever from our assets.
    pub link: Option<String>,
    /// The command that does it. Only ever from a template of our assets, filled with ids that were checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<Box<str>>,
    /// The names, addresses and numbers in it that are somebody's own: what a redacted report masks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub private: Vec<String>,
    /// The calls behind it.
    pub evidence: Vec<Evidence>,
    /// When the check ended.
    pub at: Timestamp,
}

impl Finding {
    /// The rule of every step that is about an organization, where AWS says that there is none.
    pub const NOT_A_MEMBER: &'static str = "not-a-member";

    /// What the evidence says where AWS says so: nobody can sign in as the root user before a password is set.
    pub const ROOT_HAS_NO_PASSWORD: &'static str = "The root user has no password.";

    /// The rule of the membership itself, where AWS says that there is none.
    pub const ALREADY_STANDALONE: &'static str = "already-standalone";

    /// Whether it is what a check finds where AWS reports no organization.
    #[must_use]
    pub fn is_of_no_member(&self) -> bool {
        [Self::NOT_A_MEMBER, Self::ALREADY_STANDALONE].contains(&self.rule.as_str())
    }

    /// Whether no person may overrule it: AWS itself said that it does not hold.
    #[must_use]
    pub fn is_proven_unmet(&self) -> bool {
        self.verdict == Verdict::Unmet && self.confidence == Confidence::Proven
    }

    /// Whether both say the same of the step: facts, without times, request ids and what could be done.
    #[must_use]
    pub fn is_the_same_fact(&self, other: &Self) -> bool {
        (self.verdict.kind(), self.confidence, &self.rule, &self.summary, &self.details)
            == (other.verdict.kind(), other.confidence, &other.rule, &other.summary, &other.details)
    }

    /// Whether this speaks for the step where `before` did not: it is met now, or met for certain now, or other payment methods or contact
    /// information are on file; of the latter, only the phone number counts where `is_over_the_phone`. Another wording and a weaker reading are
    /// nothing new.
    #[must_use]
    pub fn says_more_than(&self, before: &Self, is_over_the_phone: bool) -> bool {
        let is_of_other_things = match self.step {
            // Of what was not known before, nobody knows whether it is new.
            StepId::PaymentMethod => {
                let is_new = |id: &String| !before.subjects.contains(id);
                !before.subjects.is_empty() && self.subjects.iter().any(is_new)
            }
            StepId::ContactInformation => {
                self.subjects != before.subjects || (!is_over_the_phone && self.private != before.private)
            }
            _ => false,
        };
        let is_surer = (before.confidence, self.confidence) == (Confidence::Predicted, Confidence::Proven);
        match (&self.verdict, &before.verdict) {
            (Verdict::Met, Verdict::Met) => is_surer || is_of_other_things,
            (Verdict::Met, _) => true,
            (Verdict::NeedsYou, Verdict::Met) => false,
            (Verdict::NeedsYou, _) => is_of_other_things,
            _ => false,
        }
    }

    /// Why it could not be found out, if so.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        match &self.verdict {
            Verdict::Unknown(problem) => Some(problem),
            _ => None,
        }
    }
}

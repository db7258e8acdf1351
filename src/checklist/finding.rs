//! What a check found out, and how it knows.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::facts::{
    AccessAfterwardsFact, AccessAfterwardsLine, BillingAccessFact, ContactInformationFact, ContactInformationLine,
    DelegatedAdministratorFact, DelegatedAdministratorLine, MembershipFact, MembershipLine, OldOwnerAccessFact,
    OldOwnerAccessLine, OtherWayOutFact, OtherWayOutLine, Own, PaymentMethodFact, PaymentMethodLine, PermissionFact,
    PermissionLine, SupportPlanFact, WaitingPeriodFact,
};
use super::wording::{self, Unredacted, Wording};
use super::{OwnerNotProven, Partition, Problem, ProblemKind, RefusalAndReading, StepId};

/// How sure a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
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
    Met,
    /// No check could show it; a person must say.
    NeedsYou,
    /// Time alone will settle it.
    Waiting {
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
    Met,
    NeedsYou,
    Waiting,
    Unmet,
    Unknown,
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
    /// What it told us, in plain words. Sanitized.
    pub fact: String,
    pub request_id: Option<String>,
    pub at: Timestamp,
    /// Private values that may appear in this fact or in those that follow.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own: Vec<Own>,
}

impl Evidence {
    /// Marks `names` as private. They may appear in this evidence or in what follows it.
    #[must_use]
    pub fn naming<T: AsRef<str>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        self.own.extend(names.into_iter().filter(|name| !name.as_ref().trim().is_empty()).map(Own::new));
        self
    }
}

/// The result of one run of one check, as data. [`Wording`] puts it into sentences.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub step: StepId,
    pub verdict: Verdict,
    /// How sure it is.
    pub confidence: Confidence,
    #[serde(flatten)]
    pub found: Found,
    /// The partition that was asked: not every page is there in each.
    #[serde(default)]
    pub partition: Partition,
    pub evidence: Vec<Evidence>,
    pub at: Timestamp,
    #[serde(skip)]
    pub wording: Memo,
}

/// What was found of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Found {
    Fact {
        fact: Fact,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lines: Vec<FactLine>,
    },
    /// A finding from a journal of version 0.1, which stored sentences.
    Told(Box<Told>),
}

/// A finding as version 0.1 wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Told {
    pub rule: String,
    pub summary: String,
    pub details: Vec<String>,
    /// What it is about, as AWS names it.
    #[serde(default)]
    pub subjects: Vec<String>,
    pub not_proven: Option<String>,
    pub todo: Vec<String>,
    /// What in it is somebody's own.
    #[serde(default)]
    pub private: Vec<String>,
}

/// Declares an enum with a variant for each step's own enum, the conversions into it, and `name`, which is a key in the assets.
macro_rules! of_steps {
    ($(#[$about:meta])* pub enum $name:ident {
        $($step:ident($of:ty),)+
        ;
        $($(#[$said:meta])* $shared:ident $(($inner:ty))? = $text:literal,)+
    }) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name { $($step($of),)+ $($(#[$said])* $shared $(($inner))?,)+ }

        $(impl From<$of> for $name {
            fn from(of: $of) -> Self {
                Self::$step(of)
            }
        })+

        impl $name {
            /// Its name, as in the assets.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$step(of) => of.into(),)+
                    $(Self::$shared { .. } => $text,)+
                }
            }
        }
    };
}

of_steps! {
    /// What can be found.
    pub enum Fact {
        Membership(MembershipFact),
        WaitingPeriod(WaitingPeriodFact),
        Permission(PermissionFact),
        SupportPlan(SupportPlanFact),
        ContactInformation(ContactInformationFact),
        PaymentMethod(PaymentMethodFact),
        BillingAccess(BillingAccessFact),
        DelegatedAdministrator(DelegatedAdministratorFact),
        AccessAfterwards(AccessAfterwardsFact),
        OldOwnerAccess(OldOwnerAccessFact),
        OtherWayOut(OtherWayOutFact),
        ;
        /// The step is about an organization, and AWS says that there is none.
        NotAMember = "not-a-member",
        /// It was to be found out with a management profile that is not used.
        OwnerNotProven(Box<OwnerNotProven>) = "owner-not-proven",
        /// A call to AWS failed. The text comes from the problem.
        NotFoundOut(ProblemKind) = "not-found-out",
        /// AWS refused a departure over the step.
        Refused(Box<RefusalAndReading>) = "refused",
    }
}

of_steps! {
    /// A particular worth a line of its own.
    pub enum FactLine {
        Membership(MembershipLine),
        Permission(PermissionLine),
        ContactInformation(ContactInformationLine),
        PaymentMethod(PaymentMethodLine),
        DelegatedAdministrator(DelegatedAdministratorLine),
        AccessAfterwards(AccessAfterwardsLine),
        OldOwnerAccess(OldOwnerAccessLine),
        OtherWayOut(OtherWayOutLine),
        ;
        /// The management profile that was given is not used, and the step is known without it.
        OwnerNotUsed(Box<OwnerNotProven>) = "owner-not-used",
        /// How many lines and calls were left out of the journal.
        LeftOut(usize) = "left-out",
    }
}

impl Found {
    /// The name of what was found: what an attestation is bound to.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Fact { fact: Fact::NotFoundOut(kind), .. } => kind.as_str(),
            Self::Fact { fact, .. } => fact.name(),
            Self::Told(told) => &told.rule,
        }
    }

    /// What the check itself found, also where AWS refused a departure over it.
    fn itself(&self) -> Option<&Self> {
        match self {
            Self::Fact { fact: Fact::Refused(refused), .. } => refused.reading.as_ref()?.itself(),
            other => Some(other),
        }
    }

    fn lines_mut(&mut self) -> Option<&mut Vec<FactLine>> {
        match self {
            Self::Fact { fact: Fact::Refused(refused), .. } => refused.reading.as_mut()?.lines_mut(),
            Self::Fact { lines, .. } => Some(lines),
            Self::Told(_) => None,
        }
    }

    /// Whether it is a refusal's, and not a check's.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        matches!(self, Self::Fact { fact: Fact::Refused(_), .. })
    }

    /// Everything in it that is somebody's own.
    #[must_use]
    pub fn own(&self) -> BTreeSet<String> {
        let mut own = BTreeSet::new();
        match self.itself() {
            Some(Self::Told(told)) => own.extend(told.private.iter().cloned()),
            // A fact that does not serialize cannot be put into words either, so there is nothing to mask.
            Some(fact) => wording::each_own(&serde_json::to_value(fact).unwrap_or_default(), &mut own),
            None => {}
        }
        own.retain(|value| !value.trim().is_empty());
        own
    }
}

impl Finding {
    /// What a check makes of `fact`. Proven until [`Self::predicted`].
    pub fn new(step: StepId, fact: impl Into<Fact>, verdict: Verdict) -> Self {
        Self {
            step,
            verdict,
            confidence: Confidence::Proven,
            found: Found::Fact { fact: fact.into(), lines: Vec::new() },
            partition: Partition::default(),
            evidence: Vec::new(),
            at: Timestamp::UNIX_EPOCH,
            wording: Memo::default(),
        }
    }

    /// We could not find out.
    #[must_use]
    pub fn unknown(step: StepId, problem: Problem) -> Self {
        Self::new(step, Fact::NotFoundOut(problem.kind), Verdict::Unknown(problem))
    }

    /// Marks the finding as inferred: AWS has not confirmed it.
    #[must_use]
    pub fn predicted(self) -> Self {
        Self { confidence: Confidence::Predicted, ..self }
    }

    /// Replaces the fact and the verdict, because another source says more.
    #[must_use]
    pub fn instead(mut self, another: impl Into<Fact>, verdict: Verdict) -> Self {
        if let Found::Fact { fact, .. } = &mut self.found {
            *fact = another.into();
        }
        Self { verdict, ..self }
    }

    /// Adds lines worth showing.
    #[must_use]
    pub fn lines<L: Into<FactLine>>(mut self, more: impl IntoIterator<Item = L>) -> Self {
        if let Found::Fact { lines, .. } = &mut self.found {
            lines.extend(more.into_iter().map(Into::into));
        }
        self
    }

    /// Adds one.
    #[must_use]
    pub fn line(self, line: impl Into<FactLine>) -> Self {
        self.lines([line])
    }

    /// Adds the calls behind it, in the order in which they were made.
    #[must_use]
    pub fn evidence(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        self.evidence.extend(evidence);
        self
    }

    /// A copy with at most `most` lines and calls; `None` if nothing has to be cut.
    #[must_use]
    pub fn cut_to(&self, most: usize) -> Option<Self> {
        let mut cut = self.clone();
        let mut left_out = cut.evidence.len().saturating_sub(most);
        cut.evidence.truncate(most);
        cut.evidence.iter_mut().for_each(|call| call.own.truncate(most));
        if let Some(lines) = cut.found.lines_mut() {
            left_out += lines.len().saturating_sub(most);
            lines.truncate(most);
            lines.push(FactLine::LeftOut(left_out));
        }
        (left_out > 0).then_some(cut)
    }

    /// Where and when the check ended.
    #[must_use]
    pub fn finish(self, partition: Partition, at: Timestamp) -> Self {
        Self { partition, at, ..self }
    }

    /// The finding in words, for a screen. They are made only once, because ten thousand lines take longer than one frame.
    #[must_use]
    pub fn wording(&self) -> &Wording {
        self.wording.0.get_or_init(|| Box::new(Wording::of(self, &mut Unredacted)))
    }

    /// What the check itself found as a fact; `None` in the words of version 0.1.
    #[must_use]
    pub fn fact(&self) -> Option<&Fact> {
        match self.found.itself()? {
            Found::Fact { fact, .. } => Some(fact),
            Found::Told(_) => None,
        }
    }

    /// The lines of what the check itself found.
    pub fn fact_lines(&self) -> &[FactLine] {
        match self.found.itself() {
            Some(Found::Fact { lines, .. }) => lines,
            Some(Found::Told(_)) | None => &[],
        }
    }

    /// Whether it is a refusal's, and not a check's.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.found.is_refused()
    }

    /// Whether it is what a check finds where AWS reports no organization.
    #[must_use]
    pub fn is_of_no_member(&self) -> bool {
        let is_so = |fact: &Fact| matches!(fact, Fact::NotAMember | Fact::Membership(MembershipFact::AlreadyStandalone { .. }));
        matches!(&self.found, Found::Fact { fact, .. } if is_so(fact))
    }

    /// The phone number on file.
    #[must_use]
    pub fn phone_number(&self) -> Option<&str> {
        if let Some(Found::Told(told)) = self.found.itself() {
            return told.subjects.first().map(String::as_str);
        }
        self.fact_lines().iter().find_map(|line| match line {
            FactLine::ContactInformation(ContactInformationLine::PhoneNumber { number }) => Some(number.as_str()),
            _ => None,
        })
    }

    /// Whether AWS has verified the phone number on file.
    #[must_use]
    pub fn is_phone_verified(&self) -> bool {
        use ContactInformationFact::{Verified, VerifiedAndAsCopied, VerifiedAndTheOwners};
        let Some(Fact::ContactInformation(fact)) = self.fact() else { return false };
        matches!(fact, Verified | VerifiedAndAsCopied | VerifiedAndTheOwners { .. })
    }

    /// The services that the organization runs through the account.
    pub fn services(&self) -> impl Iterator<Item = &String> {
        self.fact_lines().iter().filter_map(|line| match line {
            FactLine::DelegatedAdministrator(DelegatedAdministratorLine::Service { service }) => Some(service),
            _ => None,
        })
    }

    /// How many invitations of other organizations are open.
    #[must_use]
    pub fn invitations(&self) -> usize {
        let is_one = |line: &&FactLine| matches!(line, FactLine::OtherWayOut(OtherWayOutLine::Invitation { .. }));
        self.fact_lines().iter().filter(is_one).count()
    }

    /// What tells the usable payment methods from others.
    fn payment_methods(&self) -> &[String] {
        match self.found.itself() {
            Some(Found::Fact { fact: Fact::PaymentMethod(PaymentMethodFact::Active { known, .. }), .. }) => known,
            Some(Found::Told(told)) => &told.subjects,
            _ => &[],
        }
    }

    /// Whether no person may overrule it: AWS itself said that it does not hold.
    #[must_use]
    pub fn is_proven_unmet(&self) -> bool {
        self.verdict == Verdict::Unmet && self.confidence == Confidence::Proven
    }

    /// Whether both say the same of the step: facts, without times, request ids and what could be done.
    #[must_use]
    pub fn is_the_same_fact(&self, other: &Self) -> bool {
        (self.verdict.kind(), self.confidence, &self.found) == (other.verdict.kind(), other.confidence, &other.found)
    }

    /// Whether this speaks for the step where `before` did not: it is met now, or met for certain now, or other payment methods or contact
    /// information are on file; of the latter, only the phone number counts where `is_over_the_phone`. Another wording and a weaker reading are
    /// nothing new.
    #[must_use]
    pub fn says_more_than(&self, before: &Self, is_over_the_phone: bool) -> bool {
        let is_of_other_things = match self.step {
            // Of what was not known before, nobody knows whether it is new.
            StepId::PaymentMethod => {
                let known = before.payment_methods();
                !known.is_empty() && self.payment_methods().iter().any(|id| !known.contains(id))
            }
            StepId::ContactInformation => {
                self.phone_number() != before.phone_number() || (!is_over_the_phone && self.found.own() != before.found.own())
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

/// The cached words of a finding. They are ignored when findings are cloned or compared.
#[derive(Debug, Default)]
pub struct Memo(OnceLock<Box<Wording>>);

impl Clone for Memo {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Memo {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Memo {}

#[cfg(test)]
impl Finding {
    /// A finding in words, for tests of what does not depend on which fact it is.
    pub(crate) fn told(step: StepId, rule: &str, verdict: Verdict) -> Self {
        let told = Told { rule: rule.to_owned(), summary: rule.to_owned(), ..Told::default() };
        Self { found: Found::Told(Box::new(told)), ..Self::unknown(step, Problem::malformed("x:Y", "", Timestamp::UNIX_EPOCH)) }
            .coming_to(verdict)
    }

    pub(crate) fn coming_to(self, verdict: Verdict) -> Self {
        Self { verdict, ..self }
    }

    pub(crate) fn telling(mut self, change: impl FnOnce(&mut Told)) -> Self {
        let Found::Told(told) = &mut self.found else { panic!("no words of version 0.1: {self:?}") };
        change(told);
        self
    }

    /// What a check finds where AWS reports no organization.
    pub(crate) fn of_no_member(self) -> Self {
        let fact = match self.step {
            StepId::Membership => MembershipFact::AlreadyStandalone { account: "412098765432".parse().unwrap() }.into(),
            _ => Fact::NotAMember,
        };
        Self { found: Found::Fact { fact, lines: Vec::new() }, ..self }
    }
}

//! The steps, by their public ids, in the order in which a person walks them.

use std::fmt;
use std::str::FromStr;

use super::named::named;

named! {
    /// One thing that must hold, or be known, before leaving. Ids are public: JSON, flags, journal.
    pub enum StepId {
        /// Is the account a member of an organization that it can leave?
        Membership = "membership",
        /// Is it old enough?
        WaitingPeriod = "waiting-period",
        /// May this principal leave?
        Permission = "permission",
        /// Has a support plan been chosen?
        SupportPlan = "support-plan",
        /// Is there contact information, with a verified phone number?
        ContactInformation = "contact-information",
        /// Is there a payment method of the account's own?
        PaymentMethod = "payment-method",
        /// May IAM users and roles see the account's billing?
        BillingAccess = "billing-access",
        DelegatedAdministrator = "delegated-administrator",
        /// Can somebody sign in once the organization's doors are shut?
        AccessAfterwards = "access-afterwards",
        /// Which doors stay open to the old owner?
        OldOwnerAccess = "old-owner-access",
        /// Would another road than leaving be better?
        OtherWayOut = "other-way-out",
    }
}

named! {
    /// What a step is for.
    pub enum StepKind {
        /// Ours: without it, leaving fails or does harm. Blocks.
        Guard = "guard",
        /// AWS's documentation asks it of a standalone account. Blocks.
        Documented = "documented",
        /// Must be seen and acknowledged, but does not block.
        Advice = "advice",
    }
}

/// The three questions under which the checklist groups its steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    CanItLeave,
    /// What AWS asks of a standalone account.
    Standalone,
    Afterwards,
}

impl Section {
    /// The sections from top to bottom.
    pub const ALL: [Self; 3] = [Self::CanItLeave, Self::Standalone, Self::Afterwards];

    /// The steps of this section, in order.
    pub fn steps(self) -> impl Iterator<Item = StepId> {
        StepId::ALL.into_iter().filter(move |step| step.section() == self)
    }
}

impl StepId {
    /// What the step is for.
    #[must_use]
    pub fn kind(self) -> StepKind {
        match self {
            Self::Membership | Self::WaitingPeriod | Self::Permission | Self::AccessAfterwards => StepKind::Guard,
            Self::SupportPlan
            | Self::ContactInformation
            | Self::PaymentMethod
            | Self::BillingAccess
            | Self::DelegatedAdministrator => StepKind::Documented,
            Self::OldOwnerAccess | Self::OtherWayOut => StepKind::Advice,
        }
    }

    /// Whether the gate stays shut until this step is settled.
    #[must_use]
    pub fn blocks(self) -> bool {
        self.kind() != StepKind::Advice
    }

    /// The question under which the checklist shows it.
    #[must_use]
    pub fn section(self) -> Section {
        match self {
            Self::Membership | Self::WaitingPeriod | Self::Permission => Section::CanItLeave,
            Self::SupportPlan
            | Self::ContactInformation
            | Self::PaymentMethod
            | Self::BillingAccess
            | Self::DelegatedAdministrator => Section::Standalone,
            Self::AccessAfterwards | Self::OldOwnerAccess | Self::OtherWayOut => Section::Afterwards,
        }
    }

    /// Its place in [`StepId::ALL`].
    #[must_use]
    pub fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// No step has this id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no step of this name; the steps are: {}", StepId::ALL.map(StepId::as_str).join(", "))]
pub struct NoSuchStep;

impl FromStr for StepId {
    type Err = NoSuchStep;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|step| step.as_str() == text).ok_or(NoSuchStep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_reads_back_as_its_step() {
        for (place, step) in StepId::ALL.into_iter().enumerate() {
            assert_eq!(step.as_str().parse(), Ok(step));
            assert_eq!(step.index(), place);
        }
        assert_eq!("nonsense".parse::<StepId>(), Err(NoSuchStep));
    }

    #[test]
    fn the_sections_together_hold_every_step_once_and_in_order() {
        let all: Vec<StepId> = Section::ALL.into_iter().flat_map(Section::steps).collect();
        assert_eq!(all, StepId::ALL);
    }
}

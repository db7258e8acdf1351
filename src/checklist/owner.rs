//! Why a management credential is not the owner's.

use serde::{Deserialize, Serialize};

/// Why a management credential is not used. The words are in `assets/owner.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OwnerRefusal {
    /// What it has to be held against is not known: the member's own organization.
    OrganizationNotRead,
    /// It belongs to the member account itself.
    MemberItself,
    /// It owns another organization.
    AnotherOrganization,
    /// It belongs to another member of the same organization.
    AnotherMember,
    /// It belongs to a member of another organization.
    MemberElsewhere,
    /// Its account is in no organization.
    NoOrganization,
    /// What AWS tells it and what AWS tells the member do not fit.
    Contradiction,
    /// Its sign-in has ended.
    SignInEnded,
    /// AWS does not accept it.
    NotAccepted,
    /// It may not ask who owns its organization.
    Denied,
    /// It belongs to another partition than the member, or than its own region.
    AnotherPartition,
    /// No usable answer.
    NotAnswered,
}

impl OwnerRefusal {
    /// Every one.
    pub const ALL: [Self; 12] = [
        Self::OrganizationNotRead,
        Self::MemberItself,
        Self::AnotherOrganization,
        Self::AnotherMember,
        Self::MemberElsewhere,
        Self::NoOrganization,
        Self::Contradiction,
        Self::SignInEnded,
        Self::NotAccepted,
        Self::Denied,
        Self::AnotherPartition,
        Self::NotAnswered,
    ];
}

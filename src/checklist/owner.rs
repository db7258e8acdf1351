//! Why a management credential is not the owner's.

use super::named::named;

named! {
    /// Why a management credential is not used. The words are in `assets/owner.toml`.
    pub enum OwnerRefusal {
        /// What it has to be held against is not known: the member's own organization.
        OrganizationNotRead = "organization-not-read",
        /// It belongs to the member account itself.
        MemberItself = "member-itself",
        /// It owns another organization.
        AnotherOrganization = "another-organization",
        /// It belongs to another member of the same organization.
        AnotherMember = "another-member",
        /// It belongs to a member of another organization.
        MemberElsewhere = "member-elsewhere",
        /// Its account is in no organization.
        NoOrganization = "no-organization",
        /// What AWS tells it and what AWS tells the member do not fit.
        Contradiction = "contradiction",
        /// Its sign-in has ended.
        SignInEnded = "sign-in-ended",
        /// AWS does not accept it.
        NotAccepted = "not-accepted",
        /// It may not ask who owns its organization.
        Denied = "denied",
        /// It belongs to another partition than the member, or than its own region.
        AnotherPartition = "another-partition",
        /// No usable answer.
        NotAnswered = "not-answered",
    }
}

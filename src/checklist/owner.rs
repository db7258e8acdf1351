//! Why a management credential is not the owner's.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::named::named;
use super::{AccountId, Partition, texts};

named! {
    /// Why a management credential is not used. The words are in `assets/owner.toml`.
    pub enum OwnerRefusal {
        /// What it has to be held against is not known: the member's own organization.
        OrganizationNotRead = "organization-not-read",
        MemberItself = "member-itself",
        AnotherOrganization = "another-organization",
        /// It belongs to another member of the same organization.
        AnotherMember = "another-member",
        /// It belongs to a member of another organization.
        MemberElsewhere = "member-elsewhere",
        NoOrganization = "no-organization",
        /// What AWS tells it and what AWS tells the member do not fit.
        Contradiction = "contradiction",
        SignInEnded = "sign-in-ended",
        /// AWS does not accept it.
        NotAccepted = "not-accepted",
        /// It may not ask who owns its organization.
        Denied = "denied",
        /// It belongs to another partition than the member, or than its own region.
        AnotherPartition = "another-partition",
        NotAnswered = "not-answered",
    }
}

/// That a management credential is not used, with what its words are filled with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerNotProven {
    pub refusal: OwnerRefusal,
    pub caller: Option<AccountId>,
    pub owner: Option<AccountId>,
    pub organization: Option<String>,
    pub theirs: Option<String>,
    /// The question that failed, if one did.
    pub operation: String,
    pub partition: Partition,
}

impl OwnerNotProven {
    /// Why, as the end of a sentence.
    #[must_use]
    pub fn short(&self) -> String {
        self.filled(&texts::owner_refusal(self.refusal).short)
    }

    /// Why, in whole sentences, all of them ours.
    #[must_use]
    pub fn why(&self) -> String {
        self.filled(&texts::owner_refusal(self.refusal).why)
    }

    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> String {
        self.filled(&texts::owner_refusal(self.refusal).remedy)
    }

    fn filled(&self, template: &str) -> String {
        let values = json!({
            "caller": self.caller.as_ref().map_or("an account", AccountId::as_str),
            "owner": self.owner.as_ref().map_or("not known", AccountId::as_str),
            "organization": self.organization.as_deref().unwrap_or("not known"),
            "theirs": self.theirs.as_deref().unwrap_or("not known"),
            "operation": self.operation,
            "partition": self.partition,
        });
        texts::fill(template, &values)
    }
}

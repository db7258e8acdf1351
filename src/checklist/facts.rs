//! What the checks can find, step by step: data and no sentences. The words for each are in `assets/steps/`, under the same name.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantNames};

use super::{AccountId, ProblemKind};
use crate::untrusted::sanitize;

/// A private value, such as a name or an address. A redacted report masks it wherever it appears.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Own {
    own: String,
    /// The text in front of the value, such as `role/`, which is not private.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    after: String,
}

impl Own {
    /// The value, sanitized.
    #[must_use]
    pub fn new(value: impl AsRef<str>) -> Self {
        Self { own: sanitize(value.as_ref()), after: String::new() }
    }

    /// Splits a name such as `role/DealAdmin` into its kind, which is not private, and the value. Without a slash, the whole text is the value.
    #[must_use]
    pub fn of_kind(named: &str) -> Self {
        let (kind, name) = named.split_at(named.find('/').map_or(0, |slash| slash + 1));
        Self { after: sanitize(kind), ..Self::new(name) }
    }

    /// The value itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.own
    }
}

/// The first few of many, and how many more there are.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Few<T> {
    first: Vec<T>,
    more: usize,
}

impl<T> Few<T> {
    /// At most `shown` of `items`.
    pub fn of(items: impl IntoIterator<Item = T>, shown: usize) -> Self {
        let mut items = items.into_iter();
        Self { first: items.by_ref().take(shown).collect(), more: items.count() }
    }
}

/// Something by its name: one that AWS gave it, or the account's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Name {
    OfAws(String),
    Own(Own),
}

/// Adds the derives that every enum of facts needs. `$tag` is the JSON field that holds the name of the variant.
macro_rules! facts {
    ($tag:literal: $($(#[$about:meta])* pub enum $name:ident { $($variants:tt)* })+) => {
        $($(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr, VariantNames)]
        #[serde(tag = $tag, rename_all = "kebab-case")]
        #[strum(serialize_all = "kebab-case")]
        pub enum $name { $($variants)* })+
    };
}

facts! { "rule":
    pub enum MembershipFact {
        Member { organization: String, owner: Option<AccountId> },
        MemberStateNotTold { organization: String, owner: Option<AccountId> },
        AlreadyStandalone { account: AccountId },
        ManagementAccount { account: AccountId, organization: String },
        NotActive { state: String },
        SignUpIncomplete { state: String },
        UnfamiliarState { state: String },
    }

    pub enum WaitingPeriodFact {
        OldEnough { created: Timestamp },
        Invited { created: Timestamp },
        TooYoung { created: Timestamp, until: Timestamp },
        CreatedRecently { created: Timestamp, until: Timestamp },
    }

    pub enum PermissionFact {
        Allowed { principal: Own, missing: Few<String> },
        /// `shown`: whether the text of the policies was read.
        LeaveDeniedByServiceControlPolicy { shown: bool },
        Project,
        LooksLikeAProject,
        LeaveDeniedByBoundary { principal: Own, missing: Few<String> },
        LeaveDeniedByIdentityPolicy { principal: Own, missing: Few<String> },
        NotAllowed { principal: Own, missing: Few<String> },
        LeaveDeniedBySomething { principal: Own },
        RootUser,
        NotSimulated { arn: String },
    }

    pub enum SupportPlanFact {
        PlanWithSupportCases { plan: Option<String>, ends: bool, in_organization: bool },
        PlanNamed { plan: String, ends: bool, in_organization: bool },
        BasicOrNone,
    }

    pub enum ContactInformationFact {
        VerifiedAndTheOwners { same: Few<String> },
        VerifiedAndAsCopied,
        Verified,
        NoneOnFile,
        Incomplete { missing: Few<String> },
        PhoneUnverified { status: String },
        PhoneVerificationPending { status: String },
        PhoneNotVerifiable { status: String },
        VerificationNotTold { status: Option<String> },
    }

    pub enum PaymentMethodFact {
        /// `known`: a digest that identifies each usable payment method; empty if the list is incomplete.
        Active { instruments: Few<String>, known: Vec<String> },
        None { state: Option<String> },
        NoneActive { instruments: Few<String> },
        UnfamiliarStatus { instruments: Few<String> },
        AccountCannotPay { state: Option<String> },
        NotShown { why: PaymentsNotShown, state: Option<String>, caller: Own, host: Name },
        SignUpIncomplete { state: String },
    }

    pub enum BillingAccessFact {
        On,
        Off,
        RootIsAsking,
    }

    pub enum DelegatedAdministratorFact {
        Registered { services: Few<String>, count: usize, account: AccountId },
        NotRegistered,
        NoServices,
        NotToldAsAPlainMember,
    }

    pub enum AccessAfterwardsFact {
        RootCanSignIn { mfa: Option<bool> },
        RootWithoutMfa,
        UserCanSignIn { users: Few<Own> },
        /// `outside`: how many roles can be entered from outside.
        Nobody { looked_at: usize, outside: usize },
        TooManyUsers { looked_at: usize },
        RootNotTold { looked_at: usize },
    }

    pub enum OldOwnerAccessFact {
        DoorsOpen { count: usize, possible: usize, roles: Few<Own>, complete: bool },
        OtherAccountsTrusted { possible: usize, roles: Few<Own>, complete: bool },
        NoDoors,
        NoneByName,
        TooManyRoles { looked_at: usize },
        StacksWillBeDeleted { stack_sets: Few<Own>, deleting: usize },
    }

    pub enum OtherWayOutFact {
        /// `handshake`: the ID of the invitation, if it is the only one and a command may accept it.
        Invited { organizations: Few<String>, count: usize, complete: bool, handshake: Option<String> },
        NoInvitation,
    }
}

facts! { "line":
    /// What stands under the membership: the tags that the organization keeps on the account.
    pub enum MembershipLine {
        Tags { count: usize },
        SomeTags { count: usize, why: ProblemKind },
        NoTags,
        TagsNotRead { why: ProblemKind },
        Tag { key: String, value: Own },
    }

    pub enum PermissionLine {
        Policy { name: Own, id: Own, at: Place, says: PolicySays },
        PolicyNotRead { name: Own, id: Own, at: Place, why: ProblemKind },
        PoliciesNotRead { why: ProblemKind },
        NothingAllows { at: Place },
        MayNotAllow { at: Place },
        NoPolicyDenies { count: usize },
        SimulatorAlone { count: usize },
    }

    pub enum ContactInformationLine {
        Address { parts: Vec<Own>, country: String },
        PhoneNumber { number: Own },
        OwnersData { same: Few<String> },
        AsCopied,
        PairedAccount,
    }

    pub enum PaymentMethodLine {
        PastDue { amount: String, seller: String },
    }

    pub enum DelegatedAdministratorLine {
        Service { service: String },
    }

    /// Every way in.
    pub enum AccessAfterwardsLine {
        RootPasswordAndMfa,
        RootPasswordOnly,
        RootMfaNotTold,
        RootNoPassword,
        RootPasswordNotTold,
        RootNotRead,
        RootHasKeys,
        UserPasswordAndMfa { user: Own },
        UserPasswordOnly { user: Own },
        UserMfaNotRead { user: Own },
        MoreUsers { count: usize, without_mfa: usize },
        NoUser { looked_at: usize, needed: bool },
        UsersNotRead { looked_at: usize },
        UsersNotLookedAt { looked_at: usize },
        RoleBySaml { role: Own, provider: Own },
        RoleByOidc { role: Own, provider: Own },
        RoleByWebIdentity { role: Own, provider: Own },
        RoleByAccounts { role: Own, accounts: Few<String>, count: usize },
        RoleByAnyone { role: Own },
        MoreRoles { count: usize },
        RolesOfIdentityCenter { count: usize },
        /// `partly`: whether some were read.
        RolesNotRead { partly: bool },
        OwnSessionRoot,
        OwnSessionUser { user: Own },
        OwnSessionRole { role: Own },
        OwnSessionRoleOfMembers { role: Own },
        OwnSessionRoleDeniedToOthers { role: Own },
        OwnSessionRoleNotRead { role: Own },
        OwnSessionIdentityCenter,
        OwnSessionOrganizationRole { role: Own },
        OwnSessionNotKnown,
    }

    /// The roles that the former organization may be able to use, and what happens to the stacks of its StackSets.
    pub enum OldOwnerAccessLine {
        TrustsOwner { role: Own, account: String, rights: Option<Rights> },
        TrustsOrganization { role: Own, organization: String, rights: Option<Rights> },
        TrustsAnyone { role: Own, rights: Option<Rights> },
        OrganizationRoleByName { role: Own, rights: Option<Rights> },
        TrustNotReadable { role: Own },
        TrustsOtherAccounts { role: Own, accounts: Few<String> },
        StackSetDeletes { name: Own, region: String, own_role: bool },
        StackSetKeeps { name: Own, region: String },
        StackSetNotTold { name: Own, region: String },
        StackSetsNotRead { region: String, why: ProblemKind },
        StackSetsLeftOut { region: String, count: usize },
        StackSetsLookedAt { regions: String, count: usize, incomplete: bool },
        StackSetsNotAsked,
        StackSetsNotKnown,
    }

    pub enum OtherWayOutLine {
        Invitation {
            organization: String,
            owner: Option<Own>,
            sent: Option<Timestamp>,
            expires: Option<Timestamp>,
            handshake: Option<String>,
        },
        MoveAllowed { principal: Own },
        MoveDeniedByOrganization { actions: String },
        MoveNotAllowed { principal: Own, actions: String },
        MoveNotJudged,
        /// Without a reason: the simulator gave no decision.
        MoveNotKnown { why: Option<ProblemKind> },
    }
}

/// Why AWS Payments does not answer these credentials or this network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PaymentsNotShown {
    Denied,
    DeniedByOrganization,
    DeniedByNetwork,
    SwitchedOff,
    NotReachable,
    NoSuchService,
}

/// Where a policy is attached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "place", rename_all = "kebab-case")]
pub enum Place {
    Account,
    Unit { target: String },
    Root { target: Own },
}

/// What a service control policy does about leaving.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicySays {
    Denies,
    MayDeny,
    DeniesMoving,
    MayDenyMoving,
    NotUnderstood,
}

/// What a role can do, by the names of its policies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "can", rename_all = "kebab-case")]
pub enum Rights {
    /// AWS's own policy that allows everything is attached.
    Everything,
    Policies {
        names: Few<Name>,
    },
    /// They could not be read, not wholly, or were not looked at.
    NotRead,
}

//! The state of the practice account: everything AWS knows of it that a leave depends on.
//!
//! A scenario file spells only what differs from the defaults, which describe a healthy account. Nothing here knows the wire.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::assumed::Assumed;
use super::policy::Denial;
use super::principal::{Principal, PrincipalKind, unique_id};
use super::trust::{IDENTITY_CENTER_PROVIDER, Role};
use super::{OTHER_MEMBER_ACCESS_KEY, OTHER_OWNER_ACCESS_KEY, STANDALONE_ACCESS_KEY};

/// How old a *created* account must be before it may leave, in days.
///
/// Source: AWS Organizations User Guide, quotas: minimum age for removal of created accounts.
pub(super) const WAITING_PERIOD_DAYS: f64 = 4.0;

/// A member account, its organization, and who calls from it.
#[derive(Debug, Clone, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about an account, and a key of a scenario file")]
#[serde(default, deny_unknown_fields)]
pub struct Account {
    pub partition: String,
    /// The 12-digit id.
    pub id: String,
    pub name: String,
    /// The root user's e-mail address.
    pub email: String,
    pub state: AccountState,
    /// The account's age in days when the practice starts.
    pub created_days_ago: f64,
    /// Whether the organization created the account or invited it.
    pub joined: JoinedMethod,
    /// Whether the account is in [`Account::organization`].
    pub member: bool,
    /// The organization the account is in, or was in.
    pub organization: Organization,
    pub principal: Principal,
    pub session: Session,
    pub denials: Vec<Denial>,
    pub contact: Contact,
    pub phone_bounds: PhoneBounds,
    pub support: Support,
    pub instruments: Vec<Instrument>,
    pub past_due: Vec<PastDue>,
    pub agreement: Agreement,
    /// "IAM user and role access to Billing information".
    pub iam_billing_access: Switch,
    /// The service principals that the account is delegated administrator for.
    pub delegated_services: Vec<String>,
    /// Whether a resource-based delegation policy lets the account read the organization without being a delegated administrator.
    pub delegation_policy_grants_reads: bool,
    pub users: Vec<User>,
    /// The IAM roles, besides the service-linked ones and the caller's own.
    pub roles: Vec<Role>,
    pub saml_providers: Vec<String>,
    /// The hosts of the `OpenID` Connect providers.
    pub oidc_providers: Vec<String>,
    pub root: Root,
    pub invitations: Vec<Invitation>,
    /// The tags on the account object in the organization.
    pub tags: BTreeMap<String, String>,
    pub stack_sets: Vec<StackSet>,
    /// What the first reads of the membership after a leave say; later ones say the truth.
    pub reads_after_leave: VecDeque<Seen>,
    /// Whether a refused leave carries a `Reason`, or only its message.
    pub refusals_carry_reasons: bool,
    /// The most entries on one page of a list, whatever the client asks for.
    pub page_size: usize,
    /// Whether the first page of each list of Organizations and Payments is empty and not the last.
    ///
    /// Source: Organizations and Payments API references, which say of every list that this can happen.
    pub first_pages_empty: bool,
    /// The practice time at the start; ages are relative to it.
    #[serde(skip, default = "this_second")]
    pub started_at: Timestamp,
    #[serde(skip)]
    pub(super) phone: Phone,
    #[serde(skip)]
    pub(super) assumed: Assumed,
}

/// AWS's state of an account (`account:GetAccountInformation`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AccountState {
    PendingActivation,
    Active,
    Suspended,
    Closed,
}

/// How an account came into its organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum JoinedMethod {
    /// The organization made it; the waiting period applies.
    Created,
    /// It was there before; no waiting period.
    Invited,
}

/// An organization, as a member sees it.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Organization {
    /// The id, `o-…`.
    pub id: String,
    pub management_account_id: String,
    pub management_account_name: String,
    pub management_email: String,
    /// `ALL` or `CONSOLIDATED_BILLING`.
    pub feature_set: String,
    /// Whether the credentials of the management account's administrator still work.
    pub owner_session: Session,
    pub owner_denials: Vec<Denial>,
    pub management_contact: Contact,
}

/// Whether credentials still work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Session {
    Valid,
    /// AWS answers every call with an expired-token error.
    Expired,
}

/// Something that is on or off in an account's settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Switch {
    On,
    Off,
}

/// The AWS customer agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Agreement {
    Accepted,
    Missing,
}

/// A payment instrument.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default = "Instrument::card", deny_unknown_fields)]
pub struct Instrument {
    /// AWS's name of its kind, such as `CARD`.
    pub method: String,
    /// AWS's status of it, such as `INVALID`.
    pub status: String,
    /// Whether AWS accepts it for a standalone account. No API shows that.
    pub accepted: bool,
}

impl Instrument {
    /// A valid card.
    #[must_use]
    pub fn card() -> Self {
        Self { method: "CARD".to_owned(), status: "ACTIVE".to_owned(), accepted: true }
    }

    pub(super) fn is_active(&self) -> bool {
        self.status == "ACTIVE"
    }
}

/// A sum that the account owes to one seller, and should have paid.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PastDue {
    pub value: String,
    /// Its currency, such as `USD`.
    pub currency: String,
    pub seller: String,
}

/// The primary contact information.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Contact {
    pub on_file: bool,
    pub full_name: String,
    pub company_name: String,
    pub address_line_1: String,
    pub address_line_2: String,
    pub address_line_3: String,
    pub city: String,
    pub district_or_county: String,
    /// State or region; empty when the country needs none.
    pub state_or_region: String,
    pub postal_code: String,
    /// ISO country code of two letters.
    pub country_code: String,
    /// Phone number with country code.
    pub phone_number: String,
    pub website_url: String,
    pub verification: Verification,
}

/// The bounds of the verification of phone numbers. AWS publishes none; these are the practice's own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PhoneBounds {
    /// How many codes are sent to one number.
    pub sends: u32,
    /// How many wrong codes are taken before the right one counts no more.
    pub wrong_codes: u32,
    /// The beginnings of numbers to which no code is sent.
    pub no_codes_to: Vec<String>,
}

/// What the practice phone has received, and what became of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Phone {
    pub under_way: Option<SentCode>,
    /// The number that the last code went to.
    pub number: String,
    pub sends: u32,
    /// How many codes went out at all: each is another.
    pub codes: u32,
    pub last: Option<String>,
}

/// A code that was sent and may still be entered.
#[derive(Debug, Clone)]
pub(super) struct SentCode {
    pub code: String,
    pub number: String,
    pub at: Timestamp,
    /// How many wrong codes were entered since.
    pub wrong: u32,
}

/// Whether the phone number on file is verified (`account:GetContactInformation`, since October 2026).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Verification {
    Verified,
    Unverified,
    Pending,
    NotSupported,
}

/// The support plan and where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Support {
    pub plan: SupportPlan,
    /// Whether the organization bought it for all its accounts; a leaver then falls to Basic.
    pub organization_wide: bool,
}

/// The support plans, by their names in the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SupportPlan {
    /// No plan was ever chosen: the sign-up is incomplete.
    NeverChosen,
    Basic,
    /// Developer, without the Support API.
    Developer,
    /// Business, as sold until 2025.
    Business,
    BusinessPlus,
    Enterprise,
}

/// An IAM user.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    pub name: String,
    /// The path, `/` by default.
    #[serde(default = "slash")]
    pub path: String,
    #[serde(default)]
    pub password: bool,
    #[serde(default)]
    pub mfa: bool,
}

/// The root user's credentials, as `iam:GetAccountSummary` counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Root {
    pub password: bool,
    pub mfa: bool,
    pub access_keys: bool,
}

/// A handshake by which an organization invited the account.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invitation {
    /// The handshake's id, `h-…`.
    pub id: String,
    pub organization_id: String,
    pub management_account_id: String,
    pub management_account_name: String,
    pub management_email: String,
    /// How long ago it was sent, in days.
    pub sent_days_ago: f64,
    /// AWS's state of it: `OPEN`, `ACCEPTED`, `EXPIRED`, …
    #[serde(default = "open")]
    pub state: String,
}

/// A StackSet of the organization, which its owner keeps in one region.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own of a StackSet, and a key of a scenario file")]
#[serde(deny_unknown_fields)]
pub struct StackSet {
    pub name: String,
    /// The region that it is kept in, and that its stack here is in.
    #[serde(default = "usual_region")]
    pub region: String,
    /// Whether it gets its rights from the organization, or from roles in each account.
    #[serde(default = "yes")]
    pub service_managed: bool,
    /// Whether it follows accounts that come and go.
    #[serde(default = "yes")]
    pub auto_deployment: bool,
    /// Whether its stacks stay in an account that goes.
    #[serde(default)]
    pub retain: bool,
    #[serde(default = "yes")]
    pub stacks_here: bool,
    /// The role that runs its stacks, if somebody wrote one for it.
    pub execution_role: Option<String>,
}

/// What one read of the membership says while the change spreads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Seen {
    Member,
    Left,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            partition: "aws".to_owned(),
            id: "412098765432".to_owned(),
            name: "payments-prod".to_owned(),
            email: "aws+payments-prod@northwind-payments.example".to_owned(),
            state: AccountState::Active,
            created_days_ago: 812.0,
            joined: JoinedMethod::Created,
            member: true,
            organization: Organization::default(),
            principal: Principal::default(),
            session: Session::Valid,
            denials: Vec::new(),
            contact: Contact::default(),
            phone_bounds: PhoneBounds::default(),
            support: Support::default(),
            instruments: vec![Instrument::card()],
            past_due: Vec::new(),
            agreement: Agreement::Accepted,
            iam_billing_access: Switch::On,
            delegated_services: Vec::new(),
            delegation_policy_grants_reads: false,
            users: vec![User { name: "break-glass".to_owned(), path: slash(), password: true, mfa: true }],
            roles: Vec::new(),
            saml_providers: Vec::new(),
            oidc_providers: Vec::new(),
            root: Root::default(),
            invitations: Vec::new(),
            tags: BTreeMap::from([("cost-center".to_owned(), "4711".to_owned())]),
            stack_sets: Vec::new(),
            reads_after_leave: VecDeque::new(),
            refusals_carry_reasons: true,
            page_size: 100,
            first_pages_empty: false,
            started_at: this_second(),
            phone: Phone::default(),
            assumed: Assumed::default(),
        }
    }
}

impl Default for Organization {
    fn default() -> Self {
        Self {
            id: "o-a1b2c3d4e5".to_owned(),
            management_account_id: "305611223344".to_owned(),
            management_account_name: "Northwind Holding".to_owned(),
            management_email: "aws-root@northwind.example".to_owned(),
            feature_set: "ALL".to_owned(),
            owner_session: Session::Valid,
            owner_denials: Vec::new(),
            management_contact: Contact::of_the_holding(),
        }
    }
}

impl Default for Contact {
    fn default() -> Self {
        Self {
            on_file: true,
            full_name: "Maria Keller".to_owned(),
            company_name: "Northwind Payments GmbH".to_owned(),
            address_line_1: "Lindenstrasse 12".to_owned(),
            address_line_2: String::new(),
            address_line_3: String::new(),
            city: "Berlin".to_owned(),
            district_or_county: String::new(),
            state_or_region: "Berlin".to_owned(),
            postal_code: "10969".to_owned(),
            country_code: "DE".to_owned(),
            phone_number: "+493055501234".to_owned(),
            website_url: String::new(),
            verification: Verification::Verified,
        }
    }
}

impl Default for PhoneBounds {
    fn default() -> Self {
        Self { sends: 5, wrong_codes: 5, no_codes_to: vec!["+850".to_owned()] }
    }
}

impl Default for Support {
    fn default() -> Self {
        Self { plan: SupportPlan::BusinessPlus, organization_wide: false }
    }
}

impl Default for Root {
    fn default() -> Self {
        Self { password: true, mfa: true, access_keys: false }
    }
}

impl SupportPlan {
    /// Whether the plan includes the Support API.
    ///
    /// Source: AWS Support User Guide; without it `DescribeSeverityLevels` answers `SubscriptionRequiredException`.
    pub(super) fn has_api(self) -> bool {
        matches!(self, Self::Business | Self::BusinessPlus | Self::Enterprise)
    }
}

impl Contact {
    /// The contact of the management account, which Organizations copies into the accounts that it creates.
    fn of_the_holding() -> Self {
        Self {
            full_name: "Cloud Finance".to_owned(),
            company_name: "Northwind Holding AG".to_owned(),
            address_line_1: "Bahnhofplatz 1".to_owned(),
            city: "Frankfurt am Main".to_owned(),
            state_or_region: "Hessen".to_owned(),
            postal_code: "60329".to_owned(),
            phone_number: "+496955500100".to_owned(),
            ..Self::default()
        }
    }

    /// Whether every field that AWS requires is filled, the state or region where the country asks for it.
    ///
    /// Source: AWS Account Management API, `ContactInformation`.
    pub(super) fn is_complete(&self) -> bool {
        let required =
            [&self.full_name, &self.address_line_1, &self.city, &self.postal_code, &self.country_code, &self.phone_number];
        let needs_state = matches!(self.country_code.as_str(), "US" | "CA" | "GB" | "DE" | "JP" | "IN" | "BR");
        self.on_file && required.iter().all(|field| !field.is_empty()) && !(needs_state && self.state_or_region.is_empty())
    }
}

impl Account {
    pub(super) fn is_management_account(&self) -> bool {
        self.id == self.organization.management_account_id
    }

    pub(super) fn is_delegated_administrator(&self) -> bool {
        self.member && !self.delegated_services.is_empty()
    }

    /// When the account was created.
    #[must_use]
    pub fn created_at(&self) -> Timestamp {
        self.days_ago(self.created_days_ago)
    }

    /// Whether the waiting period for created accounts still runs at `now`.
    pub(super) fn must_wait(&self, now: Timestamp) -> bool {
        let age = now.duration_since(self.created_at());
        self.joined == JoinedMethod::Created && age < days(WAITING_PERIOD_DAYS)
    }

    /// A moment that many days before the practice started.
    pub(super) fn days_ago(&self, count: f64) -> Timestamp {
        self.started_at.checked_sub(days(count)).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// The ARN of something of this account that lives in no region.
    pub(super) fn arn(&self, service: &str, rest: &str) -> String {
        format!("arn:{}:{service}::{}:{rest}", self.partition, self.id)
    }

    pub(super) fn organization_arn(&self, rest: &str) -> String {
        format!("arn:{}:organizations::{}:{rest}", self.partition, self.organization.management_account_id)
    }

    /// The ARN of this account as a member of its organization.
    pub(super) fn member_arn(&self) -> String {
        self.organization_arn(&format!("account/{}/{}", self.organization.id, self.id))
    }

    /// The serial number of the caller's MFA device, which is an ARN as for every virtual one.
    pub(super) fn mfa_device(&self) -> String {
        self.arn("iam", "mfa/maria.keller")
    }

    /// Lets the sessions of assumed roles end now, as time would.
    pub fn end_role_sessions(&mut self) {
        for session in self.assumed.sessions.values_mut() {
            session.ends = Timestamp::UNIX_EPOCH;
        }
    }

    /// What one read of the membership says now; uses up one of the stale reads after a leave.
    pub(super) fn read_membership(&mut self) -> Option<&Organization> {
        let seen_as_member = if self.member { true } else { self.reads_after_leave.pop_front() == Some(Seen::Member) };
        seen_as_member.then_some(&self.organization)
    }

    /// What a leave does to the account, once nothing stands in its way.
    ///
    /// Source: AWS Organizations User Guide, removing a member account; AWS Support User Guide, changing plans.
    pub(super) fn leave(&mut self) {
        self.member = false;
        self.tags.clear();
        self.delegated_services.clear();
        if self.support.organization_wide {
            self.support = Support { plan: SupportPlan::Basic, organization_wide: false };
        }
    }

    /// Every role: the service-linked ones, those of the scenario, and the caller's own.
    pub(super) fn all_roles(&self) -> impl Iterator<Item = Cow<'_, Role>> {
        let own = Role::of_principal(self).filter(|own| !self.roles.iter().any(|role| role.name == own.name));
        let known = Role::service_linked().into_iter().map(Cow::Owned).chain(self.roles.iter().map(Cow::Borrowed));
        known.chain(own.map(Cow::Owned))
    }

    /// Every SAML provider: those of the scenario, and the one that IAM Identity Center keeps for its permission sets.
    pub(super) fn all_saml_providers(&self) -> Vec<String> {
        let identity_center = (self.principal.kind == PrincipalKind::Sso).then(|| IDENTITY_CENTER_PROVIDER.to_owned());
        self.saml_providers.iter().cloned().chain(identity_center).collect()
    }

    /// Every user: those of the scenario, and the caller when it is one.
    pub(super) fn all_users(&self) -> impl Iterator<Item = Cow<'_, User>> {
        let caller = (self.principal.kind == PrincipalKind::User).then(|| self.principal.name());
        let unlisted = caller.filter(|name| !self.users.iter().any(|user| user.name == *name));
        let own = unlisted.map(|name| User { name, path: self.principal.path(), password: true, mfa: true });
        self.users.iter().map(Cow::Borrowed).chain(own.map(Cow::Owned))
    }

    /// The management account as an account of its own, for calls that its administrator makes about it.
    pub(super) fn management_account(&self) -> Self {
        let organization = self.organization.clone();
        Self {
            partition: self.partition.clone(),
            id: organization.management_account_id.clone(),
            name: organization.management_account_name.clone(),
            email: organization.management_email.clone(),
            created_days_ago: 3_650.0,
            principal: Principal { kind: PrincipalKind::User, name: Some("org-admin".to_owned()), ..Principal::default() },
            contact: organization.management_contact.clone(),
            started_at: self.started_at,
            denials: organization.owner_denials.clone(),
            organization,
            ..Self::default()
        }
    }

    /// Somebody else's account, where the access key is an administrator's there: of another organization's owner, of another member, of an
    /// account in no organization.
    pub(super) fn other_account(&self, access_key: &str) -> Option<Self> {
        let elsewhere = Organization {
            id: "o-sunflower1".to_owned(),
            management_account_id: "880077665544".to_owned(),
            management_account_name: "Sunflower".to_owned(),
            management_email: "aws@sunflower.example".to_owned(),
            ..Organization::default()
        };
        let (id, name, organization, member) = match access_key {
            OTHER_OWNER_ACCESS_KEY => ("880077665544", "Sunflower", elsewhere, true),
            OTHER_MEMBER_ACCESS_KEY => ("523344556677", "payments-test", self.organization.clone(), true),
            STANDALONE_ACCESS_KEY => ("660011223344", "lone-star", elsewhere, false),
            _ => return None,
        };
        Some(Self {
            partition: self.partition.clone(),
            id: id.to_owned(),
            name: name.to_owned(),
            member,
            organization,
            principal: Principal { kind: PrincipalKind::User, name: Some("admin".to_owned()), ..Principal::default() },
            started_at: self.started_at,
            ..Self::default()
        })
    }

    pub(super) fn unique_id(&self, prefix: &str, name: &str) -> String {
        unique_id(prefix, &format!("{}/{name}", self.id))
    }
}

fn days(count: f64) -> SignedDuration {
    SignedDuration::from_secs_f64(count * 86_400.0)
}

/// Now, without fractions: the wire's timestamps carry none.
pub(super) fn this_second() -> Timestamp {
    Timestamp::from_second(Timestamp::now().as_second()).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn usual_region() -> String {
    "us-east-1".to_owned()
}

fn yes() -> bool {
    true
}

pub(super) fn slash() -> String {
    "/".to_owned()
}

fn open() -> String {
    "OPEN".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_created_account_waits_four_days_and_an_invited_one_does_not() {
        let mut account = Account { created_days_ago: 3.9, ..Account::default() };
        assert!(account.must_wait(account.started_at));
        assert!(!account.must_wait(account.started_at + SignedDuration::from_hours(3)), "the practice clock runs");
        account.joined = JoinedMethod::Invited;
        assert!(!account.must_wait(account.started_at));
    }

    #[test]
    fn a_leave_deletes_tags_and_an_organization_wide_plan() {
        let mut account = Account { support: Support { organization_wide: true, ..Support::default() }, ..Account::default() };
        account.leave();
        assert!(!account.member && account.tags.is_empty());
        assert_eq!(account.support.plan, SupportPlan::Basic);
    }

    #[test]
    fn a_plan_of_the_accounts_own_survives_the_leave() {
        let mut account = Account::default();
        account.leave();
        assert_eq!(account.support.plan, SupportPlan::BusinessPlus);
    }

    #[test]
    fn reads_after_a_leave_say_what_the_scenario_scripted_and_then_the_truth() {
        let mut account = Account { reads_after_leave: [Seen::Member, Seen::Left, Seen::Member].into(), ..Account::default() };
        assert!(account.read_membership().is_some(), "a member is read as one");
        account.leave();
        let seen: Vec<bool> = (0..5).map(|_| account.read_membership().is_some()).collect();
        assert_eq!(seen, [true, false, true, false, false]);
    }

    #[test]
    fn contact_information_needs_a_state_only_where_aws_asks_for_one() {
        let mut contact = Contact { state_or_region: String::new(), ..Contact::default() };
        assert!(!contact.is_complete());
        contact.country_code = "FR".to_owned();
        assert!(contact.is_complete());
    }
}

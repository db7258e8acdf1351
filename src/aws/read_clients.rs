//! Every question that may be put to AWS, one method each.
//!
//! The SDK's clients could also write; they stay private here, and no method of this type changes anything. That is what makes
//! a reader unable to leave by type. And if somebody added such a method, the clients would turn its call away.

use std::fmt::Debug;
use std::sync::Arc;

use aws_sdk_account::operation::get_account_information::GetAccountInformationOutput;
use aws_sdk_account::operation::get_contact_information::GetContactInformationOutput;
use aws_sdk_billing::operation::get_credits::GetCreditsOutput;
use aws_sdk_billing::operation::list_business_support_subscription_history::ListBusinessSupportSubscriptionHistoryOutput;
use aws_sdk_cloudformation::operation::list_stack_instances::ListStackInstancesOutput;
use aws_sdk_cloudformation::operation::list_stack_sets::ListStackSetsOutput;
use aws_sdk_cloudformation::types::{StackSet, StackSetStatus};
use aws_sdk_iam::operation::get_account_summary::GetAccountSummaryOutput;
use aws_sdk_iam::operation::get_login_profile::GetLoginProfileOutput;
use aws_sdk_iam::operation::list_attached_role_policies::ListAttachedRolePoliciesOutput;
use aws_sdk_iam::operation::list_role_policies::ListRolePoliciesOutput;
use aws_sdk_iam::operation::list_roles::ListRolesOutput;
use aws_sdk_iam::operation::list_users::ListUsersOutput;
use aws_sdk_iam::operation::simulate_principal_policy::SimulatePrincipalPolicyOutput;
use aws_sdk_iam::types::{ContextEntry, Role, User};
use aws_sdk_organizations::config::retry::{RetryPartition, TokenBucket};
use aws_sdk_organizations::operation::describe_account::DescribeAccountOutput;
use aws_sdk_organizations::operation::describe_organization::DescribeOrganizationOutput;
use aws_sdk_organizations::operation::list_delegated_services_for_account::ListDelegatedServicesForAccountOutput;
use aws_sdk_organizations::operation::list_handshakes_for_account::ListHandshakesForAccountOutput;
use aws_sdk_organizations::operation::list_parents::ListParentsOutput;
use aws_sdk_organizations::operation::list_policies_for_target::ListPoliciesForTargetOutput;
use aws_sdk_organizations::operation::list_tags_for_resource::ListTagsForResourceOutput;
use aws_sdk_organizations::types::{ActionType, Handshake, HandshakeFilter, HandshakeState, Policy, PolicyType};
use aws_sdk_support::operation::describe_severity_levels::DescribeSeverityLevelsOutput;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::DateTime;
use aws_types::SdkConfig;
use aws_types::region::Region;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;

use super::ask::{Recorded, ask, ask_as};
use super::bounded::{NotAgain, is_too_long};
use super::contact::contact_of;
use super::only_reads::OnlyReads;
use super::problem::Failure;
use super::signed::{Refused, Signed, Told};
use super::whole_answer::WHOLE_ANSWER;
use crate::checklist::facts::Name;
use crate::checklist::{
    AccountDetails, AccountId, ContactField, Identity, Membership, Organization, Partition, Problem, ProblemKind,
};
use crate::clock::Clock;
use crate::untrusted::sanitize;

pub(super) const DESCRIBE_ORGANIZATION: &str = "organizations:DescribeOrganization";
pub(super) const GET_CALLER_IDENTITY: &str = "sts:GetCallerIdentity";
/// What is asked for to leave.
pub const LEAVE_ORGANIZATION: &str = "organizations:LeaveOrganization";

pub(super) const LIST_PAYMENT_INSTRUMENTS: &str = "payments:ListPaymentInstruments";
pub(super) const GET_ACCOUNT_BALANCE: &str = "payments:GetAccountBalance";
/// The reason with which AWS Payments says that the account is not one that pays: its sign-up is not complete, or it is suspended.
///
/// Source: botocore 1.44.8, `payments` 2026-09-23, `AccessDeniedExceptionReason`.
pub(super) const INVALID_ACCOUNT_STATE: &str = "INVALID_ACCOUNT_STATE";
/// The reason with which AWS Payments says that there is no such call for this account or region.
///
/// Source: as above, `ValidationExceptionReason`.
pub(super) const UNSUPPORTED_ACTION: &str = "UNSUPPORTED_ACTION";
/// The reasons that say more than their codes, each after its code.
const PAYMENTS_REASONS: [(&str, &str); 2] =
    [("AccessDeniedException", INVALID_ACCOUNT_STATE), ("ValidationException", UNSUPPORTED_ACTION)];

pub(super) const LIST_DELEGATED_SERVICES: &str = "organizations:ListDelegatedServicesForAccount";
pub(super) const LIST_HANDSHAKES: &str = "organizations:ListHandshakesForAccount";
pub(super) const DESCRIBE_ACCOUNT: &str = "organizations:DescribeAccount";
pub(super) const LIST_TAGS_FOR_RESOURCE: &str = "organizations:ListTagsForResource";
pub(super) const LIST_PARENTS: &str = "organizations:ListParents";
pub(super) const LIST_POLICIES_FOR_TARGET: &str = "organizations:ListPoliciesForTarget";
pub(super) const DESCRIBE_POLICY: &str = "organizations:DescribePolicy";
pub(super) const LIST_STACK_SETS: &str = "cloudformation:ListStackSets";
pub(super) const DESCRIBE_STACK_SET: &str = "cloudformation:DescribeStackSet";
pub(super) const LIST_STACK_INSTANCES: &str = "cloudformation:ListStackInstances";

/// A page of payment instruments.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PaymentInstruments {
    pub payment_instrument_summaries: Vec<PaymentInstrument>,
    pub next_token: Option<String>,
}

/// A payment instrument, as the list of them shows it. What is on a card stands elsewhere, and is not asked for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PaymentInstrument {
    /// `arn:PARTITION:payments::ACCOUNT:payment-instrument:ID`.
    pub arn: String,
    /// The kind, such as `CARD`.
    pub payment_method: String,
    /// Whether AWS can use it: `ACTIVE`, or why not.
    pub status: String,
}

impl PaymentInstrument {
    /// The account that it belongs to, if its ARN says so.
    pub fn account(&self) -> Option<&str> {
        match self.arn.split(':').collect::<Vec<_>>()[..] {
            ["arn", _, "payments", "", account, "payment-instrument", _] => Some(account),
            _ => None,
        }
    }
}

/// The sums of what is past due.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PastDue {
    pub account_balances: Vec<Balance>,
    pub next_token: Option<String>,
}

/// A sum that is due to one seller in one currency.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Balance {
    pub amount: Amount,
    pub merchant_of_record: String,
}

impl Balance {
    /// Whether this is a sum of money, and more than nothing.
    pub fn is_due(&self) -> bool {
        let Amount { value, currency } = &self.amount;
        let is_number = value.len() <= 20 && value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let is_currency = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase());
        is_number && is_currency && value.parse::<f64>().is_ok_and(|value| value > 0.0)
    }
}

/// An amount of money.
#[derive(Debug, Deserialize)]
pub(super) struct Amount {
    pub value: String,
    /// By ISO 4217.
    pub currency: String,
}

impl Amount {
    /// Number and currency.
    pub fn in_words(&self) -> String {
        format!("{} {}", self.value, self.currency)
    }
}

/// Whose account is asked about, which is found out meanwhile; `None` where it cannot be.
pub(super) trait OfAccount<'a>: Future<Output = Option<&'a AccountId>> + Send {}
impl<'a, T: Future<Output = Option<&'a AccountId>> + Send> OfAccount<'a> for T {}

/// Puts questions to AWS with one set of credentials.
#[derive(Clone)]
pub(super) struct ReadClients {
    pub partition: Partition,
    pub region: String,
    /// Whether the access key is a user's own, which no MFA stands behind, and not a session's.
    pub has_long_term_key: bool,
    clock: Clock,
    sts: aws_sdk_sts::Client,
    organizations: aws_sdk_organizations::Client,
    account: aws_sdk_account::Client,
    iam: aws_sdk_iam::Client,
    support: aws_sdk_support::Client,
    billing: aws_sdk_billing::Client,
    payments: Arc<Signed>,
    /// For services that live in regions: their clients are made for the region that is asked.
    config: SdkConfig,
}

impl std::fmt::Debug for ReadClients {
    // The SDK's own form of a client shows session tokens.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Questions").field("partition", &self.partition).field("region", &self.region).finish_non_exhaustive()
    }
}

/// A client of one service that sends nothing but reads, and turns away answers which are none.
macro_rules! client {
    ($service:ident, $config:expr) => {
        $service::Client::from_conf(
            $service::config::Builder::from($config)
                .interceptor(OnlyReads)
                .interceptor(WHOLE_ANSWER)
                // The SDK counts retries against a quota that all clients of a process share. What failed before somebody signed in again,
                // or while the network was gone, must not use up the retries of what comes after.
                .retry_partition(RetryPartition::custom("leave-org").token_bucket(TokenBucket::default()).build())
                .build(),
        )
    };
}

impl ReadClients {
    /// Clients for one connection. All but STS are global services: they sign for their partition's own region.
    pub fn new(config: &SdkConfig, partition: Partition, has_long_term_key: bool, clock: Clock) -> Self {
        let global = config.to_builder().region(Region::new(partition.global_region())).build();
        Self {
            partition,
            region: config.region().map(ToString::to_string).unwrap_or_default(),
            has_long_term_key,
            clock,
            sts: client!(aws_sdk_sts, config),
            organizations: client!(aws_sdk_organizations, &global),
            account: client!(aws_sdk_account, &global),
            iam: client!(aws_sdk_iam, &global),
            support: client!(aws_sdk_support, &global),
            billing: client!(aws_sdk_billing, &global),
            payments: Arc::new(Signed::new(config, partition)),
            config: config.clone(),
        }
    }

    /// What time it is, by the clock that dates the answers.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Puts questions about StackSets to CloudFormation in `region`.
    pub fn stack_sets_in(&self, region: &str) -> StackSetReads {
        let there = self.config.to_builder().region(Region::new(region.to_owned())).build();
        StackSetReads {
            region: region.to_owned(),
            clock: self.clock.clone(),
            cloudformation: client!(aws_sdk_cloudformation, &there),
        }
    }

    /// Whose credentials these are. Credentials of another partition than the region's are a problem: every other call would go astray.
    pub async fn identity(&self) -> Recorded<Identity> {
        let answer = ask(&self.clock, GET_CALLER_IDENTITY, self.sts.get_caller_identity().send()).await;
        answer.and_then(|output, now| {
            let arn = sanitize(output.arn().unwrap_or_default());
            let Some(account) = output.account().and_then(|id| id.parse::<AccountId>().ok()) else {
                return Err(Problem::malformed(GET_CALLER_IDENTITY, "The answer names no account.", now));
            };
            if !is_of(Some(&account), &arn) {
                return Err(Problem::malformed(GET_CALLER_IDENTITY, "The answer names two accounts, or no caller.", now));
            }
            match Partition::from_arn(&arn) {
                Some(partition) if partition == self.partition => Ok(Identity { account, arn, partition }),
                Some(partition) => {
                    let message = format!(
                        "These credentials belong to the partition {partition}, but the region {} belongs to {}. Set a region of {partition}.",
                        self.region, self.partition
                    );
                    Err(Problem::here(ProblemKind::Configuration, GET_CALLER_IDENTITY, &message, now))
                }
                None => {
                    let message = format!("The answer names a partition that this program does not know: {arn}");
                    Err(Problem::here(ProblemKind::Configuration, GET_CALLER_IDENTITY, &message, now))
                }
            }
        })
    }

    /// Which organization the account is in, if any. "Not in an organization" is an answer, not a failure.
    pub async fn membership(&self) -> Recorded<Membership> {
        let answer = ask(&self.clock, DESCRIBE_ORGANIZATION, self.organizations.describe_organization().send()).await;
        let member = |output: DescribeOrganizationOutput| {
            let organization = output.organization.filter(|organization| says(organization.id()))?;
            Some(Membership::Member(Organization {
                id: sanitize(organization.id()?),
                management_account: organization.master_account_id().and_then(|id| id.parse().ok()),
                feature_set: organization.feature_set().map(|set| sanitize(set.as_str())),
            }))
        };
        let answer = answer.part(member, "The answer names no organization.");
        answer.or_when("AWSOrganizationsNotInUseException", Membership::Standalone)
    }

    /// The id, name, state and age of the account.
    pub async fn account_information(&self) -> Recorded<(String, AccountDetails)> {
        let answer = ask(&self.clock, "account:GetAccountInformation", self.account.get_account_information().send()).await;
        answer.map(|output: GetAccountInformationOutput| {
            let details = AccountDetails {
                name: output.account_name().map(sanitize),
                state: output.account_state().map(|state| sanitize(state.as_str())),
                created_at: output.account_created_date().and_then(timestamp),
            };
            (sanitize(output.account_id().unwrap_or_default()), details)
        })
    }

    /// The address and phone number on file. That there is none is an error of AWS's: one without an entry in it says nothing.
    pub async fn contact_information(&self) -> Recorded<GetContactInformationOutput> {
        const OPERATION: &str = "account:GetContactInformation";
        let answer = ask(&self.clock, OPERATION, self.account.get_contact_information().send()).await;
        let is_one = |output: &GetContactInformationOutput| {
            let contact = output.contact_information().map(contact_of).unwrap_or_default();
            ContactField::ALL.into_iter().any(|field| !contact.get(field).is_empty())
        };
        answer.only_if(is_one, "The answer names no contact.")
    }

    /// The severities with which support cases can be opened: an answer only with a support plan that has an API.
    pub async fn severity_levels(&self) -> Recorded<DescribeSeverityLevelsOutput> {
        const OPERATION: &str = "support:DescribeSeverityLevels";
        let answer = ask(&self.clock, OPERATION, self.support.describe_severity_levels().send()).await;
        answer.only_if(|output| output.severity_levels().iter().any(|level| says(level.code())), "The answer names no severity.")
    }

    /// The support contracts that billing knows of.
    pub async fn support_history(&self, account: &AccountId) -> Recorded<ListBusinessSupportSubscriptionHistoryOutput> {
        let call = self.billing.list_business_support_subscription_history().account_id(account.as_str()).send();
        ask(&self.clock, "billing:ListBusinessSupportSubscriptionHistory", call).await
    }

    /// The credits of the last `days` days: free of charge, and answered only where IAM may see billing.
    pub async fn credits(&self, account: &AccountId, days: i64) -> Recorded<GetCreditsOutput> {
        let start = self.now().checked_sub(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::UNIX_EPOCH);
        let call =
            self.billing.get_credits().account_id(account.as_str()).start_date(DateTime::from_secs(start.as_second())).send();
        ask(&self.clock, "billing:GetCredits", call).await
    }

    /// Where AWS Payments is asked.
    pub fn payments_host(&self) -> Name {
        self.payments.host()
    }

    /// The payment instruments of the account, one page.
    pub async fn payment_instruments(&self, page: Option<String>) -> Recorded<PaymentInstruments> {
        let input = page.map_or_else(|| json!({}), |page| json!({ "nextToken": page }));
        let call = self.payments.read("ListPaymentInstruments", input);
        let answer: Recorded<PaymentInstruments> = self.of_payments(LIST_PAYMENT_INSTRUMENTS, call).await;
        answer.only_if(|page| is_token(page.next_token.as_deref()), LONG_TOKEN)
    }

    /// What is past due of the account's invoices, one amount for each seller and currency, one page.
    pub async fn past_due(&self, page: Option<String>) -> Recorded<PastDue> {
        let mut input = json!({ "balanceType": "INVOICES_PAST_DUE" });
        if let Some(page) = page {
            input["nextToken"] = page.into();
        }
        let answer: Recorded<PastDue> =
            self.of_payments(GET_ACCOUNT_BALANCE, self.payments.read("GetAccountBalance", input)).await;
        answer.only_if(|page| is_token(page.next_token.as_deref()), LONG_TOKEN)
    }

    /// The answer of AWS Payments. Its one code for denials means a policy, or an account that is not signed up: the reason stands in its place.
    async fn of_payments<T: Debug + Send + Sync + 'static>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Result<Told<T>, SdkError<Refused, HttpResponse>>> + Send,
    ) -> Recorded<T> {
        let call = async { call.await.map_err(|error| error.map_service_error(|refused| refused.by_reason(&PAYMENTS_REASONS))) };
        // An answer that cannot be read may hold what is nobody's to keep.
        ask_as(&self.clock, operation, call, Failure::without_excerpt).await.map(|told| told.output)
    }

    /// The services for which `account` is a delegated administrator, one page.
    pub async fn delegated_services(
        &self,
        account: &AccountId,
        page: Option<String>,
    ) -> Recorded<ListDelegatedServicesForAccountOutput> {
        let call =
            self.organizations.list_delegated_services_for_account().account_id(account.as_str()).set_next_token(page).send();
        let answer = ask(&self.clock, LIST_DELEGATED_SERVICES, call).await;
        answer.only_if(|output| output.delegated_services().iter().all(|one| says(one.service_principal())), NAMELESS)
    }

    /// The invitations to this account, one page.
    pub async fn invitations(&self, page: Option<String>) -> Recorded<ListHandshakesForAccountOutput> {
        let only = HandshakeFilter::builder().action_type(ActionType::InviteAccountToOrganization).build();
        let call = self.organizations.list_handshakes_for_account().filter(only).set_next_token(page).send();
        let answer = ask(&self.clock, LIST_HANDSHAKES, call).await;
        let is_whole = |one: &Handshake| says(one.id()) && says(one.state().map(HandshakeState::as_str));
        answer.only_if(|output| output.handshakes().iter().all(is_whole), NAMELESS)
    }

    /// How and when `account` joined. Only the management account is told.
    pub async fn described_account(&self, account: &AccountId) -> Recorded<DescribeAccountOutput> {
        let call = self.organizations.describe_account().account_id(account.as_str()).send();
        let answer = ask(&self.clock, DESCRIBE_ACCOUNT, call).await;
        answer.only_if(|output| output.account().and_then(|told| told.id()) == Some(account.as_str()), ANOTHER)
    }

    /// What the organization keeps as tags on `account`, one page. Only the owner is told.
    pub async fn account_tags(&self, account: &AccountId, page: Option<String>) -> Recorded<ListTagsForResourceOutput> {
        let call = self.organizations.list_tags_for_resource().resource_id(account.as_str()).set_next_token(page).send();
        ask(&self.clock, LIST_TAGS_FOR_RESOURCE, call).await
    }

    /// Where in the organization an account or a unit is: its one parent, one page. Only the owner is told.
    pub async fn parents(&self, child: &str, page: Option<String>) -> Recorded<ListParentsOutput> {
        ask(&self.clock, LIST_PARENTS, self.organizations.list_parents().child_id(child).set_next_token(page).send()).await
    }

    /// The service control policies that are attached to a root, a unit or an account, one page. Only the owner is told.
    pub async fn attached_policies(&self, target: &str, page: Option<String>) -> Recorded<ListPoliciesForTargetOutput> {
        let call = self
            .organizations
            .list_policies_for_target()
            .target_id(target)
            .filter(PolicyType::ServiceControlPolicy)
            .set_next_token(page)
            .send();
        ask(&self.clock, LIST_POLICIES_FOR_TARGET, call).await
    }

    /// One policy of the organization, with its text. Only the owner is told.
    pub async fn policy(&self, id: &str) -> Recorded<Policy> {
        let answer = ask(&self.clock, DESCRIBE_POLICY, self.organizations.describe_policy().policy_id(id).send()).await;
        let is_it = |policy: &Policy| policy.policy_summary().and_then(|summary| summary.id()) == Some(id);
        answer.part(|output| output.policy.filter(is_it), ANOTHER)
    }

    /// Counts and switches of the account's IAM.
    pub async fn account_summary(&self) -> Recorded<GetAccountSummaryOutput> {
        ask(&self.clock, "iam:GetAccountSummary", self.iam.get_account_summary().send()).await
    }

    /// The IAM users of `account`, one page of at most `size`. Of another account, they are no answer; `None`: nobody knows whose they are.
    pub async fn users(&self, account: impl OfAccount<'_>, size: i32) -> Recorded<ListUsersOutput> {
        let call = ask(&self.clock, "iam:ListUsers", self.iam.list_users().max_items(size).send());
        let (answer, account) = tokio::join!(call, account);
        answer.only_if(|output| output.users().iter().all(|user| is_of(account, user.arn())), ANOTHER)
    }

    /// Whether a user has a password for the console.
    pub async fn has_login_profile(&self, user: &str) -> Recorded<bool> {
        let answer = ask(&self.clock, "iam:GetLoginProfile", self.iam.get_login_profile().user_name(user).send()).await;
        let is_it = |output: &GetLoginProfileOutput| output.login_profile().is_some_and(|profile| profile.user_name() == user);
        answer.only_if(is_it, ANOTHER).map(|_| true).or_when("NoSuchEntity", false)
    }

    /// Whether a user has an MFA device of any kind.
    pub async fn has_mfa(&self, user: &str) -> Recorded<bool> {
        let answer = ask(&self.clock, "iam:ListMFADevices", self.iam.list_mfa_devices().user_name(user).send()).await;
        answer.map(|output| !output.mfa_devices().is_empty())
    }

    /// The managed policies that are attached to a role, one page.
    pub async fn attached_role_policies(&self, role: &str, page: Option<String>) -> Recorded<ListAttachedRolePoliciesOutput> {
        let call = self.iam.list_attached_role_policies().role_name(role).set_marker(page).send();
        ask(&self.clock, "iam:ListAttachedRolePolicies", call).await
    }

    /// The names of the policies that are written into a role, one page.
    pub async fn own_policies(&self, role: &str, page: Option<String>) -> Recorded<ListRolePoliciesOutput> {
        ask(&self.clock, "iam:ListRolePolicies", self.iam.list_role_policies().role_name(role).set_marker(page).send()).await
    }

    /// The IAM roles of `account`, one page of at most `size`, as for users. Where that many are too long for one answer, a tenth is asked for.
    pub async fn roles(&self, account: impl OfAccount<'_>, size: i32, page: Option<String>) -> Recorded<ListRolesOutput> {
        let once = || aws_sdk_iam::config::Builder::new().retry_classifier(NotAgain);
        let list =
            |size: i32| self.iam.list_roles().max_items(size).set_marker(page.clone()).customize().config_override(once()).send();
        let call = ask(&self.clock, "iam:ListRoles", async {
            match list(size).await {
                Err(error) if is_too_long(&error) => list((size / 10).max(1)).await,
                answer => answer,
            }
        });
        let (answer, account) = tokio::join!(call, account);
        answer.only_if(|output| output.roles().iter().all(|role| is_of(account, role.arn())), ANOTHER)
    }

    /// One role of `account`, with its path, tags and trust policy.
    pub async fn role(&self, account: &AccountId, name: &str) -> Recorded<Role> {
        let answer = ask(&self.clock, "iam:GetRole", self.iam.get_role().role_name(name).send()).await;
        let is_it = |role: &Role| role.role_name() == name && is_of(Some(account), role.arn());
        answer.part(|output| output.role.filter(is_it), ANOTHER)
    }

    /// One user of `account`, with its tags.
    pub async fn user(&self, account: &AccountId, name: &str) -> Recorded<User> {
        let answer = ask(&self.clock, "iam:GetUser", self.iam.get_user().user_name(name).send()).await;
        let is_it = |user: &User| user.user_name() == name && is_of(Some(account), user.arn());
        answer.part(|output| output.user.filter(is_it), ANOTHER)
    }

    /// What IAM's policy simulator makes of these calls, for one user or role. Nothing is called but the simulator.
    pub async fn simulated(
        &self,
        principal: &str,
        actions: &[&str],
        context: Vec<ContextEntry>,
    ) -> Recorded<SimulatePrincipalPolicyOutput> {
        let call = self
            .iam
            .simulate_principal_policy()
            .policy_source_arn(principal)
            .set_action_names(Some(actions.iter().map(|&action| action.to_owned()).collect()))
            .set_context_entries(Some(context))
            .send();
        ask(&self.clock, "iam:SimulatePrincipalPolicy", call).await
    }
}

/// Puts questions about StackSets, which live in one region.
#[derive(Clone)]
pub(super) struct StackSetReads {
    pub region: String,
    /// The clock that dates the answers.
    pub clock: Clock,
    cloudformation: aws_sdk_cloudformation::Client,
}

impl StackSetReads {
    /// The StackSets in use, one page.
    pub async fn stack_sets(&self, page: Option<String>) -> Recorded<ListStackSetsOutput> {
        let call = self.cloudformation.list_stack_sets().status(StackSetStatus::Active).set_next_token(page).send();
        ask(&self.clock, LIST_STACK_SETS, call).await
    }

    /// One StackSet, with what becomes of its stacks in an account that leaves.
    pub async fn stack_set(&self, name: &str) -> Recorded<StackSet> {
        let answer =
            ask(&self.clock, DESCRIBE_STACK_SET, self.cloudformation.describe_stack_set().stack_set_name(name).send()).await;
        let is_it = |stack_set: &StackSet| stack_set.stack_set_name() == Some(name);
        answer.part(|output| output.stack_set.filter(is_it), ANOTHER)
    }

    /// The stacks of a StackSet in `account`, one page.
    pub async fn stacks(&self, name: &str, account: &AccountId, page: Option<String>) -> Recorded<ListStackInstancesOutput> {
        let call = self
            .cloudformation
            .list_stack_instances()
            .stack_set_name(name)
            .stack_instance_account(account.as_str())
            .set_next_token(page)
            .send();
        ask(&self.clock, LIST_STACK_INSTANCES, call).await
    }
}

/// What was told of the account of `caller`; of another account, it is no answer. `None`: nobody knows whose account is asked about.
pub(super) fn about(caller: Option<&AccountId>, answer: Recorded<(String, AccountDetails)>) -> Recorded<AccountDetails> {
    let answer = answer.only_if(|(account, _)| caller.is_none_or(|caller| caller.as_str() == account), ANOTHER);
    answer.map(|(_, details)| details)
}

/// Whether an ARN is one of `account`; `None`: that cannot be told.
///
/// Source: IAM User Guide, Amazon Resource Names: the account is the fifth part.
fn is_of(account: Option<&AccountId>, arn: &str) -> bool {
    account.is_none_or(|account| arn.split(':').nth(4) == Some(account.as_str()))
}

/// Whether there is a text, and something in it.
fn says(text: Option<&str>) -> bool {
    text.is_some_and(|text| !text.is_empty())
}

/// Why a reply says nothing: where the next page begins is longer than AWS writes it.
const LONG_TOKEN: &str = "The answer's next page has a name that is too long.";

/// Whether a page can be asked for by this.
///
/// Source: botocore 1.44.8, `payments` 2026-09-23, `PaginationToken`.
fn is_token(token: Option<&str>) -> bool {
    token.is_none_or(|token| (1..=2048).contains(&token.len()))
}

/// Why a reply says nothing: it is not about what was asked for.
pub(super) const ANOTHER: &str = "The answer is about something else than was asked for.";

/// Why a reply says nothing: something that it lists has no name, or no state.
const NAMELESS: &str = "Something in the answer has no name, or does not say how it is.";

/// The SDK's time as ours; a time out of all bounds is none.
pub(super) fn timestamp(time: &DateTime) -> Option<Timestamp> {
    Timestamp::new(time.secs(), i32::try_from(time.subsec_nanos()).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(url: &str) -> SdkConfig {
        SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .endpoint_url(url)
            .http_client(crate::aws::http_client::practice())
            .retry_config(aws_smithy_types::retry::RetryConfig::disabled())
            .credentials_provider(aws_credential_types::provider::SharedCredentialsProvider::new(
                aws_credential_types::Credentials::new("AKIATEST", "secret", None, None, "test"),
            ))
            .build()
    }

    /// Questions to something that answers one call, with this.
    fn answered_with(body: &str) -> ReadClients {
        answered(body).0
    }

    /// The same, and what was sent.
    fn answered(body: &str) -> (ReadClients, std::thread::JoinHandle<String>) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answer = format!(
            "HTTP/1.1 200 OK\r\nx-amzn-requestid: r\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        let asked = std::thread::spawn(move || {
            use std::io::{Read as _, Write as _};
            let (mut stream, _) = listener.accept().unwrap();
            let mut read = [0; 16_384];
            let length = stream.read(&mut read).unwrap();
            // Who has heard enough closes before the end.
            let _ = stream.write_all(answer.as_bytes());
            String::from_utf8_lossy(&read[..length]).into_owned()
        });
        (ReadClients::new(&config(&url), Partition::Aws, true, Clock::default()), asked)
    }

    /// AWS Payments has no client in the SDK, and is asked as if it had one.
    #[tokio::test]
    async fn payments_is_asked_as_a_client_of_the_sdk_would() {
        let (asks, asked) = answered("{\"paymentInstrumentSummaries\":[]}");
        assert!(asks.payment_instruments(Some("next".to_owned())).await.result.unwrap().payment_instrument_summaries.is_empty());
        let asked = asked.join().unwrap();
        let (head, body) = asked.split_once("\r\n\r\n").unwrap();
        assert_eq!(body, "{\"nextToken\":\"next\"}");
        for part in [
            "POST / HTTP/1.1",
            "x-amz-target: AWSPayments.ListPaymentInstruments",
            "content-type: application/x-amz-json-1.0",
            "/us-east-1/payments/aws4_request, SignedHeaders=",
            "x-amz-date: ",
            "amz-sdk-invocation-id: ",
            "amz-sdk-request: attempt=1; max=1",
            "api/payments/2026-09-23",
        ] {
            assert!(head.contains(part), "no {part} in {head}");
        }
    }

    #[tokio::test]
    async fn of_roles_that_are_too_long_for_one_answer_a_tenth_is_asked_for_at_once() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let few =
            "<ListRolesResponse><ListRolesResult><Roles/><IsTruncated>false</IsTruncated></ListRolesResult></ListRolesResponse>";
        let asked = std::thread::spawn(move || {
            use std::io::{Read as _, Write as _};
            let answers = [("5000000", ""), (&*few.len().to_string(), few)];
            answers.map(|(length, body)| {
                let (mut stream, _) = listener.accept().unwrap();
                let mut read = [0; 16_384];
                let count = stream.read(&mut read).unwrap();
                let head =
                    format!("HTTP/1.1 200 OK\r\nx-amzn-requestid: r\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
                stream.write_all((head + body).as_bytes()).unwrap();
                String::from_utf8_lossy(&read[..count]).into_owned()
            })
        });
        let retrying = config(&url).to_builder().retry_config(aws_smithy_types::retry::RetryConfig::standard()).build();
        let asks = ReadClients::new(&retrying, Partition::Aws, true, Clock::default());
        let account: AccountId = "123456789012".parse().unwrap();
        let answer = asks.roles(async { Some(&account) }, 1000, None).await;
        assert!(answer.result.unwrap().roles().is_empty());
        let [first, second] = asked.join().unwrap();
        assert!(first.contains("MaxItems=1000") && second.contains("MaxItems=100"), "{first}\n{second}");
        assert!(!second.contains("MaxItems=1000"), "{second}");
    }

    fn why<T: std::fmt::Debug>(answer: Recorded<T>) -> (ProblemKind, String) {
        let problem = answer.result.unwrap_err();
        (problem.kind, problem.message)
    }

    #[tokio::test]
    async fn an_answer_about_something_else_or_with_nothing_in_it_is_none() {
        let another = (ProblemKind::Malformed, ANOTHER.to_owned());
        let account: AccountId = "123456789012".parse().unwrap();
        let xml = |operation: &str, inner: &str| {
            format!("<{operation}Response><{operation}Result>{inner}</{operation}Result></{operation}Response>")
        };
        let user = xml(
            "GetUser",
            "<User><Path>/</Path><UserName>bob</UserName><UserId>A</UserId><Arn>arn:aws:iam::123456789012:user/bob</Arn></User>",
        );
        assert_eq!(why(answered_with(&user).user(&account, "anna").await), another);
        assert_eq!(answered_with(&user).user(&account, "bob").await.result.unwrap().user_name(), "bob");
        let profile = xml("GetLoginProfile", "<LoginProfile><UserName>bob</UserName></LoginProfile>");
        assert_eq!(why(answered_with(&profile).has_login_profile("anna").await), another);
        let role = xml("GetRole", "<Role><RoleName>Deal</RoleName></Role>");
        assert_eq!(why(answered_with(&role).role(&account, "Other").await), another);
        let account = "{\"Account\":{\"Id\":\"210987654321\",\"JoinedMethod\":\"INVITED\",\"JoinedTimestamp\":1}}";
        assert_eq!(why(answered_with(account).described_account(&"123456789012".parse().unwrap()).await), another);
        let policy = "{\"Policy\":{\"PolicySummary\":{\"Id\":\"p-1\"},\"Content\":\"{}\"}}";
        assert_eq!(why(answered_with(policy).policy("p-2").await), another);

        let account = "{\"AccountId\":\"210987654321\",\"AccountName\":\"theirs\",\"AccountState\":\"ACTIVE\"}";
        let (caller, theirs): (AccountId, AccountId) = ("123456789012".parse().unwrap(), "210987654321".parse().unwrap());
        assert_eq!(why(about(Some(&caller), answered_with(account).account_information().await)), another);
        let told = about(Some(&theirs), answered_with(account).account_information().await).result.unwrap();
        assert_eq!(told.name.as_deref(), Some("theirs"));

        for contact in
            ["{\"ContactInformation\":{}}", "{\"ContactInformation\":{\"FullName\":\"\"},\"VerificationStatus\":\"VERIFIED\"}"]
        {
            let said = why(answered_with(contact).contact_information().await);
            assert_eq!(said, (ProblemKind::Malformed, "The answer names no contact.".to_owned()));
        }
        for levels in ["{\"severityLevels\":[]}", "{\"severityLevels\":[{\"name\":\"Low\"}]}"] {
            let said = why(answered_with(levels).severity_levels().await);
            assert_eq!(said, (ProblemKind::Malformed, "The answer names no severity.".to_owned()));
        }
        for question in ["{}", "{\"Handshakes\":null}"] {
            assert_eq!(why(answered_with(question).invitations(None).await).0, ProblemKind::Malformed);
        }
        assert!(answered_with("{\"Handshakes\":[]}").invitations(None).await.result.is_ok());
    }

    /// The SDK's clients have a method for everything. Here none of those that change something gets as far as the network.
    #[tokio::test]
    async fn the_clients_that_ask_send_nothing_that_is_no_read() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let config = config(&format!("http://{}", listener.local_addr().unwrap()));
        let asks = ReadClients::new(&config, Partition::Aws, true, Clock::default());
        let turned_away = [
            ("LeaveOrganization", format!("{:?}", asks.organizations.leave_organization().send().await.unwrap_err())),
            ("DeleteAlternateContact", format!("{:?}", asks.account.delete_alternate_contact().send().await.unwrap_err())),
            ("DeleteBillingView", format!("{:?}", asks.billing.delete_billing_view().arn("a").send().await.unwrap_err())),
            ("DeleteRole", format!("{:?}", asks.iam.delete_role().role_name("a").send().await.unwrap_err())),
            ("AssumeRole", format!("{:?}", asks.sts.assume_role().role_arn("a").send().await.unwrap_err())),
            (
                "DeleteStackSet",
                format!(
                    "{:?}",
                    asks.stack_sets_in("eu-west-1")
                        .cloudformation
                        .delete_stack_set()
                        .stack_set_name("a")
                        .send()
                        .await
                        .unwrap_err()
                ),
            ),
            ("ResolveCase", format!("{:?}", asks.support.resolve_case().send().await.unwrap_err())),
            (
                "DeletePaymentInstrument",
                format!("{:?}", asks.payments.read::<serde_json::Value>("DeletePaymentInstrument", json!({})).await.unwrap_err()),
            ),
        ];
        for (operation, error) in turned_away {
            assert!(error.contains(&format!("NotARead({operation:?})")), "{operation}: {error}");
        }
        assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "something was sent");
    }
}

//! The practice AWS, read by the real SDK over HTTP: every operation, every protocol's errors, every fault.
//!
//! What the SDK makes of an answer is what the checks will see; nothing here looks at a body.

use std::fmt::Debug;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_account::operation::put_contact_information::PutContactInformationError;
use aws_sdk_organizations::operation::leave_organization::{LeaveOrganizationError, LeaveOrganizationOutput};
use aws_sdk_organizations::types::HandshakeState;
use aws_smithy_runtime_api::client::result::{CreateUnhandledError, SdkError};
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use leave_org::simulator::{
    AccountState, Damage, Denial, DeniedBy, Fault, FaultKind, MANAGEMENT_ACCESS_KEY, MEMBER_ACCESS_KEY, PRACTICE_CODE,
    PRACTICE_MFA_CODES, Principal, PrincipalKind, Role, SECRET_ACCESS_KEY, Scenario, Seen, Server, Session, SupportPlan, Switch,
    User, Verification,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const LEAVE: &str = "organizations:LeaveOrganization";

/// The practice AWS and the SDK's clients, with the member's credentials.
struct Practice {
    server: Server,
    organizations: aws_sdk_organizations::Client,
    account: aws_sdk_account::Client,
    support: aws_sdk_support::Client,
    billing: aws_sdk_billing::Client,
    iam: aws_sdk_iam::Client,
    sts: aws_sdk_sts::Client,
}

async fn practice(scenario: &str) -> Practice {
    let scenario = Scenario::named(scenario).unwrap();
    let server = Server::start(scenario, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), None).await.unwrap();
    let config = config(&server, MEMBER_ACCESS_KEY);
    Practice {
        organizations: aws_sdk_organizations::Client::new(&config),
        account: aws_sdk_account::Client::new(&config),
        support: aws_sdk_support::Client::new(&config),
        billing: aws_sdk_billing::Client::new(&config),
        iam: aws_sdk_iam::Client::new(&config),
        sts: aws_sdk_sts::Client::new(&config),
        server,
    }
}

impl Practice {
    fn owner(&self) -> aws_sdk_organizations::Client {
        aws_sdk_organizations::Client::new(&config(&self.server, MANAGEMENT_ACCESS_KEY))
    }

    fn last_outcome(&self) -> String {
        self.server.requests().pop().unwrap().outcome
    }
}

/// One attempt a call, so that each fault is seen by itself; nothing of this machine's AWS configuration is read.
fn config(server: &Server, access_key: &str) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(server.url())
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
            access_key,
            SECRET_ACCESS_KEY,
            None,
            None,
            "practice",
        )))
        .retry_config(RetryConfig::disabled())
        .build()
}

/// The member's credentials, with a bound on how long an answer may take.
fn hurried(server: &Server, patience: Duration) -> SdkConfig {
    let timeouts = TimeoutConfig::builder().operation_timeout(patience).build();
    config(server, MEMBER_ACCESS_KEY).into_builder().timeout_config(timeouts).build()
}

/// The code, message and request id that the SDK reads from an error.
fn read<T, E>(result: Result<T, SdkError<E, Response>>) -> (String, String)
where
    T: Debug,
    E: std::error::Error + ProvideErrorMetadata + CreateUnhandledError + Send + Sync + 'static,
    SdkError<E, Response>: RequestId,
{
    let error = result.unwrap_err();
    assert!(error.request_id().is_some(), "no request id: {error:?}");
    let error = error.into_service_error();
    (error.code().unwrap_or("none").to_owned(), error.message().unwrap_or("none").to_owned())
}

/// The reason and message of a refused leave.
fn refusal(result: Result<LeaveOrganizationOutput, SdkError<LeaveOrganizationError, Response>>) -> (Option<String>, String) {
    let error = result.unwrap_err();
    assert!(error.request_id().is_some());
    match error.into_service_error() {
        LeaveOrganizationError::ConstraintViolationException(refused) => {
            (refused.reason().map(|reason| reason.as_str().to_owned()), refused.message().unwrap_or_default().to_owned())
        }
        other => panic!("not a constraint violation: {other:?}"),
    }
}

#[tokio::test]
async fn identity_and_account_are_read() {
    let practice = practice("ready").await;
    let identity = practice.sts.get_caller_identity().send().await.unwrap();
    assert_eq!(identity.arn(), Some("arn:aws:sts::412098765432:assumed-role/PlatformAdmin/maria.keller"));
    assert_eq!(identity.account(), Some("412098765432"));
    assert!(identity.user_id().unwrap().starts_with("AROA"));
    assert!(identity.request_id().is_some());

    let information = practice.account.get_account_information().send().await.unwrap();
    assert_eq!(information.account_name(), Some("payments-prod"));
    assert_eq!(information.account_state().unwrap().as_str(), "ACTIVE");
    assert_eq!(information.account_created_date().unwrap().secs(), practice.server.state().created_at().as_second());
    practice.server.change(|account| account.state = AccountState::PendingActivation);
    let information = practice.account.get_account_information().send().await.unwrap();
    assert_eq!(information.account_state().unwrap().as_str(), "PENDING_ACTIVATION");
}

#[tokio::test]
async fn every_kind_of_principal_has_its_arn() {
    let practice = practice("ready").await;
    for (kind, arn) in [
        (PrincipalKind::Root, "arn:aws:iam::412098765432:root"),
        (PrincipalKind::User, "arn:aws:iam::412098765432:user/maria.keller"),
        (
            PrincipalKind::Sso,
            "arn:aws:sts::412098765432:assumed-role/AWSReservedSSO_AdministratorAccess_0f3c1d2e4b5a6978/maria.keller",
        ),
        (
            PrincipalKind::OrganizationAccessRole,
            "arn:aws:sts::412098765432:assumed-role/OrganizationAccountAccessRole/maria.keller",
        ),
    ] {
        practice.server.change(|account| account.principal = Principal { kind, ..Principal::default() });
        assert_eq!(practice.sts.get_caller_identity().send().await.unwrap().arn(), Some(arn));
    }
}

#[tokio::test]
async fn contact_information_is_read_written_and_verified() {
    let practice = practice("several-open").await;
    let got = practice.account.get_contact_information().send().await.unwrap();
    assert_eq!(got.verification_status().unwrap().as_str(), "UNVERIFIED");
    let contact = got.contact_information().unwrap().clone();
    assert_eq!(contact.company_name(), Some("Northwind Holding AG"));

    let mut own = contact;
    own.phone_number = "+493012345".to_owned();
    practice.account.put_contact_information().contact_information(own).send().await.unwrap();
    let sent = practice.account.send_phone_number_verification().send().await.unwrap();
    assert_eq!(sent.status().unwrap().as_str(), "PENDING");
    let (code, message) = read(practice.account.verify_phone_number().otp("000000").send().await);
    assert_eq!((code.as_str(), message.as_str()), ("ValidationException", "The verification code is incorrect or has expired."));
    let verified = practice.account.verify_phone_number().otp(PRACTICE_CODE).send().await.unwrap();
    assert_eq!(verified.status().unwrap().as_str(), "VERIFIED");
    let got = practice.account.get_contact_information().send().await.unwrap();
    assert_eq!(got.contact_information().unwrap().phone_number(), "+493012345");
    assert_eq!(got.verification_status().unwrap().as_str(), "VERIFIED");

    practice.server.change(|account| account.contact.on_file = false);
    let (code, _) = read(practice.account.get_contact_information().send().await);
    assert_eq!(code, "ResourceNotFoundException");
}

#[tokio::test]
async fn everything_that_aws_can_say_no_with_to_a_contact_or_a_code_reads_so_through_the_sdk() {
    let practice = practice("finish-here").await;
    let account = &practice.account;
    let own = account.get_contact_information().send().await.unwrap().contact_information().unwrap().clone();
    let mut wrong = own.clone();
    wrong.state_or_region = None;
    wrong.phone_number = "030".to_owned();
    let refused = account.put_contact_information().contact_information(wrong).send().await.unwrap_err().into_service_error();
    let PutContactInformationError::ValidationException(refused) = refused else { panic!("{refused:?}") };
    assert_eq!(refused.reason().unwrap().as_str(), "fieldValidationFailed");
    let fields: Vec<_> = refused.field_list().iter().map(aws_sdk_account::types::ValidationExceptionField::name).collect();
    assert_eq!(fields, ["StateOrRegion", "PhoneNumber"]);

    let console = practice.server.console();
    assert_eq!((console.phone(), code_of(account.verify_phone_number().otp("1").send().await)), (None, NOT_FOUND.to_owned()));
    account.send_phone_number_verification().send().await.unwrap();
    assert_eq!(console.phone().as_deref(), Some(PRACTICE_CODE));
    assert_eq!(code_of(account.verify_phone_number().otp("000000").send().await), "ValidationException");
    practice.server.change(|account| account.phone_bounds.wrong_codes = 1);
    assert_eq!(code_of(account.verify_phone_number().otp(PRACTICE_CODE).send().await), "TooManyRequestsException");
    practice.server.change(|account| account.phone_bounds.sends = 1);
    assert_eq!(code_of(account.send_phone_number_verification().send().await), "TooManyRequestsException");
    practice.server.change(|account| account.contact.phone_number = "+4930999".to_owned());
    assert_eq!(code_of(account.verify_phone_number().otp(PRACTICE_CODE).send().await), "ConflictException");
    practice.server.change(|account| account.contact.phone_number = "+8502381".to_owned());
    assert_eq!(code_of(account.send_phone_number_verification().send().await), "ValidationException");
    practice.server.change(|account| account.contact.verification = Verification::NotSupported);
    let answer = account.send_phone_number_verification().send().await.unwrap();
    assert_eq!(answer.status().unwrap().as_str(), "NOT_SUPPORTED");
    practice.server.change(|account| account.contact.on_file = false);
    assert_eq!(code_of(account.send_phone_number_verification().send().await), NOT_FOUND);

    // Whatever else AWS's model has for them, a script can say.
    let codes = ["AccessDeniedException", "ConflictException", "InternalServerException", "TooManyRequestsException"];
    for (code, message) in codes.into_iter().zip(["one", "two", "three", "four"]) {
        let kind = Damage::Error { code: code.to_owned(), message: message.to_owned(), reason: None, status: None };
        practice.server.inject(Fault::new("account:*", kind));
        let expected = (code.to_owned(), message.to_owned());
        assert_eq!(read(account.put_contact_information().contact_information(own.clone()).send().await), expected);
        assert_eq!(read(account.send_phone_number_verification().send().await), expected);
        assert_eq!(read(account.verify_phone_number().otp("1").send().await), expected);
        practice.server.clear_faults();
    }
    let kind = Damage::Error {
        code: "ValidationException".to_owned(),
        message: "no".to_owned(),
        reason: Some("invalidRegionOptTarget".to_owned()),
        status: None,
    };
    practice.server.inject(Fault::new("account:PutContactInformation", kind));
    let refused = account.put_contact_information().contact_information(own).send().await.unwrap_err().into_service_error();
    let PutContactInformationError::ValidationException(refused) = refused else { panic!("{refused:?}") };
    assert_eq!(refused.reason().unwrap().as_str(), "invalidRegionOptTarget");
}

const NOT_FOUND: &str = "ResourceNotFoundException";

/// The code that the SDK reads from an error.
fn code_of<T, E>(result: Result<T, SdkError<E, Response>>) -> String
where
    T: Debug,
    E: std::error::Error + ProvideErrorMetadata + CreateUnhandledError + Send + Sync + 'static,
    SdkError<E, Response>: RequestId,
{
    read(result).0
}

#[tokio::test]
async fn the_support_plan_shows_in_two_places() {
    let practice = practice("ready").await;
    let levels = practice.support.describe_severity_levels().send().await.unwrap();
    assert_eq!(levels.severity_levels().len(), 4);

    practice.server.change(|account| account.support.plan = SupportPlan::Basic);
    let (code, message) = read(practice.support.describe_severity_levels().send().await);
    assert_eq!(code, "SubscriptionRequiredException");
    assert_eq!(message, "Amazon Web Services Premium Support Subscription is required to use this service.");
    let history = practice.billing.list_business_support_subscription_history().send().await.unwrap();
    assert_eq!(history.subscription_contracts()[0].plan_name(), "AWSSupportEssential");

    practice.server.change(|account| account.support.plan = SupportPlan::NeverChosen);
    assert_eq!(read(practice.support.describe_severity_levels().send().await).0, "SubscriptionRequiredException");
    let history = practice.billing.list_business_support_subscription_history().send().await.unwrap();
    assert!(history.subscription_contracts().is_empty());
}

#[tokio::test]
async fn billing_is_closed_to_iam_principals_until_root_opens_it() {
    let practice = practice("billing-access-off").await;
    let (code, message) = read(practice.billing.get_credits().account_id("412098765432").send().await);
    assert_eq!((code.as_str(), message.as_str()), ("AccessDeniedException", "IAM user access not activated"));
    let denied = practice.billing.list_business_support_subscription_history().send().await;
    assert_eq!(read(denied).1, "IAM user access not activated");
    practice.server.change(|account| account.principal.kind = PrincipalKind::Root);
    assert!(practice.billing.get_credits().account_id("412098765432").send().await.unwrap().credits().is_empty());
    practice.server.change(|account| {
        account.principal.kind = PrincipalKind::Role;
        account.iam_billing_access = Switch::On;
    });
    practice.billing.get_credits().account_id("412098765432").send().await.unwrap();
}

#[tokio::test]
async fn a_plain_member_learns_nothing_about_delegation() {
    let practice = practice("ready").await;
    let organization = practice.organizations.describe_organization().send().await.unwrap().organization.unwrap();
    assert_eq!(organization.id(), Some("o-a1b2c3d4e5"));
    assert_eq!(organization.master_account_id(), Some("305611223344"));
    assert_eq!(organization.master_account_arn(), Some("arn:aws:organizations::305611223344:account/o-a1b2c3d4e5/305611223344"));
    assert_eq!(organization.feature_set().unwrap().as_str(), "ALL");

    let not_eligible = ("AccessDeniedException".to_owned(), "You don't have permissions to access this resource.".to_owned());
    let organizations = &practice.organizations;
    assert_eq!(read(organizations.list_delegated_services_for_account().account_id("412098765432").send().await), not_eligible);
    assert_eq!(read(organizations.list_delegated_administrators().send().await), not_eligible);
    assert_eq!(read(organizations.describe_account().account_id("412098765432").send().await), not_eligible);
    assert_eq!(read(organizations.list_tags_for_resource().resource_id("412098765432").send().await), not_eligible);

    practice.server.change(|account| account.delegation_policy_grants_reads = true);
    let (code, message) = read(organizations.list_delegated_services_for_account().account_id("412098765432").send().await);
    assert_eq!(code, "AccountNotRegisteredException");
    assert_eq!(message, "The provided account is not a registered delegated administrator for your organization.");
}

#[tokio::test]
async fn the_owner_finds_the_policy_that_forbids_leaving_and_a_plain_member_does_not() {
    let practice = practice("scp-denies").await;
    let not_eligible = ("AccessDeniedException".to_owned(), "You don't have permissions to access this resource.".to_owned());
    let filter = aws_sdk_organizations::types::PolicyType::ServiceControlPolicy;
    let at = |client: &aws_sdk_organizations::Client, target: &str| {
        client.list_policies_for_target().target_id(target).filter(filter.clone()).send()
    };
    assert_eq!(read(practice.organizations.list_roots().send().await), not_eligible);
    assert_eq!(read(at(&practice.organizations, "412098765432").await), not_eligible);

    let owner = practice.owner();
    let root = owner.list_roots().send().await.unwrap().roots()[0].id().unwrap().to_owned();
    let unit = owner.list_parents().child_id("412098765432").send().await.unwrap().parents()[0].id().unwrap().to_owned();
    assert_eq!(owner.list_parents().child_id(unit).send().await.unwrap().parents()[0].id(), Some(root.as_str()));
    let policies = at(&owner, &root).await.unwrap();
    let denying = policies.policies().iter().find(|policy| !policy.aws_managed()).unwrap();
    let policy = owner.describe_policy().policy_id(denying.id().unwrap()).send().await.unwrap().policy.unwrap();
    assert!(policy.content().unwrap().contains("organizations:LeaveOrganization"));
}

#[tokio::test]
async fn a_delegated_administrator_sees_itself_and_only_the_owner_deregisters_it() {
    let practice = practice("delegated-administrator").await;
    let id = "733445566778";
    let listed = practice.organizations.list_delegated_services_for_account().account_id(id).send().await.unwrap();
    let services: Vec<_> = listed.delegated_services().iter().filter_map(|service| service.service_principal()).collect();
    assert_eq!(services, ["config.amazonaws.com", "guardduty.amazonaws.com", "securityhub.amazonaws.com"]);
    assert!(listed.delegated_services()[0].delegation_enabled_date().is_some());
    let administrators = practice.organizations.list_delegated_administrators().send().await.unwrap();
    assert_eq!(administrators.delegated_administrators()[0].id(), Some(id));
    let described = practice.organizations.describe_account().account_id(id).send().await.unwrap().account.unwrap();
    assert_eq!(described.joined_method().unwrap().as_str(), "CREATED");
    assert_eq!(described.state().unwrap().as_str(), "ACTIVE");
    assert!(described.joined_timestamp().is_some());

    let (reason, message) = refusal(practice.organizations.leave_organization().send().await);
    assert_eq!(reason.as_deref(), Some("CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG"));
    assert_eq!(message, "You cannot remove a delegated administrator from the organization without de-registering the account.");

    let deregister = |client: &aws_sdk_organizations::Client, service: &str| {
        client.deregister_delegated_administrator().account_id(id).service_principal(service).send()
    };
    assert_eq!(read(deregister(&practice.organizations, services[0]).await).0, "AccessDeniedException");
    for service in services {
        deregister(&practice.owner(), service).await.unwrap();
    }
    let gone = practice.owner().list_delegated_services_for_account().account_id(id).send().await;
    assert_eq!(read(gone).0, "AccountNotRegisteredException");
    practice.organizations.leave_organization().send().await.unwrap();
}

#[tokio::test]
async fn invitations_are_listed() {
    let practice = practice("invited-elsewhere").await;
    let listed = practice.organizations.list_handshakes_for_account().send().await.unwrap();
    let handshake = &listed.handshakes()[0];
    assert_eq!(handshake.state(), Some(&HandshakeState::Open));
    assert_eq!(handshake.action().unwrap().as_str(), "INVITE");
    assert!(handshake.expiration_timestamp().unwrap().secs() > handshake.requested_timestamp().unwrap().secs());
    let organization = &handshake.resources()[0];
    assert_eq!(organization.value(), Some("o-c0nt0s0grp1"));
    assert!(organization.resources().iter().any(|resource| resource.value() == Some("Contoso Group")));
    assert_eq!(handshake.parties().len(), 2);
}

#[tokio::test]
async fn a_leave_ends_the_membership_and_everything_that_hangs_on_it() {
    let practice = practice("ready").await;
    practice.server.change(|account| {
        account.support.organization_wide = true;
        account.reads_after_leave = [Seen::Member, Seen::Left, Seen::Member].into();
        account.denials = vec![Denial::new(DeniedBy::ServiceControlPolicy, &["support:*"])];
    });
    assert!(read(practice.support.describe_severity_levels().send().await).1.contains("service control policy"));
    let left = practice.organizations.leave_organization().send().await.unwrap();
    assert!(left.request_id().is_some());

    let mut seen = Vec::new();
    for _ in 0..5 {
        seen.push(practice.organizations.describe_organization().send().await.is_ok());
    }
    assert_eq!(seen, [true, false, true, false, false]);
    let (code, message) = read(practice.organizations.describe_organization().send().await);
    assert_eq!(code, "AWSOrganizationsNotInUseException");
    assert_eq!(message, "Your account is not a member of an organization.");
    assert_eq!(read(practice.organizations.leave_organization().send().await).0, "AWSOrganizationsNotInUseException");
    // The policy no longer applies, and the plan that the organization paid for is gone.
    assert_eq!(read(practice.support.describe_severity_levels().send().await).0, "SubscriptionRequiredException");
    assert!(practice.server.state().tags.is_empty());
}

#[tokio::test]
async fn refusals_carry_their_reasons() {
    let practice = practice("payment-missing").await;
    let message = "The member account must be configured with a valid payment method, such as a credit card".to_owned();
    let refused = refusal(practice.organizations.leave_organization().send().await);
    assert_eq!(refused, (Some("MEMBER_ACCOUNT_PAYMENT_INSTRUMENT_REQUIRED".to_owned()), message.clone()));
    practice.server.change(|account| account.refusals_carry_reasons = false);
    assert_eq!(refusal(practice.organizations.leave_organization().send().await), (None, message));
    assert!(practice.server.requests().iter().all(|request| request.outcome == "ConstraintViolationException"));
}

#[tokio::test]
async fn the_management_account_stays_whoever_asks() {
    let practice = practice("management-account").await;
    assert_eq!(read(practice.organizations.leave_organization().send().await).0, "MasterCannotLeaveOrganizationException");
    assert_eq!(read(practice.owner().leave_organization().send().await).0, "MasterCannotLeaveOrganizationException");
    assert!(practice.server.state().member);
}

#[tokio::test]
async fn the_owners_credentials_are_the_management_accounts() {
    let practice = practice("ready").await;
    let config = config(&practice.server, MANAGEMENT_ACCESS_KEY);
    let identity = aws_sdk_sts::Client::new(&config).get_caller_identity().send().await.unwrap();
    assert_eq!(identity.arn(), Some("arn:aws:iam::305611223344:user/org-admin"));
    let described = practice.owner().describe_account().account_id("412098765432").send().await.unwrap().account.unwrap();
    assert_eq!(described.name(), Some("payments-prod"));
    let tags = practice.owner().list_tags_for_resource().resource_id("412098765432").send().await.unwrap();
    assert_eq!(tags.tags()[0].key(), "cost-center");
    let stranger = practice.owner().describe_account().account_id("111111111111").send().await;
    assert_eq!(read(stranger).0, "AccountNotFoundException");
    let account = aws_sdk_account::Client::new(&config);
    let of_member = account.get_contact_information().account_id("412098765432").send().await.unwrap();
    assert_eq!(of_member.contact_information().unwrap().full_name(), "Maria Keller");
    practice.owner().remove_account_from_organization().account_id("412098765432").send().await.unwrap();
    assert!(!practice.server.state().member);
}

#[tokio::test]
async fn a_denial_reads_the_same_in_every_protocol() {
    let practice = practice("ready").await;
    practice.server.change(|account| account.denials = vec![Denial::new(DeniedBy::IdentityPolicy, &["*"])]);
    let because = |action: &str| format!("because no identity-based policy allows the {action} action");
    let check = |(code, message): (String, String), expected: &str, action: &str| {
        assert_eq!(code, expected);
        assert!(
            message.starts_with("User: arn:aws:sts::412098765432:assumed-role/PlatformAdmin/maria.keller is not authorized"),
            "{message}"
        );
        assert!(message.ends_with(&because(action)), "{message}");
    };
    check(read(practice.organizations.leave_organization().send().await), "AccessDeniedException", LEAVE);
    check(
        read(practice.account.get_account_information().send().await),
        "AccessDeniedException",
        "account:GetAccountInformation",
    );
    check(
        read(practice.support.describe_severity_levels().send().await),
        "AccessDeniedException",
        "support:DescribeSeverityLevels",
    );
    check(
        read(practice.billing.get_credits().account_id("412098765432").send().await),
        "AccessDeniedException",
        "billing:GetCredits",
    );
    check(read(practice.iam.get_account_summary().send().await), "AccessDenied", "iam:GetAccountSummary");
    // No policy can keep anyone from asking who they are.
    practice.sts.get_caller_identity().send().await.unwrap();
}

#[tokio::test]
async fn an_expired_session_reads_as_one_in_every_protocol_until_someone_signs_in() {
    let practice = practice("session-expired").await;
    let message = "The security token included in the request is expired";
    for ((code, said), expected) in [
        (read(practice.organizations.describe_organization().send().await), "ExpiredTokenException"),
        (read(practice.account.get_account_information().send().await), "ExpiredTokenException"),
        (read(practice.support.describe_severity_levels().send().await), "ExpiredTokenException"),
        (read(practice.billing.get_credits().account_id("412098765432").send().await), "ExpiredTokenException"),
        (read(practice.iam.get_account_summary().send().await), "ExpiredToken"),
        (read(practice.sts.get_caller_identity().send().await), "ExpiredToken"),
    ] {
        assert_eq!((code.as_str(), said.as_str()), (expected, message));
    }
    assert!(practice.server.console().sign_in().contains("signed in again"));
    practice.sts.get_caller_identity().send().await.unwrap();
    practice.server.change(|account| account.session = Session::Expired);
    assert_eq!(read(practice.sts.get_caller_identity().send().await).0, "ExpiredToken");
}

#[tokio::test]
async fn the_simulator_tells_the_kinds_of_policy_apart() {
    let practice = practice("ready").await;
    let role = "arn:aws:iam::412098765432:role/platform/PlatformAdmin";
    let simulate = |source: &str| practice.iam.simulate_principal_policy().policy_source_arn(source).action_names(LEAVE).send();
    let result = simulate(role).await.unwrap().evaluation_results()[0].clone();
    assert_eq!((result.eval_action_name(), result.eval_decision().as_str()), (LEAVE, "allowed"));
    assert!(result.organizations_decision_detail().unwrap().allowed_by_organizations());
    assert!(result.permissions_boundary_decision_detail().is_none());
    assert_eq!(result.matched_statements()[0].source_policy_id(), Some("AdministratorAccess"));

    for (by, decision, organization, boundary) in [
        (DeniedBy::ServiceControlPolicy, "explicitDeny", false, None),
        (DeniedBy::IdentityPolicy, "implicitDeny", true, None),
        (DeniedBy::PermissionsBoundary, "implicitDeny", true, Some(false)),
        (DeniedBy::SessionPolicy, "allowed", true, None),
    ] {
        practice.server.change(|account| account.denials = vec![Denial::new(by, &[LEAVE])]);
        let result = simulate(role).await.unwrap().evaluation_results()[0].clone();
        assert_eq!(result.eval_decision().as_str(), decision, "{by:?}");
        assert_eq!(result.organizations_decision_detail().unwrap().allowed_by_organizations(), organization, "{by:?}");
        assert_eq!(
            result
                .permissions_boundary_decision_detail()
                .map(aws_sdk_iam::types::PermissionsBoundaryDecisionDetail::allowed_by_permissions_boundary),
            boundary,
            "{by:?}"
        );
        if by == DeniedBy::ServiceControlPolicy {
            assert!(result.matched_statements().is_empty(), "statements of service control policies are never returned");
        }
        assert!(practice.organizations.leave_organization().send().await.is_err());
    }

    let session = "arn:aws:sts::412098765432:assumed-role/PlatformAdmin/maria.keller";
    for (source, expected) in [
        (session, "InvalidInput"),
        ("arn:aws:iam::412098765432:root", "InvalidInput"),
        ("arn:aws:iam::412098765432:role/PlatformAdmin", "NoSuchEntity"),
        ("arn:aws:iam::412098765432:user/nobody", "NoSuchEntity"),
    ] {
        assert_eq!(read(simulate(source).await).0, expected, "{source}");
    }
    practice.server.change(|account| account.member = false);
    assert!(simulate(role).await.unwrap().evaluation_results()[0].organizations_decision_detail().is_none());
}

#[tokio::test]
async fn users_and_their_ways_in_are_read_page_by_page() {
    let practice = practice("ready").await;
    practice.server.change(|account| {
        let user = |number: usize| User {
            name: format!("user-{number}"),
            path: "/".to_owned(),
            password: number == 1,
            mfa: number == 1,
        };
        account.users = (0..5).map(user).collect();
        account.page_size = 2;
    });
    let (mut names, mut pages, mut marker) = (Vec::new(), 0, None);
    loop {
        let page = practice.iam.list_users().set_marker(marker).send().await.unwrap();
        names.extend(page.users().iter().map(|user| user.user_name().to_owned()));
        pages += 1;
        if !page.is_truncated() {
            break;
        }
        marker = page.marker().map(str::to_owned);
    }
    assert_eq!((names.len(), pages), (5, 3));
    let profile = practice.iam.get_login_profile().user_name("user-1").send().await.unwrap();
    assert_eq!(profile.login_profile().unwrap().user_name(), "user-1");
    let (code, message) = read(practice.iam.get_login_profile().user_name("user-2").send().await);
    assert_eq!((code.as_str(), message.as_str()), ("NoSuchEntity", "Login Profile for User user-2 cannot be found."));
    assert_eq!(practice.iam.list_mfa_devices().user_name("user-1").send().await.unwrap().mfa_devices().len(), 1);
    assert!(practice.iam.list_mfa_devices().user_name("user-2").send().await.unwrap().mfa_devices().is_empty());
    assert_eq!(read(practice.iam.get_user().user_name("nobody").send().await).0, "NoSuchEntity");
    assert_eq!(
        practice.iam.get_user().user_name("user-1").send().await.unwrap().user().unwrap().arn(),
        "arn:aws:iam::412098765432:user/user-1"
    );

    let summary = practice.iam.get_account_summary().send().await.unwrap();
    let count = |key: &str| summary.summary_map().unwrap()[&key.into()];
    assert_eq!((count("AccountPasswordPresent"), count("AccountMFAEnabled"), count("AccountAccessKeysPresent")), (1, 1, 0));
    assert_eq!(count("Users"), 5);
}

#[tokio::test]
async fn roles_carry_encoded_trust_policies() {
    let practice = practice("everything-wrong").await;
    practice.server.clear_faults();
    practice.server.change(|account| account.page_size = 2);
    let mut roles = Vec::new();
    let mut pages = practice.iam.list_roles().into_paginator().send();
    while let Some(page) = pages.next().await {
        roles.extend(page.unwrap().roles().to_vec());
    }
    let document = |name: &str| {
        let role = roles.iter().find(|role| role.role_name() == name).unwrap();
        let encoded = role.assume_role_policy_document().unwrap();
        assert!(encoded.starts_with("%7B%22"), "{encoded}");
        form_urlencoded::parse(format!("d={encoded}").as_bytes()).next().unwrap().1.into_owned()
    };
    assert!(document("AWSControlTowerExecution").contains("arn:aws:iam::305611223344:root"));
    assert!(document("OrganizationAccountAccessRole").contains("arn:aws:iam::305611223344:root"));
    assert!(document("audit-reader").contains(r#""aws:PrincipalOrgID":"o-a1b2c3d4e5""#));
    assert!(document("AWSServiceRoleForSupport").contains("support.amazonaws.com"));
    let role = practice.iam.get_role().role_name("OrganizationAccountAccessRole").send().await.unwrap();
    assert_eq!(role.role().unwrap().arn(), "arn:aws:iam::190283746556:role/OrganizationAccountAccessRole");
    let sso = practice.iam.list_roles().path_prefix("/aws-reserved/").send().await.unwrap();
    assert!(sso.roles().is_empty());
    let (code, message) = read(practice.iam.get_role().role_name("x").send().await);
    assert_eq!((code.as_str(), message.as_str()), ("NoSuchEntity", "The role with name x cannot be found."));

    let attached = practice.iam.list_attached_role_policies().role_name("AWSControlTowerExecution").send().await.unwrap();
    let policy = &attached.attached_policies()[0];
    assert_eq!(policy.policy_name(), Some("AdministratorAccess"));
    assert_eq!(policy.policy_arn(), Some("arn:aws:iam::aws:policy/AdministratorAccess"));
    assert!(!attached.is_truncated());
    practice.server.change(|account| {
        let role = account.roles.iter_mut().find(|role| role.name == "audit-reader").unwrap();
        role.inline_policies = ["one", "two", "three"].map(str::to_owned).to_vec();
    });
    let mut names = Vec::new();
    let mut pages = practice.iam.list_role_policies().role_name("audit-reader").into_paginator().send();
    while let Some(page) = pages.next().await {
        names.push(page.unwrap().policy_names().to_vec());
    }
    assert_eq!(names, [vec!["one", "two"], vec!["three"]]);
    for message in [
        read(practice.iam.list_attached_role_policies().role_name("x").send().await),
        read(practice.iam.list_role_policies().role_name("x").send().await),
    ] {
        assert_eq!(message, ("NoSuchEntity".to_owned(), "The role with name x cannot be found.".to_owned()));
    }

    practice.server.change(|account| {
        account.saml_providers = vec!["corp".to_owned()];
        account.oidc_providers = vec!["token.actions.githubusercontent.com".to_owned()];
    });
    let saml = practice.iam.list_saml_providers().send().await.unwrap();
    assert_eq!(saml.saml_provider_list()[0].arn(), Some("arn:aws:iam::190283746556:saml-provider/corp"));
    let oidc = practice.iam.list_open_id_connect_providers().send().await.unwrap();
    assert_eq!(
        oidc.open_id_connect_provider_list()[0].arn(),
        Some("arn:aws:iam::190283746556:oidc-provider/token.actions.githubusercontent.com")
    );
}

#[tokio::test]
async fn what_is_not_played_answers_as_an_unknown_operation() {
    let practice = practice("ready").await;
    assert_eq!(read(practice.organizations.list_create_account_status().send().await).0, "UnknownOperationException");
    assert_eq!(read(practice.account.list_regions().send().await).0, "UnknownOperationException");
    assert_eq!(read(practice.support.describe_services().send().await).0, "UnknownOperationException");
    assert_eq!(read(practice.billing.list_billing_views().send().await).0, "UnknownOperationException");
    assert_eq!(read(practice.iam.list_groups().send().await).0, "InvalidAction");
    assert_eq!(read(practice.sts.get_session_token().send().await).0, "InvalidAction");
}

#[tokio::test]
async fn each_service_throttles_and_fails_in_its_own_code() {
    let practice = practice("ready").await;
    practice.server.inject(Fault::new("*", FaultKind::Throttle));
    assert_eq!(read(practice.organizations.describe_organization().send().await).0, "TooManyRequestsException");
    assert_eq!(read(practice.account.get_account_information().send().await).0, "TooManyRequestsException");
    assert_eq!(read(practice.support.describe_severity_levels().send().await).0, "ThrottlingException");
    assert_eq!(read(practice.billing.get_credits().account_id("412098765432").send().await).0, "ThrottlingException");
    assert_eq!(read(practice.iam.get_account_summary().send().await).0, "Throttling");
    practice.server.clear_faults();
    practice.server.inject(Fault::new("*", FaultKind::InternalError));
    assert_eq!(read(practice.organizations.describe_organization().send().await).0, "ServiceException");
    assert_eq!(read(practice.iam.get_account_summary().send().await).0, "ServiceFailure");
    practice.server.clear_faults();
    practice.server.inject(Fault::new("*", Damage::ClockSkew));
    let (code, message) = read(practice.organizations.describe_organization().send().await);
    assert_eq!(code, "InvalidSignatureException");
    assert!(message.starts_with("Signature expired: "), "{message}");
    assert_eq!(read(practice.sts.get_caller_identity().send().await).0, "SignatureDoesNotMatch");
    practice.server.clear_faults();
    practice.organizations.describe_organization().send().await.unwrap();
}

#[tokio::test]
async fn the_sdk_gets_through_a_throttle_when_it_may_try_again() {
    let practice = practice("ready").await;
    practice.server.inject(Fault::new("*", FaultKind::Throttle).on_calls(1..=1));
    let patient = config(&practice.server, MEMBER_ACCESS_KEY)
        .into_builder()
        .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(1)))
        .build();
    aws_sdk_organizations::Client::new(&patient).describe_organization().send().await.unwrap();
    let outcomes: Vec<String> = practice.server.requests().into_iter().map(|request| request.outcome).collect();
    assert_eq!(outcomes, ["TooManyRequestsException", "ok"]);
}

/// Each fault on a leave: what the SDK sees, and whether the account has left behind it.
#[tokio::test]
async fn every_fault_says_whether_the_leave_was_carried_out() {
    let error = Damage::Error {
        code: "ConstraintViolationException".to_owned(),
        message: "no".to_owned(),
        reason: Some("WAIT_PERIOD_ACTIVE".to_owned()),
        status: None,
    };
    for (kind, acted, answered) in [
        (FaultKind::Latency { ms: 1 }, true, true),
        (FaultKind::Throttle, false, false),
        (error.into(), false, false),
        (FaultKind::InternalError, false, false),
        (Damage::Unavailable.into(), false, false),
        (Damage::BadGateway.into(), false, false),
        (Damage::Portal { status: 511 }.into(), false, false),
        (Damage::Portal { status: 302 }.into(), false, false),
        (Damage::RefuseConnection.into(), false, false),
        (Damage::CloseConnection.into(), false, false),
        (Damage::SlowConnection { ms: 1 }.into(), true, true),
        (Damage::ResetBeforeActing.into(), false, false),
        (Damage::HangUp.into(), false, false),
        (FaultKind::AnswerLost, true, false),
        (Damage::HalfStatusLine.into(), true, false),
        (Damage::HalfHead.into(), true, false),
        (Damage::ResetAfterHead.into(), true, false),
        (Damage::Stall.into(), false, false),
        (Damage::Drip { ms: 1 }.into(), true, true),
        (Damage::Truncated.into(), true, false),
        (Damage::Garbage.into(), true, false),
        (Damage::Html.into(), true, false),
        (Damage::EmptyBody.into(), true, true),
        (Damage::SomethingElse.into(), true, true),
        (Damage::WrongContentType.into(), true, true),
        (Damage::BigBody { mb: 1 }.into(), true, true),
        (Damage::EndlessBody.into(), true, false),
        (Damage::LongHead.into(), true, false),
        (Damage::UnknownMembers.into(), true, true),
        (Damage::ClockSkew.into(), false, false),
        (Damage::ExpiredToken.into(), false, false),
    ] {
        let practice = practice("ready").await;
        practice.server.inject(Fault::new(LEAVE, kind.clone()));
        let patient = hurried(&practice.server, Duration::from_secs(20));
        let leave = aws_sdk_organizations::Client::new(&patient).leave_organization().send();
        let gives_up = async {
            if !matches!(kind, FaultKind::Damage(Damage::Stall | Damage::EndlessBody)) {
                std::future::pending::<()>().await;
            }
            practice.server.until_under_way(LEAVE).await;
            while practice.server.state().member == acted {
                tokio::task::yield_now().await;
            }
        };
        let result = tokio::select! {
            result = leave => result.map_err(|error| error.to_string()),
            () = gives_up => Err("nobody waited for the end of it".to_owned()),
        };
        assert_eq!(result.is_ok(), answered, "{kind:?}: {result:?}");
        assert_eq!(!practice.server.state().member, acted, "{kind:?}");
        practice.server.until(|requests| !requests.is_empty()).await;
        let noted = practice.server.requests().pop().unwrap();
        assert_eq!(noted.acted, acted, "{kind:?}");
        practice.server.shutdown().await;
    }
}

#[tokio::test]
async fn a_fault_can_act_where_it_usually_does_not_and_the_other_way_round() {
    for (kind, acted) in [
        (FaultKind::InternalError, true),
        (Damage::Stall.into(), true),
        (Damage::Garbage.into(), false),
        (Damage::Truncated.into(), false),
    ] {
        let practice = practice("ready").await;
        practice.server.inject(Fault::new(LEAVE, kind.clone()).acted_upon(acted));
        let hurried = hurried(&practice.server, Duration::from_millis(500));
        let _ = aws_sdk_organizations::Client::new(&hurried).leave_organization().send().await;
        assert_eq!(!practice.server.state().member, acted, "{kind:?}");
    }
}

#[tokio::test]
async fn spoiled_answers_to_a_read_are_errors_or_pass_unharmed() {
    for (kind, readable) in [
        (Damage::Drip { ms: 0 }.into(), true),
        (Damage::BigBody { mb: 1 }.into(), true),
        (Damage::LongHead.into(), false),
        (Damage::UnknownMembers.into(), true),
        (Damage::WrongContentType.into(), true),
        (Damage::Truncated.into(), false),
        (Damage::Garbage.into(), false),
        (Damage::Html.into(), false),
        (Damage::EmptyBody.into(), false),
        (FaultKind::AnswerLost, false),
    ] {
        let practice = practice("ready").await;
        practice.server.inject(Fault::new("*", kind.clone()));
        let summary = practice.iam.get_account_summary().send().await;
        assert_eq!(summary.is_ok(), readable, "{kind:?}: {summary:?}");
        let organization = practice.organizations.describe_organization().send().await;
        let named = organization.ok().and_then(|output| output.organization).and_then(|organization| organization.id).is_some();
        assert_eq!(named, readable, "{kind:?}");
    }
}

#[tokio::test]
async fn the_lost_answer_scenario_leaves_and_is_believed_only_after_two_reads() {
    let practice = practice("lost-answer").await;
    let lost = practice.organizations.leave_organization().send().await.unwrap_err();
    assert!(matches!(lost, SdkError::DispatchFailure(_)), "{lost:?}");
    assert!(practice.organizations.describe_organization().send().await.is_ok());
    assert!(practice.organizations.describe_organization().send().await.is_ok());
    assert_eq!(read(practice.organizations.describe_organization().send().await).0, "AWSOrganizationsNotInUseException");
    let noted = &practice.server.requests()[0];
    assert_eq!((noted.operation.as_str(), noted.status, noted.outcome.as_str(), noted.acted), (LEAVE, None, "answer-lost", true));
    assert_eq!(noted.access_key.as_deref(), Some(MEMBER_ACCESS_KEY));
}

#[tokio::test]
async fn the_default_scenario_can_be_walked_to_the_end_in_the_console() {
    let practice = practice(Scenario::DEFAULT).await;
    let console = practice.server.console();
    let mut reasons = Vec::new();
    for page in [
        "https://console.aws.amazon.com/organizations/v2/home/services",
        "https://console.aws.amazon.com/billing/home#/paymentpreferences",
        "https://console.aws.amazon.com/billing/home?#/account",
        "https://console.aws.amazon.com/support/plans/home",
    ] {
        reasons.push(refusal(practice.organizations.leave_organization().send().await).0);
        assert!(console.open(page).starts_with("In the practice console: "));
    }
    let expected = [
        Some("CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG"),
        Some("MEMBER_ACCOUNT_PAYMENT_INSTRUMENT_REQUIRED"),
        Some("ACCOUNT_CANNOT_LEAVE_WITHOUT_PHONE_VERIFICATION"),
        None,
    ];
    assert_eq!(reasons, expected.map(|reason| reason.map(str::to_owned)));
    assert_eq!(practice.server.state().contact.verification, Verification::Verified);
    assert_eq!(practice.server.state().iam_billing_access, Switch::On);
    practice.organizations.leave_organization().send().await.unwrap();
    assert_eq!(practice.last_outcome(), "ok");
}

#[tokio::test]
async fn requests_are_logged_as_lines_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("requests.jsonl");
    let scenario = Scenario::named("ready").unwrap();
    let server = Server::start(scenario, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), Some(path.clone())).await.unwrap();
    let config = config(&server, MANAGEMENT_ACCESS_KEY);
    aws_sdk_organizations::Client::new(&config).leave_organization().send().await.unwrap_err();
    let text = std::fs::read_to_string(&path).unwrap();
    let line: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(line["operation"], LEAVE);
    assert_eq!(line["status"], 400);
    assert_eq!(line["outcome"], "MasterCannotLeaveOrganizationException");
    assert_eq!(line["access_key"], MANAGEMENT_ACCESS_KEY);
    assert!(line["at"].is_string() && line["duration_ms"].is_number());
    server.shutdown().await;
}

/// Speaks to the server without an HTTP client between, and returns what came until the end, and the error that it ended in.
async fn end_of_connection(server: &Server) -> (String, Option<std::io::ErrorKind>) {
    let address = server.url().trim_start_matches("http://").to_owned();
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = "POST / HTTP/1.1\r\nHost: practice\r\nContent-Length: 0\r\n\
                   X-Amz-Target: AWSOrganizationsV20161128.DescribeOrganization\r\n\
                   Authorization: AWS4-HMAC-SHA256 Credential=AKIAX/20261123/us-east-1/organizations/aws4_request\r\n\r\n";
    // A connection that was refused may be gone before the request is written.
    let _ = socket.write_all(request.as_bytes()).await;
    let mut came = Vec::new();
    let end = socket.read_to_end(&mut came).await;
    (String::from_utf8(came).unwrap(), end.err().map(|error| error.kind()))
}

#[tokio::test]
async fn a_connection_ends_where_and_how_the_fault_says() {
    let reset = Some(std::io::ErrorKind::ConnectionReset);
    // How what comes begins and ends, and how the connection ends.
    for (kind, begins, ends, end) in [
        (Damage::RefuseConnection.into(), "", "", reset),
        (Damage::ResetBeforeActing.into(), "", "", reset),
        (FaultKind::AnswerLost, "", "", reset),
        (Damage::HangUp.into(), "", "", None),
        (Damage::HalfStatusLine.into(), "HTTP/1", "HTTP/1", None),
        (Damage::HalfHead.into(), "HTTP/1.1 200 OK\r\n", "", None),
        (Damage::ResetAfterHead.into(), "HTTP/1.1 200 OK\r\n", "\r\n\r\n", reset),
        (Damage::Truncated.into(), "HTTP/1.1 200 OK\r\n", "", None),
    ] {
        let practice = practice("ready").await;
        practice.server.inject(Fault::new("*", kind.clone()));
        let (came, ended) = end_of_connection(&practice.server).await;
        assert!(came.starts_with(begins) && came.ends_with(ends) && came.is_empty() == begins.is_empty(), "{kind:?}: {came:?}");
        let head_is_whole = matches!(kind, FaultKind::Damage(Damage::ResetAfterHead | Damage::Truncated));
        assert_eq!(came.contains("\r\n\r\n"), head_is_whole, "{kind:?}: {came:?}");
        let has_a_body = came.contains("\r\n\r\n{\"Organization\"") && !came.ends_with('}');
        assert_eq!(has_a_body, kind == Damage::Truncated.into(), "{kind:?}: {came:?}");
        assert_eq!(ended, end, "{kind:?}");
    }
}

#[tokio::test]
async fn a_connection_can_be_closed_or_left_waiting_before_anything_is_read() {
    let practice = practice("ready").await;
    practice.server.inject(Fault::new("*", Damage::CloseConnection).on_calls(1..=1));
    let (came, _) = end_of_connection(&practice.server).await;
    assert_eq!(came, "");
    assert_eq!(practice.last_outcome(), "close-connection");
    practice.server.inject(Fault::new("*", Damage::SlowConnection { ms: 200 }));
    let begun = std::time::Instant::now();
    practice.organizations.describe_organization().send().await.unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn lists_of_organizations_come_page_by_page() {
    let practice = practice("ready").await;
    practice.server.change(|account| {
        account.delegated_services = ["config.amazonaws.com", "guardduty.amazonaws.com"].map(str::to_owned).to_vec();
        account.page_size = 1;
        account.first_pages_empty = true;
    });
    let id = practice.server.state().id;
    let mut pages = Vec::new();
    let mut next = None;
    loop {
        let call = practice.organizations.list_delegated_services_for_account().account_id(&id).set_next_token(next);
        let page = call.send().await.unwrap();
        let names = page.delegated_services().iter().filter_map(|service| service.service_principal()).map(str::to_owned);
        pages.push(names.collect::<Vec<_>>());
        next = page.next_token;
        if next.is_none() {
            break;
        }
    }
    assert_eq!(pages, [vec![], vec!["config.amazonaws.com".to_owned()], vec!["guardduty.amazonaws.com".to_owned()]]);
    let wrong = practice.organizations.list_handshakes_for_account().next_token("x").send().await;
    assert_eq!(read(wrong).0, "InvalidInputException");
}

#[tokio::test]
async fn a_client_that_does_not_wait_leaves_all_the_same_and_is_noted() {
    let practice = practice("ready").await;
    practice.server.inject(Fault::new(LEAVE, FaultKind::Latency { ms: 60_000 }));
    let hurried = hurried(&practice.server, Duration::from_millis(300));
    let result = aws_sdk_organizations::Client::new(&hurried).leave_organization().send().await;
    assert!(matches!(result, Err(SdkError::TimeoutError(_))), "{result:?}");
    assert!(!practice.server.state().member);
    // The server notices that nobody waits any more.
    while practice.server.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    let noted = &practice.server.requests()[0];
    assert_eq!((noted.outcome.as_str(), noted.acted, noted.status), ("client-gone", true, None));
}

#[tokio::test]
async fn only_loopback_addresses_are_served() {
    let scenario = Scenario::named("ready").unwrap();
    let refused = Server::start(scenario, SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)), None).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::InvalidInput);
}

const DEAL_ADMIN: &str = "arn:aws:iam::412098765432:role/DealAdmin";
const DEVICE: &str = "arn:aws:iam::412098765432:mfa/maria.keller";

/// A request to assume the role that asks for a code, with none yet.
fn assume(sts: &aws_sdk_sts::Client) -> aws_sdk_sts::operation::assume_role::builders::AssumeRoleFluentBuilder {
    sts.assume_role().role_arn(DEAL_ADMIN).role_session_name("maria")
}

/// The settings for calls with what `AssumeRole` gave.
fn with_role(server: &Server, given: &aws_sdk_sts::types::Credentials, token: Option<&str>) -> SdkConfig {
    let token = token.map(str::to_owned);
    let credentials = Credentials::new(given.access_key_id(), given.secret_access_key(), token, None, "practice");
    config(server, MEMBER_ACCESS_KEY).into_builder().credentials_provider(SharedCredentialsProvider::new(credentials)).build()
}

#[tokio::test]
async fn a_role_is_assumed_with_the_devices_code_and_its_session_is_the_roles() {
    let practice = practice("ready").await;
    let answer = assume(&practice.sts).serial_number(DEVICE).token_code(PRACTICE_MFA_CODES[0]).send().await.unwrap();
    let user = answer.assumed_role_user().unwrap();
    assert_eq!(user.arn(), "arn:aws:sts::412098765432:assumed-role/DealAdmin/maria");
    assert!(user.assumed_role_id().starts_with("AROA") && user.assumed_role_id().ends_with(":maria"));
    let given = answer.credentials().unwrap();
    assert!(given.access_key_id().starts_with("ASIA") && given.access_key_id().len() == 20);
    let left = given.expiration().secs() - practice.server.state().started_at.as_second();
    assert!((3_600..3_700).contains(&left), "{left}");

    let role = with_role(&practice.server, given, Some(given.session_token()));
    let sts = aws_sdk_sts::Client::new(&role);
    assert_eq!(sts.get_caller_identity().send().await.unwrap().arn(), Some(user.arn()));
    let own = practice.sts.get_caller_identity().send().await.unwrap();
    assert_eq!(own.arn(), Some("arn:aws:sts::412098765432:assumed-role/PlatformAdmin/maria.keller"));
    let iam = aws_sdk_iam::Client::new(&role);
    for name in ["DealAdmin", "PlatformAdmin"] {
        assert!(iam.get_role().role_name(name).send().await.is_ok(), "{name}");
    }

    // The token belongs to the key, and both end.
    let (code, _) = read(aws_sdk_sts::Client::new(&with_role(&practice.server, given, None)).get_caller_identity().send().await);
    assert_eq!(code, "InvalidClientTokenId");
    practice.server.change(leave_org::simulator::Account::end_role_sessions);
    let (code, message) = read(sts.get_caller_identity().send().await);
    assert_eq!((code.as_str(), message.as_str()), ("ExpiredToken", "The security token included in the request is expired"));
    let organizations = aws_sdk_organizations::Client::new(&role);
    let (code, _) = read(organizations.describe_organization().send().await);
    assert_eq!(code, "ExpiredTokenException");
    assert!(practice.sts.get_caller_identity().send().await.is_ok(), "the member's own key goes on");
}

#[tokio::test]
async fn assuming_a_role_is_refused_in_awss_words() {
    let practice = practice("ready").await;
    let refused = async |request: aws_sdk_sts::operation::assume_role::builders::AssumeRoleFluentBuilder| {
        let (code, message) = read(request.send().await);
        format!("{code}: {message}")
    };
    let wrong = "AccessDenied: MultiFactorAuthentication failed with invalid MFA one time pass code. ";
    let with_code = |code: &str| assume(&practice.sts).serial_number(DEVICE).token_code(code);
    assert_eq!(refused(with_code("000000")).await, wrong);
    let denied = "AccessDenied: User: arn:aws:sts::412098765432:assumed-role/PlatformAdmin/maria.keller is not authorized to \
        perform: sts:AssumeRole on resource: arn:aws:iam::412098765432:role/DealAdmin";
    assert_eq!(refused(assume(&practice.sts)).await, denied);
    assert!(refused(assume(&practice.sts).serial_number(DEVICE)).await.contains("must provide both MFA serial number"));
    assert!(refused(with_code("1234567")).await.starts_with("ValidationError: 1 validation error detected: Value '1234567'"));
    let another = assume(&practice.sts).serial_number("GAHT12345678").token_code(PRACTICE_MFA_CODES[0]);
    assert!(refused(another).await.contains("Please verify your MFA serial number is valid"));
    let nobody = practice.sts.assume_role().role_arn("arn:aws:iam::412098765432:role/Nobody").role_session_name("maria");
    assert!(refused(nobody).await.starts_with("AccessDenied: User: "));
    assert!(refused(practice.sts.assume_role().role_arn(DEAL_ADMIN)).await.contains("Value null at 'roleSessionName'"));
    assert!(refused(assume(&practice.sts).role_session_name("a b")).await.contains("at 'roleSessionName' failed"));
    assert!(refused(assume(&practice.sts).duration_seconds(60)).await.contains("greater than or equal to 900"));
    let long = with_code(PRACTICE_MFA_CODES[0]).duration_seconds(7_200);
    assert!(refused(long).await.contains("exceeds the MaxSessionDuration set for this role"));
    assert_eq!(refused(with_code(PRACTICE_MFA_CODES[0])).await, wrong, "the code was used up by the refused call");
    assert!(with_code(PRACTICE_MFA_CODES[1]).duration_seconds(900).send().await.is_ok());
    assert_eq!(refused(with_code(PRACTICE_MFA_CODES[1])).await, wrong, "a code works once");
    practice.server.change(|account| account.principal.kind = PrincipalKind::Root);
    assert!(refused(with_code(PRACTICE_MFA_CODES[2])).await.contains("Roles may not be assumed by root accounts."));
}

#[tokio::test]
async fn the_owner_assumes_the_role_that_trusts_it_and_no_other() {
    let practice = practice("ready").await;
    practice.server.change(|account| {
        account.roles.push(Role {
            name: "OrganizationAccountAccessRole".to_owned(),
            path: "/".to_owned(),
            trusts: vec!["management-account".to_owned()],
            external_id: Some("deal-7".to_owned()),
            ..Role::default()
        });
    });
    let owner = aws_sdk_sts::Client::new(&config(&practice.server, MANAGEMENT_ACCESS_KEY));
    let role = "arn:aws:iam::412098765432:role/OrganizationAccountAccessRole";
    let request = |sts: &aws_sdk_sts::Client| sts.assume_role().role_arn(role).role_session_name("owner");
    assert!(request(&owner).send().await.is_err(), "without the external id");
    let answer = request(&owner).external_id("deal-7").send().await.unwrap();
    assert!(answer.assumed_role_user().unwrap().arn().ends_with("assumed-role/OrganizationAccountAccessRole/owner"));
    assert!(request(&practice.sts).external_id("deal-7").send().await.is_err(), "the member is not trusted");
    let (_, message) = read(assume(&owner).send().await);
    assert!(message.starts_with("User: arn:aws:iam::305611223344:user/org-admin is not authorized"), "{message}");
}

#[tokio::test]
async fn stack_sets_are_the_owners_live_in_regions_and_come_in_pages() {
    use aws_sdk_cloudformation::operation::list_stack_sets::ListStackSetsOutput;
    use aws_sdk_cloudformation::types::StackSetSummary;
    let practice = practice("ready").await;
    let set = |name: &str, more: &str| toml::from_str(&format!("name = '{name}'\n{more}")).unwrap();
    practice.server.change(|account| {
        account.page_size = 1;
        account.stack_sets =
            vec![set("a", ""), set("b", "retain = true"), set("c", "region = 'eu-west-1'"), set("d", "service_managed = false")];
    });
    let owner = aws_sdk_cloudformation::Client::new(&config(&practice.server, MANAGEMENT_ACCESS_KEY));
    let pages: Vec<_> = owner.list_stack_sets().into_paginator().send().collect::<Result<_, _>>().await.unwrap();
    let names: Vec<_> =
        pages.iter().flat_map(ListStackSetsOutput::summaries).filter_map(StackSetSummary::stack_set_name).collect();
    assert_eq!((pages.len(), names), (3, vec!["a", "b", "d"]));
    let described = owner.describe_stack_set().stack_set_name("b").send().await.unwrap().stack_set.unwrap();
    let follows = described.auto_deployment().unwrap();
    assert_eq!((follows.enabled(), follows.retain_stacks_on_account_removal()), (Some(true), Some(true)));
    assert_eq!(described.permission_model().unwrap().as_str(), "SERVICE_MANAGED");
    let own = owner.describe_stack_set().stack_set_name("d").send().await.unwrap().stack_set.unwrap();
    assert!(own.auto_deployment().is_none());
    let of = |account: &str| owner.list_stack_instances().stack_set_name("a").stack_instance_account(account).send();
    let here = of("412098765432").await.unwrap();
    assert_eq!(here.summaries()[0].account(), Some("412098765432"));
    assert!(of("111122223333").await.unwrap().summaries().is_empty());
    let elsewhere = owner.describe_stack_set().stack_set_name("c").send().await;
    assert_eq!(read(elsewhere), ("StackSetNotFoundException".to_owned(), "StackSet c not found".to_owned()));
    let member = aws_sdk_cloudformation::Client::new(&config(&practice.server, MEMBER_ACCESS_KEY));
    assert!(member.list_stack_sets().send().await.unwrap().summaries().is_empty());
    practice.server.change(|account| {
        account.organization.owner_denials = vec![Denial::new(DeniedBy::IdentityPolicy, &["cloudformation:*"])];
    });
    let (code, message) = read(owner.list_stack_sets().send().await);
    assert_eq!(code, "AccessDenied");
    assert!(message.starts_with("User: arn:aws:iam::305611223344:user/org-admin is not authorized"), "{message}");
}

#[tokio::test]
async fn other_accounts_call_with_their_own_keys_and_see_their_own_organizations() {
    use leave_org::simulator::{OTHER_MEMBER_ACCESS_KEY, OTHER_OWNER_ACCESS_KEY, STANDALONE_ACCESS_KEY, Session};
    let practice = practice("ready").await;
    for (key, account, organization) in [
        (OTHER_OWNER_ACCESS_KEY, "880077665544", Some(("o-sunflower1", "880077665544"))),
        (OTHER_MEMBER_ACCESS_KEY, "523344556677", Some(("o-a1b2c3d4e5", "305611223344"))),
        (STANDALONE_ACCESS_KEY, "660011223344", None),
    ] {
        let config = config(&practice.server, key);
        let identity = aws_sdk_sts::Client::new(&config).get_caller_identity().send().await.unwrap();
        assert_eq!(identity.account(), Some(account));
        let organizations = aws_sdk_organizations::Client::new(&config);
        let described = organizations.describe_organization().send().await;
        match organization {
            None => assert_eq!(read(described).0, "AWSOrganizationsNotInUseException"),
            Some((id, owner)) => {
                let described = described.unwrap().organization.unwrap();
                assert_eq!((described.id(), described.master_account_id()), (Some(id), Some(owner)));
            }
        }
        assert!(organizations.list_tags_for_resource().resource_id("412098765432").send().await.is_err());
    }
    practice.server.change(|account| account.organization.owner_session = Session::Expired);
    assert_eq!(read(practice.owner().list_roots().send().await).0, "ExpiredTokenException");
    practice.organizations.describe_organization().send().await.unwrap();
}

#[tokio::test]
async fn what_the_owner_lists_comes_in_pages_and_what_does_not_exist_has_no_tags() {
    let practice = practice("scp-denies").await;
    practice.server.change(|account| {
        account.page_size = 1;
        account.first_pages_empty = true;
    });
    let pages = practice.owner().list_policies_for_target().target_id("r-1x2y").filter("SERVICE_CONTROL_POLICY".into());
    let pages: Vec<_> = pages.into_paginator().send().collect::<Result<_, _>>().await.unwrap();
    let sizes: Vec<usize> = pages.iter().map(|page| page.policies().len()).collect();
    assert_eq!(sizes, [0, 1, 1]);
    let stranger = practice.owner().list_tags_for_resource().resource_id("111122223333").send().await;
    assert_eq!(read(stranger).0, "TargetNotFoundException");
}

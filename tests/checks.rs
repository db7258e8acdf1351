//! Every rule of every step, asked of the practice AWS through the real SDK over HTTP.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use leave_org::aws::{CheckRun, ConnectOptions, Practice, Session, connect};
use leave_org::checklist::facts::PaymentMethodFact;
use leave_org::checklist::{Checklist, Confidence, ContactField, Fact, Finding, ProblemKind, StepId, VerdictKind, gate, texts};
use leave_org::clock::Clock;
use leave_org::simulator::{
    CalledBy, Damage, Fault, FaultKind, Instrument, MANAGEMENT_ACCESS_KEY, MEMBER_ACCESS_KEY, OTHER_MEMBER_ACCESS_KEY,
    OTHER_OWNER_ACCESS_KEY, SECRET_ACCESS_KEY, STANDALONE_ACCESS_KEY, Scenario, Server,
};
use tokio::net::TcpSocket;
use tokio::task::JoinSet;

use Confidence::{Predicted, Proven};
use VerdictKind::{Met, NeedsYou, NotApplicable, Unknown, Unmet, Waiting};

/// Ends a server. While the socket lives, nobody listens at its port: no other test's server can have it.
pub async fn shut_down(server: Server) -> TcpSocket {
    let address = server.url().trim_start_matches("http://").parse().unwrap();
    server.shutdown().await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind(address).unwrap();
    socket
}

/// Serves the account that `account` describes, as lines under `[account]` of a scenario file.
pub async fn serve(account: &str) -> Server {
    let scenario = Scenario::from_toml(&format!("title = 'Test'\nstory = 'A test.'\n[account]\n{account}"))
        .unwrap_or_else(|error| panic!("{error:?} in {account}"));
    Server::start(scenario, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), None).await.unwrap()
}

/// What to connect to it with: the member's credentials and, if asked to, the owner's.
pub fn wanted(server: &Server, with_owner: bool) -> ConnectOptions {
    let practice = Practice {
        endpoint: server.url(),
        region: "us-east-1".to_owned(),
        access_key_id: MEMBER_ACCESS_KEY.to_owned(),
        secret_access_key: SECRET_ACCESS_KEY.to_owned(),
        management_access_key_id: with_owner.then(|| MANAGEMENT_ACCESS_KEY.to_owned()),
        profiles: Vec::new(),
    };
    ConnectOptions { practice: Some(practice), ..ConnectOptions::default() }
}

pub async fn session(server: &Server, with_owner: bool) -> Session {
    connect(&wanted(server, with_owner)).await.unwrap()
}

async fn find(step: StepId, account: &str) -> Finding {
    let server = serve(account).await;
    let finding = session(&server, false).await.reader().round().check(step).await;
    server.shutdown().await;
    finding
}

fn describe(finding: &Finding) -> (String, VerdictKind, Confidence) {
    (finding.found.name().to_owned(), finding.verdict.kind(), finding.confidence)
}

/// What in it is somebody's own.
fn own(finding: &Finding) -> BTreeSet<String> {
    let of_calls = finding.evidence.iter().flat_map(|call| &call.own).map(|own| own.as_str().to_owned());
    finding.found.own().into_iter().chain(of_calls).collect()
}

/// What is true of every finding, whatever it found.
fn assert_well_told(finding: &Finding) {
    let text = format!(
        "{} {:?} {:?} {:?}",
        finding.wording().summary,
        finding.wording().details,
        finding.wording().not_proven,
        finding.wording().todo
    );
    assert!(!text.contains("{{") && !text.contains("{%"), "a template was not filled: {text}");
    assert!(
        finding.wording().summary != finding.found.name() && finding.wording().summary.len() > 20,
        "no words for {} of {}",
        finding.found.name(),
        finding.step
    );
    assert!(
        finding.wording().details.iter().all(|line| line.contains([' ', '.', '+'])),
        "a line without words: {:?}",
        finding.wording().details
    );
    assert!(!finding.evidence.is_empty(), "{} of {} shows no evidence", finding.found.name(), finding.step);
    assert!(finding.evidence.iter().all(|e| !e.outcome.is_empty() && !e.operation.is_empty()), "{:?}", finding.evidence);
    assert!(
        finding.evidence.iter().all(|e| !e.fact.is_empty() || e.outcome != "ok"),
        "an answer that tells nothing: {:?}",
        finding.evidence
    );
}

type Case = (&'static str, &'static str, VerdictKind, Confidence);

async fn expect(step: StepId, cases: &[Case]) {
    for (account, rule, verdict, confidence) in cases {
        let finding = find(step, account).await;
        assert_eq!(describe(&finding), ((*rule).to_owned(), *verdict, *confidence), "{step} with {account}: {finding:#?}");
        assert_well_told(&finding);
    }
}

/// A denial of the caller, as a line of a scenario.
macro_rules! denied {
    ($by:literal, $action:literal) => {
        concat!("denials = [{ by = '", $by, "', actions = ['", $action, "'] }]")
    };
}

#[tokio::test]
async fn membership() {
    expect(
        StepId::Membership,
        &[
            ("", "member", Met, Proven),
            ("member = false", "already-standalone", Met, Proven),
            ("id = '305611223344'", "management-account", Unmet, Proven),
            ("state = 'SUSPENDED'", "not-active", Unmet, Proven),
            ("state = 'CLOSED'", "not-active", Unmet, Proven),
            ("state = 'PENDING_ACTIVATION'", "sign-up-incomplete", Unmet, Predicted),
            (denied!("identity-policy", "account:GetAccountInformation"), "denied-by-identity-policy", Unknown, Proven),
            (denied!("identity-policy", "organizations:DescribeOrganization"), "denied-by-identity-policy", Unknown, Proven),
            (
                denied!("service-control-policy", "organizations:DescribeOrganization"),
                "denied-by-service-control-policy",
                Unknown,
                Proven,
            ),
            ("session = 'expired'", "expired-credentials", Unknown, Proven),
        ],
    )
    .await;
}

#[tokio::test]
async fn waiting_period() {
    expect(
        StepId::WaitingPeriod,
        &[
            ("", "old-enough", Met, Proven),
            ("created_days_ago = 4.01", "old-enough", Met, Proven),
            ("created_days_ago = 3.99", "too-young", Waiting, Predicted),
            // A member is not told how it joined.
            ("created_days_ago = 1.0\njoined = 'INVITED'", "too-young", Waiting, Predicted),
            ("member = false\ncreated_days_ago = 1.0", "not-a-member", NotApplicable, Proven),
            (denied!("identity-policy", "account:*"), "denied-by-identity-policy", Unknown, Proven),
        ],
    )
    .await;
}

#[tokio::test]
async fn permission() {
    expect(
        StepId::Permission,
        &[
            ("", "allowed", Met, Predicted),
            ("principal = { kind = 'user', path = '/division/' }", "allowed", Met, Predicted),
            ("principal = { kind = 'sso' }", "allowed", Met, Predicted),
            ("principal = { kind = 'root' }", "root-user", Unknown, Proven),
            ("member = false", "not-a-member", NotApplicable, Proven),
            (
                denied!("service-control-policy", "organizations:LeaveOrganization"),
                "leave-denied-by-service-control-policy",
                Unmet,
                Predicted,
            ),
            (
                "denials = [{ by = 'service-control-policy', actions = ['organizations:LeaveOrganization', 'organizations:AcceptHandshake', \
                 'account:GetContactInformation', 'account:PutContactInformation', 'account:CloseAccount', 'billing:*'] }]",
                "looks-like-a-project",
                Unmet,
                Predicted,
            ),
            // Without billing, or with everything, or with what no policy allows, these are anybody's policies.
            (
                "denials = [{ by = 'service-control-policy', actions = ['organizations:LeaveOrganization', 'organizations:AcceptHandshake', \
                 'account:GetContactInformation', 'account:PutContactInformation', 'account:CloseAccount'] }]",
                "leave-denied-by-service-control-policy",
                Unmet,
                Predicted,
            ),
            (
                "denials = [{ by = 'service-control-policy', actions = ['organizations:LeaveOrganization', 'organizations:AcceptHandshake', \
                 'account:*', 'billing:*'] }]",
                "leave-denied-by-service-control-policy",
                Unmet,
                Predicted,
            ),
            (
                "denials = [{ by = 'service-control-policy', effect = 'implicit', actions = ['organizations:LeaveOrganization', \
                 'organizations:AcceptHandshake', 'account:GetContactInformation', 'account:PutContactInformation', \
                 'account:CloseAccount', 'billing:*'] }]",
                "leave-denied-by-service-control-policy",
                Unmet,
                Predicted,
            ),
            (denied!("permissions-boundary", "organizations:*"), "leave-denied-by-boundary", Unmet, Predicted),
            (denied!("identity-policy", "organizations:LeaveOrganization"), "not-allowed", Unmet, Predicted),
            (
                "denials = [{ by = 'identity-policy', actions = ['organizations:LeaveOrganization'], effect = 'explicit' }]",
                "leave-denied-by-identity-policy",
                Unmet,
                Predicted,
            ),
            // The simulator does not see session policies, and the words say so.
            (denied!("session-policy", "organizations:LeaveOrganization"), "allowed", Met, Predicted),
            (denied!("identity-policy", "iam:SimulatePrincipalPolicy"), "denied-by-identity-policy", Unknown, Proven),
            (denied!("permissions-boundary", "iam:*"), "denied-by-boundary", Unknown, Proven),
            // Without GetRole, the role's likely ARN is tried: right for a role without a path, and never held against a role with one.
            (
                "principal = { kind = 'role', path = '/' }\ndenials = [{ by = 'identity-policy', actions = ['iam:GetRole'] }]",
                "allowed",
                Met,
                Predicted,
            ),
            (denied!("identity-policy", "iam:GetRole"), "denied-by-identity-policy", Unknown, Proven),
        ],
    )
    .await;
}

#[tokio::test]
async fn support_plan() {
    expect(
        StepId::SupportPlan,
        &[
            ("", "plan-with-support-cases", Met, Proven),
            ("support = { plan = 'business', organization_wide = true }", "plan-with-support-cases", Met, Proven),
            ("support = { plan = 'basic' }", "plan-named", Met, Proven),
            ("support = { plan = 'developer' }", "plan-named", Met, Proven),
            ("support = { plan = 'never-chosen' }", "basic-or-none", NeedsYou, Proven),
            // Billing says nothing here, so Basic looks like none.
            ("support = { plan = 'basic' }\niam_billing_access = 'off'", "basic-or-none", NeedsYou, Proven),
            (
                "support = { plan = 'never-chosen' }\ndenials = [{ by = 'identity-policy', actions = ['support:*'] }]",
                "denied-by-identity-policy",
                Unknown,
                Proven,
            ),
            (
                "support = { plan = 'basic' }\ndenials = [{ by = 'identity-policy', actions = ['support:*'] }]",
                "plan-named",
                Met,
                Proven,
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn contact_information() {
    expect(
        StepId::ContactInformation,
        &[
            ("", "verified", Met, Proven),
            ("contact = { on_file = false }", "none-on-file", Unmet, Proven),
            ("contact = { city = '' }", "incomplete", Unmet, Proven),
            ("contact = { state_or_region = '' }", "incomplete", Unmet, Proven),
            ("contact = { state_or_region = '', country_code = 'FR' }", "verified", Met, Proven),
            // What AWS copies when an organization creates an account holds no name: the account's own stands there.
            ("contact = { full_name = 'payments-prod' }", "verified-and-as-copied", NeedsYou, Proven),
            ("contact = { verification = 'UNVERIFIED' }", "phone-unverified", NeedsYou, Proven),
            ("contact = { verification = 'PENDING' }", "phone-verification-pending", NeedsYou, Proven),
            ("contact = { verification = 'NOT_SUPPORTED' }", "phone-not-verifiable", NeedsYou, Proven),
            (
                denied!("service-control-policy", "account:GetContactInformation"),
                "denied-by-service-control-policy",
                Unknown,
                Proven,
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn contact_data_that_look_like_the_owners_are_told_where_the_owner_can_be_asked() {
    let holdings = "contact = { company_name = 'NORTHWIND HOLDING, AG', address_line_1 = 'Bahnhofplatz 1', city = 'Frankfurt am Main', \
                    state_or_region = 'Hessen', postal_code = '60329', phone_number = '+49 69 555 00100'";
    let line = "This looks like the data of the management account: the same company, address, phone.";
    for (account, rule, said) in [
        (format!("{holdings} }}"), "verified-and-the-owners", true),
        (format!("{holdings}, verification = 'UNVERIFIED' }}"), "phone-unverified", true),
        (String::new(), "verified", false),
    ] {
        let server = serve(&account).await;
        let finding = session(&server, true).await.reader().round().check(StepId::ContactInformation).await;
        assert_eq!(
            (finding.found.name(), finding.wording().details.iter().any(|detail| detail == line)),
            (rule, said),
            "{finding:#?}"
        );
        assert_well_told(&finding);
        // Without the owner's credentials, and where the owner does not tell, nothing is said of it.
        let alone = session(&server, false).await.reader().round().check(StepId::ContactInformation).await;
        let denied =
            Damage::Error { code: "AccessDeniedException".to_owned(), message: "no".to_owned(), reason: None, status: None };
        server.inject(Fault::new("account:GetContactInformation", denied).called_by(CalledBy::ManagementAccount));
        let untold = session(&server, true).await.reader().round().check(StepId::ContactInformation).await;
        for finding in [alone, untold] {
            assert!(
                !finding.found.name().contains("owners") && !finding.wording().details.iter().any(|detail| detail == line),
                "{finding:#?}"
            );
            assert_eq!(finding.verdict.kind(), if rule == "phone-unverified" { NeedsYou } else { Met });
        }
        server.shutdown().await;
    }
}

#[tokio::test]
async fn the_contact_on_file_is_read_whole_or_said_to_be_missing() {
    let server = serve("contact = { verification = 'PENDING' }").await;
    let session = session(&server, false).await;
    let on_file = session.reader().contact().await.unwrap().unwrap();
    assert_eq!(on_file.contact.get(ContactField::FullName), "Maria Keller");
    assert_eq!((on_file.contact.problems(), on_file.status.as_deref()), (Vec::new(), Some("PENDING")));
    server.change(|account| account.contact.on_file = false);
    assert_eq!(session.reader().contact().await.unwrap(), None);
    server.change(|account| account.session = leave_org::simulator::Session::Expired);
    assert_eq!(session.reader().contact().await.unwrap_err().kind, ProblemKind::ExpiredCredentials);
    server.shutdown().await;
}

#[tokio::test]
async fn payment_method() {
    expect(
        StepId::PaymentMethod,
        &[
            ("", "active", Met, Predicted),
            ("instruments = [{ method = 'PAY_BY_INVOICE' }, { status = 'INVALID' }]", "active", Met, Predicted),
            ("instruments = [{ method = 'OF_TOMORROW' }]", "active", Met, Predicted),
            ("instruments = [{ accepted = false }]", "active", Met, Predicted),
            ("instruments = []", "none", Unmet, Predicted),
            ("instruments = [{ method = 'UPI', status = 'PENDING_SETUP' }]", "none-active", Unmet, Predicted),
            ("instruments = [{ status = 'INVALID' }, { status = 'SETUP_IN_PROGRESS' }]", "none-active", Unmet, Predicted),
            ("instruments = [{ status = 'INVALID' }, { status = 'ON_HOLD' }]", "unfamiliar-status", NeedsYou, Proven),
            ("instruments = [{ status = 'ON_HOLD' }, {}]", "active", Met, Predicted),
            ("state = 'PENDING_ACTIVATION'", "account-cannot-pay", Unmet, Predicted),
            ("state = 'SUSPENDED'", "account-cannot-pay", Unmet, Predicted),
            (
                "state = 'PENDING_ACTIVATION'\ndenials = [{ by = 'identity-policy', actions = ['payments:*'] }]",
                "sign-up-incomplete",
                NeedsYou,
                Proven,
            ),
            (denied!("identity-policy", "account:*"), "active", Met, Predicted),
            (denied!("identity-policy", "payments:GetAccountBalance"), "active", Met, Predicted),
            (denied!("identity-policy", "payments:ListPaymentInstruments"), "not-shown", NeedsYou, Proven),
            (denied!("service-control-policy", "payments:*"), "not-shown", NeedsYou, Proven),
            (denied!("unexplained", "payments:*"), "not-shown", NeedsYou, Proven),
            ("iam_billing_access = 'off'", "not-shown", NeedsYou, Proven),
        ],
    )
    .await;
}

#[tokio::test]
async fn every_kind_of_payment_method_counts_where_it_is_active_and_nowhere_else() {
    let kinds = [
        ("CARD", "card"),
        ("US_ACH_BANK_ACCOUNT", "US bank account (ACH)"),
        ("SEPA_BANK_ACCOUNT", "bank account (SEPA Direct Debit)"),
        ("UK_BACS_BANK_ACCOUNT", "UK bank account (Bacs Direct Debit)"),
        ("IN_NET_BANKING", "India net banking"),
        ("CN_BANK_REDIRECT", "China bank redirect"),
        ("UPI", "UPI"),
        ("PIX", "Pix"),
        ("PAY_BY_INVOICE", "pay by invoice"),
    ];
    let server = serve("").await;
    let session = session(&server, false).await;
    for (method, words) in kinds {
        for (status, rule) in [
            ("ACTIVE", "active"),
            ("PENDING_SETUP", "none-active"),
            ("SETUP_IN_PROGRESS", "none-active"),
            ("INVALID", "none-active"),
            ("OF_TOMORROW", "unfamiliar-status"),
        ] {
            server.change(|account| {
                account.instruments = vec![Instrument { method: method.to_owned(), status: status.to_owned(), accepted: true }];
            });
            let finding = session.reader().round().check(StepId::PaymentMethod).await;
            assert_eq!(finding.found.name(), rule, "{method} {status}");
            let told = if status == "ACTIVE" { format!(": {words}.") } else { format!(": {words} ({status}).") };
            assert!(finding.wording().summary.ends_with(&told), "{}", finding.wording().summary);
            assert_well_told(&finding);
        }
    }
    server.shutdown().await;
}

/// What becomes of the payment method under one fault of the list of payment instruments.
async fn payment_under(fault: Damage, account: &str) -> Finding {
    let server = serve(account).await;
    server.inject(Fault::new("payments:ListPaymentInstruments", fault));
    let finding = session(&server, false).await.reader().round().check(StepId::PaymentMethod).await;
    server.shutdown().await;
    assert_well_told(&finding);
    finding
}

#[tokio::test]
async fn where_payment_methods_are_not_shown_a_person_is_asked_and_told_what_would_show_them() {
    let error = |code: &str, reason: Option<&str>| Damage::Error {
        code: code.to_owned(),
        message: "It is so.".to_owned(),
        reason: reason.map(str::to_owned),
        status: None,
    };
    for (fault, rule, verdict) in [
        (error("AccessDeniedException", Some("NOT_AUTHORIZED")), "not-shown", NeedsYou),
        (error("AccessDeniedException", Some("OTHER")), "not-shown", NeedsYou),
        (error("AccessDeniedException", Some("INVALID_ACCOUNT_STATE")), "account-cannot-pay", Unmet),
        (error("UnknownOperationException", None), "not-shown", NeedsYou),
        (error("ValidationException", Some("UNSUPPORTED_ACTION")), "not-shown", NeedsYou),
        (error("ValidationException", Some("INVALID_PAGINATION_TOKEN")), "unexpected-error", Unknown),
        (Damage::ExpiredToken, "expired-credentials", Unknown),
        (Damage::Html, "not-shown", NeedsYou),
    ] {
        let finding = payment_under(fault.clone(), "").await;
        assert_eq!((finding.found.name(), finding.verdict.kind()), (rule, verdict), "{fault:?}: {finding:#?}");
    }
    let denied = payment_under(error("AccessDeniedException", Some("NOT_AUTHORIZED")), "").await;
    let told = "To have this checked for you, allow payments:ListPaymentInstruments to role/PlatformAdmin.";
    assert!(denied.wording().todo.iter().any(|todo| todo.starts_with(told)), "{:?}", denied.wording().todo);
    let state = payment_under(error("AccessDeniedException", Some("INVALID_ACCOUNT_STATE")), "").await;
    assert_eq!(state.confidence, Predicted);
    assert!(state.evidence.iter().any(|evidence| evidence.outcome == "INVALID_ACCOUNT_STATE"), "{:?}", state.evidence);
}

#[tokio::test]
async fn payment_methods_are_read_to_the_last_of_twenty_six_pages_and_no_further_than_forty() {
    for (pages, last, rule) in [(26, "ACTIVE", "active"), (26, "INVALID", "none-active"), (41, "INVALID", "malformed")] {
        let before = "{ status = 'INVALID' }, ".repeat(pages - 1);
        let account = format!("page_size = 1\ninstruments = [{before}{{ status = '{last}' }}]");
        let server = serve(&account).await;
        let finding = session(&server, false).await.reader().round().check(StepId::PaymentMethod).await;
        assert_eq!(finding.found.name(), rule, "{finding:#?}");
        let asked = server.requests().iter().filter(|request| request.operation == "payments:ListPaymentInstruments").count();
        assert_eq!(asked, pages.min(40));
        server.shutdown().await;
    }
}

#[tokio::test]
async fn invoices_that_are_past_due_are_a_detail_and_decide_nothing() {
    let due = "past_due = [{ value = '12.50', currency = 'USD', seller = 'Amazon Web Services, Inc.' }, \
               { value = '0.0', currency = 'EUR', seller = 'Amazon Web Services EMEA SARL' }]";
    let finding = find(StepId::PaymentMethod, due).await;
    assert_eq!(describe(&finding), ("active".to_owned(), Met, Predicted));
    assert_eq!(finding.wording().details, ["Invoices past due: 12.50 USD (Amazon Web Services, Inc.)."]);
}

/// What stands on a card is asked for by nobody, and the ids of payment instruments are no details of a report.
#[tokio::test]
async fn the_id_of_a_payment_method_stands_nowhere() {
    let finding = find(StepId::PaymentMethod, "").await;
    let Some(Fact::PaymentMethod(PaymentMethodFact::Active { known, .. })) = finding.fact() else { panic!("{finding:#?}") };
    assert!(known.len() == 1 && !known[0].contains("pi"), "{known:?}");
    let told = format!(
        "{} {:?} {:?} {:?}",
        finding.wording().summary,
        finding.wording().details,
        finding.wording().todo,
        finding.evidence
    );
    assert!(!told.contains("pi-0001"), "{told}");
}

#[tokio::test]
async fn billing_access() {
    expect(
        StepId::BillingAccess,
        &[
            ("", "on", Met, Proven),
            ("iam_billing_access = 'off'", "off", Unmet, Proven),
            ("principal = { kind = 'root' }", "root-is-asking", NeedsYou, Predicted),
            (denied!("identity-policy", "billing:*"), "denied-by-identity-policy", Unknown, Proven),
            (denied!("service-control-policy", "billing:*"), "denied-by-service-control-policy", Unknown, Proven),
            (denied!("session-policy", "billing:*"), "denied-by-session-policy", Unknown, Proven),
        ],
    )
    .await;
}

#[tokio::test]
async fn delegated_administrator() {
    expect(
        StepId::DelegatedAdministrator,
        &[
            ("", "not-told-as-a-plain-member", Met, Predicted),
            ("delegated_services = ['guardduty.amazonaws.com', 'config.amazonaws.com']", "registered", Unmet, Proven),
            ("delegation_policy_grants_reads = true", "not-registered", Met, Proven),
            ("member = false", "not-a-member", NotApplicable, Proven),
            (denied!("identity-policy", "organizations:List*"), "denied-by-identity-policy", Unknown, Proven),
            (denied!("service-control-policy", "organizations:List*"), "denied-by-service-control-policy", Unknown, Proven),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_session_of_a_role_that_only_members_may_assume_does_not_stay() {
    let own = |trusts: &str| format!("roles = [{{ name = 'PlatformAdmin', path = '/platform/', trusts = [{trusts}] }}]");
    for (trusts, stays) in [("'own-account'", true), ("'organization'", false), ("'organization', 'own-account'", true)] {
        let finding = find(StepId::AccessAfterwards, &own(trusts)).await;
        let own: Vec<&String> = finding.wording().details.iter().filter(|line| line.starts_with("Your own session:")).collect();
        let [line] = own[..] else { panic!("{finding:#?}") };
        assert_eq!(
            (line.contains("It stays;"), line.contains("nobody in this account can assume it after leaving")),
            (stays, !stays),
            "{line}"
        );
    }
}

#[tokio::test]
async fn access_afterwards() {
    expect(StepId::AccessAfterwards, &[
        ("", "root-can-sign-in", Met, Predicted),
        ("root = { mfa = false }", "root-without-mfa", Met, Predicted),
        ("root = { password = false, mfa = false }", "user-can-sign-in", Met, Predicted),
        ("root = { password = false, mfa = false }\nusers = []", "nobody", Unmet, Predicted),
        (
            "root = { password = false, mfa = false }\nusers = [{ name = 'robot' }, { name = 'pipeline' }]",
            "nobody",
            Unmet,
            Predicted,
        ),
        (
            "root = { password = false, mfa = false }\npage_size = 2\nusers = [{ name = 'a' }, { name = 'b' }, { name = 'c', password = true }]",
            "too-many-users",
            NeedsYou,
            Predicted,
        ),
        // One way in is enough, whatever else could not be read.
        (denied!("identity-policy", "iam:ListUsers"), "root-can-sign-in", Met, Predicted),
        (denied!("identity-policy", "iam:GetAccountSummary"), "user-can-sign-in", Met, Predicted),
        // No way in was found, and not everything could be read: unknown.
        (
            "users = []\ndenials = [{ by = 'identity-policy', actions = ['iam:GetAccountSummary'] }]",
            "denied-by-identity-policy",
            Unknown,
            Proven,
        ),
        (
            "root = { password = false, mfa = false }\ndenials = [{ by = 'identity-policy', actions = ['iam:ListUsers'] }]",
            "denied-by-identity-policy",
            Unknown,
            Proven,
        ),
        (
            "root = { password = false, mfa = false }\ndenials = [{ by = 'identity-policy', actions = ['iam:GetLoginProfile'] }]",
            "denied-by-identity-policy",
            Unknown,
            Proven,
        ),
    ])
    .await;
}

#[tokio::test]
async fn what_becomes_of_ones_own_session_is_said() {
    for (principal, words) in [
        ("sso", "Your own session ends with the membership: it comes from IAM Identity Center"),
        (
            "organization-access-role",
            "Your own session uses the role OrganizationAccountAccessRole, a door of the organization's owner",
        ),
        ("role", "Your own session: the role PlatformAdmin. It stays"),
        ("user", "Your own session: the user maria.keller. It stays"),
        ("root", "Your own session: the root user. It stays"),
    ] {
        let finding = find(StepId::AccessAfterwards, &format!("principal = {{ kind = '{principal}' }}")).await;
        let said = finding.wording().details.last().unwrap();
        assert!(said.starts_with(words), "{principal}: {said}");
    }
}

#[tokio::test]
async fn every_way_in_has_a_line_that_says_how_good_it_is() {
    let account = "root = { password = false, mfa = false, access_keys = true }\npage_size = 50\n\
        users = [{ name = 'anna', password = true, mfa = true }, { name = 'bert', password = true }, { name = 'robot' }]\n\
        saml_providers = ['corp']\noidc_providers = ['token.actions.githubusercontent.com']\n\
        roles = [{ name = 'Deploy', trusts = ['oidc:token.actions.githubusercontent.com'] }, \
        { name = 'Staff', trusts = ['saml:corp'] }, { name = 'Vendor', trusts = ['998877665544', 'management-account'] }, \
        { name = 'AWSReservedSSO_Admin_1', path = '/aws-reserved/sso.amazonaws.com/', trusts = ['identity-center'] }]";
    let finding = find(StepId::AccessAfterwards, account).await;
    assert_eq!(describe(&finding), ("user-can-sign-in".to_owned(), Met, Predicted));
    assert_well_told(&finding);
    let said = &finding.wording().details;
    let begins = [
        "Root user: no password. Shortest: “Forgot password”",
        "Root user: it has access keys",
        "User bert: a console password and no MFA. Shortest: add a device",
        "User anna: a console password and MFA.",
        "Role Deploy: entered through the OpenID Connect provider token.actions.githubusercontent.com",
        "Role Staff: entered through the SAML identity provider corp",
        "Role Vendor: entered from account 998877665544. Whether it is in the organization, a member cannot see",
        "One role of IAM Identity Center (AWSReservedSSO_) goes with the membership.",
        "Your own session: the role PlatformAdmin. It stays",
    ];
    assert_eq!(said.len(), begins.len(), "{said:#?}");
    for (line, begin) in said.iter().zip(begins) {
        assert!(line.starts_with(begin), "{line} does not begin with {begin}");
    }
    for private in ["anna", "bert", "robot", "Deploy", "Staff", "Vendor", "corp", "token.actions.githubusercontent.com"] {
        assert!(own(&finding).contains(private), "{private} is not masked");
    }
}

#[tokio::test]
async fn a_role_from_outside_settles_nothing_and_is_told() {
    let account = "root = { password = false, mfa = false }\nusers = []\nroles = [{ name = 'Staff', trusts = ['saml:corp'] }]";
    let finding = find(StepId::AccessAfterwards, account).await;
    assert_eq!(describe(&finding), ("nobody".to_owned(), Unmet, Predicted));
    assert!(
        finding.wording().details.iter().any(|line| line.starts_with("Role Staff: entered through the SAML")),
        "{:?}",
        finding.wording().details
    );
    assert!(finding.wording().todo.last().unwrap().starts_with("If a role above is your way in"), "{:?}", finding.wording().todo);
}

#[tokio::test]
async fn what_could_not_be_read_of_a_way_in_has_a_line_and_changes_no_verdict() {
    for (denied, words) in [
        ("iam:ListMFADevices", "User break-glass: a console password. Whether it has MFA could not be read."),
        ("iam:ListRoles", "Roles: whether one can be entered from outside could not be read."),
        ("iam:ListUsers", "IAM users: they could not be read."),
        ("iam:GetAccountSummary", "Root user: what it has could not be read."),
    ] {
        let finding =
            find(StepId::AccessAfterwards, &format!("denials = [{{ by = 'identity-policy', actions = ['{denied}'] }}]")).await;
        assert_eq!(finding.verdict.kind(), Met, "{denied}");
        assert!(finding.wording().details.iter().any(|line| line == words), "{denied}: {:?}", finding.wording().details);
        assert!(finding.evidence.iter().any(|told| told.operation == denied && told.outcome != "ok"), "{:?}", finding.evidence);
    }
}

#[tokio::test]
async fn one_round_reads_the_roles_once() {
    let server = serve("roles = [{ name = 'audit', trusts = ['organization'] }]").await;
    let round = session(&server, false).await.reader().round();
    let _ = tokio::join!(round.check(StepId::AccessAfterwards), round.check(StepId::OldOwnerAccess));
    let asked = |operation: &str| server.requests().iter().filter(|request| request.operation == operation).count();
    assert_eq!((asked("iam:ListRoles"), asked("iam:GetRole")), (1, 0));
    server.shutdown().await;
}

#[tokio::test]
async fn the_old_owners_roles_are_told_with_what_they_can_do() {
    let account = "page_size = 1\nroles = [\
        { name = 'a', trusts = ['management-account'], policies = ['SecurityAudit', 'AdministratorAccess'] }, \
        { name = 'b', trusts = ['organization'], policies = ['SecurityAudit', 'arn:aws:iam::412098765432:policy/ours/AdministratorAccess'], \
        inline_policies = ['x', 'y'] }, \
        { name = 'c', trusts = ['management-account'] }, { name = 'd', trusts = ['998877665544'], policies = ['AdministratorAccess'] }]";
    let server = serve(account).await;
    let finding = session(&server, false).await.reader().round().check(StepId::OldOwnerAccess).await;
    let said = finding.wording().details.join("\n");
    for words in [
        "a: the organization's owner, account 305611223344, may use it. It can do everything (AdministratorAccess).",
        "b: anyone in the organization o-a1b2c3d4e5 may use it. Its policies: SecurityAudit, AdministratorAccess, x, y.",
        "c: the organization's owner, account 305611223344, may use it. It has no policies.",
    ] {
        assert!(said.contains(words), "no “{words}” in\n{said}");
    }
    assert!(own(&finding).contains("x") && !own(&finding).contains("SecurityAudit"));
    // Two pages until it is clear that one can do everything, and nothing more; nothing about a role that is not the owner's door.
    let requests = server.requests();
    let asked = |operation: &str| requests.iter().filter(|request| request.operation == operation).count();
    assert_eq!((asked("iam:ListAttachedRolePolicies"), asked("iam:ListRolePolicies")), (2 + 2 + 1, 2 + 1));
    server.shutdown().await;

    for denied in ["iam:ListAttachedRolePolicies", "iam:ListRolePolicies"] {
        let account = format!(
            "roles = [{{ name = 'b', trusts = ['organization'] }}]\ndenials = [{{ by = 'identity-policy', actions = ['{denied}'] }}]"
        );
        let finding = find(StepId::OldOwnerAccess, &account).await;
        assert_eq!(describe(&finding), ("doors-open".to_owned(), NeedsYou, Proven));
        assert!(
            finding.wording().details[0].ends_with("may use it. What it can do was not read."),
            "{:?}",
            finding.wording().details
        );
    }
}

#[tokio::test]
async fn old_owner_access() {
    expect(
        StepId::OldOwnerAccess,
        &[
            ("", "no-doors", Met, Predicted),
            ("roles = [{ name = 'task', trusts = ['ecs-tasks.amazonaws.com'] }]", "no-doors", Met, Predicted),
            ("principal = { kind = 'organization-access-role' }", "doors-open", NeedsYou, Proven),
            ("roles = [{ name = 'audit', trusts = ['organization'] }]", "doors-open", NeedsYou, Proven),
            ("roles = [{ name = 'audit', trusts = ['management-account'] }]", "doors-open", NeedsYou, Proven),
            ("roles = [{ name = 'AWSControlTowerExecution', trusts = ['own-account'] }]", "doors-open", NeedsYou, Proven),
            ("roles = [{ name = 'vendor', trusts = ['998877665544'] }]", "other-accounts-trusted", NeedsYou, Predicted),
            ("member = false", "none-by-name", Met, Predicted),
            ("page_size = 1\nroles = [{ name = 'zz-audit', trusts = ['management-account'] }]", "doors-open", NeedsYou, Proven),
            (denied!("identity-policy", "iam:ListRoles"), "denied-by-identity-policy", Unknown, Proven),
            (denied!("identity-policy", "organizations:DescribeOrganization"), "denied-by-identity-policy", Unknown, Proven),
        ],
    )
    .await;
}

#[tokio::test]
async fn more_roles_than_are_read_leave_the_question_open() {
    let pages = texts::rules().bounds.role_pages;
    let roles: Vec<_> =
        (0..pages + 5).map(|n| format!("{{ name = 'task-{n}', trusts = ['ecs-tasks.amazonaws.com'] }}")).collect();
    let finding = find(StepId::OldOwnerAccess, &format!("page_size = 1\nroles = [{}]", roles.join(", "))).await;
    assert_eq!(describe(&finding), ("too-many-roles".to_owned(), NeedsYou, Proven));
    assert_well_told(&finding);
}

#[tokio::test]
async fn other_way_out() {
    const INVITATION: &str = "invitations = [{ id = 'h-1a2b3c4d5e6f7081', organization_id = 'o-fabr1kam99x', \
                              management_account_id = '771122334455', management_account_name = 'Fabrikam', \
                              management_email = 'aws@fabrikam.example', sent_days_ago = 5.0 }]";
    const DECLINED: &str = "invitations = [{ id = 'h-1a2b3c4d5e6f7081', organization_id = 'o-fabr1kam99x', \
                            management_account_id = '771122334455', management_account_name = 'Fabrikam', \
                            management_email = 'aws@fabrikam.example', sent_days_ago = 5.0, state = 'DECLINED' }]";
    expect(
        StepId::OtherWayOut,
        &[
            ("", "no-invitation", Met, Proven),
            (INVITATION, "invited", NeedsYou, Proven),
            (DECLINED, "no-invitation", Met, Proven),
            ("member = false", "not-a-member", NotApplicable, Proven),
            (denied!("identity-policy", "organizations:ListHandshakesForAccount"), "denied-by-identity-policy", Unknown, Proven),
        ],
    )
    .await;
    let finding = find(StepId::OtherWayOut, INVITATION).await;
    let said = &finding.wording().details[0];
    assert!(said.starts_with("Invitation from o-fabr1kam99x (Fabrikam), sent 20"), "{said}");
    assert!(said.contains(", open until 20") && said.ends_with(", with the ID h-1a2b3c4d5e6f7081."), "{said}");
    assert_eq!(
        finding.wording().command.as_deref(),
        Some("aws organizations accept-handshake --handshake-id h-1a2b3c4d5e6f7081")
    );
    for (more, words) in [
        ("", "Going by the policy simulator, role/PlatformAdmin may accept it"),
        (
            "denials = [{ by = 'service-control-policy', actions = ['organizations:LeaveOrganization'] }]",
            "Going by the policy simulator, a policy of the organization denies organizations:LeaveOrganization.",
        ),
        (
            "denials = [{ by = 'identity-policy', actions = ['organizations:AcceptHandshake'] }]",
            "Going by the policy simulator, role/PlatformAdmin is not allowed organizations:AcceptHandshake.",
        ),
        (
            "denials = [{ by = 'identity-policy', actions = ['iam:SimulatePrincipalPolicy'] }]",
            "Whether you may accept it could not be found out.",
        ),
        ("principal = { kind = 'root' }", "Whether you may accept it is not known"),
    ] {
        let finding = find(StepId::OtherWayOut, &format!("{INVITATION}\n{more}")).await;
        assert_eq!(describe(&finding), ("invited".to_owned(), NeedsYou, Proven), "{more}");
        assert!(finding.wording().details[1].starts_with(words), "{more}: {:?}", finding.wording().details);
    }
}

#[tokio::test]
async fn no_command_accepts_one_of_several_invitations_or_what_is_no_id() {
    let invitation = |id: &str, organization: &str| {
        format!(
            "{{ id = '{id}', organization_id = '{organization}', management_account_id = '771122334455', \
             management_account_name = 'Fabrikam', management_email = 'aws@fabrikam.example', sent_days_ago = 0.5 }}"
        )
    };
    let two = [invitation("h-1a2b3c4d5e6f7081", "o-fabr1kam99x"), invitation("h-1a2b3c4d5e6f7082", "o-c0nt0s0grp1")].join(", ");
    let hostile = invitation("h-1a2b3c4d; rm -rf ~", "o-fabr1kam99x");
    for invitations in [two, hostile] {
        let finding = find(StepId::OtherWayOut, &format!("invitations = [{invitations}]")).await;
        assert_eq!(finding.wording().command, None, "{:?}", finding.wording().details);
        assert!(!format!("{finding:?}").contains("rm -rf"), "{finding:?}");
        assert!(
            finding.wording().todo[0].contains("accept the invitation on the invitations page, and"),
            "{:?}",
            finding.wording().todo
        );
    }
}

#[tokio::test]
async fn the_owners_credentials_make_two_rows_exact() {
    for (account, step, rule, verdict) in [
        ("created_days_ago = 1.0\njoined = 'INVITED'", StepId::WaitingPeriod, "invited", Met),
        ("created_days_ago = 1.0", StepId::WaitingPeriod, "created-recently", Waiting),
        ("", StepId::WaitingPeriod, "old-enough", Met),
        ("", StepId::DelegatedAdministrator, "not-registered", Met),
        ("delegated_services = ['guardduty.amazonaws.com']", StepId::DelegatedAdministrator, "registered", Unmet),
    ] {
        let server = serve(account).await;
        let finding = session(&server, true).await.reader().round().check(step).await;
        assert_eq!(describe(&finding), (rule.to_owned(), verdict, Proven), "{account}: {finding:#?}");
        assert_well_told(&finding);
    }
}

/// The round of somebody whose management profile has this access key.
async fn round_with(server: &Server, owner: &str) -> Arc<CheckRun> {
    let mut wanted = wanted(server, false);
    wanted.practice.as_mut().unwrap().management_access_key_id = Some(owner.to_owned());
    connect(&wanted).await.unwrap().reader().round()
}

/// Management credentials that are not the owner's, each with what its refusal says.
const NOT_THE_OWNERS: [(&str, &str, &str); 6] = [
    ("", MEMBER_ACCESS_KEY, "it belongs to this very account, and not to the management account"),
    ("", OTHER_OWNER_ACCESS_KEY, "it owns another organization, o-sunflower1"),
    ("", OTHER_MEMBER_ACCESS_KEY, "it belongs to another member of the organization, and not to its owner"),
    ("", STANDALONE_ACCESS_KEY, "it belongs to an account that is in no organization"),
    ("organization = { owner_session = 'expired' }", MANAGEMENT_ACCESS_KEY, "its sign-in has ended"),
    (
        "organization = { owner_denials = [{ by = 'identity-policy', actions = ['organizations:Describe*'] }] }",
        MANAGEMENT_ACCESS_KEY,
        "it is not allowed to ask organizations:DescribeOrganization",
    ),
];

#[tokio::test]
async fn a_management_profile_that_is_not_the_owners_is_a_problem_and_not_an_answer() {
    for (account, key, short) in NOT_THE_OWNERS {
        let server = serve(account).await;
        let (round, without) = (round_with(&server, key).await, session(&server, false).await.reader().round());
        let problem = round.owner().await.unwrap_err();
        assert!(problem.message.len() > 60 && !problem.remedy.is_empty(), "{problem:?}");
        assert_eq!(without.owner().await, Ok(None));
        for step in StepId::ALL {
            let (finding, alone) = (round.check(step).await, without.check(step).await);
            assert_well_told(&finding);
            match step {
                StepId::WaitingPeriod | StepId::DelegatedAdministrator => {
                    assert_eq!(describe(&finding), ("owner-not-proven".to_owned(), Unknown, Proven), "{finding:#?}");
                    assert_eq!(finding.problem().unwrap().message, problem.message);
                }
                StepId::Membership | StepId::Permission | StepId::ContactInformation | StepId::OldOwnerAccess => {
                    assert_eq!(describe(&finding), describe(&alone));
                    assert_eq!(finding.wording().summary, alone.wording().summary);
                    let mut lines = finding.wording().details.clone();
                    let of_the_owner =
                        lines.iter().position(|line| line.contains(short)).unwrap_or_else(|| panic!("{short}: {lines:?}"));
                    assert!(lines.remove(of_the_owner).starts_with("The management profile was not used"));
                    // Without one, a line says what only an owner sees.
                    if step == StepId::OldOwnerAccess {
                        assert!(
                            lines.pop().is_some_and(|line| line.starts_with("So whether StackSets of the organization delete"))
                        );
                    }
                    let of_the_member = |line: &&String| !line.contains("--management-profile");
                    assert_eq!(lines, alone.wording().details.iter().filter(of_the_member).cloned().collect::<Vec<_>>());
                }
                _ => assert_eq!(
                    (&finding.wording().summary, &finding.wording().details),
                    (&alone.wording().summary, &alone.wording().details)
                ),
            }
        }
        let asked = server.requests().into_iter().filter(|request| request.access_key.as_deref() == Some(key));
        let asked: Vec<String> = asked.map(|request| request.operation).collect();
        let counts = ["sts:GetCallerIdentity", "organizations:DescribeOrganization"]
            .map(|once| asked.iter().filter(|o| *o == once).count());
        // The member's own key asks for the member, too: in both rounds.
        assert_eq!(counts, if key == MEMBER_ACCESS_KEY { [3, 3] } else { [1, 1] }, "{asked:?}");
        assert!(key == MEMBER_ACCESS_KEY || asked.len() == 2, "{asked:?}");
    }
}

#[tokio::test]
async fn the_owner_is_proven_by_what_both_sides_are_told() {
    let server = serve("").await;
    let proof = session(&server, true).await.reader().owner().await.unwrap().unwrap();
    assert_eq!((proof.account.as_str(), proof.organization.as_str()), ("305611223344", "o-a1b2c3d4e5"));
    assert_eq!(proof.arn, "arn:aws:iam::305611223344:user/org-admin");
    let server = serve("member = false").await;
    assert_eq!(session(&server, true).await.reader().owner().await, Ok(None));
}

/// What the owner adds to `step`.
async fn with_owner(step: StepId, account: &str) -> Finding {
    let server = serve(account).await;
    let finding = session(&server, true).await.reader().round().check(step).await;
    assert_well_told(&finding);
    finding
}

#[tokio::test]
async fn the_policies_above_the_account_say_where_they_are_attached_and_whether_they_forbid_leaving() {
    let denial = |more: &str| {
        format!("denials = [{{ by = 'service-control-policy', actions = ['organizations:LeaveOrganization'], {more} }}]\n")
    };
    let scp = ("leave-denied-by-service-control-policy", Unmet);
    for (account, (rule, verdict), lines) in [
        (String::new(), ("allowed", Met), &["The organization's owner shows one service control policy for this account. None of them"][..]),
        (denial(""), scp, &["DenyLeaveAndCloseAccount (p-4tk9denyx2), attached to the organization's root r-1x2y: it forbids leaving."]),
        (denial("attached = 'unit'"), scp, &["attached to the organizational unit ou-1x2y-prodacct: it forbids leaving."]),
        (denial("attached = 'account'"), scp, &["attached to the account itself: it forbids leaving."]),
        (denial("effect = 'implicit', attached = 'unit'"), scp, &["No service control policy attached to the organizational unit"]),
        // Pages of one entry, the first of them empty.
        (denial("") + "page_size = 1\nfirst_pages_empty = true", scp, &["attached to the organization's root r-1x2y: it forbids leaving."]),
        // The simulator does not judge the root user; the policy binds it all the same.
        (denial("") + "principal = { kind = 'root' }", scp, &["it forbids leaving."]),
        (denial("spares_caller = true"), ("allowed", Met), &["it may forbid leaving, under a condition that AWS weighs at the leave."]),
        (
            denial("spares_caller = true") + "principal = { kind = 'root' }",
            ("root-user", Unknown),
            &["it may forbid leaving, under a condition"],
        ),
        // What stands in the way in the account itself stays the first thing to say.
        (
            "denials = [{ by = 'service-control-policy', actions = ['organizations:*'], attached = 'unit', spares_caller = true }, \
             { by = 'permissions-boundary', actions = ['organizations:Leave*'] }]"
                .to_owned(),
            ("leave-denied-by-boundary", Unmet),
            &["it may forbid leaving", "it may forbid accepting an invitation, under a condition"],
        ),
        (
            "denials = [{ by = 'service-control-policy', actions = ['organizations:AcceptHandshake'] }]".to_owned(),
            ("allowed", Met),
            &["None of them forbids leaving.", "attached to the organization's root r-1x2y: it forbids accepting an invitation"],
        ),
    ] {
        let finding = with_owner(StepId::Permission, &account).await;
        assert_eq!((finding.found.name(), finding.verdict.kind()), (rule, verdict), "{account}: {finding:#?}");
        assert!(!finding.is_proven_unmet(), "a person may know better: {finding:#?}");
        for line in lines {
            assert!(finding.wording().details.iter().any(|told| told.contains(line)), "{account}: no line says: {line}\n{finding:#?}");
        }
        assert_eq!(finding.wording().details.len(), lines.len(), "{account}: {:?}", finding.wording().details);
    }
}

#[tokio::test]
async fn policies_that_the_owner_may_not_read_leave_the_members_answer_and_say_so() {
    for (actions, line) in [
        ("organizations:ListParents", "Not every service control policy above this account could be looked at."),
        ("organizations:ListPoliciesForTarget", "Not every service control policy above this account could be looked at."),
        ("organizations:DescribePolicy", "it could not be looked at, so whether it forbids leaving is not known."),
    ] {
        let account = format!(
            "denials = [{{ by = 'service-control-policy', actions = ['organizations:LeaveOrganization'], spares_caller = true }}]\n\
             organization = {{ owner_denials = [{{ by = 'identity-policy', actions = ['{actions}'] }}] }}"
        );
        let finding = with_owner(StepId::Permission, &account).await;
        assert_eq!(describe(&finding), ("allowed".to_owned(), Met, Predicted), "{finding:#?}");
        assert!(finding.wording().details.iter().any(|told| told.contains(line)), "{finding:#?}");
        assert!(!finding.wording().details.iter().any(|told| told.contains("None of them forbids")), "{finding:#?}");
    }
}

#[tokio::test]
async fn the_tags_of_the_account_are_told_before_they_vanish() {
    let tags = "tags = { cost-center = '4711', owner = 'Anna Schmidt', empty = '' }\n";
    for pages in ["", "page_size = 1\nfirst_pages_empty = true"] {
        let finding = with_owner(StepId::Membership, &format!("{tags}{pages}")).await;
        assert_eq!(describe(&finding), ("member".to_owned(), Met, Proven));
        let heading = "The organization keeps 3 tags on this account. AWS deletes them when it leaves:";
        assert_eq!(finding.wording().details, [heading, "cost-center = 4711", "empty =", "owner = Anna Schmidt"]);
        assert!(own(&finding).iter().eq(["4711", "Anna Schmidt"]));
        let facts: String = finding.evidence.iter().map(|evidence| evidence.fact.as_str()).collect();
        assert!(facts.contains("cost-center = 4711") && facts.contains("owner = Anna Schmidt"), "{facts}");
    }
    let none = with_owner(StepId::Membership, "tags = {}").await;
    assert_eq!(none.wording().details, ["The organization keeps no tags on this account."]);
    let denied =
        "organization = { owner_denials = [{ by = 'identity-policy', actions = ['organizations:ListTagsForResource'] }] }";
    let denied = with_owner(StepId::Membership, denied).await;
    assert_eq!(describe(&denied), ("member".to_owned(), Met, Proven));
    assert!(denied.wording().details[0].starts_with("The tags that the organization keeps on this account could not be read."));
    let alone = find(StepId::Membership, tags).await;
    assert!(alone.fact_lines().is_empty(), "{alone:#?}");
}

#[tokio::test]
async fn stack_sets_that_delete_their_stacks_here_are_something_to_look_at() {
    const SCOPE: &str = "in us-east-1. Other regions were not looked at";
    let role = "roles = [{ name = 'audit', trusts = ['management-account'] }]\n";
    for (account, (rule, verdict), lines) in [
        (String::new(), ("no-doors", Met), &["shown no StackSet with stacks here in us-east-1"][..]),
        (
            "stack_sets = [{ name = 'baseline' }]".to_owned(),
            ("stacks-will-be-deleted", NeedsYou),
            &["StackSet baseline (us-east-1): AWS deletes its stacks here", SCOPE],
        ),
        (
            "stack_sets = [{ name = 'kept', retain = true }, { name = 'still', auto_deployment = false }]".to_owned(),
            ("no-doors", Met),
            &["StackSet kept (us-east-1): its stacks here stay", "StackSet still (us-east-1): its stacks here stay", SCOPE],
        ),
        (
            "stack_sets = [{ name = 'own', service_managed = false }, { name = 'elsewhere', stacks_here = false }, \
             { name = 'abroad', region = 'eu-west-1' }]"
                .to_owned(),
            ("no-doors", Met),
            &["shown no StackSet with stacks here in us-east-1"],
        ),
        (
            "page_size = 1\nstack_sets = [{ name = 'a', stacks_here = false }, { name = 'b' }, { name = 'c' }]".to_owned(),
            ("stacks-will-be-deleted", NeedsYou),
            &["StackSet b (us-east-1): AWS deletes", "StackSet c (us-east-1): AWS deletes", "2 StackSets with stacks here"],
        ),
        (
            format!("{role}stack_sets = [{{ name = 'baseline' }}]"),
            ("doors-open", NeedsYou),
            &["audit:", "StackSet baseline (us-east-1): AWS deletes its stacks here", SCOPE],
        ),
        (
            "stack_sets = [{ name = 'baseline' }]\n\
             organization = { owner_denials = [{ by = 'identity-policy', actions = ['cloudformation:*'] }] }"
                .to_owned(),
            ("no-doors", Met),
            &["Not every StackSet of us-east-1 could be looked at.", "not shown whether there are StackSets"],
        ),
        (
            "stack_sets = [{ name = 'baseline' }]\n\
             organization = { owner_denials = [{ by = 'identity-policy', actions = ['cloudformation:DescribeStackSet'] }] }"
                .to_owned(),
            ("no-doors", Met),
            &[
                "StackSet baseline (us-east-1): it has stacks here, and what becomes of them",
                "Not every StackSet of us-east-1",
                SCOPE,
            ],
        ),
    ] {
        let finding = with_owner(StepId::OldOwnerAccess, &account).await;
        assert_eq!((finding.found.name(), finding.verdict.kind()), (rule, verdict), "{account}: {finding:#?}");
        assert_eq!(finding.wording().details.len(), lines.len(), "{account}: {:?}", finding.wording().details);
        for (told, line) in finding.wording().details.iter().zip(lines) {
            assert!(told.contains(line), "{account}: {told} does not say: {line}");
        }
    }
    let alone = find(StepId::OldOwnerAccess, "stack_sets = [{ name = 'baseline' }]").await;
    assert!(
        alone.wording().details.iter().any(|line| line.contains("only its owner sees: --management-profile shows it.")),
        "{alone:#?}"
    );
    for unconcerned in ["member = false", "id = '305611223344'"] {
        assert!(find(StepId::OldOwnerAccess, unconcerned).await.wording().details.iter().all(|line| !line.contains("StackSet")));
    }
}

#[tokio::test]
async fn what_goes_wrong_is_never_met_and_never_unmet() {
    let kinds = [
        (FaultKind::Throttle, Some(ProblemKind::Throttled)),
        (FaultKind::InternalError, Some(ProblemKind::ServiceFailure)),
        (Damage::Unavailable.into(), Some(ProblemKind::ServiceFailure)),
        (Damage::RefuseConnection.into(), None),
        (Damage::ResetBeforeActing.into(), Some(ProblemKind::ConnectionLost)),
        (Damage::Html.into(), Some(ProblemKind::Intercepted)),
        (Damage::BadGateway.into(), Some(ProblemKind::Intercepted)),
        (Damage::Portal { status: 302 }.into(), Some(ProblemKind::Intercepted)),
        (Damage::Portal { status: 407 }.into(), Some(ProblemKind::Intercepted)),
        (Damage::Portal { status: 511 }.into(), Some(ProblemKind::Intercepted)),
        (Damage::Garbage.into(), Some(ProblemKind::Malformed)),
        (Damage::EmptyBody.into(), Some(ProblemKind::Malformed)),
        (Damage::SomethingElse.into(), Some(ProblemKind::Malformed)),
        (Damage::Truncated.into(), None),
        (Damage::ExpiredToken.into(), Some(ProblemKind::ExpiredCredentials)),
        (Damage::ClockSkew.into(), Some(ProblemKind::ClockSkew)),
    ];
    // Side by side: most of the time goes into the pauses before the SDK tries again.
    let mut failing = JoinSet::new();
    for (kind, problem) in kinds {
        failing.spawn(async move {
            let server = serve("").await;
            server.inject(Fault::new("*", kind.clone()));
            let round = session(&server, false).await.reader().round();
            let checks = StepId::ALL.map(|step| {
                let round = round.clone();
                tokio::spawn(async move { round.check(step).await })
            });
            let mut findings = Vec::new();
            for check in checks {
                findings.push(check.await.unwrap());
            }
            (kind, problem, findings)
        });
    }
    for (kind, problem, findings) in failing.join_all().await {
        for finding in findings {
            assert_eq!(finding.verdict.kind(), Unknown, "{kind:?}: {finding:#?}");
            let found = finding.problem().unwrap();
            assert!(problem.is_none_or(|problem| problem == found.kind), "{kind:?}: {finding:#?}");
            assert!(!found.remedy.is_empty() && !found.message.is_empty(), "{found:?}");
            assert_well_told(&finding);
        }
    }
}

#[tokio::test]
async fn every_scenario_fills_every_row_with_words() {
    for scenario in Scenario::all() {
        let server = Server::start(scenario.clone(), SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), None).await.unwrap();
        server.clear_faults();
        let round = session(&server, false).await.reader().round();
        for step in StepId::ALL {
            assert_well_told(&round.check(step).await);
        }
    }
}

#[tokio::test]
async fn a_round_takes_as_long_as_its_longest_chain_and_asks_each_shared_question_once() {
    let server = serve("").await;
    server.inject(Fault::new("*", FaultKind::Latency { ms: 400 }));
    let session = session(&server, false).await;
    let round = session.reader().round();
    let begun = Instant::now();
    let checks = StepId::ALL.map(|step| {
        let round = round.clone();
        tokio::spawn(async move { round.check(step).await })
    });
    for check in checks {
        check.await.unwrap();
    }
    let took = begun.elapsed();
    let requests = server.requests();
    let asked = |operation: &str| requests.iter().filter(|request| request.operation == operation).count();
    for shared in ["sts:GetCallerIdentity", "organizations:DescribeOrganization", "account:GetAccountInformation", "iam:GetRole"]
    {
        assert_eq!(asked(shared), 1, "{shared}: {requests:#?}");
    }
    // Who is calling, its role, the simulator: three calls one after the other, and slack for two busy cores.
    assert!(took < Duration::from_millis(3 * 400 + 1300), "{took:?}");
    assert!(asked("organizations:LeaveOrganization") == 0 && asked("unknown") == 0, "{requests:#?}");
}

#[tokio::test]
async fn the_subject_is_known_even_when_only_the_identity_is() {
    let server = serve("denials = [{ by = 'identity-policy', actions = ['organizations:*', 'account:*'] }]").await;
    let subject = session(&server, false).await.reader().round().subject().await.unwrap();
    assert_eq!(subject.identity.account.as_str(), "412098765432");
    assert!(subject.details.is_none() && subject.organization().is_none());
}

#[tokio::test]
async fn the_page_that_a_row_links_to_mends_the_row_in_the_practice_console() {
    let scenario = Scenario::named("everything-wrong").unwrap();
    let server = Server::start(scenario, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), None).await.unwrap();
    server.clear_faults();
    let session = session(&server, false).await;
    let blocked = |finding: &Finding| matches!(finding.verdict.kind(), Unmet | Waiting);
    // One page may open the way to the next.
    for _ in 0..3 {
        let round = session.reader().round();
        for step in StepId::ALL {
            let finding = round.check(step).await;
            if let (true, Some(page)) = (blocked(&finding), &finding.wording().link) {
                assert!(!server.console().open(page).is_empty());
            }
        }
    }
    let round = session.reader().round();
    for step in StepId::ALL {
        let finding = round.check(step).await;
        assert!(!blocked(&finding), "{finding:#?}");
    }
}

/// The account of a scenario as every check finds it at `now`, with everything said that a person may say.
async fn checklist_at(server: &Server, now: Timestamp) -> Checklist {
    let wanted = ConnectOptions { clock: Clock::new(move || now), ..wanted(server, false) };
    let session = connect(&wanted).await.unwrap();
    let round = session.reader().round();
    let mut checklist = Checklist::default();
    checklist.subject = Some(round.subject().await.unwrap());
    for step in StepId::ALL {
        checklist.record(round.check(step).await);
        // Where there is nothing to say, it is refused.
        let _ = checklist.step_mut(step).attest("maria", "as the bank wrote", now);
    }
    checklist
}

#[tokio::test]
async fn a_gate_that_saw_an_age_change_opens() {
    // Accounts are a few days old there, and invitations were sent a few days ago.
    let before = Timestamp::now();
    let (a_moment_later, a_day_later) = (before + SignedDuration::from_secs(20), before + SignedDuration::from_hours(24));
    let mut opened = Vec::new();
    for name in ["ready", "payment-missing", "invited-elsewhere", "no-way-in-afterwards", "finish-here", "several-open"] {
        let scenario = Scenario::named(name).unwrap();
        let server = Server::start(scenario, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), None).await.unwrap();
        let (seen, fresh) = (checklist_at(&server, before).await, checklist_at(&server, a_day_later).await);
        for (seen, fresh) in seen.steps().zip(fresh.steps()) {
            let (seen, fresh) = (seen.finding.as_ref().unwrap(), fresh.finding.as_ref().unwrap());
            assert!(seen.is_the_same_fact(fresh), "{name}: {seen:?}\n{fresh:?}");
            assert_eq!(
                (&seen.wording().summary, &seen.wording().details, &seen.wording().todo),
                (&fresh.wording().summary, &fresh.wording().details, &fresh.wording().todo),
                "{name}"
            );
        }
        let acknowledged = gate::to_acknowledge(&seen, before).into_iter().collect();
        let id = seen.subject.as_ref().unwrap().identity.account.to_string();
        // Whoever confirmed a moment before midnight is asked nothing again a moment after it.
        if let Ok(confirmation) = gate::confirm(&seen, &acknowledged, &id, before) {
            let mut fresh = fresh;
            for step in StepId::ALL {
                fresh.step_mut(step).attestation = seen.step(step).attestation.clone();
            }
            gate::unlock(confirmation, &fresh, a_moment_later).unwrap();
            opened.push(name);
        }
        server.shutdown().await;
    }
    assert!(opened.contains(&"ready") && opened.contains(&"invited-elsewhere"), "{opened:?}");
}

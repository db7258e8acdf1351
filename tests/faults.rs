//! The fault matrix: every question that the checks put to AWS under every fault, and the leave under every fault.
//!
//! A cell is one question and one fault. It must end in time, in *unknown* with the named cause, leave every other step as it was, keep
//! the gate shut, and go through once the fault is gone. A run collects all cells that do not, and names them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use leave_org::aws::{ConnectOptions, Leaver, Practice, Reader, Reading, Session, connect, connect_to_leave};
use leave_org::checklist::gate::{self, Confirmation};
use leave_org::checklist::{
    Checklist, Confidence, Finding, LeaveAnswer, Membership, Problem, ProblemKind, Standing, StepId, Subject, VerdictKind, texts,
};
use leave_org::driver::{CHECK_LIMIT, read_subject, run_check};
use leave_org::simulator::{
    CalledBy, Damage, Fault, FaultKind, MANAGEMENT_ACCESS_KEY, MEMBER_ACCESS_KEY, SECRET_ACCESS_KEY, Scenario, Server,
};
use tokio::net::TcpSocket;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use CalledBy::{ManagementAccount, Member};
use Confidence::{Predicted, Proven};
use Gave::{Code, Id, Nothing};
use StepId::{
    AccessAfterwards, BillingAccess, ContactInformation, DelegatedAdministrator, OldOwnerAccess, OtherWayOut, PaymentMethod,
    Permission, SupportPlan, WaitingPeriod,
};
use Then::{AsksAPerson, Hint, Less, Rule, Unknown, UnknownUnlessDenied};

const LEAVE: &str = "organizations:LeaveOrganization";
pub const IDENTITY: &str = "sts:GetCallerIdentity";
const DESCRIBE: &str = "organizations:DescribeOrganization";
const ACCOUNT: &str = "account:GetAccountInformation";
const DELEGATED: &str = "organizations:ListDelegatedServicesForAccount";
const TAGS: &str = "organizations:ListTagsForResource";
const INVITATIONS: &str = "organizations:ListHandshakesForAccount";
const INSTRUMENTS: &str = "payments:ListPaymentInstruments";

/// No answer to one question: 25 s, which the SDK gives a call with its repetitions, and what a busy machine adds to them. The driver
/// would give a check 90 s.
const WITHOUT_AN_ANSWER: Duration = Duration::from_secs(35);
/// What the driver gives one read of the membership.
const LOOK_LIMIT: Duration = Duration::from_secs(30);
/// A wrong answer, or none to be had: three attempts, the pauses between them, and what a busy machine adds.
const WITH_AN_ANSWER: Duration = Duration::from_secs(20);

/// The leave is never repeated: 18 s until an answer begins, and what a busy machine adds.
const LEAVE_WITHOUT_AN_ANSWER: Duration = Duration::from_secs(25);
const LEAVE_WITH_AN_ANSWER: Duration = Duration::from_secs(10);

/// How many cells use the processor at the same time, as far as that can be told: one that has been under way for a while waits, if what
/// is ready to run gets its turn at once. On a busy machine it may only be slow.
const BUSY: usize = 16;
const FOR_A_WHILE: Duration = Duration::from_millis(250);
const AT_ONCE: Duration = Duration::from_millis(5);
/// How many files one cell keeps open at most: both ends of its connections, and its server.
const FILES_OF_A_CELL: u64 = 40;

/// How many cells may be under way, by the files that may be open; the limit is raised as far as it may be.
fn cells_at_once() -> usize {
    // More than this, some systems refuse.
    const ENOUGH: u64 = 10_000;
    const OF_OTHER_TESTS: u64 = 300;
    #[cfg(unix)]
    let files = {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let mut limit = getrlimit(Resource::Nofile);
        limit.current = limit.current.map(|now| now.max(limit.maximum.unwrap_or(ENOUGH).min(ENOUGH)));
        // Without it there are fewer at a time, and the matrix takes longer.
        let _ = setrlimit(Resource::Nofile, limit);
        getrlimit(Resource::Nofile).current.unwrap_or(ENOUGH)
    };
    #[cfg(not(unix))]
    let files = ENOUGH;
    usize::try_from((files.saturating_sub(OF_OTHER_TESTS) / FILES_OF_A_CELL).clamp(4, 240)).unwrap()
}

// ---- The accounts ---------------------------------------------------------------------------------------------------------------

/// An account in which some questions are the ones that decide.
pub struct World {
    pub name: &'static str,
    /// Lines under `[account]` of a scenario.
    account: &'static str,
    /// Whether the owner's credentials take part.
    pub owner: bool,
    /// Whether the gate would open for it, with a person's word where one is asked for.
    opens: bool,
}

/// A role with a path, which the simulator must be told; root alone can sign in; only the Support API shows the plan.
pub static ROLE: World = World {
    name: "role",
    account: "support = { plan = 'business-plus' }\nusers = [{ name = 'robot' }]",
    owner: false,
    opens: true,
};

/// A user, who alone can sign in; only billing names the plan; AWS says outright that the account is no delegated administrator.
static USER: World = World {
    name: "user",
    account: "principal = { kind = 'user', path = '/division/' }\nroot = { password = false, mfa = false }\nusers = []\n\
              support = { plan = 'basic' }\ndelegation_policy_grants_reads = true",
    owner: false,
    opens: true,
};

/// An account so young that only its owner can say that it need not wait, with a policy above it, tags and stacks.
pub static OWNED: World = World {
    name: "owned",
    account: "support = { plan = 'business-plus' }\ncreated_days_ago = 1.0\njoined = 'INVITED'\n\
              stack_sets = [{ name = 'baseline' }]\n\
              denials = [{ by = 'service-control-policy', actions = ['organizations:LeaveOrganization'], spares_caller = true }]",
    owner: true,
    opens: true,
};

/// What matters stands on later pages: a role that trusts the owner, and an invitation.
static PAGES: World = World {
    name: "pages",
    account: "support = { plan = 'business-plus' }\npage_size = 1\nfirst_pages_empty = true\nusers = [{ name = 'robot' }]\n\
              roles = [{ name = 'zz-audit', trusts = ['management-account'] }]\n\
              invitations = [{ id = 'h-abcdef0123', organization_id = 'o-fabr1kam99x', management_account_id = '771122334455', \
              management_account_name = 'Fabrikam', management_email = 'aws@fabrikam.example', sent_days_ago = 5.0 }]",
    owner: false,
    opens: true,
};

/// A delegated administrator, whose one service stands on the second page.
static DELEGATE: World = World {
    name: "delegate",
    account: "support = { plan = 'business-plus' }\nfirst_pages_empty = true\ndelegated_services = ['guardduty.amazonaws.com']",
    owner: false,
    opens: false,
};

/// The same, asked by the owner.
static OWNED_DELEGATE: World = World { name: "owned delegate", owner: true, ..DELEGATE };

// ---- The questions --------------------------------------------------------------------------------------------------------------

/// What becomes of a step when the call fails.
#[derive(Clone, Copy)]
enum Then {
    /// Nobody knows.
    Unknown,
    /// Nobody knows, but where a policy forbids the call, what else is known is enough.
    UnknownUnlessDenied,
    /// Where the service does not answer these credentials or this network, a person is asked; else nobody knows.
    AsksAPerson,
    /// Another answer is enough for this much.
    Rule(&'static str, VerdictKind, Confidence),
    /// The finding comes to the same, and its lines say less: that, and why.
    Less,
    /// It was a hint: the finding comes to the same without it, in other words perhaps.
    Hint,
}

/// One question, in a world where it matters.
#[derive(Clone, Copy)]
pub struct Question {
    pub world: &'static World,
    pub operation: &'static str,
    pub by: CalledBy,
    /// Whether the fault begins with the second page.
    later_page: bool,
    /// What hangs on it. Every other step must be as without the fault, to the last piece of evidence.
    decides: &'static [(StepId, Then)],
}

const fn of_member(world: &'static World, operation: &'static str, decides: &'static [(StepId, Then)]) -> Question {
    Question { world, operation, by: Member, later_page: false, decides }
}

const fn of_owner(world: &'static World, operation: &'static str, decides: &'static [(StepId, Then)]) -> Question {
    Question { world, operation, by: ManagementAccount, later_page: false, decides }
}

const fn later_page(question: Question) -> Question {
    Question { later_page: true, ..question }
}

const MEMBERSHIP: StepId = StepId::Membership;

/// Without the owner's word on StackSets only roles are left to speak of, and there are none.
const NO_STACK_SETS: (StepId, Then) = (OldOwnerAccess, Rule("no-doors", VerdictKind::Met, Predicted));

/// What hangs on whether the management profile is proven to be the owner's.
const OF_THE_OWNER: &[(StepId, Then)] = &[
    (WaitingPeriod, Unknown),
    (DelegatedAdministrator, Unknown),
    (MEMBERSHIP, Less),
    (Permission, Less),
    (ContactInformation, Less),
    NO_STACK_SETS,
];

pub static QUESTIONS: [Question; 47] = [
    of_member(
        &ROLE,
        IDENTITY,
        &[
            (MEMBERSHIP, Unknown),
            (Permission, Unknown),
            (SupportPlan, Hint),
            (PaymentMethod, Unknown),
            (BillingAccess, Unknown),
            (DelegatedAdministrator, Unknown),
            (AccessAfterwards, Hint),
            (OldOwnerAccess, Unknown),
        ],
    ),
    of_member(&ROLE, DESCRIBE, &[(MEMBERSHIP, Unknown), (OldOwnerAccess, Unknown)]),
    of_member(&ROLE, ACCOUNT, &[(MEMBERSHIP, Unknown), (WaitingPeriod, Unknown), (PaymentMethod, Hint)]),
    of_member(&ROLE, "account:GetContactInformation", &[(ContactInformation, Unknown)]),
    of_member(&ROLE, "iam:GetRole", &[(Permission, Unknown)]),
    of_member(&ROLE, "iam:SimulatePrincipalPolicy", &[(Permission, Unknown)]),
    of_member(&ROLE, "support:DescribeSeverityLevels", &[(SupportPlan, Unknown)]),
    of_member(&ROLE, "billing:ListBusinessSupportSubscriptionHistory", &[(SupportPlan, Hint)]),
    of_member(&ROLE, "billing:GetCredits", &[(BillingAccess, Unknown)]),
    of_member(&ROLE, INSTRUMENTS, &[(PaymentMethod, AsksAPerson)]),
    of_member(&ROLE, "payments:GetAccountBalance", &[(PaymentMethod, Hint)]),
    of_member(&ROLE, DELEGATED, &[(DelegatedAdministrator, Unknown)]),
    of_member(&ROLE, INVITATIONS, &[(OtherWayOut, Unknown)]),
    of_member(&ROLE, "iam:GetAccountSummary", &[(AccessAfterwards, Unknown)]),
    of_member(&ROLE, "iam:ListUsers", &[(AccessAfterwards, Hint)]),
    of_member(&ROLE, "iam:GetLoginProfile", &[(AccessAfterwards, Hint)]),
    of_member(&ROLE, "iam:ListRoles", &[(AccessAfterwards, Hint), (OldOwnerAccess, Unknown)]),
    of_member(&USER, "iam:GetUser", &[(Permission, UnknownUnlessDenied)]),
    of_member(&USER, "support:DescribeSeverityLevels", &[(SupportPlan, Hint)]),
    of_member(
        &USER,
        "billing:ListBusinessSupportSubscriptionHistory",
        &[(SupportPlan, Rule("basic-or-none", VerdictKind::NeedsYou, Proven))],
    ),
    of_member(&USER, DELEGATED, &[(DelegatedAdministrator, Unknown)]),
    of_member(&USER, "iam:ListUsers", &[(AccessAfterwards, Unknown)]),
    of_member(&USER, "iam:GetLoginProfile", &[(AccessAfterwards, Unknown)]),
    of_member(&USER, "iam:ListMFADevices", &[(AccessAfterwards, Hint)]),
    of_owner(&OWNED, IDENTITY, OF_THE_OWNER),
    of_owner(&OWNED, DESCRIBE, OF_THE_OWNER),
    of_owner(&OWNED, TAGS, &[(MEMBERSHIP, Less)]),
    of_owner(&OWNED, "organizations:ListParents", &[(Permission, Less)]),
    of_owner(&OWNED, "organizations:ListPoliciesForTarget", &[(Permission, Less)]),
    of_owner(&OWNED, "organizations:DescribePolicy", &[(Permission, Less)]),
    of_owner(&OWNED, "cloudformation:ListStackSets", &[NO_STACK_SETS]),
    of_owner(&OWNED, "cloudformation:DescribeStackSet", &[NO_STACK_SETS]),
    of_owner(&OWNED, "cloudformation:ListStackInstances", &[NO_STACK_SETS]),
    of_owner(&OWNED, "organizations:DescribeAccount", &[(WaitingPeriod, Unknown)]),
    of_owner(&OWNED, DELEGATED, &[(DelegatedAdministrator, Unknown)]),
    of_owner(&OWNED, "account:GetContactInformation", &[(ContactInformation, Hint)]),
    of_member(
        &OWNED,
        DESCRIBE,
        &[
            (MEMBERSHIP, Unknown),
            (WaitingPeriod, Unknown),
            (Permission, Less),
            (DelegatedAdministrator, Unknown),
            (ContactInformation, Less),
            (OldOwnerAccess, Unknown),
        ],
    ),
    of_member(&OWNED, ACCOUNT, &[(MEMBERSHIP, Unknown), (PaymentMethod, Hint)]),
    of_member(&PAGES, "iam:ListAttachedRolePolicies", &[(OldOwnerAccess, Hint)]),
    of_member(&PAGES, "iam:ListRolePolicies", &[(OldOwnerAccess, Hint)]),
    of_member(&PAGES, "iam:SimulatePrincipalPolicy", &[(Permission, Unknown), (OtherWayOut, Hint)]),
    later_page(of_member(&PAGES, "iam:ListRoles", &[(AccessAfterwards, Hint), (OldOwnerAccess, Unknown)])),
    later_page(of_member(&PAGES, INSTRUMENTS, &[(PaymentMethod, AsksAPerson)])),
    later_page(of_member(&PAGES, INVITATIONS, &[(OtherWayOut, Unknown)])),
    later_page(of_member(&DELEGATE, DELEGATED, &[(DelegatedAdministrator, Unknown)])),
    later_page(of_owner(&OWNED_DELEGATE, DELEGATED, &[(DelegatedAdministrator, Unknown)])),
    later_page(of_owner(&OWNED_DELEGATE, TAGS, &[(MEMBERSHIP, Less)])),
];

/// Where AWS's answer is not a failure to answer: this very fault, to this very question, is a finding.
fn is_an_answer(question: &Question, row: &Row) -> Option<Then> {
    let asked_as_a_plain_member = question.operation == DELEGATED && question.by == Member && !question.later_page;
    (row.name == BARE_REFUSAL && asked_as_a_plain_member).then_some(Rule(
        "not-told-as-a-plain-member",
        VerdictKind::Met,
        Predicted,
    ))
}

// ---- The faults -----------------------------------------------------------------------------------------------------------------

/// How the fault comes about.
#[derive(Clone)]
pub enum Way {
    /// The practice AWS plays it.
    Played(FaultKind),
    /// The port is taken and nobody listens on it: the operating system refuses the connection.
    NobodyListens,
}

/// What AWS gives along with a problem.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gave {
    Nothing,
    /// A request id, in the headers.
    Id,
    /// An error of its own, with a request id.
    Code,
}

/// What the leave comes to under a fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Left {
    Accepted,
    /// With this entry of the catalogue.
    Refused(&'static str),
    Postponed,
    NeverSent,
    /// The system may tell of it while it connects, or after the request was sent.
    NeverSentOrUnknown,
    Unknown,
}

/// One fault.
#[derive(Clone)]
pub struct Row {
    pub name: &'static str,
    pub way: Way,
    /// Only the first call is struck.
    pub once: bool,
    /// The names of the kinds that a problem may have; empty when the fault must not matter.
    kinds: &'static [&'static str],
    gave: Gave,
    /// Whether the SDK tries again, so that a single one goes unnoticed.
    passes: bool,
    /// What the leave comes to, which nothing repeats.
    left: Left,
}

const BARE_REFUSAL: &str = "bare refusal";

impl Row {
    fn limit(&self) -> Duration {
        if self.kinds == ["timed-out"] { WITHOUT_AN_ANSWER } else { WITH_AN_ANSWER }
    }

    /// Whether every call suffers, because a connection knows no operation yet.
    pub fn strikes_everything(&self) -> bool {
        match &self.way {
            Way::Played(kind) => kind.strikes_connections(),
            Way::NobodyListens => true,
        }
    }

    /// Whether it keeps its client waiting, and the processor free.
    fn waits(&self) -> bool {
        matches!(
            self.way,
            Way::Played(
                FaultKind::Latency { .. }
                    | FaultKind::Damage(Damage::Stall | Damage::Drip { ms: 1.. } | Damage::SlowConnection { .. })
            )
        ) || self.passes
    }

    /// Its place in the line: those that wait longest begin first, and the others run while they wait. Where each byte is sent by itself
    /// and without a pause, each takes a turn among everything that runs: those cells come last, when the others have ended.
    fn turn(&self) -> u8 {
        match self.way {
            Way::Played(FaultKind::Latency { .. } | FaultKind::Damage(Damage::Stall | Damage::Drip { ms: 1.. })) => 0,
            Way::Played(FaultKind::Damage(Damage::Drip { ms: 0 })) => 3,
            _ => 2,
        }
    }

    /// How much of the processor it takes.
    fn share(&self) -> u32 {
        match self.way {
            // The one is sent byte by byte, the other as fast as it can be, until the reader has enough.
            Way::Played(FaultKind::Damage(Damage::Drip { ms: 0 } | Damage::EndlessBody)) => 4,
            _ => 1,
        }
    }

    /// Whether the operation is carried out behind it: both ways, where that can be.
    fn acted(&self) -> &'static [bool] {
        match &self.way {
            Way::NobodyListens => &[false],
            Way::Played(kind) if kind.strikes_connections() || matches!(kind, FaultKind::Latency { .. }) => {
                if kind.usually_acts() { &[true] } else { &[false] }
            }
            Way::Played(_) => &[true, false],
        }
    }

    fn is_harmless(&self) -> bool {
        self.kinds.is_empty()
    }
}

fn row(
    name: &'static str,
    kind: impl Into<FaultKind>,
    kinds: &'static [&'static str],
    gave: Gave,
    passes: bool,
    left: Left,
) -> Row {
    Row { name, way: Way::Played(kind.into()), once: false, kinds, gave, passes, left }
}

pub fn rows() -> Vec<Row> {
    const LONG: u64 = 60_000;
    let error = |code: &str, message: &str| Damage::Error {
        code: code.to_owned(),
        message: message.to_owned(),
        reason: None,
        status: None,
    };
    let denied = |why: &str| {
        let start = "User: arn:aws:sts::412098765432:assumed-role/PlatformAdmin/maria.keller is not authorized to perform: x:Y";
        error("AccessDeniedException", &format!("{start} on resource: * {why}"))
    };
    let by_identity_policy = denied("because no identity-based policy allows the x:Y action");
    let by_scp = denied(
        "with an explicit deny in a service control policy: arn:aws:organizations::1:policy/o-a/service_control_policy/p-1",
    );
    let bare = error("AccessDeniedException", "You don't have permissions to access this resource.");
    let unknown = error("PracticeException", "Something that nobody has met.");
    let mut rows = vec![
        Row {
            name: "connection refused",
            way: Way::NobodyListens,
            once: false,
            kinds: &["unreachable"],
            gave: Nothing,
            passes: false,
            left: Left::NeverSent,
        },
        row(
            "reset at once",
            Damage::RefuseConnection,
            &["connection-lost", "unreachable"],
            Nothing,
            true,
            Left::NeverSentOrUnknown,
        ),
        row(
            "closed at once",
            Damage::CloseConnection,
            &["connection-lost", "unreachable"],
            Nothing,
            true,
            Left::NeverSentOrUnknown,
        ),
        row("slow to be read", Damage::SlowConnection { ms: 300 }, &[], Nothing, false, Left::Accepted),
        row("reset before acting", Damage::ResetBeforeActing, &["connection-lost"], Nothing, true, Left::Unknown),
        row("reset after acting", FaultKind::AnswerLost, &["connection-lost"], Nothing, true, Left::Unknown),
        row("hung up", Damage::HangUp, &["connection-lost"], Nothing, true, Left::Unknown),
        row("half a status line", Damage::HalfStatusLine, &["connection-lost"], Nothing, true, Left::Unknown),
        row("half the headers", Damage::HalfHead, &["connection-lost"], Nothing, true, Left::Unknown),
        row("reset after the headers", Damage::ResetAfterHead, &["connection-lost"], Id, true, Left::Unknown),
        row("stall", Damage::Stall, &["timed-out"], Nothing, true, Left::Unknown),
        row("late", FaultKind::Latency { ms: 300 }, &[], Nothing, false, Left::Accepted),
        row("too late", FaultKind::Latency { ms: LONG }, &["timed-out"], Nothing, true, Left::Unknown),
        row("byte by byte", Damage::Drip { ms: 0 }, &[], Nothing, false, Left::Accepted),
        row("slow drip", Damage::Drip { ms: 1_000 }, &["timed-out"], Nothing, true, Left::Accepted),
        row("500", FaultKind::InternalError, &["service-failure"], Code, true, Left::Unknown),
        row("502", Damage::BadGateway, &["intercepted"], Nothing, true, Left::Unknown),
        row("503", Damage::Unavailable, &["service-failure"], Code, true, Left::Unknown),
        row("throttle", FaultKind::Throttle, &["throttled"], Code, true, Left::Postponed),
        row(
            "IAM denial",
            by_identity_policy,
            &["denied-by-identity-policy"],
            Code,
            false,
            Left::Refused("not-allowed-by-identity-policy"),
        ),
        row(
            "SCP denial",
            by_scp,
            &["denied-by-service-control-policy"],
            Code,
            false,
            Left::Refused("denied-by-service-control-policy"),
        ),
        row(BARE_REFUSAL, bare, &["not-eligible"], Code, false, Left::Refused("not-eligible")),
        row("expired token", Damage::ExpiredToken, &["expired-credentials"], Code, false, Left::Refused("session-ended")),
        row("clock skew", Damage::ClockSkew, &["clock-skew"], Code, false, Left::Refused("clock-wrong")),
        row("unknown error code", unknown, &["unexpected-error"], Code, false, Left::Unknown),
        row("truncated body", Damage::Truncated, &["connection-lost"], Id, true, Left::Unknown),
        row("garbage", Damage::Garbage, &["malformed"], Id, false, Left::Unknown),
        row("HTML with 200", Damage::Html, &["intercepted"], Nothing, false, Left::Unknown),
        row("sent to a portal", Damage::Portal { status: 302 }, &["intercepted"], Nothing, false, Left::Unknown),
        row("proxy wants a sign-in", Damage::Portal { status: 407 }, &["intercepted"], Nothing, false, Left::Unknown),
        row("network wants a sign-in", Damage::Portal { status: 511 }, &["intercepted"], Nothing, false, Left::Unknown),
        row("empty 200", Damage::EmptyBody, &["malformed"], Id, false, Left::Accepted),
        row("something else", Damage::SomethingElse, &["malformed"], Id, false, Left::Accepted),
        row("wrong content type", Damage::WrongContentType, &[], Nothing, false, Left::Accepted),
        row("10 MB body", Damage::BigBody { mb: 10 }, &["malformed"], Id, true, Left::Unknown),
        row("2 GB body", Damage::BigBody { mb: 2048 }, &["malformed"], Id, true, Left::Unknown),
        row("endless body", Damage::EndlessBody, &["malformed"], Id, true, Left::Unknown),
        row("1 MB of headers", Damage::LongHead, &["malformed"], Nothing, false, Left::Unknown),
        row("unknown fields", Damage::UnknownMembers, &[], Nothing, false, Left::Accepted),
    ];
    let once: Vec<Row> = rows.iter().filter(|row| row.passes).map(|row| Row { once: true, kinds: &[], ..row.clone() }).collect();
    rows.extend(once);
    rows
}

// ---- One cell -------------------------------------------------------------------------------------------------------------------

/// When every practice of this run began, so that what they say of times is the same.
static BEGUN: LazyLock<Timestamp> = LazyLock::new(|| Timestamp::from_second(Timestamp::now().as_second()).unwrap());

pub fn scenario(world: &World) -> Scenario {
    Scenario::from_toml(&format!("title = 'Fault'\nstory = 'A fault.'\n[account]\n{}", world.account)).unwrap()
}

/// A practice AWS, or the port on which one will be.
enum Place {
    Open(Server),
    Shut(Option<TcpSocket>),
}

impl Place {
    async fn new(world: &World, way: &Way) -> (Self, SocketAddr) {
        match way {
            Way::NobodyListens => {
                let socket = TcpSocket::new_v4().unwrap();
                socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
                let address = socket.local_addr().unwrap();
                (Self::Shut(Some(socket)), address)
            }
            Way::Played(_) => {
                let server = Server::start(scenario(world), SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), None).await.unwrap();
                let address = server.url().trim_start_matches("http://").parse().unwrap();
                server.change(|account| account.started_at = *BEGUN);
                (Self::Open(server), address)
            }
        }
    }

    fn inject(&self, fault: Fault) {
        if let Self::Open(server) = self {
            server.inject(fault);
        }
    }

    /// Ends the fault.
    fn mend(&mut self, world: &World) {
        match self {
            Self::Open(server) => server.clear_faults(),
            Self::Shut(socket) => {
                let listener = socket.take().unwrap().listen(64).unwrap();
                let server = Server::serve(scenario(world), listener, None).unwrap();
                server.change(|account| account.started_at = *BEGUN);
                *self = Self::Open(server);
            }
        }
    }

    fn server(&self) -> &Server {
        match self {
            Self::Open(server) => server,
            Self::Shut(_) => panic!("nobody listens yet"),
        }
    }
}

/// A connection to what listens there, with the practice's keys.
pub fn wanted(address: SocketAddr, owner: bool) -> ConnectOptions {
    let practice = Practice {
        endpoint: format!("http://{address}"),
        region: "us-east-1".to_owned(),
        access_key_id: MEMBER_ACCESS_KEY.to_owned(),
        secret_access_key: SECRET_ACCESS_KEY.to_owned(),
        management_access_key_id: owner.then(|| MANAGEMENT_ACCESS_KEY.to_owned()),
        profiles: Vec::new(),
    };
    ConnectOptions { practice: Some(practice), ..ConnectOptions::default() }
}

async fn session(address: SocketAddr, owner: bool) -> Session {
    connect(&wanted(address, owner)).await.unwrap()
}

async fn to_leave(address: SocketAddr) -> (Session, Leaver) {
    let (session, leaver, _) = connect_to_leave(&wanted(address, false)).await.unwrap();
    (session, leaver)
}

/// What a round came to.
struct Seen {
    findings: BTreeMap<StepId, Finding>,
    subject: Result<Subject, Problem>,
    membership: Reading,
}

/// Runs the checks of `steps`, and reads the subject and the membership, all at once; every part against its own limit.
async fn look(reader: &Reader, steps: impl IntoIterator<Item = StepId>, limit: Duration, late: &mut Vec<String>) -> Seen {
    let round = reader.round();
    let begun = Instant::now();
    let checks: Vec<_> = steps
        .into_iter()
        .map(|step| {
            let round = round.clone();
            tokio::spawn(async move { (run_check(round, step, CHECK_LIMIT).await, begun.elapsed()) })
        })
        .collect();
    let membership = {
        let reader = reader.clone();
        let account = "412098765432".parse().unwrap();
        tokio::spawn(async move { (reader.membership_of(&account).await, begun.elapsed()) })
    };
    let subject = read_subject(round, CHECK_LIMIT).await;
    let mut took = vec![("subject", begun.elapsed())];
    let mut findings = BTreeMap::new();
    for check in checks {
        let (finding, time) = check.await.unwrap();
        took.push((finding.step.as_str(), time));
        findings.insert(finding.step, finding);
    }
    late.extend(took.into_iter().filter(|(_, time)| *time > limit).map(|(what, time)| format!("{what} took {time:?}")));
    let membership = match membership.await {
        Ok((membership, time)) => {
            if time > limit.min(LOOK_LIMIT) {
                late.push(format!("reading the membership took {time:?}"));
            }
            membership
        }
        Err(broken) => {
            let problem = Problem::here(ProblemKind::Internal, DESCRIBE, &broken.to_string(), Timestamp::now());
            Reading::Unknown(problem)
        }
    };
    Seen { findings, subject, membership }
}

/// Without what differs from one run to the next: times and request ids.
fn lasting(finding: &Finding) -> Finding {
    let mut finding = finding.clone();
    finding.at = Timestamp::UNIX_EPOCH;
    for evidence in &mut finding.evidence {
        evidence.at = Timestamp::UNIX_EPOCH;
        evidence.request_id = None;
    }
    if let leave_org::checklist::Verdict::Unknown(problem) = &mut finding.verdict {
        problem.at = Timestamp::UNIX_EPOCH;
        problem.request_id = None;
    }
    finding
}

fn without_evidence(finding: &Finding) -> Finding {
    Finding { evidence: Vec::new(), ..lasting(finding) }
}

fn in_short(finding: &Finding) -> String {
    let problem = finding.problem().map(|p| format!(" {} {:?} {:?} {:?}", p.operation, p.code, p.message, p.request_id));
    let evidence: Vec<_> = finding.evidence.iter().map(|e| format!("{}={}", e.operation, e.outcome)).collect();
    format!(
        "{} {:?} {:?}{} [{}]",
        finding.found.name(),
        finding.verdict.kind(),
        finding.confidence,
        problem.unwrap_or_default(),
        evidence.join(" ")
    )
}

/// What a world is like when nothing goes wrong.
struct Baseline {
    findings: BTreeMap<StepId, Finding>,
    subject: Subject,
}

/// A checklist of these findings, with a person's word wherever one is asked for, but for the steps in `unattested`.
fn checklist(subject: Subject, findings: &BTreeMap<StepId, Finding>, unattested: &BTreeSet<StepId>) -> Checklist {
    let now = Timestamp::now();
    let mut checklist = Checklist::default();
    checklist.meet(subject);
    for finding in findings.values() {
        checklist.record(finding.clone());
        let step = checklist.step_mut(finding.step);
        if step.standing(now) == Some(Standing::NeedsYou) && !unattested.contains(&step.id) {
            // Advice takes nobody's word, and needs none.
            let _ = step.attest("a test", "", now);
        }
    }
    checklist
}

fn confirmed(checklist: &Checklist) -> Result<Confirmation, gate::NotConfirmed> {
    let now = Timestamp::now();
    let seen = gate::to_acknowledge(checklist, now).into_iter().collect();
    gate::confirm(checklist, &seen, "412098765432", now)
}

/// What is wrong with a problem that ought to say `row`.
fn complaints(problem: &Problem, row: &Row, operation: Option<&str>) -> Vec<String> {
    let mut wrong = Vec::new();
    let text = texts::problem(problem.kind);
    if !row.kinds.contains(&problem.kind.as_str()) {
        wrong.push(format!("is {} and not {:?}", problem.kind.as_str(), row.kinds));
    }
    if operation.is_some_and(|operation| operation != problem.operation) || !problem.operation.contains(':') {
        wrong.push(format!("names the operation {}", problem.operation));
    }
    if problem.remedy.is_empty() || problem.message.is_empty() || text.cause.is_empty() {
        wrong.push("has no words".to_owned());
    }
    let given = match (&problem.code, &problem.request_id) {
        (Some(_), Some(_)) => Code,
        (None, Some(_)) => Id,
        (None, None) => Nothing,
        (Some(_), None) => return vec!["has a code and no request id".to_owned()],
    };
    if given != row.gave {
        wrong.push(format!("has code {:?} and request id {:?}", problem.code, problem.request_id));
    }
    wrong.into_iter().map(|wrong| format!("the problem {wrong} ({:?})", problem.message)).collect()
}

/// What becomes of each step in this cell; a step that is missing is as without the fault.
fn expected(question: &Question, row: &Row) -> BTreeMap<StepId, Then> {
    if row.is_harmless() {
        return BTreeMap::new();
    }
    if row.strikes_everything() {
        return question.decides.iter().map(|(step, _)| (*step, Unknown)).collect();
    }
    let denied = row.name == "IAM denial" || row.name == "SCP denial";
    let then = |then: Then| match (is_an_answer(question, row), then) {
        (Some(answer), _) => answer,
        (None, UnknownUnlessDenied) => {
            if denied {
                Hint
            } else {
                Unknown
            }
        }
        (None, AsksAPerson) if denied || ["not-eligible", "intercepted"].contains(&row.kinds[0]) => {
            Rule("not-shown", VerdictKind::NeedsYou, Proven)
        }
        (None, AsksAPerson) => Unknown,
        (None, then) => then,
    };
    question.decides.iter().map(|(step, usual)| (*step, then(*usual))).collect()
}

fn compare(seen: &Seen, baseline: &Baseline, expected: &BTreeMap<StepId, Then>, question: &Question, row: &Row) -> Vec<String> {
    let mut wrong = Vec::new();
    let operation = (!row.strikes_everything()).then_some(question.operation);
    for (step, finding) in &seen.findings {
        let clean = &baseline.findings[step];
        let right = match expected.get(step) {
            None => lasting(finding) == lasting(clean),
            Some(Hint) => in_short(&without_evidence(finding)) == in_short(&without_evidence(clean)),
            Some(Less) => {
                let same = (&finding.found.name(), &finding.wording().summary, finding.verdict.kind(), finding.confidence)
                    == (&clean.found.name(), &clean.wording().summary, clean.verdict.kind(), clean.confidence);
                same && finding.wording().details != clean.wording().details
            }
            Some(Rule(rule, verdict, confidence)) => {
                finding.found.name() == *rule && finding.verdict.kind() == *verdict && finding.confidence == *confidence
            }
            Some(Unknown | UnknownUnlessDenied | AsksAPerson) => finding.problem().is_some(),
        };
        if !right {
            wrong.push(format!("{step}: {} instead of {}", in_short(finding), in_short(clean)));
        }
        if let (Some(Unknown), Some(problem)) = (expected.get(step), finding.problem()) {
            wrong.extend(complaints(problem, row, operation).into_iter().map(|wrong| format!("{step}: {wrong}")));
            let shown = problem.code.clone().unwrap_or_else(|| problem.kind.as_str().to_owned());
            if !finding.evidence.iter().any(|e| e.operation == problem.operation && e.outcome == shown) {
                wrong.push(format!("{step}: the call that failed is not among the evidence: {}", in_short(finding)));
            }
        }
        if finding.problem().is_some_and(|problem| problem.kind == ProblemKind::Internal) {
            wrong.push(format!("{step}: broke inside: {}", in_short(finding)));
        }
    }
    let struck = |asked: &str| {
        let this = row.strikes_everything() || (question.operation == asked && question.by == Member);
        this && !row.is_harmless()
    };
    match &seen.subject {
        Err(problem) if struck(IDENTITY) => wrong.extend(complaints(problem, row, Some(IDENTITY))),
        Ok(subject) if !struck(IDENTITY) => {
            let known = (subject.details.is_some(), subject.membership != Membership::Unknown);
            if known != (!struck(ACCOUNT), !struck(DESCRIBE)) || subject.identity != baseline.subject.identity {
                wrong.push(format!("the subject is {subject:?}"));
            }
        }
        other => wrong.push(format!("the subject is {other:?}")),
    }
    match &seen.membership {
        Reading::Unknown(problem) if struck(IDENTITY) || struck(DESCRIBE) => {
            wrong.extend(complaints(problem, row, operation).into_iter().map(|wrong| format!("the membership: {wrong}")));
        }
        Reading::Member { organization, .. }
            if !struck(IDENTITY) && !struck(DESCRIBE) && Some(organization) == baseline.subject.organization() => {}
        other => wrong.push(format!("the membership reads {other:?}")),
    }
    wrong
}

/// Whether the gate does what it must with what was seen: be shut by what is not known, and not take an earlier confirmation.
fn at_the_gate(
    seen: &Seen,
    baseline: &Baseline,
    expected: &BTreeMap<StepId, Then>,
    world: &World,
    before: Option<Confirmation>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    let now = Timestamp::now();
    let lost: BTreeSet<StepId> =
        expected.iter().filter(|(_, then)| matches!(then, Unknown | Rule(..))).map(|(step, _)| *step).collect();
    let settled = |step: &StepId| matches!(expected[step], Rule(_, VerdictKind::Met, _));
    let subject = seen.subject.as_ref().unwrap_or(&baseline.subject).clone();
    let as_seen = checklist(subject.clone(), &seen.findings, &lost);
    let locked = gate::locked_by(&as_seen, now);
    for step in lost.iter().filter(|step| step.blocks() && !settled(step)) {
        if !locked.contains(step) {
            wrong.push(format!("the gate is not locked by {step}"));
        }
    }
    let must_lock = !world.opens || lost.iter().any(|step| step.blocks() && !settled(step)) || subject.organization().is_none();
    if confirmed(&as_seen).is_err() != must_lock {
        wrong.push(format!("the gate is locked by {locked:?}, and a confirmation is {:?}", confirmed(&as_seen)));
    }
    // Who is asking has to be read again, too.
    let mut fresh = as_seen;
    if seen.subject.is_err() {
        fresh.subject = None;
    }
    // What is missing may be missing in the words, too; then the person has confirmed something else.
    let in_words = |finding: &Finding| (finding.wording().summary.clone(), finding.wording().details.clone());
    let as_it_was = lost.iter().all(|step| without_evidence(&seen.findings[step]) == without_evidence(&baseline.findings[step]))
        && expected.keys().all(|step| in_words(&seen.findings[step]) == in_words(&baseline.findings[step]));
    let must_stay_shut = !as_it_was || seen.subject.is_err() || subject.organization().is_none();
    if let Some(before) = before
        && gate::unlock(before, &fresh, Timestamp::now()).is_err() != must_stay_shut
    {
        wrong.push(format!("an earlier confirmation {} the gate", if must_stay_shut { "opens" } else { "does not open" }));
    }
    wrong
}

/// Whether a task gets its next turn at once, because few others are ready to run.
async fn has_room() -> bool {
    let begun = Instant::now();
    tokio::task::yield_now().await;
    begun.elapsed() < AT_ONCE
}

/// One cell: what is wrong with it.
async fn cell(
    question: &'static Question,
    row: Row,
    baseline: Arc<Baseline>,
    busy: Arc<Semaphore>,
    share: OwnedSemaphorePermit,
) -> Vec<String> {
    let world = question.world;
    let mut share = Some(share);
    let (mut place, address) = Place::new(world, &row.way).await;
    let session = session(address, world.owner).await;
    if let Way::Played(kind) = &row.way {
        let first = if question.later_page && !row.strikes_everything() { 2 } else { 1 };
        let fault = Fault::new(question.operation, kind.clone()).on_calls(first..=if row.once { first } else { u32::MAX });
        place.inject(if row.strikes_everything() { fault } else { fault.called_by(question.by) });
    }
    let before = world.opens.then(|| confirmed(&checklist(baseline.subject.clone(), &baseline.findings, &BTreeSet::new())));
    let before = before.transpose().unwrap();
    let mut wrong = Vec::new();
    let limit = if row.once { WITH_AN_ANSWER } else { row.limit() };
    let reader = session.reader();
    let mut seen = {
        let all = !row.once && !row.strikes_everything();
        let steps = StepId::ALL.into_iter().filter(|step| all || question.decides.iter().any(|(decided, _)| decided == step));
        let mut looking = Box::pin(look(&reader, steps, limit, &mut wrong));
        loop {
            match tokio::time::timeout(FOR_A_WHILE, &mut looking).await {
                Ok(seen) => break seen,
                // It waits for an answer, and leaves the processor to others.
                Err(_) if row.waits() && has_room().await => share = None,
                Err(_) => {}
            }
        }
    };
    let expected = expected(question, &row);
    wrong.extend(compare(&seen, &baseline, &expected, question, &row));
    // What was not read again keeps an earlier confirmation from opening anything, whatever else was found.
    let before = before.filter(|_| seen.findings.len() == StepId::ALL.len());
    for (step, finding) in &baseline.findings {
        seen.findings.entry(*step).or_insert_with(|| finding.clone());
    }
    wrong.extend(at_the_gate(&seen, &baseline, &expected, world, before));
    place.mend(world);
    if !row.is_harmless() {
        if share.is_none() {
            share = Some(busy.acquire_owned().await.unwrap());
        }
        let round = reader.round();
        for step in expected.keys() {
            let again = run_check(round.clone(), *step, CHECK_LIMIT).await;
            if lasting(&again) != lasting(&baseline.findings[step]) {
                wrong.push(format!("{step}: once the fault is gone: {}", in_short(&again)));
            }
        }
        if seen.subject.as_ref().ok() != Some(&baseline.subject)
            && read_subject(round, CHECK_LIMIT).await.as_ref() != Ok(&baseline.subject)
        {
            wrong.push("the subject is not read once the fault is gone".to_owned());
        }
        if matches!(seen.membership, Reading::Unknown(_)) {
            let again = reader.membership_of(&baseline.subject.identity.account).await;
            if !matches!(again, Reading::Member { .. }) {
                wrong.push(format!("once the fault is gone, the membership reads {again:?}"));
            }
        }
    }
    drop(share);
    if place.server().requests().iter().any(|request| request.operation == LEAVE) {
        wrong.push("a check asked to leave".to_owned());
    }
    wrong
}

/// How a world is when nothing goes wrong, and what was asked there, by whom.
async fn undisturbed(world: &World) -> (Baseline, BTreeSet<(String, bool)>) {
    let (place, address) = Place::new(world, &Way::Played(Damage::Stall.into())).await;
    let seen = look(&session(address, world.owner).await.reader(), StepId::ALL, WITH_AN_ANSWER, &mut Vec::new()).await;
    let asked = place.server().requests().into_iter();
    let asked = asked.map(|request| (request.operation, request.access_key.as_deref() == Some(MANAGEMENT_ACCESS_KEY))).collect();
    (Baseline { findings: seen.findings, subject: seen.subject.unwrap() }, asked)
}

// ---- The matrix -----------------------------------------------------------------------------------------------------------------

fn worlds() -> Vec<&'static World> {
    let mut worlds: Vec<&World> = Vec::new();
    for question in &QUESTIONS {
        if !worlds.iter().any(|world| world.name == question.world.name) {
            worlds.push(question.world);
        }
    }
    worlds
}

fn report(failures: &BTreeMap<String, Vec<String>>, of: usize) {
    let mut text = String::new();
    for (cell, wrong) in failures {
        let _ = writeln!(text, "{cell}");
        for wrong in wrong {
            let _ = writeln!(text, "    {wrong}");
        }
    }
    assert!(failures.is_empty(), "{} of {of} cells:\n{text}", failures.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_question_under_every_fault() {
    let mut baselines = BTreeMap::new();
    for world in worlds() {
        let (baseline, _) = undisturbed(world).await;
        let list = checklist(baseline.subject.clone(), &baseline.findings, &BTreeSet::new());
        assert_eq!(confirmed(&list).is_ok(), world.opens, "{}: {:?}", world.name, gate::locked_by(&list, Timestamp::now()));
        baselines.insert(world.name, Arc::new(baseline));
    }
    let busy = Arc::new(Semaphore::new(BUSY));
    let mut rows = rows();
    rows.sort_by_key(Row::turn);
    let open = Arc::new(Semaphore::new(cells_at_once()));
    let mut cells = JoinSet::new();
    for row in &rows {
        for question in &QUESTIONS {
            let room = open.clone().acquire_owned().await.unwrap();
            let share = busy.clone().acquire_many_owned(row.share()).await.unwrap();
            let (row, baseline, busy) = (row.clone(), baselines[question.world.name].clone(), busy.clone());
            cells.spawn(async move {
                let name = format!(
                    "{} by {:?}{} ({}) × {}{}",
                    question.operation,
                    question.by,
                    if question.later_page { ", page 2" } else { "" },
                    question.world.name,
                    row.name,
                    if row.once { ", once" } else { "" },
                );
                let wrong = Box::pin(cell(question, row, baseline, busy, share)).await;
                drop(room);
                (name, wrong)
            });
        }
    }
    let mut failures = BTreeMap::new();
    let mut count = 0;
    while let Some(ended) = cells.join_next().await {
        let (name, wrong) = ended.unwrap();
        count += 1;
        if !wrong.is_empty() {
            failures.insert(name, wrong);
        }
    }
    assert_eq!(count, QUESTIONS.len() * rows.len());
    report(&failures, count);
}

#[tokio::test]
async fn every_fault_and_every_question_that_there_is_stands_in_the_matrix() {
    let rows = rows();
    let in_scenarios = [FaultKind::Latency { ms: 0 }, FaultKind::Throttle, FaultKind::InternalError, FaultKind::AnswerLost];
    let name = |kind: &FaultKind| match kind {
        FaultKind::Damage(damage) => damage.to_string(),
        kind => format!("{:?}", std::mem::discriminant(kind)),
    };
    for kind in Damage::every().map(FaultKind::Damage).chain(in_scenarios) {
        let played = rows.iter().any(|row| matches!(&row.way, Way::Played(of_row) if name(of_row) == name(&kind)));
        assert!(played, "{kind:?}");
    }
    // What is asked in these worlds is what the matrix asks about, each in the world where it says so.
    let mut asked = BTreeSet::new();
    for world in worlds() {
        let (_, here) = undisturbed(world).await;
        for question in QUESTIONS.iter().filter(|question| question.world.name == world.name) {
            let this = (question.operation.to_owned(), question.by == ManagementAccount);
            assert!(here.contains(&this), "{}: nobody asks {this:?}", world.name);
        }
        asked.extend(here);
    }
    let in_matrix: BTreeSet<_> = QUESTIONS.iter().map(|q| (q.operation.to_owned(), q.by == ManagementAccount)).collect();
    assert_eq!(asked, in_matrix);
    // And nothing can be asked that no world asks.
    let source = include_str!("../src/aws/read_clients.rs");
    let is_operation = |text: &&str| {
        let known = ["sts:", "organizations:", "account:", "iam:", "support:", "billing:", "payments:", "cloudformation:"];
        known.iter().any(|service| text.strip_prefix(service).is_some_and(|name| name.starts_with(char::is_uppercase)))
    };
    let askable: BTreeSet<&str> = source.split('"').filter(is_operation).filter(|operation| *operation != LEAVE).collect();
    assert_eq!(askable, QUESTIONS.iter().map(|question| question.operation).collect());
    assert!(askable.len() >= 17, "{askable:?}");
}

#[test]
fn the_readme_states_the_size_of_the_matrix() {
    let readme = include_str!("../README.md");
    let rows = rows();
    let leaves: usize = rows.iter().filter(|row| !row.once).map(|row| row.acted().len()).sum();
    for size in [
        format!("{} questions × {} faults = {} cells", QUESTIONS.len(), rows.len(), QUESTIONS.len() * rows.len()),
        format!("{leaves} cells for the leave"),
    ] {
        assert!(readme.contains(&size), "the README does not say: {size}");
    }
}

// ---- The leave ------------------------------------------------------------------------------------------------------------------

/// A token over a checklist that was read again since it was confirmed.
fn token(baseline: &Baseline) -> gate::ReadyToLeave {
    let list = checklist(baseline.subject.clone(), &baseline.findings, &BTreeSet::new());
    let confirmation = confirmed(&list).unwrap();
    let mut fresh = list;
    for finding in baseline.findings.values() {
        fresh.record(Finding { at: Timestamp::now(), ..finding.clone() });
    }
    gate::unlock(confirmation, &fresh, Timestamp::now()).unwrap()
}

fn asked_to_leave(server: &Server) -> usize {
    server.requests().iter().filter(|request| request.operation == LEAVE).count()
}

fn judge((answer, put_off): &(LeaveAnswer, Option<Confirmation>), row: &Row) -> Vec<String> {
    let refused = |refusal: &leave_org::checklist::Refusal, entry: &str| {
        let right = refusal.entry == entry
            && refusal.request_id.is_some()
            && !refusal.code.is_empty()
            && !refusal.cause.is_empty()
            && !refusal.todo.is_empty();
        if right { Vec::new() } else { vec![format!("{refusal:?}")] }
    };
    match (answer, row.left) {
        (LeaveAnswer::Accepted { request_id: Some(_) }, Left::Accepted) => Vec::new(),
        (LeaveAnswer::Refused { refusal }, Left::Refused(entry)) if put_off.is_none() => refused(refusal, entry),
        (LeaveAnswer::Refused { refusal }, Left::Postponed) => {
            assert!(put_off.as_ref().unwrap().is_fresh(Timestamp::now()));
            refused(refusal, "too-many-requests")
        }
        (LeaveAnswer::NeverSent { problem }, Left::NeverSent | Left::NeverSentOrUnknown) => {
            // Whose the credentials are is asked first: where nobody answers that, the request is not sent.
            let mut wrong = complaints(problem, row, None);
            if problem.operation == LEAVE && problem.kind != ProblemKind::Unreachable {
                wrong.push(format!("never sent, and {:?}", problem.kind));
            }
            wrong
        }
        (LeaveAnswer::Unknown { problem }, Left::Unknown | Left::NeverSentOrUnknown) => {
            let mut wrong = complaints(problem, row, Some(LEAVE));
            if problem.kind == ProblemKind::Unreachable {
                wrong.push("unreachable, and perhaps sent".to_owned());
            }
            wrong
        }
        (answer, wanted) => vec![format!("{answer:?} and not {wanted:?}")],
    }
}

/// One cell of the leave: what is wrong with it.
async fn leave_cell(row: &Row, acted: bool, baseline: &Baseline) -> Vec<String> {
    let (mut place, address) = Place::new(&ROLE, &row.way).await;
    let (session, leaver) = to_leave(address).await;
    if let Way::Played(kind) = &row.way {
        place.inject(Fault::new(LEAVE, kind.clone()).acted_upon(acted));
    }
    let token = token(baseline);
    let begun = Instant::now();
    let answer = leaver.leave(token).await;
    let took = begun.elapsed();
    let mut wrong = judge(&answer, row);
    let limit = if row.kinds == ["timed-out"] { LEAVE_WITHOUT_AN_ANSWER } else { LEAVE_WITH_AN_ANSWER };
    if took > limit {
        wrong.push(format!("took {took:?}"));
    }
    place.mend(&ROLE);
    let server = place.server();
    // Where the connection ends before anything is read, no request has reached anybody.
    let unread = matches!(
        row.way,
        Way::NobodyListens | Way::Played(FaultKind::Damage(Damage::RefuseConnection | Damage::CloseConnection))
    );
    let requests = usize::from(!unread);
    // The practice AWS notes a client that did not wait when it notices that it has gone.
    let noted = server.until(|all| all.iter().filter(|request| request.operation == LEAVE).count() >= requests);
    // One that is not noted in time shows below.
    let _ = tokio::time::timeout(LEAVE_WITH_AN_ANSWER, noted).await;
    let reading = session.reader().membership_of(&baseline.subject.identity.account).await;
    match (&reading, acted) {
        (Reading::Standalone(_), true) | (Reading::Member { .. }, false) => {}
        _ => wrong.push(format!("the membership reads {reading:?}")),
    }
    if server.state().member == acted {
        wrong.push(format!("whether it was carried out is not {acted}"));
    }
    if asked_to_leave(server) != requests {
        wrong.push(format!("{} requests reached AWS", asked_to_leave(server)));
    }
    wrong
}

#[tokio::test]
async fn the_leave_under_every_fault_carried_out_and_not() {
    let baseline = Arc::new(undisturbed(&ROLE).await.0);
    let mut cells = JoinSet::new();
    for row in rows().into_iter().filter(|row| !row.once) {
        for acted in row.acted() {
            let (row, baseline) = (row.clone(), baseline.clone());
            cells.spawn(async move {
                let name = format!("{LEAVE}{} × {}", if *acted { ", carried out" } else { "" }, row.name);
                (name, leave_cell(&row, *acted, &baseline).await)
            });
        }
    }
    let count = cells.len();
    let mut failures = BTreeMap::new();
    while let Some(ended) = cells.join_next().await {
        let (name, wrong) = ended.unwrap();
        if !wrong.is_empty() {
            failures.insert(name, wrong);
        }
    }
    report(&failures, count);
}

/// A connection that is not refused and does not come about: the queue of those who wait is full, and what else comes is dropped.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_connection_that_never_comes_about_has_sent_nothing() {
    let baseline = undisturbed(&ROLE).await.0;
    let account = &baseline.subject.identity.account;
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    let address = socket.local_addr().unwrap();
    let listener = socket.listen(1).unwrap();
    let mut queue = Vec::new();
    while let Ok(waiting) = tokio::time::timeout(Duration::from_millis(300), tokio::net::TcpStream::connect(address)).await {
        queue.push(waiting.unwrap());
    }
    let (session, leaver) = to_leave(address).await;
    let begun = Instant::now();
    let reader = session.reader();
    let ((answer, _), reading) = tokio::join!(leaver.leave(token(&baseline)), reader.membership_of(account));
    assert!(matches!(&answer, LeaveAnswer::NeverSent { problem } if problem.kind == ProblemKind::Unreachable), "{answer:?}");
    assert!(matches!(&reading, Reading::Unknown(problem) if problem.kind == ProblemKind::Unreachable), "{reading:?}");
    assert!(begun.elapsed() < WITH_AN_ANSWER, "{:?}", begun.elapsed());
    let server = Server::serve(scenario(&ROLE), listener, None).unwrap();
    drop(queue);
    assert!(matches!(reader.membership_of(account).await, Reading::Member { .. }));
    assert_eq!(asked_to_leave(&server), 0);
}

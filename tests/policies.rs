//! The policies that are printed, held against the calls that are made: neither may know what the other does not.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};

use leave_org::simulator::{MANAGEMENT_ACCESS_KEY, MEMBER_ACCESS_KEY, Scenario, Server};
use serde_json::Value;

use crate::command_line::{leave_org, run};
use crate::guided_leave::{operations, reach_checklist, reach_typed_id, type_id};
use crate::leaving::LEAVE;
use crate::profiles::with_keys;
use crate::terminal::Terminal;

/// It is always allowed, so no policy lists it.
const IDENTITY: &str = "sts:GetCallerIdentity";

/// What the policy for the management account holds besides what is read.
const DEREGISTER: &str = "organizations:DeregisterDelegatedAdministrator";

/// What `payments:GetAccountBalance` takes besides its own permission.
const ALSO_FOR_BALANCES: &str = "payments:GetPaymentStatus";

type Calls = BTreeSet<String>;

fn policy(phase: &str) -> Value {
    let home = tempfile::tempdir().unwrap();
    let answer = run(leave_org(&home).args(["policy", phase]));
    assert_eq!((answer.code, answer.stderr.as_str()), (0, ""));
    serde_json::from_str(&answer.stdout).unwrap()
}

fn actions(phase: &str) -> Calls {
    let policy = policy(phase);
    let statements = policy["Statement"].as_array().unwrap();
    let actions = statements.iter().flat_map(|statement| statement["Action"].as_array().unwrap());
    actions.map(|action| action.as_str().unwrap().to_owned()).collect()
}

/// Runs `check`, with a management profile or without, and gives what each of the two accounts was asked.
async fn check(scenario: Scenario, owner: Option<&'static str>) -> (Calls, Calls) {
    let server = Server::start(scenario, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), None).await.unwrap();
    let url = server.url();
    let answer = tokio::task::spawn_blocking(move || {
        let home = tempfile::tempdir().unwrap();
        let config = home.path().join("config");
        let profiles =
            [("deal", MEMBER_ACCESS_KEY), ("owner", MANAGEMENT_ACCESS_KEY)].map(|(name, key)| with_keys(name, key, "us-east-1"));
        std::fs::write(&config, profiles.concat()).unwrap();
        let mut command = leave_org(&home);
        command.args(["check", "--profile", "deal"]);
        if let Some(owner) = owner {
            command.args(["--management-profile", owner]);
        }
        run(command.env("AWS_CONFIG_FILE", config).env("AWS_ENDPOINT_URL", url))
    });
    let answer = answer.await.unwrap();
    assert!([0, 3, 4, 5, 6].contains(&answer.code), "{}{}", answer.stdout, answer.stderr);
    let requests = server.requests();
    server.shutdown().await;
    let of = |key: &str| {
        let own = requests.iter().filter(|request| request.access_key.as_deref() == Some(key));
        own.map(|request| request.operation.clone()).filter(|operation| operation != IDENTITY).collect()
    };
    (of(MEMBER_ACCESS_KEY), of(MANAGEMENT_ACCESS_KEY))
}

/// Every built-in scenario, and every kind of caller: some calls are only made for some of them. What the owner tells, the account
/// itself is not asked.
fn scenarios() -> Vec<(Scenario, Option<&'static str>)> {
    let as_caller = |kind: &str| {
        let text = format!("title = 'Test'\nstory = 'A test.'\n[account]\nprincipal = {{ kind = '{kind}' }}");
        Scenario::from_toml(&text).unwrap()
    };
    let callers = ["root", "user", "role", "sso", "organization-access-role"].map(as_caller);
    // An owner who has something to tell of every kind.
    let told = "title = 'Test'\nstory = 'A test.'\n[account]\nstack_sets = [{ name = 'baseline' }]";
    let told = [Scenario::from_toml(told).unwrap()];
    let alone = callers.clone().into_iter().map(|scenario| (scenario, None));
    let with_owner = Scenario::all().iter().cloned().chain(callers).chain(told).map(|scenario| (scenario, Some("owner")));
    alone.chain(with_owner).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn check_makes_the_calls_that_the_policies_allow_and_no_others() {
    let (mut member, mut owner) = (Calls::new(), Calls::new());
    let mut checks = tokio::task::JoinSet::new();
    for (scenario, owner) in scenarios() {
        checks.spawn(check(scenario, owner));
    }
    while let Some(calls) = checks.join_next().await {
        let (of_member, of_owner) = calls.unwrap();
        member.extend(of_member);
        owner.extend(of_owner);
    }
    // It is no call of its own: one of those calls takes this permission, too.
    let mut called = actions("check");
    assert!(called.remove(ALSO_FOR_BALANCES));
    assert_eq!(member, called);
    // The one thing that the policy lets somebody change with the owner's credentials. No check does it, only the wizard, when it is asked to.
    let mut read_by_the_owner = actions("management");
    assert!(read_by_the_owner.remove(DEREGISTER));
    assert_eq!(owner, read_by_the_owner);
}

#[test]
fn to_leave_takes_the_checks_the_leave_and_what_puts_steps_right_from_the_wizard() {
    let mut wanted = actions("check");
    for written in [LEAVE, "account:PutContactInformation", "account:SendPhoneNumberVerification", "account:VerifyPhoneNumber"] {
        assert!(wanted.insert(written.to_owned()), "{written}");
    }
    assert_eq!(actions("leave"), wanted);
}

#[test]
fn the_guided_leave_makes_no_call_that_its_policy_does_not_allow() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("requests.jsonl");
    let arguments = ["demo", "ready", "--log", log.to_str().unwrap()];
    let mut terminal = Terminal::start(&arguments, (120, 50), &[]);
    terminal.wait_for("Enter go to the checklist");
    reach_checklist(&mut terminal);
    reach_typed_id(&mut terminal);
    type_id(&mut terminal);
    terminal.press("\r", "has left o-a1b2c3d4e5");
    terminal.send("\r");
    assert_eq!(terminal.end(), 0);
    let calls: Calls = operations(&log).into_iter().filter(|operation| operation != IDENTITY).collect();
    assert!(calls.contains(LEAVE));
    let allowed = actions("leave");
    assert!(calls.is_subset(&allowed), "not allowed: {:?}", calls.difference(&allowed));
}

cases! {
    a_policy_can_be_pasted_into_iam:
        check("check");
        leave("leave");
        management("management");
}

fn a_policy_can_be_pasted_into_iam(phase: &str) {
    let policy = policy(phase);
    assert_eq!(policy["Version"], "2012-10-17");
    let mut ids = BTreeSet::new();
    let mut listed = BTreeSet::new();
    for statement in policy["Statement"].as_array().unwrap() {
        let id = statement["Sid"].as_str().unwrap();
        // IAM takes nothing else in a statement's id, and no id twice.
        assert!(!id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric()) && ids.insert(id), "{id}");
        assert_eq!((&statement["Effect"], &statement["Resource"]), (&Value::from("Allow"), &Value::from("*")));
        for action in statement["Action"].as_array().unwrap().iter().map(|action| action.as_str().unwrap()) {
            assert!(!action.contains(['*', '?']) && listed.insert(action), "{action}");
        }
    }
    assert!(!listed.contains(IDENTITY));
    // The least that IAM allows for a managed policy; white space does not count.
    assert!(policy.to_string().len() <= 6_144);
}

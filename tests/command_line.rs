//! The command line without a screen: `check`, exit codes, and what is said when it cannot work.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};

use assert_cmd::Command;
use leave_org::checklist::StepId;
use leave_org::simulator::{MEMBER_ACCESS_KEY, SECRET_ACCESS_KEY, Scenario, Server};
use serde_json::Value;
use tokio::runtime::Runtime;

/// The program with nothing in its environment but a home without AWS files.
pub fn leave_org(home: &tempfile::TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_leave-org"));
    command.env_clear().envs(crate::clock()).env("HOME", home.path()).current_dir(home.path()).timeout(Duration::from_mins(2));
    command
}

/// What the environment has to say for the practice AWS at `endpoint`.
pub fn keys(endpoint: &str) -> [(&'static str, &str); 4] {
    [
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", MEMBER_ACCESS_KEY),
        ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY),
    ]
}

pub fn with_keys(command: &mut Command, endpoint: &str) {
    command.envs(keys(endpoint));
}

/// What it said, and the code it ended with.
pub struct Answer {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

pub fn run(command: &mut Command) -> Answer {
    let output = command.output().unwrap();
    Answer {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A practice AWS that answers in the background, and a home for those who ask it.
pub struct Practice {
    pub server: Server,
    pub home: tempfile::TempDir,
    _runtime: Runtime,
}

impl Practice {
    pub fn start(scenario: Scenario) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let server = runtime.block_on(Server::start(scenario, (Ipv4Addr::LOCALHOST, 0).into(), None)).unwrap();
        Self { server, home: tempfile::tempdir().unwrap(), _runtime: runtime }
    }

    pub fn named(scenario: &str) -> Self {
        Self::start(Scenario::named(scenario).unwrap())
    }

    /// `check` with these arguments, before it runs.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = leave_org(&self.home);
        with_keys(command.arg("check").args(arguments), &self.server.url());
        command
    }

    pub fn check(&self, arguments: &[&str]) -> Answer {
        run(&mut self.command(arguments))
    }
}

/// Starts a scenario and runs `check` against it.
pub fn check(scenario: &str, arguments: &[&str]) -> Answer {
    against(scenario, &[&["check"], arguments].concat())
}

/// Starts a scenario and runs the program against it, with the member's keys.
pub fn against(scenario: &str, arguments: &[&str]) -> Answer {
    let practice = Practice::named(scenario);
    let mut command = leave_org(&practice.home);
    with_keys(command.args(arguments), &practice.server.url());
    run(&mut command)
}

fn standing<'a>(report: &'a Value, step: &str) -> &'a str {
    let steps = report["steps"].as_array().unwrap();
    steps.iter().find(|entry| entry["id"] == step).unwrap()["standing"].as_str().unwrap()
}

/// What `check` says of each practice account. The README tells the same, and why.
const CODES: [(&str, i32); 19] = [
    ("several-open", 4),
    ("finish-here", 4),
    ("ready", 0),
    ("fresh-account", 5),
    ("scp-denies", 4),
    ("project", 4),
    ("delegated-administrator", 4),
    ("payment-not-shown", 6),
    ("payment-missing", 6),
    ("billing-access-off", 4),
    ("no-way-in-afterwards", 4),
    ("invited-elsewhere", 0),
    ("management-account", 4),
    ("already-standalone", 0),
    ("throttled", 0),
    ("slow", 0),
    ("lost-answer", 0),
    ("session-expired", 3),
    ("everything-wrong", 4),
];

every_scenario!(check_ends_with_the_documented_code);

fn check_ends_with_the_documented_code(scenario: &str) {
    let (_, code) = CODES.into_iter().find(|(name, _)| *name == scenario).unwrap();
    let answer = check(scenario, &["--format", "json"]);
    assert_eq!(answer.code, code, "{}{}", answer.stdout, answer.stderr);
}

#[test]
fn the_readme_tells_the_code_of_every_practice_account_and_why() {
    let readme = include_str!("../README.md");
    let (_, section) = readme.split_once("### What `check` says of each practice account").unwrap();
    let rows = section.lines().skip_while(|line| !line.starts_with("|---")).skip(1).take_while(|line| line.starts_with('|'));
    let told: Vec<(String, i32)> = rows
        .map(|row| {
            let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
            let [scenario, code, why] = cells[..] else { panic!("{row}") };
            assert!(why.ends_with('.') && why.len() > 20, "{row}");
            (scenario.trim_matches('`').to_owned(), code.parse().unwrap())
        })
        .collect();
    assert_eq!(told, CODES.map(|(name, code)| (name.to_owned(), code)));
    let scenarios: Vec<&str> = Scenario::all().iter().map(|scenario| scenario.name.as_str()).collect();
    assert_eq!(scenarios, CODES.map(|(name, _)| name));
}

#[test]
fn the_json_form_has_every_field_of_the_contract() {
    let answer = check("everything-wrong", &["--format", "json"]);
    let report: Value = serde_json::from_str(&answer.stdout).unwrap();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let sorted = |mut names: Vec<&str>| {
        names.sort_unstable();
        names.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(
        keys(&report),
        sorted(vec![
            "schema_version",
            "tool",
            "taken_at",
            "account",
            "organization",
            "endpoints",
            "already_standalone",
            "ready",
            "blockers",
            "refusals",
            "steps"
        ])
    );
    assert_eq!(report["schema_version"], 1);
    assert_eq!(report["tool"]["name"], "leave-org");
    assert_eq!(keys(&report["account"]), sorted(vec!["id", "name", "arn", "partition", "state", "created_at"]));
    assert_eq!(keys(&report["organization"]), sorted(vec!["id", "management_account_id", "feature_set"]));
    let ids: Vec<&str> = report["steps"].as_array().unwrap().iter().map(|step| step["id"].as_str().unwrap()).collect();
    // That the ids are public is held by the schema.
    assert_eq!(ids, StepId::ALL.map(StepId::as_str));
    for step in report["steps"].as_array().unwrap() {
        let wanted = vec![
            "id",
            "title",
            "kind",
            "standing",
            "confidence",
            "summary",
            "until",
            "evidence",
            "problem",
            "attestation",
            "remedy",
        ];
        assert_eq!(keys(step), sorted(wanted));
        for evidence in step["evidence"].as_array().unwrap() {
            assert_eq!(keys(evidence), sorted(vec!["operation", "outcome", "fact", "request_id", "at"]));
        }
        if !step["problem"].is_null() {
            assert_eq!(
                keys(&step["problem"]),
                sorted(vec!["kind", "operation", "code", "message", "request_id", "remedy", "retryable"])
            );
        }
    }
    assert_eq!(standing(&report, "delegated-administrator"), "unmet");
    assert_eq!(standing(&report, "waiting-period"), "waiting");
    assert!(!report["steps"][1]["until"].is_null());
}

#[test]
fn a_standalone_account_has_no_organization_and_nothing_blocks_it() {
    let report: Value = serde_json::from_str(&check("already-standalone", &["--format", "json"]).stdout).unwrap();
    assert_eq!((&report["organization"], &report["already_standalone"]), (&Value::Null, &Value::Bool(true)));
    assert_eq!(report["blockers"], Value::Array(Vec::new()));
}

#[test]
fn a_throttled_check_is_asked_again_until_aws_answers() {
    let report: Value = serde_json::from_str(&check("throttled", &["--format", "json"]).stdout).unwrap();
    assert_eq!((&report["blockers"], &report["ready"]), (&serde_json::json!([]), &Value::Bool(true)));
}

#[test]
fn one_step_is_judged_by_itself() {
    let answer = check("delegated-administrator", &["--format", "json", "--step", "contact-information"]);
    let report: Value = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!((answer.code, report["steps"].as_array().unwrap().len(), &report["ready"]), (0, 1, &Value::Bool(false)));
}

#[test]
fn the_text_form_says_what_holds_what_is_missing_and_what_to_do() {
    let answer = check("several-open", &[]);
    let at = |heading: &str| answer.stdout.find(heading).unwrap_or_else(|| panic!("no “{heading}” in\n{}", answer.stdout));
    assert!(at("What holds") < at("What is missing"));
    assert!(at("What is missing") < at("What to do next"));
    assert!(answer.stderr.contains("requests go to a custom endpoint"));
    assert!(!answer.stdout.contains('\u{1b}'), "colours off a terminal");
}

#[test]
fn where_the_locale_has_no_utf_8_only_ascii_is_written() {
    let practice = Practice::named("ready");
    for arguments in [&["check"][..], &["request"], &["check", "--profile", "nobody"]] {
        let home = tempfile::tempdir().unwrap();
        let mut command = leave_org(&home);
        with_keys(command.args(arguments), &practice.server.url());
        let answer = run(command.env("LANG", "C").env("AWS_PROFILE", "another"));
        assert!(!answer.stderr.is_empty() && answer.stderr.is_ascii(), "{}", answer.stderr);
        assert!(answer.stdout.is_ascii(), "{}", answer.stdout);
    }
}

#[test]
fn without_credentials_the_answer_comes_soon_and_says_what_was_tried() {
    let home = tempfile::tempdir().unwrap();
    let begun = Instant::now();
    let answer = run(leave_org(&home).args(["check", "--format", "json"]));
    let took = begun.elapsed();
    assert_eq!((answer.code, answer.stdout.as_str()), (3, ""));
    assert!(answer.stderr.contains("environment"), "{}", answer.stderr);
    assert!(took < Duration::from_secs(3), "{took:?}");
}

#[test]
fn an_unknown_profile_is_named_with_those_that_exist() {
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join("config");
    std::fs::write(&config, "[profile staging]\nregion = eu-west-1\n[profile prod]\nregion = eu-west-1\n").unwrap();
    let answer = run(leave_org(&home).args(["check", "--profile", "produ"]).env("AWS_CONFIG_FILE", &config));
    assert_eq!(answer.code, 3);
    for name in ["produ", "staging", "prod"] {
        assert!(answer.stderr.contains(name), "{}", answer.stderr);
    }
}

#[test]
fn a_refused_connection_is_said_to_be_one() {
    // Bound and dropped again, the port refuses.
    let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let home = tempfile::tempdir().unwrap();
    let mut command = leave_org(&home);
    with_keys(command.arg("check"), &format!("http://{address}"));
    let answer = run(&mut command);
    assert_eq!((answer.code, answer.stdout.as_str()), (3, ""));
    assert!(answer.stderr.contains("No connection to AWS"), "{}", answer.stderr);
}

cases! {
    a_broken_setting_is_named:
        endpoint("AWS_ENDPOINT_URL", "notaurl", "is no URL");
        region("AWS_REGION", "x y", "The setting AWS_REGION in the environment is “x y”, which is not valid.");
}

fn a_broken_setting_is_named(name: &str, value: &str, says: &str) {
    let home = tempfile::tempdir().unwrap();
    let mut command = leave_org(&home);
    with_keys(command.arg("check"), "http://127.0.0.1:1");
    let answer = run(command.env(name, value));
    assert_eq!((answer.code, answer.stdout.as_str()), (3, ""));
    assert!(answer.stderr.contains(says), "{}", answer.stderr);
}

#[test]
fn advice_that_was_asked_for_by_name_is_judged() {
    assert_eq!(check("invited-elsewhere", &["--step", "other-way-out"]).code, 6);
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_that_cannot_be_written_is_no_success() {
    let home = tempfile::tempdir().unwrap();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_leave-org"));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let server =
        runtime.block_on(Server::start(Scenario::named("ready").unwrap(), (Ipv4Addr::LOCALHOST, 0).into(), None)).unwrap();
    command
        .arg("check")
        .env_clear()
        .envs(crate::clock())
        .env("HOME", home.path())
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ENDPOINT_URL", server.url());
    command.env("AWS_ACCESS_KEY_ID", MEMBER_ACCESS_KEY).env("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY);
    let output = command.stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("could not be written"));
}

cases! {
    without_a_terminal_nothing_is_asked_and_check_is_named:
        leave(&[]);
        review(&["review"]);
        demo(&["demo"]);
}

fn without_a_terminal_nothing_is_asked_and_check_is_named(arguments: &[&str]) {
    let home = tempfile::tempdir().unwrap();
    let answer = run(leave_org(&home).args(arguments).write_stdin(""));
    assert_eq!((answer.code, answer.stdout.as_str()), (2, ""));
    assert!(answer.stderr.contains("terminal") && answer.stderr.contains("leave-org check"), "{}", answer.stderr);
}

cases! {
    a_command_line_that_cannot_be_followed_says_what_could:
        unknown_step(&["check", "--step", "nonsense"], "payment-method");
        unknown_scenario(&["simulate", "nonsense"], "several-open");
        misspelt_scenario(&["demo", "scp-denis"], "scp-denies");
        unknown_phase(&["policy", "everything"], "management");
        no_phase(&["policy"], "<PHASE>");
        unknown_shell(&["completions", "tcsh"], "powershell");
        not_loopback(&["simulate", "--listen", "0.0.0.0:0"], "loopback");
        no_yes(&["--yes"], "--yes");
        flags_before_a_command(&["--profile", "prod", "check"], "--profile");
}

fn a_command_line_that_cannot_be_followed_says_what_could(arguments: &[&str], says: &str) {
    let home = tempfile::tempdir().unwrap();
    let answer = run(leave_org(&home).args(arguments));
    assert_eq!((answer.code, answer.stdout.as_str()), (2, ""), "{}", answer.stderr);
    assert!(answer.stderr.contains(says), "{}", answer.stderr);
}

#[test]
fn help_tells_the_exit_codes() {
    let home = tempfile::tempdir().unwrap();
    let answer = run(leave_org(&home).arg("--help"));
    assert_eq!(answer.code, 0);
    assert!(answer.stdout.contains("8  the outcome of the leave is unknown"), "{}", answer.stdout);
}

#[test]
fn the_scenarios_are_listed() {
    let home = tempfile::tempdir().unwrap();
    let answer = run(leave_org(&home).args(["demo", "--list"]));
    assert_eq!(answer.code, 0);
    for scenario in Scenario::all() {
        assert!(answer.stdout.contains(&scenario.name));
    }
}

#[test]
fn a_proxy_that_asks_to_sign_in_is_told_from_a_network_that_leads_nowhere() {
    let proxy = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    // It ends with this process: nobody can tell how often the SDK will try.
    std::thread::spawn(move || {
        for stream in proxy.incoming() {
            let Ok(mut stream) = stream else { return };
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
        }
    });
    let home = tempfile::tempdir().unwrap();
    let mut command = leave_org(&home);
    with_keys(command.args(["check", "--format", "json"]), "https://aws.example");
    let answer = run(command.env("HTTPS_PROXY", address));
    assert_eq!(answer.code, 3, "{}", answer.stderr);
    assert!(
        answer.stderr.contains("What answered was not AWS") && answer.stderr.contains("proxy authorization required"),
        "{}",
        answer.stderr
    );
}

#[test]
fn a_management_profile_that_does_not_exist_is_refused_at_once_like_any_other() {
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join("config");
    std::fs::write(&config, "[profile owner]\nregion = eu-west-1\n").unwrap();
    for command in ["check", "request"] {
        let mut program = leave_org(&home);
        with_keys(program.args([command, "--management-profile", "onwer"]), "http://127.0.0.1:9");
        let answer = run(program.env("AWS_CONFIG_FILE", &config));
        assert_eq!((answer.code, answer.stdout.as_str()), (3, ""), "{}", answer.stderr);
        assert!(answer.stderr.contains("There is no profile “onwer”"), "{}", answer.stderr);
    }
}

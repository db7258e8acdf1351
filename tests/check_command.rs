//! `check` as scripts use it: forms, files, steps, time, progress, and what people said in the wizard.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use leave_org::checklist::{AccountId, Attestation, Identity, Membership, Organization, Partition, StepId, Subject, VerdictKind};
use leave_org::journal::{Entry, Folder, Journal, Opening};
use leave_org::simulator::{Damage, Fault, FaultKind};
use serde_json::{Value, json};

use crate::command_line::{Answer, Practice, keys, run};
use crate::guided_leave::{ID, reach_checklist};
use crate::report_schema::valid;
use crate::terminal::Terminal;

pub const FORMS: [&str; 4] = ["text", "json", "markdown", "html"];

cases! {
    the_form_of_a_report_does_not_change_its_code:
        open("several-open", 4);
        ready("ready", 0);
        young("fresh-account", 5);
        standalone("already-standalone", 0);
        nobody("session-expired", 3);
}

fn the_form_of_a_report_does_not_change_its_code(scenario: &str, code: i32) {
    let practice = Practice::named(scenario);
    for form in FORMS {
        for redact in [None, Some("--redact")] {
            let arguments: Vec<&str> = ["--format", form].into_iter().chain(redact).collect();
            let answer = practice.check(&arguments);
            assert_eq!(answer.code, code, "{arguments:?}: {}", answer.stderr);
            assert_eq!(answer.stdout.is_empty(), code == 3, "{arguments:?}");
        }
    }
}

#[test]
fn a_report_for_a_file_goes_there_and_nowhere_else() {
    let practice = Practice::named("payment-not-shown");
    let path = practice.home.path().join("report.md");
    fs::write(&path, "what was here before").unwrap();
    let answer = practice.check(&["--format", "markdown", "--output", "report.md"]);
    assert_eq!((answer.code, answer.stdout.as_str()), (6, ""));
    let report = fs::read_to_string(&path).unwrap();
    assert!(report.starts_with("# ") && report.contains("payments-prod") && !report.contains("before.."), "{report}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let left: Vec<_> = fs::read_dir(practice.home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["report.md"]);
}

cases! {
    a_file_that_cannot_be_written_is_an_error_with_a_hint:
        no_folder("no/where.json");
        a_folder(".");
}

fn a_file_that_cannot_be_written_is_an_error_with_a_hint(path: &str) {
    let answer = Practice::named("already-standalone").check(&["--output", path]);
    assert_eq!((answer.code, answer.stdout.as_str()), (1, ""));
    assert!(answer.stderr.contains(&format!("could not be written to {path}")), "{}", answer.stderr);
    assert!(answer.stderr.contains("Choose another file"), "{}", answer.stderr);
}

#[cfg(unix)]
cases! {
    standard_output_is_a_place_for_a_report:
        dash("-");
        device("/dev/stdout");
}

#[cfg(unix)]
fn standard_output_is_a_place_for_a_report(path: &str) {
    let practice = Practice::named("already-standalone");
    let answer = practice.check(&["--format", "json", "--output", path]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert_eq!(valid(&answer)["already_standalone"], json!(true));
    assert_eq!(fs::read_dir(practice.home.path()).unwrap().count(), 0);
}

fn ids(report: &Value) -> Vec<&str> {
    report["steps"].as_array().unwrap().iter().map(|step| step["id"].as_str().unwrap()).collect()
}

#[test]
fn steps_are_told_once_each_and_in_the_order_of_the_checklist_however_they_were_asked_for() {
    let practice = Practice::named("several-open");
    let named = ["payment-method", "membership", "payment-method", "support-plan"];
    let arguments: Vec<&str> = ["--format", "json"].into_iter().chain(named.into_iter().flat_map(|id| ["--step", id])).collect();
    let answer = practice.check(&arguments);
    let report = valid(&answer);
    assert_eq!(ids(&report), ["membership", "support-plan", "payment-method"]);
    assert_eq!((answer.code, &report["blockers"]), (6, &json!(["support-plan", "payment-method"])));
}

#[test]
fn eleven_times_the_same_step_is_not_the_whole_checklist() {
    let practice = Practice::named("payment-not-shown");
    let arguments: Vec<&str> = ["--format", "json"].into_iter().chain([["--step", "membership"]; 11].concat()).collect();
    let answer = practice.check(&arguments);
    let report = valid(&answer);
    assert_eq!((answer.code, ids(&report), &report["ready"]), (0, vec!["membership"], &json!(false)));
    assert!(practice.server.requests().iter().all(|request| request.operation != "iam:ListRoles"), "it asks for more");
}

#[test]
fn what_does_not_answer_in_time_is_not_known_and_the_rest_is_told() {
    let practice = Practice::named("payment-not-shown");
    practice.server.inject(Fault::new("iam:ListRoles", Damage::Stall));
    practice.server.inject(Fault::new("account:GetContactInformation", Damage::Stall));
    let begun = Instant::now();
    // Long enough for every other answer on a busy machine, and shorter than a call that is tried again may take.
    let answer = practice.check(&["--format", "json", "--timeout", "12"]);
    let took = begun.elapsed();
    let report = valid(&answer);
    let step = |id: StepId| &report["steps"][id.index()];
    assert_eq!((answer.code, &step(StepId::ContactInformation)["standing"]), (6, &json!("unknown")));
    let problem = &step(StepId::ContactInformation)["problem"];
    assert_eq!(problem["kind"], json!("timed-out"));
    // Said by the limit of the command, and not by the time-outs of the calls.
    let said = problem["message"].as_str().unwrap();
    assert!(said.starts_with("No answer within 1") && said.ends_with(" s."), "{said}");
    assert_eq!(step(StepId::Membership)["standing"], json!("met"));
    assert!(took >= Duration::from_secs(10) && took < Duration::from_secs(40), "{took:?}");
}

#[test]
fn when_nobody_says_in_time_who_we_are_there_is_no_report() {
    let practice = Practice::named("payment-not-shown");
    practice.server.inject(Fault::new("*", Damage::Stall));
    let begun = Instant::now();
    let answer = practice.check(&["--timeout", "1"]);
    assert_eq!((answer.code, answer.stdout.as_str()), (3, ""), "{}", answer.stderr);
    assert!(begun.elapsed() < Duration::from_secs(20));
}

#[test]
fn that_there_is_nothing_to_leave_is_said_after_two_reads_that_agree() {
    let practice = Practice::named("payment-not-shown");
    let read = "organizations:DescribeOrganization";
    let code = "AWSOrganizationsNotInUseException".to_owned();
    let flap = Damage::Error { code, message: "Your account is not a member.".to_owned(), reason: None, status: None };
    practice.server.inject(Fault::new(read, flap).on_calls(1..=1));
    let answer = practice.check(&["--format", "json"]);
    let report = valid(&answer);
    assert_eq!((answer.code, &report["already_standalone"]), (6, &json!(false)), "{}", answer.stdout);
    assert!(
        report["steps"].as_array().unwrap().iter().all(|step| step["standing"] != json!("not-applicable")),
        "{}",
        answer.stdout
    );
    let reads = practice.server.requests().iter().filter(|request| request.operation == read).count();
    assert_eq!(reads, 2, "and no more than that");
}

/// AWS's word for an account in no organization.
fn not_in_use() -> Damage {
    let code = "AWSOrganizationsNotInUseException".to_owned();
    Damage::Error { code, message: "Your account is not a member.".to_owned(), reason: None, status: None }
}

const MEMBERSHIP: &str = "organizations:DescribeOrganization";

#[test]
fn that_there_is_nothing_to_leave_is_not_said_where_the_second_read_does_not_end() {
    let practice = Practice::named("ready");
    practice.server.inject(Fault::new(MEMBERSHIP, not_in_use()).on_calls(1..=1));
    practice.server.inject(Fault::new(MEMBERSHIP, Damage::Stall).on_calls(2..=9));
    let answer = practice.check(&["--format", "json", "--timeout", "3"]);
    assert_eq!((answer.code, answer.stdout.as_str()), (3, ""), "{}", answer.stderr);
}

#[test]
fn nothing_is_called_not_applicable_where_the_second_read_is_denied() {
    let practice = Practice::named("delegated-administrator");
    let steady = valid(&practice.check(&["--format", "json"]));
    let code = "AccessDeniedException".to_owned();
    let denied = Damage::Error { code, message: "no".to_owned(), reason: None, status: None };
    practice.server.inject(Fault::new(MEMBERSHIP, not_in_use()).on_calls(1..=1));
    practice.server.inject(Fault::new(MEMBERSHIP, denied).on_calls(2..=9));
    let report = valid(&practice.check(&["--format", "json"]));
    assert_eq!(report["already_standalone"], json!(false));
    for (step, steady) in report["steps"].as_array().unwrap().iter().zip(steady["steps"].as_array().unwrap()) {
        assert_ne!(step["standing"], "not-applicable", "{}", step["id"]);
        if step["id"] == "delegated-administrator" {
            assert_eq!(step["standing"], steady["standing"]);
        }
    }
}

#[test]
fn one_flap_leaves_no_step_unlooked_at_however_slow_aws_is() {
    let practice = Practice::named("ready");
    practice.server.inject(Fault::new(MEMBERSHIP, not_in_use()).on_calls(1..=1));
    for operation in ["iam:GetRole", "support:DescribeSeverityLevels", "account:GetContactInformation", "iam:ListRoles"] {
        practice.server.inject(Fault::new(operation, FaultKind::Latency { ms: 300 }).on_calls(1..=2));
    }
    let answer = practice.check(&["--format", "json"]);
    let steady = practice.check(&["--format", "json"]);
    assert_eq!(answer.code, steady.code, "{}", answer.stdout);
    assert!(!answer.stdout.contains("Nobody has looked"), "{}", answer.stdout);
}

#[test]
fn credentials_that_end_while_the_records_flap_leave_no_step_unlooked_at() {
    let practice = Practice::named("ready");
    let code = "ExpiredTokenException".to_owned();
    let expired = Damage::Error { code, message: "The token has expired.".to_owned(), reason: None, status: None };
    practice.server.inject(Fault::new(MEMBERSHIP, not_in_use()).on_calls(1..=1));
    practice.server.inject(Fault::new("account:GetContactInformation", expired).on_calls(1..=1));
    let answer = practice.check(&["--format", "json"]);
    assert!(!answer.stdout.contains("Nobody has looked"), "{}", answer.stdout);
}

#[test]
fn what_was_found_while_the_records_flapped_is_asked_again_and_nothing_beside_it() {
    let practice = Practice::named("payment-not-shown");
    let read = "organizations:DescribeOrganization";
    let flap = not_in_use();
    let steps = ["--format", "json", "--step", "permission", "--step", "support-plan"];
    let steady = valid(&practice.check(&steps));
    practice.server.inject(Fault::new(read, flap).on_calls(1..=1));
    let before = practice.server.requests().len();
    let report = valid(&practice.check(&steps));
    let told = |report: &Value, name: &str| {
        report["steps"].as_array().unwrap().iter().map(|step| step[name].clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&report), ["permission", "support-plan"]);
    for name in ["standing", "summary", "details"] {
        assert_eq!(told(&report, name), told(&steady, name));
    }
    let requests = practice.server.requests().split_off(before);
    assert_eq!(requests.iter().filter(|request| request.operation == read).count(), 2);
    assert!(requests.iter().all(|request| request.operation != "iam:ListRoles"), "it asks for more");
}

#[test]
fn a_check_that_is_asked_again_does_not_ask_again_who_we_are() {
    let practice = Practice::named("payment-not-shown");
    let asked = "support:DescribeSeverityLevels";
    practice.server.inject(Fault::new(asked, FaultKind::Throttle).on_calls(1..=3));
    let answer = practice.check(&["--format", "json", "--step", "support-plan", "--step", "membership"]);
    assert_eq!(valid(&answer)["steps"][1]["problem"], Value::Null, "{}", answer.stdout);
    let times = |operation: &str| practice.server.requests().iter().filter(|request| request.operation == operation).count();
    assert_eq!((times(asked), times("sts:GetCallerIdentity"), times("organizations:DescribeOrganization")), (4, 1, 1));
}

#[test]
fn progress_is_told_to_a_terminal_and_to_nobody_else() {
    let practice = Practice::named("payment-not-shown");
    assert!(!practice.check(&[]).stderr.contains("checked:"));

    let path = practice.home.path().join("report.json");
    let script = format!("\"{}\" check --format json > \"{}\"; echo code $?", env!("CARGO_BIN_EXE_leave-org"), path.display());
    let url = practice.server.url();
    let mut terminal = Terminal::start_program("/bin/sh".as_ref(), &["-c", &script], (100, 40), &keys(&url));
    terminal.wait_for("code 6");
    terminal.end();
    let screen = terminal.screen();
    assert_eq!(screen.matches("checked: ").count(), StepId::ALL.len(), "{screen}");
    assert!(!terminal.raw.contains(&0x1b), "lines, and no colours");
    let stdout = fs::read_to_string(path).unwrap();
    valid(&Answer { code: 6, stdout, stderr: String::new() });
}

/// A word for the payment method, as the wizard writes it: said so long ago, by this person, against these endpoints.
struct Word {
    ago: SignedDuration,
    by: &'static str,
    note: Option<&'static str>,
    endpoints: Vec<String>,
}

impl Word {
    fn about(practice: &Practice) -> Self {
        let (ago, note) = (SignedDuration::from_mins(5), Some("a card ending in 4242"));
        Self { ago, by: "anna", note, endpoints: endpoints(practice) }
    }

    fn write(self, practice: &Practice) {
        let at = Timestamp::now() - self.ago;
        let mut journal = begin(practice, self.by, self.endpoints, at);
        let attestation = Attestation {
            is_override: false,
            by: self.by.to_owned(),
            at,
            expires_at: at + SignedDuration::from_hours(24),
            note: self.note.map(str::to_owned),
            over: VerdictKind::NeedsYou,
            reading: None,
            rule: "not-shown".to_owned(),
        };
        journal.write(&Entry::Attested { step: StepId::PaymentMethod, attestation }, at).unwrap();
    }
}

/// The endpoints of a run against this practice AWS, as a journal names them.
pub fn endpoints(practice: &Practice) -> Vec<String> {
    vec![practice.server.url()]
}

/// Begins a run in the journal of the account, as the wizard does.
pub fn begin(practice: &Practice, by: &str, endpoints: Vec<String>, at: Timestamp) -> Journal {
    let account: AccountId = ID.parse().unwrap();
    let opening = Opening { run: format!("run at {at}"), endpoints: endpoints.clone(), at };
    let (mut journal, _) = Folder::at(folder(practice)).open(&account, opening).unwrap();
    let (version, mode, by) = ("0.1.0".to_owned(), "guided".to_owned(), by.to_owned());
    journal.write(&Entry::Opened { version, mode, by, profile: None, endpoints }, at).unwrap();
    journal.write(&Entry::Identified { subject: subject(account) }, at).unwrap();
    journal
}

fn folder(practice: &Practice) -> PathBuf {
    practice.home.path().join(".local/state/leave-org")
}

fn subject(account: AccountId) -> Subject {
    let membership = Membership::Member(Organization {
        id: "o-a1b2c3d4e5".to_owned(),
        management_account: Some("305611223344".parse().unwrap()),
        feature_set: Some("ALL".to_owned()),
    });
    let arn = format!("arn:aws:sts::{account}:assumed-role/PlatformAdmin/maria.keller");
    Subject { identity: Identity { account, arn, partition: Partition::Aws }, details: None, membership }
}

fn payment(answer: &Answer) -> Value {
    valid(answer)["steps"][StepId::PaymentMethod.index()].clone()
}

#[test]
fn a_word_that_still_counts_is_counted_and_told_as_one() {
    let practice = Practice::named("payment-not-shown");
    Word::about(&practice).write(&practice);
    let answer = practice.check(&["--format", "json"]);
    let step = payment(&answer);
    assert_eq!((answer.code, &step["standing"]), (0, &json!("attested")), "{step} {}", answer.stderr);
    let word = &step["attestation"];
    assert_eq!((&word["by"], &word["note"]), (&json!("anna"), &json!("a card ending in 4242")));
    let time = |name: &str| word[name].as_str().unwrap().parse::<Timestamp>().unwrap();
    assert_eq!(time("expires_at").duration_since(time("at")), SignedDuration::from_hours(24));
    assert_eq!(valid(&answer)["ready"], json!(true));
    for form in ["text", "markdown"] {
        let answer = practice.check(&["--format", form]);
        assert!(answer.code == 0 && answer.stdout.contains("Confirmed by anna on"), "{}", answer.stdout);
        assert!(answer.stdout.contains("on a person's word"), "{}", answer.stdout);
    }
}

#[test]
fn where_aws_payments_cannot_be_reached_a_person_is_asked_and_who_was_to_answer_is_told() {
    let practice = Practice::named("ready");
    let check = |form: &str| {
        let mut command = practice.command(&["--format", form]);
        run(command.env("AWS_ENDPOINT_URL_PAYMENTS", "http://127.0.0.1:9").env("NO_PROXY", "127.0.0.1"))
    };
    let answer = check("json");
    let step = payment(&answer);
    assert_eq!((answer.code, &step["standing"]), (6, &json!("needs-you")), "{step} {}", answer.stderr);
    let asked = &step["evidence"][0];
    assert_eq!((&asked["operation"], &asked["outcome"]), (&json!("payments:ListPaymentInstruments"), &json!("unreachable")));
    let told = check("text").stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("AWS Payments, which lists payment methods, could not be reached from here."), "{told}");
    assert!(told.contains("127.0.0.1:9 for payments"), "{told}");
}

#[test]
fn a_word_does_not_count_a_day_later_nor_against_another_endpoint() {
    let practice = Practice::named("payment-not-shown");
    Word { ago: SignedDuration::from_hours(25), ..Word::about(&practice) }.write(&practice);
    Word { endpoints: vec!["localhost:4566".to_owned()], ..Word::about(&practice) }.write(&practice);
    Word { endpoints: Vec::new(), ..Word::about(&practice) }.write(&practice);
    let answer = practice.check(&["--format", "json"]);
    let step = payment(&answer);
    assert_eq!((answer.code, &step["standing"], &step["attestation"]), (6, &json!("needs-you"), &Value::Null));
    assert!(answer.stderr.contains("the word for “Payment method” counted until"), "{}", answer.stderr);
}

#[test]
fn a_word_that_was_taken_back_is_not_missed_when_its_time_is_over() {
    let practice = Practice::named("payment-not-shown");
    Word { ago: SignedDuration::from_hours(26), ..Word::about(&practice) }.write(&practice);
    let at = Timestamp::now() - SignedDuration::from_hours(25);
    let withdrawn = Entry::Withdrawn { step: StepId::PaymentMethod };
    begin(&practice, "anna", endpoints(&practice), at).write(&withdrawn, at).unwrap();
    let answer = practice.check(&[]);
    assert!(answer.code == 6 && !answer.stderr.contains("counted until"), "{}", answer.stderr);
}

#[test]
fn while_it_is_not_known_what_became_of_a_leave_nothing_is_ready_and_the_code_says_so() {
    let practice = Practice::named("payment-not-shown");
    Word::about(&practice).write(&practice);
    let open = |minutes: i64| {
        let at = Timestamp::now() - SignedDuration::from_mins(minutes);
        begin(&practice, "anna", endpoints(&practice), at).write(&intended(at), at).unwrap();
    };
    // AWS's records count as settled by now: what they show is what is.
    open(90);
    let old = practice.check(&["--format", "json"]);
    assert_eq!((old.code, &valid(&old)["ready"]), (0, &json!(true)), "{}", old.stderr);
    open(5);
    let answer = practice.check(&["--format", "json"]);
    assert_eq!((answer.code, &valid(&answer)["ready"]), (8, &json!(false)));
    assert!(answer.stderr.contains("it is not known what became of it"), "{}", answer.stderr);
    for form in ["text", "markdown", "html"] {
        let report = practice.check(&["--format", form]).stdout;
        assert!(report.contains("A leave was asked for on") && !report.contains("The guided leave can begin"), "{report}");
    }
    // One read outside the organization tells it no better, as long as AWS's records have not settled.
    practice.server.change(|account| account.member = false);
    let gone = practice.check(&[]);
    assert_eq!(gone.code, 8, "{}", gone.stderr);
    assert!(
        gone.stdout.contains("AWS reports no organization.") && gone.stdout.contains("this is not certain"),
        "{}",
        gone.stdout
    );
    let report = valid(&practice.check(&["--format", "json"]));
    assert_eq!((&report["already_standalone"], &report["ready"]), (&json!(true), &json!(false)));
}

#[test]
fn of_an_account_that_is_out_long_after_a_request_it_is_said_where_to_look_that_up() {
    let practice = Practice::named("payment-not-shown");
    let at = Timestamp::now() - SignedDuration::from_mins(90);
    begin(&practice, "anna", endpoints(&practice), at).write(&intended(at), at).unwrap();
    practice.server.change(|account| account.member = false);
    let gone = practice.check(&[]);
    assert_eq!(gone.code, 0, "{}", gone.stderr);
    assert!(gone.stdout.contains("What became of this request is not in the journal."), "{}", gone.stdout);
    assert!(gone.stderr.contains("an earlier request to leave may be why"), "{}", gone.stderr);
}

/// A request to leave that was about to be sent.
fn intended(at: Timestamp) -> Entry {
    let intent =
        json!({ "principal": "p", "organization": "o-a1b2c3d4e5", "standings": "0f", "confirmed_at": at, "made_at": at });
    Entry::Intended(serde_json::from_value(intent).unwrap())
}

#[cfg(unix)]
#[test]
fn a_journal_that_others_could_write_counts_for_nothing_and_that_is_said() {
    use std::os::unix::fs::PermissionsExt;
    let practice = Practice::named("payment-not-shown");
    Word::about(&practice).write(&practice);
    let path = folder(&practice).join(format!("{ID}.jsonl"));
    fs::set_permissions(&path, PermissionsExt::from_mode(0o666)).unwrap();
    let answer = practice.check(&["--format", "json"]);
    assert_eq!((answer.code, &payment(&answer)["standing"]), (6, &json!("needs-you")));
    assert!(answer.stderr.contains("what was said in the wizard does not count here"), "{}", answer.stderr);
    assert!(answer.stderr.contains(path.to_str().unwrap()), "{}", answer.stderr);
}

#[test]
fn what_is_said_in_a_review_counts_also_while_the_review_is_still_open() {
    let practice = Practice::named("payment-not-shown");
    let (url, state) = (practice.server.url(), practice.home.path().join("state"));
    let state = state.to_str().unwrap();
    let environment: Vec<(&str, &str)> = keys(&url).into_iter().chain([("XDG_STATE_HOME", state)]).collect();
    let mut terminal = Terminal::start(&["review"], (120, 50), &environment);
    terminal.wait_for("Enter go to the checklist");
    reach_checklist(&mut terminal);
    let mut command = practice.command(&["--format", "json"]);
    assert_eq!(run(command.env("XDG_STATE_HOME", state)).code, 6);
    terminal.press("jjjjj", "AWS did not let these credentials list the payment methods");
    terminal.press("a", "In your words");
    terminal.send("a card ending in 4242");
    terminal.press("\r", "attested");
    let answer = run(&mut command);
    let step = payment(&answer);
    assert_eq!((answer.code, &step["standing"]), (0, &json!("attested")), "{step} {}", answer.stderr);
    assert_eq!(step["attestation"]["note"], json!("a card ending in 4242"));
    terminal.kill();
}

/// A report into a pipe that nobody reads, and onto standard output that nobody reads: it ends in time and says why.
#[cfg(unix)]
#[test]
fn what_nobody_reads_is_not_written_without_end() {
    let practice = Practice::named("ready");
    let fifo = practice.home.path().join("fifo");
    let status = std::process::Command::new("mkfifo").arg(&fifo).status().unwrap();
    assert!(status.success());
    // Somebody holds it open and reads nothing: the report is longer than what a pipe takes in.
    let (reader, writer) = std::io::pipe().unwrap();
    #[cfg(target_os = "linux")]
    rustix::pipe::fcntl_setpipe_size(&reader, 4096).unwrap();
    for (output, place, command) in
        [(Some("fifo"), "fifo", "check"), (Some("fifo"), "fifo", "request"), (None, "standard output", "check")]
    {
        let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_leave-org"));
        program.env_clear().envs(crate::clock()).envs(keys(&practice.server.url())).env("HOME", practice.home.path());
        program.current_dir(practice.home.path()).args([command, "--timeout", "3"]);
        match output {
            Some(path) => program.args(["--output", path]).stdout(std::process::Stdio::null()),
            None => program.args(["--format", "html"]).stdout(writer.try_clone().unwrap()),
        };
        let begun = Instant::now();
        let answer = program.output().unwrap();
        let said = String::from_utf8(answer.stderr).unwrap();
        assert_eq!(answer.status.code(), Some(1), "{said}");
        assert!(said.contains(&format!(" could not be written to {place} in time. Nothing may be reading it.")), "{said}");
        assert!(said.contains("Hint: "), "{said}");
        // What a busy machine adds is not the program's.
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    }
    drop(reader);
}

//! `request`: the message to the organization's owner, against every scenario.
//!
//! After a change on purpose, `INSTA_UPDATE=always cargo test request` writes the messages in `tests/snapshots/` anew; then run `.ci/aws-cli`,
//! which takes the commands from there.

use insta::assert_snapshot;
use jiff::Timestamp;
use leave_org::checklist::facts::{
    AccessAfterwardsFact, DelegatedAdministratorFact, DelegatedAdministratorLine, Few, OtherWayOutFact, PermissionFact,
};
use leave_org::checklist::{
    AccountDetails, Checklist, Destination, Finding, Identity, Membership, Organization, Partition, Problem, ProblemKind, StepId,
    Subject, Verdict,
};
use leave_org::report::request::of_checklist;
use regex_lite::Regex;

use crate::command_line::{against, leave_org, run, with_keys};

/// The message without what is another each time.
fn settled(message: &str) -> String {
    let times = Regex::new(r"\d{4}-\d{2}-\d{2}(\s+)\d{2}:\d{2}(\s+)UTC").unwrap();
    let message = times.replace_all(message, "0000-00-00${1}00:00${2}UTC");
    let message = Regex::new(r"127\.0\.0\.1:\d+").unwrap().replace_all(&message, "[HOST]");
    message.replace(env!("CARGO_PKG_VERSION"), "[VERSION]")
}

fn titles(message: &str) -> Vec<&str> {
    let number = |line: &str| line.split_once(". ").is_some_and(|(number, _)| number.parse::<u8>().is_ok());
    message.lines().filter(|line| number(line)).collect()
}

cases! {
    the_owner_is_asked_for_what_is_open_and_for_nothing_else:
        ready("ready", &["StackSets", "shared resources"]);
        several_open("several-open", &["Take a delegated service away", "a password for the root user", "StackSets", "shared resources"]);
        finish_here("finish-here", &["Take 3 delegated services away", "StackSets", "shared resources"]);
        fresh_account("fresh-account", &["how this account joined", "StackSets", "shared resources"]);
        scp_denies("scp-denies", &["Let this account leave", "StackSets", "shared resources"]);
        delegated_administrator("delegated-administrator", &["Take 3 delegated services away", "StackSets", "shared resources"]);
        payment_missing("payment-missing", &["StackSets", "shared resources"]);
        billing_access_off("billing-access-off", &["StackSets", "shared resources"]);
        no_way_in("no-way-in-afterwards", &["a password for the root user", "StackSets", "shared resources"]);
        invited("invited-elsewhere", &["StackSets", "shared resources"]);
        management_account("management-account", &[]);
        standalone("already-standalone", &[]);
        throttled("throttled", &["StackSets", "shared resources"]);
        slow("slow", &["StackSets", "shared resources"]);
        lost_answer("lost-answer", &["StackSets", "shared resources"]);
        everything_wrong("everything-wrong", &["Let this account leave", "Take 2 delegated services away", "a password for the root user",
            "how this account joined", "StackSets", "shared resources"]);
}

fn the_owner_is_asked_for_what_is_open_and_for_nothing_else(scenario: &str, asked: &[&str]) {
    let answer = against(scenario, &["request"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let titles = titles(&answer.stdout);
    let is_asked = |(at, title): (usize, &&str)| title.starts_with(&format!("{}. ", at + 1)) && title.contains(asked[at]);
    assert!(titles.len() == asked.len() && titles.iter().enumerate().all(is_asked), "{titles:?}");
    let count = match asked.len() {
        0 => None,
        1 => Some("a request to".to_owned()),
        several => Some(format!("{several} requests to")),
    };
    let subject = answer.stdout.lines().next().unwrap();
    assert!(count.is_none_or(|count| subject.starts_with("Subject: ") && subject.contains(&count)), "{subject}");
    assert!(answer.stderr.contains("requests go to a custom endpoint"), "{}", answer.stderr);
    // A template that could not be filled would show its braces.
    assert!(!answer.stdout.contains("{{") && !answer.stdout.contains("{%"), "{}", answer.stdout);
}

cases! {
    the_message_is_this_one:
        everything_wrong_reads("everything-wrong");
        scp_denies_reads("scp-denies");
        delegated_administrator_reads("delegated-administrator");
        no_way_in_reads("no-way-in-afterwards");
        invited_elsewhere_reads("invited-elsewhere");
        ready_reads("ready");
        already_standalone_reads("already-standalone");
        management_account_reads("management-account");
}

fn the_message_is_this_one(scenario: &str) {
    let answer = against(scenario, &["request"]);
    assert_snapshot!(scenario, settled(&answer.stdout));
}

#[test]
fn the_example_in_the_readme_is_what_the_program_writes() {
    let readme = include_str!("../README.md");
    let example = readme.split("````\n").nth(1).unwrap();
    let message = against("delegated-administrator", &["request"]).stdout;
    let written: Vec<&str> = message.lines().collect();
    for line in example.lines().filter(|line| line.trim() != "…") {
        assert!(written.contains(&line), "{line}");
    }
    assert!(example.lines().count() > 20);
}

#[test]
fn prose_is_wrapped_for_mail_and_commands_are_whole() {
    let answer = against("everything-wrong", &["request"]);
    let mut inside = false;
    for (at, line) in answer.stdout.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        } else if at > 0 && !inside {
            assert!(line.chars().count() <= 78, "{line}");
        }
    }
    assert!(!inside);
}

#[test]
fn what_could_not_be_found_out_is_said_on_standard_error_and_not_in_the_message() {
    let answer = against("everything-wrong", &["request"]);
    assert!(answer.stderr.contains("could not be found out") && answer.stderr.contains("Another way out"), "{}", answer.stderr);
    assert!(!answer.stdout.contains("could not be found out"));
}

#[test]
fn the_message_goes_into_a_file_and_a_file_that_cannot_be_written_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("message.md");
    let answer = against("ready", &["request", "--output", file.to_str().unwrap()]);
    assert_eq!((answer.code, answer.stdout.as_str()), (0, ""), "{}", answer.stderr);
    assert!(std::fs::read_to_string(&file).unwrap().starts_with("Subject: AWS account payments-prod"));
    let nowhere = folder.path().join("no such folder/message.md");
    let answer = against("ready", &["request", "--output", nowhere.to_str().unwrap()]);
    assert_eq!((answer.code, answer.stdout.as_str()), (1, ""));
    assert!(answer.stderr.contains("The message could not be written to"), "{}", answer.stderr);
}

#[test]
fn without_an_identity_there_is_no_message() {
    let expired = against("session-expired", &["request"]);
    assert_eq!((expired.code, expired.stdout.as_str()), (3, ""), "{}", expired.stderr);
    let home = tempfile::tempdir().unwrap();
    let mut command = leave_org(&home);
    with_keys(command.args(["request", "--timeout", "2"]), "http://127.0.0.1:1");
    let unreachable = run(&mut command);
    assert_eq!((unreachable.code, unreachable.stdout.as_str()), (3, ""), "{}", unreachable.stderr);
    assert_eq!(run(leave_org(&home).args(["request", "--step", "permission"])).code, 2);
}

/// A member about which nothing is open but what only a look can show.
fn member() -> Checklist {
    let arn = "arn:aws:iam::412098765432:user/anna";
    let organization = Organization {
        id: "o-a1b2c3d4e5".to_owned(),
        management_account: Some("305611223344".parse().unwrap()),
        feature_set: Some("ALL".to_owned()),
    };
    let mut checklist = Checklist::default();
    checklist.subject = Some(Subject {
        identity: Identity { account: "412098765432".parse().unwrap(), arn: arn.to_owned(), partition: Partition::Aws },
        details: Some(AccountDetails { name: Some("payments-prod".to_owned()), state: None, created_at: None }),
        membership: Membership::Member(organization),
    });
    let found = Finding::new(StepId::OtherWayOut, OtherWayOutFact::NoInvitation, Verdict::Met);
    checklist.record(found.finish(Partition::Aws, Timestamp::UNIX_EPOCH));
    checklist
}

#[test]
fn an_account_that_goes_to_another_organization_has_a_second_message_for_its_owner() {
    let mut checklist = member();
    checklist.destination = Some(Destination::AnotherOrganization);
    let message = of_checklist(&checklist, &[], Timestamp::UNIX_EPOCH);
    assert_snapshot!("to-the-next-owner", settled(&message));
}

fn registered(services: &[&str]) -> Finding {
    let account = "412098765432".parse().unwrap();
    let fact = DelegatedAdministratorFact::Registered { services: Few::default(), count: services.len(), account };
    let services = services.iter().map(|service| DelegatedAdministratorLine::Service { service: (*service).to_owned() });
    Finding::new(StepId::DelegatedAdministrator, fact, Verdict::Unmet).lines(services)
}

#[test]
fn what_no_scenario_shows_reads_well_too() {
    let policy = "arn:aws-us-gov:organizations::305611223344:policy/o-a1b2c3d4e5/service_control_policy/p-4tk9denyx2";
    let refused = |operation: &str| {
        let words = format!("not authorized to perform: {operation} with an explicit deny in a service control policy: {policy}");
        Problem::here(ProblemKind::DeniedByServiceControlPolicy, operation, &words, Timestamp::UNIX_EPOCH)
    };
    let root = Problem::here(ProblemKind::NotEligible, "iam:SimulatePrincipalPolicy", "", Timestamp::UNIX_EPOCH);
    let mut checklist = member();
    checklist.destination = Some(Destination::Closure);
    let subject = checklist.subject.as_mut().unwrap();
    subject.identity.partition = Partition::GovCloud;
    subject.identity.arn = "arn:aws-us-gov:iam::412098765432:root".to_owned();
    for draft in [
        Finding::new(StepId::Permission, PermissionFact::RootUser, Verdict::Unknown(root)),
        registered(&["detective.amazonaws.com", "x; rm -rf ~"]),
        Finding::new(StepId::AccessAfterwards, AccessAfterwardsFact::TooManyUsers { looked_at: 100 }, Verdict::NeedsYou),
        Finding::unknown(StepId::SupportPlan, refused("support:DescribeSeverityLevels")),
        Finding::unknown(StepId::BillingAccess, refused("billing:GetCredits")),
    ] {
        checklist.record(draft.finish(Partition::GovCloud, Timestamp::UNIX_EPOCH));
    }
    let message = of_checklist(&checklist, &[], Timestamp::UNIX_EPOCH);
    assert_snapshot!("rare", settled(&message));
}

/// The blocks of shell commands in a message.
#[cfg(unix)]
fn blocks(message: &str) -> Vec<String> {
    let unindented: Vec<&str> = message.lines().map(|line| line.strip_prefix("   ").unwrap_or(line)).collect();
    let block =
        |from: &[&str]| from.iter().take_while(|line| **line != "```").fold(String::new(), |block, line| block + line + "\n");
    unindented.iter().enumerate().filter(|(_, line)| **line == "```sh").map(|(at, _)| block(&unindented[at + 1..])).collect()
}

/// What a shell says that runs `commands`. In it, `aws` only says what it was called with, except that each target has the policies of
/// `attached`, every policy forbids to leave, and the account hangs in the unit `ou-1` and that one in the root.
#[cfg(unix)]
fn shell(attached: &str, commands: &str) -> String {
    let aws = format!(
        r#"aws() {{
  case "$1 $2 $4" in
    "organizations list-policies-for-target "*) case "$4" in {attached} *) ;; esac ;;
    "organizations describe-policy "*) echo organizations:LeaveOrganization ;;
    "organizations list-parents ou-1") echo r-1 ;;
    "organizations list-parents "*) echo ou-1 ;;
    *) echo "ran: $*" ;;
  esac
}}
"#
    );
    let folder = tempfile::tempdir().unwrap();
    let output =
        std::process::Command::new("sh").current_dir(&folder).args(["-c", &format!("{aws}{commands}")]).output().unwrap();
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
}

#[cfg(unix)]
cases! {
    the_look_for_the_policy_forgets_an_earlier_one_and_decides_nothing_between_two:
        none("", "No policy that was shown names LeaveOrganization.", "");
        one("ou-1) echo p-one ;;", "LEAVE_POLICY is p-one", "p-one");
        the_same_twice("ou-1|r-1) echo p-one ;;", "LEAVE_POLICY is p-one", "p-one");
        two("ou-1) echo p-one ;; r-1) echo p-two ;;", "More than one policy names LeaveOrganization: p-one p-two.", "");
        two_in_one_place("r-1) echo p-one p-two ;;", "More than one policy names LeaveOrganization: p-one p-two.", "");
}

#[cfg(unix)]
fn the_look_for_the_policy_forgets_an_earlier_one_and_decides_nothing_between_two(attached: &str, said: &str, chosen: &str) {
    let message = against("scp-denies", &["request"]).stdout;
    let look = &blocks(&message)[0];
    let answer = shell(attached, &format!("LEAVE_POLICY=p-old POLICY=p-old\n{look}\necho \"[$LEAVE_POLICY]\""));
    assert!(answer.contains(said) && answer.ends_with(&format!("[{chosen}]\n")), "{answer}");
}

/// What the shell may know already, from a message about another account or from another program, is never what the reader chose.
#[cfg(unix)]
#[test]
fn a_block_with_a_choice_runs_nothing_until_it_is_filled_in() {
    let mut checklist = member();
    let problem = Problem::here(ProblemKind::DeniedByServiceControlPolicy, "support:X", "", Timestamp::UNIX_EPOCH);
    for draft in [registered(&[]), Finding::unknown(StepId::SupportPlan, problem)] {
        checklist.record(draft.finish(Partition::Aws, Timestamp::UNIX_EPOCH));
    }
    let message = of_checklist(&checklist, &[], Timestamp::UNIX_EPOCH);
    let known = "NAME=host SERVICE=x RESOURCE=x POLICY=p-old STACK_SET_TO_KEEP=x SERVICE_TO_END=x RESOURCE_TO_KEEP=x \
        READ_SERVICE_CONTROL_POLICY=p-old\n";
    let mut before = known.to_owned();
    let mut choices = 0;
    for block in blocks(&message) {
        let (choosing, others): (Vec<&str>, Vec<&str>) = block.lines().partition(|line| line.contains(":?"));
        for command in choosing {
            choices += 1;
            // The shell of this test ends where one that a person types into goes on, so the commands that stop it run one by one.
            for set in others.iter().filter(|line| line.ends_with('=')) {
                before += &(set.to_string() + "\n");
            }
            let answer = shell("", &format!("{before}{command}"));
            let why = answer.lines().next().unwrap_or_default();
            let is_why =
                ["found above", "list above", "list above names it", "go on sharing"].iter().any(|end| why.ends_with(end));
            assert!(is_why && answer.lines().count() == 1, "{block}{answer}");
        }
    }
    assert_eq!(choices, 5, "{message}");
}

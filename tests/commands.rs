//! The command of a profile (`credential_process`) has the terminal while it runs, and ends with whoever waits for it.

use leave_org::simulator::{MEMBER_ACCESS_KEY, SECRET_ACCESS_KEY};

use crate::command_line::{leave_org, run};
use crate::connecting::Machine;
use crate::terminal::Terminal;
use crate::ways_in::Practice;

const SIZE: (u16, u16) = (110, 36);

/// What prints credentials of the member.
fn prints_keys() -> String {
    format!(r#"echo '{{"Version":1,"AccessKeyId":"{MEMBER_ACCESS_KEY}","SecretAccessKey":"{SECRET_ACCESS_KEY}"}}'"#)
}

/// A machine whose profile `deal` gets its credentials from this script.
fn machine(script: &str) -> Machine {
    let machine = Machine::new("");
    machine.write("prompt.sh", script);
    let command = format!("sh {}", machine.path("prompt.sh"));
    machine.write("config", &format!("[profile deal]\nregion = us-east-1\ncredential_process = {command}\n"));
    machine
}

/// Asks on the terminal, as tools do that want a code, and notes what it got and who it is.
fn prompts(machine: &Machine) -> String {
    let home = machine.path("");
    format!(
        "echo $$ > {home}/pid\nprintf 'Enter MFA code: ' > /dev/tty\nread code < /dev/tty\necho \"$code\" >> {home}/codes\n{}\n",
        prints_keys()
    )
}

fn prompting() -> Machine {
    let machine = machine("");
    machine.write("prompt.sh", &prompts(&machine));
    machine
}

fn start(machine: &Machine, practice: &Practice, more: &[&str]) -> Terminal {
    let (home, url) = (machine.path(""), practice.server.url());
    let environment = [
        ("HOME", home.as_str()),
        ("XDG_STATE_HOME", &home),
        ("PATH", "/usr/bin:/bin"),
        ("AWS_CONFIG_FILE", &machine.path("config")),
        ("AWS_SHARED_CREDENTIALS_FILE", &machine.path("credentials")),
        ("AWS_ENDPOINT_URL", &url),
        ("NO_PROXY", "127.0.0.1"),
    ];
    Terminal::start(&[more, &["--profile", "deal"]].concat(), SIZE, &environment)
}

fn read(machine: &Machine, file: &str) -> String {
    std::fs::read_to_string(machine.path(file)).unwrap_or_default().trim().to_owned()
}

/// Whether the script still runs. One that has ended and that nobody has asked about does not.
fn runs(machine: &Machine) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", read(machine, "pid"))).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

cases! {
    what_a_command_asks_is_answered_on_the_terminal_and_the_walk_goes_on:
        on_the_screen(&[], "a member of organization o-a1b2c3d4e5");
        line_by_line(&["--plain"], "Where is the account going?");
}

fn what_a_command_asks_is_answered_on_the_terminal_and_the_walk_goes_on(arguments: &[&str], goes_on: &str) {
    let (machine, practice) = (prompting(), Practice::start("ready"));
    let mut terminal = start(&machine, &practice, arguments);
    terminal.wait_for("Enter MFA code: ");
    assert!(!terminal.state().alternate_screen(), "the screen is out of the way");
    terminal.send("123456\r");
    terminal.wait_for(goes_on);
    assert_eq!(read(&machine, "codes"), "123456", "every key arrived");
    terminal.send(if arguments.is_empty() { "q" } else { "q\r" });
    terminal.end();
    assert!(terminal.modes_are_as_before());
}

#[test]
fn ctrl_c_ends_the_command_and_not_the_program() {
    let (machine, practice) = (prompting(), Practice::start("ready"));
    let mut terminal = start(&machine, &practice, &[]);
    terminal.wait_for("Enter MFA code: ");
    terminal.send("\u{3}");
    terminal.wait_for("The command of profile deal (credential_process) was stopped with Ctrl-C.");
    assert!(!runs(&machine), "it is ended");
    assert!(!terminal.screen().contains("network"), "AWS was not asked: {}", terminal.screen());
    terminal.send("r");
    // The first one still stands there.
    terminal.wait_until("the second prompt", |screen| screen.matches("Enter MFA code:").count() == 2);
    terminal.send("123456\r");
    terminal.wait_for("a member of organization o-a1b2c3d4e5");
    terminal.send("q");
    terminal.end();
    assert!(terminal.is_given_back());
}

#[test]
fn whatever_ends_the_program_ends_the_command_first() {
    for (arguments, signal) in [(&[][..], "TERM"), (&["check"], "TERM"), (&["check"], "HUP"), (&["check"], "INT")] {
        let (machine, practice) = (prompting(), Practice::start("ready"));
        let mut terminal = start(&machine, &practice, arguments);
        terminal.wait_for("Enter MFA code: ");
        assert!(runs(&machine));
        if signal == "INT" {
            terminal.send("\u{3}");
        } else {
            std::process::Command::new("kill").args([&format!("-{signal}"), &terminal.pid().to_string()]).status().unwrap();
        }
        terminal.end();
        assert!(!runs(&machine), "{arguments:?} {signal}");
        assert!(terminal.modes_are_as_before(), "{arguments:?} {signal}");
    }
}

#[test]
fn the_time_of_a_command_is_not_aws_s() {
    let (machine, practice) = (machine(&format!("sleep 13\n{}\n", prints_keys())), Practice::start("ready"));
    let home = tempfile::tempdir().unwrap();
    let mut command = leave_org(&home);
    command.args(["check", "--profile", "deal", "--timeout", "12", "--step", "contact-information"]);
    command.env("PATH", "/usr/bin:/bin").env("AWS_CONFIG_FILE", machine.path("config"));
    let answer = run(command.env("AWS_ENDPOINT_URL", practice.server.url()));
    assert_eq!(answer.code, 0, "{}{}", answer.stdout, answer.stderr);
    assert!(answer.stderr.contains("The command of profile deal (credential_process) may run for at most 120 s."));
}

#[test]
fn roles_are_assumed_over_a_command() {
    let practice = Practice::start("ready");
    let machine = machine(&prints_keys());
    let config = read(&machine, "config");
    let role = crate::profiles::over("over", "arn:aws:iam::412098765432:role/Nobody", "deal");
    machine.write("config", &format!("{config}\n{role}"));
    let said = machine.probe(Some("over"), &[("AWS_ENDPOINT_URL", &practice.server.url())]);
    assert!(said.contains("sts:AssumeRole") && said.contains("The role is arn:aws:iam::412098765432:role/Nobody."), "{said}");
}

#[test]
fn whoever_stops_the_command_of_one_profile_is_not_asked_by_that_of_another() {
    let (machine, practice) = (prompting(), Practice::start("ready"));
    let config = read(&machine, "config");
    let other = format!("{config}\n[profile owner]\ncredential_process = touch {}\n", machine.path("other"));
    machine.write("config", &other.replace("[profile deal]", "[profile first]").replace("[profile owner]", "[profile deal]"));
    let mut terminal = start(&machine, &practice, &["check", "--management-profile", "first"]);
    terminal.wait_for("Enter MFA code: ");
    terminal.send("\u{3}");
    terminal.end();
    assert!(!runs(&machine) && !std::path::Path::new(&machine.path("other")).exists());
}

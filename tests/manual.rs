//! What the program tells about itself: help, man page, completions and policies, word for word.
//!
//! After a change on purpose, `INSTA_UPDATE=always cargo test manual` writes the files in `tests/snapshots/` anew.

use insta::assert_snapshot;

use crate::command_line::{leave_org, run};

/// What it prints where the terminal is unknown and 80 columns wide.
fn printed(arguments: &[&str]) -> String {
    let home = tempfile::tempdir().unwrap();
    let answer = run(leave_org(&home).args(arguments).env("COLUMNS", "80"));
    assert_eq!((answer.code, answer.stderr.as_str()), (0, ""));
    // It changes with every release, and the words do not.
    answer.stdout.replace(env!("CARGO_PKG_VERSION"), "[VERSION]")
}

cases! {
    the_help_is_as_it_was_read:
        short("short", &["-h"]);
        program("program", &["--help"]);
        review("review", &["review", "--help"]);
        check("check", &["check", "--help"]);
        request("request", &["request", "--help"]);
        demo("demo", &["demo", "--help"]);
        simulate("simulate", &["simulate", "--help"]);
        policy("policy", &["policy", "--help"]);
        completions("completions", &["completions", "--help"]);
        man("man", &["man", "--help"]);
}

fn the_help_is_as_it_was_read(name: &str, arguments: &[&str]) {
    let help = printed(arguments);
    assert!(help.lines().all(|line| line.chars().count() <= 80), "wider than the terminal:\n{help}");
    assert_snapshot!(format!("help_{name}"), help);
}

cases! {
    the_policy_is_as_it_was_read:
        check("check");
        leave("leave");
        management("management");
}

fn the_policy_is_as_it_was_read(phase: &str) {
    assert_snapshot!(format!("policy_{phase}"), printed(&["policy", phase]));
}

cases! {
    the_completions_are_as_they_were_tried:
        bash("bash");
        zsh("zsh");
        fish("fish");
        powershell("powershell");
}

fn the_completions_are_as_they_were_tried(shell: &str) {
    assert_snapshot!(format!("completions_{shell}"), printed(&["completions", shell]));
}

#[test]
fn the_man_page_is_as_it_was_read() {
    let page = printed(&["man"]);
    // Not every roff is told of another encoding.
    assert!(page.is_ascii());
    assert_snapshot!("man", page);
}

cases! {
    bash_completes:
        commands(&["leave-org", "comp"], "completions");
        steps(&["leave-org", "check", "--step", "pay"], "payment-method");
        scenarios(&["leave-org", "demo", "scp"], "scp-denies");
        phases(&["leave-org", "policy", "man"], "management");
        shells(&["leave-org", "completions", "po"], "powershell");
}

fn bash_completes(words: &[&str], last: &str) {
    // As bash does it: the function that `complete` knows for the command is called with the command, the word and the one before.
    const COMPLETE: &str = r#"
        source <("$PROGRAM" completions bash)
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        function=$(complete -p leave-org) function=${function#* -F } function=${function%% *}
        "$function" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let output = std::process::Command::new("bash")
        .args(["--norc", "-c", COMPLETE, "bash"])
        .args(words)
        .env("PROGRAM", env!("CARGO_BIN_EXE_leave-org"))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{last}\n"), "{}", String::from_utf8_lossy(&output.stderr));
}

cases! {
    a_reader_that_has_gone_is_no_error:
        policy(&["policy", "check"]);
        completions(&["completions", "bash"]);
        man(&["man"]);
        list(&["demo", "--list"]);
}

fn a_reader_that_has_gone_is_no_error(arguments: &[&str]) {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_leave-org")).args(arguments).stdout(writer).output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

#[cfg(target_os = "linux")]
cases! {
    what_cannot_be_written_is_no_success:
        policy(&["policy", "check"]);
        completions(&["completions", "bash"]);
        man(&["man"]);
        list(&["demo", "--list"]);
}

#[cfg(target_os = "linux")]
fn what_cannot_be_written_is_no_success(arguments: &[&str]) {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_leave-org")).args(arguments).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("could not be written"));
}

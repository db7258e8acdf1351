//! Opening a page in a browser of the machine. A script stands for what opens pages on a desktop.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use leave_org::simulator::MEMBER_ACCESS_KEY;
use tempfile::TempDir;

use crate::guided_leave::reach_checklist;
use crate::profiles::with_keys;
use crate::terminal::Terminal;
use crate::ways_in::{Practice, write};

const LINK: &str = "https://console.aws.amazon.com/billing/home#/paymentpreferences";

/// A practice AWS whose checklist offers a page, and a machine.
struct Desk {
    practice: Practice,
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { practice: Practice::start("payment-not-shown"), folder: tempfile::tempdir().unwrap() }
    }

    /// Installs what opens pages there.
    fn install_opener(&self, script: &str) {
        let path = write(self.folder.path(), "xdg-open", &format!("#!/bin/sh\n{script}\n"));
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700)).unwrap();
    }

    /// The program at its checklist.
    fn start(&self, more: &[(&str, &str)]) -> Terminal {
        let config = write(self.folder.path(), "config", &with_keys("default", MEMBER_ACCESS_KEY, "us-east-1"));
        let url = self.practice.server.url();
        let path = self.folder.path().to_str().unwrap();
        let environment = [("AWS_CONFIG_FILE", config.as_str()), ("AWS_ENDPOINT_URL", &url), ("PATH", path)];
        let environment: Vec<_> = environment.into_iter().chain(more.iter().copied()).collect();
        let mut terminal = Terminal::start(&[], (140, 50), &environment);
        terminal.wait_for("Enter go to the checklist");
        reach_checklist(&mut terminal);
        terminal
    }
}

#[test]
fn without_a_browser_the_link_is_shown_and_nothing_is_started() {
    let desk = Desk::new();
    let mut terminal = desk.start(&[("SSH_CONNECTION", "203.0.113.9 50022 10.0.0.4 22")]);
    terminal.press("o", &format!("No browser here: this is an SSH session. y copies {LINK}"));
    terminal.press("y", "The link was handed to the terminal's clipboard.");
}

#[test]
fn a_browser_gets_the_page_and_nothing_of_aws() {
    let desk = Desk::new();
    let pipe = desk.folder.path().join("seen");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    // It runs for as long as nobody reads, as a browser runs for as long as its window is open.
    desk.install_opener(&format!("{{ echo \"opened: $*\"; set; }} > {}", pipe.display()));
    let secrets = [("AWS_SECRET_ACCESS_KEY", "of-nobody/browser"), ("AWS_SESSION_TOKEN", "of-nobody/either")];
    let mut terminal = desk.start(&[&secrets[..], &[("DISPLAY", ":0"), ("AWS_PROFILE", "default")]].concat());
    terminal.press("o", "The page was handed to your browser.");
    let seen = std::fs::read_to_string(pipe).unwrap();
    assert!(seen.starts_with(&format!("opened: {LINK}\n")), "{seen}");
    assert!(seen.contains("DISPLAY=") && !seen.contains("AWS_") && !seen.contains("of-nobody"), "{seen}");
}

#[test]
fn a_browser_that_cannot_be_started_is_told_with_the_link() {
    let desk = Desk::new();
    // A PATH of relative entries leads to none either.
    let mut terminal = desk.start(&[("DISPLAY", ":0"), ("PATH", ".:bin")]);
    terminal.press("o", "No browser here: no program that opens pages was found.");
    let mut terminal = desk.start(&[("DISPLAY", ":0")]);
    terminal.press("o", &format!("No browser here: no program that opens pages was found. y copies {LINK}"));
    desk.install_opener("echo 'cannot open display' >&2\nexit 3");
    terminal.press("o", &format!("No browser here: xdg-open did not succeed (exit status: 3). y copies {LINK}"));
    assert!(!terminal.screen().contains("cannot open display"));
}

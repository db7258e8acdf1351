//! The first screen on real configuration: choosing a profile, missing credentials, signing in, a custom endpoint in plain sight.

use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use leave_org::simulator::{MEMBER_ACCESS_KEY, Scenario, Server};

use crate::profiles;
use crate::terminal::Terminal;

const SIZE: (u16, u16) = (110, 36);

/// A practice AWS that another process can talk to for as long as this is held.
pub struct Practice {
    pub server: Server,
    _runtime: tokio::runtime::Runtime,
}

impl Practice {
    pub fn start(scenario: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server = runtime.block_on(Server::start(Scenario::named(scenario).unwrap(), address, None)).unwrap();
        Self { server, _runtime: runtime }
    }
}

/// Writes a file and gives its path.
pub fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn of_several_profiles_one_is_chosen_and_another_can_be_chosen_instead() {
    let practice = Practice::start("ready");
    let folder = tempfile::tempdir().unwrap();
    let deal = profiles::with_keys("deal", MEMBER_ACCESS_KEY, "us-east-1");
    let config = write(folder.path(), "config", &(deal + "[profile empty]\nregion = us-east-1\n"));
    let url = practice.server.url();
    let mut terminal = Terminal::start(&[], SIZE, &[("AWS_CONFIG_FILE", &config), ("AWS_ENDPOINT_URL", &url)]);
    terminal.wait_for("Which profile leads to the account that shall leave?");
    terminal.press("j\r", "We could not find out which account this is.");
    terminal.press("\u{1b}", "Which profile leads to the account that shall leave?");
    terminal.press("k\r", "a member of organization o-a1b2c3d4e5");
    terminal.wait_for(&format!("CUSTOM ENDPOINT {url}"));
    assert!(!terminal.screen().contains("PRACTICE"));
    terminal.send("q");
    assert_eq!(terminal.end(), 9);
}

#[test]
fn signing_in_runs_the_profiles_own_command_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let deal = profiles::signed_in("deal", "412098765432");
    let config = write(folder.path(), "config", &format!("{deal}region = us-east-1\n{}", profiles::CORP));
    let command = write(folder.path(), "aws", "#!/bin/sh\nprintf '%s ' \"$@\" > \"$SEEN\"\n");
    std::fs::set_permissions(&command, std::fs::Permissions::from_mode(0o700)).unwrap();
    let seen = folder.path().join("seen");
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    let environment = [("AWS_CONFIG_FILE", config.as_str()), ("PATH", &path), ("SEEN", seen.to_str().unwrap())];
    let mut terminal = Terminal::start(&["--profile", "deal"], SIZE, &environment);
    terminal.wait_for("press l to sign in again: aws sso login --profile deal");
    // The command signs nobody in here, so the second try ends as the first did.
    terminal.press("l", "aws sso login --profile deal");
    terminal.wait_for("Enter sign in");
    assert!(!seen.exists(), "nothing runs before somebody says so");
    terminal.press("\u{1b}", "press l to sign in again");
    terminal.press("l", "Enter sign in");
    terminal.press("\r", "Tried twice.");
    assert_eq!(std::fs::read_to_string(&seen).unwrap().trim(), "sso login --profile deal");
    terminal.send("q");
    assert_eq!(terminal.end(), 3);
    assert!(terminal.is_given_back());
}

#[test]
fn without_the_aws_cli_the_command_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let config = write(
        folder.path(),
        "config",
        "[profile deal]\nlogin_session = arn:aws:iam::412098765432:user/maria\nregion = us-east-1\n",
    );
    let path = folder.path().to_str().unwrap();
    let mut terminal = Terminal::start(&["--profile", "deal"], SIZE, &[("AWS_CONFIG_FILE", &config), ("PATH", path)]);
    terminal.wait_for("press l to sign in again: aws login --profile deal");
    terminal.press("l", "Enter sign in");
    terminal.press("\r", "The AWS CLI was not found. Install it, or run “aws login --profile deal” where it is, then press r.");
    terminal.send("q");
    assert_eq!(terminal.end(), 3);
}

#[test]
fn no_credentials_at_all_are_said_soon_and_can_be_tried_again() {
    let mut terminal = Terminal::start(&[], SIZE, &[]);
    terminal.wait_for("No credentials for AWS were found on this machine.");
    terminal.press("r", "Tried twice.");
    terminal.send("q");
    assert_eq!(terminal.end(), 3);
}

//! Signing in again in the middle of a walk: `l` lends the terminal to the AWS CLI, and the walk goes on with what that left behind.
//!
//! A script stands for the AWS CLI. It writes the sign-in where the SDK looks for it, so that everything after it is real.

use std::os::unix::fs::PermissionsExt;

use leave_org::simulator::{Account, MANAGEMENT_ACCESS_KEY, MEMBER_ACCESS_KEY, PRACTICE_MFA_CODES, Role};

use crate::connecting::Machine;
use crate::ended_sign_ins::{SESSION_TOKEN, listen};
use crate::guided_leave::settled_but;
use crate::profiles::{self, CORP};
use crate::terminal::Terminal;
use crate::ways_in::Practice;

const SIZE: (u16, u16) = (110, 36);

/// Somebody who signs in with IAM Identity Center, and a role of the account over that.
fn config() -> String {
    let people = profiles::signed_in("people", "412098765432");
    let deal = profiles::over("deal", "arn:aws:iam::412098765432:role/Leaver", "people");
    let region = "region = us-east-1\n";
    format!("{people}{region}{CORP}{deal}{region}role_session_name = maria\n")
}

/// A practice AWS with a portal of IAM Identity Center before it, and a machine.
struct Walk {
    practice: Practice,
    portal: String,
    machine: Machine,
}

impl Walk {
    fn new() -> Self {
        let practice = Practice::start("ready");
        practice.server.change(|account| {
            let trusts = vec!["own-account".to_owned(), "management-account".to_owned()];
            account.roles.push(Role { name: "Leaver".to_owned(), path: "/".to_owned(), trusts, ..Role::default() });
        });
        let portal = listen(|request| {
            let key = if request.contains("token-of-the-owner") { MANAGEMENT_ACCESS_KEY } else { MEMBER_ACCESS_KEY };
            let body = format!(
                r#"{{"roleCredentials":{{"accessKeyId":"{key}","secretAccessKey":"s","sessionToken":"t","expiration":4070908800000}}}}"#
            );
            ("200 OK", "", body)
        });
        Self { practice, portal, machine: Machine::new(&config()) }
    }

    /// Installs an AWS CLI that notes its arguments, one line a run, and signs in with this token.
    fn install_cli(&self, token: &str) {
        let script = format!(
            "#!/bin/sh\nPATH=/usr/bin:/bin\nprintf '%s ' \"$@\" >> \"$HOME/seen\"\necho >> \"$HOME/seen\"\n\
             mkdir -p \"$HOME/.aws/sso/cache\"\n\
             printf '{{\"accessToken\":\"%s\",\"expiresAt\":\"2099-01-01T00:00:00Z\"}}' {token} > \"$HOME/{SESSION_TOKEN}\"\n"
        );
        self.machine.write("bin/aws", &script);
        std::fs::set_permissions(self.machine.path("bin/aws"), std::fs::Permissions::from_mode(0o700)).unwrap();
    }

    /// What the AWS CLI was run with, one line a run.
    fn seen(&self) -> Vec<String> {
        let seen = std::fs::read_to_string(self.machine.path("seen")).unwrap_or_default();
        seen.lines().map(|line| line.trim().to_owned()).collect()
    }

    fn start(&self, profile: &str, path: &str) -> Terminal {
        let home = self.machine.path("");
        let environment = [
            ("HOME", home.as_str()),
            ("XDG_STATE_HOME", &home),
            ("PATH", path),
            ("AWS_CONFIG_FILE", &self.machine.path("config")),
            ("AWS_SHARED_CREDENTIALS_FILE", &self.machine.path("credentials")),
            ("AWS_ENDPOINT_URL", &self.practice.server.url()),
            ("AWS_ENDPOINT_URL_SSO", &self.portal),
            ("NO_PROXY", "127.0.0.1"),
        ];
        Terminal::start(&["--profile", profile], SIZE, &environment)
    }

    fn start_with_cli(&self, profile: &str) -> Terminal {
        self.start(profile, &format!("{}:/usr/bin:/bin", self.machine.path("bin")))
    }
}

#[test]
fn signing_in_brings_the_screen_back_and_the_walk_goes_on() {
    let walk = Walk::new();
    walk.install_cli("token-of-the-member");
    let mut terminal = walk.start_with_cli("deal");
    terminal.wait_for("press l to sign in again: aws sso login --profile people");
    sign_in(&mut terminal, "a member of organization o-a1b2c3d4e5");
    assert_eq!(walk.seen(), ["sso login --profile people"]);
    assert!(terminal.state().alternate_screen() && terminal.state().hide_cursor());
    terminal.press("\r", &settled_but(0));

    // In the middle of the walk the session ends. Signing in again is enough: every row is asked again by itself.
    walk.practice.server.change(Account::end_role_sessions);
    terminal.send("R");
    terminal.wait_until("every answer", |screen| screen.matches(" unknown").count() >= 10);
    assert!(terminal.screen().contains("your sign-in has ended"), "{}", terminal.screen());
    terminal.press("l", "Enter sign in");
    terminal.send("\r");
    terminal.wait_until("every answer", |screen| screen.contains(&settled_but(0)) && !screen.contains(" unknown"));
    assert_eq!(walk.seen(), ["sso login --profile people"; 2]);
    terminal.send("q");
    terminal.end();
    assert!(terminal.is_given_back());
}

#[test]
fn another_account_behind_the_same_profile_stops_the_walk_and_both_are_named() {
    let walk = Walk::new();
    walk.install_cli("token-of-the-member");
    let mut terminal = walk.start_with_cli("people");
    terminal.wait_for("press l to sign in again: aws sso login --profile people");
    sign_in(&mut terminal, "a member of organization o-a1b2c3d4e5");
    terminal.press("\r", &settled_but(0));
    walk.install_cli("token-of-the-owner");
    sign_in(&mut terminal, "These credentials belong to another account than before. Everything has stopped.");
    terminal.wait_for("this walk is about 4120-9876-5432");
    terminal.wait_for("the credentials are 3056-1122-3344");
    // Back at the first account the walk goes on where it was.
    walk.install_cli("token-of-the-member");
    sign_in(&mut terminal, &settled_but(0));
    walk.install_cli("token-of-the-owner");
    sign_in(&mut terminal, "Everything has stopped.");
    terminal.press("\r", "it owns the organization o-a1b2c3d4e5");
    terminal.send("q");
    terminal.end();
}

#[test]
fn without_the_aws_cli_the_command_is_said_and_a_sign_in_from_elsewhere_counts() {
    let walk = Walk::new();
    let mut terminal = walk.start("deal", &walk.machine.path("bin"));
    terminal.wait_for("press l to sign in again: aws sso login --profile people");
    sign_in(&mut terminal, "run “aws sso login --profile people” where it is, then press r.");
    walk.machine.write(SESSION_TOKEN, r#"{"accessToken":"token-of-the-member","expiresAt":"2099-01-01T00:00:00Z"}"#);
    terminal.press("r", "a member of organization o-a1b2c3d4e5");
    terminal.send("q");
    terminal.end();
    assert!(terminal.is_given_back());
}

#[test]
fn what_a_sign_in_that_failed_said_last_is_shown() {
    let walk = Walk::new();
    walk.machine.write("bin/aws", "#!/bin/sh\necho 'The portal is closed today.' >&2\nexit 3\n");
    std::fs::set_permissions(walk.machine.path("bin/aws"), std::fs::Permissions::from_mode(0o700)).unwrap();
    let mut terminal = walk.start_with_cli("deal");
    terminal.wait_for("press l to sign in again: aws sso login --profile people");
    sign_in(&mut terminal, "Its last output: The portal is closed today.");
    terminal.send("q");
    terminal.end();
}

#[test]
fn an_aws_in_the_present_folder_is_not_run() {
    let walk = Walk::new();
    let mut terminal = walk.start("deal", &format!(":.:stranger:{}", walk.machine.path("bin")));
    for name in ["aws", "stranger/aws"] {
        let path = terminal.home().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "#!/bin/sh\n: > \"$HOME/stranger-ran\"\n").unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700)).unwrap();
    }
    terminal.wait_for("press l to sign in again: aws sso login --profile people");
    sign_in(&mut terminal, "The AWS CLI was not found.");
    assert!(!std::path::Path::new(&walk.machine.path("stranger-ran")).exists());
    walk.install_cli("token-of-the-member");
    sign_in(&mut terminal, "a member of organization o-a1b2c3d4e5");
    terminal.send("q");
    terminal.end();
}

#[test]
fn a_profile_with_mfa_asks_for_the_code_says_who_receives_it_and_asks_again_when_it_was_wrong() {
    let walk = Walk::new();
    let maria = profiles::with_keys("maria", MEMBER_ACCESS_KEY, "us-east-1");
    walk.machine.write("config", &format!("{maria}[profile coded]\n{}source_profile = maria\n", profiles::coded_role()));
    let mut terminal = walk.start_with_cli("coded");
    terminal.wait_for("asks for the code of the MFA device arn:aws:iam::412098765432:mfa/maria.keller");
    assert!(terminal.screen().contains("CUSTOM ENDPOINT http://127.0.0.1"), "{}", terminal.screen());
    terminal.press("000000\r", "MultiFactorAuthentication failed with invalid MFA one time pass code.");
    terminal.press("\u{1b}", "r try again");
    terminal.press("r", "Enter go on");
    terminal.send(PRACTICE_MFA_CODES[0]);
    terminal.wait_for(&format!("> {}", PRACTICE_MFA_CODES[0]));
    terminal.press("\r", "as role/DealAdmin");
    terminal.wait_for("session 60 min");
    terminal.press("\r", &settled_but(0));

    // The session ends: the device has to be asked again, and what was said is still there.
    walk.practice.server.change(Account::end_role_sessions);
    terminal.send("R");
    terminal.wait_until("every answer", |screen| screen.matches(" unknown").count() >= 10);
    terminal.press("R", "Enter go on");
    terminal.press(&format!("{}\r", PRACTICE_MFA_CODES[1]), &settled_but(0));
    terminal.send("q");
    assert_eq!(terminal.end(), 9);
}

/// Signs in with the key, which shows the command first, and waits for this text.
fn sign_in(terminal: &mut Terminal, text: &str) {
    terminal.press("l", "Enter sign in");
    terminal.press("\r", text);
}

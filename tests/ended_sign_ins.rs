//! Sign-ins that have ended, never were, or cannot be reached: each source of credentials says which, and what signs in again.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use leave_org::simulator::{Damage, Fault, MANAGEMENT_ACCESS_KEY, MEMBER_ACCESS_KEY, Session};

use crate::connecting::Machine;
use crate::profiles;
use crate::ways_in::Practice;

/// Besides what everybody has: roles over these sign-ins, and mistakes.
const MORE: &str = "
[profile old-sso]
sso_start_url = https://corp.awsapps.com/start
sso_region = us-east-1
sso_account_id = 123456789012
sso_role_name = Admin
[profile over-sso]
role_arn = arn:aws:iam::412098765432:role/DealAdmin
source_profile = sso
[profile over-console]
role_arn = arn:aws:iam::412098765432:role/DealAdmin
source_profile = console
[profile deeper]
role_arn = arn:aws:iam::412098765432:role/Deeper
source_profile = over-sso
[profile ended-tool]
credential_process = echo 'your session has expired' >&2; exit 1
[profile broken-tool]
credential_process = exit 1
[profile orphan]
role_arn = arn:aws:iam::412098765432:role/DealAdmin
source_profile = nobody
[profile half-sso]
sso_start_url = https://corp.awsapps.com/start
sso_account_id = 123456789012
sso_role_name = Admin
[profile token-only]
sso_session = corp
";

/// Where the SDK keeps the sign-in of the sso-session `corp`, and of the start page that is written into a profile: SHA-1 of the name.
pub const SESSION_TOKEN: &str = ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
const PAGE_TOKEN: &str = ".aws/sso/cache/a51746d4aa793ae07b25e90c3a5db96fc7832bd7.json";

/// Where it keeps the console sign-in of the profile `console`: SHA-256 of its ARN.
pub const CONSOLE_TOKEN: &str = ".aws/login/cache/11bbc882fa0112a0e2aa42512092bdb77bdc2de5bcf739440b5e7e0228647a6c.json";

/// A key for the proof that goes with a console sign-in. It was made for this test and opens nothing.
const PROOF_KEY: &str = "-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIHAury5Jp6hWIz9g9YrkM4rw4T3PAKkeqh4vHWsHSrm6oAoGCCqGSM49
AwEHoUQDQgAETEoBBxGPJJLC0gZESwikyhWX8AtzybDMmC0eggMY9ypYJzBEMDlb
+Oai+ddOJ1qVJoHUi3e4beVYKtjjR6dPRQ==
-----END EC PRIVATE KEY-----
";

fn machine() -> Machine {
    Machine::new(&(profiles::everyday() + MORE))
}

pub fn sso_token(ends: &str) -> String {
    format!(r#"{{"accessToken":"token","expiresAt":"{ends}","region":"us-east-1","startUrl":"https://corp.awsapps.com/start"}}"#)
}

pub fn console_token(ends: &str) -> String {
    let key = PROOF_KEY.replace('\n', "\\n");
    format!(
        r#"{{"accessToken":{{"accessKeyId":"ASIACONSOLE","secretAccessKey":"s","sessionToken":"t","accountId":"123456789012","expiresAt":"{ends}"}},
        "tokenType":"aws_sigv4","refreshToken":"r","idToken":"i","clientId":"arn:aws:signin:::devtools/same-device","dpopKey":"{key}"}}"#
    )
}

/// A service that gives every request the same answer, until the test ends.
fn service(status: &'static str, error: &'static str, body: &'static str) -> String {
    listen(move |_| (status, error, body.to_owned()))
}

/// A service that answers what it is asked, until the test ends: the status line, the error's name, the body.
pub fn listen(answer: impl Fn(&str) -> (&'static str, &'static str, String) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 16_384];
            let read = stream.read(&mut request).unwrap_or(0);
            let (status, error, body) = answer(&String::from_utf8_lossy(&request[..read]));
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-type: application/json\r\nx-amzn-errortype: {error}\r\ncontent-length: {}\r\n\
                 connection: close\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    url
}

/// A port that nobody listens on.
const NOBODY: &str = "http://127.0.0.1:9";

#[track_caller]
pub fn says(said: &str, kind: &str, parts: &[&str]) {
    assert!(said.contains(&format!("problem {kind} ")), "not {kind}: {said}");
    for part in parts {
        assert!(said.contains(part), "no “{part}”: {said}");
    }
}

#[test]
fn identity_center_without_a_sign_in_and_with_one_that_has_ended_are_told_apart() {
    let machine = machine();
    let command = "aws sso login --profile sso\n";
    for profile in ["sso", "over-sso", "deeper"] {
        says(&machine.probe(Some(profile), &[]), "no-credentials", &[command]);
    }
    machine.write(SESSION_TOKEN, &sso_token("2020-01-01T00:00:00Z"));
    for profile in ["sso", "over-sso", "deeper"] {
        says(&machine.probe(Some(profile), &[]), "expired-credentials", &[command]);
    }
    machine.write(SESSION_TOKEN, "{");
    says(&machine.probe(Some("sso"), &[]), "no-credentials", &[command]);
}

#[test]
fn what_identity_centers_portal_answers_is_what_it_is() {
    let machine = machine();
    machine.write(SESSION_TOKEN, &sso_token("2099-01-01T00:00:00Z"));
    machine.write(PAGE_TOKEN, &sso_token("2099-01-01T00:00:00Z"));
    let probe = |profile: &str, url: &str| {
        machine.probe(Some(profile), &[("AWS_ENDPOINT_URL_SSO", url), ("NO_PROXY", "127.0.0.1"), ("AWS_MAX_ATTEMPTS", "1")])
    };
    for profile in ["sso", "old-sso"] {
        let ended = service("401 Unauthorized", "UnauthorizedException", r#"{"message":"Session token not found or invalid"}"#);
        let command = format!("aws sso login --profile {profile}\n");
        says(&probe(profile, &ended), "expired-credentials", &[&command]);
        let no_role = service("403 Forbidden", "ForbiddenException", r#"{"message":"No access"}"#);
        let said = probe(profile, &no_role);
        says(&said, "denied", &["AWS says: No access\n", "assign you the permission set Admin in the account 123456789012."]);
        assert!(!said.contains("To sign in"), "signing in would not help: {said}");
        let said = probe(profile, NOBODY);
        says(&said, "unreachable", &[]);
        assert!(!said.contains("To sign in"), "signing in would not help: {said}");
        let good = service(
            "200 OK",
            "",
            r#"{"roleCredentials":{"accessKeyId":"ASIASSO","secretAccessKey":"s","sessionToken":"t","expiration":4070908800000}}"#,
        );
        let said = probe(profile, &good);
        assert!(said.contains("ends Some(\"2099-01-01T00:00:00Z\")"), "{said}");
    }
}

/// A token that has ended and can be renewed, as far as the file says.
pub const RENEWABLE: &str = r#"{"startUrl":"https://corp.example/start","region":"us-east-1","accessToken":"old",
    "expiresAt":"2020-01-01T00:00:00Z","clientId":"c","clientSecret":"s","registrationExpiresAt":"2099-01-01T00:00:00Z",
    "refreshToken":"r"}"#;

#[test]
fn an_identity_center_session_that_cannot_be_renewed_has_ended() {
    let machine = machine();
    let command = "aws sso login --profile sso\n";
    for body in [r#"{"error":"invalid_grant","error_description":"Invalid refresh token"}"#, "{}"] {
        machine.write(SESSION_TOKEN, RENEWABLE);
        let refused = service("400 Bad Request", "InvalidGrantException", body);
        let variables = [("AWS_ENDPOINT_URL", refused.as_str()), ("NO_PROXY", "127.0.0.1"), ("AWS_MAX_ATTEMPTS", "1")];
        let said = machine.probe(Some("sso"), &variables);
        says(&said, "expired-credentials", &[command, "AWS says: InvalidGrantException"]);
    }
}

#[test]
fn a_console_sign_in_can_be_missing_good_ended_unreadable_or_out_of_reach() {
    let machine = machine();
    let command = "aws login --profile console\n";
    for profile in ["console", "over-console"] {
        says(&machine.probe(Some(profile), &[]), "no-credentials", &[command]);
    }
    machine.write(CONSOLE_TOKEN, "{");
    says(&machine.probe(Some("console"), &[]), "no-credentials", &[command]);
    machine.write(CONSOLE_TOKEN, "{}");
    says(&machine.probe(Some("console"), &[]), "no-credentials", &[command]);

    machine.write(CONSOLE_TOKEN, &console_token("2099-01-01T00:00:00Z"));
    let said = machine.probe(Some("console"), &[]);
    assert!(said.contains("ends Some(\"2099-01-01T00:00:00Z\")"), "{said}");

    machine.write(CONSOLE_TOKEN, &console_token("2020-01-01T00:00:00Z"));
    let probe = |url: &str| {
        machine.probe(Some("console"), &[("AWS_ENDPOINT_URL_SIGNIN", url), ("NO_PROXY", "127.0.0.1"), ("AWS_MAX_ATTEMPTS", "1")])
    };
    for reason in [r#"{"error":"TOKEN_EXPIRED","message":"m"}"#, r#"{"error":"USER_CREDENTIALS_CHANGED","message":"m"}"#] {
        let ended = service("400 Bad Request", "AccessDeniedException", reason);
        says(&probe(&ended), "expired-credentials", &[command]);
    }
    let denied = service("400 Bad Request", "AccessDeniedException", r#"{"error":"INSUFFICIENT_PERMISSIONS","message":"m"}"#);
    says(&probe(&denied), "denied", &["CreateOAuth2Token"]);
    says(&probe(NOBODY), "unreachable", &[]);
}

#[test]
fn a_process_that_says_that_a_sign_in_has_ended_is_believed() {
    let machine = machine();
    let said = machine.probe(Some("ended-tool"), &[]);
    says(&said, "expired-credentials", &["your session has expired"]);
    assert!(said.contains("sign in None"), "{said}");
    says(
        &machine.probe(Some("broken-tool"), &[]),
        "no-credentials",
        &["The command of profile broken-tool (credential_process) failed (exit status: 1)."],
    );
}

#[test]
fn a_web_identity_whose_token_has_ended_is_told_from_one_that_is_not_there() {
    let practice = Practice::start("ready");
    let refuse = |code: &str, message: &str| {
        practice.server.clear_faults();
        let error = Damage::Error { code: code.to_owned(), message: message.to_owned(), reason: None, status: None };
        practice.server.inject(Fault::new("sts:AssumeRoleWithWebIdentity", error));
    };
    let machine = machine();
    machine.write("token", "token");
    let url = practice.server.url();
    let token = machine.path("token");
    let probe = |file: &str| {
        let variables = [
            ("AWS_WEB_IDENTITY_TOKEN_FILE", file),
            ("AWS_ROLE_ARN", "arn:aws:iam::412098765432:role/Cluster"),
            ("AWS_ENDPOINT_URL_STS", &url),
            ("NO_PROXY", "127.0.0.1"),
        ];
        machine.probe(None, &variables)
    };
    refuse("ExpiredTokenException", "Token expired: current date/time must be before the expiration date/time");
    says(&probe(&token), "expired-credentials", &["The web identity token in HOME/token (AWS_WEB_IDENTITY_TOKEN_FILE)."]);
    refuse("InvalidIdentityToken", "No OpenIDConnect provider found in your account");
    says(&probe(&token), "invalid-credentials", &["No OpenIDConnect provider"]);
    refuse("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity");
    says(&probe(&token), "denied", &[]);
    says(&probe("/nowhere"), "no-credentials", &["web identity (AWS_WEB_IDENTITY_TOKEN_FILE set, but unusable)"]);
}

#[test]
fn a_container_gives_credentials_that_end_or_cannot_be_reached() {
    let machine = machine();
    let probe = |url: &str| machine.probe(None, &[("AWS_CONTAINER_CREDENTIALS_FULL_URI", url), ("NO_PROXY", "127.0.0.1")]);
    let good = service(
        "200 OK",
        "",
        r#"{"AccessKeyId":"ASIATASK","SecretAccessKey":"s","Token":"t","Expiration":"2099-01-01T00:00:00Z"}"#,
    );
    let said = probe(&good);
    assert!(said.contains("ends Some(\"2099-01-01T00:00:00Z\")"), "{said}");
    says(&probe(NOBODY), "unreachable", &["The credentials of the container"]);
}

#[test]
fn session_keys_that_have_ended_show_at_the_first_call() {
    let practice = Practice::start("ready");
    practice.server.change(|account| account.session = Session::Expired);
    let url = practice.server.url();
    let keys = [
        ("AWS_ACCESS_KEY_ID", "ASIAFROMTHEENVIRONMT"),
        ("AWS_SECRET_ACCESS_KEY", "s"),
        ("AWS_SESSION_TOKEN", "t"),
        ("AWS_ENDPOINT_URL", &url),
        ("PROBE_IDENTITY", "1"),
        ("NO_PROXY", "127.0.0.1"),
    ];
    let said = machine().probe(None, &keys);
    assert!(said.contains("ends None"), "{said}");
    assert!(said.contains("identity problem expired-credentials"), "{said}");
    assert!(said.contains("sign in None"), "{said}");
}

#[test]
fn a_role_that_aws_refuses_is_a_denial_and_not_a_missing_sign_in() {
    let practice = Practice::start("ready");
    let config =
        profiles::with_keys("user", MEMBER_ACCESS_KEY, "us-east-1") + &profiles::over("deal", profiles::DEAL_ADMIN, "user");
    let machine = Machine::new(&config);
    let probe = || machine.probe(Some("deal"), &[("AWS_ENDPOINT_URL", &practice.server.url()), ("NO_PROXY", "127.0.0.1")]);
    let trust = "remedy The role is arn:aws:iam::412098765432:role/DealAdmin. Two policies have to allow this: the trust policy of the \
                 role, which an administrator of the account 412098765432 can change";
    says(&probe(), "denied", &["AWS says: User: arn:aws:sts::", "is not authorized to perform: sts:AssumeRole", trust]);
    practice.server.change(|account| account.session = Session::Expired);
    says(&probe(), "expired-credentials", &[]);
}

#[test]
fn mistakes_in_the_configuration_are_no_missing_sign_ins() {
    let machine = machine();
    says(&machine.probe(Some("orphan"), &[]), "configuration", &["nobody"]);
    says(&machine.probe(Some("half-sso"), &[]), "configuration", &["sso_region"]);
    says(&machine.probe(Some("token-only"), &[]), "configuration", &["sso_account_id"]);
}

#[test]
fn what_a_profile_names_is_harmless_in_messages() {
    let machine = Machine::new(
        "[profile odd]\nsso_session = co\u{1b}[31m\u{202e}rp\nsso_account_id = 123456789012\nsso_role_name = Admin\n\
         [profile odd-role]\nrole_arn = arn\u{1b}]0;x\u{7}\u{202e}\nmfa_serial = \u{1b}[2J\nsource_profile = keys\n\
         [profile keys]\naws_access_key_id = A\naws_secret_access_key = s\n",
    );
    for profile in ["odd", "odd-role"] {
        let said = machine.probe(Some(profile), &[("AWS_ENDPOINT_URL", &Practice::start("ready").server.url())]);
        assert!(said.contains("problem "), "{said}");
        assert!(!said.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{said:?}");
        assert!(said.contains('\u{FFFD}'), "the name is shown: {said}");
    }
}

#[test]
fn another_account_behind_the_same_profile_shows_when_it_is_read_again() {
    let practice = Practice::start("ready");
    let config = |key: &str| profiles::with_keys("deal", key, "us-east-1");
    let machine = Machine::new(&config(MEMBER_ACCESS_KEY));
    let url = practice.server.url();
    let identity =
        || machine.probe(Some("deal"), &[("AWS_ENDPOINT_URL", &url), ("PROBE_IDENTITY", "1"), ("NO_PROXY", "127.0.0.1")]);
    let said = identity();
    assert!(said.contains("identity arn:aws:sts::412098765432:"), "{said}");
    machine.write("config", &config(MANAGEMENT_ACCESS_KEY));
    let said = identity();
    assert!(said.contains("identity arn:aws:iam::305611223344:"), "{said}");
}

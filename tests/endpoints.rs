//! Who answers is always shown: every host in AWS's place, on the way to credentials and of the management profile, wherever it is told.

use std::path::PathBuf;

use leave_org::simulator::{MANAGEMENT_ACCESS_KEY, MEMBER_ACCESS_KEY};
use serde_json::{Value, json};

use crate::checks::serve;
use crate::command_line::{leave_org, run};
use crate::connecting::Machine;
use crate::ended_sign_ins::{SESSION_TOKEN, listen};
use crate::profiles::{self, everyday};

const ROLE_CREDENTIALS: &str =
    r#"{"roleCredentials":{"accessKeyId":"ASIAROLE","secretAccessKey":"s","sessionToken":"t","expiration":4070908800000}}"#;

/// A sign-in of the sso-session `corp` that needs to be renewed.
fn renewable(ends: &str) -> String {
    format!(
        r#"{{"accessToken":"token","expiresAt":"{ends}","region":"us-east-1","startUrl":"https://corp.awsapps.com/start",
        "clientId":"client","clientSecret":"secret","registrationExpiresAt":"2099-01-01T00:00:00Z","refreshToken":"refresh"}}"#
    )
}

#[test]
fn whoever_receives_the_tokens_of_a_sign_in_is_shown() {
    let machine = Machine::new(&everyday());
    machine.write(SESSION_TOKEN, &renewable("2020-01-01T00:00:00Z"));
    let renewed = r#"{"accessToken":"new","tokenType":"Bearer","expiresIn":28800,"refreshToken":"next"}"#;
    let oidc = listen(move |_| ("200 OK", "", renewed.to_owned()));
    let portal = listen(|_| ("200 OK", "", ROLE_CREDENTIALS.to_owned()));
    let said = machine.probe(Some("sso"), &[("AWS_ENDPOINT_URL_SSO_OIDC", &oidc), ("AWS_ENDPOINT_URL_SSO", &portal)]);
    assert!(said.contains("region us-east-1"), "connected: {said}");
    for (service, url) in [("ssooidc", &oidc), ("sso", &portal)] {
        assert!(said.contains(&format!("endpoint Member {service} {url}\n")), "{said}");
    }
}

#[test]
fn whoever_receives_a_token_is_shown_also_where_it_came_to_nothing() {
    let machine = Machine::new(&everyday());
    machine.write(SESSION_TOKEN, &renewable("2099-01-01T00:00:00Z"));
    let portal = listen(|_| ("500 Internal Server Error", "InternalServerException", "{}".to_owned()));
    let said = machine.probe(Some("sso"), &[("AWS_ENDPOINT_URL_SSO", &portal)]);
    assert!(said.contains("problem ") && said.contains(&format!("endpoint Member sso {portal}\n")), "{said}");
}

#[test]
fn whoever_hands_out_the_credentials_of_a_container_is_shown() {
    let body = r#"{"AccessKeyId":"ASIACONTAINER","SecretAccessKey":"s","Token":"t","Expiration":"2099-01-01T00:00:00Z"}"#;
    let agent = listen(move |_| ("200 OK", "", body.to_owned()));
    let url = format!("{agent}/credentials");
    let said = Machine::new("").probe(None, &[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &url)]);
    assert!(said.contains(&format!("endpoint Member credentials {agent}\n")), "{said}");
}

#[test]
fn the_endpoints_of_the_management_profile_are_its_own() {
    let more = "\n[profile keys]\naws_access_key_id = AKIAMEMBER\naws_secret_access_key = s\n[profile owner]\naws_access_key_id = AKIAOWNER\naws_secret_access_key = s\nendpoint_url = http://127.0.0.1:9\n";
    let said = Machine::new(&(everyday() + more)).probe(Some("keys"), &[("PROBE_MANAGEMENT_PROFILE", "owner")]);
    assert!(said.contains("endpoint Management * http://127.0.0.1:9\n") && !said.contains("endpoint Member"), "{said}");
}

/// A machine whose profiles `deal` and `owner` ask these endpoints, and its configuration file.
fn two_profiles(of_member: &str, of_owner: &str) -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("config");
    let profile = |name, key, url| format!("{}endpoint_url = {url}\n", profiles::with_keys(name, key, "us-east-1"));
    let config = profile("deal", MEMBER_ACCESS_KEY, of_member) + &profile("owner", MANAGEMENT_ACCESS_KEY, of_owner);
    std::fs::write(&file, config).unwrap();
    (home, file)
}

/// Another machine for the program, and this one for the operating system.
const ANOTHER_MACHINE: &str = "0.0.0.0";

#[tokio::test(flavor = "multi_thread")]
async fn requests_in_clear_text_to_another_machine_need_a_flag() {
    let server = serve("").await;
    let url = server.url().replace("127.0.0.1", ANOTHER_MACHINE);
    let told = tokio::task::spawn_blocking(move || {
        let here = url.replace(ANOTHER_MACHINE, "127.0.0.1");
        for (of_member, of_owner, payments) in [(&url, &here, &here), (&here, &url, &here), (&here, &here, &url)] {
            let (home, file) = two_profiles(of_member, of_owner);
            let check = |more: &[&str]| {
                let mut command = leave_org(&home);
                command.args(["check", "--profile", "deal", "--management-profile", "owner"]).args(more);
                run(command.env("AWS_CONFIG_FILE", &file).env("AWS_ENDPOINT_URL_PAYMENTS", payments))
            };
            let refused = check(&[]);
            assert_eq!((refused.code, refused.stdout.as_str()), (3, ""), "{}", refused.stderr);
            assert!(
                refused.stderr.contains(&format!("The endpoint {url} uses http:// and is on another machine")),
                "{}",
                refused.stderr
            );
            assert!(refused.stderr.contains("--allow-http"), "{}", refused.stderr);
            let allowed = check(&["--allow-http"]);
            assert!([0, 4, 5, 6].contains(&allowed.code), "{}{}", allowed.stdout, allowed.stderr);
            assert!(allowed.stderr.contains(&url), "and it is shown: {}", allowed.stderr);
        }
    });
    told.await.unwrap();
    server.shutdown().await;
}

#[test]
fn nothing_on_the_way_to_credentials_goes_to_another_machine_in_clear_text_and_that_is_the_reason() {
    let (tell, asked) = std::sync::mpsc::channel();
    let elsewhere = listen(move |_| {
        let _ = tell.send(());
        ("200 OK", "", ROLE_CREDENTIALS.to_owned())
    });
    let elsewhere = elsewhere.replace("127.0.0.1", ANOTHER_MACHINE);
    let (lasts, ended) = (renewable("2099-01-01T00:00:00Z"), renewable("2020-01-01T00:00:00Z"));
    for (profile, token, variable) in [
        (Some("sso"), &lasts, "AWS_ENDPOINT_URL_SSO"),
        (Some("sso"), &ended, "AWS_ENDPOINT_URL_SSO_OIDC"),
        (None, &lasts, "AWS_EC2_METADATA_SERVICE_ENDPOINT"),
    ] {
        let machine = Machine::new(&everyday());
        machine.write(SESSION_TOKEN, token);
        let on = [(variable, elsewhere.as_str()), ("AWS_EC2_METADATA_DISABLED", "false")];
        let said = machine.probe(profile, &on);
        let told = format!("The endpoint {elsewhere} uses http:// and is on another machine");
        assert!(said.contains("problem configuration Profile ") && said.contains(&told), "{variable}: {said}");
        assert!(!said.contains("endpoint Member"), "nothing is told to have been asked: {said}");
    }
    assert!(asked.try_recv().is_err(), "something was sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_of_a_report_and_the_message_name_the_endpoints() {
    let (member, owner) = (serve("").await, serve("").await);
    let (of_member, of_owner) = (member.url(), owner.url());
    let told = tokio::task::spawn_blocking(move || {
        let (home, file) = two_profiles(&of_member, &of_owner);
        let told = |arguments: &[&str]| {
            let mut command = leave_org(&home);
            command.args(arguments).args(["--profile", "deal", "--management-profile", "owner"]);
            run(command.env("AWS_CONFIG_FILE", &file))
        };
        let report: Value = serde_json::from_str(&told(&["check", "--format", "json"]).stdout).unwrap();
        let endpoints = json!([
            { "profile": "member", "service": "*", "url": of_member },
            { "profile": "management", "service": "*", "url": of_owner },
        ]);
        assert_eq!(report["endpoints"], endpoints);
        let redacted: Value = serde_json::from_str(&told(&["check", "--format", "json", "--redact"]).stdout).unwrap();
        assert!(redacted["endpoints"][0]["url"].as_str().unwrap().starts_with("[name-"), "{}", redacted["endpoints"]);
        for arguments in [&["check"][..], &["check", "--format", "markdown"], &["check", "--format", "html"], &["request"]] {
            let answer = told(arguments);
            let text = answer.stdout.split_whitespace().collect::<Vec<_>>().join(" ").replace('\\', "").replace("&#x2f;", "/");
            for words in [of_member.clone(), format!("{of_owner} (management profile)")] {
                assert!(text.contains(&words), "{arguments:?} without {words}: {text}");
                assert!(answer.stderr.contains(&format!("requests go to a custom endpoint, not to AWS itself: {words}")));
            }
        }
    });
    told.await.unwrap();
    member.shutdown().await;
    owner.shutdown().await;
}

#[test]
fn what_stays_on_this_machine_unencrypted_goes_past_every_proxy() {
    let (tell, asked) = std::sync::mpsc::channel();
    let proxy = listen(move |request| {
        let _ = tell.send(request.to_owned());
        ("200 OK", "", "{}".to_owned())
    });
    let body = r#"{"AccessKeyId":"ASIACONTAINER","SecretAccessKey":"s","Token":"t","Expiration":"2099-01-01T00:00:00Z"}"#;
    let agent = listen(move |_| ("200 OK", "", body.to_owned()));
    let url = format!("{agent}/credentials");
    for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        let said = Machine::new("").probe(
            None,
            &[(variable, &proxy), ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &url), ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "secret")],
        );
        assert!(said.contains(&format!("endpoint Member credentials {agent}\n")), "{said}");
    }
    assert_eq!(asked.try_recv().ok(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_answer_repeats_of_what_it_was_sent_is_struck_out() {
    // Whose credentials these are is answered with the token as the user's name.
    let [namesake, hidden] = [false, true].map(|is_escaped| {
        listen(move |request| {
            if !request.contains("Action=GetCallerIdentity") {
                return ("400 Bad Request", "AccessDeniedException", "{}".to_owned());
            }
            let token = request.lines().find_map(|line| line.strip_prefix("x-amz-security-token: ")).unwrap_or_default();
            let token = if is_escaped {
                token.bytes().map(|byte| format!("&#{byte};")).collect::<Vec<_>>().concat()
            } else {
                token.to_owned()
            };
            let arn = format!("arn:aws:iam::412098765432:user/{token}");
            let who = format!("<UserId>AIDA</UserId><Account>412098765432</Account><Arn>{arn}</Arn>");
            let result = format!("<GetCallerIdentityResult>{who}</GetCallerIdentityResult>");
            ("200 OK", "", format!("<GetCallerIdentityResponse>{result}</GetCallerIdentityResponse>"))
        })
    });
    // Whatever is asked is refused, in words that hold all of the question.
    let echo = listen(|request| {
        let secrets = request.lines().filter(|line| ["token", "authorization", "Action"].iter().any(|part| line.contains(part)));
        let said = secrets.collect::<String>().replace(['"', '\\', '&', '<'], " ");
        let body = if request.contains("Action=") {
            format!("<ErrorResponse><Error><Code>AccessDenied</Code><Message>You sent {said}</Message></Error></ErrorResponse>")
        } else {
            format!(r#"{{"__type":"AccessDeniedException","message":"You sent {said}"}}"#)
        };
        ("400 Bad Request", "AccessDeniedException", body)
    });
    let told = tokio::task::spawn_blocking(move || {
        let home = tempfile::tempdir().unwrap();
        let asked = [
            (&hidden, &["check"][..], "with nothing in it"),
            (&echo, &["check"][..], "You sent"),
            (&echo, &["check", "--format", "json"], "You sent"),
            (&namesake, &["check"], "user/"),
        ];
        for (url, arguments, words) in asked {
            let mut command = leave_org(&home);
            command.args(arguments).env("AWS_ENDPOINT_URL", url);
            command.env("AWS_ACCESS_KEY_ID", "ASIAMEMBER").env("AWS_SECRET_ACCESS_KEY", "secret-key-of-the-member");
            let answer = run(command.env("AWS_SESSION_TOKEN", "token-of-the-session"));
            let said = answer.stdout + &answer.stderr;
            assert!(
                said.contains(words) && (said.contains("[hidden]") || *url == hidden) && !said.contains("token-of-the-session"),
                "{said}"
            );
        }
        let machine = Machine::new(&everyday());
        machine.write(SESSION_TOKEN, &renewable("2099-01-01T00:00:00Z").replace(r#""token""#, r#""token-of-the-portal""#));
        let said = machine.probe(Some("sso"), &[("AWS_ENDPOINT_URL_SSO", &echo)]);
        assert!(!said.contains("token-of-the-portal"), "{said}");
        machine.write("token", "token-of-the-web");
        let token = machine.path("token");
        let role = "arn:aws:iam::412098765432:role/Cluster";
        let web = [("AWS_WEB_IDENTITY_TOKEN_FILE", token.as_str()), ("AWS_ROLE_ARN", role), ("AWS_ENDPOINT_URL_STS", &echo)];
        let said = machine.probe(None, &web);
        assert!(!said.contains("token-of-the-web"), "{said}");
        // Also where another answer repeats it.
        let later = listen(|request| {
            if request.contains("Action=AssumeRoleWithWebIdentity") {
                let keys = "<AccessKeyId>ASIAWEB</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>";
                let keys = format!("<Credentials>{keys}<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>");
                let result = format!("<AssumeRoleWithWebIdentityResult>{keys}</AssumeRoleWithWebIdentityResult>");
                let body = format!("<AssumeRoleWithWebIdentityResponse>{result}</AssumeRoleWithWebIdentityResponse>");
                return ("200 OK", "", body);
            }
            let error = "<Code>AccessDenied</Code><Message>You sent token-of-the-web</Message>";
            ("403 Forbidden", "", format!("<ErrorResponse><Error>{error}</Error></ErrorResponse>"))
        });
        let home = tempfile::tempdir().unwrap();
        let mut command = leave_org(&home);
        command.arg("check").env("AWS_WEB_IDENTITY_TOKEN_FILE", &token).env("AWS_ROLE_ARN", role);
        let answer = run(command.env("AWS_ENDPOINT_URL", &later));
        let said = answer.stdout + &answer.stderr;
        assert!(said.contains("You sent [hidden]") && !said.contains("token-of-the-web"), "{said}");
    });
    told.await.unwrap();
}

#[test]
fn what_is_no_file_is_not_read_as_one() {
    let machine = Machine::new(&everyday());
    let keys = [("AWS_ACCESS_KEY_ID", "AKIAENV"), ("AWS_SECRET_ACCESS_KEY", "s")];
    let role = ("AWS_ROLE_ARN", "arn:aws:iam::412098765432:role/Cluster");
    for (variable, others) in [("AWS_CONFIG_FILE", &keys[..]), ("AWS_CA_BUNDLE", &keys), ("AWS_WEB_IDENTITY_TOKEN_FILE", &[role])]
    {
        let said = machine.probe(None, &[&[(variable, "/dev/zero")], others].concat());
        assert!(said.contains("problem configuration ") && said.contains("/dev/zero"), "{said}");
        assert!(said.contains("it is a device or a pipe, not a file"), "{said}");
    }
    machine.write("bundle.pem", "-----BEGIN hush-hush-----\n");
    let said = machine.probe(Some("sso"), &[("AWS_CA_BUNDLE", &machine.path("bundle.pem"))]);
    assert!(said.contains("it is not a file of PEM certificates") && !said.contains("104, 117, 115, 104"), "{said}");
}

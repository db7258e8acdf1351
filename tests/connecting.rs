//! Connecting: what the configuration of a machine comes to.
//!
//! The SDK reads the environment of its own process, so each case runs this very test binary again, in an environment made for it.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use leave_org::aws::{ConnectOptions, Practice, connect, profiles, sign_in_command};
use leave_org::checklist::StepId;
use leave_org::simulator::{MEMBER_ACCESS_KEY, SECRET_ACCESS_KEY};

use crate::checks::serve;
use crate::profiles::everyday;

/// Besides what everybody has: keys, tools that hand keys out, and an AWS somewhere else.
const MORE: &str = "
[profile keys]
region = us-gov-west-1
aws_access_key_id = AKIAFROMTHEFILE00001
aws_secret_access_key = file-secret
[profile temporary]
aws_access_key_id = ASIAFROMTHEFILE00001
aws_secret_access_key = file-secret
aws_session_token = file-token
[profile old-tool]
credential_process = echo '{\"Version\":1,\"AccessKeyId\":\"ASIAOLD\",\"SecretAccessKey\":\"s\",\"SessionToken\":\"t\",\"Expiration\":\"2020-01-01T00:00:00Z\"}'
[profile tool]
credential_process = echo '{\"Version\":1,\"AccessKeyId\":\"ASIANEW\",\"SecretAccessKey\":\"s\",\"SessionToken\":\"t\",\"Expiration\":\"2099-01-01T00:00:00Z\"}'
[profile elsewhere]
aws_access_key_id = AKIAFROMTHEFILE00001
aws_secret_access_key = file-secret
endpoint_url = http://user:hidden@127.0.0.1:4566
services = own
[services own]
iam =
  endpoint_url = http://localhost:9999/iam
";

/// A machine with AWS configuration of its own.
pub struct Machine {
    home: tempfile::TempDir,
}

impl Machine {
    /// A machine with this configuration file, and nothing else.
    pub fn new(config: &str) -> Self {
        let machine = Self { home: tempfile::tempdir().unwrap() };
        machine.write("config", config);
        machine.write("credentials", "");
        machine
    }

    /// Writes a file below the home folder.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.home.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Writes bytes that need not be text into a file of the home folder.
    pub fn write_bytes(&self, path: &str, bytes: &[u8]) {
        std::fs::write(self.home.path().join(path), bytes).unwrap();
    }

    /// The path of a file below the home folder.
    pub fn path(&self, path: &str) -> String {
        self.home.path().join(path).display().to_string()
    }

    /// Runs [`probe`] on it and returns what that printed, and how long connecting took. The home folder reads HOME.
    pub fn probe(&self, profile: Option<&str>, variables: &[(&str, &str)]) -> String {
        let home = self.home.path();
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "connecting::probe", "--ignored", "--nocapture"])
            .env_clear()
            .envs(crate::clock())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", home)
            .env("AWS_CONFIG_FILE", home.join("config"))
            .env("AWS_SHARED_CREDENTIALS_FILE", home.join("credentials"))
            .envs(profile.map(|name| ("PROBE_PROFILE", name)))
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.replace(&home.display().to_string(), "HOME")
    }
}

fn probed(profile: Option<&str>, variables: &[(&str, &str)]) -> String {
    Machine::new(&(everyday() + MORE)).probe(profile, variables)
}

/// Not a test of its own: what [`probed`] runs.
#[tokio::test]
#[ignore = "run by the other tests of this file, each in an environment of its own"]
async fn probe() {
    let practice = std::env::var("PROBE_PRACTICE").ok().map(|endpoint| Practice {
        endpoint,
        region: "us-east-1".to_owned(),
        access_key_id: MEMBER_ACCESS_KEY.to_owned(),
        secret_access_key: SECRET_ACCESS_KEY.to_owned(),
        management_access_key_id: None,
        profiles: Vec::new(),
    });
    let code = std::env::var("PROBE_CODE").ok();
    let wanted = ConnectOptions {
        profile: std::env::var("PROBE_PROFILE").ok(),
        management_profile: std::env::var("PROBE_MANAGEMENT_PROFILE").ok(),
        mfa_code: code.as_deref().map(|code| code.parse().unwrap()),
        practice,
        ..ConnectOptions::default()
    };
    let begun = Instant::now();
    match connect(&wanted).await {
        Ok(session) => {
            println!("profile {:?} region {} partition {}", session.profile, session.region, session.partition);
            println!("{}", session.chosen.as_deref().unwrap_or_default());
            println!("ends {:?}", session.expire_at.map(|end| end.to_string()));
            if std::env::var("PROBE_IDENTITY").is_ok() {
                match session.reader().identity().await {
                    Ok(identity) => println!("identity {}", identity.arn),
                    Err(problem) => println!("identity {}\nidentity problem {}", problem.message, problem.kind.as_str()),
                }
            }
            if std::env::var("PROBE_OWNER").is_ok() {
                let finding = session.reader().round().check(StepId::DelegatedAdministrator).await;
                println!("owner {finding:?}");
            }
            let shown = format!("{session:?}");
            assert!(!shown.contains("file-secret") && !shown.contains("file-token"), "a session shows its secret");
        }
        Err(problem) => {
            println!("problem {} {}\nremedy {}", problem.kind.as_str(), problem.message, problem.remedy);
            let shown = format!("{problem:?}{wanted:?}");
            assert!(code.is_none_or(|code| !shown.contains(&code)), "a problem shows the code");
        }
    }
    println!("within 3 s: {}", begun.elapsed() < Duration::from_secs(3));
    for endpoint in wanted.endpoints.list() {
        println!("endpoint {:?} {} {}", endpoint.profile, endpoint.service, endpoint.url);
    }
    println!("sign in {:?}", sign_in_command(&wanted).await.map(|words| words.join(" ")));
    println!("{} profiles", profiles(jiff::Timestamp::UNIX_EPOCH).await.map_or(0, |list| list.len()));
}

#[test]
fn no_credentials_answer_soon_and_say_what_was_tried() {
    let said = probed(None, &[]);
    assert!(said.contains("problem no-credentials"), "{said}");
    for source in [
        "environment (AWS_ACCESS_KEY_ID not set)",
        "profile default (in HOME/config",
        "web identity",
        "container",
        "instance metadata",
    ] {
        assert!(said.contains(source), "{source}: {said}");
    }
    assert!(said.contains("within 3 s: true"), "{said}");
    assert!(said.contains("8 profiles"), "{said}");
}

#[test]
fn an_unknown_profile_names_those_that_exist() {
    for (flag, variable, by) in [
        (Some("prod"), None, ""),
        (None, Some("AWS_PROFILE"), ", named by AWS_PROFILE,"),
        (None, Some("AWS_DEFAULT_PROFILE"), ", named by AWS_DEFAULT_PROFILE,"),
    ] {
        let variables: Vec<_> = variable.map(|variable| (variable, "prod")).into_iter().collect();
        let said = probed(flag, &variables);
        let told = format!("problem configuration There is no profile “prod”{by} in HOME/config");
        assert!(said.contains(&told), "{said}");
        assert!(said.contains("console, default, elsewhere, keys, old-tool, sso, temporary, tool"), "{said}");
    }
}

#[test]
fn a_profile_that_was_named_beats_keys_in_the_environment() {
    let keys = [("AWS_ACCESS_KEY_ID", "AKIAFROMTHEENVIRONMT"), ("AWS_SECRET_ACCESS_KEY", "other")];
    let said = probed(Some("keys"), &keys);
    assert!(said.contains("profile Some(\"keys\") region us-gov-west-1 partition aws-us-gov"), "{said}");
    let said = probed(None, &keys);
    assert!(said.contains("profile None region eu-central-1 partition aws"), "{said}");
    let said = probed(Some("keys"), &[("AWS_REGION", "cn-north-1")]);
    assert!(said.contains("region cn-north-1 partition aws-cn"), "{said}");
}

#[test]
fn the_older_variable_for_the_profile_counts_as_the_aws_cli_counts_it() {
    let said = probed(None, &[("AWS_DEFAULT_PROFILE", "keys"), ("AWS_PROFILE", "temporary")]);
    assert!(said.contains("profile Some(\"keys\") region us-gov-west-1"), "{said}");
    let said = probed(Some("temporary"), &[("AWS_DEFAULT_PROFILE", "keys")]);
    assert!(said.contains("profile Some(\"temporary\")"), "{said}");
    let said = probed(None, &[("AWS_PROFILE", "")]);
    assert!(said.contains("There is no profile “”, named by AWS_PROFILE,"), "{said}");
}

#[test]
fn without_a_region_nothing_waits_for_the_metadata_service() {
    let said = probed(Some("temporary"), &[]);
    assert!(said.contains("region us-east-1"), "{said}");
    assert!(said.contains("within 3 s: true"), "{said}");
}

#[test]
fn a_sign_in_that_has_not_happened_names_its_command() {
    let said = probed(Some("sso"), &[]);
    assert!(said.contains("Sign in: aws sso login --profile sso"), "{said}");
    assert!(said.contains("sign in Some(\"aws sso login --profile sso\")"), "{said}");
    let said = probed(Some("console"), &[]);
    assert!(said.contains("sign in Some(\"aws login --profile console\")"), "{said}");
    assert!(said.contains("problem"), "{said}");
}

#[test]
fn credentials_say_when_they_end_and_those_past_their_end_are_not_used() {
    let said = probed(Some("tool"), &[]);
    assert!(said.contains("ends Some(\"2099-01-01T00:00:00Z\")"), "{said}");
    let said = probed(Some("old-tool"), &[]);
    assert!(said.contains("problem expired-credentials"), "{said}");
}

#[test]
fn what_chose_the_credentials_is_said_and_what_is_not_used() {
    let keys = [("AWS_ACCESS_KEY_ID", "AKIAENV"), ("AWS_SECRET_ACCESS_KEY", "s")];
    let of_environment = "access keys in the environment (AWS_ACCESS_KEY_ID)";
    for (profile, variables, chosen) in [
        (Some("keys"), &[][..], "Credentials: profile “keys”.".to_owned()),
        (Some("keys"), &keys, format!("Credentials: profile “keys”. Not used: {of_environment}.")),
        (None, &keys, format!("Credentials: {of_environment}.")),
        (None, &[("AWS_PROFILE", "keys")], "Credentials: profile “keys” (AWS_PROFILE).".to_owned()),
        (
            None,
            &[("AWS_PROFILE", "temporary"), ("AWS_DEFAULT_PROFILE", "keys")],
            "Credentials: profile “keys” (AWS_DEFAULT_PROFILE). Not used: profile “temporary” (AWS_PROFILE).".to_owned(),
        ),
        (
            None,
            &[keys[0], keys[1], ("AWS_PROFILE", "temporary")],
            format!("Credentials: {of_environment}. Not used: profile “temporary” (AWS_PROFILE)."),
        ),
    ] {
        let said = probed(profile, variables);
        assert!(said.contains(&format!("{chosen}\n")), "{variables:?}: {said}");
    }
}

#[test]
fn without_credentials_there_are_three_ways_each_with_its_command() {
    let off = ("AWS_EC2_METADATA_DISABLED", "true");
    let said = Machine::new("").probe(None, &[off]);
    for way in ["Set up a sign-in: aws configure sso\n", "aws configure --profile NAME\n", "leave-org demo\n"] {
        assert!(said.contains(way), "{said}");
    }
    let said = probed(None, &[off]);
    let ways = ["Sign in: aws login --profile console (then run leave-org --profile console)\n", "(found: console, "];
    assert!(ways.iter().all(|way| said.contains(way)), "{said}");
}

#[test]
fn a_profile_that_the_sdk_passes_over_for_its_name_is_not_called_missing() {
    for section in ["[profile my deal]", "[profile \"my deal\"]"] {
        let said = Machine::new(&format!("{section}\nregion = us-east-1\n")).probe(Some("my deal"), &[]);
        assert!(
            said.contains(
                "The AWS SDK ignores the section of this profile because its name contains a space or special character"
            ),
            "{said}"
        );
    }
}

#[test]
fn custom_endpoints_are_found_wherever_they_are_set() {
    let said = probed(Some("elsewhere"), &[]);
    assert!(said.contains("endpoint Member * http://127.0.0.1:4566"), "{said}");
    assert!(said.contains("endpoint Member iam http://localhost:9999"), "{said}");
    assert!(!said.contains("hidden"), "{said}");
    let said = probed(Some("keys"), &[("AWS_ENDPOINT_URL_ORGANIZATIONS", "http://127.0.0.1:1234")]);
    assert!(said.contains("endpoint Member organizations http://127.0.0.1:1234"), "{said}");
    let said = probed(Some("keys"), &[("AWS_ENDPOINT_URL_PAYMENTS", "http://127.0.0.1:1235")]);
    assert!(said.contains("endpoint Member payments http://127.0.0.1:1235"), "{said}");
    let said =
        probed(Some("keys"), &[("AWS_ENDPOINT_URL", "http://127.0.0.1:1"), ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")]);
    assert!(!said.contains("endpoint "), "{said}");
}

#[test]
fn a_retry_setting_that_is_none_is_named_with_its_place_and_the_oldest_mode_is_taken() {
    let with = |line: &str| {
        let keys = "[profile p]\naws_access_key_id = AKIAFROMTHEFILE00001\naws_secret_access_key = s\n";
        Machine::new(&format!("{keys}{line}\n")).probe(Some("p"), &[])
    };
    assert!(with("retry_mode = legacy").contains("profile Some(\"p\")"));
    for profile in ["sso", "console", "tool"] {
        let said = probed(Some(profile), &[("AWS_RETRY_MODE", "legacy"), ("AWS_MAX_ATTEMPTS", "2")]);
        assert!(said.contains("within 3 s: ") && !said.contains("internal"), "{profile}: {said}");
    }
    for (line, told) in [
        (
            "max_attempts = 0",
            "The setting max_attempts in profile “p” (HOME/config and HOME/credentials) is “0”, which is not valid.",
        ),
        (
            "retry_mode = fast",
            "The setting retry_mode in profile “p” (HOME/config and HOME/credentials) is “fast”, which is not valid.",
        ),
    ] {
        let said = with(line);
        assert!(said.contains("problem configuration") && said.contains(told), "{said}");
    }
    let said = probed(Some("keys"), &[("AWS_MAX_ATTEMPTS", "")]);
    assert!(said.contains("The setting AWS_MAX_ATTEMPTS in the environment is “”"), "{said}");
    assert!(said.contains("within 3 s: true"), "{said}");
}

#[test]
fn a_region_that_cannot_be_one_is_named_with_its_place() {
    let keys = "[profile p]\naws_access_key_id = AKIAFROMTHEFILE00001\naws_secret_access_key = s\n";
    for region in ["EU", "-", "eu central"] {
        let said = Machine::new(&format!("{keys}region = {region}\n")).probe(Some("p"), &[]);
        let told =
            format!("The setting region in profile “p” (HOME/config and HOME/credentials) is “{region}”, which is not valid.");
        assert!(said.contains("problem configuration") && said.contains(&told), "{said}");
        let said = Machine::new(keys).probe(Some("p"), &[("AWS_DEFAULT_REGION", region)]);
        let told = format!("The setting AWS_DEFAULT_REGION in the environment is “{region}”, which is not valid.");
        assert!(said.contains("problem configuration") && said.contains(&told), "{said}");
    }
}

#[test]
fn keys_that_no_request_can_carry_are_named_with_their_place_and_not_shown() {
    let config = "
[profile id]
aws_access_key_id = AKIA\u{7}
aws_secret_access_key = s
[profile token]
aws_access_key_id = ASIAFROMTHEFILE00001
aws_secret_access_key = s
aws_session_token = token
  of two lines
[profile over-token]
role_arn = arn:aws:iam::345678901234:role/DealAdmin
source_profile = token
[profile over-environment]
role_arn = arn:aws:iam::345678901234:role/DealAdmin
credential_source = Environment
[profile command]
credential_process = echo '{\"Version\":1,\"AccessKeyId\":\"AKIA\\u0007\",\"SecretAccessKey\":\"s\"}'
";
    let machine = Machine::new(config);
    let keys = [("AWS_ACCESS_KEY_ID", "AKIAENV"), ("AWS_SECRET_ACCESS_KEY", "s"), ("AWS_SESSION_TOKEN", "token\nof two lines")];
    let of = |key: &str, profile: &str| {
        format!("The setting {key} in profile “{profile}” (HOME/config and HOME/credentials) contains")
    };
    let of_environment = "The setting AWS_SESSION_TOKEN in the environment contains".to_owned();
    for (profile, variables, told) in [
        (Some("id"), &[][..], of("aws_access_key_id", "id")),
        (Some("token"), &[], of("aws_session_token", "token")),
        (Some("over-token"), &[], of("aws_session_token", "token")),
        (Some("over-environment"), &keys, of_environment.clone()),
        (None, &keys, of_environment),
        (Some("command"), &[], "printed an AccessKeyId or a SessionToken with".to_owned()),
    ] {
        let said = machine.probe(profile, variables);
        assert!(
            said.contains(&format!("{told} a character that cannot be sent to AWS, such as a line break.")),
            "{profile:?}: {said}"
        );
        assert!(!said.contains("of two lines") && !said.contains("AKIA\u{fffd}"), "{said}");
    }
    // The SDK trims this one.
    let trimmed = [keys[0], keys[1], ("AWS_SESSION_TOKEN", "token\n")];
    assert!(machine.probe(None, &trimmed).contains("profile None"));
}

#[test]
fn a_region_to_sign_in_to_that_is_none_is_named_with_its_place() {
    let account = "sso_account_id = 412098765432\nsso_role_name = Admin\n";
    let session = "[sso-session corp]\nsso_region = eu west\nsso_start_url = https://corp.awsapps.com/start\n";
    let shared = format!("[profile p]\nsso_session = corp\n{account}{session}");
    let own = format!("[profile p]\nsso_region = eu west\nsso_start_url = https://corp.awsapps.com/start\n{account}");
    let over = format!("{shared}[profile over]\nrole_arn = arn:aws:iam::412098765432:role/X\nsource_profile = p\n");
    for (config, profile, place) in [
        (&shared, "p", "the section sso-session corp (HOME/config and HOME/credentials)"),
        (&own, "p", "profile “p” (HOME/config and HOME/credentials)"),
        (&over, "over", "the section sso-session corp (HOME/config and HOME/credentials)"),
    ] {
        let said = Machine::new(config).probe(Some(profile), &[]);
        let told = format!("problem configuration The setting sso_region in {place} is “eu west”, which is not valid.");
        assert!(said.contains(&told), "{said}");
    }
}

#[test]
fn sections_that_differ_only_in_blanks_are_refused_because_either_could_count() {
    let keys = |id: &str| format!("aws_access_key_id = {id}\naws_secret_access_key = s\n");
    let config = format!("[profile p]\n{}[profile  p]\n{}", keys("AKIAONE"), keys("AKIATWO"));
    let said = Machine::new(&config).probe(Some("p"), &[]);
    let told = "problem configuration HOME/config cannot be read: lines 1 and 4 begin the same section, with different blanks";
    assert!(said.contains(told), "{said}");
}

#[test]
fn a_row_of_far_too_many_source_profiles_is_not_followed() {
    let row = |profiles: usize| {
        let over = |number: usize| crate::profiles::over(&format!("p{number}"), "Deal", &format!("p{}", number + 1));
        let row: String = (0..profiles).map(over).collect();
        Machine::new(&row).probe(Some("p0"), &[])
    };
    let told =
        "problem configuration The profile “p0” (HOME/config and HOME/credentials) goes through more than 100 source profiles.";
    assert!(row(101).contains(told));
    let said = row(30);
    assert!(said.contains("p30") && !said.contains("source profiles."), "{said}");
}

#[test]
fn an_endpoint_that_is_refused_is_named_with_its_place() {
    let keys = "aws_access_key_id = AKIAFROMTHEFILE00001\naws_secret_access_key = s\n";
    for (url, told) in [("http://aws.example", "uses http:// and is on another machine"), ("aws.example", "is no URL")] {
        let said = Machine::new(&format!("[profile p]\n{keys}endpoint_url = {url}\n")).probe(Some("p"), &[]);
        let place = "set by endpoint_url for profile “p” (HOME/config and HOME/credentials)";
        assert!(said.contains("problem configuration") && said.contains(told) && said.contains(place), "{said}");
        let said = Machine::new(&format!("[profile p]\n{keys}")).probe(Some("p"), &[("AWS_ENDPOINT_URL_STS", url)]);
        assert!(said.contains(told) && said.contains("set by AWS_ENDPOINT_URL_STS"), "{said}");
    }
}

#[test]
fn a_section_in_the_form_of_the_other_file_is_named() {
    let machine = Machine::new("[deal]\nregion = eu-central-1\n");
    let said = machine.probe(Some("deal"), &[]);
    let told = "The configuration file has a section [deal]; in this file it has to be [profile deal].";
    assert!(said.contains("problem configuration There is no profile “deal”") && said.contains(told), "{said}");
    machine.write("config", "");
    machine.write("credentials", "[profile deal]\n");
    let said = machine.probe(Some("deal"), &[]);
    assert!(said.contains("The credentials file has a section [profile deal]; in this file it has to be [deal]."), "{said}");
    assert!(!machine.probe(Some("other"), &[]).contains("has a section"));
}

#[test]
fn fips_endpoints_and_a_custom_one_are_too_much() {
    let keys = "[profile deal]\nuse_fips_endpoint = true\naws_access_key_id = AKIAFROMTHEFILE00001\naws_secret_access_key = s\n";
    let machine = Machine::new(keys);
    let said = machine.probe(Some("deal"), &[("AWS_ENDPOINT_URL", "http://127.0.0.1:9")]);
    assert!(said.contains("problem configuration FIPS endpoints are switched on") && said.contains("127.0.0.1:9"), "{said}");
    assert!(machine.probe(Some("deal"), &[]).contains("profile Some(\"deal\")"));
}

#[test]
fn a_file_that_cannot_be_decoded_is_named_with_its_line_and_never_told_as_empty() {
    let machine = Machine::new("");
    let keys = "[profile deal]\naws_access_key_id = AKIAFROMTHEFILE00001\naws_secret_access_key = s\n";
    for (bytes, told) in [
        ([b"[profile deal]\n# M\xfcller\n".as_slice(), keys.as_bytes()].concat(), "line 2 is not in UTF-8."),
        ([b"\xff\xfe[\0p\0".as_slice()].concat(), "it is in UTF-16."),
        ([b"\xef\xbb\xbf".as_slice(), keys.as_bytes()].concat(), "line 1 begins with a byte order mark."),
        (vec![b'#'; (10 << 20) + 1], "it is larger than 10 MB."),
    ] {
        machine.write_bytes("config", &bytes);
        let said = machine.probe(Some("deal"), &[]);
        assert!(said.contains(&format!("problem configuration HOME/config cannot be read: {told}")), "{said}");
        assert!(!said.contains("none"), "{said}");
    }
    let said = machine.probe(Some("deal"), &[("AWS_CONFIG_FILE", &machine.path(""))]);
    assert!(said.contains("problem configuration HOME/ cannot be read: it is a directory."), "{said}");
    machine.write("config", keys);
    assert!(machine.probe(Some("deal"), &[("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")]).contains("profile Some(\"deal\")"));
    assert!(machine.probe(Some("deal"), &[("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")]).contains("profile Some(\"deal\")"));
}

#[test]
fn of_two_keys_the_missing_one_is_named() {
    let said = Machine::new("").probe(None, &[("AWS_SECRET_ACCESS_KEY", "s")]);
    assert!(said.contains("environment (AWS_SECRET_ACCESS_KEY is set, and AWS_ACCESS_KEY_ID is missing)"), "{said}");
    let said = Machine::new("[default]\naws_access_key_id = AKIAFROMTHEFILE00001\n").probe(None, &[]);
    assert!(said.contains("profile missing aws_secret_access_key"), "{said}");
    let said = Machine::new("").probe(None, &[("AWS_ACCESS_KEY_ID", "AKIAFROMTHEENVIRONMT")]);
    assert!(said.contains("environment (AWS_ACCESS_KEY_ID is set, and AWS_SECRET_ACCESS_KEY is missing)"), "{said}");
}

#[test]
fn a_file_that_is_no_configuration_is_a_problem_of_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let file: &Path = &folder.path().join("broken");
    std::fs::write(file, "[profile").unwrap();
    let said = probed(None, &[("AWS_CONFIG_FILE", file.to_str().unwrap())]);
    assert!(said.contains("problem configuration"), "{said}");
}

#[tokio::test]
async fn the_practice_aws_is_reached_whatever_the_environment_says() {
    let server = serve("").await;
    let url = server.url();
    let said = tokio::task::spawn_blocking(move || {
        probed(
            None,
            &[
                ("PROBE_PRACTICE", &url),
                ("PROBE_IDENTITY", "1"),
                ("HTTP_PROXY", "http://127.0.0.1:9"),
                ("AWS_CA_BUNDLE", "/nowhere"),
                ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
                ("AWS_PROFILE", "missing"),
            ],
        )
    });
    let said = said.await.unwrap();
    assert!(said.contains("identity arn:aws:sts::412098765432:assumed-role/PlatformAdmin/"), "{said}");
    assert!(!said.contains("endpoint "), "{said}");
}

#[tokio::test]
async fn the_configured_endpoint_is_the_one_that_is_asked() {
    let server = serve("").await;
    let url = server.url();
    let said = tokio::task::spawn_blocking(move || {
        probed(
            Some("keys"),
            &[("AWS_ENDPOINT_URL", &url), ("AWS_REGION", "eu-west-1"), ("PROBE_IDENTITY", "1"), ("NO_PROXY", "127.0.0.1")],
        )
    });
    let said = said.await.unwrap();
    assert!(said.contains("identity arn:aws:sts::412098765432"), "{said}");
    assert!(said.contains("endpoint Member * http://127.0.0.1:"), "{said}");
}

#[tokio::test]
async fn credentials_of_another_partition_than_the_region_are_a_problem() {
    let server = serve("").await;
    let url = server.url();
    let said = tokio::task::spawn_blocking(move || {
        probed(Some("keys"), &[("AWS_ENDPOINT_URL", &url), ("AWS_REGION", "cn-north-1"), ("PROBE_IDENTITY", "1")])
    });
    let said = said.await.unwrap();
    assert!(said.contains("identity These credentials belong to the partition aws, but the region cn-north-1"), "{said}");
}

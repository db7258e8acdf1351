//! What configuration files and environments may hold, at random: whole, damaged, cut in the middle of a character, in other encodings, huge.
//!
//! Each input ends in a session or in a problem that names a place and a reason; nothing panics, nothing hangs. The SDK reads the environment of
//! its own process, so one run of this test binary tries many pairs of files in one environment made for it. All that it could ask is this
//! machine: endpoints and proxies lead to a server here that refuses everything.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use leave_org::aws::{ConnectOptions, Session, connect, profiles, sign_in_command};
use leave_org::checklist::{Problem, ProblemKind};
use leave_org::untrusted::sanitize;

use crate::random::{Dice, cases};

/// How many pairs of files are tried in one environment.
const FILES_EACH: u64 = 40;

/// One pair of files in so many is about 10 MB long.
const HUGE_ONE_IN: usize = 5_000;

/// No input takes longer, on a slow machine with much else to do: 10 MB are read several times, by a parser that may not be optimised.
const LONGEST: Duration = Duration::from_mins(2);

/// A certificate that can be trusted.
const CERTIFICATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/certificates/authority.pem");

/// What no sentence may show.
const SECRET: &str = "hush-hush";

/// What begins the report of an input that does not end well, and how many of those are shown.
const WRONG: &str = "\nwrong: input ";
const MOST_SHOWN: usize = 5;

/// How often what came out.
type Tally = BTreeMap<String, u64>;

#[test]
fn whatever_files_and_environment_hold_there_is_a_session_or_a_problem_with_a_place_and_a_reason() {
    let tally = try_all(u64::from(cases(4_000)));
    // The dice have to fall on everything, or nothing was shown.
    for (outcome, least) in
        [("session", cases(300)), ("configuration", cases(400)), ("no-credentials", cases(300)), ("denied", cases(10))]
    {
        assert!(tally.get(outcome).is_some_and(|count| *count >= u64::from(least)), "{outcome}: {tally:?}");
    }
}

#[test]
#[ignore = "takes minutes"]
fn the_same_a_hundred_thousand_times() {
    let begun = Instant::now();
    let tally = try_all(100_000);
    println!("{tally:?} in {} s", begun.elapsed().as_secs());
}

/// Tries so many inputs, two environments at a time.
fn try_all(inputs: u64) -> Tally {
    let port = refusing();
    let environments = inputs.div_ceil(FILES_EACH);
    let next = AtomicU64::new(0);
    let said = Mutex::new(String::new());
    let work = || {
        while let Some(environment) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|number| *number < environments) {
            let of_one = try_one(environment, port);
            *said.lock().unwrap() += &of_one;
        }
    };
    thread::scope(|scope| {
        scope.spawn(work);
        work();
    });
    let said = said.into_inner().unwrap();
    let mut tally = Tally::new();
    for outcome in said.lines().filter_map(|line| line.strip_prefix("outcome ")) {
        *tally.entry(outcome.to_owned()).or_default() += 1;
    }
    let wrong: Vec<&str> = said.split(WRONG).skip(1).collect();
    let first = wrong.iter().take(MOST_SHOWN).copied().collect::<Vec<_>>().join(WRONG);
    assert!(wrong.is_empty(), "{tally:?}, and {} inputs do not end well. The first:{WRONG}{first}", wrong.len());
    assert_eq!(tally.values().sum::<u64>(), environments * FILES_EACH, "{tally:?}");
    tally
}

/// Refuses whatever it is asked, as AWS and as a proxy would. It ends with this process.
fn refusing() -> u16 {
    let body =
        "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error><RequestId>r</RequestId></ErrorResponse>";
    let answer = format!(
        "HTTP/1.1 403 Forbidden\r\nContent-Type: text/xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 16_384]);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    port
}

/// Runs [`probe`] in one environment, over all of its files, and gives what that printed.
fn try_one(environment: u64, port: u16) -> String {
    let home = tempfile::tempdir().unwrap();
    // No command runs but what the shell has built in, whatever damage makes of a line.
    let commands = home.path().join("bin");
    std::fs::create_dir(&commands).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("/bin/sh", commands.join("sh")).unwrap();
    std::fs::write(home.path().join("garbage"), b"\xff\0-----BEGIN CERTIFICATE-----\n").unwrap();
    let variables = variables(&mut Dice(environment), home.path(), port);
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "configurations::probe", "--ignored", "--nocapture"])
        .current_dir(home.path())
        .env_clear()
        .envs(crate::clock())
        .env("PATH", commands)
        .envs(&variables)
        .env("PROBE_HOME", home.path())
        .env("PROBE_FIRST", (environment * FILES_EACH).to_string())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return said;
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    let died = if said.contains(WRONG) { "" } else { WRONG };
    format!("{said}{died}environment {environment}: {}, {variables:?}\n{complaint}\n", output.status)
}

/// Not a test of its own: what [`try_one`] runs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by the other tests of this file, each time in an environment of its own"]
async fn probe() {
    let home = std::env::var_os("PROBE_HOME").unwrap();
    let home = Path::new(&home);
    let first: u64 = std::env::var("PROBE_FIRST").unwrap().parse().unwrap();
    let mut all_end_well = true;
    for number in first..first + FILES_EACH {
        // Not the dice of an environment.
        let mut dice = Dice(number << 32);
        let input = Input::new(&mut dice);
        std::fs::write(home.join("config"), &input.config).unwrap();
        std::fs::write(home.join("credentials"), &input.credentials).unwrap();
        let wrong = match tokio::time::timeout(LONGEST, tokio::spawn(ends_well(input.wanted(), input.is_whole))).await {
            Ok(Ok(Ok(outcome))) => {
                println!("outcome {outcome}");
                continue;
            }
            Ok(Ok(Err(wrong))) => wrong,
            Ok(Err(error)) => format!("panic: {error}"),
            Err(_) => "hangs".to_owned(),
        };
        let shown = |bytes: &[u8]| bytes[..bytes.len().min(5_000)].escape_ascii().to_string().replace("\\n", "\n");
        let Input { config, credentials, profile, management_profile, .. } = &input;
        println!("{WRONG}{number}: {wrong}\nprofile {profile:?}, management profile {management_profile:?}");
        println!("config:\n{}\ncredentials:\n{}", shown(config), shown(credentials));
        all_end_well = false;
        if wrong == "hangs" {
            // It holds a thread, and the end of a test would wait for that.
            std::process::exit(1);
        }
    }
    assert!(all_end_well);
}

/// Connects, and asks what a start asks. Says what came out, or what is wrong with it.
async fn ends_well(wanted: ConnectOptions, is_whole: bool) -> Result<String, String> {
    let outcome = connect(&wanted).await;
    let shown = format!("{outcome:?}");
    if is_whole && shown.contains(SECRET) {
        return Err(format!("a secret is shown: {shown}"));
    }
    // They read the same files.
    sign_in_command(&wanted).await;
    if let Err(problem) = profiles(jiff::Timestamp::UNIX_EPOCH).await {
        check(&problem, &wanted)?;
    }
    match outcome {
        Ok(session) => {
            asks(&session).await?;
            Ok("session".to_owned())
        }
        Err(problem) => {
            check(&problem, &wanted)?;
            Ok(problem.kind.as_str().to_owned())
        }
    }
}

/// A session is of use only if its credentials can sign a question. Where the server of the tests answers, one is asked.
async fn asks(session: &Session) -> Result<(), String> {
    let is_here = |url: &str| url.starts_with("http://127.0.0.1:");
    if !session.answering.iter().any(|endpoint| endpoint.service == "*" && is_here(&endpoint.url)) {
        return Ok(());
    }
    match session.reader().identity().await {
        Err(problem) if problem.kind == ProblemKind::Internal => Err(format!("the first question: {problem:?}")),
        _ => Ok(()),
    }
}

/// Whether a problem tells a person where to look and why.
fn check(problem: &Problem, wanted: &ConnectOptions) -> Result<(), String> {
    let said = &problem.message;
    let wrong = |why: &str| Err(format!("{why}: {} {said:?} {:?}", problem.kind.as_str(), problem.remedy));
    if problem.kind == ProblemKind::Internal {
        return wrong("nobody foresaw it");
    }
    if said.trim().is_empty() || problem.remedy.trim().is_empty() {
        return wrong("nothing is said");
    }
    if *said != sanitize(said) {
        return wrong("it is not neutralised");
    }
    // What AWS or the way to it refused is theirs to tell.
    let is_of_this_machine = matches!(
        problem.kind,
        ProblemKind::Configuration | ProblemKind::NoCredentials | ProblemKind::ExpiredCredentials | ProblemKind::MfaCodeNeeded
    );
    let names = |text: &str| !text.is_empty() && said.contains(text);
    // A file below `~` is named with the home folder.
    let files =
        ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "HOME"].map(|variable| std::env::var(variable).unwrap_or_default());
    let profiles = [&wanted.profile, &wanted.management_profile].map(|name| sanitize(name.as_deref().unwrap_or_default()));
    let names_place = files.iter().any(|file| names(&sanitize(file).chars().take(100).collect::<String>()))
        || profiles.iter().any(|name| names(name))
        || ["AWS_", "_PROXY", "_proxy"].iter().any(|variable| said.contains(variable))
        || said.to_lowercase().contains("profile ");
    if is_of_this_machine && said.ends_with('…') {
        return wrong("the reason is cut off");
    }
    if is_of_this_machine && !names_place {
        return wrong("it names no place");
    }
    Ok(())
}

/// The variables of one environment. All that could be asked leads to `port` of this machine.
fn variables(dice: &mut Dice, home: &Path, port: u16) -> BTreeMap<String, OsString> {
    let server = format!("http://127.0.0.1:{port}");
    let below = |path: &str| home.join(path).into_os_string();
    let mut variables: BTreeMap<String, OsString> = [
        ("HOME", below("")),
        ("AWS_CONFIG_FILE", below("config")),
        ("AWS_SHARED_CREDENTIALS_FILE", below("credentials")),
        ("AWS_EC2_METADATA_DISABLED", "true".into()),
        ("AWS_ENDPOINT_URL", server.clone().into()),
        ("HTTP_PROXY", server.clone().into()),
        ("HTTPS_PROXY", server.clone().into()),
        // Those of a machine take a while to read, and differ.
        ("SSL_CERT_FILE", CERTIFICATE.into()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    for _ in 0..dice.roll(5) {
        let what = dice.roll(26);
        let (name, values) =
            if what < 13 { of_settings(dice, what, home, port) } else { of_surroundings(dice, what, home, port) };
        if name == "AWS_ACCESS_KEY_ID" {
            variables.insert("AWS_SECRET_ACCESS_KEY".to_owned(), SECRET.into());
            if dice.one_in(2) {
                variables.insert("AWS_SESSION_TOKEN".to_owned(), dice.pick(&["token", "to\nken", "\u{fc}", ""]).into());
            }
        }
        // The host of this address would be looked up by its name.
        let is_a_way_out = name.to_lowercase().ends_with("_proxy") || name == "AWS_CONTAINER_CREDENTIALS_FULL_URI";
        let value = if dice.one_in(8) && !is_a_way_out { odd(dice) } else { mostly(dice, &values) };
        variables.insert(name.to_owned(), value);
    }
    variables
}

/// A variable with a setting, and values for it: the first is a good one.
fn of_settings(dice: &mut Dice, what: usize, home: &Path, port: u16) -> (&'static str, Vec<OsString>) {
    let server = format!("http://127.0.0.1:{port}");
    let below = |path: &str| home.join(path).into_os_string();
    match what {
        0 => ("AWS_PROFILE", PROFILES.map(Into::into).to_vec()),
        1 => ("AWS_DEFAULT_PROFILE", PROFILES.map(Into::into).to_vec()),
        2 => ("AWS_REGION", REGIONS.map(Into::into).to_vec()),
        3 => ("AWS_DEFAULT_REGION", REGIONS.map(Into::into).to_vec()),
        4 => ("AWS_RETRY_MODE", ["legacy", "standard", "adaptive", "fast"].map(Into::into).to_vec()),
        5 => ("AWS_MAX_ATTEMPTS", ["1", "2", "0", "-1", "1e9", "99999999999"].map(Into::into).to_vec()),
        6 => (
            "AWS_ENDPOINT_URL",
            [
                "http://127.0.0.1",
                "https://",
                "//x",
                "http://[::1",
                "https://a b",
                "ftp://x",
                "https://aws.example",
                "http://aws.example",
            ]
            .map(Into::into)
            .to_vec(),
        ),
        7 => (
            dice.pick(&[
                "AWS_ENDPOINT_URL_STS",
                "AWS_ENDPOINT_URL_IAM",
                "AWS_ENDPOINT_URL_SSO",
                "AWS_ENDPOINT_URL_ORGANIZATIONS",
            ]),
            vec![
                server.clone().into(),
                "127.0.0.1".into(),
                "https://user:p@aws.example:99999/x?y#z".into(),
                "http://\u{fc}.example".into(),
            ],
        ),
        8 => ("AWS_CA_BUNDLE", vec![CERTIFICATE.into(), below("missing"), below("garbage"), below(""), "/dev/null".into()]),
        9 => ("AWS_USE_FIPS_ENDPOINT", TRUTHS.map(Into::into).to_vec()),
        10 => ("AWS_USE_DUALSTACK_ENDPOINT", TRUTHS.map(Into::into).to_vec()),
        11 => (
            "AWS_CONFIG_FILE",
            vec![below("config"), below(""), below("missing"), "/dev/null".into(), "~/config".into(), "~nobody/config".into()],
        ),
        _ => (
            "AWS_SHARED_CREDENTIALS_FILE",
            vec![below("credentials"), below(""), below("garbage"), "/dev/null".into(), "~".into(), "config".into()],
        ),
    }
}

/// A variable with what surrounds a program, or gives it credentials, and values for it.
fn of_surroundings(dice: &mut Dice, what: usize, home: &Path, port: u16) -> (&'static str, Vec<OsString>) {
    let server = format!("http://127.0.0.1:{port}");
    let below = |path: &str| home.join(path).into_os_string();
    match what {
        // What is no proxy is turned away, so that nothing goes around the one that leads here.
        13 => (
            dice.pick(&["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"]),
            vec![server.clone().into(), "socks5://127.0.0.1:1".into(), "http//x".into(), "http://user:pw@".into(), "::".into()],
        ),
        14 => ("AWS_ROLE_ARN", ["arn:aws:iam::412098765432:role/Web", "no arn"].map(Into::into).to_vec()),
        15 => (
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            vec![below("missing"), below("garbage"), below(""), "/dev/null".into(), CERTIFICATE.into()],
        ),
        16 => (
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            vec![
                format!("{server}/c").into(),
                "http://[::1".into(),
                "no uri".into(),
                "http://192.0.2.1/".into(),
                "http://localhost:1/".into(),
            ],
        ),
        // Those of a container's own address would be asked there, past every proxy: tests do not leave this machine.
        17 => ("AWS_CONTAINER_CREDENTIALS_FULL_URI", vec![format!("{server}/d").into(), server.clone().into()]),
        18 => ("AWS_CONTAINER_AUTHORIZATION_TOKEN", ["token", "to\nken"].map(Into::into).to_vec()),
        19 => ("AWS_EC2_METADATA_DISABLED", ["true", "TRUE"].map(Into::into).to_vec()),
        20 => (
            dice.pick(&[
                "AWS_EC2_METADATA_SERVICE_ENDPOINT",
                "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
                "AWS_EC2_METADATA_V1_DISABLED",
            ]),
            vec![server.clone().into(), "ipv6".into(), "http://[".into()],
        ),
        21 => ("AWS_STS_REGIONAL_ENDPOINTS", ["legacy", "regional", "other"].map(Into::into).to_vec()),
        22 => ("AWS_ACCOUNT_ID_ENDPOINT_MODE", ["preferred", "required", "other"].map(Into::into).to_vec()),
        23 => ("AWS_SDK_UA_APP_ID", ["mine", "a b", "\u{1f9ea}"].map(Into::into).to_vec()),
        24 => ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", TRUTHS.map(Into::into).to_vec()),
        _ => ("AWS_ACCESS_KEY_ID", ["AKIAFROMTHEENVIRONMT", "AKIA\u{fc}", "AKIA\nX", ""].map(Into::into).to_vec()),
    }
}

/// A value that no setting expects.
fn odd(dice: &mut Dice) -> OsString {
    #[cfg(unix)]
    if dice.one_in(6) {
        return std::os::unix::ffi::OsStringExt::from_vec(b"p\xff\xfe".to_vec());
    }
    match dice.roll(6) {
        0 => "x".repeat(60_000).into(),
        _ => dice
            .pick(&["", " ", "\t\n", "p0 ", "\u{1}\u{1b}[2J", "\u{202e}\u{feff}", "\"p0\"", "-1", "/", "%s%n", "[", "="])
            .into(),
    }
}

/// The first, or any.
fn mostly<T: Clone>(dice: &mut Dice, from: &[T]) -> T {
    if dice.one_in(2) { from[0].clone() } else { dice.pick(from) }
}

/// The name of a profile: mostly of one that is often there.
fn profile(dice: &mut Dice) -> &'static str {
    if dice.one_in(3) { dice.pick(&PROFILES) } else { dice.pick(&PROFILES[..3]) }
}

const PROFILES: [&str; 11] = ["p0", "p1", "p2", "p3", "p4", "default", "missing", "my deal", "\u{fc}", "profile p0", ""];
const REGIONS: [&str; 9] =
    ["eu-central-1", "us-gov-west-1", "cn-north-1", "aws-global", "us-east-1-fips", "EU", "eu central", "a.b/c?d", "-"];
const TRUTHS: [&str; 6] = ["false", "true", "TRUE", "1", "yes", ""];

/// One pair of files, and who is connected with them.
struct Input {
    config: Vec<u8>,
    credentials: Vec<u8>,
    profile: Option<String>,
    management_profile: Option<String>,
    /// Whether nothing was done to the files.
    is_whole: bool,
}

impl Input {
    fn new(dice: &mut Dice) -> Self {
        let name = |dice: &mut Dice, chances| dice.one_in(chances).then(|| profile(dice).to_owned());
        let (profile, management_profile) = (name(dice, 2), name(dice, 8));
        let mut config = sections(dice, true).into_bytes();
        let mut credentials = if dice.one_in(3) { sections(dice, false).into_bytes() } else { Vec::new() };
        let damages = if dice.one_in(2) { 0 } else { 1 + dice.roll(2) };
        for _ in 0..damages {
            let file = if dice.one_in(4) { &mut credentials } else { &mut config };
            damage(dice, file);
        }
        let is_huge = dice.one_in(HUGE_ONE_IN);
        if is_huge {
            enlarge(dice, &mut config);
        }
        Self { config, credentials, profile, management_profile, is_whole: damages == 0 && !is_huge }
    }

    fn wanted(&self) -> ConnectOptions {
        ConnectOptions {
            profile: self.profile.clone(),
            management_profile: self.management_profile.clone(),
            ..ConnectOptions::default()
        }
    }
}

/// The sections of a file, as somebody could have meant them.
fn sections(dice: &mut Dice, is_config: bool) -> String {
    let mut text = String::new();
    for number in 0..=dice.roll(6) {
        let name = if dice.one_in(6) { profile(dice).to_owned() } else { format!("p{number}") };
        let header = match dice.roll(16) {
            _ if number == 0 && dice.one_in(2) => "[default]".to_owned(),
            0 => format!("[{name}]"),
            1 => format!("[ profile   {name} ] # comment"),
            2 => format!("[profile \"{name}\"]"),
            3 => "[default]".to_owned(),
            4 => "[profile default]".to_owned(),
            _ if is_config => format!("[profile {name}]"),
            _ => format!("[{name}]"),
        };
        let _ = write!(text, "{header}\n{}", source(dice));
        for _ in 0..dice.roll(4) {
            text += &setting(dice);
        }
    }
    if dice.one_in(2) {
        text += "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = us-east-1\n";
    }
    if dice.one_in(3) {
        let _ = write!(
            text,
            "[services own]\niam =\n  endpoint_url = {}\nsts =\n\tendpoint_url=http://127.0.0.1:1\n",
            dice.pick(&ADDRESSES)
        );
    }
    if dice.one_in(6) {
        text += "[plugins]\ncli_legacy_plugin_path = /x\n[preview]\ns3=true\n";
    }
    text
}

const ADDRESSES: [&str; 5] =
    ["http://127.0.0.1:1/iam", "https://aws.example", "http://aws.example", "aws.example", "https://\u{fc}"];

/// Where a profile's credentials come from, in lines. The commands are built into the shell, and harm nobody.
fn source(dice: &mut Dice) -> String {
    let id = mostly(dice, &["AKIAFROMTHEFILE00001", "ASIAFROMTHEFILE00001", "AKIA\u{fc}", "AKIA X\u{1}"]);
    let account = mostly(dice, &["412098765432", "4120-9876-5432", "x", ""]);
    let role =
        mostly(dice, &["arn:aws:iam::412098765432:role/Deal", "arn:aws:iam::412098765432:role/D\u{fc}", "Deal", "::::::", ""]);
    let other = profile(dice);
    match dice.roll(16) {
        14..=15 | 0..=3 => format!("aws_access_key_id = {id}\naws_secret_access_key = {SECRET}\n"),
        4 => {
            let token = mostly(dice, &["token", "to\u{7}ken", "\u{fc}", "token\n  and more"]);
            format!("aws_access_key_id={id}\naws_secret_access_key={SECRET}\naws_session_token={token}\n")
        }
        5 => format!("sso_session = corp\nsso_account_id = {account}\nsso_role_name = Admin\n"),
        6 => format!(
            "sso_start_url = {}\nsso_region = {}\nsso_account_id = {account}\nsso_role_name = A\n",
            dice.pick(&ADDRESSES),
            dice.pick(&REGIONS)
        ),
        7 => format!("login_session = {}\n", mostly(dice, &["arn:aws:iam::412098765432:user/anna", "anna", ""])),
        8 | 9 => format!("role_arn = {role}\nsource_profile = {other}\n"),
        10 => format!(
            "role_arn = {role}\ncredential_source = {}\n",
            dice.pick(&["Environment", "EcsContainer", "Ec2InstanceMetadata", "x"])
        ),
        11 => format!("role_arn = {role}\nweb_identity_token_file = {}\n", dice.pick(&["garbage", "missing", "/dev/null", ""])),
        12 => {
            let given = r#"echo '{"Version":1,"AccessKeyId":"ASIANEW","SecretAccessKey":"s","SessionToken":"t"}'"#;
            format!(
                "credential_process = {}\n",
                dice.pick(&[given, "true", "exit 1", "echo '{\"Version\":1}'", "echo \u{fc}", ""])
            )
        }
        _ => String::new(),
    }
}

/// A line that says something else about a profile.
fn setting(dice: &mut Dice) -> String {
    let (key, values): (&str, &[&str]) = match dice.roll(20) {
        0 | 1 => ("region", &REGIONS),
        2 => ("retry_mode", &["legacy", "standard", "adaptive", "fast", ""]),
        3 => ("max_attempts", &["1", "2", "0", "x", ""]),
        4 => ("use_fips_endpoint", &TRUTHS),
        5 => ("use_dualstack_endpoint", &TRUTHS),
        6 => ("ca_bundle", &["garbage", "missing", "", "/dev/null", "bin"]),
        7 => ("endpoint_url", &ADDRESSES),
        8 => ("services", &["own", "missing", ""]),
        9 => ("ignore_configured_endpoint_urls", &TRUTHS),
        10 => ("duration_seconds", &["900", "0", "-1", "x", "99999999999", ""]),
        11 => ("mfa_serial", &["arn:aws:iam::412098765432:mfa/maria", "x", "\u{fc}", ""]),
        12 => ("role_session_name", &["maria", "m k\u{fc}", ""]),
        13 => ("external_id", &["x", "\u{1}", ""]),
        14 => ("sts_regional_endpoints", &["legacy", "regional", "x"]),
        15 => ("account_id_endpoint_mode", &["preferred", "required", "x", ""]),
        16 => ("sdk_ua_app_id", &["mine", "a b", "\u{1f9ea}", ""]),
        17 => ("s3", &["\n  max_concurrent_requests = 10", "\n  max_queue_size = 10\n    nested = x", "x\n\ty = z"]),
        18 => ("request_min_compression_size_bytes", &["10", "-1", "x"]),
        _ => ("defaults_mode", &["standard", "auto", "x"]),
    };
    let separators = if dice.one_in(60) { [" : "; 3] } else { [" = ", "=", "\t=  "] };
    format!("{key}{}{}\n", dice.pick(&separators), mostly(dice, values))
}

/// One thing that happens to files: by editors, other systems, full disks, and people.
fn damage(dice: &mut Dice, file: &mut Vec<u8>) {
    let at = dice.roll(file.len() + 1);
    let end = (at + dice.roll(40)).min(file.len());
    let text = || String::from_utf8_lossy(file).into_owned();
    match dice.roll(22) {
        0 if at < file.len() => file[at] = byte(dice),
        1 => drop(file.splice(at..at, (0..dice.roll(30)).map(|_| byte(dice)))),
        2 => drop(file.drain(at..end)),
        3 => file.truncate(at),
        4 => *file = (0..dice.roll(2_000)).map(|_| byte(dice)).collect(),
        5 => drop(file.splice(0..0, *b"\xef\xbb\xbf")),
        6 => {
            let (units, mark) = (text().encode_utf16().collect::<Vec<_>>(), dice.pick(&[&[0xfeff][..], &[]]));
            let is_little = dice.one_in(2);
            let bytes = |unit: &u16| if is_little { unit.to_le_bytes() } else { unit.to_be_bytes() };
            *file = mark.iter().chain(&units).flat_map(bytes).collect();
            file.truncate(file.len() - dice.roll(2).min(file.len()));
        }
        7 => *file = text().chars().map(|c| u8::try_from(c).unwrap_or(b'?')).collect(),
        8 => *file = text().replace('\n', "\r\n").into_bytes(),
        9 => *file = text().replace('\n', "\r").into_bytes(),
        10 => file.insert(at, 0),
        11 => drop(file.splice(at..at, file[at..end].to_vec())),
        12 => {
            let blank = dice.pick(&[" ", "\t"]).repeat(1 + dice.roll(2_000));
            *file = text().replacen('\n', &format!("\n{blank}"), 1 + dice.roll(6)).into_bytes();
        }
        13 => drop(file.splice(at..at, vec![dice.pick(b"x \t[=#"); 100_000])),
        14 => drop(file.splice(at..at, dice.pick(&["\"", "'", "\\", "`", "\"\"\""]).bytes())),
        15 => {
            let brackets = 1 + dice.roll(200);
            let nested = format!("\n{}profile p0{}\n", "[".repeat(brackets), "]".repeat(brackets));
            drop(file.splice(at..at, nested.bytes()));
        }
        16 => drop(file.splice(at..at, "\n[profile p0]\n [profile p1]\n  region = x\n   [services own]\n".bytes())),
        17 => {
            drop(file.splice(
                at..at,
                dice.pick(&["\u{fc}", "\u{1f9ea}", "\u{2028}", "\u{feff}", "\u{202e}", "\u{85}", "\u{a0}"]).bytes(),
            ));
        }
        // In the middle of a character.
        18 => {
            file.truncate(at);
            file.extend(dice.pick(&[&b"\xc3"[..], b"\xe2\x82", b"\xf0\x9f\xa7", b"\xed\xa0\x80", b"\xc0\x80"]));
        }
        19 => drop(file.splice(at..at, "\n[".bytes())),
        20 => drop(file.splice(at..at, "\n = \n".bytes())),
        _ => *file = [file.as_slice(), file.as_slice()].concat(),
    }
}

fn byte(dice: &mut Dice) -> u8 {
    u8::try_from(dice.roll(256)).unwrap()
}

/// Up to about the longest file that is read, and a little beyond.
fn enlarge(dice: &mut Dice, file: &mut Vec<u8>) {
    let size = (10 << 20) + dice.roll(200) - 100;
    let piece = match dice.roll(5) {
        0 => b"# comment\n".to_vec(),
        1 => b"x".to_vec(),
        2 => b"\n  sub = value".to_vec(),
        3 => b"\n[profile p0]\nregion = eu-central-1".to_vec(),
        _ => "\u{fc}".as_bytes().to_vec(),
    };
    if dice.one_in(5) {
        *file = b"[default]\nrole_arn = x\nsource_profile = c0\n[profile p0]\nrole_arn = x\nsource_profile = c0\n".to_vec();
        let link = |number: usize| format!("[profile c{number}]\nrole_arn = x\nsource_profile = c{}\n", number + 1).into_bytes();
        file.extend((0..).flat_map(link).take(size));
    } else {
        let missing = size.saturating_sub(file.len());
        file.extend(piece.iter().copied().cycle().take(missing));
    }
    file.truncate(size);
}

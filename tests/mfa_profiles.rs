//! Profiles whose role asks for the code of an MFA device, on real configuration files and over HTTP.

use jiff::{SignedDuration, Timestamp};
use leave_org::simulator::{
    Fault, FaultKind, MANAGEMENT_ACCESS_KEY, MEMBER_ACCESS_KEY, PRACTICE_MFA_CODES, Role, SECRET_ACCESS_KEY, Session,
};

use crate::connecting::Machine;
use crate::profiles::{self, CORP, DEAL_ADMIN, DEVICE};
use crate::ways_in::Practice;

const LEAVER: &str = "arn:aws:iam::412098765432:role/Leaver";
const ASKS: &str = "The role of profile deal (arn:aws:iam::412098765432:role/DealAdmin) asks for the code of the MFA device \
    arn:aws:iam::412098765432:mfa/maria.keller.";
const SESSION: &str = "identity arn:aws:sts::412098765432:assumed-role/DealAdmin/maria";

/// A practice AWS, and a machine with a profile whose role it asks a code for.
struct Walk {
    practice: Practice,
    machine: Machine,
    url: String,
}

impl Walk {
    /// `more` is added to the configuration, `of_the_role` to the profile `deal`.
    fn new(of_the_role: &str, more: &str) -> Self {
        let practice = Practice::start("ready");
        let config = format!(
            "{}[profile deal]\n{}role_session_name = maria\nsource_profile = user\nregion = eu-central-1\n{of_the_role}\n{more}",
            profiles::with_keys("user", MEMBER_ACCESS_KEY, "us-east-1"),
            profiles::coded_role(),
        );
        let url = practice.server.url();
        Self { practice, machine: Machine::new(&config), url }
    }

    fn connect(&self, profile: &str, code: Option<&str>) -> String {
        let variables = [("AWS_ENDPOINT_URL", self.url.as_str()), ("PROBE_IDENTITY", "1"), ("NO_PROXY", "127.0.0.1")];
        let code = code.map(|code| ("PROBE_CODE", code));
        let variables: Vec<_> = variables.into_iter().chain(code).collect();
        self.machine.probe(Some(profile), &variables)
    }

    /// What the practice AWS was asked, in order.
    fn asked(&self) -> Vec<String> {
        self.practice.server.requests().into_iter().map(|request| request.operation).collect()
    }
}

#[test]
fn a_role_that_asks_for_a_code_says_which_device_shows_it_and_is_assumed_with_it() {
    let walk = Walk::new("", "");
    let said = walk.connect("deal", None);
    assert!(said.contains(&format!("problem mfa-code-needed {ASKS}\n")), "{said}");
    assert_eq!(walk.asked(), ["sts:GetCallerIdentity"], "the user's keys are looked at before anyone types");

    let begun = Timestamp::now();
    let said = walk.connect("deal", Some(PRACTICE_MFA_CODES[0]));
    assert!(said.contains(SESSION), "{said}");
    assert!(said.contains("profile Some(\"deal\") region eu-central-1"), "{said}");
    let ends = end(&said);
    assert!(ends > begun + SignedDuration::from_mins(59) && ends <= Timestamp::now() + SignedDuration::from_hours(1), "{said}");
}

fn end(said: &str) -> Timestamp {
    let (_, rest) = said.split_once("ends Some(\"").unwrap_or_else(|| panic!("no end: {said}"));
    rest.split_once('"').unwrap().0.parse().unwrap()
}

#[test]
fn a_wrong_code_and_one_that_was_used_are_asked_for_again_in_awss_words() {
    let walk = Walk::new("", "");
    let refused = format!(
        "problem mfa-code-needed {ASKS} AWS says: MultiFactorAuthentication failed with invalid MFA one time pass code.\n"
    );
    let said = walk.connect("deal", Some("000001"));
    assert!(said.contains(&refused), "{said}");
    assert_eq!(walk.asked(), ["sts:AssumeRole"], "a refused code is not sent again");
    let said = walk.connect("deal", Some(PRACTICE_MFA_CODES[1]));
    assert!(said.contains(SESSION), "{said}");
    let said = walk.connect("deal", Some(PRACTICE_MFA_CODES[1]));
    assert!(said.contains(&refused), "{said}");
}

#[test]
fn a_code_whose_answer_was_lost_is_not_sent_again() {
    let walk = Walk::new("", "");
    let fault = Fault::new("sts:AssumeRole", FaultKind::AnswerLost).on_calls(1..=1);
    walk.practice.server.inject(fault);
    let said = walk.connect("deal", Some(PRACTICE_MFA_CODES[2]));
    assert!(said.contains("problem connection-lost"), "{said}");
    assert_eq!(walk.asked(), ["sts:AssumeRole"]);
}

#[test]
fn keys_that_have_ended_come_before_any_code() {
    let walk = Walk::new("", "");
    walk.practice.server.change(|account| account.session = Session::Expired);
    for code in [None, Some(PRACTICE_MFA_CODES[0])] {
        let said = walk.connect("deal", code);
        assert!(said.contains("problem expired-credentials The security token included in the request is expired"), "{said}");
    }
}

#[test]
fn a_sign_in_that_is_missing_below_the_role_comes_before_any_code() {
    let people = profiles::signed_in("people", "412098765432");
    let over = profiles::over("over", DEAL_ADMIN, "people");
    let walk = Walk::new("", &format!("{people}{CORP}{over}mfa_serial = x\n"));
    for code in [None, Some(PRACTICE_MFA_CODES[0])] {
        let said = walk.connect("over", code);
        assert!(said.contains("problem no-credentials"), "{said}");
        assert!(said.contains("aws sso login --profile people\n"), "{said}");
        assert!(said.contains("sign in Some(\"aws sso login --profile people\")"), "{said}");
    }
    assert!(walk.asked().is_empty());
}

#[test]
fn an_aws_that_cannot_be_reached_comes_before_any_code() {
    let walk = Walk::new("", "");
    let said = walk.machine.probe(Some("deal"), &[("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9"), ("NO_PROXY", "127.0.0.1")]);
    assert!(said.contains("problem unreachable"), "{said}");
    let said = walk.machine.probe(Some("deal"), &[("AWS_ENDPOINT_URL_STS", "nonsense"), ("PROBE_CODE", "123456")]);
    assert!(said.contains("problem configuration The endpoint set by AWS_ENDPOINT_URL_STS is no URL."), "{said}");
}

#[test]
fn an_endpoint_for_sts_alone_is_the_one_that_gets_the_code() {
    let walk = Walk::new("", "");
    let variables = [("AWS_ENDPOINT_URL_STS", walk.url.as_str()), ("PROBE_CODE", PRACTICE_MFA_CODES[0]), ("PROBE_IDENTITY", "1")];
    let said = walk.machine.probe(Some("deal"), &[&variables[..], &[("NO_PROXY", "127.0.0.1")]].concat());
    assert!(said.contains(SESSION), "{said}");
    assert!(said.contains("endpoint Member sts http://127.0.0.1:"), "{said}");
}

#[test]
fn a_device_that_is_not_the_users_is_a_mistake_in_the_profile() {
    let walk = Walk::new("", &(profiles::over("other", DEAL_ADMIN, "user") + "mfa_serial = GAHT12345678\n"));
    let said = walk.connect("other", Some(PRACTICE_MFA_CODES[0]));
    assert!(said.contains("problem configuration The mfa_serial of profile other is not accepted. AWS says: "), "{said}");
    let said = walk.connect("deal", Some(PRACTICE_MFA_CODES[0]));
    assert!(said.contains(SESSION), "the code was not used: {said}");
}

#[test]
fn what_else_aws_refuses_stays_what_it_is() {
    let nobody = profiles::over("none", "arn:aws:iam::412098765432:role/Nobody", "user");
    let walk = Walk::new("", &format!("{nobody}mfa_serial = {DEVICE}\n"));
    let said = walk.connect("none", Some(PRACTICE_MFA_CODES[0]));
    assert!(
        said.contains("problem denied User: arn:aws:sts::412098765432:assumed-role/PlatformAdmin/maria.keller is not"),
        "{said}"
    );
    assert!(said.contains("to perform: sts:AssumeRole on resource: arn:aws:iam::412098765432:role/Nobody"), "{said}");
}

#[test]
fn the_profiles_duration_and_external_id_are_asked_for() {
    let walk = Walk::new("duration_seconds = 900\nexternal_id = deal-7\n", "");
    walk.practice.server.change(|account| {
        account.roles.iter_mut().filter(|role| role.mfa).for_each(|role| role.external_id = Some("deal-7".to_owned()));
    });
    let said = walk.connect("deal", Some(PRACTICE_MFA_CODES[0]));
    assert!(said.contains(SESSION), "{said}");
    assert!(end(&said) <= Timestamp::now() + SignedDuration::from_secs(900), "{said}");

    let walk = Walk::new("duration_seconds = soon\n", "");
    let said = walk.connect("deal", None);
    assert!(said.contains("problem configuration duration_seconds of profile deal is “soon”"), "{said}");
    let walk = Walk::new("duration_seconds = 7200\n", "");
    let said = walk.connect("deal", Some(PRACTICE_MFA_CODES[0]));
    assert!(said.contains("The requested DurationSeconds exceeds the MaxSessionDuration set for this role."), "{said}");
    assert!(
        said.contains("problem configuration ") && said.contains("remedy In the profile, set duration_seconds to 3600"),
        "{said}"
    );
}

#[test]
fn a_role_further_down_can_be_the_one_that_asks() {
    let walk = Walk::new("", &profiles::over("over", LEAVER, "deal"));
    walk.practice.server.change(|account| {
        let trusts = vec!["arn:aws:sts::412098765432:assumed-role/DealAdmin/maria".to_owned()];
        account.roles.push(Role { name: "Leaver".to_owned(), path: "/".to_owned(), trusts, ..Role::default() });
    });
    let said = walk.connect("over", None);
    assert!(said.contains(&format!("problem mfa-code-needed Profile over goes through profile deal. {ASKS}\n")), "{said}");
    let said = walk.connect("over", Some(PRACTICE_MFA_CODES[0]));
    assert!(said.contains("identity arn:aws:sts::412098765432:assumed-role/Leaver/leave-org"), "{said}");
}

#[test]
fn two_roles_on_one_road_cannot_both_ask() {
    let walk = Walk::new("", &(profiles::over("over", LEAVER, "deal") + "mfa_serial = x\n"));
    let said = walk.connect("over", Some(PRACTICE_MFA_CODES[0]));
    assert!(said.contains("problem configuration Profile over and its source profile deal both name an mfa_serial."), "{said}");
    assert!(walk.asked().is_empty());
}

#[test]
fn a_role_can_be_assumed_from_its_own_profile_the_environment_and_a_process() {
    let role = profiles::coded_role() + "role_session_name = maria\n";
    let keys = profiles::keys(MEMBER_ACCESS_KEY);
    let json = format!("{{\"Version\":1,\"AccessKeyId\":\"{MEMBER_ACCESS_KEY}\",\"SecretAccessKey\":\"{SECRET_ACCESS_KEY}\"}}");
    let more = format!(
        "[profile own]\n{role}source_profile = own\n{keys}\
         [profile environment]\n{role}credential_source = Environment\n\
         [profile tool]\ncredential_process = echo '{json}'\n[profile over-tool]\n{role}source_profile = tool\n\
         [profile own-tool]\n{role}source_profile = own-tool\ncredential_process = echo '{json}'\n\
         [profile empty]\n{role}source_profile = empty\n"
    );
    let walk = Walk::new("", &more);
    for (profile, code) in ["own", "environment", "over-tool", "own-tool"].into_iter().zip(PRACTICE_MFA_CODES) {
        let variables = [
            ("AWS_ENDPOINT_URL", walk.url.as_str()),
            ("AWS_ACCESS_KEY_ID", MEMBER_ACCESS_KEY),
            ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY),
            ("PROBE_IDENTITY", "1"),
            ("PROBE_CODE", code),
            ("NO_PROXY", "127.0.0.1"),
        ];
        let said = walk.machine.probe(Some(profile), &variables);
        assert!(said.contains(SESSION), "{profile}: {said}");
    }
    let said = walk.connect("empty", None);
    assert!(said.contains("problem configuration Profile empty names an mfa_serial, and no credentials"), "{said}");
}

#[test]
fn keys_in_the_environment_are_taken_before_the_profile_of_the_environment() {
    let walk = Walk::new("", "");
    let variables = [("AWS_ENDPOINT_URL", walk.url.as_str()), ("AWS_PROFILE", "deal"), ("NO_PROXY", "127.0.0.1")];
    let said = walk.machine.probe(None, &variables);
    assert!(said.contains("problem mfa-code-needed"), "{said}");
    let keys =
        [("AWS_ACCESS_KEY_ID", MANAGEMENT_ACCESS_KEY), ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY), ("PROBE_IDENTITY", "1")];
    let said = walk.machine.probe(None, &[&variables[..], &keys[..]].concat());
    assert!(said.contains("identity arn:aws:iam::305611223344:user/org-admin"), "{said}");
}

#[test]
fn a_management_profile_that_asks_for_a_code_shows_where_it_is_needed_and_nowhere_else() {
    let walk = Walk::new("", "");
    let variables = [
        ("AWS_ENDPOINT_URL", walk.url.as_str()),
        ("PROBE_MANAGEMENT_PROFILE", "deal"),
        ("PROBE_CODE", PRACTICE_MFA_CODES[0]),
        ("PROBE_IDENTITY", "1"),
        ("PROBE_OWNER", "1"),
        ("NO_PROXY", "127.0.0.1"),
    ];
    let said = walk.machine.probe(Some("user"), &variables);
    assert!(said.contains("identity arn:aws:sts::412098765432:assumed-role/PlatformAdmin"), "{said}");
    let (_, owner) = said.split_once("owner ").unwrap();
    let remedy = "remedy: \"A code is asked for the account's own profile alone. For the management account, name a profile";
    assert!(owner.contains("kind: MfaCodeNeeded") && owner.contains(remedy), "{owner}");
    assert!(!walk.asked().contains(&"sts:AssumeRole".to_owned()), "the code is not the management profile's");
}

//! What comes from outside does no harm in any form of a report, and what is private stays out of a redacted one.

use std::fs;

use jiff::{SignedDuration, Timestamp};
use leave_org::checklist::{
    AccountDetails, AccountId, Attestation, FixAnswer, FixRecord, FixRefusal, Identity, LeaveAnswer, Membership, Organization,
    Partition, Problem, ProblemKind, StepId, Subject, VerdictKind, texts,
};
use leave_org::journal::{Entry, Folder, Intent, MembershipRead, Opening, Settled};
use leave_org::simulator::{Account, Damage, Fault, Scenario};
use serde_json::json;

use crate::command_line::{Answer, Practice, run};
use crate::report_schema::valid;

const FORMS: [&str; 4] = ["text", "json", "markdown", "html"];
const OWN_ACCOUNT: &str = "190283746556";

/// Everything that could turn a terminal, a page or a table into something else.
const HOSTILE: &str = "\u{1b}[31mred\u{1b}]8;;https://evil.example\u{7}link\u{1b}]8;;\u{7}\u{9b}2J\u{0}\u{8}\r\n\t\
    \u{202e}gnp.exe\u{2066}\u{200b}\u{feff}\u{ad}<img src=x onerror=alert(1)></td></script><!-- --> & | a | b |\n# heading\n- item\n\
    1. one\n> quote\n***bold*** __u__ ~~s~~ ```sh\nrm -rf /\n``` `code` [x](javascript:alert(1)) ![i](//evil.example/i.png) \
    <https://evil.example> www.evil.example {{ 7 * 7 }} {% raw %} ${x} $(id) \\ \"'";

/// What a journal tells of a word for the payment method.
fn write_word(practice: &Practice, account: &Account, by: &str, note: &str) {
    let id: AccountId = account.id.parse().unwrap();
    let at = Timestamp::now() - SignedDuration::from_mins(5);
    let endpoints = vec![practice.server.url()];
    let opening = Opening { run: "a run".to_owned(), endpoints: endpoints.clone(), at };
    let (mut journal, _) = Folder::at(practice.home.path().join(".local/state/leave-org")).open(&id, opening).unwrap();
    let membership = Membership::Member(Organization {
        id: account.organization.id.clone(),
        management_account: Some(account.organization.management_account_id.parse().unwrap()),
        feature_set: Some("ALL".to_owned()),
    });
    let arn = format!("arn:aws:sts::{id}:assumed-role/Zanzibar-Early-Role/zelda.early");
    let details = AccountDetails { name: Some("quagga-before".to_owned()), state: None, created_at: None };
    let identity = Identity { account: id, arn, partition: Partition::Aws };
    let attestation = Attestation {
        is_override: false,
        by: by.to_owned(),
        at,
        expires_at: at + SignedDuration::from_hours(24),
        note: Some(note.to_owned()),
        over: VerdictKind::NeedsYou,
        reading: None,
        rule: "not-shown".to_owned(),
    };
    let entries = [
        Entry::Opened {
            version: "0.1.0".to_owned(),
            mode: "review".to_owned(),
            by: by.to_owned(),
            profile: Some("quoll-profile".to_owned()),
            endpoints,
        },
        Entry::Identified { subject: Subject { identity, details: Some(details), membership } },
        Entry::Attested { step: StepId::PaymentMethod, attestation },
    ];
    for entry in &entries {
        journal.write(entry, at).unwrap();
    }
}

/// What a journal tells of an account that has left.
fn write_leave(practice: &Practice, account: &Account) {
    let at = Timestamp::now();
    let folder = Folder::at(practice.home.path().join(".local/state/leave-org"));
    let open = |run: &str, endpoints: &[String]| {
        let opening = Opening { run: run.to_owned(), endpoints: endpoints.to_vec(), at };
        folder.open(&account.id.parse().unwrap(), opening).unwrap().0
    };
    let opened = |endpoints: Vec<String>| Entry::Opened {
        version: "0.1.0".to_owned(),
        mode: "leave".to_owned(),
        by: "Yolanda Yucca".to_owned(),
        profile: Some("quoll-profile".to_owned()),
        endpoints,
    };
    // A run that spoke with another host is told, too, and says nothing of the leave.
    let elsewhere = vec!["manatee.example:8443".to_owned()];
    open("a run elsewhere", &elsewhere).write(&opened(elsewhere.clone()), at).unwrap();
    let here = vec![practice.server.url()];
    let mut journal = open("a later run", &here);
    let look = |operation: &str, code: Option<&str>, message: &str| {
        let problem = Problem::here(ProblemKind::Denied, operation, message, at);
        Entry::MembershipRead { look: MembershipRead::Unknown { problem: Problem { code: code.map(str::to_owned), ..problem } } }
    };
    let intent: Intent = serde_json::from_value(json!({
        "principal": format!("arn:aws:sts::{}:assumed-role/Jackal-Role/jacinta.late", account.id),
        "organization": account.organization.id, "standings": "0f", "confirmed_at": at, "made_at": at,
    }))
    .unwrap();
    let fix = |fix, message: &str| {
        let refusal = FixRefusal {
            entry: "contact-not-taken".to_owned(),
            code: "ValidationException".to_owned(),
            message: message.to_owned(),
            fields: vec![("AddressLine1".to_owned(), "Numbat-Allee 12 is not one".to_owned())],
            request_id: Some("impala/4712".to_owned()),
            cause: "AWS did not take it.".to_owned(),
            todo: Vec::new(),
            at,
        };
        Entry::FixAnswered { fix, answer: FixAnswer::Refused { refusal: Box::new(refusal) } }
    };
    let entries = [
        opened(here),
        Entry::Intended(intent),
        Entry::Answered { answer: LeaveAnswer::Accepted { request_id: Some("impala/4711".to_owned()) } },
        // AWS's own words, which the story of a leave quotes, and the machine's.
        look(
            "organizations:DescribeOrganization",
            Some("AccessDeniedException"),
            "Yucca of o-q7w8e9r0t1 is not Quetzal: ask 7309-1128-4455 for 0c2f577f-7a11-4c0d-9e57-00000000002f",
        ),
        // What was put right: what AWS repeats of it was entered here and stands nowhere else.
        fix(
            FixRecord::Contact { changed: vec!["AddressLine1".to_owned()] },
            "Value 'Numbat-Allee 12' at 'addressLine1', 0036 1 999",
        ),
        fix(FixRecord::VerifyPhone, "Code 314159 of the number 0036 1 999 is not it."),
        fix(
            FixRecord::Deregister { service: "config.amazonaws.com".to_owned(), owner: "730911284455".parse().unwrap() },
            "Account 190283746556 of Mrs Quetzal cannot be deregistered by 730911284455.",
        ),
        look("credentials", None, "Profile in /home/gibbon/.aws/config, by gibbon-helper --for vicuna."),
        Entry::Settled { outcome: Settled::Left, organization: Some(account.organization.id.clone()), looks: 3 },
    ];
    for entry in &entries {
        journal.write(entry, at).unwrap();
    }
}

fn error(message: &str) -> Damage {
    Damage::Error { code: "AccessDeniedException".to_owned(), message: message.to_owned(), reason: None, status: None }
}

/// An account in which everything that somebody can name has this name.
fn hostile(name: &str) -> Practice {
    let scenario = r"
        title = 'Hostile'
        story = 'A test.'
        [account]
        users = [{ name = 'u', password = true }]
        roles = [{ name = 'r', trusts = ['management-account'] }]
        invitations = [{ id = 'h-1a2b3c4d5e6f7081', organization_id = 'o-fabr1kam99x', management_account_id = '771122334455',
            management_account_name = 'n', management_email = 'm', sent_days_ago = 5 }]";
    let practice = Practice::start(Scenario::from_toml(scenario).unwrap());
    practice.server.change(|account| {
        let places = [
            &mut account.name,
            &mut account.contact.full_name,
            &mut account.contact.company_name,
            &mut account.contact.address_line_1,
            &mut account.contact.city,
            &mut account.contact.state_or_region,
            &mut account.contact.postal_code,
            &mut account.contact.phone_number,
            &mut account.organization.feature_set,
            &mut account.invitations[0].management_account_name,
        ];
        for place in places {
            name.clone_into(place);
        }
        for place in [&mut account.users[0].name, &mut account.roles[0].name] {
            // The wire of IAM is XML, which cannot hold control characters.
            *place = name.chars().filter(|c| !c.is_control()).collect();
        }
        account.principal.session = Some(name.chars().filter(|c| !c.is_control()).collect());
    });
    practice.server.inject(Fault::new("billing:GetCredits", error(name)));
    practice.server.inject(Fault::new("support:DescribeSeverityLevels", error(name)));
    let account = practice.server.state();
    write_word(&practice, &account, name, name);
    practice
}

/// Characters that no report holds: they move, turn or hide what is read.
fn is_harmful(c: char) -> bool {
    c.is_control() && c != '\n'
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[track_caller]
fn is_harmless(form: &str, answer: &Answer) {
    let report = &answer.stdout;
    assert!(!report.is_empty(), "{}", answer.stderr);
    assert!(report.len() < 1_000_000, "{form}: {} bytes", report.len());
    for (name, text) in [("report", report), ("notes", &answer.stderr)] {
        let found = text.chars().find(|c| is_harmful(*c));
        assert!(found.is_none(), "{form}: {found:?} in the {name}");
    }
    match form {
        "json" => {
            valid(answer);
        }
        "markdown" => markdown_is_harmless(report),
        _ => {}
    }
}

/// Nothing in it is markup but what the template says.
#[track_caller]
fn markdown_is_harmless(report: &str) {
    let lines = report.lines().filter(|line| !line.trim_start().starts_with("- <https://"));
    for line in lines.filter(|line| !line.is_empty()) {
        let begins = line.trim_start();
        let is_ours = ["# ", "## ", "- ", "```"].iter().any(|mark| begins.starts_with(mark))
            || begins.starts_with(|c: char| c.is_ascii_alphanumeric());
        assert!(is_ours, "{line}");
        // Code is set between as many backticks as it takes; outside of it everything is escaped.
        let mut rest = line;
        let mut outside = String::new();
        while let Some(at) = unescaped_backtick(rest) {
            outside.push_str(&rest[..at]);
            let fence = rest[at..].len() - rest[at..].trim_start_matches('`').len();
            let inside = &rest[at + fence..];
            let end = closing(inside, fence).unwrap_or_else(|| panic!("code that does not end: {line}"));
            rest = &inside[end + fence..];
        }
        outside.push_str(rest);
        for (at, c) in outside.char_indices().filter(|(_, c)| matches!(c, '<' | '|' | '>' | '[' | ']' | '~')) {
            assert!(outside[..at].ends_with('\\'), "a raw {c} in {line}");
        }
    }
}

fn unescaped_backtick(text: &str) -> Option<usize> {
    text.match_indices('`').map(|(at, _)| at).find(|at| !text[..*at].ends_with('\\'))
}

/// Where a run of exactly `fence` backticks begins.
fn closing(text: &str, fence: usize) -> Option<usize> {
    let mut at = 0;
    while let Some(found) = text[at..].find('`').map(|found| found + at) {
        let run = text[found..].len() - text[found..].trim_start_matches('`').len();
        if run == fence {
            return Some(found);
        }
        at = found + run;
    }
    None
}

cases! {
    hostile_text_does_no_harm_in_any_form:
        markup_and_controls(super::HOSTILE);
        five_thousand_characters(&super::HOSTILE.repeat(5_000 / super::HOSTILE.chars().count() + 1));
        one_long_word(&"W".repeat(20_000));
        backticks(&"`".repeat(1_999));
        pipes(&"|".repeat(20_000));
        wide_characters(&"支".repeat(5_000));
}

/// Names that are longer still come in responses that are larger than any of AWS's, and those are not read.
#[test]
fn a_name_of_a_hundred_thousand_characters_is_not_read_at_all() {
    for name in ["W".repeat(100_000), "支".repeat(100_000), HOSTILE.repeat(100_000 / HOSTILE.chars().count() + 1)] {
        let answer = hostile(&name).check(&[]);
        assert_eq!((answer.code, answer.stdout.as_str()), (3, ""), "{}", answer.stderr);
        assert!(answer.stderr.contains("is larger than any response of AWS, so the rest was not read."), "{}", answer.stderr);
    }
}

fn hostile_text_does_no_harm_in_any_form(name: &str) {
    let practice = hostile(name);
    for form in FORMS {
        is_harmless(form, &practice.check(&["--format", form]));
        is_harmless(form, &practice.check(&["--format", form, "--redact"]));
    }
}

#[test]
fn the_form_for_reading_stays_readable_when_a_name_is_two_thousand_characters_long() {
    let practice = hostile(&"n ".repeat(1_000));
    let report = practice.check(&[]).stdout;
    let heading = report.lines().next().unwrap();
    assert!(heading.contains('…') && heading.contains("4120-9876-5432"), "{heading}");
    let widest = report.lines().filter(|line| !line.contains("https://")).max_by_key(|line| line.chars().count()).unwrap();
    assert!(widest.chars().count() <= 80, "{widest}");
    // Whatever somebody is called, the report is not more name than report.
    assert!(report.len() < 40_000, "{}", report.len());
}

/// An account in which every value is one that stands nowhere else.
const PRIVATE: &str = r#"
title = "Private"
story = "A test."
[account]
id = "190283746556"
name = "quagga-prod"
email = "root+quagga@zebrafish.example"
created_days_ago = 0.5
users = [{ name = "wombat-user", password = true }, { name = "okapi-user", password = true }]
[account.organization]
id = "o-q7w8e9r0t1"
management_account_id = "730911284455"
management_account_name = "Zebrafish Holding"
management_email = "owner@zebrafish.example"
[account.principal]
kind = "role"
name = "Narwhal-Role"
path = "/pangolin/"
session = "Xaver.Quint@zebrafish.example"
[account.contact]
full_name = "Ximena Quetzal"
company_name = "Zebrafish Möbel Kft"
address_line_1 = "Tapirgasse 7719"
city = "Capybara"
state_or_region = "Dugongshire"
postal_code = "88417"
phone_number = "+36 1 555 7788"
verification = "UNVERIFIED"
[[account.roles]]
name = "lemur-access"
trusts = ["management-account"]
[[account.roles]]
name = "axolotl-access"
trusts = ["558844771199"]
[[account.invitations]]
id = "h-9z8y7x6w5v4u3t2s"
organization_id = "o-m3n4b5v6c7"
management_account_id = "447733991188"
management_account_name = "Platypus Partners"
management_email = "ceo@platypus.example"
sent_days_ago = 1
[[account.denials]]
by = "identity-policy"
actions = ["billing:*"]
"#;

/// The values, and what AWS or a person may make of them.
const VALUES: &[&str] = &[
    OWN_ACCOUNT,
    "1902-8374-6556",
    "quagga-prod",
    "quagga",
    "zebrafish.example",
    "ZEBRAFISH.EXAMPLE",
    "wombat-user",
    "okapi-user",
    "o-q7w8e9r0t1",
    "730911284455",
    "7309-1128-4455",
    "Zebrafish",
    "Narwhal",
    "pangolin",
    "Xaver",
    "Quint",
    "xaver.quint",
    "Ximena",
    "XIMENA",
    "Quetzal",
    "Möbel",
    "Kft",
    "Tapirgasse",
    "7719",
    "Capybara",
    "Dugongshire",
    "88417",
    "555 7788",
    "+3615557788",
    "lemur-access",
    "axolotl-access",
    "558844771199",
    "h-9z8y7x6w5v4u3t2s",
    "o-m3n4b5v6c7",
    "447733991188",
    "Platypus",
    "platypus.example",
    "Yolanda",
    "Yucca",
    "VISA ending in 7701",
    "quoll",
    "Zanzibar",
    "zelda",
    "AKIAQUAGGA0123456789",
    "deal-room-quagga",
    "marmoset",
    "manatee",
    "Jackal",
    "jacinta",
    "impala",
    "gibbon",
    "vicuna",
    "Numbat",
    "0036 1",
    "314159",
    // In every request id of the practice AWS.
    "-7a11-4c0d-9e57-",
];

fn private() -> Practice {
    let practice = Practice::start(Scenario::from_toml(PRIVATE).unwrap());
    // AWS repeats parts of names, in other spellings, and values that no check knows.
    let message = "User: arn:aws:sts::190283746556:assumed-role/Narwhal-Role/Xaver.Quint@zebrafish.example with AKIAQUAGGA0123456789 \
        may not read arn:aws:s3:::deal-room-quagga/marmoset of Mrs QUETZAL (XIMENA.Q@ZEBRAFISH.EXAMPLE, 1902-8374-6556, \
        +3615557788), see arn:aws:organizations::730911284455:policy/o-q7w8e9r0t1/service_control_policy/p-marmoset12.";
    for operation in ["support:DescribeSeverityLevels", "payments:ListPaymentInstruments"] {
        practice.server.inject(Fault::new(operation, error(message)));
    }
    let account = practice.server.state();
    write_word(&practice, &account, "Yolanda Yucca", "my VISA ending in 7701");
    practice
}

#[test]
fn a_report_that_is_not_redacted_holds_most_of_what_the_proof_looks_for() {
    // Otherwise the proof would look for what is never there.
    let practice = private();
    let told: String = FORMS.iter().map(|form| practice.check(&["--format", form]).stdout).collect();
    let never_told: Vec<&&str> = VALUES.iter().filter(|value| !told.contains(**value)).collect();
    // These are made from others, or AWS does not tell them to anybody who asks what we ask.
    let expected = [
        "ZEBRAFISH.EXAMPLE",
        "7309-1128-4455",
        "xaver.quint",
        "XIMENA",
        "h-9z8y7x6w5v4u3t2s",
        "447733991188",
        "platypus.example",
        "quoll",
        "Zanzibar",
        "zelda",
        // Of the leave, and so only told after it.
        "manatee",
        "Jackal",
        "jacinta",
        "impala",
        "gibbon",
        "vicuna",
        "Numbat",
        "0036 1",
        "314159",
    ];
    for value in &never_told {
        assert!(expected.contains(*value), "{value} is told nowhere, so that the proof proves nothing of it");
    }
}

/// Every value that the proof looks for, as long as the report is not about the story of a leave.
#[track_caller]
fn holds_nothing_private(report: &str, what: &str) {
    assert!(report.len() > 100, "{what}: {report}");
    // Parts of a second may be any nine digits, also those of somebody's house.
    let fractions = regex_lite::Regex::new(r"(:[0-9]{2})\.[0-9]{1,9}z").unwrap();
    let lower = fractions.replace_all(&report.to_lowercase(), "${1}z").into_owned();
    for value in VALUES {
        // In the form for reading, a line may break where a space was.
        let unbroken = lower.split_whitespace().collect::<Vec<_>>().join(" ");
        for text in [&lower, &unbroken] {
            let at = text.find(&value.to_lowercase());
            assert!(at.is_none(), "{what} holds {value}: …{}…", around(text, at.unwrap_or_default()));
        }
    }
}

fn around(text: &str, at: usize) -> String {
    let from = text[..at].char_indices().rev().nth(60).map_or(0, |(at, _)| at);
    text[from..].chars().take(160).collect()
}

#[test]
fn a_redacted_report_holds_none_of_the_values_that_it_was_made_from() {
    let practice = private();
    for form in FORMS {
        let answer = practice.check(&["--format", form, "--redact"]);
        if form == "json" {
            let report = valid(&answer);
            assert_eq!(report["account"]["name"].as_str().unwrap().split('-').next(), Some("[name"), "{report}");
            assert_eq!(report["steps"][StepId::PaymentMethod.index()]["attestation"]["note"], "[hidden]");
        }
        holds_nothing_private(&answer.stdout, form);
    }
}

#[test]
fn a_redacted_report_for_a_file_holds_none_of_them_either() {
    let practice = private();
    let answer = practice.check(&["--format", "markdown", "--redact", "--output", "report.md"]);
    assert_eq!((answer.code, answer.stdout.as_str()), (5, ""));
    let report = fs::read_to_string(practice.home.path().join("report.md")).unwrap();
    holds_nothing_private(&report, "the file");
}

#[test]
fn a_redacted_story_holds_none_of_them_either() {
    let practice = private();
    // It was a member when the journal was written, and has left since.
    write_leave(&practice, &practice.server.state());
    practice.server.change(|account| account.member = false);
    let plain = practice.check(&["--format", "markdown"]).stdout;
    assert!(plain.contains("A review was started by Yolanda Yucca with the profile quoll"), "{plain}");
    for told in [
        "quagga-before",
        "is not Quetzal",
        "has left o-q7w8e9r0t1",
        "manatee",
        "Jackal-Role/jacinta.late",
        "impala/4711",
        "vicuna",
        "Numbat",
        "0036 1",
        "314159",
        "LeaveOrganization",
    ] {
        assert!(plain.contains(told), "{told}: {plain}");
    }
    for form in FORMS {
        let answer = practice.check(&["--format", form, "--redact"]);
        assert_eq!(answer.code, 0, "{}", answer.stderr);
        holds_nothing_private(&answer.stdout, form);
    }
}

#[test]
fn a_redacted_report_names_no_host_that_is_not_awss_own() {
    let practice = private();
    let check = |redact: &[&str]| {
        let mut command = practice.command(&[&["--step", "payment-method", "--format", "json"], redact].concat());
        let url = "http://127.0.0.1:9/northwind";
        run(command.env("AWS_ENDPOINT_URL_PAYMENTS", url).env("NO_PROXY", "127.0.0.1")).stdout
    };
    let plain = check(&[]);
    assert!(plain.contains("allow this network to reach 127.0.0.1:9."), "{plain}");
    let redacted = check(&["--redact"]);
    assert!(redacted.contains("allow this network to reach [name-") && !redacted.contains("127.0.0.1:9"), "{redacted}");
}

#[test]
fn a_redacted_report_does_not_list_the_profiles_of_the_machine() {
    let practice = private();
    let folder = practice.home.path().join(".aws");
    fs::create_dir(&folder).unwrap();
    let config = "[profile acme-prod]\nregion = us-east-1\n[profile northwind-billing]\ncredential_process = /opt/gnu/helper --for hyena\n";
    fs::write(folder.join("config"), config).unwrap();
    let check = |form, redact: &[&str]| {
        let answer = practice.check(&[&["--format", form, "--management-profile", "northwind-billing"], redact].concat());
        assert_eq!(answer.code, 6, "{}", answer.stderr);
        answer
    };
    let plain = check("json", &[]).stdout;
    assert!(plain.contains("northwind-billing"), "{plain}");
    for form in FORMS {
        let answer = check(form, &["--redact"]);
        if form == "json" {
            let problem = &valid(&answer)["steps"][StepId::DelegatedAdministrator.index()]["problem"];
            let kind = serde_json::from_value(problem["kind"].clone()).unwrap();
            assert_eq!(problem["message"], json!(texts::problem(kind).cause));
        }
        holds_nothing_private(&answer.stdout, form);
        let home = practice.home.path().to_string_lossy();
        for value in [&*home, "acme", "northwind", "helper", "hyena", "/.aws"] {
            assert!(!answer.stdout.contains(value), "{form}: {value} in {}", answer.stdout);
        }
    }
}

//! What can be finished from the terminal itself: the contact form, the phone's code, the owner's profile, services taken away.

use std::path::Path;

use leave_org::simulator::{
    Fault, FaultKind, MANAGEMENT_ACCESS_KEY, MEMBER_ACCESS_KEY, OTHER_MEMBER_ACCESS_KEY, OTHER_OWNER_ACCESS_KEY,
};

use crate::guided_leave::{operations, reach_checklist, reach_typed_id, type_id};
use crate::profiles::with_keys;
use crate::resuming::Place;
use crate::terminal::{Terminal, on_one_line};

const WIDE: (u16, u16) = (120, 50);
const DEREGISTER: &str = "organizations:DeregisterDelegatedAdministrator";

/// The code that the practice phone shows last.
fn code_on_the_phone(terminal: &Terminal) -> String {
    let screen = on_one_line(&terminal.screen());
    let (_, after) = screen.rsplit_once("the phone received ").unwrap();
    after[..6].to_owned()
}

/// Down or up to the step, from wherever the selection is.
pub fn select(terminal: &mut Terminal, title: &str, down: usize) {
    terminal.send("g");
    terminal.wait_until("the first step", |screen| screen.contains("│ Member of an organization"));
    for _ in 0..down {
        terminal.send("j");
    }
    terminal.wait_until(title, |screen| screen.contains(&format!("│ {title}")));
}

/// Empties the field that has the keys, and fills it.
fn fill(terminal: &mut Terminal, text: &str) {
    terminal.send("\u{15}");
    terminal.press(text, text);
}

#[test]
fn wrong_contact_an_unverified_phone_and_delegated_services_are_put_right_by_keys_alone_and_the_gate_opens() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("requests.jsonl");
    let mut terminal = Terminal::start(&["demo", "finish-here", "--log", log.to_str().unwrap()], WIDE, &[]);
    terminal.wait_for("a member of organization");
    reach_checklist(&mut terminal);
    terminal.wait_for("locked by: Contact information, Delegated administrator");

    // The form: an error stands beside its field, nothing is saved before the yes, and what was saved is read back.
    select(&mut terminal, "Contact information", 4);
    terminal.press("f", "Nothing is saved before you have seen what is new and said yes.");
    terminal.wait_for("Northwind Holding AG");
    fill(&mut terminal, "Maria Keller");
    terminal.send("\t");
    fill(&mut terminal, "Northwind Payments GmbH");
    terminal.send("\t");
    fill(&mut terminal, "Lindenstrasse 12");
    for _ in 0..5 {
        terminal.send("\t");
    }
    terminal.wait_until("the state", |screen| screen.contains("▸ State or region"));
    terminal.send("\u{15}");
    terminal.press("\r", "✗");
    fill(&mut terminal, "Berlin");
    terminal.send("\t\t\t");
    terminal.wait_until("the phone", |screen| screen.contains("▸ Phone number"));
    fill(&mut terminal, "+4930 5550 1234");
    terminal.press("\r", "This is what you changed.");
    terminal.wait_for("Northwind Holding AG");
    terminal.wait_for("Maria Keller");
    terminal.wait_for("A new phone number begins unverified.");
    terminal.press("y", "AWS now shows what you entered.");
    terminal.wait_for("· +493055501234");

    // The code: a wrong one is told as that, a new one voids the old, and the right one settles the step.
    terminal.press("v", "AWS can send a code by text message to +493055501234.");
    terminal.press("\r", "the phone received");
    let first = code_on_the_phone(&terminal);
    let wrong = if first == "000000" { "111111" } else { "000000" };
    terminal.press(wrong, wrong);
    terminal.press("\r", "That is not the code that AWS sent last.");
    terminal.send("n");
    terminal.wait_until("another code", |screen| screen.contains("the phone received") && !screen.contains(&first));
    terminal.press(&first, &first);
    terminal.press("\r", "That is not the code that AWS sent last.");
    let newest = code_on_the_phone(&terminal);
    terminal.press(&newest, &format!("> {newest}"));
    terminal.press("\r", "Contact information is settled.");

    // The owner's profile is proven first, and what is no owner's is not used.
    select(&mut terminal, "Delegated administrator", 7);
    terminal.press("f", "Which profile belongs to the management account");
    terminal.press("j", "▸ practice-member");
    terminal.press("\r", "is not used. Nothing that it says counts here.");
    terminal.press("k", "▸ practice-owner");
    terminal.press("\r", "which owns o-a1b2c3d4e5");
    terminal.wait_until("every answer", |screen| !screen.contains("checking"));

    // Each service behind its own word.
    terminal.press("f", "Type config to take it away");
    terminal.press("guardduty\r", "Type config to take it away: guardduty");
    for _ in 0..9 {
        terminal.send("\u{7f}");
    }
    for (service, next) in [
        ("config", "config.amazonaws.com: AWS took it away"),
        ("guardduty", "guardduty.amazonaws.com: AWS took it away"),
        ("securityhub", "Delegated administrator is settled, and with it every step."),
    ] {
        terminal.wait_for(&format!("Type {service} to take it away"));
        terminal.press(service, "Enter take it away");
        terminal.press("\r", next);
    }
    terminal.wait_for("Leaving is unlocked");
    let before = operations(&log);
    let count = |name: &str| before.iter().filter(|operation| *operation == name).count();
    assert_eq!(count("account:PutContactInformation"), 1);
    assert_eq!(count("account:SendPhoneNumberVerification"), 2);
    assert_eq!(count("account:VerifyPhoneNumber"), 3);
    assert_eq!(count("organizations:DeregisterDelegatedAdministrator"), 3);
    assert_eq!(count("organizations:LeaveOrganization"), 0);

    reach_typed_id(&mut terminal);
    type_id(&mut terminal);
    terminal.press("\r", "has left o-a1b2c3d4e5");
    terminal.press("s", "The report was saved here");
    let report = saved_report(&terminal);
    for told in [
        "asked to save new contact information (changed: ",
        "asked to send a code to the phone number on file, and took it",
        "asked to verify the phone number by the code that was typed, and refused",
        "asked to verify the phone number by the code that was typed, and took it",
        "securityhub.amazonaws.com",
    ] {
        assert!(report.contains(told), "no “{told}” in\n{report}");
    }
    assert!(!report.contains(&newest), "a code is in the report");
    terminal.send("\r");
    assert_eq!(terminal.end(), 0);
}

fn saved_report(terminal: &Terminal) -> String {
    let files = std::fs::read_dir(terminal.home()).unwrap().map(|entry| entry.unwrap().path());
    let file = files.into_iter().find(|path| path.extension().is_some_and(|extension| extension == "md")).unwrap();
    std::fs::read_to_string(file).unwrap()
}

#[test]
fn a_review_can_ask_as_the_owner_and_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("requests.jsonl");
    let arguments = ["demo", "finish-here", "--review", "--log", log.to_str().unwrap()];
    let mut terminal = Terminal::start(&arguments, WIDE, &[]);
    terminal.wait_for("a member of organization");
    reach_checklist(&mut terminal);
    terminal.press("m", "In a review it changes nothing.");
    terminal.press("\r", "which owns o-a1b2c3d4e5");
    for step in [4, 7] {
        terminal.send("g");
        for _ in 0..step {
            terminal.send("j");
        }
        for key in ["f", "v", "n", "y"] {
            assert!(terminal.stroke(key));
        }
    }
    assert!(!terminal.screen().contains("Verify the phone number"));
    terminal.send("q");
    terminal.end();
    let writes: Vec<String> = operations(&log)
        .into_iter()
        .filter(|operation| {
            let (_, name) = operation.split_once(':').unwrap();
            !["Get", "List", "Describe", "Simulate"].iter().any(|verb| name.starts_with(verb))
        })
        .collect();
    assert!(writes.is_empty(), "{writes:?}");
}

/// A practice AWS with profiles on the machine: the account's own, the owner's, and others that are not the owner's.
fn with_profiles(folder: &Path) -> String {
    let config = [
        ("a-stranger", OTHER_OWNER_ACCESS_KEY),
        ("b-sister", OTHER_MEMBER_ACCESS_KEY),
        ("c-deal", MEMBER_ACCESS_KEY),
        ("d-owner", MANAGEMENT_ACCESS_KEY),
    ];
    let file = folder.join("config");
    std::fs::write(&file, config.map(|(name, key)| with_keys(name, key, "us-east-1")).concat()).unwrap();
    file.to_str().unwrap().to_owned()
}

#[test]
fn a_profile_that_is_not_the_owners_is_refused_in_the_wizard_with_the_reason_and_takes_nothing_away() {
    let place = Place::of("finish-here");
    let folder = tempfile::tempdir().unwrap();
    let config = with_profiles(folder.path());
    let mut terminal = place.start_with(&[], &[("AWS_CONFIG_FILE", &config)]);
    terminal.wait_for("a member of organization");
    reach_checklist(&mut terminal);
    select(&mut terminal, "Delegated administrator", 7);
    for (down, name, why) in [
        (0, "a-stranger", "which owns the organization"),
        (1, "b-sister", "another member of the organization"),
        (2, "c-deal", "412098765432, the account that shall leave"),
    ] {
        terminal.press("f", "Which profile belongs to the management account");
        for _ in 0..down {
            terminal.send("j");
        }
        terminal.wait_until(name, |screen| screen.contains(&format!("▸ {name}")));
        terminal.press("\r", &format!("The profile {name} is not used"));
        terminal.wait_for(why);
        terminal.send("\u{1b}");
        terminal.wait_until("the list to close", |screen| !screen.contains("Which profile belongs"));
    }
    assert!(place.server().requests().iter().all(|request| request.operation != DEREGISTER));
    let asked_as_strangers = place.server().requests();
    for request in asked_as_strangers.iter().filter(|request| request.access_key.as_deref() == Some(OTHER_OWNER_ACCESS_KEY)) {
        assert!(
            ["sts:GetCallerIdentity", "organizations:DescribeOrganization"].contains(&request.operation.as_str()),
            "{}",
            request.operation
        );
    }
    terminal.send("q");
    terminal.end();
}

#[test]
fn taking_services_away_stops_at_the_first_unexpected_answer_and_says_and_keeps_what_was_done() {
    let place = Place::of("finish-here");
    // The second one is lost: AWS does it, and its answer never comes.
    place.server().inject(Fault::new(DEREGISTER, FaultKind::AnswerLost).on_calls(2..=2));
    let folder = tempfile::tempdir().unwrap();
    let config = with_profiles(folder.path());
    let mut terminal = place.start_with(&["--management-profile", "d-owner"], &[("AWS_CONFIG_FILE", &config)]);
    terminal.wait_for("a member of organization");
    reach_checklist(&mut terminal);
    select(&mut terminal, "Delegated administrator", 7);
    terminal.press("f", "Type config to take it away");
    terminal.press("config", "Enter take it away");
    terminal.press("\r", "Type guardduty to take it away");
    terminal.press("guardduty", "Enter take it away");
    terminal.press("\r", "It stopped here");
    terminal.wait_for("Taken away: config.amazonaws.com");
    let screen = on_one_line(&terminal.screen());
    assert!(screen.contains("securityhub.amazonaws.com"), "{screen}");
    // Nothing more is sent from there; back on the checklist AWS's own list says what is left.
    terminal.send("securityhub\r");
    terminal.wait_for("securityhub.amazonaws.com");
    terminal
        .wait_until("the step to be checked again", |screen| on_one_line(screen).contains("runs a service through this account"));
    let calls = place.server().requests().iter().filter(|request| request.operation == DEREGISTER).count();
    assert_eq!(calls, 2);
    terminal.send("q");
    terminal.end();
    let journal = place.journal();
    let told: Vec<(String, String, String)> = journal
        .iter()
        .filter(|line| ["fix-intended", "fix-answered"].contains(&line["kind"].as_str().unwrap()))
        .map(|line| {
            let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
            (text(&line["kind"]), text(&line["fix"]["service"]), text(&line["answer"]["outcome"]))
        })
        .collect();
    let line = |kind: &str, service: &str, outcome: &str| (kind.to_owned(), service.to_owned(), outcome.to_owned());
    assert_eq!(
        told,
        [
            line("fix-intended", "config.amazonaws.com", ""),
            line("fix-answered", "config.amazonaws.com", "done"),
            line("fix-intended", "guardduty.amazonaws.com", ""),
            line("fix-answered", "guardduty.amazonaws.com", "unknown"),
        ]
    );
}

#[test]
fn a_wrong_management_profile_on_the_command_line_is_told_at_the_start_and_takes_nothing_away() {
    let place = Place::of("finish-here");
    let folder = tempfile::tempdir().unwrap();
    let config = with_profiles(folder.path());
    let mut terminal = place.start_with(&["--management-profile", "a-stranger"], &[("AWS_CONFIG_FILE", &config)]);
    terminal.wait_for("a member of organization");
    terminal.press("\r", "The profile a-stranger is not used as the organization's owner.");
    terminal.wait_for("which owns the organization");
    select(&mut terminal, "Delegated administrator", 7);
    terminal.wait_for("We could not find out.");
    terminal.send("q");
    terminal.end();
    let asked = place.server().requests();
    let as_stranger = asked.iter().filter(|request| request.access_key.as_deref() == Some(OTHER_OWNER_ACCESS_KEY));
    let operations: std::collections::BTreeSet<&str> = as_stranger.map(|request| request.operation.as_str()).collect();
    assert_eq!(operations.into_iter().collect::<Vec<_>>(), ["organizations:DescribeOrganization", "sts:GetCallerIdentity"]);
}

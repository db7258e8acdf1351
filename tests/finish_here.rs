//! What can be finished from the terminal itself: the contact form, the phone's code, the owner's profile, services taken away.

use crate::guided_leave::{ID, attest, operations, reach_checklist, reach_typed_id};
use crate::terminal::{Terminal, on_one_line};

const WIDE: (u16, u16) = (120, 50);

/// The code that the practice phone shows last.
fn code_on_the_phone(terminal: &Terminal) -> String {
    let screen = on_one_line(&terminal.screen());
    let (_, after) = screen.rsplit_once("the phone received ").unwrap();
    after[..6].to_owned()
}

/// Down or up to the step, from wherever the selection is.
fn select(terminal: &mut Terminal, title: &str, down: usize) {
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
    terminal.wait_for("locked by: Contact information, Payment method, Delegated administrator");

    // The form: an error stands beside its field, nothing is saved before the yes, and what was saved is read back.
    select(&mut terminal, "Contact information", 4);
    terminal.press("f", "Nothing is saved before you have seen what is new and said yes.");
    terminal.wait_for("Northwind Holding AG");
    fill(&mut terminal, "Maria Keller");
    terminal.send("\t");
    fill(&mut terminal, "Northwind Payments GmbH");
    for _ in 0..6 {
        terminal.send("\t");
    }
    terminal.wait_until("the state", |screen| screen.contains("▸ State or region"));
    terminal.send("\u{15}");
    terminal.press("\r", "✗");
    fill(&mut terminal, "Berlin");
    terminal.send("\t\t\t");
    terminal.wait_until("the phone", |screen| screen.contains("▸ Phone number"));
    fill(&mut terminal, "+4930 5550 1234");
    terminal.press("\r", "This is new.");
    terminal.wait_for("Northwind Holding AG");
    terminal.wait_for("Maria Keller");
    terminal.wait_for("A new number is not verified");
    terminal.press("y", "AWS reads it back as you entered it.");
    terminal.wait_for("· +4930 5550 1234");

    // The code: a wrong one is told as that, a new one voids the old, and the right one settles the step.
    terminal.press("v", "AWS sends a code by text message to +4930 5550 1234.");
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

    terminal.wait_until("Payment method", |screen| screen.contains("│ Payment method"));
    attest(&mut terminal, "a card ending in 4242");

    // The owner's profile is proven first, and what is no owner's is not used.
    select(&mut terminal, "Delegated administrator", 7);
    terminal.press("f", "Which profile belongs to the organization's owner");
    terminal.press("j", "▸ practice-member");
    terminal.press("\r", "is not used: nothing that it could say counts here.");
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
    terminal.press(ID, "Enter leave");
    terminal.press("\r", "has left o-a1b2c3d4e5");
    terminal.press("s", "The report was saved here");
    let report = saved_report(&terminal);
    for told in [
        "AWS took new contact information (FullName, CompanyName, StateOrRegion, PhoneNumber)",
        "AWS took a code for the phone number on file",
        "AWS did not take the code for the phone number",
        "AWS took the code for the phone number",
        "AWS took taking securityhub.amazonaws.com away",
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
    terminal.press("m", "In a review, nothing is changed with it.");
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

//! AWS's refusal of a leave, by everything that a person or a script sees of it afterwards: the checklist, `check` in every form, the next start.

use jiff::Timestamp;
use leave_org::checklist::{LeaveAnswer, Refusal, Retry, texts};
use leave_org::journal::Entry;
use leave_org::simulator::{Account, Damage, Fault};
use serde_json::json;

use crate::catalogue::{Desk, ways_to};
use crate::check_command::{FORMS, begin, endpoints};
use crate::command_line::{self, Practice};
use crate::leaving::LEAVE;
use crate::report_schema::valid;
use crate::resuming::{Place, confirm};

const SAID: &str = "AWS's own words about it.";

/// The words of a report, wherever a form breaks its lines and whatever it writes for an apostrophe.
fn in_a_row(text: &str) -> String {
    text.replace("&#x27;", "'").replace('\\', "").split_whitespace().collect::<Vec<_>>().join(" ")
}

cases! {
    a_refusal_is_told_by_every_check_and_at_every_start_whatever_the_checks_read:
        our_reading_disagrees("CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG", |_| (), "Delegated administrator", 4);
        our_reading_agrees(
            "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG",
            |account| account.delegated_services = vec!["config.amazonaws.com".to_owned()],
            "Delegated administrator",
            4
        );
        the_wait("WAIT_PERIOD_ACTIVE", |_| (), "Waiting period", 5);
        a_reason_that_nobody_knows("A_REASON_OF_TOMORROW", |_| (), "Permission to leave", 4);
}

fn a_refusal_is_told_by_every_check_and_at_every_start_whatever_the_checks_read(
    reason: &str,
    then: fn(&mut Account),
    step: &str,
    code: i32,
) {
    let place = Place::of("payment-not-shown");
    let kind = Damage::Error {
        code: "ConstraintViolationException".to_owned(),
        message: SAID.to_owned(),
        reason: Some(reason.to_owned()),
        status: None,
    };
    place.server().inject(Fault::new(LEAVE, kind));
    let mut terminal = place.start(&[]);
    confirm(&mut terminal);
    terminal.wait_for("AWS refused to let");
    place.server().clear_faults();
    place.server().change(then);
    let is_locked = |screen: &str| screen.contains("locked by") && screen.contains(step) && !screen.contains("checking");
    terminal.send("r");
    terminal.wait_until("the checklist, locked", is_locked);
    let before = place.server().requests().len();
    terminal.send("R");
    terminal.wait_until("every answer", |screen| is_locked(screen) && place.server().requests().len() > before);
    terminal.send("q");
    assert_eq!(terminal.end(), 7);

    for form in FORMS {
        let answer = command_line::run(&mut place.command(&["check", "--format", form]));
        assert_eq!(answer.code, code, "{form}: {}", answer.stderr);
        assert!(in_a_row(&answer.stdout).contains(SAID), "{form}: {}", answer.stdout);
        if form == "json" {
            let report = valid(&answer);
            assert_eq!((&report["ready"], &report["refusals"][0]["reason"]), (&json!(false), &json!(reason)));
        }
    }
    // Also where somebody asks for another step.
    let other = command_line::run(&mut place.command(&["check", "--step", "support-plan"]));
    assert_eq!(other.code, code, "{}{}", other.stdout, other.stderr);

    let mut terminal = place.start(&[]);
    terminal.wait_for("AWS refused the departure");
    terminal.send("\r");
    terminal.wait_until("the checklist, locked", is_locked);
    assert_eq!(place.calls(), 1);
}

/// Every refusal of the catalogue that outlives a response of AWS, as AWS gives it.
async fn refusals() -> Vec<Refusal> {
    let desk = Desk::open().await;
    let mut refusals = Vec::new();
    for entry in texts::all_refusals().iter().filter(|entry| entry.retry != Retry::AfterAPause && !entry.ends_with_a_response) {
        let (code, reason, message) = ways_to(entry).swap_remove(0);
        refusals.push(desk.refused(&code, reason.as_deref(), &format!("{message} {SAID}")).await);
    }
    refusals
}

#[test]
fn every_refusal_of_the_catalogue_is_told_by_check_and_keeps_it_from_ready() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    for (refusal, form) in runtime.block_on(refusals()).into_iter().zip(FORMS.into_iter().cycle()) {
        let practice = Practice::named("payment-not-shown");
        let mut journal = begin(&practice, "anna", endpoints(&practice), Timestamp::now());
        let entry = refusal.entry.clone();
        let answer = LeaveAnswer::Refused { refusal };
        journal.write(&Entry::Answered { answer }, Timestamp::now()).unwrap();
        let answer = practice.check(&["--format", form]);
        let waits = entry == "wait-period";
        assert_eq!(answer.code, if waits { 5 } else { 4 }, "{entry} as {form}: {}", answer.stderr);
        assert!(in_a_row(&answer.stdout).contains(SAID), "{entry} as {form}: {}", answer.stdout);
    }
}

//! What becomes of a walk that is cut off: killed at every stage of the leave, and started again on the same journal.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use assert_cmd::Command;
use leave_org::simulator::{Damage, Fault, FaultKind, Scenario, Seen, Server};
use serde_json::Value;

use crate::command_line::{keys, leave_org, with_keys};
use crate::guided_leave::{ID, attest, reach_checklist, reach_typed_id, type_id};
use crate::terminal::Terminal;

const SIZE: (u16, u16) = (120, 50);
const LEAVE: &str = "organizations:LeaveOrganization";

/// A practice AWS that outlives the program, and a place for the journals.
pub struct Place {
    runtime: tokio::runtime::Runtime,
    server: Option<Server>,
    state: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self::of("payment-not-shown")
    }

    /// A place where this scenario is played.
    pub fn of(scenario: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let start = Server::start(Scenario::named(scenario).unwrap(), SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), None);
        let server = runtime.block_on(start).unwrap();
        Self { runtime, server: Some(server), state: tempfile::tempdir().unwrap() }
    }

    pub fn server(&self) -> &Server {
        self.server.as_ref().unwrap()
    }

    /// The program, as it is used in earnest.
    pub fn start(&self, arguments: &[&str]) -> Terminal {
        self.start_with(arguments, &[])
    }

    /// The same, with more in its environment.
    pub fn start_with(&self, arguments: &[&str], more: &[(&str, &str)]) -> Terminal {
        let url = self.server().url();
        let environment: Vec<_> = keys(&url).into_iter().chain([self.state()]).chain(more.iter().copied()).collect();
        Terminal::start(arguments, SIZE, &environment)
    }

    /// The program without a terminal, on the same journals, before it runs.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = leave_org(&self.state);
        with_keys(command.args(arguments).env("XDG_STATE_HOME", self.state.path()), &self.server().url());
        command
    }

    fn state(&self) -> (&str, &str) {
        ("XDG_STATE_HOME", self.state.path().to_str().unwrap())
    }

    fn journal_path(&self) -> PathBuf {
        self.state.path().join("leave-org").join(format!("{ID}.jsonl"))
    }

    pub fn journal_text(&self) -> String {
        std::fs::read_to_string(self.journal_path()).unwrap_or_default()
    }

    pub fn journal(&self) -> Vec<Value> {
        let text = self.journal_text();
        // The last line may be half written yet.
        text.split_inclusive('\n').filter(|line| line.ends_with('\n')).map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub fn holds(&self, kind: &str) -> bool {
        self.journal().iter().any(|line| line["kind"] == kind)
    }

    /// How often the practice AWS was asked to let the account leave. Of a request that was cut off it hears a moment later.
    pub fn calls(&self) -> usize {
        self.server().requests().iter().filter(|request| request.operation == LEAVE).count()
    }

    /// Waits until the practice AWS has noticed that whoever asked it is gone.
    fn hears_of_one_call(&self) {
        let noted = self.server().until(|all| all.iter().any(|request| request.operation == LEAVE));
        let in_time = async { tokio::time::timeout(std::time::Duration::from_mins(1), noted).await };
        assert!(self.runtime.block_on(in_time).is_ok(), "the request never came");
    }

    /// The machine stands still for an hour between two runs: everything that was written lies an hour back.
    fn an_hour_goes_by(&self) {
        let back = |time: &mut Value| {
            let then: jiff::Timestamp = time.as_str().unwrap().parse().unwrap();
            *time = Value::String((then - jiff::SignedDuration::from_hours(1)).to_string());
        };
        let mut lines = Vec::new();
        for mut line in self.journal() {
            for field in ["at", "made_at", "confirmed_at"] {
                if let Some(time) = line.get_mut(field) {
                    back(time);
                }
            }
            if let Some(word) = line.get_mut("attestation") {
                back(&mut word["at"]);
                back(&mut word["expires_at"]);
            }
            lines.push(line.to_string());
        }
        lines.push(String::new());
        std::fs::write(self.journal_path(), lines.join("\n")).unwrap();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            self.runtime.block_on(server.shutdown());
        }
    }
}

/// A place where somebody said something that counts, and was cut off.
fn with_a_word() -> Place {
    let place = Place::new();
    let mut terminal = place.start(&[]);
    terminal.wait_for("Enter go to the checklist");
    reach_checklist(&mut terminal);
    attest(&mut terminal, "a card ending in 4242");
    terminal.wait_until("the word in the journal", |_| place.holds("attested"));
    terminal.kill();
    place
}

/// How long a long journal is, in bytes. One of 300 MB takes no more memory, and more time than a test should.
const LONG: usize = 16 << 20;

/// A journal as somebody would have it who began anew more than a thousand times, with a word in it that still counts.
fn with_a_long_journal() -> (Place, usize) {
    let place = with_a_word();
    let text = place.journal_text();
    let times = LONG / text.len();
    std::fs::write(place.journal_path(), text.repeat(times)).unwrap();
    (place, times)
}

#[test]
fn a_long_journal_is_read_beside_the_screen_with_its_progress_in_sight_and_in_little_memory() {
    let (place, _) = with_a_long_journal();
    let mut terminal = place.start(&[]);
    terminal.wait_for("Reading the journal: ");
    terminal.wait_for("1 thing that was said still counts.");
    assert!(!terminal.screen().contains("Reading the journal"));
    #[cfg(target_os = "linux")]
    {
        use crate::bounds::{MOST, memory};
        let most = memory::most_of(terminal.pid());
        assert!(most <= MOST, "{most} KiB");
        terminal.send("q");
        assert_eq!(terminal.end(), 9);
        let mut check = std::process::Command::new(env!("CARGO_BIN_EXE_leave-org"));
        check
            .env_clear()
            .envs(crate::clock())
            .envs(keys(&place.server().url()))
            .envs([place.state()])
            .env("HOME", place.state.path());
        check.args(["check", "--format", "json"]);
        let (said, most) = memory::measured(check);
        assert!(most.is_some_and(|most| most <= MOST), "{most:?} KiB: {said}");
        assert!(said.contains("a card ending in 4242"), "{said}");
    }
}

#[test]
fn who_quits_while_a_long_journal_is_read_need_not_wait_for_it() {
    let (place, times) = with_a_long_journal();
    let mut terminal = place.start(&[]);
    terminal.wait_for("Reading the journal: ");
    terminal.send("q");
    assert_eq!(terminal.end(), 9);
    // A run that has read the journal begins in it.
    assert_eq!(place.journal_text().matches("\"kind\":\"opened\"").count(), times);
}

/// From the first screen to the field for the account id.
fn reach_the_id(terminal: &mut Terminal) {
    terminal.wait_for("Enter go to the checklist");
    reach_checklist(terminal);
    if !terminal.screen().contains("Leaving is unlocked") {
        attest(terminal, "a card ending in 4242");
        terminal.wait_for("Leaving is unlocked");
    }
    reach_typed_id(terminal);
}

/// From the first screen to Enter on the typed id.
pub fn confirm(terminal: &mut Terminal) {
    reach_the_id(terminal);
    type_id(terminal);
    terminal.send("\r");
}

#[test]
fn killed_before_the_intent_nothing_was_sent_and_what_was_said_is_still_there() {
    let place = Place::new();
    let mut terminal = place.start(&[]);
    reach_the_id(&mut terminal);
    place.server().inject(Fault::new("iam:ListRoles", Damage::Stall));
    type_id(&mut terminal);
    terminal.press("\r", "Every check runs once more. Nothing has been sent yet.");
    terminal.wait_until("the confirmation in the journal", |_| place.holds("confirmed"));
    terminal.kill();
    assert!(!place.holds("intended"));
    place.server().clear_faults();

    let mut terminal = place.start(&[]);
    terminal.wait_for("Welcome back: somebody worked on this account just now. 1 thing that was said still counts.");
    assert_eq!(place.calls(), 0);
    confirm(&mut terminal);
    terminal.wait_for("has left o-a1b2c3d4e5");
    assert_eq!(place.calls(), 1);
    terminal.send("\r");
    assert_eq!(terminal.end(), 0);
}

#[test]
fn killed_after_the_intent_and_before_aws_acted_the_next_start_finds_that_nothing_happened() {
    let place = Place::new();
    place.server().inject(Fault::new(LEAVE, Damage::Stall).acted_upon(false));
    let mut terminal = place.start(&[]);
    confirm(&mut terminal);
    terminal.wait_for("One request is on its way.");
    terminal.wait_until("the intent in the journal", |_| place.holds("intended"));
    terminal.kill();
    assert!(!place.holds("answered"));
    place.server().clear_faults();
    place.an_hour_goes_by();

    let mut terminal = place.start(&[]);
    terminal.wait_for("An earlier leave-org ended while its request to leave may have been under way.");
    terminal.wait_for("AWS shows no effect of the request of");
    // The program may have been killed before the request was out.
    assert!(place.calls() <= 1 && place.server().state().member);
    // What was found out is in the journal, so the next start does not ask again.
    terminal.press("q", "4120-9876-5432 is still a member.");
    assert_eq!(terminal.end(), 9);

    let mut terminal = place.start(&[]);
    confirm(&mut terminal);
    terminal.wait_for("has left o-a1b2c3d4e5");
    assert!(place.calls() <= 2, "one that had no effect, and one that had");
    assert!(!place.server().state().member);
}

#[test]
fn killed_after_aws_acted_the_next_start_says_that_it_has_left_and_asks_for_nothing() {
    let place = Place::new();
    place.server().inject(Fault::new(LEAVE, Damage::Stall).acted_upon(true));
    let mut terminal = place.start(&[]);
    confirm(&mut terminal);
    terminal.wait_for("One request is on its way.");
    terminal.wait_until("AWS to act", |_| !place.server().state().member);
    terminal.kill();
    place.hears_of_one_call();
    place.server().clear_faults();
    assert!(place.holds("intended") && !place.holds("answered"));

    // A review knows it as well, and leaves no doubt for the one who comes after.
    let mut terminal = place.start(&["review"]);
    terminal.wait_for("An earlier leave-org ended while its request to leave may have been under way.");
    terminal.kill();
    let mut terminal = place.start(&[]);
    terminal.wait_for("has left o-a1b2c3d4e5");
    terminal.send("\r");
    assert_eq!(terminal.end(), 0);
    assert_eq!(place.calls(), 1, "asked again after it had worked");

    let mut terminal = place.start(&[]);
    // The roles of the former organization are listed as before.
    terminal.wait_for("and is in no organization.");
    terminal.wait_for("The old owner's roles:");
    terminal.send("\r");
    assert_eq!(terminal.end(), 0);
    assert_eq!(place.calls(), 1);
}

#[test]
fn killed_while_the_membership_is_read_the_next_start_goes_on_reading() {
    let place = Place::new();
    place.server().change(|account| {
        let flapping = [Seen::Member, Seen::Left].into_iter().cycle();
        account.reads_after_leave = flapping.take(9).collect();
    });
    let mut terminal = place.start(&[]);
    confirm(&mut terminal);
    terminal.wait_for("AWS accepted the request. Now its own records have to show it.");
    terminal.wait_until("the answer in the journal", |_| place.holds("answered") && place.holds("membership-read"));
    terminal.kill();
    assert!(!place.holds("settled"));
    place.server().change(|account| account.reads_after_leave.clear());

    let mut terminal = place.start(&[]);
    terminal.wait_for("has left o-a1b2c3d4e5");
    assert!(terminal.screen().contains("AWS accepted the request ("), "the request id is known still: {}", terminal.screen());
    assert_eq!(place.calls(), 1);
}

/// The program is killed as soon as it has written down what the call told, and started again: at once where AWS's records show by then that
/// the account is out, else to see it as a member, until they show it. `says` is what the new start comes to.
fn killed_after_the_answer(what: &str, fault: Option<Fault>, is_out_at_once: bool, says: &[&str]) {
    let place = Place::new();
    let mut terminal = place.start(&[]);
    reach_the_id(&mut terminal);
    // Until it is killed, it sees a member: nothing is certain by then.
    place.server().change(|account| account.reads_after_leave = [Seen::Member; 99].into());
    type_id(&mut terminal);
    if let Some(fault) = fault {
        place.server().inject(fault);
    }
    terminal.send("\r");
    terminal.wait_until("the answer in the journal", |_| place.holds("answered"));
    terminal.kill();
    place.server().clear_faults();

    let is_taken = !place.server().state().member;
    place.server().change(|account| {
        // Read at 0, 1 and 3 seconds: the third shows it.
        let late = if is_taken && !is_out_at_once { 2 } else { 0 };
        account.reads_after_leave.truncate(late);
        // Where no request was taken, somebody else takes it out.
        account.member &= !is_out_at_once;
    });
    let mut terminal = place.start(&[]);
    if !is_out_at_once && !is_taken {
        terminal.wait_for("a member of organization o-a1b2c3d4e5");
        terminal.kill();
        place.server().change(|account| account.member = false);
        terminal = place.start(&[]);
    }
    for text in says {
        terminal.wait_for(text);
    }
    terminal.send("\r");
    assert_eq!(terminal.end(), 0, "{what}");
    assert!(place.calls() <= 1, "{what}: a needless second call");
}

#[test]
fn killed_after_any_answer_the_next_start_says_what_is_true_of_an_account_that_is_out_within_three_seconds() {
    let error = |code: &str, reason: Option<&str>| Damage::Error {
        code: code.to_owned(),
        message: "AWS's own words.".to_owned(),
        reason: reason.map(str::to_owned),
        status: None,
    };
    let refused = error("ConstraintViolationException", Some("MEMBER_ACCOUNT_PAYMENT_INSTRUMENT_REQUIRED"));
    // The checks ask once whose credentials these are; the one who sends the request asks again.
    let not_asked = Fault::new("sts:GetCallerIdentity", error("InvalidClientTokenId", None)).on_calls(2..=99);
    let nothing: &[&str] = &["is in no organization. There is nothing to leave."];
    let cells: [(&str, Option<Fault>, &[&str]); 5] = [
        ("accepted", None, &["has left o-a1b2c3d4e5", "AWS accepted the request ("]),
        ("refused", Some(Fault::new(LEAVE, refused)), nothing),
        (
            "put off",
            Some(Fault::new(LEAVE, error("TooManyRequestsException", None))),
            &["has left o-a1b2c3d4e5", "AWS had asked us to try again later (once)"],
        ),
        (
            "lost",
            Some(Fault::new(LEAVE, FaultKind::AnswerLost)),
            &["has left o-a1b2c3d4e5", "AWS's answer to the request was lost"],
        ),
        ("never sent", Some(not_asked), nothing),
    ];
    // After a lost answer the membership is read for most of a minute: the cells wait side by side.
    std::thread::scope(|scope| {
        for (what, fault, says) in &cells {
            for is_out_at_once in [true, false] {
                scope.spawn(move || killed_after_the_answer(what, fault.clone(), is_out_at_once, says));
            }
        }
    });
}

#[test]
fn killed_after_everything_the_next_start_has_nothing_to_do() {
    let place = Place::new();
    let mut terminal = place.start(&[]);
    confirm(&mut terminal);
    terminal.wait_for("has left o-a1b2c3d4e5");
    terminal.wait_until("the outcome in the journal", |_| place.holds("settled"));
    terminal.kill();

    let mut terminal = place.start(&[]);
    terminal.wait_for("and is in no organization.");
    assert_eq!(place.calls(), 1);
}

#[test]
fn two_wizards_do_not_work_on_one_account() {
    let place = Place::new();
    let mut first = place.start(&[]);
    first.wait_for("Enter go to the checklist");
    let mut second = place.start(&[]);
    second.wait_for("Another leave-org is working on this account.");
    second.wait_for(&format!("Process {}", first.pid()));
    reach_checklist(&mut second);
    second.wait_for("another leave-org is working on this account (R tries again)");
    second.press("a", "What you say here is kept in a journal");
    first.send("q");
    assert_eq!(first.end(), 9);
    second.press("R", "locked by: Payment method");
    attest(&mut second, "");
    second.wait_for("Leaving is unlocked");
}

#[test]
fn a_journal_that_cannot_be_kept_is_told_on_the_first_screen_and_tried_again_from_the_keyboard() {
    let place = Place::new();
    let folder = place.state.path().join("leave-org");
    std::fs::write(&folder, "in the way").unwrap();
    let mut terminal = place.start(&[]);
    terminal.wait_for("The journal of this account cannot be written.");
    terminal.wait_for("is not a folder");
    terminal.press("R", "Tried twice");
    std::fs::remove_file(&folder).unwrap();
    terminal.send("R");
    terminal.wait_until("the journal", |screen| !screen.contains("cannot be written"));
    confirm(&mut terminal);
    terminal.wait_for("has left o-a1b2c3d4e5");
}

#[test]
fn a_torn_line_is_set_aside_and_said() {
    let place = with_a_word();
    let text = std::fs::read_to_string(place.journal_path()).unwrap();
    std::fs::write(place.journal_path(), format!("{text}{{\"v\":1,\"at\":\"20")).unwrap();

    let mut terminal = place.start(&[]);
    terminal.wait_for("1 thing that was said still counts.");
    terminal.wait_for("1 line of the journal could not be read");
    assert!(std::fs::read_to_string(place.journal_path()).unwrap().starts_with(&text), "no readable line is lost");
}

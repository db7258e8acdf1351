//! What only looks: the review in a pseudo-terminal under any keys, `check` and `request`, each with the practice AWS as the witness of what
//! was asked.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use assert_cmd::Command;
use leave_org::simulator::{MEMBER_ACCESS_KEY, Request, SECRET_ACCESS_KEY, Scenario, Server};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use crate::guided_leave::{ID, attest, reach_checklist, settled_but};
use crate::resuming::Place;
use crate::terminal::Terminal;

/// The beginnings of the names of AWS's operations that change nothing.
const READING: [&str; 4] = ["Get", "List", "Describe", "Simulate"];

/// Fails unless there were requests, and every one of them was a read.
#[track_caller]
fn assert_only_reads(requests: &[Request]) {
    assert!(!requests.is_empty(), "nothing was asked at all");
    for Request { operation, .. } in requests {
        let (_, name) = operation.split_once(':').unwrap_or_else(|| panic!("{operation} is nothing that AWS knows"));
        assert!(READING.iter().any(|verb| name.starts_with(verb)), "{operation} is no read");
    }
}

/// What somebody types: any key there is, and keys, words and ids that would bring a guided walk on. Left out is Ctrl-Z alone, which gives
/// the terminal to a shell that is not there.
fn typed() -> impl Strategy<Value = Vec<String>> {
    let one = |key: &str| vec![key.to_owned()];
    let each = |text: &str| text.chars().map(String::from).collect::<Vec<_>>();
    let any_key: Vec<_> = (' '..='~').map(|key| vec![key.to_string()]).collect();
    let meant: Vec<_> = " aaoyrRRslej?kGgn".chars().map(|key| vec![key.to_string()]).collect();
    let special = [
        "\r",
        "\r",
        "\r",
        "\u{1b}",
        "\u{1b}",
        "\t",
        "\u{7f}",
        "\u{1b}[A",
        "\u{1b}[B",
        "\u{1b}[C",
        "\u{1b}[D",
        "\u{1b}[5~",
        "\u{1b}[6~",
    ];
    let special: Vec<_> = special.map(one).to_vec();
    let together = [
        each(&format!("{ID}\r")),
        each(&format!("\r                    {ID}\r")),
        one(&format!("\u{1b}[200~{ID}\r\u{1b}[201~")),
        each("a because\r"),
        each("G\r\r"),
        each("yes\r"),
        one("q"),
        one("\u{3}"),
    ];
    prop_oneof![
        3 => prop::sample::select(any_key),
        6 => prop::sample::select(meant),
        5 => prop::sample::select(special),
        2 => prop::sample::select(together.to_vec()),
    ]
}

/// As many strokes as these strategies give in so many turns; the same each time.
fn strokes(turns: usize) -> Vec<String> {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(ProptestConfig::default(), rng);
    let typed = prop::collection::vec(typed(), turns).new_tree(&mut runner).unwrap().current().concat();
    // Only there is a browser found without looking along PATH, and none is to be opened on the machine of whoever tests.
    typed.into_iter().filter(|key| !(cfg!(target_os = "macos") && key == "o")).collect()
}

cases! {
    no_keys_in_a_review_ask_aws_for_anything_but_reads:
        ready("payment-not-shown");
        several_open("several-open");
        everything_wrong("everything-wrong");
        already_standalone("already-standalone");
        management_account("management-account");
        session_expired("session-expired");
}

fn no_keys_in_a_review_ask_aws_for_anything_but_reads(scenario: &str) {
    let place = Place::of(scenario);
    // No browser is found there.
    let nothing = tempfile::tempdir().unwrap();
    let start = || {
        let mut terminal = place.start_with(&["review"], &[("PATH", nothing.path().to_str().unwrap())]);
        terminal.wait_for("REVIEW: cannot leave");
        terminal
    };
    let before = format!("{:?}", place.server().state());
    let mut terminal = start();
    let mut runs = 1;
    if scenario == "payment-not-shown" {
        terminal.wait_for("a member of organization");
        settle_everything(&mut terminal);
    }
    for (at, key) in strokes(130).iter().enumerate() {
        let goes_on = terminal.stroke(key) && (at % 120 > 0 || try_to_leave(&mut terminal));
        if !goes_on {
            terminal = start();
            runs += 1;
        }
    }
    terminal.kill();
    assert!(runs < 40, "it ended too often for anything to be tried");
    assert_only_reads(&place.server().requests());
    assert_eq!(format!("{:?}", place.server().state()), before, "something is different over there");
}

/// Every key that takes a guided walk from its checklist to the leave, one after the other. Whether the program still runs.
fn try_to_leave(terminal: &mut Terminal) -> bool {
    let keys = format!("\u{1b}\u{1b}\r\r{}{ID}\r", " ".repeat(20));
    keys.chars().all(|key| terminal.stroke(&key.to_string()))
}

/// To where a guided walk would unlock the leave.
fn settle_everything(terminal: &mut Terminal) {
    reach_checklist(terminal);
    terminal.press("jjjjj", "▸ (?) Payment method");
    attest(terminal, "a card ending in 4242");
    terminal.wait_for(&format!("{}. Nothing would lock a leave; this review cannot leave.", settled_but(0)));
}

#[test]
fn what_is_said_in_a_review_is_in_the_journal_and_counts_in_the_guided_leave() {
    let place = Place::of("payment-not-shown");
    let mut terminal = place.start(&["review"]);
    terminal.wait_for("a member of organization");
    settle_everything(&mut terminal);
    terminal.send("q");
    assert_eq!(terminal.end(), 0);
    let said: Vec<_> = place.journal().into_iter().filter(|line| line["kind"] == "attested").collect();
    assert_eq!(said.len(), 1, "{said:?}");
    assert_eq!(said[0]["step"], "payment-method");
    assert_eq!(said[0]["attestation"]["note"], "a card ending in 4242");

    let mut terminal = place.start(&[]);
    terminal.wait_for("1 thing that was said still counts.");
    reach_checklist(&mut terminal);
    terminal.wait_for("Leaving is unlocked");
    assert_only_reads(&place.server().requests());
}

#[test]
fn enter_goes_through_every_step_of_a_review_and_says_at_the_end_what_can_leave() {
    let mut terminal = Terminal::start(&["demo", "several-open", "--review"], (80, 24), &[("NO_COLOR", "1")]);
    terminal.wait_for("a member of organization");
    reach_checklist(&mut terminal);
    for title in ["Member of", "Waiting period", "Permission", "Support plan", "Contact", "Payment", "IAM access", "Delegated"] {
        terminal.wait_until(title, |screen| screen.lines().any(|line| line.starts_with("▸ (") && line.contains(title)));
        terminal.send("\r");
    }
    for title in ["Somebody can sign in", "The old owner's roles", "Another way out"] {
        terminal.wait_until(title, |screen| screen.lines().any(|line| line.starts_with("▸ (") && line.contains(title)));
        terminal.send("\r");
    }
    terminal.wait_for("That was the last step. This is a review: it changes nothing in AWS and cannot leave.");
}

cases! {
    without_a_terminal_any_scenario_is_only_read:
        by_check("check");
        by_request("request");
}

fn without_a_terminal_any_scenario_is_only_read(command: &'static str) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut checks = tokio::task::JoinSet::new();
        for scenario in Scenario::all() {
            checks.spawn(async move {
                let server = Server::start(scenario.clone(), SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), None).await.unwrap();
                let before = format!("{:?}", server.state());
                let url = server.url();
                tokio::task::spawn_blocking(move || look(command, &url)).await.unwrap();
                assert_only_reads(&server.requests());
                assert_eq!(format!("{:?}", server.state()), before, "{} is different now", scenario.name);
                server.shutdown().await;
            });
        }
        checks.join_all().await;
    });
}

fn look(command: &str, url: &str) {
    let home = tempfile::tempdir().unwrap();
    Command::new(env!("CARGO_BIN_EXE_leave-org"))
        .env_clear()
        .envs(crate::clock())
        .envs([("AWS_ENDPOINT_URL", url), ("AWS_REGION", "us-east-1")])
        .envs([("AWS_ACCESS_KEY_ID", MEMBER_ACCESS_KEY), ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY)])
        .env("HOME", home.path())
        .args([command, "--timeout", "8"])
        .timeout(Duration::from_mins(1))
        .output()
        .unwrap();
}

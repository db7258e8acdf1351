//! Checking again: how many questions it takes, and that what it replaces ends.

use jiff::SignedDuration;
use leave_org::driver::OnlyReading;
use leave_org::simulator::{Fault, FaultKind};
use leave_org::wizard::Key;

use crate::screens::stage::{Opening, Stage};

/// Below the 8 s after which a read times out, which would also end a request.
const SOON_MS: u64 = 7_000;

/// Delays every response by `ms`.
fn latency(ms: u64) -> Fault {
    Fault::new("*", FaultKind::Latency { ms }).on_calls(1..=u32::MAX)
}

async fn stage() -> Stage<OnlyReading> {
    let mut stage = Stage::open(Opening::of("ready")).await;
    stage.settle().await;
    stage.press(Key::Enter);
    stage
}

#[tokio::test]
async fn everything_five_times_in_a_quarter_of_a_second_takes_the_questions_of_one_round() {
    let mut stage = Box::pin(stage()).await;
    let asked = |stage: &Stage<OnlyReading>| stage.server.requests().len();
    let one_round = asked(&stage);
    stage.server.inject(latency(1_000));
    stage.wait(2);
    for _ in 0..5 {
        stage.press(Key::Char('R'));
        // A round that was not meant to begin would have asked by now.
        stage.server.until_under_way("iam:ListRoles").await;
        stage.now += SignedDuration::from_millis(50);
    }
    stage.settle().await;
    assert_eq!(asked(&stage), 2 * one_round);
}

#[tokio::test]
async fn the_requests_of_a_round_that_is_replaced_end() {
    let mut stage = Box::pin(stage()).await;
    stage.server.inject(latency(60_000));
    stage.wait(2);
    stage.press(Key::Char('R'));
    // The practice AWS has read the first questions: none of them is answered before it ends.
    stage.server.until_under_way("iam:ListRoles").await;
    let before = stage.server.requests().len();
    stage.server.clear_faults();
    stage.wait(2);
    stage.press(Key::Char('R'));
    stage.settle().await;
    let gone = |request: &&leave_org::simulator::Request| request.outcome == "client-gone";
    stage
        .server
        .until(|requests| requests[before..].iter().filter(gone).any(|request| request.operation == "iam:ListRoles"))
        .await;
    let requests = stage.server.requests();
    for request in requests[before..].iter().filter(gone) {
        assert!(request.duration_ms < SOON_MS, "{request:?} went on after its round was replaced");
    }
}

//! What is measured of the program from the outside, and of a check from the inside.

use std::fs;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use leave_org::aws::{self, ConnectOptions, Practice};
use leave_org::checklist::StepId;
use leave_org::driver::{CHECK_LIMIT, read_subject, run_check};
use leave_org::simulator::{MEMBER_ACCESS_KEY, SECRET_ACCESS_KEY, Server};
use tokio::task::JoinSet;

use crate::chain::Chain;
use crate::figures::{Row, Samples, Verdict, mb, ms};
use crate::practice::{self, RUNTIME};
use crate::program::{self, InTerminal};

/// How long every answer takes, in milliseconds.
const LATENCY: u64 = 80;
/// What a check may take beyond its longest chain of calls.
const BEYOND_THE_CHAIN: Duration = Duration::from_millis(30);
/// So long without a byte, and the program has nothing under way: while it has, it draws every second.
const AT_REST: Duration = Duration::from_millis(1_500);
/// A terminal of the size that most have.
const USUAL: (u16, u16) = (80, 24);

pub fn first_frame() -> Row {
    let server = practice::server("ready", 300);
    let frames = Samples::take(21, |_| InTerminal::start(program::PATH, &["review"], USUAL, &server).first_frame());
    let nothing = Samples::take(21, |_| InTerminal::start("true", &[], USUAL, &server).end());
    Row {
        measured: frames.told(),
        verdict: Verdict::of(*frames.median() <= Duration::from_millis(50)),
        rest: format!("starting a program that does nothing, in the same way: {}", ms(*nothing.median())),
    }
}

pub fn first_answer() -> Row {
    const LATE: u64 = 300;
    let seen = Samples::take(5, |_| {
        let server = practice::server("ready", LATE);
        let mut program = InTerminal::start(program::PATH, &["review"], USUAL, &server);
        let frame = program.first_frame();
        RUNTIME.block_on(server.until(|requests| !requests.is_empty()));
        let asked = server.requests().iter().map(|request| request.at).min().unwrap();
        (Duration::try_from(asked.duration_since(program.started_at)).unwrap_or_default(), frame)
    });
    let (asked, frame) = *seen.median();
    Row {
        measured: format!(
            "first question {} (worst of 5: {}), its answer {LATE} ms later; first frame of the same run {}",
            ms(asked),
            ms(seen.worst().0),
            ms(frame)
        ),
        verdict: Verdict::of(seen.all(|(asked, frame)| *frame < *asked + Duration::from_millis(LATE))),
        rest: "reading the configuration, certificates and credentials, with the first frame on the screen".to_owned(),
    }
}

/// A row for runs of a check, each beside its own longest chain of calls.
fn row_of_checks(runs: &Samples<Run>) -> Row {
    let Run { beyond, took, chain, rest } = runs.median();
    Row {
        measured: format!(
            "{}, which is the chain + {} (worst of {}: + {})",
            ms(*took),
            ms(*beyond),
            runs.count(),
            ms(runs.worst().beyond)
        ),
        verdict: Verdict::of(*beyond <= BEYOND_THE_CHAIN),
        rest: format!("{rest}. The chain: {chain}"),
    }
}

/// One run of a check: how long it took beyond its chain comes first, and so decides the order.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Run {
    beyond: Duration,
    took: Duration,
    chain: String,
    rest: String,
}

impl Run {
    fn new(server: &Server, started: Timestamp, took: Duration) -> Self {
        let chain = Chain::longest(&server.requests(), Duration::from_millis(LATENCY));
        Self {
            beyond: took.saturating_sub(chain.length()),
            took,
            rest: chain.rest(started, took),
            chain: format!("{}, {}", chain.told(), ms(chain.length())),
        }
    }
}

pub fn check_in_library() -> Row {
    row_of_checks(&Samples::take(11, |_| {
        let server = practice::server("ready", LATENCY);
        let (started, begun) = (Timestamp::now(), Instant::now());
        RUNTIME.block_on(full_check(&server));
        Run::new(&server, started, begun.elapsed())
    }))
}

/// What `leave-org check` does once it runs.
async fn full_check(server: &Server) {
    let practice = Practice {
        endpoint: server.url(),
        region: "us-east-1".to_owned(),
        access_key_id: MEMBER_ACCESS_KEY.to_owned(),
        secret_access_key: SECRET_ACCESS_KEY.to_owned(),
        management_access_key_id: None,
        profiles: Vec::new(),
    };
    let session = aws::connect(&ConnectOptions { practice: Some(practice), ..ConnectOptions::default() }).await.unwrap();
    let round = session.reader().round();
    let mut checks = JoinSet::new();
    for step in StepId::ALL {
        checks.spawn(run_check(round.clone(), step, CHECK_LIMIT));
    }
    read_subject(round, CHECK_LIMIT).await.unwrap();
    while let Some(finding) = checks.join_next().await {
        let finding = finding.unwrap();
        assert!(finding.problem().is_none(), "a check that finds nothing out is no full check: {finding:?}");
    }
}

pub fn check_from_exec() -> Row {
    row_of_checks(&Samples::take(11, |_| checked(&practice::server("ready", LATENCY))))
}

pub fn check_many() -> Row {
    row_of_checks(&Samples::take(5, |_| checked(&practice::server_with_many(LATENCY))))
}

fn checked(server: &Server) -> Run {
    let run = program::check(server, false);
    Run::new(server, run.started, run.took)
}

/// The program at rest on the checklist.
fn at_rest(server: &Server) -> InTerminal {
    let mut program = InTerminal::start(program::PATH, &["review"], (120, 40), server);
    program.quiet(AT_REST);
    let before = program.screen();
    program.send("\r");
    program.quiet(AT_REST);
    assert_ne!(program.screen(), before, "it did not go on to the checklist");
    program
}

pub fn idle() -> Row {
    let server = practice::server("ready", 0);
    let program = at_rest(&server);
    let Some(mut before) = program::cpu_time(program.pid()) else { return Row::not_measured() };
    // A thread that ends takes its time with it: such a window does not count.
    let used = loop {
        std::thread::sleep(Duration::from_secs(10));
        let after = program::cpu_time(program.pid()).unwrap();
        if after.len() == before.len() && after.keys().eq(before.keys()) {
            break after.values().sum::<Duration>().checked_sub(before.values().sum()).unwrap();
        }
        before = after;
    };
    Row {
        measured: ms(used),
        verdict: Verdict::of(used < Duration::from_millis(10)),
        rest: "a picture every 30 s, because the ages in it grow; nothing else moves".to_owned(),
    }
}

/// A row for the most memory of a few runs.
fn row_of_memory(peaks: &[(&str, Samples<u64>)], rest: String) -> Row {
    let told = |(what, peaks): &(&str, Samples<u64>)| {
        let what = if what.is_empty() { String::new() } else { format!("{what} ") };
        format!("{what}{} (worst of {}: {})", mb(*peaks.median()), peaks.count(), mb(*peaks.worst()))
    };
    Row {
        measured: peaks.iter().map(told).collect::<Vec<_>>().join("; "),
        verdict: Verdict::of(peaks.iter().all(|(_, peaks)| *peaks.worst() < 32_000_000)),
        rest,
    }
}

fn peak_of_review(server: &Server) -> u64 {
    program::peak_memory(at_rest(server).pid()).unwrap()
}

fn peak_of_check(server: &Server) -> u64 {
    program::check(server, true).peak.unwrap()
}

pub fn memory_of_review() -> Row {
    if program::peak_memory(std::process::id()).is_none() {
        return Row::not_measured();
    }
    let server = practice::server("ready", LATENCY);
    let peaks = Samples::take(3, |_| peak_of_review(&server));
    row_of_memory(&[("", peaks)], "the pages of the program itself that were used, certificates, six clients".to_owned())
}

pub fn memory_of_check() -> Row {
    if program::peak_memory(std::process::id()).is_none() {
        return Row::not_measured();
    }
    let server = practice::server("ready", LATENCY);
    let peaks = Samples::take(5, |_| peak_of_check(&server));
    row_of_memory(&[("", peaks)], "the same".to_owned())
}

pub fn memory_many() -> Row {
    if program::peak_memory(std::process::id()).is_none() {
        return Row::not_measured();
    }
    let server = practice::server_with_many(LATENCY);
    let peaks =
        [("`check`", Samples::take(5, |_| peak_of_check(&server))), ("`review`", Samples::take(3, |_| peak_of_review(&server)))];
    row_of_memory(&peaks, "a page of 1,000 roles at a time, as text and as what the SDK makes of it".to_owned())
}

pub fn size() -> Row {
    let bytes = fs::metadata(program::PATH).unwrap().len();
    Row {
        measured: mb(bytes),
        verdict: Verdict::of(bytes < 14_000_000),
        rest: "mostly the SDK, TLS, and the practice AWS".to_owned(),
    }
}

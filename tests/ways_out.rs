//! Every way out gives the terminal back: quitting, signals, a terminal that vanishes, a panic, the shell in between, and what is not a
//! terminal at all.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;
use std::time::{Duration, Instant};

use leave_org::aws::{self, ConnectOptions, Owner, Session};
use leave_org::checklist::gate::{Confirmation, ReadyToLeave};
use leave_org::checklist::{Fix, FixAnswer, LeaveAnswer, Problem};
use leave_org::departure::Mode;
use leave_org::driver::{Capability, Driver, Guiding};
use leave_org::journal::Folder;
use leave_org::simulator::{Damage, Fault, MANAGEMENT_ACCESS_KEY, MEMBER_ACCESS_KEY, SECRET_ACCESS_KEY, Scenario, Server};
use leave_org::views::theme::Theme;
use leave_org::wizard::{Model, Practice, ProfileWish, WizardConfig};

use crate::guided_leave::{ID, attest, reach_checklist, reach_typed_id, type_digits};
use crate::resuming::{Place, confirm};
use crate::terminal::Terminal;

const SIZE: (u16, u16) = (100, 30);
const PROGRAM: &str = env!("CARGO_BIN_EXE_leave-org");

/// What stands on the screen before the program starts.
const BEFORE: &str = "$ ls\r\nnotes.txt\r\n$ leave-org\r\n";
const NOT_LEFT: &str = "No request to leave was sent for account 4120-9876-5432.";
const NOT_KNOWN: &str =
    "It is not known whether account 4120-9876-5432 has left. Start leave-org again:\nit reads the membership first.";

/// More than any way out needs, and less than a core that spins.
const A_MOMENT_OF_WORK: Duration = Duration::from_secs(1);

fn demo() -> Terminal {
    let mut terminal = Terminal::start(&["demo", "payment-not-shown"], SIZE, &[]);
    terminal.show(BEFORE);
    terminal.wait_for("a member of organization");
    terminal
}

fn signal(terminal: &Terminal, name: &str) {
    let status = Command::new("kill").args([name, &terminal.pid().to_string()]).status().unwrap();
    assert!(status.success());
}

/// The terminal is as it was, and below what stood there stands one more line.
#[track_caller]
fn assert_given_back_with(terminal: &Terminal, farewell: &str) {
    assert!(terminal.is_given_back(), "left on: {:?}", terminal.modes_left());
    assert_eq!(terminal.screen(), format!("{}{farewell}", BEFORE.replace("\r\n", "\n")));
}

cases! {
    keys_end_the_walk_and_the_terminal_is_as_it_was:
        q("q", 9);
        control_c("\u{3}", 130);
}

fn keys_end_the_walk_and_the_terminal_is_as_it_was(keys: &str, code: u32) {
    let mut terminal = demo();
    assert!(!terminal.modes_are_as_before() && !terminal.is_given_back(), "there is nothing to give back");
    terminal.send(keys);
    assert_eq!(terminal.end(), code);
    assert_given_back_with(&terminal, NOT_LEFT);
}

/// Where a walk stands when it is ended.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Stage {
    Account,
    Checklist,
    Help,
    Note,
    Confirm,
    /// The request to leave is on its way.
    Leaving,
}

/// A walk in earnest, with a journal, that stands there.
fn walk_to(stage: Stage) -> (Place, Terminal) {
    let place = Place::of("payment-not-shown");
    if stage == Stage::Leaving {
        place.server().inject(Fault::new("organizations:LeaveOrganization", Damage::Stall).acted_upon(false));
    }
    let mut terminal = place.start(&[]);
    terminal.show(BEFORE);
    if stage == Stage::Leaving {
        confirm(&mut terminal);
        terminal.wait_for("One request is on its way.");
        terminal.wait_until("the intent in the journal", |_| place.holds("intended"));
        return (place, terminal);
    }
    terminal.wait_for("Enter go to the checklist");
    // Its journal is opened meanwhile; with a key that means nothing (F5), time goes by.
    let patience = Instant::now() + Duration::from_mins(1);
    while place.journal().is_empty() {
        assert!(Instant::now() < patience && terminal.stroke("\u{1b}[15~"));
    }
    if stage != Stage::Account {
        reach_checklist(&mut terminal);
    }
    match stage {
        Stage::Account | Stage::Checklist | Stage::Leaving => {}
        Stage::Help => terminal.press("?", "Signs"),
        Stage::Note => {
            terminal.press("a", "In your words");
            terminal.press("half a note", "> half a note");
        }
        Stage::Confirm => {
            attest(&mut terminal, "a card ending in 4242");
            reach_typed_id(&mut terminal);
            type_digits(&mut terminal, &ID[..6]);
        }
    }
    (place, terminal)
}

/// How the walk ends is in its journal, and nothing is that did not happen.
#[track_caller]
fn assert_journal_tells(place: &Place, stage: Stage, code: u32) {
    let journal = place.journal();
    let last = journal.last().unwrap();
    assert_eq!((&last["kind"], &last["exit_code"]), (&"closed".into(), &code.into()), "{last}");
    assert_eq!(place.holds("intended"), stage == Stage::Leaving);
    assert!(!place.holds("answered") && !place.holds("settled"));
}

cases! {
    a_signal_ends_the_walk_wherever_it_stands:
        interrupt_account(super::Stage::Account, "-INT", 130);
        interrupt_checklist(super::Stage::Checklist, "-INT", 130);
        interrupt_help(super::Stage::Help, "-INT", 130);
        interrupt_note(super::Stage::Note, "-INT", 130);
        interrupt_confirm(super::Stage::Confirm, "-INT", 130);
        interrupt_leaving(super::Stage::Leaving, "-INT", 8);
        terminate_account(super::Stage::Account, "-TERM", 130);
        terminate_checklist(super::Stage::Checklist, "-TERM", 130);
        terminate_help(super::Stage::Help, "-TERM", 130);
        terminate_note(super::Stage::Note, "-TERM", 130);
        terminate_confirm(super::Stage::Confirm, "-TERM", 130);
        terminate_leaving(super::Stage::Leaving, "-TERM", 8);
        hang_up_account(super::Stage::Account, "-HUP", 129);
        hang_up_checklist(super::Stage::Checklist, "-HUP", 129);
        hang_up_help(super::Stage::Help, "-HUP", 129);
        hang_up_note(super::Stage::Note, "-HUP", 129);
        hang_up_confirm(super::Stage::Confirm, "-HUP", 129);
        hang_up_leaving(super::Stage::Leaving, "-HUP", 8);
        quit(super::Stage::Checklist, "-QUIT", 130);
        alarm(super::Stage::Checklist, "-ALRM", 130);
        user(super::Stage::Checklist, "-USR1", 130);
        other_user(super::Stage::Checklist, "-USR2", 130);
        processor_limit(super::Stage::Leaving, "-XCPU", 8);
        virtual_alarm(super::Stage::Checklist, "-VTALRM", 130);
        profiler(super::Stage::Checklist, "-PROF", 130);
}

fn a_signal_ends_the_walk_wherever_it_stands(stage: Stage, name: &str, code: u32) {
    let (place, mut terminal) = walk_to(stage);
    let begun = terminal.processor_time();
    signal(&terminal, name);
    let (ended, used) = terminal.end_and_time_since(begun);
    assert_eq!(ended, code);
    assert!(used < A_MOMENT_OF_WORK, "{used:?}");
    assert_given_back_with(&terminal, if stage == Stage::Leaving { NOT_KNOWN } else { NOT_LEFT });
    assert_journal_tells(&place, stage, code);
}

/// From now on the program may write no byte more to its journal.
#[cfg(target_os = "linux")]
fn limit_files(place: &Place, terminal: &Terminal) {
    use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
    let limit = Rlimit { current: Some(place.journal_text().len() as u64), maximum: getrlimit(Resource::Fsize).maximum };
    prlimit(Pid::from_raw(terminal.pid().try_into().unwrap()), Resource::Fsize, limit).unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_limit_before_the_request_keeps_it_from_being_sent() {
    let (place, mut terminal) = walk_to(Stage::Confirm);
    limit_files(&place, &terminal);
    type_digits(&mut terminal, &ID[6..]);
    terminal.wait_for("Enter leave");
    terminal.press("\r", "no room for the journal");
    assert!(place.server().requests().iter().all(|request| request.operation != "organizations:LeaveOrganization"));
    terminal.send("\rqq");
    assert_eq!(terminal.end(), 9);
    assert_given_back_with(&terminal, NOT_LEFT);
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_limit_after_the_request_leaves_what_was_written_and_gives_the_terminal_back() {
    let (place, mut terminal) = walk_to(Stage::Leaving);
    let before = place.journal_text();
    limit_files(&place, &terminal);
    signal(&terminal, "-TERM");
    assert_eq!(terminal.end(), 8);
    assert_given_back_with(&terminal, NOT_KNOWN);
    assert_eq!(place.journal_text(), before);
}

cases! {
    a_terminal_that_vanishes_ends_the_walk_without_a_crash_or_a_busy_core:
        account(super::Stage::Account, 129);
        checklist(super::Stage::Checklist, 129);
        help(super::Stage::Help, 129);
        note(super::Stage::Note, 129);
        confirm(super::Stage::Confirm, 129);
        leaving(super::Stage::Leaving, 8);
}

fn a_terminal_that_vanishes_ends_the_walk_without_a_crash_or_a_busy_core(stage: Stage, code: u32) {
    let (place, mut terminal) = walk_to(stage);
    let begun = terminal.processor_time();
    terminal.hang_up();
    let (ended, used) = terminal.end_and_time_since(begun);
    assert_eq!(ended, code);
    assert!(used < A_MOMENT_OF_WORK, "{used:?}");
    assert_journal_tells(&place, stage, code);
}

/// Only the first process of a session is told of a hang-up by a signal. Below a shell that ignores it, nobody else is.
#[test]
fn a_terminal_that_vanishes_without_a_signal_is_noticed_all_the_same() {
    let script = format!("trap '' HUP; {PROGRAM} demo ready; echo $? > code");
    let mut terminal = Terminal::start_program("/bin/sh".as_ref(), &["-c", &script], SIZE, &[]);
    terminal.wait_for("a member of organization");
    terminal.hang_up();
    let (_, used) = terminal.end_and_time_since(Duration::ZERO);
    assert_eq!(std::fs::read_to_string(terminal.home().join("code")).unwrap().trim(), "129");
    // All that it did is in this, from its start on.
    assert!(used < A_MOMENT_OF_WORK * 5, "{used:?}");
}

#[test]
fn control_z_gives_the_terminal_to_the_shell_and_fg_brings_the_walk_back_whole_at_any_size_and_again() {
    // Stopped, the shell goes on with the rest of the line; a line of input brings the walk back.
    let script = format!(
        "stty -g > before; {PROGRAM} demo ready; stty -g > stopped; printf 'the shell %s it\\n' has; read; fg; \
         stty -g > again; printf 'the shell %s it anew\\n' has; read; fg; printf 'ended %s %s\\n' with $?"
    );
    let mut terminal = Terminal::start_program("/bin/bash".as_ref(), &["--norc", "--noprofile", "-i"], SIZE, &[("PS1", "$ ")]);
    terminal.send(&format!("{script}\r"));
    // At these sizes the first screen has no room for a time of day: two programs show the same.
    let sizes = [(90, 25), (130, 22)];
    for (said, (cols, rows)) in ["the shell has it", "the shell has it anew"].into_iter().zip(sizes) {
        terminal.wait_for("Enter go to the checklist");
        terminal.send("\u{1a}");
        terminal.wait_until("the shell", |screen| screen.lines().any(|line| line == said));
        assert!(!terminal.state().alternate_screen() && !terminal.state().hide_cursor() && !terminal.state().bracketed_paste());
        assert!(terminal.screen().contains("stty -g > before"), "what stood there is gone: {}", terminal.screen());
        terminal.resize(cols, rows);
        terminal.send("\r");
        let mut fresh = Terminal::start(&["demo", "ready"], (cols, rows), &[]);
        fresh.wait_for("Enter go to the checklist");
        terminal.wait_to_look_like(&fresh, cols);
        assert!(terminal.state().alternate_screen() && terminal.state().bracketed_paste());
    }
    terminal.send("q");
    terminal.wait_for("ended with 9");
    terminal.send("cmp before stopped && cmp before again && printf '%s same\\n' the\r");
    terminal.wait_until("the modes to be the same", |screen| screen.lines().any(|line| line.trim() == "the same"));
    terminal.send("exit\r");
    terminal.end();
}

cases! {
    without_a_terminal_on_both_sides_a_sentence_is_said_and_the_terminal_is_not_touched:
        piped_stdin("echo q | leave-org demo ready; echo code $?");
        piped_stdout("{ leave-org demo ready; echo code $? >&2; } | cat");
        both_piped("echo q | { leave-org demo ready; echo code $? >&2; } | cat");
        no_stdin("leave-org demo ready < /dev/null; echo code $?");
        closed_stdin("leave-org demo ready <&-; echo code $?");
        closed_stdout("leave-org demo ready >&-; echo code $?");
        everything_closed_but_stderr("leave-org <&- >&-; echo code $?");
}

fn without_a_terminal_on_both_sides_a_sentence_is_said_and_the_terminal_is_not_touched(script: &str) {
    let script = script.replace("leave-org", PROGRAM);
    let mut terminal = Terminal::start_program("/bin/sh".as_ref(), &["-c", &script], SIZE, &[]);
    let (_, used) = terminal.end_and_time_since(Duration::ZERO);
    let screen = crate::terminal::on_one_line(&terminal.screen());
    assert!(screen.contains("This needs a terminal") && screen.contains("leave-org check"), "{screen}");
    assert!(screen.ends_with("code 2"), "{screen}");
    assert!(terminal.sequences().is_empty() && terminal.is_given_back(), "{:?}", terminal.sequences());
    assert!(used < A_MOMENT_OF_WORK, "{used:?}");
    assert!(std::fs::read_dir(terminal.home()).unwrap().next().is_none(), "something was written");
}

// ---- Panics ----------------------------------------------------------------------------------------------------------------------

/// What the guided leave can do, and what breaks instead, where the environment says so.
struct Breaking(Guiding);

fn break_at(place: &str) {
    assert!(std::env::var("BREAKS_AT").as_deref() != Ok(place), "broken on purpose at {place}");
}

impl Clone for Breaking {
    /// It is copied by the thread that draws, for each effect that needs it.
    fn clone(&self) -> Self {
        break_at("the screen");
        Self(self.0.clone())
    }
}

impl Capability for Breaking {
    const MODE: Mode = Mode::Guided;

    async fn connect(wanted: &ConnectOptions) -> Result<(Session, Self), Problem> {
        break_at("connecting");
        let (session, capability) = Guiding::connect(wanted).await?;
        Ok((session, Self(capability)))
    }

    async fn connect_owner(&self, wanted: &ConnectOptions, profile: &str) -> Result<(Owner, Self), Problem> {
        break_at("the owner");
        let (owner, capability) = self.0.connect_owner(wanted, profile).await?;
        Ok((owner, Self(capability)))
    }

    async fn leave(&self, token: ReadyToLeave) -> Option<(LeaveAnswer, Option<Confirmation>)> {
        break_at("the leave");
        self.0.leave(token).await
    }

    async fn apply(&self, fix: Fix) -> Option<FixAnswer> {
        self.0.apply(fix).await
    }
}

/// Not a test of its own: the program as its command line puts it together, but for the capability. The other tests start it.
#[test]
#[ignore = "run by the other tests of this file, in a terminal of its own"]
fn broken_walk() {
    leave_org::tui::install_hooks().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let model = runtime.block_on(async {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server = Server::start(Scenario::named("payment-not-shown").unwrap(), address, None).await.unwrap();
        let practice = aws::Practice {
            endpoint: server.url(),
            region: "us-east-1".to_owned(),
            access_key_id: MEMBER_ACCESS_KEY.to_owned(),
            secret_access_key: SECRET_ACCESS_KEY.to_owned(),
            management_access_key_id: None,
            profiles: vec![("practice-owner".to_owned(), MANAGEMENT_ACCESS_KEY.to_owned())],
        };
        let wanted = ConnectOptions { practice: Some(practice), ..ConnectOptions::default() };
        let model = Model::new(WizardConfig {
            mode: Mode::Guided,
            practice: Some(Practice { title: "Broken".to_owned(), story: "Something breaks.".to_owned() }),
            profile: ProfileWish::Chain,
            person: "maria".to_owned(),
            management_profile: None,
        });
        let (sender, messages) = tokio::sync::mpsc::unbounded_channel();
        let driver = Driver::<Breaking>::new(wanted, Some(server.console()), Ok(Folder::at("journal")), sender);
        Box::pin(leave_org::tui::run(model, driver, messages, Theme::ANSI)).await.unwrap()
    });
    std::process::exit(model.exit_code().into());
}

fn breaking(place: &str) -> Terminal {
    let program = std::env::current_exe().unwrap();
    let arguments = ["--exact", "ways_out::broken_walk", "--ignored", "--nocapture", "--test-threads=1"];
    let mut terminal = Terminal::start_program(&program, &arguments, (120, 50), &[("BREAKS_AT", place)]);
    terminal.show(BEFORE);
    terminal
}

#[test]
fn a_panic_of_the_thread_that_draws_gives_the_terminal_back_and_is_reported_below_what_stood_there() {
    let mut terminal = breaking("the screen");
    terminal.wait_for("Enter go to the checklist");
    reach_checklist(&mut terminal);
    terminal.press("m", "practice-owner");
    let begun = terminal.processor_time();
    terminal.send("\r");
    let (code, used) = terminal.end_and_time_since(begun);
    assert_eq!(code, 101);
    assert!(used < A_MOMENT_OF_WORK, "{used:?}");
    assert!(terminal.is_given_back(), "left on: {:?}", terminal.modes_left());
    let screen = terminal.screen();
    assert!(screen.starts_with(&BEFORE.replace("\r\n", "\n")), "{screen}");
    assert!(screen.contains("broken on purpose at the screen"), "{screen}");
    assert!(screen.contains("tests/ways_out.rs:"), "{screen}");
    assert_eq!(terminal.sequences().iter().filter(|sequence| *sequence == "^[[?1049l").count(), 1);
    assert_report_is_plain(&terminal);
    let journal = std::fs::read_to_string(terminal.home().join(format!("journal/{ID}.jsonl"))).unwrap();
    assert!(journal.contains("\"found\""), "what was found out is lost: {journal}");
}

/// A report may be read by anything: after the terminal was given back, nothing is painted.
fn assert_report_is_plain(terminal: &Terminal) {
    let sequences = terminal.sequences();
    let given_back = sequences.iter().position(|sequence| sequence == "^[[?1049l").unwrap();
    assert_eq!(sequences[given_back + 1..], ["^[[?25h"], "{sequences:?}");
}

cases! {
    a_panic_of_a_worker_leaves_the_screen_alone_and_becomes_a_problem_where_it_happened:
        connecting("connecting", 130);
        the_owner("the owner", 130);
        the_leave("the leave", 8);
}

fn a_panic_of_a_worker_leaves_the_screen_alone_and_becomes_a_problem_where_it_happened(place: &str, code: u32) {
    let mut terminal = breaking(place);
    match place {
        "connecting" => terminal.wait_for("broken on purpose at connecting"),
        "the owner" => {
            terminal.wait_for("Enter go to the checklist");
            reach_checklist(&mut terminal);
            terminal.press("m", "practice-owner");
            terminal.press("\r", "broken on purpose at the owner");
            terminal.send("\u{1b}");
            terminal.wait_until("the overlay to close", |screen| !screen.contains("broken on purpose"));
        }
        _ => {
            confirm(&mut terminal);
            // Nobody knows how far it came, so the membership is read; AWS still knows the account as a member.
            terminal.wait_for("broken on purpose at the leave");
            terminal.wait_for("still a member; next look in");
        }
    }
    assert!(terminal.state().alternate_screen(), "{}", terminal.screen());
    assert!(!terminal.sequences().contains(&"^[[?1049l".to_owned()), "the screen was given back");
    assert!(!terminal.screen().contains("panicked"), "{}", terminal.screen());
    // It goes on: what happens is drawn, and the end is the ordinary one.
    assert!(terminal.stroke("\t"));
    signal(&terminal, "-TERM");
    assert_eq!(terminal.end(), code);
    assert!(terminal.is_given_back());
    assert!(terminal.screen().starts_with(&BEFORE.replace("\r\n", "\n")), "{}", terminal.screen());
}

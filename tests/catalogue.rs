//! The catalogues of what AWS can answer to the leave: every entry is brought about over HTTP, and its remedy read off the screen.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use leave_org::aws::Leaver;
use leave_org::checklist::gate::ReadyToLeave;
use leave_org::checklist::{LeaveAnswer, Partition, Problem, ProblemKind, Refusal, Sightings, texts};
use leave_org::departure::{Answered, Attempt, Leave, LeaveTarget, Mode, Outcome, Verification};
use leave_org::simulator::{Damage, Fault, FaultKind, Server};
use leave_org::views::theme::Theme;
use leave_org::views::{ViewContext, draw};
use leave_org::wizard::{Model, ProfileWish, Screen, WizardConfig};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::checks::serve;
use crate::leaving::{LEAVE, ready, to_leave};

/// A server, what can leave there, and tokens for the account there without asking AWS anew each time.
pub struct Desk {
    server: Server,
    leaver: Leaver,
    token: Box<dyn Fn() -> ReadyToLeave>,
}

impl Desk {
    pub async fn open() -> Self {
        let server = serve("").await;
        let (session, leaver) = to_leave(&server).await;
        let token = Box::new(ready(&session).await);
        Self { server, leaver, token }
    }

    /// What the leave comes to when this goes wrong.
    async fn leave(&self, kind: impl Into<FaultKind>) -> LeaveAnswer {
        self.server.clear_faults();
        self.server.inject(Fault::new(LEAVE, kind).acted_upon(false));
        self.leaver.leave((self.token)()).await.0
    }

    /// The refusal that this error of AWS comes to.
    pub async fn refused(&self, code: &str, reason: Option<&str>, message: &str) -> Refusal {
        match self.leave(error(code, reason, message)).await {
            LeaveAnswer::Refused { refusal } => refusal,
            other => panic!("{code}, {reason:?}, {message}: {other:?}"),
        }
    }

    async fn lost(&self, kind: FaultKind) -> Problem {
        match self.leave(kind.clone()).await {
            LeaveAnswer::Unknown { problem } => problem,
            other => panic!("{kind:?}: {other:?}"),
        }
    }
}

fn error(code: &str, reason: Option<&str>, message: &str) -> Damage {
    Damage::Error { code: code.into(), message: message.into(), reason: reason.map(str::to_owned), status: None }
}

/// The outcome screen, 80 cells wide and as high as it takes, without white space: lines break where there is room.
fn drawn(outcome: Outcome) -> String {
    let (screen, overflow) = drawn_at(outcome, 120);
    assert_eq!(overflow, 0, "the screen of the test is too low");
    screen
}

/// The outcome screen, 80 cells wide and this high, without white space, and how many lines do not fit.
fn drawn_at(outcome: Outcome, height: u16) -> (String, u16) {
    let setting = WizardConfig {
        mode: Mode::Guided,
        practice: None,
        profile: ProfileWish::Chain,
        person: "maria".to_owned(),
        management_profile: None,
    };
    let mut model = Model::new(setting);
    (model.screen, model.departure.leave) = (Screen::Leave, Leave::Ended(outcome));
    let mut terminal = Terminal::new(TestBackend::new(80, height)).unwrap();
    let zone = TimeZone::UTC;
    let sight = ViewContext { model: &model, now: Timestamp::now(), zone: &zone, theme: Theme::ANSI };
    let mut overflow = 0;
    terminal.draw(|frame| overflow = draw(frame, sight).page).unwrap();
    let symbols = terminal.backend().buffer().content().iter().map(ratatui::buffer::Cell::symbol);
    (squeezed(&symbols.collect::<String>()), overflow)
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

#[track_caller]
fn assert_shown<'a>(screen: &str, words: impl IntoIterator<Item = &'a str>) {
    for text in words {
        assert!(!text.is_empty() && screen.contains(&squeezed(text)), "not on the screen: {text}\n{screen}");
    }
}

/// Every answer by which an entry can be reached: code, reason, message.
pub fn ways_to(entry: &texts::RefusalText) -> Vec<(String, Option<String>, String)> {
    let mut ways = Vec::new();
    for pattern in &entry.when {
        // An entry for every code is reached by any that AWS says no with.
        let codes =
            if pattern.codes.is_empty() { vec!["ConstraintViolationException".to_owned()] } else { pattern.codes.clone() };
        for code in codes {
            if pattern.reasons.is_empty() && pattern.says.is_empty() {
                ways.push((code.clone(), None, String::new()));
            }
            for reason in &pattern.reasons {
                ways.push((code.clone(), Some(reason.clone()), "Whatever AWS writes.".to_owned()));
            }
            for words in &pattern.says {
                ways.push((code.clone(), None, format!("AWS writes: {words}, and so on.")));
            }
            if pattern.reasons.is_empty() {
                let said = entry.samples.iter().filter(|sample| {
                    let sample = sample.to_lowercase();
                    pattern.says.is_empty() || pattern.says.iter().any(|words| sample.contains(words))
                });
                ways.extend(said.map(|sample| (code.clone(), None, sample.clone())));
            }
        }
    }
    ways
}

#[tokio::test]
async fn every_refusal_of_the_catalogue_is_reached_and_shows_its_remedy() {
    let desk = Desk::open().await;
    for entry in texts::all_refusals() {
        let ways = ways_to(entry);
        assert!(!ways.is_empty(), "{}", entry.id);
        for (code, reason, message) in ways {
            let refusal = desk.refused(&code, reason.as_deref(), &message).await;
            assert_eq!(refusal.entry, entry.id, "{code}, {reason:?}: {message}");
            let screen = drawn(Outcome::Refused(Box::new(refusal.clone())));
            assert_shown(&screen, [entry.cause.as_str(), &entry.who, &code]);
            assert_shown(&screen, entry.todo.iter().map(String::as_str));
            assert_shown(&screen, reason.as_deref());
            assert_shown(&screen, Some(message.as_str()).filter(|message| !message.is_empty()));
            assert_shown(&screen, refusal.request_id.as_deref());
            assert_shown(&screen, entry.link.as_deref().and_then(|name| texts::link(name, Partition::Aws)));
            assert_eq!((&refusal.steps, refusal.retry), (&entry.steps, entry.retry), "{}", entry.id);
        }
    }
}

#[tokio::test]
async fn the_whole_remedy_is_in_sight_on_a_small_terminal_however_long_awss_own_words_are() {
    /// Less than 24 by the second line of the header and of the first sentence, which this account without a name does not have.
    const HEIGHT: u16 = 22;
    let desk = Desk::open().await;
    let long = "and so on, in many words, ".repeat(40);
    for entry in texts::all_refusals().iter().filter(|entry| entry.id != texts::UNRECOGNISED) {
        let (code, reason, message) = ways_to(entry).swap_remove(0);
        let refusal = desk.refused(&code, reason.as_deref(), &format!("{message} {long}")).await;
        assert_eq!(refusal.entry, entry.id);
        let (screen, overflow) = drawn_at(Outcome::Refused(Box::new(refusal)), HEIGHT);
        assert!(overflow > 0);
        assert_shown(&screen, [entry.cause.as_str(), &entry.who]);
        assert_shown(&screen, entry.todo.iter().map(String::as_str));
        assert_shown(&screen, entry.link.as_deref().and_then(|name| texts::link(name, Partition::Aws)));
    }
}

#[tokio::test]
async fn a_reason_that_nobody_knows_is_shown_word_for_word() {
    let desk = Desk::open().await;
    for (code, message) in
        [("ConstraintViolationException", "You may not leave on a Monday."), ("InvalidInputException", "A leave takes no cake.")]
    {
        let refusal = desk.refused(code, Some("A_REASON_OF_TOMORROW"), message).await;
        let screen = drawn(Outcome::Refused(Box::new(refusal)));
        assert_shown(&screen, [code, message, "A_REASON_OF_TOMORROW"]);
    }
}

#[tokio::test]
async fn an_error_that_nobody_knows_is_no_refusal_and_is_shown_word_for_word() {
    let desk = Desk::open().await;
    for code in ["BrandNewException", "RequestTimeout", "Forbidden"] {
        let problem = desk.lost(error(code, None, "This is new.").into()).await;
        let screen =
            drawn(Outcome::StillMember { answered: Answered::Lost(problem), looks: 9, at: Timestamp::now(), outside_at: None });
        assert_shown(&screen, [code, "This is new."]);
    }
}

/// What each problem at the leave that AWS gives no code for is brought about by, here.
fn faults_of(kind: ProblemKind) -> Vec<FaultKind> {
    let damage = |kinds: &[Damage]| kinds.iter().cloned().map(FaultKind::from).collect();
    match kind {
        ProblemKind::ServiceFailure => vec![FaultKind::InternalError, Damage::Unavailable.into()],
        ProblemKind::Throttled => {
            damage(&[Damage::Error { code: "SlowDown".into(), message: "Later.".into(), reason: None, status: Some(503) }])
        }
        ProblemKind::TimedOut => damage(&[Damage::Stall]),
        ProblemKind::ConnectionLost => vec![Damage::ResetBeforeActing.into(), FaultKind::AnswerLost],
        ProblemKind::Intercepted => damage(&[
            Damage::Html,
            Damage::BadGateway,
            Damage::Portal { status: 200 },
            Damage::Portal { status: 302 },
            Damage::Portal { status: 407 },
            Damage::Portal { status: 511 },
        ]),
        ProblemKind::Malformed => damage(&[Damage::Garbage]),
        other => panic!("nothing brings {other:?} about at the leave"),
    }
}

#[track_caller]
fn assert_remedy_shown(problem: &Problem, entry: &texts::LostAnswerText) {
    let words = || [entry.cause.as_str(), &entry.who].into_iter().chain(entry.todo.iter().map(String::as_str));
    let screen = drawn(Outcome::StillMember {
        answered: Answered::Lost(problem.clone()),
        looks: 9,
        at: Timestamp::now(),
        outside_at: None,
    });
    assert_shown(&screen, words());
    assert_shown(&screen, problem.code.as_deref());
    assert_shown(&screen, ["AWS shows no effect of the request of", "It is safe to try again"]);
    let now = Timestamp::now();
    let screen = drawn(Outcome::NotKnown(Verification {
        agreeing_since: now,
        answered: Answered::Lost(problem.clone()),
        of: LeaveTarget { account: "412098765432".parse().unwrap(), organization: "o-a1b2c3d4e5".to_owned() },
        since: now,
        reading_since: now,
        read_at: now,
        looks: 9,
        agreeing: 0,
        seen: Sightings::default(),
        last: None,
        attempt: Attempt(1),
        next_at: None,
    }));
    assert_shown(&screen, words());
    assert_shown(&screen, ["We do not know whether", "Nothing is sent again while this is open."]);
    assert!(!screen.contains("safetotryagain"), "{screen}");
    assert!(!problem.retryable && problem.remedy == entry.todo.join(" "), "{problem:?}");
}

#[tokio::test]
async fn every_answer_that_settles_nothing_is_reached_and_says_what_came_back_and_what_to_do() {
    let desk = Desk::open().await;
    let mut reached = BTreeSet::new();
    for entry in texts::all_lost_answers() {
        let by_code = entry.codes.iter().map(|code| {
            // Whatever the status: a proxy in between may have changed it.
            [400, 500].map(|status| Damage::Error {
                code: code.clone(),
                message: "AWS's own words.".into(),
                reason: None,
                status: Some(status),
            })
        });
        let by_kind = entry.kinds.iter().flat_map(|kind| faults_of(*kind));
        // An error of tomorrow on AWS's side that is neither of a known code nor of a failing service.
        let by_nothing = (entry.codes.is_empty() && entry.kinds.is_empty()).then(|| Damage::Error {
            code: "ExpiredTokenException".into(),
            message: "Expired, it seems.".into(),
            reason: None,
            status: Some(500),
        });
        for fault in by_code.flatten().chain(by_nothing).map(FaultKind::from).chain(by_kind) {
            let problem = desk.lost(fault.clone()).await;
            assert_eq!(texts::lost_answer(problem.code.as_deref(), problem.kind).id, entry.id, "{fault:?}: {problem:?}");
            assert_remedy_shown(&problem, entry);
            reached.insert(&entry.id);
        }
    }
    assert_eq!(reached.len(), texts::all_lost_answers().len(), "{reached:?}");
}

//! What the call told, crossed with what the membership then shows and with the end of the program in between: what is said is true in each
//! cell, and no second call is needless. Time is the walk's own.

use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::*;
use crate::checklist::Unredacted;
use crate::departure::{DepartureId, Event};
use crate::journal::Settled;
use crate::report::Document;
use crate::views::theme::Theme;
use crate::views::{ViewContext, draw, farewell};

/// What the membership shows so many seconds after the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shows {
    /// Out from then on.
    OutAfter(i64),
    /// A member for good.
    Never,
    /// By turns, each this long, out first.
    Flapping(i64),
    /// Out for a minute, then taken in by the same organization again.
    TakenBack,
    /// In another organization at once.
    Elsewhere,
    Denied,
}

const SHOWS: [Shows; 11] = [
    Shows::OutAfter(0),
    Shows::OutAfter(3),
    Shows::OutAfter(130),
    Shows::OutAfter(600),
    Shows::OutAfter(7_200),
    Shows::Never,
    Shows::Flapping(5),
    Shows::Flapping(30),
    Shows::TakenBack,
    Shows::Elsewhere,
    Shows::Denied,
];

impl Shows {
    fn reading(self, seconds: i64, now: Timestamp) -> Reading {
        let out = || Reading::Standalone(evidence(now));
        let is_out = match self {
            Self::OutAfter(after) => seconds >= after,
            Self::Never => false,
            Self::Flapping(period) => (seconds / period) % 2 == 0,
            Self::TakenBack => seconds < 60,
            Self::Elsewhere => {
                let organization = elsewhere().organization().unwrap().clone();
                return Reading::Member { organization, evidence: evidence(now) };
            }
            Self::Denied => return Reading::Unknown(problem(ProblemKind::DeniedByIdentityPolicy, now)),
        };
        if is_out { out() } else { still_a_member(now) }
    }
}

/// What the call told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Accepted,
    Refused,
    PutOff,
    Lost,
    NeverSent,
}

const TOLD: [Told; 5] = [Told::Accepted, Told::Refused, Told::PutOff, Told::Lost, Told::NeverSent];

/// The cell: the walk, and when it called.
struct Cell {
    walk: Walk,
    told: Told,
    shows: Shows,
    called: Timestamp,
}

impl Cell {
    fn seconds(&self) -> i64 {
        self.walk.now.duration_since(self.called).as_secs()
    }

    fn reading(&self) -> Reading {
        self.shows.reading(self.seconds(), self.walk.now)
    }

    fn membership(&self) -> Membership {
        match self.reading() {
            Reading::Standalone(_) => Membership::Standalone,
            Reading::Member { organization, .. } => Membership::Member(organization),
            Reading::Unknown(_) => Membership::Unknown,
        }
    }

    fn is_out(&self) -> bool {
        self.membership().is_outside(&organization().id) == Some(true)
    }

    /// The program is killed, and started again at once.
    fn killed(self) -> Self {
        let mut cell = Self { walk: self.walk.killed_and_started_again(0), ..self };
        cell.walk.connect(true);
        cell.read();
        cell
    }

    fn look_once(&mut self) {
        let reading = self.reading();
        let was_out = self.is_out();
        self.walk.look_says(reading);
        self.holds(was_out);
    }

    /// Reads the membership as often as the walk wants to, and no sooner.
    fn look(&mut self) {
        while self.walk.look.is_some() {
            let pause = match &self.walk.model.departure.leave {
                Leave::Verifying(verification) => match verification.looks {
                    0 => 0,
                    looks => (1_i64 << (looks - 1).min(3)).min(8),
                },
                _ => 0,
            };
            self.walk.now += SignedDuration::from_secs(pause);
            self.look_once();
        }
    }

    /// The rules of every cell.
    fn holds(&self, was_out: bool) {
        match &self.walk.model.departure.leave {
            Leave::Ended(Outcome::Left { .. }) => assert!(was_out, "{:?} after {} s: left", self.shows, self.seconds()),
            Leave::Ended(Outcome::StillMember { .. }) => {
                let settled = texts::rules().verification.records_settle_seconds;
                assert!(!was_out && self.seconds() >= settled, "{:?} after {} s: no effect", self.shows, self.seconds());
            }
            _ => {}
        }
        // What AWS put off is asked again by itself, each time after a read of the membership.
        let most = if self.told == Told::PutOff { 5 } else { 1 };
        assert!(self.walk.calls <= most, "{:?}: a needless second call", self.shows);
    }

    /// Whatever is awaited of the account is read: who and where it is, and every step.
    fn read(&mut self) {
        while self.walk.subject.is_some() {
            let membership = self.membership();
            self.walk.identify(Ok(Subject { membership, ..subject(ACCOUNT) }));
        }
        self.walk.all_is_well();
    }

    /// AWS asks to try again later, as often as it is asked.
    fn is_put_off(&mut self) {
        while matches!(self.walk.model.departure.leave, Leave::Calling { .. }) {
            self.walk.call_is_put_off();
            self.walk.now += SignedDuration::from_secs(4);
            self.walk.pause_ends();
            self.read();
        }
    }

    /// Somebody comes back after so many seconds, and reads again.
    fn comes_back(&mut self, seconds: i64) {
        self.walk.now += SignedDuration::from_secs(seconds);
        match &self.walk.model.departure.leave {
            Leave::Ended(Outcome::Left { .. } | Outcome::AlreadyStandalone) => return,
            Leave::Ended(_) => self.walk.press(Key::Char('r')),
            _ => {
                self.walk.press(Key::Esc);
                self.walk.press(Key::Char('R'));
            }
        }
        self.read();
        self.look();
    }

    /// What the walk says of the account, on the screen or as its last line in the terminal.
    fn said(&self) -> &'static str {
        let model = &self.walk.model;
        match &model.departure.leave {
            Leave::Ended(Outcome::Left { now_in: None, .. }) => "left",
            Leave::Ended(Outcome::Left { now_in: Some(_), .. }) => "left, elsewhere now",
            Leave::Ended(Outcome::StillMember { .. }) => "no effect",
            Leave::Ended(Outcome::NotKnown(_)) => "not known",
            Leave::Ended(Outcome::Refused(_)) => "refused",
            Leave::Ended(Outcome::NeverSent(_)) => "never sent",
            Leave::Ended(Outcome::AlreadyStandalone) => "already standalone",
            Leave::Idle => match (model.departure.last_outcome, &model.departure.last_request) {
                (Some(LastOutcome::Refused), _) => "refused",
                (_, Some(LastRequest { is_open: true, .. })) => "not known",
                (Some(LastOutcome::PutOff), _) => "put off",
                (None, Some(request)) if request.is_put_off() && !request.is_over() => "put off",
                (None, Some(_)) => "no effect",
                (None, None) => "nothing",
            },
            leave => panic!("{:?}: {leave:?}", self.shows),
        }
    }
}

/// What is said at first, and what two hours and a half later.
fn expected(told: Told, shows: Shows) -> (&'static str, &'static str) {
    match (told, shows) {
        // No request was taken: whoever took the account out, it was not this one.
        (Told::Refused, Shows::OutAfter(_) | Shows::Flapping(5)) => ("refused", "already standalone"),
        (Told::Refused, _) | (Told::PutOff, Shows::Never) => ("refused", "refused"),
        (Told::NeverSent, Shows::OutAfter(_) | Shows::Flapping(5)) => ("never sent", "already standalone"),
        (Told::NeverSent, _) => ("never sent", "nothing"),
        // What AWS put off five times is refused, and may have been taken all the same.
        (Told::PutOff, Shows::OutAfter(130..)) => ("refused", "left"),
        (Told::PutOff, Shows::Denied) => ("put off", "put off"),
        // Accepted, and twice read as out: it has left, whatever the records say afterwards. So has one that was out for a minute.
        (_, Shows::OutAfter(0 | 3) | Shows::TakenBack) | (Told::Accepted, Shows::Flapping(_)) => ("left", "left"),
        (_, Shows::OutAfter(_)) => ("not known", "left"),
        (_, Shows::Never) => ("not known", "no effect"),
        (_, Shows::Elsewhere) => ("left, elsewhere now", "left, elsewhere now"),
        // Nobody can say it, and nobody does. Records that agree for long enough would be believed.
        (_, Shows::Denied | Shows::Flapping(_)) => ("not known", "not known"),
    }
}

/// When the program was killed, each time to be started again at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Killed {
    BeforeTheAnswer,
    AfterTheAnswer,
    WhileReading,
    Twice,
}

/// The same, where the program was killed after the answer.
fn expected_after_a_kill(told: Told, shows: Shows) -> (&'static str, &'static str) {
    match (told, shows) {
        (Told::Accepted | Told::Lost, _) => expected(told, shows),
        (Told::Refused | Told::NeverSent, Shows::OutAfter(0) | Shows::Flapping(_) | Shows::TakenBack) => {
            ("already standalone", "already standalone")
        }
        (Told::Refused | Told::NeverSent, Shows::OutAfter(_)) => ("nothing", "already standalone"),
        (Told::Refused | Told::NeverSent, _) => ("nothing", "nothing"),
        // After an hour as a member, what AWS put off explains nothing any more.
        (Told::PutOff, Shows::OutAfter(7_200)) => ("put off", "already standalone"),
        (Told::PutOff, Shows::OutAfter(1..)) => ("put off", "left"),
        (Told::PutOff, Shows::Never) => ("put off", "no effect"),
        (Told::PutOff, Shows::Denied) => ("put off", "put off"),
        (Told::PutOff, _) => expected(Told::Lost, shows),
    }
}

/// The call was made, and has not been answered.
fn calling(told: Told, shows: Shows) -> Cell {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    Cell { called: walk.now, walk, told, shows }
}

fn called(told: Told, shows: Shows) -> Cell {
    let mut cell = calling(told, shows);
    let now = cell.walk.now;
    cell.walk.call_ends(match told {
        Told::Accepted => LeaveAnswer::Accepted { request_id: Some("r-1".to_owned()) },
        Told::Refused => LeaveAnswer::Refused { refusal: refusal(&[StepId::PaymentMethod], now) },
        Told::Lost => LeaveAnswer::Unknown { problem: problem(ProblemKind::ConnectionLost, now) },
        Told::NeverSent => LeaveAnswer::NeverSent { problem: problem(ProblemKind::Unreachable, now) },
        Told::PutOff => {
            cell.walk.call_is_put_off();
            return cell;
        }
    });
    cell
}

/// What the person reads: the outcome on the screen, and the line that stays in the terminal.
pub(super) fn told(model: &Model, now: Timestamp) -> String {
    let zone = jiff::tz::TimeZone::UTC;
    let mut screen = String::new();
    if matches!(model.departure.leave, Leave::Ended(_)) {
        let sight = ViewContext { model, now, zone: &zone, theme: Theme::ANSI };
        let mut terminal = Terminal::new(TestBackend::new(120, 120)).unwrap();
        terminal.draw(|frame| _ = draw(frame, sight)).unwrap();
        screen = terminal.backend().buffer().content().iter().map(ratatui::buffer::Cell::symbol).collect();
    }
    let line = farewell(model, &zone).unwrap_or_default();
    format!("{screen} {line}").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The sentences of what is said, and the exit code.
fn says(said: &str) -> (&'static [&'static str], u8) {
    match said {
        "left" => (&["has left o-a1b2c3d4e5. AWS has reported this since", "AWS has reported “in no organization” since"], 0),
        "left, elsewhere now" => {
            (&["has left o-a1b2c3d4e5. AWS has reported this since", "AWS has reported “in o-elsewhere1” since"], 0)
        }
        "no effect" => (&["AWS shows no effect of the request of", "still a member"], 9),
        "not known" => (&["It is not known whether account 4120-9876-5432 has left"], 8),
        "refused" => (&["AWS refused to let"], 7),
        "never sent" => (&["The request was never sent."], 9),
        "already standalone" => (&["is in no organization"], 0),
        "put off" => (&["AWS asked us to try again later"], 7),
        "nothing" => (&[], 9),
        other => panic!("{other}"),
    }
}

/// What can be read is true, and `check` and the report say the same of the outcome.
fn assert_true(cell: &Cell, when: &str) {
    let model = &cell.walk.model;
    let (said, text) = (cell.said(), told(model, cell.walk.now));
    let cell_is = format!("{:?} × {:?}{when}, {} s: {said}: {text}", cell.told, cell.shows, cell.seconds());
    let (sentences, code) = says(said);
    for sentence in sentences {
        assert!(text.contains(sentence), "{sentence}? {cell_is}");
    }
    // Of a refusal that an earlier run met, an exit code does not tell.
    let code = if code == 7 && !when.is_empty() && model.departure.last_outcome.is_none() { 9 } else { code };
    assert_eq!(model.exit_code(), code, "{cell_is}");
    let sent = cell.told != Told::NeverSent;
    for false_where_sent in ["No request to leave was sent", "Nothing has been changed", "nothing has been sent"] {
        let claims = text.contains(false_where_sent) && !text.contains("this time");
        assert!(!sent || !claims, "{false_where_sent}? {cell_is}");
    }
    if !said.starts_with("left") && said != "not known" {
        assert!(!text.contains("has left"), "{cell_is}");
    }
    // A member is only who was read as one: at the end of reading, or on the checklist.
    if text.contains("is still a member") {
        assert!(!cell.is_out(), "{cell_is}");
    }
    let report = Document::of(&model.departure.checklist, &StepId::ALL, cell.walk.now, &mut Unredacted);
    assert!(!report.is_ready() || said != "not known", "report: {cell_is}");
    if cell.told == Told::Refused && !cell.is_out() && said != "already standalone" {
        assert!(!report.is_ready() && report.refusals.len() == 1, "report: {cell_is}");
    }
    let membership = cell.membership();
    let past = cell.walk.past(&ACCOUNT.parse().unwrap(), &[]);
    let open = past.open_outcome(&membership, cell.walk.now);
    match said {
        "not known" if !cell.is_out() => assert!(open.is_some(), "check: {cell_is}"),
        // One read tells it by then.
        "not known" => {}
        // Records that go back soon after it had left.
        "left" if !cell.is_out() => {}
        _ => assert_eq!(open, None, "check: {cell_is}"),
    }
}

fn assert_said(mut cell: Cell, expected: (&str, &str), when: &str) {
    cell.look();
    assert_true(&cell, when);
    let first = cell.said();
    cell.comes_back(3_700);
    assert_true(&cell, when);
    cell.comes_back(5_400);
    assert_true(&cell, when);
    assert_eq!((first, cell.said()), expected, "{:?} × {:?}{when}", cell.told, cell.shows);
}

#[test]
fn what_is_said_after_the_call_is_true_whatever_the_membership_then_shows() {
    for told in TOLD {
        for shows in SHOWS {
            let cell = if told == Told::PutOff {
                let mut cell = calling(told, shows);
                cell.is_put_off();
                cell
            } else {
                called(told, shows)
            };
            assert_said(cell, expected(told, shows), "");
        }
    }
}

#[test]
fn the_same_holds_where_the_program_ends_in_between() {
    for told in TOLD {
        for shows in SHOWS {
            for killed in [Killed::BeforeTheAnswer, Killed::AfterTheAnswer, Killed::WhileReading, Killed::Twice] {
                let mut cell = if killed == Killed::BeforeTheAnswer { calling(told, shows) } else { called(told, shows) };
                if killed == Killed::WhileReading {
                    cell.look_once();
                }
                cell = cell.killed();
                if killed == Killed::Twice {
                    cell.look_once();
                    cell = cell.killed();
                }
                let expected = match killed {
                    // Whatever AWS answered, nobody has seen it.
                    Killed::BeforeTheAnswer => expected(Told::Lost, shows),
                    Killed::AfterTheAnswer | Killed::WhileReading | Killed::Twice => expected_after_a_kill(told, shows),
                };
                let cell = Cell { told: if killed == Killed::BeforeTheAnswer { Told::Lost } else { told }, ..cell };
                assert_said(cell, expected, &format!(", killed {killed:?}"));
            }
        }
    }
}

#[test]
fn an_account_in_doubt_stays_so_where_the_walk_goes_on_with_another() {
    let mut cell = called(Told::Lost, Shows::Never);
    cell.look();
    assert_eq!(cell.said(), "not known");
    let mut walk = cell.walk;
    walk.press(Key::Enter);
    walk.sign_in_as(OTHER);
    walk.press(Key::Enter);
    walk.identify(Ok(subject(OTHER)));
    assert!(walk.model.departure.is_about(&OTHER.parse().unwrap()), "{:?}", walk.model.screen);
    assert_eq!(walk.model.departure.account_in_doubt(), Some(&ACCOUNT.parse().unwrap()));
    assert_eq!(walk.model.exit_code(), 8);
    // Back at the first one, its journal tells.
    walk.sign_in_as(ACCOUNT);
    walk.press(Key::Enter);
    walk.identify(Ok(subject(ACCOUNT)));
    assert!(walk.model.departure.is_in_flight(), "{:?}", walk.model.screen);
    walk.looks_say_out(&Reading::Standalone(evidence(walk.now)));
    assert_eq!((walk.model.departure.account_in_doubt(), walk.model.exit_code()), (None, 0));
}

#[test]
fn requests_under_one_confirmation_are_counted() {
    let mut walk = calling(Told::PutOff, Shows::Never).walk;
    for sent in 1..=2 {
        assert_eq!(walk.model.departure.requests, sent);
        walk.call_is_put_off();
        walk.pause_ends();
        walk.identify(Ok(subject(ACCOUNT)));
        walk.all_is_well();
    }
    assert_eq!(walk.model.departure.requests, 3);
    walk.call_ends(LeaveAnswer::NeverSent { problem: problem(ProblemKind::Unreachable, walk.now) });
    assert_eq!(walk.model.departure.requests, 2, "the third was never sent");
}

#[test]
fn a_departure_that_shows_after_no_effect_is_told_as_that_requests_at_the_next_start() {
    let mut cell = called(Told::Lost, Shows::OutAfter(7_200));
    cell.look();
    cell.comes_back(3_700);
    assert_eq!(cell.said(), "no effect");
    let mut cell = Cell { walk: cell.walk.killed_and_started_again(2), ..cell };
    cell.walk.connect(true);
    cell.walk.identify(Ok(standalone()));
    cell.look();
    let Leave::Ended(Outcome::Left { answered, .. }) = &cell.walk.model.departure.leave else { panic!("{}", cell.said()) };
    assert!(matches!(answered, Answered::Lost(_)), "{answered:?}");
}

/// The program ended while the request was put off, and starts again after so many hours.
fn put_off_and_started_again(hours: i64) -> Walk {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_is_put_off();
    walk.pause_ends();
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    walk.call_is_put_off();
    let mut walk = walk.killed_and_started_again(hours);
    walk.connect(true);
    walk
}

#[test]
fn what_aws_had_put_off_is_told_as_the_cause_by_the_next_start_too() {
    let mut walk = put_off_and_started_again(2);
    walk.identify(Ok(standalone()));
    walk.looks_say_out(&Reading::Standalone(evidence(walk.now)));
    let Leave::Ended(Outcome::Left { answered, .. }) = &walk.model.departure.leave else {
        panic!("{:?}", walk.model.departure.leave)
    };
    assert_eq!(*answered, Answered::PutOff { calls: 2 });
    let mut walk = walk.killed_and_started_again(0);
    walk.connect(true);
    walk.identify(Ok(standalone()));
    walk.identify(Ok(standalone()));
    assert!(matches!(walk.model.departure.leave, Leave::Ended(Outcome::AlreadyStandalone)), "it is told once");
}

#[test]
fn what_aws_had_put_off_is_no_cause_any_more_once_the_account_was_seen_to_stay() {
    let mut walk = put_off_and_started_again(2);
    walk.identify(Ok(subject(ACCOUNT)));
    let mut walk = walk.killed_and_started_again(24 * 180);
    walk.connect(true);
    walk.identify(Ok(standalone()));
    walk.identify(Ok(standalone()));
    assert!(matches!(walk.model.departure.leave, Leave::Ended(Outcome::AlreadyStandalone)), "{:?}", walk.model.departure.leave);
}

#[test]
fn an_old_request_explains_nothing_about_another_organization() {
    let mut cell = called(Told::Lost, Shows::Never);
    cell.look();
    cell.comes_back(3_700);
    assert_eq!(cell.said(), "no effect");
    let moved = Reading::Member { organization: elsewhere().organization().unwrap().clone(), evidence: evidence(cell.walk.now) };
    let mut walk = cell.walk.killed_and_started_again(100);
    walk.connect(true);
    walk.identify(Ok(elsewhere()));
    walk.looks_say_out(&moved);
    let Leave::Ended(Outcome::Left { organization, now_in, .. }) = &walk.model.departure.leave else {
        panic!("{:?}", walk.model.screen)
    };
    assert_eq!((organization.as_str(), now_in.as_deref()), ("o-a1b2c3d4e5", Some("o-elsewhere1")));
    // Told once. From then on one reply without an organization is only that.
    let mut walk = walk.killed_and_started_again(0);
    walk.connect(true);
    walk.identify(Ok(elsewhere()));
    walk.all_is_well();
    walk.press(Key::Enter);
    assert_eq!(walk.model.departure.last_request, None);
    walk.press(Key::Char('R'));
    walk.identify(Ok(standalone()));
    assert!(matches!(walk.model.screen, Screen::Checklist), "{:?}", walk.model.screen);
    walk.identify(Ok(elsewhere()));
    assert!(matches!(walk.model.screen, Screen::Checklist), "{:?}", walk.model.screen);
}

#[test]
fn one_reply_without_an_organization_does_not_keep_a_lost_answer_open_for_good() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_ends(LeaveAnswer::Unknown { problem: problem(ProblemKind::ConnectionLost, walk.now) });
    walk.look_says(Reading::Standalone(evidence(walk.now)));
    let mut cell = Cell { called: walk.now, walk, told: Told::Lost, shows: Shows::Never };
    cell.look();
    assert_eq!((cell.said(), cell.walk.model.exit_code()), ("not known", 8));
    let document =
        crate::report::Document::of(&cell.walk.model.departure.checklist, &StepId::ALL, cell.walk.now, &mut Unredacted);
    assert!(document.open_outcome.is_some() && !document.is_ready());
    cell.comes_back(3_000);
    assert_eq!(cell.said(), "not known");
    cell.comes_back(1_000);
    assert_eq!((cell.said(), cell.walk.model.exit_code()), ("no effect", 9));
}

/// A lost answer, after which AWS reported no organization once, and a member since: it is not known what became of it.
fn lost_and_out_once() -> Cell {
    let mut cell = called(Told::Lost, Shows::Never);
    cell.walk.look_says(Reading::Standalone(evidence(cell.walk.now)));
    cell.look();
    assert_eq!(cell.said(), "not known");
    assert!(told(&cell.walk.model, cell.walk.now).contains("AWS reported the account outside the organization, last on"));
    cell
}

#[test]
fn an_open_request_that_was_seen_outside_once_closes_by_reads_of_member_on_the_checklist() {
    let mut walk = lost_and_out_once().walk;
    walk.press(Key::Enter);
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    let read_after = |walk: &mut Walk, seconds| {
        walk.now += SignedDuration::from_secs(seconds);
        walk.press(Key::Char('R'));
        walk.identify(Ok(subject(ACCOUNT)));
        walk.all_is_well();
    };
    read_after(&mut walk, 3_000);
    assert_eq!(walk.model.exit_code(), 8, "within the hour");
    read_after(&mut walk, 700);
    assert_eq!(walk.model.exit_code(), 9);
    assert!(walk.notice().contains("has reported it as a member again"), "{}", walk.notice());
    assert!(walk.journal.iter().any(|line| matches!(line.entry, Entry::Settled { outcome: Settled::StillMember, .. })));

    // As the first read after the hour, one is not enough, and check says the same.
    let mut walk = lost_and_out_once().walk;
    walk.model.departure.last_request.as_mut().unwrap().seen.saw_outside(walk.now);
    walk.press(Key::Enter);
    read_after(&mut walk, 3_700);
    assert_eq!(walk.model.exit_code(), 8);
    read_after(&mut walk, 46);
    assert_eq!(walk.model.exit_code(), 9);
}

#[test]
fn what_aws_put_off_and_then_showed_outside_is_open_after_a_kill_as_well() {
    let mut walk = calling(Told::PutOff, Shows::Never).walk;
    walk.call_is_put_off();
    walk.pause_ends();
    walk.identify(Ok(standalone()));
    while walk.look.is_some() {
        walk.now += SignedDuration::from_secs(8);
        walk.look_says(still_a_member(walk.now));
    }
    assert!(matches!(walk.model.departure.leave, Leave::Ended(Outcome::NotKnown(_))), "{:?}", walk.model.departure.leave);
    for restart in 1..=2 {
        walk = walk.killed_and_started_again(0);
        let past = walk.past(&ACCOUNT.parse().unwrap(), &[]);
        assert!(past.open_outcome(&Membership::Member(organization()), walk.now).is_some(), "check, start {restart}");
        walk.connect(true);
        walk.identify(Ok(subject(ACCOUNT)));
        assert!(walk.model.departure.is_in_flight() && walk.model.exit_code() == 8, "start {restart}: {:?}", walk.model.screen);
    }
    while walk.look.is_some() {
        walk.now += SignedDuration::from_secs(8);
        walk.look_says(still_a_member(walk.now));
    }
    walk.press(Key::Enter);
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    assert!(gate::to_acknowledge(&walk.model.departure.checklist, walk.now).contains(&gate::Acknowledgement::OpenRequest));
}

#[test]
fn a_request_that_was_lost_is_not_forgotten_for_one_that_was_put_off() {
    let mut cell = called(Told::Lost, Shows::OutAfter(7_200));
    cell.look();
    cell.comes_back(3_700);
    assert_eq!(cell.said(), "no effect");
    let mut walk = cell.walk;
    walk.press(Key::Enter);
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    walk.go_to(StepId::PaymentMethod);
    if walk.model.selected().standing(walk.now) != Some(Standing::Attested) {
        walk.attest_payment();
    }
    walk.confirm();
    walk.call_is_put_off();
    walk.press(Key::Esc);
    // For an hour it is the newest that explains a departure. After that it is the lost one again, in a walk that began before as well.
    let mut between = Walk::new(Mode::Guided).going_on_from(&walk);
    between.connect(true);
    between.identify(Ok(subject(ACCOUNT)));
    between.all_is_well();
    between.press(Key::Enter);
    let hours_later = |walk: &mut Walk| {
        walk.now += SignedDuration::from_hours(2);
        walk.press(Key::Char('R'));
        walk.identify(Ok(subject(ACCOUNT)));
        walk.all_is_well();
    };
    hours_later(&mut between);
    between.press(Key::Char('R'));
    hours_later(&mut walk);
    let mut started_again = Walk::new(Mode::Guided).going_on_from(&walk);
    started_again.connect(true);
    walk.press(Key::Char('R'));
    // What is found before AWS says where the account is may be found after it left.
    for (attempt, step) in walk.checks.clone() {
        let finding = finding(step, Verdict::NotApplicable, Confidence::Proven, walk.now).of_no_member();
        walk.tell(Message::Of(DepartureId::default(), Event::CheckFinished(attempt, finding)));
    }
    let ends_by_the_lost_one = |mut walk: Walk| {
        walk.identify(Ok(standalone()));
        walk.looks_say_out(&Reading::Standalone(evidence(walk.now)));
        let Leave::Ended(Outcome::Left { answered, .. }) = &walk.model.departure.leave else {
            panic!("{:?}", walk.model.departure.leave)
        };
        assert!(matches!(answered, Answered::Lost(_)), "{answered:?}");
        let before = walk.model.departure.checklist_before_leaving();
        let is_of_then = |finding: &Finding| !finding.is_of_no_member();
        assert!(before.steps().all(|step| step.finding.as_ref().is_some_and(is_of_then)), "as it was read before");
    };
    ends_by_the_lost_one(walk);
    ends_by_the_lost_one(started_again);
    ends_by_the_lost_one(between);
}

#[test]
fn a_request_that_was_never_sent_does_not_hide_the_refusal_before_it() {
    let mut cell = called(Told::Refused, Shows::Never);
    cell.walk.press(Key::Enter);
    cell.walk.press(Key::Char('r'));
    cell.walk.identify(Ok(subject(ACCOUNT)));
    cell.walk.all_is_well();
    cell.walk.override_payment();
    cell.walk.confirm();
    cell.walk.call_ends(LeaveAnswer::NeverSent { problem: problem(ProblemKind::Unreachable, cell.walk.now) });
    assert_eq!(cell.walk.model.exit_code(), 7);
    let text = told(&cell.walk.model, cell.walk.now);
    assert!(
        text.contains("This request was never sent. An earlier request was.") && text.contains("AWS refused to let account"),
        "{text}"
    );
    assert!(!text.contains("No request") && !text.contains("Nothing has been changed"), "{text}");
}

#[test]
fn out_is_out_whoever_is_asking_by_then() {
    let mut walk = calling(Told::PutOff, Shows::Never).walk;
    walk.call_is_put_off();
    walk.pause_ends();
    walk.identify(Ok(Subject { membership: Membership::Standalone, ..by_another_role() }));
    assert!(matches!(&walk.model.departure.leave, Leave::Verifying(_)), "{:?}", walk.model.departure.leave);
}

#[test]
fn records_that_show_another_place_at_every_look_are_not_read_without_end() {
    for told in [Told::Accepted, Told::Lost] {
        let mut walk = called(told, Shows::Never).walk;
        let there = elsewhere().organization().unwrap().clone();
        let mut looks = 0;
        while walk.look.is_some() {
            walk.now += SignedDuration::from_secs(8);
            let now = walk.now;
            let reading = match looks % 2 {
                0 => Reading::Standalone(evidence(now)),
                _ => Reading::Member { organization: there.clone(), evidence: evidence(now) },
            };
            walk.look_says(reading);
            looks += 1;
            assert!(looks < 50, "{told:?}");
        }
        assert!(matches!(walk.model.departure.leave, Leave::Ended(Outcome::NotKnown(_))), "{:?}", walk.model.departure.leave);
    }
}

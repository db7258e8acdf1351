//! What the call told, crossed with what the membership then shows and with the end of the program in between: what is said is true in each
//! cell, and no second call is needless. Time is the walk's own.

use super::*;

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
    /// Every read is denied.
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

    /// Reads the membership as often as the walk wants to, and no sooner.
    fn look(&mut self) {
        while self.walk.look.is_some() {
            let pause = match &self.walk.model.screen {
                Screen::Leaving(Leaving::Verifying(verification)) => match verification.looks {
                    0 => 0,
                    looks => (1_i64 << (looks - 1).min(3)).min(8),
                },
                _ => 0,
            };
            self.walk.now += SignedDuration::from_secs(pause);
            let reading = self.reading();
            let was_out = matches!(reading, Reading::Standalone(_)) || self.shows == Shows::Elsewhere;
            self.walk.look_says(reading);
            self.holds(was_out);
        }
    }

    /// The rules of every cell.
    fn holds(&self, was_out: bool) {
        match &self.walk.model.screen {
            Screen::Outcome(Outcome::Left { .. }) => assert!(was_out, "{:?} after {} s: left", self.shows, self.seconds()),
            Screen::Outcome(Outcome::StillMember { .. }) => {
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
            let membership = match self.reading() {
                Reading::Standalone(_) => Membership::Standalone,
                Reading::Member { organization, .. } => Membership::Member(organization),
                Reading::Unknown(_) => Membership::Unknown,
            };
            self.walk.identify(Ok(Subject { membership, ..subject(ACCOUNT) }));
        }
        self.walk.all_is_well();
    }

    /// AWS asks to try again later, as often as it is asked.
    fn is_put_off(&mut self) {
        while matches!(self.walk.model.screen, Screen::Leaving(Leaving::Calling { .. })) {
            self.walk.call_is_put_off();
            self.walk.now += SignedDuration::from_secs(4);
            self.walk.pause_ends();
            self.read();
        }
    }

    /// Somebody comes back after so many seconds, and reads again.
    fn comes_back(&mut self, seconds: i64) {
        self.walk.now += SignedDuration::from_secs(seconds);
        match &self.walk.model.screen {
            Screen::Outcome(Outcome::Left { .. } | Outcome::AlreadyStandalone) => return,
            Screen::Outcome(_) => self.walk.press(Key::Char('r')),
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
        match &model.screen {
            Screen::Outcome(Outcome::Left { now_in: None, .. }) => "left",
            Screen::Outcome(Outcome::Left { now_in: Some(_), .. }) => "left, elsewhere now",
            Screen::Outcome(Outcome::StillMember { .. }) => "no effect",
            Screen::Outcome(Outcome::NotKnown(_)) => "not known",
            Screen::Outcome(Outcome::Refused(_)) => "refused",
            Screen::Outcome(Outcome::NeverSent(_)) => "never sent",
            Screen::Outcome(Outcome::AlreadyStandalone) => "already standalone",
            Screen::Account | Screen::Checklist => match (model.last_outcome, &model.last_request) {
                (Some(LastOutcome::Refused), _) => "refused",
                (_, Some(LastRequest { is_open: true, .. })) => "not known",
                (Some(LastOutcome::PutOff), _) | (None, Some(LastRequest { answered: Answered::PutOff { .. }, .. })) => "put off",
                (None, Some(_)) => "no effect",
                (None, None) => "nothing",
            },
            screen => panic!("{:?}: {screen:?}", self.shows),
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

/// The same, where the program was killed after the answer, and started again at once.
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
        (Told::PutOff, Shows::Never | Shows::Denied) => ("put off", "put off"),
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
        Told::Accepted => LeaveAnswer::Accepted { request_id: Some("r-1".to_owned()), at: now },
        Told::Refused => LeaveAnswer::Refused(Box::new(refusal(&[StepId::PaymentMethod], now))),
        Told::Lost => LeaveAnswer::Unknown(problem(ProblemKind::ConnectionLost, now)),
        Told::NeverSent => LeaveAnswer::NeverSent(problem(ProblemKind::Unreachable, now)),
        Told::PutOff => {
            cell.walk.call_is_put_off();
            return cell;
        }
    });
    cell
}

fn assert_said(mut cell: Cell, expected: (&str, &str), when: &str) {
    cell.look();
    let first = cell.said();
    cell.comes_back(3_700);
    cell.comes_back(5_400);
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
            let cell = called(told, shows);
            let mut cell = Cell { walk: cell.walk.killed_and_started_again(0), ..cell };
            cell.walk.connect(true);
            cell.read();
            assert_said(cell, expected_after_a_kill(told, shows), ", killed");
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
    assert!(walk.model.is_about(&OTHER.parse().unwrap()), "{:?}", walk.model.screen);
    assert_eq!(walk.model.account_in_doubt(), Some(&ACCOUNT.parse().unwrap()));
    assert_eq!(walk.model.exit_code(), 8);
    // Back at the first one, its journal tells.
    walk.sign_in_as(ACCOUNT);
    walk.press(Key::Enter);
    walk.identify(Ok(subject(ACCOUNT)));
    assert!(walk.model.is_in_flight(), "{:?}", walk.model.screen);
    walk.looks_say_out(&Reading::Standalone(evidence(walk.now)));
    assert_eq!((walk.model.account_in_doubt(), walk.model.exit_code()), (None, 0));
}

#[test]
fn requests_under_one_confirmation_are_counted() {
    let mut walk = calling(Told::PutOff, Shows::Never).walk;
    for sent in 1..=2 {
        assert_eq!(walk.model.requests, sent);
        walk.call_is_put_off();
        walk.pause_ends();
        walk.identify(Ok(subject(ACCOUNT)));
        walk.all_is_well();
    }
    assert_eq!(walk.model.requests, 3);
    walk.call_ends(LeaveAnswer::NeverSent(problem(ProblemKind::Unreachable, walk.now)));
    assert_eq!(walk.model.requests, 2, "the third was never sent");
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
    let Screen::Outcome(Outcome::Left { answered, .. }) = &cell.walk.model.screen else { panic!("{}", cell.said()) };
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
    let Screen::Outcome(Outcome::Left { answered, .. }) = &walk.model.screen else { panic!("{:?}", walk.model.screen) };
    assert_eq!(*answered, Answered::PutOff { calls: 2 });
    let mut walk = walk.killed_and_started_again(0);
    walk.connect(true);
    walk.identify(Ok(standalone()));
    walk.identify(Ok(standalone()));
    assert!(matches!(walk.model.screen, Screen::Outcome(Outcome::AlreadyStandalone)), "it is told once");
}

#[test]
fn what_aws_had_put_off_is_no_cause_any_more_once_the_account_was_seen_to_stay() {
    let mut walk = put_off_and_started_again(2);
    walk.identify(Ok(subject(ACCOUNT)));
    let mut walk = walk.killed_and_started_again(24 * 180);
    walk.connect(true);
    walk.identify(Ok(standalone()));
    walk.identify(Ok(standalone()));
    assert!(matches!(walk.model.screen, Screen::Outcome(Outcome::AlreadyStandalone)), "{:?}", walk.model.screen);
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
    let Screen::Outcome(Outcome::Left { organization, now_in, .. }) = &walk.model.screen else {
        panic!("{:?}", walk.model.screen)
    };
    assert_eq!((organization.as_str(), now_in.as_deref()), ("o-a1b2c3d4e5", Some("o-elsewhere1")));
    // Told once. From then on one reply without an organization is only that.
    let mut walk = walk.killed_and_started_again(0);
    walk.connect(true);
    walk.identify(Ok(elsewhere()));
    walk.all_is_well();
    walk.press(Key::Enter);
    assert_eq!(walk.model.last_request, None);
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
    walk.call_ends(LeaveAnswer::Unknown(problem(ProblemKind::ConnectionLost, walk.now)));
    walk.look_says(Reading::Standalone(evidence(walk.now)));
    let mut cell = Cell { called: walk.now, walk, told: Told::Lost, shows: Shows::Never };
    cell.look();
    assert_eq!((cell.said(), cell.walk.model.exit_code()), ("not known", 8));
    let document = crate::report::Document::of(&cell.walk.model.checklist, &StepId::ALL, cell.walk.now);
    assert!(document.open_outcome.is_some() && !document.is_ready());
    cell.comes_back(3_000);
    assert_eq!(cell.said(), "not known");
    cell.comes_back(1_000);
    assert_eq!((cell.said(), cell.walk.model.exit_code()), ("no effect", 9));
}

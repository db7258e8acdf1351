//! The rules of the engine under random sequences of everything that can happen to it and be asked of it.

use std::collections::BTreeSet;
use std::fmt::Debug;

use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use super::world::{Driven, Met, Walk};
use super::*;
use crate::aws::Reading;
use crate::checklist::gate::{self, Acknowledgement};
use crate::checklist::{
    Contact, Deregistration, Destination, Fix, FixAnswer, LeaveAnswer, OwnerProof, ProblemKind, Subject, Verdict,
};
use crate::tests::{cases, tries_all_cases};
use jiff::SignedDuration;

/// Everything that AWS, the disk and the clock can do.
#[derive(Debug, Clone)]
pub(crate) enum AwsDoes {
    Connect(bool),
    Identify(u8),
    Answer(usize, u8, bool),
    AllIsWell,
    RetryDue(usize),
    CallEnds(u8),
    LookSays(u8),
    TimePasses(i64),
    Stale(u8),
    DiskWorks(bool),
    JournalOpens,
    /// Credentials from here on last so long, or for good.
    CredentialsLast(Option<i64>),
    AsksForACode,
    /// The pause that was begun last is said to end in so many seconds.
    PauseLasts(i64),
    /// The change that is out is answered.
    FixEnds(u8),
    /// The contact information is read.
    ContactIs(u8),
    /// AWS says whose the owner's profile is.
    OwnerIs(u8),
}

pub(crate) fn aws_does() -> impl Strategy<Value = AwsDoes> {
    prop_oneof![
        2 => prop::bool::weighted(0.8).prop_map(AwsDoes::Connect),
        3 => (0_u8..14).prop_map(AwsDoes::Identify),
        4 => (any::<usize>(), 0_u8..8, any::<bool>()).prop_map(|(at, verdict, predicted)| AwsDoes::Answer(at, verdict, predicted)),
        4 => Just(AwsDoes::AllIsWell),
        1 => any::<usize>().prop_map(AwsDoes::RetryDue),
        5 => (0_u8..8).prop_map(AwsDoes::CallEnds),
        3 => (0_u8..3).prop_map(AwsDoes::LookSays),
        1 => prop::sample::select(vec![1_i64, 60, 90_000]).prop_map(AwsDoes::TimePasses),
        3 => (0_u8..90).prop_map(AwsDoes::Stale),
        1 => prop::bool::weighted(0.6).prop_map(AwsDoes::DiskWorks),
        1 => prop::sample::select(vec![None, Some(30), Some(400), Some(4_000)]).prop_map(AwsDoes::CredentialsLast),
        3 => Just(AwsDoes::JournalOpens),
        2 => Just(AwsDoes::AsksForACode),
        1 => prop::sample::select(vec![2_i64, 30, 300]).prop_map(AwsDoes::PauseLasts),
        3 => (0_u8..10).prop_map(AwsDoes::FixEnds),
        2 => (0_u8..5).prop_map(AwsDoes::ContactIs),
        2 => (0_u8..6).prop_map(AwsDoes::OwnerIs),
    ]
}

/// What a person may wish, or what befalls them.
#[derive(Debug, Clone)]
enum Happening {
    Aws(AwsDoes),
    /// They ask for what is offered at this place of the list.
    TakesAnOffer(usize),
    /// They ask for something, whether or not it makes sense.
    AsksForAnything(u8),
    /// The program is killed, and started again so many hours later.
    Killed(i64),
    /// Whatever brings the leave on: without it, few random walks would ever reach the call.
    Onward,
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        42 => aws_does().prop_map(Happening::Aws),
        12 => any::<usize>().prop_map(Happening::TakesAnOffer),
        12 => (0_u8..60).prop_map(Happening::AsksForAnything),
        1 => prop::sample::select(vec![0_i64, 1, 30]).prop_map(Happening::Killed),
        24 => Just(Happening::Onward),
    ]
}

impl Met {
    const FIELDS: [fn(&mut Self) -> &mut usize; 19] = [
        |met| &mut met.calls,
        |met| &mut met.put_off,
        |met| &mut met.left,
        |met| &mut met.killed_in_flight,
        |met| &mut met.settled_after_a_kill,
        |met| &mut met.words_that_came_back,
        |met| &mut met.other_account,
        |met| &mut met.journal_lost,
        |met| &mut met.still_a_member,
        |met| &mut met.codes,
        |met| &mut met.reviews_of_what_could_leave,
        |met| &mut met.empty_words_turned_down,
        |met| &mut met.confirmed_over_a_written_way_in,
        |met| &mut met.fixes,
        |met| &mut met.deregistrations,
        |met| &mut met.codes_handed_in,
        |met| &mut met.typed_whole,
        |met| &mut met.typed_in_groups,
        |met| &mut met.turned_down,
    ];

    pub(crate) fn add(&mut self, other: &Self) {
        let mut other = *other;
        for field in Self::FIELDS {
            *field(self) += *field(&mut other);
        }
    }

    /// Whether walks met enough, where all of them must meet `least`. A tenth of them may miss what is rare, so it must meet a
    /// twenty-fifth, rounded down.
    pub(crate) fn covers(&self, least: &Self) -> bool {
        let (mut met, mut least) = (*self, *least);
        let part = if tries_all_cases() { 1 } else { 25 };
        Self::FIELDS.iter().all(|field| *field(&mut met) >= *field(&mut least) / part)
    }
}

impl<S: Driven> Walk<S> {
    pub(crate) fn aws_does(&mut self, what: &AwsDoes) {
        let now = self.now;
        match what {
            AwsDoes::Connect(works) => self.connect(*works),
            AwsDoes::Identify(0) => self.identify(Ok(subject(OTHER))),
            AwsDoes::Identify(1) => self.identify(Err(problem(ProblemKind::ExpiredCredentials, now))),
            AwsDoes::Identify(2) => self.identify(Ok(standalone())),
            AwsDoes::Identify(4) => self.identify(Ok(elsewhere())),
            AwsDoes::Identify(5) => self.identify(Ok(by_another_role())),
            AwsDoes::Identify(6) => self.identify(Ok(Subject { membership: Membership::Unknown, ..subject(ACCOUNT) })),
            AwsDoes::Identify(3) => self.identify(Err(problem(ProblemKind::Throttled, now))),
            AwsDoes::Identify(_) => self.identify(Ok(self.who())),
            AwsDoes::Answer(at, verdict, predicted) => {
                let verdict = match verdict {
                    0 => Verdict::NeedsYou,
                    1 => Verdict::Unmet,
                    2 => Verdict::Waiting { until: now },
                    3 => Verdict::Unknown(problem(ProblemKind::Throttled, now)),
                    4 => Verdict::Unknown(problem(ProblemKind::Denied, now)),
                    _ => Verdict::Met,
                };
                self.answer(*at, verdict, if *predicted { Confidence::Predicted } else { Confidence::Proven });
            }
            AwsDoes::AllIsWell => self.all_is_well(),
            AwsDoes::RetryDue(at) => {
                if !self.retries.is_empty() {
                    let (of, attempt) = self.retries.remove(at % self.retries.len());
                    self.hear(Event::RetryDue(of, attempt));
                }
            }
            AwsDoes::CallEnds(5..) => self.call_is_put_off(),
            AwsDoes::CallEnds(4) => {
                // The answer is lost, after the deed.
                self.is_gone |= self.call.is_some();
                self.call_ends(LeaveAnswer::Unknown { problem: problem(ProblemKind::ConnectionLost, now) });
            }
            AwsDoes::CallEnds(how) => self.call_ends(match how {
                0 => LeaveAnswer::Accepted { request_id: None },
                1 => LeaveAnswer::Refused { refusal: refusal(&[StepId::Permission], now) },
                2 => LeaveAnswer::NeverSent { problem: problem(ProblemKind::Unreachable, now) },
                _ => LeaveAnswer::Unknown { problem: problem(ProblemKind::TimedOut, now) },
            }),
            AwsDoes::LookSays(what) => self.look_says(match what {
                // Records lag behind; they do not run ahead.
                0 | 1 if !self.is_gone || !self.may_flap() => self.truth(),
                0 => Reading::Standalone(evidence(now)),
                1 => still_a_member(now),
                _ => Reading::Unknown(problem(ProblemKind::ServiceFailure, now)),
            }),
            AwsDoes::TimePasses(seconds) => self.now = now.checked_add(SignedDuration::from_secs(*seconds)).unwrap(),
            AwsDoes::Stale(which) => self.late_answer_changes_nothing(*which),
            AwsDoes::DiskWorks(works) => self.disk_works = *works,
            AwsDoes::JournalOpens => self.journal_opens(),
            AwsDoes::CredentialsLast(seconds) => self.credentials_last = *seconds,
            AwsDoes::AsksForACode => self.asks_for_a_code(),
            AwsDoes::PauseLasts(seconds) => {
                if let Some((of, attempt)) = self.retries.last().copied() {
                    let at = now.checked_add(SignedDuration::from_secs(*seconds)).unwrap();
                    self.hear(Event::RetryScheduled { of, attempt, at });
                }
            }
            AwsDoes::FixEnds(how) => self.fix_ends(fix_answer(*how, now)),
            AwsDoes::ContactIs(what) => self.contact_is(contact_reading(*what, now)),
            AwsDoes::OwnerIs(what) => self.owner_is(owner_reading(*what, now)),
        }
    }

    /// The account as AWS knows it. Once the walk has read that it is gone, the records are settled.
    pub(crate) fn who(&self) -> Subject {
        if self.is_gone && !self.is_open { standalone() } else { subject(ACCOUNT) }
    }

    /// What AWS and the disk were asked for before the leave is answered, as well as can be. Says whether there was anything.
    pub(crate) fn the_world_goes_on(&mut self) -> bool {
        if self.opening.is_some() {
            self.journal_opens();
        } else if self.connecting.is_some() {
            self.connect(true);
        } else if self.subject.is_some() {
            self.identify(Ok(self.who()));
        } else if !self.checks.is_empty() {
            self.all_is_well();
        } else {
            return false;
        }
        true
    }

    /// The request that is out is accepted, or the membership is read as it is.
    pub(crate) fn the_leave_goes_on(&mut self) {
        if self.call.is_some() {
            return self.call_ends(LeaveAnswer::Accepted { request_id: None });
        }
        self.now += SignedDuration::from_secs(40);
        self.look_says(self.truth());
    }

    /// The program is killed at this very moment, and started again `hours` later.
    pub(crate) fn is_killed(&mut self, hours: i64) {
        // What was on its way gets there, or not.
        self.is_gone |= self.call.is_some() && hours > 0;
        let next = S::begin(self.model.departure().mode);
        *self = std::mem::replace(self, next).killed_and_started_again(hours);
    }

    /// Nothing waits for ever, and what is said of the leave is true.
    pub(crate) fn check_the_engine(&mut self) {
        let departure = self.model.departure();
        if departure.mode == Mode::Review {
            assert!(!departure.may_confirm());
            let goes_on = matches!(departure.leave, Leave::Rechecking { .. } | Leave::Postponed { .. } | Leave::Calling { .. });
            assert!(!goes_on, "{:?}", departure.leave);
            self.met.reviews_of_what_could_leave += usize::from(departure.locks().is_empty());
        }
        let in_flight = departure.is_in_flight();
        assert_eq!(in_flight, self.call.is_some() || self.look.is_some() && in_flight, "an open call that nobody waits for");
        match departure.leave {
            Leave::Ended(Outcome::Left { .. }) => {
                assert!(self.calls > 0, "nothing was sent, so nothing can have left");
                self.met.left += 1;
                assert!(self.is_gone, "it has not left");
            }
            Leave::Ended(Outcome::StillMember { .. }) => {
                self.met.still_a_member += 1;
                assert!(!self.is_gone, "it has left");
            }
            Leave::Postponed { attempt, .. } => {
                assert!(self.retries.contains(&(RetryKey::Leave, attempt)), "the leave waits for ever");
            }
            _ => {}
        }
        for step in StepId::ALL {
            let row = departure.row(step);
            if let Some(attempt) = row.running {
                let is_kept = departure.unattributed.iter().any(|(kept, finding)| *kept == attempt && finding.step == step);
                let is_kept = is_kept && (departure.identity.running.is_some() || departure.identity.waiting.is_some());
                assert!(is_kept || self.checks.contains(&(attempt, step)), "{step} runs for ever");
            }
            let awaited = row.waiting.is_none_or(|attempt| self.retries.contains(&(RetryKey::Step(step), attempt)));
            assert!(awaited, "{step} waits for ever");
        }
        let identity = &departure.identity;
        assert!(identity.running.is_none_or(|attempt| self.subject == Some(attempt)), "the identity is read for ever");
        let awaited = identity.waiting.is_none_or(|attempt| self.retries.contains(&(RetryKey::Subject, attempt)));
        assert!(awaited, "the identity waits for ever");
        if let Connection::Connecting { attempt, .. } = departure.connection {
            assert_eq!(self.connecting, Some(attempt), "it connects for ever");
        }
        if let Some(asking) = &departure.owner.asking {
            let asked = self.owner_asked.as_ref().map(|(attempt, _)| *attempt);
            assert_eq!(asked, Some(asking.attempt), "the owner is asked for ever");
        }
        self.met.other_account += usize::from(departure.elsewhere.is_some());
        assert!(departure.elsewhere.is_none() || !departure.can(&leave(BTreeSet::new(), "")));
    }
}

fn fix_answer(how: u8, now: Timestamp) -> FixAnswer {
    match how {
        0 => fix_refused("not-allowed", now),
        1 => fix_never_sent(now),
        2 => fix_unknown(now),
        3 => fix_done(Some("NOT_SUPPORTED"), now),
        4 => fix_done(None, now),
        5 => fix_done(Some("VERIFIED"), now),
        6 => fix_refused("number-changed", now),
        _ => fix_done(Some("PENDING"), now),
    }
}

fn contact_reading(what: u8, now: Timestamp) -> Result<Option<Contact>, Problem> {
    match what {
        0 => Err(problem(ProblemKind::Denied, now)),
        1 => Ok(None),
        _ => Ok(Some(on_file())),
    }
}

fn owner_reading(what: u8, now: Timestamp) -> Result<OwnerProof, Problem> {
    match what {
        0 => Err(problem(ProblemKind::AccountChanged, now)),
        1 => Ok(OwnerProof { organization: "o-elsewhere1".to_owned(), ..proof() }),
        2 => Ok(OwnerProof { account: OTHER.parse().unwrap(), ..proof() }),
        _ => Ok(proof()),
    }
}

/// A person's wish to leave.
fn leave(seen: BTreeSet<Acknowledgement>, typed: &str) -> Action {
    Action::Confirm { seen, typed: typed.to_owned() }
}

impl Walk<Departure> {
    fn happen(&mut self, happening: &Happening) -> bool {
        match happening {
            Happening::Aws(what) => self.aws_does(what),
            Happening::TakesAnOffer(at) => {
                let mut offers = self.model.offers();
                let offer = offers.swap_remove(at % offers.len());
                self.asks_for(self.in_full(offer.action));
            }
            Happening::AsksForAnything(which) => self.asks_for(self.anything(*which)),
            Happening::Killed(hours) => self.is_killed(*hours),
            Happening::Onward => self.onward(),
        }
        true
    }

    /// Somebody asks for `action`. It is done, or nothing changes.
    fn asks_for(&mut self, action: Action) {
        self.now += SignedDuration::from_millis(10);
        self.model.now = self.now;
        let (before, why_not, asked) = (format!("{:?}", self.model), self.model.why_not(&action), format!("{action:?}"));
        let is_leaving = matches!(action, Action::Confirm { .. });
        match self.model.act(action, self.now) {
            Ok(_) => {
                assert_eq!(why_not, None, "{asked}");
                if is_leaving {
                    assert_eq!(asked, format!("{:?}", self.to_leave()), "confirmed by something else");
                }
            }
            Err(why) => {
                let is_about_the_words = matches!(why, WhyNot::NotAttested(_) | WhyNot::NotConfirmed(_));
                assert!(why_not.as_ref() == Some(&why) || why_not.is_none() && is_about_the_words, "{asked}: {why:?}");
                assert_eq!(before, format!("{:?}", self.model), "{asked} was not done, and changed something");
                self.met.turned_down += 1;
            }
        }
        let effects = self.model.take_effects();
        self.note(effects);
        self.model.take_news();
    }

    /// The words of a person who wants `action`.
    fn in_full(&self, action: Action) -> Action {
        match action {
            Action::Attest { step, .. } => Action::Attest { step, note: "why not".to_owned() },
            Action::Confirm { .. } => self.to_leave(),
            Action::AskOwner(_) => Action::AskOwner("owner".to_owned()),
            Action::Fix(Fix::SendCode) if self.model.code_is_good() => Action::Fix(Fix::VerifyPhone("314159".parse().unwrap())),
            action => action,
        }
    }

    pub(crate) fn to_leave(&self) -> Action {
        leave(gate::to_acknowledge(&self.model.checklist, self.now).into_iter().collect(), ACCOUNT)
    }

    fn anything(&self, which: u8) -> Action {
        let step = StepId::ALL[usize::from(which) % StepId::ALL.len()];
        match which % 22 {
            0 => Action::Connect(None),
            1 => Action::Connect("123456".parse().ok()),
            2 => Action::Use(Some("another".to_owned())),
            3 => Action::ForgetProfile,
            4 => Action::Check(vec![step]),
            5 => Action::Choose(Destination::NotSure),
            6 => Action::Attest { step, note: "  ".to_owned() },
            7 => Action::Withdraw(step),
            8 => leave(BTreeSet::new(), ACCOUNT),
            9 => leave(gate::to_acknowledge(&self.model.checklist, self.now).into_iter().collect(), OTHER),
            10 => Action::Stop,
            11 => Action::AskAgain,
            12 => Action::GoBack,
            13 => Action::ChangeAccount,
            14 => Action::AskOwner("owner".to_owned()),
            15 => Action::ReadContact,
            16 | 17 if !self.model.code_is_good() => Action::Fix(Fix::SendCode),
            16 | 17 => Action::Fix(Fix::VerifyPhone("314159".parse().unwrap())),
            18 => Action::Fix(Fix::Contact { contact: Box::new(on_file()), changed: vec![ContactField::FullName] }),
            _ => match self.proof.as_ref().zip(self.model.owner_proof()) {
                Some((_, proof)) => {
                    let confirmed = Deregistration::confirmed(
                        &ACCOUNT.parse().unwrap(),
                        proof,
                        SERVICES[0],
                        Deregistration::word(SERVICES[0]),
                    );
                    Action::Fix(Fix::Deregister(confirmed.unwrap()))
                }
                None => Action::AskOwner("owner".to_owned()),
            },
        }
    }

    pub(crate) fn onward(&mut self) {
        if self.the_world_goes_on() {
            return;
        }
        let open = gate::locked_by(&self.model.checklist, self.now).first().copied();
        match &self.model.leave {
            Leave::Calling { .. } | Leave::Verifying(_) => self.the_leave_goes_on(),
            Leave::Ended(_) if self.model.can(&Action::GoBack) => self.asks_for(Action::GoBack),
            Leave::Ended(_) | Leave::Postponed { .. } | Leave::Rechecking { .. } => self.asks_for(Action::AskAgain),
            Leave::Idle if self.model.elsewhere.is_some() => self.asks_for(Action::ChangeAccount),
            Leave::Idle if self.model.may_confirm() => self.asks_for(self.to_leave()),
            Leave::Idle if self.model.checklist.destination.is_none() => self.asks_for(Action::Choose(Destination::ALL[0])),
            Leave::Idle if !self.model.record.is_open() => {
                self.disk_works = true;
                self.asks_for(Action::Check(StepId::ALL.to_vec()));
            }
            Leave::Idle => match open {
                Some(step) if self.model.can(&Action::Attest { step, note: String::new() }) => {
                    self.asks_for(Action::Attest { step, note: "why not".to_owned() });
                }
                _ => self.asks_for(Action::Check(StepId::ALL.to_vec())),
            },
        }
    }
}

/// Runs random walks of one mode, so many of them or a tenth, and says what they came past. `happen` says whether the walk goes on.
pub(crate) fn random_walks<S: Driven, H: Debug>(
    mode: Mode,
    all: u32,
    happening: impl Strategy<Value = H>,
    happen: impl Fn(&mut Walk<S>, &H) -> bool,
) -> Met {
    let config = ProptestConfig { cases: cases(all), failure_persistence: None, ..ProptestConfig::default() };
    let met = std::cell::RefCell::new(Met::default());
    // The same walks each time: what fails once fails again.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let walked = TestRunner::new_with_rng(config, rng).run(&prop::collection::vec(happening, 1..120), |happenings| {
        let mut walk = S::begin(mode);
        walk.is_slow_to_open = true;
        for happening in &happenings {
            if !happen(&mut walk, happening) {
                break;
            }
            walk.check_the_engine();
        }
        met.borrow_mut().add(&walk.met);
        Ok(())
    });
    walked.unwrap();
    met.into_inner()
}

#[test]
fn whatever_is_asked_for_opens_no_gate_calls_never_twice_and_leaves_nothing_running() {
    let met = random_walks(Mode::Guided, 2_000, happening(), Walk::<Departure>::happen);
    let least = Met {
        calls: 200,
        put_off: 20,
        left: 50,
        killed_in_flight: 10,
        settled_after_a_kill: 3,
        words_that_came_back: 10,
        other_account: 50,
        still_a_member: 3,
        codes: 5,
        fixes: 100,
        deregistrations: 5,
        codes_handed_in: 5,
        turned_down: 1_000,
        ..Met::default()
    };
    assert!(met.covers(&least), "the rules were hardly tried: {met:?}");
}

#[test]
fn a_review_asks_for_no_leave_whatever_is_asked_of_it() {
    let met = random_walks(Mode::Review, 600, happening(), Walk::<Departure>::happen);
    let least = Met { words_that_came_back: 10, other_account: 10, codes: 5, reviews_of_what_could_leave: 500, ..Met::default() };
    assert!(met.calls == 0 && met.fixes == 0 && met.covers(&least), "{met:?}");
}

//! The rules of the walk under random sequences of everything that can happen.

use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use super::*;
use crate::departure::{DepartureId, Event};
use crate::tests::{cases, tries_all_cases};

/// Everything that can happen to a walk.
#[derive(Debug, Clone)]
pub(crate) enum Happening {
    Press(Key, bool),
    Paste,
    TypeTheId,
    /// The ID and Enter arrive in one moment.
    Burst,
    SeeEverything,
    AttestSelected,
    Connect(bool),
    Identify(u8),
    Answer(usize, u8, bool),
    AllIsWell,
    RetryDue(usize),
    CallEnds(u8),
    LookSays(u8),
    TimePasses(i64),
    Stale(u8),
    SignedIn,
    DiskWorks(bool),
    Killed(i64),
    JournalOpens,
    /// Credentials from here on last so long, or for good.
    CredentialsLast(Option<i64>),
    AsksForACode,
    TypeACode,
    /// The pause that was begun last is said to end in so many seconds.
    PauseLasts(i64),
    /// Somebody puts a step right from here, as far as the walk lets them.
    PutsRight(u8),
    /// The change that is out is answered.
    FixEnds(u8),
    /// The contact information is read.
    ContactIs(u8),
    /// AWS says whose the owner's profile is.
    OwnerIs(u8),
    /// Whatever brings the walk on: without it, few random walks would ever reach the call.
    Onward,
}

fn key() -> impl Strategy<Value = Key> {
    let letters = prop::sample::select(" aAqrRsleoy?jkGgnfvm0123456789-x".chars().collect::<Vec<_>>()).prop_map(Key::Char);
    let others = prop::sample::select(vec![
        Key::Enter,
        Key::Esc,
        Key::Tab,
        Key::Up,
        Key::Down,
        Key::PageDown,
        Key::Home,
        Key::End,
        Key::Backspace,
        Key::Other,
        Key::Control('z'),
    ]);
    prop_oneof![letters, others]
}

pub(crate) fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        6 => (key(), any::<bool>()).prop_map(|(key, repeat)| Happening::Press(key, repeat)),
        2 => Just(Happening::Press(Key::Enter, false)),
        1 => Just(Happening::Paste),
        3 => Just(Happening::TypeTheId),
        1 => Just(Happening::Burst),
        3 => Just(Happening::SeeEverything),
        3 => Just(Happening::AttestSelected),
        2 => prop::bool::weighted(0.8).prop_map(Happening::Connect),
        3 => (0_u8..14).prop_map(Happening::Identify),
        4 => (any::<usize>(), 0_u8..8, any::<bool>()).prop_map(|(at, verdict, predicted)| Happening::Answer(at, verdict, predicted)),
        4 => Just(Happening::AllIsWell),
        1 => any::<usize>().prop_map(Happening::RetryDue),
        5 => (0_u8..8).prop_map(Happening::CallEnds),
        3 => (0_u8..3).prop_map(Happening::LookSays),
        1 => prop::sample::select(vec![1_i64, 60, 90_000]).prop_map(Happening::TimePasses),
        3 => (0_u8..90).prop_map(Happening::Stale),
        1 => Just(Happening::SignedIn),
        1 => prop::bool::weighted(0.6).prop_map(Happening::DiskWorks),
        1 => prop::sample::select(vec![0_i64, 1, 30]).prop_map(Happening::Killed),
        1 => prop::sample::select(vec![None, Some(30), Some(400), Some(4_000)]).prop_map(Happening::CredentialsLast),
        3 => Just(Happening::JournalOpens),
        1 => Just(Happening::AsksForACode),
        1 => Just(Happening::TypeACode),
        1 => prop::sample::select(vec![2_i64, 30, 300]).prop_map(Happening::PauseLasts),
        4 => (0_u8..12).prop_map(Happening::PutsRight),
        3 => (0_u8..10).prop_map(Happening::FixEnds),
        2 => (0_u8..5).prop_map(Happening::ContactIs),
        2 => (0_u8..6).prop_map(Happening::OwnerIs),
        20 => Just(Happening::Onward),
    ]
}

impl Met {
    const FIELDS: [fn(&mut Self) -> &mut usize; 18] = [
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
    ];

    fn add(&mut self, other: &Self) {
        let mut other = *other;
        for field in Self::FIELDS {
            *field(self) += *field(&mut other);
        }
    }

    /// Whether walks met enough, where all of them must meet `least`. A tenth of them may miss what is rare, so it must meet a
    /// twenty-fifth, rounded down.
    fn covers(&self, least: &Self) -> bool {
        let (mut met, mut least) = (*self, *least);
        let part = if tries_all_cases() { 1 } else { 25 };
        Self::FIELDS.iter().all(|field| *field(&mut met) >= *field(&mut least) / part)
    }
}

impl Walk {
    pub(crate) fn happen(&mut self, happening: &Happening) {
        let now = self.now;
        match happening {
            Happening::Press(key, is_repeat) => self.tell(Message::Pressed(KeyPress { key: *key, is_repeat: *is_repeat })),
            Happening::Paste => self.tell(Message::Pasted(ACCOUNT.to_owned())),
            Happening::TypeTheId => {
                if Context::of(&self.model) == Context::TypedId {
                    self.clear_the_field();
                    self.type_id();
                }
            }
            Happening::Burst => {
                if Context::of(&self.model) == Context::TypedId {
                    self.burst(&format!("{ACCOUNT}\r"));
                }
            }
            Happening::SeeEverything => {
                for _ in 0..30 {
                    if Context::of(&self.model) == Context::Consequences {
                        self.press(Key::Char(' '));
                    }
                }
            }
            Happening::AttestSelected => self.attest_selected(),
            Happening::Connect(works) => self.connect(*works),
            Happening::Identify(0) => self.identify(Ok(subject(OTHER))),
            Happening::Identify(1) => self.identify(Err(problem(ProblemKind::ExpiredCredentials, now))),
            Happening::Identify(2) => self.identify(Ok(standalone())),
            Happening::Identify(4) => self.identify(Ok(elsewhere())),
            Happening::Identify(5) => self.identify(Ok(by_another_role())),
            Happening::Identify(6) => self.identify(Ok(Subject { membership: Membership::Unknown, ..subject(ACCOUNT) })),
            Happening::Identify(3) => self.identify(Err(problem(ProblemKind::Throttled, now))),
            Happening::Identify(_) => self.identify(Ok(self.who())),
            Happening::Answer(at, verdict, predicted) => {
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
            Happening::AllIsWell => self.all_is_well(),
            Happening::RetryDue(at) => {
                if !self.retries.is_empty() {
                    let (of, attempt) = self.retries.remove(at % self.retries.len());
                    self.tell(Message::Of(DepartureId::default(), Event::RetryDue { of, attempt }));
                }
            }
            Happening::CallEnds(5..) => self.call_is_put_off(),
            Happening::CallEnds(4) => {
                // The answer is lost, after the deed.
                self.is_gone |= self.call.is_some();
                self.call_ends(LeaveAnswer::Unknown(problem(ProblemKind::ConnectionLost, now)));
            }
            Happening::CallEnds(how) => self.call_ends(match how {
                0 => LeaveAnswer::Accepted { request_id: None, at: now },
                1 => LeaveAnswer::Refused(Box::new(refusal(&[StepId::Permission], now))),
                2 => LeaveAnswer::NeverSent(problem(ProblemKind::Unreachable, now)),
                _ => LeaveAnswer::Unknown(problem(ProblemKind::TimedOut, now)),
            }),
            Happening::LookSays(what) => self.look_says(match what {
                // Records lag behind; they do not run ahead.
                0 | 1 if !self.is_gone || !self.may_flap() => self.truth(),
                0 => Reading::Standalone(evidence(now)),
                1 => still_a_member(now),
                _ => Reading::Unknown(problem(ProblemKind::ServiceFailure, now)),
            }),
            Happening::TimePasses(seconds) => self.now = now.checked_add(SignedDuration::from_secs(*seconds)).unwrap(),
            Happening::Stale(which) => self.late_answer_changes_nothing(*which),
            Happening::DiskWorks(works) => self.disk_works = *works,
            Happening::JournalOpens => self.journal_opens(),
            Happening::Killed(hours) => {
                // What was on its way gets there, or not.
                self.is_gone |= self.call.is_some() && *hours > 0;
                let next = Self::new(self.model.departure.mode);
                *self = std::mem::replace(self, next).killed_and_started_again(*hours);
            }
            Happening::CredentialsLast(seconds) => self.credentials_last = *seconds,
            Happening::AsksForACode => self.asks_for_a_code(),
            Happening::TypeACode => {
                if Context::of(&self.model) == Context::Code {
                    self.type_text("123456");
                    self.press(Key::Enter);
                }
            }
            Happening::PauseLasts(seconds) => {
                if let Some((of, attempt)) = self.retries.last().copied() {
                    let at = now.checked_add(SignedDuration::from_secs(*seconds)).unwrap();
                    self.tell(Message::Of(DepartureId::default(), Event::RetryScheduled { of, attempt, at }));
                }
            }
            Happening::PutsRight(what) => self.puts_right(*what),
            Happening::FixEnds(how) => self.fix_ends(fix_answer(*how, now)),
            Happening::ContactIs(what) => self.contact_is(contact_reading(*what, now)),
            Happening::OwnerIs(what) => self.owner_is(owner_reading(*what, now)),
            Happening::SignedIn => self.tell(Message::SignInEnded(Ok(String::new()))),
            Happening::Onward => self.onward(),
        }
    }

    /// Says that the selected step is done. Where a reason is asked for, nothing and blanks are none.
    fn attest_selected(&mut self) {
        if matches!(Context::of(&self.model), Context::Steps | Context::Detail) {
            self.press(Key::Char('a'));
            if Context::of(&self.model) == Context::Note {
                if self.model.selected().attestable() == Attestable::WithReason {
                    self.press(Key::Control('u'));
                    self.type_text("  ");
                    self.press(Key::Enter);
                    assert!(matches!(&self.model.overlay, Some(Overlay::Note { refused: Some(_), .. })));
                    self.met.empty_words_turned_down += 1;
                }
                self.type_text("why not");
                self.press(Key::Enter);
            }
        }
    }

    /// Somebody works on a step from here: each press as a person would do it, whatever comes of it.
    fn puts_right(&mut self, what: u8) {
        if self.model.overflow.is_hidden {
            return;
        }
        match Context::of(&self.model) {
            Context::Steps | Context::Detail if what < 9 => {
                let (step, key) = match what {
                    0..3 => (StepId::ContactInformation, 'f'),
                    3..6 => (StepId::ContactInformation, 'v'),
                    _ => (StepId::DelegatedAdministrator, 'f'),
                };
                self.model.pane = Pane::Steps;
                self.go_to(step);
                if step == StepId::DelegatedAdministrator {
                    self.press(Key::Char('r'));
                    self.identify(Ok(self.who()));
                    self.answer(0, Verdict::Unmet, Confidence::Proven);
                }
                self.press(Key::Char(key));
                if matches!(Context::of(&self.model), Context::Owner | Context::Deregister) {
                    self.puts_right(what);
                }
            }
            Context::ContactFields => {
                self.type_text("x");
                self.press(Key::Enter);
            }
            Context::ContactDifferences => self.press(Key::Char('y')),
            Context::Phone => {
                self.press(Key::Enter);
                self.type_text("314159");
                self.press(Key::Enter);
            }
            Context::Owner => {
                let profiles = vec![ProfileChoice { name: "owner".to_owned(), source: "a test".to_owned() }];
                self.tell(Message::OwnerProfilesListed(Ok(profiles)));
                self.press(Key::Enter);
                if what > 2 {
                    self.owner_is(Ok(proof()));
                }
            }
            Context::Deregister => {
                let word = match &self.model.screen {
                    Screen::Deregister(state) => state.selected().map(|selected| Deregistration::word(&selected.service)),
                    _ => None,
                };
                let word = word.unwrap_or_default().to_owned();
                self.type_text(&word);
                self.press(Key::Enter);
            }
            _ => {}
        }
    }

    /// The account as AWS knows it. Once the walk has read that it is gone, the records are settled.
    fn who(&self) -> Subject {
        if self.is_gone && !self.is_open { standalone() } else { subject(ACCOUNT) }
    }

    fn onward(&mut self) {
        if self.opening.is_some() {
            return self.journal_opens();
        }
        if self.connecting.is_some() {
            return self.connect(true);
        }
        if self.subject.is_some() {
            return self.identify(Ok(self.who()));
        }
        if !self.checks.is_empty() {
            return self.all_is_well();
        }
        let now = self.now;
        match Context::of(&self.model) {
            Context::Consequences => self.happen(&Happening::SeeEverything),
            Context::TypedId => self.happen(&Happening::TypeTheId),
            Context::Steps | Context::Detail if self.model.departure.may_confirm() => self.press(Key::Enter),
            Context::Steps | Context::Detail if self.model.selected().is_settled(now) => self.press(Key::Enter),
            Context::Steps | Context::Detail if self.model.departure.session().is_none() => self.press(Key::Char('r')),
            Context::Steps | Context::Detail if !self.model.departure.record.is_open() => {
                self.disk_works = true;
                self.press(Key::Char('R'));
            }
            Context::Steps | Context::Detail => self.happen(&Happening::AttestSelected),
            Context::Help | Context::Evidence | Context::QuitQuestion => self.press(Key::Esc),
            Context::Sent if self.call.is_some() => self.call_ends(LeaveAnswer::Accepted { request_id: None, at: now }),
            Context::Sent => {
                self.now = now.checked_add(SignedDuration::from_secs(40)).unwrap();
                self.look_says(self.truth());
            }
            _ => self.press(Key::Enter),
        }
    }

    /// An answer to a try that nobody waits for any more.
    fn late_answer_changes_nothing(&mut self, which: u8) {
        // A number that was given out once, and that nobody waits for now.
        let awaited = |attempt: &Attempt| {
            self.checks.iter().any(|(out, _)| out == attempt)
                || self.retries.iter().any(|(_, out)| out == attempt)
                || self.fixes.iter().any(|(out, _)| out == attempt)
                || self.owner_asked.as_ref().is_some_and(|(out, _)| out == attempt)
                || [self.connecting, self.subject, self.call.as_ref().map(|(call, _)| *call), self.look, self.contact_read]
                    .contains(&Some(*attempt))
        };
        let given = (0..=self.model.departure.attempts.0).rev().map(Attempt);
        let attempt = given.filter(|attempt| !awaited(attempt)).nth(usize::from(which) / 9).unwrap_or(Attempt(u64::MAX));
        let message = match which % 9 {
            0 => Message::Of(DepartureId::default(), Event::Connected { attempt, result: Ok(SessionFacts::default()) }),
            1 => Message::Of(DepartureId::default(), Event::SubjectRead { attempt, result: Ok(subject(OTHER)) }),
            2 => Message::Of(
                DepartureId::default(),
                Event::CheckFinished {
                    attempt,
                    finding: finding(StepId::Permission, Verdict::Met, Confidence::Proven, self.now),
                },
            ),
            3 => Message::Of(DepartureId::default(), Event::RetryDue { of: Asked::Step(StepId::Permission), attempt }),
            4 => Message::Of(
                DepartureId::default(),
                Event::LeaveAnswered { attempt, answer: LeaveAnswer::Accepted { request_id: None, at: self.now } },
            ),
            5 => Message::Of(
                DepartureId::default(),
                Event::MembershipRead { attempt, reading: Reading::Standalone(evidence(self.now)) },
            ),
            6 => Message::Of(
                DepartureId::default(),
                Event::FixAnswered { attempt, fix: Fix::SendCode.record(), answer: fix_done(Some("PENDING"), self.now) },
            ),
            7 => Message::Of(DepartureId::default(), Event::ContactRead { attempt, result: Ok(None) }),
            _ => Message::Of(
                DepartureId::default(),
                Event::OwnerMet { attempt, profile: "owner".to_owned(), endpoints: Vec::new(), result: Ok(proof()) },
            ),
        };
        self.model.departure.now = self.now;
        let before = format!("{:?}", self.model);
        let effects = self.model.update(message, self.now);
        assert!(effects.is_empty(), "{effects:?}");
        assert_eq!(before, format!("{:?}", self.model));
    }

    /// A review comes to no screen on which a leave could be confirmed or under way, unless an earlier walk had begun one.
    fn check_that_a_review_cannot_leave(&mut self) {
        assert!(!self.model.departure.may_confirm());
        let (screen, leave) = (&self.model.screen, &self.model.departure.leave);
        let goes_on = matches!(leave, Leave::Rechecking { .. } | Leave::Postponed { .. } | Leave::Calling { .. });
        assert!(!goes_on && !matches!(screen, Screen::Confirm(_)), "{screen:?} {leave:?}");
        self.met.reviews_of_what_could_leave += usize::from(self.model.departure.locks().is_empty());
    }

    /// Nobody comes to the confirm screen of an account into which nobody could get afterwards, but over a reason in writing.
    fn check_that_somebody_can_get_in(&mut self) {
        if !matches!(self.model.screen, Screen::Confirm(_)) {
            return;
        }
        let step = self.model.departure.checklist.step(StepId::AccessAfterwards);
        let found = step.finding.as_ref().map(|finding| finding.verdict.kind());
        if found == Some(VerdictKind::Met) {
            return;
        }
        let note = step.standing_attestation(self.model.departure.now).and_then(|word| word.note.as_deref()).unwrap_or_default();
        assert!(!note.trim().is_empty(), "{found:?}, and nothing is written");
        self.met.confirmed_over_a_written_way_in += 1;
    }

    fn check_the_rules(&mut self) {
        self.check_that_somebody_can_get_in();
        if self.model.departure.mode == Mode::Review {
            self.check_that_a_review_cannot_leave();
        }
        let in_flight = self.model.departure.is_in_flight();
        assert_eq!(in_flight, self.call.is_some() || self.look.is_some() && in_flight, "an open call that nobody waits for");
        if let Leave::Ended(Outcome::Left { .. }) = self.model.departure.leave {
            assert!(self.calls > 0, "nothing was sent, so nothing can have left");
            self.met.left += 1;
            assert!(self.is_gone, "it has not left");
        }
        if let Leave::Ended(Outcome::StillMember { .. }) = self.model.departure.leave {
            self.met.still_a_member += 1;
            assert!(!self.is_gone, "it has left");
        }
        if let Some(Overlay::Changes { changes, .. }) = &self.model.overlay {
            self.met.journal_lost += usize::from(changes.contains(&gate::Change::JournalLost));
        }
        for step in StepId::ALL {
            let row = self.model.departure.row(step);
            if let Some(attempt) = row.running {
                let is_kept =
                    self.model.departure.unattributed.iter().any(|(kept, finding)| *kept == attempt && finding.step == step);
                let is_kept = is_kept
                    && (self.model.departure.identity.running.is_some() || self.model.departure.identity.waiting.is_some());
                assert!(is_kept || self.checks.contains(&(attempt, step)), "{step} runs for ever");
            }
            let awaited = row.waiting.is_none_or(|attempt| self.retries.contains(&(Asked::Step(step), attempt)));
            assert!(awaited, "{step} waits for ever");
        }
        let identity = &self.model.departure.identity;
        assert!(identity.running.is_none_or(|attempt| self.subject == Some(attempt)), "the identity is read for ever");
        let awaited = identity.waiting.is_none_or(|attempt| self.retries.contains(&(Asked::Subject, attempt)));
        assert!(awaited, "the identity waits for ever");
        if let Connection::Connecting { attempt, .. } = self.model.departure.connection {
            assert_eq!(self.connecting, Some(attempt), "it connects for ever");
        }
        if let Leave::Postponed { attempt, .. } = self.model.departure.leave {
            assert!(self.retries.contains(&(Asked::Leave, attempt)), "the leave waits for ever");
        }
        match &self.model.screen {
            Screen::Contact(ContactForm { stage: ContactStage::Saving(attempt), .. })
            | Screen::Deregister(Deregistering { stage: DeregisterStage::Calling(attempt), .. }) => {
                assert!(self.fixes.iter().any(|(out, _)| out == attempt), "a change waits for ever");
            }
            Screen::Contact(ContactForm {
                stage: ContactStage::Reading(attempt) | ContactStage::ReadingBack(attempt), ..
            }) => {
                assert_eq!(self.contact_read, Some(*attempt), "the form waits for ever");
            }
            _ => {}
        }
        if let Some(Overlay::Phone(check)) = &self.model.overlay
            && let PhoneStage::Sending(attempt) | PhoneStage::Verifying { attempt, .. } = &check.stage
        {
            assert!(self.fixes.iter().any(|(out, _)| out == attempt), "the phone waits for ever");
        }
        if let Some(asking) = &self.model.departure.owner.asking {
            assert_eq!(
                self.owner_asked.as_ref().map(|(attempt, _)| *attempt),
                Some(asking.attempt),
                "the owner is asked for ever"
            );
        }
        if matches!(self.model.screen, Screen::OtherAccount) {
            self.met.other_account += 1;
            assert!(!self.model.departure.may_confirm());
        }
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

/// Runs random walks of one mode, so many of them or a tenth, and says what they came past.
fn random_walks(mode: Mode, all: u32) -> Met {
    let config = ProptestConfig { cases: cases(all), failure_persistence: None, ..ProptestConfig::default() };
    let met = std::cell::RefCell::new(Met::default());
    // The same walks each time: what fails once fails again.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let walked = TestRunner::new_with_rng(config, rng).run(&prop::collection::vec(happening(), 1..120), |happenings| {
        let mut walk = Walk::new(mode);
        walk.is_slow_to_open = true;
        for happening in &happenings {
            if walk.model.exit.is_some() {
                break;
            }
            walk.happen(happening);
            walk.check_the_rules();
        }
        met.borrow_mut().add(&walk.met);
        Ok(())
    });
    walked.unwrap();
    met.into_inner()
}

#[test]
fn nothing_that_happens_opens_the_gate_calls_twice_or_leaves_a_row_running() {
    let met = random_walks(Mode::Guided, 1_600);
    let least = Met {
        calls: 200,
        put_off: 20,
        left: 50,
        killed_in_flight: 10,
        settled_after_a_kill: 3,
        words_that_came_back: 10,
        other_account: 50,
        journal_lost: 5,
        still_a_member: 3,
        codes: 5,
        empty_words_turned_down: 20,
        confirmed_over_a_written_way_in: 20,
        fixes: 100,
        deregistrations: 5,
        codes_handed_in: 5,
        typed_whole: 100,
        typed_in_groups: 20,
        ..Met::default()
    };
    assert!(met.covers(&least), "the rules were hardly tried: {met:?}");
}

#[test]
fn a_review_asks_for_no_leave_whatever_happens() {
    // That no effect leaves is a rule of every walk here; that hardly anything else could have kept it from leaving, too.
    let met = random_walks(Mode::Review, 300);
    let least = Met { words_that_came_back: 10, other_account: 10, codes: 5, reviews_of_what_could_leave: 500, ..Met::default() };
    assert!(met.calls == 0 && met.fixes == 0 && met.covers(&least), "{met:?}");
}

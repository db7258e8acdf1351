//! The walk by tables, and its rules under random sequences of everything that can happen.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::*;
use crate::aws::{LeaveAnswer, MfaCode, Reading};
use crate::checklist::gate;
use crate::checklist::{
    AccountDetails, AccountId, Confidence, Draft, Evidence, Finding, Identity, Membership, Organization, Partition, Problem,
    ProblemKind, Refusal, Retry, Standing, StepId, Subject, Verdict, texts,
};
use crate::journal::{Entry, Intent, Line, Past};

const ACCOUNT: &str = "412098765432";
const OTHER: &str = "999988887777";
/// A name that would clear the screen, turn the line around and push everything else off it.
pub(crate) const HOSTILE_NAME: &str = "\u{1b}[2J\u{202e}支払い本番\u{7}\n{{ 7 * 6 }} e\u{301}\u{1f469}\u{200d}\u{1f4bb} a very long name that goes on and on and on";

/// A walk with a clock of its own, and everything it asked for and has not been told yet.
pub(crate) struct Walk {
    pub(crate) model: Model,
    pub(crate) now: Timestamp,
    connecting: Option<Attempt>,
    subject: Option<Attempt>,
    checks: Vec<(Attempt, StepId)>,
    retries: Vec<(Asked, Attempt)>,
    call: Option<(Attempt, gate::ReadyToLeave)>,
    code: Option<MfaCode>,
    credentials_last: Option<i64>,
    look: Option<Attempt>,
    look_account: Option<String>,
    calls: usize,
    /// What has been read since the last confirmation; `None` while nothing is confirmed.
    read_since_confirmation: Option<Vec<StepId>>,
    identity_since_confirmation: bool,
    /// The account's journal, which outlives a walk.
    journal: Vec<Line>,
    /// Whether the disk takes what is written.
    disk_works: bool,
    run: u32,
    /// A call whose outcome nobody has told yet.
    is_open: bool,
}

impl Walk {
    pub(crate) fn new(mode: Mode) -> Self {
        let setting = Setting { mode, practice: None, profile: ProfileWish::Chain, person: "maria".to_owned() };
        let mut walk = Self {
            model: Model::new(setting),
            now: Timestamp::from_second(1_800_000_000).unwrap(),
            connecting: None,
            subject: None,
            checks: Vec::new(),
            retries: Vec::new(),
            call: None,
            code: None,
            credentials_last: None,
            look: None,
            look_account: None,
            calls: 0,
            read_since_confirmation: None,
            identity_since_confirmation: false,
            journal: Vec::new(),
            disk_works: true,
            run: 0,
            is_open: false,
        };
        let effects = walk.model.begin();
        walk.note(effects);
        walk
    }

    /// The program is killed at this very moment, and started again `hours` later.
    fn killed_and_started_again(self, hours: i64) -> Self {
        let mut next = Self::new(self.model.setting.mode);
        next.now = self.now.checked_add(SignedDuration::from_hours(hours)).unwrap();
        (next.journal, next.run, next.is_open, next.calls) = (self.journal, self.run + 1, self.is_open, self.calls);
        next
    }

    fn past(&self, account: &AccountId) -> Past {
        let lines = self.journal.iter().filter(|line| line.account == *account);
        Past::of(account, &[], self.now, lines.cloned())
    }

    fn write(&mut self, account: AccountId, entry: Entry) {
        self.journal.push(Line { v: 1, at: self.now, run: self.run.to_string(), account, entry });
    }

    fn tell(&mut self, message: Message) {
        self.now = self.now.checked_add(SignedDuration::from_millis(10)).unwrap();
        if let Message::Connected { .. } = message {
            // Whatever was read before was read with other credentials.
            self.read_since_confirmation = None;
        }
        let effects = self.model.update(message, self.now);
        self.note(effects);
    }

    /// What a driver would remember of the effects, and the rules that no effect may break.
    fn note(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::OpenJournal { account, .. } => {
                    let full = || problem(ProblemKind::JournalFull, self.now);
                    let past = Some(Box::new(self.past(&account)));
                    let result = if self.disk_works { Ok(Opened { path: String::new(), past }) } else { Err(full()) };
                    self.tell(Message::JournalOpened { account, result });
                }
                Effect::Record { entry, .. } => {
                    let account = self.model.checklist.subject.as_ref().unwrap().identity.account.clone();
                    if self.disk_works {
                        self.write(account, *entry);
                    } else {
                        let problem = problem(ProblemKind::JournalFull, self.now);
                        self.tell(Message::JournalFailed { account, problem });
                    }
                }
                Effect::Connect { attempt, code, .. } => {
                    self.connecting = Some(attempt);
                    self.code = code;
                }
                Effect::RunChecks { attempt, steps } => {
                    self.subject = Some(attempt);
                    self.checks.retain(|(_, step)| !steps.contains(step));
                    self.checks.extend(steps.iter().map(|step| (attempt, *step)));
                    if matches!(self.model.screen, Screen::Leaving(Leaving::Rechecking { .. }))
                        && steps.len() == StepId::ALL.len()
                    {
                        self.read_since_confirmation = Some(Vec::new());
                        self.identity_since_confirmation = false;
                    }
                }
                Effect::ScheduleRetry { of, attempt, .. } => self.retries.push((of, attempt)),
                Effect::Leave { attempt, token } => {
                    assert_eq!(self.model.setting.mode, Mode::Guided);
                    assert!(gate::locked_by(&self.model.checklist, self.now).is_empty(), "the gate was shut");
                    let subject = self.model.checklist.subject.as_ref().unwrap();
                    assert_eq!(token.account(), &subject.identity.account);
                    assert_eq!(token.principal(), subject.identity.arn);
                    let read = self.read_since_confirmation.take().expect("nothing was confirmed");
                    assert!(StepId::ALL.iter().all(|step| read.contains(step)), "not everything was read again: {read:?}");
                    assert!(self.identity_since_confirmation, "nobody asked again who we are");
                    assert!(
                        self.call.is_none() && self.look.is_none() && !self.is_open,
                        "a second call while the first was open"
                    );
                    if !self.disk_works {
                        let problem = problem(ProblemKind::JournalFull, self.now);
                        self.tell(Message::LeaveAnswered { attempt, answer: LeaveAnswer::NeverSent(problem) });
                        continue;
                    }
                    self.write(token.account().clone(), Entry::Intended(Intent::from(&token)));
                    self.is_open = true;
                    self.call = Some((attempt, token));
                    self.calls += 1;
                }
                Effect::LookAtMembership { attempt, account, .. } => {
                    self.look = Some(attempt);
                    self.look_account = Some(account.to_string());
                }
                _ => {}
            }
        }
    }

    fn press(&mut self, key: Key) {
        self.tell(Message::Pressed(key.into()));
    }

    fn type_text(&mut self, text: &str) {
        for character in text.chars() {
            self.press(Key::Char(character));
        }
    }

    fn connect(&mut self, works: bool) {
        let Some(attempt) = self.connecting.take() else { return };
        let nothing =
            Unconnected { problem: problem(ProblemKind::NoCredentials, self.now), sign_in: None, custom_endpoints: Vec::new() };
        let end = self.credentials_last.map(|seconds| self.now.checked_add(SignedDuration::from_secs(seconds)).unwrap());
        let result = if works { Ok(SessionFacts { expires_at: end, ..SessionFacts::default() }) } else { Err(nothing) };
        self.tell(Message::Connected { attempt, result });
    }

    fn identify(&mut self, result: Result<Subject, Problem>) {
        let Some(attempt) = self.subject.take() else { return };
        if result.is_ok() {
            self.identity_since_confirmation = true;
        }
        self.tell(Message::SubjectRead { attempt, result });
    }

    fn answer(&mut self, at: usize, verdict: Verdict, confidence: Confidence) {
        if self.checks.is_empty() {
            return;
        }
        let (attempt, step) = self.checks.remove(at % self.checks.len());
        if let Some(read) = &mut self.read_since_confirmation
            && !matches!(&verdict, Verdict::Unknown(problem) if problem.kind == ProblemKind::Throttled)
        {
            read.push(step);
        }
        let finding = finding(step, verdict, confidence, self.now);
        self.tell(Message::CheckFinished { attempt, finding });
    }

    /// Every check that is awaited finds that it holds; the payment method, that a person must say so.
    fn all_is_well(&mut self) {
        while let Some((_, step)) = self.checks.first().copied() {
            let verdict = if step == StepId::PaymentMethod { Verdict::NeedsYou } else { Verdict::Met };
            self.answer(0, verdict, Confidence::Proven);
        }
    }

    /// From the first frame to the checklist with one step open.
    fn reach_checklist(&mut self) {
        self.connect(true);
        self.identify(Ok(subject(ACCOUNT)));
        self.all_is_well();
        self.press(Key::Enter);
    }

    fn attest_payment(&mut self) {
        assert_eq!(self.model.cursor, StepId::PaymentMethod);
        self.press(Key::Char('a'));
        self.press(Key::Enter);
    }

    fn reach_typed_id(&mut self) {
        self.reach_checklist();
        self.attest_payment();
        self.press(Key::Enter);
        for _ in 0..20 {
            if matches!(Context::of(&self.model), Context::Consequences) {
                self.press(Key::Char(' '));
            }
        }
        assert_eq!(Context::of(&self.model), Context::TypedId);
    }

    fn reach_recheck(&mut self) {
        self.reach_typed_id();
        self.type_text(ACCOUNT);
        self.press(Key::Enter);
        assert!(matches!(self.model.screen, Screen::Leaving(Leaving::Rechecking { .. })));
    }

    fn reach_call(&mut self) {
        self.reach_recheck();
        self.identify(Ok(subject(ACCOUNT)));
        self.all_is_well();
        assert!(matches!(self.model.screen, Screen::Leaving(Leaving::Calling { .. })));
    }

    fn call_ends(&mut self, answer: LeaveAnswer) {
        let Some((attempt, _)) = self.call.take() else { return };
        self.is_open &= !matches!(answer, LeaveAnswer::Refused(_) | LeaveAnswer::NeverSent(_));
        self.tell(Message::LeaveAnswered { attempt, answer });
    }

    /// AWS asks to come back in a moment.
    fn call_is_put_off(&mut self) {
        let Some((attempt, token)) = self.call.take() else { return };
        let refusal = Box::new(Refusal { retry: Retry::AfterAPause, ..refusal(&[], self.now) });
        let answer = LeaveAnswer::Postponed { refusal, confirmation: token.give_back() };
        self.is_open = false;
        self.tell(Message::LeaveAnswered { attempt, answer });
    }

    /// The last pause that was begun ends.
    fn pause_ends(&mut self) {
        let Some((of, attempt)) = self.retries.pop() else { return };
        self.tell(Message::RetryDue { of, attempt });
    }

    fn credentials_last(&mut self, seconds: i64) {
        self.credentials_last = Some(seconds);
    }

    fn sign_in_as(&mut self, account: &str) {
        self.tell(Message::SignInEnded(Ok(String::new())));
        self.connect(true);
        self.identify(Ok(subject(account)));
        self.all_is_well();
    }

    fn look_says(&mut self, reading: Reading) {
        let Some(attempt) = self.look.take() else { return };
        self.tell(Message::MembershipRead { attempt, reading });
        // What the walk says it knows, it may act upon.
        self.is_open &= !matches!(self.model.screen, Screen::Outcome(Outcome::Left { .. } | Outcome::StillMember { .. }));
    }
}

fn subject(account: &str) -> Subject {
    let arn = format!("arn:aws:sts::{account}:assumed-role/Admin/maria");
    Subject {
        identity: Identity { account: account.parse().unwrap(), arn, partition: Partition::Aws },
        details: Some(AccountDetails { name: Some(HOSTILE_NAME.to_owned()), state: None, created_at: None }),
        membership: Membership::Member(organization()),
    }
}

fn standalone() -> Subject {
    Subject { membership: Membership::Standalone, ..subject(ACCOUNT) }
}

fn organization() -> Organization {
    Organization { id: "o-a1b2c3d4e5".to_owned(), management_account: None, feature_set: None }
}

fn finding(step: StepId, verdict: Verdict, confidence: Confidence, now: Timestamp) -> Finding {
    let draft = Draft::new(step, "a-test", verdict);
    let draft = if confidence == Confidence::Predicted { draft.predicted() } else { draft };
    draft.finish(Partition::Aws, now)
}

fn problem(kind: ProblemKind, now: Timestamp) -> Problem {
    Problem {
        kind,
        operation: "iam:GetRole".to_owned(),
        code: None,
        message: String::new(),
        request_id: None,
        remedy: String::new(),
        retryable: kind.is_retryable(),
        at: now,
    }
}

fn evidence(now: Timestamp) -> Evidence {
    let operation = "organizations:DescribeOrganization".to_owned();
    Evidence { operation, outcome: "ok".to_owned(), fact: String::new(), request_id: None, at: now }
}

fn still_a_member(now: Timestamp) -> Reading {
    Reading::Member { organization: organization(), evidence: evidence(now) }
}

fn refusal(steps: &[StepId], now: Timestamp) -> Refusal {
    Refusal {
        entry: "a-test".to_owned(),
        code: "ConstraintViolationException".to_owned(),
        reason: None,
        message: "no".to_owned(),
        request_id: None,
        cause: "because".to_owned(),
        who: "you".to_owned(),
        todo: Vec::new(),
        link: None,
        steps: steps.to_vec(),
        retry: Retry::AfterTheCause,
        at: now,
    }
}

#[test]
fn the_whole_walk_ends_in_left_after_one_call() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_ends(LeaveAnswer::Accepted { request_id: None, at: walk.now });
    walk.look_says(still_a_member(walk.now));
    walk.look_says(Reading::Standalone(evidence(walk.now)));
    assert!(walk.model.is_in_flight(), "one look is not enough: records can flap");
    walk.look_says(Reading::Standalone(evidence(walk.now)));
    assert!(matches!(walk.model.screen, Screen::Outcome(Outcome::Left { .. })));
    assert_eq!((walk.calls, walk.model.exit_code()), (1, 0));
}

#[test]
fn an_accepted_request_alone_is_not_success() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_ends(LeaveAnswer::Accepted { request_id: None, at: walk.now });
    assert!(walk.model.is_in_flight());
    assert_eq!(walk.model.exit_code(), 8);
}

#[test]
fn enter_is_inert_until_the_id_matches() {
    for typed in ["", "4120", "412098765431", "999988887777"] {
        let mut walk = Walk::new(Mode::Guided);
        walk.reach_typed_id();
        walk.type_text(typed);
        walk.press(Key::Enter);
        assert_eq!(Context::of(&walk.model), Context::TypedId, "{typed}");
    }
}

#[test]
fn any_other_key_cancels_the_confirmation() {
    for key in [Key::Esc, Key::Char('x'), Key::Char('q'), Key::Tab, Key::Up, Key::Other] {
        let mut walk = Walk::new(Mode::Guided);
        walk.reach_typed_id();
        walk.type_text("4120");
        walk.press(key);
        assert!(matches!(walk.model.screen, Screen::Checklist), "{key:?}");
    }
}

#[test]
fn a_pasted_id_is_not_taken() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_typed_id();
    walk.tell(Message::Pasted(ACCOUNT.to_owned()));
    walk.press(Key::Enter);
    assert_eq!(Context::of(&walk.model), Context::TypedId);
    assert!(matches!(walk.model.notice, Some(Notice::Failed(_))));
}

#[test]
fn leaning_on_a_key_neither_types_nor_confirms() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_typed_id();
    walk.type_text("41209876543");
    walk.tell(Message::Pressed(KeyPress { key: Key::Char('2'), is_repeat: true }));
    walk.press(Key::Char('2'));
    walk.tell(Message::Pressed(KeyPress { key: Key::Enter, is_repeat: true }));
    assert_eq!(Context::of(&walk.model), Context::TypedId);
}

#[test]
fn a_step_that_changed_since_the_confirmation_leads_back_to_the_checklist() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_recheck();
    walk.identify(Ok(subject(ACCOUNT)));
    let at = walk.checks.iter().position(|(_, step)| *step == StepId::ContactInformation).unwrap();
    walk.answer(at, Verdict::Unmet, Confidence::Proven);
    walk.all_is_well();
    assert!(matches!(walk.model.screen, Screen::Checklist));
    assert!(matches!(&walk.model.overlay, Some(Overlay::Changes { changes, .. }) if changes.len() == 1));
    assert_eq!((walk.calls, walk.model.cursor), (0, StepId::ContactInformation));
}

#[test]
fn another_account_behind_the_credentials_stops_everything_and_names_both() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_recheck();
    walk.identify(Ok(subject(OTHER)));
    walk.all_is_well();
    assert_eq!(walk.calls, 0);
    let Screen::OtherAccount { before, now } = &walk.model.screen else { panic!("{:?}", walk.model.screen) };
    assert_eq!((before.as_str(), now.as_str()), (ACCOUNT, OTHER));
    assert!(!walk.model.is_busy(), "everything has stopped");
    assert!(!walk.model.may_confirm());
    assert_eq!(walk.model.checklist.subject.as_ref().unwrap().identity.account.as_str(), ACCOUNT);
}

#[test]
fn back_at_the_first_account_what_was_said_still_counts() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_checklist();
    walk.attest_payment();
    walk.sign_in_as(OTHER);
    assert!(matches!(walk.model.screen, Screen::OtherAccount { .. }));
    walk.sign_in_as(ACCOUNT);
    assert!(matches!(walk.model.screen, Screen::Checklist));
    assert!(walk.model.may_confirm(), "{:?}", walk.model.locks());
}

#[test]
fn beginning_anew_with_the_other_account_takes_nothing_along() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_checklist();
    walk.attest_payment();
    walk.sign_in_as(OTHER);
    walk.press(Key::Enter);
    assert!(matches!(walk.model.screen, Screen::Account));
    assert_eq!(walk.checks.len(), StepId::ALL.len());
    walk.identify(Ok(subject(OTHER)));
    walk.all_is_well();
    assert!(walk.model.checklist.steps().all(|step| step.attestation.is_none()));
    assert_eq!(walk.model.checklist.subject.as_ref().unwrap().identity.account.as_str(), OTHER);
}

#[test]
fn what_new_credentials_find_out_counts_once_it_is_known_whose_they_are() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_checklist();
    walk.tell(Message::SignInEnded(Ok(String::new())));
    walk.connect(true);
    let at = walk.checks.iter().position(|(_, step)| *step == StepId::Permission).unwrap();
    walk.answer(at, Verdict::Unmet, Confidence::Proven);
    let standing = |walk: &Walk| walk.model.checklist.step(StepId::Permission).standing(walk.now);
    assert_eq!(standing(&walk), Some(Standing::Met), "nobody has said yet that this is the same account");
    walk.identify(Ok(subject(ACCOUNT)));
    assert_eq!(standing(&walk), Some(Standing::Unmet));
    assert!(walk.model.row(StepId::Permission).running.is_none());
}

#[test]
fn what_nobody_can_attribute_is_dropped_and_leaves_no_row_running() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_checklist();
    walk.tell(Message::SignInEnded(Ok(String::new())));
    walk.connect(true);
    let at = walk.checks.iter().position(|(_, step)| *step == StepId::Permission).unwrap();
    walk.answer(at, Verdict::Unmet, Confidence::Proven);
    walk.identify(Err(problem(ProblemKind::Unreachable, walk.now)));
    assert_eq!(walk.model.checklist.step(StepId::Permission).standing(walk.now), Some(Standing::Met));
    assert!(walk.model.row(StepId::Permission).running.is_none());
    assert!(!walk.model.may_confirm(), "it is not known whose the new credentials are");
}

#[test]
fn another_role_of_the_same_account_keeps_what_was_said_but_for_the_permission() {
    let mut walk = Walk::new(Mode::Guided);
    walk.connect(true);
    walk.identify(Ok(subject(ACCOUNT)));
    let at = walk.checks.iter().position(|(_, step)| *step == StepId::Permission).unwrap();
    walk.answer(at, Verdict::NeedsYou, Confidence::Proven);
    walk.all_is_well();
    walk.press(Key::Enter);
    walk.press(Key::Char('a'));
    walk.press(Key::Enter);
    walk.attest_payment();
    let said = |walk: &Walk, step| walk.model.checklist.step(step).attestation.is_some();
    assert!(said(&walk, StepId::Permission) && said(&walk, StepId::PaymentMethod));
    walk.tell(Message::SignInEnded(Ok(String::new())));
    walk.connect(true);
    let mut other = subject(ACCOUNT);
    other.identity.arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/Admin/another-session");
    walk.identify(Ok(other.clone()));
    assert!(said(&walk, StepId::Permission), "another session of the same role is the same principal");
    walk.press(Key::Char('R'));
    other.identity.arn = format!("arn:aws:iam::{ACCOUNT}:user/bob");
    walk.identify(Ok(other));
    assert!(!said(&walk, StepId::Permission) && said(&walk, StepId::PaymentMethod));
}

#[test]
fn an_identity_that_cannot_be_read_again_stops_the_leave() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_recheck();
    walk.identify(Err(problem(ProblemKind::Unreachable, walk.now)));
    walk.all_is_well();
    assert_eq!(walk.calls, 0);
    assert!(matches!(walk.model.screen, Screen::Checklist));
}

#[test]
fn a_throttled_check_between_confirmation_and_call_is_waited_for() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_recheck();
    walk.identify(Ok(subject(ACCOUNT)));
    let throttled = Verdict::Unknown(problem(ProblemKind::Throttled, walk.now));
    walk.answer(0, throttled, Confidence::Proven);
    walk.all_is_well();
    assert!(matches!(walk.model.screen, Screen::Leaving(Leaving::Rechecking { .. })));
    walk.pause_ends();
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    assert_eq!(walk.calls, 1);
}

#[test]
fn a_throttled_identity_between_confirmation_and_call_is_waited_for_and_can_be_hastened() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_recheck();
    walk.identify(Err(problem(ProblemKind::Throttled, walk.now)));
    walk.all_is_well();
    assert!(matches!(walk.model.screen, Screen::Leaving(Leaving::Rechecking { .. })));
    walk.press(Key::Char('r'));
    walk.identify(Ok(subject(ACCOUNT)));
    assert_eq!(walk.calls, 1);
    walk.pause_ends();
    assert_eq!(walk.calls, 1, "the pause that was cut short has nothing left to do");
}

#[test]
fn a_throttled_identity_waits_by_itself_and_keeps_the_error_until_the_answer_is_in() {
    let mut walk = Walk::new(Mode::Guided);
    walk.connect(true);
    walk.identify(Err(problem(ProblemKind::Throttled, walk.now)));
    walk.all_is_well();
    assert_eq!(walk.model.identity.tries, 1);
    walk.pause_ends();
    assert!(walk.model.identity_problem.is_some());
    walk.identify(Ok(subject(ACCOUNT)));
    assert!(walk.model.identity_problem.is_none());
    assert_eq!(walk.model.identity, Row::default());
}

#[test]
fn a_leave_that_aws_puts_off_is_asked_for_again_after_every_check() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_is_put_off();
    assert!(matches!(walk.model.screen, Screen::Leaving(Leaving::Postponed { calls: 1, .. })));
    assert!(!walk.model.is_in_flight(), "AWS took nothing");
    walk.pause_ends();
    assert!(matches!(walk.model.screen, Screen::Leaving(Leaving::Rechecking { .. })));
    assert_eq!(walk.calls, 1);
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    assert_eq!(walk.calls, 2);
    walk.call_ends(LeaveAnswer::Accepted { request_id: None, at: walk.now });
    walk.look_says(Reading::Standalone(evidence(walk.now)));
    walk.look_says(Reading::Standalone(evidence(walk.now)));
    assert_eq!(walk.model.exit_code(), 0);
}

#[test]
fn the_pause_before_the_next_call_can_be_cut_short_and_stopped() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_is_put_off();
    walk.press(Key::Char('r'));
    assert!(matches!(walk.model.screen, Screen::Leaving(Leaving::Rechecking { .. })));
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    walk.call_is_put_off();
    walk.press(Key::Esc);
    assert!(matches!(walk.model.screen, Screen::Checklist));
    walk.pause_ends();
    assert!(matches!(walk.model.screen, Screen::Checklist), "nobody waits for it any more");
    assert_eq!((walk.calls, walk.model.exit_code()), (2, 7));
}

#[test]
fn aws_is_not_asked_again_for_ever_nor_on_a_confirmation_gone_stale() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    while !matches!(walk.model.screen, Screen::Outcome(_)) {
        walk.call_is_put_off();
        walk.pause_ends();
        walk.identify(Ok(subject(ACCOUNT)));
        walk.all_is_well();
    }
    assert_eq!(walk.calls, 5);
    assert!(matches!(walk.model.screen, Screen::Outcome(Outcome::Refused(_))));

    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_is_put_off();
    let (of, attempt) = *walk.retries.last().unwrap();
    let at = walk.now.checked_add(SignedDuration::from_secs(181)).unwrap();
    walk.tell(Message::RetryScheduled { of, attempt, at });
    assert!(
        matches!(walk.model.screen, Screen::Outcome(Outcome::Refused(_))),
        "a pause that outlasts the confirmation is not begun"
    );
}

#[test]
fn no_leave_is_begun_with_credentials_that_end_before_it_could_be_seen_through() {
    let needed = texts::rules().credentials.needed_seconds;
    let mut walk = Walk::new(Mode::Guided);
    walk.credentials_last(needed + 60);
    walk.reach_checklist();
    walk.attest_payment();
    assert!(walk.model.may_confirm());
    walk.now = walk.now.checked_add(SignedDuration::from_secs(61)).unwrap();
    walk.press(Key::Enter);
    assert!(matches!(walk.model.screen, Screen::Checklist));
    assert_eq!(walk.model.notice, Some(Notice::Failed(words::credentials_end_soon())));
    assert!(matches!(walk.model.locks()[..], [Lock::Credentials { .. }]));

    let mut walk = Walk::new(Mode::Guided);
    walk.credentials_last(needed + 60);
    walk.reach_typed_id();
    walk.now = walk.now.checked_add(SignedDuration::from_secs(61)).unwrap();
    walk.type_text(ACCOUNT);
    walk.press(Key::Enter);
    assert!(matches!(walk.model.screen, Screen::Checklist));

    let mut walk = Walk::new(Mode::Guided);
    walk.credentials_last(needed + 10);
    walk.reach_recheck();
    walk.now = walk.now.checked_add(SignedDuration::from_secs(190)).unwrap();
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    assert!(
        matches!(&walk.model.overlay, Some(Overlay::Changes { changes, .. }) if *changes == [gate::Change::CredentialsEndSoon])
    );
    assert_eq!(walk.calls, 0);
}

#[test]
fn checking_again_with_credentials_that_have_ended_reads_new_ones_first() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_checklist();
    walk.press(Key::Char('r'));
    walk.answer(0, Verdict::Unknown(problem(ProblemKind::ExpiredCredentials, walk.now)), Confidence::Proven);
    walk.press(Key::Char('r'));
    assert!(walk.connecting.is_some());
    walk.connect(true);
    assert_eq!(walk.checks.len(), StepId::ALL.len(), "with new credentials everything is read anew");
}

#[test]
fn what_was_said_comes_back_after_a_crash_until_it_expires() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_checklist();
    walk.attest_payment();
    let mut walk = walk.killed_and_started_again(3);
    walk.connect(true);
    walk.identify(Ok(subject(ACCOUNT)));
    assert_eq!(walk.model.before.as_ref().unwrap().words, 1);
    walk.all_is_well();
    walk.press(Key::Enter);
    assert!(walk.model.may_confirm(), "{:?}", walk.model.locks());

    let mut walk = walk.killed_and_started_again(22);
    walk.connect(true);
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    walk.press(Key::Enter);
    assert_eq!(walk.model.before.as_ref().unwrap().words, 0);
    assert!(matches!(walk.model.locks()[..], [Lock::Step(StepId::PaymentMethod)]));
}

#[test]
fn where_the_account_is_going_is_offered_again_and_not_taken_for_granted() {
    let mut walk = Walk::new(Mode::Guided);
    walk.connect(true);
    walk.identify(Ok(subject(ACCOUNT)));
    walk.press(Key::Down);
    walk.press(Key::Enter);
    let mut walk = walk.killed_and_started_again(1);
    walk.connect(true);
    walk.identify(Ok(subject(ACCOUNT)));
    assert!(matches!(walk.model.screen, Screen::Account));
    assert_eq!(walk.model.selected_destination(), crate::checklist::Destination::AnotherOrganization);
    assert_eq!(walk.model.checklist.destination, None);
}

#[test]
fn a_walk_that_ended_during_the_call_is_settled_before_anything_else() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    let mut walk = walk.killed_and_started_again(0);
    walk.connect(true);
    walk.identify(Ok(standalone()));
    let Screen::Leaving(Leaving::Verifying(verification)) = &walk.model.screen else { panic!("{:?}", walk.model.screen) };
    assert!(matches!(verification.answered, Answered::Interrupted { .. }));
    assert_eq!(walk.model.exit_code(), 8, "until it is known, it is not known");
    walk.look_says(Reading::Standalone(evidence(walk.now)));
    walk.look_says(Reading::Standalone(evidence(walk.now)));
    assert!(matches!(walk.model.screen, Screen::Outcome(Outcome::Left { .. })));
    assert_eq!((walk.model.exit_code(), walk.calls), (0, 1));

    let mut walk = walk.killed_and_started_again(0);
    walk.connect(true);
    walk.identify(Ok(standalone()));
    walk.identify(Ok(standalone()));
    assert!(matches!(walk.model.screen, Screen::Outcome(Outcome::AlreadyStandalone)), "that is settled");
    assert!(walk.model.before.as_ref().unwrap().left.is_some());
}

#[test]
fn a_call_that_had_no_effect_is_found_out_at_the_next_start_and_can_be_made_again() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    let mut walk = walk.killed_and_started_again(1);
    walk.connect(true);
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    assert!(walk.model.checklist.steps().all(|step| step.finding.is_none()), "nothing else goes on meanwhile");
    for _ in 0..5 {
        walk.look_says(still_a_member(walk.now));
    }
    assert!(matches!(walk.model.screen, Screen::Outcome(Outcome::StillMember { .. })), "{:?}", walk.model.screen);
    walk.press(Key::Enter);
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    walk.press(Key::Enter);
    assert!(walk.model.may_confirm(), "{:?}", walk.model.locks());
}

#[test]
fn a_review_settles_an_open_outcome_too() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    let (journal, is_open, calls, now) = (walk.journal, walk.is_open, walk.calls, walk.now);
    let mut walk = Walk::new(Mode::Review);
    (walk.journal, walk.is_open, walk.calls, walk.now, walk.run) = (journal, is_open, calls, now, 1);
    walk.connect(true);
    walk.identify(Ok(subject(ACCOUNT)));
    assert!(walk.model.is_in_flight());
}

#[test]
fn without_a_journal_everything_can_be_seen_and_nothing_said_or_sent() {
    let mut walk = Walk::new(Mode::Guided);
    walk.disk_works = false;
    walk.reach_checklist();
    walk.press(Key::Char('a'));
    assert!(walk.model.overlay.is_none());
    assert!(matches!(&walk.model.notice, Some(Notice::Failed(text)) if text.contains("no room left")));
    assert_eq!(walk.model.locks(), [Lock::Journal, Lock::Step(StepId::PaymentMethod)]);
    walk.disk_works = true;
    walk.press(Key::Char('R'));
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    walk.attest_payment();
    assert!(walk.model.may_confirm());
    let kinds: Vec<_> = walk.journal.iter().map(|line| &line.entry).collect();
    assert!(matches!(kinds[..2], [Entry::Opened { .. }, Entry::Identified { .. }]), "what waited comes in order: {kinds:?}");
    assert!(kinds.iter().any(|entry| matches!(entry, Entry::Found { .. })));
}

#[test]
fn an_intent_that_cannot_be_written_down_is_not_carried_out() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_recheck();
    walk.disk_works = false;
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    assert!(matches!(walk.model.screen, Screen::Outcome(Outcome::NeverSent(_)) | Screen::Checklist), "{:?}", walk.model.screen);
    assert!(walk.call.is_none());
}

#[test]
fn a_disk_that_fills_up_shuts_the_confirm_screen() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_typed_id();
    let problem = problem(ProblemKind::JournalFull, walk.now);
    walk.tell(Message::JournalFailed { account: ACCOUNT.parse().unwrap(), problem });
    assert!(matches!(walk.model.screen, Screen::Checklist));
    assert_eq!(walk.model.locks(), [Lock::Journal]);
    walk.press(Key::Char('q'));
    assert!(matches!(walk.model.overlay, Some(Overlay::Quit)), "what was said last may be in no journal");
}

#[test]
fn a_profile_with_mfa_asks_for_the_code_until_it_is_taken() {
    let mut walk = Walk::new(Mode::Guided);
    let needs_code = |walk: &mut Walk| {
        let attempt = walk.connecting.take().unwrap();
        let nothing =
            Unconnected { problem: problem(ProblemKind::MfaCodeNeeded, walk.now), sign_in: None, custom_endpoints: Vec::new() };
        walk.tell(Message::Connected { attempt, result: Err(nothing) });
    };
    needs_code(&mut walk);
    assert_eq!(Context::of(&walk.model), Context::Code);
    walk.type_text("12x3 45");
    walk.press(Key::Enter);
    assert!(walk.connecting.is_none(), "five digits are no code");
    walk.tell(Message::Pasted("6\n".to_owned()));
    assert!(walk.connecting.is_none(), "a paste submits nothing");
    walk.press(Key::Enter);
    assert_eq!(walk.code.take(), "123456".parse().ok());
    needs_code(&mut walk);
    assert!(matches!(&walk.model.overlay, Some(Overlay::Code { typed }) if typed.is_empty()), "each code works once");
    walk.press(Key::Esc);
    walk.press(Key::Char('r'));
    assert_eq!(walk.code, None);
    walk.connect(true);
    assert_eq!(walk.checks.len(), StepId::ALL.len());
}

#[test]
fn a_refusal_marks_its_step_and_what_was_said_of_it_no_longer_counts() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_ends(LeaveAnswer::Refused(Box::new(refusal(&[StepId::PaymentMethod], walk.now))));
    assert!(matches!(walk.model.screen, Screen::Outcome(Outcome::Refused(_))));
    assert_eq!(walk.model.exit_code(), 7);
    walk.press(Key::Char('r'));
    assert_eq!(walk.model.cursor, StepId::PaymentMethod);
    assert_eq!(walk.model.selected().standing(walk.now), Some(Standing::Unmet));
    walk.press(Key::Char('r'));
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    assert_eq!(walk.model.selected().standing(walk.now), Some(Standing::NeedsYou), "the old word must not come back");
}

#[test]
fn a_refusal_over_several_steps_accuses_none_of_them_but_takes_their_attestations_back() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_ends(LeaveAnswer::Refused(Box::new(refusal(&[StepId::SupportPlan, StepId::PaymentMethod], walk.now))));
    assert_eq!(walk.model.checklist.step(StepId::SupportPlan).standing(walk.now), Some(Standing::Met));
    assert_eq!(walk.model.checklist.step(StepId::PaymentMethod).standing(walk.now), Some(Standing::NeedsYou));
}

#[test]
fn a_lost_answer_is_settled_by_reading_and_never_by_a_second_call() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_ends(LeaveAnswer::Unknown(problem(ProblemKind::ConnectionLost, walk.now)));
    while walk.model.is_in_flight() {
        walk.now = walk.now.checked_add(SignedDuration::from_secs(9)).unwrap();
        walk.look_says(still_a_member(walk.now));
    }
    assert!(matches!(walk.model.screen, Screen::Outcome(Outcome::StillMember { .. })));
    assert_eq!(walk.calls, 1);
}

#[test]
fn what_cannot_be_read_stays_unknown_and_can_be_looked_at_again() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_ends(LeaveAnswer::Unknown(problem(ProblemKind::ConnectionLost, walk.now)));
    while walk.model.is_in_flight() {
        walk.now = walk.now.checked_add(SignedDuration::from_secs(9)).unwrap();
        walk.look_says(Reading::Unknown(problem(ProblemKind::Unreachable, walk.now)));
    }
    assert!(matches!(walk.model.screen, Screen::Outcome(Outcome::NotKnown(_))));
    assert_eq!(walk.model.exit_code(), 8);
    walk.press(Key::Char('r'));
    walk.look_says(Reading::Standalone(evidence(walk.now)));
    walk.look_says(Reading::Standalone(evidence(walk.now)));
    assert_eq!((walk.calls, walk.model.exit_code()), (1, 0));
}

#[test]
fn records_that_flap_are_not_taken_for_no_effect() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_ends(LeaveAnswer::Unknown(problem(ProblemKind::ConnectionLost, walk.now)));
    for look in 0.. {
        if !walk.model.is_in_flight() {
            break;
        }
        walk.now = walk.now.checked_add(SignedDuration::from_secs(10)).unwrap();
        walk.look_says(if look == 1 { Reading::Standalone(evidence(walk.now)) } else { still_a_member(walk.now) });
    }
    assert!(matches!(walk.model.screen, Screen::Outcome(Outcome::NotKnown(_))));
}

#[test]
fn a_clock_that_jumps_does_not_end_the_patience_after_one_look() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_ends(LeaveAnswer::Unknown(problem(ProblemKind::ConnectionLost, walk.now)));
    walk.now = walk.now.checked_add(SignedDuration::from_hours(20)).unwrap();
    walk.look_says(still_a_member(walk.now));
    assert!(walk.model.is_in_flight());
}

#[test]
fn an_unknown_outcome_is_read_for_the_same_account_after_signing_in_again() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_ends(LeaveAnswer::Unknown(problem(ProblemKind::ConnectionLost, walk.now)));
    while walk.model.is_in_flight() {
        walk.now = walk.now.checked_add(SignedDuration::from_secs(9)).unwrap();
        walk.look_says(Reading::Unknown(problem(ProblemKind::ExpiredCredentials, walk.now)));
    }
    walk.look_account = None;
    walk.press(Key::Char('r'));
    assert!(walk.connecting.is_some(), "credentials that have ended are not asked again");
    walk.connect(true);
    assert_eq!(walk.look_account.as_deref(), Some(ACCOUNT));
    assert!(walk.checks.is_empty());
}

#[test]
fn a_confirmation_goes_stale() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_recheck();
    walk.identify(Ok(subject(ACCOUNT)));
    walk.now = walk.now.checked_add(SignedDuration::from_mins(4)).unwrap();
    walk.all_is_well();
    assert_eq!(walk.calls, 0);
    assert!(
        matches!(&walk.model.overlay, Some(Overlay::Changes { changes, .. }) if changes.contains(&gate::Change::TookTooLong))
    );
}

#[test]
fn who_goes_to_the_shell_during_the_recheck_confirms_anew() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_recheck();
    walk.press(Key::Control('z'));
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    assert_eq!(walk.calls, 0);
    assert!(matches!(walk.model.screen, Screen::Checklist));
}

#[test]
fn new_credentials_during_the_recheck_end_it() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_typed_id();
    walk.type_text(ACCOUNT);
    walk.tell(Message::SignInEnded(Ok(String::new())));
    walk.press(Key::Enter);
    walk.connect(true);
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    assert_eq!(walk.calls, 0);
    assert!(matches!(walk.model.screen, Screen::Checklist));
}

#[test]
fn an_organization_that_cannot_be_read_again_is_waited_for_while_aws_throttles() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_recheck();
    walk.identify(Ok(Subject { membership: Membership::Unknown, ..subject(ACCOUNT) }));
    let at = walk.checks.iter().position(|(_, step)| *step == StepId::Membership).unwrap();
    walk.answer(at, Verdict::Unknown(problem(ProblemKind::Throttled, walk.now)), Confidence::Proven);
    walk.all_is_well();
    walk.pause_ends();
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    assert_eq!(walk.calls, 1);
}

#[test]
fn what_was_said_over_one_reason_does_not_stand_over_another_and_does_not_come_back() {
    let now = Timestamp::from_second(1_800_000_000).unwrap();
    let make =
        |rule: &str, verdict: Verdict| Draft::new(StepId::Permission, rule, verdict).predicted().finish(Partition::Aws, now);
    let mut step = crate::checklist::Step::new(StepId::Permission);
    step.record(make("leave-denied-by-boundary", Verdict::Unmet));
    step.attest("maria", "the boundary goes at noon", now).unwrap();
    assert_eq!(step.standing(now), Some(Standing::Attested));
    step.record(finding(StepId::Permission, Verdict::Unknown(problem(ProblemKind::Throttled, now)), Confidence::Proven, now));
    assert_eq!(step.standing(now), Some(Standing::Unknown));
    step.record(make("leave-denied-by-boundary", Verdict::Unmet));
    assert_eq!(step.standing(now), Some(Standing::Attested), "a check that found out nothing takes nothing away");
    step.record(make("leave-denied-by-service-control-policy", Verdict::Unmet));
    assert_eq!(step.standing(now), Some(Standing::Unmet));
    step.record(make("leave-denied-by-boundary", Verdict::Unmet));
    assert_eq!(step.standing(now), Some(Standing::Unmet));
}

#[test]
fn a_refusal_stays_in_sight_until_it_is_proven_to_be_put_right() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_call();
    walk.call_ends(LeaveAnswer::Refused(Box::new(refusal(&[StepId::PaymentMethod], walk.now))));
    walk.press(Key::Char('r'));
    walk.press(Key::Char('R'));
    walk.identify(Ok(subject(ACCOUNT)));
    walk.all_is_well();
    walk.attest_payment();
    walk.press(Key::Enter);
    let Screen::Confirm(confirming) = &walk.model.screen else { panic!("{:?}", walk.model.screen) };
    assert!(confirming.items.contains(&gate::Acknowledgement::Refused(StepId::PaymentMethod)));
}

#[test]
fn nothing_is_typed_into_a_window_that_shows_nothing() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_typed_id();
    walk.model.laid_out(Overflow { is_hidden: true, ..Overflow::default() });
    walk.type_text(ACCOUNT);
    walk.press(Key::Enter);
    assert_eq!(Context::of(&walk.model), Context::TypedId);
    walk.model.laid_out(Overflow::default());
    walk.press(Key::Enter);
    assert_eq!(Context::of(&walk.model), Context::TypedId, "the digits were not taken either");
}

#[test]
fn a_proven_unmet_step_cannot_be_attested_over() {
    let mut walk = Walk::new(Mode::Guided);
    walk.connect(true);
    walk.identify(Ok(subject(ACCOUNT)));
    let at = walk.checks.iter().position(|(_, step)| *step == StepId::DelegatedAdministrator).unwrap();
    walk.answer(at, Verdict::Unmet, Confidence::Proven);
    walk.all_is_well();
    walk.press(Key::Enter);
    walk.attest_payment();
    assert_eq!(walk.model.cursor, StepId::DelegatedAdministrator);
    walk.press(Key::Char('a'));
    assert!(walk.model.overlay.is_none());
    walk.press(Key::Enter);
    assert!(matches!(walk.model.screen, Screen::Checklist));
}

#[test]
fn going_on_without_proof_takes_a_reason_and_is_shown_again_before_the_confirmation() {
    let mut walk = Walk::new(Mode::Guided);
    walk.connect(true);
    walk.identify(Ok(subject(ACCOUNT)));
    let at = walk.checks.iter().position(|(_, step)| *step == StepId::Permission).unwrap();
    walk.answer(at, Verdict::Unmet, Confidence::Predicted);
    walk.all_is_well();
    walk.press(Key::Enter);
    assert_eq!(walk.model.cursor, StepId::Permission);
    walk.press(Key::Char('a'));
    walk.press(Key::Enter);
    assert!(matches!(walk.model.overlay, Some(Overlay::Note { refused: Some(_), .. })), "a reason is required");
    walk.type_text("the owner lifted it a minute ago");
    walk.press(Key::Enter);
    walk.attest_payment();
    walk.press(Key::Enter);
    let Screen::Confirm(confirming) = &walk.model.screen else { panic!("{:?}", walk.model.screen) };
    assert!(confirming.items.contains(&gate::Acknowledgement::Override(StepId::Permission)));
}

#[test]
fn escape_keeps_the_text_of_a_note_and_q_asks_before_it_loses_one() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_checklist();
    walk.press(Key::Char('a'));
    walk.type_text("card ends in 4242");
    walk.press(Key::Esc);
    walk.press(Key::Char('q'));
    assert!(walk.model.exit.is_none() && matches!(walk.model.overlay, Some(Overlay::Quit)));
    walk.press(Key::Esc);
    walk.press(Key::Char('a'));
    walk.press(Key::Enter);
    assert_eq!(
        walk.model.checklist.step(StepId::PaymentMethod).attestation.as_ref().unwrap().note.as_deref(),
        Some("card ends in 4242")
    );
}

#[test]
fn an_account_that_is_standalone_already_is_a_success_that_says_so() {
    let mut walk = Walk::new(Mode::Guided);
    walk.connect(true);
    walk.identify(Ok(standalone()));
    assert!(matches!(walk.model.screen, Screen::Account), "one answer is not enough: records can flap");
    walk.identify(Ok(standalone()));
    assert!(matches!(walk.model.screen, Screen::Outcome(Outcome::AlreadyStandalone)));
    assert_eq!(walk.model.exit_code(), 0);
    walk.press(Key::Char('r'));
    walk.identify(Ok(subject(ACCOUNT)));
    assert!(matches!(walk.model.screen, Screen::Account));
}

#[test]
fn a_review_never_opens_the_confirm_screen() {
    let mut walk = Walk::new(Mode::Review);
    walk.reach_checklist();
    walk.press(Key::Char('G'));
    for _ in 0..StepId::ALL.len() {
        walk.press(Key::Char('a'));
        walk.press(Key::Enter);
        walk.press(Key::Up);
    }
    walk.press(Key::Enter);
    assert!(matches!(walk.model.screen, Screen::Checklist));
}

#[test]
fn no_credentials_can_be_tried_again_from_the_keyboard() {
    let mut walk = Walk::new(Mode::Guided);
    walk.connect(false);
    assert_eq!(walk.model.exit_code(), 3);
    walk.press(Key::Char('r'));
    assert!(walk.model.connection_problem().is_some(), "the old error stays until the new attempt ends");
    walk.connect(true);
    assert!(walk.model.connection_problem().is_none());
    assert_eq!(walk.checks.len(), StepId::ALL.len());
}

#[test]
fn an_expired_word_locks_the_gate_again() {
    let mut walk = Walk::new(Mode::Guided);
    walk.reach_typed_id();
    walk.now = walk.now.checked_add(SignedDuration::from_hours(25)).unwrap();
    walk.type_text(ACCOUNT);
    walk.press(Key::Enter);
    assert!(matches!(walk.model.screen, Screen::Checklist));
    assert_eq!(walk.calls, 0);
}

/// Everything that can happen to a walk.
#[derive(Debug, Clone)]
pub(crate) enum Happening {
    Press(Key, bool),
    Paste,
    TypeTheId,
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
    /// Whatever brings the walk on: without it, few random walks would ever reach the call.
    Onward,
}

fn key() -> impl Strategy<Value = Key> {
    let letters = prop::sample::select(" aqrRsleoy?jkGgn0123456789-x".chars().collect::<Vec<_>>()).prop_map(Key::Char);
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
        3 => Just(Happening::SeeEverything),
        3 => Just(Happening::AttestSelected),
        2 => prop::bool::weighted(0.8).prop_map(Happening::Connect),
        3 => (0_u8..12).prop_map(Happening::Identify),
        4 => (any::<usize>(), 0_u8..8, any::<bool>()).prop_map(|(at, verdict, predicted)| Happening::Answer(at, verdict, predicted)),
        4 => Just(Happening::AllIsWell),
        1 => any::<usize>().prop_map(Happening::RetryDue),
        2 => (0_u8..5).prop_map(Happening::CallEnds),
        3 => (0_u8..3).prop_map(Happening::LookSays),
        1 => prop::sample::select(vec![1_i64, 60, 90_000]).prop_map(Happening::TimePasses),
        2 => (0_u8..60).prop_map(Happening::Stale),
        1 => Just(Happening::SignedIn),
        1 => prop::bool::weighted(0.6).prop_map(Happening::DiskWorks),
        1 => prop::sample::select(vec![0_i64, 1, 30]).prop_map(Happening::Killed),
        20 => Just(Happening::Onward),
    ]
}

impl Walk {
    pub(crate) fn happen(&mut self, happening: &Happening) {
        let now = self.now;
        match happening {
            Happening::Press(key, is_repeat) => self.tell(Message::Pressed(KeyPress { key: *key, is_repeat: *is_repeat })),
            Happening::Paste => self.tell(Message::Pasted(ACCOUNT.to_owned())),
            Happening::TypeTheId => {
                if Context::of(&self.model) == Context::TypedId {
                    self.type_text(ACCOUNT);
                    self.press(Key::Enter);
                }
            }
            Happening::SeeEverything => {
                for _ in 0..30 {
                    if Context::of(&self.model) == Context::Consequences {
                        self.press(Key::Char(' '));
                    }
                }
            }
            Happening::AttestSelected => {
                if matches!(Context::of(&self.model), Context::Steps | Context::Detail) {
                    self.press(Key::Char('a'));
                    if Context::of(&self.model) == Context::Note {
                        self.type_text("why not");
                        self.press(Key::Enter);
                    }
                }
            }
            Happening::Connect(works) => self.connect(*works),
            Happening::Identify(0) => self.identify(Ok(subject(OTHER))),
            Happening::Identify(1) => self.identify(Err(problem(ProblemKind::ExpiredCredentials, now))),
            Happening::Identify(2) => self.identify(Ok(standalone())),
            Happening::Identify(3) => self.identify(Err(problem(ProblemKind::Throttled, now))),
            Happening::Identify(_) => self.identify(Ok(subject(ACCOUNT))),
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
                    self.tell(Message::RetryDue { of, attempt });
                }
            }
            Happening::CallEnds(4) => self.call_is_put_off(),
            Happening::CallEnds(how) => self.call_ends(match how {
                0 => LeaveAnswer::Accepted { request_id: None, at: now },
                1 => LeaveAnswer::Refused(Box::new(refusal(&[StepId::Permission], now))),
                2 => LeaveAnswer::NeverSent(problem(ProblemKind::Unreachable, now)),
                _ => LeaveAnswer::Unknown(problem(ProblemKind::TimedOut, now)),
            }),
            Happening::LookSays(what) => self.look_says(match what {
                0 => Reading::Standalone(evidence(now)),
                1 => still_a_member(now),
                _ => Reading::Unknown(problem(ProblemKind::ServiceFailure, now)),
            }),
            Happening::TimePasses(seconds) => self.now = now.checked_add(SignedDuration::from_secs(*seconds)).unwrap(),
            Happening::Stale(which) => self.late_answer_changes_nothing(*which),
            Happening::DiskWorks(works) => self.disk_works = *works,
            Happening::Killed(hours) => {
                let next = Self::new(self.model.setting.mode);
                *self = std::mem::replace(self, next).killed_and_started_again(*hours);
            }
            Happening::SignedIn => self.tell(Message::SignInEnded(Ok(String::new()))),
            Happening::Onward => self.onward(),
        }
    }

    fn onward(&mut self) {
        if self.connecting.is_some() {
            return self.connect(true);
        }
        if self.subject.is_some() {
            return self.identify(Ok(subject(ACCOUNT)));
        }
        if !self.checks.is_empty() {
            return self.all_is_well();
        }
        let now = self.now;
        match Context::of(&self.model) {
            Context::Consequences => self.happen(&Happening::SeeEverything),
            Context::TypedId => self.happen(&Happening::TypeTheId),
            Context::Steps | Context::Detail if self.model.may_confirm() => self.press(Key::Enter),
            Context::Steps | Context::Detail if self.model.selected().is_settled(now) => self.press(Key::Enter),
            Context::Steps | Context::Detail if self.model.session().is_none() => self.press(Key::Char('r')),
            Context::Steps | Context::Detail if !self.model.record.is_open() => {
                self.disk_works = true;
                self.press(Key::Char('R'));
            }
            Context::Steps | Context::Detail => self.happen(&Happening::AttestSelected),
            Context::Help | Context::Evidence | Context::QuitQuestion => self.press(Key::Esc),
            Context::Sent if self.call.is_some() => self.call_ends(LeaveAnswer::Accepted { request_id: None, at: now }),
            Context::Sent => self.look_says(Reading::Standalone(evidence(now))),
            _ => self.press(Key::Enter),
        }
    }

    /// An answer to a try that nobody waits for any more.
    fn late_answer_changes_nothing(&mut self, which: u8) {
        // A number that was given out once, and that nobody waits for now.
        let awaited = |attempt: &Attempt| {
            self.checks.iter().any(|(out, _)| out == attempt)
                || self.retries.iter().any(|(_, out)| out == attempt)
                || [self.connecting, self.subject, self.call.as_ref().map(|(call, _)| *call), self.look].contains(&Some(*attempt))
        };
        let given = (0..=self.model.attempts.0).rev().map(Attempt);
        let attempt = given.filter(|attempt| !awaited(attempt)).nth(usize::from(which) / 6).unwrap_or(Attempt(u64::MAX));
        let message = match which % 6 {
            0 => Message::Connected { attempt, result: Ok(SessionFacts::default()) },
            1 => Message::SubjectRead { attempt, result: Ok(subject(OTHER)) },
            2 => Message::CheckFinished {
                attempt,
                finding: finding(StepId::Permission, Verdict::Met, Confidence::Proven, self.now),
            },
            3 => Message::RetryDue { of: Asked::Step(StepId::Permission), attempt },
            4 => Message::LeaveAnswered { attempt, answer: LeaveAnswer::Accepted { request_id: None, at: self.now } },
            _ => Message::MembershipRead { attempt, reading: Reading::Standalone(evidence(self.now)) },
        };
        self.model.now = self.now;
        let before = format!("{:?}", self.model);
        let effects = self.model.update(message, self.now);
        assert!(effects.is_empty(), "{effects:?}");
        assert_eq!(before, format!("{:?}", self.model));
    }

    fn check_the_rules(&self) {
        let in_flight = self.model.is_in_flight();
        assert_eq!(in_flight, self.call.is_some() || self.look.is_some() && in_flight, "an open call that nobody waits for");
        if let Screen::Outcome(Outcome::Left { .. }) = self.model.screen {
            assert!(self.calls > 0, "nothing was sent, so nothing can have left");
        }
        for step in StepId::ALL {
            let row = self.model.row(step);
            if let Some(attempt) = row.running {
                let is_kept = self.model.unattributed.iter().any(|(kept, finding)| *kept == attempt && finding.step == step);
                assert!(is_kept || self.checks.contains(&(attempt, step)), "{step} runs for ever");
            }
            let awaited = row.waiting.is_none_or(|attempt| self.retries.contains(&(Asked::Step(step), attempt)));
            assert!(awaited, "{step} waits for ever");
        }
        let identity = &self.model.identity;
        assert!(identity.running.is_none_or(|attempt| self.subject == Some(attempt)), "the identity is read for ever");
        let awaited = identity.waiting.is_none_or(|attempt| self.retries.contains(&(Asked::Subject, attempt)));
        assert!(awaited, "the identity waits for ever");
        if let Screen::Leaving(Leaving::Postponed { attempt, .. }) = self.model.screen {
            assert!(self.retries.contains(&(Asked::Leave, attempt)), "the leave waits for ever");
        }
        if matches!(self.model.screen, Screen::OtherAccount { .. }) {
            assert!(!self.model.may_confirm());
        }
    }
}

/// Runs random walks of one mode, and says how many of them got as far as the call.
fn random_walks(mode: Mode, cases: u32) -> usize {
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let called = std::cell::Cell::new(0);
    let walked = TestRunner::new(config).run(&prop::collection::vec(happening(), 1..120), |happenings| {
        let mut walk = Walk::new(mode);
        for happening in &happenings {
            if walk.model.exit.is_some() {
                break;
            }
            walk.happen(happening);
            walk.check_the_rules();
        }
        called.set(called.get() + usize::from(walk.calls > 0));
        Ok(())
    });
    walked.unwrap();
    called.get()
}

#[test]
fn nothing_that_happens_opens_the_gate_calls_twice_or_leaves_a_row_running() {
    let called = random_walks(Mode::Guided, 400);
    assert!(called > 50, "only {called} of 400 walks came as far as the call: the rules around it were hardly tried");
}

#[test]
fn a_review_asks_for_no_leave_whatever_happens() {
    assert_eq!(random_walks(Mode::Review, 200), 0);
}

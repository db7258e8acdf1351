//! A walk with a clock, an AWS and a disk that the tests play: what a driver would do, and the rules that no effect may break.

mod contact;
mod contradictions;
mod departures;
mod deregister;
mod guided;
mod owner;
mod phone;
pub(crate) mod random;
mod refusals;
mod resuming;
mod trouble;
mod typing;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::aws::{ContactOnFile, LeaveAnswer, MfaCode, Reading};
use crate::checklist::gate;
use crate::checklist::{
    AccountDetails, AccountId, Attestable, Confidence, Contact, ContactField, Deregistration, Draft, Evidence, Finding, Fix,
    FixAnswer, FixRefusal, Identity, Membership, Organization, OwnerProof, Partition, Problem, ProblemKind, Refusal, Retry,
    Standing, StepId, Subject, Verdict, VerdictKind, texts,
};
use crate::departure::{
    self, Answered, Asked, Attempt, Connection, DepartureId, Event, LastOutcome, LastRequest, Leave, Lock, Mode, Opened, Outcome,
    Row, SessionFacts, Unconnected,
};
use crate::journal::{Entry, Intent, Line, Past};

pub(crate) const ACCOUNT: &str = "412098765432";
const OTHER: &str = "999988887777";
/// The account that owns the organization.
const OWNER: &str = "305611223344";
/// The number on file, as the checks read it.
const NUMBER: &str = "+49 69 5550 0100";
/// What is delegated to the account, where the check finds that something is.
const SERVICES: [&str; 3] = ["config.amazonaws.com", "guardduty.amazonaws.com", "securityhub.amazonaws.com"];
/// A name that would clear the screen, turn the line around and push everything else off it.
pub(crate) const HOSTILE_NAME: &str = "\u{1b}[2J\u{202e}支払い本番\u{7}\n{{ 7 * 6 }} e\u{301}\u{1f469}\u{200d}\u{1f4bb} a very long name that goes on and on and on";

/// A walk with a clock of its own, and everything it asked for and has not been told yet.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about a world that the tests play")]
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
    /// What the disk did not take, and is kept for it.
    kept: Vec<(AccountId, Entry)>,
    /// Whether a journal takes its time to open; then [`Self::journal_opens`] ends it.
    is_slow_to_open: bool,
    opening: Option<(Attempt, AccountId, Vec<String>)>,
    /// A call whose outcome nobody has told yet.
    is_open: bool,
    /// What is true over there: whether a call has taken the account out.
    is_gone: bool,
    called_at: Option<Timestamp>,
    /// The changes that AWS was asked for and has not answered.
    fixes: Vec<(Attempt, Fix)>,
    /// When a code was last asked for, while it was not voided.
    code_asked_at: Option<Timestamp>,
    /// The contact information is being read.
    contact_read: Option<Attempt>,
    /// AWS is being asked whose this profile is.
    owner_asked: Option<(Attempt, String)>,
    /// What AWS has proven over the present connection.
    proof: Option<OwnerProof>,
    /// Everything that arrived at the field for the account ID since it opened.
    arrived: typing::Arrived,
    /// How often the front end was told to forget what was typed ahead.
    discards: usize,
    met: Met,
}

/// What a random walk came past: rules around it were tried.
#[derive(Debug, Clone, Copy, Default)]
struct Met {
    calls: usize,
    put_off: usize,
    left: usize,
    killed_in_flight: usize,
    settled_after_a_kill: usize,
    words_that_came_back: usize,
    other_account: usize,
    journal_lost: usize,
    still_a_member: usize,
    codes: usize,
    reviews_of_what_could_leave: usize,
    /// Words without a reason, where one was asked for.
    empty_words_turned_down: usize,
    /// Moments on the confirm screen of an account whose way in only a person vouches for.
    confirmed_over_a_written_way_in: usize,
    fixes: usize,
    deregistrations: usize,
    codes_handed_in: usize,
    typed_whole: usize,
    typed_in_groups: usize,
}

impl Walk {
    pub(crate) fn new(mode: Mode) -> Self {
        let setting =
            Setting { mode, practice: None, profile: ProfileWish::Chain, person: "maria".to_owned(), management_profile: None };
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
            kept: Vec::new(),
            is_slow_to_open: false,
            opening: None,
            is_open: false,
            is_gone: false,
            called_at: None,
            fixes: Vec::new(),
            code_asked_at: None,
            contact_read: None,
            owner_asked: None,
            proof: None,
            arrived: typing::Arrived::default(),
            discards: 0,
            met: Met::default(),
        };
        let effects = walk.model.begin();
        walk.note(effects);
        walk
    }

    /// The program is killed at this very moment, and started again `hours` later.
    fn killed_and_started_again(self, hours: i64) -> Self {
        let mut next = Self::new(self.model.departure.mode);
        next.now = self.now.checked_add(SignedDuration::from_hours(hours)).unwrap();
        (next.journal, next.run, next.is_open, next.calls) = (self.journal, self.run + 1, self.is_open, self.calls);
        (next.is_gone, next.called_at, next.is_slow_to_open) = (self.is_gone, self.called_at, self.is_slow_to_open);
        next.met = self.met;
        next.met.killed_in_flight += usize::from(self.is_open);
        next
    }

    /// The journal of `walk`, as another start finds it.
    fn going_on_from(mut self, walk: &Self) -> Self {
        (self.journal, self.run, self.now) = (walk.journal.clone(), walk.run + 1, walk.now);
        self
    }

    fn past(&self, account: &AccountId, endpoints: &[String]) -> Past {
        let lines = self.journal.iter().filter(|line| line.account == *account);
        Past::of(account, endpoints, self.now, lines.cloned())
    }

    fn write(&mut self, account: AccountId, entry: Entry) {
        self.journal.push(Line { v: 1, at: self.now, run: self.run.to_string(), account, entry });
    }

    pub(crate) fn tell(&mut self, message: Message) {
        self.now = self.now.checked_add(SignedDuration::from_millis(10)).unwrap();
        self.tell_now(message);
    }

    /// Tells it at the present moment: no time has gone by since what happened before.
    fn tell_now(&mut self, message: Message) {
        if let Message::Of(_, Event::Connected { .. }) = message {
            // Whatever was read before was read with other credentials.
            self.read_since_confirmation = None;
            self.proof = None;
        }
        let before = self.arrives_at_the_field(&message);
        let effects = self.model.update(message, self.now);
        self.check_what_was_typed(before, &effects);
        self.note(effects);
    }

    /// What a driver would remember of the effects, and the rules that no effect may break.
    fn note(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Of(_, departure::Effect::OpenJournal { attempt, account, endpoints }) => {
                    self.opening = Some((attempt, account, endpoints));
                    if !self.is_slow_to_open {
                        self.journal_opens();
                    }
                }
                Effect::Of(_, departure::Effect::Record { entry, .. }) => {
                    let account = self.model.departure.checklist.subject.as_ref().unwrap().identity.account.clone();
                    let waited = !self.kept.is_empty();
                    self.kept.push((account.clone(), *entry));
                    if !self.disk_works {
                        let problem = problem(ProblemKind::JournalFull, self.now);
                        self.tell(Message::Of(DepartureId::default(), Event::JournalFailed { account, problem }));
                    } else if self.opening.is_none() {
                        self.write_what_was_kept(&account);
                        if waited {
                            self.tell(Message::Of(
                                DepartureId::default(),
                                Event::JournalRecovered { account, path: String::new() },
                            ));
                        }
                    }
                }
                Effect::Of(_, departure::Effect::Connect { attempt, code, .. }) => {
                    self.connecting = Some(attempt);
                    self.code = code;
                }
                Effect::Of(_, departure::Effect::RunChecks { attempt, steps }) => {
                    self.subject = Some(attempt);
                    self.checks.retain(|(_, step)| !steps.contains(step));
                    self.checks.extend(steps.iter().map(|step| (attempt, *step)));
                    if matches!(self.model.departure.leave, Leave::Rechecking { .. }) && steps.len() == StepId::ALL.len() {
                        self.read_since_confirmation = Some(Vec::new());
                        self.identity_since_confirmation = false;
                    }
                }
                Effect::Of(_, departure::Effect::ScheduleRetry { of, attempt, .. }) => self.retries.push((of, attempt)),
                Effect::Of(_, departure::Effect::Leave { attempt, token }) => {
                    assert_eq!(self.model.departure.mode, Mode::Guided);
                    assert!(gate::locked_by(&self.model.departure.checklist, self.now).is_empty(), "the gate was shut");
                    let subject = self.model.departure.checklist.subject.as_ref().unwrap();
                    assert_eq!(token.account(), &subject.identity.account);
                    assert_eq!(token.principal(), subject.identity.arn);
                    let read = self.read_since_confirmation.take().expect("nothing was confirmed");
                    assert!(StepId::ALL.iter().all(|step| read.contains(step)), "not everything was read again: {read:?}");
                    assert!(self.identity_since_confirmation, "nobody asked again who we are");
                    let knows = token.confirmation().acknowledged().contains(&gate::Acknowledgement::OpenRequest);
                    assert!(
                        self.call.is_none() && self.look.is_none() && (!self.is_open || knows),
                        "a second call while the first was open, and nobody said so"
                    );
                    assert!(!self.is_gone, "asked again after it had worked");
                    assert!(self.model.departure.record.is_open(), "a leave that rests on no journal");
                    if !self.disk_works {
                        let problem = problem(ProblemKind::JournalFull, self.now);
                        self.tell(Message::Of(
                            DepartureId::default(),
                            Event::LeaveAnswered { attempt, answer: LeaveAnswer::NeverSent(problem) },
                        ));
                        continue;
                    }
                    self.write(token.account().clone(), Entry::Intended(Intent::from(&token)));
                    self.is_open = true;
                    self.called_at = Some(self.now);
                    self.call = Some((attempt, token));
                    self.calls += 1;
                    self.met.calls += 1;
                }
                Effect::Of(_, departure::Effect::Apply { attempt, fix, .. }) => self.note_fix(attempt, fix),
                Effect::Of(_, departure::Effect::ReadContact { attempt }) => self.contact_read = Some(attempt),
                Effect::Of(_, departure::Effect::ConnectOwner { attempt, profile }) => {
                    self.owner_asked = Some((attempt, profile));
                }
                Effect::Of(_, departure::Effect::LookAtMembership { attempt, account, .. }) => {
                    self.look = Some(attempt);
                    self.look_account = Some(account.to_string());
                }
                Effect::DiscardTypeAhead => self.discards += 1,
                _ => {}
            }
        }
    }

    /// The rules of every change: never in a review, never without a journal, only from the screen that is made for it.
    fn note_fix(&mut self, attempt: Attempt, fix: Fix) {
        let model = &self.model;
        assert_eq!(model.departure.mode, Mode::Guided, "a review changes nothing");
        assert!(model.departure.record.is_open(), "a change that rests on no journal");
        assert!(
            model.departure.is_identified && model.departure.session().is_some(),
            "a change, and nobody knows whose account it is"
        );
        let subject = model.departure.checklist.subject.as_ref().unwrap();
        match (&fix, &model.screen, &model.overlay) {
            (Fix::Contact { contact, changed }, Screen::Contact(form), None) => {
                assert_eq!(form.stage, ContactStage::Saving(attempt));
                assert!(contact.problems().is_empty(), "what AWS would not take");
                assert_eq!(**contact, form.contact());
                assert_eq!(*changed, form.differences().iter().map(|difference| difference.field).collect::<Vec<_>>());
                assert!(!changed.is_empty());
            }
            (Fix::SendCode, Screen::Checklist, Some(Overlay::Phone(check))) => {
                assert_eq!(check.stage, PhoneStage::Sending(attempt));
            }
            (Fix::VerifyPhone(code), Screen::Checklist, Some(Overlay::Phone(check))) => {
                let PhoneStage::Verifying { attempt: awaited, typed } = &check.stage else { panic!("{check:?}") };
                assert_eq!((*awaited, typed.0.as_str()), (attempt, code.as_str()));
                let age = self.now.duration_since(self.code_asked_at.expect("no code was asked for")).as_secs();
                assert!(age <= 300 + 60, "a code that is {age} seconds old");
            }
            (Fix::Deregister(confirmed), Screen::Deregister(state), None) => {
                assert_eq!(state.stage, DeregisterStage::Calling(attempt));
                assert_eq!(state.typed, Deregistration::word(confirmed.service()), "a word that nobody typed");
                let organization = subject.organization().unwrap();
                let proof = self.proof.as_ref().expect("nobody has proven whose the owner's credentials are");
                assert_eq!(*confirmed.account(), subject.identity.account);
                assert_eq!((confirmed.organization(), confirmed.owner()), (proof.organization.as_str(), &proof.account));
                assert_eq!(confirmed.organization(), organization.id);
                assert_eq!(Some(confirmed.owner()), organization.management_account.as_ref());
            }
            other => panic!("a change from no screen of its own: {other:?}"),
        }
        if matches!(fix, Fix::SendCode) {
            self.code_asked_at = Some(self.now);
        }
        self.met.fixes += 1;
        self.met.deregistrations += usize::from(matches!(fix, Fix::Deregister(_)));
        self.met.codes_handed_in += usize::from(matches!(fix, Fix::VerifyPhone(_)));
        self.fixes.push((attempt, fix));
    }

    /// The change that was asked for last is answered.
    pub(crate) fn fix_ends(&mut self, answer: FixAnswer) {
        let Some((attempt, fix)) = self.fixes.pop() else { return };
        self.tell(Message::Of(DepartureId::default(), Event::FixAnswered { attempt, fix: fix.record(), answer }));
    }

    pub(crate) fn contact_is(&mut self, result: Result<Option<Contact>, Problem>) {
        let Some(attempt) = self.contact_read.take() else { return };
        let on_file = |contact| ContactOnFile { contact, status: Some("UNVERIFIED".to_owned()) };
        self.tell(Message::Of(
            DepartureId::default(),
            Event::ContactRead { attempt, result: result.map(|contact| contact.map(on_file)) },
        ));
    }

    pub(crate) fn owner_is(&mut self, result: Result<OwnerProof, Problem>) {
        let Some((attempt, profile)) = self.owner_asked.take() else { return };
        if matches!(&self.model.departure.owner.asking, Some(asking) if asking.attempt == attempt) {
            self.proof = result.clone().ok();
        }
        self.tell(Message::Of(DepartureId::default(), Event::OwnerMet { attempt, profile, endpoints: Vec::new(), result }));
    }

    /// The checklist, on the contact information, which needs a person.
    pub(crate) fn reach_contact(&mut self) {
        self.reach_checklist_with(|step| match step {
            StepId::ContactInformation | StepId::PaymentMethod => Verdict::NeedsYou,
            StepId::DelegatedAdministrator => Verdict::Unmet,
            _ => Verdict::Met,
        });
        self.go_to(StepId::ContactInformation);
    }

    pub(crate) fn reach_delegated(&mut self) {
        self.reach_contact();
        self.go_to(StepId::DelegatedAdministrator);
    }

    fn reach_checklist_with(&mut self, verdict: fn(StepId) -> Verdict) {
        self.connect(true);
        self.identify(Ok(subject(ACCOUNT)));
        while let Some((_, step)) = self.checks.first().copied() {
            self.answer(0, verdict(step), Confidence::Proven);
        }
        self.press(Key::Enter);
    }

    pub(crate) fn go_to(&mut self, step: StepId) {
        self.press(Key::Home);
        for _ in 0..step.index() {
            self.press(Key::Down);
        }
        assert_eq!(self.model.cursor, step);
    }

    /// The steps of which a check is awaited.
    fn awaited_checks(&self) -> Vec<StepId> {
        self.checks.iter().map(|(_, step)| *step).collect()
    }

    /// What the journal holds of changes: which, and how each was answered.
    fn fixes_told(&self) -> Vec<String> {
        let told = |line: &Line| match &line.entry {
            Entry::FixAnswered { fix, answer } => {
                let answer = serde_json::to_value(answer).unwrap()["outcome"].as_str().unwrap().to_owned();
                Some(format!("{:?} {answer}", fix.kind()))
            }
            _ => None,
        };
        self.journal.iter().filter_map(told).collect()
    }

    fn notice(&self) -> &str {
        self.model.notice.as_ref().map(Notice::text).unwrap_or_default()
    }

    pub(crate) fn paste(&mut self, text: &str) {
        self.tell(Message::Pasted(text.to_owned()));
    }

    fn hold(&mut self, key: Key) {
        self.tell(Message::Pressed(KeyPress { key, is_repeat: true }));
    }

    /// New credentials are looked for, as after a sign-in.
    fn credentials_change(&mut self) {
        self.tell(Message::SignInEnded(Ok(String::new())));
    }

    pub(crate) fn press(&mut self, key: Key) {
        self.tell(Message::Pressed(key.into()));
    }

    pub(crate) fn type_text(&mut self, text: &str) {
        for character in text.chars() {
            self.press(Key::Char(character));
        }
    }

    fn connect(&mut self, works: bool) {
        let Some(attempt) = self.connecting.take() else { return };
        let nothing =
            Unconnected { problem: problem(ProblemKind::NoCredentials, self.now), sign_in: None, endpoints: Vec::new() };
        let end = self.credentials_last.map(|seconds| self.now.checked_add(SignedDuration::from_secs(seconds)).unwrap());
        self.met.codes += usize::from(self.code.take().is_some());
        let result = if works { Ok(SessionFacts { expires_at: end, ..SessionFacts::default() }) } else { Err(nothing) };
        self.tell(Message::Of(DepartureId::default(), Event::Connected { attempt, result }));
    }

    /// The profile's role asks for a code.
    fn asks_for_a_code(&mut self) {
        let Some(attempt) = self.connecting.take() else { return };
        let problem = problem(ProblemKind::MfaCodeNeeded, self.now);
        let result = Err(Unconnected { problem, sign_in: None, endpoints: Vec::new() });
        self.tell(Message::Of(DepartureId::default(), Event::Connected { attempt, result }));
    }

    pub(crate) fn identify(&mut self, result: Result<Subject, Problem>) {
        let Some(attempt) = self.subject.take() else { return };
        if result.is_ok() {
            self.identity_since_confirmation = true;
        }
        self.tell(Message::Of(DepartureId::default(), Event::SubjectRead { attempt, result }));
    }

    pub(crate) fn answer(&mut self, at: usize, verdict: Verdict, confidence: Confidence) {
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
        self.tell(Message::Of(DepartureId::default(), Event::CheckFinished { attempt, finding }));
    }

    /// Every check that is awaited finds that it holds; the payment method, that a person must say so.
    pub(crate) fn all_is_well(&mut self) {
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

    /// From the checklist, with nothing open, to the call.
    fn confirm(&mut self) {
        self.mark_all();
        self.type_id();
        self.identify(Ok(subject(ACCOUNT)));
        self.all_is_well();
        assert!(matches!(self.model.departure.leave, Leave::Calling { .. }), "{:?}", self.model.departure.leave);
    }

    fn reach_typed_id(&mut self) {
        self.reach_checklist();
        self.attest_payment();
        self.mark_all();
    }

    /// From the checklist to the field for the account ID.
    fn mark_all(&mut self) {
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
        self.type_id();
        assert!(matches!(self.model.departure.leave, Leave::Rechecking { .. }));
    }

    fn reach_call(&mut self) {
        self.reach_recheck();
        self.identify(Ok(subject(ACCOUNT)));
        self.all_is_well();
        assert!(matches!(self.model.departure.leave, Leave::Calling { .. }));
    }

    /// The journal that is being opened is open, or cannot be.
    fn journal_opens(&mut self) {
        let Some((attempt, account, endpoints)) = self.opening.take() else { return };
        if self.disk_works {
            self.write_what_was_kept(&account);
        }
        let past = Box::new(self.past(&account, &endpoints));
        let full = || problem(ProblemKind::JournalFull, self.now);
        let result = if self.disk_works { Ok(Opened { path: String::new(), past }) } else { Err(full()) };
        let before = self.model.departure.before.clone();
        self.tell(Message::Of(DepartureId::default(), Event::JournalOpened { attempt, result }));
        if self.model.departure.before != before {
            self.met.words_that_came_back += self.words();
        }
    }

    fn write_what_was_kept(&mut self, account: &AccountId) {
        for (whose, entry) in std::mem::take(&mut self.kept) {
            if whose == *account {
                self.write(whose, entry);
            }
        }
    }

    /// How many of a person's words there are.
    fn words(&self) -> usize {
        self.model.departure.checklist.steps().filter(|step| step.attestation.is_some()).count()
    }

    /// What AWS says of the account by now, as far as its records can be trusted already.
    fn truth(&self) -> Reading {
        if self.is_gone { Reading::Standalone(evidence(self.now)) } else { still_a_member(self.now) }
    }

    /// Whether AWS's records may still say anything: soon after a call.
    fn may_flap(&self) -> bool {
        self.called_at.is_some_and(|at| self.now.duration_since(at).as_secs() < 100)
    }

    fn call_ends(&mut self, answer: LeaveAnswer) {
        let Some((attempt, _)) = self.call.take() else { return };
        self.is_gone |= matches!(answer, LeaveAnswer::Accepted { .. });
        self.is_open &= !matches!(answer, LeaveAnswer::Refused(_) | LeaveAnswer::NeverSent(_));
        self.tell(Message::Of(DepartureId::default(), Event::LeaveAnswered { attempt, answer }));
    }

    /// AWS asks to come back in a moment.
    fn call_is_put_off(&mut self) {
        let Some((attempt, token)) = self.call.take() else { return };
        let refusal = Box::new(Refusal { retry: Retry::AfterAPause, ..refusal(&[], self.now) });
        self.met.put_off += 1;
        let answer = LeaveAnswer::Postponed { refusal, confirmation: token.give_back() };
        self.is_open = false;
        self.tell(Message::Of(DepartureId::default(), Event::LeaveAnswered { attempt, answer }));
    }

    /// The last pause that was begun ends.
    fn pause_ends(&mut self) {
        let Some((of, attempt)) = self.retries.pop() else { return };
        self.tell(Message::Of(DepartureId::default(), Event::RetryDue { of, attempt }));
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

    /// AWS says twice, long enough apart, that the account is not in its organization.
    fn looks_say_out(&mut self, reading: &Reading) {
        self.look_says(reading.clone());
        self.now += SignedDuration::from_secs(texts::rules().verification.agreeing_seconds);
        self.look_says(reading.clone());
    }

    /// The payment method is overridden, over a refusal.
    fn override_payment(&mut self) {
        self.go_to(StepId::PaymentMethod);
        self.press(Key::Char('a'));
        self.type_text("the bank confirmed it");
        self.press(Key::Enter);
    }

    fn look_says(&mut self, reading: Reading) {
        let Some(attempt) = self.look.take() else { return };
        self.tell(Message::Of(DepartureId::default(), Event::MembershipRead { attempt, reading }));
        // What the walk says it knows, it may act upon.
        let knows = matches!(self.model.departure.leave, Leave::Ended(Outcome::Left { .. } | Outcome::StillMember { .. }));
        let intent = self.journal.iter().rev().find(|line| matches!(line.entry, Entry::Intended(_)));
        if knows && self.is_open && intent.is_some_and(|line| line.run != self.run.to_string()) {
            self.met.settled_after_a_kill += 1;
        }
        self.is_open &= !knows;
    }
}

pub(crate) fn subject(account: &str) -> Subject {
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

fn elsewhere() -> Subject {
    let organization = Organization { id: "o-elsewhere1".to_owned(), ..organization() };
    Subject { membership: Membership::Member(organization), ..subject(ACCOUNT) }
}

fn by_another_role() -> Subject {
    let mut subject = subject(ACCOUNT);
    subject.identity.arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/Other/maria");
    subject
}

fn organization() -> Organization {
    Organization { id: "o-a1b2c3d4e5".to_owned(), management_account: Some(OWNER.parse().unwrap()), feature_set: None }
}

fn finding(step: StepId, verdict: Verdict, confidence: Confidence, now: Timestamp) -> Finding {
    let draft = Draft::new(step, "a-test", verdict);
    let draft = if confidence == Confidence::Predicted { draft.predicted() } else { draft };
    let draft = match step {
        StepId::ContactInformation => draft.subject(NUMBER),
        StepId::DelegatedAdministrator => SERVICES.into_iter().fold(draft, Draft::subject),
        _ => draft,
    };
    draft.finish(Partition::Aws, now)
}

pub(crate) fn problem(kind: ProblemKind, now: Timestamp) -> Problem {
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

/// AWS's proof of who owns the organization.
pub(crate) fn proof() -> OwnerProof {
    let arn = format!("arn:aws:iam::{OWNER}:user/owner");
    OwnerProof { account: OWNER.parse().unwrap(), organization: organization().id, arn }
}

/// A contact that AWS would take.
pub(crate) fn on_file() -> Contact {
    let mut contact = Contact::default();
    for (field, value) in [
        (ContactField::FullName, "Cloud Finance"),
        (ContactField::CompanyName, "Northwind Holding AG"),
        (ContactField::AddressLine1, "Bahnhofplatz 1"),
        (ContactField::City, "Frankfurt am Main"),
        (ContactField::StateOrRegion, "Hessen"),
        (ContactField::PostalCode, "60329"),
        (ContactField::CountryCode, "DE"),
        (ContactField::PhoneNumber, NUMBER),
    ] {
        contact.set(field, value);
    }
    contact
}

pub(crate) fn fix_done(status: Option<&str>, now: Timestamp) -> FixAnswer {
    FixAnswer::Done { status: status.map(str::to_owned), request_id: Some("r".to_owned()), at: now }
}

/// AWS's no, in the words that the catalogue has for it.
pub(crate) fn fix_refused(entry: &str, now: Timestamp) -> FixAnswer {
    let text = texts::fix_refusal_called(entry).unwrap();
    let refusal = FixRefusal {
        entry: entry.to_owned(),
        code: text.when[0].codes[0].clone(),
        message: "no".to_owned(),
        fields: Vec::new(),
        request_id: Some("r".to_owned()),
        cause: text.cause.clone(),
        todo: text.todo.clone(),
        at: now,
    };
    FixAnswer::Refused { refusal: Box::new(refusal) }
}

pub(crate) fn fix_never_sent(now: Timestamp) -> FixAnswer {
    FixAnswer::NeverSent { problem: problem(ProblemKind::Unreachable, now) }
}

pub(crate) fn fix_unknown(now: Timestamp) -> FixAnswer {
    FixAnswer::Unknown { problem: problem(ProblemKind::ConnectionLost, now) }
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
        ends_with_a_response: false,
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

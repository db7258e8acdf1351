//! What a driver, AWS and a disk would do, and the rules that no effect may break, whoever drives the engine.

use std::fmt::Debug;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::aws::{ContactOnFile, Reading};
use crate::checklist::gate;
use crate::checklist::{
    AccountId, Confidence, Contact, Fix, FixAnswer, LeaveAnswer, OneTimeCode, OwnerProof, ProblemKind, Refusal, Retry, Verdict,
    VerdictKind, texts,
};
use crate::journal::{Entry, Intent, Line, Past};

/// A state machine with a departure in it: the engine itself, or a front end around it.
pub(crate) trait Driven: Debug + Sized {
    /// What it asks for.
    type Effect: Debug;
    /// What it saw of the person.
    type Seen: Default;

    /// One that has begun.
    fn begin(mode: Mode) -> Walk<Self>;

    fn departure(&self) -> &Departure;

    fn departure_mut(&mut self) -> &mut Departure;

    /// Takes an event.
    fn hear(&mut self, event: Event, now: Timestamp) -> Vec<Self::Effect>;

    /// Lets the world do what was asked for.
    fn note(walk: &mut Walk<Self>, effects: Vec<Self::Effect>);

    /// Checks that a change comes from where it should.
    fn check_fix(&self, _attempt: Attempt, _fix: &Fix) {}
}

/// A walk with a clock of its own, and everything it asked for and has not been told yet.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about a world that the tests play")]
pub(crate) struct Walk<S: Driven> {
    pub(crate) model: S,
    pub(crate) now: Timestamp,
    pub(crate) connecting: Option<Attempt>,
    pub(crate) subject: Option<Attempt>,
    pub(crate) checks: Vec<(Attempt, StepId)>,
    pub(crate) retries: Vec<(RetryKey, Attempt)>,
    pub(crate) call: Option<(Attempt, gate::ReadyToLeave)>,
    pub(crate) code: Option<OneTimeCode>,
    pub(crate) credentials_last: Option<i64>,
    pub(crate) look: Option<Attempt>,
    pub(crate) look_account: Option<String>,
    pub(crate) calls: usize,
    /// What has been read since the last confirmation; `None` while nothing is confirmed.
    pub(crate) read_since_confirmation: Option<Vec<StepId>>,
    pub(crate) identity_since_confirmation: bool,
    /// The account's journal, which outlives a walk.
    pub(crate) journal: Vec<Line>,
    /// Whether the disk takes what is written.
    pub(crate) disk_works: bool,
    pub(crate) run: u32,
    /// What the disk did not take, and is kept for it.
    pub(crate) kept: Vec<(AccountId, Entry)>,
    /// Whether a journal takes its time to open; then [`Self::journal_opens`] ends it.
    pub(crate) is_slow_to_open: bool,
    pub(crate) opening: Option<(Attempt, AccountId, Vec<String>)>,
    /// A call whose outcome nobody has told yet.
    pub(crate) is_open: bool,
    /// What is true over there: whether a call has taken the account out.
    pub(crate) is_gone: bool,
    pub(crate) called_at: Option<Timestamp>,
    /// The changes that AWS was asked for and has not answered.
    pub(crate) fixes: Vec<(Attempt, Fix)>,
    /// When a code was last asked for, while it was not voided.
    pub(crate) code_asked_at: Option<Timestamp>,
    /// The contact information is being read.
    pub(crate) contact_read: Option<Attempt>,
    /// AWS is being asked whose this profile is.
    pub(crate) owner_asked: Option<(Attempt, String)>,
    /// What AWS has proven over the present connection.
    pub(crate) proof: Option<OwnerProof>,
    /// What it saw of the person.
    pub(crate) seen: S::Seen,
    pub(crate) met: Met,
}

/// What a random walk came past: rules around it were tried.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Met {
    pub(crate) calls: usize,
    pub(crate) put_off: usize,
    pub(crate) left: usize,
    pub(crate) killed_in_flight: usize,
    pub(crate) settled_after_a_kill: usize,
    pub(crate) words_that_came_back: usize,
    pub(crate) other_account: usize,
    pub(crate) journal_lost: usize,
    pub(crate) still_a_member: usize,
    pub(crate) codes: usize,
    pub(crate) reviews_of_what_could_leave: usize,
    /// Words without a reason, where one was asked for.
    pub(crate) empty_words_turned_down: usize,
    /// Moments on the confirm screen of an account whose way in only a person vouches for.
    pub(crate) confirmed_over_a_written_way_in: usize,
    pub(crate) fixes: usize,
    pub(crate) deregistrations: usize,
    pub(crate) codes_handed_in: usize,
    pub(crate) typed_whole: usize,
    pub(crate) typed_in_groups: usize,
    /// Wishes that were not done.
    pub(crate) turned_down: usize,
}

impl<S: Driven> Walk<S> {
    pub(crate) fn around(model: S) -> Self {
        Self {
            model,
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
            seen: S::Seen::default(),
            met: Met::default(),
        }
    }

    /// An event happens, ten milliseconds after what happened before.
    pub(crate) fn hear(&mut self, event: Event) {
        self.now = self.now.checked_add(SignedDuration::from_millis(10)).unwrap();
        if let Event::Connected(..) = event {
            // Whatever was read before was read with other credentials.
            self.read_since_confirmation = None;
            self.proof = None;
        }
        let effects = self.model.hear(event, self.now);
        S::note(self, effects);
    }

    /// What a driver would remember of the effects, and the rules that no effect may break.
    pub(crate) fn note(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::OpenJournal { attempt, account, endpoints } => {
                    self.opening = Some((attempt, account, endpoints));
                    if !self.is_slow_to_open {
                        self.journal_opens();
                    }
                }
                Effect::Record(entry, _) => {
                    let account = self.model.departure().checklist.subject.as_ref().unwrap().identity.account.clone();
                    let waited = !self.kept.is_empty();
                    self.kept.push((account.clone(), *entry));
                    if !self.disk_works {
                        let problem = problem(ProblemKind::JournalFull, self.now);
                        self.hear(Event::JournalFailed(account, problem));
                    } else if self.opening.is_none() {
                        self.write_what_was_kept(&account);
                        if waited {
                            self.hear(Event::JournalRecovered(account, String::new()));
                        }
                    }
                }
                Effect::Connect { attempt, code, .. } => {
                    self.connecting = Some(attempt);
                    self.code = code;
                }
                Effect::RunChecks(attempt, steps) => {
                    self.subject = Some(attempt);
                    self.checks.retain(|(_, step)| !steps.contains(step));
                    self.checks.extend(steps.iter().map(|step| (attempt, *step)));
                    if matches!(self.model.departure().leave, Leave::Rechecking { .. }) && steps.len() == StepId::ALL.len() {
                        self.read_since_confirmation = Some(Vec::new());
                        self.identity_since_confirmation = false;
                    }
                }
                Effect::ScheduleRetry { of, attempt, .. } => self.retries.push((of, attempt)),
                Effect::Leave(attempt, token) => {
                    assert_eq!(self.model.departure().mode, Mode::Guided);
                    assert!(gate::locked_by(&self.model.departure().checklist, self.now).is_empty(), "the gate was shut");
                    let subject = self.model.departure().checklist.subject.as_ref().unwrap();
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
                    assert!(self.model.departure().record.is_open(), "a leave that rests on no journal");
                    assert!(
                        somebody_can_get_in(self.model.departure()),
                        "nobody could get in afterwards, and nothing is written"
                    );
                    if !self.disk_works {
                        let problem = problem(ProblemKind::JournalFull, self.now);
                        self.hear(Event::LeaveAnswered(attempt, LeaveAnswer::NeverSent { problem }, None));
                        continue;
                    }
                    self.write(token.account().clone(), Entry::Intended(Intent::from(&token)));
                    self.is_open = true;
                    self.called_at = Some(self.now);
                    self.call = Some((attempt, token));
                    self.calls += 1;
                    self.met.calls += 1;
                }
                Effect::Apply { attempt, fix, .. } => self.note_fix(attempt, fix),
                Effect::ReadContact(attempt) => self.contact_read = Some(attempt),
                Effect::ConnectOwner(attempt, profile) => {
                    self.owner_asked = Some((attempt, profile));
                }
                Effect::LookAtMembership { attempt, account, .. } => {
                    self.look = Some(attempt);
                    self.look_account = Some(account.to_string());
                }
            }
        }
    }

    /// The rules of every change: never in a review, never without a journal, never of an account that nobody is certain of.
    fn note_fix(&mut self, attempt: Attempt, fix: Fix) {
        let departure = self.model.departure();
        assert_eq!(departure.mode, Mode::Guided, "a review changes nothing");
        assert!(departure.record.is_open(), "a change that rests on no journal");
        assert!(departure.is_identified && departure.session().is_some(), "a change, and nobody knows whose account it is");
        assert!(departure.is_at_the_checklist(), "a change while the leave is under way");
        let subject = departure.checklist.subject.as_ref().unwrap();
        match &fix {
            Fix::Contact { .. } => {}
            Fix::SendCode => self.code_asked_at = Some(self.now),
            Fix::VerifyPhone(_) => {
                let age = self.now.duration_since(self.code_asked_at.expect("no code was asked for")).as_secs();
                assert!(age <= 300 + 60, "a code that is {age} seconds old");
            }
            Fix::Deregister(confirmed) => {
                let organization = subject.organization().unwrap();
                let proof = self.proof.as_ref().expect("nobody has proven whose the owner's credentials are");
                assert_eq!(*confirmed.account(), subject.identity.account);
                assert_eq!((confirmed.organization(), confirmed.owner()), (proof.organization.as_str(), &proof.account));
                assert_eq!(confirmed.organization(), organization.id);
                assert_eq!(Some(confirmed.owner()), organization.management_account.as_ref());
            }
        }
        self.model.check_fix(attempt, &fix);
        self.met.fixes += 1;
        self.met.deregistrations += usize::from(matches!(fix, Fix::Deregister(_)));
        self.met.codes_handed_in += usize::from(matches!(fix, Fix::VerifyPhone(_)));
        self.fixes.push((attempt, fix));
    }

    /// The program is killed at this very moment, and started again `hours` later.
    pub(crate) fn killed_and_started_again(self, hours: i64) -> Self {
        let mut next = S::begin(self.model.departure().mode);
        next.now = self.now.checked_add(SignedDuration::from_hours(hours)).unwrap();
        (next.journal, next.run, next.is_open, next.calls) = (self.journal, self.run + 1, self.is_open, self.calls);
        (next.is_gone, next.called_at, next.is_slow_to_open) = (self.is_gone, self.called_at, self.is_slow_to_open);
        next.met = self.met;
        next.met.killed_in_flight += usize::from(self.is_open);
        next
    }

    /// The journal of `walk`, as another start finds it.
    pub(crate) fn going_on_from(mut self, walk: &Self) -> Self {
        (self.journal, self.run, self.now) = (walk.journal.clone(), walk.run + 1, walk.now);
        self
    }

    pub(crate) fn past(&self, account: &AccountId, endpoints: &[String]) -> Past {
        let lines = self.journal.iter().filter(|line| line.account == *account);
        Past::of(account, endpoints, self.now, lines.cloned())
    }

    pub(crate) fn write(&mut self, account: AccountId, entry: Entry) {
        self.journal.push(Line { v: 1, at: self.now, run: self.run.to_string(), account, entry });
    }

    /// The change that was asked for last is answered.
    pub(crate) fn fix_ends(&mut self, answer: FixAnswer) {
        let Some((attempt, fix)) = self.fixes.pop() else { return };
        self.hear(Event::FixAnswered { attempt, fix: fix.record(), answer });
    }

    pub(crate) fn contact_is(&mut self, result: Result<Option<Contact>, Problem>) {
        let Some(attempt) = self.contact_read.take() else { return };
        let on_file = |contact| ContactOnFile { contact, status: Some("UNVERIFIED".to_owned()) };
        self.hear(Event::ContactRead(attempt, result.map(|contact| contact.map(on_file))));
    }

    pub(crate) fn owner_is(&mut self, result: Result<OwnerProof, Problem>) {
        let Some((attempt, profile)) = self.owner_asked.take() else { return };
        if matches!(&self.model.departure().owner.asking, Some(asking) if asking.attempt == attempt) {
            self.proof = result.clone().ok();
        }
        self.hear(Event::OwnerMet { attempt, profile, endpoints: Vec::new(), result });
    }

    /// The steps of which a check is awaited.
    pub(crate) fn awaited_checks(&self) -> Vec<StepId> {
        self.checks.iter().map(|(_, step)| *step).collect()
    }

    /// What the journal holds of changes: which, and how each was answered.
    pub(crate) fn fixes_told(&self) -> Vec<String> {
        let told = |line: &Line| match &line.entry {
            Entry::FixAnswered { fix, answer } => {
                let answer = serde_json::to_value(answer).unwrap()["outcome"].as_str().unwrap().to_owned();
                Some(format!("{:?} {answer}", fix.kind()))
            }
            _ => None,
        };
        self.journal.iter().filter_map(told).collect()
    }

    pub(crate) fn connect(&mut self, works: bool) {
        let Some(attempt) = self.connecting.take() else { return };
        let nothing =
            ConnectError { problem: problem(ProblemKind::NoCredentials, self.now), sign_in: None, endpoints: Vec::new() };
        let end = self.credentials_last.map(|seconds| self.now.checked_add(SignedDuration::from_secs(seconds)).unwrap());
        self.met.codes += usize::from(self.code.take().is_some());
        let result = if works { Ok(SessionFacts { expires_at: end, ..SessionFacts::default() }) } else { Err(nothing) };
        self.hear(Event::Connected(attempt, result));
    }

    /// The profile's role asks for a code.
    pub(crate) fn asks_for_a_code(&mut self) {
        let Some(attempt) = self.connecting.take() else { return };
        let problem = problem(ProblemKind::MfaCodeNeeded, self.now);
        let result = Err(ConnectError { problem, sign_in: None, endpoints: Vec::new() });
        self.hear(Event::Connected(attempt, result));
    }

    pub(crate) fn identify(&mut self, result: Result<Subject, Problem>) {
        let Some(attempt) = self.subject.take() else { return };
        if result.is_ok() {
            self.identity_since_confirmation = true;
        }
        self.hear(Event::SubjectRead(attempt, result));
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
        self.hear(Event::CheckFinished(attempt, finding));
    }

    /// Every check that is awaited finds that it holds; the payment method, that a person must say so.
    pub(crate) fn all_is_well(&mut self) {
        while let Some((_, step)) = self.checks.first().copied() {
            let verdict = if step == StepId::PaymentMethod { Verdict::NeedsYou } else { Verdict::Met };
            self.answer(0, verdict, Confidence::Proven);
        }
    }

    /// The journal that is being opened is open, or cannot be.
    pub(crate) fn journal_opens(&mut self) {
        let Some((attempt, account, endpoints)) = self.opening.take() else { return };
        if self.disk_works {
            self.write_what_was_kept(&account);
        }
        let past = Box::new(self.past(&account, &endpoints));
        let full = || problem(ProblemKind::JournalFull, self.now);
        let result = if self.disk_works { Ok(Opened { path: String::new(), past }) } else { Err(full()) };
        let before = self.model.departure().before.clone();
        self.hear(Event::JournalOpened(attempt, result));
        if self.model.departure().before != before {
            self.met.words_that_came_back += self.words();
        }
    }

    pub(crate) fn write_what_was_kept(&mut self, account: &AccountId) {
        for (whose, entry) in std::mem::take(&mut self.kept) {
            if whose == *account {
                self.write(whose, entry);
            }
        }
    }

    /// How many of a person's words there are.
    pub(crate) fn words(&self) -> usize {
        self.model.departure().checklist.steps().filter(|step| step.attestation.is_some()).count()
    }

    /// What AWS says of the account by now, as far as its records can be trusted already.
    pub(crate) fn truth(&self) -> Reading {
        if self.is_gone { Reading::Standalone(evidence(self.now)) } else { still_a_member(self.now) }
    }

    /// Whether AWS's records may still say anything: soon after a call.
    pub(crate) fn may_flap(&self) -> bool {
        self.called_at.is_some_and(|at| self.now.duration_since(at).as_secs() < 100)
    }

    pub(crate) fn call_ends(&mut self, answer: LeaveAnswer) {
        let Some((attempt, _)) = self.call.take() else { return };
        self.is_gone |= matches!(answer, LeaveAnswer::Accepted { .. });
        self.is_open &= !matches!(answer, LeaveAnswer::Refused { .. } | LeaveAnswer::NeverSent { .. });
        self.hear(Event::LeaveAnswered(attempt, answer, None));
    }

    /// AWS asks to come back in a moment.
    pub(crate) fn call_is_put_off(&mut self) {
        let Some((attempt, token)) = self.call.take() else { return };
        let refusal = Refusal { retry: Retry::AfterAPause, ..refusal(&[], self.now) };
        self.met.put_off += 1;
        self.is_open = false;
        self.hear(Event::LeaveAnswered(attempt, LeaveAnswer::Refused { refusal }, Some(token.give_back())));
    }

    /// The last pause that was begun ends.
    pub(crate) fn pause_ends(&mut self) {
        let Some((of, attempt)) = self.retries.pop() else { return };
        self.hear(Event::RetryDue(of, attempt));
    }

    pub(crate) fn credentials_last(&mut self, seconds: i64) {
        self.credentials_last = Some(seconds);
    }

    /// AWS says twice, long enough apart, that the account is not in its organization.
    pub(crate) fn looks_say_out(&mut self, reading: &Reading) {
        self.look_says(reading.clone());
        self.now += SignedDuration::from_secs(texts::rules().verification.agreeing_seconds);
        self.look_says(reading.clone());
    }

    pub(crate) fn look_says(&mut self, reading: Reading) {
        let Some(attempt) = self.look.take() else { return };
        self.hear(Event::MembershipRead(attempt, reading));
        // What the walk says it knows, it may act upon.
        let knows = matches!(self.model.departure().leave, Leave::Ended(Outcome::Left { .. } | Outcome::StillMember { .. }));
        let intent = self.journal.iter().rev().find(|line| matches!(line.entry, Entry::Intended(_)));
        if knows && self.is_open && intent.is_some_and(|line| line.run != self.run.to_string()) {
            self.met.settled_after_a_kill += 1;
        }
        self.is_open &= !knows;
    }

    /// An answer to a try that nobody waits for any more.
    pub(crate) fn late_answer_changes_nothing(&mut self, which: u8) {
        // A number that was given out once, and that nobody waits for now.
        let awaited = |attempt: &Attempt| {
            self.checks.iter().any(|(out, _)| out == attempt)
                || self.retries.iter().any(|(_, out)| out == attempt)
                || self.fixes.iter().any(|(out, _)| out == attempt)
                // What was found is kept until it is known whose it is.
                || self.model.departure().unattributed.iter().any(|(kept, _)| kept == attempt)
                || self.owner_asked.as_ref().is_some_and(|(out, _)| out == attempt)
                || [self.connecting, self.subject, self.call.as_ref().map(|(call, _)| *call), self.look, self.contact_read]
                    .contains(&Some(*attempt))
        };
        let given = (0..=self.model.departure().attempts.0).rev().map(Attempt);
        let attempt = given.filter(|attempt| !awaited(attempt)).nth(usize::from(which) / 9).unwrap_or(Attempt(u64::MAX));
        let event = match which % 9 {
            0 => Event::Connected(attempt, Ok(SessionFacts::default())),
            1 => Event::SubjectRead(attempt, Ok(subject(OTHER))),
            2 => {
                let finding = finding(StepId::Permission, Verdict::Met, Confidence::Proven, self.now);
                Event::CheckFinished(attempt, finding)
            }
            3 => Event::RetryDue(RetryKey::Step(StepId::Permission), attempt),
            4 => Event::LeaveAnswered(attempt, LeaveAnswer::Accepted { request_id: None }, None),
            5 => Event::MembershipRead(attempt, Reading::Standalone(evidence(self.now))),
            6 => Event::FixAnswered { attempt, fix: Fix::SendCode.record(), answer: fix_done(Some("PENDING"), self.now) },
            7 => Event::ContactRead(attempt, Ok(None)),
            _ => Event::OwnerMet { attempt, profile: "owner".to_owned(), endpoints: Vec::new(), result: Ok(proof()) },
        };
        self.model.departure_mut().now = self.now;
        let before = format!("{:?}", self.model);
        let effects = self.model.hear(event, self.now);
        assert!(effects.is_empty(), "{effects:?}");
        let after = format!("{:?}", self.model);
        assert!(before == after, "an answer that nobody waits for: {before}\nbecame {after}");
    }
}

/// Whether somebody can get into the account afterwards, or wrote down why they go on all the same.
fn somebody_can_get_in(departure: &Departure) -> bool {
    let step = departure.checklist.step(StepId::AccessAfterwards);
    let found = step.finding.as_ref().map(|finding| finding.verdict.kind());
    let note = step.standing_attestation(departure.now).and_then(|word| word.note.as_deref()).unwrap_or_default();
    found == Some(VerdictKind::Met) || !note.trim().is_empty()
}

impl Driven for Departure {
    type Effect = Effect;
    type Seen = ();

    fn begin(mode: Mode) -> Walk<Self> {
        let mut walk = Walk::around(Self::new(mode, "maria".to_owned(), None));
        walk.model.act(Action::Use(None), walk.now).unwrap();
        walk.model.take_news();
        let effects = walk.model.take_effects();
        walk.note(effects);
        walk
    }

    fn departure(&self) -> &Departure {
        self
    }

    fn departure_mut(&mut self) -> &mut Departure {
        self
    }

    fn hear(&mut self, event: Event, now: Timestamp) -> Vec<Effect> {
        self.update(event, now);
        self.take_news();
        self.take_effects()
    }

    fn note(walk: &mut Walk<Self>, effects: Vec<Effect>) {
        walk.note(effects);
    }
}

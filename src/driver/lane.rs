//! One departure in the driver: its session, its journal, and what runs for it. Departures share none of this.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::journal_writer::JournalWriter;
use super::work::{said_by, start, to_its_end, within, within_but_for};
use super::{
    CHECK_LIMIT, CONNECT_LIMIT, Capability, LOOK_LIMIT, Shared, not_found_out, pause_after, read_subject, run_check, save,
};
use crate::aws::{self, CheckRun, ConnectOptions, Endpoint, Endpoints, LEAVE_ORGANIZATION, Reader, Reading, Session, Side};
use crate::checklist::gate::ReadyToLeave;
use crate::checklist::{AccountId, Checklist, Fix, FixAnswer, LeaveAnswer, OneTimeCode, Problem, StepId, Unredacted};
use crate::departure::{Attempt, ConnectError, DepartureId, Effect, Event, RetryKey, SessionFacts};
use crate::journal::{Entry, Intent};
use crate::report::{Document, Origin, Story};
use crate::wizard::Message;

/// Tells what happened to one departure.
#[derive(Clone)]
pub(super) struct Teller {
    id: DepartureId,
    messages: mpsc::UnboundedSender<Message>,
}

impl Teller {
    /// Tells it to whoever listens to `messages`.
    pub fn new(id: DepartureId, messages: mpsc::UnboundedSender<Message>) -> Self {
        Self { id, messages }
    }

    pub(super) fn id(&self) -> DepartureId {
        self.id
    }

    pub(super) fn tell(&self, event: Event) {
        // A closed channel means that the program is ending: nobody is left to be told.
        let _ = self.messages.send(Message::Of(self.id, event));
    }
}

/// The owner's credentials, proven over one connection of the member's.
struct Met<C> {
    connection: Attempt,
    profile: String,
    endpoints: Vec<Endpoint>,
    reader: Reader,
    capability: C,
}

/// What runs for one departure. Dropping it aborts all of that but a request under way that changes something.
pub(super) struct Lane<C> {
    teller: Teller,
    pub shared: Shared,
    connections: mpsc::UnboundedSender<(Attempt, Session, C)>,
    connected: mpsc::UnboundedReceiver<(Attempt, Session, C)>,
    connecting: Attempt,
    session: Option<(Reader, C)>,
    round: Option<Arc<CheckRun>>,
    owners: mpsc::UnboundedSender<Met<C>>,
    met: mpsc::UnboundedReceiver<Met<C>>,
    /// Whose departure it is, once its journal was opened.
    account: Option<AccountId>,
    /// The hosts in place of AWS's own that answered in the last connection, in words.
    answering: Vec<String>,
    /// Every endpoint in place of AWS's own in the last connection: the member's, and the management profile's.
    endpoints: Vec<Endpoint>,
    /// The latest attempt to connect, and to connect with the management account's profile.
    connection: Option<AbortOnDropHandle<()>>,
    owner: Option<AbortOnDropHandle<()>>,
    /// The latest run of each check. A newer run replaces it, which aborts it.
    running: BTreeMap<StepId, AbortOnDropHandle<()>>,
    /// The newest question about who and where we are.
    subject: Option<AbortOnDropHandle<()>>,
    /// The newest read of the membership after a leave.
    look: Option<AbortOnDropHandle<()>>,
    /// The newest read of the contact information.
    contact: Option<AbortOnDropHandle<()>>,
    /// The newest pause before each question that is asked again.
    pauses: BTreeMap<RetryKey, AbortOnDropHandle<()>>,
    journal_writer: JournalWriter,
}

impl<C: Capability> Lane<C> {
    pub(super) fn begin(id: DepartureId, shared: Shared) -> Self {
        let (connections, connected) = mpsc::unbounded_channel();
        let (owners, met) = mpsc::unbounded_channel();
        let teller = Teller::new(id, shared.messages.clone());
        Self {
            journal_writer: JournalWriter::start(shared.journals.clone(), teller.clone(), shared.wanted.clock.clone()),
            teller,
            shared,
            connections,
            connected,
            connecting: Attempt::default(),
            session: None,
            round: None,
            owners,
            met,
            account: None,
            answering: Vec::new(),
            endpoints: Vec::new(),
            connection: None,
            owner: None,
            running: BTreeMap::new(),
            subject: None,
            look: None,
            contact: None,
            pauses: BTreeMap::new(),
        }
    }

    pub(super) fn carry_out(&mut self, effect: Effect) {
        self.take_connections();
        match effect {
            Effect::Connect { attempt, profile, code } => self.connect(attempt, profile, code),
            Effect::RunChecks(attempt, steps) => self.run_checks(attempt, &steps),
            Effect::ScheduleRetry { of, attempt, failures } => self.schedule_retry(of, attempt, failures),
            Effect::OpenJournal { attempt, account, endpoints } => {
                self.account = Some(account.clone());
                self.journal_writer.open(attempt, account, endpoints);
            }
            Effect::Record(entry, at) => self.journal_writer.write(entry, at),
            Effect::ConnectOwner(attempt, profile) => self.connect_owner(attempt, profile),
            Effect::ReadContact(attempt) => self.read_contact(attempt),
            Effect::Apply { attempt, account, fix } => self.apply(attempt, &account, fix),
            Effect::Leave(attempt, token) => self.leave(attempt, token),
            Effect::LookAtMembership { attempt, account, after } => self.look_at_membership(attempt, account, after),
        }
    }

    /// A finished connection belongs to the effects that came after it.
    fn take_connections(&mut self) {
        while let Ok((attempt, session, capability)) = self.connected.try_recv() {
            if attempt == self.connecting {
                self.answering = aws::in_words(&session.answering);
                self.endpoints.clone_from(&session.endpoints);
                self.session = Some((session.reader(), capability));
            }
        }
        while let Ok(met) = self.met.try_recv() {
            // Whose organization it is was proven with the connection of that time, and holds for no other.
            if met.connection == self.connecting && self.session.is_some() {
                self.shared.wanted.management_profile = Some(met.profile);
                self.endpoints.retain(|endpoint| endpoint.profile == Side::Member);
                self.endpoints.extend(met.endpoints);
                self.session = Some((met.reader, met.capability));
            }
        }
    }

    /// A problem of this program with `operation`, now.
    fn internal_problem(&self, operation: &str, message: &str) -> Problem {
        aws::internal_problem(operation, message, self.now())
    }

    fn now(&self) -> Timestamp {
        self.shared.wanted.clock.now()
    }

    fn connect(&mut self, attempt: Attempt, profile: Option<String>, mfa_code: Option<OneTimeCode>) {
        // Responses to requests made with the previous credentials say nothing about the new ones.
        self.running.clear();
        self.subject = None;
        self.session = None;
        self.round = None;
        self.connecting = attempt;
        let profile = profile.or_else(|| self.shared.wanted.profile.clone());
        let wanted = ConnectOptions { profile, mfa_code, endpoints: Endpoints::default(), ..self.shared.wanted.clone() };
        let (teller, connections) = (self.teller.clone(), self.connections.clone());
        let shared = self.shared.clone();
        self.connection = Some(start(async move {
            let tried = wanted.clone();
            let is_paused = wanted.commands.is_running();
            let result = within_but_for(shared.limit(CONNECT_LIMIT), is_paused, async move { C::connect(&tried).await }).await;
            let result = result.unwrap_or_else(|why| Err(why.problem("credentials", wanted.clock.now())));
            let result = match result {
                Ok((session, capability)) => {
                    let facts = SessionFacts::from(&session);
                    let _ = connections.send((attempt, session, capability));
                    Ok(facts)
                }
                Err(problem) => {
                    let tried = wanted.clone();
                    let sign_in = within(shared.limit(CONNECT_LIMIT), async move { aws::sign_in_command(&tried).await }).await;
                    Err(ConnectError { problem, sign_in: sign_in.unwrap_or_default(), endpoints: wanted.endpoints.list() })
                }
            };
            teller.tell(Event::Connected(attempt, result));
        }));
    }

    /// Connects with the owner's profile and lets AWS prove that it is the owner's. Only then is anything asked or done with it.
    fn connect_owner(&mut self, attempt: Attempt, profile: String) {
        let operation = "credentials";
        let Some((reader, capability)) = self.session.clone() else {
            let problem = self.internal_problem(operation, "there is no session with AWS");
            self.teller.tell(Event::OwnerMet { attempt, profile, endpoints: Vec::new(), result: Err(problem) });
            return;
        };
        let wanted = ConnectOptions { endpoints: Endpoints::default(), ..self.shared.wanted.clone() };
        let (connection, teller, endpoints) = (self.connecting, self.teller.clone(), wanted.endpoints.clone());
        let owners = self.owners.clone();
        self.owner = Some(start(async move {
            let (name, clock, is_paused) = (profile.clone(), wanted.clock.clone(), wanted.commands.is_running());
            let work = async move {
                let (owner, capability) = capability.connect_owner(&wanted, &name).await?;
                let reader = reader.with_owner(owner);
                let proof = reader.owner().await?;
                let nothing = || aws::internal_problem(operation, "there is no organization to own", wanted.clock.now());
                Ok((reader, capability, proof.ok_or_else(nothing)?))
            };
            let result = within_but_for(CONNECT_LIMIT, is_paused, work).await;
            let result = result.unwrap_or_else(|why| Err(why.problem(operation, clock.now())));
            let endpoints = endpoints.list();
            let result = result.map(|(reader, capability, proof)| {
                let _ =
                    owners.send(Met { connection, profile: profile.clone(), endpoints: endpoints.clone(), reader, capability });
                proof
            });
            teller.tell(Event::OwnerMet { attempt, profile, endpoints, result });
        }));
    }

    fn read_contact(&mut self, attempt: Attempt) {
        let operation = "account:GetContactInformation";
        let Some((reader, _)) = self.session.clone() else {
            let problem = self.internal_problem(operation, "there is no session with AWS");
            self.teller.tell(Event::ContactRead(attempt, Err(problem)));
            return;
        };
        let (teller, clock) = (self.teller.clone(), self.shared.wanted.clock.clone());
        self.contact = Some(start(async move {
            let result = within(LOOK_LIMIT, async move { reader.contact().await }).await;
            let result = result.unwrap_or_else(|why| Err(why.problem(operation, clock.now())));
            teller.tell(Event::ContactRead(attempt, result));
        }));
    }

    /// Writes down what is about to be done, then does it once.
    fn apply(&self, attempt: Attempt, account: &AccountId, fix: Fix) {
        let (operation, record) = (fix.operation(), fix.record());
        let session = self.session.as_ref().filter(|_| self.account.as_ref() == Some(account));
        let Some((_, capability)) = session else {
            let problem = self.internal_problem(operation, "there is no session with AWS for this account");
            self.teller.tell(Event::FixAnswered { attempt, fix: record, answer: FixAnswer::NeverSent { problem } });
            return;
        };
        let (capability, teller, console) = (capability.clone(), self.teller.clone(), self.shared.console.clone());
        let clock = self.shared.wanted.clock.clone();
        let intended = self.journal_writer.intend(Entry::FixIntended { fix: record.clone() });
        tokio::spawn(async move {
            if let Err(problem) = intended.await {
                teller.tell(Event::FixAnswered { attempt, fix: record, answer: FixAnswer::NeverSent { problem } });
                return;
            }
            let problem = |said: &str| aws::internal_problem(operation, said, clock.now());
            let answer = match to_its_end(async move { capability.apply(fix).await }).await {
                Ok(Some(answer)) => answer,
                Ok(None) => FixAnswer::NeverSent { problem: problem("a review changes nothing") },
                Err(said) => FixAnswer::Unknown { problem: problem(&said) },
            };
            teller.tell(Event::FixAnswered { attempt, fix: record, answer });
            if let Some(code) = console.and_then(|console| console.phone()) {
                teller.tell(Event::PracticePhoneRang(code));
            }
        });
    }

    fn run_checks(&mut self, attempt: Attempt, steps: &[StepId]) {
        let Some((reader, _)) = &self.session else {
            self.report_broken_round(attempt, steps);
            return;
        };
        let before = self.round.take().filter(|_| self.shared.deadline.is_some());
        let round = before.map_or_else(|| reader.round(), |before| Arc::new(before.again()));
        self.round = Some(round.clone());
        let limit = self.shared.limit(CHECK_LIMIT);
        {
            let (round, teller) = (round.clone(), self.teller.clone());
            self.subject = Some(start(async move {
                let result = read_subject(round, limit).await;
                teller.tell(Event::SubjectRead(attempt, result));
            }));
        }
        for step in steps {
            let (round, teller, step) = (round.clone(), self.teller.clone(), *step);
            let permits = self.shared.permits.clone();
            let run = start(async move {
                // The semaphore is never closed.
                let _permit = permits.acquire_owned().await;
                let finding = run_check(round, step, limit).await;
                teller.tell(Event::CheckFinished(attempt, finding));
            });
            self.running.insert(step, run);
        }
    }

    /// Every effect ends in its messages, also when there is no session to carry it out with.
    fn report_broken_round(&self, attempt: Attempt, steps: &[StepId]) {
        let problem = || self.internal_problem("credentials", "there is no session with AWS");
        self.teller.tell(Event::SubjectRead(attempt, Err(problem())));
        for step in steps {
            self.teller.tell(Event::CheckFinished(attempt, not_found_out(*step, problem())));
        }
    }

    fn schedule_retry(&mut self, of: RetryKey, attempt: Attempt, failures: u32) {
        let pause = pause_after(failures);
        let at = self.now().checked_add(pause).unwrap_or(Timestamp::MAX);
        self.teller.tell(Event::RetryScheduled { of, attempt, at });
        let teller = self.teller.clone();
        let pause = start(async move {
            tokio::time::sleep(pause).await;
            teller.tell(Event::RetryDue(of, attempt));
        });
        self.pauses.insert(of, pause);
    }

    fn leave(&self, attempt: Attempt, token: ReadyToLeave) {
        let session = self.session.as_ref().ok_or("there is no session with AWS");
        // Before the intent: the journal is that of the account, too.
        let is_its_own = self.account.as_ref() == Some(token.account());
        let capability = match session {
            Ok((_, capability)) if is_its_own => capability,
            session => {
                let why = session.err().unwrap_or("the confirmation is of another account");
                let problem = self.internal_problem(LEAVE_ORGANIZATION, why);
                self.teller.tell(Event::LeaveAnswered(attempt, LeaveAnswer::NeverSent { problem }, None));
                return;
            }
        };
        let (capability, teller, clock) = (capability.clone(), self.teller.clone(), self.shared.wanted.clock.clone());
        let intended = self.journal_writer.intend(Entry::Intended(Intent::from(&token)));
        tokio::spawn(async move {
            // What is not on the disk is not done: after a crash, nobody would know that it was.
            if let Err(problem) = intended.await {
                teller.tell(Event::LeaveAnswered(attempt, LeaveAnswer::NeverSent { problem }, None));
                return;
            }
            let problem = |said: &str| aws::internal_problem(LEAVE_ORGANIZATION, said, clock.now());
            let (answer, put_off) = match to_its_end(async move { capability.leave(token).await }).await {
                Ok(Some(answered)) => answered,
                Ok(None) => (LeaveAnswer::NeverSent { problem: problem("a review cannot leave") }, None),
                // If the call itself panicked, nobody knows how far it came: reading the membership decides.
                Err(said) => (LeaveAnswer::Unknown { problem: problem(&said) }, None),
            };
            teller.tell(Event::LeaveAnswered(attempt, answer, put_off));
        });
    }

    fn look_at_membership(&mut self, attempt: Attempt, account: AccountId, after: Duration) {
        let (teller, clock) = (self.teller.clone(), self.shared.wanted.clock.clone());
        let reader = self.session.as_ref().map(|(reader, _)| reader.clone());
        if !after.is_zero() {
            let at = self.now().checked_add(after).unwrap_or(Timestamp::MAX);
            self.teller.tell(Event::LookScheduled(attempt, at));
        }
        self.look = Some(start(async move {
            tokio::time::sleep(after).await;
            let operation = "organizations:DescribeOrganization";
            let reading = match reader {
                None => Reading::Unknown(aws::internal_problem(operation, "there is no session with AWS", clock.now())),
                Some(reader) => within(LOOK_LIMIT, async move { reader.membership_of(&account).await })
                    .await
                    .unwrap_or_else(|why| Reading::Unknown(why.problem(operation, clock.now()))),
            };
            teller.tell(Event::MembershipRead(attempt, reading));
        }));
    }

    /// Writes the report of this departure, whose checklist this is.
    pub fn save_report(&self, checklist: &Checklist) {
        let now = self.now();
        let answering = self.answering.clone();
        let origin = if self.shared.console.is_some() { Origin::Practice } else { Origin::of(self.endpoints.clone()) };
        let document = Document::of(checklist, &StepId::ALL, now, &mut Unredacted).answered_by(origin);
        let subject = checklist.subject.clone();
        let (messages, kept) = (self.shared.messages.clone(), self.journal_writer.kept());
        tokio::spawn(async move {
            let kept = kept.await;
            let work = tokio::task::spawn_blocking(move || {
                let open = kept.as_ref().zip(subject.as_ref()).map_or(Ok(None), |(kept, subject)| {
                    let past = kept.past(&subject.identity.account, &answering, now)?;
                    Ok(past.open_outcome(&subject.membership, now))
                });
                let open = open.map_err(|problem: Problem| format!("The report was not saved. {}", problem.message))?;
                let story = kept.map(|kept| Story::of(&kept, Some(&answering), &TimeZone::UTC, &mut Unredacted));
                let document = document.with_story(story).with_open_outcome(open);
                save(Path::new("."), &document, subject.as_ref().map_or("account", |subject| subject.identity.account.as_str()))
            });
            let result = work.await.unwrap_or_else(|error| Err(said_by(error).into()));
            let _ = messages.send(Message::ReportSaved(result));
        });
    }
}

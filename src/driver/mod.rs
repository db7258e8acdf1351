//! Carries effects out and reports back as messages: connecting, checks, the leave, timers, the journal, files.
//!
//! It decides nothing. Everything it starts ends in a message, in bounded time, even when a check panics, unless a newer one takes its
//! place or the connection changes: then nobody waits for it. What needs the screen out of the way (signing in, the shell) is the front
//! end's.

mod browser;
mod keeper;
mod pages;
pub mod sign_in;
mod signals;
mod work;

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

use crate::aws::{
    self, Commands, Endpoint, Endpoints, Fixer, LEAVE_ORGANIZATION, LeaveAnswer, Leaver, Loan, MfaCode, Owner, Reader, Reading,
    Round, Session, Side, Wanted,
};
use crate::checklist::gate::ReadyToLeave;
use crate::checklist::{AccountId, Checklist, Draft, Finding, Fix, FixAnswer, Partition, Problem, StepId, Subject};
use crate::departure::{self, Asked, Attempt, Event, Mode, SessionFacts, Unconnected};
use crate::journal::{Entry, Folder, Intent};
use crate::report::{self, Document, Form, Origin, Story};
use crate::simulator::Console;
use crate::wizard::{Effect, Message, ProfileChoice};
use keeper::Keeper;
use work::{said_by, start, to_its_end, within, within_but_for};

pub use signals::{Continued, Signal, Signals, survive_file_limits};

/// The longest that one check may take, its calls and their retries included.
pub const CHECK_LIMIT: Duration = Duration::from_secs(90);
/// The longest that finding credentials may take: a sign-in process or a token exchange may be part of it.
const CONNECT_LIMIT: Duration = Duration::from_mins(1);
/// The longest that one read of the membership may take.
const LOOK_LIMIT: Duration = Duration::from_secs(30);

/// What a walk can do to AWS, and so what it may end in.
///
/// A leave takes a token of the gate and a [`Leaver`], and only [`aws::connect_to_leave`] gives one. With what the review has, the same
/// lines do not compile:
///
/// ```no_run
/// use leave_org::{aws::*, checklist::gate::ReadyToLeave};
/// async fn leave(wanted: Wanted, token: ReadyToLeave) -> LeaveAnswer {
///     let (_, leaver, _) = connect_to_leave(&wanted).await.unwrap();
///     Leaver::leave(&leaver, token).await
/// }
/// ```
/// ```compile_fail
/// use leave_org::{aws::*, checklist::gate::ReadyToLeave};
/// async fn leave(wanted: Wanted, token: ReadyToLeave) -> LeaveAnswer {
///     let leaver = connect(&wanted).await.unwrap();
///     Leaver::leave(&leaver, token).await
/// }
/// ```
pub trait Capability: Clone + Send + Sync + 'static {
    /// What a walk with this capability may end in.
    const MODE: Mode;

    /// Connects with what this capability needs, and with nothing more.
    fn connect(wanted: &Wanted) -> impl Future<Output = Result<(Session, Self), Problem>> + Send;

    /// Connects with the owner's profile, to ask, and to do what this capability may with it.
    fn connect_owner(&self, wanted: &Wanted, profile: &str) -> impl Future<Output = Result<(Owner, Self), Problem>> + Send;

    /// Asks AWS once to let the account leave. `None` where this walk cannot: nothing is sent.
    fn leave(&self, token: ReadyToLeave) -> impl Future<Output = Option<LeaveAnswer>> + Send;

    /// Makes one change that fixes a step, once. `None` where this walk cannot: nothing is sent.
    fn apply(&self, fix: Fix) -> impl Future<Output = Option<FixAnswer>> + Send;
}

/// The capability of the guided leave.
#[derive(Debug, Clone)]
pub struct Guiding {
    leaver: Leaver,
    fixer: Fixer,
}

impl Capability for Guiding {
    const MODE: Mode = Mode::Guided;

    async fn connect(wanted: &Wanted) -> Result<(Session, Self), Problem> {
        let (session, leaver, fixer) = aws::connect_to_leave(wanted).await?;
        Ok((session, Self { leaver, fixer }))
    }

    async fn connect_owner(&self, wanted: &Wanted, profile: &str) -> Result<(Owner, Self), Problem> {
        let (owner, hand) = aws::connect_owner_to_fix(wanted, profile).await?;
        Ok((owner, Self { leaver: self.leaver.clone(), fixer: self.fixer.with_owner(hand) }))
    }

    async fn leave(&self, token: ReadyToLeave) -> Option<LeaveAnswer> {
        Some(self.leaver.leave(token).await)
    }

    async fn apply(&self, fix: Fix) -> Option<FixAnswer> {
        Some(self.fixer.apply(fix).await)
    }
}

/// The capability of a walk that cannot leave: it has nothing to leave with.
#[derive(Debug, Clone, Copy)]
pub struct OnlyReading;

/// Whatever it held could be written with.
const _: () = assert!(size_of::<OnlyReading>() == 0);

impl Capability for OnlyReading {
    const MODE: Mode = Mode::Review;

    async fn connect(wanted: &Wanted) -> Result<(Session, Self), Problem> {
        Ok((aws::connect(wanted).await?, Self))
    }

    async fn connect_owner(&self, wanted: &Wanted, profile: &str) -> Result<(Owner, Self), Problem> {
        Ok((aws::connect_owner(wanted, profile).await?, Self))
    }

    async fn leave(&self, _: ReadyToLeave) -> Option<LeaveAnswer> {
        None
    }

    async fn apply(&self, _: Fix) -> Option<FixAnswer> {
        None
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

/// Carries effects out.
pub struct Driver<C> {
    wanted: Wanted,
    console: Option<Console>,
    messages: mpsc::UnboundedSender<Message>,
    connections: mpsc::UnboundedSender<(Attempt, Session, C)>,
    connected: mpsc::UnboundedReceiver<(Attempt, Session, C)>,
    connecting: Attempt,
    session: Option<(Reader, C)>,
    owners: mpsc::UnboundedSender<Met<C>>,
    met: mpsc::UnboundedReceiver<Met<C>>,
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
    keeper: Keeper,
    loans: mpsc::UnboundedReceiver<Loan>,
}

impl<C: Capability> Driver<C> {
    /// A driver that connects as `wanted` and reports to `messages`. `journals` is where the journals lie, or why there is no such place.
    /// In the demo, `console` stands for the browser.
    #[must_use]
    pub fn new(
        wanted: Wanted,
        console: Option<Console>,
        journals: Result<Folder, Problem>,
        messages: mpsc::UnboundedSender<Message>,
    ) -> Self {
        let (connections, connected) = mpsc::unbounded_channel();
        let (owners, met) = mpsc::unbounded_channel();
        let (ask, loans) = mpsc::unbounded_channel();
        let wanted = Wanted { commands: Commands::asking(ask), ..wanted };
        Self {
            keeper: Keeper::start(journals, messages.clone(), wanted.clock.clone()),
            wanted,
            console,
            messages,
            connections,
            connected,
            connecting: Attempt::default(),
            session: None,
            owners,
            met,
            loans,
            answering: Vec::new(),
            endpoints: Vec::new(),
            connection: None,
            owner: None,
            running: BTreeMap::new(),
            subject: None,
            look: None,
        }
    }

    /// Carries one effect out. `checklist` is what a report would show.
    ///
    /// [`Effect::SignIn`], [`Effect::Suspend`], [`Effect::Copy`], [`Effect::DiscardTypeAhead`] and [`Effect::Quit`] are the front end's.
    pub fn carry_out(&mut self, effect: Effect, checklist: &Checklist) {
        // A finished connection belongs to the effects that came after it.
        while let Ok((attempt, session, capability)) = self.connected.try_recv() {
            if attempt == self.connecting {
                self.answering = aws::in_words(session.answering());
                self.endpoints = session.endpoints().to_vec();
                self.session = Some((session.reader(), capability));
            }
        }
        while let Ok(met) = self.met.try_recv() {
            // Whose organization it is was proven with the connection of that time, and holds for no other.
            if met.connection == self.connecting && self.session.is_some() {
                self.wanted.management_profile = Some(met.profile);
                self.endpoints.retain(|endpoint| endpoint.profile == Side::Member);
                self.endpoints.extend(met.endpoints);
                self.session = Some((met.reader, met.capability));
            }
        }
        match effect {
            Effect::ListProfiles => self.list_profiles(),
            Effect::Of(departure::Effect::Connect { attempt, profile, code }) => self.connect(attempt, profile, code),
            Effect::Of(departure::Effect::RunChecks { attempt, steps }) => self.run_checks(attempt, &steps),
            Effect::Of(departure::Effect::ScheduleRetry { of, attempt, failures }) => self.schedule_retry(of, attempt, failures),
            Effect::Of(departure::Effect::OpenJournal { attempt, account, endpoints }) => {
                self.keeper.open(attempt, account, endpoints);
            }
            Effect::Of(departure::Effect::Record { entry, at }) => self.keeper.write(entry, at),
            Effect::ListOwnerProfiles => self.list_owner_profiles(),
            Effect::Of(departure::Effect::ConnectOwner { attempt, profile }) => self.connect_owner(attempt, profile),
            Effect::Of(departure::Effect::ReadContact { attempt }) => self.read_contact(attempt),
            Effect::Of(departure::Effect::Apply { attempt, fix }) => self.apply(attempt, fix),
            Effect::Of(departure::Effect::Leave { attempt, token }) => self.leave(attempt, token),
            Effect::Of(departure::Effect::LookAtMembership { attempt, account, after }) => {
                self.look_at_membership(attempt, account, after);
            }
            Effect::OpenLink(url) => self.open_link(url),
            Effect::SaveReport => self.save_report(checklist),
            Effect::SignIn(_) | Effect::Suspend | Effect::Copy(..) | Effect::DiscardTypeAhead | Effect::Quit => {}
        }
    }

    /// The next command of a profile that wants the terminal. Nothing is lost where nobody waits.
    pub async fn wants_terminal(&mut self) -> Loan {
        match self.loans.recv().await {
            Some(loan) => loan,
            // While there is a driver, there is somebody to want it.
            None => std::future::pending().await,
        }
    }

    /// Signs in where no command is needed: in the practice AWS. `None` means that the command has to be run.
    pub fn sign_in_here(&self) -> Option<String> {
        self.console.as_ref().map(Console::sign_in)
    }

    /// A problem of this program with `operation`, now.
    fn internal_problem(&self, operation: &str, message: &str) -> Problem {
        aws::internal_problem(operation, message, self.now())
    }

    fn now(&self) -> Timestamp {
        self.wanted.clock.now()
    }

    fn tell(&self, message: Message) {
        // A closed channel means that the program is ending: nobody is left to be told.
        let _ = self.messages.send(message);
    }

    fn list_profiles(&self) {
        let (messages, now) = (self.messages.clone(), self.now());
        tokio::spawn(async move {
            let result = aws::profiles(now).await.map(|profiles| profiles.into_iter().map(ProfileChoice::from).collect());
            let _ = messages.send(Message::ProfilesListed(result));
        });
    }

    fn connect(&mut self, attempt: Attempt, profile: Option<String>, mfa_code: Option<MfaCode>) {
        // Responses to requests made with the previous credentials say nothing about the new ones.
        self.running.clear();
        self.subject = None;
        self.session = None;
        self.connecting = attempt;
        let profile = profile.or_else(|| self.wanted.profile.clone());
        let wanted = Wanted { profile, mfa_code, endpoints: Endpoints::default(), ..self.wanted.clone() };
        let (messages, connections) = (self.messages.clone(), self.connections.clone());
        self.connection = Some(start(async move {
            let tried = wanted.clone();
            let is_paused = wanted.commands.is_running();
            let result = within_but_for(CONNECT_LIMIT, is_paused, async move { C::connect(&tried).await }).await;
            let result = result.unwrap_or_else(|why| Err(why.problem("credentials", wanted.clock.now())));
            let result = match result {
                Ok((session, capability)) => {
                    let facts = SessionFacts::from(&session);
                    let _ = connections.send((attempt, session, capability));
                    Ok(facts)
                }
                Err(problem) => {
                    let tried = wanted.clone();
                    let sign_in = within(CONNECT_LIMIT, async move { aws::sign_in_command(&tried).await }).await;
                    Err(Unconnected { problem, sign_in: sign_in.unwrap_or_default(), endpoints: wanted.endpoints.list() })
                }
            };
            let _ = messages.send(Message::Of(Event::Connected { attempt, result }));
        }));
    }

    /// The profiles that may be the owner's. In the demo those of the practice AWS.
    fn list_owner_profiles(&self) {
        let (practice, messages, now) = (self.wanted.practice.clone(), self.messages.clone(), self.now());
        tokio::spawn(async move {
            let result = match practice {
                Some(practice) => {
                    let named = |(name, _): (String, String)| ProfileChoice { name, source: "the practice AWS".to_owned() };
                    Ok(practice.profiles.into_iter().map(named).collect())
                }
                None => aws::profiles(now).await.map(|profiles| profiles.into_iter().map(ProfileChoice::from).collect()),
            };
            let _ = messages.send(Message::OwnerProfilesListed(result));
        });
    }

    /// Connects with the owner's profile and lets AWS prove that it is the owner's. Only then is anything asked or done with it.
    fn connect_owner(&mut self, attempt: Attempt, profile: String) {
        let operation = "credentials";
        let Some((reader, capability)) = self.session.clone() else {
            let problem = self.internal_problem(operation, "there is no session with AWS");
            self.tell(Message::Of(Event::OwnerMet { attempt, profile, endpoints: Vec::new(), result: Err(problem) }));
            return;
        };
        let wanted = Wanted { endpoints: Endpoints::default(), ..self.wanted.clone() };
        let (connection, messages, endpoints) = (self.connecting, self.messages.clone(), wanted.endpoints.clone());
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
            let _ = messages.send(Message::Of(Event::OwnerMet { attempt, profile, endpoints, result }));
        }));
    }

    /// Reads the contact information that is on file.
    fn read_contact(&self, attempt: Attempt) {
        let operation = "account:GetContactInformation";
        let Some((reader, _)) = self.session.clone() else {
            let problem = self.internal_problem(operation, "there is no session with AWS");
            self.tell(Message::Of(Event::ContactRead { attempt, result: Err(problem) }));
            return;
        };
        let (messages, clock) = (self.messages.clone(), self.wanted.clock.clone());
        tokio::spawn(async move {
            let result = within(LOOK_LIMIT, async move { reader.contact().await }).await;
            let result = result.unwrap_or_else(|why| Err(why.problem(operation, clock.now())));
            let _ = messages.send(Message::Of(Event::ContactRead { attempt, result }));
        });
    }

    /// Writes down what is about to be done, then does it once.
    fn apply(&self, attempt: Attempt, fix: Fix) {
        let (operation, record) = (fix.operation(), fix.record());
        let Some((_, capability)) = &self.session else {
            let problem = self.internal_problem(operation, "there is no session with AWS");
            self.tell(Message::Of(Event::FixAnswered { attempt, fix: record, answer: FixAnswer::NeverSent { problem } }));
            return;
        };
        let (capability, messages, console) = (capability.clone(), self.messages.clone(), self.console.clone());
        let clock = self.wanted.clock.clone();
        let intended = self.keeper.intend(Entry::FixIntended { fix: record.clone() });
        tokio::spawn(async move {
            if let Err(problem) = intended.await {
                let _ = messages.send(Message::Of(Event::FixAnswered {
                    attempt,
                    fix: record,
                    answer: FixAnswer::NeverSent { problem },
                }));
                return;
            }
            let problem = |said: &str| aws::internal_problem(operation, said, clock.now());
            let answer = match to_its_end(async move { capability.apply(fix).await }).await {
                Ok(Some(answer)) => answer,
                Ok(None) => FixAnswer::NeverSent { problem: problem("a review changes nothing") },
                Err(said) => FixAnswer::Unknown { problem: problem(&said) },
            };
            let _ = messages.send(Message::Of(Event::FixAnswered { attempt, fix: record, answer }));
            if let Some(code) = console.and_then(|console| console.phone()) {
                let _ = messages.send(Message::Of(Event::PracticePhoneRang(code)));
            }
        });
    }

    fn run_checks(&mut self, attempt: Attempt, steps: &[StepId]) {
        let Some((reader, _)) = &self.session else {
            self.report_broken_round(attempt, steps);
            return;
        };
        let round = reader.round();
        {
            let (round, messages) = (round.clone(), self.messages.clone());
            self.subject = Some(start(async move {
                let result = read_subject(round, CHECK_LIMIT).await;
                let _ = messages.send(Message::Of(Event::SubjectRead { attempt, result }));
            }));
        }
        for step in steps {
            let (round, messages, step) = (round.clone(), self.messages.clone(), *step);
            let run = start(async move {
                let finding = run_check(round, step, CHECK_LIMIT).await;
                let _ = messages.send(Message::Of(Event::CheckFinished { attempt, finding }));
            });
            self.running.insert(step, run);
        }
    }

    /// Every effect ends in its messages, also when there is no session to carry it out with.
    fn report_broken_round(&self, attempt: Attempt, steps: &[StepId]) {
        let problem = || self.internal_problem("credentials", "there is no session with AWS");
        self.tell(Message::Of(Event::SubjectRead { attempt, result: Err(problem()) }));
        for step in steps {
            self.tell(Message::Of(Event::CheckFinished { attempt, finding: not_found_out(*step, problem()) }));
        }
    }

    fn schedule_retry(&self, of: Asked, attempt: Attempt, failures: u32) {
        let pause = pause_after(failures);
        let at =
            self.now().checked_add(SignedDuration::try_from(pause).unwrap_or(SignedDuration::ZERO)).unwrap_or(Timestamp::MAX);
        self.tell(Message::Of(Event::RetryScheduled { of, attempt, at }));
        let messages = self.messages.clone();
        tokio::spawn(async move {
            tokio::time::sleep(pause).await;
            let _ = messages.send(Message::Of(Event::RetryDue { of, attempt }));
        });
    }

    fn leave(&self, attempt: Attempt, token: ReadyToLeave) {
        let Some((_, capability)) = &self.session else {
            let problem = self.internal_problem(LEAVE_ORGANIZATION, "there is no session with AWS");
            self.tell(Message::Of(Event::LeaveAnswered { attempt, answer: LeaveAnswer::NeverSent(problem) }));
            return;
        };
        let (capability, messages, clock) = (capability.clone(), self.messages.clone(), self.wanted.clock.clone());
        let intended = self.keeper.intend(Entry::Intended(Intent::from(&token)));
        tokio::spawn(async move {
            // What is not on the disk is not done: after a crash, nobody would know that it was.
            if let Err(problem) = intended.await {
                let _ = messages.send(Message::Of(Event::LeaveAnswered { attempt, answer: LeaveAnswer::NeverSent(problem) }));
                return;
            }
            let problem = |said: &str| aws::internal_problem(LEAVE_ORGANIZATION, said, clock.now());
            let answer = match to_its_end(async move { capability.leave(token).await }).await {
                Ok(Some(answer)) => answer,
                Ok(None) => LeaveAnswer::NeverSent(problem("a review cannot leave")),
                // If the call itself panicked, nobody knows how far it came: reading the membership decides.
                Err(said) => LeaveAnswer::Unknown(problem(&said)),
            };
            let _ = messages.send(Message::Of(Event::LeaveAnswered { attempt, answer }));
        });
    }

    fn look_at_membership(&mut self, attempt: Attempt, account: AccountId, after: Duration) {
        let (messages, clock) = (self.messages.clone(), self.wanted.clock.clone());
        let reader = self.session.as_ref().map(|(reader, _)| reader.clone());
        if !after.is_zero() {
            let at = self.now().checked_add(SignedDuration::try_from(after).unwrap_or(SignedDuration::ZERO));
            self.tell(Message::Of(Event::LookScheduled { attempt, at: at.unwrap_or(Timestamp::MAX) }));
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
            let _ = messages.send(Message::Of(Event::MembershipRead { attempt, reading }));
        }));
    }

    fn open_link(&self, url: String) {
        let (console, messages) = (self.console.clone(), self.messages.clone());
        tokio::task::spawn_blocking(move || {
            let result = match console {
                Some(console) => Ok(format!("{} Press r to check again.", console.open(&url))),
                None => open_in_browser(&url),
            };
            let _ = messages.send(Message::LinkOpened(result));
        });
    }

    fn save_report(&self, checklist: &Checklist) {
        let now = self.now();
        let answering = self.answering.clone();
        let origin = if self.console.is_some() { Origin::Practice } else { Origin::of(self.endpoints.clone()) };
        let document = Document::of(checklist, &StepId::ALL, now).answered_by(origin);
        let subject = checklist.subject.clone();
        let (messages, kept) = (self.messages.clone(), self.keeper.kept());
        tokio::spawn(async move {
            let kept = kept.await;
            let work = tokio::task::spawn_blocking(move || {
                let open = kept.as_ref().zip(subject.as_ref()).map_or(Ok(None), |(kept, subject)| {
                    let past = kept.past(&subject.identity.account, &answering, now)?;
                    Ok(past.open_outcome(&subject.membership, now))
                });
                let open = open.map_err(|problem: Problem| format!("The report was not saved. {}", problem.message))?;
                let story = kept.map(|kept| Story::of(&kept, Some(&answering), &TimeZone::UTC));
                let document = document.with_story(story).with_open_outcome(open);
                save(Path::new("."), &document, subject.as_ref().map_or("account", |subject| subject.identity.account.as_str()))
            });
            let result = work.await.unwrap_or_else(|error| Err(said_by(error)));
            let _ = messages.send(Message::ReportSaved(result));
        });
    }
}

/// Hands a page to the browser of this machine, or says why not, with the link.
fn open_in_browser(url: &str) -> Result<String, String> {
    let without = |why: &str| Err(format!("No browser here: {why}. y copies {url}"));
    if let Some(why) = browser::missing(browser::System::HERE, |name| std::env::var(name).ok()) {
        return without(why);
    }
    match pages::open_page(url) {
        Ok(()) => Ok("The page was handed to your browser. Come back when it is done, and press r.".to_owned()),
        Err(error) => without(&error.to_string()),
    }
}

/// Writes the report into two new files in `folder`: one for people, one for a ticket. Says where, or why not; there are both or none.
fn save(folder: &Path, document: &Document, account: &str) -> Result<String, String> {
    let stem = format!("leave-org-{account}-{}", document.taken_at.strftime("%Y%m%dT%H%M%SZ"));
    let forms = [Form::Html, Form::Markdown];
    let stem = report::save(folder, &stem, &forms.map(|form| (form.extension(), form.write(document)))).map_err(|error| {
        let hint = match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => "Make room there, and press s again.",
            _ => "Start leave-org in a folder where you may write.",
        };
        format!("The report could not be saved in this folder: {}. {hint}", report::in_words(&error))
    })?;
    let [page, ticket] = forms.map(|form| format!("{stem}.{}", form.extension()));
    Ok(format!("The report was saved here as {page}, and for a ticket as {ticket}"))
}

/// Connects, to ask, within `limit`, whatever happens inside it. How long the command of a profile runs does not count.
///
/// # Errors
/// As [`aws::connect`]; a panic and a stall are a Problem, too.
pub async fn connect_within(wanted: Wanted, limit: Duration) -> Result<Session, Problem> {
    let clock = wanted.clock.clone();
    let is_paused = wanted.commands.is_running();
    let session = within_but_for(limit, is_paused, async move { Box::pin(aws::connect(&wanted)).await }).await;
    session.unwrap_or_else(|why| Err(why.problem("credentials", clock.now())))
}

/// Runs one check to a finding, whatever happens inside it: a panic and a stall become a Problem on its own row.
pub async fn run_check(round: Arc<Round>, step: StepId, limit: Duration) -> Finding {
    let run = round.clone();
    let finding = within(limit, async move { run.check(step).await }).await;
    finding.unwrap_or_else(|why| not_found_out(step, why.problem(step.as_str(), round.now())))
}

/// Runs one check like [`run_check`], and again after a pause while AWS asks to slow down, until `limit` is reached.
pub async fn run_check_patiently(reader: Reader, first: Arc<Round>, step: StepId, limit: Duration) -> Finding {
    patiently(reader, first, limit, |round, left| run_check(round, step, left), Finding::problem).await
}

/// Reads the subject like [`read_subject`], and again after a pause while AWS asks to slow down, until `limit` is reached.
///
/// # Errors
/// As there.
pub async fn read_subject_patiently(reader: Reader, first: Arc<Round>, limit: Duration) -> Result<Subject, Problem> {
    patiently(reader, first, limit, read_subject, |result| result.as_ref().err()).await
}

/// Asks `first`, and new rounds after pauses while the answer's problem is one that passes by itself and `limit` leaves time for it.
async fn patiently<T, F: Future<Output = T>>(
    reader: Reader,
    first: Arc<Round>,
    limit: Duration,
    ask: impl Fn(Arc<Round>, Duration) -> F,
    problem: impl Fn(&T) -> Option<&Problem>,
) -> T {
    let deadline = Instant::now() + limit;
    let mut round = first;
    let mut failures = 1;
    loop {
        let answer = ask(round, deadline.saturating_duration_since(Instant::now())).await;
        let pause = pause_after(failures);
        let waits = problem(&answer).is_some_and(|problem| problem.kind.passes_by_itself());
        if !waits || Instant::now() + pause >= deadline {
            return answer;
        }
        tokio::time::sleep(pause).await;
        round = reader.round();
        failures += 1;
    }
}

/// Reads the subject, whatever happens inside.
///
/// # Errors
/// When the identity cannot be established within `limit`.
pub async fn read_subject(round: Arc<Round>, limit: Duration) -> Result<Subject, Problem> {
    let operation = "sts:GetCallerIdentity";
    let run = round.clone();
    let subject = within(limit, async move { run.subject().await }).await;
    subject.unwrap_or_else(|why| Err(why.problem(operation, round.now())))
}

fn not_found_out(step: StepId, problem: Problem) -> Finding {
    let at = problem.at;
    Draft::unknown(step, problem).finish(Partition::default(), at)
}

/// The pause before AWS is asked again: doubling from two seconds, with jitter so that rows do not march in step.
fn pause_after(failures: u32) -> Duration {
    let pauses = ExponentialBuilder::default()
        .with_min_delay(Duration::from_secs(2))
        .with_max_delay(Duration::from_secs(30))
        .with_max_times(failures.max(1) as usize)
        .with_jitter()
        .build();
    pauses.last().unwrap_or(Duration::from_secs(2))
}

impl From<aws::ProfileEntry> for ProfileChoice {
    fn from(entry: aws::ProfileEntry) -> Self {
        use aws::ProfileKind;
        let kind = match entry.kind {
            ProfileKind::Sso => "IAM Identity Center",
            ProfileKind::Login => "console sign-in",
            ProfileKind::Role => "a role",
            ProfileKind::Process => "a credential process",
            ProfileKind::Keys => "access keys",
            ProfileKind::Settings => "settings only",
        };
        let account = entry.account.map(|account| format!("account {account}"));
        let parts = [Some(kind.to_owned()), account, entry.region];
        Self { name: entry.name, source: parts.into_iter().flatten().collect::<Vec<_>>().join(", ") }
    }
}

impl From<&Session> for SessionFacts {
    fn from(session: &Session) -> Self {
        Self {
            profile: session.profile().map(str::to_owned),
            chosen: session.chosen().map(str::to_owned),
            region: session.region().to_owned(),
            expires_at: session.credentials_expire_at(),
            custom_endpoints: aws::in_words(session.answering()),
            endpoints: session.endpoints().to_vec(),
            sign_in: session.sign_in_command(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_that_is_saved_twice_within_a_second_is_there_twice_and_where_it_cannot_be_the_reason_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let document = Document::of(&Checklist::default(), &StepId::ALL, "2026-11-24T10:11:12.5Z".parse().unwrap());
        let first = save(folder.path(), &document, "412098765432").unwrap();
        assert!(first.contains("leave-org-412098765432-20261124T101112Z.html"), "{first}");
        let second = save(folder.path(), &document, "412098765432").unwrap();
        for name in ["leave-org-412098765432-20261124T101112Z-2.html", "leave-org-412098765432-20261124T101112Z-2.md"] {
            assert!(second.contains(name) && folder.path().join(name).exists(), "{second}");
        }
        let told = save(&folder.path().join("nowhere"), &document, "412098765432").unwrap_err();
        assert_eq!(
            told,
            "The report could not be saved in this folder: there is no such folder. Start leave-org in a folder where you may write."
        );
    }
}

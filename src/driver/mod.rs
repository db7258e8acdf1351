//! Carries effects out and reports back as messages: connecting, checks, the leave, timers, the journal, files.
//!
//! It decides nothing. Everything it starts ends in a message, in bounded time, even when a check panics, unless a newer one takes its
//! place or the connection changes: then nobody waits for it. What needs the screen out of the way (signing in, the shell) is the front
//! end's.

mod browser;
mod journal_writer;
mod lane;
mod pages;
pub mod sign_in;
mod signals;
mod work;

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use backon::{BackoffBuilder as _, ExponentialBuilder};
use tokio::sync::{Semaphore, mpsc};

use crate::aws::{self, CheckRun, Commands, ConnectOptions, FixClient, Leaver, Loan, Owner, Practice, Session};
use crate::checklist::gate::{Confirmation, ReadyToLeave};
use crate::checklist::{Checklist, Finding, Fix, FixAnswer, LeaveAnswer, Partition, Problem, StepId, Subject};
use crate::departure::{DepartureId, Mode, SessionFacts};
use crate::journal::Folder;
use crate::report::{self, Document, Form};
use crate::simulator::Console;
use crate::wizard::{Effect, Message, ProfileChoice, Text, keyed};
use lane::Lane;
use work::within;

pub use signals::{Continued, Signal, Signals, survive_file_limits};

/// The longest that one check may take, its calls and their retries included.
pub const CHECK_LIMIT: Duration = Duration::from_secs(90);
/// The longest that finding credentials may take: a sign-in process or a token exchange may be part of it.
const CONNECT_LIMIT: Duration = Duration::from_mins(1);
/// The least time for a question, even after the deadline.
const LEAST: Duration = Duration::from_secs(1);
/// How many checks run at once, of all departures together. One alone has fewer.
const MOST_AT_ONCE: usize = 24;
/// The longest that one read of the membership may take.
const LOOK_LIMIT: Duration = Duration::from_secs(30);

/// What a walk can do to AWS, and so what it may end in.
///
/// A leave takes a token of the gate and a [`Leaver`], and only [`aws::connect_to_leave`] gives one. With what the review has, the same
/// lines do not compile:
///
/// ```no_run
/// use leave_org::{aws::*, checklist::gate::ReadyToLeave};
/// async fn leave(wanted: ConnectOptions, token: ReadyToLeave) {
///     let (_, leaver, _) = connect_to_leave(&wanted).await.unwrap();
///     Leaver::leave(&leaver, token).await;
/// }
/// ```
/// ```compile_fail
/// use leave_org::{aws::*, checklist::gate::ReadyToLeave};
/// async fn leave(wanted: ConnectOptions, token: ReadyToLeave) {
///     let leaver = connect(&wanted).await.unwrap();
///     Leaver::leave(&leaver, token).await;
/// }
/// ```
pub trait Capability: Clone + Send + Sync + 'static {
    /// What a walk with this capability may end in.
    const MODE: Mode;

    /// Connects with what this capability needs, and with nothing more.
    fn connect(wanted: &ConnectOptions) -> impl Future<Output = Result<(Session, Self), Problem>> + Send;

    /// Connects with the owner's profile, to ask, and to do what this capability may with it.
    fn connect_owner(
        &self,
        wanted: &ConnectOptions,
        profile: &str,
    ) -> impl Future<Output = Result<(Owner, Self), Problem>> + Send;

    /// Asks AWS once to let the account leave. `None` where this walk cannot: nothing is sent.
    fn leave(&self, token: ReadyToLeave) -> impl Future<Output = Option<(LeaveAnswer, Option<Confirmation>)>> + Send;

    /// Makes one change that fixes a step, once. `None` where this walk cannot: nothing is sent.
    fn apply(&self, fix: Fix) -> impl Future<Output = Option<FixAnswer>> + Send;
}

/// The capability of the guided leave.
#[derive(Clone)]
pub struct Guiding {
    leaver: Leaver,
    fixes: FixClient,
}

impl Capability for Guiding {
    const MODE: Mode = Mode::Guided;

    async fn connect(wanted: &ConnectOptions) -> Result<(Session, Self), Problem> {
        let (session, leaver, fixes) = aws::connect_to_leave(wanted).await?;
        Ok((session, Self { leaver, fixes }))
    }

    async fn connect_owner(&self, wanted: &ConnectOptions, profile: &str) -> Result<(Owner, Self), Problem> {
        let (owner, write_client) = aws::connect_owner_to_fix(wanted, profile).await?;
        Ok((owner, Self { leaver: self.leaver.clone(), fixes: self.fixes.with_owner(write_client) }))
    }

    async fn leave(&self, token: ReadyToLeave) -> Option<(LeaveAnswer, Option<Confirmation>)> {
        Some(self.leaver.leave(token).await)
    }

    async fn apply(&self, fix: Fix) -> Option<FixAnswer> {
        Some(self.fixes.apply(fix).await)
    }
}

/// The capability of a walk that cannot leave: it has nothing to leave with.
#[derive(Debug, Clone, Copy)]
pub struct OnlyReading;

/// Whatever it held could be written with.
const _: () = assert!(size_of::<OnlyReading>() == 0);

impl Capability for OnlyReading {
    const MODE: Mode = Mode::Review;

    async fn connect(wanted: &ConnectOptions) -> Result<(Session, Self), Problem> {
        Ok((aws::connect(wanted).await?, Self))
    }

    async fn connect_owner(&self, wanted: &ConnectOptions, profile: &str) -> Result<(Owner, Self), Problem> {
        Ok((aws::connect_owner(wanted, profile).await?, Self))
    }

    async fn leave(&self, _: ReadyToLeave) -> Option<(LeaveAnswer, Option<Confirmation>)> {
        None
    }

    async fn apply(&self, _: Fix) -> Option<FixAnswer> {
        None
    }
}

/// Carries effects out, for each departure in a lane of its own.
pub struct Driver<C> {
    shared: Shared,
    lanes: BTreeMap<DepartureId, Lane<C>>,
    loans: mpsc::UnboundedReceiver<Loan>,
}

/// What every lane needs to begin.
#[derive(Clone)]
struct Shared {
    wanted: ConnectOptions,
    console: Option<Console>,
    journals: Result<Folder, Problem>,
    messages: mpsc::UnboundedSender<Message>,
    /// How many checks may run at once, whosever they are.
    permits: Arc<Semaphore>,
    /// When connecting and the checks have to end, if there is such a time.
    deadline: Option<Instant>,
}

impl Shared {
    /// How long a question may take. `usual` applies where there is no deadline.
    fn limit(&self, usual: Duration) -> Duration {
        self.deadline.map_or(usual, |end| end.saturating_duration_since(Instant::now()).max(LEAST))
    }
}

impl<C: Capability> Driver<C> {
    /// A driver that connects as `wanted` and reports to `messages`. `journals` is where the journals lie, or why there is no such place.
    /// In the demo, `console` stands for the browser.
    #[must_use]
    pub fn new(
        wanted: ConnectOptions,
        console: Option<Console>,
        journals: Result<Folder, Problem>,
        messages: mpsc::UnboundedSender<Message>,
    ) -> Self {
        let (ask, loans) = mpsc::unbounded_channel();
        let wanted = ConnectOptions { commands: Commands::asking(ask), ..wanted };
        let shared =
            Shared { wanted, console, journals, messages, permits: Arc::new(Semaphore::new(MOST_AT_ONCE)), deadline: None };
        Self { shared, lanes: BTreeMap::new(), loans }
    }

    /// Ends connecting and the checks at `deadline`: whatever starts from now on gets the remaining time instead of its usual limit. All of it is
    /// one reading, so who and where we are is not asked again in later rounds.
    pub fn end_at(&mut self, deadline: Instant) {
        self.shared.deadline = Some(deadline);
        self.lanes.values_mut().for_each(|lane| lane.shared.deadline = Some(deadline));
    }

    /// Carries one effect out. `checklist` is what a report would show.
    ///
    /// [`Effect::SignIn`], [`Effect::Suspend`], [`Effect::Copy`], [`Effect::DiscardTypeAhead`] and [`Effect::Quit`] are the front end's.
    pub fn carry_out(&mut self, effect: Effect, checklist: &Checklist) {
        match effect {
            Effect::Of(id, effect) => self.lane(id).carry_out(effect),
            Effect::SaveReport(id) => self.lane(id).save_report(checklist),
            Effect::ListProfiles => self.list_profiles(None, Message::ProfilesListed),
            // In the demo those of the practice AWS.
            Effect::ListOwnerProfiles => {
                self.list_profiles(self.shared.wanted.practice.clone(), Message::OwnerProfilesListed);
            }
            Effect::OpenLink(url) => self.open_link(url),
            Effect::SignIn(_) | Effect::Suspend | Effect::Copy(..) | Effect::DiscardTypeAhead | Effect::Quit => {}
        }
    }

    fn lane(&mut self, id: DepartureId) -> &mut Lane<C> {
        self.lanes.entry(id).or_insert_with(|| Lane::begin(id, self.shared.clone()))
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
    #[must_use]
    pub fn sign_in_here(&self) -> Option<Text> {
        self.shared.console.as_ref().map(|console| console.sign_in().into())
    }

    fn list_profiles(&self, practice: Option<Practice>, answer: fn(Result<Vec<ProfileChoice>, Problem>) -> Message) {
        let (messages, now) = (self.shared.messages.clone(), self.shared.wanted.clock.now());
        tokio::spawn(async move {
            let result = match practice {
                Some(practice) => {
                    let named = |(name, _): (String, String)| ProfileChoice { name, source: "the practice AWS".to_owned() };
                    Ok(practice.profiles.into_iter().map(named).collect())
                }
                None => aws::profiles(now).await.map(|profiles| profiles.into_iter().map(ProfileChoice::from).collect()),
            };
            let _ = messages.send(answer(result));
        });
    }

    fn open_link(&self, url: String) {
        let (console, messages) = (self.shared.console.clone(), self.shared.messages.clone());
        tokio::task::spawn_blocking(move || {
            let result = match console {
                Some(console) => Ok(Text::from(console.open(&url)).and(keyed(" `Press r` to check again."))),
                None => open_in_browser(&url),
            };
            let _ = messages.send(Message::LinkOpened(result));
        });
    }
}

/// Hands a page to the browser of this machine, or says why not, with the link.
fn open_in_browser(url: &str) -> Result<Text, Text> {
    let without = |why: &str| {
        let copies = Text::voices("y copies ", "The page is ");
        Err(Text::from(format!("No browser here: {why}. ")).and(copies).and(url))
    };
    if let Some(why) = browser::missing(browser::System::HERE, |name| std::env::var(name).ok()) {
        return without(why);
    }
    match pages::open_page(url) {
        Ok(()) => Ok(keyed("The page was handed to your browser. Come back when it is done, and `press r`.")),
        Err(error) => without(&error.to_string()),
    }
}

/// Writes the report into two new files in `folder`: one for people, one for a ticket. Says where, or why not; there are both or none.
fn save(folder: &Path, document: &Document, account: &str) -> Result<Text, Text> {
    let stem = format!("leave-org-{account}-{}", document.taken_at.strftime("%Y%m%dT%H%M%SZ"));
    let forms = [Form::Html, Form::Markdown];
    let stem = report::save(folder, &stem, &forms.map(|form| (form.as_str(), form.write(document)))).map_err(|error| {
        let hint = match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                "Make room there, and `press s` again."
            }
            _ => "Start leave-org in a folder where you may write.",
        };
        Text::from(format!("The report could not be saved in this folder: {}. ", report::in_words(&error))).and(keyed(hint))
    })?;
    let [page, ticket] = forms.map(|form| format!("{stem}.{}", form.as_str()));
    Ok(format!("The report was saved here as {page}, and for a ticket as {ticket}").into())
}

/// Runs one check to a finding, whatever happens inside it: a panic and a stall become a Problem on its own row.
pub async fn run_check(round: Arc<CheckRun>, step: StepId, limit: Duration) -> Finding {
    let run = round.clone();
    let finding = within(limit, async move { run.check(step).await }).await;
    finding.unwrap_or_else(|why| not_found_out(step, why.problem(step.as_str(), round.now())))
}

/// Reads the subject, whatever happens inside.
///
/// # Errors
/// When the identity cannot be established within `limit`.
pub async fn read_subject(round: Arc<CheckRun>, limit: Duration) -> Result<Subject, Problem> {
    let operation = "sts:GetCallerIdentity";
    let run = round.clone();
    let subject = within(limit, async move { run.subject().await }).await;
    subject.unwrap_or_else(|why| Err(why.problem(operation, round.now())))
}

fn not_found_out(step: StepId, problem: Problem) -> Finding {
    let at = problem.at;
    Finding::unknown(step, problem).finish(Partition::default(), at)
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
            profile: session.profile.clone(),
            chosen: session.chosen.clone(),
            region: session.region.clone(),
            expires_at: session.expire_at,
            custom_endpoints: aws::in_words(&session.answering),
            endpoints: session.endpoints.clone(),
            sign_in: session.sign_in.clone(),
            management_problem: session.reader().management_problem().cloned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_that_is_saved_twice_within_a_second_is_there_twice_and_where_it_cannot_be_the_reason_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let document = Document::of(
            &Checklist::default(),
            &StepId::ALL,
            "2026-11-24T10:11:12.5Z".parse().unwrap(),
            &mut crate::checklist::Unredacted,
        );
        let first = save(folder.path(), &document, "412098765432").unwrap().shown;
        assert!(first.contains("leave-org-412098765432-20261124T101112Z.html"), "{first}");
        let second = save(folder.path(), &document, "412098765432").unwrap().shown;
        for name in ["leave-org-412098765432-20261124T101112Z-2.html", "leave-org-412098765432-20261124T101112Z-2.md"] {
            assert!(second.contains(name) && folder.path().join(name).exists(), "{second}");
        }
        let told = save(&folder.path().join("nowhere"), &document, "412098765432").unwrap_err().shown;
        assert_eq!(
            told,
            "The report could not be saved in this folder: there is no such folder. Start leave-org in a folder where you may write."
        );
    }
}

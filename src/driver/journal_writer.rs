//! Keeps the journal of the account on a thread of its own: a disk may take its time, and the screen must not wait for it.
//!
//! It writes in the order in which it is told. What cannot be written is kept and goes first as soon as it can be; only an intent is never
//! kept: a call that was not made must not look like one later.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::oneshot;

use super::lane::Teller;
use crate::checklist::{AccountId, Problem, ProblemKind};
use crate::clock::Clock;
use crate::departure::{Attempt, Event, Opened};
use crate::journal::{Entry, Folder, Journal, JournalContents, Opening, Past};

/// How long a disk may take for something that somebody waits for.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long the end of the program waits for the disk.
const LAST_PATIENCE: Duration = Duration::from_secs(3);
/// A journal of fewer bytes is read before anybody would see how far it is.
const LONG: u64 = 8 << 20;

/// The journal's thread. When it is dropped, it gets a moment to write what it was told.
pub(super) struct JournalWriter {
    orders: Sender<Order>,
    teller: Teller,
    clock: Clock,
    opening: Arc<Progress>,
    /// Closed by the thread when it ends.
    ended: Receiver<()>,
}

/// How far the thread is with a journal that it reads, and whether anybody still waits for that.
#[derive(Default)]
struct Progress {
    /// The newest attempt to open one. What is read for an older one is not read to its end.
    wanted: AtomicU64,
    /// Counts up while something is read.
    steps: AtomicU64,
}

/// The program ends: nothing is waited for.
const NOTHING: u64 = u64::MAX;

enum Order {
    Open { attempt: Attempt, account: AccountId, endpoints: Vec<String>, done: oneshot::Sender<Result<(), Problem>> },
    Write { entry: Box<Entry>, at: Timestamp },
    Intend { intent: Box<Entry>, at: Timestamp, done: oneshot::Sender<Result<(), Problem>> },
    Read { done: oneshot::Sender<Option<JournalContents>> },
    End,
}

impl JournalWriter {
    /// Starts the thread. `folder` is where the journals lie, or why there is no such place.
    pub fn start(folder: Result<Folder, Problem>, teller: Teller, clock: Clock) -> Self {
        let (orders, received) = channel();
        let (running, ended) = channel();
        let opening = Arc::<Progress>::default();
        // No two departures have the same, nor do two runs of the program.
        let run = format!("{}-{}-{}", clock.now(), std::process::id(), teller.id().0);
        let desk = Desk {
            folder,
            run,
            teller: teller.clone(),
            clock: clock.clone(),
            opening: opening.clone(),
            account: None,
            journal: None,
            backlog: VecDeque::new(),
        };
        let work = move || {
            desk.work(&received);
            drop(running);
        };
        // Without a thread, orders go nowhere: then the journal does not open, and nothing is sent.
        let _ = thread::Builder::new().name("journal".to_owned()).spawn(work);
        Self { orders, teller, clock, opening, ended }
    }

    /// Opens the journal of `account`, or tries again to write it; answers with [`Event::JournalOpened`] in bounded time, and says with
    /// [`Event::JournalRead`] how far it is with one that is long. If an older one is still being read, that ends.
    pub fn open(&self, attempt: Attempt, account: AccountId, endpoints: Vec<String>) {
        let (done, opened) = oneshot::channel();
        self.opening.wanted.store(attempt.0, Ordering::Relaxed);
        self.order(Order::Open { attempt, account, endpoints, done });
        let (teller, clock, opening) = (self.teller.clone(), self.clock.clone(), self.opening.clone());
        tokio::spawn(async move {
            // The thread tells itself what came of it, in the order in which it happens; only its silence is told here.
            if let Err(problem) = in_time(opened, "The journal was not opened", clock, opening).await {
                teller.tell(Event::JournalOpened(attempt, Err(problem)));
            }
        });
    }

    /// Adds an entry.
    pub fn write(&self, entry: Box<Entry>, at: Timestamp) {
        self.order(Order::Write { entry, at });
    }

    /// Writes an intent down, and everything that was to be written before it.
    ///
    /// # Errors
    /// When it is not on the disk: then what is intended must not be done.
    pub fn intend(&self, intent: Entry) -> impl Future<Output = Result<(), Problem>> + Send + use<> {
        let (done, written) = oneshot::channel();
        self.order(Order::Intend { intent: Box::new(intent), at: self.clock.now(), done });
        in_time(written, "The intent was not written down", self.clock.clone(), self.opening.clone())
    }

    /// Reads what is in the journal, once everything is in it that it was told. `None` while there is none that can be read.
    pub fn kept(&self) -> impl Future<Output = Option<JournalContents>> + Send + use<> {
        let (done, kept) = oneshot::channel();
        self.order(Order::Read { done });
        async { tokio::time::timeout(PATIENCE, kept).await.ok()?.ok()? }
    }

    fn order(&self, order: Order) {
        // A thread that is gone answers nobody; whoever waits for an answer is told so by the closed channel.
        let _ = self.orders.send(order);
    }
}

impl Drop for JournalWriter {
    fn drop(&mut self) {
        self.opening.wanted.store(NOTHING, Ordering::Relaxed);
        self.order(Order::End);
        // However the program ends, also by a panic: what was said is written, unless the disk hangs.
        let _: Result<(), RecvTimeoutError> = self.ended.recv_timeout(LAST_PATIENCE);
    }
}

async fn in_time<T>(
    mut answer: oneshot::Receiver<Result<T, Problem>>,
    what_if_not: &str,
    clock: Clock,
    progress: Arc<Progress>,
) -> Result<T, Problem> {
    let why = loop {
        let before = progress.steps.load(Ordering::Relaxed);
        match tokio::time::timeout(PATIENCE, &mut answer).await {
            Ok(Ok(result)) => return result,
            Ok(Err(_)) => break "nobody keeps it".to_owned(),
            // A long journal is being read: the disk answers.
            Err(_) if progress.steps.load(Ordering::Relaxed) != before => {}
            Err(_) => break format!("the disk did not answer within {} s", PATIENCE.as_secs()),
        }
    };
    Err(not_writable(&format!("{what_if_not}: {why}."), clock.now()))
}

fn not_writable(message: &str, at: Timestamp) -> Problem {
    Problem::here(ProblemKind::JournalNotWritable, "journal", message, at)
}

fn path_of(journal: &Journal) -> String {
    journal.path().display().to_string()
}

struct Desk {
    folder: Result<Folder, Problem>,
    run: String,
    teller: Teller,
    clock: Clock,
    opening: Arc<Progress>,
    account: Option<AccountId>,
    journal: Option<Journal>,
    backlog: VecDeque<(Box<Entry>, Timestamp)>,
}

impl Desk {
    fn work(mut self, orders: &Receiver<Order>) {
        while let Ok(order) = orders.recv() {
            // What waits already is written in one go.
            let mut next = Some(order);
            let waited = !self.backlog.is_empty();
            while let Some(Order::Write { entry, at }) = next {
                self.backlog.push_back((entry, at));
                next = orders.try_recv().ok();
            }
            self.catch_up(waited);
            match next {
                Some(Order::Open { attempt, account, endpoints, done }) => {
                    let result = self.open(attempt, &account, &endpoints);
                    self.teller.tell(Event::JournalOpened(attempt, result));
                    let _ = done.send(Ok(()));
                }
                Some(Order::Intend { intent, at, done }) => {
                    let written = self.intend(&intent, at);
                    if let Err(problem) = &written {
                        self.failed(problem.clone());
                    }
                    let _ = done.send(written);
                }
                Some(Order::Write { entry, at }) => self.backlog.push_back((entry, at)),
                Some(Order::Read { done }) => {
                    let _ = done.send(self.kept());
                }
                Some(Order::End) => break,
                None => {}
            }
        }
    }

    /// Writes what waits, and says when that works again or does not any more.
    fn catch_up(&mut self, waited: bool) {
        if self.backlog.is_empty() || self.journal.is_none() {
            return;
        }
        match self.write_backlog() {
            Ok(()) if waited => {
                if let (Some(account), Some(journal)) = (self.account.clone(), &self.journal) {
                    self.teller.tell(Event::JournalRecovered(account, path_of(journal)));
                }
            }
            Ok(()) => {}
            Err(problem) => self.failed(problem),
        }
    }

    fn open(&mut self, attempt: Attempt, account: &AccountId, endpoints: &[String]) -> Result<Opened, Problem> {
        if self.account.as_ref() != Some(account) {
            // What could not be written of another account is not this one's to tell.
            self.backlog.clear();
        }
        self.account = Some(account.clone());
        // A journal that is open already is read anew like any other: whoever asks may have forgotten what is in it.
        self.journal = None;
        let mut past = self.read(attempt, account, endpoints)?;
        if !self.backlog.is_empty() {
            self.write_backlog()?;
            // What this run takes back must not come back, so the past is told with it.
            self.journal = None;
            past = self.read(attempt, account, endpoints)?;
        }
        let path = self.journal.as_ref().map(path_of).unwrap_or_default();
        Ok(Opened { path, past: Box::new(past) })
    }

    fn read(&mut self, attempt: Attempt, account: &AccountId, endpoints: &[String]) -> Result<Past, Problem> {
        let folder = self.folder.clone()?;
        let opening = Opening { run: self.run.clone(), endpoints: endpoints.to_vec(), at: self.clock.now() };
        let (journal, past) = folder.open_watched(account, opening, |read, of| {
            self.opening.steps.fetch_add(1, Ordering::Relaxed);
            if of >= LONG {
                self.teller.tell(Event::JournalRead { attempt, read, of });
            }
            self.opening.wanted.load(Ordering::Relaxed) == attempt.0
        })?;
        self.journal = Some(journal);
        Ok(past)
    }

    fn kept(&self) -> Option<JournalContents> {
        self.folder.as_ref().ok()?.read(self.account.as_ref()?).ok()?
    }

    fn write_backlog(&mut self) -> Result<(), Problem> {
        let journal = self.journal.as_mut().ok_or_else(|| not_writable("The journal is not open.", self.clock.now()))?;
        if !self.backlog.is_empty() {
            journal.write_all(self.backlog.iter().map(|(entry, at)| (&**entry, *at)))?;
            self.backlog.clear();
        }
        Ok(())
    }

    fn intend(&mut self, intent: &Entry, at: Timestamp) -> Result<(), Problem> {
        self.write_backlog()?;
        let journal = self.journal.as_mut().ok_or_else(|| not_writable("The journal is not open.", self.clock.now()))?;
        journal.write(intent, at)
    }

    fn failed(&self, problem: Problem) {
        if let Some(account) = self.account.clone() {
            self.teller.tell(Event::JournalFailed(account, problem));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::mpsc;

    use crate::checklist::{
        Checklist, Destination, Finding, Identity, Membership, Organization, Partition, Step, StepId, Subject, Verdict,
    };
    use crate::departure::DepartureId;
    use crate::wizard::Message;

    const PAYMENT: StepId = StepId::PaymentMethod;

    fn teller(messages: mpsc::UnboundedSender<Message>) -> Teller {
        Teller::new(DepartureId::default(), messages)
    }

    struct Place {
        folder: tempfile::TempDir,
        journal_writer: JournalWriter,
        messages: mpsc::UnboundedReceiver<Message>,
    }

    impl Place {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let (sender, messages) = mpsc::unbounded_channel();
            let journal_writer =
                JournalWriter::start(Ok(Folder::at(folder.path().join("journals"))), teller(sender), Clock::default());
            Self { folder, journal_writer, messages }
        }

        async fn open(&mut self) -> Result<Opened, Problem> {
            self.journal_writer.open(Attempt(1), account(), Vec::new());
            loop {
                if let Message::Of(_, Event::JournalOpened(_, result)) = self.messages.recv().await.unwrap() {
                    return result;
                }
            }
        }

        fn write(&self, entry: Entry) {
            self.journal_writer.write(Box::new(entry), Timestamp::now());
        }

        fn begin(&self) {
            self.write(Entry::Opened {
                version: "1".into(),
                mode: "guided".into(),
                by: "maria".into(),
                profile: None,
                endpoints: Vec::new(),
            });
            self.write(Entry::Identified { subject: subject() });
        }

        /// The disk goes away, or comes back.
        fn take_disk(&self, away: bool) {
            let (place, hidden) = (self.folder.path().join("journals"), self.folder.path().join("hidden"));
            if away {
                std::fs::rename(&place, &hidden).unwrap();
                std::fs::write(&place, "in the way").unwrap();
            } else {
                std::fs::remove_file(&place).unwrap();
                std::fs::rename(&hidden, &place).unwrap();
            }
        }

        async fn fails(&mut self) {
            assert!(matches!(self.messages.recv().await.unwrap(), Message::Of(_, Event::JournalFailed(..))));
        }

        fn text(&self) -> String {
            std::fs::read_to_string(self.folder.path().join("journals").join("412098765432.jsonl")).unwrap()
        }
    }

    fn account() -> AccountId {
        "412098765432".parse().unwrap()
    }

    fn subject() -> Subject {
        let arn = "arn:aws:iam::412098765432:user/maria".to_owned();
        let organization = Organization { id: "o-a1b2c3d4e5".into(), management_account: None, feature_set: None };
        Subject {
            identity: Identity { account: account(), arn, partition: Partition::Aws },
            details: None,
            membership: Membership::Member(organization),
        }
    }

    fn found(rule: &str) -> Finding {
        Finding::told(PAYMENT, rule, Verdict::NeedsYou).finish(Partition::Aws, Timestamp::now())
    }

    fn intent() -> Entry {
        let intent = serde_json::from_str(
            r#"{"principal":"arn:aws:iam::412098765432:user/maria","organization":"o-a1b2c3d4e5","standings":"ab",
                "confirmed_at":"2026-11-23T10:00:00Z","made_at":"2026-11-23T10:00:01Z"}"#,
        );
        Entry::Intended(intent.unwrap())
    }

    #[tokio::test]
    async fn a_word_that_was_taken_back_while_the_disk_was_away_does_not_come_back_with_it() {
        let mut place = Place::new();
        place.open().await.unwrap();
        place.begin();
        let mut step = Step::new(PAYMENT);
        step.record(found("a-rule"));
        step.attest("maria", "a card", Timestamp::now()).unwrap();
        place.write(Entry::Found { finding: found("a-rule"), standing: None });
        place.write(Entry::Attested { step: PAYMENT, attestation: step.attestation.unwrap() });
        assert!(place.open().await.unwrap().past.has_words());
        place.take_disk(true);
        place.write(Entry::Found { finding: found("another-rule"), standing: None });
        place.fails().await;
        assert!(place.open().await.is_err());
        assert!(place.open().await.is_err());
        place.take_disk(false);
        let past = place.open().await.unwrap().past;
        let mut checklist = Checklist::default();
        checklist.meet(subject());
        past.restore(&mut checklist);
        assert!(checklist.step(PAYMENT).attestation.is_none());
    }

    #[tokio::test]
    async fn whoever_has_forgotten_is_told_again() {
        let mut place = Place::new();
        place.open().await.unwrap();
        place.begin();
        place.write(Entry::Chosen { destination: Destination::Closure });
        assert_eq!(place.open().await.unwrap().past.checklist.destination, Some(Destination::Closure));
    }

    #[tokio::test]
    async fn what_could_not_be_written_is_written_by_itself_once_it_can_be() {
        let mut place = Place::new();
        place.open().await.unwrap();
        place.begin();
        place.open().await.unwrap();
        place.take_disk(true);
        place.write(Entry::Chosen { destination: Destination::Closure });
        place.fails().await;
        place.take_disk(false);
        place.write(Entry::Closed { exit_code: 9 });
        assert!(matches!(place.messages.recv().await.unwrap(), Message::Of(_, Event::JournalRecovered(..))));
        assert!(place.text().find("closure").unwrap() < place.text().find("closed").unwrap(), "in order");
    }

    #[tokio::test]
    async fn an_intent_that_could_not_be_written_is_not_written_later() {
        let mut place = Place::new();
        place.open().await.unwrap();
        place.begin();
        place.open().await.unwrap();
        place.take_disk(true);
        assert!(place.journal_writer.intend(intent()).await.is_err());
        place.take_disk(false);
        place.write(Entry::Closed { exit_code: 9 });
        assert!(place.journal_writer.intend(intent()).await.is_ok());
        assert_eq!(place.text().matches("intended").count(), 1);
    }

    #[tokio::test]
    async fn the_end_of_the_program_waits_for_what_was_said() {
        let mut place = Place::new();
        place.open().await.unwrap();
        for _ in 0..100 {
            place.write(Entry::Closed { exit_code: 9 });
        }
        let Place { folder, journal_writer, .. } = place;
        drop(journal_writer);
        let text = std::fs::read_to_string(folder.path().join("journals").join("412098765432.jsonl")).unwrap();
        assert_eq!(text.lines().count(), 100);
    }

    #[tokio::test]
    async fn without_a_place_for_journals_there_is_an_answer_all_the_same() {
        let (sender, mut messages) = mpsc::unbounded_channel();
        let journal_writer =
            JournalWriter::start(Err(not_writable("There is no home.", Timestamp::UNIX_EPOCH)), teller(sender), Clock::default());
        journal_writer.open(Attempt(1), account(), Vec::new());
        assert!(matches!(messages.recv().await.unwrap(), Message::Of(_, Event::JournalOpened(_, Err(_)))));
        assert!(journal_writer.intend(intent()).await.is_err());
    }
}

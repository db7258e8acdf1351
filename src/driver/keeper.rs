//! Keeps the journal of the account on a thread of its own: a disk may take its time, and the screen must not wait for it.
//!
//! It writes in the order in which it is told. What cannot be written is kept and goes first when the journal is opened again; only an
//! intent is never kept: a call that was not made must not look like one later.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

use crate::checklist::{AccountId, Problem, ProblemKind};
use crate::journal::{Entry, Folder, Intent, Journal, Opening};
use crate::wizard::{Message, Opened};

/// How long a disk may take for one line that somebody waits for.
const PATIENCE: Duration = Duration::from_secs(20);

/// The journal's thread.
pub(super) struct Keeper {
    orders: Sender<Order>,
}

enum Order {
    Open {
        account: AccountId,
        endpoints: Vec<String>,
    },
    Write {
        entry: Box<Entry>,
        at: Timestamp,
    },
    Intend {
        intent: Intent,
        at: Timestamp,
        done: oneshot::Sender<Result<(), Problem>>,
    },
    /// Everything before this was carried out.
    Reach(oneshot::Sender<()>),
}

impl Keeper {
    /// Starts the thread. `folder` is where the journals lie, or why there is no such place.
    pub fn start(folder: Result<Folder, Problem>, messages: mpsc::UnboundedSender<Message>) -> Self {
        let (orders, received) = channel();
        let run = format!("{}-{}", Timestamp::now(), std::process::id());
        let desk = Desk { folder, run, messages, account: None, journal: None, backlog: VecDeque::new() };
        // Without a thread, orders go nowhere: then the journal never opens, and nothing is sent.
        let _ = thread::Builder::new().name("journal".to_owned()).spawn(move || desk.work(&received));
        Self { orders }
    }

    pub fn open(&self, account: AccountId, endpoints: Vec<String>) {
        self.order(Order::Open { account, endpoints });
    }

    pub fn write(&self, entry: Box<Entry>, at: Timestamp) {
        self.order(Order::Write { entry, at });
    }

    /// Writes an intent down, and everything that was to be written before it.
    ///
    /// # Errors
    /// When it is not on the disk: then what is intended must not be done.
    pub fn intend(&self, intent: Intent) -> impl Future<Output = Result<(), Problem>> + Send + use<> {
        let (done, written) = oneshot::channel();
        self.order(Order::Intend { intent, at: Timestamp::now(), done });
        async move {
            match tokio::time::timeout(PATIENCE, written).await {
                Ok(Ok(result)) => result,
                Ok(Err(_)) => Err(not_written("the journal is not open")),
                Err(_) => Err(not_written(&format!("the disk did not take it within {} s", PATIENCE.as_secs()))),
            }
        }
    }

    /// Waits until everything that was ordered so far is done, or has taken too long.
    pub async fn settle(&self) {
        let (reached, done) = oneshot::channel();
        self.order(Order::Reach(reached));
        let _ = tokio::time::timeout(PATIENCE, done).await;
    }

    fn order(&self, order: Order) {
        // A thread that is gone answers nobody; whoever waits for an answer is told so by the closed channel.
        let _ = self.orders.send(order);
    }
}

fn path_of(journal: &Journal) -> String {
    journal.path().display().to_string()
}

fn not_written(why: &str) -> Problem {
    Problem::here(
        ProblemKind::JournalNotWritable,
        "journal",
        &format!("The intent was not written down: {why}."),
        Timestamp::now(),
    )
}

/// What the thread works with.
struct Desk {
    folder: Result<Folder, Problem>,
    run: String,
    messages: mpsc::UnboundedSender<Message>,
    account: Option<AccountId>,
    journal: Option<Journal>,
    backlog: VecDeque<(Box<Entry>, Timestamp)>,
}

impl Desk {
    fn work(mut self, orders: &Receiver<Order>) {
        while let Ok(order) = orders.recv() {
            // What waits already is written in one go.
            let mut next = Some(order);
            while let Some(Order::Write { entry, at }) = next {
                self.backlog.push_back((entry, at));
                next = orders.try_recv().ok();
            }
            if !self.backlog.is_empty()
                && self.journal.is_some()
                && let Err(problem) = self.write_backlog()
            {
                self.failed(problem);
            }
            let Some(order) = next else { continue };
            match order {
                Order::Open { account, endpoints } => self.open(account, endpoints),
                Order::Write { entry, at } => self.backlog.push_back((entry, at)),
                Order::Intend { intent, at, done } => {
                    let written = self.intend(intent, at);
                    if let Err(problem) = &written {
                        self.failed(problem.clone());
                    }
                    let _ = done.send(written);
                }
                Order::Reach(reached) => {
                    let _ = reached.send(());
                }
            }
        }
    }

    fn open(&mut self, account: AccountId, endpoints: Vec<String>) {
        if self.account.as_ref() != Some(&account) {
            // What could not be written of another account is not this one's to tell.
            self.backlog.clear();
            self.journal = None;
        }
        self.account = Some(account.clone());
        let result = self.try_to_open(&account, endpoints);
        let _ = self.messages.send(Message::JournalOpened { account, result });
    }

    fn try_to_open(&mut self, account: &AccountId, endpoints: Vec<String>) -> Result<Opened, Problem> {
        if let Some(path) = self.journal.as_ref().map(path_of)
            && self.write_backlog().is_ok()
        {
            return Ok(Opened { path, past: None });
        }
        let was_open = self.journal.take().is_some();
        let folder = self.folder.clone()?;
        let opening = Opening { run: self.run.clone(), endpoints, at: Timestamp::now() };
        let (journal, past) = folder.open(account, opening)?;
        let path = path_of(&journal);
        self.journal = Some(journal);
        self.write_backlog()?;
        // What this run wrote itself it knows better than its journal does.
        Ok(Opened { path, past: (!was_open).then(|| Box::new(past)) })
    }

    fn write_backlog(&mut self) -> Result<(), Problem> {
        let journal = self.journal.as_mut().ok_or_else(|| not_written("the journal is not open"))?;
        if !self.backlog.is_empty() {
            journal.write_all(self.backlog.iter().map(|(entry, at)| (&**entry, *at)))?;
            self.backlog.clear();
        }
        Ok(())
    }

    fn intend(&mut self, intent: Intent, at: Timestamp) -> Result<(), Problem> {
        self.write_backlog()?;
        let journal = self.journal.as_mut().ok_or_else(|| not_written("the journal is not open"))?;
        journal.write(&Entry::Intended(intent), at)
    }

    fn failed(&self, problem: Problem) {
        if let Some(account) = self.account.clone() {
            let _ = self.messages.send(Message::JournalFailed { account, problem });
        }
    }
}

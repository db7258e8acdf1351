//! The server: loopback only, one task per connection, until it is stopped or dropped.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use super::account::{Account, this_second};
use super::connection::Connection;
use super::console::Console;
#[cfg(feature = "faults")]
use super::damage;
#[cfg(feature = "faults")]
use super::faults::Fault;
use super::faults::Script;
use super::requests::{Log, Request};
use super::scenario::Scenario;

/// A running practice AWS. Dropping it stops it.
#[derive(Debug)]
pub struct Server {
    shared: Arc<Shared>,
    address: SocketAddr,
    stop: CancellationToken,
    accepting: Option<JoinHandle<()>>,
}

/// What the connections share.
#[derive(Debug)]
pub(super) struct Shared {
    account: Mutex<Account>,
    script: Mutex<Script>,
    pub log: Log,
    answered: Mutex<HashMap<String, u64>>,
    begun: Timestamp,
}

impl Shared {
    pub(super) fn account(&self) -> MutexGuard<'_, Account> {
        // A panic elsewhere leaves the account as it was: every change to it is complete or has not begun.
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The practice AWS's time: it starts at the account's `started_at` and runs on.
    pub fn now(&self) -> Timestamp {
        // Not an `Instant`: that one stands still while the machine sleeps.
        let passed = Timestamp::now().duration_since(self.begun);
        self.account().started_at.checked_add(passed).unwrap_or(Timestamp::MAX)
    }

    pub(super) fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request id of AWS's form. It comes from the operation and from how often that was answered, so that it is the same in every run,
    /// in whatever order calls arrive that are made side by side.
    pub fn request_id(&self, operation: &str) -> String {
        let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        let number = answered.entry(operation.to_owned()).or_default();
        *number += 1;
        // FNV-1a.
        let name = operation.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        format!("{name:08x}-7a11-4c0d-9e57-{number:012x}")
    }
}

impl Server {
    /// Starts the scenario on a loopback address; port 0 takes a free one. Requests are also appended to `log`, one JSON line each.
    ///
    /// # Errors
    /// When the address is not a loopback address, cannot be listened on, or the log cannot be opened.
    pub async fn start(scenario: Scenario, listen: SocketAddr, log: Option<PathBuf>) -> io::Result<Self> {
        if !listen.ip().is_loopback() {
            return Err(not_loopback());
        }
        Self::serve(scenario, TcpListener::bind(listen).await?, log.as_deref())
    }

    /// Starts the scenario on a socket that listens already, as [`Server::start`] does.
    ///
    /// # Errors
    /// When the socket does not listen on a loopback address, or the log cannot be opened.
    pub fn serve(scenario: Scenario, listener: TcpListener, log: Option<&Path>) -> io::Result<Self> {
        let address = listener.local_addr()?;
        if !address.ip().is_loopback() {
            return Err(not_loopback());
        }
        let Scenario { mut account, faults, .. } = scenario;
        account.started_at = this_second();
        let mut script = Script::default();
        for fault in faults {
            script.add(fault);
        }
        let shared = Arc::new(Shared {
            account: Mutex::new(account),
            script: Mutex::new(script),
            log: Log::open(log)?,
            answered: Mutex::default(),
            begun: Timestamp::now(),
        });
        let stop = CancellationToken::new();
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared), stop.clone()));
        Ok(Self { shared, address, stop, accepting: Some(accepting) })
    }

    /// Where it listens: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests that were answered, or spoiled, so far.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.shared.log.all()
    }

    /// Waits until the requests that were answered, or spoiled, are as `wanted`: a client that has gone is noticed a moment later.
    pub async fn until(&self, wanted: impl Fn(&[Request]) -> bool) {
        self.shared.log.until(wanted).await;
    }

    /// Waits until a request for this operation, such as `iam:ListRoles`, was read and is not answered yet.
    pub async fn until_under_way(&self, operation: &str) {
        self.shared.log.until_under_way(operation).await;
    }

    /// A handle for what a person does in the AWS console.
    #[must_use]
    pub fn console(&self) -> Console {
        Console { shared: Arc::clone(&self.shared) }
    }

    /// The account as it is now.
    #[must_use]
    pub fn state(&self) -> Account {
        self.shared.account().clone()
    }

    /// Changes the account while the server runs.
    pub fn change<T>(&self, change: impl FnOnce(&mut Account) -> T) -> T {
        change(&mut self.shared.account())
    }

    /// Stops the server and waits until its connections are closed.
    pub async fn shutdown(mut self) {
        self.stop.cancel();
        if let Some(accepting) = self.accepting.take() {
            // It ends by itself once the token is cancelled; a panic in it has nothing left to harm.
            let _ = accepting.await;
        }
    }
}

#[cfg(feature = "faults")]
impl Server {
    /// Adds a fault; its calls count from now.
    pub fn inject(&self, fault: Fault) {
        self.shared.script().add(fault);
    }

    /// Takes every fault out, the scenario's own too.
    pub fn clear_faults(&self) {
        self.shared.script().faults.clear();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, stop: CancellationToken) {
    // Dropping the set closes the connections that are still open.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            Some(_) = connections.join_next() => {},
            accepted = listener.accept() => {
                // A connection that could not be taken is the client's to repeat.
                let Ok((stream, _)) = accepted else { continue };
                let connection = Connection::new(stream);
                let shared = Arc::clone(&shared);
                #[cfg(feature = "faults")]
                let struck = shared.script().next_connection();
                connections.spawn(async move {
                    #[cfg(feature = "faults")]
                    let Some(connection) = damage::strike(connection, struck, &shared).await else { return };
                    connection.serve(shared).await;
                });
            },
        }
    }
    connections.shutdown().await;
}

fn not_loopback() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "the practice AWS listens on loopback addresses only")
}

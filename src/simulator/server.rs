//! The server: loopback only, HTTP/1.1, one task per connection, every request noted.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use super::account::Account;
use super::console::Console;
use super::damage::{self, Payload};
use super::faults::{Fault, FaultKind, Script};
use super::protocols::{Call, code_on_the_wire, credential, render};
use super::reply::Reply;
use super::requests::{Log, Request};
use super::scenario::Scenario;
use super::services;

/// The longest request body that is read, in bytes. No request of these services comes near it.
const LONGEST_REQUEST: usize = 1024 * 1024;

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
    log: Log,
    answered: AtomicU64,
}

impl Shared {
    pub fn account(&self) -> MutexGuard<'_, Account> {
        // A panic elsewhere leaves the account as it was: every change to it is complete or has not begun.
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request id of AWS's form, the same in every run.
    fn request_id(&self) -> String {
        let number = self.answered.fetch_add(1, Ordering::Relaxed) + 1;
        format!("{:08x}-7a11-4c0d-9e57-{number:012x}", number.wrapping_mul(0x9e37_79b1) & 0xffff_ffff)
    }
}

impl Server {
    /// Starts the scenario on a loopback address; port 0 takes a free one. Requests are also appended to `log`, one JSON line each.
    ///
    /// # Errors
    ///
    /// When the address is not a loopback address, cannot be listened on, or the log cannot be opened.
    pub async fn start(scenario: Scenario, listen: SocketAddr, log: Option<PathBuf>) -> io::Result<Self> {
        if !listen.ip().is_loopback() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the practice AWS listens on loopback addresses only"));
        }
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let (account, faults) = scenario.into_parts();
        let mut script = Script::default();
        for fault in faults {
            script.add(fault);
        }
        let shared = Arc::new(Shared {
            account: Mutex::new(account),
            script: Mutex::new(script),
            log: Log::open(log.as_deref())?,
            answered: AtomicU64::new(0),
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

    /// A handle for what a person does in the AWS console.
    #[must_use]
    pub fn console(&self) -> Console {
        Console::new(Arc::clone(&self.shared))
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

    /// Adds a fault; its calls count from now.
    pub fn inject(&self, fault: Fault) {
        self.shared.script().add(fault);
    }

    /// Takes every fault out, the scenario's own too.
    pub fn clear_faults(&self) {
        self.shared.script().clear();
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
                let wire = Wire::new(stream);
                if shared.script().refuses_connection() {
                    wire.reset.store(true, Ordering::Relaxed);
                    note_refused(&shared);
                    continue;
                }
                connections.spawn(serve(wire, Arc::clone(&shared)));
            },
        }
    }
    connections.shutdown().await;
}

fn note_refused(shared: &Shared) {
    shared.log.note(Request {
        at: Timestamp::now(),
        operation: "unknown".to_owned(),
        status: None,
        outcome: FaultKind::RefuseConnection.to_string(),
        acted: false,
        access_key: None,
        duration_ms: 0,
    });
}

async fn serve(wire: Wire, shared: Arc<Shared>) {
    let reset = Arc::clone(&wire.reset);
    let service = service_fn(move |request| {
        let (shared, reset) = (Arc::clone(&shared), Arc::clone(&reset));
        async move {
            let answer = handle(request, &shared).await;
            if answer.is_err() {
                reset.store(true, Ordering::Relaxed);
            }
            answer
        }
    });
    // How a connection ends is the client's business, or the script's.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(wire), service).await;
}

/// The script wants the connection reset.
#[derive(Debug)]
struct Reset;

impl std::fmt::Display for Reset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the script resets the connection")
    }
}

impl std::error::Error for Reset {}

async fn handle(request: hyper::Request<Incoming>, shared: &Shared) -> Result<Response<Payload>, Reset> {
    let started = Instant::now();
    let at = Timestamp::now();
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, LONGEST_REQUEST).collect().await else {
        return Ok(plain(StatusCode::PAYLOAD_TOO_LARGE, "The request could not be read."));
    };
    let note = |operation: String, status: Option<StatusCode>, outcome: String, acted: bool| {
        shared.log.note(Request {
            at,
            operation,
            status: status.map(|status| status.as_u16()),
            outcome,
            acted,
            access_key: credential(&head.headers).0,
            duration_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        });
    };
    let Some(call) = Call::read(head.uri.path(), &head.headers, &body.to_bytes()) else {
        note("unknown".to_owned(), Some(StatusCode::NOT_FOUND), "UnknownService".to_owned(), false);
        return Ok(plain(StatusCode::NOT_FOUND, "The practice AWS does not play this service."));
    };
    let plan = shared.script().next(&call.name());
    if !plan.delay.is_zero() {
        tokio::time::sleep(plan.delay).await;
    }
    let acts = plan.fault.as_ref().is_none_or(|(_, acts)| *acts);
    let mut outcome = if acts { services::answer(&mut shared.account(), &call, Timestamp::now()) } else { Ok(Reply::Empty) };
    let Some((kind, _)) = plan.fault else {
        let rendered = render(&call, &outcome, &shared.request_id());
        let said = outcome.as_ref().map_or_else(|failure| code_on_the_wire(call.service, &failure.code), |_| "ok");
        note(call.name(), Some(rendered.status), said.to_owned(), acts);
        let body = Bytes::from(rendered.body);
        return Ok(response(rendered.status, rendered.headers, Payload::whole(body)));
    };
    match kind {
        FaultKind::ResetBeforeActing | FaultKind::AnswerLost | FaultKind::RefuseConnection => {
            note(call.name(), None, kind.to_string(), acts);
            return Err(Reset);
        }
        FaultKind::Stall => {
            note(call.name(), None, kind.to_string(), acts);
            // The client gives up, or the server stops; both drop this future.
            return std::future::pending().await;
        }
        _ => {}
    }
    let mut said = kind.to_string();
    if let Some(failure) = damage::error_instead(&kind, &call, at) {
        code_on_the_wire(call.service, &failure.code).clone_into(&mut said);
        outcome = Err(failure);
    }
    let mut rendered = render(&call, &damage::add_to(outcome, &kind), &shared.request_id());
    let payload = damage::spoil(&mut rendered, &kind, at);
    note(call.name(), Some(rendered.status), said, acts);
    Ok(response(rendered.status, rendered.headers, payload))
}

fn response(status: StatusCode, headers: Vec<(http::HeaderName, http::HeaderValue)>, payload: Payload) -> Response<Payload> {
    let mut response = Response::new(payload);
    *response.status_mut() = status;
    response.headers_mut().extend(headers);
    response
}

fn plain(status: StatusCode, text: &'static str) -> Response<Payload> {
    response(status, Vec::new(), Payload::whole(Bytes::from_static(text.as_bytes())))
}

/// A connection that can be told to end in a reset instead of an orderly close.
struct Wire {
    stream: TcpStream,
    reset: Arc<AtomicBool>,
}

impl Wire {
    fn new(stream: TcpStream) -> Self {
        // Small answers leave at once; without it a drip would be gathered.
        let _ = stream.set_nodelay(true);
        Self { stream, reset: Arc::default() }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.reset.load(Ordering::Relaxed) {
            // With no time to linger the kernel sends RST; if it cannot be set, the client sees the connection end.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.reset.load(Ordering::Relaxed) {
            // An orderly close would come before the reset.
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

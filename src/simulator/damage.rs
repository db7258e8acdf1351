//! Faults that only tests use, and how they damage a response that was ready to be sent. The released program does not contain them.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, SizeHint};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use strum::IntoEnumIterator as _;
use tokio::task::yield_now;
use tokio::time::sleep;

use super::connection::{Connection, End};
use super::exchange::{Answer, Entry, response};
use super::faults::{FaultKind, Script, count};
use super::protocols::{Call, Rendered, Service, code_on_the_wire, render};
use super::reply::{Failure, Outcome, Reply};
use super::requests::Request;
use super::server::Shared;
use super::xml::Element;

/// What the tests have go wrong, by the names that stand in the log.
#[derive(Debug, Clone, PartialEq, Eq, strum::Display, strum::EnumIter)]
#[strum(serialize_all = "kebab-case")]
pub enum Damage {
    /// The service answers with this error. Not acted upon.
    Error {
        code: String,
        message: String,
        /// The `Reason`, where the error has one.
        reason: Option<String>,
        /// The HTTP status; the code's usual one by default.
        status: Option<u16>,
    },
    /// 503 with the service's own error. Not acted upon.
    Unavailable,
    /// 502 with a page of something between, and nothing of AWS's. Not acted upon.
    BadGateway,
    /// New connections are reset as soon as they are made, before anything is read, whatever the operation. Not acted upon.
    RefuseConnection,
    /// New connections are closed as soon as they are made, before anything is read, whatever the operation. Not acted upon.
    CloseConnection,
    /// New connections are left alone for a while before anything is read from them, whatever the operation.
    SlowConnection {
        /// For how long, in milliseconds.
        ms: u64,
    },
    /// The connection is reset after the request was read. Not acted upon.
    ResetBeforeActing,
    /// The connection is closed after the request was read, without an answer. Not acted upon.
    HangUp,
    /// The connection is closed in the middle of the answer's status line. Acted upon.
    HalfStatusLine,
    /// The connection is closed in the middle of the answer's headers. Acted upon.
    HalfHead,
    /// The connection is reset after the answer's headers, which promise a body. Acted upon.
    ResetAfterHead,
    /// No answer ever comes. Not acted upon.
    Stall,
    /// The answer comes one byte at a time. Acted upon.
    Drip {
        /// The pause between bytes, in milliseconds.
        ms: u64,
    },
    /// The answer ends in the middle. Acted upon.
    Truncated,
    /// The answer's body is noise. Acted upon.
    Garbage,
    /// A proxy's HTML page with status 200. Acted upon.
    Html,
    /// A page by which a proxy or a network asks to sign in, under this status (407, 511, 302 …). The request gets no further.
    Portal {
        /// The HTTP status. A redirection says where it leads.
        status: u16,
    },
    /// Status 200 and no body. Acted upon.
    EmptyBody,
    /// An answer of the service's form that holds something, and nothing of what was asked for. Acted upon.
    SomethingElse,
    /// The right body under a wrong content type. Acted upon.
    WrongContentType,
    /// The right answer and so many megabytes of blanks behind it. Acted upon.
    BigBody {
        /// How many, in 2^20 bytes.
        mb: u64,
    },
    /// The right answer and blanks without end. Acted upon.
    EndlessBody,
    /// The right answer below a header of a megabyte. Acted upon.
    LongHead,
    /// The right answer with a member nobody knows. Acted upon.
    UnknownMembers,
    /// The signature is said to be too old: the clocks differ. Not acted upon.
    ClockSkew,
    /// The credentials are said to have expired. Not acted upon.
    ExpiredToken,
}

impl Damage {
    /// Whether the operation is carried out when the fault does not say.
    pub(super) fn usually_acts(&self) -> bool {
        !matches!(
            self,
            Self::Error { .. }
                | Self::Unavailable
                | Self::BadGateway
                | Self::RefuseConnection
                | Self::CloseConnection
                | Self::ResetBeforeActing
                | Self::HangUp
                | Self::Stall
                | Self::Portal { .. }
                | Self::ClockSkew
                | Self::ExpiredToken
        )
    }

    /// Every kind once, with its usual settings.
    pub fn every() -> impl Iterator<Item = Self> {
        Self::iter().map(|kind| match kind {
            Self::SlowConnection { .. } => Self::SlowConnection { ms: 1_000 },
            Self::Drip { .. } => Self::Drip { ms: 5 },
            Self::Portal { .. } => Self::Portal { status: 511 },
            Self::BigBody { .. } => Self::BigBody { mb: 10 },
            kind => kind,
        })
    }
}

impl From<Damage> for FaultKind {
    fn from(damage: Damage) -> Self {
        Self::Damage(damage)
    }
}

impl FaultKind {
    /// Whether it strikes connections, which know no operation yet.
    #[must_use]
    pub fn strikes_connections(&self) -> bool {
        matches!(self, Self::Damage(Damage::RefuseConnection | Damage::CloseConnection | Damage::SlowConnection { .. }))
    }
}

impl Script {
    /// Counts a connection and says what happens to it. Every such fault sees it; the first that strikes counts.
    pub fn next_connection(&mut self) -> Option<Damage> {
        let mut struck = None;
        for (fault, calls) in &mut self.faults {
            if let FaultKind::Damage(damage) = &fault.kind
                && fault.kind.strikes_connections()
                && count(calls, "", fault.calls)
            {
                struck.get_or_insert_with(|| damage.clone());
            }
        }
        struck
    }
}

/// Lets a struck connection wait, or ends it: then nothing is left of it.
pub(super) async fn strike(connection: Connection, struck: Option<Damage>, shared: &Shared) -> Option<Connection> {
    match struck {
        None => Some(connection),
        Some(Damage::SlowConnection { ms }) => {
            sleep(Duration::from_millis(ms)).await;
            Some(connection)
        }
        Some(damage) => {
            shared.log.note(Request::unread(&damage.to_string()));
            if damage == Damage::RefuseConnection {
                connection.end.reset();
            }
            None
        }
    }
}

/// Answers a call as the damage has it, or has its connection end.
pub(super) async fn answer(damage: &Damage, call: &Call, outcome: Outcome, entry: Entry<'_>, end: &End) -> io::Result<Answer> {
    if matches!(damage, Damage::ResetBeforeActing | Damage::HangUp | Damage::Stall) {
        entry.close(None, &damage.to_string());
        if *damage == Damage::Stall {
            // The client gives up, or the server stops; both drop this future.
            std::future::pending::<()>().await;
        }
        return Err(if *damage == Damage::HangUp { io::ErrorKind::ConnectionAborted.into() } else { end.reset() });
    }
    let now = entry.shared.now();
    let instead = error_instead(damage, call, now);
    let word =
        instead.as_ref().map_or_else(|| damage.to_string(), |failure| code_on_the_wire(call.service, &failure.code).to_owned());
    let outcome = instead.map_or(outcome, Err);
    let outcome = if *damage == Damage::UnknownMembers { with_unknown_member(outcome) } else { outcome };
    let mut rendered = render(call, &outcome, &entry.shared.request_id(&call.name()));
    let payload = spoil(&mut rendered, damage, call, now);
    let keeps = keeps(damage);
    // Of a status that was never sent, nothing is noted.
    entry.close(keeps.is_none().then_some(rendered.status), &word);
    if let Some(keeps) = keeps {
        // Nothing follows on this connection, so it is the only one.
        let _ = end.cut.set(Cut { keeps, left: Mutex::default() });
    }
    if *damage == Damage::ResetAfterHead {
        end.reset();
    }
    Ok(response(rendered.status, rendered.headers, payload.boxed()))
}

/// A part of what makes a body big. Behind an answer, JSON and XML both take it for nothing.
static BLANKS: [u8; 1 << 16] = [b' '; 1 << 16];

/// How long a long header is, in bytes. HTTP sets no bound; clients do.
const LONG: usize = 1 << 20;

/// By how much the clocks are said to differ. AWS accepts five minutes.
const SKEW: SignedDuration = SignedDuration::from_mins(20);

/// The error that the fault puts in the place of the operation's outcome, if it does.
fn error_instead(damage: &Damage, call: &Call, now: Timestamp) -> Option<Failure> {
    match damage {
        Damage::Unavailable => {
            let message = "Service is temporarily unavailable, please try again.";
            Some(Failure::new("ServiceUnavailable", message).with_status(503))
        }
        Damage::ExpiredToken => Some(Failure::expired_token()),
        Damage::ClockSkew => {
            let stamp = |moment: Timestamp| moment.strftime("%Y%m%dT%H%M%SZ").to_string();
            let (signed, server, limit) = (stamp(now), stamp(now + SKEW), stamp(now + SKEW - SignedDuration::from_mins(5)));
            let message = format!("Signature expired: {signed} is now earlier than {limit} ({server} - 5 min.)");
            Some(Failure::new("InvalidSignatureException", message))
        }
        Damage::Error { code, message, reason, status } => {
            let mut failure = Failure::new(code, message.clone());
            failure.status = *status;
            Some(match reason {
                // These APIs begin their members with small letters.
                Some(reason) if matches!(call.service, Service::Account | Service::Payments) => {
                    failure.with_member("reason", reason.clone())
                }
                Some(reason) => failure.with_member("Reason", reason.clone()),
                None => failure,
            })
        }
        _ => None,
    }
}

/// Puts one more member into an answer, whatever it is: clients must pass over what they do not know.
fn with_unknown_member(outcome: Outcome) -> Outcome {
    let (name, text) = ("PracticeUnknownMember", "a member that no client knows");
    match outcome {
        Ok(Reply::Json(Value::Object(mut members))) => {
            members.insert(name.to_owned(), text.into());
            Ok(Reply::Json(Value::Object(members)))
        }
        Ok(Reply::Xml(mut members)) => {
            members.insert(0, Element::text(name, text));
            Ok(Reply::Xml(members))
        }
        Ok(Reply::Json(_) | Reply::Empty) => Ok(Reply::Json(serde_json::json!({ name: text }))),
        Err(failure) => Err(failure.with_member(name, text)),
    }
}

/// Spoils the rendered answer and says how its body is to be sent.
fn spoil(rendered: &mut Rendered, damage: &Damage, call: &Call, now: Timestamp) -> Payload {
    // What stands between the client and AWS knows no request id.
    let web_page = |rendered: &mut Rendered, status: StatusCode, content_type: &'static str, body: &[u8]| {
        rendered.headers.clear();
        set_content_type(rendered, content_type);
        (rendered.status, rendered.body) = (status, body.to_vec());
    };
    match damage {
        Damage::Garbage => {
            rendered.status = StatusCode::OK;
            rendered.body = b"\x00\xff\xfe{]<<\x1b[31m%%%not an answer\x07".to_vec();
        }
        Damage::BadGateway => {
            let body = b"<html><head><title>502 Bad Gateway</title></head><body></body></html>";
            web_page(rendered, StatusCode::BAD_GATEWAY, "text/html", body);
        }
        Damage::Html => {
            let body = b"<html><head><title>Sign in</title></head><body>Please accept the terms.</body></html>";
            web_page(rendered, StatusCode::OK, "text/html", body);
        }
        Damage::Portal { status } => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::NETWORK_AUTHENTICATION_REQUIRED);
            let body = b"<!DOCTYPE html><html><head><title>Network sign-in</title></head><body>Please sign in.</body></html>";
            web_page(rendered, status, "text/html; charset=utf-8", body);
            if rendered.status.is_redirection() {
                rendered.headers.push((header::LOCATION, HeaderValue::from_static("http://portal.example/sign-in")));
            }
        }
        Damage::EmptyBody => {
            rendered.status = StatusCode::OK;
            rendered.body.clear();
        }
        Damage::SomethingElse => {
            let is_xml = rendered.body.starts_with(b"<");
            let operation = &call.operation;
            rendered.status = StatusCode::OK;
            rendered.body = if is_xml {
                format!("<{operation}Response><{operation}Result><SomethingElse/></{operation}Result></{operation}Response>")
                    .into_bytes()
            } else {
                b"{\"SomethingElse\":[]}".to_vec()
            };
        }
        Damage::WrongContentType => set_content_type(rendered, "image/png"),
        Damage::LongHead => {
            if let Ok(long) = HeaderValue::from_bytes(&vec![b'x'; LONG]) {
                rendered.headers.push((HeaderName::from_static("x-practice-padding"), long));
            }
        }
        Damage::ClockSkew => {
            if let Ok(date) = HeaderValue::from_str(&(now + SKEW).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()) {
                rendered.headers.push((header::DATE, date));
            }
        }
        _ => {}
    }
    let body = Bytes::from(std::mem::take(&mut rendered.body));
    match damage {
        Damage::BigBody { mb } => Payload { blanks: Some(mb << 20), ..Payload::whole(body) },
        Damage::EndlessBody => Payload { blanks: None, ..Payload::whole(body) },
        Damage::Drip { ms } => Payload { pace: Some((Duration::from_millis(*ms), None)), ..Payload::whole(body) },
        // There has to be something that is missing.
        Damage::Truncated | Damage::ResetAfterHead if body.is_empty() => Payload::whole(Bytes::from_static(b" ")),
        _ => Payload::whole(body),
    }
}

/// How many bytes of a response are sent, given the length of its head and of everything available.
type Keeps = fn(usize, usize) -> usize;

/// How much goes out of an answer that ends on its way.
fn keeps(damage: &Damage) -> Option<Keeps> {
    match damage {
        Damage::HalfStatusLine => Some(|_, _| "HTTP/1.1 200".len() / 2),
        Damage::HalfHead => Some(|head, _| head / 2),
        Damage::ResetAfterHead => Some(|head, _| head),
        Damage::Truncated => Some(|head, all| head + (all - head) / 2),
        _ => None,
    }
}

/// Where an answer ends on its way out.
#[derive(Debug)]
pub(super) struct Cut {
    keeps: Keeps,
    /// How much of it may still go out, once its beginning is known.
    left: Mutex<Option<usize>>,
}

impl Cut {
    /// Sends what of these bytes still goes out; they do not get further than the cut.
    pub fn send(&self, bytes: &[u8], send: impl FnOnce(&[u8]) -> Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        // The head and what there is of the body come in one piece.
        let head = || bytes.windows(4).position(|four| four == b"\r\n\r\n").map_or(bytes.len(), |at| at + 4);
        let left = left.get_or_insert_with(|| (self.keeps)(head(), bytes.len()));
        if *left == 0 {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let written = ready!(send(&bytes[..bytes.len().min(*left)]))?;
        *left -= written;
        Poll::Ready(Ok(written))
    }
}

fn set_content_type(rendered: &mut Rendered, content_type: &'static str) {
    rendered.headers.retain(|(name, _)| *name != header::CONTENT_TYPE);
    rendered.headers.push((header::CONTENT_TYPE, HeaderValue::from_static(content_type)));
}

/// The time until the next byte.
type Pause = Pin<Box<dyn Future<Output = ()> + Send + Sync>>;

/// A body on its way: at once, or a byte at a time.
struct Payload {
    rest: Bytes,
    /// How many blanks follow; `None`: they do not end.
    blanks: Option<u64>,
    pace: Option<(Duration, Option<Pause>)>,
}

impl Payload {
    /// Everything at once.
    fn whole(body: Bytes) -> Self {
        Self { rest: body, blanks: Some(0), pace: None }
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.rest.is_empty() {
            let most = BLANKS.len() as u64;
            let count = self.blanks.map_or(most, |left| left.min(most));
            self.blanks = self.blanks.map(|left| left - count);
            let blanks = Bytes::from_static(&BLANKS[..usize::try_from(count).unwrap_or_default()]);
            return Poll::Ready((!blanks.is_empty()).then(|| Ok(Frame::data(blanks))));
        }
        if let Some((pause, timer)) = &mut self.pace {
            let pause = *pause;
            // Even without a pause each byte is sent by itself: what is pending lets the one before it out.
            ready!(
                timer
                    .get_or_insert_with(|| Box::pin(async move {
                        if pause.is_zero() { yield_now().await } else { sleep(pause).await }
                    }))
                    .as_mut()
                    .poll(context)
            );
            *timer = None;
            return Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(1)))));
        }
        Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.rest)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.blanks == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        self.blanks.map_or_else(SizeHint::default, |blanks| SizeHint::with_exact(self.rest.len() as u64 + blanks))
    }
}

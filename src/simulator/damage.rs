//! How a fault spoils an answer that was ready to be sent.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use hyper::body::{Body, Frame, SizeHint};
use jiff::{SignedDuration, Timestamp};
use tokio::time::{Sleep, sleep};

use super::faults::FaultKind;
use super::protocols::{Call, Rendered};
use super::reply::{Failure, Outcome, with_unknown_member};

/// How much a big body is bigger, in bytes.
const BIG: usize = 10 * 1024 * 1024;

/// By how much the clocks are said to differ. AWS accepts five minutes.
const SKEW: SignedDuration = SignedDuration::from_mins(20);

/// The error that the fault puts in the place of the operation's outcome, if it does.
pub(super) fn error_instead(kind: &FaultKind, call: &Call, now: Timestamp) -> Option<Failure> {
    match kind {
        FaultKind::Throttle => Some(call.service.throttled()),
        FaultKind::InternalError => Some(call.service.internal_failure()),
        FaultKind::Unavailable => Some(Failure::unavailable()),
        FaultKind::ExpiredToken => Some(Failure::expired_token()),
        FaultKind::ClockSkew => {
            let stamp = |moment: Timestamp| moment.strftime("%Y%m%dT%H%M%SZ").to_string();
            let (signed, server, limit) = (stamp(now), stamp(now + SKEW), stamp(now + SKEW - SignedDuration::from_mins(5)));
            let message = format!("Signature expired: {signed} is now earlier than {limit} ({server} - 5 min.)");
            Some(Failure::new("InvalidSignatureException", message))
        }
        FaultKind::Error { code, message, reason, status } => {
            let mut failure = Failure::new(code, message.clone());
            failure.status = *status;
            Some(match reason {
                Some(reason) => failure.with_member("Reason", reason.clone()),
                None => failure,
            })
        }
        _ => None,
    }
}

/// What the fault adds to the outcome before it is rendered.
pub(super) fn add_to(outcome: Outcome, kind: &FaultKind) -> Outcome {
    match kind {
        FaultKind::UnknownMembers => with_unknown_member(outcome, "PracticeUnknownMember", "a member that no client knows"),
        FaultKind::BigBody => with_unknown_member(outcome, "PracticePadding", &"x".repeat(BIG)),
        _ => outcome,
    }
}

/// Spoils the rendered answer and says how its body is to be sent.
pub(super) fn spoil(rendered: &mut Rendered, kind: &FaultKind, now: Timestamp) -> Payload {
    let replace = |rendered: &mut Rendered, content_type: &'static str, body: &[u8]| {
        rendered.status = StatusCode::OK;
        rendered.body = body.to_vec();
        set_content_type(rendered, content_type);
    };
    match kind {
        FaultKind::Garbage => {
            let content_type =
                rendered.headers.iter().find(|(name, _)| *name == header::CONTENT_TYPE).map(|(_, value)| value.clone());
            replace(rendered, "", b"\x00\xff\xfe{]<<\x1b[31m%%%not an answer\x07");
            if let Some(value) = content_type {
                rendered.headers.push((header::CONTENT_TYPE, value));
            }
        }
        FaultKind::BadGateway => {
            rendered.headers.clear();
            replace(rendered, "text/html", b"<html><head><title>502 Bad Gateway</title></head><body></body></html>");
            rendered.status = StatusCode::BAD_GATEWAY;
        }
        FaultKind::Html => {
            // What stands between the client and AWS knows no request id.
            rendered.headers.clear();
            replace(
                rendered,
                "text/html",
                b"<html><head><title>Sign in</title></head><body>Please accept the terms.</body></html>",
            );
        }
        FaultKind::Portal { status } => {
            rendered.headers.clear();
            replace(
                rendered,
                "text/html; charset=utf-8",
                b"<!DOCTYPE html><html><head><title>Network sign-in</title></head><body>Please sign in.</body></html>",
            );
            rendered.status = StatusCode::from_u16(*status).unwrap_or(StatusCode::NETWORK_AUTHENTICATION_REQUIRED);
            if rendered.status.is_redirection() {
                rendered.headers.push((header::LOCATION, HeaderValue::from_static("http://portal.example/sign-in")));
            }
        }
        FaultKind::EmptyBody => {
            rendered.status = StatusCode::OK;
            rendered.body.clear();
        }
        FaultKind::WrongContentType => set_content_type(rendered, "image/png"),
        FaultKind::ClockSkew => {
            if let Ok(date) = HeaderValue::from_str(&(now + SKEW).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()) {
                rendered.headers.push((header::DATE, date));
            }
        }
        _ => {}
    }
    let body = Bytes::from(std::mem::take(&mut rendered.body));
    match kind {
        FaultKind::Drip { ms } => Payload::dripping(body, Duration::from_millis(*ms)),
        FaultKind::Truncated => Payload::truncated(&body),
        _ => Payload::whole(body),
    }
}

fn set_content_type(rendered: &mut Rendered, content_type: &'static str) {
    rendered.headers.retain(|(name, _)| *name != header::CONTENT_TYPE);
    if !content_type.is_empty() {
        rendered.headers.push((header::CONTENT_TYPE, HeaderValue::from_static(content_type)));
    }
}

/// A body on its way: whole, cut off, or a byte at a time.
#[derive(Debug)]
pub(super) struct Payload {
    rest: Bytes,
    promised: u64,
    pace: Option<(Duration, Option<Pin<Box<Sleep>>>)>,
}

impl Payload {
    /// Everything at once.
    pub fn whole(body: Bytes) -> Self {
        Self { promised: body.len() as u64, rest: body, pace: None }
    }

    fn dripping(body: Bytes, pause: Duration) -> Self {
        Self { promised: body.len() as u64, rest: body, pace: Some((pause, None)) }
    }

    /// Half of what was promised, at least a byte less. An empty body cannot be cut: it promises one byte that never comes.
    fn truncated(body: &Bytes) -> Self {
        Self { promised: body.len().max(1) as u64, rest: body.slice(..body.len() / 2), pace: None }
    }

    fn taken(&mut self, count: usize) -> Bytes {
        self.promised -= count as u64;
        self.rest.split_to(count)
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.rest.is_empty() {
            let missing = self.promised > 0;
            return Poll::Ready(
                missing.then(|| Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the script cuts the answer off"))),
            );
        }
        if let Some((pause, timer)) = &mut self.pace {
            let pause = *pause;
            ready!(timer.get_or_insert_with(|| Box::pin(sleep(pause))).as_mut().poll(context));
            *timer = None;
            return Poll::Ready(Some(Ok(Frame::data(self.taken(1)))));
        }
        let everything = self.rest.len();
        Poll::Ready(Some(Ok(Frame::data(self.taken(everything)))))
    }

    fn is_end_stream(&self) -> bool {
        self.promised == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.promised)
    }
}

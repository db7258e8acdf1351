//! How a fault spoils an answer that was ready to be sent.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use hyper::body::{Body, Frame, SizeHint};
use jiff::{SignedDuration, Timestamp};
use tokio::task::yield_now;
use tokio::time::sleep;

use super::faults::FaultKind;
use super::protocols::{Call, Rendered, Service};
use super::reply::{Failure, Outcome, with_unknown_member};

/// A part of what makes a body big. Behind an answer, JSON and XML both take it for nothing.
static BLANKS: [u8; 1 << 16] = [b' '; 1 << 16];

/// How long a long header is, in bytes. HTTP sets no bound; clients do.
const LONG: usize = 1 << 20;

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

/// What the fault adds to the outcome before it is rendered.
pub(super) fn add_to(outcome: Outcome, kind: &FaultKind) -> Outcome {
    match kind {
        FaultKind::UnknownMembers => with_unknown_member(outcome, "PracticeUnknownMember", "a member that no client knows"),
        _ => outcome,
    }
}

/// Spoils the rendered answer and says how its body is to be sent.
pub(super) fn spoil(rendered: &mut Rendered, kind: &FaultKind, call: &Call, now: Timestamp) -> Payload {
    // What stands between the client and AWS knows no request id.
    let web_page = |rendered: &mut Rendered, status: StatusCode, content_type: &'static str, body: &[u8]| {
        rendered.headers.clear();
        set_content_type(rendered, content_type);
        (rendered.status, rendered.body) = (status, body.to_vec());
    };
    match kind {
        FaultKind::Garbage => {
            rendered.status = StatusCode::OK;
            rendered.body = b"\x00\xff\xfe{]<<\x1b[31m%%%not an answer\x07".to_vec();
        }
        FaultKind::BadGateway => {
            let body = b"<html><head><title>502 Bad Gateway</title></head><body></body></html>";
            web_page(rendered, StatusCode::BAD_GATEWAY, "text/html", body);
        }
        FaultKind::Html => {
            let body = b"<html><head><title>Sign in</title></head><body>Please accept the terms.</body></html>";
            web_page(rendered, StatusCode::OK, "text/html", body);
        }
        FaultKind::Portal { status } => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::NETWORK_AUTHENTICATION_REQUIRED);
            let body = b"<!DOCTYPE html><html><head><title>Network sign-in</title></head><body>Please sign in.</body></html>";
            web_page(rendered, status, "text/html; charset=utf-8", body);
            if rendered.status.is_redirection() {
                rendered.headers.push((header::LOCATION, HeaderValue::from_static("http://portal.example/sign-in")));
            }
        }
        FaultKind::EmptyBody => {
            rendered.status = StatusCode::OK;
            rendered.body.clear();
        }
        FaultKind::SomethingElse => {
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
        FaultKind::WrongContentType => set_content_type(rendered, "image/png"),
        FaultKind::LongHead => {
            if let Ok(long) = HeaderValue::from_bytes(&vec![b'x'; LONG]) {
                rendered.headers.push((HeaderName::from_static("x-practice-padding"), long));
            }
        }
        FaultKind::ClockSkew => {
            if let Ok(date) = HeaderValue::from_str(&(now + SKEW).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()) {
                rendered.headers.push((header::DATE, date));
            }
        }
        _ => {}
    }
    let body = Bytes::from(std::mem::take(&mut rendered.body));
    match kind {
        FaultKind::BigBody { mb } => Payload { blanks: Some(mb << 20), ..Payload::whole(body) },
        FaultKind::EndlessBody => Payload { blanks: None, ..Payload::whole(body) },
        FaultKind::Drip { ms } => Payload::dripping(body, Duration::from_millis(*ms)),
        // There has to be something that is missing.
        FaultKind::Truncated | FaultKind::ResetAfterHead if body.is_empty() => Payload::whole(Bytes::from_static(b" ")),
        _ => Payload::whole(body),
    }
}

/// Where an answer ends on its way out, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut {
    place: Place,
    /// Whether the connection is reset there, or closed.
    pub resets: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    StatusLine,
    Headers,
    BeforeBody,
    Body,
}

/// The cut that the fault makes, if it makes one.
pub(super) fn cut(kind: &FaultKind) -> Option<Cut> {
    let (place, resets) = match kind {
        FaultKind::HalfStatusLine => (Place::StatusLine, false),
        FaultKind::HalfHead => (Place::Headers, false),
        FaultKind::ResetAfterHead => (Place::BeforeBody, true),
        FaultKind::Truncated => (Place::Body, false),
        _ => return None,
    };
    Some(Cut { place, resets })
}

impl Cut {
    /// How much of the answer, of which `bytes` are the beginning with the whole head, still goes out.
    pub fn keeps(self, bytes: &[u8]) -> usize {
        const STATUS_LINE: usize = "HTTP/1.1 200".len();
        let head = bytes.windows(4).position(|four| four == b"\r\n\r\n").map_or(bytes.len(), |at| at + 4);
        match self.place {
            Place::StatusLine => STATUS_LINE / 2,
            Place::Headers => head / 2,
            Place::BeforeBody => head,
            Place::Body => head + (bytes.len() - head) / 2,
        }
    }
}

fn set_content_type(rendered: &mut Rendered, content_type: &'static str) {
    rendered.headers.retain(|(name, _)| *name != header::CONTENT_TYPE);
    rendered.headers.push((header::CONTENT_TYPE, HeaderValue::from_static(content_type)));
}

/// The time until the next byte.
type Pause = Pin<Box<dyn Future<Output = ()> + Send + Sync>>;

/// A body on its way: at once, or a byte at a time.
pub(super) struct Payload {
    rest: Bytes,
    /// How many blanks follow; `None`: they do not end.
    blanks: Option<u64>,
    pace: Option<(Duration, Option<Pause>)>,
}

impl Payload {
    /// Everything at once.
    pub fn whole(body: Bytes) -> Self {
        Self { rest: body, blanks: Some(0), pace: None }
    }

    fn dripping(body: Bytes, pause: Duration) -> Self {
        Self { pace: Some((pause, None)), ..Self::whole(body) }
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

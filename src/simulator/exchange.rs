//! One request, from its bytes to its answer: read, ask the script, act on the account, render, note.
//!
//! The account changes at most once per request, before any delay, so that a client that gives up early does not undo what it asked for.

use std::convert::Infallible;
use std::io;
use std::time::Instant;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request as HttpRequest, Response, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;

use super::connection::End;
#[cfg(feature = "faults")]
use super::damage;
use super::faults::{CalledBy, FaultKind};
use super::protocols::{Call, code_on_the_wire, credential, render};
use super::reply::Reply;
use super::requests::Request;
use super::server::Shared;
use super::services;
use super::{MANAGEMENT_ACCESS_KEY, OTHER_MEMBER_ACCESS_KEY, OTHER_OWNER_ACCESS_KEY, STANDALONE_ACCESS_KEY};

/// The longest request body that is read, in bytes. No request of these services comes near it.
const LONGEST_REQUEST: usize = 1024 * 1024;

pub(super) type Answer = Response<BoxBody<Bytes, Infallible>>;

/// Answers one request, or has its connection end.
pub(super) async fn exchange(request: HttpRequest<Incoming>, shared: &Shared, end: &End) -> io::Result<Answer> {
    let mut entry = Entry { shared, started: Instant::now(), request: Request::unread("client-gone") };
    let (head, body) = request.into_parts();
    entry.request.access_key = credential(&head.headers).0;
    let Ok(body) = Limited::new(body, LONGEST_REQUEST).collect().await else {
        entry.close(Some(StatusCode::PAYLOAD_TOO_LARGE), "RequestTooLong");
        return Ok(plain(StatusCode::PAYLOAD_TOO_LARGE, "The request could not be read."));
    };
    let Some(call) = Call::read(head.uri.path(), &head.headers, &body.to_bytes()) else {
        entry.close(Some(StatusCode::NOT_FOUND), "UnknownService");
        return Ok(plain(StatusCode::NOT_FOUND, "The practice AWS does not play this service."));
    };
    entry.request.operation = call.name();
    shared.log.begin(&entry.request.operation);

    let by = match call.access_key.as_deref() {
        Some(MANAGEMENT_ACCESS_KEY) => CalledBy::ManagementAccount,
        Some(OTHER_OWNER_ACCESS_KEY | OTHER_MEMBER_ACCESS_KEY | STANDALONE_ACCESS_KEY) => CalledBy::SomebodyElse,
        _ => CalledBy::Member,
    };
    let plan = shared.script().next(&call.name(), by);
    let now = shared.now();
    let outcome = if plan.acts { services::answer(&mut shared.account(), &call, now) } else { Ok(Reply::Empty) };
    entry.request.acted = plan.acts && outcome.is_ok();
    if !plan.delay.is_zero() {
        tokio::time::sleep(plan.delay).await;
    }
    let outcome = match plan.fault {
        None | Some(FaultKind::Latency { .. }) => outcome,
        Some(FaultKind::Throttle) => Err(call.service.throttled()),
        Some(FaultKind::InternalError) => Err(call.service.internal_failure()),
        Some(FaultKind::AnswerLost) => {
            entry.close(None, "answer-lost");
            return Err(end.reset());
        }
        #[cfg(feature = "faults")]
        Some(FaultKind::Damage(damage)) => return damage::answer(&damage, &call, outcome, entry, end).await,
    };
    let rendered = render(&call, &outcome, &shared.request_id(&call.name()));
    let word = outcome.as_ref().map_or_else(|failure| code_on_the_wire(call.service, &failure.code), |_| "ok");
    entry.close(Some(rendered.status), word);
    Ok(response(rendered.status, rendered.headers, whole(rendered.body)))
}

/// The log's entry for a request under way. A client that goes away drops it, and it is noted all the same.
pub(super) struct Entry<'a> {
    pub shared: &'a Shared,
    started: Instant,
    request: Request,
}

impl Entry<'_> {
    /// Notes how the request ends.
    pub fn close(mut self, status: Option<StatusCode>, outcome: &str) {
        self.request.status = status.map(|status| status.as_u16());
        outcome.clone_into(&mut self.request.outcome);
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        self.request.duration_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.shared.log.note(self.request.clone());
    }
}

fn plain(status: StatusCode, text: &'static str) -> Answer {
    response(status, Vec::new(), whole(text))
}

fn whole(body: impl Into<Bytes>) -> BoxBody<Bytes, Infallible> {
    Full::new(body.into()).boxed()
}

pub(super) fn response(status: StatusCode, headers: Vec<(HeaderName, HeaderValue)>, body: BoxBody<Bytes, Infallible>) -> Answer {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().extend(headers);
    response
}

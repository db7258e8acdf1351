//! One request, from its bytes to its answer: read, ask the script, act on the account, render, spoil, note.
//!
//! The account changes at most once per request, before any delay, so that a client that gives up early does not undo what it asked for.

use std::time::Instant;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request as HttpRequest, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;

use super::damage::{self, Payload};
use super::faults::{CalledBy, FaultKind};
use super::protocols::{Call, Rendered, code_on_the_wire, credential, render};
use super::reply::{Outcome, Reply};
use super::requests::Request;
use super::server::Shared;
use super::services;
use super::{MANAGEMENT_ACCESS_KEY, OTHER_MEMBER_ACCESS_KEY, OTHER_OWNER_ACCESS_KEY, STANDALONE_ACCESS_KEY};

/// The longest request body that is read, in bytes. No request of these services comes near it.
const LONGEST_REQUEST: usize = 1024 * 1024;

/// The script wants the connection to end without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the script ends the connection")]
pub(super) enum Ending {
    /// In a reset.
    Reset,
    /// In an orderly close.
    Close,
}

/// Answers one request, or has its connection end. An answer that is not to go out whole carries the [`Cut`](damage::Cut).
pub(super) async fn exchange(request: HttpRequest<Incoming>, shared: &Shared) -> Result<Response<Payload>, Ending> {
    let mut entry = Entry::new(shared);
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
    let acts = plan.fault.as_ref().is_none_or(|(_, acts)| *acts);
    let now = shared.now();
    let outcome = if acts { services::answer(&mut shared.account(), &call, now) } else { Ok(Reply::Empty) };
    entry.request.acted = acts && outcome.is_ok();
    if !plan.delay.is_zero() {
        tokio::time::sleep(plan.delay).await;
    }
    match plan.fault {
        None => {
            let rendered = render(&call, &outcome, &shared.request_id(&call.name()));
            entry.close(Some(rendered.status), said(&call, &outcome));
            Ok(sent(rendered))
        }
        Some((kind @ (FaultKind::ResetBeforeActing | FaultKind::AnswerLost), _)) => {
            entry.close(None, &kind.to_string());
            Err(Ending::Reset)
        }
        Some((FaultKind::HangUp, _)) => {
            entry.close(None, &FaultKind::HangUp.to_string());
            Err(Ending::Close)
        }
        Some((FaultKind::Stall, _)) => {
            entry.close(None, &FaultKind::Stall.to_string());
            // The client gives up, or the server stops; both drop this future.
            std::future::pending().await
        }
        Some((kind, _)) => Ok(spoiled(&call, outcome, &kind, shared, entry)),
    }
}

fn spoiled(call: &Call, outcome: Outcome, kind: &FaultKind, shared: &Shared, entry: Entry<'_>) -> Response<Payload> {
    let now = shared.now();
    let instead = damage::error_instead(kind, call, now);
    let word =
        instead.as_ref().map_or_else(|| kind.to_string(), |failure| code_on_the_wire(call.service, &failure.code).to_owned());
    let outcome = instead.map_or(outcome, Err);
    let mut rendered = render(call, &damage::add_to(outcome, kind), &shared.request_id(&call.name()));
    let payload = damage::spoil(&mut rendered, kind, call, now);
    let cut = damage::cut(kind);
    // Of a status that was never sent, nothing is noted.
    entry.close(cut.is_none().then_some(rendered.status), &word);
    let mut response = response(rendered.status, rendered.headers, payload);
    if let Some(cut) = cut {
        response.extensions_mut().insert(cut);
    }
    response
}

/// The word for an outcome in the log.
fn said<'a>(call: &Call, outcome: &'a Outcome) -> &'a str {
    outcome.as_ref().map_or_else(|failure| code_on_the_wire(call.service, &failure.code), |_| "ok")
}

/// The log's entry for a request under way. A client that goes away drops it, and it is noted all the same.
struct Entry<'a> {
    shared: &'a Shared,
    started: Instant,
    request: Request,
}

impl<'a> Entry<'a> {
    fn new(shared: &'a Shared) -> Self {
        Self { shared, started: Instant::now(), request: Request::unread("client-gone") }
    }

    /// Notes how the request ends.
    fn close(mut self, status: Option<StatusCode>, outcome: &str) {
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

fn sent(rendered: Rendered) -> Response<Payload> {
    response(rendered.status, rendered.headers, Payload::whole(Bytes::from(rendered.body)))
}

fn plain(status: StatusCode, text: &'static str) -> Response<Payload> {
    response(status, Vec::new(), Payload::whole(Bytes::from_static(text.as_bytes())))
}

fn response(status: StatusCode, headers: Vec<(HeaderName, HeaderValue)>, payload: Payload) -> Response<Payload> {
    let mut response = Response::new(payload);
    *response.status_mut() = status;
    response.headers_mut().extend(headers);
    response
}

//! Ends every answer that is longer than any of AWS's, before it takes memory, and unpacks what a proxy compressed.
//!
//! The SDK collects an answer to its end, whatever comes. Here it gets at most as many bytes as the called operation allows. That holds for the
//! program's own clients and for those by which the SDK asks for credentials. Only sizes and the number of entries are looked at.

use std::error::Error;
use std::io::Read as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{HttpConnector as _, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector};
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};
use aws_smithy_types::body::SdkBody;
use bytes::{Bytes, BytesMut};
use flate2::read::GzDecoder;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame};

use super::around::{Around, around};
use super::problem::links;
use crate::checklist::texts;

/// The same client, without answers that do not end.
pub(super) fn bounded(client: SharedHttpClient) -> SharedHttpClient {
    around(client, Bounded)
}

/// Whether an answer was longer than AWS's are: its body here, or its headers, which the HTTP client bounds.
pub(super) fn is_too_long(error: &(dyn Error + 'static)) -> bool {
    links(error)
        .any(|link| link.is::<TooLong>() || link.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse_too_large))
}

/// Keeps the SDK from asking once more for an answer that was too long, where less of it can be asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct NotAgain;

impl ClassifyRetry for NotAgain {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let error = context.output_or_error().and_then(Result::err);
        if error.is_some_and(|error| is_too_long(error)) { RetryAction::RetryForbidden } else { RetryAction::NoActionIndicated }
    }

    fn name(&self) -> &'static str {
        "an answer that is too long"
    }
}

/// Why an answer was not read.
#[derive(Debug, thiserror::Error)]
#[error("the response is larger than any response of AWS")]
struct TooLong;

#[derive(Debug)]
struct Bounded;

impl Around for Bounded {
    fn call(self: &Arc<Self>, inner: &SharedHttpConnector, request: HttpRequest) -> HttpConnectorFuture {
        let longest = operation(&request).map_or(texts::rules().longest_answers.usual, longest);
        let answer = inner.call(request);
        HttpConnectorFuture::new(async move {
            let answer: HttpResponse = answer.await?;
            let longest = if answer.status().is_success() { longest } else { texts::rules().longest_answers.error };
            let upto = |body| SdkBody::from_body_1_x(Upto::new(body, longest << 10));
            Ok(unpacked(answer.map(upto), longest << 10).await?.map(upto))
        })
    }
}

/// The same answer, unpacked where a proxy compressed it: no more than a byte over its bound. What cannot be unpacked stays as it came, which no
/// reader takes for an answer.
async fn unpacked(mut answer: HttpResponse, longest: usize) -> Result<HttpResponse, ConnectorError> {
    const ENCODING: &str = "content-encoding";
    let encoding = answer.headers().get(ENCODING).unwrap_or_default().to_ascii_lowercase();
    if !matches!(encoding.trim(), "gzip" | "x-gzip") {
        return Ok(answer);
    }
    let packed = answer.take_body().collect().await.map_err(|error| ConnectorError::other(error, None))?.to_bytes();
    let mut whole = Vec::new();
    let most = u64::try_from(longest).unwrap_or(u64::MAX).saturating_add(1);
    if GzDecoder::new(packed.as_ref()).take(most).read_to_end(&mut whole).is_ok() {
        answer.headers_mut().remove(ENCODING);
        answer.headers_mut().remove("content-length");
        *answer.body_mut() = SdkBody::from(whole);
    } else {
        *answer.body_mut() = SdkBody::from(packed);
    }
    Ok(answer)
}

/// The longest answer to this operation, in KiB.
fn longest(operation: &str) -> usize {
    let rules = &texts::rules().longest_answers;
    rules.of.get(operation).copied().unwrap_or(rules.usual)
}

/// The operation: from `x-amz-target` for JSON, from the field `Action` for forms. Responses of other protocols are short.
fn operation(request: &HttpRequest) -> Option<&str> {
    if let Some(target) = request.headers().get("x-amz-target") {
        return target.rsplit('.').next();
    }
    let form = std::str::from_utf8(request.body().bytes()?).ok()?;
    form.split('&').find_map(|field| field.strip_prefix("Action="))
}

/// A body up to a length. It goes on in few pieces, however many it comes in: a list of pieces costs much more than the bytes in them where each
/// is short. It does not wait for the end either: the SDK gives up a body of which nothing comes.
struct Upto {
    body: SdkBody,
    left: usize,
    entries: Entries,
    read: BytesMut,
    /// How much has gone on.
    passed: usize,
}

impl Upto {
    fn new(body: SdkBody, longest: usize) -> Self {
        let entries = Entries { first: None, matched: 0, left: longest / LEAST_ENTRY };
        Self { body, left: longest, entries, read: BytesMut::new(), passed: 0 }
    }

    fn piece(&mut self) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.passed += self.read.len();
        Poll::Ready(Some(Ok(Frame::data(self.read.split().freeze()))))
    }
}

impl Body for Upto {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        // What is announced need not be awaited.
        while usize::try_from(Body::size_hint(&this.body).lower()).is_ok_and(|coming| coming <= this.left) {
            match Pin::new(&mut this.body).poll_frame(context) {
                Poll::Ready(Some(frame)) => {
                    // Nobody here reads trailers.
                    let data = frame?.into_data().unwrap_or_default();
                    if data.len() > this.left || !this.entries.have_room_for(&data) {
                        break;
                    }
                    this.left -= data.len();
                    this.read.extend_from_slice(&data);
                }
                // Waits until a piece is at least 1/256 of what has been passed on.
                Poll::Pending if this.read.is_empty() || this.read.len() * 256 < this.passed => return Poll::Pending,
                Poll::Ready(None) if this.read.is_empty() => return Poll::Ready(None),
                Poll::Pending | Poll::Ready(None) => return this.piece(),
            }
        }
        Poll::Ready(Some(Err(TooLong.into())))
    }
}

/// How many bytes of a bound there are for one entry. AWS's entries are longer. An empty one takes three bytes, and half a kilobyte once it is read.
const LEAST_ENTRY: usize = 256;

/// Counts what an answer would be made of: objects in JSON, members of lists in XML.
struct Entries {
    /// The first byte that is not a blank. In JSON it is `{`.
    first: Option<u8>,
    /// How much of [`MEMBER`](Self::MEMBER) the last bytes are.
    matched: usize,
    left: usize,
}

impl Entries {
    const MEMBER: &[u8] = b"<member";

    fn have_room_for(&mut self, data: &[u8]) -> bool {
        self.first = self.first.or_else(|| data.iter().copied().find(|byte| !byte.is_ascii_whitespace()));
        let is_json = self.first == Some(b'{');
        let mut begins = |byte: u8| if is_json { byte == b'{' } else { self.ends_member(byte) };
        let entries = data.iter().filter(|byte| begins(**byte)).count();
        let room = self.left.checked_sub(entries);
        self.left = room.unwrap_or_default();
        room.is_some()
    }

    fn ends_member(&mut self, byte: u8) -> bool {
        self.matched = match Self::MEMBER.get(self.matched) {
            Some(next) if *next == byte => self.matched + 1,
            _ => usize::from(byte == Self::MEMBER[0]),
        };
        self.matched == Self::MEMBER.len()
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::StreamBody;

    use super::*;
    use crate::aws::whole_answer::is_asked;

    /// A body of `count` pieces of `size` bytes, each of which comes a moment later.
    fn coming(count: usize, size: usize) -> SdkBody {
        let piece = Bytes::from(vec![b'x'; size]);
        let mut left = 2 * count;
        let pieces = std::iter::from_fn(move || {
            left = left.checked_sub(1)?;
            Some(if left.is_multiple_of(2) { Poll::Ready(piece.clone()) } else { Poll::Pending })
        });
        SdkBody::from_body_1_x(StreamBody::new(Coming(pieces)))
    }

    struct Coming<T>(T);

    impl<T: Iterator<Item = Poll<Bytes>> + Unpin> tokio_stream::Stream for Coming<T> {
        type Item = Result<Frame<Bytes>, BoxError>;

        fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            match self.0.next() {
                Some(Poll::Pending) => {
                    context.waker().wake_by_ref();
                    Poll::Pending
                }
                Some(Poll::Ready(piece)) => Poll::Ready(Some(Ok(Frame::data(piece)))),
                None => Poll::Ready(None),
            }
        }
    }

    #[tokio::test]
    async fn a_body_is_passed_on_up_to_its_bound_and_not_a_byte_further() {
        for (count, size) in [(0, 0), (1, 1000), (1000, 1), (10, 100)] {
            let whole = Upto::new(coming(count, size), 1000).collect().await.unwrap().to_bytes();
            assert_eq!(whole.len(), count * size);
        }
        for (count, size) in [(1, 1001), (1001, 1), (usize::MAX / 2, 7)] {
            let error = Upto::new(coming(count, size), 1000).collect().await.unwrap_err();
            assert!(is_too_long(&*error), "{error}");
        }
    }

    #[tokio::test]
    async fn a_body_of_more_entries_than_aws_would_send_is_too_long() {
        for (entry, begin) in [("{},", "{\"a\":["), ("<member/>", "<a>"), ("<member></member>", "\n <a>")] {
            let whole = |entries: usize| begin.to_owned() + &entry.repeat(entries);
            for (entries, is_read) in [(10, true), (15, true), (17, false), (100, false)] {
                // In pieces, so that what tells an entry is cut.
                let pieces: Vec<Bytes> = whole(entries).as_bytes().chunks(5).map(Bytes::copy_from_slice).collect();
                let pieces = pieces.into_iter().flat_map(|piece| [Poll::Pending, Poll::Ready(piece)]);
                let body = SdkBody::from_body_1_x(StreamBody::new(Coming(pieces)));
                assert_eq!(Upto::new(body, 16 * LEAST_ENTRY).collect().await.is_ok(), is_read, "{entries} of {entry}");
            }
        }
    }

    #[tokio::test]
    async fn what_is_announced_too_long_is_not_read() {
        let error = Upto::new(SdkBody::from("x".repeat(1001)), 1000).frame().await.unwrap().unwrap_err();
        assert!(is_too_long(&*error), "{error}");
    }

    #[tokio::test]
    async fn a_body_of_single_bytes_goes_on_in_few_pieces_and_the_first_at_once() {
        let mut body = Upto::new(coming(100_000, 1), 1 << 20);
        let mut pieces = Vec::new();
        while let Some(piece) = body.frame().await {
            pieces.push(piece.unwrap().into_data().unwrap().len());
        }
        assert_eq!(pieces[..10], [1; 10]);
        assert_eq!(pieces.iter().sum::<usize>(), 100_000);
        assert!(pieces.len() < 2_000, "{}", pieces.len());
    }

    #[test]
    fn every_bound_is_of_a_question_and_no_lower_than_the_usual_one() {
        let rules = &texts::rules().longest_answers;
        for (operation, longest) in &rules.of {
            assert!(is_asked(operation), "{operation}");
            assert!((rules.usual..=4096).contains(longest), "{operation}: {longest}");
        }
    }

    #[test]
    fn a_call_is_known_by_its_header_or_its_form() {
        let mut request = HttpRequest::new(SdkBody::from("{}"));
        assert_eq!(operation(&request), None);
        request.headers_mut().insert("x-amz-target", "AWSOrganizationsV20161128.ListHandshakesForAccount");
        assert_eq!(operation(&request), Some("ListHandshakesForAccount"));
        let form = HttpRequest::new(SdkBody::from("Action=ListRoles&Version=2010-05-08&MaxItems=1000"));
        assert_eq!(operation(&form), Some("ListRoles"));
        assert_eq!((longest("ListRoles"), longest("GetCallerIdentity")), (4096, 64));
    }
}

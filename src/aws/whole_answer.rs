//! Turns an answer away that says "fine" and holds nothing AWS would say, and tells when something else answered in place of AWS.
//!
//! The SDK reads an empty body as an answer without members: "no invitations", "no services". A proxy that answers in place of AWS
//! would so settle a step. Every question this program puts has an answer with a body; the leave itself has none, and only a web page is
//! turned away there.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// Looks at an answer once it was read, and turns it away by a rule.
#[derive(Debug, Clone, Copy)]
pub(super) struct TurnAway {
    name: &'static str,
    /// Why it is turned away, if so.
    rule: fn(&HttpResponse) -> Option<NotAnAnswer>,
}

/// For every service that is asked something: an answer without anything in it, or of somebody else, is none.
pub(super) const WHOLE_ANSWER: TurnAway = TurnAway {
    name: "WholeAnswer",
    rule: |response| {
        let is_empty_talk = response.body().bytes().is_some_and(|body| !is_an_answer(body));
        is_empty_talk.then_some(NotAnAnswer::EmptyTalk)
    },
};

/// For the leave, whose success has nothing in it that could be missed.
pub(super) const NO_WEB_PAGE: TurnAway =
    TurnAway { name: "NoWebPage", rule: |response| is_somebody_elses(response).then_some(NotAnAnswer::WebPage) };

/// What says "fine" is not AWS's.
#[derive(Debug, thiserror::Error)]
enum NotAnAnswer {
    #[error("the answer holds neither a JSON object nor an XML document of AWS")]
    EmptyTalk,
    #[error("the answer is a web page")]
    WebPage,
}

impl Intercept for TurnAway {
    fn name(&self) -> &'static str {
        self.name
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        match (self.rule)(response) {
            Some(why) if response.status().is_success() => Err(why.into()),
            Some(_) | None => Ok(()),
        }
    }
}

/// Whether this is the answer of a proxy or of a network's sign-in page, by what no answer of the services asked here is: a web page, a
/// redirection, or a status by which proxies and networks ask people to sign in.
///
/// Source: RFC 9110 (407, and 3xx), RFC 6585 (511). An answer with a request id of AWS's is AWS's own, whatever it looks like.
pub(super) fn is_somebody_elses(response: &HttpResponse) -> bool {
    let headers = response.headers();
    if headers.get("x-amzn-requestid").is_some() || headers.get("x-amz-request-id").is_some() {
        return false;
    }
    let status = response.status().as_u16();
    let content_type = headers.get("content-type").unwrap_or_default().to_ascii_lowercase();
    (300..400).contains(&status)
        || matches!(status, 407 | 511)
        || content_type.starts_with("text/html")
        || content_type.starts_with("application/xhtml")
        || response.body().bytes().is_some_and(is_web_page)
}

/// Whether a body begins like a web page. XML of AWS's begins with `<`, too, and even a web page can begin with `<?xml`.
fn is_web_page(body: &[u8]) -> bool {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start();
    let start = body[..body.len().min(512)].to_ascii_lowercase();
    let holds = |word: &[u8]| start.windows(word.len()).any(|window| window == word);
    start.starts_with(b"<") && (holds(b"<!doctype html") || holds(b"<html") || start.starts_with(b"<head"))
}

fn is_an_answer(body: &[u8]) -> bool {
    let body = body.trim_ascii_start();
    let start = body[..body.len().min(9)].to_ascii_lowercase();
    start.starts_with(b"{") || (start.starts_with(b"<") && !start.starts_with(b"<!doctype") && !start.starts_with(b"<html"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, content_type: &str, body: &str) -> HttpResponse {
        let mut response = HttpResponse::new(status.try_into().unwrap(), aws_smithy_types::body::SdkBody::from(body));
        if !content_type.is_empty() {
            response.headers_mut().insert("content-type", content_type.to_owned());
        }
        response
    }

    #[test]
    fn what_a_proxy_or_a_portal_answers_is_told_from_what_aws_answers() {
        for (status, content_type, body) in [
            (200, "", "<html><body>Sign in</body></html>"),
            (200, "", "\u{feff}\n<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\"><title>Hotel</title>"),
            (403, "", "<?xml version=\"1.0\"?><!DOCTYPE html><html xmlns=\"http://www.w3.org/1999/xhtml\">"),
            (200, "text/html; charset=utf-8", ""),
            (502, "text/html", "Bad gateway"),
            (302, "", ""),
            (307, "application/json", "{}"),
            (407, "", ""),
            (511, "", "Sign in"),
        ] {
            assert!(is_somebody_elses(&response(status, content_type, body)), "{status} {content_type} {body}");
        }
        for (status, content_type, body) in [
            (200, "application/x-amz-json-1.1", "{}"),
            (200, "", ""),
            (400, "application/x-amz-json-1.1", "{\"__type\":\"X\",\"Message\":\"<html>\"}"),
            (403, "text/xml", "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"),
            (500, "", ""),
            (503, "text/plain", "Unavailable"),
        ] {
            assert!(!is_somebody_elses(&response(status, content_type, body)), "{status} {content_type} {body}");
        }
        let mut of_aws = response(503, "text/html", "<html></html>");
        of_aws.headers_mut().insert("x-amzn-requestid", "1".to_owned());
        assert!(!is_somebody_elses(&of_aws));
    }

    #[test]
    fn only_json_objects_and_xml_documents_are_answers() {
        for answer in ["{}", " \n{\"a\":1}", "<GetUserResponse>", "<?xml version=\"1.0\"?>"] {
            assert!(is_an_answer(answer.as_bytes()), "{answer}");
        }
        for other in ["", "  ", "<!DOCTYPE html>", "<HTML>", "OK", "[]", "null"] {
            assert!(!is_an_answer(other.as_bytes()), "{other}");
        }
    }
}

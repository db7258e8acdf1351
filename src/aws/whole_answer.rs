//! Turns an answer away that says "fine" and holds nothing AWS would say, and tells when something else answered in place of AWS.
//!
//! The SDK reads an empty body as an answer without members: "no invitations", "no services". A proxy that answers in place of AWS
//! would so settle a step, and so would `{}`. Every question this program puts has an answer that holds something; the leave itself has none,
//! and only a web page is turned away there. This is the one rule for what counts as an answer: what a check then draws from it is its own.

use std::borrow::Cow;
use std::fmt;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, Metadata};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Looks at an answer once it was read, and turns it away by a rule.
#[derive(Debug, Clone, Copy)]
pub(super) struct TurnAway {
    name: &'static str,
    /// Why the answer to this operation is turned away, if so.
    rule: fn(&HttpResponse, &str) -> Option<NotAnAnswer>,
}

/// For every service that is asked something: an answer without what was asked for, or of somebody else, is none.
pub(super) const WHOLE_ANSWER: TurnAway =
    TurnAway { name: "WholeAnswer", rule: |response, operation| missing(response.body().bytes()?, operation) };

/// For the leave, whose success has nothing in it that could be missed.
pub(super) const NO_WEB_PAGE: TurnAway =
    TurnAway { name: "NoWebPage", rule: |response, _| is_somebody_elses(response).then_some(NotAnAnswer::WebPage) };

/// What the answer to each question holds, whatever it says: a list that is empty is there, and one with an entry of nothing is not. The SDK reads a list that is missing as an empty
/// one, so `{}` would say that there are no invitations.
///
/// Source: the output of each operation in the models that the SDK is made from.
const HOLDS: [(&str, &str); 30] = [
    ("AssumeRole", "Credentials"),
    ("DescribeAccount", "Account"),
    ("DescribeOrganization", "Organization"),
    ("DescribePolicy", "Policy"),
    ("DescribeSeverityLevels", "severityLevels"),
    ("DescribeStackSet", "StackSet"),
    ("GetAccountBalance", "accountBalances"),
    ("GetAccountInformation", "AccountId"),
    ("GetAccountSummary", "SummaryMap"),
    ("GetCallerIdentity", "Account"),
    ("GetContactInformation", "ContactInformation"),
    ("GetCredits", "credits"),
    ("GetLoginProfile", "LoginProfile"),
    ("GetRole", "Role"),
    ("GetUser", "User"),
    ("ListAttachedRolePolicies", "AttachedPolicies"),
    ("ListBusinessSupportSubscriptionHistory", "subscriptionContracts"),
    ("ListDelegatedServicesForAccount", "DelegatedServices"),
    ("ListHandshakesForAccount", "Handshakes"),
    ("ListMFADevices", "MFADevices"),
    ("ListParents", "Parents"),
    ("ListPaymentInstruments", "paymentInstrumentSummaries"),
    ("ListPoliciesForTarget", "Policies"),
    ("ListRolePolicies", "PolicyNames"),
    ("ListRoles", "Roles"),
    ("ListStackInstances", "Summaries"),
    ("ListStackSets", "Summaries"),
    ("ListTagsForResource", "Tags"),
    ("ListUsers", "Users"),
    ("SimulatePrincipalPolicy", "EvaluationResults"),
];

/// Whether the program asks this operation.
#[cfg(test)]
pub(super) fn is_asked(operation: &str) -> bool {
    HOLDS.iter().any(|(asked, _)| *asked == operation)
}

/// What says "fine" is not AWS's, or does not say what was asked.
#[derive(Debug, thiserror::Error)]
enum NotAnAnswer {
    #[error("the answer holds neither a JSON object nor an XML document of AWS")]
    EmptyTalk,
    #[error("the answer holds no {0}")]
    Without(&'static str),
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
        settings: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let operation = settings.load::<Metadata>().map(Metadata::name).unwrap_or_default();
        match (self.rule)(response, operation) {
            Some(why) if response.status().is_success() => Err(why.into()),
            Some(_) | None => Ok(()),
        }
    }
}

/// What is missing in the answer to an operation, if something is.
fn missing(body: &[u8], operation: &str) -> Option<NotAnAnswer> {
    let body = body.trim_ascii_start();
    let start = body[..body.len().min(9)].to_ascii_lowercase();
    let is_document = start.starts_with(b"<") && !start.starts_with(b"<!doctype") && !start.starts_with(b"<html");
    let member = HOLDS.iter().find(|(of, _)| *of == operation).map(|(_, member)| *member);
    let holds = |member: &str| match member_of(body, member) {
        Ok(found) => found.is_some_and(Form::is_something),
        // What is no JSON, the SDK has read as XML.
        Err(_) => is_document && tags(body).any(|tag| tag == member.as_bytes()),
    };
    match member {
        _ if !is_document && !start.starts_with(b"{") => Some(NotAnAnswer::EmptyTalk),
        Some(member) if !holds(member) => Some(NotAnAnswer::Without(member)),
        Some(_) | None => None,
    }
}

/// What a JSON value looks like. Nothing of it is kept: in memory, a value can be many times as large as its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Null,
    /// An object without members.
    EmptyObject,
    /// A list in which an entry is null or an empty object.
    ListWithNothing,
    Something,
}

impl Form {
    fn is_something(self) -> bool {
        matches!(self, Self::EmptyObject | Self::Something)
    }
}

impl<'de> Deserialize<'de> for Form {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Look)
    }
}

struct Look;

impl<'de> Visitor<'de> for Look {
    type Value = Form;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Form, E> {
        Ok(Form::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Form, E> {
        Ok(Form::Something)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Form, E> {
        Ok(Form::Something)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Form, E> {
        Ok(Form::Something)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Form, E> {
        Ok(Form::Something)
    }

    fn visit_str<E>(self, _: &str) -> Result<Form, E> {
        Ok(Form::Something)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Form, A::Error> {
        let mut form = Form::Something;
        while let Some(entry) = entries.next_element()? {
            if matches!(entry, Form::Null | Form::EmptyObject) {
                form = Form::ListWithNothing;
            }
        }
        Ok(form)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Form, A::Error> {
        let mut form = Form::EmptyObject;
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
            form = Form::Something;
        }
        Ok(form)
    }
}

/// Finds one member of a JSON object. Of several with its name the last one counts, as for the SDK.
struct Find<'a>(&'a str);

impl<'de> Visitor<'de> for Find<'_> {
    type Value = Option<Form>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Option<Form>, A::Error> {
        let mut found = None;
        while let Some(name) = members.next_key::<Cow<'_, str>>()? {
            if name == self.0 {
                found = Some(members.next_value()?);
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// The member of this name in a JSON object, if it has one.
fn member_of(body: &[u8], name: &str) -> serde_json::Result<Option<Form>> {
    let mut text = serde_json::Deserializer::from_slice(body);
    let found = text.deserialize_map(Find(name))?;
    text.end()?;
    Ok(found)
}

/// The names of the tags that open in an XML document, without what stands beside a name.
fn tags(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    let ends = |byte: &u8| matches!(byte, b'>' | b'/' | b' ' | b'\n' | b'\r' | b'\t');
    body.split(|byte| *byte == b'<').skip(1).map(move |tag| tag.split(ends).next().unwrap_or_default())
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
    fn an_answer_holds_what_was_asked_for() {
        for (operation, answer) in [
            ("ListHandshakesForAccount", " \n{\"Handshakes\":[],\"NextToken\":null}"),
            ("GetCredits", "{\"credits\":[{\"credits\":1}]}"),
            (
                "ListUsers",
                "<?xml version=\"1.0\"?><ListUsersResponse><ListUsersResult><Users/></ListUsersResult></ListUsersResponse>",
            ),
            ("GetUser", "<GetUserResponse xmlns=\"a\"><GetUserResult><User>\n</User></GetUserResult></GetUserResponse>"),
            ("NothingAsked", "{}"),
        ] {
            assert!(missing(answer.as_bytes(), operation).is_none(), "{operation}: {answer}");
        }
        for (operation, other) in [
            ("NothingAsked", ""),
            ("NothingAsked", "  "),
            ("NothingAsked", "<!DOCTYPE html>"),
            ("NothingAsked", "<HTML>"),
            ("NothingAsked", "OK"),
            ("NothingAsked", "[]"),
            ("NothingAsked", "null"),
            ("ListHandshakesForAccount", "{}"),
            ("ListHandshakesForAccount", "{\"Handshakes\":null}"),
            ("ListHandshakesForAccount", "{\"DelegatedServices\":[]}"),
            ("ListHandshakesForAccount", "{\"a\":{\"Handshakes\":[]}}"),
            ("ListHandshakesForAccount", "{\"Handshakes\":[{}]}"),
            ("ListHandshakesForAccount", "{\"Handshakes\":[{\"Id\":\"h-1\"},null]}"),
            ("ListUsers", "<ListUsersResponse><ListUsersResult/></ListUsersResponse>"),
            ("ListUsers", "<ListUsersResponse><UsersX/>Users</ListUsersResponse>"),
        ] {
            assert!(missing(other.as_bytes(), operation).is_some(), "{operation}: {other}");
        }
    }

    /// Every call that is named where questions are put has to be here: without it, `{}` would be an answer.
    #[test]
    fn every_question_has_something_that_its_answer_holds() {
        let questions = include_str!("read_clients.rs").split("#[cfg(test)]").next().unwrap();
        let mut seen = 0;
        for service in ["account", "billing", "cloudformation", "iam", "organizations", "payments", "sts", "support"] {
            for named in questions.split(&format!("\"{service}:")).skip(1) {
                let operation = named.split('"').next().unwrap();
                if !operation.starts_with("Leave") {
                    assert!(HOLDS.iter().any(|(of, _)| *of == operation), "{service}:{operation}");
                    seen += 1;
                }
            }
        }
        assert!(seen > 20, "{seen}");
        assert!(HOLDS.is_sorted(), "in the order of the names");
    }
}

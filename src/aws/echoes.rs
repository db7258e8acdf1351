//! Strikes secrets out of what comes back: an answer may repeat what it was sent, and its words are shown, reported and kept.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{HttpConnector as _, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;

use super::around::{Around, around};

/// The same client, without the secrets of a request in the answer to it.
pub(super) fn without_echoes(client: SharedHttpClient) -> SharedHttpClient {
    around(client, WithoutEchoes::default())
}

/// Headers with keys that let in whoever knows them. Sources: Signature Version 4; IAM Identity Center Portal and EC2 instance metadata references.
const KEYS: [&str; 3] = ["x-amz-security-token", "x-amz-sso_bearer_token", "x-aws-ec2-metadata-token"];

/// The header with the signature, which is good for one request. Source: Signature Version 4.
const SIGNATURE: &str = "authorization";

/// Fields of forms and of JSON that do so. Sources: STS API reference; IAM Identity Center OIDC API reference; AWS Sign-In API reference.
const FIELDS: [&str; 14] = [
    "WebIdentityToken",
    "SAMLAssertion",
    "TokenCode",
    "refreshToken",
    "refresh_token",
    "clientSecret",
    "client_secret",
    "accessToken",
    "access_token",
    "deviceCode",
    "code",
    "codeVerifier",
    "assertion",
    "subjectToken",
];

/// The shortest value that is struck out: shorter ones stand in any text.
const SHORTEST: usize = 6;

/// The shortest value that is struck out of answers to later requests. Tokens are longer; a code of six digits stands in any number.
const SHORTEST_REMEMBERED: usize = 16;

/// How many secrets of earlier requests are looked for. One connection sends fewer.
const MOST_REMEMBERED: usize = 32;

#[derive(Default)]
struct WithoutEchoes {
    /// What was sent in earlier requests and lets in whoever knows it: another answer may repeat it.
    sent: Mutex<VecDeque<String>>,
}

impl fmt::Debug for WithoutEchoes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithoutEchoes").finish_non_exhaustive()
    }
}

impl WithoutEchoes {
    /// Remembers these, and gives all that are known.
    fn remember(&self, secrets: impl IntoIterator<Item = String>) -> Vec<String> {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        for secret in secrets {
            if secret.len() >= SHORTEST_REMEMBERED && !sent.contains(&secret) {
                sent.push_back(secret);
            }
        }
        while sent.len() > MOST_REMEMBERED {
            sent.pop_front();
        }
        sent.iter().cloned().collect()
    }
}

impl Around for WithoutEchoes {
    fn call(self: &Arc<Self>, inner: &SharedHttpConnector, request: HttpRequest) -> HttpConnectorFuture {
        let (in_headers, in_body) = (in_headers(&request), in_body(&request));
        let keys = KEYS.iter().filter_map(|name| request.headers().get(*name)).map(str::to_owned).collect();
        let (this, answer) = (self.clone(), inner.call(request));
        HttpConnectorFuture::new(async move {
            let answer = answer.await?;
            // Whoever renews a token may be given the same one again in the body, and needs it.
            let renews = answer.status().is_success() && !in_body.is_empty();
            let known = this.remember([keys, in_body.clone()].concat());
            let secrets = longest_first(if renews { in_headers } else { [in_headers, in_body, known].concat() });
            Ok(if secrets.is_empty() { answer } else { struck_out(answer, &secrets).await })
        })
    }
}

/// The secrets in a request's headers.
fn in_headers(request: &HttpRequest) -> Vec<String> {
    let headers = KEYS.iter().chain([&SIGNATURE]).filter_map(|name| request.headers().get(*name)).map(str::to_owned);
    // The signature alone opens nothing, but what is struck out may be cut anywhere.
    let signatures =
        request.headers().get(SIGNATURE).and_then(|line| line.rsplit_once("Signature=")).map(|(_, it)| it.to_owned());
    headers.chain(signatures).collect()
}

/// The secrets in a request's body.
fn in_body(request: &HttpRequest) -> Vec<String> {
    let Some(body) = request.body().bytes() else { return Vec::new() };
    if let Ok(serde_json::Value::Object(fields)) = serde_json::from_slice(body) {
        let is_secret = |name: &str| FIELDS.iter().any(|field| field.eq_ignore_ascii_case(name));
        let secret = fields.into_iter().filter(|(name, _)| is_secret(name));
        return secret.filter_map(|(_, value)| Some(value.as_str()?.to_owned())).collect();
    }
    let mut found = Vec::new();
    for (name, value) in form_urlencoded::parse(body).filter(|(name, _)| FIELDS.contains(&name.as_ref())) {
        let written = form_urlencoded::Serializer::new(String::new()).append_pair(&name, &value).finish();
        found.extend(written.split_once('=').map(|(_, value)| value.to_owned()));
        found.push(value.into_owned());
    }
    found
}

/// Those that are struck out, the longest first: a shorter secret may be part of a longer one.
fn longest_first(mut secrets: Vec<String>) -> Vec<String> {
    secrets.retain(|secret| secret.len() >= SHORTEST);
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets
}

async fn struck_out(mut answer: HttpResponse, secrets: &[String]) -> HttpResponse {
    let strike = |text: &str| secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "[hidden]"));
    let headers: Vec<(String, String)> = answer.headers().iter().map(|(name, value)| (name.to_owned(), strike(value))).collect();
    for (name, value) in headers {
        if answer.headers().get(&name).is_some_and(|before| before != value) {
            // It was a header's value before, and has become one without the secret.
            let _ = answer.headers_mut().try_insert(name, value);
        }
    }
    match answer.take_body().collect().await.map(http_body_util::Collected::to_bytes) {
        Ok(bytes) => {
            let text = String::from_utf8_lossy(&bytes);
            let mut struck = strike(&text);
            // An escaped secret may be deliberate, so the whole body is dropped.
            let meant = unescaped(&struck);
            if secrets.iter().any(|secret| meant.contains(secret.as_str())) {
                struck.clear();
            }
            if struck == text {
                *answer.body_mut() = SdkBody::from(bytes);
            } else {
                answer.headers_mut().remove("content-length");
                *answer.body_mut() = SdkBody::from(struck);
            }
        }
        // It breaks with the error with which it was read.
        Err(error) => {
            let broken = StreamBody::new(tokio_stream::once(Err::<Frame<Bytes>, BoxError>(error)));
            *answer.body_mut() = SdkBody::from_body_1_x(broken);
        }
    }
    answer
}

/// The text as a reader of JSON or of XML would take it.
fn unescaped(text: &str) -> String {
    let mut read = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['\\', '&']) {
        read.push_str(&rest[..at]);
        let escape = &rest[at..];
        let (character, length) = escaped(escape).unwrap_or_else(|| (escape.as_bytes()[0].into(), 1));
        read.push(character);
        rest = &escape[length..];
    }
    read + rest
}

/// The character that `text` begins with an escape of, and how long that is.
fn escaped(text: &str) -> Option<(char, usize)> {
    const NAMED: [(&str, char); 5] = [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"'), ("&apos;", '\'')];
    let code = |digits: &str, radix| char::from_u32(u32::from_str_radix(digits, radix).ok()?);
    if let Some(digits) = text.strip_prefix("\\u") {
        return Some((code(digits.get(..4)?, 16)?, 6));
    }
    if let Some(literal) = text.strip_prefix('\\') {
        return literal.chars().next().filter(char::is_ascii_punctuation).map(|literal| (literal, 2));
    }
    if let Some(named) = text.strip_prefix("&#") {
        let (digits, _) = named.split_once(';')?;
        let character = digits.strip_prefix(['x', 'X']).map_or_else(|| code(digits, 10), |digits| code(digits, 16))?;
        return Some((character, "&#;".len() + digits.len()));
    }
    NAMED.into_iter().find(|(name, _)| text.starts_with(name)).map(|(name, character)| (character, name.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_as_readers_of_json_and_of_xml_do() {
        for (written, read) in [
            ("\\u0053ecret", "Secret"),
            ("a\\/b\\\"c\\\\d", "a/b\"c\\d"),
            ("&#83;e&#x63;ret &amp; &lt;&gt;&quot;&apos;", "Secret & <>\"'"),
            ("\\u00g1 &#xzz; &#; & \\ \\u12 &nbsp;", "\\u00g1 &#xzz; &#; & \\ \\u12 &nbsp;"),
            ("\\n stays \u{fc}", "\\n stays \u{fc}"),
        ] {
            assert_eq!(unescaped(written), read);
        }
    }
}

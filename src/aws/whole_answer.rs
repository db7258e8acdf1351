//! Turns an answer away that says "fine" and holds nothing AWS would say.
//!
//! The SDK reads an empty body as an answer without members: "no invitations", "no services". A proxy that answers in place of AWS
//! would so settle a step. Every question this program puts has an answer with a body; the leave itself has none, and goes without this.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// Looks at every answer of a service that speaks JSON or XML.
#[derive(Debug, Clone, Copy)]
pub(super) struct WholeAnswer;

/// The body of a success is not one of AWS's.
#[derive(Debug, thiserror::Error)]
#[error("the answer holds neither a JSON object nor an XML document of AWS")]
struct NotAnAnswer;

impl Intercept for WholeAnswer {
    fn name(&self) -> &'static str {
        "WholeAnswer"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let body = response.body().bytes();
        if response.status().is_success() && body.is_some_and(|body| !is_an_answer(body)) {
            return Err(NotAnAnswer.into());
        }
        Ok(())
    }
}

fn is_an_answer(body: &[u8]) -> bool {
    let body = body.trim_ascii_start();
    let start = body[..body.len().min(9)].to_ascii_lowercase();
    start.starts_with(b"{") || (start.starts_with(b"<") && !start.starts_with(b"<!doctype") && !start.starts_with(b"<html"))
}

#[cfg(test)]
mod tests {
    use super::*;

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

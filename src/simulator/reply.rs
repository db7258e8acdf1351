//! What an operation answers, before any protocol gives it a shape.

use serde_json::{Map, Value};

use super::xml::Element;

/// A successful answer.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    Json(Value),
    /// The members of a query protocol's result.
    Xml(Vec<Element>),
    /// No body, or an empty result.
    Empty,
}

/// An AWS error.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    /// The error code, such as `AccessDeniedException`.
    pub code: String,
    pub message: String,
    /// The HTTP status, when it is not the code's usual one.
    pub status: Option<u16>,
    /// Further members of the error, such as `Reason`.
    pub members: Map<String, Value>,
}

impl Failure {
    /// An error with the usual status of its code.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), status: None, members: Map::new() }
    }

    /// An error with another status.
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// An error with one more member.
    pub fn with_member(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// A denial. Each protocol spells the code in its own way when it renders it.
    pub fn access_denied(message: impl Into<String>) -> Self {
        Self::new("AccessDeniedException", message)
    }

    /// The account is in no organization. Source of the text: public reports of `DescribeOrganization`.
    pub fn not_in_use() -> Self {
        Self::new("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
    }

    /// The credentials have expired.
    pub fn expired_token() -> Self {
        Self::new("ExpiredTokenException", "The security token included in the request is expired")
    }

    /// The practice AWS does not play this operation, and answers as AWS does to one it has never heard of.
    pub fn unknown_operation() -> Self {
        Self::new("UnknownOperationException", "")
    }
}

/// What an operation comes to.
pub(super) type Outcome = Result<Reply, Failure>;

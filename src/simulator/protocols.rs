//! The wire: what a request asks for, and how an answer or an error looks in each service's protocol.
//!
//! awsJson 1.1 (Organizations, Support), awsJson 1.0 (Billing, Payments), restJson1 (Account) and awsQuery (IAM, STS, CloudFormation), as the SDKs of
//! November 2026 send and read them. Knows no state.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};
use strum::IntoEnumIterator as _;

use super::reply::{Failure, Outcome, Reply};
use super::xml::Element;

/// The services that the practice AWS plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumIter)]
pub(super) enum Service {
    Organizations,
    Account,
    Support,
    Billing,
    Payments,
    Iam,
    Sts,
    CloudFormation,
}

/// The protocols they speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Json11,
    Json10,
    RestJson,
    Query,
}

/// The Account API's paths, of those operations that are played.
const ACCOUNT_PATHS: [(&str, &str); 5] = [
    ("/getAccountInformation", "GetAccountInformation"),
    ("/getContactInformation", "GetContactInformation"),
    ("/putContactInformation", "PutContactInformation"),
    ("/sendPhoneNumberVerification", "SendPhoneNumberVerification"),
    ("/verifyPhoneNumber", "VerifyPhoneNumber"),
];

impl Service {
    /// Its prefix, its protocol, its target and its version, as told below.
    fn wire(self) -> (&'static str, Protocol, Option<&'static str>, Option<&'static str>) {
        match self {
            Self::Organizations => ("organizations", Protocol::Json11, Some("AWSOrganizationsV20161128."), None),
            Self::Account => ("account", Protocol::RestJson, None, None),
            Self::Support => ("support", Protocol::Json11, Some("AWSSupport_20130415."), None),
            Self::Billing => ("billing", Protocol::Json10, Some("AWSBilling."), None),
            Self::Payments => ("payments", Protocol::Json10, Some("AWSPayments."), None),
            Self::Iam => ("iam", Protocol::Query, None, Some("2010-05-08")),
            Self::Sts => ("sts", Protocol::Query, None, Some("2011-06-15")),
            Self::CloudFormation => ("cloudformation", Protocol::Query, None, Some("2010-05-15")),
        }
    }

    /// The service's prefix in IAM actions, which is also its name in signatures.
    pub fn prefix(self) -> &'static str {
        self.wire().0
    }

    /// The protocol it speaks.
    pub fn protocol(self) -> Protocol {
        self.wire().1
    }

    /// What precedes the operation in `x-amz-target`.
    fn target(self) -> Option<&'static str> {
        self.wire().2
    }

    /// The version of a query API.
    fn version(self) -> Option<&'static str> {
        self.wire().3
    }

    /// The code by which the service says that it is asked too often, and its words.
    pub fn throttled(self) -> Failure {
        match self {
            Self::Organizations => Failure::new(
                "TooManyRequestsException",
                "You have sent too many requests in too short a period of time. Try again later.",
            )
            .with_member("Type", "ACCOUNT"),
            Self::Account => Failure::new("TooManyRequestsException", "Too many requests, please try again later."),
            Self::Support | Self::Billing | Self::Payments => Failure::new("ThrottlingException", "Rate exceeded"),
            Self::Iam | Self::Sts | Self::CloudFormation => Failure::new("Throttling", "Rate exceeded").with_status(400),
        }
    }

    /// The error for a failure of the service itself, in its own words.
    pub fn internal_failure(self) -> Failure {
        let code = match self {
            Self::Organizations => "ServiceException",
            Self::Account | Self::Billing | Self::Payments => "InternalServerException",
            Self::Support => "InternalServerError",
            Self::Iam => "ServiceFailure",
            Self::Sts | Self::CloudFormation => "InternalFailure",
        };
        Failure::new(code, "AWS can't complete your request because of an internal error. Try again later.").with_status(500)
    }
}

/// One request, understood.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub service: Service,
    pub operation: String,
    pub access_key: Option<String>,
    /// The session token that came with the access key, where there is one.
    pub session_token: Option<String>,
    /// The region that it was signed for, where the signature says.
    pub region: Option<String>,
    pub input: Input,
}

/// An operation's input.
#[derive(Debug, Clone)]
pub(super) enum Input {
    Json(Map<String, Value>),
    Form(Vec<(String, String)>),
}

impl Call {
    /// Understands a request, or returns `None` when it is for no service that is played.
    pub fn read(path: &str, headers: &HeaderMap, body: &[u8]) -> Option<Self> {
        let (access_key, signed_for) = credential(headers);
        let region = signed_for.as_ref().map(|(region, _)| region.clone());
        let call = |service, operation: &str, input| Self {
            service,
            operation: operation.to_owned(),
            access_key: access_key.clone(),
            session_token: headers.get("x-amz-security-token").and_then(|value| value.to_str().ok()).map(str::to_owned),
            region: region.clone(),
            input,
        };
        if let Some(target) = headers.get("x-amz-target").and_then(|value| value.to_str().ok()) {
            let named = |service: Service| service.target().and_then(|prefix| Some((service, target.strip_prefix(prefix)?)));
            let (service, operation) = Service::iter().find_map(named)?;
            return Some(call(service, operation, json_input(body)));
        }
        if let Some((_, operation)) = ACCOUNT_PATHS.into_iter().find(|(known, _)| *known == path) {
            return Some(call(Service::Account, operation, json_input(body)));
        }
        let form: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
        let field = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        if let Some(operation) = field("Action") {
            let version = field("Version");
            let service = Service::iter().find(|service| service.version().is_some() && service.version() == version)?;
            let operation = operation.to_owned();
            return Some(call(service, &operation, Input::Form(form)));
        }
        signed_for
            .is_some_and(|(_, service)| service == "account")
            .then(|| call(Service::Account, path.trim_start_matches('/'), json_input(body)))
    }

    /// The operation with its service, as IAM writes actions: `organizations:LeaveOrganization`.
    pub fn name(&self) -> String {
        format!("{}:{}", self.service.prefix(), self.operation)
    }

    /// A text of the input.
    pub fn text(&self, name: &str) -> Option<&str> {
        match &self.input {
            Input::Json(members) => members.get(name).and_then(Value::as_str),
            Input::Form(fields) => fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()),
        }
    }

    /// A whole number of the input.
    pub fn number(&self, name: &str) -> Option<usize> {
        match &self.input {
            Input::Json(members) => members.get(name).and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok()),
            Input::Form(_) => self.text(name).and_then(|text| text.parse().ok()),
        }
    }

    /// An object of a JSON input.
    pub fn object(&self, name: &str) -> Option<&Map<String, Value>> {
        match &self.input {
            Input::Json(members) => members.get(name).and_then(Value::as_object),
            Input::Form(_) => None,
        }
    }

    /// A list of a form input: `Name.member.1`, `Name.member.2`, …
    pub fn list(&self, name: &str) -> Vec<&str> {
        (1..).map_while(|index| self.text(&format!("{name}.member.{index}"))).collect()
    }
}

/// The access key id that a Signature Version 4 header names, and the region and the service; the signature itself is not looked at.
pub(super) fn credential(headers: &HeaderMap) -> (Option<String>, Option<(String, String)>) {
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let Some((_, scope)) = header.split_once("Credential=") else { return (None, None) };
    let mut parts = scope.split([',', ' ']).next().unwrap_or_default().split('/');
    let access_key = parts.next().map(str::to_owned);
    let scope = parts.nth(1).and_then(|region| Some((region.to_owned(), parts.next()?.to_owned())));
    (access_key, scope)
}

fn json_input(body: &[u8]) -> Input {
    // An empty body is an empty input, and so is one that no SDK would send.
    Input::Json(serde_json::from_slice(body).unwrap_or_default())
}

/// An answer, ready to be sent.
#[derive(Debug, Clone)]
pub(super) struct Rendered {
    pub status: StatusCode,
    pub headers: Vec<(HeaderName, HeaderValue)>,
    pub body: Vec<u8>,
}

/// Gives an outcome the shape of the call's protocol.
pub(super) fn render(call: &Call, outcome: &Outcome, request_id: &str) -> Rendered {
    let protocol = call.service.protocol();
    let mut headers = Vec::new();
    let (status, body) = match outcome {
        Ok(Reply::Empty) if protocol != Protocol::Query => (200, Vec::new()),
        Ok(Reply::Json(value)) => (200, value.to_string().into_bytes()),
        Ok(Reply::Xml(members)) => (200, query_result(call, members, request_id)),
        Ok(Reply::Empty) => (200, query_result(call, &[], request_id)),
        Err(failure) => {
            let code = code_on_the_wire(call.service, &failure.code);
            let status = failure.status.unwrap_or_else(|| usual_status(protocol, code));
            if protocol == Protocol::RestJson
                && let Ok(value) = HeaderValue::from_str(code)
            {
                headers.push((HeaderName::from_static("x-amzn-errortype"), value));
            }
            (status, error_body(call.service, code, failure, status, request_id))
        }
    };
    let content_type = match protocol {
        Protocol::Json11 => "application/x-amz-json-1.1",
        Protocol::Json10 => "application/x-amz-json-1.0",
        Protocol::RestJson => "application/json",
        Protocol::Query => "text/xml",
    };
    headers.push((header::CONTENT_TYPE, HeaderValue::from_static(content_type)));
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.push((HeaderName::from_static("x-amzn-requestid"), value));
    }
    Rendered { status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), headers, body }
}

/// Query services have short codes of their own for what every service can say.
pub(super) fn code_on_the_wire(service: Service, code: &str) -> &str {
    match (service.protocol(), code) {
        (Protocol::Query, "AccessDeniedException") => "AccessDenied",
        (Protocol::Query, "ExpiredTokenException") => "ExpiredToken",
        (Protocol::Query, "UnrecognizedClientException") => "InvalidClientTokenId",
        (Protocol::Query, "InvalidSignatureException") => "SignatureDoesNotMatch",
        (Protocol::Query, "MissingAuthenticationTokenException") => "MissingAuthenticationToken",
        (Protocol::Query, "UnknownOperationException") => "InvalidAction",
        _ => code,
    }
}

/// The HTTP status that goes with a code. Source: the services' models; awsJson services answer 400 to every error of the caller's.
fn usual_status(protocol: Protocol, code: &str) -> u16 {
    match (protocol, code) {
        (Protocol::RestJson, "TooManyRequestsException") => 429,
        (Protocol::RestJson, "ConflictException") => 409,
        (Protocol::RestJson, "ResourceNotFoundException" | "UnknownOperationException")
        | (Protocol::Query, "NoSuchEntity" | "StackSetNotFoundException") => 404,
        (
            Protocol::RestJson,
            "AccessDeniedException"
            | "ExpiredTokenException"
            | "InvalidSignatureException"
            | "MissingAuthenticationTokenException"
            | "UnrecognizedClientException",
        )
        | (
            Protocol::Query,
            "AccessDenied" | "ExpiredToken" | "InvalidClientTokenId" | "SignatureDoesNotMatch" | "MissingAuthenticationToken",
        ) => 403,
        _ => 400,
    }
}

fn error_body(service: Service, code: &str, failure: &Failure, status: u16, request_id: &str) -> Vec<u8> {
    let (kind, message) = match service.protocol() {
        Protocol::Query => {
            let message = if code == "InvalidAction" {
                "Could not find the operation in this version of the API"
            } else {
                &failure.message
            };
            let mut error = vec![
                Element::text("Type", if status >= 500 { "Receiver" } else { "Sender" }),
                Element::text("Code", code),
                Element::text("Message", message),
            ];
            error.extend(failure.members.iter().filter_map(|(name, value)| Some(Element::text(name, value.as_str()?))));
            return document(service, "ErrorResponse", &[Element::new("Error", error), Element::text("RequestId", request_id)]);
        }
        Protocol::RestJson => (None, "message"),
        // Organizations writes it with a capital letter.
        Protocol::Json11 if service == Service::Organizations => (Some(code.to_owned()), "Message"),
        Protocol::Json11 => (Some(code.to_owned()), "message"),
        Protocol::Json10 => (Some(format!("com.amazonaws.{}#{code}", service.prefix())), "message"),
    };
    let mut body = failure.members.clone();
    body.extend(kind.map(|kind| ("__type".to_owned(), kind.into())));
    if !failure.message.is_empty() {
        body.insert(message.to_owned(), failure.message.clone().into());
    }
    json!(body).to_string().into_bytes()
}

fn query_result(call: &Call, members: &[Element], request_id: &str) -> Vec<u8> {
    let result = Element::new(&format!("{}Result", call.operation), members.to_vec());
    let metadata = Element::new("ResponseMetadata", vec![Element::text("RequestId", request_id)]);
    document(call.service, &format!("{}Response", call.operation), &[result, metadata])
}

fn document(service: Service, root: &str, children: &[Element]) -> Vec<u8> {
    let version = service.version().unwrap_or_default();
    let children: String = children.iter().map(|child| child.0.as_str()).collect();
    format!("<{root} xmlns=\"https://{}.amazonaws.com/doc/{version}/\">{children}</{root}>", service.prefix()).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(service: Service) -> Call {
        Call {
            service,
            operation: "Op".to_owned(),
            access_key: None,
            session_token: None,
            region: None,
            input: Input::Json(Map::new()),
        }
    }

    fn error(service: Service, failure: Failure) -> (u16, String) {
        let rendered = render(&call(service), &Err(failure), "rid");
        (rendered.status.as_u16(), String::from_utf8(rendered.body).unwrap())
    }

    #[test]
    fn every_protocol_has_its_own_shape_of_a_denial() {
        let denied = || Failure::access_denied("no");
        assert_eq!(
            error(Service::Organizations, denied()),
            (400, r#"{"Message":"no","__type":"AccessDeniedException"}"#.to_owned())
        );
        assert_eq!(error(Service::Support, denied()), (400, r#"{"__type":"AccessDeniedException","message":"no"}"#.to_owned()));
        assert_eq!(
            error(Service::Billing, denied()),
            (400, r#"{"__type":"com.amazonaws.billing#AccessDeniedException","message":"no"}"#.to_owned())
        );
        assert_eq!(error(Service::Account, denied()), (403, r#"{"message":"no"}"#.to_owned()));
        assert_eq!(
            error(Service::Iam, denied()),
            (
                403,
                "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender</Type><Code>AccessDenied</Code>\
                 <Message>no</Message></Error><RequestId>rid</RequestId></ErrorResponse>"
                    .to_owned()
            )
        );
    }

    #[test]
    fn the_credential_names_the_key_and_the_service() {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::AUTHORIZATION,
            HeaderValue::from_static(
                "AWS4-HMAC-SHA256 Credential=AKIAX/20261123/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0",
            ),
        );
        let scope = Some(("us-east-1".to_owned(), "iam".to_owned()));
        assert_eq!(credential(&headers), (Some("AKIAX".to_owned()), scope));
        assert_eq!(credential(&HeaderMap::new()), (None, None));
    }

    #[test]
    fn a_body_that_is_no_json_is_an_empty_input() {
        let mut headers = HeaderMap::new();
        headers.insert("x-amz-target", HeaderValue::from_static("AWSOrganizationsV20161128.LeaveOrganization"));
        let call = Call::read("/", &headers, b"\xff{").unwrap();
        assert_eq!(call.name(), "organizations:LeaveOrganization");
        assert!(matches!(call.input, Input::Json(members) if members.is_empty()));
    }

    #[test]
    fn what_is_for_no_service_is_not_understood() {
        assert!(Call::read("/", &HeaderMap::new(), b"").is_none());
        assert!(Call::read("/", &HeaderMap::new(), b"Action=X&Version=1999-01-01").is_none());
    }
}

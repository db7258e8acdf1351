//! Reads of a service that the SDK has no crate for yet, made by the SDK's own orchestrator: retries, time-outs, signature, clock skew and user
//! agent are those of its clients, and so are the guards against what is no read and no answer.
//!
//! This is AWS Payments, published in November 2026. Once there is an `aws-sdk-payments`, that client takes the place of [`Signed`].

use std::fmt;

use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::invocation_id::InvocationIdInterceptor;
use aws_runtime::recursion_detection::RecursionDetectionInterceptor;
use aws_runtime::request_info::RequestInfoInterceptor;
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_runtime::service_clock_skew::{DisableClockSkewCorrection, ServiceClockSkewClassifier, ServiceClockSkewInterceptor};
use aws_runtime::user_agent::{ApiMetadata, UserAgentInterceptor};
use aws_smithy_runtime::client::http::connection_poisoning::ConnectionPoisoningInterceptor;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime::client::retries::{RetryPartition, TokenBucket};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::identity::SharedIdentityResolver;
use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::{SharedRuntimePlugin, StaticRuntimePlugin};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::region::{Region, SigningRegion};
use aws_types::request_id::RequestId;
use aws_types::{SdkConfig, SigningName};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::endpoints;
use super::only_reads::OnlyReads;
use super::whole_answer::WHOLE_ANSWER;
use crate::checklist::Partition;
use crate::checklist::facts::{Name, Own};

/// The name by which the SDK's configuration knows the endpoint of AWS Payments: `AWS_ENDPOINT_URL_PAYMENTS`.
///
/// Source of this and of the next: botocore 1.44.8, `payments` 2026-09-23, model and endpoint rule set.
pub(super) const PAYMENTS: &str = "Payments";

/// What signatures and IAM actions call it, and what its host begins with.
const SIGNING_NAME: &str = "payments";

/// What precedes the operation in `x-amz-target`.
const TARGET: &str = "AWSPayments";

const VERSION: &str = "2026-09-23";

/// Asks AWS Payments, and can do nothing else.
#[derive(Clone)]
pub(super) struct Signed {
    endpoint: Result<String, NoEndpoint>,
    plugin: SharedRuntimePlugin,
}

/// Why there is nobody to ask.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the configuration asks for a FIPS endpoint and names another endpoint, and this service takes only one of the two")]
pub(super) struct NoEndpoint;

/// What was answered.
#[derive(Debug)]
pub(super) struct Told<T> {
    pub output: T,
    request_id: Option<String>,
}

impl<T> RequestId for Told<T> {
    fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }
}

/// An error that the service answered with.
#[derive(Debug, thiserror::Error)]
#[error("{meta}")]
pub(super) struct Refused {
    meta: ErrorMetadata,
    /// What its member `reason` says.
    reason: Option<String>,
}

impl Refused {
    /// The same. Where its code and reason are a pair of these, the reason stands in place of the code, which alone would not say what to do.
    pub fn by_reason(self, pairs: &[(&str, &str)]) -> Self {
        match &self.reason {
            Some(reason) if pairs.contains(&(self.meta.code().unwrap_or_default(), reason)) => {
                let mut meta = ErrorMetadata::builder().code(reason);
                if let Some(message) = self.meta.message() {
                    meta = meta.message(message);
                }
                Self { meta: meta.build(), ..self }
            }
            Some(_) | None => self,
        }
    }
}

impl ProvideErrorMetadata for Refused {
    fn meta(&self) -> &ErrorMetadata {
        &self.meta
    }
}

impl Signed {
    /// Asks in the partition's own region, with the configuration of every other call.
    pub fn new(config: &SdkConfig, partition: Partition) -> Self {
        Self { endpoint: endpoint(config, partition), plugin: plugin(config, partition) }
    }

    /// The host that is asked, where there is one. Only AWS's own is nobody's secret.
    pub fn host(&self) -> Name {
        let after_scheme = self.endpoint.as_ref().ok().and_then(|url| url.split_once("://")).map_or("", |(_, rest)| rest);
        let authority = after_scheme.split('/').next().unwrap_or_default();
        // A name and a password in it are nobody's to see.
        let host = authority.rsplit('@').next().unwrap_or_default();
        let is_of_aws = |partition: Partition| host.ends_with(&format!(".{}", partition.dual_stack_suffix()));
        if Partition::ALL.into_iter().any(is_of_aws) { Name::OfAws(host.to_owned()) } else { Name::Own(Own::new(host)) }
    }

    /// Makes one call. Its answer is as long as the HTTP client lets it be.
    ///
    /// # Errors
    /// As a client of the SDK; a construction failure when there is no endpoint.
    pub async fn read<T>(&self, operation: &'static str, input: Value) -> Result<Told<T>, SdkError<Refused, HttpResponse>>
    where
        T: DeserializeOwned + fmt::Debug + Send + Sync + 'static,
    {
        let url = self.endpoint.as_ref().map_err(|no| SdkError::construction_failure(*no))?;
        let target = format!("{TARGET}.{operation}");
        Operation::builder()
            .behavior_version(BehaviorVersion::latest())
            .service_name(PAYMENTS)
            .operation_name(operation)
            .endpoint_url(url)
            .runtime_plugin(self.plugin.clone())
            .serializer(move |input: Value| request(&target, &input))
            .deserializer(response)
            .build()
            .invoke(input)
            .await
    }
}

/// Where the service is asked: what the configuration names, else AWS's own address. It has one in each partition, and that is a dual-stack one.
fn endpoint(config: &SdkConfig, partition: Partition) -> Result<String, NoEndpoint> {
    let fips = config.use_fips() == Some(true);
    match endpoints::of_service(config, PAYMENTS).or_else(|| config.endpoint_url().map(str::to_owned)) {
        Some(_) if fips => Err(NoEndpoint),
        Some(url) => Ok(url),
        None => {
            let fips = if fips { "-fips" } else { "" };
            Ok(format!("https://{SIGNING_NAME}{fips}.{}.{}", partition.global_region(), partition.dual_stack_suffix()))
        }
    }
}

/// What a client of the SDK would be made of.
fn plugin(config: &SdkConfig, partition: Partition) -> SharedRuntimePlugin {
    let mut layer = Layer::new("Signed");
    layer.store_put(SigningName::from(SIGNING_NAME));
    layer.store_put(SigningRegion::from(Region::new(partition.global_region())));
    layer.store_put(SigV4OperationSigningConfig::default());
    layer.store_put(AuthSchemeOptionResolverParams::new(()));
    layer.store_put(ApiMetadata::new(SIGNING_NAME, VERSION));
    layer.store_put(DisableClockSkewCorrection::from(config.disable_clock_skew_correction().unwrap_or_default()));
    // As for every other client: what failed before must not use up the retries of what comes after.
    layer.store_put(RetryPartition::custom("leave-org").token_bucket(TokenBucket::default()).build());
    if let Some(retries) = config.retry_config() {
        layer.store_put(retries.clone());
    }
    if let Some(time_outs) = config.timeout_config() {
        layer.store_put(time_outs.clone());
    }
    if let Some(protection) = config.stalled_stream_protection() {
        layer.store_put(protection);
    }
    if let Some(name) = config.app_name() {
        layer.store_put(name.clone());
    }

    let mut parts = RuntimeComponentsBuilder::new("Signed");
    parts.set_http_client(config.http_client());
    parts.set_sleep_impl(config.sleep_impl());
    parts.set_time_source(config.time_source());
    parts.push_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()));
    parts.set_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(StaticAuthSchemeOptionResolver::new(vec![
        SCHEME_ID,
    ]))));
    if let Some(credentials) = config.credentials_provider() {
        parts.set_identity_resolver(SCHEME_ID, SharedIdentityResolver::new(credentials));
    }
    parts.set_identity_cache(config.identity_cache());
    for interceptor in [
        SharedInterceptor::permanent(OnlyReads),
        SharedInterceptor::permanent(WHOLE_ANSWER),
        SharedInterceptor::permanent(ConnectionPoisoningInterceptor::new()),
        SharedInterceptor::permanent(ServiceClockSkewInterceptor::new()),
        SharedInterceptor::permanent(RequestInfoInterceptor::new()),
        SharedInterceptor::permanent(UserAgentInterceptor::new()),
        SharedInterceptor::permanent(InvocationIdInterceptor::new()),
        SharedInterceptor::permanent(RecursionDetectionInterceptor::new()),
    ] {
        parts.push_interceptor(interceptor);
    }
    parts.push_retry_classifier(TransientErrorClassifier::<Refused>::new());
    parts.push_retry_classifier(AwsErrorCodeClassifier::<Refused>::new());
    parts.push_retry_classifier(ServiceClockSkewClassifier::<Refused>::new());
    parts.push_retry_classifier(HttpStatusCodeClassifier::default());
    SharedRuntimePlugin::new(StaticRuntimePlugin::new().with_config(layer.freeze()).with_runtime_components(parts))
}

fn request(target: &str, input: &Value) -> Result<HttpRequest, BoxError> {
    let body = input.to_string();
    let length = body.len();
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method("POST")?;
    request.set_uri("/")?;
    let headers = request.headers_mut();
    headers.insert("content-type", "application/x-amz-json-1.0");
    headers.insert("content-length", length.to_string());
    headers.insert("x-amz-target", target.to_owned());
    Ok(request)
}

fn response<T: DeserializeOwned>(response: &HttpResponse) -> Result<Told<T>, OrchestratorError<Refused>> {
    let body = response.body().bytes().unwrap_or_default();
    let request_id = response.request_id().map(str::to_owned);
    if response.status().is_success() {
        let output = serde_json::from_slice(body).map_err(OrchestratorError::other)?;
        return Ok(Told { output, request_id });
    }
    let members: Value = serde_json::from_slice(body).unwrap_or_default();
    let member = |names: &[&str]| names.iter().find_map(|name| members.get(name)?.as_str()).map(str::to_owned);
    let mut meta = ErrorMetadata::builder();
    let code = response.headers().get("x-amzn-errortype").map(str::to_owned).or_else(|| member(&["__type", "code"]));
    // What stands in AWS's place, such as an emulator, has other words for what it does not know.
    let unknown = request_id.is_none() && matches!(response.status().as_u16(), 404 | 501);
    let code = if unknown { Some(UNKNOWN_OPERATION.to_owned()) } else { code };
    if let Some(code) = code {
        meta = meta.code(plain_code(&code));
    }
    if let Some(message) = member(&["message", "Message"]) {
        meta = meta.message(message);
    }
    if let Some(id) = request_id {
        meta = meta.custom("aws_request_id", id);
    }
    Err(OrchestratorError::operation(Refused { meta: meta.build(), reason: member(&["reason"]) }))
}

/// The code by which a service says that it does not know a call. Source: Smithy, awsJson protocols.
pub(super) const UNKNOWN_OPERATION: &str = "UnknownOperationException";

/// A code without the namespace before it and the address behind it.
///
/// Source: the protocol awsJson 1.0 of Smithy, operation error serialization.
fn plain_code(code: &str) -> &str {
    let code = code.split(':').next().unwrap_or_default();
    code.rsplit('#').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(endpoint: Option<&str>, fips: bool) -> SdkConfig {
        let mut config = SdkConfig::builder();
        config.set_endpoint_url(endpoint.map(str::to_owned)).set_use_fips(Some(fips));
        config.build()
    }

    #[test]
    fn the_endpoint_is_the_one_of_the_services_rule_set() {
        for (partition, fips, url) in [
            (Partition::Aws, false, "https://payments.us-east-1.api.aws"),
            (Partition::Aws, true, "https://payments-fips.us-east-1.api.aws"),
            (Partition::China, false, "https://payments.cn-northwest-1.api.amazonwebservices.com.cn"),
            (Partition::GovCloud, true, "https://payments-fips.us-gov-west-1.api.aws"),
            (Partition::Eusc, false, "https://payments.eusc-de-east-1.api.amazonwebservices.eu"),
        ] {
            assert_eq!(endpoint(&config(None, fips), partition).unwrap(), url);
        }
        let own = "https://vpce-1.example";
        assert_eq!(endpoint(&config(Some(own), false), Partition::Aws).unwrap(), own);
        assert!(endpoint(&config(Some(own), true), Partition::Aws).is_err());
    }

    #[test]
    fn a_code_is_told_without_what_stands_around_it() {
        for code in ["Denied", "com.amazonaws.payments#Denied", "Denied:http://internal.amazon.com/", "a#Denied:b#c"] {
            assert_eq!(plain_code(code), "Denied", "{code}");
        }
    }
}

//! The HTTP client under every call: one for all services, so that roots are read once and connections are shared.
//!
//! It honours proxies in the environment as the SDK's own client does, and `AWS_CA_BUNDLE` as the AWS CLI does: the SDK for Rust
//! alone does not read it, and behind a proxy that opens TLS nothing would work. And it reads no answer without an end, and unpacks what a
//! proxy compressed.

use std::io::Read as _;
use std::sync::Arc;

use aws_config::profile::Profile;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector, ConnectorBuilder};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::{RuntimeComponents, RuntimeComponentsBuilder};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use aws_types::os_shim_internal::Env;
use flate2::read::GzDecoder;
use http_body_util::{BodyExt as _, Limited};
use jiff::Timestamp;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::network::Network;
use crate::checklist::{Problem, ProblemKind};
use crate::untrusted::neutralise;

/// A client as the environment and the profile want it.
///
/// # Errors
/// `Configuration` when a bundle of certificates is named and cannot be used.
pub(super) async fn configured(env: &Env, profile: Option<&Profile>, now: Timestamp) -> Result<SharedHttpClient, Problem> {
    let by_variable = env.get("AWS_CA_BUNDLE").ok().map(|path| ("AWS_CA_BUNDLE", path));
    let bundle = by_variable.or_else(|| Some(("ca_bundle of the profile", profile?.get("ca_bundle")?.to_owned())));
    let bundle = bundle.filter(|(_, path)| !path.is_empty());
    let trust = match &bundle {
        Some((_, path)) => trusting(path, now).await?,
        None => TrustStore::default(),
    };
    let bundle = bundle.map(|(setting, path)| format!("{} ({setting})", neutralise(&path)));
    let network = Network::read(env, bundle, now)?;
    let unusable =
        |error: &dyn std::error::Error| Problem::here(ProblemKind::Configuration, "configuration", &error.to_string(), now);
    let context = TlsContext::builder().with_trust_store(trust).build().map_err(|error| unusable(&error))?;
    // Decoding the system's certificates takes milliseconds, and the first call waits for it: it begins now, while credentials are found.
    let soon_needed = context.clone();
    tokio::task::spawn_blocking(move || drop(over_tls(ConnectorBuilder::default(), soon_needed)));
    let client = Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = ConnectorBuilder::default();
        // For each service the SDK makes one connector without settings, and throws it away. With certificates that costs as much as all else.
        let Some(settings) = settings else { return connector.build_http() };
        connector.set_connector_settings(Some(settings.clone()));
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        connector.set_proxy_config(Some(ProxyConfig::from_env()));
        over_tls(connector, context.clone())
    });
    Ok(bounded(client, Some(network)))
}

fn over_tls(connector: ConnectorBuilder, context: TlsContext) -> Connector {
    connector.tls_provider(Provider::Rustls(CryptoMode::AwsLc)).tls_context(context).build()
}

/// A client for the practice AWS on this machine: no TLS, and no proxy whatever the environment says.
pub(super) fn practice() -> SharedHttpClient {
    bounded(Builder::new().build_http(), None)
}

/// How long an answer may be, in bytes. The longest that are asked for are pages of a thousand roles; each may have a trust policy of 8 KB, which
/// stands there three times as long.
///
/// Source: IAM User Guide, quotas.
const LONGEST_ANSWER: usize = 32 << 20;

fn bounded(client: SharedHttpClient, network: Option<Network>) -> SharedHttpClient {
    SharedHttpClient::new(Bounded { inner: client, network: network.map(Arc::new) })
}

/// Breaks off what is longer than [`LONGEST_ANSWER`], and names what stood in the way of what failed.
#[derive(Debug)]
struct Bounded<T> {
    inner: T,
    network: Option<Arc<Network>>,
}

impl HttpClient for Bounded<SharedHttpClient> {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Bounded { inner, network: self.network.clone() })
    }

    fn validate_base_client_config(&self, components: &RuntimeComponentsBuilder, settings: &ConfigBag) -> Result<(), BoxError> {
        self.inner.validate_base_client_config(components, settings)
    }

    fn validate_final_config(&self, components: &RuntimeComponents, settings: &ConfigBag) -> Result<(), BoxError> {
        self.inner.validate_final_config(components, settings)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.inner.connector_metadata()
    }
}

impl HttpConnector for Bounded<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let network = self.network.clone().zip(request.uri().parse().ok());
        let answer = self.inner.call(request);
        HttpConnectorFuture::new(async move {
            match (answer.await, network) {
                (Ok(answer), _) => unpacked(answer.map(|body| SdkBody::from_body_1_x(Limited::new(body, LONGEST_ANSWER)))).await,
                (Err(error), Some((network, to))) => Err(network.explain(&to, error).await),
                (Err(error), None) => Err(error),
            }
        })
    }
}

/// The same answer, unpacked where a proxy compressed it. What does not unpack to an answer within [`LONGEST_ANSWER`] stays as it came, which
/// no reader takes for an answer.
async fn unpacked(mut answer: HttpResponse) -> Result<HttpResponse, ConnectorError> {
    const ENCODING: &str = "content-encoding";
    let encoding = answer.headers().get(ENCODING).unwrap_or_default().to_ascii_lowercase();
    if !matches!(encoding.trim(), "gzip" | "x-gzip") {
        return Ok(answer);
    }
    let packed = answer.take_body().collect().await.map_err(|error| ConnectorError::other(error, None))?.to_bytes();
    let mut whole = Vec::new();
    let most = u64::try_from(LONGEST_ANSWER).unwrap_or(u64::MAX);
    let is_whole =
        GzDecoder::new(packed.as_ref()).take(most + 1).read_to_end(&mut whole).is_ok() && whole.len() <= LONGEST_ANSWER;
    if is_whole {
        answer.headers_mut().remove(ENCODING);
        answer.headers_mut().remove("content-length");
    }
    *answer.body_mut() = if is_whole { SdkBody::from(whole) } else { SdkBody::from(packed) };
    Ok(answer)
}

/// Only the certificates in a file of PEM, each of them looked at first: the client would panic over one that is none.
async fn trusting(path: &str, now: Timestamp) -> Result<TrustStore, Problem> {
    let unusable = |why: &str| {
        let message = format!("The bundle of certificates {path} (AWS_CA_BUNDLE or ca_bundle) cannot be used: {why}.");
        Problem::here(ProblemKind::Configuration, "configuration", &message, now)
    };
    let pem = tokio::fs::read(path).await.map_err(|error| unusable(&error.to_string()))?;
    let certificates =
        CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>().map_err(|error| unusable(&error.to_string()))?;
    if certificates.is_empty() {
        return Err(unusable("it holds no certificate"));
    }
    let mut roots = RootCertStore::empty();
    for certificate in certificates {
        roots.add(certificate).map_err(|error| unusable(&error.to_string()))?;
    }
    Ok(TrustStore::empty().with_pem_certificate(pem))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn with_bundle(text: &str) -> Result<SharedHttpClient, Problem> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bundle.pem");
        std::fs::write(&file, text).unwrap();
        configured(&Env::from_slice(&[("AWS_CA_BUNDLE", file.to_str().unwrap())]), None, Timestamp::UNIX_EPOCH).await
    }

    #[tokio::test]
    async fn a_bundle_that_is_none_is_a_problem_and_no_panic() {
        for text in ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            let problem = with_bundle(text).await.unwrap_err();
            assert_eq!(problem.kind, ProblemKind::Configuration, "{text}");
            assert!(problem.message.contains("bundle.pem"), "{}", problem.message);
        }
        let missing =
            configured(&Env::from_slice(&[("AWS_CA_BUNDLE", "/nowhere/bundle.pem")]), None, Timestamp::UNIX_EPOCH).await;
        assert_eq!(missing.unwrap_err().kind, ProblemKind::Configuration);
        assert!(configured(&Env::from_slice(&[]), None, Timestamp::UNIX_EPOCH).await.is_ok());
    }
}

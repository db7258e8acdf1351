//! The HTTP client under every call: one for all services, so that roots are read once and connections are shared.
//!
//! It honours proxies in the environment as the SDK's own client does, and `AWS_CA_BUNDLE` as the AWS CLI does: the SDK for Rust
//! alone does not read it, and behind a proxy that opens TLS nothing would work.

use std::path::Path;
use std::sync::Arc;

use aws_config::profile::Profile;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::http::{
    HttpClient as _, HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_types::os_shim_internal::Env;
use jiff::Timestamp;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::around::{Around, around};
use super::bounded::bounded;
use super::echoes::without_echoes;
use super::endpoints::stays_here;
use super::network::Network;
use super::profiles;
use crate::checklist::Problem;
use crate::untrusted::sanitize;

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
    let bundle = bundle.map(|(setting, path)| format!("{} ({setting})", sanitize(&path)));
    let network = Network::read(env, bundle, now)?;
    let unusable = |error: &dyn std::error::Error| Problem::of_configuration(&error.to_string(), now);
    let context = TlsContext::builder().with_trust_store(trust).build().map_err(|error| unusable(&error))?;
    // Decoding the system's certificates takes milliseconds, and the first call waits for it: it begins now, while credentials are found.
    let soon_needed = context.clone();
    tokio::task::spawn_blocking(move || drop(over_tls(ConnectorBuilder::default(), soon_needed)));
    let client = Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = ConnectorBuilder::default();
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        connector.set_proxy_config(Some(ProxyConfig::from_env()));
        over_tls(connector, context.clone())
    });
    let (through, direct) = (around(client, network), Builder::new().build_http());
    let apart = http_client_fn(move |settings, components| {
        let [through, direct] = [&through, &direct].map(|client| client.http_connector(settings, components));
        SharedHttpConnector::new(Apart { through, direct })
    });
    Ok(without_echoes(bounded(apart)))
}

/// Sends what is not encrypted and stays on this machine past every proxy: a proxy elsewhere would read it on the way.
#[derive(Debug)]
struct Apart {
    through: SharedHttpConnector,
    direct: SharedHttpConnector,
}

impl HttpConnector for Apart {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let uri = request.uri().parse::<http::Uri>();
        let stays = uri.is_ok_and(|uri| uri.scheme_str() == Some("http") && uri.host().is_some_and(stays_here));
        if stays { self.direct.call(request) } else { self.through.call(request) }
    }
}

fn over_tls(connector: ConnectorBuilder, context: TlsContext) -> Connector {
    connector.tls_provider(Provider::Rustls(CryptoMode::AwsLc)).tls_context(context).build()
}

/// A client for the practice AWS on this machine: no TLS, and no proxy whatever the environment says.
pub(super) fn practice() -> SharedHttpClient {
    without_echoes(bounded(Builder::new().build_http()))
}

/// Names what stood in the way of a call that failed.
impl Around for Network {
    fn call(self: &Arc<Self>, inner: &SharedHttpConnector, request: HttpRequest) -> HttpConnectorFuture {
        let to = request.uri().parse();
        let answer = inner.call(request);
        let network = self.clone();
        HttpConnectorFuture::new(async move {
            match (answer.await, to) {
                (Err(error), Ok(to)) => Err(network.explain(&to, error).await),
                (answer, _) => answer,
            }
        })
    }
}

/// Only the certificates in a file of PEM, each of them looked at first: the client would panic over one that is none.
async fn trusting(path: &str, now: Timestamp) -> Result<TrustStore, Problem> {
    let unusable = |why: &str| {
        let path = profiles::short(path);
        let message = format!("The bundle of certificates {path} (AWS_CA_BUNDLE or ca_bundle) cannot be used: {why}.");
        Problem::of_configuration(&message, now)
    };
    profiles::readable(Path::new(path)).map_err(|why| unusable(&why))?;
    let pem = tokio::fs::read(path).await.map_err(|error| unusable(&error.to_string()))?;
    // What the error would repeat may be anything: somebody may have named the wrong file.
    let certificates = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| unusable("it is not a file of PEM certificates"))?;
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
    use crate::checklist::ProblemKind;

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

//! Wraps an HTTP client, to inspect each request before it is sent and the response to it.

use std::fmt::Debug;
use std::sync::Arc;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::{RuntimeComponents, RuntimeComponentsBuilder};
use aws_smithy_types::config_bag::ConfigBag;

/// Intercepts calls.
pub(super) trait Around: Debug + Send + Sync + 'static {
    /// Makes the call by `inner`, or answers in its place.
    fn call(self: &Arc<Self>, inner: &SharedHttpConnector, request: HttpRequest) -> HttpConnectorFuture;
}

/// Wraps `client` so that `around` intercepts its calls.
pub(super) fn around(client: SharedHttpClient, around: impl Around) -> SharedHttpClient {
    SharedHttpClient::new(Surrounded { inner: client, around: Arc::new(around) })
}

#[derive(Debug)]
struct Surrounded<T, A> {
    inner: T,
    around: Arc<A>,
}

impl<A: Around> HttpClient for Surrounded<SharedHttpClient, A> {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Surrounded { inner, around: self.around.clone() })
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

impl<A: Around> HttpConnector for Surrounded<SharedHttpConnector, A> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.around.call(&self.inner, request)
    }
}

//! Wraps an HTTP client, to inspect each request before it is sent and the response to it.

use std::fmt::Debug;
use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{
    HttpClient as _, HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;

/// Intercepts calls.
pub(super) trait Around: Debug + Send + Sync + 'static {
    /// Makes the call by `inner`, or answers in its place.
    fn call(self: &Arc<Self>, inner: &SharedHttpConnector, request: HttpRequest) -> HttpConnectorFuture;
}

/// Wraps `client` so that `around` intercepts its calls.
pub(super) fn around(client: SharedHttpClient, around: impl Around) -> SharedHttpClient {
    let around = Arc::new(around);
    http_client_fn(move |settings, components| {
        let inner = client.http_connector(settings, components);
        SharedHttpConnector::new(Surrounded { inner, around: around.clone() })
    })
}

#[derive(Debug)]
struct Surrounded<A> {
    inner: SharedHttpConnector,
    around: Arc<A>,
}

impl<A: Around> HttpConnector for Surrounded<A> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.around.call(&self.inner, request)
    }
}

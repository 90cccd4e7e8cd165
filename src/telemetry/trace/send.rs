//! Sends spans to a collector: the exporters of OpenTelemetry, over our own HTTP client, with a word where they fail.

use std::error::Error as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter as Export};
use tokio::runtime::Handle;

/// Tells once that spans are lost, and once that they arrive again.
#[derive(Debug)]
pub(super) struct Telling {
    inner: SpanExporter,
    fails: AtomicBool,
}

/// Sends over HTTP within this runtime: spans are sent from a thread that is outside of it.
#[derive(Debug)]
pub(super) struct Http {
    client: reqwest::Client,
    runtime: Handle,
}

impl Telling {
    pub(super) const fn new(inner: SpanExporter) -> Self {
        Self {
            inner,
            fails: AtomicBool::new(false),
        }
    }
}

impl Export for Telling {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let sent = self.inner.export(batch).await;
        let failed = self.fails.swap(sent.is_err(), Ordering::Relaxed);
        match &sent {
            Err(error) if !failed => tracing::warn!(
                error = %error,
                "traces cannot be sent to telemetry.otlp_endpoint: they are lost until it takes them again"
            ),
            Ok(()) if failed => tracing::info!("traces are sent again"),
            _ => {}
        }
        sent
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

impl Http {
    /// A client that waits no longer than that. To be made within the runtime.
    pub(super) fn new(patience: Duration) -> reqwest::Result<Self> {
        let client = reqwest::Client::builder()
            .timeout(patience)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self {
            client,
            runtime: Handle::current(),
        })
    }
}

#[tonic::async_trait]
impl HttpClient for Http {
    #[expect(
        clippy::disallowed_methods,
        reason = "it calls the operator's collector, and never Meta"
    )]
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        let sent = self.runtime.spawn(async move {
            let answer = client.execute(request.try_into()?).await?;
            let status = answer.status();
            reqwest::Result::Ok((status, answer.bytes().await?))
        });
        let (status, body) = sent.await?.map_err(|error| {
            // The address may hold what is nobody's business.
            let error = error.without_url();
            let cause = error.source().map(ToString::to_string);
            format!("{error}: {}", cause.unwrap_or_default())
        })?;
        Ok(Response::builder().status(status).body(body)?)
    }
}

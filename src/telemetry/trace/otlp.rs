//! Exports spans over OTLP: batching, the resource, the transports, and a log line when it fails.

use std::error::Error as _;
use std::str::FromStr as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{
    SpanExporter, WithExportConfig as _, WithHttpConfig as _, WithTonicConfig as _,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider, SpanData, SpanExporter as Export,
};
use tokio::runtime::Handle;
use tonic::metadata::{MetadataKey, MetadataMap};
use tonic::transport::ClientTlsConfig;
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

use super::sampling::{HeadSampler, TailSampler};
use super::{OtlpProtocol, TraceSettings};
use crate::telemetry::Error;
use crate::util::clock;

/// Maximum delay of a span before export.
const EXPORT_INTERVAL: Duration = Duration::from_secs(2);
/// Maximum spans per export.
const BATCH: usize = 2_048;
/// Maximum spans that wait for export. Further ones are dropped, so that exporting never slows the
/// work down.
const QUEUE: usize = 32_768;
/// Timeout of an export.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Timeout of the last export at shutdown.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(3);

/// A provider that exports to the collector. Must be called within the runtime.
pub fn provider(traces: &TraceSettings) -> Result<SdkTracerProvider, Error> {
    let unusable = |error: &dyn std::error::Error| Error::Traces(error.to_string());
    let exporter = match traces.protocol {
        OtlpProtocol::Grpc => grpc(traces)?,
        OtlpProtocol::Http => {
            let client = RuntimeHttpClient::new(TIMEOUT).map_err(|error| unusable(&error))?;
            let headers = traces.headers.iter();
            let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
            SpanExporter::builder()
                .with_http()
                .with_http_client(client)
                .with_endpoint(format!("{}/v1/traces", traces.endpoint))
                .with_timeout(TIMEOUT)
                .with_headers(headers.collect())
                .build()
                .map_err(|error| unusable(&error))?
        }
    };
    let batches = BatchConfigBuilder::default()
        .with_scheduled_delay(EXPORT_INTERVAL)
        .with_max_export_batch_size(BATCH)
        .with_max_queue_size(QUEUE)
        .build();
    let processor =
        BatchSpanProcessor::builder(LoggingExporter::new(exporter)).with_batch_config(batches);
    let resource = Resource::builder()
        .with_service_name(env!("CARGO_PKG_NAME"))
        .with_attributes([
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("service.instance.id", clock::new_id().to_string()),
        ]);
    Ok(SdkTracerProvider::builder()
        .with_resource(resource.build())
        .with_sampler(HeadSampler::new(
            traces.ratio,
            traces.caller_samples_per_second,
        ))
        .with_span_processor(TailSampler::new(processor.build()))
        .build())
}

fn grpc(traces: &TraceSettings) -> Result<SpanExporter, Error> {
    let mut metadata = MetadataMap::new();
    for (name, value) in traces.headers.iter() {
        let wrong = || Error::Traces(format!("the header {name:?} cannot be sent over gRPC"));
        let key = MetadataKey::from_str(name).map_err(|_| wrong())?;
        metadata.insert(key, value.parse().map_err(|_| wrong())?);
    }
    let mut exporter = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(traces.endpoint.clone())
        .with_timeout(TIMEOUT)
        .with_metadata(metadata);
    if traces.endpoint.starts_with("https://") {
        exporter = exporter.with_tls_config(ClientTlsConfig::new().with_native_roots());
    }
    exporter
        .build()
        .map_err(|error| Error::Traces(error.to_string()))
}

/// A layer that passes the spans of this program to the provider, and no others.
pub fn layer<S>(provider: &SdkTracerProvider) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    let ours =
        filter_fn(|metadata| metadata.is_span() && metadata.target().starts_with("waba_migrator"))
            .with_max_level_hint(LevelFilter::DEBUG);
    tracing_opentelemetry::layer()
        .with_tracer(provider.tracer(env!("CARGO_PKG_NAME")))
        .with_context_activation(false)
        .with_tracked_inactivity(false)
        .with_location(false)
        .with_threads(false)
        .with_level(false)
        .with_target(false)
        .with_filter(ours)
}

/// Exports the remaining spans, and gives up after a timeout.
pub async fn close(provider: SdkTracerProvider) {
    let last =
        tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(SHUTDOWN_TIMEOUT));
    // After a timeout spans are lost; that the collector fails was logged before.
    drop(tokio::time::timeout(SHUTDOWN_TIMEOUT, last).await);
}

/// Logs once that exports fail, and once that they succeed again.
#[derive(Debug)]
struct LoggingExporter {
    inner: SpanExporter,
    failing: AtomicBool,
}

/// An HTTP client that sends within the runtime: exports come from a thread outside of it.
#[derive(Debug)]
struct RuntimeHttpClient {
    client: reqwest::Client,
    runtime: Handle,
}

impl LoggingExporter {
    const fn new(inner: SpanExporter) -> Self {
        Self {
            inner,
            failing: AtomicBool::new(false),
        }
    }
}

impl Export for LoggingExporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let sent = self.inner.export(batch).await;
        let was_failing = self.failing.swap(sent.is_err(), Ordering::Relaxed);
        match &sent {
            Err(error) if !was_failing => tracing::warn!(
                error = %error,
                "cannot send traces to telemetry.otlp_endpoint: they are lost until it accepts them"
            ),
            Ok(()) if was_failing => tracing::info!("traces are sent again"),
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

impl RuntimeHttpClient {
    /// A client with this timeout. Must be created within the runtime.
    fn new(timeout: Duration) -> reqwest::Result<Self> {
        let client = reqwest::Client::builder()
            .timeout(timeout)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self {
            client,
            runtime: Handle::current(),
        })
    }
}

#[tonic::async_trait]
impl HttpClient for RuntimeHttpClient {
    #[expect(
        clippy::disallowed_methods,
        reason = "it calls the collector, never Meta"
    )]
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        let sent = self.runtime.spawn(async move {
            let response = client.execute(request.try_into()?).await?;
            let status = response.status();
            reqwest::Result::Ok((status, response.bytes().await?))
        });
        let (status, body) = sent.await?.map_err(|error| {
            // The URL may hold credentials.
            let error = error.without_url();
            let cause = error.source().map(ToString::to_string);
            format!("{error}: {}", cause.unwrap_or_default())
        })?;
        Ok(Response::builder().status(status).body(body)?)
    }
}

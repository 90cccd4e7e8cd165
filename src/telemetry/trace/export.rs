//! Has spans exported: what they say of the process, how many may wait, and which are made at all.

use std::str::FromStr as _;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{
    SpanExporter, WithExportConfig as _, WithHttpConfig as _, WithTonicConfig as _,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider};
use tonic::metadata::{MetadataKey, MetadataMap};
use tonic::transport::ClientTlsConfig;
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

use super::send::{Http, Telling};
use super::tail::{Part, Tail};
use super::{Protocol, Traces};
use crate::telemetry::Error;
use crate::util::clock;

/// Spans go out at least so often, and so many at a time.
const EVERY: Duration = Duration::from_secs(2);
const BATCH: usize = 2_048;
/// So many may wait. Of more, the later ones are lost: the work goes first.
const WAITING: usize = 32_768;
/// How long a collector may take for a batch.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the last spans may take at a stop.
const LAST: Duration = Duration::from_secs(3);

/// Exports to a collector. To be called within the runtime.
pub fn provider(traces: &Traces) -> Result<SdkTracerProvider, Error> {
    let unusable = |error: &dyn std::error::Error| Error::Traces(error.to_string());
    let exporter = match traces.protocol {
        Protocol::Grpc => grpc(traces)?,
        Protocol::Http => {
            let client = Http::new(PATIENCE).map_err(|error| unusable(&error))?;
            let headers = traces.headers.iter();
            let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
            SpanExporter::builder()
                .with_http()
                .with_http_client(client)
                .with_endpoint(format!("{}/v1/traces", traces.endpoint))
                .with_timeout(PATIENCE)
                .with_headers(headers.collect())
                .build()
                .map_err(|error| unusable(&error))?
        }
    };
    let batches = BatchConfigBuilder::default()
        .with_scheduled_delay(EVERY)
        .with_max_export_batch_size(BATCH)
        .with_max_queue_size(WAITING)
        .build();
    let processor = BatchSpanProcessor::builder(Telling::new(exporter)).with_batch_config(batches);
    let resource = Resource::builder()
        .with_service_name(env!("CARGO_PKG_NAME"))
        .with_attributes([
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("service.instance.id", clock::new_id().to_string()),
        ]);
    Ok(SdkTracerProvider::builder()
        .with_resource(resource.build())
        .with_sampler(Part::new(traces.ratio, traces.caller_samples_per_second))
        .with_span_processor(Tail::new(processor.build()))
        .build())
}

fn grpc(traces: &Traces) -> Result<SpanExporter, Error> {
    let mut metadata = MetadataMap::new();
    for (name, value) in traces.headers.iter() {
        let wrong = || Error::Traces(format!("the header {name:?} cannot be sent over gRPC"));
        let key = MetadataKey::from_str(name).map_err(|_| wrong())?;
        metadata.insert(key, value.parse().map_err(|_| wrong())?);
    }
    let mut exporter = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(traces.endpoint.clone())
        .with_timeout(PATIENCE)
        .with_metadata(metadata);
    if traces.endpoint.starts_with("https://") {
        exporter = exporter.with_tls_config(ClientTlsConfig::new().with_native_roots());
    }
    exporter
        .build()
        .map_err(|error| Error::Traces(error.to_string()))
}

/// Hands spans to the provider: ours, and no others'.
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

/// Sends what still waits, for a moment.
pub async fn close(provider: SdkTracerProvider) {
    let last = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(LAST));
    // Some are lost then. Whoever cannot be reached was told of before.
    drop(tokio::time::timeout(LAST, last).await);
}

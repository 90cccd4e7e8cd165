//! Logs, metrics and traces.
//!
//! Secrets and phone numbers print themselves masked, so nothing here masks them. Whole numbers or
//! secrets as plain text must never be logged, or be part of a metric label or a span.

mod log;
pub mod metrics;
pub mod trace;

use opentelemetry_sdk::trace::SdkTracerProvider;

pub use log::{LogFormat, LogSettings, is_level};
pub use trace::{Headers, OtlpProtocol, TraceSettings};

/// The log and the traces in use.
#[derive(Debug)]
#[must_use = "closing it sends the last traces"]
pub struct Telemetry {
    level: log::LevelHandle,
    traces: Option<SdkTracerProvider>,
}

/// The log or the traces cannot be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text is no log level.
    #[error(
        "RUST_LOG, or log.level, must be a level (off, error, warn, info, debug or trace), or \
         levels by target such as info,waba_migrator::graph=debug, and is {0:?}"
    )]
    Level(String),
    /// There is already a log.
    #[error("the log is already set up")]
    Again(#[from] tracing_subscriber::util::TryInitError),
    /// Traces.
    #[error("traces cannot be sent as configured in [telemetry]: {0}")]
    Traces(String),
}

impl Telemetry {
    /// Logs to standard error from now on, and sends traces if there is a collector.
    pub fn start(log: &LogSettings, traces: Option<&TraceSettings>) -> Result<Self, Error> {
        let traces = traces.map(trace::provider).transpose()?;
        let level = log::init(log, traces.as_ref().map(trace::layer))?;
        Ok(Self { level, traces })
    }

    /// Changes the log level, in the syntax of `RUST_LOG`.
    pub fn log_at(&self, level: &str) -> Result<(), Error> {
        self.level.set(level)
    }

    /// Sends the last traces, for at most a few seconds.
    pub async fn close(self) {
        if let Some(traces) = self.traces {
            trace::close(traces).await;
        }
    }
}

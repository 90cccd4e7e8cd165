//! What the service tells its operator: logs, metrics and traces.
//!
//! Secrets and phone numbers print themselves masked, so nothing here hides them; what holds a whole number or a secret
//! as plain text must never be logged, or be the label of a metric or part of a span, at all.

mod log;
pub mod metrics;
pub mod trace;

use opentelemetry_sdk::trace::SdkTracerProvider;

pub use log::{Format, Log, is_level};
pub use trace::{Headers, Protocol, Traces};

/// The log and the traces, once they are set up.
#[derive(Debug)]
#[must_use = "the last traces are sent when it is closed"]
pub struct Telemetry {
    level: log::Level,
    traces: Option<SdkTracerProvider>,
}

/// The log or the traces cannot be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It does not say what is to be logged.
    #[error(
        "RUST_LOG, or log.level, must be a level (off, error, warn, info, debug or trace), or levels by target such as \
         info,waba_migrator::graph=debug, and is {0:?}"
    )]
    Level(String),
    /// There is a log already.
    #[error("the log is set up already")]
    Again(#[from] tracing_subscriber::util::TryInitError),
    /// Traces.
    #[error("traces cannot be sent as [telemetry] says: {0}")]
    Traces(String),
}

impl Telemetry {
    /// Logs to standard error from now on, and sends traces where there is a collector.
    pub fn start(log: &Log, traces: Option<&Traces>) -> Result<Self, Error> {
        let traces = traces.map(trace::provider).transpose()?;
        let level = log::init(log, traces.as_ref().map(trace::layer))?;
        Ok(Self { level, traces })
    }

    /// Logs this from now on, as `RUST_LOG` would write it.
    pub fn log_at(&self, level: &str) -> Result<(), Error> {
        self.level.set(level)
    }

    /// Sends the last traces. Waits a few seconds for that, and no longer.
    pub async fn close(self) {
        if let Some(traces) = self.traces {
            trace::close(traces).await;
        }
    }
}

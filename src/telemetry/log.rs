//! The log, on standard error.

use std::io::IsTerminal as _;

use tracing_subscriber::layer::{Layer, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Registry};

use super::Error;

/// What the log looks like.
#[derive(Debug, Clone, Copy)]
pub struct Log {
    /// What a line looks like.
    pub format: Format,
    /// What is logged, and worse, where `RUST_LOG` does not say.
    pub usual: tracing::Level,
    /// Whether colours may be used, on a terminal.
    pub colours: bool,
}

/// What a line of the log looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Text on a terminal, JSON elsewhere.
    #[default]
    Auto,
    /// For a person.
    Text,
    /// For a program: one object a line.
    Json,
}

/// Logs to standard error from now on; `traces` hears of the spans.
pub(super) fn init(
    log: Log,
    traces: Option<impl Layer<Registry> + Send + Sync>,
) -> Result<(), Error> {
    let filter = EnvFilter::builder()
        .with_default_directive(log.usual.into())
        .from_env()?;
    let terminal = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(terminal && log.colours);
    let registry = tracing_subscriber::registry().with(traces);
    match (log.format, terminal) {
        (Format::Text, _) | (Format::Auto, true) => {
            registry.with(lines.with_filter(filter)).try_init()?;
        }
        (Format::Json, _) | (Format::Auto, false) => {
            let lines = lines.json().flatten_event(true).with_span_list(false);
            registry.with(lines.with_filter(filter)).try_init()?;
        }
    }
    Ok(())
}

//! The log, on standard error.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt as _;

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

/// The log cannot be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// `RUST_LOG` is not a filter.
    #[error("RUST_LOG is not a filter such as info or waba_migrator=debug")]
    Filter(#[from] tracing_subscriber::filter::FromEnvError),
    /// There is a log already.
    #[error("the log is set up already")]
    Again(#[from] tracing_subscriber::util::TryInitError),
}

/// Logs to standard error from now on.
pub fn init(log: Log) -> Result<(), Error> {
    let filter = EnvFilter::builder()
        .with_default_directive(log.usual.into())
        .from_env()?;
    let terminal = std::io::stderr().is_terminal();
    let format = log.format;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(terminal && log.colours);
    match (format, terminal) {
        (Format::Text, _) | (Format::Auto, true) => log.finish().try_init()?,
        (Format::Json, _) | (Format::Auto, false) => {
            log.json()
                .flatten_event(true)
                .with_span_list(false)
                .finish()
                .try_init()?;
        }
    }
    Ok(())
}

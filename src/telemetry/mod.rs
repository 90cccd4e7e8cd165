//! What the service tells its operator: logs.
//!
//! Secrets and phone numbers print themselves masked, so nothing here hides them; what holds a whole number or a secret
//! as plain text must never be logged at all.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::Format;

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

/// Logs to standard error what `RUST_LOG` says; without it, what is at `usual` or worse.
pub fn init(format: Format, usual: tracing::Level) -> Result<(), Error> {
    let filter = EnvFilter::builder()
        .with_default_directive(usual.into())
        .from_env()?;
    let terminal = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(terminal && !crate::config::environment::no_color());
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

//! The log, on standard error: one line an event, each with its trace.

mod line;
mod repeats;

use std::io::IsTerminal as _;

use tracing_subscriber::fmt::Layer as Lines;
use tracing_subscriber::layer::{Layer, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Registry, reload};

use super::Error;
use line::{Line, Look};

/// What the log looks like, and what is in it.
#[derive(Debug, Clone)]
pub struct Log {
    /// What a line looks like.
    pub format: Format,
    /// What is logged, as `RUST_LOG` writes it.
    pub level: String,
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

/// What may be logged.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// Changes what is logged.
#[derive(Debug, Clone)]
pub(super) struct Level(reload::Handle<EnvFilter, Registry>);

/// Whether this says what is to be logged, as `RUST_LOG` does.
#[must_use]
pub fn is_level(text: &str) -> bool {
    filter(text).is_ok()
}

/// The filter's own reader takes a misspelt level for the name of a target, of which it then logs everything, and of the rest
/// nothing: so each part must end in a level.
fn filter(text: &str) -> Result<EnvFilter, Error> {
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    let is_level = |part: &&str| {
        let level = part.rsplit_once('=').map_or(*part, |(_, level)| level);
        LEVELS.contains(&level.to_ascii_lowercase().as_str())
    };
    let wrong = || Error::Level(text.to_owned());
    if !parts.iter().all(is_level) {
        return Err(wrong());
    }
    let filter = EnvFilter::builder().parse(parts.join(","));
    filter.map_err(|_| wrong())
}

impl Level {
    /// This is logged from now on.
    pub(super) fn set(&self, text: &str) -> Result<(), Error> {
        // Fails where the log is gone, and with it whoever would read of it.
        let _ = self.0.reload(filter(text)?);
        Ok(())
    }
}

/// Logs to standard error from now on; `traces` hears of the spans.
pub(super) fn init(
    log: &Log,
    traces: Option<impl Layer<Registry> + Send + Sync + 'static>,
) -> Result<Level, Error> {
    let (filter, level) = reload::Layer::new(filter(&log.level)?);
    let terminal = std::io::stderr().is_terminal();
    let colours = terminal && log.colours;
    let lines = Lines::new().with_writer(std::io::stderr).with_ansi(colours);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match (log.format, terminal) {
        (Format::Text, _) | (Format::Auto, true) => {
            let lines =
                lines.map_event_format(|format| Line::new(format.with_ansi(colours), Look::Text));
            Box::new(lines.with_filter(filter))
        }
        (Format::Json, _) | (Format::Auto, false) => {
            let lines = lines.json().flatten_event(true).with_span_list(false);
            Box::new(
                lines
                    .map_event_format(|format| Line::new(format, Look::Json))
                    .with_filter(filter),
            )
        }
    };
    // One that is not there would put out the others.
    let layers: Vec<_> = [lines]
        .into_iter()
        .chain(traces.map(Layer::boxed))
        .collect();
    tracing_subscriber::registry().with(layers).try_init()?;
    Ok(Level(level))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_that_does_not_exist_is_refused() {
        for good in [
            "info",
            "WARN",
            "off",
            "info,waba_migrator::graph=debug",
            "warn, hyper=off",
            "waba_migrator[store]=trace",
        ] {
            assert!(is_level(good), "{good}");
        }
        for bad in [
            "",
            ",",
            "info,",
            "infos",
            "verbose",
            "3",
            "waba_migrator",
            "waba_migrator=loud",
            "waba_migrator=",
            "info,waba_migrator",
            "[store{a=1}]",
            "info debug",
        ] {
            assert!(!is_level(bad), "{bad}");
        }
    }
}

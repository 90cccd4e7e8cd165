//! The log on standard error: one line per event, with its trace id.

mod line;
mod rate_limit;
mod text;

use std::io::IsTerminal as _;

use tracing_subscriber::fmt::Layer as Lines;
use tracing_subscriber::layer::{Layer, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Registry, reload};

use super::Error;
use line::{Line, LineFormat};
use text::{SpanFields, Text};

/// What is logged, and how.
#[derive(Debug, Clone)]
pub struct LogSettings {
    /// The format of a line.
    pub format: LogFormat,
    /// The level, in the syntax of `RUST_LOG`.
    pub level: String,
    /// Whether colours may be used on a terminal.
    pub colours: bool,
}

/// The format of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    #[default]
    Auto,
    /// For people.
    Text,
    /// For programs: one JSON object per line.
    Json,
}

/// The log levels.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// Changes the log level.
#[derive(Debug, Clone)]
pub(super) struct LevelHandle(reload::Handle<EnvFilter, Registry>);

/// Whether the text is a log level in the syntax of `RUST_LOG`.
#[must_use]
pub fn is_level(text: &str) -> bool {
    filter(text).is_ok()
}

/// `EnvFilter` parses a misspelt level as a target, of which it logs everything, and nothing else:
/// so each part must end in a level.
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

impl LevelHandle {
    /// Changes the level.
    pub(super) fn set(&self, text: &str) -> Result<(), Error> {
        // Fails only when the log is gone.
        let _ = self.0.reload(filter(text)?);
        Ok(())
    }
}

/// Logs to standard error from now on; `traces` receives the spans.
pub(super) fn init(
    log: &LogSettings,
    traces: Option<impl Layer<Registry> + Send + Sync + 'static>,
) -> Result<LevelHandle, Error> {
    let (filter, level) = reload::Layer::new(filter(&log.level)?);
    let terminal = std::io::stderr().is_terminal();
    let colours = terminal && log.colours;
    let lines = Lines::new().with_writer(std::io::stderr).with_ansi(colours);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match (log.format, terminal) {
        (LogFormat::Text, _) | (LogFormat::Auto, true) => {
            let lines = lines.fmt_fields(SpanFields);
            let format = Line::new(Text { colours }, LineFormat::Text);
            Box::new(lines.event_format(format).with_filter(filter))
        }
        (LogFormat::Json, _) | (LogFormat::Auto, false) => {
            let lines = lines.json().flatten_event(true).with_span_list(false);
            Box::new(
                lines
                    .map_event_format(|format| Line::new(format, LineFormat::Json))
                    .with_filter(filter),
            )
        }
    };
    // An absent optional layer would disable the whole stack.
    let layers: Vec<_> = [lines]
        .into_iter()
        .chain(traces.map(Layer::boxed))
        .collect();
    tracing_subscriber::registry().with(layers).try_init()?;
    Ok(LevelHandle(level))
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

//! `[log]`: how the service logs.

use std::str::FromStr;

use super::{Reader, environment};
use crate::telemetry::{self, Format};

/// How the service logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// What a line looks like.
    pub format: Format,
    /// What is logged.
    pub level: String,
}

/// Not a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be auto, text or json")]
pub struct Invalid;

impl Log {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let key = "log.level";
        let level = reader.text(key);
        if !telemetry::is_level(&level) {
            let what = "must be off, error, warn, info, debug or trace, or levels by target such as info,waba_migrator::graph=debug";
            reader.wrong(key, what, &level);
        }
        Self {
            format: reader.parsed("log.format").unwrap_or_default(),
            level,
        }
    }

    /// The log as it is to be: what `RUST_LOG` says goes first.
    #[must_use]
    pub fn in_force(&self) -> telemetry::Log {
        telemetry::Log {
            format: self.format,
            level: environment::rust_log().unwrap_or_else(|| self.level.clone()),
            colours: !environment::no_color(),
        }
    }
}

impl FromStr for Format {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "auto" => Ok(Self::Auto),
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(Invalid),
        }
    }
}

//! `[log]`: how the service logs.

use std::str::FromStr;

use super::{Reader, environment};
use crate::telemetry::{self, Format};

/// How the service logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    /// What a line looks like.
    pub format: Format,
}

/// Not a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be auto, text or json")]
pub struct Invalid;

impl Log {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            format: reader.parsed("log.format").unwrap_or_default(),
        }
    }

    /// The log of this format with what is at `usual` or worse, where the environment does not say otherwise.
    #[must_use]
    pub fn at(self, usual: tracing::Level) -> telemetry::Log {
        telemetry::Log {
            format: self.format,
            usual,
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

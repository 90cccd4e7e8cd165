//! `[log]`: how the service logs.

use std::str::FromStr;

use super::Reader;

/// How the service logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    /// What a line looks like.
    pub format: Format,
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

//! `[rest]`: what is for callers of REST alone.

use super::Reader;
use crate::auth::{Origin, Origins};

/// What is for callers of REST alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rest {
    /// The web pages that may call, beside the service's own.
    pub cors_origins: Vec<Origin>,
}

impl Rest {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let origins = reader.parsed::<Origins>("rest.cors_origins");
        Self {
            cors_origins: origins.unwrap_or_default().0,
        }
    }
}

//! Doors for made-up input: what becomes of whatever a stranger may show, and of whatever an issuer may publish.

use axum::http::HeaderMap;

use super::{MalformedCredentials, credentials};

pub use super::token::fuzzing::{has_key, tenant};

/// Whether these headers show something of their sender.
pub fn shown(headers: &HeaderMap) -> Result<bool, MalformedCredentials> {
    let shown = credentials::read(headers)?;
    Ok(shown.is_some())
}

//! Entry points for fuzzing: the credentials of clients, and the keys of issuers.

use axum::http::HeaderMap;

use super::{MalformedCredentials, credentials};

pub use super::token::fuzzing::{has_key, tenant};

/// Whether these headers contain credentials.
pub fn shown(headers: &HeaderMap) -> Result<bool, MalformedCredentials> {
    let shown = credentials::read(headers)?;
    Ok(shown.is_some())
}

//! Doors for made-up input: what a token may say once its signature was found right, and what an issuer may publish.

use jiff::Timestamp;

use super::key_set::KeySet;
use super::{Claims, Settings, TokenError};
use domain::TenantId;

/// For whom the holder of a token that says this acts; `None` where it is no object.
pub fn tenant(
    claims: &[u8],
    settings: &Settings,
    now: Timestamp,
) -> Option<Result<TenantId, TokenError>> {
    let claims: Claims = serde_json::from_slice(claims).ok()?;
    let holder = claims.holder(settings, now);
    Some(holder.map(|holder| holder.tenant))
}

/// Whether a set of keys holds one with this id.
#[must_use]
pub fn has_key(document: &[u8], id: &str) -> bool {
    KeySet::read(document).is_some_and(|set| set.find(id).is_some())
}

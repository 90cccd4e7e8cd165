//! Entry points for fuzzing: the claims of a verified token, and the keys of issuers.

use jiff::Timestamp;

use super::key_set::KeySet;
use super::{Claims, Settings, TokenError};
use domain::TenantId;

/// The tenant of a token with these claims; `None` if they are not a JSON object.
pub fn tenant(
    claims: &[u8],
    settings: &Settings,
    now: Timestamp,
) -> Option<Result<TenantId, TokenError>> {
    let claims: Claims = serde_json::from_slice(claims).ok()?;
    let holder = claims.holder(settings, now);
    Some(holder.map(|holder| holder.tenant))
}

/// Whether a key set contains a key with this id.
#[must_use]
pub fn has_key(document: &[u8], id: &str) -> bool {
    KeySet::read(document).is_some_and(|set| set.find(id).is_some())
}

//! Tenants and their API keys. Pure.
//!
//! Owns a tenant's own settings (credentials, defaults, limits) and what a key is: its text, its
//! hash, its status. Uses no clock, socket, database or runtime: the caller passes `now` and random
//! bytes.

mod api_key;
mod key_text;
mod name;
mod role;
mod tenant;
mod usage;

pub use api_key::{ApiKey, ApiKeyId, InvalidApiKeyId, KeyStatus};
pub use key_text::{InvalidKey, KeyHash, KeyPrefix, KeyText};
pub use name::{InvalidName, Name};
pub use role::{InvalidRole, Role};
pub use tenant::{Defaults, MetaCredentials, MigrationCounts, RateLimits, Tenant};
pub use usage::{InvalidMonth, Month, MonthlyUsage};

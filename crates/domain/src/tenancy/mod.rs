//! Tenants and their API keys: who may call, and what is theirs. Pure.
//!
//! Owns what a tenant has of its own (credentials, defaults, limits) and what a key is: its text, its hash, its verdict.
//! Like the rest of the crate, whose words it uses, it knows no clock, socket, database or runtime: `now` and random
//! bytes are handed in.

mod api_key;
mod key_text;
mod name;
mod role;
mod tenant;

pub use api_key::{ApiKey, ApiKeyId, InvalidApiKeyId, KeyStatus};
pub use key_text::{InvalidKey, KeyHash, KeyPrefix, KeyText};
pub use name::{InvalidName, Name};
pub use role::{InvalidRole, Role};
pub use tenant::{Defaults, MetaCredentials, MigrationCounts, RateLimits, Tenant};

//! Administration: creates, changes and deletes tenants and their API keys.
//!
//! Owns the rules of these acts, which are the same for the API and for the command line on a
//! store. It must never know who asks or how: that a caller may do it is checked in `api`.

mod changes;
mod error;
mod keys;
mod tenants;
mod usage;

use crate::store::Directory;
use crate::util::clock::Clock;

pub use changes::{Change, SettingChanges};
pub use error::Error;
pub use keys::{IssuedKey, NewKeyRequest, Rotated, Rotation};
pub use tenants::{Changed, ListedTenant, TenantPage};

/// Manages the tenants and API keys of a store. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Administration<D> {
    directory: D,
    clock: Clock,
}

impl<D: Directory> Administration<D> {
    /// Manages the tenants and keys of `directory`.
    #[must_use]
    pub const fn new(directory: D, clock: Clock) -> Self {
        Self { directory, clock }
    }

    /// The clock.
    #[must_use]
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }
}

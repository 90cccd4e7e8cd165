//! What the engine is configured with.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::migration::AccessToken;

/// What the engine is configured with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The token for migrations that bring none.
    pub access_token: Option<AccessToken>,
    /// How many migrations are worked on at once.
    pub workers: u32,
    /// How long a claim holds without being renewed. Whoever takes over after a crash does so within this time.
    pub lease: SignedDuration,
    /// How often to look for due migrations when nothing says that there are any: the net below the wake-ups.
    pub poll: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            access_token: None,
            workers: 256,
            lease: SignedDuration::from_secs(30),
            poll: Duration::from_secs(30),
        }
    }
}

impl Settings {
    /// When a lease that is taken or prolonged now runs out.
    pub(super) fn lease_until(&self, now: Timestamp) -> Timestamp {
        now.checked_add(self.lease).unwrap_or(Timestamp::MAX)
    }
}

//! The leases of this process: the migrations that it works on, and how to stop the work on one.
//!
//! A migration has one worker at a time. Its lease can expire while the work continues (the store
//! was unavailable, the clock jumped), and the claim loop then claims it again. Two workers at once
//! would each take the other's call for one whose answer was lost.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use super::tasks::ClaimedMigration;
use domain::MigrationId;

/// The migrations that this process works on. Cheap to clone; clones share state.
#[derive(Debug, Clone, Default)]
pub(super) struct Leases {
    active: Arc<Mutex<HashMap<MigrationId, ActiveLease>>>,
}

/// The lease of one migration.
#[derive(Debug, Default)]
struct ActiveLease {
    /// Cancelled when the lease is lost.
    lost: CancellationToken,
    /// The same migration, if it was claimed again meanwhile.
    reclaimed: Option<ClaimedMigration>,
}

/// Keeps one migration's lease renewed until it is dropped.
#[derive(Debug)]
pub(super) struct LeaseGuard {
    leases: Leases,
    id: MigrationId,
    lost: CancellationToken,
    released: bool,
}

impl Leases {
    /// Starts work on a migration that was just claimed. `None` if this process works on it
    /// already: that work continues with the new claim when it has ended.
    pub(super) fn acquire(
        &self,
        claimed: ClaimedMigration,
    ) -> Option<(LeaseGuard, ClaimedMigration)> {
        let id = claimed.migration.id;
        match self.active.lock().entry(id) {
            Entry::Occupied(mut lease) => {
                // A call that was begun is not made any more: the older work may have found its
                // intent, and decided.
                let begun = None;
                lease.get_mut().reclaimed = Some(ClaimedMigration { begun, ..claimed });
                None
            }
            Entry::Vacant(vacant) => {
                let lost = vacant.insert(ActiveLease::default()).lost.clone();
                let guard = LeaseGuard {
                    leases: self.clone(),
                    id,
                    lost,
                    released: false,
                };
                Some((guard, claimed))
            }
        }
    }

    /// Whether this process works on the migration.
    pub(super) fn contains(&self, id: MigrationId) -> bool {
        self.active.lock().contains_key(&id)
    }

    /// The active leases, each with the token that stops its work. A late answer about these leases
    /// cannot stop newer work.
    pub(super) fn active(&self) -> HashMap<MigrationId, CancellationToken> {
        let active = self.active.lock();
        let tokens = active.iter().map(|(id, lease)| (*id, lease.lost.clone()));
        tokens.collect()
    }
}

impl LeaseGuard {
    /// Cancelled when the lease is lost: then the work must make no further call.
    pub(super) const fn lost(&self) -> &CancellationToken {
        &self.lost
    }

    /// The migration under a new lease, if it was claimed again meanwhile; else releases it.
    pub(super) fn reclaimed(&mut self) -> Option<ClaimedMigration> {
        let mut active = self.leases.active.lock();
        let lease = active.get_mut(&self.id)?;
        let reclaimed = lease.reclaimed.take();
        if reclaimed.is_some() {
            lease.lost = CancellationToken::new();
            self.lost = lease.lost.clone();
        } else {
            active.remove(&self.id);
            self.released = true;
        }
        reclaimed
    }
}

impl Drop for LeaseGuard {
    fn drop(&mut self) {
        // The work panicked: the lease is not renewed any more, and the migration is claimed again.
        if !self.released {
            self.leases.active.lock().remove(&self.id);
        }
    }
}

//! The leases that this process holds: which migrations it works on, and how to stop the work on one.
//!
//! A migration is worked on once at a time. Its lease can run out under living work (the store was away, the clock
//! jumped), and the claim loop then claims it again; two rounds at once would each take the other's call for one whose
//! answer was lost.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use super::tasks::Claimed;
use domain::MigrationId;

/// The migrations that this process works on.
#[derive(Debug, Clone, Default)]
pub(super) struct Leases {
    held: Arc<Mutex<HashMap<MigrationId, Held>>>,
}

/// One of them.
#[derive(Debug, Default)]
struct Held {
    /// Its lease was lost.
    lost: CancellationToken,
    /// The same migration, where it was claimed again meanwhile.
    again: Option<Claimed>,
}

/// Work on one migration. Dropped, its lease is not prolonged any more.
#[derive(Debug)]
pub(super) struct Work {
    leases: Leases,
    id: MigrationId,
    lost: CancellationToken,
    ended: bool,
}

impl Leases {
    /// Takes up work on a migration that was just claimed. `None` where it is worked on already: that work goes on with
    /// it when it has ended.
    pub(super) fn take_up(&self, claimed: Claimed) -> Option<(Work, Claimed)> {
        let id = claimed.migration.id;
        match self.lock().entry(id) {
            Entry::Occupied(mut held) => {
                // A call that was begun is not made any more: the older work may have found its intent, and decided.
                let begun = None;
                held.get_mut().again = Some(Claimed { begun, ..claimed });
                None
            }
            Entry::Vacant(place) => {
                let lost = place.insert(Held::default()).lost.clone();
                Some((
                    Work {
                        leases: self.clone(),
                        id,
                        lost,
                        ended: false,
                    },
                    claimed,
                ))
            }
        }
    }

    /// Whether this migration is worked on.
    pub(super) fn holds(&self, id: MigrationId) -> bool {
        self.lock().contains_key(&id)
    }

    /// What is worked on, each with what stops it. An answer about these leases that comes late stops no newer work.
    pub(super) fn held(&self) -> HashMap<MigrationId, CancellationToken> {
        self.lock()
            .iter()
            .map(|(id, held)| (*id, held.lost.clone()))
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<MigrationId, Held>> {
        // Nothing in here can panic half-way, so a poisoned map is a whole one.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Work {
    /// Is cancelled when the lease was lost: the work must make no further call.
    pub(super) const fn lost(&self) -> &CancellationToken {
        &self.lost
    }

    /// The migration once more, where it was claimed again meanwhile; under a lease of its own.
    pub(super) fn again(&mut self) -> Option<Claimed> {
        let mut leases = self.leases.lock();
        let held = leases.get_mut(&self.id)?;
        let claimed = held.again.take();
        if claimed.is_some() {
            held.lost = CancellationToken::new();
            self.lost = held.lost.clone();
        } else {
            leases.remove(&self.id);
            self.ended = true;
        }
        claimed
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        // Work that panicked holds the migration no longer: its lease runs out, and it is claimed anew.
        if !self.ended {
            self.leases.lock().remove(&self.id);
        }
    }
}

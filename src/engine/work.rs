//! One migration under work: from the claim to the moment when it is let go.

use super::Engine;
use super::slots::Slot;
use crate::migration::{Migration, Write};
use crate::store::Store;

/// A migration that this process has just leased.
#[derive(Debug)]
pub(super) struct Claimed {
    /// The migration.
    pub(super) migration: Migration,
    /// The call whose intent was committed together with the lease, and that nobody has made yet.
    pub(super) begun: Option<Write>,
}

impl<S: Store> Engine<S> {
    /// Works on what was claimed, in a task of its own, as long as that needs or the lease holds.
    pub(super) fn work_on(&self, claimed: Claimed, slot: Slot) {
        let parts = &self.parts;
        let Some((mut work, claimed)) = parts.leases.take_up(claimed) else {
            return;
        };
        let engine = self.clone();
        parts.tasks.spawn(async move {
            let mut next = Some(claimed);
            while let Some(claimed) = next {
                engine.drive(claimed, &slot, work.lost()).await;
                next = work.again();
            }
        });
    }
}

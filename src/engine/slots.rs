//! Slots: how many migrations are worked on at once, in all and of one destination.
//!
//! Who works takes a slot, and gives it back by dropping it. The share of a destination keeps a thousand numbers of one
//! WABA from taking every slot; what goes beyond it waits in the store, where it costs nothing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::migration::WabaId;

/// The slots of this process. A clone speaks of the same.
#[derive(Debug, Clone)]
pub(super) struct Slots {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    workers: usize,
    share: usize,
    taken: Mutex<Taken>,
    /// Somebody waits for a slot, and there is one; or there is none left to wait for.
    freed: Notify,
}

#[derive(Debug, Default)]
struct Taken {
    open: bool,
    all: usize,
    by_destination: HashMap<WabaId, usize>,
    /// The claim loop found no room.
    wanted: bool,
}

/// The right to work on one migration.
#[derive(Debug)]
pub(super) struct Slot {
    inner: Arc<Inner>,
    destination: WabaId,
    beyond_share: bool,
}

impl Slots {
    /// So many slots, and so many for one destination; closed.
    pub(super) fn new(workers: u32, share: u32) -> Self {
        Self {
            inner: Arc::new(Inner {
                workers: workers as usize,
                share: share as usize,
                taken: Mutex::default(),
                freed: Notify::new(),
            }),
        }
    }

    /// From now on there are slots to take.
    pub(super) fn open(&self) {
        self.inner.lock().open = true;
    }

    /// From now on there are none, except for what was claimed already.
    pub(super) fn close(&self) {
        self.inner.lock().open = false;
    }

    /// How many are free. Where it is none, [`Self::freed`] will tell.
    pub(super) fn free(&self) -> u32 {
        let mut taken = self.inner.lock();
        let free = self.inner.workers.saturating_sub(taken.all);
        taken.wanted |= free == 0;
        u32::try_from(free).unwrap_or(u32::MAX)
    }

    /// The destinations that have their share. Where there are any, [`Self::freed`] will tell when one has not.
    pub(super) fn full(&self) -> Vec<WabaId> {
        let mut taken = self.inner.lock();
        let full = taken.by_destination.iter();
        let full: Vec<_> = full
            .filter(|(_, count)| **count >= self.inner.share)
            .map(|(destination, _)| destination.clone())
            .collect();
        taken.wanted |= !full.is_empty();
        full
    }

    /// Completes when a slot was given back that was wanted.
    pub(super) async fn freed(&self) {
        self.inner.freed.notified().await;
    }

    /// Completes when all slots are free.
    pub(super) async fn idle(&self) {
        loop {
            {
                let mut taken = self.inner.lock();
                if taken.all == 0 {
                    return;
                }
                taken.wanted = true;
            }
            self.freed().await;
        }
    }

    /// A slot for a migration to this destination, where there is one.
    pub(super) fn take(&self, destination: &WabaId) -> Option<Slot> {
        let taken = self.inner.lock();
        let share = taken.by_destination.get(destination).copied();
        let room = taken.all < self.inner.workers && share.unwrap_or_default() < self.inner.share;
        (taken.open && room).then(|| self.count(taken, destination))
    }

    /// A slot for a migration that was claimed, be there one or not.
    pub(super) fn take_claimed(&self, destination: &WabaId) -> Slot {
        self.count(self.inner.lock(), destination)
    }

    fn count(&self, mut taken: MutexGuard<'_, Taken>, destination: &WabaId) -> Slot {
        taken.all = taken.all.saturating_add(1);
        let share = taken.by_destination.entry(destination.clone()).or_default();
        *share = share.saturating_add(1);
        Slot {
            beyond_share: *share > self.inner.share,
            destination: destination.clone(),
            inner: Arc::clone(&self.inner),
        }
    }
}

impl Slot {
    /// Whether it goes beyond the share of its destination: good for what calls nobody, and no more.
    pub(super) const fn beyond_share(&self) -> bool {
        self.beyond_share
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = self.inner.lock();
        taken.all = taken.all.saturating_sub(1);
        if let Some(share) = taken.by_destination.get_mut(&self.destination) {
            *share = share.saturating_sub(1);
            if *share == 0 {
                taken.by_destination.remove(&self.destination);
            }
        }
        if std::mem::take(&mut taken.wanted) {
            self.inner.freed.notify_one();
        }
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, Taken> {
        // Nothing in here can panic half-way, so a poisoned count is a right one.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_destination_never_has_more_than_its_share() {
        let slots = Slots::new(3, 2);
        let (one, other): (WabaId, WabaId) = ("10001".parse().unwrap(), "10002".parse().unwrap());
        assert!(slots.take(&one).is_none(), "closed");
        slots.open();
        let held = (slots.take(&one), slots.take(&one));
        assert!(held.0.is_some() && held.1.is_some());
        assert!(slots.take(&one).is_none());
        assert_eq!(slots.full(), std::slice::from_ref(&one));
        let last = slots.take(&other);
        assert!(last.is_some() && slots.take(&other).is_none(), "all taken");
        assert_eq!(slots.free(), 0);
        drop(held);
        assert!(slots.full().is_empty());
        assert_eq!(slots.free(), 2);
    }

    #[tokio::test]
    async fn whoever_wants_a_slot_hears_of_it() {
        let slots = Slots::new(1, 1);
        slots.open();
        let waba: WabaId = "10001".parse().unwrap();
        let slot = slots.take(&waba);
        assert_eq!(slots.free(), 0);
        drop(slot);
        slots.freed().await;
        let beyond = (slots.take(&waba), slots.take_claimed(&waba));
        assert!(beyond.1.beyond_share());
        drop(beyond);
        slots.idle().await;
    }
}

//! The claim loop: finds due migrations, works on many at once, keeps their leases, and waits without polling.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Engine;
use super::leases::Leases;
use crate::migration::{Migration, MigrationId};
use crate::store::{self, Store};

/// How long to wait after the store failed.
const STORE_PAUSE: Duration = Duration::from_secs(1);

impl<S: Store> Engine<S> {
    /// Moves migrations until `stop`; then finishes the rounds that are under way.
    pub async fn run(&self, stop: CancellationToken) {
        let settings = &self.parts.settings;
        let slots = Arc::new(Semaphore::new(settings.workers as usize));
        let leases = Leases::default();
        let tracker = TaskTracker::new();
        let done = CancellationToken::new();
        let renewal = {
            let (engine, leases, done) = (self.clone(), leases.clone(), done.clone());
            tracker.spawn(async move { engine.keep_leases(&leases, &done).await })
        };
        while !stop.is_cancelled() {
            let pause = match self.claim(&slots, &leases, &tracker).await {
                Ok(pause) => pause,
                Err(error) => {
                    tracing::error!(%error, "due migrations could not be claimed");
                    STORE_PAUSE
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.parts.wake.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
        // Whoever waits for an answer gets it now, and every round that was begun is saved.
        self.parts.stopping.cancel();
        let _ = slots.acquire_many(settings.workers).await;
        done.cancel();
        let _ = renewal.await;
        tracker.close();
        tracker.wait().await;
    }

    /// Says that something is due at that time, so that the loop does not sleep past it.
    pub(super) fn due(&self, at: Timestamp) {
        // A time that lies beyond the next poll is found by then; an earlier one must not be slept through.
        let now = self.parts.clock.now();
        let ahead = Duration::try_from(at.duration_since(now)).unwrap_or_default();
        if ahead < self.parts.settings.poll {
            self.parts.wake.notify_one();
        }
    }

    /// Claims what is due while there are slots; answers how long there is nothing to do.
    async fn claim(
        &self,
        slots: &Arc<Semaphore>,
        leases: &Leases,
        tracker: &TaskTracker,
    ) -> Result<Duration, store::Error> {
        let parts = &self.parts;
        loop {
            let now = parts.clock.now();
            // Asked first, so that an idle process writes nothing.
            let ahead = match parts.store.next_due(now).await? {
                Some(at) => Duration::try_from(at.duration_since(now)).unwrap_or_default(),
                None => parts.settings.poll,
            };
            if !ahead.is_zero() {
                return Ok(ahead.min(parts.settings.poll));
            }
            let free = u32::try_from(slots.available_permits()).unwrap_or(u32::MAX);
            if free == 0 {
                // A slot that becomes free wakes the loop.
                return Ok(parts.settings.poll);
            }
            let lease_until = parts.settings.lease_until(now);
            let claimed = parts
                .store
                .claim(parts.worker, now, lease_until, free)
                .await?;
            if claimed.is_empty() {
                // Another process was quicker.
                return Ok(STORE_PAUSE);
            }
            for migration in claimed {
                let Ok(slot) = Arc::clone(slots).try_acquire_owned() else {
                    break;
                };
                self.work_on(migration, slot, leases, tracker);
            }
        }
    }

    fn work_on(
        &self,
        migration: Migration,
        slot: OwnedSemaphorePermit,
        leases: &Leases,
        tracker: &TaskTracker,
    ) {
        let Some((mut work, migration)) = leases.take_up(migration) else {
            return;
        };
        let engine = self.clone();
        tracker.spawn(async move {
            let mut claimed = Some(migration);
            while let Some(migration) = claimed {
                let id = migration.id;
                tokio::select! {
                    () = engine.drive(migration) => {}
                    () = work.lost() => {
                        tracing::warn!(migration.id = %id, "the lease was lost; another worker goes on");
                    }
                }
                claimed = work.again();
            }
            drop(slot);
            // What became due while every slot was taken waits for this one.
            engine.parts.wake.notify_one();
        });
    }

    /// Prolongs the leases of what is under way, and stops the work on those that were lost.
    async fn keep_leases(&self, leases: &Leases, done: &CancellationToken) {
        let parts = &self.parts;
        let every = Duration::try_from(parts.settings.lease / 3).unwrap_or(STORE_PAUSE);
        loop {
            tokio::select! {
                () = done.cancelled() => return,
                () = tokio::time::sleep(every) => {}
            }
            let mut held = leases.held();
            if held.is_empty() {
                continue;
            }
            let ids: Vec<MigrationId> = held.keys().copied().collect();
            let until = parts.settings.lease_until(parts.clock.now());
            match parts.store.renew(parts.worker, &ids, until).await {
                Ok(prolonged) => {
                    held.retain(|id, _| !prolonged.contains(id));
                    for lost in held.values() {
                        lost.cancel();
                    }
                }
                // A save under a lease that was taken over writes nothing, so waiting for the store does no harm.
                Err(error) => tracing::error!(%error, "leases could not be prolonged"),
            }
        }
    }
}

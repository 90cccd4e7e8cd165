//! The claim loop: finds due migrations, works on many at once, keeps their leases, and waits without polling.

use std::time::Duration;

use futures_util::StreamExt as _;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::tasks::Claimed;
use super::{Engine, fairness, log};
use crate::store::{self, ClaimQuotas, ClaimRequest, Lease, Notification, RoundRobinCursor, Store};
use domain::MigrationId;

/// How long to wait after the store failed.
pub(super) const STORE_PAUSE: Duration = Duration::from_secs(1);
/// A tenant and a destination get their shares in so many claims: whoever comes meanwhile waits for a part of it only.
const ROUNDS: u32 = 4;

impl<S: Store> Engine<S> {
    /// Moves migrations until `stop`; then finishes the rounds that are under way.
    pub async fn run(&self, stop: CancellationToken) {
        let parts = &self.parts;
        let done = CancellationToken::new();
        let (renewal, ears, watched) = (self.clone(), self.clone(), self.clone());
        let (renewed, heard, polled) = (done.clone(), stop.clone(), stop.clone());
        parts
            .tasks
            .spawn(async move { renewal.keep_leases(&renewed).await });
        parts.tasks.spawn(async move { ears.listen(&heard).await });
        parts
            .tasks
            .spawn(async move { watched.poll(&polled).await });
        let (retention, stopped) = (self.clone(), stop.clone());
        parts
            .tasks
            .spawn(async move { retention.keep_retention(&stopped).await });
        parts.slots.open();
        let mut turns = RoundRobinCursor::default();
        while !stop.is_cancelled() {
            let pause = match self.claim(&mut turns).await {
                Ok(pause) => pause,
                Err(error) => {
                    log::store_failed(&error, None, "due migrations could not be claimed");
                    STORE_PAUSE
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = parts.wake.notified() => {}
                () = parts.slots.freed() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
        // Whoever waits for an answer gets it now, and every round that was begun is saved.
        parts.stopping.cancel();
        parts.slots.close();
        parts.slots.idle().await;
        done.cancel();
        parts.tasks.close();
        parts.tasks.wait().await;
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
    async fn claim(&self, turns: &mut RoundRobinCursor) -> Result<Duration, store::Error> {
        let parts = &self.parts;
        loop {
            let now = parts.clock.now();
            self.moves();
            // Asked first, so that an idle process writes nothing.
            let ahead = match parts.store.next_due(now).await? {
                Some(at) => Duration::try_from(at.duration_since(now)).unwrap_or_default(),
                None => parts.settings.poll,
            };
            if !ahead.is_zero() {
                return Ok(ahead.min(parts.settings.poll));
            }
            let limit = parts.slots.free();
            if limit == 0 {
                return Ok(parts.settings.poll);
            }
            let Lease { worker, until } = self.hold(now);
            let each_tenant = parts.settings.workers_per_tenant.div_ceil(ROUNDS);
            let claim = ClaimRequest {
                worker,
                now,
                lease_until: until,
                limit,
                quotas: ClaimQuotas {
                    per_tenant: each_tenant,
                    per_destination: parts.settings.workers_per_waba.div_ceil(ROUNDS),
                    cursor: turns.clone(),
                    exhausted: parts.slots.full(),
                },
            };
            let claimed = parts.store.claim(claim).await?;
            if claimed.is_empty() {
                // Another process was quicker, or what is due is of those that have their share.
                return Ok(STORE_PAUSE);
            }
            fairness::move_on(turns, &claimed, each_tenant);
            for migration in claimed {
                let slot = parts
                    .slots
                    .take_claimed(&migration.tenant, &migration.request.destination);
                self.work_on(
                    Claimed {
                        migration,
                        begun: None,
                    },
                    slot,
                );
            }
        }
    }

    /// Hears what other processes did.
    async fn listen(&self, stop: &CancellationToken) {
        let parts = &self.parts;
        let mut news = std::pin::pin!(parts.store.notifications());
        while let Some(Some(news)) = stop.run_until_cancelled(news.next()).await {
            match news {
                Notification::Committed { id, sequence } => parts.hub.changed(id, sequence),
                Notification::Due => parts.wake.notify_one(),
                Notification::Missed => {
                    parts.missed.notify_one();
                    parts.wake.notify_one();
                }
            }
        }
    }

    /// Prolongs the leases of what is under way, and stops the work on those that were lost.
    async fn keep_leases(&self, done: &CancellationToken) {
        let parts = &self.parts;
        let every = Duration::try_from(parts.settings.lease / 3).unwrap_or(STORE_PAUSE);
        loop {
            tokio::select! {
                () = done.cancelled() => return,
                () = tokio::time::sleep(every) => {}
            }
            let mut held = parts.leases.held();
            if held.is_empty() {
                continue;
            }
            let ids: Vec<MigrationId> = held.keys().copied().collect();
            let Lease { worker, until } = self.hold(parts.clock.now());
            match parts.store.renew(worker, &ids, until).await {
                Ok(prolonged) => {
                    held.retain(|id, _| !prolonged.contains(id));
                    for lost in held.values() {
                        lost.cancel();
                    }
                }
                // A save under a lease that was taken over writes nothing, so waiting for the store does no harm.
                Err(error) => log::store_failed(&error, None, "leases could not be prolonged"),
            }
        }
    }
}

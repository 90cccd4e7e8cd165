//! The claim loop: claims due migrations, works on many at once, and waits for notifications.

use std::time::Duration;

use futures_util::StreamExt as _;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::tasks::ClaimedMigration;
use super::{Engine, fairness, log};
use crate::store::{self, ClaimQuotas, ClaimRequest, Notification, RoundRobinCursor, Store};

/// Pause after a failure of the store.
pub(super) const STORE_PAUSE: Duration = Duration::from_secs(1);
/// Number of claims in which a tenant or a destination reaches its limit: the others wait for a
/// fraction of it only.
const ROUNDS: u32 = 4;

impl<S: Store> Engine<S> {
    /// Moves migrations until `stop`; then completes the work in progress.
    pub async fn run(&self, stop: CancellationToken) {
        let parts = &self.parts;
        let done = CancellationToken::new();
        let (engine, until) = (self.clone(), done.clone());
        parts
            .tasks
            .spawn(async move { engine.keep_worker(&until).await });
        let (engine, until) = (self.clone(), stop.clone());
        parts
            .tasks
            .spawn(async move { engine.listen(&until).await });
        let (engine, until) = (self.clone(), stop.clone());
        parts.tasks.spawn(async move { engine.poll(&until).await });
        let (engine, until) = (self.clone(), stop.clone());
        parts
            .tasks
            .spawn(async move { engine.keep_retention(&until).await });
        let (engine, until) = (self.clone(), stop.clone());
        parts
            .tasks
            .spawn(async move { engine.keep_usage(&until).await });
        parts.slots.open();
        let mut cursor = RoundRobinCursor::default();
        while !stop.is_cancelled() {
            let pause = match self.claim(&mut cursor).await {
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
        // Waiting calls return now, and all work that was begun is saved.
        parts.stopping.cancel();
        parts.slots.close();
        parts.slots.idle().await;
        done.cancel();
        parts.tasks.close();
        parts.tasks.wait().await;
        self.write_usage().await;
    }

    /// Wakes the loop if it would sleep past this time.
    pub(super) fn due(&self, at: Timestamp) {
        let now = self.parts.clock.now();
        let ahead = Duration::try_from(at.duration_since(now)).unwrap_or_default();
        // The next poll finds a later time.
        if ahead < self.parts.settings.poll {
            self.parts.wake.notify_one();
        }
    }

    /// Claims due migrations while slots are free; returns the time until there may be more.
    async fn claim(&self, cursor: &mut RoundRobinCursor) -> Result<Duration, store::Error> {
        let parts = &self.parts;
        loop {
            let now = parts.clock.now();
            self.moves();
            // The next worker wakes the loop.
            let Some(worker) = parts.worker.get() else {
                return Ok(parts.settings.poll);
            };
            // A query first, so that an idle process writes nothing.
            let due = parts.store.next_due(worker.id(), now).await?;
            let ahead = due.unwrap_or(parts.settings.poll);
            parts.lateness.found(ahead.is_zero());
            if !ahead.is_zero() {
                return Ok(ahead.min(parts.settings.poll));
            }
            let limit = parts.slots.free();
            if limit == 0 {
                return Ok(parts.settings.poll);
            }
            let per_tenant = parts.settings.workers_per_tenant.div_ceil(ROUNDS);
            let claim = ClaimRequest {
                worker: worker.id(),
                now,
                limit,
                quotas: ClaimQuotas {
                    per_tenant,
                    per_destination: parts.settings.workers_per_waba.div_ceil(ROUNDS),
                    cursor: cursor.clone(),
                    exhausted: parts.slots.exhausted(),
                },
            };
            let claimed = parts.store.claim(claim).await.inspect_err(|_| {
                // It may have been executed.
                parts.in_progress.notify_abandoned();
            })?;
            if claimed.is_empty() {
                // Another process claimed them first, or their tenants are at their limit.
                return Ok(STORE_PAUSE);
            }
            fairness::advance(cursor, &claimed, per_tenant);
            parts.lateness.claimed(&claimed, now);
            for migration in claimed {
                let slot = parts
                    .slots
                    .take_claimed(&migration.tenant, &migration.request.destination);
                let begun = None;
                let claimed = ClaimedMigration { migration, begun };
                self.work_on_claimed(claimed, worker.clone(), slot);
            }
        }
    }

    /// Receives the notifications of other processes.
    async fn listen(&self, stop: &CancellationToken) {
        let parts = &self.parts;
        let mut notifications = std::pin::pin!(parts.store.notifications());
        while let Some(Some(notification)) = stop.run_until_cancelled(notifications.next()).await {
            match notification {
                Notification::Committed { id, sequence } => parts.feed.changed(id, sequence),
                Notification::Due => parts.wake.notify_one(),
                Notification::Missed => {
                    parts.missed.notify_one();
                    parts.wake.notify_one();
                }
            }
        }
    }
}

//! Removes what has outstayed its retention.
//!
//! In small batches with pauses between them, so that nothing else waits for it, and what ended first before all else, of whichever tenant it
//! is. Every process does it: what one has taken, the others leave alone, and a process that dies leaves whole batches.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{Engine, log};
use crate::store::{self, Expired, LeaseChange, Saved, Store, calls_expired_by};
use crate::telemetry::metrics;
use crate::util::clock::Stopwatch;
use domain::{Migration, REQUEST_IDS_KEPT};

const MIGRATION: &str = "migration";
const PIN: &str = "pin";
const REQUEST_ID: &str = "request_id";
const CALL: &str = "call";

/// What is removed.
pub const REMOVED: [&str; 4] = [MIGRATION, PIN, REQUEST_ID, CALL];

/// The most that is removed at once: SQLite's writer does nothing else meanwhile.
const BATCH: u32 = 50;
/// PINs whose removal is committed at once.
const PINS: usize = 16;
/// Length of a pause, in times of the batch before it, so that the store has most of its time for others …
const PAUSES: u32 = 4;
/// … and never shorter than this.
const SHORTEST_PAUSE: Duration = Duration::from_millis(20);
/// The first look comes after this time at the latest, so that a process that is restarted often gets to it, too.
const FIRST_LOOK: Duration = Duration::from_secs(10);

/// How much was removed.
#[derive(Debug, Default)]
struct Removed {
    migrations: u64,
    pins: u64,
    request_ids: u64,
    calls: u64,
}

impl<S: Store> Engine<S> {
    /// Looks now and then for what has outstayed its retention, and removes it, until `stop`.
    pub(super) async fn keep_retention(&self, stop: &CancellationToken) {
        let settings = &self.parts.settings;
        // What is to stay for less than the interval goes within twice its time.
        let shortest = settings
            .retention
            .shortest()
            .map(SignedDuration::unsigned_abs);
        let interval = settings.retention_interval;
        let interval = shortest.map_or(interval, |shortest| interval.min(shortest));
        let mut pause = interval.min(FIRST_LOOK);
        while stop.run_until_cancelled(sleep(pause)).await.is_some() {
            pause = interval;
            let mut removed = Removed::default();
            if let Err(error) = self.remove_overdue(&mut removed, stop).await {
                log::store_failed(
                    &error,
                    None,
                    "what has outstayed its retention was not removed",
                );
            }
            removed.log();
        }
    }

    async fn remove_overdue(
        &self,
        removed: &mut Removed,
        stop: &CancellationToken,
    ) -> Result<(), store::Error> {
        loop {
            let watch = Stopwatch::start();
            if !self.remove_batch(removed).await? {
                return Ok(());
            }
            let pause = watch.elapsed().saturating_mul(PAUSES).max(SHORTEST_PAUSE);
            if stop.run_until_cancelled(sleep(pause)).await.is_none() {
                return Ok(());
            }
        }
    }

    /// Removes a batch of each kind; answers whether there may be more.
    async fn remove_batch(&self, removed: &mut Removed) -> Result<bool, store::Error> {
        let parts = &self.parts;
        let (store, retention) = (&parts.store, &parts.settings.retention);
        let now = parts.clock.now();
        // Asked first, so that an idle process writes nothing.
        let oldest = store.oldest().await?;
        let is_due = |oldest: Option<Timestamp>, by: &Timestamp| oldest.is_some_and(|at| at <= *by);
        let mut migrations = 0;
        let due = retention.migrations_until(now);
        if let Some(ended_by) = due.filter(|by| is_due(oldest.migration, by)) {
            let taken_until = now.checked_add(REQUEST_IDS_KEPT).unwrap_or(Timestamp::MAX);
            migrations = store.purge(ended_by, now, taken_until, BATCH).await?;
            metrics::removed(MIGRATION, migrations);
            removed.migrations = removed.migrations.saturating_add(migrations);
        }
        let mut pins = 0;
        let due = retention.pins_until(now);
        if let Some(ended_by) = due.filter(|by| is_due(oldest.with_pin, by)) {
            let found = store.with_pin(ended_by, BATCH).await?;
            let tried = found.len() as u64;
            let gone = self.remove_pins(found, now).await?;
            metrics::removed(PIN, gone);
            removed.pins = removed.pins.saturating_add(gone);
            // Where all were changed in this moment, the next look is soon enough.
            pins = if gone > 0 { tried } else { 0 };
        }
        let mut expired = Expired::default();
        if is_due(oldest.request_id, &now) || is_due(oldest.call, &calls_expired_by(now)) {
            expired = store.expire(now, BATCH).await?;
            metrics::removed(REQUEST_ID, expired.request_ids);
            metrics::removed(CALL, expired.calls);
            removed.request_ids = removed.request_ids.saturating_add(expired.request_ids);
            removed.calls = removed.calls.saturating_add(expired.calls);
        }
        let counts = [migrations, pins, expired.request_ids, expired.calls];
        Ok(counts.iter().any(|count| *count >= u64::from(BATCH)))
    }

    /// Removes the PINs of these migrations; answers how many.
    async fn remove_pins(
        &self,
        migrations: Vec<Migration>,
        now: Timestamp,
    ) -> Result<u64, store::Error> {
        let removals = migrations.into_iter().map(|it| self.remove_pin(it, now));
        let mut removals = stream::iter(removals).buffer_unordered(PINS);
        let (mut gone, mut failed) = (0, None);
        while let Some(removal) = removals.next().await {
            match removal {
                Ok(done) => gone = u64::saturating_add(gone, done.into()),
                // The others are on their way.
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(gone), Err)
    }

    /// Removes the PIN of a migration, unless the migration was changed or removed since it was read.
    async fn remove_pin(
        &self,
        mut migration: Migration,
        now: Timestamp,
    ) -> Result<bool, store::Error> {
        let parts = &self.parts;
        let events = parts.machine.remove_pin(&mut migration, now);
        let (tenant, lease) = (migration.tenant.clone(), LeaseChange::Untouched);
        let saved = parts.store.save(&tenant, &migration, &events, None, lease);
        let Saved::Done { version } = saved.await? else {
            return Ok(false);
        };
        migration.version = version;
        // Without its secrets, which are gone: who waits for it sees what is kept.
        parts.hub.committed(&migration);
        for event in &events {
            log::event(migration.id, event);
        }
        Ok(true)
    }
}

impl Removed {
    fn log(&self) {
        let Self {
            migrations,
            pins,
            request_ids,
            calls,
        } = *self;
        if [migrations, pins, request_ids, calls] != [0; 4] {
            tracing::info!(
                migrations,
                pins,
                request_ids,
                calls,
                "what had outstayed its retention was removed"
            );
        }
    }
}

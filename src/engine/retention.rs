//! Removal of what is past its retention.
//!
//! In small batches with pauses between them, so that nothing else waits for it; the oldest first,
//! over all tenants. Every process does it: a batch is locked by the process that removes it, and a
//! process that dies leaves whole batches.

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

/// Kinds of removed records.
pub const REMOVED: [&str; 4] = [MIGRATION, PIN, REQUEST_ID, CALL];

/// Maximum records per batch: SQLite's writer does nothing else meanwhile.
const BATCH: u32 = 50;
/// Maximum concurrent removals of PINs.
const PINS: usize = 16;
/// Pause after a batch, as a multiple of the batch's duration: the store has most of its time for
/// other work …
const PAUSE_FACTOR: u32 = 4;
/// … and at least this long.
const MIN_PAUSE: Duration = Duration::from_millis(20);
/// Maximum delay of the first run, so that a process that is restarted often gets to it, too.
const MAX_FIRST_DELAY: Duration = Duration::from_secs(10);

/// Numbers of removed records.
#[derive(Debug, Default)]
struct Removed {
    migrations: u64,
    pins: u64,
    request_ids: u64,
    calls: u64,
}

impl<S: Store> Engine<S> {
    /// Removes what is past its retention, at the configured interval, until `stop`.
    pub(super) async fn keep_retention(&self, stop: &CancellationToken) {
        let settings = &self.parts.settings;
        // With a retention below the interval, records are removed within twice the retention.
        let shortest = settings
            .retention
            .shortest()
            .map(SignedDuration::unsigned_abs);
        let interval = settings.retention_interval;
        let interval = shortest.map_or(interval, |shortest| interval.min(shortest));
        let mut pause = interval.min(MAX_FIRST_DELAY);
        while stop.run_until_cancelled(sleep(pause)).await.is_some() {
            pause = interval;
            let mut removed = Removed::default();
            if let Err(error) = self.remove_overdue(&mut removed, stop).await {
                log::store_failed(&error, None, "overdue records could not be removed");
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
            let pause = watch.elapsed().saturating_mul(PAUSE_FACTOR).max(MIN_PAUSE);
            if stop.run_until_cancelled(sleep(pause)).await.is_none() {
                return Ok(());
            }
        }
    }

    /// Removes a batch of each kind; returns whether there may be more.
    async fn remove_batch(&self, removed: &mut Removed) -> Result<bool, store::Error> {
        let parts = &self.parts;
        let (store, retention) = (&parts.store, &parts.settings.retention);
        let now = parts.clock.now();
        // A query first, so that an idle process writes nothing.
        let oldest = store.oldest().await?;
        let is_due = |oldest: Option<Timestamp>, by: &Timestamp| oldest.is_some_and(|at| at <= *by);
        let mut migrations = 0;
        let due = retention.migrations_until(now);
        if let Some(ended_by) = due.filter(|by| is_due(oldest.migration, by)) {
            let taken_until = now.checked_add(REQUEST_IDS_KEPT).unwrap_or(Timestamp::MAX);
            migrations = store.purge(ended_by, taken_until, BATCH).await?;
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
            // If all of them had changed meanwhile, the next run is soon enough.
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

    /// Removes the PINs of these migrations; returns the number of removed PINs.
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
                // The other removals are in progress and must be completed.
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(gone), Err)
    }

    /// Removes the PIN of a migration, unless the migration was changed or removed since it was
    /// read.
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
        migration.stored(version);
        // Its secrets are removed, so subscribers see only what is kept.
        parts.feed.committed(&migration);
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
                "overdue records removed"
            );
        }
    }
}

//! The worker of this process: its lease, and what becomes of its migrations.
//!
//! The lease belongs to the worker and covers all migrations that it works on. The store measures
//! it from the moment at which it grants it. This process measures it from a moment before: that at
//! which it asked, on the boot-time clock, and shorter by a margin. So by the time at which another
//! worker may take over, this one has known for the margin that it may make no further call, even
//! if it was stopped, or cut off from the store.
//!
//! A worker whose deadline has passed is lost for ever, and all work under it ends. The process
//! then joins again with a new id.

use std::collections::HashMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use super::claim_loop::STORE_PAUSE;
use super::{Engine, log};
use crate::graph::Permit;
use crate::store::{self, LeaseChange, Renewal, Saved, Store, WorkerId};
use crate::util::clock;
use crate::util::deadline::Deadline;
use domain::{MigrationId, TenantId};

/// The margin is this part of a lease: a worker stops that much before another may take over. A
/// lease is renewed each third, so half of it is left when a renewal begins.
const MARGIN: i32 = 6;
/// Pause before abandoned migrations are released.
const GATHERING: Duration = Duration::from_millis(100);
/// Interval of renewals, as a part of a lease.
const RENEWALS: i32 = 3;

/// A worker with a lease. Cheap to clone; clones share its deadline.
#[derive(Debug, Clone)]
pub(super) struct Worker {
    id: WorkerId,
    deadline: Deadline,
    margin: Duration,
}

/// The worker of this process, while it has one.
#[derive(Debug, Default)]
pub(super) struct CurrentWorker(Mutex<Option<Worker>>);

/// How a lease is measured.
#[derive(Debug, Clone, Copy)]
struct Terms {
    lease: SignedDuration,
}

impl Terms {
    fn interval(self) -> Duration {
        Duration::try_from(self.lease / RENEWALS).unwrap_or(STORE_PAUSE)
    }

    fn margin(self) -> Duration {
        Duration::try_from(self.lease / MARGIN).unwrap_or_default()
    }

    /// The deadline of a lease that was asked for at this time since boot.
    fn deadline(self, asked: Duration) -> Duration {
        let lease = Duration::try_from(self.lease).unwrap_or_default();
        asked.saturating_add(lease.saturating_sub(self.margin()))
    }
}

impl Worker {
    /// Its id.
    pub(super) const fn id(&self) -> WorkerId {
        self.id
    }

    /// A permit for calls of its work.
    pub(super) fn permit(&self) -> Permit {
        // Near the deadline a renewal is under way, or has failed. A call that begins now might be
        // cut off.
        Permit::new(self.deadline.clone(), self.margin)
    }

    /// Whether it is lost.
    pub(super) fn is_lost(&self) -> bool {
        self.deadline.has_passed()
    }

    /// Completes when it is lost: then its work must make no further call.
    pub(super) async fn lost(&self) {
        self.deadline.passed().await;
    }
}

impl CurrentWorker {
    /// The worker, if it has a lease.
    pub(super) fn get(&self) -> Option<Worker> {
        self.0.lock().clone().filter(|worker| !worker.is_lost())
    }

    fn set(&self, worker: Option<Worker>) {
        *self.0.lock() = worker;
    }
}

impl<S: Store> Engine<S> {
    /// Keeps a worker with a lease until `done`: joins, renews, and joins again when the worker is
    /// lost.
    pub(super) async fn keep_worker(&self, done: &CancellationToken) {
        let parts = &self.parts;
        let mut lost = None;
        while let Some(worker) = done.run_until_cancelled(self.join(lost)).await {
            parts.in_progress.forget_all_but(worker.id);
            parts.worker.set(Some(worker.clone()));
            parts.wake.notify_one();
            let kept = done.run_until_cancelled(self.keep(&worker)).await;
            parts.worker.set(None);
            worker.deadline.end();
            if kept.is_none() {
                if let Err(error) = parts.store.leave(worker.id).await {
                    log::store_failed(
                        &error,
                        None,
                        "the worker could not leave; its lease expires",
                    );
                }
                return;
            }
            log::worker_lost(worker.id);
            lost = Some(worker.id);
        }
    }

    /// Joins with a new id, as soon as the store answers. `lost` is the worker before: its work has
    /// ended, so that its migrations may be claimed at once.
    async fn join(&self, mut lost: Option<WorkerId>) -> Worker {
        let parts = &self.parts;
        loop {
            match self.try_join(&mut lost).await {
                Ok(worker) => return worker,
                Err(error) => {
                    log::store_failed(&error, None, "the worker could not join");
                    tokio::time::sleep(STORE_PAUSE.min(parts.settings.poll)).await;
                }
            }
        }
    }

    async fn try_join(&self, lost: &mut Option<WorkerId>) -> Result<Worker, store::Error> {
        let Self { parts } = self;
        if let Some(id) = *lost {
            parts.store.leave(id).await?;
            *lost = None;
        }
        let (id, terms) = (WorkerId::from_uuid(clock::new_id()), self.terms());
        let asked = parts.clock.since_boot();
        parts.store.join(id, terms.lease).await?;
        tracing::debug!(worker.id = %id, "the worker has joined");
        Ok(Worker {
            id,
            deadline: Deadline::at(terms.deadline(asked), parts.clock.clone()),
            margin: terms.margin(),
        })
    }

    /// Renews the worker's lease until it is lost.
    async fn keep(&self, worker: &Worker) {
        tokio::select! {
            // Whether or not the store answers.
            () = worker.lost() => {}
            () = self.renew(worker) => {}
            () = self.release_abandoned(worker) => {}
        }
    }

    /// Renews the lease; returns when the store has ended the worker.
    async fn renew(&self, worker: &Worker) {
        let (parts, terms) = (&self.parts, self.terms());
        let mut pause = terms.interval();
        loop {
            tokio::time::sleep(pause).await;
            let (asked, asked_at) = (parts.clock.since_boot(), parts.clock.system());
            match parts.store.renew(worker.id, terms.lease).await {
                Ok(Some(renewal)) => {
                    worker.deadline.extend(terms.deadline(asked));
                    self.compare_clocks(renewal, asked_at);
                    pause = terms.interval();
                }
                Ok(None) => return,
                Err(error) => {
                    log::store_failed(&error, None, "the worker's lease could not be renewed");
                    pause = STORE_PAUSE.min(terms.interval());
                }
            }
        }
    }

    /// Measures the system clock against that of the database server, which answered between
    /// `asked_at` and now.
    fn compare_clocks(&self, Renewal { server_time }: Renewal, asked_at: Timestamp) {
        let Some(server_time) = server_time else {
            return;
        };
        let (parts, now) = (&self.parts, self.parts.clock.system());
        let half = now.duration_since(asked_at) / 2;
        let ours = asked_at.saturating_add(half).unwrap_or(now);
        parts.database_skew.measure(ours, server_time);
    }

    /// Releases what the worker has leased and does not work on: a claim whose answer was lost,
    /// work that ended because the store failed, a row that cannot be read. Never returns.
    async fn release_abandoned(&self, worker: &Worker) {
        let (parts, terms) = (&self.parts, self.terms());
        // What is not worked on, and since when.
        let mut idle: HashMap<MigrationId, Duration> = HashMap::new();
        loop {
            let pause = if idle.is_empty() {
                terms.interval()
            } else {
                STORE_PAUSE.min(terms.interval())
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                // Several may have been abandoned for the same reason.
                () = parts.in_progress.abandoned() => tokio::time::sleep(GATHERING).await,
            }
            if let Err(error) = self.release_idle(worker, &mut idle).await {
                log::store_failed(&error, None, "abandoned migrations could not be released");
                tokio::time::sleep(STORE_PAUSE).await;
                parts.in_progress.notify_abandoned();
            }
        }
    }

    /// Releases what is known to be abandoned, and what is not worked on now and was not worked on
    /// at the last call.
    async fn release_idle(
        &self,
        worker: &Worker,
        idle: &mut HashMap<MigrationId, Duration>,
    ) -> Result<(), store::Error> {
        let (parts, now) = (&self.parts, clock::since_boot());
        let mut leased = parts.store.leased(worker.id).await?;
        leased.retain(|(_, id)| !parts.in_progress.contains(worker.id, *id));
        idle.retain(|id, _| leased.iter().any(|(_, other)| other == id));
        for (tenant, id) in leased {
            let is_new = !idle.contains_key(&id);
            let since = *idle.entry(id).or_insert(now);
            if is_new && !parts.in_progress.is_abandoned(worker.id, id) {
                continue;
            }
            let idle_for = now.saturating_sub(since);
            if self.release_one(worker, tenant, id, idle_for).await? {
                idle.remove(&id);
            }
        }
        Ok(())
    }

    /// Releases a migration; `false`: not yet.
    ///
    /// By a save, which names the version: however late the store executes it, it does not release
    /// the migration from under later work, whose call follows a save of its own.
    async fn release_one(
        &self,
        worker: &Worker,
        tenant: TenantId,
        id: MigrationId,
        idle_for: Duration,
    ) -> Result<bool, store::Error> {
        let parts = &self.parts;
        let Some(_reserved) = parts.in_progress.release(worker.id, id) else {
            return Ok(false);
        };
        match parts.store.load(&tenant, id).await {
            Ok(Some(migration)) => {
                let due_at = parts.machine.due_at(&migration, parts.clock.now());
                let lease = LeaseChange::Release(worker.id);
                let saved = parts.store.save(&tenant, &migration, &[], due_at, lease);
                if let Saved::Done { .. } = saved.await? {
                    tracing::info!(migration.id = %id, "an abandoned migration was released");
                    parts.wake.notify_one();
                }
                Ok(true)
            }
            Ok(None) => Ok(true),
            Err(error) if !error.is_of_a_row() => Err(error),
            // It cannot be read, so it is not worked on. It is tried again from time to time.
            Err(_) if idle_for < self.terms().interval() * 2 => Ok(false),
            Err(_) => {
                parts.store.release(worker.id, &[(tenant, id)]).await?;
                Ok(true)
            }
        }
    }

    fn terms(&self) -> Terms {
        Terms {
            lease: self.parts.settings.lease,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::util::clock::Clock;

    #[test]
    fn a_worker_stops_a_margin_before_its_lease_ends_and_is_renewed_well_before() {
        let terms = Terms {
            lease: SignedDuration::from_secs(30),
        };
        let asked = Duration::from_secs(100);
        assert_eq!(terms.deadline(asked), Duration::from_secs(125));
        assert_eq!(terms.margin(), Duration::from_secs(5));
        assert_eq!(terms.interval(), Duration::from_secs(10));
        let renewal = asked + terms.interval();
        assert!(
            terms.deadline(asked) > renewal + terms.margin(),
            "a renewal has time before calls wait"
        );
    }

    #[test]
    fn a_process_has_no_worker_once_its_deadline_has_passed() {
        let clock = Clock::default();
        let current = CurrentWorker::default();
        assert!(current.get().is_none());
        let until = clock.since_boot() + Duration::from_secs(25);
        current.set(Some(Worker {
            id: WorkerId::from_uuid(clock::new_id()),
            deadline: Deadline::at(until, clock.clone()),
            margin: Duration::from_secs(5),
        }));
        assert!(current.get().is_some());
        clock.pause(SignedDuration::from_secs(26));
        assert!(current.get().is_none());
    }
}

//! Detached tasks: requests that must be completed, and the work on one migration from its claim to
//! its release.

use std::any::Any;
use std::sync::Arc;

use tracing::Instrument as _;

use super::fairness::WorkerSlot;
use super::in_progress::WorkGuard;
use super::worker::Worker;
use super::{Engine, Error};
use crate::store::Store;
use domain::{Migration, Write};

/// A migration that this process has just leased.
#[derive(Debug)]
pub(super) struct ClaimedMigration {
    pub(super) migration: Migration,
    /// A call whose intent was committed together with the lease, and that was not made yet.
    pub(super) begun: Option<Write>,
}

/// What work on a migration needs, before it has the lease.
#[derive(Debug)]
pub(super) struct WorkPlace {
    pub(super) worker: Worker,
    pub(super) guard: WorkGuard,
    pub(super) slot: WorkerSlot,
}

tokio::task_local! {
    /// What the tasks of a request keep until they are done.
    static KEPT: Arc<dyn Any + Send + Sync>;
}

/// Runs `work`, and keeps `kept` until all tasks that it started are done, including those that
/// outlive the request. When `kept` is dropped, nothing of the request is left.
pub fn keeping<T>(
    kept: impl Send + Sync + 'static,
    work: impl Future<Output = T>,
) -> impl Future<Output = T> {
    KEPT.scope(Arc::new(kept), work)
}

impl<S: Store> Engine<S> {
    /// Runs in its own task, so that a client disconnect cannot cancel it half-way: what is
    /// committed and what that starts belong together. Otherwise a call whose intent is recorded
    /// would be taken for one whose answer was lost.
    pub(super) async fn run_detached<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        self.complete(work).await?
    }

    /// Runs in its own task, which a stop waits for, so that a client disconnect cannot cancel it
    /// half-way. Fails only if the runtime is shutting down.
    pub async fn complete<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Error> {
        let kept = KEPT.try_with(Arc::clone).ok();
        let work = async move {
            let done = work.await;
            drop(kept);
            done
        };
        let work = self.parts.tasks.spawn(work.in_current_span());
        match work.await {
            Ok(done) => Ok(done),
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime is shutting down.
                Err(_) => Err(Error::ShuttingDown),
            },
        }
    }

    /// Works on a migration that was just claimed, in its own task.
    pub(super) fn work_on_claimed(
        &self,
        claimed: ClaimedMigration,
        worker: Worker,
        slot: WorkerSlot,
    ) {
        let in_progress = &self.parts.in_progress;
        if let Some((guard, claimed)) = in_progress.begin_claimed(worker.id(), claimed) {
            let place = WorkPlace {
                worker,
                guard,
                slot,
            };
            self.work_on(claimed, place);
        }
    }

    /// Works on a leased migration in its own task, until it is released or the worker is lost.
    pub(super) fn work_on(&self, claimed: ClaimedMigration, place: WorkPlace) {
        let engine = self.clone();
        self.parts.tasks.spawn(async move {
            let WorkPlace {
                worker,
                mut guard,
                slot,
            } = place;
            let mut next = Some(claimed);
            while let Some(claimed) = next {
                let is_released = engine.drive(claimed, &slot, &worker).await;
                next = guard.end(is_released);
            }
        });
    }

    /// The place was not used: its migration was not leased.
    pub(super) fn give_back(&self, place: Option<WorkPlace>) {
        if let Some(mut place) = place
            && let Some(claimed) = place.guard.end(true)
        {
            self.work_on(claimed, place);
        }
    }
}

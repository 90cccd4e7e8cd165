//! Work in tasks of its own: a request that must not be left half done, and one migration from the claim to the moment when
//! it is let go.

use std::any::Any;
use std::sync::Arc;

use tracing::Instrument as _;

use super::fairness::Slot;
use super::{Engine, Error};
use crate::store::Store;
use domain::{Migration, Write};

/// A migration that this process has just leased.
#[derive(Debug)]
pub(super) struct Claimed {
    /// The migration.
    pub(super) migration: Migration,
    /// The call whose intent was committed together with the lease, and that nobody has made yet.
    pub(super) begun: Option<Write>,
}

tokio::task_local! {
    /// What the work that a request starts keeps until it is done.
    static KEPT: Arc<dyn Any + Send + Sync>;
}

/// Does `work`, which keeps `kept` until all that it started is done, also what outlives the request: dropped, it says that
/// nothing of the request is left.
pub fn keeping<T>(
    kept: impl Send + Sync + 'static,
    work: impl Future<Output = T>,
) -> impl Future<Output = T> {
    KEPT.scope(Arc::new(kept), work)
}

impl<S: Store> Engine<S> {
    /// Works to the end though whoever asked goes away, as a client does whose deadline has passed: what is committed and what
    /// that sets off belong together. Left out in between, a call whose intent is on record would be taken for a lost one.
    pub(super) async fn to_its_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        let kept = KEPT.try_with(Arc::clone).ok();
        let work = async move {
            let done = work.await;
            drop(kept);
            done
        };
        let work = self.parts.tasks.spawn(work.in_current_span());
        match work.await {
            Ok(done) => done,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime is being taken down.
                Err(_) => Err(Error::ShuttingDown),
            },
        }
    }

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

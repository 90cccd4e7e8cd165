//! A lane for what is read on behalf of callers that are not authenticated: narrow, and never long.
//!
//! Anybody can make up prefixes of API keys, and each is a reading of the store. They are read a few at a time, so that they cannot take
//! the store from those who are known; and a request that would wait for longer than a moment is refused at once, since a queue
//! without end is never answered.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// Readings at a time.
const PLACES: usize = 2;
/// Readings that may wait for a place.
const ROOM: usize = 1_000;
/// How long they may.
const PATIENCE: Duration = Duration::from_secs(1);

/// The lane.
#[derive(Debug)]
pub(super) struct LookupLimiter {
    room: Arc<Semaphore>,
    places: Semaphore,
}

/// Who has it may wait for a place.
#[derive(Debug)]
pub(super) struct LookupTicket {
    _room: OwnedSemaphorePermit,
}

impl Default for LookupLimiter {
    fn default() -> Self {
        Self {
            room: Arc::new(Semaphore::new(PLACES + ROOM)),
            places: Semaphore::new(PLACES),
        }
    }
}

impl LookupLimiter {
    /// A ticket; `None` where too many wait already.
    pub(super) fn enter(&self) -> Option<LookupTicket> {
        let room = Arc::clone(&self.room).try_acquire_owned().ok()?;
        Some(LookupTicket { _room: room })
    }

    /// Does `reading` when there is a place; `None` where there was none in time.
    pub(super) async fn pass<T>(
        &self,
        _ticket: LookupTicket,
        reading: impl Future<Output = T>,
    ) -> Option<T> {
        let place = timeout(PATIENCE, self.places.acquire()).await;
        let _place = place.ok()?.ok()?;
        Some(reading.await)
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test]
    async fn a_lane_that_stands_still_refuses_who_would_wait_for_long() {
        let lane = LookupLimiter::default();
        let held: Vec<LookupTicket> = (0..ROOM).map(|_| lane.enter().unwrap()).collect();
        let (first, second) = (lane.enter().unwrap(), lane.enter().unwrap());
        assert!(lane.enter().is_none(), "there is room for so many");
        drop(held);
        let third = lane.enter().unwrap();
        tokio::select! {
            biased;
            _ = lane.pass(first, pending::<()>()) => {}
            _ = lane.pass(second, pending::<()>()) => {}
            passed = lane.pass(third, ready(())) => assert!(passed.is_none(), "no place became free"),
        }
        let next = lane.enter().unwrap();
        assert!(lane.pass(next, ready(())).await.is_some());
    }
}

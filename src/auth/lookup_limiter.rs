//! Limits the reads of the store on behalf of unauthenticated clients.
//!
//! Any client can invent prefixes of API keys, and each causes a read. Few of these reads run at a
//! time, so that they do not delay authenticated callers, and the queue is bounded in length and
//! time.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// Maximum concurrent reads.
const MAX_READS: usize = 2;
/// Maximum reads that wait.
const MAX_WAITING: usize = 1_000;
/// Maximum wait of a read.
const MAX_WAIT: Duration = Duration::from_secs(1);

/// Limits the reads.
#[derive(Debug)]
pub(super) struct LookupLimiter {
    tickets: Arc<Semaphore>,
    reads: Semaphore,
}

/// Permits its holder to wait for a read.
#[derive(Debug)]
pub(super) struct LookupTicket {
    _permit: OwnedSemaphorePermit,
}

impl Default for LookupLimiter {
    fn default() -> Self {
        Self {
            tickets: Arc::new(Semaphore::new(MAX_READS + MAX_WAITING)),
            reads: Semaphore::new(MAX_READS),
        }
    }
}

impl LookupLimiter {
    /// A ticket; `None` if too many reads wait already.
    pub(super) fn enter(&self) -> Option<LookupTicket> {
        let permit = Arc::clone(&self.tickets).try_acquire_owned().ok()?;
        Some(LookupTicket { _permit: permit })
    }

    /// Runs `read` when fewer than the maximum run; `None` if it waited too long.
    pub(super) async fn pass<T>(
        &self,
        _ticket: LookupTicket,
        read: impl Future<Output = T>,
    ) -> Option<T> {
        let permit = timeout(MAX_WAIT, self.reads.acquire()).await;
        let _permit = permit.ok()?.ok()?;
        Some(read.await)
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test]
    async fn reads_beyond_the_queue_or_the_maximum_wait_are_refused() {
        let limiter = LookupLimiter::default();
        let held: Vec<LookupTicket> = (0..MAX_WAITING).map(|_| limiter.enter().unwrap()).collect();
        let (first, second) = (limiter.enter().unwrap(), limiter.enter().unwrap());
        assert!(limiter.enter().is_none(), "the queue is full");
        drop(held);
        let third = limiter.enter().unwrap();
        tokio::select! {
            biased;
            _ = limiter.pass(first, pending::<()>()) => {}
            _ = limiter.pass(second, pending::<()>()) => {}
            passed = limiter.pass(third, ready(())) => assert!(passed.is_none(), "no read ended in time"),
        }
        let next = limiter.enter().unwrap();
        assert!(limiter.pass(next, ready(())).await.is_some());
    }
}

//! Joins concurrent reads of the same key into one.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use parking_lot::Mutex;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

/// The reads in progress, by key. Each runs in a task of its own, so that it finishes although
/// every caller has disconnected. Cheap to clone; clones share state.
pub struct SingleFlight<K, V> {
    in_progress: Arc<Mutex<HashMap<K, SharedRead<V>>>>,
}

/// The result of a read; `None` if it panicked or was aborted.
type SharedRead<V> = Shared<BoxFuture<'static, Option<V>>>;

impl<K, V> SingleFlight<K, V>
where
    K: Clone + Eq + Hash + Send + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// The result of the read of `key` that is in progress, or else of the one that `begin`
    /// returns; `None` if the read panicked or was aborted.
    pub async fn join<E, F>(
        &self,
        tasks: &TaskTracker,
        key: &K,
        begin: impl FnOnce() -> Result<F, E>,
    ) -> Result<Option<V>, E>
    where
        F: Future<Output = V> + Send + 'static,
    {
        let answer = {
            let mut in_progress = self.in_progress.lock();
            if let Some(answer) = in_progress.get(key) {
                answer.clone()
            } else {
                let reading = begin()?;
                let removal = Removal {
                    single_flight: self.clone(),
                    key: key.clone(),
                };
                // It cannot end before it is in the map, which is locked.
                let task = tasks.spawn(
                    async move {
                        let _removal = removal;
                        reading.await
                    }
                    .in_current_span(),
                );
                let answer = task.map(Result::ok).boxed().shared();
                in_progress.insert(key.clone(), answer.clone());
                answer
            }
        };
        Ok(answer.await)
    }
}

/// Removes a read from the map when it ends, however it ends.
struct Removal<K, V>
where
    K: Clone + Eq + Hash + Send + 'static,
    V: Clone + Send + Sync + 'static,
{
    single_flight: SingleFlight<K, V>,
    key: K,
}

impl<K, V> Drop for Removal<K, V>
where
    K: Clone + Eq + Hash + Send + 'static,
    V: Clone + Send + Sync + 'static,
{
    fn drop(&mut self) {
        self.single_flight.in_progress.lock().remove(&self.key);
    }
}

impl<K, V> Default for SingleFlight<K, V> {
    fn default() -> Self {
        Self {
            in_progress: Arc::default(),
        }
    }
}

impl<K, V> Clone for SingleFlight<K, V> {
    fn clone(&self) -> Self {
        Self {
            in_progress: Arc::clone(&self.in_progress),
        }
    }
}

impl<K, V> fmt::Debug for SingleFlight<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SingleFlight").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures_util::future::join_all;
    use tokio::sync::Semaphore;

    use super::*;

    #[tokio::test]
    async fn callers_of_the_same_key_wait_for_one_read() {
        let (single_flight, tasks) = (SingleFlight::default(), TaskTracker::new());
        let (readings, gate) = (Arc::new(AtomicU32::new(0)), Arc::new(Semaphore::new(0)));
        let ask = |key| {
            let (readings, gate) = (Arc::clone(&readings), Arc::clone(&gate));
            let begin = move || {
                Ok::<_, ()>(async move {
                    drop(gate.acquire().await);
                    (key, readings.fetch_add(1, Ordering::Relaxed))
                })
            };
            let (single_flight, tasks) = (&single_flight, &tasks);
            async move { single_flight.join(tasks, &key, begin).await }
        };
        let many = join_all((0..100).map(|n| Box::pin(ask(n % 2))));
        let opened = async { gate.add_permits(9) };
        let (answers, ()) = tokio::join!(many, opened);
        assert!(
            answers
                .iter()
                .all(|answer| *answer == answers[0] || *answer == answers[1])
        );
        assert_ne!(answers[0], answers[1]);
        assert_eq!(readings.load(Ordering::Relaxed), 2);
        // After the read has ended, the key is read again.
        assert_eq!(ask(0).await, Ok(Some((0, 2))));
    }

    #[tokio::test]
    async fn a_read_ends_although_no_caller_waits_for_it_or_it_panics() {
        let (single_flight, tasks) = (SingleFlight::<_, u32>::default(), TaskTracker::new());
        tokio::select! {
            biased;
            _ = single_flight.join(&tasks, &1, || Ok::<_, ()>(async { panic!("it fails") })) => {}
            () = async {} => {}
        }
        tasks.close();
        tasks.wait().await;
        let answer = single_flight
            .join(&tasks, &1, || Ok::<_, ()>(async { 7 }))
            .await;
        assert_eq!(answer, Ok(Some(7)));
        let refused = single_flight.join(&tasks, &1, || Err::<std::future::Ready<u32>, _>("full"));
        assert_eq!(refused.await, Err("full"));
    }
}

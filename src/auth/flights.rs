//! Readings in flight: a request for the same one waits for its answer.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

/// One reading a key at a time, each in a task of its own, so that it ends in order though everybody who asked has gone away. A clone
/// is the same.
pub(super) struct Flights<K, V> {
    under_way: Arc<Mutex<HashMap<K, Answer<V>>>>,
}

/// `None`: the reading did not come to its end.
type Answer<V> = Shared<BoxFuture<'static, Option<V>>>;

impl<K, V> Flights<K, V>
where
    K: Clone + Eq + Hash + Send + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// What the reading of `key` brings that is under way, or else the one that `begin` makes; `None` where it is cut off.
    pub(super) async fn join<E, F>(
        &self,
        tasks: &TaskTracker,
        key: &K,
        begin: impl FnOnce() -> Result<F, E>,
    ) -> Result<Option<V>, E>
    where
        F: Future<Output = V> + Send + 'static,
    {
        let answer = {
            let mut under_way = self.lock();
            if let Some(answer) = under_way.get(key) {
                answer.clone()
            } else {
                let reading = begin()?;
                let landed = Landing {
                    flights: self.clone(),
                    key: key.clone(),
                };
                // It cannot end before it stands in the map: that is locked.
                let task = tasks.spawn(
                    async move {
                        let _landed = landed;
                        reading.await
                    }
                    .in_current_span(),
                );
                let answer = task.map(Result::ok).boxed().shared();
                under_way.insert(key.clone(), answer.clone());
                answer
            }
        };
        Ok(answer.await)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Answer<V>>> {
        // Nothing in here can panic half-way, so a poisoned map is a whole one.
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes a reading out of the map when it ends, however it ends.
struct Landing<K, V>
where
    K: Clone + Eq + Hash + Send + 'static,
    V: Clone + Send + Sync + 'static,
{
    flights: Flights<K, V>,
    key: K,
}

impl<K, V> Drop for Landing<K, V>
where
    K: Clone + Eq + Hash + Send + 'static,
    V: Clone + Send + Sync + 'static,
{
    fn drop(&mut self) {
        self.flights.lock().remove(&self.key);
    }
}

impl<K, V> Default for Flights<K, V> {
    fn default() -> Self {
        Self {
            under_way: Arc::default(),
        }
    }
}

impl<K, V> Clone for Flights<K, V> {
    fn clone(&self) -> Self {
        Self {
            under_way: Arc::clone(&self.under_way),
        }
    }
}

impl<K, V> fmt::Debug for Flights<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flights").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures_util::future::join_all;
    use tokio::sync::Semaphore;

    use super::*;

    #[tokio::test]
    async fn those_who_ask_for_the_same_wait_for_one_reading() {
        let (flights, tasks) = (Flights::default(), TaskTracker::new());
        let (readings, gate) = (Arc::new(AtomicU32::new(0)), Arc::new(Semaphore::new(0)));
        let ask = |key| {
            let (readings, gate) = (Arc::clone(&readings), Arc::clone(&gate));
            let begin = move || {
                Ok::<_, ()>(async move {
                    drop(gate.acquire().await);
                    (key, readings.fetch_add(1, Ordering::Relaxed))
                })
            };
            let (flights, tasks) = (&flights, &tasks);
            async move { flights.join(tasks, &key, begin).await }
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
        // What has ended is read again.
        assert_eq!(ask(0).await, Ok(Some((0, 2))));
    }

    #[tokio::test]
    async fn a_reading_ends_though_nobody_waits_for_it_and_though_it_fails() {
        let (flights, tasks) = (Flights::<_, u32>::default(), TaskTracker::new());
        tokio::select! {
            biased;
            _ = flights.join(&tasks, &1, || Ok::<_, ()>(async { panic!("it fails") })) => {}
            () = async {} => {}
        }
        tasks.close();
        tasks.wait().await;
        let answer = flights.join(&tasks, &1, || Ok::<_, ()>(async { 7 })).await;
        assert_eq!(answer, Ok(Some(7)));
        let refused = flights.join(&tasks, &1, || Err::<std::future::Ready<u32>, _>("full"));
        assert_eq!(refused.await, Err("full"));
    }
}

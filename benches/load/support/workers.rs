//! Distributes jobs over concurrent workers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::task::JoinSet;

/// Runs the jobs `0..jobs` on this number of workers; the results, in any order. Stops at the first
/// error.
pub async fn run<T, Job, Done>(workers: usize, jobs: u64, job: Job) -> anyhow::Result<Vec<T>>
where
    T: Send + 'static,
    Job: Fn(u64) -> Done + Clone + Send + 'static,
    Done: Future<Output = anyhow::Result<T>> + Send,
{
    let next = Arc::new(AtomicU64::new(0));
    let mut tasks = JoinSet::new();
    for _ in 0..workers {
        let (next, job) = (Arc::clone(&next), job.clone());
        tasks.spawn(async move {
            let mut results = Vec::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= jobs {
                    return anyhow::Ok(results);
                }
                results.push(job(index).await?);
            }
        });
    }
    let mut all = Vec::new();
    while let Some(results) = tasks.join_next().await {
        all.extend(results??);
    }
    Ok(all)
}

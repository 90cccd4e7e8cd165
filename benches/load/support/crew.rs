//! So many workers at once, who share so many jobs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::task::JoinSet;

/// Has `workers` do the jobs `0..jobs`, each job once; what they brought, in no order. The first failure ends it.
pub async fn share<T, Job, Done>(workers: usize, jobs: u64, job: Job) -> anyhow::Result<Vec<T>>
where
    T: Send + 'static,
    Job: Fn(u64) -> Done + Clone + Send + 'static,
    Done: Future<Output = anyhow::Result<T>> + Send,
{
    let next = Arc::new(AtomicU64::new(0));
    let mut crew = JoinSet::new();
    for _ in 0..workers {
        let (next, job) = (Arc::clone(&next), job.clone());
        crew.spawn(async move {
            let mut brought = Vec::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= jobs {
                    return anyhow::Ok(brought);
                }
                brought.push(job(index).await?);
            }
        });
    }
    let mut all = Vec::new();
    while let Some(brought) = crew.join_next().await {
        all.extend(brought??);
    }
    Ok(all)
}

//! Waiting for a condition, with one limit for all.

use std::time::{Duration, Instant};

use super::PATIENCE;

const PAUSE: Duration = Duration::from_millis(10);

/// Polls until there is a value. Blocks its thread.
#[track_caller]
#[expect(clippy::disallowed_methods, reason = "a test waits for a process")]
pub fn until<T>(mut poll: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(value) = poll() {
            return value;
        }
        assert!(began.elapsed() < PATIENCE, "nothing within {PATIENCE:?}");
        std::thread::sleep(PAUSE);
    }
}

/// Polls until the condition holds.
pub async fn eventually(mut holds: impl AsyncFnMut() -> bool) {
    let polled = async {
        while !holds().await {
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::time::timeout(PATIENCE, polled)
        .await
        .expect("the condition holds in time");
}

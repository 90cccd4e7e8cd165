//! Somebody who watches a migration elsewhere than where it was asked for, and goes on watching when the stream breaks.

use std::time::Duration;

use waba_migrator::proto::v1::{State, WatchRequest};

use super::fleet::Fleet;

/// The sequences that were seen, in the order in which they came, until the migration ended.
pub async fn watch(fleet: &Fleet, id: &str, mut n: usize) -> Vec<i64> {
    let mut seen = Vec::new();
    loop {
        n += 1;
        tokio::time::sleep(Duration::from_millis(100)).await;
        let mut client = fleet.client(n);
        let request = WatchRequest {
            migration_id: id.to_owned(),
            after_sequence: seen.last().copied().unwrap_or_default(),
        };
        let Ok(stream) = client.watch(request).await else {
            continue;
        };
        let mut stream = stream.into_inner();
        while let Ok(Some(answer)) = stream.message().await {
            let event = answer.event.unwrap();
            seen.push(event.sequence);
            if event.state() == State::Succeeded {
                return seen;
            }
        }
    }
}

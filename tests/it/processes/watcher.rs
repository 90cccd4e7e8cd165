//! A watcher that uses another process than the caller, and resumes the watch when the stream
//! breaks.

use std::time::Duration;

use waba_migrator::proto::v1::{State, WatchRequest};

use super::replicas::Replicas;

/// The sequences of the received events, in order of arrival, until the migration ended.
pub async fn watch(replicas: &Replicas, id: &str, mut n: usize) -> Vec<i64> {
    let mut seen = Vec::new();
    loop {
        n += 1;
        tokio::time::sleep(Duration::from_millis(100)).await;
        let mut client = replicas.client(n);
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

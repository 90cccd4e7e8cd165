//! The events of a migration as they are committed. Reconnects when a connection breaks.

use std::time::Duration;

use tonic::{Code, Status, Streaming};

use super::client::ServiceClient;
use super::failure::Failure;
use crate::proto::v1::{Event, State, WatchRequest, WatchResponse};

/// A stream of the events of one migration that reconnects.
pub(super) struct ReconnectingWatch {
    client: ServiceClient,
    migration_id: String,
    /// Sequence of the last event received.
    after: i64,
    stream: Option<Streaming<WatchResponse>>,
    /// Consecutive failures.
    failures: u32,
    ended: bool,
}

/// Maximum consecutive retries: one to two minutes in all.
const TRIES: u32 = 8;

impl ReconnectingWatch {
    /// The events after the sequence `after`.
    pub(super) fn new(client: &ServiceClient, migration_id: &str, after: i64) -> Self {
        Self {
            client: client.clone(),
            migration_id: migration_id.to_owned(),
            after,
            stream: None,
            failures: 0,
            ended: false,
        }
    }

    /// The next event; `None` after the one that ended the migration. Cancel safe.
    pub(super) async fn next(&mut self) -> Result<Option<Event>, Failure> {
        while !self.ended {
            match self.poll().await {
                Ok(Some(event)) => {
                    self.failures = 0;
                    self.after = event.sequence;
                    self.ended = is_terminal(event.state());
                    return Ok(Some(event));
                }
                // The migration had ended before, and has no event after the sequence.
                Ok(None) => self.ended = true,
                Err(status) if is_transient(status.code()) && self.failures < TRIES => {
                    self.stream = None;
                    let pause = Duration::from_millis(250 << self.failures);
                    self.failures += 1;
                    tokio::time::sleep(pause).await;
                }
                Err(status) => return Err(status.into()),
            }
        }
        Ok(None)
    }

    async fn poll(&mut self) -> Result<Option<Event>, Status> {
        if self.stream.is_none() {
            let request = WatchRequest {
                migration_id: self.migration_id.clone(),
                after_sequence: self.after,
            };
            self.stream = Some(self.client.watch(request).await?.into_inner());
        }
        match &mut self.stream {
            Some(stream) => Ok(stream.message().await?.and_then(|message| message.event)),
            None => Ok(None),
        }
    }
}

/// Whether the migration has ended.
pub(super) const fn is_terminal(state: State) -> bool {
    matches!(
        state,
        State::Succeeded | State::Failed | State::Canceled | State::Expired
    )
}

/// Whether a retry may succeed.
const fn is_transient(code: Code) -> bool {
    matches!(
        code,
        Code::Unavailable | Code::Unknown | Code::Cancelled | Code::Internal
    )
}

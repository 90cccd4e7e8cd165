//! Polls the store for commits of other processes to watched migrations, in case a notification is
//! lost.
//!
//! One poll for the whole process: its cost grows with the number of watched migrations, and not
//! with the number of streams and calls that wait.

use std::collections::HashMap;

use tokio_util::sync::CancellationToken;

use super::claim_loop::STORE_PAUSE;
use super::{Engine, log};
use crate::store::{self, Store};

/// Migrations per statement.
const BATCH: usize = 500;

impl<S: Store> Engine<S> {
    /// Polls at the configured interval, and as soon as notifications may have been lost, until
    /// `stop`.
    pub(super) async fn poll(&self, stop: &CancellationToken) {
        let parts = &self.parts;
        let mut pause = parts.settings.poll;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = parts.missed.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
            pause = parts.settings.poll;
            if let Err(error) = self.poll_watched().await {
                log::store_failed(&error, None, "watched migrations could not be read");
                pause = pause.min(STORE_PAUSE);
            }
        }
    }

    async fn poll_watched(&self) -> Result<(), store::Error> {
        let parts = &self.parts;
        for watched in parts.feed.watched().chunks(BATCH) {
            let found = parts.store.last_sequences(watched).await?;
            let found: HashMap<_, _> = found.into_iter().collect();
            for (tenant, id) in watched {
                match found.get(id) {
                    Some(sequence) => parts.feed.found(tenant, *id, *sequence),
                    None => parts.feed.missing(tenant, *id),
                }
            }
        }
        Ok(())
    }
}

//! Finds what other processes committed to the migrations that are waited for here, where no notification tells of it.
//!
//! One poll for the whole process: what it costs grows with the number of migrations that are waited for, and not with the
//! number of streams and calls that wait.

use std::collections::HashMap;

use tokio_util::sync::CancellationToken;

use super::claim_loop::STORE_PAUSE;
use super::{Engine, log};
use crate::store::{self, Store};

/// Migrations that one statement asks for.
const BATCH: usize = 500;

impl<S: Store> Engine<S> {
    /// Polls from time to time, and as soon as notifications may have been lost, until `stop`.
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
            if let Err(error) = self.ask_for_watched().await {
                log::store_failed(
                    &error,
                    None,
                    "the migrations that are waited for could not be read",
                );
                pause = pause.min(STORE_PAUSE);
            }
        }
    }

    async fn ask_for_watched(&self) -> Result<(), store::Error> {
        let parts = &self.parts;
        for ids in parts.hub.watched().chunks(BATCH) {
            let found: HashMap<_, _> = parts.store.last_sequences(ids).await?.into_iter().collect();
            for id in ids {
                match found.get(id) {
                    Some(sequence) => parts.hub.found(*id, *sequence),
                    None => parts.hub.missing(*id),
                }
            }
        }
        Ok(())
    }
}

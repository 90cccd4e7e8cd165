//! The pool of connections that read.
//!
//! Reading a few rows from the page cache takes about 20 µs, less than a switch to another thread
//! and back: it is done on the calling thread. Long reads, such as lists, run on blocking threads.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use rusqlite::Connection;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::connect;
use crate::store::Error;

/// Maximum concurrent long reads of callers: more would slow each other down, and the engine's
/// claims.
const LONG_READS: usize = 8;
/// Maximum wait for a slot for a long read.
const SLOT_TIMEOUT: Duration = Duration::from_secs(4);

const BUSY: &str = "too many long reads at the same time: no slot became free in time";

/// Connections that read: as many as there are concurrent reads, reused afterwards.
#[derive(Debug)]
pub(super) struct Readers {
    path: PathBuf,
    slots: Arc<Semaphore>,
    state: Mutex<State>,
    returned: Condvar,
}

#[derive(Debug, Default)]
struct State {
    free: Vec<Connection>,
    borrowed: usize,
    closed: bool,
}

/// A borrowed connection; returned when dropped.
struct Borrowed<'a> {
    readers: &'a Readers,
    connection: Option<Connection>,
}

impl Readers {
    /// Readers of the file at `path`.
    pub(super) fn new(path: PathBuf) -> Arc<Self> {
        Arc::new(Self {
            path,
            slots: Arc::new(Semaphore::new(LONG_READS)),
            state: Mutex::default(),
            returned: Condvar::new(),
        })
    }

    /// Runs a short read on the calling thread.
    pub(super) fn read<T>(
        &self,
        reading: impl FnOnce(&Connection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut borrowed = self.borrow()?;
        let connection = match borrowed.connection.take() {
            Some(connection) => connection,
            None => connect::reader(&self.path)?,
        };
        reading(borrowed.connection.insert(connection))
    }

    /// Runs a caller's long read once there is a slot for it. It holds its slot to its end, even if
    /// the caller stops waiting.
    pub(super) async fn read_long_for_caller<T: Send + 'static>(
        self: &Arc<Self>,
        reading: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let slot = timeout(SLOT_TIMEOUT, Arc::clone(&self.slots).acquire_owned()).await;
        let slot = slot.map_err(|_| Error::Busy(BUSY))?;
        let slot = slot.map_err(|_| Error::Closed)?;
        let with_slot = move |connection: &_| {
            let _slot = slot;
            reading(connection)
        };
        self.read_long(with_slot).await
    }

    /// Runs a long read on a blocking thread.
    pub(super) async fn read_long<T: Send + 'static>(
        self: &Arc<Self>,
        reading: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let readers = Arc::clone(self);
        tokio::task::spawn_blocking(move || readers.read(reading))
            .await
            // The runtime has stopped.
            .unwrap_or(Err(Error::Closed))
    }

    /// Closes the connections once all of them were returned. Later reads fail with
    /// [`Error::Closed`].
    pub(super) fn close(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        self.returned
            .wait_while(&mut state, |state| state.borrowed > 0);
        state.free.clear();
    }

    fn borrow(&self) -> Result<Borrowed<'_>, Error> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(Error::Closed);
        }
        state.borrowed = state.borrowed.saturating_add(1);
        Ok(Borrowed {
            readers: self,
            connection: state.free.pop(),
        })
    }
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        let mut state = self.readers.state.lock();
        state.borrowed = state.borrowed.saturating_sub(1);
        state.free.extend(self.connection.take());
        self.readers.returned.notify_all();
    }
}

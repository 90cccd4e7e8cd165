//! The connections that read, lent out one by one.
//!
//! A reading of a few rows out of the page cache takes some 20 µs, less than handing it to another thread and back: it is
//! done where it is asked for. Lists can be long, and are done beside the threads that answer.

use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::connect;
use crate::store::Error;

/// Callers' long readings at a time: further ones would hold back each other, and what the engine claims.
const PLACES: usize = 8;
/// How long a place for one is waited for.
const PATIENCE: Duration = Duration::from_secs(4);

const BUSY: &str = "all places for long readings are taken, and none became free in time";

/// Connections that read. As many as there are readings at once; they are kept for the next.
#[derive(Debug)]
pub(super) struct Readers {
    path: PathBuf,
    places: Arc<Semaphore>,
    state: Mutex<State>,
    returned: Condvar,
}

#[derive(Debug, Default)]
struct State {
    free: Vec<Connection>,
    lent: usize,
    closed: bool,
}

/// A connection on loan. Dropped, it is given back.
struct Loan<'a> {
    readers: &'a Readers,
    connection: Option<Connection>,
}

impl Readers {
    /// Readers of the file at `path`.
    pub(super) fn new(path: PathBuf) -> Arc<Self> {
        Arc::new(Self {
            path,
            places: Arc::new(Semaphore::new(PLACES)),
            state: Mutex::default(),
            returned: Condvar::new(),
        })
    }

    /// Does a short reading, on this very thread.
    pub(super) fn read<T>(
        &self,
        reading: impl FnOnce(&Connection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut loan = self.lend()?;
        let connection = match loan.connection.take() {
            Some(connection) => connection,
            None => connect::reader(&self.path)?,
        };
        reading(loan.connection.insert(connection))
    }

    /// Does a caller's reading that may take long, when there is a place for one. It keeps its place to its end, though its caller
    /// has gone away.
    pub(super) async fn read_long_for_caller<T: Send + 'static>(
        self: &Arc<Self>,
        reading: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let place = timeout(PATIENCE, Arc::clone(&self.places).acquire_owned()).await;
        let place = place.map_err(|_| Error::Busy(BUSY))?;
        let place = place.map_err(|_| Error::Closed)?;
        let within_place = move |connection: &_| {
            let _place = place;
            reading(connection)
        };
        self.read_long(within_place).await
    }

    /// Does a reading that may take long, on a thread for such.
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

    /// Closes the connections, once all of them were given back. Whoever comes later is answered [`Error::Closed`].
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        while state.lent > 0 {
            state = self
                .returned
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.free.clear();
    }

    fn lend(&self) -> Result<Loan<'_>, Error> {
        let mut state = self.lock();
        if state.closed {
            return Err(Error::Closed);
        }
        state.lent = state.lent.saturating_add(1);
        Ok(Loan {
            readers: self,
            connection: state.free.pop(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here can panic half-way, so a poisoned state is a whole one.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        let mut state = self.readers.lock();
        state.lent = state.lent.saturating_sub(1);
        state.free.extend(self.connection.take());
        self.readers.returned.notify_all();
    }
}

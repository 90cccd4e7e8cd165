//! SQLite: one file, for one machine.
//!
//! Owns the file. Every write goes through one writer, which commits waiting writes in groups;
//! reads use connections that cannot write. A write is on the disk before its caller gets the
//! answer.
//!
//! SQLite is called directly rather than through an asynchronous driver, which would pass each
//! statement and each row from thread to thread at a higher cost than the work itself.

#![expect(
    clippy::unused_async,
    reason = "the methods are those of the PostgreSQL backend, which waits for its server"
)]

mod api_keys;
mod claim;
mod connect;
mod encryption;
mod error;
mod list;
mod lock;
mod population;
#[cfg(test)]
mod query_plan_tests;
mod read;
mod readers;
mod removal;
mod rows;
mod schema;
mod statement;
mod target;
mod tenants;
mod usage;
mod workers;
mod write;
mod writer;

use std::fs::File as LockFile;
use std::path::PathBuf;
use std::sync::Arc;

use self::readers::Readers;
use self::writer::{File, Writer};
use super::Error;
use super::number_hash::NumberHasher;
use crate::crypto::Keyring;

/// A store in one SQLite file. Cheap to clone; clones share state.
#[derive(Debug, Clone)]
pub(super) struct Sqlite {
    readers: Arc<Readers>,
    writer: Arc<Writer>,
}

impl Sqlite {
    /// Opens the store at `url`, see [`Database::open`](super::Database::open).
    pub(super) async fn open(url: &str, keyring: Keyring) -> Result<(Self, NumberHasher), Error> {
        let path = connect::path(url)?;
        // It may have to wait for another process.
        let opened = tokio::task::spawn_blocking(move || Self::open_file(path, &keyring)).await;
        opened.unwrap_or(Err(Error::Closed))
    }

    fn open_file(path: PathBuf, keyring: &Keyring) -> Result<(Self, NumberHasher), Error> {
        let connection = connect::writer(&path)?;
        schema::bring_up_to_date(&connection)?;
        let hasher = schema::number_hasher(&connection, keyring)?;
        let log = connect::log(&path);
        let readers = Readers::new(path);
        let writer = Writer::start(File { connection, log }, Arc::clone(&readers))?;
        let store = Self {
            readers,
            writer: Arc::new(writer),
        };
        Ok((store, hasher))
    }

    /// Locks the store at `url` for one service, until the lock is dropped or the process ends.
    pub(super) fn lock(url: &str) -> Result<LockFile, Error> {
        lock::take(&connect::path(url)?)
    }

    /// Finishes the writes that were accepted and closes the file.
    pub(super) async fn close(&self) {
        self.writer.close().await;
    }
}

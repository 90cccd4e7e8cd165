//! Reads the TLS files again when they have changed.

use std::hash::{DefaultHasher, Hasher as _};
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use super::{Tls, TlsSettings};
use crate::util::error_chain::chain;
use crate::util::reload;
use crate::util::sighup::SighupStream;

/// A hash of the contents of each file; `None` for a missing one. Times and sizes do not change
/// when a file is written twice within one tick of the file system's clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileHashes(Vec<Option<u64>>);

impl FileHashes {
    pub(super) fn of(files: &TlsSettings) -> Self {
        let hash = |path| {
            let contents = Zeroizing::new(std::fs::read(path).ok()?);
            let mut hasher = DefaultHasher::new();
            hasher.write(&contents);
            Some(hasher.finish())
        };
        Self(files.paths().map(hash).collect())
    }
}

pub(super) async fn run(tls: Tls, stop: CancellationToken) {
    let every = tls.files.reload_interval;
    let (hashes, files) = (tls.hashes.clone(), Arc::clone(&tls.files));
    let fingerprint = move || FileHashes::of(&files);
    let sighups = SighupStream::listen();
    reload::on_change(every, sighups, stop, hashes, fingerprint, move || {
        load(&tls);
    })
    .await;
}

fn load(tls: &Tls) {
    match tls.files.load() {
        Ok(loaded) => {
            tls.current.send_replace(Arc::new(loaded));
            tracing::info!(
                "TLS files reloaded: new connections use them, and connections of clients whose \
                 authority was removed are closed"
            );
        }
        Err(error) => {
            let error = chain(&error);
            tracing::error!(%error, "cannot reload the TLS files: the previous ones stay in force");
        }
    }
}

//! Reads the files of TLS again when they have changed.

use std::hash::{DefaultHasher, Hasher as _};
use std::sync::Arc;

use zeroize::Zeroizing;

use super::trust::Loaded;
use super::{Error, Files, Tls};
use crate::util::error_chain::chain;
use crate::util::hangup::Hangups;

/// What tells that a file has changed: a hash of what it holds. Times and sizes do not tell of a file that is written
/// twice in one moment of the file system's clock. A file that is not there has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamps(Vec<Option<u64>>);

impl Stamps {
    pub(super) fn of(files: &Files) -> Self {
        let stamp = |path| {
            let held = Zeroizing::new(std::fs::read(path).ok()?);
            let mut hasher = DefaultHasher::new();
            hasher.write(&held);
            Some(hasher.finish())
        };
        Self(files.paths().map(stamp).collect())
    }
}

/// Looks every so often, and when the process gets SIGHUP.
pub(super) async fn run(tls: Tls) {
    let mut hangups = Hangups::heard();
    let mut known = tls.stamps.clone();
    loop {
        let asked = tokio::select! {
            () = hangups.next() => true,
            () = tokio::time::sleep(tls.look_every) => false,
        };
        let files = Arc::clone(&tls.files);
        let before = known.clone();
        let look = move || look(&files, &before, asked);
        let Ok((stamps, read)) = tokio::task::spawn_blocking(look).await else {
            continue;
        };
        known = stamps;
        match read {
            None => {}
            Some(Ok(loaded)) => {
                tls.current.send_replace(Arc::new(loaded));
                tracing::info!(
                    "new connections get the TLS certificate as its files are now; connections of clients whose authority left are closed"
                );
            }
            Some(Err(error)) => {
                let error = chain(&error);
                tracing::error!(%error, "the TLS files cannot be used as they are now: what was read before stays in force");
            }
        }
    }
}

/// The files as they are, and what they hold where they have changed, or where that was asked.
fn look(files: &Files, known: &Stamps, asked: bool) -> (Stamps, Option<Result<Loaded, Error>>) {
    let stamps = Stamps::of(files);
    let read = (asked || stamps != *known).then(|| files.read());
    (stamps, read)
}

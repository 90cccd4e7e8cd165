//! Takes up what changes in the key file while the process runs.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Keyring;
use super::error::list;
use crate::util::reload;
use crate::util::sighup::SighupStream;

/// How often the file is looked at. To look is one call to the system, which reads nothing.
const EVERY: Duration = Duration::from_secs(2);

/// What changes about a file when it is replaced, written to or let be read.
#[derive(PartialEq, Eq)]
struct Stamp {
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Keyring {
    /// A process that follows its key file seals with a newly activated key after at most so long, saves under way
    /// included.
    pub const RELOADED_WITHIN: Duration = Duration::from_secs(5);

    /// Reads the key file again whenever it has changed, and when the process gets SIGHUP, until `stop`. A file that cannot
    /// be used is told once and changes nothing. Ends at once where the keys come from no file.
    pub async fn reload_on_change(self, stop: CancellationToken) {
        // Heard even where there is nothing to read: whoever sends it does not mean the process to end.
        self.look_every(EVERY, SighupStream::listen(), stop).await;
    }

    async fn look_every(self, every: Duration, sighups: SighupStream, stop: CancellationToken) {
        let Some(path) = self.file().map(|file| file.path().to_owned()) else {
            return;
        };
        let file = path.clone();
        // `Some(None)`: there is no file, which is logged once, too.
        let stamp = move || Some(Stamp::of(&file));
        let reload = move || self.take_up(&path);
        reload::on_change(every, sighups, stop, None, stamp, reload).await;
    }

    fn take_up(&self, path: &Path) {
        match self.reload() {
            Ok(false) => {}
            Ok(true) => tracing::info!(
                key.active = %self.active(),
                key.all = list(&self.names()),
                "the key file {} has changed, and its keys are in force from now on",
                path.display()
            ),
            Err(error) => tracing::error!(
                error = &error as &dyn std::error::Error,
                "the key file {} cannot be used as it is now: the keys that were read before stay in force",
                path.display()
            ),
        }
    }
}

impl Stamp {
    fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        Some(Self {
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use tokio::signal::unix::{SignalKind, signal};
    use tokio_util::task::TaskTracker;

    use super::*;
    use crate::crypto::{KeyFile, KeyId};

    async fn becomes_active(keyring: &Keyring, key: &KeyId) {
        let looked = async {
            while keyring.active() != *key {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let patience = Duration::from_secs(30);
        tokio::time::timeout(patience, looked).await.unwrap();
    }

    #[tokio::test]
    async fn a_key_that_is_activated_seals_soon() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("db.key");
        let keyring = Keyring::create(&path).unwrap();
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let every = Duration::from_millis(2);
        tasks.spawn(
            keyring
                .clone()
                .look_every(every, SighupStream::none(), stop.clone()),
        );
        let second = KeyFile::new(path.clone()).add_active().unwrap();
        becomes_active(&keyring, &second).await;

        // A file that cannot be used, and none at all, are no end of it.
        fs::write(&path, "nonsense").unwrap();
        fs::remove_file(&path).unwrap();
        let third = Keyring::create(&path).unwrap().active();
        becomes_active(&keyring, &third).await;
        stop.cancel();
        tasks.close();
        tasks.wait().await;
    }

    #[tokio::test]
    async fn who_is_asked_looks_at_once() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("db.key");
        let keyring = Keyring::create(&path).unwrap();
        let hangups = signal(SignalKind::hangup()).unwrap();
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let every = Duration::from_hours(1);
        tasks.spawn(
            keyring
                .clone()
                .look_every(every, hangups.into(), stop.clone()),
        );
        // It has looked for the first time then.
        tokio::task::yield_now().await;
        let second = KeyFile::new(path).add_active().unwrap();
        let own = std::process::id().to_string();
        assert!(
            Command::new("kill")
                .args(["-HUP", &own])
                .status()
                .unwrap()
                .success()
        );
        becomes_active(&keyring, &second).await;
        stop.cancel();
        tasks.close();
        tasks.wait().await;
    }

    #[tokio::test]
    async fn there_is_nothing_to_follow_without_a_file() {
        let text = format!("k {}", "11".repeat(32));
        let keyring = Keyring::from_text("secrets.keys", &text).unwrap();
        keyring.reload_on_change(CancellationToken::new()).await;
    }
}

//! Reloads the key file when it changes.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Keyring;
use super::error::list;
use crate::util::reload;
use crate::util::sighup::SighupStream;

/// Interval of the checks of the file. A check is one system call, which reads no contents.
const INTERVAL: Duration = Duration::from_secs(2);

/// The metadata that changes when a file is replaced, written or gets other permissions.
#[derive(PartialEq, Eq)]
struct Stamp {
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Keyring {
    /// Maximum time until a running process seals with a newly activated key, including the saves
    /// that were under way.
    pub const RELOADED_WITHIN: Duration = Duration::from_secs(5);

    /// Reloads the key file when it changes, and on SIGHUP, until `stop`. An unusable file is
    /// logged once and changes nothing. Returns at once if there is no key file.
    pub async fn reload_on_change(self, stop: CancellationToken) {
        // SIGHUP is handled even without a file: it must not end the process.
        self.check_every(INTERVAL, SighupStream::listen(), stop)
            .await;
    }

    async fn check_every(self, every: Duration, sighups: SighupStream, stop: CancellationToken) {
        let Some(path) = self.file().map(|file| file.path().to_owned()) else {
            return;
        };
        let file = path.clone();
        // `Some(None)`: there is no file, which is logged once, too.
        let stamp = move || Some(Stamp::of(&file));
        let reload = move || self.reload_and_log(&path);
        reload::on_change(every, sighups, stop, None, stamp, reload).await;
    }

    fn reload_and_log(&self, path: &Path) {
        match self.reload() {
            Ok(false) => {}
            Ok(true) => tracing::info!(
                key.active = %self.active(),
                key.all = list(&self.names()),
                "the key file {} has changed: its keys are now used",
                path.display()
            ),
            Err(error) => tracing::error!(
                error = &error as &dyn std::error::Error,
                "the key file {} cannot be used: the previous keys stay in use",
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
        let activated = async {
            while keyring.active() != *key {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let patience = Duration::from_secs(30);
        tokio::time::timeout(patience, activated).await.unwrap();
    }

    #[tokio::test]
    async fn an_activated_key_seals_soon() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("db.key");
        let keyring = Keyring::create(&path).unwrap();
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let every = Duration::from_millis(2);
        tasks.spawn(
            keyring
                .clone()
                .check_every(every, SighupStream::none(), stop.clone()),
        );
        let second = KeyFile::new(path.clone()).add_active().unwrap();
        becomes_active(&keyring, &second).await;

        // Neither an unusable nor a missing file ends it.
        fs::write(&path, "nonsense").unwrap();
        fs::remove_file(&path).unwrap();
        let third = Keyring::create(&path).unwrap().active();
        becomes_active(&keyring, &third).await;
        stop.cancel();
        tasks.close();
        tasks.wait().await;
    }

    #[tokio::test]
    async fn sighup_reloads_at_once() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("db.key");
        let keyring = Keyring::create(&path).unwrap();
        let hangups = signal(SignalKind::hangup()).unwrap();
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let every = Duration::from_hours(1);
        tasks.spawn(
            keyring
                .clone()
                .check_every(every, hangups.into(), stop.clone()),
        );
        // The first check is done then.
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
    async fn without_a_file_there_is_nothing_to_reload() {
        let text = format!("k {}", "11".repeat(32));
        let keyring = Keyring::from_text("encryption.keys", &text).unwrap();
        keyring.reload_on_change(CancellationToken::new()).await;
    }
}

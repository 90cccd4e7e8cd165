//! The keyring: the keys that this process seals and opens with, and their source.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use zeroize::Zeroizing;

use super::sealed_record::SealedRecord;
use super::wrapping_keys::WrappingKeys;
use super::{AssociatedData, Error, KeyFile, KeyId, KeySource, key_file, key_text};

/// The active key, which seals, and others that only open. Cheap to clone; clones share state.
///
/// Keys of a file are reloaded when a record has an unknown key: another process may use a key that
/// was added later. [`Keyring::reload_on_change`] reloads on other changes.
#[derive(Clone)]
pub struct Keyring {
    shared: Arc<Shared>,
}

struct Shared {
    origin: KeySource,
    keys: RwLock<Arc<WrappingKeys>>,
    /// Locked while the file is read, so that the last read wins.
    reading: Mutex<()>,
}

/// The key that wrapped a sealed record.
pub fn key_of(sealed: &[u8]) -> Result<KeyId, Error> {
    SealedRecord::from_bytes(sealed).map(|envelope| envelope.key)
}

impl Keyring {
    /// Reads the key file at `path`; creates one with a new key where there is none.
    pub fn load_or_create(path: &Path) -> Result<Self, Error> {
        key_file::load_or_create(path).map(|keys| Self::new(KeySource::File(path.to_owned()), keys))
    }

    /// Reads the key file at `path`, which must exist: a new key would open nothing.
    pub fn load(path: &Path) -> Result<Self, Error> {
        key_file::load(path).map(|keys| Self::new(KeySource::File(path.to_owned()), keys))
    }

    /// Creates a key file with a new key at `path`, where there must be none.
    pub fn create(path: &Path) -> Result<Self, Error> {
        key_file::create_new(path).map(|keys| Self::new(KeySource::File(path.to_owned()), keys))
    }

    /// The keys in `text`, in the format of a key file. They are never reloaded. Errors name the
    /// setting.
    pub fn from_text(setting: &'static str, text: &str) -> Result<Self, Error> {
        let origin = KeySource::Setting(setting);
        key_text::parse(&origin, text).map(|keys| Self::new(origin, keys))
    }

    fn new(origin: KeySource, keys: WrappingKeys) -> Self {
        Self {
            shared: Arc::new(Shared {
                origin,
                keys: RwLock::new(Arc::new(keys)),
                reading: Mutex::new(()),
            }),
        }
    }

    /// The key file, if the keys come from one.
    #[must_use]
    pub fn file(&self) -> Option<KeyFile> {
        match &self.shared.origin {
            KeySource::File(path) => Some(KeyFile::new(path.clone())),
            KeySource::Setting(_) => None,
        }
    }

    /// Name of the active key.
    #[must_use]
    pub fn active(&self) -> KeyId {
        self.keys().active.id.clone()
    }

    /// Names of all keys, the active one first.
    #[must_use]
    pub fn names(&self) -> Vec<KeyId> {
        self.keys().iter().map(|key| key.id.clone()).collect()
    }

    /// The first bytes of the records that the active key wrapped, and of no others.
    #[must_use]
    pub fn active_header(&self) -> Vec<u8> {
        SealedRecord::header(&self.keys().active.id)
    }

    /// Reads the key file again; returns whether the keys changed. They do not change if it fails.
    pub fn reload(&self) -> Result<bool, Error> {
        let KeySource::File(path) = &self.shared.origin else {
            return Ok(false);
        };
        let _one_at_a_time = self.shared.reading.lock();
        let (old, new) = (self.keys(), key_file::load(path)?);
        if *old == new {
            return Ok(false);
        }
        let replaced = |key: &&super::wrapping_keys::WrappingKey| {
            let before = old.find(&key.id);
            before.is_some_and(|before| before.bytes != key.bytes)
        };
        if let Some(key) = new.iter().find(replaced) {
            return Err(Error::KeyReplaced(key.id.clone()));
        }
        *self.shared.keys.write() = Arc::new(new);
        Ok(true)
    }

    /// Seals `plain`, bound to `aad`.
    pub fn seal(&self, aad: AssociatedData<'_>, plain: &[u8]) -> Result<Vec<u8>, Error> {
        self.keys().seal(aad, plain)
    }

    /// Opens what was sealed with the same `aad`. The result is wiped when dropped.
    pub fn open(
        &self,
        aad: AssociatedData<'_>,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let envelope = SealedRecord::from_bytes(sealed)?;
        self.keys_for(&envelope.key).open(aad, &envelope)
    }

    /// Re-wraps the data key of `sealed` with the active key; `None` if that has wrapped it
    /// already. The value is not opened.
    pub fn rewrap(&self, aad: AssociatedData<'_>, sealed: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        let envelope = SealedRecord::from_bytes(sealed)?;
        let keys = self.keys_for(&envelope.key);
        if keys.active.id == envelope.key {
            return Ok(None);
        }
        keys.rewrap(aad, &envelope).map(Some)
    }

    fn keys(&self) -> Arc<WrappingKeys> {
        Arc::clone(&self.shared.keys.read())
    }

    /// The keys, including `id` if it can be found.
    fn keys_for(&self, id: &KeyId) -> Arc<WrappingKeys> {
        let keys = self.keys();
        if keys.find(id).is_some() {
            return keys;
        }
        // `reload_on_change` logs errors of the file; the error here is the missing key.
        drop(self.reload());
        self.keys()
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.keys().fmt(f)
    }
}

#[cfg(test)]
mod tests;

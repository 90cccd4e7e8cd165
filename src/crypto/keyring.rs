//! The keyring: the keys that this process seals and opens with, and where they are read again from.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use zeroize::Zeroizing;

use super::sealed_record::SealedRecord;
use super::wrapping_keys::WrappingKeys;
use super::{AssociatedData, Error, KeyFile, KeyId, KeySource, key_file, key_text};

/// The keys that seal and open: one that is active, and others that open what they sealed. A clone is the same keyring.
///
/// Where they are a file's, the file is read again when a record comes that none of them sealed: another process may seal
/// with a key that was added since. [`Keyring::reload_on_change`] takes up what else changes.
#[derive(Clone)]
pub struct Keyring {
    shared: Arc<Shared>,
}

struct Shared {
    origin: KeySource,
    keys: RwLock<Arc<WrappingKeys>>,
    /// Held while the file is read, so that what was read last is what stays.
    reading: Mutex<()>,
}

/// The key that `sealed` was sealed with.
pub fn key_of(sealed: &[u8]) -> Result<KeyId, Error> {
    SealedRecord::from_bytes(sealed).map(|envelope| envelope.key)
}

impl Keyring {
    /// Reads the key file at `path`; makes one with a new key where there is none.
    pub fn load_or_create(path: &Path) -> Result<Self, Error> {
        key_file::load_or_create(path).map(|keys| Self::new(KeySource::File(path.to_owned()), keys))
    }

    /// Reads the key file at `path`. Where it is missing, that is an error: another key would open nothing.
    pub fn load(path: &Path) -> Result<Self, Error> {
        key_file::load(path).map(|keys| Self::new(KeySource::File(path.to_owned()), keys))
    }

    /// Makes a key file with a new key at `path`, where there must be none.
    pub fn create(path: &Path) -> Result<Self, Error> {
        key_file::create_new(path).map(|keys| Self::new(KeySource::File(path.to_owned()), keys))
    }

    /// The keys in `text`, which is what a key file holds. They stay for as long as the process runs. Errors call them
    /// by the name of the setting.
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

    /// The keys' file, where they come from one.
    #[must_use]
    pub fn file(&self) -> Option<KeyFile> {
        match &self.shared.origin {
            KeySource::File(path) => Some(KeyFile::new(path.clone())),
            KeySource::Setting(_) => None,
        }
    }

    /// Name of the key that seals.
    #[must_use]
    pub fn active(&self) -> KeyId {
        self.keys().active.id.clone()
    }

    /// Names of all keys, the active one first.
    #[must_use]
    pub fn names(&self) -> Vec<KeyId> {
        self.keys().iter().map(|key| key.id.clone()).collect()
    }

    /// What every record begins with that the active key sealed, and no other.
    #[must_use]
    pub fn active_header(&self) -> Vec<u8> {
        SealedRecord::header(&self.keys().active.id)
    }

    /// Reads the key file again; answers whether the keys changed. Where that fails, they stay as they were.
    pub fn reload(&self) -> Result<bool, Error> {
        let KeySource::File(path) = &self.shared.origin else {
            return Ok(false);
        };
        let _one_at_a_time = self
            .shared
            .reading
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
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
        let mut keys = self
            .shared
            .keys
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *keys = Arc::new(new);
        Ok(true)
    }

    /// Seals `plain` so that it opens at `place` only.
    pub fn seal(&self, place: AssociatedData<'_>, plain: &[u8]) -> Result<Vec<u8>, Error> {
        self.keys().seal(place, plain)
    }

    /// Opens what was sealed at `place`. The answer is wiped when it is dropped.
    pub fn open(
        &self,
        place: AssociatedData<'_>,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let envelope = SealedRecord::from_bytes(sealed)?;
        self.keys_for(&envelope.key).open(place, &envelope)
    }

    /// What was sealed at `place`, with its data key wrapped by the active key; `None` where it is already. The secret
    /// itself is not opened.
    pub fn rewrap(
        &self,
        place: AssociatedData<'_>,
        sealed: &[u8],
    ) -> Result<Option<Vec<u8>>, Error> {
        let envelope = SealedRecord::from_bytes(sealed)?;
        let keys = self.keys_for(&envelope.key);
        if keys.active.id == envelope.key {
            return Ok(None);
        }
        keys.rewrap(place, &envelope).map(Some)
    }

    fn keys(&self) -> Arc<WrappingKeys> {
        let keys = self
            .shared
            .keys
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&keys)
    }

    /// The keys, `id` among them if it can be found.
    fn keys_for(&self, id: &KeyId) -> Arc<WrappingKeys> {
        let keys = self.keys();
        if keys.find(id).is_some() {
            return keys;
        }
        // Whoever follows the file tells what is wrong with it; here it is the key that is missing.
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

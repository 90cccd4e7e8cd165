//! The keys that seal and open. In memory only; where they come from is `key_file`'s affair.

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::cipher::{self, KEY_BYTES};
use super::envelope::Envelope;
use super::{Error, Place, key_file};

/// Name of a key, as a sealed record carries it: 1 to 32 letters, digits, dashes, dots or underscores.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyId(String);

/// A key that wraps data keys.
pub(super) struct Key {
    pub(super) id: KeyId,
    pub(super) bytes: Zeroizing<[u8; KEY_BYTES]>,
}

/// The keys that seal and open: one that is active, and older ones that still open what they sealed.
#[derive(Clone)]
pub struct Keyring {
    active: Arc<Key>,
    older: Arc<[Key]>,
}

impl KeyId {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let fits = (1..=32).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'));
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::Malformed("the name of its key is not one"))
        }
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Key {
    /// A new key out of the system's random source.
    pub(super) fn random() -> Result<Self, Error> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        cipher::fill(bytes.as_mut_slice())?;
        let mut name = [0; 4];
        cipher::fill(&mut name)?;
        Ok(Self {
            id: KeyId(format!("k-{:08x}", u32::from_be_bytes(name))),
            bytes,
        })
    }
}

impl Keyring {
    /// Reads the key file at `path`; makes one with a new key where there is none.
    pub fn load_or_create(path: &Path) -> Result<Self, Error> {
        key_file::load_or_create(path)
    }

    /// Reads the key file at `path`. Where it is missing, that is an error: another key would open nothing.
    pub fn load(path: &Path) -> Result<Self, Error> {
        key_file::load(path)
    }

    /// Makes a key file with a new key at `path`, where there must be none.
    pub fn create(path: &Path) -> Result<Self, Error> {
        key_file::create_new(path)
    }

    pub(super) fn new(active: Key, older: Vec<Key>) -> Self {
        Self {
            active: Arc::new(active),
            older: older.into(),
        }
    }

    /// Name of the key that seals.
    #[must_use]
    pub fn active(&self) -> &KeyId {
        &self.active.id
    }

    /// Seals `plain` so that it opens at `place` only.
    pub fn seal(&self, place: Place<'_>, plain: &[u8]) -> Result<Vec<u8>, Error> {
        let key = &*self.active;
        let mut data_key = Zeroizing::new([0; KEY_BYTES]);
        cipher::fill(data_key.as_mut_slice())?;
        let wrapped = cipher::seal(
            &key.bytes,
            &place.authenticated("key", key.id.as_str()),
            data_key.as_slice(),
        )?;
        let record = cipher::seal(
            &data_key,
            &place.authenticated("record", key.id.as_str()),
            plain,
        )?;
        Ok(Envelope {
            key: key.id.clone(),
            wrapped: &wrapped,
            record: &record,
        }
        .to_bytes())
    }

    /// Opens what was sealed at `place`. The answer is wiped when it is dropped.
    pub fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let envelope = Envelope::from_bytes(sealed)?;
        let Some(key) = self.keys().find(|key| key.id == envelope.key) else {
            return Err(Error::UnknownKey(envelope.key));
        };
        let data_key = cipher::open(
            &key.bytes,
            &place.authenticated("key", key.id.as_str()),
            envelope.wrapped,
        )?;
        let data_key: &[u8; KEY_BYTES] =
            data_key.as_slice().try_into().map_err(|_| Error::Refused)?;
        cipher::open(
            data_key,
            &place.authenticated("record", key.id.as_str()),
            envelope.record,
        )
    }

    fn keys(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&*self.active).chain(self.older.iter())
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.keys().map(|key| &key.id))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place<'_> = Place {
        tenant: "acme",
        table: "migrations",
        column: "code",
        row: &[7; 16],
    };

    fn keyring() -> Keyring {
        Keyring::new(Key::random().unwrap(), Vec::new())
    }

    #[test]
    fn what_was_sealed_opens_at_its_place() {
        let keyring = keyring();
        for plain in [&b""[..], b"918273", &[0xff; 4096]] {
            let sealed = keyring.seal(PLACE, plain).unwrap();
            assert_eq!(keyring.open(PLACE, &sealed).unwrap().as_slice(), plain);
            assert_ne!(
                keyring.seal(PLACE, plain).unwrap(),
                sealed,
                "no two seals are alike"
            );
        }
    }

    #[test]
    fn what_was_moved_to_another_place_does_not_open() {
        let keyring = keyring();
        let sealed = keyring.seal(PLACE, b"918273").unwrap();
        for moved in [
            Place {
                tenant: "other",
                ..PLACE
            },
            Place {
                table: "events",
                ..PLACE
            },
            Place {
                column: "two_step_pin",
                ..PLACE
            },
            Place {
                row: &[8; 16],
                ..PLACE
            },
        ] {
            assert!(
                matches!(keyring.open(moved, &sealed), Err(Error::Refused)),
                "{moved:?}"
            );
        }
    }

    #[test]
    fn a_changed_or_shortened_record_is_an_error_and_never_a_panic() {
        let keyring = keyring();
        let sealed = keyring.seal(PLACE, b"918273").unwrap();
        for at in 0..sealed.len() {
            assert!(keyring.open(PLACE, &sealed[..at]).is_err(), "cut at {at}");
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(keyring.open(PLACE, &changed).is_err(), "changed at {at}");
        }
        assert!(
            keyring
                .open(PLACE, &[sealed.as_slice(), b"x"].concat())
                .is_err(),
            "one byte more"
        );
    }

    #[test]
    fn a_record_of_a_key_that_is_not_here_names_that_key() {
        let (one, other) = (keyring(), keyring());
        let sealed = one.seal(PLACE, b"918273").unwrap();
        match other.open(PLACE, &sealed) {
            Err(Error::UnknownKey(id)) => assert_eq!(&id, one.active()),
            answer => panic!("{answer:?}"),
        }
    }

    #[test]
    fn the_same_name_with_other_bytes_is_refused() {
        let (one, mut other) = (Key::random().unwrap(), Key::random().unwrap());
        other.id = one.id.clone();
        let sealed = Keyring::new(one, Vec::new())
            .seal(PLACE, b"918273")
            .unwrap();
        assert!(matches!(
            Keyring::new(other, Vec::new()).open(PLACE, &sealed),
            Err(Error::Refused)
        ));
    }

    #[test]
    fn an_older_key_still_opens_what_it_sealed() {
        let older = Key::random().unwrap();
        let copy = Key {
            id: older.id.clone(),
            bytes: older.bytes.clone(),
        };
        let sealed = Keyring::new(older, Vec::new())
            .seal(PLACE, b"918273")
            .unwrap();
        let rotated = Keyring::new(Key::random().unwrap(), vec![copy]);
        assert_eq!(rotated.open(PLACE, &sealed).unwrap().as_slice(), b"918273");
    }

    #[test]
    fn a_keyring_prints_names_only() {
        let key = Key::random().unwrap();
        let (name, bytes) = (key.id.to_string(), key.bytes.clone());
        assert_eq!(
            format!("{:?}", Keyring::new(key, Vec::new())),
            format!("[KeyId({name:?})]"),
            "{bytes:?}"
        );
    }
}

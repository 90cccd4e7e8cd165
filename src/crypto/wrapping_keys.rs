//! Wrapping keys in memory: the active one, which seals, and others that only open.

use std::fmt;
use std::str::FromStr;

use zeroize::Zeroizing;

use super::cipher::{self, KEY_BYTES};
use super::sealed_record::SealedRecord;
use super::{AssociatedData, Error};

/// Name of a key, which sealed records contain: 1 to 32 letters, digits, dashes, dots or
/// underscores.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(String);

/// A key that wraps data keys.
#[derive(PartialEq, Eq)]
pub(super) struct WrappingKey {
    pub(super) id: KeyId,
    pub(super) bytes: Zeroizing<[u8; KEY_BYTES]>,
}

/// The keys that seal and open.
#[derive(PartialEq, Eq)]
pub(super) struct WrappingKeys {
    /// The key that seals.
    pub(super) active: WrappingKey,
    /// The keys that only open.
    pub(super) others: Vec<WrappingKey>,
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
            Err(Error::InvalidName)
        }
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl WrappingKey {
    /// A new random key.
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

impl WrappingKeys {
    /// All keys, the active one first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &WrappingKey> {
        std::iter::once(&self.active).chain(&self.others)
    }

    pub(super) fn find(&self, id: &KeyId) -> Option<&WrappingKey> {
        self.iter().find(|key| key.id == *id)
    }

    /// Seals `plain` with a new data key.
    pub(super) fn seal(&self, aad: AssociatedData<'_>, plain: &[u8]) -> Result<Vec<u8>, Error> {
        let mut data_key = Zeroizing::new([0; KEY_BYTES]);
        cipher::fill(data_key.as_mut_slice())?;
        let record = cipher::seal(&data_key, &aad.of_record(), plain)?;
        self.wrap(aad, &data_key, &record)
    }

    /// Opens the value of a record.
    pub(super) fn open(
        &self,
        aad: AssociatedData<'_>,
        envelope: &SealedRecord<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let data_key = self.unwrap(aad, envelope)?;
        cipher::open(&data_key, &aad.of_record(), envelope.record)
    }

    /// The record with its data key re-wrapped by the active key. The value is not opened.
    pub(super) fn rewrap(
        &self,
        aad: AssociatedData<'_>,
        envelope: &SealedRecord<'_>,
    ) -> Result<Vec<u8>, Error> {
        let data_key = self.unwrap(aad, envelope)?;
        self.wrap(aad, &data_key, envelope.record)
    }

    fn wrap(
        &self,
        aad: AssociatedData<'_>,
        data_key: &[u8; KEY_BYTES],
        record: &[u8],
    ) -> Result<Vec<u8>, Error> {
        let WrappingKey { id, bytes } = &self.active;
        let wrapped = cipher::seal(bytes, &aad.of_key(id), data_key)?;
        let envelope = SealedRecord {
            key: id.clone(),
            wrapped: &wrapped,
            record,
        };
        Ok(envelope.to_bytes())
    }

    /// The data key of a record.
    fn unwrap(
        &self,
        aad: AssociatedData<'_>,
        envelope: &SealedRecord<'_>,
    ) -> Result<Zeroizing<[u8; KEY_BYTES]>, Error> {
        let Some(WrappingKey { id, bytes }) = self.find(&envelope.key) else {
            return Err(Error::UnknownKey(envelope.key.clone()));
        };
        let plain = cipher::open(bytes, &aad.of_key(id), envelope.wrapped)?;
        let data_key: &[u8; KEY_BYTES] = plain.as_slice().try_into().map_err(|_| Error::Refused)?;
        Ok(Zeroizing::new(*data_key))
    }
}

impl fmt::Debug for WrappingKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.iter().map(|key| &key.id))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_only_the_allowed_characters() {
        for good in ["k-0123abcd", "2026", "a.b_c"] {
            assert_eq!(good.parse::<KeyId>().unwrap().as_str(), good);
        }
        for bad in ["", "a b", "a/b", "ключ", &"x".repeat(33)] {
            assert!(bad.parse::<KeyId>().is_err(), "{bad}");
        }
    }
}

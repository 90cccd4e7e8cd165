//! The format of a sealed record.
//!
//! | bytes | what |
//! |---|---|
//! | 1 | version: 1 |
//! | 1 | length of the key's name |
//! | 1 to 32 | the key's name |
//! | 60 | the data key, sealed by that key: nonce, ciphertext, tag |
//! | 28 and more | the value, sealed by the data key: nonce, ciphertext, tag |

use super::cipher::{KEY_BYTES, OVERHEAD};
use super::{Error, KeyId};

const VERSION: u8 = 1;
const WRAPPED_BYTES: usize = KEY_BYTES + OVERHEAD;

/// The parts of a sealed record.
pub(super) struct SealedRecord<'a> {
    /// The key that wrapped the data key.
    pub(super) key: KeyId,
    /// The data key, sealed.
    pub(super) wrapped: &'a [u8],
    /// The value, sealed by the data key.
    pub(super) record: &'a [u8],
}

impl<'a> SealedRecord<'a> {
    /// The first bytes of the records that `key` wrapped, and of no others.
    pub(super) fn header(key: &KeyId) -> Vec<u8> {
        let name = key.as_str().as_bytes();
        // A name has at most 32 bytes.
        let length = u8::try_from(name.len()).unwrap_or(u8::MAX);
        [&[VERSION, length], name].concat()
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        [&*Self::header(&self.key), self.wrapped, self.record].concat()
    }

    pub(super) fn from_bytes(bytes: &'a [u8]) -> Result<Self, Error> {
        let short = Error::Malformed("it is too short");
        let Some(([version, length], rest)) = bytes.split_first_chunk::<2>() else {
            return Err(short);
        };
        if *version != VERSION {
            return Err(Error::UnknownVersion(*version));
        }
        let Some((name, rest)) = rest.split_at_checked(usize::from(*length)) else {
            return Err(short);
        };
        let key = std::str::from_utf8(name)
            .ok()
            .and_then(|name| name.parse().ok())
            .ok_or(Error::Malformed("the name of its key is invalid"))?;
        match rest.split_at_checked(WRAPPED_BYTES) {
            Some((wrapped, record)) if record.len() >= OVERHEAD => Ok(Self {
                key,
                wrapped,
                record,
            }),
            _ => Err(short),
        }
    }
}

//! Hashes of phone numbers, by which limited calls are counted over all tenants.
//!
//! The hash is keyed, so that the calls, which outlive migrations and tenants, do not reveal a
//! number. Numbers of a sandbox have other hashes than real ones.

use std::sync::Arc;

use aws_lc_rs::hmac;
use zeroize::Zeroizing;

use super::Error;
use crate::crypto::{self, AssociatedData, Keyring};
use crate::util::random;
use domain::{Migration, PhoneNumber};

/// The table of the sealed key. A keyring that cannot open it belongs to another database.
pub(super) const TABLE: &str = "number_key";

const AAD: AssociatedData<'_> = AssociatedData {
    tenant: "",
    table: TABLE,
    column: "sealed",
    row: b"1",
};

/// Size of the key, bytes.
const KEY: usize = 32;

/// A hash of a number's line, the same for all forms of the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct NumberHash([u8; 16]);

/// Hashes numbers with the key of one database.
#[derive(Debug, Clone)]
pub(super) struct NumberHasher(hmac::Key);

impl NumberHash {
    pub(super) const fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl NumberHasher {
    /// Draws a key for a new database and seals it.
    pub(super) fn seal_new_key(keyring: &Keyring) -> Result<Vec<u8>, Error> {
        let key =
            random::bytes::<KEY>().map_err(|source| Error::corrupt(TABLE, "sealed", &1, source))?;
        keyring.seal(AAD, &*key).map_err(not_opened)
    }

    /// The hasher with a sealed key.
    pub(super) fn open(keyring: &Keyring, sealed: &[u8]) -> Result<Self, Error> {
        let key = Zeroizing::new(keyring.open(AAD, sealed).map_err(not_opened)?);
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &key)))
    }

    pub(super) fn of(&self, migration: &Migration) -> NumberHash {
        self.hash(migration.sandbox, &migration.request.phone_number)
    }

    fn hash(&self, sandbox: bool, number: &PhoneNumber) -> NumberHash {
        let world = if sandbox { "sandbox" } else { "meta" };
        let tag = hmac::sign(&self.0, format!("{world} {}", number.identity()).as_bytes());
        let mut hash = [0; 16];
        // The tag has 32 bytes; 16 are enough to tell numbers apart.
        for (to, from) in hash.iter_mut().zip(tag.as_ref()) {
            *to = *from;
        }
        NumberHash(hash)
    }
}

fn not_opened(source: crypto::Error) -> Error {
    Error::Sealed {
        table: TABLE,
        column: "sealed",
        row: "1".to_owned(),
        source: Arc::new(source),
    }
}

//! Sealing of secrets: a sealed value opens only with the keyring, and only where it was written.
//!
//! Owns the cipher, the format of a sealed record and the key file. It never logs, prints or
//! returns a key, and knows nothing about what it seals.
//!
//! This is envelope encryption: every record has a data key of its own, which the keyring's active
//! key wraps. Both the wrapped key and the value are bound to the record's [`AssociatedData`], so
//! that a sealed value does not open after it was copied to another row, column or tenant. Key
//! rotation re-wraps the data keys and does not open the values.

mod aad;
mod cipher;
mod error;
mod key_file;
mod key_text;
mod keyring;
mod reload;
mod sealed_record;
mod wrapping_keys;

pub use aad::AssociatedData;
pub use error::{Error, KeySource};
pub use key_file::KeyFile;
pub use keyring::{Keyring, key_of};
pub use wrapping_keys::KeyId;

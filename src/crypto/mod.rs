//! Sealing: turns a secret into bytes that only the keyring's holder can read, and only where they were written.
//!
//! Owns the cipher, the shape of a sealed record and the key file. It must never log, print or return a key, and it
//! knows nothing of what it seals.
//!
//! Every record has a data key of its own, wrapped by the keyring's active key. Both the wrapping and the record are
//! bound to the record's [`AssociatedData`], so that a sealed value that is copied to another row, column or tenant does not open.
//! To exchange the keyring's key, only the wrapping is made anew; what is sealed stays as it is, and closed.

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

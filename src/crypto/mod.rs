//! Sealing: turns a secret into bytes that only the keyring's holder can read, and only where they were written.
//!
//! Owns the cipher, the shape of a sealed record and the key file. It must never log, print or return a key, and it
//! knows nothing of what it seals.
//!
//! Every record has a data key of its own, wrapped by the keyring's active key. Both the wrapping and the record are
//! bound to the record's [`Place`], so that a sealed value that is copied to another row, column or tenant does not open.

mod cipher;
mod envelope;
mod error;
mod key_file;
mod keyring;
mod place;

pub use cipher::random;
pub use error::Error;
pub use keyring::{KeyId, Keyring};
pub use place::Place;

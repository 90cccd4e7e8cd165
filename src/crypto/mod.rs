//! Sealing: turns a secret into bytes that only the keyring's holder can read, and only where they were written.
//!
//! Owns the cipher, the shape of a sealed record and the key file. It must never log, print or return a key, and it
//! knows nothing of what it seals.
//!
//! Every record has a data key of its own, wrapped by the keyring's active key. Both the wrapping and the record are
//! bound to the record's [`Place`], so that a sealed value that is copied to another row, column or tenant does not open.
//! To exchange the keyring's key, only the wrapping is made anew; what is sealed stays as it is, and closed.

mod cipher;
mod envelope;
mod error;
mod follow;
mod key_file;
mod key_text;
mod keyring;
mod keys;
mod place;

pub use cipher::random;
pub use error::{Error, Origin};
pub use key_file::KeyFile;
pub use keyring::{Keyring, key_of};
pub use keys::KeyId;
pub use place::Place;

//! Why something could not be sealed, opened or read. Says nothing about what was sealed.

use std::io;
use std::path::PathBuf;

use super::KeyId;

/// Why something could not be sealed or opened, or why there are no keys.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes end too early, or their header makes no sense.
    #[error("this is not a sealed record: {0}")]
    Malformed(&'static str),
    /// The record was written by a later release.
    #[error("the sealed record has version {0}, which this release does not know")]
    UnknownVersion(u8),
    /// The keyring lacks the key that the record was sealed with.
    #[error(
        "the record was sealed with the key {0}, which is not in the keyring: add it back to the key file"
    )]
    UnknownKey(KeyId),
    /// The cipher refused the record.
    #[error(
        "the sealed record was changed, or belongs to another place, or its key's bytes are not the same any more"
    )]
    Refused,
    /// The cipher or the system's random source failed.
    #[error("the cipher or the system's random source failed")]
    Cipher,
    /// The key file could not be read or made.
    #[error(
        "the key file {} could not be read or made: see that its directory exists, that the service's user may write there, and \
         that the disk has room",
        path.display()
    )]
    KeyFile {
        /// Where it is.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Other users of the machine can read the key file.
    #[error("other users can read the key file {} (mode {mode:04o}): run chmod 600 {}", path.display(), path.display())]
    KeyFileExposed {
        /// Where it is.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A line of the key file is not a key.
    #[error("line {line} of the key file {} is not a key: {problem}", path.display())]
    KeyFileLine {
        /// Where it is.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it. Never holds what the line says.
        problem: &'static str,
    },
    /// The key file holds no key.
    #[error("the key file {} holds no key; if no database was made with it yet, remove it", path.display())]
    NoKey {
        /// Where it is.
        path: PathBuf,
    },
}

//! Errors of sealing, opening and key files. They reveal nothing about the sealed values.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::KeyId;

/// The source of keys, for error messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// A file.
    File(PathBuf),
    /// A setting, by its name.
    Setting(&'static str),
}

/// Why a value could not be sealed or opened, or why there are no keys.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes end too early, or their header is invalid.
    #[error(
        "the value is not a sealed record: {0}; another program wrote it: restore it from a backup"
    )]
    Malformed(&'static str),
    /// The text is no valid name of a key.
    #[error("a key's name must be 1 to 32 letters, digits, dashes, dots or underscores")]
    InvalidName,
    /// The record was written by a later release.
    #[error(
        "the sealed record has version {0}, which this release does not know: run the release that wrote it, or a later one"
    )]
    UnknownVersion(u8),
    /// The keyring lacks the key that the record was sealed with.
    #[error(
        "the record was sealed with the key {0}, which is not in the keyring: add it back to the keys"
    )]
    UnknownKey(KeyId),
    /// The cipher refused the record.
    #[error(
        "the sealed record was changed or moved, or the bytes of its key were changed: restore the \
         record, or the key, from a backup"
    )]
    Refused,
    /// The cipher or the system's random source failed.
    #[error("the cipher or the system's random source failed")]
    Cipher,
    /// The key file could not be read or written.
    #[error(
        "the key file {} could not be read or written: check that its directory exists, that the \
         service's user may write there, and that the disk is not full",
        path.display()
    )]
    KeyFile {
        /// Its path.
        path: PathBuf,
        /// The error of the system.
        #[source]
        source: io::Error,
    },
    /// Other users of the machine can read the key file.
    #[error(
        "other users can read the key file {} (mode {mode:04o}): run chmod 600 {}",
        path.display(), path.display()
    )]
    KeyFileExposed {
        /// Its path.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A line is no key.
    #[error("line {line} of {origin} is not a key: {problem}")]
    NotAKey {
        /// The source of the line.
        origin: KeySource,
        /// The number of the line, from 1.
        line: usize,
        /// What is wrong. Never holds text of the line.
        problem: &'static str,
    },
    /// There is no key.
    #[error("{0} holds no key: restore the key that the database was created with")]
    NoKey(KeySource),
    /// The bytes of a key were changed.
    #[error("the bytes of the key {0} were changed: restore them, and give a new key a new name")]
    KeyReplaced(KeyId),
    /// The key is not in the key file.
    #[error("the key file {} holds no key {id}: it holds {}", path.display(), list(held))]
    NoSuchKey {
        /// The file.
        path: PathBuf,
        /// The missing key.
        id: KeyId,
        /// The keys in the file.
        held: Vec<KeyId>,
    },
    /// The active key cannot be retired.
    #[error("the key {0} is the active key: activate another key first")]
    KeyActive(KeyId),
    /// Another command is changing the key file, or was interrupted.
    #[error(
        "another command is changing the key file; if there is none, remove {}, which an interrupted \
         command has left",
        .0.display()
    )]
    ChangeUnderWay(PathBuf),
}

impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "the key file {}", path.display()),
            Self::Setting(name) => f.write_str(name),
        }
    }
}

/// The names of keys, separated by commas.
pub(super) fn list(ids: &[KeyId]) -> String {
    let names: Vec<&str> = ids.iter().map(KeyId::as_str).collect();
    names.join(", ")
}

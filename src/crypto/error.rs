//! Why something could not be sealed, opened or read. Says nothing about what was sealed.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::KeyId;

/// Where keys come from, for whoever must mend them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// A file.
    File(PathBuf),
    /// A setting, by its name.
    Setting(&'static str),
}

/// Why something could not be sealed or opened, or why there are no keys.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes end too early, or their header makes no sense.
    #[error(
        "this is not a sealed record: {0}; something else wrote it: put it back from a back-up"
    )]
    Malformed(&'static str),
    /// A text is no name of a key.
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
        "the sealed record was changed, or belongs to another place, or its key's bytes are not the same any more: put the \
         record, or the key, back from a back-up"
    )]
    Refused,
    /// The cipher or the system's random source failed.
    #[error("the cipher or the system's random source failed")]
    Cipher,
    /// The key file could not be read or written.
    #[error(
        "the key file {} could not be read or written: see that its directory exists, that the service's user may write there, \
         and that the disk has room",
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
    /// A line is not a key.
    #[error("line {line} of {origin} is not a key: {problem}")]
    NotAKey {
        /// Where it stands.
        origin: KeySource,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it. Never holds what the line says.
        problem: &'static str,
    },
    /// There is no key.
    #[error("{0} holds no key: put the one back that the database was made with")]
    NoKey(KeySource),
    /// A name now stands for another key.
    #[error(
        "the bytes of the key {0} are not those it had before: put them back, and give a new key a name of its own"
    )]
    KeyReplaced(KeyId),
    /// The key is not in the key file.
    #[error("the key file {} holds no key {id}: it holds {}", path.display(), list(held))]
    NoSuchKey {
        /// The file.
        path: PathBuf,
        /// The key that is not there.
        id: KeyId,
        /// Those that are.
        held: Vec<KeyId>,
    },
    /// The key that seals cannot be taken out.
    #[error("the key {0} is the active one, which seals: activate another first")]
    KeyActive(KeyId),
    /// Somebody else changes the key file, or was cut off while doing so.
    #[error(
        "the key file is being changed by another command: if there is none, one was cut off, and {} is what it left: remove it",
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

/// Names of keys in one line.
pub(super) fn list(ids: &[KeyId]) -> String {
    let names: Vec<&str> = ids.iter().map(KeyId::as_str).collect();
    names.join(", ")
}

//! The key file: keys as a text, readable by its owner alone.
//!
//! It is only ever replaced as a whole, so that a process that reads it meanwhile finds the keys of before or of after.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::wrapping_keys::{WrappingKey, WrappingKeys};
use super::{Error, KeyId, KeySource, key_text};

const HEADER: &str = "\
# WrappingKeys of waba-migrator. They seal the tokens, apps' secrets, PINs and codes in its database: without this file nobody can
# read them again, with it and the database anybody can. Keep a copy apart from the database's.
# One key a line: its name and 64 hexadecimal digits. The first seals; the others open what they once sealed.
";

/// The machine's administrator.
const ROOT: u32 = 0;

/// A key file, to be changed. What is sealed is no affair of its: see that nothing needs a key before it is taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFile {
    path: PathBuf,
}

impl KeyFile {
    /// The key file at `path`.
    #[must_use]
    pub const fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a new key that opens, and seals nothing yet.
    pub fn add(&self) -> Result<KeyId, Error> {
        let key = WrappingKey::random()?;
        self.change(|text, _| Ok(key_text::with_last(text, &key_text::line(&key))))?;
        Ok(key.id)
    }

    /// Adds a new key that seals from now on.
    pub fn add_active(&self) -> Result<KeyId, Error> {
        let key = WrappingKey::random()?;
        self.change(|text, _| Ok(key_text::with_first(text, &key_text::line(&key))))?;
        Ok(key.id)
    }

    /// Makes a key of the file the one that seals.
    pub fn activate(&self, id: &KeyId) -> Result<(), Error> {
        self.change(|text, keys| {
            self.must_hold(keys, id)?;
            let (rest, line) = key_text::without(text, id);
            Ok(key_text::with_first(&rest, &line))
        })
    }

    /// Takes a key out of the file. Never the one that seals.
    pub fn retire(&self, id: &KeyId) -> Result<(), Error> {
        self.change(|text, keys| {
            self.must_hold(keys, id)?;
            if keys.active.id == *id {
                return Err(Error::KeyActive(id.clone()));
            }
            Ok(key_text::without(text, id).0)
        })
    }

    fn must_hold(&self, keys: &WrappingKeys, id: &KeyId) -> Result<(), Error> {
        match keys.find(id) {
            Some(_) => Ok(()),
            None => Err(Error::NoSuchKey {
                path: self.path.clone(),
                id: id.clone(),
                held: keys.iter().map(|key| key.id.clone()).collect(),
            }),
        }
    }

    /// Replaces the file by what `edit` makes of its text: whole or not at all, and one change after the other.
    fn change(
        &self,
        edit: impl FnOnce(&str, &WrappingKeys) -> Result<Zeroizing<String>, Error>,
    ) -> Result<(), Error> {
        let failed = failed(&self.path);
        // Where it is a link, what it leads to is replaced.
        let path = fs::canonicalize(&self.path).map_err(failed)?;
        let mut new = path.clone().into_os_string();
        new.push(".new");
        let new = PathBuf::from(new);
        // The name is always the same, so that of two changes at once the second is refused.
        let file = match open_new(&new) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(Error::ChangeUnderWay(new));
            }
            opened => opened.map_err(failed)?,
        };
        let changed = || {
            let (text, old) = read(&path)?;
            let origin = KeySource::File(self.path.clone());
            let text = edit(&text, &key_text::parse(&origin, &text)?)?;
            key_text::parse(&origin, &text)?;
            replace(&path, &new, file, &text, &old).map_err(failed)
        };
        let done = changed();
        if done.is_err() {
            // What is wrong is told already.
            drop(fs::remove_file(&new));
        }
        done
    }
}

/// Reads the file; makes one with a new key where there is none.
pub(super) fn load_or_create(path: &Path) -> Result<WrappingKeys, Error> {
    match load(path) {
        Err(Error::KeyFile { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            match create(path) {
                Err(Error::KeyFile { source, .. })
                    if source.kind() == io::ErrorKind::AlreadyExists => {}
                made => made?,
            }
            // Read back rather than kept: another process may have been first.
            load(path)
        }
        loaded => loaded,
    }
}

/// Makes the file, where there is none.
pub(super) fn create_new(path: &Path) -> Result<WrappingKeys, Error> {
    create(path)?;
    load(path)
}

/// Reads the file.
pub(super) fn load(path: &Path) -> Result<WrappingKeys, Error> {
    let (text, _) = read(path)?;
    key_text::parse(&KeySource::File(path.to_owned()), &text)
}

/// The text of a file that nobody can read but who must, and what the system knows of the file.
fn read(path: &Path) -> Result<(Zeroizing<String>, fs::Metadata), Error> {
    let failed = failed(path);
    let mut file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    let mode = metadata.permissions().mode() & 0o777;
    if is_exposed(mode, metadata.uid(), rustix::process::geteuid().as_raw()) {
        return Err(Error::KeyFileExposed {
            path: path.to_owned(),
            mode,
        });
    }
    let length = usize::try_from(metadata.len()).unwrap_or_default();
    let mut text = Zeroizing::new(String::with_capacity(length.saturating_add(1)));
    file.read_to_string(&mut text).map_err(failed)?;
    Ok((text, metadata))
}

/// Whether others can read a file of this owner's, or change it, than `user` and whom it has it from.
///
/// Where the machine's administrator gives the service a file to read (a secret that an orchestrator mounts, say), the service's
/// group is how: then the group may read it.
const fn is_exposed(mode: u32, owner: u32, user: u32) -> bool {
    let by_group = owner == ROOT && user != ROOT;
    let meant = if by_group { 0o740 } else { 0o700 };
    mode & 0o777 & !meant != 0
}

/// Makes the file whole or not at all: written beside, then linked to its name, which fails where that is taken.
fn create(path: &Path) -> Result<(), Error> {
    let failed = failed(path);
    let key = WrappingKey::random()?;
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}", key.id));
    let beside = PathBuf::from(beside);
    let text = key_text::with_last(HEADER, &key_text::line(&key));
    let made = open_new(&beside)
        .and_then(|file| write(file, &text))
        .and_then(|()| fs::hard_link(&beside, path));
    let removed = fs::remove_file(&beside);
    made.and(removed)
        .and_then(|()| keep_name(path))
        .map_err(failed)
}

/// Puts `text` into `new`, which becomes `path`, with the owner and the mode of what was there.
fn replace(path: &Path, new: &Path, file: File, text: &str, old: &fs::Metadata) -> io::Result<()> {
    if file.metadata()?.uid() != old.uid() {
        // Changed by the machine's administrator, it must stay readable for the service.
        fchown(&file, Some(old.uid()), Some(old.gid()))?;
    }
    file.set_permissions(Permissions::from_mode(old.mode() & 0o740))?;
    write(file, text)?;
    fs::rename(new, path)?;
    keep_name(path)
}

fn open_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600).open(path)
}

fn write(mut file: File, text: &str) -> io::Result<()> {
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// A name is only durable once its directory is.
fn keep_name(path: &Path) -> io::Result<()> {
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    File::open(directory)?.sync_all()
}

fn failed(path: &Path) -> impl Fn(io::Error) -> Error + Copy + '_ {
    |source| Error::KeyFile {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests;

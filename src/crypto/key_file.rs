//! The key file: keys as a text that only its owner can read.
//!
//! It is always replaced as a whole, so that a process that reads it meanwhile finds either the old
//! or the new keys.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::wrapping_keys::{WrappingKey, WrappingKeys};
use super::{Error, KeyId, KeySource, key_text};

const HEADER: &str = "\
# Keys of waba-migrator. They seal the access tokens, app secrets, PINs and codes in its database.
# Without this file these secrets are lost; with it and the database anyone can read them. Keep a
# copy of it, apart from copies of the database.
# One key per line: a name and 64 hexadecimal digits. The first key seals; the others only open.
";

/// The user id of root.
const ROOT: u32 = 0;

/// A key file, to be changed. It does not know what is sealed: check that nothing needs a key
/// before it is retired.
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

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a new key that only opens.
    pub fn add(&self) -> Result<KeyId, Error> {
        let key = WrappingKey::random()?;
        self.change(|text, _| Ok(key_text::with_last(text, &key_text::line(&key))))?;
        Ok(key.id)
    }

    /// Adds a new active key, which seals from now on.
    pub fn add_active(&self) -> Result<KeyId, Error> {
        let key = WrappingKey::random()?;
        self.change(|text, _| Ok(key_text::with_first(text, &key_text::line(&key))))?;
        Ok(key.id)
    }

    /// Makes a key of the file the active one.
    pub fn activate(&self, id: &KeyId) -> Result<(), Error> {
        self.change(|text, keys| {
            self.must_hold(keys, id)?;
            let (rest, line) = key_text::without(text, id);
            Ok(key_text::with_first(&rest, &line))
        })
    }

    /// Removes a key from the file. Fails for the active key.
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

    /// Replaces the file by the result of `edit`: all or nothing, one change at a time.
    fn change(
        &self,
        edit: impl FnOnce(&str, &WrappingKeys) -> Result<Zeroizing<String>, Error>,
    ) -> Result<(), Error> {
        let failed = failed(&self.path);
        // Replaces the target of a link.
        let path = fs::canonicalize(&self.path).map_err(failed)?;
        let mut new = path.clone().into_os_string();
        new.push(".new");
        let new = PathBuf::from(new);
        // The name is always the same, so that the second of two concurrent changes fails.
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
            // The first error is returned.
            drop(fs::remove_file(&new));
        }
        done
    }
}

/// Reads the file; creates one with a new key where there is none.
pub(super) fn load_or_create(path: &Path) -> Result<WrappingKeys, Error> {
    match load(path) {
        Err(Error::KeyFile { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            match create(path) {
                Err(Error::KeyFile { source, .. })
                    if source.kind() == io::ErrorKind::AlreadyExists => {}
                made => made?,
            }
            // Read again, since another process may have been first.
            load(path)
        }
        loaded => loaded,
    }
}

/// Creates the file. Fails where there is one.
pub(super) fn create_new(path: &Path) -> Result<WrappingKeys, Error> {
    create(path)?;
    load(path)
}

/// Reads the file.
pub(super) fn load(path: &Path) -> Result<WrappingKeys, Error> {
    let (text, _) = read(path)?;
    key_text::parse(&KeySource::File(path.to_owned()), &text)
}

/// The text of the file and its metadata. Fails where other users can read it.
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

/// Whether users other than `user` and the owner can read or change a file.
///
/// A file that root provides (for example a secret that an orchestrator mounts) may be readable for
/// the service's group.
const fn is_exposed(mode: u32, owner: u32, user: u32) -> bool {
    let by_group = owner == ROOT && user != ROOT;
    let meant = if by_group { 0o740 } else { 0o700 };
    mode & 0o777 & !meant != 0
}

/// Creates the file, all or nothing: it is written under another name and then linked to its own,
/// which fails where that exists.
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
        .and_then(|()| sync_directory(path))
        .map_err(failed)
}

/// Writes `text` to `new` and renames it to `path`, with the owner and the mode of the old file.
fn replace(path: &Path, new: &Path, file: File, text: &str, old: &fs::Metadata) -> io::Result<()> {
    if file.metadata()?.uid() != old.uid() {
        // Changed by root, it must stay readable for the service.
        fchown(&file, Some(old.uid()), Some(old.gid()))?;
    }
    file.set_permissions(Permissions::from_mode(old.mode() & 0o740))?;
    write(file, text)?;
    fs::rename(new, path)?;
    sync_directory(path)
}

fn open_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600).open(path)
}

fn write(mut file: File, text: &str) -> io::Result<()> {
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Makes a new name durable, by a flush of its directory.
fn sync_directory(path: &Path) -> io::Result<()> {
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

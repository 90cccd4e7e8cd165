//! The key file: text, one key a line, readable by its owner alone.
//!
//! A line is a key's name and 64 hexadecimal digits. The first key is active. `#` begins a comment.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::cipher::KEY_BYTES;
use super::keyring::Key;
use super::{Error, Keyring};

const HEADER: &str = "\
# Keys of waba-migrator. They seal the tokens, PINs and codes in its database: without this file nobody can read them
# again, with it and the database anybody can. Keep a copy apart from the database's.
# One key a line: its name and 64 hexadecimal digits. The first seals; the others open what they once sealed.
";

/// Reads the file; makes one with a new key where there is none.
pub(super) fn load_or_create(path: &Path) -> Result<Keyring, Error> {
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
pub(super) fn create_new(path: &Path) -> Result<Keyring, Error> {
    create(path)?;
    load(path)
}

/// Reads the file.
pub(super) fn load(path: &Path) -> Result<Keyring, Error> {
    let failed = |source| Error::KeyFile {
        path: path.to_owned(),
        source,
    };
    let mut file = File::open(path).map_err(failed)?;
    let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(Error::KeyFileExposed {
            path: path.to_owned(),
            mode,
        });
    }
    let mut text = Zeroizing::new(String::new());
    file.read_to_string(&mut text).map_err(failed)?;

    let mut keys = Vec::<Key>::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let wrong = |problem| Error::KeyFileLine {
            path: path.to_owned(),
            line: index.saturating_add(1),
            problem,
        };
        let key = parse(line).map_err(wrong)?;
        if keys.iter().any(|other| other.id == key.id) {
            return Err(wrong("its name stands on an earlier line"));
        }
        keys.push(key);
    }
    let mut keys = keys.into_iter();
    let active = keys.next().ok_or_else(|| Error::NoKey {
        path: path.to_owned(),
    })?;
    Ok(Keyring::new(active, keys.collect()))
}

fn parse(line: &str) -> Result<Key, &'static str> {
    let mut words = line.split_whitespace();
    let (Some(name), Some(hex), None) = (words.next(), words.next(), words.next()) else {
        return Err("it must be a name and 64 hexadecimal digits");
    };
    let id = name
        .parse()
        .map_err(|_| "its name must be 1 to 32 letters, digits, dashes, dots or underscores")?;
    let bytes = from_hex(hex).ok_or("its second word must be 64 hexadecimal digits")?;
    Ok(Key { id, bytes })
}

fn from_hex(hex: &str) -> Option<Zeroizing<[u8; KEY_BYTES]>> {
    if hex.len() != KEY_BYTES * 2 {
        return None;
    }
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    for (byte, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        let &[high, low] = pair else { return None };
        let digit = |b: u8| {
            char::from(b)
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        };
        *byte = digit(high)? << 4 | digit(low)?;
    }
    Some(bytes)
}

/// Makes the file whole or not at all: written beside, then linked to its name, which fails where that is taken.
fn create(path: &Path) -> Result<(), Error> {
    let failed = |source| Error::KeyFile {
        path: path.to_owned(),
        source,
    };
    let key = Key::random()?;
    let beside = beside(path, &key);
    let made = write(&beside, &key).and_then(|()| fs::hard_link(&beside, path));
    let removed = fs::remove_file(&beside);
    made.and(removed).map_err(failed)?;
    // The name is only durable once its directory is.
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(failed)
}

fn beside(path: &Path, key: &Key) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}", key.id));
    name.into()
}

fn write(path: &Path, key: &Key) -> io::Result<()> {
    let mut text = Zeroizing::new(String::with_capacity(HEADER.len() + 128));
    text.push_str(HEADER);
    text.push_str(key.id.as_str());
    text.push(' ');
    for nibble in key.bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]) {
        text.push(char::from_digit(u32::from(nibble), 16).unwrap_or_default());
    }
    text.push('\n');
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::Place;

    const PLACE: Place<'_> = Place {
        tenant: "acme",
        table: "migrations",
        column: "code",
        row: &[7; 16],
    };

    fn put(path: &Path, text: &str) {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(path)
            .unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    #[test]
    fn a_new_file_is_its_owners_alone_and_reads_back() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("db.key");
        let sealed = load_or_create(&path)
            .unwrap()
            .seal(PLACE, b"918273")
            .unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(
            load_or_create(&path)
                .unwrap()
                .open(PLACE, &sealed)
                .unwrap()
                .as_slice(),
            b"918273"
        );
        assert_eq!(
            fs::read_dir(directory.path()).unwrap().count(),
            1,
            "nothing is left beside it"
        );
    }

    #[test]
    fn a_file_that_exists_is_never_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("db.key");
        let made = create_new(&path).unwrap();
        let error = create_new(&path).unwrap_err();
        assert!(
            matches!(&error, Error::KeyFile { source, .. } if source.kind() == io::ErrorKind::AlreadyExists),
            "{error:?}"
        );
        assert_eq!(load(&path).unwrap().active(), made.active());
    }

    #[test]
    fn many_that_start_at_once_agree_on_one_key() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("db.key");
        let load = || load_or_create(&path).unwrap().active().clone();
        let names = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(load)).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect::<std::collections::HashSet<_>>()
        });
        assert_eq!(names.len(), 1);
    }

    #[test]
    fn a_file_that_others_can_read_is_refused_with_the_mend() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("db.key");
        load_or_create(&path).unwrap();
        for mode in [0o640, 0o604, 0o622] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let error = load_or_create(&path).unwrap_err();
            assert!(matches!(error, Error::KeyFileExposed { .. }), "{error}");
            assert!(error.to_string().contains("chmod 600"), "{error}");
        }
    }

    #[test]
    fn the_first_key_seals_and_the_others_open() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("db.key");
        let (old, new) = ("11".repeat(32), "Ab".repeat(32));
        put(&path, &format!("old {old}\n"));
        let sealed = load_or_create(&path)
            .unwrap()
            .seal(PLACE, b"918273")
            .unwrap();
        put(&path, &format!("# rotated\n\nnew {new} # now\nold {old}\n"));
        let rotated = load_or_create(&path).unwrap();
        assert_eq!(rotated.active().as_str(), "new");
        assert_eq!(rotated.open(PLACE, &sealed).unwrap().as_slice(), b"918273");
    }

    #[test]
    fn a_line_that_is_no_key_is_named_without_its_text() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("db.key");
        let canary = "c0ffee".repeat(10);
        let good = format!("a {}", "11".repeat(32));
        for bad in [
            canary.clone(),
            format!("a {canary}"),
            format!("a/b {canary}abcd"),
            good.clone(),
            format!("b {canary}zzzz"),
        ] {
            put(&path, &format!("{good}\n{bad}\n"));
            let error = load_or_create(&path).unwrap_err();
            assert!(
                matches!(error, Error::KeyFileLine { line: 2, .. }),
                "{error}"
            );
            assert!(
                !error.to_string().contains(&canary) && !format!("{error:?}").contains(&canary),
                "{error}"
            );
        }
        put(&path, "# nothing\n");
        assert!(matches!(load_or_create(&path), Err(Error::NoKey { .. })));
    }
}

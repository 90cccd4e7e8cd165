use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::crypto::wrapping_keys::WrappingKey;

const PLACE: AssociatedData<'_> = AssociatedData {
    tenant: "acme",
    table: "migrations",
    column: "code",
    row: &[7; 16],
};

/// A keyring of one key, out of a text.
fn keyring() -> Keyring {
    of(&[&WrappingKey::random().unwrap()])
}

fn of(keys: &[&WrappingKey]) -> Keyring {
    let text: String = keys.iter().map(|key| text(key)).collect();
    Keyring::from_text("secrets.keys", &text).unwrap()
}

fn text(key: &WrappingKey) -> String {
    key_text::line(key).to_string()
}

/// A keyring whose keys are a file's.
fn in_file() -> (TempDir, PathBuf, Keyring) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("db.key");
    let keyring = Keyring::create(&path).unwrap();
    (directory, path, keyring)
}

#[test]
fn what_was_sealed_opens_at_its_place() {
    let keyring = keyring();
    for plain in [&b""[..], b"918273", &[0xff; 4096]] {
        let sealed = keyring.seal(PLACE, plain).unwrap();
        assert_eq!(keyring.open(PLACE, &sealed).unwrap().as_slice(), plain);
        assert_ne!(
            keyring.seal(PLACE, plain).unwrap(),
            sealed,
            "no two seals are alike"
        );
    }
}

#[test]
fn what_was_moved_to_another_place_neither_opens_nor_is_wrapped_anew() {
    let (old, new) = (
        WrappingKey::random().unwrap(),
        WrappingKey::random().unwrap(),
    );
    let sealed = of(&[&old]).seal(PLACE, b"918273").unwrap();
    let keyring = of(&[&new, &old]);
    for moved in [
        AssociatedData {
            tenant: "other",
            ..PLACE
        },
        AssociatedData {
            table: "events",
            ..PLACE
        },
        AssociatedData {
            column: "two_step_pin",
            ..PLACE
        },
        AssociatedData {
            row: &[8; 16],
            ..PLACE
        },
    ] {
        let opened = keyring.open(moved, &sealed);
        assert!(matches!(opened, Err(Error::Refused)), "{moved:?}");
        let rewrapped = keyring.rewrap(moved, &sealed);
        assert!(matches!(rewrapped, Err(Error::Refused)), "{moved:?}");
    }
}

#[test]
fn a_changed_or_shortened_record_is_an_error_and_never_a_panic() {
    let (old, new) = (
        WrappingKey::random().unwrap(),
        WrappingKey::random().unwrap(),
    );
    let sealed = of(&[&old]).seal(PLACE, b"918273").unwrap();
    let keyring = of(&[&new, &old]);
    for at in 0..sealed.len() {
        assert!(keyring.open(PLACE, &sealed[..at]).is_err(), "cut at {at}");
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert!(keyring.open(PLACE, &changed).is_err(), "changed at {at}");
        // What is sealed is not opened when it is wrapped anew, and must not pass for whole afterwards.
        if let Ok(Some(rewrapped)) = keyring.rewrap(PLACE, &changed) {
            assert!(keyring.open(PLACE, &rewrapped).is_err(), "changed at {at}");
        }
        drop(keyring.rewrap(PLACE, &sealed[..at]));
        drop(key_of(&sealed[..at]));
    }
    let longer = [sealed.as_slice(), b"x"].concat();
    assert!(keyring.open(PLACE, &longer).is_err(), "one byte more");
}

#[test]
fn a_record_of_a_key_that_is_not_here_names_that_key() {
    let (one, other) = (keyring(), keyring());
    let sealed = one.seal(PLACE, b"918273").unwrap();
    for answer in [
        other.open(PLACE, &sealed).map(drop),
        other.rewrap(PLACE, &sealed).map(drop),
    ] {
        assert!(
            matches!(&answer, Err(Error::UnknownKey(id)) if *id == one.active()),
            "{answer:?}"
        );
    }
}

#[test]
fn the_same_name_with_other_bytes_is_refused() {
    let (one, mut other) = (
        WrappingKey::random().unwrap(),
        WrappingKey::random().unwrap(),
    );
    other.id = one.id.clone();
    let sealed = of(&[&one]).seal(PLACE, b"918273").unwrap();
    let opened = of(&[&other]).open(PLACE, &sealed);
    assert!(matches!(opened, Err(Error::Refused)), "{opened:?}");
}

#[test]
fn wrapped_anew_it_opens_with_the_new_key_alone_and_the_secret_stays_as_it_was() {
    let (old, new) = (
        WrappingKey::random().unwrap(),
        WrappingKey::random().unwrap(),
    );
    let sealed = of(&[&old]).seal(PLACE, b"918273").unwrap();
    let both = of(&[&new, &old]);
    assert_eq!(both.open(PLACE, &sealed).unwrap().as_slice(), b"918273");
    let rewrapped = both.rewrap(PLACE, &sealed).unwrap().unwrap();
    assert_eq!(key_of(&rewrapped).unwrap(), new.id);
    assert!(rewrapped.starts_with(&both.active_header()));
    assert!(!sealed.starts_with(&both.active_header()));
    let record = |bytes: &[u8]| SealedRecord::from_bytes(bytes).unwrap().record.to_vec();
    assert_eq!(record(&rewrapped), record(&sealed));
    assert_eq!(both.rewrap(PLACE, &rewrapped).unwrap(), None);
    let opened = of(&[&new]).open(PLACE, &rewrapped).unwrap();
    assert_eq!(opened.as_slice(), b"918273");
}

#[test]
fn a_keyring_prints_names_only() {
    let key = WrappingKey::random().unwrap();
    assert_eq!(
        format!("{:?}", of(&[&key])),
        format!("[KeyId({:?})]", key.id.as_str())
    );
}

#[test]
fn a_key_that_was_added_since_is_found_when_a_record_needs_it() {
    let (_directory, path, here) = in_file();
    let first = here.active();
    let second = KeyFile::new(path.clone()).add_active().unwrap();
    let there = Keyring::load(&path).unwrap();
    let sealed = there.seal(PLACE, b"918273").unwrap();
    assert_eq!(here.names(), std::slice::from_ref(&first), "not read again");
    assert_eq!(here.open(PLACE, &sealed).unwrap().as_slice(), b"918273");
    assert_eq!(here.names(), [second, first]);
}

#[test]
fn what_is_read_again_is_in_force_in_every_clone() {
    let (_directory, path, keyring) = in_file();
    let (clone, first) = (keyring.clone(), keyring.active());
    assert!(!keyring.reload().unwrap(), "nothing changed");
    let file = KeyFile::new(path);
    let second = file.add().unwrap();
    assert!(keyring.reload().unwrap());
    assert_eq!(clone.active(), first, "a key that only opens");
    file.activate(&second).unwrap();
    assert!(keyring.reload().unwrap());
    assert_eq!(clone.active(), second);
    file.retire(&first).unwrap();
    assert!(keyring.reload().unwrap());
    assert_eq!(clone.names(), [second]);
}

#[test]
fn a_file_that_cannot_be_used_leaves_the_keys_as_they_were() {
    let (_directory, path, keyring) = in_file();
    let sealed = keyring.seal(PLACE, b"918273").unwrap();
    let before = keyring.names();
    let good = fs::read_to_string(&path).unwrap();
    let replaced = text(&WrappingKey {
        id: keyring.active(),
        ..WrappingKey::random().unwrap()
    });
    for bad in ["", "nonsense\n", &format!("{good}more\n"), &replaced] {
        fs::write(&path, bad).unwrap();
        keyring.reload().unwrap_err();
        assert_eq!(keyring.names(), before, "{bad:?}");
        assert_eq!(keyring.open(PLACE, &sealed).unwrap().as_slice(), b"918273");
        assert!(
            matches!(
                keyring.open(PLACE, &self::keyring().seal(PLACE, b"x").unwrap()),
                Err(Error::UnknownKey(_))
            ),
            "{bad:?}"
        );
    }
    let error = keyring.reload().unwrap_err();
    assert!(matches!(error, Error::KeyReplaced(_)), "{error}");
    fs::remove_file(&path).unwrap();
    keyring.reload().unwrap_err();
    assert_eq!(keyring.names(), before);
}

#[test]
fn keys_of_a_setting_have_no_file() {
    let keyring = keyring();
    assert_eq!(keyring.file(), None);
    assert!(!keyring.reload().unwrap());
    let error = Keyring::from_text("secrets.keys", "k").unwrap_err();
    assert!(
        error.to_string().starts_with("line 1 of secrets.keys"),
        "{error}"
    );
}

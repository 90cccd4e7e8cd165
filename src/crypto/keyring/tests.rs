use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::crypto::wrapping_keys::WrappingKey;

const AAD: AssociatedData<'_> = AssociatedData {
    tenant: "acme",
    table: "migrations",
    column: "code",
    row: &[7; 16],
};

/// A keyring of one random key.
fn keyring() -> Keyring {
    of(&[&WrappingKey::random().unwrap()])
}

fn of(keys: &[&WrappingKey]) -> Keyring {
    let text: String = keys.iter().map(|key| text(key)).collect();
    Keyring::from_text("encryption.keys", &text).unwrap()
}

fn text(key: &WrappingKey) -> String {
    key_text::line(key).to_string()
}

/// A keyring with a key file.
fn in_file() -> (TempDir, PathBuf, Keyring) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("db.key");
    let keyring = Keyring::create(&path).unwrap();
    (directory, path, keyring)
}

#[test]
fn a_sealed_value_opens_with_its_associated_data() {
    let keyring = keyring();
    for plain in [&b""[..], b"918273", &[0xff; 4096]] {
        let sealed = keyring.seal(AAD, plain).unwrap();
        assert_eq!(keyring.open(AAD, &sealed).unwrap().as_slice(), plain);
        assert_ne!(
            keyring.seal(AAD, plain).unwrap(),
            sealed,
            "two seals of a value differ"
        );
    }
}

#[test]
fn a_value_that_was_moved_neither_opens_nor_is_re_wrapped() {
    let (old, new) = (
        WrappingKey::random().unwrap(),
        WrappingKey::random().unwrap(),
    );
    let sealed = of(&[&old]).seal(AAD, b"918273").unwrap();
    let keyring = of(&[&new, &old]);
    for moved in [
        AssociatedData {
            tenant: "other",
            ..AAD
        },
        AssociatedData {
            table: "events",
            ..AAD
        },
        AssociatedData {
            column: "two_step_pin",
            ..AAD
        },
        AssociatedData {
            row: &[8; 16],
            ..AAD
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
    let sealed = of(&[&old]).seal(AAD, b"918273").unwrap();
    let keyring = of(&[&new, &old]);
    for at in 0..sealed.len() {
        assert!(keyring.open(AAD, &sealed[..at]).is_err(), "cut at {at}");
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert!(keyring.open(AAD, &changed).is_err(), "changed at {at}");
        // Re-wrapping does not open the value, so that a change in it is found afterwards.
        if let Ok(Some(rewrapped)) = keyring.rewrap(AAD, &changed) {
            assert!(keyring.open(AAD, &rewrapped).is_err(), "changed at {at}");
        }
        drop(keyring.rewrap(AAD, &sealed[..at]));
        drop(key_of(&sealed[..at]));
    }
    let longer = [sealed.as_slice(), b"x"].concat();
    assert!(keyring.open(AAD, &longer).is_err(), "one byte more");
}

#[test]
fn the_error_for_an_unknown_key_names_the_key() {
    let (one, other) = (keyring(), keyring());
    let sealed = one.seal(AAD, b"918273").unwrap();
    for answer in [
        other.open(AAD, &sealed).map(drop),
        other.rewrap(AAD, &sealed).map(drop),
    ] {
        assert!(
            matches!(&answer, Err(Error::UnknownKey(id)) if *id == one.active()),
            "{answer:?}"
        );
    }
}

#[test]
fn a_key_with_the_same_name_and_other_bytes_opens_nothing() {
    let (one, mut other) = (
        WrappingKey::random().unwrap(),
        WrappingKey::random().unwrap(),
    );
    other.id = one.id.clone();
    let sealed = of(&[&one]).seal(AAD, b"918273").unwrap();
    let opened = of(&[&other]).open(AAD, &sealed);
    assert!(matches!(opened, Err(Error::Refused)), "{opened:?}");
}

#[test]
fn a_re_wrapped_record_opens_with_the_new_key_alone_and_its_value_does_not_change() {
    let (old, new) = (
        WrappingKey::random().unwrap(),
        WrappingKey::random().unwrap(),
    );
    let sealed = of(&[&old]).seal(AAD, b"918273").unwrap();
    let both = of(&[&new, &old]);
    assert_eq!(both.open(AAD, &sealed).unwrap().as_slice(), b"918273");
    let rewrapped = both.rewrap(AAD, &sealed).unwrap().unwrap();
    assert_eq!(key_of(&rewrapped).unwrap(), new.id);
    assert!(rewrapped.starts_with(&both.active_header()));
    assert!(!sealed.starts_with(&both.active_header()));
    let record = |bytes: &[u8]| SealedRecord::from_bytes(bytes).unwrap().record.to_vec();
    assert_eq!(record(&rewrapped), record(&sealed));
    assert_eq!(both.rewrap(AAD, &rewrapped).unwrap(), None);
    let opened = of(&[&new]).open(AAD, &rewrapped).unwrap();
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
fn a_key_that_was_added_later_is_found_when_a_record_needs_it() {
    let (_directory, path, here) = in_file();
    let first = here.active();
    let second = KeyFile::new(path.clone()).add_active().unwrap();
    let there = Keyring::load(&path).unwrap();
    let sealed = there.seal(AAD, b"918273").unwrap();
    assert_eq!(here.names(), std::slice::from_ref(&first), "not reloaded");
    assert_eq!(here.open(AAD, &sealed).unwrap().as_slice(), b"918273");
    assert_eq!(here.names(), [second, first]);
}

#[test]
fn reloaded_keys_are_used_by_every_clone() {
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
fn an_unusable_file_does_not_change_the_keys() {
    let (_directory, path, keyring) = in_file();
    let sealed = keyring.seal(AAD, b"918273").unwrap();
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
        assert_eq!(keyring.open(AAD, &sealed).unwrap().as_slice(), b"918273");
        assert!(
            matches!(
                keyring.open(AAD, &self::keyring().seal(AAD, b"x").unwrap()),
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
    let error = Keyring::from_text("encryption.keys", "k").unwrap_err();
    assert!(
        error.to_string().starts_with("line 1 of encryption.keys"),
        "{error}"
    );
}

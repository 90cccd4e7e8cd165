//! Sealed secrets and key files.

#![no_main]

use libfuzzer_sys::fuzz_target;
use waba_migrator::crypto::{Keyring, Place, key_of};

const KEY: &str = "k1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

fuzz_target!(|input: &[u8]| {
    let place = Place {
        tenant: "acme",
        table: "migrations",
        column: "access_token",
        row: b"0193",
    };
    let keyring = Keyring::from_text("encryption.keys", KEY).expect("the key is one");
    assert!(
        keyring.open(place, input).is_err(),
        "an envelope was made without the key"
    );
    let _ = key_of(input);
    // A valid envelope with one changed byte, and a truncated one.
    let mut sealed = keyring.seal(place, input).expect("anything can be sealed");
    assert_eq!(
        keyring.open(place, &sealed).expect("it opens").as_slice(),
        input
    );
    if let [at, by, ..] = *input {
        let at = usize::from(at) % sealed.len();
        assert!(
            keyring
                .open(place, sealed.get(..at).unwrap_or_default())
                .is_err()
        );
        if by != 0 {
            sealed[at] ^= by;
            assert!(keyring.open(place, &sealed).is_err(), "a changed one opens");
        }
    }
    if let Ok(text) = std::str::from_utf8(input)
        && let Ok(keys) = Keyring::from_text("encryption.keys", text)
    {
        let sealed = keys.seal(place, b"x").expect("a key seals");
        assert_eq!(key_of(&sealed).ok(), Some(keys.active()));
        assert!(keys.names().contains(&keys.active()));
    }
});

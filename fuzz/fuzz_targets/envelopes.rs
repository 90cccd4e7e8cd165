//! Sealed secrets and key files.

#![no_main]

use libfuzzer_sys::fuzz_target;
use waba_migrator::crypto::{AssociatedData, Keyring, key_of};

const KEY: &str = "k1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

fuzz_target!(|input: &[u8]| {
    let aad = AssociatedData {
        tenant: "acme",
        table: "migrations",
        column: "access_token",
        row: b"0193",
    };
    let keyring = Keyring::from_text("encryption.keys", KEY).expect("the key is valid");
    assert!(
        keyring.open(aad, input).is_err(),
        "an envelope was made without the key"
    );
    let _ = key_of(input);
    // A valid envelope with one changed byte, and a truncated one.
    let mut sealed = keyring.seal(aad, input).expect("anything can be sealed");
    assert_eq!(
        keyring.open(aad, &sealed).expect("it decrypts").as_slice(),
        input
    );
    if let [at, by, ..] = *input {
        let at = usize::from(at) % sealed.len();
        assert!(
            keyring
                .open(aad, sealed.get(..at).unwrap_or_default())
                .is_err()
        );
        if by != 0 {
            sealed[at] ^= by;
            assert!(
                keyring.open(aad, &sealed).is_err(),
                "a changed one decrypts"
            );
        }
    }
    if let Ok(text) = std::str::from_utf8(input)
        && let Ok(keys) = Keyring::from_text("encryption.keys", text)
    {
        let sealed = keys.seal(aad, b"x").expect("a key seals");
        assert_eq!(key_of(&sealed).ok(), Some(keys.active()));
        assert!(keys.names().contains(&keys.active()));
    }
});

//! The text of an API key, and the parts of it that are stored.
//!
//! `wam_` + prefix + `_` + secret + checksum. The prefix is public and is the look-up key. The
//! secret is 40 characters of 5 random bits each. The checksum tells a mistyped key from an unknown
//! one without a store look-up. Scanners for leaked secrets can match the whole:
//! `wam_[0-9a-z]{10}_[0-9a-z]{46}`.
//!
//! Only the prefix and SHA-256 of the whole text are stored. A slow hash, as for passwords, would
//! gain nothing: it makes guessing expensive where few guesses suffice, and 200 random bits cannot
//! be guessed. It would cost a request as much as the request itself.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, SHA256_OUTPUT_LEN, digest};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The whole text of an API key, as its holder sends it.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct KeyText(String);

/// The look-up key of an API key: 10 characters. Public.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyPrefix(String);

/// SHA-256 of the text of an API key.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyHash([u8; SHA256_OUTPUT_LEN]);

/// Why a text is not an API key. Never contains the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidKey {
    /// Not of the form of a key.
    #[error("must be an API key: wam_, 10 characters, an underscore and 46 more")]
    Shape,
    /// Of the right form, with a wrong checksum.
    #[error("is mistyped or cut off: its checksum is wrong")]
    Checksum,
}

const START: &str = "wam_";
const PREFIX: usize = 10;
const SECRET: usize = 40;
const CHECKSUM: usize = 6;
/// Digits and lower-case letters without the confusable i, l, o and u. 32 characters: 5 bits each.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl KeyText {
    /// Number of random bytes for a new key: one for each character of prefix and secret.
    pub const RANDOM_BYTES: usize = PREFIX + SECRET;

    /// A new key, from random bytes.
    #[must_use]
    pub fn from_random(bytes: &[u8; Self::RANDOM_BYTES]) -> Self {
        let (prefix, secret) = bytes.split_at(PREFIX);
        // Allocated at full size: growing would leave a partial copy in freed memory.
        let mut text = String::with_capacity(START.len() + PREFIX + 1 + SECRET + CHECKSUM);
        text.push_str(START);
        text.extend(characters(prefix));
        text.push('_');
        text.extend(characters(secret));
        let checksum = checksum(&text);
        text.push_str(&checksum);
        Self(text)
    }

    /// The key in plain text, to be shown once.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The look-up key.
    #[must_use]
    pub fn prefix(&self) -> KeyPrefix {
        let prefix = self.0.get(START.len()..START.len() + PREFIX);
        KeyPrefix(prefix.unwrap_or_default().to_owned())
    }

    /// The hash to store or compare.
    #[must_use]
    pub fn hash(&self) -> KeyHash {
        KeyHash(sha256(&self.0))
    }
}

impl FromStr for KeyText {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        let text = text.trim();
        let parts = text
            .strip_prefix(START)
            .and_then(|rest| rest.split_once('_'));
        let fits = |part: &str, length| {
            part.len() == length && part.bytes().all(|b| ALPHABET.contains(&b))
        };
        match parts {
            Some((prefix, rest)) if fits(prefix, PREFIX) && fits(rest, SECRET + CHECKSUM) => {}
            _ => return Err(InvalidKey::Shape),
        }
        let (before, given) = text
            .split_at_checked(text.len().saturating_sub(CHECKSUM))
            .ok_or(InvalidKey::Shape)?;
        if checksum(before) == given {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidKey::Checksum)
        }
    }
}

impl fmt::Debug for KeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyText(…)")
    }
}

impl KeyPrefix {
    /// The prefix of a stored key, without validation.
    #[must_use]
    pub fn from_stored(prefix: String) -> Self {
        Self(prefix)
    }

    /// The 10 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl KeyHash {
    /// The hash of a stored key.
    #[must_use]
    pub const fn from_stored(bytes: [u8; SHA256_OUTPUT_LEN]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; SHA256_OUTPUT_LEN] {
        &self.0
    }

    /// Whether it is the hash of `text`. Constant time.
    #[must_use]
    pub fn is_of(&self, text: &KeyText) -> bool {
        verify_slices_are_equal(&self.0, &text.hash().0).is_ok()
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHash(…)")
    }
}

/// One character for the low 5 bits of each byte.
fn characters(bytes: &[u8]) -> impl Iterator<Item = char> {
    bytes
        .iter()
        .filter_map(|byte| ALPHABET.get(usize::from(byte % 32)))
        .map(|&character| char::from(character))
}

/// 30 bits of SHA-256 of the preceding characters. Not secret.
fn checksum(before: &str) -> String {
    characters(&sha256(before)).take(CHECKSUM).collect()
}

fn sha256(text: &str) -> [u8; SHA256_OUTPUT_LEN] {
    let mut bytes = [0; SHA256_OUTPUT_LEN];
    bytes.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> KeyText {
        let bytes = std::array::from_fn(|at| u8::try_from(at).unwrap().wrapping_mul(seed));
        KeyText::from_random(&bytes)
    }

    #[test]
    fn a_key_parses_from_its_own_text() {
        let text = key(7);
        assert_eq!(
            text.expose(),
            "wam_07enw3ahrz_6dmv29gqy5ckt18fpx4bjs07enw3ahrz6dmv29gqwfkjq1"
        );
        assert_eq!(format!(" {}\n", text.expose()).parse(), Ok(text.clone()));
        assert_eq!(text.prefix().as_str(), "07enw3ahrz");
        assert!(text.hash().is_of(&text) && !text.hash().is_of(&key(9)));
    }

    #[test]
    fn every_mistyped_character_is_detected() {
        let text = key(7).expose().to_owned();
        for at in 0..text.len() {
            let mut wrong = text.clone().into_bytes();
            wrong[at] = if wrong[at] == b'2' { b'3' } else { b'2' };
            let wrong = String::from_utf8(wrong).unwrap();
            assert!(wrong.parse::<KeyText>().is_err(), "at {at}");
        }
        let swapped = text.replacen("07enw3ahrz_6d", "07enw3ahrz_d6", 1);
        assert_eq!(swapped.parse::<KeyText>(), Err(InvalidKey::Checksum));
    }

    #[test]
    fn the_error_does_not_repeat_the_text() {
        let text = key(7).expose().to_owned();
        for bad in [
            "",
            "wam_",
            "canary",
            "wam_canary_canary",
            &text[1..],
            &text[..text.len() - 1],
            &format!("{text}0"),
            &text.to_uppercase(),
            &text.replacen('_', "é", 1),
            &text.replace("07enw3ahrz_", "07enw3ah\u{e9}_"),
        ] {
            let error = bad.parse::<KeyText>().unwrap_err();
            assert_eq!(error, InvalidKey::Shape, "{bad}");
            assert!(!format!("{error} {error:?}").contains("canary"));
        }
    }

    #[test]
    fn a_key_and_its_hash_never_print_themselves() {
        let text = key(7);
        assert_eq!(
            format!("{text:?} {:?}", text.hash()),
            "KeyText(…) KeyHash(…)"
        );
    }
}

//! The text of an API key, and what is kept of it.
//!
//! `wam_` + prefix + `_` + secret + checksum. The prefix is public: a key is looked up by it. The secret is 40 characters of
//! 5 random bits each. The checksum tells a mistyped key from one that nobody knows, without asking the store; and the whole
//! has a shape that scanners for leaked secrets can look for: `wam_[0-9a-z]{10}_[0-9a-z]{46}`.
//!
//! Kept is SHA-256 of the whole text and no more. A slow hash, as for passwords, would gain nothing: it makes guessing dear
//! where there are few guesses to make, and nobody guesses 200 random bits. It would cost a request what the request itself
//! does.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, SHA256_OUTPUT_LEN, digest};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// An API key as its holder shows it.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct KeyText(String);

/// What a key is looked up by: 10 characters. Public.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyPrefix(String);

/// What is kept of a key's text.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyHash([u8; SHA256_OUTPUT_LEN]);

/// Why a text is not an API key. Never says what the text was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidKey {
    /// It does not look like one.
    #[error("must be an API key: wam_, 10 characters, an underscore and 46 more")]
    Shape,
    /// It looks like one, and its checksum says that it was never given out.
    #[error("was mistyped or cut off: its checksum is wrong")]
    Checksum,
}

const START: &str = "wam_";
const PREFIX: usize = 10;
const SECRET: usize = 40;
const CHECKSUM: usize = 6;
/// Digits and lower-case letters without those that are taken for others: i, l, o and u. 32, so that each is worth 5 bits.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl KeyText {
    /// Random bytes that a new key takes: one for each character of its prefix and its secret.
    pub const RANDOM_BYTES: usize = PREFIX + SECRET;

    /// A new key, from the system's random source.
    #[must_use]
    pub fn from_random(bytes: &[u8; Self::RANDOM_BYTES]) -> Self {
        let (prefix, secret) = bytes.split_at(PREFIX);
        // Allocated at once, so that no copy of a part is left behind.
        let mut text = String::with_capacity(START.len() + PREFIX + 1 + SECRET + CHECKSUM);
        text.push_str(START);
        text.extend(characters(prefix));
        text.push('_');
        text.extend(characters(secret));
        let checksum = checksum(&text);
        text.push_str(&checksum);
        Self(text)
    }

    /// The key itself, for the one time that it is shown.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What it is looked up by.
    #[must_use]
    pub fn prefix(&self) -> KeyPrefix {
        let prefix = self.0.get(START.len()..START.len() + PREFIX);
        KeyPrefix(prefix.unwrap_or_default().to_owned())
    }

    /// What is kept of it.
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
    /// The prefix of a stored key.
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

    /// Whether it is the hash of `text`. Takes as long whichever byte differs.
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

/// One character for each byte, of which the low 5 bits count.
fn characters(bytes: &[u8]) -> impl Iterator<Item = char> {
    bytes
        .iter()
        .filter_map(|byte| ALPHABET.get(usize::from(byte % 32)))
        .map(|&character| char::from(character))
}

/// 30 bits that anybody can reckon from what stands before them.
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
    fn a_key_reads_back_as_it_was_written() {
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
    fn every_mistyped_character_is_noticed() {
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
    fn what_is_no_key_is_told_and_not_repeated() {
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

//! AES-256-GCM: the one place that uses the cipher.
//!
//! A ciphertext is the nonce, the encrypted bytes and the tag, in that order. Nonces are random, so
//! a wrapping key may wrap 2³² records (NIST SP 800-38D, 8.3); a data key seals one record only.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use super::Error;
use crate::util::random;

/// Size of a key, bytes.
pub(super) const KEY_BYTES: usize = 32;
/// Size of a tag, bytes.
const TAG_BYTES: usize = 16;
/// Bytes that sealing adds.
pub(super) const OVERHEAD: usize = NONCE_LEN + TAG_BYTES;

/// Fills `bytes` from the system's random source.
pub(super) fn fill(bytes: &mut [u8]) -> Result<(), Error> {
    random::fill(bytes).map_err(|_| Error::Cipher)
}

fn key(bytes: &[u8; KEY_BYTES]) -> Result<LessSafeKey, Error> {
    UnboundKey::new(&AES_256_GCM, bytes)
        .map(LessSafeKey::new)
        .map_err(|_| Error::Cipher)
}

/// Seals `plain` with the associated data `aad`.
pub(super) fn seal(by: &[u8; KEY_BYTES], aad: &[u8], plain: &[u8]) -> Result<Vec<u8>, Error> {
    let mut nonce = [0; NONCE_LEN];
    fill(&mut nonce)?;
    // Encrypted in place, in one allocation, so that no copy of the plain text is left behind.
    let mut sealed = Vec::with_capacity(plain.len().saturating_add(OVERHEAD));
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(plain);
    let body = sealed.get_mut(NONCE_LEN..).ok_or(Error::Cipher)?;
    let tag = key(by)?
        .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), body)
        .map_err(|_| Error::Cipher)?;
    sealed.extend_from_slice(tag.as_ref());
    Ok(sealed)
}

/// Opens what [`seal`] sealed with the same key and `aad`.
pub(super) fn open(
    by: &[u8; KEY_BYTES],
    aad: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let (nonce, body) = sealed
        .split_first_chunk::<NONCE_LEN>()
        .ok_or(Error::Malformed("it is too short"))?;
    let mut plain = Zeroizing::new(body.to_vec());
    let length = key(by)?
        .open_in_place(
            Nonce::assume_unique_for_key(*nonce),
            Aad::from(aad),
            plain.as_mut_slice(),
        )
        .map_err(|_| Error::Refused)?
        .len();
    plain.truncate(length);
    Ok(plain)
}

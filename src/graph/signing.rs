//! `appsecret_proof`: the signature that shows that a call comes from the app of its token.

use std::fmt::Write;

use aws_lc_rs::{digest, hmac};

use domain::{AccessToken, AppSecret};

/// The query parameter of the signature.
pub(super) const PARAMETER: &str = "appsecret_proof";

/// HMAC-SHA256 of the token with the app's secret, in hexadecimal.
pub(super) fn proof(secret: &AppSecret, token: &AccessToken) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    let tag = hmac::sign(&key, token.expose().as_bytes());
    hexadecimal(tag.as_ref())
}

/// SHA-256 of the token, in hexadecimal: identifies the token without revealing it.
pub(super) fn fingerprint(token: &AccessToken) -> String {
    hexadecimal(digest::digest(&digest::SHA256, token.expose().as_bytes()).as_ref())
}

fn hexadecimal(bytes: &[u8]) -> String {
    let hex = String::with_capacity(bytes.len().saturating_mul(2));
    bytes.iter().fold(hex, |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected value is of `echo -n EAAB-token | openssl dgst -sha256 -hmac app-secret`.
    #[test]
    fn the_proof_is_hmac_sha256_in_hexadecimal() {
        let proof = proof(
            &"app-secret".parse().unwrap(),
            &"EAAB-token".parse().unwrap(),
        );
        assert_eq!(
            proof,
            "294c307ff2427ed2140908ec13f483ef7f7d7819a8fc32fb535cf6ada2327ab2"
        );
    }
}

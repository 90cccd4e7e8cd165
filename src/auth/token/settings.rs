//! Whose tokens are taken, and what they must say.

use std::str::FromStr;

use jiff::SignedDuration;
use reqwest::Url;

use super::{Algorithms, Claim};
use crate::util::loopback::is_loopback;

/// Whose tokens are taken, and what they must say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Who issues them: their `iss`.
    pub issuer: String,
    /// For whom they must be: one of their `aud`.
    pub audience: String,
    /// Where the issuer publishes its keys.
    pub jwks_url: KeySetUrl,
    /// What they may be signed by.
    pub algorithms: Algorithms,
    /// The claim that says for which tenant its holder acts.
    pub tenant_claim: Claim,
    /// The claim that says as what; without one its holder is a migrator.
    pub role_claim: Option<Claim>,
    /// How far the issuer's clock may be from ours.
    pub leeway: SignedDuration,
    /// How old the keys may be before they are asked for again, beside the calls.
    pub refresh_after: SignedDuration,
    /// The time from a failed fetch of the keys, or one for a key id that was not found, to the next.
    pub fetch_every: SignedDuration,
    /// The age at which the keys are no longer used: a call then waits for a fetch, and fails where that fails.
    pub max_stale: SignedDuration,
    /// Whether a token may be for the tenant `default`, the operator's own.
    pub allow_default_tenant: bool,
}

/// Where an issuer publishes its keys: over https, or over http on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySetUrl(Url);

/// Not where an issuer could publish its keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be an https:// URL (http:// for this machine alone: whoever could change the keys on their way could make tokens), \
     without user and password"
)]
pub struct InvalidUrl;

impl KeySetUrl {
    pub(super) const fn url(&self) -> &Url {
        &self.0
    }

    /// Whether it is on this machine.
    pub(super) fn is_loopback(&self) -> bool {
        is_loopback(self.0.host_str().unwrap_or_default())
    }
}

impl FromStr for KeySetUrl {
    type Err = InvalidUrl;

    fn from_str(text: &str) -> Result<Self, InvalidUrl> {
        let url = Self(Url::parse(text).map_err(|_| InvalidUrl)?);
        let plain = url.0.scheme() == "http" && url.is_loopback();
        let trusted = url.0.scheme() == "https" || plain;
        let bare = url.0.username().is_empty() && url.0.password().is_none();
        if trusted && bare {
            Ok(url)
        } else {
            Err(InvalidUrl)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_over_https_or_from_this_machine() {
        for good in [
            "https://login.example.com/.well-known/jwks.json",
            "http://127.0.0.1:9000/keys",
            "http://[::1]:9000/keys",
            "http://localhost/keys",
        ] {
            assert!(good.parse::<KeySetUrl>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "http://login.example.com/keys",
            "http://127.0.0.1.example.com/keys",
            "https://user:canary@login.example.com/keys",
            "ftp://127.0.0.1/keys",
            "file:///etc/keys",
            "login.example.com",
        ] {
            assert_eq!(bad.parse::<KeySetUrl>(), Err(InvalidUrl), "{bad}");
        }
    }
}

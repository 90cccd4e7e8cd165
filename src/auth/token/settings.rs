//! Which tokens are accepted.

use std::str::FromStr;

use jiff::SignedDuration;
use reqwest::Url;

use super::{Algorithms, Claim};
use crate::util::loopback::is_loopback;

/// Which tokens are accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The issuer: the claim `iss`.
    pub issuer: String,
    /// The audience: one of the claim `aud`.
    pub audience: String,
    /// The URL of the issuer's keys.
    pub jwks_url: KeySetUrl,
    /// The accepted signature algorithms.
    pub algorithms: Algorithms,
    /// The claim with the tenant.
    pub tenant_claim: Claim,
    /// The claim with the role. If unset, every holder is a migrator.
    pub role_claim: Option<Claim>,
    /// Tolerated difference between the issuer's clock and ours.
    pub leeway: SignedDuration,
    /// Age at which the cached keys are refreshed in the background.
    pub refresh_after: SignedDuration,
    /// Interval from a failed fetch, or one that did not find a key id, to the next.
    pub fetch_every: SignedDuration,
    /// Maximum age of cached keys. Beyond it, a call waits for a fetch and fails with it.
    pub max_stale: SignedDuration,
    /// Whether tokens for the tenant `default`, the operator's own, are accepted.
    pub allow_default_tenant: bool,
}

/// The URL of an issuer's keys: https, or http on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySetUrl(Url);

/// The text is not such a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be an https:// URL without user and password; http:// is accepted for this machine only, since \
     changed keys would allow forged tokens"
)]
pub struct InvalidUrl;

impl KeySetUrl {
    pub(super) const fn url(&self) -> &Url {
        &self.0
    }

    /// Whether the host is this machine.
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
    fn a_key_set_url_is_https_or_on_this_machine() {
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

//! Settings of the adapter to the Graph API.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use reqwest::Url;

use crate::util::loopback::is_loopback;

/// How the Graph API is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where it is.
    pub base_url: BaseUrl,
    /// Its version.
    pub version: Version,
    /// Connect timeout.
    pub connect_timeout: Duration,
    /// Timeout of a call, reading the response included.
    pub timeout: Duration,
    /// Timeout of a register call, which takes Meta up to 15 seconds and must not be cut off.
    pub register_timeout: Duration,
    /// Maximum response size, bytes.
    pub max_response_bytes: usize,
    /// Limits on calls.
    pub limits: CallLimits,
}

/// Limits on calls to the Graph API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallLimits {
    /// Maximum concurrent calls.
    pub calls: usize,
    /// Maximum concurrent calls for one tenant.
    pub calls_per_tenant: usize,
    /// Maximum concurrent calls about one WABA.
    pub calls_per_waba: usize,
    /// Maximum reads of a WABA per hour.
    pub hourly_reads: u32,
    /// Maximum reads per hour of a WABA that is not known to have a registered number.
    pub hourly_reads_fresh: u32,
}

/// The URL of the Graph API, `https://graph.facebook.com`, or of a sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

/// A version of the Graph API: `v27.0`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(String);

/// The HTTP client for the Graph API cannot be created.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client for the Graph API cannot be created")]
pub struct Error(#[source] pub(super) reqwest::Error);

/// The text is no base URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be an http or https URL without user, query or fragment, such as \
     https://graph.facebook.com"
)]
pub struct InvalidBaseUrl;

/// The text is no version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a version of the Graph API: v, a number, a dot and a number, such as v27.0")]
pub struct InvalidVersion;

impl BaseUrl {
    /// The host name, without the port.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The port, or the default port of the scheme.
    pub(super) fn port(&self) -> Option<i64> {
        self.0.port_or_known_default().map(i64::from)
    }

    /// Whether the host is this machine: it is called without a proxy.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(self.host())
    }

    /// Whether the host is Meta's.
    pub(crate) fn is_metas(&self) -> bool {
        self.host() == "facebook.com" || self.host().ends_with(".facebook.com")
    }

    /// Whether it is called without TLS.
    pub(crate) fn is_plain(&self) -> bool {
        self.0.scheme() == "http"
    }

    /// The URL of `path` in `version`.
    pub(super) fn join(&self, version: &Version, path: &str) -> Url {
        let mut url = self.0.clone();
        let base = self.0.path().trim_end_matches('/');
        url.set_path(&format!("{base}/{}{path}", version.0));
        url
    }
}

impl FromStr for BaseUrl {
    type Err = InvalidBaseUrl;

    fn from_str(text: &str) -> Result<Self, InvalidBaseUrl> {
        let url = Url::parse(text.trim()).map_err(|_| InvalidBaseUrl)?;
        let plain = url.username().is_empty() && url.password().is_none();
        let bare = url.query().is_none() && url.fragment().is_none();
        let web = matches!(url.scheme(), "http" | "https") && url.has_host();
        if plain && bare && web {
            Ok(Self(url))
        } else {
            Err(InvalidBaseUrl)
        }
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl Version {
    /// The version, with its `v`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl FromStr for Version {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Self, InvalidVersion> {
        let text = text.trim();
        let parts = text
            .strip_prefix('v')
            .and_then(|numbers| numbers.split_once('.'));
        match parts {
            Some((major, minor)) if digits(major) && digits(minor) => Ok(Self(text.to_owned())),
            _ => Err(InvalidVersion),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_v_number_dot_number() {
        assert_eq!("v27.0".parse::<Version>().unwrap().as_str(), "v27.0");
        for bad in [
            "25.0", "v25", "v25.", "v.0", "v27.0.1", "V25.0", "v27.0/x", "",
        ] {
            assert_eq!(bad.parse::<Version>(), Err(InvalidVersion), "{bad}");
        }
    }

    #[test]
    fn a_base_url_has_no_user_query_or_fragment() {
        let base = |text: &str| text.parse::<BaseUrl>();
        let version: Version = "v27.0".parse().unwrap();
        let path = "/104996122399160/phone_numbers";
        for (given, joined) in [
            (
                "https://graph.facebook.com",
                "https://graph.facebook.com/v27.0/104996122399160/phone_numbers",
            ),
            (
                "http://127.0.0.1:8090/graph/",
                "http://127.0.0.1:8090/graph/v27.0/104996122399160/phone_numbers",
            ),
        ] {
            assert_eq!(base(given).unwrap().join(&version, path).as_str(), joined);
        }
        for bad in [
            "graph.facebook.com",
            "ftp://graph.facebook.com",
            "https://a:b@host",
            "https://host?x=1",
            "https://",
        ] {
            assert_eq!(base(bad), Err(InvalidBaseUrl), "{bad}");
        }
        assert!(base("http://[::1]:8090").unwrap().is_loopback());
        assert!(!base("https://graph.facebook.com").unwrap().is_loopback());
    }
}

//! Settings of the adapter, and why they can be wrong.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use reqwest::Url;

use crate::util::loopback::is_loopback;

/// How Meta's Graph API is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where it is.
    pub base_url: BaseUrl,
    /// Which version of it is spoken.
    pub version: Version,
    /// How long a connection may take to stand.
    pub connect_timeout: Duration,
    /// How long a call may take, answer and all.
    pub timeout: Duration,
    /// The same for registering, which takes Meta up to 15 seconds and must not be cut off.
    pub register_timeout: Duration,
    /// Larger answers are not read.
    pub max_response_bytes: usize,
    /// How many calls may be made.
    pub limits: CallLimits,
}

/// Where the Graph API is: `https://graph.facebook.com`, or a stand-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

/// A version of the Graph API: `v27.0`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(String);

/// Why there is no adapter with these settings. Never says what a secret was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Not a usable base URL.
    #[error(
        "base_url must be an http or https address without user, query or fragment, like https://graph.facebook.com"
    )]
    BaseUrl,
    /// Not a version.
    #[error("version must be v, a number, a dot and a number, like v27.0")]
    Version,
    /// A time-out of nothing.
    #[error("{0} must be longer than nothing")]
    ZeroTimeout(&'static str),
    /// The cap is below what an ordinary answer needs.
    #[error("max_response_bytes must be at least {MIN_RESPONSE_BYTES}")]
    MaxResponseBytes,
    /// No call could ever be made.
    #[error("limits must be at least 1 each")]
    NoCalls,
    /// The HTTP client could not be made.
    #[error("the HTTP client could not be made")]
    Client(#[source] reqwest::Error),
}

/// How many calls may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallLimits {
    /// At once.
    pub calls: usize,
    /// At once, for one tenant.
    pub calls_per_tenant: usize,
    /// At once, about one WABA.
    pub calls_per_waba: usize,
    /// Readings of a WABA within an hour.
    pub hourly_reads: u32,
    /// Readings of a WABA that has no registered number, or is not known to have one, within an hour.
    pub hourly_reads_fresh: u32,
}

/// Below this, ordinary answers of Meta's would not fit.
const MIN_RESPONSE_BYTES: usize = 4 * 1024;

impl Settings {
    /// These, and sensible limits for the rest.
    #[must_use]
    pub fn new(base_url: BaseUrl, version: Version) -> Self {
        Self {
            base_url,
            version,
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(30),
            register_timeout: Duration::from_mins(1),
            max_response_bytes: 4 * 1024 * 1024,
            limits: CallLimits::default(),
        }
    }

    /// Whether a client can be made with them.
    pub fn validate(&self) -> Result<(), Error> {
        let timeouts = [
            ("connect_timeout", self.connect_timeout),
            ("timeout", self.timeout),
            ("register_timeout", self.register_timeout),
        ];
        if let Some((name, _)) = timeouts.into_iter().find(|(_, timeout)| timeout.is_zero()) {
            return Err(Error::ZeroTimeout(name));
        }
        if self.max_response_bytes < MIN_RESPONSE_BYTES {
            return Err(Error::MaxResponseBytes);
        }
        let CallLimits {
            calls,
            calls_per_tenant,
            calls_per_waba,
            hourly_reads,
            hourly_reads_fresh,
        } = self.limits;
        let at_once = [calls, calls_per_tenant, calls_per_waba];
        if at_once.contains(&0) || hourly_reads == 0 || hourly_reads_fresh == 0 {
            return Err(Error::NoCalls);
        }
        Ok(())
    }
}

impl Default for CallLimits {
    /// Meta allows 5,000 readings an hour, and 200 of a WABA without a number. A few are left for whoever else uses the
    /// app.
    fn default() -> Self {
        Self {
            calls: 640,
            calls_per_tenant: 512,
            calls_per_waba: 64,
            hourly_reads: 4_750,
            hourly_reads_fresh: 190,
        }
    }
}

impl BaseUrl {
    /// The host's name, for traces.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The port, likewise.
    pub(super) fn port(&self) -> Option<i64> {
        self.0.port_or_known_default().map(i64::from)
    }

    /// Whether it is this machine: no proxy stands between.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(self.host())
    }

    /// Whether it is spoken to without TLS.
    pub(super) fn is_plain(&self) -> bool {
        self.0.scheme() == "http"
    }

    /// The address of `path` in `version`.
    pub(super) fn join(&self, version: &Version, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!(
            "{}/{}{path}",
            self.0.path().trim_end_matches('/'),
            version.0
        ));
        url
    }
}

impl FromStr for BaseUrl {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let url = Url::parse(text.trim()).map_err(|_| Error::BaseUrl)?;
        let plain = url.username().is_empty() && url.password().is_none();
        let bare = url.query().is_none() && url.fragment().is_none();
        let web = matches!(url.scheme(), "http" | "https") && url.has_host();
        if plain && bare && web {
            Ok(Self(url))
        } else {
            Err(Error::BaseUrl)
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
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        let parts = text
            .strip_prefix('v')
            .and_then(|numbers| numbers.split_once('.'));
        match parts {
            Some((major, minor)) if digits(major) && digits(minor) => Ok(Self(text.to_owned())),
            _ => Err(Error::Version),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(text: &str) -> Result<BaseUrl, Error> {
        text.parse()
    }

    #[test]
    fn a_version_is_v_number_dot_number() {
        assert_eq!("v27.0".parse::<Version>().unwrap().as_str(), "v27.0");
        for bad in [
            "25.0", "v25", "v25.", "v.0", "v27.0.1", "V25.0", "v27.0/x", "",
        ] {
            assert!(
                matches!(bad.parse::<Version>(), Err(Error::Version)),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_base_url_is_a_bare_web_address() {
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
            assert!(matches!(base(bad), Err(Error::BaseUrl)), "{bad}");
        }
        assert!(base("http://[::1]:8090").unwrap().is_loopback());
        assert!(!base("https://graph.facebook.com").unwrap().is_loopback());
    }

    #[test]
    fn a_time_out_of_nothing_and_a_tiny_cap_are_refused() {
        let mut settings = Settings::new(
            base("https://graph.facebook.com").unwrap(),
            "v27.0".parse().unwrap(),
        );
        assert!(settings.validate().is_ok());
        settings.max_response_bytes = 10;
        assert!(matches!(settings.validate(), Err(Error::MaxResponseBytes)));
        settings.register_timeout = Duration::ZERO;
        assert!(matches!(
            settings.validate(),
            Err(Error::ZeroTimeout("register_timeout"))
        ));
    }
}

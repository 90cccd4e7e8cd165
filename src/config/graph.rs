//! `[graph]`: how Meta is spoken to.

use std::time::Duration;

use jiff::SignedDuration;

use super::{Reader, Secret};
use crate::util::loopback::is_loopback;
use domain::{AccessToken, AppId};

/// How Meta is spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graph {
    /// Where Graph is, without a slash at the end.
    pub base_url: String,
    /// Its version, for example `v27.0`.
    pub version: String,
    /// The token for migrations that bring none of their own.
    pub access_token: Option<AccessToken>,
    /// The Meta app that the token belongs to.
    pub app_id: Option<AppId>,
    /// The secret of that app.
    pub app_secret: Option<Secret>,
    /// How long a connection may take to come about.
    pub connect_timeout: Duration,
    /// How long a call may take.
    pub timeout: Duration,
    /// How long a register call may take.
    pub register_timeout: Duration,
    /// The largest answer that is read, in bytes.
    pub max_response_bytes: usize,
    /// How many calls are under way at once.
    pub calls: usize,
    /// How many of them are for one tenant.
    pub calls_per_tenant: usize,
    /// How many of them are about one WABA.
    pub calls_per_waba: usize,
    /// Readings of a WABA within an hour.
    pub hourly_reads: u32,
    /// Readings of a WABA that has no registered number within an hour.
    pub hourly_reads_fresh: u32,
}

impl Graph {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        const SHORT: SignedDuration = SignedDuration::from_millis(100);
        const LONG: SignedDuration = SignedDuration::from_mins(5);
        let graph = Self {
            base_url: base_url(reader, "graph.base_url", "graph.allow_http"),
            version: version(reader),
            access_token: access_token(reader),
            app_id: app_id(reader),
            app_secret: reader.secret("graph.app_secret").map(Secret::new),
            connect_timeout: reader.timeout("graph.connect_timeout", SHORT..=LONG),
            timeout: reader.timeout("graph.timeout", SHORT..=LONG),
            register_timeout: reader.timeout("graph.register_timeout", SHORT..=LONG),
            max_response_bytes: reader.number("graph.max_response_bytes", 65_536..=268_435_456),
            calls: reader.number("graph.calls", 1..=65_536),
            calls_per_tenant: reader.number("graph.calls_per_tenant", 1..=65_536),
            calls_per_waba: reader.number("graph.calls_per_waba", 1..=65_536),
            hourly_reads: reader.number("graph.hourly_reads", 1..=100_000_000),
            hourly_reads_fresh: reader.number("graph.hourly_reads_fresh", 1..=100_000_000),
        };
        let keys = ["graph.connect_timeout", "graph.timeout"];
        if reader.sound(&keys) && graph.connect_timeout > graph.timeout {
            reader.problem(
                "graph.connect_timeout",
                "must not be longer than graph.timeout",
            );
        }
        let keys = ["graph.timeout", "graph.register_timeout"];
        if reader.sound(&keys) && graph.register_timeout < graph.timeout {
            reader.problem(
                "graph.register_timeout",
                "must not be shorter than graph.timeout: register is the slow call",
            );
        }
        graph
    }

    /// The host of `base_url`, without its port: `graph.facebook.com`.
    #[must_use]
    pub fn host(&self) -> String {
        let url = reqwest::Url::parse(&self.base_url).ok();
        url.and_then(|url| url.host_str().map(str::to_owned))
            .unwrap_or_default()
    }
}

/// An address that Graph, or a stand-in for it, can have. Over http:// only on this machine, unless the section allows it.
pub(super) fn base_url(reader: &mut Reader<'_>, key: &'static str, allow_key: &str) -> String {
    let text = reader.text(key);
    let allowed = reader.switch(allow_key);
    let Ok(url) = reqwest::Url::parse(&text) else {
        reader.wrong(
            key,
            "must be a URL such as https://graph.facebook.com",
            &text,
        );
        return text;
    };
    let host = url.host_str().unwrap_or_default();
    let is_plain = url.scheme() == "http";
    if !(is_plain || url.scheme() == "https") || host.is_empty() {
        reader.problem(
            key,
            "must begin with https://, or with http:// for a sandbox",
        );
    } else if !url.username().is_empty()
        || url.password().is_some()
        || url.query().is_some()
        || url.fragment().is_some()
    {
        reader.problem(
            key,
            "must be a host, a port and a path at most: no user, no ? and no #",
        );
    } else if is_plain && is_metas(host) {
        reader.problem(
            key,
            "must begin with https://: access tokens would travel in the clear",
        );
    } else if is_plain && !is_loopback(host) && !allowed {
        reader.problem(
            key,
            format!(
                "must begin with https://, since it names another machine: over http:// access tokens, codes and PINs can be \
                 read on the way. For a sandbox within a network that is trusted set {allow_key} = true"
            ),
        );
    }
    text.trim_end_matches('/').to_owned()
}

/// Whether Meta answers there.
pub(super) fn is_metas(host: &str) -> bool {
    host == "facebook.com" || host.ends_with(".facebook.com")
}

fn version(reader: &mut Reader<'_>) -> String {
    let key = "graph.version";
    let text = reader.text(key);
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let fits = text
        .strip_prefix('v')
        .and_then(|rest| rest.split_once('.'))
        .is_some_and(|(major, minor)| digits(major) && digits(minor));
    if !fits {
        reader.wrong(
            key,
            "must be a version of the Graph API such as v27.0",
            &text,
        );
    }
    text
}

fn access_token(reader: &mut Reader<'_>) -> Option<AccessToken> {
    let key = "graph.access_token";
    reader
        .secret(key)?
        .parse()
        .map_err(|error| reader.problem(key, format!("{error}")))
        .ok()
}

fn app_id(reader: &mut Reader<'_>) -> Option<AppId> {
    let key = "graph.app_id";
    let text = reader.text(key);
    if text.is_empty() {
        return None;
    }
    text.parse()
        .map_err(|error| reader.wrong(key, error, &text))
        .ok()
}

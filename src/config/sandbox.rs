//! `[sandbox]`: the stand-in for Graph.

use std::net::SocketAddr;
use std::time::Duration;

use jiff::SignedDuration;

use super::{Reader, graph, server};

/// The stand-in for Graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sandbox {
    /// Where the calls of the sandbox's tenants go. `None`: they are refused.
    pub base_url: Option<String>,
    /// Where it listens.
    pub listen: SocketAddr,
    /// How long each of its answers takes at least.
    pub latency: Duration,
    /// How long the answer of its slow-register scenario takes.
    pub register_delay: Duration,
}

impl Sandbox {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        const DELAY: std::ops::RangeInclusive<SignedDuration> =
            SignedDuration::ZERO..=SignedDuration::from_mins(10);
        Self {
            base_url: base_url(reader),
            listen: server::address(reader, "sandbox.listen"),
            latency: reader.timeout("sandbox.latency", DELAY),
            register_delay: reader.timeout("sandbox.register_delay", DELAY),
        }
    }
}

const ALLOW_HTTP: &str = "sandbox.allow_http";

fn base_url(reader: &mut Reader<'_>) -> Option<String> {
    let key = "sandbox.base_url";
    if reader.text(key).is_empty() {
        reader.switch(ALLOW_HTTP);
        return None;
    }
    let url = graph::base_url(reader, key, ALLOW_HTTP);
    let host = reqwest::Url::parse(&url);
    let host = host.as_ref().ok().and_then(|url| url.host_str());
    if host.is_some_and(graph::is_metas) {
        reader.problem(key, "must be a sandbox's, and is Meta's own");
    }
    Some(url)
}

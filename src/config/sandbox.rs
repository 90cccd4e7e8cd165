//! `[sandbox]`: the sandbox that replaces the Graph API.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use jiff::SignedDuration;

use super::{Reader, graph, server};
use crate::graph::BaseUrl;

/// The sandbox that replaces the Graph API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxSettings {
    /// Where the service sends the calls of sandbox tenants. `None`: it refuses them.
    pub base_url: Option<BaseUrl>,
    /// Where the sandbox listens.
    pub listen: SocketAddr,
    /// Minimum response time.
    pub latency: Duration,
    /// Response time of the slow-register scenario.
    pub register_delay: Duration,
}

const DELAY: RangeInclusive<SignedDuration> = SignedDuration::ZERO..=SignedDuration::from_mins(10);

impl SandboxSettings {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let key = "sandbox.base_url";
        let base_url = graph::base_url(reader, key, "sandbox.allow_http");
        if base_url.as_ref().is_some_and(BaseUrl::is_metas) && reader.sound(&[key]) {
            reader.problem(key, "must be the URL of a sandbox, and is Meta's own");
        }
        Self {
            base_url,
            listen: server::address(reader, "sandbox.listen"),
            latency: reader.timeout("sandbox.latency", DELAY),
            register_delay: reader.timeout("sandbox.register_delay", DELAY),
        }
    }
}

//! `[sandbox]`: the stand-in for Graph.

use std::net::SocketAddr;
use std::time::Duration;

use jiff::SignedDuration;

use super::{Reader, server};

/// The stand-in for Graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sandbox {
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
            listen: server::address(reader, "sandbox.listen"),
            latency: reader.timeout("sandbox.latency", DELAY),
            register_delay: reader.timeout("sandbox.register_delay", DELAY),
        }
    }
}

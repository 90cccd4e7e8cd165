//! `[graph]`: how the Graph API is called. The credentials in this section belong to the engine.

use jiff::SignedDuration;

use super::Reader;
use crate::graph::{BaseUrl, CallLimits, Settings};
use crate::util::loopback::is_loopback;

const SHORT: SignedDuration = SignedDuration::from_millis(100);
const LONG: SignedDuration = SignedDuration::from_mins(5);

impl Settings {
    /// `None` if the base URL or the version is wrong, which was reported.
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let base_url = base_url(reader, "graph.base_url", "graph.allow_http");
        reader.require("graph.base_url", base_url.as_ref());
        let version = reader.parsed("graph.version");
        reader.require("graph.version", version.as_ref());
        let connect_timeout = reader.timeout("graph.connect_timeout", SHORT..=LONG);
        let timeout = reader.timeout("graph.timeout", SHORT..=LONG);
        let register_timeout = reader.timeout("graph.register_timeout", SHORT..=LONG);
        let max_response_bytes = reader.number("graph.max_response_bytes", 65_536..=268_435_456);
        let limits = CallLimits {
            calls: reader.number("graph.calls", 1..=65_536),
            calls_per_tenant: reader.number("graph.calls_per_tenant", 1..=65_536),
            calls_per_waba: reader.number("graph.calls_per_waba", 1..=65_536),
            hourly_reads: reader.number("graph.hourly_reads", 1..=100_000_000),
            hourly_reads_fresh: reader.number("graph.hourly_reads_fresh", 1..=100_000_000),
        };
        let keys = ["graph.connect_timeout", "graph.timeout"];
        if reader.sound(&keys) && connect_timeout > timeout {
            reader.problem(
                "graph.connect_timeout",
                "must not be longer than graph.timeout",
            );
        }
        let keys = ["graph.timeout", "graph.register_timeout"];
        if reader.sound(&keys) && register_timeout < timeout {
            reader.problem(
                "graph.register_timeout",
                "must not be shorter than graph.timeout: register is the slow call",
            );
        }
        Some(Self {
            base_url: base_url?,
            version: version?,
            connect_timeout,
            timeout,
            register_timeout,
            max_response_bytes,
            limits,
        })
    }
}

/// The URL of Graph or of a sandbox; `None` if it is not set or wrong. Plain HTTP only on this
/// machine, unless the section allows it.
pub(super) fn base_url(reader: &mut Reader<'_>, key: &str, allow_key: &str) -> Option<BaseUrl> {
    let allowed = reader.switch(allow_key);
    let url: BaseUrl = reader.parsed(key)?;
    if url.is_plain() && url.is_metas() {
        reader.problem(
            key,
            "must begin with https://: access tokens would travel in the clear",
        );
    } else if url.is_plain() && !is_loopback(url.host()) && !allowed {
        reader.problem(
            key,
            format!(
                "must begin with https://, since it names another machine: over http:// access \
                 tokens, codes and PINs can be read on the way. For a sandbox within a trusted \
                 network set {allow_key} = true"
            ),
        );
    }
    Some(url)
}

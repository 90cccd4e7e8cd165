//! Traces of requests and of the work that they start.
//!
//! A request continues the W3C trace context of its caller once the caller is authenticated, or
//! starts a trace. Work that it starts, in another process or days later, is a root span that links
//! back to it. Without a collector the contexts exist as well, for the log.
//!
//! The spans are those of `tracing`, created where the work is done, with OpenTelemetry's names;
//! this module exports them.

mod context;
mod otlp;
mod sampling;

use std::collections::HashMap;

use zeroize::Zeroizing;

pub(super) use context::id_of;
pub use context::{RequestTrace, begun_by, follow, may_continue};
pub(super) use otlp::{close, layer, provider};

/// Where traces are sent, and which.
#[derive(Debug, Clone)]
pub struct TraceSettings {
    /// The URL of the collector.
    pub endpoint: String,
    /// The transport.
    pub protocol: OtlpProtocol,
    /// The share of traces that is sent, from 0 to 1, of those that start here. Traces with a
    /// failure are always sent.
    pub ratio: f64,
    /// Maximum traces per second that are sent because their callers sample them.
    pub caller_samples_per_second: u32,
    /// Headers for the collector, such as credentials.
    pub headers: Headers,
}

/// The transport to the collector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OtlpProtocol {
    /// OTLP over gRPC.
    #[default]
    Grpc,
    /// OTLP over HTTP, in protobuf.
    Http,
}

/// Headers whose values may be secret and are never printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers(HashMap<String, Zeroizing<String>>);

impl Headers {
    /// Headers of these names and values.
    #[must_use]
    pub fn new(headers: impl IntoIterator<Item = (String, String)>) -> Self {
        let secret = |(name, value)| (name, Zeroizing::new(value));
        Self(headers.into_iter().map(secret).collect())
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let headers = self.0.iter();
        headers.map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl std::fmt::Debug for Headers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

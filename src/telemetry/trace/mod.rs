//! Traces: where a request came from, and what came of it.
//!
//! A request continues its caller's W3C context once the caller is authenticated, or begins one. What happens later for its sake, in another process or days
//! after, is a root of its own that links back to it. Without a collector the contexts are there all the same, for the log.
//!
//! The spans themselves are `tracing`'s, made where the work is done, with OpenTelemetry's names; this room exports them.

mod context;
mod export;
mod send;
mod tail;

use std::collections::HashMap;

use zeroize::Zeroizing;

pub(super) use context::id_of;
pub use context::{begin, begun_by, follow};
pub(super) use export::{close, layer, provider};

/// Where traces go, and which.
#[derive(Debug, Clone)]
pub struct Traces {
    /// The collector, as a URL.
    pub endpoint: String,
    /// How it is spoken to.
    pub protocol: Protocol,
    /// What part of the traces that begin here is sent, from 0 to 1. Those in which something failed always are.
    pub ratio: f64,
    /// How many traces a second are sent because their callers say so.
    pub caller_samples_per_second: u32,
    /// What the collector asks for, by the names of headers.
    pub headers: Headers,
}

/// How a collector is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Protocol {
    /// OTLP over gRPC.
    #[default]
    Grpc,
    /// OTLP over HTTP, in protobuf.
    Http,
}

/// Headers, which may be secret: they never print themselves.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers(HashMap<String, Zeroizing<String>>);

impl Headers {
    /// These headers.
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

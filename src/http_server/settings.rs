//! Limits on connections.

use std::time::Duration;

/// Limits on connections, and how long one lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Maximum connections.
    pub max_connections: usize,
    /// Maximum concurrent requests on one HTTP/2 connection.
    pub max_streams: u32,
    /// Maximum size of a request's headers, bytes.
    pub max_header_bytes: u32,
    /// Maximum size of all request bodies in memory, bytes, over all connections.
    pub max_request_bytes_in_flight: usize,
    /// Timeout of the TLS handshake, and again of the first request's headers.
    pub handshake_timeout: Duration,
    /// A client that reads no response bytes for this time is disconnected.
    pub send_timeout: Duration,
    /// An HTTP/2 connection that is silent for this time is sent a ping.
    pub keep_alive_interval: Duration,
    /// Timeout of that ping.
    pub keep_alive_timeout: Duration,
    /// Maximum age of a connection, plus or minus a tenth: it accepts no requests afterwards.
    pub max_connection_age: Duration,
    /// How long requests in progress may take after that.
    pub max_connection_age_grace: Duration,
}

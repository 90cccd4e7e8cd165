//! What a connection may cost.

use std::time::Duration;

/// What a connection may cost, and how long it lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// How many there are at once.
    pub max_connections: usize,
    /// How many requests are under way on one, over HTTP/2.
    pub max_streams: u32,
    /// The headers of a request, in bytes.
    pub max_header_bytes: u32,
    /// The bytes of request bodies that the process holds at once, whatever connections they came by.
    pub max_request_bytes_in_flight: usize,
    /// The TLS handshake takes no longer, and nor does the first request's headers after it.
    pub handshake_timeout: Duration,
    /// An answer of which the client takes nothing for so long is given up, with its connection.
    pub send_timeout: Duration,
    /// Over HTTP/2, a connection on which nothing comes for so long is asked whether it lives.
    pub keep_alive_interval: Duration,
    /// How long that question may stay unanswered.
    pub keep_alive_timeout: Duration,
    /// How old one gets, give or take a tenth: then it takes no more requests.
    pub max_connection_age: Duration,
    /// How long requests that are under way may then take.
    pub max_connection_age_grace: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_connections: 1024,
            max_streams: 200,
            max_header_bytes: 16 * 1024,
            max_request_bytes_in_flight: 64 * 1024 * 1024,
            handshake_timeout: Duration::from_secs(10),
            send_timeout: Duration::from_secs(30),
            keep_alive_interval: Duration::from_secs(30),
            keep_alive_timeout: Duration::from_secs(10),
            max_connection_age: Duration::from_mins(30),
            max_connection_age_grace: Duration::from_mins(2),
        }
    }
}

//! `[server]`: the API's door.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use jiff::SignedDuration;

use super::Reader;
use crate::auth;

/// The API's door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Where it listens.
    pub listen: SocketAddr,
    /// The largest message that it takes, in bytes.
    pub max_message_bytes: usize,
    /// The largest headers of a request, in bytes.
    pub max_header_bytes: u32,
    /// The bytes of request bodies that the process holds at once.
    pub max_request_bytes_in_flight: usize,
    /// Whether the reflection service is served.
    pub reflection: bool,
    /// How many connections there may be at once.
    pub max_connections: usize,
    /// How many calls may be under way on one of them.
    pub max_streams: u32,
    /// How long the TLS handshake may take, and then the first request's headers.
    pub handshake_timeout: Duration,
    /// How long a call may take.
    pub request_timeout: Duration,
    /// How long a client may take nothing of its answers.
    pub send_timeout: Duration,
    /// How long a connection may be silent before it is asked whether it lives.
    pub keep_alive_interval: Duration,
    /// How long it may take to say so.
    pub keep_alive_timeout: Duration,
    /// How old a connection gets.
    pub max_connection_age: Duration,
    /// How long calls may then go on.
    pub max_connection_age_grace: Duration,
    /// How long calls that are under way may take to finish at a stop.
    pub shutdown_grace: Duration,
}

/// Below this a client far away is cut off for the distance alone.
const SHORT: SignedDuration = SignedDuration::from_millis(100);
/// A message comes in frames, the last of which may hold more than the rest of it.
const FRAMES: usize = 65_536;
const LONGER_THAN_WAIT: SignedDuration = SignedDuration::from_secs(65);
const HOUR: SignedDuration = SignedDuration::from_hours(1);
const MONTH: SignedDuration = SignedDuration::from_hours(24 * 30);

impl Server {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let server = Self {
            listen: address(reader, "server.listen"),
            max_message_bytes: reader.number("server.max_message_bytes", 16_384..=16_777_216),
            max_header_bytes: reader.number("server.max_header_bytes", 8_192..=1_048_576),
            max_request_bytes_in_flight: reader.number(
                "server.max_request_bytes_in_flight",
                1_048_576..=17_179_869_184,
            ),
            reflection: reader.switch("server.reflection"),
            max_connections: reader.number("server.max_connections", 1..=1_000_000),
            max_streams: reader.number("server.max_streams", 1..=65_536),
            handshake_timeout: reader.timeout("server.handshake_timeout", SHORT..=HOUR),
            // A call may ask to wait for 60 s, and has then still to be answered.
            request_timeout: reader.timeout("server.request_timeout", LONGER_THAN_WAIT..=HOUR),
            send_timeout: reader.timeout("server.send_timeout", SHORT..=HOUR),
            keep_alive_interval: reader.timeout("server.keep_alive_interval", SHORT..=HOUR),
            keep_alive_timeout: reader.timeout("server.keep_alive_timeout", SHORT..=HOUR),
            max_connection_age: reader.timeout("server.max_connection_age", SHORT..=MONTH),
            max_connection_age_grace: reader.timeout(
                "server.max_connection_age_grace",
                SignedDuration::ZERO..=MONTH,
            ),
            shutdown_grace: reader.timeout(
                "server.shutdown_grace",
                SignedDuration::ZERO..=SignedDuration::from_mins(10),
            ),
        };
        server.leave_room_for_a_message(reader);
        server
    }

    /// The largest message must fit in the budget of request bytes, or it could never be received.
    fn leave_room_for_a_message(&self, reader: &mut Reader<'_>) {
        let (key, message) = (
            "server.max_request_bytes_in_flight",
            "server.max_message_bytes",
        );
        let least = self.max_message_bytes + FRAMES;
        if reader.sound(&[key, message]) && self.max_request_bytes_in_flight < least {
            let problem = format!(
                "must be at least {least}, {FRAMES} more than {message}, and is {}",
                self.max_request_bytes_in_flight
            );
            reader.problem(key, problem);
        }
    }

    /// Whoever reaches a door that asks nobody who they are could move numbers, so only this machine may reach it.
    pub(super) fn keep_strangers_out(&self, auth: &auth::Settings, reader: &mut Reader<'_>) {
        let key = "server.listen";
        if auth.is_open() && !self.listen.ip().is_loopback() && reader.is_sound("auth") {
            let refusal = "must be an address of loopback, such as 127.0.0.1:8080, while nobody is asked who they are: whoever \
                           reaches it could move numbers. Say who is let in, with auth.api_keys, auth.jwt.issuer or auth.certificates \
                           (docs/authentication.md)";
            reader.problem(key, format!("{refusal}. It is {}", self.listen));
        }
    }
}

/// An address with its port.
pub(super) fn address(reader: &mut Reader<'_>, key: &str) -> SocketAddr {
    let text = reader.text(key);
    text.parse().unwrap_or_else(|_| {
        let what = "must be an IP address and a port, such as 127.0.0.1:8080";
        reader.wrong(key, what, &text);
        SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
    })
}

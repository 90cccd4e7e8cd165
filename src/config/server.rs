//! `[server]`: the API endpoint.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use jiff::SignedDuration;

use super::Reader;
use crate::{api, auth, http_server};

/// The API endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSettings {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Limits on connections.
    pub http: http_server::Settings,
    /// Limits on calls.
    pub api: api::ApiLimits,
    /// How long calls in progress may take to finish at shutdown.
    pub shutdown_grace: Duration,
}

/// A shorter timeout would cut off a distant client for its distance alone.
const SHORT: SignedDuration = SignedDuration::from_millis(100);
/// Bytes. A message arrives in frames, and the last one may hold more than the rest of it.
const FRAMES: usize = 65_536;
/// A call may ask to wait for 60 s, and must then still be answered.
const LONGER_THAN_WAIT: SignedDuration = SignedDuration::from_secs(65);
const HOUR: SignedDuration = SignedDuration::from_hours(1);
const MONTH: SignedDuration = SignedDuration::from_hours(24 * 30);
const MAX_MESSAGE: &str = "server.max_message_bytes";
const IN_FLIGHT: &str = "server.max_request_bytes_in_flight";

impl ServerSettings {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let http = http_settings(reader);
        let api = api::ApiLimits {
            max_message_bytes: reader.number(MAX_MESSAGE, 16_384..=16_777_216),
            request_timeout: reader.timeout("server.request_timeout", LONGER_THAN_WAIT..=HOUR),
            reflection: reader.switch("server.reflection"),
            max_connections: http.max_connections,
        };
        // The largest message must fit, or it could never be received.
        let (in_flight, least) = (
            http.max_request_bytes_in_flight,
            api.max_message_bytes + FRAMES,
        );
        if reader.sound(&[IN_FLIGHT, MAX_MESSAGE]) && in_flight < least {
            let problem = format!(
                "must be at least {least}, {FRAMES} more than {MAX_MESSAGE}, and is {in_flight}"
            );
            reader.problem(IN_FLIGHT, problem);
        }
        Self {
            listen: address(reader, "server.listen"),
            http,
            api,
            shutdown_grace: reader.timeout(
                "server.shutdown_grace",
                SignedDuration::ZERO..=SignedDuration::from_mins(10),
            ),
        }
    }

    /// Without authentication every client that reaches the endpoint could move numbers, so only
    /// this machine may reach it.
    pub(super) fn require_auth_off_loopback(&self, auth: &auth::Settings, reader: &mut Reader<'_>) {
        if auth.is_open() && !self.listen.ip().is_loopback() && reader.is_sound("auth") {
            let problem = format!(
                "must be a loopback address, such as 127.0.0.1:8080, while no authentication is \
                 configured: every client that reaches it could move numbers. Configure \
                 auth.api_keys, auth.jwt.issuer or auth.certificates (docs/authentication.md). \
                 It is {}",
                self.listen
            );
            reader.problem("server.listen", problem);
        }
    }
}

fn http_settings(reader: &mut Reader<'_>) -> http_server::Settings {
    http_server::Settings {
        max_connections: reader.number("server.max_connections", 1..=1_000_000),
        max_streams: reader.number("server.max_streams", 1..=65_536),
        max_header_bytes: reader.number("server.max_header_bytes", 8_192..=1_048_576),
        max_request_bytes_in_flight: reader.number(IN_FLIGHT, 1_048_576..=17_179_869_184),
        handshake_timeout: reader.timeout("server.handshake_timeout", SHORT..=HOUR),
        send_timeout: reader.timeout("server.send_timeout", SHORT..=HOUR),
        keep_alive_interval: reader.timeout("server.keep_alive_interval", SHORT..=HOUR),
        keep_alive_timeout: reader.timeout("server.keep_alive_timeout", SHORT..=HOUR),
        max_connection_age: reader.timeout("server.max_connection_age", SHORT..=MONTH),
        max_connection_age_grace: reader.timeout(
            "server.max_connection_age_grace",
            SignedDuration::ZERO..=MONTH,
        ),
    }
}

/// An IP address with its port.
pub(super) fn address(reader: &mut Reader<'_>, key: &str) -> SocketAddr {
    let text = reader.text(key);
    text.parse().unwrap_or_else(|_| {
        let what = "must be an IP address and a port, such as 127.0.0.1:8080";
        reader.wrong(key, what, &text);
        SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
    })
}

/// The address of the operations port; `None` if there is to be no such port.
pub(super) fn ops_address(reader: &mut Reader<'_>) -> Option<SocketAddr> {
    let key = "ops.listen";
    let is_off = reader.text(key).is_empty();
    (!is_off).then(|| address(reader, key))
}

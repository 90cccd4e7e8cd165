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
    /// How long calls that are under way may take to finish at a stop.
    pub shutdown_grace: Duration,
}

impl Server {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            listen: address(reader, "server.listen"),
            max_message_bytes: reader.number("server.max_message_bytes", 16_384..=16_777_216),
            shutdown_grace: reader.timeout(
                "server.shutdown_grace",
                SignedDuration::ZERO..=SignedDuration::from_mins(10),
            ),
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
        reader.problem(
            key,
            format!("must be an IP address and a port, such as 127.0.0.1:8080, and is {text:?}"),
        );
        SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
    })
}

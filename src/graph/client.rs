//! The client that all calls share, and a session: the client with one access token.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::redirect;

use super::gate::Gate;
use super::send::Call;
use super::settings::{Error, Settings};
use super::{json::Object, send};
use crate::clock::Clock;
use crate::migration::{AccessToken, Fault, WabaId};

/// Idle connections are closed after this time, before Meta closes them under a call.
const IDLE: Duration = Duration::from_mins(1);

/// A client of Meta's Graph API. A copy is cheap and shares the connections.
#[derive(Debug, Clone)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    http: reqwest::Client,
    settings: Settings,
    clock: Clock,
    gate: Gate,
}

/// A client with an access token: one method a Graph call.
#[derive(Debug, Clone, Copy)]
pub struct Session<'a> {
    client: &'a Client,
    token: &'a AccessToken,
    waba: Option<&'a WabaId>,
}

impl Client {
    /// A client with these settings.
    pub fn new(settings: Settings, clock: Clock) -> Result<Self, Error> {
        settings.validate()?;
        // No Accept-Language, ever: Meta would translate the texts that tell its errors apart.
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("waba-migrator/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .connect_timeout(settings.connect_timeout)
            .pool_idle_timeout(IDLE)
            .tcp_nodelay(true);
        if settings.base_url.is_loopback() {
            builder = builder.no_proxy();
        }
        if settings.base_url.is_plain() {
            // A stand-in without TLS, and redirects are not followed: reading the system's roots would take longer than
            // all the rest of the start.
            builder = builder.tls_certs_only([]);
        }
        let http = builder.build().map_err(Error::Client)?;
        let gate = Gate::new(settings.limits);
        Ok(Self(Arc::new(Inner {
            http,
            settings,
            clock,
            gate,
        })))
    }

    /// The client with `token`.
    #[must_use]
    pub const fn session<'a>(&'a self, token: &'a AccessToken) -> Session<'a> {
        Session {
            client: self,
            token,
            waba: None,
        }
    }

    /// Until when `waba` should not be read, if it should not now: Meta's limit for it is near or was met.
    #[must_use]
    pub fn throttled_until(&self, waba: &WabaId, now: Timestamp) -> Option<Timestamp> {
        self.0.gate.rests_until(waba, now)
    }

    pub(super) fn http(&self) -> &reqwest::Client {
        &self.0.http
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(super) fn gate(&self) -> &Gate {
        &self.0.gate
    }

    pub(super) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }
}

impl<'a> Session<'a> {
    pub(super) const fn client(&self) -> &'a Client {
        self.client
    }

    pub(super) const fn token(&self) -> &'a AccessToken {
        self.token
    }

    /// The same, where all calls are about `waba`: a limit that a call about a mere number meets is held against it.
    #[must_use]
    pub const fn about(self, waba: &'a WabaId) -> Self {
        Self {
            waba: Some(waba),
            ..self
        }
    }

    /// Makes `call` with the session's token.
    pub(super) async fn call(&self, call: Call<'_>) -> Result<Object, Fault> {
        send::send(self.client, self.token, call.or_of(self.waba)).await
    }
}

//! The client that all calls share, and a session: the client with what one migration's calls are made with.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::redirect;

use super::limiter::{LimitScope, Limiter};
use super::send::Call;
use super::settings::{Error, Settings};
use super::token_cache::TokenCache;
use super::{Access, json::Object, send, signing};
use crate::telemetry::metrics;
use crate::util::clock::Clock;
use domain::{Fault, TenantId, WabaId};

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
    limiter: Limiter,
    memory: TokenCache,
}

/// A client with an access token and what belongs to it: one method a Graph call.
#[derive(Debug, Clone, Copy)]
pub struct Session<'a> {
    client: &'a Client,
    access: &'a Access,
    whose: LimitScope<'a>,
    again: bool,
}

impl Client {
    /// A client with these settings.
    pub fn new(settings: Settings, clock: Clock) -> Result<Self, Error> {
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
        let http = builder.build().map_err(Error)?;
        let limiter = Limiter::new(settings.limits);
        Ok(Self(Arc::new(Inner {
            http,
            settings,
            clock,
            limiter,
            memory: TokenCache::new(),
        })))
    }

    /// The client with `access`.
    #[must_use]
    pub const fn session<'a>(&'a self, access: &'a Access) -> Session<'a> {
        Session {
            client: self,
            access,
            whose: LimitScope {
                app: None,
                tenant: None,
                waba: None,
            },
            again: false,
        }
    }

    /// Until when `waba` should not be read, if it should not now: Meta's limit for it is near or was met.
    #[must_use]
    pub fn throttled_until(&self, waba: &WabaId, now: Timestamp) -> Option<Timestamp> {
        self.0.limiter.rests_until(waba, now)
    }

    /// Why no call is made with `access` now: Meta refuses its app as a whole.
    #[must_use]
    pub fn app_refusal(&self, access: &Access, now: Timestamp) -> Option<Fault> {
        self.0.limiter.app_refusal(&self.app_name(access), now)
    }

    /// How many Meta apps are stopped, by reason.
    #[must_use]
    pub fn stopped_apps(&self, now: Timestamp) -> [(&'static str, u64); 3] {
        self.0.limiter.stopped_apps(now)
    }

    /// Since when Meta has been failing for all, where it does.
    #[must_use]
    pub fn failing_since(&self, now: Timestamp) -> Option<Timestamp> {
        self.0.limiter.failing_since(now)
    }

    /// How many WABAs have used how much of their limits.
    #[must_use]
    pub fn usage(&self, now: Timestamp) -> [(&'static str, u64); 5] {
        self.0.limiter.usage(now)
    }

    /// What names the app behind `access`: its id, as configured or as Meta named it, or else what stands for the token.
    pub(super) fn app_name(&self, access: &Access) -> String {
        let named = || self.0.memory.app(&access.token, self.now());
        match access.app_id.clone().or_else(named) {
            Some(id) => id.as_str().to_owned(),
            None => signing::fingerprint(&access.token),
        }
    }

    pub(super) fn http(&self) -> &reqwest::Client {
        &self.0.http
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(super) fn limiter(&self) -> &Limiter {
        &self.0.limiter
    }

    pub(super) fn memory(&self) -> &TokenCache {
        &self.0.memory
    }

    pub(super) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }
}

impl<'a> Session<'a> {
    pub(super) const fn client(&self) -> &'a Client {
        self.client
    }

    pub(super) const fn access(&self) -> &'a Access {
        self.access
    }

    /// The WABA that all calls are about, where they are.
    pub(super) const fn waba(&self) -> Option<&'a WabaId> {
        self.whose.waba
    }

    /// The same for `tenant`, which has so many places and no more.
    #[must_use]
    pub const fn on_behalf_of(mut self, tenant: &'a TenantId) -> Self {
        self.whose.tenant = Some(tenant);
        self
    }

    /// The same, where all calls are about `waba`: a limit that a call about a mere number meets is held against it.
    #[must_use]
    pub const fn about(mut self, waba: &'a WabaId) -> Self {
        self.whose.waba = Some(waba);
        self
    }

    /// The same, where something went wrong in this step before.
    #[must_use]
    pub const fn again(mut self, again: bool) -> Self {
        self.again = again;
        self
    }

    /// Makes `call` with the session's token.
    pub(super) async fn call(&self, call: Call<'_>) -> Result<Object, Fault> {
        if self.again {
            metrics::graph_retry(call.name());
        }
        send::send(self.client, self.access, call.or_of(self.whose)).await
    }

    /// Makes `call` as the app that issued the token, where its id and secret are known, else with the token. It counts
    /// against no WABA.
    pub(super) async fn call_as_app(&self, call: Call<'_>) -> Result<Object, Fault> {
        let app = self.access.as_app();
        let whose = LimitScope {
            waba: None,
            ..self.whose
        };
        let access = app.as_ref().unwrap_or(self.access);
        send::send(self.client, access, call.or_of(whose)).await
    }
}

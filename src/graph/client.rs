//! The client that all calls share, and sessions: a client with the credentials of one migration.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::header::HeaderMap;
use reqwest::redirect;

use super::call::{Call, WriteCall};
use super::call_counts::CallCounts;
use super::limiter::{LimitScope, Limiter};
use super::permit::{Permit, WriteError};
use super::settings::{Error, Settings};
use super::token_cache::TokenCache;
use super::{Access, date, json::Object, send, signing};
use crate::telemetry::metrics;
use crate::util::clock::Clock;
use crate::util::clock_skew::ClockSkew;
use domain::{Fault, TenantId, WabaId};

/// Time after which idle connections are closed, before Meta closes them during a call.
const IDLE: Duration = Duration::from_mins(1);

/// A client of Meta's Graph API. Cheap to clone; clones share connections and limits.
#[derive(Debug, Clone)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    http: reqwest::Client,
    settings: Settings,
    clock: Clock,
    /// How far the system clock is ahead of the server's.
    skew: ClockSkew,
    limiter: Limiter,
    tokens: TokenCache,
    calls: CallCounts,
}

/// A client with an access token: one method for each Graph call that reads.
#[derive(Debug, Clone, Copy)]
pub struct Session<'a> {
    client: &'a Client,
    access: &'a Access,
    whose: LimitScope<'a>,
    again: bool,
}

/// A session with a permit: one method for each Graph call that changes something.
#[derive(Debug, Clone, Copy)]
pub struct WriteSession<'a> {
    session: Session<'a>,
    permit: &'a Permit,
}

impl Client {
    /// A client with these settings.
    pub fn new(settings: Settings, clock: Clock) -> Result<Self, Error> {
        // Never an Accept-Language: Meta would translate the texts that distinguish its errors.
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
            // A test server without TLS. Redirects are not followed, so no root certificates are
            // needed; reading them would take longer than the rest of the start.
            builder = builder.tls_certs_only([]);
        }
        let http = builder.build().map_err(Error)?;
        let limiter = Limiter::new(settings.limits);
        Ok(Self(Arc::new(Inner {
            http,
            settings,
            skew: ClockSkew::unknown(clock.clone()),
            clock,
            limiter,
            tokens: TokenCache::new(),
            calls: CallCounts::default(),
        })))
    }

    /// A session with `access`.
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

    /// Until when `waba` should not be read, if at all: Meta's limit for it is near or reached.
    #[must_use]
    pub fn throttled_until(&self, waba: &WabaId, now: Timestamp) -> Option<Timestamp> {
        self.0.limiter.paused_until(waba, now)
    }

    /// Why no call is made with `access` now, if Meta refuses its app as a whole.
    #[must_use]
    pub fn app_refusal(&self, access: &Access, now: Timestamp) -> Option<Fault> {
        self.0.limiter.apps.refusal(&self.app_name(access), now)
    }

    /// The number of stopped Meta apps by reason.
    #[must_use]
    pub fn stopped_apps(&self, now: Timestamp) -> [(&'static str, u64); 3] {
        self.0.limiter.apps.count(now)
    }

    /// The start of an outage of Meta, if there is one.
    #[must_use]
    pub fn failing_since(&self, now: Timestamp) -> Option<Timestamp> {
        self.0.limiter.outage.since(now)
    }

    /// The number of WABAs by how much of their limits they have used.
    #[must_use]
    pub fn usage(&self, now: Timestamp) -> [(&'static str, u64); 5] {
        self.0.limiter.usage(now)
    }

    /// Takes the numbers of calls that were sent for each tenant since they were last taken.
    #[must_use]
    pub fn take_call_counts(&self) -> HashMap<TenantId, u64> {
        self.0.calls.take()
    }

    pub(super) fn call_counts(&self) -> &CallCounts {
        &self.0.calls
    }

    /// How far the system clock is ahead of the server's, by its last response. Known to about a
    /// second.
    #[must_use]
    pub fn clock_skew(&self) -> Option<SignedDuration> {
        self.0.skew.ahead()
    }

    /// Measures the system clock against a response that has just come.
    pub(super) fn compare_clocks(&self, headers: &HeaderMap) {
        if let Some(theirs) = date::of(headers) {
            self.0.skew.measure(self.0.clock.system(), theirs);
        }
    }

    /// The name of the app of `access`: its id, as configured or as Meta named it, or else a
    /// fingerprint of the token.
    pub(super) fn app_name(&self, access: &Access) -> String {
        let named = || self.0.tokens.app(&access.token, self.now());
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

    pub(super) fn tokens(&self) -> &TokenCache {
        &self.0.tokens
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

    /// The WABA that all calls are about, if there is one.
    pub(super) const fn waba(&self) -> Option<&'a WabaId> {
        self.whose.waba
    }

    /// Counts all calls against the limits of `tenant`.
    #[must_use]
    pub const fn on_behalf_of(mut self, tenant: &'a TenantId) -> Self {
        self.whose.tenant = Some(tenant);
        self
    }

    /// Counts all calls against the limits of `waba`, also those about a number.
    #[must_use]
    pub const fn about(mut self, waba: &'a WabaId) -> Self {
        self.whose.waba = Some(waba);
        self
    }

    /// Marks all calls as retries: this step failed before.
    #[must_use]
    pub const fn again(mut self, again: bool) -> Self {
        self.again = again;
        self
    }

    /// The session for changing calls.
    #[must_use]
    pub const fn with_permit(self, permit: &'a Permit) -> WriteSession<'a> {
        WriteSession {
            session: self,
            permit,
        }
    }

    /// Makes `call`, which reads, with the session's token.
    pub(super) async fn call(&self, call: Call<'_>) -> Result<Object, Fault> {
        if self.again {
            metrics::graph_retry(call.name());
        }
        send::read(self.client, self.access, call.or_of(self.whose)).await
    }

    /// Makes `call` as the app that issued the token, if its id and secret are known, otherwise
    /// with the token. It counts against no WABA.
    pub(super) async fn call_as_app(&self, call: Call<'_>) -> Result<Object, Fault> {
        let app = self.access.as_app();
        let whose = LimitScope {
            waba: None,
            ..self.whose
        };
        let access = app.as_ref().unwrap_or(self.access);
        send::read(self.client, access, call.or_of(whose)).await
    }
}

impl WriteSession<'_> {
    /// Makes `call`, which changes something, with the session's token.
    pub(super) async fn call(&self, call: WriteCall<'_>) -> Result<Object, WriteError> {
        let Session {
            client,
            access,
            whose,
            again,
        } = self.session;
        if again {
            metrics::graph_retry(call.name());
        }
        send::write(client, access, call.or_of(whose), self.permit).await
    }
}

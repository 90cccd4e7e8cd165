//! Authenticates callers.

use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use jiff::Timestamp;

use super::caller::Proof;
use super::credentials::{self, BearerToken, PresentedCredentials};
use super::key_cache::{CachedKey, KeyCache};
use super::token::Tokens;
use super::{AuthError, AuthErrorKind, Caller, Error, Settings, TokenError, apart};
use crate::store::{Directory, TenantCache};
use crate::util::clock::Clock;
use domain::tenancy::{KeyStatus, KeyText, Role};
use domain::{Principal, TenantId};

/// Bounds of the interval between two checks of the caller of an open stream.
const MIN_CHECK_INTERVAL: Duration = Duration::from_secs(1);
const MAX_CHECK_INTERVAL: Duration = Duration::from_secs(5);

/// Authenticates callers. Cheap to clone; clones share state.
#[derive(Debug)]
pub struct Authenticator<D> {
    parts: Arc<Parts<D>>,
}

#[derive(Debug)]
struct Parts<D> {
    settings: Settings,
    keys: KeyCache<D>,
    tenants: TenantCache<D>,
    tokens: Option<Tokens>,
    clock: Clock,
}

impl<D> Clone for Authenticator<D> {
    fn clone(&self) -> Self {
        Self {
            parts: Arc::clone(&self.parts),
        }
    }
}

impl<D: Directory> Authenticator<D> {
    /// Accepts the credentials that `settings` allow, with the keys and tenants of `directory`.
    pub fn new(
        directory: D,
        tenants: TenantCache<D>,
        settings: Settings,
        clock: Clock,
    ) -> Result<Self, Error> {
        let tokens = settings.tokens.clone();
        let tokens = tokens.map(|tokens| Tokens::new(tokens, clock.clone()));
        Ok(Self {
            parts: Arc::new(Parts {
                keys: KeyCache::new(directory, settings.cache_ttl),
                tenants,
                tokens: tokens.transpose()?,
                settings,
                clock,
            }),
        })
    }

    /// The clock of the service.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.parts.clock
    }

    /// The caller that sent these headers, over a connection whose client certificate has these
    /// names.
    ///
    /// Credentials in a header take precedence: the certificate may be that of a proxy.
    pub async fn caller(&self, headers: &HeaderMap, names: &[String]) -> Result<Caller, AuthError> {
        let settings = &self.parts.settings;
        let now = self.parts.clock.now();
        let shown = credentials::read(headers);
        if settings.is_open() {
            return match shown {
                // Acting for a tenant other than the key's would be worse than a refusal.
                Ok(Some(PresentedCredentials::Key(_))) => {
                    Err(AuthErrorKind::NotAccepted("API keys").into())
                }
                // Other credentials may be meant for a proxy.
                _ => self.anyone(now).await,
            };
        }
        match shown.map_err(AuthErrorKind::Malformed)? {
            Some(PresentedCredentials::Key(text)) if settings.api_keys => {
                self.by_key(&text, now).await
            }
            Some(PresentedCredentials::Key(_)) => {
                Err(AuthErrorKind::NotAccepted("API keys").into())
            }
            Some(PresentedCredentials::Token(token)) => self.by_token(&token, now).await,
            None if !names.is_empty() && !settings.certificates.is_empty() => {
                self.by_certificate(names, now).await
            }
            None => Err(AuthErrorKind::NoCredentials(settings.accepted()).into()),
        }
    }

    /// Whether this caller would still be authenticated. Uses the caches, so that frequent checks
    /// are cheap.
    pub async fn still_admits(&self, caller: &Caller) -> Result<(), AuthError> {
        let (tenant, principal) = (caller.tenant(), caller.principal());
        let now = self.parts.clock.now();
        match caller.proof() {
            Proof::Key(prefix, id) => {
                let found = self.parts.keys.get(prefix, now).await?;
                let found = found.filter(|found| found.key.id == *id);
                let found = found.ok_or(AuthErrorKind::UnknownKey)?;
                valid(&found, principal, now)?;
            }
            Proof::Token(expires_at) if now >= *expires_at => {
                let kind = AuthErrorKind::Token(TokenError::Expired);
                return Err(AuthError::of(kind, principal, tenant));
            }
            Proof::Permanent | Proof::Token(_) => {}
        }
        let acting = self.acting_for(
            tenant.clone(),
            caller.role(),
            principal.clone(),
            caller.proof().clone(),
            now,
        );
        acting.await.map(drop)
    }

    /// Interval between two checks of the caller of an open stream: the cache TTL, within bounds.
    #[must_use]
    pub fn check_interval(&self) -> Duration {
        let cache_ttl = self.parts.settings.cache_ttl.unsigned_abs();
        cache_ttl.clamp(MIN_CHECK_INTERVAL, MAX_CHECK_INTERVAL)
    }

    /// Starts to fetch the issuer's keys, which the first calls need.
    pub fn warm(&self) {
        if let Some(tokens) = &self.parts.tokens {
            tokens.warm();
        }
    }

    /// Waits for the work in the background, and starts no more.
    pub async fn finish(&self) {
        if let Some(tokens) = &self.parts.tokens {
            tokens.finish().await;
        }
        self.parts.keys.finish().await;
        self.parts.tenants.finish().await;
    }

    async fn anyone(&self, now: Timestamp) -> Result<Caller, AuthError> {
        let (tenant, principal) = (TenantId::default_tenant(), Principal::anonymous());
        self.acting_for(tenant, Role::Migrator, principal, Proof::Permanent, now)
            .await
    }

    async fn by_key(&self, text: &KeyText, now: Timestamp) -> Result<Caller, AuthError> {
        let keys = &self.parts.keys;
        let found = keys.get(&text.prefix(), now).await?;
        // An unknown key and a wrong secret have the same error. Only the holder of the whole key
        // learns that it has expired or was revoked.
        let found = found.filter(|found| found.key.is(text));
        let found = found.ok_or(AuthErrorKind::UnknownKey)?;
        let key = &found.key;
        let principal = Principal::of_api_key(key.id);
        valid(&found, &principal, now)?;
        let proof = Proof::Key(key.prefix.clone(), key.id);
        let caller = self.acting_for(key.tenant.clone(), key.role, principal, proof, now);
        let caller = caller.await?;
        keys.record_use(&found, now);
        Ok(caller)
    }

    async fn by_token(&self, token: &BearerToken, now: Timestamp) -> Result<Caller, AuthError> {
        let Some(tokens) = &self.parts.tokens else {
            return Err(AuthErrorKind::NotAccepted("tokens other than API keys").into());
        };
        let holder = tokens
            .holder(token, now)
            .await
            .map_err(AuthErrorKind::Token)?;
        let proof = Proof::Token(holder.expires_at);
        self.acting_for(holder.tenant, holder.role, holder.principal, proof, now)
            .await
    }

    async fn by_certificate(&self, names: &[String], now: Timestamp) -> Result<Caller, AuthError> {
        let (name, entry) = self.parts.settings.certificates.find(names)?;
        let principal = Principal::of_certificate(name);
        let tenant = entry.tenant.clone();
        self.acting_for(tenant, entry.role, principal, Proof::Permanent, now)
            .await
    }

    /// The caller, if its tenant exists and is enabled.
    async fn acting_for(
        &self,
        tenant: TenantId,
        role: Role,
        principal: Principal,
        proof: Proof,
        now: Timestamp,
    ) -> Result<Caller, AuthError> {
        let found = apart(self.parts.tenants.get(&tenant, now)).await?;
        match found {
            Some(found) if found.is_enabled() => {
                let limits = found.limits;
                // Nothing gives an admin role to another tenant; a row that was written by hand
                // might.
                let role = if role.is_for(&tenant) {
                    role
                } else {
                    Role::Reader
                };
                Ok(Caller::new(tenant, role, principal, limits, proof))
            }
            Some(_) => Err(AuthError::of(
                AuthErrorKind::TenantDisabled,
                &principal,
                &tenant,
            )),
            None => Err(AuthError::of(AuthErrorKind::NoTenant, &principal, &tenant)),
        }
    }
}

/// Refuses a key that has expired or was revoked.
fn valid(found: &CachedKey, principal: &Principal, now: Timestamp) -> Result<(), AuthError> {
    let kind = match found.key.status(now) {
        KeyStatus::Valid => return Ok(()),
        KeyStatus::Expired => AuthErrorKind::KeyExpired,
        KeyStatus::Revoked => AuthErrorKind::KeyRevoked,
    };
    Err(AuthError::of(kind, principal, &found.key.tenant))
}

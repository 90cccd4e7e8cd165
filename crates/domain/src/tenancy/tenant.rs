//! A tenant and what it has of its own.

use std::num::NonZeroU32;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Name;
use crate::{AccessToken, AppId, AppSecret, CodeMethod, Language, PinSource, TenantId};

/// A caller's world.
///
/// What is marked `skip` is not part of the stored document: the store keeps it in columns of its own, secrets sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// What people call it.
    pub name: Name,
    /// Since when nobody may act for it and its migrations stand still; `None` where it is enabled.
    #[serde(default)]
    pub disabled_at: Option<Timestamp>,
    /// Its calls go to the sandbox, however the service is configured.
    #[serde(default)]
    pub sandbox: bool,
    /// What holds where a request does not say.
    #[serde(default)]
    pub defaults: Defaults,
    /// How much it may ask for.
    #[serde(default)]
    pub limits: RateLimits,
    /// What Meta knows it by.
    #[serde(default)]
    pub credentials: MetaCredentials,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Version of the stored row that this was read from; 0 while it was never stored. The store's alone to change.
    #[serde(skip)]
    pub version: u64,
}

/// What holds where a request does not say. What a tenant leaves open is the service's to say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Defaults {
    /// How the code reaches the number's owner.
    pub code_method: Option<CodeMethod>,
    /// Language of the code message.
    pub language: Option<Language>,
    /// Where the two-step verification PIN comes from. [`PinSource::Provided`]: each request must bring one.
    pub pin_source: Option<PinSource>,
}

/// How much a tenant may ask for. What it leaves open is the service's to say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RateLimits {
    /// Requests within a second, on the average.
    pub requests_per_second: Option<NonZeroU32>,
    /// Requests at once, after a rest.
    pub burst: Option<NonZeroU32>,
}

/// Numbers of a tenant's migrations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MigrationCounts {
    /// Those that have not ended.
    pub live: u32,
    /// All that are kept.
    pub all: u32,
}

/// What Meta knows a tenant by. What it leaves open is the service's own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetaCredentials {
    /// The token for migrations that bring none of their own.
    #[serde(skip)]
    pub access_token: Option<AccessToken>,
    /// The Meta app that the token belongs to.
    #[serde(default)]
    pub app_id: Option<AppId>,
    /// The secret of that app.
    #[serde(skip)]
    pub app_secret: Option<AppSecret>,
}

impl RateLimits {
    /// The greatest value of any of them. A greater one limits nothing, since no process answers as many requests.
    pub const MOST: NonZeroU32 = NonZeroU32::new(1_000_000).expect("it is not 0");
}

impl Tenant {
    /// A new tenant, enabled, that has nothing of its own yet.
    #[must_use]
    pub fn new(id: TenantId, name: Name, now: Timestamp) -> Self {
        Self {
            id,
            name,
            disabled_at: None,
            sandbox: false,
            defaults: Defaults::default(),
            limits: RateLimits::default(),
            credentials: MetaCredentials::default(),
            created_at: now,
            updated_at: now,
            version: 0,
        }
    }

    /// Whether somebody may act for it, and its migrations move.
    #[must_use]
    pub const fn is_enabled(&self) -> bool {
        self.disabled_at.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant() -> Tenant {
        let now = Timestamp::from_second(1_790_000_000).unwrap();
        let mut tenant = Tenant::new("acme".parse().unwrap(), "Acme".parse().unwrap(), now);
        tenant.credentials = MetaCredentials {
            access_token: "EAAB-canary".parse().ok(),
            app_id: "138483919580948".parse().ok(),
            app_secret: "canary-of-the-app".parse().ok(),
        };
        tenant
    }

    #[test]
    fn a_tenant_never_prints_its_secrets_nor_writes_them_down() {
        let tenant = tenant();
        let document = serde_json::to_string(&tenant).unwrap();
        let printed = format!("{tenant:?} {document}");
        assert!(!printed.contains("canary"), "{printed}");
        assert!(document.contains("138483919580948"));
    }

    #[test]
    fn a_document_that_says_less_is_read() {
        let document = r#"{"id": "acme", "name": "Acme",
            "created_at": "2026-09-21T14:13:20Z", "updated_at": "2026-09-21T14:13:20Z"}"#;
        let read: Tenant = serde_json::from_str(document).unwrap();
        let credentials = MetaCredentials::default();
        assert_eq!(
            read,
            Tenant {
                credentials,
                ..tenant()
            }
        );
        assert!(read.is_enabled());
    }
}

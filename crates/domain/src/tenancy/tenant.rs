//! A tenant and its own settings.

use std::num::NonZeroU32;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Name;
use crate::{AccessToken, AppId, AppSecret, CodeMethod, Language, PinSource, TenantId};

/// An isolated customer of the service.
///
/// Fields marked `skip` are not part of the stored document: the store keeps them in columns of
/// their own, secrets sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Its display name.
    pub name: Name,
    /// When it was disabled: its callers are refused and its migrations are suspended. `None` while
    /// it is enabled.
    pub disabled_at: Option<Timestamp>,
    /// Its calls go to the sandbox, whatever the service is configured to use.
    #[serde(default)]
    pub sandbox: bool,
    /// Values for what a request leaves out.
    #[serde(default)]
    pub defaults: Defaults,
    /// Its request rate limits.
    #[serde(default)]
    pub limits: RateLimits,
    /// Its credentials at Meta.
    #[serde(default)]
    pub credentials: MetaCredentials,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Version of the stored row that this was read from; 0 before it is first stored. Only the
    /// store changes it.
    #[serde(skip)]
    pub version: u64,
}

/// Values for what a request leaves out. `None`: the service's own default applies.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Defaults {
    /// How the code reaches the number's owner.
    pub code_method: Option<CodeMethod>,
    /// Language of the code message.
    pub language: Option<Language>,
    /// Where the two-step verification PIN comes from. [`PinSource::Provided`]: each request must
    /// contain one.
    pub pin_source: Option<PinSource>,
}

/// Request rate limits of a tenant. `None`: the service's own limit applies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateLimits {
    /// Sustained rate, requests per second.
    pub requests_per_second: Option<NonZeroU32>,
    /// Maximum burst, requests.
    pub burst: Option<NonZeroU32>,
}

/// Numbers of a tenant's stored migrations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MigrationCounts {
    /// Migrations that have not ended.
    pub live: u32,
    /// All stored migrations.
    pub all: u32,
}

/// Credentials of a tenant at Meta. `None`: the service's own are used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetaCredentials {
    /// The token of migrations whose request has none.
    #[serde(skip)]
    pub access_token: Option<AccessToken>,
    /// The Meta app that the token belongs to.
    pub app_id: Option<AppId>,
    /// The secret of that app.
    #[serde(skip)]
    pub app_secret: Option<AppSecret>,
}

impl RateLimits {
    /// Maximum value of each limit. A greater one would limit nothing, since no process serves as
    /// many requests.
    pub const MAX: NonZeroU32 = NonZeroU32::new(1_000_000).expect("it is not 0");
}

impl Tenant {
    /// A new tenant: enabled, with no settings of its own.
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

    /// Whether its callers are served and its migrations move.
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
    fn a_tenant_never_prints_or_serialises_its_secrets() {
        let tenant = tenant();
        let document = serde_json::to_string(&tenant).unwrap();
        let printed = format!("{tenant:?} {document}");
        assert!(!printed.contains("canary"), "{printed}");
        assert!(document.contains("138483919580948"));
    }

    /// The schema inserts the default tenant with these fields alone.
    #[test]
    fn a_document_without_settings_is_a_tenant_without_settings() {
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

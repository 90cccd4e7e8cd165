//! Tenants and API keys, without their secrets.

use std::num::NonZeroU32;

use jiff::Timestamp;

use super::time::timestamp;
use crate::proto::v1;
use domain::TenantId;
use domain::tenancy::{ApiKey, KeyStatus, MonthlyUsage, Role, Tenant};

/// A tenant. Of its secrets only whether they are set.
pub(in crate::api) fn tenant(tenant: &Tenant) -> v1::Tenant {
    let Tenant {
        defaults,
        limits,
        credentials,
        ..
    } = tenant;
    v1::Tenant {
        id: tenant.id.as_str().to_owned(),
        name: tenant.name.as_str().to_owned(),
        enabled: tenant.is_enabled(),
        disabled_at: tenant.disabled_at.map(timestamp),
        sandbox: tenant.sandbox,
        code_method: defaults
            .code_method
            .map_or(v1::CodeMethod::Unspecified, v1::CodeMethod::from)
            .into(),
        language: text(defaults.language.as_ref().map(domain::Language::as_str)),
        two_step_pin_source: defaults
            .pin_source
            .map_or(
                v1::TwoStepPinSource::Unspecified,
                v1::TwoStepPinSource::from,
            )
            .into(),
        requests_per_second: limit(limits.requests_per_second),
        burst: limit(limits.burst),
        has_access_token: credentials.access_token.is_some(),
        app_id: text(credentials.app_id.as_ref().map(domain::AppId::as_str)),
        has_app_secret: credentials.app_secret.is_some(),
        created_at: Some(timestamp(tenant.created_at)),
        updated_at: Some(timestamp(tenant.updated_at)),
        unreadable: false,
    }
}

/// A tenant whose settings cannot be read.
pub(in crate::api) fn unreadable_tenant(id: &TenantId) -> v1::Tenant {
    v1::Tenant {
        id: id.as_str().to_owned(),
        unreadable: true,
        ..v1::Tenant::default()
    }
}

/// An API key, without its text.
pub(in crate::api) fn api_key(key: &ApiKey, now: Timestamp) -> v1::ApiKey {
    v1::ApiKey {
        id: key.id.to_string(),
        tenant_id: key.tenant.as_str().to_owned(),
        role: v1::Role::from(key.role).into(),
        label: key.label.as_str().to_owned(),
        prefix: key.prefix.as_str().to_owned(),
        status: v1::ApiKeyStatus::from(key.status(now)).into(),
        created_at: Some(timestamp(key.created_at)),
        expires_at: key.expires_at.map(timestamp),
        revoked_at: key.revoked_at.map(timestamp),
        last_used_at: key.last_used_at.map(timestamp),
    }
}

/// What a tenant has used in a month.
pub(in crate::api) fn monthly_usage(usage: &MonthlyUsage) -> v1::MonthlyUsage {
    let figure = |figure| i64::try_from(figure).unwrap_or(i64::MAX);
    v1::MonthlyUsage {
        month: usage.month.to_string(),
        migrations_started: figure(usage.migrations_started),
        migrations_succeeded: figure(usage.migrations_succeeded),
        graph_calls: figure(usage.graph_calls),
    }
}

fn text(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}

fn limit(limit: Option<NonZeroU32>) -> i32 {
    limit.map_or(0, |limit| super::time::count(limit.get()))
}

impl From<Role> for v1::Role {
    fn from(role: Role) -> Self {
        match role {
            Role::Admin => Self::Admin,
            Role::Migrator => Self::Migrator,
            Role::Reader => Self::Reader,
        }
    }
}

impl From<KeyStatus> for v1::ApiKeyStatus {
    fn from(status: KeyStatus) -> Self {
        match status {
            KeyStatus::Valid => Self::Valid,
            KeyStatus::Expired => Self::Expired,
            KeyStatus::Revoked => Self::Revoked,
        }
    }
}

//! Requests of `AdminService`.

use std::fmt::Display;
use std::num::NonZeroU32;
use std::str::FromStr;

use jiff::SignedDuration;

use super::values;
use crate::admin::{Change, NewKeyRequest, Rotation, SettingChanges};
use crate::api::Error;
use crate::api::fields::Fields;
use crate::proto::v1;
use domain::TenantId;
use domain::tenancy::{ApiKeyId, Month, RateLimits, Role};

const DEFAULT_SIZE: u32 = 50;
const MAX_SIZE: u32 = 200;
/// Default of `overlap`.
const DEFAULT_OVERLAP: SignedDuration = SignedDuration::from_hours(24);
/// Months of the default range of `GetUsage`.
const YEAR: i32 = 12;
/// Maximum months from the first to the last of `GetUsage`.
const MAX_MONTHS: i32 = 36;
const TENANT_ID: &str = "tenant_id";

/// A page of tenants.
#[derive(Debug)]
pub(in crate::api) struct TenantsAfter {
    /// The tenant before the page.
    pub after: Option<TenantId>,
    /// Maximum tenants.
    pub size: u32,
}

/// The id of the tenant, the only field of its request that can be invalid.
pub(in crate::api) fn tenant_id(text: &str) -> Result<TenantId, Error> {
    Fields::collect(|fields| fields.required(TENANT_ID, text))
}

/// `CreateTenant`.
pub(in crate::api) fn create_tenant(
    message: &v1::CreateTenantRequest,
) -> Result<(TenantId, SettingChanges), Error> {
    Fields::collect(|fields| {
        let id = fields.required(TENANT_ID, &message.tenant_id);
        // An absent field of an update is an empty one here: both leave the service's default.
        let settings = settings(
            fields,
            Settings {
                name: Some(message.name.as_str()).filter(|name| !name.is_empty()),
                sandbox: Some(message.sandbox),
                code_method: Some(message.code_method),
                language: Some(&message.language),
                two_step_pin_source: Some(message.two_step_pin_source),
                requests_per_second: Some(message.requests_per_second),
                burst: Some(message.burst),
                access_token: Some(&message.access_token),
                app_id: Some(&message.app_id),
                app_secret: Some(&message.app_secret),
            },
        );
        Some((id?, settings))
    })
}

/// `UpdateTenant`.
pub(in crate::api) fn update_tenant(
    message: &v1::UpdateTenantRequest,
) -> Result<(TenantId, SettingChanges), Error> {
    Fields::collect(|fields| {
        let id = fields.required(TENANT_ID, &message.tenant_id);
        let settings = settings(
            fields,
            Settings {
                name: message.name.as_deref(),
                sandbox: message.sandbox,
                code_method: message.code_method,
                language: message.language.as_deref(),
                two_step_pin_source: message.two_step_pin_source,
                requests_per_second: message.requests_per_second,
                burst: message.burst,
                access_token: message.access_token.as_deref(),
                app_id: message.app_id.as_deref(),
                app_secret: message.app_secret.as_deref(),
            },
        );
        Some((id?, settings))
    })
}

/// `ListTenants`.
pub(in crate::api) fn list_tenants(
    message: &v1::ListTenantsRequest,
) -> Result<TenantsAfter, Error> {
    Fields::collect(|fields| {
        let size = values::page_size(fields, message.page_size, DEFAULT_SIZE, MAX_SIZE);
        let after = Some(message.page_token.as_str()).filter(|token| !token.is_empty());
        let after = after.map(|token| {
            let id = token.parse().ok();
            if id.is_none() {
                fields.refuse("page_token", "must be `next_page_token` of a response");
            }
            id
        });
        Some(TenantsAfter {
            after: after.flatten(),
            size: size?,
        })
    })
}

/// `CreateApiKey`.
pub(in crate::api) fn create_api_key(
    message: &v1::CreateApiKeyRequest,
) -> Result<NewKeyRequest, Error> {
    Fields::collect(|fields| {
        let tenant = fields.required(TENANT_ID, &message.tenant_id);
        let label = fields.required("label", &message.label);
        let role = role(fields, message.role);
        let expires_after = expires_after(fields, message.expires_after);
        Some(NewKeyRequest {
            tenant: tenant?,
            role: role?,
            label: label?,
            expires_after,
        })
    })
}

/// `RotateApiKey`.
pub(in crate::api) fn rotate_api_key(message: &v1::RotateApiKeyRequest) -> Result<Rotation, Error> {
    Fields::collect(|fields| {
        let tenant = fields.required(TENANT_ID, &message.tenant_id);
        let id = fields.required("key_id", &message.key_id);
        let overlap = match message.overlap {
            None => Some(DEFAULT_OVERLAP),
            Some(given) => values::duration(given).filter(|overlap| !overlap.is_negative()),
        };
        if overlap.is_none() {
            fields.refuse("overlap", "must not be negative");
        }
        let expires_after = expires_after(fields, message.expires_after);
        Some(Rotation {
            tenant: tenant?,
            id: id?,
            overlap: overlap?,
            expires_after,
        })
    })
}

/// `RevokeApiKey`.
pub(in crate::api) fn revoke_api_key(
    message: &v1::RevokeApiKeyRequest,
) -> Result<(TenantId, ApiKeyId), Error> {
    Fields::collect(|fields| {
        let tenant = fields.required(TENANT_ID, &message.tenant_id);
        let id = fields.required("key_id", &message.key_id);
        Some((tenant?, id?))
    })
}

/// `GetUsage`, with the current month.
pub(in crate::api) fn get_usage(
    message: &v1::GetUsageRequest,
    current: Month,
) -> Result<(TenantId, Month, Month), Error> {
    Fields::collect(|fields| {
        let id = fields.required(TENANT_ID, &message.tenant_id);
        let from = month(
            fields,
            "from_month",
            &message.from_month,
            current.plus(-YEAR + 1),
        );
        let to = month(fields, "to_month", &message.to_month, current);
        let (from, to) = (from?, to?);
        if !(0..=MAX_MONTHS).contains(&to.since(from)) {
            fields.refuse(
                "to_month",
                format!("must be {from} or later, by at most {MAX_MONTHS} months"),
            );
        }
        Some((id?, from, to))
    })
}

fn month(fields: &mut Fields, field: &str, text: &str, default: Month) -> Option<Month> {
    if text.is_empty() {
        Some(default)
    } else {
        fields.required(field, text)
    }
}

/// The settings of a tenant as a message has them. `None`: absent, so unchanged; empty: removed.
#[derive(Clone, Copy)]
struct Settings<'a> {
    name: Option<&'a str>,
    sandbox: Option<bool>,
    code_method: Option<i32>,
    language: Option<&'a str>,
    two_step_pin_source: Option<i32>,
    requests_per_second: Option<i32>,
    burst: Option<i32>,
    access_token: Option<&'a str>,
    app_id: Option<&'a str>,
    app_secret: Option<&'a str>,
}

fn settings(fields: &mut Fields, given: Settings<'_>) -> SettingChanges {
    let code_method = given.code_method;
    let code_method = code_method.and_then(|number| values::code_method(fields, number));
    let pin_source = given.two_step_pin_source;
    let pin_source = pin_source.and_then(|number| values::pin_source(fields, number));
    SettingChanges {
        name: given.name.and_then(|name| fields.required("name", name)),
        sandbox: given.sandbox,
        code_method: code_method.map_or(Change::Keep, change),
        language: text(fields, "language", given.language),
        pin_source: pin_source.map_or(Change::Keep, change),
        requests_per_second: limit(fields, "requests_per_second", given.requests_per_second),
        burst: limit(fields, "burst", given.burst),
        access_token: text(fields, "access_token", given.access_token),
        app_id: text(fields, "app_id", given.app_id),
        app_secret: text(fields, "app_secret", given.app_secret),
    }
}

fn change<T>(value: Option<T>) -> Change<T> {
    value.map_or(Change::Remove, Change::Set)
}

fn text<T>(fields: &mut Fields, field: &str, given: Option<&str>) -> Change<T>
where
    T: FromStr,
    T::Err: Display,
{
    match given {
        None => Change::Keep,
        Some(text) => change(fields.optional(field, text)),
    }
}

fn limit(fields: &mut Fields, field: &str, given: Option<i32>) -> Change<NonZeroU32> {
    let Some(number) = given else {
        return Change::Keep;
    };
    let most = RateLimits::MAX;
    match u32::try_from(number).map(NonZeroU32::new) {
        Ok(None) => Change::Remove,
        Ok(Some(limit)) if limit <= most => Change::Set(limit),
        _ => {
            let fix = format!("must be 1 to {most}, or 0 for the service's limit");
            fields.refuse(field, fix);
            Change::Keep
        }
    }
}

/// `role`; migrator by default.
fn role(fields: &mut Fields, number: i32) -> Option<Role> {
    let read = |role| {
        Some(match role {
            v1::Role::Unspecified | v1::Role::Migrator => Role::Migrator,
            v1::Role::Reader => Role::Reader,
            v1::Role::Admin => Role::Admin,
        })
    };
    let names = "ROLE_MIGRATOR, ROLE_READER, ROLE_ADMIN";
    fields.choice("role", number, read, names)
}

/// `expires_after` of a key; `None` if it does not expire.
fn expires_after(
    fields: &mut Fields,
    given: Option<prost_types::Duration>,
) -> Option<SignedDuration> {
    let after = values::duration(given?).filter(SignedDuration::is_positive);
    if after.is_none() {
        fields.refuse("expires_after", "must be longer than 0 seconds");
    }
    after
}

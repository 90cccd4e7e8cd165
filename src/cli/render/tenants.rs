//! Tenants, as a table and one by one.

use super::super::style::TextStyle;
use crate::store;
use domain::tenancy::Tenant;
use domain::{CodeMethod, PinSource, TenantId};

/// A table of tenants.
pub(in crate::cli) fn tenants(
    style: &TextStyle,
    tenants: &[(TenantId, Result<Tenant, store::Error>)],
) -> String {
    let mut table = style.table(["tenant", "name", "state", "created"]);
    for (id, tenant) in tenants {
        table.add_row(match tenant {
            Ok(tenant) => [
                tenant.id.to_string(),
                tenant.name.to_string(),
                state(style, tenant),
                style.day(tenant.created_at),
            ],
            Err(error) => [
                id.to_string(),
                String::new(),
                format!("cannot be read: {error}"),
                String::new(),
            ],
        });
    }
    TextStyle::lines(&table)
}

/// A tenant. Of its secrets only whether they are set.
pub(in crate::cli) fn tenant(style: &TextStyle, tenant: &Tenant) -> String {
    const DEFAULT: &str = "from the service's configuration";
    let (defaults, credentials) = (&tenant.defaults, &tenant.credentials);
    let or_default = |value: Option<String>| value.unwrap_or_else(|| DEFAULT.to_owned());
    let set = |is_set: bool| if is_set { "set (hidden)" } else { DEFAULT }.to_owned();
    let pin = defaults.pin_source.map(|source| match source {
        PinSource::Generated => "generated for each number",
        PinSource::Code => "the verification code",
        PinSource::Provided => "provided by each request",
    });
    let method = defaults.code_method.map(|method| match method {
        CodeMethod::Sms => "SMS",
        CodeMethod::Voice => "voice call",
    });
    let mut table = style.table(["tenant", tenant.id.as_str()]);
    for (what, value) in [
        ("name", tenant.name.to_string()),
        ("state", state(style, tenant)),
        ("code method", or_default(method.map(str::to_owned))),
        (
            "language",
            or_default(defaults.language.as_ref().map(ToString::to_string)),
        ),
        ("two-step PIN", or_default(pin.map(str::to_owned))),
        (
            "requests per second",
            or_default(tenant.limits.requests_per_second.map(|n| n.to_string())),
        ),
        (
            "burst of requests",
            or_default(tenant.limits.burst.map(|n| n.to_string())),
        ),
        ("access token", set(credentials.access_token.is_some())),
        (
            "app id",
            or_default(credentials.app_id.as_ref().map(ToString::to_string)),
        ),
        ("app secret", set(credentials.app_secret.is_some())),
        ("created", style.at(tenant.created_at)),
        ("updated", style.at(tenant.updated_at)),
    ] {
        table.add_row([what.to_owned(), value]);
    }
    TextStyle::lines(&table)
}

fn state(style: &TextStyle, tenant: &Tenant) -> String {
    let kind = if tenant.sandbox { ", sandbox" } else { "" };
    match tenant.disabled_at {
        None => format!("enabled{kind}"),
        Some(at) => format!("disabled since {}{kind}", style.at(at)),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn acme() -> Tenant {
        let now = Timestamp::from_second(1_790_000_000).unwrap();
        let mut tenant = Tenant::new("acme".parse().unwrap(), "Acme".parse().unwrap(), now);
        tenant.disabled_at = Some(now);
        tenant.sandbox = true;
        tenant.defaults.pin_source = Some(PinSource::Provided);
        tenant.limits.burst = 50.try_into().ok();
        tenant.credentials.access_token = "EAAB-canary".parse().ok();
        tenant
    }

    #[test]
    fn a_tenant_is_shown_without_its_secrets() {
        insta::assert_snapshot!(tenant(&TextStyle::plain(80), &acme()), @r#"
        ────────────────────────────────────────────────────────────────
         tenant                acme
        ────────────────────────────────────────────────────────────────
         name                  Acme
         state                 disabled since 2026-09-21 14:13, sandbox
         code method           from the service's configuration
         language              from the service's configuration
         two-step PIN          provided by each request
         requests per second   from the service's configuration
         burst of requests     50
         access token          set (hidden)
         app id                from the service's configuration
         app secret            from the service's configuration
         created               2026-09-21 14:13
         updated               2026-09-21 14:13
        ────────────────────────────────────────────────────────────────
        "#);
    }

    #[test]
    fn tenants_are_listed_one_per_line() {
        let now = acme().created_at;
        let default = Tenant::new("default".parse().unwrap(), "Default".parse().unwrap(), now);
        insta::assert_snapshot!(tenants(&TextStyle::plain(80), &[acme(), default].map(|it| (it.id.clone(), Ok(it)))), @r#"
        ───────────────────────────────────────────────────────────────────────────
         tenant    name      state                                      created
        ───────────────────────────────────────────────────────────────────────────
         acme      Acme      disabled since 2026-09-21 14:13, sandbox   2026-09-21
         default   Default   enabled                                    2026-09-21
        ───────────────────────────────────────────────────────────────────────────
        "#);
    }
}

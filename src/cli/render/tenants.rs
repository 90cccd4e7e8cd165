//! Tenants, as a table and one by one.

use super::super::style::Style;
use crate::store;
use domain::tenancy::Tenant;
use domain::{CodeMethod, PinSource, TenantId};

/// Tenants, one a line.
pub(in crate::cli) fn tenants(
    style: &Style,
    tenants: &[(TenantId, Result<Tenant, store::Error>)],
) -> String {
    let mut table = style.table(["tenant", "name", "state", "made"]);
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
    Style::lines(&table)
}

/// A tenant with all that it has of its own. Of its secrets, whether it has them.
pub(in crate::cli) fn tenant(style: &Style, tenant: &Tenant) -> String {
    const OPEN: &str = "as the service is configured";
    let (defaults, credentials) = (&tenant.defaults, &tenant.credentials);
    let or_open = |value: Option<String>| value.unwrap_or_else(|| OPEN.to_owned());
    let set = |is_set: bool| if is_set { "set, and not shown" } else { OPEN }.to_owned();
    let pin = defaults.pin_source.map(|source| match source {
        PinSource::Generated => "made for each number",
        PinSource::Code => "the verification code",
        PinSource::Provided => "brought by each request",
    });
    let method = defaults.code_method.map(|method| match method {
        CodeMethod::Sms => "SMS",
        CodeMethod::Voice => "voice call",
    });
    let mut table = style.table(["tenant", tenant.id.as_str()]);
    for (what, value) in [
        ("name", tenant.name.to_string()),
        ("state", state(style, tenant)),
        ("code method", or_open(method.map(str::to_owned))),
        (
            "language",
            or_open(defaults.language.as_ref().map(ToString::to_string)),
        ),
        ("two-step PIN", or_open(pin.map(str::to_owned))),
        (
            "requests a second",
            or_open(tenant.limits.requests_per_second.map(|n| n.to_string())),
        ),
        (
            "requests at once",
            or_open(tenant.limits.burst.map(|n| n.to_string())),
        ),
        ("access token", set(credentials.access_token.is_some())),
        (
            "app id",
            or_open(credentials.app_id.as_ref().map(ToString::to_string)),
        ),
        ("app secret", set(credentials.app_secret.is_some())),
        ("made", style.at(tenant.created_at)),
        ("changed", style.at(tenant.updated_at)),
    ] {
        table.add_row([what.to_owned(), value]);
    }
    Style::lines(&table)
}

fn state(style: &Style, tenant: &Tenant) -> String {
    let kind = if tenant.sandbox { ", sandbox" } else { "" };
    match tenant.disabled_at {
        None => format!("enabled{kind}"),
        Some(at) => format!("disabled since {}{kind}", style.at(at)),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::tz::TimeZone;

    use super::*;

    fn style() -> Style {
        Style {
            color: false,
            width: 80,
            zone: TimeZone::UTC,
        }
    }

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
        insta::assert_snapshot!(tenant(&style(), &acme()), @r#"
        ──────────────────────────────────────────────────────────────
         tenant              acme
        ──────────────────────────────────────────────────────────────
         name                Acme
         state               disabled since 2026-09-21 14:13, sandbox
         code method         as the service is configured
         language            as the service is configured
         two-step PIN        brought by each request
         requests a second   as the service is configured
         requests at once    50
         access token        set, and not shown
         app id              as the service is configured
         app secret          as the service is configured
         made                2026-09-21 14:13
         changed             2026-09-21 14:13
        ──────────────────────────────────────────────────────────────
        "#);
    }

    #[test]
    fn tenants_are_shown_one_a_line() {
        let now = acme().created_at;
        let default = Tenant::new("default".parse().unwrap(), "Default".parse().unwrap(), now);
        insta::assert_snapshot!(tenants(&style(), &[acme(), default].map(|it| (it.id.clone(), Ok(it)))), @r#"
        ───────────────────────────────────────────────────────────────────────────
         tenant    name      state                                      made
        ───────────────────────────────────────────────────────────────────────────
         acme      Acme      disabled since 2026-09-21 14:13, sandbox   2026-09-21
         default   Default   enabled                                    2026-09-21
        ───────────────────────────────────────────────────────────────────────────
        "#);
    }
}

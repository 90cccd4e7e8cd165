//! Tenants, as a table and one by one, and their usage.

use super::super::style::TextStyle;
use crate::proto::v1::{CodeMethod, MonthlyUsage, Tenant, TwoStepPinSource};

/// A table of tenants.
pub(in crate::cli) fn tenants(style: &TextStyle, tenants: &[Tenant]) -> String {
    let mut table = style.table(["tenant", "name", "state", "created"]);
    for tenant in tenants {
        table.add_row([
            tenant.id.clone(),
            tenant.name.clone(),
            state(style, tenant),
            style.day(tenant.created_at.as_ref()),
        ]);
    }
    TextStyle::lines(&table)
}

/// A tenant. Of its secrets only whether they are set.
pub(in crate::cli) fn tenant(style: &TextStyle, tenant: &Tenant) -> String {
    const DEFAULT: &str = "from the service's configuration";
    let or_default = |value: &str| if value.is_empty() { DEFAULT } else { value }.to_owned();
    let limit = |limit: i32| match limit {
        0 => DEFAULT.to_owned(),
        limit => limit.to_string(),
    };
    let set = |is_set: bool| if is_set { "set (hidden)" } else { DEFAULT }.to_owned();
    let pin = match tenant.two_step_pin_source() {
        TwoStepPinSource::Generated => "generated for each number",
        TwoStepPinSource::Code => "the verification code",
        TwoStepPinSource::Provided => "provided by each request",
        TwoStepPinSource::Unspecified => "",
    };
    let method = match tenant.code_method() {
        CodeMethod::Sms => "SMS",
        CodeMethod::Voice => "voice call",
        CodeMethod::Unspecified => "",
    };
    let mut table = style.table(["tenant", tenant.id.as_str()]);
    for (what, value) in [
        ("name", tenant.name.clone()),
        ("state", state(style, tenant)),
        ("code method", or_default(method)),
        ("language", or_default(&tenant.language)),
        ("two-step PIN", or_default(pin)),
        ("requests per second", limit(tenant.requests_per_second)),
        ("burst of requests", limit(tenant.burst)),
        ("access token", set(tenant.has_access_token)),
        ("app id", or_default(&tenant.app_id)),
        ("app secret", set(tenant.has_app_secret)),
        ("created", style.minute(tenant.created_at.as_ref())),
        ("updated", style.minute(tenant.updated_at.as_ref())),
    ] {
        table.add_row([what.to_owned(), value]);
    }
    TextStyle::lines(&table)
}

/// What a tenant has used, by month.
pub(in crate::cli) fn usage(style: &TextStyle, months: &[MonthlyUsage]) -> String {
    let mut table = style.table(["month", "started", "numbers moved", "calls to Meta"]);
    for month in months {
        table.add_row([
            month.month.clone(),
            month.migrations_started.to_string(),
            month.migrations_succeeded.to_string(),
            month.graph_calls.to_string(),
        ]);
    }
    TextStyle::lines(&table)
}

fn state(style: &TextStyle, tenant: &Tenant) -> String {
    let kind = if tenant.sandbox { ", sandbox" } else { "" };
    match &tenant.disabled_at {
        _ if tenant.unreadable => "cannot be read".to_owned(),
        None => format!("enabled{kind}"),
        at => format!("disabled since {}{kind}", style.minute(at.as_ref())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acme() -> Tenant {
        let now = Some(prost_types::Timestamp {
            seconds: 1_790_000_000,
            nanos: 0,
        });
        Tenant {
            id: "acme".to_owned(),
            name: "Acme".to_owned(),
            disabled_at: now,
            sandbox: true,
            two_step_pin_source: TwoStepPinSource::Provided.into(),
            burst: 50,
            has_access_token: true,
            created_at: now,
            updated_at: now,
            ..Tenant::default()
        }
    }

    #[test]
    fn usage_is_one_line_a_month() {
        let month = MonthlyUsage {
            month: "2026-11".to_owned(),
            migrations_started: 12,
            migrations_succeeded: 9,
            graph_calls: 104,
        };
        insta::assert_snapshot!(usage(&TextStyle::plain(80), &[month]), @r#"
        ───────────────────────────────────────────────────
         month     started   numbers moved   calls to Meta
        ───────────────────────────────────────────────────
         2026-11   12        9               104
        ───────────────────────────────────────────────────
        "#);
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
        let default = Tenant {
            id: "default".to_owned(),
            name: "Default".to_owned(),
            created_at: acme().created_at,
            ..Tenant::default()
        };
        insta::assert_snapshot!(tenants(&TextStyle::plain(80), &[acme(), default]), @r#"
        ───────────────────────────────────────────────────────────────────────────
         tenant    name      state                                      created
        ───────────────────────────────────────────────────────────────────────────
         acme      Acme      disabled since 2026-09-21 14:13, sandbox   2026-09-21
         default   Default   enabled                                    2026-09-21
        ───────────────────────────────────────────────────────────────────────────
        "#);
    }
}

//! What a tenant has used, as both databases keep it.

use super::Error;
use domain::tenancy::{InvalidMonth, Month, MonthlyUsage};

/// A row of the table.
#[derive(Debug)]
pub(super) struct UsageRow {
    pub(super) tenant: String,
    pub(super) month: i32,
    pub(super) migrations_started: i64,
    pub(super) migrations_succeeded: i64,
    pub(super) graph_calls: i64,
}

impl UsageRow {
    /// The row as the domain's value.
    pub(super) fn into_usage(self) -> Result<MonthlyUsage, Error> {
        let month = Month::from_number(self.month);
        let month =
            month.ok_or_else(|| Error::corrupt("usage", "month", &self.tenant, InvalidMonth))?;
        let figure = |figure| u64::try_from(figure).unwrap_or_default();
        Ok(MonthlyUsage {
            month,
            migrations_started: figure(self.migrations_started),
            migrations_succeeded: figure(self.migrations_succeeded),
            graph_calls: figure(self.graph_calls),
        })
    }
}

//! Reads and writes of what tenants have used.

use sqlx::postgres::PgRow;

use super::Postgres;
use super::rows::{column, count};
use crate::store::Error;
use crate::store::usage::UsageRow;
use domain::TenantId;
use domain::tenancy::{Month, MonthlyUsage};

/// Counts calls of a tenant. Its row is locked, so that it is not deleted meanwhile. One tenant
/// only: a statement that waits for the row of one tenant must hold that of no other.
pub(super) const CALLS: &str = "
    WITH owner AS (
        SELECT id FROM tenants WHERE id = $1 FOR KEY SHARE
    )
    INSERT INTO usage AS u (tenant, month, graph_calls)
    SELECT owner.id, $2::integer, $3::bigint FROM owner
    ON CONFLICT (tenant, month) DO UPDATE SET graph_calls = u.graph_calls + excluded.graph_calls";

/// The months of a tenant.
pub(super) const MONTHS: &str =
    "SELECT * FROM usage WHERE tenant = $1 AND month BETWEEN $2 AND $3 ORDER BY month";

impl Postgres {
    pub(in crate::store) async fn usage(
        &self,
        tenant: &TenantId,
        from: Month,
        to: Month,
    ) -> Result<Vec<MonthlyUsage>, Error> {
        let select = || {
            sqlx::query(MONTHS)
                .bind(tenant.as_str())
                .bind(from.number())
                .bind(to.number())
        };
        let found = self.inner.calls.rows(select).await?;
        found.iter().map(row).collect()
    }

    pub(in crate::store) async fn add_graph_calls(
        &self,
        tenant: &TenantId,
        month: Month,
        calls: u64,
    ) -> Result<(), Error> {
        let add = sqlx::query(CALLS)
            .bind(tenant.as_str())
            .bind(month.number())
            .bind(count(calls));
        self.inner.calls.once(add).await?;
        Ok(())
    }
}

fn row(row: &PgRow) -> Result<MonthlyUsage, Error> {
    let row = UsageRow {
        tenant: column(row, "tenant")?,
        month: column(row, "month")?,
        migrations_started: column(row, "migrations_started")?,
        migrations_succeeded: column(row, "migrations_succeeded")?,
        graph_calls: column(row, "graph_calls")?,
    };
    row.into_usage()
}

//! Reads and writes of what tenants have used.

use rusqlite::{Connection, Row};

use super::Sqlite;
use super::rows::{column, count};
use super::statement::{self, execute};
use super::writer::Write;
use crate::store::Error;
use crate::store::record::Record;
use crate::store::usage::UsageRow;
use domain::TenantId;
use domain::tenancy::{Month, MonthlyUsage};

/// Counts a started migration.
pub(super) const STARTED: &str = "
    INSERT INTO usage (tenant, month, migrations_started) VALUES (?, ?, 1)
    ON CONFLICT (tenant, month) DO UPDATE SET migrations_started = migrations_started + 1";
/// Counts a succeeded migration.
pub(super) const SUCCEEDED: &str = "
    INSERT INTO usage (tenant, month, migrations_succeeded) VALUES (?, ?, 1)
    ON CONFLICT (tenant, month) DO UPDATE SET migrations_succeeded = migrations_succeeded + 1";
/// Counts calls of a tenant that exists.
pub(super) const CALLS: &str = "
    INSERT INTO usage (tenant, month, graph_calls) SELECT id, ?, ? FROM tenants WHERE id = ?
    ON CONFLICT (tenant, month) DO UPDATE SET graph_calls = graph_calls + excluded.graph_calls";
/// The months of a tenant.
pub(super) const MONTHS: &str =
    "SELECT * FROM usage WHERE tenant = ? AND month BETWEEN ? AND ? ORDER BY month";

/// Adds to the calls of a tenant.
struct AddCalls {
    tenant: TenantId,
    month: Month,
    calls: u64,
}

impl Sqlite {
    pub(in crate::store) async fn usage(
        &self,
        tenant: &TenantId,
        from: Month,
        to: Month,
    ) -> Result<Vec<MonthlyUsage>, Error> {
        self.readers.read(|connection| {
            let months = (tenant.as_str(), from.number(), to.number());
            statement::all(connection, MONTHS, months, row)
        })
    }

    pub(in crate::store) async fn add_graph_calls(
        &self,
        tenant: &TenantId,
        month: Month,
        calls: u64,
    ) -> Result<(), Error> {
        let tenant = tenant.clone();
        let add = AddCalls {
            tenant,
            month,
            calls,
        };
        self.writer.write(add).await
    }
}

impl Write for AddCalls {
    type Answer = ();

    fn run(&self, connection: &Connection) -> Result<(), Error> {
        let values = (self.month.number(), count(self.calls), self.tenant.as_str());
        execute(connection, CALLS, values).map(drop)
    }
}

/// Counts a migration that is created by this transaction.
pub(super) fn count_started(connection: &Connection, record: &Record) -> Result<(), Error> {
    let month = Month::of(record.created_at).number();
    execute(connection, STARTED, (record.tenant.as_str(), month)).map(drop)
}

/// Counts a migration if it succeeds by this transaction.
pub(super) fn count_succeeded(connection: &Connection, record: &Record) -> Result<(), Error> {
    match record.succeeded_in() {
        Some(month) => {
            let values = (record.tenant.as_str(), month.number());
            execute(connection, SUCCEEDED, values).map(drop)
        }
        None => Ok(()),
    }
}

fn row(row: &Row<'_>) -> Result<MonthlyUsage, Error> {
    let row = UsageRow {
        tenant: column(row, "tenant")?,
        month: column(row, "month")?,
        migrations_started: column(row, "migrations_started")?,
        migrations_succeeded: column(row, "migrations_succeeded")?,
        graph_calls: column(row, "graph_calls")?,
    };
    row.into_usage()
}

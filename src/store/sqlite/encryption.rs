//! Reads and replacements of sealed values.

use rusqlite::{Connection, params};

use super::Sqlite;
use super::rows;
use super::statement::{all, execute};
use super::writer::Write;
use crate::store::Error;
use crate::store::encryption::columns::{Exchange, Found, RowName, SealedColumn, SealedValues};

/// A row's key in SQL.
struct RowKey {
    /// The expression that rows are found and sorted by.
    key: &'static str,
    /// The same as bytes.
    bytes: String,
    /// The first parameter, which is bytes, as `key`.
    parameter: &'static str,
}

/// Replaces values of a column.
struct Exchanges {
    column: &'static SealedColumn,
    exchanges: Vec<Exchange>,
}

impl From<RowName> for RowKey {
    fn from(row: RowName) -> Self {
        match row {
            RowName::Migration(key) => Self {
                key,
                bytes: key.to_owned(),
                parameter: "?1",
            },
            RowName::Text(key) => Self {
                key,
                bytes: format!("CAST({key} AS BLOB)"),
                parameter: "CAST(?1 AS TEXT)",
            },
        }
    }
}

/// Selects values: after a row (`?1`), without those that begin with `?2`, at most `?3`.
pub(super) fn page(column: &SealedColumn) -> String {
    let RowKey {
        key,
        bytes,
        parameter,
    } = column.row.into();
    let SealedColumn {
        table,
        column,
        tenant,
        ..
    } = column;
    format!(
        "SELECT {bytes} AS row_name, {tenant} AS tenant, {column} AS sealed FROM {table}
         WHERE {key} > {parameter} AND {column} IS NOT NULL
             AND (?2 IS NULL OR substr({column}, 1, length(?2)) <> ?2)
         ORDER BY {key} LIMIT ?3"
    )
}

/// Replaces a value: by its row (`?1`), the old value (`?2`) and the new one (`?3`).
pub(super) fn exchange(column: &SealedColumn) -> String {
    let RowKey { key, parameter, .. } = column.row.into();
    let SealedColumn { table, column, .. } = column;
    format!("UPDATE {table} SET {column} = ?3 WHERE {key} = {parameter} AND {column} = ?2")
}

impl SealedValues for Sqlite {
    async fn page(
        &self,
        column: &'static SealedColumn,
        after: &[u8],
        but: Option<&[u8]>,
        limit: u32,
    ) -> Result<Vec<Found>, Error> {
        let (after, but) = (after.to_vec(), but.map(<[u8]>::to_vec));
        self.readers
            .read_long(move |connection| {
                let values = params![after, but, limit];
                all(connection, &page(column), values, |row| {
                    Ok(Found {
                        row: rows::column(row, "row_name")?,
                        tenant: rows::column(row, "tenant")?,
                        sealed: rows::column(row, "sealed")?,
                    })
                })
            })
            .await
    }

    async fn exchange(
        &self,
        column: &'static SealedColumn,
        exchanges: Vec<Exchange>,
    ) -> Result<u64, Error> {
        self.writer.write(Exchanges { column, exchanges }).await
    }
}

impl Write for Exchanges {
    type Answer = u64;

    fn run(&self, connection: &Connection) -> Result<u64, Error> {
        let statement = exchange(self.column);
        let mut written = 0_u64;
        for Exchange { row, old, new } in &self.exchanges {
            let updated = execute(connection, &statement, params![row, old, new])?;
            written = written.saturating_add(updated as u64);
        }
        Ok(written)
    }
}

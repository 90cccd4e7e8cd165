//! Reads and replacements of sealed values.

use rusqlite::{Connection, params};

use super::Sqlite;
use super::rows;
use super::statement::{all, execute};
use super::writer::Write;
use crate::store::Error;
use crate::store::encryption::columns::{
    Exchange, Found, RowKey, RowName, SealedColumn, SealedValues,
};

/// A row's key in SQL.
struct KeyExpression {
    /// The expression that rows are found by, within their tenant.
    key: &'static str,
    /// The same as bytes.
    bytes: String,
    /// The second parameter, which is bytes, as `key`.
    parameter: &'static str,
    /// Whether the key alone identifies a row: it is that of a tenant itself.
    is_unique: bool,
}

/// Replaces values of a column.
struct Exchanges {
    column: &'static SealedColumn,
    exchanges: Vec<Exchange>,
}

impl From<RowName> for KeyExpression {
    fn from(row: RowName) -> Self {
        match row {
            RowName::Migration(key) => Self {
                key,
                bytes: key.to_owned(),
                parameter: "?2",
                is_unique: false,
            },
            RowName::Text(key) => Self {
                key,
                bytes: format!("CAST({key} AS BLOB)"),
                parameter: "CAST(?2 AS TEXT)",
                is_unique: true,
            },
        }
    }
}

/// Selects values: after a row of a tenant (`?2` of `?1`), without those that begin with `?3`, at
/// most `?4`.
pub(super) fn page(column: &SealedColumn) -> String {
    let KeyExpression {
        key,
        bytes,
        parameter,
        is_unique,
    } = column.row.into();
    let SealedColumn {
        table,
        column,
        tenant,
        ..
    } = column;
    let (after, order) = if is_unique {
        (
            format!("?1 IS NOT NULL AND {key} > {parameter}"),
            key.to_owned(),
        )
    } else {
        let after = format!("({tenant}, {key}) > (?1, {parameter})");
        (after, format!("{tenant}, {key}"))
    };
    format!(
        "SELECT {bytes} AS row_name, {tenant} AS tenant, {column} AS sealed FROM {table}
         WHERE {after} AND {column} IS NOT NULL
             AND (?3 IS NULL OR substr({column}, 1, length(?3)) <> ?3)
         ORDER BY {order} LIMIT ?4"
    )
}

/// Replaces a value: by its tenant and row (`?1`, `?2`), the old value (`?3`) and the new one
/// (`?4`).
pub(super) fn exchange(column: &SealedColumn) -> String {
    let KeyExpression { key, parameter, .. } = column.row.into();
    let SealedColumn {
        table,
        column,
        tenant,
        ..
    } = column;
    format!(
        "UPDATE {table} SET {column} = ?4
         WHERE {tenant} = ?1 AND {key} = {parameter} AND {column} = ?3"
    )
}

impl SealedValues for Sqlite {
    async fn page(
        &self,
        column: &'static SealedColumn,
        after: &RowKey,
        but: Option<&[u8]>,
        limit: u32,
    ) -> Result<Vec<Found>, Error> {
        let (after, but) = (after.clone(), but.map(<[u8]>::to_vec));
        self.readers
            .read_long(move |connection| {
                let values = params![after.tenant, after.row, but, limit];
                all(connection, &page(column), values, |row| {
                    let key = RowKey {
                        tenant: rows::column(row, "tenant")?,
                        row: rows::column(row, "row_name")?,
                    };
                    let sealed = rows::column(row, "sealed")?;
                    Ok(Found { key, sealed })
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
        for Exchange { key, old, new } in &self.exchanges {
            let values = params![key.tenant, key.row, old, new];
            let updated = execute(connection, &statement, values)?;
            written = written.saturating_add(updated as u64);
        }
        Ok(written)
    }
}

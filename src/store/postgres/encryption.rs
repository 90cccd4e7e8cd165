//! Reads and replacements of sealed values.

use sqlx::AssertSqlSafe;

use super::Postgres;
use super::rows;
use crate::store::Error;
use crate::store::encryption::columns::{Exchange, Found, RowName, SealedColumn, SealedValues};

/// A row's key in SQL.
struct RowKey {
    /// The expression that rows are found and sorted by.
    key: &'static str,
    /// The same as bytes.
    bytes: String,
    /// Converts an expression of bytes to a `key`.
    key_of: fn(&str) -> String,
}

impl From<RowName> for RowKey {
    fn from(row: RowName) -> Self {
        match row {
            RowName::Migration(key) => Self {
                key,
                bytes: format!("uuid_send({key})"),
                key_of: |bytes| format!("encode({bytes}, 'hex')::uuid"),
            },
            RowName::Text(key) => Self {
                key,
                bytes: format!("convert_to({key}, 'UTF8')"),
                key_of: |bytes| format!("convert_from({bytes}, 'UTF8')"),
            },
        }
    }
}

/// Selects values: after a row (`$1`), without those that begin with `$2`, at most `$3`.
pub(super) fn page(column: &SealedColumn) -> String {
    let RowKey { key, bytes, key_of } = column.row.into();
    let after = key_of("$1::bytea");
    let SealedColumn {
        table,
        column,
        tenant,
        ..
    } = column;
    format!(
        "SELECT {bytes} AS row_name, {tenant} AS tenant, {column} AS sealed FROM {table}
         WHERE {key} > {after} AND {column} IS NOT NULL
             AND ($2::bytea IS NULL OR substring({column} FROM 1 FOR length($2)) <> $2)
         ORDER BY {key} LIMIT $3"
    )
}

/// Replaces values: by their rows, the old values and the new ones.
///
/// `ANY (ARRAY[…])` rather than `=`, so that each row is found by its key whatever the server
/// estimates of the table's size; in the order of the keys, as every save locks its rows, so that
/// there is no deadlock.
pub(super) fn exchange(column: &SealedColumn) -> String {
    let RowKey { key, key_of, .. } = column.row.into();
    let row = key_of("i.row_name");
    let SealedColumn { table, column, .. } = column;
    format!(
        "UPDATE {table} SET {column} = i.becomes
         FROM unnest($1::bytea[], $2::bytea[], $3::bytea[]) AS i (row_name, was, becomes)
         WHERE {key} = ANY (ARRAY[{row}]) AND {column} = i.was RETURNING 1"
    )
}

impl SealedValues for Postgres {
    async fn page(
        &self,
        column: &'static SealedColumn,
        after: &[u8],
        but: Option<&[u8]>,
        limit: u32,
    ) -> Result<Vec<Found>, Error> {
        let statement = page(column);
        let found = self
            .inner
            .batches
            .rows(|| {
                sqlx::query(AssertSqlSafe(statement.clone()))
                    .bind(after)
                    .bind(but)
                    .bind(i64::from(limit))
            })
            .await?;
        let whole = |row| {
            Ok(Found {
                row: rows::column(row, "row_name")?,
                tenant: rows::column(row, "tenant")?,
                sealed: rows::column(row, "sealed")?,
            })
        };
        found.iter().map(whole).collect()
    }

    async fn exchange(
        &self,
        column: &'static SealedColumn,
        exchanges: Vec<Exchange>,
    ) -> Result<u64, Error> {
        let statement = exchange(column);
        let each = |of: fn(&Exchange) -> &[u8]| exchanges.iter().map(of).collect::<Vec<_>>();
        let written = self
            .inner
            .batches
            .rows(|| {
                sqlx::query(AssertSqlSafe(statement.clone()))
                    .bind(each(|it| &it.row))
                    .bind(each(|it| &it.old))
                    .bind(each(|it| &it.new))
            })
            .await?;
        Ok(written.len() as u64)
    }
}

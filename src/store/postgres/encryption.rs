//! Reads and replacements of sealed values.

use sqlx::AssertSqlSafe;

use super::Postgres;
use super::rows;
use crate::store::Error;
use crate::store::encryption::columns::{
    Exchange, Found, RowKey, RowName, SealedColumn, SealedValues,
};

/// A row's key in SQL, within its tenant.
struct KeyExpression {
    /// The expression that rows are found and sorted by.
    key: &'static str,
    /// The same as bytes.
    bytes: String,
    /// Converts an expression of bytes to a `key`.
    key_of: fn(&str) -> String,
}

impl From<RowName> for KeyExpression {
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

/// Selects values: after a row (`$1`, `$2`), without those that begin with `$3`, at most `$4`.
pub(super) fn page(column: &SealedColumn) -> String {
    let KeyExpression { key, bytes, key_of } = column.row.into();
    let after = key_of("$2::bytea");
    let SealedColumn {
        table,
        column,
        tenant,
        ..
    } = column;
    format!(
        "SELECT {tenant} AS tenant, {bytes} AS row_name, {column} AS sealed FROM {table}
         WHERE ({tenant}, {key}) > ($1::text, {after}) AND {column} IS NOT NULL
             AND ($3::bytea IS NULL OR substring({column} FROM 1 FOR length($3)) <> $3)
         ORDER BY {tenant}, {key} LIMIT $4"
    )
}

/// Replaces values: by their tenants and rows, the old values and the new ones.
///
/// A row is found by a range of keys, as in a save; in the order of the keys, as every save locks
/// its rows, so that there is no deadlock.
pub(super) fn exchange(column: &SealedColumn) -> String {
    let KeyExpression { key, key_of, .. } = column.row.into();
    let row = key_of("i.row_name");
    let SealedColumn {
        table,
        column,
        tenant,
        ..
    } = column;
    format!(
        "UPDATE {table} SET {column} = i.becomes
         FROM unnest($1::text[], $2::bytea[], $3::bytea[], $4::bytea[])
             AS i (of_tenant, row_name, was, becomes)
         WHERE ({tenant}, {key}) >= (i.of_tenant, {row}) AND ({tenant}, {key}) <= (i.of_tenant, {row})
             AND {column} = i.was
         RETURNING 1"
    )
}

impl SealedValues for Postgres {
    async fn page(
        &self,
        column: &'static SealedColumn,
        after: &RowKey,
        but: Option<&[u8]>,
        limit: u32,
    ) -> Result<Vec<Found>, Error> {
        let statement = page(column);
        let found = self
            .inner
            .batches
            .rows(|| {
                sqlx::query(AssertSqlSafe(statement.clone()))
                    .bind(&after.tenant)
                    .bind(&after.row)
                    .bind(but)
                    .bind(i64::from(limit))
            })
            .await?;
        let whole = |row| {
            let key = RowKey {
                tenant: rows::column(row, "tenant")?,
                row: rows::column(row, "row_name")?,
            };
            let sealed = rows::column(row, "sealed")?;
            Ok(Found { key, sealed })
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
        let tenants: Vec<&str> = exchanges.iter().map(|it| it.key.tenant.as_str()).collect();
        let written = self
            .inner
            .batches
            .rows(|| {
                sqlx::query(AssertSqlSafe(statement.clone()))
                    .bind(tenants.clone())
                    .bind(each(|it| &it.key.row))
                    .bind(each(|it| &it.old))
                    .bind(each(|it| &it.new))
            })
            .await?;
        Ok(written.len() as u64)
    }
}

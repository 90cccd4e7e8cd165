//! Sealed values, to be counted and exchanged.

use rusqlite::{Connection, params};

use super::Sqlite;
use super::rows;
use super::statement::{all, execute};
use super::writer::Write;
use crate::crypto::Keyring;
use crate::store::Error;
use crate::store::encryption::columns::{Exchange, Found, RowName, SealedColumn, SealedValues};

/// A row's name in SQLite's words.
struct Name {
    /// What rows are looked up and sorted by.
    key: &'static str,
    /// The same as bytes.
    bytes: String,
    /// The bytes in a parameter as what rows are looked up by.
    parameter: &'static str,
}

/// Exchanges the values of a column.
struct Exchanges {
    column: &'static SealedColumn,
    exchanges: Vec<Exchange>,
}

impl From<RowName> for Name {
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

/// Reads values: after a row, without those that begin so, and so many.
pub(super) fn page(column: &SealedColumn) -> String {
    let Name {
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

/// Writes a value: by its row, what was there, and what takes its place.
pub(super) fn exchange(column: &SealedColumn) -> String {
    let Name { key, parameter, .. } = column.row.into();
    let SealedColumn { table, column, .. } = column;
    format!("UPDATE {table} SET {column} = ?3 WHERE {key} = {parameter} AND {column} = ?2")
}

impl SealedValues for Sqlite {
    fn keyring(&self) -> &Keyring {
        &self.inner.keyring
    }

    async fn page(
        &self,
        column: &'static SealedColumn,
        after: &[u8],
        but: Option<&[u8]>,
        limit: u32,
    ) -> Result<Vec<Found>, Error> {
        let (after, but) = (after.to_vec(), but.map(<[u8]>::to_vec));
        self.inner
            .readers
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
        self.inner
            .writer
            .write(Exchanges { column, exchanges })
            .await
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

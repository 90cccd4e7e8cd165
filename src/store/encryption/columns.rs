//! The columns with sealed values, so that their keys can be counted and replaced.
//!
//! A new sealed column needs a line in [`SEALED`]. Without it, its secrets would be lost with the
//! next key that is retired; a test compares the lines with the schema.

use uuid::Uuid;

use crate::crypto::{self, AssociatedData};
use crate::store::Error;
use domain::MigrationId;

/// A column whose values are sealed.
#[derive(Debug)]
pub(in crate::store) struct SealedColumn {
    pub(in crate::store) table: &'static str,
    pub(in crate::store) column: &'static str,
    /// The row's key, as it is in the associated data.
    pub(in crate::store) row: RowName,
    /// An expression for the tenant.
    pub(in crate::store) tenant: &'static str,
}

/// An expression for the key of a row, and its form in bytes. Both databases accept the
/// expressions.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) enum RowName {
    /// A migration's id: the 16 bytes of its UUID.
    Migration(&'static str),
    /// A text.
    Text(&'static str),
}

/// All sealed columns.
pub(in crate::store) const SEALED: [SealedColumn; 6] = [
    SealedColumn {
        table: crate::store::number_hash::TABLE,
        column: "sealed",
        row: RowName::Text("CAST(only_row AS TEXT)"),
        tenant: "CAST('' AS TEXT)",
    },
    of_migrations("access_token"),
    of_migrations("two_step_pin"),
    of_migrations("code"),
    of_tenants("access_token"),
    of_tenants("app_secret"),
];

const fn of_migrations(column: &'static str) -> SealedColumn {
    SealedColumn {
        table: crate::store::record::MIGRATIONS,
        column,
        row: RowName::Migration("id"),
        tenant: "tenant",
    }
}

const fn of_tenants(column: &'static str) -> SealedColumn {
    SealedColumn {
        table: crate::store::tenant::TENANTS,
        column,
        row: RowName::Text("id"),
        tenant: "id",
    }
}

/// The primary key of a row: rows are found by it and sorted by it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::store) struct RowKey {
    pub(in crate::store) tenant: String,
    /// The row's key, as it is in the associated data.
    pub(in crate::store) row: Vec<u8>,
}

/// A sealed value and its row.
#[derive(Debug)]
pub(in crate::store) struct Found {
    pub(in crate::store) key: RowKey,
    pub(in crate::store) sealed: Vec<u8>,
}

/// The replacement of a value, if it has not changed.
#[derive(Debug)]
pub(in crate::store) struct Exchange {
    pub(in crate::store) key: RowKey,
    pub(in crate::store) old: Vec<u8>,
    pub(in crate::store) new: Vec<u8>,
}

/// Access to the sealed values of a database.
pub(in crate::store) trait SealedValues {
    /// At most `limit` values of a column, in rows after `after` and in their order, without values
    /// that begin with `but`.
    fn page(
        &self,
        column: &'static SealedColumn,
        after: &RowKey,
        but: Option<&[u8]>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Found>, Error>> + Send;

    /// Replaces values of a column that have not changed; returns their number. Nothing else of the
    /// rows changes.
    fn exchange(
        &self,
        column: &'static SealedColumn,
        exchanges: Vec<Exchange>,
    ) -> impl Future<Output = Result<u64, Error>> + Send;
}

impl SealedColumn {
    /// The associated data of a value.
    pub(in crate::store) fn associated_data<'a>(&self, found: &'a Found) -> AssociatedData<'a> {
        AssociatedData {
            tenant: &found.key.tenant,
            table: self.table,
            column: self.column,
            row: &found.key.row,
        }
    }

    /// An error of a value.
    pub(in crate::store) fn error(&self, found: &Found, source: crypto::Error) -> Error {
        Error::Sealed {
            table: self.table,
            column: self.column,
            row: self.row.display(&found.key.row),
            source: source.into(),
        }
    }
}

impl RowName {
    /// A key before every row's.
    pub(in crate::store) fn before_all(self) -> RowKey {
        let row = match self {
            Self::Migration(_) => vec![0; 16],
            Self::Text(_) => Vec::new(),
        };
        RowKey {
            row,
            ..RowKey::default()
        }
    }

    /// A row's key as text.
    fn display(self, row: &[u8]) -> String {
        match self {
            Self::Migration(_) => Uuid::from_slice(row)
                .map(|uuid| MigrationId::from_uuid(uuid).to_string())
                .unwrap_or_default(),
            Self::Text(_) => String::from_utf8_lossy(row).into_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// In PostgreSQL's schema every `bytea` column is sealed, except these.
    const NOT_SEALED: [(&str, &str); 3] = [
        ("api_keys", "hash"),
        ("migrations", "number"),
        ("limited_calls", "number"),
    ];

    #[test]
    fn every_sealed_column_of_the_schema_has_its_line() {
        let mut expected = BTreeSet::new();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/schema/postgres");
        for file in std::fs::read_dir(folder).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            let mut table = "";
            for line in text.lines() {
                let words: Vec<&str> = line.split_whitespace().collect();
                match words.as_slice() {
                    ["CREATE" | "ALTER", "TABLE", name, ..] => table = name,
                    ["ADD", "COLUMN", column, "bytea" | "bytea,", ..]
                    | [column, "bytea" | "bytea,", ..] => {
                        expected.insert((table.to_owned(), (*column).to_owned()));
                    }
                    _ => {}
                }
            }
        }
        let lines = SEALED.iter().map(|it| (it.table, it.column));
        let all = lines.chain(NOT_SEALED);
        let listed: BTreeSet<_> = all
            .map(|(table, column)| (table.to_owned(), column.to_owned()))
            .collect();
        assert_eq!(listed, expected);
    }
}

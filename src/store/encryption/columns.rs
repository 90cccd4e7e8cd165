//! Where sealed values stand, so that their keys can be counted and exchanged.
//!
//! A new sealed column is one more line in [`SEALED`]; a line that is forgotten would lose its secrets with the next key
//! that is retired, so a test compares the lines with the schema.

use uuid::Uuid;

use crate::crypto::{self, AssociatedData, Keyring};
use crate::store::Error;
use domain::MigrationId;

/// A column whose values are sealed.
#[derive(Debug)]
pub(in crate::store) struct SealedColumn {
    pub(in crate::store) table: &'static str,
    pub(in crate::store) column: &'static str,
    /// How the row is named where the value is sealed.
    pub(in crate::store) row: RowName,
    /// Whose it is: an expression.
    pub(in crate::store) tenant: &'static str,
}

/// An expression that names a row, and as which bytes. Expressions are such as every database takes.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) enum RowName {
    /// A migration's id: the 16 bytes of its UUID.
    Migration(&'static str),
    /// A text.
    Text(&'static str),
}

/// Every sealed column there is.
pub(in crate::store) const SEALED: [SealedColumn; 6] = [
    SealedColumn {
        table: "keyring_check",
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

/// A sealed value, and where it stands in its column.
#[derive(Debug)]
pub(in crate::store) struct Found {
    /// The row, as the seal names it.
    pub(in crate::store) row: Vec<u8>,
    pub(in crate::store) tenant: String,
    pub(in crate::store) sealed: Vec<u8>,
}

/// A value that takes the place of another, if that one is still there.
#[derive(Debug)]
pub(in crate::store) struct Exchange {
    pub(in crate::store) row: Vec<u8>,
    pub(in crate::store) old: Vec<u8>,
    pub(in crate::store) new: Vec<u8>,
}

/// What an implementation brings, so that its sealed values can be counted and exchanged.
pub(in crate::store) trait SealedValues {
    fn keyring(&self) -> &Keyring;

    /// At most `limit` values of a column in rows that come after `after`, in the order of the rows; those left out that
    /// begin with `but`.
    fn page(
        &self,
        column: &'static SealedColumn,
        after: &[u8],
        but: Option<&[u8]>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Found>, Error>> + Send;

    /// Writes values of a column that are still as they were read; answers how many. Nothing else of the rows changes.
    fn exchange(
        &self,
        column: &'static SealedColumn,
        exchanges: Vec<Exchange>,
    ) -> impl Future<Output = Result<u64, Error>> + Send;
}

impl SealedColumn {
    /// The place of a value, as the seal names it.
    pub(in crate::store) fn place<'a>(&self, found: &'a Found) -> AssociatedData<'a> {
        AssociatedData {
            tenant: &found.tenant,
            table: self.table,
            column: self.column,
            row: &found.row,
        }
    }

    /// The error of a value.
    pub(in crate::store) fn error(&self, found: &Found, source: crypto::Error) -> Error {
        Error::Sealed {
            table: self.table,
            column: self.column,
            row: self.row.shown(&found.row),
            source: source.into(),
        }
    }
}

impl RowName {
    /// A name that comes before every row's.
    pub(in crate::store) const fn before_all(self) -> &'static [u8] {
        match self {
            Self::Migration(_) => &[0; 16],
            Self::Text(_) => &[],
        }
    }

    /// A row for a person to find.
    fn shown(self, row: &[u8]) -> String {
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

    /// In PostgreSQL's schema `bytea` is what is sealed, and these, which are not.
    const NOT_SEALED: [(&str, &str); 1] = [("api_keys", "hash")];

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
        let told: BTreeSet<_> = all
            .map(|(table, column)| (table.to_owned(), column.to_owned()))
            .collect();
        assert_eq!(told, expected);
    }
}

//! The sealed cells of a row.

use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;

use crate::crypto::{self, AssociatedData, Keyring};
use crate::store::Error;
use domain::TenantId;

/// The cells of one row that hold secrets. A value that is sealed in one cell opens in no other.
pub(in crate::store) struct Cells<'a> {
    pub(in crate::store) keyring: &'a Keyring,
    /// The tenant of the row.
    pub(in crate::store) tenant: &'a TenantId,
    pub(in crate::store) table: &'static str,
    /// The row's key.
    pub(in crate::store) row: &'a [u8],
    /// The row's key, for error messages.
    pub(in crate::store) name: &'a dyn Display,
}

impl Cells<'_> {
    /// Seals a secret.
    pub(in crate::store) fn seal(
        &self,
        column: &'static str,
        secret: Option<&str>,
    ) -> Result<Option<Vec<u8>>, Error> {
        secret
            .map(|secret| {
                self.keyring
                    .seal(self.associated_data(column), secret.as_bytes())
            })
            .transpose()
            .map_err(|source| self.failed(column, source))
    }

    /// Opens a secret. The errors of its type never hold the secret.
    pub(in crate::store) fn open<T>(
        &self,
        column: &'static str,
        sealed: Option<&[u8]>,
    ) -> Result<Option<T>, Error>
    where
        T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
    {
        let Some(sealed) = sealed else {
            return Ok(None);
        };
        let plain = self
            .keyring
            .open(self.associated_data(column), sealed)
            .map_err(|source| self.failed(column, source))?;
        let text = std::str::from_utf8(&plain)
            .map_err(|error| Error::corrupt(self.table, column, &self.name, error))?;
        text.parse()
            .map(Some)
            .map_err(|error: T::Err| Error::corrupt(self.table, column, &self.name, error))
    }

    fn associated_data(&self, column: &'static str) -> AssociatedData<'_> {
        AssociatedData {
            tenant: self.tenant.as_str(),
            table: self.table,
            column,
            row: self.row,
        }
    }

    fn failed(&self, column: &'static str, source: crypto::Error) -> Error {
        Error::Sealed {
            table: self.table,
            column,
            row: self.name.to_string(),
            source: Arc::new(source),
        }
    }
}

//! Where a sealed value stands, as the cipher sees it.

use super::KeyId;

/// Where a sealed value stands. It opens nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AssociatedData<'a> {
    /// The tenant whose it is.
    pub tenant: &'a str,
    /// The table.
    pub table: &'a str,
    /// The column.
    pub column: &'a str,
    /// The row's key.
    pub row: &'a [u8],
}

impl AssociatedData<'_> {
    /// The data that the cipher authenticates with a data key that `by` wraps.
    pub(super) fn of_key(&self, by: &KeyId) -> Vec<u8> {
        self.authenticated("key", by.as_str())
    }

    /// The data that the cipher authenticates with the value. No key is named, so that the data key can be wrapped anew
    /// and the value stays as it is.
    pub(super) fn of_record(&self) -> Vec<u8> {
        self.authenticated("record", "")
    }

    /// `purpose` keeps a wrapped key from passing as a record. Each part is preceded by its length, so that no two places
    /// have the same bytes.
    fn authenticated(&self, purpose: &str, key: &str) -> Vec<u8> {
        let parts = [
            purpose.as_bytes(),
            key.as_bytes(),
            self.tenant.as_bytes(),
            self.table.as_bytes(),
            self.column.as_bytes(),
            self.row,
        ];
        let mut bytes =
            Vec::with_capacity(parts.iter().map(|part| part.len().saturating_add(8)).sum());
        for part in parts {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part);
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_places_look_alike() {
        let place = |tenant, table| {
            AssociatedData {
                tenant,
                table,
                column: "c",
                row: b"r",
            }
            .of_record()
        };
        assert_ne!(place("ab", "c"), place("a", "bc"));
        assert_ne!(place("", "ab"), place("ab", ""));
    }
}

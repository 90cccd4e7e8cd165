//! The associated data (AAD) of a sealed value.

use super::KeyId;

/// The location of a sealed value, which the cipher authenticates: the value opens nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AssociatedData<'a> {
    /// The tenant.
    pub tenant: &'a str,
    /// The table.
    pub table: &'a str,
    /// The column.
    pub column: &'a str,
    /// The row's key.
    pub row: &'a [u8],
}

impl AssociatedData<'_> {
    /// The associated data of a data key that `by` wraps.
    pub(super) fn of_key(&self, by: &KeyId) -> Vec<u8> {
        self.encode("key", by.as_str())
    }

    /// The associated data of the value. It names no key, so that the data key can be re-wrapped
    /// without a change of the value.
    pub(super) fn of_record(&self) -> Vec<u8> {
        self.encode("record", "")
    }

    /// `purpose` keeps a wrapped key from passing as a record. Each part is preceded by its length,
    /// so that no two locations have the same bytes.
    fn encode(&self, purpose: &str, key: &str) -> Vec<u8> {
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
    fn different_locations_have_different_bytes() {
        let bytes = |tenant, table| {
            AssociatedData {
                tenant,
                table,
                column: "c",
                row: b"r",
            }
            .of_record()
        };
        assert_ne!(bytes("ab", "c"), bytes("a", "bc"));
        assert_ne!(bytes("", "ab"), bytes("ab", ""));
    }
}

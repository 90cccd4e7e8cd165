//! Where a sealed value stands, as the cipher sees it.

/// Where a sealed value stands. It opens nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// The tenant whose it is.
    pub tenant: &'a str,
    /// The table.
    pub table: &'a str,
    /// The column.
    pub column: &'a str,
    /// The row's key.
    pub row: &'a [u8],
}

impl Place<'_> {
    /// The data that the cipher authenticates with the value. `purpose` keeps a wrapped key from passing as a record.
    ///
    /// Each part is preceded by its length, so that no two places have the same bytes.
    pub(super) fn authenticated(&self, purpose: &str, key: &str) -> Vec<u8> {
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
            Place {
                tenant,
                table,
                column: "c",
                row: b"r",
            }
            .authenticated("p", "k")
        };
        assert_ne!(place("ab", "c"), place("a", "bc"));
        assert_ne!(place("", "ab"), place("ab", ""));
    }
}

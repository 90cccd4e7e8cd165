//! Limits the size of pages: most clients refuse messages of more than 4 MiB.

use prost::Message;

/// Maximum size of a page with more than one item, bytes.
const MAX_BYTES: usize = 3 << 20;

/// The items that fit in one response, at least one, and whether any were left out.
pub(in crate::api) fn fit<T: Message>(items: impl IntoIterator<Item = T>) -> (Vec<T>, bool) {
    let mut bytes = 0_usize;
    let mut fitting = Vec::new();
    for item in items {
        bytes = bytes.saturating_add(item.encoded_len());
        if bytes > MAX_BYTES && !fitting.is_empty() {
            return (fitting, true);
        }
        fitting.push(item);
    }
    (fitting, false)
}

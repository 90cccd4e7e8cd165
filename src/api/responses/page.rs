//! Pages that a client can take: most refuse a message of more than 4 MiB.

use prost::Message;

/// A page is cut before it grows beyond this many bytes.
const MOST: usize = 3 << 20;

/// The items that fit in one answer, at least one; and whether any were left out.
pub(in crate::api) fn fit<T: Message>(items: impl IntoIterator<Item = T>) -> (Vec<T>, bool) {
    let mut bytes = 0_usize;
    let mut fitting = Vec::new();
    for item in items {
        bytes = bytes.saturating_add(item.encoded_len());
        if bytes > MOST && !fitting.is_empty() {
            return (fitting, true);
        }
        fitting.push(item);
    }
    (fitting, false)
}

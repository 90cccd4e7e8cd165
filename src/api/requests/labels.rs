//! The caller's own labels and reference.

use std::collections::BTreeMap;

use crate::api::fields::Fields;

/// Labels that one migration may carry.
const MOST: usize = 16;
/// Characters of a key.
const KEY: usize = 63;
/// Characters of a value, and of a reference.
const VALUE: usize = 128;

/// `reference`; empty when there is none.
pub(super) fn reference(fields: &mut Fields, text: &str) -> String {
    fields.text("reference", text, VALUE)
}

/// `labels`.
pub(super) fn labels(
    fields: &mut Fields,
    given: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    if given.len() > MOST {
        fields.refuse("labels", format!("must be at most {MOST}"));
        return BTreeMap::new();
    }
    for (key, value) in given {
        let field = format!("labels[\"{}\"]", shown(key));
        if is_key(key) {
            fields.text(&field, value, VALUE);
        } else {
            fields.refuse(
                field,
                format!("must have a key of 1 to {KEY} characters of a-z, 0-9, _, -, ., /"),
            );
        }
    }
    given.clone()
}

fn is_key(key: &str) -> bool {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-./".contains(&b);
    (1..=KEY).contains(&key.len()) && key.bytes().all(fits)
}

/// A key as a violation shows it: no longer than a key may be, and on one line.
fn shown(key: &str) -> String {
    key.escape_debug().take(KEY).collect()
}

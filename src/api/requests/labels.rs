//! The labels and the reference of a migration.

use std::collections::BTreeMap;

use crate::api::fields::Fields;

/// Maximum labels of a migration.
const MAX_LABELS: usize = 16;
/// Maximum length of a key, characters.
const MAX_KEY: usize = 63;
/// Maximum length of a value and of a reference, characters.
const MAX_VALUE: usize = 128;

/// `reference`; empty if there is none.
pub(super) fn reference(fields: &mut Fields, text: &str) -> String {
    fields.text("reference", text, MAX_VALUE)
}

/// `labels`.
pub(super) fn labels(
    fields: &mut Fields,
    given: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    if given.len() > MAX_LABELS {
        fields.refuse("labels", format!("must be at most {MAX_LABELS}"));
        return BTreeMap::new();
    }
    for (key, value) in given {
        let field = format!("labels[\"{}\"]", shown(key));
        if is_key(key) {
            fields.text(&field, value, MAX_VALUE);
        } else {
            fields.refuse(
                field,
                format!("must have a key of 1 to {MAX_KEY} characters of a-z, 0-9, _, -, ., /"),
            );
        }
    }
    given.clone()
}

fn is_key(key: &str) -> bool {
    let is_allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-./".contains(&b);
    (1..=MAX_KEY).contains(&key.len()) && key.bytes().all(is_allowed)
}

/// A key as shown in a violation: escaped, and cut to the maximum length.
fn shown(key: &str) -> String {
    key.escape_debug().take(MAX_KEY).collect()
}

//! The labels and the reference of a migration.

use std::collections::{BTreeMap, BTreeSet};

use crate::api::fields::Fields;
use domain::MAX_LABELS;

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
            fields.refuse(field, must_be_key());
        }
    }
    given.clone()
}

/// `remove_labels`: keys that are not in `labels`.
pub(super) fn removed(
    fields: &mut Fields,
    given: &[String],
    labels: &BTreeMap<String, String>,
) -> BTreeSet<String> {
    if given.len() > MAX_LABELS {
        fields.refuse("remove_labels", format!("must be at most {MAX_LABELS}"));
        return BTreeSet::new();
    }
    for (at, key) in given.iter().enumerate() {
        let field = format!("remove_labels[{at}]");
        if !is_key(key) {
            fields.refuse(field, must_be_key());
        } else if labels.contains_key(key) {
            fields.refuse(field, "must not be a key of labels, too");
        }
    }
    given.iter().cloned().collect()
}

fn must_be_key() -> String {
    format!("must have a key of 1 to {MAX_KEY} characters of a-z, 0-9, _, -, ., /")
}

fn is_key(key: &str) -> bool {
    let is_allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-./".contains(&b);
    (1..=MAX_KEY).contains(&key.len()) && key.bytes().all(is_allowed)
}

/// A key as shown in a violation: escaped, and cut to the maximum length.
fn shown(key: &str) -> String {
    key.escape_debug().take(MAX_KEY).collect()
}

//! The settings in force, key by key, for display. Secrets are masked.

use figment::value::{Dict, Value};

use super::layers::Layers;
use super::reader::text_of;
use super::{secret, url};

/// A setting in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its key, for example `graph.base_url`.
    pub key: String,
    /// Its value; `(set)` for a secret.
    pub value: String,
    /// Its source: a file, a variable, a flag, or `default`.
    pub source: String,
}

impl Layers {
    /// Every setting in force, ordered by key.
    #[must_use]
    pub fn settings(&self) -> Vec<Setting> {
        keys(&self.defaults)
            .into_iter()
            .map(|key| {
                let value = self
                    .figment
                    .find_value(&key)
                    .ok()
                    .and_then(|value| text_of(&value))
                    .unwrap_or_default();
                let masked = secret::file_of(&key).is_some() && !value.is_empty();
                let value = match key.as_str() {
                    _ if masked => "(set)".to_owned(),
                    key => url::shown(key, &value),
                };
                Setting {
                    source: self.source(&key),
                    value,
                    key,
                }
            })
            .collect()
    }
}

/// The dotted keys of all values.
pub(super) fn keys(settings: &Dict) -> Vec<String> {
    settings
        .iter()
        .flat_map(|(name, value)| match value {
            Value::Dict(_, inner) => keys(inner)
                .into_iter()
                .map(|key| format!("{name}.{key}"))
                .collect(),
            _ => vec![name.clone()],
        })
        .collect()
}

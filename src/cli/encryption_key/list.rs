//! `encryption-key list`: the ids of the keys, and how many secrets each encrypts. Never a key.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::app;
use crate::cli::out::without_nulls;
use crate::cli::style::TextStyle;
use crate::cli::{Exit, Out};
use crate::config::Config;
use crate::crypto::KeyId;
use crate::store::Census;
use crate::util::error_chain::chain;

/// The use of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KeyUse {
    /// Encrypts and decrypts.
    Active,
    /// Only decrypts.
    Decrypts,
    /// Secrets are encrypted with it, and it is not in the keyring.
    Missing,
}

pub(super) async fn run(out: &Out, config: &Config, count: bool) -> anyhow::Result<Exit> {
    if !count {
        return show(out, &app::keyring(config)?.names(), None);
    }
    let (store, keyring) = app::open_existing_store(config).await?;
    let census = store.census().await;
    store.close().await;
    show(out, &keyring.names(), Some(&census?))
}

fn show(out: &Out, names: &[KeyId], census: Option<&Census>) -> anyhow::Result<Exit> {
    let nothing = BTreeMap::new();
    let counted = census.map_or(&nothing, |census| &census.by_key);
    let missing = counted.keys().filter(|key| !names.contains(key));
    let uses = std::iter::once(KeyUse::Active).chain(std::iter::repeat(KeyUse::Decrypts));
    let rows: Vec<(&KeyId, KeyUse)> = names
        .iter()
        .zip(uses)
        .chain(missing.map(|key| (key, KeyUse::Missing)))
        .collect();
    let secrets = |key: &KeyId| census.map(|_| counted.get(key).copied().unwrap_or_default());
    out.show(
        || {
            let json = |(key, key_use): &(&KeyId, KeyUse)| {
                without_nulls(json!({
                    "key": key.as_str(),
                    "active": *key_use == KeyUse::Active,
                    "inKeyring": *key_use != KeyUse::Missing,
                    "secrets": secrets(key),
                }))
            };
            without_nulls(json!({
                "keys": rows.iter().map(json).collect::<Value>(),
                "unreadable": census.map(|census| census.unreadable.count),
            }))
        },
        |style| {
            let mut table = style.table(["key", "use", "secrets"]);
            for (key, key_use) in &rows {
                let secrets = secrets(key).map(|secrets| secrets.to_string());
                table.add_row([
                    key.as_str(),
                    key_use.as_text(),
                    secrets.as_deref().unwrap_or("not counted"),
                ]);
            }
            let mut text = TextStyle::lines(&table);
            for error in census.iter().flat_map(|census| &census.unreadable.first) {
                text.push_str(&style.item(&chain(error)));
            }
            text
        },
    )?;
    Ok(Exit::Done)
}

impl KeyUse {
    const fn as_text(self) -> &'static str {
        match self {
            Self::Active => "active: encrypts and decrypts",
            Self::Decrypts => "decrypts",
            Self::Missing => "MISSING: its secrets cannot be read",
        }
    }
}

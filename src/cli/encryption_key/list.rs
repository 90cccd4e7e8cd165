//! `encryption-key list`: the names of the keys, and what each seals. Never a key.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::app;
use crate::cli::style::Style;
use crate::cli::{Exit, Out};
use crate::config::Config;
use crate::crypto::KeyId;
use crate::store::Census;

/// What a key is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// It seals.
    Seals,
    /// It opens.
    Opens,
    /// Something was sealed with it, and it is not there.
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
    let rows: Vec<(&KeyId, Role)> = names
        .iter()
        .enumerate()
        .map(|(place, key)| (key, if place == 0 { Role::Seals } else { Role::Opens }))
        .chain(missing.map(|key| (key, Role::Missing)))
        .collect();
    let secrets = |key: &KeyId| census.map(|_| counted.get(key).copied().unwrap_or_default());
    let unreadable = census.map(|census| census.unreadable.count);
    out.show(
        || {
            let keys = rows
                .iter()
                .map(|(key, role)| as_json(key, *role, secrets(key)));
            json!({ "keys": keys.collect::<Value>(), "unreadable": unreadable })
        },
        |style| {
            let mut table = style.table(["key", "what it does", "secrets"]);
            for (key, role) in &rows {
                let secrets = secrets(key).map(|secrets| secrets.to_string());
                table.add_row([
                    key.as_str(),
                    role.shown(),
                    secrets.as_deref().unwrap_or("not counted"),
                ]);
            }
            let mut text = Style::lines(&table);
            for error in census.iter().flat_map(|census| &census.unreadable.first) {
                text.push_str(&style.item(&crate::cli::whole(error)));
            }
            text
        },
    )?;
    Ok(Exit::Done)
}

fn as_json(key: &KeyId, role: Role, secrets: Option<u64>) -> Value {
    json!({
        "key": key.as_str(),
        "active": role == Role::Seals,
        "in_keyring": role != Role::Missing,
        "secrets": secrets,
    })
}

impl Role {
    const fn shown(self) -> &'static str {
        match self {
            Self::Seals => "active: seals and opens",
            Self::Opens => "opens",
            Self::Missing => "MISSING: what it seals cannot be read",
        }
    }
}

//! `encryption-key rotate` and `rewrap`: re-encrypts with the active key what older keys encrypt,
//! while services run.

use std::collections::BTreeMap;

use anyhow::bail;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::key_file;
use crate::app;
use crate::cli::out::note;
use crate::cli::{Exit, Out};
use crate::config::Config;
use crate::crypto::{KeyId, Keyring};
use crate::store::{Database, Rewrapped, Unreadable};
use crate::util::error_chain::chain;

/// Maximum passes over the store. A process that still encrypts with an older key after that does
/// not read the key file.
const PASSES: u32 = 6;
/// Secrets between two progress lines.
const PROGRESS: u64 = 5000;

/// The result of all passes.
#[derive(Default)]
struct Total {
    by_key: BTreeMap<KeyId, u64>,
    unreadable: Unreadable,
}

/// Adds a key, activates it and rewraps.
pub(super) async fn rotate(out: &Out, config: &Config) -> anyhow::Result<Exit> {
    let file = key_file(config)?;
    // First, so that an unavailable store leaves the file unchanged.
    let (store, keyring) = app::open_existing_store(config).await?;
    let key = file.add_active()?;
    keyring.reload()?;
    note(&format!(
        "added the key {key} to {}; it encrypts from now on",
        file.path().display()
    ));
    if config.store_url.is_shared() {
        note("copy the file to every other machine now");
    }
    rewrap(out, &store, &keyring).await
}

/// Rewraps with the active key.
pub(super) async fn run(out: &Out, config: &Config) -> anyhow::Result<Exit> {
    let (store, keyring) = app::open_existing_store(config).await?;
    rewrap(out, &store, &keyring).await
}

async fn rewrap(out: &Out, store: &Database, keyring: &Keyring) -> anyhow::Result<Exit> {
    let total = passes(store, keyring).await;
    store.close().await;
    let total = total?;
    let active = keyring.active();
    out.show(
        || total.as_json(&active),
        |_| total.as_text(&active, &keyring.names()),
    )?;
    Ok(if total.unreadable.count == 0 {
        Exit::Done
    } else {
        Exit::Failed
    })
}

/// Passes over the store until older keys encrypt nothing.
async fn passes(store: &Database, keyring: &Keyring) -> anyhow::Result<Total> {
    let mut total = Total::default();
    for pass in 1..=PASSES {
        let mut reported = 0;
        let progress = |done: &Rewrapped| {
            if done.count() / PROGRESS > reported {
                reported = done.count() / PROGRESS;
                note(&format!("{} secrets so far", done.count()));
            }
        };
        let done = store.rewrap(progress).await?;
        let nothing = done.found_nothing();
        if done.count() > 0 {
            note(&format!("pass {pass}: {}", list(&done.by_key)));
        }
        total.add(done);
        // Never the first pass: a process may still write what it encrypted before it read the
        // new key.
        if nothing && pass > 1 {
            return Ok(total);
        }
        let pause = Keyring::RELOADED_WITHIN;
        note(&format!(
            "next pass in {} s, when every process encrypts with {}",
            pause.as_secs(),
            keyring.active()
        ));
        sleep(pause).await;
    }
    bail!(
        "a process still encrypts with an older key than {}: check that every machine has the \
         current key file, then run `waba-migrator encryption-key rewrap` (so far: {})",
        keyring.active(),
        list(&total.by_key)
    )
}

impl Total {
    fn add(&mut self, pass: Rewrapped) {
        for (key, count) in pass.by_key {
            let sum = self.by_key.entry(key).or_default();
            *sum = sum.saturating_add(count);
        }
        // Each pass finds all of them.
        self.unreadable = pass.unreadable;
    }

    fn as_json(&self, active: &KeyId) -> Value {
        let by_key: BTreeMap<&str, u64> = self
            .by_key
            .iter()
            .map(|(key, count)| (key.as_str(), *count))
            .collect();
        let unreadable = self.unreadable.first.iter().map(|error| chain(error));
        json!({
            "active": active.as_str(),
            "rewrapped": by_key,
            "unreadable": { "count": self.unreadable.count, "first": unreadable.collect::<Vec<_>>() },
        })
    }

    fn as_text(&self, active: &KeyId, names: &[KeyId]) -> String {
        let Unreadable { count, first, .. } = &self.unreadable;
        let except = match count {
            0 => String::new(),
            count => format!(" except {count}, which cannot be decrypted and stay unchanged"),
        };
        let mut lines = vec![format!(
            "{active} now encrypts all secrets{except}: {}.",
            list(&self.by_key)
        )];
        lines.extend(first.iter().map(|error| format!("  {}", chain(error))));
        let older = names.iter().filter(|key| *key != active);
        lines.extend(older.map(|key| {
            format!("When every machine has the file: `waba-migrator encryption-key retire {key}`")
        }));
        lines.join("\n")
    }
}

fn list(by_key: &BTreeMap<KeyId, u64>) -> String {
    let of = |(key, count): (&KeyId, &u64)| format!("{count} secrets rewrapped from {key}");
    if by_key.is_empty() {
        return "older keys encrypted nothing".to_owned();
    }
    by_key.iter().map(of).collect::<Vec<_>>().join(", ")
}

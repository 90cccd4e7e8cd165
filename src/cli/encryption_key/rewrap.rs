//! `encryption-key rotate` and `rewrap`: the active key takes over what older keys seal, while services run.

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

/// So many walks at most: a process that still seals with an older key after so long does not read the key file.
const WALKS: u32 = 6;
/// How many secrets are wrapped anew between two words about it.
const WORD: u64 = 5000;

/// What was done in all walks.
#[derive(Default)]
struct Total {
    by_key: BTreeMap<KeyId, u64>,
    unreadable: Unreadable,
}

/// Adds a key, makes it the active one, and has it take over.
pub(super) async fn rotate(out: &Out, config: &Config) -> anyhow::Result<Exit> {
    let file = key_file(config)?;
    // Before the file is changed, so that a store that is away changes nothing.
    let (store, keyring) = app::open_existing_store(config).await?;
    let key = file.add_active()?;
    keyring.reload()?;
    note(&format!(
        "added the key {key} to {}, and it seals from now on",
        file.path().display()
    ));
    if config.store_url.is_shared() {
        note("every other machine that has a copy of the file needs this one now");
    }
    take_over(out, &store, &keyring).await
}

/// Has the active key take over.
pub(super) async fn run(out: &Out, config: &Config) -> anyhow::Result<Exit> {
    let (store, keyring) = app::open_existing_store(config).await?;
    take_over(out, &store, &keyring).await
}

async fn take_over(out: &Out, store: &Database, keyring: &Keyring) -> anyhow::Result<Exit> {
    let walked = walk(store, keyring).await;
    store.close().await;
    let total = walked?;
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

/// Walks over everything until nothing is left for an older key.
async fn walk(store: &Database, keyring: &Keyring) -> anyhow::Result<Total> {
    let mut total = Total::default();
    for walk in 1..=WALKS {
        let mut words = 0;
        let so_far = |done: &Rewrapped| {
            if done.count() / WORD > words {
                words = done.count() / WORD;
                note(&format!("{} secrets so far", done.count()));
            }
        };
        let done = store.rewrap(so_far).await?;
        let nothing = done.found_nothing();
        if done.count() > 0 {
            note(&format!("walk {walk}: {}", list(&done.by_key)));
        }
        total.add(done);
        // The first walk is never the last: a process may have sealed something after it that it began before it knew.
        if nothing && walk > 1 {
            return Ok(total);
        }
        let pause = Keyring::RELOADED_WITHIN;
        note(&format!(
            "looking again in {} s, when every process seals with {}",
            pause.as_secs(),
            keyring.active()
        ));
        sleep(pause).await;
    }
    bail!(
        "some process still seals with an older key than {}: see that each has the key file as it is now, then run \
         `waba-migrator encryption-key rewrap` (so far: {})",
        keyring.active(),
        list(&total.by_key)
    )
}

impl Total {
    fn add(&mut self, walk: Rewrapped) {
        for (key, count) in walk.by_key {
            let sum = self.by_key.entry(key).or_default();
            *sum = sum.saturating_add(count);
        }
        // Each walk finds them again.
        self.unreadable = walk.unreadable;
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
        let but = match count {
            0 => String::new(),
            count => format!(" but {count} secrets, which cannot be opened and stay as they are"),
        };
        let mut lines = vec![format!(
            "{active} seals everything now{but}: {}",
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
    let of = |(key, count): (&KeyId, &u64)| format!("{count} secrets taken over from {key}");
    if by_key.is_empty() {
        return "no older key sealed anything".to_owned();
    }
    by_key.iter().map(of).collect::<Vec<_>>().join(", ")
}

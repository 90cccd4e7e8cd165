//! Single changes of the key file, for several machines that each have a copy of it.

use anyhow::{bail, ensure};
use serde_json::json;

use super::key_file;
use crate::app;
use crate::cli::{Exit, Out};
use crate::config::Config;
use crate::crypto::{Error, KeyFile, KeyId};

pub(super) fn add(out: &Out, config: &Config) -> anyhow::Result<Exit> {
    let file = key_file(config)?;
    let key = file.add()?;
    let text = format!(
        "Added the key {key} to {}: it decrypts, and does not encrypt yet.\nCopy the file to every \
         machine, then run `waba-migrator encryption-key activate {key}`.",
        file.path().display()
    );
    show(out, "add", &file, &key, text)
}

pub(super) fn activate(out: &Out, config: &Config, key: &KeyId) -> anyhow::Result<Exit> {
    let file = key_file(config)?;
    file.activate(key)?;
    let text = format!(
        "The key {key} now encrypts, in every process that reads {}.\nCopy the file to every \
         machine, then run `waba-migrator encryption-key rewrap`.",
        file.path().display()
    );
    show(out, "activate", &file, key, text)
}

pub(super) async fn retire(out: &Out, config: &Config, key: &KeyId) -> anyhow::Result<Exit> {
    let file = key_file(config)?;
    let (store, keyring) = app::open_existing_store(config).await?;
    let counted = store.census().await;
    store.close().await;
    ensure!(keyring.active() != *key, Error::KeyActive(key.clone()));
    let needed = counted?.by_key.get(key).copied().unwrap_or_default();
    if needed > 0 {
        bail!(
            "{needed} stored secrets are encrypted with the key {key}: activate another key, then \
             run `waba-migrator encryption-key rewrap` first"
        );
    }
    file.retire(key)?;
    let text = format!(
        "Removed the key {key} from {}.\nCopy the file to every machine. Database backups from \
         before need the key file of their time: keep it as long as them.",
        file.path().display()
    );
    show(out, "retire", &file, key, text)
}

fn show(out: &Out, done: &str, file: &KeyFile, key: &KeyId, text: String) -> anyhow::Result<Exit> {
    let file = file.path().display().to_string();
    out.show(
        || json!({ "done": done, "file": file, "key": key.as_str() }),
        |_| text,
    )?;
    Ok(Exit::Done)
}

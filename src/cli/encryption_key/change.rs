//! Changes of the key file, one at a time, for machines that each have a copy of it.

use anyhow::bail;
use serde_json::json;

use super::key_file;
use crate::app;
use crate::cli::{Exit, Out};
use crate::config::Config;
use crate::crypto::{Error, KeyFile, KeyId};

pub(super) fn add(out: &Out, config: &Config) -> anyhow::Result<Exit> {
    let file = key_file(config)?;
    let key = file.add()?;
    told(
        out,
        "add",
        &file,
        &key,
        &format!(
            "added the key {key} to {}: it opens, and seals nothing yet\nGive every machine a copy of the file; then run \
             `waba-migrator encryption-key activate {key}`.\n",
            file.path().display()
        ),
    )
}

pub(super) fn activate(out: &Out, config: &Config, key: &KeyId) -> anyhow::Result<Exit> {
    let file = key_file(config)?;
    file.activate(key)?;
    told(
        out,
        "activate",
        &file,
        key,
        &format!(
            "the key {key} seals from now on, in every process that reads {}\nGive every machine a copy of the file; then run \
             `waba-migrator encryption-key rewrap`.\n",
            file.path().display()
        ),
    )
}

pub(super) async fn retire(out: &Out, config: &Config, key: &KeyId) -> anyhow::Result<Exit> {
    let file = key_file(config)?;
    let (store, keyring) = app::open_existing_store(config).await?;
    let counted = store.census().await;
    store.close().await;
    if keyring.active() == *key {
        return Err(Error::KeyActive(key.clone()).into());
    }
    let needed = counted?.by_key.get(key).copied().unwrap_or_default();
    if needed > 0 {
        bail!(
            "{needed} secrets in the store are sealed with the key {key}: run `waba-migrator encryption-key rewrap` first, with \
             another key active"
        );
    }
    file.retire(key)?;
    told(
        out,
        "retire",
        &file,
        key,
        &format!(
            "took the key {key} out of {}\nGive every machine a copy of the file. A back-up of the database that is older than \
             this opens with the key file of its own time only: keep that one as long.\n",
            file.path().display()
        ),
    )
}

fn told(out: &Out, done: &str, file: &KeyFile, key: &KeyId, text: &str) -> anyhow::Result<Exit> {
    out.show(
        || json!({ "done": done, "file": file.path().display().to_string(), "key": key.as_str() }),
        |_| text.to_owned(),
    )?;
    Ok(Exit::Done)
}

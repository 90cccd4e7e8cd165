//! `encryption-key`: manages the keys that encrypt secrets before they are stored.
//!
//! Works on the key file and on the store themselves, whether services run or not. `docs/keys.md`
//! explains the order of the commands.

mod change;
mod list;
mod rewrap;

use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::json;

use super::args::StoreSettings;
use super::failure::Failure;
use super::{Exit, Out};
use crate::app;
use crate::config::{Config, Encryption};
use crate::crypto::{KeyFile, KeyId, Keyring};

#[derive(Debug, clap::Args)]
pub(super) struct EncryptionKeyArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Create a key file with one new key, for the setting `encryption.key_file`. Never overwrites
    /// a file.
    Create {
        /// Path of the new file.
        file: PathBuf,
    },
    /// Show the ids of the keys, and which one encrypts.
    List {
        #[command(flatten)]
        settings: StoreSettings,
        /// Also count the stored secrets that each key encrypts.
        #[arg(long)]
        count: bool,
    },
    /// One machine: add a new key, activate it and rewrap. Services can keep running.
    Rotate(StoreSettings),
    /// Several machines, step 1: add a new key to the key file, which only decrypts at first.
    Add(StoreSettings),
    /// Several machines, step 2, when each has the file with the new key: encrypt with that key.
    Activate {
        /// Id of the key.
        key: KeyId,
        #[command(flatten)]
        settings: StoreSettings,
    },
    /// Several machines, step 3, when each has the file with the active key: re-encrypt what older
    /// keys encrypt. Services can keep running.
    Rewrap(StoreSettings),
    /// Last step: remove a key from the key file. Refused while a stored secret needs it.
    Retire {
        /// Id of the key.
        key: KeyId,
        #[command(flatten)]
        settings: StoreSettings,
    },
}

impl EncryptionKeyArgs {
    pub(super) async fn run(self, out: &Out) -> anyhow::Result<Exit> {
        match self.action {
            Action::Create { file } => create(out, &file),
            Action::List { settings, count } => list::run(out, &config(&settings)?, count).await,
            Action::Rotate(settings) => rewrap::rotate(out, &config(&settings)?).await,
            Action::Rewrap(settings) => rewrap::run(out, &config(&settings)?).await,
            Action::Add(settings) => change::add(out, &config(&settings)?),
            Action::Activate { key, settings } => change::activate(out, &config(&settings)?, &key),
            Action::Retire { key, settings } => {
                change::retire(out, &config(&settings)?, &key).await
            }
        }
    }
}

fn config(settings: &StoreSettings) -> anyhow::Result<Config> {
    Ok(Config::load(&settings.layers()?)?)
}

fn create(out: &Out, file: &std::path::Path) -> anyhow::Result<Exit> {
    let path = file.display();
    let key = Keyring::create(file).map_err(|error| {
        if file.exists() {
            anyhow::Error::from(Failure::usage(format!(
                "{path} exists and is left as it is: choose another file, or add a key to this \
                 one with `waba-migrator encryption-key add`"
            )))
        } else {
            anyhow::Error::from(error).context(format!("no key was created at {path}"))
        }
    })?;
    let id = key.active();
    out.show(
        || json!({ "file": path.to_string(), "key": id.as_str() }),
        |_| {
            format!(
                "Created {path} with the key {id}.\nEvery process on one database needs a copy of \
                 it. Keep another copy, separate from the database's backups: without it the \
                 stored tokens, app secrets, PINs and codes cannot be read."
            )
        },
    )?;
    Ok(Exit::Done)
}

/// The key file to change.
fn key_file(config: &Config) -> anyhow::Result<KeyFile> {
    app::keyring(config)?.file().with_context(|| {
        format!(
            "the keys come from {}, which commands cannot change: change it yourself, in the order \
             that docs/keys.md gives",
            Encryption::KEYS
        )
    })
}

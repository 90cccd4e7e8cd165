//! `encryption-key`: the keys that secrets are sealed with before they are stored.
//!
//! Works on the key file and on the store themselves, whether services run or not; `docs/keys.md` says in which order.

mod change;
mod list;
mod rewrap;

use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::json;

use super::args::StoreSettings;
use super::{Exit, Out};
use crate::app;
use crate::config::{Config, Encryption};
use crate::crypto::{KeyFile, KeyId, Keyring};

/// Makes, shows and exchanges the keys that tokens, apps' secrets, PINs and codes are sealed with.
#[derive(Debug, clap::Args)]
pub(super) struct EncryptionKeyArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Makes a key file with a new key: what `encryption.key_file` names. A file that exists is left as it is.
    Create {
        /// Where to make it.
        file: PathBuf,
    },
    /// Shows the names of the keys, and which one seals.
    List {
        #[command(flatten)]
        settings: StoreSettings,
        /// Also counts, in the store, the secrets that each key seals.
        #[arg(long)]
        count: bool,
    },
    /// On one machine: adds a new key, makes it the one that seals, and has it seal all that older keys do. Services may run.
    Rotate(StoreSettings),
    /// On several machines, first: adds a new key to the key file, which opens and seals nothing yet.
    Add(StoreSettings),
    /// On several machines, when each has the file with the new key: makes that key the one that seals.
    Activate {
        /// The key's name.
        key: KeyId,
        #[command(flatten)]
        settings: StoreSettings,
    },
    /// On several machines, when each has the file with the active key: has it seal all that older keys do. Services may run.
    Rewrap(StoreSettings),
    /// At last: takes a key out of the key file. Refused while anything in the store is sealed with it.
    Retire {
        /// The key's name.
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
    let key = Keyring::create(file).with_context(|| format!("no key was made at {path}"))?;
    let id = key.active();
    out.show(
        || json!({ "file": path.to_string(), "key": id.as_str() }),
        |_| {
            format!(
                "made {path} with the key {id}\nEvery process on one database needs a copy of it. Keep another apart from the \
                 database's back-up: without it the stored tokens, apps' secrets, PINs and codes cannot be read.\n"
            )
        },
    )?;
    Ok(Exit::Done)
}

/// The key file, to be changed.
fn key_file(config: &Config) -> anyhow::Result<KeyFile> {
    app::keyring(config)?.file().with_context(|| {
        format!(
            "the keys stand in {}, which no command can change: change it where you keep it, in the order that docs/keys.md \
             gives",
            Encryption::KEYS
        )
    })
}

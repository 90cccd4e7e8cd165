//! `key-encryption`: the key that secrets are sealed with before they are stored.

use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::json;

use super::{Exit, Out};
use crate::crypto::Keyring;

/// Makes the key that tokens, PINs and codes are sealed with.
#[derive(Debug, clap::Args)]
pub(super) struct KeyEncryption {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Makes a key file with a new key: what `secrets.key_file` names. A file that exists is left as it is.
    Create {
        /// Where to make it.
        file: PathBuf,
    },
}

impl KeyEncryption {
    pub(super) fn run(self, out: &Out) -> anyhow::Result<Exit> {
        let Action::Create { file } = self.action;
        let path = file.display();
        let key = Keyring::create(&file).with_context(|| format!("no key was made at {path}"))?;
        let id = key.active();
        out.show(
            || json!({ "file": path.to_string(), "key": id.as_str() }),
            |_| {
                format!(
                    "made {path} with the key {id}\nEvery process on one database needs a copy of it. Keep another apart from the \
                     database's back-up: without it the stored tokens, PINs and codes cannot be read.\n"
                )
            },
        )?;
        Ok(Exit::Done)
    }
}

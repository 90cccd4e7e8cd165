//! `config`: checks and prints the configuration.

use serde_json::json;

use super::args::Settings;
use super::out::note;
use super::style::TextStyle;
use super::{Exit, Out};
use crate::config;

#[derive(Debug, clap::Args)]
pub(super) struct ConfigArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Check the configuration, and print each setting with its value and source.
    Check(Settings),
    /// Print the default configuration file, which explains every setting.
    Default,
}

impl ConfigArgs {
    pub(super) fn run(self, out: &Out) -> anyhow::Result<Exit> {
        match self.action {
            Action::Check(settings) => {
                let layers = settings.layers()?;
                for warning in config::Config::load(&layers)?.warnings {
                    note(&format!("warning: {warning}"));
                }
                let settings = layers.settings();
                let json = |it: &config::Setting| json!({ "key": it.key, "value": it.value, "source": it.source });
                out.show(
                    || settings.iter().map(json).collect(),
                    |style| {
                        let mut table = style.table(["setting", "value", "source"]);
                        for setting in &settings {
                            table.add_row([&setting.key, &setting.value, &setting.source]);
                        }
                        TextStyle::lines(&table)
                    },
                )?;
            }
            Action::Default => out.text(config::DEFAULTS)?,
        }
        Ok(Exit::Done)
    }
}

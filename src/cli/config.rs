//! `config`: a look at the configuration.

use serde_json::{Value, json};

use super::args::Settings;
use super::out::note;
use super::style::Style;
use super::{Exit, Out};
use crate::config::{self, Setting};

/// Looks at the configuration.
#[derive(Debug, clap::Args)]
pub(super) struct ConfigArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Checks the configuration, and prints what is in force and where each value came from.
    Check(Settings),
    /// Prints the default configuration file, in which every setting is explained.
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
                out.show(
                    || settings.iter().map(as_json).collect(),
                    |style| {
                        let mut table = style.table(["setting", "value", "from"]);
                        for setting in &settings {
                            table.add_row([&setting.key, &setting.value, &setting.source]);
                        }
                        Style::lines(&table)
                    },
                )?;
            }
            Action::Default => out.text(config::DEFAULTS)?,
        }
        Ok(Exit::Done)
    }
}

fn as_json(setting: &Setting) -> Value {
    json!({ "key": setting.key, "value": setting.value, "source": setting.source })
}

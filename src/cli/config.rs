//! `config`: checks and prints the configuration.

use serde_json::json;

use super::args::Settings;
use super::out::note;
use super::style::{TextStyle, Tone};
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
                let warnings = config::Config::load(&layers)?.warnings;
                let warnings: Vec<String> = warnings.iter().map(ToString::to_string).collect();
                for warning in &warnings {
                    note(&format!("warning: {warning}"));
                }
                let settings = layers.settings();
                let setting = |it: &config::Setting| json!({ "key": it.key, "value": it.value, "source": it.source });
                out.show(
                    || {
                        json!({
                            "ok": true,
                            "warnings": warnings,
                            "settings": settings.iter().map(setting).collect::<Vec<_>>(),
                        })
                    },
                    |style| {
                        let mut table = style.table(["setting", "value", "source"]);
                        for setting in &settings {
                            table.add_row([&setting.key, &setting.value, &setting.source]);
                        }
                        let verdict = match warnings.len() {
                            0 => style.paint(Tone::Good, "The configuration is valid."),
                            n => style.paint(
                                Tone::Warning,
                                &format!("The configuration is valid. Warnings above: {n}."),
                            ),
                        };
                        TextStyle::lines(&table) + &verdict
                    },
                )?;
            }
            Action::Default => out.text(config::DEFAULTS)?,
        }
        Ok(Exit::Done)
    }
}

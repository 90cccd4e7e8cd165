//! `completions`: a script that completes commands and flags in a shell.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::{Cli, Exit, Out};

/// Examples for `--help`.
pub(super) const EXAMPLES: &str = "\
Examples:
  waba-migrator completions bash > ~/.local/share/bash-completion/completions/waba-migrator
  waba-migrator completions zsh > ~/.zfunc/_waba-migrator
  waba-migrator completions fish > ~/.config/fish/completions/waba-migrator.fish";

/// The name of the program.
pub(super) const PROGRAM: &str = "waba-migrator";

#[derive(Debug, clap::Args)]
pub(super) struct CompletionsArgs {
    /// The shell.
    shell: Shell,
}

impl CompletionsArgs {
    pub(super) fn run(&self, out: &Out) -> anyhow::Result<Exit> {
        out.text(&script(self.shell)?)?;
        Ok(Exit::Done)
    }
}

fn script(shell: Shell) -> anyhow::Result<String> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), PROGRAM, &mut script);
    Ok(String::from_utf8(script)?)
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;

    #[test]
    fn every_shell_completes_every_command() {
        for shell in Shell::value_variants() {
            let script = script(*shell).unwrap();
            for command in Cli::command().get_subcommands() {
                assert!(script.contains(command.get_name()), "{shell}: {command}");
            }
            assert!(script.contains("--updated-since") || script.contains("updated-since"));
        }
    }
}

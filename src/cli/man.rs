//! `man`: the manual pages.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Command, CommandFactory as _};

use super::completions::PROGRAM;
use super::{Cli, Exit, Out};

/// Examples for `--help`.
pub(super) const EXAMPLES: &str = "\
Examples:
  waba-migrator man | man -l -
  waba-migrator man /usr/local/share/man/man1";

#[derive(Debug, clap::Args)]
pub(super) struct ManArgs {
    /// Directory for the pages of all commands, which is created. Default: the main page is
    /// printed.
    #[arg(value_name = "DIR")]
    directory: Option<PathBuf>,
}

impl ManArgs {
    pub(super) fn run(&self, out: &Out) -> anyhow::Result<Exit> {
        let pages = pages();
        match &self.directory {
            Some(directory) => {
                for (name, page) in &pages {
                    write(directory, name, page)?;
                }
                let count = pages.len();
                out.text(&format!("{count} pages in {}", directory.display()))?;
            }
            None => {
                if let Some((_, main)) = pages.first() {
                    out.text(main)?;
                }
            }
        }
        Ok(Exit::Done)
    }
}

fn write(directory: &Path, name: &str, page: &str) -> anyhow::Result<()> {
    let file = directory.join(format!("{name}.1"));
    fs::create_dir_all(directory)
        .and_then(|()| fs::write(&file, page))
        .with_context(|| format!("cannot write {}", file.display()))
}

/// The pages of the program and of all its commands, by name.
fn pages() -> Vec<(String, String)> {
    let mut program = Cli::command();
    program.build();
    let mut pages = Vec::new();
    add(&program, PROGRAM, &mut pages);
    pages
}

fn add(command: &Command, name: &str, pages: &mut Vec<(String, String)>) {
    let mut page = Vec::new();
    let titled = command.clone().name(name.to_owned());
    // Writing into memory cannot fail.
    let _written = clap_mangen::Man::new(titled).render(&mut page);
    pages.push((name.to_owned(), String::from_utf8_lossy(&page).into_owned()));
    for inner in command.get_subcommands() {
        if inner.get_name() != "help" {
            add(inner, &format!("{name}-{}", inner.get_name()), pages);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page() {
        let folder = tempfile::tempdir().unwrap();
        let directory = folder.path().join("man1");
        let args = ManArgs {
            directory: Some(directory.clone()),
        };
        let out = Out::for_people(true);
        args.run(&out).unwrap();
        let page = |name: &str| fs::read_to_string(directory.join(format!("{name}.1"))).unwrap();
        for command in Cli::command().get_subcommands() {
            let page = page(&format!("{PROGRAM}-{}", command.get_name()));
            assert!(
                page.starts_with(".ie") && page.contains(".SH SYNOPSIS"),
                "{command}"
            );
        }
        assert!(page(PROGRAM).contains("Exit codes"));
        assert!(page("waba-migrator-tenant-create").contains("access\\-token\\-file"));
        assert!(page("waba-migrator-key-rotate").contains("overlap"));
    }
}

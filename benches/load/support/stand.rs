//! Where a run keeps its files and its database, gone when the run is over.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tempfile::TempDir;
use waba_migrator::crypto::Keyring;

use super::commits::Commits;
use super::postgres::Database;

/// Which store is measured.
#[derive(Debug, Clone, clap::Args)]
pub struct Store {
    /// A PostgreSQL server on which databases may be made: `postgres://…`. Without it: SQLite.
    #[arg(long, value_name = "URL")]
    store: Option<String>,
    /// Where the files are: the disk that is measured. Default: the system's place for temporary files.
    #[arg(long, value_name = "DIRECTORY")]
    directory: Option<PathBuf>,
}

/// A place for one store.
#[derive(Debug)]
pub struct Stand {
    directory: TempDir,
    postgres: Option<Database>,
}

impl Store {
    /// What is measured, in a word.
    pub fn name(&self) -> &'static str {
        if self.store.is_some() {
            "postgres"
        } else {
            "sqlite"
        }
    }

    /// A fresh place, with an empty database.
    pub fn stand(&self) -> anyhow::Result<Stand> {
        let mut directory = tempfile::Builder::new();
        let directory = directory.prefix("waba-migrator-load-");
        let directory = match &self.directory {
            Some(within) => directory.tempdir_in(within),
            None => directory.tempdir(),
        };
        let stand = Stand {
            directory: directory.context("there is no place for the run's files")?,
            postgres: self.store.as_deref().map(Database::create).transpose()?,
        };
        // Beside a database that processes share, none is made by itself.
        Keyring::create(&stand.key_file())?;
        Ok(stand)
    }
}

impl Stand {
    /// `store.url`.
    pub fn url(&self) -> String {
        match &self.postgres {
            Some(database) => database.url().to_owned(),
            None => format!("sqlite://{}", self.file("load.db").display()),
        }
    }

    /// `encryption.key_file`.
    pub fn key_file(&self) -> PathBuf {
        self.file("load.key")
    }

    /// The run's directory.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// A file of this name in the run's directory.
    pub fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// What the database has committed so far.
    pub fn commits(&self) -> anyhow::Result<Commits> {
        match &self.postgres {
            Some(database) => database.commits(),
            None => Commits::of_sqlite(&self.file("load.db-shm")),
        }
    }
}

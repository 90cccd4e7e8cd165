//! The files and the database of a run, which are removed afterwards.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tempfile::TempDir;
use waba_migrator::crypto::Keyring;

use super::commits::Commits;
use super::postgres::Database;

/// Which store is measured.
#[derive(Debug, Clone, clap::Args)]
pub struct Store {
    /// URL of a PostgreSQL server on which databases may be created. Default: SQLite.
    #[arg(long, value_name = "URL")]
    store: Option<String>,
    /// Directory for the files, on the disk to measure. Default: the temporary directory.
    #[arg(long, value_name = "DIRECTORY")]
    directory: Option<PathBuf>,
}

/// The files and the database of one store.
#[derive(Debug)]
pub struct Workspace {
    directory: TempDir,
    postgres: Option<Database>,
}

impl Store {
    /// The name of the store in reports.
    pub fn name(&self) -> &'static str {
        if self.store.is_some() {
            "postgres"
        } else {
            "sqlite"
        }
    }

    /// A new directory with an empty database.
    pub fn workspace(&self) -> anyhow::Result<Workspace> {
        let mut directory = tempfile::Builder::new();
        let directory = directory.prefix("waba-migrator-load-");
        let directory = match &self.directory {
            Some(within) => directory.tempdir_in(within),
            None => directory.tempdir(),
        };
        let workspace = Workspace {
            directory: directory
                .context("the directory for the files of the run cannot be created")?,
            postgres: self.store.as_deref().map(Database::create).transpose()?,
        };
        // With PostgreSQL no key file is created automatically.
        Keyring::create(&workspace.key_file())?;
        Ok(workspace)
    }
}

impl Workspace {
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

    /// The directory of the run.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// A file with this name in the directory of the run.
    pub fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Commits of the database so far.
    pub fn commits(&self) -> anyhow::Result<Commits> {
        match &self.postgres {
            Some(database) => database.commits(),
            None => Commits::of_sqlite(&self.file("load.db-shm")),
        }
    }
}

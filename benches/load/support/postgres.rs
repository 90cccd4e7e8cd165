//! A temporary database on a PostgreSQL server, through `psql`.

use std::process::Command;

use anyhow::{Context as _, bail};
use reqwest::Url;
use waba_migrator::util::clock;

use super::commits::Commits;

/// A database. Dropped with this value.
#[derive(Debug)]
pub struct Database {
    server: String,
    name: String,
    url: String,
}

impl Database {
    /// Creates a database on this server.
    pub fn create(server: &str) -> anyhow::Result<Self> {
        let name = format!("load_{}", clock::new_id().simple());
        let mut url = Url::parse(server).context("--store is not a URL")?;
        url.set_path(&name);
        ask(server, &format!("CREATE DATABASE {name}"))?;
        Ok(Self {
            server: server.to_owned(),
            name,
            url: url.into(),
        })
    }

    /// Its URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its commits. The count of all transactions lags up to a second behind running processes.
    pub fn commits(&self) -> anyhow::Result<Commits> {
        let all = format!(
            "SELECT xact_commit FROM pg_stat_database WHERE datname = '{}'",
            self.name
        );
        Ok(Commits {
            // Only transactions that write get an id. Ids are common to all databases of the
            // server.
            writing: ask(&self.server, "SELECT pg_current_xact_id()")?.parse()?,
            all: Some(ask(&self.server, &all)?.parse()?),
        })
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let dropped = ask(
            &self.server,
            &format!("DROP DATABASE {} WITH (FORCE)", self.name),
        );
        if let Err(error) = dropped {
            super::report::progress(&format!(
                "the database {} was not dropped: {error:#}",
                self.name
            ));
        }
    }
}

fn ask(server: &str, statement: &str) -> anyhow::Result<String> {
    let answer = Command::new("psql")
        .args([server, "--no-psqlrc", "-Atqc", statement])
        .output()
        .context("psql does not start")?;
    if !answer.status.success() {
        bail!("psql: {}", String::from_utf8_lossy(&answer.stderr).trim());
    }
    Ok(String::from_utf8(answer.stdout)?.trim().to_owned())
}

//! Counts the commits of a database, from outside the service.

use std::ops::Sub;
use std::path::Path;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::report::{float, rounded};

/// Commits of a database.
#[derive(Debug, Clone, Copy)]
pub struct Commits {
    /// Transactions that wrote.
    pub writing: u64,
    /// All transactions including reads, if the database counts them.
    pub all: Option<u64>,
}

impl Commits {
    /// Commits of a SQLite database in WAL mode. Its shared-memory index counts them at byte 8, in
    /// native byte order: see <https://www.sqlite.org/walformat.html#the_wal_index_file_format>.
    pub fn of_sqlite(index: &Path) -> anyhow::Result<Self> {
        let index = std::fs::read(index).context("the database has no WAL index")?;
        let count = index.get(8..12).context("the WAL index is too short")?;
        Ok(Self {
            writing: u32::from_ne_bytes(count.try_into()?).into(),
            all: None,
        })
    }

    /// Commits per migration of `count` migrations.
    pub fn each(self, count: u64) -> Value {
        let each = |commits: u64| rounded(float(commits) / float(count), 3);
        json!({ "writing": each(self.writing), "all": self.all.map(each) })
    }
}

impl Sub for Commits {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            writing: self.writing.saturating_sub(before.writing),
            all: self
                .all
                .zip(before.all)
                .map(|(now, then)| now.saturating_sub(then)),
        }
    }
}

//! Why the store could not do what it was asked to.

use std::sync::Arc;

use super::Target;
use crate::crypto;

/// What lies beneath an error. Shared, since one failed commit is the answer to many.
pub(super) type Cause = Arc<dyn std::error::Error + Send + Sync>;

/// Why the store could not do what it was asked to. Unless a variant says otherwise, nothing was written.
///
/// Where the database as a whole is in trouble, the error is a sentence for whoever runs the service: what is wrong, and what
/// to do. What the database said lies beneath it.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The database cannot be used for now: not reached, silent, locked, disk full, input or output failed, no connection free. The
    /// call may be made again. Whether a write was kept is uncertain where the commit itself failed, or was not answered.
    #[error("{0}")]
    Unavailable(&'static str, #[source] Cause),
    /// What was asked for took longer than it may, or found no place in time: something else keeps the database, or what stands in
    /// it, busy. The database itself is well. Nothing was written, and the call may be made again.
    #[error("{0}")]
    Busy(&'static str),
    /// The database, or the disk that it is on, can only be read.
    #[error("{0}")]
    ReadOnly(&'static str, #[source] Cause),
    /// The server of the database does not let us in, or not do what we must: the user, the password, the database's name or
    /// a right is wrong. Or we do not trust it: it does not encrypt, or its certificate is not one that `sslmode` takes.
    #[error("{0}")]
    Denied(&'static str, #[source] Cause),
    /// What the database keeps is damaged, or the file is no database.
    #[error("{0}")]
    Damaged(&'static str, #[source] Cause),
    /// A row does not hold what this release wrote or can read.
    #[error("{table}.{column} of {row} cannot be read")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row.
        row: String,
        /// What is wrong with it.
        #[source]
        source: Cause,
    },
    /// A secret could not be sealed or opened.
    #[error("{table}.{column} of {row} cannot be sealed or opened with this keyring")]
    Sealed {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row.
        row: String,
        /// What the keyring said.
        #[source]
        source: Arc<crypto::Error>,
    },
    /// A later release has written this database.
    #[error(
        "the database has schema {found}, this release knows up to {known}: run the release that wrote it, or a later one"
    )]
    NewerSchema {
        /// The schema of the database.
        found: i64,
        /// The newest schema that this release knows.
        known: i64,
    },
    /// The store's URL cannot be used.
    #[error(
        "the store's URL cannot be used: {0}; write sqlite://path/to/file.db or postgres://user:password@host/database"
    )]
    InvalidUrl(&'static str),
    /// The store's migrations are of the other world.
    #[error(
        "the store's migrations are of the world `{}` ({}), and this start is of the world `{}` ({}): name another store with \
         store.url or --store, or start it as it was started first: with --sandbox, or without. A store's world never changes",
        .recorded.world, .recorded.graph_host, .asked.world, .asked.graph_host
    )]
    OtherWorld {
        /// Where the store's calls go.
        recorded: Target,
        /// Where they would have gone.
        asked: Target,
    },
    /// The store's migrations are of the same world, but of another host.
    #[error(
        "the store's calls go to {}, and graph.base_url names {}: correct graph.base_url, or, where the new host is meant, start \
         once with --accept-graph-host",
        .recorded.graph_host, .asked.graph_host
    )]
    OtherHost {
        /// Where the store's calls go.
        recorded: Target,
        /// Where they would have gone.
        asked: Target,
    },
    /// Another service has the store's file.
    #[error(
        "another service uses the store's file, which is for one at a time: stop that one first, or keep migrations in PostgreSQL, \
         which serves any number (docs/postgresql.md)"
    )]
    InUse,
    /// The tenant of a new migration is not there: it was deleted since whoever acts for it was let in.
    #[error("there is no such tenant")]
    NoTenant,
    /// What was handed in contradicts itself or the row. A fault of the program's.
    #[error("the store was asked for something inconsistent: {0}")]
    Inconsistent(&'static str),
    /// The database refused a statement. A fault of the program's.
    #[error("the database refused a statement")]
    Refused(#[source] Cause),
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}

impl Error {
    /// Whether the database as a whole is in trouble, and not what was asked of it.
    #[must_use]
    pub const fn is_of_the_database(&self) -> bool {
        matches!(
            self,
            Self::Unavailable(..) | Self::ReadOnly(..) | Self::Denied(..) | Self::Damaged(..)
        )
    }

    /// In one word what kind of error it is.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Unavailable(..) => "unavailable",
            Self::Busy(_) => "busy",
            Self::ReadOnly(..) => "read_only",
            Self::Denied(..) => "denied",
            Self::Damaged(..) => "damaged",
            Self::Corrupt { .. } => "corrupt",
            Self::Sealed { .. } => "sealed",
            Self::NewerSchema { .. } => "newer_schema",
            Self::InvalidUrl(_) => "invalid_url",
            Self::OtherWorld { .. } => "other_world",
            Self::OtherHost { .. } => "other_host",
            Self::InUse => "in_use",
            Self::NoTenant => "no_tenant",
            Self::Inconsistent(_) => "inconsistent",
            Self::Refused(_) => "refused",
            Self::Closed => "closed",
        }
    }

    /// `table.column` of `row` could not be read.
    pub(super) fn corrupt(
        table: &'static str,
        column: &'static str,
        row: &impl ToString,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Corrupt {
            table,
            column,
            row: row.to_string(),
            source: source.into().into(),
        }
    }
}

//! Errors of the store.

use std::sync::Arc;

use super::Target;
use crate::crypto;

/// The cause of an error. Shared, since one failed commit is the answer to many writes.
pub(super) type Cause = Arc<dyn std::error::Error + Send + Sync>;

/// Why an operation of the store failed. Unless a variant says otherwise, nothing was written.
///
/// An error of the database as a whole is a sentence for the operator: what is wrong, and what to
/// do. Its source is the error of the database.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The database is unavailable: not reached, silent, locked, disk full, input or output failed,
    /// no connection free. The call may be repeated. Whether a write was kept is uncertain if the
    /// commit itself failed or had no answer.
    #[error("{0}")]
    Unavailable(&'static str, #[source] Cause),
    /// The operation took too long, or got no slot in time, because of other load or locks. The
    /// database itself is healthy. Nothing was written, and the call may be repeated.
    #[error("{0}")]
    Busy(&'static str),
    /// The database, or its disk, is read-only.
    #[error("{0}")]
    ReadOnly(&'static str, #[source] Cause),
    /// The server denies access: the user, the password, the database's name or a privilege is
    /// wrong. Or the server is not trusted: it does not encrypt, or its certificate is not accepted
    /// by `sslmode`.
    #[error("{0}")]
    Denied(&'static str, #[source] Cause),
    /// The server is configured so that it would lose commits, or cannot do what a setting asks
    /// for.
    #[error("{0}")]
    Unsuitable(&'static str),
    /// The database is damaged, or the file is no database.
    #[error("{0}")]
    Damaged(&'static str, #[source] Cause),
    /// A row is not as this release wrote it, or can read it.
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
        /// The error of the keyring.
        #[source]
        source: Arc<crypto::Error>,
    },
    /// A later release has written this database.
    #[error(
        "the database has schema {found}, but this release knows only schemas up to {known}: run the \
         release that wrote it, or a later one"
    )]
    NewerSchema {
        /// The schema of the database.
        found: i64,
        /// The newest schema that this release knows.
        known: i64,
    },
    /// The store's URL is invalid.
    #[error(
        "store.url is invalid: {0}; write sqlite://path/to/file.db or \
         postgres://user:password@host/database"
    )]
    InvalidUrl(&'static str),
    /// The store belongs to the other world.
    #[error(
        "the store belongs to the world `{}` ({}), but this start to the world `{}` ({}): set another \
         store with store.url or --store, or start as before, with or without --sandbox. The world of a \
         store never changes",
        .recorded.world, .recorded.graph_host, .asked.world, .asked.graph_host
    )]
    OtherWorld {
        /// The recorded target.
        recorded: Target,
        /// The target of this start.
        asked: Target,
    },
    /// The store belongs to the same world, but to another host.
    #[error(
        "the store's calls go to {}, but graph.base_url names {}: correct graph.base_url, or start once \
         with --accept-graph-host to use the new host",
        .recorded.graph_host, .asked.graph_host
    )]
    OtherHost {
        /// The recorded target.
        recorded: Target,
        /// The target of this start.
        asked: Target,
    },
    /// Another service uses the store's file.
    #[error(
        "another service uses the store's file, which only one service can use at a time: stop it \
         first, or use PostgreSQL, which any number of services can share (docs/postgresql.md)"
    )]
    InUse,
    /// The tenant of a new migration does not exist: it was deleted after the caller was
    /// authenticated.
    #[error("there is no such tenant")]
    NoTenant,
    /// The arguments contradict each other or the row: a bug.
    #[error("inconsistent call of the store: {0}")]
    Inconsistent(&'static str),
    /// The database rejected a statement: a bug.
    #[error("the database rejected a statement")]
    Refused(#[source] Cause),
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}

impl Error {
    /// Whether the database as a whole is affected, not only the operation.
    #[must_use]
    pub const fn is_of_the_database(&self) -> bool {
        matches!(
            self,
            Self::Unavailable(..)
                | Self::ReadOnly(..)
                | Self::Denied(..)
                | Self::Unsuitable(_)
                | Self::Damaged(..)
        )
    }

    /// Whether only the row is affected: it cannot be read.
    #[must_use]
    pub const fn is_of_a_row(&self) -> bool {
        matches!(self, Self::Corrupt { .. } | Self::Sealed { .. })
    }

    /// The kind of the error, as a label.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Unavailable(..) => "unavailable",
            Self::Busy(_) => "busy",
            Self::ReadOnly(..) => "read_only",
            Self::Denied(..) => "denied",
            Self::Unsuitable(_) => "unsuitable",
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

    /// An error of a column that cannot be read.
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

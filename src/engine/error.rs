//! Errors of the engine's operations.

use super::QuotaReached;
use crate::store;
use crate::util::random;
use domain::{CommandError, Fault, MigrationId, Objection, State};

/// Why a request to the engine failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The tenant has no such migration.
    #[error("no such migration")]
    NotFound,
    /// The migration's state forbids the command.
    #[error("{refusal}")]
    Refused {
        /// Why.
        #[source]
        refusal: CommandError,
        /// The state that the migration is in.
        state: State,
    },
    /// The tenant is disabled: no caller may act for it.
    #[error("the tenant is disabled")]
    TenantDisabled,
    /// The tenant's calls go to a sandbox, and there is none.
    #[error("the tenant's calls go to a sandbox, and the service has none: set sandbox.base_url")]
    NoSandbox,
    /// The request would be invalid as a new one, and repeats no accepted request.
    #[error("the request cannot start a migration: {}", list(.0))]
    Unacceptable(Vec<Objection>),
    /// The request id started this migration, with other content in these fields.
    #[error("the request id started {id} with other content in: {}", differing.join(", "))]
    RequestIdReused {
        /// That migration.
        id: MigrationId,
        /// The contract's names of the fields that differ.
        differing: Vec<&'static str>,
    },
    /// The request id started a migration that was removed since.
    #[error("the request id started a migration that was removed since")]
    RequestRemoved,
    /// Another migration of the number is live.
    #[error("{0} of this number is in progress")]
    NumberBusy(MigrationId),
    /// The tenant has the maximum number of migrations.
    #[error("the tenant has the maximum number of migrations: {}", .0.most)]
    QuotaReached(QuotaReached),
    /// Meta could not be read.
    #[error("Meta could not be read: {}", .0.message())]
    Graph(Box<Fault>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The process stops.
    #[error("the service is shutting down")]
    ShuttingDown,
    /// No PIN could be drawn.
    #[error(transparent)]
    Random(#[from] random::Unavailable),
}

fn list(objections: &[Objection]) -> String {
    let objections: Vec<String> = objections.iter().map(ToString::to_string).collect();
    objections.join(", ")
}

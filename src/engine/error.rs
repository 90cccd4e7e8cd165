//! What can go wrong when the engine is asked for something.

use super::QuotaReached;
use crate::store;
use domain::{CommandError, Fault, State};

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
    /// The tenant is disabled: nobody may act for it.
    #[error("the tenant is disabled")]
    TenantDisabled,
    /// The tenant's calls go to a sandbox, and there is none.
    #[error(
        "the tenant's calls go to a sandbox, and the service has none: sandbox.base_url names it"
    )]
    NoSandbox,
    /// The tenant has as many migrations as it may.
    #[error("the tenant has as many migrations as it may: {}", .0.most)]
    QuotaReached(QuotaReached),
    /// Meta could not be asked.
    #[error("Meta could not be asked: {}", .0.message())]
    Graph(Box<Fault>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The process stops.
    #[error("the service is shutting down")]
    ShuttingDown,
}

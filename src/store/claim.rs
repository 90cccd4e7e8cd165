//! What a worker asks for when it claims migrations.

use jiff::Timestamp;

use super::WorkerId;
use crate::migration::WabaId;

/// Asks for migrations to work on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Who will hold them.
    pub worker: WorkerId,
    /// The present moment.
    pub now: Timestamp,
    /// Until when the worker will hold them.
    pub lease_until: Timestamp,
    /// At most so many.
    pub limit: u32,
    /// How they are shared out among the destinations.
    pub shares: Shares,
}

/// How a claim is shared out among destinations, so that a thousand numbers of one do not delay the single one of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shares {
    /// At most so many of one destination.
    pub each: u32,
    /// The destination that was served last: the turn is at the next one, in the order of their ids.
    pub after: Option<WabaId>,
    /// Destinations that have their share already.
    pub pass_over: Vec<WabaId>,
}

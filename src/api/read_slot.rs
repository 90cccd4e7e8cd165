//! Read slots: a limited number of a tenant's calls read the store at a time, so that one tenant's
//! reads do not delay another's.
//!
//! A call takes its slot after it was received in full and returns it when its response is
//! complete, so that a slow client occupies none.

use tonic::{Extensions, Response};

use crate::auth::{InFlightGuard, ReadSlot};

/// Waits for a read slot of the tenant whose request has these extensions.
pub(super) async fn take(extensions: &Extensions) -> Option<ReadSlot> {
    extensions.get::<InFlightGuard>()?.read_slot().await
}

/// A response that was read in this slot. REST, which transcodes the response, keeps the slot until
/// then; with gRPC it is returned when the headers are sent.
pub(super) fn within<T>(slot: Option<ReadSlot>, message: T) -> Response<T> {
    let mut response = Response::new(message);
    if let Some(slot) = slot {
        response.extensions_mut().insert(slot);
    }
    response
}

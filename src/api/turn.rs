//! The turns in which a tenant's calls read the store: a limited number at a time, so that another tenant's need not wait for them.
//!
//! A call takes its turn when the whole of it was received, and gives it back when its answer is made: a client that is slow to
//! send or to receive keeps none.

use tonic::{Extensions, Response};

use crate::auth::{Counted, ReadTurn};

/// Waits for a turn of the tenant whose request has these extensions.
pub(super) async fn take(extensions: &Extensions) -> Option<ReadTurn> {
    extensions.get::<Counted>()?.turn().await
}

/// An answer that was read in this turn. REST, which makes its own answer of it, keeps the turn until then; over gRPC it ends when
/// the headers are sent.
pub(super) fn within<T>(turn: Option<ReadTurn>, answer: T) -> Response<T> {
    let mut response = Response::new(answer);
    if let Some(turn) = turn {
        response.extensions_mut().insert(turn);
    }
    response
}

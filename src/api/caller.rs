//! The caller of an RPC, as admission added it to the request.

use tonic::{Request, Status};

use super::Reason;
use super::status::StatusBuilder;
use crate::auth::Caller;

/// The authenticated caller. `api` determines the tenant only here.
pub(super) fn of<T>(request: &Request<T>) -> Result<&Caller, Status> {
    request.extensions().get().ok_or_else(|| {
        tracing::error!("request reached a handler without authentication");
        StatusBuilder::new(Reason::Internal).build()
    })
}

//! Who calls, as the RPCs learn it: from what was put beside the request when its caller was let in, and from nowhere else.

use tonic::{Request, Status};

use super::Reason;
use super::status::StatusBuilder;
use crate::auth::Caller;

/// Who made this request. The only place in the doors where a tenant comes from.
pub(super) fn of<T>(request: &Request<T>) -> Result<&Caller, Status> {
    request.extensions().get().ok_or_else(|| {
        tracing::error!("a request passed by without its caller being let in");
        StatusBuilder::new(Reason::Internal).build()
    })
}

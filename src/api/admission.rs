//! Lets callers in: every door asks here, before anything else sees the request.

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use tonic::Status;
use tracing::Span;
use tracing::field::display;

use super::{Error, access};
use crate::auth::{Allowances, Authenticator, Caller, PeerNames, Refusal};
use crate::proto::v1::migration_service_server::SERVICE_NAME;
use crate::store::Directory;

/// Lets callers in. Cheap to clone.
#[derive(Debug)]
pub struct Admission<D> {
    authenticator: Authenticator<D>,
    allowances: Allowances,
}

impl<D> Clone for Admission<D> {
    fn clone(&self) -> Self {
        Self {
            authenticator: self.authenticator.clone(),
            allowances: self.allowances.clone(),
        }
    }
}

impl<D: Directory> Admission<D> {
    /// Lets in whom `authenticator` knows, to what their roles may do and as often as their tenants may ask.
    #[must_use]
    pub const fn new(authenticator: Authenticator<D>, allowances: Allowances) -> Self {
        Self {
            authenticator,
            allowances,
        }
    }

    /// Who calls this RPC of the migration service, where they may. The caller is put beside the request; whoever answers it
    /// finds it there.
    pub(super) async fn admit(&self, rpc: &str, request: &mut Parts) -> Result<(), Status> {
        let names = request.extensions.get::<PeerNames>();
        let names = names.map_or(&[][..], |PeerNames(names)| names);
        let caller = match self.authenticator.caller(&request.headers, names).await {
            Ok(caller) => caller,
            Err(Refusal {
                why,
                principal,
                tenant,
            }) => {
                let span = Span::current();
                span.record("principal", principal.as_ref().map(display));
                span.record("tenant.id", tenant.as_ref().map(|tenant| tenant.as_str()));
                let status = Status::from(Error::Refused(why));
                return Err(status);
            }
        };
        record(&caller);
        let now = self.authenticator.clock().now();
        // Before its role is looked at: what is refused for that costs as much as another request.
        self.allowances.take(&caller, now).map_err(Error::TooMany)?;
        let (role, needed) = (caller.role(), access::needed(rpc));
        if !access::suffices(role, needed) {
            return Err(Error::RoleMayNot { role, needed }.into());
        }
        request.extensions.insert(caller);
        Ok(())
    }
}

/// Names the caller in the RPC's span.
fn record(caller: &Caller) {
    let span = Span::current();
    span.record("tenant.id", caller.tenant().as_str());
    span.record("principal", display(caller.principal()));
}

/// The door of gRPC: nobody passes who was not let in.
pub(super) async fn gate<D: Directory>(
    State(admission): State<Admission<D>>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let rpc = path
        .strip_prefix('/')
        .and_then(|path| path.strip_prefix(SERVICE_NAME))
        .and_then(|path| path.strip_prefix('/'))
        .unwrap_or_default();
    match admission.admit(rpc, &mut parts).await {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(refused) => refused.into_http(),
    }
}

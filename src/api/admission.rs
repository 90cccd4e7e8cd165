//! Lets callers in: every door asks here, before anything else sees the request.

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use tonic::Status;
use tracing::Span;
use tracing::field::display;

use super::audit::Audit;
use super::error::Answer;
use super::{Error, access};
use crate::auth::{Allowances, Authenticator, Caller, Refusal, Why};
use crate::store::Directory;
use crate::telemetry::trace;
use crate::tenancy::Role;
use crate::wire::{ClientCertificate, Peer};

/// Lets callers in. A clone is the same.
#[derive(Debug)]
pub struct Admission<D> {
    authenticator: Authenticator<D>,
    allowances: Allowances,
    audit: Audit,
}

impl<D> Clone for Admission<D> {
    fn clone(&self) -> Self {
        Self {
            authenticator: self.authenticator.clone(),
            allowances: self.allowances.clone(),
            audit: self.audit.clone(),
        }
    }
}

impl<D: Directory> Admission<D> {
    /// Lets in whom `authenticator` knows, to what their roles may do and as often as their tenants may ask.
    #[must_use]
    pub fn new(authenticator: Authenticator<D>, allowances: Allowances) -> Self {
        Self {
            audit: Audit::new(authenticator.clock().now()),
            authenticator,
            allowances,
        }
    }

    /// Who calls this RPC of the migration service, where they may. The caller is put beside the request; whoever answers it
    /// finds it there, and nowhere else.
    pub(super) async fn admit(&self, rpc: &str, request: &mut Parts) -> Result<Caller, Status> {
        let peer = request.extensions.get::<Peer>();
        let certificate = peer.and_then(Peer::certificate);
        let names = certificate.map_or(&[][..], ClientCertificate::names);
        let caller = self.authenticator.caller(&request.headers, names).await;
        // Not before: a client that is not authenticated would decide which traces are sent, and put spans into others' traces.
        trace::begin(&Span::current(), caller.is_ok().then_some(&request.headers));
        let now = self.authenticator.clock().now();
        let caller = caller.map_err(|refusal| {
            let answer = Answer::from(&refusal.why);
            record(&refusal);
            // What fails for our own sake nobody was refused.
            if !matches!(refusal.why, Why::Store(_)) {
                self.audit.not_let_in(rpc, &refusal, answer.reason(), now);
            }
            answer.status()
        })?;
        let span = Span::current();
        span.record("tenant.id", caller.tenant().as_str());
        span.record("principal", display(caller.principal()));
        // Before its role is looked at: what is refused for that costs as much as another request.
        let allowed = self.allowances.take(&caller, now).map_err(Error::TooMany);
        allowed.and_then(|()| may(&caller, rpc)).map_err(|error| {
            let answer = Answer::from(error);
            self.audit.refused(rpc, &caller, answer.reason(), now);
            answer.status()
        })?;
        request.extensions.insert(caller.clone());
        Ok(caller)
    }
}

/// Whether its role may call this RPC.
fn may(caller: &Caller, rpc: &str) -> Result<(), Error> {
    let (role, needed) = (caller.role(), access::needed(rpc));
    if access::suffices(role, needed) {
        Ok(())
    } else {
        Err(Error::RoleMayNot { role, needed })
    }
}

/// Names in the RPC's span who is not let in, as far as that is known.
fn record(refusal: &Refusal) {
    let span = Span::current();
    if let Some(principal) = &refusal.principal {
        span.record("principal", display(principal));
    }
    if let Some(tenant) = &refusal.tenant {
        span.record("tenant.id", tenant.as_str());
    }
}

/// The door of gRPC: nobody passes who was not let in.
pub(super) async fn gate<D: Directory>(
    State(admission): State<Admission<D>>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let rpc = access::asked_for(&path);
    let caller = match admission.admit(rpc, &mut parts).await {
        Ok(caller) => caller,
        Err(refused) => return refused.into_http(),
    };
    let answer = next.run(Request::from_parts(parts, body)).await;
    if access::needed(rpc) == Role::Migrator {
        let now = admission.authenticator.clock().now();
        admission
            .audit
            .answered(rpc, &caller, answer.headers(), now);
    }
    answer
}

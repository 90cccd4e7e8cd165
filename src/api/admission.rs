//! Admission: authenticates, authorises and limits each call before its handler sees it.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use jiff::Timestamp;
use tonic::Status;
use tracing::Span;
use tracing::field::display;

use super::audit::Audit;
use super::call_context::{Audited, CallContext};
use super::status::StatusBuilder;
use super::stream_end::{CountedBody, EndableBody};
use super::{Error, authorization, deadline, rpc};
use crate::auth::{
    AuthError, AuthErrorKind, Authenticator, Caller, InFlightGuard, InFlightKind, TenantLimiter,
};
use crate::engine;
use crate::http_server::{ClientCertificate, Peer};
use crate::store::Directory;

/// Delay of a response that refuses a call because of its tenant's load.
const REFUSAL_DELAY: Duration = Duration::from_millis(500);

/// Admits calls. Cheap to clone; clones share state.
#[derive(Debug)]
pub struct Admission<D> {
    authenticator: Authenticator<D>,
    limiter: TenantLimiter,
    audit: Audit,
}

/// A call that was not admitted.
#[derive(Debug)]
struct NotAdmitted {
    status: Status,
    /// Whether the audit log has it.
    is_audited: bool,
}

impl NotAdmitted {
    fn into_response(self) -> Response {
        let mut response: Response = self.status.into_http();
        if self.is_audited {
            response.extensions_mut().insert(Audited);
        }
        response
    }
}

impl<D> Clone for Admission<D> {
    fn clone(&self) -> Self {
        Self {
            authenticator: self.authenticator.clone(),
            limiter: self.limiter.clone(),
            audit: self.audit.clone(),
        }
    }
}

impl<D: Directory> Admission<D> {
    /// Admits the callers that `authenticator` authenticates, within the limits of their tenants.
    #[must_use]
    pub fn new(authenticator: Authenticator<D>, limiter: TenantLimiter) -> Self {
        Self {
            audit: Audit::new(authenticator.clock().now()),
            authenticator,
            limiter,
        }
    }

    /// Admits a call of this RPC, or returns the status that refuses it. The caller is added to the
    /// extensions of the request, which is the only place where its handler finds it.
    async fn admit(
        &self,
        rpc: &str,
        request: &mut Parts,
    ) -> Result<(Caller, InFlightGuard), NotAdmitted> {
        let peer = request.extensions.get::<Peer>();
        let certificate = peer.and_then(Peer::certificate);
        let names = certificate.map_or(&[][..], ClientCertificate::names);
        let caller = self.authenticator.caller(&request.headers, names).await;
        // Only after authentication: clients must not choose which traces are sampled, or add spans
        // to the traces of others.
        let authenticated = caller.is_ok().then_some(&request.headers);
        let context = CallContext::of(&request.extensions);
        context.trace.begin(&Span::current(), authenticated);
        let now = self.authenticator.clock().now();
        let caller = caller.map_err(|error| {
            let status = StatusBuilder::from(&error.kind);
            record(&error);
            // A store outage is not a denial: do not audit it.
            let is_audited = !matches!(error.kind, AuthErrorKind::Store(_));
            if is_audited {
                self.audit
                    .unauthenticated(rpc, &error, status.reason(), now);
            }
            NotAdmitted {
                status: status.build(),
                is_audited,
            }
        })?;
        let span = Span::current();
        span.record("tenant.id", caller.tenant().as_str());
        span.record("principal", display(caller.principal()));
        match self.allow(rpc, &caller, now) {
            Ok(guard) => {
                request.extensions.insert(caller.clone());
                Ok((caller, guard))
            }
            Err(error) => {
                let is_overload = matches!(error, Error::TooMany(_) | Error::TooManyInFlight(_));
                let status = StatusBuilder::from(error);
                self.audit.refused(rpc, &caller, status.reason(), None, now);
                if is_overload {
                    self.delay_refusal(&caller, &request.headers).await;
                }
                Err(NotAdmitted {
                    status: status.build(),
                    is_audited: true,
                })
            }
        }
    }

    /// Authorises a call and counts it as in flight.
    fn allow(&self, rpc: &str, caller: &Caller, now: Timestamp) -> Result<InFlightGuard, Error> {
        // Before the role is checked: a call that is refused for its role is counted, too.
        self.limiter.take(caller, now).map_err(Error::TooMany)?;
        authorization::authorize(caller, rpc)?;
        let kind = if rpc::streams(rpc) {
            InFlightKind::Watch
        } else {
            InFlightKind::Call
        };
        let guard = self.limiter.begin(caller, kind);
        guard.map_err(Error::TooManyInFlight)
    }

    /// Delays a refusal: a client that retries at once would otherwise keep the service busy with
    /// refusals. A tenant has at most as many delayed refusals as calls; more are not delayed.
    async fn delay_refusal(&self, caller: &Caller, headers: &HeaderMap) {
        let Ok(_guard) = self.limiter.begin(caller, InFlightKind::Refusal) else {
            return;
        };
        let pause = match deadline::timeout(headers) {
            // Half of it, so that the client receives the refusal.
            Some(timeout) => REFUSAL_DELAY.min(timeout / 2),
            None => REFUSAL_DELAY,
        };
        tokio::time::sleep(pause).await;
    }

    /// Completes when this caller would no longer be authenticated, with the status that a new call
    /// would get. An unavailable store ends no stream.
    async fn withdrawn(self, rpc: String, caller: Caller) -> Status {
        loop {
            tokio::time::sleep(self.authenticator.check_interval()).await;
            // Boxed, so that no memory is held between two checks.
            let checked = Box::pin(self.authenticator.still_admits(&caller)).await;
            let Err(error) = checked else { continue };
            if !is_withdrawal(&error.kind) {
                continue;
            }
            let now = self.authenticator.clock().now();
            let status = StatusBuilder::from(&error.kind);
            self.audit
                .unauthenticated(&rpc, &error, status.reason(), now);
            return status.build();
        }
    }
}

/// Whether the credentials or the tenant were withdrawn. The other kinds are failures of the check.
const fn is_withdrawal(kind: &AuthErrorKind) -> bool {
    matches!(
        kind,
        AuthErrorKind::UnknownKey
            | AuthErrorKind::KeyExpired
            | AuthErrorKind::KeyRevoked
            | AuthErrorKind::Token(_)
            | AuthErrorKind::NoTenant
            | AuthErrorKind::TenantDisabled
    )
}

/// Records the known principal and tenant of an unauthenticated caller in the RPC's span.
fn record(error: &AuthError) {
    let span = Span::current();
    if let Some(principal) = &error.principal {
        span.record("principal", display(principal));
    }
    if let Some(tenant) = &error.tenant {
        span.record("tenant.id", tenant.as_str());
    }
}

/// The middleware of the gRPC routes: only admitted calls reach a handler.
pub(super) async fn admit<D: Directory>(
    State(admission): State<Admission<D>>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let rpc = rpc::at_path(&path);
    let (caller, guard) = match admission.admit(rpc, &mut parts).await {
        Ok(admitted) => admitted,
        Err(refused) => return refused.into_response(),
    };
    // `read_slot` takes the read slot of a call once it was received.
    parts.extensions.insert(guard.clone());
    let request = Request::from_parts(parts, body);
    let mut response = engine::keeping(guard.clone(), next.run(request)).await;
    let now = admission.authenticator.clock().now();
    if admission.audit.answered(rpc, &caller, &response, now) {
        response.extensions_mut().insert(Audited);
    }
    // REST transcodes this response; the call is in flight until that is sent.
    response.extensions_mut().insert(guard.clone());
    let stream = rpc::streams(rpc).then(|| admission.withdrawn(rpc.to_owned(), caller));
    response.map(|body| {
        let body = match stream {
            Some(withdrawn) => Body::new(EndableBody::new(body, withdrawn)),
            None => body,
        };
        Body::new(CountedBody::new(body, guard))
    })
}

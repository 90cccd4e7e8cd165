//! Admits callers: every endpoint asks here, before anything else sees the request.

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
use super::status::StatusBuilder;
use super::stream_end::{CountedBody, EndableBody};
use super::{Error, access, deadline};
use crate::auth::{Allowances, Authenticator, Caller, Counted, InFlightKind, Refusal, Why};
use crate::engine;
use crate::http_server::{ClientCertificate, Peer};
use crate::store::Directory;
use crate::telemetry::trace;
use domain::tenancy::Role;

/// How long a refusal for a tenant's load is held back.
const HELD_BACK: Duration = Duration::from_millis(500);

/// Admits callers. A clone is the same.
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
    /// Admits whom `authenticator` knows, to what their roles may do and as much as their tenants may ask for.
    #[must_use]
    pub fn new(authenticator: Authenticator<D>, allowances: Allowances) -> Self {
        Self {
            audit: Audit::new(authenticator.clock().now()),
            authenticator,
            allowances,
        }
    }

    /// Who calls this RPC of the migration service, where they may, and as what the call counts. The caller is put beside the
    /// request; its handler finds it there, and nowhere else.
    async fn admit(&self, rpc: &str, request: &mut Parts) -> Result<(Caller, Counted), Status> {
        let peer = request.extensions.get::<Peer>();
        let certificate = peer.and_then(Peer::certificate);
        let names = certificate.map_or(&[][..], ClientCertificate::names);
        let caller = self.authenticator.caller(&request.headers, names).await;
        // Not before: a client that is not authenticated would decide which traces are sent, and put spans into others' traces.
        trace::begin(&Span::current(), caller.is_ok().then_some(&request.headers));
        let now = self.authenticator.clock().now();
        let caller = caller.map_err(|refusal| {
            let answer = StatusBuilder::from(&refusal.why);
            record(&refusal);
            // What fails for our own sake nobody was refused.
            if !matches!(refusal.why, Why::Store(_)) {
                self.audit.not_let_in(rpc, &refusal, answer.reason(), now);
            }
            answer.build()
        })?;
        let span = Span::current();
        span.record("tenant.id", caller.tenant().as_str());
        span.record("principal", display(caller.principal()));
        match self.allow(rpc, &caller, now) {
            Ok(counted) => {
                request.extensions.insert(caller.clone());
                Ok((caller, counted))
            }
            Err(error) => {
                let is_for_its_load =
                    matches!(error, Error::TooMany(_) | Error::TooManyInFlight(_));
                let answer = StatusBuilder::from(error);
                self.audit.refused(rpc, &caller, answer.reason(), now);
                if is_for_its_load {
                    self.hold_back(&caller, &request.headers).await;
                }
                Err(answer.build())
            }
        }
    }

    /// As what a call of this caller's counts, where it may be made.
    fn allow(&self, rpc: &str, caller: &Caller, now: Timestamp) -> Result<Counted, Error> {
        // Before its role is looked at: what is refused for that costs as much as another request.
        self.allowances.take(caller, now).map_err(Error::TooMany)?;
        may(caller, rpc)?;
        let kind = if access::streams(rpc) {
            InFlightKind::Watch
        } else {
            InFlightKind::Call
        };
        let counted = self.allowances.begin(caller, kind);
        counted.map_err(Error::TooManyInFlight)
    }

    /// Holds a refusal back for a moment: a client that repeats its calls at once would otherwise keep the service busy with
    /// refusals alone. A tenant has at most as many of them as it may have calls; further ones are not held back.
    async fn hold_back(&self, caller: &Caller, headers: &HeaderMap) {
        let Ok(_counted) = self.allowances.begin(caller, InFlightKind::Refusal) else {
            return;
        };
        let pause = match deadline::patience(headers) {
            // So that the client receives it.
            Some(patience) => HELD_BACK.min(patience / 2),
            None => HELD_BACK,
        };
        tokio::time::sleep(pause).await;
    }

    /// Completes when this caller would not be admitted any more, with the status that a new call would get. A store that is
    /// unavailable ends nothing.
    async fn withdrawn(self, rpc: String, caller: Caller) -> Status {
        loop {
            tokio::time::sleep(self.authenticator.check_interval()).await;
            // In a box of its own: what a check needs is not kept between two.
            let checked = Box::pin(self.authenticator.still_admits(&caller)).await;
            let Err(refusal) = checked else { continue };
            if !is_withdrawal(&refusal.why) {
                continue;
            }
            let (answer, now) = (
                StatusBuilder::from(&refusal.why),
                self.authenticator.clock().now(),
            );
            self.audit.not_let_in(&rpc, &refusal, answer.reason(), now);
            return answer.build();
        }
    }
}

/// Whether a caller that was admitted is so no longer. Every other reason says that this cannot be checked now.
const fn is_withdrawal(why: &Why) -> bool {
    matches!(
        why,
        Why::UnknownKey
            | Why::KeyExpired
            | Why::KeyRevoked
            | Why::Token(_)
            | Why::NoTenant
            | Why::TenantDisabled
    )
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

/// The endpoint of gRPC: no call passes whose caller was not admitted.
pub(super) async fn gate<D: Directory>(
    State(admission): State<Admission<D>>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let rpc = access::asked_for(&path);
    let (caller, counted) = match admission.admit(rpc, &mut parts).await {
        Ok(admitted) => admitted,
        Err(refused) => return refused.into_http(),
    };
    // A call that reads takes one of its tenant's turns once it has been received: see `turn`.
    parts.extensions.insert(counted.clone());
    let request = Request::from_parts(parts, body);
    let mut answer = engine::keeping(counted.clone(), next.run(request)).await;
    if access::needed(rpc) == Role::Migrator {
        let now = admission.authenticator.clock().now();
        admission.audit.answered(rpc, &caller, &answer, now);
    }
    // REST, which is in front of this, makes its own answer of this one, and that counts, too.
    answer.extensions_mut().insert(counted.clone());
    let stream = access::streams(rpc).then(|| admission.withdrawn(rpc.to_owned(), caller));
    answer.map(|body| {
        let body = match stream {
            Some(withdrawn) => Body::new(EndableBody::new(body, withdrawn)),
            None => body,
        };
        Body::new(CountedBody::new(body, counted))
    })
}

//! Eligibility of a number: the checks alone.

use super::{Engine, Error};
use crate::store::Store;
use domain::checks::{self, CheckContext, Purpose};
use domain::{
    AccessToken, Check, Fault, Objection, PhoneNumber, Reason, Route, Snapshot, TenantId, WabaId,
};

/// A number to check.
#[derive(Debug, Clone)]
pub struct Eligibility {
    /// The number.
    pub phone_number: PhoneNumber,
    /// Destination of the move.
    pub destination: WabaId,
    /// Present account, if it is known.
    pub source: Option<WabaId>,
    /// How it would be verified.
    pub route: Route,
    /// The token to read with; the tenant's if absent.
    pub access_token: Option<AccessToken>,
}

/// Results of the checks.
#[derive(Debug, Clone)]
pub struct Eligible {
    /// All checks.
    pub checks: Vec<Check>,
    /// The number as it is now, if it could be read.
    pub snapshot: Option<Snapshot>,
}

impl<S: Store> Engine<S> {
    /// Runs the checks. Changes nothing at Meta and stores nothing.
    pub async fn check(&self, tenant: &TenantId, ask: Eligibility) -> Result<Eligible, Error> {
        let unreadable = |fault: Fault| match fault.reason {
            Reason::SandboxMissing => Error::NoSandbox,
            Reason::TokenMissing => Error::Unacceptable(vec![Objection::AccessTokenMissing]),
            _ => Error::Graph(Box::new(fault)),
        };
        let tenant = self.enabled(tenant).await?;
        let access = self
            .graph_access(&tenant, tenant.sandbox, ask.access_token.as_ref())
            .map_err(unreadable)?;
        access
            .check_limits(&ask.destination, self.parts.clock.now())
            .map_err(unreadable)?;
        let facts = access
            .session(&ask.destination)
            .facts(&ask.destination, ask.source.as_ref(), &ask.phone_number)
            .await
            .map_err(unreadable)?;
        let context = CheckContext {
            phone_number: &ask.phone_number,
            destination: &ask.destination,
            route: ask.route,
            purpose: Purpose::Preview,
        };
        let checks = checks::run(context, &facts);
        let at = facts.read_at;
        let snapshot_of = |waba: &WabaId, side: domain::facts::Side| {
            side.number
                .map(|number| Snapshot::take(waba, &number, side.templates.as_deref(), at))
        };
        let at_source = facts
            .source
            .zip(ask.source.as_ref())
            .and_then(|(side, waba)| snapshot_of(waba, side));
        let snapshot = at_source.or_else(|| snapshot_of(&ask.destination, facts.destination));
        Ok(Eligible { checks, snapshot })
    }
}

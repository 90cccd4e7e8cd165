//! Whether a number can be moved: the checks alone.

use super::{Engine, Error};
use crate::store::Store;
use domain::checks::{self, CheckContext, Purpose};
use domain::{
    AccessToken, Check, Fault, Objection, PhoneNumber, Reason, Route, Snapshot, TenantId, WabaId,
};

/// What to check.
#[derive(Debug, Clone)]
pub struct Eligibility {
    /// The number.
    pub phone_number: PhoneNumber,
    /// Where it would go.
    pub destination: WabaId,
    /// Where it is, where that is known.
    pub source: Option<WabaId>,
    /// How it would get verified.
    pub route: Route,
    /// The token to read with; the tenant's where absent.
    pub access_token: Option<AccessToken>,
}

/// What was found.
#[derive(Debug, Clone)]
pub struct Eligible {
    /// Every check.
    pub checks: Vec<Check>,
    /// The number as it is now, as far as it could be read.
    pub snapshot: Option<Snapshot>,
}

impl<S: Store> Engine<S> {
    /// Runs the checks. Changes nothing at Meta and stores nothing.
    pub async fn check(&self, tenant: &TenantId, ask: Eligibility) -> Result<Eligible, Error> {
        let unasked = |fault: Fault| match fault.reason {
            Reason::SandboxMissing => Error::NoSandbox,
            Reason::TokenMissing => Error::Unacceptable(vec![Objection::AccessTokenMissing]),
            _ => Error::Graph(Box::new(fault)),
        };
        let tenant = self.enabled(tenant).await?;
        let way = self
            .way(&tenant, tenant.sandbox, ask.access_token.as_ref())
            .map_err(unasked)?;
        way.is_free(&ask.destination, self.parts.clock.now())
            .map_err(unasked)?;
        let facts = way
            .session(&ask.destination)
            .facts(&ask.destination, ask.source.as_ref(), &ask.phone_number)
            .await
            .map_err(unasked)?;
        let context = CheckContext {
            phone_number: &ask.phone_number,
            destination: &ask.destination,
            route: ask.route,
            purpose: Purpose::Preview,
        };
        let checks = checks::run(context, &facts);
        let at = facts.read_at;
        let picture = |waba: &WabaId, side: domain::facts::Side| {
            side.number
                .map(|number| Snapshot::take(waba, &number, side.templates.as_deref(), at))
        };
        let at_source = facts
            .source
            .zip(ask.source.as_ref())
            .and_then(|(side, waba)| picture(waba, side));
        let snapshot = at_source.or_else(|| picture(&ask.destination, facts.destination));
        Ok(Eligible { checks, snapshot })
    }
}

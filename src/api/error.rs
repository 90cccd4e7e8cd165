//! The one map from what went wrong to the status that a caller gets.
//!
//! Every status carries an `ErrorInfo`. The inside's own words (of a database, say) never leave: they are logged here,
//! once, and the caller gets a plain sentence.

use std::collections::HashMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tonic::Status;
use tonic_types::{
    ErrorDetails, FieldViolation, PreconditionViolation, QuotaViolation, StatusExt as _,
};

use super::{Reason, refusal};
use crate::util::error_chain::chain;
use crate::{auth, engine, store};
use domain::tenancy::Role;
use domain::{Budget, CommandError, Fault, MigrationId, State};

/// `ErrorInfo.domain` of every error.
pub const DOMAIN: &str = "waba-migrator";

/// `ResourceInfo.resource_type` of a migration.
const MIGRATION: &str = "waba.migration.v1.Migration";

/// What to wait before asking again, where nothing better is known.
pub(super) const SOON: Duration = Duration::from_secs(1);

/// The message names so many wrong fields; the details name all.
const NAMED: usize = 6;

/// Why an RPC failed.
#[derive(Debug)]
pub(super) enum Error {
    /// Fields are wrong.
    Fields(Vec<FieldViolation>),
    /// The request id started this migration, with other content in these fields.
    RequestIdReused {
        /// That migration.
        id: MigrationId,
        /// The fields that differ.
        differing: Vec<&'static str>,
    },
    /// The request id started a migration that was removed since.
    MigrationRemoved,
    /// This migration of the same number is under way.
    MigrationInProgress(MigrationId),
    /// The caller's role may not call this RPC.
    RoleMayNot {
        /// The caller's.
        role: Role,
        /// One that may.
        needed: Role,
    },
    /// The caller's tenant has asked for too much.
    TooMany(auth::Exceeded),
    /// The caller's tenant has too much in flight.
    TooManyInFlight(auth::TooManyInFlight),
    /// The engine could not do what it was asked.
    Engine {
        /// Why.
        error: engine::Error,
        /// The migration that it was asked about, where it was about one.
        id: Option<MigrationId>,
        /// When it was asked.
        now: Timestamp,
    },
}

/// A status in the making.
pub(super) struct Answer {
    reason: Reason,
    message: String,
    metadata: HashMap<String, String>,
    details: ErrorDetails,
}

impl Answer {
    /// An answer with this reason and its sentence.
    pub(super) fn new(reason: Reason) -> Self {
        Self {
            reason,
            message: reason.sentence().to_owned(),
            metadata: HashMap::new(),
            details: ErrorDetails::new(),
        }
    }

    /// Why it is refused.
    pub(super) const fn reason(&self) -> Reason {
        self.reason
    }

    /// The same in these words.
    pub(super) fn saying(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// The same with this in the metadata.
    pub(super) fn with(mut self, key: &str, value: &(impl ToString + ?Sized)) -> Self {
        self.metadata.insert(key.to_owned(), value.to_string());
        self
    }

    fn about(self, id: Option<MigrationId>) -> Self {
        match id {
            Some(id) => self.with("migration_id", &id),
            None => self,
        }
    }

    /// The same with a time to wait before asking again.
    pub(super) fn retry_after(mut self, delay: Duration) -> Self {
        self.details.set_retry_info(Some(delay));
        self
    }

    fn resource(mut self, id: Option<MigrationId>) -> Self {
        if let Some(id) = id {
            self.details
                .set_resource_info(MIGRATION, id.to_string(), "", self.message.clone());
        }
        self
    }

    /// The status.
    pub(super) fn status(mut self) -> Status {
        self.details
            .set_error_info(self.reason.as_str(), DOMAIN, self.metadata);
        Status::with_error_details(self.reason.code(), self.message, self.details)
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        Answer::from(error).status()
    }
}

impl From<Error> for Answer {
    fn from(error: Error) -> Self {
        match error {
            Error::Fields(violations) => fields(violations),
            Error::RequestIdReused { id, differing } => Answer::new(Reason::RequestIdReused)
                .saying(format!(
                    "the request id started {id} with other content in: {}",
                    differing.join(", ")
                ))
                .about(Some(id))
                .with("fields", &differing.join(","))
                .resource(Some(id)),
            Error::MigrationRemoved => Answer::new(Reason::MigrationRemoved),
            Error::MigrationInProgress(id) => Answer::new(Reason::MigrationInProgress)
                .saying(format!("{id} of this number is under way"))
                .about(Some(id))
                .resource(Some(id)),
            Error::RoleMayNot { role, needed } => refusal::role(role, needed),
            Error::TooMany(exceeded) => too_many(exceeded),
            Error::TooManyInFlight(exceeded) => too_many_in_flight(exceeded),
            Error::Engine { error, id, now } => from_engine(error, id, now),
        }
    }
}

fn fields(violations: Vec<FieldViolation>) -> Answer {
    let names: Vec<&str> = violations
        .iter()
        .map(|violation| violation.field.as_str())
        .take(NAMED)
        .collect();
    let more = if violations.len() > NAMED {
        ", …"
    } else {
        ""
    };
    let message = format!("these fields are wrong: {}{more}", names.join(", "));
    let mut answer = Answer::new(Reason::InvalidFields).saying(message);
    answer.details.set_bad_request(violations);
    answer
}

fn from_engine(error: engine::Error, id: Option<MigrationId>, now: Timestamp) -> Answer {
    match error {
        engine::Error::NotFound => Answer::new(Reason::MigrationNotFound)
            .about(id)
            .resource(id),
        engine::Error::Refused { refusal, state } => refused(&refusal, state, id, now),
        engine::Error::TenantDisabled => Answer::new(Reason::TenantDisabled).about(id),
        engine::Error::NoSandbox => Answer::new(Reason::SandboxNotConfigured).about(id),
        engine::Error::QuotaReached(reached) => quota(reached),
        engine::Error::Graph(fault) => graph(&fault),
        engine::Error::Store(error) => from_store(&error).about(id),
        engine::Error::ShuttingDown => Answer::new(Reason::ShuttingDown)
            .about(id)
            .retry_after(SOON),
    }
}

fn refused(
    refusal: &CommandError,
    state: State,
    id: Option<MigrationId>,
    now: Timestamp,
) -> Answer {
    let (reason, budget) = match refusal {
        CommandError::CodeNotAwaited { .. } => (Reason::CodeNotAwaited, None),
        CommandError::CodeChecksSpent(budget) => (Reason::CodeChecksSpent, Some(budget)),
        CommandError::CodeCooldown(budget) => (Reason::CodeCooldown, Some(budget)),
        CommandError::CodeRequestsSpent(budget) => (Reason::CodeRequestsSpent, Some(budget)),
        CommandError::NothingToResume { .. } => (Reason::NothingToResume, None),
        CommandError::PointOfNoReturnPassed => (Reason::PointOfNoReturnPassed, None),
        CommandError::Ended { .. } => (Reason::MigrationEnded, None),
        CommandError::TwoStepPinNotSet => (Reason::TwoStepPinNotSet, None),
        CommandError::TwoStepPinRemoved => (Reason::TwoStepPinRemoved, None),
        CommandError::NotEnded { .. } => (Reason::MigrationNotEnded, None),
    };
    let subject = id.map_or_else(String::new, |id| id.to_string());
    let answer = Answer::new(reason)
        .saying(refusal.to_string())
        .about(id)
        .with("state", state.as_str());
    match budget {
        Some(budget) => spent(answer, subject, budget, now),
        None => forbidden(answer, subject, refusal),
    }
}

fn forbidden(mut answer: Answer, subject: String, refusal: &CommandError) -> Answer {
    let violation = PreconditionViolation::new("STATE", subject, refusal.to_string());
    answer.details.set_precondition_failure([violation]);
    answer
}

fn spent(mut answer: Answer, subject: String, budget: &Budget, now: Timestamp) -> Answer {
    let description = format!(
        "{} of {} {} calls were made within {:#}",
        budget.used,
        budget.limit.calls,
        budget.call.as_str(),
        budget.limit.window
    );
    let violation = QuotaViolation::new(subject, description);
    answer.details.set_quota_failure([violation]);
    let answer = answer
        .with("call", budget.call.as_str())
        .with("used", &budget.used)
        .with("limit", &budget.limit.calls);
    match budget.next_allowed_at {
        Some(at) => answer
            .with("next_allowed_at", &at)
            .retry_after(positive(at.duration_since(now))),
        None => answer.retry_after(SOON),
    }
}

fn too_many(exceeded: auth::Exceeded) -> Answer {
    let auth::Exceeded { rate, retry_after } = exceeded;
    let description = format!(
        "{} requests a second, and {} at once after a rest, are what a tenant may make",
        rate.per_second, rate.burst
    );
    let mut answer = Answer::new(Reason::TooManyRequests)
        .with("requests_per_second", &rate.per_second)
        .retry_after(retry_after);
    let violation = QuotaViolation::new("requests of the tenant", description);
    answer.details.set_quota_failure([violation]);
    answer
}

fn too_many_in_flight(exceeded: auth::TooManyInFlight) -> Answer {
    let auth::TooManyInFlight { kind, limit } = exceeded;
    let (what, setting) = match kind {
        auth::InFlightKind::Call | auth::InFlightKind::Refusal => ("calls", "calls_in_flight"),
        auth::InFlightKind::Watch => ("streams", "watches_in_flight"),
    };
    let description = format!("{limit} {what} are what a tenant may have in flight at once");
    let mut answer = Answer::new(Reason::TooManyInFlight)
        .saying(format!(
            "the caller's tenant has {limit} {what} in flight, as many as it may (limits.{setting})"
        ))
        .with(setting, &limit)
        .retry_after(SOON);
    let violation = QuotaViolation::new(format!("{what} in flight of the tenant"), description);
    answer.details.set_quota_failure([violation]);
    answer
}

fn quota(reached: engine::QuotaReached) -> Answer {
    let engine::QuotaReached {
        quota,
        most,
        retry_after,
    } = reached;
    let (setting, description, remedy) = match quota {
        engine::Quota::Live => (
            "live_migrations",
            format!("{most} migrations that have not ended are what a tenant may have"),
            "wait until some have ended, or cancel those that are not needed",
        ),
        engine::Quota::Kept => (
            "kept_migrations",
            format!("{most} migrations are what the service keeps for a tenant"),
            "delete migrations that have ended",
        ),
    };
    let mut answer = Answer::new(Reason::MigrationQuotaReached)
        .saying(format!(
            "{description}: {remedy}, or have the operator raise limits.{setting}"
        ))
        .with("quota", setting)
        .with("limit", &most)
        .retry_after(retry_after);
    let violation = QuotaViolation::new("migrations of the tenant", description);
    answer.details.set_quota_failure([violation]);
    answer
}

/// Meta's own words stay out: the message says what the fault means.
fn graph(fault: &Fault) -> Answer {
    let trace = fault
        .graph_error
        .as_ref()
        .and_then(|error| error.fbtrace_id.as_deref());
    let answer = Answer::new(Reason::GraphUnavailable)
        .saying(fault.message())
        .with("fault", fault.reason.as_str())
        .retry_after(fault.retry_after.map_or(SOON, positive));
    match trace {
        Some(trace) => answer.with("fbtrace_id", trace),
        None => answer,
    }
}

pub(super) fn from_store(error: &store::Error) -> Answer {
    match error {
        // Told once, by whoever watches over the store.
        store::Error::Unavailable(..)
        | store::Error::ReadOnly(..)
        | store::Error::Denied(..)
        | store::Error::Damaged(..) => {
            tracing::debug!(error = %chain(error), "the store failed");
            Answer::new(Reason::StoreUnavailable).retry_after(SOON)
        }
        // Of one statement, and said nowhere else.
        store::Error::Busy(_) => {
            tracing::warn!(error = %chain(error), "the store was too busy for a call");
            Answer::new(Reason::StoreUnavailable).retry_after(SOON)
        }
        store::Error::Closed => Answer::new(Reason::StoreUnavailable).retry_after(SOON),
        // It went while its caller was already let in.
        store::Error::NoTenant => Answer::new(Reason::TenantUnknown),
        store::Error::Corrupt { .. }
        | store::Error::Sealed { .. }
        | store::Error::NewerSchema { .. }
        | store::Error::InvalidUrl(_)
        | store::Error::OtherWorld { .. }
        | store::Error::OtherHost { .. }
        | store::Error::InUse
        | store::Error::Inconsistent(_)
        | store::Error::Refused(_) => {
            tracing::error!(error = %chain(error), "the store failed");
            Answer::new(Reason::Internal)
        }
    }
}

/// A delay that a client can wait: never none at all, since it would come back at once and be refused again.
fn positive(delay: SignedDuration) -> Duration {
    Duration::try_from(delay)
        .unwrap_or_default()
        .max(Duration::from_millis(100))
}

#[cfg(test)]
mod tests;

//! Maps every error of the service to the gRPC status that the client gets.
//!
//! Internal error text (of a database, say) never leaves the process: it is logged here, once, and
//! the client gets a fixed sentence.

mod administration;
mod authentication;

use std::time::Duration;

use jiff::{RoundMode, SignedDuration, Timestamp, TimestampRound, Unit};
use tonic::Status;
use tonic_types::FieldViolation;

use super::status::{RETRY_SOON, StatusBuilder};
use super::{Reason, fields, requests};
use crate::util::error_chain::chain;
use crate::{admin, auth, engine, store};
use domain::tenancy::Role;
use domain::{Budget, CommandError, Fault, MigrationId, State};

/// Times further in the future than this are written to the minute.
const SOON: SignedDuration = SignedDuration::from_mins(10);

/// Minimum retry delay: without one, a client would retry at once and be refused again.
const MIN_RETRY_DELAY: Duration = Duration::from_millis(100);

/// Why an RPC failed.
#[derive(Debug)]
pub(super) enum Error {
    /// Fields are invalid.
    Fields(Vec<FieldViolation>),
    /// The caller's role may not call this RPC.
    RoleMayNot {
        /// The caller's role.
        role: Role,
        /// The role that the RPC needs.
        needed: Role,
        /// Whether the service requires no credentials.
        is_anonymous: bool,
    },
    /// The tenant exceeds its request rate.
    TooMany(auth::RateExceeded),
    /// The tenant has too many calls or streams in flight.
    TooManyInFlight(auth::TooManyInFlight),
    /// An administrative act failed or was refused.
    Administration(admin::Error),
    /// The engine failed or refused.
    Engine {
        /// The cause.
        error: engine::Error,
        /// The migration of the request, where it names one.
        id: Option<MigrationId>,
        /// When the error occurred.
        now: Timestamp,
    },
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        StatusBuilder::from(error).build()
    }
}

impl From<Error> for StatusBuilder {
    fn from(error: Error) -> Self {
        match error {
            Error::Fields(violations) => invalid(violations),
            Error::RoleMayNot {
                role,
                needed,
                is_anonymous,
            } => role_may_not(role, needed, is_anonymous),
            Error::Administration(error) => error.into(),
            Error::TooMany(exceeded) => too_many(exceeded),
            Error::TooManyInFlight(exceeded) => too_many_in_flight(exceeded),
            Error::Engine { error, id, now } => from_engine(error, id, now),
        }
    }
}

fn role_may_not(role: Role, needed: Role, is_anonymous: bool) -> StatusBuilder {
    let message = match needed {
        Role::Admin if is_anonymous => {
            "This RPC needs the role admin, which no caller has while the service requires no \
             credentials. Set auth.api_keys, and create a key with `waba-migrator key create --role \
             admin`."
                .to_owned()
        }
        Role::Admin => format!(
            "The caller has the role {role}, and this RPC needs the role admin, which only callers \
             of the tenant default can have. Use other credentials."
        ),
        Role::Migrator | Role::Reader => format!(
            "The caller has the role {role}, and this RPC needs the role {needed}. Use other \
             credentials."
        ),
    };
    StatusBuilder::new(Reason::RoleMayNot)
        .message(message)
        .metadata("needed_role", &needed)
}

fn invalid(violations: Vec<FieldViolation>) -> StatusBuilder {
    let texts = violations.iter();
    let texts: Vec<_> = texts.map(|it| (&*it.field, &*it.description)).collect();
    let status = StatusBuilder::new(Reason::InvalidFields);
    let status = match fields::message(&texts) {
        Some(message) => status.message(message),
        None => status,
    };
    status.fields(violations)
}

fn from_engine(error: engine::Error, id: Option<MigrationId>, now: Timestamp) -> StatusBuilder {
    match error {
        engine::Error::NotFound => StatusBuilder::new(Reason::MigrationNotFound).resource(id),
        engine::Error::Refused {
            refusal: CommandError::InvalidUpdate(objections),
            ..
        } => invalid(objections.into_iter().map(requests::violation).collect()).migration(id),
        engine::Error::Refused { refusal, state } => refused(&refusal, state, id, now),
        engine::Error::Unacceptable(objections) => {
            invalid(objections.into_iter().map(requests::violation).collect())
        }
        engine::Error::RequestIdReused { id, differing } => {
            StatusBuilder::new(Reason::RequestIdReused)
                .message(format!(
                    "This request id started {id} with other content in `{}`. Use a new request id for a new \
                     migration, or the same content to get that one.",
                    differing.join("`, `")
                ))
                .metadata("fields", &differing.join(","))
                .resource(Some(id))
        }
        engine::Error::RequestRemoved => StatusBuilder::new(Reason::MigrationRemoved),
        engine::Error::NumberBusy(id) => StatusBuilder::new(Reason::MigrationInProgress)
            .message(format!(
                "Another migration of this number is in progress: {id}. Wait until it ends, or cancel it."
            ))
            .resource(Some(id)),
        engine::Error::Random(_) => {
            tracing::error!(%error, "a PIN could not be drawn");
            StatusBuilder::new(Reason::Internal)
        }
        engine::Error::TenantDisabled => StatusBuilder::new(Reason::TenantDisabled).migration(id),
        engine::Error::NoSandbox => StatusBuilder::new(Reason::SandboxNotConfigured).migration(id),
        engine::Error::QuotaReached(reached) => migration_quota(reached),
        engine::Error::Graph(fault) => graph(&fault),
        engine::Error::Store(error) => from_store(&error).migration(id),
        engine::Error::ShuttingDown => StatusBuilder::new(Reason::ShuttingDown)
            .migration(id)
            .retry_after(RETRY_SOON),
    }
}

fn refused(
    refusal: &CommandError,
    state: State,
    id: Option<MigrationId>,
    now: Timestamp,
) -> StatusBuilder {
    let (reason, budget) = match refusal {
        CommandError::CodeNotAwaited { .. } => (Reason::CodeNotAwaited, None),
        CommandError::CodeChecksSpent(budget) => (Reason::CodeChecksSpent, Some(budget)),
        CommandError::CodeCooldown(budget) => (Reason::CodeCooldown, Some(budget)),
        CommandError::CodeRequestsSpent(budget) => (Reason::CodeRequestsSpent, Some(budget)),
        CommandError::NothingToResume { .. } => (Reason::NothingToResume, None),
        CommandError::PointOfNoReturnPassed => (Reason::PointOfNoReturnPassed, None),
        CommandError::InvalidUpdate(_) => (Reason::InvalidFields, None),
        CommandError::Ended { .. } => (Reason::MigrationEnded, None),
        CommandError::TwoStepPinNotSet => (Reason::TwoStepPinNotSet, None),
        CommandError::TwoStepPinRemoved => (Reason::TwoStepPinRemoved, None),
        CommandError::NotEnded { .. } => (Reason::MigrationNotEnded, None),
    };
    let subject = id.map_or_else(String::new, |id| id.to_string());
    let status = StatusBuilder::new(reason)
        .migration(id)
        .metadata("state", state.as_str());
    if let Some(budget) = budget {
        budget_spent(status, subject, budget, now)
    } else {
        let message = format!("{}. {}", capitalized(&refusal.to_string()), reason.action());
        status.message(message.clone()).state(subject, message)
    }
}

/// A text as the beginning of a sentence.
fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

/// A time for a person, not before `at`.
fn utc(at: Timestamp, now: Timestamp) -> String {
    let (unit, format) = if at.duration_since(now) > SOON {
        (Unit::Minute, "%Y-%m-%d %H:%M UTC")
    } else {
        (Unit::Second, "%Y-%m-%d %H:%M:%S UTC")
    };
    let up = TimestampRound::new().smallest(unit).mode(RoundMode::Ceil);
    at.round(up).unwrap_or(at).strftime(format).to_string()
}

fn budget_spent(
    status: StatusBuilder,
    subject: String,
    budget: &Budget,
    now: Timestamp,
) -> StatusBuilder {
    let description = format!(
        "{} of {} {} calls were made within {:#}",
        budget.used,
        budget.limit.calls,
        budget.call.as_str(),
        budget.limit.window
    );
    let status = status
        .quota(subject, description)
        .metadata("call", budget.call.as_str())
        .metadata("used", &budget.used)
        .metadata("limit", &budget.limit.calls);
    match budget.next_allowed_at {
        Some(at) => status
            .message_with(|reason| {
                let next = match reason {
                    Reason::CodeChecksSpent => "The next attempt is allowed",
                    _ => "The next one can be requested",
                };
                format!("{} {next} at {}.", reason.meaning(), utc(at, now))
            })
            .metadata("next_allowed_at", &at)
            .retry_after(retry_delay(at.duration_since(now))),
        None => status.retry_after(RETRY_SOON),
    }
}

fn too_many(exceeded: auth::RateExceeded) -> StatusBuilder {
    let auth::RateExceeded { rate, retry_after } = exceeded;
    let description = format!(
        "a tenant may make {} requests per second, in bursts of at most {}",
        rate.per_second, rate.burst
    );
    StatusBuilder::new(Reason::TooManyRequests)
        .message(format!(
            "The tenant exceeds its rate of {} requests per second. Retry after {:.1} s.",
            rate.per_second,
            retry_after.as_secs_f64().max(0.1)
        ))
        .metadata("requests_per_second", &rate.per_second)
        .retry_after(retry_after)
        .quota("requests of the tenant", description)
}

fn too_many_in_flight(exceeded: auth::TooManyInFlight) -> StatusBuilder {
    let auth::TooManyInFlight { kind, limit } = exceeded;
    let (what, setting) = match kind {
        auth::InFlightKind::Call | auth::InFlightKind::Refusal => ("calls", "calls_in_flight"),
        auth::InFlightKind::Watch => ("streams", "watches_in_flight"),
    };
    StatusBuilder::new(Reason::TooManyInFlight)
        .message(format!(
            "The tenant has {limit} {what} in flight, the maximum (limits.{setting}). Wait until one \
             has ended."
        ))
        .metadata(setting, &limit)
        .retry_after(RETRY_SOON)
        .quota(
            format!("{what} in flight of the tenant"),
            format!("a tenant may have {limit} {what} in flight at the same time"),
        )
}

fn migration_quota(reached: engine::QuotaReached) -> StatusBuilder {
    let engine::QuotaReached {
        quota,
        most,
        retry_after,
    } = reached;
    let (setting, description, remedy) = match quota {
        engine::Quota::Live => (
            "live_migrations",
            format!("a tenant may have {most} migrations that have not ended"),
            "wait until some have ended, or cancel some",
        ),
        engine::Quota::Kept => (
            "kept_migrations",
            format!("the service keeps at most {most} migrations of a tenant"),
            "delete migrations that have ended",
        ),
    };
    StatusBuilder::new(Reason::MigrationQuotaReached)
        .message(format!(
            "{}: {remedy}, or ask the operator to raise limits.{setting}.",
            capitalized(&description)
        ))
        .metadata("quota", setting)
        .metadata("limit", &most)
        .retry_after(retry_after)
        .quota("migrations of the tenant", description)
}

/// The message says what the fault means. Meta's own text stays out of it.
fn graph(fault: &Fault) -> StatusBuilder {
    let status = StatusBuilder::new(Reason::GraphUnavailable)
        .message(fault.message())
        .metadata("fault", fault.reason.as_str())
        .retry_after(fault.retry_after.map_or(RETRY_SOON, retry_delay));
    let error = fault.graph_error.as_ref();
    match error.and_then(|error| error.fbtrace_id.as_deref()) {
        Some(trace) => status.metadata("fbtrace_id", trace),
        None => status,
    }
}

fn from_store(error: &store::Error) -> StatusBuilder {
    match error {
        // The store's health monitor reports these once, for all calls.
        store::Error::Unavailable(..)
        | store::Error::ReadOnly(..)
        | store::Error::Denied(..)
        | store::Error::Unsuitable(_)
        | store::Error::Damaged(..) => {
            tracing::debug!(error = %chain(error), "the store failed");
            StatusBuilder::new(Reason::StoreUnavailable).retry_after(RETRY_SOON)
        }
        // This concerns a single statement, so it is logged here only.
        store::Error::Busy(_) => {
            tracing::warn!(error = %chain(error), "the store was too busy for a call");
            StatusBuilder::new(Reason::StoreUnavailable).retry_after(RETRY_SOON)
        }
        store::Error::Closed => {
            StatusBuilder::new(Reason::StoreUnavailable).retry_after(RETRY_SOON)
        }
        // The tenant was removed after its caller was authenticated.
        store::Error::NoTenant => StatusBuilder::new(Reason::TenantUnknown),
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
            StatusBuilder::new(Reason::Internal)
        }
    }
}

fn retry_delay(delay: SignedDuration) -> Duration {
    Duration::try_from(delay)
        .unwrap_or_default()
        .max(MIN_RETRY_DELAY)
}

#[cfg(test)]
mod tests;

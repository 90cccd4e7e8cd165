//! Builds the gRPC status of an error, and reads back the status that a response carries.

use std::collections::HashMap;
use std::time::Duration;

use axum::response::Response;
use tonic::{Code, Status};
use tonic_types::{
    ErrorDetails, FieldViolation, PreconditionViolation, QuotaViolation, StatusExt as _,
};

use super::Reason;
use domain::tenancy::ApiKeyId;
use domain::{MigrationId, TenantId};

/// `ErrorInfo.domain` of every error.
pub const DOMAIN: &str = "waba-migrator";

/// `ResourceInfo.resource_type` of a migration.
const MIGRATION: &str = "waba.migration.v1.Migration";
/// `ResourceInfo.resource_type` of a tenant.
const TENANT: &str = "waba.migration.v1.Tenant";
/// `ResourceInfo.resource_type` of an API key.
const API_KEY: &str = "waba.migration.v1.ApiKey";

/// Delay before a retry where no better one is known.
pub(super) const RETRY_SOON: Duration = Duration::from_secs(1);

/// Builds the status of an error. Every status carries an `ErrorInfo`.
pub(super) struct StatusBuilder {
    reason: Reason,
    message: String,
    metadata: HashMap<String, String>,
    details: ErrorDetails,
}

impl StatusBuilder {
    /// A status with this reason and its sentence as the message.
    pub(super) fn new(reason: Reason) -> Self {
        Self {
            reason,
            message: reason.sentence().to_owned(),
            metadata: HashMap::new(),
            details: ErrorDetails::new(),
        }
    }

    /// The reason.
    pub(super) const fn reason(&self) -> Reason {
        self.reason
    }

    /// Replaces the message.
    pub(super) fn message(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// Replaces the message by one for the reason.
    pub(super) fn message_with(self, message: impl FnOnce(Reason) -> String) -> Self {
        let reason = self.reason;
        self.message(message(reason))
    }

    /// Adds an entry to the metadata of the `ErrorInfo`.
    pub(super) fn metadata(mut self, key: &str, value: &(impl ToString + ?Sized)) -> Self {
        self.metadata.insert(key.to_owned(), value.to_string());
        self
    }

    /// Names the migration in the metadata.
    pub(super) fn migration(self, id: Option<MigrationId>) -> Self {
        match id {
            Some(id) => self.metadata("migration_id", &id),
            None => self,
        }
    }

    /// Names the migration in the metadata and in a `ResourceInfo`, which repeats the message.
    pub(super) fn resource(mut self, id: Option<MigrationId>) -> Self {
        if let Some(id) = id {
            self.details
                .set_resource_info(MIGRATION, id.to_string(), "", self.message.clone());
        }
        self.migration(id)
    }

    /// Names the tenant in the metadata and in a `ResourceInfo`, which repeats the message.
    pub(super) fn tenant(mut self, id: &TenantId) -> Self {
        self.details
            .set_resource_info(TENANT, id.as_str(), "", self.message.clone());
        self.metadata("tenant_id", id.as_str())
    }

    /// Names the API key in the metadata and in a `ResourceInfo`, which repeats the message.
    pub(super) fn api_key(mut self, tenant: &TenantId, id: ApiKeyId) -> Self {
        self.details.set_resource_info(
            API_KEY,
            id.to_string(),
            tenant.as_str(),
            self.message.clone(),
        );
        self.metadata("tenant_id", tenant.as_str())
            .metadata("key_id", &id)
    }

    /// Adds a `RetryInfo`.
    pub(super) fn retry_after(mut self, delay: Duration) -> Self {
        self.details.set_retry_info(Some(delay));
        self
    }

    /// Adds a `BadRequest`.
    pub(super) fn fields(mut self, violations: Vec<FieldViolation>) -> Self {
        self.details.set_bad_request(violations);
        self
    }

    /// Adds a `PreconditionFailure`: the state of `subject` forbids the call.
    pub(super) fn state(mut self, subject: impl Into<String>, description: String) -> Self {
        let violation = PreconditionViolation::new("STATE", subject, description);
        self.details.set_precondition_failure([violation]);
        self
    }

    /// Adds a `QuotaFailure`.
    pub(super) fn quota(mut self, subject: impl Into<String>, description: String) -> Self {
        let violation = QuotaViolation::new(subject, description);
        self.details.set_quota_failure([violation]);
        self
    }

    /// Builds the status.
    pub(super) fn build(mut self) -> Status {
        self.details
            .set_error_info(self.reason.as_str(), DOMAIN, self.metadata);
        Status::with_error_details(self.reason.code(), self.message, self.details)
    }
}

/// What the details of a status of this API hold.
#[derive(Debug, Default)]
pub(super) struct Details {
    /// Why it failed; `None` where the status is not one of this API.
    pub(super) reason: Option<Reason>,
    /// The id of the migration that it is about.
    pub(super) migration_id: Option<String>,
    /// The delay of its `RetryInfo`.
    pub(super) retry_after: Option<Duration>,
}

impl Details {
    /// Reads the details of a status.
    pub(super) fn of(status: &Status) -> Self {
        let details = status.get_error_details();
        let info = details.error_info();
        let is_named = |reason: &Reason| info.is_some_and(|info| info.reason == reason.as_str());
        Self {
            reason: Reason::ALL.iter().copied().find(is_named),
            migration_id: info.and_then(|info| info.metadata.get("migration_id").cloned()),
            retry_after: details.retry_info().and_then(|info| info.retry_delay),
        }
    }
}

/// The status in the headers of a response. `None` where the RPC has not ended yet: then its status
/// comes in the trailers.
pub(super) fn in_headers(response: &Response) -> Option<Status> {
    // tonic keeps the status of a failed RPC beside the headers, so that it need not be decoded.
    let status = response.extensions().get::<Status>().cloned();
    status.or_else(|| Status::from_header_map(response.headers()))
}

/// The name of a status code in the gRPC specification.
#[must_use]
pub const fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

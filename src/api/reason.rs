//! The reasons for which an RPC can fail, by the stable name in `ErrorInfo.reason`.
//!
//! A fault of a migration is something else: reading a migration that has a fault is no error.

use axum::http::StatusCode;
use tonic::Code;

/// Makes the enum and its table from one list, so that no reason lacks a part.
macro_rules! reasons {
    ($($variant:ident, $name:literal, $code:ident, $http:ident, $meaning:literal, $action:literal;)*) => {
        /// Why an RPC failed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Reason {
            $(
                #[doc = $meaning]
                $variant,
            )*
        }

        impl Reason {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The stable name: `ErrorInfo.reason`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// The gRPC status code.
            #[must_use]
            pub const fn code(self) -> Code {
                match self { $(Self::$variant => Code::$code),* }
            }

            /// The HTTP status over REST.
            #[must_use]
            pub const fn http(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$http),* }
            }

            /// What it means, in one or two sentences.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning),* }
            }

            /// What the caller can do, in one sentence.
            #[must_use]
            pub const fn action(self) -> &'static str {
                match self { $(Self::$variant => $action),* }
            }

            /// The meaning and the action: the message where there is no more precise one.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$variant => concat!($meaning, " ", $action)),* }
            }
        }
    };
}

reasons! {
    InvalidFields, "INVALID_FIELDS", InvalidArgument, BAD_REQUEST,
        "Fields are missing or invalid.",
        "Correct each field that `BadRequest` names, as its description says.";
    MalformedMessage, "MALFORMED_MESSAGE", InvalidArgument, BAD_REQUEST,
        "The message cannot be decoded.",
        "Encode it as the contract defines it.";
    MalformedJson, "MALFORMED_JSON", InvalidArgument, BAD_REQUEST,
        "The body is not a JSON object.",
        "Correct the JSON at the position that the message names.";
    JsonTooDeep, "JSON_TOO_DEEP", InvalidArgument, BAD_REQUEST,
        "The JSON is nested too deeply.",
        "Send only fields of the contract; none nests that deeply.";
    MessageTooLarge, "MESSAGE_TOO_LARGE", ResourceExhausted, PAYLOAD_TOO_LARGE,
        "The message exceeds the maximum size.",
        "Send a smaller one: `max_message_bytes` in the metadata is the maximum, in bytes.";
    PathUnknown, "PATH_UNKNOWN", NotFound, NOT_FOUND,
        "Unknown path.",
        "See /openapi.json for all paths.";
    MethodNotAllowed, "METHOD_NOT_ALLOWED", Unimplemented, METHOD_NOT_ALLOWED,
        "The endpoint does not accept this HTTP method.",
        "Use a method from the header `Allow`.";
    ContentTypeUnsupported, "CONTENT_TYPE_UNSUPPORTED", InvalidArgument, UNSUPPORTED_MEDIA_TYPE,
        "The content type or encoding of the body is not supported.",
        "Send `application/json` in UTF-8, without compression.";
    OriginNotAllowed, "ORIGIN_NOT_ALLOWED", PermissionDenied, FORBIDDEN,
        "A web page of another origin sent the request, or its `Host` is not a name of this service.",
        "Ask the operator to add the origin or the host to `rest.cors_origins`.";
    CredentialsMissing, "CREDENTIALS_MISSING", Unauthenticated, UNAUTHORIZED,
        "No credentials.",
        "Send credentials of a kind that the message names.";
    CredentialsMalformed, "CREDENTIALS_MALFORMED", Unauthenticated, UNAUTHORIZED,
        "The credentials are malformed, or of a kind that this service does not accept.",
        "Correct what the message names.";
    ApiKeyUnknown, "API_KEY_UNKNOWN", Unauthenticated, UNAUTHORIZED,
        "The API key does not exist.",
        "Check that the key is complete and belongs to this service.";
    ApiKeyExpired, "API_KEY_EXPIRED", Unauthenticated, UNAUTHORIZED,
        "The API key has expired.",
        "Use a new key.";
    ApiKeyRevoked, "API_KEY_REVOKED", Unauthenticated, UNAUTHORIZED,
        "The API key was revoked.",
        "Use another key.";
    TokenInvalid, "TOKEN_INVALID", Unauthenticated, UNAUTHORIZED,
        "The token is not accepted.",
        "Correct what the message names, or get a new token.";
    TokenExpired, "TOKEN_EXPIRED", Unauthenticated, UNAUTHORIZED,
        "The token has expired.",
        "Get a new token.";
    TokenKeysUnavailable, "TOKEN_KEYS_UNAVAILABLE", Unavailable, SERVICE_UNAVAILABLE,
        "The key that verifies the token cannot be fetched from its issuer now.",
        "Retry after the delay in `RetryInfo`.";
    TenantUnknown, "TENANT_UNKNOWN", PermissionDenied, FORBIDDEN,
        "The caller is authenticated, but belongs to no tenant of this service.",
        "Ask the operator to create the tenant or to map the caller to one.";
    TenantDisabled, "TENANT_DISABLED", PermissionDenied, FORBIDDEN,
        "The tenant is disabled. Its data is kept.",
        "Ask the operator to enable it.";
    SandboxNotConfigured, "SANDBOX_NOT_CONFIGURED", FailedPrecondition, CONFLICT,
        "The tenant uses the sandbox, but the service has no sandbox. Nothing was sent to Meta.",
        "Ask the operator to configure the sandbox.";
    RoleMayNot, "ROLE_MAY_NOT", PermissionDenied, FORBIDDEN,
        "The caller's role does not allow this RPC.",
        "Use credentials with the role that the metadata names.";
    TooManyRequests, "TOO_MANY_REQUESTS", ResourceExhausted, TOO_MANY_REQUESTS,
        "The tenant exceeds its request rate.",
        "Retry after the delay in `RetryInfo`.";
    TooManyRequestBytes, "TOO_MANY_REQUEST_BYTES", ResourceExhausted, SERVICE_UNAVAILABLE,
        "The requests that are being received use all of `server.max_request_bytes_in_flight`.",
        "Retry after the delay in `RetryInfo`.";
    TooManyStreams, "TOO_MANY_STREAMS", ResourceExhausted, TOO_MANY_REQUESTS,
        "The maximum number of unauthenticated calls is open, in total or on this connection.",
        "Retry after the delay in `RetryInfo`.";
    TooManyInFlight, "TOO_MANY_IN_FLIGHT", ResourceExhausted, TOO_MANY_REQUESTS,
        "The tenant has the maximum number of calls or streams in flight; the metadata names the limit.",
        "Retry after the delay in `RetryInfo`.";
    MigrationQuotaReached, "MIGRATION_QUOTA_REACHED", ResourceExhausted, TOO_MANY_REQUESTS,
        "The tenant has the maximum number of migrations.",
        "Do as the message says; the migrations are counted again after the delay in `RetryInfo`.";
    RequestIdReused, "REQUEST_ID_REUSED", AlreadyExists, CONFLICT,
        "The request id started a migration with other content; the metadata names the migration and the fields.",
        "Use a new request id for a new migration.";
    MigrationInProgress, "MIGRATION_IN_PROGRESS", AlreadyExists, CONFLICT,
        "Another migration of this number is in progress; the metadata names it.",
        "Wait until it ends, or cancel it.";
    MigrationRemoved, "MIGRATION_REMOVED", FailedPrecondition, CONFLICT,
        "The request id started a migration that has been removed. It stays reserved for a year.",
        "To move the number again, use a new request id.";
    MigrationNotFound, "MIGRATION_NOT_FOUND", NotFound, NOT_FOUND,
        "The tenant has no migration with this id.",
        "Check the id and the credentials.";
    TenantExists, "TENANT_EXISTS", AlreadyExists, CONFLICT,
        "A tenant with this id exists; the metadata names it.",
        "Choose another id, or change the existing tenant.";
    TenantIdRetired, "TENANT_ID_RETIRED", FailedPrecondition, CONFLICT,
        "A deleted tenant had this id. Credentials that were issued for it must not be valid for another tenant.",
        "Choose another id.";
    TenantNotFound, "TENANT_NOT_FOUND", NotFound, NOT_FOUND,
        "No tenant has this id; the metadata repeats it.",
        "See ListTenants for the existing ones.";
    TenantChanged, "TENANT_CHANGED", Aborted, CONFLICT,
        "The tenant was changed by another call at the same time, so nothing was changed.",
        "Read the tenant, and repeat the call if it is still needed.";
    TenantHasMigrations, "TENANT_HAS_MIGRATIONS", FailedPrecondition, CONFLICT,
        "Some migrations of the tenant have not ended, so it cannot be deleted; the metadata has their number.",
        "Cancel them, or wait until they have ended.";
    TenantIsDefault, "TENANT_IS_DEFAULT", FailedPrecondition, CONFLICT,
        "The tenant `default` belongs to the operator of the service: it cannot be deleted, and not be disabled by its own callers.",
        "Leave it unused, or disable it on the command line.";
    ApiKeyNotFound, "API_KEY_NOT_FOUND", NotFound, NOT_FOUND,
        "The tenant has no API key with this id.",
        "See ListApiKeys for the existing ones.";
    ApiKeyNotValid, "API_KEY_NOT_VALID", FailedPrecondition, CONFLICT,
        "The API key has expired or was revoked, so it cannot be rotated.",
        "Create a new key.";
    CodeNotAwaited, "CODE_NOT_AWAITED", FailedPrecondition, CONFLICT,
        "The migration does not wait for a code.",
        "Read its `next_action`: what happens next, and who must act.";
    CodeChecksSpent, "CODE_CHECKS_SPENT", ResourceExhausted, TOO_MANY_REQUESTS,
        "Too many wrong codes.",
        "Submit the next one at the time in the message, after the delay in `RetryInfo`.";
    CodeCooldown, "CODE_COOLDOWN", ResourceExhausted, TOO_MANY_REQUESTS,
        "A code was requested a moment ago.",
        "Request the next one at the time in the message, after the delay in `RetryInfo`.";
    CodeRequestsSpent, "CODE_REQUESTS_SPENT", ResourceExhausted, TOO_MANY_REQUESTS,
        "Too many codes were requested.",
        "Request the next one at the time in the message, after the delay in `RetryInfo`.";
    NothingToResume, "NOTHING_TO_RESUME", FailedPrecondition, CONFLICT,
        "The migration waits for no remedy and no cutover, so there is nothing to resume.",
        "Read its `next_action`: what happens next, and who must act.";
    PointOfNoReturnPassed, "POINT_OF_NO_RETURN_PASSED", FailedPrecondition, CONFLICT,
        "The register call was sent, so the migration can no longer be canceled.",
        "Follow the migration until it ends.";
    MigrationEnded, "MIGRATION_ENDED", FailedPrecondition, CONFLICT,
        "The migration has ended.",
        "Start a new migration, if one is needed.";
    MigrationNotEnded, "MIGRATION_NOT_ENDED", FailedPrecondition, CONFLICT,
        "The migration has not ended, so it cannot be removed; the metadata names it.",
        "Cancel it first, or wait until it has ended.";
    TwoStepPinNotSet, "TWO_STEP_PIN_NOT_SET", FailedPrecondition, CONFLICT,
        "This migration has not registered the number with a PIN.",
        "Ask again after the step REGISTER has finished.";
    TwoStepPinRemoved, "TWO_STEP_PIN_REMOVED", FailedPrecondition, GONE,
        "The PIN was removed: its retention after the end of the migration is over.",
        "Ask the administrator of the number to set a new PIN at Meta.";
    DeadlineExceeded, "DEADLINE_EXCEEDED", DeadlineExceeded, GATEWAY_TIMEOUT,
        "The call exceeded its deadline or the server's time limit. What was accepted stays accepted.",
        "Read the migration, or repeat Migrate with the same request id.";
    GraphUnavailable, "GRAPH_UNAVAILABLE", Unavailable, SERVICE_UNAVAILABLE,
        "Meta's Graph API cannot answer now.",
        "Retry after the delay in `RetryInfo`.";
    StoreUnavailable, "STORE_UNAVAILABLE", Unavailable, SERVICE_UNAVAILABLE,
        "The database of the service is unavailable.",
        "Retry after the delay in `RetryInfo`.";
    ShuttingDown, "SHUTTING_DOWN", Unavailable, SERVICE_UNAVAILABLE,
        "The server is shutting down.",
        "Retry after the delay in `RetryInfo`.";
    ConnectionAged, "CONNECTION_AGED", Unavailable, SERVICE_UNAVAILABLE,
        "The connection has reached its maximum age.",
        "Call Watch again over a new connection, with the last sequence received.";
    ServiceUnknown, "SERVICE_UNKNOWN", NotFound, NOT_FOUND,
        "The health check names a service that this server does not have.",
        "Use the empty name, `waba.migration.v1.MigrationService` or `waba.migration.v1.AdminService`.";
    Unimplemented, "UNIMPLEMENTED", Unimplemented, NOT_IMPLEMENTED,
        "There is no such RPC, or the message has a compression that the server does not support.",
        "Check the name of the RPC, and send the message without compression.";
    Internal, "INTERNAL", Internal, INTERNAL_SERVER_ERROR,
        "The service failed because of an error of its own.",
        "Ask the operator: the log of the service has the cause.";
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_reason_has_a_unique_name_and_is_an_error() {
        let names: HashSet<&str> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
        assert_eq!(names.len(), Reason::ALL.len());
        for reason in Reason::ALL {
            assert_ne!(reason.code(), Code::Ok);
            assert!(!reason.http().is_success());
            assert!(reason.meaning().ends_with('.') && reason.action().ends_with('.'));
        }
    }
}

//! The table of reasons: every way in which an RPC can fail, by the stable name that `ErrorInfo` carries.
//!
//! Not to be confused with the reasons of faults: a fault is a state of a migration, and reading it is no error.

use tonic::Code;

/// Makes the enum and its table from one list, so that no reason lacks a code or a sentence.
macro_rules! reasons {
    ($($variant:ident, $name:literal, $code:ident, $sentence:literal;)*) => {
        /// Why an RPC failed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Reason {
            $(
                #[doc = $sentence]
                $variant,
            )*
        }

        impl Reason {
            /// Every reason there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its stable name: `ErrorInfo.reason`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// The gRPC status code that it comes with.
            #[must_use]
            pub const fn code(self) -> Code {
                match self { $(Self::$variant => Code::$code),* }
            }

            /// What it means and what to do, in plain English.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence),* }
            }
        }
    };
}

reasons! {
    InvalidFields, "INVALID_FIELDS", InvalidArgument,
        "Fields are missing or malformed; `BadRequest` names each and says how to mend it.";
    MalformedMessage, "MALFORMED_MESSAGE", InvalidArgument,
        "The message could not be decoded: it is not what the contract says.";
    MalformedJson, "MALFORMED_JSON", InvalidArgument,
        "The body is not JSON, or no JSON object; the message says where.";
    JsonTooDeep, "JSON_TOO_DEEP", InvalidArgument,
        "The body has objects or lists within each other beyond all measure.";
    MessageTooLarge, "MESSAGE_TOO_LARGE", ResourceExhausted,
        "The message is larger than the service takes; the metadata says how large it may be.";
    PathUnknown, "PATH_UNKNOWN", NotFound,
        "Nothing is served at this path; `/openapi.json` says what is where.";
    MethodNotAllowed, "METHOD_NOT_ALLOWED", Unimplemented,
        "The path takes another method; the header `Allow` names those that it takes.";
    ContentTypeUnsupported, "CONTENT_TYPE_UNSUPPORTED", InvalidArgument,
        "The body must be `application/json` in UTF-8, and not compressed.";
    OriginNotAllowed, "ORIGIN_NOT_ALLOWED", PermissionDenied,
        "A web page of another origin asks, or the service was called by a name that is not known to be its own: `rest.cors_origins` lists the origins that may.";
    CredentialsMissing, "CREDENTIALS_MISSING", Unauthenticated,
        "The call shows nothing of who makes it; the message says what is asked for.";
    CredentialsMalformed, "CREDENTIALS_MALFORMED", Unauthenticated,
        "What the call shows of who makes it was mistyped, or is not taken here; the message says what is wrong.";
    ApiKeyUnknown, "API_KEY_UNKNOWN", Unauthenticated,
        "Nobody has this API key.";
    ApiKeyExpired, "API_KEY_EXPIRED", Unauthenticated,
        "The API key has expired.";
    ApiKeyRevoked, "API_KEY_REVOKED", Unauthenticated,
        "The API key was revoked.";
    TokenInvalid, "TOKEN_INVALID", Unauthenticated,
        "The token is not taken; the message says why.";
    TokenExpired, "TOKEN_EXPIRED", Unauthenticated,
        "The token has expired.";
    TokenKeysUnavailable, "TOKEN_KEYS_UNAVAILABLE", Unavailable,
        "The key that the token is verified with cannot be fetched from its issuer now; try again after the time in `RetryInfo`.";
    TenantUnknown, "TENANT_UNKNOWN", PermissionDenied,
        "Who makes the call is known, but is of no tenant of this service.";
    TenantDisabled, "TENANT_DISABLED", PermissionDenied,
        "The caller's tenant is disabled: nothing is lost, and nobody may act for it.";
    SandboxNotConfigured, "SANDBOX_NOT_CONFIGURED", FailedPrecondition,
        "The caller's tenant is one of the sandbox, and the service is configured with none; nothing was sent to Meta.";
    RoleMayNot, "ROLE_MAY_NOT", PermissionDenied,
        "The caller's role may not call this RPC; the metadata names one that may.";
    TooManyRequests, "TOO_MANY_REQUESTS", ResourceExhausted,
        "The caller's tenant makes more requests than it may; `RetryInfo` says when the next may be.";
    TooManyRequestBytes, "TOO_MANY_REQUEST_BYTES", ResourceExhausted,
        "The requests that are being received hold as many bytes as `server.max_request_bytes_in_flight` allows; try again after the time in `RetryInfo`.";
    TooManyStreams, "TOO_MANY_STREAMS", ResourceExhausted,
        "As many calls without authentication are open as may be, in all or on this connection; try again after the time in `RetryInfo`.";
    TooManyInFlight, "TOO_MANY_IN_FLIGHT", ResourceExhausted,
        "The caller's tenant has as many calls, or streams, in flight as it may; the metadata names the limit, and `RetryInfo` says when to try again.";
    MigrationQuotaReached, "MIGRATION_QUOTA_REACHED", ResourceExhausted,
        "The caller's tenant has as many migrations as it may; the message says which number and what to do, `RetryInfo` when they are counted again.";
    RequestIdReused, "REQUEST_ID_REUSED", AlreadyExists,
        "The request id started a migration with other content; the metadata names the migration and the fields.";
    MigrationInProgress, "MIGRATION_IN_PROGRESS", AlreadyExists,
        "Another migration of this number is under way; the metadata names it.";
    MigrationRemoved, "MIGRATION_REMOVED", FailedPrecondition,
        "The request id started a migration that was removed since, and stays taken for a year; to move the number again, send another request id.";
    MigrationNotFound, "MIGRATION_NOT_FOUND", NotFound,
        "There is no such migration.";
    CodeNotAwaited, "CODE_NOT_AWAITED", FailedPrecondition,
        "The migration does not wait for a code.";
    CodeChecksSpent, "CODE_CHECKS_SPENT", ResourceExhausted,
        "As many codes were handed in as is safe for now; `RetryInfo` says when the next may be.";
    CodeCooldown, "CODE_COOLDOWN", ResourceExhausted,
        "The newest code was requested a moment ago; `RetryInfo` says when the next may be.";
    CodeRequestsSpent, "CODE_REQUESTS_SPENT", ResourceExhausted,
        "As many codes were requested as is safe for now; `RetryInfo` says when the next may be.";
    NothingToResume, "NOTHING_TO_RESUME", FailedPrecondition,
        "Nobody has to act, so there is nothing to resume.";
    PointOfNoReturnPassed, "POINT_OF_NO_RETURN_PASSED", FailedPrecondition,
        "The register call was sent, so the migration cannot be canceled any more.";
    MigrationEnded, "MIGRATION_ENDED", FailedPrecondition,
        "The migration has ended.";
    MigrationNotEnded, "MIGRATION_NOT_ENDED", FailedPrecondition,
        "The migration has not ended, so that it cannot be removed: cancel it first; the metadata names it.";
    TwoStepPinNotSet, "TWO_STEP_PIN_NOT_SET", FailedPrecondition,
        "The number was not registered with a PIN of this migration.";
    TwoStepPinRemoved, "TWO_STEP_PIN_REMOVED", FailedPrecondition,
        "The PIN was removed, since its retention after the end of the migration is over; the administrator of the number at Meta can set a new one there.";
    DeadlineExceeded, "DEADLINE_EXCEEDED", DeadlineExceeded,
        "The call took longer than its deadline, or than the service lets a call take. What was accepted stays accepted.";
    GraphUnavailable, "GRAPH_UNAVAILABLE", Unavailable,
        "Meta could not be asked; try again after the time in `RetryInfo`.";
    StoreUnavailable, "STORE_UNAVAILABLE", Unavailable,
        "The service cannot use its store for now; try again after the time in `RetryInfo`.";
    ShuttingDown, "SHUTTING_DOWN", Unavailable,
        "The service is shutting down; try again after the time in `RetryInfo`.";
    ConnectionAged, "CONNECTION_AGED", Unavailable,
        "The connection has reached its greatest age; watch again over another, from the last sequence that came.";
    ServiceUnknown, "SERVICE_UNKNOWN", NotFound,
        "No service of this name is served here.";
    Unimplemented, "UNIMPLEMENTED", Unimplemented,
        "There is no such RPC here, or the message is compressed in a way that the service does not read.";
    Internal, "INTERNAL", Internal,
        "A fault of the service's own; its log says more.";
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_reason_has_a_name_of_its_own_and_is_an_error() {
        let names: HashSet<&str> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
        assert_eq!(names.len(), Reason::ALL.len());
        for reason in Reason::ALL {
            assert_ne!(reason.code(), Code::Ok);
            assert!(reason.sentence().ends_with('.'));
        }
    }
}

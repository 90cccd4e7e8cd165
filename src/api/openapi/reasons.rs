//! For which reasons an RPC may be refused: those that its comment names, and those that hold for all.

use axum::http::StatusCode;

use super::comments::Comment;
use crate::api::contract::Rpc;
use crate::api::rest::http_of;
use crate::api::{Reason, access};
use domain::tenancy::Role;

/// Who calls, how often, and what may come between: the same for every RPC.
const ALWAYS: &[Reason] = &[
    Reason::InvalidFields,
    Reason::CredentialsMissing,
    Reason::CredentialsMalformed,
    Reason::ApiKeyUnknown,
    Reason::ApiKeyExpired,
    Reason::ApiKeyRevoked,
    Reason::TokenInvalid,
    Reason::TokenExpired,
    Reason::TenantUnknown,
    Reason::TenantDisabled,
    Reason::OriginNotAllowed,
    Reason::PathUnknown,
    Reason::TooManyRequests,
    Reason::TooManyInFlight,
    Reason::Internal,
    Reason::TokenKeysUnavailable,
    Reason::StoreUnavailable,
    Reason::ShuttingDown,
    Reason::DeadlineExceeded,
];
/// What can be wrong with a body.
const BODY: &[Reason] = &[
    Reason::MalformedJson,
    Reason::JsonTooDeep,
    Reason::MessageTooLarge,
    Reason::TooManyRequestBytes,
    Reason::ContentTypeUnsupported,
];
/// What only those are told who want something done.
const DOING: &[Reason] = &[Reason::RoleMayNot, Reason::SandboxNotConfigured];

/// The reasons, in the order of the table of all.
pub(super) fn of(rpc: &Rpc, comment: &Comment) -> Vec<Reason> {
    let named: Vec<&str> = comment.errors().split(|c: char| !is_of_a_name(c)).collect();
    let does = access::needed(rpc.method.name()) == Role::Migrator;
    let may = |reason: &Reason| {
        named.contains(&reason.as_str())
            || ALWAYS.contains(reason)
            || (rpc.has_body && BODY.contains(reason))
            || (does && DOING.contains(reason))
    };
    Reason::ALL.iter().copied().filter(may).collect()
}

const fn is_of_a_name(c: char) -> bool {
    c.is_ascii_uppercase() || c == '_'
}

/// The same by HTTP status.
pub(super) fn by_status(reasons: &[Reason]) -> Vec<(StatusCode, Vec<Reason>)> {
    let mut statuses: Vec<StatusCode> = reasons.iter().map(|it| http_of(*it)).collect();
    statuses.sort_unstable();
    statuses.dedup();
    let with = |status| {
        let reasons = reasons.iter().copied();
        reasons.filter(|it| http_of(*it) == status).collect()
    };
    statuses
        .into_iter()
        .map(|status| (status, with(status)))
        .collect()
}

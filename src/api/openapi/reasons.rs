//! The reasons for which an RPC can fail: those in its comment, and those that apply to all.

use axum::http::StatusCode;

use super::comments::Comment;
use crate::api::contract::Rpc;
use crate::api::{Reason, rpc};
use domain::tenancy::Role;

/// Reasons of every RPC.
const ALL_RPCS: &[Reason] = &[
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
/// Reasons of an RPC with a body.
const BODY: &[Reason] = &[
    Reason::MalformedJson,
    Reason::JsonTooDeep,
    Reason::MessageTooLarge,
    Reason::TooManyRequestBytes,
    Reason::ContentTypeUnsupported,
];
/// Reasons of an RPC that needs another role than that of a reader.
const NOT_FOR_READERS: &[Reason] = &[Reason::RoleMayNot];
/// Reasons of an RPC that can make calls to Meta.
const CALLS: &[Reason] = &[Reason::SandboxNotConfigured];

/// The reasons of an RPC, in the order of [`Reason::ALL`].
pub(in crate::api) fn of(rpc: &Rpc, comment: &Comment) -> Vec<Reason> {
    let is_name = |c: char| c.is_ascii_uppercase() || c == '_';
    let named: Vec<&str> = comment.errors().split(|c: char| !is_name(c)).collect();
    let name = rpc.method.name();
    let role = rpc::required_role(name);
    let makes_calls = role == Role::Migrator || name == "CheckEligibility";
    let applies = |reason: &Reason| {
        named.contains(&reason.as_str())
            || ALL_RPCS.contains(reason)
            || (rpc.has_body && BODY.contains(reason))
            || (role != Role::Reader && NOT_FOR_READERS.contains(reason))
            || (makes_calls && CALLS.contains(reason))
    };
    Reason::ALL.iter().copied().filter(applies).collect()
}

/// Whether a reason depends on the caller, the connection or the service rather than on the RPC.
pub(in crate::api) fn is_general(reason: Reason) -> bool {
    let general = [ALL_RPCS, BODY, NOT_FOR_READERS].concat();
    // Each RPC has fields of its own.
    reason != Reason::InvalidFields && general.contains(&reason)
}

/// The reasons, grouped by HTTP status.
pub(in crate::api) fn by_status(reasons: &[Reason]) -> Vec<(StatusCode, Vec<Reason>)> {
    let mut statuses: Vec<StatusCode> = reasons.iter().map(|reason| reason.http()).collect();
    statuses.sort_unstable();
    statuses.dedup();
    let with = |status| {
        let reasons = reasons.iter().copied();
        reasons.filter(|reason| reason.http() == status).collect()
    };
    statuses
        .into_iter()
        .map(|status| (status, with(status)))
        .collect()
}

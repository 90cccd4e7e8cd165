//! Codes: how many more may be requested and handed in, when, and until when the newest is good. Each by our own budget and by
//! what Meta refuses.

use jiff::Timestamp;

use crate::budget::later;
use crate::{Budget, GraphCall, Migration, Policy};

/// How many more codes may be handed in for the number, and when: by our own budget, and by Meta's lock.
pub(super) fn code_checks(migration: &Migration, policy: &Policy, now: Timestamp) -> Budget {
    let budget = migration
        .attempts
        .budget(GraphCall::VerifyCode, policy.code_checks, now);
    budget.held_until(migration.codes_refused_until.filter(|until| *until > now))
}

/// How many more codes may be requested for the number, and when: by our own budget, and by Meta's refusal.
pub(super) fn code_requests(migration: &Migration, policy: &Policy, now: Timestamp) -> Budget {
    let budget = migration
        .attempts
        .budget(GraphCall::RequestCode, policy.code_requests, now);
    let refused_until = migration.codes.refused_until;
    budget.held_until(refused_until.filter(|until| *until > now))
}

/// Until when the newest code can be handed in; `None`: none was sent.
pub(super) fn code_valid_until(migration: &Migration, policy: &Policy) -> Option<Timestamp> {
    let requested_at = migration.code_requested_at?;
    Some(later(requested_at, policy.code_validity))
}

//! Codes: how many more may be requested and handed in, when, and until when the newest is good. Each by our own budget and by
//! what Meta refuses.

use jiff::Timestamp;

use super::Machine;
use crate::budget::later;
use crate::{Budget, GraphCall, Migration, Policy, Route};

impl Machine {
    /// How many more times each limited call may be made.
    #[must_use]
    pub fn budgets(&self, migration: &Migration, now: Timestamp) -> Vec<Budget> {
        let policy = &self.policy;
        let register = migration
            .attempts
            .budget(GraphCall::Register, policy.register, now);
        match migration.request.route {
            Route::AddedNumber => vec![register],
            Route::Otp => vec![
                code_requests(migration, policy, now),
                code_checks(migration, policy, now),
                register,
            ],
        }
    }

    /// The limited calls, each with the time until when at most one more of it may be made for this number, where that is so
    /// now.
    #[must_use]
    pub fn near_end(
        &self,
        migration: &Migration,
        now: Timestamp,
    ) -> [(GraphCall, Option<Timestamp>); 3] {
        let policy = &self.policy;
        [
            (GraphCall::RequestCode, policy.code_requests),
            (GraphCall::VerifyCode, policy.code_checks),
            (GraphCall::Register, policy.register),
        ]
        .map(|(call, limit)| (call, migration.attempts.near_end_until(call, limit, now)))
    }
}

/// How many more codes may be handed in for the number, and when: by our own budget, and by Meta's lock.
pub(crate) fn code_checks(migration: &Migration, policy: &Policy, now: Timestamp) -> Budget {
    let budget = migration
        .attempts
        .budget(GraphCall::VerifyCode, policy.code_checks, now);
    budget.held_until(migration.codes_refused_until.filter(|until| *until > now))
}

/// How many more codes may be requested for the number, and when: by our own budget, and by Meta's refusal.
pub(crate) fn code_requests(migration: &Migration, policy: &Policy, now: Timestamp) -> Budget {
    let budget = migration
        .attempts
        .budget(GraphCall::RequestCode, policy.code_requests, now);
    let refused_until = migration.codes.refused_until;
    budget.held_until(refused_until.filter(|until| *until > now))
}

/// Until when the newest code can be handed in; `None`: none was sent.
pub(crate) fn code_valid_until(migration: &Migration, policy: &Policy) -> Option<Timestamp> {
    let requested_at = migration.code_requested_at?;
    Some(later(requested_at, policy.code_validity))
}

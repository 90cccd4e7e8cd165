//! Budgets of a migration's limited calls: by our own limits, and by what Meta refuses.

use jiff::Timestamp;

use super::Machine;
use crate::budget::later;
use crate::{Budget, Disposition, GraphCall, Migration, Policy, Route, State, Step};

impl Machine {
    /// The calls that have a budget.
    pub const LIMITED_CALLS: [GraphCall; 3] = [
        GraphCall::RequestCode,
        GraphCall::VerifyCode,
        GraphCall::Register,
    ];

    /// Budgets of the limited calls of the migration's route.
    #[must_use]
    pub fn budgets(&self, migration: &Migration, now: Timestamp) -> Vec<Budget> {
        let policy = &self.policy;
        let register = register(migration, policy, now);
        match migration.request.route {
            Route::AddedNumber => vec![register],
            Route::Otp => vec![
                code_requests(migration, policy, now),
                code_checks(migration, policy, now),
                register,
            ],
        }
    }

    /// The limited calls, each with the time until which at most one more may be made for this
    /// number; `None` if more may be made now.
    #[must_use]
    pub fn low_budgets(
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
        .map(|(call, limit)| (call, migration.attempts.low_until(call, limit, now)))
    }
}

/// Budget of submitted codes: our own limit, and Meta's lock.
pub(crate) fn code_checks(migration: &Migration, policy: &Policy, now: Timestamp) -> Budget {
    let budget = migration
        .attempts
        .budget(GraphCall::VerifyCode, policy.code_checks, now);
    budget.refused_until(migration.codes_refused_until.filter(|until| *until > now))
}

/// Budget of code requests: our own limit, and Meta's refusal.
pub(crate) fn code_requests(migration: &Migration, policy: &Policy, now: Timestamp) -> Budget {
    let budget = migration
        .attempts
        .budget(GraphCall::RequestCode, policy.code_requests, now);
    let refused_until = migration.codes.refused_until;
    budget.refused_until(refused_until.filter(|until| *until > now))
}

/// Budget of register calls: our own limit, and the pause that Meta asks for.
fn register(migration: &Migration, policy: &Policy, now: Timestamp) -> Budget {
    let budget = migration
        .attempts
        .budget(GraphCall::Register, policy.register, now);
    let pauses = migration.state == State::Running && migration.step == Step::Register;
    let fault = migration.fault.as_ref();
    let refused = fault.is_some_and(|fault| fault.disposition == Disposition::Wait);
    let until = migration.not_before.filter(|until| *until > now);
    budget.refused_until(until.filter(|_| pauses && refused))
}

/// Until when the newest code can be submitted; `None`: none was sent.
pub(crate) fn code_valid_until(migration: &Migration, policy: &Policy) -> Option<Timestamp> {
    let requested_at = migration.code_requested_at?;
    Some(later(requested_at, policy.code_validity))
}

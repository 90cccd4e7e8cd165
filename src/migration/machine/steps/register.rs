//! REGISTER: the point of no return. The number leaves the source and lives in the destination.
//!
//! Each call costs one of ten in 72 hours, after which Meta blocks the number. So the number is read before every call,
//! and a call whose answer was lost is looked for before it is made again.

use jiff::Timestamp;

use crate::migration::facts::NumberFacts;
use crate::migration::{EventKind, Fault, GraphCall, Phase, Reason, Registration, Route, Step};

use super::{Change, Sent};

pub(super) fn on_number(change: &mut Change<'_>, number: &NumberFacts) {
    match (Sent::take(change), number.is_connected()) {
        (Sent::Unsure { .. }, true) => {
            change.record(EventKind::CallSucceeded {
                call: GraphCall::Register,
            });
            on_registered(change);
        }
        (Sent::No | Sent::Doubted(_), true) => found_registered(change),
        (Sent::Unsure { since }, false) => keep_looking(change, since),
        (Sent::Doubted(fault), false) if is_unverified(number) && wants_a_code(&fault) => {
            verify_again(change, fault);
        }
        (Sent::Doubted(fault), false) => change.fault(fault),
        (Sent::No, false) if is_unverified(number) => {
            verify_again(change, Fault::of(Reason::NotVerified));
        }
        (Sent::No, false) => register_within_budget(change),
    }
}

pub(super) fn on_registered(change: &mut Change<'_>) {
    change.migration.registration = Registration::Done;
    change.finish("Meta registered the number in the destination.");
}

/// It is connected without a call of ours that could have done it just now.
fn found_registered(change: &mut Change<'_>) {
    let by_us = change.migration.registration != Registration::NotDone;
    change.migration.registration = if by_us {
        Registration::Done
    } else {
        Registration::FoundDone
    };
    change.finish("The number is registered in the destination already.");
}

/// Meta may take 15 seconds and more: the call is only made again once it had time to show its effect.
fn keep_looking(change: &mut Change<'_>, since: Timestamp) {
    change.migration.registration = Registration::Uncertain;
    // Nobody has looked for it yet: whoever made the call died. However long ago that was, one reading alone is no
    // proof, since Meta may show late what it did.
    let since = if change.migration.not_before.is_none() {
        change.now
    } else {
        since
    };
    if change.now.duration_since(since) < change.policy.register_settles {
        let fault = change
            .migration
            .fault
            .clone()
            .unwrap_or_else(|| Fault::of(Reason::GraphTimeout));
        let at = change.policy.look_again_at(since, change.now);
        change.migration.phase = Phase::Sent {
            at: since,
            doubted: None,
        };
        change.delay(fault, at);
    } else {
        change.record(EventKind::CallUncertain {
            call: GraphCall::Register,
            fault: None,
        });
        register_within_budget(change);
    }
}

fn register_within_budget(change: &mut Change<'_>) {
    let limit = change.policy.register;
    if change.within_budget(GraphCall::Register, limit, Reason::RegisterBudgetSpent) {
        change.act();
    }
}

/// Not a word about it is not a "no": then Meta's own answer will tell.
fn is_unverified(number: &NumberFacts) -> bool {
    number.code_verification_status.is_some() && !number.is_verified()
}

const fn wants_a_code(fault: &Fault) -> bool {
    matches!(
        fault.reason,
        Reason::NotVerified | Reason::OwnershipNotConfirmed
    )
}

fn verify_again(change: &mut Change<'_>, fault: Fault) {
    match change.migration.request.route {
        Route::Otp => change.go_back_to(Step::RequestCode, fault),
        Route::AddedNumber => change.fault(Fault {
            reason: Reason::VerificationMissing,
            remedies: Reason::VerificationMissing.remedies().to_vec(),
            ..fault
        }),
    }
}

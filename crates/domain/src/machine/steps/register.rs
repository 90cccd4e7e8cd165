//! REGISTER: the point of no return. The number leaves the source and lives in the destination.
//!
//! Each call costs one of ten in 72 hours, after which Meta blocks the number. So the number is read before every call,
//! and a call whose answer was lost is looked for before it is made again. A number that works is never registered again.

use jiff::Timestamp;

use crate::facts::NumberFacts;
use crate::{EventKind, Fault, GraphCall, Phase, Reason, Registration, Remedy, Route, Step};

use super::{Sent, Transition, found_working, in_light_of};

pub(super) fn on_number(change: &mut Transition<'_>, number: &NumberFacts) {
    match Sent::take(change) {
        Sent::Unsure { .. } if number.is_connected() => {
            change.record(EventKind::CallSucceeded {
                call: GraphCall::Register,
            });
            on_registered(change);
        }
        Sent::Unsure { since } => keep_looking(change, since, number),
        Sent::No | Sent::Refused(_) if number.works() => {
            found_working(change, number.id.clone());
        }
        Sent::Refused(fault) => refused(change, in_light_of(fault, number), number),
        Sent::No => register_if_ready(change, number),
    }
}

pub(super) fn on_registered(change: &mut Transition<'_>) {
    change.migration.registration = Registration::Done;
    change.finish("Meta registered the number in the destination.");
}

fn refused(change: &mut Transition<'_>, fault: Fault, number: &NumberFacts) {
    match fault.reason {
        Reason::NotVerified | Reason::OwnershipNotConfirmed | Reason::CertificateRefused
            if is_unverified(number) =>
        {
            verify_again(change, fault);
        }
        // The name is the destination's by now.
        Reason::DisplayNameNotApproved => {
            change.fault(fault.with_remedies(&[Remedy::EditDisplayName]));
        }
        _ => change.fault(fault),
    }
}

/// Meta may take 15 seconds and more: the call is only made again once it had time to show its effect.
fn keep_looking(change: &mut Transition<'_>, since: Timestamp, number: &NumberFacts) {
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
        return;
    }
    change.record(EventKind::CallUncertain {
        call: GraphCall::Register,
        fault: None,
    });
    if number.works() {
        found_working(change, number.id.clone());
    } else {
        register_if_ready(change, number);
    }
}

fn register_if_ready(change: &mut Transition<'_>, number: &NumberFacts) {
    if number.is_held_by_app() {
        change.fault(Fault::of(Reason::NumberOnBusinessApp));
        return;
    }
    if is_unverified(number) {
        verify_again(change, Fault::of(Reason::NotVerified));
        return;
    }
    let limit = change.policy.register;
    if change.within_budget(GraphCall::Register, limit, Reason::RegisterBudgetSpent) {
        change.act();
    }
}

/// Not a word about it is not a "no": then Meta's own answer will tell.
fn is_unverified(number: &NumberFacts) -> bool {
    number.code_verification_status.is_some() && !number.is_verified()
}

fn verify_again(change: &mut Transition<'_>, fault: Fault) {
    match change.migration.request.route {
        Route::Otp => change.go_back_to(Step::RequestCode, fault),
        Route::AddedNumber => change.fault(Fault {
            reason: Reason::VerificationMissing,
            remedies: Reason::VerificationMissing.remedies().to_vec(),
            ..fault
        }),
    }
}

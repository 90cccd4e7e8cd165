//! REGISTER: the point of no return. The number leaves the source and lives in the destination.
//!
//! Each call costs one of ten in 72 hours, after which Meta blocks the number. So the number is
//! read before every call, and after a lost answer its effect is looked for before the call is made
//! again. A number that works is never registered again.

use jiff::Timestamp;

use crate::facts::NumberFacts;
use crate::{
    Fault, GraphCall, Migration, Phase, Reading, Reason, Registration, Remedy, Route, Step, Write,
    Written,
};

use super::{
    CallRules, Rules, Transition, asks_someone, found_working, in_light_of, number_by_id,
    on_other_reading,
};

pub(super) const RULES: Rules = Rules {
    read: number_by_id,
    on_reading,
    call: Some(CallRules {
        write,
        on_missing: |change| change.ask(Fault::of(Reason::PinMismatch)),
        on_done,
        on_refused: |change, fault| {
            if asks_someone(&fault) && fault.reason != Reason::TokenRefused {
                change.read_back(fault);
            } else {
                change.refused(fault);
            }
        },
    }),
};

fn write(migration: &Migration) -> Option<Write> {
    Some(Write::Register {
        id: migration.phone_number_id.clone()?,
        pin: migration.secrets.two_step_pin.clone()?,
    })
}

/// Meta was read, or could not be. If this is the first time after the call, the process that made
/// the call died, and the call may have been sent until now: the time that Meta has to show its
/// effect begins, however long ago the intent was recorded.
pub(super) fn begin_to_settle(change: &mut Transition<'_>) {
    let now = change.now;
    if let Phase::Sent { call, at } = &mut change.migration.phase
        && *call == GraphCall::Register
        && change.migration.not_before.is_none()
    {
        *at = now;
    }
}

fn on_reading(change: &mut Transition<'_>, reading: Reading) {
    let Reading::Number(number) = reading else {
        return on_other_reading(change, reading);
    };
    begin_to_settle(change);
    match change.take_phase() {
        Phase::Sent { call, .. } if number.is_connected() => {
            change.succeeded(call);
            on_registered(change);
        }
        Phase::Sent { call, at } => keep_reading(change, call, at, &number),
        Phase::Read | Phase::Act | Phase::Unconfirmed { .. } if number.works() => {
            found_working(change, number.id);
        }
        Phase::Unconfirmed { fault, .. } => {
            on_confirmed(change, in_light_of(*fault, &number), &number);
        }
        Phase::Read | Phase::Act => register_if_ready(change, &number),
    }
}

fn on_done(change: &mut Transition<'_>, written: &Written) {
    match written {
        Written::RegisteredWithoutPin => {
            // It was registered before, with a PIN that is unknown here.
            change.migration.registration = Registration::FoundDone;
            change.finish("The number was registered before; Meta left its PIN as it was.");
        }
        Written::Added(_) | Written::Done => on_registered(change),
    }
}

fn on_registered(change: &mut Transition<'_>) {
    change.migration.registration = Registration::Done;
    change.finish("Meta registered the number in the destination.");
}

/// Meta refused the call, and the number as read does not contradict that.
fn on_confirmed(change: &mut Transition<'_>, fault: Fault, number: &NumberFacts) {
    match fault.reason {
        Reason::NotVerified | Reason::OwnershipNotConfirmed | Reason::CertificateRefused
            if is_unverified(number) =>
        {
            verify_again(change, fault);
        }
        // The name is the destination's now.
        Reason::DisplayNameNotApproved => {
            change.fault(fault.with_remedies(&[Remedy::EditDisplayName]));
        }
        _ => change.fault(fault),
    }
}

/// Meta may take 15 seconds and more: the call is made again only after it had time to show its
/// effect.
fn keep_reading(
    change: &mut Transition<'_>,
    call: GraphCall,
    since: Timestamp,
    number: &NumberFacts,
) {
    change.migration.registration = Registration::Uncertain;
    if change.now.duration_since(since) < change.policy.register_settles {
        let fault = change.migration.fault.clone();
        let fault = fault.unwrap_or_else(|| Fault::of(Reason::GraphTimeout));
        let at = change.policy.next_poll_at(since, change.now);
        change.migration.phase = Phase::Sent { call, at: since };
        change.delay(fault, at);
        return;
    }
    change.not_seen(call);
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
    // An update may have moved the cutover since the step began.
    if change.waits_for_cutover() {
        change.wait_for_cutover();
        return;
    }
    let limit = change.policy.register;
    if change.within_budget(GraphCall::Register, limit, Reason::RegisterBudgetSpent) {
        change.act();
    }
}

/// A missing field is not a "no": then Meta's answer to the call decides.
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

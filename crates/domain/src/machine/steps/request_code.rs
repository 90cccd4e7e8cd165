//! `REQUEST_CODE`: Meta sends a code to the number's owner.
//!
//! A repeat sends another code and uses up a scarce quota, and nothing at Meta shows whether one
//! was sent. So a request whose answer was lost counts as sent: the owner may ask for another. A
//! code is valid for ten minutes: after a longer pause none is requested unless a person is there
//! to receive it.

use crate::budget::later;
use crate::{
    Codes, Disposition, Fault, GraphCall, Migration, Phase, Reading, Reason, Remedy, Step, Write,
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
        on_missing: |change| change.read_again(),
        on_done: |change, _| on_sent(change),
        on_refused: |change, fault| {
            let reason = fault.reason;
            if reason == Reason::CodeRequestedTooOften
                || (asks_someone(&fault) && reason != Reason::TokenRefused)
            {
                change.read_back(fault);
            } else {
                change.refused(fault);
            }
        },
    }),
};

fn write(migration: &Migration) -> Option<Write> {
    Some(Write::RequestCode {
        id: migration.phone_number_id.clone()?,
        method: migration.code_method,
        language: migration.language.clone(),
    })
}

fn on_reading(change: &mut Transition<'_>, reading: Reading) {
    let Reading::Number(number) = reading else {
        return on_other_reading(change, reading);
    };
    let phase = change.take_phase();
    if let Phase::Sent { call, at } = phase {
        // Nothing at Meta shows whether a code was sent.
        change.migration.code_requested_at = Some(at);
        change.not_seen(call);
    }
    if number.works() {
        found_working(change, number.id);
        return;
    }
    if number.is_verified() {
        change.skip_to(
            Step::Register,
            "The number is verified already; no code is needed.",
        );
        return;
    }
    match phase {
        Phase::Sent { .. } => change.finish("A code may have been sent: Meta's answer was lost."),
        Phase::Unconfirmed { fault, .. } => on_confirmed(change, in_light_of(*fault, &number)),
        Phase::Read | Phase::Act if number.is_held_by_app() => {
            change.fault(Fault::of(Reason::NumberOnBusinessApp));
        }
        Phase::Read | Phase::Act => {
            let limit = change.policy.code_requests;
            if change.within_budget(GraphCall::RequestCode, limit, Reason::CodeRequestsSpent) {
                change.act();
            } else {
                ask_after_long_pause(change);
            }
        }
    }
}

/// Meta refused to send a code, and the number as read does not contradict that.
fn on_confirmed(change: &mut Transition<'_>, fault: Fault) {
    let pauses = fault.disposition == Disposition::Wait;
    if pauses {
        let refusals = change.migration.codes.refusals.saturating_add(1);
        let pause = fault
            .retry_after
            .unwrap_or_else(|| change.policy.code_refused_pause(refusals));
        change.migration.codes = Codes {
            refusals,
            refused_until: Some(later(change.now, pause)),
            ..Codes::default()
        };
    }
    if has_earlier_code(change.migration) && (pauses || change.code_is_valid()) {
        // No other code is available for now, and the one that the owner has may still be valid.
        change.start(Step::VerifyCode);
        change.wait_for_code(Some(fault));
        return;
    }
    let until = change.migration.codes.refused_until;
    match until.filter(|_| pauses) {
        Some(until) => {
            let pause = until.duration_since(change.now);
            change.set_last_fault(&fault);
            change.delay(fault.with_retry_after(Some(pause)), until);
            ask_after_long_pause(change);
        }
        None => change.fault(fault),
    }
}

/// After the pause that has just begun a person must ask for the code, unless the pause is shorter
/// than a code's validity.
fn ask_after_long_pause(change: &mut Transition<'_>) {
    let until = change.migration.not_before.unwrap_or(change.now);
    change.migration.codes.wants_person =
        until.duration_since(change.now) > change.policy.code_validity;
}

/// Whether a pause has ended after which a person must ask for the code.
pub(in crate::machine) fn wants_person(migration: &Migration) -> bool {
    migration.step == Step::RequestCode
        && migration.phase == Phase::Read
        && migration.codes.wants_person
}

/// The pause has ended: asks a person whether a code can be received now.
pub(in crate::machine) fn ask_for_code(change: &mut Transition<'_>) {
    let fault = change.migration.fault.clone();
    let fault = fault.unwrap_or_else(|| Fault::of(Reason::CodeRequestedTooOften));
    change.ask(
        Fault {
            disposition: Disposition::Ask,
            retry_after: None,
            ..fault
        }
        .with_remedies(&[Remedy::ReceiveCode]),
    );
}

/// Whether a code was sent before the request that was just refused.
fn has_earlier_code(migration: &Migration) -> bool {
    let progress = migration.progress(Step::VerifyCode);
    progress.is_some_and(|progress| progress.started_at.is_some())
}

fn on_sent(change: &mut Transition<'_>) {
    change.migration.code_requested_at = Some(change.now);
    change.migration.codes = Codes::default();
    change.finish("A code was sent to the number's owner.");
}

//! `REQUEST_CODE`: Meta sends a code to the number's owner.
//!
//! A repeat sends another code and spends a scarce quota, and nothing at Meta shows whether one was sent. So a request
//! whose answer was lost counts as sent: the owner may ask for another. A code is good for ten minutes: after a longer
//! pause none is asked for unless a person is there to receive it.

use jiff::Timestamp;

use crate::budget::later;
use crate::facts::NumberFacts;
use crate::{
    Codes, Disposition, EventKind, Fault, GraphCall, Migration, Phase, Reason, Remedy, Step,
    StepProgress,
};

use super::{Sent, Transition, found_working, in_light_of};

pub(super) fn on_number(change: &mut Transition<'_>, number: &NumberFacts) {
    let sent = Sent::take(change);
    if let Sent::Unsure { since } = sent {
        not_seen(change, since);
    }
    if number.works() {
        found_working(change, number.id.clone());
        return;
    }
    if number.is_verified() {
        change.skip_to(
            Step::Register,
            "The number is verified already; no code is needed.",
        );
        return;
    }
    match sent {
        Sent::Unsure { .. } => change.finish("A code may have been sent: Meta's answer was lost."),
        Sent::Refused(fault) => refused(change, in_light_of(fault, number)),
        Sent::No if number.is_held_by_app() => {
            change.fault(Fault::of(Reason::NumberOnBusinessApp));
        }
        Sent::No => {
            let limit = change.policy.code_requests;
            if change.within_budget(GraphCall::RequestCode, limit, Reason::CodeRequestsSpent) {
                change.act();
            } else {
                ask_after_long_pause(change);
            }
        }
    }
}

/// Nothing at Meta shows whether a code was sent.
fn not_seen(change: &mut Transition<'_>, sent_at: Timestamp) {
    change.migration.code_requested_at = Some(sent_at);
    change.record(EventKind::CallUncertain {
        call: GraphCall::RequestCode,
        fault: None,
    });
}

fn refused(change: &mut Transition<'_>, fault: Fault) {
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
    if has_code_out(change) && (pauses || change.code_is_good()) {
        // Another code is not to be had for now, and the one that the owner has may still be good.
        change.start(Step::VerifyCode);
        change.wait_for_code(Some(fault));
        return;
    }
    let until = change.migration.codes.refused_until;
    match until.filter(|_| pauses) {
        Some(until) => {
            let pause = until.duration_since(change.now);
            change.blame(&fault);
            change.delay(fault.with_retry_after(Some(pause)), until);
            ask_after_long_pause(change);
        }
        None => change.fault(fault),
    }
}

/// After the pause that has just begun a person must ask for the code, unless it is shorter than a code is good for.
fn ask_after_long_pause(change: &mut Transition<'_>) {
    let until = change.migration.not_before.unwrap_or(change.now);
    change.migration.codes.wants_person =
        until.duration_since(change.now) > change.policy.code_validity;
}

/// Whether the pause has ended after which a person must ask for the code.
pub(in crate::machine) fn wants_person(migration: &Migration) -> bool {
    migration.step == Step::RequestCode
        && migration.phase == Phase::Look
        && migration.codes.wants_person
}

/// The pause has ended: a person is asked whether a code can be received now.
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

/// Whether a code was sent before the one that was just refused.
fn has_code_out(change: &Transition<'_>) -> bool {
    let awaited = |progress: &StepProgress| {
        progress.step == Step::VerifyCode && progress.started_at.is_some()
    };
    change.migration.steps.iter().any(awaited)
}

pub(super) fn on_sent(change: &mut Transition<'_>) {
    change.migration.code_requested_at = Some(change.now);
    change.migration.codes = Codes::default();
    change.finish("A code was sent to the number's owner.");
}

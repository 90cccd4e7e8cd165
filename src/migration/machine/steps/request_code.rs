//! `REQUEST_CODE`: Meta sends a code to the number's owner.
//!
//! A repeat sends another code and spends a scarce quota, and nothing at Meta shows whether one was sent. So a request
//! whose answer was lost counts as sent: the owner may ask for another.

use crate::migration::facts::NumberFacts;
use crate::migration::{Disposition, EventKind, GraphCall, Reason, Step, StepProgress};

use super::{Change, Sent};

pub(super) fn on_number(change: &mut Change<'_>, number: &NumberFacts) {
    let sent = Sent::take(change);
    if number.is_verified() {
        if let Sent::Unsure { .. } = sent {
            not_seen(change);
        }
        change.skip_to(
            Step::Register,
            "The number is verified already; no code is needed.",
        );
        return;
    }
    match sent {
        Sent::Unsure { .. } => {
            not_seen(change);
            change.finish("A code may have been sent: Meta's answer was lost.");
        }
        Sent::Doubted(fault) if fault.disposition == Disposition::Wait && had_a_code(change) => {
            // Another code is not to be had for a while, and the one that the owner has may still be good.
            change.start(Step::VerifyCode);
            change.wait_for_code(Some(fault));
        }
        Sent::Doubted(fault) => change.fault(fault),
        Sent::No => {
            let limit = change.policy.code_requests;
            if change.within_budget(GraphCall::RequestCode, limit, Reason::CodeRequestsSpent) {
                change.act();
            }
        }
    }
}

/// Nothing at Meta shows whether a code was sent.
fn not_seen(change: &mut Change<'_>) {
    change.record(EventKind::CallUncertain {
        call: GraphCall::RequestCode,
        fault: None,
    });
}

/// Whether a code was sent before the one that was just refused.
fn had_a_code(change: &Change<'_>) -> bool {
    let awaited = |progress: &StepProgress| {
        progress.step == Step::VerifyCode && progress.started_at.is_some()
    };
    change.migration.steps.iter().any(awaited)
}

pub(super) fn on_sent(change: &mut Change<'_>) {
    change.finish("A code was sent to the number's owner.");
}

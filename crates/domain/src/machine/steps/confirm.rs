//! CONFIRM: the number is read back until it is connected and stands in the destination's list. Only then has the
//! migration succeeded; a `{"success": true}` alone proves nothing.

use jiff::SignedDuration;

use crate::facts::Confirmation;
use crate::{Fault, Migration, Reason, Registration, Report, Snapshot, Step};

use super::Transition;

pub(super) fn on_confirmation(change: &mut Transition<'_>, seen: &Confirmation) {
    // A number that was found working stays as it is, whatever its platform; one that we registered is with the Cloud API.
    let works = match change.migration.registration {
        Registration::FoundDone => seen.number.works(),
        _ => seen.number.is_connected(),
    };
    if !(works && seen.listed) {
        keep_reading(change);
        return;
    }
    let destination = &change.migration.request.destination;
    let templates = seen.templates.as_deref();
    let after = Snapshot::take(destination, &seen.number, templates, change.now);
    change.migration.report = Some(Report {
        unregistered_for: unregistered_for(change.migration),
        ..Report::compare(change.migration.before.as_ref(), &after, templates)
    });
    change.migration.after = Some(after);
    change.finish("The number was read back: connected, and in the destination's list.");
}

/// How long the number stood in the destination before this migration registered it.
fn unregistered_for(migration: &Migration) -> Option<SignedDuration> {
    let mut steps = migration.steps.iter();
    let register = steps.find(|progress| progress.step == Step::Register)?;
    let registered_at = register
        .finished_at
        .filter(|_| migration.registration == Registration::Done)?;
    Some(registered_at.duration_since(migration.added_at?))
}

fn keep_reading(change: &mut Transition<'_>) {
    let step = change.migration.step;
    let begun = change
        .migration
        .steps
        .iter()
        .find(|progress| progress.step == step)
        .and_then(|p| p.started_at);
    let begun = begun.unwrap_or(change.now);
    let fault = Fault::of(Reason::NotConfirmed);
    if change.now.duration_since(begun) >= change.policy.confirm_for {
        change.fault(fault);
        return;
    }
    change.migration.retries = 0;
    let until = change.policy.look_again_at(begun, change.now);
    if change.migration.fault.is_none() {
        change.delay(fault, until);
    } else {
        // Said once: that Meta needs a moment is no news at every reading.
        change.migration.not_before = Some(until);
    }
}

//! CONFIRM: the number is read back until it is connected and in the destination's list. Only then
//! has the migration succeeded; a `{"success": true}` alone proves nothing.

use jiff::SignedDuration;

use crate::{Fault, Migration, Read, Reading, Reason, Registration, Report, Snapshot, Step};

use super::{Rules, Transition, on_other_reading};

pub(super) const RULES: Rules = Rules {
    read: |migration| {
        let id = migration.phone_number_id.clone();
        id.map_or(Read::FindNumber, Read::Confirmation)
    },
    on_reading,
    call: None,
};

fn on_reading(change: &mut Transition<'_>, reading: Reading) {
    let Reading::Confirmation(seen) = reading else {
        return on_other_reading(change, reading);
    };
    // A number that was found working stays as it is, on any platform; one that we registered is
    // on the Cloud API.
    let works = match change.migration.registration {
        Registration::FoundDone => seen.number.works(),
        Registration::NotDone | Registration::Uncertain | Registration::Done => {
            seen.number.is_connected()
        }
    };
    if !(works && seen.listed) {
        keep_reading(change);
        return;
    }
    let destination = &change.migration.request.destination;
    let templates = seen.templates.as_deref();
    let after = Snapshot::take(destination, &seen.number, templates, change.now);
    let report = Report {
        unregistered_for: unregistered_for(change.migration),
        ..Report::compare(change.migration.findings.before.as_ref(), &after, templates)
    };
    change.migration.two_step_shown_off = report.shows_two_step_off();
    change.migration.findings.report = Some(report);
    change.migration.findings.after = Some(after);
    change.finish("The number was read back: connected, and in the destination's list.");
}

/// How long the number was in the destination before this migration registered it.
fn unregistered_for(migration: &Migration) -> Option<SignedDuration> {
    if migration.registration != Registration::Done {
        return None;
    }
    let registered_at = migration.progress(Step::Register)?.finished_at?;
    Some(registered_at.duration_since(migration.added_at?))
}

fn keep_reading(change: &mut Transition<'_>) {
    let progress = change.migration.progress(Step::Confirm);
    let begun = progress.and_then(|progress| progress.started_at);
    let begun = begun.unwrap_or(change.now);
    let fault = Fault::of(Reason::NotConfirmed);
    if change.now.duration_since(begun) >= change.policy.confirm_for {
        change.fault(fault);
        return;
    }
    change.migration.retries = 0;
    let until = change.policy.next_poll_at(begun, change.now);
    if change.migration.fault.is_none() {
        change.delay(fault, until);
    } else {
        // Recorded once: that Meta needs a moment is not worth an event at every reading.
        change.migration.not_before = Some(until);
    }
}

//! The next action of a migration that has ended.

use super::{NextAction, NextActionKind, explained};
use crate::{Migration, Registration, Remedy, Route, State};

/// The next action after success.
pub(super) fn succeeded(migration: &Migration) -> NextAction {
    let done =
        "The number is connected in the destination. The report lists what must be set up again.";
    let (instruction, remedies) = if migration.pin_is_unproven() {
        let remedy = Remedy::SetTwoStepPin;
        let unproven = "Meta does not show that the number has a two-step verification PIN that the service knows.";
        (
            format!("{done} {unproven} {}", remedy.instruction()),
            vec![remedy],
        )
    } else {
        (format!("No action needed. {done}"), Vec::new())
    };
    NextAction {
        remedies,
        ..NextAction::new(migration, NextActionKind::None, instruction)
    }
}

/// The next action after an end without success.
pub(super) fn early(migration: &Migration) -> NextAction {
    let remedies = clean_up(migration);
    let kind = if remedies.is_empty() {
        NextActionKind::None
    } else {
        NextActionKind::CleanUp
    };
    let why = match (migration.state, &migration.fault) {
        (State::Failed, Some(fault)) => format!("The migration has failed. {}", explained(fault)),
        (State::Failed, None) => "The migration has failed.".to_owned(),
        (State::Canceled, _) => "The migration was canceled.".to_owned(),
        _ => "The migration has expired.".to_owned(),
    };
    let what: Vec<&str> = remedies.iter().map(|remedy| remedy.instruction()).collect();
    let instruction = if may_have_moved(migration) {
        format!(
            "{why} The number may have moved: look in the destination account's WhatsApp Manager before you start \
             another migration."
        )
    } else if what.is_empty() {
        format!("{why} No action needed: it left nothing behind.")
    } else {
        format!(
            "{why} Please clean up by hand; Meta has no API for it. {}",
            what.join(" ")
        )
    };
    NextAction {
        remedies,
        ..NextAction::new(migration, kind, instruction)
    }
}

/// Whether a register call took effect, or may have.
fn may_have_moved(migration: &Migration) -> bool {
    migration.registration != Registration::NotDone
}

/// What a person must do by hand after a migration that ended before the number moved.
pub(super) fn clean_up(migration: &Migration) -> Vec<Remedy> {
    if may_have_moved(migration) || migration.request.route != Route::Otp {
        return Vec::new();
    }
    let pending = migration
        .phone_number_id
        .is_some()
        .then_some(Remedy::RemovePendingNumber);
    pending
        .into_iter()
        .chain([Remedy::TurnOnTwoStepAgain])
        .collect()
}

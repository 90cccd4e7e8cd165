//! The command that changes a live migration. What was requested first stays as it is stored, for
//! the comparison of repeated requests.

use jiff::Timestamp;

use super::{CommandError, Transition};
use crate::budget::later;
use crate::{Cutover, EventKind, Migration, Objection, Registration, State, Step, Update, update};

/// Changes the migration, or nothing if all values are as they were.
pub(super) fn update(change: &mut Transition<'_>, update: &Update) -> Result<(), CommandError> {
    let (migration, now) = (&*change.migration, change.now);
    let state = migration.state;
    if state.is_terminal() {
        return Err(CommandError::Ended { state });
    }
    let cutover = update.cutover.filter(|it| changes_cutover(migration, *it));
    if cutover.is_some() && is_past_return(migration) {
        return Err(CommandError::PointOfNoReturnPassed);
    }
    let expires_at = update.expires_after.map(|after| later(now, after));
    let tags = update.tags(migration);
    let objections = [
        passed(cutover, now).then_some(Objection::CutoverPassed),
        against_expiry(migration, cutover, expires_at),
        tags.as_ref()
            .is_some_and(|tags| tags.labels.len() > update::MAX_LABELS)
            .then_some(Objection::TooManyLabels),
    ];
    let objections: Vec<Objection> = objections.into_iter().flatten().collect();
    if !objections.is_empty() {
        return Err(CommandError::InvalidUpdate(objections));
    }
    let mut fields = Vec::new();
    let migration = &mut *change.migration;
    if let Some(cutover) = cutover {
        migration.cutover = cutover;
        migration.cutover_released = false;
        fields.push("cutover");
    }
    if let Some(at) = expires_at.filter(|at| *at != migration.expires_at) {
        migration.expires_at = at;
        fields.push("expires_after");
    }
    if let Some(tags) = tags {
        let changed = [
            ("labels", tags.labels != *migration.labels()),
            ("reference", tags.reference != migration.reference()),
        ];
        fields.extend(
            changed
                .into_iter()
                .filter_map(|(field, is)| is.then_some(field)),
        );
        *migration.tags = Some(tags);
    }
    if let Some(method) = update.code_method.filter(|it| *it != migration.code_method) {
        migration.code_method = method;
        fields.push("code_method");
    }
    if let Some(language) = update
        .language
        .as_ref()
        .filter(|it| **it != migration.language)
    {
        migration.language = language.clone();
        fields.push("language");
    }
    if !fields.is_empty() {
        let fields = fields.into_iter().map(str::to_owned).collect();
        change.record(EventKind::Updated { fields });
    }
    if cutover.is_some() {
        apply_cutover(change);
    }
    Ok(())
}

/// A changed cutover takes effect at once, not only when the step begins. A pause that Meta asks
/// for ends first: after it, the step looks at the cutover itself.
fn apply_cutover(change: &mut Transition<'_>) {
    let waits = change.waits_for_cutover();
    let pauses = change
        .migration
        .not_before
        .is_some_and(|until| until > change.now);
    match change.migration.state {
        State::WaitingForCutover if !waits => change.run(),
        State::Running if waits && !pauses => change.wait_for_cutover(),
        _ => {}
    }
}

fn changes_cutover(migration: &Migration, cutover: Cutover) -> bool {
    // Resume has released the same cutover before: now it is set again.
    let is_reset = migration.cutover_released && !is_past_return(migration);
    migration.cutover != cutover || is_reset
}

/// Whether the register call was sent and took effect, or may have.
fn is_past_return(migration: &Migration) -> bool {
    migration.registration != Registration::NotDone
        || (migration.step == Step::Register && migration.phase.awaits_outcome())
}

fn passed(cutover: Option<Cutover>, now: Timestamp) -> bool {
    matches!(cutover, Some(Cutover::NotBefore(at)) if at <= now)
}

/// The objection if the migration would expire before its cutover.
fn against_expiry(
    migration: &Migration,
    cutover: Option<Cutover>,
    expires_at: Option<Timestamp>,
) -> Option<Objection> {
    let objection = match (cutover, expires_at) {
        (Some(_), _) => Objection::CutoverAfterExpiry,
        (None, Some(_)) => Objection::ExpiryBeforeCutover,
        (None, None) => return None,
    };
    let expires_at = expires_at.unwrap_or(migration.expires_at);
    match cutover.unwrap_or(migration.cutover) {
        Cutover::NotBefore(at) if at >= expires_at => Some(objection),
        _ => None,
    }
}

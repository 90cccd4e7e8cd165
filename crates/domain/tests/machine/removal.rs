//! What may be removed of an ended migration, and when.

use domain::{Command, CommandError, EventKind, State};

use super::harness::MachineHarness;

/// Moved to its end: a code was requested and checked, and the number registered.
fn moved() -> MachineHarness {
    let mut harness = MachineHarness::new();
    harness.run();
    harness.submit().unwrap();
    harness.run();
    assert_eq!(harness.migration.state, State::Succeeded);
    harness
}

#[test]
fn a_live_migration_cannot_be_removed() {
    let mut harness = MachineHarness::new();
    harness.run();
    let refused = harness.machine.may_remove(&harness.migration);
    let state = State::WaitingForCode;
    assert_eq!(refused, Err(CommandError::NotEnded { state }));
    assert_eq!(
        harness
            .machine
            .remove_pin(&mut harness.migration, harness.now),
        []
    );
    assert!(harness.migration.secrets.two_step_pin.is_some());
}

#[test]
fn a_migration_can_be_removed_as_soon_as_it_has_ended() {
    let harness = moved();
    assert_eq!(harness.migration.ended_at, Some(harness.now));
    assert_eq!(harness.machine.may_remove(&harness.migration), Ok(()));
}

#[test]
fn the_pin_is_removed_once_and_is_then_not_shown() {
    let mut harness = moved();
    harness.command(Command::RevealTwoStepPin).unwrap();
    let before = harness.migration.last_sequence;
    let events = harness
        .machine
        .remove_pin(&mut harness.migration, harness.now);
    assert_eq!(events.len(), 1);
    assert_eq!(
        (events[0].sequence, &events[0].kind, events[0].state),
        (before + 1, &EventKind::TwoStepPinRemoved, State::Succeeded)
    );
    assert_eq!(harness.migration.secrets.two_step_pin, None);
    assert_eq!(
        harness.command(Command::RevealTwoStepPin),
        Err(CommandError::TwoStepPinRemoved)
    );
}

//! What may be removed of an ended migration, and when.

use domain::{Command, CommandError, EventKind, State};

use super::world::World;

/// Moved to its end: a code was requested and checked, and the number registered.
fn moved() -> World {
    let mut world = World::new();
    world.run();
    world.submit().unwrap();
    world.run();
    assert_eq!(world.migration.state, State::Succeeded);
    world
}

#[test]
fn a_live_migration_cannot_be_removed() {
    let mut world = World::new();
    world.run();
    let refused = world.machine.may_remove(&world.migration);
    let state = State::WaitingForCode;
    assert_eq!(refused, Err(CommandError::NotEnded { state }));
    assert_eq!(
        world.machine.remove_pin(&mut world.migration, world.now),
        []
    );
    assert!(world.migration.secrets.two_step_pin.is_some());
}

#[test]
fn a_migration_can_be_removed_as_soon_as_it_has_ended() {
    let world = moved();
    assert_eq!(world.migration.ended_at, Some(world.now));
    assert_eq!(world.machine.may_remove(&world.migration), Ok(()));
}

#[test]
fn the_pin_is_removed_once_and_is_then_not_shown() {
    let mut world = moved();
    world.command(Command::RevealTwoStepPin).unwrap();
    let before = world.migration.last_sequence;
    let events = world.machine.remove_pin(&mut world.migration, world.now);
    assert_eq!(events.len(), 1);
    assert_eq!(
        (events[0].sequence, &events[0].kind, events[0].state),
        (before + 1, &EventKind::TwoStepPinRemoved, State::Succeeded)
    );
    assert_eq!(world.migration.secrets.two_step_pin, None);
    assert_eq!(
        world.command(Command::RevealTwoStepPin),
        Err(CommandError::TwoStepPinRemoved)
    );
}

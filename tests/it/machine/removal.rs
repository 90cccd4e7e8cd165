//! What may be removed of an ended migration, and when.

use jiff::SignedDuration;
use waba_migrator::migration::{
    Attempts, Command, EventKind, GraphCall, LONGEST_WINDOW, Refusal, State,
};

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
    let refused = world.machine.may_remove(&world.migration, world.now);
    let state = State::WaitingForCode;
    assert_eq!(refused, Err(Refusal::NotEnded { state }));
    assert_eq!(
        world.machine.remove_pin(&mut world.migration, world.now),
        []
    );
    assert!(world.migration.secrets.two_step_pin.is_some());
}

#[test]
fn a_migration_stays_while_its_own_calls_count() {
    let world = moved();
    let may_remove = |migration, at| world.machine.may_remove(migration, at);
    let sent = |call: &GraphCall| {
        let sent = world
            .history
            .iter()
            .filter(|event| event.kind.call_sent() == Some(*call));
        sent.map(|event| event.at).max().unwrap()
    };
    let limited = [
        GraphCall::RequestCode,
        GraphCall::VerifyCode,
        GraphCall::Register,
    ];
    let until = limited.iter().map(sent).max().unwrap() + LONGEST_WINDOW;
    let moment = SignedDuration::from_millis(1);
    assert_eq!(
        may_remove(&world.migration, until - moment),
        Err(Refusal::CallsCounted { until })
    );
    assert_eq!(may_remove(&world.migration, until), Ok(()));

    // Calls that no budget counts, and those of the number's next migration, hold nothing back.
    let mut others = world.migration.clone();
    let next = others.ended_at.unwrap() + moment;
    others.attempts = Attempts::new(vec![
        (others.created_at, GraphCall::AddNumber),
        (next, GraphCall::Register),
    ]);
    assert_eq!(may_remove(&others, world.now), Ok(()));
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
        Err(Refusal::TwoStepPinRemoved)
    );
}

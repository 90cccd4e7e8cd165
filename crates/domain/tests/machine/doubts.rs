//! What is done while it is not known whether a call took effect.

use domain::{
    Command, Effect, EventKind, Fault, GraphCall, Outcome, Pin, Reason, Registration, State, Step,
};

use super::world::World;

/// A migration whose next call is this one.
fn about_to(call: GraphCall) -> World {
    let mut world = World::new();
    loop {
        if world.migration.state == State::WaitingForCode {
            world.submit().unwrap();
        }
        if world.run_to_write().call() == call {
            return world;
        }
        world.step();
        if world.migration.state != State::Running {
            world.run();
        }
    }
}

/// Someone is asked while nobody knows what became of this call.
fn asked_in_doubt(call: GraphCall) -> World {
    let mut world = about_to(call);
    world.lose_answer(true);
    world.wait(600);
    world.apply(Outcome::Read(Err(Fault::of(Reason::TokenRefused))));
    assert_eq!(world.migration.state, State::ActionRequired);
    world
}

#[test]
fn a_migration_whose_register_call_may_have_taken_effect_does_not_expire_as_if_nothing_had_moved() {
    let mut world = asked_in_doubt(GraphCall::Register);
    world.now = world.migration.expires_at;
    world.run();
    assert_eq!(world.migration.state, State::Failed);
    assert_eq!(world.migration.registration, Registration::Uncertain);
    let next = world.machine.next_action(&world.migration, world.now);
    assert_eq!(next.remedies, [], "the number may have left the source");
    world.command(Command::RevealTwoStepPin).unwrap();
}

#[test]
fn cancel_is_taken_up_again_where_someone_was_asked_meanwhile() {
    let mut world = asked_in_doubt(GraphCall::AddNumber);
    let still_refused = || Outcome::Read(Err(Fault::of(Reason::TokenRefused)));
    world.command(Command::Cancel).unwrap();
    world.apply(still_refused());
    assert_eq!(world.migration.state, State::ActionRequired);
    world.command(Command::Cancel).unwrap();
    assert_eq!(world.migration.state, State::Running);
    world.run();
    assert_eq!(world.migration.state, State::Canceled);
}

#[test]
fn the_pin_that_the_number_was_registered_with_is_not_replaced() {
    let mut world = about_to(GraphCall::Register);
    let write = world.run_to_write();
    world.begin(&write);
    world.apply(Outcome::Written(Ok(domain::Written::Done)));
    world.apply(Outcome::Read(Err(Fault::of(Reason::TokenRefused))));
    assert_eq!(
        (world.migration.state, world.migration.step),
        (State::ActionRequired, Step::Confirm)
    );
    let registered_with = world.migration.secrets.two_step_pin.clone();
    let resume = || Command::Resume {
        access_token: None,
        two_step_pin: Some("000111".parse::<Pin>().unwrap()),
    };
    world.command(resume()).unwrap();
    assert_eq!(world.migration.secrets.two_step_pin, registered_with);

    let mut lost = asked_in_doubt(GraphCall::Register);
    let registered_with = lost.migration.secrets.two_step_pin.clone();
    lost.command(resume()).unwrap();
    lost.run();
    assert_eq!(lost.migration.state, State::Succeeded);
    assert_eq!(lost.migration.secrets.two_step_pin, registered_with);
}

#[test]
fn a_pin_that_meta_refused_is_replaced_though_an_earlier_call_was_lost() {
    let mut world = about_to(GraphCall::Register);
    world.lose_answer(false);
    world.wait(600);
    world.refuse(Reason::PinMismatch);
    world.run();
    assert_eq!(world.migration.state, State::ActionRequired);
    let theirs: Pin = "000111".parse().unwrap();
    world
        .command(Command::Resume {
            access_token: None,
            two_step_pin: Some(theirs.clone()),
        })
        .unwrap();
    assert_eq!(world.migration.secrets.two_step_pin, Some(theirs));
}

#[test]
fn an_error_that_nobody_knows_asks_the_operator_once_meta_shows_that_nothing_was_done() {
    for call in GraphCall::ALL {
        let mut world = about_to(call);
        let write = world.run_to_write();
        world.begin(&write);
        let unknown = Fault::of(Reason::UnknownGraphError).with_effect(Effect::Unknown);
        world.apply(Outcome::Written(Err(unknown)));
        for _ in 0..10 {
            world.wait(600);
            if world.migration.state == State::Running {
                world.step();
            }
        }
        assert_eq!(world.migration.state, State::ActionRequired, "{call:?}");
        assert_eq!(
            world.migration.fault.as_ref().unwrap().reason,
            Reason::UnknownGraphError,
            "{call:?}"
        );
        let sent = world
            .history
            .iter()
            .filter(|e| e.kind.call_sent() == Some(call));
        assert_eq!(sent.count(), 1, "{call:?} is not made again by itself");
    }
}

#[test]
fn a_register_call_met_by_an_error_that_nobody_knows_may_have_moved_the_number() {
    let mut world = about_to(GraphCall::Register);
    let write = world.run_to_write();
    world.begin(&write);
    let unknown = Fault::of(Reason::UnknownGraphError).with_effect(Effect::Unknown);
    world.apply(Outcome::Written(Err(unknown)));
    world.run();
    assert_eq!(world.migration.state, State::ActionRequired);
    // Meta did it after all.
    world.number.write(&write);
    world.resume().unwrap();
    world.run();
    assert_eq!(world.migration.state, State::Succeeded);
    assert_eq!(world.migration.registration, Registration::Done);
}

#[test]
fn a_register_call_whose_process_died_is_not_given_up_after_one_reading() {
    let mut world = about_to(GraphCall::Register);
    let write = world.run_to_write();
    world.begin(&write);
    // Meta did it and does not show it yet; whoever takes over does so much later.
    world.wait(3600);
    world.run();
    assert_eq!(world.migration.registration, Registration::Uncertain);
    world.number.write(&write);
    world.wait(10);
    world.run();
    assert_eq!(world.migration.state, State::Succeeded);
    let registers = world
        .history
        .iter()
        .filter(|event| event.kind.call_sent() == Some(GraphCall::Register));
    assert_eq!(registers.count(), 1);
}

#[test]
fn the_history_says_of_every_call_what_became_of_it_or_that_nobody_knows() {
    for call in GraphCall::ALL {
        let mut world = about_to(call);
        let write = world.run_to_write();
        world.begin(&write);
        // The process died before the call went out.
        for _ in 0..5 {
            world.wait(3600);
            world.run();
        }
        let said = world.history.iter().any(
            |event| matches!(&event.kind, EventKind::CallUncertain { call: unknown, .. } if *unknown == call),
        );
        assert!(said, "{call:?}");
    }
}

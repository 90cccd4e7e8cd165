//! Behaviour while it is unknown whether a call took effect.

use domain::{
    Command, Effect, EventKind, Fault, GraphCall, Outcome, Pin, Reason, Registration, State, Step,
};

use super::harness::MachineHarness;

/// A migration whose next call is this one.
fn about_to(call: GraphCall) -> MachineHarness {
    let mut harness = MachineHarness::new();
    loop {
        if harness.migration.state == State::WaitingForCode {
            harness.submit().unwrap();
        }
        if harness.run_to_write().call() == call {
            return harness;
        }
        harness.step();
        if harness.migration.state != State::Running {
            harness.run();
        }
    }
}

/// Someone is asked while the outcome of this call is unknown.
fn asked_while_uncertain(call: GraphCall) -> MachineHarness {
    let mut harness = about_to(call);
    harness.lose_answer(true);
    harness.wait(600);
    harness.apply(Outcome::Read(Err(Fault::of(Reason::TokenRefused))));
    assert_eq!(harness.migration.state, State::ActionRequired);
    harness
}

#[test]
fn a_migration_whose_register_call_may_have_taken_effect_fails_instead_of_expiring() {
    let mut harness = asked_while_uncertain(GraphCall::Register);
    harness.now = harness.migration.expires_at;
    harness.run();
    assert_eq!(harness.migration.state, State::Failed);
    assert_eq!(harness.migration.registration, Registration::Uncertain);
    let next = harness.machine.next_action(&harness.migration, harness.now);
    assert_eq!(next.remedies, [], "the number may have left the source");
    harness.command(Command::RevealTwoStepPin).unwrap();
}

#[test]
fn a_repeated_cancel_continues_if_someone_was_asked_meanwhile() {
    let mut harness = asked_while_uncertain(GraphCall::AddNumber);
    let still_refused = || Outcome::Read(Err(Fault::of(Reason::TokenRefused)));
    harness.command(Command::Cancel).unwrap();
    harness.apply(still_refused());
    assert_eq!(harness.migration.state, State::ActionRequired);
    harness.command(Command::Cancel).unwrap();
    assert_eq!(harness.migration.state, State::Running);
    harness.run();
    assert_eq!(harness.migration.state, State::Canceled);
}

#[test]
fn the_pin_that_the_number_was_registered_with_is_not_replaced() {
    let mut harness = about_to(GraphCall::Register);
    let write = harness.run_to_write();
    harness.begin(&write);
    harness.apply(Outcome::Written(Ok(domain::Written::Done)));
    harness.apply(Outcome::Read(Err(Fault::of(Reason::TokenRefused))));
    assert_eq!(
        (harness.migration.state, harness.migration.step),
        (State::ActionRequired, Step::Confirm)
    );
    let registered_with = harness.migration.secrets.two_step_pin.clone();
    let resume = || Command::Resume {
        access_token: None,
        two_step_pin: Some("000111".parse::<Pin>().unwrap()),
    };
    harness.command(resume()).unwrap();
    assert_eq!(harness.migration.secrets.two_step_pin, registered_with);

    let mut lost = asked_while_uncertain(GraphCall::Register);
    let registered_with = lost.migration.secrets.two_step_pin.clone();
    lost.command(resume()).unwrap();
    lost.run();
    assert_eq!(lost.migration.state, State::Succeeded);
    assert_eq!(lost.migration.secrets.two_step_pin, registered_with);
}

#[test]
fn a_pin_that_meta_refused_is_replaced_though_an_earlier_call_was_lost() {
    let mut harness = about_to(GraphCall::Register);
    harness.lose_answer(false);
    harness.wait(600);
    harness.refuse(Reason::PinMismatch);
    harness.run();
    assert_eq!(harness.migration.state, State::ActionRequired);
    let theirs: Pin = "000111".parse().unwrap();
    harness
        .command(Command::Resume {
            access_token: None,
            two_step_pin: Some(theirs.clone()),
        })
        .unwrap();
    assert_eq!(harness.migration.secrets.two_step_pin, Some(theirs));
}

#[test]
fn an_unknown_error_asks_the_operator_once_meta_shows_that_nothing_was_done() {
    for call in GraphCall::ALL {
        let mut harness = about_to(call);
        let write = harness.run_to_write();
        harness.begin(&write);
        let unknown = Fault::of(Reason::UnknownGraphError).with_effect(Effect::Unknown);
        harness.apply(Outcome::Written(Err(unknown)));
        for _ in 0..10 {
            harness.wait(600);
            if harness.migration.state == State::Running {
                harness.step();
            }
        }
        assert_eq!(harness.migration.state, State::ActionRequired, "{call:?}");
        assert_eq!(
            harness.migration.fault.as_ref().unwrap().reason,
            Reason::UnknownGraphError,
            "{call:?}"
        );
        let sent = harness
            .history
            .iter()
            .filter(|e| e.kind.call_sent() == Some(call));
        assert_eq!(sent.count(), 1, "{call:?} is not made again by itself");
    }
}

#[test]
fn a_register_call_with_an_unknown_error_may_have_moved_the_number() {
    let mut harness = about_to(GraphCall::Register);
    let write = harness.run_to_write();
    harness.begin(&write);
    let unknown = Fault::of(Reason::UnknownGraphError).with_effect(Effect::Unknown);
    harness.apply(Outcome::Written(Err(unknown)));
    harness.run();
    assert_eq!(harness.migration.state, State::ActionRequired);
    // Meta performed the call after all.
    harness.number.write(&write);
    harness.resume().unwrap();
    harness.run();
    assert_eq!(harness.migration.state, State::Succeeded);
    assert_eq!(harness.migration.registration, Registration::Done);
}

#[test]
fn a_register_call_is_not_given_up_after_one_reading_if_its_process_died() {
    let mut harness = about_to(GraphCall::Register);
    let write = harness.run_to_write();
    harness.begin(&write);
    // Meta performed the call and does not show it yet; another worker takes over much later.
    harness.wait(3600);
    harness.run();
    assert_eq!(harness.migration.registration, Registration::Uncertain);
    harness.number.write(&write);
    harness.wait(10);
    harness.run();
    assert_eq!(harness.migration.state, State::Succeeded);
    assert_eq!(harness.sent(GraphCall::Register), 1);
}

#[test]
fn the_time_to_settle_begins_when_meta_is_first_read_even_if_that_fails() {
    let mut harness = about_to(GraphCall::Register);
    let write = harness.run_to_write();
    harness.begin(&write);
    // The worker made the call late, near the end of its lease, and died. Another one takes over;
    // its first reading fails.
    harness.wait(30);
    harness.apply(Outcome::Read(Err(Fault::of(Reason::GraphTimeout))));
    // More than the time to settle since the intent, but not since the call.
    harness.wait(40);
    harness.run();
    assert_eq!(harness.migration.registration, Registration::Uncertain);
    harness.number.write(&write);
    harness.wait(30);
    harness.run();
    assert_eq!(harness.migration.state, State::Succeeded);
    assert_eq!(harness.sent(GraphCall::Register), 1);
}

#[test]
fn the_history_records_the_outcome_of_every_call_or_that_it_is_unknown() {
    for call in GraphCall::ALL {
        let mut harness = about_to(call);
        let write = harness.run_to_write();
        harness.begin(&write);
        // The process died before the call went out.
        for _ in 0..5 {
            harness.wait(3600);
            harness.run();
        }
        let recorded = harness.history.iter().any(
            |event| matches!(&event.kind, EventKind::CallUncertain { call: unknown, .. } if *unknown == call),
        );
        assert!(recorded, "{call:?}");
    }
}

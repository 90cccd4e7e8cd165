//! The story of each step: what goes right, what goes wrong, and what a lost answer means.

use domain::{
    Action, Command, CommandError, Cutover, Effect, EventKind, Fault, GraphCall, NextActionKind,
    Outcome, PinSource, Reason, Registration, Route, State, Step, Verdict, to_set_up_again,
};
use jiff::SignedDuration;

use super::world::World;

/// A migration that waits for its code.
fn waiting() -> World {
    let mut world = World::new();
    world.run();
    assert_eq!(world.migration.state, State::WaitingForCode);
    world
}

/// A migration whose register call is the next thing.
fn about_to_register() -> World {
    let mut world = waiting();
    world.submit().unwrap();
    while world.run_to_write().call() != GraphCall::Register {
        world.step();
    }
    world
}

#[test]
fn a_number_moves_with_one_call_of_each_kind() {
    let mut world = waiting();
    world.submit().unwrap();
    world.run();
    assert_eq!(world.migration.state, State::Succeeded);
    assert_eq!(world.number.effective, GraphCall::ALL);
    assert_eq!(world.migration.registration, Registration::Done);
    assert!(world.migration.report.is_some() && world.migration.before.is_some());
    assert!(
        world
            .migration
            .checks
            .iter()
            .all(|check| check.verdict != Verdict::Fail)
    );
    assert_eq!(
        world.migration.secrets.access_token, None,
        "a token is erased when its migration ends"
    );
    assert_eq!(
        world.migration.secrets.code, None,
        "a code is erased once it was used"
    );
}

#[test]
fn a_failed_check_asks_before_anything_is_touched() {
    let mut world = World::new();
    world.number.two_step_on = true;
    world.run();
    assert_eq!(
        (world.migration.state, world.migration.step),
        (State::ActionRequired, Step::Check)
    );
    assert!(world.number.effective.is_empty());
    let next = world.machine.next_action(&world.migration, world.now);
    assert_eq!(next.kind, NextActionKind::ApplyRemedy);
    assert_eq!(next.remedies.first().unwrap().as_str(), "TURN_OFF_TWO_STEP");
    assert!(next.instruction.contains(" TWO_STEP_OFF: "), "{next:?}");
    assert_eq!(next.instruction.matches("Resume").count(), 1, "{next:?}");

    world.number.two_step_on = false;
    world.resume().unwrap();
    world.run();
    assert_eq!(world.migration.state, State::WaitingForCode);
}

#[test]
fn a_number_that_is_pending_in_the_destination_is_adopted() {
    let mut world = World::new();
    world.number.added = true;
    world.run();
    assert_eq!(world.migration.state, State::WaitingForCode);
    assert!(!world.number.effective.contains(&GraphCall::AddNumber));
}

#[test]
fn a_verified_number_needs_no_code() {
    let mut world = World::new();
    (world.number.added, world.number.verified) = (true, true);
    world.run();
    assert_eq!(world.migration.state, State::Succeeded);
    assert_eq!(
        world.number.effective,
        [GraphCall::Subscribe, GraphCall::Register]
    );
}

#[test]
fn an_answer_that_was_lost_after_the_call_took_effect_is_found_by_reading() {
    for lost in GraphCall::ALL {
        let mut world = World::new();
        loop {
            if world.migration.state == State::WaitingForCode {
                world.submit().unwrap();
            }
            if world.run_to_write().call() == lost {
                break;
            }
            world.step();
            if world.migration.state == State::Running {
                continue;
            }
            world.run();
        }
        world.lose_answer(true);
        assert!(
            matches!(world.next(), Action::Wait { .. }),
            "Meta may still be at it"
        );
        world.wait(600);
        world.run();
        if world.migration.state == State::WaitingForCode {
            world.submit().unwrap();
            world.run();
        }
        assert_eq!(world.migration.state, State::Succeeded, "{lost:?}");
        assert_eq!(
            world.number.effective,
            GraphCall::ALL,
            "{lost:?} took effect once"
        );
    }
}

#[test]
fn a_code_request_that_was_lost_counts_as_sent() {
    let mut world = World::new();
    while world.run_to_write().call() != GraphCall::RequestCode {
        world.step();
    }
    world.lose_answer(false);
    world.wait(10);
    world.run();
    assert_eq!(world.migration.state, State::WaitingForCode);
    assert_eq!(
        world.command(resend()),
        Err(cooldown(&world)),
        "the lost one counts"
    );
    world.wait(60);
    world.command(resend()).unwrap();
    world.run();
    assert_eq!(world.migration.state, State::WaitingForCode);
    assert!(world.number.effective.contains(&GraphCall::RequestCode));
}

fn resend() -> Command {
    Command::ResendCode {
        method: None,
        language: None,
    }
}

fn cooldown(world: &World) -> CommandError {
    let policy = world.machine.policy.code_requests;
    CommandError::CodeCooldown(world.migration.attempts.budget(
        GraphCall::RequestCode,
        policy,
        world.now,
    ))
}

#[test]
fn a_code_that_was_sent_can_be_handed_in_though_meta_sends_no_other() {
    let mut world = waiting();
    world.wait(60);
    world.command(resend()).unwrap();
    world.refuse(Reason::CodeRequestedTooOften);
    world.run();
    assert_eq!(world.migration.state, State::WaitingForCode);
    let fault = world.migration.fault.as_ref().unwrap();
    assert_eq!(fault.reason, Reason::CodeRequestedTooOften);
    world.submit().unwrap();
    world.run();
    assert_eq!(world.migration.state, State::Succeeded);
}

#[test]
fn a_slow_register_call_has_its_time_to_show_after_its_answer_was_lost() {
    let mut world = about_to_register();
    let write = world.run_to_write();
    world.begin(&write);
    let settles = world.machine.policy.register_settles;
    world.now += settles;
    let fault = Fault::of(Reason::GraphTimeout).with_effect(Effect::Unknown);
    world.apply(Outcome::Written(Err(fault)));
    let lost = world.now;
    while !matches!(world.next(), Action::Write(_)) {
        if !world.step() {
            world.wait(1);
        }
    }
    assert!(world.now.duration_since(lost) >= settles);
}

#[test]
fn a_rejected_code_leaves_the_migration_waiting() {
    let mut world = waiting();
    world.submit().unwrap();
    world.refuse(Reason::CodeRejected);
    world.run();
    assert_eq!(world.migration.state, State::WaitingForCode);
    assert_eq!(
        world.migration.fault.as_ref().unwrap().reason,
        Reason::CodeRejected
    );
    assert_eq!(world.migration.secrets.code, None);
    world.submit().unwrap();
    world.run();
    assert_eq!(world.migration.state, State::Succeeded);
}

#[test]
fn a_code_whose_check_was_lost_is_sent_once_more_and_never_a_third_time() {
    let mut once = waiting();
    once.submit().unwrap();
    once.lose_answer(false);
    once.wait(10);
    once.run();
    assert_eq!(once.migration.state, State::Succeeded);
    let requests = |world: &World| {
        let sent = world.history.iter();
        sent.filter(|event| event.kind.call_sent() == Some(GraphCall::RequestCode))
            .count()
    };
    assert_eq!(requests(&once), 1, "it costs the owner no other code");

    let mut world = waiting();
    world.submit().unwrap();
    world.lose_answer(false);
    world.wait(10);
    world.lose_answer(false);
    world.wait(10);
    world.run();
    assert_eq!(world.migration.state, State::WaitingForCode);
    assert_eq!(
        world.migration.fault.as_ref().unwrap().reason,
        Reason::CodeCheckUncertain
    );
    assert!(!world.number.effective.contains(&GraphCall::VerifyCode));

    let mut old = waiting();
    old.submit().unwrap();
    old.lose_answer(false);
    old.wait(600);
    old.run();
    assert_eq!(
        old.migration.state,
        State::WaitingForCode,
        "a code that is too old by now is not sent again"
    );
}

#[test]
fn codes_are_only_taken_within_their_budget() {
    let mut world = waiting();
    for _ in 0..world.machine.policy.code_checks.calls {
        world.submit().unwrap();
        world.refuse(Reason::CodeRejected);
        world.run();
    }
    assert!(matches!(
        world.submit(),
        Err(CommandError::CodeChecksSpent(_))
    ));
    world.wait(13 * 3600);
    world.submit().unwrap();
}

#[test]
fn too_many_guesses_close_the_door_for_as_long_as_meta_says() {
    let mut world = waiting();
    world.submit().unwrap();
    world.refuse(Reason::CodeGuessedTooOften);
    world.run();
    assert_eq!(world.migration.state, State::WaitingForCode);
    let Err(CommandError::CodeChecksSpent(spent)) = world.submit() else {
        panic!("a code was taken");
    };
    let next = world.machine.next_action(&world.migration, world.now);
    let opens = format!("{:.0}", spent.next_allowed_at.unwrap());
    assert!(next.instruction.contains(&opens), "{next:?}");
    assert_eq!(next.kind, NextActionKind::WaitForMeta);
    assert_eq!(next.deadline, spent.next_allowed_at);
    let resent = world.command(resend());
    assert!(
        matches!(resent, Err(CommandError::CodeChecksSpent(_))),
        "a code that cannot be used is not sent: {resent:?}"
    );
}

#[test]
fn already_verified_is_only_believed_after_a_reading() {
    let mut world = World::new();
    while world.run_to_write().call() != GraphCall::RequestCode {
        world.step();
    }
    world.number.verified = true;
    world.refuse(Reason::AlreadyVerified);
    world.run();
    assert_eq!(world.migration.state, State::Succeeded);
}

#[test]
fn a_register_call_whose_effect_is_unknown_is_looked_for_before_it_is_made_again() {
    let mut world = about_to_register();
    world.lose_answer(false);
    let mut readings = 0;
    loop {
        match world.next() {
            Action::Write(write) => {
                assert_eq!(write.call(), GraphCall::Register);
                break;
            }
            Action::Read(_) => readings += 1,
            _ => {}
        }
        if !world.step() {
            world.wait(1);
        }
        assert_eq!(
            world.command(Command::Cancel),
            Err(CommandError::PointOfNoReturnPassed)
        );
    }
    let sent = world
        .history
        .iter()
        .rfind(|e| e.kind.call_sent() == Some(GraphCall::Register))
        .unwrap()
        .at;
    assert!(world.now.duration_since(sent) >= world.machine.policy.register_settles);
    assert!(readings >= 4, "{readings}");
    world.run();
    assert_eq!(world.migration.state, State::Succeeded);
}

#[test]
fn register_never_goes_beyond_its_budget() {
    let mut world = about_to_register();
    let limit = world.machine.policy.register.calls;
    for _ in 0..limit {
        world.refuse(Reason::PinMismatch);
        world.run();
        assert_eq!(world.migration.state, State::ActionRequired);
        world.resume().unwrap();
    }
    world.run();
    assert_eq!(world.migration.state, State::Running);
    assert_eq!(
        world.migration.fault.as_ref().unwrap().reason,
        Reason::RegisterBudgetSpent
    );
    let until = world.machine.due_at(&world.migration, world.now).unwrap();
    assert!(until.duration_since(world.now) <= SignedDuration::from_hours(72));
    world.now = until;
    world.run();
    assert_eq!(world.migration.state, State::Succeeded);
}

#[test]
fn a_refused_register_can_still_be_canceled_and_one_that_took_effect_cannot() {
    let mut refused = about_to_register();
    refused.refuse(Reason::PaymentProblem);
    refused.run();
    assert_eq!(refused.migration.state, State::ActionRequired);
    refused.command(Command::Cancel).unwrap();
    assert_eq!(refused.migration.state, State::Canceled);
    let next = refused.machine.next_action(&refused.migration, refused.now);
    let left: Vec<_> = next.remedies.iter().map(|remedy| remedy.as_str()).collect();
    assert_eq!(left, ["REMOVE_PENDING_NUMBER", "TURN_ON_TWO_STEP_AGAIN"]);

    let mut done = about_to_register();
    done.step();
    assert_eq!(
        done.command(Command::Cancel),
        Err(CommandError::PointOfNoReturnPassed)
    );
}

#[test]
fn a_cancel_during_a_call_takes_effect_when_its_outcome_is_known() {
    let mut world = World::new();
    let write = world.run_to_write();
    world.begin(&write);
    world.command(Command::Cancel).unwrap();
    assert_eq!(world.migration.state, State::Running);
    world.command(Command::Cancel).unwrap();
    let written = world.number.write(&write);
    world.apply(Outcome::Written(Ok(written)));
    assert_eq!(world.migration.state, State::Canceled);
    let asked = world
        .history
        .iter()
        .filter(|event| event.kind == EventKind::CancelRequested)
        .count();
    assert_eq!(asked, 1);
}

#[test]
fn a_held_cutover_waits_for_resume_and_a_timed_one_for_its_time() {
    let mut held = World::of(|start| start.request.cutover = Cutover::Hold);
    (held.number.added, held.number.verified) = (true, true);
    held.run();
    assert_eq!(held.migration.state, State::WaitingForCutover);
    held.resume().unwrap();
    held.run();
    assert_eq!(held.migration.state, State::Succeeded);

    let mut timed = World::new();
    let at = timed.now + SignedDuration::from_hours(5);
    timed.migration.request.cutover = Cutover::NotBefore(at);
    (timed.number.added, timed.number.verified) = (true, true);
    timed.run();
    assert_eq!(timed.migration.state, State::WaitingForCutover);
    assert_eq!(timed.machine.due_at(&timed.migration, timed.now), Some(at));
    timed.now = at;
    timed.run();
    assert_eq!(timed.migration.state, State::Succeeded);
}

#[test]
fn an_added_number_is_found_and_registered_without_a_code() {
    let mut world = World::of(|start| start.request.route = Route::AddedNumber);
    (world.number.added, world.number.verified) = (true, true);
    world.run();
    assert_eq!(world.migration.state, State::Succeeded);
    assert_eq!(
        world.number.effective,
        [GraphCall::Subscribe, GraphCall::Register]
    );

    let mut absent = World::of(|start| start.request.route = Route::AddedNumber);
    absent.run();
    assert_eq!(absent.migration.state, State::ActionRequired);
}

#[test]
fn a_number_that_was_found_registered_has_no_pin_of_ours() {
    let mut world = about_to_register();
    world.number.connected = true;
    world.refuse(Reason::PinMismatch);
    world.run();
    assert_eq!(world.migration.state, State::Succeeded);
    let refused = world.command(Command::RevealTwoStepPin);
    assert_eq!(refused, Err(CommandError::TwoStepPinNotSet));
    assert!(world.migration.pin_is_unproven());
    let to_do = to_set_up_again(true).join(" ");
    assert!(!to_do.contains("RevealTwoStepPin"), "{to_do}");
    let next = world.machine.next_action(&world.migration, world.now);
    assert_eq!(next.remedies.first().unwrap().as_str(), "SET_TWO_STEP_PIN");
}

#[test]
fn the_code_becomes_the_pin_where_that_was_asked_for() {
    let mut world = World::of(|start| start.request.pin_source = Some(PinSource::Code));
    world.run();
    assert_eq!(
        world.command(Command::RevealTwoStepPin),
        Err(CommandError::TwoStepPinNotSet)
    );
    world.submit().unwrap();
    world.run();
    assert_eq!(
        world
            .migration
            .secrets
            .two_step_pin
            .as_ref()
            .unwrap()
            .expose(),
        "123830"
    );
    world.command(Command::RevealTwoStepPin).unwrap();
}

#[test]
fn success_is_only_said_once_the_number_was_read_back() {
    let mut world = about_to_register();
    let write = world.run_to_write();
    world.begin(&write);
    // Meta says yes and does nothing.
    world.apply(Outcome::Written(Ok(domain::Written::Done)));
    world.run();
    assert_eq!(
        (world.migration.state, world.migration.step),
        (State::Running, Step::Confirm)
    );
    for _ in 0..1000 {
        world.wait(30);
        world.run();
    }
    assert_eq!(world.migration.state, State::ActionRequired);
    assert_eq!(
        world.migration.fault.as_ref().unwrap().reason,
        Reason::NotConfirmed
    );
    world.number.connected = true;
    world.resume().unwrap();
    world.run();
    assert_eq!(world.migration.state, State::Succeeded);
}

#[test]
fn a_transient_fault_is_tried_again_and_then_someone_is_asked() {
    let mut world = World::new();
    let fault = || Outcome::Read(Err(Fault::of(Reason::GraphUnavailable)));
    for _ in 0..world.machine.policy.retries {
        world.apply(fault());
        assert_eq!(world.migration.state, State::Running);
        world.wait(600);
    }
    world.apply(fault());
    assert_eq!(world.migration.state, State::ActionRequired);
    world.resume().unwrap();
    world.run();
    assert_eq!(world.migration.state, State::WaitingForCode);
}

#[test]
fn a_call_that_is_lost_again_and_again_is_not_made_for_ever() {
    let mut world = World::new();
    for _ in 0..=world.machine.policy.retries {
        world.lose_answer(false);
        world.wait(600);
    }
    assert_eq!(world.migration.state, State::ActionRequired);
    world.resume().unwrap();
    world.run();
    assert_eq!(world.migration.state, State::WaitingForCode);
}

#[test]
fn time_runs_out_before_register_and_never_after_it() {
    let mut waiting = waiting();
    waiting.now = waiting.migration.expires_at;
    waiting.run();
    assert_eq!(waiting.migration.state, State::Expired);

    let mut registered = about_to_register();
    registered.step();
    registered.now = registered.migration.expires_at;
    registered.run();
    assert_eq!(registered.migration.state, State::Succeeded);
}

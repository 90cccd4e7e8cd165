//! Each step: success, failure, and what a lost answer means.

use domain::{
    Action, Command, CommandError, Cutover, Effect, EventKind, Fault, GraphCall, NextActionKind,
    Outcome, PinSource, Reason, Registration, Route, State, Step, Verdict, to_set_up_again,
};
use jiff::SignedDuration;

use super::harness::MachineHarness;

/// A migration that waits for its code.
fn waiting() -> MachineHarness {
    let mut harness = MachineHarness::new();
    harness.run();
    assert_eq!(harness.migration.state, State::WaitingForCode);
    harness
}

/// A migration whose register call is the next thing.
fn about_to_register() -> MachineHarness {
    let mut harness = waiting();
    harness.submit().unwrap();
    while harness.run_to_write().call() != GraphCall::Register {
        harness.step();
    }
    harness
}

#[test]
fn a_number_moves_with_one_call_of_each_kind() {
    let mut harness = waiting();
    harness.submit().unwrap();
    harness.run();
    assert_eq!(harness.migration.state, State::Succeeded);
    assert_eq!(harness.number.effective, GraphCall::ALL);
    assert_eq!(harness.migration.registration, Registration::Done);
    assert!(
        harness.migration.findings.report.is_some() && harness.migration.findings.before.is_some()
    );
    assert!(
        harness
            .migration
            .findings
            .checks
            .iter()
            .all(|check| check.verdict != Verdict::Fail)
    );
    assert_eq!(
        harness.migration.secrets.access_token, None,
        "a token is erased when its migration ends"
    );
    assert_eq!(
        harness.migration.secrets.code, None,
        "a code is erased once it was used"
    );
}

#[test]
fn a_failed_check_asks_before_anything_is_touched() {
    let mut harness = MachineHarness::new();
    harness.number.two_step_on = true;
    harness.run();
    assert_eq!(
        (harness.migration.state, harness.migration.step),
        (State::ActionRequired, Step::Check)
    );
    assert!(harness.number.effective.is_empty());
    let next = harness.machine.next_action(&harness.migration, harness.now);
    assert_eq!(next.kind, NextActionKind::ApplyRemedy);
    assert_eq!(next.remedies.first().unwrap().as_str(), "TURN_OFF_TWO_STEP");
    assert!(next.instruction.contains(" TWO_STEP_OFF: "), "{next:?}");
    assert_eq!(next.instruction.matches("Resume").count(), 1, "{next:?}");

    harness.number.two_step_on = false;
    harness.resume().unwrap();
    harness.run();
    assert_eq!(harness.migration.state, State::WaitingForCode);
}

#[test]
fn a_number_that_is_pending_in_the_destination_is_adopted() {
    let mut harness = MachineHarness::new();
    harness.number.added = true;
    harness.run();
    assert_eq!(harness.migration.state, State::WaitingForCode);
    assert!(!harness.number.effective.contains(&GraphCall::AddNumber));
}

#[test]
fn a_verified_number_needs_no_code() {
    let mut harness = MachineHarness::new();
    (harness.number.added, harness.number.verified) = (true, true);
    harness.run();
    assert_eq!(harness.migration.state, State::Succeeded);
    assert_eq!(
        harness.number.effective,
        [GraphCall::Subscribe, GraphCall::Register]
    );
}

#[test]
fn an_answer_that_was_lost_after_the_call_took_effect_is_found_by_reading() {
    for lost in GraphCall::ALL {
        let mut harness = MachineHarness::new();
        loop {
            if harness.migration.state == State::WaitingForCode {
                harness.submit().unwrap();
            }
            if harness.run_to_write().call() == lost {
                break;
            }
            harness.step();
            if harness.migration.state == State::Running {
                continue;
            }
            harness.run();
        }
        harness.lose_answer(true);
        assert!(
            matches!(harness.next(), Action::Wait { .. }),
            "Meta may still be working on it"
        );
        harness.wait(600);
        harness.run();
        if harness.migration.state == State::WaitingForCode {
            harness.submit().unwrap();
            harness.run();
        }
        assert_eq!(harness.migration.state, State::Succeeded, "{lost:?}");
        assert_eq!(
            harness.number.effective,
            GraphCall::ALL,
            "{lost:?} took effect once"
        );
    }
}

#[test]
fn a_code_request_that_was_lost_counts_as_sent() {
    let mut harness = MachineHarness::new();
    while harness.run_to_write().call() != GraphCall::RequestCode {
        harness.step();
    }
    harness.lose_answer(false);
    harness.wait(10);
    harness.run();
    assert_eq!(harness.migration.state, State::WaitingForCode);
    assert_eq!(
        harness.command(resend()),
        Err(cooldown(&harness)),
        "the lost one counts"
    );
    harness.wait(60);
    harness.command(resend()).unwrap();
    harness.run();
    assert_eq!(harness.migration.state, State::WaitingForCode);
    assert!(harness.number.effective.contains(&GraphCall::RequestCode));
}

fn resend() -> Command {
    Command::ResendCode {
        method: None,
        language: None,
    }
}

fn cooldown(harness: &MachineHarness) -> CommandError {
    let policy = harness.machine.policy.code_requests;
    CommandError::CodeCooldown(harness.migration.attempts.budget(
        GraphCall::RequestCode,
        policy,
        harness.now,
    ))
}

#[test]
fn an_earlier_code_can_be_submitted_though_meta_sends_no_other() {
    let mut harness = waiting();
    harness.wait(60);
    harness.command(resend()).unwrap();
    harness.refuse(Reason::CodeRequestedTooOften);
    harness.run();
    assert_eq!(harness.migration.state, State::WaitingForCode);
    let fault = harness.migration.fault.as_ref().unwrap();
    assert_eq!(fault.reason, Reason::CodeRequestedTooOften);
    harness.submit().unwrap();
    harness.run();
    assert_eq!(harness.migration.state, State::Succeeded);
}

#[test]
fn after_a_lost_answer_a_slow_register_call_has_time_to_show_its_effect() {
    let mut harness = about_to_register();
    let write = harness.run_to_write();
    harness.begin(&write);
    let settles = harness.machine.policy.register_settles;
    harness.now += settles;
    let fault = Fault::of(Reason::GraphTimeout).with_effect(Effect::Unknown);
    harness.apply(Outcome::Written(Err(fault)));
    let lost = harness.now;
    while !matches!(harness.next(), Action::Write(_)) {
        if !harness.step() {
            harness.wait(1);
        }
    }
    assert!(harness.now.duration_since(lost) >= settles);
}

#[test]
fn a_rejected_code_leaves_the_migration_waiting() {
    let mut harness = waiting();
    harness.submit().unwrap();
    harness.refuse(Reason::CodeRejected);
    harness.run();
    assert_eq!(harness.migration.state, State::WaitingForCode);
    assert_eq!(
        harness.migration.fault.as_ref().unwrap().reason,
        Reason::CodeRejected
    );
    assert_eq!(harness.migration.secrets.code, None);
    harness.submit().unwrap();
    harness.run();
    assert_eq!(harness.migration.state, State::Succeeded);
}

#[test]
fn a_code_whose_answer_was_lost_is_sent_once_more_and_never_a_third_time() {
    let mut once = waiting();
    once.submit().unwrap();
    once.lose_answer(false);
    once.wait(10);
    once.run();
    assert_eq!(once.migration.state, State::Succeeded);
    let requests = |harness: &MachineHarness| {
        let sent = harness.history.iter();
        sent.filter(|event| event.kind.call_sent() == Some(GraphCall::RequestCode))
            .count()
    };
    assert_eq!(requests(&once), 1, "the owner needs no other code");

    let mut harness = waiting();
    harness.submit().unwrap();
    harness.lose_answer(false);
    harness.wait(10);
    harness.lose_answer(false);
    harness.wait(10);
    harness.run();
    assert_eq!(harness.migration.state, State::WaitingForCode);
    assert_eq!(
        harness.migration.fault.as_ref().unwrap().reason,
        Reason::CodeCheckUncertain
    );
    assert!(!harness.number.effective.contains(&GraphCall::VerifyCode));

    let mut old = waiting();
    old.submit().unwrap();
    old.lose_answer(false);
    old.wait(600);
    old.run();
    assert_eq!(
        old.migration.state,
        State::WaitingForCode,
        "a code that is too old is not sent again"
    );
}

#[test]
fn codes_are_accepted_only_within_their_budget() {
    let mut harness = waiting();
    for _ in 0..harness.machine.policy.code_checks.calls {
        harness.submit().unwrap();
        harness.refuse(Reason::CodeRejected);
        harness.run();
    }
    assert!(matches!(
        harness.submit(),
        Err(CommandError::CodeChecksSpent(_))
    ));
    harness.wait(13 * 3600);
    harness.submit().unwrap();
}

#[test]
fn too_many_wrong_codes_lock_submission_for_the_time_that_meta_names() {
    let mut harness = waiting();
    harness.submit().unwrap();
    harness.refuse(Reason::CodeGuessedTooOften);
    harness.run();
    assert_eq!(harness.migration.state, State::WaitingForCode);
    let Err(CommandError::CodeChecksSpent(spent)) = harness.submit() else {
        panic!("a code was accepted");
    };
    let next = harness.machine.next_action(&harness.migration, harness.now);
    let opens = spent.next_allowed_at.unwrap();
    let opens = opens.strftime("%Y-%m-%d %H:%M UTC").to_string();
    assert!(next.instruction.contains(&opens), "{next:?}");
    assert_eq!(next.kind, NextActionKind::WaitForMeta);
    assert_eq!(next.deadline, spent.next_allowed_at);
    let resent = harness.command(resend());
    assert!(
        matches!(resent, Err(CommandError::CodeChecksSpent(_))),
        "a code that cannot be used is not sent: {resent:?}"
    );
}

#[test]
fn already_verified_is_accepted_only_after_a_reading() {
    let mut harness = MachineHarness::new();
    while harness.run_to_write().call() != GraphCall::RequestCode {
        harness.step();
    }
    harness.number.verified = true;
    harness.refuse(Reason::AlreadyVerified);
    harness.run();
    assert_eq!(harness.migration.state, State::Succeeded);
}

#[test]
fn a_register_call_whose_effect_is_unknown_is_looked_for_before_it_is_made_again() {
    let mut harness = about_to_register();
    harness.lose_answer(false);
    let mut readings = 0;
    loop {
        match harness.next() {
            Action::Write(write) => {
                assert_eq!(write.call(), GraphCall::Register);
                break;
            }
            Action::Read(_) => readings += 1,
            _ => {}
        }
        if !harness.step() {
            harness.wait(1);
        }
        assert_eq!(
            harness.command(Command::Cancel),
            Err(CommandError::PointOfNoReturnPassed)
        );
    }
    let sent = harness
        .history
        .iter()
        .rfind(|e| e.kind.call_sent() == Some(GraphCall::Register))
        .unwrap()
        .at;
    assert!(harness.now.duration_since(sent) >= harness.machine.policy.register_settles);
    assert!(readings >= 4, "{readings}");
    harness.run();
    assert_eq!(harness.migration.state, State::Succeeded);
}

#[test]
fn register_never_goes_beyond_its_budget() {
    let mut harness = about_to_register();
    let limit = harness.machine.policy.register.calls;
    for _ in 0..limit {
        harness.refuse(Reason::PinMismatch);
        harness.run();
        assert_eq!(harness.migration.state, State::ActionRequired);
        harness.resume().unwrap();
    }
    harness.run();
    assert_eq!(harness.migration.state, State::Running);
    assert_eq!(
        harness.migration.fault.as_ref().unwrap().reason,
        Reason::RegisterBudgetSpent
    );
    let until = harness
        .machine
        .due_at(&harness.migration, harness.now)
        .unwrap();
    assert!(until.duration_since(harness.now) <= SignedDuration::from_hours(72));
    harness.now = until;
    harness.run();
    assert_eq!(harness.migration.state, State::Succeeded);
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
    let mut harness = MachineHarness::new();
    let write = harness.run_to_write();
    harness.begin(&write);
    harness.command(Command::Cancel).unwrap();
    assert_eq!(harness.migration.state, State::Running);
    harness.command(Command::Cancel).unwrap();
    let written = harness.number.write(&write);
    harness.apply(Outcome::Written(Ok(written)));
    assert_eq!(harness.migration.state, State::Canceled);
    let asked = harness
        .history
        .iter()
        .filter(|event| event.kind == EventKind::CancelRequested)
        .count();
    assert_eq!(asked, 1);
}

#[test]
fn a_held_cutover_waits_for_resume_and_a_timed_one_for_its_time() {
    let mut held = MachineHarness::of(|start| start.request.cutover = Cutover::Hold);
    (held.number.added, held.number.verified) = (true, true);
    held.run();
    assert_eq!(held.migration.state, State::WaitingForCutover);
    held.resume().unwrap();
    held.run();
    assert_eq!(held.migration.state, State::Succeeded);

    let mut timed = MachineHarness::new();
    let at = timed.now + SignedDuration::from_hours(5);
    timed.migration.cutover = Cutover::NotBefore(at);
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
    let mut harness = MachineHarness::of(|start| start.request.route = Route::AddedNumber);
    (harness.number.added, harness.number.verified) = (true, true);
    harness.run();
    assert_eq!(harness.migration.state, State::Succeeded);
    assert_eq!(
        harness.number.effective,
        [GraphCall::Subscribe, GraphCall::Register]
    );

    let mut absent = MachineHarness::of(|start| start.request.route = Route::AddedNumber);
    absent.run();
    assert_eq!(absent.migration.state, State::ActionRequired);
}

#[test]
fn a_number_that_was_found_registered_has_no_pin_of_ours() {
    let mut harness = about_to_register();
    harness.number.connected = true;
    harness.refuse(Reason::PinMismatch);
    harness.run();
    assert_eq!(harness.migration.state, State::Succeeded);
    let refused = harness.command(Command::RevealTwoStepPin);
    assert_eq!(refused, Err(CommandError::TwoStepPinNotSet));
    assert!(harness.migration.pin_is_unproven());
    let to_do = to_set_up_again(true).join(" ");
    assert!(!to_do.contains("RevealTwoStepPin"), "{to_do}");
    let next = harness.machine.next_action(&harness.migration, harness.now);
    assert_eq!(next.remedies.first().unwrap().as_str(), "SET_TWO_STEP_PIN");
}

#[test]
fn the_code_becomes_the_pin_if_that_was_requested() {
    let mut harness = MachineHarness::of(|start| start.request.pin_source = Some(PinSource::Code));
    harness.run();
    assert_eq!(
        harness.command(Command::RevealTwoStepPin),
        Err(CommandError::TwoStepPinNotSet)
    );
    harness.submit().unwrap();
    harness.run();
    assert_eq!(
        harness
            .migration
            .secrets
            .two_step_pin
            .as_ref()
            .unwrap()
            .expose(),
        "123830"
    );
    harness.command(Command::RevealTwoStepPin).unwrap();
}

#[test]
fn a_migration_succeeds_only_once_the_number_was_read_back() {
    let mut harness = about_to_register();
    let write = harness.run_to_write();
    harness.begin(&write);
    // Meta reports success and does nothing.
    harness.apply(Outcome::Written(Ok(domain::Written::Done)));
    harness.run();
    assert_eq!(
        (harness.migration.state, harness.migration.step),
        (State::Running, Step::Confirm)
    );
    for _ in 0..1000 {
        harness.wait(30);
        harness.run();
    }
    assert_eq!(harness.migration.state, State::ActionRequired);
    assert_eq!(
        harness.migration.fault.as_ref().unwrap().reason,
        Reason::NotConfirmed
    );
    harness.number.connected = true;
    harness.resume().unwrap();
    harness.run();
    assert_eq!(harness.migration.state, State::Succeeded);
}

#[test]
fn a_transient_fault_is_retried_and_then_someone_is_asked() {
    let mut harness = MachineHarness::new();
    let fault = || Outcome::Read(Err(Fault::of(Reason::GraphUnavailable)));
    for _ in 0..harness.machine.policy.retries {
        harness.apply(fault());
        assert_eq!(harness.migration.state, State::Running);
        harness.wait(600);
    }
    harness.apply(fault());
    assert_eq!(harness.migration.state, State::ActionRequired);
    harness.resume().unwrap();
    harness.run();
    assert_eq!(harness.migration.state, State::WaitingForCode);
}

#[test]
fn a_call_that_is_always_lost_is_not_repeated_for_ever() {
    let mut harness = MachineHarness::new();
    for _ in 0..=harness.machine.policy.retries {
        harness.lose_answer(false);
        harness.wait(600);
    }
    assert_eq!(harness.migration.state, State::ActionRequired);
    harness.resume().unwrap();
    harness.run();
    assert_eq!(harness.migration.state, State::WaitingForCode);
}

#[test]
fn a_migration_expires_before_register_and_never_after_it() {
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

#[test]
fn a_reading_that_its_step_cannot_use_is_retried_after_a_pause() {
    let mut harness = MachineHarness::new();
    let reading = domain::Reading::Subscription(true);
    harness.apply(Outcome::Read(Ok(reading)));
    let fault = harness.migration.fault.as_ref().unwrap();
    assert_eq!(fault.reason, Reason::GraphUnreadable);
    assert!(
        matches!(harness.next(), Action::Wait { .. }),
        "no hot loop of readings"
    );
}

//! What Meta's refusals mean once the number was read: a number that works is left unchanged, and
//! the state of one that does not decides who must act.

use domain::facts::NumberFacts;
use domain::{
    Action, Actor, Disposition, Fault, GraphCall, GraphError, NextActionKind, Outcome, Reason,
    Registration, Route, State, Step,
};
use jiff::SignedDuration;

use super::harness::MachineHarness;

/// A migration whose next call is this one.
fn about_to(call: GraphCall) -> MachineHarness {
    let mut harness = MachineHarness::new();
    while harness.run_to_write().call() != call {
        harness.step();
        if harness.migration.state == State::WaitingForCode || !harness.step() {
            harness.run();
            if harness.migration.state == State::WaitingForCode {
                harness.submit().unwrap();
            }
        }
    }
    harness
}

fn reason(harness: &MachineHarness) -> Reason {
    harness.migration.fault.as_ref().unwrap().reason
}

fn actor(harness: &MachineHarness) -> Option<Actor> {
    let next = harness.machine.next_action(&harness.migration, harness.now);
    next.actor
}

const ON_APP: fn(&mut NumberFacts) = |number| {
    number.platform_type = Some("ON_PREMISE".to_owned());
    number.on_business_app = Some(true);
};

#[test]
fn a_refusal_that_many_causes_share_is_judged_by_the_number_as_read() {
    for call in [GraphCall::RequestCode, GraphCall::Register] {
        for refusal in [
            Reason::PermissionMissing,
            Reason::InvalidRequest,
            Reason::PinMismatch,
            Reason::NotVerified,
            Reason::CertificateRefused,
            Reason::UnknownGraphError,
        ] {
            let mut on_app = about_to(call);
            on_app.refuse(refusal);
            on_app.number.shape = Some(ON_APP);
            on_app.run();
            assert_eq!(reason(&on_app), Reason::NumberOnBusinessApp, "{refusal:?}");
            assert_eq!(actor(&on_app), Some(Actor::NumberOwner));
            assert_eq!(on_app.sent(call), 1, "{call:?} {refusal:?}");

            let mut connected = about_to(call);
            connected.refuse(refusal);
            connected.number.shape = Some(|number| {
                number.status = Some("FLAGGED".to_owned());
                number.platform_type = Some("CLOUD_API".to_owned());
            });
            connected.run();
            assert_eq!(connected.migration.state, State::Succeeded, "{refusal:?}");
            assert_eq!(connected.sent(call), 1, "{call:?} {refusal:?}");
        }
    }
}

#[test]
fn a_refused_certificate_with_an_unknown_text_is_judged_by_what_the_number_shows() {
    let refused = |shape: fn(&mut NumberFacts)| {
        let mut harness = about_to(GraphCall::Register);
        harness.wait(120);
        harness.refuse(Reason::CertificateRefused);
        harness.number.shape = Some(shape);
        harness.run();
        harness
    };
    let pin_on = refused(|number| number.pin_enabled = Some(true));
    assert_eq!(reason(&pin_on), Reason::TwoStepEnabled);
    let lapsed = refused(|number| number.code_verification_status = Some("EXPIRED".to_owned()));
    assert_eq!(lapsed.migration.state, State::WaitingForCode);
    let unclear = refused(|_| {});
    assert_eq!(reason(&unclear), Reason::CertificateRefused);
    assert_eq!(unclear.migration.state, State::ActionRequired);
}

#[test]
fn a_display_name_that_register_refuses_is_the_destinations_to_edit() {
    let mut harness = about_to(GraphCall::Register);
    harness.refuse(Reason::DisplayNameNotApproved);
    harness.run();
    assert_eq!(actor(&harness), Some(Actor::DestinationAdmin));
}

#[test]
fn no_code_is_requested_and_nothing_registered_while_the_number_is_on_the_business_app() {
    let mut harness = about_to(GraphCall::RequestCode);
    harness.step();
    let mut code = about_to(GraphCall::AddNumber);
    code.number.shape = Some(ON_APP);
    code.run();
    assert_eq!(reason(&code), Reason::NumberOnBusinessApp);
    assert_eq!(code.sent(GraphCall::RequestCode), 0);

    let mut register = about_to(GraphCall::VerifyCode);
    register.number.shape = Some(ON_APP);
    register.run();
    assert_eq!(reason(&register), Reason::NumberOnBusinessApp);
    assert_eq!(register.sent(GraphCall::Register), 0);
    register.number.shape = None;
    register.resume().unwrap();
    register.run();
    assert_eq!(register.migration.state, State::Succeeded);
}

#[test]
fn a_number_that_works_in_the_destination_ends_the_migration_without_a_call() {
    let shapes: [fn(&mut NumberFacts); 4] = [
        |number| number.code_verification_status = Some("EXPIRED".to_owned()),
        |number| number.status = Some("RESTRICTED".to_owned()),
        |number| number.on_business_app = Some(true),
        |number| number.platform_type = Some("ON_PREMISE".to_owned()),
    ];
    for (route, shape) in [Route::Otp, Route::AddedNumber]
        .into_iter()
        .flat_map(|route| shapes.map(|shape| (route, shape)))
    {
        let mut harness = MachineHarness::of(|start| start.request.route = route);
        (harness.number.added, harness.number.verified) = (true, true);
        harness.number.connected = true;
        harness.number.shape = Some(shape);
        harness.run();
        assert_eq!(harness.migration.state, State::Succeeded, "{route:?}");
        assert_eq!(harness.migration.registration, Registration::FoundDone);
        assert!(harness.number.effective.is_empty(), "{route:?}");
        assert!(harness.migration.findings.report.is_some());
    }
}

#[test]
fn a_code_that_meta_refuses_for_a_moment_is_not_submitted_beyond_the_budget() {
    let mut harness = about_to(GraphCall::VerifyCode);
    let budget = harness.machine.policy.code_checks.calls as usize;
    while harness.migration.state == State::Running {
        harness.refuse(Reason::MetaInternal);
        harness.wait(600);
        harness.step();
    }
    assert_eq!(harness.sent(GraphCall::VerifyCode), budget);
    assert_eq!(harness.migration.state, State::WaitingForCode);
    assert_eq!(reason(&harness), Reason::MetaInternal);
    let next = harness.machine.next_action(&harness.migration, harness.now);
    assert_eq!(next.kind, NextActionKind::WaitForMeta);
}

#[test]
fn a_fault_of_the_app_is_no_migrations_fault_and_is_not_read_back() {
    for blocked in [Reason::AppBlocked, Reason::AppTermsNotAccepted] {
        let mut harness = about_to(GraphCall::Register);
        harness.refuse(blocked);
        let next = harness.machine.next_action(&harness.migration, harness.now);
        assert_eq!(harness.migration.state, State::Running);
        assert_eq!(harness.migration.fault, None);
        assert_eq!(next.kind, NextActionKind::WaitForMeta);
        assert_eq!(next.actor, Some(Actor::Operator));
        assert!(next.instruction.contains(blocked.sentence()), "{next:?}");
        assert_eq!(next.deadline, harness.migration.not_before);
        for _ in 0..100 {
            harness.now = harness.migration.not_before.unwrap();
            harness.apply(Outcome::Read(Err(Fault::of(blocked))));
            assert_eq!(harness.migration.state, State::Running, "however long");
        }
        harness.now = harness.migration.not_before.unwrap();
        harness.run();
        assert_eq!(harness.migration.state, State::Succeeded);
        assert_eq!(harness.migration.held, None);
    }
}

#[test]
fn an_outage_of_meta_uses_up_no_retries_and_is_shown_as_such() {
    let mut harness = MachineHarness::new();
    let since = harness.now;
    for _ in 0..50 {
        let fault = Fault::of(Reason::GraphUnavailable).with_failing_since(Some(since));
        harness.apply(Outcome::Read(Err(fault)));
        assert_eq!(harness.migration.state, State::Running);
        harness.now = harness.migration.not_before.unwrap();
    }
    let next = harness.machine.next_action(&harness.migration, harness.now);
    let expected = format!(
        "failing for all since {}",
        since.strftime("%Y-%m-%d %H:%M UTC")
    );
    assert!(next.instruction.contains(&expected), "{next:?}");
    harness.run();
    assert_eq!(harness.migration.state, State::WaitingForCode);
}

#[test]
fn migrations_that_paused_together_do_not_resume_together() {
    let resumes = |id: u128| {
        let mut harness = MachineHarness::of(|start| {
            start.id = domain::MigrationId::from_uuid(uuid::Uuid::from_u128(id));
        });
        harness.apply(Outcome::Read(Err(Fault::of(Reason::AccountRateLimited)
            .with_retry_after(Some(SignedDuration::from_mins(8))))));
        let until = harness.migration.not_before.unwrap();
        until.duration_since(harness.now).as_secs()
    };
    let mut all: Vec<i64> = (0..50)
        .map(|n| resumes(n * 0x1234_5678_9abc_def1_0123_4567))
        .collect();
    all.sort_unstable();
    assert!(
        all.iter().all(|second| (480..=600).contains(second)),
        "{all:?}"
    );
    assert!(all[49] - all[0] > 60, "{all:?}");
}

#[test]
fn after_a_refused_code_request_a_person_is_asked_and_each_pause_is_longer() {
    let mut harness = about_to(GraphCall::RequestCode);
    let mut pauses = Vec::new();
    for _ in 0..3 {
        harness.refuse(Reason::CodeRequestedTooOften);
        harness.run();
        assert_eq!(harness.migration.state, State::Running);
        assert_eq!(reason(&harness), Reason::CodeRequestedTooOften);
        let until = harness.migration.not_before.unwrap();
        pauses.push(until.duration_since(harness.now).as_hours());
        let requests = harness.sent(GraphCall::RequestCode);
        harness.now = until;
        harness.run();
        assert_eq!(harness.migration.state, State::ActionRequired);
        assert_eq!(actor(&harness), Some(Actor::NumberOwner));
        assert_eq!(harness.sent(GraphCall::RequestCode), requests);
        harness.resume().unwrap();
    }
    assert_eq!(pauses, [6, 24, 24]);
    harness.run();
    assert_eq!(harness.migration.state, State::WaitingForCode);
}

#[test]
fn a_time_that_meta_names_is_waited_for_and_a_short_one_needs_no_person() {
    let mut harness = about_to(GraphCall::RequestCode);
    let write = harness.run_to_write();
    harness.begin(&write);
    let pause = SignedDuration::from_mins(5);
    let fault = Fault::of(Reason::CodeRequestedTooOften).with_retry_after(Some(pause));
    harness.apply(Outcome::Written(Err(fault)));
    harness.run();
    let until = harness.migration.not_before.unwrap();
    assert_eq!(until.duration_since(harness.now), pause);
    harness.now = until;
    harness.run();
    assert_eq!(harness.migration.state, State::WaitingForCode);
}

#[test]
fn metas_text_is_kept_when_the_following_reading_fails_too() {
    let mut harness = about_to(GraphCall::Register);
    let write = harness.run_to_write();
    harness.begin(&write);
    let error = GraphError {
        code: 200,
        details: Some("Something only a person understands.".to_owned()),
        fbtrace_id: Some("Az8".to_owned()),
        ..GraphError::default()
    };
    let refused = Fault::of(Reason::PermissionMissing).with_graph_error(error);
    harness.apply(Outcome::Written(Err(refused)));
    harness.apply(Outcome::Read(Err(Fault::of(Reason::ObjectNotFound))));
    assert_eq!(reason(&harness), Reason::PermissionMissing);
    let next = harness.machine.next_action(&harness.migration, harness.now);
    for text in [
        "Something only a person understands.",
        "code 200",
        "trace id Az8",
    ] {
        assert!(next.instruction.contains(text), "{next:?}");
    }
}

#[test]
fn a_register_that_leaves_two_step_verification_off_is_reported_with_what_to_do() {
    let mut harness = about_to(GraphCall::Register);
    harness.number.shape = Some(|number| number.pin_enabled = Some(false));
    harness.run();
    assert_eq!(harness.migration.state, State::Succeeded);
    assert!(harness.migration.pin_is_unproven());
    let next = harness.machine.next_action(&harness.migration, harness.now);
    assert_eq!(next.remedies.first().unwrap().as_str(), "SET_TWO_STEP_PIN");
}

#[test]
fn a_refusal_with_an_unknown_text_asks_and_is_not_retried() {
    let mut harness = about_to(GraphCall::AddNumber);
    harness.refuse(Reason::MoveRefused);
    assert_eq!(
        (harness.migration.state, harness.migration.step),
        (State::ActionRequired, Step::AddNumber)
    );
    let fault = harness.migration.fault.as_ref().unwrap();
    assert_eq!(fault.disposition, Disposition::Ask);
    assert_eq!(harness.sent(GraphCall::AddNumber), 1);
}

#[test]
fn a_held_call_is_made_after_another_reading() {
    let mut harness = about_to(GraphCall::Register);
    let until = harness.now + SignedDuration::from_secs(30);
    let why = Fault::of(Reason::ClockWrong);
    let machine = harness.machine.clone();
    machine.hold(&mut harness.migration, Some(why), until, harness.now);
    let next = machine.next(&harness.migration, harness.now);
    assert!(matches!(next, Action::Wait { until: Some(at) } if at == until));
    assert_eq!(actor(&harness), Some(Actor::Operator));
    assert_eq!(harness.sent(GraphCall::Register), 0);
    let next = machine.next(&harness.migration, until);
    assert!(matches!(next, Action::Read(_)), "{next:?}");
    harness.now = until;
    harness.run();
    assert_eq!(harness.migration.held, None);
    assert_eq!(harness.migration.state, State::Succeeded);
    assert_eq!(harness.sent(GraphCall::Register), 1);
}

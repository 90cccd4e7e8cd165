//! What Meta's answers mean once the number was read: a number that works is left alone, and the state of one that does not says
//! who must act.

use domain::facts::NumberFacts;
use domain::{
    Actor, Disposition, Fault, GraphCall, GraphError, NextActionKind, Outcome, Reason,
    Registration, Route, State, Step,
};
use jiff::SignedDuration;

use super::world::World;

/// A migration whose next call is this one.
fn about_to(call: GraphCall) -> World {
    let mut world = World::new();
    while world.run_to_write().call() != call {
        world.step();
        if world.migration.state == State::WaitingForCode || !world.step() {
            world.run();
            if world.migration.state == State::WaitingForCode {
                world.submit().unwrap();
            }
        }
    }
    world
}

fn sent(world: &World, call: GraphCall) -> usize {
    let history = world.history.iter();
    history
        .filter(|event| event.kind.call_sent() == Some(call))
        .count()
}

fn reason(world: &World) -> Reason {
    world.migration.fault.as_ref().unwrap().reason
}

fn actor(world: &World) -> Option<Actor> {
    let next = world.machine.next_action(&world.migration, world.now);
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
            assert_eq!(sent(&on_app, call), 1, "{call:?} {refusal:?}");

            let mut connected = about_to(call);
            connected.refuse(refusal);
            connected.number.shape = Some(|number| {
                number.status = Some("FLAGGED".to_owned());
                number.platform_type = Some("CLOUD_API".to_owned());
            });
            connected.run();
            assert_eq!(connected.migration.state, State::Succeeded, "{refusal:?}");
            assert_eq!(sent(&connected, call), 1, "{call:?} {refusal:?}");
        }
    }
}

#[test]
fn a_certificate_that_meta_refuses_in_unknown_words_is_about_what_the_number_shows() {
    let refused = |shape: fn(&mut NumberFacts)| {
        let mut world = about_to(GraphCall::Register);
        world.wait(120);
        world.refuse(Reason::CertificateRefused);
        world.number.shape = Some(shape);
        world.run();
        world
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
    let mut world = about_to(GraphCall::Register);
    world.refuse(Reason::DisplayNameNotApproved);
    world.run();
    assert_eq!(actor(&world), Some(Actor::DestinationAdmin));
}

#[test]
fn no_code_is_asked_for_and_nothing_registered_while_the_app_holds_the_number() {
    let mut world = about_to(GraphCall::RequestCode);
    world.step();
    let mut code = about_to(GraphCall::AddNumber);
    code.number.shape = Some(ON_APP);
    code.run();
    assert_eq!(reason(&code), Reason::NumberOnBusinessApp);
    assert_eq!(sent(&code, GraphCall::RequestCode), 0);

    let mut register = about_to(GraphCall::VerifyCode);
    register.number.shape = Some(ON_APP);
    register.run();
    assert_eq!(reason(&register), Reason::NumberOnBusinessApp);
    assert_eq!(sent(&register, GraphCall::Register), 0);
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
        let mut world = World::of(|start| start.request.route = route);
        (world.number.added, world.number.verified) = (true, true);
        world.number.connected = true;
        world.number.shape = Some(shape);
        world.run();
        assert_eq!(world.migration.state, State::Succeeded, "{route:?}");
        assert_eq!(world.migration.registration, Registration::FoundDone);
        assert!(world.number.effective.is_empty(), "{route:?}");
        assert!(world.migration.report.is_some());
    }
}

#[test]
fn what_meta_refuses_to_the_app_is_no_migrations_fault_and_is_not_read_back() {
    for blocked in [Reason::AppBlocked, Reason::AppTermsNotAccepted] {
        let mut world = about_to(GraphCall::Register);
        world.refuse(blocked);
        let next = world.machine.next_action(&world.migration, world.now);
        assert_eq!(world.migration.state, State::Running);
        assert_eq!(world.migration.fault, None);
        assert_eq!(next.kind, NextActionKind::WaitForMeta);
        assert_eq!(next.actor, Some(Actor::Operator));
        assert!(next.instruction.contains(blocked.sentence()), "{next:?}");
        assert_eq!(next.deadline, world.migration.not_before);
        for _ in 0..100 {
            world.now = world.migration.not_before.unwrap();
            world.apply(Outcome::Read(Err(Fault::of(blocked))));
            assert_eq!(world.migration.state, State::Running, "however long");
        }
        world.now = world.migration.not_before.unwrap();
        world.run();
        assert_eq!(world.migration.state, State::Succeeded);
        assert_eq!(world.migration.held, None);
    }
}

#[test]
fn an_outage_of_meta_uses_up_no_tries_and_is_shown_as_such() {
    let mut world = World::new();
    let since = world.now;
    for _ in 0..50 {
        let fault = Fault::of(Reason::GraphUnavailable).with_failing_since(Some(since));
        world.apply(Outcome::Read(Err(fault)));
        assert_eq!(world.migration.state, State::Running);
        world.now = world.migration.not_before.unwrap();
    }
    let next = world.machine.next_action(&world.migration, world.now);
    let said = format!("failing for all since {since:.0}");
    assert!(next.instruction.contains(&said), "{next:?}");
    world.run();
    assert_eq!(world.migration.state, State::WaitingForCode);
}

#[test]
fn migrations_that_paused_together_do_not_come_back_together() {
    let resumes = |id: u128| {
        let mut world = World::of(|start| {
            start.id = domain::MigrationId::from_uuid(uuid::Uuid::from_u128(id));
        });
        world.apply(Outcome::Read(Err(Fault::of(Reason::AccountRateLimited)
            .with_retry_after(Some(SignedDuration::from_mins(8))))));
        let until = world.migration.not_before.unwrap();
        until.duration_since(world.now).as_secs()
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
    let mut world = about_to(GraphCall::RequestCode);
    let mut pauses = Vec::new();
    for _ in 0..3 {
        world.refuse(Reason::CodeRequestedTooOften);
        world.run();
        assert_eq!(world.migration.state, State::Running);
        assert_eq!(reason(&world), Reason::CodeRequestedTooOften);
        let until = world.migration.not_before.unwrap();
        pauses.push(until.duration_since(world.now).as_hours());
        let requests = sent(&world, GraphCall::RequestCode);
        world.now = until;
        world.run();
        assert_eq!(world.migration.state, State::ActionRequired);
        assert_eq!(actor(&world), Some(Actor::NumberOwner));
        assert_eq!(sent(&world, GraphCall::RequestCode), requests);
        world.resume().unwrap();
    }
    assert_eq!(pauses, [6, 24, 24]);
    world.run();
    assert_eq!(world.migration.state, State::WaitingForCode);
}

#[test]
fn a_time_that_meta_names_is_waited_for_and_a_short_one_needs_no_person() {
    let mut world = about_to(GraphCall::RequestCode);
    let write = world.run_to_write();
    world.begin(&write);
    let pause = SignedDuration::from_mins(5);
    let fault = Fault::of(Reason::CodeRequestedTooOften).with_retry_after(Some(pause));
    world.apply(Outcome::Written(Err(fault)));
    world.run();
    let until = world.migration.not_before.unwrap();
    assert_eq!(until.duration_since(world.now), pause);
    world.now = until;
    world.run();
    assert_eq!(world.migration.state, State::WaitingForCode);
}

#[test]
fn metas_own_words_outlive_a_reading_that_fails_too() {
    let mut world = about_to(GraphCall::Register);
    let write = world.run_to_write();
    world.begin(&write);
    let error = GraphError {
        code: 200,
        details: Some("Something only a person understands.".to_owned()),
        fbtrace_id: Some("Az8".to_owned()),
        ..GraphError::default()
    };
    let refused = Fault::of(Reason::PermissionMissing).with_graph_error(error);
    world.apply(Outcome::Written(Err(refused)));
    world.apply(Outcome::Read(Err(Fault::of(Reason::ObjectNotFound))));
    assert_eq!(reason(&world), Reason::PermissionMissing);
    let next = world.machine.next_action(&world.migration, world.now);
    for words in [
        "Something only a person understands.",
        "code 200",
        "trace id Az8",
    ] {
        assert!(next.instruction.contains(words), "{next:?}");
    }
}

#[test]
fn a_register_that_leaves_two_step_verification_off_is_reported_with_what_to_do() {
    let mut world = about_to(GraphCall::Register);
    world.number.shape = Some(|number| number.pin_enabled = Some(false));
    world.run();
    assert_eq!(world.migration.state, State::Succeeded);
    assert!(world.migration.pin_is_unproven());
    let next = world.machine.next_action(&world.migration, world.now);
    assert_eq!(next.remedies.first().unwrap().as_str(), "SET_TWO_STEP_PIN");
}

#[test]
fn a_group_whose_text_is_not_known_asks_and_is_not_tried_again() {
    let mut world = about_to(GraphCall::AddNumber);
    world.refuse(Reason::MoveRefused);
    assert_eq!(
        (world.migration.state, world.migration.step),
        (State::ActionRequired, Step::AddNumber)
    );
    let fault = world.migration.fault.as_ref().unwrap();
    assert_eq!(fault.disposition, Disposition::Ask);
    assert_eq!(sent(&world, GraphCall::AddNumber), 1);
}

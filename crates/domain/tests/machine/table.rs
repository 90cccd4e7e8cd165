//! The machine's table: what every command does in every state, and what every outcome does in every step. Printed and
//! compared, so that no edge changes unseen.

use std::fmt::Write as _;

use domain::{
    Action, Command, Cutover, Disposition, Effect, Fault, GraphCall, Machine, Outcome, Phase,
    Reason, Route, State, Step, Written,
};

use super::world::{CODE, World, number_id};

/// A migration in this state, brought there by the machine alone.
fn in_state(state: State) -> World {
    let mut world = World::of(|start| {
        if state == State::WaitingForCutover {
            start.request.cutover = Cutover::Hold;
        }
    });
    match state {
        State::Running => {}
        State::WaitingForCode => world.run(),
        State::ActionRequired => {
            world.number.two_step_on = true;
            world.run();
        }
        State::WaitingForCutover | State::Succeeded => {
            (world.number.added, world.number.verified) = (true, true);
            world.run();
        }
        State::Failed => {
            world.apply(Outcome::Read(Err(Fault::of(Reason::NumberDeleted))));
        }
        State::Canceled => world.command(Command::Cancel).unwrap(),
        State::Expired => {
            world.now = world.migration.expires_at;
            world.run();
        }
    }
    assert_eq!(world.migration.state, state);
    world
}

#[test]
fn every_command_in_every_state() {
    let commands = [
        ("SubmitCode", Command::SubmitCode(CODE.parse().unwrap())),
        (
            "ResendCode",
            Command::ResendCode {
                method: None,
                language: None,
            },
        ),
        (
            "Resume",
            Command::Resume {
                access_token: None,
                two_step_pin: None,
            },
        ),
        ("Cancel", Command::Cancel),
        ("RevealTwoStepPin", Command::RevealTwoStepPin),
    ];
    let mut table = String::new();
    for state in State::ALL {
        for (name, command) in &commands {
            let mut world = in_state(state);
            world.wait(120);
            let before = world.migration.clone();
            let result = match world.command(command.clone()) {
                Ok(()) => world.migration.state.as_str().to_owned(),
                Err(refusal) => {
                    assert_eq!(world.migration, before, "a refused command changes nothing");
                    let text = format!("{refusal:?}");
                    format!("refused: {}", text.split([' ', '(']).next().unwrap())
                }
            };
            writeln!(table, "{:<20} {name:<17} -> {result}", state.as_str()).unwrap();
        }
    }
    insta::assert_snapshot!(table);
}

/// Every outcome that can meet a step, by name.
fn outcomes(world: &World) -> Vec<(String, Outcome)> {
    let mut all = Vec::new();
    let seen = |name: &str, world: &World, change: fn(&mut World)| {
        let mut world = world.clone();
        change(&mut world);
        let read = match Machine::default().next(&about_to_read(&world).migration, world.now) {
            Action::Read(read) => read,
            other => panic!("{other:?}"),
        };
        (
            format!("read: {name}"),
            Outcome::Read(Ok(world.number.read(&read, world.now))),
        )
    };
    all.push(seen("as it is", world, |_| {}));
    all.push(seen("added", world, |w| w.number.added = true));
    all.push(seen("verified", world, |w| {
        (w.number.added, w.number.verified) = (true, true);
    }));
    all.push(seen("connected", world, |w| {
        (w.number.added, w.number.verified, w.number.connected) = (true, true, true);
    }));
    all.push(seen("subscribed", world, |w| w.number.subscribed = true));
    all.push(seen("two-step on", world, |w| w.number.two_step_on = true));
    for disposition in [
        Disposition::Retry,
        Disposition::Wait,
        Disposition::Ask,
        Disposition::GiveUp,
    ] {
        let fault = Fault {
            disposition,
            ..Fault::of(Reason::UnknownGraphError)
        };
        all.push((
            format!("read fails: {disposition:?}"),
            Outcome::Read(Err(fault.clone())),
        ));
        all.push((
            format!("refused: {disposition:?}"),
            Outcome::Written(Err(fault)),
        ));
    }
    for reason in [
        Reason::AlreadyInDestination,
        Reason::AlreadyVerified,
        Reason::CodeRejected,
        Reason::CodeGuessedTooOften,
        Reason::NotBeingMigrated,
        Reason::NotVerified,
        Reason::PinMismatch,
    ] {
        all.push((
            format!("refused: {}", reason.as_str()),
            Outcome::Written(Err(Fault::of(reason))),
        ));
    }
    let lost = Fault::of(Reason::GraphTimeout).with_effect(Effect::Unknown);
    all.push(("answer lost".to_owned(), Outcome::Written(Err(lost))));
    let written = if world.migration.step == Step::AddNumber {
        Written::Added(number_id())
    } else {
        Written::Done
    };
    all.push(("done".to_owned(), Outcome::Written(Ok(written))));
    all
}

fn about_to_read(world: &World) -> World {
    let mut world = world.clone();
    world.migration.phase = Phase::Read;
    world
}

/// The changing call of a step.
fn call_of(step: Step) -> Option<GraphCall> {
    match step {
        Step::Check | Step::FindNumber | Step::Confirm => None,
        Step::Subscribe => Some(GraphCall::Subscribe),
        Step::AddNumber => Some(GraphCall::AddNumber),
        Step::RequestCode => Some(GraphCall::RequestCode),
        Step::VerifyCode => Some(GraphCall::VerifyCode),
        Step::Register => Some(GraphCall::Register),
    }
}

#[test]
fn every_outcome_in_every_step_and_phase() {
    let mut table = String::new();
    for route in [Route::Otp, Route::AddedNumber] {
        for step in route.steps() {
            let mut world = World::of(|start| start.request.route = route);
            world.migration.step = *step;
            world.migration.phone_number_id = Some(number_id());
            if *step == Step::VerifyCode {
                world.migration.secrets.code = CODE.parse().ok();
            }
            let mut phases = vec![("read", Phase::Read)];
            if let Some(call) = call_of(*step) {
                let at = world.now;
                let fault = Box::new(Fault::of(Reason::CodeRejected));
                phases.push(("sent", Phase::Sent { call, at }));
                phases.push(("unconfirmed", Phase::Unconfirmed { call, fault }));
            }
            for (phase_name, phase) in phases {
                for (name, outcome) in outcomes(&world) {
                    let is_answer = matches!(outcome, Outcome::Written(_));
                    if is_answer != (phase_name == "sent") && is_answer {
                        // An answer only comes to a call that was sent.
                        continue;
                    }
                    let mut world = world.clone();
                    world.migration.phase = phase.clone();
                    world.apply(outcome);
                    let m = &world.migration;
                    let phase = match &m.phase {
                        Phase::Read => "read",
                        Phase::Act => "act",
                        Phase::Sent { .. } => "sent",
                        Phase::Unconfirmed { .. } => "unconfirmed",
                    };
                    let pause = if m.not_before.is_some() {
                        ", later"
                    } else {
                        ""
                    };
                    let route = if route == Route::Otp { "otp" } else { "added" };
                    writeln!(
                        table,
                        "{route:<5} {:<12} {phase_name:<11} {name:<32} -> {:<15} {} {phase}{pause}",
                        step.as_str(),
                        m.state.as_str(),
                        m.step.as_str(),
                    )
                    .unwrap();
                }
            }
        }
    }
    insta::assert_snapshot!(table);
}

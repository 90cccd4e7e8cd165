//! The machine's table: what every command does in every state, and every outcome in every step. It
//! is printed and compared, so that no edge changes unnoticed.

use std::fmt::Write as _;

use domain::{
    Action, Command, Cutover, Disposition, Effect, Fault, GraphCall, Machine, Outcome, Phase,
    Reason, Route, State, Step, Update, Written,
};

use super::harness::{CODE, MachineHarness, number_id};

/// A migration in this state, brought there by the machine alone.
fn in_state(state: State) -> MachineHarness {
    let mut harness = MachineHarness::of(|start| {
        if state == State::WaitingForCutover {
            start.request.cutover = Cutover::Hold;
        }
    });
    match state {
        State::Running => {}
        State::WaitingForCode => harness.run(),
        State::ActionRequired => {
            harness.number.two_step_on = true;
            harness.run();
        }
        State::WaitingForCutover | State::Succeeded => {
            (harness.number.added, harness.number.verified) = (true, true);
            harness.run();
        }
        State::Failed => {
            harness.apply(Outcome::Read(Err(Fault::of(Reason::NumberDeleted))));
        }
        State::Canceled => harness.command(Command::Cancel).unwrap(),
        State::Expired => {
            harness.now = harness.migration.expires_at;
            harness.run();
        }
    }
    assert_eq!(harness.migration.state, state);
    harness
}

fn update(cutover: Option<Cutover>) -> Command {
    Command::Update(Box::new(Update {
        cutover,
        reference: Some("new".to_owned()),
        ..Update::default()
    }))
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
        ("Update", update(None)),
        ("Update: hold", update(Some(Cutover::Hold))),
        ("Update: at once", update(Some(Cutover::Immediate))),
    ];
    let mut table = String::new();
    for state in State::ALL {
        for (name, command) in &commands {
            let mut harness = in_state(state);
            harness.wait(120);
            let before = harness.migration.clone();
            let result = match harness.command(command.clone()) {
                Ok(()) => harness.migration.state.as_str().to_owned(),
                Err(refusal) => {
                    assert_eq!(
                        harness.migration, before,
                        "a refused command changes nothing"
                    );
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
fn outcomes(harness: &MachineHarness) -> Vec<(String, Outcome)> {
    let mut all = Vec::new();
    let seen = |name: &str, harness: &MachineHarness, change: fn(&mut MachineHarness)| {
        let mut harness = harness.clone();
        change(&mut harness);
        let read = match Machine::default().next(&about_to_read(&harness).migration, harness.now) {
            Action::Read(read) => read,
            other => panic!("{other:?}"),
        };
        (
            format!("read: {name}"),
            Outcome::Read(Ok(harness.number.read(&read, harness.now))),
        )
    };
    all.push(seen("as it is", harness, |_| {}));
    all.push(seen("added", harness, |w| w.number.added = true));
    all.push(seen("verified", harness, |w| {
        (w.number.added, w.number.verified) = (true, true);
    }));
    all.push(seen("connected", harness, |w| {
        (w.number.added, w.number.verified, w.number.connected) = (true, true, true);
    }));
    all.push(seen("subscribed", harness, |w| w.number.subscribed = true));
    all.push(seen("two-step on", harness, |w| {
        w.number.two_step_on = true;
    }));
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
    let written = if harness.migration.step == Step::AddNumber {
        Written::Added(number_id())
    } else {
        Written::Done
    };
    all.push(("done".to_owned(), Outcome::Written(Ok(written))));
    all
}

fn about_to_read(harness: &MachineHarness) -> MachineHarness {
    let mut harness = harness.clone();
    harness.migration.phase = Phase::Read;
    harness
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
            let mut harness = MachineHarness::of(|start| start.request.route = route);
            harness.migration.step = *step;
            harness.migration.phone_number_id = Some(number_id());
            if *step == Step::VerifyCode {
                harness.migration.secrets.code = CODE.parse().ok();
            }
            let mut phases = vec![("read", Phase::Read)];
            if let Some(call) = call_of(*step) {
                let at = harness.now;
                let fault = Box::new(Fault::of(Reason::CodeRejected));
                phases.push(("sent", Phase::Sent { call, at }));
                phases.push(("unconfirmed", Phase::Unconfirmed { call, fault }));
            }
            for (phase_name, phase) in phases {
                for (name, outcome) in outcomes(&harness) {
                    let is_answer = matches!(outcome, Outcome::Written(_));
                    if is_answer != (phase_name == "sent") && is_answer {
                        // An answer only comes to a call that was sent.
                        continue;
                    }
                    let mut harness = harness.clone();
                    harness.migration.phase = phase.clone();
                    harness.apply(outcome);
                    let m = &harness.migration;
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

//! Invariants of the machine under any sequence of outcomes, commands and pauses.

use domain::{
    Action, Command, Disposition, Effect, EventKind, Fault, GraphCall, Outcome, PinSource, Reason,
    Registration, Remedy, Route, State,
};
use jiff::SignedDuration;
use proptest::prelude::*;

use super::harness::MachineHarness;

/// Something that can happen to a migration.
#[derive(Debug, Clone)]
enum Incident {
    /// Meta performs the call and answers.
    Answers,
    /// Meta performs the call, and the answer is lost.
    AnswerLost,
    /// The request is lost.
    RequestLost,
    /// Meta refuses, or a reading fails.
    Faulty(Reason),
    /// The process dies after the intent was made durable, before the call.
    DiesBefore,
    /// The process dies after the call took effect.
    DiesAfter,
    Submit,
    Resend,
    Resume,
    ResumeWithPin,
    Cancel,
    Reveal,
    /// Time passes.
    Minutes(i64),
}

fn incident() -> impl Strategy<Value = Incident> {
    let reasons: Vec<Reason> = Reason::ALL.to_vec();
    prop_oneof![
        12 => Just(Incident::Answers),
        2 => Just(Incident::AnswerLost),
        2 => Just(Incident::RequestLost),
        3 => proptest::sample::select(reasons).prop_map(Incident::Faulty),
        1 => Just(Incident::DiesBefore),
        1 => Just(Incident::DiesAfter),
        4 => Just(Incident::Submit),
        1 => Just(Incident::Resend),
        3 => Just(Incident::Resume),
        1 => Just(Incident::ResumeWithPin),
        1 => Just(Incident::Cancel),
        1 => Just(Incident::Reveal),
        4 => (1_i64..600).prop_map(Incident::Minutes),
    ]
}

fn cause(harness: &mut MachineHarness, incident: &Incident) {
    match incident {
        Incident::Submit => drop(harness.submit()),
        Incident::Resend => drop(harness.command(Command::ResendCode {
            method: None,
            language: None,
        })),
        Incident::Resume => drop(harness.resume()),
        Incident::ResumeWithPin => drop(harness.command(Command::Resume {
            access_token: None,
            two_step_pin: "000111".parse().ok(),
        })),
        Incident::Cancel => drop(harness.command(Command::Cancel)),
        Incident::Reveal => drop(harness.command(Command::RevealTwoStepPin)),
        Incident::Minutes(minutes) => harness.now += SignedDuration::from_mins(*minutes),
        Incident::Answers
        | Incident::AnswerLost
        | Incident::RequestLost
        | Incident::Faulty(_)
        | Incident::DiesBefore
        | Incident::DiesAfter => call(harness, incident),
    }
}

/// Makes the next call, with this incident.
fn call(harness: &mut MachineHarness, incident: &Incident) {
    match (harness.next(), incident) {
        (Action::Write(write), Incident::DiesBefore) => harness.begin(&write),
        (Action::Write(write), Incident::DiesAfter) => {
            harness.begin(&write);
            harness.number.write(&write);
        }
        (Action::Write(_), Incident::AnswerLost) => harness.lose_answer(true),
        (Action::Write(_), Incident::RequestLost) => harness.lose_answer(false),
        (Action::Write(_), Incident::Faulty(reason)) => harness.refuse(*reason),
        // Meta reports a fault of the PIN only when the call sends one.
        (Action::Read(_), Incident::Faulty(reason))
            if !reason.remedies().contains(&Remedy::ResetTwoStepPin) =>
        {
            harness.apply(Outcome::Read(Err(Fault::of(*reason))));
        }
        (Action::Read(_), Incident::AnswerLost | Incident::RequestLost) => {
            let fault = Fault::of(Reason::GraphTimeout).with_effect(Effect::Unknown);
            harness.apply(Outcome::Read(Err(fault)));
        }
        _ => {
            harness.step();
        }
    }
}

/// What must hold at every moment.
fn invariants(harness: &MachineHarness, before: &MachineHarness) {
    let m = &harness.migration;
    let policy = &harness.machine.policy;

    // Never SUCCEEDED without a confirmed reading.
    if m.state == State::Succeeded {
        assert!(harness.number.connected && harness.number.added);
        assert!(m.findings.after.is_some() && m.findings.report.is_some());
    }
    // Never more register calls than the budget in any window.
    let sent = |call| -> Vec<_> {
        harness
            .history
            .iter()
            .filter(|event| event.kind.call_sent() == Some(call))
            .map(|event| event.at)
            .collect()
    };
    let registers = sent(GraphCall::Register);
    for at in &registers {
        let end = *at + policy.register.window;
        let within = registers
            .iter()
            .filter(|other| *other >= at && **other < end)
            .count();
        assert!(
            within <= policy.register.calls as usize,
            "{within} register calls in one window"
        );
    }
    // Never a call twice that takes effect once. (An account may be subscribed twice: that does no
    // harm.)
    for call in [GraphCall::AddNumber, GraphCall::Register] {
        let effective = harness
            .number
            .effective
            .iter()
            .filter(|done| **done == call)
            .count();
        assert!(effective <= 1, "{call:?} took effect {effective} times");
    }
    // Terminal is final.
    if before.migration.state.is_terminal() {
        assert_eq!(m.state, before.migration.state);
    }
    // An ended migration keeps its PIN if it can still be revealed, and no other secret.
    if m.state.is_terminal() {
        assert_eq!(m.secrets.access_token, None);
        assert_eq!(m.secrets.code, None);
        let registered = matches!(m.registration, Registration::Done | Registration::Uncertain);
        assert_eq!(m.secrets.two_step_pin.is_some(), registered);
    }
    // The number never moves once the migration is canceled or expired.
    if matches!(m.state, State::Canceled | State::Expired) {
        assert_eq!(m.registration, Registration::NotDone);
        assert!(!harness.number.effective.contains(&GraphCall::Register));
    }
    // The stored PIN is the one that the number has.
    if m.registration == Registration::Done {
        assert_eq!(m.secrets.two_step_pin, harness.number.pin);
    }
    // The history is gapless, in order, and explains the state.
    for (event, sequence) in harness.history.iter().zip(1..) {
        assert_eq!(event.sequence, sequence);
    }
    assert!(
        harness
            .history
            .windows(2)
            .all(|pair| pair[0].at <= pair[1].at)
    );
    let last = harness.history.last().unwrap();
    assert_eq!((last.state, last.sequence), (m.state, m.last_sequence));
    let mut state = State::Running;
    for event in &harness.history {
        if let EventKind::StateChanged { from, .. } = &event.kind {
            assert_eq!(*from, state, "a state changes from what it was");
        }
        state = event.state;
    }
    // An action that is required names its actor.
    let next = harness.machine.next_action(m, harness.now);
    if m.state == State::ActionRequired {
        assert!(next.actor.is_some() && m.fault.is_some());
        assert_ne!(m.fault.as_ref().unwrap().disposition, Disposition::Wait);
    }
    // A live migration is due at some time, so that none is forgotten.
    assert_eq!(
        harness.machine.due_at(m, harness.now).is_none(),
        m.state.is_terminal()
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 800, ..ProptestConfig::default() })]

    #[test]
    fn the_invariants_hold_in_any_sequence(
        incidents in proptest::collection::vec(incident(), 1..120),
        added in any::<bool>(),
        code_as_pin in any::<bool>(),
    ) {
        let mut harness = MachineHarness::of(|start| {
            if added {
                start.request.route = Route::AddedNumber;
            }
            if code_as_pin {
                start.request.pin_source = Some(PinSource::Code);
            }
        });
        (harness.number.added, harness.number.verified) = (added, added);
        for incident in &incidents {
            let before = harness.clone();
            cause(&mut harness, incident);
            invariants(&harness, &before);
        }
    }

    #[test]
    fn a_migration_ends_once_no_more_incidents_occur(
        incidents in proptest::collection::vec(incident(), 1..60),
    ) {
        let mut harness = MachineHarness::new();
        for incident in &incidents {
            cause(&mut harness, incident);
        }
        // From now on every actor does what is asked.
        for _ in 0..400 {
            harness.run();
            let stuck = match harness.migration.state {
                State::WaitingForCode => harness.submit().is_err(),
                State::ActionRequired | State::WaitingForCutover => harness.resume().is_err(),
                state => !state.is_terminal(),
            };
            if stuck {
                harness.wait(3600);
            }
            if harness.migration.state.is_terminal() {
                break;
            }
        }
        let expected = [State::Succeeded, State::Canceled, State::Expired, State::Failed];
        prop_assert!(expected.contains(&harness.migration.state), "{:?}", harness.migration);
        let gave_up = incidents.iter().any(|h| matches!(h, Incident::Faulty(_) | Incident::Cancel | Incident::Minutes(_)));
        prop_assert!(harness.migration.state == State::Succeeded || gave_up);
    }
}

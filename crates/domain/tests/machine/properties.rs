//! Invariants of the machine under any sequence of outcomes, commands and pauses.

use domain::{
    Action, Command, Disposition, Effect, EventKind, Fault, GraphCall, Outcome, PinSource, Reason,
    Registration, Remedy, Route, State,
};
use jiff::SignedDuration;
use proptest::prelude::*;

use super::world::World;

/// Something that can happen to a migration.
#[derive(Debug, Clone)]
enum Happening {
    /// Meta answers as it should.
    Answers,
    /// Meta does it, and the answer is lost.
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

fn happening() -> impl Strategy<Value = Happening> {
    let reasons: Vec<Reason> = Reason::ALL.to_vec();
    prop_oneof![
        12 => Just(Happening::Answers),
        2 => Just(Happening::AnswerLost),
        2 => Just(Happening::RequestLost),
        3 => proptest::sample::select(reasons).prop_map(Happening::Faulty),
        1 => Just(Happening::DiesBefore),
        1 => Just(Happening::DiesAfter),
        4 => Just(Happening::Submit),
        1 => Just(Happening::Resend),
        3 => Just(Happening::Resume),
        1 => Just(Happening::ResumeWithPin),
        1 => Just(Happening::Cancel),
        1 => Just(Happening::Reveal),
        4 => (1_i64..600).prop_map(Happening::Minutes),
    ]
}

fn happen(world: &mut World, happening: &Happening) {
    match happening {
        Happening::Submit => drop(world.submit()),
        Happening::Resend => drop(world.command(Command::ResendCode {
            method: None,
            language: None,
        })),
        Happening::Resume => drop(world.resume()),
        Happening::ResumeWithPin => drop(world.command(Command::Resume {
            access_token: None,
            two_step_pin: "000111".parse().ok(),
        })),
        Happening::Cancel => drop(world.command(Command::Cancel)),
        Happening::Reveal => drop(world.command(Command::RevealTwoStepPin)),
        Happening::Minutes(minutes) => world.now += SignedDuration::from_mins(*minutes),
        Happening::Answers
        | Happening::AnswerLost
        | Happening::RequestLost
        | Happening::Faulty(_)
        | Happening::DiesBefore
        | Happening::DiesAfter => call(world, happening),
    }
}

/// The next call goes as `happening` says.
fn call(world: &mut World, happening: &Happening) {
    match (world.next(), happening) {
        (Action::Write(write), Happening::DiesBefore) => world.begin(&write),
        (Action::Write(write), Happening::DiesAfter) => {
            world.begin(&write);
            world.number.write(&write);
        }
        (Action::Write(_), Happening::AnswerLost) => world.lose_answer(true),
        (Action::Write(_), Happening::RequestLost) => world.lose_answer(false),
        (Action::Write(_), Happening::Faulty(reason)) => world.refuse(*reason),
        // Meta speaks of a PIN where it is handed in, and nowhere else.
        (Action::Read(_), Happening::Faulty(reason))
            if !reason.remedies().contains(&Remedy::ResetTwoStepPin) =>
        {
            world.apply(Outcome::Read(Err(Fault::of(*reason))));
        }
        (Action::Read(_), Happening::AnswerLost | Happening::RequestLost) => {
            let fault = Fault::of(Reason::GraphTimeout).with_effect(Effect::Unknown);
            world.apply(Outcome::Read(Err(fault)));
        }
        _ => {
            world.step();
        }
    }
}

/// What must hold at every moment.
fn invariants(world: &World, before: &World) {
    let m = &world.migration;
    let policy = &world.machine.policy;

    // Never SUCCEEDED without a confirmed reading.
    if m.state == State::Succeeded {
        assert!(world.number.connected && world.number.added);
        assert!(m.after.is_some() && m.report.is_some());
    }
    // Never more register calls than the budget in any window.
    let sent = |call| -> Vec<_> {
        world
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
    // Never a call twice that takes effect once. (An account may be subscribed twice: that does no harm.)
    for call in [GraphCall::AddNumber, GraphCall::Register] {
        let effective = world
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
    // What ended keeps a PIN where it can still be asked for, and no other secret.
    if m.state.is_terminal() {
        assert_eq!(m.secrets.access_token, None);
        assert_eq!(m.secrets.code, None);
        let registered = matches!(m.registration, Registration::Done | Registration::Uncertain);
        assert_eq!(m.secrets.two_step_pin.is_some(), registered);
    }
    // The number never moves once the caller was told that it was canceled.
    if matches!(m.state, State::Canceled | State::Expired) {
        assert_eq!(m.registration, Registration::NotDone);
        assert!(!world.number.effective.contains(&GraphCall::Register));
    }
    // The PIN that is kept is the one that the number has.
    if m.registration == Registration::Done {
        assert_eq!(m.secrets.two_step_pin, world.number.pin);
    }
    // The history is gapless, in order, and explains the state.
    for (event, sequence) in world.history.iter().zip(1..) {
        assert_eq!(event.sequence, sequence);
    }
    assert!(
        world
            .history
            .windows(2)
            .all(|pair| pair[0].at <= pair[1].at)
    );
    let last = world.history.last().unwrap();
    assert_eq!((last.state, last.sequence), (m.state, m.last_sequence));
    let mut state = State::Running;
    for event in &world.history {
        if let EventKind::StateChanged { from, .. } = &event.kind {
            assert_eq!(*from, state, "a state changes from what it was");
        }
        state = event.state;
    }
    // What is asked of someone says of whom.
    let next = world.machine.next_action(m, world.now);
    if m.state == State::ActionRequired {
        assert!(next.actor.is_some() && m.fault.is_some());
        assert_ne!(m.fault.as_ref().unwrap().disposition, Disposition::Wait);
    }
    // A migration that lives is due at some time, so that none is forgotten.
    assert_eq!(
        world.machine.due_at(m, world.now).is_none(),
        m.state.is_terminal()
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 800, ..ProptestConfig::default() })]

    #[test]
    fn the_invariants_hold_whatever_happens(
        happenings in proptest::collection::vec(happening(), 1..120),
        added in any::<bool>(),
        code_as_pin in any::<bool>(),
    ) {
        let mut world = World::of(|start| {
            if added {
                start.request.route = Route::AddedNumber;
            }
            if code_as_pin {
                start.request.pin_source = Some(PinSource::Code);
            }
        });
        (world.number.added, world.number.verified) = (added, added);
        for happening in &happenings {
            let before = world.clone();
            happen(&mut world, happening);
            invariants(&world, &before);
        }
    }

    #[test]
    fn a_migration_ends_well_once_the_world_is_in_order(
        happenings in proptest::collection::vec(happening(), 1..60),
    ) {
        let mut world = World::new();
        for happening in &happenings {
            happen(&mut world, happening);
        }
        // Now everybody does what they are asked.
        for _ in 0..400 {
            world.run();
            let stuck = match world.migration.state {
                State::WaitingForCode => world.submit().is_err(),
                State::ActionRequired | State::WaitingForCutover => world.resume().is_err(),
                state => !state.is_terminal(),
            };
            if stuck {
                world.wait(3600);
            }
            if world.migration.state.is_terminal() {
                break;
            }
        }
        let expected = [State::Succeeded, State::Canceled, State::Expired, State::Failed];
        prop_assert!(expected.contains(&world.migration.state), "{:?}", world.migration);
        let gave_up = happenings.iter().any(|h| matches!(h, Happening::Faulty(_) | Happening::Cancel | Happening::Minutes(_)));
        prop_assert!(world.migration.state == State::Succeeded || gave_up);
    }
}

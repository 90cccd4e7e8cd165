//! `next_action` is always right: a command that it asks for is never refused, and it asks for none
//! that would be.

use domain::{
    Command, CommandError, GraphCall, NextAction, NextActionKind, Outcome, Reason, State,
};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::harness::MachineHarness;

fn next(harness: &MachineHarness) -> NextAction {
    harness.machine.next_action(&harness.migration, harness.now)
}

/// A time as instructions show it: to the next whole minute.
fn shown(at: Timestamp) -> String {
    let to_the_minute = jiff::TimestampRound::new()
        .smallest(jiff::Unit::Minute)
        .mode(jiff::RoundMode::Ceil);
    let at = at.round(to_the_minute).unwrap();
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

fn resend() -> Command {
    Command::ResendCode {
        method: None,
        language: None,
    }
}

/// A migration that waits for its code.
fn waiting() -> MachineHarness {
    let mut harness = MachineHarness::new();
    harness.run();
    assert_eq!(harness.migration.state, State::WaitingForCode);
    harness.wait(120);
    harness
}

fn wrong_code(harness: &mut MachineHarness) {
    harness.submit().unwrap();
    harness.refuse(Reason::CodeRejected);
    harness.run();
}

#[test]
fn the_last_tries_are_announced_and_after_them_the_action_is_to_wait() {
    let mut harness = waiting();
    let tries = harness.machine.policy.code_checks.calls;
    for left in (1..tries).rev() {
        wrong_code(&mut harness);
        let instruction = next(&harness).instruction;
        assert_eq!(
            instruction.contains(&format!("{left} tr")),
            left <= 2,
            "{instruction}"
        );
    }
    assert!(
        next(&harness)
            .instruction
            .contains("1 try is left for this number")
    );
    wrong_code(&mut harness);
    let spent = next(&harness);
    assert_eq!(spent.kind, NextActionKind::WaitForMeta);
    let Err(CommandError::CodeChecksSpent(budget)) = harness.submit() else {
        panic!("a code was accepted");
    };
    assert_eq!(spent.deadline, budget.next_allowed_at);
    assert!(
        matches!(
            harness.command(resend()),
            Err(CommandError::CodeChecksSpent(_))
        ),
        "no code is sent that cannot be used"
    );
    harness.now = spent.deadline.unwrap();
    assert_eq!(next(&harness).kind, NextActionKind::SubmitCode);
    harness.command(resend()).unwrap();
}

#[test]
fn a_refused_resend_moves_no_deadline_and_is_not_suggested_before_metas_pause_is_over() {
    let mut harness = waiting();
    let before = next(&harness).deadline;
    harness.command(resend()).unwrap();
    harness.refuse(Reason::CodeRequestedTooOften);
    harness.run();
    assert_eq!(harness.migration.state, State::WaitingForCode);
    let after = next(&harness);
    assert_eq!(after.deadline, before, "the owner has the older code");
    let refused = harness.command(resend());
    let Err(CommandError::CodeRequestsSpent(budget)) = refused else {
        panic!("{refused:?}");
    };
    let at = budget.next_allowed_at.unwrap();
    assert!(at.duration_since(harness.now) >= SignedDuration::from_hours(1));
    assert!(after.instruction.contains(&shown(at)), "{after:?}");
    let budgets = harness.machine.budgets(&harness.migration, harness.now);
    let requests = budgets
        .iter()
        .find(|it| it.call == GraphCall::RequestCode)
        .unwrap();
    assert_eq!(requests.next_allowed_at, Some(at));

    harness.now = before.unwrap();
    let old = next(&harness);
    assert_eq!(
        (old.kind, old.deadline),
        (NextActionKind::WaitForMeta, Some(at))
    );
    harness.now = at;
    harness.command(resend()).unwrap();
}

/// Something that may happen to a migration before its next action is read.
#[derive(Debug, Clone)]
enum Incident {
    Goes,
    Refused(Reason),
    Unreadable(Reason),
    WrongCode,
    Code,
    Resend,
    Resume,
    Minutes(i64),
}

fn incident() -> impl Strategy<Value = Incident> {
    let reasons = || proptest::sample::select(Reason::ALL.to_vec());
    prop_oneof![
        6 => Just(Incident::Goes),
        3 => reasons().prop_map(Incident::Refused),
        1 => reasons().prop_map(Incident::Unreadable),
        3 => Just(Incident::WrongCode),
        1 => Just(Incident::Code),
        2 => Just(Incident::Resend),
        2 => Just(Incident::Resume),
        3 => (1_i64..900).prop_map(Incident::Minutes),
    ]
}

fn cause(harness: &mut MachineHarness, incident: &Incident) {
    use domain::{Action, Fault};
    match (incident, harness.next()) {
        (Incident::Refused(reason), Action::Write(_)) => harness.refuse(*reason),
        (Incident::Unreadable(reason), Action::Read(_)) => {
            harness.apply(Outcome::Read(Err(Fault::of(*reason))));
        }
        (Incident::WrongCode, _) => {
            if harness.submit().is_ok() {
                harness.refuse(Reason::CodeRejected);
                harness.run();
            }
        }
        (Incident::Code, _) => drop(harness.submit()),
        (Incident::Resend, _) => drop(harness.command(resend())),
        (Incident::Resume, _) => drop(harness.resume()),
        (Incident::Minutes(minutes), _) => harness.now += SignedDuration::from_mins(*minutes),
        _ => drop(harness.step()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn a_command_that_next_action_asks_for_is_never_refused(
        incidents in proptest::collection::vec(incident(), 1..80),
    ) {
        let mut harness = MachineHarness::new();
        for incident in &incidents {
            cause(&mut harness, incident);
            // Deadlines that have passed are applied first.
            while matches!(harness.next(), domain::Action::Elapse) {
                harness.step();
            }
            let action = next(&harness);
            let context = format!("{action:?} in {:?}", harness.migration);
            // What lists search for.
            prop_assert_eq!(action.actor, harness.migration.actor());
            prop_assert!(action.since <= harness.now, "{}", context);
            let text = &action.instruction;
            let contradicts = text.contains("No action needed") && !action.remedies.is_empty();
            prop_assert!(!contradicts, "{context}");
            prop_assert!(!text.contains("start a new one. Then call Resume"), "{context}");
            let has_time = action.deadline.is_none() || text.contains(" UTC");
            prop_assert!(has_time, "{context}");
            let waits = matches!(action.kind, NextActionKind::Wait | NextActionKind::WaitForMeta);
            let orders_a_case = waits && text.contains("Open a case");
            prop_assert!(!orders_a_case, "{context}");
            let mut obedient = harness.clone();
            match action.kind {
                NextActionKind::SubmitCode if action.instruction.contains("too old") => {
                    prop_assert!(obedient.command(resend()).is_ok(), "{context}");
                }
                NextActionKind::SubmitCode => {
                    prop_assert!(obedient.submit().is_ok(), "{context}");
                }
                NextActionKind::ReleaseCutover | NextActionKind::ApplyRemedy => {
                    let asks_for_code = action.remedies.iter().any(|it| it.as_str() == "SUBMIT_NEW_CODE");
                    prop_assert!(!asks_for_code, "no code is accepted: {context}");
                    prop_assert!(obedient.resume().is_ok(), "{context}");
                }
                NextActionKind::WaitForMeta => {
                    let until = action.deadline.unwrap();
                    prop_assert!(until >= harness.now || harness.migration.state == State::Running, "{context}");
                    if harness.migration.state == State::WaitingForCode && until < harness.migration.expires_at {
                        obedient.now = until;
                        let later = next(&obedient);
                        prop_assert!(later.deadline != action.deadline || later.kind != action.kind, "the wait ends: {context}");
                    }
                }
                NextActionKind::Wait | NextActionKind::CleanUp | NextActionKind::None => {}
            }
            if harness.migration.state == State::WaitingForCode && action.kind == NextActionKind::WaitForMeta {
                let asks = action.remedies.iter().any(|it| it.as_str() == "SUBMIT_NEW_CODE");
                prop_assert!(!asks, "no code is accepted: {context}");
            }
            // Another code is suggested only if it is sent now, or with the time from which on it
            // is.
            let suggested = action.kind == NextActionKind::SubmitCode && action.instruction.contains("ResendCode.");
            if suggested {
                let mut requests = harness.clone();
                prop_assert!(requests.command(resend()).is_ok(), "{context}");
            }
        }
    }
}

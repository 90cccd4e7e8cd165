//! `next_action` is always right: who does what it says is never refused, and what would be refused is not invited.

use domain::{
    Command, CommandError, GraphCall, NextAction, NextActionKind, Outcome, Reason, State,
};
use jiff::SignedDuration;
use proptest::prelude::*;

use super::world::World;

fn next(world: &World) -> NextAction {
    world.machine.next_action(&world.migration, world.now)
}

fn resend() -> Command {
    Command::ResendCode {
        method: None,
        language: None,
    }
}

/// A migration that waits for its code.
fn waiting() -> World {
    let mut world = World::new();
    world.run();
    assert_eq!(world.migration.state, State::WaitingForCode);
    world.wait(120);
    world
}

fn wrong_code(world: &mut World) {
    world.submit().unwrap();
    world.refuse(Reason::CodeRejected);
    world.run();
}

#[test]
fn the_last_tries_are_announced_and_after_them_the_action_is_to_wait() {
    let mut world = waiting();
    let tries = world.machine.policy.code_checks.calls;
    for left in (1..tries).rev() {
        wrong_code(&mut world);
        let said = next(&world).instruction;
        assert_eq!(said.contains(&format!("{left} tr")), left <= 2, "{said}");
    }
    assert!(
        next(&world)
            .instruction
            .contains("1 try is left for this number")
    );
    wrong_code(&mut world);
    let spent = next(&world);
    assert_eq!(spent.kind, NextActionKind::WaitForMeta);
    let Err(CommandError::CodeChecksSpent(budget)) = world.submit() else {
        panic!("a code was taken");
    };
    assert_eq!(spent.deadline, budget.next_allowed_at);
    assert!(
        matches!(
            world.command(resend()),
            Err(CommandError::CodeChecksSpent(_))
        ),
        "no code is sent that cannot be used"
    );
    world.now = spent.deadline.unwrap();
    assert_eq!(next(&world).kind, NextActionKind::SubmitCode);
    world.command(resend()).unwrap();
}

#[test]
fn a_refused_resend_moves_no_deadline_and_is_not_invited_before_metas_pause_is_over() {
    let mut world = waiting();
    let before = next(&world).deadline;
    world.command(resend()).unwrap();
    world.refuse(Reason::CodeRequestedTooOften);
    world.run();
    assert_eq!(world.migration.state, State::WaitingForCode);
    let after = next(&world);
    assert_eq!(after.deadline, before, "the owner holds the older code");
    let refused = world.command(resend());
    let Err(CommandError::CodeRequestsSpent(budget)) = refused else {
        panic!("{refused:?}");
    };
    let at = budget.next_allowed_at.unwrap();
    assert!(at.duration_since(world.now) >= SignedDuration::from_hours(1));
    assert!(after.instruction.contains(&format!("{at:.0}")), "{after:?}");
    let budgets = world.machine.budgets(&world.migration, world.now);
    let requests = budgets
        .iter()
        .find(|it| it.call == GraphCall::RequestCode)
        .unwrap();
    assert_eq!(requests.next_allowed_at, Some(at));

    world.now = before.unwrap();
    let old = next(&world);
    assert_eq!(
        (old.kind, old.deadline),
        (NextActionKind::WaitForMeta, Some(at))
    );
    world.now = at;
    world.command(resend()).unwrap();
}

/// Something that may happen to a migration before it is asked what is next.
#[derive(Debug, Clone)]
enum Happening {
    Goes,
    Refused(Reason),
    Unreadable(Reason),
    WrongCode,
    Code,
    Resend,
    Resume,
    Minutes(i64),
}

fn happening() -> impl Strategy<Value = Happening> {
    let reasons = || proptest::sample::select(Reason::ALL.to_vec());
    prop_oneof![
        6 => Just(Happening::Goes),
        3 => reasons().prop_map(Happening::Refused),
        1 => reasons().prop_map(Happening::Unreadable),
        3 => Just(Happening::WrongCode),
        1 => Just(Happening::Code),
        2 => Just(Happening::Resend),
        2 => Just(Happening::Resume),
        3 => (1_i64..900).prop_map(Happening::Minutes),
    ]
}

fn happen(world: &mut World, happening: &Happening) {
    use domain::{Action, Fault};
    match (happening, world.next()) {
        (Happening::Refused(reason), Action::Write(_)) => world.refuse(*reason),
        (Happening::Unreadable(reason), Action::Read(_)) => {
            world.apply(Outcome::Read(Err(Fault::of(*reason))));
        }
        (Happening::WrongCode, _) => {
            if world.submit().is_ok() {
                world.refuse(Reason::CodeRejected);
                world.run();
            }
        }
        (Happening::Code, _) => drop(world.submit()),
        (Happening::Resend, _) => drop(world.command(resend())),
        (Happening::Resume, _) => drop(world.resume()),
        (Happening::Minutes(minutes), _) => world.now += SignedDuration::from_mins(*minutes),
        _ => drop(world.step()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn who_does_what_next_action_says_is_never_refused(
        happenings in proptest::collection::vec(happening(), 1..80),
    ) {
        let mut world = World::new();
        for happening in &happenings {
            happen(&mut world, happening);
            // What time has brought about is known before anything is asked.
            while matches!(world.next(), domain::Action::Elapse) {
                world.step();
            }
            let said = next(&world);
            let context = format!("{said:?} in {:?}", world.migration);
            let mut obeys = world.clone();
            match said.kind {
                NextActionKind::SubmitCode if said.instruction.contains("too old") => {
                    prop_assert!(obeys.command(resend()).is_ok(), "{context}");
                }
                NextActionKind::SubmitCode => {
                    prop_assert!(obeys.submit().is_ok(), "{context}");
                }
                NextActionKind::ReleaseCutover | NextActionKind::ApplyRemedy => {
                    let asks_for_code = said.remedies.iter().any(|it| it.as_str() == "SUBMIT_NEW_CODE");
                    prop_assert!(!asks_for_code, "no code is taken: {context}");
                    prop_assert!(obeys.resume().is_ok(), "{context}");
                }
                NextActionKind::WaitForMeta => {
                    let until = said.deadline.unwrap();
                    prop_assert!(until >= world.now || world.migration.state == State::Running, "{context}");
                    if world.migration.state == State::WaitingForCode && until < world.migration.expires_at {
                        obeys.now = until;
                        let later = next(&obeys);
                        prop_assert!(later.deadline != said.deadline || later.kind != said.kind, "it comes to an end: {context}");
                    }
                }
                NextActionKind::Wait | NextActionKind::CleanUp | NextActionKind::None => {}
            }
            // Another code is only invited where it is sent now, or with the time from which on it is.
            let invited = said.kind == NextActionKind::SubmitCode && said.instruction.contains("ResendCode.");
            if invited {
                let mut asks = world.clone();
                prop_assert!(asks.command(resend()).is_ok(), "{context}");
            }
        }
    }
}

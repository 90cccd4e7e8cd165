//! The explorations: every state that can be reached within the bounds, and every property in each.

use std::fmt::Write as _;

use domain::Route;

use super::bounds::{Bounds, Left};
use super::explorer::explore;
use super::migrations::Limits;
use super::properties::Property;
use super::protocol::Protocol;

pub const NONE: Left = Left {
    crashes: 0,
    lost: 0,
    refusals: 0,
    commands: 0,
    expiries: 0,
};

/// A whole move by the four calls, in which any process may pause at any time.
pub const WHOLE_MOVE: Bounds = Bounds {
    route: Route::Otp,
    limits: Limits {
        code_requests: 2,
        code_checks: 2,
        registers: 2,
    },
    left: NONE,
    subscribed: true,
    late_renewals: false,
    reduced: true,
    mutation: None,
};

/// Explores everything within the bounds, and asserts that every property holds and that each of
/// these ends is reached. Prints what was explored.
fn holds(bounds: Bounds, ends: &[&str]) {
    #[expect(clippy::disallowed_methods, reason = "the duration is printed")]
    let begun = std::time::Instant::now();
    let mut protocol = Protocol::new(bounds, &Property::ALL);
    let explored = explore(&mut protocol);
    if let Some(violation) = explored.violation {
        let mut trace = format!("{:?} does not hold:", violation.property);
        for line in violation.trace {
            let _ = write!(trace, "\n  {line}");
        }
        panic!("{trace}");
    }
    eprintln!(
        "{:?} with {:?}: {} states and {} steps to depth {}, {} different migrations, ends {:?}, in {:.1?}",
        bounds.route,
        bounds.left,
        explored.states,
        explored.steps,
        explored.depth,
        protocol.migrations.len(),
        explored.ends,
        begun.elapsed(),
    );
    for end in ends {
        assert!(explored.ends.contains_key(end), "{end} is never reached");
    }
}

fn with(left: Left) -> Bounds {
    Bounds { left, ..WHOLE_MOVE }
}

#[test]
fn every_property_holds_if_a_process_dies() {
    holds(with(Left { crashes: 1, ..NONE }), &["SUCCEEDED"]);
}

#[test]
fn every_property_holds_if_an_answer_is_lost() {
    holds(with(Left { lost: 1, ..NONE }), &["SUCCEEDED"]);
}

#[test]
fn every_property_holds_if_meta_refuses_a_call() {
    holds(
        with(Left {
            refusals: 1,
            ..NONE
        }),
        &["SUCCEEDED"],
    );
}

#[test]
fn every_property_holds_with_a_command_at_any_moment() {
    holds(
        with(Left {
            commands: 1,
            ..NONE
        }),
        &["SUCCEEDED", "CANCELED"],
    );
}

#[test]
fn every_property_holds_if_the_migration_expires() {
    holds(
        with(Left {
            expiries: 1,
            ..NONE
        }),
        &["SUCCEEDED", "EXPIRED"],
    );
}

/// Combinations, with `tests/long/run`.
mod long {
    use super::*;

    const A_CRASH_A_LOST_ANSWER_AND_TWO_COMMANDS: Left = Left {
        crashes: 1,
        lost: 1,
        commands: 2,
        ..NONE
    };

    #[test]
    #[ignore = "takes minutes: tests/long/run"]
    fn every_property_holds_with_a_crash_a_lost_answer_and_two_commands() {
        let left = A_CRASH_A_LOST_ANSWER_AND_TWO_COMMANDS;
        holds(with(left), &["SUCCEEDED", "CANCELED"]);
    }

    #[test]
    #[ignore = "takes minutes: tests/long/run"]
    fn every_property_holds_with_a_refusal_besides() {
        let left = Left {
            refusals: 1,
            ..A_CRASH_A_LOST_ANSWER_AND_TWO_COMMANDS
        };
        holds(with(left), &["SUCCEEDED", "CANCELED"]);
    }

    #[test]
    #[ignore = "takes minutes: tests/long/run"]
    fn every_property_holds_if_renewals_are_read_late() {
        let late = Bounds {
            late_renewals: true,
            ..with(A_CRASH_A_LOST_ANSWER_AND_TWO_COMMANDS)
        };
        holds(late, &["SUCCEEDED", "CANCELED"]);
    }
}

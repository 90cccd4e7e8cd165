//! Mistakes in the protocol. The model must find what each of them breaks; otherwise it would prove
//! nothing.

use domain::Route;

use super::bounds::{Bounds, Left};
use super::explorer::explore;
use super::migrations::Limits;
use super::proofs::{NONE, WHOLE_MOVE};
use super::properties::Property;
use super::protocol::Protocol;

/// A mistake in the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutation {
    /// A call is made without a permit.
    PermitTakenOut,
    /// REGISTER is decided on a reading that was not made: "not connected".
    ReadingSkipped,
    /// The intent is saved only with the outcome.
    IntentAfterCall,
    /// The call is counted only with the outcome.
    BudgetAfterCall,
    /// A save requires the version alone.
    LeaseNotChecked,
    /// The local deadline counts from the answer to a renewal, not from the request.
    DeadlineFromTheAnswer,
    /// A worker releases a row that it does not work on without naming its version.
    ReleaseWithoutVersion,
    /// A lease that has ended is deleted in one transaction, and its rows are to be released in
    /// another.
    EndedInTwoSteps,
    /// No worker ends another one.
    EndedByNone,
    /// CONFIRM is decided on a reading that was not made: "connected".
    ConfirmationSkipped,
}

/// The end of a move, from the search for the number on. Every state is its own, so that a trace
/// names one worker by one number.
const END_OF_MOVE: Bounds = Bounds {
    route: Route::AddedNumber,
    reduced: false,
    ..WHOLE_MOVE
};

/// Asserts that the mutation breaks the property within these bounds, and prints the shortest way.
/// Without it nothing is broken: that is what the other explorations show, in wider bounds.
fn breaks(property: Property, mutation: Mutation, bounds: Bounds) {
    let mutated = Bounds {
        mutation: Some(mutation),
        ..bounds
    };
    let found = explore(&mut Protocol::new(mutated, &[property]));
    let violation = found.violation.expect("the mutation breaks a property");
    assert_eq!(violation.property, property);
    eprintln!("{mutation:?} breaks {property:?}:");
    for line in violation.trace {
        eprintln!("  {line}");
    }
}

#[test]
fn without_the_permit_a_worker_that_lost_its_lease_makes_its_call() {
    let mutation = Mutation::PermitTakenOut;
    breaks(Property::CallsNeedTheLease, mutation, END_OF_MOVE);
    breaks(Property::RegisterIsReadBeforeRepeat, mutation, END_OF_MOVE);
}

#[test]
fn without_the_reading_a_number_is_registered_again_unread() {
    let mutation = Mutation::ReadingSkipped;
    breaks(Property::RegisterIsRead, mutation, END_OF_MOVE);
    breaks(Property::RegisterIsReadBeforeRepeat, mutation, END_OF_MOVE);
}

#[test]
fn without_an_intent_before_the_call_the_next_worker_repeats_it() {
    let mutation = Mutation::IntentAfterCall;
    let crash = Left { crashes: 1, ..NONE };
    let end = Bounds {
        left: crash,
        ..END_OF_MOVE
    };
    breaks(Property::RegisterIsReadBeforeRepeat, mutation, end);
    let whole = Bounds {
        left: crash,
        reduced: false,
        ..WHOLE_MOVE
    };
    breaks(Property::CodeRequestIsNotRepeated, mutation, whole);
}

#[test]
fn without_an_intent_before_the_call_a_canceled_number_moves() {
    let command = Bounds {
        left: Left {
            commands: 1,
            ..NONE
        },
        ..END_OF_MOVE
    };
    breaks(Property::EndIsFinal, Mutation::IntentAfterCall, command);
}

#[test]
fn a_call_that_is_counted_afterwards_exceeds_the_budget() {
    let crash = Bounds {
        left: Left { crashes: 1, ..NONE },
        limits: Limits {
            registers: 1,
            ..WHOLE_MOVE.limits
        },
        ..END_OF_MOVE
    };
    breaks(Property::BudgetIsKept, Mutation::BudgetAfterCall, crash);
}

#[test]
fn a_save_without_the_lease_overwrites_the_work_of_its_holder() {
    breaks(
        Property::SavesNeedTheLease,
        Mutation::LeaseNotChecked,
        END_OF_MOVE,
    );
}

#[test]
fn a_deadline_that_counts_from_the_answer_outlives_the_lease() {
    let late = Bounds {
        late_renewals: true,
        ..END_OF_MOVE
    };
    let mutation = Mutation::DeadlineFromTheAnswer;
    breaks(Property::CallsNeedTheLease, mutation, late);
}

#[test]
fn a_release_without_the_version_takes_the_row_from_later_work() {
    let mutation = Mutation::ReleaseWithoutVersion;
    breaks(Property::CallsNeedTheLease, mutation, END_OF_MOVE);
}

#[test]
fn a_lease_that_is_ended_in_two_steps_loses_a_migration() {
    let mutation = Mutation::EndedInTwoSteps;
    breaks(Property::NothingIsForgotten, mutation, END_OF_MOVE);
}

#[test]
fn a_lease_that_no_worker_ends_keeps_a_migration_from_its_end() {
    let mutation = Mutation::EndedByNone;
    breaks(Property::EveryMigrationCanEnd, mutation, END_OF_MOVE);
}

#[test]
fn without_the_reading_of_confirm_success_is_unconfirmed() {
    let mutation = Mutation::ConfirmationSkipped;
    breaks(Property::SuccessIsConfirmed, mutation, END_OF_MOVE);
}

//! Cases from the field through the real endpoint: for each the state, reason, actor, and the
//! number of changing calls.
//!
//! The cases were collected from public reports; none is in Meta's documentation.

mod checks;
mod numbers;
mod refusals;
mod waiting;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use waba_migrator::proto::v1::{Actor, MigrateRequest, Migration, NextActionKind, State};

use crate::support::service::{ServiceHarness, reason};

/// A healthy number.
const NUMBER: &str = "+12025550100";

/// Maximum pause that a test waits for.
const LONG: SignedDuration = SignedDuration::from_secs(5);

/// How a case ended, and the calls it cost.
struct Seen {
    migration: Migration,
    /// Changing calls that reached Meta: add number, request code, verify code, register.
    calls: [usize; 4],
}

impl Seen {
    fn reason(&self) -> &str {
        reason(self.migration.fault.as_ref())
    }

    /// The remedies of the fault, in order.
    fn remedies(&self) -> Vec<&str> {
        let fault = self.migration.fault.as_ref();
        let remedies = fault.map(|fault| fault.remedies.as_slice());
        remedies
            .unwrap_or_default()
            .iter()
            .map(|remedy| remedy.kind.as_str())
            .collect()
    }

    fn actor(&self) -> Actor {
        self.migration.next_action.as_ref().unwrap().actor()
    }

    fn instruction(&self) -> &str {
        &self.migration.next_action.as_ref().unwrap().instruction
    }

    /// Asserts that it stopped for an actor: reason, first remedy, actor and calls.
    #[track_caller]
    fn asks(&self, reason: &str, remedy: &str, actor: Actor, calls: [usize; 4]) {
        let found = (
            self.migration.state(),
            self.reason(),
            self.remedies().first().copied().unwrap_or_default(),
            self.actor(),
            self.calls,
        );
        let expected = (State::ActionRequired, reason, remedy, actor, calls);
        assert_eq!(found, expected, "{:#?}", self.migration);
    }

    /// Asserts that it succeeded after these calls.
    #[track_caller]
    fn succeeds(&self, calls: [usize; 4]) {
        let found = (self.migration.state(), self.calls);
        assert_eq!(found, (State::Succeeded, calls), "{:#?}", self.migration);
    }
}

/// Changing calls that reached Meta for the number.
fn calls(stack: &ServiceHarness, number: &str) -> [usize; 4] {
    let made = stack.attempted(number);
    ["add_number", "request_code", "verify_code", "register"]
        .map(|call| made.iter().filter(|name| *name == call).count())
}

fn inject(stack: &ServiceHarness, fault: &Value) {
    stack
        .sandbox
        .inject_json(fault)
        .unwrap_or_else(|error| panic!("{error}: {fault}"));
}

fn shape(stack: &ServiceHarness, number: &str, placing: &Value) {
    let digits = number.trim_start_matches('+');
    stack
        .sandbox
        .put_number(digits, placing)
        .unwrap_or_else(|error| panic!("{error}: {placing}"));
}

fn account(stack: &ServiceHarness, id: &str, shape: &Value) {
    stack
        .sandbox
        .put_account(id, shape)
        .unwrap_or_else(|error| panic!("{error}: {shape}"));
}

/// Moves the number, submitting every code that arrives, until it ends, stops, or waits longer than
/// `LONG`.
async fn drive(stack: &ServiceHarness, number: &str) -> Seen {
    drive_with(stack, number, |_| {}).await
}

/// [`drive`] with a request that `edit` changed.
async fn drive_with(
    stack: &ServiceHarness,
    number: &str,
    edit: impl FnOnce(&mut MigrateRequest),
) -> Seen {
    let started = stack.migrate_with(number, edit).await;
    let started = started.unwrap_or_else(|refused| panic!("{number}: {refused:?}"));
    go_on(stack, &started.id, number).await
}

/// Resumes, then continues as [`drive`].
async fn resume(stack: &ServiceHarness, id: &str, number: &str) -> Seen {
    stack.resume(id).await.unwrap();
    go_on(stack, id, number).await
}

async fn go_on(stack: &ServiceHarness, id: &str, number: &str) -> Seen {
    let mut submitted = 0;
    loop {
        let found = stack
            .until(id, |found| {
                found.state() != State::Running || pause(stack, found) > LONG
            })
            .await;
        let codes = stack.sandbox.messages(number.trim_start_matches('+'));
        let waits = found.state() == State::WaitingForCode
            && found.next_action.as_ref().unwrap().kind() == NextActionKind::SubmitCode;
        match codes.last() {
            Some(newest) if waits && codes.len() > submitted => {
                submitted = codes.len();
                stack.submit(id, &newest.code).await.unwrap();
            }
            _ => {
                return Seen {
                    calls: calls(stack, number),
                    migration: found,
                };
            }
        }
    }
}

/// Time until the service acts by itself.
fn pause(stack: &ServiceHarness, migration: &Migration) -> SignedDuration {
    let next = migration.next_action.as_ref();
    let at = next.and_then(|next| next.deadline);
    at.map_or(SignedDuration::ZERO, |at| {
        moment(at).duration_since(stack.clock.now())
    })
}

fn moment(at: prost_types::Timestamp) -> Timestamp {
    Timestamp::new(at.seconds, at.nanos).unwrap()
}

//! Eligibility: the rules that must hold before a number can move, applied to what was read. Pure.

mod accounts;
mod capacity;
mod finding;
mod health;
mod known_values;
mod numbering_plan;
mod numbers;
mod table;
#[cfg(test)]
mod tests;
mod token;

use serde::{Deserialize, Serialize};

use super::facts::Facts;
use super::{Fault, GraphError, PhoneNumber, Reason, Remedy, Route, WabaId};

pub use table::CheckId;

/// The result of one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The rule.
    pub id: CheckId,
    /// Its verdict.
    pub verdict: Verdict,
    /// What was found, or the question to ask if it could not be read.
    pub finding: String,
    /// What to do about it; empty if it passed.
    pub remedies: Vec<Remedy>,
    /// Meta's error, if the check failed or is unknown because of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub graph_error: Option<Box<GraphError>>,
}

/// The verdict of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Verdict {
    /// The rule holds.
    Pass,
    /// It may cause a problem, but does not stop the migration.
    Warn,
    /// The rule does not hold.
    Fail,
    /// It could not be read; Meta's response to the calls of the migration decides.
    Unknown,
}

/// The move that is checked.
#[derive(Debug, Clone, Copy)]
pub struct CheckContext<'a> {
    /// The number.
    pub phone_number: &'a PhoneNumber,
    /// The WABA that it moves to.
    pub destination: &'a WabaId,
    /// How it gets verified.
    pub route: Route,
    /// What the checks are run for.
    pub purpose: Purpose,
}

/// What the checks are run for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// `CheckEligibility`, in advance: the preparations of the route may not be done yet.
    Preview,
    /// A migration, which continues at once.
    Migration,
}

impl Check {
    /// Whether the migration stops if it fails.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.id.is_required()
    }

    /// Whether it stops the migration.
    #[must_use]
    pub fn stops(&self) -> bool {
        self.verdict == Verdict::Fail && self.is_required()
    }
}

/// Applies every rule, in the order of the table.
///
/// If the number already works in the destination there is nothing left to move, so nothing stops
/// the migration: a failure becomes a warning.
#[must_use]
pub fn run(context: CheckContext<'_>, facts: &Facts) -> Vec<Check> {
    let is_done = facts.works_in_destination();
    let judge = |id: &CheckId| {
        let check = table::judge(*id, context, facts);
        match check.verdict {
            Verdict::Fail if is_done => Check {
                verdict: Verdict::Warn,
                ..check
            },
            _ => check,
        }
    };
    CheckId::ALL.iter().map(judge).collect()
}

/// The fault of the failed required checks, with the remedies of all of them and the first of
/// Meta's errors; `None` if none failed.
#[must_use]
pub fn fault(checks: &[Check]) -> Option<Fault> {
    let mut remedies: Vec<Remedy> = Vec::new();
    let mut failed = checks.iter().filter(|check| check.stops()).peekable();
    failed.peek()?;
    let graph_error = failed.clone().find_map(|check| check.graph_error.clone());
    for remedy in failed.flat_map(|check| &check.remedies) {
        if !remedies.contains(remedy) {
            remedies.push(*remedy);
        }
    }
    Some(Fault {
        remedies,
        graph_error,
        ..Fault::of(Reason::ChecksFailed)
    })
}

//! Eligibility: the rules that must hold before a number can move, judged on what was read. Pure.

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

/// One rule, and how it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The rule.
    pub id: CheckId,
    /// How it stands.
    pub verdict: Verdict,
    /// What was found, or the question to ask where it could not be read.
    pub finding: String,
    /// What to do about it; empty when it passed.
    pub remedies: Vec<Remedy>,
    /// What Meta answered, where it failed or is unknown because of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub graph_error: Option<Box<GraphError>>,
}

/// How a check stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Verdict {
    /// As it must be.
    Pass,
    /// It may cause trouble, and does not stop the migration.
    Warn,
    /// Not as it must be.
    Fail,
    /// Could not be read; Meta's own answer will tell.
    Unknown,
}

/// What is to be moved where.
#[derive(Debug, Clone, Copy)]
pub struct CheckContext<'a> {
    /// The number.
    pub phone_number: &'a PhoneNumber,
    /// Where it goes.
    pub destination: &'a WabaId,
    /// How it gets verified.
    pub route: Route,
    /// What the answer is for.
    pub purpose: Purpose,
}

/// What the checks are run for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A question that is asked in advance: what the route's people do before a migration may not be done yet.
    Preview,
    /// A migration that goes on at once.
    Migration,
}

impl Check {
    /// Whether the migration stops when it fails.
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

/// Judges every rule, in the order of the table.
///
/// Of a number that works in the destination nothing stops the migration, which has nothing left to move: what would stop
/// another one is a warning.
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

/// The fault of failed required checks, with the remedies of all of them and Meta's answer to the first that has one; `None`
/// when none failed.
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

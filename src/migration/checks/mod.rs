//! Eligibility: the rules that must hold before a number can move, judged on what was read. Pure.

mod accounts;
mod numbers;
mod plan;
mod table;
mod token;

use serde::{Deserialize, Serialize};

use super::facts::Facts;
use super::{Fault, PhoneNumber, Reason, Remedy, Route, WabaId};

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
pub struct Subject<'a> {
    /// The number.
    pub phone_number: &'a PhoneNumber,
    /// Where it goes.
    pub destination: &'a WabaId,
    /// How it gets verified.
    pub route: Route,
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
#[must_use]
pub fn run(subject: Subject<'_>, facts: &Facts) -> Vec<Check> {
    CheckId::ALL
        .iter()
        .map(|id| table::judge(*id, subject, facts))
        .collect()
}

/// The fault of failed required checks, with the remedies of all of them; `None` when none failed.
#[must_use]
pub fn fault(checks: &[Check]) -> Option<Fault> {
    let mut remedies: Vec<Remedy> = Vec::new();
    let mut failed = checks.iter().filter(|check| check.stops()).peekable();
    failed.peek()?;
    for remedy in failed.flat_map(|check| &check.remedies) {
        if !remedies.contains(remedy) {
            remedies.push(*remedy);
        }
    }
    Some(Fault {
        remedies,
        ..Fault::of(Reason::ChecksFailed)
    })
}

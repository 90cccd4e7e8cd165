//! Eligibility checks as a table, and the remedies of those that did not pass.

use super::super::style::TextStyle;
use super::enums::{remedy, verdict};
use crate::proto::v1::{Check, Verdict};

/// A table of the checks.
pub(super) fn table(style: &TextStyle, checks: &[Check]) -> String {
    let mut table = style.table(["check", "verdict", "finding"]);
    for check in checks {
        let required = if check.required { "" } else { " (advice)" };
        let found = if check.finding.is_empty() {
            &check.title
        } else {
            &check.finding
        };
        table.add_row([
            &check.id,
            &format!("{}{required}", verdict(check.verdict())),
            found,
        ]);
    }
    TextStyle::lines(&table)
}

/// A table of the checks, then the remedies of those that did not pass.
pub(in crate::cli) fn checks(style: &TextStyle, checks: &[Check]) -> String {
    let mut text = table(style, checks);
    let not_passed = |check: &&Check| matches!(check.verdict(), Verdict::Fail | Verdict::Warn);
    let mut remedies: Vec<String> = checks
        .iter()
        .filter(not_passed)
        .flat_map(|check| &check.remedies)
        .map(|each| remedy(style, each))
        .collect();
    remedies.dedup();
    if !remedies.is_empty() {
        text.push_str(&style.heading("What to do"));
        text.push_str(&remedies.concat());
    }
    text
}

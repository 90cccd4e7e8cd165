//! Converts requests of the contract to the domain, and refuses malformed ones.
//!
//! One file per RPC or family of RPCs; [`values`] contains shared fields.

pub(super) mod administration;
mod check;
pub(super) mod commands;
mod cutover;
mod events;
mod labels;
mod list;
mod migrate;
mod values;

pub(super) use check::eligibility;
pub(super) use events::{After, History};
pub(super) use list::Search;
pub(super) use migrate::{NewMigration, Rejected, violation};
#[cfg(test)]
pub(super) use values::state as state_of;
pub(super) use values::{migration_id, phone_number};

#[cfg(test)]
mod tests;

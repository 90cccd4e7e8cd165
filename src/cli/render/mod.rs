//! Text for a person: pages and tables of the contract's messages. Pure.

mod checks;
mod enums;
mod events;
#[cfg(test)]
pub(super) mod example;
mod keys;
mod list;
mod migration;
mod report;
mod tenants;

pub(super) use checks::checks;
pub(super) use enums::{actor, state};
pub(super) use events::{Ticker, events};
pub(super) use keys::{key, keys};
pub(super) use list::list;
pub(super) use migration::{migration, next_action, what_to_do};
pub(super) use report::report;
pub(super) use tenants::{tenant, tenants, usage};

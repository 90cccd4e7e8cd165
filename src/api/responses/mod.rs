//! Converts the domain to responses of the contract, without secrets.

pub(super) mod administration;
mod check;
mod event;
mod fault;
mod migration;
mod page;
mod report;
mod time;

pub(super) use check::{checks, snapshot};
pub(super) use event::event;
pub(super) use migration::{View, basic, migration};
pub(super) use page::fit;

#[cfg(test)]
mod tests;

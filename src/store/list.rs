//! What can be listed, and how a long list is cut into pages.

use std::collections::BTreeMap;

use crate::migration::{Migration, MigrationId, PhoneNumber, State, WabaId};

/// Which migrations to list: those that meet every condition given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// In one of these states; empty: in any.
    pub states: Vec<State>,
    /// Of this number, in any form.
    pub phone_number: Option<PhoneNumber>,
    /// From or to this WABA.
    pub waba: Option<WabaId>,
    /// With all of these labels.
    pub labels: BTreeMap<String, String>,
    /// With this reference.
    pub reference: Option<String>,
}

/// Which part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// At most so many migrations.
    pub size: u32,
    /// Those after this one: [`Listing::next`] of the page before.
    pub after: Option<MigrationId>,
}

/// One page of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// The migrations, newest first, without their secrets.
    pub migrations: Vec<Migration>,
    /// Where the next page starts; `None` when this is the last.
    pub next: Option<MigrationId>,
}

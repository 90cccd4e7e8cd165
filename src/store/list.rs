//! What can be listed, and how a long list is cut into pages.

use std::collections::BTreeMap;

use super::Error;
use super::record::MigrationRow;
use domain::{Migration, MigrationId, PhoneNumber, State, WabaId};

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
    /// At most this number of migrations.
    pub size: u32,
    /// Those after this one: [`Listing::next`] of the page before.
    pub after: Option<MigrationId>,
}

/// One page of a list. It may be shorter than was asked for, or empty, and not be the last: what one call may read is bounded
/// by [`WALKED_AT_MOST`] and [`READ_AT_MOST`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// The migrations, newest first, without their secrets.
    pub migrations: Vec<Migration>,
    /// Where the next page starts; `None` when this is the last.
    pub next: Option<MigrationId>,
}

/// The number of entries of an index that one page may walk over, whether they match the filter or not.
pub const WALKED_AT_MOST: u32 = 2_000;

/// The bytes of documents after which no further migration is read for a page. The one that crosses it is still part of the page.
pub const READ_AT_MOST: usize = 3 << 20;

/// The index that a list is walked along, newest first. Every entry of the walk meets this part of the filter.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum IndexScan<'a> {
    /// All of the tenant's.
    All,
    /// Those of a number.
    PhoneNumber(&'a PhoneNumber),
    /// Those with a reference that is not empty.
    Reference(&'a str),
    /// Those with a label.
    Label(&'a str, &'a str),
    /// Those to a WABA and those from it.
    Waba(&'a WabaId),
    /// Those in each of these states.
    States(Vec<State>),
}

impl Filter {
    /// The index to walk along, and what each entry of it must still be tested for. The indexes come in the order of how few
    /// entries they usually have; states change, and are walked along only where they are all that is asked for.
    pub(super) fn walk(&self) -> (IndexScan<'_>, Self) {
        let mut rest = self.clone();
        let walk = if let Some(phone_number) = &self.phone_number {
            rest.phone_number = None;
            IndexScan::PhoneNumber(phone_number)
        } else if let Some(reference) = self.reference.as_deref().filter(|it| !it.is_empty()) {
            rest.reference = None;
            IndexScan::Reference(reference)
        } else if let Some((name, value)) = self.labels.first_key_value() {
            rest.labels.remove(name);
            IndexScan::Label(name, value)
        } else if let Some(waba) = &self.waba {
            rest.waba = None;
            IndexScan::Waba(waba)
        } else if !self.states.is_empty() && self.reference.is_none() {
            rest.states.clear();
            let wanted = State::ALL.into_iter();
            IndexScan::States(wanted.filter(|it| self.states.contains(it)).collect())
        } else {
            IndexScan::All
        };
        (walk, rest)
    }
}

/// A page in the making.
#[derive(Debug)]
pub(super) struct Draft {
    size: usize,
    read: usize,
    listing: Listing,
}

impl Draft {
    /// A page with nothing on it.
    pub(super) fn new(page: Page) -> Self {
        Self {
            size: usize::try_from(page.size).unwrap_or(usize::MAX),
            read: 0,
            listing: Listing::default(),
        }
    }

    /// Whether no further migration may be read for it.
    pub(super) fn is_full(&self) -> bool {
        self.listing.migrations.len() >= self.size || self.read >= READ_AT_MOST
    }

    /// Adds the migration that a row holds.
    pub(super) fn add(&mut self, row: MigrationRow) -> Result<(), Error> {
        self.read = self.read.saturating_add(row.document.len());
        self.listing.migrations.push(row.into_migration()?);
        Ok(())
    }

    /// The page, after whose last migration there are more.
    pub(super) fn with_more(self) -> Listing {
        let last = self.listing.migrations.last().map(|last| last.id);
        self.ending_at(last)
    }

    /// The page, of a walk that goes on after this entry.
    pub(super) fn ending_at(self, next: Option<MigrationId>) -> Listing {
        Listing {
            next,
            ..self.listing
        }
    }

    /// The page, which is the last.
    pub(super) fn last(self) -> Listing {
        self.listing
    }
}

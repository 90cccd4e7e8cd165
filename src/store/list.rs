//! Lists of migrations: filters and pages.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Error;
use super::record::{MigrationRow, hour};
use domain::{Actor, LastDigits, Migration, MigrationId, PhoneNumber, Reason, State, WabaId};

/// The migrations to list: those that meet every given condition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// In one of these states; empty: in any.
    pub states: Vec<State>,
    /// Of this number, in any form.
    pub phone_number: Option<PhoneNumber>,
    /// Of a number that ends with these digits.
    pub last_digits: Option<LastDigits>,
    /// From or to this WABA.
    pub waba: Option<WabaId>,
    /// With all of these labels.
    pub labels: BTreeMap<String, String>,
    /// With this reference.
    pub reference: Option<String>,
    /// Whose next action is up to this actor.
    pub actor: Option<Actor>,
    /// Whose current fault has this reason.
    pub fault: Option<Reason>,
    /// That changed at this time or later.
    pub updated_since: Option<Timestamp>,
}

/// A part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Maximum migrations.
    pub size: u32,
    /// The migration to continue after: [`Listing::next`] of the page before.
    pub after: Option<MigrationId>,
    /// Whether to read the findings of each migration. Without, they are read only where the next
    /// action names the checks that failed.
    pub findings: bool,
}

/// One page of a list. A page that is short or empty need not be the last: a call reads no more
/// than [`WALKED_AT_MOST`] and [`READ_AT_MOST`] allow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// The migrations, newest first, without their secrets.
    pub migrations: Vec<Migration>,
    /// Where the next page starts; `None` if this is the last.
    pub next: Option<MigrationId>,
}

/// Maximum index entries that are scanned for a page, whether they match the filter or not.
pub const WALKED_AT_MOST: u32 = 2_000;

/// The size of a page, bytes of documents, after which no further migration is read. The migration
/// that crosses it is still on the page.
pub const READ_AT_MOST: usize = 3 << 20;

/// The index that a list scans, newest first. Every entry meets this part of the filter.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum IndexScan<'a> {
    /// All migrations of the tenant.
    All,
    /// Migrations of a number.
    PhoneNumber(&'a PhoneNumber),
    /// Migrations with a reference that is not empty.
    Reference(&'a str),
    /// Migrations with a label.
    Label(&'a str, &'a str),
    /// Migrations to and from a WABA.
    Waba(&'a WabaId),
    /// Migrations of numbers whose reversed digits are in this range. The index is in the order of
    /// the digits, so all entries of the range are sorted.
    LastDigits(DigitRange),
    /// Migrations with a fault of this reason.
    Fault(Reason),
    /// Migrations whose next action is up to this actor.
    Actor(Actor),
    /// Migrations that changed in this hour or later. The index is in the order of the hours, so
    /// entries of several hours are sorted.
    UpdatedSince(Timestamp),
    /// Migrations in each of these states.
    States(Vec<State>),
}

/// A range of reversed digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DigitRange {
    /// The first text of the range.
    pub(super) from: String,
    /// The first text after the range.
    pub(super) to: String,
}

impl DigitRange {
    /// The reversed digits of the numbers that end with `digits`.
    pub(super) fn of(digits: &LastDigits) -> Self {
        let from = digits.reversed();
        let mut to = from.clone();
        // The character after 9 sorts after every digit.
        let next = to.pop().map(|last| {
            if last == '9' {
                ':'
            } else {
                char::from(last as u8 + 1)
            }
        });
        to.extend(next);
        Self { from, to }
    }
}

impl Filter {
    /// The index to scan, and the conditions that its entries must still be tested for. The indexes
    /// with the fewest entries come first; the index of states is only used where nothing else is
    /// asked for, since states change.
    pub(super) fn scan(&self) -> (IndexScan<'_>, Self) {
        let mut rest = self.clone();
        let scan = if let Some(phone_number) = &self.phone_number {
            rest.phone_number = None;
            IndexScan::PhoneNumber(phone_number)
        } else if let Some(reference) = self.reference.as_deref().filter(|it| !it.is_empty()) {
            rest.reference = None;
            IndexScan::Reference(reference)
        } else if let Some(digits) = &self.last_digits {
            rest.last_digits = None;
            IndexScan::LastDigits(DigitRange::of(digits))
        } else if let Some((name, value)) = self.labels.first_key_value() {
            rest.labels.remove(name);
            IndexScan::Label(name, value)
        } else if let Some(waba) = &self.waba {
            rest.waba = None;
            IndexScan::Waba(waba)
        } else if let Some(reason) = self.fault {
            rest.fault = None;
            IndexScan::Fault(reason)
        } else if let Some(since) = self.updated_since {
            // The exact time is tested.
            IndexScan::UpdatedSince(hour(since))
        } else if let Some(actor) = self.actor {
            rest.actor = None;
            IndexScan::Actor(actor)
        } else if !self.states.is_empty() && self.reference.is_none() {
            rest.states.clear();
            let wanted = State::ALL.into_iter();
            IndexScan::States(wanted.filter(|it| self.states.contains(it)).collect())
        } else {
            IndexScan::All
        };
        (scan, rest)
    }
}

/// A page under construction.
#[derive(Debug)]
pub(super) struct Draft {
    size: usize,
    read: usize,
    listing: Listing,
}

impl Draft {
    /// An empty page.
    pub(super) fn new(page: Page) -> Self {
        Self {
            size: usize::try_from(page.size).unwrap_or(usize::MAX),
            read: 0,
            listing: Listing::default(),
        }
    }

    /// Whether no further migration may be added.
    pub(super) fn is_full(&self) -> bool {
        self.listing.migrations.len() >= self.size || self.read >= READ_AT_MOST
    }

    /// Adds the migration of a row.
    pub(super) fn add(&mut self, row: MigrationRow) -> Result<(), Error> {
        let findings = row.findings.as_ref().map_or(0, String::len);
        let read = row.document.len().saturating_add(findings);
        self.read = self.read.saturating_add(read);
        self.listing.migrations.push(row.into_migration()?);
        Ok(())
    }

    /// The page, where more migrations follow the last one.
    pub(super) fn with_more(self) -> Listing {
        let last = self.listing.migrations.last().map(|last| last.id);
        self.ending_at(last)
    }

    /// The page, where the scan continues after this entry.
    pub(super) fn ending_at(self, next: Option<MigrationId>) -> Listing {
        Listing {
            next,
            ..self.listing
        }
    }

    /// The last page.
    pub(super) fn last(self) -> Listing {
        self.listing
    }
}

//! The exchange of keys: which key sealed how much, and older keys' records wrapped by the active one.
//!
//! Only the wrapped data keys are written, each where the record is still as it was read: a save that comes in between
//! wins. Versions, leases and events stay as they are, so that services work on meanwhile.

use std::collections::BTreeMap;

use super::columns::{Exchange, Found, SEALED, SealedColumn, SealedValues};
use crate::crypto::{self, KeyId};
use crate::store::Error;

/// Records that are read, and written, at a time: so many rows are locked for a moment.
const BATCH: u32 = 128;
/// So many records that cannot be opened are named; the others are counted.
const NAMED: usize = 10;

/// What each key sealed.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Census {
    /// How many records each key sealed, whether the keyring has it or not.
    pub by_key: BTreeMap<KeyId, u64>,
    /// What is no sealed record though it stands where one should.
    pub unreadable: Unreadable,
}

/// One walk over all records.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Rewrapped {
    /// How many records of each older key were wrapped by the active one.
    pub by_key: BTreeMap<KeyId, u64>,
    /// Records that a service wrote in the same moment: another walk finds them, if they still need it.
    pub overtaken: u64,
    /// Records that could not be opened, and were left as they are.
    pub unreadable: Unreadable,
}

/// Records that could not be opened.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Unreadable {
    /// How many there are.
    pub count: u64,
    /// The first of them: where each stands and what is wrong with it.
    pub first: Vec<Error>,
}

impl Rewrapped {
    /// How many records were wrapped by the active key.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.by_key.values().sum()
    }

    /// Whether the walk found nothing to do.
    #[must_use]
    pub fn found_nothing(&self) -> bool {
        self.count() == 0 && self.overtaken == 0
    }
}

impl Unreadable {
    fn add(&mut self, error: Error) {
        self.count = self.count.saturating_add(1);
        if self.first.len() < NAMED {
            self.first.push(error);
        }
    }
}

/// Counts what each key sealed.
pub(in crate::store) async fn census(store: &impl SealedValues) -> Result<Census, Error> {
    let mut census = Census::default();
    for column in &SEALED {
        let mut pages = Pages::of(column);
        while let Some(page) = pages.next(store, None).await? {
            for found in page {
                match crypto::key_of(&found.sealed) {
                    Ok(key) => add(&mut census.by_key, key, 1),
                    Err(source) => census.unreadable.add(column.error(&found, source)),
                }
            }
        }
    }
    Ok(census)
}

/// Wraps by the active key what older ones wrapped; `told` hears how far it is.
pub(in crate::store) async fn rewrap(
    store: &impl SealedValues,
    mut told: impl FnMut(&Rewrapped),
) -> Result<Rewrapped, Error> {
    let mut done = Rewrapped::default();
    for column in &SEALED {
        let mut pages = Pages::of(column);
        loop {
            let active = store.keyring().active_header();
            let Some(page) = pages.next(store, Some(&active)).await? else {
                break;
            };
            exchange(store, column, page, &mut done).await?;
            told(&done);
        }
    }
    Ok(done)
}

async fn exchange(
    store: &impl SealedValues,
    column: &'static SealedColumn,
    page: Vec<Found>,
    done: &mut Rewrapped,
) -> Result<(), Error> {
    let mut by_key = BTreeMap::<KeyId, Vec<Exchange>>::new();
    for found in page {
        let wrapped = store.keyring().rewrap(column.place(&found), &found.sealed);
        let of = crypto::key_of(&found.sealed);
        match (wrapped, of) {
            (Ok(Some(new)), Ok(key)) => {
                let (row, old) = (found.row, found.sealed);
                by_key
                    .entry(key)
                    .or_default()
                    .push(Exchange { row, old, new });
            }
            // By the active key: it became so while the page was read.
            (Ok(_), _) => {}
            (Err(source @ crypto::Error::Cipher), _) => return Err(column.error(&found, source)),
            (Err(source), _) => done.unreadable.add(column.error(&found, source)),
        }
    }
    for (key, exchanges) in by_key {
        let asked = exchanges.len() as u64;
        let written = store.exchange(column, exchanges).await?;
        if written > 0 {
            add(&mut done.by_key, key, written);
        }
        done.overtaken = done.overtaken.saturating_add(asked.saturating_sub(written));
    }
    Ok(())
}

fn add(counts: &mut BTreeMap<KeyId, u64>, key: KeyId, more: u64) {
    let count = counts.entry(key).or_default();
    *count = count.saturating_add(more);
}

/// The values of a column, page by page.
struct Pages {
    column: &'static SealedColumn,
    after: Option<Vec<u8>>,
}

impl Pages {
    fn of(column: &'static SealedColumn) -> Self {
        Self {
            column,
            after: Some(column.row.before_all().to_vec()),
        }
    }

    /// The next page, without those values that begin with `but`; `None` after the last one.
    async fn next(
        &mut self,
        store: &impl SealedValues,
        but: Option<&[u8]>,
    ) -> Result<Option<Vec<Found>>, Error> {
        let Some(after) = self.after.take() else {
            return Ok(None);
        };
        let page = store.page(self.column, &after, but, BATCH).await?;
        if page.len() as u64 == u64::from(BATCH) {
            self.after = page.last().map(|last| last.row.clone());
        }
        Ok(Some(page))
    }
}

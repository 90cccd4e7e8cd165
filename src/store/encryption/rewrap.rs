//! Key rotation: counts the records of each key, and re-wraps records with the active key.
//!
//! Only the wrapped data keys are written, and only to records that have not changed: a concurrent
//! save wins. Versions, leases and events do not change, so that services can run meanwhile.

use std::collections::BTreeMap;

use super::columns::{Exchange, Found, RowKey, SEALED, SealedColumn, SealedValues};
use crate::crypto::{self, KeyId, Keyring};
use crate::store::Error;

/// Records that are read and written at a time: the number of rows that are locked for a moment.
const BATCH: u32 = 128;
/// Maximum reported records that cannot be opened; the others are only counted.
const REPORTED: usize = 10;

/// The numbers of records by key.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Census {
    /// The number of records that each key sealed, whether the keyring has it or not.
    pub by_key: BTreeMap<KeyId, u64>,
    /// Values that are no sealed records.
    pub unreadable: Unreadable,
}

/// The result of one walk over all records.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Rewrapped {
    /// The number of re-wrapped records, by their previous key.
    pub by_key: BTreeMap<KeyId, u64>,
    /// The number of records that changed during the walk. Another walk re-wraps them if necessary.
    pub overtaken: u64,
    /// Records that could not be opened, and were not changed.
    pub unreadable: Unreadable,
}

/// Records that could not be opened.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Unreadable {
    /// Their number.
    pub count: u64,
    /// The errors of the first of them.
    pub first: Vec<Error>,
}

impl Rewrapped {
    /// The number of re-wrapped records.
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
        if self.first.len() < REPORTED {
            self.first.push(error);
        }
    }
}

/// Counts the records of each key.
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

/// Re-wraps records with the active key; `progress` gets the counts so far.
pub(in crate::store) async fn rewrap(
    store: &impl SealedValues,
    keyring: &Keyring,
    mut progress: impl FnMut(&Rewrapped),
) -> Result<Rewrapped, Error> {
    let mut done = Rewrapped::default();
    for column in &SEALED {
        let mut pages = Pages::of(column);
        loop {
            let active = keyring.active_header();
            let Some(page) = pages.next(store, Some(&active)).await? else {
                break;
            };
            exchange(store, keyring, column, page, &mut done).await?;
            progress(&done);
        }
    }
    Ok(done)
}

async fn exchange(
    store: &impl SealedValues,
    keyring: &Keyring,
    column: &'static SealedColumn,
    page: Vec<Found>,
    done: &mut Rewrapped,
) -> Result<(), Error> {
    let mut by_key = BTreeMap::<KeyId, Vec<Exchange>>::new();
    for found in page {
        let wrapped = keyring.rewrap(column.associated_data(&found), &found.sealed);
        let of = crypto::key_of(&found.sealed);
        match (wrapped, of) {
            (Ok(Some(new)), Ok(key)) => {
                let (key_of_row, old) = (found.key, found.sealed);
                by_key.entry(key).or_default().push(Exchange {
                    key: key_of_row,
                    old,
                    new,
                });
            }
            // Re-wrapped since the page was read.
            (Ok(_), _) => {}
            (Err(source @ crypto::Error::Cipher), _) => return Err(column.error(&found, source)),
            (Err(source), _) => done.unreadable.add(column.error(&found, source)),
        }
    }
    for (key, exchanges) in by_key {
        let requested = exchanges.len() as u64;
        let written = store.exchange(column, exchanges).await?;
        if written > 0 {
            add(&mut done.by_key, key, written);
        }
        done.overtaken = done
            .overtaken
            .saturating_add(requested.saturating_sub(written));
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
    after: Option<RowKey>,
}

impl Pages {
    fn of(column: &'static SealedColumn) -> Self {
        Self {
            column,
            after: Some(column.row.before_all()),
        }
    }

    /// The next page, without values that begin with `but`; `None` after the last one.
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
            self.after = page.last().map(|last| last.key.clone());
        }
        Ok(Some(page))
    }
}

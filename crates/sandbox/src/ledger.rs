//! The ledger: every call that changed something or tried to, in order. With
//! [`Options::reads_in_ledger`](crate::Options::reads_in_ledger), reads as well.
//!
//! Tests read it to prove that nothing was done twice. It never keeps a token, code or PIN.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::Serialize;

use super::call::Call;

/// Maximum entries; the oldest are dropped.
const KEPT: usize = 500_000;

/// One call in the ledger.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Entry {
    /// Counts from 1.
    pub seq: u64,
    /// Time of the response.
    pub at: Timestamp,
    /// Which call.
    pub call: Call,
    /// The digits of the number, if any.
    pub number: Option<String>,
    /// The account, if any.
    pub waba: Option<String>,
    /// The phone number id, if any.
    pub phone_number_id: Option<String>,
    /// Whether it changed something.
    pub effective: bool,
    /// `ok`, `error`, `dropped`, `html`, `empty` or `broken_json`.
    pub answer: &'static str,
    /// The error code that was returned.
    pub code: Option<i64>,
    /// The error subcode that was returned.
    pub subcode: Option<i64>,
    /// Whether it had an `appsecret_proof`.
    pub proven: bool,
    /// Method and path of an unknown call.
    pub path: Option<String>,
    /// The `Host` of the request. Of a sandbox with several listeners, it is the one that was
    /// called.
    pub host: String,
}

/// All entries.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    entries: VecDeque<Entry>,
    last: u64,
}

impl Ledger {
    /// Adds an entry and numbers it.
    pub(crate) fn add(&mut self, mut entry: Entry) {
        self.last += 1;
        entry.seq = self.last;
        if self.entries.len() >= KEPT {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    /// The entries, oldest first.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }
}

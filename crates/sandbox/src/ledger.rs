//! The ledger: every call that changed something, or tried to, in order.
//!
//! Tests read it to see that nothing was done twice. It never keeps a token, a code or a PIN.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::Serialize;

use super::call::Call;

/// Beyond this the oldest are forgotten.
const KEPT: usize = 500_000;

/// One call in the ledger.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Entry {
    /// Counts from 1.
    pub seq: u64,
    /// When it was answered.
    pub at: Timestamp,
    /// Which call.
    pub call: Call,
    /// The number's digits, where one was meant.
    pub number: Option<String>,
    /// The account, where one was meant.
    pub waba: Option<String>,
    /// The phone number id, where there is one.
    pub phone_number_id: Option<String>,
    /// Whether it changed something.
    pub effective: bool,
    /// `ok`, `error`, `dropped`, `html`, `empty` or `broken_json`.
    pub answer: &'static str,
    /// The error code that was answered.
    pub code: Option<i64>,
    /// The error subcode that was answered.
    pub subcode: Option<i64>,
    /// Whether an `appsecret_proof` came along.
    pub proven: bool,
    /// Method and path of an unknown call.
    pub path: Option<String>,
}

/// All entries.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    entries: VecDeque<Entry>,
    last: u64,
}

impl Ledger {
    /// Adds an entry and gives it its place.
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

//! How often a warning is repeated: so often within a time, and then only counted.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tracing::callsite::Identifier;
use tracing::{Level, Metadata};

use crate::util::clock::Stopwatch;

/// So many lines of one warning are written within a while; those beyond it are counted.
const LINES: u32 = 100;
const WHILE: Duration = Duration::from_secs(10);

/// An event that counts its repeats by itself says so in a field of this name.
pub(super) const UNSAID: &str = "unsaid";

/// What was written of each warning.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    known: Mutex<HashMap<Identifier, Written>>,
}

#[derive(Debug)]
struct Written {
    since: Stopwatch,
    lines: u32,
    unsaid: u64,
}

impl Repeats {
    /// How many of its like were left out before it; `None` where it is left out, too.
    pub(super) fn room(&self, metadata: &Metadata<'_>) -> Option<u64> {
        let counts_itself = metadata.fields().field(UNSAID).is_some();
        if *metadata.level() > Level::WARN || counts_itself {
            return Some(0);
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let written = known
            .entry(metadata.callsite())
            .or_insert_with(Written::new);
        written.one_more(written.since.elapsed())
    }
}

impl Written {
    fn new() -> Self {
        Self {
            since: Stopwatch::start(),
            lines: 0,
            unsaid: 0,
        }
    }

    fn one_more(&mut self, after: Duration) -> Option<u64> {
        if after >= WHILE {
            self.since = Stopwatch::start();
            self.lines = 0;
        }
        if self.lines >= LINES {
            self.unsaid = self.unsaid.saturating_add(1);
            return None;
        }
        self.lines = self.lines.saturating_add(1);
        Some(std::mem::take(&mut self.unsaid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_is_repeated_so_often_and_then_counted() {
        let mut written = Written::new();
        for _ in 0..LINES {
            assert_eq!(written.one_more(Duration::ZERO), Some(0));
        }
        for _ in 0..7 {
            assert_eq!(written.one_more(Duration::ZERO), None);
        }
        assert_eq!(written.one_more(WHILE), Some(7));
        assert_eq!(written.one_more(Duration::ZERO), Some(0));
    }
}

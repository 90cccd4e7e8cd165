//! Durations of many calls, and their percentiles.

use std::time::Duration;

use serde_json::{Value, json};

/// Durations of many calls.
#[derive(Debug, Default)]
pub struct Samples(Vec<Duration>);

impl Samples {
    /// The median and the 99th percentile in milliseconds.
    pub fn percentiles(mut self) -> Value {
        self.0.sort_unstable();
        json!({ "p50_ms": self.at(50), "p99_ms": self.at(99), "samples": self.0.len() })
    }

    /// The 99th percentile.
    pub fn p99(mut self) -> Option<Duration> {
        self.0.sort_unstable();
        self.rank(99)
    }

    /// The smallest sample that `percent` of all do not exceed, in milliseconds.
    fn at(&self, percent: usize) -> Option<f64> {
        self.rank(percent).map(millis)
    }

    fn rank(&self, percent: usize) -> Option<Duration> {
        let rank = (self.0.len() * percent).div_ceil(100).saturating_sub(1);
        self.0.get(rank).copied()
    }
}

/// The median; of an even number of figures, the mean of the middle two.
pub fn median(mut figures: Vec<f64>) -> Option<f64> {
    figures.sort_by(f64::total_cmp);
    let middle = figures.len() / 2;
    let upper = figures.get(middle).copied()?;
    if figures.len() % 2 == 1 {
        return Some(upper);
    }
    figures.get(middle - 1).map(|lower| (lower + upper) / 2.0)
}

impl FromIterator<Duration> for Samples {
    fn from_iter<I: IntoIterator<Item = Duration>>(samples: I) -> Self {
        Self(samples.into_iter().collect())
    }
}

/// Milliseconds, to the microsecond.
pub fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

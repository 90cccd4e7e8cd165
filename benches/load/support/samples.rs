//! Durations of many calls, told by their percentiles.

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

    /// The smallest sample that `percent` of all do not exceed, in milliseconds.
    fn at(&self, percent: usize) -> Option<f64> {
        let rank = (self.0.len() * percent).div_ceil(100).saturating_sub(1);
        self.0.get(rank).map(|sample| millis(*sample))
    }
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

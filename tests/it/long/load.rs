//! A load of saves and reads, and their latencies.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::{GraphCall, Migration};
use tokio::task::JoinSet;
use waba_migrator::store::{LeaseChange, Saved, Store};
use waba_migrator::util::clock::Stopwatch;

use crate::store::backend::created;
use crate::support::migrations::{migration, sends, tenant};

/// The number of migrations that are saved and read, each in a loop.
pub const CALLERS: u16 = 8;
/// Pause between two saves: a fixed load rather than the maximum.
const PAUSE: Duration = Duration::from_millis(20);

/// Latencies of saves and reads.
#[derive(Debug, Default)]
pub struct Latencies {
    saves: Vec<Duration>,
    readings: Vec<Duration>,
}

/// A running load.
pub struct Load {
    callers: JoinSet<Latencies>,
    stop: Arc<AtomicBool>,
}

impl Load {
    /// Starts a load on new migrations, numbered from `first`.
    pub async fn begin(store: &impl Store, first: u16) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut callers = JoinSet::new();
        for n in first..first + CALLERS {
            let it = created(store, &migration(&tenant("acme"), n), None).await;
            callers.spawn(call(store.clone(), it, Arc::clone(&stop)));
        }
        Self { callers, stop }
    }

    /// Stops the load and returns its latencies.
    pub async fn end(self) -> Latencies {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Latencies::default();
        for of_one in self.callers.join_all().await {
            all.saves.extend(of_one.saves);
            all.readings.extend(of_one.readings);
        }
        all
    }
}

async fn call(store: impl Store, mut it: Migration, stop: Arc<AtomicBool>) -> Latencies {
    let mut latencies = Latencies::default();
    let mut second = 0;
    while !stop.load(Ordering::Relaxed) {
        second += 1;
        let events = [sends(&mut it, second, GraphCall::Subscribe)];
        let watch = Stopwatch::start();
        let saved = store.save(&it.tenant, &it, &events, None, LeaseChange::Untouched);
        let Saved::Done { version } = saved.await.unwrap() else {
            panic!("a conflict without another save");
        };
        latencies.saves.push(watch.elapsed());
        it.version = version;
        let watch = Stopwatch::start();
        store.load(&it.tenant, it.id).await.unwrap().unwrap();
        latencies.readings.push(watch.elapsed());
        tokio::time::sleep(PAUSE).await;
    }
    latencies
}

impl std::fmt::Display for Latencies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let part = |latencies: &[Duration], percent: usize| {
            let mut sorted = latencies.to_vec();
            sorted.sort_unstable();
            let at = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
            sorted.get(at).copied().unwrap_or_default().as_secs_f64() * 1000.0
        };
        for (name, latencies) in [("saves", &self.saves), ("readings", &self.readings)] {
            let [middle, high, most] = [50, 99, 100].map(|percent| part(latencies, percent));
            let count = latencies.len();
            write!(
                f,
                "{count} {name}: p50 {middle:.1} ms, p99 {high:.1} ms, longest {most:.1} ms; "
            )?;
        }
        Ok(())
    }
}

//! Watches whether the service takes work, and has both who ask hear the same: the operations port and gRPC health.

use std::convert::Infallible;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use crate::api::Health;
use crate::engine::Engine;
use crate::ops::{Part, Readiness};
use crate::store::{Database, HealthMonitor};

/// How often the engine is checked. It costs the reading of a number.
const LOOK: Duration = Duration::from_secs(5);

/// What is watched.
pub(super) struct Watch<'a> {
    pub(super) store: &'a Database,
    /// Where the store is, as it may be told.
    pub(super) store_url: &'a str,
    pub(super) engine: &'a Engine<Database>,
    pub(super) readiness: &'a Readiness,
}

impl Watch<'_> {
    /// Has readiness say how things are, and `health` the same. Never ends.
    pub(super) async fn over(&self, health: &Health) -> Infallible {
        tokio::select! {
            never = self.store() => never,
            never = self.engine() => never,
            never = self.tell(health) => never,
        }
    }

    async fn tell(&self, health: &Health) -> Infallible {
        let mut changes = self.readiness.changes();
        loop {
            health.set_ready(changes.next().await).await;
        }
    }

    async fn store(&self) -> Infallible {
        let mut monitor = HealthMonitor::new(self.store, self.store_url);
        loop {
            let trouble = monitor.failure().await;
            self.readiness.lacks(Part::Store, trouble.to_string());
            monitor.recovery().await;
            self.readiness.has(Part::Store);
        }
    }

    async fn engine(&self) -> Infallible {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut stuck = false;
        loop {
            looks.tick().await;
            if self.engine.is_stuck() == stuck {
                continue;
            }
            stuck = !stuck;
            if stuck {
                let ago = self.engine.moved_ago().as_secs();
                tracing::error!("the engine's claim loop has not moved for {ago} s");
                let why = "its claim loop has not moved for a long time";
                self.readiness.lacks(Part::Engine, why);
            } else {
                tracing::info!("the engine's claim loop moves again");
                self.readiness.has(Part::Engine);
            }
        }
    }
}

//! Monitors store and engine, and reports readiness to the operations port and gRPC health.

use std::convert::Infallible;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use crate::api::HealthStatus;
use crate::engine::{Engine, WrongClock};
use crate::ops::{Condition, Readiness};
use crate::store::{Database, HealthMonitor};

/// Interval of the engine check, which reads one number.
const CHECK_INTERVAL: Duration = Duration::from_secs(5);

/// Monitors store and engine.
pub(super) struct ReadinessMonitor<'a> {
    pub(super) store: &'a Database,
    /// The store's URL without its password.
    pub(super) store_url: &'a str,
    pub(super) engine: &'a Engine<Database>,
    pub(super) readiness: &'a Readiness,
}

impl ReadinessMonitor<'_> {
    /// Updates readiness, and `health` with it. Never ends.
    pub(super) async fn run(&self, health: &HealthStatus) -> Infallible {
        tokio::select! {
            never = self.monitor_store() => never,
            never = self.monitor_engine() => never,
            never = self.monitor_clock() => never,
            never = self.publish(health) => never,
        }
    }

    async fn publish(&self, health: &HealthStatus) -> Infallible {
        let mut changes = self.readiness.changes();
        loop {
            health.set_ready(changes.next().await).await;
        }
    }

    async fn monitor_store(&self) -> Infallible {
        let mut monitor = HealthMonitor::new(self.store, self.store_url);
        loop {
            let failure = monitor.failure().await;
            self.readiness.lacks(Condition::Store, failure.to_string());
            monitor.recovery().await;
            self.readiness.has(Condition::Store);
        }
    }

    async fn monitor_clock(&self) -> Infallible {
        let mut checks = interval(CHECK_INTERVAL);
        checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut was_wrong = false;
        loop {
            checks.tick().await;
            let wrong = self.engine.wrong_clock();
            let why = wrong.map(|wrong| wrong.to_string());
            match (&wrong, was_wrong) {
                (Some(WrongClock { against, ahead }), false) => tracing::error!(
                    clock.against = against,
                    clock.ahead_seconds = ahead.as_secs_f64(),
                    "the system clock is wrong: calls that Meta limits are held until it is right"
                ),
                (None, true) => tracing::info!("the system clock is right again"),
                _ => {}
            }
            was_wrong = wrong.is_some();
            self.readiness.set_impairment(Condition::Clock, why);
        }
    }

    async fn monitor_engine(&self) -> Infallible {
        let mut checks = interval(CHECK_INTERVAL);
        checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut stuck = false;
        loop {
            checks.tick().await;
            if self.engine.is_stuck() == stuck {
                continue;
            }
            stuck = !stuck;
            if stuck {
                let ago = self.engine.moved_ago().as_secs();
                tracing::error!("the engine's claim loop has not moved for {ago} s");
                let why = "its claim loop has not moved for a long time";
                self.readiness.lacks(Condition::Engine, why);
            } else {
                tracing::info!("the engine's claim loop moves again");
                self.readiness.has(Condition::Engine);
            }
        }
    }
}

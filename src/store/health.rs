//! The health of the database.
//!
//! Derived from the results of ordinary calls, and for a server from the LISTEN connection, so that
//! an idle process writes nothing. While the database is unavailable it is probed from time to
//! time, with a write that must be kept.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use super::{Database, Error, Store as _};
use crate::util::backoff::Backoff;

/// Pauses between probes.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(2));
/// A failure within this time after a recovery continues the previous one: where few calls succeed
/// and many fail, the pauses must keep growing.
const CALM: Duration = Duration::from_mins(1);

/// The current failure of the database, if any. Cheap to clone; clones share state.
#[derive(Debug, Clone)]
pub(super) struct DatabaseHealth {
    failure: watch::Sender<Option<Error>>,
    /// The number of recoveries.
    recoveries: Arc<AtomicU64>,
}

/// When a call began: after this number of recoveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Begun(u64);

impl Default for DatabaseHealth {
    fn default() -> Self {
        Self {
            failure: watch::Sender::new(None),
            recoveries: Arc::default(),
        }
    }
}

impl DatabaseHealth {
    /// A call begins.
    pub(super) fn begin(&self) -> Begun {
        Begun(self.recoveries.load(Ordering::Relaxed))
    }

    /// Records how a call ended. One that began before the last recovery shows only that the
    /// database was unavailable before: it may have waited for an answer until now.
    pub(super) fn record<T>(&self, begun: Begun, answer: Result<T, Error>) -> Result<T, Error> {
        if let Err(error) = &answer
            && error.is_of_the_database()
            && (begun == self.begin() || is_damage(error))
        {
            self.failure.send_if_modified(|failure| {
                let worse = match failure {
                    None => true,
                    Some(known) => !is_damage(known) && is_damage(error),
                };
                if worse {
                    *failure = Some(error.clone());
                }
                worse
            });
        }
        answer
    }

    /// Fails where the database is known to be damaged.
    pub(super) fn check_undamaged(&self) -> Result<(), Error> {
        match &*self.failure.borrow() {
            Some(error) if is_damage(error) => Err(error.clone()),
            _ => Ok(()),
        }
    }

    /// Waits for a failure.
    async fn failure(&self) -> Error {
        let mut failure = self.failure.subscribe();
        loop {
            if let Some(error) = &*failure.borrow_and_update() {
                return error.clone();
            }
            // Cannot fail, since `self` has the sender.
            let _ = failure.changed().await;
        }
    }

    /// Ends a failure other than damage.
    fn recover(&self) {
        self.failure.send_if_modified(|failure| {
            let recovered = failure.as_ref().is_some_and(|error| !is_damage(error));
            if recovered {
                *failure = None;
                self.recoveries.fetch_add(1, Ordering::Relaxed);
            }
            recovered
        });
    }
}

/// Whether the failure does not pass by itself.
const fn is_damage(error: &Error) -> bool {
    matches!(error, Error::Damaged(..))
}

/// Monitors a database: logs each failure once, and its end.
#[derive(Debug)]
pub struct HealthMonitor<'a> {
    store: &'a Database,
    /// The URL, without a password.
    url: &'a str,
    backoff: Backoff,
}

impl<'a> HealthMonitor<'a> {
    /// Monitors the database at `url`, which is logged and so must hold no password.
    #[must_use]
    pub const fn new(store: &'a Database, url: &'a str) -> Self {
        Self {
            store,
            url,
            backoff: BACKOFF,
        }
    }

    /// Waits for a failure.
    pub async fn failure(&mut self) -> Error {
        let failure = self.store.health.failure();
        if let Ok(failure) = timeout(CALM, failure).await {
            return failure;
        }
        self.backoff.reset();
        self.store.health.failure().await
    }

    /// Probes the database until it recovers. Logs the failure, again only if it changes.
    pub async fn recovery(&mut self) {
        let health = &self.store.health;
        let mut error = health.failure().await;
        let mut logged = String::new();
        loop {
            if logged != error.to_string() {
                logged = error.to_string();
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(
                    store.url = self.url,
                    store.cause = cause,
                    "database unavailable: {logged}"
                );
            }
            if is_damage(&error) {
                // A probe would write to it. The operator stops the service to repair it.
                return pending().await;
            }
            self.backoff.wait().await;
            match self
                .store
                .ping()
                .await
                .and_then(|()| health.check_undamaged())
            {
                Ok(()) => break,
                Err(now) => error = now,
            }
        }
        health.recover();
        tracing::info!(store.url = self.url, "database recovered");
    }
}

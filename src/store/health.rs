//! Whether the store works.
//!
//! Learned from what is asked of it anyway, and of a server from the connection that is listened on, so that an idle process
//! writes nothing. While it does not work it is tried now and then, with a write that must be kept.

use std::future::pending;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use super::{Database, Error, Store as _};
use crate::util::backoff::Backoff;

/// Pauses between attempts to reach a database that is unavailable.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(2));
/// Trouble that comes back within this time is the old one: where little works and much does not, health must not change
/// back and forth all the time.
const CALM: Duration = Duration::from_mins(1);

/// What is wrong with the store, if anything is. A clone speaks of the same store.
#[derive(Debug, Clone)]
pub(super) struct DatabaseHealth {
    trouble: watch::Sender<Option<Error>>,
}

impl Default for DatabaseHealth {
    fn default() -> Self {
        Self {
            trouble: watch::Sender::new(None),
        }
    }
}

impl DatabaseHealth {
    /// Takes note of how a call ended.
    pub(super) fn noted<T>(&self, answer: Result<T, Error>) -> Result<T, Error> {
        if let Err(error) = &answer
            && error.is_of_the_database()
        {
            self.trouble.send_if_modified(|trouble| {
                let news = match trouble {
                    None => true,
                    Some(known) => !is_damage(known) && is_damage(error),
                };
                if news {
                    *trouble = Some(error.clone());
                }
                news
            });
        }
        answer
    }

    /// Fails where the database is known to be damaged.
    pub(super) fn sound(&self) -> Result<(), Error> {
        match &*self.trouble.borrow() {
            Some(error) if is_damage(error) => Err(error.clone()),
            _ => Ok(()),
        }
    }

    /// Waits until the store is in trouble.
    async fn trouble(&self) -> Error {
        let mut trouble = self.trouble.subscribe();
        loop {
            if let Some(error) = &*trouble.borrow_and_update() {
                return error.clone();
            }
            // Its sender is ours, so that this cannot fail.
            let _ = trouble.changed().await;
        }
    }

    /// The store works again.
    fn over(&self) {
        self.trouble.send_if_modified(|trouble| {
            let mended = trouble.as_ref().is_some_and(|error| !is_damage(error));
            if mended {
                *trouble = None;
            }
            mended
        });
    }
}

/// Whether it does not pass by itself.
const fn is_damage(error: &Error) -> bool {
    matches!(error, Error::Damaged(..))
}

/// Watches over a store: says in the log, once, that it is in trouble, and when that is over.
#[derive(Debug)]
pub struct HealthMonitor<'a> {
    store: &'a Database,
    /// Where the store is, as it may be told.
    url: &'a str,
    backoff: Backoff,
}

impl<'a> HealthMonitor<'a> {
    /// Watches over the store at `url`, which is told and so must hold no password.
    #[must_use]
    pub const fn new(store: &'a Database, url: &'a str) -> Self {
        Self {
            store,
            url,
            backoff: BACKOFF,
        }
    }

    /// Waits until the store is in trouble; says in which.
    pub async fn failure(&mut self) -> Error {
        let trouble = self.store.health.trouble();
        if let Ok(trouble) = timeout(CALM, trouble).await {
            return trouble;
        }
        self.backoff.reset();
        self.store.health.trouble().await
    }

    /// Tries the store until it works again. Says what is wrong, and says so anew where that becomes something else.
    pub async fn recovery(&mut self) {
        let health = &self.store.health;
        let mut error = health.trouble().await;
        let mut told = String::new();
        loop {
            if told != error.to_string() {
                told = error.to_string();
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(
                    store.url = self.url,
                    store.cause = cause,
                    "the store does not work: {told}"
                );
            }
            if is_damage(&error) {
                // A try would write to it. Whoever mends it has stopped the service, and starts it again.
                return pending().await;
            }
            self.backoff.wait().await;
            match self.store.ping().await.and_then(|()| health.sound()) {
                Ok(()) => break,
                Err(now) => error = now,
            }
        }
        health.over();
        tracing::info!(store.url = self.url, "the store works again");
    }
}

//! An issuer's keys as they were fetched last, and when they are fetched again.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};
use tokio_util::task::TaskTracker;

use super::fetch::{Error, Source};
use super::key_set::{Key, KeySet};
use super::{Problem, Settings};
use crate::clock::Clock;

/// An issuer's keys.
///
/// They are fetched when they are old, beside the calls; and when a token names a key that is not among them, since an issuer
/// that changes its keys has new ones. But never more often than the settings say: anybody can make key ids up. What cannot be
/// fetched leaves things as they are.
#[derive(Debug)]
pub(super) struct Keys {
    source: Source,
    settings: Arc<Settings>,
    clock: Clock,
    fetched: Mutex<Fetched>,
    /// Held by who fetches.
    turn: Arc<Turn<()>>,
    tasks: TaskTracker,
}

#[derive(Debug, Clone, Default)]
struct Fetched {
    set: Option<Arc<KeySet>>,
    /// When these were fetched.
    at: Option<Timestamp>,
    /// When they were asked for last.
    asked_at: Option<Timestamp>,
}

impl Keys {
    pub(super) fn new(settings: Arc<Settings>, clock: Clock) -> Result<Self, Error> {
        Ok(Self {
            source: Source::new(settings.jwks_url.clone())?,
            settings,
            clock,
            fetched: Mutex::default(),
            turn: Arc::default(),
            tasks: TaskTracker::new(),
        })
    }

    /// The key with this id.
    pub(super) async fn find(self: &Arc<Self>, id: &str) -> Result<Arc<Key>, Problem> {
        let fetched = self.fetched();
        if let Some(key) = fetched.set.and_then(|set| set.find(id)) {
            let now = self.clock.now();
            if is_past(fetched.at, self.settings.refresh_after, now) {
                self.refresh_beside();
            }
            return Ok(key);
        }
        let turn = Arc::clone(&self.turn).lock_owned().await;
        self.ask(turn).await;
        match self.fetched().set {
            Some(set) => set.find(id).ok_or(Problem::UnknownKey),
            None => Err(Problem::KeysAway(self.pause())),
        }
    }

    /// Asks for the keys beside the calls, unless somebody does.
    pub(super) fn refresh_beside(self: &Arc<Self>) {
        if self.tasks.is_closed() || !self.may_ask() {
            return;
        }
        if let Ok(turn) = Arc::clone(&self.turn).try_lock_owned() {
            let keys = Arc::clone(self);
            self.tasks.spawn(async move { keys.ask(turn).await });
        }
    }

    /// Asks for the keys, unless that was done a moment ago: by whoever had the turn before, perhaps.
    async fn ask(&self, _turn: OwnedMutexGuard<()>) {
        if !self.may_ask() {
            return;
        }
        let now = self.clock.now();
        self.change(|fetched| fetched.asked_at = Some(now));
        match self.source.fetch().await {
            Ok(set) => self.change(|fetched| {
                fetched.set = Some(Arc::new(set));
                fetched.at = Some(now);
            }),
            Err(error) => {
                let kept = self.fetched().at.map(|at| at.to_string());
                tracing::warn!(
                    %error,
                    kept_from = kept,
                    "the keys that tokens are verified with cannot be fetched; those that were fetched last are kept"
                );
            }
        }
    }

    fn may_ask(&self) -> bool {
        let asked_at = self.fetched().asked_at;
        is_past(asked_at, self.settings.fetch_every, self.clock.now())
    }

    /// How long it is until they may be asked for again.
    fn pause(&self) -> Duration {
        let now = self.clock.now();
        let since = self.fetched().asked_at.map(|at| now.duration_since(at));
        let left = self.settings.fetch_every - since.unwrap_or_default();
        Duration::try_from(left)
            .unwrap_or_default()
            .max(Duration::from_secs(1))
    }

    fn fetched(&self) -> Fetched {
        let fetched = self.fetched.lock();
        fetched.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change(&self, change: impl FnOnce(&mut Fetched)) {
        change(&mut self.fetched.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(super) async fn finish(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// Whether so long has passed since then. What never was is long past, and so is what is still to come: the clock was set back.
fn is_past(then: Option<Timestamp>, long: SignedDuration, now: Timestamp) -> bool {
    then.is_none_or(|then| {
        let since = now.duration_since(then);
        since.is_negative() || since >= long
    })
}

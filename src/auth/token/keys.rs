//! An issuer's keys: cached, and fetched again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Mutex as FetchLock, OwnedMutexGuard};
use tokio_util::task::TaskTracker;

use super::cached::{Cached, Lookup};
use super::fetch::{Error, Source};
use super::key_set::{self, VerificationKey};
use super::{Settings, TokenError};
use crate::util::clock::Clock;

/// An issuer's keys.
///
/// A known key is used until its set is `max_stale` old, and the set is refreshed in the background long before that. Beyond it a
/// call waits for a fetch: a key that the issuer withdrew must not be valid for as long as fetches fail. An unknown key id is
/// fetched for, since an issuer that rotates its keys has new ones; but anyone can invent key ids, so that those fetches are
/// limited, and an id that cannot be fetched for now is answered with the time to try again, not refused.
#[derive(Debug)]
pub(super) struct IssuerKeys {
    source: Source,
    settings: Arc<Settings>,
    clock: Clock,
    cached: Mutex<Cached>,
    /// Held during a fetch: there is one at a time.
    fetching: Arc<FetchLock<()>>,
    tasks: TaskTracker,
}

impl IssuerKeys {
    pub(super) fn new(settings: Arc<Settings>, clock: Clock) -> Result<Self, Error> {
        Ok(Self {
            source: Source::new(settings.jwks_url.clone())?,
            cached: Mutex::new(Cached::new(&settings)),
            settings,
            clock,
            fetching: Arc::default(),
            tasks: TaskTracker::new(),
        })
    }

    /// The key with this id.
    pub(super) async fn find(
        self: &Arc<Self>,
        id: &str,
    ) -> Result<Arc<VerificationKey>, TokenError> {
        if id.len() > key_set::MOST_ID_BYTES {
            return Err(TokenError::UnknownKey);
        }
        if let Some(known) = self.cached_key(id) {
            return known;
        }
        let turn = Arc::clone(&self.fetching).lock_owned().await;
        // The fetch that held the lock may have been the one that this call needs.
        if let Some(known) = self.cached_key(id) {
            return known;
        }
        self.begin()?;
        // Detached from the call: a caller that disconnects must not waste the fetch that others need.
        let (keys, of) = (Arc::clone(self), id.to_owned());
        let fetch = self
            .tasks
            .spawn(async move { keys.fetch(turn, Some(&of)).await });
        // Only a panic of the fetch is an error here, and then it brought nothing.
        fetch.await.ok();
        let pause = self.settings.fetch_every.unsigned_abs();
        self.cached_key(id)
            .unwrap_or(Err(TokenError::KeysUnavailable(pause)))
    }

    /// Fetches the keys in the background, unless that is being done or was done a moment ago.
    pub(super) fn refresh(self: &Arc<Self>) {
        if self.tasks.is_closed() {
            return;
        }
        let turn = Arc::clone(&self.fetching).try_lock_owned();
        if let (Ok(turn), Ok(())) = (turn, self.begin()) {
            let keys = Arc::clone(self);
            self.tasks
                .spawn(async move { keys.fetch(turn, None).await });
        }
    }

    /// What the cache says of this id; `None` where only a fetch can tell.
    fn cached_key(self: &Arc<Self>, id: &str) -> Option<Result<Arc<VerificationKey>, TokenError>> {
        let now = self.clock.now();
        let lookup = self.cached().lookup(id, &self.settings, now);
        match lookup {
            Lookup::Found(key) => Some(Ok(key)),
            Lookup::Due(key) => {
                self.refresh();
                Some(Ok(key))
            }
            Lookup::Unknown => Some(Err(TokenError::UnknownKey)),
            Lookup::Fetch => None,
        }
    }

    fn begin(&self) -> Result<(), TokenError> {
        let now = self.clock.now();
        self.cached().begin(&self.settings, now)
    }

    /// Fetches the keys, for a token that names this id where it is for one.
    async fn fetch(&self, _turn: OwnedMutexGuard<()>, id: Option<&str>) {
        let began = self.clock.now();
        match self.source.fetch().await {
            Ok(set) => self.cached().fetched(set, began, id),
            Err(error) => {
                let fetched_at = self.cached().failed(began).map(|at| at.to_string());
                tracing::warn!(
                    %error,
                    keys.fetched_at = fetched_at,
                    "the keys that tokens are verified with cannot be fetched; those that were fetched last are used until they \
                     are older than auth.jwt.max_stale"
                );
            }
        }
    }

    fn cached(&self) -> MutexGuard<'_, Cached> {
        // Each change is one assignment after another, so a poisoned cache is a whole one.
        self.cached.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the fetch that is under way, and begins no more in the background.
    pub(super) async fn finish(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}

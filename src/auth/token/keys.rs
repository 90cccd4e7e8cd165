//! The cache of an issuer's keys.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{Mutex as FetchLock, OwnedMutexGuard};
use tokio_util::task::TaskTracker;

use super::cached::{Cached, Lookup};
use super::fetch::{Error, Source};
use super::key_set::{self, VerificationKey};
use super::{Settings, TokenError};
use crate::util::clock::Clock;

/// Caches an issuer's keys.
///
/// A key is used until its set is `max_stale` old, and the set is refreshed in the background
/// before that. Later a call waits for a fetch: a withdrawn key must not stay valid while fetches
/// fail. An unknown key id causes a fetch, since issuers rotate keys. Any client can invent key
/// ids, so these fetches are limited; beyond the limit, a call fails with the time until it may be
/// retried.
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
        if id.len() > key_set::MAX_ID_BYTES {
            return Err(TokenError::UnknownKey);
        }
        if let Some(known) = self.cached_key(id) {
            return known;
        }
        let lock = Arc::clone(&self.fetching).lock_owned().await;
        // The fetch that held the lock may have been the one that this call needs.
        if let Some(known) = self.cached_key(id) {
            return known;
        }
        self.begin()?;
        // Detached from the call: a disconnect must not cancel the fetch that other calls need.
        let (keys, of) = (Arc::clone(self), id.to_owned());
        let fetch = self
            .tasks
            .spawn(async move { keys.fetch(lock, Some(&of)).await });
        // An error is a panic of the fetch, which then has cached nothing.
        fetch.await.ok();
        let pause = self.settings.fetch_every.unsigned_abs();
        self.cached_key(id)
            .unwrap_or(Err(TokenError::KeysUnavailable(pause)))
    }

    /// Fetches the keys in the background, unless a fetch is in progress or too recent.
    pub(super) fn refresh(self: &Arc<Self>) {
        if self.tasks.is_closed() {
            return;
        }
        let lock = Arc::clone(&self.fetching).try_lock_owned();
        if let (Ok(lock), Ok(())) = (lock, self.begin()) {
            let keys = Arc::clone(self);
            self.tasks
                .spawn(async move { keys.fetch(lock, None).await });
        }
    }

    /// The key with this id from the cache; `None` if a fetch is needed.
    fn cached_key(self: &Arc<Self>, id: &str) -> Option<Result<Arc<VerificationKey>, TokenError>> {
        let now = self.clock.now();
        let lookup = self.cached.lock().lookup(id, &self.settings, now);
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
        self.cached.lock().begin(&self.settings, now)
    }

    /// Fetches the keys, because of a token with this id if there is one.
    async fn fetch(&self, _lock: OwnedMutexGuard<()>, id: Option<&str>) {
        let began = self.clock.now();
        match self.source.fetch().await {
            Ok(set) => self.cached.lock().fetched(set, began, id),
            Err(error) => {
                let fetched_at = self.cached.lock().failed(began).map(|at| at.to_string());
                tracing::warn!(
                    %error,
                    keys.fetched_at = fetched_at,
                    "token verification keys cannot be fetched; the cached ones are used for up to auth.jwt.max_stale"
                );
            }
        }
    }

    /// Waits for the fetch in progress, and starts no more in the background.
    pub(super) async fn finish(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}

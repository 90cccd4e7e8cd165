//! The cache of API keys.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use tokio_util::task::TaskTracker;

use super::apart;
use super::lookup_limiter::{LookupLimiter, LookupTicket};
use crate::store::{Directory, Error};
use crate::util::single_flight::SingleFlight;
use crate::util::ttl_cache::TtlCache;
use domain::tenancy::{ApiKey, KeyPrefix};

/// Capacity, entries.
const CAPACITY: usize = 10_000;
/// TTL of "no key has this prefix": a client that retries with a wrong key does not cause a read
/// each time. A key is created before it is used, so no new key is hidden; one that is inserted
/// into the database by hand may be, for this time.
const ABSENT_TTL: SignedDuration = SignedDuration::from_secs(2);
/// Minimum interval between two recorded uses of a key. Recording is a write.
const USE_INTERVAL: SignedDuration = SignedDuration::from_mins(1);

const CROWDED: &str = "too many lookups of unknown API keys are in progress";

/// Caches API keys, and records their use.
#[derive(Debug)]
pub(super) struct KeyCache<D> {
    lookups: Arc<Lookups<D>>,
    reads: SingleFlight<KeyPrefix, Result<Option<Arc<CachedKey>>, Error>>,
    tasks: TaskTracker,
}

/// What a read needs. It outlives the calls that wait for it.
#[derive(Debug)]
struct Lookups<D> {
    directory: D,
    keys: TtlCache<KeyPrefix, Arc<CachedKey>>,
    absent: TtlCache<KeyPrefix, ()>,
    limiter: LookupLimiter,
}

/// A key as it was read.
#[derive(Debug)]
pub(super) struct CachedKey {
    pub(super) key: ApiKey,
    /// Time of the last recorded use, milliseconds since 1970.
    used_at: AtomicI64,
}

impl<D: Directory> KeyCache<D> {
    pub(super) fn new(directory: D, ttl: SignedDuration) -> Self {
        Self {
            lookups: Arc::new(Lookups {
                directory,
                keys: TtlCache::new(ttl, CAPACITY),
                absent: TtlCache::new(ABSENT_TTL, CAPACITY),
                limiter: LookupLimiter::default(),
            }),
            reads: SingleFlight::default(),
            tasks: TaskTracker::new(),
        }
    }

    /// The key with this prefix. A prefix that was never found is read through the limiter, since
    /// any client can invent prefixes. A known one is not, so that such a client delays no key
    /// holder.
    pub(super) async fn get(
        &self,
        prefix: &KeyPrefix,
        now: Timestamp,
    ) -> Result<Option<Arc<CachedKey>>, Error> {
        let lookups = &self.lookups;
        if let Some(key) = lookups.keys.get(prefix, now) {
            return Ok(Some(key));
        }
        if lookups.absent.get(prefix, now).is_some() {
            return Ok(None);
        }
        if self.tasks.is_closed() {
            return Err(Error::Closed);
        }
        let begin = || {
            let ticket = if lookups.keys.knew(prefix) {
                None
            } else {
                Some(lookups.limiter.enter().ok_or(Error::Busy(CROWDED))?)
            };
            let (lookups, prefix) = (Arc::clone(lookups), prefix.clone());
            Ok::<_, Error>(async move { lookups.read(prefix, ticket, now).await })
        };
        let found = self.reads.join(&self.tasks, prefix, begin).await?;
        found.unwrap_or(Err(Error::Closed))
    }

    /// Records the use of a key in the background, at most once in an interval.
    pub(super) fn record_use(&self, cached: &CachedKey, now: Timestamp) {
        let (before, at) = (cached.used_at.load(Ordering::Relaxed), now.as_millisecond());
        let interval = i64::try_from(USE_INTERVAL.as_millis()).unwrap_or(i64::MAX);
        let (from, to) = (Ordering::Relaxed, Ordering::Relaxed);
        let is_due = at >= before.saturating_add(interval)
            && cached
                .used_at
                .compare_exchange(before, at, from, to)
                .is_ok();
        if !is_due || self.tasks.is_closed() {
            return;
        }
        let directory = self.lookups.directory.clone();
        let (tenant, id) = (cached.key.tenant.clone(), cached.key.id);
        self.tasks.spawn(async move {
            if let Err(error) = directory.note_key_use(&tenant, id, now).await {
                tracing::debug!(%error, api_key.id = %id, "use of an API key not recorded");
            }
        });
    }

    /// Waits for reads and writes in progress, and starts no more.
    pub(super) async fn finish(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl<D: Directory> Lookups<D> {
    /// Reads a key, through the limiter if there is a ticket, and caches what was found.
    async fn read(
        &self,
        prefix: KeyPrefix,
        ticket: Option<LookupTicket>,
        now: Timestamp,
    ) -> Result<Option<Arc<CachedKey>>, Error> {
        let reading = apart(self.directory.key_by_prefix(&prefix));
        let read = match ticket {
            None => reading.await,
            Some(ticket) => {
                let passed = self.limiter.pass(ticket, reading).await;
                passed.unwrap_or(Err(Error::Busy(CROWDED)))
            }
        };
        let Some(key) = read? else {
            self.keys.forget(&prefix);
            self.absent.put(prefix, (), now);
            return Ok(None);
        };
        let used_at = key.last_used_at.unwrap_or(Timestamp::MIN);
        let cached = Arc::new(CachedKey {
            used_at: AtomicI64::new(used_at.as_millisecond()),
            key,
        });
        self.keys.put(prefix, Arc::clone(&cached), now);
        Ok(Some(cached))
    }
}

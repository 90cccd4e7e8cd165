//! What the store says of keys and tenants, as it was read a moment ago.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use super::flights::Flights;
use super::lane::{Lane, Ticket};
use crate::store::{Directory, Error};
use crate::util::ttl_cache::TtlCache;
use domain::TenantId;
use domain::tenancy::{ApiKey, KeyPrefix, RateLimits};

/// So many keys and tenants are remembered. One that is not is read again.
const MOST: usize = 10_000;
/// How long it is remembered that no key has some prefix: a client with a wrong key that tries again and again costs no
/// reading each time. A key is made before it is used, so that no new one is hidden; one that is put in place by hand may be, so long.
const ABSENT_FOR: SignedDuration = SignedDuration::from_secs(2);
/// The use of a key is noted at most once within this time, since it is a write.
const NOTED_EVERY: SignedDuration = SignedDuration::from_mins(1);

const CROWDED: &str =
    "too many API keys that are not known are looked up at this moment, and this one was not";

/// What is known of keys and tenants.
#[derive(Debug)]
pub(super) struct Known<D> {
    readings: Arc<Readings<D>>,
    keys_read: Flights<KeyPrefix, Result<Found, Error>>,
    tenants_read: Flights<TenantId, Result<Option<Standing>, Error>>,
    tasks: TaskTracker,
}

/// What readings need, which outlive those who asked for them.
#[derive(Debug)]
struct Readings<D> {
    directory: D,
    keys: TtlCache<KeyPrefix, Arc<KnownKey>>,
    absent: TtlCache<KeyPrefix, ()>,
    tenants: TtlCache<TenantId, Standing>,
    lane: Lane,
}

/// The key that was asked for, where there is one.
type Found = Option<Arc<KnownKey>>;

/// A key as it was read.
#[derive(Debug)]
pub(super) struct KnownKey {
    pub(super) key: ApiKey,
    /// When its use was noted last: milliseconds since 1970.
    noted_at: AtomicI64,
}

/// What matters here of a tenant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    pub(super) enabled: bool,
    pub(super) limits: RateLimits,
}

impl<D: Directory> Known<D> {
    pub(super) fn new(directory: D, believed_for: SignedDuration) -> Self {
        Self {
            readings: Arc::new(Readings {
                directory,
                keys: TtlCache::new(believed_for, MOST),
                absent: TtlCache::new(ABSENT_FOR, MOST),
                tenants: TtlCache::new(believed_for, MOST),
                lane: Lane::default(),
            }),
            keys_read: Flights::default(),
            tenants_read: Flights::default(),
            tasks: TaskTracker::new(),
        }
    }

    /// The key with this prefix. One that was never seen is read in the narrow lane, since anybody can make prefixes up; one that was
    /// is not, so that a client that invents prefixes keeps no holder waiting.
    pub(super) async fn key(&self, prefix: &KeyPrefix, now: Timestamp) -> Result<Found, Error> {
        let readings = &self.readings;
        if let Some(known) = readings.keys.get(prefix, now) {
            return Ok(Some(known));
        }
        if readings.absent.get(prefix, now).is_some() {
            return Ok(None);
        }
        if self.tasks.is_closed() {
            return Err(Error::Closed);
        }
        let begin = || {
            let ticket = if readings.keys.knew(prefix) {
                None
            } else {
                Some(readings.lane.enter().ok_or(Error::Busy(CROWDED))?)
            };
            let (readings, prefix) = (Arc::clone(readings), prefix.clone());
            Ok::<_, Error>(async move { readings.read(prefix, ticket, now).await })
        };
        let found = self.keys_read.join(&self.tasks, prefix, begin).await?;
        found.unwrap_or(Err(Error::Closed))
    }

    /// How this tenant stands; `None` where there is none. Only a caller that has proved who it is names one.
    pub(super) async fn standing(
        &self,
        id: &TenantId,
        now: Timestamp,
    ) -> Result<Option<Standing>, Error> {
        let readings = &self.readings;
        if let Some(known) = readings.tenants.get(id, now) {
            return Ok(Some(known));
        }
        let begin = || {
            let (readings, id) = (Arc::clone(readings), id.clone());
            Ok::<_, Error>(async move { readings.standing(id, now).await })
        };
        let found = self.tenants_read.join(&self.tasks, id, begin).await?;
        found.unwrap_or(Err(Error::Closed))
    }

    /// Notes now and then that a key is used, beside the call that used it.
    pub(super) fn note_use(&self, known: &KnownKey, now: Timestamp) {
        let (before, at) = (known.noted_at.load(Ordering::Relaxed), now.as_millisecond());
        let due = before.saturating_add_unsigned(
            NOTED_EVERY
                .unsigned_abs()
                .as_millis()
                .try_into()
                .unwrap_or(u64::MAX),
        );
        let mine = at >= due
            && known
                .noted_at
                .compare_exchange(before, at, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok();
        if !mine || self.tasks.is_closed() {
            return;
        }
        let (directory, tenant, id) = (
            self.readings.directory.clone(),
            known.key.tenant.clone(),
            known.key.id,
        );
        self.tasks.spawn(async move {
            if let Err(error) = directory.note_key_use(&tenant, id, now).await {
                tracing::debug!(%error, api_key.id = %id, "the use of a key could not be noted");
            }
        });
    }

    /// Waits for what is being read and noted, and reads and notes no more.
    pub(super) async fn finish(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl<D: Directory> Readings<D> {
    /// Reads a key, where needed with a ticket for the narrow lane, and remembers what was found.
    async fn read(
        &self,
        prefix: KeyPrefix,
        ticket: Option<Ticket>,
        now: Timestamp,
    ) -> Result<Found, Error> {
        let reading = apart(self.directory.key_by_prefix(&prefix));
        let read = match ticket {
            None => reading.await,
            Some(ticket) => {
                let passed = self.lane.pass(ticket, reading).await;
                passed.unwrap_or(Err(Error::Busy(CROWDED)))
            }
        };
        let Some(key) = read? else {
            self.keys.forget(&prefix);
            self.absent.put(prefix, (), now);
            return Ok(None);
        };
        let noted_at = key.last_used_at.unwrap_or(Timestamp::MIN);
        let known = Arc::new(KnownKey {
            noted_at: AtomicI64::new(noted_at.as_millisecond()),
            key,
        });
        self.keys.put(prefix, Arc::clone(&known), now);
        Ok(Some(known))
    }

    /// Reads how a tenant stands, and remembers it.
    async fn standing(&self, id: TenantId, now: Timestamp) -> Result<Option<Standing>, Error> {
        let Some(tenant) = apart(self.directory.tenant(&id)).await? else {
            return Ok(None);
        };
        let standing = Standing {
            enabled: tenant.is_enabled(),
            limits: tenant.limits,
        };
        self.tenants.put(id, standing, now);
        Ok(Some(standing))
    }
}

/// Has something read in a trace of its own: as long as the caller is not authenticated, the call is part of no other trace.
async fn apart<T>(read: impl Future<Output = T>) -> T {
    let span = tracing::debug_span!(parent: None, "authenticate");
    read.instrument(span).await
}

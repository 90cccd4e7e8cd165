//! What the store says of keys and tenants, as it was read a moment ago.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use crate::cache::Cache;
use crate::migration::TenantId;
use crate::store::{Directory, Error};
use crate::tenancy::{ApiKey, KeyPrefix, Limits};

/// So many keys and tenants are remembered. One that is not is read again.
const MOST: usize = 10_000;
/// The use of a key is noted at most once within this time, since it is a write.
const NOTED_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// What is known of keys and tenants.
#[derive(Debug)]
pub(super) struct Known<D> {
    directory: D,
    keys: Cache<KeyPrefix, Arc<KnownKey>>,
    tenants: Cache<TenantId, Standing>,
    notes: TaskTracker,
}

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
    pub(super) limits: Limits,
}

impl<D: Directory> Known<D> {
    pub(super) fn new(directory: D, believed_for: SignedDuration) -> Self {
        Self {
            directory,
            keys: Cache::new(believed_for, MOST),
            tenants: Cache::new(believed_for, MOST),
            notes: TaskTracker::new(),
        }
    }

    /// The key with this prefix. That there is none is not remembered: anybody can make prefixes up.
    pub(super) async fn key(
        &self,
        prefix: &KeyPrefix,
        now: Timestamp,
    ) -> Result<Option<Arc<KnownKey>>, Error> {
        if let Some(known) = self.keys.get(prefix, now) {
            return Ok(Some(known));
        }
        let Some(key) = apart(self.directory.key_by_prefix(prefix)).await? else {
            return Ok(None);
        };
        let noted_at = key.last_used_at.unwrap_or(Timestamp::MIN);
        let known = Arc::new(KnownKey {
            noted_at: AtomicI64::new(noted_at.as_millisecond()),
            key,
        });
        self.keys.put(prefix.clone(), Arc::clone(&known), now);
        Ok(Some(known))
    }

    /// How this tenant stands; `None` where there is none.
    pub(super) async fn standing(
        &self,
        id: &TenantId,
        now: Timestamp,
    ) -> Result<Option<Standing>, Error> {
        if let Some(known) = self.tenants.get(id, now) {
            return Ok(Some(known));
        }
        let Some(tenant) = apart(self.directory.tenant(id)).await? else {
            return Ok(None);
        };
        let standing = Standing {
            enabled: tenant.is_enabled(),
            limits: tenant.limits,
        };
        self.tenants.put(id.clone(), standing, now);
        Ok(Some(standing))
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
        if !mine || self.notes.is_closed() {
            return;
        }
        let (directory, tenant, id) = (
            self.directory.clone(),
            known.key.tenant.clone(),
            known.key.id,
        );
        self.notes.spawn(async move {
            if let Err(error) = directory.note_key_use(&tenant, id, now).await {
                tracing::debug!(%error, api_key.id = %id, "the use of a key could not be noted");
            }
        });
    }

    /// Waits for what is being noted, and notes no more.
    pub(super) async fn finish(&self) {
        self.notes.close();
        self.notes.wait().await;
    }
}

/// Has something read in a trace of its own: as long as the caller is not authenticated, the call is part of no other trace.
async fn apart<T>(read: impl Future<Output = T>) -> T {
    let span = tracing::debug_span!(parent: None, "authenticate");
    read.instrument(span).await
}

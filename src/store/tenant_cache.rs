//! The cache of tenants, shared by authentication and the engine.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio_util::task::TaskTracker;

use super::{Directory, Error};
use crate::util::single_flight::SingleFlight;
use crate::util::ttl_cache::TtlCache;
use domain::TenantId;
use domain::tenancy::Tenant;

/// Capacity, entries.
const CAPACITY: usize = 10_000;

/// Caches tenants, with their secrets, for a short time. Cheap to clone; clones share state.
#[derive(Debug, Clone)]
pub struct TenantCache<D> {
    directory: D,
    tenants: Arc<TtlCache<TenantId, Arc<Tenant>>>,
    reads: SingleFlight<TenantId, Result<Option<Arc<Tenant>>, Error>>,
    tasks: TaskTracker,
    ttl: SignedDuration,
}

impl<D: Directory> TenantCache<D> {
    /// An empty cache whose entries expire after `ttl`. With zero, every call reads the store.
    #[must_use]
    pub fn new(directory: D, ttl: SignedDuration) -> Self {
        Self {
            directory,
            tenants: Arc::new(TtlCache::new(ttl, CAPACITY)),
            reads: SingleFlight::default(),
            tasks: TaskTracker::new(),
            ttl,
        }
    }

    /// The tenant, at most the TTL old; `None` if there is none.
    pub async fn get(&self, id: &TenantId, now: Timestamp) -> Result<Option<Arc<Tenant>>, Error> {
        if let Some(tenant) = self.tenants.get(id, now) {
            return Ok(Some(tenant));
        }
        if self.ttl.is_zero() {
            // A read in progress may have begun before the change that this caller must see.
            return Ok(self.directory.tenant(id).await?.map(Arc::new));
        }
        let begin = || {
            let (cache, id) = (self.clone(), id.clone());
            Ok::<_, Error>(async move { cache.read(id, now).await })
        };
        let read = self.reads.join(&self.tasks, id, begin).await?;
        read.unwrap_or(Err(Error::Closed))
    }

    /// Removes a tenant, so that the next call reads it.
    pub fn forget(&self, id: &TenantId) {
        self.tenants.forget(id);
    }

    /// Waits for the reads in progress.
    pub async fn finish(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// `now` was taken before the read: a change made during it is seen no later than any other.
    async fn read(&self, id: TenantId, now: Timestamp) -> Result<Option<Arc<Tenant>>, Error> {
        let Some(tenant) = self.directory.tenant(&id).await?.map(Arc::new) else {
            return Ok(None);
        };
        self.tenants.put(id, Arc::clone(&tenant), now);
        Ok(Some(tenant))
    }
}

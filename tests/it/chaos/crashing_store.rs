//! A store whose calls pass the engine's fault points.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::tenancy::{ApiKey, ApiKeyId, KeyPrefix, MigrationCounts, Month, MonthlyUsage, Tenant};
use domain::{Event, GraphCall, Migration, MigrationId, RequestId, State, TenantId};
use futures_util::{Stream, StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tokio_stream::wrappers::WatchStream;
use waba_migrator::store::{
    Added, ClaimRequest, Created, Deleted, Directory, Error, Expired, Filter, LeaseChange, Listing,
    Notification, Oldest, Page, Removal, Renewal, Requested, Saved, Store, WorkerId, Workers,
};

use super::fault_points::{FaultPoints, Side};

/// A store whose calls can fail, and can crash the engine.
#[derive(Debug, Clone)]
pub struct CrashingStore<S> {
    inner: S,
    points: Arc<FaultPoints>,
    /// Runtime of the store: it outlives the engine, and so does a write in progress.
    runtime: Handle,
    /// The migration as the engine saved it last.
    newest: watch::Sender<Option<Migration>>,
    /// Signals that the test moved the clock.
    clock_moved: watch::Sender<()>,
    /// Number of migrations in each poll.
    polls: Arc<Mutex<Vec<usize>>>,
    /// The workers that joined.
    workers: Arc<Mutex<Vec<WorkerId>>>,
    /// Lets renewals fail.
    cut_off: Arc<AtomicBool>,
    /// Stops the engine between the intent of a call and the call.
    gate: Arc<Gate>,
    /// The time since the last failover.
    failover: Arc<Mutex<Option<Duration>>>,
}

/// Where an engine is stopped after a save.
#[derive(Debug, Default)]
struct Gate {
    /// The call whose intent is saved.
    call: Mutex<Option<GraphCall>>,
    reached: Notify,
    opened: Notify,
}

impl<S: Store> CrashingStore<S> {
    /// `workers` gets the workers that join.
    pub fn new(
        inner: S,
        points: Arc<FaultPoints>,
        runtime: Handle,
        workers: Arc<Mutex<Vec<WorkerId>>>,
    ) -> Self {
        Self {
            inner,
            points,
            runtime,
            newest: watch::Sender::new(None),
            clock_moved: watch::Sender::new(()),
            polls: Arc::default(),
            workers,
            cut_off: Arc::default(),
            gate: Arc::default(),
            failover: Arc::default(),
        }
    }

    /// The migration as it was saved last; changes with every save.
    pub fn newest(&self) -> watch::Receiver<Option<Migration>> {
        self.newest.subscribe()
    }

    /// Number of migrations in each poll so far.
    pub fn polled(&self) -> Vec<usize> {
        self.polls.lock().clone()
    }

    /// Stops the engine when it has saved the intent of this call, until the gate is opened.
    pub fn stop_before(&self, call: GraphCall) {
        *self.gate.call.lock() = Some(call);
    }

    /// Completes when the engine is stopped.
    pub async fn stopped(&self) {
        self.gate.reached.notified().await;
    }

    /// Lets the stopped engine go on.
    pub fn go_on(&self) {
        self.gate.opened.notify_one();
    }

    /// Sets the time since the last failover.
    pub fn set_failover(&self, since: Option<Duration>) {
        *self.failover.lock() = since;
    }

    /// Lets every renewal fail from now on, or no more.
    pub fn cut_off_renewals(&self, cut_off: bool) {
        self.cut_off.store(cut_off, Ordering::Relaxed);
    }

    /// Signals that the clock was moved, which wakes no timer by itself.
    pub fn clock_moved(&self) {
        self.clock_moved.send_replace(());
    }

    async fn pass<T, F>(&self, name: &str, call: impl FnOnce(S) -> F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let call = call(self.inner.clone());
        let failure = self.points.next_store_failure();
        let performed = async {
            if failure == Some(Side::Before) {
                return Err(unavailable());
            }
            let result = self.runtime.spawn(call).await.unwrap();
            if failure.is_some() {
                Err(unavailable())
            } else {
                result
            }
        };
        self.points.pass(name, performed).await
    }

    /// Notes the migration as it is now.
    pub fn observe(&self, migration: &Migration) {
        let version = migration.version;
        self.newest.send_if_modified(|newest| {
            let newer = newest.as_ref().is_none_or(|old| old.version < version);
            if newer {
                *newest = Some(migration.clone());
            }
            newer
        });
    }
}

fn unavailable() -> Error {
    let cause = Arc::new(std::io::Error::other("no answer"));
    Error::Unavailable("the store is unavailable", cause)
}

impl<S: Store> Store for CrashingStore<S> {
    async fn create(
        &self,
        tenant: &TenantId,
        migration: &Migration,
        events: &[Event],
        due_at: Option<Timestamp>,
        worker: Option<WorkerId>,
    ) -> Result<Created, Error> {
        let (tenant, migration, events) = (tenant.clone(), migration.clone(), events.to_vec());
        let created = self
            .pass("create", move |store| async move {
                store
                    .create(&tenant, &migration, &events, due_at, worker)
                    .await
            })
            .await?;
        if let Created::New(migration) | Created::SameRequest(migration) = &created {
            self.observe(migration);
        }
        Ok(created)
    }

    async fn requested(
        &self,
        tenant: &TenantId,
        request_id: &RequestId,
        now: Timestamp,
    ) -> Result<Requested, Error> {
        let (tenant, request_id) = (tenant.clone(), request_id.clone());
        let requested = self
            .pass("requested", move |store| async move {
                store.requested(&tenant, &request_id, now).await
            })
            .await?;
        if let Requested::Started(migration) = &requested {
            self.observe(migration);
        }
        Ok(requested)
    }

    async fn load(&self, tenant: &TenantId, id: MigrationId) -> Result<Option<Migration>, Error> {
        let tenant = tenant.clone();
        self.pass(
            "load",
            move |store| async move { store.load(&tenant, id).await },
        )
        .await
    }

    async fn kept(
        &self,
        tenant: &TenantId,
        up_to: MigrationCounts,
    ) -> Result<MigrationCounts, Error> {
        let tenant = tenant.clone();
        self.pass("kept", move |store| async move {
            store.kept(&tenant, up_to).await
        })
        .await
    }

    async fn list(&self, tenant: &TenantId, filter: &Filter, page: Page) -> Result<Listing, Error> {
        let (tenant, filter) = (tenant.clone(), filter.clone());
        self.pass("list", move |store| async move {
            store.list(&tenant, &filter, page).await
        })
        .await
    }

    async fn events(
        &self,
        tenant: &TenantId,
        id: MigrationId,
        after_sequence: u64,
        limit: u32,
    ) -> Result<Option<Vec<Event>>, Error> {
        let tenant = tenant.clone();
        self.pass("events", move |store| async move {
            store.events(&tenant, id, after_sequence, limit).await
        })
        .await
    }

    async fn save(
        &self,
        tenant: &TenantId,
        migration: &Migration,
        new_events: &[Event],
        due_at: Option<Timestamp>,
        lease: LeaseChange,
    ) -> Result<Saved, Error> {
        let (owner, given, events) = (tenant.clone(), migration.clone(), new_events.to_vec());
        let saved = self
            .pass("save", move |store| async move {
                store.save(&owner, &given, &events, due_at, lease).await
            })
            .await?;
        let sent = new_events.iter().find_map(|event| event.kind.call_sent());
        if sent.is_some() && *self.gate.call.lock() == sent {
            *self.gate.call.lock() = None;
            self.gate.reached.notify_one();
            self.gate.opened.notified().await;
        }
        if let Saved::Done { version } = saved {
            self.observe(&Migration {
                version,
                ..migration.clone()
            });
        }
        Ok(saved)
    }

    async fn claim(&self, claim: ClaimRequest) -> Result<Vec<Migration>, Error> {
        self.pass(
            "claim",
            move |store| async move { store.claim(claim).await },
        )
        .await
    }

    /// Not counted if nothing is due, because that query is repeated while nothing happens.
    async fn next_due(&self, worker: WorkerId, now: Timestamp) -> Result<Option<Duration>, Error> {
        let store = self.inner.clone();
        let query = self
            .runtime
            .spawn(async move { store.next_due(worker, now).await });
        let found = query.await.unwrap();
        match &found {
            Ok(Some(Duration::ZERO)) => self.points.pass("next_due", async { found }).await,
            _ => found,
        }
    }

    /// Not counted, because polls are repeated while nothing happens.
    async fn last_sequences(
        &self,
        migrations: &[(TenantId, MigrationId)],
    ) -> Result<Vec<(MigrationId, u64)>, Error> {
        self.polls.lock().push(migrations.len());
        let (store, ids) = (self.inner.clone(), migrations.to_vec());
        let poll = self
            .runtime
            .spawn(async move { store.last_sequences(&ids).await });
        poll.await.unwrap()
    }

    async fn population(&self) -> Result<Vec<(State, u64)>, Error> {
        self.pass("population", move |store| async move {
            store.population().await
        })
        .await
    }

    fn notifications(&self) -> impl Stream<Item = Notification> + Send + 'static {
        let moved =
            WatchStream::from_changes(self.clock_moved.subscribe()).map(|()| Notification::Due);
        stream::select(self.inner.notifications(), moved)
    }

    async fn ping(&self) -> Result<(), Error> {
        self.pass("ping", move |store| async move { store.ping().await })
            .await
    }
}

/// Renewals and searches for abandoned migrations are not counted, because they are repeated while
/// nothing happens.
impl<S: Store> Workers for CrashingStore<S> {
    async fn join(&self, worker: WorkerId, lease: SignedDuration) -> Result<(), Error> {
        self.workers.lock().push(worker);
        self.pass("join", move |store| async move {
            store.join(worker, lease).await
        })
        .await
    }

    async fn renew(
        &self,
        worker: WorkerId,
        lease: SignedDuration,
    ) -> Result<Option<Renewal>, Error> {
        if self.cut_off.load(Ordering::Relaxed) {
            return Err(unavailable());
        }
        let store = self.inner.clone();
        let renewal = async move { store.renew(worker, lease).await };
        self.runtime.spawn(renewal).await.unwrap()
    }

    async fn leave(&self, worker: WorkerId) -> Result<(), Error> {
        self.pass(
            "leave",
            move |store| async move { store.leave(worker).await },
        )
        .await
    }

    async fn leased(&self, worker: WorkerId) -> Result<Vec<(TenantId, MigrationId)>, Error> {
        let store = self.inner.clone();
        let leased = async move { store.leased(worker).await };
        self.runtime.spawn(leased).await.unwrap()
    }

    async fn has_leased(
        &self,
        worker: WorkerId,
        tenant: &TenantId,
        id: MigrationId,
    ) -> Result<bool, Error> {
        let tenant = tenant.clone();
        self.pass("has_leased", move |store| async move {
            store.has_leased(worker, &tenant, id).await
        })
        .await
    }

    async fn release(
        &self,
        worker: WorkerId,
        migrations: &[(TenantId, MigrationId)],
    ) -> Result<(), Error> {
        let migrations = migrations.to_vec();
        self.pass("release", move |store| async move {
            store.release(worker, &migrations).await
        })
        .await
    }

    async fn suspend(
        &self,
        worker: WorkerId,
        tenant: &TenantId,
        id: MigrationId,
        until: Timestamp,
    ) -> Result<bool, Error> {
        let tenant = tenant.clone();
        self.pass("suspend", move |store| async move {
            store.suspend(worker, &tenant, id, until).await
        })
        .await
    }

    fn since_failover(&self) -> Option<Duration> {
        *self.failover.lock()
    }
}

/// No test here is long enough for a removal.
impl<S: Store> Removal for CrashingStore<S> {
    async fn remove(
        &self,
        tenant: &TenantId,
        migration: &Migration,
        taken_until: Timestamp,
    ) -> Result<bool, Error> {
        self.inner.remove(tenant, migration, taken_until).await
    }

    async fn purge(
        &self,
        ended_by: Timestamp,
        taken_until: Timestamp,
        limit: u32,
    ) -> Result<u64, Error> {
        self.inner.purge(ended_by, taken_until, limit).await
    }

    async fn with_pin(&self, ended_by: Timestamp, limit: u32) -> Result<Vec<Migration>, Error> {
        self.inner.with_pin(ended_by, limit).await
    }

    async fn expire(&self, now: Timestamp, limit: u32) -> Result<Expired, Error> {
        self.inner.expire(now, limit).await
    }

    async fn oldest(&self) -> Result<Oldest, Error> {
        self.inner.oldest().await
    }
}

/// An engine reads only tenants; the other calls are an operator's and never fail.
impl<S: Store> Directory for CrashingStore<S> {
    async fn tenant(&self, id: &TenantId) -> Result<Option<Tenant>, Error> {
        let id = id.clone();
        self.pass(
            "tenant",
            move |store| async move { store.tenant(&id).await },
        )
        .await
    }

    async fn create_tenant(&self, tenant: &Tenant) -> Result<Added, Error> {
        self.inner.create_tenant(tenant).await
    }

    async fn tenant_ids(
        &self,
        after: Option<&TenantId>,
        limit: u32,
    ) -> Result<Vec<TenantId>, Error> {
        self.inner.tenant_ids(after, limit).await
    }

    async fn save_tenant(&self, tenant: &Tenant) -> Result<Saved, Error> {
        self.inner.save_tenant(tenant).await
    }

    async fn delete_tenant(&self, id: &TenantId) -> Result<Deleted, Error> {
        self.inner.delete_tenant(id).await
    }

    async fn create_key(&self, key: &ApiKey) -> Result<Added, Error> {
        self.inner.create_key(key).await
    }

    async fn keys(&self, tenant: &TenantId) -> Result<Vec<ApiKey>, Error> {
        self.inner.keys(tenant).await
    }

    async fn key_by_prefix(&self, prefix: &KeyPrefix) -> Result<Option<ApiKey>, Error> {
        self.inner.key_by_prefix(prefix).await
    }

    async fn revoke_key(
        &self,
        tenant: &TenantId,
        id: ApiKeyId,
        at: Timestamp,
    ) -> Result<Option<ApiKey>, Error> {
        self.inner.revoke_key(tenant, id, at).await
    }

    async fn set_key_expiry(
        &self,
        tenant: &TenantId,
        id: ApiKeyId,
        expires_at: Option<Timestamp>,
    ) -> Result<Option<ApiKey>, Error> {
        self.inner.set_key_expiry(tenant, id, expires_at).await
    }

    async fn note_key_use(
        &self,
        tenant: &TenantId,
        id: ApiKeyId,
        at: Timestamp,
    ) -> Result<(), Error> {
        self.inner.note_key_use(tenant, id, at).await
    }

    async fn usage(
        &self,
        tenant: &TenantId,
        from: Month,
        to: Month,
    ) -> Result<Vec<MonthlyUsage>, Error> {
        self.inner.usage(tenant, from, to).await
    }

    async fn add_graph_calls(
        &self,
        tenant: &TenantId,
        month: Month,
        calls: u64,
    ) -> Result<(), Error> {
        self.inner.add_graph_calls(tenant, month, calls).await
    }
}

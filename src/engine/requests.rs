//! What the doors ask of the engine.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::commit_feed::Subscription;
use super::fairness::Slot;
use super::metrics::Standing;
use super::tasks::Claimed;
use super::{Engine, Error};
use crate::store::{Created, Filter, LeaseChange, Listing, Page, Requested, Saved, Store};
use crate::telemetry::trace;
use crate::util::clock;
use domain::tenancy::Tenant;
use domain::{
    Action, Command, Event, Migration, MigrationId, Principal, Request, RequestId, Secrets, Start,
    State, TenantId, Write,
};

/// A migration as a request left it, and word of what is committed to it from then on.
#[derive(Debug)]
pub struct Accepted {
    /// The migration.
    pub migration: Box<Migration>,
    news: Subscription,
}

/// What became of a request to start a migration.
#[derive(Debug)]
pub enum Started {
    /// It was accepted.
    New(Accepted),
    /// The same request id had started this one before.
    Existing(Box<Migration>),
    /// The same request id had started one that was removed since.
    Removed,
    /// This one of the same number is under way.
    NumberBusy(MigrationId),
}

impl<S: Store> Engine<S> {
    /// Starts a migration that `by` asks for, or finds the one that the same request id started. What is accepted is durable.
    pub async fn start(
        &self,
        tenant: &TenantId,
        by: &Principal,
        request: Request,
        secrets: Secrets,
        expires_after: SignedDuration,
    ) -> Result<Started, Error> {
        let (engine, tenant, by) = (self.clone(), tenant.clone(), by.clone());
        self.to_its_end(async move {
            engine
                .accept(&tenant, &by, request, secrets, expires_after)
                .await
        })
        .await
    }

    async fn accept(
        &self,
        tenant: &TenantId,
        by: &Principal,
        request: Request,
        secrets: Secrets,
        expires_after: SignedDuration,
    ) -> Result<Started, Error> {
        let parts = &self.parts;
        let sandbox = self.enabled(tenant).await?.sandbox;
        if sandbox && parts.graphs.sandbox.is_none() {
            return Err(Error::NoSandbox);
        }
        let now = parts.clock.now();
        let place = match self.take_place(tenant, now).await {
            // What was accepted before is answered all the same.
            Err(Error::QuotaReached(reached)) => {
                return match self.requested(tenant, &request.request_id).await? {
                    Requested::Started(migration) => Ok(Started::Existing(migration)),
                    Requested::Removed => Ok(Started::Removed),
                    Requested::Unknown => Err(Error::QuotaReached(reached)),
                };
            }
            place => place?,
        };
        let start = Start {
            id: MigrationId::from_uuid(clock::new_id()),
            tenant: tenant.clone(),
            sandbox,
            trace_parent: trace::begun_by().and_then(|it| it.parse().ok()),
            request,
            secrets,
            expires_at: now.saturating_add(expires_after).unwrap_or(Timestamp::MAX),
        };
        let (migration, events) = parts.machine.accept(start, by, now);
        let due_at = parts.machine.due_at(&migration, now);
        let slot = self.slot(&migration, due_at, now);
        let hold = slot.is_some().then(|| self.hold(now));
        // Before it is kept, so that no commit falls between.
        let news = parts.hub.subscribe(migration.id);
        let created = parts
            .store
            .create(tenant, &migration, &events, due_at, hold)
            .await?;
        Ok(match created {
            Created::New(migration) => {
                place.keep();
                self.measure(Standing::of(&migration), &migration, &events);
                tracing::info!(migration.id = %migration.id, "a migration was accepted");
                self.go_on(&migration, None, slot);
                Started::New(Accepted { migration, news })
            }
            Created::SameRequest(migration) => Started::Existing(migration),
            Created::Removed => Started::Removed,
            Created::NumberBusy(id) => Started::NumberBusy(id),
        })
    }

    /// Gives a command of `by`'s to a migration. What is accepted is durable.
    pub async fn command(
        &self,
        tenant: &TenantId,
        by: &Principal,
        id: MigrationId,
        command: Command,
    ) -> Result<Accepted, Error> {
        let (engine, tenant, by) = (self.clone(), tenant.clone(), by.clone());
        self.to_its_end(async move { engine.carry_out(&tenant, &by, id, &command).await })
            .await
    }

    async fn carry_out(
        &self,
        tenant: &TenantId,
        by: &Principal,
        id: MigrationId,
        command: &Command,
    ) -> Result<Accepted, Error> {
        let parts = &self.parts;
        let its = self.enabled(tenant).await?;
        // Before it is read, so that no commit falls between.
        let news = parts.hub.subscribe(id);
        let accepted = |migration| Accepted {
            migration: Box::new(migration),
            news,
        };
        let mut disturbed = false;
        loop {
            let mut migration = self.load(tenant, id).await?;
            let now = parts.clock.now();
            let (state, before) = (migration.state, Standing::of(&migration));
            let mut events = parts
                .machine
                .command(&mut migration, command.clone(), by, now)
                .map_err(|refusal| Error::Refused { refusal, state })?;
            if events.is_empty() {
                return Ok(accepted(migration));
            }
            let due_at = parts.machine.due_at(&migration, now);
            let slot = (!disturbed)
                .then(|| self.slot(&migration, due_at, now))
                .flatten();
            let (mut lease, mut begun) = (LeaseChange::Untouched, None);
            if slot.is_some() {
                let hold = self.hold(now);
                lease = LeaseChange::Take { now, lease: hold };
                begun = self.begin(&mut migration, &its, &mut events, now);
            }
            match parts
                .store
                .save(tenant, &migration, &events, due_at, lease)
                .await?
            {
                Saved::Done { version } => {
                    migration.version = version;
                    self.measure(before, &migration, &events);
                    parts.hub.committed(&migration);
                    self.go_on(&migration, begun, slot);
                    return Ok(accepted(migration));
                }
                // The engine or another command was quicker, or a worker holds it: the command meets the migration as
                // it is now, and leaves the rest to that worker.
                Saved::Conflict => disturbed = true,
            }
        }
    }

    /// A slot to go on with this migration at once, where it is our turn and there is one. The way through the store's
    /// claim costs another commit, and is for those that have to wait.
    fn slot(
        &self,
        migration: &Migration,
        due_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Option<Slot> {
        due_at.filter(|at| *at <= now)?;
        // Older work on it would find the intent of a call that nobody has made yet, and take the call for a lost one.
        if self.parts.leases.holds(migration.id) {
            return None;
        }
        self.parts
            .slots
            .take(&migration.tenant, &migration.request.destination)
    }

    /// Makes the intent of the next call part of the same commit, where nothing is to be read before.
    fn begin(
        &self,
        migration: &mut Migration,
        tenant: &Tenant,
        events: &mut Vec<Event>,
        now: Timestamp,
    ) -> Option<Write> {
        let machine = &self.parts.machine;
        let token = migration.secrets.access_token.as_ref();
        let way = self.way(tenant, migration.sandbox, token).ok()?;
        way.app_is_free(now).ok()?;
        let Action::Write(write) = machine.next(migration, now) else {
            return None;
        };
        events.extend(machine.begin(migration, &write, now));
        Some(write)
    }

    /// What was committed goes on: here, where it was leased with the commit, else wherever it is claimed.
    fn go_on(&self, migration: &Migration, begun: Option<Write>, slot: Option<Slot>) {
        let Some(slot) = slot else {
            self.parts.wake.notify_one();
            return;
        };
        let migration = migration.clone();
        self.work_on(Claimed { migration, begun }, slot);
    }

    /// Waits, at most that long, until it is somebody else's turn; then the migration as it stands.
    ///
    /// What was accepted stays accepted where the waiting fails: the answer is then the migration as it was known last,
    /// since an error would make the caller repeat what is done.
    pub async fn settled(&self, accepted: Accepted, wait: Duration) -> Arc<Migration> {
        let parts = &self.parts;
        let Accepted {
            migration,
            mut news,
        } = accepted;
        let mut migration: Arc<Migration> = Arc::from(migration);
        let until = parts
            .clock
            .now()
            .saturating_add(SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX))
            .unwrap_or(Timestamp::MAX);
        let timeout = tokio::time::sleep(wait);
        tokio::pin!(timeout);
        let mut waiting = !wait.is_zero();
        loop {
            let nothing_until_then = migration.not_before.is_some_and(|at| at > until);
            if !waiting || migration.state != State::Running || nothing_until_then {
                return migration;
            }
            let known;
            (waiting, known) = tokio::select! {
                news = news.changed() => (true, news),
                () = parts.stopping.cancelled() => (false, None),
                () = &mut timeout => (false, None),
            };
            let read = match known {
                Some(migration) => Ok(migration),
                None => self
                    .load(&migration.tenant, migration.id)
                    .await
                    .map(Arc::new),
            };
            match read {
                Ok(read) => migration = read,
                Err(error) => {
                    tracing::warn!(migration.id = %migration.id, %error, "could not wait for the migration");
                    return migration;
                }
            }
        }
    }

    /// What the request of this id came to.
    pub async fn requested(
        &self,
        tenant: &TenantId,
        request_id: &RequestId,
    ) -> Result<Requested, Error> {
        let now = self.parts.clock.now();
        let requested = self.parts.store.requested(tenant, request_id, now).await;
        Ok(requested?)
    }

    /// A migration as it stands, and word of what is committed to it from then on.
    pub async fn follow(&self, tenant: &TenantId, id: MigrationId) -> Result<Accepted, Error> {
        let news = self.parts.hub.subscribe(id);
        let migration = Box::new(self.load(tenant, id).await?);
        Ok(Accepted { migration, news })
    }

    /// A migration as it stands.
    pub async fn load(&self, tenant: &TenantId, id: MigrationId) -> Result<Migration, Error> {
        self.parts
            .store
            .load(tenant, id)
            .await?
            .ok_or(Error::NotFound)
    }

    /// A page of migrations, newest first.
    pub async fn list(
        &self,
        tenant: &TenantId,
        filter: &Filter,
        page: Page,
    ) -> Result<Listing, Error> {
        Ok(self.parts.store.list(tenant, filter, page).await?)
    }

    /// A page of a migration's history, oldest first.
    pub async fn events(
        &self,
        tenant: &TenantId,
        id: MigrationId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Event>, Error> {
        self.parts
            .store
            .events(tenant, id, after, limit)
            .await?
            .ok_or(Error::NotFound)
    }
}

//! What the doors ask of the engine.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::commit_feed::Subscription;
use super::fairness::Slot;
use super::metrics::Standing;
use super::quotas::Place;
use super::tasks::Claimed;
use super::{Engine, Error};
use crate::store::{Created, Filter, LeaseChange, Listing, Page, Requested, Saved, Store};
use crate::telemetry::trace;
use crate::util::{clock, random};
use domain::tenancy::Tenant;
use domain::{
    Action, Command, Conditions, Event, Migration, MigrationId, Pin, Principal, Request, Secrets,
    Start, State, TenantId, Write,
};

/// A migration as a request left it, and the notifications of what is committed to it from then on.
#[derive(Debug)]
pub struct Accepted {
    /// The migration.
    pub migration: Box<Migration>,
    news: Subscription,
}

/// The migration that a request to start one leads to.
#[derive(Debug)]
pub enum Started {
    /// The request started it.
    New(Accepted),
    /// The same request had started it before.
    Existing(Accepted),
}

impl<S: Store> Engine<S> {
    /// Starts the migration that `by` asks for, or returns the one that the same request has started. What is accepted is
    /// durable.
    pub async fn start(
        &self,
        tenant: &TenantId,
        by: &Principal,
        request: Request,
        secrets: Secrets,
    ) -> Result<Started, Error> {
        let (engine, tenant, by) = (self.clone(), tenant.clone(), by.clone());
        self.to_its_end(async move { engine.accept(&tenant, &by, request, secrets).await })
            .await
    }

    async fn accept(
        &self,
        tenant: &TenantId,
        by: &Principal,
        request: Request,
        mut secrets: Secrets,
    ) -> Result<Started, Error> {
        let parts = &self.parts;
        let its = self.enabled(tenant).await?;
        let now = parts.clock.now();
        let place = match self.admit(&its, request.conditions(&secrets), now).await {
            Ok(place) => place,
            // A repeat is answered even where a new request would be refused.
            Err(refusal @ (Error::Unacceptable(_) | Error::NoSandbox | Error::QuotaReached(_))) => {
                let id = &request.request_id;
                return match parts.store.requested(tenant, id, now).await? {
                    Requested::Started(migration) => self.existing(&its, &request, migration).await,
                    Requested::Removed => Err(Error::RequestRemoved),
                    Requested::Unknown => Err(refusal),
                };
            }
            Err(error) => return Err(error),
        };
        if secrets.two_step_pin.is_none() {
            secrets.two_step_pin = Some(Pin::from_random(*random::bytes()?));
        }
        let start = Start {
            id: MigrationId::from_uuid(clock::new_id()),
            tenant: tenant.clone(),
            sandbox: its.sandbox,
            trace_parent: trace::begun_by().and_then(|it| it.parse().ok()),
            defaults: its.defaults.clone(),
            request,
            secrets,
        };
        let (new, events) = parts.machine.accept(start, by, now);
        let due_at = parts.machine.due_at(&new, now);
        let slot = self.slot(&new, due_at, now);
        let hold = slot.is_some().then(|| self.hold(now));
        // Subscribed before it is stored, so that no commit falls between.
        let news = parts.hub.subscribe(new.id);
        let created = parts
            .store
            .create(tenant, &new, &events, due_at, hold)
            .await?;
        match created {
            Created::New(migration) => {
                place.keep();
                self.measure(Standing::of(&migration), &migration, &events);
                tracing::info!(migration.id = %migration.id, "migration accepted");
                self.go_on(&migration, None, slot);
                Ok(Started::New(Accepted { migration, news }))
            }
            Created::SameRequest(migration) => self.existing(&its, &new.request, migration).await,
            Created::Removed => Err(Error::RequestRemoved),
            Created::NumberBusy(id) => Err(Error::NumberBusy(id)),
        }
    }

    /// Takes a place for a new migration, or returns why there can be none.
    async fn admit(
        &self,
        tenant: &Tenant,
        conditions: Conditions,
        now: Timestamp,
    ) -> Result<Place, Error> {
        let objections = self.objections_for(tenant, conditions, now);
        if !objections.is_empty() {
            return Err(Error::Unacceptable(objections));
        }
        if tenant.sandbox && self.parts.graphs.sandbox.is_none() {
            return Err(Error::NoSandbox);
        }
        self.take_place(&tenant.id, now).await
    }

    /// The migration that a request with the same id has started, if it is the same request.
    async fn existing(
        &self,
        tenant: &Tenant,
        request: &Request,
        mut migration: Box<Migration>,
    ) -> Result<Started, Error> {
        let id = migration.id;
        let differing = request.differing(&tenant.defaults, &migration);
        if !differing.is_empty() {
            return Err(Error::RequestIdReused { id, differing });
        }
        let news = self.parts.hub.subscribe(id);
        if migration.state == State::Running {
            // A commit between the first read and the subscription would not be notified.
            migration = Box::new(self.load(&tenant.id, id).await?);
        }
        Ok(Started::Existing(Accepted { migration, news }))
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

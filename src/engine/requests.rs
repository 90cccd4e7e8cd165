//! Requests and commands of the API.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::commit_feed::FeedSubscriber;
use super::metrics::CommittedState;
use super::quotas::QuotaReservation;
use super::tasks::{ClaimedMigration, WorkPlace};
use super::{Engine, Error};
use crate::store::{Created, Filter, LeaseChange, Listing, Page, Requested, Saved, Store};
use crate::telemetry::trace;
use crate::util::{clock, random};
use domain::tenancy::Tenant;
use domain::{
    Action, Command, Conditions, Event, Migration, MigrationId, Pin, Principal, Request, Secrets,
    Start, State, TenantId, Write,
};

/// A migration after a request, and a subscription to its later commits.
#[derive(Debug)]
pub struct Accepted {
    /// The migration.
    pub migration: Box<Migration>,
    commits: FeedSubscriber,
}

/// The migration that a request to start one leads to.
#[derive(Debug)]
pub enum Started {
    /// The request started it.
    New(Accepted),
    /// An earlier copy of the request started it.
    Existing(Accepted),
}

impl<S: Store> Engine<S> {
    /// Starts a migration for `by`, or returns the one that the same request has started. Durable
    /// when it returns.
    pub async fn start(
        &self,
        tenant: &TenantId,
        by: &Principal,
        request: Request,
        secrets: Secrets,
    ) -> Result<Started, Error> {
        let (engine, tenant, by) = (self.clone(), tenant.clone(), by.clone());
        let accept = async move { engine.accept(&tenant, &by, request, secrets).await };
        Box::pin(self.run_detached(accept)).await
    }

    async fn accept(
        &self,
        tenant: &TenantId,
        by: &Principal,
        request: Request,
        mut secrets: Secrets,
    ) -> Result<Started, Error> {
        let parts = &self.parts;
        let record = self.enabled(tenant).await?;
        let now = parts.clock.now();
        let reservation = match self.admit(&record, request.conditions(&secrets), now).await {
            Ok(reservation) => reservation,
            // A repeated request is answered even if a new one would be refused.
            Err(refusal @ (Error::Unacceptable(_) | Error::NoSandbox | Error::QuotaReached(_))) => {
                let id = &request.request_id;
                return match parts.store.requested(tenant, id, now).await? {
                    Requested::Started(migration) => {
                        self.existing(&record, &request, migration).await
                    }
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
            sandbox: record.sandbox,
            trace_parent: trace::begun_by().and_then(|it| it.parse().ok()),
            defaults: record.defaults.clone(),
            request,
            secrets,
        };
        let (new, events) = parts.machine.accept(start, by, now);
        let due_at = parts.machine.due_at(&new, now);
        let place = self.place(&new, due_at, now);
        let worker = place.as_ref().map(|place| place.worker.id());
        // Subscribe before storing it, so that no commit is missed.
        let commits = parts.feed.subscribe(tenant, new.id);
        let created = parts
            .store
            .create(tenant, &new, &events, due_at, worker)
            .await?;
        match created {
            Created::New(migration) => {
                reservation.keep();
                self.measure(CommittedState::of(&migration), &migration, &events);
                tracing::info!(migration.id = %migration.id, "migration accepted");
                self.proceed(&migration, None, place);
                Ok(Started::New(Accepted { migration, commits }))
            }
            Created::SameRequest(migration) => {
                self.give_back(place);
                self.existing(&record, &new.request, migration).await
            }
            Created::Removed => {
                self.give_back(place);
                Err(Error::RequestRemoved)
            }
            Created::NumberBusy(id) => {
                self.give_back(place);
                Err(Error::NumberBusy(id))
            }
        }
    }

    /// Reserves quota for a new migration, or returns why it is refused.
    async fn admit(
        &self,
        tenant: &Tenant,
        conditions: Conditions,
        now: Timestamp,
    ) -> Result<QuotaReservation, Error> {
        let objections = self.objections_for(tenant, conditions, now);
        if !objections.is_empty() {
            return Err(Error::Unacceptable(objections));
        }
        if tenant.sandbox && self.parts.graphs.sandbox.is_none() {
            return Err(Error::NoSandbox);
        }
        self.reserve_migration(&tenant.id, now).await
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
        let commits = self.parts.feed.subscribe(&tenant.id, id);
        if migration.state == State::Running {
            // A commit between the first read and the subscription would not be notified.
            migration = Box::new(self.load(&tenant.id, id).await?);
        }
        Ok(Started::Existing(Accepted { migration, commits }))
    }

    /// Executes a command of `by`. Durable when it returns.
    pub async fn command(
        &self,
        tenant: &TenantId,
        by: &Principal,
        id: MigrationId,
        command: Command,
    ) -> Result<Accepted, Error> {
        let (engine, tenant, by) = (self.clone(), tenant.clone(), by.clone());
        let carry_out = async move { engine.carry_out(&tenant, &by, id, &command).await };
        Box::pin(self.run_detached(carry_out)).await
    }

    async fn carry_out(
        &self,
        tenant: &TenantId,
        by: &Principal,
        id: MigrationId,
        command: &Command,
    ) -> Result<Accepted, Error> {
        let parts = &self.parts;
        let record = self.enabled(tenant).await?;
        // Subscribe before reading it, so that no commit is missed.
        let commits = parts.feed.subscribe(tenant, id);
        let accepted = |migration| Accepted {
            migration: Box::new(migration),
            commits,
        };
        let mut conflicted = false;
        loop {
            let mut migration = self.load(tenant, id).await?;
            let now = parts.clock.now();
            let (state, before) = (migration.state, CommittedState::of(&migration));
            let mut events = parts
                .machine
                .command(&mut migration, command.clone(), by, now)
                .map_err(|refusal| Error::Refused { refusal, state })?;
            if events.is_empty() {
                return Ok(accepted(migration));
            }
            let due_at = parts.machine.due_at(&migration, now);
            let place = (!conflicted)
                .then(|| self.place(&migration, due_at, now))
                .flatten();
            let (mut lease, mut begun) = (LeaseChange::Untouched, None);
            if let Some(place) = &place {
                lease = LeaseChange::Take(place.worker.id());
                begun = self.begin(&mut migration, &record, &mut events, now);
            }
            match parts
                .store
                .save(tenant, &migration, &events, due_at, lease)
                .await?
            {
                Saved::Done { version } => {
                    migration.stored(version);
                    self.measure(before, &migration, &events);
                    parts.feed.committed(&migration);
                    self.proceed(&migration, begun, place);
                    return Ok(accepted(migration));
                }
                // The engine or another command was committed first, or a call of the same number
                // by another migration, or a worker has the lease: the command is applied to the
                // migration as it is now, and the worker does the rest.
                Saved::Conflict => {
                    self.give_back(place);
                    conflicted = true;
                }
            }
        }
    }

    /// A place to continue this migration at once, if it is due, this process has a worker, and a
    /// slot is free. Otherwise a worker claims it, which costs another commit.
    fn place(
        &self,
        migration: &Migration,
        due_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Option<WorkPlace> {
        let parts = &self.parts;
        due_at.filter(|at| *at <= now)?;
        let worker = parts.worker.get()?;
        let (tenant, waba) = (&migration.tenant, &migration.request.destination);
        let slot = parts.slots.take(tenant, waba)?;
        // Not while there is earlier work on the migration: it would take the intent of a call that
        // has not been sent for one whose response was lost.
        let guard = parts.in_progress.begin(worker.id(), migration.id)?;
        Some(WorkPlace {
            worker,
            guard,
            slot,
        })
    }

    /// Adds the intent of the next call to the same commit, if no read is needed first.
    fn begin(
        &self,
        migration: &mut Migration,
        tenant: &Tenant,
        events: &mut Vec<Event>,
        now: Timestamp,
    ) -> Option<Write> {
        let machine = &self.parts.machine;
        let token = migration.secrets.access_token.as_ref();
        let access = self.graph_access(tenant, migration.sandbox, token).ok()?;
        access.check_app(now).ok()?;
        let Action::Write(write) = machine.next(migration, now) else {
            return None;
        };
        if self.hold(&write, access.client(), None, now).is_some() {
            return None;
        }
        events.extend(machine.begin(migration, &write, now));
        Some(write)
    }

    /// Continues after a commit: here if the commit took the lease, else in the worker that claims
    /// it.
    fn proceed(&self, migration: &Migration, begun: Option<Write>, place: Option<WorkPlace>) {
        let Some(place) = place else {
            self.parts.wake.notify_one();
            return;
        };
        let migration = migration.clone();
        self.work_on(ClaimedMigration { migration, begun }, place);
    }

    /// Waits up to `wait` until another actor must act, and returns the migration.
    ///
    /// If the wait fails, the migration is returned as last known: it was accepted, and an error
    /// would make the caller repeat the request.
    pub async fn settled(&self, accepted: Accepted, wait: Duration) -> Arc<Migration> {
        let parts = &self.parts;
        let Accepted {
            migration,
            mut commits,
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
            let idle_until_then = migration.not_before.is_some_and(|at| at > until);
            if !waiting || migration.state != State::Running || idle_until_then {
                return migration;
            }
            let known;
            (waiting, known) = tokio::select! {
                commit = commits.changed() => (true, commit),
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
                    tracing::warn!(migration.id = %migration.id, %error, "waiting for the migration failed");
                    return migration;
                }
            }
        }
    }

    /// A migration.
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

//! Moves one claimed migration until another actor must act.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tracing::field::Empty;
use tracing::{Instrument as _, Span};

use super::credentials::GraphAccess;
use super::fairness::WorkerSlot;
use super::metrics::CommittedState;
use super::tasks::ClaimedMigration;
use super::worker::Worker;
use super::{Engine, Parts, calls, log};
use crate::graph::{self, WriteError};
use crate::store::{self, LeaseChange, Saved, Store};
use crate::telemetry::trace;
use domain::tenancy::Tenant;
use domain::{Action, Event, Fault, Migration, Outcome, Phase, State, TraceParent, Write};

/// One migration in progress: the row as it will be, and what is not saved yet.
struct Drive<'a, S> {
    engine: &'a Engine<S>,
    migration: Migration,
    committed: CommittedState,
    unsaved: Vec<Event>,
    /// Outcome of the newest changing call, while it is not saved: it must survive a save conflict.
    outcome: Option<Outcome>,
    /// The call whose intent is committed, and that was not made yet.
    begun: Option<Write>,
    /// Its slot exceeds the destination's limit: it may only notice that time has run out.
    over_limit: bool,
    /// When the newest reading was begun, since boot.
    read_at: Option<Duration>,
    /// The worker that has the lease. Once it is lost, no call is made or awaited. A save is: it
    /// may have been executed, and the calls that wait for the migration are notified here.
    worker: &'a Worker,
}

/// Interval at which a suspended migration that can no longer expire checks whether its tenant is
/// still disabled.
const RECHECK: SignedDuration = SignedDuration::from_hours(24);

/// Whether to continue.
enum Progress {
    Continue,
    Released,
}

impl<S: Store> Engine<S> {
    /// Moves a leased migration until another actor must act, or its lease is lost. `false`: its
    /// lease may not have been released.
    pub(super) async fn drive(
        &self,
        claimed: ClaimedMigration,
        slot: &WorkerSlot,
        worker: &Worker,
    ) -> bool {
        let (id, mut step) = (claimed.migration.id, claimed.migration.step);
        let mut span = span_of(&claimed.migration);
        let mut drive = Drive {
            engine: self,
            committed: CommittedState::of(&claimed.migration),
            migration: claimed.migration,
            unsaved: Vec::new(),
            outcome: None,
            begun: claimed.begun,
            over_limit: slot.over_limit(),
            read_at: None,
            worker,
        };
        loop {
            if drive.migration.step != step {
                step = drive.migration.step;
                span = span_of(&drive.migration);
            }
            match drive.advance().instrument(span.clone()).await {
                Ok(Progress::Continue) => {}
                Ok(Progress::Released) => return true,
                Err(error) => {
                    // It is released soon, and the next worker reads Meta before anything else.
                    let failed = "a migration could not be saved; it will be claimed again";
                    log::store_failed(&error, Some(id), failed);
                    return false;
                }
            }
        }
    }
}

/// A span for the migration's step: a root, linked to the request that began the migration.
fn span_of(migration: &Migration) -> Span {
    // At error level, so that every line logged within it names the migration.
    let span = tracing::error_span!(
        parent: None,
        "step",
        otel.name = migration.step.as_str(),
        otel.status_code = Empty,
        tenant.id = migration.tenant.as_str(),
        migration.id = %migration.id,
        migration.step = migration.step.as_str(),
        error.r#type = Empty,
    );
    trace::follow(
        &span,
        migration.trace_parent.as_ref().map(TraceParent::as_str),
    );
    span
}

impl<'a, S: Store> Drive<'a, S> {
    /// Performs the next action.
    async fn advance(&mut self) -> Result<Progress, store::Error> {
        let parts = &self.engine.parts;
        let now = parts.clock.now();
        let tenant = self.engine.tenant(&self.migration.tenant).await?;
        // Its intent is committed. If it were left, another worker would have to find out whether
        // the call was made.
        if let Some(write) = self.begun.take() {
            return self.call(write, &tenant).await;
        }
        // The process stops and another one continues, but not between a reading and its call.
        if parts.stopping.is_cancelled() && self.migration.phase != Phase::Act {
            return self.release(now).await;
        }
        match parts.machine.next(&self.migration, now) {
            Action::Read(_) | Action::Write(_) if !tenant.is_enabled() => self.suspend(now).await,
            Action::Read(read) => {
                self.read_at = Some(parts.clock.since_boot());
                let outcome = match self.access_to_read(&tenant, now) {
                    Ok(access) => {
                        let session = self.session(&access);
                        let read = calls::read(&session, &self.migration.request, read);
                        self.while_leased(Box::pin(read)).await
                    }
                    Err(fault) => Some(Outcome::Read(Err(fault))),
                };
                let Some(outcome) = outcome else {
                    return Ok(Progress::Released);
                };
                self.apply(outcome);
                Ok(Progress::Continue)
            }
            Action::Write(write) => self.write(write, &tenant, now).await,
            Action::Elapse => {
                let events = parts.machine.elapse(&mut self.migration, now);
                self.unsaved.extend(events);
                if self.over_limit && self.migration.state == State::Running {
                    return self.release(now).await;
                }
                Ok(Progress::Continue)
            }
            Action::Wait { .. } | Action::Done => self.release(now).await,
        }
    }

    /// Makes the intent durable, then the call.
    async fn write(
        &mut self,
        write: Write,
        tenant: &Tenant,
        now: Timestamp,
    ) -> Result<Progress, store::Error> {
        let parts = &self.engine.parts;
        let usable = self
            .access(tenant)
            .and_then(|access| access.check_app(now).map(|()| access));
        let hold = match usable {
            Ok(access) => self
                .engine
                .hold(&write, access.client(), self.read_ago(), now),
            Err(fault) => {
                self.apply(Outcome::Read(Err(fault)));
                return Ok(Progress::Continue);
            }
        };
        if let Some(hold) = hold {
            log::held(self.migration.id, write.call(), &hold);
            let machine = &parts.machine;
            machine.hold(&mut self.migration, hold.why, hold.until, now);
            return Ok(Progress::Continue);
        }
        let events = parts.machine.begin(&mut self.migration, &write, now);
        self.unsaved.extend(events);
        let lease = LeaseChange::Keep(self.worker.id());
        if !self.save(Some(now), lease).await? {
            return self.reload().await;
        }
        self.call(write, tenant).await
    }

    /// The time since the newest reading was begun.
    fn read_ago(&self) -> Option<Duration> {
        let now = self.engine.parts.clock.since_boot();
        self.read_at.map(|at| now.saturating_sub(at))
    }

    /// Makes a call whose intent is durable.
    ///
    /// It is never postponed: a WABA that stays near its limit would repeat its readings and
    /// postpone its calls for ever, since every reading reports again how near the limit is.
    async fn call(&mut self, write: Write, tenant: &Tenant) -> Result<Progress, store::Error> {
        // The failover may have lost the intent that was just saved.
        let read_ago = Some(Duration::ZERO);
        if self.engine.failover_hold(&write, read_ago).is_some() {
            return self.reload().await;
        }
        let written = match self.access(tenant) {
            Ok(access) => {
                let permit = self.worker.permit();
                let session = self.session(&access).with_permit(&permit);
                calls::write(&session, &self.migration.request, write).await
            }
            Err(fault) => Err(fault.into()),
        };
        let outcome = Outcome::Written(match written {
            Ok(written) => Ok(written),
            Err(WriteError::Fault(fault)) => Err(*fault),
            // Another worker reads first whether the call was made.
            Err(_) => return Ok(self.lease_lost()),
        });
        self.outcome = Some(outcome.clone());
        self.apply(outcome);
        Ok(Progress::Continue)
    }

    /// The outcome of a reading; `None` if the worker is lost meanwhile.
    async fn while_leased(&self, reading: impl Future<Output = Outcome>) -> Option<Outcome> {
        tokio::select! {
            biased;
            () = self.worker.lost() => {
                self.lease_lost();
                None
            }
            outcome = reading => Some(outcome),
        }
    }

    fn lease_lost(&self) -> Progress {
        log::lease_lost(self.migration.id);
        Progress::Released
    }

    fn apply(&mut self, outcome: Outcome) {
        let parts = &self.engine.parts;
        let events = parts
            .machine
            .apply(&mut self.migration, outcome, parts.clock.now());
        if let Some(fault) = events.iter().find_map(|event| event.kind.fault()) {
            let span = Span::current();
            span.record("otel.status_code", "ERROR");
            span.record("error.type", fault.reason.as_str());
        }
        self.unsaved.extend(events);
    }

    /// Saves the migration and releases its lease: another actor must act, or none.
    async fn release(&mut self, now: Timestamp) -> Result<Progress, store::Error> {
        let parts = &self.engine.parts;
        let due_at = parts.machine.due_at(&self.migration, now);
        let lease = LeaseChange::Release(self.worker.id());
        if !self.save(due_at, lease).await? {
            return self.reload().await;
        }
        if let Some(due_at) = due_at {
            self.engine.due(due_at);
        }
        Ok(Progress::Released)
    }

    /// Its tenant is disabled: no call is made from here on, and nothing is lost. The store decides
    /// whether the tenant still is.
    ///
    /// Deadlines continue to run, and are noticed when they come.
    async fn suspend(&mut self, now: Timestamp) -> Result<Progress, store::Error> {
        let parts = &self.engine.parts;
        let (id, worker) = (self.migration.id, self.worker.id());
        if !self.unsaved.is_empty() || self.migration.phase == Phase::Act {
            parts.machine.discard_reading(&mut self.migration, now);
            let lease = LeaseChange::Keep(worker);
            if !self.save(Some(now), lease).await? {
                return self.reload().await;
            }
        }
        let until = match self.migration.expires_at {
            at if now < at => at,
            _ => now.saturating_add(RECHECK).unwrap_or(Timestamp::MAX),
        };
        let tenant = &self.migration.tenant;
        if !parts.store.suspend(worker, tenant, id, until).await? {
            // The tenant was enabled meanwhile, or the lease was lost.
            parts.tenants.forget(tenant);
            return self.reload().await;
        }
        tracing::debug!(migration.id = %id, "the tenant is disabled; the migration is suspended");
        Ok(Progress::Released)
    }

    /// Saves what is not saved yet; `false` if a command was committed meanwhile, or the lease was
    /// lost.
    async fn save(
        &mut self,
        due_at: Option<Timestamp>,
        lease: LeaseChange,
    ) -> Result<bool, store::Error> {
        let parts = &self.engine.parts;
        let tenant = &self.migration.tenant;
        let saved = parts
            .store
            .save(tenant, &self.migration, &self.unsaved, due_at, lease);
        let Saved::Done { version } = saved.await? else {
            return Ok(false);
        };
        self.migration.stored(version);
        let committed = CommittedState::of(&self.migration);
        let before = std::mem::replace(&mut self.committed, committed);
        self.engine.measure(before, &self.migration, &self.unsaved);
        for event in self.unsaved.drain(..) {
            log::event(self.migration.id, &event);
        }
        self.outcome = None;
        parts.feed.committed(&self.migration);
        Ok(true)
    }

    /// A save met a conflict. If it was only with a command, or with a limited call of the same
    /// number by another migration, reads the row again and applies the outcome of the call to it.
    /// Each conflict comes from a commit of another, so this ends.
    async fn reload(&mut self) -> Result<Progress, store::Error> {
        let Parts {
            store,
            machine,
            clock,
            ..
        } = &*self.engine.parts;
        let (id, tenant) = (self.migration.id, &self.migration.tenant);
        if !store.has_leased(self.worker.id(), tenant, id).await? {
            return Ok(self.lease_lost());
        }
        let Some(migration) = store.load(tenant, id).await? else {
            return Ok(Progress::Released);
        };
        self.migration = migration;
        self.committed = CommittedState::of(&self.migration);
        self.unsaved.clear();
        machine.discard_reading(&mut self.migration, clock.now());
        if self.migration.phase.call_in_flight().is_some()
            && let Some(outcome) = self.outcome.clone()
        {
            self.apply(outcome);
        }
        Ok(Progress::Continue)
    }

    fn session<'w>(&'w self, access: &'w GraphAccess<'_>) -> graph::Session<'w> {
        let Migration { request, fault, .. } = &self.migration;
        access.session(&request.destination).again(fault.is_some())
    }

    /// Access to read Meta, or why Meta should not be read now.
    fn access_to_read<'t>(
        &self,
        tenant: &'t Tenant,
        now: Timestamp,
    ) -> Result<GraphAccess<'t>, Fault>
    where
        'a: 't,
    {
        let access = self.access(tenant)?;
        access.check_limits(&self.migration.request.destination, now)?;
        Ok(access)
    }

    fn access<'t>(&self, tenant: &'t Tenant) -> Result<GraphAccess<'t>, Fault>
    where
        'a: 't,
    {
        let Migration {
            sandbox, secrets, ..
        } = &self.migration;
        self.engine
            .graph_access(tenant, *sandbox, secrets.access_token.as_ref())
    }
}

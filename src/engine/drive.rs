//! Moves one claimed migration until it is somebody else's turn.

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;
use tracing::field::Empty;
use tracing::{Instrument as _, Span};

use super::credentials::Way;
use super::fairness::Slot;
use super::metrics::Standing;
use super::tasks::Claimed;
use super::{Engine, calls, log};
use crate::graph;
use crate::store::{self, Lease, LeaseChange, Saved, Store};
use crate::telemetry::trace;
use domain::tenancy::Tenant;
use domain::{Action, Event, Fault, Migration, Outcome, Phase, State, TraceParent, Write};

/// One migration under way: the row as it will be, and what the store does not know yet.
struct Drive<'a, S> {
    engine: &'a Engine<S>,
    migration: Migration,
    /// How it stood when it was committed last.
    committed: Standing,
    /// Events that are not saved yet.
    unsaved: Vec<Event>,
    /// What the newest changing call brought, while it is not saved: it must survive a lost race.
    outcome: Option<Outcome>,
    /// The call whose intent is committed, and that was not made yet.
    begun: Option<Write>,
    /// Its slot is beyond the destination's share: it may see that time has run out, and no more.
    beyond_share: bool,
    /// The lease was lost, so that no call is waited for any more. A save is: it may be the one that gave the lease back, and
    /// whoever waits for the migration hears of it here.
    lost: &'a CancellationToken,
}

/// How long what can expire no more is set aside, before it is looked at whether its tenant is still disabled.
const ASIDE: SignedDuration = SignedDuration::from_hours(24);

/// Whether to go on.
enum Turn {
    Ours,
    Over,
}

impl<S: Store> Engine<S> {
    /// Moves a claimed migration until it is somebody else's turn, or its lease is lost.
    pub(super) async fn drive(&self, claimed: Claimed, slot: &Slot, lost: &CancellationToken) {
        let (id, mut step) = (claimed.migration.id, claimed.migration.step);
        let mut span = span_of(&claimed.migration);
        let mut drive = Drive {
            engine: self,
            committed: Standing::of(&claimed.migration),
            migration: claimed.migration,
            unsaved: Vec::new(),
            outcome: None,
            begun: claimed.begun,
            beyond_share: slot.beyond_share(),
            lost,
        };
        loop {
            if drive.migration.step != step {
                step = drive.migration.step;
                span = span_of(&drive.migration);
            }
            match drive.turn().instrument(span.clone()).await {
                Ok(Turn::Ours) => {}
                Ok(Turn::Over) => return,
                Err(error) => {
                    // The lease runs out, and whoever claims the row next reads Meta before anything else.
                    log::store_failed(
                        &error,
                        Some(id),
                        "a migration could not be saved; it is taken up again",
                    );
                    return;
                }
            }
        }
    }
}

/// A span for the step that the migration is in. It is a root, and points back to the request that began the migration.
fn span_of(migration: &Migration) -> Span {
    // At the level of errors, so that whatever is logged within it says whose it is.
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
    async fn turn(&mut self) -> Result<Turn, store::Error> {
        let parts = &self.engine.parts;
        let now = parts.clock.now();
        let tenant = self.engine.tenant(&self.migration.tenant).await?;
        // Its intent is committed, and whoever found it later would have to find out whether it was made.
        if let Some(write) = self.begun.take() {
            return Ok(self.call(write, &tenant).await);
        }
        // The process stops: another one goes on from here. Between a reading and its call there is no "here".
        if parts.stopping.is_cancelled() && self.migration.phase != Phase::Act {
            return self.hand_over(now).await;
        }
        match parts.machine.next(&self.migration, now) {
            Action::Read(_) | Action::Write(_) if !tenant.is_enabled() => self.set_aside(now).await,
            Action::Read(read) => {
                let outcome = match self.way_to_read(&tenant, now) {
                    Ok(way) => {
                        let session = self.session(&way);
                        let read = calls::read(&session, &self.migration.request, read);
                        self.while_held(Box::pin(read)).await
                    }
                    Err(fault) => Some(Outcome::Read(Err(fault))),
                };
                let Some(outcome) = outcome else {
                    return Ok(Turn::Over);
                };
                self.apply(outcome);
                Ok(Turn::Ours)
            }
            Action::Write(write) => self.write(write, &tenant, now).await,
            Action::Elapse => {
                let events = parts.machine.elapse(&mut self.migration, now);
                self.unsaved.extend(events);
                if self.beyond_share && self.migration.state == State::Running {
                    return self.hand_over(now).await;
                }
                Ok(Turn::Ours)
            }
            Action::Wait { .. } | Action::Done => self.hand_over(now).await,
        }
    }

    /// Makes the intent durable, then the call.
    async fn write(
        &mut self,
        write: Write,
        tenant: &Tenant,
        now: Timestamp,
    ) -> Result<Turn, store::Error> {
        let parts = &self.engine.parts;
        if let Err(fault) = self.way(tenant).and_then(|way| way.app_is_free(now)) {
            self.apply(Outcome::Read(Err(fault)));
            return Ok(Turn::Ours);
        }
        let events = parts.machine.begin(&mut self.migration, &write, now);
        self.unsaved.extend(events);
        let lease = LeaseChange::Renew(self.engine.hold(now));
        if !self.save(Some(now), lease).await? {
            return self.read_again(now).await;
        }
        Ok(self.call(write, tenant).await)
    }

    /// Makes a call whose intent is durable.
    ///
    /// It is never held back: a WABA that stays near its limit would have its readings repeated and its calls put off
    /// for ever, since every reading says again how near it is.
    async fn call(&mut self, write: Write, tenant: &Tenant) -> Turn {
        let outcome = match self.way(tenant) {
            Ok(way) => {
                let session = self.session(&way);
                let written = calls::write(&session, &self.migration.request, write);
                self.while_held(written).await
            }
            Err(fault) => Some(Outcome::Written(Err(fault))),
        };
        let Some(outcome) = outcome else {
            return Turn::Over;
        };
        self.outcome = Some(outcome.clone());
        self.apply(outcome);
        Turn::Ours
    }

    /// What a call to Meta brings; nothing where the lease is lost meanwhile.
    async fn while_held(&self, call: impl Future<Output = Outcome>) -> Option<Outcome> {
        let outcome = self.lost.run_until_cancelled(call).await;
        if outcome.is_none() {
            log::lease_lost(self.migration.id);
        }
        outcome
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

    /// It is somebody else's turn, or nobody's: lets go of the row.
    async fn hand_over(&mut self, now: Timestamp) -> Result<Turn, store::Error> {
        let parts = &self.engine.parts;
        let due_at = parts.machine.due_at(&self.migration, now);
        if self
            .save(
                due_at,
                LeaseChange::Release {
                    worker: parts.worker,
                },
            )
            .await?
        {
            if let Some(due_at) = due_at {
                self.engine.due(due_at);
            }
            return Ok(Turn::Over);
        }
        self.read_again(now).await
    }

    /// Its tenant is disabled: no call is made from here on, and nothing is lost. Whether it still is, the store knows best.
    ///
    /// Time goes on: what runs out meanwhile does so at its time.
    async fn set_aside(&mut self, now: Timestamp) -> Result<Turn, store::Error> {
        let parts = &self.engine.parts;
        let (id, worker) = (self.migration.id, parts.worker);
        if !self.unsaved.is_empty() || self.migration.phase == Phase::Act {
            parts.machine.suspend(&mut self.migration, now);
            let lease = LeaseChange::Renew(self.engine.hold(now));
            if !self.save(Some(now), lease).await? {
                return self.read_again(now).await;
            }
        }
        let until = match self.migration.expires_at {
            at if now < at => at,
            _ => now.saturating_add(ASIDE).unwrap_or(Timestamp::MAX),
        };
        if parts.store.suspend(worker, &[id], until).await?.is_empty() {
            // It was enabled meanwhile, or the lease was lost.
            parts.tenants.forget(&self.migration.tenant);
            return self.read_again(now).await;
        }
        tracing::debug!(migration.id = %id, "its tenant is disabled: the migration was set aside");
        Ok(Turn::Over)
    }

    /// Saves what is not saved yet; `false` where a command came in between, or the lease was lost.
    async fn save(
        &mut self,
        due_at: Option<Timestamp>,
        lease: LeaseChange,
    ) -> Result<bool, store::Error> {
        let parts = &self.engine.parts;
        let tenant = &self.migration.tenant;
        match parts
            .store
            .save(tenant, &self.migration, &self.unsaved, due_at, lease)
            .await?
        {
            Saved::Done { version } => {
                self.migration.version = version;
                let before = std::mem::replace(&mut self.committed, Standing::of(&self.migration));
                self.engine.measure(before, &self.migration, &self.unsaved);
                for event in self.unsaved.drain(..) {
                    log::event(self.migration.id, &event);
                }
                self.outcome = None;
                parts.hub.committed(&self.migration);
                Ok(true)
            }
            Saved::Conflict => Ok(false),
        }
    }

    /// A race was lost. If only to a command, takes the row as it is now and applies to it what Meta answered.
    async fn read_again(&mut self, now: Timestamp) -> Result<Turn, store::Error> {
        let parts = &self.engine.parts;
        let id = self.migration.id;
        let Lease { worker, until } = self.engine.hold(now);
        if parts.store.renew(worker, &[id], until).await?.is_empty() {
            log::lease_lost(id);
            return Ok(Turn::Over);
        }
        let Some(migration) = parts.store.load(&self.migration.tenant, id).await? else {
            return Ok(Turn::Over);
        };
        self.migration = migration;
        self.committed = Standing::of(&self.migration);
        self.unsaved.clear();
        if let (Some(outcome), Phase::Sent { .. }) = (self.outcome.clone(), &self.migration.phase) {
            self.apply(outcome);
        }
        Ok(Turn::Ours)
    }

    fn session<'w>(&'w self, way: &'w Way<'_>) -> graph::Session<'w> {
        let Migration { request, fault, .. } = &self.migration;
        way.session(&request.destination).again(fault.is_some())
    }

    /// The way to read Meta, or why Meta should not be read just now.
    fn way_to_read<'t>(&self, tenant: &'t Tenant, now: Timestamp) -> Result<Way<'t>, Fault>
    where
        'a: 't,
    {
        let way = self.way(tenant)?;
        way.is_free(&self.migration.request.destination, now)?;
        Ok(way)
    }

    fn way<'t>(&self, tenant: &'t Tenant) -> Result<Way<'t>, Fault>
    where
        'a: 't,
    {
        let Migration {
            sandbox, secrets, ..
        } = &self.migration;
        self.engine
            .way(tenant, *sandbox, secrets.access_token.as_ref())
    }
}

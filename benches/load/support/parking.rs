//! Creates migrations in the store that wait for their code, and claims some that are due.

use std::sync::Arc;

use anyhow::Context as _;
use domain::tenancy::Defaults;
use domain::{
    Command, Event, Machine, Migration, MigrationId, Principal, Request, Start, TenantId,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use waba_migrator::crypto::Keyring;
use waba_migrator::store::{
    ClaimQuotas, ClaimRequest, Created, Database, LeaseChange, Saved, Store as _, WorkerId,
    Workers as _,
};
use waba_migrator::util::clock::{self, Clock};

use super::numbers::Number;
use super::samples::Samples;
use super::stopwatch::Stopwatch;
use super::workers;
use super::workspace::Workspace;

/// The store, and the migration that is copied.
#[derive(Debug)]
pub struct Parking {
    store: Database,
    like: Arc<Waiting>,
    machine: Machine,
    clock: Clock,
}

/// A migration that waits for its code, with its history.
#[derive(Debug)]
struct Waiting {
    tenant: TenantId,
    migration: Migration,
    events: Vec<Event>,
    due_at: Option<Timestamp>,
}

/// Concurrent saves: twice the size of a group commit.
const AT_ONCE: usize = 512;
/// First index of the due migrations, after all waiting ones.
const RUNNING: u64 = 50_000_000;

impl Parking {
    /// Opens the store of the workspace, which contains `like`.
    pub async fn open(workspace: &Workspace, like: MigrationId) -> anyhow::Result<Self> {
        let store = Database::open(&workspace.url(), Keyring::load(&workspace.key_file())?).await?;
        let tenant = TenantId::default_tenant();
        let migration = store
            .load(&tenant, like)
            .await?
            .context("the migration does not exist")?;
        let events = store.events(&tenant, like, 0, 1000).await?;
        let (machine, clock) = (Machine::default(), Clock::default());
        let due_at = machine.due_at(&migration, clock.now());
        let like = Waiting {
            tenant,
            migration,
            events: events.context("the migration has no history")?,
            due_at,
        };
        Ok(Self {
            store,
            like: Arc::new(like),
            machine,
            clock,
        })
    }

    /// Creates the migrations with the indexes `from..to`.
    pub async fn fill(&self, from: u64, to: u64) -> anyhow::Result<Vec<MigrationId>> {
        let (store, like) = (self.store.clone(), Arc::clone(&self.like));
        workers::run(AT_ONCE, to.saturating_sub(from), move |index| {
            let (store, like) = (store.clone(), Arc::clone(&like));
            async move {
                let mut migration = like.migration.clone();
                migration.id = MigrationId::from_uuid(clock::new_id());
                migration.request = like.request(from + index)?;
                let created = store
                    .create(&like.tenant, &migration, &like.events, like.due_at, None)
                    .await?;
                anyhow::ensure!(
                    matches!(created, Created::New(_)),
                    "the migration exists already"
                );
                Ok(migration.id)
            }
        })
        .await
    }

    /// Claims this number of migrations one by one, as an engine does; each has another
    /// destination.
    pub async fn claims(&self, count: u64) -> anyhow::Result<Value> {
        let worker = WorkerId::from_uuid(clock::new_id());
        self.store
            .join(worker, SignedDuration::from_hours(1))
            .await?;
        Box::pin(self.make_due(count)).await?;
        let (mut claims, mut reads) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let (now, watch) = (self.clock.now(), Stopwatch::start());
            self.store.next_due(worker, now).await?;
            reads.push(watch.elapsed());
            let watch = Stopwatch::start();
            let claimed = self.store.claim(claim(worker, now)).await?;
            claims.push(watch.elapsed());
            let migration = claimed.into_iter().next();
            self.end(
                worker,
                migration.context("the due migration was not claimed")?,
            )
            .await?;
        }
        self.store.leave(worker).await?;
        Ok(json!({
            "claim": claims.into_iter().collect::<Samples>().percentiles(),
            "next_due": reads.into_iter().collect::<Samples>().percentiles(),
        }))
    }

    async fn make_due(&self, count: u64) -> anyhow::Result<()> {
        let now = self.clock.now();
        // Different numbers in each run.
        let place = RUNNING + now.as_millisecond().unsigned_abs() % 1_000_000 * 10;
        for index in 0..count {
            let start = Start {
                trace_parent: None,
                id: MigrationId::from_uuid(clock::new_id()),
                tenant: self.like.tenant.clone(),
                sandbox: false,
                defaults: Defaults::default(),
                request: self.like.request(place + index)?,
                secrets: self.like.migration.secrets.clone(),
            };
            let (migration, events) = self.machine.accept(start, &Principal::anonymous(), now);
            self.store
                .create(&self.like.tenant, &migration, &events, Some(now), None)
                .await?;
        }
        Ok(())
    }

    /// Cancels a claimed migration, so that it is not due any more.
    async fn end(&self, worker: WorkerId, mut migration: Migration) -> anyhow::Result<()> {
        let now = self.clock.now();
        let events = self.machine.command(
            &mut migration,
            Command::Cancel,
            &Principal::anonymous(),
            now,
        )?;
        anyhow::ensure!(
            migration.state.is_terminal(),
            "the migration was not canceled"
        );
        let saved = self
            .store
            .save(
                &self.like.tenant,
                &migration,
                &events,
                None,
                LeaseChange::Release(worker),
            )
            .await?;
        anyhow::ensure!(saved != Saved::Conflict, "the lease was not released");
        Ok(())
    }

    /// Closes the store.
    pub async fn close(self) {
        self.store.close().await;
    }
}

/// A claim of one migration of any tenant.
fn claim(worker: WorkerId, now: Timestamp) -> ClaimRequest {
    ClaimRequest {
        worker,
        now,
        limit: 1,
        quotas: ClaimQuotas::of(1),
    }
}

impl Waiting {
    /// Its request with another number.
    fn request(&self, place: u64) -> anyhow::Result<Request> {
        let number = Number::at(place);
        Ok(Request {
            request_id: format!("load-{place}").parse()?,
            phone_number: number.e164().parse()?,
            destination: number.waba.parse()?,
            ..self.migration.request.clone()
        })
    }
}

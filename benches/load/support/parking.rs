//! Puts migrations that wait for their code into the store, and claims some that do not wait.

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
};
use waba_migrator::util::clock::{self, Clock};

use super::crew;
use super::numbers::Number;
use super::samples::Samples;
use super::stand::Stand;
use super::stopwatch::Stopwatch;

/// The store, and the migration that the others are made like.
#[derive(Debug)]
pub struct Parking {
    store: Database,
    like: Arc<Waiting>,
    machine: Machine,
    clock: Clock,
}

/// A migration that waits for its code, and its history.
#[derive(Debug)]
struct Waiting {
    tenant: TenantId,
    migration: Migration,
    events: Vec<Event>,
    due_at: Option<Timestamp>,
}

/// Saves at once: twice what the store commits together.
const AT_ONCE: usize = 512;
/// Beyond all places of what is parked.
const RUNNING: u64 = 50_000_000;

impl Parking {
    /// Opens the store of the stand, where `like` waits.
    pub async fn open(stand: &Stand, like: MigrationId) -> anyhow::Result<Self> {
        let store = Database::open(&stand.url(), Keyring::load(&stand.key_file())?).await?;
        let tenant = TenantId::default_tenant();
        let migration = store
            .load(&tenant, like)
            .await?
            .context("it is not there")?;
        let events = store.events(&tenant, like, 0, 1000).await?;
        let (machine, clock) = (Machine::default(), Clock::default());
        let due_at = machine.due_at(&migration, clock.now());
        let like = Waiting {
            tenant,
            migration,
            events: events.context("it has no history")?,
            due_at,
        };
        Ok(Self {
            store,
            like: Arc::new(like),
            machine,
            clock,
        })
    }

    /// Adds those of the places `from..to`.
    pub async fn fill(&self, from: u64, to: u64) -> anyhow::Result<Vec<MigrationId>> {
        let (store, like) = (self.store.clone(), Arc::clone(&self.like));
        crew::share(AT_ONCE, to.saturating_sub(from), move |index| {
            let (store, like) = (store.clone(), Arc::clone(&like));
            async move {
                let mut migration = like.migration.clone();
                migration.id = MigrationId::from_uuid(clock::new_id());
                migration.request = like.request(from + index)?;
                let created = store
                    .create(&like.tenant, &migration, &like.events, like.due_at, None)
                    .await?;
                anyhow::ensure!(matches!(created, Created::New(_)), "it was there already");
                Ok(migration.id)
            }
        })
        .await
    }

    /// Claims so many migrations one by one, each due and of another destination, as an engine would.
    pub async fn claims(&self, count: u64) -> anyhow::Result<Value> {
        let worker = WorkerId::from_uuid(clock::new_id());
        Box::pin(self.make_due(count)).await?;
        let (mut claims, mut looks) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let (now, watch) = (self.clock.now(), Stopwatch::start());
            self.store.next_due(now).await?;
            looks.push(watch.elapsed());
            let watch = Stopwatch::start();
            let claimed = self.store.claim(claim(worker, now)?).await?;
            claims.push(watch.elapsed());
            let migration = claimed.into_iter().next();
            self.end(worker, migration.context("what is due was not claimed")?)
                .await?;
        }
        Ok(json!({
            "claim": claims.into_iter().collect::<Samples>().percentiles(),
            "next_due": looks.into_iter().collect::<Samples>().percentiles(),
        }))
    }

    async fn make_due(&self, count: u64) -> anyhow::Result<()> {
        let now = self.clock.now();
        // Each time other ones.
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

    /// Cancels what was claimed, so that nothing is due when the next one is claimed, or a service is started.
    async fn end(&self, worker: WorkerId, mut migration: Migration) -> anyhow::Result<()> {
        let now = self.clock.now();
        let events = self.machine.command(
            &mut migration,
            Command::Cancel,
            &Principal::anonymous(),
            now,
        )?;
        anyhow::ensure!(migration.state.is_terminal(), "it could not be canceled");
        let saved = self
            .store
            .save(
                &self.like.tenant,
                &migration,
                &events,
                None,
                LeaseChange::Release { worker },
            )
            .await?;
        anyhow::ensure!(saved != Saved::Conflict, "it was not let go of");
        Ok(())
    }

    /// Closes the store.
    pub async fn close(self) {
        self.store.close().await;
    }
}

/// A claim of one migration, whosever.
fn claim(worker: WorkerId, now: Timestamp) -> anyhow::Result<ClaimRequest> {
    Ok(ClaimRequest {
        worker,
        now,
        lease_until: now.checked_add(SignedDuration::from_mins(1))?,
        limit: 1,
        quotas: ClaimQuotas::of(1),
    })
}

impl Waiting {
    /// Its request, for the number of another place.
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

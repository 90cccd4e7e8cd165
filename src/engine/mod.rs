//! The engine: makes migrations move.
//!
//! It claims due migrations, asks the [`Machine`] what to do, does it through the
//! [`graph`](crate::graph) adapter, and saves the outcome: state and events in one commit. It
//! decides nothing itself and keeps no state of a migration between two claims: the row is the job.
//! The credentials and the destination of its calls are the tenant's.
//!
//! Three rules must never be broken: an intent is durable before its call is made, no call is made
//! by a worker whose lease may have ended, and nothing is saved under a lease that was lost.

mod calls;
mod claim_loop;
mod commit_feed;
mod credentials;
mod drive;
mod eligibility;
mod error;
mod fairness;
mod holds;
mod in_progress;
mod log;
mod metrics;
mod poll;
mod quotas;
mod removal;
mod requests;
mod retention;
mod settings;
mod tasks;
mod tenants;
mod usage;
mod watch;
mod worker;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::store::{Store, TenantCache};
use crate::util::clock::{Clock, Stopwatch};
use crate::util::clock_skew::ClockSkew;
use domain::Machine;

pub use credentials::Graphs;
pub use eligibility::{Eligibility, Eligible};
pub use error::Error;
pub use holds::{CLOCKS, WrongClock};
pub use metrics::{OUTCOMES as STEP_OUTCOMES, Population, ROUTES, Vitals};
pub use quotas::{Quota, QuotaReached};
pub use removal::NotForgotten;
pub use requests::{Accepted, Started};
pub use retention::REMOVED;
pub use settings::Settings;
pub use tasks::keeping;

/// Moves migrations, and serves requests about them. Cheap to clone; clones share state.
#[derive(Debug)]
pub struct Engine<S> {
    parts: Arc<Parts<S>>,
}

#[derive(Debug)]
struct Parts<S> {
    store: S,
    graphs: Graphs,
    machine: Machine,
    clock: Clock,
    settings: Settings,
    /// Leases migrations for this process.
    worker: worker::CurrentWorker,
    /// Cached tenants.
    tenants: TenantCache<S>,
    /// Counts of migrations by tenant.
    quotas: quotas::Quotas,
    /// Notifies streams and waiting calls of commits.
    feed: commit_feed::CommitFeed,
    /// A migration became due.
    wake: Notify,
    /// Notifications of other processes may have been lost.
    missed: Notify,
    /// Limits the migrations in progress.
    slots: fairness::WorkerSlots,
    /// Migrations in progress.
    in_progress: in_progress::InProgress,
    /// How far the system clock is ahead of the database server's.
    database_skew: ClockSkew,
    /// How long due migrations have waited.
    lateness: metrics::Lateness,
    /// Numbers with at most one call left in a budget.
    low_budgets: metrics::LowBudgets,
    /// Added numbers that are not registered yet.
    unregistered: metrics::UnregisteredNumbers,
    /// Started with the engine. Monotonic, so a clock that jumps does not make the loop look stuck.
    watch: Stopwatch,
    /// Last iteration of the claim loop, milliseconds on that watch.
    moved_at: AtomicU64,
    /// Tasks that a stop waits for.
    tasks: TaskTracker,
    /// Graph calls of tenants that are not in the store yet.
    unwritten_calls: tokio::sync::Mutex<usage::UnwrittenCalls>,
    /// The process stops: streams and waits end.
    stopping: CancellationToken,
}

impl<S> Clone for Engine<S> {
    fn clone(&self) -> Self {
        Self {
            parts: Arc::clone(&self.parts),
        }
    }
}

impl<S: Store> Engine<S> {
    /// Creates an engine. Nothing moves before [`Engine::run`].
    #[must_use]
    pub fn new(
        store: S,
        graphs: Graphs,
        machine: Machine,
        clock: Clock,
        settings: Settings,
    ) -> Self {
        let slots = fairness::WorkerSlots::new(&settings);
        let quotas = quotas::Quotas::new(settings.quotas);
        let tenants = TenantCache::new(store.clone(), settings.tenant_cache_ttl);
        Self {
            parts: Arc::new(Parts {
                store,
                graphs,
                machine,
                settings,
                worker: worker::CurrentWorker::default(),
                tenants,
                quotas,
                feed: commit_feed::CommitFeed::default(),
                wake: Notify::new(),
                missed: Notify::new(),
                slots,
                in_progress: in_progress::InProgress::default(),
                database_skew: ClockSkew::unknown(clock.clone()),
                lateness: metrics::Lateness::default(),
                low_budgets: metrics::LowBudgets::default(),
                unregistered: metrics::UnregisteredNumbers::default(),
                watch: Stopwatch::start(),
                moved_at: AtomicU64::new(0),
                tasks: TaskTracker::new(),
                unwritten_calls: tokio::sync::Mutex::default(),
                stopping: CancellationToken::new(),
                clock,
            }),
        }
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &S {
        &self.parts.store
    }

    /// The machine.
    #[must_use]
    pub fn machine(&self) -> &Machine {
        &self.parts.machine
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.parts.clock
    }

    /// Cancelled when the engine stops.
    #[must_use]
    pub fn stopping(&self) -> CancellationToken {
        self.parts.stopping.child_token()
    }
}

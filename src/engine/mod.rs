//! The engine: makes migrations move.
//!
//! It claims migrations that are due, asks the [`Machine`] what to do, does it through the [`graph`](crate::graph)
//! adapter, and keeps what came of it: state and events in one commit. It decides nothing by itself and holds no state
//! of a migration between two rounds: the row is the job. What its calls are made with, and where they go, is its tenant's.
//!
//! Two rules it must never break: an intent is durable before its call is made, and nothing is saved under a lease that
//! was lost.

mod calls;
mod claim_loop;
mod commit_feed;
mod credentials;
mod drive;
mod eligibility;
mod error;
mod fairness;
mod leases;
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
mod watch;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use jiff::Timestamp;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::store::{Lease, Store, WorkerId};
use crate::util::clock::{Clock, Stopwatch};
use crate::util::ttl_cache::TtlCache;
use domain::tenancy::Tenant;
use domain::{Machine, TenantId};

pub use credentials::Graphs;
pub use eligibility::{Eligibility, Eligible};
pub use error::Error;
pub use metrics::{OUTCOMES as STEP_OUTCOMES, Population, ROUTES, Vitals};
pub use quotas::{Quota, QuotaReached};
pub use removal::NotForgotten;
pub use requests::{Accepted, Started};
pub use retention::REMOVED;
pub use settings::Settings;
pub use tasks::keeping;

/// Makes migrations move, and answers for them. Cheap to clone.
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
    /// The name under which this process holds leases.
    worker: WorkerId,
    /// Whose migrations they are.
    tenants: TtlCache<TenantId, Arc<Tenant>>,
    /// How many migrations they have.
    quotas: quotas::Quotas,
    /// Who waits for which migration.
    hub: commit_feed::Hub,
    /// Something became due.
    wake: Notify,
    /// Notifications of other processes may have been lost.
    missed: Notify,
    /// How much more may be worked on.
    slots: fairness::Slots,
    /// What is worked on.
    leases: leases::Leases,
    /// Whose budgets are nearly spent.
    near_end: metrics::NearEnd,
    /// Added numbers that are not registered yet.
    gap: metrics::Gap,
    /// Runs since the engine was made. Whatever happens to the clock, it does not say that the engine stands still.
    watch: Stopwatch,
    /// When the claim loop last moved, in milliseconds on that watch.
    moved_at: AtomicU64,
    /// The work.
    tasks: TaskTracker,
    /// The process stops: streams end, waits are cut short.
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
    /// An engine over these parts. Nothing moves before [`Engine::run`].
    #[must_use]
    pub fn new(
        store: S,
        graphs: Graphs,
        machine: Machine,
        clock: Clock,
        settings: Settings,
    ) -> Self {
        let slots = fairness::Slots::new(&settings);
        let quotas = quotas::Quotas::new(settings.quotas);
        let tenants = TtlCache::new(settings.tenants_believed_for, tenants::REMEMBERED);
        Self {
            parts: Arc::new(Parts {
                store,
                graphs,
                machine,
                clock,
                settings,
                worker: WorkerId::from_uuid(crate::util::clock::new_id()),
                tenants,
                quotas,
                hub: commit_feed::Hub::default(),
                wake: Notify::new(),
                missed: Notify::new(),
                slots,
                leases: leases::Leases::default(),
                near_end: metrics::NearEnd::default(),
                gap: metrics::Gap::default(),
                watch: Stopwatch::start(),
                moved_at: AtomicU64::new(0),
                tasks: TaskTracker::new(),
                stopping: CancellationToken::new(),
            }),
        }
    }

    /// What decides.
    #[must_use]
    pub fn machine(&self) -> &Machine {
        &self.parts.machine
    }

    /// What tells the time.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.parts.clock
    }

    /// Is cancelled when the engine stops: what lasts as long as it does ends then.
    #[must_use]
    pub fn stopping(&self) -> CancellationToken {
        self.parts.stopping.child_token()
    }

    /// This process's hold on what it takes, or prolongs, now.
    fn hold(&self, now: Timestamp) -> Lease {
        self.parts.settings.hold(self.parts.worker, now)
    }
}

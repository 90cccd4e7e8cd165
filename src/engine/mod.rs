//! The engine: makes migrations move.
//!
//! It claims migrations that are due, asks the [`Machine`] what to do, does it through the [`graph`]
//! adapter, and keeps what came of it: state and events in one commit. It decides nothing by itself and holds no state
//! of a migration between two rounds: the row is the job.
//!
//! Two rules it must never break: an intent is durable before its call is made, and nothing is saved under a lease that
//! was lost.

mod drive;
mod error;
mod hub;
mod leases;
mod perform;
mod requests;
mod run;
mod settings;
mod slots;
mod tell;
mod watch;
mod work;

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::graph;
use crate::migration::{AccessToken, Fault, Machine, Reason, WabaId};
use crate::store::{Hold, Store, WorkerId};

pub use error::Error;
pub use requests::{Accepted, Eligibility, Eligible, Started};
pub use settings::Settings;

/// Makes migrations move, and answers for them. Cheap to clone.
#[derive(Debug)]
pub struct Engine<S> {
    parts: Arc<Parts<S>>,
}

#[derive(Debug)]
struct Parts<S> {
    store: S,
    graph: graph::Client,
    machine: Machine,
    clock: Clock,
    settings: Settings,
    /// The name under which this process holds leases.
    worker: WorkerId,
    /// Who waits for which migration.
    hub: hub::Hub,
    /// Something became due.
    wake: Notify,
    /// How much more may be worked on.
    slots: slots::Slots,
    /// What is worked on.
    leases: leases::Leases,
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
        graph: graph::Client,
        machine: Machine,
        clock: Clock,
        settings: Settings,
    ) -> Self {
        let slots = slots::Slots::new(settings.workers, settings.workers_per_waba);
        Self {
            parts: Arc::new(Parts {
                store,
                graph,
                machine,
                clock,
                settings,
                worker: WorkerId::from_uuid(crate::clock::new_id()),
                hub: hub::Hub::default(),
                wake: Notify::new(),
                slots,
                leases: leases::Leases::default(),
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

    /// Whether an access token is configured, so that a request may leave it out.
    #[must_use]
    pub fn has_access_token(&self) -> bool {
        self.parts.settings.access_token.is_some()
    }

    /// This process's hold on what it takes, or prolongs, now.
    fn hold(&self, now: Timestamp) -> Hold {
        self.parts.settings.hold(self.parts.worker, now)
    }

    /// Refuses where calls for this WABA should be left out just now: its limit is near or was met.
    fn held_back(&self, waba: &WabaId, now: Timestamp) -> Result<(), Fault> {
        match self.parts.graph.throttled_until(waba, now) {
            None => Ok(()),
            Some(until) => Err(Fault::of(Reason::AccountRateLimited)
                .with_retry_after(Some(until.duration_since(now)))),
        }
    }

    /// The token to call Meta with: the migration's own, or the configured one.
    fn token(&self, own: Option<&AccessToken>) -> Result<AccessToken, Fault> {
        own.or(self.parts.settings.access_token.as_ref())
            .cloned()
            .ok_or_else(|| Fault::of(Reason::TokenRefused))
    }
}

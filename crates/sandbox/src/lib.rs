//! The sandbox: a stateful fake of Meta's Graph API over real HTTP.
//!
//! It answers the calls of a migration in Graph's formats, sends codes to simulated phones, keeps a
//! ledger of what was done, and fails on demand: by scenario number, scenario account or injected
//! fault. `docs/sandbox.md` is its manual.
//!
//! It shares no type with the rest of the project, so that a mistake in one is not hidden by the
//! other. It must never log a token, code or PIN, and must never be reachable from outside a test
//! or a trial.

mod account;
mod account_shape;
mod answer;
mod app;
mod call;
mod calls;
mod connection;
mod control;
mod dice;
mod error;
mod fault;
mod fault_form;
mod fault_words;
mod given;
mod guard;
mod invalid;
mod language;
mod ledger;
mod node;
mod number;
mod obstacle;
mod options;
mod params;
mod perform;
mod placing;
mod reads;
mod record;
mod refusals;
mod reply;
mod request;
pub mod scenario;
mod shape;
mod steering;
mod tally;
mod template;
#[cfg(test)]
mod tests;
mod world;

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::connect_info::ConnectInfo;
use axum::extract::{Request as HttpRequest, State};
use axum::response::Response;
use parking_lot::{Mutex, MutexGuard};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use call::Call;
pub use fault::{Fault, Kind};
pub use invalid::Invalid;
pub use ledger::Entry;
pub use number::Message;
pub use options::{Clock, Options};
pub use tally::{Calls, Counts, Minute};

use account::Account;
use connection::{Cutting, Switch};
use error::GraphError;
use reply::{Performed, Reply};
use request::Request;
use world::World;

/// Maximum body size, bytes.
const BODY: usize = 1 << 20;

/// One sandbox. Cheap to clone; clones share state.
#[derive(Clone, Debug)]
pub struct Sandbox {
    options: Arc<Options>,
    world: Arc<Mutex<World>>,
    closing: CancellationToken,
}

impl Sandbox {
    /// A sandbox in its initial state.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let options = Arc::new(options);
        let world = Arc::new(Mutex::new(World::new(Arc::clone(&options))));
        Self {
            options,
            world,
            closing: CancellationToken::new(),
        }
    }

    /// Its routes. Only [`Sandbox::serve`] can drop a connection; elsewhere a lost response is an
    /// empty one with status 502.
    pub fn router(&self) -> Router {
        control::routes().fallback(graph).with_state(self.clone())
    }

    /// Serves until `shutdown`. Delayed responses are then sent at once.
    ///
    /// # Errors
    ///
    /// If the listener fails permanently.
    pub async fn serve(self, listener: TcpListener, shutdown: CancellationToken) -> io::Result<()> {
        self.serve_behind(listener, shutdown, |router| router).await
    }

    /// [`Sandbox::serve`] with a layer of the caller's: one that counts or delays requests, for
    /// example.
    ///
    /// # Errors
    ///
    /// If the listener fails permanently.
    pub async fn serve_behind(
        self,
        listener: TcpListener,
        shutdown: CancellationToken,
        layered: impl FnOnce(Router) -> Router,
    ) -> io::Result<()> {
        let service = layered(self.router()).into_make_service_with_connect_info::<Switch>();
        axum::serve(Cutting(listener), service)
            .with_graceful_shutdown(async move {
                shutdown.cancelled().await;
                self.closing.cancel();
            })
            .await
    }

    /// Messages at a phone, newest last. The number may be in any form.
    #[must_use]
    pub fn messages(&self, number: &str) -> Vec<Message> {
        let (world, digits) = (self.lock(), digits_of(number));
        world
            .numbers
            .get(world.line(&digits))
            .map(|number| number.inbox.iter().cloned().collect())
            .unwrap_or_default()
    }

    /// Every call that changed something or tried to, and every unknown call, oldest first.
    #[must_use]
    pub fn ledger(&self) -> Vec<Entry> {
        self.lock().ledger.entries().cloned().collect()
    }

    /// The state of a number, as `GET /sandbox/numbers/{digits}` shows it.
    #[must_use]
    pub fn number(&self, number: &str) -> Option<Value> {
        let now = (self.options.clock)();
        self.lock().number_state(&digits_of(number), now)
    }

    /// Calls counted against an account in the current hour, which begins with the first call.
    #[must_use]
    pub fn calls(&self, account: &str) -> u32 {
        self.lock().accounts.get(account).map_or(0, Account::calls)
    }

    /// Adds a number to the source account as connected, unless it is registered somewhere. Not
    /// bounded by `Options::most_objects`.
    pub fn place_number(&self, number: &str) {
        let (mut world, digits) = (self.lock(), digits_of(number));
        let digits = world.line(&digits).to_owned();
        world.place(&digits, scenario::account::SOURCE);
    }

    /// Fixes whatever is wrong with a number. False if the sandbox does not know the number.
    #[expect(
        clippy::must_use_candidate,
        reason = "most callers know that the number exists"
    )]
    pub fn fix_number(&self, number: &str) -> bool {
        let (mut world, digits) = (self.lock(), digits_of(number));
        let digits = world.line(&digits).to_owned();
        world.fix_number(&digits)
    }

    /// Fixes whatever is wrong with an account.
    pub fn fix_account(&self, id: &str) {
        self.lock().fix_account(id);
    }

    /// Forgets everything.
    pub fn reset(&self) {
        *self.lock() = World::new(Arc::clone(&self.options));
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock()
    }

    async fn wait(&self, time: Duration) {
        if !time.is_zero() {
            tokio::select! {
                () = tokio::time::sleep(time) => {}
                () = self.closing.cancelled() => {}
            }
        }
    }
}

/// Every path except the control API: Graph.
async fn graph(State(sandbox): State<Sandbox>, request: HttpRequest) -> Response {
    let switch = request
        .extensions()
        .get::<ConnectInfo<Switch>>()
        .map(|info| info.0.clone());
    let (parts, body) = request.into_parts();
    sandbox.wait(sandbox.options.latency).await;
    let read = match to_bytes(body, BODY).await {
        Ok(body) => Request::read(&parts, &body),
        Err(_) => Err(GraphError::parameter("The body cannot be read")),
    };
    let (performed, version) = match read {
        Ok(request) => {
            let now = (sandbox.options.clock)();
            let performed = sandbox.lock().perform(now, &request);
            tracing::debug!(graph.call = %request.call, "answered");
            (performed, request.version)
        }
        Err(error) => {
            let trace = sandbox.lock().dice.letters(23);
            let reply = Reply::Said(Err(error));
            (
                Performed {
                    reply,
                    wait: Duration::ZERO,
                    usage: None,
                    headers: BTreeMap::new(),
                    trace,
                },
                String::new(),
            )
        }
    };
    sandbox.wait(performed.wait).await;
    answer::respond(performed, &version, switch.as_ref())
}

/// The digits of a number in any form.
fn digits_of(number: &str) -> String {
    number.chars().filter(char::is_ascii_digit).collect()
}

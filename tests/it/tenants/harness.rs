//! An engine with its store, a fake Meta and a sandbox.

use std::sync::Arc;
use std::time::Duration;

use domain::tenancy::{MetaCredentials, Tenant};
use domain::{Command, Machine, Migration, MigrationId, Principal, Request, Secrets, State};
use jiff::SignedDuration;
use sandbox::Options;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use waba_migrator::engine::{self, Accepted, Engine, Error, Graphs, Settings, Started};
use waba_migrator::graph;
use waba_migrator::store::{Database, Directory as _, Saved};
use waba_migrator::util::clock::Clock;

use super::recording_graph::RecordingGraph;
use crate::store::backend::Backend;
use crate::support::defaults;
use crate::support::migrations::tenant;

/// Longer than anything here takes.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// The tenant that may use the operator's credentials.
pub const DEFAULT: &str = "default";

/// Longer than any cache TTL.
pub const LATER: SignedDuration = SignedDuration::from_secs(6);

/// The settings of the engines and of both fake Graph APIs.
pub struct Plan {
    pub settings: Settings,
    /// Options of the two fake Graph APIs: Meta and the sandbox.
    pub meta: Options,
    pub sandbox: Options,
    pub has_sandbox: bool,
}

/// A running engine on a store, with two tenants beside the default one.
pub struct TenantHarness<B: Backend> {
    pub backend: B,
    pub clock: Clock,
    pub meta: RecordingGraph,
    pub sandbox: RecordingGraph,
    pub engine: Engine<Database>,
    /// It and its replicas.
    pub engines: Vec<Engine<Database>>,
    plan: Settings,
    stops: Vec<DropGuard>,
}

impl Plan {
    pub fn new(clock: &Clock) -> Self {
        let options = || Options {
            clock: {
                let clock = clock.clone();
                Arc::new(move || clock.now())
            },
            usage_headers_after: u32::MAX,
            seed: Some(7),
            ..Options::default()
        };
        let settings = Settings {
            credentials: MetaCredentials {
                access_token: "token-of-the-operator".parse().ok(),
                app_id: "1046329871234567".parse().ok(),
                app_secret: "app-of-the-operator".parse().ok(),
            },
            // No notification reports the changes of another process on SQLite, or an advanced test
            // clock.
            poll: Duration::from_millis(50),
            ..defaults::engine()
        };
        Self {
            settings,
            meta: options(),
            sandbox: options(),
            has_sandbox: true,
        }
    }
}

impl<B: Backend> TenantHarness<B> {
    pub async fn open() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(edit: impl FnOnce(&mut Plan)) -> Self {
        let clock = Clock::default();
        let mut plan = Plan::new(&clock);
        edit(&mut plan);
        let backend = B::fresh().await;
        let (meta, sandbox) = (
            RecordingGraph::start(plan.meta).await,
            RecordingGraph::start(plan.sandbox).await,
        );
        let graphs = Graphs {
            meta: client(&meta, &clock),
            sandbox: plan.has_sandbox.then(|| client(&sandbox, &clock)),
        };
        let engine = engine::<B>(&backend, graphs, &clock, &plan.settings);
        let mut harness = Self {
            backend,
            clock,
            meta,
            sandbox,
            plan: plan.settings,
            stops: Vec::new(),
            engines: Vec::new(),
            engine,
        };
        harness.run(harness.engine.clone());
        harness
    }

    fn run(&mut self, engine: Engine<Database>) {
        let stop = CancellationToken::new();
        self.stops.push(stop.clone().drop_guard());
        self.engines.push(engine.clone());
        TaskTracker::new().spawn(async move { engine.run(stop).await });
    }

    /// Starts a second engine on the same store.
    pub fn replica(&mut self) {
        let graphs = Graphs {
            meta: client(&self.meta, &self.clock),
            sandbox: Some(client(&self.sandbox, &self.clock)),
        };
        let engine = engine::<B>(&self.backend, graphs, &self.clock, &self.plan);
        self.run(engine);
    }

    /// Edits a tenant like an operator.
    pub async fn change(&self, name: &str, edit: impl FnOnce(&mut Tenant)) {
        let store = self.backend.store();
        let mut its = store.tenant(&tenant(name)).await.unwrap().unwrap();
        edit(&mut its);
        let saved = store.save_tenant(&its).await.unwrap();
        assert!(matches!(saved, Saved::Done { .. }));
    }

    /// Disables or enables a tenant.
    pub async fn disable(&self, name: &str, disabled: bool) {
        let at = disabled.then(|| self.clock.now());
        self.change(name, |its| its.disabled_at = at).await;
    }

    /// Starts the migration of a number for a tenant.
    pub async fn start(&self, name: &str, number: &str) -> MigrationId {
        self.start_with(name, request(number), None).await.unwrap()
    }

    pub async fn start_with(
        &self,
        name: &str,
        request: Request,
        token: Option<&str>,
    ) -> Result<MigrationId, Error> {
        let secrets = Secrets {
            access_token: token.map(|token| token.parse().unwrap()),
            two_step_pin: "482913".parse().ok(),
            code: None,
        };
        let its = tenant(name);
        let by = Principal::anonymous();
        let started = self.engine.start(&its, &by, request, secrets);
        match started.await? {
            Started::New(accepted) => Ok(accepted.migration.id),
            Started::Existing(accepted) => panic!("{accepted:?}"),
        }
    }

    pub async fn load(&self, name: &str, id: MigrationId) -> Migration {
        self.engine.load(&tenant(name), id).await.unwrap()
    }

    pub async fn command(&self, name: &str, id: MigrationId, command: Command) {
        self.try_command(name, id, command).await.unwrap();
    }

    /// Sends a command and returns its result.
    pub async fn try_command(
        &self,
        name: &str,
        id: MigrationId,
        command: Command,
    ) -> Result<Accepted, Error> {
        let by = Principal::anonymous();
        self.engine.command(&tenant(name), &by, id, command).await
    }

    /// Waits until the migration satisfies `found`.
    pub async fn until(
        &self,
        name: &str,
        id: MigrationId,
        found: impl Fn(&Migration) -> bool,
    ) -> Migration {
        let poll = async {
            loop {
                let migration = self.load(name, id).await;
                if found(&migration) {
                    return migration;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        if let Ok(migration) = tokio::time::timeout(PATIENCE, poll).await {
            return migration;
        }
        panic!(
            "the expected state was not reached: {:#?}",
            self.load(name, id).await
        )
    }

    /// Waits until the engine has nothing left to do: another actor must act, or the migration
    /// ended.
    pub async fn settled(&self, name: &str, id: MigrationId) -> Migration {
        self.until(name, id, |it| it.state != State::Running).await
    }

    /// Submits codes like the owner of the number until the migration has ended.
    pub async fn ended(&self, name: &str, id: MigrationId, graph: &RecordingGraph) -> Migration {
        loop {
            let migration = self.settled(name, id).await;
            if migration.state != State::WaitingForCode {
                return migration;
            }
            let number = migration.request.phone_number.to_string();
            let messages = graph.sandbox.messages(number.trim_start_matches('+'));
            let code = messages.last().unwrap().code.parse().unwrap();
            self.command(name, id, Command::SubmitCode(code)).await;
        }
    }
}

fn engine<B: Backend>(
    backend: &B,
    graphs: Graphs,
    clock: &Clock,
    settings: &engine::Settings,
) -> Engine<Database> {
    let (store, settings) = (backend.store().clone(), settings.clone());
    Engine::new(store, graphs, Machine::default(), clock.clone(), settings)
}

fn client(graph: &RecordingGraph, clock: &Clock) -> graph::Client {
    let mut settings = defaults::graph(&graph.url);
    settings.limits.hourly_reads_fresh = 1_000_000;
    graph::Client::new(settings, clock.clone()).unwrap()
}

/// A request to move this number.
pub fn request(number: &str) -> Request {
    Request::new(
        format!("move {number}").parse().unwrap(),
        number.parse().unwrap(),
        "215589313241560".parse().unwrap(),
    )
}

/// The same request to another destination.
pub fn bound_for(destination: &str, number: &str) -> Request {
    Request {
        destination: destination.parse().unwrap(),
        ..request(number)
    }
}

/// The token of a tenant and, optionally, its app.
pub fn credentials(name: &str, has_app: bool) -> MetaCredentials {
    MetaCredentials {
        access_token: format!("token-of-{name}").parse().ok(),
        app_id: has_app.then(|| "138483919580948".parse().unwrap()),
        app_secret: has_app.then(|| format!("app-of-{name}").parse().unwrap()),
    }
}

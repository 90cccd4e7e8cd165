//! An engine, its store, Meta and a sandbox.

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

use super::seen::Graph;
use crate::store::backend::Backend;
use crate::support::defaults;
use crate::support::migrations::tenant;

/// Longer than anything here takes.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// The tenant whose credentials may be the operator's.
pub const DEFAULT: &str = "default";

/// After everything that is believed for a while.
pub const LATER: SignedDuration = SignedDuration::from_secs(6);

/// What the engines are started with.
pub struct Plan {
    pub settings: Settings,
    /// What the stand-ins for Graph are like: Meta and the sandbox.
    pub meta: Options,
    pub sandbox: Options,
    pub has_sandbox: bool,
}

pub struct Town<B: Backend> {
    pub backend: B,
    pub clock: Clock,
    pub meta: Graph,
    pub sandbox: Graph,
    pub engine: Engine<Database>,
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
            // Nothing tells an engine on SQLite what another process does, nor of a clock that is moved by hand.
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

impl<B: Backend> Town<B> {
    pub async fn open() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(edit: impl FnOnce(&mut Plan)) -> Self {
        let clock = Clock::default();
        let mut plan = Plan::new(&clock);
        edit(&mut plan);
        let backend = B::fresh().await;
        let (meta, sandbox) = (
            Graph::start(plan.meta).await,
            Graph::start(plan.sandbox).await,
        );
        let graphs = Graphs {
            meta: client(&meta, &clock),
            sandbox: plan.has_sandbox.then(|| client(&sandbox, &clock)),
        };
        let engine = engine::<B>(&backend, graphs, &clock, &plan.settings);
        let mut town = Self {
            backend,
            clock,
            meta,
            sandbox,
            plan: plan.settings,
            stops: Vec::new(),
            engine,
        };
        town.run(town.engine.clone());
        town
    }

    fn run(&mut self, engine: Engine<Database>) {
        let stop = CancellationToken::new();
        self.stops.push(stop.clone().drop_guard());
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

    /// Changes a tenant, as an operator does.
    pub async fn change(&self, name: &str, edit: impl FnOnce(&mut Tenant)) {
        let store = self.backend.store();
        let mut its = store.tenant(&tenant(name)).await.unwrap().unwrap();
        edit(&mut its);
        let saved = store.save_tenant(&its).await.unwrap();
        assert!(matches!(saved, Saved::Done { .. }));
    }

    /// Disables a tenant, or enables it.
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
        self.commanded(name, id, command).await.unwrap();
    }

    /// What came of a command.
    pub async fn commanded(
        &self,
        name: &str,
        id: MigrationId,
        command: Command,
    ) -> Result<Accepted, Error> {
        let by = Principal::anonymous();
        self.engine.command(&tenant(name), &by, id, command).await
    }

    /// Waits until it is `found` as it should be.
    pub async fn until(
        &self,
        name: &str,
        id: MigrationId,
        found: impl Fn(&Migration) -> bool,
    ) -> Migration {
        let looked = async {
            loop {
                let migration = self.load(name, id).await;
                if found(&migration) {
                    return migration;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        if let Ok(migration) = tokio::time::timeout(PATIENCE, looked).await {
            return migration;
        }
        panic!("it never came: {:#?}", self.load(name, id).await)
    }

    /// Waits until it is somebody else's turn, or nobody's.
    pub async fn settled(&self, name: &str, id: MigrationId) -> Migration {
        self.until(name, id, |it| it.state != State::Running).await
    }

    /// Does what a number's owner does, until the migration has ended.
    pub async fn ended(&self, name: &str, id: MigrationId, graph: &Graph) -> Migration {
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

fn client(graph: &Graph, clock: &Clock) -> graph::Client {
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

/// The same, to another destination.
pub fn bound_for(destination: &str, number: &str) -> Request {
    Request {
        destination: destination.parse().unwrap(),
        ..request(number)
    }
}

/// The token of a tenant, and its app.
pub fn credentials(name: &str, has_app: bool) -> MetaCredentials {
    MetaCredentials {
        access_token: format!("token-of-{name}").parse().ok(),
        app_id: has_app.then(|| "138483919580948".parse().unwrap()),
        app_secret: has_app.then(|| format!("app-of-{name}").parse().unwrap()),
    }
}

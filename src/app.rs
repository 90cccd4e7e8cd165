//! Assembles the service: from a configuration to components that can be started.
//!
//! The only module that knows every component. It decides nothing and starts nothing: see
//! [`lifecycle`](crate::lifecycle).

use std::path::PathBuf;

use axum::Router;

use crate::api;
use crate::auth::{self, Authenticator, TenantLimiter};
use crate::config::{Config, Encryption, StoreUrl};
use crate::crypto::Keyring;
use crate::engine::{self, Engine, Graphs};
use crate::graph::{self, BaseUrl};
use crate::http_server::{self, HttpServer, Tls};
use crate::store::Database;
use crate::telemetry::metrics;
use crate::util::clock::Clock;
use crate::{crypto, store};
use domain::{Machine, Reason, State, Step};

/// The components of the service.
#[derive(Debug)]
pub struct App {
    /// The encryption keys.
    pub keyring: Keyring,
    /// The database.
    pub store: Database,
    /// Works on migrations.
    pub engine: Engine<Database>,
    /// Authenticates callers.
    pub authenticator: Authenticator<Database>,
    /// The API.
    pub router: Router,
    /// Serves the API.
    pub http: HttpServer,
    /// The health that gRPC health checks report.
    pub health: api::HealthStatus,
}

/// The service could not be assembled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The encryption keys.
    #[error("the encryption keys cannot be used")]
    Key(#[from] crypto::Error),
    /// A database that processes share has no key file beside it.
    #[error(
        "store.url is a PostgreSQL database, which processes may share, so encryption.key_file (or \
         encryption.keys) must name the keys that all of them use: create a file with \
         `waba-migrator encryption-key create FILE`, and give each process a copy"
    )]
    NoKeys,
    /// The key file of a shared database is never created implicitly: another process may have it.
    #[error(
        "encryption.key_file names {}, which does not exist: copy the key file that the other \
         processes of this database use, or, for a new database, create one with \
         `waba-migrator encryption-key create {}`",
        .0.display(), .0.display()
    )]
    KeyFileMissing(PathBuf),
    /// A command needs an existing database.
    #[error(
        "there is no database at {}: store.url, or --store, must name an existing one",
        .0.display()
    )]
    NoDatabase(PathBuf),
    /// The store.
    #[error("the store at {url} cannot be opened")]
    Store {
        /// Its URL, printed without the password.
        url: StoreUrl,
        /// The cause.
        #[source]
        source: store::Error,
    },
    /// The client of the Graph API.
    #[error(transparent)]
    Graph(#[from] graph::Error),
    /// TLS.
    #[error(transparent)]
    Tls(#[from] http_server::TlsError),
    /// Authentication.
    #[error("callers cannot be authenticated as configured")]
    Auth(#[from] auth::Error),
    /// Metrics.
    #[error(transparent)]
    Metrics(#[from] metrics::Error),
    /// The API.
    #[error("the descriptor of the API contract is damaged")]
    Api(#[from] api::ContractError),
}

impl Error {
    /// Whether the database is unavailable, and no setting is known to be wrong.
    #[must_use]
    pub const fn is_store_unavailable(&self) -> bool {
        matches!(
            self,
            Self::Store {
                source: store::Error::Unavailable(..),
                ..
            }
        )
    }
}

impl App {
    /// Opens the store and builds the components around it. Nothing runs yet.
    pub async fn build(config: &Config, clock: Clock) -> Result<Self, Error> {
        let tls = config.tls.clone().map(Tls::load).transpose()?;
        let http = HttpServer::new(config.server.http.clone(), tls);
        let http = http.with_over_budget_error(api::request_bytes_exhausted);
        let graphs = graphs(config, &clock)?;
        let keyring = keyring_or_new(config)?;
        let store = open_for_service(config, keyring.clone()).await?;
        let policy = config.policy.clone();
        let engine = Engine::new(
            store.clone(),
            graphs,
            Machine { policy },
            clock.clone(),
            config.engine.clone(),
        );
        let authenticator =
            Authenticator::new(store.clone(), engine.tenants(), config.auth.clone(), clock)?;
        let admission =
            api::Admission::new(authenticator.clone(), TenantLimiter::new(config.limits));
        let health = api::HealthStatus::serving().await;
        let pages = api::OriginPolicy {
            allowed: config.cors_origins.clone(),
            is_open: config.auth.is_open(),
        };
        let (limits, docs) = (config.server.api, config.docs.clone());
        let router = api::router(engine.clone(), admission, limits, pages, docs, &health)?;
        Ok(Self {
            keyring,
            store,
            engine,
            authenticator,
            router,
            http,
            health,
        })
    }
}

/// Starts recording metrics.
pub fn install_metrics() -> Result<(), Error> {
    let lower = |name: &str| name.to_ascii_lowercase();
    let final_states = State::ALL.into_iter().filter(|it| it.is_terminal());
    metrics::install(&metrics::LabelValues {
        methods: api::rpcs().collect(),
        steps: Step::ALL.map(|step| lower(step.as_str())).into(),
        outcomes: engine::STEP_OUTCOMES.into(),
        faults: Reason::ALL.iter().map(|reason| reason.as_str()).collect(),
        states: State::ALL.map(|state| lower(state.as_str())).into(),
        final_states: final_states.map(|state| lower(state.as_str())).collect(),
        endpoints: graph::ENDPOINTS.into(),
        operations: store::OPERATIONS.into(),
        routes: engine::ROUTES.into(),
        removed: engine::REMOVED.into(),
        clocks: engine::CLOCKS.into(),
    })?;
    Ok(())
}

/// Opens the store without the service.
pub async fn open_store(config: &Config) -> Result<Database, Error> {
    open(config, keyring_or_new(config)?).await
}

/// Opens an existing store with its keyring. Creates neither.
pub async fn open_existing_store(config: &Config) -> Result<(Database, Keyring), Error> {
    if let Some(file) = config.store_url.file().filter(|file| !file.exists()) {
        return Err(Error::NoDatabase(file));
    }
    let keyring = keyring(config)?;
    let store = open(config, keyring.clone()).await?;
    Ok((store, keyring))
}

async fn open(config: &Config, keyring: Keyring) -> Result<Database, Error> {
    let url = config.store_url.expose();
    let opened = Database::open_with(url, keyring, config.store).await;
    opened.map_err(|source| open_error(config, source))
}

async fn open_for_service(config: &Config, keyring: Keyring) -> Result<Database, Error> {
    let (url, accept_host) = (config.store_url.expose(), config.accept_graph_host);
    let (settings, target) = (config.store, target(config));
    let opened = Database::open_for_service(url, keyring, settings, &target, accept_host).await;
    opened.map_err(|source| open_error(config, source))
}

fn open_error(config: &Config, source: store::Error) -> Error {
    Error::Store {
        url: config.store_url.clone(),
        source,
    }
}

/// Where the calls of the store's migrations are sent.
fn target(config: &Config) -> store::Target {
    let world = if config.beside_sandbox {
        store::World::Sandbox
    } else {
        store::World::Meta
    };
    store::Target {
        world,
        graph_host: config.graph.base_url.host().to_owned(),
    }
}

/// The configured keyring. Creates no key.
pub fn keyring(config: &Config) -> Result<Keyring, Error> {
    if let Some(keys) = &config.encryption.keys {
        return Ok(Keyring::from_text(Encryption::KEYS, keys.expose())?);
    }
    let path = config.key_file().ok_or(Error::NoKeys)?;
    if config.store_url.is_shared() && !path.exists() {
        return Err(Error::KeyFileMissing(path));
    }
    Ok(Keyring::load(&path)?)
}

/// The configured keyring. A new SQLite database gets a new key file; for an existing database that
/// would decrypt nothing, and hide that its key file is missing.
fn keyring_or_new(config: &Config) -> Result<Keyring, Error> {
    let new = |file: PathBuf| !file.exists();
    let path = config.key_file().filter(|path| !path.exists());
    match path {
        Some(path) if config.store_url.file().is_some_and(new) => {
            let keyring = Keyring::load_or_create(&path)?;
            tracing::warn!(
                key.active = %keyring.active(),
                "the key file {} was created: it encrypts tokens, app secrets, PINs and codes in \
                 the database. Back it up, apart from the database: without it they are lost, and \
                 with both anyone can read them",
                path.display()
            );
            Ok(keyring)
        }
        _ => keyring(config),
    }
}

/// Clients of Meta and of the sandbox, which share nothing.
fn graphs(config: &Config, clock: &Clock) -> Result<Graphs, graph::Error> {
    let client = |base_url: &BaseUrl| {
        let settings = graph::Settings {
            base_url: base_url.clone(),
            ..config.graph.clone()
        };
        graph::Client::new(settings, clock.clone())
    };
    Ok(Graphs {
        meta: client(&config.graph.base_url)?,
        sandbox: config.sandbox.base_url.as_ref().map(client).transpose()?,
    })
}

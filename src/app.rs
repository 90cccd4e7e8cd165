//! Puts the parts together: from a configuration to a service that can be started.
//!
//! The only place that knows every part. It decides nothing and starts nothing: see [`lifecycle`](crate::lifecycle).

use std::path::PathBuf;

use axum::Router;

use crate::api;
use crate::auth::{self, Allowances, Authenticator};
use crate::config::{ClientCertificates, Config, Secrets, StoreUrl};
use crate::crypto::Keyring;
use crate::engine::{self, Engine, Graphs};
use crate::graph;
use crate::http_server::{self, Wire};
use crate::store::Database;
use crate::telemetry::metrics;
use crate::util::clock::Clock;
use crate::{crypto, store};
use domain::tenancy::MetaCredentials;
use domain::{InvalidSecret, Machine, Reason, State, Step};

/// The parts of the service, put together.
#[derive(Debug)]
pub struct App {
    /// What secrets are sealed with.
    pub keyring: Keyring,
    /// Where migrations are kept.
    pub store: Database,
    /// What makes them move.
    pub engine: Engine<Database>,
    /// What finds out who calls.
    pub authenticator: Authenticator<Database>,
    /// What is served.
    pub router: Router,
    /// How it is served.
    pub wire: Wire,
    /// What health checks are told.
    pub health: api::Health,
}

/// Why the service could not be put together.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The keys that secrets are sealed with.
    #[error("the keys that secrets are sealed with cannot be used")]
    Key(#[from] crypto::Error),
    /// A database that processes share has no key file beside it.
    #[error(
        "store.url is a PostgreSQL database, which many processes may share, so secrets.key_file (or secrets.keys) must name \
         the keys that all of them use: make a file with `waba-migrator encryption-key create FILE`, and give each process a \
         copy"
    )]
    NoKeys,
    /// The key file of a shared database is never made by itself: another process may have it.
    #[error(
        "secrets.key_file names {}, which does not exist: copy the key file that the other processes of this database use, or, \
         for a new database, make one with `waba-migrator encryption-key create {}`",
        .0.display(), .0.display()
    )]
    KeyFileMissing(PathBuf),
    /// A command that works on a database found none.
    #[error("there is no database at {}: store.url, or --store, must name the one to work on", .0.display())]
    NoDatabase(PathBuf),
    /// The store.
    #[error("the store at {url} cannot be opened")]
    Store {
        /// Where it is, without its password.
        url: StoreUrl,
        /// Why.
        #[source]
        source: store::Error,
    },
    /// The adapter to Meta.
    #[error("the Graph API cannot be spoken to as configured")]
    Graph(#[from] graph::Error),
    /// TLS.
    #[error(transparent)]
    Tls(#[from] http_server::TlsError),
    /// The secret of the operator's app.
    #[error("graph.app_secret {0}")]
    AppSecret(#[from] InvalidSecret),
    /// Who calls.
    #[error("callers cannot be known as configured")]
    Auth(#[from] auth::Error),
    /// Metrics.
    #[error(transparent)]
    Metrics(#[from] metrics::Error),
    /// The door.
    #[error("the contract's description is damaged")]
    Door(#[from] api::Damaged),
}

impl Error {
    /// Whether the store is away, and nothing that was configured is known to be wrong.
    #[must_use]
    pub const fn store_is_away(&self) -> bool {
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
    /// Opens the store and builds the parts around it. Nothing moves yet.
    pub async fn build(config: &Config, clock: Clock) -> Result<Self, Error> {
        let wire = Wire::new(wire_settings(config), tls(config)?).refusing_with(api::no_room);
        let graphs = graphs(config, &clock)?;
        let keyring = keyring_or_new(config)?;
        let store = open_for_service(config, keyring.clone()).await?;
        let machine = Machine {
            policy: config.policy(),
        };
        let engine = Engine::new(
            store.clone(),
            graphs,
            machine,
            clock.clone(),
            engine_settings(config)?,
        );
        let authenticator = Authenticator::new(store.clone(), config.auth.clone(), clock)?;
        let admission = api::Admission::new(authenticator.clone(), Allowances::new(config.limits));
        let limits = api::Limits {
            max_message_bytes: config.server.max_message_bytes,
            request_timeout: config.server.request_timeout,
            reflection: config.server.reflection,
            max_connections: config.server.max_connections,
        };
        let health = api::Health::serving().await;
        let pages = api::Pages {
            allowed: config.rest.cors_origins.clone(),
            is_open: config.auth.is_open(),
        };
        let router = api::router(engine.clone(), admission, limits, pages, &health)?;
        Ok(Self {
            keyring,
            store,
            engine,
            authenticator,
            router,
            wire,
            health,
        })
    }
}

/// Measures from now on.
pub fn measure() -> Result<(), Error> {
    let lower = |name: &str| name.to_ascii_lowercase();
    metrics::install(&metrics::Known {
        methods: api::rpcs().collect(),
        steps: Step::ALL.map(|step| lower(step.as_str())).into(),
        outcomes: engine::STEP_OUTCOMES.into(),
        faults: Reason::ALL.iter().map(|reason| reason.as_str()).collect(),
        states: State::ALL.map(|state| lower(state.as_str())).into(),
        endpoints: graph::ENDPOINTS.into(),
        operations: store::OPERATIONS.into(),
        routes: engine::ROUTES.into(),
        removed: engine::REMOVED.into(),
    })?;
    Ok(())
}

/// Opens the store alone, for who works on it without the service.
pub async fn open_store(config: &Config) -> Result<Database, Error> {
    open(config, keyring_or_new(config)?).await
}

/// Opens the store where there is one, with its keyring. Makes neither.
pub async fn open_existing_store(config: &Config) -> Result<(Database, Keyring), Error> {
    if let Some(file) = config.store.url.file().filter(|file| !file.exists()) {
        return Err(Error::NoDatabase(file));
    }
    let keyring = keyring(config)?;
    let store = open(config, keyring.clone()).await?;
    Ok((store, keyring))
}

async fn open(config: &Config, keyring: Keyring) -> Result<Database, Error> {
    let opened = Database::open(config.store.url.expose(), keyring).await;
    opened.map_err(|source| not_opened(config, source))
}

async fn open_for_service(config: &Config, keyring: Keyring) -> Result<Database, Error> {
    let (url, accept_host) = (config.store.url.expose(), config.accept_graph_host);
    let opened = Database::open_for_service(url, keyring, &target(config), accept_host).await;
    opened.map_err(|source| not_opened(config, source))
}

fn not_opened(config: &Config, source: store::Error) -> Error {
    Error::Store {
        url: config.store.url.clone(),
        source,
    }
}

/// Where the calls of the store's migrations go.
fn target(config: &Config) -> store::Target {
    let world = if config.beside_sandbox {
        store::World::Sandbox
    } else {
        store::World::Meta
    };
    store::Target {
        world,
        graph_host: config.graph.host(),
    }
}

/// The keyring as configured. No key is made.
pub fn keyring(config: &Config) -> Result<Keyring, Error> {
    if let Some(keys) = &config.secrets.keys {
        return Ok(Keyring::from_text(Secrets::KEYS, keys.expose())?);
    }
    let path = config.key_file().ok_or(Error::NoKeys)?;
    if config.store.url.is_shared() && !path.exists() {
        return Err(Error::KeyFileMissing(path));
    }
    Ok(Keyring::load(&path)?)
}

/// The keyring as configured, with a key that is made together with its database's file. A new one for an old database
/// would open nothing, and hide that the old one is missing.
fn keyring_or_new(config: &Config) -> Result<Keyring, Error> {
    let new = |file: PathBuf| !file.exists();
    let path = config.key_file().filter(|path| !path.exists());
    match path {
        Some(path) if config.store.url.file().is_some_and(new) => {
            let keyring = Keyring::load_or_create(&path)?;
            tracing::warn!(
                key.active = %keyring.active(),
                "the key file {} was made: its key seals the tokens, apps' secrets, PINs and codes in the database. Keep a copy of \
                 it apart from the database's: without it nobody can read them, with it and the database anybody can",
                path.display()
            );
            Ok(keyring)
        }
        _ => keyring(config),
    }
}

fn tls(config: &Config) -> Result<Option<http_server::Tls>, http_server::TlsError> {
    let Some(from) = &config.tls else {
        return Ok(None);
    };
    let clients = from.client_ca_file.clone();
    let files = http_server::Files {
        certificate: from.certificate_file.clone(),
        key: from.key_file.clone(),
        clients: clients.map(|file| http_server::ClientAuthorities {
            file,
            required: from.client_certificates == ClientCertificates::Required,
        }),
    };
    http_server::Tls::load(files, from.reload_interval).map(Some)
}

fn wire_settings(config: &Config) -> http_server::Settings {
    let from = &config.server;
    http_server::Settings {
        max_connections: from.max_connections,
        max_streams: from.max_streams,
        max_header_bytes: from.max_header_bytes,
        max_request_bytes_in_flight: from.max_request_bytes_in_flight,
        handshake_timeout: from.handshake_timeout,
        send_timeout: from.send_timeout,
        keep_alive_interval: from.keep_alive_interval,
        keep_alive_timeout: from.keep_alive_timeout,
        max_connection_age: from.max_connection_age,
        max_connection_age_grace: from.max_connection_age_grace,
    }
}

/// The ways to Meta and to the sandbox, which share nothing.
fn graphs(config: &Config, clock: &Clock) -> Result<Graphs, graph::Error> {
    let client = |base_url| graph::Client::new(graph_settings(config, base_url)?, clock.clone());
    let sandbox = config.sandbox.base_url.as_deref();
    Ok(Graphs {
        meta: client(&config.graph.base_url)?,
        sandbox: sandbox.map(client).transpose()?,
    })
}

fn graph_settings(config: &Config, base_url: &str) -> Result<graph::Settings, graph::Error> {
    let from = &config.graph;
    Ok(graph::Settings {
        connect_timeout: from.connect_timeout,
        timeout: from.timeout,
        register_timeout: from.register_timeout,
        max_response_bytes: from.max_response_bytes,
        limits: graph::CallLimits {
            calls: from.calls,
            calls_per_tenant: from.calls_per_tenant,
            calls_per_waba: from.calls_per_waba,
            hourly_reads: from.hourly_reads,
            hourly_reads_fresh: from.hourly_reads_fresh,
        },
        ..graph::Settings::new(base_url.parse()?, from.version.parse()?)
    })
}

fn engine_settings(config: &Config) -> Result<engine::Settings, InvalidSecret> {
    let app_secret = config.graph.app_secret.as_ref();
    let app_secret = app_secret.map(|secret| secret.expose().parse());
    Ok(engine::Settings {
        credentials: MetaCredentials {
            access_token: config.graph.access_token.clone(),
            app_id: config.graph.app_id.clone(),
            app_secret: app_secret.transpose()?,
        },
        tenants_believed_for: config.engine.tenants_believed_for,
        quotas: config.quotas,
        workers: config.engine.workers,
        workers_per_tenant: config.engine.workers_per_tenant,
        workers_per_waba: config.engine.workers_per_waba,
        lease: config.engine.lease,
        poll: config.engine.poll,
        retention: config.retention.kept,
        retention_interval: config.retention.interval,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Layers;

    #[test]
    fn the_defaults_of_the_wire_and_the_door_are_those_of_the_configuration() {
        let config = Config::load(&Layers::new()).unwrap();
        assert_eq!(wire_settings(&config), http_server::Settings::default());
        let limits = api::Limits::default();
        assert_eq!(
            (
                config.server.max_message_bytes,
                config.server.request_timeout,
                config.server.reflection,
                config.server.max_connections,
            ),
            (
                limits.max_message_bytes,
                limits.request_timeout,
                limits.reflection,
                limits.max_connections,
            )
        );
    }
}

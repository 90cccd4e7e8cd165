//! Puts the parts together: from a configuration to a service that can be started.
//!
//! The only place that knows every part. It decides nothing and starts nothing: see [`lifecycle`](crate::lifecycle).

use std::path::PathBuf;

use axum::Router;

use crate::api;
use crate::auth::{self, Allowances, Authenticator};
use crate::clock::Clock;
use crate::config::{Config, StoreUrl};
use crate::crypto::Keyring;
use crate::engine::{self, Engine};
use crate::graph;
use crate::migration::Machine;
use crate::store::Database;
use crate::{crypto, store};

/// The parts of the service, put together.
#[derive(Debug)]
pub struct App {
    /// Where migrations are kept.
    pub store: Database,
    /// What makes them move.
    pub engine: Engine<Database>,
    /// What finds out who calls.
    pub authenticator: Authenticator<Database>,
    /// What is served.
    pub router: Router,
    /// What health checks are told.
    pub health: api::Health,
}

/// Why the service could not be put together.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The key that secrets are sealed with.
    #[error("the key file cannot be used")]
    Key(#[from] crypto::Error),
    /// A database that processes share has no key file beside it.
    #[error(
        "store.url is a PostgreSQL database, which many processes may share, so secrets.key_file must name the key that all of \
         them use: make one with `waba-migrator key-encryption create FILE`, and give each process a copy"
    )]
    NoKeyFile,
    /// The key file of a shared database is never made by itself: another process may have it.
    #[error(
        "secrets.key_file names {}, which does not exist: copy the key file that the other processes of this database use, or, \
         for a new database, make one with `waba-migrator key-encryption create {}`",
        .0.display(), .0.display()
    )]
    KeyFileMissing(PathBuf),
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
    /// Who calls.
    #[error("callers cannot be known as configured")]
    Auth(#[from] auth::Error),
    /// The door.
    #[error("the contract's description is damaged")]
    Door(#[from] api::ReflectionError),
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
        let graph = graph::Client::new(graph_settings(config)?, clock.clone())?;
        let store = open_store(config).await?;
        let machine = Machine {
            policy: config.policy(),
        };
        let engine = Engine::new(
            store.clone(),
            graph,
            machine,
            clock.clone(),
            engine_settings(config),
        );
        let authenticator = Authenticator::new(store.clone(), config.auth.clone(), clock)?;
        let admission = api::Admission::new(authenticator.clone(), Allowances::new(config.limits));
        let limits = api::Limits {
            max_message_bytes: config.server.max_message_bytes,
        };
        let health = api::Health::serving().await;
        let router = api::router(engine.clone(), admission, limits, &health)?;
        Ok(Self {
            store,
            engine,
            authenticator,
            router,
            health,
        })
    }
}

/// Opens the store alone, for who works on it without the service.
pub async fn open_store(config: &Config) -> Result<Database, Error> {
    let url = &config.store.url;
    let opened = Database::open(url.expose(), keyring(config)?).await;
    opened.map_err(|source| Error::Store {
        url: url.clone(),
        source,
    })
}

/// The keyring. A key is only made together with its database's file: a new one for an old database would open nothing, and
/// hide that the old one is missing.
fn keyring(config: &Config) -> Result<Keyring, Error> {
    let path = config.key_file().ok_or(Error::NoKeyFile)?;
    match config.store.url.file() {
        None if !path.exists() => Err(Error::KeyFileMissing(path)),
        Some(file) if !file.exists() => Ok(Keyring::load_or_create(&path)?),
        _ => Ok(Keyring::load(&path)?),
    }
}

fn graph_settings(config: &Config) -> Result<graph::Settings, graph::Error> {
    let from = &config.graph;
    Ok(graph::Settings {
        app_id: from.app_id.clone(),
        app_secret: from
            .app_secret
            .as_ref()
            .map(|secret| secret.expose().parse())
            .transpose()?,
        connect_timeout: from.connect_timeout,
        timeout: from.timeout,
        register_timeout: from.register_timeout,
        max_response_bytes: from.max_response_bytes,
        limits: graph::Limits {
            calls: from.calls,
            calls_per_waba: from.calls_per_waba,
            hourly_reads: from.hourly_reads,
            hourly_reads_fresh: from.hourly_reads_fresh,
        },
        ..graph::Settings::new(from.base_url.parse()?, from.version.parse()?)
    })
}

fn engine_settings(config: &Config) -> engine::Settings {
    engine::Settings {
        access_token: config.graph.access_token.clone(),
        workers: config.engine.workers,
        workers_per_waba: config.engine.workers_per_waba,
        lease: config.engine.lease,
        poll: config.engine.poll,
    }
}

//! Settings: their sources, their checks, and the values in force.
//!
//! One file per section. `default.toml` holds the defaults and is the documentation. Each section
//! is read directly into the settings type of its component. No other module reads the environment.
//! This module starts nothing: it returns plain, checked values.

mod auth;
mod docs;
mod duration;
mod encryption;
mod engine;
pub mod environment;
mod graph;
mod layers;
mod limits;
mod log;
mod policy;
mod problem;
mod reader;
mod sandbox;
mod secret;
mod server;
mod setting;
mod store;
mod telemetry;
mod tls;
mod url;
mod working_directory;

pub use duration::{InvalidDuration, parse as parse_duration, print as print_duration};
pub use encryption::Encryption;
pub use layers::{DEFAULTS, Layers};
pub use problem::{Error, SettingProblem};
pub use sandbox::SandboxSettings;
pub use secret::{Secret, file_of as secret_file_of};
pub use server::ServerSettings;
pub use setting::Setting;
pub use store::StoreUrl;
pub use url::{masked as masked_url, quoted as quoted_url};

use std::net::SocketAddr;

use crate::api::DocsBase;
use crate::auth::{Origin, Origins, Settings as Auth, TenantLimits};
use crate::engine::Settings as Engine;
use crate::graph::Settings as Graph;
use crate::http_server::TlsSettings;
use crate::store::Settings as Store;
use crate::telemetry::{LogSettings, TraceSettings};
use domain::Policy;
use reader::Reader;

/// Every setting, checked.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// The API endpoint.
    pub server: ServerSettings,
    /// Origins of web pages that may call the REST API.
    pub cors_origins: Vec<Origin>,
    /// The address of the pages for people.
    pub docs: DocsBase,
    /// TLS on the API endpoint; `None`: plain HTTP.
    pub tls: Option<TlsSettings>,
    /// Authentication of callers.
    pub auth: Auth,
    /// Rate limits of a tenant that has none of its own.
    pub limits: TenantLimits,
    /// Where the operations port listens; `None`: there is no such port.
    pub ops_listen: Option<SocketAddr>,
    /// The database.
    pub store_url: StoreUrl,
    /// How a database server is used.
    pub store: Store,
    /// How the Graph API is called.
    pub graph: Graph,
    /// How migrations are worked on.
    pub engine: Engine,
    /// Limits, delays and deadlines of migrations.
    pub policy: Policy,
    /// The encryption keys.
    pub encryption: Encryption,
    /// What is logged, and how.
    pub log: LogSettings,
    /// Where traces are sent; `None`: nowhere.
    pub traces: Option<TraceSettings>,
    /// The sandbox that replaces the Graph API.
    pub sandbox: SandboxSettings,
    /// Whether the service calls its own sandbox instead of Meta: `serve --sandbox`.
    pub beside_sandbox: bool,
    /// Whether to accept a store whose calls went to another Graph host: `--accept-graph-host`. A
    /// flag only, since a setting would outlive the change that it was meant for.
    pub accept_graph_host: bool,
    /// Settings that can be used but should be changed.
    pub warnings: Vec<SettingProblem>,
}

impl Config {
    /// Reads every section of `layers`. The error holds all problems, not only the first.
    pub fn load(layers: &Layers) -> Result<Self, Error> {
        let mut reader = Reader::new(layers);
        let auth = Auth::read(&mut reader);
        let limits = TenantLimits::read(&mut reader);
        let server = ServerSettings::read(&mut reader);
        let cors_origins = reader.parsed::<Origins>("rest.cors_origins");
        let docs = docs::base(&mut reader);
        let tls = TlsSettings::read(&mut reader);
        let ops_listen = server::ops_address(&mut reader);
        let store_url = StoreUrl::read(&mut reader);
        let store = Store::read(&mut reader);
        let graph = Graph::read(&mut reader);
        let engine = Engine::read(&mut reader, auth.cache_ttl);
        let policy = policy::read(&mut reader);
        let encryption = Encryption::read(&mut reader);
        let log = LogSettings::read(&mut reader);
        let traces = telemetry::read(&mut reader);
        let sandbox = SandboxSettings::read(&mut reader);
        if let Some(graph) = &graph {
            policy::outlast_register(&policy, graph.register_timeout, &mut reader);
        }
        server.require_auth_off_loopback(&auth, &mut reader);
        auth::require_client_ca(&auth, tls.as_ref(), &mut reader);
        let (graph, warnings) = reader.finish(graph)?;
        Ok(Self {
            server,
            cors_origins: cors_origins.unwrap_or_default().0,
            docs,
            tls,
            auth,
            limits,
            ops_listen,
            store_url,
            store,
            graph,
            engine,
            policy,
            encryption,
            log,
            traces,
            sandbox,
            beside_sandbox: false,
            accept_graph_host: false,
            warnings,
        })
    }
}

#[cfg(test)]
mod tests;

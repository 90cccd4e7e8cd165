//! Settings: where they come from, what they may be, and what is in force.
//!
//! One file a section, and `default.toml`, which is the documentation. This is the only module that reads the
//! environment. It must never start anything: what it hands out are plain values that were checked.

mod auth;
mod code;
mod duration;
mod engine;
pub mod environment;
mod graph;
mod layers;
mod limits;
mod log;
mod ops;
mod policy;
mod problem;
mod reader;
mod rest;
mod retention;
mod sandbox;
mod secret;
mod secrets;
mod server;
mod setting;
mod store;
mod telemetry;
mod tls;
mod url;
mod working_directory;

pub use code::Code;
pub use duration::{Invalid as InvalidDuration, parse as parse_duration, print as print_duration};
pub use engine::Engine;
pub use graph::Graph;
pub use layers::{DEFAULTS, Layers};
pub use log::Log;
pub use ops::Ops;
pub use problem::{Error, Problem};
pub use rest::Rest;
pub use retention::Retention;
pub use sandbox::Sandbox;
pub use secret::{Secret, file_of as secret_file_of};
pub use secrets::Secrets;
pub use server::Server;
pub use setting::Setting;
pub use store::{Store, StoreUrl};
pub use tls::{ClientCertificates, Tls};
pub use url::{masked as masked_url, quoted as quoted_url};

use crate::auth::{Allowance, Settings as Auth};
use crate::telemetry::Traces;
use domain::tenancy::MigrationCounts;
use reader::Reader;

/// Every setting, checked.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// The API's door.
    pub server: Server,
    /// What is for REST alone.
    pub rest: Rest,
    /// TLS on it, where it has one.
    pub tls: Option<Tls>,
    /// Who is let in.
    pub auth: Auth,
    /// How much a tenant may ask for.
    pub limits: Allowance,
    /// How many migrations a tenant may have.
    pub quotas: MigrationCounts,
    /// The operations port.
    pub ops: Ops,
    /// Where migrations are kept.
    pub store: Store,
    /// How Meta is spoken to.
    pub graph: Graph,
    /// How migrations are worked on.
    pub engine: Engine,
    /// Limits of verification codes.
    pub code: Code,
    /// How long what has ended stays.
    pub retention: Retention,
    /// How secrets are sealed.
    pub secrets: Secrets,
    /// How the service logs.
    pub log: Log,
    /// Where traces go; `None`: nowhere.
    pub traces: Option<Traces>,
    /// The stand-in for Graph.
    pub sandbox: Sandbox,
    /// Whether the service calls a sandbox of its own instead of Meta: `serve --sandbox`.
    pub beside_sandbox: bool,
    /// Whether a store whose calls went to another host of Graph is taken all the same: `--accept-graph-host`. No setting, since
    /// one would stay after the change that it was meant for.
    pub accept_graph_host: bool,
    /// What can be used, and should be known.
    pub warnings: Vec<Problem>,
}

impl Config {
    /// Reads every section of `layers`. The error holds all problems, not the first alone.
    pub fn load(layers: &Layers) -> Result<Self, Error> {
        let mut reader = Reader::new(layers);
        let mut config = Self {
            auth: Auth::read(&mut reader),
            limits: Allowance::read(&mut reader),
            quotas: limits::quotas(&mut reader),
            server: Server::read(&mut reader),
            rest: Rest::read(&mut reader),
            tls: Tls::read(&mut reader),
            ops: Ops::read(&mut reader),
            store: Store::read(&mut reader),
            graph: Graph::read(&mut reader),
            engine: Engine::read(&mut reader),
            code: Code::read(&mut reader),
            retention: Retention::read(&mut reader),
            secrets: Secrets::read(&mut reader),
            log: Log::read(&mut reader),
            traces: telemetry::read(&mut reader),
            sandbox: Sandbox::read(&mut reader),
            beside_sandbox: false,
            accept_graph_host: false,
            warnings: Vec::new(),
        };
        engine::outlast_register(&config.engine, &config.graph, &mut reader);
        config.server.keep_strangers_out(&config.auth, &mut reader);
        auth::ask_for_certificates(&config.auth, config.tls.as_ref(), &mut reader);
        config.warnings = reader.finish()?;
        Ok(config)
    }
}

#[cfg(test)]
mod tests;

//! Default settings of the components.

use domain::Retention;
use waba_migrator::config::{Config, Layers};
use waba_migrator::{engine, graph, http_server};

fn config() -> Config {
    Config::load(&Layers::new()).unwrap()
}

/// The engine's, without retention: nothing is removed, however far a test moves the clock.
pub fn engine() -> engine::Settings {
    engine::Settings {
        retention: Retention::default(),
        ..config().engine
    }
}

/// Those of the adapter, which calls `url`.
pub fn graph(url: &str) -> graph::Settings {
    graph::Settings {
        base_url: url.parse().unwrap(),
        ..config().graph
    }
}

/// Those of the HTTP server.
pub fn http() -> http_server::Settings {
    config().server.http
}

//! Starts and stops the service.
//!
//! Shutdown order: health reports "not serving", no new migration is claimed, rounds in progress
//! are saved, waiting calls are answered, streams end with a status, and then the store is closed.
//! Migrations that do not finish within the grace keep their leases until these expire; the next
//! process continues them.
//!
//! While the database is unavailable, health reports "not serving". The operations port reports the
//! same with the reason; it opens before the store and closes last.

mod readiness;
mod signals;

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::{self, App};
use crate::config::Config;
use crate::ops::{self, Condition, MetricSources, Readiness};
use crate::util::backoff::Backoff;
use crate::util::clock::{Clock, Stopwatch};
use crate::util::error_chain::root_cause;
use readiness::ReadinessMonitor;

pub use signals::StopSignals;

/// Pauses between attempts to open a database that is unavailable.
const STORE_BACKOFF: Backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(5));

/// A service that listens, and does not work on migrations yet.
#[derive(Debug)]
pub struct Server {
    app: App,
    listener: TcpListener,
    address: SocketAddr,
    ops: Option<ops::Port>,
    readiness: Readiness,
    grace: Duration,
    /// The store's URL without its password.
    store_url: String,
    started: Stopwatch,
}

/// The service could not be started, or ended by itself.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The service could not be assembled.
    #[error(transparent)]
    App(#[from] app::Error),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: choose another address with server.listen or --listen")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The operations port could not be opened.
    #[error(transparent)]
    Ops(#[from] ops::Error),
    /// A component ended by itself.
    #[error("the {0} ended unexpectedly: see the log")]
    Ended(&'static str),
}

impl Server {
    /// Opens the store and listens. Waits for an unavailable PostgreSQL server until dropped.
    pub async fn start(config: &Config, clock: Clock) -> Result<Self, Error> {
        let listen = async || {
            let address = config.server.listen;
            let failed = |source| Error::Listen { address, source };
            let listener = TcpListener::bind(address).await.map_err(failed)?;
            let address = listener.local_addr().map_err(failed)?;
            Ok::<_, Error>((listener, address))
        };
        // Checked first, so that a second service with the same address leaves nothing behind.
        // Released again, so that clients are refused while the store is opened, and turn to
        // another process.
        drop(listen().await?);
        let readiness = Readiness::starting();
        let ops = open_ops(config, &readiness).await?;
        let app = Box::pin(build(config, clock, &readiness)).await?;
        let (listener, address) = listen().await?;
        if let Some(ops) = &ops {
            ops.read_metrics_from(MetricSources::new(app.engine.clone(), app.store.clone()));
        }
        for warning in &config.warnings {
            tracing::warn!("a setting should be changed: {warning}");
        }
        if config.tls.is_none() && !address.ip().is_loopback() {
            tracing::warn!(
                server.listen = %address,
                "the API is served without TLS on this address: API keys and tokens can be read on \
                 the way, unless a proxy in front of it uses TLS. Configure [tls]"
            );
        }
        let server = Self {
            app,
            listener,
            address,
            ops,
            readiness,
            grace: config.server.shutdown_grace,
            store_url: config.store_url.to_string(),
            started: Stopwatch::start(),
        };
        server.log_start(config);
        Ok(server)
    }

    fn log_start(&self, config: &Config) {
        let world = if config.beside_sandbox {
            "sandbox"
        } else {
            "meta"
        };
        tracing::info!(
            version = env!("CARGO_PKG_VERSION"),
            commit = env!("WABA_MIGRATOR_COMMIT"),
            server.url = self.url(),
            ops.listen = self.ops_addr().map(tracing::field::display),
            store.url = self.store_url,
            world,
            graph.host = config.graph.base_url.host(),
            auth.required = !config.auth.is_open(),
            "service started"
        );
    }

    /// Where it listens.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://{}", self.app.http.scheme(), self.address)
    }

    /// Where the operations port listens, if there is one.
    #[must_use]
    pub fn ops_addr(&self) -> Option<SocketAddr> {
        self.ops.as_ref().map(ops::Port::local_addr)
    }

    /// Serves the API and works on migrations until `shutdown`, then stops in order.
    pub async fn run_until(self, shutdown: impl Future<Output = ()>) -> Result<(), Error> {
        let Self {
            app:
                App {
                    keyring,
                    store,
                    engine,
                    authenticator,
                    router,
                    http,
                    health,
                },
            listener,
            ops,
            readiness,
            grace,
            store_url,
            started,
            ..
        } = self;
        let stop = CancellationToken::new();
        let tracker = TaskTracker::new();
        tracker.spawn(keyring.reload_on_change(stop.clone()));
        let mut working = tracker.spawn({
            let (stop, engine) = (stop.clone(), engine.clone());
            async move { engine.run(stop).await }
        });
        let mut serving = tracker.spawn({
            let stop = stop.clone();
            async move { http.serve(listener, router, stop).await }
        });
        authenticator.warm();
        tracker.close();

        let monitor = ReadinessMonitor {
            store: &store,
            store_url: &store_url,
            engine: &engine,
            readiness: &readiness,
        };
        let failed = tokio::select! {
            () = shutdown => None,
            _ = &mut serving => Some(Error::Ended("API server")),
            _ = &mut working => Some(Error::Ended("engine")),
            never = Box::pin(monitor.run(&health)) => match never {},
        };
        let reason = failed
            .as_ref()
            .map_or_else(|| "requested".to_owned(), ToString::to_string);
        let stopping = Stopwatch::start();
        tracing::info!(reason, "service stopping");
        readiness.lacks(Condition::Draining, "the service stops");
        health.set_ready(false).await;
        stop.cancel();
        let in_order = async {
            // A component that has ended reported why itself.
            if !working.is_finished() {
                let _ = working.await;
            }
            if !serving.is_finished() {
                let _ = (&mut serving).await;
            }
            authenticator.finish().await;
        };
        if tokio::time::timeout(grace, in_order).await.is_err() {
            tracing::warn!("some calls did not end within the grace: their leases expire");
            // Cuts the remaining connections.
            serving.abort();
        }
        store.close().await;
        if let Some(ops) = ops {
            ops.close().await;
        }
        tracing::info!(
            reason,
            took_ms = u64::try_from(stopping.elapsed().as_millis()).unwrap_or(u64::MAX),
            uptime_seconds = started.elapsed().as_secs(),
            "service stopped"
        );
        failed.map_or(Ok(()), Err)
    }
}

/// The operations port, if one is configured.
async fn open_ops(config: &Config, readiness: &Readiness) -> Result<Option<ops::Port>, Error> {
    let Some(address) = config.ops_listen else {
        return Ok(None);
    };
    app::install_metrics()?;
    let settings = config.server.http.clone();
    let port = ops::Port::open(address, readiness.clone(), settings).await?;
    Ok(Some(port))
}

/// Builds the service. Waits for an unavailable PostgreSQL server, which may be starting as well,
/// as after a power cut. Every other error would stay, and is returned at once.
async fn build(config: &Config, clock: Clock, readiness: &Readiness) -> Result<App, app::Error> {
    let mut backoff = STORE_BACKOFF;
    loop {
        let error = match App::build(config, clock.clone()).await {
            Err(error) if config.store_url.is_shared() && error.is_store_unavailable() => error,
            Err(error) => return Err(error),
            Ok(app) => {
                // An open store has the schema of this release.
                readiness.has(Condition::Store);
                readiness.has(Condition::Schema);
                return Ok(app);
            }
        };
        readiness.lacks(
            Condition::Store,
            format!("is unavailable: {}", root_cause(&error)),
        );
        if backoff.retries() == 0 {
            tracing::warn!(
                store.url = %config.store_url,
                error = root_cause(&error),
                "waiting for the database, which is unavailable"
            );
        }
        backoff.wait().await;
    }
}

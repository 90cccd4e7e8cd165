//! Starts and stops the service.
//!
//! A stop is in order: the door says that it is not serving, no new migration is claimed, rounds that are under way are
//! saved, calls that wait are answered, streams end with a word, and only then is the store closed. What does not end
//! within the grace is left to its lease: whoever starts next goes on.
//!
//! While the store is in trouble, the door says that it is not serving, and says so no more when the store works again. The
//! operations port says the same and why; it is there before the store, and goes last.

mod asked;
mod ready;

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::{self, App};
use crate::config::Config;
use crate::ops::{self, Part, Readiness, Watched};
use crate::util::backoff::Backoff;
use crate::util::clock::Clock;
use crate::util::error_chain::root_cause;
use ready::Watch;

pub use asked::Stops;

/// Pauses between attempts to open a database that is unavailable.
const STORE_BACKOFF: Backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(5));

/// A service that listens, and moves nothing yet.
#[derive(Debug)]
pub struct Server {
    app: App,
    listener: TcpListener,
    address: SocketAddr,
    ops: Option<ops::Port>,
    readiness: Readiness,
    grace: Duration,
    /// Where the store is, as it may be told.
    store_url: String,
}

/// Why the service could not be started, or stopped working.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A part could not be put together.
    #[error(transparent)]
    App(#[from] app::Error),
    /// The address could not be listened on.
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
    /// A part ended though nobody asked it to.
    #[error("the {0} ended unasked; the log says why")]
    Ended(&'static str),
}

impl Server {
    /// Opens the store and listens. A database server that is away is waited for, until this is dropped.
    pub async fn start(config: &Config, clock: Clock) -> Result<Self, Error> {
        let listen = async || {
            let address = config.server.listen;
            let failed = |source| Error::Listen { address, source };
            let listener = TcpListener::bind(address).await.map_err(failed)?;
            let address = listener.local_addr().map_err(failed)?;
            Ok::<_, Error>((listener, address))
        };
        // Tried first: a second service that finds the address taken leaves nothing behind. And given up again: whoever
        // calls before the store is there is to be refused, and turn to another process, not to be left without an answer.
        drop(listen().await?);
        let readiness = Readiness::starting();
        let ops = open_ops(config, &readiness).await?;
        let app = Box::pin(build(config, clock, &readiness)).await?;
        let (listener, address) = listen().await?;
        if let Some(ops) = &ops {
            ops.watch(Watched::new(app.engine.clone(), app.store.clone()));
        }
        for warning in &config.warnings {
            tracing::warn!("a setting can be used and should be changed: {warning}");
        }
        if config.tls.is_none() && !address.ip().is_loopback() {
            tracing::warn!(
                server.listen = %address,
                "callers' keys and tokens travel in the clear to this address, unless a proxy in front of it speaks TLS: [tls] lets the service speak it"
            );
        }
        Ok(Self {
            app,
            listener,
            address,
            ops,
            readiness,
            grace: config.server.shutdown_grace,
            store_url: config.store.url.to_string(),
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The same as a URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://{}", self.app.wire.scheme(), self.address)
    }

    /// Where the operations port listens, where there is one.
    #[must_use]
    pub fn ops_addr(&self) -> Option<SocketAddr> {
        self.ops.as_ref().map(ops::Port::local_addr)
    }

    /// Serves and moves migrations until `shutdown`, then stops in order.
    pub async fn run_until(self, shutdown: impl Future<Output = ()>) -> Result<(), Error> {
        let Self {
            app:
                App {
                    keyring,
                    store,
                    engine,
                    authenticator,
                    router,
                    wire,
                    health,
                },
            listener,
            ops,
            readiness,
            grace,
            store_url,
            ..
        } = self;
        let stop = CancellationToken::new();
        let tracker = TaskTracker::new();
        tracker.spawn(keyring.reload_on_change(stop.clone()));
        let mut moving = tracker.spawn({
            let (stop, engine) = (stop.clone(), engine.clone());
            async move { engine.run(stop).await }
        });
        let mut serving = tracker.spawn({
            let stop = stop.clone();
            async move { wire.serve(listener, router, stop).await }
        });
        authenticator.warm();
        tracker.close();

        let watch = Watch {
            store: &store,
            store_url: &store_url,
            engine: &engine,
            readiness: &readiness,
        };
        let failed = tokio::select! {
            () = shutdown => None,
            _ = &mut serving => Some(Error::Ended("door")),
            _ = &mut moving => Some(Error::Ended("engine")),
            never = Box::pin(watch.over(&health)) => match never {},
        };
        readiness.lacks(Part::Draining, "the service stops");
        health.set_ready(false).await;
        stop.cancel();
        let in_order = async {
            // What has ended already is not waited for; why it did was reported where it happened.
            if !moving.is_finished() {
                let _ = moving.await;
            }
            if !serving.is_finished() {
                let _ = (&mut serving).await;
            }
            authenticator.finish().await;
        };
        if tokio::time::timeout(grace, in_order).await.is_err() {
            tracing::warn!("some calls did not end within the grace; their leases run out");
            // Cuts the connections that are left.
            serving.abort();
        }
        store.close().await;
        if let Some(ops) = ops {
            ops.close().await;
        }
        failed.map_or(Ok(()), Err)
    }
}

/// The operations port, where there is to be one.
async fn open_ops(config: &Config, readiness: &Readiness) -> Result<Option<ops::Port>, Error> {
    let Some(address) = config.ops.listen else {
        return Ok(None);
    };
    app::measure()?;
    Ok(Some(ops::Port::open(address, readiness.clone()).await?))
}

/// Builds the service. A database server that is away may only be starting as well, as after a power cut, and so is waited
/// for; whatever else is wrong would stay so, and is told at once.
async fn build(config: &Config, clock: Clock, readiness: &Readiness) -> Result<App, app::Error> {
    let mut backoff = STORE_BACKOFF;
    loop {
        let error = match App::build(config, clock.clone()).await {
            Err(error) if config.store.url.is_shared() && error.store_is_away() => error,
            Err(error) => return Err(error),
            Ok(app) => {
                // Opened, it has the schema of this release.
                readiness.has(Part::Store);
                readiness.has(Part::Schema);
                return Ok(app);
            }
        };
        readiness.lacks(
            Part::Store,
            format!("is waited for: {}", root_cause(&error)),
        );
        if backoff.retries() == 0 {
            tracing::warn!(
                store.url = %config.store.url,
                error = root_cause(&error),
                "the service waits for its database, which cannot be reached; it starts as soon as it can"
            );
        }
        backoff.wait().await;
    }
}

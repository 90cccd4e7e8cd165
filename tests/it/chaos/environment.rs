//! The environment of the engines: a database and a runtime that it shares with the sandboxes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use domain::TenantId;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use sandbox::{Options, Sandbox};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio_util::sync::{CancellationToken, DropGuard};
use waba_migrator::store::{Added, Database, Directory as _, Removal as _, WorkerId, Workers as _};
use waba_migrator::util::clock::Clock;

use super::fault_points::FaultPoints;
use crate::store::backend::Backend;
use crate::support::tenants;

/// One database and its runtime.
pub struct DatabaseRuntime<B> {
    runtime: Runtime,
    backend: B,
    environments: AtomicU64,
}

/// Environment of one migration: its own tenant, sandbox and clock.
pub struct Environment {
    pub tenant: TenantId,
    pub clock: Clock,
    pub sandbox: Sandbox,
    pub url: String,
    /// The workers that joined.
    pub workers: Arc<Mutex<Vec<WorkerId>>>,
    /// Workers that claimed the migration and do nothing.
    pub thieves: Mutex<Vec<WorkerId>>,
    /// Fault points of the present engine; without any, requests pass unchanged.
    points: Arc<Mutex<Option<Arc<FaultPoints>>>>,
    _stop: DropGuard,
}

impl<B: Backend> DatabaseRuntime<B> {
    pub fn open() -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let backend = runtime.block_on(B::fresh());
        Self {
            runtime,
            backend,
            environments: AtomicU64::new(0),
        }
    }

    pub fn store(&self) -> &Database {
        self.backend.store()
    }

    /// Runtime of the store.
    pub fn handle(&self) -> &Handle {
        self.runtime.handle()
    }

    /// Runs a future on the store's runtime.
    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// A new environment.
    pub fn environment(&self) -> Environment {
        let nth = self.environments.fetch_add(1, Ordering::Relaxed);
        let clock = Clock::default();
        let sandbox = Sandbox::new(options(&clock));
        let listener = self
            .runtime
            .block_on(TcpListener::bind("127.0.0.1:0"))
            .unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let points = Arc::new(Mutex::new(None));
        let present = Arc::clone(&points);
        self.runtime.spawn(
            sandbox
                .clone()
                .serve_behind(listener, stop.clone(), move |router| {
                    with_fault_points(router, present)
                }),
        );
        let tenant = TenantId::from_stored(format!("tenant-{nth}"));
        let mut settings = tenants::plain(&tenant);
        settings.credentials.access_token = "any-token".parse().ok();
        let added = self.runtime.block_on(self.store().create_tenant(&settings));
        assert_eq!(added.unwrap(), Added::Done);
        // The environments before have called for the same numbers.
        let forgotten = self.store().expire(long_after(&clock), u32::MAX);
        self.runtime.block_on(forgotten).unwrap();
        Environment {
            tenant,
            clock,
            sandbox,
            url,
            workers: Arc::default(),
            thieves: Mutex::default(),
            points,
            _stop: stop.drop_guard(),
        }
    }
}

impl Environment {
    /// Ends the leases of all workers so far, as time does when they no longer renew them.
    pub fn end_workers(&self, store: Database) -> impl Future<Output = ()> + Send + 'static {
        let workers = self.workers.lock().clone();
        async move {
            for worker in workers {
                store.renew(worker, SignedDuration::ZERO).await.unwrap();
            }
        }
    }

    /// Removes all workers.
    pub async fn remove_workers(&self, store: &Database) {
        // They stay in the lists, so that each is removed again the next time.
        let workers = self.workers.lock().clone();
        let thieves = self.thieves.lock().clone();
        for worker in workers.into_iter().chain(thieves) {
            store.leave(worker).await.unwrap();
        }
    }

    /// Requests pass these fault points from now on.
    pub fn set_fault_points(&self, points: &Arc<FaultPoints>) {
        *self.points.lock() = Some(Arc::clone(points));
    }
}

/// A time at which no call so far counts any more, however far a test has moved its clock.
fn long_after(clock: &Clock) -> Timestamp {
    clock.now() + SignedDuration::from_hours(24 * 3650)
}

/// The sandbox's routes behind the fault points of the present engine.
fn with_fault_points(router: Router, points: Arc<Mutex<Option<Arc<FaultPoints>>>>) -> Router {
    router.layer(middleware::from_fn(move |request: Request, next: Next| {
        let points = points.lock().clone();
        async move {
            let name = format!("{} {}", request.method(), request.uri().path());
            match points {
                Some(points) => points.pass(name, next.run(request)).await,
                None => next.run(request).await,
            }
        }
    }))
}

/// The sandbox uses the environment's clock, and its slow calls are nearly immediate.
fn options(clock: &Clock) -> Options {
    let clock = clock.clone();
    Options {
        register_delay: Duration::from_millis(20),
        seed: Some(7),
        clock: Arc::new(move || clock.now()),
        usage_headers_after: u32::MAX,
        ..Options::default()
    }
}

//! A lane: one database, and the runtime that it and the sandboxes live on. Points run in it one after the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use domain::TenantId;
use sandbox::{Options, Sandbox};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio_util::sync::{CancellationToken, DropGuard};
use waba_migrator::store::{Added, Directory as _};
use waba_migrator::util::clock::Clock;

use super::gate::Gate;
use crate::store::backend::Backend;
use crate::support::tenants;

/// One database, and where it lives.
pub struct Lane<B> {
    runtime: Runtime,
    backend: B,
    places: AtomicU64,
}

/// Where one story takes place: a tenant, a Meta and a time of its own.
pub struct Place {
    pub tenant: TenantId,
    pub clock: Clock,
    pub sandbox: Sandbox,
    pub url: String,
    /// The gate of the engine that lives now; none lets everything through.
    gate: Arc<std::sync::Mutex<Option<Arc<Gate>>>>,
    _stop: DropGuard,
}

impl<B: Backend> Lane<B> {
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
            places: AtomicU64::new(0),
        }
    }

    pub fn store(&self) -> &B::Store {
        self.backend.store()
    }

    /// Where the store lives.
    pub fn home(&self) -> &Handle {
        self.runtime.handle()
    }

    /// Does something where the store lives.
    pub fn wait_for<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// A place where nothing has happened yet.
    pub fn place(&self) -> Place {
        let nth = self.places.fetch_add(1, Ordering::Relaxed);
        let clock = Clock::default();
        let sandbox = Sandbox::new(options(&clock));
        let listener = self
            .runtime
            .block_on(TcpListener::bind("127.0.0.1:0"))
            .unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let gate = Arc::new(std::sync::Mutex::new(None));
        let at_gate = Arc::clone(&gate);
        self.runtime.spawn(
            sandbox
                .clone()
                .serve_behind(listener, stop.clone(), move |router| {
                    behind(router, at_gate)
                }),
        );
        let tenant = TenantId::from_stored(format!("tenant-{nth}"));
        let mut its = tenants::plain(&tenant);
        its.credentials.access_token = "any-token".parse().ok();
        let added = self.runtime.block_on(self.store().create_tenant(&its));
        assert_eq!(added.unwrap(), Added::Done);
        Place {
            tenant,
            clock,
            sandbox,
            url,
            gate,
            _stop: stop.drop_guard(),
        }
    }
}

impl Place {
    /// From now on requests pass this gate.
    pub fn guard(&self, gate: &Arc<Gate>) {
        *self.gate.lock().unwrap() = Some(Arc::clone(gate));
    }
}

/// The sandbox's routes behind whatever gate stands there when a request comes.
fn behind(router: Router, gate: Arc<std::sync::Mutex<Option<Arc<Gate>>>>) -> Router {
    router.layer(middleware::from_fn(move |request: Request, next: Next| {
        let gate = gate.lock().unwrap().clone();
        async move {
            let name = format!("{} {}", request.method(), request.uri().path());
            match gate {
                Some(gate) => gate.pass(name, next.run(request)).await,
                None => next.run(request).await,
            }
        }
    }))
}

/// The stand-in's clock is the place's; what is slow there takes no time to speak of.
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

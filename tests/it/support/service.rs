//! The service in this process, with a sandbox and a client.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sandbox::{Options, Sandbox};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};
use waba_migrator::config::{Config, Layers};
use waba_migrator::lifecycle::Server;
use waba_migrator::proto::v1::migration_service_client::MigrationServiceClient;
use waba_migrator::proto::v1::{
    CancelRequest, CodeMethod, Event, ListEventsRequest, MigrateRequest, Migration,
    ResendCodeRequest, ResumeRequest, State, SubmitCodeRequest,
};
use waba_migrator::util::clock::Clock;

use super::transport::Transport;
use super::{PATIENCE, graph};
use crate::store::cluster;

pub const SOURCE: &str = "104996122399160";
pub const DESTINATION: &str = "215589313241560";

pub type Client = MigrationServiceClient<Transport>;

/// The service, the sandbox and a client.
pub struct ServiceHarness {
    pub sandbox: Sandbox,
    pub client: Client,
    pub clock: Clock,
    running: Service,
    pub folder: Arc<TempDir>,
    sandbox_url: String,
    settings: Vec<(&'static str, String)>,
    _sandbox: DropGuard,
    _keys: Option<TempDir>,
}

/// A running service. Dropping it stops all its tasks at once, as a crash would.
pub struct Service {
    pub url: String,
    stop: CancellationToken,
    task: JoinHandle<()>,
    /// A runtime of its own, so that no task outlives it.
    runtime: Option<Runtime>,
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl ServiceHarness {
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// With these settings.
    pub async fn with(settings: &[(&'static str, &str)]) -> Self {
        Self::beside(settings, |_| {}).await
    }

    /// With these settings, and with options of the sandbox that `edit` changes.
    pub async fn beside(
        settings: &[(&'static str, &str)],
        edit: impl FnOnce(&mut Options),
    ) -> Self {
        let is_placed = settings.iter().any(|(key, _)| *key == "store.url");
        if cluster::is_chosen() && !is_placed {
            return Self::on_a_server(settings, edit).await;
        }
        Self::placed(settings, edit).await
    }

    async fn placed(settings: &[(&'static str, &str)], edit: impl FnOnce(&mut Options)) -> Self {
        let clock = Clock::default();
        let mut options = quick_sandbox(&clock);
        edit(&mut options);
        let (sandbox, sandbox_url, stop) = graph::served(options).await;
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let settings: Vec<_> = settings
            .iter()
            .map(|(key, value)| (*key, (*value).to_owned()))
            .collect();
        let running = serve(folder.path(), &sandbox_url, &settings, &clock).await;
        let client = connect(&running.url).await;
        Self {
            sandbox,
            client,
            clock,
            running,
            folder,
            sandbox_url,
            settings,
            _sandbox: stop,
            _keys: None,
        }
    }

    /// On a new PostgreSQL database, with these settings.
    pub async fn on_postgres(settings: &[(&'static str, &str)]) -> Self {
        Self::on_a_server(settings, |_| {}).await
    }

    async fn on_a_server(
        settings: &[(&'static str, &str)],
        edit: impl FnOnce(&mut Options),
    ) -> Self {
        let (url, template) = cluster::prepared().await;
        let keys = tempfile::tempdir().unwrap();
        let key_file = keys.path().join("store.key");
        std::fs::copy(template, &key_file).unwrap();
        let pooled = cluster::pooled(&url);
        let place = [
            ("store.url", pooled.as_ref().unwrap_or(&url).as_str()),
            (
                "store.notifications",
                if pooled.is_some() { "poll" } else { "auto" },
            ),
            ("encryption.key_file", key_file.to_str().unwrap()),
        ];
        let service = Self::placed(&[&place, settings].concat(), edit).await;
        Self {
            _keys: Some(keys),
            ..service
        }
    }

    /// The URL of its service.
    pub fn url(&self) -> &str {
        &self.running.url
    }

    /// Stops the service as a crash would.
    pub async fn crash(&mut self) {
        let runtime = self.running.runtime.take().unwrap();
        let shutdown = move || runtime.shutdown_timeout(PATIENCE);
        tokio::task::spawn_blocking(shutdown).await.unwrap();
    }

    /// Stops the service as a crash would, and starts another on the same store.
    pub async fn crash_and_restart(&mut self) {
        self.crash().await;
        self.restart().await;
    }

    /// Shuts the service down, and starts another on the same store.
    pub async fn stop_and_restart(&mut self) {
        self.stop().await;
        self.restart().await;
    }

    /// Shuts the service down.
    pub async fn stop(&mut self) {
        self.running.stop.cancel();
        (&mut self.running.task).await.unwrap();
    }

    /// A second service on the same store.
    pub async fn replica(&self) -> Service {
        self.replica_with(&[]).await
    }

    /// A second service on the same store, with additional settings.
    pub async fn replica_with(&self, settings: &[(&'static str, String)]) -> Service {
        let settings = [&self.settings, settings].concat();
        serve(
            self.folder.path(),
            &self.sandbox_url,
            &settings,
            &self.clock,
        )
        .await
    }

    /// The configuration of its service.
    pub fn config(&self) -> Config {
        config(self.folder.path(), &self.sandbox_url, &self.settings)
    }

    /// The URL of its database.
    pub fn store_url(&self) -> String {
        self.config().store_url.expose().to_owned()
    }

    /// Starts a service on the same store after the other has ended.
    pub async fn restart(&mut self) {
        self.running = serve(
            self.folder.path(),
            &self.sandbox_url,
            &self.settings,
            &self.clock,
        )
        .await;
        self.client = connect(&self.running.url).await;
    }

    pub async fn migrate(&self, number: &str) -> Migration {
        self.migrate_with(number, |_| {}).await.unwrap()
    }

    pub async fn migrate_with(
        &self,
        number: &str,
        edit: impl FnOnce(&mut MigrateRequest),
    ) -> Result<Migration, Status> {
        let mut request = request(number);
        edit(&mut request);
        let answer = self.client.clone().migrate(request).await?;
        Ok(answer.into_inner().migration.unwrap())
    }

    pub async fn submit(&self, id: &str, code: &str) -> Result<Migration, Status> {
        let request = SubmitCodeRequest {
            migration_id: id.to_owned(),
            code: code.to_owned(),
            wait: None,
        };
        Ok(self
            .client
            .clone()
            .submit_code(request)
            .await?
            .into_inner()
            .migration
            .unwrap())
    }

    pub async fn resend(&self, id: &str, method: CodeMethod) -> Result<Migration, Status> {
        let request = ResendCodeRequest {
            migration_id: id.to_owned(),
            code_method: method.into(),
            ..ResendCodeRequest::default()
        };
        Ok(self
            .client
            .clone()
            .resend_code(request)
            .await?
            .into_inner()
            .migration
            .unwrap())
    }

    pub async fn resume(&self, id: &str) -> Result<Migration, Status> {
        let request = ResumeRequest {
            migration_id: id.to_owned(),
            ..ResumeRequest::default()
        };
        Ok(self
            .client
            .clone()
            .resume(request)
            .await?
            .into_inner()
            .migration
            .unwrap())
    }

    pub async fn cancel(&self, id: &str) -> Result<Migration, Status> {
        let request = CancelRequest {
            migration_id: id.to_owned(),
            ..CancelRequest::default()
        };
        Ok(self
            .client
            .clone()
            .cancel(request)
            .await?
            .into_inner()
            .migration
            .unwrap())
    }

    /// The history, which must fit into one page.
    pub async fn history(&self, id: &str) -> Vec<Event> {
        let request = ListEventsRequest {
            migration_id: id.to_owned(),
            ..ListEventsRequest::default()
        };
        let answer = self.client.clone().list_events(request).await.unwrap();
        let page = answer.into_inner();
        assert!(!page.more, "the history is longer than a page");
        page.events
    }

    /// The newest code that the number received.
    pub fn code(&self, number: &str) -> Option<String> {
        Some(self.sandbox.messages(digits(number)).last()?.code.clone())
    }

    /// Waits until the migration does not run: the `wait` of a call can be too short for that.
    pub async fn settled(&self, id: &str) -> Migration {
        self.until(id, |migration| migration.state() != State::Running)
            .await
    }

    /// Waits until the migration is as `found` expects.
    pub async fn until(&self, id: &str, found: impl Fn(&Migration) -> bool) -> Migration {
        let polled = async {
            loop {
                let migration = self.status(id).await;
                if found(&migration) {
                    return migration;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        if let Ok(migration) = tokio::time::timeout(PATIENCE, polled).await {
            return migration;
        }
        panic!("not within {PATIENCE:?}: {:#?}", self.status(id).await)
    }

    pub async fn status(&self, id: &str) -> Migration {
        let request = waba_migrator::proto::v1::GetStatusRequest {
            migration_id: id.to_owned(),
        };
        self.client
            .clone()
            .get_status(request)
            .await
            .unwrap()
            .into_inner()
            .migration
            .unwrap()
    }

    /// Names of the calls for this number that took effect at the sandbox, in order.
    pub fn effective(&self, number: &str) -> Vec<String> {
        self.ledger(number, true)
    }

    /// Names of all changing calls for this number that reached the sandbox, in order.
    pub fn attempted(&self, number: &str) -> Vec<String> {
        self.ledger(number, false)
    }

    fn ledger(&self, number: &str, effective_only: bool) -> Vec<String> {
        let name = |call| {
            serde_json::to_value(call)
                .unwrap()
                .as_str()
                .unwrap()
                .to_owned()
        };
        self.sandbox
            .ledger()
            .iter()
            .filter(|entry| entry.number.as_deref() == Some(digits(number)))
            .filter(|entry| entry.effective || !effective_only)
            .map(|entry| name(entry.call))
            .collect()
    }
}

/// An ordinary request to move `number`.
pub fn request(number: &str) -> MigrateRequest {
    MigrateRequest {
        request_id: format!("move {number}"),
        phone_number: number.to_owned(),
        destination_waba_id: DESTINATION.to_owned(),
        source_waba_id: SOURCE.to_owned(),
        ..MigrateRequest::default()
    }
}

pub fn digits(number: &str) -> &str {
    number.trim_start_matches('+')
}

pub fn reason(fault: Option<&waba_migrator::proto::v1::Fault>) -> &str {
    fault.map_or("", |fault| fault.reason.as_str())
}

/// The code, reason and details of an error.
pub fn refusal<T: std::fmt::Debug>(result: Result<T, Status>) -> (Code, String, ErrorDetails) {
    let status = result.expect_err("it succeeded");
    let details = status.get_error_details();
    let reason = details
        .error_info()
        .expect("every error has a reason")
        .reason
        .clone();
    assert_eq!(details.error_info().unwrap().domain, "waba-migrator");
    (status.code(), reason, details)
}

/// Short times, and the clock of the service.
fn quick_sandbox(clock: &Clock) -> Options {
    let clock = clock.clone();
    Options {
        register_delay: Duration::from_millis(1500),
        maintenance: Duration::from_millis(300),
        deletion: Duration::from_millis(300),
        code_cooldown: Duration::from_millis(300),
        throttle: Duration::from_millis(300),
        seed: Some(7),
        clock: Arc::new(move || clock.now()),
        usage_headers_after: u32::MAX,
        ..Options::default()
    }
}

/// The configuration of a service with its database in `folder`: short times, and a free port.
pub fn config(folder: &Path, sandbox_url: &str, settings: &[(&str, String)]) -> Config {
    let database = folder.join("migrations.db");
    let quick = [
        ("server.listen", "127.0.0.1:0"),
        ("ops.listen", ""),
        ("server.shutdown_grace", "5s"),
        ("store.url", &format!("sqlite://{}", database.display())),
        ("graph.base_url", sandbox_url),
        ("graph.access_token", "any-token"),
        ("graph.timeout", "1s"),
        ("graph.connect_timeout", "1s"),
        ("graph.register_timeout", "1s"),
        // Not shorter: a busy machine must not look like a paused process.
        ("engine.lease", "5s"),
        // A clock that is moved by hand does not wake sleeping tasks.
        ("engine.poll", "50ms"),
        ("engine.retry_base", "20ms"),
        ("engine.retry_cap", "100ms"),
        ("engine.register_settles", "1s"),
        ("engine.confirm_base", "20ms"),
        ("engine.confirm_cap", "50ms"),
        ("engine.confirm_for", "2s"),
        ("engine.limit_pause", "100ms"),
        ("code.cooldown", "0s"),
    ];
    let mut layers = Layers::new();
    for (key, value) in quick {
        layers = layers.set("the test", key, value);
    }
    for (key, value) in settings {
        layers = layers.set("the test", key, value);
    }
    Config::load(&layers).unwrap()
}

async fn serve(
    folder: &Path,
    sandbox_url: &str,
    settings: &[(&str, String)],
    clock: &Clock,
) -> Service {
    let config = config(folder, sandbox_url, settings);
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let clock = clock.clone();
    let server = runtime
        .spawn(async move { Server::start(&config, clock).await.unwrap() })
        .await
        .unwrap();
    let url = format!("http://{}", server.local_addr());
    let stop = CancellationToken::new();
    let task = runtime.spawn({
        let stop = stop.clone();
        async move { server.run_until(stop.cancelled()).await.unwrap() }
    });
    Service {
        url,
        stop,
        task,
        runtime: Some(runtime),
    }
}

pub async fn connect(url: &str) -> Client {
    MigrationServiceClient::new(Transport::connect(url).await)
}

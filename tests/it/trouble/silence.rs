//! A database server that stops responding for a while: the service notices, calls fail in time,
//! and migrations continue when it responds again.

use std::time::Duration;

use sandbox::{Call, Fault, Kind};
use tokio::time::Instant;
use tonic::Code;
use waba_migrator::crypto::Keyring;
use waba_migrator::proto::v1::State;

use super::service::{Environment, ServiceProcess};
use crate::store::cluster;
use crate::support::proxy::{Passes, Proxy};
use crate::support::service::{digits, refusal};
use crate::support::wait::eventually;

const NUMBER: &str = "+13035550001";
/// Its code is being requested when the server stops responding.
const AT_ITS_CODE: &str = "+13035550002";
const REFUSED: &str = "+13035550003";

/// Limit for noticing the failure, for a call to fail, and for work to continue afterwards.
const SOON: Duration = Duration::from_secs(15);

/// A service with default intervals, and a proxy to its database.
struct Setup {
    environment: Environment,
    process: ServiceProcess,
    proxy: Proxy,
}

impl Setup {
    async fn new() -> Self {
        let environment = Environment::new().await;
        let database = cluster::empty().await;
        let proxy = Proxy::before(&database).await;
        let key_file = environment.folder.path().join("key");
        Keyring::create(&key_file).unwrap();
        let settings = [
            format!("encryption.key_file={}", key_file.display()),
            "engine.poll=30s".to_owned(),
        ];
        let process = environment.serve(&proxy.url(&database), &settings).await;
        Self {
            environment,
            process,
            proxy,
        }
    }

    async fn is_ready(&self) -> bool {
        self.process.ops("/readyz").await.status == 200
    }
}

/// The time until the condition holds.
async fn time_until(holds: impl AsyncFnMut() -> bool) -> Duration {
    let started = Instant::now();
    eventually(holds).await;
    started.elapsed()
}

/// Stops all responses of the database for this long during a migration.
pub async fn is_survived(silence: Duration) {
    let setup = Setup::new().await;
    let Setup {
        environment,
        process,
        proxy,
        ..
    } = &setup;
    let waiting = process.migrate(NUMBER).await.unwrap().id;
    let late = Fault::new(Kind::Delay { delay_ms: 1500 });
    let on_its_code = late
        .on_number(digits(AT_ITS_CODE))
        .on_call(Call::RequestCode);
    environment.sandbox.inject(on_its_code);
    let at_its_code = process.accept(AT_ITS_CODE).await.id;
    environment.effective(AT_ITS_CODE, Call::RequestCode).await;

    proxy.lets(Passes::Nothing);
    let began = Instant::now();
    let noticed = time_until(async || !setup.is_ready().await).await;
    assert!(noticed < SOON, "{noticed:?}");
    let why = process.ops("/readyz").await.body;
    assert!(
        why.contains("store: the database server does not answer"),
        "{why}"
    );
    let asked = Instant::now();
    let (status, migrate, submit) = tokio::join!(
        process.status(&waiting),
        process.migrate(REFUSED),
        process.submit(&waiting, environment.code(NUMBER)),
    );
    let took = asked.elapsed();
    assert!(took < SOON, "{took:?}");
    for refused in [status.map(drop), migrate.map(drop), submit] {
        let (code, reason, details) = refusal(refused);
        assert_eq!(
            (code, reason.as_str()),
            (Code::Unavailable, "STORE_UNAVAILABLE")
        );
        assert!(details.retry_info().is_some());
    }
    tokio::time::sleep(silence.saturating_sub(began.elapsed())).await;
    assert!(!setup.is_ready().await, "the failure lasts");
    let live = process.ops("/livez").await;
    assert_eq!(live.status, 200, "a restart would not help");

    proxy.lets(Passes::Everything);
    let (ready, moved) = tokio::join!(
        time_until(async || setup.is_ready().await),
        time_until(async || {
            let found = process.status(&at_its_code).await;
            found.is_ok_and(|found| found.state() == State::WaitingForCode)
        }),
    );
    assert!(ready < SOON && moved < SOON, "{ready:?} {moved:?}");
    for (id, number) in [(waiting, NUMBER), (at_its_code, AT_ITS_CODE)] {
        process.submit(&id, environment.code(number)).await.unwrap();
        process.reaches(&id, State::Succeeded).await;
    }
    let logged = process.log_lines("database unavailable");
    assert!(
        !logged.is_empty() && process.log_lines(r#""level":"ERROR""#) == logged,
        "{logged:#?}"
    );
    eventually(async || process.log_lines("database recovered").len() == 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_stops_responding_is_noticed_and_survived() {
    Box::pin(is_survived(Duration::from_secs(15))).await;
}

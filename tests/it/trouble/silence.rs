//! A server that falls silent for a while: it is noticed, calls fail in time, and work goes on by itself when it is back.

use std::net::SocketAddr;
use std::time::Duration;

use sandbox::{Call, Fault, Kind};
use tokio::time::Instant;
use tonic::Code;
use waba_migrator::crypto::Keyring;
use waba_migrator::proto::v1::State;

use super::process::{Process, Surroundings};
use crate::e2e::stack::{digits, refusal};
use crate::store::cluster;
use crate::support::http::{Answer, get, unused_address};
use crate::support::proxy::{Passes, Proxy};
use crate::support::wait::eventually;

const NUMBER: &str = "+13035550001";
/// Its code is being requested when the silence begins.
const AT_ITS_CODE: &str = "+13035550002";
const REFUSED: &str = "+13035550003";

/// Within this time a silence is noticed, a call fails, and work goes on when it is over.
const SOON: Duration = Duration::from_secs(15);

/// A service with the intervals that it has by default, and the network before its database.
struct Scene {
    around: Surroundings,
    process: Process,
    proxy: Proxy,
    ops: SocketAddr,
}

impl Scene {
    async fn set() -> Self {
        let around = Surroundings::new().await;
        let database = cluster::empty().await;
        let proxy = Proxy::before(&database).await;
        let key_file = around.folder.path().join("key");
        Keyring::create(&key_file).unwrap();
        let ops = unused_address();
        let settings = [
            format!("encryption.key_file={}", key_file.display()),
            format!("ops.listen={ops}"),
            "engine.poll=30s".to_owned(),
        ];
        let process = around.serve(&proxy.url(&database), &settings).await;
        Self {
            around,
            process,
            proxy,
            ops,
        }
    }

    async fn asked(&self, path: &'static str) -> Answer {
        let ops = self.ops;
        let asked = tokio::task::spawn_blocking(move || get(ops, path)).await;
        asked.unwrap().unwrap()
    }

    async fn is_ready(&self) -> bool {
        self.asked("/readyz").await.status == 200
    }
}

/// How long it takes until this is so.
async fn time_until(so: impl AsyncFnMut() -> bool) -> Duration {
    let started = Instant::now();
    eventually(so).await;
    started.elapsed()
}

/// Has the database say nothing for this long, while a migration is under way.
pub async fn is_ridden_out(silence: Duration) {
    let scene = Scene::set().await;
    let Scene {
        around,
        process,
        proxy,
        ..
    } = &scene;
    let waiting = process.migrate(NUMBER).await.unwrap().id;
    let late = Fault::new(Kind::Delay { delay_ms: 1500 });
    let on_its_code = late
        .on_number(digits(AT_ITS_CODE))
        .on_call(Call::RequestCode);
    around.sandbox.inject(on_its_code);
    let at_its_code = process.accept(AT_ITS_CODE).await.id;
    around.effective(AT_ITS_CODE, Call::RequestCode).await;

    proxy.lets(Passes::Nothing);
    let began = Instant::now();
    let noticed = time_until(async || !scene.is_ready().await).await;
    assert!(noticed < SOON, "{noticed:?}");
    let why = scene.asked("/readyz").await.body;
    assert!(
        why.contains("store: the database's server does not answer"),
        "{why}"
    );
    let asked = Instant::now();
    let (status, migrate, submit) = tokio::join!(
        process.status(&waiting),
        process.migrate(REFUSED),
        process.submit(&waiting, around.code(NUMBER)),
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
    assert!(!scene.is_ready().await, "it goes on as long as the silence");
    let live = scene.asked("/livez").await;
    assert_eq!(live.status, 200, "a new process would find the same");

    proxy.lets(Passes::Everything);
    let (ready, moved) = tokio::join!(
        time_until(async || scene.is_ready().await),
        time_until(async || {
            let found = process.status(&at_its_code).await;
            found.is_ok_and(|found| found.state() == State::WaitingForCode)
        }),
    );
    assert!(ready < SOON && moved < SOON, "{ready:?} {moved:?}");
    for (id, number) in [(waiting, NUMBER), (at_its_code, AT_ITS_CODE)] {
        process.submit(&id, around.code(number)).await.unwrap();
        process.reaches(&id, State::Succeeded).await;
    }
    let told = process.said("the store does not work");
    assert!(
        !told.is_empty() && process.said("ERROR") == told,
        "{told:#?}"
    );
    eventually(async || process.said("the store works again").len() == 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_says_nothing_for_a_while_is_noticed_and_ridden_out() {
    Box::pin(is_ridden_out(Duration::from_secs(15))).await;
}

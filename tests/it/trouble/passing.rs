//! Temporary failures of the store: the service logs them, keeps what it accepted, and recovers.

use rusqlite::Connection;
use sandbox::{Call, Fault, Kind};
use tonic::Code;
use waba_migrator::proto::v1::State;

use super::disk::Disk;
use super::service::{Environment, ServiceProcess, url};
use crate::support::service::{digits, refusal};
use crate::support::wait::eventually;

/// The changing calls of every migration: none that Meta penalises was repeated.
const ONCE_EACH: [Call; 4] = [
    Call::AddNumber,
    Call::RequestCode,
    Call::VerifyCode,
    Call::Register,
];

/// Waits for its code when the failure begins.
const WAITING: &str = "+13035550001";
/// Its code is being requested when the failure begins.
const AT_ITS_CODE: &str = "+13035550002";
/// Is being registered when the failure begins.
const AT_ITS_END: &str = "+13035550003";
/// Is requested during the failure.
const REFUSED: &str = "+13035550004";

/// Lets the store fail for a while during migrations. They must only be delayed.
pub async fn survives<T>(
    environment: &Environment,
    process: &ServiceProcess,
    sentence: &str,
    fail: impl AsyncFnOnce() -> T,
    recover: impl AsyncFnOnce(T),
) {
    let waiting = process.migrate(WAITING).await.unwrap().id;
    let at_its_end = process.migrate(AT_ITS_END).await.unwrap().id;
    assert!(process.is_ready().await);
    // Meta acts at once and responds late, when the response cannot be saved.
    for (number, call) in [
        (AT_ITS_CODE, Call::RequestCode),
        (AT_ITS_END, Call::Register),
    ] {
        let late = Fault::new(Kind::Delay { delay_ms: 1500 });
        environment
            .sandbox
            .inject(late.on_number(digits(number)).on_call(call));
    }
    let at_its_code = process.accept(AT_ITS_CODE).await.id;
    process
        .submit(&at_its_end, environment.code(AT_ITS_END))
        .await
        .unwrap();
    environment.effective(AT_ITS_CODE, Call::RequestCode).await;
    environment.effective(AT_ITS_END, Call::Register).await;

    let mut watches = tokio::task::JoinSet::new();
    watches.spawn(process.watch(&waiting).await);

    let failure = fail().await;
    for refused in [
        process.migrate(REFUSED).await.map(drop),
        process.submit(&waiting, environment.code(WAITING)).await,
    ] {
        let (code, reason, details) = refusal(refused);
        assert_eq!(
            (code, reason.as_str()),
            (Code::Unavailable, "STORE_UNAVAILABLE")
        );
        assert!(details.retry_info().is_some());
    }
    process.becomes(false).await;
    // Both responses arrive, and cannot be saved.
    eventually(async || {
        let calls = async |endpoint: &str| {
            let sample = format!("graph_calls_total{{code=\"ok\",endpoint=\"{endpoint}\"}}");
            process.metric(&sample).await
        };
        calls("request_code").await >= 3.0
            && calls("register").await >= 1.0
            && process
                .metric("store_errors_total{operation=\"save\"}")
                .await
                >= 2.0
    })
    .await;
    assert!(!process.is_ready().await, "the failure lasts");
    recover(failure).await;
    process.becomes(true).await;

    assert_eq!(process.kept().await, 3, "the refused one was not kept");
    process.reaches(&at_its_end, State::Succeeded).await;
    process.reaches(&at_its_code, State::WaitingForCode).await;
    let refused = process.migrate(REFUSED).await.unwrap().id;
    for (id, number) in [
        (waiting, WAITING),
        (at_its_code, AT_ITS_CODE),
        (refused, REFUSED),
    ] {
        process.submit(&id, environment.code(number)).await.unwrap();
        process.reaches(&id, State::Succeeded).await;
    }
    for number in [WAITING, AT_ITS_CODE, AT_ITS_END, REFUSED] {
        assert_eq!(environment.calls(number), ONCE_EACH, "{number}");
    }
    // A watch that began before continues to its end.
    let last = watches.join_next().await.unwrap().unwrap();
    assert_eq!(last, State::Succeeded);
    let logged = process.log_lines("database unavailable");
    let with_cause = logged.iter().filter(|line| line.contains(sentence));
    assert_eq!(with_cause.count(), 1, "{logged:#?}");
    eventually(async || process.log_lines("database recovered").len() == 1).await;
    assert_eq!(process.log_lines(r#""level":"ERROR""#), logged);
}

async fn survives_on(disk: Disk) {
    let environment = Environment::new().await;
    let process = environment.serve(&disk.url(), &[]).await;
    let fail = async || disk.refuse(&process);
    let recover = async |()| disk.accept(&process);
    survives(&environment, &process, disk.sentence(), fail, recover).await;
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_survived() {
    survives_on(Disk::small()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_becomes_read_only_is_survived() {
    survives_on(Disk::read_only()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_locked_by_another_process_is_survived() {
    let environment = Environment::new().await;
    let folder = tempfile::tempdir().unwrap();
    let process = environment.serve(&url(folder.path()), &[]).await;
    let fail = async || {
        let connection = Connection::open(folder.path().join("m.db")).unwrap();
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        connection
    };
    let recover = async |connection: Connection| connection.execute_batch("ROLLBACK").unwrap();
    let sentence = "another process keeps the store's file locked: ";
    survives(&environment, &process, sentence, fail, recover).await;
    process.stop().await;
}

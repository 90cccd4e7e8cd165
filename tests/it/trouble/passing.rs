//! Trouble that passes: the service says so, keeps what it accepted, and goes on by itself.

use rusqlite::Connection;
use sandbox::{Call, Fault, Kind};
use tonic::Code;
use waba_migrator::proto::v1::State;

use super::disk::Disk;
use super::process::{Process, Surroundings, url};
use crate::e2e::stack::{digits, refusal};
use crate::support::wait::eventually;

/// What each of them ends with: nothing that Meta punishes was done twice.
const ONCE_EACH: [Call; 4] = [
    Call::AddNumber,
    Call::RequestCode,
    Call::VerifyCode,
    Call::Register,
];

/// Waits for its code when the trouble comes.
const WAITING: &str = "+13035550001";
/// Its code is being requested when the trouble comes.
const AT_ITS_CODE: &str = "+13035550002";
/// It is being registered when the trouble comes.
const AT_ITS_END: &str = "+13035550003";
/// Asks in the middle of the trouble.
const REFUSED: &str = "+13035550004";

/// Has trouble come and go while migrations are under way, and sees that nothing comes of it but a delay.
pub async fn rides_out<T>(
    around: &Surroundings,
    process: &Process,
    sentence: &str,
    comes: impl AsyncFnOnce() -> T,
    goes: impl AsyncFnOnce(T),
) {
    let waiting = process.migrate(WAITING).await.unwrap().id;
    let at_its_end = process.migrate(AT_ITS_END).await.unwrap().id;
    assert!(process.is_ready().await);
    // Done at once and answered later, so that the answer comes when it cannot be kept.
    for (number, call) in [
        (AT_ITS_CODE, Call::RequestCode),
        (AT_ITS_END, Call::Register),
    ] {
        let late = Fault::new(Kind::Delay { delay_ms: 1500 });
        around
            .sandbox
            .inject(late.on_number(digits(number)).on_call(call));
    }
    let at_its_code = process.accept(AT_ITS_CODE).await.id;
    process
        .submit(&at_its_end, around.code(AT_ITS_END))
        .await
        .unwrap();
    around.effective(AT_ITS_CODE, Call::RequestCode).await;
    around.effective(AT_ITS_END, Call::Register).await;

    let mut watches = tokio::task::JoinSet::new();
    watches.spawn(process.watch(&waiting).await);

    let trouble = comes().await;
    for refused in [
        process.migrate(REFUSED).await.map(drop),
        process.submit(&waiting, around.code(WAITING)).await,
    ] {
        let (code, reason, details) = refusal(refused);
        assert_eq!(
            (code, reason.as_str()),
            (Code::Unavailable, "STORE_UNAVAILABLE")
        );
        assert!(details.retry_info().is_some());
    }
    process.becomes(false).await;
    // Both answers have come, and were lost.
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    assert!(
        !process.is_ready().await,
        "it goes on as long as the trouble does"
    );
    goes(trouble).await;
    process.becomes(true).await;

    assert_eq!(process.kept().await, 3, "what was refused left no trace");
    process.reaches(&at_its_end, State::Succeeded).await;
    process.reaches(&at_its_code, State::WaitingForCode).await;
    let refused = process.migrate(REFUSED).await.unwrap().id;
    for (id, number) in [
        (waiting, WAITING),
        (at_its_code, AT_ITS_CODE),
        (refused, REFUSED),
    ] {
        process.submit(&id, around.code(number)).await.unwrap();
        process.reaches(&id, State::Succeeded).await;
    }
    for number in [WAITING, AT_ITS_CODE, AT_ITS_END, REFUSED] {
        assert_eq!(around.calls(number), ONCE_EACH, "{number}");
    }
    // A stream that had begun before goes on to its end.
    let last = watches.join_next().await.unwrap().unwrap();
    assert_eq!(last, State::Succeeded);
    let said = process.said("the store does not work");
    let told = said.iter().filter(|line| line.contains(sentence)).count();
    assert_eq!(told, 1, "{said:#?}");
    eventually(async || process.said("the store works again").len() == 1).await;
    assert_eq!(process.said("ERROR"), said);
}

async fn rides_out_on(disk: Disk) {
    let around = Surroundings::new().await;
    let process = around.serve(&disk.url(), &[]).await;
    let come = async || disk.refuse(&process);
    let go = async |()| disk.accept(&process);
    rides_out(&around, &process, disk.sentence(), come, go).await;
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_ridden_out() {
    rides_out_on(Disk::small()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_can_no_longer_be_written_is_ridden_out() {
    rides_out_on(Disk::that_locks()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_another_process_keeps_locked_is_ridden_out() {
    let around = Surroundings::new().await;
    let folder = tempfile::tempdir().unwrap();
    let process = around.serve(&url(folder.path()), &[]).await;
    let come = async || {
        let connection = Connection::open(folder.path().join("m.db")).unwrap();
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        connection
    };
    let go = async |connection: Connection| connection.execute_batch("ROLLBACK").unwrap();
    let sentence = "another process keeps the store's file locked: ";
    rides_out(&around, &process, sentence, come, go).await;
    process.stop().await;
}

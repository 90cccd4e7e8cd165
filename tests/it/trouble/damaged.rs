//! A database file that becomes damaged while the service runs.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use rusqlite::Connection;
use tonic::Code;
use waba_migrator::proto::v1::State;

use super::service::{Environment, url};
use crate::support::service::refusal;

/// Copies the database while it is in use, as a back-up does.
fn back_up(database: &Path, copy: &Path) {
    let connection = Connection::open(database).unwrap();
    let copy = copy.to_str().unwrap();
    connection.execute("VACUUM INTO ?", [copy]).unwrap();
}

/// Overwrites all pages but the first.
fn scribble(file: &Path) {
    let length = file.metadata().unwrap().len();
    let file = OpenOptions::new().write(true).open(file).unwrap();
    for at in (4096..length).step_by(4096) {
        file.write_all_at(&[0xA5; 4000], at + 90).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_accepted_into_a_damaged_file() {
    let environment = Environment::new().await;
    let folder = tempfile::tempdir().unwrap();
    let (file, copy) = (folder.path().join("m.db"), folder.path().join("copy.db"));
    let process = environment.serve(&url(folder.path()), &[]).await;
    let number = "+13035550001";
    let waiting = process.migrate(number).await.unwrap().id;
    back_up(&file, &copy);

    process.stop().await;

    // A new process, which has not cached pages yet.
    let process = environment.serve(&url(folder.path()), &[]).await;
    scribble(&file);
    // Detects the damage, whatever its own result is.
    let _ = process.migrate("+13035550002").await;
    process.becomes(false).await;
    let (code, reason, details) = refusal(process.migrate("+13035550003").await);
    assert_eq!(
        (code, reason.as_str()),
        (Code::Unavailable, "STORE_UNAVAILABLE")
    );
    assert!(details.retry_info().is_some());
    // Unlike other failures it does not end when the store can be read.
    for _ in 0..20 {
        let _ = process.status(&waiting).await;
        assert!(!process.is_ready().await, "the damage lasts");
    }
    let logged = process.log_lines("database unavailable");
    assert!(
        matches!(logged.as_slice(), [once] if once.contains("is damaged") && once.contains("backup")),
        "{logged:#?}"
    );

    process.stop().await;
    for left in ["m.db", "m.db-wal", "m.db-shm"] {
        let _ = std::fs::remove_file(folder.path().join(left));
    }
    std::fs::rename(&copy, &file).unwrap();
    let process = environment.serve(&url(folder.path()), &[]).await;
    assert!(process.is_ready().await);
    process
        .submit(&waiting, environment.code(number))
        .await
        .unwrap();
    process.reaches(&waiting, State::Succeeded).await;
}

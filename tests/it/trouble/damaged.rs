//! A file that is damaged under a running service.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use rusqlite::Connection;
use tonic::Code;
use waba_migrator::proto::v1::State;

use super::process::{Surroundings, url};
use crate::e2e::stack::refusal;

/// Copies the database as a back-up does, while it is in use.
fn back_up(database: &Path, copy: &Path) {
    let connection = Connection::open(database).unwrap();
    let copy = copy.to_str().unwrap();
    connection.execute("VACUUM INTO ?", [copy]).unwrap();
}

/// Overwrites all but the beginning.
fn scribble(file: &Path) {
    let length = file.metadata().unwrap().len();
    let file = OpenOptions::new().write(true).open(file).unwrap();
    for at in (4096..length).step_by(4096) {
        file.write_all_at(&[0xA5; 4000], at + 90).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_more_is_accepted_into_a_damaged_file() {
    let around = Surroundings::new().await;
    let folder = tempfile::tempdir().unwrap();
    let (file, copy) = (folder.path().join("m.db"), folder.path().join("copy.db"));
    let process = around.serve(&url(folder.path()), &[]).await;
    let number = "+13035550001";
    let waiting = process.migrate(number).await.unwrap().id;
    back_up(&file, &copy);

    process.stop().await;

    // Of what a process has read before, it remembers much: this one has read nothing yet.
    let process = around.serve(&url(folder.path()), &[]).await;
    scribble(&file);
    // Whatever becomes of this, the damage is seen then.
    let _ = process.migrate("+13035550002").await;
    process.becomes(false).await;
    let (code, reason, details) = refusal(process.migrate("+13035550003").await);
    assert_eq!(
        (code, reason.as_str()),
        (Code::Unavailable, "STORE_UNAVAILABLE")
    );
    assert!(details.retry_info().is_some());
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    assert!(!process.is_ready().await, "it does not pass");
    let said = process.said("the store does not work");
    assert!(
        matches!(said.as_slice(), [once] if once.contains("is damaged") && once.contains("back-up")),
        "{said:#?}"
    );

    process.stop().await;
    for left in ["m.db", "m.db-wal", "m.db-shm"] {
        let _ = std::fs::remove_file(folder.path().join(left));
    }
    std::fs::rename(&copy, &file).unwrap();
    let process = around.serve(&url(folder.path()), &[]).await;
    assert!(process.is_ready().await);
    process.submit(&waiting, around.code(number)).await.unwrap();
    process.reaches(&waiting, State::Succeeded).await;
}

//! Trouble that is there when the service starts: it does not start, and says in a sentence which file it is and what to do.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use rusqlite::Connection;
use tempfile::TempDir;

use super::disk::Disk;
use super::process::{Surroundings, url};
use crate::support::program::Program;

/// A folder with a database that a service has used and left in order.
async fn used() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let around = Surroundings::new().await;
    around.serve(&url(folder.path()), &[]).await.stop().await;
    folder
}

/// The log of a service that cannot start on this store, when `starter` starts it.
async fn refused(store: String, starter: Vec<&'static str>) -> String {
    let program = Program::serve()
        .started_by(&starter)
        .set("ops.listen", "")
        .store(&store);
    let finished = program.run_async().await;
    assert_eq!(finished.code(), Some(1), "{}", finished.stderr);
    finished.stderr
}

/// Starts a program without the right to read and write whatever it likes, which only root has.
fn powerless() -> Vec<&'static str> {
    let without = vec!["setpriv", "--bounding-set=-dac_override,-dac_read_search"];
    let tried = Command::new(without[0])
        .arg(without[1])
        .arg("true")
        .output();
    let is_root = tried.is_ok_and(|output| output.status.success());
    if is_root { without } else { Vec::new() }
}

/// It must name the file and hold the sentence.
fn tells(said: &str, folder: &Path, sentence: &str) {
    let file = folder.join("m.db");
    assert!(said.contains(file.to_str().unwrap()), "{said}");
    assert!(said.contains(sentence), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("nowhere");
    tells(
        &refused(url(&nowhere), vec![]).await,
        &nowhere,
        "see that its directory exists",
    );
}

#[tokio::test]
async fn a_file_that_can_only_be_read_is_told() {
    let folder = used().await;
    let file = folder.path().join("m.db");
    let mode = |path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    mode(&*file, 0o400);
    mode(folder.path(), 0o500);
    let said = refused(url(folder.path()), powerless()).await;
    mode(folder.path(), 0o700);
    tells(
        &said,
        folder.path(),
        "can only be read: see that the service's user may write it",
    );
}

#[tokio::test]
async fn a_file_that_is_damaged_is_told() {
    let folder = used().await;
    let file = folder.path().join("m.db");
    let mut bytes = fs::read(&file).unwrap();
    bytes.truncate(10_000);
    fs::write(&file, bytes).unwrap();
    tells(
        &refused(url(folder.path()), vec![]).await,
        folder.path(),
        "put a back-up in its place",
    );
}

#[tokio::test]
async fn a_file_that_is_locked_is_told() {
    let folder = used().await;
    let other = Connection::open(folder.path().join("m.db")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let said = refused(url(folder.path()), vec![]).await;
    tells(
        &said,
        folder.path(),
        "another process keeps the store's file locked",
    );
}

#[tokio::test]
async fn a_disk_that_is_full_is_told() {
    let disk = Disk::small();
    let around = Surroundings::new().await;
    let process = around.serve(&disk.url(), &[]).await;
    disk.refuse(&process);
    process.stop().await;
    let said = refused(disk.url(), disk.starter()).await;
    tells(&said, disk.folder(), "is full: make room there");
}

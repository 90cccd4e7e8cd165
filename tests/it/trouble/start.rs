//! Failures at the start: the service does not start, and its error names the file and the remedy.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use rusqlite::Connection;
use tempfile::TempDir;

use super::disk::Disk;
use super::service::{Environment, url};
use crate::support::program::Program;

/// A folder with a database that a service has used and closed.
async fn used() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let environment = Environment::new().await;
    environment
        .serve(&url(folder.path()), &[])
        .await
        .stop()
        .await;
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

/// A command that starts a program without the privilege of root to read and write any file.
fn unprivileged() -> Vec<&'static str> {
    let without = vec!["setpriv", "--bounding-set=-dac_override,-dac_read_search"];
    let tried = Command::new(without[0])
        .arg(without[1])
        .arg("true")
        .output();
    let is_root = tried.is_ok_and(|output| output.status.success());
    if is_root { without } else { Vec::new() }
}

/// The error is one line, with the file and this sentence.
fn names_file(error: &str, folder: &Path, sentence: &str) {
    let file = folder.join("m.db");
    assert!(error.contains(file.to_str().unwrap()), "{error}");
    assert!(error.contains(sentence), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
}

#[tokio::test]
async fn a_missing_folder_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("nowhere");
    names_file(
        &refused(url(&nowhere), vec![]).await,
        &nowhere,
        "check that its directory exists",
    );
}

#[tokio::test]
async fn a_read_only_file_is_reported() {
    let folder = used().await;
    let file = folder.path().join("m.db");
    let mode = |path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    mode(&*file, 0o400);
    mode(folder.path(), 0o500);
    let error = refused(url(folder.path()), unprivileged()).await;
    mode(folder.path(), 0o700);
    names_file(
        &error,
        folder.path(),
        "is read-only: check that the service's user may write it",
    );
}

#[tokio::test]
async fn a_damaged_file_is_reported() {
    let folder = used().await;
    let file = folder.path().join("m.db");
    let mut bytes = fs::read(&file).unwrap();
    bytes.truncate(10_000);
    fs::write(&file, bytes).unwrap();
    names_file(
        &refused(url(folder.path()), vec![]).await,
        folder.path(),
        "replace it with a backup",
    );
}

#[tokio::test]
async fn a_locked_file_is_reported() {
    let folder = used().await;
    let other = Connection::open(folder.path().join("m.db")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let error = refused(url(folder.path()), vec![]).await;
    names_file(
        &error,
        folder.path(),
        "another process keeps the store's file locked",
    );
}

#[tokio::test]
async fn a_full_disk_is_reported() {
    let disk = Disk::small();
    let environment = Environment::new().await;
    let process = environment.serve(&disk.url(), &[]).await;
    disk.refuse(&process);
    process.stop().await;
    let error = refused(disk.url(), disk.starter()).await;
    names_file(&error, disk.folder(), "is full: free space there");
}

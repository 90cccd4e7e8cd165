//! The program as a client that shows a key.

use std::path::Path;
use std::process::{Command, Output};

use domain::tenancy::Role;

use super::town::{Kept, Town};
use crate::support::tenants;

/// Lists, on a thread that may wait: the service is on another.
async fn list(server: &str, file: Option<&Path>, variable: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waba-migrator"));
    command
        .args(["list", "--output", "json", "--server", server])
        .env_remove("WABA_MIGRATOR_API_KEY");
    if let Some(file) = file {
        command.arg("--api-key-file").arg(file);
    }
    if let Some(variable) = variable {
        command.env("WABA_MIGRATOR_API_KEY", variable);
    }
    let listed = tokio::task::spawn_blocking(move || command.output());
    listed.await.unwrap().unwrap()
}

#[tokio::test]
async fn a_key_comes_from_a_file_or_the_environment() {
    let town = Town::open(Kept::OnAFile).await;
    town.key("acme", Role::Reader, 1).await;
    let (url, text) = (&town.stack.service.url, tenants::text(1));
    let file = town.stack.folder.path().join("key");
    std::fs::write(&file, text.expose()).unwrap();
    for (file, variable) in [(Some(file.as_path()), None), (None, Some(text.expose()))] {
        let answer = list(url, file, variable).await;
        assert!(answer.status.success(), "{answer:?}");
    }
    let nothing = list(url, None, None).await;
    let told = String::from_utf8_lossy(&nothing.stderr).into_owned();
    assert_eq!(nothing.status.code(), Some(3), "{told}");
    assert!(told.contains("CREDENTIALS_MISSING"), "{told}");
    let elsewhere = list("http://migrator.example.com", Some(&file), None).await;
    let told = String::from_utf8_lossy(&elsewhere.stderr).into_owned();
    assert_eq!(elsewhere.status.code(), Some(2), "{told}");
    assert!(told.contains("everybody on the way"), "{told}");
}

//! The program as a client that shows a key.

use std::path::Path;

use domain::tenancy::Role;

use super::town::{Kept, Town};
use crate::support::program::{Finished, Program};
use crate::support::tenants;

/// Lists migrations.
async fn list(server: &str, file: Option<&Path>, variable: Option<&str>) -> Finished {
    let mut list = Program::new("list").args(["--output", "json", "--server", server]);
    if let Some(file) = file {
        list = list.args(["--api-key-file".as_ref(), file]);
    }
    if let Some(variable) = variable {
        list = list.env("WABA_MIGRATOR_API_KEY", variable);
    }
    list.run_async().await
}

#[tokio::test]
async fn a_key_comes_from_a_file_or_the_environment() {
    let town = Town::open(Kept::OnAFile).await;
    town.key("acme", Role::Reader, 1).await;
    let (url, text) = (&town.stack.url(), tenants::text(1));
    let file = town.stack.folder.path().join("key");
    std::fs::write(&file, text.expose()).unwrap();
    for (file, variable) in [(Some(file.as_path()), None), (None, Some(text.expose()))] {
        let answer = list(url, file, variable).await;
        assert!(answer.status.success(), "{answer:?}");
    }
    let nothing = list(url, None, None).await;
    let told = &nothing.stderr;
    assert_eq!(nothing.code(), Some(3), "{told}");
    assert!(told.contains("CREDENTIALS_MISSING"), "{told}");
    let elsewhere = list("http://migrator.example.com", Some(&file), None).await;
    let stderr = &elsewhere.stderr;
    assert_eq!(elsewhere.code(), Some(2), "{stderr}");
    assert!(stderr.contains("does not encrypt"), "{stderr}");
}

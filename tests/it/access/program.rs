//! The command-line client with an API key.

use std::path::Path;

use domain::tenancy::Role;

use super::harness::{AccessHarness, StoreKind};
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
    let harness = AccessHarness::open(StoreKind::Sqlite).await;
    harness.key("acme", Role::Reader, 1).await;
    let (url, text) = (&harness.service.url(), tenants::text(1));
    let file = harness.service.folder.path().join("key");
    std::fs::write(&file, text.expose()).unwrap();
    for (file, variable) in [(Some(file.as_path()), None), (None, Some(text.expose()))] {
        let answer = list(url, file, variable).await;
        assert!(answer.status.success(), "{answer:?}");
    }
    let nothing = list(url, None, None).await;
    let stderr = &nothing.stderr;
    assert_eq!(nothing.code(), Some(3), "{stderr}");
    assert!(stderr.contains("CREDENTIALS_MISSING"), "{stderr}");
    let text = Program::new("list").args(["--output", "table", "--server", url]);
    let text = text.run_async().await.stderr;
    assert!(text.contains("--api-key-file"), "{text}");
    let elsewhere = list("http://migrator.example.com", Some(&file), None).await;
    let stderr = &elsewhere.stderr;
    assert_eq!(elsewhere.code(), Some(2), "{stderr}");
    assert!(stderr.contains("does not encrypt"), "{stderr}");
}

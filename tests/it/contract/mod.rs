//! The contract with Meta: the adapter's requests and the sandbox's responses are validated against
//! our own description of Graph's edges in `tests/contract`.
//!
//! The description is authoritative: it is written from Meta's guides and from observation, each
//! part with its source. Meta's own OpenAPI file is not part of the project, and its descriptions
//! of responses and errors are poor. If `META_OPENAPI_SPEC` names it, our description is compared
//! with it, and each difference must be listed with its reason.

mod check;
mod compare;
mod document;
mod drive;
mod errors;
mod forbidden;
mod listed;
mod proof;
mod record;
mod sources;

use std::fs;
use std::path::Path;
use std::time::Duration;

use sandbox::{Options, Sandbox};
use tokio::net::TcpListener;

use check::Check;
use document::Document;
use record::{Exchange, Recorder};

async fn run() -> Vec<Exchange> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("http://{}", listener.local_addr().unwrap());
    let sandbox = Sandbox::new(Options {
        register_delay: Duration::from_millis(10),
        seed: Some(1),
        ..Options::default()
    });
    let recorder = Recorder::default();
    tokio::select! {
        served = recorder.serve(&sandbox, listener) => panic!("{served:?}"),
        () = drive::everything(&sandbox, &uri) => {}
    }
    recorder.exchanges()
}

fn assert_none(problems: &[String], of: &str) {
    let count = problems.len();
    assert!(
        problems.is_empty(),
        "{of}: {count} problems:\n{}",
        problems.join("\n")
    );
}

#[tokio::test]
async fn adapter_and_sandbox_follow_the_description_of_graph() {
    let document = Document::ours();
    let exchanges = Box::pin(run()).await;
    let mut check = Check::new(&document, drive::accounts());
    for exchange in &exchanges {
        check.validate(exchange);
    }
    let mut problems = check.problems();
    for row in forbidden::of(&document) {
        let holds = |exchange: &&Exchange| row.is_in(&exchange.asked);
        if let Some(exchange) = exchanges.iter().find(holds) {
            problems.push(format!("forbidden: {} {:?}", row.what, exchange.asked));
        }
    }
    assert_none(&problems, &format!("{} exchanges", exchanges.len()));
}

#[test]
fn the_description_declares_nothing_that_graph_forbids() {
    let document = Document::ours();
    for row in forbidden::of(&document) {
        assert!(row.is_in(&row.shown.asked(&row)), "not found: {}", row.what);
        assert_eq!(row.declared_by(&document), [""; 0], "{}", row.what);
    }
}

#[test]
fn the_description_is_of_the_default_version_and_names_its_sources() {
    let document = Document::ours();
    assert_eq!(document.root()["info"]["version"], drive::version());
    assert_none(&sources::problems(&document), "sources");
}

/// Compares the description with Meta's file if there is one. The result is written to a file,
/// because cargo hides the output of a passing test; `tests/run` prints it and `.ci/run` requires
/// the comparison.
#[test]
#[expect(
    clippy::print_stdout,
    reason = "whether the comparison ran must be visible"
)]
fn the_description_differs_from_metas_file_as_listed() {
    let comparison = match metas_file() {
        None => {
            "the description of Graph was NOT compared with Meta's: META_OPENAPI_SPEC is not set\n"
                .to_owned()
        }
        Some(text) => {
            let (ours, theirs) = (Document::ours(), Document::read(&text));
            let found = compare::differences(&ours, &theirs);
            let list = listed::List::read();
            assert_none(
                &list.problems(&found, &theirs),
                "comparison with Meta's file",
            );
            let (operations, rows) = (ours.operations().count(), list.len());
            format!(
                "the description of Graph was compared with Meta's: {operations} operations, {rows} rows of differences\n"
            )
        }
    };
    print!("{comparison}");
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("contract-comparison.txt");
    fs::write(file, comparison).unwrap();
}

/// The text of Meta's file, if one is named.
#[expect(
    clippy::disallowed_methods,
    reason = "a test has no configuration, and the file is on the machine that runs it"
)]
fn metas_file() -> Option<String> {
    let path = std::env::var("META_OPENAPI_SPEC").ok()?;
    if path.is_empty() {
        return None;
    }
    Some(fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!("META_OPENAPI_SPEC names {path}, which cannot be read as a file: {error}")
    }))
}

//! The documents agree with the code: link targets exist, and tables are complete.

use std::fs;
use std::path::Path;

use domain::{Reason, Remedy};
use waba_migrator::api;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The anchor that Markdown renderers give to a heading.
fn anchor(heading: &str) -> String {
    heading
        .trim_start_matches('#')
        .trim()
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

#[test]
fn each_remedy_has_a_section_in_the_guide() {
    let guide = read("docs/preparing-a-number.md");
    let anchors: Vec<String> = guide
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(anchor)
        .collect();
    for remedy in Remedy::ALL {
        let wanted = remedy.anchor();
        let sections = anchors.iter().filter(|anchor| *anchor == wanted).count();
        assert_eq!(sections, 1, "{wanted}");
    }
}

#[test]
fn each_fault_is_in_the_table_of_faults() {
    let table = read("docs/faults.md");
    for reason in Reason::ALL {
        let row = table
            .lines()
            .find(|line| line.starts_with(&format!("| `{}` |", reason.as_str())));
        let row = row.unwrap_or_else(|| panic!("{} is not in docs/faults.md", reason.as_str()));
        assert!(row.contains(reason.sentence()), "{row}");
        let disposition = serde_json::to_value(reason.disposition()).unwrap();
        assert!(
            row.contains(&format!("| `{}` |", disposition.as_str().unwrap())),
            "{row}"
        );
        for remedy in reason.remedies() {
            assert!(
                row.contains(remedy.as_str()),
                "{row} lacks {}",
                remedy.as_str()
            );
        }
    }
}

/// The page of error reasons, generated from the code.
fn errors_page() -> String {
    let rows = api::Reason::ALL.iter().map(|reason| {
        format!(
            "| `{}` | `{}` | {} | {} | {} |\n",
            reason.as_str(),
            api::code_name(reason.code()),
            reason.http().as_u16(),
            reason.meaning(),
            reason.action(),
        )
    });
    let rows: String = rows.collect();
    format!(
        "{ERRORS_INTRODUCTION}\n\
         | reason | gRPC | HTTP | meaning | what to do |\n|---|---|---|---|---|\n{rows}"
    )
}

const ERRORS_INTRODUCTION: &str = "\
# Errors

<!-- Generated from src/api/reason.rs: WRITE_DOCS=1 cargo test --test it docs::errors -->

Every error is a `google.rpc.Status` whose details contain an `ErrorInfo`: a stable `reason`, the
domain `waba-migrator`, and metadata. Depending on the reason, the details also contain a
`BadRequest` (one violation for each invalid field), a `PreconditionFailure` (the state that forbids
the call), a `QuotaFailure` (the limit), a `RetryInfo` (the delay before a retry) and a `ResourceInfo`
(the resource concerned). A `RequestInfo` has the trace id of the call: name it when you report a
problem. Each response also has it in the header `x-trace-id`.

Over REST the body has the same content in JSON, with fields named as the request wrote them, and the
header `Retry-After` has the delay of the `RetryInfo`. A `FAILED_PRECONDITION` is 409, like every
conflict with the state of a resource; 410 means that a repeat will never succeed.
[The API](api.md) shows an example.

Decide by `reason`, never by the message: messages may change.

Problems at Meta are not RPC errors. They are the `fault` of a migration: see [faults](faults.md).
";

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a switch of the person who runs this test, not a setting of the service"
)]
fn errors_md_has_every_reason_of_the_code() {
    let page = errors_page();
    if std::env::var_os("WRITE_DOCS").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/errors.md");
        fs::write(path, &page).unwrap();
    }
    let is_current = read("docs/errors.md") == page;
    assert!(
        is_current,
        "run: WRITE_DOCS=1 cargo test --test it docs::errors"
    );
}

#[test]
fn each_rpc_is_in_the_api_page() {
    let (page, contract) = (
        read("docs/api.md"),
        read("proto/waba/migration/v1/migration_service.proto"),
    );
    for rpc in contract
        .lines()
        .filter_map(|line| line.trim().strip_prefix("rpc "))
    {
        let name = rpc.split('(').next().unwrap();
        assert!(
            page.contains(&format!("| `{name}` |")),
            "{name} is not in docs/api.md"
        );
    }
}

/// Paths of all documents.
fn documents() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let files = fs::read_dir(folder).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let pages = names.filter(|name| Path::new(name).extension().is_some_and(|it| it == "md"));
    let mut documents: Vec<String> = pages.map(|name| format!("docs/{name}")).collect();
    documents.push("README.md".to_owned());
    documents
}

/// The text of all source files in a folder.
fn sources(folder: &Path) -> String {
    let entries = fs::read_dir(folder).unwrap();
    let texts = entries.map(|entry| {
        let path = entry.unwrap().path();
        match path.extension() {
            _ if path.is_dir() => sources(&path),
            Some(extension) if extension == "rs" => fs::read_to_string(path).unwrap(),
            _ => String::new(),
        }
    });
    texts.collect()
}

#[test]
fn each_page_is_in_the_index() {
    let index = read("docs/README.md");
    for document in documents() {
        let name = document.trim_start_matches("docs/");
        let is_linked = name == "README.md" || index.contains(&format!("]({name})"));
        assert!(is_linked, "{document} is not in docs/README.md");
    }
}

#[test]
fn each_test_in_the_table_of_threats_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let code = ["src", "crates", "tests/it"]
        .map(|folder| sources(&root.join(folder)))
        .concat();
    let table = read("docs/security.md");
    let rows = table.lines().filter(|line| line.starts_with('|'));
    let named = rows.flat_map(|row| row.split('`').skip(1).step_by(2));
    let mut tests = named.filter(|name| name.contains("::")).peekable();
    assert!(tests.peek().is_some());
    for test in tests {
        let name = test.rsplit("::").next().unwrap();
        let exists = [format!("fn {name}("), format!("fn {name}<")]
            .iter()
            .any(|text| code.contains(text));
        assert!(exists, "{test} does not exist");
    }
}

#[test]
fn the_description_of_the_rest_api_is_current() {
    let printed = api::openapi().unwrap();
    let fresh = read("docs/openapi.json") == printed;
    assert!(fresh, "run: cargo run -- openapi > docs/openapi.json");
}

#[test]
fn links_between_the_documents_have_targets() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for document in &documents() {
        // Every second part is a fenced code block.
        let text: String = read(document).split("```").step_by(2).collect();
        let folder = root.join(document).parent().unwrap().to_owned();
        for (at, _) in text.match_indices("](") {
            let target = text[at + 2..].split(')').next().unwrap();
            if target.starts_with("http") || target.starts_with("mailto") {
                continue;
            }
            let (file, wanted) = target
                .split_once('#')
                .map_or((target, None), |(file, anchor)| (file, Some(anchor)));
            let path = if file.is_empty() {
                root.join(document)
            } else {
                folder.join(file)
            };
            let there = fs::read_to_string(&path)
                .unwrap_or_else(|_| panic!("{document} links to {target}"));
            if let Some(wanted) = wanted {
                let found = there
                    .lines()
                    .any(|line| line.starts_with('#') && anchor(line) == wanted);
                assert!(found, "{document} links to {target}");
            }
        }
    }
}

/// The constant starts of the messages of all warnings and errors in the source.
fn warnings_and_errors() -> Vec<String> {
    let text = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let starts = ["tracing::warn!(", "tracing::error!("];
    let calls = starts.iter().flat_map(|start| text.split(start).skip(1));
    let lines = calls.filter_map(|call| {
        let words = call.split_once(';')?.0.split('"').nth(1)?;
        words.split(['{', ':', ';', ',']).next()
    });
    let lines = lines.map(|line| line.trim().to_owned());
    lines.filter(|line| !line.is_empty()).collect()
}

#[test]
fn each_warning_and_error_is_in_the_page_for_operators() {
    let page = read("docs/operations.md");
    let mut lines = warnings_and_errors();
    assert!(lines.len() > 20, "{lines:?}");
    lines.retain(|line| !page.contains(line));
    assert_eq!(lines, [""; 0], "docs/operations.md does not explain these");
}

//! The contract with Meta: what the adapter asks and what the sandbox answers, held against Meta's OpenAPI file.
//!
//! The file is Meta's and not part of the project; `META_OPENAPI_SPEC` names it. Where the file is wrong, or says less
//! than Meta's guides, the difference stands in `differences`, and must show in the run: the list cannot outlive its
//! reasons. Differences in calls that the adapter does not make are not in it.

mod deviation;
mod differences;
mod drive;
mod record;
mod spec;

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use jsonschema::Validator;
use tokio::net::TcpListener;
use waba_migrator::sandbox::{Options, Sandbox};

use deviation::Deviation;
use differences::{Difference, SAYINGS};
use record::{Exchange, Recorder};
use spec::Spec;

/// Meta's file.
#[expect(
    clippy::disallowed_methods,
    reason = "a test has no configuration, and the file is on the machine that runs it"
)]
fn file() -> String {
    let path = std::env::var("META_OPENAPI_SPEC").unwrap_or_default();
    assert!(
        !path.is_empty(),
        "set META_OPENAPI_SPEC to the path of business-messaging-api_v23.0.yaml, of github.com/facebook/openapi"
    );
    fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!("META_OPENAPI_SPEC names {path}, which cannot be read as a file: {error}")
    })
}

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

#[tokio::test]
async fn adapter_and_sandbox_keep_to_metas_openapi_file_save_the_listed_differences() {
    let spec = Spec::read(&file(), drive::accounts());
    let exchanges = Box::pin(run()).await;
    let deviations: Vec<Deviation> = exchanges
        .iter()
        .flat_map(|exchange| spec.deviations(exchange))
        .collect();
    let mut problems = unlisted(&deviations);
    problems.extend(outlived(&deviations));
    problems.extend(unfounded(&spec, &exchanges));
    assert!(
        problems.is_empty(),
        "{} exchanges, {} problems:\n{}",
        exchanges.len(),
        problems.len(),
        problems.join("\n")
    );
}

/// Deviations that no difference allows, each once.
fn unlisted(deviations: &[Deviation]) -> Vec<String> {
    let listed: Vec<(&Difference, Validator)> = differences::all()
        .map(|row| (row, validator(row)))
        .collect();
    let mut problems = BTreeMap::new();
    for deviation in deviations {
        let rows: Vec<_> = listed
            .iter()
            .filter(|(row, _)| row.names(deviation))
            .collect();
        if rows
            .iter()
            .any(|(_, instead)| instead.is_valid(&deviation.value))
        {
            continue;
        }
        let Deviation {
            on,
            kind,
            place,
            value,
        } = deviation;
        let problem = match rows.first() {
            None => format!("not in the list: {on}: {kind:?} {place}"),
            Some((row, _)) => {
                format!(
                    "not as the list has it: {on}: {kind:?} {place}, {}",
                    said(row)
                )
            }
        };
        problems.entry(problem).or_insert_with(|| value.to_string());
    }
    problems
        .into_iter()
        .map(|(problem, value)| format!("{problem}; for example {value}"))
        .collect()
}

/// Differences that did not show.
fn outlived(deviations: &[Deviation]) -> Vec<String> {
    let rows = differences::all().flat_map(|row| row.places.iter().map(move |place| (row, *place)));
    rows.filter(|(row, place)| {
        let shows = |deviation: &Deviation| row.names(deviation) && deviation.place == *place;
        !deviations.iter().any(shows)
    })
    .map(|(row, place)| {
        let Difference { on, kind, .. } = row;
        format!(
            "in the list, but never met: {on}: {kind:?} {place}, {}",
            said(row)
        )
    })
    .collect()
}

/// Words that the file no longer has, or whose truth did not show.
fn unfounded(spec: &Spec, exchanges: &[Exchange]) -> Vec<String> {
    let mut problems = Vec::new();
    for saying in SAYINGS {
        let (pointer, words) = (saying.pointer, saying.words);
        let text = spec.at(pointer).map(ToString::to_string);
        if !text.is_some_and(|text| text.contains(words)) {
            problems.push(format!("the file no longer says at {pointer}: {words}"));
        }
        if !exchanges.iter().any(saying.shown) {
            let truth = saying.truth;
            problems.push(format!("in the list, but never shown: {truth}"));
        }
    }
    problems
}

/// The schema that stands for the file's.
fn validator(row: &Difference) -> Validator {
    jsonschema::validator_for(&serde_json::from_str(row.instead).unwrap()).unwrap()
}

/// A difference, in words.
fn said(row: &Difference) -> String {
    format!(
        "where the file says: {}; but true is: {}",
        row.file, row.truth
    )
}

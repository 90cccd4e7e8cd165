//! No secret leaks: every scenario runs through the program at its most verbose log level, and its
//! responses, log, traces, metrics and files are searched for every secret.

mod callers;
mod canaries;
mod harness;
mod transcript;

use std::collections::BTreeSet;

use futures_util::{StreamExt as _, stream};
use sandbox::scenario;

use crate::store::cluster;
use canaries::Canaries;
use harness::{ProcessHarness, StoreKind};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_nothing_leaks() {
    nothing_leaks(StoreKind::File).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgresql_nothing_leaks() {
    nothing_leaks(StoreKind::Server(cluster::empty().await)).await;
}

async fn nothing_leaks(kind: StoreKind) {
    let harness = ProcessHarness::start(kind).await;
    let callers = callers::of(&harness.store, &harness.transport).await;
    // The last one: the limit of the app stops all its calls.
    let (last, mut rows): (Vec<&scenario::Scenario>, Vec<_>) =
        scenario::all().partition(|row| row.name == "app_limit");
    rows.extend(last);
    let transcripts: Vec<_> = stream::iter(rows.into_iter().enumerate())
        .map(|(n, row): (usize, &scenario::Scenario)| {
            transcript::of_migration(&harness, &callers[n % callers.len()], row.number)
        })
        .buffer_unordered(12)
        .collect()
        .await;
    let refused = transcript::of_rejected_calls(&harness, &callers[0]).await;

    let admin = callers::admin(&harness.store, &harness.transport).await;
    let administered = transcript::of_administration(&admin).await;

    let mut secrets = harness.canaries();
    secrets.extend(admin.canaries());
    secrets.extend(administered.secrets);
    for caller in &callers {
        secrets.extend(caller.canaries());
    }
    let mut numbers = Canaries::default();
    let mut answers = refused.answers;
    secrets.extend(refused.secrets);
    answers.extend(administered.answers);
    let mut revealed = 0;
    for transcript in transcripts {
        secrets.extend(transcript.secrets);
        numbers.number(&transcript.number);
        answers.extend(transcript.answers);
        revealed += usize::from(transcript.was_revealed);
    }
    assert!(revealed > 10, "too few numbers moved: {revealed}");
    let (secrets, numbers) = (secrets.ready(), numbers.ready());

    // The search must find what is there.
    secrets.prove();
    numbers.prove();

    let mut leaks = BTreeSet::new();
    let mut search = |place: &str, bytes: &[u8], with_numbers: bool| {
        let found = secrets.found(bytes);
        leaks.extend(found.into_iter().map(|what| format!("{place}: {what}")));
        if with_numbers {
            let found = numbers.found(bytes);
            leaks.extend(found.into_iter().map(|what| format!("{place}: {what}")));
        }
    };
    for (rpc, bytes) in &answers {
        search(&format!("a response of {rpc}"), bytes, false);
    }
    let (output, files) = harness.stop().await;
    let text = &output.log;
    assert!(text.contains("TRACE"));
    assert!(text.lines().count() > 10_000, "the log is short");
    assert!(!text.contains("panicked"), "it panicked");
    search("the log", text.as_bytes(), true);
    assert!(
        output.traces.matches("/register").count() > 10,
        "there are few spans"
    );
    search("the traces", output.traces.as_bytes(), true);
    assert!(output.metrics.contains("waba_migrator_faults_total"));
    search("the metrics", output.metrics.as_bytes(), true);
    // The store may contain whole numbers, since lists filter by them.
    let marked = files
        .iter()
        .filter(|(_, bytes)| transcript::is_marked(bytes))
        .count();
    assert!(marked > 0, "the search finds unencrypted text");
    for (place, bytes) in &files {
        search(place, bytes, false);
    }
    assert!(leaks.is_empty(), "{leaks:#?}");
}

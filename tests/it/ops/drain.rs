//! Shutdown under load: every response was true, and no unanswered call was accepted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sandbox::{Options, Sandbox};
use tokio::task::JoinSet;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use waba_migrator::proto::v1::{
    GetStatusRequest, ListEventsRequest, MigrateRequest, Migration, State, SubmitCodeRequest,
};

use crate::processes::verdict::check;
use crate::support::graph;
use crate::support::program::Program;
use crate::support::service::{self, Client, digits};
use crate::support::wait::eventually;

const CALLERS: usize = 24;
/// Latency of the sandbox, so that calls are in progress when the signal comes.
const LATENCY: Duration = Duration::from_millis(20);
/// Migrate calls before the signal. All but one per caller have been answered.
const ASKED: u32 = 4 * 24;

/// A Migrate call and its response.
struct MigrateCall {
    request: MigrateRequest,
    answer: Result<Migration, Status>,
}

fn request(n: u32) -> MigrateRequest {
    MigrateRequest {
        request_id: format!("drain {n}"),
        phone_number: format!("+1303555{n:04}"),
        destination_waba_id: format!("3000000{:05}", n / 4),
        ..MigrateRequest::default()
    }
}

/// Submits the code that arrived.
async fn submitted(client: &mut Client, sandbox: &Sandbox, of: &Migration) -> Result<(), Status> {
    let messages = sandbox.messages(digits(&of.phone_number));
    let request = SubmitCodeRequest {
        migration_id: of.id.clone(),
        code: messages.last().unwrap().code.clone(),
        wait: None,
    };
    client.submit_code(request).await.map(drop)
}

/// Migrates one number after the other until a call fails: all Migrate calls, and the errors of
/// other calls.
async fn load(
    url: String,
    sandbox: Sandbox,
    next: Arc<AtomicU32>,
) -> (Vec<MigrateCall>, Vec<Status>) {
    let mut client = service::connect(&url).await;
    let (mut asked, mut refused) = (Vec::new(), Vec::new());
    loop {
        let request = request(next.fetch_add(1, Ordering::Relaxed));
        let answer = client.migrate(request.clone()).await;
        let answer = answer.map(|answer| answer.into_inner().migration.unwrap());
        let migration = answer.clone();
        asked.push(MigrateCall { request, answer });
        let Ok(migration) = migration else { break };
        if migration.state() == State::WaitingForCode {
            refused.extend(submitted(&mut client, &sandbox, &migration).await.err());
        }
        let migration_id = migration.id;
        let read = client.get_status(GetStatusRequest { migration_id }).await;
        refused.extend(read.err());
        if !refused.is_empty() {
            break;
        }
    }
    (asked, refused)
}

/// Whether the error is expected: the service stops and names a time to retry, or it no longer
/// listens.
fn is_expected(status: &Status) -> bool {
    let details = status.get_error_details();
    let is_shutting_down = details
        .error_info()
        .is_some_and(|it| it.reason == "SHUTTING_DOWN")
        && details.retry_info().is_some();
    status.code() == Code::Unavailable && is_shutting_down || was_not_sent(status)
}

/// Whether the call was never sent: the service did not listen, or the connection was closed
/// before.
fn was_not_sent(status: &Status) -> bool {
    let first = std::error::Error::source(status);
    let mut causes = std::iter::successors(first, |error| error.source());
    causes.any(|error| {
        let output = error.to_string();
        output.contains("tcp connect error") || output.contains("operation was canceled")
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shutdown_under_load_loses_no_migration_and_no_response() {
    let (sandbox, graph, _stop) = graph::served(Options {
        latency: LATENCY,
        ..Options::default()
    })
    .await;
    let graph = format!("graph.base_url={graph}");
    let folder = tempfile::tempdir().unwrap();
    let store = format!("sqlite://{}", folder.path().join("store.db").display());
    let start = || {
        Program::serve()
            .store(&store)
            .file("token", "any-token")
            .settings(["graph.access_token_file=token", "ops.listen="])
            .settings(["engine.confirm_base=50ms", &graph])
            .listening()
    };

    let (program, url) = start();
    let next = Arc::new(AtomicU32::new(0));
    let callers: JoinSet<_> = (0..CALLERS)
        .map(|_| load(url.clone(), sandbox.clone(), Arc::clone(&next)))
        .collect();
    eventually(async || next.load(Ordering::Relaxed) >= ASKED).await;
    program.terminate();
    let done = callers.join_all().await;
    let (status, log) = program.ended_async().await;
    assert!(status.success(), "{log}");

    let (asked, refused): (Vec<_>, Vec<_>) = done.into_iter().unzip();
    let asked: Vec<MigrateCall> = asked.into_iter().flatten().collect();
    let (answered, unanswered): (Vec<_>, Vec<_>) =
        asked.into_iter().partition(|it| it.answer.is_ok());
    let refusals = unanswered.iter().filter_map(|it| it.answer.as_ref().err());
    for status in refusals.chain(refused.iter().flatten()) {
        assert!(is_expected(status), "{status:?}");
    }
    assert!(
        answered.len() > 2 * CALLERS,
        "there was no load: {}",
        answered.len()
    );

    let (_program, url) = start();
    let mut client = service::connect(&url).await;
    for MigrateCall { request, .. } in unanswered {
        let again = client.migrate(request).await.unwrap().into_inner();
        assert!(!again.already_existed, "an unanswered call was accepted");
    }
    let completing: JoinSet<_> = answered
        .into_iter()
        .map(|it| complete(client.clone(), sandbox.clone(), it.answer.unwrap()))
        .collect();
    let moved = completing.join_all().await;
    let ledger = sandbox.ledger();
    for (number, history) in moved {
        check(&number, &history, &ledger);
    }
}

/// Completes an accepted migration; its number and its events.
async fn complete(
    mut client: Client,
    sandbox: Sandbox,
    accepted: Migration,
) -> (String, Vec<waba_migrator::proto::v1::Event>) {
    let mut handed_in = false;
    loop {
        let migration_id = accepted.id.clone();
        let found = client.get_status(GetStatusRequest { migration_id }).await;
        let found = found.unwrap().into_inner().migration.unwrap();
        match found.state() {
            State::WaitingForCode if !handed_in => {
                submitted(&mut client, &sandbox, &found).await.unwrap();
                handed_in = true;
            }
            State::Running | State::WaitingForCode => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            _ => break,
        }
    }
    let request = ListEventsRequest {
        migration_id: accepted.id,
        page_size: 1000,
        ..ListEventsRequest::default()
    };
    let events = client
        .list_events(request)
        .await
        .unwrap()
        .into_inner()
        .events;
    (accepted.phone_number, events)
}

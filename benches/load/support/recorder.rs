//! Records the Graph calls of one ordinary migration, with a proxy between a service and the
//! sandbox.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::connections::Connections;
use super::numbers::Number;
use super::phone::Phones;
use super::plan::{Call, Plan, Values};
use super::stopwatch::Stopwatch;
use super::workspace::Workspace;
use super::{report, service};

/// Delay of each call: concurrent calls overlap, and sequential calls do not.
const PAUSE: Duration = Duration::from_millis(30);
/// A number that no measurement uses.
const PLACE: u64 = 99_999_999;

/// A call, with its start and end.
#[derive(Debug)]
struct Seen {
    call: Call,
    from: Duration,
    to: Duration,
}

#[derive(Debug, Clone)]
struct Proxy {
    sandbox: String,
    http: reqwest::Client,
    watch: Stopwatch,
    seen: Arc<Mutex<Vec<Seen>>>,
    /// Meta's id of the number, from the response that had it.
    id: Arc<Mutex<String>>,
}

/// Moves one number through a service and returns the calls that it made.
pub async fn record(workspace: &Workspace, sandbox: &str) -> anyhow::Result<Plan> {
    let proxy = Proxy {
        sandbox: sandbox.to_owned(),
        http: reqwest::Client::new(),
        watch: Stopwatch::start(),
        seen: Arc::default(),
        id: Arc::default(),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let graph = format!("http://{}", listener.local_addr()?);
    let mut tasks = JoinSet::new();
    let router = Router::new().fallback(forward).with_state(proxy.clone());
    tasks.spawn(async move { axum::serve(listener, router).await });

    let service = service::serve(workspace, &graph, &[]);
    let phones = Phones::of(sandbox);
    let connections = Connections::open(&[&service.address], 1).await?;
    connections.journey(&phones, PLACE).await?;
    let number = Number::at(PLACE);
    let code = phones.code(&number).await?;
    let id = lock(&proxy.id).clone();
    let known = Values { id, code };
    service.stop();
    let plan = Plan {
        rounds: rounds(std::mem::take(&mut *lock(&proxy.seen)), &number, &known),
    };
    report::progress(&format!(
        "one migration makes {} calls in {} rounds",
        plan.calls(),
        plan.rounds.len()
    ));
    Ok(plan)
}

/// Assigns each call to the round after the last call that had ended when it began.
fn rounds(mut seen: Vec<Seen>, number: &Number, known: &Values) -> Vec<Vec<Call>> {
    seen.sort_by_key(|seen| seen.from);
    let mut placed: Vec<(Duration, usize)> = Vec::new();
    let mut rounds: Vec<Vec<Call>> = Vec::new();
    for seen in &seen {
        let before = placed.iter().filter(|(to, _)| *to <= seen.from);
        let round = before.map(|(_, round)| round + 1).max().unwrap_or_default();
        placed.push((seen.to, round));
        let call = seen.call.blank(number, known);
        match rounds.get_mut(round) {
            Some(calls) => calls.push(call),
            None => rounds.push(vec![call]),
        }
    }
    rounds
}

async fn forward(State(proxy): State<Proxy>, request: Request) -> Response {
    match proxy.exchange(request).await {
        Ok(response) => response,
        Err(error) => (StatusCode::BAD_GATEWAY, format!("{error:#}")).into_response(),
    }
}

impl Proxy {
    #[expect(
        clippy::disallowed_methods,
        reason = "forwards a call to the sandbox, not to Meta"
    )]
    async fn exchange(&self, request: Request) -> anyhow::Result<Response> {
        let from = self.watch.elapsed();
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, usize::MAX).await?;
        let target = parts.uri.path_and_query().context("a call without path")?;
        let call = Call {
            method: parts.method.to_string(),
            target: target.to_string(),
            body: String::from_utf8(body.to_vec())?,
        };
        tokio::time::sleep(PAUSE).await;
        let mut onward = self
            .http
            .request(parts.method, format!("{}{target}", self.sandbox))
            .body(body);
        for name in ["authorization", "content-type"] {
            if let Some(value) = parts.headers.get(name) {
                onward = onward.header(name, value);
            }
        }
        let answer = onward.send().await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = answer.bytes().await?;
        if call.adds_number() {
            let answer: Value = serde_json::from_slice(&body)?;
            let id = answer.get("id").and_then(Value::as_str);
            id.unwrap_or_default().clone_into(&mut lock(&self.id));
        }
        let to = self.watch.elapsed();
        lock(&self.seen).push(Seen { call, from, to });
        let mut response = Response::builder().status(status);
        if let Some(value) = headers.get("content-type") {
            response = response.header("content-type", value);
        }
        Ok(response.body(Body::from(body))?)
    }
}

fn lock<T>(value: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

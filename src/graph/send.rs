//! The only sender: every call to Meta is limited, measured, traced, timed and capped here.

use reqwest::Response;
use tracing::{Instrument as _, Span};

use super::call::{Call, WriteCall};
use super::json::Object;
use super::limiter::{BreakerChange, CallSlot, LimitScope};
use super::permit::{Permit, WriteError};
use super::redact::CallSecrets;
use super::response::{self, RawResponse};
use super::usage::Usage;
use super::{Access, Client};
use super::{outcome_label, signing};
use crate::telemetry::metrics;
use crate::util::clock::Stopwatch;
use domain::{AppId, AppSecret, Fault};

/// Makes `call`, which reads, with `access`.
pub(super) async fn read(
    client: &Client,
    access: &Access,
    call: Call<'_>,
) -> Result<Object, Fault> {
    let span = call.span(client);
    let reading = async {
        let app = client.app_name(access);
        let exchange = Exchange::new(client, access, &app, &call);
        let _slot = exchange.slot().await?;
        client.call_counts().count(exchange.whose.tenant);
        let watch = Stopwatch::start();
        let answer = answer(client, access, call).await;
        exchange.end(answer, watch)
    };
    reading.instrument(span).await
}

/// Makes `call`, which changes something, with `access`, if `permit` allows it once every wait is
/// over.
pub(super) async fn write(
    client: &Client,
    access: &Access,
    call: WriteCall<'_>,
    permit: &Permit,
) -> Result<Object, WriteError> {
    let WriteCall(call) = call;
    let span = call.span(client);
    let writing = async {
        let app = client.app_name(access);
        let exchange = Exchange::new(client, access, &app, &call);
        let _slot = exchange.slot().await?;
        permit.admit().await?;
        client.call_counts().count(exchange.whose.tenant);
        if call.is_counted() {
            client.limiter().count(exchange.whose, client.now());
        }
        let watch = Stopwatch::start();
        let answer = permit.during(answer(client, access, call)).await?;
        Ok(exchange.end(answer, watch)?)
    };
    writing.instrument(span).await
}

/// A call under way.
struct Exchange<'a> {
    client: &'a Client,
    access: &'a Access,
    endpoint: &'static str,
    changes: bool,
    whose: LimitScope<'a>,
    secrets: CallSecrets<'a>,
}

impl<'a> Exchange<'a> {
    fn new(client: &'a Client, access: &'a Access, app: &'a str, call: &Call<'a>) -> Self {
        let app_secret = access.app_secret.as_ref().map(AppSecret::expose);
        Self {
            client,
            access,
            endpoint: call.name(),
            changes: call.changes(),
            whose: LimitScope {
                app: Some(app),
                ..call.whose
            },
            secrets: CallSecrets::new([Some(access.token.expose()), call.secret, app_secret]),
        }
    }

    /// Waits for a slot of the limiter.
    async fn slot(&self) -> Result<CallSlot, Fault> {
        let limiter = self.client.limiter();
        limiter
            .acquire(self.whose, !self.changes, self.client.now())
            .await
    }

    /// Reports the result to the span, the metrics and the limiter.
    fn end(self, answer: Result<RawResponse, Fault>, watch: Stopwatch) -> Result<Object, Fault> {
        let Self {
            client,
            secrets,
            whose,
            ..
        } = self;
        let (usage, mut read) = match answer {
            Ok(answer) => {
                let read = answer.read(self.changes, secrets);
                (answer.usage, read)
            }
            Err(mut fault) => {
                if let Some(error) = &mut fault.graph_error {
                    let message = std::mem::take(&mut error.message);
                    error.message = secrets.hidden_in(message);
                }
                (Usage::default(), Err(fault))
            }
        };
        if let Err(fault) = &read {
            record(fault);
        }
        let code = outcome_label::code(read.as_ref().err());
        metrics::graph_call(self.endpoint, &code, watch.elapsed());
        let now = client.now();
        let limiter = client.limiter();
        if let Some(change) = limiter.record(&usage, whose, read.as_mut().err(), now) {
            let app_id = self.access.app_id.as_ref().map(AppId::as_str);
            log_breaker(change, app_id, read.as_ref().err());
        }
        read
    }
}

/// Sends `call` and reads its response, up to the maximum size.
async fn answer(client: &Client, access: &Access, call: Call<'_>) -> Result<RawResponse, Fault> {
    let (changes, budget) = (call.changes(), call.budget);
    let mut response = dispatch(client, access, call)
        .await
        .map_err(|error| response::lost(error, changes))?;
    let status = response.status();
    Span::current().record("http.response.status_code", i64::from(status.as_u16()));
    for (field, header) in [
        ("graph.request_id", "x-fb-request-id"),
        ("graph.api_version", "facebook-api-version"),
    ] {
        if let Some(value) = response
            .headers()
            .get(header)
            .and_then(|value| value.to_str().ok())
        {
            Span::current().record(field, value);
        }
    }
    client.compare_clocks(response.headers());
    let usage = Usage::read(response.headers());
    let cap = client.settings().max_response_bytes;
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| response::lost(error, changes))?
    {
        if body.len() + chunk.len() > cap {
            return Err(response::oversize("the response", status, cap, changes));
        }
        if let Some(budget) = budget
            && !budget.take(chunk.len())
        {
            let cap = budget.bytes();
            return Err(response::oversize("the list", status, cap, changes));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(RawResponse {
        status,
        usage,
        body,
    })
}

#[expect(clippy::disallowed_methods, reason = "this is the only sender")]
async fn dispatch(client: &Client, access: &Access, call: Call<'_>) -> reqwest::Result<Response> {
    let settings = client.settings();
    let timeout = if call.registers {
        settings.register_timeout
    } else {
        settings.timeout
    };
    let url = settings.base_url.join(&settings.version, &call.path());
    // Without the query, which may contain secrets.
    Span::current().record("url.full", url.as_str());
    let mut request = client
        .http()
        .request(call.method, url)
        .bearer_auth(access.token.expose())
        .timeout(timeout);
    if let Some(proof) = access.proof() {
        request = request.query(&[(signing::PARAMETER, proof)]);
    }
    if !call.query.is_empty() {
        request = request.query(&call.query);
    }
    if let Some(body) = &call.body {
        request = request.json(body);
    }
    request.send().await
}

/// Logs that the breaker of a Meta app changed: once for all of its calls and migrations.
fn log_breaker(change: BreakerChange, app_id: Option<&str>, fault: Option<&Fault>) {
    let error = fault.and_then(|fault| fault.graph_error.as_deref());
    match change {
        BreakerChange::Stopped => tracing::error!(
            app.id = app_id,
            fault.reason = fault.map(|fault| fault.reason.as_str()),
            graph.code = error.map(|error| error.code),
            graph.fbtrace_id = error.and_then(|error| error.fbtrace_id.as_deref()),
            "Meta refuses all calls of a Meta app; its migrations wait until a probe succeeds"
        ),
        BreakerChange::Restored => tracing::info!(
            app.id = app_id,
            "Meta accepts the calls of the Meta app again"
        ),
    }
}

/// Records a fault in the span, without its texts. Meta's trace ids are included, since Meta keeps
/// them for a short time only.
fn record(fault: &Fault) {
    let span = Span::current();
    span.record("error.type", fault.reason.as_str());
    span.record("otel.status_code", "ERROR");
    let Some(error) = &fault.graph_error else {
        return;
    };
    span.record("graph.code", error.code);
    if let Some(subcode) = error.subcode {
        span.record("graph.subcode", subcode);
    }
    if let Some(trace) = &error.fbtrace_id {
        span.record("graph.fbtrace_id", trace.as_str());
    }
}

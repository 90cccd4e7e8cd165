//! The only sender: every call to Meta is limited, measured, traced, timed and capped here.

use reqwest::{Method, Response};
use serde_json::Value;
use tracing::field::Empty;
use tracing::{Instrument as _, Span, debug_span};

use super::json::Object;
use super::limiter::{BreakerChange, CallSlot, LimitScope};
use super::pages::SizeBudget;
use super::permit::{Permit, WriteError};
use super::redact::CallSecrets;
use super::response::{self, RawResponse};
use super::usage::Usage;
use super::{Access, Client};
use super::{outcome_label, signing};
use crate::telemetry::metrics;
use crate::util::clock::Stopwatch;
use domain::{AppId, AppSecret, Fault, WabaId};

/// The names of all calls in metrics and traces.
pub const ENDPOINTS: [&str; 11] = [
    "account",
    "subscribed_apps",
    "number",
    "numbers",
    "templates",
    "debug_token",
    "subscribe",
    "add_number",
    "request_code",
    "verify_code",
    "register",
];

/// The edge on which Meta also counts changing calls.
const COUNTED: &str = "/subscribed_apps";

/// A call to be made.
#[derive(Debug)]
pub(super) struct Call<'a> {
    /// Its name in metrics and traces.
    name: &'static str,
    method: Method,
    /// The path, with a name in braces instead of the id.
    template: &'static str,
    /// The id in the path.
    id: &'a str,
    query: Vec<(&'static str, String)>,
    body: Option<Value>,
    whose: LimitScope<'a>,
    registers: bool,
    secret: Option<&'a str>,
    budget: Option<&'a SizeBudget>,
}

/// A call to be made that changes something.
#[derive(Debug)]
pub(super) struct WriteCall<'a>(Call<'a>);

impl<'a> Call<'a> {
    /// A call that reads.
    pub(super) fn read(name: &'static str, template: &'static str, id: &'a str) -> Self {
        Self {
            name,
            method: Method::GET,
            template,
            id,
            query: Vec::new(),
            body: None,
            whose: LimitScope::default(),
            registers: false,
            secret: None,
            budget: None,
        }
    }

    /// Counts it against the limits of `waba`.
    pub(super) fn of(mut self, waba: &'a WabaId) -> Self {
        self.whose.waba = Some(waba);
        self
    }

    /// Counts it against the limits of `whose`; a WABA of its own takes precedence.
    pub(super) fn or_of(mut self, whose: LimitScope<'a>) -> Self {
        self.whose = LimitScope {
            waba: self.whose.waba.or(whose.waba),
            ..whose
        };
        self
    }

    /// Adds a query parameter.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// Marks a secret that it contains, to be redacted from faults.
    pub(super) fn holding(mut self, secret: &'a str) -> Self {
        self.secret = Some(secret);
        self
    }

    /// Counts the size of its response against a shared budget.
    pub(super) fn within(mut self, budget: &'a SizeBudget) -> Self {
        self.budget = Some(budget);
        self
    }

    /// Its name in metrics and traces: one of [`ENDPOINTS`].
    pub(super) const fn name(&self) -> &'static str {
        self.name
    }

    /// Whether Meta counts it against the hourly limit of its WABA: all reads, and all calls of a
    /// few edges whatever their method.
    pub(super) fn is_counted(&self) -> bool {
        !self.changes() || self.template.ends_with(COUNTED)
    }

    fn changes(&self) -> bool {
        self.method != Method::GET
    }

    fn span(&self, client: &Client) -> Span {
        debug_span!(
            "graph",
            otel.kind = "client",
            otel.name = format!("{} {}", self.method, self.template),
            otel.status_code = Empty,
            http.request.method = %self.method,
            http.response.status_code = Empty,
            url.template = self.template,
            url.full = Empty,
            server.address = client.settings().base_url.host(),
            server.port = client.settings().base_url.port(),
            graph.call = self.name,
            graph.code = Empty,
            graph.subcode = Empty,
            graph.fbtrace_id = Empty,
            graph.request_id = Empty,
            graph.api_version = Empty,
            error.r#type = Empty,
        )
    }

    fn path(&self) -> String {
        match (self.template.split_once('{'), self.template.split_once('}')) {
            (Some((before, _)), Some((_, after))) => format!("{before}{}{after}", self.id),
            _ => self.template.to_owned(),
        }
    }
}

impl<'a> WriteCall<'a> {
    /// A call that changes something.
    pub(super) fn new(
        name: &'static str,
        template: &'static str,
        id: &'a str,
        body: Value,
    ) -> Self {
        Self(Call {
            method: Method::POST,
            body: Some(body),
            ..Call::read(name, template, id)
        })
    }

    /// Counts it against the limits of `waba`.
    pub(super) fn of(self, waba: &'a WabaId) -> Self {
        Self(self.0.of(waba))
    }

    /// Counts it against the limits of `whose`; a WABA of its own takes precedence.
    pub(super) fn or_of(self, whose: LimitScope<'a>) -> Self {
        Self(self.0.or_of(whose))
    }

    /// Marks a secret that it contains, to be redacted from faults.
    pub(super) fn holding(self, secret: &'a str) -> Self {
        Self(self.0.holding(secret))
    }

    /// Uses the time-out of register.
    pub(super) fn registering(mut self) -> Self {
        self.0.registers = true;
        self
    }

    /// Its name in metrics and traces: one of [`ENDPOINTS`].
    pub(super) const fn name(&self) -> &'static str {
        self.0.name
    }
}

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
            endpoint: call.name,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_subscriptions_are_counted_and_other_changes_are_not() {
        let write = |template| {
            WriteCall::new("test", template, "1", Value::Null)
                .0
                .is_counted()
        };
        assert!(Call::read("test", "/{waba_id}", "1").is_counted());
        assert!(write("/{waba_id}/subscribed_apps"));
        for template in ["/{waba_id}/phone_numbers", "/{phone_number_id}/register"] {
            assert!(!write(template), "{template}");
        }
    }

    #[test]
    fn the_path_contains_the_id() {
        let path = |template| Call::read("test", template, "104996122399160").path();
        assert_eq!(
            path("/{phone_number_id}/register"),
            "/104996122399160/register"
        );
        assert_eq!(path("/{waba_id}"), "/104996122399160");
        assert_eq!(path("/debug_token"), "/debug_token");
    }
}

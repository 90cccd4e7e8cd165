//! Calls to Meta: what is sent, and how it is counted.

use reqwest::Method;
use serde_json::Value;
use tracing::field::Empty;
use tracing::{Span, debug_span};

use super::Client;
use super::limiter::LimitScope;
use super::pages::SizeBudget;
use domain::WabaId;

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
    pub(super) method: Method,
    /// The path, with a name in braces instead of the id.
    template: &'static str,
    /// The id in the path.
    id: &'a str,
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) body: Option<Value>,
    pub(super) whose: LimitScope<'a>,
    pub(super) registers: bool,
    pub(super) secret: Option<&'a str>,
    pub(super) budget: Option<&'a SizeBudget>,
}

/// A call to be made that changes something.
#[derive(Debug)]
pub(super) struct WriteCall<'a>(pub(super) Call<'a>);

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

    pub(super) fn changes(&self) -> bool {
        self.method != Method::GET
    }

    pub(super) fn span(&self, client: &Client) -> Span {
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

    pub(super) fn path(&self) -> String {
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

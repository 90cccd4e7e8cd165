//! An error in the JSON form of Google's APIs, with the HTTP status of its reason.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Value as Json, json};
use tonic::Status;

use super::field_names::FieldNames;
use crate::api::call_context::CallContext;
use crate::api::contract::Contract;
use crate::api::status::{self, Details};
use crate::api::{Reason, fields};

/// The body of an error, and what the headers repeat of it.
pub(super) struct ErrorBody {
    http: StatusCode,
    /// The body.
    pub(super) json: Json,
    /// The delay before a retry.
    pub(super) retry_after: Option<Duration>,
}

impl ErrorBody {
    /// The body for this status, with the fields named as the caller wrote them.
    pub(super) fn new(contract: &Contract, status: &Status, names: &FieldNames) -> Self {
        let read = Details::of(status);
        let http = read.reason.unwrap_or(Reason::Internal).http();
        let whole = contract.status_json(status.details());
        let details = whole.and_then(|mut whole| whole.get_mut("details").map(Json::take));
        let mut details = details.unwrap_or_else(|| json!([]));
        let renaming = Named { contract, names };
        let message = renaming.details(&mut details, status.message());
        let json = json!({ "error": {
            "code": http.as_u16(),
            "message": message,
            "status": status::code_name(status.code()),
            "details": details,
        }});
        Self {
            http,
            json,
            retry_after: read.retry_after,
        }
    }
}

/// Writes the names of fields as the caller did.
struct Named<'a> {
    contract: &'a Contract,
    names: &'a FieldNames,
}

impl Named<'_> {
    /// Changes the details, and returns the changed message.
    fn details(&self, details: &mut Json, message: &str) -> String {
        let mut changed = None;
        for detail in details.as_array_mut().into_iter().flatten() {
            self.text(detail, "description");
            if let Some(fields) = detail.pointer_mut("/metadata/fields") {
                self.list(fields);
            }
            for violation in items(detail, "violations") {
                self.text(violation, "description");
            }
            let is_of_fields = of_violations(detail).as_deref() == Some(message);
            for violation in items(detail, "fieldViolations") {
                self.text(violation, "description");
                if let Some(field) = violation.get_mut("field") {
                    change(field, |path| self.names.path(self.contract, path));
                }
            }
            if is_of_fields {
                changed = of_violations(detail);
            }
        }
        changed.unwrap_or_else(|| self.names.text(self.contract, message))
    }

    fn text(&self, object: &mut Json, key: &str) {
        if let Some(text) = object.get_mut(key) {
            change(text, |text| self.names.text(self.contract, text));
        }
    }

    /// A list of fields, with commas between them.
    fn list(&self, fields: &mut Json) {
        change(fields, |fields| {
            let names = fields.split(',');
            let names = names.map(|name| self.names.path(self.contract, name));
            names.collect::<Vec<_>>().join(",")
        });
    }
}

/// The message that the field violations of a detail have; `None` if it has none.
fn of_violations(detail: &Json) -> Option<String> {
    let violations = detail.get("fieldViolations")?.as_array()?.iter();
    let texts = violations.filter_map(|violation| {
        let text = |key| violation.get(key)?.as_str();
        text("field").zip(text("description"))
    });
    fields::message(&texts.collect::<Vec<_>>())
}

fn items<'a>(object: &'a mut Json, key: &str) -> impl Iterator<Item = &'a mut Json> {
    let items = object.get_mut(key).and_then(Json::as_array_mut);
    items.into_iter().flatten()
}

fn change(text: &mut Json, change: impl FnOnce(&str) -> String) {
    if let Json::String(text) = text {
        *text = change(text);
    }
}

/// The response for this status to the request of `context`.
pub(super) fn response(
    contract: &Contract,
    context: &CallContext,
    status: &Status,
    names: &FieldNames,
) -> Response {
    let body = ErrorBody::new(contract, &context.identified(status), names);
    let mut response = Response::new(Body::from(body.json.to_string()));
    *response.status_mut() = body.http;
    let headers = response.headers_mut();
    let mut put = |name, value| headers.insert(name, HeaderValue::from_static(value));
    put(header::CONTENT_TYPE, "application/json");
    put(header::CACHE_CONTROL, "no-store");
    put(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    if body.http == StatusCode::UNAUTHORIZED {
        put(header::WWW_AUTHENTICATE, "Bearer");
    }
    if let Some(delay) = body.retry_after {
        // Rounded up: a client that retries too early is refused again.
        let seconds = delay.as_secs() + u64::from(delay.subsec_nanos() > 0);
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

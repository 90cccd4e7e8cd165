//! An error in the JSON form of Google's APIs, with the HTTP status of its reason.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Value as Json, json};
use tonic::Status;

use crate::api::Reason;
use crate::api::contract::Contract;
use crate::api::status::{self, Details};

/// The body of an error, and what the headers repeat of it.
pub(super) struct ErrorBody {
    http: StatusCode,
    /// The body.
    pub(super) json: Json,
    /// The delay before a retry.
    pub(super) retry_after: Option<Duration>,
}

impl ErrorBody {
    /// The body for this status.
    pub(super) fn new(contract: &Contract, status: &Status) -> Self {
        let read = Details::of(status);
        let http = read.reason.unwrap_or(Reason::Internal).http();
        let whole = contract.status_json(status.details());
        let details = whole.and_then(|mut whole| whole.get_mut("details").map(Json::take));
        let json = json!({ "error": {
            "code": http.as_u16(),
            "message": status.message(),
            "status": status::code_name(status.code()),
            "details": details.unwrap_or_else(|| json!([])),
        }});
        Self {
            http,
            json,
            retry_after: read.retry_after,
        }
    }
}

/// The response for this status.
pub(super) fn response(contract: &Contract, status: &Status) -> Response {
    let body = ErrorBody::new(contract, status);
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

//! An error in the JSON form of Google's APIs, under the HTTP status that clients and proxies know it by.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Value as Json, json};
use tonic::{Code, Status};

use crate::api::Reason;
use crate::api::contract::Contract;
use crate::api::status::{self, Details};

/// Reasons whose HTTP status says more than that of their code.
const NARROWER: [(Reason, StatusCode); 4] = [
    // It is not this client that has asked for too much.
    (Reason::TooManyRequestBytes, StatusCode::SERVICE_UNAVAILABLE),
    (Reason::MessageTooLarge, StatusCode::PAYLOAD_TOO_LARGE),
    (Reason::MethodNotAllowed, StatusCode::METHOD_NOT_ALLOWED),
    (
        Reason::ContentTypeUnsupported,
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
    ),
];

/// The answer that tells of this status.
pub(super) fn response(contract: &Contract, status: &Status) -> Response {
    let mut response = Response::new(Body::from(json(contract, status).to_string()));
    let http = http_status(status);
    *response.status_mut() = http;
    let headers = response.headers_mut();
    let mut put = |name, value| headers.insert(name, HeaderValue::from_static(value));
    put(header::CONTENT_TYPE, "application/json");
    put(header::CACHE_CONTROL, "no-store");
    put(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    if http == StatusCode::UNAUTHORIZED {
        put(header::WWW_AUTHENTICATE, "Bearer");
    }
    if let Some(delay) = retry_after(status) {
        // Rounded up: who comes back too early is refused again.
        let seconds = delay.as_secs() + u64::from(delay.subsec_nanos() > 0);
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// The same for who reads it.
pub(super) fn json(contract: &Contract, status: &Status) -> Json {
    let whole = contract.status(status.details());
    let details = whole.and_then(|mut whole| whole.get_mut("details").map(Json::take));
    json!({ "error": {
        "code": http_status(status).as_u16(),
        "message": status.message(),
        "status": status::code_name(status.code()),
        "details": details.unwrap_or_else(|| json!([])),
    }})
}

/// How long to wait before asking again.
pub(super) fn retry_after(status: &Status) -> Option<Duration> {
    Details::of(status).retry_after
}

/// The HTTP status that a reason comes with.
pub(in crate::api) fn http_of(reason: Reason) -> StatusCode {
    let narrower = NARROWER.iter().find(|(narrow, _)| *narrow == reason);
    narrower.map_or_else(|| http_of_code(reason.code()), |(_, http)| *http)
}

fn http_status(status: &Status) -> StatusCode {
    let reason = Details::of(status).reason;
    reason.map_or_else(|| http_of_code(status.code()), http_of)
}

/// The HTTP status that Google's APIs have for a code.
const fn http_of_code(code: Code) -> StatusCode {
    match code {
        Code::Ok => StatusCode::OK,
        Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => {
            StatusCode::BAD_REQUEST
        }
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::PermissionDenied => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::AlreadyExists | Code::Aborted => StatusCode::CONFLICT,
        Code::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
        Code::Unimplemented => StatusCode::NOT_IMPLEMENTED,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
        Code::Unknown | Code::Cancelled | Code::Internal | Code::DataLoss => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
    }
}

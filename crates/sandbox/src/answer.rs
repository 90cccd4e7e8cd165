//! HTTP responses: bodies, statuses and Graph's headers.

use axum::body::Body;
use axum::http::header::{CONNECTION, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;

use super::connection::Switch;
use super::reply::{Performed, Reply};

const JSON: &str = "application/json; charset=UTF-8";
const PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Error</title></head><body><h1>502 Bad Gateway</h1></body></html>\n";

/// The response to a request for this Graph version.
pub(crate) fn respond(performed: Performed, version: &str, switch: Option<&Switch>) -> Response {
    let (status, kind, body) = match performed.reply {
        Reply::Said(Ok(value)) => (200, JSON, value.to_string()),
        Reply::Said(Err(error)) => (
            error.status,
            JSON,
            error.envelope(&performed.trace).to_string(),
        ),
        Reply::Html => (502, "text/html; charset=utf-8", PAGE.to_owned()),
        Reply::Empty => (200, JSON, String::new()),
        Reply::BrokenJson => (200, JSON, r#"{"success":tr"#.to_owned()),
        Reply::Dropped => return dropped(switch),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    let mut put = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    put("content-type", kind);
    put("facebook-api-version", version);
    put("x-fb-trace-id", performed.trace.get(..11).unwrap_or(""));
    put("x-fb-request-id", &performed.trace);
    if let Some([app, account]) = performed.usage {
        put("x-app-usage", &app);
        put("x-business-use-case-usage", &account);
    }
    for (name, value) in &performed.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.insert(name, value);
        }
    }
    response
}

/// Cuts the connection, so that no response is sent. Without a switch (a router that is served
/// elsewhere) the response is empty and closes the connection.
fn dropped(switch: Option<&Switch>) -> Response {
    if let Some(switch) = switch {
        switch.cut();
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}

//! What tells of the API itself, open to everybody as the contract is: for programs and for people.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;
use axum::routing::get;

use super::{Contract, openapi, page};

/// Good for so long, since it changes with a new version alone.
const KEPT: &str = "public, max-age=300";

/// Where it is.
pub(super) fn routes(contract: &Contract) -> Router {
    let document = Bytes::from(openapi::document(contract).to_string());
    let page = Bytes::from(page::page(contract));
    let document = move || async move { response(document.clone(), "application/json") };
    let page = move || async move { response(page.clone(), "text/html; charset=utf-8") };
    Router::new()
        .route("/openapi.json", get(document))
        .route("/docs", get(page))
}

fn response(bytes: Bytes, content_type: &'static str) -> Response {
    let mut response = Response::new(Body::from(bytes));
    let headers: [(HeaderName, &'static str); 5] = [
        (header::CONTENT_TYPE, content_type),
        (header::CACHE_CONTROL, KEPT),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, page::POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
    response.headers_mut().extend(headers);
    response
}

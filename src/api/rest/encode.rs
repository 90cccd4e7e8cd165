//! A successful RPC as an HTTP response.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use tonic::Status;

use super::grpc_call;
use super::headers::{self as request_headers, PREFERENCE_APPLIED};
use crate::api::contract::Rpc;
use crate::api::etag::{self, EntityTag};

/// The response with this encoded message to a request for `path` with these headers. `etag` is the
/// entity tag in the message, if it has one.
pub(super) fn response(
    rpc: &Rpc,
    path: &str,
    request: &HeaderMap,
    encoded: &[u8],
    etag: Option<EntityTag>,
) -> Result<Response, Status> {
    write(rpc, path, request, encoded, etag).ok_or_else(grpc_call::broken)
}

/// `None` where the message is not one of the contract.
fn write(
    rpc: &Rpc,
    path: &str,
    request: &HeaderMap,
    encoded: &[u8],
    etag: Option<EntityTag>,
) -> Option<Response> {
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    let mut put = |name, value| headers.insert(name, HeaderValue::from_static(value));
    put(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    if rpc.verb == Method::GET {
        // Only the caller itself may cache it, and must revalidate it with its tag.
        put(header::CACHE_CONTROL, "private, no-cache");
        let of_content = || etag::weak(&etag::fingerprint(encoded));
        let tag = etag.map_or_else(of_content, |EntityTag(tag)| tag);
        headers.insert(header::ETAG, HeaderValue::try_from(&tag).ok()?);
        if etag::matches(request, &tag) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return Some(response);
        }
    } else {
        put(header::CACHE_CONTROL, "no-store");
    }
    let json = HeaderValue::from_static("application/json");
    headers.insert(header::CONTENT_TYPE, json);
    if let Some(wait) = request_headers::applied_wait(rpc, request) {
        let applied = format!("wait={}", wait.as_secs());
        headers.insert(PREFERENCE_APPLIED, HeaderValue::try_from(applied).ok()?);
    }
    let (json, created) = rpc.response_json(encoded)?;
    if let Some(created) = created {
        if let Some(id) = created.id {
            let location = HeaderValue::try_from(format!("{path}/{id}")).ok()?;
            headers.insert(header::LOCATION, location);
        }
        *response.status_mut() = StatusCode::CREATED;
    }
    *response.body_mut() = Body::from(json);
    Some(response)
}

//! An answer that went well.

use std::hash::{DefaultHasher, Hasher as _};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use tonic::Status;

use super::grpc_call;
use super::headers::{self as headers_of, PREFERENCE_APPLIED};
use crate::api::contract::Rpc;

/// The answer that this message is.
pub(super) fn response(rpc: &Rpc, asked: &HeaderMap, message: &[u8]) -> Result<Response, Status> {
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    let mut put = |name, value| headers.insert(name, HeaderValue::from_static(value));
    put(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    if rpc.verb == Method::GET {
        // To be kept by the caller alone, and only together with its tag.
        put(header::CACHE_CONTROL, "private, no-cache");
        let etag = etag(message).ok_or_else(grpc_call::broken)?;
        let unchanged = headers_of::has_it(asked, &etag);
        headers.insert(header::ETAG, etag);
        if unchanged {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return Ok(response);
        }
    } else {
        put(header::CACHE_CONTROL, "no-store");
    }
    put_json(rpc, asked, message, &mut response)?;
    Ok(response)
}

fn put_json(
    rpc: &Rpc,
    asked: &HeaderMap,
    message: &[u8],
    response: &mut Response,
) -> Result<(), Status> {
    let json = rpc.answer(message).ok_or_else(grpc_call::broken)?;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    let wait = rpc.applied_wait(asked);
    let applied = wait.map(|wait| HeaderValue::try_from(format!("wait={}", wait.as_secs())));
    if let Some(Ok(applied)) = applied {
        headers.insert(PREFERENCE_APPLIED, applied);
    }
    *response.body_mut() = Body::from(json);
    Ok(())
}

/// The tag of an answer. It is weak: the same answer may be written in more than one way.
fn etag(message: &[u8]) -> Option<HeaderValue> {
    let mut hasher = DefaultHasher::new();
    hasher.write(message);
    HeaderValue::try_from(format!("W/\"{:016x}\"", hasher.finish())).ok()
}

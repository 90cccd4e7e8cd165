//! The description of the API, for programs and for people. It asks for no authentication, since the contract is public.
//!
//! It is the same for every client, so an answer costs no more than sending it: it is compressed once, and a client that has it
//! gets 304.

use std::hash::{DefaultHasher, Hasher as _};
use std::io::Write as _;
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::get;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::page;
use crate::api::contract::Contract;
use crate::api::rest::headers as headers_of;

/// Good for so long, since it changes with a new version alone.
const KEPT: &str = "public, max-age=300";

/// Something that never changes while the process runs.
#[derive(Debug)]
struct Fixed {
    content_type: &'static str,
    etag: Option<HeaderValue>,
    plain: Bytes,
    /// Made when it is first asked for.
    gzip: OnceLock<Option<Bytes>>,
}

/// Where it is.
pub(in crate::api) fn routes(contract: &Contract) -> Router {
    let serve = |fixed: Fixed| {
        let fixed = Arc::new(fixed);
        get(move |headers: HeaderMap| async move { fixed.answer(&headers) })
    };
    let document = super::document(contract).to_string();
    Router::new()
        .route(
            "/openapi.json",
            serve(Fixed::new(document, "application/json")),
        )
        .route(
            "/docs",
            serve(Fixed::new(page::page(contract), "text/html; charset=utf-8")),
        )
}

impl Fixed {
    fn new(text: String, content_type: &'static str) -> Self {
        let mut hasher = DefaultHasher::new();
        hasher.write(text.as_bytes());
        // It is weak: the same is sent compressed, too.
        let etag = HeaderValue::try_from(format!("W/\"{:016x}\"", hasher.finish()));
        Self {
            content_type,
            etag: etag.ok(),
            plain: text.into(),
            gzip: OnceLock::new(),
        }
    }

    fn answer(&self, asked: &HeaderMap) -> Response {
        let mut response = Response::new(Body::empty());
        let headers = response.headers_mut();
        let fixed: [(HeaderName, &'static str); 5] = [
            (header::CACHE_CONTROL, KEPT),
            (header::VARY, "accept-encoding"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::CONTENT_SECURITY_POLICY, page::POLICY),
            (header::REFERRER_POLICY, "no-referrer"),
        ];
        headers.extend(fixed.map(|(name, value)| (name, HeaderValue::from_static(value))));
        if let Some(etag) = &self.etag {
            headers.insert(header::ETAG, etag.clone());
            if headers_of::has_it(asked, etag) {
                *response.status_mut() = StatusCode::NOT_MODIFIED;
                return response;
            }
        }
        let content_type = HeaderValue::from_static(self.content_type);
        headers.insert(header::CONTENT_TYPE, content_type);
        let gzip = headers_of::takes_gzip(asked).then(|| self.gzip());
        let body = if let Some(gzip) = gzip.flatten() {
            let encoding = HeaderValue::from_static("gzip");
            headers.insert(header::CONTENT_ENCODING, encoding);
            gzip
        } else {
            self.plain.clone()
        };
        *response.body_mut() = Body::from(body);
        response
    }

    /// The same, compressed.
    fn gzip(&self) -> Option<Bytes> {
        let made = self.gzip.get_or_init(|| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(&self.plain).ok()?;
            encoder.finish().ok().map(Bytes::from)
        });
        made.clone()
    }
}

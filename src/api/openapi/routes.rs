//! Serves the description of the API. It requires no authentication, since the contract is public.
//!
//! It is compressed once, and a client that has it gets 304, so that a request costs little more
//! than sending the bytes.

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
use crate::api::etag;

/// It changes only with a new version of the service.
const CACHE_CONTROL: &str = "public, max-age=300";

/// The path of the page.
pub(in crate::api) const PAGE: &str = "/docs";

/// A document that never changes while the process runs.
#[derive(Debug)]
struct StaticDocument {
    content_type: &'static str,
    etag: String,
    plain: Bytes,
    /// Compressed at the first request.
    gzip: OnceLock<Option<Bytes>>,
}

/// The routes of the `OpenAPI` document and of the page.
pub(in crate::api) fn routes(contract: &Contract) -> Router {
    let serve = |text: String, content_type| {
        let document = Arc::new(StaticDocument::new(text, content_type));
        get(move |headers: HeaderMap| async move { document.response(&headers) })
    };
    let openapi = super::document(contract).to_string();
    let page = page::page(contract);
    Router::new()
        .route("/openapi.json", serve(openapi, "application/json"))
        .route(PAGE, serve(page, "text/html; charset=utf-8"))
}

impl StaticDocument {
    fn new(text: String, content_type: &'static str) -> Self {
        Self {
            content_type,
            etag: etag::weak(&etag::fingerprint(text.as_bytes())),
            plain: text.into(),
            gzip: OnceLock::new(),
        }
    }

    fn response(&self, request: &HeaderMap) -> Response {
        let mut response = Response::new(Body::empty());
        let headers = response.headers_mut();
        let fixed: [(HeaderName, &'static str); 5] = [
            (header::CACHE_CONTROL, CACHE_CONTROL),
            (header::VARY, "accept-encoding"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::CONTENT_SECURITY_POLICY, page::POLICY),
            (header::REFERRER_POLICY, "no-referrer"),
        ];
        headers.extend(fixed.map(|(name, value)| (name, HeaderValue::from_static(value))));
        if let Ok(etag) = HeaderValue::from_str(&self.etag) {
            headers.insert(header::ETAG, etag);
        }
        if etag::matches(request, &self.etag) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        let content_type = HeaderValue::from_static(self.content_type);
        headers.insert(header::CONTENT_TYPE, content_type);
        let gzip = accepts_gzip(request).then(|| self.gzip());
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

    fn gzip(&self) -> Option<Bytes> {
        let compressed = self.gzip.get_or_init(|| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(&self.plain).ok()?;
            encoder.finish().ok().map(Bytes::from)
        });
        compressed.clone()
    }
}

/// Whether the client accepts gzip (RFC 9110).
fn accepts_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).into_iter();
    let codings = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    let weights = codings.filter_map(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let name = parts.next()?;
        let is_gzip = name.eq_ignore_ascii_case("gzip");
        let weight = parts.find_map(|part| part.strip_prefix("q=")?.trim().parse::<f32>().ok());
        (is_gzip || name == "*").then_some((is_gzip, weight.unwrap_or(1.0)))
    });
    // A weight for gzip itself takes precedence over the one for `*`.
    let weight = weights.reduce(|one, other| if other.0 { other } else { one });
    weight.is_some_and(|(_, weight)| weight > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_sent_to_clients_that_accept_it() {
        for (text, accepts) in [
            ("gzip", true),
            ("br, GZIP;q=0.5", true),
            ("*", true),
            ("gzip;q=0", false),
            ("gzip; q=0.0, *", false),
            ("*;q=0", false),
            ("br", false),
            ("identity", false),
        ] {
            let value = HeaderValue::from_str(text).unwrap();
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, value)]);
            assert_eq!(accepts_gzip(&headers), accepts, "{text}");
        }
        assert!(!accepts_gzip(&HeaderMap::new()));
    }
}

//! Documents that never change while the process runs.
//!
//! Each is made and compressed at its first request, and a client that has it gets 304, so that a
//! request costs little more than sending the bytes.

use std::io::Write as _;
use std::sync::{LazyLock, OnceLock};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::api::etag;

/// It changes only with a new version of the service.
const CACHE_CONTROL: &str = "public, max-age=300";
/// The content security policy: a page loads the style sheet and the icon of this service, runs and
/// sends nothing, and cannot be framed.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// Makes the text of a document.
type Make = Box<dyn FnOnce() -> Content + Send>;

/// A document that never changes while the process runs.
#[derive(Debug)]
pub(super) struct StaticDocument {
    content_type: &'static str,
    content: LazyLock<Content, Make>,
}

#[derive(Debug)]
struct Content {
    etag: String,
    plain: Bytes,
    /// Compressed at the first request that accepts it.
    gzip: OnceLock<Option<Bytes>>,
}

impl StaticDocument {
    /// The document with the text that `make` returns at the first request.
    pub(super) fn new(
        content_type: &'static str,
        make: impl FnOnce() -> String + Send + 'static,
    ) -> Self {
        let make: Make = Box::new(move || Content::new(make()));
        Self {
            content_type,
            content: LazyLock::new(make),
        }
    }

    /// The response to a request with these headers: 304 if the client has the document.
    pub(super) fn response(&self, request: &HeaderMap, status: StatusCode) -> Response {
        let mut response = Response::new(Body::empty());
        let headers = response.headers_mut();
        let fixed: [(HeaderName, &'static str); 5] = [
            (header::CACHE_CONTROL, CACHE_CONTROL),
            (header::VARY, "accept-encoding"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::REFERRER_POLICY, "no-referrer"),
        ];
        headers.extend(fixed.map(|(name, value)| (name, HeaderValue::from_static(value))));
        if let Ok(etag) = HeaderValue::from_str(&self.content.etag) {
            headers.insert(header::ETAG, etag);
        }
        if status == StatusCode::OK && etag::matches(request, &self.content.etag) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        let content_type = HeaderValue::from_static(self.content_type);
        headers.insert(header::CONTENT_TYPE, content_type);
        let gzip = accepts_gzip(request).then(|| self.content.gzip());
        let body = if let Some(gzip) = gzip.flatten() {
            let encoding = HeaderValue::from_static("gzip");
            headers.insert(header::CONTENT_ENCODING, encoding);
            gzip
        } else {
            self.content.plain.clone()
        };
        *response.body_mut() = Body::from(body);
        *response.status_mut() = status;
        response
    }
}

impl Content {
    fn new(text: String) -> Self {
        Self {
            etag: etag::weak(&etag::fingerprint(text.as_bytes())),
            plain: text.into(),
            gzip: OnceLock::new(),
        }
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

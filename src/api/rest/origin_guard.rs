//! Decides which web pages may call the service. A browser names the origin of the page.
//!
//! A page of another origin must not move numbers through a service that its reader can reach, for
//! example on loopback without authentication. Nor may it do so by a host name of its own that
//! resolves to this service for a moment (DNS rebinding): without authentication, the service only
//! accepts hosts that no attacker can point elsewhere.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::middleware::Next;
use axum::response::Response;
use tower_http::cors::CorsLayer;

use super::field_names::FieldNames;
use super::{error, headers};
use crate::api::Reason;
use crate::api::call_context::CallContext;
use crate::api::contract::Contract;
use crate::api::span::TRACE_ID;
use crate::api::status::StatusBuilder;
use crate::auth::Origin;

/// Maximum length of a host or an origin in an error, in characters.
const MAX_SHOWN_CHARS: usize = 100;
/// How long a browser may cache a CORS preflight.
const PREFLIGHT_MAX_AGE: Duration = Duration::from_hours(1);

/// Which web pages may call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OriginPolicy {
    /// Pages of these origins may.
    pub allowed: Vec<Origin>,
    /// Whether the service requires no authentication.
    pub is_open: bool,
}

/// What a request was refused for, as the client sent it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum NotAllowed {
    #[error(
        "The request was sent to the host {0}, which is not known as a name of this service. To accept it, add \
         http://{0} to the setting rest.cors_origins, or configure authentication; or send the request to an IP \
         address or to localhost."
    )]
    Host(String),
    #[error(
        "A web page of the origin {0} sent the request. To accept it, add the origin to the setting \
         rest.cors_origins."
    )]
    Origin(String),
}

impl OriginPolicy {
    /// The CORS layer. `None` where no other origin may call.
    pub(super) fn cors(&self) -> Option<CorsLayer> {
        if self.allowed.is_empty() {
            return None;
        }
        let origins = self.allowed.iter();
        // The constructor of an origin guarantees that it fits in a header.
        let origins = origins.filter_map(|origin| HeaderValue::from_str(origin.as_str()).ok());
        let layer = CorsLayer::new()
            .allow_origin(origins.collect::<Vec<_>>())
            .allow_methods([Method::GET, Method::POST, Method::PATCH, Method::DELETE])
            .allow_headers([
                header::AUTHORIZATION,
                header::CONTENT_TYPE,
                header::IF_NONE_MATCH,
                headers::API_KEY,
                headers::IDEMPOTENCY_KEY,
                headers::LAST_EVENT_ID,
                headers::PREFER,
                headers::TRACEPARENT,
                headers::TRACESTATE,
            ])
            .expose_headers([
                header::ALLOW,
                header::ETAG,
                header::RETRY_AFTER,
                header::WWW_AUTHENTICATE,
                header::LOCATION,
                headers::PREFERENCE_APPLIED,
                TRACE_ID,
            ])
            .max_age(PREFLIGHT_MAX_AGE);
        Some(layer)
    }

    /// Accepts a request to this URI with these headers, or says what it refuses.
    fn admit(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), NotAllowed> {
        let host = headers.get(header::HOST);
        let host = host.and_then(|host| host.to_str().ok()?.parse::<Authority>().ok());
        // With HTTP/2 it is in the URI. Browsers speak HTTP/2 over TLS only, where no other host
        // name has the certificate.
        let here = host.as_ref().or_else(|| uri.authority());
        if let Some(host) = host.as_ref().filter(|host| !self.accepts_host(host)) {
            return Err(NotAllowed::Host(shown(host.as_str().as_bytes())));
        }
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let foreign = origins.find(|origin| !self.allows(origin) && !is_same_origin(origin, here));
        foreign.map_or(Ok(()), |origin| {
            Err(NotAllowed::Origin(shown(origin.as_bytes())))
        })
    }

    fn allows(&self, origin: &HeaderValue) -> bool {
        let is_it = |allowed: &Origin| origin.as_bytes() == allowed.as_str().as_bytes();
        self.allowed.iter().any(is_it)
    }

    fn accepts_host(&self, host: &Authority) -> bool {
        let is_of = |origin: &Origin| origin.host() == host.as_str();
        !self.is_open || is_fixed(host) || self.allowed.iter().any(is_of)
    }
}

/// An untrusted value as an error shows it: printable, and not too long.
fn shown(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    text.escape_debug().take(MAX_SHOWN_CHARS).collect()
}

/// Whether the page was loaded from the host that its request is sent to.
fn is_same_origin(origin: &HeaderValue, here: Option<&Authority>) -> bool {
    let host = origin
        .to_str()
        .ok()
        .and_then(|origin| origin.split_once("://"));
    let own = host.zip(here);
    own.is_some_and(|((_, host), here)| host.eq_ignore_ascii_case(here.as_str()))
}

/// Whether no DNS entry can change what the host means: loopback or an address.
fn is_fixed(host: &Authority) -> bool {
    let host = host.host();
    let bare = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let host = bare.unwrap_or(host).to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost") || host.parse::<IpAddr>().is_ok()
}

/// Refuses requests from web pages that may not call.
pub(super) async fn guard(
    State((origins, contract)): State<(Arc<OriginPolicy>, Arc<Contract>)>,
    request: Request,
    next: Next,
) -> Response {
    let Err(refused) = origins.admit(request.uri(), request.headers()) else {
        return next.run(request).await;
    };
    let status = StatusBuilder::new(Reason::OriginNotAllowed).message(refused.to_string());
    let context = CallContext::of(request.extensions());
    let names = FieldNames::default();
    error::response(&contract, &context, &status.build(), &names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins(allowed: &[&str], is_open: bool) -> OriginPolicy {
        OriginPolicy {
            allowed: allowed.iter().map(|it| it.parse().unwrap()).collect(),
            is_open,
        }
    }

    fn admits(origins: &OriginPolicy, host: Option<&str>, origin: Option<&str>) -> bool {
        let headers = [(header::HOST, host), (header::ORIGIN, origin)];
        let headers = headers
            .into_iter()
            .filter_map(|(name, value)| Some((name, HeaderValue::from_str(value?).unwrap())));
        let admitted = origins.admit(&Uri::from_static("/"), &headers.collect());
        admitted.is_ok()
    }

    #[test]
    fn a_page_of_the_service_itself_may_call_and_another_only_if_it_is_allowed() {
        for is_open in [false, true] {
            let origins = origins(&["https://console.example.com"], is_open);
            let local = Some("127.0.0.1:8080");
            assert!(admits(&origins, local, None));
            assert!(admits(&origins, local, Some("http://127.0.0.1:8080")));
            assert!(admits(&origins, local, Some("https://console.example.com")));
            for foreign in ["https://evil.example", "null", "http://127.0.0.1:3000", ""] {
                assert!(!admits(&origins, local, Some(foreign)), "{foreign}");
            }
        }
    }

    #[test]
    fn without_authentication_a_host_that_dns_could_change_is_refused() {
        let (host, own) = (Some("evil.example:8080"), Some("http://evil.example:8080"));
        let closed = origins(&[], false);
        assert!(admits(&closed, host, None) && admits(&closed, host, own));
        let open = origins(&["https://console.example.com"], true);
        assert!(!admits(&open, host, None) && !admits(&open, host, own));
        for host in [
            "localhost:8080",
            "[::1]:8080",
            "10.0.0.1",
            "a.localhost",
            "console.example.com",
        ] {
            assert!(admits(&open, Some(host), None), "{host}");
        }
        assert!(admits(&open, None, None));
    }

    #[test]
    fn a_refusal_names_the_host_or_the_origin_and_the_setting() {
        let open = origins(&[], true);
        let refused = |name, value: &'static str| {
            let headers = HeaderMap::from_iter([(name, HeaderValue::from_static(value))]);
            let refused = open.admit(&Uri::from_static("/"), &headers).unwrap_err();
            refused.to_string()
        };
        let host = refused(header::HOST, "migrator:8080");
        assert!(host.contains("the host migrator:8080,") && host.contains("rest.cors_origins"));
        let page = refused(header::ORIGIN, "https://evil.example");
        assert!(
            page.contains("the origin https://evil.example ") && page.contains("rest.cors_origins")
        );
    }
}

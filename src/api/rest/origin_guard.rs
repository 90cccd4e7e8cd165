//! Which web pages may call: a browser says for whom it asks.
//!
//! A page elsewhere must not move numbers through a service that its reader happens to reach, on loopback, say, where nobody
//! is asked who they are. Nor may it by a name of its own that leads here for a moment (DNS rebinding): while nobody is
//! asked, the service only answers to names that are nobody's.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::middleware::Next;
use axum::response::Response;
use tower_http::cors::CorsLayer;

use super::{error, headers as headers_of};
use crate::api::Reason;
use crate::api::contract::Contract;
use crate::api::status::StatusBuilder;
use crate::auth::Origin;

/// Browsers ask again after this time, whatever they are told.
const ASKED_AGAIN: Duration = Duration::from_hours(1);

/// Which pages may call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pages {
    /// Pages of these.
    pub allowed: Vec<Origin>,
    /// Whether nobody is asked who they are.
    pub is_open: bool,
}

impl Pages {
    /// What answers browsers that ask whether a page may call; `None` where none may.
    pub(super) fn cors(&self) -> Option<CorsLayer> {
        if self.allowed.is_empty() {
            return None;
        }
        let origins = self.allowed.iter();
        // Each was made to fit into a header.
        let origins = origins.filter_map(|origin| HeaderValue::from_str(origin.as_str()).ok());
        let layer = CorsLayer::new()
            .allow_origin(origins.collect::<Vec<_>>())
            .allow_methods([Method::GET, Method::POST, Method::DELETE])
            .allow_headers([
                header::AUTHORIZATION,
                header::CONTENT_TYPE,
                header::IF_NONE_MATCH,
                headers_of::API_KEY,
                headers_of::IDEMPOTENCY_KEY,
                headers_of::LAST_EVENT_ID,
                headers_of::PREFER,
                headers_of::TRACEPARENT,
                headers_of::TRACESTATE,
            ])
            .expose_headers([
                header::ALLOW,
                header::ETAG,
                header::RETRY_AFTER,
                header::WWW_AUTHENTICATE,
                headers_of::PREFERENCE_APPLIED,
            ])
            .max_age(ASKED_AGAIN);
        Some(layer)
    }

    /// Whether a request may be answered that was sent to this address with these headers.
    fn admit(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let host = headers.get(header::HOST);
        let host = host.and_then(|host| host.to_str().ok()?.parse::<Authority>().ok());
        // Over HTTP/2 it stands in the address, and a browser speaks that over TLS alone, where no other name has the key.
        let here = host.as_ref().or_else(|| uri.authority());
        let mut origins = headers.get_all(header::ORIGIN).iter();
        host.as_ref().is_none_or(|host| self.answers_to(host))
            && origins.all(|origin| self.allows(origin) || is_own(origin, here))
    }

    fn allows(&self, origin: &HeaderValue) -> bool {
        let is_it = |allowed: &Origin| origin.as_bytes() == allowed.as_str().as_bytes();
        self.allowed.iter().any(is_it)
    }

    fn answers_to(&self, host: &Authority) -> bool {
        let is_of = |origin: &Origin| origin.host() == host.as_str();
        !self.is_open || is_nobodys(host) || self.allowed.iter().any(is_of)
    }
}

/// Whether a page of this origin was got from where it sends its request to.
fn is_own(origin: &HeaderValue, here: Option<&Authority>) -> bool {
    let host = origin
        .to_str()
        .ok()
        .and_then(|origin| origin.split_once("://"));
    let own = host.zip(here);
    own.is_some_and(|((_, host), here)| host.eq_ignore_ascii_case(here.as_str()))
}

/// Whether nobody can make this name lead elsewhere.
fn is_nobodys(host: &Authority) -> bool {
    let host = host.host();
    let bare = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let host = bare.unwrap_or(host).to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost") || host.parse::<IpAddr>().is_ok()
}

/// Lets nothing through that a foreign page asks for.
pub(super) async fn guard(
    State((origins, contract)): State<(Arc<Pages>, Arc<Contract>)>,
    request: Request,
    next: Next,
) -> Response {
    if origins.admit(request.uri(), request.headers()) {
        return next.run(request).await;
    }
    let status = StatusBuilder::new(Reason::OriginNotAllowed).build();
    error::response(&contract, &status)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins(allowed: &[&str], is_open: bool) -> Pages {
        Pages {
            allowed: allowed.iter().map(|it| it.parse().unwrap()).collect(),
            is_open,
        }
    }

    fn admits(origins: &Pages, host: Option<&str>, origin: Option<&str>) -> bool {
        let headers = [(header::HOST, host), (header::ORIGIN, origin)];
        let headers = headers
            .into_iter()
            .filter_map(|(name, value)| Some((name, HeaderValue::from_str(value?).unwrap())));
        origins.admit(&Uri::from_static("/"), &headers.collect())
    }

    #[test]
    fn a_page_of_the_service_itself_may_call_and_another_only_where_it_is_allowed() {
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
    fn while_nobody_is_asked_a_name_that_may_be_somebodys_is_refused() {
        let (host, own) = (Some("evil.example:8080"), Some("http://evil.example:8080"));
        let closed = origins(&[], false);
        assert!(admits(&closed, host, None) && admits(&closed, host, own));
        let open = origins(&["https://console.example.com"], true);
        assert!(!admits(&open, host, None) && !admits(&open, host, own));
        for nobodys in [
            "localhost:8080",
            "[::1]:8080",
            "10.0.0.1",
            "a.localhost",
            "console.example.com",
        ] {
            assert!(admits(&open, Some(nobodys), None), "{nobodys}");
        }
        assert!(admits(&open, None, None));
    }
}

//! Protects the control API from web pages of other sites.
//!
//! The control API needs no token and listens on loopback, where any web page in the user's browser
//! could reach it: by a cross-origin request, or by DNS rebinding.

use std::net::IpAddr;

use axum::Json;
use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

/// Name suffixes that no public site can have.
const PRIVATE: [&str; 3] = [".localhost", ".local", ".internal"];

/// Refuses requests of web pages of other sites.
pub(crate) async fn guard(request: Request, next: Next) -> Response {
    match refusal(request.method(), request.uri(), request.headers()) {
        None => next.run(request).await,
        Some(why) => (StatusCode::FORBIDDEN, Json(json!({ "error": why }))).into_response(),
    }
}

fn refusal(method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<&'static str> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST).and_then(|host| host.parse::<Authority>().ok());
    let host = host.as_ref().or_else(|| uri.authority());
    if !host.is_some_and(is_private) {
        return Some(
            "the sandbox answers to an IP address, to localhost, and to names without a dot or under .local or .internal",
        );
    }
    // Every browser sends it with a request that may change something.
    let origin = headers.get(header::ORIGIN)?;
    let origin = origin.to_str().ok().and_then(|it| it.split_once("://"));
    let is_own = origin
        .zip(host)
        .is_some_and(|((_, origin), host)| origin.eq_ignore_ascii_case(host.as_str()));
    if !is_own {
        return Some("the request comes from a web page of another origin");
    }
    let is_json = text(header::CONTENT_TYPE).is_some_and(|it| it.starts_with("application/json"));
    let changes = ![Method::GET, Method::HEAD].contains(method);
    (changes && !is_json).then_some("from a web page, a change must be application/json")
}

/// Whether no public site can resolve this name to the sandbox.
fn is_private(host: &Authority) -> bool {
    let host = host.host();
    let bare = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let host = bare.unwrap_or(host).to_ascii_lowercase();
    host.parse::<IpAddr>().is_ok()
        || !host.contains('.')
        || PRIVATE.iter().any(|ending| host.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn refused(method: &Method, headers: &[(HeaderName, &str)]) -> bool {
        let headers = headers.iter();
        let headers =
            headers.map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()));
        refusal(
            method,
            &Uri::from_static("/sandbox/reset"),
            &headers.collect(),
        )
        .is_some()
    }

    #[test]
    fn only_hosts_that_no_public_site_can_have_are_answered() {
        let with = |host| refused(&Method::GET, &[(header::HOST, host)]);
        for own in [
            "127.0.0.1:8089",
            "[::1]:8089",
            "localhost:8089",
            "waba-migrator-sandbox:8089",
            "sandbox.default.svc.cluster.local",
            "host.docker.internal:8089",
        ] {
            assert!(!with(own), "{own}");
        }
        for foreign in [
            "evil.example:8089",
            "127.0.0.1.evil.example",
            "sandbox.local.example",
        ] {
            assert!(with(foreign), "{foreign}");
        }
        assert!(refused(&Method::GET, &[]), "no host");
    }

    #[test]
    fn a_page_of_another_origin_is_refused_and_one_of_the_same_origin_must_send_json() {
        let host = (header::HOST, "127.0.0.1:8089");
        let json = (header::CONTENT_TYPE, "application/json");
        let own = (header::ORIGIN, "http://127.0.0.1:8089");
        for origin in ["https://evil.example", "http://127.0.0.1:3000", "null"] {
            for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE] {
                let headers = [host.clone(), json.clone(), (header::ORIGIN, origin)];
                assert!(refused(&method, &headers), "{origin}");
            }
        }
        assert!(!refused(&Method::POST, &[host.clone(), own.clone(), json]));
        assert!(!refused(&Method::GET, &[host.clone(), own.clone()]));
        assert!(refused(&Method::POST, &[host.clone(), own.clone()]));
        let form = (header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        assert!(refused(&Method::PUT, &[host.clone(), own, form.clone()]));
        // Clients other than browsers send no origin.
        assert!(!refused(&Method::PUT, &[host, form]));
    }
}

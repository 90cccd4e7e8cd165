//! Links to the pages for people, as responses contain them: absolute, since they are read far from
//! the API, for example in a chat.
//!
//! They begin with `docs.base_url`. Without it they begin with the address at which the caller
//! reached the service. That address is text of the caller's and is returned to the same caller
//! only, but it is checked all the same: it must be a host with a port, and nothing else.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{Extensions, HeaderMap, HeaderName, header};
use axum::middleware::Next;
use axum::response::Response;

use super::pages;
use crate::http_server::Peer;

/// Maximum length of an address of the service: a DNS name and a port.
const MAX_AUTHORITY: usize = 260;
/// The scheme of the request that a proxy received.
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The configured address of the pages. The default: links begin with the address of the service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DocsBase(Option<Arc<str>>);

impl DocsBase {
    /// The pages are at this URL, which has no slash at its end.
    #[must_use]
    pub fn at(url: &str) -> Self {
        Self(Some(url.into()))
    }
}

/// Makes links to the pages. An extension of every request. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DocsLinks(Arc<str>);

impl Default for DocsLinks {
    /// Links without a host.
    fn default() -> Self {
        Self(pages::HOME.into())
    }
}

impl DocsLinks {
    /// The links for the request with these extensions.
    pub(super) fn of(extensions: &Extensions) -> Self {
        extensions.get().cloned().unwrap_or_default()
    }

    /// What all links begin with.
    pub(super) fn base(&self) -> &str {
        &self.0
    }

    /// The link to the section of the guide with this anchor.
    pub(super) fn guide(&self, anchor: &str) -> String {
        format!("{}/preparing-a-number#{anchor}", self.0)
    }

    /// The link to the explanation of this fault.
    pub(super) fn fault(&self, reason: &str) -> String {
        format!("{}/faults#{reason}", self.0)
    }

    fn for_request(request: &Parts) -> Self {
        let Some(peer) = request.extensions.get::<Peer>() else {
            return Self::default();
        };
        let host = match request.uri.authority() {
            // HTTP/2.
            Some(authority) => Some(authority.as_str()),
            None => only(&request.headers, &header::HOST),
        };
        let Some(host) = host.filter(|host| is_host(host)) else {
            return Self::default();
        };
        // A proxy that receives TLS reports it. That a caller can do so too changes only the links
        // that it gets itself, and never from https to http.
        let is_forwarded = only(&request.headers, &FORWARDED_PROTO) == Some("https");
        let scheme = if is_forwarded { "https" } else { peer.scheme() };
        Self(format!("{scheme}://{host}{}", pages::HOME).into())
    }
}

/// Adds the links to the extensions of a request.
pub(super) async fn add(State(base): State<DocsBase>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let links = match base.0 {
        Some(base) => DocsLinks(base),
        None => DocsLinks::for_request(&parts),
    };
    parts.extensions.insert(links);
    next.run(Request::from_parts(parts, body)).await
}

/// The value of a header that is there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).into_iter();
    let value = values.next()?;
    values.next().is_none().then(|| value.to_str().ok())?
}

/// Whether the text is a host, with or without a port, and nothing else.
fn is_host(text: &str) -> bool {
    let is_usual = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    text.len() <= MAX_AUTHORITY
        && text.bytes().all(is_usual)
        && text
            .parse::<Authority>()
            .is_ok_and(|authority| !authority.host().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(uri: &str, peer: Option<Peer>, headers: &[(HeaderName, &str)]) -> String {
        let mut request = Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        if let Some(peer) = peer {
            parts.extensions.insert(peer);
        }
        DocsLinks::for_request(&parts).base().to_owned()
    }

    fn plain() -> Peer {
        Peer::plain(([127, 0, 0, 1], 50_000).into())
    }

    #[test]
    fn links_begin_with_the_address_that_the_caller_used() {
        let tls = Some(Peer::tls(([127, 0, 0, 1], 50_000).into(), None));
        let host = |host| [(header::HOST, host)];
        for (uri, peer, headers, expected) in [
            (
                "/",
                Some(plain()),
                &host("localhost:8080")[..],
                "http://localhost:8080/docs",
            ),
            (
                "/",
                Some(plain()),
                &host("[::1]:8080")[..],
                "http://[::1]:8080/docs",
            ),
            (
                "/",
                tls.clone(),
                &host("api.example.com")[..],
                "https://api.example.com/docs",
            ),
            (
                "https://a.example:8443/x",
                tls,
                &[][..],
                "https://a.example:8443/docs",
            ),
            ("/", None, &host("localhost:8080")[..], "/docs"),
            ("/", Some(plain()), &[][..], "/docs"),
        ] {
            assert_eq!(links(uri, peer, headers), expected);
        }
    }

    #[test]
    fn a_proxy_can_report_tls_but_not_its_absence() {
        let with = |peer, proto| {
            let headers = [(header::HOST, "a.example"), (FORWARDED_PROTO, proto)];
            links("/", Some(peer), &headers)
        };
        let address = ([127, 0, 0, 1], 50_000).into();
        assert_eq!(
            with(Peer::plain(address), "https"),
            "https://a.example/docs"
        );
        assert_eq!(
            with(Peer::plain(address), "javascript"),
            "http://a.example/docs"
        );
        assert_eq!(
            with(Peer::tls(address, None), "http"),
            "https://a.example/docs"
        );
    }

    #[test]
    fn a_host_that_is_no_host_is_not_used() {
        let long = format!("{}.example", "a".repeat(MAX_AUTHORITY));
        for host in [
            "user@a.example",
            "a.example/x",
            "a b",
            "\"><script>",
            "a%41",
            "",
            &long,
        ] {
            assert_eq!(
                links("/", Some(plain()), &[(header::HOST, host)]),
                "/docs",
                "{host}"
            );
        }
        let twice = [(header::HOST, "a.example"), (header::HOST, "b.example")];
        assert_eq!(links("/", Some(plain()), &twice), "/docs");
    }
}

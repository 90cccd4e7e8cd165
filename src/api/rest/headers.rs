//! Headers that have a meaning over REST and none over gRPC.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName};

use crate::api::contract::Rpc;

/// The caller's idempotency key, by its usual name in HTTP.
pub(super) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// How long the caller prefers to wait (RFC 7240).
pub(super) const PREFER: HeaderName = HeaderName::from_static("prefer");
/// The preference that was applied (RFC 7240).
pub(super) const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");
/// An API key, for clients that use `Authorization` for something else.
pub(super) const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
/// The id of the last event that a client of `Watch` received.
pub(super) const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// The trace of the request (W3C Trace Context).
pub(super) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// Vendor-specific parts of the trace (W3C Trace Context).
pub(super) const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// The idempotency key, with or without quotes.
pub(super) fn idempotency_key(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(IDEMPOTENCY_KEY)?.to_str().ok()?.trim();
    let unquoted = text.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
    Some(unquoted.unwrap_or(text))
}

/// The preferred wait, for an RPC that can wait.
pub(super) fn applied_wait(rpc: &Rpc, headers: &HeaderMap) -> Option<Duration> {
    rpc.request_field("wait")?;
    preferred_wait(headers)
}

/// RFC 7240: a preference that cannot be parsed is ignored.
fn preferred_wait(headers: &HeaderMap) -> Option<Duration> {
    let values = headers.get_all(PREFER).into_iter();
    let mut preferences = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    preferences.find_map(|preference| {
        let preference = preference.split(';').next()?;
        let (name, value) = preference.split_once('=')?;
        let seconds = value.trim().trim_matches('"').parse().ok()?;
        let is_wait = name.trim().eq_ignore_ascii_case("wait");
        is_wait.then(|| Duration::from_secs(seconds))
    })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn an_idempotency_key_may_be_quoted() {
        for text in ["key 1", "\"key 1\"", " key 1 "] {
            let headers = headers(IDEMPOTENCY_KEY, text);
            assert_eq!(idempotency_key(&headers), Some("key 1"), "{text}");
        }
        assert_eq!(idempotency_key(&HeaderMap::new()), None);
    }

    #[test]
    fn a_preferred_wait_is_found_among_other_preferences() {
        for (text, seconds) in [
            ("wait=5", Some(5)),
            ("respond-async, wait = 10", Some(10)),
            ("Wait=\"0\"; foo=bar", Some(0)),
            ("wait", None),
            ("wait=soon", None),
            ("return=minimal", None),
        ] {
            let wait = preferred_wait(&headers(PREFER, text));
            assert_eq!(wait, seconds.map(Duration::from_secs), "{text}");
        }
    }
}

//! Headers that mean something to a REST caller, and nothing to gRPC.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// The caller's idempotency key, by the name that HTTP has for it.
pub(in crate::api) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// How long the caller would like to wait (RFC 7240).
pub(in crate::api) const PREFER: HeaderName = HeaderName::from_static("prefer");
/// What was made of it.
pub(in crate::api) const PREFERENCE_APPLIED: HeaderName =
    HeaderName::from_static("preference-applied");
/// An API key, where the other header holds something else.
pub(in crate::api) const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
/// Where a caller of `Watch` had come to.
pub(in crate::api) const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// The trace that a request belongs to (W3C).
pub(in crate::api) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// The same, for those who made it.
pub(in crate::api) const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// The idempotency key, which may stand in quotes.
pub(in crate::api) fn idempotency_key(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(IDEMPOTENCY_KEY)?.to_str().ok()?.trim();
    let unquoted = text.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
    Some(unquoted.unwrap_or(text))
}

/// How long the caller would wait, as it prefers. What cannot be read is no preference, as the RFC has it.
pub(in crate::api) fn preferred_wait(headers: &HeaderMap) -> Option<Duration> {
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

/// Whether the caller holds this already.
pub(in crate::api) fn has_it(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let tag = |text: &str| text.trim().trim_start_matches("W/").to_owned();
    let wanted = etag.to_str().map(tag).unwrap_or_default();
    let values = headers.get_all(header::IF_NONE_MATCH).into_iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|held| held.trim() == "*" || tag(held) == wanted)
}

/// Whether the caller takes an answer that is compressed by gzip (RFC 9110).
pub(in crate::api) fn takes_gzip(headers: &HeaderMap) -> bool {
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
    // What is said of gzip itself goes before what is said of all codings.
    let said = weights.reduce(|one, other| if other.0 { other } else { one });
    said.is_some_and(|(_, weight)| weight > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn an_idempotency_key_may_stand_in_quotes() {
        for text in ["key 1", "\"key 1\"", " key 1 "] {
            let headers = headers(IDEMPOTENCY_KEY, text);
            assert_eq!(idempotency_key(&headers), Some("key 1"), "{text}");
        }
        assert_eq!(idempotency_key(&HeaderMap::new()), None);
    }

    #[test]
    fn a_preference_is_found_among_others() {
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

    #[test]
    fn what_a_caller_holds_is_known_by_any_of_its_tags() {
        let etag = HeaderValue::from_static("W/\"a\"");
        for (text, has) in [
            ("W/\"a\"", true),
            ("\"a\"", true),
            ("\"b\", W/\"a\"", true),
            ("*", true),
            ("\"b\"", false),
        ] {
            let headers = headers(header::IF_NONE_MATCH, text);
            assert_eq!(has_it(&headers, &etag), has, "{text}");
        }
    }

    #[test]
    fn gzip_is_taken_by_those_who_say_so() {
        for (text, takes) in [
            ("gzip", true),
            ("br, GZIP;q=0.5", true),
            ("*", true),
            ("gzip;q=0", false),
            ("gzip; q=0.0, *", false),
            ("*;q=0", false),
            ("br", false),
            ("identity", false),
        ] {
            let headers = headers(header::ACCEPT_ENCODING, text);
            assert_eq!(takes_gzip(&headers), takes, "{text}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}

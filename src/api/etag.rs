//! Entity tags (RFC 9110): one function makes them all, so that the tag in a body and the tag in
//! the header of the same answer are equal.

use aws_lc_rs::digest::{SHA256, digest};
use axum::http::{HeaderMap, header};

/// The tag in the body of a response. REST takes it from the extensions of the gRPC response.
#[derive(Debug, Clone)]
pub(super) struct EntityTag(pub(super) String);

/// A digest of the content, in hexadecimal: the same in every process and version of the service.
pub(super) fn fingerprint(content: &[u8]) -> String {
    let digest = digest(&SHA256, content);
    let kept = digest.as_ref().first_chunk().copied().unwrap_or_default();
    format!("{:016x}", u64::from_be_bytes(kept))
}

/// A weak tag: the same content may be sent in more than one encoding.
pub(super) fn weak(opaque: &str) -> String {
    format!("W/\"{opaque}\"")
}

/// Whether `If-None-Match` names this tag, by weak comparison.
pub(super) fn matches(headers: &HeaderMap, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let wanted = opaque(etag);
    let values = headers.get_all(header::IF_NONE_MATCH).into_iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|tag| tag.trim() == "*" || opaque(tag) == wanted)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_tag_is_found_among_others_whether_strong_or_weak() {
        for (text, found) in [
            ("W/\"a\"", true),
            ("\"a\"", true),
            ("\"b\", W/\"a\"", true),
            ("*", true),
            ("\"b\"", false),
        ] {
            let value = HeaderValue::from_str(text).unwrap();
            let headers = HeaderMap::from_iter([(header::IF_NONE_MATCH, value)]);
            assert_eq!(matches(&headers, &weak("a")), found, "{text}");
        }
    }

    #[test]
    fn a_fingerprint_depends_on_the_content_alone() {
        assert_eq!(fingerprint(b""), "e3b0c44298fc1c14");
        assert_ne!(fingerprint(b"a"), fingerprint(b"b"));
    }
}

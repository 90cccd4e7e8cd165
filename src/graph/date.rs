//! The `Date` header of a response: the server's clock.

use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{DATE, HeaderMap};

static PARSER: DateTimeParser = DateTimeParser::new();

/// Half of the header's resolution: its time is cut to the second.
const HALF: SignedDuration = SignedDuration::from_millis(500);

/// The server's time when it wrote the response, give or take half a second. A malformed header is
/// ignored.
pub(super) fn of(headers: &HeaderMap) -> Option<Timestamp> {
    let text = headers.get(DATE)?.to_str().ok()?;
    let at = PARSER.parse_timestamp(text).ok()?;
    at.checked_add(HALF).ok()
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn read(text: &'static str) -> Option<Timestamp> {
        let header = [(DATE, HeaderValue::from_static(text))];
        of(&header.into_iter().collect())
    }

    #[test]
    fn the_date_is_read_to_half_a_second() {
        let at: Timestamp = "2026-11-30T22:08:12.5Z".parse().unwrap();
        assert_eq!(read("Mon, 30 Nov 2026 22:08:12 GMT"), Some(at));
    }

    #[test]
    fn a_malformed_date_is_ignored() {
        for text in ["", "now", "30 Nov", "Mon, 30 Nov 2026 25:08:12 GMT"] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(of(&HeaderMap::new()), None);
    }
}

//! The timeout that a client sends with a call.

use std::time::Duration;

use axum::http::HeaderMap;

/// gRPC's timeout header.
const HEADER: &str = "grpc-timeout";
/// Maximum digits by the specification.
const MAX_DIGITS: usize = 8;

/// The timeout in these headers. A malformed one is ignored.
pub(super) fn timeout(headers: &HeaderMap) -> Option<Duration> {
    read(headers.get(HEADER)?.to_str().ok()?)
}

fn read(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.len() > MAX_DIGITS || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let amount: u32 = digits.parse().ok()?;
    let unit = match unit {
        "H" => Duration::from_hours(1),
        "M" => Duration::from_mins(1),
        "S" => Duration::from_secs(1),
        "m" => Duration::from_millis(1),
        "u" => Duration::from_micros(1),
        "n" => Duration::from_nanos(1),
        _ => return None,
    };
    Some(unit.saturating_mul(amount))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_follows_the_specification() {
        for (text, millis) in [
            ("2S", 2_000),
            ("1500m", 1_500),
            ("3000u", 3),
            ("5000000n", 5),
            ("1M", 60_000),
            ("1H", 3_600_000),
            ("0S", 0),
        ] {
            assert_eq!(read(text), Some(Duration::from_millis(millis)), "{text}");
        }
        assert!(read("99999999H").is_some());
        for text in [
            "",
            "S",
            "1",
            "1s",
            "-1S",
            "+1S",
            "123456789S",
            "1.5S",
            "1 S",
            "1ü",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}

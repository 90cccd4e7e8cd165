//! How long a caller waits, as it says so itself.

use std::time::Duration;

use axum::http::HeaderMap;

/// What a client says of its own patience, in the words of gRPC.
const HEADER: &str = "grpc-timeout";
/// The specification allows no more digits, so that no sum overflows.
const DIGITS: usize = 8;

/// How long whoever sent these headers waits; `None` where it does not say.
pub(super) fn patience(headers: &HeaderMap) -> Option<Duration> {
    // One that is malformed says nothing: a deadline is the client's own affair.
    read(headers.get(HEADER)?.to_str().ok()?)
}

fn read(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.len() > DIGITS || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
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
    fn a_clients_patience_is_read_as_the_specification_writes_it() {
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

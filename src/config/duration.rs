//! Durations as settings write them: `500ms`, `10s`, `72h`, `14d`.

use jiff::{SignedDuration, Span, SpanRelativeTo};

/// The text is not a duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a duration of whole milliseconds, such as 500ms, 10s, 5m, 72h or 14d")]
pub struct InvalidDuration;

/// Nothing is timed more finely, so a finer duration would not be what is in force.
const NANOSECONDS_A_MILLISECOND: i32 = 1_000_000;

/// Parses a duration. A day is 24 hours.
pub fn parse(text: &str) -> Result<SignedDuration, InvalidDuration> {
    let span: Span = text.trim().parse().map_err(|_| InvalidDuration)?;
    let duration = span
        .to_duration(SpanRelativeTo::days_are_24_hours())
        .map_err(|_| InvalidDuration)?;
    let is_whole = duration.subsec_nanos() % NANOSECONDS_A_MILLISECOND == 0;
    if duration.is_negative() || !is_whole {
        Err(InvalidDuration)
    } else {
        Ok(duration)
    }
}

/// Prints a duration in the notation of `default.toml`.
#[must_use]
pub fn print(duration: SignedDuration) -> String {
    let seconds = duration.as_secs();
    match (seconds, duration.subsec_millis()) {
        (_, 1..) => format!("{}ms", duration.as_millis()),
        (s, _) if s > 0 && s % 86_400 == 0 => format!("{}d", s / 86_400),
        (s, _) if s > 0 && s % 3_600 == 0 => format!("{}h", s / 3_600),
        (s, _) if s > 0 && s % 60 == 0 => format!("{}m", s / 60),
        (s, _) => format!("{s}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_parsed_with_their_units() {
        for (text, seconds) in [
            ("10s", 10.0),
            ("500ms", 0.5),
            ("72h", 259_200.0),
            ("14d", 1_209_600.0),
            ("1h 30m", 5_400.0),
        ] {
            assert!(
                (parse(text).unwrap().as_secs_f64() - seconds).abs() < 1e-9,
                "{text}"
            );
        }
        for text in ["", "10", "soon", "-5s", "1 month", "1y", "1.5ms", "10us"] {
            assert_eq!(parse(text), Err(InvalidDuration), "{text}");
        }
    }

    #[test]
    fn a_printed_duration_parses_to_itself() {
        for text in ["500ms", "10s", "5m", "7h", "3d", "0s", "90s"] {
            assert_eq!(print(parse(text).unwrap()), text);
        }
    }
}

//! How long Meta asks to wait: from its headers, its rules or its prose.

use jiff::SignedDuration;

use crate::migration::Reason;

/// Meta deletes a number within about this time.
const DELETION: SignedDuration = SignedDuration::from_mins(5);
/// Ten register calls block the number this long.
const REGISTER_BLOCK: SignedDuration = SignedDuration::from_hours(72);
/// Meta's "about 12 hours" after too many wrong codes.
const GUESSING_LOCK: SignedDuration = SignedDuration::from_hours(12);
/// Meta's "a few minutes" of maintenance.
const MAINTENANCE: SignedDuration = SignedDuration::from_mins(3);
/// Nothing of Meta's lasts longer; a text that says so was misread.
const LONGEST: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How long Meta asks to wait, where it does. `words` are the error's, in lower case.
pub(super) fn after(
    reason: Reason,
    words: &str,
    regain: Option<SignedDuration>,
) -> Option<SignedDuration> {
    match reason {
        Reason::AppRateLimited | Reason::AccountRateLimited => regain,
        Reason::NumberRecentlyDeleted => Some(DELETION),
        Reason::RegisterLimitReached => Some(REGISTER_BLOCK),
        Reason::CodeGuessedTooOften => told(words).or(Some(GUESSING_LOCK)),
        Reason::NumberInMaintenance => told(words).or(Some(MAINTENANCE)),
        Reason::CodeRequestedTooOften
        | Reason::PinGuessedTooOften
        | Reason::PinEnteredTooQuickly
        | Reason::GraphUnavailable => told(words),
        _ => None,
    }
}

/// The longest time that `words` name: "2 hours", "an hour", "1 hour and 30 minutes", "30s".
fn told(words: &str) -> Option<SignedDuration> {
    let mut longest = None;
    let mut sum = SignedDuration::ZERO;
    let mut number = None;
    for word in words
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        let digits = word.len() - word.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (amount, unit) = word.split_at(digits);
        let amount = match amount.parse::<i64>() {
            Ok(amount) => Some(amount),
            Err(_) => number.take(),
        };
        match (amount, seconds(unit)) {
            (Some(amount), Some(unit)) => {
                sum = sum.saturating_add(SignedDuration::from_secs(unit.saturating_mul(amount)));
                longest = longest.max(Some(sum));
                number = None;
            }
            (Some(amount), None) if unit.is_empty() => number = Some(amount),
            _ if matches!(word, "a" | "an" | "one") => number = Some(1),
            _ if word == "and" => {}
            _ => sum = SignedDuration::ZERO,
        }
    }
    longest.filter(|time| time.is_positive() && *time <= LONGEST)
}

/// The seconds in a unit of time.
fn seconds(unit: &str) -> Option<i64> {
    match unit {
        "s" | "sec" | "secs" | "second" | "seconds" => Some(1),
        "m" | "min" | "mins" | "minute" | "minutes" => Some(60),
        "h" | "hr" | "hrs" | "hour" | "hours" => Some(3_600),
        "d" | "day" | "days" => Some(86_400),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_out_of_prose() {
        for (words, expected) in [
            ("please wait 2 hours before you try again", Some(7_200)),
            ("(#133009) wait for 30 seconds", Some(30)),
            ("try again in an hour.", Some(3_600)),
            ("wait 1 hour and 30 minutes, please", Some(5_400)),
            ("in 1h, 5m", Some(3_900)),
            ("a 12-hour lock", Some(43_200)),
            (
                "10 tries in 5 minutes were too many: wait 1 day",
                Some(86_400),
            ),
            ("wait a few minutes", None),
            ("error 133009", None),
            ("wait 0 seconds", None),
            ("wait 99999999999999999999 hours", None),
            ("wait 9999999 days", None),
            ("", None),
        ] {
            assert_eq!(
                told(words),
                expected.map(SignedDuration::from_secs),
                "{words}"
            );
        }
    }

    #[test]
    fn a_rule_of_metas_stands_where_its_answer_is_silent() {
        let after = |reason, words| {
            after(reason, words, Some(SignedDuration::from_mins(7))).map(|time| time.as_mins())
        };
        assert_eq!(after(Reason::NumberRecentlyDeleted, ""), Some(5));
        assert_eq!(after(Reason::RegisterLimitReached, ""), Some(72 * 60));
        assert_eq!(after(Reason::CodeGuessedTooOften, ""), Some(12 * 60));
        assert_eq!(
            after(Reason::CodeGuessedTooOften, "wait 3 hours"),
            Some(180)
        );
        assert_eq!(after(Reason::AccountRateLimited, ""), Some(7));
        assert_eq!(after(Reason::PinMismatch, "wait 3 hours"), None);
    }
}

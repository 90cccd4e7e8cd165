//! How long Meta asks to wait: from its headers, its rules or its prose.

mod units;

use jiff::SignedDuration;

use super::text::says;
use domain::Reason;

/// Time that Meta needs to delete a number.
const DELETION: SignedDuration = SignedDuration::from_mins(5);
/// Block of a number after ten register calls.
const REGISTER_BLOCK: SignedDuration = SignedDuration::from_hours(72);
/// Block after too many wrong codes: Meta's "about 12 hours".
const GUESSING_LOCK: SignedDuration = SignedDuration::from_hours(12);
/// Duration of maintenance: Meta's "a few minutes".
const MAINTENANCE: SignedDuration = SignedDuration::from_mins(3);
/// Maximum wait. None of Meta's is longer, so a longer one is a misreading.
const LONGEST: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How long Meta asks to wait, if at all. `clauses` are the error's sentences.
pub(super) fn after(
    reason: Reason,
    clauses: &[String],
    regain: Option<SignedDuration>,
) -> Option<SignedDuration> {
    match reason {
        Reason::AppRateLimited | Reason::AccountRateLimited => regain,
        Reason::NumberRecentlyDeleted => Some(DELETION),
        Reason::RegisterLimitReached => Some(REGISTER_BLOCK),
        Reason::CodeGuessedTooOften => named(clauses).or(Some(GUESSING_LOCK)),
        Reason::NumberInMaintenance => named(clauses).or(Some(MAINTENANCE)),
        Reason::CodeRequestedTooOften
        | Reason::CodeSendingUnavailable
        | Reason::PinGuessedTooOften
        | Reason::PinEnteredTooQuickly
        | Reason::GraphUnavailable => named(clauses),
        _ => None,
    }
}

/// The longest wait that a sentence names: "wait 2 hours", "try again in an hour", "aguarde 1 hora
/// e 30 minutos". Other times, as in "5 codes in 24 hours", do not count.
fn named(clauses: &[String]) -> Option<SignedDuration> {
    let mut longest = None;
    for clause in clauses {
        let mut asks = false;
        for part in clause.split([',', '،', '(', ')']) {
            let goes_on = asks && starts_with_a_time(part);
            asks = goes_on || says(part, units::ASKS_TO_WAIT);
            if asks {
                longest = longest.max(longest_in(part));
            }
        }
    }
    longest.filter(|time| time.is_positive() && *time <= LONGEST)
}

/// Whether a part of a sentence continues the time of the part before it: "in 1 hour, 5 minutes".
fn starts_with_a_time(part: &str) -> bool {
    let mut words = words(part).filter(|word| !units::joins(word));
    words
        .next()
        .is_some_and(|word| word.starts_with(|c: char| c.is_ascii_digit()))
}

/// The longest time in a part of a sentence.
fn longest_in(part: &str) -> Option<SignedDuration> {
    let mut longest = None;
    let mut sum = SignedDuration::ZERO;
    let mut number = None;
    let mut in_a_window = false;
    let mut words = words(part).peekable();
    while let Some(word) = words.next() {
        let (amount, unit) = split(word);
        let amount = amount.or_else(|| number.take());
        let seconds = match (amount, units::seconds(unit)) {
            (Some(amount), Some(unit)) => Some(unit.saturating_mul(amount)),
            (None, _) => units::whole(word),
            _ => None,
        };
        let has_passed = words.peek().is_some_and(|next| units::is_ago(next));
        match seconds {
            Some(_) if in_a_window || has_passed => in_a_window = false,
            Some(seconds) => {
                sum = sum.saturating_add(SignedDuration::from_secs(seconds));
                longest = longest.max(Some(sum));
            }
            None if unit.is_empty() => number = amount,
            None if units::is_one(word) => number = Some(1),
            None if units::joins(word) => {}
            None => {
                sum = SignedDuration::ZERO;
                in_a_window = units::is_of_a_window(word);
            }
        }
    }
    longest
}

fn words(part: &str) -> impl Iterator<Item = &str> {
    // The mark that joins two consonants in Hindi is not a letter, but part of a word.
    let parts = part.split(|c: char| !c.is_alphanumeric() && c != '\u{94d}' && c != '.');
    let words = parts.map(|word| word.trim_matches('.'));
    words.filter(|word| !word.is_empty())
}

/// The integer at the start of a word, and the rest: `30s`. A fraction is rounded up, to be safe.
fn split(word: &str) -> (Option<i64>, &str) {
    let unit = word.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let number = word.strip_suffix(unit).unwrap_or_default();
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let is_broken = part.contains(|c: char| c != '0');
    let amount = whole.parse::<i64>().ok();
    (
        amount.map(|amount| amount.saturating_add(i64::from(is_broken))),
        unit,
    )
}

#[cfg(test)]
mod tests {
    use super::super::clauses::Clauses;
    use super::*;
    use domain::GraphError;

    fn clauses(message: &str) -> Vec<String> {
        let error = GraphError {
            message: message.to_owned(),
            ..GraphError::default()
        };
        Clauses::of(&error).all().to_vec()
    }

    #[test]
    fn times_are_parsed_from_prose() {
        for (words, expected) in [
            ("please wait 2 hours before you try again", Some(7_200)),
            ("(#133009) wait for 30 seconds", Some(30)),
            ("try again in an hour.", Some(3_600)),
            ("wait 1 hour and 30 minutes, please", Some(5_400)),
            ("come back in 1h, 5m", Some(3_600)),
            ("a 12-hour lock", Some(43_200)),
            ("Try again in 24-48 hours", Some(172_800)),
            ("wait 1.5 hours", Some(7_200)),
            (
                "10 tries in 5 minutes were too many: wait 1 day",
                Some(86_400),
            ),
            ("You asked 10 times in 72 hours, wait 1 hour", Some(3_600)),
            ("wait a few minutes", None),
            ("error 133009", None),
            ("wait 0 seconds", None),
            ("wait 99999999999999999999 hours", None),
            ("wait 9999999 days", None),
            ("", None),
        ] {
            assert_eq!(
                named(&clauses(words)),
                expected.map(SignedDuration::from_secs),
                "{words}"
            );
        }
    }

    #[test]
    fn times_are_parsed_in_every_language_and_script() {
        for (words, hours) in [
            (
                "Nossos servidores estão temporariamente indisponíveis. Aguarde 1 hora antes de tentar novamente.",
                1,
            ),
            // Half translated, as observed.
            ("Aguarde 1 hour antes de tentar", 1),
            ("Tente novamente em duas ou 12 horas", 12),
            ("Espera 1 hora antes de volver a intentarlo", 1),
            ("Vuelve a intentarlo dentro de 24 horas", 24),
            ("Bitte warte 1 Stunde und versuche es erneut", 1),
            ("Versuche es in 12 Stunden erneut", 12),
            ("Veuillez patienter une heure", 1),
            ("Réessayez dans 12 heures", 12),
            ("يرجى الانتظار ساعة واحدة", 1),
            ("حاول مرة أخرى بعد ساعتين", 2),
            ("يرجى الانتظار ١٢ ساعة", 12),
            ("Harap tunggu 1 jam sebelum mencoba lagi", 1),
            ("Coba lagi dalam 12 jam", 12),
            ("Lütfen 1 saat bekleyin", 1),
            ("12 saat sonra tekrar deneyin", 12),
            ("Attendi un'ora e riprova", 1),
            ("Riprova tra 12 ore", 12),
            ("कृपया 1 घंटे प्रतीक्षा करें", 1),
            ("१२ घंटे बाद फिर से कोशिश करें", 12),
        ] {
            let expected = Some(SignedDuration::from_hours(hours));
            assert_eq!(named(&clauses(words)), expected, "{words}");
        }
    }

    #[test]
    fn a_time_that_is_not_a_wait_does_not_count() {
        for words in [
            "You have requested 10 codes in 72 hours",
            "Only 5 codes are sent in 24 hours. Try again later.",
            "You asked too often in the last 72 hours; try again later",
            "Try again, as you asked too often in the last 24 hours",
            "The code is valid for 10 minutes",
            "A code was sent 5 minutes ago, wait for it",
            "Você pediu 10 códigos nas últimas 72 horas. Tente novamente mais tarde.",
            "Has intentado demasiadas veces en 24 horas",
            "Zu viele Versuche in 24 Stunden",
        ] {
            assert_eq!(named(&clauses(words)), None, "{words}");
        }
    }

    #[test]
    fn a_documented_time_applies_if_the_response_names_none() {
        let after = |reason, words| {
            let regain = Some(SignedDuration::from_mins(7));
            after(reason, &clauses(words), regain).map(|time| time.as_mins())
        };
        assert_eq!(after(Reason::NumberRecentlyDeleted, ""), Some(5));
        assert_eq!(after(Reason::RegisterLimitReached, ""), Some(72 * 60));
        assert_eq!(after(Reason::CodeGuessedTooOften, ""), Some(12 * 60));
        assert_eq!(
            after(Reason::CodeGuessedTooOften, "wait 3 hours"),
            Some(180)
        );
        assert_eq!(after(Reason::CodeRequestedTooOften, "later"), None);
        assert_eq!(after(Reason::AccountRateLimited, ""), Some(7));
        assert_eq!(after(Reason::PinMismatch, "wait 3 hours"), None);
    }
}

//! Phone numbers: E.164 in, calling code and national number out.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A phone number that exists in its country's numbering plan, in E.164.
///
/// `Debug` masks it; `Display` prints it whole, for Meta and for the API's own answers only.
///
/// What is stored is read back as it was, in its parts: it was checked when it came in, that check is dear, and a number
/// must stay readable when its country's plan changes.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PhoneNumber {
    calling_code: String,
    national: String,
}

/// E.164 allows no more, the calling code among them.
const E164_DIGITS: usize = 15;

/// Why a text is not a phone number that can be moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Invalid {
    /// It has no leading `+`.
    #[error(
        "must be in E.164: start with + and the country calling code, for example +12025550123"
    )]
    NotInternational,
    /// It holds something other than digits and the usual separators.
    #[error("must hold digits only, besides the leading + and spaces, dashes, dots or parentheses")]
    NotDigits,
    /// No country has this calling code.
    #[error("starts with a country calling code that does not exist")]
    UnknownCountry,
    /// Too few digits for its country.
    #[error("is too short for its country")]
    TooShort,
    /// Too many digits for its country.
    #[error("is too long for its country")]
    TooLong,
    /// The right length, but no such range is in use.
    #[error("is not in use in its country's numbering plan: check the area code and the digits")]
    NotAssigned,
}

impl PhoneNumber {
    /// The country calling code, without `+`: Meta's `cc`.
    #[must_use]
    pub fn calling_code(&self) -> &str {
        &self.calling_code
    }

    /// The national number, without trunk zero: Meta's `phone_number`.
    #[must_use]
    pub fn national(&self) -> &str {
        &self.national
    }

    /// All digits, without `+`.
    #[must_use]
    pub fn digits(&self) -> String {
        format!("{}{}", self.calling_code, self.national)
    }

    /// The number with its middle hidden, for logs: `+1•••••0123`.
    #[must_use]
    pub fn masked(&self) -> String {
        let last = self.national.len().saturating_sub(4);
        let tail = self.national.get(last..).unwrap_or_default();
        format!("+{}•••••{tail}", self.calling_code)
    }

    /// Whether `display`, a number as Meta shows it in a list (`+1 202-555-0123`), is this number.
    ///
    /// Meta shows mobile numbers of a few countries in an older form: Brazil without the ninth digit, Mexico with a
    /// `1` and Argentina with a `9` after the calling code. Those are the same line.
    #[must_use]
    pub fn is_shown_as(&self, display: &str) -> bool {
        let shown: String = display.chars().filter(char::is_ascii_digit).collect();
        let Some(national) = shown.strip_prefix(&self.calling_code) else {
            return false;
        };
        national == self.national
            || self.canonical_national(national) == self.canonical_national(&self.national)
    }

    /// `national` without the digit that some countries' mobile numbers are written with or without.
    fn canonical_national<'a>(&self, national: &'a str) -> std::borrow::Cow<'a, str> {
        let optional = match (self.calling_code.as_str(), national.len()) {
            // Brazil: two digits of area code, then the ninth digit of mobile numbers.
            ("55", 11) => national.get(2..3).filter(|digit| *digit == "9").map(|_| 2),
            ("52", 11) => national.starts_with('1').then_some(0),
            ("54", 11) => national.starts_with('9').then_some(0),
            _ => None,
        };
        match optional {
            Some(at) => {
                let mut shorter = national.to_owned();
                shorter.remove(at);
                shorter.into()
            }
            None => national.into(),
        }
    }
}

impl FromStr for PhoneNumber {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        let Some(rest) = text.strip_prefix('+') else {
            return Err(Invalid::NotInternational);
        };
        // Letters are refused rather than read as a telephone keypad would: "+1 800 FLOWERS" is more likely a slip.
        if !rest
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '.' | '(' | ')' | '\u{a0}'))
        {
            return Err(Invalid::NotDigits);
        }
        let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
        let parsed =
            rlibphonenumber::PhoneNumber::parse(format!("+{}", without_bracketed_zero(rest)), None)
                .map_err(|error| from_parse(&error, &digits))?;
        parsed.is_possible_with_reason().map_err(from_length)?;
        if !parsed.is_valid() {
            return Err(Invalid::NotAssigned);
        }
        let number = Self {
            calling_code: parsed.country_code.to_string(),
            national: parsed.get_national_significant_number(),
        };
        // Some plans have longer numbers for services of their own, which cannot be dialled from abroad.
        if number.calling_code.len() + number.national.len() > E164_DIGITS {
            return Err(Invalid::TooLong);
        }
        Ok(number)
    }
}

/// "+44 (0)20 7946 0958" is how people write the trunk zero that is not dialled from abroad.
fn without_bracketed_zero(number: &str) -> String {
    number.replacen("(0)", "", 1)
}

fn from_parse(error: &rlibphonenumber::ParseError, digits: &str) -> Invalid {
    use rlibphonenumber::ParseError;
    match error {
        ParseError::InvalidCountryCode if digits.len() >= 3 => Invalid::UnknownCountry,
        ParseError::TooLongNsn => Invalid::TooLong,
        ParseError::InvalidCountryCode
        | ParseError::TooShortAfterIdd
        | ParseError::TooShortNsn
        | ParseError::NotANumber(_) => Invalid::TooShort,
    }
}

fn from_length(error: rlibphonenumber::ValidationError) -> Invalid {
    use rlibphonenumber::ValidationError;
    match error {
        ValidationError::InvalidCountryCode => Invalid::UnknownCountry,
        ValidationError::TooLong => Invalid::TooLong,
        ValidationError::TooShort | ValidationError::InvalidLength => Invalid::TooShort,
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}{}", self.calling_code, self.national)
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<PhoneNumber, Invalid> {
        text.parse()
    }

    #[test]
    fn separators_are_tolerated_and_the_parts_are_split() {
        let number = parse("+1 (202) 555-0123").unwrap();
        assert_eq!(
            (number.calling_code(), number.national()),
            ("1", "2025550123")
        );
        assert_eq!(number.to_string(), "+12025550123");
        assert_eq!(format!("{number:?}"), "+1•••••0123");
    }

    #[test]
    fn a_trunk_zero_is_dropped_where_the_country_drops_it() {
        assert_eq!(
            parse("+44 (0)20 7946 0958").unwrap().national(),
            "2079460958"
        );
        assert_eq!(parse("+49 030 901820").unwrap().national(), "30901820");
        assert_eq!(
            parse("+39 06 6982").unwrap().national(),
            "066982",
            "Italy keeps its zero"
        );
    }

    #[test]
    fn what_is_not_a_number_is_told_apart() {
        assert_eq!(parse("2025550123"), Err(Invalid::NotInternational));
        assert_eq!(parse("+1 800 FLOWERS"), Err(Invalid::NotDigits));
        assert_eq!(parse("+999 12345678"), Err(Invalid::UnknownCountry));
        assert_eq!(parse("+1 202 555"), Err(Invalid::TooShort));
        assert_eq!(parse("+1"), Err(Invalid::TooShort));
        assert_eq!(parse("+1 202 555 01234567"), Err(Invalid::TooLong));
        assert_eq!(parse("+1 000 555 0123"), Err(Invalid::NotAssigned));
    }

    #[test]
    fn a_number_has_at_most_fifteen_digits_whatever_its_country_says() {
        // Japan's own services behind 0078 have up to 17 digits after the calling code.
        assert_eq!(parse("+81 0078 3697136971113"), Err(Invalid::TooLong));
        assert!(parse("+81 90 1234 5678").is_ok());
    }

    #[test]
    fn the_older_forms_of_mobile_numbers_are_the_same_line() {
        let brazil = parse("+55 11 98765-4321").unwrap();
        assert!(brazil.is_shown_as("+55 11 98765-4321"));
        assert!(brazil.is_shown_as("+55 11 8765-4321"));
        assert!(!brazil.is_shown_as("+55 12 8765-4321"));
        assert!(
            parse("+52 55 1234 5678")
                .unwrap()
                .is_shown_as("+52 1 55 1234 5678")
        );
        assert!(
            !parse("+1 202 555 0123")
                .unwrap()
                .is_shown_as("+1 202-555-0124")
        );
    }
}

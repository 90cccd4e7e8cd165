//! The last digits of a phone number, as people read them out.

use std::fmt;
use std::str::FromStr;

/// The last digits of a phone number: 3 to 15. `Debug` masks them.
#[derive(Clone, PartialEq, Eq)]
pub struct LastDigits(String);

/// Not the last digits of a phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the last 3 to 15 digits of a phone number, for example 0123 or 555-0123")]
pub struct InvalidLastDigits;

/// The characters that may separate digits.
const SEPARATORS: [char; 6] = [' ', '-', '.', '/', '(', ')'];

impl LastDigits {
    /// Minimum number of digits: with fewer, a list would match most numbers.
    const MIN: usize = 3;
    /// Maximum number of digits of a phone number.
    const MAX: usize = 15;

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The digits from the last to the first.
    #[must_use]
    pub fn reversed(&self) -> String {
        self.0.chars().rev().collect()
    }
}

impl FromStr for LastDigits {
    type Err = InvalidLastDigits;

    fn from_str(text: &str) -> Result<Self, InvalidLastDigits> {
        let digits = text.trim().chars().filter(|it| !SEPARATORS.contains(it));
        let digits: String = digits.take(Self::MAX.saturating_add(1)).collect();
        let are_digits = digits.bytes().all(|it| it.is_ascii_digit());
        if are_digits && (Self::MIN..=Self::MAX).contains(&digits.len()) {
            Ok(Self(digits))
        } else {
            Err(InvalidLastDigits)
        }
    }
}

impl fmt::Debug for LastDigits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the last {} digits", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_digits_may_be_separated() {
        for (given, reversed) in [
            ("0123", "3210"),
            (" 555-0123 ", "3210555"),
            ("(555) 01.23", "3210555"),
            ("123456789012345", "543210987654321"),
        ] {
            assert_eq!(given.parse::<LastDigits>().unwrap().reversed(), reversed);
        }
        for bad in ["", "12", "1-2", "+12025550123", "12a4", "1234567890123456"] {
            assert_eq!(bad.parse::<LastDigits>(), Err(InvalidLastDigits), "{bad}");
        }
    }
}

//! Numbering plans, as the library knows them: calling codes, lengths, ranges, line types.
//!
//! Plans change faster than the library. So a number is refused only for a length that no number of
//! its country has; an unknown range is a warning.

use std::fmt::Write as _;

use rlibphonenumber::{
    NumberLengthType, PhoneNumber, PhoneNumberFormat, PhoneNumberType, Region, ValidationError,
};

/// Maximum digits of an E.164 number, with the calling code.
pub(super) const E164_DIGITS: usize = 15;

/// Maximum digits of a calling code.
const CODE_DIGITS: usize = 3;

/// Whether a national number of some length is possible in its country.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    Possible,
    TooShort,
    TooLong,
}

/// The calling code and the remaining digits of an international number; `None` if no country has
/// that code.
pub(super) fn split(digits: &str) -> Option<(&str, &str)> {
    let exists = |(code, _): &(&str, &str)| {
        !code.starts_with('0')
            && !matches!(
                probe(code, 7).map(|number| number.is_possible_with_reason()),
                None | Some(Err(ValidationError::InvalidCountryCode))
            )
    };
    // No calling code is a prefix of another one.
    (1..=CODE_DIGITS)
        .filter_map(|length| digits.split_at_checked(length))
        .find(exists)
}

/// The national number without its trunk prefix. `None`: it is not a number.
pub(super) fn without_prefix(code: &str, national: &str) -> Option<String> {
    let number = parse(code, national)?;
    Some(number.get_national_significant_number())
}

/// Whether national numbers of the country can have this number of digits.
pub(super) fn length(code: &str, digits: usize) -> Length {
    if code.len().saturating_add(digits) > E164_DIGITS {
        return Length::TooLong;
    }
    let Some(number) = probe(code, digits) else {
        return Length::TooShort;
    };
    match number.is_possible_with_reason() {
        Ok(NumberLengthType::IsPossible) => Length::Possible,
        Err(ValidationError::TooLong) => Length::TooLong,
        // A local number lacks the area code.
        Ok(NumberLengthType::IsPossibleLocalOnly)
        | Err(
            ValidationError::TooShort
            | ValidationError::InvalidLength
            | ValidationError::InvalidCountryCode,
        ) => Length::TooShort,
    }
}

/// The lengths of national numbers of the country, as text: "8 or 10".
pub(super) fn lengths(code: &str) -> String {
    let possible: Vec<usize> = (1..E164_DIGITS)
        .filter(|digits| length(code, *digits) == Length::Possible)
        .collect();
    let mut words = String::new();
    for (at, digits) in possible.iter().enumerate() {
        let before = match at {
            0 => "",
            _ if at + 1 == possible.len() => " or ",
            _ => ", ",
        };
        // Writing to a String cannot fail.
        let _ = write!(words, "{before}{digits}");
    }
    words
}

/// Whether the number is in a range that is known to be in use.
pub(super) fn is_in_plan(code: &str, national: &str) -> bool {
    parse(code, national).is_some_and(|number| number.is_valid())
}

/// Whether the number is certainly a fixed line.
pub(super) fn is_fixed_line(code: &str, national: &str) -> bool {
    parse(code, national).is_some_and(|number| number.get_type() == PhoneNumberType::FixedLine)
}

/// The number in its usual international format, if its range is known.
pub(super) fn written(code: &str, national: &str) -> String {
    parse(code, national)
        .filter(PhoneNumber::is_valid)
        .map_or_else(
            || format!("+{code} {national}"),
            |number| {
                number
                    .format_as(PhoneNumberFormat::International)
                    .into_owned()
            },
        )
}

/// Countries whose mobile numbers look like international numbers when the calling code is missing.
const LOOK_INTERNATIONAL: [(&str, Region); 2] = [("55", Region::BR), ("86", Region::CN)];

/// The mobile number of Brazil or China that these digits are as a national number.
pub(super) fn national_mobile(digits: &str) -> Option<String> {
    LOOK_INTERNATIONAL.iter().find_map(|(code, region)| {
        let number = parse(code, digits)?;
        let same = number.get_national_significant_number() == digits;
        let mobile = number.get_type() == PhoneNumberType::Mobile;
        (same && mobile && number.is_valid_for_region(*region)).then(|| written(code, digits))
    })
}

fn parse(code: &str, national: &str) -> Option<PhoneNumber> {
    PhoneNumber::parse(format!("+{code}{national}"), None).ok()
}

/// A number of that length. The library judges a length without regard to the digits.
fn probe(code: &str, digits: usize) -> Option<PhoneNumber> {
    let last = u32::try_from(digits).ok()?.checked_sub(1)?;
    Some(PhoneNumber {
        country_code: code.parse().ok()?,
        national_number: 10_u64.checked_pow(last)?,
        ..PhoneNumber::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_calling_code_is_found_by_its_digits() {
        assert_eq!(split("12025550123"), Some(("1", "2025550123")));
        assert_eq!(split("79161234567"), Some(("7", "9161234567")));
        assert_eq!(split("442079460958"), Some(("44", "2079460958")));
        assert_eq!(split("2250768123456"), Some(("225", "0768123456")));
        assert_eq!(split("99912345678"), None);
        assert_eq!(split("0123456789"), None);
        assert_eq!(split(""), None);
    }

    #[test]
    fn lengths_are_those_of_the_plan() {
        assert_eq!(lengths("1"), "10");
        assert_eq!(lengths("225"), "10");
        assert_eq!(lengths("228"), "8");
        assert_eq!(length("1", 7), Length::TooShort, "it lacks the area code");
        assert_eq!(length("1", 11), Length::TooLong);
        assert_eq!(length("81", 17), Length::TooLong, "more than E.164 allows");
    }

    #[test]
    fn mobile_numbers_of_brazil_and_china_are_recognised_without_their_calling_code() {
        assert!(
            national_mobile("11987654321")
                .unwrap()
                .starts_with("+55 11")
        );
        assert!(
            national_mobile("13012345678")
                .unwrap()
                .starts_with("+86 130")
        );
        assert_eq!(national_mobile("12025550123"), None);
    }
}

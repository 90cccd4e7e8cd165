//! Parses a number as people and Meta write it.
//!
//! Only an impossible number is refused: an unknown country, or a length that no number of the
//! country has. Whether its range is in use is a separate check, since plans change faster than the
//! library.

use std::str::FromStr;

use super::invalid::{InvalidPhoneNumber, Measured};
use super::metadata::{self, Length};
use super::raw::RawNumber;
use super::{PhoneNumber, plans};

/// The international dialling prefix of most countries.
const INTERNATIONAL_PREFIX: &str = "00";
/// The international dialling prefix of Australia. Read as `00`, the rest would look like a number
/// of North America.
const AUSTRALIA: &str = "0011";
/// Minimum digits of a text without a plus that is certainly an international number: national
/// numbers are this long only with a trunk prefix.
const SURELY_INTERNATIONAL: usize = 12;
/// Minimum digits of a text without a plus that may be an international number.
const PERHAPS_INTERNATIONAL: usize = 11;
/// Maximum rounds of parsing, each of which removes a prefix or an older form. A text that is still
/// unsettled after them is not a number.
const MAX_ROUNDS: usize = metadata::E164_DIGITS;

const NO_PLUS: &str = "the + was missing";

impl FromStr for PhoneNumber {
    type Err = InvalidPhoneNumber;

    fn from_str(text: &str) -> Result<Self, InvalidPhoneNumber> {
        let written = RawNumber::read(text).ok_or(InvalidPhoneNumber::NotDigits)?;
        let digits = written.digits.as_str();
        if !written.plus && digits.starts_with(AUSTRALIA) {
            return Err(InvalidPhoneNumber::NotInternational);
        }
        match digits.strip_prefix(INTERNATIONAL_PREFIX) {
            Some(rest) => international(rest, &written, true).map(Reading::number),
            None if written.plus => international(digits, &written, true).map(Reading::number),
            None => without_plus(&written),
        }
    }
}

/// A parsed number, and what was unusual about the way it was written.
struct Reading {
    code: String,
    national: String,
    notes: Vec<String>,
}

impl Reading {
    fn number(self) -> PhoneNumber {
        let note = self.notes.join("; ");
        PhoneNumber {
            calling_code: self.code.into(),
            national: self.national.into(),
            note: (!note.is_empty()).then(|| note.into()),
        }
    }
}

/// Parses digits without a plus. They are an international number only if they cannot be anything
/// else.
fn without_plus(written: &RawNumber) -> Result<PhoneNumber, InvalidPhoneNumber> {
    let digits = written.digits.as_str();
    let national = metadata::national_mobile(digits);
    if digits.starts_with('0') || digits.len() < PERHAPS_INTERNATIONAL {
        return Err(InvalidPhoneNumber::NotInternational);
    }
    let read = international(digits, written, false);
    if digits.len() >= SURELY_INTERNATIONAL {
        return read.map(noted);
    }
    let read = read.ok().map(noted).filter(PhoneNumber::is_in_plan);
    match (read, national) {
        (Some(read), None) => Ok(read),
        (Some(read), Some(national)) => Err(InvalidPhoneNumber::Ambiguous {
            international: read.written(),
            national,
        }),
        (None, Some(national)) => Err(InvalidPhoneNumber::National { national }),
        (None, None) => Err(InvalidPhoneNumber::NotInternational),
    }
}

fn noted(mut reading: Reading) -> PhoneNumber {
    reading.notes.insert(0, NO_PLUS.to_owned());
    reading.number()
}

/// Parses the digits of an international number, beginning with the calling code. `prefix`: whether
/// a trunk prefix after the calling code is accepted.
fn international(
    digits: &str,
    written: &RawNumber,
    prefix: bool,
) -> Result<Reading, InvalidPhoneNumber> {
    let unknown = || InvalidPhoneNumber::UnknownCountry {
        digits: digits.to_owned(),
    };
    let (code, rest) = metadata::split(digits).ok_or_else(unknown)?;
    let gone = written.digits.len() - digits.len();
    let zero = written.bracketed_zero.and_then(|at| at.checked_sub(gone));
    let zero = zero.filter(|at| *at == code.len());
    let national = match rest.strip_prefix('0') {
        Some(bare) if zero.is_some() && !is_part(code, rest) => bare,
        _ => rest,
    };
    let mut reading = Reading {
        code: code.to_owned(),
        national: national.to_owned(),
        notes: Vec::new(),
    };
    let mut settled = false;
    for _ in 0..MAX_ROUNDS {
        settled = !reading.shorten(prefix)?;
        if settled {
            break;
        }
    }
    let measured = || Measured {
        code: reading.code.clone(),
        national: reading.national.clone(),
    };
    match metadata::length(code, reading.national.len()) {
        Length::Possible if !settled => Err(InvalidPhoneNumber::TooLong(measured())),
        Length::Possible => Ok(reading),
        Length::TooShort => Err(InvalidPhoneNumber::TooShort(measured())),
        Length::TooLong => Err(InvalidPhoneNumber::TooLong(measured())),
    }
}

impl Reading {
    /// Removes a prefix, or replaces an older form by the current one. Returns whether there was
    /// anything to do.
    fn shorten(&mut self, prefix: bool) -> Result<bool, InvalidPhoneNumber> {
        let Self {
            code,
            national,
            notes,
        } = self;
        if let Some(present) = plans::present(code, national) {
            *national = present.national;
            notes.push(present.what.to_owned());
            return Ok(true);
        }
        let Some(bare) = metadata::without_prefix(code, national) else {
            return Ok(false);
        };
        if bare == *national {
            return Ok(false);
        }
        if !prefix {
            return Err(InvalidPhoneNumber::NotInternational);
        }
        notes.push(match national.strip_suffix(&bare) {
            Some(gone) => format!("the {gone} after +{code} is dialled inside the country only"),
            None => "a prefix that is dialled inside the country only was removed".to_owned(),
        });
        *national = bare;
        Ok(true)
    }
}

/// Whether the leading zero of a national number belongs to it, as in Italy.
fn is_part(code: &str, national: &str) -> bool {
    let keeps = metadata::without_prefix(code, national);
    keeps.is_some_and(|kept| kept.starts_with('0') && metadata::is_in_plan(code, &kept))
}

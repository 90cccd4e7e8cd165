//! Reads a number as people and Meta write it.
//!
//! Refused is only what no number can be: no country, or a length that no number of the country has. Whether its range is in
//! use is a check of its own, since plans change faster than what is known of them here.

use std::str::FromStr;

use super::invalid::{InvalidPhoneNumber, Measured};
use super::metadata::{self, Length};
use super::raw::RawNumber;
use super::{PhoneNumber, plans};

/// What one dials before the calling code, in most countries.
const INTERNATIONAL_PREFIX: &str = "00";
/// What one dials before it in Australia: behind `00` it would pass for a number of North America.
const AUSTRALIA: &str = "0011";
/// Digits that are an international number without a plus: none is dialled with as many inside a country, but behind a
/// trunk prefix.
const SURELY_INTERNATIONAL: usize = 12;
/// Digits that may be one.
const PERHAPS_INTERNATIONAL: usize = 11;
/// Rounds of reading, each of which takes a prefix or an older form away: as many as a number has digits. What is not settled
/// then is no number.
const ROUNDS: usize = metadata::E164_DIGITS;

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

/// A number that was read, and what was unusual about the way it was written.
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

/// Digits without a plus. They are taken for an international number only where they cannot be anything else.
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

/// The digits of an international number, the calling code first. `prefix`: what is dialled inside the country only may
/// stand behind the calling code.
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
    for _ in 0..ROUNDS {
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
    /// Takes away what does not belong to the number in its present form; answers whether there was anything.
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
            None => "a prefix that is dialled inside the country only was left out".to_owned(),
        });
        *national = bare;
        Ok(true)
    }
}

/// Whether the zero that a national number begins with belongs to it, as in Italy.
fn is_part(code: &str, national: &str) -> bool {
    let keeps = metadata::without_prefix(code, national);
    keeps.is_some_and(|kept| kept.starts_with('0') && metadata::is_in_plan(code, &kept))
}

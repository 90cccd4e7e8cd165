//! Why a text is not a phone number that can be moved.

use std::fmt;

use super::{metadata, plans};

/// Why a text is not a phone number that can be moved. Each message states how the text was read
/// and how to write it instead.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPhoneNumber {
    /// It has no country calling code, or it does not show that it has one.
    #[error(
        "must be in E.164: start with + and the country calling code, for example +12025550123"
    )]
    NotInternational,
    /// It has no `+`. It is a number of one country with a `+`, and of another country without.
    #[error(
        "can be read as {international} or as {national}: write the one that you mean, with its +"
    )]
    Ambiguous {
        /// Its reading with a `+` before the digits.
        international: String,
        /// Its reading as a national number.
        national: String,
    },
    /// It is a national number, without the calling code.
    #[error("lacks the country calling code: if you mean {national}, write that")]
    National {
        /// The number with its calling code.
        national: String,
    },
    /// It contains something other than digits and the usual separators.
    #[error(
        "must contain digits only, besides a leading + and spaces, dashes, dots, slashes or \
         parentheses: in E.164, for example +12025550123, without letters or an extension"
    )]
    NotDigits,
    /// No country has this calling code.
    #[error("starts with a country calling code that does not exist: it is read as +{digits}")]
    UnknownCountry {
        /// All digits.
        digits: String,
    },
    /// Too few digits for its country.
    #[error("is too short for its country: {0}")]
    TooShort(Measured),
    /// Too many digits for its country.
    #[error("is too long for its country: {0}")]
    TooLong(Measured),
}

/// A number of an impossible length.
#[derive(Clone, PartialEq, Eq)]
pub struct Measured {
    /// The country calling code.
    pub(super) code: String,
    /// The digits after it.
    pub(super) national: String,
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, national } = self;
        let digits = national.len();
        let lengths = metadata::lengths(code);
        write!(
            f,
            "it is read as +{code} {national}, with {digits} digits after +{code}, where numbers \
             have {lengths}"
        )?;
        match plans::had(code, digits) {
            Some(what) => write!(f, "; {what}: write the current form"),
            None => write!(f, ": check the digits"),
        }
    }
}

// Errors are logged, and logs must not contain phone numbers.
impl fmt::Debug for InvalidPhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotInternational => "NotInternational",
            Self::Ambiguous { .. } => "Ambiguous",
            Self::National { .. } => "National",
            Self::NotDigits => "NotDigits",
            Self::UnknownCountry { .. } => "UnknownCountry",
            Self::TooShort(_) => "TooShort",
            Self::TooLong(_) => "TooLong",
        })
    }
}

impl fmt::Debug for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{} and {} digits", self.code, self.national.len())
    }
}

//! What a tenant has used, by calendar month.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Months of a year.
const YEAR: i32 = 12;

/// A calendar month in UTC of the years 1 to 9999, written `2026-11`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Month(
    /// Months since January of the year 0.
    i32,
);

/// What a tenant has used in one month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthlyUsage {
    /// The month.
    pub month: Month,
    /// Migrations that were accepted.
    pub migrations_started: u64,
    /// Migrations that succeeded.
    pub migrations_succeeded: u64,
    /// Calls to the Graph API.
    pub graph_calls: u64,
}

/// Not a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a month such as 2026-11")]
pub struct InvalidMonth;

impl Month {
    /// The month of this time.
    #[must_use]
    pub fn of(at: Timestamp) -> Self {
        let date = at.to_zoned(TimeZone::UTC).date();
        Self(i32::from(date.year()) * YEAR + i32::from(date.month()) - 1)
    }

    /// The month this many months later, or earlier if it is negative.
    #[must_use]
    pub const fn plus(self, months: i32) -> Self {
        Self(self.0.saturating_add(months))
    }

    /// The number of months from `other` to this one; negative if it is earlier.
    #[must_use]
    pub const fn since(self, other: Self) -> i32 {
        self.0.saturating_sub(other.0)
    }

    /// The year and the month as one number, by which the store sorts: 202611 is November 2026.
    #[must_use]
    pub const fn number(self) -> i32 {
        self.0.div_euclid(YEAR) * 100 + self.0.rem_euclid(YEAR) + 1
    }

    /// The month with this number.
    #[must_use]
    pub const fn from_number(number: i32) -> Option<Self> {
        let (year, month) = (number / 100, number % 100);
        if year < 1 || year > 9999 || month < 1 || month > YEAR {
            return None;
        }
        Some(Self(year * YEAR + month - 1))
    }
}

impl MonthlyUsage {
    /// A month without use.
    #[must_use]
    pub const fn none(month: Month) -> Self {
        Self {
            month,
            migrations_started: 0,
            migrations_succeeded: 0,
            graph_calls: 0,
        }
    }
}

impl FromStr for Month {
    type Err = InvalidMonth;

    fn from_str(text: &str) -> Result<Self, InvalidMonth> {
        let (year, month) = text.split_once('-').ok_or(InvalidMonth)?;
        let digits = |part: &str, length| {
            part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !digits(year, 4) || !digits(month, 2) {
            return Err(InvalidMonth);
        }
        let number = format!("{year}{month}").parse().map_err(|_| InvalidMonth)?;
        Self::from_number(number).ok_or(InvalidMonth)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.number();
        write!(f, "{:04}-{:02}", number / 100, number % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_parses_from_its_own_text_and_from_nothing_else() {
        for text in ["2026-11", "0001-01", "9999-12"] {
            let month: Month = text.parse().unwrap();
            assert_eq!(month.to_string(), text);
            assert_eq!(Month::from_number(month.number()), Some(month));
        }
        for bad in [
            "",
            "2026",
            "2026-13",
            "2026-00",
            "0000-01",
            "26-11",
            "2026-1",
            "2026-+1",
            "2026-11-01",
        ] {
            assert_eq!(bad.parse::<Month>(), Err(InvalidMonth), "{bad}");
        }
    }

    #[test]
    fn months_are_those_of_utc() {
        let month = |at: &str| Month::of(at.parse().unwrap()).to_string();
        assert_eq!(month("2026-11-30T23:59:59.999Z"), "2026-11");
        assert_eq!(month("2026-12-01T00:00:00Z"), "2026-12");
        assert_eq!(month("2026-12-01T01:00:00+02:00"), "2026-11");
    }

    #[test]
    fn months_are_counted_over_the_end_of_a_year() {
        let january: Month = "2027-01".parse().unwrap();
        assert_eq!(january.plus(-1).to_string(), "2026-12");
        assert_eq!(january.plus(-1).number(), 202_612);
        assert_eq!(january.since(january.plus(-13)), 13);
    }
}

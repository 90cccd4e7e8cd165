//! How long what is kept of ended migrations stays.

use jiff::{SignedDuration, Timestamp};

use super::budget::later;

/// How long the request id of a removed migration stays taken: longer than any caller repeats a request.
pub const REQUEST_IDS_KEPT: SignedDuration = SignedDuration::from_hours(365 * 24);

/// How long ended migrations stay, from their end on. `None`: until somebody removes them.
///
/// A PIN goes with its migration at the latest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retention {
    /// Migrations, with all that belongs to them.
    pub migrations: Option<SignedDuration>,
    /// Their PINs.
    pub pins: Option<SignedDuration>,
}

impl Retention {
    /// Whether everything stays.
    #[must_use]
    pub const fn is_unlimited(&self) -> bool {
        self.migrations.is_none() && self.pins.is_none()
    }

    /// The shortest of the retentions; `None` where everything stays.
    #[must_use]
    pub fn shortest(&self) -> Option<SignedDuration> {
        [self.migrations, self.pins].into_iter().flatten().min()
    }

    /// Migrations that ended then or before have outstayed.
    #[must_use]
    pub fn migrations_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.migrations
            .and_then(|stays| now.checked_sub(stays).ok())
    }

    /// PINs of migrations that ended then or before have outstayed.
    #[must_use]
    pub fn pins_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.pins.and_then(|stays| now.checked_sub(stays).ok())
    }

    /// For how long what ended first has outstayed: the migration that ended first of all, and the one that ended first of those
    /// with a PIN.
    #[must_use]
    pub fn overdue(
        &self,
        migration: Option<Timestamp>,
        pin: Option<Timestamp>,
        now: Timestamp,
    ) -> SignedDuration {
        let overdue = |ended: Option<Timestamp>, stays: Option<SignedDuration>| {
            Some(now.duration_since(later(ended?, stays?)))
        };
        let both = [overdue(migration, self.migrations), overdue(pin, self.pins)];
        let longest = both.into_iter().flatten().max();
        longest.unwrap_or_default().max(SignedDuration::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn what_has_outstayed_longest_counts() {
        let seconds = |seconds| Some(SignedDuration::from_secs(seconds));
        let retention = Retention {
            migrations: seconds(90),
            pins: seconds(30),
        };
        let overdue = |migration: Option<i64>, pin: Option<i64>| {
            let overdue = retention.overdue(migration.map(at), pin.map(at), at(100));
            overdue.as_secs()
        };
        assert_eq!(overdue(None, None), 0);
        assert_eq!(overdue(Some(20), Some(90)), 0, "neither has");
        assert_eq!(overdue(Some(7), Some(65)), 5);
        assert_eq!(overdue(Some(1), Some(69)), 9);
        let unlimited = Retention::default();
        assert_eq!(
            (retention.shortest(), unlimited.shortest()),
            (seconds(30), None)
        );
        assert_eq!(
            (
                retention.migrations_until(at(100)),
                retention.pins_until(at(100))
            ),
            (Some(at(10)), Some(at(70)))
        );
        let never = unlimited.overdue(Some(at(0)), Some(at(0)), at(100));
        assert!(never.is_zero() && unlimited.is_unlimited());
    }
}

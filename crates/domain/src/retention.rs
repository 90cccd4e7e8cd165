//! Retention of ended migrations.

use jiff::{SignedDuration, Timestamp};

use super::budget::later;

/// How long the request id of a removed migration is kept: longer than any caller repeats a
/// request.
pub const REQUEST_IDS_KEPT: SignedDuration = SignedDuration::from_hours(365 * 24);

/// How long ended migrations are kept, from their end on. `None`: until a caller removes them.
///
/// A PIN is removed with its migration at the latest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retention {
    /// Migrations, with their events.
    pub migrations: Option<SignedDuration>,
    /// Their PINs.
    pub pins: Option<SignedDuration>,
}

impl Retention {
    /// Whether nothing is ever removed.
    #[must_use]
    pub const fn is_unlimited(&self) -> bool {
        self.migrations.is_none() && self.pins.is_none()
    }

    /// The shortest of the retentions; `None` if nothing is ever removed.
    #[must_use]
    pub fn shortest(&self) -> Option<SignedDuration> {
        [self.migrations, self.pins].into_iter().flatten().min()
    }

    /// Migrations that ended at this time or before are overdue for removal.
    #[must_use]
    pub fn migrations_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.migrations
            .and_then(|stays| now.checked_sub(stays).ok())
    }

    /// PINs of migrations that ended at this time or before are overdue for removal.
    #[must_use]
    pub fn pins_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.pins.and_then(|stays| now.checked_sub(stays).ok())
    }

    /// How long the oldest record is overdue, given when the oldest migration ended and when the
    /// oldest migration with a PIN ended.
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
    fn the_longest_overdue_record_counts() {
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
        assert_eq!(overdue(Some(20), Some(90)), 0, "neither is overdue");
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

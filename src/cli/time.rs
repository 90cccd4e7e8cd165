//! Conversion of times and durations between the contract's types and ours.

use jiff::{SignedDuration, Timestamp};

/// A timestamp of the contract; `None` if it is out of range.
pub(super) fn moment(at: &prost_types::Timestamp) -> Option<Timestamp> {
    Timestamp::new(at.seconds, at.nanos).ok()
}

/// A timestamp for the contract.
pub(super) fn to_moment(at: Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: at.as_second(),
        nanos: at.subsec_nanosecond(),
    }
}

/// A duration for the contract.
pub(super) fn to_duration(duration: SignedDuration) -> prost_types::Duration {
    prost_types::Duration {
        seconds: duration.as_secs(),
        nanos: duration.subsec_nanos(),
    }
}

/// A duration of the contract as text: `72h`, `90s`.
pub(super) fn print(duration: &prost_types::Duration) -> String {
    crate::config::print_duration(SignedDuration::new(duration.seconds, duration.nanos))
}

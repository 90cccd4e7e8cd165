//! Times and durations between the contract's types and ours.

use jiff::{SignedDuration, Timestamp};

/// A moment of the contract; `None` where it is none.
pub(super) fn moment(at: &prost_types::Timestamp) -> Option<Timestamp> {
    Timestamp::new(at.seconds, at.nanos).ok()
}

/// A moment for the contract.
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

/// A duration of the contract, for a person: `72h`, `90s`.
pub(super) fn print(duration: &prost_types::Duration) -> String {
    crate::config::print_duration(SignedDuration::new(duration.seconds, duration.nanos))
}

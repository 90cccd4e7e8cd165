//! Converts timestamps, durations and counts.

use jiff::{SignedDuration, Timestamp};

/// A timestamp.
pub(super) fn timestamp(at: Timestamp) -> prost_types::Timestamp {
    let (seconds, nanos) = (at.as_second(), at.subsec_nanosecond());
    // Protobuf's nanoseconds are never negative; jiff's are before 1970.
    if nanos < 0 {
        return prost_types::Timestamp {
            seconds: seconds - 1,
            nanos: nanos + 1_000_000_000,
        };
    }
    prost_types::Timestamp { seconds, nanos }
}

/// A duration.
pub(super) fn duration(span: SignedDuration) -> prost_types::Duration {
    prost_types::Duration {
        seconds: span.as_secs(),
        nanos: span.subsec_nanos(),
    }
}

/// A count, as a signed 32-bit integer.
pub(super) fn count<T>(count: T) -> i32
where
    i32: TryFrom<T>,
{
    i32::try_from(count).unwrap_or(i32::MAX)
}

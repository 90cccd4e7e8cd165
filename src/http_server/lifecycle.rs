//! The stages of a connection, and how long each lasts.

use std::time::Duration;

use super::Settings;

/// How long the remaining streams have to send their final status.
const CLOSING: Duration = Duration::from_secs(2);

/// The stage of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ConnectionStage {
    /// No request yet.
    AwaitingRequest,
    /// No request came in time, and the client was sent GOAWAY. A first request may be on its way.
    Dismissed,
    /// Accepts requests.
    Serving,
    /// Accepts no requests; those in progress continue.
    Draining,
    /// Streams end with a final status; then the connection is cut.
    Closing,
}

impl ConnectionStage {
    /// Whether the client was not asked to disconnect yet.
    pub(super) const fn accepts_requests(self) -> bool {
        matches!(self, Self::AwaitingRequest | Self::Serving)
    }

    /// The next stage when the time of this one is over; `None`: the connection is cut.
    pub(super) const fn next(self, had_request: bool) -> Option<Self> {
        match (self, had_request) {
            (Self::AwaitingRequest, true) => Some(Self::Serving),
            (Self::AwaitingRequest, false) => Some(Self::Dismissed),
            (Self::Dismissed, true) | (Self::Serving, _) => Some(Self::Draining),
            (Self::Draining, _) => Some(Self::Closing),
            (Self::Dismissed, false) | (Self::Closing, _) => None,
        }
    }

    /// How long the stage lasts. `random` spreads the ages, so that connections that were made
    /// together do not end together.
    pub(super) fn duration(self, settings: &Settings, random: u8) -> Duration {
        match self {
            Self::AwaitingRequest | Self::Dismissed => settings.handshake_timeout,
            Self::Serving => spread(settings.max_connection_age, random),
            Self::Draining => settings.max_connection_age_grace,
            Self::Closing => CLOSING,
        }
    }
}

/// From nine tenths of `age` to eleven.
fn spread(age: Duration, random: u8) -> Duration {
    age.mul_f64(0.9 + 0.2 * f64::from(random) / f64::from(u8::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_without_a_request_ends_early_and_one_with_a_request_drains() {
        let stages = |had_request| {
            std::iter::successors(Some(ConnectionStage::AwaitingRequest), |stage| {
                stage.next(had_request)
            })
            .collect::<Vec<_>>()
        };
        assert_eq!(
            stages(false),
            [ConnectionStage::AwaitingRequest, ConnectionStage::Dismissed]
        );
        assert_eq!(
            stages(true),
            [
                ConnectionStage::AwaitingRequest,
                ConnectionStage::Serving,
                ConnectionStage::Draining,
                ConnectionStage::Closing
            ]
        );
        assert_eq!(
            ConnectionStage::Dismissed.next(true),
            Some(ConnectionStage::Draining)
        );
    }

    #[test]
    fn ages_are_spread_by_a_tenth() {
        let age = Duration::from_mins(30);
        assert_eq!(spread(age, 0), Duration::from_mins(27));
        assert_eq!(spread(age, u8::MAX), Duration::from_mins(33));
    }
}

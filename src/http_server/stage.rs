//! The stages of a connection's life, and how long each lasts.

use std::time::Duration;

use super::Settings;

/// Requests that are still under way when the grace is over get a word, which takes a moment to go out.
const LAST_WORD: Duration = Duration::from_secs(2);

/// Where a connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The client has not asked for anything yet.
    Silent,
    /// It did not, and was told to go. A first request may be on its way all the same.
    Dismissed,
    /// Requests are taken.
    Serving,
    /// No more are; those under way go on.
    Leaving,
    /// They are told to end.
    Last,
}

impl Stage {
    /// Whether the client has not been asked to leave yet.
    pub(super) const fn takes_requests(self) -> bool {
        matches!(self, Self::Silent | Self::Serving)
    }

    /// What follows when its time is over, or the first request has come; `None` where the connection is cut.
    pub(super) const fn next(self, has_asked: bool) -> Option<Self> {
        match (self, has_asked) {
            (Self::Silent, true) => Some(Self::Serving),
            (Self::Silent, false) => Some(Self::Dismissed),
            (Self::Dismissed, true) | (Self::Serving, _) => Some(Self::Leaving),
            (Self::Leaving, _) => Some(Self::Last),
            (Self::Dismissed, false) | (Self::Last, _) => None,
        }
    }

    /// How long it lasts. `chance` spreads the ages, so that connections that came together do not go together.
    pub(super) fn lasts(self, settings: &Settings, chance: u8) -> Duration {
        match self {
            Self::Silent | Self::Dismissed => settings.handshake_timeout,
            Self::Serving => spread(settings.max_connection_age, chance),
            Self::Leaving => settings.max_connection_age_grace,
            Self::Last => LAST_WORD,
        }
    }
}

/// From nine tenths of `age` to eleven.
fn spread(age: Duration, chance: u8) -> Duration {
    age.mul_f64(0.9 + 0.2 * f64::from(chance) / f64::from(u8::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_asks_for_nothing_ends_soon_and_one_that_asks_in_order() {
        let life = |has_asked| {
            std::iter::successors(Some(Stage::Silent), |stage| stage.next(has_asked))
                .collect::<Vec<_>>()
        };
        assert_eq!(life(false), [Stage::Silent, Stage::Dismissed]);
        let whole = [Stage::Silent, Stage::Serving, Stage::Leaving, Stage::Last];
        assert_eq!(life(true), whole);
        assert_eq!(Stage::Dismissed.next(true), Some(Stage::Leaving));
    }

    #[test]
    fn ages_are_spread_by_a_tenth() {
        let settings = Settings::default();
        let age = |chance| Stage::Serving.lasts(&settings, chance);
        assert_eq!(age(0), settings.max_connection_age * 9 / 10);
        assert_eq!(age(u8::MAX), settings.max_connection_age * 11 / 10);
    }
}

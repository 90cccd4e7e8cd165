//! `[code]`: limits of verification codes.

use jiff::SignedDuration;

use super::Reader;
use super::policy::REGISTER_WINDOW;

/// Limits of verification codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// Codes that may be requested for one number within `requests_window`.
    pub requests: u32,
    /// The moving window of `requests`.
    pub requests_window: SignedDuration,
    /// The least time between two requests.
    pub cooldown: SignedDuration,
    /// Codes that may be handed in for one number within `checks_window`.
    pub checks: u32,
    /// The moving window of `checks`.
    pub checks_window: SignedDuration,
    /// How long a code is good for at Meta.
    pub validity: SignedDuration,
}

impl Code {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        // The store counts calls no further back, so a longer window would forget some.
        const WINDOW: std::ops::RangeInclusive<SignedDuration> =
            SignedDuration::from_mins(1)..=REGISTER_WINDOW;
        let code = Self {
            requests: reader.number("code.requests", 1..=100),
            requests_window: reader.duration("code.requests_window", WINDOW),
            cooldown: reader.duration(
                "code.cooldown",
                SignedDuration::ZERO..=SignedDuration::from_hours(24),
            ),
            checks: reader.number("code.checks", 1..=100),
            checks_window: reader.duration("code.checks_window", WINDOW),
            validity: reader.duration("code.validity", WINDOW),
        };
        let keys = ["code.cooldown", "code.requests_window"];
        if reader.sound(&keys) && code.cooldown >= code.requests_window {
            reader.problem("code.cooldown", "must be shorter than code.requests_window");
        }
        code
    }
}

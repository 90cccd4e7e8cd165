//! What the settings mean for the machine that decides.

use jiff::SignedDuration;

use super::Config;
use domain::{LONGEST_WINDOW, Limit, Policy};

/// Meta's own window: 10 register calls within it block a number.
pub(super) const REGISTER_WINDOW: SignedDuration = LONGEST_WINDOW;

impl Config {
    /// The limits, delays and deadlines that migrations go by.
    #[must_use]
    pub fn policy(&self) -> Policy {
        let (engine, code) = (&self.engine, &self.code);
        Policy {
            register: Limit {
                calls: engine.register_limit,
                window: REGISTER_WINDOW,
                cooldown: SignedDuration::ZERO,
            },
            code_requests: Limit {
                calls: code.requests,
                window: code.requests_window,
                cooldown: code.cooldown,
            },
            code_checks: Limit {
                calls: code.checks,
                window: code.checks_window,
                cooldown: SignedDuration::ZERO,
            },
            code_validity: code.validity,
            retry_base: engine.retry_base,
            retry_cap: engine.retry_cap,
            retries: engine.retries,
            register_retries: engine.register_retries,
            register_settles: engine.register_settles,
            confirm_base: engine.confirm_base,
            confirm_cap: engine.confirm_cap,
            confirm_for: engine.confirm_for,
            limit_pause: engine.limit_pause,
            ..Policy::default()
        }
    }
}

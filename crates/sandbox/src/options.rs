//! What can be set about a sandbox: its times, its limits, its clock and its dice.
//!
//! Every default works for a person who tries the service by hand. Tests shorten the times and bring their own clock.
//! Nothing here may change which scenarios exist: that is `scenario`'s.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

/// Tells the sandbox what time it is.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The settings of one sandbox.
#[derive(Clone)]
pub struct Options {
    /// How long every answer takes at least.
    pub latency: Duration,
    /// How long the answer of the slow-register scenario takes. The registration itself is done at once.
    pub register_delay: Duration,
    /// Makes codes and ids repeatable. Without it each sandbox has its own.
    pub seed: Option<u64>,
    /// The time that limits, lifetimes and inboxes go by.
    pub clock: Clock,
    /// Usage headers are sent from this call on, counted by account.
    pub usage_headers_after: u32,
    /// How many calls an hour count as 100 percent in the usage headers. Nothing is refused beyond it.
    pub calls_an_hour: u32,
    /// How long the maintenance scenario lasts, from its first refusal.
    pub maintenance: Duration,
    /// How long the recently-deleted scenario lasts, from its first refusal.
    pub deletion: Duration,
    /// How long the code-limit scenario lasts, from its first refusal.
    pub code_cooldown: Duration,
    /// How long the throttled account refuses calls, from the first one.
    pub throttle: Duration,
    /// How long a code is good for.
    pub code_lifetime: Duration,
    /// How many codes a number may ask for within an hour.
    pub codes_an_hour: u32,
    /// How many wrong codes lock a number for 12 hours.
    pub code_guesses: u32,
    /// How many wrong two-step PINs lock a number for 12 hours.
    pub pin_guesses: u32,
    /// A wrong PIN sooner than this after the last wrong one is refused as too quick, and not counted.
    pub pin_pause: Duration,
    /// How many numbers, phone number ids and accounts it keeps, taken together. One more is refused: any number and any account
    /// that a call names is one, so that their number is the callers' choice.
    pub most_objects: usize,
    /// How many reads it takes until the late scenarios show what was done.
    pub late_reads: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            latency: Duration::ZERO,
            register_delay: Duration::from_secs(15),
            seed: None,
            clock: Arc::new(system_clock),
            usage_headers_after: 50,
            calls_an_hour: 5000,
            maintenance: Duration::from_secs(30),
            deletion: Duration::from_mins(5),
            code_cooldown: Duration::from_mins(10),
            throttle: Duration::from_mins(1),
            code_lifetime: Duration::from_mins(10),
            codes_an_hour: 5,
            code_guesses: 5,
            pin_guesses: 5,
            pin_pause: Duration::from_secs(5),
            most_objects: 300_000,
            late_reads: 3,
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the sandbox's own clock unless it is given another"
)]
fn system_clock() -> Timestamp {
    Timestamp::now()
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("latency", &self.latency)
            .field("register_delay", &self.register_delay)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}

//! Settings of a sandbox: times, limits, clock and seed.
//!
//! The defaults suit a person who tries the service by hand. Tests shorten the times and use their
//! own clock. Scenarios are not settings: they are in `scenario`.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

/// The sandbox's clock.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The settings of one sandbox.
#[derive(Clone)]
pub struct Options {
    /// Minimum time of every response.
    pub latency: Duration,
    /// Delay of the response in the slow-register scenario. The registration itself is immediate.
    pub register_delay: Duration,
    /// Makes codes and ids repeatable. Without it each sandbox differs.
    pub seed: Option<u64>,
    /// The clock of limits, lifetimes and inboxes.
    pub clock: Clock,
    /// Usage headers are sent from this call of an account on.
    pub usage_headers_after: u32,
    /// Calls an hour that are 100 percent in the usage headers. Further calls are not refused.
    pub calls_an_hour: u32,
    /// How long the maintenance scenario lasts, from its first refusal.
    pub maintenance: Duration,
    /// How long the recently-deleted scenario lasts, from its first refusal.
    pub deletion: Duration,
    /// How long the code-limit scenario lasts, from its first refusal.
    pub code_cooldown: Duration,
    /// How long the throttled account refuses calls, from the first one.
    pub throttle: Duration,
    /// Lifetime of a code.
    pub code_lifetime: Duration,
    /// Maximum codes a number may request in an hour.
    pub codes_an_hour: u32,
    /// Wrong codes that lock a number for 12 hours.
    pub code_guesses: u32,
    /// Wrong two-step PINs that lock a number for 12 hours.
    pub pin_guesses: u32,
    /// Minimum pause after a wrong PIN; a wrong PIN before that is refused as too quick and not
    /// counted.
    pub pin_pause: Duration,
    /// Maximum numbers, phone number ids and accounts together. Callers create them by naming them,
    /// so they must be bounded; one more is refused.
    pub most_objects: usize,
    /// Reads until the late scenarios show what was done.
    pub late_reads: u32,
    /// How long reads hide a registration, of every number.
    pub connects_after: Duration,
    /// Whether the ledger records reads as well.
    pub reads_in_ledger: bool,
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
            connects_after: Duration::ZERO,
            reads_in_ledger: false,
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the default clock of the sandbox"
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

//! `[engine]`: how migrations are worked on.

use std::time::Duration;

use jiff::SignedDuration;

use super::{Graph, Reader};

/// How migrations are worked on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Engine {
    /// How many are worked on at once.
    pub workers: u32,
    /// How many of them of one tenant.
    pub workers_per_tenant: u32,
    /// How many of them to one destination.
    pub workers_per_waba: u32,
    /// How long what was read of a tenant is believed.
    pub tenants_believed_for: SignedDuration,
    /// How long a worker owns one before another may take it over.
    pub lease: SignedDuration,
    /// How often the store is looked through for due ones.
    pub poll: Duration,
    /// The first retry comes within this time.
    pub retry_base: SignedDuration,
    /// No retry comes later than this.
    pub retry_cap: SignedDuration,
    /// So often a step is tried again before somebody is asked.
    pub retries: u32,
    /// So often a register call is tried again before somebody is asked.
    pub register_retries: u32,
    /// Register calls for one number within 72 hours.
    pub register_limit: u32,
    /// How long to look for the effect of a register call whose answer was lost.
    pub register_settles: SignedDuration,
    /// The first pause between two readings of CONFIRM.
    pub confirm_base: SignedDuration,
    /// The longest one.
    pub confirm_cap: SignedDuration,
    /// How long CONFIRM reads before somebody is asked.
    pub confirm_for: SignedDuration,
    /// How long to pause at a limit of Meta's when Meta does not say.
    pub limit_pause: SignedDuration,
}

/// A register call whose answer is lost may still be under way until its time-out: what is read before then proves nothing.
pub(super) fn outlast_register(engine: &Engine, graph: &Graph, reader: &mut Reader<'_>) {
    let keys = ["engine.register_settles", "graph.register_timeout"];
    if reader.sound(&keys) && engine.register_settles.unsigned_abs() < graph.register_timeout {
        reader.problem(
            "engine.register_settles",
            "must not be shorter than graph.register_timeout: until then a register call whose answer was lost may still take \
             effect, and would be made again",
        );
    }
}

/// Below this a retry is an attack, and a poll burns a core.
const SHORT: SignedDuration = SignedDuration::from_millis(10);
const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

impl Engine {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let engine = Self {
            workers: reader.number("engine.workers", 1..=65536),
            workers_per_tenant: reader.number("engine.workers_per_tenant", 1..=65536),
            workers_per_waba: reader.number("engine.workers_per_waba", 1..=65536),
            tenants_believed_for: reader.duration(
                "engine.tenants_believed_for",
                SignedDuration::ZERO..=SignedDuration::from_mins(1),
            ),
            lease: reader.duration("engine.lease", SignedDuration::from_secs(1)..=HOUR),
            poll: reader.timeout("engine.poll", SHORT..=HOUR),
            retry_base: reader.duration("engine.retry_base", SHORT..=HOUR),
            retry_cap: reader.duration("engine.retry_cap", SHORT..=DAY),
            retries: reader.number("engine.retries", 0..=1000),
            register_retries: reader.number("engine.register_retries", 0..=8),
            // Meta blocks a number at 10, and one may have been spent elsewhere.
            register_limit: reader.number("engine.register_limit", 1..=9),
            register_settles: reader
                .duration("engine.register_settles", SignedDuration::ZERO..=HOUR),
            confirm_base: reader.duration("engine.confirm_base", SHORT..=HOUR),
            confirm_cap: reader.duration("engine.confirm_cap", SHORT..=DAY),
            confirm_for: reader.duration(
                "engine.confirm_for",
                SignedDuration::from_secs(1)..=DAY * 14,
            ),
            limit_pause: reader.duration("engine.limit_pause", SHORT..=DAY),
        };
        let pairs = [
            (
                ("engine.retry_base", engine.retry_base),
                ("engine.retry_cap", engine.retry_cap),
            ),
            (
                ("engine.confirm_base", engine.confirm_base),
                ("engine.confirm_cap", engine.confirm_cap),
            ),
            (
                ("engine.confirm_cap", engine.confirm_cap),
                ("engine.confirm_for", engine.confirm_for),
            ),
        ];
        for ((short, less), (long, more)) in pairs {
            if reader.sound(&[short, long]) && less > more {
                reader.problem(short, format!("must not be longer than {long}"));
            }
        }
        engine
    }
}

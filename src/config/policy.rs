//! The rules of `[engine]` and `[code]` by which migrations are decided.

use std::ops::RangeInclusive;
use std::time::Duration;

use jiff::SignedDuration;

use super::Reader;
use super::engine::{DAY, HOUR, SHORT};
use domain::{LONGEST_WINDOW, Limit, Policy};

/// The store counts calls no further back, so a longer window would miss some.
const WINDOW: RangeInclusive<SignedDuration> = SignedDuration::from_mins(1)..=LONGEST_WINDOW;

pub(super) fn read(reader: &mut Reader<'_>) -> Policy {
    let policy = Policy {
        retry_base: reader.duration("engine.retry_base", SHORT..=HOUR),
        retry_cap: reader.duration("engine.retry_cap", SHORT..=DAY),
        retries: reader.number("engine.retries", 0..=1000),
        register_retries: reader.number("engine.register_retries", 0..=8),
        register: Limit {
            // Meta blocks a number at 10 calls in 72 hours, and one may have been made elsewhere.
            calls: reader.number("engine.register_limit", 1..=9),
            window: LONGEST_WINDOW,
            cooldown: SignedDuration::ZERO,
        },
        register_settles: reader.duration("engine.register_settles", SignedDuration::ZERO..=HOUR),
        confirm_base: reader.duration("engine.confirm_base", SHORT..=HOUR),
        confirm_cap: reader.duration("engine.confirm_cap", SHORT..=DAY),
        confirm_for: reader.duration(
            "engine.confirm_for",
            SignedDuration::from_secs(1)..=DAY * 14,
        ),
        limit_pause: reader.duration("engine.limit_pause", SHORT..=DAY),
        code_requests: Limit {
            calls: reader.number("code.requests", 1..=100),
            window: reader.duration("code.requests_window", WINDOW),
            cooldown: reader.duration("code.cooldown", SignedDuration::ZERO..=DAY),
        },
        code_checks: Limit {
            calls: reader.number("code.checks", 1..=100),
            window: reader.duration("code.checks_window", WINDOW),
            cooldown: SignedDuration::ZERO,
        },
        code_validity: reader.duration("code.validity", WINDOW),
        ..Policy::default()
    };
    let (base, cap) = ("engine.confirm_base", "engine.confirm_cap");
    let pairs = [
        (
            "engine.retry_base",
            policy.retry_base,
            "engine.retry_cap",
            policy.retry_cap,
        ),
        (base, policy.confirm_base, cap, policy.confirm_cap),
        (
            cap,
            policy.confirm_cap,
            "engine.confirm_for",
            policy.confirm_for,
        ),
    ];
    for (short, less, long, more) in pairs {
        if reader.sound(&[short, long]) && less > more {
            reader.problem(short, format!("must not be longer than {long}"));
        }
    }
    let keys = ["code.cooldown", "code.requests_window"];
    let requests = policy.code_requests;
    if reader.sound(&keys) && requests.cooldown >= requests.window {
        reader.problem("code.cooldown", "must be shorter than code.requests_window");
    }
    policy
}

/// A register call whose response was lost may still take effect until its timeout: what is read
/// before then proves nothing.
pub(super) fn outlast_register(policy: &Policy, timeout: Duration, reader: &mut Reader<'_>) {
    let keys = ["engine.register_settles", "graph.register_timeout"];
    if reader.sound(&keys) && policy.register_settles.unsigned_abs() < timeout {
        reader.problem(
            "engine.register_settles",
            "must not be shorter than graph.register_timeout: until then a register call whose \
             response was lost may still take effect, and would be made again. Increase it, or \
             decrease graph.register_timeout",
        );
    }
}

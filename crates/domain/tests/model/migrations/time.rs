//! Relative time: what a tick changes, and which ages are equal.

use domain::{GraphCall, Migration, Phase, Step};
use jiff::{SignedDuration, Timestamp};

/// The unit of time.
pub const TICK: SignedDuration = SignedDuration::from_secs(15);
/// `register_settles`, in ticks.
pub const SETTLES: u8 = 4;
/// `confirm_for`, in ticks.
pub const CONFIRM_FOR: u8 = 4;
/// What is at least this far away does not come by ticks: the window of a budget, and expiry. Such
/// a time comes by a step of its own.
pub const FAR: SignedDuration = ticks(50);
pub const CODE_VALIDITY: SignedDuration = ticks(100);
pub const WINDOW: SignedDuration = ticks(1_000);
const EXPIRY: SignedDuration = ticks(2_000);

pub const fn ticks(number: i64) -> SignedDuration {
    SignedDuration::from_secs(TICK.as_secs() * number)
}

/// The moment that it always is.
pub fn now() -> Timestamp {
    Timestamp::from_second(1_772_366_400).unwrap()
}

/// Whole ticks until then, rounded up.
pub fn ticks_until(at: Timestamp) -> u8 {
    let tick = TICK.as_millis();
    let until = at.duration_since(now()).as_millis().max(0);
    u8::try_from((until + tick - 1) / tick).unwrap()
}

fn before(number: u8) -> Timestamp {
    now() - ticks(i64::from(number))
}

/// Whole ticks since then, at most `limit`.
fn ticks_since(at: Timestamp, limit: u8) -> u8 {
    let since = now().duration_since(at).as_millis() / TICK.as_millis();
    u8::try_from(since.clamp(0, i128::from(limit))).unwrap()
}

/// Moves the migration's times into the past. Far times stay far, unless `by` is far.
pub fn older(migration: &mut Migration, by: SignedDuration) {
    let keep = |at: Timestamp| by < FAR && at.duration_since(now()) >= FAR;
    let move_on = |at: &mut Option<Timestamp>| {
        if let Some(at) = at
            && !keep(*at)
        {
            *at -= by;
        }
    };
    move_on(&mut migration.not_before);
    move_on(&mut migration.codes.refused_until);
    move_on(&mut migration.codes_refused_until);
    if by >= FAR {
        move_on(&mut migration.code_requested_at);
    }
    if let Phase::Sent { at, .. } = &mut migration.phase {
        *at -= by;
    }
    for progress in &mut migration.steps {
        move_on(&mut progress.started_at);
    }
}

/// Erases what no decision depends on, and does not distinguish what is older than any limit.
pub fn normalise(migration: &mut Migration) {
    let now = now();
    // Only the history and reports show these.
    migration.state_since = now;
    migration.action_since = now;
    migration.created_at = now;
    migration.updated_at = now;
    migration.ended_at = migration.ended_at.map(|_| now);
    migration.added_at = migration.added_at.map(|_| now);
    migration.last_sequence = 0;
    if let Some(fault) = &mut migration.fault {
        fault.retry_after = None;
    }
    let confirms = migration.step == Step::Confirm && !migration.state.is_terminal();
    for progress in &mut migration.steps {
        progress.attempts = 0;
        progress.last_fault = None;
        progress.finished_at = progress.finished_at.map(|_| now);
        let matters = confirms && progress.step == Step::Confirm;
        let limit = if matters { CONFIRM_FOR } else { 0 };
        let since = |at| before(ticks_since(at, limit));
        progress.started_at = progress.started_at.map(since);
    }
    // Ages, up to the limit that they are compared with.
    if let Phase::Sent { call, at } = &mut migration.phase {
        let limit = if *call == GraphCall::Register {
            SETTLES
        } else {
            0
        };
        *at = before(ticks_since(*at, limit));
    }
    if let Some(at) = &mut migration.code_requested_at {
        let is_old = now.duration_since(*at) >= CODE_VALIDITY;
        *at = if is_old { now - CODE_VALIDITY } else { now };
    }
    // Times to come.
    let ahead = |at: Timestamp| {
        if at.duration_since(now) >= FAR {
            now + WINDOW
        } else {
            after(ticks_until(at))
        }
    };
    let if_ahead = |at: Option<Timestamp>| at.filter(|at| *at > now).map(ahead);
    migration.not_before = migration.not_before.map(ahead);
    migration.codes.refused_until = if_ahead(migration.codes.refused_until);
    migration.codes_refused_until = if_ahead(migration.codes_refused_until);
    migration.expires_at = if migration.expires_at > now {
        now + EXPIRY
    } else {
        now
    };
}

fn after(number: u8) -> Timestamp {
    now() + ticks(i64::from(number))
}

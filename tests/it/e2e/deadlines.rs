//! Deadlines: what is to happen at some time stands in the store, and happens though the process that knew of it is gone.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use waba_migrator::proto::v1::{
    Cutover, MigrateRequest, Migration, NextActionKind, State, cutover,
};

use super::endings::{Ending, everywhere};
use super::stack::{Stack, reason};

/// What waits here waits so long.
const WAIT: SignedDuration = SignedDuration::from_hours(1);
/// Whoever is late by less than this is on time, on a busy machine too.
const SOON: SignedDuration = SignedDuration::from_secs(10);

/// Every wait that is set is as long as the others, and none is found by a look at what may be due.
const SETTINGS: [(&str, &str); 5] = [
    ("engine.poll", "1h"),
    ("engine.limit_pause", "1h"),
    ("engine.confirm_base", "1h"),
    ("engine.confirm_cap", "1h"),
    ("engine.confirm_for", "1h"),
];

/// One that waits for a time, and what it becomes then.
struct Case {
    number: &'static str,
    ask: fn(&mut MigrateRequest, Timestamp),
    waits: (State, &'static str),
    then: State,
}

const CASES: [Case; 6] = [
    Case {
        number: "+12025550187",
        ask: |request, _| expires(request),
        waits: (State::WaitingForCode, ""),
        then: State::Expired,
    },
    Case {
        number: "+12025550188",
        ask: |request, _| {
            expires(request);
            cutover(request, cutover::When::Hold(true));
        },
        waits: (State::WaitingForCutover, ""),
        then: State::Expired,
    },
    Case {
        number: "+12025550189",
        ask: |request, now| cutover(request, cutover::When::NotBefore(proto(now + WAIT))),
        waits: (State::WaitingForCutover, ""),
        then: State::Succeeded,
    },
    Case {
        number: "+12025550130",
        ask: |request, _| expires(request),
        waits: (State::ActionRequired, "CHECKS_FAILED"),
        then: State::Expired,
    },
    // Meta does not show the number as connected, and CONFIRM has read it for as long as it may.
    Case {
        number: "+12025550165",
        ask: |_, _| {},
        waits: (State::Running, "NOT_CONFIRMED"),
        then: State::ActionRequired,
    },
    // The last, since the process that met the limit makes no call of the app. It is the app's limit, and no migration's fault.
    Case {
        number: "+12025550141",
        ask: |_, _| {},
        waits: (State::Running, ""),
        then: State::WaitingForCode,
    },
];

/// A migration that waits, and what is expected of it.
struct Waiting {
    case: &'static Case,
    id: String,
    until: Timestamp,
    /// The events until then.
    events: usize,
}

impl Case {
    async fn begin(&'static self, stack: &Stack) -> Waiting {
        let now = stack.clock.now();
        let asked = stack.migrate_with(self.number, |request| (self.ask)(request, now));
        let mut migration = asked.await.unwrap();
        if migration.state() == State::WaitingForCode && self.waits.0 != State::WaitingForCode {
            let code = stack.code(self.number).unwrap();
            migration = stack.submit(&migration.id, &code).await.unwrap();
        }
        let found = (migration.state(), reason(migration.fault.as_ref()));
        assert_eq!(found, self.waits, "{migration:#?}");
        Waiting {
            case: self,
            until: deadline(&migration),
            events: stack.history(&migration.id).await.len(),
            id: migration.id,
        }
    }
}

impl Waiting {
    /// Its time has come, or comes in a moment. It must not have come too early, and be noticed at once.
    async fn ends(&self, stack: &Stack, ending: Ending) {
        let (number, started) = (self.case.number, stack.clock.now());
        let ended = stack
            .until(&self.id, |found| found.state() == self.case.then)
            .await;
        let history = stack.history(&self.id).await;
        let first = &history[self.events];
        let at = time(first.occurred_at);
        let told = format!("{number}, {ending:?}: {first:#?} of {ended:#?}");
        assert!(at >= self.until, "too early, at {at}: {told}");
        assert!(at < self.until.max(started) + SOON, "too late: {told}");
    }
}

fn expires(request: &mut MigrateRequest) {
    request.expires_after = Some(Duration::try_from(WAIT).unwrap().try_into().unwrap());
}

fn cutover(request: &mut MigrateRequest, when: cutover::When) {
    request.cutover = Some(Cutover { when: Some(when) });
}

fn proto(at: Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: at.as_second(),
        nanos: at.subsec_nanosecond(),
    }
}

fn time(at: Option<prost_types::Timestamp>) -> Timestamp {
    let at = at.unwrap();
    Timestamp::new(at.seconds, at.nanos).unwrap()
}

/// Until when the migration waits as it does.
fn deadline(migration: &Migration) -> Timestamp {
    let next = migration.next_action.as_ref().unwrap();
    match next.kind() {
        NextActionKind::Wait | NextActionKind::WaitForMeta => time(next.deadline),
        _ => time(migration.expires_at),
    }
}

async fn all_wait(stack: &Stack) -> Vec<Waiting> {
    let mut waiting = Vec::new();
    for case in &CASES {
        waiting.push(case.begin(stack).await);
    }
    waiting.sort_by_key(|it| it.until);
    waiting
}

#[tokio::test]
async fn a_deadline_that_passed_while_no_process_ran_is_met_at_the_next_start() {
    everywhere(&SETTINGS, async |stack, ending| {
        let waiting = all_wait(stack).await;
        ending.and_restart_after(WAIT * 3, stack).await;
        for it in &waiting {
            it.ends(stack, ending).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_deadline_is_met_by_a_process_that_started_before_it() {
    everywhere(&SETTINGS, async |stack, ending| {
        for it in &all_wait(stack).await {
            let ahead = it.until.duration_since(stack.clock.now());
            let shortly_before = ahead - SignedDuration::from_millis(300);
            // Where its time is about to come, the process that is there started before it; and it may be in the middle of the
            // very call that the deadline was for.
            if shortly_before.is_positive() {
                ending.and_restart_after(shortly_before, stack).await;
            }
            it.ends(stack, ending).await;
        }
    })
    .await;
}

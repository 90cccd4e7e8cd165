//! Deadlines: kept in the store, so that they are met after the process that set them has ended.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use waba_migrator::proto::v1::{
    Cutover, MigrateRequest, Migration, NextActionKind, State, cutover,
};

use super::endings::{Ending, everywhere};
use crate::support::service::{ServiceHarness, reason};

/// The length of every wait in these tests.
const WAIT: SignedDuration = SignedDuration::from_hours(1);
/// Tolerance for a busy machine.
const SOON: SignedDuration = SignedDuration::from_secs(10);

/// All waits have the same length, and no deadline is found by polling.
const SETTINGS: [(&str, &str); 5] = [
    ("engine.poll", "1h"),
    ("engine.limit_pause", "1h"),
    ("engine.confirm_base", "1h"),
    ("engine.confirm_cap", "1h"),
    ("engine.confirm_for", "1h"),
];

/// A migration that waits for a time, and its state after that.
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
    // Meta does not report the number as connected, and CONFIRM has reached its limit.
    Case {
        number: "+12025550165",
        ask: |_, _| {},
        waits: (State::Running, "NOT_CONFIRMED"),
        then: State::ActionRequired,
    },
    // The last one: after the limit of the app is reached, the process makes no calls. The limit is
    // no fault of the migration.
    Case {
        number: "+12025550141",
        ask: |_, _| {},
        waits: (State::Running, ""),
        then: State::WaitingForCode,
    },
];

/// A waiting migration, and its expected end.
struct Waiting {
    case: &'static Case,
    id: String,
    until: Timestamp,
    /// Number of events so far.
    events: usize,
}

impl Case {
    async fn begin(&'static self, service: &ServiceHarness) -> Waiting {
        let now = service.clock.now();
        let asked = service.migrate_with(self.number, |request| (self.ask)(request, now));
        let mut migration = asked.await.unwrap();
        if migration.state() == State::WaitingForCode && self.waits.0 != State::WaitingForCode {
            let code = service.code(self.number).unwrap();
            migration = service.submit(&migration.id, &code).await.unwrap();
        }
        let found = (migration.state(), reason(migration.fault.as_ref()));
        assert_eq!(found, self.waits, "{migration:#?}");
        Waiting {
            case: self,
            until: deadline(&migration),
            events: service.history(&migration.id).await.len(),
            id: migration.id,
        }
    }
}

impl Waiting {
    /// Waits for its end, which must be neither before its deadline nor late.
    async fn ends(&self, service: &ServiceHarness, ending: Ending) {
        let (number, started) = (self.case.number, service.clock.now());
        let ended = service
            .until(&self.id, |found| found.state() == self.case.then)
            .await;
        let history = service.history(&self.id).await;
        let first = &history[self.events];
        let at = time(first.occurred_at);
        let context = format!("{number}, {ending:?}: {first:#?} of {ended:#?}");
        assert!(at >= self.until, "too early, at {at}: {context}");
        assert!(at < self.until.max(started) + SOON, "too late: {context}");
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

/// The end of its current wait.
fn deadline(migration: &Migration) -> Timestamp {
    let next = migration.next_action.as_ref().unwrap();
    match next.kind() {
        NextActionKind::Wait | NextActionKind::WaitForMeta => time(next.deadline),
        _ => time(migration.expires_at),
    }
}

async fn all_wait(service: &ServiceHarness) -> Vec<Waiting> {
    let mut waiting = Vec::new();
    for case in &CASES {
        waiting.push(case.begin(service).await);
    }
    waiting.sort_by_key(|it| it.until);
    waiting
}

#[tokio::test]
async fn a_deadline_that_passed_while_no_process_ran_is_met_at_the_next_start() {
    everywhere(&SETTINGS, async |service, ending| {
        let waiting = all_wait(service).await;
        ending.and_restart_after(WAIT * 3, service).await;
        for it in &waiting {
            it.ends(service, ending).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_deadline_is_met_by_a_process_that_started_before_it() {
    everywhere(&SETTINGS, async |service, ending| {
        for it in &all_wait(service).await {
            let ahead = it.until.duration_since(service.clock.now());
            let shortly_before = ahead - SignedDuration::from_millis(300);
            // Close to the deadline no restart is needed: the current process started before it,
            // and may be in the call that the deadline was for.
            if shortly_before.is_positive() {
                ending.and_restart_after(shortly_before, service).await;
            }
            it.ends(service, ending).await;
        }
    })
    .await;
}

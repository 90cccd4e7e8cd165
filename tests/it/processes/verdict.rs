//! Checks of every migration that the processes finished.

use std::collections::HashSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sandbox::{Call, Entry};
use waba_migrator::proto::v1::{Event, EventKind, GraphCall, State};

/// Calls that Meta penalises when they are repeated.
const ONCE: [Call; 3] = [Call::AddNumber, Call::VerifyCode, Call::Register];

/// Events have their times in whole milliseconds.
const PRECISION: SignedDuration = SignedDuration::from_millis(1);

/// The history has no gaps and ends with success, and each call took effect once.
pub fn check(number: &str, history: &[Event], ledger: &[Entry]) {
    for (event, sequence) in history.iter().zip(1..) {
        assert_eq!(event.sequence, sequence, "{number}: {history:#?}");
    }
    let end = history.last().unwrap();
    assert_eq!(end.state(), State::Succeeded, "{number}: {end:#?}");
    let own = ledger
        .iter()
        .filter(|entry| entry.number.as_deref() == Some(number.trim_start_matches('+')));
    let own: Vec<&Entry> = own.collect();
    for once in ONCE {
        let effective = own.iter().filter(|it| it.call == once && it.effective);
        assert_eq!(effective.count(), 1, "{number}: {once:?} of {own:#?}");
    }
}

/// A time during which a process was stopped, longer than its leases.
pub struct Pause {
    /// The `Host` of its calls.
    pub host: String,
    /// Its end.
    pub until: Timestamp,
}

/// The calls that no process with a lease made: those without an intent of their own between the
/// last pause of the process and the call, and those made after the outcome was recorded.
pub fn late_calls<'a>(history: &[Event], own: &'a [Entry], pauses: &[Pause]) -> Vec<&'a Entry> {
    let mut used = HashSet::new();
    let mut is_late = |entry: &&Entry| {
        let Some(call) = graph_call(entry.call) else {
            return false;
        };
        let of_the_call = || history.iter().filter(move |event| event.call() == call);
        let intents = of_the_call().filter(|event| event.kind() == EventKind::CallSent);
        let Some(intent) = intents.take_while(|it| time(it) <= entry.at).last() else {
            return true;
        };
        let outcome = of_the_call()
            .find(|event| event.sequence > intent.sequence && event.kind() != EventKind::CallSent);
        let is_over = |outcome| time(outcome) + PRECISION < entry.at;
        let own_pauses = pauses.iter().filter(|pause| pause.host == entry.host);
        let resumed = own_pauses.map(|pause| pause.until);
        let resumed = resumed.filter(|at| *at <= entry.at).max();
        !used.insert(intent.sequence)
            || outcome.is_some_and(is_over)
            || resumed.is_some_and(|at| time(intent) + PRECISION < at)
    };
    own.iter().filter(|entry| is_late(entry)).collect()
}

/// The penalised calls that were repeated by a process that had not read the number or the account
/// since the first one.
pub fn unread_repeats<'a>(own: &'a [Entry], of_the_account: &[&Entry]) -> Vec<&'a Entry> {
    let mut unread = Vec::new();
    for once in ONCE {
        let calls: Vec<&Entry> = own.iter().filter(|it| it.call == once).collect();
        for pair in calls.windows(2) {
            let (before, after) = (pair[0], pair[1]);
            let is_between = |it: &Entry| {
                it.host == after.host
                    && (before.seq..after.seq).contains(&it.seq)
                    && graph_call(it.call).is_none()
            };
            let mut all = own.iter().chain(of_the_account.iter().copied());
            if !all.any(is_between) {
                unread.push(after);
            }
        }
    }
    unread
}

/// The call that history has for a call of the ledger; `None` if it has none, as for reads.
const fn graph_call(call: Call) -> Option<GraphCall> {
    match call {
        Call::AddNumber => Some(GraphCall::AddNumber),
        Call::RequestCode => Some(GraphCall::RequestCode),
        Call::VerifyCode => Some(GraphCall::VerifyCode),
        Call::Register => Some(GraphCall::Register),
        _ => None,
    }
}

/// The times between two events while the service had to act.
pub fn pauses(history: &[Event]) -> impl Iterator<Item = Duration> {
    let pairs = history.windows(2);
    let ours = pairs.filter(|pair| pair[0].state() == State::Running);
    ours.map(|pair| Duration::try_from(time(&pair[1]).duration_since(time(&pair[0]))).unwrap())
}

/// The time of an event.
pub fn time(event: &Event) -> Timestamp {
    let at = event.occurred_at.unwrap();
    Timestamp::new(at.seconds, at.nanos).unwrap()
}

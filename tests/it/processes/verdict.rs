//! Checks of every migration that the processes finished.

use std::time::Duration;

use jiff::Timestamp;
use sandbox::{Call, Entry};
use waba_migrator::proto::v1::{Event, State};

/// Calls that Meta penalises when they are repeated.
const ONCE: [Call; 3] = [Call::AddNumber, Call::VerifyCode, Call::Register];

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

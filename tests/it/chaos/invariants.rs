//! What must be true of every story that was told to its end, whatever went wrong in it.

use std::collections::BTreeMap;

use domain::{Event, EventKind, GraphCall, Limit, Machine, Migration, Secrets, State};
use jiff::SignedDuration;
use sandbox::{Call, Entry};
use waba_migrator::store::{Filter, Page, Store};

use super::lane::{Lane, Place};
use crate::store::backend::Backend;

/// What Meta punishes when it is done twice.
const ONCE: [Call; 3] = [Call::AddNumber, Call::VerifyCode, Call::Register];

/// Meta's word that a number which was verified is so no longer.
const VERIFICATION_LOST: i64 = 133_006;

/// A reproach; none where all is well.
type Verdict = Result<(), String>;

fn demand(holds: bool, reproach: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(reproach()) }
}

/// Judges a story by what the store and the sandbox hold in the end.
pub async fn judge<B: Backend>(lane: &Lane<B>, place: &Place, told: &Migration) -> Verdict {
    let store = lane.store();
    let kept = store
        .load(&place.tenant, told.id)
        .await
        .unwrap()
        .ok_or("the migration is lost")?;
    demand(kept.state == told.state, || {
        format!("{:?} is not final: now {:?}", told.state, kept.state)
    })?;
    let page = Page {
        size: 10,
        after: None,
    };
    let listed = store
        .list(&place.tenant, &Filter::default(), page)
        .await
        .unwrap();
    demand(listed.migrations.len() == 1, || {
        format!("{} migrations of one request", listed.migrations.len())
    })?;
    let due = store.next_due(place.clock.now()).await.unwrap();
    demand(due.is_none(), || {
        format!("something is still due, at {due:?}")
    })?;
    let history = store
        .events(&place.tenant, kept.id, 0, 10_000)
        .await
        .unwrap()
        .unwrap();
    explains(&history, &kept)
        .and_then(|()| within_budgets(&history))
        .and_then(|()| once_each(&place.sandbox.ledger()))
        .and_then(|()| ended_well(place, &kept))
        .map_err(|reproach| format!("{reproach}\n{}", in_words(place, &history)))
}

/// What happened, a line each: at Meta, and by the history.
fn in_words(place: &Place, history: &[Event]) -> String {
    let at_meta = place.sandbox.ledger().into_iter().map(|entry| {
        let done = if entry.effective { ", done" } else { "" };
        format!(
            "{} Meta: {} answers {}{done}",
            entry.at, entry.call, entry.answer
        )
    });
    let by_history = history
        .iter()
        .map(|event| format!("{} {}: {}", event.at, event.sequence, event.message()));
    at_meta.chain(by_history).collect::<Vec<_>>().join("\n")
}

/// The history has no gap, and leads to the state that the migration is in.
fn explains(history: &[Event], kept: &Migration) -> Verdict {
    for (event, sequence) in history.iter().zip(1..) {
        demand(event.sequence == sequence, || {
            format!("event {sequence} is numbered {}", event.sequence)
        })?;
    }
    let ordered = history
        .windows(2)
        .all(|pair| matches!(pair, [one, next] if one.at <= next.at));
    demand(ordered, || "the events are not in order of time".to_owned())?;
    let mut state = State::Running;
    let mut open: Option<GraphCall> = None;
    for event in history {
        match &event.kind {
            EventKind::StateChanged { from, .. } => {
                demand(*from == state, || {
                    format!("event {} leaves {from:?} in {state:?}", event.sequence)
                })?;
            }
            EventKind::CallSent { call } => {
                demand(open.is_none(), || {
                    format!(
                        "event {}: {call:?} was sent before it was said what became of {open:?}",
                        event.sequence
                    )
                })?;
                open = Some(*call);
            }
            EventKind::CallSucceeded { call }
            | EventKind::CallRefused { call, .. }
            | EventKind::CallUncertain { call, .. } => {
                demand(open.take().is_none_or(|sent| sent == *call), || {
                    format!("event {}: {call:?} was not sent", event.sequence)
                })?;
            }
            _ => {}
        }
        state = event.state;
    }
    demand(open.is_none(), || {
        format!("the history does not say what became of {open:?}")
    })?;
    demand(state == kept.state, || {
        format!("the history ends in {state:?}")
    })?;
    demand(kept.last_sequence == history.len() as u64, || {
        format!("{} events of {}", history.len(), kept.last_sequence)
    })
}

/// No window holds more calls than its budget, and none came within a cooldown.
fn within_budgets(history: &[Event]) -> Verdict {
    let policy = Machine::default().policy;
    let budgets = [
        (GraphCall::Register, policy.register),
        (GraphCall::RequestCode, policy.code_requests),
        (GraphCall::VerifyCode, policy.code_checks),
    ];
    for (call, limit) in budgets {
        let sent: Vec<_> = history
            .iter()
            .filter(|event| event.kind.call_sent() == Some(call))
            .map(|event| event.at)
            .collect();
        let Limit {
            calls,
            window,
            cooldown,
        } = limit;
        let crowded = |count: usize, time: SignedDuration| {
            sent.windows(count).any(|within| match within {
                [first, .., last] => last.duration_since(*first) < time,
                _ => false,
            })
        };
        demand(
            !crowded(calls as usize + 1, window) && !crowded(2, cooldown),
            || format!("{call:?} is over its budget: {sent:?}"),
        )?;
    }
    Ok(())
}

/// Nothing that took effect was tried again.
fn once_each(ledger: &[Entry]) -> Verdict {
    let mut done: BTreeMap<String, &Entry> = BTreeMap::new();
    for entry in ledger {
        let call = entry.call.to_string();
        if let Some(before) = done.get(&call) {
            demand(false, || {
                format!("{call} was done by {before:?}, then {entry:?}")
            })?;
        }
        if entry.code == Some(VERIFICATION_LOST) {
            done.remove(&Call::VerifyCode.to_string());
        }
        if entry.effective && ONCE.contains(&entry.call) {
            done.insert(call, entry);
        }
    }
    Ok(())
}

/// What is said to have succeeded has, and nothing is kept that serves no more.
fn ended_well(place: &Place, kept: &Migration) -> Verdict {
    let secrets = &kept.secrets;
    demand(
        Secrets {
            two_step_pin: None,
            ..secrets.clone()
        } == Secrets::default(),
        || "a secret outlived its use".to_owned(),
    )?;
    let number = kept.request.phone_number.to_string();
    let lives_in = place
        .sandbox
        .number(&number)
        .and_then(|number| Some(number.get("lives_in")?.as_str()?.to_owned()));
    let moved = lives_in.as_deref() == Some(kept.request.destination.as_str());
    let right = match kept.state {
        State::Succeeded => moved,
        State::Failed => true,
        _ => !moved,
    };
    demand(right, || {
        format!("{:?}, and the number lives in {lives_in:?}", kept.state)
    })?;
    let seen = kept.after.is_some() && kept.report.is_some();
    demand(kept.state != State::Succeeded || seen, || {
        "it succeeded without a reading that shows it".to_owned()
    })
}

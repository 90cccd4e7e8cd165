//! Invariants of a completed run, whatever went wrong in it.

use std::collections::BTreeMap;

use domain::{Event, EventKind, GraphCall, Limit, Machine, Migration, Secrets, State};
use jiff::SignedDuration;
use sandbox::{Call, Entry};
use uuid::Uuid;
use waba_migrator::store::{Filter, Page, Store, WorkerId};

use super::environment::{DatabaseRuntime, Environment};
use crate::store::backend::Backend;

/// Calls that must not take effect twice.
const ONCE: [Call; 3] = [Call::AddNumber, Call::VerifyCode, Call::Register];

/// Meta's error code: the number is no longer verified.
const VERIFICATION_LOST: i64 = 133_006;

/// `Err` describes the violation.
type Checked = Result<(), String>;

fn ensure(holds: bool, violation: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(violation()) }
}

/// Checks the final contents of the store and the sandbox.
pub async fn check<B: Backend>(
    database: &DatabaseRuntime<B>,
    environment: &Environment,
    returned: &Migration,
) -> Checked {
    let store = database.store();
    let stored = store
        .load(&environment.tenant, returned.id)
        .await
        .unwrap()
        .ok_or("the migration is lost")?;
    ensure(stored.state == returned.state, || {
        format!("{:?} is not final: now {:?}", returned.state, stored.state)
    })?;
    let page = Page {
        size: 10,
        after: None,
        findings: true,
    };
    let listed = store
        .list(&environment.tenant, &Filter::default(), page)
        .await
        .unwrap();
    ensure(listed.migrations.len() == 1, || {
        format!("{} migrations of one request", listed.migrations.len())
    })?;
    let no_worker = WorkerId::from_uuid(Uuid::from_u128(9));
    let now = environment.clock.now();
    let mut due = None;
    // Twice: PostgreSQL may execute the last statement of a crashed engine after the first removal.
    for _ in 0..2 {
        // Otherwise the ends of their leases are due.
        environment.remove_workers(store).await;
        due = store.next_due(no_worker, now).await.unwrap();
        if due.is_none() {
            break;
        }
    }
    ensure(due.is_none(), || {
        format!("something is still due, in {due:?}")
    })?;
    let history = store
        .events(&environment.tenant, stored.id, 0, 10_000)
        .await
        .unwrap()
        .unwrap();
    explains(&history, &stored)
        .and_then(|()| within_budgets(&history))
        .and_then(|()| once_each(&environment.sandbox.ledger()))
        .and_then(|()| ended_well(environment, &stored))
        .map_err(|violation| format!("{violation}\n{}", describe(environment, &history)))
}

/// What happened, one line each: at Meta, and in the history.
fn describe(environment: &Environment, history: &[Event]) -> String {
    let at_meta = environment.sandbox.ledger().into_iter().map(|entry| {
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

/// The history has no gap, and leads to the migration's state.
fn explains(history: &[Event], stored: &Migration) -> Checked {
    for (event, sequence) in history.iter().zip(1..) {
        ensure(event.sequence == sequence, || {
            format!("event {sequence} is numbered {}", event.sequence)
        })?;
    }
    let ordered = history
        .windows(2)
        .all(|pair| matches!(pair, [one, next] if one.at <= next.at));
    ensure(ordered, || "the events are not in order of time".to_owned())?;
    let mut state = State::Running;
    let mut open: Option<GraphCall> = None;
    for event in history {
        match &event.kind {
            EventKind::StateChanged { from, .. } => {
                ensure(*from == state, || {
                    format!("event {} leaves {from:?} in {state:?}", event.sequence)
                })?;
            }
            EventKind::CallSent { call } => {
                ensure(open.is_none(), || {
                    format!(
                        "event {}: {call:?} was sent while the outcome of {open:?} was unknown",
                        event.sequence
                    )
                })?;
                open = Some(*call);
            }
            EventKind::CallSucceeded { call }
            | EventKind::CallRefused { call, .. }
            | EventKind::CallUncertain { call, .. } => {
                ensure(open.take().is_none_or(|sent| sent == *call), || {
                    format!("event {}: {call:?} was not sent", event.sequence)
                })?;
            }
            _ => {}
        }
        state = event.state;
    }
    ensure(open.is_none(), || {
        format!("the history does not record the outcome of {open:?}")
    })?;
    ensure(state == stored.state, || {
        format!("the history ends in {state:?}")
    })?;
    ensure(stored.last_sequence == history.len() as u64, || {
        format!("{} events of {}", history.len(), stored.last_sequence)
    })
}

/// No window has more calls than its budget, and no call came within a cooldown.
fn within_budgets(history: &[Event]) -> Checked {
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
        ensure(
            !crowded(calls as usize + 1, window) && !crowded(2, cooldown),
            || format!("{call:?} is over its budget: {sent:?}"),
        )?;
    }
    Ok(())
}

/// No call that took effect was made again.
fn once_each(ledger: &[Entry]) -> Checked {
    let mut done: BTreeMap<String, &Entry> = BTreeMap::new();
    for entry in ledger {
        let call = entry.call.to_string();
        if let Some(before) = done.get(&call) {
            ensure(false, || {
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

/// A migration that succeeded has moved its number, and no secret is kept longer than needed.
fn ended_well(environment: &Environment, stored: &Migration) -> Checked {
    let secrets = &stored.secrets;
    ensure(
        Secrets {
            two_step_pin: None,
            ..secrets.clone()
        } == Secrets::default(),
        || "a secret was kept too long".to_owned(),
    )?;
    let number = stored.request.phone_number.to_string();
    let lives_in = environment
        .sandbox
        .number(&number)
        .and_then(|number| Some(number.get("lives_in")?.as_str()?.to_owned()));
    let moved = lives_in.as_deref() == Some(stored.request.destination.as_str());
    let right = match stored.state {
        State::Succeeded => moved,
        State::Failed => true,
        _ => !moved,
    };
    ensure(right, || {
        format!("{:?}, and the number lives in {lives_in:?}", stored.state)
    })?;
    let seen = stored.findings.after.is_some() && stored.findings.report.is_some();
    ensure(stored.state != State::Succeeded || seen, || {
        "it succeeded without a reading that confirms it".to_owned()
    })
}

//! Saves: all or nothing, and only of the latest version.

use std::future::Future;

use domain::{Event, GraphCall, Migration, State};
use tokio::task::JoinSet;
use waba_migrator::store::{Lease, LeaseChange, Saved, Store};

use super::Backend;
use super::backend::{claim, created, history, loaded, saved, worker};
use crate::support::migrations::{accepted, at, becomes, migration, sends, tenant};

pub async fn a_save_stores_everything<B: Backend>() {
    let backend = B::fresh().await;
    let mut it = created(backend.store(), &migration(&tenant("acme"), 1), Some(at(0))).await;
    it.secrets.code = "918273".parse().ok();
    it.phone_number_id = "106540352242922".parse().ok();
    let events = [
        sends(&mut it, 1, GraphCall::RequestCode),
        becomes(&mut it, 2, State::WaitingForCode),
    ];
    saved(backend.store(), &mut it, &events, None).await;
    assert_eq!(it.version, 2);
    it.attempts.record(GraphCall::RequestCode, at(1));
    assert_eq!(loaded(backend.store(), &it).await, it);
    assert_eq!(
        history(backend.store(), &it).await,
        [accepted(&migration(&it.tenant, 1)), events.to_vec()].concat()
    );
    assert_eq!(
        backend.store().next_due(at(0)).await.unwrap(),
        None,
        "it waits for a person now"
    );
}

pub async fn an_old_version_writes_nothing<B: Backend>() {
    let backend = B::fresh().await;
    let mut first = created(backend.store(), &migration(&tenant("acme"), 1), None).await;
    let second = first.clone();
    let event = becomes(&mut first, 1, State::WaitingForCode);
    saved(backend.store(), &mut first, &[event], None).await;
    assert_conflict(backend.store(), second, LeaseChange::Untouched).await;

    let unknown = Migration {
        version: 1,
        ..migration(&tenant("acme"), 2)
    };
    let answer = backend
        .store()
        .save(&unknown.tenant, &unknown, &[], None, LeaseChange::Untouched)
        .await
        .unwrap();
    assert_eq!(
        answer,
        Saved::Conflict,
        "what was never created cannot be saved"
    );
    assert_eq!(
        backend
            .store()
            .load(&unknown.tenant, unknown.id)
            .await
            .unwrap(),
        None
    );
}

pub async fn a_lost_lease_writes_nothing<B: Backend>() {
    let backend = B::fresh().await;
    let (slow, quick) = (worker(1), worker(2));
    let it = created(backend.store(), &migration(&tenant("acme"), 1), Some(at(0))).await;
    for lease in [
        LeaseChange::Renew(Lease {
            worker: slow,
            until: at(99),
        }),
        LeaseChange::Release { worker: slow },
    ] {
        assert_conflict(backend.store(), it.clone(), lease).await;
    }
    claim(backend.store(), slow, at(0), at(10), 1).await;
    // The lease has run out but was not taken over, so the work is not lost.
    let answer = backend.store().save(
        &it.tenant,
        &it,
        &[],
        Some(at(0)),
        LeaseChange::Renew(Lease {
            worker: slow,
            until: at(20),
        }),
    );
    assert_eq!(answer.await.unwrap(), Saved::Done { version: 2 });
    let it = Migration { version: 2, ..it };
    assert_eq!(
        claim(backend.store(), quick, at(20), at(30), 1).await,
        std::slice::from_ref(&it)
    );
    for lease in [
        LeaseChange::Renew(Lease {
            worker: slow,
            until: at(99),
        }),
        LeaseChange::Release { worker: slow },
    ] {
        assert_conflict(backend.store(), it.clone(), lease).await;
    }
    assert_eq!(
        backend.store().next_due(at(20)).await.unwrap(),
        Some(at(30)),
        "the lease of the other is unchanged"
    );
}

/// Saves changes of every field, none of which must be written.
async fn assert_conflict(store: &impl Store, mut changed: Migration, lease: LeaseChange) {
    let (row, events) = (
        loaded(store, &changed).await,
        history(store, &changed).await,
    );
    let due = store.next_due(at(0)).await.unwrap();
    changed.secrets.two_step_pin = "482913".parse().ok();
    let event = becomes(&mut changed, 3, State::Failed);
    let answer = store
        .save(&changed.tenant, &changed, &[event], Some(at(1)), lease)
        .await
        .unwrap();
    assert_eq!(answer, Saved::Conflict);
    assert_eq!(loaded(store, &row).await, row);
    assert_eq!(history(store, &row).await, events);
    assert_eq!(store.next_due(at(0)).await.unwrap(), due);
}

pub async fn of_concurrent_saves_of_one_version_one_succeeds<B: Backend>() {
    let backend = B::fresh().await;
    let it = created(backend.store(), &migration(&tenant("acme"), 1), None).await;
    let answers = at_once((0..20).map(|n| {
        let (store, mut it) = (backend.store().clone(), it.clone());
        let event = sends(&mut it, n, GraphCall::AddNumber);
        async move { save(&store, &it, event).await }
    }))
    .await;
    assert_eq!(
        answers
            .iter()
            .filter(|answer| **answer == Saved::Done { version: 2 })
            .count(),
        1
    );
    assert_eq!(
        answers
            .iter()
            .filter(|answer| **answer == Saved::Conflict)
            .count(),
        19
    );
    assert_eq!(history(backend.store(), &it).await.len(), 2);
}

pub async fn two_hundred_concurrent_saves_all_succeed<B: Backend>() {
    let backend = B::fresh().await;
    let mut migrations = Vec::new();
    for n in 0..200 {
        migrations.push(created(backend.store(), &migration(&tenant("acme"), n), None).await);
    }
    let answers = at_once(migrations.iter().cloned().map(|mut it| {
        let store = backend.store().clone();
        let event = becomes(&mut it, 1, State::WaitingForCode);
        async move { save(&store, &it, event).await }
    }))
    .await;
    assert_eq!(answers, vec![Saved::Done { version: 2 }; 200]);
    for it in &migrations {
        assert_eq!(
            loaded(backend.store(), it).await.state,
            State::WaitingForCode
        );
        assert_eq!(history(backend.store(), it).await.len(), 2);
    }
}

async fn save(store: &impl Store, it: &Migration, event: Event) -> Saved {
    store
        .save(&it.tenant, it, &[event], None, LeaseChange::Untouched)
        .await
        .unwrap()
}

async fn at_once<F: Future<Output = Saved> + Send + 'static>(
    saves: impl Iterator<Item = F>,
) -> Vec<Saved> {
    saves.collect::<JoinSet<_>>().join_all().await
}

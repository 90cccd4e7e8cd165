//! Events: gapless, in order, in pages.

use domain::GraphCall;
use waba_migrator::store::{Error, LeaseChange, Store};

use super::Backend;
use super::backend::{created, history, loaded, saved};
use crate::support::migrations::{at, migration, sends, tenant};

pub async fn events_come_in_order_and_in_pages<B: Backend>() {
    let backend = B::fresh().await;
    let mut it = created(backend.store(), &migration(&tenant("acme"), 1), None).await;
    for second in 0..6 {
        let events = [
            sends(&mut it, second, GraphCall::AddNumber),
            sends(&mut it, second, GraphCall::Subscribe),
        ];
        saved(backend.store(), &mut it, &events, None).await;
    }
    let all = history(backend.store(), &it).await;
    assert_eq!(
        all.iter().map(|event| event.sequence).collect::<Vec<_>>(),
        (1..=13).collect::<Vec<_>>()
    );
    for (after, limit, expected) in [
        (0, 5, 0..5),
        (5, 5, 5..10),
        (10, 5, 10..13),
        (13, 5, 13..13),
        (99, 5, 13..13),
    ] {
        let page = backend
            .store()
            .events(&it.tenant, it.id, after, limit)
            .await
            .unwrap();
        assert_eq!(page.unwrap(), all[expected], "{limit} after {after}");
    }
    let unknown = migration(&tenant("acme"), 2).id;
    assert_eq!(
        backend
            .store()
            .events(&it.tenant, unknown, 0, 5)
            .await
            .unwrap(),
        None
    );
}

pub async fn events_that_leave_a_gap_are_refused<B: Backend>() {
    let backend = B::fresh().await;
    let it = created(backend.store(), &migration(&tenant("acme"), 1), None).await;
    let mut changed = it.clone();
    let events: Vec<_> = (0..3)
        .map(|second| sends(&mut changed, second, GraphCall::AddNumber))
        .collect();
    let [one, two, three] = &events[..] else {
        panic!("{events:?}")
    };
    for wrong in [
        vec![],
        vec![two.clone(), three.clone()],
        vec![one.clone(), three.clone()],
        vec![one.clone()],
    ] {
        let answer = backend
            .store()
            .save(
                &it.tenant,
                &changed,
                &wrong,
                Some(at(1)),
                LeaseChange::Untouched,
            )
            .await;
        assert!(
            matches!(answer, Err(Error::Inconsistent(_))),
            "{wrong:?}: {answer:?}"
        );
    }
    assert_eq!(loaded(backend.store(), &it).await, it);
    assert_eq!(history(backend.store(), &it).await.len(), 1);
}

pub async fn the_newest_events_of_many_migrations_are_read_at_once<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let still = created(store, &migration(&tenant("acme"), 1), None).await;
    let mut moved = created(store, &migration(&tenant("other"), 2), None).await;
    let event = sends(&mut moved, 1, GraphCall::AddNumber);
    saved(store, &mut moved, &[event], None).await;
    let unknown = migration(&tenant("acme"), 3).id;
    let mut found = store
        .last_sequences(&[unknown, moved.id, still.id])
        .await
        .unwrap();
    found.sort_unstable_by_key(|(_, sequence)| *sequence);
    assert_eq!(found, [(still.id, 1), (moved.id, 2)]);
    assert_eq!(store.last_sequences(&[]).await.unwrap(), []);
}

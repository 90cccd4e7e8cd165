//! Events: gapless, in order, in pages; and the positions of a tenant's events.

use domain::GraphCall;
use tokio::task::JoinSet;
use waba_migrator::store::{Error, LeaseChange, Saved, Store};

use super::Backend;
use super::backend::{created, history, loaded, saved};
use crate::support::migrations::{at, migration, sends, tenant};
use crate::support::raw;

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
    let (acme, other) = (tenant("acme"), tenant("other"));
    let unknown = migration(&acme, 3).id;
    let asked = [
        (acme.clone(), unknown),
        (other.clone(), moved.id),
        (acme, still.id),
        (other, still.id),
    ];
    let mut found = store.last_sequences(&asked).await.unwrap();
    found.sort_unstable_by_key(|(_, sequence)| *sequence);
    assert_eq!(found, [(still.id, 1), (moved.id, 2)]);
    assert_eq!(store.last_sequences(&[]).await.unwrap(), []);
}

pub async fn positions_have_no_gaps_while_many_write<B: Backend>() {
    const MIGRATIONS: u16 = 16;
    const SAVES: i64 = 12;
    let backend = B::fresh().await;
    let (store, url) = (backend.store(), backend.url());
    let mut writing = JoinSet::new();
    for n in 0..MIGRATIONS {
        let owner = tenant(["acme", "other"][usize::from(n % 2)]);
        let store = store.clone();
        writing.spawn(async move {
            let mut it = created(&store, &migration(&owner, n), None).await;
            for second in 0..SAVES {
                // Two events a save; some saves of an old version, which write nothing.
                let old = it.clone();
                let events = [
                    sends(&mut it, second, GraphCall::AddNumber),
                    sends(&mut it, second, GraphCall::Subscribe),
                ];
                saved(&store, &mut it, &events, None).await;
                if second % 3 == 0 {
                    let mut old = old;
                    let event = sends(&mut old, second, GraphCall::AddNumber);
                    let lease = LeaseChange::Untouched;
                    let conflict = store.save(&old.tenant, &old, &[event], None, lease).await;
                    assert_eq!(conflict.unwrap(), Saved::Conflict);
                }
            }
        });
    }
    // A reader who reads up to the highest position misses none below it, at any moment.
    let whole = usize::from(MIGRATIONS / 2) * usize::try_from(1 + 2 * SAVES).unwrap();
    let mut seen = [Vec::new(), Vec::new()];
    let mut reads = 0;
    while seen.iter().any(|it| it.len() < whole) {
        for (seen, owner) in seen.iter_mut().zip(["acme", "other"]) {
            let now = raw::feed(&url, owner).await;
            let positions = now.iter().map(|(position, ..)| *position);
            let gapless = 1..=i64::try_from(now.len()).unwrap();
            assert!(positions.eq(gapless), "{owner}: {now:?}");
            assert!(now.starts_with(seen), "what was read stays as it is");
            *seen = now;
        }
        reads += 1;
        assert!(reads < 10_000, "{}", seen[0].len());
    }
    writing.join_all().await;
    // Of a migration, in the order of its events.
    for feed in &seen {
        let mut last = std::collections::HashMap::new();
        for (_, migration, sequence) in feed {
            let before = last.insert(migration, *sequence).unwrap_or_default();
            assert_eq!(*sequence, before + 1);
        }
    }
}

//! Workers: a lease covers all migrations of a worker, and ends for all of them at once.

use std::collections::HashSet;
use std::time::Duration;

use domain::{GraphCall, Migration, MigrationId};
use jiff::SignedDuration;
use tokio::task::JoinSet;
use waba_migrator::store::{
    Created, Database, LeaseChange, Saved, Store as _, WorkerId, Workers as _,
};

use super::Backend;
use super::backend::{HOUR, claim, created, joined, lapses, loaded, worker};
use crate::support::migrations::{accepted, at, migration, sends, tenant};

fn ids(migrations: &[Migration]) -> Vec<MigrationId> {
    migrations.iter().map(|it| it.id).collect()
}

/// Migrations that are due, of two tenants.
async fn due(store: &Database, count: u16) -> Vec<Migration> {
    let mut made = Vec::new();
    for n in 0..count {
        let owner = tenant(["acme", "other"][usize::from(n % 2)]);
        made.push(created(store, &migration(&owner, n), Some(at(0))).await);
    }
    made
}

/// The ids of the migrations that a worker has leased.
async fn leased(store: &Database, worker: WorkerId) -> HashSet<MigrationId> {
    let leased = store.leased(worker).await.unwrap();
    leased.into_iter().map(|(_, id)| id).collect()
}

/// Whether a worker could save a migration with its lease, and release it.
async fn can_save(store: &Database, worker: WorkerId, it: &Migration) -> bool {
    let mut all = Vec::new();
    for lease in [LeaseChange::Keep(worker), LeaseChange::Release(worker)] {
        let mut it = loaded(store, it).await;
        let event = sends(&mut it, 1, GraphCall::AddNumber);
        let saved = store
            .save(&it.tenant, &it, &[event], Some(at(0)), lease)
            .await;
        all.push(matches!(saved.unwrap(), Saved::Done { .. }));
    }
    assert_eq!(all[0], all[1]);
    all[0]
}

pub async fn a_lease_covers_every_migration_of_its_worker<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let (one, two) = (joined(store, 1).await, joined(store, 2).await);
    let made = due(store, 5).await;
    let claimed = claim(store, one, at(0), 9).await;
    assert_eq!(claimed.len(), 5);
    assert_eq!(leased(store, one).await, ids(&made).into_iter().collect());
    assert_eq!(leased(store, two).await, HashSet::new());
    for it in &made {
        assert!(store.has_leased(one, &it.tenant, it.id).await.unwrap());
        assert!(!store.has_leased(two, &it.tenant, it.id).await.unwrap());
    }
    let [it, ..] = &made[..] else {
        panic!("{made:?}")
    };
    let others = tenant("other");
    assert!(!store.has_leased(one, &others, it.id).await.unwrap());
    // A renewal keeps them all, however often another worker looks.
    for _ in 0..3 {
        assert!(store.renew(one, HOUR).await.unwrap().is_some());
        assert_eq!(claim(store, two, at(900), 9).await, []);
    }
    assert!(can_save(store, one, it).await);
}

pub async fn a_lease_that_ended_ends_its_worker_for_good<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let (one, two) = (joined(store, 1).await, joined(store, 2).await);
    let made = due(store, 3).await;
    claim(store, one, at(0), 9).await;
    lapses(store, one).await;
    assert_eq!(
        leased(store, one).await.len(),
        3,
        "no other worker has claimed since its lease ended"
    );
    // Others find its migrations, and only once.
    let found = claim(store, two, at(0), 2).await;
    assert_eq!(found.len(), 2);
    assert_eq!(leased(store, one).await, HashSet::new());
    assert_eq!(store.renew(one, HOUR).await.unwrap(), None);
    assert_eq!(claim(store, two, at(0), 9).await.len(), 1);
    assert_eq!(claim(store, two, at(0), 9).await, []);
    for it in &made {
        assert!(!can_save(store, one, it).await);
    }
    assert_eq!(leased(store, two).await, ids(&made).into_iter().collect());
}

pub async fn an_ended_worker_claims_nothing<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let (one, two) = (joined(store, 1).await, joined(store, 2).await);
    due(store, 3).await;
    lapses(store, one).await;
    assert_eq!(claim(store, two, at(0), 1).await.len(), 1);
    assert_eq!(claim(store, one, at(0), 9).await, []);
    assert_eq!(claim(store, worker(3), at(0), 9).await, [], "nor a new one");
    assert_eq!(claim(store, two, at(0), 9).await.len(), 2);
}

pub async fn a_worker_that_renews_in_time_keeps_its_migrations<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let (one, two) = (joined(store, 1).await, joined(store, 2).await);
    let made = due(store, 3).await;
    claim(store, one, at(0), 9).await;
    // Its time has passed, but no other worker ended it: it continues.
    lapses(store, one).await;
    assert!(store.renew(one, HOUR).await.unwrap().is_some());
    assert_eq!(claim(store, two, at(0), 9).await, []);
    assert_eq!(leased(store, one).await, ids(&made).into_iter().collect());
    // Its own claim ends no lease of its own.
    lapses(store, one).await;
    claim(store, one, at(0), 9).await;
    assert!(store.renew(one, HOUR).await.unwrap().is_some());
    assert_eq!(leased(store, one).await.len(), 3);
}

/// A renewal and the claim of another worker at the same time: either the worker keeps all of its
/// migrations, or it is ended and has none.
pub async fn of_a_renewal_and_an_ending_at_the_same_time_one_wins<B: Backend>() {
    const MIGRATIONS: u16 = 8;
    let backend = B::fresh().await;
    let store = backend.store();
    let made: HashSet<_> = ids(&due(store, MIGRATIONS).await).into_iter().collect();
    for round in 0..20 {
        let (one, two) = (
            joined(store, 100 + 2 * round).await,
            joined(store, 101 + 2 * round).await,
        );
        let claimed = claim(store, one, at(0), 99).await;
        assert_eq!(claimed.len(), usize::from(MIGRATIONS));
        lapses(store, one).await;
        let renewal = async {
            for _ in 0..round % 4 {
                tokio::task::yield_now().await;
            }
            store.renew(one, HOUR).await.unwrap()
        };
        let (renewed, found) = tokio::join!(renewal, claim(store, two, at(0), 99));
        let mut found: HashSet<_> = ids(&found).into_iter().collect();
        if renewed.is_some() {
            assert_eq!(found, HashSet::new(), "round {round}");
            assert_eq!(leased(store, one).await, made, "round {round}");
        } else {
            // A claim skips what is locked at its moment.
            found.extend(ids(&claim(store, two, at(0), 99).await));
            assert_eq!(found, made, "round {round}");
            assert_eq!(leased(store, one).await, HashSet::new(), "round {round}");
        }
        for worker in [one, two] {
            store.leave(worker).await.unwrap();
        }
    }
}

pub async fn the_migrations_of_an_ended_worker_are_released_once<B: Backend>() {
    const MIGRATIONS: u16 = 40;
    let backend = B::fresh().await;
    let store = backend.store();
    due(store, MIGRATIONS).await;
    let one = joined(store, 1).await;
    claim(store, one, at(0), 99).await;
    let mut others = Vec::new();
    for n in 2..8 {
        others.push(joined(store, n).await);
    }
    lapses(store, one).await;
    let claims: JoinSet<_> = others
        .into_iter()
        .map(|worker| {
            let store = store.clone();
            async move {
                let mut found = Vec::new();
                for _ in 0..8 {
                    found.extend(ids(&claim(&store, worker, at(0), 7).await));
                }
                assert_eq!(leased(&store, worker).await.len(), found.len());
                found
            }
        })
        .collect();
    let found = claims.join_all().await.concat();
    assert_eq!(found.len(), usize::from(MIGRATIONS));
    let distinct: HashSet<_> = found.into_iter().collect();
    assert_eq!(distinct.len(), usize::from(MIGRATIONS));
}

pub async fn a_worker_that_leaves_releases_its_migrations_at_once<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let (one, two) = (joined(store, 1).await, joined(store, 2).await);
    let made = due(store, 4).await;
    let of_two = claim(store, two, at(0), 1).await;
    claim(store, one, at(0), 9).await;
    store.leave(one).await.unwrap();
    assert_eq!(leased(store, one).await, HashSet::new());
    assert_eq!(leased(store, two).await.len(), 1);
    assert_eq!(store.renew(one, HOUR).await.unwrap(), None);
    store.leave(one).await.expect("twice is no error");
    assert_eq!(claim(store, two, at(0), 9).await.len(), 3);
    let all: HashSet<_> = ids(&made).into_iter().collect();
    assert_eq!(leased(store, two).await, all);
    assert!(all.contains(&of_two[0].id));
}

pub async fn what_an_ended_worker_leased_late_is_claimed_at_once<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let (one, two) = (joined(store, 1).await, joined(store, 2).await);
    store.leave(one).await.unwrap();
    // The answer of the commit was on its way when the worker was lost.
    let it = migration(&tenant("acme"), 1);
    let events = accepted(&it);
    let new = store.create(&it.tenant, &it, &events, Some(at(0)), Some(one));
    assert!(matches!(new.await.unwrap(), Created::New(_)));
    let next = store.next_due(two, at(0)).await.unwrap();
    assert_eq!(next, Some(Duration::ZERO), "nothing else is due");
    assert_eq!(ids(&claim(store, two, at(0), 9).await), [it.id]);
}

pub async fn what_a_worker_does_not_work_on_can_be_released<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let (one, two) = (joined(store, 1).await, joined(store, 2).await);
    let made = due(store, 4).await;
    claim(store, one, at(0), 3).await;
    let of_two = claim(store, two, at(0), 1).await;
    let keys: Vec<_> = made.iter().map(|it| (it.tenant.clone(), it.id)).collect();
    // Of those that it has, two; and one that another worker has.
    let mut some: Vec<_> = store.leased(one).await.unwrap();
    let kept = some.pop().unwrap();
    some.push((of_two[0].tenant.clone(), of_two[0].id));
    some.push((tenant("acme"), migration(&tenant("acme"), 99).id));
    store.release(one, &some).await.unwrap();
    store.release(one, &[]).await.unwrap();
    assert_eq!(
        store.leased(one).await.unwrap(),
        std::slice::from_ref(&kept)
    );
    assert_eq!(leased(store, two).await, [of_two[0].id].into());
    assert_eq!(claim(store, two, at(0), 9).await.len(), 2);
    let left = keys.into_iter().filter(|it| *it != kept);
    assert_eq!(leased(store, two).await, left.map(|(_, id)| id).collect());
}

pub async fn a_lease_can_be_shortened_and_a_long_one_is_no_error<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let two = joined(store, 2).await;
    let one = worker(1);
    store
        .join(one, SignedDuration::from_hours(24 * 365))
        .await
        .unwrap();
    due(store, 1).await;
    claim(store, one, at(0), 9).await;
    let past = SignedDuration::from_secs(-5);
    assert!(store.renew(one, past).await.unwrap().is_some());
    assert_eq!(claim(store, two, at(0), 9).await.len(), 1);
}

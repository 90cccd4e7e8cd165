//! Claims and leases: what is due is worked on by one worker at a time.

use std::collections::HashSet;

use tokio::task::JoinSet;
use waba_migrator::migration::{GraphCall, Migration, MigrationId};
use waba_migrator::store::{Lease, Saved, Store};

use super::Backend;
use super::backend::{created, loaded, saved, worker};
use crate::support::migrations::{at, migration, sends, tenant};

fn ids(migrations: &[Migration]) -> Vec<MigrationId> {
    migrations.iter().map(|it| it.id).collect()
}

pub async fn a_claim_takes_what_is_due_oldest_first<B: Backend>() {
    let backend = B::fresh().await;
    let mut made = Vec::new();
    // Of two tenants: the engine works for all of them.
    for (n, name, due_at) in [
        (1, "acme", Some(at(30))),
        (2, "other", Some(at(10))),
        (3, "acme", None),
        (4, "acme", Some(at(20))),
        (5, "acme", Some(at(41))),
    ] {
        let mut it = migration(&tenant(name), n);
        it.secrets.access_token = format!("token-{n}").parse().ok();
        made.push(created(backend.store(), &it, due_at).await);
    }
    let first = backend
        .store()
        .claim(worker(1), at(40), at(100), 2)
        .await
        .unwrap();
    assert_eq!(
        first,
        [made[1].clone(), made[3].clone()],
        "with their secrets, and at most as many as asked for"
    );
    assert_eq!(
        backend
            .store()
            .claim(worker(1), at(40), at(100), 9)
            .await
            .unwrap(),
        [made[0].clone()]
    );
    assert_eq!(
        backend
            .store()
            .claim(worker(1), at(40), at(100), 9)
            .await
            .unwrap(),
        []
    );
    assert_eq!(
        backend
            .store()
            .claim(worker(1), at(41), at(100), 9)
            .await
            .unwrap(),
        [made[4].clone()]
    );
}

pub async fn a_lease_holds_until_it_runs_out<B: Backend>() {
    let backend = B::fresh().await;
    let it = created(backend.store(), &migration(&tenant("acme"), 1), Some(at(0))).await;
    assert_eq!(
        ids(&backend
            .store()
            .claim(worker(1), at(0), at(30), 9)
            .await
            .unwrap()),
        [it.id]
    );
    assert_eq!(
        backend
            .store()
            .claim(worker(2), at(29), at(60), 9)
            .await
            .unwrap(),
        []
    );
    assert_eq!(
        ids(&backend
            .store()
            .claim(worker(2), at(30), at(60), 9)
            .await
            .unwrap()),
        [it.id]
    );
    assert_eq!(
        backend
            .store()
            .claim(worker(1), at(59), at(90), 9)
            .await
            .unwrap(),
        []
    );
}

pub async fn a_released_migration_is_free_again<B: Backend>() {
    let backend = B::fresh().await;
    let it = created(backend.store(), &migration(&tenant("acme"), 1), Some(at(0))).await;
    backend
        .store()
        .claim(worker(1), at(0), at(30), 9)
        .await
        .unwrap();
    let kept = backend.store().save(
        &it.tenant,
        &it,
        &[],
        Some(at(0)),
        Lease::Keep {
            worker: worker(1),
            until: at(40),
        },
    );
    assert_eq!(kept.await.unwrap(), Saved::Done { version: 2 });
    assert_eq!(
        backend
            .store()
            .claim(worker(2), at(39), at(99), 9)
            .await
            .unwrap(),
        []
    );
    let it = Migration { version: 2, ..it };
    let freed = backend.store().save(
        &it.tenant,
        &it,
        &[],
        Some(at(5)),
        Lease::Release { worker: worker(1) },
    );
    assert_eq!(freed.await.unwrap(), Saved::Done { version: 3 });
    assert_eq!(
        backend
            .store()
            .claim(worker(2), at(4), at(99), 9)
            .await
            .unwrap(),
        []
    );
    assert_eq!(
        ids(&backend
            .store()
            .claim(worker(2), at(5), at(99), 9)
            .await
            .unwrap()),
        [it.id]
    );
}

pub async fn a_claim_disturbs_no_command<B: Backend>() {
    let backend = B::fresh().await;
    let mut it = created(backend.store(), &migration(&tenant("acme"), 1), Some(at(0))).await;
    backend
        .store()
        .claim(worker(1), at(0), at(30), 9)
        .await
        .unwrap();
    assert_eq!(loaded(backend.store(), &it).await.version, 1);
    let event = sends(&mut it, 1, GraphCall::AddNumber);
    saved(backend.store(), &mut it, &[event], Some(at(0))).await;
}

pub async fn a_command_leaves_the_lease_where_it_is<B: Backend>() {
    let backend = B::fresh().await;
    let mut it = created(backend.store(), &migration(&tenant("acme"), 1), Some(at(0))).await;
    backend
        .store()
        .claim(worker(1), at(0), at(30), 9)
        .await
        .unwrap();
    saved(backend.store(), &mut it, &[], Some(at(0))).await;
    assert_eq!(
        backend
            .store()
            .claim(worker(2), at(29), at(99), 9)
            .await
            .unwrap(),
        []
    );
    // Its holder reads again, and goes on from there.
    let again = loaded(backend.store(), &it).await;
    let answer = backend
        .store()
        .save(
            &it.tenant,
            &again,
            &[],
            None,
            Lease::Release { worker: worker(1) },
        )
        .await;
    assert_eq!(answer.unwrap(), Saved::Done { version: 3 });
}

pub async fn the_next_due_time_takes_leases_into_account<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    assert_eq!(store.next_due(at(0)).await.unwrap(), None);
    created(store, &migration(&tenant("acme"), 1), None).await;
    assert_eq!(
        store.next_due(at(0)).await.unwrap(),
        None,
        "a parked migration is never due"
    );
    created(store, &migration(&tenant("acme"), 2), Some(at(10))).await;
    created(store, &migration(&tenant("acme"), 3), Some(at(50))).await;
    assert_eq!(store.next_due(at(0)).await.unwrap(), Some(at(10)));
    store.claim(worker(1), at(10), at(30), 9).await.unwrap();
    assert_eq!(
        store.next_due(at(10)).await.unwrap(),
        Some(at(30)),
        "the lease of the second runs out first"
    );
    store
        .renew(worker(1), &[migration(&tenant("acme"), 2).id], at(70))
        .await
        .unwrap();
    assert_eq!(store.next_due(at(10)).await.unwrap(), Some(at(50)));
}

pub async fn a_renewal_answers_what_is_still_held<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let mut made = Vec::new();
    for n in 1..=3 {
        made.push(
            created(
                store,
                &migration(&tenant("acme"), n),
                Some(at(i64::from(n))),
            )
            .await
            .id,
        );
    }
    let [one, two, three] = made[..] else {
        panic!("{made:?}")
    };
    store.claim(worker(1), at(9), at(20), 2).await.unwrap();
    assert_eq!(
        store
            .renew(worker(1), &[two, three, one], at(40))
            .await
            .unwrap(),
        [two, one]
    );
    assert_eq!(
        ids(&store.claim(worker(2), at(39), at(60), 9).await.unwrap()),
        [three]
    );
    assert_eq!(
        ids(&store.claim(worker(2), at(40), at(60), 1).await.unwrap()),
        [one]
    );
    assert_eq!(
        store.renew(worker(1), &[one, two], at(80)).await.unwrap(),
        [two],
        "the first was taken over"
    );
}

pub async fn many_workers_never_claim_the_same<B: Backend>() {
    let backend = B::fresh().await;
    for n in 0..60 {
        created(backend.store(), &migration(&tenant("acme"), n), Some(at(0))).await;
    }
    let workers: JoinSet<_> = (0..10)
        .map(|n| {
            let store = backend.store().clone();
            async move {
                let mut claimed = Vec::new();
                for _ in 0..4 {
                    claimed.extend(ids(&store
                        .claim(worker(n), at(0), at(30), 2)
                        .await
                        .unwrap()));
                }
                claimed
            }
        })
        .collect();
    let claimed: Vec<_> = workers.join_all().await.concat();
    assert_eq!(claimed.len(), 60, "ten workers could have taken eighty");
    assert_eq!(claimed.iter().collect::<HashSet<_>>().len(), 60);
}

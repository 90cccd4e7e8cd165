//! Claims and leases: what is due is worked on by one worker at a time.

use std::collections::HashSet;

use domain::{GraphCall, Migration, MigrationId, State};
use tokio::task::JoinSet;
use waba_migrator::store::{ClaimQuotas, ClaimRequest, Created, Lease, LeaseChange, Saved, Store};

use super::Backend;
use super::backend::{claim, created, loaded, saved, worker};
use crate::support::migrations::{accepted, at, migration, sends, tenant};

fn ids(migrations: &[Migration]) -> Vec<MigrationId> {
    migrations.iter().map(|it| it.id).collect()
}

pub async fn a_claim_takes_what_is_due_oldest_first<B: Backend>() {
    let backend = B::fresh().await;
    let mut made = Vec::new();
    for (n, due_at) in [
        (1, Some(at(30))),
        (2, Some(at(10))),
        (3, None),
        (4, Some(at(20))),
        (5, Some(at(41))),
    ] {
        let mut it = migration(&tenant("acme"), n);
        it.secrets.access_token = format!("token-{n}").parse().ok();
        made.push(created(backend.store(), &it, due_at).await);
    }
    let first = claim(backend.store(), worker(1), at(40), at(100), 2).await;
    assert_eq!(
        first,
        [made[1].clone(), made[3].clone()],
        "with their secrets, and at most as many as asked for"
    );
    assert_eq!(
        claim(backend.store(), worker(1), at(40), at(100), 9).await,
        [made[0].clone()]
    );
    assert_eq!(
        claim(backend.store(), worker(1), at(40), at(100), 9).await,
        []
    );
    assert_eq!(
        claim(backend.store(), worker(1), at(41), at(100), 9).await,
        [made[4].clone()]
    );
}

pub async fn a_lease_lasts_until_it_runs_out<B: Backend>() {
    let backend = B::fresh().await;
    let it = created(backend.store(), &migration(&tenant("acme"), 1), Some(at(0))).await;
    assert_eq!(
        ids(&claim(backend.store(), worker(1), at(0), at(30), 9).await),
        [it.id]
    );
    assert_eq!(
        claim(backend.store(), worker(2), at(29), at(60), 9).await,
        []
    );
    assert_eq!(
        ids(&claim(backend.store(), worker(2), at(30), at(60), 9).await),
        [it.id]
    );
    assert_eq!(
        claim(backend.store(), worker(1), at(59), at(90), 9).await,
        []
    );
}

pub async fn a_released_migration_is_free_again<B: Backend>() {
    let backend = B::fresh().await;
    let it = created(backend.store(), &migration(&tenant("acme"), 1), Some(at(0))).await;
    claim(backend.store(), worker(1), at(0), at(30), 9).await;
    let kept = backend.store().save(
        &it.tenant,
        &it,
        &[],
        Some(at(0)),
        LeaseChange::Renew(Lease {
            worker: worker(1),
            until: at(40),
        }),
    );
    assert_eq!(kept.await.unwrap(), Saved::Done { version: 2 });
    assert_eq!(
        claim(backend.store(), worker(2), at(39), at(99), 9).await,
        []
    );
    let it = Migration { version: 2, ..it };
    let freed = backend.store().save(
        &it.tenant,
        &it,
        &[],
        Some(at(5)),
        LeaseChange::Release { worker: worker(1) },
    );
    assert_eq!(freed.await.unwrap(), Saved::Done { version: 3 });
    assert_eq!(
        claim(backend.store(), worker(2), at(4), at(99), 9).await,
        []
    );
    assert_eq!(
        ids(&claim(backend.store(), worker(2), at(5), at(99), 9).await),
        [it.id]
    );
}

pub async fn a_claim_conflicts_with_no_command<B: Backend>() {
    let backend = B::fresh().await;
    let mut it = created(backend.store(), &migration(&tenant("acme"), 1), Some(at(0))).await;
    claim(backend.store(), worker(1), at(0), at(30), 9).await;
    assert_eq!(loaded(backend.store(), &it).await.version, 1);
    let event = sends(&mut it, 1, GraphCall::AddNumber);
    saved(backend.store(), &mut it, &[event], Some(at(0))).await;
}

pub async fn a_command_does_not_change_the_lease<B: Backend>() {
    let backend = B::fresh().await;
    let mut it = created(backend.store(), &migration(&tenant("acme"), 1), Some(at(0))).await;
    claim(backend.store(), worker(1), at(0), at(30), 9).await;
    saved(backend.store(), &mut it, &[], Some(at(0))).await;
    assert_eq!(
        claim(backend.store(), worker(2), at(29), at(99), 9).await,
        []
    );
    // Its worker reads the migration again and continues.
    let again = loaded(backend.store(), &it).await;
    let answer = backend
        .store()
        .save(
            &it.tenant,
            &again,
            &[],
            None,
            LeaseChange::Release { worker: worker(1) },
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
        "a migration without a due time is never due"
    );
    created(store, &migration(&tenant("acme"), 2), Some(at(10))).await;
    created(store, &migration(&tenant("acme"), 3), Some(at(50))).await;
    assert_eq!(store.next_due(at(0)).await.unwrap(), Some(at(10)));
    claim(store, worker(1), at(10), at(30), 9).await;
    assert_eq!(
        store.next_due(at(10)).await.unwrap(),
        Some(at(30)),
        "the lease of the second ends first"
    );
    store
        .renew(worker(1), &[migration(&tenant("acme"), 2).id], at(70))
        .await
        .unwrap();
    assert_eq!(store.next_due(at(10)).await.unwrap(), Some(at(50)));
}

pub async fn a_renewal_returns_the_leases_that_are_left<B: Backend>() {
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
    claim(store, worker(1), at(9), at(20), 2).await;
    assert_eq!(
        store
            .renew(worker(1), &[two, three, one], at(40))
            .await
            .unwrap(),
        [two, one]
    );
    assert_eq!(
        ids(&claim(store, worker(2), at(39), at(60), 9).await),
        [three]
    );
    assert_eq!(
        ids(&claim(store, worker(2), at(40), at(60), 1).await),
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
                    claimed.extend(ids(&claim(&store, worker(n), at(0), at(30), 2).await));
                }
                claimed
            }
        })
        .collect();
    let claimed: Vec<_> = workers.join_all().await.concat();
    assert_eq!(claimed.len(), 60, "ten workers could have taken eighty");
    assert_eq!(claimed.iter().collect::<HashSet<_>>().len(), 60);
}

/// A migration of acme's to `destination`, due at the second `due`.
async fn bound_for(store: &impl Store, n: u16, destination: &str, due: i64) -> MigrationId {
    of("acme", store, n, destination, due).await
}

/// A migration of `owner`.
async fn of(owner: &str, store: &impl Store, n: u16, destination: &str, due: i64) -> MigrationId {
    let mut it = migration(&tenant(owner), n);
    it.request.destination = destination.parse().unwrap();
    created(store, &it, Some(at(due))).await.id
}

/// Claims at most `limit` migrations of acme, two of a destination, starting after the destination
/// `after`, without the destinations in `skipped`.
async fn claim_destinations(
    store: &impl Store,
    limit: u32,
    after: Option<&str>,
    skipped: &[&str],
) -> Vec<MigrationId> {
    let acme = tenant("acme");
    let mut quotas = ClaimQuotas {
        per_tenant: 99,
        ..ClaimQuotas::of(2)
    };
    if let Some(waba) = after {
        quotas.cursor.tenant = Some(acme.clone());
        quotas
            .cursor
            .destinations
            .insert(acme.clone(), waba.parse().unwrap());
    }
    for waba in skipped {
        let full = (acme.clone(), waba.parse().unwrap());
        quotas.exhausted.destinations.push(full);
    }
    claim_as(store, limit, quotas).await
}

async fn claim_as(store: &impl Store, limit: u32, quotas: ClaimQuotas) -> Vec<MigrationId> {
    let claim = ClaimRequest {
        worker: worker(1),
        now: at(100),
        lease_until: at(200),
        limit,
        quotas,
    };
    ids(&store.claim(claim).await.unwrap())
}

pub async fn a_claim_is_a_round_robin_over_tenants<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let mut many = Vec::new();
    for n in 0..9 {
        many.push(bound_for(store, n, &format!("1000{n}"), i64::from(n)).await);
    }
    let single = of("other", store, 9, "10000", 90).await;
    of("other", store, 10, "10001", 101).await;
    let mut quotas = ClaimQuotas {
        per_tenant: 3,
        ..ClaimQuotas::of(2)
    };
    assert_eq!(
        claim_as(store, 99, quotas.clone()).await,
        [many[0], many[1], many[2], single],
        "the last tenant waits for three migrations of the first"
    );
    let latest = of("other", store, 11, "10009", 91).await;
    quotas.cursor.tenant = Some(tenant("acme"));
    let acmes = (tenant("acme"), "10007".parse().unwrap());
    quotas.cursor.destinations = [acmes].into();
    assert_eq!(
        claim_as(store, 2, quotas.clone()).await,
        [latest, many[8]],
        "the round robin wraps around, and has a cursor in each tenant"
    );
    quotas.exhausted.tenants = vec![tenant("acme")];
    assert_eq!(claim_as(store, 99, quotas.clone()).await, []);
    // Each tenant has its own quota of a WABA.
    let same = of("other", store, 12, "10003", 92).await;
    quotas.exhausted.tenants.clear();
    quotas.exhausted.destinations = vec![(tenant("acme"), "10003".parse().unwrap())];
    quotas.cursor.destinations.clear();
    assert_eq!(
        claim_as(store, 99, quotas.clone()).await,
        [same, many[4], many[5], many[6]]
    );
    quotas.cursor.destinations = [(tenant("acme"), "10005".parse().unwrap())].into();
    quotas.exhausted.destinations.clear();
    assert_eq!(claim_as(store, 99, quotas).await, [many[7], many[3]]);
}

pub async fn a_claim_is_a_round_robin_over_destinations<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let mut many = Vec::new();
    for n in 0..20 {
        many.push(bound_for(store, n, "20000", 50 - i64::from(n)).await);
    }
    many.reverse();
    let before = bound_for(store, 20, "10000", 90).await;
    let behind = bound_for(store, 21, "30000", 91).await;
    bound_for(store, 22, "40000", 101).await;
    assert_eq!(
        claim_destinations(store, 9, None, &[]).await,
        [before, many[0], many[1], behind],
        "the last destination waits for two migrations of the first"
    );
    assert_eq!(claim_destinations(store, 9, None, &["20000"]).await, []);
    let after = bound_for(store, 23, "30000", 92).await;
    let first = bound_for(store, 24, "10000", 93).await;
    assert_eq!(
        claim_destinations(store, 2, Some("20000"), &[]).await,
        [after, first],
        "the round robin wraps around"
    );
    assert_eq!(
        claim_destinations(store, 1, Some("30000"), &[]).await,
        [many[2]]
    );
    assert_eq!(
        claim_destinations(store, 9, Some("20000"), &[]).await,
        [many[3], many[4]],
        "and ends with the destination that was served last"
    );
}

pub async fn timers_come_before_running_migrations<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let mut work = Vec::new();
    for n in 0..3 {
        work.push(bound_for(store, n, "20000", 0).await);
    }
    let mut waiting = migration(&tenant("acme"), 3);
    waiting.state = State::WaitingForCode;
    let waiting = created(store, &waiting, Some(at(99))).await.id;
    assert_eq!(
        claim_destinations(store, 9, None, &["20000"]).await,
        [waiting],
        "even if the quota of its destination is used up"
    );
    assert_eq!(claim_destinations(store, 1, None, &[]).await, [work[0]]);
}

pub async fn a_command_takes_the_lease_only_if_it_is_free<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let it = created(store, &migration(&tenant("acme"), 1), Some(at(0))).await;
    let take = |n, now, until| {
        let lease = Lease {
            worker: worker(n),
            until: at(until),
        };
        LeaseChange::Take {
            now: at(now),
            lease,
        }
    };
    let save = async |version, lease| {
        let it = Migration {
            version,
            ..it.clone()
        };
        let saved = store.save(&it.tenant, &it, &[], Some(at(0)), lease);
        saved.await.unwrap()
    };
    assert_eq!(save(1, take(1, 0, 30)).await, Saved::Done { version: 2 });
    assert_eq!(claim(store, worker(2), at(29), at(60), 9).await, []);
    assert_eq!(save(2, take(2, 29, 60)).await, Saved::Conflict);
    assert_eq!(save(2, take(2, 30, 60)).await, Saved::Done { version: 3 });
    let release = LeaseChange::Release { worker: worker(2) };
    assert_eq!(save(3, release).await, Saved::Done { version: 4 });
    assert_eq!(save(4, take(1, 31, 90)).await, Saved::Done { version: 5 });
}

pub async fn a_migration_can_be_created_under_a_lease<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let it = migration(&tenant("acme"), 1);
    let lease = Lease {
        worker: worker(1),
        until: at(30),
    };
    let events = accepted(&it);
    let made = store.create(&it.tenant, &it, &events, Some(at(0)), Some(lease));
    assert!(matches!(made.await.unwrap(), Created::New(_)));
    assert_eq!(store.next_due(at(0)).await.unwrap(), Some(at(30)));
    assert_eq!(claim(store, worker(2), at(29), at(60), 9).await, []);
    assert_eq!(
        store.renew(worker(1), &[it.id], at(40)).await.unwrap(),
        [it.id]
    );
}

//! Claims: what is due is worked on by one worker at a time.

use std::collections::HashSet;

use domain::{GraphCall, Migration, MigrationId, State};
use futures_util::{StreamExt as _, stream};
use jiff::SignedDuration;
use tokio::task::JoinSet;
use waba_migrator::store::{
    ClaimQuotas, ClaimRequest, Created, LeaseChange, Saved, Store, Workers as _,
};

use super::Backend;
use super::backend::{claim, created, joined, lapses, loaded, next_due, saved, worker};
use crate::support::migrations::{accepted, at, migration, passed, sends, tenant};

fn ids(migrations: &[Migration]) -> Vec<MigrationId> {
    migrations.iter().map(|it| it.id).collect()
}

pub async fn a_claim_takes_what_is_due_oldest_first<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let one = joined(store, 1).await;
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
        it.findings.checks = vec![passed("as it was found")];
        made.push(created(store, &it, due_at).await);
    }
    assert_eq!(
        claim(store, one, at(40), 2).await,
        [made[1].clone(), made[3].clone()],
        "with their secrets and findings, and at most as many as asked for"
    );
    assert_eq!(claim(store, one, at(40), 9).await, [made[0].clone()]);
    assert_eq!(claim(store, one, at(40), 9).await, []);
    assert_eq!(claim(store, one, at(41), 9).await, [made[4].clone()]);
}

pub async fn a_released_migration_is_free_again<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let (one, two) = (joined(store, 1).await, joined(store, 2).await);
    let it = created(store, &migration(&tenant("acme"), 1), Some(at(0))).await;
    claim(store, one, at(0), 9).await;
    // The time does not matter while the lease is kept.
    let keep = LeaseChange::Keep(one);
    let kept = store.save(&it.tenant, &it, &[], Some(at(900)), keep).await;
    assert_eq!(kept.unwrap(), Saved::Done { version: 2 });
    assert_eq!(claim(store, two, at(39), 9).await, []);
    let it = Migration { version: 2, ..it };
    let release = LeaseChange::Release(one);
    let freed = store.save(&it.tenant, &it, &[], Some(at(5)), release).await;
    assert_eq!(freed.unwrap(), Saved::Done { version: 3 });
    assert_eq!(claim(store, two, at(4), 9).await, []);
    assert_eq!(ids(&claim(store, two, at(5), 9).await), [it.id]);
}

pub async fn a_kept_lease_keeps_the_time_at_which_a_migration_is_due<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let (one, two) = (joined(store, 1).await, joined(store, 2).await);
    let it = created(store, &migration(&tenant("acme"), 1), Some(at(0))).await;
    claim(store, one, at(0), 9).await;
    for (version, due_at) in [(1, None), (2, Some(at(900)))] {
        let it = Migration {
            version,
            ..it.clone()
        };
        let kept = store.save(&it.tenant, &it, &[], due_at, LeaseChange::Keep(one));
        assert!(matches!(kept.await.unwrap(), Saved::Done { .. }));
    }
    lapses(store, one).await;
    assert_eq!(
        ids(&claim(store, two, at(1), 9).await),
        [it.id],
        "another worker continues at once"
    );
}

pub async fn a_claim_conflicts_with_no_command<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let one = joined(store, 1).await;
    let mut it = created(store, &migration(&tenant("acme"), 1), Some(at(0))).await;
    claim(store, one, at(0), 9).await;
    assert_eq!(loaded(store, &it).await.version, 1);
    let event = sends(&mut it, 1, GraphCall::AddNumber);
    saved(store, &mut it, &[event], Some(at(0))).await;
}

pub async fn a_command_does_not_change_the_lease<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let (one, two) = (joined(store, 1).await, joined(store, 2).await);
    let mut it = created(store, &migration(&tenant("acme"), 1), Some(at(0))).await;
    claim(store, one, at(0), 9).await;
    saved(store, &mut it, &[], Some(at(0))).await;
    assert_eq!(claim(store, two, at(29), 9).await, []);
    assert!(store.has_leased(one, &it.tenant, it.id).await.unwrap());
    // Its worker reads the migration again and continues.
    let again = loaded(store, &it).await;
    let release = LeaseChange::Release(one);
    let answer = store.save(&it.tenant, &again, &[], None, release).await;
    assert_eq!(answer.unwrap(), Saved::Done { version: 3 });
}

pub async fn what_a_command_changes_counts_once_the_lease_ends<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let (one, two) = (joined(store, 1).await, joined(store, 2).await);
    let acme = tenant("acme");
    let mut soon = created(store, &migration(&acme, 1), Some(at(0))).await;
    let mut late = created(store, &migration(&acme, 2), Some(at(0))).await;
    claim(store, one, at(0), 9).await;
    saved(store, &mut soon, &[], Some(at(0))).await;
    saved(store, &mut late, &[], Some(at(50))).await;
    store.leave(one).await.unwrap();
    assert_eq!(ids(&claim(store, two, at(49), 9).await), [soon.id]);
    assert_eq!(ids(&claim(store, two, at(50), 9).await), [late.id]);
}

pub async fn the_next_due_time_takes_leases_into_account<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let acme = tenant("acme");
    let one = worker(1);
    assert_eq!(next_due(store, one, at(0)).await, None);
    let one = joined(store, 1).await;
    created(store, &migration(&acme, 1), None).await;
    assert_eq!(
        next_due(store, one, at(0)).await,
        None,
        "a migration without a due time is never due, and the own lease does not count"
    );
    created(store, &migration(&acme, 2), Some(at(10))).await;
    let mut waiting = migration(&acme, 3);
    waiting.state = State::WaitingForCode;
    created(store, &waiting, Some(at(50))).await;
    assert_eq!(next_due(store, one, at(0)).await, Some(10));
    assert_eq!(next_due(store, one, at(10)).await, Some(0));
    assert_eq!(next_due(store, one, at(99)).await, Some(0));
    claim(store, one, at(10), 9).await;
    assert_eq!(next_due(store, one, at(10)).await, Some(40));
    // The lease of another worker ends, and one that begins.
    let two = worker(2);
    let lease = SignedDuration::from_secs(20);
    store.join(two, lease).await.unwrap();
    let next = next_due(store, one, at(10)).await.unwrap();
    assert!((15..=20).contains(&next), "{next}");
    lapses(store, two).await;
    assert_eq!(next_due(store, one, at(10)).await, Some(0));
    assert_eq!(
        next_due(store, two, at(10)).await,
        Some(40),
        "only the other's lease counts"
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
                let worker = joined(&store, n).await;
                let mut claimed = Vec::new();
                for _ in 0..4 {
                    claimed.extend(ids(&claim(&store, worker, at(0), 2).await));
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
        limit,
        quotas,
    };
    ids(&store.claim(claim).await.unwrap())
}

pub async fn a_claim_is_a_round_robin_over_tenants<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    joined(store, 1).await;
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
    joined(store, 1).await;
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
    joined(store, 1).await;
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
    let (one, two) = (joined(store, 1).await, joined(store, 2).await);
    let it = created(store, &migration(&tenant("acme"), 1), Some(at(0))).await;
    let save = async |version, lease| {
        let it = Migration {
            version,
            ..it.clone()
        };
        let saved = store.save(&it.tenant, &it, &[], Some(at(0)), lease);
        saved.await.unwrap()
    };
    let (take, release) = (LeaseChange::Take, LeaseChange::Release);
    assert_eq!(save(1, take(one)).await, Saved::Done { version: 2 });
    assert_eq!(claim(store, two, at(29), 9).await, []);
    assert_eq!(save(2, take(two)).await, Saved::Conflict);
    assert_eq!(save(2, take(one)).await, Saved::Conflict, "it has it");
    store.leave(one).await.unwrap();
    assert_eq!(save(2, take(two)).await, Saved::Done { version: 3 });
    assert_eq!(save(3, release(two)).await, Saved::Done { version: 4 });
    assert_eq!(save(4, take(two)).await, Saved::Done { version: 5 });
}

pub async fn a_migration_can_be_created_under_a_lease<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let (one, two) = (joined(store, 1).await, joined(store, 2).await);
    let it = migration(&tenant("acme"), 1);
    let events = accepted(&it);
    let made = store.create(&it.tenant, &it, &events, Some(at(0)), Some(one));
    assert!(matches!(made.await.unwrap(), Created::New(_)));
    assert_eq!(claim(store, two, at(29), 9).await, []);
    let leased = store.leased(one).await.unwrap();
    assert_eq!(leased, [(it.tenant.clone(), it.id)]);
    store.leave(one).await.unwrap();
    assert_eq!(ids(&claim(store, two, at(29), 9).await), [it.id]);
}

/// Migrations that were not due when they were saved are claimed once they are due, like others.
pub async fn delayed_migrations_are_claimed_in_a_fair_order_once_they_are_due<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let one = joined(store, 1).await;
    // Due now, before and after the delayed ones, and never.
    let now = bound_for(store, 1, "20000", 0).await;
    let late = bound_for(store, 2, "20000", 95).await;
    let later = bound_for(store, 3, "20000", 101).await;
    let mut long = Vec::new();
    for n in 0..6 {
        long.push(bound_for(store, 10 + n, "10000", 90 - i64::from(n)).await);
    }
    long.reverse();
    let other = of("other", store, 4, "20000", 99).await;
    assert_eq!(next_due(store, one, at(1)).await, Some(0));
    let early = claim(store, one, at(1), 9).await;
    assert_eq!(ids(&early), [now]);
    assert_eq!(next_due(store, one, at(1)).await, Some(84));
    assert_eq!(
        claim_destinations(store, 9, None, &[]).await,
        [long[0], long[1], late, other]
    );
    assert_eq!(
        claim_destinations(store, 9, None, &[]).await,
        [long[2], long[3]]
    );
    assert_eq!(next_due(store, one, at(100)).await, Some(0));
    assert_eq!(
        claim_destinations(store, 9, None, &[]).await,
        [long[4], long[5]]
    );
    assert_eq!(next_due(store, one, at(100)).await, Some(1));
    assert_eq!(ids(&claim(store, one, at(101), 9).await), [later]);
}

/// More are delayed than one claim notices, and none is forgotten.
pub async fn many_delayed_migrations_are_claimed_claim_by_claim<B: Backend>() {
    const MIGRATIONS: u16 = 1_100;
    let backend = B::fresh().await;
    let store = backend.store();
    let one = joined(store, 1).await;
    let acme = tenant("acme");
    let all = (0..MIGRATIONS).map(|n| {
        let it = migration(&acme, n);
        async move { created(store, &it, Some(at(10))).await.id }
    });
    let all: HashSet<_> = stream::iter(all).buffer_unordered(256).collect().await;
    let mut claimed = HashSet::new();
    while next_due(store, one, at(10)).await == Some(0) {
        let some = claim(store, one, at(10), 2_000).await;
        assert!(!some.is_empty(), "{} of {MIGRATIONS}", claimed.len());
        claimed.extend(ids(&some));
    }
    assert_eq!(claimed, all);
}

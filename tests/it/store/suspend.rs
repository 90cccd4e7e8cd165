//! Suspension: migrations of a disabled tenant wait, are not lost, and continue.

use std::collections::HashSet;

use domain::tenancy::Tenant;
use domain::{Migration, MigrationId, TenantId};
use jiff::Timestamp;
use waba_migrator::store::{Directory, Lease, LeaseChange, Saved, Store, WorkerId};

use super::Backend;
use super::backend::{claim, created, loaded, worker};
use crate::support::migrations::{at, migration, tenant};

/// Later than every other time here.
const LATER: i64 = 86_400;

/// Disables the tenant, or enables it.
pub async fn set(store: &impl Directory, id: &TenantId, disabled_at: Option<Timestamp>) {
    let tenant = store.tenant(id).await.unwrap().unwrap();
    let changed = Tenant {
        disabled_at,
        ..tenant
    };
    let saved = store.save_tenant(&changed).await.unwrap();
    assert!(matches!(saved, Saved::Done { .. }), "{saved:?}");
}

fn ids(migrations: &[Migration]) -> Vec<MigrationId> {
    migrations.iter().map(|it| it.id).collect()
}

pub async fn suspended_migrations_wait_until_their_tenant_is_enabled<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let acme = tenant("acme");
    let it = created(store, &migration(&acme, 1), Some(at(0))).await;
    set(store, &acme, Some(at(1))).await;
    assert_eq!(
        claim(store, worker(1), at(2), at(32), 9).await,
        std::slice::from_ref(&it),
        "disabling touches no migration"
    );
    let suspended = store.suspend(worker(1), &[it.id], at(LATER)).await.unwrap();
    assert_eq!(suspended, [it.id]);
    assert_eq!(
        claim(store, worker(2), at(LATER - 1), at(LATER), 9).await,
        []
    );
    assert_eq!(store.next_due(at(2)).await.unwrap(), Some(at(LATER)));
    assert_eq!(
        store.renew(worker(1), &[it.id], at(60)).await.unwrap(),
        [],
        "the worker has lost its lease"
    );
    assert_eq!(loaded(store, &it).await, it, "the migration did not change");
    // A save that needs the lease fails; one that does not is written.
    let lease = Lease {
        worker: worker(3),
        until: at(90),
    };
    for (change, kept) in [
        (LeaseChange::Take { now: at(3), lease }, false),
        (LeaseChange::Renew(lease), false),
        (LeaseChange::Untouched, true),
    ] {
        let saved = store.save(&acme, &it, &[], Some(at(3)), change).await;
        let done = matches!(saved.unwrap(), Saved::Done { .. });
        assert_eq!(done, kept, "{change:?}");
    }

    set(store, &acme, None).await;
    assert_eq!(store.next_due(at(4)).await.unwrap(), Some(at(3)));
    let claimed = claim(store, worker(2), at(4), at(34), 9).await;
    assert_eq!(ids(&claimed), [it.id], "it can be claimed at once");
}

pub async fn long_suspended_migrations_can_be_claimed_again<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let acme = tenant("acme");
    let it = created(store, &migration(&acme, 1), Some(at(0))).await;
    set(store, &acme, Some(at(0))).await;
    for day in 1..4 {
        let now = at((day - 1) * LATER);
        let claimed = claim(store, worker(1), now, at(day * LATER), 9).await;
        assert_eq!(ids(&claimed), [it.id]);
        let until = at(day * LATER);
        let suspended = store.suspend(worker(1), &[it.id], until).await.unwrap();
        assert_eq!(suspended, [it.id]);
    }
}

pub async fn only_migrations_of_a_disabled_tenant_are_suspended<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let (acme, other) = (tenant("acme"), tenant("other"));
    let disabled = created(store, &migration(&acme, 1), Some(at(0))).await;
    let enabled = created(store, &migration(&other, 2), Some(at(0))).await;
    let lost = created(store, &migration(&acme, 3), Some(at(0))).await;
    claim(store, worker(1), at(0), at(30), 9).await;
    set(store, &acme, Some(at(1))).await;
    // The lease has run out, and another worker has taken it over.
    assert_eq!(claim(store, worker(2), at(30), at(60), 9).await.len(), 3);
    let all = [lost.id, enabled.id, disabled.id];
    store.renew(worker(2), &all, at(60)).await.unwrap();
    let none = store.suspend(worker(1), &all, at(LATER)).await.unwrap();
    assert_eq!(none, [], "leases of another worker do not change");
    let suspended = store.suspend(worker(2), &all, at(LATER)).await.unwrap();
    assert_eq!(suspended, [lost.id, disabled.id], "in the order given");
    assert_eq!(
        store.renew(worker(2), &all, at(90)).await.unwrap(),
        [enabled.id],
        "the worker keeps the migrations of enabled tenants"
    );

    // A change of another tenant releases nothing.
    set(store, &other, None).await;
    assert_eq!(claim(store, worker(3), at(61), at(90), 9).await, []);
    set(store, &acme, None).await;
    assert_eq!(claim(store, worker(3), at(61), at(90), 9).await.len(), 2);
}

/// The tenant is enabled while its migrations are suspended: afterwards each is either leased by
/// the worker or free.
pub async fn enabling_a_tenant_misses_no_concurrent_suspension<B: Backend>() {
    const MIGRATIONS: u16 = 40;
    let backend = B::fresh().await;
    let store = backend.store();
    let acme = tenant("acme");
    let mut all = HashSet::new();
    for n in 0..MIGRATIONS {
        all.insert(created(store, &migration(&acme, n), Some(at(0))).await.id);
    }
    for round in 0..8 {
        let now = round * 100;
        set(store, &acme, Some(at(now))).await;
        let claimed = claim(
            store,
            worker(1),
            at(now),
            at(now + 50),
            u32::from(MIGRATIONS),
        )
        .await;
        let claimed = ids(&claimed);
        assert_eq!(claimed.iter().copied().collect::<HashSet<_>>(), all);
        let suspending = async {
            let mut suspended = Vec::new();
            for some in claimed.chunks(3) {
                suspended.extend(store.suspend(worker(1), some, at(LATER)).await.unwrap());
            }
            suspended
        };
        let enabling = async {
            for _ in 0..round {
                tokio::task::yield_now().await;
            }
            set(store, &acme, None).await;
        };
        let (suspended, ()) = tokio::join!(suspending, enabling);
        let kept = store
            .renew(worker(1), &claimed, at(now + 50))
            .await
            .unwrap();
        let free = claim(store, worker(2), at(now + 1), at(now + 50), 99).await;
        let free = ids(&free);
        assert_eq!(
            free.iter().copied().collect::<HashSet<_>>(),
            suspended.into_iter().collect(),
            "suspended migrations are free"
        );
        let found: HashSet<MigrationId> = kept.into_iter().chain(free).collect();
        assert_eq!(found, all, "round {round}");
    }
}

pub async fn suspended_migrations_have_no_worker<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    let acme = tenant("acme");
    let it = created(store, &migration(&acme, 1), Some(at(0))).await;
    claim(store, worker(1), at(0), at(30), 9).await;
    set(store, &acme, Some(at(1))).await;
    store.suspend(worker(1), &[it.id], at(LATER)).await.unwrap();
    // A change that leaves it disabled releases nothing.
    set(store, &acme, Some(at(2))).await;
    assert_eq!(claim(store, worker(2), at(3), at(30), 9).await, []);
    let held = store.renew(WorkerId::SUSPENDED, &[it.id], at(LATER)).await;
    assert_eq!(held.unwrap(), [it.id]);
}
